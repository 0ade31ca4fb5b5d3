/* claims_store.c - the statements on wallet_claim, wallet_adjustment and wallet_delivery, and what is proved of all of it. */
#include "modules/wallets/claims_rows.h"

const char *const adjustment_state_names[] = { "waiting", "done", "refused", NULL };
const char *const claim_state_names[] = { "submitted", "in_review", "paid", "rejected", NULL };

#define CLAIM "SELECT k.id, k.wallet_id, k.client_id, k.category, k.currency, k.amount_minor, k.treated_on, k.description, k.state, k.approved_minor, k.bucket_id, k.reason, k.version, k.created_at," \
    " k.updated_at, c.name AS client_name FROM wallet_claim k LEFT JOIN client c ON c.tenant_id = k.tenant_id AND c.id = k.client_id WHERE k.tenant_id = $1"
static const struct query Q_CLAIM = { .name = "claims.get", .args = "u", .sql = CLAIM " AND k.id = $2" };
/* Newest first, before a place. */
#define BEFORE " AND (k.created_at, k.id) < ($2, $3)"
#define NEWEST " ORDER BY k.created_at DESC, k.id DESC LIMIT $4"
static const struct query Q_CLAIMS = { .name = "claims.list", .args = "iui", .sql = CLAIM BEFORE NEWEST };
static const struct query Q_CLAIMS_OF = { .name = "claims.of_client", .args = "iuiu", .sql = CLAIM BEFORE " AND k.client_id = $5" NEWEST };
static const struct query Q_CLAIMS_OPEN = { .name = "claims.open", .args = "iui", .sql = CLAIM BEFORE " AND k.state IN ('submitted', 'in_review')" NEWEST };
static const struct query Q_CLAIM_INSERT = { .name = "claims.insert", .args = "uuuttiiti",
    .sql = "INSERT INTO wallet_claim (tenant_id, id, wallet_id, client_id, category, currency, amount_minor, treated_on, description, state, version, created_at, updated_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'submitted', 1, $10, $10)" };
static const struct query Q_CLAIM_STEP = { .name = "claims.step", .args = "uitiuutui",
    .sql = "UPDATE wallet_claim SET state = $4, approved_minor = $5, bucket_id = $6, limit_id = $7, reason = $8, reviewed_by = $9, updated_at = $10, version = version + 1"
           " WHERE tenant_id = $1 AND id = $2 AND version = $3 AND state IN ('submitted', 'in_review')" };

#define ADJUSTMENT "SELECT a.id, a.wallet_id, a.bucket_id, a.amount_minor, a.reason, a.state, a.asked_by, a.decided_by, a.decided_at, a.version, a.created_at, b.name AS bucket_name, b.unit," \
    " c.name AS client_name, m.name AS asked_by_name, d.name AS decided_by_name FROM wallet_adjustment a LEFT JOIN wallet_bucket b ON b.tenant_id = a.tenant_id AND b.id = a.bucket_id" \
    " LEFT JOIN wallet w ON w.tenant_id = a.tenant_id AND w.id = a.wallet_id LEFT JOIN client c ON c.tenant_id = w.tenant_id AND c.id = w.client_id" \
    " LEFT JOIN member m ON m.tenant_id = a.tenant_id AND m.id = a.asked_by LEFT JOIN member d ON d.tenant_id = a.tenant_id AND d.id = a.decided_by WHERE a.tenant_id = $1"
static const struct query Q_ADJUSTMENT = { .name = "adjustments.get", .args = "u", .sql = ADJUSTMENT " AND a.id = $2" };
static const struct query Q_ADJUSTMENTS = { .name = "adjustments.waiting", .args = "", .sql = ADJUSTMENT " AND a.state = 'waiting' ORDER BY a.created_at, a.id LIMIT 200" };
static const struct query Q_ADJUSTMENTS_OF = { .name = "adjustments.of_wallet", .args = "u", .sql = ADJUSTMENT " AND a.wallet_id = $2 ORDER BY a.created_at DESC, a.id DESC LIMIT 200" };
static const struct query Q_ADJUSTMENT_INSERT = { .name = "adjustments.insert", .args = "uuuittui",
    .sql = "INSERT INTO wallet_adjustment (tenant_id, id, wallet_id, bucket_id, amount_minor, reason, state, asked_by, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)" };
static const struct query Q_ADJUSTMENT_STEP = { .name = "adjustments.step", .args = "uitui",
    .sql = "UPDATE wallet_adjustment SET state = $4, decided_by = $5, decided_at = $6, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND version = $3 AND state = 'waiting'" };

static const struct query Q_DELIVERIES = { .name = "deliveries.count", .args = "u", .sql = "SELECT COUNT(*) FROM wallet_delivery WHERE tenant_id = $1 AND order_id = $2" };
static const struct query Q_DELIVERED = { .name = "deliveries.of_order", .args = "u",
    .sql = "SELECT position, bucket_id, amount, taken_back FROM wallet_delivery WHERE tenant_id = $1 AND order_id = $2 ORDER BY position LIMIT 20" };
static const struct query Q_TAKE_BACK = { .name = "deliveries.take_back", .args = "uii",
    .sql = "UPDATE wallet_delivery SET taken_back = taken_back + $4 WHERE tenant_id = $1 AND order_id = $2 AND position = $3 AND taken_back + $4 <= amount" };
static const struct query Q_DELIVERY_INSERT = { .name = "deliveries.insert", .args = "uiuii",
    .sql = "INSERT INTO wallet_delivery (tenant_id, order_id, position, bucket_id, amount, taken_back, created_at) VALUES ($1, $2, $3, $4, $5, 0, $6)" };
/* Asked for or paid since then; what was cancelled is not counted. */
static const struct query Q_TOPPED_UP = { .name = "deliveries.topped_up", .args = "uui",
    .sql = "SELECT COALESCE(SUM(l.total_minor), 0) FROM client_order o LEFT JOIN client_order_line l ON l.tenant_id = o.tenant_id AND l.order_id = o.id AND l.kind = 'top_up' AND l.ref_id = $3"
           " WHERE o.tenant_id = $1 AND o.client_id = $2 AND o.created_at >= $4 AND o.state IN ('open', 'paid')" };

/* ---- the proof: each finds the first row that breaks a rule ------------------------------------------------------------------------------ */

#define WHOLE .scan = "all of it is proved"
static const struct query Q_BAD_USE = { .name = "wallets.bad_use", .args = "", WHOLE,
    .sql = "SELECT u.payment_id FROM wallet_use u LEFT JOIN payment y ON y.tenant_id = u.tenant_id AND y.id = u.payment_id LEFT JOIN wallet_bucket b ON b.tenant_id = u.tenant_id AND b.id = u.bucket_id"
           " LEFT JOIN ledger_account a ON a.tenant_id = b.tenant_id AND a.id = b.account_id LEFT JOIN client_order o ON o.tenant_id = u.tenant_id AND o.id = u.order_id WHERE u.tenant_id = $1 AND (y.id IS NULL OR y.method <> 'wallet' OR y.order_id <> u.order_id"
           " OR y.amount_minor <> u.amount_minor OR a.code IS NULL OR a.code <> y.account_code OR u.returned_minor <> " WALLET_GONE
           /* by lines, where it matters which one was paid */
           " OR (SELECT COALESCE(SUM(n.amount_minor), 0) FROM wallet_use_line n WHERE n.tenant_id = u.tenant_id AND n.payment_id = u.payment_id) NOT IN (u.amount_minor, CASE WHEN b.kind = 'granted' THEN u.amount_minor ELSE 0 END)) LIMIT 1" };
static const struct query Q_BAD_PAYMENT = { .name = "wallets.bad_payment", .args = "", WHOLE,
    .sql = "SELECT y.id FROM payment y LEFT JOIN wallet_use u ON u.tenant_id = y.tenant_id AND u.payment_id = y.id WHERE y.tenant_id = $1 AND y.method = 'wallet' AND u.payment_id IS NULL LIMIT 1" };
static const struct query Q_BAD_LIMIT = { .name = "wallets.bad_limit", .args = "", WHOLE,
    .sql = "SELECT l.id FROM benefit_limit l WHERE l.tenant_id = $1 AND (l.used_minor < 0 OR l.used_minor > l.ceiling_minor OR l.used_minor <>"
           " (SELECT COALESCE(SUM(u.amount_minor - u.returned_minor), 0) FROM wallet_use u WHERE u.tenant_id = l.tenant_id AND u.limit_id = l.id)"
           " + (SELECT COALESCE(SUM(k.approved_minor), 0) FROM wallet_claim k WHERE k.tenant_id = l.tenant_id AND k.limit_id = l.id AND k.state = 'paid')) LIMIT 1" };
static const struct query Q_BAD_CLAIM = { .name = "wallets.bad_claim", .args = "", WHOLE,
    .sql = "SELECT k.id FROM wallet_claim k LEFT JOIN wallet_bucket b ON b.tenant_id = k.tenant_id AND b.id = k.bucket_id WHERE k.tenant_id = $1 AND CASE WHEN k.state = 'paid' THEN"
           " (SELECT COALESCE(SUM(t.amount), 0) FROM ledger_transfer t WHERE t.tenant_id = k.tenant_id AND t.cause_id = k.id AND t.debit_account_id = b.account_id) <> k.approved_minor"
           " ELSE EXISTS (SELECT 1 FROM ledger_transfer t WHERE t.tenant_id = k.tenant_id AND t.cause_id = k.id) END LIMIT 1" };
static const struct query Q_BAD_ADJUSTMENT = { .name = "wallets.bad_adjustment", .args = "", WHOLE,
    .sql = "SELECT a.id FROM wallet_adjustment a LEFT JOIN wallet_bucket b ON b.tenant_id = a.tenant_id AND b.id = a.bucket_id WHERE a.tenant_id = $1 AND CASE WHEN a.state = 'done' THEN a.amount_minor ELSE 0 END <>"
           " (SELECT COALESCE(SUM(CASE WHEN t.credit_account_id = b.account_id THEN t.amount ELSE -t.amount END), 0) FROM ledger_transfer t WHERE t.tenant_id = a.tenant_id AND t.cause_id = a.id) LIMIT 1" };
static const struct query Q_BAD_DELIVERY = { .name = "wallets.bad_delivery", .args = "", WHOLE,
    .sql = "SELECT v.order_id FROM wallet_delivery v LEFT JOIN wallet_bucket b ON b.tenant_id = v.tenant_id AND b.id = v.bucket_id WHERE v.tenant_id = $1 AND NOT EXISTS (SELECT 1 FROM ledger_transfer t"
           " WHERE t.tenant_id = v.tenant_id AND t.cause_id = v.order_id AND t.credit_account_id = b.account_id AND t.cause = 'top_up' AND t.amount = v.amount) LIMIT 1" };
/* No wallet's money is anywhere but in its buckets. */
static const struct query Q_BAD_ACCOUNT = { .name = "wallets.bad_account", .args = "", WHOLE,
    .sql = "SELECT b.id FROM wallet_bucket b LEFT JOIN ledger_account a ON a.tenant_id = b.tenant_id AND a.id = b.account_id WHERE b.tenant_id = $1 AND a.id IS NOT NULL AND (a.book <> 'member' OR a.unit <> b.unit) LIMIT 1" };
static const struct query Q_COUNTS[] = {
    { .name = "wallets.count_wallets", .args = "", WHOLE, .sql = "SELECT COUNT(*) FROM wallet WHERE tenant_id = $1" },
    { .name = "wallets.count_buckets", .args = "", WHOLE, .sql = "SELECT COUNT(*) FROM wallet_bucket WHERE tenant_id = $1" },
    { .name = "wallets.count_uses", .args = "", WHOLE, .sql = "SELECT COUNT(*) FROM wallet_use WHERE tenant_id = $1" },
    { .name = "wallets.count_claims", .args = "", WHOLE, .sql = "SELECT COUNT(*) FROM wallet_claim WHERE tenant_id = $1" } };

const struct query *const claims_queries[] = { &Q_CLAIM, &Q_CLAIMS, &Q_CLAIMS_OF, &Q_CLAIMS_OPEN, &Q_CLAIM_INSERT, &Q_CLAIM_STEP, &Q_ADJUSTMENT, &Q_ADJUSTMENTS, &Q_ADJUSTMENTS_OF, &Q_ADJUSTMENT_INSERT,
    &Q_ADJUSTMENT_STEP, &Q_DELIVERIES, &Q_DELIVERED, &Q_TAKE_BACK, &Q_DELIVERY_INSERT, &Q_TOPPED_UP, &Q_BAD_USE, &Q_BAD_PAYMENT, &Q_BAD_LIMIT, &Q_BAD_CLAIM, &Q_BAD_ADJUSTMENT, &Q_BAD_DELIVERY, &Q_BAD_ACCOUNT,
    &Q_COUNTS[0], &Q_COUNTS[1], &Q_COUNTS[2], &Q_COUNTS[3], NULL };

/* ---- claims ------------------------------------------------------------------------------------------------------------------------------ */

enum rc wallet_claims_get(struct tdb *db, struct id id, struct claim *out) { return db_get(db, &Q_CLAIM, ARGS(U(id)), &claim_shape_row, out); }

enum rc wallet_claims_list(struct tdb *db, const struct claim_filter *f, struct list *out)
{
    static const struct id last = { { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 } };
    bool from = !id_is_nil(f->after.id);
    struct arg at = I(from ? f->after.number : INT64_MAX), id = U(from ? f->after.id : last);
    if (!id_is_nil(f->client_id)) return db_list(db, &Q_CLAIMS_OF, ARGS(at, id, I(f->limit), U(f->client_id)), &claim_shape_row, PAGE_LIMIT_MAX, out);
    return db_list(db, f->open ? &Q_CLAIMS_OPEN : &Q_CLAIMS, ARGS(at, id, I(f->limit)), &claim_shape_row, PAGE_LIMIT_MAX, out);
}

enum rc wallet_claims_insert(struct tx *tx, const struct claim *k)
{
    return tx_run_query(tx, &Q_CLAIM_INSERT, ARGS(U(k->id), U(k->wallet_id), U(k->client_id), S(benefit_category_names[k->category]), S(k->currency), I(k->amount_minor), I(k->treated_on), S(k->description), I(k->created_at)));
}

enum rc wallet_claims_step(struct tx *tx, const struct claim *k, struct id by, int64_t now, enum rc lost)
{
    return tx_one(tx, &Q_CLAIM_STEP, ARGS(U(k->id), I(k->version), S(claim_state_names[k->state]), I(k->approved_minor), U(k->bucket_id), U(k->limit_id), S(k->reason), U(by), I(now)), lost);
}

/* ---- adjustments ---------------------------------------------------------------------------------------------------------------------------- */

enum rc adjustments_get(struct tdb *db, struct id id, struct adjustment *out) { return db_get(db, &Q_ADJUSTMENT, ARGS(U(id)), &adjustment_shape, out); }

enum rc adjustments_list(struct tdb *db, struct id wallet, struct list *out)
{
    if (id_is_nil(wallet)) return db_list(db, &Q_ADJUSTMENTS, ARGS(), &adjustment_shape, 200, out);
    return db_list(db, &Q_ADJUSTMENTS_OF, ARGS(U(wallet)), &adjustment_shape, 200, out);
}

enum rc adjustments_insert(struct tx *tx, const struct adjustment *a)
{
    return tx_run_query(tx, &Q_ADJUSTMENT_INSERT, ARGS(U(a->id), U(a->wallet_id), U(a->bucket_id), I(a->amount_minor), S(a->reason), S(adjustment_state_names[a->state]), U(a->asked_by), I(a->created_at)));
}

enum rc adjustments_step(struct tx *tx, const struct adjustment *a, enum rc lost)
{
    return tx_one(tx, &Q_ADJUSTMENT_STEP, ARGS(U(a->id), I(a->version), S(adjustment_state_names[a->state]), U(a->decided_by), I(a->decided_at)), lost);
}

/* ---- deliveries ------------------------------------------------------------------------------------------------------------------------------ */

enum rc deliveries_count(struct tdb *db, struct id order, int64_t *out) { return db_int(db, &Q_DELIVERIES, ARGS(U(order)), out); }

enum rc deliveries_insert(struct tx *tx, struct id order, int64_t position, struct id bucket, int64_t amount, int64_t now)
{
    return tx_run_query(tx, &Q_DELIVERY_INSERT, ARGS(U(order), I(position), U(bucket), I(amount), I(now)));
}

enum rc deliveries_of(struct tdb *db, struct id order, struct list *out)
{
    static const struct field fields[] = { F_INT(struct delivery, position), F_ID(struct delivery, bucket_id), F_INT(struct delivery, amount), F_INT(struct delivery, taken_back), F_END };
    static const struct shape shape = SHAPE_NAMED("wallet_delivery_row", delivery, fields);
    return db_list(db, &Q_DELIVERED, ARGS(U(order)), &shape, ORDER_LINES_MAX, out);
}

enum rc deliveries_take_back(struct tx *tx, struct id order, int64_t position, int64_t amount) { return tx_one(tx, &Q_TAKE_BACK, ARGS(U(order), I(position), I(amount)), RC_FUNDS); }

enum rc topped_up_since(struct tdb *db, struct id client, struct id wallet, int64_t since, int64_t *out) { return db_int(db, &Q_TOPPED_UP, ARGS(U(client), U(wallet), I(since)), out); }

/* ---- the proof ---------------------------------------------------------------------------------------------------------------------------------- */

enum rc wallets_verify(struct tdb *db, struct wallets_proof *out)
{
    static const struct { const struct query *q; const char *what; } checks[] = {
        { &Q_BAD_ACCOUNT, "bucket %s and its account do not fit" }, { &Q_BAD_USE, "the use of payment %s is not what was paid and came back" }, { &Q_BAD_PAYMENT, "payment %s is from a wallet, and no wallet knows of it" },
        { &Q_BAD_LIMIT, "the family limit %s is not what was used of it" }, { &Q_BAD_CLAIM, "claim %s is not what was paid for it" }, { &Q_BAD_ADJUSTMENT, "adjustment %s is not what was moved for it" },
        { &Q_BAD_DELIVERY, "what order %s sold did not come into the wallet" } };
    static const struct field fields[] = { F_ID(struct found_id, payment_id), F_ID(struct found_id, id), F_ID(struct found_id, order_id), F_END };
    static const struct shape shape = SHAPE(found_id, fields);
    int64_t *const counts[] = { &out->wallets, &out->buckets, &out->uses, &out->claims };
    *out = (struct wallets_proof){ 0 };
    for (size_t i = 0; i < ARRAY_LEN(counts); i++) TRY(db_int(db, &Q_COUNTS[i], ARGS(), counts[i]));
    for (size_t i = 0; i < ARRAY_LEN(checks) && !out->breach; i++) {
        struct found_id found = { 0 };
        char id[ID_TEXT];
        enum rc rc = db_get(db, checks[i].q, ARGS(), &shape, &found);
        if (rc == RC_NOT_FOUND) continue;
        TRY(rc);
        struct id which = !id_is_nil(found.id) ? found.id : !id_is_nil(found.payment_id) ? found.payment_id : found.order_id;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        out->breach = arena_printf(db_arena(db), checks[i].what, id_format(which, id));
#pragma GCC diagnostic pop
    }
    return RC_OK;
}

static enum rc prove(struct tdb *db, int64_t now, const char **breach)
{
    struct wallets_proof proof;
    (void)now;
    TRY(wallets_verify(db, &proof));
    *breach = proof.breach;
    return RC_OK;
}

enum rc wallets_verify_all(struct job *job) { return tenants_prove(job, &(struct proving){ "claims.breach", "claims", 4 << 20, prove }); }
