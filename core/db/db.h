/* db.h - one interface, two engines. A module sees queries (named constants), tdb (reads inside one tenant) and
 * tx (a write transaction). It never sees a connection, and it never writes SQL anywhere but in its table.
 *
 * Dialect: $1, $2 ... parameters; RETURNING, ON CONFLICT, CTEs, row values, partial indexes, FILTER, CAST(x AS ...);
 * never `::`, now(), arrays, FOR UPDATE, LIKE on unfolded text. Column types in migrations: UUID BIGINT TEXT
 * BYTEA; booleans are BIGINT 0/1; enums are TEXT; instants BIGINT microseconds; dates BIGINT days; money BIGINT.
 * Migrations: sql/NNNN_name.sql is run on both engines; for SQLite the runner turns UUID and BYTEA into BLOB,
 * BIGINT into INTEGER, appends STRICT to every CREATE TABLE, and WITHOUT ROWID where the line says so;
 * NNNN_name.sqlite.sql / NNNN_name.pg.sql run right after NNNN_name.sql on that engine (triggers, exclusion). On
 * PostgreSQL every table that has a column tenant_id gets row-level security, FORCEd, by the runner. */
#pragma once
#include "core/base/base.h"
#include "core/base/outcome.h"
#include "core/base/shape.h"

/* A statement. $1 is the tenant and the kernel binds it; the caller's arguments are $2, $3, ... in the order of
 * `args`, one letter each: u id, i integer, t text, b bytes, z boolean (bound as 0/1 integer).
 * platform: the reason why this statement may run without a tenant. Then the arguments start at $1, and the
 * module must be marked .platform. On PostgreSQL such a statement runs with the policy's platform scope. */
struct query {
    const char *name;      /* module.verb */
    const char *args;      /* "" or NULL: none */
    const char *sql;
    const char *pg;        /* another text for PostgreSQL, where it pays; same arguments, same columns */
    const char *platform;
    const char *scan;      /* the reason why a full scan is right here; NULL: the plan test refuses a scan */
    enum { KEPT_NOT, KEPT, KEPT_EXACT } kept;
    const struct query *const *more; /* for tx_run_later: the same INSERT for 2, 3 ... rows, its arguments row by row; ends with NULL */
};
/* KEPT: for what is set up rarely and read all the time. The process holds its rows until a table it reads is written to,
 * at most 2 s. A commit is seen at once by every later read of the same process, which on SQLite is the only one; on PostgreSQL by other
 * instances when its notification arrives, milliseconds later: so nothing that decides by itself (claims, money, a password)
 * is kept. KEPT_EXACT: kept on SQLite only. Reads inside a transaction always ask the database. */

struct arg { char kind; int64_t i; const char *s; struct id id; const void *b; size_t len; };
#define I(x)      ((struct arg){ .kind = 'i', .i = (x) })            /* NONE binds NULL */
#define Z(x)      ((struct arg){ .kind = 'z', .i = (x) ? 1 : 0 })
#define S(x)      ((struct arg){ .kind = 't', .s = (x) })            /* NULL binds NULL */
#define U(x)      ((struct arg){ .kind = 'u', .id = (x) })           /* nil binds NULL */
#define B(p, n)   ((struct arg){ .kind = 'b', .b = (p), .len = (n) })/* p NULL binds NULL */
#define ARGS(...) ((const struct arg[]){ __VA_ARGS__ __VA_OPT__(,) { 0 } })

struct tdb; /* reads inside one tenant (or platform statements, when it has no tenant yet) */
struct tx;  /* a write transaction; has a tdb for reading its own writes */

/* Reads. Columns are matched to the fields of `shape` by name (a column without a field is a fault; a field
 * without a column stays as it is). Text goes to the tdb's arena.
 * db_get: RC_OK, RC_NOT_FOUND (no row). db_list: fills *out with at most max rows, RC_OK also for none; a
 * statement must have its own LIMIT or be bounded by nature; more than max rows is a fault. */
MUST_CHECK enum rc db_get(struct tdb *, const struct query *, const struct arg *, const struct shape *, void *out);
MUST_CHECK enum rc db_list(struct tdb *, const struct query *, const struct arg *, const struct shape *, size_t max, struct list *out);
/* One row, one integer column; NULL gives NONE. RC_NOT_FOUND without a row. */
MUST_CHECK enum rc db_int(struct tdb *, const struct query *, const struct arg *, int64_t *out);
/* Several reads in one trip. Reads through the handle that db_batch returns are only queued (their arguments are copied) and
 * return RC_OK; db_batch_run sends them together, on PostgreSQL as one pipeline with one wait, and puts their results in place.
 * The first failure is its outcome. A db_get or db_int without a row is none: it leaves `out` as it was (an id stays nil).
 * Functions of a store that only pass statements on take either handle; one that looks at what it read takes the plain one.
 * A handle has one batch at a time, and nothing is sent of one that is not run:
 *     struct tdb *b = db_batch(db);
 *     TRY(locations_list(b, false, &locations));
 *     TRY(hours_list(b, provider, &hours));
 *     TRY(db_batch_run(b)); */
struct tdb *db_batch(struct tdb *);
MUST_CHECK enum rc db_batch_run(struct tdb *batch);
struct arena *db_arena(struct tdb *);
struct id db_tenant(const struct tdb *);
bool db_is_postgres(const struct tdb *);

/* Writes. On PostgreSQL they are sent in one pipeline and their failure may show only at the next read or at the
 * commit, as the result of tx_run; on SQLite at once. So: return at the first rc that is not RC_OK, and do not
 * act on one outcome inside the function. A violated unique index gives RC_CONFLICT, an overlapping claim
 * RC_OVERLAP, a missing parent row RC_NOT_FOUND, a CHECK a fault.
 * tx_one: exactly one row must be affected, else the transaction ends with `otherwise` (RC_STALE, RC_NOT_FOUND...). */
MUST_CHECK enum rc tx_run_query(struct tx *, const struct query *, const struct arg *);
MUST_CHECK enum rc tx_one(struct tx *, const struct query *, const struct arg *, enum rc otherwise);
/* A row that nothing in this transaction reads or refers to: written right before the commit, those of one statement together (query.more).
 * Text and bytes are copied. */
MUST_CHECK enum rc tx_run_later(struct tx *, const struct query *, const struct arg *);
struct tdb *tx_db(struct tx *);
/* Serialises transactions that name the same key until commit (PostgreSQL: advisory locks, taken in sorted
 * order; SQLite: nothing to do, there is one writer). At most 64 keys, one call per transaction. */
MUST_CHECK enum rc tx_lock(struct tx *, const int64_t *keys, size_t n);
/* Many may share a key; tx_lock of the same key waits for all of them, and they for it. Before tx_lock, one key. */
MUST_CHECK enum rc tx_lock_shared(struct tx *, int64_t key);
int64_t lock_key(const char *what, struct id a, int64_t b); /* hash for tx_lock */
/* A platform transaction that has just made a tenant goes on inside it. */
MUST_CHECK enum rc tx_enter_tenant(struct tx *, struct id tenant);

/* fn may run more than once: it depends on arg and the database only; no clock, network or new id inside.
 * Runs fn in one transaction; on SQLite on the writer thread, grouped with others into one commit. When it
 * returns RC_OK the commit is durable. Any other rc: nothing of it remains. Retries RC_RETRY up to 8 times. */
typedef enum rc tx_fn(struct tx *, void *arg);
MUST_CHECK enum rc db_tx(struct tdb *, const char *name, tx_fn *fn, void *arg);

/* Called inside the transaction after fn returned RC_OK and before the commit, when set on the tdb (the request
 * pipeline stores the answer to an Idempotency-Key here). */
void db_set_before_commit(struct tdb *, tx_fn *fn, void *arg);
/* What a transaction leaves to be woken up after its commit (bits, or-ed by tx_wake). */
enum { WAKE_JOBS = 1, WAKE_EVENTS = 2, WAKE_KEPT = 4 /* the kernel's own: forget what you keep */ };
void tx_wake(struct tx *, unsigned bits);

/* ---- For the kernel ---------------------------------------------------------------------------------------- */
struct db;
struct migration { const char *module, *name; int number; const char *sql, *sqlite, *pg; }; /* ends with module NULL */
struct query_set { const char *module; bool platform; const struct query *const *queries; }; /* ends with module NULL */
struct db_config {
    const char *url;                 /* "postgresql://..." or "sqlite:/path/file.db" */
    int readers_max;                 /* tdb handles that may be open at once */
    const struct migration *migrations;
    const struct query_set *queries; /* prepared and audited at start; a bad one stops the start */
    void (*on_wake)(unsigned bits);  /* after a commit, and on a notification from another instance; any thread */
};
/* Migrates unless DB_CHECK_ONLY (then a pending migration is an error), prepares and audits every statement. DB_READ_ONLY is
 * DB_CHECK_ONLY beside a server that runs: no lock, and every transaction is refused (RC_FAULT).
 * Errors are logged and, in words for a person, put into err. */
enum { DB_CHECK_ONLY = 1, DB_READ_ONLY = 2 };
MUST_CHECK enum rc db_open(struct db **, const struct db_config *, unsigned flags, char *err, size_t err_len);
void db_close(struct db *);          /* waits for the writer to finish what is queued */
MUST_CHECK enum rc db_ping(struct db *);
const char *db_engine(const struct db *); /* "sqlite" or "postgresql" */
/* A handle belongs to one thread at a time. tenant nil: platform statements only, until tdb_set_tenant. */
struct tdb *tdb_open(struct db *);   /* NULL: out of connections or memory */
void tdb_close(struct tdb *);
void tdb_begin(struct tdb *, struct arena *, struct id tenant); /* before each request or job */
void tdb_set_tenant(struct tdb *, struct id tenant);
struct db_stats { int64_t commits, transactions, retries, queue_length, batch_max, kept_hits, kept_misses; };
void db_stats(struct db *, struct db_stats *);
/* EXPLAINs every statement on this engine; calls bad(query, plan) for each scan of a table that has a tenant_id
 * and whose query has no .scan reason. For the plan test. */
MUST_CHECK enum rc db_explain(struct db *, void (*bad)(const struct query *, const char *plan, void *), void *arg);
/* PostgreSQL: the role ignores row-level security (superuser, BYPASSRLS): the second wall is missing. */
bool db_bypasses_rls(const struct db *);
/* Tests: every transaction is rolled back once and run again; the n-th statement from now answers RC_RETRY. */
struct db_test_hooks { bool tx_twice; int64_t busy_at; int64_t fail_at; };
extern struct db_test_hooks db_test_hooks;
