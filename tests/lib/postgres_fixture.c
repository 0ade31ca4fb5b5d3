/* postgres_fixture.c - the schema, the statements and the database of the PostgreSQL tests. */
#include "tests/lib/postgres_fixture.h"
#include "core/db/engine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- Schema ---------------------------------------------------------------------------------------------------- */
static const char schema_sql[] =
    "CREATE TABLE thing (tenant_id UUID NOT NULL, id UUID NOT NULL, name TEXT NOT NULL, amount BIGINT CHECK (amount <> -13), note TEXT,"
    " data BYTEA, other UUID, flag BIGINT, PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, name));\n"
    "CREATE TABLE part (tenant_id UUID NOT NULL, id UUID NOT NULL, thing_id UUID NOT NULL, PRIMARY KEY (tenant_id, id),"
    " FOREIGN KEY (tenant_id, thing_id) REFERENCES thing (tenant_id, id));\n"
    "CREATE TABLE span (tenant_id UUID NOT NULL, id UUID NOT NULL, lo BIGINT NOT NULL, hi BIGINT NOT NULL, PRIMARY KEY (tenant_id, id));\n"
    "CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL);\n";
static const char schema_pg[] =
    "CREATE FUNCTION things_seen() RETURNS BIGINT LANGUAGE sql STABLE AS 'SELECT COUNT(*) FROM thing';\n"
    "ALTER TABLE span ADD CONSTRAINT span_free EXCLUDE USING gist (tenant_id WITH =, int8range(lo, hi) WITH &&);\n"
    "CREATE FUNCTION part_check() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
    " IF NEW.id = '00000000-0000-0000-0000-00000000c1a1' THEN RAISE EXCEPTION 'claim_overlap'; END IF; RETURN NEW; END $$;\n"
    "CREATE TRIGGER part_check BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION part_check();\n"
    /* A sequence is not rolled back: the trigger fails as often as 'races' says. */
    "CREATE SEQUENCE tries; CREATE FUNCTION race() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
    " IF NEW.name = 'races' AND nextval('tries') <= NEW.value THEN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END IF; RETURN NEW; END "
    "$$;\n"
    "CREATE TRIGGER race BEFORE INSERT ON counter FOR EACH ROW EXECUTE FUNCTION race();\n";
static const struct migration migrations[] = { { .module = "test", .name = "schema", .number = 1, .sql = schema_sql, .pg = schema_pg },
    { 0 } };

const struct query thing_add = { .name = "test.thing_add",
    .args = "utituz",
    .sql = "INSERT INTO thing (tenant_id, id, name, amount, note, other, flag) VALUES ($1, $2, $3, $4, $5, $6, $7)" };
const struct query thing_data = {
    .name = "test.thing_data", .args = "ub", .sql = "UPDATE thing SET data = $3 WHERE tenant_id = $1 AND id = $2"
};
const struct query thing_amount = {
    .name = "test.thing_amount", .args = "ui", .sql = "UPDATE thing SET amount = $3 WHERE tenant_id = $1 AND id = $2"
};
const struct query thing_get = {
    .name = "test.thing_get", .args = "u", .sql = "SELECT id, name, amount, note, other, flag FROM thing WHERE tenant_id = $1 AND id = $2"
};
const struct query thing_bytes = {
    .name = "test.thing_bytes", .args = "ub", .sql = "SELECT COUNT(*) AS n FROM thing WHERE tenant_id = $1 AND id = $2 AND data = $3"
};
const struct query thing_list = { .name = "test.thing_list",
    .args = "i",
    .sql = "SELECT id, name, amount, note, other, flag FROM thing WHERE tenant_id = $1 ORDER BY name LIMIT $2" };
const struct query thing_count = { .name = "test.thing_count", .sql = "SELECT COUNT(*) AS n FROM thing WHERE tenant_id = $1" };
const struct query thing_sum = { .name = "test.thing_sum", .sql = "SELECT SUM(amount) AS n FROM thing WHERE tenant_id = $1" };
const struct query thing_nulls = { .name = "test.thing_nulls",
    .args = "u",
    .sql = "SELECT COUNT(*) AS n FROM thing WHERE tenant_id = $1 AND id = $2 AND amount IS NULL AND note IS NULL AND other IS NULL AND "
           "data IS NULL" };
const struct query thing_drop = { .name = "test.thing_drop", .sql = "DELETE FROM thing WHERE tenant_id = $1" };
const struct query part_add = {
    .name = "test.part_add", .args = "uu", .sql = "INSERT INTO part (tenant_id, id, thing_id) VALUES ($1, $2, $3)"
};
const struct query span_add = {
    .name = "test.span_add", .args = "uii", .sql = "INSERT INTO span (tenant_id, id, lo, hi) VALUES ($1, $2, $3, $4)"
};
const struct query all_things = { .name = "test.all_things", .sql = "SELECT COUNT(*) AS n FROM thing", .platform = "test", .scan = "test" };
const struct query all_noted = {
    .name = "test.all_noted", .args = "t", .sql = "SELECT COUNT(*) AS n FROM thing WHERE note = $1", .platform = "test"
};
/* On PostgreSQL a function without a filter, which the audit of statements cannot look into: what row-level security alone lets
 * through. */
const struct query visible = { .name = "test.visible",
    .sql = "SELECT COUNT(*) AS n FROM thing WHERE tenant_id = $1",
    .pg = "SELECT things_seen() AS n WHERE CAST($1 AS UUID) IS NOT NULL",
    .scan = "test" };
const struct query all_in_order = {
    .name = "test.all_in_order", .platform = "test", .sql = "SELECT id, name FROM thing ORDER BY tenant_id, name"
};
const struct query counter_add = {
    .name = "test.counter_add", .args = "ti", .platform = "test", .sql = "INSERT INTO counter (name, value) VALUES ($1, $2)"
};
const struct query counter_get = {
    .name = "test.counter_get", .args = "t", .platform = "test", .sql = "SELECT value FROM counter WHERE name = $1"
};
const struct query counter_set = {
    .name = "test.counter_set", .args = "ti", .platform = "test", .sql = "UPDATE counter SET value = $2 WHERE name = $1"
};
const struct query counter_bump = {
    .name = "test.counter_bump", .args = "t", .platform = "test", .sql = "UPDATE counter SET value = value + 1 WHERE name = $1"
};
const struct query half = { .name = "test.half", .platform = "test", .sql = "SELECT CAST(0.5 AS NUMERIC) AS n" };
const struct query long_sleep = { .name = "test.long_sleep", .platform = "test", .sql = "SELECT CAST(1 AS BIGINT) AS n FROM pg_sleep(20)" };
const struct query die = { .name = "test.die", .platform = "test", .sql = "SELECT pg_terminate_backend(pg_backend_pid()) AS n" };

static const struct query *const queries[] = { &thing_add, &thing_data, &thing_amount, &thing_get, &thing_bytes, &thing_list, &thing_count,
    &thing_sum, &thing_nulls, &thing_drop, &part_add, &span_add, &all_things, &visible, &all_noted, &all_in_order, &counter_add,
    &counter_get, &counter_set, &counter_bump, &half, &long_sleep, &die, NULL };
static const struct query_set query_sets[] = { { "test", true, queries }, { 0 } };

static const struct field thing_fields[] = { F_ID(struct thing, id), F_STR(struct thing, name), F_INT(struct thing, amount),
    F_STR(struct thing, note), F_ID(struct thing, other), F_BOOL(struct thing, flag), F_END };
const struct shape thing_shape = SHAPE(thing, thing_fields);

/* ---- Database of this program -------------------------------------------------------------------------------------- */
char url[512], database[64];
PGconn *admin;
struct db *db;
struct tdb *t; /* the main thread's handle */
struct arena *arena;
struct id one, two; /* tenants */
_Atomic unsigned woken;

static void on_wake(unsigned bits)
{
    atomic_fetch_or(&woken, bits);
}
static void require(bool ok, const char *what)
{
    if (ok) return;
    fprintf(stderr, "  %s (cannot go on)\n0 passed, 1 failed\n", what);
    exit(3);
}

void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){ ms / 1000, ms % 1000 * 1000000 }, NULL);
}

void admin_run(const char *sql)
{
    PGresult *res = PQexec(admin, sql);
    if (PQresultStatus(res) != PGRES_COMMAND_OK && PQresultStatus(res) != PGRES_TUPLES_OK) {
        fprintf(stderr, "%s: %s", sql, PQerrorMessage(admin));
        exit(3);
    }
    PQclear(res);
}

/* The same server and role, another database. */
void url_with(const char *base, const char *name, char *out, size_t out_len)
{
    const char *slash = strrchr(base, '@'), *question = strchr(base, '?');
    require(slash && question, "a URL without @ or ?");
    snprintf(out, out_len, "%.*s/%s%s", (int)(slash + 1 - base), base, name, question);
}

struct db_config config_of(const char *at)
{
    return (struct db_config){ .url = at, .readers_max = 16, .migrations = migrations, .queries = query_sets, .on_wake = on_wake };
}

void begin(struct tdb *handle, struct id tenant)
{
    arena_reset(arena);
    tdb_begin(handle, arena, tenant);
}

int64_t count(const struct query *q)
{
    int64_t n = -1;
    return db_int(t, q, ARGS(), &n) == RC_OK ? n : -1;
}

PGconn *raw(void)
{
    PGconn *pg = PQconnectdb(url);
    require(PQstatus(pg) == CONNECTION_OK, "no connection");
    return pg;
}

void terminate_all(void)
{
    char sql[256];
    snprintf(sql, sizeof sql,
        "SELECT pg_terminate_backend(pid, 2000) FROM pg_stat_activity WHERE datname = '%s' AND pid <> pg_backend_pid()", database);
    admin_run(sql);
}

const char *raw_state(PGconn *pg, const char *sql)
{
    static char state[8];
    PGresult *res = PQexec(pg, sql);
    const char *s = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    snprintf(state, sizeof state, "%s", s ? s : "");
    PQclear(res);
    return state;
}

/* ---- A transaction of one to three steps, for most tests ---------------------------------------------------------- */

enum rc run_script(struct tx *tx, void *arg)
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

enum rc write_one(const struct query *q, const struct arg *args)
{
    struct script s = { .steps = &(struct step){ q, args, false, RC_OK }, .n = 1 };
    return db_tx(t, "write_one", run_script, &s);
}

enum rc add_thing(struct id id, const char *name, int64_t amount)
{
    return write_one(&thing_add, ARGS(U(id), S(name), I(amount), S(NULL), U(ID_NIL), Z(true)));
}

/* ---- Set up ---- */
void set_up(const char *program)
{
    const char *base = getenv("CLINICD_TEST_PG"), *admin_url = getenv("CLINICD_TEST_PG_ADMIN");
    require(base && admin_url, "CLINICD_TEST_PG is not set: run this with tests/lib/with_postgres");
    char sql[128], err[256];
    admin = PQconnectdb(admin_url);
    require(PQstatus(admin) == CONNECTION_OK, "no connection as the superuser");
    snprintf(database, sizeof database, "%s_%d", program, (int)getpid());
    snprintf(sql, sizeof sql, "CREATE DATABASE %s OWNER clinicd", database);
    admin_run(sql);
    url_with(base, database, url, sizeof url);
    struct db_config config = config_of(url);
    if (db_open(&db, &config, 0, err, sizeof err) != RC_OK) require(false, err);
    t = tdb_open(db);
    arena = arena_new(4 << 20);
    require(t && arena, "out of memory");
    one = id_new();
    two = id_new();
}

void tear_down(void)
{
    char sql[128];
    tdb_close(t);
    db_close(db);
    arena_free(arena);
    snprintf(sql, sizeof sql, "DROP DATABASE %s WITH (FORCE)", database);
    admin_run(sql);
    PQfinish(admin);
}
