/* test_series.c - appointments that repeat: preview, booking all or none, changes of one, the following and all, cancelling, bad rules,
 * races with other bookings; and that the claims are what the appointments say, whatever happened in between. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <libical/ical.h>
#include <pthread.h>
#include <string.h>

static struct clinic c;

/* %s of rrule and more: "'rrule':'...','client_id':..." */
static const char *ask(int day, int hour, const char *service, int provider, int client, const char *rrule, const char *more)
{
    return js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','rrule':'%s'%s%s}", c.client[client], service, c.provider[provider],
        day_time(day, hour, 0), rrule, *more ? "," : "", more);
}

static struct answer *preview(int day, int hour, int provider, const char *rrule, const char *more)
{
    return api_post(&c.owner, "/calendar/recurrence-preview", ask(day, hour, c.plain, provider, 0, rrule, more));
}

static struct answer *series(int day, int hour, int provider, int client, const char *rrule, const char *more)
{
    return api_post(&c.owner, "/appointments/recurring", ask(day, hour, c.plain, provider, client, rrule, more));
}

static const char *nth(const struct answer *a, int n) { return at("%s", api_str(a, at("data.appointments[%d].appointment_id", n))); }
static const char *start_of(const char *id) { return at("%s", api_str(api_get(&c.owner, at("/appointments/%s", id)), "data.start")); }
static const char *status_of(const char *id) { return at("%s", api_str(api_get(&c.owner, at("/appointments/%s", id)), "data.status")); }
static struct answer *change(const char *id, const char *scope, const char *body)
{
    return api_patch(&c.owner, at("/appointments/%s/recurring?scope=%s", id, scope), body);
}
static struct answer *cancel(const char *id, const char *scope)
{
    return api_post(&c.owner, at("/appointments/%s/recurring/cancel?scope=%s", id, scope), js("{'reason':'the summer'}"));
}

/* ---- preview ------------------------------------------------------------------------------------------------------------- */

static void test_preview_names_what_is_in_the_way(void)
{
    NEED(clinic_book(&c, c.plain, 0, 1, day_time(17, 9, 15)), 201, NULL);                  /* the provider */
    NEED(clinic_book(&c, c.plain, 1, 0, day_time(24, 9, 0)), 201, NULL);                   /* the patient, with another provider */
    NEED(api_post(&c.owner, "/blocked-times", js("{'kind':'provider','subject_id':'%s','start':'%s','end':'%s'}", c.provider[0], day_time(31, 8, 0), day_time(31, 12, 0))), 201, NULL);
    NEED(api_post(&c.owner, "/holidays", js("{'date':'%s','name':'A day off','location_id':null}", day_date(38))), 201, NULL);
    struct answer *a = preview(10, 9, 0, "FREQ=WEEKLY;COUNT=6", "");
    NEED(a, 200, NULL);
    CHECK_INT(api_count(a, "data.occurrences"), 6);
    CHECK_INT(api_int(a, "data.conflicts"), 4);
    CHECK_STR(api_str(a, "data.occurrences[0].start"), day_time(10, 9, 0));
    CHECK_INT(api_count(a, "data.occurrences[0].conflicts"), 0);
    CHECK_STR(api_str(a, "data.occurrences[1].conflicts[0].reason"), "provider_busy");
    CHECK_INT(api_count(a, "data.occurrences[1].alternatives"), 3);
    CHECK_STR(api_str(a, "data.occurrences[2].conflicts[0].reason"), "patient_busy");
    CHECK_STR(api_str(a, "data.occurrences[3].conflicts[0].reason"), "blocked");
    CHECK_STR(api_str(a, "data.occurrences[4].conflicts[0].reason"), "holiday");
    CHECK_STR(api_str(a, "data.occurrences[5].conflicts[0].reason"), "");
    CHECK(strstr(api_str(a, "data.sentence"), ", 6 times") != NULL);
    a = preview(10, 23, 0, "FREQ=WEEKLY;COUNT=2", "");
    CHECK_STR(api_str(a, "data.occurrences[0].conflicts[0].reason"), "outside_hours");
    a = preview(10, 23, 0, "FREQ=WEEKLY;COUNT=2", "'also_closed':true");
    CHECK_INT(api_int(a, "data.conflicts"), 0);
    a = preview(10, 9, 0, "FREQ=YEARLY;COUNT=8", "");
    CHECK_STR(api_str(a, "data.occurrences[7].conflicts[0].reason"), "too_far");
    a = preview(10, 9, 0, "FREQ=DAILY;COUNT=3", "'duration_min':1440,'also_closed':true");
    CHECK_INT(api_int(a, "data.conflicts"), 0); /* they touch */
    /* An alternative that was offered can be booked, and moving there clears the conflict. */
    a = preview(10, 9, 0, "FREQ=WEEKLY;COUNT=2", "");
    a = preview(10, 9, 0, "FREQ=WEEKLY;COUNT=2", at("\"changes\":[{\"at\":\"%s\",\"start\":\"%s\"}]", api_str(a, "data.occurrences[1].at"), api_str(a, "data.occurrences[1].alternatives[0].start")));
    CHECK_INT(api_int(a, "data.conflicts"), 0);
    CHECK(json_is_true(api_json(a, "data.occurrences[1].moved")));
}

static void test_bad_rules(void)
{
    static const struct { const char *rrule, *says; } bad[] = { { "FREQ=WEEKLY", "must end" }, { "FREQ=WEEKLY;COUNT=0", "COUNT" }, { "FREQ=DAILY;COUNT=367", "COUNT" },
        { "FREQ=DAILY;UNTIL=20400101", "366" }, { "FREQ=WEEKLY;UNTIL=20200101", "UNTIL" }, { "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31;COUNT=3", "no date" }, { "FREQ=SECONDLY;COUNT=3", "FREQ" },
        { "COUNT=3", "FREQ" }, { "FREQ=WEEKLY;COUNT=3;BYDAY=1MO", "BYDAY" }, { "nonsense", "NONSENSE" } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct answer *a = series(10, 9, 0, 0, bad[i].rrule, "");
        EXPECT(a, 422, "VALIDATION_ERROR");
        if (!strstr(api_str(a, "details.fields.rrule"), bad[i].says)) printf("%s: %s\n", bad[i].rrule, api_str(a, "details.fields.rrule"));
        CHECK(strstr(api_str(a, "details.fields.rrule"), bad[i].says) != NULL);
    }
    EXPECT(series(-3, 9, 0, 0, "FREQ=WEEKLY;COUNT=2", ""), 409, "CONFLICT_DETECTED");
    EXPECT(series(10, 9, 0, 0, "FREQ=WEEKLY;COUNT=2", "\"changes\":[{\"at\":\"2026-01-01T00:00:00Z\",\"start\":null}]"), 422, "VALIDATION_ERROR");
    EXPECT(api_post(&c.owner, "/appointments/recurring", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','rrule':'FREQ=DAILY;COUNT=2'}",
        c.client[0], c.plain, c.client[0], day_time(60, 9, 0))), 404, "NOT_FOUND");
}

/* ---- booking ---------------------------------------------------------------------------------------------------------------- */

static void test_all_or_none_or_skip(void)
{
    struct answer *a = series(10, 9, 0, 0, "FREQ=WEEKLY;COUNT=6", "");
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_INT(api_count(a, "details.occurrences"), 4);
    CHECK_INT(api_count(api_get(&c.owner, at("/calendar?from=%s", day_date(10))), "data.appointments"), 0);
    a = series(10, 9, 0, 0, "FREQ=WEEKLY;COUNT=6", "\"on_conflict\":\"skip\"");
    NEED(a, 201, NULL);
    CHECK_INT(api_count(a, "data.appointments"), 2);
    CHECK_INT(api_count(a, "data.left_out"), 4);
    CHECK_STR(start_of(nth(a, 1)), day_time(45, 9, 0));
    const char *id = nth(a, 0);
    a = api_get(&c.owner, at("/appointments/%s", id));
    CHECK(*api_str(a, "data.series_id") != '\0');
    a = api_get(&c.owner, at("/calendar?from=%s", day_date(10)));
    CHECK(json_is_true(api_json(a, "data.appointments[0].series")));
    a = api_get(&c.owner, at("/appointments/%s/recurring", id));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data.appointments"), 2);
    EXPECT(cancel(id, "all"), 200, NULL);
}

static void test_a_key_books_once(void)
{
    const char *body = ask(10, 11, c.plain, 0, 0, "FREQ=DAILY;COUNT=3", "");
    struct answer *a = api_with(&c.owner, "POST", "/appointments/recurring", body, "Idempotency-Key: series-1\r\n");
    NEED(a, 201, NULL);
    const char *id = nth(a, 0);
    a = api_with(&c.owner, "POST", "/appointments/recurring", body, "Idempotency-Key: series-1\r\n");
    EXPECT(a, 201, NULL);
    CHECK_STR(nth(a, 0), id);
    EXPECT(cancel(id, "all"), 200, NULL);
}

static void test_chairs_are_found_for_each(void)
{
    const char *body = ask(50, 9, c.seated, 0, 0, "FREQ=DAILY;COUNT=3", "");
    NEED(api_post(&c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','resource_ids':['%s']}", c.client[1], c.seated, c.provider[1],
        day_time(51, 9, 0), c.chair[0])), 201, NULL);
    struct answer *a = api_post(&c.owner, "/appointments/recurring", body);
    NEED(a, 201, NULL);
    for (int i = 0; i < 3; i++) CHECK_INT(api_count(api_get(&c.owner, at("/appointments/%s", nth(a, i))), "data.resource_ids"), 1);
    CHECK_STR(api_str(api_get(&c.owner, at("/appointments/%s", nth(a, 1))), "data.resource_ids[0]"), c.chair[1]);
    EXPECT(api_post(&c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','resource_ids':['%s']}", c.client[2], c.seated, c.provider[1],
        day_time(52, 9, 0), api_str(api_get(&c.owner, at("/appointments/%s", nth(a, 2))), "data.resource_ids[0]"))), 409, "CONFLICT_DETECTED");
    EXPECT(cancel(nth(a, 0), "all"), 200, NULL);
}

/* ---- changes ------------------------------------------------------------------------------------------------------------------ */

static void test_this_following_all(void)
{
    struct answer *a = series(70, 10, 0, 0, "FREQ=WEEKLY;COUNT=6", "\"notes\":\"knee\"");
    NEED(a, 201, NULL);
    const char *id[6];
    for (int i = 0; i < 6; i++) id[i] = nth(a, i);
    /* This one alone: stays where it was put. */
    EXPECT(change(id[1], "this", js("{'start':'%s'}", day_time(78, 12, 0))), 200, NULL);
    CHECK_STR(start_of(id[1]), day_time(78, 12, 0));
    CHECK_STR(start_of(id[2]), day_time(84, 10, 0));
    /* A plain move makes an exception too. */
    EXPECT(api_post(&c.owner, at("/appointments/%s/move", id[4]), js("{'start':'%s'}", day_time(98, 15, 0))), 200, NULL);
    /* All: an hour later; the exceptions stay. */
    a = change(id[0], "all", js("{'start':'%s','notes':'both knees'}", day_time(70, 11, 0)));
    EXPECT(a, 200, NULL);
    CHECK_STR(start_of(id[0]), day_time(70, 11, 0));
    CHECK_STR(start_of(id[5]), day_time(105, 11, 0));
    CHECK_STR(start_of(id[1]), day_time(78, 12, 0));
    CHECK_STR(start_of(id[4]), day_time(98, 15, 0));
    CHECK_STR(api_str(api_get(&c.owner, at("/appointments/%s", id[1])), "data.notes"), "both knees");
    CHECK_INT(api_count(a, "data.appointments"), 6);
    /* Following: another weekday and provider, a series of its own. */
    a = change(id[3], "following", js("{'start':'%s','provider_id':'%s','duration_min':45}", day_time(93, 9, 0), c.provider[1]));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data.appointments"), 3);
    CHECK(strstr(api_str(a, "data.rrule"), "COUNT=3") != NULL);
    CHECK_STR(start_of(id[3]), day_time(93, 9, 0));
    CHECK_STR(start_of(id[5]), day_time(107, 9, 0));
    CHECK_STR(start_of(id[4]), day_time(98, 15, 0));
    a = api_get(&c.owner, at("/appointments/%s", id[5]));
    CHECK_STR(api_str(a, "data.end"), day_time(107, 9, 45));
    CHECK_STR(api_str(a, "data.provider_id"), c.provider[1]);
    a = api_get(&c.owner, at("/appointments/%s/recurring", id[0]));
    CHECK_INT(api_count(a, "data.appointments"), 3);
    CHECK(strstr(api_str(a, "data.rrule"), "COUNT=3") != NULL);
    /* Cancel from the second on; then one comes back. */
    EXPECT(cancel(id[1], "following"), 200, NULL);
    CHECK_STR(status_of(id[0]), "scheduled");
    CHECK_STR(status_of(id[1]), "cancelled");
    CHECK_STR(status_of(id[2]), "cancelled");
    CHECK_STR(status_of(id[3]), "scheduled");
    EXPECT(api_post(&c.owner, at("/appointments/%s/restore", id[2]), NULL), 200, NULL);
    CHECK_STR(status_of(id[2]), "scheduled");
    EXPECT(change(id[1], "this", js("{'start':'%s'}", day_time(78, 16, 0))), 409, "ILLEGAL_TRANSITION");
    EXPECT(change(id[0], "all", js("{'start':'%s'}", day_time(-1, 11, 0))), 422, "VALIDATION_ERROR");
    EXPECT(cancel(id[0], "all"), 200, NULL);
    EXPECT(cancel(id[3], "all"), 200, NULL);
    CHECK_STR(status_of(id[5]), "cancelled");
}

static void test_a_change_that_collides(void)
{
    struct answer *a = series(70, 10, 0, 0, "FREQ=DAILY;COUNT=4", "");
    NEED(a, 201, NULL);
    const char *id[4];
    for (int i = 0; i < 4; i++) id[i] = nth(a, i);
    NEED(clinic_book(&c, c.plain, 0, 1, day_time(72, 11, 0)), 201, NULL);
    a = change(id[0], "all", js("{'start':'%s'}", day_time(70, 11, 0)));
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_INT(api_count(a, "details.occurrences"), 1);
    CHECK_STR(start_of(id[0]), day_time(70, 10, 0));
    a = change(id[0], "all", js("{'start':'%s','on_conflict':'skip'}", day_time(70, 11, 0)));
    EXPECT(a, 200, NULL);
    CHECK_STR(start_of(id[1]), day_time(71, 11, 0));
    CHECK_STR(start_of(id[2]), day_time(72, 10, 0));
    CHECK_INT(api_count(a, "data.left_out"), 1);
    /* Moving by less than its own length: it is not in its own way. */
    EXPECT(change(id[0], "following", js("{'start':'%s'}", day_time(70, 11, 10))), 200, NULL);
    EXPECT(api_with(&c.owner, "PATCH", at("/appointments/%s/recurring?scope=all", id[0]), "{\"notes\":\"x\"}", "If-Match: \"77\"\r\n"), 412, "STALE_VERSION");
    EXPECT(change(c.client[0], "all", "{\"notes\":\"x\"}"), 404, "NOT_FOUND");
    a = clinic_book(&c, c.plain, 1, 2, day_time(75, 8, 0));
    EXPECT(change(at("%s", api_str(a, "data.id")), "all", "{\"notes\":\"x\"}"), 404, "NOT_FOUND");
    /* Of a rule by month the day stays. */
    a = series(70, 14, 1, 1, "FREQ=MONTHLY;COUNT=3", "");
    NEED(a, 201, NULL);
    const char *first = nth(a, 0);
    EXPECT(change(first, "all", js("{'start':'%s'}", day_time(71, 14, 0))), 422, "VALIDATION_ERROR");
    EXPECT(change(first, "all", js("{'start':'%s'}", day_time(70, 15, 0))), 200, NULL);
}

/* ---- mail ---------------------------------------------------------------------------------------------------------------------------- */

enum { LETTER_MS = 20000 };

/* Starts that a calendar program gets out of the letter, read by libical: the rule without its exceptions, and what goes elsewhere. */
static int starts_in(const struct letter *l, int64_t out[20])
{
    int n = 0;
    icalcomponent *cal = icalparser_parse_string(l->calendar);
    REQUIRE(cal != NULL);
    CHECK_INT(icalcomponent_count_errors(cal), 0);
    int64_t instead_of[20], instead[20];
    int moved = 0;
    for (icalcomponent *e = icalcomponent_get_first_component(cal, ICAL_VEVENT_COMPONENT); e; e = icalcomponent_get_next_component(cal, ICAL_VEVENT_COMPONENT)) {
        struct icaltimetype named = icalcomponent_get_recurrenceid(e);
        if (icaltime_is_null_time(named)) continue;
        instead_of[moved] = icaltime_as_timet(named);
        instead[moved++] = icaltime_as_timet(icalcomponent_get_dtstart(e));
    }
    icalcomponent *master = icalcomponent_get_first_component(cal, ICAL_VEVENT_COMPONENT);
    struct icaltimetype start = icalcomponent_get_dtstart(master);
    icalrecur_iterator *it = icalrecur_iterator_new(icalproperty_get_rrule(icalcomponent_get_first_property(master, ICAL_RRULE_PROPERTY)), start);
    for (struct icaltimetype t = icalrecur_iterator_next(it); !icaltime_is_null_time(t) && n < 20; t = icalrecur_iterator_next(it)) {
        if (icalproperty_recurrence_is_excluded(master, &start, &t)) continue;
        int64_t at = icaltime_as_timet(t);
        for (int i = 0; i < moved; i++)
            if (instead_of[i] == at) at = instead[i];
        out[n++] = at;
    }
    icalrecur_iterator_free(it);
    icalcomponent_free(cal);
    return n;
}

static int64_t seconds_of(const char *text)
{
    struct icaltimetype t = icaltime_null_time();
    sscanf(text, "%d-%d-%dT%d:%d:%d", &t.year, &t.month, &t.day, &t.hour, &t.minute, &t.second);
    return icaltime_as_timet(t);
}

/* The letter's calendar holds exactly these starts. */
static void check_letter(const char *name, const char *const *want, int n_want)
{
    struct letter l;
    int64_t got[20];
    if (!letter_wait(name, LETTER_MS, &l)) {
        fprintf(stderr, "  no letter %s\n", name);
        CHECK(false);
        return;
    }
    CHECK_STR(letter_line(&l, "METHOD"), "REQUEST");
    int n = starts_in(&l, got);
    CHECK_INT(n, n_want);
    for (int i = 0; i < n && i < n_want; i++) CHECK_INT(got[i], seconds_of(want[i]));
    letter_free(&l);
}

static void test_mails(void)
{
    struct letter l;
    NEED(clinic_book(&c, c.plain, 0, 1, day_time(221, 9, 0)), 201, NULL);
    struct answer *a = series(200, 9, 0, 0, "FREQ=WEEKLY;COUNT=5", "\"on_conflict\":\"skip\"");
    NEED(a, 201, NULL);
    const char *root = at("%s", api_str(a, "data.id")), *id[4];
    for (int i = 0; i < 4; i++) id[i] = nth(a, i);
    const char *booked[] = { day_time(200, 9, 0), day_time(207, 9, 0), day_time(214, 9, 0), day_time(228, 9, 0) };
    check_letter(at("%s.series.booked.0", root), booked, 4);
    CHECK_INT(letters_beginning(root), 1);
    for (int i = 0; i < 4; i++) CHECK_INT(letters_beginning(id[i]), 0);
    /* One alone: its own letter, which names the series and the occurrence. */
    NEED(change(id[1], "this", js("{'start':'%s'}", day_time(208, 13, 0))), 200, NULL);
    REQUIRE(letter_wait(at("%s.moved.1", id[1]), LETTER_MS, &l));
    CHECK_STR(letter_line(&l, "UID"), at("%s@clinicd", root));
    CHECK(strstr(l.calendar, "RECURRENCE-ID;TZID=") != NULL);
    CHECK(strtol(letter_line(&l, "SEQUENCE"), NULL, 10) > 0);
    letter_free(&l);
    /* The following: one letter, in which nothing has lost its name. */
    NEED(change(id[2], "following", js("{'start':'%s'}", day_time(214, 10, 0))), 200, NULL);
    const char *moved[] = { day_time(200, 9, 0), day_time(208, 13, 0), day_time(214, 10, 0), day_time(228, 10, 0) };
    check_letter(at("%s.series.moved.2", root), moved, 4);
    NEED(cancel(id[3], "following"), 200, NULL);
    check_letter(at("%s.series.cancelled.3", root), moved, 3);
    NEED(cancel(id[2], "all"), 200, NULL);
    NEED(cancel(id[0], "all"), 200, NULL);
    REQUIRE(letter_wait(at("%s.series.cancelled.5", root), LETTER_MS, &l));
    CHECK_STR(letter_line(&l, "METHOD"), "CANCEL");
    CHECK_STR(letter_line(&l, "SEQUENCE"), "5");
    letter_free(&l);
}

/* ---- what a block hits -------------------------------------------------------------------------------------------------------------- */

static void test_hits_of_a_block(void)
{
    struct answer *a = clinic_book(&c, c.plain, 1, 1, day_time(240, 9, 0));
    NEED(a, 201, NULL);
    const char *id = at("%s", api_str(a, "data.id"));
    EXPECT(api_post(&c.owner, "/blocked-times", js("{'kind':'provider','subject_id':'%s','start':'%s','end':'%s'%s}", c.provider[1], day_time(240, 8, 0), day_time(240, 18, 0), "")), 409, "CONFLICT_DETECTED");
    a = api_post(&c.owner, "/blocked-times", js("{'kind':'provider','subject_id':'%s','start':'%s','end':'%s'%s}", c.provider[1], day_time(240, 8, 0), day_time(240, 18, 0), ",'force':true"));
    NEED(a, 201, NULL);
    const char *hits = at("/blocked-times/%s/hits", api_str(a, "data.id"));
    a = api_get(&c.owner, hits);
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data"), 1);
    CHECK_STR(api_str(a, "data[0].appointment_id"), id);
    CHECK_INT(api_count(a, "data[0].next"), 3);
    CHECK(strcmp(api_str(a, "data[0].next[0].start"), day_time(240, 18, 0)) >= 0);
    EXPECT(api_post(&c.owner, at("/appointments/%s/move", id), js("{'start':'%s'}", api_str(a, "data[0].next[0].start"))), 200, NULL);
    CHECK_INT(api_count(api_get(&c.owner, hits), "data"), 0);
    EXPECT(api_get(&c.owner, at("/blocked-times/%s/hits", c.client[0])), 404, "NOT_FOUND");
    a = api_post(&c.owner, "/blocked-times", js("{'kind':'location','subject_id':'%s','start':'%s','end':'%s','force':true}", c.location, day_time(240, 18, 0), day_time(240, 22, 0)));
    NEED(a, 201, NULL);
    CHECK_INT(api_count(api_get(&c.owner, at("/blocked-times/%s/hits", api_str(a, "data.id"))), "data"), 1);
}

/* ---- races and leaks -------------------------------------------------------------------------------------------------------------- */

enum { RACERS = 12, STEPS = 8 };
static pthread_barrier_t gate;
static int won[RACERS];

static void *race_main(void *arg)
{
    int n = *(int *)arg;
    struct conn *conn = conn_open();
    pthread_barrier_wait(&gate);
    struct answer *a = n % 2 ? api_call(conn, &c.owner, "POST", "/appointments/recurring", ask(120, 9, c.plain, 0, n % 3, "FREQ=DAILY;COUNT=10", ""))
                             : api_call(conn, &c.owner, "POST", "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}",
                                   c.client[n % 3], c.plain, c.provider[0], day_time(120 + n / 2, 9, n % 3 * 10)));
    won[n] = a->status;
    conn_close(conn);
    return NULL;
}

static void *shuffle_main(void *arg)
{
    static const char *const scopes[] = { "this", "following", "all" };
    int n = *(int *)arg;
    unsigned seed = (unsigned)n * 7919u + 17u;
    struct conn *conn = conn_open();
    char id[UUID_TEXT] = "";
    pthread_barrier_wait(&gate);
    for (int step = 0; step < STEPS; step++) {
        int day = 150 + rand_r(&seed) % 6, hour = 8 + rand_r(&seed) % 4;
        struct answer *a;
        if (!*id || step % 4 == 0) {
            a = api_call(conn, &c.owner, "POST", "/appointments/recurring", ask(day, hour, n % 2 ? c.seated : c.buffered, n % 2, n % 3, "FREQ=DAILY;COUNT=4", "\"on_conflict\":\"skip\""));
            if (a->status == 201) snprintf(id, sizeof id, "%s", api_str(a, "data.appointments[1].appointment_id"));
        } else if (step % 4 == 1) {
            a = api_call(conn, &c.owner, "PATCH", at("/appointments/%s/recurring?scope=%s", id, scopes[rand_r(&seed) % 3]), js("{'start':'%s','on_conflict':'skip'}", day_time(day, hour, 30)));
        } else if (step % 4 == 2) {
            a = api_call(conn, &c.owner, "POST", "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[n % 3], c.plain, c.provider[n % 2], day_time(day, hour, 15)));
        } else {
            a = api_call(conn, &c.owner, "POST", at("/appointments/%s/recurring/cancel?scope=%s", id, scopes[rand_r(&seed) % 3]), "{}");
        }
        if (a->status >= 500 || a->status == 0) fprintf(stderr, "  %d %s %s: %.300s\n", a->status, a->method, a->path, a->body ? a->body : "");
        won[n] += a->status >= 500 || a->status == 0;
    }
    conn_close(conn);
    return NULL;
}

static void together(void *(*run)(void *))
{
    pthread_t threads[RACERS];
    int numbers[RACERS];
    pthread_barrier_init(&gate, NULL, RACERS);
    for (int i = 0; i < RACERS; i++) {
        numbers[i] = i;
        won[i] = 0;
        REQUIRE(pthread_create(&threads[i], NULL, run, &numbers[i]) == 0);
    }
    for (int i = 0; i < RACERS; i++) pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&gate);
}

/* Claims of no live appointment or of another time, and live appointments without one of their provider, patient or chair. The count comes
 * back through the notes of a client. */
#define LIVE "('scheduled', 'confirmed', 'checked_in', 'in_progress')"
static int64_t leaks(void)
{
    api_sql("UPDATE client SET notes = CAST((SELECT COUNT(*) FROM claim k WHERE k.kind = 'appointment' AND k.owner_id NOT IN (SELECT a.id FROM appointment a"
            " WHERE a.tenant_id = k.tenant_id AND a.id = k.owner_id AND a.status IN " LIVE " AND a.starts_at = k.core_start AND a.ends_at = k.core_end"
            " AND (k.subject_id = a.provider_id OR k.subject_id = a.patient_id OR k.subject_id IN (SELECT COALESCE(x.resource_id, x.provider_id) FROM appointment_part x"
            " WHERE x.appointment_id = a.id)))) + (SELECT COUNT(*) FROM appointment a WHERE a.status IN " LIVE " AND (a.id NOT IN (SELECT k.owner_id FROM claim k"
            " WHERE k.subject_id = a.provider_id) OR a.id NOT IN (SELECT k.owner_id FROM claim k WHERE k.subject_id = a.patient_id)))"
            " + (SELECT COUNT(*) FROM appointment_part x JOIN appointment a ON a.id = x.appointment_id WHERE a.status IN " LIVE
            " AND a.id NOT IN (SELECT k.owner_id FROM claim k WHERE k.subject_id = COALESCE(x.resource_id, x.provider_id))) AS TEXT) WHERE id = %s", api_sql_id(c.client[2]));
    return strtoll(api_str(api_get(&c.owner, at("/clients/%s", c.client[2])), "data.notes"), NULL, 10);
}

static void test_races(void)
{
    int found = 0, series_won = 0;
    together(race_main);
    for (int i = 0; i < RACERS; i++) {
        CHECK(won[i] == 201 || won[i] == 409);
        series_won += i % 2 && won[i] == 201;
    }
    CHECK(series_won <= 1);
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(119), day_date(140), &found), 0);
    if (series_won) CHECK(found >= 10);
    together(shuffle_main);
    for (int i = 0; i < RACERS; i++) CHECK_INT(won[i], 0);
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(140), day_date(170), &found), 0);
    printf("     %d appointments after the shuffle\n", found);
    CHECK_INT(leaks(), 0);
}


int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        printf("-- %s\n", engine);
        api_start(engine, NULL);
        clinic_make(&c, "series");
        RUN(test_bad_rules);
        RUN(test_preview_names_what_is_in_the_way);
        RUN(test_all_or_none_or_skip);
        RUN(test_a_key_books_once);
        RUN(test_chairs_are_found_for_each);
        RUN(test_this_following_all);
        RUN(test_a_change_that_collides);
        RUN(test_mails);
        RUN(test_hits_of_a_block);
        RUN(test_races);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
