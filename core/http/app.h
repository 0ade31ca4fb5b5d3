/* app.h - the running program as the kernel sees it: modules compiled into routes, one database, one hub. Private to
 * core. The request pipeline is a function (request, database) -> response; no sockets here. */
#pragma once
#include "core/core.h"
#include "core/http/http.h"
#include "core/http/shape_in.h"
#include <stdatomic.h>

enum { SEGMENTS_MAX = 8, LATENCY_BUCKETS = 10, STATUS_CLASSES = 6 };
extern const int64_t latency_bounds_us[LATENCY_BUCKETS - 1]; /* upper bounds; the last bucket is the rest */

struct compiled_route {
    const struct route *route;
    const struct module *module;
    int n_segments;
    char segment[SEGMENTS_MAX][40];     /* "clients", "{id}" */
    _Atomic int64_t by_status[STATUS_CLASSES], latency[LATENCY_BUCKETS], latency_sum_us;
};

struct hub;
struct app {
    struct db *db;
    struct http *http;
    struct hub *hub;
    struct job_runner *jobs;
    struct limiter *limiter;
    struct compiled_route *routes; size_t n_routes;
    enum rc (*authenticate)(struct req *, const char *token, bool by_cookie, struct actor *out);
    struct buf openapi, docs;           /* made at start */
    const char *version;
    _Atomic bool stopping;              /* /ready answers 503 first */
    int64_t started;                    /* monotonic */
};

/* One request on its way. req is the first member: handlers see only that. */
struct call {
    struct req req;
    struct app *app;
    const struct compiled_route *cr;
    const struct http_request *http;
    struct http_response *out;
    struct actor actor;
    struct input_errors errors;
    const char *sentence, *details;     /* for the failure envelope */
    const char *idempotency_key;        /* scoped and hashed, NULL: none sent or not honoured here */
    char idempotency_hash[65];          /* hex, of method, path and body */
    char request_id_text[33], address_text[64], network_text[64];
    int64_t retry_after_s;
    bool replied;
};

/* cursor.c */
const char *cursor_write(struct arena *, const char *order, const struct position *); /* NULL: too long */
bool cursor_read(struct arena *, const char *order, const char *text, struct position *out);

/* router.c */
MUST_CHECK enum rc router_compile(struct app *, const struct module *const *modules, char *err, size_t err_len);
void router_free(struct app *);
/* The route and its path parameters (raw segments). *allowed: methods of the path when only the method is wrong. */
struct path_params { const char *id, *text; size_t id_len, text_len; };
const struct compiled_route *router_match(const struct app *, const char *method, const char *path, struct path_params *, char allowed[64]);
#define API_PREFIX "/api/v1"

/* pipeline.c */
struct worker { struct tdb *db; };
void app_handle(void *app, void *worker, struct arena *, const struct http_request *, struct http_response *out);
struct http_plan app_plan(void *app, const struct http_request *);
void app_refuse(void *app, int status, struct http_response *out);
void *app_worker_start(void *app);
void app_worker_stop(void *app, void *worker);
void response_header(struct http_response *, const char *name, const char *value);
bool response_etag_listed(const char *if_none_match, const char *etag); /* weakly, as RFC 9110 wants it */
const char *session_cookie_name(void);

/* pages.c: HTML entries, assets, /live, /ready, /metrics, docs. false: not a page of ours. */
bool pages_handle(struct app *, struct worker *, struct arena *, const struct http_request *, struct http_response *out);
bool pages_know(const char *path);      /* a page, whatever the method */
bool pages_inline(const char *path);    /* may be answered on the IO thread */
void metrics_write(struct app *, struct buf *out);

/* hub.c: server-sent events */
MUST_CHECK enum rc hub_start(struct hub **, struct db *);
void hub_wake(struct hub *);
void hub_stop(struct hub *);
/* A stream for the tenant, after cursor ("" or NULL: from now). NULL: too many. */
struct stream *hub_subscribe(struct hub *, struct id tenant, const char *cursor);
int64_t hub_streams(struct hub *);

/* core_store.c */
extern const struct module core_module; /* GET events; statements of audit, event, idempotency */
extern const struct query Q_IDEMPOTENCY_GET, Q_IDEMPOTENCY_PUT;

/* openapi.c, docs.c */
void openapi_write(const struct app *, struct buf *out);
void docs_write(const struct app *, struct buf *out);
extern const char docs_css[];
