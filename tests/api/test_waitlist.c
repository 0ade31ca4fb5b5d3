/* test_waitlist.c - who waits is offered what frees: in order, once, in time; and whatever happens at the same moment, a time
 * has one owner and an entry one state. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <string.h>
#include <time.h>

enum { RACERS = 8, WAIT_MS = 15000 };
static struct clinic c;
static char who_waits[3][UUID_TEXT]; /* clients with an address */

static void make_clients(void)
{
    for (int i = 0; i < 3; i++) {
        struct answer *a = api_post(&c.owner, "/clients", js("{'name':'Wait Number%d','email':'wait%d@clients.example'}", i, i));
        NEED(a, 201, NULL);
        keep_id(who_waits[i], a, "data.id");
    }
}

static const char *on_day(int day) { return at(",\"not_before\":\"%s\",\"not_after\":\"%s\"", day_date(day), day_date(day)); }

/* more: further members of the body, each with its comma before. Each test has days of its own: what one gives back is not
 * offered to the entries of the next. */
static void want(char id[UUID_TEXT], int client, const char *more)
{
    struct answer *a = api_post(&c.owner, "/waitlist", js("{'client_id':'%s','service_id':'%s'%s}", who_waits[client], c.plain, more));
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
}

static bool becomes(const char *id, const char *status)
{
    for (int64_t end = api_now_ms() + WAIT_MS; api_now_ms() < end; api_sleep_ms(50))
        if (strcmp(api_str(api_get(&c.owner, at("/waitlist/%s", id)), "data.status"), status) == 0) return true;
    fprintf(stderr, "  %s did not become %s: %.600s\n", id, status, api_get(&c.owner, at("/waitlist/%s", id))->body);
    return false;
}

static void withdraw(const char *id)
{
    EXPECT(api_delete(&c.owner, at("/waitlist/%s", id)), 204, NULL);
}

static void book(char id[UUID_TEXT], int provider, int client, const char *start)
{
    struct answer *a = clinic_book(&c, c.plain, provider, client, start);
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
}

static void cancel(const char *id)
{
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", id), js("{'notify':false}")), 200, NULL);
}

/* The path of the open offer's public route, from its mail. */
static void offer_path(char path[200], const char *want_id)
{
    struct letter l;
    char offer[UUID_TEXT];
    struct answer *a = api_get(&c.owner, at("/waitlist/%s", want_id));
    keep_id(offer, a, "data.offers[0].id");
    REQUIRE(letter_wait(at("%s.offer", offer), WAIT_MS, &l));
    char token[120];
    REQUIRE(letter_token(&l, "/o/", token));
    snprintf(path, 200, "/public/offers/%s", token);
    letter_free(&l);
}

static void test_entries(void)
{
    char id[UUID_TEXT];
    EXPECT(api_post(&c.owner, "/waitlist", js("{'client_id':'%s'}", who_waits[0])), 422, "VALIDATION_ERROR");
    EXPECT(api_post(&c.owner, "/waitlist", js("{'client_id':'%s','service_id':'%s','patient_id':'%s'}", who_waits[0], c.plain, c.patient[1])), 404, "NOT_FOUND");
    struct answer *a = api_post(&c.owner, "/waitlist", js("{'client_id':'%s','service_id':'%s','windows':[{'weekday':1,'start':'12:00','end':'09:00'}],"
        "'not_before':'%s','not_after':'%s'}", who_waits[0], c.plain, day_date(9), day_date(8)));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(json_object_get(api_json(a, "details.fields"), "windows[0].end"));
    CHECK(json_object_get(api_json(a, "details.fields"), "not_after"));
    want(id, 0, js(",'priority':3,'windows':[{'weekday':1,'start':'09:00','end':'12:30'},{'weekday':7,'start':'00:00','end':'24:00'}],'note':'Any Monday'"));
    a = api_get(&c.owner, at("/waitlist/%s", id));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.windows[0].end"), "12:30");
    CHECK_STR(api_str(a, "data.windows[1].end"), "24:00");
    CHECK_STR(api_str(a, "data.client_name"), "Wait Number0");
    CHECK_INT(api_count(a, "data.offers"), 0);
    EXPECT(api_patch(&c.owner, at("/waitlist/%s", id), js("{'windows':[],'priority':9,'not_after':'%s'}", day_date(30))), 200, NULL);
    EXPECT(api_with(&c.owner, "PATCH", at("/waitlist/%s", id), "{\"priority\":1}", "If-Match: \"1\"\r\n"), 412, "STALE_VERSION");
    a = api_get(&c.owner, at("/waitlist?status=waiting&client_id=%s", who_waits[0]));
    CHECK_INT(api_count(a, "data"), 1);
    CHECK_INT(api_int(a, "data[0].priority"), 9);
    withdraw(id);
    EXPECT(api_delete(&c.owner, at("/waitlist/%s", id)), 409, "ILLEGAL_TRANSITION");
    CHECK_INT(api_count(api_get(&c.owner, "/waitlist?status=waiting"), "data"), 0);
    CHECK_STR(api_str(api_get(&c.owner, at("/waitlist/%s", id)), "data.status"), "withdrawn");
    struct who viewer = clinic_member(&c, "viewer");
    EXPECT(api_post(&viewer, "/waitlist", js("{'client_id':'%s','service_id':'%s'}", who_waits[0], c.plain)), 403, "FORBIDDEN");
}

/* A cancellation goes to the most urgent; nobody else can have the time; the link books it, once. */
static void test_offer_and_accept(void)
{
    char low[UUID_TEXT], high[UUID_TEXT], gone[UUID_TEXT], far[UUID_TEXT], path[200], manage[300];
    book(gone, 0, 0, day_time(10, 9, 0));
    want(low, 0, at("%s,\"provider_id\":\"%s\"", on_day(10), c.provider[0]));
    want(high, 1, at("%s,\"priority\":5", on_day(10)));
    want(far, 2, at("%s,\"priority\":9,\"min_notice_min\":43200", on_day(10))); /* thirty days: not for this time */
    cancel(gone);
    REQUIRE(becomes(high, "offered"));
    struct answer *a = api_get(&c.owner, at("/waitlist/%s", high));
    CHECK_STR(api_str(a, "data.offers[0].start"), day_time(10, 9, 0));
    CHECK_STR(api_str(a, "data.offers[0].status"), "open");
    CHECK_STR(api_str(api_get(&c.owner, at("/waitlist/%s", low)), "data.status"), "waiting");
    CHECK_STR(api_str(api_get(&c.owner, at("/waitlist/%s", far)), "data.status"), "waiting");
    EXPECT(clinic_book(&c, c.plain, 0, 0, day_time(10, 9, 0)), 409, "CONFLICT_DETECTED");
    offer_path(path, high);
    for (int i = 0; i < 2; i++) {
        a = api_get(&nobody, path);
        EXPECT(a, 200, NULL);
        CHECK_STR(api_str(a, "data.status"), "open");
    }
    CHECK(!strstr(a->body, "Wait Number"));
    EXPECT(api_post(&nobody, path, js("{'action':'perhaps'}")), 422, "VALIDATION_ERROR");
    a = api_post(&nobody, path, js("{'action':'accept'}"));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.status"), "accepted");
    snprintf(manage, sizeof manage, "%s", api_str(a, "data.manage_url"));
    CHECK(*manage);
    a = api_post(&nobody, path, js("{'action':'accept'}"));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.manage_url"), manage);
    EXPECT(api_post(&nobody, path, js("{'action':'decline'}")), 409, "OFFER_EXPIRED");
    a = api_get(&c.owner, at("/waitlist/%s", high));
    CHECK_STR(api_str(a, "data.status"), "booked");
    a = api_get(&c.owner, at("/appointments/%s", api_str(a, "data.appointment_id")));
    CHECK_STR(api_str(a, "data.client_id"), who_waits[1]);
    CHECK_STR(api_str(a, "data.start"), day_time(10, 9, 0));
    withdraw(low);
    withdraw(far);
    EXPECT(api_get(&nobody, "/public/offers/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), 404, "NOT_FOUND");
}

/* No goes to the next; silence too; and neither is asked for the same time again. */
static void test_decline_and_lapse(void)
{
    char first[UUID_TEXT], second[UUID_TEXT], gone[UUID_TEXT], path[200], late[200];
    book(gone, 1, 0, day_time(11, 9, 0));
    want(first, 0, at("%s,\"priority\":2", on_day(11)));
    want(second, 1, on_day(11));
    EXPECT(api_post(&c.owner, at("/appointments/%s/move", gone), js("{'start':'%s'}", day_time(12, 15, 0))), 200, NULL);
    REQUIRE(becomes(first, "offered"));
    offer_path(path, first);
    EXPECT(api_post(&nobody, path, js("{'action':'decline'}")), 200, NULL);
    EXPECT(api_post(&nobody, path, js("{'action':'decline'}")), 200, NULL);
    EXPECT(api_post(&nobody, path, js("{'action':'accept'}")), 409, "OFFER_EXPIRED");
    REQUIRE(becomes(second, "offered"));
    CHECK_STR(api_str(api_get(&c.owner, at("/waitlist/%s", first)), "data.status"), "waiting");
    offer_path(late, second);
    api_sql("UPDATE hold SET expires_at = expires_at - 86400000000 WHERE closed_at IS NULL");
    api_sql("UPDATE claim SET expires_at = expires_at - 86400000000 WHERE expires_at IS NOT NULL");
    api_sql("UPDATE waitlist_offer SET expires_at = expires_at - 86400000000 WHERE status = 'open'");
    EXPECT(api_post(&nobody, late, js("{'action':'accept'}")), 409, "OFFER_EXPIRED");
    CHECK_STR(api_str(api_get(&nobody, late), "data.status"), "lapsed");
    api_sql("UPDATE job SET run_at = run_at - 86400000000 WHERE kind = 'waitlist.lapse' AND state = 0");
    CHECK(api_stop_soft()); /* it looks at the clock again */
    api_again();
    REQUIRE(becomes(second, "waiting"));
    EXPECT(api_post(&nobody, late, js("{'action':'accept'}")), 409, "OFFER_EXPIRED");
    EXPECT(clinic_book(&c, c.plain, 1, 0, day_time(11, 9, 0)), 201, NULL); /* free again for all */
    CHECK_INT(api_count(api_get(&c.owner, at("/waitlist/%s", first)), "data.offers"), 1);
    withdraw(first);
    withdraw(second);
}

static void test_blocked_time_frees(void)
{
    char id[UUID_TEXT], block[UUID_TEXT];
    struct answer *a = api_post(&c.owner, "/blocked-times", js("{'kind':'provider','subject_id':'%s','start':'%s','end':'%s'}", c.provider[0],
        day_time(13, 9, 0), day_time(13, 10, 0)));
    NEED(a, 201, NULL);
    keep_id(block, a, "data.id");
    want(id, 0, at("%s,\"provider_id\":\"%s\"", on_day(13), c.provider[0]));
    EXPECT(api_delete(&c.owner, at("/blocked-times/%s", block)), 204, NULL);
    CHECK(becomes(id, "offered"));
    EXPECT(api_post(&c.owner, at("/waitlist/%s/take-back", id), NULL), 200, NULL);
    EXPECT(api_post(&c.owner, at("/waitlist/%s/take-back", id), NULL), 409, "ILLEGAL_TRANSITION");
    withdraw(id);
}

static void test_fill_a_gap(void)
{
    char one[UUID_TEXT], two[UUID_TEXT], id[UUID_TEXT];
    book(id, 0, 0, day_time(14, 6, 0));
    struct answer *a = api_get(&c.owner, at("/calendar/gaps?from=%s&to=%s&provider_id=%s", day_time(14, 0, 0), day_time(14, 8, 0), c.provider[0]));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data"), 1);
    CHECK_STR(api_str(a, "data[0].start"), day_time(14, 6, 30));
    CHECK_INT(api_int(a, "data[0].minutes"), 90);
    want(one, 0, on_day(14));
    want(two, 1, at("%s,\"priority\":1", on_day(14)));
    a = api_get(&c.owner, at("/waitlist/matches?provider_id=%s&start=%s&end=%s", c.provider[0], day_time(14, 6, 30), day_time(14, 8, 0)));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data"), 2);
    CHECK_STR(api_str(a, "data[0].want_id"), two);
    CHECK_STR(api_str(a, "data[0].start"), day_time(14, 6, 30));
    a = api_post(&c.owner, at("/waitlist/%s/offer", two), js("{'provider_id':'%s','start':'%s'}", c.provider[0], day_time(14, 6, 30)));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.status"), "offered");
    EXPECT(api_post(&c.owner, at("/waitlist/%s/offer", two), js("{'provider_id':'%s','start':'%s'}", c.provider[0], day_time(14, 7, 30))), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_post(&c.owner, at("/waitlist/%s/offer", one), js("{'provider_id':'%s','start':'%s'}", c.provider[0], day_time(14, 6, 30))), 409, "CONFLICT_DETECTED");
    EXPECT(api_post(&c.owner, at("/waitlist/%s/offer", one), js("{'provider_id':'%s','start':'%s'}", c.provider[0], day_time(-1, 9, 0))), 409, NULL);
    withdraw(one);
    withdraw(two);
    a = api_get(&c.owner, at("/calendar/gaps?from=%s&to=%s&provider_id=%s", day_time(14, 0, 0), day_time(14, 8, 0), c.provider[0]));
    CHECK_INT(api_int(a, "data[0].minutes"), 90); /* the hold went with its entry */
}

/* Somebody leaves a session that goes on: the seat is offered, and taken by the link. */
static void test_a_seat(void)
{
    char group[UUID_TEXT], seat[2][UUID_TEXT], id[UUID_TEXT], path[200];
    const char *start = day_time(40, 9, 0);
    struct answer *a = api_post(&c.owner, "/services", js("{'name':'Group of two','duration_min':60,'seats':2,'provider_ids':['%s']}", c.provider[0]));
    NEED(a, 201, NULL);
    keep_id(group, a, "data.id");
    for (int i = 0; i < 2; i++) {
        a = api_post(&c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[i], group, c.provider[0], start));
        NEED(a, 201, NULL);
        keep_id(seat[i], a, "data.id");
    }
    a = api_post(&c.owner, "/waitlist", js("{'client_id':'%s','service_id':'%s','not_before':'%s','not_after':'%s'}", who_waits[0], group, day_date(40), day_date(40)));
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
    cancel(seat[1]);
    REQUIRE(becomes(id, "offered"));
    CHECK_STR(api_str(api_get(&c.owner, at("/waitlist/%s", id)), "data.offers[0].start"), start);
    a = api_post(&c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", who_waits[1], group, c.provider[0], start));
    EXPECT(a, 409, "CONFLICT_DETECTED"); /* the seat is kept */
    offer_path(path, id);
    EXPECT(api_post(&nobody, path, js("{'action':'accept'}")), 200, NULL);
    a = api_get(&c.owner, at("/waitlist/%s", id));
    CHECK_STR(api_str(a, "data.status"), "booked");
    a = api_get(&c.owner, at("/appointments/%s", api_str(a, "data.appointment_id")));
    CHECK_INT(api_int(a, "data.seat_no"), 2);
    CHECK_STR(api_str(a, "data.session_id"), api_str(api_get(&c.owner, at("/appointments/%s", seat[0])), "data.session_id"));
}

/* Who takes an offer does not go on waiting for what they have now: the same treatment in the same days. Another treatment, or other days, they do. */
static void test_other_entries(void)
{
    char first[UUID_TEXT], second[UUID_TEXT], later[UUID_TEXT], other[UUID_TEXT], gone[UUID_TEXT], path[200];
    book(gone, 0, 0, day_time(41, 9, 0));
    want(first, 0, at("%s,\"priority\":5", on_day(41)));
    want(second, 0, at(",\"not_after\":\"%s\"", day_date(50)));
    want(later, 0, on_day(42));
    struct answer *a = api_post(&c.owner, "/waitlist", js("{'client_id':'%s','service_id':'%s','not_before':'%s','not_after':'%s'}", who_waits[0], c.seated, day_date(41), day_date(41)));
    NEED(a, 201, NULL);
    keep_id(other, a, "data.id");
    cancel(gone);
    REQUIRE(becomes(first, "offered"));
    offer_path(path, first);
    EXPECT(api_post(&nobody, path, js("{'action':'accept'}")), 200, NULL);
    a = api_get(&c.owner, at("/waitlist/%s", second));
    CHECK_STR(api_str(a, "data.status"), "booked");
    CHECK_STR(api_str(a, "data.appointment_id"), api_str(api_get(&c.owner, at("/waitlist/%s", first)), "data.appointment_id"));
    CHECK_STR(api_str(api_get(&c.owner, at("/waitlist/%s", later)), "data.status"), "waiting");
    CHECK_STR(api_str(api_get(&c.owner, at("/waitlist/%s", other)), "data.status"), "waiting");
    withdraw(later);
    withdraw(other);
}

static void quiet(const char *start, const char *end)
{
    NEED(api_put(&c.owner, "/reminders/rules", js("{'quiet_start':'%s','quiet_end':'%s','rules':[]}", start, end)), 200, NULL);
}

static void set(const char *settings) { NEED(api_patch(&c.owner, "/tenant", settings), 200, NULL); }

/* An hour of now, in UTC: hours from now, "HH:00". */
static const char *hour(int from_now) { return at("%02d:00", (int)((time(NULL) / 3600 + from_now + 24) % 24)); }

static struct answer *join(const char *name, const char *more)
{
    struct who w = clinic_visitor();
    return api_post(&w, at("/public/%s/waitlist", c.slug), js("{'service_id':'%s','client':{'name':'%s','email':'wendy@v.example'}%s}", c.plain, name, more));
}

static void test_public_list(void)
{
    struct letter l;
    char id[UUID_TEXT], token[120];
    struct answer *a = join("Wendy Waiting", js(",'provider_id':'%s','windows':[{'weekday':2,'start':'09:00','end':'12:00'}],'min_notice_min':240", c.provider[1]));
    EXPECT(a, 201, NULL);
    CHECK_STR(api_str(a, "data.status"), "waiting");
    EXPECT(join("http://x.y", ""), 422, "VALIDATION_ERROR");
    EXPECT(join("W", ",\"windows\":[{\"weekday\":2,\"start\":\"12:00\",\"end\":\"09:00\"}]"), 422, "VALIDATION_ERROR");
    EXPECT(join("W", js(",'provider_id':'%s'", c.client[0])), 404, "NOT_FOUND");
    a = api_get(&c.owner, "/waitlist?status=waiting");
    CHECK_INT(api_count(a, "data"), 1);
    CHECK_STR(api_str(a, "data[0].client_name"), "Wendy Waiting");
    CHECK_STR(api_str(a, "data[0].source"), "public");
    CHECK_INT(api_int(a, "data[0].min_notice_min"), 240);
    keep_id(id, a, "data[0].id");
    /* The mail says what was wished, and leads to the page where one leaves. Looking changes nothing. */
    REQUIRE(letter_wait(at("%s.waiting", id), WAIT_MS, &l));
    REQUIRE(letter_token(&l, "/w/", token));
    letter_free(&l);
    for (int i = 0; i < 2; i++) {
        a = api_get(&nobody, at("/public/waits/%s", token));
        EXPECT(a, 200, NULL);
        CHECK_STR(api_str(a, "data.status"), "waiting");
        CHECK_STR(api_str(a, "data.windows[0].end"), "12:00");
    }
    CHECK(!strstr(a->body, "Wendy"));
    EXPECT(api_post(&nobody, at("/public/waits/%s", token), js("{'action':'stay'}")), 422, "VALIDATION_ERROR");
    for (int i = 0; i < 2; i++) {
        a = api_post(&nobody, at("/public/waits/%s", token), js("{'action':'leave'}"));
        EXPECT(a, 200, NULL);
        CHECK_STR(api_str(a, "data.status"), "withdrawn");
    }
    CHECK_STR(api_str(api_get(&c.owner, at("/waitlist/%s", id)), "data.status"), "withdrawn");
    EXPECT(api_get(&nobody, "/public/waits/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), 404, "NOT_FOUND");
}

/* Known or not, and with how many entries: the answer is the same. At most five of one address wait. */
static void test_public_list_tells_nothing(void)
{
    for (int i = 0; i < 7; i++) {
        struct answer *a = join(i % 2 ? "Wendy Waiting" : "Somebody Else", "");
        EXPECT(a, 201, NULL);
        CHECK_STR(api_str(a, "data.status"), "waiting");
        CHECK_INT(json_object_size(api_json(a, "data")), 1);
    }
    struct answer *a = api_get(&c.owner, "/waitlist?status=waiting");
    CHECK_INT(api_count(a, "data"), 5);
    char ids[5][UUID_TEXT];
    for (int i = 0; i < 5; i++) keep_id(ids[i], a, at("data[%d].id", i));
    for (int i = 0; i < 5; i++) withdraw(ids[i]);
    struct who w = { .address = "100.70.2.1" };
    const char *body = js("{'service_id':'%s','client':{'name':'Once Only','email':'once@v.example'}}", c.plain);
    for (int i = 0; i < 2; i++) EXPECT(api_with(&w, "POST", at("/public/%s/waitlist", c.slug), body, "Idempotency-Key: wait-once\r\n"), 201, NULL);
    a = api_get(&c.owner, "/waitlist?status=waiting");
    CHECK_INT(api_count(a, "data"), 1);
    withdraw(at("%s", api_str(a, "data[0].id")));
    set("{\"waitlist_public\":false}");
    CHECK(json_is_false(api_json(api_get(&nobody, at("/public/%s", c.slug)), "data.waitlist")));
    EXPECT(join("Wendy Waiting", ""), 409, "ILLEGAL_TRANSITION");
    set("{\"waitlist_public\":true}");
    CHECK(json_is_true(api_json(api_get(&nobody, at("/public/%s", c.slug)), "data.waitlist")));
}

/* ---- what the clinic says of offers ------------------------------------------------------------------------------------- */

static int64_t seconds_between(const char *a, const char *b)
{
    struct tm x = { 0 }, y = { 0 };
    REQUIRE(strptime(a, "%Y-%m-%dT%H:%M:%S", &x) && strptime(b, "%Y-%m-%dT%H:%M:%S", &y));
    return timegm(&y) - timegm(&x);
}

static void test_length_notice_and_order(void)
{
    char longer[UUID_TEXT], one[UUID_TEXT], two[UUID_TEXT], gone[UUID_TEXT];
    EXPECT(api_patch(&c.owner, "/tenant", "{\"waitlist_offer_min\":4}"), 422, "VALIDATION_ERROR");
    struct answer *a = api_post(&c.owner, "/services", js("{'name':'Long','duration_min':45,'provider_ids':['%s','%s']}", c.provider[0], c.provider[1]));
    NEED(a, 201, NULL);
    keep_id(longer, a, "data.id");
    set("{\"waitlist_offer_min\":45,\"waitlist_order\":\"longest\"}");
    a = api_post(&c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','duration_min':45}", c.client[0], c.plain, c.provider[0], day_time(26, 9, 0)));
    NEED(a, 201, NULL);
    keep_id(gone, a, "data.id");
    want(one, 0, at("%s,\"priority\":9", on_day(26)));
    a = api_post(&c.owner, "/waitlist", js("{'client_id':'%s','service_id':'%s','not_before':'%s','not_after':'%s'}", who_waits[1], longer, day_date(26), day_date(26)));
    NEED(a, 201, NULL);
    keep_id(two, a, "data.id");
    cancel(gone);
    REQUIRE(becomes(two, "offered"));
    a = api_get(&c.owner, at("/waitlist/%s", two));
    CHECK_INT(seconds_between(api_str(a, "data.offers[0].sends_at"), api_str(a, "data.offers[0].expires_at")), 45 * 60);
    CHECK_STR(api_str(api_get(&c.owner, at("/waitlist/%s", one)), "data.status"), "waiting");
    withdraw(two);
    REQUIRE(becomes(one, "offered")); /* what is left goes to the next */
    withdraw(one);
    /* The clinic's notice of thirty days: too late for all of this. */
    set("{\"waitlist_notice_min\":43200,\"waitlist_order\":\"urgent\"}");
    want(one, 0, on_day(27));
    EXPECT(api_post(&c.owner, at("/waitlist/%s/offer", one), js("{'provider_id':'%s','start':'%s'}", c.provider[0], day_time(27, 9, 0))), 409, "ILLEGAL_TRANSITION");
    a = api_get(&c.owner, at("/waitlist/matches?provider_id=%s&start=%s&end=%s", c.provider[0], day_time(27, 9, 0), day_time(27, 10, 0)));
    CHECK_INT(api_count(a, "data"), 0);
    set("{\"waitlist_notice_min\":60,\"waitlist_offer_min\":120}");
    /* Nothing by itself when the clinic wants none of it. */
    set("{\"waitlist_auto\":false}");
    book(gone, 0, 0, day_time(27, 9, 0));
    cancel(gone);
    api_sleep_ms(400);
    CHECK_STR(api_str(api_get(&c.owner, at("/waitlist/%s", one)), "data.status"), "waiting");
    set("{\"waitlist_auto\":true}");
    withdraw(one);
}

/* What was queued for the morning is due now. */
static void make_due(void) { api_sql("UPDATE job SET run_at = run_at - 86400000000 WHERE kind LIKE 'waitlist.%%' AND state = 0"); }

/* At night nobody is asked and the time stays free for all; one that staff offers is kept, and told of in the morning. */
static void test_quiet_hours(void)
{
    char first[UUID_TEXT], second[UUID_TEXT], gone[UUID_TEXT], offer[UUID_TEXT];
    book(gone, 0, 0, day_time(28, 9, 0));
    want(first, 0, at("%s,\"priority\":2", on_day(28)));
    want(second, 1, on_day(28));
    cancel(gone);
    REQUIRE(becomes(first, "offered"));
    quiet(hour(-1), hour(3));
    api_sql("UPDATE hold SET expires_at = expires_at - 86400000000 WHERE closed_at IS NULL");
    api_sql("UPDATE claim SET expires_at = expires_at - 86400000000 WHERE expires_at IS NOT NULL");
    api_sql("UPDATE waitlist_offer SET expires_at = expires_at - 86400000000 WHERE status = 'open'");
    make_due();
    CHECK(api_stop_soft()); /* it looks at the clock again */
    api_again();
    REQUIRE(becomes(first, "waiting")); /* it lapses at night too */
    api_sleep_ms(500);
    CHECK_STR(api_str(api_get(&c.owner, at("/waitlist/%s", second)), "data.status"), "waiting");
    /* By hand: kept at once, sent in the morning, and the length counts from then. */
    NEED(api_post(&c.owner, at("/waitlist/%s/offer", first), js("{'provider_id':'%s','start':'%s'}", c.provider[1], day_time(28, 15, 0))), 200, NULL);
    struct answer *a = api_get(&c.owner, at("/waitlist/%s", first));
    keep_id(offer, a, "data.offers[0].id");
    CHECK(seconds_between(api_str(a, "data.offers[0].created_at"), api_str(a, "data.offers[0].sends_at")) > 3600);
    CHECK_INT(seconds_between(api_str(a, "data.offers[0].sends_at"), api_str(a, "data.offers[0].expires_at")), 7200);
    CHECK_INT(letters_beginning(at("%s.offer", offer)), 0);
    clinic_never_quiet(&c);
    /* Killed between the offer and its mail: the mail comes, and comes once. */
    api_kill();
    make_due();
    api_again();
    struct letter l;
    REQUIRE(letter_wait(at("%s.offer", offer), WAIT_MS, &l));
    letter_free(&l);
    REQUIRE(becomes(second, "offered"));
    CHECK_INT(letters_beginning(at("%s.offer", offer)), 1);
    withdraw(first);
    withdraw(second);
}

/* One time and a hundred who want it: one offer, and after a no one again. */
static void test_a_hundred_and_one_time(void)
{
    enum { MANY = 100 };
    char gone[UUID_TEXT], path[200], id[UUID_TEXT], crowd[MANY / 20][UUID_TEXT];
    book(gone, 0, 0, day_time(29, 9, 0));
    for (int i = 0; i < MANY; i++) {
        if (i % 20 == 0) {
            struct answer *a = api_post(&c.owner, "/clients", js("{'name':'Crowd %d','email':'crowd%d@clients.example'}", i, i));
            NEED(a, 201, NULL);
            keep_id(crowd[i / 20], a, "data.id");
        }
        NEED(api_post(&c.owner, "/waitlist", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','not_before':'%s','not_after':'%s'}", crowd[i / 20], c.plain,
            c.provider[0], day_date(29), day_date(29))), 201, NULL);
    }
    cancel(gone);
    struct answer *a = NULL;
    for (int64_t end = api_now_ms() + WAIT_MS; api_now_ms() < end; api_sleep_ms(100))
        if (api_count(a = api_get(&c.owner, "/waitlist?status=offered"), "data")) break;
    REQUIRE(a != NULL);
    keep_id(id, a, "data[0].id");
    api_sleep_ms(600);
    CHECK_INT(api_count(api_get(&c.owner, "/waitlist?status=offered"), "data"), 1);
    offer_path(path, id);
    EXPECT(api_post(&nobody, path, js("{'action':'decline'}")), 200, NULL);
    for (int64_t end = api_now_ms() + WAIT_MS; api_now_ms() < end; api_sleep_ms(100))
        if (api_count(a = api_get(&c.owner, "/waitlist?status=offered"), "data")) break;
    CHECK_INT(api_count(a, "data"), 1);
    CHECK(strcmp(api_str(a, "data[0].id"), id) != 0);
    a = api_get(&c.owner, at("/waitlist/offers?from=%s&to=%s", day_time(29, 0, 0), day_time(30, 0, 0)));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data"), 2);
    EXPECT(api_get(&c.owner, at("/waitlist/offers?from=%s&to=%s", day_time(1, 0, 0), day_time(30, 0, 0))), 422, "VALIDATION_ERROR");
    for (int i = 0; i < MANY / 20; i++) api_sql("UPDATE waitlist SET status = 'withdrawn' WHERE client_id = %s", api_sql_id(crowd[i]));
}

/* Another clinic sees, offers and changes nothing of this one. */
static void test_clinics_are_apart(void)
{
    struct clinic other;
    char id[UUID_TEXT], gone[UUID_TEXT];
    clinic_make(&other, "waiting-elsewhere");
    clinic_never_quiet(&other);
    want(id, 0, on_day(31));
    EXPECT(api_get(&other.owner, at("/waitlist/%s", id)), 404, "NOT_FOUND");
    EXPECT(api_patch(&other.owner, at("/waitlist/%s", id), "{\"priority\":9}"), 404, "NOT_FOUND");
    EXPECT(api_delete(&other.owner, at("/waitlist/%s", id)), 404, "NOT_FOUND");
    EXPECT(api_post(&other.owner, at("/waitlist/%s/offer", id), js("{'provider_id':'%s','start':'%s'}", other.provider[0], day_time(31, 9, 0))), 404, "NOT_FOUND");
    CHECK_INT(api_count(api_get(&other.owner, "/waitlist"), "data"), 0);
    struct answer *a = clinic_book(&other, other.plain, 0, 0, day_time(31, 9, 0));
    NEED(a, 201, NULL);
    keep_id(gone, a, "data.id");
    EXPECT(api_post(&other.owner, at("/appointments/%s/cancel", gone), js("{'notify':false}")), 200, NULL);
    api_sleep_ms(400);
    CHECK_STR(api_str(api_get(&c.owner, at("/waitlist/%s", id)), "data.status"), "waiting");
    withdraw(id);
}

/* ---- at the same moment ------------------------------------------------------------------------------------------------ */

static pthread_barrier_t gate;
struct racer { pthread_t thread; int n, status; char code[40], body[300]; };
static struct racer racers[RACERS];
static const char *race_path[RACERS], *race_body[RACERS];
static const struct who *race_who[RACERS];

static void *racer_main(void *arg)
{
    struct racer *r = arg;
    struct conn *conn = conn_open();
    api_call(conn, &nobody, "GET", "//live", NULL);
    pthread_barrier_wait(&gate);
    struct answer *a = api_call(conn, race_who[r->n], "POST", race_path[r->n], race_body[r->n]);
    r->status = a->status;
    snprintf(r->code, sizeof r->code, "%s", api_str(a, "code"));
    snprintf(r->body, sizeof r->body, "%s", api_str(a, "data.manage_url"));
    conn_close(conn);
    return NULL;
}

/* How many were answered 200; the others must be 409. */
static int race(int n)
{
    int won = 0;
    pthread_barrier_init(&gate, NULL, (unsigned)n);
    for (int i = 0; i < n; i++) {
        racers[i] = (struct racer){ .n = i };
        REQUIRE(pthread_create(&racers[i].thread, NULL, racer_main, &racers[i]) == 0);
    }
    for (int i = 0; i < n; i++) {
        pthread_join(racers[i].thread, NULL);
        won += racers[i].status == 200;
        if (racers[i].status != 200 && racers[i].status != 409) fprintf(stderr, "  racer %d: %d %s\n", i, racers[i].status, racers[i].code);
        CHECK(racers[i].status == 200 || racers[i].status == 409);
    }
    pthread_barrier_destroy(&gate);
    return won;
}

static char paths[RACERS][200], bodies[RACERS][300];
static void runs(int n, const struct who *who, const char *path, const char *body)
{
    snprintf(paths[n], sizeof paths[n], "%s", path);
    snprintf(bodies[n], sizeof bodies[n], "%s", body);
    race_path[n] = paths[n], race_body[n] = bodies[n], race_who[n] = who;
}

static void test_offers_race(void)
{
    char one[UUID_TEXT], all[3][UUID_TEXT];
    want(one, 0, on_day(15));
    for (int i = 0; i < RACERS; i++)
        runs(i, &c.owner, at("/waitlist/%s/offer", one), js("{'provider_id':'%s','start':'%s'}", c.provider[i % 2], day_time(15, 8 + i, 0)));
    CHECK_INT(race(RACERS), 1); /* one entry, many times */
    CHECK_INT(api_count(api_get(&c.owner, at("/waitlist/%s", one)), "data.offers"), 1);
    withdraw(one);
    for (int i = 0; i < 3; i++) want(all[i], i, on_day(16));
    for (int i = 0; i < RACERS; i++)
        runs(i, &c.owner, at("/waitlist/%s/offer", all[i % 3]), js("{'provider_id':'%s','start':'%s'}", c.provider[0], day_time(16, 9, i % 2 * 15)));
    CHECK_INT(race(RACERS), 1); /* one time, many entries */
    for (int i = 0; i < 3; i++) withdraw(all[i]);
}

static void open_offer(char id[UUID_TEXT], char path[200], int day)
{
    want(id, 2, on_day(day));
    NEED(api_post(&c.owner, at("/waitlist/%s/offer", id), js("{'provider_id':'%s','start':'%s'}", c.provider[1], day_time(day, 9, 0))), 200, NULL);
    offer_path(path, id);
}

static void test_answers_race(void)
{
    char id[UUID_TEXT], path[200];
    int found = 0;
    open_offer(id, path, 17);
    for (int i = 0; i < RACERS; i++) runs(i, &nobody, path, "{\"action\":\"accept\"}");
    CHECK_INT(race(RACERS), RACERS); /* pressed many times: one booking */
    for (int i = 1; i < RACERS; i++) CHECK_STR(racers[i].body, racers[0].body);
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(17), day_date(18), &found), 0);
    CHECK_INT(found, 1);
    for (int k = 0; k < 4; k++) {
        open_offer(id, path, 18 + k);
        for (int i = 0; i < 4; i++)
            if (i % 2) runs(i, &nobody, path, k % 2 ? "{\"action\":\"accept\"}" : "{\"action\":\"decline\"}");
            else runs(i, &c.owner, at("/waitlist/%s/take-back", id), "{}");
        for (int i = 0; i < 4; i += 2) race_body[i] = NULL;
        race(4);
        struct answer *a = api_get(&c.owner, at("/waitlist/%s", id));
        bool booked = strcmp(api_str(a, "data.status"), "booked") == 0;
        clinic_overlaps(NULL, &c.owner, day_date(18 + k), day_date(19 + k), &found);
        CHECK_INT(found, booked);
        CHECK_STR(api_str(a, "data.offers[0].status"), booked ? "accepted" : racers[1].status == 200 || racers[3].status == 200 ? "declined" : "taken_back");
        if (!booked) withdraw(id);
    }
}

/* Accepted in the same moment in which staff books the time: it is the client's. */
static void test_staff_books_meanwhile(void)
{
    char id[UUID_TEXT], path[200];
    int found = 0;
    open_offer(id, path, 22);
    for (int i = 0; i < 6; i++) {
        if (i == 3) runs(i, &nobody, path, "{\"action\":\"accept\"}");
        else runs(i, &c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[i % 3], c.plain, c.provider[1], day_time(22, 9, 0)));
    }
    CHECK_INT(race(6), 1);
    CHECK_INT(racers[3].status, 200);
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(22), day_date(23), &found), 0);
    CHECK_INT(found, 1);
}

/* Killed after the commit that freed the time and before anybody was asked: the job is there, and does it once. */
static void test_crash(void)
{
    char id[UUID_TEXT], gone[UUID_TEXT];
    book(gone, 0, 0, day_time(25, 9, 0));
    want(id, 0, on_day(25));
    cancel(gone);
    api_kill();
    api_again();
    api_sql("UPDATE job SET lease_until = lease_until - 600000000 WHERE lease_until IS NOT NULL");
    REQUIRE(becomes(id, "offered"));
    CHECK_INT(api_count(api_get(&c.owner, at("/waitlist/%s", id)), "data.offers"), 1);
    withdraw(id);
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_RATE_LOGIN_PER_MINUTE=100000", "CLINICD_RATE_BOOKING_PER_MINUTE=100000", "CLINICD_LOG=warn", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .env = env });
        clinic_make(&c, "waiting");
        make_clients();
        clinic_never_quiet(&c);
        RUN(test_entries);
        RUN(test_offer_and_accept);
        RUN(test_decline_and_lapse);
        RUN(test_blocked_time_frees);
        RUN(test_fill_a_gap);
        RUN(test_a_seat);
        RUN(test_other_entries);
        RUN(test_public_list);
        RUN(test_public_list_tells_nothing);
        RUN(test_length_notice_and_order);
        RUN(test_quiet_hours);
        RUN(test_a_hundred_and_one_time);
        RUN(test_clinics_are_apart);
        RUN(test_offers_race);
        RUN(test_answers_race);
        RUN(test_staff_books_meanwhile);
        RUN(test_crash);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
