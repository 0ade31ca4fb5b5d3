/* test_ledger.c - the ledger through the front door: adjusting, holding, taking back, statements and their balances, the same request often
 * and at once, many hands and a killed server; after each the ledger proves. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { HANDS = 16, OPS = 12, SAME = 100, NAMES = 6 };
static struct clinic c, d;
static char names[NAMES][UUID_TEXT]; /* world, revenue, two members, a till, visits outside */
static struct who viewer, staff;

static void open_account(const struct clinic *k, const char *code, const char *unit, char out[UUID_TEXT])
{
    struct answer *r = api_post(&k->owner, "/ledger/accounts", js("{'code':'%s','unit':'%s'}", code, unit));
    NEED(r, 201, NULL);
    keep_id(out, r, "data.id");
}

static struct answer *adjust(struct conn *conn, const struct who *w, const char *debit, const char *credit, int64_t amount, const char *more)
{
    return api_call(conn, w, "POST", "/ledger/transfers",
        js("{'debit_account_id':'%s','credit_account_id':'%s','amount':%lld,'reason':'test'%s}", debit, credit, (long long)amount, more));
}

static void check_balance(const char *account, int64_t balance, int64_t available)
{
    struct answer *r = api_get(&c.owner, at("/ledger/accounts/%s", account));
    EXPECT(r, 200, NULL);
    CHECK_INT(api_int(r, "data.balance"), balance);
    CHECK_INT(api_int(r, "data.available"), available);
}

/* Every unit's sum is zero. */
static void check_trial(void)
{
    struct answer *r = api_get(&c.owner, "/ledger/trial-balance");
    EXPECT(r, 200, NULL);
    CHECK(api_count(r, "data.units") >= 1);
    for (size_t i = 0; i < api_count(r, "data.units"); i++) CHECK_INT(api_int(r, at("data.units[%zu].difference", i)), 0);
}

static void test_accounts(void)
{
    static const char *const codes[NAMES] = { "world:bank", "revenue:check", "member:ana:main", "member:bob:main", "till:front", "world:elsewhere" };
    for (int i = 0; i < NAMES; i++) open_account(&c, codes[i], i == 5 ? "visits" : "EUR", names[i]);
    char again[UUID_TEXT];
    open_account(&c, "till:front", "EUR", again);
    CHECK_STR(again, names[4]);
    EXPECT(api_post(&c.owner, "/ledger/accounts", "{\"code\":\"till:front\",\"unit\":\"USD\"}"), 422, "VALIDATION_ERROR"); /* payments would stop */
    EXPECT(api_post(&c.owner, "/ledger/accounts", "{\"code\":\"deposit_liability\",\"unit\":\"visits\"}"), 422, "VALIDATION_ERROR");
    EXPECT(api_post(&c.owner, "/ledger/accounts", "{\"code\":\"world:visits\",\"unit\":\"EUR\"}"), 422, "VALIDATION_ERROR");
    EXPECT(api_post(&c.owner, "/ledger/accounts", "{\"code\":\"world:points\",\"unit\":\"points\"}"), 201, NULL);
    EXPECT(api_post(&c.owner, "/ledger/accounts", "{\"code\":\"world:points\",\"unit\":\"EUR\"}"), 409, "CONFLICT");
    EXPECT(api_post(&c.owner, "/ledger/accounts", "{\"code\":\"nothing:x\",\"unit\":\"ABC\"}"), 422, "VALIDATION_ERROR");
    EXPECT(api_post(&staff, "/ledger/accounts", "{\"code\":\"till:front\",\"unit\":\"EUR\"}"), 403, "FORBIDDEN");
    struct answer *refused = api_patch(&c.owner, "/tenant", "{\"currency\":\"USD\"}"); /* nothing converts */
    EXPECT(refused, 422, "VALIDATION_ERROR");
    CHECK_STR(api_str(refused, "details.fields.currency"), "stays as it is: money has moved in it");
    EXPECT(api_patch(&c.owner, "/tenant", "{\"currency\":\"EUR\",\"week_start\":1}"), 200, NULL);
    EXPECT(api_patch(&d.owner, "/tenant", "{\"currency\":\"USD\"}"), 200, NULL);
    EXPECT(api_patch(&d.owner, "/tenant", "{\"currency\":\"EUR\"}"), 200, NULL);
    EXPECT(api_get(&staff, "/ledger/accounts"), 403, "FORBIDDEN");
    EXPECT(api_get(&viewer, "/ledger/accounts"), 200, NULL);
    EXPECT(adjust(NULL, &viewer, names[0], names[2], 5, ""), 403, "FORBIDDEN");
    struct answer *r = api_get(&c.owner, "/ledger/accounts?book=member&limit=1");
    CHECK_STR(api_str(r, "data[0].code"), "member:ana:main");
    r = api_get(&c.owner, at("/ledger/accounts?book=member&limit=1&cursor=%s", api_str(r, "meta.pagination.next_cursor")));
    CHECK_STR(api_str(r, "data[0].code"), "member:bob:main");
    CHECK_INT(api_count(api_get(&c.owner, "/ledger/accounts"), "data"), NAMES + 1);
    CHECK_INT(api_count(api_get(&d.owner, "/ledger/accounts"), "data"), 0);
    EXPECT(api_get(&d.owner, at("/ledger/accounts/%s", names[0])), 404, NULL);
    EXPECT(adjust(NULL, &d.owner, names[0], names[2], 5, ""), 404, "NOT_FOUND");
}

static void test_adjusting(void)
{
    struct answer *r = adjust(NULL, &c.owner, names[0], names[2], 1000, "");
    NEED(r, 201, NULL);
    const char *first = at("%s", api_str(r, "data.id"));
    CHECK_STR(api_str(r, "data.cause"), "adjustment");
    CHECK_STR(api_str(r, "data.actor_kind"), "member");
    check_balance(names[2], 1000, 1000);
    r = adjust(NULL, &c.owner, names[2], names[1], 1001, "");
    EXPECT(r, 409, "INSUFFICIENT_FUNDS");
    CHECK_STR(api_str(r, "details.account"), "member:ana:main");
    CHECK_STR(api_str(r, "details.result"), "exceeds_credits");
    CHECK_INT(api_int(r, "details.lacks"), 1);
    CHECK_STR(api_str(r, "error"), "The account member:ana:main lacks 0.01 EUR");
    r = adjust(NULL, &c.owner, names[2], names[2], 5, "");
    EXPECT(r, 422, "VALIDATION_ERROR");
    CHECK(*api_str(r, "details.fields.credit_account_id"));
    r = adjust(NULL, &c.owner, names[2], names[5], 5, "");
    EXPECT(r, 422, "VALIDATION_ERROR");
    EXPECT(adjust(NULL, &c.owner, names[0], names[2], 0, ""), 422, "VALIDATION_ERROR");
    EXPECT(adjust(NULL, &c.owner, names[0], names[2], -5, ""), 422, "VALIDATION_ERROR");
    EXPECT(adjust(NULL, &c.owner, names[0], names[2], 1000000000000001, ""), 422, "VALIDATION_ERROR");
    EXPECT(adjust(NULL, &c.owner, names[0], names[2], 5, ",'timeout_s':5"), 422, "VALIDATION_ERROR");
    EXPECT(api_post(&c.owner, "/ledger/transfers", js("{'debit_account_id':'%s','credit_account_id':'%s','amount':5}", names[0], names[2])), 422, NULL);
    r = api_post(&c.owner, at("/ledger/transfers/%s/reverse", first), "{\"reason\":\"wrong one\"}");
    NEED(r, 201, NULL);
    CHECK_STR(api_str(r, "data.of_id"), first);
    CHECK_STR(api_str(r, "data.cause_id"), first);
    EXPECT(api_post(&c.owner, at("/ledger/transfers/%s/reverse", api_str(r, "data.id")), "{\"reason\":\"no\"}"), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_post(&c.owner, at("/ledger/transfers/%s/reverse", first), "{\"reason\":\"again\"}"), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_post(&c.owner, at("/ledger/transfers/%s/reverse", first), "{}"), 422, NULL);
    CHECK_INT(api_count(api_get(&c.owner, at("/ledger/transfers?cause_id=%s", first)), "data"), 1);
    r = api_get(&c.owner, at("/ledger/transfers/%s", first));
    CHECK_STR(api_str(r, "data.ended_phase"), "reversal");
    check_balance(names[2], 0, 0);
    check_trial();
    r = api_get(&c.owner, at("/audit?entity=ledger_transfer&entity_id=%s", first));
    CHECK_INT(api_count(r, "data"), 1);
}

static void test_holding(void)
{
    EXPECT(adjust(NULL, &c.owner, names[0], names[2], 1000, ""), 201, NULL);
    struct answer *r = adjust(NULL, &c.owner, names[2], names[1], 600, ",'hold':true");
    NEED(r, 201, NULL);
    const char *path = at("/ledger/transfers/%s", api_str(r, "data.id"));
    check_balance(names[2], 1000, 400);
    EXPECT(adjust(NULL, &c.owner, names[2], names[1], 401, ",'hold':true"), 409, "INSUFFICIENT_FUNDS");
    EXPECT(api_post(&c.owner, at("%s/post", path), "{\"amount\":601}"), 422, "VALIDATION_ERROR");
    EXPECT(api_post(&c.owner, at("%s/reverse", path), "{\"reason\":\"x\"}"), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_post(&d.owner, at("%s/post", path), "{}"), 404, NULL);
    r = api_post(&c.owner, at("%s/post", path), "{\"amount\":250}");
    EXPECT(r, 201, NULL);
    EXPECT(api_post(&c.owner, at("%s/post", path), NULL), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_post(&c.owner, at("%s/void", path), "{}"), 409, "ILLEGAL_TRANSITION");
    check_balance(names[2], 750, 750);
    r = adjust(NULL, &c.owner, names[2], names[1], 750, ",'hold':true,'timeout_s':1");
    NEED(r, 201, NULL);
    path = at("/ledger/transfers/%s", api_str(r, "data.id"));
    /* The job of the same commit releases it. */
    for (int i = 0; i < 100 && !*api_str(r = api_get(&c.owner, path), "data.ended_phase"); i++) api_sleep_ms(100);
    CHECK_STR(api_str(r, "data.ended_phase"), "expire");
    EXPECT(api_post(&c.owner, at("%s/post", path), NULL), 409, "ILLEGAL_TRANSITION");
    check_balance(names[2], 750, 750);
    EXPECT(api_post(&c.owner, at("/ledger/accounts/%s/close", names[2]), NULL), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_post(&c.owner, at("/ledger/accounts/%s/close", names[5]), NULL), 200, NULL);
    EXPECT(api_post(&c.owner, at("/ledger/accounts/%s/close", names[5]), NULL), 409, "ILLEGAL_TRANSITION");
}

/* Walks all pages; checks that each balance follows from the next. Lines, and the sum of their changes. */
static int walk_statement(const char *account, int limit, int64_t *sum)
{
    const char *cursor = "";
    int n = 0;
    int64_t expected = 0;
    *sum = 0;
    do {
        struct answer *r = api_get(&c.owner, at("/ledger/accounts/%s/statement?limit=%d%s%s", account, limit, *cursor ? "&cursor=" : "", cursor));
        if (!api_is(r, 200, NULL)) return -1;
        for (size_t i = 0; i < api_count(r, "data"); i++, n++) {
            int64_t balance = api_int(r, at("data[%zu].balance", i)), change = api_int(r, at("data[%zu].change", i));
            if (n) CHECK_INT(balance, expected);
            expected = balance - change;
            *sum += change;
        }
        cursor = at("%s", api_str(r, "meta.pagination.next_cursor"));
    } while (*cursor);
    if (n) CHECK_INT(expected, 0);
    return n;
}

static void test_statement(void)
{
    int64_t sum;
    for (int i = 0; i < 5; i++) EXPECT(adjust(NULL, &c.owner, names[0], names[3], 10 + i, ""), 201, NULL);
    CHECK_INT(walk_statement(names[3], 2, &sum), 5);
    CHECK_INT(sum, 60);
    CHECK_INT(walk_statement(names[2], 3, &sum), walk_statement(names[2], 200, &sum));
    CHECK_INT(sum, 750);
    CHECK(walk_statement(names[0], 4, &sum) > 6);
    struct answer *r = api_get(&c.owner, at("/ledger/accounts/%s/statement?from=%s&to=%s", names[3], day_date(-1), day_date(1)));
    CHECK_INT(api_count(r, "data"), 5);
    CHECK_INT(api_int(r, "data[0].balance"), 60);
    CHECK_STR(api_str(r, "data[0].other_code"), "world:bank");
    CHECK_INT(api_count(api_get(&c.owner, at("/ledger/accounts/%s/statement?to=%s", names[3], day_date(-2))), "data"), 0);
    EXPECT(api_get(&c.owner, at("/ledger/accounts/%s/statement?from=%s&to=%s", names[3], day_date(1), day_date(0))), 422, NULL);
    EXPECT(api_get(&c.owner, at("/ledger/accounts/%s/statement?cursor=abc", names[3])), 422, NULL);
    EXPECT(api_post(&c.owner, "/ledger/transfers", js("{'debit_account_id':'%s','credit_account_id':'%s','amount':1,'reason':'=1+\\\"2\\\"'}", names[3], names[0])), 201, NULL);
    r = api_get(&c.owner, at("/ledger/accounts/%s/statement/csv", names[3]));
    EXPECT(r, 200, NULL);
    CHECK(strstr(api_header(r, "Content-Type"), "text/csv") != NULL);
    CHECK(strstr(r->body, ",opening,,,,\"\",,0.00,EUR\r\n") && strstr(r->body, ",\"'=1+\"\"2\"\"\",-0.01,0.59,EUR\r\n") && strstr(r->body, ",closing,,,,\"\",,0.59,EUR\r\n"));
    CHECK(strstr(r->body, "0.10,0.10,EUR") < strstr(r->body, "0.14,0.60,EUR"));
    r = api_get(&c.owner, at("/ledger/accounts/%s/statement/csv?from=%s", names[3], day_date(2)));
    CHECK(strstr(r->body, ",opening,,,,\"\",,0.59,EUR\r\n,,closing,,,,\"\",,0.59,EUR\r\n"));
    EXPECT(api_get(&d.owner, at("/ledger/accounts/%s/statement/csv", names[3])), 404, NULL);
}

/* ---- at once ------------------------------------------------------------------------------------------------------------------------ */

static pthread_t threads[HANDS];
static _Atomic int created, replayed, other, funds, states;
static const char *same_body, *same_header;

static void many(int n, void *(*run)(void *))
{
    created = replayed = other = funds = states = 0;
    for (intptr_t i = 0; i < n; i++) REQUIRE(pthread_create(&threads[i], NULL, run, (void *)i) == 0);
    for (int i = 0; i < n; i++) pthread_join(threads[i], NULL);
}

static void *same_request(void *arg)
{
    struct conn *conn = conn_open();
    (void)arg;
    for (int i = 0; i < (SAME + HANDS - 1) / HANDS; i++) {
        struct answer *r = api_send(conn, &c.owner, &(struct sending){ .method = "POST", .path = "/ledger/transfers", .body = same_body, .len = strlen(same_body), .headers = same_header });
        if (r->status != 201 && other++ < 3) fprintf(stderr, "  %d %.300s\n", r->status, r->body);
        if (r->status == 201 && api_header(r, "Idempotency-Replayed")) replayed++;
        else if (r->status == 201) created++;
    }
    conn_close(conn);
    return NULL;
}

static void test_the_same_request(void)
{
    char ana[600], world[600];
    struct answer *r = api_get(&c.owner, at("/ledger/accounts/%s", names[2]));
    int64_t all = api_int(r, "data.balance");
    /* All that ana has, by a key; then an id of our own between accounts that lock nobody. */
    snprintf(ana, sizeof ana, "{\"debit_account_id\":\"%s\",\"credit_account_id\":\"%s\",\"amount\":%lld,\"reason\":\"all of it\"}", names[2], names[1], (long long)all);
    snprintf(world, sizeof world, "{\"id\":\"0190aaaa-bbbb-7ccc-8ddd-00000000abcd\",\"debit_account_id\":\"%s\",\"credit_account_id\":\"%s\",\"amount\":7,\"reason\":\"once\"}", names[0], names[1]);
    same_body = ana;
    same_header = "Idempotency-Key: all-of-it\r\n";
    many(HANDS, same_request);
    CHECK_INT(created, 1);
    CHECK_INT(replayed, (SAME + HANDS - 1) / HANDS * HANDS - 1);
    check_balance(names[2], 0, 0);
    same_body = world;
    same_header = "";
    many(HANDS, same_request);
    CHECK_INT(created, 1);
    CHECK_INT(other, 0);
    r = api_send(api_main, &c.owner, &(struct sending){ .method = "POST", .path = "/ledger/transfers", .body = world, .len = strlen(world), .headers = "Idempotency-Key: all-of-it\r\n" });
    EXPECT(r, 422, "IDEMPOTENCY_KEY_REUSED");
    r = adjust(NULL, &c.owner, names[0], names[1], 8, ",'id':'0190aaaa-bbbb-7ccc-8ddd-00000000abcd'");
    EXPECT(r, 409, "CONFLICT");
    CHECK_STR(api_str(r, "details.result"), "exists_with_different_amount");
}

static void count(const struct answer *r)
{
    if (r->status == 201) created++;
    else if (r->status == 409 && strcmp(api_str(r, "code"), "INSUFFICIENT_FUNDS") == 0) funds++;
    else if (r->status == 409 && strcmp(api_str(r, "code"), "ILLEGAL_TRANSITION") == 0) states++;
    else if (r->status && r->status != 503 && other++ < 5) fprintf(stderr, "  %d %.300s\n", r->status, r->body);
}

static _Atomic bool until_the_end;

static void *random_hand(void *arg)
{
    unsigned dice = (unsigned)(intptr_t)arg * 7919 + 1;
    struct conn *conn = conn_open();
    char held[UUID_TEXT] = "";
    for (int i = 0; i < OPS || until_the_end; i++) {
        dice = dice * 1103515245 + 12345;
        unsigned k = dice >> 16, from = k % 5, to = (from + 1 + k / 5 % 4) % 5;
        struct answer *r;
        if (*held && k % 3) {
            r = api_call(conn, &c.owner, "POST", at("/ledger/transfers/%s/%s", held, k % 2 ? "post" : "void"), "{}");
            held[0] = 0;
        } else {
            r = adjust(conn, &c.owner, names[from], names[to], 1 + k % 90, k % 4 == 0 ? ",'hold':true" : "");
            if (r->status == 201 && k % 4 == 0) keep_id(held, r, "data.id");
        }
        count(r);
        if (!r->status) break;
    }
    conn_close(conn);
    return NULL;
}

static void test_many_hands(void)
{
    int64_t sum, balance;
    until_the_end = false;
    for (int i = 2; i < 4; i++) EXPECT(adjust(NULL, &c.owner, names[0], names[i], 500, ""), 201, NULL);
    many(HANDS, random_hand);
    printf("     %d done, %d lacked something, %d came too late\n", created, funds, states);
    CHECK_INT(other, 0);
    CHECK(created > HANDS * OPS / 4 && funds > 0);
    check_trial();
    for (int i = 0; i < 5; i++) {
        struct answer *r = api_get(&c.owner, at("/ledger/accounts/%s", names[i]));
        balance = api_int(r, "data.balance");
        if (i >= 2) CHECK(api_int(r, "data.available") >= 0);
        CHECK(walk_statement(names[i], 200, &sum) > 0);
        CHECK_INT(sum, balance);
    }
}

/* Killed while it posts: what is there proves. And the proof says no when a row was changed behind the program's back. */
static void test_killed(void)
{
    until_the_end = true;
    created = funds = states = other = 0;
    for (intptr_t i = 0; i < 8; i++) REQUIRE(pthread_create(&threads[i], NULL, random_hand, (void *)i) == 0);
    api_sleep_ms(300);
    CHECK_INT(api_command((const char *const[]){ "verify", "ledger", NULL }), 0); /* beside the server, which writes meanwhile */
    api_sleep_ms(300);
    api_kill();
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    CHECK(created > 0);
    CHECK_INT(other, 0);
    CHECK_INT(api_command((const char *const[]){ "verify", "ledger", NULL }), 0);
    api_sql("UPDATE ledger_account SET credits_posted = credits_posted + 1 WHERE code = 'member:ana:main'");
    CHECK_INT(api_command((const char *const[]){ "verify", "ledger", NULL }), 1);
    CHECK_INT(api_command((const char *const[]){ "verify", "ledger", "--tenant", d.slug, NULL }), 0);
    api_sql("UPDATE ledger_account SET credits_posted = credits_posted - 1 WHERE code = 'member:ana:main'");
    api_again();
    check_trial();
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_LOG=warn", "CLINICD_RATE_SESSION_PER_SECOND=1000000", "CLINICD_RATE_SESSION_BURST=1000000", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .env = env });
        clinic_make(&c, "ledger-c");
        clinic_make(&d, "ledger-d");
        viewer = clinic_member(&c, "viewer");
        staff = clinic_member(&c, "staff");
        RUN(test_accounts);
        RUN(test_adjusting);
        RUN(test_holding);
        RUN(test_statement);
        RUN(test_the_same_request);
        RUN(test_many_hands);
        RUN(test_killed);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
