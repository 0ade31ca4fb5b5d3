/* google_call.c - tokens and requests. Nothing of a token, a code or an event is logged or kept in a sentence. */
#include "modules/google/google_call.h"
#include <stdio.h>
#include <string.h>

/* ---- sealed columns -------------------------------------------------------------------------------------------------------------- */

/* The tenant and the row are part of what is authenticated: a token copied to another row or clinic does not open. */
static const char *context(struct arena *a, struct id tenant, struct id link, const char *column)
{
    char t[ID_TEXT], l[ID_TEXT];
    return arena_printf(a, "google_link:%s:%s:%s", column, id_format(tenant, t), id_format(link, l));
}

const char *google_seal(struct arena *a, struct id tenant, struct id link, const char *column, const char *plain)
{
    void *out = NULL;
    size_t n = 0;
    if (str_empty(plain) || seal_field(a, tenant, context(a, tenant, link, column), plain, strlen(plain), &out, &n) != RC_OK) return NULL;
    char *text = arena_alloc(a, (n + 2) / 3 * 4 + 1);
    if (text) base64url_encode(out, n, text);
    return text;
}

const char *google_open(struct arena *a, struct id tenant, struct id link, const char *column, const char *sealed)
{
    void *out = NULL;
    size_t n = sealed ? strlen(sealed) * 3 / 4 : 0, got = 0;
    uint8_t *raw = n ? arena_alloc(a, n) : NULL;
    if (!raw || !base64url_decode(sealed, raw, n)) return NULL;
    if (seal_open_field(a, tenant, context(a, tenant, link, column), raw, n, &out, &got) != RC_OK) return NULL;
    return arena_strndup(a, out, got);
}

/* ---- helpers ------------------------------------------------------------------------------------------------------------------------ */

struct commit { struct talk *t; talk_fn *fn; const void *arg; };
static enum rc commit_tx(struct tx *tx, void *arg)
{
    struct commit *c = arg;
    return c->fn(tx, c->t, c->arg);
}

enum rc google_commit(struct talk *t, const char *name, talk_fn *fn, const void *arg)
{
    struct commit c = { t, fn, arg };
    return db_tx(t->job->db, name, commit_tx, &c);
}

enum rc google_later(struct talk *t, const char *error)
{
    snprintf(t->error, sizeof t->error, "%s", error);
    return RC_BUSY;
}

static enum rc broken(struct talk *t, const char *error)
{
    snprintf(t->error, sizeof t->error, "%s", error);
    return RC_UNAUTHENTICATED;
}

const char *google_redirect_uri(struct arena *a) { return arena_printf(a, "%s/api/v1/google/callback", settings.base_url); }

/* ---- tokens --------------------------------------------------------------------------------------------------------------------------- */

struct token_answer { const char *access_token, *refresh_token, *scope, *error; int64_t expires_in; };
static const struct field token_fields[] = { F_STR(struct token_answer, access_token, .max = GOOGLE_TOKEN_MAX - 1),
    F_STR(struct token_answer, refresh_token, .max = GOOGLE_TOKEN_MAX - 1), F_STR(struct token_answer, scope, .max = 4000), F_STR(struct token_answer, error),
    F_INT(struct token_answer, expires_in), F_END };
static const struct shape token_shape = { .name = "google_token", .size = sizeof(struct token_answer), .fields = token_fields, .loose = true };

static enum rc ask_token(struct talk *t, const char *form, struct token_answer *out)
{
    struct arena *a = t->job->arena;
    struct out_answer got;
    void *read = NULL;
    struct out_request q = { .method = "POST", .url = settings.google_token_url, .headers = { "Content-Type: application/x-www-form-urlencoded", "Accept: application/json" },
        .body = form, .body_len = strlen(form), .timeout_ms = settings.google_timeout_s * 1000, .answer_max = 64 * 1024 };
    char err[120];
    enum rc rc = out_http(a, &q, &got, err, sizeof err);
    if (rc == RC_BUSY) return google_later(t, arena_printf(a, "Google's sign-in does not answer: %s", err));
    TRY(rc);
    t->retry_after_s = got.retry_after_s;
    rc = shape_read_foreign(a, &token_shape, got.body, got.len, &read);
    if (rc == RC_OOM) return rc;
    if (rc != RC_OK || got.status >= 500 || got.status == 429) return google_later(t, arena_printf(a, "Google's sign-in answered %d with something that cannot be used", got.status));
    *out = *(struct token_answer *)read;
    if (got.status != 200 && str_eq(out->error, "invalid_grant")) return broken(t, "Google does not accept this connection any more: it was withdrawn or has expired");
    if (got.status != 200) return google_later(t, arena_printf(a, "Google's sign-in refused this server (%d): the operator should check the client id and secret", got.status));
    if (str_empty(out->access_token) || out->expires_in <= 0) return google_later(t, "Google's sign-in gave no token");
    return RC_OK;
}

static enum rc keep_tokens_tx(struct tx *tx, struct talk *t, const void *first)
{
    TRY(google_link_tokens(tx, &t->link));
    if (!first) return RC_OK;
    TRY(google_events_all(tx, t->link.id, t->link.provider_id, t->job->now));
    return tx_event(tx, "google.changed", t->link.provider_id, 1, t->job->now, NULL);
}

static enum rc keep_tokens(struct talk *t, const struct token_answer *got, bool first)
{
    struct arena *a = t->job->arena;
    struct google_link *l = &t->link;
    snprintf(t->access, sizeof t->access, "%s", got->access_token);
    if (!str_empty(got->refresh_token)) snprintf(t->refresh, sizeof t->refresh, "%s", got->refresh_token);
    l->access_token = google_seal(a, l->tenant_id, l->id, "access", t->access);
    l->refresh_token = google_seal(a, l->tenant_id, l->id, "refresh", t->refresh);
    l->token_expires_at = now_us() + got->expires_in * USEC_PER_SEC;
    if (!l->access_token || !l->refresh_token) return RC_OOM;
    TRY(google_commit(t, "google.tokens", keep_tokens_tx, first ? "" : NULL));
    l->state = GOOGLE_CONNECTED;
    l->code = l->verifier = NULL;
    return RC_OK;
}

static enum rc exchange(struct talk *t)
{
    struct arena *a = t->job->arena;
    const struct google_link *l = &t->link;
    struct token_answer got = { 0 };
    const char *code = google_open(a, l->tenant_id, l->id, "code", l->code), *verifier = google_open(a, l->tenant_id, l->id, "verifier", l->verifier);
    if (!code || !verifier) return broken(t, "What Google had sent cannot be read any more. Connect again");
    enum rc rc = ask_token(t, arena_printf(a, "grant_type=authorization_code&code=%s&client_id=%s&client_secret=%s&redirect_uri=%s&code_verifier=%s",
        out_escape(a, code), out_escape(a, settings.google_client_id), out_escape(a, settings.google_client_secret), out_escape(a, google_redirect_uri(a)),
        out_escape(a, verifier)), &got);
    TRY(rc);
    if (str_empty(got.refresh_token)) return broken(t, "Google gave no lasting access. Connect again");
    if (!got.scope || !strstr(got.scope, GOOGLE_SCOPE)) return broken(t, "The access to the calendar was not allowed. Connect again and leave the box ticked");
    return keep_tokens(t, &got, true);
}

enum rc google_refresh(struct talk *t)
{
    struct arena *a = t->job->arena;
    struct token_answer got = { 0 };
    if (!*t->refresh) return broken(t, "There is no lasting access to Google. Connect again");
    TRY(ask_token(t, arena_printf(a, "grant_type=refresh_token&refresh_token=%s&client_id=%s&client_secret=%s", out_escape(a, t->refresh),
        out_escape(a, settings.google_client_id), out_escape(a, settings.google_client_secret)), &got));
    return keep_tokens(t, &got, false);
}

static void open_token(struct talk *t, char out[GOOGLE_TOKEN_MAX], const char *column, const char *sealed)
{
    const char *plain = google_open(t->job->arena, t->link.tenant_id, t->link.id, column, sealed);
    snprintf(out, GOOGLE_TOKEN_MAX, "%s", plain ? plain : "");
}

enum rc google_authorize(struct talk *t)
{
    if (t->link.state == GOOGLE_CONNECTING) return exchange(t);
    if (!*t->access) open_token(t, t->access, "access", t->link.access_token);
    if (!*t->refresh) open_token(t, t->refresh, "refresh", t->link.refresh_token);
    if (*t->access && t->link.token_expires_at > now_us() + TOKEN_EARLY_S * USEC_PER_SEC) return RC_OK;
    return google_refresh(t);
}

/* ---- requests ------------------------------------------------------------------------------------------------------------------------------ */

static enum rc ask_once(struct talk *t, const char *method, const char *path, const char *if_match, const char *body, struct out_answer *out)
{
    struct arena *a = t->job->arena;
    char err[120];
    struct out_request q = { .method = method, .url = arena_printf(a, "%s%s", settings.google_api_url, path), .body = body, .body_len = body ? strlen(body) : 0,
        .timeout_ms = settings.google_timeout_s * 1000, .answer_max = 2 << 20 };
    size_t n = 0;
    q.headers[n++] = arena_printf(a, "Authorization: Bearer %s", t->access);
    q.headers[n++] = "Accept: application/json";
    if (body) q.headers[n++] = "Content-Type: application/json";
    if (if_match) q.headers[n++] = arena_printf(a, "If-Match: %s", if_match);
    enum rc rc = out_http(a, &q, out, err, sizeof err);
    return rc == RC_BUSY ? google_later(t, arena_printf(a, "Google does not answer: %s", err)) : rc;
}

/* A 403 is either "not allowed" or "too often". */
static bool too_often(const struct out_answer *a)
{
    static const char *const reasons[] = { "ateLimitExceeded", "quotaExceeded", "calendarUsageLimitsExceeded" };
    if (a->status == 429) return true;
    for (size_t i = 0; a->status == 403 && i < ARRAY_LEN(reasons); i++)
        if (strstr(a->body, reasons[i])) return true;
    return false;
}

enum rc google_ask(struct talk *t, const char *method, const char *path, const char *if_match, const char *body, struct out_answer *out)
{
    TRY(ask_once(t, method, path, if_match, body, out));
    if (out->status == 401) {
        TRY(google_refresh(t));
        TRY(ask_once(t, method, path, if_match, body, out));
        if (out->status == 401) return broken(t, "Google refuses the access. Connect again");
    }
    t->retry_after_s = out->retry_after_s;
    if (too_often(out)) return google_later(t, "Google asks to be asked less often");
    if (out->status >= 500 || out->status == 408) return google_later(t, arena_printf(t->job->arena, "Google answered %d", out->status));
    return RC_OK;
}
