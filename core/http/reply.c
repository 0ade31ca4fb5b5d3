/* reply.c - answers and failures in the one envelope. */
#include "core/http/app.h"
#include <stdio.h>
#include <string.h>

static struct call *call_of(struct req *r)
{
    return (struct call *)r;
}

void response_header(struct http_response *out, const char *name, const char *value)
{
    for (size_t i = 0; i < out->n_headers; i++)
        if (strcmp(out->headers[i].name, name) == 0) {
            out->headers[i].value = value;
            return;
        }
    ASSERT(out->n_headers < HTTP_REPLY_HEADERS_MAX);
    out->headers[out->n_headers++] = (struct http_header){ name, value };
}

void reply_header(struct req *r, const char *name, const char *value)
{
    response_header(call_of(r)->out, name, value);
}

void reply_version(struct req *r, int64_t version)
{
    reply_header(r, "ETag", arena_printf(r->arena, "\"%lld\"", (long long)version));
}

const char *session_cookie_name(void)
{
    return str_starts(settings.base_url, "https://") ? "__Host-clinicd" : "clinicd";
}

void reply_cookie(struct req *r, const char *value, int64_t max_age_s)
{
    bool https = str_starts(settings.base_url, "https://");
    reply_header(r, "Set-Cookie", arena_printf(r->arena, "%s=%s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s", session_cookie_name(),
        value, (long long)(*value ? max_age_s : 0), https ? "; Secure" : ""));
}

static struct json begin(struct call *c)
{
    buf_clear(&c->out->body);
    c->replied = true;
    c->out->status = c->cr->route->ok;
    struct json j = json_to(&c->out->body);
    json_obj(&j);
    json_kbool(&j, "success", true);
    json_key(&j, "data");
    return j;
}

static enum rc end(struct call *c, struct json *j, const struct page *page)
{
    char now[INSTANT_TEXT];
    json_key(j, "meta");
    json_obj(j);
    if (page) {
        ASSERT(page->limit > 0);
        json_key(j, "pagination");
        json_obj(j);
        json_kint(j, "page", page->page);
        json_kint(j, "limit", page->limit);
        json_kint(j, "total", page->total);
        json_kint(j, "pages", page->total == NONE ? NONE : (page->total + page->limit - 1) / page->limit);
        json_kstr(j, "next_cursor", page->next);
        json_obj_end(j);
    }
    json_kstr(j, "timestamp", instant_format(c->req.now, now));
    json_kbool(j, "cached", false);
    json_obj_end(j);
    json_obj_end(j);
    return c->out->body.failed || arena_failed(c->req.arena) ? fault(RC_OOM, "%s: the answer does not fit", c->cr->route->path) : RC_OK;
}

enum rc reply(struct req *r, const void *value)
{
    struct call *c = call_of(r);
    const struct shape *s = c->cr->route->out;
    ASSERT(s && !(c->cr->route->flags & R_LIST));
    for (const struct field *f = s->fields; f->kind != K_END; f++)
        if (f->kind == K_INT && strcmp(f->name, "version") == 0) reply_version(r, *(const int64_t *)((const char *)value + f->off));
    struct json j = begin(c);
    shape_write(&j, s, value);
    return end(c, &j, NULL);
}

enum rc reply_list(struct req *r, struct list l, const struct page *page)
{
    struct call *c = call_of(r);
    const struct shape *s = c->cr->route->out;
    ASSERT(s && (c->cr->route->flags & R_LIST));
    struct json j = begin(c);
    json_arr(&j);
    for (size_t i = 0; i < l.n; i++) shape_write(&j, s, (const char *)l.items + i * s->size);
    json_arr_end(&j);
    return end(c, &j, page);
}

enum rc reply_slice(struct req *r, struct list all, int64_t page, int64_t limit)
{
    size_t size = call_of(r)->cr->route->out->size, skip = (size_t)((page - 1) * limit);
    struct page p = { page, limit, (int64_t)all.n, NULL };
    if (skip > all.n) skip = all.n;
    size_t left = all.n - skip, n = left < (size_t)limit ? left : (size_t)limit;
    return reply_list(r, (struct list){ n ? (char *)all.items + skip * size : NULL, n }, &p);
}

enum rc reply_empty(struct req *r)
{
    struct call *c = call_of(r);
    ASSERT(c->cr->route->ok == 204);
    buf_clear(&c->out->body);
    c->out->status = 204;
    c->replied = true;
    return RC_OK;
}

enum rc reply_text(struct req *r, const char *type, const char *text, const char *file)
{
    struct call *c = call_of(r);
    buf_clear(&c->out->body);
    buf_puts(&c->out->body, text);
    c->out->status = c->cr->route->ok;
    c->out->type = type;
    c->replied = true;
    if (file) reply_header(r, "Content-Disposition", arena_printf(r->arena, "attachment; filename=\"%s\"", file));
    return c->out->body.failed ? RC_OOM : RC_OK;
}

struct buf *reply_body(struct req *r, const char *type)
{
    struct call *c = call_of(r);
    buf_clear(&c->out->body);
    c->out->status = c->cr->route->ok;
    c->out->type = type;
    c->replied = true;
    return &c->out->body;
}

enum rc reply_redirect(struct req *r, const char *to)
{
    struct call *c = call_of(r);
    ASSERT((c->cr->route->flags & R_REDIRECT) && str_starts(to, settings.base_url));
    buf_clear(&c->out->body);
    c->out->status = 303;
    c->replied = true;
    reply_header(r, "Location", to);
    return RC_OK;
}

const char *req_body(const struct req *r, size_t *len)
{
    const struct call *c = (const struct call *)r;
    *len = c->http ? c->http->body_len : 0;
    return *len ? c->http->body : "";
}

const char *req_header(const struct req *r, const char *name)
{
    return http_header(((const struct call *)r)->http, name);
}

/* Sun, 22 Nov 2026 05:00:00 GMT */
static const char *http_date(struct arena *a, int64_t instant)
{
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t date = floor_div(instant, USEC_PER_DAY), s = floor_div(instant - date * USEC_PER_DAY, USEC_PER_SEC);
    struct civil d = { 0 };
    date_to_civil(date, &d);
    return arena_printf(a, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[date_weekday(date) - 1], d.day, months[d.month - 1], (int)d.year, (int)(s / 3600),
        (int)(s / 60 % 60), (int)(s % 60));
}

bool req_not_modified(struct req *r, const char *etag, int64_t modified)
{
    const char *want = req_header(r, "If-None-Match"), *since = req_header(r, "If-Modified-Since");
    const char *date = modified == NONE ? NULL : http_date(r->arena, modified);
    reply_header(r, "ETag", etag);
    if (date) reply_header(r, "Last-Modified", date);
    if (want) return response_etag_listed(want, etag);
    return since && date && strcmp(since, date) == 0; /* as it was given out: no other date is known */
}

/* ---- failures -------------------------------------------------------------------------------------------------- */

void req_field_error(struct req *r, const char *field, const char *problem)
{
    input_error(&call_of(r)->errors, field, problem);
}

bool req_has_errors(const struct req *r)
{
    return ((const struct call *)r)->errors.n > 0;
}

enum rc req_invalid(struct req *r)
{
    return req_has_errors(r) ? RC_INVALID : RC_OK;
}

const char *req_details(const struct req *r) { return ((const struct call *)r)->details; }

enum rc req_fail(struct req *r, enum rc rc, const char *sentence, const char *details)
{
    struct call *c = call_of(r);
    c->sentence = sentence;
    c->details = details;
    return rc;
}
