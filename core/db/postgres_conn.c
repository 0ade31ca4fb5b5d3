/* postgres_conn.c - one connection: connecting, preparing at first use, sending without waiting, taking the results
 * in order, and what an SQLSTATE means. The connection is always in pipeline mode; a group of statements ends with
 * a Sync (pg_drain). The first failure is latched in conn->failed and decides the outcome of the group. */
#include "core/db/postgres.h"

#include <endian.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OID_BYTEA = 17, OID_INT8 = 20, OID_TEXT = 25, OID_UUID = 2950 };
enum { SILENCE_MAX_MS = 30000, RECONNECT_PAUSE_US = 200000 };

static const struct {
    const char *sql;
    int n_text;
} own[N_OWN] = {
    [OWN_BEGIN] = { "BEGIN", 0 },
    [OWN_COMMIT] = { "COMMIT", 0 },
    [OWN_ROLLBACK] = { "ROLLBACK", 0 },
    [OWN_CONFIG] = { "SELECT set_config('app.tenant_id', $1, true), set_config('app.scope', $2, true)", 2 },
    [OWN_LOCK] = { "SELECT pg_advisory_xact_lock(k) FROM unnest(string_to_array($1, ',')::bigint[]) AS k", 1 },
    [OWN_SCANS] = { "SELECT set_config('enable_seqscan', $1, true)", 1 },
    [OWN_SHARE] = { "SELECT pg_advisory_xact_lock_shared(k) FROM unnest(string_to_array($1, ',')::bigint[]) AS k", 1 },
};

/* ---- Connecting ------------------------------------------------------------------------------------------- */
static void ignore_notice(void *arg, const PGresult *res)
{
    (void)arg;
    (void)res;
}

PGconn *pg_connect(struct db *db, char *err, size_t err_len)
{
    struct pg_impl *impl = db->impl;
    const char *const keys[] = { "dbname", "options", "client_encoding", "application_name", "connect_timeout", "tcp_user_timeout", NULL };
    const char *const values[] = { db->config.url, impl->options, "UTF8", "clinicd", "5", "30000", NULL };
    PGconn *pg = PQconnectdbParams(keys, values, 1);
    if (pg && PQstatus(pg) == CONNECTION_OK) {
        PQsetNoticeReceiver(pg, ignore_notice, NULL);
        return pg;
    }
    snprintf(err, err_len, "%s", pg ? PQerrorMessage(pg) : "out of memory");
    err[strcspn(err, "\n")] = '\0';
    PQfinish(pg);
    return NULL;
}

void pg_reads_clear(struct pg_conn *c)
{
    for (int i = 0; i < c->n_reads; i++) PQclear(c->reads[i]);
    c->n_reads = 0;
}

void pg_conn_drop(struct pg_conn *c)
{
    pg_reads_clear(c);
    PQfinish(c->pg);
    c->pg = NULL;
    free(c->prepared);
    c->prepared = NULL;
    c->queued = 0;
    c->in_tx = c->stale = false;
}

static enum rc conn_lost(struct pg_conn *c)
{
    LOG(LOG_WARN, "db.connection_lost", KI("unanswered", c->queued));
    pg_conn_drop(c);
    if (c->failed == RC_OK) c->failed = RC_DB_DOWN;
    return c->failed;
}

static enum rc conn_connect(struct pg_conn *c)
{
    struct pg_impl *impl = c->db->impl;
    if (monotonic_us() < atomic_load(&impl->down_until)) return RC_DB_DOWN;
    char err[256];
    c->prepared = calloc((size_t)c->db->n_stmts + N_OWN, 1);
    if (!c->prepared) return RC_OOM;
    c->pg = pg_connect(c->db, err, sizeof err);
    if (c->pg && PQenterPipelineMode(c->pg) && PQsetnonblocking(c->pg, 1) == 0) return RC_OK;
    if (!c->pg) LOG(LOG_ERROR, "db.connect_failed", KS("message", err));
    atomic_store(&impl->down_until, monotonic_us() + RECONNECT_PAUSE_US);
    pg_conn_drop(c);
    return RC_DB_DOWN;
}

bool pg_wait(PGconn *pg, bool write, int timeout_ms)
{
    struct pollfd fd = { .fd = PQsocket(pg), .events = (short)(write ? POLLIN | POLLOUT : POLLIN) };
    if (fd.fd < 0) return false;
    int64_t until = monotonic_us() + timeout_ms * 1000LL;
    for (;;) {
        int64_t left = until - monotonic_us();
        int n = poll(&fd, 1, left > 0 ? (int)(left / 1000) : 0);
        if (n > 0) return true;
        if (n == 0 || left <= 0) return false; /* n < 0: a signal */
    }
}

/* The server may have closed an idle connection (restart, pg_terminate_backend): its farewell is already here. */
static bool conn_is_dead(struct pg_conn *c)
{
    if (PQstatus(c->pg) == CONNECTION_BAD) return true;
    if (!pg_wait(c->pg, false, 0)) return false;
    if (!PQconsumeInput(c->pg) || PQstatus(c->pg) == CONNECTION_BAD) return true;
    if (!pg_wait(c->pg, false, 0)) return false; /* a parameter's new value or a notice */
    return !PQconsumeInput(c->pg) || PQstatus(c->pg) == CONNECTION_BAD;
}

enum rc pg_conn_ready(struct pg_conn *c)
{
    ASSERT(c->queued == 0);
    pg_reads_clear(c);
    c->failed = RC_OK;
    c->ones = c->committed = c->platform = false;
    if (c->pg && (c->stale || conn_is_dead(c))) pg_conn_drop(c);
    return c->pg ? RC_OK : conn_connect(c);
}

/* ---- What an error means ------------------------------------------------------------------------------------ */
static bool state_is_down(const char *s)
{
    return strncmp(s, "08", 2) == 0 || strncmp(s, "57P0", 4) == 0 || strncmp(s, "53", 2) == 0 || strcmp(s, "25P03") == 0 ||
           strcmp(s, "25006") == 0; /* 25006: read only, we are talking to a standby */
}

enum rc pg_error_rc(const PGresult *res, const char *name)
{
    static const struct {
        const char *state;
        enum rc rc;
    } known[] = {
        { "23P01", RC_OVERLAP },
        { "23505", RC_CONFLICT },
        { "23503", RC_NOT_FOUND },
        { "40P01", RC_RETRY },
        { "40001", RC_RETRY },
        { "57014", RC_BUSY },
        { "55P03", RC_BUSY },
    };
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    if (!state) return RC_DB_DOWN; /* made by libpq itself: the connection broke */
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (strcmp(known[i].state, state) == 0) return known[i].rc;
    const char *text = PQresultErrorField(res, PG_DIAG_MESSAGE_PRIMARY);
    if (strcmp(state, "P0001") == 0 && text && strstr(text, "claim_overlap")) return RC_OVERLAP;
    if (state_is_down(state)) {
        LOG(LOG_ERROR, "db.down", KS("statement", name), KS("sqlstate", state));
        return RC_DB_DOWN;
    }
    const char *constraint = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
    const char *column = PQresultErrorField(res, PG_DIAG_COLUMN_NAME);
    /* Only names: the message of a data error may quote the data. */
    return fault(RC_FAULT, "%s: SQLSTATE %s %s %s", name, state, constraint ? constraint : "", column ? column : "");
}

static void take_error(struct pg_conn *c, const struct pg_sent *sent, const PGresult *res)
{
    const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
    enum rc rc;
    /* 0A000 here: "cached plan must not change result type", after another instance migrated; 26000: the prepared
     * statements are gone. A new connection prepares them again. */
    if (state && sent->kind != SENT_PREPARE && (strcmp(state, "0A000") == 0 || strcmp(state, "26000") == 0)) {
        c->stale = true;
        rc = RC_RETRY;
    } else {
        rc = pg_error_rc(res, sent->stmt ? sent->stmt->q->name : own[sent->slot - c->db->n_stmts].sql);
    }
    if (c->failed == RC_OK) c->failed = rc;
}

/* ---- Sending ------------------------------------------------------------------------------------------------ */
int pg_param_types(const struct stmt *s, Oid out[ARGS_MAX + 1])
{
    for (int i = 0; i < s->n_params; i++) {
        char t = s->types[i];
        out[i] = t == 'u' ? OID_UUID : t == 't' ? OID_TEXT : t == 'b' ? OID_BYTEA : OID_INT8;
    }
    return s->n_params;
}

static enum rc sent(struct pg_conn *c, int ok, struct pg_sent entry)
{
    if (!ok) {
        if (PQstatus(c->pg) == CONNECTION_BAD) return conn_lost(c);
        if (c->failed == RC_OK) c->failed = fault(RC_FAULT, "postgres: %.200s", PQerrorMessage(c->pg));
        return c->failed;
    }
    ASSERT(c->queued < PG_QUEUE_MAX);
    c->queue[c->queued++] = entry;
    if (entry.one) c->ones = true;
    return RC_OK;
}

static enum rc send_prepare(struct pg_conn *c, int slot, const struct stmt *s, const char *sql, int n, const Oid *types)
{
    if (c->prepared[slot] != 0) return RC_OK;
    char name[16];
    snprintf(name, sizeof name, "s%d", slot);
    int ok = PQsendPrepare(c->pg, name, sql, n, types);
    TRY(sent(c, ok, (struct pg_sent){ .kind = SENT_PREPARE, .slot = slot, .stmt = s }));
    c->prepared[slot] = 1;
    return RC_OK;
}

enum rc pg_send_own(struct pg_conn *c, enum pg_own which, const char *const *text_params, int n)
{
    ASSERT(n == own[which].n_text);
    static const Oid text_types[2] = { OID_TEXT, OID_TEXT };
    int slot = c->db->n_stmts + (int)which;
    TRY(send_prepare(c, slot, NULL, own[which].sql, n, text_types));
    char name[16];
    snprintf(name, sizeof name, "s%d", slot);
    int ok = PQsendQueryPrepared(c->pg, name, n, text_params, NULL, NULL, 1);
    return sent(c, ok, (struct pg_sent){ .kind = SENT_OWN, .slot = slot });
}

enum rc pg_send_config(struct pg_conn *c, struct id tenant, bool platform)
{
    char text[ID_TEXT];
    const char *params[2] = { id_is_nil(tenant) ? "" : id_format(tenant, text), platform ? "platform" : "" };
    TRY(pg_send_own(c, OWN_CONFIG, params, 2));
    c->platform = platform;
    return RC_OK;
}

struct params {
    const char *values[ARGS_MAX + 1];
    int lengths[ARGS_MAX + 1], formats[ARGS_MAX + 1];
    uint64_t ints[ARGS_MAX + 1];
};

static void bind_one(struct params *p, int i, char type, const struct arg *a)
{
    p->values[i] = NULL;
    p->lengths[i] = 0;
    p->formats[i] = type != 't';
    if (type == 'u') {
        if (!id_is_nil(a->id)) p->values[i] = (const char *)a->id.b;
        p->lengths[i] = sizeof a->id.b;
    } else if (type == 't') {
        p->values[i] = a->s;
    } else if (type == 'b') {
        /* libpq takes a NULL pointer for SQL NULL; bytes of length 0 have a pointer. */
        p->values[i] = a->b;
        p->lengths[i] = (int)a->len;
    } else if (a->i != NONE) {
        p->ints[i] = htobe64((uint64_t)a->i);
        p->values[i] = (const char *)&p->ints[i];
        p->lengths[i] = sizeof p->ints[i];
    }
}

static enum rc send_one(struct pg_conn *c, const struct stmt *s, struct id tenant, const struct arg *args, struct pg_sent entry)
{
    struct params p;
    Oid types[ARGS_MAX + 1];
    int n = pg_param_types(s, types);
    int shift = s->has_tenant ? 1 : 0;
    const struct arg first = U(tenant);
    for (int i = 0; i < n; i++) bind_one(&p, i, s->types[i], i < shift ? &first : &args[i - shift]);
    TRY(send_prepare(c, s->index, s, s->sql, n, types));
    char name[16];
    snprintf(name, sizeof name, "s%d", s->index);
    int ok = PQsendQueryPrepared(c->pg, name, n, p.values, p.lengths, p.formats, 1);
    entry.slot = s->index;
    entry.stmt = s;
    return sent(c, ok, entry);
}

/* What says why it reads a table whole may: for that statement, wherever in the transaction it is planned. */
enum rc pg_send_stmt(struct pg_conn *c, const struct stmt *s, struct id tenant, const struct arg *args, struct pg_sent entry)
{
    if (!s->q->scan) return send_one(c, s, tenant, args, entry);
    TRY(pg_send_own(c, OWN_SCANS, (const char *const[]){ "on" }, 1));
    TRY(send_one(c, s, tenant, args, entry));
    return pg_send_own(c, OWN_SCANS, (const char *const[]){ "off" }, 1);
}

/* ---- Taking results ----------------------------------------------------------------------------------------- */
/* PQgetResult that gives up on a silent server. NULL with conn->pg NULL: the connection is lost. */
static PGresult *next_result(struct pg_conn *c)
{
    for (;;) {
        int unsent = PQflush(c->pg);
        if (unsent < 0 && PQstatus(c->pg) == CONNECTION_BAD) break;
        if (!PQisBusy(c->pg)) return PQgetResult(c->pg);
        if (!pg_wait(c->pg, unsent > 0, SILENCE_MAX_MS)) break;
        if (!PQconsumeInput(c->pg)) break;
    }
    /* What the server said before it closed is worth more than "lost". */
    PGresult *res = PQisBusy(c->pg) ? NULL : PQgetResult(c->pg);
    if (!res) conn_lost(c);
    return res;
}

static void take_ok(struct pg_conn *c, const struct pg_sent *s, PGresult *res)
{
    if (s->kind == SENT_PREPARE) c->prepared[s->slot] = 2;
    if (s->kind == SENT_OWN && s->slot - c->db->n_stmts == OWN_COMMIT) {
        if (strcmp(PQcmdStatus(res), "COMMIT") == 0) c->committed = true; /* else ROLLBACK: the transaction had failed */
    }
    if (s->one && strcmp(PQcmdTuples(res), "1") != 0 && c->failed == RC_OK) c->failed = s->otherwise;
}

static bool take(struct pg_conn *c, const struct pg_sent *s)
{
    PGresult *res = next_result(c);
    if (!res) {
        if (c->pg) conn_lost(c); /* a statement without a result: out of step */
        return false;
    }
    ExecStatusType status = PQresultStatus(res);
    bool ok = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    if (ok) take_ok(c, s, res);
    else if (s->kind == SENT_PREPARE) c->prepared[s->slot] = 0;
    if (!ok && status != PGRES_PIPELINE_ABORTED) take_error(c, s, res);
    if (ok && s->kind == SENT_READ) {
        ASSERT(c->n_reads < BATCH_READS_MAX);
        c->reads[c->n_reads++] = res;
    } else {
        PQclear(res);
    }
    if (PQstatus(c->pg) == CONNECTION_BAD) {
        conn_lost(c);
        return false;
    }
    PGresult *end = next_result(c); /* NULL ends a statement */
    bool in_step = end == NULL && c->pg;
    PQclear(end);
    if (!in_step && c->pg) conn_lost(c);
    return in_step;
}

enum rc pg_drain(struct pg_conn *c)
{
    if (!c->pg) return c->failed != RC_OK ? c->failed : RC_DB_DOWN;
    if (!PQpipelineSync(c->pg)) return conn_lost(c);
    int n = c->queued;
    for (int i = 0; i < n; i++)
        if (!take(c, &c->queue[i])) return c->failed;
    c->queued = 0;
    c->ones = false;
    PGresult *res = next_result(c);
    bool in_step = res && PQresultStatus(res) == PGRES_PIPELINE_SYNC;
    PQclear(res);
    if (!in_step && c->pg) return conn_lost(c);
    return c->failed;
}
