/* pages.c - what is not the API: HTML entries, assets, documentation, health and metrics. */
#include "core/http/app.h"
#include <stdio.h>
#include <string.h>

extern const struct asset assets[]; /* generated from web/dist */
extern const size_t n_assets;

static const struct asset *find_asset(const char *path)
{
    ASSERT(path);
    for (size_t i = 0; i < n_assets; i++)
        if (strcmp(assets[i].path, path) == 0) return &assets[i];
    return NULL;
}

/* ---- HTML entries: the theme cookie is written into the page, so that nothing flashes ------------------------------- */

static const char *theme_of(const struct http_request *http)
{
    const char *c = http_header(http, "Cookie");
    const char *t = c ? strstr(c, "theme=") : NULL;
    if (!t || (t != c && t[-1] != ' ' && t[-1] != ';')) return NULL;
    return str_starts(t + 6, "dark") ? "dark" : str_starts(t + 6, "light") ? "light" : NULL;
}

static void serve_entry(const char *entry, const struct http_request *http, struct http_response *out)
{
    static const char mark[] = "data-theme=\"";
    const struct asset *a = find_asset(entry);
    const char *theme = theme_of(http), *at = NULL;
    out->status = a ? 200 : 404;
    out->type = "text/html; charset=utf-8";
    if (a && theme) at = memmem(a->data, a->len, mark, sizeof mark - 1);
    if (!a) {
        buf_puts(&out->body, "The web interface was not built into this binary.\n");
    } else if (!at) {
        out->asset = a;
    } else {
        size_t head = (size_t)(at - (const char *)a->data) + sizeof mark - 1;
        buf_put(&out->body, a->data, head);
        buf_puts(&out->body, theme);
        buf_put(&out->body, a->data + head, a->len - head);
        response_header(out, "Cache-Control", "no-cache");
        response_header(out, "Vary", "Cookie");
    }
}

static bool is_under(const char *path, const char *prefix)
{
    size_t n = strlen(prefix);
    return strncmp(path, prefix, n) == 0 && (path[n] == 0 || path[n] == '/');
}

/* /app/NAME/… has a page of its own when the browser side was built with one: it asks for the screen's files at once. */
static const char *staff_entry(const char *path)
{
    char entry[64];
    const char *name = path[4] == '/' && path[5] ? path + 5 : "calendar";
    int n = snprintf(entry, sizeof entry, "/app.%.*s.html", (int)strcspn(name, "/"), name);
    const struct asset *a = n > 0 && (size_t)n < sizeof entry ? find_asset(entry) : NULL;
    return a ? a->path : "/app.html";
}

static const char *entry_for(const char *path)
{
    if (is_under(path, "/app")) return staff_entry(path);
    if (is_under(path, "/signin") || is_under(path, "/register") || is_under(path, "/verify")) return "/app.html";
    if (is_under(path, "/book") || is_under(path, "/b") || is_under(path, "/o") || is_under(path, "/u") || is_under(path, "/l") || is_under(path, "/w") || is_under(path, "/p"))
        return "/booking.html";
    return NULL;
}

/* ---- health ------------------------------------------------------------------------------------------------------- */

static void live(struct http_response *out)
{
    out->status = 200;
    buf_puts(&out->body, "{\"status\":\"live\"}\n");
}

/* false first on stop, so that a proxy looks elsewhere; then the database. */
static void ready(struct app *app, struct http_response *out)
{
    bool db = !app->stopping && db_ping(app->db) == RC_OK;
    out->status = db ? 200 : 503;
    buf_printf(&out->body, "{\"status\":\"%s\",\"checks\":{\"stopping\":%s,\"database\":\"%s\",\"engine\":\"%s\"}}\n", db ? "ready" : "not ready",
        app->stopping ? "true" : "false", db ? "ok" : app->stopping ? "not asked" : "unreachable", db_engine(app->db));
    if (!db) response_header(out, "Retry-After", "1");
}

static void metric(struct buf *b, const char *name, const char *type, const char *help, int64_t v)
{
    buf_printf(b, "# HELP %s %s\n# TYPE %s %s\n%s %lld\n", name, help, name, type, name, (long long)v);
}

static void route_metrics(struct app *app, struct buf *b)
{
    buf_puts(b, "# HELP clinicd_http_requests_total Requests by route and status class\n# TYPE clinicd_http_requests_total counter\n");
    for (size_t i = 0; i < app->n_routes; i++)
        for (int k = 1; k < STATUS_CLASSES; k++)
            if (app->routes[i].by_status[k])
                buf_printf(b, "clinicd_http_requests_total{method=\"%s\",route=\"%s\",status=\"%dxx\"} %lld\n", app->routes[i].route->method,
                    app->routes[i].route->path, k, (long long)app->routes[i].by_status[k]);
    buf_puts(b, "# HELP clinicd_http_seconds Time in the handler\n# TYPE clinicd_http_seconds histogram\n");
    int64_t n[LATENCY_BUCKETS] = { 0 }, sum = 0, total = 0;
    for (size_t i = 0; i < app->n_routes; i++) {
        for (int k = 0; k < LATENCY_BUCKETS; k++) n[k] += app->routes[i].latency[k];
        sum += app->routes[i].latency_sum_us;
    }
    for (int k = 0; k < LATENCY_BUCKETS; k++) {
        total += n[k];
        if (k < LATENCY_BUCKETS - 1) buf_printf(b, "clinicd_http_seconds_bucket{le=\"%g\"} %lld\n", (double)latency_bounds_us[k] / 1e6, (long long)total);
        else buf_printf(b, "clinicd_http_seconds_bucket{le=\"+Inf\"} %lld\n", (long long)total);
    }
    buf_printf(b, "clinicd_http_seconds_sum %g\nclinicd_http_seconds_count %lld\n", (double)sum / 1e6, (long long)total);
}

void metrics_write(struct app *app, struct buf *b)
{
    struct db_stats d;
    db_stats(app->db, &d);
    route_metrics(app, b);
    metric(b, "clinicd_db_transactions_total", "counter", "Transactions committed", d.transactions);
    metric(b, "clinicd_db_commits_total", "counter", "Commits (several transactions share one on SQLite)", d.commits);
    metric(b, "clinicd_db_retries_total", "counter", "Transactions run again after losing a race", d.retries);
    metric(b, "clinicd_db_queue", "gauge", "Transactions waiting for the writer", d.queue_length);
    if (app->hub) metric(b, "clinicd_event_streams", "gauge", "Open event streams", hub_streams(app->hub));
    if (app->http) {
        struct http_stats h;
        http_stats(app->http, &h);
        metric(b, "clinicd_http_connections", "gauge", "Open connections", h.connections);
        metric(b, "clinicd_http_queue", "gauge", "Requests waiting for a worker", h.queue_length);
        metric(b, "clinicd_http_refused_queue_full_total", "counter", "Requests answered 503 because the queue was full", h.refused_queue_full);
        metric(b, "clinicd_http_refused_guard_total", "counter", "Requests refused by the header guard", h.refused_guard);
        metric(b, "clinicd_http_timeouts_total", "counter", "Connections closed at a deadline", h.timeouts);
    }
    metric(b, "clinicd_uptime_seconds", "gauge", "Seconds since the start", (monotonic_us() - app->started) / USEC_PER_SEC);
}

/* ---- which page --------------------------------------------------------------------------------------------------- */

bool pages_inline(const char *path)
{
    return strcmp(path, "/ready") != 0 && strcmp(path, "/metrics") != 0;
}

static bool text_page(struct http_response *out, const char *type, const char *text, size_t len)
{
    out->status = 200;
    out->type = type;
    buf_put(&out->body, text, len);
    return true;
}

static bool redirect(struct http_response *out, const char *to)
{
    out->status = 302;
    response_header(out, "Location", to);
    return true;
}

static bool api_page(struct app *app, const char *path, struct http_response *out)
{
    if (strcmp(path, API_PREFIX "/openapi.json") == 0 || strcmp(path, "/openapi.json") == 0)
        return text_page(out, "application/json; charset=utf-8", app->openapi.data, app->openapi.len);
    if (strcmp(path, "/docs") == 0) return text_page(out, "text/html; charset=utf-8", app->docs.data, app->docs.len);
    if (strcmp(path, "/docs.css") == 0) return text_page(out, "text/css; charset=utf-8", docs_css, strlen(docs_css));
    return false;
}

/* A page a minute's rate per address, like public reads; health and metrics are never refused. */
static bool page_limited(struct app *app, const struct http_request *http, struct http_response *out)
{
    char address[64], network[64], key[80];
    int64_t wait = 0;
    client_address(settings.trusted_proxies, http->peer, http_header(http, "X-Forwarded-For"), address);
    address_network(address, network);
    snprintf(key, sizeof key, "page:%s", network);
    if (limiter_allow(app->limiter, key, 5 * settings.rate_public_per_min, USEC_PER_MIN, 5 * settings.rate_public_per_min, monotonic_us(), NULL, &wait))
        return false;
    app_refuse(app, 429, out);
    response_header(out, "Retry-After", "1");
    return true;
}

static bool metrics_allowed(const struct http_request *http)
{
    char address[64];
    client_address(settings.trusted_proxies, http->peer, http_header(http, "X-Forwarded-For"), address);
    return address_trusted(settings.metrics_allow, address);
}

/* Whether there is something to read under this path, for whoever asks with another method. */
bool pages_know(const char *path)
{
    static const char *const plain[] = { "/", "/live", "/ready", "/docs", "/docs.css", "/openapi.json" };
    for (size_t i = 0; i < ARRAY_LEN(plain); i++)
        if (strcmp(plain[i], path) == 0) return true;
    return strcmp(path, API_PREFIX "/openapi.json") == 0 || entry_for(path) || find_asset(path);
}

bool pages_handle(struct app *app, struct worker *w, struct arena *arena, const struct http_request *http, struct http_response *out)
{
    const char *path = http->path;
    (void)w;
    (void)arena;
    bool read = strcmp(http->method, "GET") == 0 || strcmp(http->method, "HEAD") == 0;
    if (!read) return false;
    if (strcmp(path, "/live") == 0) {
        live(out);
    } else if (strcmp(path, "/ready") == 0) {
        ready(app, out);
    } else if (strcmp(path, "/metrics") == 0 && metrics_allowed(http)) {
        out->status = 200;
        out->type = "text/plain; version=0.0.4; charset=utf-8";
        metrics_write(app, &out->body);
    } else if (page_limited(app, http, out) || api_page(app, path, out)) {
        return true;
    } else if (strcmp(path, "/") == 0) {
        return redirect(out, "/app");
    } else if (entry_for(path)) {
        serve_entry(entry_for(path), http, out);
    } else if ((out->asset = find_asset(path))) {
        out->status = 200;
    } else {
        return false;
    }
    return true;
}
