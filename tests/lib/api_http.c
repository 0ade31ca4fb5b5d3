/* api_http.c - see api.h: a blocking HTTP/1.1 client, live events, and reading answers. */
#include "tests/lib/api.h"
#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { KEPT = 64, TEXTS_KEPT = 512, HEAD_MAX = 16 * 1024, ANSWER_MAX = 16 << 20, ANSWER_MS = 60000 };

struct conn {
    int fd;
    struct answer kept[KEPT];
    unsigned next;
    char *in;
    size_t n, cap;
};
const struct who nobody;

/* ---- text --------------------------------------------------------------------- */

/* Texts of one thread, the last so many; freed when it ends. Headers have their own, so that looking at an answer does not
 * push out what a test keeps. */
struct texts {
    char *said[TEXTS_KEPT], *headers[KEPT];
    unsigned n_said, n_headers;
};
static pthread_key_t texts_key;
static pthread_once_t texts_once = PTHREAD_ONCE_INIT;

static void texts_free(void *arg)
{
    struct texts *t = arg;
    for (size_t i = 0; i < TEXTS_KEPT; i++) free(t->said[i]);
    for (size_t i = 0; i < KEPT; i++) free(t->headers[i]);
    free(t);
}

static void texts_init(void)
{
    if (pthread_key_create(&texts_key, texts_free) != 0) abort();
}

static struct texts *texts(void)
{
    pthread_once(&texts_once, texts_init);
    struct texts *t = pthread_getspecific(texts_key);
    if (t) return t;
    t = calloc(1, sizeof *t);
    if (!t || pthread_setspecific(texts_key, t) != 0) abort();
    return t;
}

static char *say(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));
static char *say(const char *fmt, va_list args)
{
    struct texts *t = texts();
    char **slot = &t->said[t->n_said++ % TEXTS_KEPT], *out = NULL;
    if (vasprintf(&out, fmt, args) < 0) abort();
    free(*slot);
    return *slot = out;
}

const char *at(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *out = say(fmt, args);
    va_end(args);
    return out;
}

const char *js(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    char *out = say(fmt, args);
    va_end(args);
    for (char *p = out; *p; p++)
        if (*p == '\'') *p = '"';
    return out;
}

/* ---- the connection --------------------------------------------------------------------- */

static int dial(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)api_port()), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct timeval limit = { .tv_sec = ANSWER_MS / 1000 };
    if (fd < 0) return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0) return fd;
    close(fd);
    return -1;
}

static void hang_up(struct conn *c)
{
    if (c->fd >= 0) close(c->fd);
    c->fd = -1;
    c->n = 0;
}

struct conn *conn_open(void)
{
    struct conn *c = calloc(1, sizeof *c);
    if (!c) abort();
    c->fd = -1;
    return c;
}

static void forget(struct answer *a)
{
    free(a->head);
    free(a->body);
    json_decref(a->json);
    *a = (struct answer){ 0 };
}

void conn_close(struct conn *c)
{
    if (!c) return;
    hang_up(c);
    for (size_t i = 0; i < KEPT; i++) forget(&c->kept[i]);
    free(c->in);
    free(c);
}

static bool write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* More bytes behind in[0..n). false: the end, or nothing for a minute. */
static bool read_more(struct conn *c)
{
    if (c->n + 8192 > c->cap) {
        c->cap = c->cap ? c->cap * 2 : 32 * 1024;
        if (c->cap > ANSWER_MAX || !(c->in = realloc(c->in, c->cap))) abort();
    }
    ssize_t got;
    while ((got = recv(c->fd, c->in + c->n, c->cap - c->n - 1, 0)) < 0 && errno == EINTR) {}
    if (got <= 0) return false;
    c->n += (size_t)got;
    c->in[c->n] = 0;
    return true;
}

static void take(struct conn *c, size_t n)
{
    memmove(c->in, c->in + n, c->n - n);
    c->n -= n;
}

static char *head_of(struct conn *c)
{
    char *end;
    for (;;) {
        end = c->n ? memmem(c->in, c->n, "\r\n\r\n", 4) : NULL;
        if (end) break;
        if (c->n > HEAD_MAX || !read_more(c)) return NULL;
    }
    size_t len = (size_t)(end + 2 - c->in);
    char *head = strndup(c->in, len);
    take(c, len + 2);
    return head;
}

/* The value in a block of header lines, of the thread's text. */
static const char *header_in(const char *head, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = strstr(head, "\r\n"); p && p[2]; p = strstr(p + 2, "\r\n")) {
        if (strncasecmp(p + 2, name, n) != 0 || p[2 + n] != ':') continue;
        const char *v = p + 3 + n;
        while (*v == ' ') v++;
        struct texts *t = texts();
        char **slot = &t->headers[t->n_headers++ % KEPT];
        free(*slot);
        return *slot = strndup(v, strcspn(v, "\r"));
    }
    return NULL;
}

const char *api_header(const struct answer *a, const char *name)
{
    return a->head ? header_in(a->head, name) : NULL;
}

static bool read_exact(struct conn *c, size_t len)
{
    while (c->n < len)
        if (!read_more(c)) return false;
    return true;
}

static bool append(struct answer *a, const char *data, size_t len)
{
    char *body = realloc(a->body, a->len + len + 1);
    if (!body) abort();
    memcpy(body + a->len, data, len);
    a->body = body;
    a->len += len;
    body[a->len] = 0;
    return true;
}

static bool read_chunks(struct conn *c, struct answer *a)
{
    for (;;) {
        char *end;
        while (!(end = c->n ? memmem(c->in, c->n, "\r\n", 2) : NULL))
            if (!read_more(c)) return false;
        size_t line = (size_t)(end + 2 - c->in), len = strtoul(c->in, NULL, 16);
        if (!read_exact(c, line + len + 2)) return false;
        append(a, c->in + line, len);
        take(c, line + len + 2);
        if (len == 0) return true;
    }
}

static bool read_body(struct conn *c, struct answer *a)
{
    const char *length = api_header(a, "Content-Length"), *coding = api_header(a, "Transfer-Encoding");
    append(a, "", 0);
    if (strcmp(a->method, "HEAD") == 0 || a->status == 204 || a->status == 304) return true;
    if (coding) return read_chunks(c, a);
    if (!length) {
        while (read_more(c)) {}
        append(a, c->in, c->n);
        c->n = 0;
        hang_up(c);
        return true;
    }
    size_t len = strtoul(length, NULL, 10);
    if (!read_exact(c, len)) return false;
    append(a, c->in, len);
    take(c, len);
    return true;
}

static bool read_answer(struct conn *c, struct answer *a)
{
    do {
        free(a->head);
        a->head = head_of(c);
        if (!a->head || strncmp(a->head, "HTTP/1.1 ", 9) != 0) return false;
        a->status = (int)strtol(a->head + 9, NULL, 10);
    } while (a->status == 100);
    if (!read_body(c, a)) return false;
    const char *type = api_header(a, "Content-Type"), *link = api_header(a, "Connection");
    if (type && strncmp(type, "application/json", 16) == 0) a->json = json_loadb(a->body, a->len, JSON_REJECT_DUPLICATES, NULL);
    if (link && strcasecmp(link, "close") == 0) hang_up(c);
    return true;
}

/* ---- requests --------------------------------------------------------------------- */

static size_t write_head(char *out, size_t max, const struct who *w, const struct sending *s)
{
    size_t n = 0;
    bool relative = s->path[0] == '/' && strncmp(s->path, "/api/", 5) != 0 && s->path[1] != '/';
    const char *prefix = relative ? "/api/v1" : "";
    const char *path = s->path[0] == '/' && s->path[1] == '/' ? s->path + 1 : s->path; /* "//live": outside the API */
#define PUT(...) n += (size_t)snprintf(out + n, max - n, __VA_ARGS__)
    PUT("%s %s%s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n", s->method, prefix, path, api_port());
    if (*w->token) PUT("Authorization: Bearer %s\r\n", w->token);
    if (*w->cookie) PUT("Cookie: theme=dark; clinicd=%s\r\n", w->cookie);
    if (*w->csrf) PUT("X-CSRF-Token: %s\r\n", w->csrf);
    if (*w->address) PUT("X-Forwarded-For: %s\r\n", w->address);
    if (s->body && !s->no_type) PUT("Content-Type: application/json\r\n");
    if (s->body) PUT("Content-Length: %zu\r\n", s->len);
    PUT("%s\r\n", s->headers ? s->headers : "");
#undef PUT
    if (n >= max) abort();
    return n;
}

static int64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

struct answer *api_send(struct conn *c, const struct who *w, const struct sending *s)
{
    char head[HEAD_MAX];
    size_t n = write_head(head, sizeof head, w, s);
    struct answer *a = &c->kept[c->next++ % KEPT];
    bool got = false;
    /* A kept connection may have ended meanwhile: then once more on a fresh one, if nothing came back. */
    for (int tries = 0; tries < 2 && !got; tries++) {
        bool kept = c->fd >= 0;
        forget(a);
        snprintf(a->method, sizeof a->method, "%s", s->method);
        snprintf(a->path, sizeof a->path, "%s", s->path);
        if (!kept) c->fd = dial();
        if (c->fd < 0) break;
        int64_t began = now_us();
        write_all(c->fd, head, n);
        if (s->body) write_all(c->fd, s->body, s->len); /* it may be refused before all of it is sent */
        got = read_answer(c, a);
        a->us = now_us() - began;
        if (got) break;
        a->status = 0;
        hang_up(c);
        if (!kept) break;
    }
    if (got) api_judge(a);
    return a;
}

struct answer *api_call(struct conn *c, const struct who *w, const char *method, const char *path, const char *body)
{
    return api_send(c ? c : api_main, w, &(struct sending){ .method = method, .path = path, .body = body, .len = body ? strlen(body) : 0 });
}

struct answer *api_get(const struct who *w, const char *path)
{
    return api_call(NULL, w, "GET", path, NULL);
}
struct answer *api_post(const struct who *w, const char *path, const char *body)
{
    return api_call(NULL, w, "POST", path, body ? body : "{}");
}
struct answer *api_patch(const struct who *w, const char *path, const char *body)
{
    return api_call(NULL, w, "PATCH", path, body);
}
struct answer *api_put(const struct who *w, const char *path, const char *body)
{
    return api_call(NULL, w, "PUT", path, body);
}
struct answer *api_delete(const struct who *w, const char *path)
{
    return api_call(NULL, w, "DELETE", path, NULL);
}

struct answer *api_with(const struct who *w, const char *method, const char *path, const char *body, const char *headers)
{
    return api_send(
        api_main, w, &(struct sending){ .method = method, .path = path, .body = body, .len = body ? strlen(body) : 0, .headers = headers });
}

/* ---- reading answers --------------------------------------------------------------------- */

json_t *api_json(const struct answer *a, const char *where)
{
    json_t *v = a->json;
    while (v && *where) {
        if (*where == '[') {
            char *end;
            v = json_array_get(v, strtoul(where + 1, &end, 10));
            where = *end == ']' ? end + 1 : end;
        } else {
            char key[80];
            size_t n = strcspn(where, ".[");
            snprintf(key, sizeof key, "%.*s", (int)n, where);
            v = json_object_get(v, key);
            where += n;
        }
        if (*where == '.') where++;
    }
    return v;
}

const char *api_str(const struct answer *a, const char *where)
{
    const char *s = json_string_value(api_json(a, where));
    return s ? s : "";
}

int64_t api_int(const struct answer *a, const char *where)
{
    json_t *v = api_json(a, where);
    return json_is_integer(v) ? json_integer_value(v) : json_is_true(v) ? 1 : json_is_false(v) ? 0 : -1;
}

size_t api_count(const struct answer *a, const char *where)
{
    return json_array_size(api_json(a, where));
}

bool api_is(const struct answer *a, int status, const char *code)
{
    if (a->status == status && (!code || strcmp(api_str(a, "code"), code) == 0)) return true;
    fprintf(stderr, "  %s %s: got %d %s, want %d %s: %.600s\n", a->method, a->path, a->status, api_str(a, "code"), status, code ? code : "",
        a->body ? a->body : "(no answer)");
    return false;
}

/* ---- live events --------------------------------------------------------------------- */

struct live {
    struct conn c;
    char text[64 * 1024];
    size_t n;
    char data[16 * 1024];
};

struct live *live_open(const struct who *w, const char *last_id)
{
    char head[HEAD_MAX], extra[128] = "";
    struct live *l = calloc(1, sizeof *l);
    if (!l) abort();
    if (last_id) snprintf(extra, sizeof extra, "Last-Event-ID: %s\r\n", last_id);
    size_t n = write_head(head, sizeof head, w, &(struct sending){ .method = "GET", .path = "/events", .headers = extra });
    l->c.fd = dial();
    char *got = l->c.fd >= 0 && write_all(l->c.fd, head, n) ? head_of(&l->c) : NULL;
    bool ok = got && strncmp(got, "HTTP/1.1 200", 12) == 0;
    if (!ok) fprintf(stderr, "  live events: %.200s\n", got ? got : "(no answer)");
    free(got);
    if (ok) return l;
    live_close(l);
    return NULL;
}

void live_close(struct live *l)
{
    if (!l) return;
    hang_up(&l->c);
    free(l->c.in);
    free(l);
}

/* Whole chunks become text. */
static void unchunk(struct live *l)
{
    struct conn *c = &l->c;
    for (char *end; c->n && (end = memmem(c->in, c->n, "\r\n", 2));) {
        size_t line = (size_t)(end + 2 - c->in), len = strtoul(c->in, NULL, 16);
        if (len == 0 || c->n < line + len + 2 || l->n + len >= sizeof l->text) break;
        memcpy(l->text + l->n, c->in + line, len);
        l->n += len;
        take(c, line + len + 2);
    }
}

static void read_field(struct live *l, const char *line, size_t n, struct live_event *out)
{
    if (n > 4 && strncmp(line, "id: ", 4) == 0) snprintf(out->id, sizeof out->id, "%.*s", (int)(n - 4), line + 4);
    if (n > 7 && strncmp(line, "event: ", 7) == 0) snprintf(out->topic, sizeof out->topic, "%.*s", (int)(n - 7), line + 7);
    if (n > 6 && strncmp(line, "data: ", 6) == 0) snprintf(l->data, sizeof l->data, "%.*s", (int)(n - 6), line + 6);
}

/* An event that stands complete in the text. */
static bool take_event(struct live *l, struct live_event *out)
{
    char *end = l->n ? memmem(l->text, l->n, "\n\n", 2) : NULL;
    if (!end) return false;
    *out = (struct live_event){ .data = l->data };
    l->data[0] = 0;
    for (char *p = l->text, *stop; p < end; p = stop + 1) {
        stop = memchr(p, '\n', (size_t)(end + 1 - p));
        read_field(l, p, (size_t)(stop - p), out);
    }
    size_t used = (size_t)(end + 2 - l->text);
    memmove(l->text, l->text + used, l->n - used);
    l->n -= used;
    return true;
}

bool live_next(struct live *l, int64_t timeout_ms, struct live_event *out)
{
    int64_t until = api_now_ms() + timeout_ms;
    for (;;) {
        unchunk(l); /* the first may have come with the head */
        while (take_event(l, out))
            if (*out->topic) return true;
        int64_t left = until - api_now_ms();
        struct pollfd p = { l->c.fd, POLLIN, 0 };
        if (left <= 0 || poll(&p, 1, (int)left) <= 0) return false;
        if (!read_more(&l->c)) return false;
    }
}

bool live_wait(struct live *l, const char *topic, int64_t timeout_ms, struct live_event *out)
{
    int64_t until = api_now_ms() + timeout_ms;
    while (live_next(l, until - api_now_ms(), out))
        if (strcmp(out->topic, topic) == 0) return true;
    fprintf(stderr, "  live events: no %s in time\n", topic);
    return false;
}
