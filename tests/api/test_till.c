/* test_till.c - cash drawers: counted at both ends, what differs is booked; one open session under a race; nothing slips past a closing. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { HANDS = 16 };
static struct clinic c, d;
static struct who staff, viewer;
static char front[UUID_TEXT], session[UUID_TEXT];
static atomic_int good, refused, other;

/* What the ledger has on an account; 0 when it was never used. */
static int64_t in_ledger(const char *code)
{
    struct answer *r = api_get(&c.owner, "/ledger/accounts?limit=200");
    for (size_t i = 0; i < api_count(r, "data"); i++)
        if (strcmp(api_str(r, at("data[%zu].code", i)), code) == 0) return api_int(r, at("data[%zu].balance", i));
    return 0;
}

static int64_t in_drawer(void) { return in_ledger(at("till:%s", front)); }
static struct answer *open_with(int minor) { return api_post(&staff, at("/tills/%s/open", front), at("{\"counted_minor\":%d}", minor)); }
static struct answer *hand(const char *kind, int minor)
{
    return api_post(&staff, at("/till-sessions/%s/moves", session), js("{'kind':'%s','amount_minor':%d,'reason':'change'}", kind, minor));
}

static struct answer *close_with(int counted, int taken)
{
    return api_post(&staff, at("/till-sessions/%s/close", session), at("{\"counted_minor\":%d,\"taken_minor\":%d}", counted, taken));
}

static void test_made(void)
{
    struct answer *r = api_post(&c.owner, "/tills", js("{'name':'Front desk','location_id':'%s'}", c.location));
    NEED(r, 201, NULL);
    keep_id(front, r, "data.id");
    CHECK_STR(api_str(r, "data.currency"), "EUR");
    EXPECT(api_post(&c.owner, "/tills", js("{'name':'X','location_id':'%s'}", d.location)), 404, "NOT_FOUND");
    EXPECT(api_post(&staff, "/tills", js("{'name':'X','location_id':'%s'}", c.location)), 403, "FORBIDDEN");
    EXPECT(api_post(&viewer, at("/tills/%s/open", front), "{\"counted_minor\":5}"), 403, "FORBIDDEN");
    EXPECT(api_post(&d.owner, at("/tills/%s/open", front), "{\"counted_minor\":5}"), 404, "NOT_FOUND");
    EXPECT(api_get(&viewer, "/tills"), 200, NULL);
    r = api_patch(&c.owner, at("/tills/%s", front), "{\"name\":\" \"}");
    EXPECT(r, 422, "VALIDATION_ERROR");
    CHECK(*api_str(r, "details.fields.name"));
    EXPECT(api_patch(&c.owner, at("/tills/%s", front), "{\"name\":\"Front desk\"}"), 200, NULL);
}

static void test_a_day(void)
{
    struct answer *r = open_with(10000);
    NEED(r, 201, NULL);
    keep_id(session, r, "data.id");
    CHECK_INT(api_int(r, "data.opening_variance_minor"), 0);
    CHECK_INT(in_drawer(), 10000);
    EXPECT(open_with(1), 409, NULL);
    EXPECT(api_delete(&c.owner, at("/tills/%s", front)), 409, NULL);
    CHECK_INT(api_int(hand("in", 2500), "data.expected_minor"), 12500);
    CHECK_INT(api_int(hand("out", 500), "data.expected_minor"), 12000);
    EXPECT(hand("out", 12001), 409, "INSUFFICIENT_FUNDS");
    EXPECT(hand("out", 0), 422, NULL);
    CHECK_INT(in_drawer(), 12000);
    EXPECT(close_with(100, 101), 422, "VALIDATION_ERROR");
    r = close_with(11950, 5000);
    EXPECT(r, 200, NULL);
    CHECK_INT(api_int(r, "data.expected_minor"), 12000);
    CHECK(json_integer_value(api_json(r, "data.variance_minor")) == -50);
    CHECK_INT(in_drawer(), 6950);
    CHECK_INT(in_ledger("till_difference"), 50);
    EXPECT(close_with(1, 0), 409, NULL);
    EXPECT(hand("in", 1), 409, NULL);
    CHECK_INT(api_count(api_get(&viewer, at("/till-sessions/%s/moves", session)), "data"), 2);
}

/* Between closing and opening ten were put in, by whomever: booked, and seen in the audit log as a warning. */
static void test_the_next_day(void)
{
    struct answer *r = open_with(6960);
    NEED(r, 201, NULL);
    keep_id(session, r, "data.id");
    CHECK_INT(api_int(r, "data.opening_variance_minor"), 10);
    CHECK_INT(in_drawer(), 6960);
    CHECK_INT(in_ledger("till_difference"), 40);
    r = api_get(&staff, at("/till-sessions/%s", session));
    hand("in", 40);
    r = api_with(&staff, "POST", at("/till-sessions/%s/close", session), "{\"counted_minor\":6960}", at("If-Match: \"%d\"\r\n", (int)api_int(r, "data.version")));
    EXPECT(r, 412, NULL);
    EXPECT(close_with(7000, 7000), 200, NULL);
    CHECK_INT(in_drawer(), 0);
    r = api_get(&staff, at("/till-sessions?till_id=%s&limit=1", front));
    CHECK_STR(api_str(r, "data[0].id"), session);
    r = api_get(&staff, at("/till-sessions?till_id=%s&limit=1&cursor=%s", front, api_str(r, "meta.pagination.next_cursor")));
    CHECK_INT(api_int(r, "data[0].float_minor"), 10000);
}

static void *opener(void *arg)
{
    struct conn *conn = conn_open();
    struct answer *r = api_call(conn, &staff, "POST", at("/tills/%s/open", front), "{\"counted_minor\":0}");
    atomic_fetch_add(r->status == 201 ? &good : r->status == 409 ? &refused : &other, 1);
    if (r->status == 201) keep_id(session, r, "data.id");
    conn_close(conn);
    return arg;
}

/* Each puts one in until the drawer is closed; the last of them closes in the middle of it. */
static void *hand_in(void *arg)
{
    struct conn *conn = conn_open();
    bool closer = arg != NULL;
    for (int i = 0; i < 16; i++) {
        bool close_now = closer && i == 5;
        struct answer *r = close_now ? api_call(conn, &staff, "POST", at("/till-sessions/%s/close", session), "{\"counted_minor\":0}")
                                     : api_call(conn, &staff, "POST", at("/till-sessions/%s/moves", session), "{\"kind\":\"in\",\"amount_minor\":1,\"reason\":\"x\"}");
        if (!close_now) atomic_fetch_add(r->status == 201 ? &good : r->status == 409 ? &refused : &other, 1);
        else if (r->status != 200) atomic_fetch_add(&other, 1);
    }
    conn_close(conn);
    return arg;
}

static void run_all(void *(*fn)(void *))
{
    pthread_t threads[HANDS];
    good = refused = other = 0;
    for (intptr_t i = 0; i < HANDS; i++) REQUIRE(pthread_create(&threads[i], NULL, fn, i == HANDS - 1 ? (void *)1 : NULL) == 0);
    for (int i = 0; i < HANDS; i++) pthread_join(threads[i], NULL);
    CHECK_INT(other, 0);
}

static void test_at_once(void)
{
    run_all(opener);
    CHECK_INT(good, 1);
    CHECK_INT(refused, HANDS - 1);
    run_all(hand_in);
    CHECK(good > 0 && refused > 0);
    struct answer *r = api_get(&staff, at("/till-sessions/%s", session));
    CHECK_INT(api_int(r, "data.in_minor"), good);
    CHECK_INT(api_int(r, "data.expected_minor"), good);
    CHECK_INT(json_integer_value(api_json(r, "data.variance_minor")), -good);
    CHECK_INT(in_drawer(), 0);
    r = api_get(&c.owner, "/ledger/trial-balance");
    CHECK_INT(api_int(r, "data.units[0].difference"), 0);
    api_kill();
    CHECK_INT(api_command((const char *const[]){ "verify", "ledger", NULL }), 0);
    api_again();
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_LOG=warn", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .env = env });
        clinic_make(&c, "till-c");
        clinic_make(&d, "till-d");
        staff = clinic_member(&c, "staff");
        viewer = clinic_member(&c, "viewer");
        RUN(test_made);
        RUN(test_a_day);
        RUN(test_the_next_day);
        RUN(test_at_once);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
