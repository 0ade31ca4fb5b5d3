/* orders_verify.c - proves that orders, payments, refunds and the ledger say the same, or names the first row that does not. One statement a rule, so that each
 * looks at one moment and it may run beside writers. */
#include "modules/orders/orders_rows.h"
#include "modules/tenants/tenants.h"

/* What was moved for a cause and not taken back. */
#define MOVED(side, account, of) "COALESCE((SELECT SUM(t.amount) FROM ledger_transfer t LEFT JOIN ledger_account a ON a.tenant_id = t.tenant_id AND a.id = t." side \
    " WHERE t.tenant_id = $1 AND t.cause_id = " of " AND t.phase IN ('single', 'post') AND a.code = " account \
    " AND NOT EXISTS (SELECT 1 FROM ledger_transfer e WHERE e.tenant_id = t.tenant_id AND e.of_id = t.id AND e.phase = 'reversal')), 0)"
#define SUM_OF(what, from) "COALESCE((SELECT SUM(" what ") FROM " from "), 0)"
#define FIRST(x) " ORDER BY " x ".id LIMIT 1"

const struct query Q_OV_COUNTS = { .name = "orders.counts", .args = "",
    .sql = "SELECT (SELECT COUNT(*) FROM client_order WHERE tenant_id = $1) AS orders, (SELECT COUNT(*) FROM payment WHERE tenant_id = $1) AS payments,"
           " (SELECT COUNT(*) FROM refund WHERE tenant_id = $1) AS refunds" };
const struct query Q_OV_LINES_AGREE = { .name = "orders.lines_agree", .args = "",
    .sql = "SELECT o.id FROM client_order o WHERE o.tenant_id = $1 AND o.total_minor <> " SUM_OF("l.total_minor", "client_order_line l WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id")
           FIRST("o") };
const struct query Q_OV_PAID_AGREES = { .name = "orders.paid_agrees", .args = "",
    .sql = "SELECT o.id FROM client_order o WHERE o.tenant_id = $1 AND o.paid_minor <> "
           SUM_OF("p.amount_minor", "payment p WHERE p.tenant_id = o.tenant_id AND p.order_id = o.id AND p.state = 'succeeded'") FIRST("o") };
const struct query Q_OV_REFUNDED_AGREES = { .name = "orders.refunded_agrees", .args = "",
    .sql = "SELECT o.id FROM client_order o WHERE o.tenant_id = $1 AND o.refunded_minor <> "
           SUM_OF("f.amount_minor", "refund f WHERE f.tenant_id = o.tenant_id AND f.order_id = o.id AND f.state <> 'failed'") FIRST("o") };
const struct query Q_OV_PAID_IS_PAID = { .name = "orders.paid_is_paid", .args = "",
    .sql = "SELECT o.id FROM client_order o WHERE o.tenant_id = $1 AND (o.kept_minor > o.paid_minor - o.refunded_minor"
           " OR (o.state = 'open' AND o.total_minor > 0 AND o.paid_minor - o.refunded_minor >= o.total_minor - o.credited_minor AND o.paid_minor > 0 AND o.refunded_minor = 0)"
           " OR (o.state = 'paid' AND o.paid_minor < o.total_minor - o.credited_minor))" FIRST("o") };
const struct query Q_OV_PAYMENT_AGREES = { .name = "payments.refunds_agree", .args = "",
    .sql = "SELECT p.id FROM payment p WHERE p.tenant_id = $1 AND (p.refunded_minor > p.amount_minor OR p.refunded_minor <> "
           SUM_OF("f.amount_minor", "refund f WHERE f.tenant_id = p.tenant_id AND f.payment_id = p.id AND f.state <> 'failed'") ")" FIRST("p") };
const struct query Q_OV_PAYMENT_MOVED = { .name = "payments.moved", .args = "",
    .sql = "SELECT p.id FROM payment p WHERE p.tenant_id = $1 AND CASE WHEN p.state = 'succeeded' THEN p.amount_minor ELSE 0 END <> " MOVED("debit_account_id", "p.account_code", "p.id") FIRST("p") };
const struct query Q_OV_REFUND_MOVED = { .name = "refunds.moved", .args = "",
    .sql = "SELECT f.id FROM refund f LEFT JOIN payment p ON p.tenant_id = f.tenant_id AND p.id = f.payment_id WHERE f.tenant_id = $1"
           " AND (CASE WHEN f.state = 'succeeded' THEN f.amount_minor ELSE 0 END <> " MOVED("credit_account_id", "p.account_code", "f.id") " - " MOVED("debit_account_id", "p.account_code", "f.id")
           " OR CASE WHEN f.state IN ('requested', 'submitted') THEN f.amount_minor ELSE 0 END <> " MOVED("credit_account_id", "'refund_payable'", "f.id") " - "
           MOVED("debit_account_id", "'refund_payable'", "f.id") ")" FIRST("f") };
/* What the order has in deposit_liability ($2), by itself, its payments and its refunds. A wallet's top-up leaves it by another cause, and what is taken
 * out of the wallet again before it goes back comes as a refund of the order itself: neither is the order's money. */
#define SIDE(side, sign) "COALESCE((SELECT " sign "SUM(t.amount) FROM ledger_transfer t WHERE t.tenant_id = $1 AND t.cause_id = c.id AND t." side " = $2" \
    " AND t.cause IN ('payment', 'refund', 'order', 'cancellation') AND (t.cause <> 'refund' OR c.id <> o.id) AND t.phase IN ('single', 'post')" \
    " AND NOT EXISTS (SELECT 1 FROM ledger_transfer e WHERE e.tenant_id = t.tenant_id AND e.of_id = t.id AND e.phase = 'reversal')), 0)"
const struct query Q_OV_DEPOSIT = { .name = "orders.deposit", .args = "u",
    .sql = "SELECT o.id FROM client_order o WHERE o.tenant_id = $1 AND (o.paid_minor > 0 OR o.invoiced = 1) AND CASE WHEN o.invoiced = 1 THEN "
           SUM_OF("l.total_minor - l.tax_minor", "client_order_line l WHERE l.tenant_id = o.tenant_id AND l.order_id = o.id AND l.kind = 'top_up'")
           " ELSE o.paid_minor - o.refunded_minor - o.kept_minor END <> COALESCE((SELECT SUM(" SIDE("credit_account_id", "") " + " SIDE("debit_account_id", "-")
           ") FROM (SELECT o.id AS id UNION ALL SELECT p.id FROM payment p WHERE p.tenant_id = $1 AND p.order_id = o.id"
           " UNION ALL SELECT f.id FROM refund f WHERE f.tenant_id = $1 AND f.order_id = o.id) c), 0)" FIRST("o") };

struct found { struct id id; };
static const struct field found_fields[] = { F_ID(struct found, id), F_END };
static const struct shape found_row = SHAPE(found, found_fields);
static const struct field count_fields[] = { F_INT(struct orders_proof, orders), F_INT(struct orders_proof, payments), F_INT(struct orders_proof, refunds), F_END };
static const struct shape count_row = SHAPE_NAMED("orders_counts", orders_proof, count_fields);

enum rc orders_verify(struct tdb *db, struct orders_proof *out)
{
    static const struct { const struct query *q; const char *what, *wrong; } rules[] = { { &Q_OV_LINES_AGREE, "order", "its total is not the sum of its lines" },
        { &Q_OV_PAID_AGREES, "order", "what was paid is not the sum of its payments" }, { &Q_OV_REFUNDED_AGREES, "order", "what went back is not the sum of its refunds" },
        { &Q_OV_PAID_IS_PAID, "order", "its state does not fit what was paid, given back and kept" }, { &Q_OV_PAYMENT_AGREES, "payment", "what went back of it is not the sum of its refunds" },
        { &Q_OV_PAYMENT_MOVED, "payment", "the ledger has moved another amount for it" }, { &Q_OV_REFUND_MOVED, "refund", "the ledger has moved another amount for it" } };
    struct ledger_account deposit;
    struct found f = { ID_NIL };
    char id[ID_TEXT];
    *out = (struct orders_proof){ 0 };
    TRY(db_get(db, &Q_OV_COUNTS, ARGS(), &count_row, out));
    for (size_t i = 0; i < ARRAY_LEN(rules) && !out->breach; i++) {
        enum rc rc = db_get(db, rules[i].q, ARGS(), &found_row, &f);
        if (rc == RC_NOT_FOUND) continue;
        TRY(rc);
        out->breach = arena_printf(db_arena(db), "%s %s: %s", rules[i].what, id_format(f.id, id), rules[i].wrong);
    }
    if (out->breach) return RC_OK;
    if (!ledger_account_of(db_arena(db), db_tenant(db), "deposit_liability", "EUR", &deposit)) return RC_FAULT;
    enum rc rc = db_get(db, &Q_OV_DEPOSIT, ARGS(U(deposit.id)), &found_row, &f);
    if (rc == RC_OK) out->breach = arena_printf(db_arena(db), "order %s: the ledger holds another amount for it than was paid, given back and kept", id_format(f.id, id));
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc prove(struct tdb *db, int64_t now, const char **breach)
{
    struct orders_proof proof;
    (void)now;
    TRY(orders_verify(db, &proof));
    *breach = proof.breach;
    return RC_OK;
}

enum rc orders_verify_all(struct job *job) { return tenants_prove(job, &(struct proving){ "orders.breach", "orders", 4 << 20, prove }); }
