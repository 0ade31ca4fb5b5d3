/* test_http_parts.c - the pure parts of the listener: guard, limits, client addresses. */
#include "core/http/app.h"
#include "tests/lib/test.h"

#include <pthread.h>
#include <time.h>

/* ---- Guard --------------------------------------------------------------------------------------------------------- */
#define HEADERS(...) (const struct http_header[]){ { "Host", "a" }, __VA_ARGS__ }, 1 + ARRAY_LEN(((const struct http_header[]){ __VA_ARGS__ }))
#define GUARD(...) http_guard("POST", "/x", "HTTP/1.1", HEADERS(__VA_ARGS__), 100)

static int guard_line(const char *method, const char *target, const char *version)
{
    return http_guard(method, target, version, (const struct http_header[]){ { "Host", "a" } }, 1, 100);
}

static int guard_host(const char *host)
{
    return http_guard("GET", "/", "HTTP/1.1", (const struct http_header[]){ { "hOST", host } }, 1, 100);
}

static void test_guard_request_line(void)
{
    const char *methods[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" };
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) CHECK_INT(guard_line(methods[i], "/", "HTTP/1.1"), 0);
    CHECK_INT(guard_line("BREW", "/", "HTTP/1.1"), 501);
    CHECK_INT(guard_line("get", "/", "HTTP/1.1"), 501);
    CHECK_INT(guard_line("", "/", "HTTP/1.1"), 400);
    CHECK_INT(guard_line("G T", "/", "HTTP/1.1"), 400);
    CHECK_INT(guard_line("BREW", "x", "HTTP/1.1"), 400); /* malformed wins over unknown */
    CHECK_INT(guard_line("GET", "", "HTTP/1.1"), 400);
    CHECK_INT(guard_line("GET", "*", "HTTP/1.1"), 400);
    CHECK_INT(guard_line("OPTIONS", "*", "HTTP/1.1"), 0);
    CHECK_INT(guard_line("GET", "/a?b=%20&c[]=~!$'()*+,;:@", "HTTP/1.1"), 0);
    CHECK_INT(guard_line("GET", "/a b", "HTTP/1.1"), 400);
    CHECK_INT(guard_line("GET", "/a\x7f", "HTTP/1.1"), 400);
    CHECK_INT(guard_line("GET", "/\xc3\xa9", "HTTP/1.1"), 400);
    CHECK_INT(guard_line("GET", "/", "HTTP/1.0"), 0);
    CHECK_INT(guard_line("GET", "/", "HTTP/0.9"), 505);
    CHECK_INT(guard_line("GET", "/", ""), 505);
    char target[2 * HTTP_PATH_MAX + 10];
    memset(target, 'a', sizeof target);
    target[0] = '/';
    target[HTTP_PATH_MAX] = '\0';
    CHECK_INT(guard_line("GET", target, "HTTP/1.1"), 0);
    target[HTTP_PATH_MAX] = 'a', target[HTTP_PATH_MAX + 1] = '\0';
    CHECK_INT(guard_line("GET", target, "HTTP/1.1"), 400);
    target[HTTP_PATH_MAX] = '?', target[HTTP_PATH_MAX + 1] = 'a', target[2 * HTTP_PATH_MAX] = '\0';
    CHECK_INT(guard_line("GET", target, "HTTP/1.1"), 0);
    target[2 * HTTP_PATH_MAX] = 'a', target[2 * HTTP_PATH_MAX + 1] = '\0';
    CHECK_INT(guard_line("GET", target, "HTTP/1.1"), 400);
}

static void test_guard_headers(void)
{
    CHECK_INT(GUARD({ "X-!#$%&'*+.^_`|~", "any \t value \xff" }), 0);
    CHECK_INT(GUARD({ "", "x" }), 400);
    CHECK_INT(GUARD({ "a b", "x" }), 400);
    CHECK_INT(GUARD({ "a\x80", "x" }), 400);
    CHECK_INT(GUARD({ "a", "x\ry" }), 400);
    CHECK_INT(GUARD({ "a", "x\x7f" }), 400);
    CHECK_INT(GUARD({ "Expect", "100-Continue" }), 0);
    CHECK_INT(GUARD({ "Expect", "" }), 400);
    CHECK_INT(GUARD({ "Host", "a" }), 400);
    static const char *const once[] = { "Cookie", "Origin", "Authorization", "X-CSRF-Token", "Sec-Fetch-Site", "Content-Type", "If-Match", "Idempotency-Key" };
    for (size_t i = 0; i < ARRAY_LEN(once); i++) {
        CHECK_INT(GUARD({ once[i], "a" }), 0);
        CHECK_INT(GUARD({ once[i], "a" }, { "X-Other", "b" }, { once[i], "a" }), 400);
    }
    CHECK_INT(GUARD({ "cookie", "a" }, { "COOKIE", "b" }), 400);
    struct http_header many[HTTP_HEADERS_MAX + 1];
    for (size_t i = 0; i < ARRAY_LEN(many); i++) many[i] = (struct http_header){ i ? "X" : "Host", "a" };
    CHECK_INT(http_guard("GET", "/", "HTTP/1.1", many, HTTP_HEADERS_MAX, 0), 0);
    CHECK_INT(http_guard("GET", "/", "HTTP/1.1", many, HTTP_HEADERS_MAX + 1, 0), 431);
    CHECK_INT(http_guard("GET", "/", "HTTP/1.1", NULL, 0, 0), 400);
    CHECK_INT(http_guard("GET", "/", "HTTP/1.0", NULL, 0, 0), 0);
}

static void test_guard_framing(void)
{
    CHECK_INT(GUARD({ "Content-Length", "0" }), 0);
    CHECK_INT(GUARD({ "Content-Length", "100" }), 0);
    CHECK_INT(GUARD({ "Content-Length", "0000000000000000000000000000000000100" }), 0);
    CHECK_INT(GUARD({ "Content-Length", "101" }), 413);
    const char *huge[] = { "9223372036854775808", "18446744073709551615", "18446744073709551616", "18446744073709551716", "99999999999999999999999999" };
    for (size_t i = 0; i < ARRAY_LEN(huge); i++) CHECK_INT(GUARD({ "Content-Length", huge[i] }), 413);
    const char *bad[] = { "", "+5", "-5", " 5", "5 ", "5,5", "0x5", "5a", "184467440737095516160x" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) CHECK_INT(GUARD({ "content-length", bad[i] }), 400);
    CHECK_INT(GUARD({ "Transfer-Encoding", "Chunked" }), 0);
    const char *encodings[] = { "", "chunked ", "identity", "gzip, chunked", "chunked, chunked", "xchunked", "chunked;q=1" };
    for (size_t i = 0; i < ARRAY_LEN(encodings); i++) CHECK_INT(GUARD({ "Transfer-Encoding", encodings[i] }), 400);
    CHECK_INT(GUARD({ "Transfer-Encoding", "chunked" }, { "Content-Length", "0" }), 400);
    CHECK_INT(GUARD({ "Transfer-Encoding", "chunked" }, { "transfer-encoding", "chunked" }), 400);
    CHECK_INT(GUARD({ "Content-Length", "5" }, { "CONTENT-LENGTH", "5" }), 400);
    CHECK_INT(http_guard("POST", "/", "HTTP/1.0", (const struct http_header[]){ { "Transfer-Encoding", "chunked" } }, 1, 9), 400);
}

static void test_guard_host(void)
{
    const char *good[] = { "a", "clinic.example", "clinic.example:443", "127.0.0.1:65535", "[::1]", "[2001:db8::1]:80", "a_b-c" };
    const char *bad[] = { "", ":80", "a:", "a:65536", "a:123456", "a:b", "a b", "a/b", "a@b", "[::1", "[]", "[x]", "[::1]x", "-a", "a,b", "a?b", "\xc3\xa9" };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) CHECK_INT(guard_host(good[i]), 0);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) CHECK_INT(guard_host(bad[i]), 400);
}

/* ---- Limits ---------------------------------------------------------------------------------------------------------- */
static void test_limit_rate_is_exact(void)
{
    struct { int64_t per, period_us, burst; } rates[] = { { 10, USEC_PER_MIN, 10 }, { 3, USEC_PER_SEC, 1 }, { 30, USEC_PER_MIN, 5 }, { 1000, USEC_PER_SEC, 50 },
        { 7, USEC_PER_HOUR, 7 } };
    for (size_t k = 0; k < ARRAY_LEN(rates); k++) {
        struct limiter *l = limiter_new();
        REQUIRE(l);
        int64_t step = rates[k].period_us / rates[k].per / 7, allowed = 0, from = 5 * USEC_PER_DAY, span = 20 * rates[k].period_us;
        for (int64_t now = from; now < from + span; now += step)
            allowed += limiter_allow(l, "key", rates[k].per, rates[k].period_us, rates[k].burst, now, NULL, NULL);
        int64_t most = 20 * rates[k].per + rates[k].burst;
        CHECK(allowed <= most && allowed >= most - 1 - 20); /* asking in steps may miss a little, never gain */
        limiter_free(l);
    }
}

static void test_limit_burst_and_retry(void)
{
    struct limiter *l = limiter_new();
    int64_t left, wait, now = 1000 * USEC_PER_SEC;
    for (int64_t i = 0; i < 10; i++) {
        CHECK(limiter_allow(l, "a", 10, USEC_PER_MIN, 10, now, &left, &wait));
        CHECK_INT(left, 9 - i);
        CHECK_INT(wait, 0);
    }
    for (int i = 0; i < 100; i++) { /* being refused costs nothing */
        CHECK(!limiter_allow(l, "a", 10, USEC_PER_MIN, 10, now, &left, &wait));
        CHECK_INT(left, 0);
        CHECK_INT(wait, 6);
    }
    CHECK(limiter_allow(l, "b", 10, USEC_PER_MIN, 10, now, NULL, NULL)); /* others are not touched */
    CHECK(!limiter_allow(l, "a", 10, USEC_PER_MIN, 10, now + 5999999, NULL, &wait));
    CHECK_INT(wait, 1);
    CHECK(limiter_allow(l, "a", 10, USEC_PER_MIN, 10, now + 6000000, &left, NULL));
    CHECK_INT(left, 0);
    CHECK(limiter_allow(l, "a", 10, USEC_PER_MIN, 10, now + 10 * USEC_PER_MIN, &left, NULL));
    CHECK_INT(left, 9);
    CHECK(limiter_allow(l, "c", INT64_MAX, 1, INT64_MAX, INT64_MAX / 2, NULL, NULL)); /* no overflow */
    CHECK(limiter_allow(l, "d", 1, INT64_MAX, INT64_MAX, INT64_MAX, NULL, NULL));
    CHECK(limiter_allow(l, "", 1, 1, 1, 0, NULL, NULL));
    limiter_free(l);
}

static void test_limit_flood_of_keys(void)
{
    struct limiter *l = limiter_new();
    int64_t now = USEC_PER_DAY;
    char key[32];
    CHECK(limiter_allow(l, "old", 1, USEC_PER_DAY, 1, now, NULL, NULL));
    for (int i = 0; i < 300000; i++) {
        snprintf(key, sizeof key, "flood-%d", i);
        CHECK(limiter_allow(l, key, 1, USEC_PER_DAY, 1, now, NULL, NULL));
    }
    int remembered = 0; /* the newest are kept */
    for (int i = 200000; i < 300000; i++) {
        snprintf(key, sizeof key, "flood-%d", i);
        remembered += !limiter_allow(l, key, 1, USEC_PER_DAY, 1, now, NULL, NULL);
    }
    CHECK(remembered > 99000);
    CHECK(limiter_allow(l, "old", 1, USEC_PER_DAY, 1, now, NULL, NULL)); /* the oldest was dropped */
    for (int i = 0; i < 300000; i++) { /* and idle ones make room before that */
        snprintf(key, sizeof key, "later-%d", i);
        CHECK(limiter_allow(l, key, 1, USEC_PER_DAY, 1, now + 2 * USEC_PER_DAY, NULL, NULL));
    }
    limiter_free(l);
}

struct race { struct limiter *l; int allowed; };

static void *race_main(void *arg)
{
    struct race *r = arg;
    for (int i = 0; i < 5000; i++) r->allowed += limiter_allow(r->l, "shared", 100, USEC_PER_HOUR, 100, USEC_PER_DAY, NULL, NULL);
    return NULL;
}

static void test_limit_is_shared_by_threads(void)
{
    struct limiter *l = limiter_new();
    struct race r[4];
    pthread_t t[4];
    int allowed = 0;
    for (size_t i = 0; i < 4; i++) {
        r[i] = (struct race){ l, 0 };
        REQUIRE(pthread_create(&t[i], NULL, race_main, &r[i]) == 0);
    }
    for (size_t i = 0; i < 4; i++) pthread_join(t[i], NULL), allowed += r[i].allowed;
    CHECK_INT(allowed, 100);
    limiter_free(l);
}

/* ---- Addresses --------------------------------------------------------------------------------------------------------- */
static void test_client_address(void)
{
    static const char all[] = "127.0.0.0/8, 10.0.0.0/8, ::1/128, fd00::/8";
    static const struct { const char *cidrs, *peer, *forwarded, *want; } rows[] = {
        { "", "127.0.0.1", "1.2.3.4", "127.0.0.1" },                /* nobody is trusted */
        { all, "5.6.7.8", "1.2.3.4", "5.6.7.8" },                   /* not a proxy of ours */
        { all, "127.0.0.1", NULL, "127.0.0.1" },
        { all, "127.0.0.1", "", "127.0.0.1" },
        { all, "127.0.0.1", "1.2.3.4", "1.2.3.4" },
        { all, "127.0.0.1", "9.9.9.9, 1.2.3.4", "1.2.3.4" },        /* the client wrote 9.9.9.9 */
        { all, "127.0.0.1", "9.9.9.9,1.2.3.4,10.1.1.1 ,\t10.2.2.2", "1.2.3.4" },
        { all, "127.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1" },     /* all ours: the first of them */
        { all, "127.0.0.1", "1.2.3.4:5555", "1.2.3.4" },
        { all, "::1", "[2001:db8::7]:443", "2001:db8::7" },
        { all, "::1", "[2001:DB8:0:0::7]", "2001:db8::7" },
        { all, "::1", "2001:db8::7", "2001:db8::7" },
        { all, "::ffff:127.0.0.1", "::ffff:1.2.3.4", "1.2.3.4" },   /* mapped is the same address */
        { all, "fd12::1", "1.2.3.4", "1.2.3.4" },
        { all, "fe12::1", "1.2.3.4", "fe12::1" },
        { all, "127.0.0.1", "1.2.3.4, garbage", "127.0.0.1" },      /* garbage ends the walk */
        { all, "127.0.0.1", "1.2.3.4, , 10.0.0.1", "10.0.0.1" },
        { all, "127.0.0.1", "1.2.3.4,", "127.0.0.1" },
        { all, "127.0.0.1", "unknown", "127.0.0.1" },
        { all, "127.0.0.1", "1.2.3.4; DROP TABLE", "127.0.0.1" },
        { all, "127.0.0.1", "1.2.3", "127.0.0.1" },
        { all, "127.0.0.1", "1.2.3.256", "127.0.0.1" },
        { all, "127.0.0.1", "[1.2.3.4]", "127.0.0.1" },
        { all, "127.0.0.1", "[::1]x", "127.0.0.1" },
        { all, "not an address", "1.2.3.4", "unknown" },
        { all, NULL, "1.2.3.4", "unknown" },
        { "0.0.0.0/0", "8.8.8.8", "::5, 7.7.7.7", "::5" },
        { "nonsense, 127.0.0.0/8", "127.0.0.1", "1.2.3.4", "1.2.3.4" },
        { "127.0.0.1", "127.0.0.1", "1.2.3.4", "1.2.3.4" },         /* without bits: one address */
        { "127.0.0.1", "127.0.0.2", "1.2.3.4", "127.0.0.2" },
        { "10.0.0.0/9", "10.128.0.1", "1.2.3.4", "10.128.0.1" },
        { "10.0.0.0/9", "10.127.255.255", "1.2.3.4", "1.2.3.4" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        char got[64];
        client_address(rows[i].cidrs, rows[i].peer, rows[i].forwarded, got);
        CHECK_STR(got, rows[i].want);
    }
    char longest[4000], got[64];
    for (size_t i = 0; i + 10 < sizeof longest; i += 9) memcpy(longest + i, "10.0.0.1,", 10);
    client_address(all, "127.0.0.1", longest, got);
    CHECK_STR(got, "127.0.0.1"); /* ends with a comma */
    longest[strlen(longest) - 1] = '\0';
    client_address(all, "127.0.0.1", longest, got);
    CHECK_STR(got, "10.0.0.1");
}

static void test_cidrs_valid(void)
{
    const char *good[] = { "", " ", "127.0.0.1", "10.0.0.0/8,::1/128", " 10.0.0.0/8 , fd00::/8 ", "0.0.0.0/0", "::/0" };
    const char *bad[] = { ",", "10.0.0.0/8,", "10.0.0.0/33", "::1/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8/8", "10.0.0/8", "a", "10.0.0.0/0008",
        "1.2.3.4 5.6.7.8", "[::1]/128" };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) CHECK(cidrs_valid(good[i]));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) CHECK(!cidrs_valid(bad[i]));
    CHECK(address_trusted("10.0.0.0/8", "10.9.9.9") && !address_trusted("10.0.0.0/8", "11.9.9.9") && !address_trusted("", "10.9.9.9"));
    CHECK(!address_trusted("10.0.0.0/8", NULL) && !address_trusted("10.0.0.0/8", "x"));
    CHECK(!address_trusted("::/0", "x") && address_trusted("::/0", "::1"));
}

static void test_networks(void)
{
    static const char *const rows[][2] = { { "203.0.113.9", "203.0.113.9" }, { "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::" },
        { "2001:db8:1:2::9", "2001:db8:1:2::" }, { "::1", "::" }, { "::ffff:192.0.2.1", "::ffff:192.0.2.1" }, { "nonsense", "nonsense" }, { "", "" } };
    for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
        char out[64];
        address_network(rows[k][0], out);
        CHECK_STR(out, rows[k][1]);
    }
}

static void test_cursors(void)
{
    struct arena *a = arena_new(1 << 20);
    struct position p = { .text = "Zo\xC3\xAB of two words ", .number = -7, .id = { { 1, 2, 3 } } }, got = { 0 };
    const char *text = cursor_write(a, "clients:-name", &p);
    REQUIRE(text);
    CHECK(cursor_read(a, "clients:-name", text, &got) && id_eq(got.id, p.id) && got.number == -7);
    CHECK_STR(got.text, p.text);
    CHECK(!cursor_read(a, "clients:name", text, &got) && !cursor_read(a, "clients:-nam", text, &got) && !cursor_read(a, "clients:-name ", text, &got));
    for (size_t n = 0; n < 60; n++) CHECK(!cursor_read(a, "clients:-name", arena_strndup(a, text, n), &got) || n == strlen(text));
    p = (struct position){ .number = INT64_MAX - 1, .id = { { 9 } } };
    CHECK(cursor_read(a, "x", cursor_write(a, "x", &p), &got) && got.number == INT64_MAX - 1 && !*got.text);
    char plain[] = "x 5 00000000-0000-0000-0000-000000000000 ", out[100];
    base64url_encode(plain, sizeof plain - 1, out);
    CHECK(!cursor_read(a, "x", out, &got)); /* nobody has the nil id */
    plain[6] = '1';
    base64url_encode(plain, sizeof plain - 1, out);
    CHECK(cursor_read(a, "x", out, &got) && got.number == 5);
    base64url_encode(plain, sizeof plain, out);
    CHECK(!cursor_read(a, "x", out, &got)); /* NUL in the key: no database takes it */
    p.text = arena_alloc(a, 2000);
    memset((char *)p.text, 'a', 1999);
    CHECK(cursor_write(a, "x", &p) == NULL);
    arena_free(a);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    RUN(test_guard_request_line);
    RUN(test_guard_headers);
    RUN(test_guard_framing);
    RUN(test_guard_host);
    RUN(test_limit_rate_is_exact);
    RUN(test_limit_burst_and_retry);
    RUN(test_limit_flood_of_keys);
    RUN(test_limit_is_shared_by_threads);
    RUN(test_client_address);
    RUN(test_networks);
    RUN(test_cursors);
    RUN(test_cidrs_valid);
    return TEST_DONE();
}
