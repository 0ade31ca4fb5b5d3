/* google_api.c - connecting and disconnecting, what staff sees of it, and the two addresses that Google knows: the way back of who allowed the
 * access, and where it tells of changes. No request to Google is made here: that is the jobs' business. */
#include "modules/google/google_jobs.h"
#include <string.h>

enum { CONSENT_MINUTES = 15 };

/* ---- who may ------------------------------------------------------------------------------------------------------------------------------ */

static bool configured(void) { return *settings.google_client_id && *settings.google_client_secret; }

static enum rc check_configured(struct req *r)
{
    return configured() ? RC_OK
        : req_fail(r, RC_STATE, "Google Calendar is not set up on this server: CLINICD_GOOGLE_CLIENT_ID and CLINICD_GOOGLE_CLIENT_SECRET are missing (docs/google.md)", NULL);
}

/* A provider connects his own calendar; who may change settings, anybody's. */
static enum rc check_own(struct req *r, struct provider *p)
{
    *p = (struct provider){ 0 };
    TRY(providers_get(r->db, r->path_id, p));
    if ((r->who->perms & PERM_SETTINGS_WRITE) || (!id_is_nil(p->member_id) && id_eq(p->member_id, r->who->member))) return RC_OK;
    return req_fail(r, RC_FORBIDDEN, "Only the provider, or who may change settings, may connect this calendar", NULL);
}

/* ---- connect --------------------------------------------------------------------------------------------------------------------------------- */

struct connect_in { int64_t detail; };
static const struct field connect_fields[] = { F_ENUM(struct connect_in, detail, feed_detail_names, .def = FEED_INITIALS,
    .doc = "What Google is told of an appointment: nothing but its time, the service and initials, or the service and the name"), F_END };
static const struct shape connect_shape = SHAPE_NAMED("google_connect", connect_in, connect_fields);
struct connect_out { const char *url; };
static const struct field connect_out_fields[] = { F_STR(struct connect_out, url, .doc = "Where the browser goes to allow the access"), F_END };
static const struct shape connect_out_shape = SHAPE_NAMED("google_consent_url", connect_out, connect_out_fields);

struct connecting { struct req *r; struct google_consent consent; struct connect_out out; struct id audit_id; };

static const char *hash_hex(struct arena *a, const char *text)
{
    char hex[65];
    struct digest d = seal_token_hash(text);
    hex_encode(d.b, sizeof d.b, hex);
    return arena_strdup(a, hex);
}

static enum rc connect_tx(struct tx *tx, void *arg)
{
    struct connecting *c = arg;
    TRY(google_consent_insert(tx, &c->consent));
    TRY(tx_change(tx, c->r, &(struct change){ c->audit_id, "google.connect_begin", NULL, "provider", c->r->path_id, 0, NULL, NULL, false }));
    return reply(c->r, &c->out);
}

/* PKCE (RFC 7636): the verifier stays here, sealed; Google sees its hash, and later it. */
static enum rc post_connect(struct req *r)
{
    const struct connect_in *in = r->in;
    struct arena *a = r->arena;
    struct provider p;
    char state[TOKEN_TEXT], verifier[TOKEN_TEXT], challenge[64];
    TRY(check_own(r, &p));
    TRY(check_configured(r));
    if (p.archived) return req_fail(r, RC_STATE, "This provider is archived", NULL);
    seal_token_new(state);
    seal_token_new(verifier);
    struct digest d = seal_sha256(verifier, strlen(verifier));
    base64url_encode(d.b, sizeof d.b, challenge);
    struct connecting c = { .r = r, .audit_id = id_new(), .consent = { .session_id = r->who->session, .provider_id = p.id, .detail = in->detail,
        .expires_at = r->now + CONSENT_MINUTES * USEC_PER_MIN, .state_hash = hash_hex(a, state),
        .verifier = google_seal(a, db_tenant(r->db), p.id, "verifier", verifier) } };
    if (!c.consent.verifier) return RC_OOM;
    c.out.url = arena_printf(a, "%s?response_type=code&access_type=offline&prompt=consent&client_id=%s&redirect_uri=%s&scope=%s&state=%s&code_challenge=%s"
        "&code_challenge_method=S256", settings.google_auth_url, out_escape(a, settings.google_client_id), out_escape(a, google_redirect_uri(a)),
        out_escape(a, GOOGLE_SCOPE), state, challenge);
    return req_tx(r, "google.consent", connect_tx, &c);
}

struct callback_query { const char *state, *code, *error; };
static const struct field callback_fields[] = { F_STR(struct callback_query, state, .max = 200, .doc = "What the browser was sent with"),
    F_STR(struct callback_query, code, .max = 2000, .doc = "Google's code, when the access was allowed"),
    F_STR(struct callback_query, error, .max = 200, .doc = "Why there is none"), F_END };
static const struct shape callback_shape = { .name = "google_callback", .size = sizeof(struct callback_query), .fields = callback_fields, .loose = true };

struct returning { struct req *r; struct google_link link; const char *state_hash, *to; struct id audit_id, job_id; };

static enum rc return_tx(struct tx *tx, void *arg)
{
    struct returning *b = arg;
    char text[ID_TEXT];
    TRY(google_consent_delete(tx, b->state_hash));
    TRY(google_link_connect(tx, &b->link));
    TRY(google_queue(tx, b->job_id, b->link.id, arena_printf(b->r->arena, "connect:%s", id_format(b->job_id, text)), b->r->now));
    TRY(tx_change(tx, b->r, &(struct change){ b->audit_id, "google.connect", "google.changed", "provider", b->link.provider_id, 1, NULL, NULL, false }));
    return reply_redirect(b->r, b->to);
}

static enum rc back_to(struct req *r, const char *how) { return reply_redirect(r, arena_printf(r->arena, "%s/app/settings/calendars?google=%s", settings.base_url, how)); }

/* The state names the session it was made for; the code is kept sealed and used by a job. */
static enum rc get_callback(struct req *r)
{
    const struct callback_query *q = r->query;
    struct google_consent c = { 0 };
    struct google_link old = { 0 };
    struct arena *a = r->arena;
    struct id tenant = db_tenant(r->db);
    if (!configured() || str_empty(q->state)) return back_to(r, "failed");
    enum rc rc = google_consent_get(r->db, hash_hex(a, q->state), &c);
    if (rc == RC_NOT_FOUND) return back_to(r, "expired");
    TRY(rc);
    if (!id_eq(c.session_id, r->who->session) || c.expires_at <= r->now) return back_to(r, "expired");
    if (str_empty(q->code)) return back_to(r, "denied");
    rc = google_link_of(r->db, c.provider_id, &old);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    struct returning b = { .r = r, .audit_id = id_new(), .job_id = id_new(), .state_hash = c.state_hash,
        .to = arena_printf(a, "%s/app/settings/calendars?google=connected", settings.base_url),
        .link = { .id = rc == RC_OK ? old.id : id_new(), .tenant_id = tenant, .provider_id = c.provider_id, .detail = c.detail, .created_at = r->now, .pull_at = 0 } };
    const char *verifier = google_open(a, tenant, c.provider_id, "verifier", c.verifier);
    b.link.code = google_seal(a, tenant, b.link.id, "code", q->code);
    b.link.verifier = google_seal(a, tenant, b.link.id, "verifier", verifier);
    if (!b.link.code || !b.link.verifier) return RC_OOM;
    rc = req_tx(r, "google.callback", return_tx, &b);
    return rc == RC_NOT_FOUND || rc == RC_CONFLICT ? back_to(r, "expired") : rc;
}

/* ---- what staff sees ------------------------------------------------------------------------------------------------------------------------- */

static const char *const shown_states[] = { "off", "none", "connecting", "connected", "needs_reconnect", NULL };
struct link_out {
    struct id provider_id;
    int64_t state, detail, last_sync_at, pending, failed, retry_at;
    const char *account, *error;
    bool push;
    struct list problems;
};
static const struct field problem_fields[] = { F_ID(struct google_problem, appointment_id), F_INSTANT(struct google_problem, start), F_INSTANT(struct google_problem, end),
    F_ENUM(struct google_problem, what, google_problem_names, .doc = "Not taken by Google; changed there and put back; at a time that is taken there too"),
    F_INSTANT(struct google_problem, at, .nullable = true), F_STR(struct google_problem, error, .nullable = true), F_END };
static const struct shape problem_shape = SHAPE(google_problem, problem_fields);
static const struct field link_fields[] = { F_ID(struct link_out, provider_id), F_ENUM(struct link_out, state, shown_states), F_STR(struct link_out, account, .nullable = true),
    F_ENUM(struct link_out, detail, feed_detail_names), F_INSTANT(struct link_out, last_sync_at, .nullable = true), F_STR(struct link_out, error, .nullable = true),
    F_INSTANT(struct link_out, retry_at, .nullable = true), F_INT(struct link_out, pending), F_INT(struct link_out, failed),
    F_BOOL(struct link_out, push, .doc = "Google tells of changes; else it is asked every five minutes"), F_LIST(struct link_out, problems, &problem_shape), F_END };
static const struct shape link_shape = SHAPE_NAMED("google_link", link_out, link_fields);

static enum rc get_link(struct req *r)
{
    struct provider p = { 0 };
    struct google_link l = { 0 };
    struct google_counts n = { 0 };
    struct link_out out = { .provider_id = r->path_id, .state = configured() ? 1 : 0, .detail = FEED_INITIALS, .last_sync_at = NONE, .retry_at = NONE };
    TRY(providers_get(r->db, r->path_id, &p));
    enum rc rc = google_link_of(r->db, p.id, &l);
    if (rc == RC_NOT_FOUND) return reply(r, &out);
    TRY(rc);
    TRY(google_counts(r->db, l.id, &n));
    TRY(google_problems(r->db, l.id, r->now, &out.problems));
    out.state = configured() ? 2 + l.state : 0;
    out.detail = l.detail;
    out.account = l.account;
    out.last_sync_at = l.last_sync_at;
    out.error = l.last_error;
    out.retry_at = l.not_before > r->now ? l.not_before : NONE;
    out.pending = n.pending;
    out.failed = n.failed;
    out.push = l.channel_id != NULL;
    return reply(r, &out);
}

static const char *const sync_states[] = { "none", "pending", "synced", "failed", NULL };
struct sync_out { struct id appointment_id; int64_t state, synced_at, changed_at; const char *error; bool overlap; };
static const struct field sync_fields[] = { F_ID(struct sync_out, appointment_id),
    F_ENUM(struct sync_out, state, sync_states, .doc = "None: no Google calendar shows it"), F_STR(struct sync_out, error, .nullable = true),
    F_INSTANT(struct sync_out, synced_at, .nullable = true),
    F_INSTANT(struct sync_out, changed_at, .nullable = true, .doc = "When it was last changed in Google and put back"),
    F_BOOL(struct sync_out, overlap, .doc = "A Google calendar of somebody who takes part has something at that one's time too"), F_END };
static const struct shape sync_shape = SHAPE_NAMED("google_sync", sync_out, sync_fields);

/* One calendar of those that show it. The worst of them is told, and when the last of them was written. */
static enum rc add_sync(struct req *r, const struct google_event *e, struct sync_out *out)
{
    static const int64_t worse[] = { [SYNC_PENDING] = 2, [SYNC_SYNCED] = 1, [SYNC_FAILED] = 3 };
    int64_t state = e->wanted > e->done ? SYNC_PENDING : e->state;
    if (out->state == 0 || worse[state] > worse[out->state - 1]) {
        struct google_link l = { 0 };
        out->state = 1 + state;
        out->error = e->last_error;
        if (e->wanted > e->done) TRY(google_link_get(r->db, e->link_id, &l));
        if (e->wanted > e->done) out->error = l.last_error;
    }
    if (e->synced_at > out->synced_at) out->synced_at = e->synced_at;
    if (e->restored_at > out->changed_at) out->changed_at = e->restored_at;
    return RC_OK;
}

static enum rc get_sync(struct req *r)
{
    struct appointment a = { 0 };
    struct sync_out out = { .appointment_id = r->path_id, .synced_at = NONE, .changed_at = NONE };
    struct list events;
    int64_t n = 0;
    TRY(appointments_get(r->db, r->path_id, &a));
    TRY(google_overlaps(r->db, a.id, &n));
    TRY(google_events_of(r->db, a.id, &events));
    out.overlap = n > 0 && states_claim(a.status) == CLAIM_HELD;
    for (size_t i = 0; i < events.n; i++) TRY(add_sync(r, LIST_AT(events, struct google_event, i), &out));
    return reply(r, &out);
}

struct shown_query { int64_t from, to; };
static const struct field shown_query_fields[] = { F_INSTANT(struct shown_query, from, .required = true, .doc = "Appointments that begin from here on"),
    F_INSTANT(struct shown_query, to, .required = true, .doc = "To, not included; at most 42 days later"), F_END };
static const struct shape shown_query_shape = SHAPE(shown_query, shown_query_fields);
static const struct field shown_fields[] = { F_ID(struct google_shown, appointment_id), F_ENUM(struct google_shown, state, google_sync_names), F_END };
static const struct shape shown_shape = SHAPE(google_shown, shown_fields);

static enum rc get_shown(struct req *r)
{
    const struct shown_query *q = r->query;
    struct list out;
    if (q->to <= q->from) req_field_error(r, "to", "must be after from");
    else if (q->to - q->from > CALENDAR_DAYS_MAX * USEC_PER_DAY + 2 * USEC_PER_HOUR) req_field_error(r, "to", "must be at most 42 days after from");
    TRY(req_invalid(r));
    TRY(google_shown_list(r->db, q->from, q->to, &out));
    return reply_list(r, out, NULL);
}

/* ---- now, and no more ---------------------------------------------------------------------------------------------------------------------------- */

struct act { struct req *r; struct google_link link; struct id audit_id, job_id; const char *payload; };

static enum rc sync_tx(struct tx *tx, void *arg)
{
    struct act *w = arg;
    char text[ID_TEXT];
    TRY(google_link_wake(tx, w->link.id));
    TRY(google_queue(tx, w->job_id, w->link.id, arena_printf(w->r->arena, "asked:%s", id_format(w->job_id, text)), w->r->now));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "google.sync", NULL, "provider", w->link.provider_id, 0, NULL, NULL, false }));
    return reply_empty(w->r);
}

static enum rc post_sync(struct req *r)
{
    struct act w = { .r = r, .audit_id = id_new(), .job_id = id_new() };
    struct provider p;
    TRY(check_own(r, &p));
    TRY(check_configured(r));
    TRY(google_link_of(r->db, p.id, &w.link));
    if (w.link.state == GOOGLE_NEEDS_RECONNECT) return req_fail(r, RC_STATE, "This calendar must be connected again first", NULL);
    return req_tx(r, "google.sync", sync_tx, &w);
}

static enum rc disconnect_tx(struct tx *tx, void *arg)
{
    struct act *w = arg;
    struct list busy;
    char key[ID_TEXT];
    TRY(google_busy_old(tx_db(tx), w->link.id, NONE, GOOGLE_BUSY_MAX, &busy));
    for (size_t i = 0; i < busy.n; i++) TRY(claims_delete_owner(tx, LIST_AT(busy, struct google_busy, i)->id));
    TRY(google_link_delete(tx, w->link.id));
    TRY(tx_job(tx, w->job_id, "google.revoke", id_format(w->link.id, key), w->r->now, w->payload));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "google.disconnect", "google.changed", "provider", w->link.provider_id, 1, NULL, NULL, false }));
    TRY(tx_event(tx, "busy.changed", w->link.provider_id, 1, w->r->now, NULL));
    return reply_empty(w->r);
}

static enum rc delete_link(struct req *r)
{
    struct act w = { .r = r, .audit_id = id_new(), .job_id = id_new() };
    struct provider p;
    char id[ID_TEXT];
    TRY(check_own(r, &p));
    TRY(google_link_of(r->db, p.id, &w.link));
    const struct google_link *l = &w.link;
    w.payload = arena_printf(r->arena, "{\"link_id\":\"%s\",\"channel\":\"%s\",\"resource\":\"%s\",\"access\":\"%s\",\"refresh\":\"%s\"}", id_format(l->id, id),
        l->channel_id ? l->channel_id : "", l->channel_resource ? l->channel_resource : "", l->access_token ? l->access_token : "",
        l->refresh_token ? l->refresh_token : "");
    return req_tx(r, "google.disconnect", disconnect_tx, &w);
}

/* ---- Google tells of a change ------------------------------------------------------------------------------------------------------------------------- */

static enum rc push_tx(struct tx *tx, void *arg)
{
    struct act *w = arg;
    TRY(google_link_pull_now(tx, w->link.id));
    TRY(google_queue(tx, w->job_id, w->link.id, arena_printf(w->r->arena, "push:%s", w->payload), w->r->now));
    return reply_empty(w->r);
}

/* It says only that there is something new; what, is asked for by a job. */
static enum rc post_push(struct req *r)
{
    struct act w = { .r = r, .job_id = id_new() };
    const char *channel = req_header(r, "X-Goog-Channel-ID"), *token = req_header(r, "X-Goog-Channel-Token"), *state = req_header(r, "X-Goog-Resource-State");
    const char *number = req_header(r, "X-Goog-Message-Number");
    char text[ID_TEXT];
    struct id id;
    if (!channel || !id_parse(channel, &id)) return RC_NOT_FOUND;
    TRY(google_link_by_channel(r->db, id_format(id, text), &w.link));
    if (!token || !w.link.channel_hash || !seal_equal(hash_hex(r->arena, token), w.link.channel_hash)) return RC_NOT_FOUND;
    TRY(req_enter(r, w.link.tenant_id));
    if (str_eq(state, "sync")) return reply_empty(r); /* the channel's own beginning */
    w.payload = arena_printf(r->arena, "%s:%.20s", text, number && strspn(number, "0123456789") == strlen(number) ? number : text);
    return req_tx(r, "google.push", push_tx, &w);
}

/* ---- routes ---------------------------------------------------------------------------------------------------------------------------------------------- */

static const struct route routes[] = {
    { .method = "GET", .path = "/providers/{id}/google", .summary = "The provider's Google calendar: state, last look, what is wrong", .handler = get_link,
        .perm = PERM_SCHEDULE_READ, .ok = 200, .out = &link_shape },
    { .method = "POST", .path = "/providers/{id}/google/connect", .summary = "Begin to connect a Google calendar", .handler = post_connect, .perm = PERM_SCHEDULE_WRITE,
        .ok = 200, .in = &connect_shape, .out = &connect_out_shape, .fails = FAILS(RC_STATE),
        .doc = "The browser goes to the address in the answer and comes back to /google/callback within 15 minutes, in the same session." },
    { .method = "POST", .path = "/providers/{id}/google/sync", .summary = "Look at the Google calendar now, and try again what failed", .handler = post_sync,
        .perm = PERM_SCHEDULE_WRITE, .ok = 204, .fails = FAILS(RC_STATE) },
    { .method = "DELETE", .path = "/providers/{id}/google", .summary = "Disconnect the Google calendar", .handler = delete_link, .perm = PERM_SCHEDULE_WRITE, .ok = 204,
        .doc = "The time its events took is free again and the access is given back. Appointments that stand in Google stay there." },
    { .method = "GET", .path = "/appointments/{id}/sync", .summary = "Whether an appointment stands in Google Calendar as it is here", .handler = get_sync,
        .perm = PERM_SCHEDULE_READ, .ok = 200, .out = &sync_shape },
    { .method = "GET", .path = "/google/shown", .summary = "How the appointments of a few days stand in Google Calendar", .handler = get_shown, .perm = PERM_SCHEDULE_READ,
        .ok = 200, .query = &shown_query_shape, .out = &shown_shape, .flags = R_LIST, .doc = "Appointments that no Google calendar shows are left out." },
    { .method = "GET", .path = "/google/callback", .summary = "The way back from Google's consent page", .handler = get_callback, .perm = PERM_SIGNED_IN, .ok = 303,
        .query = &callback_shape, .flags = R_REDIRECT },
    { .method = "POST", .path = "/google/push", .summary = "Where Google tells of changes", .handler = post_push, .perm = PERM_PUBLIC, .ok = 204, .fails = FAILS(RC_NOT_FOUND),
        .flags = R_NO_CSRF, .rate = RATE_PUBLIC_READ },
    { 0 } };

const struct module google_module = { .name = "google", .doc = "Google calendars of providers", .platform = true, .routes = routes, .queries = google_queries,
    .jobs = google_jobs, .schedules = google_schedules, .watches = google_watches };
