/* payments_take.c - money that staff take in and give back by hand. */
#include "modules/payments/payments_work.h"
#include "modules/till/till.h"

/* ---- shapes ---------------------------------------------------------------------------------------------------------------------------- */

/* What needs nobody else; cards and wallets have ways of their own. */
static const char *const hand_names[] = { "cash", "terminal", "transfer", "other", NULL };
static const struct { int64_t method; const char *account; } hands[] = { { PAY_CASH, NULL }, { PAY_TERMINAL, "world:terminal" }, { PAY_TRANSFER, "world:bank" }, { PAY_OTHER, "world:other" } };

#define SESSION(T) F_ID(T, till_session_id, .nullable = true, .doc = "Cash: which open drawer; null: the only one that is open at the order's location")
#define T struct take_in
static const struct field take_fields[] = { F_ENUM(T, method, hand_names, .required = true, .doc = "How it was paid"),
    F_INT(T, amount_minor, .nullable = true, .min = 1, .max = ORDER_AMOUNT_MAX, .doc = "How much; null: all that is open"),
    F_STR(T, reference, .max = 120, .doc = "Number of the slip, name of the transfer; no personal data"), SESSION(T), F_END };
const struct shape take_shape = SHAPE_NAMED("payment_new", take_in, take_fields);
#undef T
#define G struct give_in
static const struct field give_fields[] = { F_ID(G, payment_id, .nullable = true, .doc = "Which payment; null: cards first, wallets last, the newest first"),
    F_INT(G, amount_minor, .nullable = true, .min = 1, .max = ORDER_AMOUNT_MAX, .doc = "How much; null: all that is left"),
    F_STR(G, reason, .required = true, .min = 1, .max = 300, .doc = "Why, for the log"), SESSION(G), F_END };
const struct shape give_shape = SHAPE_NAMED("refund_new", give_in, give_fields);
#undef G

/* ---- in -------------------------------------------------------------------------------------------------------------------------------- */

static enum rc left_over(struct req *r) { return req_fail(r, RC_STATE, "This order was paid meanwhile: nothing was taken", NULL); }

/* Nobody at the desk takes more than is open: somebody else was faster, and the money stays in the hand. */
static enum rc take_also(struct tx *tx, struct req *r, const struct settled *s, void *arg)
{
    const struct till_session *drawer = arg;
    if (s->returned_minor) return left_over(r);
    if (drawer) TRY(till_session_use(tx, drawer, s->payment.amount_minor, RC_STATE));
    return payments_answer(r, tx_db(tx), s->order.id);
}

static enum rc may_take(struct req *r, const struct order *o, int64_t amount)
{
    int64_t open = order_open_minor(o);
    char text[MONEY_TEXT];
    if (o->state == ORDER_PAID) return req_fail(r, RC_STATE, "This order is paid", NULL);
    if (o->state != ORDER_OPEN) return req_fail(r, RC_STATE, "This order is over", NULL);
    if (amount > open) req_field_error(r, "amount_minor", arena_printf(r->arena, "is more than is open: %s", money_format(open, o->currency, text)));
    return req_invalid(r);
}

enum rc payments_take(struct req *r)
{
    const struct take_in *in = r->in;
    struct order o = { 0 };
    TRY(orders_get(r->db, r->path_id, &o));
    int64_t amount = in->amount_minor != NONE ? in->amount_minor : order_open_minor(&o);
    TRY(may_take(r, &o, amount));
    struct settled settled = { .also = take_also };
    struct payment p = { .id = id_new(), .order_id = o.id, .currency = o.currency, .method = hands[in->method].method, .account_code = hands[in->method].account, .reference = in->reference,
        .amount_minor = amount, .live = true };
    struct till_session drawer = { 0 };
    if (p.method == PAY_CASH) {
        TRY(till_for(r, r->db, o.location_id, in->till_session_id, o.currency, &drawer));
        p.account_code = drawer.account_code;
        p.till_session_id = drawer.id;
        settled.arg = &drawer;
    }
    return payments_settle(r, &p, &settled);
}

/* ---- back ------------------------------------------------------------------------------------------------------------------------------- */

struct giving { struct req *r; const struct give_in *in; struct id ids[ORDER_PARTS_MAX]; };

static enum rc too_much(struct req *r, const struct order *o, int64_t left)
{
    char text[MONEY_TEXT];
    if (!left) return req_fail(r, RC_FUNDS, "Nothing is left to give back", "{\"left_minor\":0}");
    return req_fail(r, RC_FUNDS, arena_printf(r->arena, "Only %s are left to give back", money_format(left, o->currency, text)), arena_printf(r->arena, "{\"left_minor\":%lld}", (long long)left));
}

/* Of which payments it goes, and how much of each. */
static enum rc parts_of(const struct giving *g, const struct order *o, struct list payments, struct refund_part *parts, size_t *n)
{
    const struct give_in *in = g->in;
    int64_t left = 0;
    for (size_t i = 0; i < payments.n; i++) {
        struct payment *p = LIST_AT(payments, struct payment, i);
        if (!id_is_nil(in->payment_id) && !id_eq(p->id, in->payment_id)) p->state = PAYMENT_FAILED; /* not that one */
        if (p->state == PAYMENT_SUCCEEDED) left += p->amount_minor - p->refunded_minor;
    }
    int64_t amount = in->amount_minor != NONE ? in->amount_minor : left;
    if (!left || amount > left) return too_much(g->r, o, left);
    *n = orders_refund_plan(payments, amount, parts);
    return *n ? RC_OK : req_fail(g->r, RC_STATE, "So many payments are in it: name one of them", "{\"field\":\"payment_id\"}");
}

/* Cash goes back out of the drawer it came into. */
static enum rc of_drawer(struct tx *tx, const struct giving *g, const struct order *o, const struct refund_part *part, struct refund *f)
{
    struct till_session drawer = { 0 };
    if (part->payment->method != PAY_CASH) return RC_OK;
    TRY(till_for(g->r, tx_db(tx), o->location_id, g->in->till_session_id, o->currency, &drawer));
    if (!str_eq(drawer.account_code, part->payment->account_code)) return req_fail(g->r, RC_STATE, "This cash came into another drawer: open that one, and name it", "{\"field\":\"till_session_id\"}");
    f->till_session_id = drawer.id;
    return till_session_use(tx, &drawer, -part->amount_minor, RC_STATE);
}

static enum rc give_tx(struct tx *tx, void *arg)
{
    const struct giving *g = arg;
    struct req *r = g->r;
    struct order o = { 0 };
    struct list payments;
    struct refund_part parts[ORDER_PARTS_MAX];
    struct ledger_chain chain;
    struct ledger_by by = ledger_by(r);
    size_t n = 0;
    int64_t sum = 0;
    TRY(orders_get(tx_db(tx), r->path_id, &o));
    TRY(req_version(r, o.version));
    TRY(payments_of(tx_db(tx), o.id, &payments));
    TRY(parts_of(g, &o, payments, parts, &n));
    ledger_chain_begin(&chain, r->arena, db_tenant(tx_db(tx)), o.currency, &by);
    for (size_t i = 0; i < n; i++) {
        struct refund f = { .id = g->ids[i], .amount_minor = parts[i].amount_minor, .cause = REFUND_STAFF, .reason = g->in->reason };
        TRY(of_drawer(tx, g, &o, &parts[i], &f));
        TRY(orders_give_back(tx, r, &o, parts[i].payment, &f, &chain, req_lost(r)));
        sum += parts[i].amount_minor;
    }
    TRY(wallets_take_back(tx, r, &o, sum, &chain));
    TRY(payments_answer(r, tx_db(tx), o.id));
    return ledger_chain_post(tx, &chain);
}

enum rc payments_give(struct req *r)
{
    struct giving g = { .r = r, .in = r->in };
    struct order o = { 0 };
    TRY(orders_get(r->db, r->path_id, &o));
    if (!id_is_nil(g.in->payment_id)) {
        struct payment p = { 0 };
        enum rc rc = payments_get(r->db, g.in->payment_id, &p);
        if (rc == RC_NOT_FOUND || (rc == RC_OK && !id_eq(p.order_id, o.id))) return req_fail(r, RC_NOT_FOUND, "There is no such payment of this order", "{\"field\":\"payment_id\"}");
        TRY(rc);
    }
    for (size_t i = 0; i < ARRAY_LEN(g.ids); i++) g.ids[i] = id_new();
    enum rc rc = req_tx(r, "payments.give", give_tx, &g);
    return rc == RC_FUNDS && !req_details(r) ? req_fail(r, rc, "Where the money came into there is less than that: the drawer, or the wallet", NULL) : rc;
}
