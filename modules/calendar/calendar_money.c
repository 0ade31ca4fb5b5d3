/* calendar_money.c - see calendar.h. */
#include "modules/calendar/calendar.h"
#include "modules/taxes/taxes.h"
#include "modules/wallets/wallets.h"

const struct query Q_APPT_ORDER_SET = { .name = "calendar.appt_order_set", .args = "uu", .sql = "UPDATE appointment SET order_id = $3 WHERE tenant_id = $1 AND id = $2" };
const struct query Q_APPTS_OF_ORDER = { .name = "calendar.appts_of_order", .args = "u",
    .sql = "SELECT id, status, starts_at AS start, price_minor FROM appointment WHERE tenant_id = $1 AND order_id = $2 ORDER BY starts_at, id LIMIT 200" };

enum rc appointments_set_order(struct tx *tx, struct id appointment, struct id order) { return tx_run_query(tx, &Q_APPT_ORDER_SET, ARGS(U(appointment), U(order))); }

enum rc appointments_of_order(struct tdb *db, struct id order, struct list *out)
{
    static const struct field fields[] = { F_ID(struct order_appointment, id), F_ENUM(struct order_appointment, status, appt_state_names),
        F_INT(struct order_appointment, start), F_INT(struct order_appointment, price_minor), F_END };
    static const struct shape shape = SHAPE(order_appointment, fields);
    return db_list(db, &Q_APPTS_OF_ORDER, ARGS(U(order)), &shape, ORDER_APPOINTMENTS_MAX, out);
}

enum rc appointments_make_order(struct req *r, const struct service *s, int64_t price_minor, const char *currency, struct order *out)
{
    struct order_line *line = arena_alloc(r->arena, sizeof *line);
    struct tax_rate tax = { 0 };
    struct terms terms;
    if (!line) return RC_OOM;
    if (!id_is_nil(s->tax_rate_id)) TRY(taxes_get(r->db, s->tax_rate_id, &tax));
    TRY(terms_of(r->db, s->id, &terms));
    *line = (struct order_line){ .position = 1, .kind = LINE_SERVICE, .ref_id = s->id, .description = s->name, .tax_name = tax.name, .tax_ppm = tax.ppm,
        .quantity = 1, .unit_minor = price_minor };
    *out = (struct order){ .id = id_new(), .currency = currency, .terms = terms_write(r->arena, &terms), .tax_included = true, .pay_by = NONE, .lines = { line, 1 } };
    return out->terms && orders_total(out) ? RC_OK : fault(RC_FAULT, "a service has no order");
}

/* ---- what goes back ------------------------------------------------------------------------------------------------------------------ */

static bool over(int64_t status) { return status == APPT_CANCELLED || status == APPT_NO_SHOW || status == APPT_EXPIRED || status == APPT_DECLINED; }

/* What was paid for one of several appointments: its share by the prices. What went back already is not there any more. */
static enum rc paid_for(struct arena *a, const struct cancel_money *m, struct id appointment, int64_t *out)
{
    int64_t there = m->order.paid_minor - m->order.refunded_minor;
    size_t n = m->of_order.n, mine = n;
    int64_t *weights = arena_alloc(a, 2 * (n + 1) * sizeof *weights), *parts = weights ? weights + n + 1 : NULL;
    if (!weights) return RC_OOM;
    for (size_t i = 0; i < n; i++) {
        const struct order_appointment *x = LIST_AT(m->of_order, struct order_appointment, i);
        weights[i] = x->price_minor;
        if (id_eq(x->id, appointment)) mine = i;
    }
    *out = there;
    if (n < 2 || mine == n) return RC_OK;
    money_split(m->order.paid_minor, weights, n, parts);
    if (parts[mine] < there) *out = parts[mine];
    return RC_OK;
}

enum rc appointments_money(struct tdb *db, const struct appointment *a, int64_t now, enum terms_who who, struct cancel_money *m)
{
    *m = (struct cancel_money){ .last = true };
    if (id_is_nil(a->order_id)) return RC_OK;
    TRY(orders_get(db, a->order_id, &m->order));
    TRY(terms_read(db_arena(db), m->order.terms, &m->terms));
    TRY(appointments_of_order(db, a->order_id, &m->of_order));
    for (size_t i = 0; i < m->of_order.n; i++) {
        const struct order_appointment *x = LIST_AT(m->of_order, struct order_appointment, i);
        if (!id_eq(x->id, a->id) && !over(x->status)) m->last = false;
    }
    bool ended = m->order.state == ORDER_CANCELLED || m->order.state == ORDER_EXPIRED;
    if (!ended) TRY(paid_for(db_arena(db), m, a->id, &m->paid_minor));
    struct terms_result got = terms_judge(&m->terms, m->paid_minor, a->start, now, who);
    m->refund_minor = got.refund_minor;
    m->kept_minor = got.kept_minor;
    return RC_OK;
}

/* Cards first, what is in a wallet last; the newest first. Payments stand with the oldest first. */
static int rank(const struct payment *p) { return p->method == PAY_CARD ? 0 : p->method == PAY_WALLET ? 2 : 1; }

struct giving { struct req *r; struct cancel_money *m; const struct money_step *s; struct list payments; struct ledger_chain chain; };

/* A card and a wallet get theirs back by themselves; what was paid at the desk goes back at the desk, by somebody who does it. */
static enum rc give_back(struct tx *tx, struct giving *g, struct payment *p, size_t nth, int64_t amount)
{
    struct refund f = { .amount_minor = amount, .cause = REFUND_CANCELLED, .reason = g->s->reason, .till_session_id = p->till_session_id,
        .id = ledger_step_id(db_tenant(tx_db(tx)), g->s->before->id, arena_printf(g->r->arena, "refund:%lld:%zu", (long long)g->s->before->version, nth)) };
    bool by_itself = p->method == PAY_CARD || p->method == PAY_WALLET;
    if (by_itself) return orders_give_back(tx, g->r, &g->m->order, p, &f, &g->chain, RC_RETRY);
    return orders_refund(tx, g->r, &g->m->order, p, &f, &g->chain, RC_RETRY);
}

static enum rc give_all_back(struct tx *tx, struct giving *g, int64_t amount)
{
    for (int wanted = 0; wanted <= 2; wanted++)
        for (size_t i = g->payments.n; i-- > 0 && amount > 0;) {
            struct payment *p = LIST_AT(g->payments, struct payment, i);
            int64_t there = p->amount_minor - p->refunded_minor, part = there < amount ? there : amount;
            if (p->state != PAYMENT_SUCCEEDED || rank(p) != wanted || part <= 0) continue;
            TRY(give_back(tx, g, p, i, part));
            amount -= part;
        }
    return amount ? RC_FUNDS : RC_OK;
}

/* What was only begun is called off: a card's page is closed by the job, what a wallet held is free again. */
static enum rc call_off(struct tx *tx, struct giving *g, struct payment *p)
{
    char id[ID_TEXT];
    struct id tenant = db_tenant(tx_db(tx));
    if (p->state != PAYMENT_CREATED && p->state != PAYMENT_PROCESSING) return RC_OK;
    if (p->method == PAY_CARD) {
        if (!p->session_id) {
            p->state = PAYMENT_EXPIRED;
            TRY(payments_update(tx, g->r, p, RC_RETRY));
        }
        id_format(p->id, id); /* first: arguments are worked out in any order */
        return tx_job(tx, ledger_step_id(tenant, p->id, "call_off"), "cards.expire", id, g->r->now, arena_printf(g->r->arena, "{\"payment_id\":\"%s\"}", id));
    }
    struct ledger_transfer *held = arena_alloc(g->r->arena, sizeof *held); /* the chain points to it until it is posted */
    if (!held) return RC_OOM;
    enum rc rc = ledger_transfer_get(tx_db(tx), ledger_step_id(tenant, p->id, "hold"), held);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    if (rc == RC_OK && id_is_nil(held->ended_by)) ledger_chain_end(&g->chain, held, LEDGER_VOID, 0, "void");
    p->state = PAYMENT_FAILED;
    return payments_update(tx, g->r, p, RC_RETRY);
}

/* How much goes back: what the terms say, or what somebody decided who may. */
static enum rc amount_of(struct giving *g, int64_t *out)
{
    const int64_t *told = g->s->refund_minor;
    *out = told ? *told : g->m->refund_minor;
    if (*out <= g->m->paid_minor) return RC_OK;
    req_field_error(g->r, "refund_minor", "is more than was paid for it");
    return req_invalid(g->r);
}

/* A visit of a package comes back where all of the money would. */
static enum rc settle_visit(struct tx *tx, struct req *r, const struct money_step *s)
{
    bool used;
    struct terms terms;
    if (!over(s->after->status) || over(s->before->status)) return RC_OK;
    TRY(wallets_visit_used(tx_db(tx), s->before->id, &used));
    if (!used) return RC_OK;
    TRY(terms_of(tx_db(tx), s->before->service_id, &terms));
    if (terms_judge(&terms, 100, s->before->start, r->now, s->who).refund_minor < 100) return RC_OK;
    return wallets_give_visit_back(tx, r, s->before->id);
}

enum rc appointments_settle_step(struct tx *tx, struct req *r, const struct money_step *s)
{
    TRY(settle_visit(tx, r, s));
    struct cancel_money m;
    struct giving g = { .r = r, .m = &m, .s = s };
    struct ledger_by by = ledger_by(r);
    int64_t amount;
    if (id_is_nil(s->before->order_id) || !over(s->after->status)) return RC_OK;
    TRY(appointments_money(tx_db(tx), s->before, r->now, s->who, &m));
    bool ended = m.order.state == ORDER_CANCELLED || m.order.state == ORDER_EXPIRED;
    if (ended || (s->after->status == APPT_NO_SHOW && !m.paid_minor)) return RC_OK; /* what a no-show owes is for the clinic to say */
    TRY(amount_of(&g, &amount));
    TRY(payments_of(tx_db(tx), m.order.id, &g.payments));
    ledger_chain_begin(&g.chain, r->arena, db_tenant(tx_db(tx)), m.order.currency, &by);
    TRY(give_all_back(tx, &g, amount));
    for (size_t i = 0; m.last && i < g.payments.n; i++) TRY(call_off(tx, &g, LIST_AT(g.payments, struct payment, i)));
    int64_t state = s->after->status == APPT_EXPIRED && m.order.state == ORDER_OPEN ? ORDER_EXPIRED : ORDER_CANCELLED;
    if (m.last) TRY(orders_end(tx, r, &m.order, state, m.order.paid_minor - m.order.refunded_minor, &g.chain, RC_RETRY));
    s->after->order_state = order_state_names[m.order.state];
    s->after->order_refunded_minor = m.order.refunded_minor;
    return ledger_chain_post(tx, &g.chain);
}
