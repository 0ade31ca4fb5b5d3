/* engine.h - private to core/db: what db.c (statements, decoding, retries) asks of an engine (sqlite.c, postgres.c). */
#pragma once
#include "core/db/db.h"
#include <pthread.h>
#include <stdatomic.h>

enum { ARGS_MAX = 40, COLUMNS_MAX = 64, TX_ATTEMPTS_MAX = 8 };

/* The columns of a statement matched to the fields of one shape. Made at first use, never freed before close. */
struct column_map { const struct shape *shape; int n; const struct field *field[COLUMNS_MAX]; struct column_map *next; };

/* A registered statement. */
struct stmt {
    const struct query *q;
    const char *sql;               /* for this engine */
    int index;                     /* position in db->stmts; engines key their prepared statements by it */
    int n_params;                  /* $1..$n in the text, the tenant included */
    bool has_tenant;               /* $1 is the tenant (not a platform statement) */
    char types[ARGS_MAX + 1];      /* of $1..$n: 'u', then q->args */
    int param_index[ARGS_MAX + 1]; /* sqlite: position of $k */
    uint64_t reads, writes;        /* bits of tracked tables: what a kept statement reads, what any statement writes (memo.h) */
    _Atomic(struct column_map *) maps;
};

/* What a transaction wrote to: bits of tracked tables (memo.h). */
struct wrote { uint64_t tenants, platform; struct id tenant; };

struct engine;
struct memo;
struct db {
    const struct engine *engine;
    struct memo *memo;
    struct db_config config;
    unsigned flags; /* of db_open */
    struct stmt *stmts; int n_stmts;
    struct stmt **by_query; size_t n_slots; /* open addressing on the query's address */
    void *impl;                    /* the engine's own */
    _Atomic int64_t commits, transactions, retries, batch_max, queue;
    bool bypasses_rls;             /* postgres: the role ignores row-level security */
};

struct tdb {
    struct db *db;
    void *conn;                    /* the engine's connection; NULL: opened at first use (postgres after a loss) */
    struct arena *arena;
    struct id tenant;
    tx_fn *before_commit; void *before_commit_arg;
    struct tx *tx;                 /* the transaction it reads inside of, or NULL */
    struct batch *batch;           /* room for its batch of reads */
    struct batch *queue;           /* this is the handle of that batch: reads only queue in it */
};

/* A row of tx_run_later; q NULL: written. */
struct late { const struct query *q; const struct arg *args; };
enum { LATE_MAX = 16 };

/* A transaction. `view` is the tdb its reads go through: the caller's arena and tenant on the writing connection. */
struct tx { struct tdb view; unsigned wake; void *impl; struct wrote wrote; struct late late[LATE_MAX]; int n_late; };

/* One value of a row. Text and bytes live until the next row. */
struct cell { enum { CELL_NULL, CELL_INT, CELL_TEXT, CELL_BYTES } type; int64_t i; const char *s; size_t len; };
struct row { void *impl; int n; const struct cell *kept; }; /* kept: the cells themselves, from the memo */
typedef enum rc row_fn(void *ctx, const struct row *);

/* A reading statement; args are the caller's (without the tenant). on_row may be called 0..n times. */
struct read { const struct stmt *stmt; const struct arg *args; row_fn *on_row; void *ctx; };
enum { BATCH_READS_MAX = 32 };

struct engine {
    const char *name;
    enum rc (*open)(struct db *, char *err, size_t err_len);      /* connect; migrations come next */
    enum rc (*prepare)(struct db *, char *err, size_t err_len);   /* after migrations: prepare all statements, start threads */
    void (*close)(struct db *);
    enum rc (*ping)(struct db *);
    void *(*conn_open)(struct db *);                              /* a connection for reads (postgres: also for writes) */
    void (*conn_close)(struct db *, void *conn);
    int (*column_count)(const struct row *);
    const char *(*column_name)(const struct row *, int col);
    void (*cell)(const struct row *, int col, struct cell *);
    /* Runs up to BATCH_READS_MAX reading statements, where it can in one trip, and gives their rows in the same order. */
    enum rc (*query)(struct tdb *, const struct read *, int n);
    /* Runs a writing statement. one: exactly one row must be affected, else the transaction ends with `otherwise`. */
    enum rc (*exec)(struct tx *, const struct stmt *, const struct arg *, bool one, enum rc otherwise);
    enum rc (*lock)(struct tx *, const int64_t *sorted_unique_keys, size_t n, bool shared);
    enum rc (*enter)(struct tx *, struct id tenant);
    /* Runs tx_attempt (below) in a transaction with retries, and after a durable commit calls config.on_wake. */
    enum rc (*tx)(struct tdb *, const char *name, tx_fn *fn, void *arg);
    /* Migrations: a script of several statements in one transaction together with `record` (one INSERT). */
    enum rc (*script)(struct db *, const char *sql, const char *record, char *err, size_t err_len);
    enum rc (*migrate_begin)(struct db *, char *err, size_t err_len); /* lock out other instances; make schema_migration */
    enum rc (*migrate_end)(struct db *, char *err, size_t err_len);   /* postgres: row-level security; unlock */
    /* Rows of schema_migration: (module, number, checksum). */
    enum rc (*applied)(struct db *, enum rc (*row)(void *ctx, const char *module, int64_t number, const char *checksum), void *ctx);
    enum rc (*explain)(struct db *, void (*bad)(const struct query *, const char *plan, void *), void *arg);
};
extern const struct engine sqlite_engine, postgres_engine;

/* db.c, for engines. Runs fn and then before_commit; checks the arena; honours the test hook that throws the first
 * attempt away (then RC_RETRY). The engine commits when it returns RC_OK and rolls back otherwise; the arena is
 * rewound by the engine to `mark` before another attempt. */
enum rc tx_attempt(struct tx *, tx_fn *fn, void *arg, int attempt);
/* The registered statement; what was passed for it is checked. */
const struct stmt *db_stmt(const struct db *, const struct query *);
void db_check_args(const struct stmt *, const struct arg *);
/* read.c: the room of a handle for its batch; NULL: out of memory. */
struct batch *batch_new(void);
void batch_free(struct batch *);
/* True when a hook wants this statement to fail; *rc says how. */
bool test_hook_fails(enum rc *rc);
/* migrate.c */
enum rc db_migrate(struct db *, unsigned flags, char *err, size_t err_len);
/* audit.c: the tenant rules on every statement, with SQLite's authorizer on a scratch database of the same migrations. */
enum rc db_audit(struct db *, const struct query_set *, char *err, size_t err_len);
/* migrate.c: DDL of a migration as SQLite wants it (malloc'd). */
char *ddl_for_sqlite(const char *sql);
