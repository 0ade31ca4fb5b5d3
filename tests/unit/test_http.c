/* test_http.c - the listener in this process with a toy application, spoken to over raw sockets. */
#include "core/http/http.h"
#include "tests/lib/test.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* ---- The toy application ---------------------------------------------------------------------------------------------- */
static atomic_int workers_open, handled;
static atomic_bool fail_worker_start;
static struct { pthread_mutex_t lock; struct stream *s[600]; int n; } hub = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int64_t query_int(const struct http_request *r, const char *name)
{
    const char *at = strstr(r->query, name);
    return at ? strtoll(at + strlen(name) + 1, NULL, 10) : 0;
}

static void sleep_ms(int64_t ms)
{
    nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000L }, NULL);
}

static struct http_plan toy_plan(void *app, const struct http_request *r)
{
    (void)app;
    if (!strcmp(r->path, "/inline") || str_starts(r->path, "/asset")) return (struct http_plan){ .pool = POOL_INLINE, .body_max = 100 };
    if (!strcmp(r->path, "/forbidden")) return (struct http_plan){ .refuse = 403 };
    if (!strcmp(r->path, "/hash")) return (struct http_plan){ .pool = POOL_HASH };
    return (struct http_plan){ .pool = POOL_WORKERS, .body_max = 1000 };
}

static const struct asset assets[] = {
    { "/asset/both", "text/javascript", "abc", (const unsigned char *)"identity", (const unsigned char *)"BR", (const unsigned char *)"GZIP", 8, 2, 4, true },
    { "/asset/page", "text/html; charset=utf-8", "\"page\"", (const unsigned char *)"<p>hello", NULL, NULL, 8, 0, 0, false },
};

static void toy_stream(struct http_response *out)
{
    out->stream = stream_new(4096);
    pthread_mutex_lock(&hub.lock);
    hub.s[hub.n++] = out->stream;
    pthread_mutex_unlock(&hub.lock);
}

static void toy_handle(void *app, void *worker, struct arena *arena, const struct http_request *r, struct http_response *out)
{
    (void)app;
    atomic_fetch_add(&handled, 1);
    out->type = "text/plain";
    int64_t ms = query_int(r, "ms");
    if (ms) sleep_ms(ms);
    if (!strcmp(r->path, "/echo")) {
        CHECK(worker != NULL && r->body[r->body_len] == '\0');
        buf_put(&out->body, r->body, r->body_len);
    } else if (!strcmp(r->path, "/big")) {
        for (int64_t n = query_int(r, "n"); n > 0; n -= 10) buf_puts(&out->body, "0123456789");
    } else if (!strcmp(r->path, "/stream")) {
        toy_stream(out);
        out->type = "text/event-stream";
    } else if (!strcmp(r->path, "/own-headers")) {
        out->headers[out->n_headers++] = (struct http_header){ "cache-control", arena_strdup(arena, "max-age=7") };
        out->headers[out->n_headers++] = (struct http_header){ "Content-Security-Policy", "sandbox" };
        buf_puts(&out->body, "x");
    } else if (!strcmp(r->path, "/forwarded")) {
        const char *v = http_header(r, "x-forwarded-for");
        buf_printf(&out->body, "%s from %s", v ? v : "-", r->peer);
    } else if (!strcmp(r->path, "/too-big")) {
        buf_init(&out->body, 3);
        buf_puts(&out->body, "four");
    } else if (!strcmp(r->path, "/empty")) {
        out->status = 204;
    } else if (!strcmp(r->path, "/html")) {
        out->type = "text/html; charset=utf-8";
        buf_puts(&out->body, "<p>");
    } else {
        for (size_t i = 0; i < ARRAY_LEN(assets); i++)
            if (!strcmp(assets[i].path, r->path)) {
                out->asset = &assets[i];
                return;
            }
        CHECK(strcmp(r->path, "/inline") != 0 || worker == NULL);
        buf_printf(&out->body, "%s %s?%s", r->method, r->path, r->query);
    }
}

static void *toy_worker_start(void *app)
{
    (void)app;
    if (atomic_load(&fail_worker_start)) return NULL;
    atomic_fetch_add(&workers_open, 1);
    return &workers_open;
}

static void toy_worker_stop(void *app, void *worker)
{
    (void)app;
    CHECK(worker == &workers_open);
    atomic_fetch_sub(&workers_open, 1);
}

static void toy_refuse(void *app, int status, struct http_response *out)
{
    (void)app;
    out->status = status;
    buf_printf(&out->body, "{\"refused\":%d}", status);
}

static struct http_config config(void)
{
    return (struct http_config){ .host = "127.0.0.1", .io_threads = 1, .workers = 2, .hash_workers = 1, .queue_max = 64, .hash_queue_max = 1,
        .connections_max = 1500, .header_timeout_ms = 10000, .body_timeout_ms = 10000, .idle_timeout_ms = 10000, .handle_timeout_ms = 10000,
        .app = { toy_plan, toy_handle, toy_worker_start, toy_worker_stop, toy_refuse, NULL } };
}

static struct http *start(const struct http_config *c)
{
    struct http *h;
    char err[200] = "";
    if (http_start(&h, c, err, sizeof err) != RC_OK) fprintf(stderr, "%s\n", err);
    REQUIRE(h);
    hub.n = 0;
    return h;
}

static void stop(struct http *h)
{
    http_stop(h, 2000);
    CHECK_INT(atomic_load(&workers_open), 0);
    for (int i = 0; i < hub.n; i++) stream_unref(hub.s[i]);
    hub.n = 0;
}

/* ---- The client ------------------------------------------------------------------------------------------------------- */
struct client { int fd; bool closed; size_t len; char got[1 << 17]; };

static int dial(int port)
{
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0);
    if (connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0) return fd;
    close(fd);
    return -1;
}

static struct client *client_open(int port)
{
    struct client *c = calloc(1, sizeof *c);
    REQUIRE(c);
    c->fd = dial(port);
    REQUIRE(c->fd >= 0);
    return c;
}

static void client_close(struct client *c)
{
    if (c->fd >= 0) close(c->fd);
    free(c);
}

static void put_n(struct client *c, const char *data, size_t len)
{
    while (len) {
        ssize_t n = send(c->fd, data, len, MSG_NOSIGNAL);
        if (n <= 0) return;
        data += n;
        len -= (size_t)n;
    }
}

static void put(struct client *c, const char *text)
{
    put_n(c, text, strlen(text));
}

/* Reads until want occurs in what was got (NULL: until the end), for at most ms. */
static bool get_until(struct client *c, const char *want, int ms)
{
    int64_t end = monotonic_us() + ms * 1000LL;
    for (;;) {
        if (want && strstr(c->got, want)) return true;
        int64_t left = (end - monotonic_us()) / 1000;
        struct pollfd p = { c->fd, POLLIN, 0 };
        if (c->closed || left <= 0 || poll(&p, 1, (int)left) <= 0) return !want && c->closed;
        ssize_t n = recv(c->fd, c->got + c->len, sizeof c->got - 1 - c->len, 0);
        if (n <= 0) c->closed = true;
        else c->len += (size_t)n, c->got[c->len] = '\0';
    }
}

static int count(const char *text, const char *what)
{
    int n = 0;
    for (; (text = strstr(text, what)); text += strlen(what)) n++;
    return n;
}

static int status_of(const struct client *c)
{
    return str_starts(c->got, "HTTP/1.1 ") ? (int)strtol(c->got + 9, NULL, 10) : 0;
}

static bool has(const struct client *c, const char *line)
{
    return strcasestr(c->got, line) != NULL;
}

/* One request with Connection: close, answered whole. */
static struct client *ask(struct http *h, const char *request_line, const char *headers, const char *body)
{
    struct client *c = client_open(http_port(h));
    char text[4096];
    snprintf(text, sizeof text, "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s", request_line, headers);
    put(c, text);
    if (body) {
        snprintf(text, sizeof text, "Content-Length: %zu\r\n", strlen(body));
        put(c, text);
    }
    put(c, "\r\n");
    if (body) put(c, body);
    CHECK(get_until(c, NULL, 5000));
    return c;
}

static const char *body_of(const struct client *c)
{
    const char *at = strstr(c->got, "\r\n\r\n");
    return at ? at + 4 : "(none)";
}

static void check_answer(struct http *h, const char *line, const char *headers, const char *body, int status, const char *want)
{
    struct client *c = ask(h, line, headers, body);
    CHECK_INT(status_of(c), status);
    if (want) CHECK_STR(body_of(c), want);
    if (test_bad_checks) fprintf(stderr, "  (asked %s)\n", line);
    client_close(c);
}

/* ---- Answers ------------------------------------------------------------------------------------------------------------ */
static void test_basic_answers(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    check_answer(h, "GET /a%20b?x=1&y=%2F", "", NULL, 200, "GET /a%20b?x=1&y=%2F");
    check_answer(h, "GET /inline", "", NULL, 200, "GET /inline?");
    check_answer(h, "POST /echo", "", "hello", 200, "hello");
    check_answer(h, "POST /echo", "Expect: 100-continue\r\n", "hello", 100, NULL);
    check_answer(h, "GET /hash", "", NULL, 200, "GET /hash?");
    check_answer(h, "GET /empty", "", NULL, 204, "");
    check_answer(h, "GET /forbidden", "", NULL, 403, "{\"refused\":403}");
    check_answer(h, "POST /forbidden", "", "body", 403, "{\"refused\":403}");
    check_answer(h, "GET /too-big", "", NULL, 503, "{\"refused\":503}");
    check_answer(h, "OPTIONS *", "", NULL, 200, "OPTIONS *?");
    struct http_stats st;
    http_stats(h, &st);
    CHECK_INT(st.requests, 10);
    CHECK_INT(st.refused_guard, 0);
    stop(h);
}

static void test_headers_always(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    const char *lines[] = { "GET /x", "GET /forbidden", "BREW /x", "GET /asset/page" };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct client *c = ask(h, lines[i], "", NULL);
        CHECK(has(c, "\r\nX-Content-Type-Options: nosniff\r\n") && has(c, "\r\nReferrer-Policy: same-origin\r\n") && has(c, "\r\nX-Frame-Options: DENY\r\n"));
        CHECK(has(c, "\r\nCross-Origin-Opener-Policy: same-origin\r\n") && has(c, "\r\nCross-Origin-Resource-Policy: same-origin\r\n"));
        CHECK(has(c, "\r\nPermissions-Policy: camera=(), microphone=(), geolocation=(), payment=()\r\n"));
        CHECK(has(c, i == 3 ? "\r\nContent-Security-Policy: default-src 'none'; script-src 'self'" : "\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'\r\n"));
        CHECK(has(c, i == 3 ? "\r\nCache-Control: no-cache\r\n" : "\r\nCache-Control: no-store\r\n"));
        CHECK(has(c, "\r\nDate: ") && !has(c, "\r\nServer:"));
        client_close(c);
    }
    struct client *c = ask(h, "GET /own-headers", "", NULL);
    CHECK(has(c, "cache-control: max-age=7") && !has(c, "no-store") && has(c, "Content-Security-Policy: sandbox\r\n"));
    CHECK_INT(count(c->got, "Content-Security-Policy"), 1);
    client_close(c);
    c = ask(h, "GET /html", "", NULL);
    CHECK(has(c, "script-src 'self'") && has(c, "Cache-Control: no-store"));
    client_close(c);
    stop(h);
}

static void test_head(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    const char *lines[] = { "HEAD /big?n=50", "HEAD /asset/page" };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        struct client *c = ask(h, lines[i], "", NULL);
        CHECK_INT(status_of(c), 200);
        CHECK(has(c, i ? "Content-Length: 8\r\n" : "Content-Length: 50\r\n"));
        CHECK_STR(body_of(c), "");
        client_close(c);
    }
    struct client *c = ask(h, "HEAD /stream", "", NULL);
    CHECK_INT(status_of(c), 200);
    CHECK_STR(body_of(c), "");
    client_close(c);
    stop(h);
}

static void check_asset(struct http *h, const char *headers, int status, const char *body, const char *must, const char *must_not)
{
    struct client *c = ask(h, "GET /asset/both", headers, NULL);
    CHECK_INT(status_of(c), status);
    CHECK_STR(body_of(c), body);
    CHECK(has(c, "\r\nVary: Accept-Encoding\r\n") && has(c, "\r\nCache-Control: public, max-age=31536000, immutable\r\n"));
    CHECK(!must || has(c, must));
    CHECK(!must_not || !has(c, must_not));
    if (test_bad_checks) fprintf(stderr, "  (with %s) %s\n", headers, c->got);
    client_close(c);
}

static void test_assets(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    check_asset(h, "", 200, "identity", "\r\nETag: \"abc\"\r\n", "Content-Encoding");
    check_asset(h, "Accept-Encoding: gzip, deflate, br\r\n", 200, "BR", "\r\nETag: \"abc-br\"\r\n", "gzip");
    check_asset(h, "Accept-Encoding: gzip;q=0.5\r\n", 200, "GZIP", "Content-Encoding: gzip\r\n", NULL);
    check_asset(h, "Accept-Encoding: br;q=0, gzip\r\n", 200, "GZIP", NULL, NULL);
    check_asset(h, "Accept-Encoding: br ; q=0.000 ,gzip;q=0\r\n", 200, "identity", NULL, "Content-Encoding");
    check_asset(h, "Accept-Encoding: *\r\n", 200, "BR", NULL, NULL);
    check_asset(h, "Accept-Encoding: *;q=0, gzip\r\n", 200, "GZIP", NULL, NULL);
    check_asset(h, "Accept-Encoding: brotli, gzipped\r\n", 200, "identity", NULL, NULL);
    check_asset(h, "If-None-Match: \"abc\"\r\n", 304, "", "\r\nETag: \"abc\"\r\n", "\r\nContent-Type");
    check_asset(h, "Accept-Encoding: br\r\nIf-None-Match: \"zzz\", W/\"abc-br\"\r\n", 304, "", "\r\nETag: \"abc-br\"\r\n", NULL);
    check_asset(h, "If-None-Match: *\r\n", 304, "", NULL, NULL);
    check_asset(h, "If-None-Match: \"abcd\", \"ab\", \"abc-xx\"\r\n", 200, "identity", NULL, NULL);
    struct client *c = ask(h, "GET /asset/page", "Accept-Encoding: br\r\n", NULL);
    CHECK(has(c, "ETag: \"page\"\r\n") && has(c, "Content-Type: text/html; charset=utf-8\r\n") && !has(c, "Vary"));
    CHECK_STR(body_of(c), "<p>hello");
    client_close(c);
    stop(h);
}

static void test_forwarded_headers_are_one(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    check_answer(h, "GET /forwarded", "", NULL, 200, "- from 127.0.0.1");
    check_answer(h, "GET /forwarded", "X-Forwarded-For: 1.1.1.1\r\n", NULL, 200, "1.1.1.1 from 127.0.0.1");
    check_answer(h, "GET /forwarded", "X-Forwarded-For: 1.1.1.1\r\nA: b\r\nx-forwarded-for: 2.2.2.2, 3.3.3.3\r\n", NULL, 200,
        "1.1.1.1, 2.2.2.2, 3.3.3.3 from 127.0.0.1");
    stop(h);
}

static void test_big_answers(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    struct client *c = client_open(http_port(h));
    put(c, "GET /big?n=5000000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    size_t total = 0;
    do {
        total += c->len;
        c->len = 0;
        ssize_t n = recv(c->fd, c->got, sizeof c->got, 0);
        if (n <= 0) break;
        c->len = (size_t)n;
    } while (c->len);
    CHECK(total > 5000000 && total < 5002000);
    client_close(c);
    stop(h);
}

/* ---- The guard, over the wire --------------------------------------------------------------------------------------------- */
#define SECOND "GET /second HTTP/1.1\r\nHost: a\r\n\r\n"
struct attack { const char *name, *text; size_t len; int status, status_too; };
#define ATTACK(name, text, status, too) { name, text, sizeof(text) - 1, status, too }

static const struct attack attacks[] = {
    ATTACK("CL and TE", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SECOND, 400, 0),
    ATTACK("TE and CL", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n" SECOND, 400, 0),
    ATTACK("two CL", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n" SECOND, 400, 0),
    ATTACK("two equal CL", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\ncontent-length: 0\r\n\r\n" SECOND, 400, 0),
    ATTACK("CL list", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0, 0\r\n\r\n" SECOND, 400, 0),
    ATTACK("CL +5", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello" SECOND, 400, 0),
    ATTACK("CL -1", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n" SECOND, 400, 0),
    ATTACK("CL 0x5", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello" SECOND, 400, 0),
    ATTACK("CL empty", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n" SECOND, 400, 0),
    ATTACK("CL 2^63", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775808\r\n\r\n" SECOND, 413, 0),
    ATTACK("CL 2^64+1", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551617\r\n\r\nx" SECOND, 413, 0),
    ATTACK("space before colon", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n" SECOND, 400, 0),
    ATTACK("CL space before colon", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\n" SECOND, 400, 0),
    ATTACK("xchunked", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" SECOND, 400, 0),
    ATTACK("gzip, chunked", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" SECOND, 400, 0),
    ATTACK("two TE", "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SECOND, 400, 0),
    ATTACK("TE in 1.0", "POST /echo HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SECOND, 400, 0),
    ATTACK("no Host", "GET / HTTP/1.1\r\n\r\n" SECOND, 400, 0),
    ATTACK("two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n" SECOND, 400, 0),
    ATTACK("odd Host", "GET / HTTP/1.1\r\nHost: a/b@c\r\n\r\n" SECOND, 400, 0),
    ATTACK("fold", "GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n 2\r\n\r\n" SECOND, 400, 0),
    ATTACK("fold, token only", "GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\n\tbc\r\nX-B: 2\r\n\r\n" SECOND, 400, 0),
    ATTACK("fold hides CL", "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n 4\r\n\r\n" SECOND, 400, 0),
    ATTACK("fold of an empty value", "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n y\r\n\r\n" SECOND, 400, 0),
    ATTACK("fold after the request line", "GET / HTTP/1.1\r\n Host: a\r\nHost: a\r\n\r\n" SECOND, 400, 0),
    ATTACK("bare CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\rContent-Length: 5\r\n\r\n" SECOND, 400, 0),
    ATTACK("NUL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\0Y\r\n\r\n" SECOND, 400, 0),
    ATTACK("NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\0Y: 1\r\n\r\n" SECOND, 400, 0),
    ATTACK("bare LF", "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n" SECOND, 400, 0),
    ATTACK("no colon", "GET / HTTP/1.1\r\nHost: a\r\njunk\r\n\r\n" SECOND, 400, 0),
    ATTACK("empty name", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n" SECOND, 400, 0),
    ATTACK("empty name and value", "GET / HTTP/1.1\r\nHost: a\r\n:\r\n" SECOND, 400, 0),
    ATTACK("empty name ends the headers", "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n" SECOND, 400, 0),
    ATTACK("bare LF ends the headers", "GET / HTTP/1.1\r\nHost: a\r\n\n" SECOND, 400, 0),
    ATTACK("LF CRLF ends the headers", "GET / HTTP/1.1\r\nHost: a\n\r\n" SECOND, 400, 0),
    ATTACK("bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n" SECOND, 400, 0),
    ATTACK("NUL in the target", "GET /\0x HTTP/1.1\r\nHost: a\r\n\r\n" SECOND, 400, 0),
    ATTACK("NUL in the method", "GET\0 / HTTP/1.1\r\nHost: a\r\n\r\n" SECOND, 400, 501),
    ATTACK("name with ()", "GET / HTTP/1.1\r\nHost: a\r\na(b): x\r\n\r\n" SECOND, 400, 0),
    ATTACK("control in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\x01z\r\n\r\n" SECOND, 400, 0),
    ATTACK("DEL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: a\x7fz\r\n\r\n" SECOND, 400, 0),
    ATTACK("space in target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n" SECOND, 400, 0),
    ATTACK("two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n" SECOND, 400, 0),
    ATTACK("target without /", "GET a HTTP/1.1\r\nHost: a\r\n\r\n" SECOND, 400, 0),
    ATTACK("absolute target", "GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n" SECOND, 400, 0),
    ATTACK("star with GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n" SECOND, 400, 0),
    ATTACK("non-ASCII target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n" SECOND, 400, 0),
    ATTACK("control in target", "GET /\x02 HTTP/1.1\r\nHost: a\r\n\r\n" SECOND, 400, 0),
    ATTACK("fragment", "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n" SECOND, 400, 0),
    ATTACK("Expect", "POST /echo HTTP/1.1\r\nHost: a\r\nExpect: tea\r\nContent-Length: 0\r\n\r\n" SECOND, 400, 0),
    ATTACK("odd method", "G@T / HTTP/1.1\r\nHost: a\r\n\r\n" SECOND, 400, 0),
    ATTACK("CONNECT", "CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n" SECOND, 501, 0),
    ATTACK("lower-case get", "get / HTTP/1.1\r\nHost: a\r\n\r\n" SECOND, 501, 0),
    ATTACK("HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n" SECOND, 505, 400),
    ATTACK("HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n" SECOND, 505, 400),
    ATTACK("http/1.1", "GET / http/1.1\r\nHost: a\r\n\r\n" SECOND, 505, 400),
    ATTACK("no version", "GET /\r\nHost: a\r\n\r\n" SECOND, 505, 400),
};

static void test_attacks_get_one_refusal(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    for (size_t i = 0; i < ARRAY_LEN(attacks); i++) {
        const struct attack *a = &attacks[i];
        struct client *c = client_open(http_port(h));
        int before = test_bad_checks;
        put_n(c, a->text, a->len);
        CHECK(get_until(c, NULL, 3000)); /* closed */
        int status = status_of(c);
        CHECK(status == a->status || (a->status_too && status == a->status_too));
        CHECK_INT(count(c->got, "HTTP/1.1 200"), 0);
        CHECK(!has(c, "/second"));
        CHECK_INT(count(c->got, "HTTP/1.1 "), 1);
        if (test_bad_checks > before) fprintf(stderr, "  (attack %s: %.200s)\n", a->name, c->got);
        client_close(c);
    }
    CHECK_INT(atomic_load(&handled), 0);
    stop(h);
}

static void test_too_long_and_too_many(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    for (int kind = 0; kind < 5; kind++) {
        struct client *c = client_open(http_port(h));
        static char text[80000];
        size_t n = 0, fill = kind == 0 ? 2100 : kind == 1 ? 60000 : 2100;
        n += (size_t)snprintf(text, sizeof text, kind == 2 ? "GET /?" : "GET /");
        if (kind < 3) memset(text + n, 'a', fill), n += fill;
        n += (size_t)snprintf(text + n, sizeof text - n, " HTTP/1.1\r\nHost: a\r\n");
        if (kind == 3) n += (size_t)snprintf(text + n, sizeof text - n, "X: "), memset(text + n, 'b', 65536), n += 65536;
        for (int i = 0; kind == 4 && i < 70; i++) n += (size_t)snprintf(text + n, sizeof text - n, "X-%d: y\r\n", i);
        n += (size_t)snprintf(text + n, sizeof text - n, "\r\n\r\n");
        put_n(c, text, n);
        CHECK(get_until(c, NULL, 3000));
        int want[] = { 400, 414, 400, 431, 431 };
        if (kind != 1 && kind != 3) CHECK_INT(status_of(c), want[kind]);
        else CHECK(status_of(c) == want[kind] || status_of(c) == 0); /* the reset may overtake the answer */
        client_close(c);
    }
    stop(h);
}

/* Whatever the size and shape of the headers: handled and answered, or not handled. */
static void test_headers_leave_room_for_the_answer(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    for (int size = 1000; size < 17000; size += 500)
        for (size_t k = 0; k < 3; k++) {
            struct client *c = client_open(http_port(h));
            static char text[20000];
            size_t n = (size_t)snprintf(text, sizeof text, "GET /x HTTP/1.1\r\nHost: a\r\n");
            if (k < 2) n += (size_t)snprintf(text + n, sizeof text - n, k ? "Cookie: %0*d" : "X: %0*d", size, 0);
            else for (int i = 0; i < size / 100; i++) n += (size_t)snprintf(text + n, sizeof text - n, i ? "; a=%d" : "Cookie: a=%d", i);
            snprintf(text + n, sizeof text - n, "\r\n\r\n");
            atomic_store(&handled, 0);
            put(c, text);
            get_until(c, "\r\n\r\n", 1000);
            if (size <= 4000) CHECK_INT(status_of(c), 200);
            if (size >= 16500) CHECK(status_of(c) == 431 || k == 2);
            CHECK_INT(atomic_load(&handled), status_of(c) == 200);
            if (test_bad_checks) fprintf(stderr, "  (shape %zu, %d bytes: %d)\n", k, size, status_of(c));
            client_close(c);
        }
    stop(h);
}

/* More cookies or query arguments than the library has records for: one answer, and to nobody else. */
static void test_too_many_cookies_and_arguments(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    for (int cookies = 0; cookies < 2; cookies++)
        for (int n = 300; n <= (cookies ? 2200 : 1000); n += 350) {
            static char text[16000];
            struct client *slow = client_open(http_port(h)), *c = client_open(http_port(h));
            size_t at = (size_t)snprintf(text, sizeof text, "GET /x?");
            atomic_store(&handled, 0);
            put(slow, "GET /slow?a=1&b=2 HTTP/1.1\r\nHost: a\r\nCookie: a=b; c=d\r\n");
            if (cookies) at = (size_t)snprintf(text, sizeof text, "GET /x HTTP/1.1\r\nHost: a\r\nCookie: ");
            for (int i = 0; i < n; i++) at += (size_t)snprintf(text + at, sizeof text - at, cookies ? "a=b; " : "a&");
            snprintf(text + at, sizeof text - at, cookies ? "\r\n\r\n" : " HTTP/1.1\r\nHost: a\r\n\r\n");
            put(c, text);
            CHECK(get_until(c, NULL, 3000)); /* closed */
            CHECK_INT(status_of(c), 431);
            CHECK_INT(count(c->got, "HTTP/1.1 "), 1);
            CHECK_INT(atomic_load(&handled), 0);
            put(slow, "\r\n");
            CHECK(get_until(slow, "\r\n\r\n", 3000));
            CHECK_INT(status_of(slow), 200);
            client_close(slow);
            client_close(c);
        }
    stop(h);
}

/* Headers that make the library grow its buffer, byte by byte and whole. */
static void test_large_headers_pass(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    for (int kind = 0; kind < 3; kind++) {
        struct client *c = client_open(http_port(h));
        static char text[16000];
        size_t n = (size_t)snprintf(text, sizeof text, "GET /?%d HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nX-Space:  \t y\r\n", kind);
        for (int i = 0; i < 9; i++) {
            n += (size_t)snprintf(text + n, sizeof text - n, i ? "X-%d: " : "Cookie: c%d=", i);
            memset(text + n, 'a' + i, 1000), n += 1000;
            n += (size_t)snprintf(text + n, sizeof text - n, "\r\n");
        }
        n += (size_t)snprintf(text + n, sizeof text - n, "\r\n");
        size_t step = kind == 0 ? n : kind == 1 ? 999 : 17;
        for (size_t at = 0; at < n; at += step) put_n(c, text + at, at + step < n ? step : n - at), kind ? sleep_ms(1) : (void)0;
        CHECK(get_until(c, "GET /?", 3000));
        CHECK_INT(status_of(c), 200);
        client_close(c);
    }
    stop(h);
}

static void test_pipelining(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    struct client *c = client_open(http_port(h));
    put(c, "GET /1?ms=30 HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\ntwoGET /inline?3 HTTP/1.1\r\nHost: a\r\n\r\n"
        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\nGET /5 HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(get_until(c, NULL, 3000)); /* a chunked request is the last of its connection: "GET /5" might be part of it for others */
    CHECK_INT(count(c->got, "HTTP/1.1 200"), 4);
    CHECK(!has(c, "GET /5"));
    const char *order[] = { "GET /1?ms=30", "two", "GET /inline?3", "four" }, *at = c->got;
    for (size_t i = 0; i < ARRAY_LEN(order) && at; i++) CHECK((at = strstr(at, order[i])) != NULL);
    client_close(c);
    stop(h);
}

/* ---- Bodies ----------------------------------------------------------------------------------------------------------------- */
static void put_chunks(struct client *c, size_t total)
{
    static char chunk[1008];
    memcpy(chunk, "3e8\r\n", 5);
    memset(chunk + 5, 'c', 1000);
    memcpy(chunk + 1005, "\r\n", 2);
    for (; total >= 1000; total -= 1000) put_n(c, chunk, 1007);
    put(c, "0\r\n\r\n");
}

static void test_body_limits(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    char body[1002];
    memset(body, 'x', 1001);
    body[1001] = '\0';
    check_answer(h, "POST /echo", "", body, 413, "{\"refused\":413}");
    body[1000] = '\0';
    check_answer(h, "POST /echo", "", body, 200, body);
    check_answer(h, "POST /inline", "", body, 200, "POST /inline?"); /* read and forgotten */
    check_answer(h, "POST /inline", "Content-Length: 1048577\r\n", NULL, 413, "{\"refused\":413}");
    check_answer(h, "POST /inline", "Content-Length: 0\r\n", NULL, 200, "POST /inline?");
    check_answer(h, "POST /echo", "Expect: 100-continue\r\nContent-Length: 1001\r\n", NULL, 413, "{\"refused\":413}");
    check_answer(h, "POST /echo", "Content-Length: 99999999\r\n", NULL, 413, "{\"refused\":413}");
    struct { const char *path; size_t total; int status; } chunked[] = { { "/echo", 1000, 200 }, { "/echo", 2000, 413 }, { "/echo", 300000, 413 }, { "/inline", 300000, 200 },
        { "/echo", 4000000, 413 }, { "/inline", 4000000, 413 } };
    for (size_t i = 0; i < ARRAY_LEN(chunked); i++) {
        struct client *c = client_open(http_port(h));
        put(c, "POST ");
        put(c, chunked[i].path);
        put(c, " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
        put_chunks(c, chunked[i].total);
        CHECK(get_until(c, i == 0 ? "\r\n\r\n" : NULL, 3000));
        if (i < 4 || status_of(c)) CHECK_INT(status_of(c), chunked[i].status); /* endless: the reset may overtake */
        CHECK(i == 0 || c->closed);
        client_close(c);
    }
    stop(h);
}

/* ---- Deadlines ---------------------------------------------------------------------------------------------------------------- */
/* Sends one byte every 30 ms until the other side closes; how long that took. */
static int64_t drip(struct client *c, const char *byte)
{
    int64_t from = monotonic_us();
    while (!c->closed && monotonic_us() - from < 3000000) {
        put(c, byte);
        get_until(c, NULL, 30);
    }
    return (monotonic_us() - from) / 1000;
}

static void check_cut(const char *what, int64_t ms, int64_t low, int64_t high)
{
    CHECK(ms >= low && ms <= high);
    if (ms < low || ms > high) fprintf(stderr, "  (%s was cut after %" PRId64 " ms)\n", what, ms);
}

static void test_deadlines(void)
{
    struct http_config cfg = config();
    cfg.header_timeout_ms = 300, cfg.body_timeout_ms = 500, cfg.idle_timeout_ms = 700;
    struct http *h = start(&cfg);
    struct client *c = client_open(http_port(h));
    check_cut("silence", drip(c, ""), 250, 1500);
    client_close(c);
    c = client_open(http_port(h));
    put(c, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    check_cut("slow header", drip(c, "x"), 250, 1500);
    client_close(c);
    c = client_open(http_port(h));
    put(c, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n");
    check_cut("slow body", drip(c, "x"), 450, 1800);
    CHECK_STR(c->got, "");
    client_close(c);
    c = client_open(http_port(h));
    put(c, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(get_until(c, "GET /1", 1000));
    check_cut("idle keep-alive", drip(c, ""), 600, 2000);
    client_close(c);
    c = client_open(http_port(h));
    put(c, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(get_until(c, "GET /1", 1000));
    put(c, "GET /2?");
    check_cut("drip in the second request line", drip(c, "x"), 600, 2000);
    client_close(c);
    c = client_open(http_port(h)); /* a complete request has no clock but its own */
    put(c, "GET /1?ms=1200 HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(get_until(c, "GET /1?ms=1200", 2500));
    client_close(c);
    struct http_stats st;
    http_stats(h, &st);
    CHECK_INT(st.timeouts, 3);
    stop(h);
}

static void test_slow_reader_is_cut(void)
{
    struct http_config cfg = config();
    cfg.body_timeout_ms = 300;
    struct http *h = start(&cfg);
    struct client *c = client_open(http_port(h));
    int small = 4096;
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    put(c, "GET /big?n=30000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(get_until(c, "200", 15000));
    client_close(c);
    struct http_stats st = { .connections = 1 };
    for (int i = 0; i < 300 && st.connections; i++) sleep_ms(10), http_stats(h, &st);
    CHECK_INT(st.connections, 0);
    stop(h);
}

/* ---- Queues ----------------------------------------------------------------------------------------------------------------------- */
static void test_full_queue_is_refused_at_once(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    struct client *c[4];
    for (size_t i = 0; i < 4; i++) { /* one runs, one waits, two are refused */
        c[i] = client_open(http_port(h));
        put(c[i], "GET /hash?ms=600 HTTP/1.1\r\nHost: a\r\n\r\n");
        sleep_ms(60);
    }
    int64_t from = monotonic_us();
    for (size_t i = 2; i < 4; i++) {
        CHECK(get_until(c[i], "refused", 300));
        CHECK_INT(status_of(c[i]), 503);
        CHECK(has(c[i], "\r\nRetry-After: 1\r\n"));
    }
    CHECK(monotonic_us() - from < 400000);
    check_answer(h, "GET /other-pool", "", NULL, 200, NULL);
    for (size_t i = 0; i < 2; i++) {
        CHECK(get_until(c[i], "GET /hash", 3000));
        CHECK_INT(status_of(c[i]), 200);
    }
    for (size_t i = 0; i < 4; i++) client_close(c[i]);
    struct http_stats st;
    http_stats(h, &st);
    CHECK_INT(st.refused_queue_full, 2);
    stop(h);
}

static void test_queued_too_long(void)
{
    struct http_config cfg = config();
    cfg.handle_timeout_ms = 200;
    struct http *h = start(&cfg);
    struct client *a = client_open(http_port(h)), *b = client_open(http_port(h));
    put(a, "GET /hash?ms=1000 HTTP/1.1\r\nHost: a\r\n\r\n");
    sleep_ms(50);
    int64_t from = monotonic_us();
    put(b, "GET /hash HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(get_until(b, "refused", 800));
    CHECK_INT(status_of(b), 503);
    CHECK(monotonic_us() - from >= 200000);
    CHECK(get_until(a, "GET /hash", 2000)); /* what runs is not disturbed */
    CHECK_INT(status_of(a), 200);
    client_close(a);
    client_close(b);
    stop(h);
}

static void test_clients_cut_while_suspended(void)
{
    struct http_config cfg = config();
    cfg.queue_max = 500;
    struct http *h = start(&cfg);
    atomic_store(&handled, 0);
    for (int i = 0; i < 200; i++) {
        int fd = dial(http_port(h));
        static const char text[] = "POST /echo?ms=2 HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
        REQUIRE(send(fd, text, sizeof text - 1, MSG_NOSIGNAL) > 0);
        if (i % 2) setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger)); /* reset, not FIN */
        if (i % 3 == 0) sleep_ms(3);
        close(fd);
    }
    struct http_stats st = { .connections = 1 };
    for (int i = 0; i < 500 && st.connections; i++) sleep_ms(10), http_stats(h, &st);
    CHECK_INT(st.connections, 0);
    CHECK_INT(st.queue_length, 0);
    CHECK(atomic_load(&handled) > 50);
    check_answer(h, "GET /alive", "", NULL, 200, NULL);
    stop(h);
}

/* ---- Many clients at once ------------------------------------------------------------------------------------------------------------ */
struct hammer { int port; atomic_int good, bad; };

static void *hammer_main(void *arg)
{
    struct hammer *hm = arg;
    struct client *c = client_open(hm->port);
    for (int i = 0; i < 150; i++) {
        char text[200], body[64], want[80];
        int n = snprintf(body, sizeof body, "%p-%d", (void *)c, i);
        snprintf(text, sizeof text, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", n, body);
        snprintf(want, sizeof want, "\r\n\r\n%s", body);
        c->len = 0;
        c->got[0] = '\0';
        put(c, text);
        atomic_fetch_add(get_until(c, want, 5000) && status_of(c) == 200 ? &hm->good : &hm->bad, 1);
    }
    client_close(c);
    return NULL;
}

static void test_many_clients(void)
{
    struct http_config cfg = config();
    cfg.io_threads = 2, cfg.workers = 4;
    struct http *h = start(&cfg);
    struct hammer hm = { .port = http_port(h) };
    pthread_t t[16];
    for (size_t i = 0; i < ARRAY_LEN(t); i++) REQUIRE(pthread_create(&t[i], NULL, hammer_main, &hm) == 0);
    for (size_t i = 0; i < ARRAY_LEN(t); i++) pthread_join(t[i], NULL);
    CHECK_INT(atomic_load(&hm.good), 16 * 150);
    CHECK_INT(atomic_load(&hm.bad), 0);
    stop(h);
}

static void test_connections_per_address(void)
{
    struct http_config cfg = config();
    cfg.connections_per_address_max = 3;
    struct http *h = start(&cfg);
    struct client *c[5];
    int served = 0;
    for (size_t i = 0; i < 5; i++) {
        c[i] = client_open(http_port(h));
        put(c[i], "GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
        served += get_until(c[i], "GET /x", 500);
    }
    CHECK_INT(served, 3);
    for (size_t i = 0; i < 5; i++) client_close(c[i]);
    stop(h);
}

/* ---- Streams ------------------------------------------------------------------------------------------------------------------------- */
static struct stream *hub_wait(int n)
{
    for (int i = 0; i < 500; i++, sleep_ms(10)) {
        pthread_mutex_lock(&hub.lock);
        struct stream *s = hub.n >= n ? hub.s[n - 1] : NULL;
        pthread_mutex_unlock(&hub.lock);
        if (s) return s;
    }
    fprintf(stderr, "  stream %d did not come\n", n);
    exit(3);
}

static struct client *open_stream(struct http *h)
{
    struct client *c = client_open(http_port(h));
    put(c, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    return c;
}

static void test_stream(void)
{
    struct http_config cfg = config();
    cfg.idle_timeout_ms = cfg.header_timeout_ms = 200; /* no clock runs for a stream */
    struct http *h = start(&cfg);
    struct client *c = open_stream(h);
    struct stream *s = hub_wait(1);
    CHECK(get_until(c, "\r\n\r\n", 1000)); /* the headers come before the first event */
    CHECK(has(c, "Content-Type: text/event-stream\r\n") && has(c, "Cache-Control: no-store"));
    sleep_ms(500);
    CHECK(stream_push(s, "data: one\n\n", 11));
    CHECK(get_until(c, "data: one\n\n", 1000));
    CHECK(stream_push(s, "data: two\n\n", 11) && stream_push(s, "data: three\n\n", 13));
    CHECK(get_until(c, "data: three\n\n", 1000));
    CHECK(!stream_closed(s));
    struct http_stats st;
    http_stats(h, &st);
    CHECK_INT(st.streams, 1);
    CHECK(stream_push(s, "data: last\n\n", 12));
    stream_close(s);
    CHECK(get_until(c, "data: last\n\n", 1000)); /* what was pushed before the end is sent */
    CHECK(get_until(c, "0\r\n\r\n", 1000));
    CHECK(!stream_push(s, "x", 1));
    client_close(c);
    stop(h);
}

static void test_stream_too_slow_is_closed(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    struct client *c = client_open(http_port(h));
    int small = 4096;
    setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    put(c, "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    struct stream *s = hub_wait(1);
    char event[1000];
    memset(event, 'e', sizeof event);
    CHECK(get_until(c, "\r\n\r\n", 1000));
    bool open = true; /* slow enough for the listener, so that the sockets fill up first */
    for (int i = 0; i < 10000 && open; i++, sleep_ms(1))
        for (int k = 0; k < 3 && open; k++) open = stream_push(s, event, sizeof event);
    CHECK(!open && stream_closed(s));
    CHECK(!stream_push(s, "x", 1));
    struct http_stats st = { .connections = 1 };
    for (int i = 0; i < 900 && st.connections; i++) sleep_ms(10), http_stats(h, &st); /* it reads nothing and is cut */
    CHECK_INT(st.connections, 0);
    CHECK_INT(st.streams, 0);
    client_close(c);
    stop(h);
}

static void test_stream_client_goes_away(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    struct client *c = open_stream(h);
    struct stream *s = hub_wait(1);
    CHECK(get_until(c, "\r\n\r\n", 1000));
    client_close(c);
    for (int i = 0; i < 100 && !stream_closed(s); i++) stream_push(s, ": ping\n\n", 8), sleep_ms(10);
    CHECK(stream_closed(s));
    struct http_stats st = { .streams = 1 };
    for (int i = 0; i < 100 && st.streams; i++) sleep_ms(10), http_stats(h, &st);
    CHECK_INT(st.streams, 0);
    stop(h);
}

static int64_t resident_kib(void)
{
    long pages = 0, skip;
    FILE *f = fopen("/proc/self/statm", "r");
    if (f && fscanf(f, "%ld %ld", &skip, &pages) != 2) pages = 0;
    if (f) fclose(f);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

struct reader { int fd; int events; char tail; };

/* Counts '!' marks of all readers until each has want of them. */
static int read_marks(struct reader *r, int n, int want, int ms)
{
    int64_t end = monotonic_us() + ms * 1000LL;
    int complete = 0;
    static char got[65536];
    while (complete < n && monotonic_us() < end) {
        complete = 0;
        for (int i = 0; i < n; i++) {
            ssize_t len = recv(r[i].fd, got, sizeof got, MSG_DONTWAIT);
            for (ssize_t k = 0; k < len; k++) r[i].events += got[k] == '!';
            complete += r[i].events >= want;
        }
        sleep_ms(1);
    }
    return complete;
}

static void streams_many(int n, int events)
{
    struct http_config cfg = config();
    cfg.workers = 4, cfg.queue_max = 600;
    struct http *h = start(&cfg);
    static struct reader r[500];
    int64_t before = resident_kib();
    for (int i = 0; i < n; i++) {
        r[i] = (struct reader){ .fd = dial(http_port(h)) };
        static const char text[] = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n";
        REQUIRE(r[i].fd >= 0 && send(r[i].fd, text, sizeof text - 1, MSG_NOSIGNAL) > 0);
    }
    hub_wait(n);
    for (int e = 0; e < events; e++)
        for (int i = 0; i < n; i++) CHECK(stream_push(hub.s[i], "event: appointment.changed\ndata: {\"id\":1}!\n\n", 45));
    CHECK_INT(read_marks(r, n, events, 20000), n);
    int64_t used = resident_kib() - before;
    fprintf(stderr, "  %d streams x %d events: %" PRId64 " KiB more resident\n", n, events, used);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    CHECK(used < 64 * 1024);
#endif
    stop(h);
    for (int i = 0; i < n; i++) close(r[i].fd);
}

static void test_streams_200_receive_50_events_each(void)
{
    streams_many(200, 50);
}

static void test_streams_500_cost_little(void)
{
    streams_many(500, 4);
}

static void *push_main(void *arg)
{
    struct stream *s = arg;
    for (int i = 0; i < 2000 && stream_push(s, "tick!", 5); i++)
        if (i % 20 == 0) sleep_ms(1);
    return NULL;
}

static void test_streams_pushed_by_threads_while_clients_leave(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    struct client *c[8];
    pthread_t t[8];
    for (int i = 0; i < 8; i++) {
        c[i] = open_stream(h);
        struct stream *s = hub_wait(i + 1);
        REQUIRE(pthread_create(&t[i], NULL, push_main, s) == 0);
    }
    for (int i = 0; i < 4; i++) get_until(c[i], "tick!tick!", 200), client_close(c[i]);
    http_stop(h, 2000); /* in the middle of the pushes */
    for (int i = 0; i < 8; i++) pthread_join(t[i], NULL);
    for (int i = 4; i < 8; i++) client_close(c[i]);
    for (int i = 0; i < hub.n; i++) {
        CHECK(stream_closed(hub.s[i]));
        stream_unref(hub.s[i]);
    }
    hub.n = 0;
}

/* ---- Start and stop ------------------------------------------------------------------------------------------------------------------------ */
static void test_stop_answers_what_runs(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    struct client *c[4], *idle = client_open(http_port(h)), *s = open_stream(h);
    hub_wait(1);
    for (size_t i = 0; i < 4; i++) { /* two run, two are queued */
        c[i] = client_open(http_port(h));
        put(c[i], "GET /x?ms=300 HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    sleep_ms(100);
    int port = http_port(h);
    int64_t from = monotonic_us();
    http_stop(h, 3000);
    CHECK((monotonic_us() - from) / 1000 < 1500);
    for (size_t i = 0; i < 4; i++) {
        CHECK(get_until(c[i], NULL, 500));
        CHECK_INT(status_of(c[i]), 200);
        CHECK(has(c[i], "\r\nConnection: close\r\n"));
        client_close(c[i]);
    }
    CHECK(get_until(idle, NULL, 500) && get_until(s, NULL, 500));
    CHECK_INT(dial(port), -1);
    client_close(idle);
    client_close(s);
    stream_unref(hub.s[0]);
    hub.n = 0;
    CHECK_INT(atomic_load(&workers_open), 0);
}

static void test_stop_past_its_deadline(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg);
    struct client *a = client_open(http_port(h)), *b = client_open(http_port(h)), *up = client_open(http_port(h));
    put(up, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\nx");
    put(a, "GET /hash?ms=700 HTTP/1.1\r\nHost: a\r\n\r\n");
    sleep_ms(50);
    put(b, "GET /hash?ms=700 HTTP/1.1\r\nHost: a\r\n\r\n");
    sleep_ms(50);
    int64_t from = monotonic_us();
    http_stop(h, 100);
    int64_t ms = (monotonic_us() - from) / 1000;
    CHECK(ms >= 400 && ms < 1300); /* the running handler only */
    CHECK(get_until(a, NULL, 500) && get_until(b, NULL, 500) && get_until(up, NULL, 500));
    CHECK_INT(status_of(b), 503);
    CHECK_INT(status_of(up), 0);
    client_close(a);
    client_close(b);
    client_close(up);
}

static void test_stop_under_fire(void)
{
    for (int round = 0; round < 4; round++) {
        struct http_config cfg = config();
        cfg.io_threads = 1 + round % 2;
        struct http *h = start(&cfg);
        int fd[60];
        for (size_t i = 0; i < ARRAY_LEN(fd); i++) {
            fd[i] = dial(http_port(h));
            char text[200];
            int n = snprintf(text, sizeof text, "GET /%s HTTP/1.1\r\nHost: a\r\n\r\nGET /x?ms=3 HTTP/1.1\r\nHost: a\r\n\r\n", i % 5 ? "x?ms=2" : "stream");
            REQUIRE(send(fd[i], text, (size_t)n, MSG_NOSIGNAL) > 0);
            if (i % 7 == 0) close(fd[i]), fd[i] = -1;
        }
        sleep_ms(round * 5);
        stop(h);
        for (size_t i = 0; i < ARRAY_LEN(fd); i++)
            if (fd[i] >= 0) close(fd[i]);
    }
}

static void test_start_refusals(void)
{
    struct http_config cfg = config();
    struct http *h = start(&cfg), *second;
    char err[200] = "";
    cfg.port = http_port(h);
    CHECK(http_start(&second, &cfg, err, sizeof err) != RC_OK && !second);
    CHECK(strstr(err, "127.0.0.1 port ") && strstr(err, "in use"));
    stop(h);
    cfg.host = "nowhere";
    CHECK(http_start(&second, &cfg, err, sizeof err) != RC_OK && strstr(err, "nowhere"));
    cfg = config();
    atomic_store(&fail_worker_start, true);
    CHECK(http_start(&second, &cfg, err, sizeof err) != RC_OK && strstr(err, "worker"));
    atomic_store(&fail_worker_start, false);
    cfg.host = "::1";
    if (http_start(&h, &cfg, err, sizeof err) == RC_OK) stop(h); /* a machine may have no IPv6 */
    cfg.host = "0.0.0.0";
    h = start(&cfg);
    check_answer(h, "GET /forwarded", "", NULL, 200, "- from 127.0.0.1");
    stop(h);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    log_set_level(LOG_WARN);
    RUN(test_attacks_get_one_refusal); /* first: nothing may be handled */
    RUN(test_basic_answers);
    RUN(test_headers_always);
    RUN(test_head);
    RUN(test_assets);
    RUN(test_forwarded_headers_are_one);
    RUN(test_big_answers);
    RUN(test_too_long_and_too_many);
    RUN(test_large_headers_pass);
    RUN(test_headers_leave_room_for_the_answer);
    RUN(test_too_many_cookies_and_arguments);
    RUN(test_pipelining);
    RUN(test_body_limits);
    RUN(test_deadlines);
    RUN(test_slow_reader_is_cut);
    RUN(test_full_queue_is_refused_at_once);
    RUN(test_queued_too_long);
    RUN(test_clients_cut_while_suspended);
    RUN(test_many_clients);
    RUN(test_connections_per_address);
    RUN(test_stream);
    RUN(test_stream_too_slow_is_closed);
    RUN(test_stream_client_goes_away);
    RUN(test_streams_200_receive_50_events_each);
    RUN(test_streams_500_cost_little);
    RUN(test_streams_pushed_by_threads_while_clients_leave);
    RUN(test_stop_answers_what_runs);
    RUN(test_stop_past_its_deadline);
    RUN(test_stop_under_fire);
    RUN(test_start_refusals);
    return TEST_DONE();
}
