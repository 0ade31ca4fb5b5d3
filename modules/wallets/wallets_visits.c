/* wallets_visits.c - visits of packages: used for appointments, and given back. See wallets.h. */
#include "modules/wallets/wallets_api.h"
#include <stdio.h>

const struct query Q_VISIT = { .name = "wallets.visit", .args = "u",
    .sql = "SELECT bucket_id, used, turn FROM package_visit WHERE tenant_id = $1 AND appointment_id = $2" };
const struct query Q_VISIT_NEW = { .name = "wallets.visit_new", .args = "uui",
    .sql = "INSERT INTO package_visit (tenant_id, appointment_id, bucket_id, used, turn, changed_at) VALUES ($1, $2, $3, 1, 1, $4)" };
const struct query Q_VISIT_TURN = { .name = "wallets.visit_turn", .args = "uuzii",
    .sql = "UPDATE package_visit SET bucket_id = $3, used = $4, turn = turn + $4, changed_at = $6 WHERE tenant_id = $1 AND appointment_id = $2 AND turn = $5 AND used <> $4" };

struct visit_row { struct id bucket_id; bool used; int64_t turn; };
static const struct field visit_fields[] = { F_ID(struct visit_row, bucket_id), F_BOOL(struct visit_row, used), F_INT(struct visit_row, turn), F_END };
static const struct shape visit_shape = SHAPE(visit_row, visit_fields);

static enum rc read_visit(struct tdb *db, struct id appointment, struct visit_row *out)
{
    *out = (struct visit_row){ .turn = 0 };
    enum rc rc = db_get(db, &Q_VISIT, ARGS(U(appointment)), &visit_shape, out);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* What ends first is used first, then the oldest. */
static bool before(const struct bucket *a, const struct bucket *b)
{
    int64_t x = a->expires_on == NONE ? INT64_MAX : a->expires_on, y = b->expires_on == NONE ? INT64_MAX : b->expires_on;
    return x < y || (x == y && a->created_at < b->created_at);
}

enum rc wallets_visits_of(struct tdb *db, struct id appointment, struct id client, struct id service, int64_t day, struct package_visits *out)
{
    struct wallet w = { 0 };
    struct list all;
    struct visit_row row;
    const struct bucket *best = NULL;
    *out = (struct package_visits){ 0 };
    TRY(read_visit(db, appointment, &row));
    out->used = row.used;
    enum rc rc = wallets_of_client(db, client, &w);
    if (rc == RC_NOT_FOUND) return RC_OK;
    TRY(rc);
    TRY(buckets_of(db, w.id, &all));
    for (size_t i = 0; i < all.n; i++) {
        const struct bucket *b = LIST_AT(all, struct bucket, i);
        if (b->kind != BUCKET_VISITS || !id_eq(b->service_id, service)) continue;
        if (row.used && id_eq(b->id, row.bucket_id)) out->name = b->name;
        if (b->available < 1 || (b->expires_on != NONE && b->expires_on < day)) continue;
        out->left += b->available;
        if (!best || before(b, best)) best = b;
    }
    out->bucket_id = best ? best->id : ID_NIL;
    if (!out->used) out->name = best ? best->name : NULL;
    return RC_OK;
}

static enum rc move(struct tx *tx, struct req *r, struct id appointment, const struct bucket *b, int64_t turn, bool back)
{
    struct ledger_chain c;
    struct ledger_by by = ledger_by(r);
    ledger_chain_begin(&c, r->arena, db_tenant(tx_db(tx)), "visits", &by);
    ledger_chain_add(&c, &(struct ledger_step){ .debit = back ? "world:visits" : b->account_code, .credit = back ? b->account_code : "world:visits", .amount = 1, .cause = LEDGER_APPOINTMENT,
        .cause_id = appointment, .step = arena_printf(r->arena, "visit%s:%lld", back ? "_back" : "", (long long)turn) });
    TRY(tx_audit(tx, r, &(struct audit_entry){ ledger_step_id(c.tenant, appointment, arena_printf(r->arena, "audit:visit%s:%lld", back ? "_back" : "", (long long)turn)),
        back ? "wallet.visit_back" : "wallet.visit", "appointment", appointment, NULL, false }));
    TRY(tx_event(tx, "wallet.changed", b->wallet_id, turn, r->now, NULL));
    TRY(tx_event(tx, "appointment.visit", appointment, turn, r->now, NULL));
    return ledger_chain_post(tx, &c);
}

enum rc wallets_use_visit(struct tx *tx, struct req *r, struct id appointment, struct id bucket)
{
    struct visit_row row;
    struct bucket b = { 0 };
    TRY(read_visit(tx_db(tx), appointment, &row));
    if (row.used) return RC_OK;
    TRY(buckets_get(tx_db(tx), bucket, &b));
    if (!row.turn) TRY(tx_run_query(tx, &Q_VISIT_NEW, ARGS(U(appointment), U(bucket), I(r->now))));
    else TRY(tx_one(tx, &Q_VISIT_TURN, ARGS(U(appointment), U(bucket), Z(true), I(row.turn), I(r->now)), RC_RETRY));
    return move(tx, r, appointment, &b, row.turn + 1, false);
}

enum rc wallets_visit_used(struct tdb *db, struct id appointment, bool *out)
{
    struct visit_row row;
    TRY(read_visit(db, appointment, &row));
    *out = row.used;
    return RC_OK;
}

enum rc wallets_give_visit_back(struct tx *tx, struct req *r, struct id appointment)
{
    struct visit_row row;
    struct bucket b = { 0 };
    TRY(read_visit(tx_db(tx), appointment, &row));
    if (!row.used) return RC_OK;
    TRY(buckets_get(tx_db(tx), row.bucket_id, &b));
    TRY(tx_one(tx, &Q_VISIT_TURN, ARGS(U(appointment), U(row.bucket_id), Z(false), I(row.turn), I(r->now)), RC_RETRY));
    return move(tx, r, appointment, &b, row.turn, true);
}
