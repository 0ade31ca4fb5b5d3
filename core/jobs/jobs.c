/* jobs.c - the queue of work that follows a commit: claim, run, finish, and the regular work beside it.
 *
 * A claim is an UPDATE guarded by the state, with an owner's name made for this one claim; a job is run only by who finds
 * his name on it, and finished only under that name. So nothing depends on who saw what first, on either engine, with any
 * number of threads and instances. What a crashed instance had leased is ready again when the lease is over.
 * A round takes at most one job of each tenant: a tenant with a thousand jobs does not keep the others waiting. */
#include "core/jobs/jobs.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { THREADS_MAX = 32, THREADS_DEFAULT = 4, STACK_BYTES = 512 * 1024, ARENA_BYTES = 4 * 1024 * 1024 };
enum { BATCH_MAX = 2 * THREADS_MAX, NEAR_MAX = 200, SCHEDULES_MAX = 64, OWNER_MAX = 48, TAG_MAX = 24 };
enum { ATTEMPTS_DEFAULT = 8, LEASE_DEFAULT_S = 60, PURGE_ROUNDS_MAX = 200, FINISH_TRIES_MAX = 8, FINISH_TRIES_STOPPING = 3 };
#define POLL_MAX_US (5 * USEC_PER_SEC) /* where the configuration says nothing */
#define SCHEDULE_RETRY_US USEC_PER_MIN
#define PURGE_AFTER_US (7 * USEC_PER_DAY)

/* ---- Statements ------------------------------------------------------------------------------------------------------ */

static const struct query Q_ADD = { .name = "jobs.add", .args = "utttii",
    .sql = "INSERT INTO job (tenant_id, id, kind, key, payload, state, run_at, attempt, created_at)"
           " VALUES ($1, $2, $3, $4, $5, 0, $6, 0, $7) ON CONFLICT (tenant_id, kind, key) DO NOTHING" };
static const struct query Q_NEXT = { .name = "jobs.next", .platform = "workers serve all tenants",
    .sql = "SELECT (SELECT run_at FROM job WHERE state = 0 ORDER BY run_at LIMIT 1) AS run_at,"
           " (SELECT lease_until FROM job WHERE state = 1 ORDER BY lease_until LIMIT 1) AS lease_until" };
static const struct query Q_NEAR = { .name = "jobs.near", .args = "ii", .platform = "workers serve all tenants",
    .sql = "SELECT tenant_id, id, kind FROM job WHERE state = 0 AND run_at <= $1 ORDER BY run_at LIMIT $2" };
/* From tenant to tenant along the index, the first due job of each: first those after the last one served, then the others. */
#define NEXT_TENANT(bound) "(SELECT n.tenant_id FROM job n WHERE n.state = 0 AND " bound " ORDER BY n.tenant_id LIMIT 1)"
#define FIRST_DUE                                                                                                                \
    " SELECT x.tenant_id, x.id, (SELECT k.kind FROM job k WHERE k.tenant_id = x.tenant_id AND k.id = x.id) AS kind"              \
    " FROM (SELECT t.tenant_id, (SELECT i.id FROM job i WHERE i.tenant_id = t.tenant_id AND i.state = 0 AND i.run_at <= $2"      \
    " ORDER BY i.run_at LIMIT 1) AS id FROM t WHERE t.tenant_id IS NOT NULL) x WHERE x.id IS NOT NULL LIMIT $3"
static const struct query Q_WIDE_AFTER = { .name = "jobs.wide_after", .args = "uii", .platform = "workers serve all tenants",
    .sql = "WITH RECURSIVE t(tenant_id) AS (SELECT " NEXT_TENANT("n.tenant_id > $1") " UNION ALL SELECT "
        NEXT_TENANT("n.tenant_id > t.tenant_id") " FROM t WHERE t.tenant_id IS NOT NULL)" FIRST_DUE };
static const struct query Q_WIDE_UPTO = { .name = "jobs.wide_upto", .args = "uii", .platform = "workers serve all tenants",
    .sql = "WITH RECURSIVE t(tenant_id) AS (SELECT " NEXT_TENANT("n.tenant_id <= $1") " UNION ALL SELECT "
        NEXT_TENANT("n.tenant_id > t.tenant_id AND n.tenant_id <= $1") " FROM t WHERE t.tenant_id IS NOT NULL)" FIRST_DUE };
static const struct query Q_CLAIM = { .name = "jobs.claim", .args = "uutii", .platform = "workers serve all tenants",
    .sql = "UPDATE job SET state = 1, attempt = attempt + 1, lease_owner = $3, lease_until = $4"
           " WHERE tenant_id = $1 AND id = $2 AND state = 0 AND run_at <= $5" };
static const struct query Q_EXPIRED = { .name = "jobs.expired", .args = "i", .platform = "workers serve all tenants",
    .sql = "UPDATE job SET state = 0, lease_owner = NULL, lease_until = NULL WHERE state = 1 AND lease_until <= $1" };
static const struct query Q_RELEASE_ALL = { .name = "jobs.release_all", .platform = "at the start of the only process, nobody works yet",
    .sql = "UPDATE job SET state = 0, lease_owner = NULL, lease_until = NULL WHERE state = 1" };
static const struct query Q_GIVE_BACK = { .name = "jobs.give_back", .args = "uut", .platform = "a stopping worker held jobs of several tenants",
    .sql = "UPDATE job SET state = 0, attempt = attempt - 1, lease_owner = NULL, lease_until = NULL"
           " WHERE tenant_id = $1 AND id = $2 AND state = 1 AND lease_owner = $3" };
static const struct query Q_LOAD = { .name = "jobs.load", .args = "ut",
    .sql = "SELECT kind, key, payload, attempt, lease_until FROM job WHERE tenant_id = $1 AND id = $2 AND state = 1 AND lease_owner = $3" };
static const struct query Q_EXTEND = { .name = "jobs.extend", .args = "uti",
    .sql = "UPDATE job SET lease_until = $4 WHERE tenant_id = $1 AND id = $2 AND state = 1 AND lease_owner = $3" };
static const struct query Q_FINISH = { .name = "jobs.finish", .args = "utiiti",
    .sql = "UPDATE job SET state = $4, run_at = $5, last_error = $6, finished_at = $7, lease_owner = NULL, lease_until = NULL"
           " WHERE tenant_id = $1 AND id = $2 AND state = 1 AND lease_owner = $3" };
static const struct query Q_STATS = { .name = "jobs.stats", .platform = "numbers for the operator", .scan = "dead jobs are few and have no index of their own",
    .sql = "SELECT (SELECT COUNT(*) FROM job WHERE state = 0) AS ready, (SELECT COUNT(*) FROM job WHERE state = 1) AS running,"
           " (SELECT COUNT(*) FROM job WHERE state = 2) AS done, (SELECT COUNT(*) FROM job WHERE state = 3) AS dead" };
static const struct query Q_OLDEST_DONE = { .name = "jobs.oldest_done", .platform = "the purge is for the whole installation",
    .sql = "SELECT finished_at FROM job WHERE state = 2 ORDER BY finished_at LIMIT 1" };
static const struct query Q_PURGE = { .name = "jobs.purge", .args = "i", .platform = "the purge is for the whole installation",
    .sql = "DELETE FROM job WHERE (tenant_id, id) IN (SELECT p.tenant_id, p.id FROM job p WHERE p.state = 2 AND p.finished_at < $1"
           " ORDER BY p.finished_at LIMIT 500)" };
static const struct query Q_TICK_ADD = { .name = "jobs.tick_add", .args = "ti", .platform = "regular work is the installation's",
    .sql = "INSERT INTO schedule_tick (name, next_at) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING" };
static const struct query Q_TICK_NEARER = { .name = "jobs.tick_nearer", .args = "ti", .platform = "regular work is the installation's",
    .sql = "UPDATE schedule_tick SET next_at = $2 WHERE name = $1 AND next_at > $2" };
static const struct query Q_TICK_GET = { .name = "jobs.tick_get", .args = "t", .platform = "regular work is the installation's",
    .sql = "SELECT next_at FROM schedule_tick WHERE name = $1" };
static const struct query Q_TICK_MOVE = { .name = "jobs.tick_move", .args = "tii", .platform = "regular work is the installation's",
    .sql = "UPDATE schedule_tick SET next_at = $3 WHERE name = $1 AND next_at = $2" };

const struct query *const jobs_queries[] = { &Q_ADD, &Q_NEXT, &Q_NEAR, &Q_WIDE_AFTER, &Q_WIDE_UPTO, &Q_CLAIM, &Q_EXPIRED, &Q_RELEASE_ALL,
    &Q_GIVE_BACK, &Q_LOAD, &Q_EXTEND, &Q_FINISH, &Q_STATS, &Q_OLDEST_DONE, &Q_PURGE, &Q_TICK_ADD, &Q_TICK_NEARER, &Q_TICK_GET,
    &Q_TICK_MOVE, NULL };

enum { STATE_READY, STATE_RUNNING, STATE_DONE, STATE_DEAD };

struct next { int64_t run_at, lease_until; };
static const struct field next_fields[] = { F_INSTANT(struct next, run_at), F_INSTANT(struct next, lease_until), F_END };
static const struct shape next_shape = SHAPE(next, next_fields);

struct candidate { struct id tenant_id, id; const char *kind; };
static const struct field candidate_fields[] = { F_ID(struct candidate, tenant_id), F_ID(struct candidate, id), F_STR(struct candidate, kind), F_END };
static const struct shape candidate_shape = SHAPE(candidate, candidate_fields);

struct loaded { const char *kind, *key, *payload; int64_t attempt, lease_until; };
static const struct field loaded_fields[] = { F_STR(struct loaded, kind), F_STR(struct loaded, key), F_STR(struct loaded, payload),
    F_INT(struct loaded, attempt), F_INSTANT(struct loaded, lease_until), F_END };
static const struct shape loaded_shape = SHAPE(loaded, loaded_fields);

static const struct field stats_fields[] = { F_INT(struct jobs_stats, ready), F_INT(struct jobs_stats, running), F_INT(struct jobs_stats, done),
    F_INT(struct jobs_stats, dead), F_END };
static const struct shape stats_shape = SHAPE(jobs_stats, stats_fields);

/* ---- The runner -------------------------------------------------------------------------------------------------------- */

/* A claimed job, or (schedule not NULL) a tick that was won. */
struct work { const struct schedule_row *schedule; int64_t next_at; struct id tenant, id; char owner[OWNER_MAX]; };
struct batch { int n; struct work work[BATCH_MAX + SCHEDULES_MAX]; };

struct job_worker { struct job_runner *runner; struct tdb *db; struct arena *arena; pthread_t thread; bool started; };
struct tick { const struct schedule_row *row; _Atomic int64_t next_at; };

struct job_runner {
    struct job_runner_config config;
    char tag[TAG_MAX];                 /* of this runner, random */
    _Atomic uint64_t claims;
    pthread_mutex_t lock;
    pthread_cond_t work_ready, watch;  /* threads without work; the one that watches the clock */
    bool stopping, woken, claiming, watching;
    int64_t poll_at;                   /* monotonic */
    struct batch queue; int at;        /* claimed, not yet begun: queue.work[at .. n) */
    pthread_mutex_t claim_lock;        /* one claims at a time */
    struct id cursor;                  /* the last tenant served by a wide claim */
    struct tick ticks[SCHEDULES_MAX]; int n_ticks;
    struct job_worker workers[THREADS_MAX];
    pthread_mutex_t own_lock;          /* of `own`, which serves jobs_run_due and jobs_stats */
    struct job_worker own;
};

static const struct job_row *find_row(const struct job_runner *r, const char *kind)
{
    for (const struct job_row *const *table = r->config.tables; table && *table; table++)
        for (const struct job_row *row = *table; row->kind; row++)
            if (str_eq(row->kind, kind)) return row;
    return NULL;
}

static int64_t lease_us(const struct job_row *row)
{
    return (row && row->timeout_s > 0 ? row->timeout_s : LEASE_DEFAULT_S) * USEC_PER_SEC;
}

static bool worth_another_try(enum rc rc)
{
    return rc == RC_BUSY || rc == RC_DB_DOWN || rc == RC_OOM || rc == RC_RETRY;
}

static bool is_stopping(struct job_runner *r)
{
    pthread_mutex_lock(&r->lock);
    bool yes = r->stopping;
    pthread_mutex_unlock(&r->lock);
    return yes;
}

/* Back to a clean handle: what a handler left in the arena or on the handle is gone. */
static void fresh(struct job_worker *w, struct id tenant)
{
    arena_reset(w->arena);
    tdb_begin(w->db, w->arena, tenant);
}

static struct timespec timespec_at(int64_t monotonic)
{
    return (struct timespec){ .tv_sec = monotonic / USEC_PER_SEC, .tv_nsec = monotonic % USEC_PER_SEC * 1000 };
}

/* Sleeps unless the runner is told to stop. */
static void pause_for(struct job_runner *r, int64_t us)
{
    struct timespec step = { 0, 50 * 1000 * 1000 };
    for (int64_t end = monotonic_us() + us; monotonic_us() < end && !is_stopping(r);) nanosleep(&step, NULL);
}

enum rc tx_job(struct tx *tx, struct id id, const char *kind, const char *key, int64_t run_at, const char *payload)
{
    ASSERT(kind && key && run_at != NONE && !id_is_nil(id));
    tx_wake(tx, WAKE_JOBS);
    return tx_run_query(tx, &Q_ADD, ARGS(U(id), S(kind), S(key), S(payload ? payload : "{}"), I(run_at), I(run_at)));
}

/* ---- Payloads ---------------------------------------------------------------------------------------------------------- */

const char *job_text(const struct job *job, const char *name)
{
    const char *quoted = arena_printf(job->arena, "\"%s\":\"", name), *at = quoted ? strstr(job->payload, quoted) : NULL;
    if (!at) return NULL;
    at += strlen(quoted);
    return arena_strndup(job->arena, at, strcspn(at, "\""));
}

enum rc job_unreadable(struct job *job)
{
    snprintf(job->error, sizeof job->error, "the payload cannot be read");
    return RC_INVALID;
}

enum rc job_id(struct job *job, const char *name, struct id *out)
{
    const char *text = job_text(job, name);
    return text && id_parse(text, out) ? RC_OK : job_unreadable(job);
}

/* ---- Claiming ---------------------------------------------------------------------------------------------------------- */

struct claim { struct job_runner *runner; const struct candidate *pick[BATCH_MAX]; int n; const char *owner; int64_t now; };

/* One due job of each tenant, at most `room`. When few are due they are all seen, the oldest first; behind a heap of
 * jobs others are found by walking from tenant to tenant, on from where the last round ended. */
static void pick_one_each(struct claim *c, struct list rows, int room)
{
    for (size_t i = 0; i < rows.n && c->n < room; i++) {
        const struct candidate *row = LIST_AT(rows, struct candidate, i);
        int k = 0;
        while (k < c->n && !id_eq(c->pick[k]->tenant_id, row->tenant_id)) k++;
        if (k == c->n) c->pick[c->n++] = row;
    }
}

static enum rc find_candidates(struct job_worker *w, struct claim *c, int room)
{
    struct job_runner *r = w->runner;
    struct list rows;
    TRY(db_list(w->db, &Q_NEAR, ARGS(I(c->now), I(NEAR_MAX)), &candidate_shape, NEAR_MAX, &rows));
    if (rows.n < NEAR_MAX) {
        pick_one_each(c, rows, room);
        return RC_OK;
    }
    TRY(db_list(w->db, &Q_WIDE_AFTER, ARGS(U(r->cursor), I(c->now), I(room)), &candidate_shape, (size_t)room, &rows));
    pick_one_each(c, rows, room);
    if (c->n < room) {
        TRY(db_list(w->db, &Q_WIDE_UPTO, ARGS(U(r->cursor), I(c->now), I(room)), &candidate_shape, (size_t)room, &rows));
        pick_one_each(c, rows, room);
    }
    if (c->n) r->cursor = c->pick[c->n - 1]->tenant_id;
    return RC_OK;
}

static int by_id(const void *a, const void *b)
{
    const struct candidate *const *x = a, *const *y = b;
    int tenants = id_cmp((*x)->tenant_id, (*y)->tenant_id);
    return tenants ? tenants : id_cmp((*x)->id, (*y)->id);
}

static enum rc write_claims(struct tx *tx, void *arg)
{
    const struct claim *c = arg;
    for (int i = 0; i < c->n; i++) {
        const struct candidate *p = c->pick[i];
        int64_t until = c->now + lease_us(find_row(c->runner, p->kind));
        TRY(tx_run_query(tx, &Q_CLAIM, ARGS(U(p->tenant_id), U(p->id), S(c->owner), I(until), I(c->now))));
    }
    return RC_OK;
}

/* Whose claim it was in the end shows when the job is loaded under the owner's name. */
static enum rc claim_jobs(struct job_worker *w, int64_t now, int room, struct batch *out)
{
    struct job_runner *r = w->runner;
    char owner[OWNER_MAX];
    struct claim c = { .runner = r, .owner = owner, .now = now };
    snprintf(owner, sizeof owner, "%s-%llu", r->tag, (unsigned long long)atomic_fetch_add(&r->claims, 1));
    TRY(find_candidates(w, &c, room));
    if (!c.n) return RC_OK;
    const struct candidate *asked[BATCH_MAX];
    memcpy(asked, c.pick, sizeof asked);
    qsort(c.pick, (size_t)c.n, sizeof *c.pick, by_id); /* two instances lock the same rows in the same order */
    TRY(db_tx(w->db, "jobs.claim", write_claims, &c));
    for (int i = 0; i < c.n; i++) {
        struct work *work = &out->work[out->n++];
        *work = (struct work){ .tenant = asked[i]->tenant_id, .id = asked[i]->id };
        memcpy(work->owner, owner, sizeof owner);
    }
    return RC_OK;
}

struct statement { const struct query *q; const struct arg *args; enum rc otherwise; };

static enum rc run_statement(struct tx *tx, void *arg)
{
    const struct statement *s = arg;
    return s->otherwise == RC_OK ? tx_run_query(tx, s->q, s->args) : tx_one(tx, s->q, s->args, s->otherwise);
}

/* otherwise RC_OK: any number of rows. */
static enum rc write_now(struct tdb *db, const struct query *q, const struct arg *args, enum rc otherwise)
{
    struct statement s = { q, args, otherwise };
    return db_tx(db, q->name, run_statement, &s);
}

/* ---- Regular work -------------------------------------------------------------------------------------------------------- */

struct tick_claim { const struct schedule_row *row; int64_t now, next_at; bool won; };

static enum rc win_tick(struct tx *tx, void *arg)
{
    struct tick_claim *c = arg;
    int64_t at = NONE, next = c->now + c->row->every_s * USEC_PER_SEC;
    c->won = false;
    enum rc rc = db_int(tx_db(tx), &Q_TICK_GET, ARGS(S(c->row->name)), &at);
    if (rc == RC_NOT_FOUND) {
        c->next_at = next;
        return tx_run_query(tx, &Q_TICK_ADD, ARGS(S(c->row->name), I(next)));
    }
    TRY(rc);
    c->next_at = at;
    if (at > c->now) return RC_OK;
    c->won = true;
    c->next_at = next;
    return tx_one(tx, &Q_TICK_MOVE, ARGS(S(c->row->name), I(at), I(next)), RC_RETRY);
}

static enum rc claim_ticks(struct job_worker *w, int64_t now, struct batch *out)
{
    struct job_runner *r = w->runner;
    for (int i = 0; i < r->n_ticks; i++) {
        struct tick *t = &r->ticks[i];
        if (t->next_at > now) continue;
        struct tick_claim c = { .row = t->row, .now = now };
        TRY(db_tx(w->db, "jobs.tick", win_tick, &c));
        t->next_at = c.next_at;
        if (c.won) out->work[out->n++] = (struct work){ .schedule = t->row, .next_at = c.next_at };
    }
    return RC_OK;
}

static void run_schedule(struct job_worker *w, const struct work *work)
{
    const struct schedule_row *row = work->schedule;
    fresh(w, ID_NIL);
    struct job job = { .arena = w->arena, .db = w->db, .id = id_new(), .kind = row->name, .key = row->name, .payload = "{}", .attempt = 1,
        .now = now_us() };
    enum rc rc = row->run(&job);
    if (rc == RC_OK) return;
    LOG(LOG_ERROR, "schedule.failed", KS("name", row->name), KS("code", outcome_row(rc)->code), KS("error", job.error));
    int64_t soon = now_us() + SCHEDULE_RETRY_US;
    if (!worth_another_try(rc) || soon >= work->next_at) return;
    fresh(w, ID_NIL);
    rc = write_now(w->db, &Q_TICK_MOVE, ARGS(S(row->name), I(work->next_at), I(soon)), RC_STALE);
    if (rc != RC_OK) return; /* then at its next time */
    for (int i = 0; i < w->runner->n_ticks; i++)
        if (w->runner->ticks[i].row == row) w->runner->ticks[i].next_at = soon;
}

static enum rc purge(struct job *job)
{
    int64_t before = job->now - PURGE_AFTER_US, oldest;
    for (int i = 0; i < PURGE_ROUNDS_MAX; i++) {
        enum rc rc = db_int(job->db, &Q_OLDEST_DONE, ARGS(), &oldest);
        if (rc == RC_NOT_FOUND || (rc == RC_OK && oldest >= before)) return RC_OK;
        TRY(rc);
        TRY(write_now(job->db, &Q_PURGE, ARGS(I(before)), RC_OK));
    }
    return RC_OK; /* the rest in an hour */
}

static const struct schedule_row own_schedules[] = {
    { "jobs.purge", "Deletes jobs that were done more than seven days ago.", 3600, purge },
    { 0 },
};

/* ---- One job ---------------------------------------------------------------------------------------------------------------- */

static int64_t back_off_us(int64_t attempt)
{
    static const int64_t seconds[] = { 5, 30, 120, 600, 1800, 7200, 21600 };
    int64_t i = attempt < 1 ? 0 : attempt - 1;
    int64_t base = seconds[i < (int64_t)ARRAY_LEN(seconds) ? i : (int64_t)ARRAY_LEN(seconds) - 1] * USEC_PER_SEC;
    uint32_t dice;
    env.random(&dice, sizeof dice);
    return base / 5 * 4 + base / 5 * 2 / 1000 * (int64_t)(dice % 1001); /* 80 % to 120 % */
}

struct verdict { int64_t state, run_at, finished_at; const char *error; };

/* Written under the owner's name: who lost the lease changes nothing. The database may be away for a moment. */
static void finish(struct job_worker *w, const struct work *work, const char *kind, const struct verdict *v)
{
    int64_t wait = USEC_PER_SEC / 10;
    enum rc rc;
    for (int i = 1;; i++, wait *= 2) {
        fresh(w, work->tenant);
        rc = write_now(w->db, &Q_FINISH, ARGS(U(work->id), S(work->owner), I(v->state), I(v->run_at), S(v->error), I(v->finished_at)), RC_STALE);
        if (!worth_another_try(rc) || i >= FINISH_TRIES_MAX || (i >= FINISH_TRIES_STOPPING && is_stopping(w->runner))) break;
        pause_for(w->runner, wait);
    }
    if (rc == RC_STALE) LOG(LOG_WARN, "job.lease_lost", KS("kind", kind), KID("job", work->id));
    else if (rc != RC_OK) LOG(LOG_ERROR, "job.unfinished", KS("kind", kind), KID("job", work->id), KS("code", outcome_row(rc)->code));
}

static void dead(struct job_worker *w, const struct work *work, const char *kind, int64_t attempt, int64_t run_at, const char *error)
{
    LOG(LOG_ERROR, "job.dead", KS("kind", kind), KID("job", work->id), KID("tenant", work->tenant), KI("attempt", attempt), KS("error", error));
    finish(w, work, kind, &(struct verdict){ STATE_DEAD, run_at, now_us(), error });
}

static void conclude(struct job_worker *w, const struct work *work, const struct job_row *row, const struct job *job, enum rc rc, const char *error)
{
    int64_t now = now_us(), attempts_max = row->attempts_max > 0 ? row->attempts_max : ATTEMPTS_DEFAULT;
    if (now - job->now > lease_us(row))
        LOG(LOG_WARN, "job.slow", KS("kind", row->kind), KID("job", work->id), KI("seconds", (now - job->now) / USEC_PER_SEC));
    if (rc == RC_OK) {
        finish(w, work, row->kind, &(struct verdict){ STATE_DONE, job->now, now, NULL });
    } else if (worth_another_try(rc) && job->attempt < attempts_max) {
        int64_t run_at = now + back_off_us(job->attempt);
        LOG(LOG_WARN, "job.retry", KS("kind", row->kind), KID("job", work->id), KI("attempt", job->attempt), KS("error", error));
        finish(w, work, row->kind, &(struct verdict){ STATE_READY, run_at, NONE, error });
        jobs_wake(w->runner); /* who watches the clock has an earlier time now */
    } else {
        dead(w, work, row->kind, job->attempt, job->now, error);
    }
}

/* A job that waited in our own queue gets its full time; false: it is no longer ours. */
static bool lease_is_fresh(struct job_worker *w, const struct work *work, const struct job_row *row, int64_t lease_until, int64_t now)
{
    if (lease_until - now > lease_us(row) / 4 * 3) return true;
    return write_now(w->db, &Q_EXTEND, ARGS(U(work->id), S(work->owner), I(now + lease_us(row))), RC_STALE) == RC_OK;
}

static bool run_job(struct job_worker *w, const struct work *work)
{
    struct loaded in = { 0 };
    char error[256], request[ID_TEXT];
    fresh(w, work->tenant);
    enum rc rc = db_get(w->db, &Q_LOAD, ARGS(U(work->id), S(work->owner)), &loaded_shape, &in);
    if (rc != RC_OK) {
        if (rc != RC_NOT_FOUND) LOG(LOG_WARN, "job.not_loaded", KID("job", work->id), KS("code", outcome_row(rc)->code));
        return false; /* another instance has it, or will when the lease is over */
    }
    const struct job_row *row = find_row(w->runner, in.kind);
    struct job job = { .arena = w->arena, .db = w->db, .id = work->id, .tenant = work->tenant, .kind = in.kind, .key = in.key,
        .payload = in.payload, .attempt = in.attempt, .now = now_us() };
    if (!row) {
        snprintf(error, sizeof error, "no worker for jobs of kind %.100s", in.kind);
        dead(w, work, "unknown", in.attempt, job.now, error);
        return true;
    }
    if (in.attempt > (row->attempts_max > 0 ? row->attempts_max : ATTEMPTS_DEFAULT)) {
        dead(w, work, row->kind, in.attempt, job.now, "begun as often as allowed and never finished");
        return true;
    }
    if (!lease_is_fresh(w, work, row, in.lease_until, job.now)) return false;
    log_set_request(id_format(work->id, request));
    rc = row->run(&job);
    job.error[sizeof job.error - 1] = 0;
    snprintf(error, sizeof error, "%s", *job.error ? job.error : outcome_row(rc)->code);
    conclude(w, work, row, &job, rc, error);
    log_set_request(NULL);
    return true;
}

static bool run_work(struct job_worker *w, const struct work *work)
{
    if (!work->schedule) return run_job(w, work);
    run_schedule(w, work);
    return true;
}

/* ---- Threads ------------------------------------------------------------------------------------------------------------------ */

static int64_t poll_us(const struct job_runner *r) { return r->config.poll_ms ? r->config.poll_ms * (USEC_PER_SEC / 1000) : POLL_MAX_US; }

/* What is due now, and when to look again (wall clock). */
static enum rc claim_due(struct job_worker *w, int room, struct batch *out, int64_t *look_at)
{
    struct job_runner *r = w->runner;
    struct next next = { NONE, NONE };
    int64_t now = now_us();
    fresh(w, ID_NIL);
    TRY(claim_ticks(w, now, out));
    TRY(db_get(w->db, &Q_NEXT, ARGS(), &next_shape, &next));
    if (next.lease_until != NONE && next.lease_until <= now) {
        LOG(LOG_WARN, "job.lease_expired", KI("since_s", (now - next.lease_until) / USEC_PER_SEC));
        TRY(write_now(w->db, &Q_EXPIRED, ARGS(I(now)), RC_OK));
        next.run_at = now;
    }
    if (next.run_at != NONE && next.run_at <= now) TRY(claim_jobs(w, now, room, out));
    int64_t at = now + poll_us(r);
    if (out->n) at = now;
    if (next.run_at != NONE && next.run_at < at) at = next.run_at;
    if (next.lease_until != NONE && next.lease_until < at) at = next.lease_until;
    for (int i = 0; i < r->n_ticks; i++)
        if (r->ticks[i].next_at < at) at = r->ticks[i].next_at;
    *look_at = at;
    return RC_OK;
}

/* Called with the lock held, by the one thread that claims. */
static void claim_into_queue(struct job_worker *w, struct batch *found)
{
    struct job_runner *r = w->runner;
    int64_t look_at = 0;
    r->claiming = true;
    r->woken = false;
    pthread_mutex_unlock(&r->lock);
    pthread_mutex_lock(&r->claim_lock);
    found->n = 0;
    enum rc rc = claim_due(w, r->config.threads * 2, found, &look_at);
    pthread_mutex_unlock(&r->claim_lock);
    if (rc != RC_OK) LOG(LOG_WARN, "job.claim_failed", KS("code", outcome_row(rc)->code));
    int64_t most = poll_us(r), wait = rc == RC_OK ? look_at - now_us() : most;
    pthread_mutex_lock(&r->lock);
    r->claiming = false;
    r->poll_at = monotonic_us() + (wait < 0 ? 0 : wait > most ? most : wait);
    ASSERT(r->at == r->queue.n);
    memcpy(r->queue.work, found->work, (size_t)found->n * sizeof *found->work);
    r->queue.n = found->n;
    r->at = 0;
    if (found->n) pthread_cond_broadcast(&r->work_ready);
}

static void watch_the_clock(struct job_runner *r)
{
    struct timespec until = timespec_at(r->poll_at);
    r->watching = true;
    pthread_cond_timedwait(&r->watch, &r->lock, &until);
    r->watching = false;
}

static void *worker_main(void *arg)
{
    struct job_worker *w = arg;
    struct job_runner *r = w->runner;
    struct batch *found = malloc(sizeof *found);
    ASSERT(found);
    pthread_mutex_lock(&r->lock);
    while (!r->stopping) {
        if (r->at < r->queue.n) {
            struct work work = r->queue.work[r->at++];
            pthread_mutex_unlock(&r->lock);
            run_work(w, &work);
            pthread_mutex_lock(&r->lock);
        } else if (!r->claiming && (r->woken || monotonic_us() >= r->poll_at)) {
            claim_into_queue(w, found);
        } else if (!r->claiming && !r->watching) {
            watch_the_clock(r);
        } else {
            pthread_cond_wait(&r->work_ready, &r->lock);
        }
    }
    pthread_mutex_unlock(&r->lock);
    free(found);
    return NULL;
}

void jobs_wake(struct job_runner *r)
{
    pthread_mutex_lock(&r->lock);
    r->woken = true;
    pthread_cond_signal(r->watching ? &r->watch : &r->work_ready);
    pthread_mutex_unlock(&r->lock);
}

bool jobs_run_due(struct job_runner *r)
{
    struct batch *found = malloc(sizeof *found);
    bool any = false;
    if (!found) return false;
    pthread_mutex_lock(&r->own_lock);
    do {
        int64_t look_at;
        pthread_mutex_lock(&r->claim_lock);
        found->n = 0;
        enum rc rc = claim_due(&r->own, BATCH_MAX, found, &look_at);
        pthread_mutex_unlock(&r->claim_lock);
        if (rc != RC_OK) LOG(LOG_WARN, "job.claim_failed", KS("code", outcome_row(rc)->code));
        for (int i = 0; i < found->n; i++) any |= run_work(&r->own, &found->work[i]);
    } while (found->n);
    pthread_mutex_unlock(&r->own_lock);
    free(found);
    return any;
}

enum rc jobs_stats(struct job_runner *r, struct jobs_stats *out)
{
    pthread_mutex_lock(&r->own_lock);
    fresh(&r->own, ID_NIL);
    enum rc rc = db_get(r->own.db, &Q_STATS, ARGS(), &stats_shape, out);
    pthread_mutex_unlock(&r->own_lock);
    return rc;
}

/* ---- Start, stop -------------------------------------------------------------------------------------------------------------- */

static bool worker_open(struct job_runner *r, struct job_worker *w)
{
    w->runner = r;
    w->db = tdb_open(r->config.db);
    w->arena = arena_new(ARENA_BYTES);
    return w->db && w->arena;
}

static void worker_close(struct job_worker *w)
{
    tdb_close(w->db);
    arena_free(w->arena);
}

static enum rc add_schedules(struct job_runner *r, const struct schedule_row *table)
{
    int64_t now = now_us();
    for (const struct schedule_row *row = table; row->name; row++) {
        int64_t first = now + row->every_s * USEC_PER_SEC;
        if (r->n_ticks == SCHEDULES_MAX) return fault(RC_FAULT, "more than %d schedules", SCHEDULES_MAX);
        if (row->every_s <= 0) return fault(RC_FAULT, "schedule %s has no interval", row->name);
        r->ticks[r->n_ticks++].row = row; /* next_at 0: looks at the row first */
        TRY(write_now(r->own.db, &Q_TICK_ADD, ARGS(S(row->name), I(first)), RC_OK));
        TRY(write_now(r->own.db, &Q_TICK_NEARER, ARGS(S(row->name), I(first)), RC_OK)); /* the interval became shorter */
    }
    return RC_OK;
}

static enum rc start_threads(struct job_runner *r)
{
    pthread_attr_t attr;
    enum rc rc = RC_OK;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, STACK_BYTES);
    for (int i = 0; rc == RC_OK && i < r->config.threads; i++) {
        struct job_worker *w = &r->workers[i];
        if (!worker_open(r, w)) rc = fault(RC_OOM, "jobs: no connection or memory for worker %d", i + 1);
        else if (pthread_create(&w->thread, &attr, worker_main, w) != 0) rc = fault(RC_FAULT, "jobs: worker %d cannot start", i + 1);
        else w->started = true;
    }
    pthread_attr_destroy(&attr);
    return rc;
}

static enum rc start_steps(struct job_runner *r)
{
    if (!worker_open(r, &r->own)) return fault(RC_OOM, "jobs: no connection or memory");
    fresh(&r->own, ID_NIL);
    if (!db_is_postgres(r->own.db)) TRY(write_now(r->own.db, &Q_RELEASE_ALL, ARGS(), RC_OK));
    TRY(add_schedules(r, own_schedules));
    for (const struct schedule_row *const *table = r->config.schedules; table && *table; table++) TRY(add_schedules(r, *table));
    return start_threads(r);
}

enum rc jobs_start(struct job_runner **out, const struct job_runner_config *config)
{
    struct job_runner *r = calloc(1, sizeof *r);
    uint8_t tag[8];
    pthread_condattr_t monotonic;
    *out = NULL;
    if (!r) return RC_OOM;
    r->config = *config;
    if (r->config.threads < 0) r->config.threads = THREADS_DEFAULT;
    if (r->config.threads > THREADS_MAX) r->config.threads = THREADS_MAX;
    env.random(tag, sizeof tag);
    hex_encode(tag, sizeof tag, r->tag);
    env.random(&r->cursor, sizeof r->cursor);
    r->cursor.b[15] |= 1; /* nil would bind NULL */
    pthread_mutex_init(&r->lock, NULL);
    pthread_mutex_init(&r->own_lock, NULL);
    pthread_mutex_init(&r->claim_lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&r->watch, &monotonic);
    pthread_cond_init(&r->work_ready, NULL);
    pthread_condattr_destroy(&monotonic);
    enum rc rc = start_steps(r);
    if (rc == RC_OK) *out = r;
    else jobs_stop(r);
    return rc;
}

/* What was claimed and not begun is ready for others at once. */
static void give_back(struct job_runner *r)
{
    for (; r->at < r->queue.n; r->at++) {
        const struct work *w = &r->queue.work[r->at];
        fresh(&r->own, ID_NIL);
        enum rc rc = w->schedule ? write_now(r->own.db, &Q_TICK_MOVE, ARGS(S(w->schedule->name), I(w->next_at), I(now_us())), RC_OK)
                                 : write_now(r->own.db, &Q_GIVE_BACK, ARGS(U(w->tenant), U(w->id), S(w->owner)), RC_OK);
        if (rc != RC_OK) LOG(LOG_WARN, "job.not_given_back", KID("job", w->id), KS("code", outcome_row(rc)->code));
    }
}

void jobs_stop(struct job_runner *r)
{
    if (!r) return;
    pthread_mutex_lock(&r->lock);
    r->stopping = true;
    pthread_cond_broadcast(&r->work_ready);
    pthread_cond_broadcast(&r->watch);
    pthread_mutex_unlock(&r->lock);
    for (int i = 0; i < THREADS_MAX; i++)
        if (r->workers[i].started) pthread_join(r->workers[i].thread, NULL);
    if (r->own.db && r->own.arena) give_back(r);
    for (int i = 0; i < THREADS_MAX; i++) worker_close(&r->workers[i]);
    worker_close(&r->own);
    pthread_cond_destroy(&r->watch);
    pthread_cond_destroy(&r->work_ready);
    pthread_mutex_destroy(&r->lock);
    pthread_mutex_destroy(&r->own_lock);
    pthread_mutex_destroy(&r->claim_lock);
    free(r);
}
