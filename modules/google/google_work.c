/* google_work.c - who speaks with Google for a link, and when. A link has one worker at a time (a lease in its row), so tokens are refreshed
 * once, pages are not mixed, and changes go out in their order. What comes while somebody works is seen before he ends: the lease is
 * given back only when nothing waits. What must wait has a job at that instant. */
#include "modules/google/google_call.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { AT_ONCE_MAX = 2, LATER_S = 2 };
static _Atomic int at_once; /* the other job threads are for mail, also when Google is slow */

enum rc google_queue(struct tx *tx, struct id job, struct id link, const char *why, int64_t at)
{
    struct arena *a = db_arena(tx_db(tx));
    char id[ID_TEXT];
    id_format(link, id);
    return tx_job(tx, job, "google.link", arena_printf(a, "%s:%s", id, why), at, arena_printf(a, "{\"link_id\":\"%s\"}", id));
}

/* ---- ends ------------------------------------------------------------------------------------------------------------------------------- */

struct ending { struct id job, other; int64_t at; const char *why; };

static enum rc later_tx(struct tx *tx, struct talk *t, const void *arg)
{
    const struct ending *e = arg;
    TRY(google_link_later(tx, t->link.id, t->owner, e->at, t->error));
    if (t->pull.active || t->pull.again) TRY(google_link_pull_now(tx, t->link.id));
    TRY(google_queue(tx, e->job, t->link.id, e->why, e->at));
    return tx_event(tx, "google.changed", t->link.provider_id, 1, t->job->now, NULL);
}

static enum rc end_later(struct talk *t)
{
    uint32_t dice;
    env.random(&dice, sizeof dice);
    int64_t now = now_us(), at = now + google_wait_us(t->link.failures, t->retry_after_s, dice);
    struct ending e = { .job = id_new(), .at = at, .why = arena_printf(t->job->arena, "retry:%lld", (long long)at) };
    LOG(LOG_WARN, "google.later", KID("link", t->link.id), KI("failures", t->link.failures + 1), KI("seconds", (at - now) / USEC_PER_SEC), KS("error", t->error));
    return google_commit(t, "google.later", later_tx, &e);
}

static enum rc broken_tx(struct tx *tx, struct talk *t, const void *arg)
{
    const struct ending *e = arg;
    char link[ID_TEXT];
    struct arena *a = t->job->arena;
    id_format(t->link.id, link);
    TRY(google_link_broken(tx, t->link.id, t->error));
    TRY(tx_job(tx, e->job, "google.notice", arena_printf(a, "%s:%lld", link, (long long)t->job->now), t->job->now,
        arena_printf(a, "{\"link_id\":\"%s\"}", link)));
    TRY(tx_audit_system(tx, "google", t->job->now, &(struct audit_entry){ e->other, "google.needs_reconnect", "provider", t->link.provider_id, NULL, true }));
    return tx_event(tx, "google.changed", t->link.provider_id, 1, t->job->now, NULL);
}

static enum rc end_broken(struct talk *t)
{
    struct ending e = { .job = id_new(), .other = id_new() };
    LOG(LOG_WARN, "google.needs_reconnect", KID("link", t->link.id), KS("error", t->error));
    return google_commit(t, "google.broken", broken_tx, &e);
}

/* Enough for one job: others want the thread. */
static enum rc yield_tx(struct tx *tx, struct talk *t, const void *arg)
{
    const struct ending *e = arg;
    if (t->pull.active || t->pull.again) TRY(google_link_pull_now(tx, t->link.id));
    TRY(google_queue(tx, e->job, t->link.id, e->why, e->at));
    return google_lease_keep(tx, t->link.id, t->owner, t->job->now);
}

static enum rc end_yield(struct talk *t)
{
    int64_t now = now_us();
    struct ending e = { .job = id_new(), .at = now, .why = arena_printf(t->job->arena, "more:%lld", (long long)now) };
    return google_commit(t, "google.yield", yield_tx, &e);
}

static enum rc end_tx(struct tx *tx, struct talk *t, const void *arg)
{
    (void)arg;
    return google_lease_end(tx, t->link.id, t->owner);
}

/* ---- the talk -------------------------------------------------------------------------------------------------------------------------------- */

static enum rc take_tx(struct tx *tx, struct talk *t, const void *arg)
{
    (void)arg;
    return google_lease_take(tx, t->link.id, t->owner, t->job->now, t->job->now + LEASE_S * USEC_PER_SEC);
}

static enum rc keep_tx(struct tx *tx, struct talk *t, const void *arg)
{
    return google_lease_keep(tx, t->link.id, t->owner, *(const int64_t *)arg + LEASE_S * USEC_PER_SEC);
}

/* One round. *more: there is something left. RC_CONFLICT: the lease was lost. */
static enum rc round_of(struct talk *t, bool *more)
{
    int64_t now = now_us();
    struct tenant clinic = { 0 };
    bool pushed = false;
    struct id id = t->link.id;
    t->link = (struct google_link){ 0 };
    TRY(google_link_get(t->job->db, id, &t->link));
    TRY(google_commit(t, "google.lease", keep_tx, &now));
    t->job->now = now;
    TRY(tenants_get(t->job->db, &clinic));
    t->clinic = clinic.name;
    TRY(google_authorize(t));
    TRY(google_push(t, &pushed));
    bool due = t->pull.active || t->pull.again || t->link.pull_at <= now || !t->link.sync_token;
    if (due) TRY(google_pull(t));
    if (!due && !pushed) TRY(google_channel(t));
    *more = due || pushed;
    if (*more) return RC_OK;
    enum rc rc = google_commit(t, "google.end", end_tx, NULL);
    *more = rc == RC_CONFLICT; /* something came meanwhile, or the lease is lost: the next round finds out */
    return *more ? RC_OK : rc;
}

static enum rc talk_to(struct talk *t)
{
    int64_t until = monotonic_us() + BUDGET_S * USEC_PER_SEC;
    bool more = true;
    while (more) {
        struct arena_mark mark = arena_mark(t->job->arena);
        TRY(round_of(t, &more));
        arena_rewind(t->job->arena, mark);
        if (more && monotonic_us() > until) return end_yield(t);
    }
    return RC_OK;
}

static enum rc work(struct talk *t)
{
    char owner[ID_TEXT];
    snprintf(t->owner, sizeof t->owner, "%s", id_format(id_new(), owner));
    t->retry_after_s = NONE;
    TRY(google_commit(t, "google.take", take_tx, NULL));
    enum rc rc = talk_to(t);
    if (rc == RC_BUSY) return end_later(t);
    return rc == RC_UNAUTHENTICATED ? end_broken(t) : rc;
}

static enum rc queue_again_tx(struct tx *tx, struct talk *t, const void *arg)
{
    const struct ending *e = arg;
    return google_queue(tx, e->job, t->link.id, e->why, e->at);
}

/* Somebody else speaks for it and will see what waits, or it waits for its time (which has a job), or it has gone. A worker that died
 * sees nothing: so somebody looks when his lease is over. */
static enum rc not_ours(struct talk *t)
{
    struct google_link l = { 0 };
    enum rc rc = google_link_get(t->job->db, t->link.id, &l);
    if (rc == RC_NOT_FOUND) return RC_OK;
    TRY(rc);
    if (l.lease_until <= t->job->now) return RC_OK;
    struct ending e = { .job = id_new(), .at = l.lease_until, .why = arena_printf(t->job->arena, "after:%lld", (long long)(l.lease_until / USEC_PER_MIN)) };
    return google_commit(t, "google.after", queue_again_tx, &e);
}

enum rc google_work(struct job *job, struct id link)
{
    struct talk *t = arena_alloc(job->arena, sizeof *t);
    if (!t) return RC_OOM;
    if (str_empty(settings.google_client_id)) return RC_OK;
    t->job = job;
    t->link.id = link;
    enum rc rc;
    if (atomic_fetch_add(&at_once, 1) < AT_ONCE_MAX) {
        rc = work(t);
    } else {
        struct ending e = { .job = id_new(), .at = job->now + LATER_S * USEC_PER_SEC, .why = arena_printf(job->arena, "turn:%lld", (long long)(job->now / USEC_PER_SEC)) };
        rc = google_commit(t, "google.turn", queue_again_tx, &e);
    }
    atomic_fetch_sub(&at_once, 1);
    if (rc == RC_CONFLICT || rc == RC_NOT_FOUND) rc = not_ours(t);
    if (rc != RC_OK) snprintf(job->error, sizeof job->error, "the work on a Google calendar broke off: %s", outcome_row(rc)->code);
    return rc;
}
