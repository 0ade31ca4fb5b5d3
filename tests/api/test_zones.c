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
    EXPECT(set_zone("Africa/Harare", "wall_times"), 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(look(), "data.start"), day_time(5, 12, 0));
    CHECK_STR(api_str(api_get(&c.owner, at("/locations/%s", c.location)), "data.time_zone"), "UTC");
    EXPECT(clinic_book(&c, c.plain, 0, 2, day_time(5, 12, 0)), 409, "CONFLICT_DETECTED");
    EXPECT(set_zone("Africa/Harare", "instants"), 200, NULL);
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
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
