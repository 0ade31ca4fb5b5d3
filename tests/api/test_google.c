/* test_google.c - Google Calendar both ways, against a stand-in that looks at every request (tests/lib/google_standin.py): connecting, their events
 * here, ours there, no ping-pong, and everything that can go wrong on the way. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/standin.h"
#include "tests/lib/test.h"
#include <string.h>
#include <time.h>

enum { WAIT_MS = 20000 };
static struct clinic c, other;
static const char *const ADA = "ada@example.org";

/* ---- helpers ------------------------------------------------------------------------------------------------------------------- */

static const char *link_path(const struct clinic *k, int n, const char *rest) { return at("/providers/%s/google%s", k->provider[n], rest); }
static struct answer *link_of(const struct clinic *k, int n) { return api_get(&k->owner, link_path(k, n, "")); }

static bool wait_link(const struct clinic *k, int n, const char *field, const char *want)
{
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until; api_sleep_ms(30))
        if (strcmp(api_str(link_of(k, n), field), want) == 0) return true;
    fprintf(stderr, "  never %s = %s: %.600s\n", field, want, link_of(k, n)->body);
    return false;
}

/* Nothing waits any more and the last look was after now. */
static bool settled(const struct clinic *k, int n)
{
    struct answer *a = link_of(k, n);
    char before[64];
    snprintf(before, sizeof before, "%s", api_str(a, "data.last_sync_at"));
    EXPECT(api_post(&k->owner, link_path(k, n, "/sync"), NULL), 204, NULL);
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until; api_sleep_ms(30)) {
        a = link_of(k, n);
        if (strcmp(api_str(a, "data.last_sync_at"), before) != 0 && api_int(a, "data.pending") == 0 && !*api_str(a, "data.error")) return true;
    }
    fprintf(stderr, "  never settled: %.600s\n", a->body);
    return false;
}

static bool wait_sync(const struct clinic *k, const char *appointment, const char *state)
{
    struct answer *a = NULL;
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until; api_sleep_ms(30)) {
        a = api_get(&k->owner, at("/appointments/%s/sync", appointment));
        if (strcmp(api_str(a, "data.state"), state) == 0) return true;
    }
    fprintf(stderr, "  never %s: %.600s\n", state, a ? a->body : "");
    return false;
}

/* The consent page, and the browser's way back. */
static struct answer *come_back(const struct clinic *k, int n, const struct who *who)
{
    struct answer *a = api_post(&k->owner, link_path(k, n, "/connect"), "{}");
    NEED(a, 200, NULL);
    const char *url = api_str(a, "data.url"), *path = strstr(url, "/auth?");
    REQUIRE(path != NULL);
    json_t *page = standin_call("GET", path, NULL);
    const char *to = strstr(json_string_value(json_object_get(page, "to")), "/api/v1");
    REQUIRE(to != NULL);
    a = api_get(who, at("%s", to + 7));
    json_decref(page);
    return a;
}

static void connect_as(const struct clinic *k, int n, const char *account)
{
    standin_steer("account", js("{'account':'%s'}", account));
    struct answer *a = come_back(k, n, &k->owner);
    NEED(a, 303, NULL);
    CHECK(strstr(api_header(a, "Location"), "/app/settings/calendars?google=connected") != NULL);
    CHECK(wait_link(k, n, "data.account", account));
    CHECK(settled(k, n));
}

static json_t *events_of(const char *account)
{
    json_t *s = standin_state(), *all = json_incref(json_object_get(json_object_get(s, "events"), account));
    json_decref(s);
    return all;
}

/* Our event for the appointment in the account's calendar: decref it; NULL: none, or cancelled. */
static json_t *ours(const char *account, const char *appointment)
{
    json_t *all = events_of(account), *e, *found = NULL;
    size_t i;
    json_array_foreach(all, i, e)
    {
        json_t *mark = json_object_get(json_object_get(json_object_get(e, "extendedProperties"), "private"), "clinicd");
        bool alive = strcmp(json_string_value(json_object_get(e, "status")), "cancelled") != 0;
        if (mark && alive && strcmp(json_string_value(mark), appointment) == 0) found = json_incref(e);
    }
    json_decref(all);
    return found;
}

static const char *starts(const json_t *e)
{
    const char *s = json_string_value(json_object_get(json_object_get(e, "start"), "dateTime"));
    return s ? at("%s", s) : "";
}

static bool stands_at(const char *account, const char *appointment, const char *start)
{
    json_t *e = ours(account, appointment);
    bool ok = e && strcmp(starts(e), start) == 0;
    if (!ok) fprintf(stderr, "  the event is at %s, not %s\n", e ? starts(e) : "(none)", start);
    json_decref(e);
    return ok;
}

static void book(const struct clinic *k, int provider, int client, const char *start, char id[UUID_TEXT])
{
    struct answer *a = clinic_book(k, k->plain, provider, client, start);
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
}

static void outside_of(const char *account, const char *id, const char *more)
{
    standin_steer("event", js("{'account':'%s','event':{'id':'%s','status':'confirmed',%s}}", account, id, more));
}

static void outside(const char *id, const char *more) { outside_of(ADA, id, more); }

static const char *from_to(int days, int hour, int hours)
{
    return js("'start':{'dateTime':'%s'},'end':{'dateTime':'%s'}", day_time(days, hour, 0), day_time(days, hour + hours, 0));
}

static bool is_free(int provider, const char *start)
{
    struct answer *a = api_get(&c.owner, at("/calendar/conflicts?service_id=%s&provider_id=%s&start=%s", c.plain, c.provider[provider], start));
    NEED(a, 200, NULL);
    return json_is_true(api_json(a, "data.free"));
}

static void fault(const char *match, const char *kind, int times) { standin_steer("fault", js("{'match':'%s','kind':'%s','times':%d,'seconds':2}", match, kind, times)); }
#define EVENTS "/api/calendars/primary/events"

/* ---- connecting ---------------------------------------------------------------------------------------------------------------------- */

static void test_connect(void)
{
    struct who browser = clinic_browser(c.email, c.slug), viewer = clinic_member(&c, "viewer"), staff = clinic_member(&c, "staff");
    CHECK_STR(api_str(link_of(&c, 0), "data.state"), "none");
    EXPECT(api_post(&viewer, link_path(&c, 0, "/connect"), "{}"), 403, NULL);
    EXPECT(api_post(&staff, link_path(&c, 0, "/connect"), "{}"), 403, NULL); /* not the own calendar */
    EXPECT(api_post(&other.owner, link_path(&c, 0, "/connect"), "{}"), 404, NULL);
    /* The state is the session's: another one of the same person does not bring the code in, nor does a made-up one. */
    CHECK(strstr(api_header(come_back(&c, 0, &browser), "Location"), "google=expired") != NULL);
    CHECK(strstr(api_header(api_get(&c.owner, "/google/callback?state=abc&code=def&scope=x&newfangled=1"), "Location"), "google=expired") != NULL);
    EXPECT(api_get(&nobody, "/google/callback?state=abc&code=def"), 401, NULL);
    CHECK_STR(api_str(link_of(&c, 0), "data.state"), "none");
    char early[UUID_TEXT];
    book(&c, 0, 0, day_time(2, 9, 0), early);
    connect_as(&c, 0, ADA);
    CHECK_STR(api_str(link_of(&c, 0), "data.state"), "connected");
    CHECK(stands_at(ADA, early, day_time(2, 9, 0))); /* what was booked before is there too */
    CHECK_INT(standin_count("exchange"), 1);
}

/* ---- theirs here ------------------------------------------------------------------------------------------------------------------------ */

static void test_outside_blocks(void)
{
    CHECK(is_free(0, day_time(5, 9, 0)));
    outside("meeting1", from_to(5, 9, 1));
    outside("free0001", js("%s,'transparency':'transparent'", from_to(5, 11, 1)));
    outside("declined", js("%s,'attendees':[{'self':true,'responseStatus':'declined'}]", from_to(5, 12, 1)));
    outside("workplace", js("%s,'eventType':'workingLocation'", from_to(5, 13, 1)));
    CHECK(settled(&c, 0));
    CHECK(!is_free(0, day_time(5, 9, 0)));
    CHECK(is_free(0, day_time(5, 10, 0)) && is_free(0, day_time(5, 11, 0)) && is_free(0, day_time(5, 12, 0)) && is_free(0, day_time(5, 13, 0)));
    EXPECT(clinic_book(&c, c.plain, 0, 1, day_time(5, 9, 30)), 409, "CONFLICT_DETECTED");
    outside("meeting1", from_to(5, 15, 1)); /* moved */
    CHECK(settled(&c, 0));
    CHECK(is_free(0, day_time(5, 9, 0)) && !is_free(0, day_time(5, 15, 0)));
    standin_steer("delete", js("{'account':'%s','id':'meeting1'}", ADA));
    CHECK(settled(&c, 0));
    CHECK(is_free(0, day_time(5, 15, 0)));
}

/* What is moved or deleted there is offered to those who wait here. */
static void test_outside_frees(void)
{
    char want[UUID_TEXT];
    clinic_never_quiet(&c);
    outside("meeting6", from_to(6, 9, 1));
    CHECK(settled(&c, 0));
    struct answer *a = api_post(&c.owner, "/waitlist", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','not_before':'%s','not_after':'%s'}", c.client[2], c.plain,
        c.provider[0], day_date(6), day_date(6)));
    NEED(a, 201, NULL);
    keep_id(want, a, "data.id");
    outside("meeting6", from_to(6, 15, 1));
    CHECK(settled(&c, 0));
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until && api_count(a, "data.offers") == 0; api_sleep_ms(50)) a = api_get(&c.owner, at("/waitlist/%s", want));
    CHECK_STR(api_str(a, "data.offers[0].start"), day_time(6, 9, 0));
    EXPECT(api_delete(&c.owner, at("/waitlist/%s", want)), 204, NULL);
    standin_steer("delete", js("{'account':'%s','id':'meeting6'}", ADA));
    CHECK(settled(&c, 0));
}

/* From local midnight to local midnight of the calendar's zone (Bucharest: 22:00 or 21:00 UTC). */
static void test_all_day(void)
{
    outside("holiday1", js("'start':{'date':'%s'},'end':{'date':'%s'}", day_date(8), day_date(9)));
    CHECK(settled(&c, 0));
    CHECK(!is_free(0, day_time(8, 6, 0)) && !is_free(0, day_time(8, 20, 30)));
    CHECK(is_free(0, day_time(9, 6, 0)) && is_free(0, day_time(7, 20, 0)));
    standin_steer("delete", js("{'account':'%s','id':'holiday1'}", ADA));
    CHECK(settled(&c, 0));
    CHECK(is_free(0, day_time(8, 9, 0)));
}

/* Over a booking: both stand, and the staff is told. The rest of it blocks. */
static void test_overlap(void)
{
    char id[UUID_TEXT];
    book(&c, 0, 0, day_time(6, 9, 0), id);
    CHECK(wait_sync(&c, id, "synced"));
    outside("overlap1", from_to(6, 8, 3));
    CHECK(settled(&c, 0));
    struct answer *a = api_get(&c.owner, at("/appointments/%s/sync", id));
    CHECK(json_is_true(api_json(a, "data.overlap")));
    a = link_of(&c, 0);
    CHECK_INT(api_count(a, "data.problems"), 1);
    CHECK_STR(api_str(a, "data.problems[0].what"), "overlap");
    CHECK_STR(api_str(a, "data.problems[0].appointment_id"), id);
    CHECK(!is_free(0, day_time(6, 8, 0)) && !is_free(0, day_time(6, 10, 0)) && is_free(0, day_time(6, 11, 0)));
    standin_steer("delete", js("{'account':'%s','id':'overlap1'}", ADA));
    CHECK(settled(&c, 0));
    CHECK_INT(api_count(link_of(&c, 0), "data.problems"), 0);
    CHECK(!is_free(0, day_time(6, 9, 0)) && is_free(0, day_time(6, 10, 0)));
}

/* ---- ours there ---------------------------------------------------------------------------------------------------------------------------- */

static void test_ours_follow(void)
{
    char id[UUID_TEXT];
    book(&c, 0, 1, day_time(9, 9, 0), id);
    CHECK(wait_sync(&c, id, "synced"));
    json_t *e = ours(ADA, id);
    CHECK_STR(json_string_value(json_object_get(e, "summary")), "Check-up \xc2\xb7 D. D.");
    json_decref(e);
    NEED(api_post(&c.owner, at("/appointments/%s/move", id), js("{'start':'%s'}", day_time(9, 11, 0))), 200, NULL);
    CHECK(wait_sync(&c, id, "synced"));
    CHECK(stands_at(ADA, id, day_time(9, 11, 0)));
    /* To another provider, who has no calendar there, and back. */
    NEED(api_post(&c.owner, at("/appointments/%s/move", id), js("{'start':'%s','provider_id':'%s'}", day_time(9, 11, 0), c.provider[1])), 200, NULL);
    CHECK(settled(&c, 0));
    CHECK(ours(ADA, id) == NULL);
    NEED(api_post(&c.owner, at("/appointments/%s/move", id), js("{'start':'%s','provider_id':'%s'}", day_time(9, 12, 0), c.provider[0])), 200, NULL);
    CHECK(wait_sync(&c, id, "synced"));
    CHECK(stands_at(ADA, id, day_time(9, 12, 0)));
    NEED(api_post(&c.owner, at("/appointments/%s/cancel", id), "{}"), 200, NULL);
    CHECK(settled(&c, 0));
    CHECK(ours(ADA, id) == NULL);
    NEED(api_post(&c.owner, at("/appointments/%s/restore", id), NULL), 200, NULL);
    CHECK(wait_sync(&c, id, "synced"));
    CHECK(stands_at(ADA, id, day_time(9, 12, 0)));
}

/* Our own event comes back with the next look: it takes no time twice, and nothing is written again. */
static void test_no_ping_pong(void)
{
    char id[UUID_TEXT];
    book(&c, 0, 0, day_time(10, 9, 0), id);
    CHECK(wait_sync(&c, id, "synced"));
    CHECK(settled(&c, 0));
    standin_steer("clear", "{}");
    for (int i = 0; i < 3; i++) CHECK(settled(&c, 0));
    CHECK_INT(standin_count("insert") + standin_count("patch") + standin_count("delete") + standin_count("get"), 0);
    CHECK_INT(standin_count("list"), standin_count("incremental"));
    NEED(api_post(&c.owner, at("/appointments/%s/move", id), js("{'start':'%s'}", day_time(10, 10, 0))), 200, NULL);
    CHECK(is_free(0, day_time(10, 9, 0))); /* our event held nothing */
}

static json_t *event_copy(const char *appointment)
{
    json_t *e = ours(ADA, appointment);
    REQUIRE(e != NULL);
    return e;
}

static void change_there(const char *appointment, const char *more)
{
    json_t *e = event_copy(appointment);
    outside(json_string_value(json_object_get(e, "id")), more);
    json_decref(e);
}

/* The clinic's calendar decides: ours is put back and the staff is told; what is not ours (a note, a colour) is left alone; whoever does
 * it again and again is not fought. */
static void test_changed_there(void)
{
    char id[UUID_TEXT];
    book(&c, 0, 0, day_time(11, 9, 0), id);
    CHECK(wait_sync(&c, id, "synced"));
    CHECK(settled(&c, 0));
    standin_steer("clear", "{}");
    change_there(id, "'colorId':'7','description':'bring the file'");
    CHECK(settled(&c, 0));
    CHECK_INT(standin_count("patch"), 0);
    change_there(id, from_to(11, 14, 1));
    CHECK(settled(&c, 0));
    CHECK(settled(&c, 0));
    CHECK(stands_at(ADA, id, day_time(11, 9, 0)));
    CHECK(is_free(0, day_time(11, 14, 0)));
    CHECK_INT(standin_count("patch"), 1);
    CHECK(*api_str(api_get(&c.owner, at("/appointments/%s/sync", id)), "data.changed_at"));
    CHECK_STR(api_str(link_of(&c, 0), "data.problems[0].what"), "changed");
    json_t *e = event_copy(id);
    standin_steer("delete", js("{'account':'%s','id':'%s'}", ADA, json_string_value(json_object_get(e, "id"))));
    json_decref(e);
    CHECK(settled(&c, 0));
    CHECK(stands_at(ADA, id, day_time(11, 9, 0)));
    for (int i = 0; i < 2; i++) {
        change_there(id, from_to(11, 16, 1));
        CHECK(settled(&c, 0));
    }
    CHECK(wait_sync(&c, id, "failed"));
    CHECK(strstr(api_str(api_get(&c.owner, at("/appointments/%s/sync", id)), "data.error"), "again and again") != NULL);
    /* Forgotten by Google altogether, then moved here: it gets a new id. */
    e = event_copy(id);
    standin_steer("purge", js("{'account':'%s','id':'%s'}", ADA, json_string_value(json_object_get(e, "id"))));
    json_decref(e);
    NEED(api_post(&c.owner, at("/appointments/%s/move", id), js("{'start':'%s'}", day_time(11, 10, 0))), 200, NULL);
    CHECK(wait_sync(&c, id, "synced"));
    CHECK(stands_at(ADA, id, day_time(11, 10, 0)));
}

/* ---- what goes wrong ------------------------------------------------------------------------------------------------------------------------- */

static void test_tokens(void)
{
    char id[4][UUID_TEXT];
    standin_steer("clear", "{}");
    standin_steer("expire_access", "{}");
    for (int i = 0; i < 4; i++) book(&c, 0, i % 3, day_time(12, 8 + i, 0), id[i]);
    for (int i = 0; i < 4; i++) CHECK(wait_sync(&c, id[i], "synced"));
    CHECK_INT(standin_count("refresh"), 1); /* four changes at once, one refresh */
    CHECK(settled(&c, 0));
    /* Before it ends, not after: no request is refused. */
    standin_steer("expires", "{\"seconds\":30}");
    standin_steer("expire_access", "{}");
    CHECK(settled(&c, 0));
    CHECK(standin_count("unauthorized") > 0);
    standin_steer("clear", "{}");
    CHECK(settled(&c, 0));
    CHECK(settled(&c, 0));
    CHECK(standin_count("unauthorized") == 0 && standin_count("refresh") >= 1 && standin_count("list") >= 2);
    standin_steer("expires", "{\"seconds\":3600}");
    CHECK(settled(&c, 0));
}

/* One fault after another: the booking stands at once, the calendar has it in the end, and exactly once. */
static void test_faults(void)
{
    static const struct {
        const char *match, *kind;
    } faults[] = { { "POST " EVENTS, "500after" }, { "POST " EVENTS, "half" }, { "POST " EVENTS, "wrong" }, { "POST " EVENTS, "403rate" },
        { "POST " EVENTS, "401" }, { "POST " EVENTS, "slow" }, { "GET " EVENTS, "half" }, { "GET " EVENTS, "wrong" }, { "GET " EVENTS, "empty" },
        { "GET " EVENTS, "410" } };
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char id[UUID_TEXT], name[20];
        const char *start = day_time(14 + (int)i, 9, 0);
        standin_steer("clear", "{}");
        snprintf(name, sizeof name, "fault%02zu", i);
        outside(name, from_to(14 + (int)i, 12, 1));
        fault(faults[i].match, faults[i].kind, 1);
        book(&c, 0, 0, start, id); /* at once, whatever Google does */
        EXPECT(api_post(&c.owner, link_path(&c, 0, "/sync"), NULL), 204, NULL);
        if (!wait_sync(&c, id, "synced") || !stands_at(ADA, id, start) || !wait_link(&c, 0, "data.error", "") || is_free(0, day_time(14 + (int)i, 12, 0))) {
            for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until && is_free(0, day_time(14 + (int)i, 12, 0));) api_sleep_ms(50);
        }
        bool ok = !is_free(0, day_time(14 + (int)i, 12, 0)) && standin_count("insert") <= 2;
        if (!ok) fprintf(stderr, "  after %s of %s\n", faults[i].kind, faults[i].match);
        CHECK(ok);
    }
}

/* Google says when: nothing is asked before that. */
static void test_retry_after(void)
{
    char id[UUID_TEXT];
    CHECK(settled(&c, 0));
    fault("POST " EVENTS, "429", 1);
    int64_t began = api_now_ms();
    book(&c, 0, 0, day_time(30, 9, 0), id);
    CHECK(wait_link(&c, 0, "data.error", "Google asks to be asked less often"));
    CHECK(*api_str(link_of(&c, 0), "data.retry_at"));
    CHECK_STR(api_str(api_get(&c.owner, at("/appointments/%s/sync", id)), "data.state"), "pending");
    CHECK(wait_sync(&c, id, "synced"));
    CHECK(api_now_ms() - began >= 2000);
}

static void test_pages_and_full(void)
{
    standin_steer("page", "{\"size\":3}");
    for (int i = 0; i < 10; i++) outside(at("page%02d", i), from_to(32 + i, 9, 1));
    CHECK(settled(&c, 0));
    for (int i = 0; i < 10; i++) CHECK(!is_free(0, day_time(32 + i, 9, 0)));
    /* One goes while the sync token is forgotten: the full look does not find it, so its time is free. */
    standin_steer("purge", js("{'account':'%s','id':'page04'}", ADA));
    standin_steer("forget_sync", "{}");
    outside("page10", from_to(43, 9, 1));
    CHECK(settled(&c, 0));
    CHECK(settled(&c, 0));
    CHECK(is_free(0, day_time(36, 9, 0)) && !is_free(0, day_time(37, 9, 0)) && !is_free(0, day_time(43, 9, 0)));
    standin_steer("page", "{\"size\":250}");
}

/* Killed while Google has done what was asked and has not said so. */
static void test_crash(void)
{
    char id[UUID_TEXT];
    CHECK(settled(&c, 0));
    standin_steer("clear", "{}");
    fault("POST " EVENTS, "500after", 1);
    book(&c, 0, 0, day_time(31, 9, 0), id);
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until && standin_count("insert") == 0;) api_sleep_ms(5);
    api_kill();
    api_sql("UPDATE google_link SET lease_until = 0, not_before = 0");
    api_sql("UPDATE job SET state = 0, run_at = 0, lease_owner = NULL, lease_until = NULL WHERE state = 1 OR (state = 0 AND kind = 'google.link')");
    api_again();
    CHECK(wait_sync(&c, id, "synced"));
    CHECK(stands_at(ADA, id, day_time(31, 9, 0)));
    json_t *all = events_of(ADA), *e;
    size_t i, n = 0;
    json_array_foreach(all, i, e)
    {
        json_t *mark = json_object_get(json_object_get(json_object_get(e, "extendedProperties"), "private"), "clinicd");
        n += mark && strcmp(json_string_value(mark), id) == 0;
    }
    json_decref(all);
    CHECK_INT(n, 1);
}

/* Two clinics, one person: each sees the other's appointment as taken time, and touches only its own. */
static void test_two_clinics(void)
{
    char here[UUID_TEXT], there[UUID_TEXT];
    connect_as(&other, 0, ADA);
    book(&c, 0, 0, day_time(50, 9, 0), here);
    CHECK(wait_sync(&c, here, "synced"));
    CHECK(settled(&other, 0));
    EXPECT(clinic_book(&other, other.plain, 0, 0, day_time(50, 9, 0)), 409, "CONFLICT_DETECTED");
    book(&other, 0, 0, day_time(50, 11, 0), there);
    CHECK(wait_sync(&other, there, "synced"));
    CHECK(settled(&c, 0));
    CHECK(!is_free(0, day_time(50, 11, 0)));
    CHECK(stands_at(ADA, here, day_time(50, 9, 0)) && stands_at(ADA, there, day_time(50, 11, 0)));
    EXPECT(api_get(&other.owner, at("/appointments/%s/sync", here)), 404, NULL);
    EXPECT(api_get(&other.owner, link_path(&c, 0, "")), 404, NULL);
    struct answer *shown = api_get(&c.owner, at("/google/shown?from=%s&to=%s", day_time(50, 0, 0), day_time(51, 0, 0)));
    CHECK_INT(api_count(shown, "data"), 1);
    CHECK_STR(api_str(shown, "data[0].appointment_id"), here);
    CHECK_STR(api_str(shown, "data[0].state"), "synced");
    shown = api_get(&other.owner, at("/google/shown?from=%s&to=%s", day_time(50, 0, 0), day_time(51, 0, 0)));
    CHECK_INT(api_count(shown, "data"), 1);
    CHECK_STR(api_str(shown, "data[0].appointment_id"), there);
    EXPECT(api_get(&c.owner, at("/google/shown?from=%s&to=%s", day_time(50, 0, 0), day_time(50, 0, 0))), 422, "VALIDATION_ERROR");
    EXPECT(api_delete(&other.owner, link_path(&c, 0, "")), 404, NULL);
}

static void test_withdrawn(void)
{
    char id[UUID_TEXT];
    NEED(api_patch(&c.owner, at("/providers/%s", c.provider[0]), js("{'member_id':'%s'}", api_str(api_get(&c.owner, "/auth/session"), "data.member.id"))), 200, NULL);
    int before = letters_beginning("");
    standin_steer("revoke", "{}");
    book(&c, 0, 0, day_time(51, 9, 0), id);
    CHECK(wait_link(&c, 0, "data.state", "needs_reconnect"));
    CHECK(strstr(api_str(link_of(&c, 0), "data.error"), "withdrawn") != NULL);
    EXPECT(api_post(&c.owner, link_path(&c, 0, "/sync"), NULL), 409, NULL);
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until && letters_beginning("") < before + 2;) api_sleep_ms(20);
    CHECK(letters_beginning("") >= before + 2); /* the confirmation, and the notice to the provider */
    CHECK(!is_free(0, day_time(37, 9, 0)));     /* what was known stays taken */
    connect_as(&c, 0, ADA);
    CHECK(wait_sync(&c, id, "synced"));
    CHECK(stands_at(ADA, id, day_time(51, 9, 0)));
}

static void test_disconnect(void)
{
    CHECK(!is_free(0, day_time(37, 9, 0)));
    EXPECT(api_delete(&c.owner, link_path(&c, 0, "")), 204, NULL);
    CHECK(is_free(0, day_time(37, 9, 0)));
    CHECK_STR(api_str(link_of(&c, 0), "data.state"), "none");
    EXPECT(api_delete(&c.owner, link_path(&c, 0, "")), 404, NULL);
    json_t *s = NULL;
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until; api_sleep_ms(30)) {
        json_decref(s);
        s = standin_state();
        if (json_array_size(json_object_get(s, "revoked")) == 1) break;
    }
    CHECK_STR(json_string_value(json_array_get(json_object_get(s, "revoked"), 0)), ADA);
    json_decref(s);
}

static void wait_events(const char *lead, const char *helper, const char *id, int hour)
{
    CHECK(settled(&c, 0) && settled(&c, 1));
    if (hour < 0) {
        CHECK(ours(lead, id) == NULL && ours(helper, id) == NULL);
        return;
    }
    CHECK(stands_at(lead, id, day_time(52, hour, 0)));
    CHECK(stands_at(helper, id, day_time(52, hour, 40)));
}

static const char *shown(const char *id)
{
    struct answer *a = api_get(&c.owner, at("/google/shown?from=%s&to=%s", day_time(52, 0, 0), day_time(53, 0, 0)));
    for (size_t i = 0; i < api_count(a, "data"); i++)
        if (strcmp(api_str(a, at("data[%zu].appointment_id", i)), id) == 0) return at("%s", api_str(a, at("data[%zu].state", i)));
    return "";
}

/* What is in the way of the second one is told too, and only while that one is there; what only the second one's calendar shows is shown. */
static void all_calendars_count(const char *helper, const char *id)
{
    outside_of(helper, "before", js("'start':{'dateTime':'%s'},'end':{'dateTime':'%s'}", day_time(52, 13, 0), day_time(52, 13, 40)));
    CHECK(settled(&c, 1));
    CHECK(json_is_false(api_json(api_get(&c.owner, at("/appointments/%s/sync", id)), "data.overlap")));
    CHECK_INT(api_count(link_of(&c, 1), "data.problems"), 0);
    outside_of(helper, "across", js("'start':{'dateTime':'%s'},'end':{'dateTime':'%s'}", day_time(52, 13, 45), day_time(52, 14, 45)));
    CHECK(settled(&c, 1));
    CHECK(json_is_true(api_json(api_get(&c.owner, at("/appointments/%s/sync", id)), "data.overlap")));
    CHECK_STR(api_str(link_of(&c, 1), "data.problems[0].appointment_id"), id);
    CHECK_INT(api_count(link_of(&c, 1), "data.problems"), 1);
    CHECK_INT(api_count(link_of(&c, 0), "data.problems"), 0);
    CHECK_STR(shown(id), "synced");
    EXPECT(api_delete(&c.owner, link_path(&c, 0, "")), 204, NULL);
    CHECK_STR(shown(id), "synced");
    CHECK_STR(api_str(api_get(&c.owner, at("/appointments/%s/sync", id)), "data.state"), "synced");
}

/* Each who takes part has it in the own calendar, at the own time. */
static void test_two_providers(void)
{
    const char *lead = "eva@example.org", *helper = "bo@example.org";
    struct answer *a = api_post(&c.owner, "/services", js("{'name':'Cleaning','duration_min':50,'lead_min':40,'provider_ids':['%s'],'parts':[{'kind':'provider','provider_ids':['%s'],'offset_min':40}]}",
        c.provider[0], c.provider[1]));
    NEED(a, 201, NULL);
    const char *service = at("%s", api_str(a, "data.id"));
    char id[UUID_TEXT];
    connect_as(&c, 0, lead);
    a = clinic_book(&c, service, 0, 0, day_time(52, 9, 0));
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
    connect_as(&c, 1, helper); /* finds what is there already */
    wait_events(lead, helper, id, 9);
    json_t *e = ours(lead, id);
    const char *end = json_string_value(json_object_get(json_object_get(e, "end"), "dateTime"));
    CHECK_STR(end, day_time(52, 9, 40));
    json_decref(e);
    NEED(api_post(&c.owner, at("/appointments/%s/move", id), js("{'start':'%s'}", day_time(52, 11, 0))), 200, NULL);
    wait_events(lead, helper, id, 11);
    wait_events(lead, helper, id, 11); /* and stays, when both look again */
    NEED(api_post(&c.owner, at("/appointments/%s/cancel", id), "{}"), 200, NULL);
    wait_events(lead, helper, id, -1);
    NEED(api_post(&c.owner, at("/appointments/%s/restore", id), NULL), 200, NULL);
    wait_events(lead, helper, id, 11);
    a = clinic_book(&c, service, 0, 1, day_time(52, 13, 0)); /* new, with both connected */
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
    wait_events(lead, helper, id, 13);
    all_calendars_count(helper, id);
}

/* Every request had the shape Google wants, and no secret is in the database in the open. */
static void test_no_violation(void)
{
    json_t *s = standin_state(), *list = json_object_get(s, "violations"), *v;
    size_t i;
    json_array_foreach(list, i, v) fprintf(stderr, "  violation: %s\n", json_string_value(v));
    CHECK_INT(json_array_size(list), 0);
    json_decref(s);
    CHECK(!api_leaks("ya29."));
}

/* ---- told of changes --------------------------------------------------------------------------------------------------------------------------- */

static struct answer *tell(const char *channel, const char *token, const char *state, int number)
{
    return api_with(&nobody, "POST", "/google/push", NULL,
        at("X-Goog-Channel-ID: %s\r\nX-Goog-Channel-Token: %s\r\nX-Goog-Resource-State: %s\r\nX-Goog-Message-Number: %d\r\n", channel, token, state, number));
}

static void test_push(void)
{
    connect_as(&c, 0, ADA);
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until && !json_is_true(api_json(link_of(&c, 0), "data.push"));) api_sleep_ms(30);
    CHECK(json_is_true(api_json(link_of(&c, 0), "data.push")));
    json_t *s = standin_state(), *ch = json_array_get(json_object_get(s, "channels"), 0);
    const char *id = at("%s", json_string_value(json_object_get(ch, "id"))), *token = at("%s", json_string_value(json_object_get(ch, "token")));
    CHECK_STR(json_string_value(json_object_get(ch, "address")), "https://clinic.example/api/v1/google/push");
    json_decref(s);
    outside("pushed01", from_to(5, 9, 1));
    EXPECT(tell(id, "wrong", "exists", 1), 404, NULL);
    EXPECT(tell("0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000", token, "exists", 1), 404, NULL);
    EXPECT(tell(id, token, "sync", 1), 204, NULL);
    CHECK(is_free(0, day_time(5, 9, 0)));
    EXPECT(tell(id, token, "exists", 2), 204, NULL);
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until && is_free(0, day_time(5, 9, 0));) api_sleep_ms(30);
    CHECK(!is_free(0, day_time(5, 9, 0)));
    /* A day before its end there is a new one, and the old one is stopped. */
    api_sql("UPDATE google_link SET channel_expires_at = 1");
    CHECK(settled(&c, 0));
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until && standin_count("stop") == 0;) api_sleep_ms(30);
    CHECK_INT(standin_count("stop"), 1);
    EXPECT(tell(id, token, "exists", 3), 404, NULL);
    EXPECT(api_delete(&c.owner, link_path(&c, 0, "")), 204, NULL);
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until && standin_count("stop") < 2;) api_sleep_ms(30);
    CHECK_INT(standin_count("stop"), 2);
}

static void test_off(void)
{
    CHECK_STR(api_str(link_of(&c, 0), "data.state"), "off");
    struct answer *a = api_post(&c.owner, link_path(&c, 0, "/connect"), "{}");
    EXPECT(a, 409, NULL);
    CHECK(strstr(a->body, "CLINICD_GOOGLE_CLIENT_ID") != NULL);
}

/* ---- */

static void with_google(const char *engine, const char *base_url)
{
    static char text[6][120];
    static const char *env[16];
    size_t n = 0;
    snprintf(text[0], sizeof text[0], "CLINICD_GOOGLE_AUTH_URL=http://127.0.0.1:%d/auth", standin_port());
    snprintf(text[1], sizeof text[1], "CLINICD_GOOGLE_TOKEN_URL=http://127.0.0.1:%d/token", standin_port());
    snprintf(text[2], sizeof text[2], "CLINICD_GOOGLE_REVOKE_URL=http://127.0.0.1:%d/revoke", standin_port());
    snprintf(text[3], sizeof text[3], "CLINICD_GOOGLE_API_URL=http://127.0.0.1:%d/api", standin_port());
    for (int i = 0; i < 4; i++) env[n++] = text[i];
    env[n++] = "CLINICD_GOOGLE_CLIENT_ID=clinic-client";
    env[n++] = "CLINICD_GOOGLE_CLIENT_SECRET=clinic-secret";
    env[n++] = "CLINICD_GOOGLE_TIMEOUT_SECONDS=1";
    env[n++] = "CLINICD_RATE_LOGIN_PER_MINUTE=100000";
    env[n++] = "CLINICD_RATE_PUBLIC_PER_MINUTE=1000000";
    env[n++] = "CLINICD_LOG=error";
    snprintf(text[4], sizeof text[4], "CLINICD_BASE_URL=%s", base_url ? base_url : "");
    if (base_url) env[n++] = text[4];
    env[n] = NULL;
    standin_steer("reset", "{}");
    api_start(engine, &(struct api_options){ .env = env });
    clinic_make(&c, "google");
    clinic_make(&other, "google-other");
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    standin_start(STANDIN_GOOGLE);
    API_EACH_ENGINE(engine)
    {
        with_google(engine, NULL);
        RUN(test_connect);
        RUN(test_outside_blocks);
        RUN(test_outside_frees);
        RUN(test_all_day);
        RUN(test_overlap);
        RUN(test_ours_follow);
        RUN(test_no_ping_pong);
        RUN(test_changed_there);
        RUN(test_tokens);
        RUN(test_faults);
        RUN(test_retry_after);
        RUN(test_pages_and_full);
        RUN(test_crash);
        RUN(test_two_clinics);
        RUN(test_withdrawn);
        RUN(test_disconnect);
        RUN(test_two_providers);
        RUN(test_no_violation);
        CHECK_STOPPED();
        with_google(engine, "https://clinic.example");
        RUN(test_push);
        RUN(test_no_violation);
        CHECK_STOPPED();
    }
    api_start("sqlite", &(struct api_options){ .env = (const char *const[]){ "CLINICD_LOG=warn", NULL } });
    clinic_make(&c, "off");
    RUN(test_off);
    CHECK_STOPPED();
    standin_stop();
    return TEST_DONE();
}
