/* test_postgres.c - the PostgreSQL engine through db.h: values, tenants, outcomes. Run it with tests/lib/with_postgres. */
#include "tests/lib/postgres_fixture.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <stdatomic.h>

/* ---- Values ---------------------------------------------------------------------------------------------------------- */
static void values_come_back(void)
{
    struct id id = id_new(), other = id_new();
    struct thing out = { 0 };
    begin(t, one);
    CHECK_INT(write_one(&thing_add, ARGS(U(id), S("Ștefan \"x\" \\ '"), I(-1234567890123456789), S(""), U(other), Z(false))), RC_OK);
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &out), RC_OK);
    CHECK(id_eq(out.id, id));
    CHECK_STR(out.name, "Ștefan \"x\" \\ '");
    CHECK_INT(out.amount, -1234567890123456789);
    CHECK_STR(out.note, "");
    CHECK(id_eq(out.other, other));
    CHECK(!out.flag);
    CHECK_INT(write_one(&thing_amount, ARGS(U(id), I(INT64_MAX))), RC_OK);
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &out), RC_OK);
    CHECK_INT(out.amount, INT64_MAX);
    int64_t n = 0;
    CHECK_INT(write_one(&thing_data, ARGS(U(id), B("a\0b\xff", 4))), RC_OK);
    CHECK_INT(db_int(t, &thing_bytes, ARGS(U(id), B("a\0b\xff", 4)), &n), RC_OK);
    CHECK_INT(n, 1);
    CHECK_INT(db_int(t, &thing_bytes, ARGS(U(id), B("a\0b", 3)), &n), RC_OK);
    CHECK_INT(n, 0);
    CHECK_INT(db_get(t, &thing_get, ARGS(U(other)), &thing_shape, &out), RC_NOT_FOUND);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
}

static void nothing_binds_null(void)
{
    struct id id = id_new();
    struct thing out = { 0 };
    int64_t n = 0;
    begin(t, one);
    CHECK_INT(write_one(&thing_add, ARGS(U(id), S("nulls"), I(NONE), S(NULL), U(ID_NIL), Z(true))), RC_OK);
    CHECK_INT(write_one(&thing_data, ARGS(U(id), B(NULL, 0))), RC_OK);
    CHECK_INT(db_int(t, &thing_nulls, ARGS(U(id)), &n), RC_OK);
    CHECK_INT(n, 1);
    out.amount = 5;
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &out), RC_OK);
    CHECK_INT(out.amount, NONE);
    CHECK(out.note == NULL);
    CHECK(id_is_nil(out.other));
    CHECK(out.flag);
    CHECK_INT(count(&thing_sum), NONE);
    CHECK_INT(write_one(&thing_data, ARGS(U(id), B("", 0))), RC_OK); /* empty is not NULL */
    CHECK_INT(db_int(t, &thing_nulls, ARGS(U(id)), &n), RC_OK);
    CHECK_INT(n, 0);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
}

static void sums_are_integers(void)
{
    begin(t, one);
    static const int64_t amounts[] = { 0, 7, 9999, 10000, 10001, 100000000, 123456789012345678, -5, INT64_MIN + 1 };
    for (size_t i = 0; i < ARRAY_LEN(amounts); i++) {
        CHECK_INT(add_thing(id_new(), "sum", amounts[i]), RC_OK);
        CHECK_INT(count(&thing_sum), amounts[i]);
        CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
    }
    int64_t n;
    tdb_begin(t, arena, ID_NIL);
    CHECK_INT(db_int(t, &half, ARGS(), &n), RC_FAULT);
    begin(t, one);
    CHECK_INT(add_thing(id_new(), "a", INT64_MAX), RC_OK);
    CHECK_INT(add_thing(id_new(), "b", 1), RC_OK);
    CHECK_INT(db_int(t, &thing_sum, ARGS(), &n), RC_FAULT); /* does not fit */
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
}

static void lists_are_bounded(void)
{
    begin(t, one);
    char name[16];
    for (int i = 0; i < 40; i++) {
        snprintf(name, sizeof name, "n%02d", i);
        CHECK_INT(add_thing(id_new(), name, i), RC_OK);
    }
    struct list list;
    CHECK_INT(db_list(t, &thing_list, ARGS(I(40)), &thing_shape, 40, &list), RC_OK);
    CHECK_INT(list.n, 40);
    if (list.n == 40) CHECK_STR(LIST_AT(list, struct thing, 39)->name, "n39");
    CHECK_INT(db_list(t, &thing_list, ARGS(I(40)), &thing_shape, 39, &list), RC_FAULT);
    CHECK_INT(count(&thing_count), 40); /* the connection is in step after a refused row */
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
}

/* ---- Tenants ----------------------------------------------------------------------------------------------------------- */
static void tenants_side_by_side(void)
{
    struct id id = id_new();
    struct thing out;
    begin(t, one);
    CHECK_INT(add_thing(id, "same", 1), RC_OK);
    begin(t, two);
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &out), RC_NOT_FOUND);
    CHECK_INT(add_thing(id, "same", 2), RC_OK);
    CHECK_INT(count(&thing_count), 1);
    struct script s = { .steps = &(struct step){ &thing_amount, ARGS(U(id), I(22)), true, RC_NOT_FOUND }, .n = 1 };
    CHECK_INT(db_tx(t, "amount", run_script, &s), RC_OK);
    begin(t, one);
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &out), RC_OK);
    CHECK_INT(out.amount, 1);
    begin(t, ID_NIL);
    CHECK_INT(count(&all_things), 2);
    begin(t, one);
    CHECK_INT(count(&all_things), 2); /* a platform statement, also from a tenant's handle */
    CHECK_INT(count(&thing_count), 1);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
    begin(t, two);
    CHECK_INT(count(&thing_count), 1);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
}

static int64_t raw_count(PGconn *pg, const char *sql)
{
    PGresult *res = PQexec(pg, sql);
    int64_t n = PQresultStatus(res) == PGRES_TUPLES_OK ? strtoll(PQgetvalue(res, 0, 0), NULL, 10) : -1;
    PQclear(res);
    return n;
}

static void security_is_the_second_wall(void)
{
    char a[ID_TEXT], b[ID_TEXT], sql[256];
    begin(t, one);
    CHECK_INT(add_thing(id_new(), "mine", 1), RC_OK);
    PGconn *pg = raw();
    CHECK_INT(raw_count(pg, "SELECT COUNT(*) FROM thing"), 0);
    CHECK_INT(raw_count(pg, "SELECT COUNT(*) FROM pg_class WHERE relrowsecurity AND relforcerowsecurity"), 3);
    CHECK_INT(raw_count(pg, "SELECT COUNT(*) FROM pg_class WHERE relname = 'counter' AND relrowsecurity"), 0);
    snprintf(sql, sizeof sql, "INSERT INTO thing (tenant_id, id, name) VALUES ('%s', '%s', 'x')", id_format(one, a), id_format(two, b));
    CHECK_STR(raw_state(pg, sql), "42501");
    char set[128];
    snprintf(set, sizeof set, "SET app.tenant_id = '%s'", b);
    CHECK_STR(raw_state(pg, set), "");
    CHECK_INT(raw_count(pg, "SELECT COUNT(*) FROM thing"), 0);
    CHECK_STR(raw_state(pg, sql), "42501"); /* another tenant's row */
    CHECK_STR(raw_state(pg, "UPDATE thing SET amount = 99"), "");
    snprintf(set, sizeof set, "SET app.tenant_id = '%s'", a);
    CHECK_STR(raw_state(pg, set), "");
    CHECK_INT(raw_count(pg, "SELECT COUNT(*) FROM thing"), 1);
    CHECK_INT(raw_count(pg, "SELECT amount FROM thing"), 1);
    snprintf(sql, sizeof sql, "UPDATE thing SET tenant_id = '%s'", b);
    CHECK_STR(raw_state(pg, sql), "42501"); /* cannot be given away */
    PQfinish(pg);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
}

struct seen {
    struct id other;
    int64_t own, all, own_again, there;
};

static enum rc look_around(struct tx *tx, void *arg)
{
    struct seen *s = arg;
    TRY(db_int(tx_db(tx), &visible, ARGS(), &s->own));
    TRY(db_int(tx_db(tx), &all_things, ARGS(), &s->all));
    TRY(db_int(tx_db(tx), &visible, ARGS(), &s->own_again));
    TRY(tx_enter_tenant(tx, s->other));
    TRY(tx_run_query(tx, &thing_add, ARGS(U(id_new()), S("third"), I(1), S(NULL), U(ID_NIL), Z(true))));
    return db_int(tx_db(tx), &visible, ARGS(), &s->there);
}

static void scope_follows_the_statement(void)
{
    struct seen seen = { .other = two };
    begin(t, two);
    CHECK_INT(add_thing(id_new(), "first", 1), RC_OK);
    CHECK_INT(add_thing(id_new(), "second", 1), RC_OK);
    begin(t, one);
    CHECK_INT(add_thing(id_new(), "first", 1), RC_OK);
    CHECK_INT(count(&visible), 1);
    CHECK_INT(db_tx(t, "look", look_around, &seen), RC_OK);
    CHECK_INT(seen.own, 1);
    CHECK_INT(seen.all, 3);
    CHECK_INT(seen.own_again, 1);
    CHECK_INT(seen.there, 3);
    CHECK(id_eq(db_tenant(t), one));
    CHECK_INT(count(&visible), 1);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
    begin(t, two);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
}

/* What row-level security alone lets through, after everything that may end a group of statements in the middle. */
static void scope_does_not_outlive_a_failure(void)
{
    int64_t own[2], all, n;
    struct list list;
    begin(t, two);
    CHECK_INT(add_thing(id_new(), "first", 1), RC_OK);
    CHECK_INT(add_thing(id_new(), "second", 1), RC_OK);
    begin(t, one);
    CHECK_INT(add_thing(id_new(), "first", 1), RC_OK);
    for (int how = 0; how < 6; how++) {
        begin(t, how % 2 ? two : one);
        switch (how) {
        case 0: case 1: CHECK_INT(count(&all_things), 3); break;                               /* it was platform before */
        case 2: CHECK_INT(db_list(t, &thing_list, ARGS(I(-1)), &thing_shape, 9, &list), RC_FAULT); break; /* aborted on the server */
        case 3: CHECK_INT(db_int(t, &die, ARGS(), &n), RC_DB_DOWN); break;                     /* reconnected */
        case 4: CHECK_INT(db_tx(t, "state", run_script, &(struct script){ .end = RC_STATE }), RC_STATE); break;
        default: CHECK_INT(db_int(db_batch(t), &all_things, ARGS(), &n), RC_OK);              /* queued, never run */
        }
        begin(t, how % 2 ? one : two);
        struct tdb *batch = db_batch(t);
        CHECK_INT(db_int(batch, &visible, ARGS(), &own[0]), RC_OK);
        CHECK_INT(db_int(batch, &all_things, ARGS(), &all), RC_OK);
        CHECK_INT(db_int(batch, &visible, ARGS(), &own[1]), RC_OK);
        CHECK_INT(db_batch_run(batch), RC_OK);
        CHECK_INT(own[0], how % 2 ? 1 : 2);
        CHECK_INT(own[1], how % 2 ? 1 : 2);
        CHECK_INT(all, 3);
    }
    begin(t, one);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
    begin(t, two);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
}

static enum rc found_tenant(struct tx *tx, void *arg)
{
    int64_t n = 0;
    TRY(tx_run_query(tx, &counter_add, ARGS(S("before"), I(1))));
    TRY(tx_enter_tenant(tx, *(struct id *)arg));
    if (!id_eq(db_tenant(tx_db(tx)), *(struct id *)arg)) return RC_STATE;
    TRY(tx_run_query(tx, &thing_add, ARGS(U(id_new()), S("first"), I(1), S(NULL), U(ID_NIL), Z(true))));
    TRY(tx_run_query(tx, &counter_add, ARGS(S("after"), I(1))));
    TRY(db_int(tx_db(tx), &thing_count, ARGS(), &n));
    if (n != 1) return RC_STATE;
    TRY(db_int(tx_db(tx), &all_things, ARGS(), &n));
    return tx_run_query(tx, &thing_add, ARGS(U(id_new()), S("second"), I(n), S(NULL), U(ID_NIL), Z(true)));
}

static void platform_enters_tenant(void)
{
    struct id tenant = id_new();
    begin(t, ID_NIL);
    CHECK_INT(db_tx(t, "found", found_tenant, &tenant), RC_OK);
    CHECK(id_is_nil(db_tenant(t)));
    begin(t, tenant);
    CHECK_INT(count(&thing_count), 2);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
}

/* ---- Outcomes ------------------------------------------------------------------------------------------------------------ */
static void errors_have_outcomes(void)
{
    struct id id = id_new(), claim;
    begin(t, one);
    CHECK_INT(add_thing(id, "a", 1), RC_OK);
    CHECK_INT(add_thing(id_new(), "a", 1), RC_CONFLICT);
    CHECK_INT(add_thing(id_new(), "b", -13), RC_FAULT);  /* CHECK */
    CHECK_INT(add_thing(id_new(), NULL, 1), RC_FAULT);   /* NOT NULL */
    CHECK_INT(add_thing(id_new(), "\xff", 1), RC_FAULT); /* not UTF-8 */
    CHECK_INT(write_one(&part_add, ARGS(U(id_new()), U(id_new()))), RC_NOT_FOUND);
    CHECK_INT(write_one(&part_add, ARGS(U(id_new()), U(id))), RC_OK);
    CHECK(id_parse("00000000-0000-0000-0000-00000000c1a1", &claim));
    CHECK_INT(write_one(&part_add, ARGS(U(claim), U(id))), RC_OVERLAP);
    CHECK_INT(write_one(&span_add, ARGS(U(id_new()), I(10), I(20))), RC_OK);
    CHECK_INT(write_one(&span_add, ARGS(U(id_new()), I(19), I(30))), RC_OVERLAP);
    CHECK_INT(write_one(&span_add, ARGS(U(id_new()), I(20), I(30))), RC_OK);
    CHECK_INT(count(&thing_count), 1);
    begin(t, two);
    CHECK_INT(write_one(&span_add, ARGS(U(id_new()), I(10), I(20))), RC_OK);
    CHECK_INT(write_one(&part_add, ARGS(U(id_new()), U(id))), RC_NOT_FOUND); /* another tenant's parent */
}

static void first_failure_decides(void)
{
    struct id id = id_new();
    begin(t, two);
    CHECK_INT(add_thing(id, "a", 1), RC_OK);
    const struct step steps[] = {
        { &thing_amount, ARGS(U(id), I(5)), true, RC_NOT_FOUND },
        { &thing_amount, ARGS(U(id_new()), I(5)), true, RC_STALE },
        { &thing_add, ARGS(U(id), S("a"), I(1), S(NULL), U(ID_NIL), Z(true)), false, RC_OK },
    };
    struct script s = { .steps = steps, .n = 3 };
    CHECK_INT(db_tx(t, "stale", run_script, &s), RC_STALE);
    s = (struct script){ .steps = steps, .n = 2 };
    CHECK_INT(db_tx(t, "stale", run_script, &s), RC_STALE); /* nothing but the count of rows says so */
    s = (struct script){ .steps = steps, .n = 2, .end = RC_STATE };
    CHECK_INT(db_tx(t, "stale", run_script, &s), RC_STALE); /* before fn's own outcome: it would have been seen first */
    s = (struct script){ .steps = steps + 2, .n = 1, .end = RC_STATE };
    CHECK_INT(db_tx(t, "conflict", run_script, &s), RC_CONFLICT);
    s = (struct script){ .steps = steps, .n = 1, .end = RC_REPLAYED };
    CHECK_INT(db_tx(t, "replayed", run_script, &s), RC_REPLAYED);
    struct thing out;
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &out), RC_OK);
    CHECK_INT(out.amount, 1); /* nothing of the five remained */
    s = (struct script){ .steps = steps, .n = 1 };
    CHECK_INT(db_tx(t, "fine", run_script, &s), RC_OK);
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &out), RC_OK);
    CHECK_INT(out.amount, 5);
    CHECK_INT(s.calls, 1);
}

static enum rc read_after_failure(struct tx *tx, void *arg)
{
    int64_t n;
    TRY(tx_run_query(tx, &thing_add, ARGS(U(id_new()), S("fresh"), I(1), S(NULL), U(ID_NIL), Z(true))));
    TRY(tx_run_query(tx, &thing_add, ARGS(U(id_new()), S("a"), I(1), S(NULL), U(ID_NIL), Z(true))));
    enum rc rc = db_int(tx_db(tx), &thing_count, ARGS(), &n);
    *(enum rc *)arg = rc;
    if (rc != RC_OK && tx_run_query(tx, &thing_drop, ARGS()) == RC_OK) return RC_FAULT;
    return RC_OK; /* swallowing it does not help */
}

static void failure_shows_at_next_read(void)
{
    enum rc seen = RC_OK;
    begin(t, two);
    CHECK_INT(db_tx(t, "read", read_after_failure, &seen), RC_CONFLICT);
    CHECK_INT(seen, RC_CONFLICT);
    CHECK_INT(count(&thing_count), 1);
}

static enum rc note_key(struct tx *tx, void *arg)
{
    return tx_run_query(tx, &counter_add, ARGS(S(arg), I(1)));
}

static void before_commit_belongs_to_it(void)
{
    int64_t n = 0;
    begin(t, two);
    db_set_before_commit(t, note_key, "key-1");
    CHECK_INT(add_thing(id_new(), "with key", 1), RC_OK);
    CHECK_INT(add_thing(id_new(), "with key again", 1), RC_CONFLICT); /* the key is there already */
    begin(t, two);
    CHECK_INT(count(&thing_count), 2);
    CHECK_INT(db_int(t, &counter_get, ARGS(S("key-1")), &n), RC_OK);
    CHECK_INT(n, 1);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
}

static void lock_wait_is_busy(void)
{
    struct id id = id_new();
    begin(t, two);
    CHECK_INT(add_thing(id, "held", 1), RC_OK);
    PGconn *pg = raw();
    CHECK_STR(raw_state(pg, "BEGIN; SET LOCAL app.scope = 'platform'; UPDATE thing SET amount = 2"), "");
    int64_t began = monotonic_us();
    CHECK_INT(write_one(&thing_amount, ARGS(U(id), I(3))), RC_BUSY);
    int64_t took = monotonic_us() - began;
    CHECK(took > 1900000 && took < 4000000);
    PQfinish(pg);
    CHECK_INT(write_one(&thing_amount, ARGS(U(id), I(3))), RC_OK);
    CHECK_INT(write_one(&thing_drop, ARGS()), RC_OK);
}

static void *sleeper(void *arg)
{
    struct tdb *mine = tdb_open(db);
    int64_t n;
    tdb_begin(mine, NULL, ID_NIL);
    *(enum rc *)arg = db_int(mine, &long_sleep, ARGS(), &n);
    tdb_close(mine);
    return NULL;
}

static void cancelled_is_busy(void)
{
    pthread_t thread;
    enum rc rc = RC_OK;
    REQUIRE(pthread_create(&thread, NULL, sleeper, &rc) == 0);
    for (int i = 0; i < 100; i++) {
        sleep_ms(20);
        PGresult *res = PQexec(admin, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
        bool hit = PQntuples(res) > 0;
        PQclear(res);
        if (hit) break;
    }
    pthread_join(thread, NULL);
    CHECK_INT(rc, RC_BUSY);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    set_up("test_postgres");
    RUN(values_come_back);
    RUN(nothing_binds_null);
    RUN(sums_are_integers);
    RUN(lists_are_bounded);
    RUN(tenants_side_by_side);
    RUN(security_is_the_second_wall);
    RUN(scope_follows_the_statement);
    RUN(scope_does_not_outlive_a_failure);
    RUN(platform_enters_tenant);
    RUN(errors_have_outcomes);
    RUN(first_failure_decides);
    RUN(failure_shows_at_next_read);
    RUN(before_commit_belongs_to_it);
    RUN(lock_wait_is_busy);
    RUN(cancelled_is_busy);
    tear_down();
    return TEST_DONE();
}
