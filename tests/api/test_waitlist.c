/* test_waitlist.c - who waits is offered what frees: in order, once, in time; and whatever happens at the same moment, a time
 * has one owner and an entry one state. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <string.h>

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

static void test_public_list(void)
{
    struct who w = { .address = "100.70.1.1" };
    struct answer *a = api_post(&w, at("/public/%s/waitlist", c.slug), js("{'service_id':'%s','client':{'name':'Wendy Waiting','email':'wendy@v.example'}}", c.plain));
    EXPECT(a, 201, NULL);
    CHECK_STR(api_str(a, "data.status"), "waiting");
    EXPECT(api_post(&w, at("/public/%s/waitlist", c.slug), js("{'service_id':'%s','client':{'name':'http://x.y','email':'x'}}", c.plain)), 422, NULL);
    EXPECT(api_post(&w, at("/public/%s/waitlist", c.slug), js("{'service_id':'%s','client':{'name':'W','email':'w@v.example'}}", c.client[0])), 404, NULL);
    a = api_get(&c.owner, "/waitlist?status=waiting");
    CHECK_STR(api_str(a, "data[0].client_name"), "Wendy Waiting");
    CHECK_STR(api_str(a, "data[0].source"), "public");
    withdraw(at("%s", api_str(a, "data[0].id")));
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
        RUN(test_entries);
        RUN(test_offer_and_accept);
        RUN(test_decline_and_lapse);
        RUN(test_blocked_time_frees);
        RUN(test_fill_a_gap);
        RUN(test_public_list);
        RUN(test_offers_race);
        RUN(test_answers_race);
        RUN(test_crash);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
