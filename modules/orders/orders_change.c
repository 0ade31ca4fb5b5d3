/* orders_change.c - what happens to orders, payments and refunds: rows, audit, event, and their moves in the ledger. See orders.h. */
#include "modules/orders/orders_rows.h"
#include <stdio.h>

/* ---- traces --------------------------------------------------------------------------------------------------------------------------- */

/* The id of an audit row is made inside a transaction that may run twice: it follows from what it tells of, and from the instant, because the log goes by ids. */
static struct id audit_id(struct tx *tx, struct req *r, struct id row, int64_t version)
{
    char step[48];
    snprintf(step, sizeof step, "audit:%lld", (long long)version);
    struct id id = ledger_step_id(db_tenant(tx_db(tx)), row, step);
    for (int i = 0; i < 6; i++) id.b[i] = (uint8_t)(r->now / 1000 >> (40 - 8 * i));
    id.b[6] = (uint8_t)(0x70 | (id.b[6] & 15));
    return id;
}

/* What the audit log says of a change. */
struct told { int64_t state, amount_minor, total_minor, paid_minor, refunded_minor, kept_minor, credited_minor; struct id payment_id, refund_id; const char *method, *reason, *word; bool invoiced; };
#define T struct told
static const struct field told_fields[] = { F_ENUM(T, state, order_state_names), F_INT(T, total_minor), F_INT(T, paid_minor), F_INT(T, refunded_minor), F_INT(T, kept_minor), F_INT(T, credited_minor), F_BOOL(T, invoiced),
    F_ID(T, payment_id), F_ID(T, refund_id), F_INT(T, amount_minor), F_STR(T, method), F_STR(T, word), F_STR(T, reason), F_END };
static const struct shape told_shape = SHAPE(told, told_fields);
#undef T

static struct told told_of(const struct order *o)
{
    return (struct told){ .state = o->state, .total_minor = o->total_minor, .paid_minor = o->paid_minor, .refunded_minor = o->refunded_minor, .kept_minor = o->kept_minor, .credited_minor = o->credited_minor, .invoiced = o->invoiced };
}

/* What only adds has topics of its own: nothing can have to be given back because of it (a wallet looks for that after every order.changed). */
static const char *topic_of(const char *action)
{
    return str_eq(action, "order.create") ? "order.created" : str_eq(action, "order.pay") ? "order.paid" : "order.changed";
}

/* One audit row and one event of the order, whatever of it changed. */
static enum rc trace(struct tx *tx, struct req *r, const char *action, const struct order *o, struct id audit, const struct told *before, const struct told *after)
{
    return tx_change(tx, r, &(struct change){ .audit_id = audit, .action = action, .topic = topic_of(action), .entity = "client_order", .id = o->id, .version = o->version,
        .changes = shape_diff(r->arena, &told_shape, before, after) });
}

/* The same where only the order's id is known. */
static enum rc trace_payment(struct tx *tx, struct req *r, const char *action, const struct payment *p)
{
    struct told none = { .state = NONE }, told = { .state = NONE, .payment_id = p->id, .amount_minor = p->amount_minor, .method = payment_method_names[p->method],
        .word = payment_state_names[p->state], .reason = p->failure };
    TRY(tx_audit(tx, r, &(struct audit_entry){ .id = audit_id(tx, r, p->id, p->version), .action = action, .entity = "client_order", .entity_id = p->order_id,
        .changes = shape_diff(r->arena, &told_shape, &none, &told) }));
    return tx_event(tx, "order.changed", p->order_id, p->version, r->now, NULL);
}

/* ---- accounts ------------------------------------------------------------------------------------------------------------------------------ */

/* Who owes, and who is owed after the invoice. */
static const char *receivable(const struct ledger_chain *c, const struct order *o)
{
    char id[ID_TEXT];
    return id_is_nil(o->client_id) ? "receivable:desk" : arena_printf(c->arena, "receivable:%s", id_format(o->client_id, id));
}

/* Where the money of an order waits: until it is earned, with us; then it is set against what the client owes. */
static const char *waiting(const struct ledger_chain *c, const struct order *o) { return o->invoiced ? receivable(c, o) : "deposit_liability"; }

static void move(struct ledger_chain *c, const char *debit, const char *credit, int64_t amount, int64_t cause, struct id id, const char *step)
{
    ledger_chain_add(c, &(struct ledger_step){ .debit = debit, .credit = credit, .amount = amount, .cause = cause, .cause_id = id, .step = step });
}

/* ---- orders ---------------------------------------------------------------------------------------------------------------------------------- */

static enum rc begin_order(const struct req *r, struct order *o)
{
    if (!orders_total(o) || o->due_minor < 0 || o->due_minor > o->total_minor || !unit_is_currency(o->currency)) return RC_INVALID;
    if (!o->pay_by) o->pay_by = NONE;
    o->state = o->total_minor ? ORDER_OPEN : ORDER_PAID;
    o->invoiced = false;
    o->paid_minor = o->refunded_minor = o->kept_minor = o->credited_minor = 0;
    o->created_at = o->updated_at = r->now;
    o->version = 1;
    return RC_OK;
}

enum rc orders_insert(struct tx *tx, struct req *r, struct order *o)
{
    TRY(begin_order(r, o));
    TRY(order_insert(tx, o));
    struct told none = { .state = NONE }, after = told_of(o);
    return trace(tx, r, "order.create", o, audit_id(tx, r, o->id, 1), &none, &after);
}

static enum rc step(struct tx *tx, struct req *r, struct order *o, const char *action, const struct told *before, const struct told *more, enum rc lost)
{
    struct told after = told_of(o);
    if (more) {
        after.payment_id = more->payment_id, after.refund_id = more->refund_id, after.amount_minor = more->amount_minor;
        after.method = more->method, after.reason = more->reason, after.word = more->word;
    }
    TRY(order_step(tx, o, r->now, lost));
    return trace(tx, r, action, o, audit_id(tx, r, o->id, o->version), before, &after);
}

enum rc orders_change_lines(struct tx *tx, struct req *r, struct order *o, const struct order *with, enum rc lost)
{
    struct told before = told_of(o);
    if (o->state != ORDER_OPEN || o->paid_minor || o->invoiced || o->due_minor) return RC_STATE;
    o->lines = with->lines;
    o->note = with->note;
    if (!orders_total(o)) return RC_INVALID;
    o->state = o->total_minor ? ORDER_OPEN : ORDER_PAID;
    TRY(order_rewrite(tx, o, r->now, lost));
    struct told after = told_of(o);
    return trace(tx, r, "order.lines", o, audit_id(tx, r, o->id, o->version), &before, &after);
}

enum rc orders_end(struct tx *tx, struct req *r, struct order *o, int64_t state, int64_t kept_minor, struct ledger_chain *c, enum rc lost)
{
    struct told before = told_of(o);
    ASSERT(kept_minor >= 0);
    if ((state != ORDER_CANCELLED && state != ORDER_EXPIRED) || (o->state != ORDER_OPEN && (o->state != ORDER_PAID || state != ORDER_CANCELLED))) return RC_STATE;
    if (kept_minor > o->paid_minor - o->refunded_minor) return RC_FUNDS;
    o->state = state;
    o->kept_minor = kept_minor;
    if (!o->invoiced) move(c, "deposit_liability", "cancellation_revenue", kept_minor, LEDGER_CANCELLATION, o->id, "kept"); /* else it is revenue already */
    return step(tx, r, o, state == ORDER_EXPIRED ? "order.expire" : "order.cancel", &before, NULL, lost);
}

/* What came is all there, less what went back. */
static bool settled(const struct order *o) { return o->paid_minor - o->refunded_minor >= order_asked_minor(o); }

enum rc orders_revive(struct tx *tx, struct req *r, struct order *o, enum rc lost)
{
    struct told before = told_of(o);
    if (o->state != ORDER_EXPIRED) return RC_STATE;
    o->state = settled(o) ? ORDER_PAID : ORDER_OPEN;
    return step(tx, r, o, "order.revive", &before, NULL, lost);
}

static void invoice_taxes(const struct order *o, const char *owed, struct ledger_chain *c)
{
    for (size_t i = 0; i < o->lines.n; i++) {
        const struct order_line *l = LIST_AT(o->lines, struct order_line, i);
        int64_t sum = 0;
        bool first = true;
        for (size_t k = 0; k < o->lines.n; k++) {
            const struct order_line *other = LIST_AT(o->lines, struct order_line, k);
            if (other->tax_ppm != l->tax_ppm) continue;
            sum += other->tax_minor;
            first = first && k >= i;
        }
        if (!first) continue;
        const char *code = arena_printf(c->arena, "tax:%lld", (long long)l->tax_ppm);
        move(c, owed, code, sum, LEDGER_ORDER, o->id, code);
    }
}

static void invoice_lines(const struct order *o, const char *owed, struct ledger_chain *c)
{
    for (size_t i = 0; i < o->lines.n; i++) {
        const struct order_line *l = LIST_AT(o->lines, struct order_line, i);
        char id[ID_TEXT];
        const char *of = id_is_nil(l->ref_id) ? order_line_kind_names[l->kind] : id_format(l->ref_id, id);
        const char *code = l->kind == LINE_TOP_UP ? "deposit_liability" : arena_printf(c->arena, "revenue:%s", of);
        move(c, owed, code, l->total_minor - l->tax_minor, LEDGER_ORDER, o->id, arena_printf(c->arena, "line:%lld", (long long)l->position));
    }
}

enum rc orders_invoice(struct tx *tx, struct req *r, struct order *o, struct ledger_chain *c, enum rc lost)
{
    struct told before = told_of(o);
    const char *owed = receivable(c, o);
    if (o->invoiced || (o->state != ORDER_OPEN && o->state != ORDER_PAID)) return RC_STATE;
    invoice_lines(o, owed, c);
    invoice_taxes(o, owed, c);
    move(c, "deposit_liability", owed, o->paid_minor - o->refunded_minor, LEDGER_ORDER, o->id, "applied");
    o->invoiced = true;
    return step(tx, r, o, "order.invoice", &before, NULL, lost);
}

enum rc orders_credit(struct tx *tx, struct req *r, struct order *o, int64_t amount, enum rc lost)
{
    struct told before = told_of(o);
    if (!o->invoiced) return RC_STATE;
    if (amount < 1 || amount > order_asked_minor(o)) return RC_FUNDS;
    o->credited_minor += amount;
    if (o->state == ORDER_OPEN && !order_asked_minor(o)) o->state = ORDER_CANCELLED;
    else if (o->state == ORDER_OPEN && settled(o)) o->state = ORDER_PAID;
    return step(tx, r, o, "order.credit", &before, NULL, lost);
}

/* ---- payments -------------------------------------------------------------------------------------------------------------------------------- */

static enum rc payment_new(struct tx *tx, struct req *r, struct payment *p)
{
    struct ledger_by by = ledger_by(r);
    if (p->amount_minor < 1 || p->amount_minor > ORDER_AMOUNT_MAX) return RC_INVALID;
    p->actor_kind = by.actor_kind;
    p->actor_id = by.actor_id;
    p->created_at = p->updated_at = r->now;
    p->refunded_minor = 0;
    p->version = 1;
    if (!p->session_expires_at) p->session_expires_at = NONE;
    return payment_insert(tx, p);
}

enum rc payments_begin(struct tx *tx, struct req *r, struct payment *p)
{
    if (p->state != PAYMENT_CREATED && p->state != PAYMENT_PROCESSING) return RC_STATE;
    p->succeeded_at = NONE;
    TRY(payment_new(tx, r, p));
    return trace_payment(tx, r, "order.payment_begin", p);
}

enum rc payments_update(struct tx *tx, struct req *r, struct payment *p, enum rc lost)
{
    if ((p->state == PAYMENT_SUCCEEDED) != (p->succeeded_at != NONE)) return RC_STATE; /* success is orders_capture's */
    TRY(payment_update(tx, p, r->now, lost));
    return trace_payment(tx, r, "order.payment_update", p);
}

static void capture_moves(const struct order *o, const struct payment *p, const struct ledger_transfer *held, struct ledger_chain *c)
{
    if (!held) {
        move(c, p->account_code, waiting(c, o), p->amount_minor, LEDGER_PAYMENT, p->id, "capture");
        return;
    }
    ledger_chain_end(c, held, LEDGER_POST, 0, "capture");
    if (o->invoiced) move(c, "deposit_liability", receivable(c, o), p->amount_minor, LEDGER_PAYMENT, p->id, "applied"); /* it was held before the invoice */
}

/* The paper follows by itself, where the clinic wants that. Online is whatever was not taken by the staff. */
static enum rc leave_receipt(struct tx *tx, struct req *r, const struct order *o, const struct payment *p)
{
    char id[ID_TEXT];
    bool online = p->method == PAY_CARD || !str_eq(p->actor_kind, "member");
    if (online ? !o->receipts.online : !o->receipts.desk) return RC_OK;
    const char *payload = arena_printf(r->arena, "{\"payment_id\":\"%s\"}", id_format(p->id, id));
    return tx_job(tx, ledger_step_id(db_tenant(tx_db(tx)), p->id, "receipt"), "documents.receipt", id, r->now, payload);
}

enum rc orders_capture(struct tx *tx, struct req *r, struct order *o, struct payment *p, const struct ledger_transfer *held, struct ledger_chain *c, enum rc lost)
{
    struct told before = told_of(o);
    if (p->version && p->state == PAYMENT_SUCCEEDED) return RC_STATE;
    if (!str_eq(p->currency, o->currency) || (held && held->amount != p->amount_minor)) return RC_INVALID;
    p->order_id = o->id;
    p->state = PAYMENT_SUCCEEDED;
    p->succeeded_at = r->now;
    bool begun = p->version;
    if (begun) TRY(payment_update(tx, p, r->now, lost));
    else TRY(payment_new(tx, r, p));
    TRY(leave_receipt(tx, r, o, p));
    capture_moves(o, p, held, c);
    o->paid_minor += p->amount_minor;
    if (o->state == ORDER_OPEN && settled(o)) o->state = ORDER_PAID;
    struct told more = { .payment_id = p->id, .amount_minor = p->amount_minor, .method = payment_method_names[p->method] };
    return step(tx, r, o, begun ? "order.capture" : "order.pay", &before, &more, lost);
}

/* The row is written once, as it is when all of them are there; the first payment is told in the row of the audit log that tells of the order. */
enum rc orders_insert_paid(struct tx *tx, struct req *r, struct order *o, struct payment *payments, size_t n, struct ledger_chain *c)
{
    struct told none = { .state = NONE };
    TRY(begin_order(r, o));
    for (size_t i = 0; i < n; i++) o->paid_minor += payments[i].amount_minor;
    if (o->paid_minor > o->total_minor) return RC_INVALID;
    if (settled(o)) o->state = ORDER_PAID;
    TRY(order_insert(tx, o));
    for (size_t i = 0; i < n; i++) {
        struct payment *p = &payments[i];
        if (!str_eq(p->currency, o->currency)) return RC_INVALID;
        p->order_id = o->id;
        p->state = PAYMENT_SUCCEEDED;
        p->succeeded_at = r->now;
        TRY(payment_new(tx, r, p));
        TRY(leave_receipt(tx, r, o, p));
        capture_moves(o, p, NULL, c);
        struct told told = told_of(o);
        told.payment_id = p->id, told.amount_minor = p->amount_minor, told.method = payment_method_names[p->method];
        if (i == 0) TRY(trace(tx, r, "order.create", o, audit_id(tx, r, o->id, 1), &none, &told));
        else TRY(tx_audit(tx, r, &(struct audit_entry){ .id = audit_id(tx, r, p->id, 1), .action = "order.pay", .entity = "client_order", .entity_id = o->id,
            .changes = shape_diff(r->arena, &told_shape, &none, &told) }));
    }
    return n ? RC_OK : RC_INVALID;
}

/* ---- refunds ----------------------------------------------------------------------------------------------------------------------------------- */

static struct told told_refund(const struct payment *p, const struct refund *f)
{
    return (struct told){ .payment_id = p->id, .refund_id = f->id, .amount_minor = f->amount_minor, .method = payment_method_names[p->method], .word = refund_state_names[f->state],
        .reason = f->state == REFUND_FAILED ? f->failure : f->reason };
}

/* What is left of the order's money first; then what was kept of it, which is given up. */
static void refund_moves(struct order *o, const struct refund *f, struct ledger_chain *c)
{
    int64_t free = o->paid_minor - o->refunded_minor - o->kept_minor, given_up = f->amount_minor > free ? f->amount_minor - free : 0;
    o->refunded_minor += f->amount_minor;
    o->kept_minor -= given_up;
    if (o->invoiced) given_up = 0; /* what was invoiced is owed, and taken back by its credit note */
    move(c, waiting(c, o), "refund_payable", f->amount_minor - given_up, LEDGER_REFUND, f->id, "ask");
    move(c, "cancellation_revenue", "refund_payable", given_up, LEDGER_REFUND, f->id, "given_up");
}

enum rc orders_refund(struct tx *tx, struct req *r, struct order *o, struct payment *p, struct refund *f, struct ledger_chain *c, enum rc lost)
{
    struct told before = told_of(o);
    struct ledger_by by = ledger_by(r);
    if (p->state != PAYMENT_SUCCEEDED || !id_eq(p->order_id, o->id)) return RC_STATE;
    if (f->amount_minor < 1) return RC_INVALID;
    if (f->amount_minor > p->amount_minor - p->refunded_minor) return RC_FUNDS;
    f->payment_id = p->id;
    f->order_id = o->id;
    f->currency = o->currency;
    f->state = REFUND_REQUESTED;
    f->actor_kind = by.actor_kind;
    f->actor_id = by.actor_id;
    f->created_at = f->updated_at = r->now;
    f->version = 1;
    p->refunded_minor += f->amount_minor;
    TRY(refund_insert(tx, f));
    TRY(payment_refunded(tx, p, r->now, lost));
    refund_moves(o, f, c);
    struct told more = told_refund(p, f);
    return step(tx, r, o, "order.refund", &before, &more, lost);
}

/* It did not arrive: the money is the order's again. */
static enum rc refund_failed(struct tx *tx, struct req *r, struct order *o, struct payment *p, const struct refund *f, bool was_done, struct ledger_chain *c, enum rc lost)
{
    struct told before = told_of(o), more = told_refund(p, f);
    if (was_done) move(c, p->account_code, "refund_payable", f->amount_minor, LEDGER_REFUND, f->id, "back");
    move(c, "refund_payable", waiting(c, o), f->amount_minor, LEDGER_REFUND, f->id, "failed");
    p->refunded_minor -= f->amount_minor;
    o->refunded_minor -= f->amount_minor;
    TRY(payment_refunded(tx, p, r->now, lost));
    return step(tx, r, o, "order.refund_failed", &before, &more, lost);
}

enum rc orders_refund_step(struct tx *tx, struct req *r, struct order *o, struct payment *p, struct refund *f, int64_t state, struct ledger_chain *c, enum rc lost)
{
    int64_t was = f->state;
    if (state == was) return RC_OK;
    if (state <= REFUND_REQUESTED || state > REFUND_FAILED || was == REFUND_FAILED || (was == REFUND_SUCCEEDED && state != REFUND_FAILED)) return RC_STATE;
    f->state = state;
    TRY(refund_update(tx, f, r->now, lost));
    if (state == REFUND_FAILED) return refund_failed(tx, r, o, p, f, was == REFUND_SUCCEEDED, c, lost);
    if (state == REFUND_SUCCEEDED) move(c, "refund_payable", p->account_code, f->amount_minor, LEDGER_REFUND, f->id, "done");
    struct told before = told_of(o), after = before, more = told_refund(p, f);
    after.payment_id = more.payment_id, after.refund_id = more.refund_id, after.amount_minor = more.amount_minor, after.method = more.method, after.word = more.word;
    return trace(tx, r, state == REFUND_SUCCEEDED ? "order.refund_done" : "order.refund_sent", o, audit_id(tx, r, f->id, f->version), &before, &after);
}
