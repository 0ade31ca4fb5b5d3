/* test_race.c - many at once for the same time: one gets it, the others are told, and nobody waits long. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <string.h>

enum { RACERS = 64, ROUNDS = 5, LAST_MS_MAX = 20000 };
static struct clinic c;
static struct who staff;
static pthread_barrier_t gate;

struct racer {
    pthread_t thread;
    int n;
    void (*run)(struct racer *, struct conn *);
    int created, taken, other, status;
    int64_t slowest_us;
    char id[UUID_TEXT];
};
static struct racer racers[RACERS];
static int round_now;

static void count(struct racer *r, const struct answer *a)
{
    r->status = a->status;
    if (a->status == 201) r->created++;
    else if (a->status == 409 && strcmp(api_str(a, "code"), "CONFLICT_DETECTED") == 0) r->taken++;
    else if (r->other++ < 2) fprintf(stderr, "  racer %d: %d %.300s\n", r->n, a->status, a->body ? a->body : "(no answer)");
    if (a->us > r->slowest_us) r->slowest_us = a->us;
}

static void *racer_main(void *arg)
{
    struct racer *r = arg;
    struct conn *conn = conn_open();
    api_call(conn, &nobody, "GET", "//live", NULL); /* connected before the gate opens */
    pthread_barrier_wait(&gate);
    r->run(r, conn);
    conn_close(conn);
    return NULL;
}

static void race(const char *name, int n, void (*run)(struct racer *, struct conn *), int *created, int *taken)
{
    int64_t began = 0, slowest = 0;
    int other = 0;
    *created = *taken = 0;
    pthread_barrier_init(&gate, NULL, (unsigned)n + 1);
    for (int i = 0; i < n; i++) {
        racers[i] = (struct racer){ .n = i, .run = run };
        REQUIRE(pthread_create(&racers[i].thread, NULL, racer_main, &racers[i]) == 0);
    }
    pthread_barrier_wait(&gate);
    began = api_now_ms();
    for (int i = 0; i < n; i++) {
        pthread_join(racers[i].thread, NULL);
        *created += racers[i].created;
        *taken += racers[i].taken;
        other += racers[i].other;
        if (racers[i].slowest_us > slowest) slowest = racers[i].slowest_us;
    }
    int64_t ms = api_now_ms() - began;
    printf("     %s: %d created, %d taken, the last after %lld ms, the slowest answer %lld ms\n", name, *created, *taken, (long long)ms,
        (long long)slowest / 1000);
    CHECK_INT(other, 0);
    CHECK(ms < LAST_MS_MAX);
    pthread_barrier_destroy(&gate);
}

/* Thirty minutes each, starts within 25 minutes: any two of them overlap. */
static void one_slot(struct racer *r, struct conn *conn)
{
    const char *start = day_time(10 + round_now, 9, r->n % 6 * 5);
    count(r,
        api_call(conn, r->n % 2 ? &c.owner : &staff, "POST", "/appointments",
            js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[r->n % 3], c.plain, c.provider[0], start)));
}

static void test_one_slot(void)
{
    for (round_now = 0; round_now < ROUNDS; round_now++) {
        int created, taken;
        race("one slot", RACERS, one_slot, &created, &taken);
        CHECK_INT(created, 1);
        CHECK_INT(taken, RACERS - 1);
    }
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(9), day_date(20), NULL), 0);
}

/* Everybody all over one day, with buffers, chairs, both providers and three patients. */
static void whole_day(struct racer *r, struct conn *conn)
{
    const char *services[] = { c.plain, c.buffered, c.seated };
    for (int k = 0; k < 6; k++) {
        int at_minute = (r->n * 37 + k * 101) % 56 * 15;
        const char *with = r->n % 4 == 3 ? "" : js("'provider_id':'%s',", c.provider[(r->n + k) % 2]);
        count(r, api_call(conn, &c.owner, "POST", "/appointments",
                     js("{'client_id':'%s','service_id':'%s',%s'start':'%s'}", c.client[(r->n + k) % 3], services[k % 3], with,
                         day_time(20, 7 + at_minute / 60, at_minute % 60))));
    }
}

static void test_whole_day(void)
{
    int created, taken, found = 0;
    race("whole day", RACERS, whole_day, &created, &taken);
    CHECK_INT(created + taken, RACERS * 6);
    CHECK(created >= 10);
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(20), day_date(21), &found), 0);
    CHECK_INT(found, created);
}

/* Moving into the one free place, and cancelling meanwhile. */
static char movable[RACERS][UUID_TEXT];
static void move_in(struct racer *r, struct conn *conn)
{
    struct answer *a =
        api_call(conn, &c.owner, "POST", at("/appointments/%s/move", movable[r->n]), js("{'start':'%s'}", day_time(30, 12, r->n % 3 * 10)));
    if (a->status == 200) a->status = 201;
    count(r, a);
}

static void test_moves(void)
{
    int created, taken;
    for (int i = 0; i < 16; i++) {
        struct answer *a = clinic_book(&c, c.plain, 0, i % 3, day_time(31 + i, 9, 0));
        NEED(a, 201, NULL);
        keep_id(movable[i], a, "data.id");
    }
    race("moves", 16, move_in, &created, &taken);
    CHECK_INT(created, 1);
    CHECK_INT(taken, 15);
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(30), day_date(60), NULL), 0);
}

/* ---- visitors, each from an own address --------------------------------------------------------------------- */

static void public_book(struct racer *r, struct conn *conn, const char *provider, int day)
{
    struct who w = clinic_visitor();
    const char *with = *provider ? js("'provider_id':'%s',", provider) : "";
    count(r, api_call(conn, &w, "POST", at("/public/%s/bookings", c.slug),
                 js("{'service_id':'%s',%s'start':'%s','client':{'name':'Racer %d','email':'racer%d@example.org'}}", c.plain, with,
                     day_time(day, 9, r->n % 2 * 15), r->n, r->n)));
}

static void public_one(struct racer *r, struct conn *conn)
{
    public_book(r, conn, c.provider[0], 50);
}
static void public_any(struct racer *r, struct conn *conn)
{
    public_book(r, conn, "", 51);
}
static void public_hold(struct racer *r, struct conn *conn)
{
    struct who w = clinic_visitor();
    count(r, api_call(conn, &w, "POST", at("/public/%s/holds", c.slug),
                 js("{'service_id':'%s','provider_id':'%s','start':'%s'}", c.plain, c.provider[0], day_time(52, 9, r->n % 2 * 15))));
}

static void test_public(void)
{
    int created, taken;
    race("visitors, one provider", RACERS, public_one, &created, &taken);
    CHECK_INT(created, 1);
    CHECK_INT(taken, RACERS - 1);
    race("visitors, any provider", RACERS, public_any, &created, &taken);
    CHECK_INT(created, 2);
    CHECK_INT(taken, RACERS - 2);
    race("holds", RACERS, public_hold, &created, &taken);
    CHECK_INT(created, 1);
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(49), day_date(60), NULL), 0);
}

/* The clinic closes a location while others book there: what the block did not see as booked cannot be booked. */
static void close_or_book(struct racer *r, struct conn *conn)
{
    if (r->n == 0) {
        struct answer *a = api_call(conn, &c.owner, "POST", "/blocked-times",
            js("{'kind':'location','subject_id':'%s','start':'%s','end':'%s'}", c.location, day_time(60 + round_now, 8, 0), day_time(60 + round_now, 20, 0)));
        r->status = a->status;
        if (a->status != 201 && a->status != 409) r->other++;
        return;
    }
    count(r, api_call(conn, &c.owner, "POST", "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[r->n % 3],
        c.plain, c.provider[r->n % 2], day_time(60 + round_now, 9, 0))));
}

static void test_closed_location(void)
{
    for (round_now = 0; round_now < 12; round_now++) {
        int created, taken;
        race("a closing location", 4, close_or_book, &created, &taken);
        CHECK(racers[0].status == 409 ? created > 0 : created == 0 && taken == 3);
    }
}

/* All send the same request with the same key: all get the same booking. */
static const char *same_body;
static void same_request(struct racer *r, struct conn *conn)
{
    struct who w = clinic_visitor();
    struct answer *a = api_send(conn, &w,
        &(struct sending){ .method = "POST",
            .path = at("/public/%s/bookings", c.slug),
            .body = same_body,
            .len = strlen(same_body),
            .headers = "Idempotency-Key: all-the-same\r\n" });
    count(r, a);
    keep_id(r->id, a, "data.appointment.id");
}

static void test_same_key(void)
{
    int created, taken, found = 0;
    same_body = js("{'service_id':'%s','start':'%s','client':{'name':'Same','email':'same@example.org'}}", c.plain, day_time(54, 9, 0));
    race("the same key", 32, same_request, &created, &taken);
    CHECK_INT(created, 32);
    for (int i = 0; i < 32; i++) CHECK_STR(racers[i].id, racers[0].id);
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(54), day_date(55), &found), 0);
    CHECK_INT(found, 1);
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_LOG=warn", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .env = env });
        clinic_make(&c, "race");
        staff = clinic_member(&c, "staff");
        RUN(test_one_slot);
        RUN(test_whole_day);
        RUN(test_moves);
        RUN(test_public);
        RUN(test_closed_location);
        RUN(test_same_key);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
