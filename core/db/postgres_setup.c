/* postgres_setup.c - the start of the PostgreSQL engine: migrations under a lock, row-level security on every table
 * of a tenant, every statement prepared once, plans. All of it on one plain connection (impl->admin). */
#include "core/db/postgres.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* A statement is planned once per connection: its plan must not depend on the values (the test of plans looks at the generic
 * ones), and to plan it each time, which the server often prefers, costs more than to run it. Its pages are in memory or on a disk without
 * a head: what is looked up by an index must not be read whole because that would be in order. And no table is read whole at all, but by
 * statements that say why: those of a young clinic, the checks of foreign keys among them, are planned while their tables are empty, when
 * that is cheapest, and stay so until somebody analyzes. */
static const char session_settings[] = "-c statement_timeout=5s -c lock_timeout=2s -c idle_in_transaction_session_timeout=10s"
                                       " -c timezone=UTC -c jit=off -c standard_conforming_strings=on -c plan_cache_mode=force_generic_plan"
                                       " -c random_page_cost=1.1 -c enable_seqscan=off";
#define MIGRATION_LOCK "4857213390114"

/* ---- Plain statements on the admin connection ------------------------------------------------------------------- */
/* Consumes res. err gets the server's sentence: at this stage there is no patient's data in it. */
static enum rc outcome_of(PGconn *pg, PGresult *res, const char *what, char *err, size_t err_len)
{
    ExecStatusType status = PQresultStatus(res);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_EMPTY_QUERY) {
        PQclear(res);
        return RC_OK;
    }
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    snprintf(err, err_len, "%s: %s", what, text ? text : PQerrorMessage(pg));
    PQclear(res);
    if (PQstatus(pg) == CONNECTION_BAD) return RC_DB_DOWN;
    return fault(RC_FAULT, "%s", err);
}

static enum rc run(PGconn *pg, const char *sql, const char *what, char *err, size_t err_len)
{
    return outcome_of(pg, PQexec(pg, sql), what, err, err_len);
}

static PGresult *ask(PGconn *pg, const char *sql, char *err, size_t err_len)
{
    PGresult *res = PQexec(pg, sql);
    if (PQresultStatus(res) == PGRES_TUPLES_OK) return res;
    (void)outcome_of(pg, res, "postgresql", err, err_len);
    return NULL;
}

/* ---- Open and close ----------------------------------------------------------------------------------------------- */
/* Our settings behind those of the URL's own `options`, which we would otherwise replace. */
static char *options_of(const char *url)
{
    PQconninfoOption *all = PQconninfoParse(url, NULL);
    const char *theirs = NULL;
    char *out = NULL;
    for (PQconninfoOption *o = all; o && o->keyword; o++)
        if (strcmp(o->keyword, "options") == 0) theirs = o->val;
    if (asprintf(&out, "%s%s%s", theirs ? theirs : "", theirs ? " " : "", session_settings) < 0) out = NULL;
    PQconninfoFree(all);
    return out;
}

static enum rc look_at_role(struct db *db, PGconn *pg, char *err, size_t err_len)
{
    PGresult *res =
        ask(pg, "SELECT rolsuper OR rolbypassrls, current_setting('server_version_num')::int FROM pg_roles WHERE rolname = current_user",
            err, err_len);
    if (!res) return RC_DB_DOWN;
    db->bypasses_rls = PQntuples(res) == 1 && strcmp(PQgetvalue(res, 0, 0), "t") == 0;
    long version = PQntuples(res) == 1 ? strtol(PQgetvalue(res, 0, 1), NULL, 10) : 0;
    PQclear(res);
    if (db->bypasses_rls) LOG(LOG_WARN, "db.role_bypasses_row_level_security", KS("role", PQuser(pg)));
    if (version >= 150000) return RC_OK;
    snprintf(err, err_len, "PostgreSQL 15 or newer is needed, this is %ld", version);
    return fault(RC_FAULT, "%s", err);
}

static struct pg_impl *impl_new(const char *url)
{
    struct pg_impl *impl = calloc(1, sizeof *impl);
    if (!impl) return NULL;
    impl->options = options_of(url);
    impl->stop_fd = eventfd(0, EFD_CLOEXEC);
    uint8_t tag[8];
    env.random(tag, sizeof tag);
    hex_encode(tag, sizeof tag, impl->tag);
    pthread_mutex_init(&impl->ping_mutex, NULL);
    pthread_mutex_init(&impl->wake_mutex, NULL);
    pthread_cond_init(&impl->wake_cond, NULL);
    return impl;
}

void pg_close(struct db *db)
{
    struct pg_impl *impl = db->impl;
    if (!impl) return;
    pg_wake_stop(db);
    PQfinish(impl->admin);
    PQfinish(impl->ping);
    if (impl->stop_fd >= 0) close(impl->stop_fd);
    pthread_cond_destroy(&impl->wake_cond);
    pthread_mutex_destroy(&impl->wake_mutex);
    pthread_mutex_destroy(&impl->ping_mutex);
    free(impl->options);
    free(impl);
    db->impl = NULL;
}

enum rc pg_open(struct db *db, char *err, size_t err_len)
{
    struct pg_impl *impl = db->impl = impl_new(db->config.url);
    enum rc rc = impl && impl->options && impl->stop_fd >= 0 ? RC_OK : RC_OOM;
    if (rc == RC_OK) {
        impl->admin = pg_connect(db, err, err_len);
        if (!impl->admin) rc = fault(RC_DB_DOWN, "postgres: %s", err);
    }
    if (rc == RC_OK) rc = look_at_role(db, impl->admin, err, err_len);
    if (rc != RC_OK) pg_close(db);
    return rc;
}

/* ---- Migrations ---------------------------------------------------------------------------------------------------- */
enum rc pg_migrate_begin(struct db *db, char *err, size_t err_len)
{
    static const char sql[] =
        "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET app.scope = 'platform';"
        " SELECT pg_advisory_lock(" MIGRATION_LOCK ")";
    PGconn *pg = ((struct pg_impl *)db->impl)->admin;
    TRY(run(pg, sql, "the migration lock", err, err_len));
    TRY(run(pg, "CREATE EXTENSION IF NOT EXISTS btree_gist", "the extension btree_gist (package postgresql-contrib)", err, err_len));
    return run(pg,
        "CREATE TABLE IF NOT EXISTS schema_migration (module TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL,"
        " checksum TEXT NOT NULL, applied_at BIGINT NOT NULL, PRIMARY KEY (module, number))",
        "schema_migration", err, err_len);
}

enum rc pg_script(struct db *db, const char *sql, const char *record, char *err, size_t err_len)
{
    PGconn *pg = ((struct pg_impl *)db->impl)->admin;
    TRY(run(pg, "BEGIN", "migration", err, err_len));
    enum rc rc = run(pg, sql, "migration", err, err_len);
    if (rc == RC_OK) rc = run(pg, record, "migration record", err, err_len);
    if (rc == RC_OK) rc = run(pg, "COMMIT", "migration commit", err, err_len);
    if (rc != RC_OK) PQclear(PQexec(pg, "ROLLBACK"));
    return rc;
}

/* The commands that are still missing, one a row. The names are quoted by the server. What is read is compared with two values that are
 * asked for once a statement, what is written with the settings themselves: a row or two, and a statement without subqueries. */
static const char missing_security[] =
    "WITH t AS (SELECT c.oid, c.oid::regclass AS name, c.relrowsecurity AND c.relforcerowsecurity AS forced FROM pg_class c"
    " JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')"
    " AND a.attname = 'tenant_id' AND NOT a.attisdropped)"
    " SELECT format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name) FROM t WHERE NOT forced"
    " UNION ALL SELECT CASE WHEN p.oid IS NULL THEN format('CREATE POLICY tenant ON %s USING (%s) WITH CHECK (%s)', name, seen, written)"
    " ELSE format('ALTER POLICY tenant ON %s WITH CHECK (%s)', name, written) END"
    " FROM t LEFT JOIN pg_policy p ON p.polrelid = t.oid AND p.polname = 'tenant',"
    " (SELECT '(SELECT current_setting(''app.scope'', true)) = ''platform''"
    " OR tenant_id = (SELECT nullif(current_setting(''app.tenant_id'', true), '''')::uuid)' AS seen,"
    " 'current_setting(''app.scope'', true) = ''platform'' OR tenant_id = nullif(current_setting(''app.tenant_id'', true), '''')::uuid' AS written) r"
    " WHERE p.oid IS NULL OR pg_get_expr(p.polwithcheck, p.polrelid) LIKE '%SELECT%'";

static enum rc secure_tables(PGconn *pg, char *err, size_t err_len)
{
    PGresult *todo = ask(pg, missing_security, err, err_len);
    if (!todo) return RC_FAULT;
    enum rc rc = RC_OK;
    if (PQntuples(todo) > 0) rc = run(pg, "BEGIN", "row-level security", err, err_len);
    for (int i = 0; i < PQntuples(todo) && rc == RC_OK; i++) rc = run(pg, PQgetvalue(todo, i, 0), "row-level security", err, err_len);
    if (PQntuples(todo) > 0) {
        if (rc == RC_OK) rc = run(pg, "COMMIT", "row-level security", err, err_len);
        else PQclear(PQexec(pg, "ROLLBACK"));
    }
    PQclear(todo);
    return rc;
}

enum rc pg_migrate_end(struct db *db, char *err, size_t err_len)
{
    PGconn *pg = ((struct pg_impl *)db->impl)->admin;
    enum rc rc = secure_tables(pg, err, err_len);
    char ignored[256];
    enum rc unlocked = run(pg,
        "RESET statement_timeout; RESET lock_timeout; RESET idle_in_transaction_session_timeout; RESET app.scope;"
        " SELECT pg_advisory_unlock(" MIGRATION_LOCK ")",
        "the migration lock", rc == RC_OK ? err : ignored, rc == RC_OK ? err_len : sizeof ignored);
    return rc != RC_OK ? rc : unlocked;
}

enum rc pg_applied(struct db *db, enum rc (*row)(void *ctx, const char *module, int64_t number, const char *checksum), void *ctx)
{
    char err[256];
    PGconn *pg = ((struct pg_impl *)db->impl)->admin;
    PGresult *res = ask(pg, "SELECT module, number, checksum FROM schema_migration ORDER BY module, number", err, sizeof err);
    if (!res) return PQstatus(pg) == CONNECTION_BAD ? RC_DB_DOWN : RC_FAULT;
    enum rc rc = RC_OK;
    for (int i = 0; i < PQntuples(res) && rc == RC_OK; i++)
        rc = row(ctx, PQgetvalue(res, i, 0), strtoll(PQgetvalue(res, i, 1), NULL, 10), PQgetvalue(res, i, 2));
    PQclear(res);
    return rc;
}

/* ---- Every statement once: a bad one stops the start ------------------------------------------------------------------ */
static bool readable_type(Oid type)
{
    static const Oid known[] = { 16, 17, 19, 20, 21, 23, 25, 705, 1042, 1043, 1700, 2950 };
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (known[i] == type) return true;
    return false;
}

static enum rc check_columns(PGconn *pg, const struct stmt *s, const char *name, char *err, size_t err_len)
{
    PGresult *res = PQdescribePrepared(pg, name);
    if (PQresultStatus(res) != PGRES_COMMAND_OK) return outcome_of(pg, res, s->q->name, err, err_len);
    int bad = -1;
    for (int i = 0; i < PQnfields(res); i++)
        if (!readable_type(PQftype(res, i))) bad = i;
    if (bad >= 0)
        snprintf(err, err_len, "query %s: column %s has a type we do not read (OID %u); CAST it", s->q->name, PQfname(res, bad),
            PQftype(res, bad));
    PQclear(res);
    return bad < 0 ? RC_OK : fault(RC_FAULT, "%s", err);
}

static enum rc prepare_one(PGconn *pg, const struct stmt *s, const char *name, char *err, size_t err_len)
{
    Oid types[ARGS_MAX + 1];
    char what[128];
    int n = pg_param_types(s, types);
    snprintf(what, sizeof what, "query %s", s->q->name);
    TRY(outcome_of(pg, PQprepare(pg, name, s->sql, n, types), what, err, err_len));
    return check_columns(pg, s, name, err, err_len);
}

enum rc pg_prepare(struct db *db, char *err, size_t err_len)
{
    struct pg_impl *impl = db->impl;
    for (int i = 0; i < db->n_stmts; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", i);
        TRY(prepare_one(impl->admin, &db->stmts[i], name, err, err_len));
    }
    PQfinish(impl->admin);
    impl->admin = NULL;
    return pg_wake_start(db);
}

/* ---- Plans --------------------------------------------------------------------------------------------------------------- */
static bool one_row(PGconn *pg, const char *sql, const char *param)
{
    PGresult *res = PQexecParams(pg, sql, 1, NULL, &param, NULL, NULL, 0);
    bool yes = PQntuples(res) == 1;
    PQclear(res);
    return yes;
}

static bool table_has_tenant(PGconn *pg, const char *table)
{
    return one_row(pg, "SELECT 1 FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = 'tenant_id' AND NOT attisdropped", table);
}

static bool index_is_partial(PGconn *pg, const char *index)
{
    return one_row(pg, "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass($1) AND indpred IS NOT NULL", index);
}

/* The table that line i of a plan reads whole: "->  Seq Scan on booking b  (cost=...)", or an index without a condition,
 * which is what the planner takes when it may not scan. A partial index is small by its own condition: let it be. */
static bool table_read_whole(PGconn *pg, const PGresult *plan, int i, char table[128])
{
    const char *line = PQgetvalue(plan, i, 0), *p = strstr(line, "Seq Scan on ");
    if (p) {
        p += strlen("Seq Scan on ");
        snprintf(table, 128, "%.*s", (int)strcspn(p, " "), p);
        return table_has_tenant(pg, table);
    }
    p = strstr(line, "Scan using ");
    if (!p) return false;
    for (int k = i + 1; k < PQntuples(plan) && !strstr(PQgetvalue(plan, k, 0), "->"); k++)
        if (strstr(PQgetvalue(plan, k, 0), "Index Cond:")) return false;
    char index[128];
    return sscanf(p, "Scan using %127s on %127s", index, table) == 2 && table_has_tenant(pg, table) && !index_is_partial(pg, index);
}

static enum rc explain_one(PGconn *pg, const struct stmt *s, void (*bad)(const struct query *, const char *, void *), void *arg)
{
    char err[256], sql[64 + 6 * (ARGS_MAX + 1)], table[128];
    TRY(run(pg, s->has_tenant ? "SET app.scope = ''" : "SET app.scope = 'platform'", "scope", err, sizeof err));
    char name[16];
    snprintf(name, sizeof name, "e%d", s->index);
    TRY(prepare_one(pg, s, name, err, sizeof err));
    int len = snprintf(sql, sizeof sql, "EXPLAIN EXECUTE %s", name);
    for (int i = 0; i < s->n_params; i++) len += snprintf(sql + len, sizeof sql - (size_t)len, "%sNULL", i ? ", " : " (");
    if (s->n_params > 0) snprintf(sql + len, sizeof sql - (size_t)len, ")");
    PGresult *plan = ask(pg, sql, err, sizeof err);
    if (!plan) return RC_FAULT;
    for (int i = 0; i < PQntuples(plan); i++) {
        const char *line = PQgetvalue(plan, i, 0);
        if (!s->q->scan && table_read_whole(pg, plan, i, table)) bad(s->q, line, arg);
    }
    PQclear(plan);
    return RC_OK;
}

enum rc pg_explain(struct db *db, void (*bad)(const struct query *, const char *plan, void *), void *arg)
{
    char err[256];
    PGconn *pg = pg_connect(db, err, sizeof err);
    if (!pg) return fault(RC_DB_DOWN, "postgres: %s", err);
    enum rc rc = RC_OK;
    for (int i = 0; i < db->n_stmts && rc == RC_OK; i++) rc = explain_one(pg, &db->stmts[i], bad, arg);
    PQfinish(pg);
    return rc;
}
