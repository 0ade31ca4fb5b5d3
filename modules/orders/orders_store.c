/* orders_store.c - the statements on client_order, client_order_line, payment and refund. */
#include "modules/orders/orders_rows.h"

#define ORDER "SELECT o.id, o.client_id, o.location_id, c.name AS client_name, o.currency, o.terms, o.note, o.state, o.source, o.tax_included, o.invoiced," \
    " o.gross_minor, o.discount_minor, o.tax_minor, o.total_minor, o.due_minor, o.pay_by, o.paid_minor, o.refunded_minor, o.kept_minor, o.credited_minor, o.version, o.created_at," \
    " o.updated_at FROM client_order o LEFT JOIN client c ON c.tenant_id = o.tenant_id AND c.id = o.client_id WHERE o.tenant_id = $1"
static const struct query Q_ORDER = { .name = "orders.get", .args = "u", .sql = ORDER " AND o.id = $2" };
static const struct query Q_LINES = { .name = "orders.lines", .args = "u",
    .sql = "SELECT position, kind, ref_id, category, description, quantity, unit_minor, discount_minor, tax_name, tax_ppm, tax_minor, total_minor"
           " FROM client_order_line WHERE tenant_id = $1 AND order_id = $2 ORDER BY position LIMIT 20" };
static const struct query Q_ORDER_INSERT = { .name = "orders.insert", .args = "uuuttt" "ziiii" "iittii",
    .sql = "INSERT INTO client_order (tenant_id, id, client_id, location_id, currency, state, source, tax_included, gross_minor, discount_minor, tax_minor, total_minor,"
           " due_minor, pay_by, terms, note, paid_minor, refunded_minor, kept_minor, invoiced, version, created_at, updated_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $18, 0, 0, 0, 1, $17, $17)" };
static const struct query Q_LINE_INSERT = { .name = "orders.line_insert", .args = "uitutt" "iiitiii",
    .sql = "INSERT INTO client_order_line (tenant_id, order_id, position, kind, ref_id, category, description, quantity, unit_minor, discount_minor, tax_name, tax_ppm,"
           " tax_minor, total_minor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)" };
static const struct query Q_LINES_DELETE = { .name = "orders.lines_delete", .args = "u", .sql = "DELETE FROM client_order_line WHERE tenant_id = $1 AND order_id = $2" };
static const struct query Q_ORDER_REWRITE = { .name = "orders.rewrite", .args = "uitiiiiti",
    .sql = "UPDATE client_order SET version = version + 1, state = $4, gross_minor = $5, discount_minor = $6, tax_minor = $7, total_minor = $8, note = $9, updated_at = $10"
           " WHERE tenant_id = $1 AND id = $2 AND version = $3 AND state = 'open' AND paid_minor = 0 AND invoiced = 0 AND due_minor = 0" };
/* Under its version; and whatever the caller believes, what was paid is never less than before, and who is over stays so. */
static const struct query Q_ORDER_STEP = { .name = "orders.step", .args = "uitiiizii",
    .sql = "UPDATE client_order SET version = version + 1, state = $4, paid_minor = $5, refunded_minor = $6, kept_minor = $7, invoiced = $8, updated_at = $9,"
           " credited_minor = $10 WHERE tenant_id = $1 AND id = $2 AND version = $3 AND paid_minor <= $5 AND invoiced <= $8 AND credited_minor <= $10"
           " AND (state = $4 OR state = 'open' OR (state = 'paid' AND $4 = 'cancelled') OR (state = 'expired' AND $4 IN ('open', 'paid')))" };

/* Lists, newest first, behind a place. Those of one client and those that are open have an index of their own. */
#define FOUND " AND (o.created_at, o.id) < ($2, $3) AND o.created_at >= $4 AND o.created_at < $5"
#define NEWEST(x, limit) " ORDER BY " x ".created_at DESC, " x ".id DESC LIMIT " limit
static const struct query Q_ORDERS = { .name = "orders.list", .args = "iuiiti", .sql = ORDER FOUND " AND ($6 IS NULL OR o.state = $6)" NEWEST("o", "$7") };
static const struct query Q_ORDERS_OPEN = { .name = "orders.list_open", .args = "iuiiti", .sql = ORDER FOUND " AND o.state = 'open' AND o.state = $6" NEWEST("o", "$7") };
static const struct query Q_ORDERS_OF = { .name = "orders.list_client", .args = "iuiitiu", .sql = ORDER FOUND " AND ($6 IS NULL OR o.state = $6) AND o.client_id = $8" NEWEST("o", "$7") };

#define PAYMENT "SELECT id, order_id, currency, account_code, reference, session_id, session_url, intent_id, charge_id, failure, actor_kind, method, state, dispute," \
    " amount_minor, refunded_minor, session_expires_at, version, created_at, updated_at, succeeded_at, till_session_id, actor_id, live FROM payment WHERE tenant_id = $1"
static const struct query Q_PAYMENT = { .name = "payments.get", .args = "u", .sql = PAYMENT " AND id = $2" };
static const struct query Q_PAYMENTS_OF = { .name = "payments.of", .args = "u", .sql = PAYMENT " AND order_id = $2 ORDER BY created_at, id LIMIT 50" };
#define OF_CLIENT(x) " LEFT JOIN client_order o ON o.tenant_id = " x ".tenant_id AND o.id = " x ".order_id LEFT JOIN client c ON c.tenant_id = o.tenant_id AND c.id = o.client_id"
static const struct query Q_PAYMENTS = { .name = "payments.list", .args = "iuiitti",
    .sql = "SELECT p.id, p.order_id, p.currency, p.account_code, p.reference, p.failure, p.actor_kind, p.method, p.state, p.dispute, p.amount_minor, p.refunded_minor, p.version,"
           " p.created_at, p.updated_at, p.succeeded_at, p.till_session_id, p.actor_id, p.live, o.client_id, c.name AS client_name FROM payment p" OF_CLIENT("p")
           " WHERE p.tenant_id = $1 AND (p.created_at, p.id) < ($2, $3) AND p.created_at >= $4 AND p.created_at < $5 AND ($6 IS NULL OR p.state = $6)"
           " AND ($7 IS NULL OR p.method = $7)" NEWEST("p", "$8") };
static const struct query Q_PAYMENT_INSERT = { .name = "payments.insert", .args = "uutttti" "tutztti" "tttuii",
    .sql = "INSERT INTO payment (tenant_id, id, order_id, currency, method, state, dispute, amount_minor, account_code, till_session_id, reference, live, session_id,"
           " session_url, session_expires_at, intent_id, charge_id, actor_kind, actor_id, created_at, succeeded_at, refunded_minor, version, updated_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, 0, 1, $20)" };
static const struct query Q_PAYMENT_UPDATE = { .name = "payments.update", .args = "uittttitttzii",
    .sql = "UPDATE payment SET version = version + 1, state = $4, dispute = $5, session_id = $6, session_url = $7, session_expires_at = $8, intent_id = $9,"
           " charge_id = $10, failure = $11, live = $12, succeeded_at = $13, updated_at = $14 WHERE tenant_id = $1 AND id = $2 AND version = $3"
           " AND (state = $4 OR (state = 'created' AND $4 IN ('processing', 'failed', 'expired', 'succeeded')) OR (state = 'processing' AND $4 IN ('failed', 'expired', 'succeeded'))"
           " OR (state IN ('failed', 'expired') AND $4 = 'succeeded'))" };
static const struct query Q_PAYMENT_REFUNDED = { .name = "payments.refunded", .args = "uiii",
    .sql = "UPDATE payment SET version = version + 1, refunded_minor = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2 AND version = $3 AND state = 'succeeded'" };

#define REFUND "SELECT id, payment_id, order_id, currency, reason, provider_id, failure, actor_kind, amount_minor, state, cause, version, created_at, updated_at," \
    " till_session_id, actor_id FROM refund WHERE tenant_id = $1"
static const struct query Q_REFUND = { .name = "refunds.get", .args = "u", .sql = REFUND " AND id = $2" };
static const struct query Q_ORDERS_SUM = { .name = "orders.sum", .args = "u",
    .sql = "SELECT currency, COUNT(*) AS orders, CAST(SUM(CASE WHEN state = 'open' AND total_minor - credited_minor > paid_minor - refunded_minor THEN total_minor - credited_minor - paid_minor + refunded_minor ELSE 0 END) AS BIGINT) AS open_minor,"
           " CAST(SUM(paid_minor) AS BIGINT) AS paid_minor, CAST(SUM(refunded_minor) AS BIGINT) AS refunded_minor FROM client_order WHERE tenant_id = $1 AND client_id = $2"
           " GROUP BY currency ORDER BY currency LIMIT 20" };
static const struct query Q_REFUNDS_OF = { .name = "refunds.of", .args = "u", .sql = REFUND " AND order_id = $2 ORDER BY created_at, id LIMIT 100" };
static const struct query Q_REFUNDS = { .name = "refunds.list", .args = "iuiiti",
    .sql = "SELECT f.id, f.payment_id, f.order_id, f.currency, f.reason, f.provider_id, f.failure, f.actor_kind, f.amount_minor, f.state, f.cause, f.version, f.created_at,"
           " f.updated_at, f.till_session_id, f.actor_id, p.method, o.client_id, c.name AS client_name FROM refund f LEFT JOIN payment p ON p.tenant_id = f.tenant_id"
           " AND p.id = f.payment_id" OF_CLIENT("f") " WHERE f.tenant_id = $1 AND (f.created_at, f.id) < ($2, $3) AND f.created_at >= $4 AND f.created_at < $5"
           " AND ($6 IS NULL OR f.state = $6)" NEWEST("f", "$7") };
static const struct query Q_REFUND_INSERT = { .name = "refunds.insert", .args = "uuutittutui",
    .sql = "INSERT INTO refund (tenant_id, id, payment_id, order_id, currency, amount_minor, cause, reason, till_session_id, actor_kind, actor_id, created_at, updated_at,"
           " state, version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12, 'requested', 1)" };
static const struct query Q_REFUND_UPDATE = { .name = "refunds.update", .args = "uittti",
    .sql = "UPDATE refund SET version = version + 1, state = $4, provider_id = $5, failure = $6, updated_at = $7 WHERE tenant_id = $1 AND id = $2 AND version = $3"
           " AND (state = $4 OR state = 'requested' OR (state = 'submitted' AND $4 <> 'requested') OR (state = 'succeeded' AND $4 = 'failed'))" };
static const struct query Q_RECEIPTS = { .name = "orders.receipts", .args = "", .kept = KEPT, .sql = "SELECT receipts_online AS online, receipts_desk AS desk FROM order_settings WHERE tenant_id = $1" };
static const struct query Q_RECEIPTS_PUT = { .name = "orders.receipts_put", .args = "zz",
    .sql = "INSERT INTO order_settings (tenant_id, receipts_online, receipts_desk) VALUES ($1, $2, $3) ON CONFLICT (tenant_id) DO UPDATE SET"
           " receipts_online = excluded.receipts_online, receipts_desk = excluded.receipts_desk" };
const struct query *const orders_queries[] = { &Q_ORDER, &Q_RECEIPTS, &Q_RECEIPTS_PUT, &Q_LINES, &Q_ORDER_INSERT, &Q_LINE_INSERT, &Q_LINES_DELETE,
    &Q_ORDER_REWRITE, &Q_ORDER_STEP, &Q_ORDERS, &Q_ORDERS_OPEN, &Q_ORDERS_OF, &Q_ORDERS_SUM, &Q_PAYMENTS, &Q_REFUNDS, &Q_PAYMENT, &Q_PAYMENTS_OF, &Q_PAYMENT_INSERT,
    &Q_PAYMENT_UPDATE, &Q_PAYMENT_REFUNDED, &Q_REFUND, &Q_REFUNDS_OF, &Q_REFUND_INSERT, &Q_REFUND_UPDATE,
    &Q_OV_COUNTS, &Q_OV_LINES_AGREE, &Q_OV_PAID_AGREES, &Q_OV_REFUNDED_AGREES, &Q_OV_PAID_IS_PAID, &Q_OV_PAYMENT_AGREES, &Q_OV_PAYMENT_MOVED, &Q_OV_REFUND_MOVED, &Q_OV_DEPOSIT, NULL };

#define O struct order
static const struct field order_fields[] = { F_ID(O, id), F_ID(O, client_id), F_ID(O, location_id), F_STR(O, client_name), F_STR(O, currency), F_STR(O, terms), F_STR(O, note),
    F_ENUM(O, state, order_state_names), F_ENUM(O, source, order_source_names), F_BOOL(O, tax_included), F_BOOL(O, invoiced), F_INT(O, gross_minor), F_INT(O, discount_minor),
    F_INT(O, tax_minor), F_INT(O, total_minor), F_INT(O, due_minor), F_INT(O, pay_by), F_INT(O, paid_minor), F_INT(O, refunded_minor), F_INT(O, kept_minor), F_INT(O, credited_minor), F_INT(O, version),
    F_INT(O, created_at), F_INT(O, updated_at), F_END };
static const struct shape order_row = SHAPE_NAMED("order_row", order, order_fields);
#undef O
#define L struct order_line
static const struct field line_fields[] = { F_INT(L, position), F_ENUM(L, kind, order_line_kind_names), F_ID(L, ref_id), F_STR(L, category), F_STR(L, description), F_INT(L, quantity),
    F_INT(L, unit_minor), F_INT(L, discount_minor), F_STR(L, tax_name), F_INT(L, tax_ppm), F_INT(L, tax_minor), F_INT(L, total_minor), F_END };
static const struct shape line_row = SHAPE_NAMED("order_line_row", order_line, line_fields);
#undef L
#define P struct payment
#define PAYMENT_FIELDS F_ID(P, id), F_ID(P, order_id), F_STR(P, currency), F_STR(P, account_code), F_STR(P, reference), F_STR(P, session_id), F_STR(P, session_url), \
    F_STR(P, intent_id), F_STR(P, charge_id), F_STR(P, failure), F_STR(P, actor_kind), F_ENUM(P, method, payment_method_names), F_ENUM(P, state, payment_state_names), \
    F_ENUM(P, dispute, payment_dispute_names), F_INT(P, amount_minor), F_INT(P, refunded_minor), F_INT(P, session_expires_at), F_INT(P, version), F_INT(P, created_at), \
    F_INT(P, updated_at), F_INT(P, succeeded_at), F_ID(P, till_session_id), F_ID(P, actor_id), F_BOOL(P, live)
static const struct field payment_fields[] = { PAYMENT_FIELDS, F_END };
static const struct shape payment_row = SHAPE_NAMED("payment_row", payment, payment_fields);
static const struct field payment_item_fields[] = { PAYMENT_FIELDS, F_ID(struct payment_item, client_id), F_STR(struct payment_item, client_name), F_END };
static const struct shape payment_item_row = SHAPE_NAMED("payment_item_row", payment_item, payment_item_fields);
#undef P
#define R struct refund
#define REFUND_FIELDS F_ID(R, id), F_ID(R, payment_id), F_ID(R, order_id), F_STR(R, currency), F_STR(R, reason), F_STR(R, provider_id), F_STR(R, failure), \
    F_STR(R, actor_kind), F_INT(R, amount_minor), F_ENUM(R, state, refund_state_names), F_ENUM(R, cause, refund_cause_names), F_INT(R, version), F_INT(R, created_at), F_INT(R, updated_at), \
    F_ID(R, till_session_id), F_ID(R, actor_id)
static const struct field refund_fields[] = { REFUND_FIELDS, F_END };
static const struct shape refund_row = SHAPE_NAMED("refund_row", refund, refund_fields);
static const struct field refund_item_fields[] = { REFUND_FIELDS, F_ENUM(struct refund_item, method, payment_method_names), F_ID(struct refund_item, client_id),
    F_STR(struct refund_item, client_name), F_END };
static const struct shape refund_item_row = SHAPE_NAMED("refund_item_row", refund_item, refund_item_fields);
#undef R

#define S_ struct order_sum
static const struct field sum_fields[] = { F_STR(S_, currency), F_INT(S_, orders), F_INT(S_, open_minor), F_INT(S_, paid_minor), F_INT(S_, refunded_minor), F_END };
static const struct shape sum_row = SHAPE_NAMED("order_sum_row", order_sum, sum_fields);
#undef S_

enum rc orders_get(struct tdb *db, struct id id, struct order *out)
{
    struct tdb *both = db_batch(db);
    out->id = ID_NIL;
    TRY(db_get(both, &Q_ORDER, ARGS(U(id)), &order_row, out));
    TRY(db_list(both, &Q_LINES, ARGS(U(id)), &line_row, ORDER_LINES_MAX, &out->lines));
    TRY(db_batch_run(both));
    return id_is_nil(out->id) ? RC_NOT_FOUND : RC_OK;
}

enum rc payments_get(struct tdb *db, struct id id, struct payment *out) { return db_get(db, &Q_PAYMENT, ARGS(U(id)), &payment_row, out); }
enum rc refunds_get(struct tdb *db, struct id id, struct refund *out) { return db_get(db, &Q_REFUND, ARGS(U(id)), &refund_row, out); }
enum rc payments_of(struct tdb *db, struct id order, struct list *out) { return db_list(db, &Q_PAYMENTS_OF, ARGS(U(order)), &payment_row, ORDER_PAYMENTS_MAX, out); }
enum rc refunds_of(struct tdb *db, struct id order, struct list *out) { return db_list(db, &Q_REFUNDS_OF, ARGS(U(order)), &refund_row, ORDER_REFUNDS_MAX, out); }

static struct id after_id(const struct order_filter *f)
{
    static const struct id last = { { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 } };
    return id_is_nil(f->after.id) ? last : f->after.id;
}

#define PLACE(f) I(id_is_nil((f)->after.id) ? INT64_MAX : (f)->after.number), U(after_id(f)), I((f)->from == NONE ? 0 : (f)->from), I((f)->to == NONE ? INT64_MAX : (f)->to)

enum rc orders_find(struct tdb *db, const struct order_filter *f, struct list *out)
{
    const char *state = f->state == NONE ? NULL : order_state_names[f->state];
    if (!id_is_nil(f->client_id)) return db_list(db, &Q_ORDERS_OF, ARGS(PLACE(f), S(state), I(f->limit), U(f->client_id)), &order_row, (size_t)f->limit, out);
    return db_list(db, f->state == ORDER_OPEN ? &Q_ORDERS_OPEN : &Q_ORDERS, ARGS(PLACE(f), S(state), I(f->limit)), &order_row, (size_t)f->limit, out);
}

enum rc orders_sum(struct tdb *db, struct id client, struct list *out) { return db_list(db, &Q_ORDERS_SUM, ARGS(U(client)), &sum_row, ORDER_CURRENCIES_MAX, out); }

enum rc payments_find(struct tdb *db, const struct order_filter *f, struct list *out)
{
    return db_list(db, &Q_PAYMENTS, ARGS(PLACE(f), S(f->state == NONE ? NULL : payment_state_names[f->state]), S(f->method == NONE ? NULL : payment_method_names[f->method]),
        I(f->limit)), &payment_item_row, (size_t)f->limit, out);
}

enum rc refunds_find(struct tdb *db, const struct order_filter *f, struct list *out)
{
    return db_list(db, &Q_REFUNDS, ARGS(PLACE(f), S(f->state == NONE ? NULL : refund_state_names[f->state]), I(f->limit)), &refund_item_row, (size_t)f->limit, out);
}

enum rc orders_receipts(struct tdb *db, struct order_receipts *out)
{
    static const struct field fields[] = { F_BOOL(struct order_receipts, online), F_BOOL(struct order_receipts, desk), F_END };
    static const struct shape shape = SHAPE(order_receipts, fields);
    enum rc rc = db_get(db, &Q_RECEIPTS, ARGS(), &shape, out);
    if (rc != RC_NOT_FOUND) return rc;
    *out = (struct order_receipts){ .online = true };
    return RC_OK;
}

enum rc orders_receipts_put(struct tx *tx, const struct order_receipts *r) { return tx_run_query(tx, &Q_RECEIPTS_PUT, ARGS(Z(r->online), Z(r->desk))); }

static enum rc lines_insert(struct tx *tx, const struct order *o)
{
    for (size_t i = 0; i < o->lines.n; i++) {
        const struct order_line *l = LIST_AT(o->lines, struct order_line, i);
        TRY(tx_run_query(tx, &Q_LINE_INSERT, ARGS(U(o->id), I(l->position), S(order_line_kind_names[l->kind]), U(l->ref_id), S(l->category), S(l->description), I(l->quantity),
            I(l->unit_minor), I(l->discount_minor), S(l->tax_name), I(l->tax_ppm), I(l->tax_minor), I(l->total_minor))));
    }
    return RC_OK;
}

enum rc order_insert(struct tx *tx, const struct order *o)
{
    TRY(tx_run_query(tx, &Q_ORDER_INSERT, ARGS(U(o->id), U(o->client_id), U(o->location_id), S(o->currency), S(order_state_names[o->state]), S(order_source_names[o->source]),
        Z(o->tax_included), I(o->gross_minor), I(o->discount_minor), I(o->tax_minor), I(o->total_minor), I(o->due_minor), I(o->pay_by), S(o->terms), S(o->note), I(o->created_at),
        I(o->paid_minor))));
    return lines_insert(tx, o);
}

enum rc order_rewrite(struct tx *tx, struct order *o, int64_t now, enum rc lost)
{
    TRY(tx_one(tx, &Q_ORDER_REWRITE, ARGS(U(o->id), I(o->version), S(order_state_names[o->state]), I(o->gross_minor), I(o->discount_minor), I(o->tax_minor), I(o->total_minor),
        S(o->note), I(now)), lost));
    o->version++;
    o->updated_at = now;
    TRY(tx_run_query(tx, &Q_LINES_DELETE, ARGS(U(o->id))));
    return lines_insert(tx, o);
}

enum rc order_step(struct tx *tx, struct order *o, int64_t now, enum rc lost)
{
    TRY(tx_one(tx, &Q_ORDER_STEP, ARGS(U(o->id), I(o->version), S(order_state_names[o->state]), I(o->paid_minor), I(o->refunded_minor), I(o->kept_minor), Z(o->invoiced), I(now),
        I(o->credited_minor)), lost));
    o->version++;
    o->updated_at = now;
    return RC_OK;
}

enum rc payment_insert(struct tx *tx, const struct payment *p)
{
    return tx_run_query(tx, &Q_PAYMENT_INSERT, ARGS(U(p->id), U(p->order_id), S(p->currency), S(payment_method_names[p->method]), S(payment_state_names[p->state]),
        S(payment_dispute_names[p->dispute]), I(p->amount_minor), S(p->account_code), U(p->till_session_id), S(p->reference), Z(p->live), S(p->session_id), S(p->session_url),
        I(p->session_expires_at), S(p->intent_id), S(p->charge_id), S(p->actor_kind), U(p->actor_id), I(p->created_at), I(p->succeeded_at)));
}

enum rc payment_update(struct tx *tx, struct payment *p, int64_t now, enum rc lost)
{
    TRY(tx_one(tx, &Q_PAYMENT_UPDATE, ARGS(U(p->id), I(p->version), S(payment_state_names[p->state]), S(payment_dispute_names[p->dispute]), S(p->session_id), S(p->session_url),
        I(p->session_expires_at), S(p->intent_id), S(p->charge_id), S(p->failure), Z(p->live), I(p->succeeded_at), I(now)), lost));
    p->version++;
    p->updated_at = now;
    return RC_OK;
}

enum rc payment_refunded(struct tx *tx, struct payment *p, int64_t now, enum rc lost)
{
    TRY(tx_one(tx, &Q_PAYMENT_REFUNDED, ARGS(U(p->id), I(p->version), I(p->refunded_minor), I(now)), lost));
    p->version++;
    p->updated_at = now;
    return RC_OK;
}

enum rc refund_insert(struct tx *tx, const struct refund *f)
{
    return tx_run_query(tx, &Q_REFUND_INSERT, ARGS(U(f->id), U(f->payment_id), U(f->order_id), S(f->currency), I(f->amount_minor), S(refund_cause_names[f->cause]), S(f->reason),
        U(f->till_session_id), S(f->actor_kind), U(f->actor_id), I(f->created_at)));
}

enum rc refund_update(struct tx *tx, struct refund *f, int64_t now, enum rc lost)
{
    TRY(tx_one(tx, &Q_REFUND_UPDATE, ARGS(U(f->id), I(f->version), S(refund_state_names[f->state]), S(f->provider_id), S(f->failure), I(now)), lost));
    f->version++;
    f->updated_at = now;
    return RC_OK;
}
