/* postgres.c - the PostgreSQL engine. A tdb has one connection in pipeline mode. Reads outside a transaction are one
 * trip: the tenant's settings, the statement or the batch of them, Sync (an implicit transaction). In a transaction writes are queued and
 * sent together; their failures are seen at the next read or at the commit, which travels directly behind the
 * writes unless one of them must be seen to have hit exactly one row. Row-level security reads the settings
 * app.tenant_id and app.scope, which live as long as the transaction. */
#include "core/db/memo.h"
#include "core/db/postgres.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* ---- Rows: row.impl is the PGresult, row.n the row in it ------------------------------------------------------ */
static int pg_column_count(const struct row *row)
{
    return PQnfields(row->impl);
}
static const char *pg_column_name(const struct row *row, int col)
{
    return PQfname(row->impl, col);
}

static int64_t int_of(const char *p, int len)
{
    uint64_t v = 0;
    for (int i = 0; i < len; i++) v = v << 8 | (uint8_t)p[i];
    if (len > 0 && len < 8 && (p[0] & 0x80)) v |= UINT64_MAX << (8 * len);
    return (int64_t)v;
}

/* SUM of BIGINT is NUMERIC: int16 digits, weight, sign, scale, then digits to the base 10000. False: no integer. */
static bool int_of_numeric(const char *p, int len, int64_t *out)
{
    if (len < 8) return false;
    int64_t digits = int_of(p, 2), weight = int_of(p + 2, 2), sign = int_of(p + 4, 2), v = 0;
    if ((sign != 0 && sign != 0x4000) || len < 8 + 2 * digits) return false;
    for (int64_t i = 0; i < digits || i <= weight; i++) {
        int64_t digit = i < digits ? int_of(p + 8 + 2 * i, 2) : 0;
        if (i > weight && digit != 0) return false;
        if (i > weight) continue;
        if (__builtin_mul_overflow(v, 10000, &v) || __builtin_sub_overflow(v, digit, &v)) return false; /* negative: the wider side */
    }
    if (sign == 0 && __builtin_sub_overflow(0, v, &v)) return false;
    *out = v;
    return true;
}

static void pg_cell(const struct row *row, int col, struct cell *cell)
{
    const PGresult *res = row->impl;
    *cell = (struct cell){ .type = CELL_NULL };
    if (PQgetisnull(res, row->n, col)) return;
    const char *p = PQgetvalue(res, row->n, col);
    int len = PQgetlength(res, row->n, col);
    switch (PQftype(res, col)) {
    case 16:
    case 20:
    case 21:
    case 23: /* bool, int8, int2, int4 */ *cell = (struct cell){ .type = CELL_INT, .i = int_of(p, len) }; return;
    case 19:
    case 25:
    case 705:
    case 1042:
    case 1043: /* name, text, unknown, char(n), varchar */ *cell = (struct cell){ .type = CELL_TEXT, .s = p, .len = (size_t)len }; return;
    case 1700:
        if (int_of_numeric(p, len, &cell->i)) cell->type = CELL_INT;
        else cell->type = CELL_BYTES; /* fits no number field: a fault with the column's name */
        return;
    default: /* uuid, bytea; pg_prepare lets nothing else start */ *cell = (struct cell){ .type = CELL_BYTES, .s = p, .len = (size_t)len };
    }
}

/* ---- Connections ---------------------------------------------------------------------------------------------- */
static void *pg_conn_open(struct db *db)
{
    struct pg_conn *c = calloc(1, sizeof *c);
    if (c) c->db = db; /* connects at its first use */
    return c;
}

static void pg_conn_close(struct db *db, void *conn)
{
    (void)db;
    pg_conn_drop(conn);
    free(conn);
}

/* ---- Statements ------------------------------------------------------------------------------------------------ */
static enum rc send_scoped(struct tx *tx, const struct stmt *s, const struct arg *args, struct pg_sent entry)
{
    struct pg_conn *c = tx->impl;
    if (c->failed != RC_OK) return c->failed;
    if (c->queued >= PG_QUEUE_DEEP) TRY(pg_drain(c));
    bool platform = !s->has_tenant;
    if (platform != c->platform) TRY(pg_send_config(c, tx->view.tenant, platform));
    return pg_send_stmt(c, s, tx->view.tenant, args, entry);
}

/* The rows of all reads, or the first outcome of a row that is not RC_OK. */
static enum rc give_rows(struct pg_conn *c, const struct read *reads, int n)
{
    enum rc rc = RC_OK;
    ASSERT(c->n_reads == n);
    for (int i = 0; i < n && rc == RC_OK; i++) {
        int rows = PQntuples(c->reads[i]);
        for (int k = 0; k < rows && rc == RC_OK; k++) rc = reads[i].on_row(reads[i].ctx, &(struct row){ .impl = c->reads[i], .n = k });
    }
    pg_reads_clear(c);
    return rc;
}

/* One pipeline that begins with the scope, whatever was on this connection before: nothing to keep track of. */
static enum rc send_alone(struct tdb *t, struct pg_conn *c, const struct read *reads, int n)
{
    for (int i = 0; i < n; i++) {
        bool platform = !reads[i].stmt->has_tenant;
        if (i == 0 || platform != c->platform) TRY(pg_send_config(c, t->tenant, platform));
        TRY(pg_send_stmt(c, reads[i].stmt, t->tenant, reads[i].args, (struct pg_sent){ .kind = SENT_READ }));
    }
    return RC_OK;
}

static enum rc read_alone(struct tdb *t, struct pg_conn *c, const struct read *reads, int n)
{
    TRY(pg_conn_ready(c));
    enum rc rc = send_alone(t, c, reads, n);
    enum rc drained = c->pg ? pg_drain(c) : c->failed;
    return rc != RC_OK ? rc : drained;
}

static enum rc read_inside(struct tdb *t, struct pg_conn *c, const struct read *reads, int n)
{
    pg_reads_clear(c);
    for (int i = 0; i < n; i++) TRY(send_scoped(t->tx, reads[i].stmt, reads[i].args, (struct pg_sent){ .kind = SENT_READ }));
    TRY(pg_drain(c));
    return give_rows(c, reads, n);
}

static enum rc pg_query(struct tdb *t, const struct read *reads, int n)
{
    struct pg_conn *c = t->conn;
    if (!c) return RC_OOM;
    if (t->tx) return read_inside(t, c, reads, n);
    if (c->in_tx) return fault(RC_FAULT, "query %s: read outside the transaction that is open on its connection", reads[0].stmt->q->name);
    enum rc rc = read_alone(t, c, reads, n);
    if (rc == RC_RETRY) rc = read_alone(t, c, reads, n); /* a deadlock, or plans that another instance's migration made stale */
    if (rc == RC_RETRY) rc = RC_BUSY;
    TRY(rc);
    return give_rows(c, reads, n);
}

static enum rc pg_exec(struct tx *tx, const struct stmt *s, const struct arg *args, bool one, enum rc otherwise)
{
    return send_scoped(tx, s, args, (struct pg_sent){ .kind = SENT_STMT, .one = one, .otherwise = otherwise });
}

static enum rc pg_lock(struct tx *tx, const int64_t *keys, size_t n, bool shared)
{
    struct pg_conn *c = tx->impl;
    char list[64 * 21 + 1];
    size_t len = 0;
    ASSERT(n <= 64);
    if (c->failed != RC_OK || n == 0) return c->failed;
    if (c->queued >= PG_QUEUE_DEEP) TRY(pg_drain(c));
    for (size_t i = 0; i < n; i++) len += (size_t)snprintf(list + len, sizeof list - len, "%s%lld", i ? "," : "", (long long)keys[i]);
    const char *params[1] = { list };
    return pg_send_own(c, shared ? OWN_SHARE : OWN_LOCK, params, 1);
}

static enum rc pg_enter(struct tx *tx, struct id tenant)
{
    struct pg_conn *c = tx->impl;
    tx->view.tenant = tenant;
    if (c->failed != RC_OK) return c->failed;
    if (c->queued >= PG_QUEUE_DEEP) TRY(pg_drain(c));
    return pg_send_config(c, tenant, c->platform);
}

/* ---- Transactions ------------------------------------------------------------------------------------------------ */
static enum rc begin(struct pg_conn *c, struct id tenant)
{
    TRY(pg_conn_ready(c));
    c->in_tx = true;
    TRY(pg_send_own(c, OWN_BEGIN, NULL, 0));
    return pg_send_config(c, tenant, id_is_nil(tenant));
}

/* Leaves no transaction open. What still was on its way is executed and thrown away; its first failure is what the
 * caller gets: on the other engine that statement would have answered first. */
static enum rc roll_back(struct pg_conn *c, enum rc rc)
{
    if (c->pg && c->queued > 0) (void)pg_drain(c);
    enum rc outcome = c->failed != RC_OK ? c->failed : rc;
    if (c->pg && PQtransactionStatus(c->pg) != PQTRANS_IDLE) {
        if (pg_send_own(c, OWN_ROLLBACK, NULL, 0) == RC_OK) (void)pg_drain(c);
        if (c->pg && PQtransactionStatus(c->pg) != PQTRANS_IDLE) pg_conn_drop(c);
    }
    c->in_tx = false;
    return outcome;
}

static enum rc commit(struct pg_conn *c)
{
    /* A failed expectation is no error to the server: it would commit. So look first. */
    if (c->failed == RC_OK && c->ones) (void)pg_drain(c);
    if (c->failed != RC_OK) return roll_back(c, c->failed);
    if (pg_send_own(c, OWN_COMMIT, NULL, 0) == RC_OK) (void)pg_drain(c);
    if (!c->committed) return roll_back(c, RC_DB_DOWN);
    c->in_tx = false;
    return RC_OK;
}

struct attempt {
    struct tdb *tdb;
    tx_fn *fn;
    void *arg;
    int number;
    unsigned wake;
    struct wrote wrote;
    bool raced;
};

static enum rc attempt_once(struct attempt *a)
{
    struct pg_conn *c = a->tdb->conn;
    if (!c) return RC_OOM;
    if (c->in_tx) return fault(RC_FAULT, "a transaction is already open on this connection");
    struct tx tx = { .view = *a->tdb, .impl = c };
    tx.view.tx = &tx;
    enum rc rc = begin(c, a->tdb->tenant);
    if (rc == RC_OK) rc = tx_attempt(&tx, a->fn, a->arg, a->number);
    rc = rc == RC_OK ? commit(c) : roll_back(c, rc);
    a->wake = tx.wake;
    a->wrote = tx.wrote;
    a->raced = c->failed == RC_RETRY && !c->stale;
    return rc;
}

/* The loser of a race waits a little, each one another while. */
static void pause_before_retry(void)
{
    uint8_t dice;
    env.random(&dice, sizeof dice);
    struct timespec pause = { 0, 2000000L + 18000000L * dice / 255 };
    nanosleep(&pause, NULL);
}

static enum rc pg_tx(struct tdb *t, const char *name, tx_fn *fn, void *arg)
{
    struct attempt a = { .tdb = t, .fn = fn, .arg = arg };
    struct arena_mark mark = { 0 };
    enum rc rc = RC_RETRY;
    if (t->arena) mark = arena_mark(t->arena);
    atomic_fetch_add(&t->db->transactions, 1);
    for (; a.number < TX_ATTEMPTS_MAX; a.number++) {
        rc = attempt_once(&a);
        memo_changed(t->db->memo, &a.wrote);
        if (rc != RC_RETRY) break;
        atomic_fetch_add(&t->db->retries, 1);
        if (t->arena) arena_rewind(t->arena, mark);
        if (a.raced) pause_before_retry();
    }
    if (rc == RC_RETRY) return fault(RC_BUSY, "transaction %s: gave up after %d attempts", name, TX_ATTEMPTS_MAX);
    if (rc != RC_OK) return rc;
    atomic_fetch_add(&t->db->commits, 1);
    if (a.wrote.tenants | a.wrote.platform) a.wake |= WAKE_KEPT;
    if (a.wake) pg_wake_send(t->db, a.wake);
    return RC_OK;
}

const struct engine postgres_engine = {
    .name = "postgresql",
    .open = pg_open,
    .prepare = pg_prepare,
    .close = pg_close,
    .ping = pg_ping,
    .conn_open = pg_conn_open,
    .conn_close = pg_conn_close,
    .column_count = pg_column_count,
    .column_name = pg_column_name,
    .cell = pg_cell,
    .query = pg_query,
    .exec = pg_exec,
    .lock = pg_lock,
    .enter = pg_enter,
    .tx = pg_tx,
    .script = pg_script,
    .migrate_begin = pg_migrate_begin,
    .migrate_end = pg_migrate_end,
    .applied = pg_applied,
    .explain = pg_explain,
};
