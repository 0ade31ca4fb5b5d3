/* http.h - the listener (libmicrohttpd) and what it hands on. The rest of the program sees plain structs: a request
 * in, a response out, no sockets. */
#pragma once
#include "core/base/base.h"
#include "core/base/outcome.h"

enum { HTTP_HEADERS_MAX = 64, HTTP_REPLY_HEADERS_MAX = 20, HTTP_PATH_MAX = 2048 };
struct http_header { const char *name, *value; };

struct http_request {
    const char *method;             /* HEAD arrives as GET: the listener leaves the body out */
    const char *path;               /* path as sent, still percent-encoded, without the query; at most HTTP_PATH_MAX */
    const char *query;              /* raw query string without '?', "" when none; at most HTTP_PATH_MAX */
    const struct http_header *headers; size_t n_headers;
    const char *body; size_t body_len; /* NUL-terminated behind body_len */
    const char *peer;               /* address of the TCP peer */
    int64_t arrived;                /* instant */
};
/* Case-insensitive; NULL. The first of several, but X-Forwarded-For is always one: the listener joins them. */
const char *http_header(const struct http_request *, const char *name);

struct asset { const char *path, *type, *etag; const unsigned char *data, *br, *gz; size_t len, br_len, gz_len; bool immutable; };

struct http_response {
    int status;
    struct http_header headers[HTTP_REPLY_HEADERS_MAX]; size_t n_headers; /* values must live until the answer is sent: arena */
    const char *type;               /* Content-Type, NULL: application/json; charset=utf-8 */
    struct buf body;                /* owned by the response */
    const struct asset *asset;      /* instead of body: served with the best encoding */
    struct stream *stream;          /* instead of body: server-sent events; owned by the listener from here */
    bool close;                     /* Connection: close */
};

/* What the listener asks before it reads a body (headers are complete). */
enum http_pool { POOL_INLINE, POOL_WORKERS, POOL_HASH };
struct http_plan { enum http_pool pool; size_t body_max; int refuse; /* 0, or the status to answer at once */ };

struct http_app {
    struct http_plan (*plan)(void *app, const struct http_request *);     /* IO thread: must not block */
    /* Runs on a worker thread, or on the IO thread for POOL_INLINE (then worker is NULL). arena: the request's own,
     * freed after the answer was sent. Fills *out, which comes with status 200 and an empty, initialised body; never
     * fails (a failure is a response). A body that failed (latched) is answered 503. */
    void (*handle)(void *app, void *worker, struct arena *, const struct http_request *, struct http_response *out);
    void *(*worker_start)(void *app);   /* once per worker thread: its database handle; NULL stops the start */
    void (*worker_stop)(void *app, void *worker);
    /* A request that never reaches handle(): 400 guard, 413, 431, 503 queue full... fills a small JSON body. IO thread:
     * must not block. A deadline is not answered but closed. May be NULL. */
    void (*refuse)(void *app, int status, struct http_response *out);
    void *app;
};
struct http_config {
    const char *host; int port;          /* port 0: any; see http_port */
    int io_threads, workers, hash_workers;
    size_t queue_max, hash_queue_max;    /* full: 503 with Retry-After: 1 */
    size_t connections_max, connections_per_address_max;
    int64_t header_timeout_ms, body_timeout_ms, idle_timeout_ms; /* absolute deadlines, by the reaper */
    int64_t handle_timeout_ms;           /* a queued request older than this is answered 503 */
    struct http_app app;
};
struct http;
MUST_CHECK enum rc http_start(struct http **, const struct http_config *, char *err, size_t err_len);
int http_port(const struct http *);
/* Every answer gets the security headers, a Content-Security-Policy (pages' own for text/html and assets) and
 * Cache-Control: no-store (assets: by immutable), unless the response brings its own of that name. */

/* Stop: no new connections, answers `Connection: close`, closes streams, waits for what runs, joins. After deadline_ms
 * what is still queued is answered 503 and slow readers are cut; a handler that runs is waited for all the same. */
void http_stop(struct http *, int64_t deadline_ms);
struct http_stats { int64_t connections, requests, queue_length, hash_queue_length, refused_queue_full, refused_guard, timeouts, streams; };
void http_stats(struct http *, struct http_stats *);

/* guard.c - request smuggling and malformed headers, before anything else looks at them. Pure, fuzzed. target: as
 * sent, path and query at most HTTP_PATH_MAX each. 0: fine; else the status to refuse with (400, 413, 431, 501, 505). */
int http_guard(const char *method, const char *target, const char *version, const struct http_header *, size_t n, size_t body_max);

/* Server-sent events. The hub (sse.c in core/http) pushes into streams; the listener drains them. A stream that is
 * more than its buffer behind is closed (the client comes back with Last-Event-ID). */
struct stream;
struct stream *stream_new(size_t buffer_max_bytes);      /* one reference for the hub, one for the listener; NULL: no memory */
bool stream_push(struct stream *, const char *data, size_t len); /* any thread; false: closed or full (then closed) */
void stream_close(struct stream *);
bool stream_closed(struct stream *);
void stream_unref(struct stream *);

/* limits.c - GCRA in process, sharded. true: allowed. Else *retry_after_s. remaining may be NULL. Idle keys are dropped;
 * at most 200,000 keys, oldest first. */
struct limiter;
struct limiter *limiter_new(void);
void limiter_free(struct limiter *);
bool limiter_allow(struct limiter *, const char *key, int64_t per_period, int64_t period_us, int64_t burst, int64_t now_monotonic, int64_t *remaining, int64_t *retry_after_s);

/* address.c - the client's address: the peer, or, when the peer is a trusted proxy, the right-most untrusted entry of
 * X-Forwarded-For. Pure. cidrs: "127.0.0.0/8, 10.0.0.0/8, ::1/128" ("" trusts nobody). */
bool cidrs_valid(const char *cidrs);
void client_address(const char *cidrs, const char *peer, const char *x_forwarded_for, char out[64]);
bool address_trusted(const char *cidrs, const char *peer);
/* What limits count by: an IPv4 address, the /64 of an IPv6 one (a household has that many), anything else as it is. */
void address_network(const char *address, char out[64]);
