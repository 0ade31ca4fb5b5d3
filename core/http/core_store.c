/* core_store.c - the kernel's own statements: audit rows, events, stored answers. Their tables are core/db/sql. */
#include "core/http/app.h"
#include <string.h>

#define AUDIT "INSERT INTO audit (tenant_id, id, at, actor_kind, actor_id, actor_name, action, entity, entity_id, changes, address, user_agent," \
    " request_id, warning) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
static const struct query Q_AUDIT_2 = { .name = "core.audit_2", .args = "uitutttuttttz" "uitutttuttttz",
    .sql = AUDIT ", ($1, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)" };
static const struct query Q_AUDIT = { .name = "core.audit", .args = "uitutttuttttz", .sql = AUDIT, .more = (const struct query *const[]){ &Q_AUDIT_2, NULL } };
#define EVENT "INSERT INTO event (tenant_id, topic, entity_id, version, at, detail) VALUES ($1, $2, $3, $4, $5, $6)"
#define EVENT_2 EVENT ", ($1, $7, $8, $9, $10, $11)"
static const struct query Q_EVENT_2 = { .name = "core.event_2", .args = "tuiit" "tuiit", .sql = EVENT_2 };
static const struct query Q_EVENT_3 = { .name = "core.event_3", .args = "tuiit" "tuiit" "tuiit", .sql = EVENT_2 ", ($1, $12, $13, $14, $15, $16)" };
static const struct query Q_EVENT = { .name = "core.event", .args = "tuiit", .sql = EVENT, .more = (const struct query *const[]){ &Q_EVENT_2, &Q_EVENT_3, NULL } };
const struct query Q_IDEMPOTENCY_GET = { .name = "core.idempotency_get", .args = "t",
    .sql = "SELECT status, hash, body FROM idempotency WHERE tenant_id = $1 AND key = $2" };
const struct query Q_IDEMPOTENCY_PUT = { .name = "core.idempotency_put", .args = "ttiti",
    .sql = "INSERT INTO idempotency (tenant_id, key, hash, status, body, created_at) VALUES ($1, $2, $3, $4, $5, $6)" };
static const struct query Q_IDEMPOTENCY_PURGE = { .name = "core.idempotency_purge", .args = "i",
    .sql = "DELETE FROM idempotency WHERE created_at < $1", .platform = "old answers of all tenants are dropped together",
    .scan = "hourly clean-up" };
static const struct query Q_EVENT_PURGE = { .name = "core.event_purge", .args = "i",
    .sql = "DELETE FROM event WHERE at < $1", .platform = "old events of all tenants are dropped together", .scan = "hourly clean-up" };
extern const struct query Q_HUB_NEXT, Q_HUB_HEAD, Q_HUB_TENANT, Q_HUB_OLDEST;

/* ---- audit ------------------------------------------------------------------------------------------------------- */

static const char *const actor_kinds[] = { "anonymous", "member", "client", "system" };

enum rc tx_audit(struct tx *tx, const struct req *r, const struct audit_entry *e)
{
    const struct actor *w = r->who;
    return tx_run_later(tx, &Q_AUDIT, ARGS(U(e->id), I(r->now), S(actor_kinds[w->kind]), U(w->member), S(w->name ? w->name : ""),
        S(e->action), S(e->entity), U(e->entity_id), S(e->changes), S(r->address), S(r->user_agent ? r->user_agent : ""), S(r->request_id),
        Z(e->warning)));
}

enum rc tx_audit_system(struct tx *tx, const char *actor, int64_t now, const struct audit_entry *e)
{
    return tx_run_later(tx, &Q_AUDIT, ARGS(U(e->id), I(now), S("system"), U(ID_NIL), S(actor), S(e->action), S(e->entity), U(e->entity_id),
        S(e->changes), S(""), S(""), S(""), Z(e->warning)));
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

enum rc tx_event(struct tx *tx, const char *topic, struct id entity, int64_t version, int64_t now, const char *detail)
{
    tx_wake(tx, WAKE_EVENTS);
    TRY(tx_run_later(tx, &Q_EVENT, ARGS(S(topic), U(entity), I(version), I(now), S(detail))));
    for (const struct module *const *m = modules; *m; m++)
        for (const struct watch_row *w = (*m)->watches; w && w->topic; w++)
            if (str_starts(topic, w->topic)) TRY(w->run(tx, entity, version, now));
    return RC_OK;
}

enum rc tx_change(struct tx *tx, const struct req *r, const struct change *c)
{
    TRY(tx_audit(tx, r, &(struct audit_entry){ c->audit_id, c->action, c->entity, c->id, c->changes, c->warning }));
    return c->topic ? tx_event(tx, c->topic, c->id, c->version, r->now, c->detail) : RC_OK;
}

enum rc req_version(const struct req *r, int64_t current)
{
    return r->if_match == NONE || r->if_match == current ? RC_OK : RC_STALE;
}

enum rc req_lost(const struct req *r)
{
    return r->if_match == NONE ? RC_RETRY : RC_STALE;
}

static enum rc events_get(struct req *r)
{
    struct call *c = (struct call *)r;
    const char *last = http_header(c->http, "Last-Event-ID");
    c->out->stream = hub_subscribe(c->app->hub, db_tenant(r->db), last);
    if (!c->out->stream) return RC_BUSY;
    c->out->status = 200;
    c->out->type = "text/event-stream; charset=utf-8";
    response_header(c->out, "X-Accel-Buffering", "no");
    c->replied = true;
    return RC_OK;
}

struct purge { int64_t before; };

static enum rc purge_tx(struct tx *tx, void *arg)
{
    struct purge *p = arg;
    TRY(tx_run_query(tx, &Q_IDEMPOTENCY_PURGE, ARGS(I(p->before - 24 * USEC_PER_HOUR))));
    return tx_run_query(tx, &Q_EVENT_PURGE, ARGS(I(p->before)));
}

/* Answers are kept 48 hours (24 are promised), events 24. */
static enum rc purge_run(struct job *job)
{
    struct purge p = { job->now - 24 * USEC_PER_HOUR };
    return db_tx(job->db, "core.purge", purge_tx, &p);
}

static const struct schedule_row schedules[] = {
    { "core.purge", "Drops events older than a day and stored answers older than two", 3600, purge_run }, { 0 } };

static const struct route routes[] = {
    { .method = "GET", .path = "/events", .summary = "Live events of the clinic (server-sent events)", .handler = events_get,
        .perm = PERM_SCHEDULE_READ, .ok = 200, .flags = R_STREAM,
        .doc = "Each event has an id; send the last one as Last-Event-ID to go on after it. `event: reset` means that the cursor is too old: reload." },
    { 0 } };

static const struct query *const queries[] = { &Q_AUDIT, &Q_AUDIT_2, &Q_EVENT, &Q_EVENT_2, &Q_EVENT_3, &Q_IDEMPOTENCY_GET, &Q_IDEMPOTENCY_PUT, &Q_IDEMPOTENCY_PURGE, &Q_EVENT_PURGE,
    &Q_HUB_NEXT, &Q_HUB_HEAD, &Q_HUB_TENANT, &Q_HUB_OLDEST, NULL };

const struct module core_module = { .name = "core", .doc = "Live events", .platform = true, .routes = routes, .queries = queries, .schedules = schedules };
