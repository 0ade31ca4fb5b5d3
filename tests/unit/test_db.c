/* test_db.c - the database layer: what both engines promise (on PostgreSQL too when CLINICD_TEST_PG names a server), then
 * what is SQLite's own: one process, one writer with group commit, a full disk, a killed process. */
#include "core/db/engine.h"
#include "tests/lib/own_database.h"
#include "tests/lib/test.h"
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* ---- Schema ------------------------------------------------------------------------------------------------------- */
static const char schema_sql[] =
    "CREATE TABLE thing (tenant_id UUID NOT NULL, id UUID NOT NULL, name TEXT NOT NULL, amount BIGINT CHECK (amount <> -13), note TEXT,\n"
    " data BYTEA, flag BIGINT, color TEXT, day BIGINT, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name)); -- a comment; and more\n"
    "CREATE TABLE part (tenant_id UUID NOT NULL, id UUID NOT NULL, thing_id UUID NOT NULL, PRIMARY KEY (tenant_id, id),\n"
    " FOREIGN KEY (tenant_id, thing_id) REFERENCES thing (tenant_id, id));\n"
    "CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL);\n";
static const char schema_sqlite[] =
    "CREATE TABLE claim (tenant_id BLOB NOT NULL, id BLOB NOT NULL, lo INTEGER NOT NULL, hi INTEGER NOT NULL, PRIMARY KEY (tenant_id, id)) STRICT;\n"
    "CREATE INDEX claim_time ON claim (tenant_id, lo);\n"
    "CREATE TRIGGER claim_free BEFORE INSERT ON claim BEGIN SELECT RAISE(ABORT, 'claim_overlap') WHERE EXISTS (SELECT 1 FROM claim"
    " WHERE tenant_id = NEW.tenant_id AND lo < NEW.hi AND hi > NEW.lo); END;\n";
static const char schema_pg[] =
    "CREATE TABLE claim (tenant_id UUID NOT NULL, id UUID NOT NULL, lo BIGINT NOT NULL, hi BIGINT NOT NULL, PRIMARY KEY (tenant_id, id),\n"
    " CONSTRAINT claim_overlap EXCLUDE USING gist (tenant_id WITH =, int8range(lo, hi) WITH &&));\n";
#define SCHEMA { .module = "test", .name = "schema", .number = 1, .sql = schema_sql, .sqlite = schema_sqlite, .pg = schema_pg }
static const struct migration migrations[] = { SCHEMA, { 0 } };

static const struct query thing_add = { .name = "test.thing_add", .args = "utitbzti",
    .sql = "INSERT INTO thing (tenant_id, id, name, amount, note, data, flag, color, day) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)" };
static const struct query thing_get = { .name = "test.thing_get", .args = "u",
    .sql = "SELECT id, name, amount, note, flag, color, day FROM thing WHERE tenant_id = $1 AND id = $2" };
static const struct query thing_all = { .name = "test.thing_all", .args = "i",
    .sql = "SELECT id, name, amount, note, flag, color, day FROM thing WHERE tenant_id = $1 ORDER BY name LIMIT $2" };
static const struct query thing_data = { .name = "test.thing_data", .args = "ub",
    .sql = "SELECT COUNT(*) AS n FROM thing WHERE tenant_id = $1 AND id = $2 AND data = $3" };
static const struct query thing_nulls = { .name = "test.thing_nulls", .args = "u",
    .sql = "SELECT COUNT(*) AS n FROM thing WHERE tenant_id = $1 AND id = $2 AND amount IS NULL AND note IS NULL AND data IS NULL AND color IS NULL" };
static const struct query thing_note = { .name = "test.thing_note", .args = "ut", .sql = "UPDATE thing SET note = $3 WHERE tenant_id = $1 AND id = $2" };
static const struct query thing_drop = { .name = "test.thing_drop", .args = "u", .sql = "DELETE FROM thing WHERE tenant_id = $1 AND id = $2" };
static const struct query thing_count = { .name = "test.thing_count", .sql = "SELECT COUNT(*) AS n FROM thing WHERE tenant_id = $1" };
static const struct query thing_max = { .name = "test.thing_max", .sql = "SELECT MAX(amount) AS n FROM thing WHERE tenant_id = $1" };
#define LATE "INSERT INTO thing (tenant_id, id, name, data) VALUES ($1, $2, $3, $4)"
static const struct query late_two = { .name = "test.late_two", .args = "utb" "utb", .sql = LATE ", ($1, $5, $6, $7)" };
static const struct query late_add = { .name = "test.late_add", .args = "utb", .sql = LATE, .more = (const struct query *const[]){ &late_two, NULL } };
static const struct query part_add = { .name = "test.part_add", .args = "uu", .sql = "INSERT INTO part (tenant_id, id, thing_id) VALUES ($1, $2, $3)" };
static const struct query claim_add = { .name = "test.claim_add", .args = "uii", .sql = "INSERT INTO claim (tenant_id, id, lo, hi) VALUES ($1, $2, $3, $4)" };
static const struct query all_count = { .name = "test.all_count", .sql = "SELECT COUNT(*) AS n FROM thing", .platform = "test", .scan = "test" };
static const struct query all_noted = { .name = "test.all_noted", .args = "t", .sql = "SELECT COUNT(*) AS n FROM thing WHERE note = $1", .platform = "test" };
static const struct query counter_set = { .name = "test.counter_set", .args = "ti", .platform = "test",
    .sql = "INSERT INTO counter (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2" };
static const struct query counter_get = { .name = "test.counter_get", .args = "t", .platform = "test", .sql = "SELECT value FROM counter WHERE name = $1" };
static const struct query *const queries[] = { &thing_add, &thing_get, &thing_all, &thing_data, &thing_nulls, &thing_note, &thing_drop,
    &thing_count, &thing_max, &late_add, &late_two, &part_add, &claim_add, &all_count, &all_noted, &counter_set, &counter_get, NULL };
static const struct query_set query_sets[] = { { "test", true, queries }, { 0 } };

static const char *const colors[] = { "red", "green", "blue", NULL };
struct thing { struct id id; const char *name; int64_t amount; const char *note; bool flag; int64_t color, day; };
static const struct field thing_fields[] = { F_ID(struct thing, id), F_STR(struct thing, name), F_INT(struct thing, amount),
    F_STR(struct thing, note), F_BOOL(struct thing, flag), F_ENUM(struct thing, color, colors), F_DATE(struct thing, day), F_END };
static const struct shape thing_shape = SHAPE(thing, thing_fields);
static const struct field wrong_fields[] = { F_ID(struct thing, id), F_INT(struct thing, amount), { .name = "name", .kind = K_INT, .off = offsetof(struct thing, day) },
    F_STR(struct thing, note), F_BOOL(struct thing, flag), F_ENUM(struct thing, color, colors), F_DATE(struct thing, day), F_END };
static const struct shape wrong_shape = { .name = "wrong", .size = sizeof(struct thing), .fields = wrong_fields };

/* ---- The database of a test run ------------------------------------------------------------------------------------ */
static char url[600], err[400];
static struct db *db;
static struct tdb *t;
static struct arena *arena;
static struct id one, two;
static _Atomic unsigned woken;

static void on_wake(unsigned bits) { atomic_fetch_or(&woken, bits); }

static struct db_config config_of(const char *at, const struct migration *m, const struct query_set *sets)
{
    return (struct db_config){ .url = at, .readers_max = 16, .migrations = m, .queries = sets, .on_wake = on_wake };
}

static enum rc try_open(const char *at, const struct migration *m, const struct query_set *sets, unsigned flags)
{
    struct db_config config = config_of(at, m, sets);
    struct db *other;
    enum rc rc = db_open(&other, &config, flags, err, sizeof err);
    db_close(other);
    return rc;
}

static void open_db(void)
{
    struct db_config config = config_of(url, migrations, query_sets);
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

static void new_tenants(void)
{
    one = id_new();
    two = id_new();
    begin(one);
}

static int64_t count(const struct query *q)
{
    int64_t n = -1;
    CHECK_INT(db_int(t, q, ARGS(), &n), RC_OK);
    return n;
}

/* A transaction of a few steps that then ends with `end`. */
struct step { const struct query *q; const struct arg *args; bool one; enum rc otherwise; };
struct script { const struct step *steps; int n; enum rc end; unsigned wake; int calls; };

static enum rc run_script(struct tx *tx, void *arg)
{
    struct script *s = arg;
    s->calls++;
    if (s->wake) tx_wake(tx, s->wake);
    for (int i = 0; i < s->n; i++) {
        const struct step *p = &s->steps[i];
        TRY(p->one ? tx_one(tx, p->q, p->args, p->otherwise) : tx_run_query(tx, p->q, p->args));
    }
    return s->end;
}

static enum rc write_to(struct tdb *to, const struct query *q, const struct arg *args)
{
    struct script s = { .steps = &(struct step){ q, args, false, RC_OK }, .n = 1 };
    return db_tx(to, "write", run_script, &s);
}

static enum rc write_one(const struct query *q, const struct arg *args) { return write_to(t, q, args); }

static enum rc must_hit(const struct query *q, const struct arg *args, enum rc otherwise)
{
    struct script s = { .steps = &(struct step){ q, args, true, otherwise }, .n = 1 };
    return db_tx(t, "must_hit", run_script, &s);
}

#define THING(id, name) ARGS(U(id), S(name), I(1), S(NULL), B(NULL, 0), Z(false), S(NULL), I(NONE))
static enum rc add_to(struct tdb *to, struct id id, const char *name) { return write_to(to, &thing_add, THING(id, name)); }
static enum rc add(struct id id, const char *name) { return add_to(t, id, name); }

static void sleep_ms(long ms) { nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL); }

/* ---- Values ------------------------------------------------------------------------------------------------------------ */
static void values_come_back(void)
{
    struct id id = id_new();
    struct thing x = { 0 };
    int64_t n = 0;
    new_tenants();
    CHECK_INT(write_one(&thing_add, ARGS(U(id), S("Ștefan 'x' \"y\" \\ $1"), I(INT64_MIN + 1), S(""), B("a\0b\xff", 4), Z(true), S("blue"), I(-25567))), RC_OK);
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &x), RC_OK);
    CHECK(id_eq(x.id, id));
    CHECK_STR(x.name, "Ștefan 'x' \"y\" \\ $1");
    CHECK_INT(x.amount, INT64_MIN + 1);
    CHECK_STR(x.note, "");
    CHECK(x.flag);
    CHECK_INT(x.color, 2);
    CHECK_INT(x.day, -25567);
    CHECK_INT(db_int(t, &thing_data, ARGS(U(id), B("a\0b\xff", 4)), &n), RC_OK);
    CHECK_INT(n, 1);
    CHECK_INT(db_int(t, &thing_data, ARGS(U(id), B("a\0b", 3)), &n), RC_OK);
    CHECK_INT(n, 0);
    CHECK_INT(must_hit(&thing_note, ARGS(U(id), S("changed")), RC_NOT_FOUND), RC_OK);
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &x), RC_OK);
    CHECK_STR(x.note, "changed");
    CHECK_INT(must_hit(&thing_drop, ARGS(U(id)), RC_NOT_FOUND), RC_OK);
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &x), RC_NOT_FOUND);
}

static void nothing_is_null(void)
{
    struct id id = id_new();
    struct thing x = { .amount = 5, .color = 1, .flag = true, .note = "?" };
    int64_t n = 0;
    new_tenants();
    CHECK_INT(count(&thing_max), NONE);
    CHECK_INT(write_one(&thing_add, ARGS(U(id), S("n"), I(NONE), S(NULL), B(NULL, 0), Z(false), S(NULL), I(NONE))), RC_OK);
    CHECK_INT(db_int(t, &thing_nulls, ARGS(U(id)), &n), RC_OK);
    CHECK_INT(n, 1);
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &x), RC_OK);
    CHECK_INT(x.amount, NONE);
    CHECK_INT(x.color, NONE);
    CHECK_INT(x.day, NONE);
    CHECK(x.note == NULL && !x.flag);
    CHECK_INT(count(&thing_max), NONE);
    CHECK_INT(db_int(t, &counter_get, ARGS(S("there is none")), &n), RC_NOT_FOUND);
}

static void rows_that_do_not_fit(void)
{
    struct id id = id_new();
    struct thing x;
    struct list list;
    new_tenants();
    CHECK_INT(write_one(&thing_add, ARGS(U(id), S("a"), I(1), S(NULL), B(NULL, 0), Z(true), S("mauve"), I(1))), RC_OK);
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &x), RC_FAULT); /* no such color */
    CHECK_INT(write_one(&thing_drop, ARGS(U(id))), RC_OK);
    CHECK_INT(add(id, "a"), RC_OK);
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &wrong_shape, &x), RC_FAULT); /* text for an integer */
    CHECK_INT(add(id_new(), "b"), RC_OK);
    CHECK_INT(db_get(t, &thing_all, ARGS(I(5)), &thing_shape, &x), RC_FAULT); /* two rows for one */
    CHECK_INT(db_list(t, &thing_all, ARGS(I(5)), &thing_shape, 1, &list), RC_FAULT);
    CHECK_INT(db_list(t, &thing_all, ARGS(I(5)), &thing_shape, 2, &list), RC_OK);
    CHECK_INT(list.n, 2);
    CHECK_STR(LIST_AT(list, struct thing, 1)->name, "b");
}

static void long_lists(void)
{
    char name[16];
    struct list list;
    new_tenants();
    for (int i = 0; i < 100; i++) {
        snprintf(name, sizeof name, "n%03d", i);
        CHECK_INT(add(id_new(), name), RC_OK);
    }
    CHECK_INT(db_list(t, &thing_all, ARGS(I(100)), &thing_shape, 100, &list), RC_OK);
    CHECK_INT(list.n, 100);
    for (size_t i = 0; i < list.n; i++) {
        snprintf(name, sizeof name, "n%03d", (int)i);
        CHECK_STR(LIST_AT(list, struct thing, i)->name, name);
    }
    test_fail_alloc_at = 3;
    CHECK_INT(db_list(t, &thing_all, ARGS(I(100)), &thing_shape, 100, &list), RC_OOM);
    test_fail_alloc_at = 0;
}

/* ---- Tenants -------------------------------------------------------------------------------------------------------------- */
static void tenants_side_by_side(void)
{
    struct id id = id_new();
    struct thing x;
    new_tenants();
    int64_t before = count(&all_count);
    CHECK_INT(add(id, "same"), RC_OK);
    begin(two);
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &x), RC_NOT_FOUND);
    CHECK_INT(must_hit(&thing_note, ARGS(U(id), S("stolen")), RC_NOT_FOUND), RC_NOT_FOUND);
    CHECK_INT(must_hit(&thing_drop, ARGS(U(id)), RC_STALE), RC_STALE);
    CHECK_INT(write_one(&part_add, ARGS(U(id_new()), U(id))), RC_NOT_FOUND); /* another tenant's parent */
    CHECK_INT(add(id, "same"), RC_OK);
    CHECK_INT(must_hit(&thing_note, ARGS(U(id), S("two's")), RC_NOT_FOUND), RC_OK);
    CHECK_INT(count(&thing_count), 1);
    begin(one);
    CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &x), RC_OK);
    CHECK(x.note == NULL);
    CHECK_INT(count(&all_count), before + 2);
}

static void batches_come_together(void)
{
    struct id a = id_new(), b = id_new();
    struct thing first = { 0 }, none = { .name = "as it was" };
    struct list all;
    int64_t n = -1, max = -1, platform = -1;
    char name[8] = "alpha";
    new_tenants();
    CHECK_INT(add(a, "alpha"), RC_OK);
    CHECK_INT(add(b, "beta"), RC_OK);
    struct tdb *batch = db_batch(t);
    CHECK_INT(db_get(batch, &thing_get, ARGS(U(a)), &thing_shape, &first), RC_OK);
    CHECK_INT(db_get(batch, &thing_get, ARGS(U(id_new())), &thing_shape, &none), RC_OK);
    CHECK_INT(db_list(batch, &thing_all, ARGS(I(10)), &thing_shape, 10, &all), RC_OK);
    CHECK_INT(db_int(batch, &all_noted, ARGS(S(name)), &platform), RC_OK);
    CHECK_INT(db_int(batch, &thing_count, ARGS(), &n), RC_OK);
    CHECK_INT(db_int(batch, &thing_max, ARGS(), &max), RC_OK);
    memcpy(name, "gone", 5);
    CHECK(id_is_nil(first.id) && all.n == 0 && n == -1); /* nothing before it was run */
    CHECK_INT(count(&thing_count), 2);                   /* the plain handle reads at once */
    CHECK_INT(db_batch_run(batch), RC_OK);
    CHECK(id_eq(first.id, a));
    CHECK_STR(none.name, "as it was");
    CHECK_INT(all.n, 2);
    if (all.n == 2) CHECK_STR(LIST_AT(all, struct thing, 1)->name, "beta");
    CHECK_INT(n, 2);
    CHECK_INT(platform, 0);
    CHECK_INT(db_batch_run(db_batch(t)), RC_OK); /* an empty one */
}

/* More than one trip takes, the last one of another tenant's handle, and one that was never run. */
static void batches_have_no_limit(void)
{
    int64_t n[100];
    new_tenants();
    for (int i = 0; i < 3; i++) CHECK_INT(add(id_new(), (const char *[]){ "a", "b", "c" }[i]), RC_OK);
    CHECK_INT(db_int(db_batch(t), &thing_count, ARGS(), &n[0]), RC_OK);
    n[0] = -5;
    begin(two);
    CHECK_INT(count(&thing_count), 0);
    CHECK_INT(n[0], -5);
    begin(one);
    struct tdb *batch = db_batch(t);
    for (int i = 0; i < 100; i++) CHECK_INT(db_int(batch, i % 7 ? &thing_count : &all_count, ARGS(), &n[i]), RC_OK);
    CHECK_INT(db_batch_run(batch), RC_OK);
    for (int i = 0; i < 100; i++) CHECK(i % 7 ? n[i] == 3 : n[i] >= 3);
}

static enum rc batch_inside(struct tx *tx, void *arg)
{
    int64_t *n = arg;
    struct id id = id_new();
    TRY(tx_run_query(tx, &thing_add, THING(id, "inside")));
    struct tdb *batch = db_batch(tx_db(tx));
    TRY(db_int(batch, &thing_count, ARGS(), &n[0]));
    TRY(db_int(batch, &all_count, ARGS(), &n[1]));
    TRY(db_int(batch, &thing_count, ARGS(), &n[2]));
    TRY(db_batch_run(batch));
    return n[0] == n[2] ? RC_STATE : RC_FAULT;
}

static void batches_fail_whole(void)
{
    int64_t n[3] = { -1, -1, -1 };
    struct list all;
    new_tenants();
    CHECK_INT(add(id_new(), "a"), RC_OK);
    CHECK_INT(add(id_new(), "b"), RC_OK);
    struct tdb *batch = db_batch(t);
    CHECK_INT(db_list(batch, &thing_all, ARGS(I(10)), &thing_shape, 1, &all), RC_OK);
    CHECK_INT(db_int(batch, &thing_count, ARGS(), &n[0]), RC_OK);
    CHECK_INT(db_batch_run(batch), RC_FAULT); /* more rows than asked for */
    CHECK_INT(all.n, 0);
    CHECK_INT(count(&thing_count), 2);
    for (int at = 1; at <= 2; at++) {
        db_test_hooks.fail_at = at;
        batch = db_batch(t);
        CHECK_INT(db_int(batch, &thing_count, ARGS(), &n[0]), RC_OK);
        CHECK_INT(db_int(batch, &thing_count, ARGS(), &n[1]), RC_OK);
        CHECK_INT(db_batch_run(batch), RC_DB_DOWN);
    }
    db_test_hooks.fail_at = 0;
    CHECK_INT(db_tx(t, "batch", batch_inside, n), RC_STATE); /* a transaction reads its own writes */
    CHECK_INT(n[0], 3);
    CHECK_INT(n[2], 3);
    CHECK_INT(count(&thing_count), 2);
}

static enum rc enter_and_add(struct tx *tx, void *arg)
{
    TRY(tx_run_query(tx, &counter_set, ARGS(S("tenants"), I(2))));
    TRY(tx_enter_tenant(tx, two));
    TRY(tx_run_query(tx, &thing_add, THING(*(struct id *)arg, "inside")));
    int64_t n = 0;
    TRY(db_int(tx_db(tx), &thing_count, ARGS(), &n)); /* sees its own writes */
    return n == 1 ? RC_OK : RC_FAULT;
}

static void platform_enters_tenant(void)
{
    struct id id = id_new();
    new_tenants();
    begin(ID_NIL);
    CHECK_INT(db_tx(t, "enter", enter_and_add, &id), RC_OK);
    tdb_set_tenant(t, two);
    CHECK_INT(count(&thing_count), 1);
    tdb_set_tenant(t, one);
    CHECK_INT(count(&thing_count), 0);
}

/* More rows than a transaction keeps, from memory that is used again. */
struct late_rows { struct id ids[19]; enum rc end; };
static enum rc write_late_rows(struct tx *tx, void *arg)
{
    const struct late_rows *l = arg;
    int64_t n = -1;
    for (int i = 0; i < 19; i++) {
        char name[16];
        snprintf(name, sizeof name, "late %02d", i);
        TRY(tx_run_later(tx, &late_add, ARGS(U(l->ids[i]), S(name), B(name, 4))));
        if (i == 15) TRY(db_int(tx_db(tx), &thing_count, ARGS(), &n));
    }
    return n == 0 ? l->end : RC_FAULT; /* nothing was written so far */
}

static void late_rows_come_together(void)
{
    struct late_rows l = { .end = RC_STATE };
    struct list all;
    for (int i = 0; i < 19; i++) l.ids[i] = id_new();
    new_tenants();
    CHECK_INT(db_tx(t, "late", write_late_rows, &l), RC_STATE);
    CHECK_INT(count(&thing_count), 0);
    l.end = RC_OK;
    db_test_hooks.tx_twice = true;
    CHECK_INT(db_tx(t, "late", write_late_rows, &l), RC_OK);
    db_test_hooks.tx_twice = false;
    REQUIRE(db_list(t, &thing_all, ARGS(I(50)), &thing_shape, 50, &all) == RC_OK && all.n == 19);
    for (int i = 0; i < 19; i++) {
        int64_t n = 0;
        CHECK(id_eq(LIST_AT(all, struct thing, i)->id, l.ids[i]));
        CHECK_INT(db_int(t, &thing_data, ARGS(U(l.ids[i]), B("late", 4)), &n), RC_OK);
        CHECK_INT(n, 1);
    }
}

static enum rc late_in_two_tenants(struct tx *tx, void *arg)
{
    const struct id *ids = arg;
    TRY(tx_enter_tenant(tx, one));
    TRY(tx_run_later(tx, &late_add, ARGS(U(ids[0]), S("of one"), B("", 0))));
    TRY(tx_enter_tenant(tx, two));
    return tx_run_later(tx, &late_add, ARGS(U(ids[1]), S("of two"), B("", 0)));
}

static void late_rows_keep_their_tenant(void)
{
    struct id ids[2] = { id_new(), id_new() };
    new_tenants();
    begin(ID_NIL);
    CHECK_INT(db_tx(t, "late", late_in_two_tenants, ids), RC_OK);
    for (int i = 0; i < 2; i++) {
        struct thing x = { 0 };
        tdb_set_tenant(t, i ? two : one);
        CHECK_INT(db_get(t, &thing_get, ARGS(U(ids[i])), &thing_shape, &x), RC_OK);
        CHECK_INT(count(&thing_count), 1);
    }
}

/* ---- Outcomes --------------------------------------------------------------------------------------------------------------- */
static void constraints_have_outcomes(void)
{
    struct id id = id_new(), claim = id_new();
    new_tenants();
    CHECK_INT(add(id, "a"), RC_OK);
    CHECK_INT(add(id, "b"), RC_CONFLICT);       /* key */
    CHECK_INT(add(id_new(), "a"), RC_CONFLICT); /* name */
    CHECK_INT(write_one(&part_add, ARGS(U(id_new()), U(id_new()))), RC_NOT_FOUND);
    CHECK_INT(write_one(&part_add, ARGS(U(id_new()), U(id))), RC_OK);
    CHECK_INT(write_one(&thing_add, ARGS(U(id_new()), S("c"), I(-13), S(NULL), B(NULL, 0), Z(false), S(NULL), I(NONE))), RC_FAULT);
    CHECK_INT(write_one(&thing_add, ARGS(U(id_new()), S(NULL), I(1), S(NULL), B(NULL, 0), Z(false), S(NULL), I(NONE))), RC_FAULT);
    CHECK_INT(write_one(&claim_add, ARGS(U(claim), I(10), I(20))), RC_OK);
    CHECK_INT(write_one(&claim_add, ARGS(U(id_new()), I(19), I(30))), RC_OVERLAP);
    CHECK_INT(write_one(&claim_add, ARGS(U(id_new()), I(20), I(30))), RC_OK);
    begin(two);
    CHECK_INT(write_one(&claim_add, ARGS(U(claim), I(10), I(20))), RC_OK);
    begin(one);
    CHECK_INT(count(&thing_count), 1);
    CHECK_INT(must_hit(&thing_note, ARGS(U(id_new()), S("x")), RC_STALE), RC_STALE);
}

static void failure_leaves_nothing(void)
{
    new_tenants();
    struct step steps[] = { { &thing_add, THING(id_new(), "a"), false, RC_OK }, { &thing_add, THING(id_new(), "b"), true, RC_FAULT },
        { &thing_note, ARGS(U(id_new()), S("none")), true, RC_STALE } };
    struct script s = { .steps = steps, .n = 2, .end = RC_STATE, .wake = WAKE_EVENTS };
    woken = 0;
    CHECK_INT(db_tx(t, "refused", run_script, &s), RC_STATE);
    CHECK_INT(count(&thing_count), 0);
    s = (struct script){ .steps = steps, .n = 3, .end = RC_OK, .wake = WAKE_EVENTS };
    CHECK_INT(db_tx(t, "stale", run_script, &s), RC_STALE);
    CHECK_INT(count(&thing_count), 0);
    CHECK_INT(woken, 0);
    s = (struct script){ .steps = steps, .n = 2, .end = RC_OK, .wake = WAKE_EVENTS };
    CHECK_INT(db_tx(t, "good", run_script, &s), RC_OK);
    CHECK_INT(count(&thing_count), 2);
    for (int i = 0; i < 100 && !woken; i++) sleep_ms(10);
    CHECK_INT(woken, WAKE_EVENTS);
}

static enum rc add_before_commit(struct tx *tx, void *arg)
{
    TRY(tx_run_query(tx, &thing_add, THING(id_new(), "last")));
    return *(enum rc *)arg;
}

static void before_commit_belongs_to_it(void)
{
    enum rc end = RC_KEY_REUSED;
    new_tenants();
    db_set_before_commit(t, add_before_commit, &end);
    CHECK_INT(add(id_new(), "a"), RC_KEY_REUSED);
    CHECK_INT(count(&thing_count), 0);
    end = RC_OK;
    CHECK_INT(add(id_new(), "a"), RC_OK);
    CHECK_INT(count(&thing_count), 2);
    begin(one); /* forgets it */
    CHECK_INT(add(id_new(), "b"), RC_OK);
    CHECK_INT(count(&thing_count), 3);
}

static enum rc add_and_run_out(struct tx *tx, void *arg)
{
    TRY(tx_run_query(tx, &thing_add, THING(*(struct id *)arg, "lost")));
    while (arena_alloc(db_arena(tx_db(tx)), 65536)) {}
    return RC_OK;
}

static void memory_that_ran_out_is_not_committed(void)
{
    struct id id = id_new();
    new_tenants();
    CHECK_INT(db_tx(t, "run_out", add_and_run_out, &id), RC_OOM);
    begin(one);
    CHECK_INT(count(&thing_count), 0);
}

static void runs_twice_and_counts_once(void)
{
    new_tenants();
    struct script s = { .steps = &(struct step){ &thing_add, THING(id_new(), "a"), true, RC_FAULT }, .n = 1 };
    db_test_hooks.tx_twice = true;
    enum rc rc = db_tx(t, "twice", run_script, &s);
    db_test_hooks.tx_twice = false;
    CHECK_INT(rc, RC_OK);
    CHECK_INT(s.calls, 2);
    CHECK_INT(count(&thing_count), 1);
}

static enum rc write_and_read(struct tx *tx, void *arg)
{
    const struct id *ids = arg;
    int64_t n = 0;
    TRY(tx_lock(tx, (const int64_t[]){ lock_key("test", ids[0], 1), lock_key("test", ids[1], 1) }, 2));
    TRY(tx_run_query(tx, &thing_add, THING(ids[0], "a")));
    TRY(db_int(tx_db(tx), &thing_count, ARGS(), &n));
    TRY(n == 1 ? RC_OK : RC_FAULT);
    TRY(tx_run_query(tx, &part_add, ARGS(U(ids[1]), U(ids[0]))));
    return tx_one(tx, &thing_note, ARGS(U(ids[0]), S("noted")), RC_FAULT);
}

/* The n-th statement fails, for every n. */
static void torture(void)
{
    struct id ids[2] = { id_new(), id_new() };
    struct thing x;
    for (int64_t n = 1; n <= 5; n++) {
        new_tenants();
        db_test_hooks.fail_at = n;
        enum rc rc = db_tx(t, "torture", write_and_read, ids);
        db_test_hooks.fail_at = 0;
        CHECK_INT(rc, n <= 4 ? RC_DB_DOWN : RC_OK);
        CHECK_INT(count(&thing_count), n <= 4 ? 0 : 1);
        new_tenants();
        db_test_hooks.busy_at = n;
        rc = db_tx(t, "torture", write_and_read, ids);
        db_test_hooks.busy_at = 0;
        CHECK_INT(rc, RC_OK);
        CHECK_INT(db_get(t, &thing_get, ARGS(U(ids[0])), &thing_shape, &x), RC_OK);
        CHECK_STR(x.note, "noted");
    }
}

static enum rc never(struct tx *tx, void *arg)
{
    ++*(int *)arg;
    TRY(tx_run_query(tx, &thing_add, THING(id_new(), "never")));
    return RC_RETRY;
}

static void trying_again_ends(void)
{
    int calls = 0;
    struct db_stats before, after;
    new_tenants();
    db_stats(db, &before);
    CHECK_INT(db_tx(t, "never", never, &calls), RC_BUSY);
    db_stats(db, &after);
    CHECK_INT(calls, TX_ATTEMPTS_MAX);
    CHECK_INT(after.retries - before.retries, TX_ATTEMPTS_MAX);
    CHECK_INT(count(&thing_count), 0);
    CHECK_INT(db_ping(db), RC_OK);
}

/* ---- Plans, start ----------------------------------------------------------------------------------------------------------------- */
static void count_bad(const struct query *q, const char *plan, void *arg)
{
    ++*(int *)arg;
    CHECK_STR(q->name, "test.all_noted");
    CHECK(plan && *plan);
}

static void scans_are_reported(void)
{
    int n = 0;
    CHECK_INT(db_explain(db, count_bad, &n), RC_OK);
    CHECK_INT(n, 1);
}

/* What the tables of a program may not hold: the start is refused, and the message names the statement. */
static void bad_tables_stop_the_start(void)
{
    static const struct query few = { .name = "bad.q", .args = "tt", .sql = "SELECT name FROM thing WHERE tenant_id = $1 AND name = $2" };
    static const struct query unknown = { .name = "bad.q", .sql = "SELECT name FROM nothing WHERE tenant_id = $1" };
    static const struct query letter = { .name = "bad.q", .args = "x", .sql = "SELECT name FROM thing WHERE tenant_id = $1 AND name = $2" };
    static const struct query platform = { .name = "bad.q", .sql = "SELECT COUNT(*) AS n FROM thing", .platform = "why not" };
    static const struct query leak = { .name = "bad.q", .args = "t", .sql = "SELECT id FROM thing WHERE name = $2 AND $1 = $1" };
    static const struct query *const all[] = { &few, &unknown, &letter, &platform, &leak };
    const struct query *list[3] = { NULL };
    struct query_set sets[] = { { "bad", false, list }, { 0 } };
    close_db();
    for (size_t i = 0; i < ARRAY_LEN(all); i++) {
        list[0] = all[i];
        CHECK(try_open(url, migrations, sets, 0) != RC_OK);
        CHECK(strstr(err, "bad.q"));
    }
    list[0] = list[1] = &thing_count;
    CHECK(try_open(url, migrations, sets, 0) != RC_OK);
    CHECK(strstr(err, "twice"));
    open_db();
}

static void migrations_are_kept(void)
{
    static const struct migration changed[] = {
        { .module = "test", .name = "schema", .number = 1, .sql = "CREATE TABLE other (name TEXT NOT NULL PRIMARY KEY)", .sqlite = schema_sqlite, .pg = schema_pg }, { 0 } };
    static const struct migration broken[] = { SCHEMA,
        { .module = "test", .name = "more", .number = 2, .sql = "CREATE TABLE more (name TEXT NOT NULL PRIMARY KEY); CREATE TABLE thing (x BIGINT)" }, { 0 } };
    static const struct migration longer[] = { SCHEMA,
        { .module = "test", .name = "more", .number = 2, .sql = "CREATE TABLE more (name TEXT NOT NULL PRIMARY KEY)" }, { 0 } };
    static const struct migration none[] = { { 0 } };
    static const struct query_set no_queries[] = { { 0 } };
    new_tenants();
    CHECK_INT(add(id_new(), "kept"), RC_OK);
    close_db();
    CHECK_INT(try_open(url, migrations, query_sets, 0), RC_OK); /* a second time: nothing to do */
    CHECK_INT(try_open(url, migrations, query_sets, DB_CHECK_ONLY), RC_OK);
    CHECK_INT(try_open(url, changed, no_queries, 0), RC_FAULT);
    CHECK(strstr(err, "was changed"));
    CHECK_INT(try_open(url, none, no_queries, 0), RC_FAULT);
    CHECK(strstr(err, "newer version"));
    CHECK_INT(try_open(url, longer, query_sets, DB_CHECK_ONLY), RC_CONFLICT);
    CHECK(strstr(err, "pending"));
    CHECK(try_open(url, broken, query_sets, 0) != RC_OK);
    CHECK(*err);
    CHECK_INT(try_open(url, migrations, query_sets, DB_CHECK_ONLY), RC_OK); /* it left nothing */
    open_db();
    begin(one);
    CHECK_INT(count(&thing_count), 1);
    close_db();
    CHECK_INT(try_open(url, longer, query_sets, 0), RC_OK);
    CHECK_INT(try_open(url, migrations, query_sets, 0), RC_FAULT);
    CHECK(strstr(err, "newer version"));
}

/* Beside one that has the database open to write: what is there is read, nothing is written, nothing is migrated. */
static enum rc add_nothing(struct tx *tx, void *arg)
{
    (void)tx;
    (void)arg;
    return RC_OK;
}

static void a_reader_beside_the_server(void)
{
    static const struct migration longer[] = { SCHEMA,
        { .module = "test", .name = "more", .number = 2, .sql = "CREATE TABLE more (name TEXT NOT NULL PRIMARY KEY)" }, { 0 } };
    struct db_config config = { .url = url, .readers_max = 1, .migrations = migrations, .queries = query_sets };
    struct db *beside = NULL;
    int64_t n = 0;
    new_tenants();
    CHECK_INT(add(id_new(), "seen"), RC_OK);
    REQUIRE(db_open(&beside, &config, DB_READ_ONLY, err, sizeof err) == RC_OK);
    struct tdb *r = tdb_open(beside);
    struct arena *space = arena_new(64 * 1024);
    REQUIRE(r && space);
    tdb_begin(r, space, one);
    CHECK_INT(db_int(r, &thing_count, ARGS(), &n), RC_OK);
    CHECK_INT(n, 1);
    tdb_begin(r, space, one);
    CHECK_INT(db_tx(r, "add", add_nothing, NULL), RC_FAULT);
    CHECK_INT(add(id_new(), "written meanwhile"), RC_OK);
    tdb_begin(r, space, one);
    CHECK_INT(db_int(r, &thing_count, ARGS(), &n), RC_OK);
    CHECK_INT(n, 2);
    tdb_close(r);
    arena_free(space);
    db_close(beside);
    CHECK_INT(try_open(url, longer, query_sets, DB_READ_ONLY), RC_CONFLICT);
    CHECK(strstr(err, "pending"));
}

/* ---- SQLite: one process, one writer ----------------------------------------------------------------------------------------------- */
static int run_self(const char *mode)
{
    int status = -1;
    pid_t child = fork();
    if (child == 0) {
        execl("/proc/self/exe", "test_db", mode, url, (char *)NULL);
        _exit(9);
    }
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void second_process_is_refused(void)
{
    CHECK_INT(run_self("--open"), 1);
    CHECK_INT(try_open(url, migrations, query_sets, 0), RC_CONFLICT); /* nor twice in one */
    CHECK(strstr(err, "another clinicd"));
    close_db();
    CHECK_INT(run_self("--open"), 0);
    open_db();
}

enum { WRITERS = 8, EACH = 200 };
struct writer { pthread_t thread; struct id tenant; int bad, refused; };

static void *write_many(void *arg)
{
    struct writer *w = arg;
    struct arena *own = arena_new(65536);
    struct tdb *mine = tdb_open(db);
    char name[24];
    for (int i = 0; i < EACH; i++) {
        tdb_begin(mine, own, w->tenant);
        snprintf(name, sizeof name, "n%d", i - i % 5 / 4); /* every fifth name is taken */
        enum rc rc = add_to(mine, id_new(), name);
        if (rc == RC_CONFLICT && i % 5 == 4) w->refused++;
        else if (rc != RC_OK) w->bad++;
    }
    tdb_close(mine);
    arena_free(own);
    return NULL;
}

/* Many callers share a commit, and one that fails takes nobody with it. */
static void commits_are_shared(void)
{
    struct writer writers[WRITERS] = { 0 };
    struct db_stats before, after;
    db_stats(db, &before);
    for (int i = 0; i < WRITERS; i++) {
        writers[i].tenant = id_new();
        REQUIRE(pthread_create(&writers[i].thread, NULL, write_many, &writers[i]) == 0);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(writers[i].thread, NULL);
        CHECK_INT(writers[i].bad, 0);
        CHECK_INT(writers[i].refused, EACH / 5);
        begin(writers[i].tenant);
        CHECK_INT(count(&thing_count), EACH / 5 * 4);
    }
    db_stats(db, &after);
    CHECK_INT(after.transactions - before.transactions, WRITERS * (EACH / 5 * 4));
    CHECK(after.commits - before.commits < after.transactions - before.transactions);
    CHECK(after.batch_max > 1);
}

static _Atomic bool gate_open, gate_reached;

static enum rc hold_writer(struct tx *tx, void *arg)
{
    (void)tx, (void)arg;
    gate_reached = true;
    while (!gate_open) sleep_ms(1);
    return RC_OK;
}

struct waiter { pthread_t thread; struct tdb tdb; const struct query *q; const struct arg *args; tx_fn *fn; enum rc rc; };

static void *wait_in_queue(void *arg)
{
    struct waiter *w = arg;
    w->rc = w->fn ? db_tx(&w->tdb, "hold", w->fn, NULL) : write_to(&w->tdb, w->q, w->args);
    return NULL;
}

static void start_waiter(struct waiter *w)
{
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 128 * 1024);
    w->tdb.db = db;
    REQUIRE(pthread_create(&w->thread, &attr, wait_in_queue, w) == 0);
    pthread_attr_destroy(&attr);
}

/* The writer holds still while the queue fills: a handle that only writes needs no connection of its own. */
static void hold(struct waiter *holder)
{
    gate_open = gate_reached = false;
    *holder = (struct waiter){ .fn = hold_writer, .tdb.tenant = one };
    start_waiter(holder);
    while (!gate_reached) sleep_ms(1);
}

static void wait_queued(int64_t n)
{
    struct db_stats s;
    for (int i = 0; i < 5000; i++, sleep_ms(1)) {
        db_stats(db, &s);
        if (s.queue_length >= n) break;
    }
    CHECK_INT(s.queue_length, n);
}

static void failure_in_a_batch_is_its_own(void)
{
    enum { N = 12 };
    struct waiter holder, w[N];
    struct arg args[N][10];
    char name[N][16];
    struct db_stats before, after;
    new_tenants();
    CHECK_INT(add(id_new(), "taken"), RC_OK);
    db_stats(db, &before);
    hold(&holder);
    for (int i = 0; i < N; i++) {
        if (i % 3 == 1) snprintf(name[i], sizeof name[i], "taken");
        else snprintf(name[i], sizeof name[i], "n%d", i);
        memcpy(args[i], ARGS(U(id_new()), S(name[i]), I(i % 3 == 2 ? -13 : 1), S(NULL), B(NULL, 0), Z(false), S(NULL), I(NONE)), sizeof *args[i] * 9);
        w[i] = (struct waiter){ .tdb.tenant = one, .q = &thing_add, .args = args[i] };
        start_waiter(&w[i]);
    }
    wait_queued(N);
    gate_open = true;
    pthread_join(holder.thread, NULL);
    for (int i = 0; i < N; i++) {
        pthread_join(w[i].thread, NULL);
        CHECK_INT(w[i].rc, i % 3 == 0 ? RC_OK : i % 3 == 1 ? RC_CONFLICT : RC_FAULT);
    }
    begin(one);
    CHECK_INT(count(&thing_count), 1 + N / 3);
    db_stats(db, &after);
    CHECK(after.commits - before.commits <= 4);
}

static void full_queue_is_busy(void)
{
    enum { N = 1024 };
    static struct waiter w[N];
    struct waiter holder;
    const struct arg *args = ARGS(S("queue"), I(7));
    int bad = 0;
    new_tenants();
    hold(&holder);
    for (int i = 0; i < N; i++) {
        w[i] = (struct waiter){ .tdb.tenant = one, .q = &counter_set, .args = args };
        start_waiter(&w[i]);
    }
    wait_queued(N);
    CHECK_INT(add(id_new(), "one too many"), RC_BUSY);
    CHECK(db_ping(db) != RC_OK);
    gate_open = true;
    pthread_join(holder.thread, NULL);
    for (int i = 0; i < N; i++) {
        pthread_join(w[i].thread, NULL);
        bad += w[i].rc != RC_OK;
    }
    CHECK_INT(bad, 0);
    CHECK_INT(add(id_new(), "now there is room"), RC_OK);
    CHECK_INT(db_ping(db), RC_OK);
}

/* ---- SQLite: the disk ------------------------------------------------------------------------------------------------------------------ */
static char big_note[200001];

static enum rc add_big(void)
{
    return write_one(&thing_add, ARGS(U(id_new()), S("big"), I(1), S(big_note), B(NULL, 0), Z(false), S(NULL), I(NONE)));
}

/* Writes until the disk is full; what was acknowledged before must be there, what was refused not. */
static void fill_disk(int most)
{
    int added = 0;
    enum rc rc = RC_OK;
    memset(big_note, 'x', sizeof big_note - 1);
    for (; added < most; added++) {
        begin(id_new()); /* names are free again */
        rc = add_big();
        if (rc != RC_OK) break;
    }
    CHECK_INT(rc, RC_DB_DOWN);
    CHECK(added > 0 && added < most);
    CHECK_INT(count(&thing_count), 0);
    CHECK_INT(count(&all_count), added + 1);
    CHECK_INT(add_big(), RC_DB_DOWN);
    begin(one);
    CHECK_INT(count(&thing_count), 1); /* reading goes on */
}

static void recovers_after(int64_t all)
{
    begin(id_new());
    CHECK_INT(add_big(), RC_OK);
    CHECK_INT(count(&all_count), all + 1);
    CHECK_INT(db_ping(db), RC_OK);
    close_db();
    open_db();
    begin(one);
    CHECK_INT(count(&all_count), all + 1);
}

static void remove_files(const char *folder)
{
    static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
    char path[300];
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        snprintf(path, sizeof path, "%s/test.db%s", folder, ends[i]);
        unlink(path);
    }
    rmdir(folder);
}

static void in_new_folder(char folder[32], bool small)
{
    snprintf(folder, 32, "/tmp/test_db.XXXXXX");
    REQUIRE(mkdtemp(folder));
    snprintf(url, sizeof url, "sqlite:%s/test.db", folder);
    if (small && mount("tmpfs", folder, "tmpfs", 0, "size=6m") != 0) *url = 0;
}

static void file_too_large(void)
{
    char folder[32];
    struct rlimit old, low = { .rlim_cur = 3000000 };
    in_new_folder(folder, false);
    open_db();
    new_tenants();
    CHECK_INT(add(id_new(), "first"), RC_OK);
    signal(SIGXFSZ, SIG_IGN);
    REQUIRE(getrlimit(RLIMIT_FSIZE, &old) == 0);
    low.rlim_max = old.rlim_max;
    REQUIRE(setrlimit(RLIMIT_FSIZE, &low) == 0);
    fill_disk(200);
    REQUIRE(setrlimit(RLIMIT_FSIZE, &old) == 0);
    recovers_after(count(&all_count));
    close_db();
    remove_files(folder);
}

/* Needs the right to mount; without it the test before this one stands alone. */
static void disk_full(void)
{
    char folder[32], path[64];
    in_new_folder(folder, true);
    if (!*url) {
        printf("     (no right to mount a small disk)\n");
        rmdir(folder);
        return;
    }
    snprintf(path, sizeof path, "%s/ballast", folder);
    FILE *ballast = fopen(path, "w");
    REQUIRE(ballast);
    fwrite(big_note, 1, sizeof big_note - 1, ballast);
    for (int i = 0; i < 12; i++) fwrite(big_note, 1, sizeof big_note - 1, ballast);
    fclose(ballast);
    open_db();
    new_tenants();
    CHECK_INT(add(id_new(), "first"), RC_OK);
    fill_disk(200);
    unlink(path); /* somebody makes room */
    recovers_after(count(&all_count));
    close_db();
    umount(folder);
    remove_files(folder);
}

/* ---- SQLite: killed ------------------------------------------------------------------------------------------------------------------------ */
static _Atomic int acks_to;

static void *write_and_say(void *arg)
{
    (void)arg;
    struct arena *own = arena_new(65536);
    struct tdb *mine = tdb_open(db);
    for (;;) {
        struct id id = id_new();
        char name[ID_TEXT];
        tdb_begin(mine, own, one);
        if (add_to(mine, id, id_format(id, name)) == RC_OK && write(acks_to, &id, sizeof id) != sizeof id) break;
    }
    return NULL;
}

static void write_for_ever(int fd)
{
    pthread_t thread;
    acks_to = fd;
    open_db();
    memset(&one, 7, sizeof one);
    for (int i = 0; i < 4; i++) REQUIRE(pthread_create(&thread, NULL, write_and_say, NULL) == 0);
    for (;;) pause();
}

static void killed_writer_keeps_its_word(void)
{
    enum { ROUNDS = 5, ACKS = 300 };
    char folder[32], fd[16];
    static struct id ids[ROUNDS * 100000];
    size_t n = 0;
    in_new_folder(folder, false);
    for (int round = 0; round < ROUNDS; round++) {
        int pipes[2];
        REQUIRE(pipe(pipes) == 0);
        pid_t child = fork();
        if (child == 0) {
            close(pipes[0]);
            snprintf(fd, sizeof fd, "%d", pipes[1]);
            execl("/proc/self/exe", "test_db", "--write", url, fd, (char *)NULL);
            _exit(9);
        }
        close(pipes[1]);
        size_t want = n + ACKS + (size_t)round * 37;
        while (n < want && read(pipes[0], &ids[n], sizeof *ids) == sizeof *ids) n++;
        kill(child, SIGKILL);
        while (n < ARRAY_LEN(ids) && read(pipes[0], &ids[n], sizeof *ids) == sizeof *ids) n++; /* said before it died */
        close(pipes[0]);
        waitpid(child, NULL, 0);
        CHECK(n >= want);
        open_db();
        memset(&one, 7, sizeof one);
        begin(one);
        int64_t missing = 0;
        struct thing x;
        for (size_t i = 0; i < n; i++) {
            begin(one);
            missing += db_get(t, &thing_get, ARGS(U(ids[i])), &thing_shape, &x) != RC_OK;
        }
        CHECK_INT(missing, 0);
        CHECK(count(&thing_count) >= (int64_t)n);
        CHECK(count(&thing_count) <= (int64_t)n + 4 * (round + 1)); /* at most what was under way */
        close_db();
    }
    remove_files(folder);
}

/* ---- Both engines ------------------------------------------------------------------------------------------------------------------------- */
static void run_neutral(void)
{
    printf("on %s\n", db_engine(db));
    RUN(values_come_back);
    RUN(nothing_is_null);
    RUN(rows_that_do_not_fit);
    RUN(long_lists);
    RUN(tenants_side_by_side);
    RUN(batches_come_together);
    RUN(batches_have_no_limit);
    RUN(batches_fail_whole);
    RUN(platform_enters_tenant);
    RUN(late_rows_come_together);
    RUN(late_rows_keep_their_tenant);
    RUN(constraints_have_outcomes);
    RUN(failure_leaves_nothing);
    RUN(before_commit_belongs_to_it);
    RUN(memory_that_ran_out_is_not_committed);
    RUN(runs_twice_and_counts_once);
    RUN(torture);
    RUN(trying_again_ends);
    RUN(scans_are_reported);
    RUN(bad_tables_stop_the_start);
}

static void on_sqlite(void)
{
    char folder[32];
    in_new_folder(folder, false);
    open_db();
    run_neutral();
    RUN(second_process_is_refused);
    RUN(commits_are_shared);
    RUN(failure_in_a_batch_is_its_own);
    RUN(full_queue_is_busy);
    close_db();
    open_db();
    RUN(a_reader_beside_the_server);
    RUN(migrations_are_kept); /* closes it */
    if (test_only && !strstr("migrations_are_kept", test_only)) close_db();
    remove_files(folder);
    RUN(file_too_large);
    RUN(disk_full);
    RUN(killed_writer_keeps_its_word);
}

/* A database of our own beside the one the variable names. */
static void on_postgres(const char *base)
{
    own_database_make(base, "test_db", url, sizeof url);
    open_db();
    run_neutral();
    RUN(a_reader_beside_the_server);
    RUN(migrations_are_kept); /* closes it */
    if (test_only && !strstr("migrations_are_kept", test_only)) close_db();
    own_database_drop(base, "test_db");
}

int main(int argc, char **argv)
{
    const char *pg = getenv("CLINICD_TEST_PG");
    log_set_level(getenv("TEST_LOG") ? LOG_INFO : LOG_ERROR + 1);
    arena = arena_new(1024 * 1024);
    REQUIRE(arena);
    if (argc > 2 && strncmp(argv[1], "--", 2) == 0) {
        snprintf(url, sizeof url, "%s", argv[2]);
        if (argc > 3) write_for_ever((int)strtol(argv[3], NULL, 10));
        return try_open(url, migrations, query_sets, 0) == RC_OK ? 0 : strstr(err, "another clinicd") ? 1 : 2;
    }
    TEST_ARGS(argc, argv);
    on_sqlite();
    if (pg && *pg) on_postgres(pg);
    arena_free(arena);
    return TEST_DONE();
}
