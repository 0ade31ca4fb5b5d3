/* test_jobs.c - the queue on SQLite in a temporary folder and, when CLINICD_TEST_PG names a server, on PostgreSQL too. */
#include "core/db/db.h"
#include "core/jobs/jobs.h"
#include "tests/lib/own_database.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern const struct migration all_migrations[];

/* ---- Statements of the test ---------------------------------------------------------------------------------------- */
static const struct query job_get = { .name = "test.job_get", .args = "t",
    .sql = "SELECT id, state, attempt, run_at, lease_owner, lease_until, last_error, finished_at FROM job WHERE tenant_id = $1 AND key = $2" };
static const struct query job_count = { .name = "test.job_count", .sql = "SELECT COUNT(*) AS n FROM job WHERE tenant_id = $1" };
static const struct query job_lease = { .name = "test.job_lease", .args = "ttii",
    .sql = "UPDATE job SET state = 1, attempt = $5, lease_owner = $3, lease_until = $4 WHERE tenant_id = $1 AND key = $2" };
static const struct query job_drop = { .name = "test.job_drop", .sql = "DELETE FROM job", .platform = "test", .scan = "test" };
static const struct query tick_drop = { .name = "test.tick_drop", .sql = "DELETE FROM schedule_tick", .platform = "test" };
static const struct query tick_put = { .name = "test.tick_put", .args = "ti", .sql = "INSERT INTO schedule_tick (name, next_at) VALUES ($1, $2)",
    .platform = "test" };
static const struct query *const queries[] = { &job_get, &job_count, &job_lease, &job_drop, &tick_drop, &tick_put, NULL };
static const struct query_set query_sets[] = { { "jobs", true, jobs_queries }, { "test", true, queries }, { 0 } };

struct state { struct id id; int64_t state, attempt, run_at; const char *lease_owner; int64_t lease_until; const char *last_error; int64_t finished_at; };
static const struct field state_fields[] = { F_ID(struct state, id), F_INT(struct state, state), F_INT(struct state, attempt),
    F_INT(struct state, run_at), F_STR(struct state, lease_owner), F_INT(struct state, lease_until), F_STR(struct state, last_error),
    F_INT(struct state, finished_at), F_END };
static const struct shape state_shape = SHAPE(state, state_fields);
enum { READY, RUNNING, DONE, DEAD };

/* ---- The database ------------------------------------------------------------------------------------------------------ */
static char url[600];
static struct db *db;
static struct tdb *t;
static struct arena *arena;
static struct id one, two;
static struct job_runner *_Atomic woken[2];
static struct migration migrations[32];

static void on_wake(unsigned bits)
{
    for (int i = 0; i < 2; i++) {
        struct job_runner *r = woken[i];
        if ((bits & WAKE_JOBS) && r) jobs_wake(r);
    }
}

static void open_db(void)
{
    char err[300];
    struct db_config config = { .url = url, .readers_max = 32, .migrations = migrations, .queries = query_sets, .on_wake = on_wake };
    if (db_open(&db, &config, 0, err, sizeof err) != RC_OK) {
        fprintf(stderr, "%s\n", err);
        exit(3);
    }
    t = tdb_open(db);
    REQUIRE(t);
}

static void close_db(void)
{
    tdb_close(t);
    db_close(db);
}

static void begin(struct id tenant)
{
    arena_reset(arena);
    tdb_begin(t, arena, tenant);
}

struct write { const struct query *q; const struct arg *args; };

static enum rc write_fn(struct tx *tx, void *arg)
{
    const struct write *w = arg;
    return tx_run_query(tx, w->q, w->args);
}

static void write_one(struct id tenant, const struct query *q, const struct arg *args)
{
    begin(tenant);
    CHECK_INT(db_tx(t, "write_one", write_fn, &(struct write){ q, args }), RC_OK);
}

struct add { struct id id; const char *kind, *key; int64_t run_at; int n; };

/* n > 1: keys "<key>0", "<key>1" ... in one transaction. */
static enum rc add_fn(struct tx *tx, void *arg)
{
    const struct add *a = arg;
    char key[64];
    for (int i = 0; i < a->n; i++) {
        struct id id = a->id;
        id.b[14] = (uint8_t)(i >> 8), id.b[15] = (uint8_t)i;
        snprintf(key, sizeof key, a->n > 1 ? "%s%d" : "%s", a->key, i);
        TRY(tx_job(tx, id, a->kind, key, a->run_at, "{\"n\":1}"));
    }
    return RC_OK;
}

static void add_many(struct id tenant, const char *kind, const char *key, int64_t run_at, int n)
{
    struct add a = { id_new(), kind, key, run_at, n };
    begin(tenant);
    CHECK_INT(db_tx(t, "add", add_fn, &a), RC_OK);
}

static void add(struct id tenant, const char *kind, const char *key, int64_t run_at) { add_many(tenant, kind, key, run_at, 1); }

static struct state state_of(struct id tenant, const char *key)
{
    struct state s = { .state = -1 };
    begin(tenant);
    CHECK_INT(db_get(t, &job_get, ARGS(S(key)), &state_shape, &s), RC_OK);
    return s;
}

static void sleep_ms(long ms) { nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL); }

/* ---- A clock in the hand --------------------------------------------------------------------------------------------------- */
static int64_t (*real_now)(void);
static _Atomic int64_t hand;
static int64_t hand_now(void) { return hand; }

static void hold_clock(void)
{
    hand = real_now();
    env.now = hand_now;
}

static void let_clock_go(void) { env.now = real_now; }

/* ---- Kinds --------------------------------------------------------------------------------------------------------------------- */
enum { RUNS_MAX = 1024 };
static _Atomic int runs[RUNS_MAX], all_runs, ticks, bad_tenants;
static struct id order[RUNS_MAX];      /* tenants in the order in which their jobs ran (one thread) */
static _Atomic bool gate_open, gate_reached;
static _Atomic int failures_left;
static _Atomic int64_t last_attempt;

static enum rc run_count(struct job *job)
{
    int n = atomic_fetch_add(&all_runs, 1);
    if (n < RUNS_MAX) order[n] = job->tenant;
    const char *digits = job->key + strcspn(job->key, "0123456789");
    if (*digits) atomic_fetch_add(&runs[strtol(digits, NULL, 10) % RUNS_MAX], 1);
    if (!id_eq(db_tenant(job->db), job->tenant) || id_is_nil(job->tenant) || !str_eq(job->payload, "{\"n\":1}")) bad_tenants++;
    last_attempt = job->attempt;
    return RC_OK;
}

static enum rc run_fails(struct job *job)
{
    atomic_fetch_add(&all_runs, 1);
    last_attempt = job->attempt;
    if (failures_left-- <= 0) return RC_OK;
    snprintf(job->error, sizeof job->error, "attempt %d failed", (int)job->attempt);
    return RC_BUSY;
}

static enum rc run_final(struct job *job)
{
    (void)job;
    atomic_fetch_add(&all_runs, 1);
    return RC_INVALID;
}

static enum rc run_gate(struct job *job)
{
    (void)job;
    atomic_fetch_add(&all_runs, 1);
    gate_reached = true;
    while (!gate_open) sleep_ms(5);
    return RC_OK;
}

static enum rc run_robbed(struct job *job)
{
    atomic_fetch_add(&all_runs, 1);
    return db_tx(job->db, "rob", write_fn, &(struct write){ &job_lease, ARGS(S(job->key), S("another"), I(job->now + 90 * USEC_PER_SEC), I(2)) });
}

static enum rc run_greedy(struct job *job)
{
    atomic_fetch_add(&all_runs, 1);
    while (arena_alloc(job->arena, 256 * 1024)) {}
    return RC_OK;
}

static enum rc run_breaks_db(struct job *job)
{
    (void)job;
    atomic_fetch_add(&all_runs, 1);
    db_test_hooks.fail_at = 1;
    return RC_OK;
}

static enum rc run_chain(struct job *job)
{
    struct add a = { id_new(), "count", "chained", job->now, 1 };
    return db_tx(job->db, "chain", add_fn, &a);
}

static const struct job_row rows[] = {
    { "count", "Counts.", run_count, 0, 0 },
    { "fails", "Fails a few times.", run_fails, 0, 0 },
    { "fails_twice", "Has two attempts.", run_fails, 2, 0 },
    { "final", "Is refused.", run_final, 0, 0 },
    { "gate", "Waits.", run_gate, 0, 30 },
    { "robbed", "Loses its lease.", run_robbed, 0, 0 },
    { "greedy", "Empties its arena.", run_greedy, 0, 0 },
    { "breaks_db", "The database goes away.", run_breaks_db, 0, 0 },
    { 0 },
};
static const struct job_row more_rows[] = { { "chain", "Leaves another job.", run_chain, 0, 0 }, { 0 } };
static const struct job_row *const tables[] = { rows, more_rows, NULL };

static enum rc run_tick(struct job *job)
{
    if (!id_is_nil(job->tenant)) bad_tenants++;
    atomic_fetch_add(&ticks, 1);
    return failures_left-- > 0 ? RC_DB_DOWN : RC_OK;
}
static const struct schedule_row tick_rows[] = { { "test.tick", "Ticks.", 100, run_tick }, { 0 } };
static const struct schedule_row *const schedules[] = { tick_rows, NULL };

static struct job_runner *start(int threads, bool scheduled)
{
    struct job_runner *r = NULL;
    struct job_runner_config config = { .db = db, .tables = tables, .schedules = scheduled ? schedules : NULL, .threads = threads };
    CHECK_INT(jobs_start(&r, &config), RC_OK);
    REQUIRE(r);
    return r;
}

static struct jobs_stats stats(struct job_runner *r)
{
    struct jobs_stats s = { -1, -1, -1, -1 };
    CHECK_INT(jobs_stats(r, &s), RC_OK);
    return s;
}

static void clean(void)
{
    write_one(ID_NIL, &job_drop, ARGS());
    write_one(ID_NIL, &tick_drop, ARGS());
    memset((void *)runs, 0, sizeof runs);
    all_runs = ticks = bad_tenants = failures_left = 0;
    gate_open = gate_reached = false;
    one = id_new();
    two = id_new();
}

/* ---- Once ------------------------------------------------------------------------------------------------------------------------ */
static void once_by_eight_threads(void)
{
    clean();
    enum { N = 120, TENANTS = 3 };
    struct job_runner *a = start(4, false), *b = start(4, false);
    woken[0] = a;
    woken[1] = b;
    for (int i = 0; i < TENANTS; i++) add_many(id_new(), "count", "k", now_us(), N);
    for (int i = 0; i < 1200 && stats(a).done < N * TENANTS; i++) sleep_ms(50);
    CHECK_INT(stats(b).done, N * TENANTS);
    CHECK_INT(stats(b).ready + stats(b).running + stats(b).dead, 0);
    woken[0] = NULL;
    woken[1] = NULL;
    jobs_stop(a);
    jobs_stop(b);
    CHECK_INT(all_runs, N * TENANTS);
    for (int i = 0; i < N; i++) CHECK_INT(runs[i], TENANTS);
    CHECK_INT(bad_tenants, 0);
}

static void once_though_transactions_run_twice(void)
{
    clean();
    struct job_runner *r = start(0, false);
    db_test_hooks.tx_twice = true;
    add_many(one, "count", "k", now_us(), 5);
    CHECK(jobs_run_due(r));
    db_test_hooks.tx_twice = false;
    CHECK(!jobs_run_due(r));
    CHECK_INT(all_runs, 5);
    CHECK_INT(last_attempt, 1);
    CHECK_INT(stats(r).done, 5);
    jobs_stop(r);
}

/* The n-th statement fails, for all n: the job is done in the end, and once. */
static void once_whatever_fails(void)
{
    clean();
    hold_clock();
    struct job_runner *r = start(0, false);
    char key[32];
    for (int n = 1; n <= 14; n++) {
        for (int busy = 0; busy < 2; busy++) {
            all_runs = 0;
            snprintf(key, sizeof key, "%s%d", busy ? "busy" : "fail", n);
            add(one, "count", key, now_us());
            if (busy) db_test_hooks.busy_at = n;
            else db_test_hooks.fail_at = n;
            for (int i = 0; i < 4; i++) {
                jobs_run_due(r);
                if (i == 0) db_test_hooks.busy_at = db_test_hooks.fail_at = 0;
                hand += 61 * USEC_PER_SEC;
            }
            CHECK_INT(state_of(one, key).state, DONE);
            CHECK_INT(all_runs, 1);
        }
    }
    jobs_stop(r);
    let_clock_go();
}

static void crash_is_taken_up(void)
{
    clean();
    add(one, "gate", "crash", now_us());
    close_db();
    int pipes[2];
    REQUIRE(pipe(pipes) == 0);
    fflush(stdout);
    pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        open_db();
        struct job_runner *r = start(2, false);
        (void)r;
        while (!gate_reached) sleep_ms(5);
        if (write(pipes[1], "x", 1) != 1) _exit(4);
        for (;;) pause();
    }
    char c;
    CHECK_INT(read(pipes[0], &c, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(pipes[0]);
    close(pipes[1]);
    open_db();
    gate_open = true;
    hold_clock();
    struct state s = state_of(one, "crash");
    CHECK_INT(s.state, RUNNING);
    CHECK_INT(s.attempt, 1);
    struct job_runner *r = start(0, false);
    if (str_eq(db_engine(db), "postgresql")) { /* another instance may be at it: not before the lease is over */
        CHECK(!jobs_run_due(r));
        hand = s.lease_until - 1;
        CHECK(!jobs_run_due(r));
        hand = s.lease_until;
    }
    CHECK(jobs_run_due(r));
    s = state_of(one, "crash");
    CHECK_INT(s.state, DONE);
    CHECK_INT(s.attempt, 2);
    CHECK(s.lease_owner == NULL && s.lease_until == NONE);
    jobs_stop(r);
    let_clock_go();
}

static void lease_runs_out(void)
{
    clean();
    hold_clock();
    struct job_runner *r = start(0, false);
    add(one, "count", "lost", now_us());
    write_one(one, &job_lease, ARGS(S("lost"), S("gone"), I(now_us() + 60 * USEC_PER_SEC), I(1)));
    CHECK(!jobs_run_due(r));
    hand += 60 * USEC_PER_SEC - 1;
    CHECK(!jobs_run_due(r));
    hand += 1;
    CHECK(jobs_run_due(r));
    CHECK_INT(last_attempt, 2);
    CHECK_INT(state_of(one, "lost").state, DONE);
    jobs_stop(r);
    let_clock_go();
}

/* A process that dies at the same job again and again does not do so for ever. */
static void crashing_ends(void)
{
    clean();
    hold_clock();
    struct job_runner *r = start(0, false);
    add(one, "fails_twice", "deadly", now_us());
    write_one(one, &job_lease, ARGS(S("deadly"), S("gone"), I(now_us()), I(1)));
    failures_left = 1;
    CHECK(jobs_run_due(r)); /* the second and last attempt */
    CHECK_INT(last_attempt, 2);
    CHECK_INT(state_of(one, "deadly").state, DEAD);
    add(one, "fails_twice", "deadlier", now_us());
    write_one(one, &job_lease, ARGS(S("deadlier"), S("gone"), I(now_us()), I(2)));
    CHECK(jobs_run_due(r)); /* is not begun a third time */
    CHECK_INT(all_runs, 1);
    CHECK_INT(state_of(one, "deadlier").state, DEAD);
    CHECK_STR(state_of(one, "deadlier").last_error, "begun as often as allowed and never finished");
    jobs_stop(r);
    let_clock_go();
}

static void lost_lease_changes_nothing(void)
{
    clean();
    struct job_runner *r = start(0, false);
    add(one, "robbed", "r", now_us());
    CHECK(jobs_run_due(r));
    struct state s = state_of(one, "r");
    CHECK_INT(s.state, RUNNING);
    CHECK_STR(s.lease_owner, "another");
    CHECK_INT(all_runs, 1);
    jobs_stop(r);
}

/* ---- Again ------------------------------------------------------------------------------------------------------------------------ */
static void back_off(void)
{
    static const int64_t seconds[] = { 5, 30, 120, 600, 1800, 7200, 21600 };
    clean();
    hold_clock();
    struct job_runner *r = start(0, false);
    failures_left = 100;
    add(one, "fails", "f", now_us());
    for (int i = 0; i < 7; i++) {
        int64_t base = seconds[i] * USEC_PER_SEC;
        CHECK(jobs_run_due(r));
        CHECK_INT(last_attempt, i + 1);
        struct state s = state_of(one, "f");
        CHECK_INT(s.state, READY);
        CHECK(s.run_at - hand >= base * 80 / 100 && s.run_at - hand <= base * 120 / 100);
        CHECK_INT(s.finished_at, NONE);
        hand = s.run_at - 1;
        jobs_run_due(r);
        CHECK_INT(all_runs, i + 1);
        hand = s.run_at;
    }
    CHECK_STR(state_of(one, "f").last_error, "attempt 7 failed");
    CHECK(jobs_run_due(r));
    struct state s = state_of(one, "f");
    CHECK_INT(s.state, DEAD);
    CHECK_INT(s.attempt, 8);
    CHECK_INT(s.finished_at, hand);
    CHECK_STR(s.last_error, "attempt 8 failed");
    hand += 100 * USEC_PER_DAY;
    jobs_run_due(r);
    CHECK_INT(all_runs, 8);
    CHECK_INT(stats(r).dead, 1);
    jobs_stop(r);
    let_clock_go();
}

static void back_off_spreads(void)
{
    clean();
    hold_clock();
    struct job_runner *r = start(0, false);
    failures_left = 20;
    add_many(one, "fails", "f", now_us(), 20);
    CHECK(jobs_run_due(r));
    int64_t least = INT64_MAX, most = 0;
    char key[16];
    for (int i = 0; i < 20; i++) {
        snprintf(key, sizeof key, "f%d", i);
        int64_t at = state_of(one, key).run_at - hand;
        if (at < least) least = at;
        if (at > most) most = at;
    }
    CHECK(most - least > USEC_PER_SEC / 2);
    jobs_stop(r);
    let_clock_go();
}

static void success_after_failures(void)
{
    clean();
    hold_clock();
    struct job_runner *r = start(0, false);
    failures_left = 2;
    add(one, "fails", "f", now_us());
    for (int i = 0; i < 3; i++) {
        CHECK(jobs_run_due(r));
        hand += USEC_PER_HOUR;
    }
    struct state s = state_of(one, "f");
    CHECK_INT(s.state, DONE);
    CHECK_INT(s.attempt, 3);
    CHECK(s.last_error == NULL);
    jobs_stop(r);
    let_clock_go();
}

static void dead_letters(void)
{
    clean();
    struct job_runner *r = start(0, false);
    add(one, "final", "final", now_us());
    add(one, "nobody_knows", "unknown", now_us());
    CHECK(jobs_run_due(r));
    CHECK_INT(state_of(one, "final").state, DEAD);
    CHECK_STR(state_of(one, "final").last_error, outcome_row(RC_INVALID)->code);
    struct state s = state_of(one, "unknown");
    CHECK_INT(s.state, DEAD);
    CHECK_STR(s.last_error, "no worker for jobs of kind nobody_knows");
    CHECK_INT(stats(r).dead, 2);
    CHECK_INT(all_runs, 1);
    jobs_stop(r);
}

static void finish_is_tried_again(void)
{
    clean();
    struct job_runner *r = start(0, false);
    add(one, "breaks_db", "b", now_us());
    CHECK(jobs_run_due(r));
    CHECK_INT(state_of(one, "b").state, DONE);
    CHECK_INT(all_runs, 1);
    add(one, "greedy", "g", now_us());
    CHECK(jobs_run_due(r));
    CHECK_INT(state_of(one, "g").state, DONE);
    jobs_stop(r);
}

/* ---- Writing ------------------------------------------------------------------------------------------------------------------------ */
static int64_t jobs_of(struct id tenant)
{
    int64_t n = -1;
    begin(tenant);
    CHECK_INT(db_int(t, &job_count, ARGS(), &n), RC_OK);
    return n;
}

static enum rc add_and_fail(struct tx *tx, void *arg)
{
    TRY(add_fn(tx, arg));
    return RC_STATE;
}

static void key_is_unique(void)
{
    clean();
    struct job_runner *r = start(0, false);
    add(one, "count", "same", now_us());
    add(one, "count", "same", now_us());
    CHECK_INT(jobs_of(one), 1);
    add(one, "final", "same", now_us());
    add(two, "count", "same", now_us());
    CHECK_INT(jobs_of(one), 2);
    CHECK_INT(jobs_of(two), 1);
    CHECK(jobs_run_due(r));
    add(one, "count", "same", now_us()); /* also when it was done */
    CHECK(!jobs_run_due(r));
    CHECK_INT(all_runs, 3);
    struct add a = { id_new(), "count", "rolled back", now_us(), 1 };
    begin(one);
    CHECK_INT(db_tx(t, "add_and_fail", add_and_fail, &a), RC_STATE);
    CHECK_INT(jobs_of(one), 2);
    jobs_stop(r);
}

static void job_leaves_job(void)
{
    clean();
    struct job_runner *r = start(0, false);
    add(one, "chain", "first", now_us());
    CHECK(jobs_run_due(r));
    CHECK_INT(state_of(one, "chained").state, DONE);
    CHECK_INT(all_runs, 1);
    jobs_stop(r);
}

/* ---- Fairness ------------------------------------------------------------------------------------------------------------------------- */
static void small_tenant_is_not_kept_waiting(void)
{
    clean();
    struct job_runner *r = start(0, false);
    for (int side = 0; side < 2; side++) { /* the big one before and behind the small one */
        struct id big = side ? two : one, small = side ? one : two;
        all_runs = 0;
        add_many(big, "count", side ? "x" : "y", now_us() - USEC_PER_SEC, 500);
        add(small, "count", side ? "p" : "q", now_us());
        CHECK(jobs_run_due(r));
        CHECK_INT(all_runs, 501);
        CHECK(id_eq(order[0], small) || id_eq(order[1], small));
    }
    jobs_stop(r);
}

static void many_tenants_take_turns(void)
{
    enum { TENANTS = 100, EACH = 3 };
    struct id tenant[TENANTS];
    int got[TENANTS] = { 0 }, least_when_first_had_all = -1;
    clean();
    struct job_runner *r = start(0, false);
    for (int i = 0; i < TENANTS; i++) {
        tenant[i] = id_new();
        add_many(tenant[i], "count", "k", now_us(), EACH);
    }
    CHECK(jobs_run_due(r));
    CHECK_INT(all_runs, TENANTS * EACH);
    for (int n = 0; n < all_runs && least_when_first_had_all < 0; n++) {
        int i = 0, least = EACH;
        while (i < TENANTS && !id_eq(tenant[i], order[n])) i++;
        REQUIRE(i < TENANTS);
        if (++got[i] < EACH) continue;
        for (i = 0; i < TENANTS; i++)
            if (got[i] < least) least = got[i];
        least_when_first_had_all = least;
    }
    CHECK(least_when_first_had_all >= 1);
    jobs_stop(r);
}

/* ---- Regular work ----------------------------------------------------------------------------------------------------------------------- */
static void schedule_has_one_winner(void)
{
    clean();
    hold_clock();
    struct job_runner *a = start(0, true), *b = start(0, true);
    CHECK(!jobs_run_due(a) && !jobs_run_due(b));
    hand += 100 * USEC_PER_SEC - 1;
    CHECK(!jobs_run_due(a) && !jobs_run_due(b));
    hand += 1;
    CHECK(jobs_run_due(a));
    CHECK(!jobs_run_due(b));
    CHECK_INT(ticks, 1);
    hand += 100 * USEC_PER_SEC;
    CHECK(jobs_run_due(b));
    CHECK(!jobs_run_due(a));
    CHECK_INT(ticks, 2);
    hand += 1000 * USEC_PER_SEC; /* what was missed is not made up for */
    CHECK(jobs_run_due(a));
    CHECK(!jobs_run_due(a) && !jobs_run_due(b));
    CHECK_INT(ticks, 3);
    CHECK_INT(bad_tenants, 0);
    jobs_stop(a);
    jobs_stop(b);
    let_clock_go();
}

struct racer { struct job_runner *runner; pthread_barrier_t *line; int rounds; };

static void *race(void *arg)
{
    struct racer *r = arg;
    for (int i = 0; i < r->rounds; i++) {
        if (pthread_barrier_wait(r->line) == PTHREAD_BARRIER_SERIAL_THREAD) hand += 100 * USEC_PER_SEC;
        pthread_barrier_wait(r->line);
        jobs_run_due(r->runner);
    }
    return NULL;
}

static void schedule_race(void)
{
    enum { RACERS = 4, ROUNDS = 25 };
    pthread_barrier_t line;
    pthread_t threads[RACERS];
    struct racer racers[RACERS];
    clean();
    hold_clock();
    pthread_barrier_init(&line, NULL, RACERS);
    for (int i = 0; i < RACERS; i++) racers[i] = (struct racer){ start(0, true), &line, ROUNDS };
    for (int i = 0; i < RACERS; i++) REQUIRE(pthread_create(&threads[i], NULL, race, &racers[i]) == 0);
    for (int i = 0; i < RACERS; i++) pthread_join(threads[i], NULL);
    CHECK_INT(ticks, ROUNDS);
    for (int i = 0; i < RACERS; i++) jobs_stop(racers[i].runner);
    pthread_barrier_destroy(&line);
    let_clock_go();
}

static void schedule_after_a_break(void)
{
    clean();
    hold_clock();
    write_one(ID_NIL, &tick_put, ARGS(S("test.tick"), I(now_us() - 1)));
    struct job_runner *r = start(0, true);
    CHECK(jobs_run_due(r)); /* was due while nobody ran */
    CHECK_INT(ticks, 1);
    hand += 100 * USEC_PER_SEC;
    failures_left = 1;
    CHECK(jobs_run_due(r)); /* fails: again in a minute, not in 100 s */
    hand += 60 * USEC_PER_SEC;
    CHECK(jobs_run_due(r));
    CHECK_INT(ticks, 3);
    jobs_stop(r);
    write_one(ID_NIL, &tick_drop, ARGS());
    write_one(ID_NIL, &tick_put, ARGS(S("test.tick"), I(now_us() + 30 * USEC_PER_DAY))); /* the interval was a month */
    r = start(0, true);
    hand += 100 * USEC_PER_SEC;
    CHECK(jobs_run_due(r));
    CHECK_INT(ticks, 4);
    jobs_stop(r);
    let_clock_go();
}

static void old_jobs_are_purged(void)
{
    clean();
    hold_clock();
    struct job_runner *r = start(0, false);
    add_many(one, "count", "old", now_us(), 700);
    add(one, "final", "dead", now_us());
    CHECK(jobs_run_due(r));
    hand += 6 * USEC_PER_DAY;
    add(two, "count", "new", now_us());
    CHECK(jobs_run_due(r));
    CHECK_INT(jobs_of(one), 701);
    hand += USEC_PER_DAY + USEC_PER_HOUR;
    CHECK(jobs_run_due(r));
    CHECK_INT(jobs_of(one), 1);
    CHECK_INT(state_of(one, "dead").state, DEAD);
    CHECK_INT(jobs_of(two), 1);
    jobs_stop(r);
    let_clock_go();
}

/* ---- Threads ------------------------------------------------------------------------------------------------------------------------------- */
static int64_t wait_runs(int n, int64_t at_most_us)
{
    int64_t began = monotonic_us();
    while (all_runs < n && monotonic_us() - began < at_most_us) sleep_ms(2);
    return monotonic_us() - began;
}

static void wakes_and_alarms(void)
{
    clean();
    struct job_runner *r = start(4, false);
    woken[0] = r;
    sleep_ms(300);
    add(one, "count", "now", now_us());
    CHECK(wait_runs(1, 10 * USEC_PER_SEC) < 2 * USEC_PER_SEC);
    int64_t due = now_us() + 700000;
    add(one, "count", "later", due);
    CHECK(wait_runs(2, 10 * USEC_PER_SEC) < 3 * USEC_PER_SEC);
    CHECK(now_us() >= due);
    woken[0] = NULL; /* nobody says that there is work */
    sleep_ms(300);
    add(one, "count", "unsaid", now_us());
    CHECK(wait_runs(3, 20 * USEC_PER_SEC) < 7 * USEC_PER_SEC);
    CHECK_INT(all_runs, 3);
    jobs_stop(r);
}

static void idle_is_quiet(void)
{
    clean();
    struct job_runner *r = start(4, true);
    struct rusage before, after;
    sleep_ms(300);
    getrusage(RUSAGE_SELF, &before);
    sleep_ms(2000);
    getrusage(RUSAGE_SELF, &after);
    int64_t us = (after.ru_utime.tv_sec - before.ru_utime.tv_sec + after.ru_stime.tv_sec - before.ru_stime.tv_sec) * USEC_PER_SEC +
                 after.ru_utime.tv_usec - before.ru_utime.tv_usec + after.ru_stime.tv_usec - before.ru_stime.tv_usec;
    CHECK(us < 60000);
    CHECK(after.ru_nvcsw - before.ru_nvcsw < 200);
    jobs_stop(r);
}

static void *stop_it(void *r)
{
    jobs_stop(r);
    return NULL;
}

static void stop_gives_back(void)
{
    clean();
    add(one, "gate", "first", now_us() - 2);
    add(two, "gate", "second", now_us() - 1);
    struct job_runner *r = start(1, false);
    while (!gate_reached) sleep_ms(2);
    CHECK_INT(stats(r).running, 2);
    pthread_t thread;
    REQUIRE(pthread_create(&thread, NULL, stop_it, r) == 0);
    sleep_ms(100);
    gate_open = true;
    pthread_join(thread, NULL);
    CHECK_INT(all_runs, 1);
    CHECK_INT(state_of(one, "first").state, DONE);
    struct state s = state_of(two, "second");
    CHECK_INT(s.state, READY);
    CHECK_INT(s.attempt, 0);
    CHECK(s.lease_owner == NULL && s.lease_until == NONE);
    r = start(1, false);
    CHECK(wait_runs(2, 10 * USEC_PER_SEC) < 2 * USEC_PER_SEC);
    jobs_stop(r);
    CHECK_INT(state_of(two, "second").state, DONE);
}

static void waits_for_what_runs(void)
{
    clean();
    add(one, "gate", "a", now_us());
    struct job_runner *r = start(4, false);
    while (!gate_reached) sleep_ms(2);
    add(two, "count", "b", now_us()); /* the others go on meanwhile */
    jobs_wake(r);
    CHECK(wait_runs(2, 10 * USEC_PER_SEC) < 2 * USEC_PER_SEC);
    gate_open = true;
    jobs_stop(r);
    CHECK_INT(state_of(one, "a").state, DONE);
}

static void bad_plan(const struct query *q, const char *plan, void *arg)
{
    (void)arg;
    if (!str_starts(q->name, "jobs.")) return;
    fprintf(stderr, "  %s: %s\n", q->name, plan);
    CHECK_STR(plan, "no scan");
}

static void no_scans(void) { CHECK_INT(db_explain(db, bad_plan, NULL), RC_OK); }

/* ---- Both engines ---------------------------------------------------------------------------------------------------------------------------- */
static void run_all(void)
{
    printf("on %s\n", db_engine(db));
    RUN(no_scans);
    RUN(once_by_eight_threads);
    RUN(once_though_transactions_run_twice);
    RUN(once_whatever_fails);
    RUN(crash_is_taken_up);
    RUN(lease_runs_out);
    RUN(crashing_ends);
    RUN(lost_lease_changes_nothing);
    RUN(back_off);
    RUN(back_off_spreads);
    RUN(success_after_failures);
    RUN(dead_letters);
    RUN(finish_is_tried_again);
    RUN(key_is_unique);
    RUN(job_leaves_job);
    RUN(small_tenant_is_not_kept_waiting);
    RUN(many_tenants_take_turns);
    RUN(schedule_has_one_winner);
    RUN(schedule_race);
    RUN(schedule_after_a_break);
    RUN(old_jobs_are_purged);
    RUN(wakes_and_alarms);
    RUN(idle_is_quiet);
    RUN(stop_gives_back);
    RUN(waits_for_what_runs);
}

static void run_on(const char *where)
{
    snprintf(url, sizeof url, "%s", where);
    open_db();
    run_all();
    close_db();
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    real_now = env.now;
    log_set_level(getenv("TEST_LOG") ? LOG_INFO : LOG_ERROR + 1);
    arena = arena_new(1024 * 1024);
    REQUIRE(arena);
    size_t n = 0;
    for (const struct migration *m = all_migrations; m->module; m++) /* the kernel's tables only */
        if (str_eq(m->module, "core") && n + 1 < ARRAY_LEN(migrations)) migrations[n++] = *m;
    own_databases_each("jobs", run_on);
    arena_free(arena);
    return TEST_DONE();
}
