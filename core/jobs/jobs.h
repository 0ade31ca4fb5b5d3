/* jobs.h - what must happen outside, after the commit. A job is a row written in the business transaction; workers
 * lease it, run it, retry with back-off and jitter, and keep the dead ones visible. Effects carry the job's key. */
#pragma once
#include "core/db/db.h"

struct job {
    struct arena *arena;
    struct tdb *db;             /* inside the job's tenant */
    struct id id, tenant;
    const char *kind, *key, *payload; /* payload: JSON text the module wrote */
    int64_t attempt;            /* from 1 */
    int64_t now;
    char error[256];            /* set a sentence (no personal data) before returning a failure */
};
struct job_row {
    const char *kind, *doc;
    enum rc (*run)(struct job *); /* RC_OK done; RC_BUSY/RC_DB_DOWN/RC_OOM try again; anything else: dead letter */
    int attempts_max;           /* default 8: about 5 s, 30 s, 2 m, 10 m, 30 m, 2 h, 6 h, with jitter */
    int64_t timeout_s;          /* lease; default 60 */
};
/* Regular work, once per interval for the whole installation (one instance wins the tick). No tenant: platform statements. */
struct schedule_row { const char *name, *doc; int64_t every_s; enum rc (*run)(struct job *); };

/* Writes the job in this transaction. key: unique in the tenant for ever (a second one with the same key is dropped);
 * id: made outside. run_at: instant; payload: JSON object text. */
MUST_CHECK enum rc tx_job(struct tx *, struct id id, const char *kind, const char *key, int64_t run_at, const char *payload);

/* A text of the payload, which is the program's own: one level, no escapes. In the job's arena; NULL: absent. */
const char *job_text(const struct job *, const char *name);
/* An id of the payload. RC_INVALID, and says so: it is not there. */
MUST_CHECK enum rc job_id(struct job *, const char *name, struct id *out);
/* RC_INVALID: no attempt will read it. */
MUST_CHECK enum rc job_unreadable(struct job *);

struct job_runner;
struct job_runner_config { struct db *db; const struct job_row *const *tables; const struct schedule_row *const *schedules; int threads; int64_t poll_ms; };
/* tables, schedules: NULL-terminated lists of tables that end with an empty row. threads 0: none (jobs_run_due); < 0: four. poll_ms: how long a job that another process wrote may wait; 0: five seconds. */
MUST_CHECK enum rc jobs_start(struct job_runner **, const struct job_runner_config *);
void jobs_wake(struct job_runner *);             /* from db's on_wake */
void jobs_stop(struct job_runner *);             /* finishes what runs, gives the leases back */
/* For /metrics and doctor: how many jobs stand in each state, all tenants together. Any thread. */
struct jobs_stats { int64_t ready, running, done, dead; };
MUST_CHECK enum rc jobs_stats(struct job_runner *, struct jobs_stats *);
bool jobs_run_due(struct job_runner *);          /* tests and `demo`: run what is due now in this thread; true if any ran */
extern const struct query *const jobs_queries[];
