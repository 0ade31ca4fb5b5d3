/* db.c - what both engines share: the register of statements, handles, the checks around a transaction. */
#include "core/db/memo.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct db_test_hooks db_test_hooks;

bool test_hook_fails(enum rc *rc)
{
    if (db_test_hooks.busy_at && --db_test_hooks.busy_at == 0) {
        *rc = RC_RETRY;
        return true;
    }
    if (db_test_hooks.fail_at && --db_test_hooks.fail_at == 0) {
        *rc = RC_DB_DOWN;
        return true;
    }
    return false;
}

/* ---- the register ---------------------------------------------------------------------------------------------------- */

static size_t slot_of(const struct db *db, const struct query *q)
{
    size_t h = (size_t)((uintptr_t)q >> 4) * 0x9e3779b97f4a7c15ull;
    for (h %= db->n_slots; db->by_query[h] && db->by_query[h]->q != q; h = (h + 1) % db->n_slots) {}
    return h;
}

const struct stmt *db_stmt(const struct db *db, const struct query *q)
{
    const struct stmt *s = db->by_query[slot_of(db, q)];
    if (!s) fprintf(stderr, "query %s is not in its module's table\n", q->name);
    ASSERT(s && "a query must stand in its module's table");
    return s;
}

void db_check_args(const struct stmt *st, const struct arg *args)
{
    const char *want = st->types + st->has_tenant;
    for (; args->kind && *want; args++, want++) ASSERT(args->kind == *want && "an argument has another kind than its statement says");
    ASSERT(!args->kind && !*want && "a statement got more or fewer arguments than it has");
}

static int count_params(const char *sql)
{
    int max = 0;
    for (const char *p = sql; *p; p++)
        if (*p == '$') {
            int n = (int)strtol(p + 1, NULL, 10);
            if (n > max) max = n;
        }
    return max;
}

static enum rc register_one(struct db *db, const struct query_set *set, const struct query *q, char *err, size_t err_len)
{
    struct stmt *s = &db->stmts[db->n_stmts];
    const char *args = q->args ? q->args : "", *bad = NULL;
    bool pg = db->engine == &postgres_engine;
    *s = (struct stmt){ .q = q, .sql = pg && q->pg ? q->pg : q->sql, .index = db->n_stmts, .has_tenant = !q->platform };
    s->n_params = (int)strlen(args) + s->has_tenant;
    if (s->n_params > ARGS_MAX) bad = "too many arguments";
    else if (q->platform && !set->platform) bad = "runs without a tenant, and its module is not marked platform";
    else if (args[strspn(args, "uitbz")]) bad = "an argument letter is not one of u i t b z";
    else if (count_params(q->sql) != s->n_params || (q->pg && count_params(q->pg) != s->n_params)) bad = "the arguments and the parameters in the text differ in number";
    else if (db->by_query[slot_of(db, q)]) bad = "stands twice in the tables";
    if (bad) {
        snprintf(err, err_len, "query %s: %s", q->name, bad);
        return fault(RC_FAULT, "%s", err);
    }
    snprintf(s->types, sizeof s->types, "%s%s", s->has_tenant ? "u" : "", args);
    db->by_query[slot_of(db, q)] = s;
    db->n_stmts++;
    return RC_OK;
}

static enum rc register_all(struct db *db, char *err, size_t err_len)
{
    int n = 0;
    for (const struct query_set *set = db->config.queries; set->module; set++)
        for (const struct query *const *q = set->queries; q && *q; q++) n++;
    db->stmts = calloc((size_t)n + 1, sizeof *db->stmts);
    db->n_slots = (size_t)n * 4 + 7;
    db->by_query = calloc(db->n_slots, sizeof *db->by_query);
    if (!db->stmts || !db->by_query) return RC_OOM;
    for (const struct query_set *set = db->config.queries; set->module; set++)
        for (const struct query *const *q = set->queries; q && *q; q++) TRY(register_one(db, set, *q, err, err_len));
    return RC_OK;
}

/* ---- open, close ------------------------------------------------------------------------------------------------------- */

static void free_register(struct db *db)
{
    for (int i = 0; i < db->n_stmts; i++)
        for (struct column_map *m = db->stmts[i].maps, *next; m; m = next) {
            next = m->next;
            free(m);
        }
    free(db->stmts);
    free(db->by_query);
    memo_free(db->memo);
}

static enum rc open_steps(struct db *db, unsigned flags, char *err, size_t err_len)
{
    TRY(register_all(db, err, err_len));
    TRY(db->engine->open(db, err, err_len));
    enum rc rc = db_migrate(db, flags, err, err_len);
    if (rc == RC_OK) rc = db_audit(db, db->config.queries, err, err_len);
    if (rc == RC_OK) rc = db->engine->prepare(db, err, err_len);
    if (rc != RC_OK) db->engine->close(db);
    return rc;
}

enum rc db_open(struct db **out, const struct db_config *config, unsigned flags, char *err, size_t err_len)
{
    struct db *db = calloc(1, sizeof *db);
    *out = NULL;
    if (!db) return RC_OOM;
    db->memo = memo_new();
    if (!db->memo) {
        free(db);
        return RC_OOM;
    }
    db->config = *config;
    db->flags = flags;
    db->engine = str_starts(config->url, "sqlite:") ? &sqlite_engine : &postgres_engine;
    if (err_len) *err = 0;
    enum rc rc = open_steps(db, flags, err, err_len);
    if (rc != RC_OK) {
        if (err_len && !*err) snprintf(err, err_len, "the database cannot be opened");
        free_register(db);
        free(db);
        return rc;
    }
    *out = db;
    return RC_OK;
}

void db_close(struct db *db)
{
    if (!db) return;
    db->engine->close(db);
    free_register(db);
    free(db);
}

enum rc db_ping(struct db *db) { return db->engine->ping(db); }
const char *db_engine(const struct db *db) { return db->engine->name; }

enum rc db_explain(struct db *db, void (*bad)(const struct query *, const char *plan, void *), void *arg)
{
    return db->engine->explain(db, bad, arg);
}

/* ---- handles ------------------------------------------------------------------------------------------------------------ */

struct tdb *tdb_open(struct db *db)
{
    struct tdb *t = calloc(1, sizeof *t);
    if (!t) return NULL;
    t->db = db;
    t->batch = batch_new();
    t->conn = t->batch ? db->engine->conn_open(db) : NULL;
    if (!t->batch || (!t->conn && db->engine == &sqlite_engine)) {
        batch_free(t->batch);
        free(t);
        return NULL;
    }
    return t;
}

void tdb_close(struct tdb *t)
{
    if (!t) return;
    if (t->conn) t->db->engine->conn_close(t->db, t->conn);
    batch_free(t->batch);
    free(t);
}

void tdb_begin(struct tdb *t, struct arena *arena, struct id tenant)
{
    t->arena = arena;
    t->tenant = tenant;
    t->before_commit = NULL;
    t->tx = NULL;
}

void tdb_set_tenant(struct tdb *t, struct id tenant) { t->tenant = tenant; }
struct arena *db_arena(struct tdb *t) { return t->arena; }
struct id db_tenant(const struct tdb *t) { return t->tenant; }
bool db_is_postgres(const struct tdb *t) { return t->db->engine == &postgres_engine; }

/* ---- writes --------------------------------------------------------------------------------------------------------------- */

static enum rc write_stmt(struct tx *tx, const struct query *q, const struct arg *args, bool one, enum rc otherwise)
{
    const struct stmt *st = db_stmt(tx->view.db, q);
    enum rc rc;
    db_check_args(st, args);
    ASSERT(!st->has_tenant || !id_is_nil(tx->view.tenant));
    if (test_hook_fails(&rc)) return rc;
    wrote_add(&tx->wrote, st, tx->view.tenant);
    return tx->view.db->engine->exec(tx, st, args, one, otherwise);
}

enum rc tx_run_query(struct tx *tx, const struct query *q, const struct arg *args) { return write_stmt(tx, q, args, false, RC_OK); }
enum rc tx_one(struct tx *tx, const struct query *q, const struct arg *args, enum rc otherwise) { return write_stmt(tx, q, args, true, otherwise); }
struct tdb *tx_db(struct tx *tx) { return &tx->view; }
void tx_wake(struct tx *tx, unsigned bits) { tx->wake |= bits; }

/* As many rows of the first one's statement as it has a text for, in their order. */
static enum rc write_some_late(struct tx *tx, int first)
{
    const struct query *q = tx->late[first].q;
    size_t width = strlen(q->args), n = 0, most = 1;
    struct arg all[ARGS_MAX];
    for (const struct query *const *more = q->more; more && *more; more++) most++;
    for (int i = first; i < tx->n_late && n < most; i++) {
        if (tx->late[i].q != q) continue;
        ASSERT((n + 1) * width < ARGS_MAX);
        memcpy(&all[n++ * width], tx->late[i].args, width * sizeof *all);
        tx->late[i].q = NULL;
    }
    all[n * width] = (struct arg){ 0 };
    return write_stmt(tx, n == 1 ? q : q->more[n - 2], all, false, RC_OK);
}

static enum rc write_late(struct tx *tx)
{
    for (int i = 0; i < tx->n_late; i++)
        if (tx->late[i].q) TRY(write_some_late(tx, i));
    tx->n_late = 0;
    return RC_OK;
}

static bool copy_arg(struct arena *a, struct arg *x)
{
    if (x->s) x->s = arena_strdup(a, x->s);
    else if (x->b) x->b = arena_strndup(a, x->b, x->len);
    return !arena_failed(a);
}

enum rc tx_run_later(struct tx *tx, const struct query *q, const struct arg *args)
{
    struct arena *a = tx->view.arena;
    size_t n = strlen(q->args);
    if (!a) return tx_run_query(tx, q, args);
    if (tx->n_late == LATE_MAX) TRY(write_late(tx));
    db_check_args(db_stmt(tx->view.db, q), args);
    struct arg *mine = arena_alloc(a, (n + 1) * sizeof *mine);
    if (!mine) return RC_OOM;
    memcpy(mine, args, (n + 1) * sizeof *mine);
    for (size_t i = 0; i < n; i++)
        if (!copy_arg(a, &mine[i])) return RC_OOM;
    tx->late[tx->n_late++] = (struct late){ q, mine };
    return RC_OK;
}

enum rc tx_enter_tenant(struct tx *tx, struct id tenant)
{
    TRY(write_late(tx));
    return tx->view.db->engine->enter(tx, tenant);
}

static int compare_keys(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

enum rc tx_lock(struct tx *tx, const int64_t *keys, size_t n)
{
    int64_t sorted[64];
    size_t unique = 0;
    ASSERT(n <= ARRAY_LEN(sorted));
    if (n == 0) return RC_OK;
    memcpy(sorted, keys, n * sizeof *keys);
    qsort(sorted, n, sizeof *sorted, compare_keys);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || sorted[i] != sorted[unique - 1]) sorted[unique++] = sorted[i];
    return tx->view.db->engine->lock(tx, sorted, unique, false);
}

enum rc tx_lock_shared(struct tx *tx, int64_t key) { return tx->view.db->engine->lock(tx, &key, 1, true); }

int64_t lock_key(const char *what, struct id a, int64_t b)
{
    uint64_t h = 0xcbf29ce484222325ull;
    for (; *what; what++) h = (h ^ (uint8_t)*what) * 0x100000001b3ull;
    for (size_t i = 0; i < sizeof a.b; i++) h = (h ^ a.b[i]) * 0x100000001b3ull;
    for (int i = 0; i < 8; i++) h = (h ^ (uint8_t)(b >> (8 * i))) * 0x100000001b3ull;
    return (int64_t)h;
}

enum rc tx_attempt(struct tx *tx, tx_fn *fn, void *arg, int attempt)
{
    enum rc rc = fn(tx, arg);
    if (rc == RC_OK && tx->view.before_commit) rc = tx->view.before_commit(tx, tx->view.before_commit_arg);
    if (rc == RC_OK) rc = write_late(tx);
    if (rc == RC_OK && tx->view.arena && arena_failed(tx->view.arena)) rc = RC_OOM;
    if (rc == RC_OK && db_test_hooks.tx_twice && attempt == 0) rc = RC_RETRY;
    return rc;
}

enum rc db_tx(struct tdb *t, const char *name, tx_fn *fn, void *arg)
{
    ASSERT(!t->tx && !t->queue && "no transaction inside a transaction or a batch");
    if (t->db->flags & DB_READ_ONLY) return fault(RC_FAULT, "%s: the database was opened to be read", name);
    return t->db->engine->tx(t, name, fn, arg);
}

void db_set_before_commit(struct tdb *t, tx_fn *fn, void *arg)
{
    t->before_commit = fn;
    t->before_commit_arg = arg;
}

void db_stats(struct db *db, struct db_stats *out)
{
    *out = (struct db_stats){ .commits = db->commits, .transactions = db->transactions, .retries = db->retries, .queue_length = db->queue,
        .batch_max = db->batch_max };
    memo_stats(db->memo, &out->kept_hits, &out->kept_misses);
}

bool db_bypasses_rls(const struct db *db) { return db->bypasses_rls; }
