/* postgres.h - private to postgres*.c: one libpq connection in pipeline mode and what is on its way in it. */
#pragma once
#include "core/db/engine.h"
#include <libpq-fe.h>

/* The engine's own statements; numbered behind the registered ones in pg_conn.prepared. */
enum pg_own { OWN_BEGIN, OWN_COMMIT, OWN_ROLLBACK, OWN_CONFIG, OWN_LOCK, OWN_SHARE, OWN_SCANS, N_OWN };

/* A statement whose result has not been taken yet, in the order of sending. */
struct pg_sent {
    enum { SENT_PREPARE, SENT_OWN, SENT_STMT, SENT_READ } kind;
    int slot;                /* index into pg_conn.prepared */
    const struct stmt *stmt; /* NULL for the engine's own */
    bool one;
    enum rc otherwise;
};

enum { PG_QUEUE_MAX = 192, PG_QUEUE_DEEP = 160 }; /* one call adds at most 8 */

struct pg_conn {
    struct db *db;
    PGconn *pg;              /* NULL: not connected */
    unsigned char *prepared; /* by slot: 0 no, 1 on its way, 2 yes */
    struct pg_sent queue[PG_QUEUE_MAX];
    int queued;
    bool ones;            /* a queued statement expects exactly one row */
    bool in_tx, platform; /* platform: the scope the session has at the end of the queue */
    bool committed;       /* COMMIT was answered */
    bool stale;           /* its prepared statements are no longer valid: reconnect */
    enum rc failed;       /* the first failure since pg_conn_ready */
    PGresult *reads[BATCH_READS_MAX]; /* the results of the SENT_READs, in order */
    int n_reads;
};

struct pg_impl {
    PGconn *admin;              /* migrations and prepare; NULL afterwards */
    char *options;              /* the session's settings, after those of the URL */
    char tag[20];               /* this instance in the payload of a notification */
    _Atomic int64_t down_until; /* after a failed connect: no other attempt before (monotonic us) */
    pthread_mutex_t ping_mutex;
    PGconn *ping;
    /* notifier and listener */
    pthread_mutex_t wake_mutex;
    pthread_cond_t wake_cond;
    unsigned wake_bits;
    bool stopping, threads;
    int stop_fd; /* eventfd: readable when stopping */
    pthread_t notifier, listener;
};

/* postgres_conn.c */
PGconn *pg_connect(struct db *, char *err, size_t err_len); /* NULL: err says why */
/* Connected, idle and with a clean slate, or the reason why not. */
enum rc pg_conn_ready(struct pg_conn *);
void pg_conn_drop(struct pg_conn *);
void pg_reads_clear(struct pg_conn *);
enum rc pg_send_own(struct pg_conn *, enum pg_own, const char *const *text_params, int n);
enum rc pg_send_config(struct pg_conn *, struct id tenant, bool platform);
enum rc pg_send_stmt(struct pg_conn *, const struct stmt *, struct id tenant, const struct arg *, struct pg_sent);
/* Sends a Sync and takes every result up to it. Returns conn->failed. */
enum rc pg_drain(struct pg_conn *);
int pg_param_types(const struct stmt *, Oid out[ARGS_MAX + 1]);
/* What an error of the server means. name: the statement, for the log. */
enum rc pg_error_rc(const PGresult *, const char *name);
/* Waits at most timeout_ms for something to read or (write) to send; false: time is up or the socket is gone. */
bool pg_wait(PGconn *, bool write, int timeout_ms);

/* postgres_setup.c */
enum rc pg_open(struct db *, char *err, size_t err_len);
enum rc pg_prepare(struct db *, char *err, size_t err_len);
void pg_close(struct db *);
enum rc pg_script(struct db *, const char *sql, const char *record, char *err, size_t err_len);
enum rc pg_migrate_begin(struct db *, char *err, size_t err_len);
enum rc pg_migrate_end(struct db *, char *err, size_t err_len);
enum rc pg_applied(struct db *, enum rc (*row)(void *ctx, const char *module, int64_t number, const char *checksum), void *ctx);
enum rc pg_explain(struct db *, void (*bad)(const struct query *, const char *plan, void *), void *arg);

/* postgres_wake.c */
enum rc pg_wake_start(struct db *);
void pg_wake_stop(struct db *);
void pg_wake_send(struct db *, unsigned bits); /* wakes this instance at once and tells the others soon */
enum rc pg_ping(struct db *);
