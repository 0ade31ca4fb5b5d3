/* test_zones.c - a location gets another clock: the question, the two answers, and a conflict that leaves everything as it was. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <string.h>

static struct clinic c;
static char booked[UUID_TEXT], elsewhere[UUID_TEXT];

static struct answer *look(void) { return api_get(&c.owner, at("/appointments/%s", booked)); }
static struct answer *set_zone(const char *zone, const char *keep)
{
    return api_patch(&c.owner, at("/locations/%s", c.location), *keep ? js("{'time_zone':'%s','keep':'%s'}", zone, keep) : js("{'time_zone':'%s'}", zone));
}

static void test_nothing_ahead(void)
{
    EXPECT(set_zone("Europe/Athens", ""), 200, NULL);
    EXPECT(set_zone("UTC", ""), 200, NULL);
    EXPECT(set_zone("Europe/Nowhere", ""), 422, "VALIDATION_ERROR");
}

static void test_question(void)
{
    struct answer *a = clinic_book(&c, c.seated, 0, 0, day_time(5, 10, 0));
    NEED(a, 201, NULL);
    keep_id(booked, a, "data.id");
    a = set_zone("Africa/Harare", ""); /* always two hours ahead */
    EXPECT(a, 409, "NEEDS_DECISION");
    CHECK_INT(api_int(a, "details.appointments"), 1);
    CHECK_STR(api_str(a, "details.field"), "keep");
    EXPECT(set_zone("Africa/Harare", "nothing"), 422, "VALIDATION_ERROR");
    CHECK_STR(api_str(api_get(&c.owner, at("/locations/%s", c.location)), "data.time_zone"), "UTC");
    EXPECT(api_patch(&c.owner, at("/locations/%s", c.location), "{\"name\":\"Same clock\"}"), 200, NULL);
}

static void test_instants_stay(void)
{
    EXPECT(set_zone("Africa/Harare", "instants"), 200, NULL);
    struct answer *a = look();
    CHECK_STR(api_str(a, "data.start"), day_time(5, 10, 0));
    CHECK_STR(api_str(a, "data.time_zone"), "Africa/Harare");
    CHECK_INT(letters_beginning(at("%s.moved", booked)), 0);
}

/* 12:00 in Harare becomes 12:00 in UTC, with the chair; the client is told and reminded anew; the old time is free. */
static void test_wall_times_stay(void)
{
    EXPECT(api_post(&c.owner, "/blocked-times", js("{'kind':'resource','subject_id':'%s','start':'%s','end':'%s'}", c.chair[1], day_time(6, 8, 0), day_time(6, 9, 0))), 201, NULL);
    EXPECT(set_zone("UTC", "wall_times"), 200, NULL);
    struct answer *a = look();
    CHECK_STR(api_str(a, "data.start"), day_time(5, 12, 0));
    CHECK_STR(api_str(a, "data.time_zone"), "UTC");
    CHECK_INT(api_int(a, "data.sequence"), 1);
    struct letter l;
    CHECK(letter_wait(at("%s.moved.1", booked), 10000, &l));
    letter_free(&l);
    a = api_get(&c.owner, at("/appointments/%s/reminders", booked));
    CHECK_INT(api_count(a, "data"), 4);
    a = api_get(&c.owner, at("/blocked-times?from=%s&to=%s", day_date(6), day_date(7)));
    CHECK_STR(api_str(a, "data[0].start"), day_time(6, 10, 0));
    EXPECT(clinic_book(&c, c.plain, 0, 1, day_time(5, 12, 0)), 409, "CONFLICT_DETECTED");
    a = clinic_book(&c, c.plain, 0, 1, day_time(5, 10, 0));
    EXPECT(a, 201, NULL);
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", api_str(a, "data.id")), "{}"), 200, NULL);
}

/* The provider is at another site at the time that the new clock would give. */
static void test_conflict_changes_nothing(void)
{
    struct answer *a = api_post(&c.owner, "/locations", "{\"name\":\"Elsewhere\",\"time_zone\":\"UTC\"}");
    NEED(a, 201, NULL);
    keep_id(elsewhere, a, "data.id");
    a = api_post(&c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','location_id':'%s','start':'%s'}", c.client[1], c.plain,
        c.provider[0], elsewhere, day_time(5, 10, 0)));
    NEED(a, 201, NULL);
    char there[UUID_TEXT];
    keep_id(there, a, "data.id");
    a = set_zone("Africa/Harare", "wall_times");
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_INT(api_count(a, "details.conflicts"), 1);
    CHECK_STR(api_str(a, "details.conflicts[0].moving_id"), booked);
    CHECK_STR(api_str(a, "details.conflicts[0].from"), day_time(5, 12, 0));
    CHECK_STR(api_str(a, "details.conflicts[0].to"), day_time(5, 10, 0));
    CHECK_STR(api_str(a, "details.conflicts[0].kind"), "provider");
    CHECK_STR(api_str(a, "details.conflicts[0].subject_name"), "Dr Ada");
    CHECK_STR(api_str(a, "details.conflicts[0].appointment_id"), there);
    CHECK_STR(api_str(a, "details.conflicts[0].location_name"), "Elsewhere");
    CHECK(json_is_null(api_json(a, "details.conflicts[0].session_id")));
    CHECK_STR(api_str(look(), "data.start"), day_time(5, 12, 0));
    CHECK_STR(api_str(api_get(&c.owner, at("/locations/%s", c.location)), "data.time_zone"), "UTC");
    EXPECT(clinic_book(&c, c.plain, 0, 2, day_time(5, 12, 0)), 409, "CONFLICT_DETECTED");
    EXPECT(set_zone("Africa/Harare", "instants"), 200, NULL);
}

/* Sessions and series go with the wall times: the series' rule is on the new clock from then on, and its dates keep their names in calendar files. */
static void test_sessions_and_series(void)
{
    char seat[UUID_TEXT], first[UUID_TEXT];
    struct answer *a = api_post(&c.owner, "/services", js("{'name':'Group','duration_min':60,'seats':3,'provider_ids':['%s']}", c.provider[1]));
    NEED(a, 201, NULL);
    a = api_post(&c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','location_id':'%s','start':'%s'}", c.client[2], api_str(a, "data.id"),
        c.provider[1], c.location, day_time(9, 9, 0)));
    NEED(a, 201, NULL);
    keep_id(seat, a, "data.id");
    a = api_post(&c.owner, "/appointments/recurring", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','location_id':'%s','start':'%s','rrule':'FREQ=DAILY;COUNT=3'}",
        c.client[2], c.plain, c.provider[1], c.location, day_time(9, 11, 0)));
    NEED(a, 201, NULL);
    keep_id(first, a, "data.appointments[0].appointment_id");
    CHECK_STR(api_str(a, "data.time_zone"), "Africa/Harare");
    a = set_zone("UTC", "");
    EXPECT(a, 409, "NEEDS_DECISION");
    CHECK_INT(api_int(a, "details.sessions"), 1);
    CHECK_INT(api_int(a, "details.series"), 1);
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", booked), "{}"), 200, NULL); /* 12:00 there is 12:00 here */
    EXPECT(set_zone("UTC", "wall_times"), 200, NULL);
    CHECK_STR(api_str(api_get(&c.owner, at("/appointments/%s", seat)), "data.start"), day_time(9, 11, 0));
    EXPECT(clinic_book(&c, c.plain, 1, 0, day_time(9, 11, 30)), 409, "CONFLICT_DETECTED"); /* the session has its provider */
    a = api_get(&c.owner, at("/appointments/%s/recurring", first));
    CHECK_STR(api_str(a, "data.time_zone"), "UTC");
    CHECK_STR(api_str(a, "data.appointments[2].start"), day_time(11, 13, 0));
    CHECK_STR(api_str(a, "data.appointments[2].at"), day_time(11, 13, 0));
    a = api_patch(&c.owner, at("/appointments/%s/recurring?scope=all", first), js("{'start':'%s'}", day_time(9, 15, 0)));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointments[2].start"), day_time(11, 15, 0));
    /* With the instants, a series keeps the clock of its rule. */
    EXPECT(set_zone("Africa/Harare", "instants"), 200, NULL);
    a = api_get(&c.owner, at("/appointments/%s/recurring", first));
    CHECK_STR(api_str(a, "data.time_zone"), "UTC");
    CHECK_STR(api_str(a, "data.appointments[2].start"), day_time(11, 15, 0));
    a = api_patch(&c.owner, at("/appointments/%s/recurring?scope=all", first), js("{'start':'%s'}", day_time(9, 16, 0)));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointments[2].start"), day_time(11, 16, 0));
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, NULL);
        clinic_make(&c, "zones");
        RUN(test_nothing_ahead);
        RUN(test_question);
        RUN(test_instants_stay);
        RUN(test_wall_times_stay);
        RUN(test_conflict_changes_nothing);
        RUN(test_sessions_and_series);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
