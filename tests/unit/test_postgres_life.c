/* test_postgres_life.c - the PostgreSQL engine under stress: races, threads, long pipelines, a server that goes away,
 * wake-ups, the start. Run it with tests/lib/with_postgres. */
#include "tests/lib/postgres_fixture.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <stdatomic.h>

static _Atomic unsigned woken_other;
static void on_wake_other(unsigned bits)
{
    atomic_fetch_or(&woken_other, bits);
}

/* ---- Again and again ---------------------------------------------------------------------------------------------------- */
static void twice_leaves_one(void)
{
    struct id id = id_new();
    struct script s = { .steps = &(struct step){ &thing_add, ARGS(U(id), S("twice"), I(1), S(NULL), U(ID_NIL), Z(true)), false, RC_OK },
        .n = 1 };
    begin(t, two);
    db_test_hooks.tx_twice = true;
    CHECK_INT(db_tx(t, "twice", run_script, &s), RC_OK);
    db_test_hooks.tx_twice = false;
    CHECK_INT(s.calls, 2);
    CHECK_INT(count(&thing_count), 1);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
}

static enum rc race(struct tx *tx, void *arg)
{
    (*(int *)arg)++;
    (void)arena_alloc(db_arena(tx_db(tx)), 5000);
    return tx_run_query(tx, &counter_add, ARGS(S("races"), I(3)));
}

static void lost_races_are_run_again(void)
{
    int calls = 0;
    struct db_stats before, after;
    begin(t, two);
    db_stats(db, &before);
    CHECK_INT(db_tx(t, "race", race, &calls), RC_OK);
    db_stats(db, &after);
    CHECK_INT(calls, 4);
    CHECK_INT(after.retries - before.retries, 3);
    CHECK_INT(after.commits - before.commits, 1);
    CHECK_INT(after.transactions - before.transactions, 1);
    CHECK(arena_used(arena) < 8000); /* rewound before each attempt */
    PGconn *pg = raw();
    CHECK_STR(raw_state(pg, "DELETE FROM counter WHERE name = 'races'; ALTER SEQUENCE tries RESTART WITH -1000 MINVALUE -2000"), "");
    PQfinish(pg);
    calls = 0;
    CHECK_INT(db_tx(t, "race", race, &calls), RC_BUSY);
    CHECK_INT(calls, TX_ATTEMPTS_MAX);
}

struct pair {
    struct id first, second;
    enum rc rc;
    int loops;
};

static enum rc cross(struct tx *tx, void *arg)
{
    struct pair *p = arg;
    int64_t n;
    TRY(tx_one(tx, &thing_amount, ARGS(U(p->first), I(1)), RC_NOT_FOUND));
    TRY(db_int(tx_db(tx), &thing_count, ARGS(), &n)); /* takes the first lock now */
    sleep_ms(30);
    return tx_one(tx, &thing_amount, ARGS(U(p->second), I(2)), RC_NOT_FOUND);
}

static void *crosser(void *arg)
{
    struct pair *p = arg;
    struct tdb *mine = tdb_open(db);
    for (int i = 0; i < p->loops && p->rc == RC_OK; i++) {
        tdb_begin(mine, NULL, two);
        p->rc = db_tx(mine, "cross", cross, p);
    }
    tdb_close(mine);
    return NULL;
}

static void deadlocks_are_run_again(void)
{
    struct pair a = { id_new(), id_new(), RC_OK, 5 }, b = { a.second, a.first, RC_OK, 5 };
    struct db_stats before, after;
    begin(t, two);
    CHECK_INT(add_thing(a.first, "x", 1), RC_OK);
    CHECK_INT(add_thing(a.second, "y", 1), RC_OK);
    db_stats(db, &before);
    pthread_t threads[2];
    REQUIRE(pthread_create(&threads[0], NULL, crosser, &a) == 0);
    REQUIRE(pthread_create(&threads[1], NULL, crosser, &b) == 0);
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    db_stats(db, &after);
    CHECK_INT(a.rc, RC_OK);
    CHECK_INT(b.rc, RC_OK);
    CHECK(after.retries > before.retries);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
}

/* ---- Threads ------------------------------------------------------------------------------------------------------------- */
enum { THREADS = 8, ROUNDS = 200, LOCK_ROUNDS = 25 };

static enum rc read_and_set(struct tx *tx, void *arg)
{
    (void)arg;
    int64_t n, keys[] = { lock_key("counter", two, 2), lock_key("counter", two, 1), lock_key("counter", two, 2) };
    TRY(tx_lock(tx, keys, ARRAY_LEN(keys)));
    TRY(db_int(tx_db(tx), &counter_get, ARGS(S("locked")), &n));
    return tx_one(tx, &counter_set, ARGS(S("locked"), I(n + 1)), RC_NOT_FOUND);
}

static void *locker(void *arg)
{
    struct tdb *mine = tdb_open(db);
    for (int i = 0; i < LOCK_ROUNDS; i++) {
        tdb_begin(mine, NULL, two);
        if (db_tx(mine, "locked", read_and_set, NULL) != RC_OK) atomic_fetch_add((_Atomic int *)arg, 1);
    }
    tdb_close(mine);
    return NULL;
}

static enum rc add_and_bump(struct tx *tx, void *arg)
{
    struct id *id = arg;
    char name[ID_TEXT];
    TRY(tx_run_query(tx, &thing_add, ARGS(U(*id), S(id_format(*id, name)), I(1), S(NULL), U(ID_NIL), Z(true))));
    return tx_one(tx, &counter_bump, ARGS(S("bumped")), RC_NOT_FOUND);
}

static void *adder(void *arg)
{
    struct tdb *mine = tdb_open(db);
    struct arena *own = arena_new(1 << 20);
    for (int i = 0; i < ROUNDS; i++) {
        struct id id = id_new();
        struct thing out;
        arena_reset(own);
        tdb_begin(mine, own, i % 2 ? one : two);
        enum rc rc = db_tx(mine, "add", add_and_bump, &id);
        if (rc == RC_OK) rc = db_get(mine, &thing_get, ARGS(U(id)), &thing_shape, &out);
        if (rc != RC_OK || !id_eq(out.id, id)) atomic_fetch_add((_Atomic int *)arg, 1);
    }
    arena_free(own);
    tdb_close(mine);
    return NULL;
}

static int run_threads(void *(*fn)(void *))
{
    pthread_t threads[THREADS];
    _Atomic int failed = 0;
    for (int i = 0; i < THREADS; i++) REQUIRE(pthread_create(&threads[i], NULL, fn, &failed) == 0);
    for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
    return failed;
}

static void locks_serialise(void)
{
    int64_t n = 0;
    begin(t, two);
    CHECK_INT(write_one(&counter_add, ARGS(S("locked"), I(0))), RC_OK);
    CHECK_INT(run_threads(locker), 0);
    CHECK_INT(db_int(t, &counter_get, ARGS(S("locked")), &n), RC_OK);
    CHECK_INT(n, THREADS * LOCK_ROUNDS);
}

static void threads_lose_nothing(void)
{
    int64_t n = 0;
    begin(t, ID_NIL);
    int64_t before = count(&all_things);
    CHECK_INT(write_one(&counter_add, ARGS(S("bumped"), I(0))), RC_OK);
    CHECK_INT(run_threads(adder), 0);
    CHECK_INT(db_int(t, &counter_get, ARGS(S("bumped")), &n), RC_OK);
    CHECK_INT(n, THREADS * ROUNDS);
    CHECK_INT(count(&all_things) - before, THREADS * ROUNDS);
}

/* ---- Long pipelines -------------------------------------------------------------------------------------------------------- */
struct many {
    int n;
    const char *note;
    bool one;
    int bad_at;
};

static enum rc write_many(struct tx *tx, void *arg)
{
    const struct many *m = arg;
    char name[32];
    for (int i = 0; i < m->n; i++) {
        snprintf(name, sizeof name, "many %d", i == m->bad_at ? 0 : i);
        const struct arg *args = ARGS(U(id_new()), S(name), I(i), S(m->note), U(ID_NIL), Z(true));
        TRY(m->one ? tx_one(tx, &thing_add, args, RC_STALE) : tx_run_query(tx, &thing_add, args));
        if (i % 100 == 50) TRY(tx_one(tx, &counter_bump, ARGS(S("bumped")), RC_NOT_FOUND)); /* scope there and back */
    }
    return RC_OK;
}

static void five_hundred_writes(void)
{
    struct id tenant = id_new();
    char *big = malloc(64 * 1024);
    memset(big, 'x', 64 * 1024 - 1);
    big[64 * 1024 - 1] = '\0';
    begin(t, tenant);
    struct many m = { .n = 500, .bad_at = 499 };
    CHECK_INT(db_tx(t, "many", write_many, &m), RC_CONFLICT);
    CHECK_INT(count(&thing_count), 0);
    m = (struct many){ .n = 500, .bad_at = -1 };
    CHECK_INT(db_tx(t, "many", write_many, &m), RC_OK);
    CHECK_INT(count(&thing_count), 500);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
    m = (struct many){ .n = 500, .bad_at = -1, .one = true, .note = big };
    CHECK_INT(db_tx(t, "many", write_many, &m), RC_OK);
    CHECK_INT(count(&thing_count), 500);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
    free(big);
}

/* ---- A server that goes away --------------------------------------------------------------------------------------------------- */
static enum rc write_and_die(struct tx *tx, void *arg)
{
    (void)arg;
    TRY(tx_run_query(tx, &thing_add, ARGS(U(id_new()), S("ghost"), I(1), S(NULL), U(ID_NIL), Z(true))));
    return tx_run_query(tx, &die, ARGS());
}

static enum rc read_and_die(struct tx *tx, void *arg)
{
    int64_t n;
    (void)arg;
    TRY(tx_run_query(tx, &thing_add, ARGS(U(id_new()), S("ghost"), I(1), S(NULL), U(ID_NIL), Z(true))));
    return db_int(tx_db(tx), &die, ARGS(), &n);
}

static void cut_connections_come_back(void)
{
    struct id tenant = id_new();
    begin(t, tenant);
    CHECK_INT(add_thing(id_new(), "before", 1), RC_OK);
    terminate_all();
    CHECK_INT(count(&thing_count), 1); /* an idle connection was cut: nobody notices */
    terminate_all();
    CHECK_INT(add_thing(id_new(), "after", 1), RC_OK);
    CHECK_INT(db_tx(t, "die", write_and_die, NULL), RC_DB_DOWN); /* the answer to COMMIT never came */
    CHECK_INT(count(&thing_count), 2);
    CHECK_INT(db_tx(t, "die", read_and_die, NULL), RC_DB_DOWN);
    CHECK_INT(count(&thing_count), 2);
    int64_t n;
    CHECK_INT(db_int(t, &die, ARGS(), &n), RC_DB_DOWN);
    CHECK_INT(count(&thing_count), 2);
    CHECK_INT(db_ping(db), RC_OK);
    terminate_all();
    CHECK_INT(db_ping(db), RC_OK);
}

static void away_is_said_quickly(void)
{
    char sql[128];
    int64_t n = 0;
    begin(t, one);
    snprintf(sql, sizeof sql, "ALTER DATABASE %s ALLOW_CONNECTIONS false", database);
    admin_run(sql);
    terminate_all();
    CHECK_INT(db_int(t, &thing_count, ARGS(), &n), RC_DB_DOWN);
    int64_t began = monotonic_us();
    CHECK_INT(db_int(t, &thing_count, ARGS(), &n), RC_DB_DOWN);
    CHECK_INT(add_thing(id_new(), "away", 1), RC_DB_DOWN);
    CHECK(monotonic_us() - began < 100000);
    CHECK_INT(db_ping(db), RC_DB_DOWN);
    snprintf(sql, sizeof sql, "ALTER DATABASE %s ALLOW_CONNECTIONS true", database);
    admin_run(sql);
    sleep_ms(250);
    CHECK_INT(db_int(t, &thing_count, ARGS(), &n), RC_OK);
    CHECK_INT(db_ping(db), RC_OK);
}

static void changed_plans_are_made_again(void)
{
    struct list list;
    struct id tenant = id_new();
    begin(t, tenant);
    CHECK_INT(add_thing(id_new(), "plan", 1), RC_OK);
    CHECK_INT(db_list(t, &thing_list, ARGS(I(5)), &thing_shape, 5, &list), RC_OK);
    PGconn *pg = raw();
    CHECK_STR(raw_state(pg, "ALTER TABLE thing ALTER COLUMN note TYPE VARCHAR(70000)"), "");
    CHECK_INT(db_list(t, &thing_list, ARGS(I(5)), &thing_shape, 5, &list), RC_OK);
    CHECK_INT(list.n, 1);
    CHECK_STR(raw_state(pg, "ALTER TABLE thing ALTER COLUMN note TYPE TEXT"), "");
    struct script s = { .steps = &(struct step){ &thing_drop, ARGS(), false, RC_OK }, .n = 1 };
    CHECK_INT(db_tx(t, "drop", run_script, &s), RC_OK);
    PQfinish(pg);
}

/* ---- Wake-ups ---------------------------------------------------------------------------------------------------------------- */
static bool heard(_Atomic unsigned *where, unsigned bits)
{
    for (int i = 0; i < 300; i++) {
        if ((atomic_load(where) & bits) == bits) return true;
        sleep_ms(10);
    }
    return false;
}

static void commits_wake_other_instances(void)
{
    struct db *other = NULL;
    char err[256];
    struct db_config config = config_of(url);
    config.on_wake = on_wake_other;
    REQUIRE(db_open(&other, &config, DB_CHECK_ONLY, err, sizeof err) == RC_OK);
    sleep_ms(300); /* its listener connects on its own time */
    atomic_store(&woken, 0);
    atomic_store(&woken_other, 0);
    begin(t, one);
    struct script s = { .steps = NULL, .n = 0, .end = RC_STATE, .wake = WAKE_JOBS };
    CHECK_INT(db_tx(t, "wake", run_script, &s), RC_STATE);
    CHECK_INT(woken, 0); /* no commit, no wake-up */
    s.end = RC_OK;
    CHECK_INT(db_tx(t, "wake", run_script, &s), RC_OK);
    CHECK_INT(woken, WAKE_JOBS); /* this one at once */
    CHECK(heard(&woken_other, WAKE_JOBS));
    CHECK_INT(woken_other, WAKE_JOBS);
    terminate_all();
    CHECK(heard(&woken_other, WAKE_JOBS | WAKE_EVENTS)); /* what was missed while away is looked for */
    sleep_ms(300);
    atomic_store(&woken_other, 0);
    s.wake = WAKE_EVENTS;
    CHECK_INT(db_tx(t, "wake", run_script, &s), RC_OK);
    CHECK(heard(&woken_other, WAKE_EVENTS));
    db_close(other);
}

/* ---- The start ------------------------------------------------------------------------------------------------------------------ */
static void bad_statements_stop_the_start(void)
{
    static const struct query wrong = { .name = "test.wrong",
        .sql = "SELECT name FROM thing WHERE tenant_id = $1 AND id = $2",
        .pg = "SELECT nonsense FROM thing WHERE tenant_id = $1 AND id = $2",
        .args = "u" };
    static const struct query odd = { .name = "test.odd", .sql = "SELECT 1", .pg = "SELECT CAST(1 AS REAL) AS n", .platform = "test" };
    static const struct query *const bad[] = { &wrong, &odd };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct db *none = NULL;
        char err[256];
        const struct query *const list[] = { bad[i], NULL };
        const struct query_set sets[] = { { "test", true, list }, { 0 } };
        struct db_config config = config_of(url);
        config.queries = sets;
        CHECK_INT(db_open(&none, &config, 0, err, sizeof err), RC_FAULT);
        CHECK(strstr(err, bad[i]->name) != NULL);
        CHECK(none == NULL);
    }
}

static void *opener(void *arg)
{
    struct db *mine = NULL;
    char err[256];
    struct db_config config = config_of(arg);
    enum rc rc = db_open(&mine, &config, 0, err, sizeof err);
    if (rc != RC_OK) fprintf(stderr, "  %s\n", err);
    db_close(mine);
    return rc == RC_OK ? arg : NULL;
}

static void instances_may_start_together(void)
{
    char sql[128], at[512], name[80];
    snprintf(name, sizeof name, "%s_b", database);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s OWNER clinicd", name);
    admin_run(sql);
    url_with(getenv("CLINICD_TEST_PG"), name, at, sizeof at);
    struct db *pending = NULL;
    char err[256];
    struct db_config config = config_of(at);
    CHECK_INT(db_open(&pending, &config, DB_CHECK_ONLY, err, sizeof err), RC_CONFLICT);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) REQUIRE(pthread_create(&threads[i], NULL, opener, at) == 0);
    for (int i = 0; i < 4; i++) {
        void *ok;
        pthread_join(threads[i], &ok);
        CHECK(ok != NULL);
    }
    CHECK_INT(db_open(&pending, &config, DB_CHECK_ONLY, err, sizeof err), RC_OK);
    db_close(pending);
    snprintf(sql, sizeof sql, "DROP DATABASE %s WITH (FORCE)", name);
    admin_run(sql);
}

static void an_absent_server_is_an_error(void)
{
    struct db *none = NULL;
    char err[256];
    struct db_config config = config_of("postgresql://nobody@/none?host=/nonexistent");
    CHECK_INT(db_open(&none, &config, 0, err, sizeof err), RC_DB_DOWN);
    CHECK(err[0] != '\0');
}

static void superusers_are_noticed(void)
{
    struct db *super = NULL;
    char at[512], err[256];
    url_with(getenv("CLINICD_TEST_PG_ADMIN"), database, at, sizeof at);
    struct db_config config = config_of(at);
    REQUIRE(db_open(&super, &config, DB_CHECK_ONLY, err, sizeof err) == RC_OK);
    CHECK(super->bypasses_rls);
    CHECK(!db->bypasses_rls);
    db_close(super);
}

static void see_bad(const struct query *q, const char *plan, void *arg)
{
    (void)plan;
    struct buf *names = arg;
    buf_printf(names, "%s ", q->name);
}

static void scans_are_found(void)
{
    struct buf names;
    buf_init(&names, 4096);
    CHECK_INT(db_explain(db, see_bad, &names), RC_OK);
    CHECK_STR(buf_str(&names), "test.all_noted test.all_in_order ");
    buf_free(&names);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    set_up("test_postgres_life");
    RUN(twice_leaves_one);
    RUN(lost_races_are_run_again);
    RUN(deadlocks_are_run_again);
    RUN(locks_serialise);
    RUN(threads_lose_nothing);
    RUN(five_hundred_writes);
    RUN(cut_connections_come_back);
    RUN(away_is_said_quickly);
    RUN(changed_plans_are_made_again);
    RUN(commits_wake_other_instances);
    RUN(bad_statements_stop_the_start);
    RUN(instances_may_start_together);
    RUN(an_absent_server_is_an_error);
    RUN(superusers_are_noticed);
    RUN(scans_are_found);
    tear_down();
    return TEST_DONE();
}
