/* listener_request.c - one request as a state machine on the IO thread: headers, guard, plan, body, queue, answer. */
#include "core/http/listener_parts.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

/* The state goes first: http_stop sets stopping, then looks at states; we set the state, then look at stopping. */
bool conn_enter(struct conn *c, enum conn_state state, int64_t timeout_ms)
{
    atomic_store(&c->state, (int)state);
    int64_t before = atomic_exchange(&c->deadline, timeout_ms < 0 ? NO_DEADLINE : monotonic_us() + timeout_ms * 1000);
    if (before == DEADLINE_CUT) atomic_store(&c->deadline, DEADLINE_CUT);
    return before != DEADLINE_CUT;
}

void *request_begin(void *http, const char *uri, struct MHD_Connection *mhd)
{
    struct http *h = http;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    struct conn *c = info ? info->socket_context : NULL;
    size_t len = uri ? strlen(uri) : 0;
    struct rq *rq = c ? calloc(1, sizeof *rq + len + 1) : NULL;
    if (!rq) return NULL; /* request_step closes the connection */
    rq->http = h;
    rq->conn = c;
    rq->mhd = mhd;
    c->fresh = rq;
    if (len) memcpy(rq->target, uri, len);
    /* The clock of a first request began with the connection. */
    if (atomic_load(&c->state) == CONN_IDLE) conn_enter(c, CONN_HEADERS, h->cfg.header_timeout_ms);
    return rq;
}

/* The library is lenient with lines and does not say so: a fold is glued to the *name* of its header, a value ends at a
 * NUL, a bare LF ends a line, and a line without a name (": x") ends the headers, so that what follows is the next
 * request. All of that shows in where the pieces lie: in a clean request they stand one behind the other in the read
 * buffer, with the NULs of exactly one space or CRLF between them. */
static enum MHD_Result collect(void *arg, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value, size_t value_len)
{
    struct rq *rq = arg;
    (void)kind;
    rq->odd_header = true; /* until shown otherwise */
    if (!name || !value || name != rq->cursor || value <= name + name_len || value > name + name_len + 256) return MHD_NO;
    if (strlen(name) != name_len || strlen(value) != value_len) return MHD_NO;
    for (const char *s = name + name_len + 1; s < value; s++)
        if (*s != ' ' && *s != '\t') return MHD_NO;
    rq->cursor = value + value_len + 2;
    rq->odd_header = false;
    rq->too_many_headers = rq->n_headers == HTTP_HEADERS_MAX;
    if (rq->too_many_headers) return MHD_NO;
    rq->headers[rq->n_headers++] = (struct http_header){ name, value };
    return MHD_YES;
}

static bool request_line_plain(const struct rq *rq, const char *url, const char *method, const char *version)
{
    return url == method + strlen(method) + 1 && version == url + strlen(rq->target) + 1;
}

/* Some proxies add their X-Forwarded-For as a second header behind the one the client sent. Whoever looks at the
 * first only believes the client; so they become one. */
static bool join_forwarded(struct rq *rq)
{
    static const char name[] = "X-Forwarded-For";
    size_t seen = 0, len = 1, kept = 0;
    for (size_t i = 0; i < rq->n_headers; i++)
        if (!strcasecmp(rq->headers[i].name, name)) seen++, len += strlen(rq->headers[i].value) + 2;
    if (seen < 2) return true;
    if (!(rq->forwarded = malloc(len))) return false;
    char *to = rq->forwarded;
    for (size_t i = 0; i < rq->n_headers; i++) {
        struct http_header hd = rq->headers[i];
        if (strcasecmp(hd.name, name) != 0) {
            rq->headers[kept++] = hd;
            continue;
        }
        if (to != rq->forwarded) to = memcpy(to, ", ", 2), to += 2;
        size_t n = strlen(hd.value);
        memcpy(to, hd.value, n);
        to += n;
    }
    *to = '\0';
    rq->headers[kept++] = (struct http_header){ name, rq->forwarded };
    rq->n_headers = kept;
    return true;
}

/* The answer's header block must fit into what the request leaves of the connection's memory; else a request would be
 * handled and never answered. The library keeps a record for each header, cookie and query argument, and the cookies
 * a second time. */
static bool leaves_room(const struct rq *rq, size_t header_size)
{
    enum { RECORD_BYTES = 64 };
    const char *cookie = http_header_in(rq->headers, rq->n_headers, "Cookie");
    int kinds = MHD_HEADER_KIND | MHD_COOKIE_KIND | MHD_GET_ARGUMENT_KIND;
    int records = MHD_get_connection_values_n(rq->mhd, (enum MHD_ValueKind)kinds, NULL, NULL);
    return header_size + (cookie ? strlen(cookie) : 0) + (size_t)records * RECORD_BYTES <= CONNECTION_MEMORY - ANSWER_HEADERS_MAX;
}

static int headers_status(struct rq *rq, const char *url, const char *method, const char *version)
{
    const union MHD_ConnectionInfo *size = MHD_get_connection_info(rq->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (!request_line_plain(rq, url, method, version)) return 400;
    rq->cursor = version + strlen(version) + 2;
    MHD_get_connection_values_n(rq->mhd, MHD_HEADER_KIND, collect, rq);
    if (rq->too_many_headers) return 431;
    if (rq->odd_header || !size || rq->cursor + 2 != method + size->header_size) return 400;
    if (!leaves_room(rq, size->header_size)) return 431;
    return http_guard(method, rq->target, version, rq->headers, rq->n_headers, SIZE_MAX);
}

static void describe(struct rq *rq, const char *method)
{
    rq->head = !strcmp(method, "HEAD");
    char *mark = strchr(rq->target, '?');
    if (mark) *mark = '\0';
    rq->pub = (struct http_request){ .method = rq->head ? "GET" : method, .path = rq->target, .query = mark ? mark + 1 : "",
        .headers = rq->headers, .n_headers = rq->n_headers, .body = "", .peer = rq->conn->peer, .arrived = now_us() };
}

/* What the plan, the size and the state of the house say against reading the body. */
static int plan_status(struct rq *rq, bool chunked, uint64_t length)
{
    struct http *h = rq->http;
    if (atomic_load(&h->stopping)) return 503;
    rq->plan = h->cfg.app.plan(h->cfg.app.app, &rq->pub);
    if (rq->plan.refuse) return rq->plan.refuse;
    if (rq->plan.pool == POOL_INLINE) return length > DRAIN_MAX ? 413 : 0; /* what it answers asks for no body: see on_body */
    return length > rq->plan.body_max || (chunked && rq->plan.body_max == 0) ? 413 : 0;
}

static enum MHD_Result on_headers(struct rq *rq, const char *url, const char *method, const char *version)
{
    struct http *h = rq->http;
    atomic_fetch_add(&h->active, 1); /* before stopping is looked at: see http_stop */
    atomic_fetch_add(&h->requests, 1);
    rq->counted = true;
    rq->phase = PHASE_BODY;
    rq->conn->fresh = NULL;
    if (!conn_enter(rq->conn, CONN_BUSY, -1)) return MHD_NO;
    int bad = headers_status(rq, url, method, version);
    if (bad) {
        atomic_fetch_add(&h->refused_guard, 1);
        rq->close = true; /* nothing behind this can be trusted */
        return reply_refuse(rq, bad);
    }
    if (!join_forwarded(rq)) return MHD_NO;
    describe(rq, method);
    bool chunked = http_header(&rq->pub, "Transfer-Encoding") != NULL;
    uint64_t length = http_content_length(rq->headers, rq->n_headers);
    rq->has_body = chunked || length;
    rq->close = chunked; /* the library takes a bare LF in chunk lines; what another reads as a body is then never a request */
    rq->refuse = plan_status(rq, chunked, length);
    if (rq->refuse == 413) rq->close = true;
    /* Refused, but the client is about to send a body: told at once when it waits for that or when there is much to
     * come (the connection is then closed), else the body is read and forgotten, so that it hears the answer. */
    if (rq->refuse && rq->has_body && (length > DRAIN_MAX || http_header(&rq->pub, "Expect"))) return reply_refuse(rq, rq->refuse);
    if (rq->has_body) conn_enter(rq->conn, CONN_BODY, h->cfg.body_timeout_ms);
    return MHD_YES;
}

/* Some requests the library refuses by itself, before anything else is asked: a Content-Length it cannot read, and more cookies or query
 * arguments than it has records for. Of the first two it writes the answer's head twice, the third it cuts without a word. It tells of it
 * first, without saying which connection: one of this thread's that has not got to us. That one is answered here, once, and what the
 * library writes behind that finds the socket shut. */
static void refuse_at_once(struct http *h, const struct conn *c, const char *status_line)
{
    char answer[120];
    int n = snprintf(answer, sizeof answer, "HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", status_line);
    (void)!send(c->fd, answer, (size_t)n, MSG_DONTWAIT | MSG_NOSIGNAL);
    shutdown(c->fd, SHUT_WR);
    atomic_fetch_add(&h->refused_guard, 1);
}

void request_unreadable_length(struct http *h)
{
    pthread_mutex_lock(&h->conns_lock);
    for (struct conn *c = h->conns; c; c = c->next) {
        uint64_t length = 0;
        if (!pthread_equal(c->io, pthread_self()) || !c->fresh) continue;
        const char *text = MHD_lookup_connection_value(c->fresh->mhd, MHD_HEADER_KIND, "Content-Length");
        if (!text) continue;
        bool digits = http_length_parse(text, &length);
        if (digits && length != UINT64_MAX) continue;
        refuse_at_once(h, c, digits ? "413 Content Too Large" : "400 Bad Request");
        break;
    }
    pthread_mutex_unlock(&h->conns_lock);
}

/* How likely it is the one: cookies are taken apart when the headers are complete, so one that has some and is not with us has failed at
 * them; else it has many arguments, or much that is to become cookies. */
static int records_wanted(struct MHD_Connection *mhd)
{
    const char *cookie = MHD_lookup_connection_value(mhd, MHD_HEADER_KIND, "Cookie");
    if (MHD_get_connection_values_n(mhd, MHD_COOKIE_KIND, NULL, NULL) > 0) return INT_MAX;
    return MHD_get_connection_values_n(mhd, MHD_GET_ARGUMENT_KIND, NULL, NULL) + (cookie ? (int)(strnlen(cookie, CONNECTION_MEMORY) / 16) : 0);
}

/* Where that is no more than headers may be, they are few and long: of those the library's own single answer is right. */
void request_out_of_records(struct http *h)
{
    struct conn *worst = NULL;
    int most = HTTP_HEADERS_MAX;
    pthread_mutex_lock(&h->conns_lock);
    for (struct conn *c = h->conns; c; c = c->next) {
        if (!pthread_equal(c->io, pthread_self()) || !c->fresh) continue;
        int n = records_wanted(c->fresh->mhd);
        if (n > most) worst = c, most = n;
    }
    if (worst) refuse_at_once(h, worst, "431 Request Header Fields Too Large");
    pthread_mutex_unlock(&h->conns_lock);
}

/* Too much even to be read and forgotten. The library cannot queue an answer in the middle of a body; nothing of an
 * answer is under way on this socket, and this is the thread that would write it. */
static enum MHD_Result cut_with_413(struct rq *rq)
{
    static const char answer[] = "HTTP/1.1 413 Content Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    (void)!send(rq->conn->fd, answer, sizeof answer - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
    return MHD_NO;
}

static bool body_room(struct rq *rq, size_t more)
{
    size_t need = rq->body_len + more + 1, cap = rq->body_cap ? rq->body_cap : 4096;
    if (need <= rq->body_cap) return true;
    while (cap < need) cap *= 2;
    if (cap > rq->plan.body_max + 1) cap = rq->plan.body_max + 1;
    char *body = realloc(rq->body, cap);
    if (!body) return false;
    rq->body = body;
    rq->body_cap = cap;
    return true;
}

static enum MHD_Result on_body(struct rq *rq, const char *data, size_t *size)
{
    size_t n = *size;
    *size = 0;
    bool kept = rq->plan.pool != POOL_INLINE;
    if (!rq->refuse && kept && n > rq->plan.body_max - rq->body_len) {
        rq->refuse = 413;
        rq->close = true;
    } else if (!rq->refuse && kept && !body_room(rq, n)) {
        rq->refuse = 503;
    }
    if (rq->refuse || !kept) { /* read and forgotten: a page, or that there is none, is the answer to any body */
        free(rq->body);
        rq->body = NULL;
        rq->drained += n;
        return rq->drained > DRAIN_MAX ? cut_with_413(rq) : MHD_YES;
    }
    memcpy(rq->body + rq->body_len, data, n);
    rq->body_len += n;
    rq->body[rq->body_len] = '\0';
    return MHD_YES;
}

static enum MHD_Result on_complete(struct rq *rq)
{
    struct http *h = rq->http;
    struct http_app *app = &h->cfg.app;
    if (!conn_enter(rq->conn, CONN_BUSY, -1)) return MHD_NO; /* else the client has done its part: no clock */
    if (rq->refuse) return reply_refuse(rq, rq->refuse);
    if (!(rq->arena = arena_take(h))) return reply_refuse(rq, 503);
    if (rq->body_len) rq->pub.body = rq->body, rq->pub.body_len = rq->body_len;
    rq->out.status = 200;
    buf_init(&rq->out.body, RESPONSE_BODY_MAX);
    if (rq->plan.pool == POOL_INLINE) {
        app->handle(app->app, NULL, rq->arena, &rq->pub, &rq->out);
        return reply_send(rq);
    }
    rq->phase = PHASE_QUEUED;
    rq->queued_at = monotonic_us();
    if (pool_put(rq->plan.pool == POOL_HASH ? &h->hashers : &h->workers, rq)) return MHD_YES; /* it is not ours any more */
    atomic_fetch_add(&h->refused_queue_full, 1);
    return reply_refuse(rq, 503);
}

void request_expire(struct rq *rq)
{
    rq->refuse = 503;
    rq->phase = PHASE_DONE;
    MHD_resume_connection(rq->mhd);
}

enum MHD_Result request_step(void *http, struct MHD_Connection *mhd, const char *url, const char *method, const char *version, const char *data,
    size_t *size, void **state)
{
    struct rq *rq = *state;
    (void)http;
    (void)mhd;
    if (!rq) return MHD_NO;
    switch (rq->phase) {
    case PHASE_NEW: return on_headers(rq, url, method, version);
    case PHASE_BODY: return *size ? on_body(rq, data, size) : on_complete(rq);
    case PHASE_DONE: return rq->refuse ? reply_refuse(rq, rq->refuse) : reply_send(rq);
    case PHASE_QUEUED:
    case PHASE_SENT: break;
    }
    return MHD_YES;
}

void request_completed(void *http, struct MHD_Connection *mhd, void **state, enum MHD_RequestTerminationCode how)
{
    struct http *h = http;
    struct rq *rq = *state;
    (void)mhd;
    (void)how;
    if (!rq) return;
    *state = NULL;
    struct conn *c = rq->conn;
    c->fresh = NULL;
    pthread_mutex_lock(&h->conns_lock);
    bool streamed = c->stream != NULL;
    c->stream = NULL;
    pthread_mutex_unlock(&h->conns_lock);
    if (streamed) atomic_fetch_sub(&h->streams, 1);
    if (rq->out.stream) {
        stream_detach(rq->out.stream);
        stream_unref(rq->out.stream);
    }
    conn_enter(c, CONN_IDLE, h->cfg.idle_timeout_ms);
    arena_give(h, rq->arena);
    buf_free(&rq->out.body);
    free(rq->body);
    free(rq->forwarded);
    bool counted = rq->counted;
    free(rq);
    if (counted) atomic_fetch_sub(&h->active, 1);
}
