/* test_torture.c - the request pipeline without sockets, on both engines: every transaction thrown away once and run again,
 * every statement busy once, every statement failing once, every allocation failing once. Whatever fails, half a booking never
 * stays: the same time can be booked afterwards, and exactly once. */
#include "core/http/app.h"
#include "core/start.h"
#include "tests/lib/in_process.h"
#include "tests/lib/own_database.h"
#include "tests/lib/test.h"

extern const struct migration all_migrations[];
static struct app app;
static struct worker *worker;
static char token[64], client[ID_TEXT], service[ID_TEXT], provider[ID_TEXT], location[ID_TEXT];
static char answer[65536];

static int call(const char *method, const char *path, const char *body) { return in_process_call(&app, worker, token, method, path, body, answer, sizeof answer); }

static void take_id(char out[ID_TEXT], const char *after)
{
    const char *p = strstr(answer, after);
    REQUIRE(p);
    p = strstr(p, "\"id\":\"");
    REQUIRE(p);
    snprintf(out, ID_TEXT, "%.36s", p + 6);
}

static int book(int slot)
{
    char body[512], start[INSTANT_TEXT];
    instant_format((floor_div(now_us(), USEC_PER_DAY) + 30) * USEC_PER_DAY + slot * USEC_PER_HOUR, start);
    snprintf(body, sizeof body, "{\"client_id\":\"%s\",\"service_id\":\"%s\",\"provider_id\":\"%s\",\"start\":\"%s\"}", client, service, provider, start);
    return call("POST", "/appointments", body);
}

static void make_clinic(void)
{
    char body[512];
    REQUIRE(call("POST", "/auth/register", "{\"tenant_name\":\"T\",\"slug\":\"tort\",\"name\":\"Ann\",\"email\":\"ann@example.com\",\"password\":\"correct horse\",\"time_zone\":\"Europe/Bucharest\",\"currency\":\"EUR\"}") == 201);
    REQUIRE(call("POST", "/auth/token", "{\"email\":\"ann@example.com\",\"password\":\"correct horse\"}") == 200);
    snprintf(token, sizeof token, "%.43s", strstr(answer, "\"token\":\"") + 9);
    REQUIRE(call("GET", "/locations", "") == 200);
    take_id(location, "data");
    REQUIRE(call("POST", "/providers", "{\"name\":\"Dr. A\"}") == 201);
    take_id(provider, "data");
    snprintf(body, sizeof body, "{\"name\":\"Visit\",\"duration_min\":30,\"provider_ids\":[\"%s\"]}", provider);
    REQUIRE(call("POST", "/services", body) == 201);
    take_id(service, "data");
    REQUIRE(call("POST", "/clients", "{\"name\":\"Bo\",\"email\":\"bo@example.com\"}") == 201);
    take_id(client, "data");
}

static void test_every_transaction_twice(void)
{
    char id[ID_TEXT], path[80];
    db_test_hooks.tx_twice = true;
    CHECK_INT(book(1), 201);
    take_id(id, "data");
    snprintf(path, sizeof path, "/appointments/%s/cancel", id);
    CHECK_INT(call("POST", path, "{\"reason\":\"x\"}"), 200);
    snprintf(path, sizeof path, "/appointments/%s/restore", id);
    CHECK_INT(call("POST", path, "{}"), 200);
    CHECK_INT(book(1), 409);
    CHECK_INT(call("POST", "/clients", "{\"name\":\"Cy\"}"), 201);
    db_test_hooks.tx_twice = false;
}

static void test_every_statement_busy_once(void)
{
    for (int n = 1; n <= 24; n++) {
        db_test_hooks.busy_at = n;
        int status = book(10 + n);
        db_test_hooks.busy_at = 0;
        CHECK(status == 201 || status == 503); /* a read outside the transaction has nobody to try again */
        if (status == 503) CHECK_INT(book(10 + n), 201);
        CHECK_INT(book(10 + n), 409);
    }
}

static void test_every_statement_fails_once(void)
{
    for (int n = 1; n <= 24; n++) {
        db_test_hooks.fail_at = n;
        int status = book(50 + n);
        db_test_hooks.fail_at = 0;
        CHECK(status == 201 || status == 503);
        if (status == 503) CHECK_INT(book(50 + n), 201);
        CHECK_INT(book(50 + n), 409);
    }
}

static void test_every_allocation_fails_once(void)
{
    for (int n = 1; n <= 160; n++) {
        test_fail_alloc_at = n;
        int status = book(100 + n);
        test_fail_alloc_at = 0;
        if (status != 201 && status != 503) CHECK_INT(status, 503);
        if (status != 201) CHECK_INT(book(100 + n), 201);
        CHECK_INT(book(100 + n), 409);
    }
}

static void no_plan(const struct query *q, const char *plan, void *unused)
{
    (void)unused;
    test_bad_checks++;
    fprintf(stderr, "  %s: %s\n", q->name, plan);
}

static void test_no_statement_scans_a_tenants_table(void)
{
    CHECK_INT(db_explain(app.db, no_plan, NULL), RC_OK);
}

static void run_all(const char *url)
{
    char err[500];
    const struct db_config config = { .url = url, .readers_max = 4, .migrations = all_migrations, .queries = start_queries() };
    memset(&app, 0, sizeof app);
    token[0] = 0;
    app.version = "test";
    app.started = monotonic_us();
    enum rc rc = db_open(&app.db, &config, 0, err, sizeof err);
    if (rc != RC_OK) fprintf(stderr, "  %s\n", err);
    REQUIRE(rc == RC_OK && router_compile(&app, start_modules(), err, sizeof err) == RC_OK);
    app.limiter = limiter_new();
    worker = app_worker_start(&app);
    REQUIRE(app.limiter && worker);
    make_clinic();
    RUN(test_every_transaction_twice);
    RUN(test_every_statement_busy_once);
    RUN(test_every_statement_fails_once);
    RUN(test_every_allocation_fails_once);
    RUN(test_no_statement_scans_a_tenants_table);
    app_worker_stop(&app, worker);
    limiter_free(app.limiter);
    router_free(&app);
    db_close(app.db);
}

int main(int argc, char **argv)
{
    static const uint8_t key[32] = { 1, 2, 3 };
    CLEANUP(buf_free) struct buf err = { 0 };
    TEST_ARGS(argc, argv);
    buf_init(&err, 4096);
    REQUIRE(seal_init() == RC_OK && settings_load(NULL, &err));
    seal_key_set(key);
    log_set_level(LOG_ERROR + 1);
    REQUIRE(getenv("CLINICD_TEST_PG") && "run under tests/lib/with_postgres");
    own_databases_each("torture", run_all);
    return TEST_DONE();
}
