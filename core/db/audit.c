/* audit.c - no statement on a tenant's table without its tenant. Each statement is prepared on a scratch SQLite database of
 * the same migrations, whose authorizer tells which tables it touches; three rules on the text then judge what the
 * authorizer cannot see (aliases, OR, the wrong parameter). A net, not a parser: on PostgreSQL row-level security is
 * the wall behind it, and every store test runs with two tenants side by side.
 *   1. tenant_id meets only `= $1` or `= other.tenant_id`, or stands in a column list.
 *   2. There is one such restriction for each mention of a tenant's table.
 *   3. No OR stands at a parenthesis depth where a tenant_id stands. */
#include "core/db/engine.h"
#include <ctype.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLES_MAX = 16, DEPTH_MAX = 31 };
struct touched { int n; bool overflow; char table[TABLES_MAX][64]; };

static int see_table(void *ctx, int code, const char *table, const char *col, const char *d, const char *trigger)
{
    struct touched *t = ctx;
    (void)col, (void)d;
    if (trigger || (code != SQLITE_READ && code != SQLITE_INSERT && code != SQLITE_UPDATE && code != SQLITE_DELETE)) return SQLITE_OK;
    for (int i = 0; i < t->n; i++)
        if (strcmp(t->table[i], table) == 0) return SQLITE_OK;
    if (t->n == TABLES_MAX) t->overflow = true;
    else snprintf(t->table[t->n++], sizeof t->table[0], "%s", table);
    return SQLITE_OK;
}

static bool has_tenant_column(sqlite3 *h, const char *table)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(h, "SELECT 1 FROM pragma_table_info(?) WHERE name = 'tenant_id'", -1, &s, NULL) != SQLITE_OK) return false;
    sqlite3_bind_text(s, 1, table, -1, SQLITE_STATIC);
    bool yes = sqlite3_step(s) == SQLITE_ROW;
    sqlite3_finalize(s);
    return yes;
}

static bool word_char(char c) { return isalnum((unsigned char)c) || c == '_'; }

static bool word_at(const char *sql, const char *p, const char *word)
{
    size_t n = strlen(word);
    return strncmp(p, word, n) == 0 && !word_char(p[n]) && (p == sql || !word_char(p[-1]));
}

struct reading { int restrictions, depth; unsigned tenant_at, or_at; const char *bad; };

/* What follows a tenant_id. */
static void judge_tenant_id(struct reading *r, const char *after)
{
    r->tenant_at |= 1u << r->depth;
    if (strncmp(after, " = $1", 5) == 0 && !isdigit((unsigned char)after[5])) {
        r->restrictions++;
    } else if (strncmp(after, " = ", 3) == 0) {
        const char *p = after + 3;
        while (word_char(*p)) p++;
        if (strncmp(p, ".tenant_id", 10) == 0) r->restrictions++;
        else r->bad = "tenant_id is compared with something else than $1";
    } else if (*after != ',' && *after != ')' && strncmp(after, " AS ", 4) != 0 && strncmp(after, " FROM", 5) != 0 && *after &&
               strncmp(after, " ORDER", 6) != 0 && strncmp(after, " LIMIT", 6) != 0) {
        /* the right side of a.tenant_id = b.tenant_id is followed by AND, WHERE, a join ... */
        if (strncmp(after, " AND", 4) != 0 && strncmp(after, " WHERE", 6) != 0 && strncmp(after, " LEFT", 5) != 0 && strncmp(after, " JOIN", 5) != 0)
            r->bad = "tenant_id stands in a comparison the rules do not know";
    }
}

static void read_text(struct reading *r, const char *sql)
{
    if (strstr(sql, "(tenant_id, ") && (strstr(sql, "VALUES ($1, ") || strstr(sql, "SELECT $1, "))) r->restrictions++;
    for (const char *p = sql; *p && !r->bad; p++) {
        r->depth += (*p == '(') - (*p == ')');
        if (r->depth < 0 || r->depth > DEPTH_MAX) r->bad = "parentheses do not match";
        else if (word_at(sql, p, "OR")) r->or_at |= 1u << r->depth;
        else if (word_at(sql, p, "tenant_id")) judge_tenant_id(r, p + 9);
    }
    if (!r->bad && (r->tenant_at & r->or_at)) r->bad = "OR stands beside tenant_id: put it into parentheses of its own";
}

static int mentions(const char *sql, const char *table)
{
    int n = 0;
    for (const char *p = sql; *p; p++)
        if (word_at(sql, p, table) && p[strlen(table)] != '.' && (p == sql || p[-1] != '.')) n++;
    return n;
}

static const char *judge(sqlite3 *h, const char *sql)
{
    struct touched t = { 0 };
    struct reading r = { 0 };
    sqlite3_stmt *s = NULL;
    int needed = 0;
    sqlite3_set_authorizer(h, see_table, &t);
    int rc = sqlite3_prepare_v2(h, sql, -1, &s, NULL);
    sqlite3_set_authorizer(h, NULL, NULL);
    sqlite3_finalize(s);
    if (rc != SQLITE_OK) return sqlite3_errmsg(h);
    if (t.overflow) return "touches too many tables";
    for (int i = 0; i < t.n; i++)
        if (has_tenant_column(h, t.table[i])) needed += mentions(sql, t.table[i]);
    read_text(&r, sql);
    if (r.bad) return r.bad;
    return r.restrictions < needed ? "a tenant's table is used without its tenant" : NULL;
}

/* Text no engine should see, whoever wrote it. */
static const char *judge_style(const char *sql)
{
    if (strstr(sql, "::")) return "uses ::, which SQLite takes for a parameter name";
    if (strchr(sql, ';')) return "has a semicolon";
    if (strchr(sql, '"')) return "has a double quote";
    if (strstr(sql, "now(")) return "asks the database for the time";
    return NULL;
}

static bool migrate_scratch(struct db *db, sqlite3 *h, char *err, size_t err_len)
{
    for (const struct migration *m = db->config.migrations; m->module; m++) {
        char *ddl = ddl_for_sqlite(m->sql ? m->sql : "");
        int r = sqlite3_exec(h, ddl, NULL, NULL, NULL);
        free(ddl);
        if (r == SQLITE_OK && m->sqlite) r = sqlite3_exec(h, m->sqlite, NULL, NULL, NULL);
        if (r != SQLITE_OK) {
            snprintf(err, err_len, "migration %s/%s: %s", m->module, m->name, sqlite3_errmsg(h));
            return false;
        }
    }
    return true;
}

enum rc db_audit(struct db *db, const struct query_set *sets, char *err, size_t err_len)
{
    sqlite3 *h = NULL;
    bool ok = sqlite3_open(":memory:", &h) == SQLITE_OK && migrate_scratch(db, h, err, err_len);
    for (const struct query_set *set = sets; ok && set->module; set++)
        for (const struct query *const *q = set->queries; ok && q && *q; q++) {
            const char *bad = judge_style((*q)->sql);
            if (!bad && !(*q)->platform) bad = judge(h, (*q)->sql);
            if (bad) snprintf(err, err_len, "query %s: %s", (*q)->name, bad);
            ok = !bad;
        }
    sqlite3_close(h);
    return ok ? RC_OK : fault(RC_FAULT, "%s", err);
}
