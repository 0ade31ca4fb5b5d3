/* test_feeds.c - secret calendar addresses: what they show and do not show, how they end, and that two other programs can read
 * them (libical and python3-icalendar). */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <libical/ical.h>
#include <string.h>
#include <time.h>

static struct clinic c, other;
static char feed_id[UUID_TEXT], url[200];

/* The path below /api/v1 of a feed's address. */
static const char *path_of(const char *address)
{
    const char *p = strstr(address, "/api/v1");
    return p ? at("%s", p + 7) : "/nowhere";
}

static struct answer *make_feed(const char *kind, const char *subject, const char *detail)
{
    return api_post(&c.owner, "/feeds", js("{'kind':'%s','subject_id':'%s','detail':'%s'}", kind, subject, detail));
}

/* What python3-icalendar reads in it; libical reads it too. decref it */
static json_t *read_feed(const struct answer *a)
{
    REQUIRE(a->status == 200);
    CHECK_STR(api_header(a, "Content-Type"), "text/calendar; charset=utf-8");
    icalcomponent *cal = icalparser_parse_string(a->body);
    REQUIRE(cal != NULL);
    CHECK_INT(icalcomponent_count_errors(cal), 0);
    size_t events = (size_t)icalcomponent_count_components(cal, ICAL_VEVENT_COMPONENT);
    icalcomponent_free(cal);
    const char *file = at("%s/feed.ics", api_data());
    FILE *f = fopen(file, "wb");
    REQUIRE(f && fwrite(a->body, 1, a->len, f) == a->len && fclose(f) == 0);
    f = popen(at("/usr/bin/python3 tests/lib/ics_verify.py '%s'", file), "r");
    json_t *out = f ? json_loadf(f, 0, NULL) : NULL;
    REQUIRE(f && pclose(f) == 0 && out);
    CHECK_INT(json_array_size(json_object_get(out, "events")), events);
    return out;
}

static const json_t *event_of(const json_t *cal, const char *id)
{
    size_t i;
    json_t *e;
    json_array_foreach(json_object_get(cal, "events"), i, e)
    {
        if (strcmp(json_string_value(json_object_get(e, "uid")), at("%s@clinicd", id)) == 0) return e;
    }
    return NULL;
}

static const char *text(const json_t *e, const char *name)
{
    const char *s = e ? json_string_value(json_object_get(e, name)) : NULL;
    return s ? s : "";
}

static void test_make_and_list(void)
{
    struct answer *a = make_feed("provider", c.provider[0], "initials");
    NEED(a, 201, NULL);
    keep_id(feed_id, a, "data.id");
    snprintf(url, sizeof url, "%s", path_of(api_str(a, "data.url")));
    CHECK_INT(strlen(url), strlen("/feeds/") + 64 + 4);
    CHECK_STR(api_str(a, "data.subject_name"), "Dr Ada");
    /* Shown once: neither the list nor the database knows it. */
    a = api_get(&c.owner, at("/feeds?subject_id=%s", c.provider[0]));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data"), 1);
    CHECK(!strstr(a->body, "url") && !strstr(a->body, ".ics"));
    a = api_get(&c.owner, at("/audit?entity_id=%s", feed_id));
    CHECK(!strstr(a->body, ".ics"));
    /* Others' rows and wrong input. */
    EXPECT(make_feed("provider", other.provider[0], "busy"), 404, "NOT_FOUND");
    EXPECT(make_feed("client", c.provider[0], "busy"), 404, "NOT_FOUND");
    EXPECT(make_feed("provider", c.provider[0], "everything"), 422, NULL);
    CHECK_INT(api_count(api_get(&other.owner, "/feeds"), "data"), 0);
    EXPECT(api_delete(&other.owner, at("/feeds/%s", feed_id)), 404, NULL);
    EXPECT(api_post(&other.owner, at("/feeds/%s/rotate", feed_id), NULL), 404, NULL);
}

/* Book, move, cancel: the feed follows, with the UID and SEQUENCE of the invitation. */
static void test_follows_bookings(void)
{
    struct answer *a = clinic_book(&c, c.buffered, 0, 0, day_time(3, 9, 0));
    NEED(a, 201, NULL);
    char id[UUID_TEXT];
    keep_id(id, a, "data.id");
    json_t *cal = read_feed(api_get(&nobody, url));
    const json_t *e = event_of(cal, id);
    CHECK_STR(text(cal, "name"), at("Dr Ada, Clinic %s", c.slug));
    CHECK(json_is_true(json_object_get(cal, "refresh")));
    CHECK_STR(text(e, "start"), day_time(3, 9, 0)); /* the treatment, without buffers */
    CHECK_STR(text(e, "end"), day_time(3, 9, 30));
    CHECK_STR(text(e, "summary"), "Filling \xc2\xb7 C. C.");
    CHECK_STR(text(e, "status"), "CONFIRMED");
    CHECK_INT(json_integer_value(json_object_get(e, "sequence")), 0);
    json_decref(cal);
    NEED(api_post(&c.owner, at("/appointments/%s/move", id), js("{'start':'%s'}", day_time(3, 11, 0))), 200, NULL);
    cal = read_feed(api_get(&nobody, url));
    e = event_of(cal, id);
    CHECK_STR(text(e, "start"), day_time(3, 11, 0));
    struct letter l;
    CHECK(letter_wait(at("%s.moved.1", id), 5000, &l));
    CHECK_STR(letter_line(&l, "UID"), text(e, "uid"));
    CHECK_STR(letter_line(&l, "SEQUENCE"), at("%lld", (long long)json_integer_value(json_object_get(e, "sequence"))));
    letter_free(&l);
    json_decref(cal);
    NEED(api_post(&c.owner, at("/appointments/%s/cancel", id), "{}"), 200, NULL);
    cal = read_feed(api_get(&nobody, url));
    CHECK(event_of(cal, id) == NULL);
    json_decref(cal);
}

/* A series is one UID, that of its mails: the rule as it was made, what was left out, and what goes elsewhere by its RECURRENCE-ID. */
static void test_series(void)
{
    char root[UUID_TEXT], second[UUID_TEXT], third[UUID_TEXT];
    struct answer *a = api_post(&c.owner, "/appointments/recurring", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','rrule':'FREQ=WEEKLY;COUNT=4'}",
        c.client[2], c.plain, c.provider[0], day_time(20, 9, 0)));
    NEED(a, 201, NULL);
    keep_id(root, a, "data.id");
    keep_id(second, a, "data.appointments[1].appointment_id");
    keep_id(third, a, "data.appointments[2].appointment_id");
    NEED(api_post(&c.owner, at("/appointments/%s/move", second), js("{'start':'%s'}", day_time(28, 11, 0))), 200, NULL);
    NEED(api_post(&c.owner, at("/appointments/%s/cancel", third), "{}"), 200, NULL);
    a = make_feed("client", c.client[2], "initials");
    const char *feeds[] = { url, path_of(api_str(a, "data.url")) };
    for (int i = 0; i < 2; i++) {
        json_t *cal = read_feed(api_get(&nobody, feeds[i]));
        const json_t *e = event_of(cal, root);
        CHECK_STR(text(e, "rrule"), "FREQ=WEEKLY;COUNT=4");
        CHECK_STR(text(e, "start"), day_time(20, 9, 0));
        CHECK_INT(json_array_size(json_object_get(e, "excluded")), 1);
        CHECK_STR(json_string_value(json_array_get(json_object_get(e, "excluded"), 0)), at("%sT09:00:00", day_date(34)));
        size_t k, of_series = 0;
        json_t *x;
        json_array_foreach(json_object_get(cal, "events"), k, x)
        {
            if (strcmp(text(x, "uid"), at("%s@clinicd", root)) != 0) continue;
            of_series++;
            if (*text(x, "recurrence")) CHECK_STR(text(x, "start"), day_time(28, 11, 0));
            if (*text(x, "recurrence")) CHECK_STR(text(x, "recurrence"), at("%sT09:00:00", day_date(27)));
        }
        CHECK_INT(of_series, 2);
        CHECK(event_of(cal, second) == NULL && event_of(cal, third) == NULL);
        json_decref(cal);
    }
}

static void test_says_little(void)
{
    char id[UUID_TEXT], blocked[UUID_TEXT];
    struct answer *a = api_post(&c.owner, "/appointments",
        js("{'service_id':'%s','provider_id':'%s','client_id':'%s','patient_id':'%s','start':'%s','notes':'allergic to latex'}", c.seated, c.provider[0],
            c.client[1], c.patient[1], day_time(4, 9, 0)));
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
    a = api_post(&c.owner, "/blocked-times", js("{'kind':'provider','subject_id':'%s','start':'%s','end':'%s','reason':'Own dentist'}", c.provider[0],
        day_time(4, 12, 0), day_time(6, 8, 0)));
    NEED(a, 201, NULL);
    keep_id(blocked, a, "data.id");
    static const char *const details[] = { "busy", "initials", "full" };
    static const char *const said[] = { "Busy", "Whitening \xc2\xb7 D. D.", "Whitening \xc2\xb7 Dana Dee" };
    for (int i = 0; i < 3; i++) {
        a = make_feed("provider", c.provider[0], details[i]);
        NEED(a, 201, NULL);
        a = api_get(&nobody, path_of(api_str(a, "data.url")));
        json_t *cal = read_feed(a);
        CHECK_STR(text(event_of(cal, id), "summary"), said[i]);
        CHECK_STR(text(event_of(cal, blocked), "summary"), i == 2 ? "Own dentist" : "Busy");
        CHECK_STR(text(event_of(cal, blocked), "end"), day_time(6, 8, 0)); /* several claims, one event */
        CHECK(!strstr(a->body, "latex") && !strstr(a->body, "example.org") && !strstr(a->body, "+4021"));
        CHECK((strstr(a->body, "Dana") != NULL) == (i == 2));
        json_decref(cal);
    }
    /* The chair's, and the client's own. */
    a = make_feed("resource", c.chair[0], "initials");
    json_t *cal = read_feed(api_get(&nobody, path_of(api_str(a, "data.url"))));
    CHECK_STR(text(event_of(cal, id), "summary"), said[1]);
    json_decref(cal);
    a = make_feed("client", c.client[1], "initials");
    cal = read_feed(api_get(&nobody, path_of(api_str(a, "data.url"))));
    CHECK_INT(json_array_size(json_object_get(cal, "events")), 1);
    CHECK_STR(text(event_of(cal, id), "summary"), at("Whitening, Clinic %s", c.slug));
    json_decref(cal);
}

static void test_not_modified(void)
{
    struct answer *a = api_get(&nobody, url);
    NEED(a, 200, NULL);
    const char *etag = api_header(a, "ETag"), *modified = api_header(a, "Last-Modified");
    REQUIRE(etag && modified);
    CHECK(strstr(api_header(a, "Cache-Control"), "private") != NULL);
    a = api_with(&nobody, "GET", url, NULL, at("If-None-Match: %s\r\n", etag));
    EXPECT(a, 304, NULL);
    CHECK_INT(a->len, 0);
    EXPECT(api_with(&nobody, "GET", url, NULL, at("If-None-Match: \"x\", W/%s\r\n", etag)), 304, NULL);
    EXPECT(api_with(&nobody, "GET", url, NULL, "If-None-Match: \"x\"\r\n"), 200, NULL);
    EXPECT(api_with(&nobody, "GET", url, NULL, at("If-Modified-Since: %s\r\n", modified)), 304, NULL);
    /* A name that stands in it changes. */
    NEED(api_patch(&c.owner, at("/services/%s", c.seated), "{\"name\":\"Bleaching\"}"), 200, NULL);
    a = api_with(&nobody, "GET", url, NULL, at("If-None-Match: %s\r\n", etag));
    EXPECT(a, 200, NULL);
    CHECK(strstr(a->body, "Bleaching") != NULL);
}

static void test_wrong_address(void)
{
    char wrong[200];
    snprintf(wrong, sizeof wrong, "%s", url);
    wrong[20] = wrong[20] == 'A' ? 'B' : 'A';
    const char *none = at("%s", api_get(&nobody, wrong)->body);
    struct answer *a = api_get(&nobody, wrong);
    EXPECT(a, 404, "NOT_FOUND");
    CHECK(strstr(none, "There is no such calendar") != NULL && !api_header(a, "ETag"));
    EXPECT(api_get(&nobody, "/feeds/x.ics"), 404, "NOT_FOUND");
    EXPECT(api_get(&nobody, at("%.*s", (int)strlen(url) - 4, url)), 404, "NOT_FOUND"); /* without .ics */
    /* Rotated: the old one ends. Revoked: so does the new one. */
    a = api_post(&c.owner, at("/feeds/%s/rotate", feed_id), NULL);
    NEED(a, 200, NULL);
    const char *fresh = path_of(api_str(a, "data.url"));
    EXPECT(api_get(&nobody, url), 404, "NOT_FOUND");
    EXPECT(api_get(&nobody, fresh), 200, NULL);
    EXPECT(api_delete(&c.owner, at("/feeds/%s", feed_id)), 204, NULL);
    EXPECT(api_get(&nobody, fresh), 404, "NOT_FOUND");
    EXPECT(api_delete(&c.owner, at("/feeds/%s", feed_id)), 404, NULL);
    /* So does that of a deleted client. */
    a = make_feed("client", c.client[2], "full");
    NEED(a, 201, NULL);
    fresh = path_of(api_str(a, "data.url"));
    EXPECT(api_get(&nobody, fresh), 200, NULL);
    NEED(api_delete(&c.owner, at("/clients/%s", c.client[2])), 204, NULL);
    EXPECT(api_get(&nobody, fresh), 404, "NOT_FOUND");
}

static void test_at_most_ten(void)
{
    int made = 0;
    struct answer *a = NULL;
    for (int i = 0; i < 11; i++, made += a->status == 201) a = make_feed("provider", c.provider[1], "busy");
    CHECK_INT(made, 10);
    EXPECT(a, 409, NULL);
}

/* As many events as a feed holds, written past the front door. */
static void test_five_thousand(void)
{
    struct answer *a = make_feed("resource", c.chair[1], "full");
    NEED(a, 201, NULL);
    const char *address = path_of(api_str(a, "data.url"));
    a = clinic_book(&c, c.plain, 1, 0, day_time(7, 8, 0));
    NEED(a, 201, NULL);
    const char *numbers = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 5199)";
    const char *id = api_on_sqlite() ? "randomblob(16)" : "gen_random_uuid()";
    int64_t from = (int64_t)time(NULL) * 1000000 + 86400000000;
    api_sql("%s INSERT INTO claim (tenant_id, subject_id, starts_at, owner_id, ends_at, core_start, core_end, kind, shared)"
            " SELECT %s, %s, %lld + i * CAST(1800000000 AS BIGINT), %s, %lld + i * CAST(1800000000 AS BIGINT) + 1500000000,"
            " %lld + i * CAST(1800000000 AS BIGINT), %lld + i * CAST(1800000000 AS BIGINT) + 1500000000, 'appointment', 0 FROM n",
        numbers, api_sql_id(c.tenant), api_sql_id(c.chair[1]), (long long)from, id, (long long)from, (long long)from, (long long)from);
    a = api_get(&nobody, address);
    NEED(a, 200, NULL);
    icalcomponent *cal = icalparser_parse_string(a->body);
    REQUIRE(cal != NULL);
    CHECK_INT(icalcomponent_count_components(cal, ICAL_VEVENT_COMPONENT), 5000);
    CHECK_INT(icalcomponent_count_errors(cal), 0);
    icalcomponent_free(cal);
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_RATE_LOGIN_PER_MINUTE=100000", "CLINICD_RATE_PUBLIC_PER_MINUTE=1000000", "CLINICD_LOG=warn", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .env = env });
        clinic_make(&c, "feeds");
        clinic_make(&other, "feeds-other");
        RUN(test_make_and_list);
        RUN(test_follows_bookings);
        RUN(test_series);
        RUN(test_says_little);
        RUN(test_not_modified);
        RUN(test_wrong_address);
        RUN(test_at_most_ten);
        RUN(test_five_thousand);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
