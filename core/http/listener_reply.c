/* listener_reply.c - an http_response as libmicrohttpd sends it: the headers every answer has, assets with the
 * encoding the client likes best, streams. IO thread only. */
#include "core/http/listener_parts.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct http_header always[] = {
    { "X-Content-Type-Options", "nosniff" },
    { "X-Frame-Options", "DENY" }, /* frame-ancestors says the same to whoever reads it */
    { "Referrer-Policy", "same-origin" },
    { "Cross-Origin-Opener-Policy", "same-origin" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()" },
};
static const char policy_page[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; font-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'";
static const char policy_data[] = "default-src 'none'; frame-ancestors 'none'";

static void add(struct MHD_Response *r, const char *name, const char *value)
{
    if (MHD_add_response_header(r, name, value) != MHD_YES) LOG(LOG_ERROR, "http_header_refused", KS("name", name));
}

static void add_default(struct MHD_Response *r, const struct http_response *out, const char *name, const char *value)
{
    if (!http_header_in(out->headers, out->n_headers, name)) add(r, name, value);
}

static bool is_page(const struct http_response *out)
{
    return out->asset || (out->type && !strncasecmp(out->type, "text/html", 9));
}

static void add_common(struct rq *rq, struct MHD_Response *r, const char *cache)
{
    const struct http_response *out = &rq->out;
    for (size_t i = 0; i < out->n_headers; i++)
        if (out->headers[i].value) add(r, out->headers[i].name, out->headers[i].value);
    for (size_t i = 0; i < ARRAY_LEN(always); i++) add_default(r, out, always[i].name, always[i].value);
    add_default(r, out, "Content-Security-Policy", is_page(out) ? policy_page : policy_data);
    add_default(r, out, "Cache-Control", cache);
    if (out->status == 503) add_default(r, out, "Retry-After", "1");
    if (out->close || rq->close || atomic_load(&rq->http->stopping)) add(r, "Connection", "close");
}

/* Queues and lets go. The clock of sending: at least SEND_BYTES_PER_SECOND, after a first grace. */
static enum MHD_Result queue(struct rq *rq, struct MHD_Response *r, size_t len)
{
    if (!r) return MHD_NO;
    int64_t send_ms = rq->http->cfg.body_timeout_ms + (int64_t)(len / SEND_BYTES_PER_SECOND) * 1000;
    if (rq->out.stream) conn_enter(rq->conn, CONN_STREAM, -1);
    else conn_enter(rq->conn, CONN_SEND, send_ms);
    rq->phase = PHASE_SENT;
    enum MHD_Result ok = MHD_queue_response(rq->mhd, (unsigned)rq->out.status, r);
    MHD_destroy_response(r);
    return ok;
}

/* ---- Assets -------------------------------------------------------------------------------------------------------- */
/* One element of a list header: [*s, end of element), trimmed; moves *s behind the comma. */
static size_t element(const char **s, const char **begin)
{
    const char *b = *s + strspn(*s, " \t"), *e = b + strcspn(b, ",");
    *s = *e ? e + 1 : e;
    while (e > b && (e[-1] == ' ' || e[-1] == '\t')) e--;
    *begin = b;
    return (size_t)(e - b);
}

/* "q=0", "q=0.0", "q=0.000" forbid; anything else allows. */
static bool weight_is_zero(const char *s, size_t len)
{
    size_t i = 0;
    while (i < len && (s[i] == ' ' || s[i] == '\t' || s[i] == ';')) i++;
    if (i + 2 >= len || (s[i] != 'q' && s[i] != 'Q') || s[i + 1] != '=' || s[i + 2] != '0') return false;
    for (i += 3; i < len; i++)
        if (s[i] != '.' && s[i] != '0') return false;
    return true;
}

static bool accepts(const char *list, const char *coding)
{
    bool any = false;
    for (const char *s = list, *e; s && *s;) {
        size_t len = element(&s, &e), n = 0;
        while (n < len && e[n] != ';' && e[n] != ' ' && e[n] != '\t') n++;
        bool yes = !weight_is_zero(e + n, len - n);
        if (n == strlen(coding) && !strncasecmp(e, coding, n)) return yes;
        if (n == 1 && *e == '*') any = yes;
    }
    return any;
}

struct picture { const char *coding; const unsigned char *data; size_t len; };

static struct picture choose(const struct asset *a, const char *accept)
{
    if (a->br && accepts(accept, "br")) return (struct picture){ "br", a->br, a->br_len };
    if (a->gz && accepts(accept, "gzip")) return (struct picture){ "gzip", a->gz, a->gz_len };
    return (struct picture){ NULL, a->data, a->len };
}

/* The tag without quotes and W/. */
static size_t tag_core(const char **tag, size_t len)
{
    const char *s = *tag;
    if (len >= 2 && s[0] == 'W' && s[1] == '/') s += 2, len -= 2;
    if (len >= 2 && s[0] == '"' && s[len - 1] == '"') s++, len -= 2;
    *tag = s;
    return len;
}

/* Each encoding has its own tag: "x", "x-br", "x-gzip". Any of them says that the client has this asset. */
static bool tag_matches(const char *list, const char *tag)
{
    size_t want = tag_core(&tag, strlen(tag));
    for (const char *s = list, *e; s && *s;) {
        size_t len = element(&s, &e);
        if (len == 1 && *e == '*') return true;
        len = tag_core(&e, len);
        if (len < want || strncmp(e, tag, want) != 0) continue;
        if (len == want || (len - want == 3 && !strncmp(e + want, "-br", 3)) || (len - want == 5 && !strncmp(e + want, "-gzip", 5))) return true;
    }
    return false;
}

static enum MHD_Result send_asset(struct rq *rq)
{
    const struct asset *a = rq->out.asset;
    struct picture p = choose(a, http_header(&rq->pub, "Accept-Encoding"));
    const char *core = a->etag;
    size_t core_len = core ? tag_core(&core, strlen(core)) : 0;
    char etag[128] = "";
    if (core_len && core_len < 100) snprintf(etag, sizeof etag, "\"%.*s%s%s\"", (int)core_len, core, p.coding ? "-" : "", p.coding ? p.coding : "");
    bool same = etag[0] && rq->out.status == 200 && tag_matches(http_header(&rq->pub, "If-None-Match"), a->etag);
    if (same) rq->out.status = 304; /* the library leaves the body out and tells its length */
    static char empty[1];
    struct MHD_Response *r = MHD_create_response_from_buffer(p.len, p.len ? (void *)(uintptr_t)p.data : empty, MHD_RESPMEM_PERSISTENT);
    if (!r) return MHD_NO;
    if (!same && a->type) add_default(r, &rq->out, "Content-Type", a->type);
    if (!same && p.coding) add(r, "Content-Encoding", p.coding);
    if (a->br || a->gz) add_default(r, &rq->out, "Vary", "Accept-Encoding");
    if (etag[0]) add_default(r, &rq->out, "ETag", etag);
    add_common(rq, r, a->immutable && rq->out.status < 400 ? "public, max-age=31536000, immutable" : "no-cache");
    return queue(rq, r, p.len);
}

/* ---- Bodies and streams -------------------------------------------------------------------------------------------- */
static enum MHD_Result send_stream(struct rq *rq)
{
    struct http *h = rq->http;
    stream_attach(rq->out.stream, rq->mhd);
    pthread_mutex_lock(&h->conns_lock);
    rq->conn->stream = rq->out.stream;
    pthread_mutex_unlock(&h->conns_lock);
    atomic_fetch_add(&h->streams, 1);
    struct MHD_Response *r = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 2048, stream_read, rq->out.stream, NULL);
    if (!r) return MHD_NO;
    add_default(r, &rq->out, "Content-Type", rq->out.type ? rq->out.type : "text/event-stream");
    add_default(r, &rq->out, "X-Accel-Buffering", "no"); /* nginx would hold events back */
    rq->close = true; /* nothing comes after an endless answer */
    add_common(rq, r, "no-store");
    return queue(rq, r, 0);
}

/* The body lives in the rq, which outlives the sending: nothing is copied. */
static enum MHD_Result send_body(struct rq *rq)
{
    static char empty[1];
    struct http_response *out = &rq->out;
    struct MHD_Response *r = MHD_create_response_from_buffer(out->body.len, out->body.len ? out->body.data : empty, MHD_RESPMEM_PERSISTENT);
    if (!r) return MHD_NO;
    if (out->body.len && out->status != 204 && out->status != 304)
        add_default(r, out, "Content-Type", out->type ? out->type : "application/json; charset=utf-8");
    add_common(rq, r, "no-store");
    return queue(rq, r, out->body.len);
}

static void stream_drop(struct rq *rq)
{
    if (!rq->out.stream) return;
    stream_detach(rq->out.stream);
    stream_unref(rq->out.stream);
    rq->out.stream = NULL;
}

enum MHD_Result reply_send(struct rq *rq)
{
    if (rq->out.status < 200 || rq->out.status > 599) {
        LOG(LOG_ERROR, "http_status_odd", KI("status", rq->out.status));
        return reply_refuse(rq, 500);
    }
    if (rq->head) stream_drop(rq);
    if (rq->out.stream) return send_stream(rq);
    if (rq->out.asset) return send_asset(rq);
    if (rq->out.body.failed) { /* the answer did not fit */
        LOG(LOG_ERROR, "http_body_failed", KI("status", rq->out.status));
        return reply_refuse(rq, 503);
    }
    return send_body(rq);
}

enum MHD_Result reply_refuse(struct rq *rq, int status)
{
    struct http_app *app = &rq->http->cfg.app;
    stream_drop(rq);
    buf_free(&rq->out.body);
    rq->out = (struct http_response){ .status = status };
    buf_init(&rq->out.body, 64 << 10);
    if (app->refuse) app->refuse(app->app, status, &rq->out);
    rq->out.stream = NULL;
    rq->out.asset = NULL;
    if (rq->out.body.failed) buf_clear(&rq->out.body);
    return send_body(rq);
}
