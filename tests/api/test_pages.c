/* test_pages.c - what is not the API: health, metrics, documentation, the pages of the demo clinic, and how the server stops. */
#include "tests/lib/api.h"
#include "tests/lib/test.h"
#include <string.h>

static struct answer *page(const char *path)
{
    return api_get(&nobody, at("/%s", path));
}

static void test_health(void)
{
    struct answer *a = page("/live");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "status"), "live");
    a = page("/ready");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "status"), "ready");
    CHECK_STR(api_str(a, "checks.database"), "ok");
    CHECK_STR(api_str(a, "checks.engine"), api_on_sqlite() ? "sqlite" : "postgresql");
}

static void test_metrics(void)
{
    struct answer *a = page("/metrics");
    EXPECT(a, 200, NULL);
    CHECK(strncmp(api_header(a, "Content-Type"), "text/plain; version=0.0.4", 25) == 0);
    CHECK(strstr(a->body, "\nclinicd_http_requests_total{") || strstr(a->body, "clinicd_http_requests_total"));
    CHECK(strstr(a->body, "\nclinicd_db_transactions_total "));
    CHECK(strstr(a->body, "clinicd_http_seconds_bucket{le=\"+Inf\"}"));
    for (const char *line = a->body; *line; line = strchr(line, '\n') + 1) CHECK(*line == '#' || strncmp(line, "clinicd_", 8) == 0);
}

/* A page may run our own scripts only, and nobody may frame it. */
static void check_page(const char *path, const char *holds)
{
    struct answer *a = page(path);
    EXPECT(a, 200, NULL);
    const char *type = api_header(a, "Content-Type"), *policy = api_header(a, "Content-Security-Policy");
    CHECK(type && strncmp(type, "text/html", 9) == 0);
    CHECK(
        policy && strstr(policy, "default-src 'none'") && strstr(policy, "script-src 'self'") && strstr(policy, "frame-ancestors 'none'"));
    CHECK(policy && !strstr(policy, "unsafe"));
    if (holds && !strstr(a->body, holds)) fprintf(stderr, "  %s: no %s\n", path, holds);
    CHECK(!holds || strstr(a->body, holds));
}

static void test_docs(void)
{
    check_page("/docs", "/public/{slug}/bookings");
    struct answer *a = api_get(&nobody, "/openapi.json");
    EXPECT(a, 200, NULL);
    CHECK(strncmp(api_str(a, "openapi"), "3.1", 3) == 0);
    CHECK(json_object_size(api_json(a, "paths")) > 30);
}

static void test_web(void)
{
    check_page("/app", "<script");
    check_page("/app/calendar", "<script");
    check_page("/book/demo", "<script");
    check_page("/b/none", "<script");
    struct answer *a = page("/");
    EXPECT(a, 302, NULL);
    CHECK_STR(api_header(a, "Location"), "/app");
    a = page("/nothing-here");
    EXPECT(a, 404, "NOT_FOUND");
    a = page("/../etc/passwd");
    EXPECT(a, 404, NULL);
    a = api_call(NULL, &nobody, "HEAD", "//app", NULL);
    EXPECT(a, 200, NULL);
    CHECK_INT(a->len, 0);
}

/* The demo clinic is there, open for booking, with people in its calendar. */
static void test_demo(void)
{
    struct answer *a = api_get(&nobody, "/public/demo");
    NEED(a, 200, NULL);
    CHECK(api_count(a, "data.services") > 0);
    CHECK(api_count(a, "data.providers") > 0);
    CHECK_INT(api_int(a, "data.booking_enabled"), 1);
}

/* Its books are right, and there is something of everything to look at. */
static void test_demo_money(void)
{
    static const char *const proofs[] = { "ledger", "orders", "claims" };
    struct who owner = { 0 };
    struct answer *a = api_post(&nobody, "/auth/token", js("{'email':'owner@demo.test','password':'" API_DEMO_PASSWORD "'}"));
    NEED(a, 200, NULL);
    snprintf(owner.token, sizeof owner.token, "%s", api_str(a, "data.token"));
    REQUIRE(api_stop_soft());
    for (size_t i = 0; i < sizeof proofs / sizeof *proofs; i++) CHECK_INT(api_command((const char *const[]){ "verify", proofs[i], "--tenant", "demo", NULL }), 0);
    api_again();
    a = api_get(&owner, "/ledger/trial-balance");
    NEED(a, 200, NULL);
    CHECK(api_count(a, "data.books") > 5);
    a = api_get(&owner, "/till-sessions");
    CHECK_STR(api_str(a, "data[0].state"), "closed");
    CHECK_INT(api_int(a, "data[0].variance_minor"), -50);
    a = api_get(&owner, "/orders?state=open");
    CHECK_INT(api_count(a, "data"), 1);
    a = api_get(&owner, "/refunds");
    CHECK_INT(api_int(a, "data[0].amount_minor"), 1000);
    a = api_get(&owner, "/wallet-claims?open=true");
    CHECK_INT(api_count(a, "data"), 1);
    a = api_get(&owner, "/benefit-members");
    CHECK_INT(api_count(a, "data"), 2);
    a = api_get(&owner, "/services?limit=100");
    CHECK_STR(api_str(a, "data[5].pay"), "deposit");
    a = api_get(&owner, "/payments?method=wallet");
    CHECK(api_count(a, "data") > 0);
}

/* Not ready comes before the end, and a connection that waits does not delay it. */
static void test_stop(void)
{
    struct conn *idle = conn_open(), *looks = conn_open();
    EXPECT(api_call(idle, &nobody, "GET", "//live", NULL), 200, NULL);
    EXPECT(api_call(looks, &nobody, "GET", "//ready", NULL), 200, NULL);
    int64_t began = api_now_ms();
    api_signal_stop();
    api_sleep_ms(30);
    struct answer *a = api_call(looks, &nobody, "GET", "//ready", NULL);
    CHECK(a->status == 503 || a->status == 0); /* 0: a slow machine, it has closed already */
    if (a->status) CHECK(api_header(a, "Retry-After"));
    CHECK(api_wait(10000));
    printf("     stopped in %lld ms\n", (long long)(api_now_ms() - began));
    conn_close(idle);
    conn_close(looks);
    api_again();
    EXPECT(api_get(&nobody, "/public/demo"), 200, NULL);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .demo = true });
        RUN(test_health);
        RUN(test_metrics);
        RUN(test_docs);
        RUN(test_web);
        RUN(test_demo);
        RUN(test_demo_money);
        RUN(test_stop);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
