/* sqlite.c - the embedded engine: one writer thread with group commit, a reading connection per handle.
 * Durability: WAL with synchronous=FULL; a caller is woken only after the COMMIT of its batch returned. */
#include "core/db/memo.h"
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { BATCH_MAX = 64, QUEUE_MAX = 1024, BATCH_US_MAX = 20000, WAL_PAGES_MAX = 32768 };

enum control { C_BEGIN, C_COMMIT, C_ROLLBACK, C_SAVE, C_UNDO, C_RELEASE, C_LOOK, C_N };
static const char *const control_text[C_N] = { "BEGIN IMMEDIATE", "COMMIT", "ROLLBACK", "SAVEPOINT t", "ROLLBACK TO t", "RELEASE t", "BEGIN" };
struct conn { sqlite3 *h; sqlite3_stmt **stmts; sqlite3_stmt *control[C_N]; bool writer; };

struct pending {                     /* one db_tx on its way through the writer; lives on its caller's stack */
    struct pending *next;
    struct tdb *caller;
    const char *name;
    tx_fn *fn;
    void *arg;
    enum rc rc;
    unsigned wake;
    struct wrote wrote;
    bool done;
    pthread_cond_t ready;
};

struct sqlite {
    char path[1024];
    int lock_fd;
    struct conn writer;
    pthread_t thread;
    bool started, stopping;
    pthread_mutex_t lock;
    pthread_cond_t work;
    struct pending *head, **tail;
    int queued;
    int64_t wal_pages;
};

/* ---- connections --------------------------------------------------------------------------------------------------------- */

static const char pragmas[] =
    "PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL; PRAGMA cache_size=-16384; PRAGMA mmap_size=1073741824;"
    "PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF; PRAGMA journal_size_limit=67108864;";

/* Once per process, before the first connection: no counting of memory under a global lock. */
static void configure(void)
{
    int r = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    ASSERT(r == SQLITE_OK || r == SQLITE_MISUSE); /* MISUSE: somebody opened a database before us, which is fine */
}

static int open_handle(const char *path, bool writer, sqlite3 **out)
{
    int flags = SQLITE_OPEN_NOMUTEX | (writer ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
    int r = sqlite3_open_v2(path, out, flags, NULL);
    if (r == SQLITE_OK) r = sqlite3_db_config(*out, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    if (r == SQLITE_OK) r = sqlite3_db_config(*out, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    if (r == SQLITE_OK) r = sqlite3_extended_result_codes(*out, 1);
    if (r == SQLITE_OK && writer) r = sqlite3_exec(*out, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=4000", NULL, NULL, NULL);
    if (r == SQLITE_OK) r = sqlite3_exec(*out, pragmas, NULL, NULL, NULL);
    int chunk = 16 * 1024 * 1024; /* the file grows in steps, so that the mappings of the readers stay */
    if (r == SQLITE_OK && writer) r = sqlite3_file_control(*out, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
    /* Readers do not map the file: after each commit of the writer SQLite would unmap all of it, on every thread's account. */
    if (r == SQLITE_OK && !writer) r = sqlite3_exec(*out, "PRAGMA query_only=ON; PRAGMA cache_size=-2048; PRAGMA mmap_size=0", NULL, NULL, NULL);
    return r;
}

static bool conn_init(struct db *db, struct conn *c, bool writer)
{
    struct sqlite *s = db->impl;
    *c = (struct conn){ .writer = writer, .stmts = calloc((size_t)db->n_stmts + 1, sizeof *c->stmts) };
    int r = c->stmts ? open_handle(s->path, writer, &c->h) : SQLITE_NOMEM;
    if (r == SQLITE_OK) return true;
    fault(RC_DB_DOWN, "sqlite: open: %s", c->h ? sqlite3_errmsg(c->h) : sqlite3_errstr(r));
    sqlite3_close(c->h);
    free(c->stmts);
    return false;
}

static void conn_done(struct db *db, struct conn *c)
{
    for (int i = 0; c->stmts && i < db->n_stmts; i++) sqlite3_finalize(c->stmts[i]);
    for (int i = 0; i < C_N; i++) sqlite3_finalize(c->control[i]);
    free(c->stmts);
    sqlite3_close(c->h);
    *c = (struct conn){ 0 };
}

static void *sqlite_conn_open(struct db *db)
{
    struct conn *c = calloc(1, sizeof *c);
    if (c && !conn_init(db, c, false)) {
        free(c);
        c = NULL;
    }
    return c;
}

static void sqlite_conn_close(struct db *db, void *conn)
{
    conn_done(db, conn);
    free(conn);
}

/* ---- outcomes -------------------------------------------------------------------------------------------------------------- */

static enum rc outcome(const struct stmt *st, sqlite3 *h, int r)
{
    const char *name = st ? st->q->name : "transaction", *msg = sqlite3_errmsg(h);
    switch (r & 0xff) {
    case SQLITE_OK: case SQLITE_DONE: case SQLITE_ROW: return RC_OK;
    case SQLITE_BUSY: case SQLITE_LOCKED: return RC_RETRY;
    case SQLITE_NOMEM: return fault(RC_OOM, "%s: out of memory", name);
    case SQLITE_FULL: case SQLITE_IOERR: case SQLITE_CANTOPEN: case SQLITE_READONLY: return fault(RC_DB_DOWN, "%s: %s", name, msg);
    case SQLITE_CONSTRAINT:
        if (r == SQLITE_CONSTRAINT_UNIQUE || r == SQLITE_CONSTRAINT_PRIMARYKEY || r == SQLITE_CONSTRAINT_ROWID) return RC_CONFLICT;
        if (r == SQLITE_CONSTRAINT_FOREIGNKEY) return RC_NOT_FOUND;
        if (r == SQLITE_CONSTRAINT_TRIGGER && strstr(msg, "claim_overlap")) return RC_OVERLAP;
        return fault(RC_FAULT, "%s: %s", name, msg);
    default: return fault(RC_FAULT, "%s: %s (%d)", name, msg, r);
    }
}

/* ---- statements -------------------------------------------------------------------------------------------------------------- */

static enum rc prepared(struct conn *c, const struct stmt *st, sqlite3_stmt **out)
{
    if (!c->stmts[st->index]) {
        int r = sqlite3_prepare_v3(c->h, st->sql, -1, SQLITE_PREPARE_PERSISTENT, &c->stmts[st->index], NULL);
        if (r != SQLITE_OK) return outcome(st, c->h, r);
    }
    *out = c->stmts[st->index];
    return RC_OK;
}

/* The statements around every transaction, prepared once. */
static enum rc control(struct conn *c, enum control what)
{
    int r = c->control[what] ? SQLITE_OK : sqlite3_prepare_v3(c->h, control_text[what], -1, SQLITE_PREPARE_PERSISTENT, &c->control[what], NULL);
    if (r == SQLITE_OK) r = sqlite3_step(c->control[what]);
    enum rc rc = r == SQLITE_DONE ? RC_OK : outcome(NULL, c->h, r);
    sqlite3_reset(c->control[what]);
    return rc;
}

static void bind_one(sqlite3_stmt *s, int at, const struct arg *a)
{
    int r;
    switch (a->kind) {
    case 'i': r = a->i == NONE ? sqlite3_bind_null(s, at) : sqlite3_bind_int64(s, at, a->i); break;
    case 'z': r = sqlite3_bind_int64(s, at, a->i); break;
    case 'u': r = id_is_nil(a->id) ? sqlite3_bind_null(s, at) : sqlite3_bind_blob(s, at, a->id.b, sizeof a->id.b, SQLITE_STATIC); break;
    case 'b': r = a->b ? sqlite3_bind_blob(s, at, a->b, (int)a->len, SQLITE_STATIC) : sqlite3_bind_null(s, at); break;
    default: r = a->s ? sqlite3_bind_text(s, at, a->s, -1, SQLITE_STATIC) : sqlite3_bind_null(s, at);
    }
    ASSERT(r == SQLITE_OK || r == SQLITE_NOMEM || r == SQLITE_TOOBIG);
}

/* $1 is a name to SQLite: positions follow the first use, so they were looked up once, at start. Nothing is copied: the
 * arguments live until the statement was stepped to its end. */
static void bind_all(const struct stmt *st, sqlite3_stmt *s, const struct tdb *t, const struct arg *args)
{
    int k = 1;
    if (st->has_tenant) {
        int r = sqlite3_bind_blob(s, st->param_index[k++], t->tenant.b, sizeof t->tenant.b, SQLITE_STATIC);
        ASSERT(r == SQLITE_OK);
    }
    for (; args->kind; args++) bind_one(s, st->param_index[k++], args);
}

static int sqlite_column_count(const struct row *row) { return sqlite3_column_count(row->impl); }
static const char *sqlite_column_name(const struct row *row, int i) { return sqlite3_column_name(row->impl, i); }

static void sqlite_cell(const struct row *row, int i, struct cell *c)
{
    sqlite3_stmt *s = row->impl;
    switch (sqlite3_column_type(s, i)) {
    case SQLITE_INTEGER: *c = (struct cell){ .type = CELL_INT, .i = sqlite3_column_int64(s, i) }; break;
    case SQLITE_TEXT:
        c->type = CELL_TEXT;
        c->s = (const char *)sqlite3_column_text(s, i);
        c->len = (size_t)sqlite3_column_bytes(s, i);
        break;
    case SQLITE_BLOB:
        c->type = CELL_BYTES;
        c->s = sqlite3_column_blob(s, i);
        c->len = (size_t)sqlite3_column_bytes(s, i);
        break;
    default: *c = (struct cell){ .type = CELL_NULL };
    }
}

static enum rc query_one(struct tdb *t, const struct read *read)
{
    struct conn *c = t->conn;
    sqlite3_stmt *s = NULL;
    enum rc rc = RC_OK;
    int r;
    TRY(prepared(c, read->stmt, &s));
    bind_all(read->stmt, s, t, read->args);
    while ((r = sqlite3_step(s)) == SQLITE_ROW && rc == RC_OK) rc = read->on_row(read->ctx, &(struct row){ .impl = s });
    if (rc == RC_OK && r != SQLITE_DONE) rc = outcome(read->stmt, c->h, r);
    sqlite3_reset(s);
    return rc;
}

/* A batch sees one state of the database: what a commit in between does to the cache of a reader is then paid once. */
static enum rc sqlite_query(struct tdb *t, const struct read *reads, int n)
{
    struct conn *c = t->conn;
    bool together = n > 1 && !t->tx;
    if (together) TRY(control(c, C_LOOK));
    enum rc rc = RC_OK;
    for (int i = 0; i < n && rc == RC_OK; i++) rc = query_one(t, &reads[i]);
    if (!together) return rc;
    enum rc ended = control(c, C_COMMIT);
    return rc == RC_OK ? ended : rc;
}

static enum rc sqlite_exec(struct tx *tx, const struct stmt *st, const struct arg *args, bool one, enum rc otherwise)
{
    struct conn *c = tx->view.conn;
    sqlite3_stmt *s = NULL;
    int r;
    TRY(prepared(c, st, &s));
    bind_all(st, s, &tx->view, args);
    while ((r = sqlite3_step(s)) == SQLITE_ROW) {}
    enum rc rc = r == SQLITE_DONE ? RC_OK : outcome(st, c->h, r);
    sqlite3_reset(s);
    if (rc == RC_OK && one && sqlite3_changes(c->h) != 1) rc = otherwise;
    return rc;
}

static enum rc sqlite_lock(struct tx *tx, const int64_t *keys, size_t n, bool shared)
{
    (void)tx, (void)keys, (void)n, (void)shared; /* one writer: everything is serial */
    return RC_OK;
}

static enum rc sqlite_enter(struct tx *tx, struct id tenant)
{
    tx->view.tenant = tenant;
    return RC_OK;
}

/* ---- the writer ---------------------------------------------------------------------------------------------------------------- */

static enum rc sql(struct conn *c, const char *text)
{
    int r = sqlite3_exec(c->h, text, NULL, NULL, NULL);
    return r == SQLITE_OK ? RC_OK : outcome(NULL, c->h, r);
}

/* One attempt inside a savepoint. false in *alive: the engine threw the whole batch away (disk full, I/O error). */
static enum rc attempt(struct db *db, struct pending *p, int n, bool *alive)
{
    struct sqlite *s = db->impl;
    struct tx tx = { .view = *p->caller };
    tx.view.conn = &s->writer;
    tx.view.tx = &tx;
    enum rc rc = control(&s->writer, C_SAVE);
    if (rc == RC_OK) rc = tx_attempt(&tx, p->fn, p->arg, n);
    *alive = !sqlite3_get_autocommit(s->writer.h);
    if (!*alive) return rc == RC_OK ? RC_DB_DOWN : rc;
    if (rc != RC_OK) {
        enum rc undone = control(&s->writer, C_UNDO);
        if (undone != RC_OK) *alive = false;
    }
    if (*alive && control(&s->writer, C_RELEASE) != RC_OK) *alive = false;
    if (!*alive && rc == RC_OK) rc = RC_DB_DOWN;
    p->wake = rc == RC_OK ? tx.wake : 0;
    p->wrote = tx.wrote;
    return rc;
}

static bool run_one(struct db *db, struct pending *p)
{
    struct arena *a = p->caller->arena;
    struct arena_mark mark = { 0 };
    bool alive = true;
    if (a) mark = arena_mark(a);
    for (int n = 0; n < TX_ATTEMPTS_MAX; n++) {
        p->rc = attempt(db, p, n, &alive);
        if (p->rc != RC_RETRY || !alive) return alive;
        db->retries++;
        if (a) arena_rewind(a, mark);
    }
    p->rc = fault(RC_BUSY, "transaction %s: gave up after %d attempts", p->name, TX_ATTEMPTS_MAX);
    return alive;
}

static void checkpoint(struct db *db)
{
    struct sqlite *s = db->impl;
    int log = 0, done = 0;
    if (sqlite3_wal_checkpoint_v2(s->writer.h, NULL, SQLITE_CHECKPOINT_PASSIVE, &log, &done) == SQLITE_OK && log > WAL_PAGES_MAX)
        sqlite3_wal_checkpoint_v2(s->writer.h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

static void finish_batch(struct db *db, struct pending **batch, int n, bool alive)
{
    struct sqlite *s = db->impl;
    enum rc rc = alive ? control(&s->writer, C_COMMIT) : RC_DB_DOWN;
    unsigned wake = 0;
    if (rc != RC_OK && !sqlite3_get_autocommit(s->writer.h)) (void)control(&s->writer, C_ROLLBACK);
    for (int i = 0; i < n; i++) {
        if (rc != RC_OK && batch[i]->rc == RC_OK) batch[i]->rc = RC_DB_DOWN;
        memo_changed(db->memo, &batch[i]->wrote);
        if (batch[i]->rc == RC_OK) {
            wake |= batch[i]->wake;
            db->transactions++;
        }
    }
    if (rc == RC_OK) db->commits++;
    if (n > db->batch_max) db->batch_max = n;
    pthread_mutex_lock(&s->lock);
    for (int i = 0; i < n; i++) {
        batch[i]->done = true;
        pthread_cond_signal(&batch[i]->ready);
    }
    pthread_mutex_unlock(&s->lock);
    if (wake && db->config.on_wake) db->config.on_wake(wake);
}

static struct pending *take(struct db *db, bool wait)
{
    struct sqlite *s = db->impl;
    pthread_mutex_lock(&s->lock);
    while (wait && !s->head && !s->stopping) pthread_cond_wait(&s->work, &s->lock);
    struct pending *p = s->head;
    if (p) {
        s->head = p->next;
        if (!s->head) s->tail = &s->head;
        db->queue = --s->queued;
    }
    pthread_mutex_unlock(&s->lock);
    return p;
}

static void run_batch(struct db *db, struct pending *first)
{
    struct sqlite *s = db->impl;
    struct pending *batch[BATCH_MAX];
    int n = 0;
    int64_t began = monotonic_us();
    enum rc rc = control(&s->writer, C_BEGIN);
    bool alive = rc == RC_OK;
    for (struct pending *p = first; p; p = n < BATCH_MAX && alive && monotonic_us() - began < BATCH_US_MAX ? take(db, false) : NULL) {
        batch[n++] = p;
        if (!alive) p->rc = rc == RC_RETRY ? RC_BUSY : RC_DB_DOWN;
        else alive = run_one(db, p);
    }
    finish_batch(db, batch, n, alive);
}

static void *writer_main(void *arg)
{
    struct db *db = arg;
    struct pending *p;
    int batches = 0;
    while ((p = take(db, true))) {
        run_batch(db, p);
        if (++batches % 512 == 0) checkpoint(db);
    }
    return NULL;
}

static enum rc sqlite_tx(struct tdb *t, const char *name, tx_fn *fn, void *arg)
{
    struct sqlite *s = t->db->impl;
    struct pending p = { .caller = t, .name = name, .fn = fn, .arg = arg, .ready = PTHREAD_COND_INITIALIZER };
    pthread_mutex_lock(&s->lock);
    if (s->stopping || s->queued >= QUEUE_MAX) {
        pthread_mutex_unlock(&s->lock);
        return RC_BUSY;
    }
    *s->tail = &p;
    s->tail = &p.next;
    t->db->queue = ++s->queued;
    pthread_cond_signal(&s->work);
    while (!p.done) pthread_cond_wait(&p.ready, &s->lock);
    pthread_mutex_unlock(&s->lock);
    pthread_cond_destroy(&p.ready);
    return p.rc;
}

/* ---- open, close ---------------------------------------------------------------------------------------------------------------- */

static enum rc take_lock_file(struct sqlite *s, char *err, size_t err_len)
{
    char lock[1100];
    snprintf(lock, sizeof lock, "%s.lock", s->path);
    s->lock_fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0) {
        snprintf(err, err_len, "%s cannot be opened: %s", lock, strerror(errno));
        return fault(RC_DB_DOWN, "%s", err);
    }
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0) return RC_OK;
    snprintf(err, err_len, "another clinicd is using %s; stop it first", s->path);
    close(s->lock_fd);
    return RC_CONFLICT;
}

static enum rc sqlite_open(struct db *db, char *err, size_t err_len)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct sqlite *s = calloc(1, sizeof *s);
    if (!s) return RC_OOM;
    pthread_once(&once, configure);
    db->impl = s;
    snprintf(s->path, sizeof s->path, "%s", db->config.url + strlen("sqlite:"));
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->work, NULL);
    s->tail = &s->head;
    s->lock_fd = -1;
    enum rc rc = db->flags & DB_READ_ONLY ? RC_OK : take_lock_file(s, err, err_len);
    if (rc == RC_OK && !conn_init(db, &s->writer, true)) {
        snprintf(err, err_len, "%s cannot be opened as an SQLite database", s->path);
        if (s->lock_fd >= 0) close(s->lock_fd);
        rc = RC_DB_DOWN;
    }
    if (rc == RC_OK) return RC_OK;
    free(s);
    db->impl = NULL;
    return rc;
}

static enum rc prepare_all(struct db *db, char *err, size_t err_len)
{
    struct sqlite *s = db->impl;
    for (int i = 0; i < db->n_stmts; i++) {
        struct stmt *st = &db->stmts[i];
        sqlite3_stmt *p = NULL;
        if (prepared(&s->writer, st, &p) != RC_OK) {
            snprintf(err, err_len, "query %s: %s", st->q->name, sqlite3_errmsg(s->writer.h));
            return RC_FAULT;
        }
        for (int k = 1; k <= st->n_params; k++) {
            char name[16];
            snprintf(name, sizeof name, "$%d", k);
            st->param_index[k] = sqlite3_bind_parameter_index(p, name);
            if (!st->param_index[k]) {
                snprintf(err, err_len, "query %s: parameter %s is missing", st->q->name, name);
                return fault(RC_FAULT, "%s", err);
            }
        }
    }
    return RC_OK;
}

static enum rc sqlite_prepare(struct db *db, char *err, size_t err_len)
{
    struct sqlite *s = db->impl;
    pthread_attr_t attr;
    TRY(prepare_all(db, err, err_len));
    if (db->flags & DB_READ_ONLY) return RC_OK;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 1024 * 1024);
    s->started = pthread_create(&s->thread, &attr, writer_main, db) == 0;
    pthread_attr_destroy(&attr);
    return s->started ? RC_OK : fault(RC_FAULT, "sqlite: the writer cannot start");
}

static void sqlite_close(struct db *db)
{
    struct sqlite *s = db->impl;
    if (!s) return;
    if (s->started) {
        pthread_mutex_lock(&s->lock);
        s->stopping = true;
        pthread_cond_signal(&s->work);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->thread, NULL);
        sqlite3_wal_checkpoint_v2(s->writer.h, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    }
    conn_done(db, &s->writer);
    if (s->lock_fd >= 0) close(s->lock_fd);
    pthread_cond_destroy(&s->work);
    pthread_mutex_destroy(&s->lock);
    free(s);
    db->impl = NULL;
}

/* Readable file, and a writer that is not stuck: the queue moves or is empty. */
static enum rc sqlite_ping(struct db *db)
{
    struct sqlite *s = db->impl;
    return access(s->path, R_OK | W_OK) == 0 && db->queue < QUEUE_MAX ? RC_OK : RC_DB_DOWN;
}

/* ---- migrations: on the writing connection, before its thread starts ---------------------------------------------------------- */

static enum rc sqlite_migrate_begin(struct db *db, char *err, size_t err_len)
{
    struct sqlite *s = db->impl;
    enum rc rc = sql(&s->writer, "CREATE TABLE IF NOT EXISTS schema_migration (module TEXT NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL,"
                                 " checksum TEXT NOT NULL, applied_at INTEGER NOT NULL, PRIMARY KEY (module, number)) STRICT");
    if (rc != RC_OK) snprintf(err, err_len, "%s: %s", s->path, sqlite3_errmsg(s->writer.h));
    return rc;
}

/* No row may point at nothing. Only after a table was built anew: it reads every child table. */
static enum rc check_references(struct sqlite *s, char *err, size_t err_len)
{
    sqlite3_stmt *q = NULL;
    int r = sqlite3_prepare_v2(s->writer.h, "SELECT \"table\", parent FROM pragma_foreign_key_check LIMIT 1", -1, &q, NULL);
    if (r == SQLITE_OK) r = sqlite3_step(q);
    if (r == SQLITE_ROW) snprintf(err, err_len, "migration: a row of %s would point at no row of %s", sqlite3_column_text(q, 0), sqlite3_column_text(q, 1));
    else if (r != SQLITE_DONE) snprintf(err, err_len, "migration: %s", sqlite3_errmsg(s->writer.h));
    sqlite3_finalize(q);
    return r == SQLITE_DONE ? RC_OK : RC_FAULT;
}

static enum rc script_tx(struct sqlite *s, const char *text, const char *record, bool rebuilds, char *err, size_t err_len)
{
    enum rc rc = sql(&s->writer, "BEGIN EXCLUSIVE");
    if (rc == RC_OK) rc = sql(&s->writer, text);
    if (rc == RC_OK) rc = sql(&s->writer, record);
    if (rc != RC_OK) snprintf(err, err_len, "migration: %s", sqlite3_errmsg(s->writer.h));
    if (rc == RC_OK && rebuilds) rc = check_references(s, err, err_len);
    if (rc != RC_OK) return rc;
    rc = sql(&s->writer, "COMMIT");
    if (rc != RC_OK) snprintf(err, err_len, "migration: %s", sqlite3_errmsg(s->writer.h));
    return rc;
}

/* A table that others refer to can only be built anew (create, copy, drop, rename) while foreign keys are off, and they can
 * only be switched outside a transaction. */
static enum rc sqlite_script(struct db *db, const char *text, const char *record, char *err, size_t err_len)
{
    struct sqlite *s = db->impl;
    bool rebuilds = strstr(text, "DROP TABLE") != NULL;
    if (rebuilds) TRY(sql(&s->writer, "PRAGMA foreign_keys=OFF"));
    enum rc rc = script_tx(s, text, record, rebuilds, err, err_len);
    if (rc != RC_OK && !sqlite3_get_autocommit(s->writer.h)) (void)sql(&s->writer, "ROLLBACK");
    if (rebuilds && sql(&s->writer, "PRAGMA foreign_keys=ON") != RC_OK && rc == RC_OK) {
        snprintf(err, err_len, "migration: %s", sqlite3_errmsg(s->writer.h));
        rc = RC_FAULT;
    }
    return rc;
}

static enum rc sqlite_applied(struct db *db, enum rc (*row)(void *, const char *, int64_t, const char *), void *ctx)
{
    struct sqlite *s = db->impl;
    sqlite3_stmt *q;
    enum rc rc = RC_OK;
    int r = sqlite3_prepare_v2(s->writer.h, "SELECT module, number, checksum FROM schema_migration", -1, &q, NULL);
    if (r != SQLITE_OK) return outcome(NULL, s->writer.h, r);
    while (rc == RC_OK && (r = sqlite3_step(q)) == SQLITE_ROW)
        rc = row(ctx, (const char *)sqlite3_column_text(q, 0), sqlite3_column_int64(q, 1), (const char *)sqlite3_column_text(q, 2));
    if (rc == RC_OK && r != SQLITE_DONE) rc = outcome(NULL, s->writer.h, r);
    sqlite3_finalize(q);
    return rc;
}

static enum rc sqlite_migrate_end(struct db *db, char *err, size_t err_len)
{
    (void)db, (void)err, (void)err_len;
    return RC_OK;
}

/* ---- plans ---------------------------------------------------------------------------------------------------------------------- */

static bool has_tenant_column(sqlite3 *h, const char *table)
{
    sqlite3_stmt *s = NULL;
    bool yes = false;
    if (sqlite3_prepare_v2(h, "SELECT 1 FROM pragma_table_info(?) WHERE name = 'tenant_id'", -1, &s, NULL) != SQLITE_OK) return false;
    sqlite3_bind_text(s, 1, table, -1, SQLITE_STATIC);
    yes = sqlite3_step(s) == SQLITE_ROW;
    sqlite3_finalize(s);
    return yes;
}

static enum rc sqlite_explain(struct db *db, void (*bad)(const struct query *, const char *, void *), void *arg)
{
    struct sqlite *s = db->impl;
    sqlite3 *h;
    if (open_handle(s->path, false, &h) != SQLITE_OK) return RC_DB_DOWN;
    for (int i = 0; i < db->n_stmts; i++) {
        char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", db->stmts[i].sql);
        sqlite3_stmt *q = NULL;
        if (sqlite3_prepare_v2(h, text, -1, &q, NULL) != SQLITE_OK) bad(db->stmts[i].q, sqlite3_errmsg(h), arg);
        while (q && sqlite3_step(q) == SQLITE_ROW) {
            const char *plan = (const char *)sqlite3_column_text(q, 3);
            char table[64] = "";
            if (sscanf(plan, "SCAN %63s", table) == 1 && !strstr(plan, " USING ") && has_tenant_column(h, table) && !db->stmts[i].q->scan)
                bad(db->stmts[i].q, plan, arg);
        }
        sqlite3_finalize(q);
        sqlite3_free(text);
    }
    sqlite3_close(h);
    return RC_OK;
}

const struct engine sqlite_engine = { "sqlite", sqlite_open, sqlite_prepare, sqlite_close, sqlite_ping, sqlite_conn_open, sqlite_conn_close,
    sqlite_column_count, sqlite_column_name, sqlite_cell, sqlite_query, sqlite_exec, sqlite_lock, sqlite_enter, sqlite_tx, sqlite_script,
    sqlite_migrate_begin, sqlite_migrate_end, sqlite_applied, sqlite_explain };
