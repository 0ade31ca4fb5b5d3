/* cards_reconcile.c - what must be right when no webhook ever arrives: pages that are over are looked at every minute, every night all that moved at Stripe is held against what
 * moved here. What can be made right by itself is; the rest is a list of differences, each repaired by one click. */
#include "modules/cards/cards_jobs.h"
#include <stdio.h>
#include <string.h>

enum { WAITING_MAX = 500, PAGES_MAX = 100, CLINICS_MAX = 10000, BACK_DAYS = 4, LATER_N = 3 };

/* ---- pages that are over --------------------------------------------------------------------------------------------------------------- */

struct queueing { struct id job, payment; int64_t at; const char *key; };
static enum rc queue_tx(struct tx *tx, void *arg)
{
    const struct queueing *q = arg;
    char id[ID_TEXT];
    return tx_job(tx, q->job, "cards.look", q->key, q->at, arena_printf(db_arena(tx_db(tx)), "{\"payment_id\":\"%s\"}", id_format(q->payment, id)));
}

enum rc cards_looks_later(struct job *job, const struct payment *p)
{
    static const int64_t minutes[LATER_N] = { 3, 10, 25 };
    char id[ID_TEXT];
    for (size_t i = 0; i < LATER_N; i++) {
        struct queueing q = { id_new(), p->id, p->created_at + minutes[i] * USEC_PER_MIN, arena_printf(job->arena, "open:%s:%zu", id_format(p->id, id), i) };
        TRY(db_tx(job->db, "cards.look_later", queue_tx, &q));
    }
    return RC_OK;
}

static bool take_forgotten(struct payment *p, const void *note)
{
    if (p->state > PAYMENT_PROCESSING) return false;
    p->state = PAYMENT_EXPIRED;
    p->failure = note;
    return true;
}

/* A page that is over, and that the account of this key does not know: it is another account's, and asking goes on for nothing. Somebody has to look there; money that is told of later
 * is counted all the same. */
static enum rc forgotten(struct look *l, const struct payment *p)
{
    static const char note[] = "The account at Stripe does not know this page. If the account was exchanged, look in the old one whether it was paid";
    struct payment out;
    TRY(look_difference(l, &(struct card_difference){ .kind = DIFFERENCE_UNKNOWN, .object_id = p->session_id, .payment_id = p->id, .currency = p->currency, .here_minor = p->amount_minor,
        .there_minor = NONE, .note = note }));
    return look_touch(l, p->id, take_forgotten, note, &out);
}

enum rc cards_look(struct job *job)
{
    struct look l;
    struct payment p = { 0 };
    struct order o = { 0 };
    struct id id;
    enum looked looked;
    TRY(job_id(job, "payment_id", &id));
    TRY(payments_get(job->db, id, &p));
    if (p.state > PAYMENT_PROCESSING || !p.session_id) return RC_OK;
    enum rc rc = look_open(&l, job->arena, job->db, job->now);
    if (rc == RC_OK) rc = look_session(&l, p.session_id, &looked);
    if (rc == RC_OK && looked == LOOKED_UNKNOWN && p.session_expires_at <= job->now) rc = forgotten(&l, &p);
    if (rc != RC_OK) return cards_later(job, &l, rc);
    TRY(orders_get(job->db, p.order_id, &o));
    if (o.state != ORDER_OPEN) rc = cards_end_page(&l, p.session_id);
    return cards_later(job, &l, rc == RC_OK ? stripe_close(&l.s, job->now) : rc);
}

/* Every minute at first, then less often: money that is under way for days is not asked for each minute. */
static int64_t step_s(int64_t over_us) { return over_us < 15 * USEC_PER_MIN ? 60 : over_us < USEC_PER_DAY ? 600 : 6 * 3600; }

static enum rc run_poll(struct job *job)
{
    struct list l;
    TRY(cards_waiting(job->db, job->now, WAITING_MAX, &l));
    for (size_t i = 0; i < l.n; i++) {
        const struct card_found *f = LIST_AT(l, struct card_found, i);
        char id[ID_TEXT];
        int64_t step = step_s(job->now - f->at);
        struct queueing q = { id_new(), f->id, job->now, arena_printf(job->arena, "over:%s:%lld", id_format(f->id, id), (long long)(job->now / USEC_PER_SEC / step)) };
        tdb_set_tenant(job->db, f->tenant_id);
        TRY(db_tx(job->db, "cards.poll", queue_tx, &q));
    }
    return RC_OK;
}

/* ---- the night --------------------------------------------------------------------------------------------------------------------------------- */

static enum rc charge_moved(struct look *l, const struct stripe_transaction *t)
{
    const struct stripe_charge *c = NULL;
    struct payment p;
    enum looked looked;
    void *read = NULL;
    enum rc rc = cards_plain_id(t->source) ? stripe_ask(&l->s, arena_printf(l->a, "/v1/charges/%s?expand%%5B%%5D=balance_transaction", t->source), NULL, NULL, &stripe_charge_shape, &read) : RC_NOT_FOUND;
    if (rc == RC_NOT_FOUND) return look_count(l, t, ID_NIL);
    TRY(rc);
    c = read;
    TRY(look_owner(l, c->payment_intent, &p, &looked));
    if (looked == LOOKED_NOT_OURS) return RC_OK; /* the clinic sells elsewhere too */
    if (looked != LOOKED_DONE)
        return look_difference(l, &(struct card_difference){ .kind = DIFFERENCE_UNKNOWN, .object_id = c->id, .currency = stripe_currency(l->a, c->currency), .here_minor = NONE, .there_minor = stripe_ours(c->amount, stripe_currency(l->a, c->currency)),
            .note = "Paid at Stripe with this clinic's mark, and no payment here has it" });
    TRY(look_intent(l, c->payment_intent, &looked));
    if (looked != LOOKED_DONE) return RC_OK; /* it is among the differences */
    return look_count(l, t, p.id);
}

static enum rc moved(struct look *l, const struct stripe_transaction *t)
{
    const char *kind = t->type ? t->type : "";
    enum looked looked = LOOKED_DONE;
    int64_t there = 0;
    if (!cards_plain_id(t->id)) return RC_OK;
    TRY(cards_transaction_there(l->db, t->id, &there));
    if (there) return RC_OK;
    if (str_eq(kind, "charge") || str_eq(kind, "payment")) return charge_moved(l, t);
    if (t->source && str_starts(t->source, "re_")) TRY(look_refund(l, t->source, &looked));
    else if (t->source && (str_starts(t->source, "dp_") || str_starts(t->source, "du_"))) TRY(look_dispute(l, t->source, &looked));
    if (looked == LOOKED_NOT_OURS) return RC_OK;
    return look_count(l, t, ID_NIL);
}

static enum rc all_moved(struct look *l, int64_t from)
{
    const char *after = NULL;
    for (int page = 0; page < PAGES_MAX; page++) {
        void *read = NULL;
        TRY(stripe_ask(&l->s, arena_printf(l->a, "/v1/balance_transactions?limit=%d&created%%5Bgte%%5D=%lld%s%s", STRIPE_PAGE, (long long)(from / USEC_PER_SEC),
            after ? "&starting_after=" : "", after ? after : ""), NULL, NULL, &stripe_transactions_shape, &read));
        const struct stripe_list *all = read;
        for (size_t i = 0; i < all->data.n; i++) TRY(moved(l, LIST_AT(all->data, struct stripe_transaction, i)));
        if (!all->has_more || !all->data.n) return RC_OK;
        after = LIST_AT(all->data, struct stripe_transaction, all->data.n - 1)->id;
        if (!cards_plain_id(after)) return RC_OK;
    }
    return RC_OK;
}

/* Paid here, and Stripe's books have nothing of it. */
static enum rc paid_here(struct look *l, int64_t from)
{
    struct list all;
    TRY(cards_uncounted(l->db, from, l->now, &all));
    for (size_t i = 0; i < all.n; i++) {
        struct payment p = { 0 };
        enum looked looked = LOOKED_UNKNOWN;
        int64_t still = 0;
        TRY(payments_get(l->db, LIST_AT(all, struct card_found, i)->id, &p));
        TRY(look_payment(l, p.id, &looked));
        TRY(cards_counted(l->db, p.id, &still));
        char id[ID_TEXT];
        if (looked == LOOKED_DONE && still) continue;
        TRY(look_difference(l, &(struct card_difference){ .kind = DIFFERENCE_UNPAID_THERE, .object_id = p.intent_id ? p.intent_id : id_format(p.id, id), .payment_id = p.id, .currency = p.currency,
            .here_minor = p.amount_minor, .there_minor = 0, .note = "Paid here, and Stripe's books have nothing of it" }));
    }
    return RC_OK;
}

static enum rc refunds_asked(struct look *l)
{
    struct list all;
    TRY(cards_refunds_waiting(l->db, l->now - USEC_PER_HOUR, &all));
    for (size_t i = 0; i < all.n; i++) {
        struct refund f = { 0 };
        struct payment p = { 0 };
        enum looked looked;
        const struct stripe_refund *x = NULL;
        TRY(refunds_get(l->db, LIST_AT(all, struct card_found, i)->id, &f));
        TRY(payments_get(l->db, f.payment_id, &p));
        if (p.intent_id) TRY(look_refund_marked(l, &p, f.id, &x));
        if (x) TRY(look_apply_refund(l, x, &looked));
        char id[ID_TEXT];
        if (!x) TRY(look_difference(l, &(struct card_difference){ .kind = DIFFERENCE_REFUND_HERE, .object_id = id_format(f.id, id), .payment_id = p.id, .refund_id = f.id, .currency = f.currency,
            .here_minor = f.amount_minor, .there_minor = 0, .note = "To be given back here, and Stripe has nothing of it" }));
        else TRY(look_fits(l, DIFFERENCE_REFUND_HERE, id_format(f.id, id)));
    }
    return RC_OK;
}

enum rc cards_reconcile(struct job *job)
{
    struct look l;
    int64_t from = job->now - BACK_DAYS * USEC_PER_DAY;
    enum rc rc = look_open(&l, job->arena, job->db, job->now);
    if (rc == RC_STATE) return RC_OK; /* not set up any more */
    if (rc == RC_OK) rc = stripe_close(&l.s, job->now);
    if (rc == RC_OK) rc = all_moved(&l, from);
    if (rc == RC_OK) rc = paid_here(&l, from);
    if (rc == RC_OK) rc = refunds_asked(&l);
    return cards_later(job, &l, rc);
}

struct nightly { struct id job; int64_t now; const char *key; };
static enum rc nightly_tx(struct tx *tx, void *arg)
{
    const struct nightly *n = arg;
    return tx_job(tx, n->job, "cards.reconcile", n->key, n->now, "{}");
}

static enum rc run_nightly(struct job *job)
{
    struct list all;
    TRY(cards_clinics(job->db, CLINICS_MAX, &all));
    for (size_t i = 0; i < all.n; i++) {
        struct nightly n = { id_new(), job->now, arena_printf(job->arena, "night:%lld", (long long)(job->now / USEC_PER_DAY)) };
        tdb_set_tenant(job->db, LIST_AT(all, struct card_found, i)->tenant_id);
        TRY(db_tx(job->db, "cards.nightly", nightly_tx, &n));
    }
    return RC_OK;
}

const struct schedule_row cards_schedules[] = { { "cards.poll", "Looks at payment pages that are over, and at money that is still under way", 60, run_poll },
    { "cards.nightly", "Holds what moved at Stripe against what moved here", 86400, run_nightly }, { 0 } };

/* ---- one click --------------------------------------------------------------------------------------------------------------------------------- */

struct booking_back { struct look *l; struct order o; struct payment p; struct refund f; const struct stripe_refund *x; };
static enum rc book_tx(struct tx *tx, void *arg)
{
    const struct booking_back *b = arg;
    struct ledger_chain c;
    struct ledger_by by = ledger_by(b->l->r);
    struct order o = b->o;
    struct payment p = b->p;
    struct refund f = b->f;
    ledger_chain_begin(&c, b->l->a, b->l->s.tenant, o.currency, &by);
    TRY(orders_refund(tx, b->l->r, &o, &p, &f, &c, RC_STALE));
    f.provider_id = b->x->id;
    TRY(orders_refund_step(tx, b->l->r, &o, &p, &f, REFUND_SUBMITTED, &c, RC_STALE));
    return ledger_chain_post(tx, &c);
}

/* A refund that was made in Stripe becomes one of ours. */
static enum rc book_refund(struct look *l, const struct card_difference *d, const char **why)
{
    struct booking_back b = { .l = l };
    struct id there;
    void *read = NULL;
    enum looked looked;
    TRY(cards_refund_by_name(l->db, d->object_id, &there));
    TRY(stripe_ask(&l->s, arena_printf(l->a, "/v1/refunds/%s", d->object_id), NULL, NULL, &stripe_refund_shape, &read));
    b.x = read;
    if (id_is_nil(there)) {
        struct payment p = { 0 };
        TRY(payments_get(l->db, d->payment_id, &p));
        TRY(orders_get(l->db, p.order_id, &b.o)); /* before the payment as it counts: its version tells of any other refund */
        TRY(payments_get(l->db, d->payment_id, &b.p));
        b.f = (struct refund){ .id = d->id, .amount_minor = stripe_ours(b.x->amount, b.p.currency), .cause = REFUND_STAFF, .reason = "made in Stripe" };
        enum rc rc = db_tx(l->db, "cards.book_refund", book_tx, &b);
        if (rc == RC_FUNDS || rc == RC_STATE) *why = "The payment has not so much left here";
        if (rc != RC_OK) return rc == RC_FUNDS || rc == RC_STATE ? RC_OK : rc;
    }
    return look_apply_refund(l, b.x, &looked);
}

static enum rc look_again(struct look *l, const struct card_difference *d, const char **why)
{
    const char *o = d->object_id;
    enum looked looked = LOOKED_DONE;
    int64_t counted = 1;
    if (d->kind == DIFFERENCE_REFUND_THERE) return book_refund(l, d, why);
    if (!id_is_nil(d->refund_id) && (d->kind == DIFFERENCE_STUCK || d->kind == DIFFERENCE_REFUND_HERE)) return cards_refund_again(l, d->refund_id, why);
    if (str_starts(o, "re_")) TRY(look_refund(l, o, &looked));
    else if (str_starts(o, "ch_") || str_starts(o, "py_")) TRY(look_charge(l, o, &looked));
    else if (str_starts(o, "pi_")) TRY(look_intent(l, o, &looked));
    else if (str_starts(o, "cs_")) TRY(look_session(l, o, &looked));
    else if (str_starts(o, "dp_") || str_starts(o, "du_")) TRY(look_dispute(l, o, &looked));
    else if (!id_is_nil(d->payment_id)) TRY(look_payment(l, d->payment_id, &looked));
    if (d->kind == DIFFERENCE_UNPAID_THERE) TRY(cards_counted(l->db, d->payment_id, &counted));
    if (looked == LOOKED_REFUSED || looked == LOOKED_UNKNOWN) *why = l->note ? l->note : "It still does not fit";
    else if (!counted) *why = "Stripe's books still have nothing of it";
    return RC_OK;
}

struct repairing { struct id id; const char *note; int64_t to, now; };
static enum rc repaired_tx(struct tx *tx, void *arg)
{
    const struct repairing *w = arg;
    return cards_difference_step(tx, w->id, DIFFERENCE_REPAIRING, w->to, w->note, w->now);
}

enum rc cards_repair(struct job *job)
{
    struct look l;
    struct card_difference d = { 0 };
    struct id id;
    const char *why = NULL;
    TRY(job_id(job, "difference_id", &id));
    TRY(cards_difference_get(job->db, id, &d));
    if (d.state != DIFFERENCE_REPAIRING) return RC_OK;
    enum rc rc = look_open(&l, job->arena, job->db, job->now);
    if (rc == RC_OK) rc = look_again(&l, &d, &why);
    if (rc > 0) why = *l.s.error ? arena_printf(job->arena, "%s", l.s.error) : "It could not be done now; try again";
    else if (rc != RC_OK) return rc;
    struct repairing w = { id, why ? why : d.note, why ? DIFFERENCE_OPEN : DIFFERENCE_REPAIRED, job->now };
    rc = db_tx(job->db, "cards.repaired", repaired_tx, &w);
    return rc == RC_STATE ? RC_OK : rc; /* it came to fit meanwhile */
}
