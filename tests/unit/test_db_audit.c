/* test_db_audit.c - the rules on tenants' tables: what leaks is refused with its reason, what is right is let through. */
#include "core/db/engine.h"
#include "tests/lib/test.h"

static const struct migration migrations[] = {
    { .module = "test", .name = "schema", .number = 1,
        .sql = "CREATE TABLE thing (tenant_id UUID NOT NULL, id UUID NOT NULL, name TEXT NOT NULL, amount BIGINT, note TEXT, PRIMARY KEY (tenant_id, id),"
               " UNIQUE (tenant_id, name)); CREATE UNIQUE INDEX thing_note ON thing (note);"
               "CREATE TABLE part (tenant_id UUID NOT NULL, id UUID NOT NULL, thing_id UUID NOT NULL, PRIMARY KEY (tenant_id, id));"
               "CREATE TABLE counter (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL);" },
    { 0 },
};

struct sample { const char *sql, *reason; };

static const char unheld[] = "used without its tenant";
static const char first[] = "something else than $1";
static const char named[] = "gives the name tenant_id";

static const struct sample leaks[] = {
    { "SELECT name FROM thing", unheld },
    { "SELECT name FROM thing WHERE id = $1", unheld },
    { "SELECT name FROM Thing", unheld },
    { "SELECT name FROM main.thing", "FROM the rules do not know" },
    { "SELECT name FROM [thing]", "quoted name" },
    { "SELECT name FROM `thing`", "quoted name" },
    { "SELECT name FROM thing WHERE tenant_id = $2", unheld },
    { "SELECT name FROM thing WHERE tenant_id = $11", unheld },
    { "SELECT name FROM thing WHERE tenant_id <> $1", unheld },
    { "SELECT name FROM thing WHERE tenant_id >= $1", unheld },
    { "SELECT name FROM thing WHERE NOT tenant_id = $1", unheld },
    { "SELECT name FROM thing WHERE NOT (tenant_id = $1)", unheld },
    { "SELECT name FROM thing WHERE tenant_id = $1 IS NOT NULL", unheld },
    { "SELECT name FROM thing WHERE tenant_id = $1 = 0", unheld },
    { "SELECT name FROM thing WHERE tenant_id = $1 OR name = $2", unheld },
    { "SELECT name FROM thing WHERE tenant_id = $1 or name = $2", unheld },
    { "SELECT name FROM thing WHERE name = $2 OR amount = 1 AND tenant_id = $1", unheld },
    { "SELECT name FROM thing WHERE (tenant_id = $1) OR name = $2", unheld },
    { "SELECT name FROM thing WHERE amount BETWEEN 1 AND tenant_id = $1", unheld },
    { "SELECT name FROM thing WHERE CASE WHEN 1 AND tenant_id = $1 AND 1 THEN 1 ELSE 1 END", unheld },
    { "SELECT name FROM thing WHERE tenant_id = tenant_id", unheld },
    { "SELECT a.name FROM thing a WHERE a.tenant_id = a.tenant_id", unheld },
    { "SELECT tenant_id = $1 AS same, name FROM thing", unheld },
    { "SELECT name FROM thing ORDER BY tenant_id = $1", unheld },
    { "SELECT COUNT(*) FILTER (WHERE tenant_id = $1) AS n FROM thing", unheld },
    { "SELECT name FROM thing -- WHERE tenant_id = $1", "comment" },
    { "SELECT name FROM thing /* WHERE tenant_id = $1 */", "comment" },
    { "SELECT name FROM thing WHERE name = ' AND tenant_id = $1 '", unheld },
    { "SELECT a.name FROM thing a JOIN part p ON p.thing_id = a.id WHERE a.tenant_id = $1 AND a.tenant_id = $1", unheld },
    { "SELECT a.name FROM thing a, part p WHERE p.thing_id = a.id AND p.tenant_id = $1", unheld },
    { "SELECT a.name FROM thing a JOIN part p ON p.tenant_id = a.tenant_id", unheld },
    { "SELECT a.name FROM thing a JOIN part p USING (tenant_id) WHERE a.tenant_id = $1", unheld },
    { "SELECT a.name FROM thing a NATURAL JOIN part p WHERE a.tenant_id = $1", "join the rules do not know" },
    { "SELECT a.name FROM thing a LEFT JOIN part p ON p.tenant_id = $1 AND a.tenant_id = $1", unheld },
    { "SELECT a.name FROM thing a LEFT JOIN part p ON p.tenant_id = a.tenant_id AND p.tenant_id = $1", unheld },
    { "SELECT name FROM thing WHERE tenant_id = $1 AND tenant_id = $1 UNION ALL SELECT name FROM thing", unheld },
    { "SELECT name FROM thing WHERE tenant_id = $1 AND id IN (SELECT thing_id FROM part)", unheld },
    { "SELECT name FROM thing WHERE tenant_id = $1 AND (SELECT COUNT(*) FROM part) > 0", unheld },
    { "SELECT name FROM thing WHERE EXISTS (SELECT 1 FROM part p WHERE p.tenant_id = $1 AND thing.tenant_id = $1)", unheld },
    { "SELECT x.name FROM (SELECT name FROM thing) x", unheld },
    { "SELECT x.name FROM (SELECT name, tenant_id FROM thing) x WHERE x.tenant_id = $1", unheld },
    { "WITH x AS (SELECT id FROM thing) SELECT p.id FROM part p JOIN x ON x.id = p.thing_id WHERE p.tenant_id = $1", unheld },
    { "SELECT t.name FROM (SELECT $2 AS tenant_id) x JOIN thing t ON t.tenant_id = x.tenant_id WHERE $1 = $1", named },
    { "SELECT t.name FROM (SELECT $2 tenant_id) x JOIN thing t ON t.tenant_id = x.tenant_id WHERE $1 = $1", named },
    { "SELECT t.name FROM (SELECT id AS tenant_id FROM part WHERE tenant_id = $1) x JOIN thing t ON t.tenant_id = x.tenant_id", named },
    { "WITH x(tenant_id) AS (VALUES ($2)) SELECT t.name FROM x JOIN thing t ON t.tenant_id = x.tenant_id WHERE $1 = $1", named },
    { "UPDATE thing SET note = $2 WHERE id = $1", unheld },
    { "UPDATE thing SET tenant_id = $1 WHERE id = $2", "sets tenant_id" },
    { "UPDATE thing SET note = $3, tenant_id = $2 WHERE tenant_id = $1", "sets tenant_id" },
    { "UPDATE thing SET (note, tenant_id) = ($3, $2) WHERE tenant_id = $1", "sets tenant_id" },
    { "UPDATE thing SET note = (SELECT note FROM thing x WHERE x.id = $2) WHERE tenant_id = $1", unheld },
    { "UPDATE thing SET note = p.id FROM part p WHERE thing.tenant_id = $1 AND p.id = thing.id", unheld },
    { "DELETE FROM thing", unheld },
    { "DELETE FROM thing WHERE id = $2 AND (tenant_id = $1 OR 1 = 1)", unheld },
    { "INSERT INTO part (id, tenant_id, thing_id) VALUES ($1, $2, $3)", "first column" },
    { "INSERT INTO part (tenant_id, id, thing_id) VALUES ($2, $1, $3)", first },
    { "INSERT INTO part (tenant_id, id, thing_id) VALUES ($1, $2, $3), ($4, $5, $6)", first },
    { "INSERT INTO part (tenant_id, id, thing_id) VALUES ($1, $2, $3), ($1, $4, $5), ($6, $1, $7)", first },
    { "INSERT INTO part VALUES ($1, $2, $3)", "INSERT the rules do not know" },
    { "INSERT OR REPLACE INTO part (tenant_id, id, thing_id) VALUES ($1, $2, $3)", "INSERT the rules do not know" },
    { "REPLACE INTO part (tenant_id, id, thing_id) VALUES ($1, $2, $3)", "no statement the rules know" },
    { "INSERT INTO part (tenant_id, id, thing_id) SELECT $2, id, id FROM thing WHERE tenant_id = $1", first },
    { "INSERT INTO part (tenant_id, id, thing_id) SELECT $1, id, id FROM thing", unheld },
    { "INSERT INTO part (tenant_id, id, thing_id) SELECT tenant_id, id, id FROM thing", unheld },
    { "INSERT INTO part (tenant_id, id, thing_id) SELECT $1, $2, $3 UNION ALL SELECT $4, $5, $6", first },
    { "INSERT INTO part (tenant_id, id, thing_id) VALUES ($1, $2, (SELECT id FROM thing WHERE name = $3))", unheld },
    { "INSERT INTO thing (tenant_id, id, name, note) VALUES ($1, $2, $3, $4) ON CONFLICT (note) DO UPDATE SET name = $3", "no tenant_id" },
    { "INSERT INTO thing (tenant_id, id, name) VALUES ($1, $2, $3) ON CONFLICT (tenant_id, id) DO UPDATE SET tenant_id = $2", "sets tenant_id" },
    { "SELECT name FROM thing WHERE tenant_id = $1 AND (tenant_id, id, id) IN part", "IN without parentheses" },
    { "SELECT name FROM thing WHERE tenant_id = $1 AND name = 'now; then'", "semicolon" },
    { "SELECT name FROM thing WHERE tenant_id = $1::uuid", "::" },
    { "SELECT name FROM thing WHERE tenant_id = $1 AND \"name\" = 'x'", "double quote" },
    { "SELECT name FROM nowhere WHERE tenant_id = $1", "no such table" },
};

static const struct sample good[] = {
    { "SELECT name FROM thing WHERE tenant_id = $1", NULL },
    { "INSERT INTO part (tenant_id, id, thing_id) VALUES ($1, $2, $3), ($1, $4, $5), ($1, $6, $7) ON CONFLICT (tenant_id, id) DO NOTHING", NULL },
    { "select name from thing where tenant_id = $1 and id = $2", NULL },
    { "SELECT name FROM thing WHERE id = $2 AND tenant_id = $1 AND (name = $3 OR note = $3) ORDER BY name LIMIT $4 OFFSET $5", NULL },
    { "SELECT name FROM thing WHERE amount BETWEEN $2 AND $3 AND tenant_id = $1", NULL },
    { "SELECT name FROM thing WHERE tenant_id = $1 AND note IS DISTINCT FROM $2 AND name = ' OR ''x'' -- '", NULL },
    { "SELECT DISTINCT t.tenant_id, t.name AS thing_name FROM thing AS t WHERE t.tenant_id = $1", NULL },
    { "SELECT a.name, p.id FROM thing a JOIN part p ON p.tenant_id = a.tenant_id AND p.thing_id = a.id WHERE a.tenant_id = $1", NULL },
    { "SELECT a.name, p.id FROM thing a LEFT JOIN part p ON p.tenant_id = a.tenant_id AND p.thing_id = a.id WHERE a.tenant_id = $1", NULL },
    { "SELECT a.name FROM thing a LEFT OUTER JOIN part p ON p.tenant_id = $1 AND p.thing_id = a.id WHERE a.tenant_id = $1", NULL },
    { "SELECT a.name FROM thing a CROSS JOIN part p, part q WHERE a.tenant_id = p.tenant_id AND p.tenant_id = q.tenant_id AND q.tenant_id = $1", NULL },
    { "SELECT name, (SELECT COUNT(*) FROM part p WHERE p.tenant_id = t.tenant_id AND p.thing_id = t.id) AS parts FROM thing t WHERE t.tenant_id = $1", NULL },
    { "SELECT name FROM thing t WHERE t.tenant_id = $1 AND NOT EXISTS (SELECT 1 FROM part p WHERE p.tenant_id = $1 AND p.thing_id = t.id)", NULL },
    { "SELECT name FROM thing WHERE tenant_id = $1 AND id IN (SELECT thing_id FROM part WHERE tenant_id = $1)", NULL },
    { "SELECT name FROM thing WHERE tenant_id = $1 UNION ALL SELECT note FROM thing WHERE tenant_id = $1 ORDER BY 1", NULL },
    { "SELECT x.name FROM (SELECT name, COUNT(*) AS n FROM thing WHERE tenant_id = $1 GROUP BY name HAVING COUNT(*) > 1) x", NULL },
    { "WITH x AS (SELECT tenant_id, id FROM thing WHERE tenant_id = $1) SELECT p.id FROM part p JOIN x ON x.tenant_id = p.tenant_id AND x.id = p.thing_id", NULL },
    { "WITH RECURSIVE x AS (SELECT id FROM thing WHERE tenant_id = $1 UNION ALL SELECT p.id FROM part p JOIN x ON p.thing_id = x.id"
      " WHERE p.tenant_id = $1) SELECT id FROM x LIMIT 10", NULL },
    { "SELECT name FROM thing WHERE tenant_id = $1 AND CASE WHEN $2 = 1 OR $2 = 2 THEN amount > 1 ELSE amount < 1 END", NULL },
    { "SELECT name, COUNT(*) FILTER (WHERE amount > 1 OR note IS NULL) AS n, ROW_NUMBER() OVER (PARTITION BY name ORDER BY id) AS k FROM thing"
      " WHERE tenant_id = $1 GROUP BY name, id", NULL },
    { "UPDATE thing SET note = $3, amount = amount + 1 WHERE tenant_id = $1 AND id = $2 RETURNING amount", NULL },
    { "UPDATE thing SET note = (SELECT MAX(name) FROM thing x WHERE x.tenant_id = $1) WHERE tenant_id = $1", NULL },
    { "UPDATE thing SET note = x.name FROM counter x WHERE thing.tenant_id = $1 AND x.name = thing.name", NULL },
    { "DELETE FROM part WHERE tenant_id = $1 AND thing_id = $2", NULL },
    { "INSERT INTO part (tenant_id, id, thing_id) VALUES ($1, $2, $3) ON CONFLICT (tenant_id, id) DO NOTHING", NULL },
    { "INSERT INTO thing (tenant_id, id, name) VALUES ($1, $2, $3) ON CONFLICT (tenant_id, name) DO UPDATE SET note = $3 RETURNING id", NULL },
    { "INSERT INTO part (tenant_id, id, thing_id) SELECT $1, $2, id FROM thing WHERE tenant_id = $1 AND name = $3", NULL },
    { "INSERT INTO part (tenant_id, id, thing_id) SELECT t.tenant_id, t.id, t.id FROM thing t WHERE t.tenant_id = $1 ON CONFLICT (tenant_id, id) DO NOTHING", NULL },
    { "SELECT value FROM counter WHERE name = $2", NULL },
    { "INSERT INTO counter (name, value) VALUES ($2, 1) ON CONFLICT (name) DO UPDATE SET value = counter.value + 1", NULL },
};

static enum rc judge(const char *sql, const char *pg, const char *platform, char *err, size_t err_len)
{
    struct db db = { .config.migrations = migrations };
    struct query q = { .name = "test.q", .sql = sql, .pg = pg, .platform = platform };
    const struct query *const list[] = { &q, NULL };
    struct query_set sets[] = { { "test", true, list }, { 0 } };
    *err = 0;
    return db_audit(&db, sets, err, err_len);
}

static void leaks_are_refused(void)
{
    char err[600];
    for (size_t i = 0; i < ARRAY_LEN(leaks); i++) {
        enum rc rc = judge(leaks[i].sql, NULL, NULL, err, sizeof err);
        bool right = rc != RC_OK && strstr(err, leaks[i].reason) && strstr(err, "test.q");
        if (!right) fprintf(stderr, "  %s\n    %s\n", leaks[i].sql, rc == RC_OK ? "was let through" : err);
        CHECK(right);
    }
}

static void good_is_let_through(void)
{
    char err[600];
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        enum rc rc = judge(good[i].sql, NULL, NULL, err, sizeof err);
        if (rc != RC_OK) fprintf(stderr, "  %s\n    %s\n", good[i].sql, err);
        CHECK_INT(rc, RC_OK);
    }
}

/* The other engine's text is judged too, though SQLite cannot prepare it. */
static void both_texts_are_judged(void)
{
    static const char fine[] = "SELECT name FROM thing WHERE tenant_id = $1";
    char err[600];
    CHECK_INT(judge(fine, "SELECT name FROM thing WHERE tenant_id = $1 FOR UPDATE SKIP LOCKED", NULL, err, sizeof err), RC_OK);
    CHECK_INT(judge(fine, "SELECT CAST(name AS VARCHAR) AS name FROM thing WHERE tenant_id = $1 AND name COLLATE ucs_basic > 'a'", NULL, err, sizeof err), RC_OK);
    CHECK(judge(fine, "SELECT name FROM thing WHERE name = $1 FOR UPDATE SKIP LOCKED", NULL, err, sizeof err) != RC_OK);
    CHECK(strstr(err, unheld));
}

static void platform_says_why(void)
{
    char err[600];
    CHECK_INT(judge("SELECT name FROM thing", NULL, "for a reason", err, sizeof err), RC_OK);
    CHECK(judge("SELECT name FROM thing;", NULL, "for a reason", err, sizeof err) != RC_OK);
}

/* Every prefix of every sample: whatever the answer, the reader stays inside the text. */
static void half_a_statement(void)
{
    char err[600], text[400];
    for (size_t i = 0; i < ARRAY_LEN(leaks) + ARRAY_LEN(good); i++) {
        const char *sql = i < ARRAY_LEN(leaks) ? leaks[i].sql : good[i - ARRAY_LEN(leaks)].sql;
        for (size_t n = 1; n < strlen(sql) && n < sizeof text; n += 3) {
            snprintf(text, sizeof text, "%.*s", (int)n, sql);
            (void)judge("SELECT name FROM thing WHERE tenant_id = $1", text, NULL, err, sizeof err);
        }
    }
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    log_set_level(LOG_ERROR + 1);
    RUN(leaks_are_refused);
    RUN(good_is_let_through);
    RUN(both_texts_are_judged);
    RUN(platform_says_why);
    RUN(half_a_statement);
    return TEST_DONE();
}
