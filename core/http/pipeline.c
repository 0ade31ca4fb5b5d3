/* pipeline.c - from request to response: limits, who asks, may they, is the input right, the handler, the answer. */
#include "core/http/app.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MAX_DEFAULT = 64 * 1024, RESPONSE_MAX = 8 * 1024 * 1024 };

/* ---- limits ---------------------------------------------------------------------------------------------------- */

static enum rc allow(struct call *c, const char *what, const char *who, int64_t per, int64_t period_us, int64_t burst, bool tell)
{
    char key[160];
    int64_t remaining = 0, wait = 0;
    snprintf(key, sizeof key, "%s:%s", what, who);
    bool ok = limiter_allow(c->app->limiter, key, per, period_us, burst, monotonic_us(), &remaining, &wait);
    c->retry_after_s = wait;
    if (tell || !ok) {
        response_header(c->out, "RateLimit-Limit", arena_printf(c->req.arena, "%lld", (long long)burst));
        response_header(c->out, "RateLimit-Remaining", arena_printf(c->req.arena, "%lld", (long long)(ok ? remaining : 0)));
        response_header(c->out, "RateLimit-Reset", arena_printf(c->req.arena, "%lld", (long long)(ok ? 1 : wait)));
    }
    return ok ? RC_OK : RC_LIMITED;
}

static enum rc limit_address(struct call *c)
{
    const char *a = c->req.network;
    switch (c->cr->route->rate) {
    case RATE_LOGIN: return allow(c, "login", a, settings.rate_login_per_min, USEC_PER_MIN, settings.rate_login_per_min, true);
    case RATE_REGISTER: return allow(c, "register", a, 30, USEC_PER_HOUR, 30, true);
    case RATE_BOOKING: return allow(c, "booking", a, settings.rate_booking_per_min, USEC_PER_MIN, settings.rate_booking_per_min, true);
    case RATE_HOLD: return allow(c, "hold", a, 3 * settings.rate_booking_per_min, USEC_PER_MIN, 3 * settings.rate_booking_per_min, true);
    case RATE_PUBLIC_READ:
        return allow(c, "public", a, settings.rate_public_per_min, USEC_PER_MIN, settings.rate_public_per_min, true);
    case RATE_WEBHOOK: /* few senders, each for many */
        return allow(c, "webhook", a, 100 * settings.rate_public_per_min, USEC_PER_MIN, 10 * settings.rate_public_per_min, false);
    default: return RC_OK;
    }
}

static enum rc limit_session(struct call *c)
{
    char who[ID_TEXT];
    return allow(c, "session", id_format(c->actor.session, who), settings.rate_session_per_s, USEC_PER_SEC, settings.rate_session_burst, false);
}

/* ---- who asks -------------------------------------------------------------------------------------------------- */

static const char *bearer(const struct call *c)
{
    const char *h = http_header(c->http, "Authorization");
    if (!h || strncasecmp(h, "Bearer ", 7) != 0) return NULL;
    h += 7;
    return h + strspn(h, " ");
}

static const char *cookie(const struct call *c, const char *name)
{
    const char *h = http_header(c->http, "Cookie");
    size_t n = strlen(name);
    for (; h && *h; h += strcspn(h, ";"), h += *h == ';') {
        h += strspn(h, " ");
        if (strncmp(h, name, n) == 0 && h[n] == '=') return arena_strndup(c->req.arena, h + n + 1, strcspn(h + n + 1, "; "));
    }
    return NULL;
}

static enum rc authenticate(struct call *c)
{
    const char *token = bearer(c);
    bool by_cookie = !token;
    if (by_cookie) token = cookie(c, session_cookie_name());
    if (str_empty(token) || !c->app->authenticate) return RC_UNAUTHENTICATED;
    enum rc rc = c->app->authenticate(&c->req, token, by_cookie, &c->actor);
    if (rc == RC_UNAUTHENTICATED) {
        enum rc limited = allow(c, "unknown", c->req.network, settings.rate_public_per_min, USEC_PER_MIN, settings.rate_public_per_min, false);
        return limited == RC_OK ? rc : limited;
    }
    TRY(rc);
    c->actor.by_cookie = by_cookie;
    tdb_set_tenant(c->req.db, c->actor.tenant);
    return RC_OK;
}

static enum rc permit(const struct call *c)
{
    uint64_t want = c->cr->route->perm;
    if (want == PERM_SIGNED_IN) return c->actor.kind == ACTOR_MEMBER ? RC_OK : RC_FORBIDDEN;
    return (c->actor.perms & want) == want ? RC_OK : RC_FORBIDDEN;
}

static bool own_origin(const struct call *c, const char *origin)
{
    const char *host = http_header(c->http, "Host");
    if (strcmp(origin, settings.base_url) == 0) return true;
    const char *rest = str_starts(origin, "http://") ? origin + 7 : str_starts(origin, "https://") ? origin + 8 : NULL;
    return rest && host && strcasecmp(rest, host) == 0;
}

/* OWASP: origin first, then a token bound to the session. Requests without a cookie carry no ambient authority,
 * but a foreign page must not sign a visitor in or book for him either. */
static enum rc check_csrf(const struct call *c)
{
    const struct route *r = c->cr->route;
    const char *site = http_header(c->http, "Sec-Fetch-Site"), *origin = http_header(c->http, "Origin");
    const char *token = http_header(c->http, "X-CSRF-Token");
    if (strcmp(r->method, "GET") == 0 || (!c->actor.by_cookie && bearer(c))) return RC_OK;
    if (site && strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0) return RC_CSRF;
    if (origin && !own_origin(c, origin)) return RC_CSRF;
    if (!c->actor.by_cookie) return RC_OK;
    char want[TOKEN_TEXT];
    seal_derive("csrf", c->actor.session.b, sizeof c->actor.session.b, want);
    return token && seal_equal(token, want) ? RC_OK : RC_CSRF;
}

/* ---- input ------------------------------------------------------------------------------------------------------ */

static enum rc read_path(struct call *c, const struct path_params *p)
{
    if (p->id) {
        char text[ID_TEXT];
        if (p->id_len != ID_TEXT - 1) return RC_NOT_FOUND;
        memcpy(text, p->id, p->id_len);
        text[p->id_len] = 0;
        if (!id_parse(text, &c->req.path_id) || id_is_nil(c->req.path_id)) return RC_NOT_FOUND;
    }
    if (p->text && !(c->req.path_text = percent_decode(c->req.arena, p->text, p->text_len, false))) return RC_NOT_FOUND;
    return RC_OK;
}

/* "3", also 3 and W/"3": a proxy that compresses makes an ETag weak. Exactly digits, as many as a version can have. */
static enum rc read_if_match(struct call *c)
{
    const char *h = http_header(c->http, "If-Match");
    c->req.if_match = NONE;
    if (!h || strcmp(h, "*") == 0) return RC_OK;
    if (str_starts(h, "W/")) h += 2;
    bool quoted = *h == '"';
    h += quoted;
    if (!str_digits(&h, &c->req.if_match) || strcmp(h, quoted ? "\"" : "") != 0)
        return req_fail(&c->req, RC_BAD_REQUEST, "If-Match must be one version in quotes, such as \"3\"", NULL);
    return RC_OK;
}

static bool has_required(const struct shape *s)
{
    if (s->patch) return false;
    for (const struct field *f = s->fields; f->kind != K_END; f++)
        if (f->required) return true;
    return false;
}

/* JSON as it stands: not compressed, and in no other encoding than UTF-8. */
static bool is_plain_json(const struct http_request *h)
{
    static const char json[] = "application/json";
    const char *type = http_header(h, "Content-Type"), *coded = http_header(h, "Content-Encoding");
    size_t n = sizeof json - 1;
    if (coded && strcasecmp(coded, "identity") != 0) return false;
    if (!type || strncasecmp(type, json, n) != 0 || (type[n] && type[n] != ';' && type[n] != ' ')) return false;
    const char *charset = strcasestr(type + n, "charset=");
    if (!charset) return true;
    charset += strlen("charset=");
    charset += *charset == '"';
    return strncasecmp(charset, "utf-8", 5) == 0 && !(charset[5] && strchr("-_0123456789", charset[5]));
}

static enum rc read_body(struct call *c)
{
    const struct shape *in = c->cr->route->in;
    const char *body = c->http->body, *why = NULL;
    size_t len = c->http->body_len;
    void *value = NULL;
    if (c->cr->route->flags & R_RAW) return RC_OK;
    if (!in) {
        if (len == 0 || (c->cr->route->flags & R_ONE_CLICK) || (len == 2 && memcmp(body, "{}", 2) == 0)) return RC_OK;
        return req_fail(&c->req, RC_BAD_REQUEST, "This request takes no body", NULL);
    }
    if (len == 0 && !has_required(in)) {
        body = "{}";
        len = 2;
    } else if (!is_plain_json(c->http)) {
        return RC_MEDIA_TYPE;
    }
    enum rc rc = shape_read_body(&c->errors, in, body, len, &value, &why);
    c->req.in = value;
    return rc == RC_BAD_REQUEST ? req_fail(&c->req, rc, why, NULL) : rc;
}

static enum rc read_input(struct call *c)
{
    void *query = NULL;
    const char *why = NULL;
    enum rc rc = shape_read_query(&c->errors, c->cr->route->query, c->http->query, &query, &why);
    if (rc == RC_BAD_REQUEST) return req_fail(&c->req, rc, why, NULL);
    if (rc != RC_OK && rc != RC_INVALID) return rc;
    c->req.query = query;
    enum rc body = read_body(c);
    return body != RC_OK ? body : rc;
}

/* ---- Idempotency-Key: the answer is stored in the commit it belongs to -----------------------------------------------
 * Nobody asks for it beforehand: most keys are new. A key that was used makes the commit fail, or the handler found its own
 * first answer in its way; only then is it looked up. So a route with R_IDEMPOTENT does nothing outside req_tx. */

static enum rc read_idempotency_key(struct call *c)
{
    const char *key = http_header(c->http, "Idempotency-Key");
    char who[ID_TEXT], hex[65];
    if (!key || !(c->cr->route->flags & R_IDEMPOTENT)) return RC_OK;
    size_t n = 0;
    while (key[n] > ' ' && key[n] < 127) n++;
    if (n == 0 || n > 255 || key[n]) return req_fail(&c->req, RC_BAD_REQUEST, "Idempotency-Key must have 1 to 255 visible ASCII characters", NULL);
    const char *scoped = arena_printf(c->req.arena, "%s|%s", id_format(c->actor.member, who), key);
    const char *content = arena_printf(c->req.arena, "%s|%s|", c->http->method, c->http->path);
    size_t head = strlen(content);
    char *all = arena_alloc(c->req.arena, head + c->http->body_len + 1);
    if (!all) return RC_OOM;
    memcpy(all, content, head);
    if (c->http->body_len) memcpy(all + head, c->http->body, c->http->body_len);
    struct digest d = seal_hash(all, head + c->http->body_len);
    hex_encode(d.b, sizeof d.b, c->idempotency_hash);
    d = seal_hash(scoped, strlen(scoped));
    hex_encode(d.b, sizeof d.b, hex);
    c->idempotency_key = arena_strdup(c->req.arena, hex);
    return RC_OK;
}

struct stored { int64_t status; const char *hash, *body; };
static const struct field stored_fields[] = { F_INT(struct stored, status), F_STR(struct stored, hash), F_STR(struct stored, body), F_END };
static const struct shape stored_shape = SHAPE(stored, stored_fields);

/* RC_OK: nothing stored. RC_REPLAYED: the first answer stands in the response. RC_KEY_REUSED: another body. */
static enum rc replay(struct call *c)
{
    struct stored s = { 0 };
    if (!c->idempotency_key || id_is_nil(db_tenant(c->req.db))) return RC_OK;
    enum rc rc = db_get(c->req.db, &Q_IDEMPOTENCY_GET, ARGS(S(c->idempotency_key)), &stored_shape, &s);
    if (rc == RC_NOT_FOUND) return RC_OK;
    TRY(rc);
    if (strcmp(s.hash, c->idempotency_hash) != 0) return RC_KEY_REUSED;
    buf_clear(&c->out->body);
    buf_puts(&c->out->body, s.body);
    c->out->status = (int)s.status;
    c->replied = true;
    response_header(c->out, "Idempotency-Replayed", "true");
    return RC_REPLAYED;
}

static enum rc store_answer(struct tx *tx, void *arg)
{
    struct call *c = arg;
    ASSERT(c->replied && "a write that honours Idempotency-Key replies inside its transaction");
    return tx_run_query(tx, &Q_IDEMPOTENCY_PUT, ARGS(S(c->idempotency_key), S(c->idempotency_hash), I(c->out->status), S(buf_str(&c->out->body)),
        I(c->req.now)));
}

enum rc req_enter(struct req *r, struct id tenant)
{
    tdb_set_tenant(r->db, tenant);
    return RC_OK;
}

enum rc req_tx(struct req *r, const char *name, tx_fn *fn, void *arg)
{
    struct call *c = (struct call *)r;
    bool store = c->idempotency_key && !id_is_nil(db_tenant(r->db));
    db_set_before_commit(r->db, store ? store_answer : NULL, c);
    size_t headers = c->out->n_headers;
    enum rc rc = db_tx(r->db, name, fn, arg);
    db_set_before_commit(r->db, NULL, NULL);
    if (rc != RC_OK) c->out->n_headers = headers; /* an attempt that was tried again had answered already; its memory is gone */
    /* The key was used before, or what the handler inserts is there already: the stored answer knows. */
    if (store && rc == RC_CONFLICT) TRY(replay(c));
    return rc;
}

struct req *req_of_program(struct arena *a, struct tdb *db, int64_t now, const char *actor, uint64_t perms)
{
    struct call *c = arena_alloc(a, sizeof *c);
    if (!c || !(c->out = arena_alloc(a, sizeof *c->out))) return NULL;
    c->actor = (struct actor){ .kind = ACTOR_SYSTEM, .tenant = db_tenant(db), .perms = perms, .name = actor };
    c->errors.arena = a;
    c->req = (struct req){ .arena = a, .db = db, .who = &c->actor, .if_match = NONE, .now = now, .request_id = "", .address = "", .network = "" };
    return &c->req;
}

/* ---- the answer ---------------------------------------------------------------------------------------------------- */

static void write_field_errors(struct json *j, const struct input_errors *e)
{
    json_obj(j);
    json_key(j, "fields");
    json_obj(j);
    for (size_t i = 0; i < e->n; i++) {
        size_t first = 0;
        while (strcmp(e->at[first].field, e->at[i].field) != 0) first++;
        if (first == i) json_kstr(j, e->at[i].field, e->at[i].problem);
    }
    json_obj_end(j);
    json_obj_end(j);
}

static void write_failure(struct http_response *out, enum rc rc, const char *sentence, const char *details, const struct input_errors *errors, const char *request_id)
{
    const struct outcome_row *row = outcome_row(rc);
    buf_clear(&out->body);
    out->status = row->status;
    out->type = NULL;
    struct json j = json_to(&out->body);
    json_obj(&j);
    json_kbool(&j, "success", false);
    json_kstr(&j, "error", sentence ? sentence : row->sentence);
    json_kstr(&j, "code", row->code);
    json_key(&j, "details");
    if (errors && errors->n) write_field_errors(&j, errors);
    else json_raw(&j, details);
    json_kstr(&j, "request_id", request_id);
    json_obj_end(&j);
}

static bool documented(const struct call *c, enum rc rc)
{
    const struct route *r = c->cr->route;
    unsigned by_itself = FAILS(RC_BAD_REQUEST) | FAILS(RC_UNAUTHENTICATED) | FAILS(RC_FORBIDDEN) | FAILS(RC_CSRF) | FAILS(RC_TOO_LARGE) |
                         FAILS(RC_MEDIA_TYPE) | FAILS(RC_INVALID) | FAILS(RC_LIMITED) | FAILS(RC_BUSY) | FAILS(RC_KEY_REUSED);
    if (strchr(r->path, '{')) by_itself |= FAILS(RC_NOT_FOUND);
    return rc < 0 || ((r->fails | by_itself) & FAILS(rc));
}

static bool has_header(const struct http_response *out, const char *name)
{
    for (size_t i = 0; i < out->n_headers; i++)
        if (strcmp(out->headers[i].name, name) == 0) return true;
    return false;
}

bool response_etag_listed(const char *list, const char *etag)
{
    for (const char *p = list + strspn(list, ", \t"); *p; p += strspn(p, ", \t")) {
        if (str_starts(p, "W/")) p += 2;
        size_t n = *p == '"' ? strcspn(p + 1, "\"") + 2 : strcspn(p, ", \t");
        n = strnlen(p, n);
        if ((n == 1 && *p == '*') || (n == strlen(etag) && strncmp(p, etag, n) == 0)) return true;
        p += n;
    }
    return false;
}

/* Also where the handler found it out by a date and left the body away. */
static bool not_modified(const struct call *c)
{
    const char *want = http_header(c->http, "If-None-Match");
    if (strcmp(c->cr->route->method, "GET") != 0 || c->out->status != 200) return false;
    if (c->cr->route->flags & R_CALENDAR) return has_header(c->out, "ETag") && c->out->body.len == 0;
    for (size_t i = 0; want && i < c->out->n_headers; i++)
        if (strcmp(c->out->headers[i].name, "ETag") == 0) return response_etag_listed(want, c->out->headers[i].value);
    return false;
}

static void finish(struct call *c, enum rc rc)
{
    if (rc == RC_OK || rc == RC_REPLAYED) {
        ASSERT(c->replied && "a handler returned RC_OK without a reply");
        if (not_modified(c)) {
            buf_clear(&c->out->body);
            c->out->status = 304;
        }
        return;
    }
    if (c->out->stream) {
        stream_close(c->out->stream);
        stream_unref(c->out->stream);
        c->out->stream = NULL;
    }
    if (!documented(c, rc)) rc = fault(RC_FAULT, "%s %s: outcome %d is not documented on its route", c->cr->route->method, c->cr->route->path, rc);
    write_failure(c->out, rc, c->sentence, c->details, &c->errors, c->request_id_text);
    if (rc == RC_UNAUTHENTICATED) response_header(c->out, "WWW-Authenticate", "Bearer");
    if (c->out->status == 503) response_header(c->out, "Retry-After", "1");
    if (rc == RC_LIMITED && !has_header(c->out, "Retry-After"))
        response_header(c->out, "Retry-After", arena_printf(c->req.arena, "%lld", (long long)(c->retry_after_s > 0 ? c->retry_after_s : 1)));
}

static enum rc dispatch(struct call *c, const struct path_params *p)
{
    const struct route *r = c->cr->route;
    TRY(limit_address(c));
    if (r->perm != PERM_PUBLIC) {
        TRY(authenticate(c));
        TRY(permit(c));
        TRY(limit_session(c));
    }
    TRY(check_csrf(c));
    TRY(read_path(c, p));
    TRY(read_if_match(c));
    TRY(read_idempotency_key(c));
    TRY(read_input(c));
    enum rc rc = r->handler(&c->req);
    if (rc > 0 && c->idempotency_key) { /* the same request may have been here before */
        enum rc again = replay(c);
        if (again != RC_OK) return again;
    }
    return rc;
}

static void count(struct compiled_route *cr, int status, int64_t us)
{
    int b = 0;
    while (b < LATENCY_BUCKETS - 1 && us > latency_bounds_us[b]) b++;
    cr->by_status[status / 100 < STATUS_CLASSES ? status / 100 : 0]++;
    cr->latency[b]++;
    cr->latency_sum_us += us;
}

static void handle_route(struct call *c, struct worker *w, const struct path_params *p)
{
    int64_t began = monotonic_us();
    tdb_begin(w->db, c->req.arena, ID_NIL);
    c->req.db = w->db;
    finish(c, dispatch(c, p));
    if (c->out->body.failed) write_failure(c->out, RC_OOM, NULL, NULL, NULL, c->request_id_text);
    int64_t us = monotonic_us() - began;
    count((struct compiled_route *)(uintptr_t)c->cr, c->out->status, us);
    LOG(LOG_INFO, "http.request", KS("method", c->cr->route->method), KS("route", c->cr->route->path), KI("status", c->out->status), KI("us", us),
        KID("tenant", c->actor.tenant));
}

static void begin_call(struct call *c, struct app *app, struct arena *arena, const struct http_request *http, struct http_response *out)
{
    uint8_t random[16];
    *c = (struct call){ .app = app, .http = http, .out = out };
    env.random(random, sizeof random);
    hex_encode(random, sizeof random, c->request_id_text);
    client_address(settings.trusted_proxies, http->peer, http_header(http, "X-Forwarded-For"), c->address_text);
    address_network(c->address_text, c->network_text);
    const char *proto = address_trusted(settings.trusted_proxies, http->peer) ? http_header(http, "X-Forwarded-Proto") : NULL;
    const char *agent = http_header(http, "User-Agent");
    c->errors.arena = arena;
    c->actor.name = "";
    c->req = (struct req){ .arena = arena, .who = &c->actor, .if_match = NONE, .now = http->arrived, .request_id = c->request_id_text,
        .address = c->address_text, .network = c->network_text, .secure = proto ? str_eq(proto, "https") : str_starts(settings.base_url, "https://") };
    if (agent && utf8_valid(agent, strlen(agent))) c->req.user_agent = arena_strndup(arena, agent, strnlen(agent, 200));
    if (c->req.user_agent && !utf8_valid(c->req.user_agent, strlen(c->req.user_agent))) c->req.user_agent = NULL;
}

void app_handle(void *app_, void *worker, struct arena *arena, const struct http_request *http, struct http_response *out)
{
    struct app *app = app_;
    struct call *c = arena_alloc(arena, sizeof *c);
    struct path_params p;
    char allowed[64];
    buf_init(&out->body, RESPONSE_MAX);
    if (!c) { /* no memory, so no id either */
        write_failure(out, RC_BUSY, NULL, NULL, NULL, NULL);
        return;
    }
    begin_call(c, app, arena, http, out);
    log_set_request(c->request_id_text);
    response_header(out, "X-Request-Id", c->request_id_text);
    if (str_starts(settings.base_url, "https://")) response_header(out, "Strict-Transport-Security", "max-age=31536000");
    c->cr = router_match(app, http->method, http->path, &p, allowed);
    if (c->cr && worker) {
        handle_route(c, worker, &p);
    } else if (!pages_handle(app, worker, arena, http, out)) {
        if (pages_know(http->path)) snprintf(allowed, sizeof allowed, "GET, HEAD");
        if (strcmp(http->path, "*") == 0) snprintf(allowed, sizeof allowed, "DELETE, GET, HEAD, PATCH, POST, PUT"); /* what the server as a whole takes */
        write_failure(out, *allowed ? RC_METHOD : RC_NOT_FOUND, NULL, NULL, NULL, c->request_id_text);
        if (*allowed) response_header(out, "Allow", arena_strdup(arena, allowed));
    }
    log_set_request(NULL);
}

/* ---- for commands ---------------------------------------------------------------------------------------------------- */

static const struct route *route_find(const char *method, const char *path)
{
    for (size_t i = 0; modules[i]; i++)
        for (const struct route *r = modules[i]->routes; r && r->method; r++)
            if (str_eq(r->method, method) && str_eq(r->path, path)) return r;
    return NULL;
}

static enum rc answer_ask(struct call *c, const char *body)
{
    void *in = NULL;
    const char *why = NULL;
    TRY(permit(c));
    if (c->cr->route->in) {
        enum rc rc = shape_read_body(&c->errors, c->cr->route->in, body, strlen(body), &in, &why);
        if (rc == RC_BAD_REQUEST) return req_fail(&c->req, rc, why, NULL);
        TRY(rc);
    }
    c->req.in = in;
    return c->cr->route->handler(&c->req);
}

enum rc req_ask(struct arena *a, struct tdb *db, const struct ask *ask, const char **answer)
{
    const struct route *route = route_find(ask->method, ask->path);
    struct { struct call call; struct compiled_route compiled; struct http_request http; struct http_response out; } *all = arena_alloc(a, sizeof *all);
    *answer = "";
    if (!route) return RC_NOT_FOUND;
    if (!all) return RC_OOM;
    struct call *c = &all->call;
    buf_init(&all->out.body, RESPONSE_MAX);
    all->compiled.route = route;
    all->http.query = "";
    c->cr = &all->compiled;
    c->http = &all->http;
    c->out = &all->out;
    c->actor = *ask->who;
    c->errors.arena = a;
    c->req = (struct req){ .arena = a, .db = db, .who = &c->actor, .path_id = ask->id, .if_match = NONE, .now = ask->now, .request_id = "", .address = "", .network = "" };
    enum rc rc = answer_ask(c, ask->body ? ask->body : "{}");
    if (rc != RC_OK) write_failure(c->out, rc, c->sentence, c->details, &c->errors, "");
    *answer = arena_strdup(a, buf_str(&all->out.body));
    buf_free(&all->out.body);
    return rc;
}

/* ---- for the listener ------------------------------------------------------------------------------------------------ */

struct http_plan app_plan(void *app_, const struct http_request *http)
{
    struct app *app = app_;
    struct path_params p;
    char allowed[64];
    const struct compiled_route *cr = router_match(app, http->method, http->path, &p, allowed);
    if (!cr) return (struct http_plan){ pages_inline(http->path) ? POOL_INLINE : POOL_WORKERS, BODY_MAX_DEFAULT, 0 };
    return (struct http_plan){ cr->route->flags & R_HASHES ? POOL_HASH : POOL_WORKERS, cr->route->body_max ? cr->route->body_max : BODY_MAX_DEFAULT, 0 };
}

static const char *request_id_of(const struct http_response *out)
{
    for (size_t i = 0; i < out->n_headers; i++)
        if (strcmp(out->headers[i].name, "X-Request-Id") == 0) return out->headers[i].value;
    return NULL;
}

/* For the listener, which sends what it gets before it asks again: so the id may lie in memory of the thread. */
void app_refuse(void *app, int status, struct http_response *out)
{
    static _Thread_local char id[33];
    uint8_t random[16];
    enum rc rc = status == 413 || status == 431 ? RC_TOO_LARGE : status == 503 || status == 408 ? RC_BUSY : status == 429 ? RC_LIMITED
        : status == 405 ? RC_METHOD : status == 404 ? RC_NOT_FOUND : RC_BAD_REQUEST;
    (void)app;
    if (!request_id_of(out)) {
        env.random(random, sizeof random);
        hex_encode(random, sizeof random, id);
        response_header(out, "X-Request-Id", id);
    }
    if (!out->body.max) buf_init(&out->body, 4096);
    write_failure(out, rc, NULL, NULL, NULL, request_id_of(out));
    out->status = status;
    if (status == 503) response_header(out, "Retry-After", "1");
}

void *app_worker_start(void *app_)
{
    struct app *app = app_;
    struct worker *w = calloc(1, sizeof *w);
    if (w && !(w->db = tdb_open(app->db))) {
        free(w);
        w = NULL;
    }
    return w;
}

void app_worker_stop(void *app, void *worker)
{
    struct worker *w = worker;
    (void)app;
    tdb_close(w->db);
    free(w);
}
