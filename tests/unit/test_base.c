/* test_base.c - arena, buffer, JSON writer, ids, environment, log, outcomes. Text and dates have test_text.c,
 * zones test_zone.c. */
#include "core/base/base.h"
#include "core/base/outcome.h"
#include "tests/lib/test.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static struct arena *arena_must(size_t max)
{
    struct arena *a = arena_new(max);
    REQUIRE(a != NULL);
    return a;
}

/* ---- Arena ------------------------------------------------------------------------------------------------------ */
static bool all_zero(const unsigned char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i]) return false;
    return true;
}

static void arena_gives_zeroed_aligned_memory(void)
{
    struct arena *a = arena_must(8 << 20);
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *p = arena_alloc(a, size);
        REQUIRE(p != NULL);
        CHECK((uintptr_t)p % 16 == 0);
        CHECK(all_zero(p, size));
        memset(p, 0xAA, size);
    }
    unsigned char *big = arena_alloc(a, 3 << 20);
    CHECK(big && all_zero(big, 3 << 20));
    arena_reset(a);
    CHECK_INT(arena_used(a), 0);
    unsigned char *again = arena_alloc(a, 1000);
    CHECK(again && all_zero(again, 1000));
    arena_free(a);
    arena_free(NULL);
}

static void arena_has_a_bound_and_latches(void)
{
    struct arena *a = arena_must(1024);
    CHECK(arena_alloc(a, 1024) != NULL);
    CHECK_INT(arena_used(a), 1024);
    CHECK(!arena_failed(a));
    CHECK(arena_alloc(a, 1) == NULL);
    CHECK(arena_failed(a));
    CHECK_STR(arena_strdup(a, "x"), "");
    CHECK_STR(arena_printf(a, "%d", 7), "");
    arena_reset(a);
    CHECK(!arena_failed(a));
    CHECK(arena_alloc(a, SIZE_MAX) == NULL && arena_alloc(a, SIZE_MAX - 15) == NULL && arena_alloc(a, 1025) == NULL);
    CHECK(arena_failed(a));
    CHECK_STR(arena_strdup(a, "small things still work"), "small things still work");
    CHECK(arena_failed(a));
    arena_free(a);
    a = arena_must(0);
    CHECK(arena_alloc(a, 1) == NULL);
    arena_free(a);
}

static void arena_rewinds(void)
{
    struct arena *a = arena_must(8 << 20);
    char *kept = arena_strdup(a, "kept");
    struct arena_mark m = arena_mark(a);
    size_t used = arena_used(a);
    for (int i = 0; i < 1000; i++) {
        char *p = arena_alloc(a, 40 * 1024); /* more than a chunk each time */
        REQUIRE(p != NULL);
        memset(p, 'x', 40 * 1024);
        arena_rewind(a, m);
    }
    CHECK_INT(arena_used(a), used);
    unsigned char *fresh = arena_alloc(a, 4096);
    CHECK(fresh && all_zero(fresh, 4096));
    CHECK_STR(kept, "kept");
    CHECK(!arena_failed(a));
    arena_free(a);
}

static void arena_texts(void)
{
    struct arena *a = arena_must(1 << 20);
    CHECK(arena_strdup(a, NULL) == NULL);
    CHECK_STR(arena_strdup(a, ""), "");
    CHECK_STR(arena_strndup(a, "abcdef", 3), "abc");
    CHECK(memcmp(arena_strndup(a, "a\0b", 3), "a\0b", 4) == 0);
    CHECK_STR(arena_strndup(a, NULL, 0), "");
    CHECK_STR(arena_printf(a, "%s-%d", "x", 5), "x-5");
    for (int n = 250; n < 262; n++) CHECK_INT(strlen(arena_printf(a, "%*d", n, 1)), n);
    CHECK(!arena_failed(a));
    arena_free(a);
}

static void arena_fails_when_a_test_wants(void)
{
    struct arena *a = arena_must(1 << 20);
    test_fail_alloc_at = 3;
    CHECK(arena_alloc(a, 8) != NULL);
    CHECK(arena_alloc(a, 8) != NULL);
    CHECK(!arena_failed(a));
    CHECK(arena_alloc(a, 8) == NULL);
    CHECK(arena_failed(a));
    CHECK_INT(test_fail_alloc_at, 0);
    CHECK(arena_alloc(a, 8) != NULL);
    arena_reset(a);
    test_fail_alloc_at = 1;
    CHECK_STR(arena_strdup(a, "abc"), "");
    CHECK(arena_failed(a));
    arena_free(a);
}

/* ---- Buffer ----------------------------------------------------------------------------------------------------- */
static void buf_grows_to_its_maximum(void)
{
    struct buf b CLEANUP(buf_free) = { 0 };
    buf_init(&b, 1000);
    CHECK_STR(buf_str(&b), "");
    for (int i = 0; i < 500; i++) buf_putc(&b, 'a');
    buf_puts(&b, "bcd");
    buf_printf(&b, "%*d", 497, 7);
    CHECK_INT(b.len, 1000);
    CHECK(!b.failed);
    CHECK_INT(strlen(buf_str(&b)), 1000);
    buf_put(&b, "", 0);
    buf_puts(&b, "");
    CHECK(!b.failed);
    buf_putc(&b, 'x');
    CHECK(b.failed);
    CHECK_STR(buf_str(&b), "");
    buf_puts(&b, "y");
    CHECK_STR(buf_str(&b), "");
    buf_clear(&b);
    CHECK(!b.failed);
    buf_puts(&b, "again");
    CHECK_STR(buf_str(&b), "again");
    buf_put(&b, "x", SIZE_MAX); /* a length from an overflow is refused, not read */
    CHECK(b.failed);
}

static void buf_printf_at_the_edges(void)
{
    for (int n = 1; n < 600; n++) {
        struct buf b CLEANUP(buf_free) = { 0 };
        buf_init(&b, 600);
        for (int i = 0; i < 10; i++) buf_printf(&b, "%*d", n, 1);
        CHECK(b.failed == (n > 60));
        if (!b.failed) CHECK_INT(strlen(buf_str(&b)), n * 10);
    }
    struct buf none CLEANUP(buf_free) = { 0 };
    buf_init(&none, 0);
    buf_printf(&none, "%s", "");
    CHECK(!none.failed);
    buf_printf(&none, "%s", "x");
    CHECK(none.failed);
}

/* ---- JSON ------------------------------------------------------------------------------------------------------- */
static void json_nests(void)
{
    struct buf b CLEANUP(buf_free) = { 0 };
    buf_init(&b, 10000);
    struct json j = json_to(&b);
    json_obj(&j);
    json_kstr(&j, "s", "x");
    json_kstr(&j, "none", NULL);
    json_key(&j, "list");
    json_arr(&j);
    json_int(&j, 1);
    json_arr(&j);
    json_arr_end(&j);
    json_obj(&j);
    json_obj_end(&j);
    json_nil(&j);
    json_arr_end(&j);
    json_kint(&j, "min", INT64_MIN + 1);
    json_kint(&j, "max", INT64_MAX);
    json_kint(&j, "no", NONE);
    json_kint(&j, "zero", 0);
    json_kbool(&j, "yes", true);
    json_key(&j, "raw");
    json_raw(&j, "{\"a\":1}");
    json_kbool(&j, "not", false);
    json_obj_end(&j);
    CHECK_STR(buf_str(&b), "{\"s\":\"x\",\"none\":null,\"list\":[1,[],{},null],\"min\":-9223372036854775807,\"max\":9223372036854775807,"
                           "\"no\":null,\"zero\":0,\"yes\":true,\"raw\":{\"a\":1},\"not\":false}");
}

static void json_goes_32_deep(void)
{
    struct buf b CLEANUP(buf_free) = { 0 };
    buf_init(&b, 10000);
    struct json j = json_to(&b);
    for (int i = 0; i < 32; i++) json_arr(&j);
    json_int(&j, 1);
    json_int(&j, 2);
    for (int i = 0; i < 32; i++) {
        json_arr_end(&j);
        if (i < 31) json_int(&j, i);
    }
    CHECK(str_starts(buf_str(&b), "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1,2],0],1],2],3]"));
    CHECK_INT(j.depth, 0);
}

static void check_json_str(const char *in, size_t len, const char *want)
{
    struct buf b CLEANUP(buf_free) = { 0 };
    buf_init(&b, 10000);
    struct json j = json_to(&b);
    json_strn(&j, in, len);
    CHECK_STR(buf_str(&b), want);
    CHECK(utf8_valid(b.data, b.len));
}

static void json_escapes(void)
{
#define ROW(in, want) check_json_str(in, sizeof in - 1, "\"" want "\"")
#define BAD "\xEF\xBF\xBD"
    ROW("", "");
    ROW("plain text that is longer than eight bytes", "plain text that is longer than eight bytes");
    ROW("\"\\/", "\\\"\\\\/");
    ROW("\b\f\n\r\t", "\\b\\f\\n\\r\\t");
    ROW("a\0b\x01\x1f\x7f", "a\\u0000b\\u0001\\u001f\x7f");
    ROW("1234567\n", "1234567\\n");
    ROW("12345678\n", "12345678\\n");
    ROW("123\"567\\9", "123\\\"567\\\\9");
    ROW("ășțâî 日本 😀", "ășțâî 日本 😀");
    ROW("a\xE2\x80\xA8z\xE2\x80\xA9", "a\\u2028z\\u2029");
    ROW("\xE2\x80\xA7\xE2\x80\xAA", "\xE2\x80\xA7\xE2\x80\xAA");
    ROW("\xFF", BAD);
    ROW("a\x80z", "a" BAD "z");
    ROW("\xC3", BAD);
    ROW("\xC3(", BAD "(");
    ROW("\xE2\x82", BAD);
    ROW("\xE2\x82x", BAD "x");
    ROW("\xF0\x9F\x98", BAD);
    ROW("\xC0\x80", BAD BAD);                 /* overlong NUL */
    ROW("\xE0\x80\x80", BAD BAD BAD);         /* overlong */
    ROW("\xED\xA0\x80", BAD BAD BAD);         /* a surrogate */
    ROW("\xF4\x90\x80\x80", BAD BAD BAD BAD); /* above U+10FFFF */
    ROW("\xEF\xBF\xBF", "\xEF\xBF\xBF");
#undef ROW
    for (int c = 1; c < 128; c++) { /* each ASCII character, at each place in a word of eight */
        for (int at = 0; at < 8; at++) {
            char in[12] = "aaaaaaaaaaa", want[40];
            in[at] = (char)c;
            const char *esc = c == '"'    ? "\\\""
                              : c == '\\' ? "\\\\"
                              : c == '\b' ? "\\b"
                              : c == '\f' ? "\\f"
                              : c == '\n' ? "\\n"
                              : c == '\r' ? "\\r"
                              : c == '\t' ? "\\t"
                                          : NULL;
            char coded[8], self[2] = { (char)c, 0 };
            snprintf(coded, sizeof coded, "\\u%04x", (unsigned)c);
            snprintf(want, sizeof want, "\"%.*s%s%s\"", at, "aaaaaaaa", esc ? esc : c < 32 ? coded : self, in + at + 1);
            check_json_str(in, 11, want);
        }
    }
}

static void json_doubles(void)
{
    static const struct {
        double v;
        const char *text;
    } rows[] = {
        { 0, "0" },
        { 0.1, "0.1" },
        { -2.5, "-2.5" },
        { 1e300, "1e+300" },
        { 1.0 / 3, "0.33333333333333331" },
        { (double)INFINITY, "null" },
        { (double)NAN, "null" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct buf b CLEANUP(buf_free) = { 0 };
        buf_init(&b, 100);
        struct json j = json_to(&b);
        json_double(&j, rows[i].v);
        CHECK_STR(buf_str(&b), rows[i].text);
    }
}

/* ---- Ids -------------------------------------------------------------------------------------------------------- */
static int64_t held_now;
static int64_t now_is_held(void)
{
    return held_now;
}

static uint64_t id_ms(struct id id)
{
    uint64_t ms = 0;
    for (int i = 0; i < 6; i++) ms = ms << 8 | id.b[i];
    return ms;
}

enum { ID_THREADS = 4, IDS_PER_THREAD = 25000 };
static struct id ids[ID_THREADS * IDS_PER_THREAD];

static void *make_ids(void *out)
{
    struct id *list = out;
    for (int i = 0; i < IDS_PER_THREAD; i++) list[i] = id_new();
    return NULL;
}

static int id_order(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct id));
}

static void ids_are_unique_and_ordered(void)
{
    pthread_t threads[ID_THREADS];
    uint64_t before = (uint64_t)(now_us() / 1000);
    for (int i = 0; i < ID_THREADS; i++) REQUIRE(pthread_create(&threads[i], NULL, make_ids, ids + i * IDS_PER_THREAD) == 0);
    for (int i = 0; i < ID_THREADS; i++) REQUIRE(pthread_join(threads[i], NULL) == 0);
    uint64_t after = (uint64_t)(now_us() / 1000);
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
        struct id id = ids[i];
        bool layout = id.b[6] >> 4 == 7 && id.b[8] >> 6 == 2 && id_ms(id) >= before && id_ms(id) <= after + 100;
        bool ordered = i % IDS_PER_THREAD == 0 || id_cmp(ids[i - 1], id) < 0;
        if (!layout || !ordered) CHECK_INT(i, -1);
    }
    qsort(ids, ARRAY_LEN(ids), sizeof ids[0], id_order);
    for (size_t i = 1; i < ARRAY_LEN(ids); i++)
        if (id_eq(ids[i - 1], ids[i])) CHECK_INT(i, -1);
}

static void ids_never_go_back_with_the_clock(void)
{
    int64_t (*real)(void) = env.now;
    env.now = now_is_held;
    held_now = real() + USEC_PER_HOUR; /* the rest of the process then stays ahead; nothing here minds */
    struct id last = id_new();
    CHECK_INT(id_ms(last), held_now / 1000);
    for (int i = 0; i < 10000; i++) {
        if (i == 5000) held_now -= USEC_PER_HOUR;
        struct id id = id_new();
        if (id_cmp(last, id) >= 0) CHECK_INT(i, -1);
        last = id;
    }
    held_now += 2 * USEC_PER_HOUR;
    CHECK_INT(id_ms(id_new()), held_now / 1000);
    env.now = real;
}

static void ids_as_text(void)
{
    struct id id;
    char text[ID_TEXT];
    CHECK(id_parse("01890A5D-ac96-774b-bcce-b302099a8057", &id));
    CHECK_STR(id_format(id, text), "01890a5d-ac96-774b-bcce-b302099a8057");
    CHECK_INT(id.b[0], 1);
    CHECK_INT(id.b[15], 0x57);
    CHECK(!id_is_nil(id) && id_is_nil(ID_NIL) && id_eq(id, id) && !id_eq(id, ID_NIL) && id_cmp(ID_NIL, id) < 0);
    CHECK_STR(id_format(ID_NIL, text), "00000000-0000-0000-0000-000000000000");
    static const char *const bad[] = { "", "0", "01890a5dac96774bbcceb302099a8057", "01890a5d-ac96-774b-bcce-b302099a805",
        "01890a5d-ac96-774b-bcce-b302099a80577", "01890a5d-ac96-774b-bcce-b302099a805g", "{01890a5d-ac96-774b-bcce-b302099a8057}",
        "01890a5d-ac96-774b-bcceb-302099a8057", "01890a5d_ac96-774b-bcce-b302099a8057", " 01890a5d-ac96-774b-bcce-b302099a8057",
        "01890a5d-ac96-774b-bcce-b302099a8057 ", "01890a5d-", "01890a5d-ac96-774b-bcce-" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct id kept = id;
        if (id_parse(bad[i], &kept)) CHECK_STR(bad[i], "refused");
        CHECK(id_eq(kept, id));
    }
    CHECK(!id_parse(NULL, &id));
}

/* ---- Environment, outcomes and log ----------------------------------------------------------------------------------- */
static void clocks(void)
{
    int64_t a = monotonic_us(), b = monotonic_us();
    CHECK(b >= a && a > 0);
    CHECK(now_us() > 1700000000 * USEC_PER_SEC);
    uint8_t x[64] = { 0 }, y[64] = { 0 };
    env.random(x, sizeof x);
    env.random(y, sizeof y);
    env.random(x, 0);
    CHECK(memcmp(x, y, sizeof x) != 0);
}

static void outcomes_are_complete(void)
{
    static const struct {
        enum rc rc;
        int status;
        const char *code;
    } rows[] = {
        { RC_BAD_REQUEST, 400, "BAD_REQUEST" },
        { RC_UNAUTHENTICATED, 401, "UNAUTHENTICATED" },
        { RC_PLAN_LIMIT, 402, "PLAN_LIMIT" },
        { RC_FORBIDDEN, 403, "FORBIDDEN" },
        { RC_CSRF, 403, "CSRF" },
        { RC_NOT_FOUND, 404, "NOT_FOUND" },
        { RC_METHOD, 405, "METHOD_NOT_ALLOWED" },
        { RC_CONFLICT, 409, "CONFLICT" },
        { RC_OVERLAP, 409, "CONFLICT_DETECTED" },
        { RC_STATE, 409, "ILLEGAL_TRANSITION" },
        { RC_HOLD_EXPIRED, 409, "HOLD_EXPIRED" },
        { RC_STALE, 412, "STALE_VERSION" },
        { RC_TOO_LARGE, 413, "TOO_LARGE" },
        { RC_MEDIA_TYPE, 415, "UNSUPPORTED_MEDIA_TYPE" },
        { RC_INVALID, 422, "VALIDATION_ERROR" },
        { RC_KEY_REUSED, 422, "IDEMPOTENCY_KEY_REUSED" },
        { RC_LIMITED, 429, "RATE_LIMITED" },
        { RC_BUSY, 503, "UNAVAILABLE" },
        { RC_FAULT, 500, "INTERNAL" },
        { RC_OOM, 503, "UNAVAILABLE" },
        { RC_RETRY, 503, "UNAVAILABLE" },
        { RC_DB_DOWN, 503, "UNAVAILABLE" },
        { (enum rc) - 99, 500, "INTERNAL" },
        { (enum rc)99, 500, "INTERNAL" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const struct outcome_row *row = outcome_row(rows[i].rc);
        CHECK_INT(row->status, rows[i].status);
        CHECK_STR(row->code, rows[i].code);
    }
    for (int rc = 0; rc < RC_N_OUTCOMES; rc++) {
        const struct outcome_row *row = outcome_row((enum rc)rc);
        REQUIRE(row && row->code && row->sentence);
        CHECK(row->sentence[0] >= 'A' && row->sentence[0] <= 'Z' && row->sentence[strlen(row->sentence) - 1] == '.');
    }
}

/* What fn writes to stderr. */
static char *stderr_of(void (*fn)(void))
{
    static char out[40000];
    FILE *f = tmpfile();
    REQUIRE(f != NULL);
    int kept = dup(STDERR_FILENO);
    REQUIRE(kept >= 0 && dup2(fileno(f), STDERR_FILENO) >= 0);
    fn();
    REQUIRE(dup2(kept, STDERR_FILENO) >= 0);
    close(kept);
    rewind(f);
    out[fread(out, 1, sizeof out - 1, f)] = '\0';
    fclose(f);
    return out;
}

static enum rc fault_result;
static void log_lines(void)
{
    struct id id;
    REQUIRE(id_parse("01890a5d-ac96-774b-bcce-b302099a8057", &id));
    LOG(LOG_DEBUG, "not.shown");
    LOG(LOG_INFO, "start", KS("s", "a\"\n"), KI("n", -3), KID("id", id), KS("none", NULL));
    log_set_request("req-1");
    LOG(LOG_WARN, "within");
    log_set_request(NULL);
    log_set_level(LOG_DEBUG);
    LOG(LOG_DEBUG, "shown");
    log_set_level(LOG_INFO);
    errno = EPERM;
    fault_result = fault(RC_OOM, "no room for %d", 5);
    static char huge[20000];
    memset(huge, 'x', sizeof huge - 1);
    LOG(LOG_INFO, "long", KS("s", huge));
}

static void log_is_json_lines(void)
{
    int64_t (*real)(void) = env.now;
    env.now = now_is_held;
    held_now = 1000000000 * USEC_PER_SEC;
    char *out = stderr_of(log_lines);
    env.now = real;
    CHECK_INT(errno, EPERM);
    CHECK_INT(fault_result, RC_OOM);
    CHECK_STR(out, "{\"ts\":\"2001-09-09T01:46:40Z\",\"level\":\"info\",\"event\":\"start\",\"s\":\"a\\\"\\n\",\"n\":-3,\"id\":\"01890a5d-"
                   "ac96-774b-bcce-b302099a8057\",\"none\":null}\n"
                   "{\"ts\":\"2001-09-09T01:46:40Z\",\"level\":\"warn\",\"event\":\"within\",\"request_id\":\"req-1\"}\n"
                   "{\"ts\":\"2001-09-09T01:46:40Z\",\"level\":\"debug\",\"event\":\"shown\"}\n"
                   "{\"ts\":\"2001-09-09T01:46:40Z\",\"level\":\"error\",\"event\":\"fault\",\"kind\":\"out of memory\",\"message\":\"no "
                   "room for 5\"}\n"
                   "{\"level\":\"error\",\"event\":\"log.line_lost\"}\n");
}

static int child_status;
static void run_child(void)
{
    pid_t pid = fork();
    REQUIRE(pid >= 0);
    if (pid == 0) {
        ASSERT(1 + 1 == 2);
        ASSERT(1 + 1 == 3);
        _exit(0);
    }
    REQUIRE(waitpid(pid, &child_status, 0) == pid);
}

static void assert_says_what_and_ends(void)
{
    char *out = stderr_of(run_child);
    CHECK(WIFSIGNALED(child_status) && WTERMSIG(child_status) == SIGABRT);
    CHECK(strstr(out, "\"event\":\"assert.failed\",\"condition\":\"1 + 1 == 3\",\"file\":") != NULL);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    RUN(arena_gives_zeroed_aligned_memory);
    RUN(arena_has_a_bound_and_latches);
    RUN(arena_rewinds);
    RUN(arena_texts);
    RUN(arena_fails_when_a_test_wants);
    RUN(buf_grows_to_its_maximum);
    RUN(buf_printf_at_the_edges);
    RUN(json_nests);
    RUN(json_goes_32_deep);
    RUN(json_escapes);
    RUN(json_doubles);
    RUN(ids_are_unique_and_ordered);
    RUN(ids_never_go_back_with_the_clock);
    RUN(ids_as_text);
    RUN(clocks);
    RUN(outcomes_are_complete);
    RUN(log_is_json_lines);
    RUN(assert_says_what_and_ends);
    return TEST_DONE();
}
