/* postgres_wake.c - telling other instances that there is work, hearing it from them, and the ping.
 * NOTIFY takes a lock on the whole server at commit, so it never stands in a business transaction: a thread with a
 * connection of its own collects the bits of many commits and sends them as one notification. */
#include "core/db/memo.h"
#include "core/db/postgres.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum { PING_TIMEOUT_MS = 2000, ANSWER_TIMEOUT_MS = 5000, BACKOFF_MIN_MS = 200, BACKOFF_MAX_MS = 5000, NOTIFY_PAUSE_MS = 10 };
enum { WAKE_ALL = WAKE_JOBS | WAKE_EVENTS | WAKE_KEPT };

/* One statement on a plain connection, bounded in time. */
static bool run_simple(PGconn *pg, const char *sql, int timeout_ms)
{
    int64_t until = monotonic_us() + timeout_ms * 1000LL;
    bool ok = true;
    if (!PQsendQuery(pg, sql)) return false;
    while (PQisBusy(pg)) {
        int64_t left = until - monotonic_us();
        if (left <= 0 || !pg_wait(pg, false, (int)(left / 1000) + 1) || !PQconsumeInput(pg)) return false;
    }
    for (PGresult *res; (res = PQgetResult(pg)) != NULL; PQclear(res)) {
        ExecStatusType status = PQresultStatus(res);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) ok = false;
    }
    return ok && PQstatus(pg) == CONNECTION_OK;
}

enum rc pg_ping(struct db *db)
{
    struct pg_impl *impl = db->impl;
    char err[256];
    bool ok = false;
    pthread_mutex_lock(&impl->ping_mutex);
    for (int attempt = 0; attempt < 2 && !ok; attempt++) { /* the second one: our idle connection was cut */
        if (!impl->ping) impl->ping = pg_connect(db, err, sizeof err);
        if (!impl->ping) break;
        ok = run_simple(impl->ping, "SELECT 1", PING_TIMEOUT_MS);
        if (ok) break;
        PQfinish(impl->ping);
        impl->ping = NULL;
    }
    pthread_mutex_unlock(&impl->ping_mutex);
    return ok ? RC_OK : RC_DB_DOWN;
}

/* False: we are stopping. */
static bool sleep_unless_stopping(struct pg_impl *impl, int ms)
{
    struct pollfd fd = { .fd = impl->stop_fd, .events = POLLIN };
    return poll(&fd, 1, ms) <= 0;
}

/* ---- Notifier -------------------------------------------------------------------------------------------------- */
void pg_wake_send(struct db *db, unsigned bits)
{
    struct pg_impl *impl = db->impl;
    if (db->config.on_wake) db->config.on_wake(bits);
    pthread_mutex_lock(&impl->wake_mutex);
    impl->wake_bits |= bits;
    pthread_cond_signal(&impl->wake_cond);
    pthread_mutex_unlock(&impl->wake_mutex);
}

static unsigned take_bits(struct pg_impl *impl)
{
    pthread_mutex_lock(&impl->wake_mutex);
    while (!impl->wake_bits && !impl->stopping) pthread_cond_wait(&impl->wake_cond, &impl->wake_mutex);
    unsigned bits = impl->wake_bits;
    impl->wake_bits = 0;
    pthread_mutex_unlock(&impl->wake_mutex);
    return bits;
}

static PGconn *connect_for(struct db *db, const char *sql)
{
    char err[256];
    PGconn *pg = pg_connect(db, err, sizeof err);
    if (pg && run_simple(pg, sql, ANSWER_TIMEOUT_MS)) return pg;
    PQfinish(pg);
    return NULL;
}

/* The commit of a notification need not reach the disk: who was away looks for work anyway when it comes back. */
static bool notify(struct db *db, PGconn **pg, unsigned bits)
{
    struct pg_impl *impl = db->impl;
    char sql[96];
    snprintf(sql, sizeof sql, "SELECT pg_notify('clinicd', '%s:%u')", impl->tag, bits);
    if (!*pg) *pg = connect_for(db, "SET synchronous_commit = off");
    if (*pg && run_simple(*pg, sql, ANSWER_TIMEOUT_MS)) return true;
    PQfinish(*pg);
    *pg = NULL;
    return false;
}

static void *notifier_main(void *arg)
{
    struct db *db = arg;
    struct pg_impl *impl = db->impl;
    PGconn *pg = NULL;
    int backoff = BACKOFF_MIN_MS;
    for (unsigned bits; (bits = take_bits(impl)) != 0;) {
        while (!notify(db, &pg, bits)) {
            if (!sleep_unless_stopping(impl, backoff)) break;
            backoff = backoff * 2 < BACKOFF_MAX_MS ? backoff * 2 : BACKOFF_MAX_MS;
        }
        backoff = BACKOFF_MIN_MS;
        (void)sleep_unless_stopping(impl, NOTIFY_PAUSE_MS); /* a busy instance sends a hundred a second, not thousands */
    }
    PQfinish(pg);
    return NULL;
}

/* ---- Listener -------------------------------------------------------------------------------------------------- */
static void hear(struct db *db, PGconn *pg)
{
    struct pg_impl *impl = db->impl;
    size_t tag = strlen(impl->tag);
    unsigned bits = 0;
    for (PGnotify *n; (n = PQnotifies(pg)) != NULL; PQfreemem(n)) {
        const char *colon = strchr(n->extra, ':');
        bool mine = strncmp(n->extra, impl->tag, tag) == 0 && n->extra[tag] == ':';
        if (colon && !mine) bits |= (unsigned)strtoul(colon + 1, NULL, 10) & WAKE_ALL;
    }
    if (bits & WAKE_KEPT) memo_forget(db->memo);
    if (bits && db->config.on_wake) db->config.on_wake(bits);
}

/* Until the connection breaks (true) or we stop (false). */
static bool listen_on(struct db *db, PGconn *pg)
{
    struct pg_impl *impl = db->impl;
    for (;;) {
        hear(db, pg);
        struct pollfd fds[2] = { { .fd = impl->stop_fd, .events = POLLIN }, { .fd = PQsocket(pg), .events = POLLIN } };
        if (poll(fds, 2, -1) < 0) continue; /* a signal */
        if (fds[0].revents) return false;
        if (!PQconsumeInput(pg) || PQstatus(pg) != CONNECTION_OK) return true;
    }
}

static void *listener_main(void *arg)
{
    struct db *db = arg;
    struct pg_impl *impl = db->impl;
    int backoff = BACKOFF_MIN_MS;
    bool first = true, go_on = true;
    while (go_on) {
        PGconn *pg = connect_for(db, "LISTEN clinicd");
        if (pg) {
            memo_forget(db->memo);
            if (!first && db->config.on_wake) db->config.on_wake(WAKE_ALL); /* whatever was said while we were deaf */
            first = false;
            backoff = BACKOFF_MIN_MS;
            go_on = listen_on(db, pg);
            PQfinish(pg);
        }
        if (!go_on || !sleep_unless_stopping(impl, backoff)) break;
        backoff = backoff * 2 < BACKOFF_MAX_MS ? backoff * 2 : BACKOFF_MAX_MS;
    }
    return NULL;
}

/* ---- Start and stop --------------------------------------------------------------------------------------------- */
enum rc pg_wake_start(struct db *db)
{
    struct pg_impl *impl = db->impl;
    if (pthread_create(&impl->notifier, NULL, notifier_main, db) != 0) return fault(RC_FAULT, "postgres: no thread for the notifier");
    if (pthread_create(&impl->listener, NULL, listener_main, db) != 0) {
        pg_wake_stop(db);
        pthread_join(impl->notifier, NULL);
        return fault(RC_FAULT, "postgres: no thread for the listener");
    }
    impl->threads = true;
    return RC_OK;
}

void pg_wake_stop(struct db *db)
{
    struct pg_impl *impl = db->impl;
    pthread_mutex_lock(&impl->wake_mutex);
    impl->stopping = true;
    pthread_cond_signal(&impl->wake_cond);
    pthread_mutex_unlock(&impl->wake_mutex);
    uint64_t one = 1;
    if (write(impl->stop_fd, &one, sizeof one) != sizeof one) LOG(LOG_WARN, "db.stop_signal_failed", KI("fd", impl->stop_fd));
    if (!impl->threads) return;
    pthread_join(impl->notifier, NULL);
    pthread_join(impl->listener, NULL);
    impl->threads = false;
}
