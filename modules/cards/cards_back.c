/* cards_back.c - what goes back: refunds, disputes; and what Stripe keeps. See cards_look.h. */
#include "modules/cards/cards_look.h"
#include <stdio.h>
#include <string.h>

enum { TRIES_MAX = 8 };

static enum rc say(struct look *l, enum looked looked, const char *note, enum looked *out)
{
    *out = looked;
    l->note = note;
    return RC_OK;
}

/* ---- money that came ---------------------------------------------------------------------------------------------------------------------- */

enum rc look_settle(struct look *l, struct payment *p)
{
    struct settled how = { 0 };
    enum rc rc = payments_settle(l->r, p, &how);
    return rc == RC_STALE || rc == RC_STATE ? RC_BUSY : rc;
}

/* ---- refunds ------------------------------------------------------------------------------------------------------------------------------- */

struct stepping { struct look *l; struct order o; struct payment p; struct refund f; int64_t state; };
static enum rc step_tx(struct tx *tx, void *arg)
{
    const struct stepping *s = arg;
    struct ledger_chain c;
    struct ledger_by by = ledger_by(s->l->r);
    struct order o = s->o;
    struct payment p = s->p;
    struct refund f = s->f;
    ledger_chain_begin(&c, s->l->a, s->l->s.tenant, o.currency, &by);
    TRY(orders_refund_step(tx, s->l->r, &o, &p, &f, s->state, &c, RC_STALE));
    return ledger_chain_post(tx, &c);
}

/* The order before the refund: what is read later can only be further, and then the order's version shows it. */
static enum rc read_step(struct stepping *s, struct id refund)
{
    struct refund f = { 0 };
    s->o = (struct order){ 0 }, s->p = (struct payment){ 0 }, s->f = (struct refund){ 0 };
    TRY(refunds_get(s->l->db, refund, &f));
    TRY(orders_get(s->l->db, f.order_id, &s->o));
    TRY(payments_get(s->l->db, f.payment_id, &s->p));
    return refunds_get(s->l->db, refund, &s->f);
}

enum rc look_refund_step(struct look *l, struct id refund, int64_t state, const char *name, const char *failure)
{
    struct stepping s = { .l = l, .state = state };
    enum rc rc = RC_STALE;
    for (int i = 0; i < TRIES_MAX && rc == RC_STALE; i++) {
        TRY(read_step(&s, refund));
        bool further = s.f.state == REFUND_FAILED || (s.f.state >= state && state != REFUND_FAILED);
        if (further) return RC_OK;
        if (name) s.f.provider_id = name;
        s.f.failure = failure;
        rc = db_tx(l->db, "cards.refund_step", step_tx, &s);
    }
    return rc == RC_STALE ? RC_BUSY : rc == RC_STATE ? RC_OK : rc;
}

static int64_t state_of(const char *status)
{
    return str_eq(status, "succeeded") ? REFUND_SUCCEEDED : str_eq(status, "failed") || str_eq(status, "canceled") ? REFUND_FAILED : REFUND_SUBMITTED;
}

/* Made by somebody in Stripe's dashboard: the clinic decides whether it is booked here. */
static enum rc refund_of_others(struct look *l, const struct stripe_refund *x, enum looked *out)
{
    struct payment p = { 0 };
    TRY(look_owner(l, x->payment_intent, &p, out));
    if (*out != LOOKED_DONE) return RC_OK;
    if (state_of(x->status) == REFUND_FAILED) return look_fits(l, DIFFERENCE_REFUND_THERE, x->id);
    TRY(look_difference(l, &(struct card_difference){ .kind = DIFFERENCE_REFUND_THERE, .object_id = x->id, .payment_id = p.id, .currency = p.currency, .here_minor = 0, .there_minor = stripe_ours(x->amount, p.currency),
        .note = "Given back in Stripe, and not known here" }));
    return say(l, LOOKED_DONE, "a refund that was made in Stripe: see the differences", out);
}

static enum rc find_refund(struct look *l, const struct stripe_refund *x, struct refund *f, enum looked *out)
{
    const struct stripe_meta *m = x->metadata;
    struct id id = ID_NIL, tenant;
    *f = (struct refund){ 0 };
    *out = LOOKED_DONE;
    if (m && m->clinicd_refund) {
        if (!m->clinicd_tenant || !id_parse(m->clinicd_tenant, &tenant) || !id_eq(tenant, l->s.tenant)) return say(l, LOOKED_REFUSED, "it is marked as another clinic's", out);
        if (!id_parse(m->clinicd_refund, &id)) return say(l, LOOKED_REFUSED, "its mark cannot be read", out);
    } else {
        TRY(cards_refund_by_name(l->db, x->id, &id));
        if (id_is_nil(id)) return RC_OK;
    }
    enum rc rc = refunds_get(l->db, id, f);
    return rc == RC_NOT_FOUND ? say(l, LOOKED_UNKNOWN, "no refund here has this mark", out) : rc;
}

enum rc look_apply_refund(struct look *l, const struct stripe_refund *x, enum looked *out)
{
    struct refund f;
    TRY(find_refund(l, x, &f, out));
    if (*out != LOOKED_DONE) return RC_OK;
    if (id_is_nil(f.id)) return refund_of_others(l, x, out);
    if (!stripe_currency_is(x->currency, f.currency) || x->amount != stripe_amount(f.amount_minor, f.currency)) {
        TRY(look_difference(l, &(struct card_difference){ .kind = DIFFERENCE_AMOUNT, .object_id = x->id, .payment_id = f.payment_id, .refund_id = f.id, .currency = f.currency,
            .here_minor = f.amount_minor, .there_minor = stripe_ours(x->amount, f.currency), .note = "Another amount was given back than was asked for" }));
        return say(l, LOOKED_REFUSED, "another amount was given back than was asked for", out);
    }
    TRY(look_refund_step(l, f.id, state_of(x->status), x->id, state_of(x->status) == REFUND_FAILED ? (x->failure_reason ? x->failure_reason : x->status) : NULL));
    char id[ID_TEXT];
    return look_fits(l, DIFFERENCE_STUCK, id_format(f.id, id));
}

enum rc look_refund(struct look *l, const char *id, enum looked *out)
{
    void *read = NULL;
    enum rc rc = stripe_ask(&l->s, arena_printf(l->a, "/v1/refunds/%s", id), NULL, NULL, &stripe_refund_shape, &read);
    if (rc == RC_NOT_FOUND) return say(l, LOOKED_UNKNOWN, "Stripe does not know it", out);
    return rc == RC_OK ? look_apply_refund(l, read, out) : rc;
}

enum rc look_refund_marked(struct look *l, const struct payment *p, struct id refund, const struct stripe_refund **out)
{
    void *read = NULL;
    char want[ID_TEXT];
    *out = NULL;
    TRY(stripe_ask(&l->s, arena_printf(l->a, "/v1/refunds?payment_intent=%s&limit=%d", p->intent_id, STRIPE_PAGE), NULL, NULL, &stripe_refunds_shape, &read));
    const struct stripe_list *refunds = read;
    id_format(refund, want);
    for (size_t i = 0; i < refunds->data.n && !*out; i++) {
        const struct stripe_refund *x = LIST_AT(refunds->data, struct stripe_refund, i);
        const struct stripe_meta *m = x->metadata;
        if (m && str_eq(m->clinicd_refund ? m->clinicd_refund : "", want)) *out = x;
    }
    return RC_OK;
}

/* ---- disputes -------------------------------------------------------------------------------------------------------------------------------- */

struct disputing { struct look *l; struct card_dispute before, after; struct payment p; struct id audit_id; };

static void reserve_moves(const struct disputing *w, struct ledger_chain *c)
{
    int64_t was = w->before.version ? w->before.state : DISPUTED_INQUIRY, is = w->after.state, amount = w->after.amount_minor;
    struct id id = w->after.id;
    bool reserved = was == DISPUTED_OPEN;
    if (!reserved && (is == DISPUTED_OPEN || is == DISPUTED_LOST))
        ledger_chain_add(c, &(struct ledger_step){ "dispute_reserve", CARDS_ACCOUNT, amount, LEDGER_DISPUTE, id, "reserve", NULL });
    if (reserved && is == DISPUTED_WON) ledger_chain_add(c, &(struct ledger_step){ CARDS_ACCOUNT, "dispute_reserve", amount, LEDGER_DISPUTE, id, "won", NULL });
    if (is == DISPUTED_LOST) ledger_chain_add(c, &(struct ledger_step){ "writeoff", "dispute_reserve", amount, LEDGER_DISPUTE, id, "lost", NULL });
}

static enum rc dispute_tx(struct tx *tx, void *arg)
{
    const struct disputing *w = arg;
    static const int64_t shown[] = { DISPUTE_NONE, DISPUTE_OPEN, DISPUTE_WON, DISPUTE_LOST };
    struct ledger_chain c;
    struct ledger_by by = ledger_by(w->l->r);
    struct payment p = w->p;
    ledger_chain_begin(&c, w->l->a, w->l->s.tenant, w->after.currency, &by);
    if (w->before.version) TRY(cards_dispute_update(tx, &w->after, RC_STALE));
    else TRY(cards_dispute_insert(tx, &w->after));
    if (p.dispute != shown[w->after.state] && w->after.state != DISPUTED_INQUIRY) {
        p.dispute = shown[w->after.state];
        TRY(payments_update(tx, w->l->r, &p, RC_STALE));
    }
    reserve_moves(w, &c);
    TRY(tx_change(tx, w->l->r, &(struct change){ w->audit_id, "cards.dispute", "cards.dispute", "payment", p.id, p.version,
        arena_printf(w->l->a, "{\"dispute\":[\"%s\",\"%s\"],\"amount_minor\":[null,%lld]}", w->before.version ? card_dispute_state_names[w->before.state] : "none",
            card_dispute_state_names[w->after.state], (long long)w->after.amount_minor), NULL, true }));
    return ledger_chain_post(tx, &c);
}

static int64_t dispute_state_of(const char *status)
{
    if (str_eq(status, "won")) return DISPUTED_WON;
    if (str_eq(status, "lost")) return DISPUTED_LOST;
    return str_starts(status, "warning") || str_eq(status, "prevented") ? DISPUTED_INQUIRY : DISPUTED_OPEN;
}

/* States only advance: an inquiry may become a dispute, which ends once. */
static enum rc dispute_once(struct disputing *w, const struct stripe_dispute *x, bool *done)
{
    const struct stripe_evidence *e = x->evidence_details;
    struct look *l = w->l;
    w->before = (struct card_dispute){ 0 };
    enum rc rc = cards_dispute_get(l->db, x->id, &w->before);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    struct id payment = w->p.id;
    w->p = (struct payment){ 0 };
    TRY(payments_get(l->db, payment, &w->p));
    int64_t state = dispute_state_of(x->status);
    *done = w->before.version && (w->before.state >= DISPUTED_WON || state < w->before.state || (state == w->before.state && str_eq(w->before.status, x->status)));
    if (*done) return RC_OK;
    struct id id = w->before.version ? w->before.id : w->after.id;
    w->after = (struct card_dispute){ .id = id, .payment_id = w->p.id, .dispute_id = x->id, .currency = w->p.currency, .amount_minor = stripe_ours(x->amount, w->p.currency),
        .status = x->status, .state = state, .reason = x->reason, .due_by = e && e->due_by ? e->due_by * USEC_PER_SEC : NONE, .version = w->before.version, .created_at = l->now, .updated_at = l->now };
    return db_tx(l->db, "cards.dispute", dispute_tx, w);
}

enum rc look_dispute(struct look *l, const char *id, enum looked *out)
{
    void *read = NULL;
    bool done = false;
    struct disputing w = { .l = l, .audit_id = id_new(), .after = { .id = id_new() } };
    enum rc rc = stripe_ask(&l->s, arena_printf(l->a, "/v1/disputes/%s", id), NULL, NULL, &stripe_dispute_shape, &read);
    if (rc == RC_NOT_FOUND) return say(l, LOOKED_UNKNOWN, "Stripe does not know it", out);
    TRY(rc);
    const struct stripe_dispute *x = read;
    TRY(look_owner(l, x->payment_intent, &w.p, out));
    if (*out != LOOKED_DONE) return RC_OK;
    if (!x->status || !stripe_currency_is(x->currency, w.p.currency) || x->amount < 1) return say(l, LOOKED_REFUSED, "its currency is another than the payment's", out);
    if (w.p.state != PAYMENT_SUCCEEDED) TRY(look_intent(l, x->payment_intent, out)); /* it was paid before it was disputed */
    rc = RC_STALE;
    for (int i = 0; i < TRIES_MAX && (rc == RC_STALE || rc == RC_CONFLICT); i++) rc = dispute_once(&w, x, &done);
    return rc == RC_STALE || rc == RC_CONFLICT ? RC_BUSY : rc;
}

/* ---- fees, payouts ----------------------------------------------------------------------------------------------------------------------------- */

struct counting { struct look *l; struct card_transaction t; };
static enum rc count_tx(struct tx *tx, void *arg)
{
    const struct counting *w = arg;
    const struct card_transaction *t = &w->t;
    struct ledger_chain c;
    struct ledger_by by = ledger_by(w->l->r);
    ledger_chain_begin(&c, w->l->a, w->l->s.tenant, t->currency, &by);
    TRY(cards_transaction_insert(tx, t));
    int64_t fee = t->fee_minor, payout = str_eq(t->kind, "payout") ? -t->amount_minor : 0;
    if (str_eq(t->kind, "stripe_fee")) fee -= t->amount_minor;
    if (fee > 0) ledger_chain_add(&c, &(struct ledger_step){ "fees:stripe", CARDS_ACCOUNT, fee, LEDGER_PAYMENT, t->id, "fee", NULL });
    if (fee < 0) ledger_chain_add(&c, &(struct ledger_step){ CARDS_ACCOUNT, "fees:stripe", -fee, LEDGER_PAYMENT, t->id, "fee", NULL });
    if (payout > 0) ledger_chain_add(&c, &(struct ledger_step){ "world:bank", CARDS_ACCOUNT, payout, LEDGER_PAYMENT, t->id, "payout", NULL });
    if (payout < 0) ledger_chain_add(&c, &(struct ledger_step){ CARDS_ACCOUNT, "world:bank", -payout, LEDGER_PAYMENT, t->id, "payout", NULL });
    return ledger_chain_post(tx, &c);
}

enum rc look_count(struct look *l, const struct stripe_transaction *x, struct id payment)
{
    int64_t there = 0;
    const char *currency = stripe_currency(l->a, x->currency), *kind = x->type ? x->type : "";
    if (!x->id || !unit_is_currency(currency)) return RC_OK;
    TRY(cards_transaction_there(l->db, x->id, &there));
    if (there) return RC_OK;
    struct counting w = { l, { .id = id_new(), .payment_id = payment, .transaction_id = x->id, .kind = str_eq(kind, "payment") ? "charge" : kind, .source = x->source, .currency = currency,
        .amount_minor = stripe_ours(x->amount, currency), .fee_minor = stripe_ours(x->fee, currency), .created_at = x->created * USEC_PER_SEC, .counted_at = l->now } };
    enum rc rc = db_tx(l->db, "cards.count", count_tx, &w);
    return rc == RC_CONFLICT ? RC_OK : rc;
}
