/* audit.c - no statement on a tenant's table without its tenant. The text of each statement is read into tokens and taken
 * apart along its parentheses; every use of a tenant's table must be held to $1 by a condition that nothing can undo:
 *   1. In WHERE, or in the ON of a join, as a whole condition between ANDs: x.tenant_id = $1, or x.tenant_id = y.tenant_id where
 *      y is held in its turn, here or in the statement around. An OR beside it, a NOT, a CASE, a select list, a comment or
 *      a string are no such place; the ON of a LEFT JOIN holds only the table that is joined there.
 *   2. INSERT begins its columns with tenant_id and each of its rows, or its SELECT, with $1 or a tenant_id that is held. An ON
 *      CONFLICT that updates has tenant_id in its key. UPDATE never sets tenant_id.
 * What the rules do not know is refused. SQLite's authorizer, on a scratch database of the same migrations, tells which
 * tables a statement really touches, so that no name slips past the reading. On PostgreSQL row-level security is the wall
 * behind this one; on SQLite this is the wall, and every store test runs with two tenants side by side. */
#include "core/db/memo.h"
#include <ctype.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TABLES_MAX = 32, TOKENS_MAX = 4000, ITEMS_MAX = 64, EDGES_MAX = 128, NESTING_MAX = 24 };

/* ---- Tokens ------------------------------------------------------------------------------------------------------ */

struct token { enum { T_END, T_WORD, T_NUMBER, T_PARAM, T_STRING, T_SIGN } kind; const char *s; int len, match; };

/* A table (or what stands for one) in a FROM; held: its rows are of tenant $1 only. */
struct item { int core; const char *name; int name_len; const char *alias; int alias_len; bool tenant, held; };
struct edge { int to, from; };       /* item `to` is held when `from` is */

struct reader {
    sqlite3 *h;
    struct token tokens[TOKENS_MAX + 8];
    int n, n_items, n_edges, n_cores;
    struct item items[ITEMS_MAX];
    struct edge edges[EDGES_MAX];
    int parent_of[ITEMS_MAX];
    const struct token *target;      /* the table of an INSERT, when it has tenants */
    const char *bad;
};

static bool word_char(char c) { return isalnum((unsigned char)c) || c == '_'; }

static bool take_token(const char **at, struct token *t, const char **bad)
{
    const char *p = *at;
    p += strspn(p, " \t\n");
    *t = (struct token){ .kind = T_SIGN, .s = p, .len = 1, .match = -1 };
    if (!*p) return false;
    if ((p[0] == '-' && p[1] == '-') || (p[0] == '/' && p[1] == '*')) *bad = "has a comment";
    else if (*p == '[' || *p == '`') *bad = "has a quoted name";
    else if (*p == '$') {
        t->kind = T_PARAM;
        while (isdigit((unsigned char)p[t->len])) t->len++;
    } else if (*p == '\'') {
        t->kind = T_STRING;
        while (p[t->len] && (p[t->len] != '\'' || p[t->len + 1] == '\'')) t->len += p[t->len] == '\'' ? 2 : 1;
        if (p[t->len]) t->len++;
        else *bad = "has a string without an end";
    } else if (word_char(*p)) {
        t->kind = isdigit((unsigned char)*p) ? T_NUMBER : T_WORD;
        while (word_char(p[t->len])) t->len++;
    } else if ((unsigned char)*p >= 0x80) {
        *bad = "has a letter that is not ASCII outside a string";
    }
    *at = p + t->len;
    return !*bad;
}

static void take_tokens(struct reader *r, const char *sql)
{
    int open[NESTING_MAX * 2], depth = 0;
    while (r->n < TOKENS_MAX - 1 && take_token(&sql, &r->tokens[r->n], &r->bad)) {
        struct token *t = &r->tokens[r->n];
        if (t->kind == T_SIGN && *t->s == '(') {
            if (depth == NESTING_MAX * 2) r->bad = "is nested too deeply";
            else open[depth++] = r->n;
        } else if (t->kind == T_SIGN && *t->s == ')') {
            if (depth == 0) r->bad = "has parentheses that do not match";
            else r->tokens[open[--depth]].match = r->n;
        }
        if (r->bad) return;
        r->n++;
    }
    if (!r->bad && r->n == TOKENS_MAX - 1) r->bad = "is too long";
    if (!r->bad && depth) r->bad = "has parentheses that do not match";
    r->tokens[r->n] = (struct token){ .kind = T_END, .s = "", .match = -1 };
}

static bool is(const struct reader *r, int i, const char *word)
{
    if (i < 0 || i >= r->n) return false;
    const struct token *t = &r->tokens[i];
    return t->kind == T_WORD && (size_t)t->len == strlen(word) && strncasecmp(t->s, word, (size_t)t->len) == 0;
}

static bool is_sign(const struct reader *r, int i, char c) { return i >= 0 && i < r->n && r->tokens[i].kind == T_SIGN && *r->tokens[i].s == c; }

static bool is_param_1(const struct reader *r, int i)
{
    return i >= 0 && i < r->n && r->tokens[i].kind == T_PARAM && r->tokens[i].len == 2 && r->tokens[i].s[1] == '1';
}

static bool is_any(const struct reader *r, int i, const char *const *words)
{
    for (; *words; words++)
        if (is(r, i, *words)) return true;
    return false;
}

/* The token after this one, behind the parenthesis that it may open. */
static int after(const struct reader *r, int i) { return is_sign(r, i, '(') ? r->tokens[i].match + 1 : i + 1; }

/* ---- Tables ------------------------------------------------------------------------------------------------------- */

static bool has_tenant_column(sqlite3 *h, const char *table, int len)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(h, "SELECT 1 FROM pragma_table_info(?) WHERE name = 'tenant_id'", -1, &s, NULL) != SQLITE_OK) return true;
    sqlite3_bind_text(s, 1, table, len, SQLITE_STATIC);
    bool yes = sqlite3_step(s) == SQLITE_ROW;
    sqlite3_finalize(s);
    return yes;
}

static bool names_equal(const char *a, int a_len, const char *b, int b_len) { return a_len == b_len && strncasecmp(a, b, (size_t)a_len) == 0; }

/* The item that `[alias.]tenant_id` means in this core: its own first, then those around it. -1: none, or not to be told. */
static int find_item(const struct reader *r, int core, int alias)
{
    for (; core >= 0; core = r->parent_of[core]) {
        int found = -1, n = 0;
        for (int i = 0; i < r->n_items; i++) {
            const struct item *item = &r->items[i];
            if (item->core != core) continue;
            if (alias < 0 ? !item->tenant : !names_equal(item->alias, item->alias_len, r->tokens[alias].s, r->tokens[alias].len)) continue;
            found = i;
            n++;
        }
        if (n) return n == 1 ? found : -1;
    }
    return -1;
}

/* [alias.]tenant_id at i: the place behind it, and the item; 0: something else. */
static int read_tenant_id(const struct reader *r, int i, int core, int *item)
{
    bool qualified = r->tokens[i].kind == T_WORD && is_sign(r, i + 1, '.');
    int at = qualified ? i + 2 : i;
    if (!is(r, at, "tenant_id")) return 0;
    *item = find_item(r, core, qualified ? i : -1);
    return at + 1;
}

static void add_edge(struct reader *r, int to, int from)
{
    if (r->n_edges == EDGES_MAX) r->bad = "has too many conditions";
    else r->edges[r->n_edges++] = (struct edge){ to, from };
}

/* ---- Conditions: from i to end, of WHERE (joined < 0) or of ON (joined: the item; left: of a LEFT JOIN) ------------------------ */

struct clause { int core, joined; bool left; };

static void read_condition(struct reader *r, int i, int end, const struct clause *c)
{
    int a = -1, b = -1, at = read_tenant_id(r, i, c->core, &a);
    if (!at || !is_sign(r, at, '=') || a < 0) return;
    if (is_param_1(r, at + 1)) {
        if (at + 2 == end && r->items[a].core == c->core && (!c->left || a == c->joined)) r->items[a].held = true;
        return;
    }
    if (read_tenant_id(r, at + 1, c->core, &b) != end || b < 0 || a == b) return;
    if (r->items[a].core == c->core && (!c->left || a == c->joined)) add_edge(r, a, b);
    if (r->items[b].core == c->core && (!c->left || b == c->joined)) add_edge(r, b, a);
}

static void read_conditions(struct reader *r, int i, int end, const struct clause *c)
{
    int cases = 0, begin = i;
    bool between = false;
    for (int k = i; k < end; k = after(r, k)) {
        cases += is(r, k, "CASE") - is(r, k, "END");
        if (!cases && is(r, k, "OR")) return;
    }
    for (int k = i; k <= end; k = k < end ? after(r, k) : k + 1) {
        cases += is(r, k, "CASE") - is(r, k, "END");
        if (k < end && (cases || !is(r, k, "AND"))) {
            between |= is(r, k, "BETWEEN");
            continue;
        }
        if (k < end && between) {
            between = false;
            begin = -1; /* what follows is the end of BETWEEN */
            continue;
        }
        if (begin >= 0) read_condition(r, begin, k, c);
        begin = k + 1;
    }
}

/* ---- One SELECT, UPDATE or DELETE ------------------------------------------------------------------------------------------ */

static void read_statement(struct reader *r, int i, int end, int parent);

/* Every SELECT in parentheses anywhere in here. */
static void read_inner(struct reader *r, int i, int end, int core)
{
    static const char *const begins[] = { "SELECT", "WITH", "VALUES", NULL };
    for (; i < end && !r->bad; i++) {
        if (is(r, i, "IN") && r->tokens[i + 1].kind == T_WORD) r->bad = "has IN without parentheses";
        if (!is_sign(r, i, '(')) continue;
        int close = r->tokens[i].match;
        if (is_any(r, i + 1, begins)) read_statement(r, i + 1, close, core);
        else read_inner(r, i + 1, close, core);
        i = close;
    }
}

static const char *const no_alias[] = { "JOIN", "LEFT", "INNER", "CROSS", "RIGHT", "FULL", "NATURAL", "OUTER", "ON", "WHERE", "GROUP", "ORDER", "HAVING",
    "LIMIT", "OFFSET", "SET", "UNION", "INTERSECT", "EXCEPT", "RETURNING", "USING", "WINDOW", "FOR", "FROM", "NOT", "INDEXED", NULL };

/* A table or a subquery at i, with its alias; gives the place behind. */
static int read_item(struct reader *r, int i, int end, int core)
{
    static const char *const begins[] = { "SELECT", "WITH", "VALUES", NULL };
    struct item item = { .core = core, .held = true, .alias = "", .name = "" };
    int at = after(r, i);
    if (is_sign(r, i, '(')) {
        if (!is_any(r, i + 1, begins)) r->bad = "has a FROM in parentheses that is no SELECT";
        else read_statement(r, i + 1, r->tokens[i].match, r->parent_of[core]);
    } else if (r->tokens[i].kind != T_WORD || is_sign(r, at, '.')) {
        r->bad = "has a FROM the rules do not know";
    } else {
        item.name = item.alias = r->tokens[i].s;
        item.name_len = item.alias_len = r->tokens[i].len;
        item.tenant = has_tenant_column(r->h, item.name, item.name_len);
        item.held = !item.tenant;
        if (is_sign(r, at, '(')) at = after(r, at); /* a function */
    }
    if (at < end && is(r, at, "AS")) at++;
    if (at < end && r->tokens[at].kind == T_WORD && !is_any(r, at, no_alias)) {
        item.alias = r->tokens[at].s;
        item.alias_len = r->tokens[at++].len;
        if (is_sign(r, at, '(')) r->bad = "gives new names to columns";
    }
    if (r->n_items == ITEMS_MAX) r->bad = "uses too many tables";
    else r->items[r->n_items++] = item;
    return at;
}

/* UPDATE's assignments: never of tenant_id. */
static void read_set(struct reader *r, int i, int end)
{
    for (int k = i; k < end && !r->bad; k = after(r, k)) {
        bool first = k == i || is_sign(r, k - 1, ',');
        if (first && is(r, k, "tenant_id")) r->bad = "sets tenant_id";
        if (first && is_sign(r, k, '('))
            for (int j = k; j < r->tokens[k].match; j++)
                if (is(r, j, "tenant_id")) r->bad = "sets tenant_id";
    }
}

static int clause_end(const struct reader *r, int i, int end)
{
    static const char *const ends[] = { "SELECT", "FROM", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "OFFSET", "RETURNING", "WINDOW", "JOIN", "LEFT",
        "INNER", "CROSS", "RIGHT", "FULL", "NATURAL", "ON", "SET", "USING", "FOR", NULL };
    for (; i < end; i = after(r, i))
        if (is_any(r, i, ends) && !(is(r, i, "FROM") && is(r, i - 1, "DISTINCT")) && !is_sign(r, i + 1, '.') && !(is(r, i, "LEFT") && is_sign(r, i + 1, '(')))
            return i;
    return end;
}

static void read_core(struct reader *r, int i, int end, int parent)
{
    int core = r->n_cores++, first = i;
    struct clause c = { .core = core, .joined = -1 };
    struct { int begin, end; struct clause clause; } conditions[ITEMS_MAX];
    int n = 0;
    if (core == ITEMS_MAX) {
        r->bad = "has too many parts";
        r->n_cores--;
        return;
    }
    r->parent_of[core] = parent;
    if (is(r, i, "UPDATE")) i = read_item(r, i + 1, end, core);
    while (i < end && !r->bad) {
        int stop = clause_end(r, i + 1, end);
        if (is(r, i, "RIGHT") || is(r, i, "FULL") || is(r, i, "NATURAL")) r->bad = "has a join the rules do not know";
        if (is(r, i, "LEFT") && !is_sign(r, i + 1, '(')) c.left = true;
        if (is(r, i, "INNER") || is(r, i, "CROSS")) c.left = false;
        if (is(r, i, "SET")) read_set(r, i + 1, stop);
        if ((is(r, i, "FROM") && !is(r, i - 1, "DISTINCT")) || is(r, i, "JOIN")) {
            if (is(r, i, "JOIN") && !is(r, i - 1, "LEFT") && !is(r, i - 1, "OUTER")) c.left = false;
            for (int at = i; !r->bad && (at == i || (at < stop && is_sign(r, at, ',')));) at = read_item(r, at + 1, end, core);
            c.joined = r->n_items - 1;
        }
        if ((is(r, i, "WHERE") || is(r, i, "ON")) && n < ITEMS_MAX) {
            conditions[n].begin = i + 1;
            conditions[n].end = stop;
            conditions[n++].clause = is(r, i, "ON") ? c : (struct clause){ .core = core, .joined = -1 };
        }
        i = stop;
    }
    for (int k = 0; k < n; k++) read_conditions(r, conditions[k].begin, conditions[k].end, &conditions[k].clause);
    for (i = first; i < end && !r->bad; i++) { /* subqueries outside FROM */
        bool from = is_sign(r, i, '(') && (is(r, i - 1, "FROM") || is(r, i - 1, "JOIN"));
        if (is_sign(r, i, '(') && !from) read_inner(r, i, r->tokens[i].match + 1, core);
        if (is_sign(r, i, '(')) i = r->tokens[i].match;
        else if (is(r, i, "IN") && r->tokens[i + 1].kind == T_WORD) r->bad = "has IN without parentheses";
    }
}

/* ---- Statements ------------------------------------------------------------------------------------------------------------------ */

static void read_selects(struct reader *r, int i, int end, int parent)
{
    static const char *const sets[] = { "UNION", "INTERSECT", "EXCEPT", NULL };
    while (i < end && !r->bad) {
        int stop = i;
        while (stop < end && !is_any(r, stop, sets)) stop = after(r, stop);
        read_core(r, i, stop, parent);
        i = stop + 1;
        if (is(r, i, "ALL")) i++;
    }
}

/* Behind the columns: $1 first, or a tenant_id of a table that is read (and so held). */
static void read_source(struct reader *r, int i, int end, int parent)
{
    if (is(r, i, "VALUES")) {
        int row = i + 1;
        bool tenant = false;
        do tenant = is_sign(r, row, '(') && is_param_1(r, row + 1) && (is_sign(r, row + 2, ',') || is_sign(r, row + 2, ')'));
        while (tenant && after(r, row) < end && is_sign(r, after(r, row), ',') && (row = after(r, row) + 1) < end);
        if (r->target && !tenant) r->bad = "inserts something else than $1 for tenant_id";
        read_inner(r, i, end, parent);
        return;
    }
    int at = i + 1;
    if (is(r, at, "DISTINCT")) at++;
    if (is(r, at + 2, "tenant_id") && is_sign(r, at + 1, '.')) at += 2;
    bool tenant = (is_param_1(r, at) || is(r, at, "tenant_id")) && (is_sign(r, at + 1, ',') || is(r, at + 1, "FROM"));
    for (int k = i; k < end; k = after(r, k))
        if (is(r, k, "UNION") || is(r, k, "EXCEPT") || is(r, k, "INTERSECT")) tenant = false;
    if (r->target && (!is(r, i, "SELECT") || !tenant)) r->bad = "inserts something else than $1 for tenant_id";
    else read_selects(r, i, end, parent);
}

static void read_conflict(struct reader *r, int i, int end, int parent)
{
    int at = i + 2; /* behind ON CONFLICT */
    bool tenant = false;
    if (is_sign(r, at, '('))
        for (int k = at + 1; k < r->tokens[at].match; k++) tenant |= is(r, k, "tenant_id");
    for (at = after(r, at); at < end; at = after(r, at)) {
        if (!is(r, at, "SET")) continue;
        if (r->target && !tenant) r->bad = "updates on a conflict whose key has no tenant_id";
        read_set(r, at + 1, clause_end(r, at + 1, end));
    }
    read_inner(r, i, end, parent);
}

static void read_insert(struct reader *r, int i, int end, int parent)
{
    if (!is(r, i + 1, "INTO") || r->tokens[i + 2].kind != T_WORD || !is_sign(r, i + 3, '(')) {
        r->bad = "is an INSERT the rules do not know";
        return;
    }
    const struct token *table = &r->tokens[i + 2];
    r->target = has_tenant_column(r->h, table->s, table->len) ? table : NULL;
    if (r->target && !is(r, i + 4, "tenant_id")) r->bad = "inserts without tenant_id as the first column";
    int source = after(r, i + 3), conflict = source;
    while (conflict < end && !(is(r, conflict, "ON") && is(r, conflict + 1, "CONFLICT")) && !is(r, conflict, "RETURNING")) conflict = after(r, conflict);
    if (!r->bad) read_source(r, source, conflict, parent);
    if (!r->bad && is(r, conflict, "ON")) read_conflict(r, conflict, end, parent);
    else if (!r->bad) read_inner(r, conflict, end, parent);
}

/* Of a WITH the parts are statements of their own; then comes the rest. */
static int read_with(struct reader *r, int i, int end, int parent)
{
    do {
        i++;
        if (is(r, i, "RECURSIVE")) i++;
        i++; /* the name */
        if (is_sign(r, i, '(')) {
            for (int k = i; k < r->tokens[i].match; k++)
                if (is(r, k, "tenant_id")) r->bad = "gives the name tenant_id to a column";
            i = after(r, i);
        }
        while (i < end && !is_sign(r, i, '(')) i++; /* AS, MATERIALIZED */
        if (i < end && !r->bad) read_statement(r, i + 1, r->tokens[i].match, parent);
        i = i < end ? after(r, i) : end;
    } while (!r->bad && is_sign(r, i, ','));
    return i;
}

static void read_statement(struct reader *r, int i, int end, int parent)
{
    if (is(r, i, "WITH")) i = read_with(r, i, end, parent);
    if (r->bad) return;
    if (is(r, i, "SELECT")) read_selects(r, i, end, parent);
    else if (is(r, i, "UPDATE") || (is(r, i, "DELETE") && is(r, i + 1, "FROM"))) read_core(r, i, end, parent);
    else if (is(r, i, "INSERT")) read_insert(r, i, end, parent);
    else if (is(r, i, "VALUES")) read_inner(r, i, end, parent);
    else r->bad = "is no statement the rules know";
}

/* Nothing but a tenant_id, or $1, may be called tenant_id: else a column of a subquery could hold another. */
static void read_names(struct reader *r)
{
    static const char *const before[] = { "SELECT", "DISTINCT", "ALL", "AND", "OR", "NOT", "WHERE", "ON", "BY", "HAVING", "WHEN", "THEN", "ELSE", "SET",
        "BETWEEN", NULL };
    for (int i = 1; i < r->n && !r->bad; i++) {
        const struct token *t = &r->tokens[i - 1];
        if (!is(r, i, "tenant_id") || is_any(r, i - 1, before)) continue;
        bool same = is(r, i - 1, "AS") && (is(r, i - 2, "tenant_id") || (is_param_1(r, i - 2) && (is_sign(r, i - 3, ',') || is_any(r, i - 3, before))));
        if (!same && (t->kind != T_SIGN || *t->s == ')')) r->bad = "gives the name tenant_id to a column";
    }
}

/* ---- The verdict ------------------------------------------------------------------------------------------------------------------- */

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

static bool was_read(const struct reader *r, const char *table)
{
    int len = (int)strlen(table);
    if (r->target && names_equal(r->target->s, r->target->len, table, len)) return true;
    for (int i = 0; i < r->n_items; i++)
        if (names_equal(r->items[i].name, r->items[i].name_len, table, len)) return true;
    return false;
}

static void hold_along_edges(struct reader *r)
{
    for (bool again = true; again;) {
        again = false;
        for (int i = 0; i < r->n_edges; i++) {
            struct item *to = &r->items[r->edges[i].to];
            if (to->held || !r->items[r->edges[i].from].held) continue;
            to->held = again = true;
        }
    }
}

static const char *judge_reading(struct reader *r, const struct touched *touched, char *text, size_t text_len)
{
    if (!r->bad) read_names(r);
    if (!r->bad) read_statement(r, 0, r->n, -1);
    if (r->bad) return r->bad;
    hold_along_edges(r);
    for (int i = 0; i < r->n_items; i++)
        if (!r->items[i].held) {
            snprintf(text, text_len, "a tenant's table is used without its tenant: %.*s %.*s", r->items[i].name_len, r->items[i].name,
                r->items[i].alias_len, r->items[i].alias);
            return text;
        }
    for (int i = 0; i < touched->n; i++)
        if (has_tenant_column(r->h, touched->table[i], -1) && !was_read(r, touched->table[i])) {
            snprintf(text, text_len, "uses %s in a way the rules do not know", touched->table[i]);
            return text;
        }
    return NULL;
}

static const char *judge(sqlite3 *h, const char *sql, bool prepares, char *text, size_t text_len)
{
    struct touched touched = { 0 };
    sqlite3_stmt *s = NULL;
    if (prepares) {
        sqlite3_set_authorizer(h, see_table, &touched);
        int rc = sqlite3_prepare_v2(h, sql, -1, &s, NULL);
        sqlite3_set_authorizer(h, NULL, NULL);
        sqlite3_finalize(s);
        if (rc != SQLITE_OK) return sqlite3_errmsg(h);
        if (touched.overflow) return "touches too many tables";
    }
    struct reader *r = calloc(1, sizeof *r);
    ASSERT(r);
    r->h = h;
    take_tokens(r, sql);
    const char *bad = judge_reading(r, &touched, text, text_len);
    free(r);
    return bad;
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

/* ---- What reads what ------------------------------------------------------------------------------------------------------------- */

struct seen { int n_tables; char tables[TRACKED_MAX][64]; uint64_t reads, writes; bool learns; };

static int see_use(void *ctx, int code, const char *table, const char *col, const char *d, const char *trigger)
{
    struct seen *s = ctx;
    (void)col, (void)d, (void)trigger;
    if (code != SQLITE_READ && code != SQLITE_INSERT && code != SQLITE_UPDATE && code != SQLITE_DELETE) return SQLITE_OK;
    int i = 0;
    while (i < s->n_tables && strcmp(s->tables[i], table) != 0) i++;
    if (i == s->n_tables) {
        if (!s->learns) return SQLITE_OK;
        ASSERT(i < TRACKED_MAX && "too many tables are read by kept statements");
        snprintf(s->tables[s->n_tables++], sizeof s->tables[0], "%s", table);
    }
    *(code == SQLITE_READ ? &s->reads : &s->writes) |= 1ull << i;
    return SQLITE_OK;
}

static bool find_use(sqlite3 *h, struct seen *s, struct stmt *st, char *err, size_t err_len)
{
    sqlite3_stmt *p = NULL;
    s->reads = s->writes = 0;
    sqlite3_set_authorizer(h, see_use, s);
    int rc = sqlite3_prepare_v2(h, st->q->sql, -1, &p, NULL);
    sqlite3_set_authorizer(h, NULL, NULL);
    sqlite3_finalize(p);
    if (rc != SQLITE_OK) snprintf(err, err_len, "query %s: %s", st->q->name, sqlite3_errmsg(h));
    return rc == SQLITE_OK;
}

static bool is_kept(const struct db *db, const struct stmt *st)
{
    return st->q->kept == KEPT || (st->q->kept == KEPT_EXACT && db->engine == &sqlite_engine);
}

static bool find_tables(struct db *db, sqlite3 *h, char *err, size_t err_len)
{
    struct seen s = { .learns = true };
    bool ok = true;
    for (int i = 0; ok && i < db->n_stmts; i++) {
        if (!is_kept(db, &db->stmts[i])) continue;
        ok = find_use(h, &s, &db->stmts[i], err, err_len);
        db->stmts[i].reads = s.reads;
        if (ok && (s.writes || !s.reads)) {
            snprintf(err, err_len, "query %s: only what reads tables can be kept", db->stmts[i].q->name);
            ok = false;
        }
    }
    s.learns = false;
    for (int i = 0; ok && i < db->n_stmts; i++) {
        if (str_starts(db->stmts[i].q->sql, "SELECT ")) continue; /* writes nothing, so it need not be prepared again */
        /* What only PostgreSQL understands may write to anything. */
        db->stmts[i].writes = find_use(h, &s, &db->stmts[i], err, err_len) ? s.writes : UINT64_MAX;
        if (err_len) *err = 0;
    }
    return ok;
}

enum rc db_audit(struct db *db, const struct query_set *sets, char *err, size_t err_len)
{
    sqlite3 *h = NULL;
    char text[240];
    bool ok = sqlite3_open(":memory:", &h) == SQLITE_OK && migrate_scratch(db, h, err, err_len);
    for (const struct query_set *set = sets; ok && set->module; set++)
        for (const struct query *const *q = set->queries; ok && q && *q; q++) {
            const char *bad = judge_style((*q)->sql);
            if (!bad && !(*q)->platform) bad = judge(h, (*q)->sql, true, text, sizeof text);
            if (!bad && !(*q)->platform && (*q)->pg) bad = judge(h, (*q)->pg, false, text, sizeof text); /* SQLite cannot prepare it */
            if (bad) snprintf(err, err_len, "query %s: %s", (*q)->name, bad);
            ok = !bad;
        }
    ok = ok && find_tables(db, h, err, err_len);
    sqlite3_close(h);
    return ok ? RC_OK : fault(RC_FAULT, "%s", err);
}
