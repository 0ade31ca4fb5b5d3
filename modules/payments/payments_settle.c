/* payments_settle.c - money has come, or has not come in time; see payments.h. As everywhere: plan with plain reads, then one transaction that writes
 * under the versions that were read; who was overtaken plans anew. */
#include "modules/payments/payments.h"
#include <stdio.h>

enum { PLANS_MAX = 8 };

struct settling {
    struct req *r;
    struct settled *out;
    struct order order;
    struct payment payment;
    struct list waiting;           /* of struct order_appointment, that stand when this is paid */
    struct list ids;               /* of struct id: theirs */
    struct changing **changes;     /* of each */
    bool rebook, begun;            /* begun: the payment's row is there */
    int64_t back_minor, cause;     /* of this payment */
    struct id refund_id, job_id;
    const char *mail;              /* of a refund: what its client is told; NULL: nothing */
    struct id about;               /* the appointment that mail is about */
};

static enum rc no_answer(struct req *r, const struct appointment *a, void *unused)
{
    (void)r, (void)a, (void)unused;
    return RC_OK;
}

/* Those of the order's appointments that are in this state; whether all of them begin later than now. */
static enum rc pick(struct settling *s, int64_t status, bool *all_ahead)
{
    struct list all;
    size_t n = 0;
    TRY(appointments_of_order(s->r->db, s->order.id, &all));
    *all_ahead = true;
    s->about = all.n ? LIST_AT(all, struct order_appointment, 0)->id : ID_NIL;
    for (size_t i = 0; i < all.n; i++) {
        struct order_appointment x = *LIST_AT(all, struct order_appointment, i);
        if (x.status != status) continue;
        *all_ahead = *all_ahead && x.start > s->r->now;
        *LIST_AT(all, struct order_appointment, n++) = x;
    }
    s->waiting = (struct list){ all.items, n };
    return RC_OK;
}

static enum rc prepare_changes(struct settling *s)
{
    struct transition *each = arena_alloc(s->r->arena, (s->waiting.n + 1) * sizeof *each);
    struct id *ids = arena_alloc(s->r->arena, (s->waiting.n + 1) * sizeof *ids);
    s->changes = arena_alloc(s->r->arena, (s->waiting.n + 1) * sizeof *s->changes);
    if (!each || !ids || !s->changes) return RC_OOM;
    s->ids = (struct list){ ids, s->waiting.n };
    for (size_t i = 0; i < s->waiting.n; i++) {
        ids[i] = LIST_AT(s->waiting, struct order_appointment, i)->id;
        each[i] = (struct transition){ .r = s->r, .id = ids[i], .to = APPT_SCHEDULED, .paid = true, .notify = true, .reply = no_answer };
        TRY(changing_new(&each[i], &s->changes[i]));
    }
    return RC_OK;
}

static void all_back(struct settling *s, int64_t cause)
{
    s->back_minor = s->payment.amount_minor;
    s->cause = cause;
    s->waiting.n = 0;
    s->rebook = false;
    s->mail = cause == REFUND_LATE ? "paidlate" : "paidtwice";
}

/* What is to be done, of what is known now. taken: the time of an expired one was found taken. */
static enum rc plan(struct settling *s, bool taken)
{
    struct order *o = &s->order;
    struct payment *p = &s->payment;
    bool ahead;
    int64_t there = o->paid_minor - o->refunded_minor + p->amount_minor, over = there - order_asked_minor(o), held = 0;
    if (o->state == ORDER_OPEN && there < order_asked_minor(o)) TRY(wallets_held(s->r->db, o->id, s->r->now, &held));
    there += held;
    s->back_minor = 0;
    s->mail = NULL;
    s->rebook = o->state == ORDER_EXPIRED;
    TRY(pick(s, s->rebook ? APPT_EXPIRED : APPT_PENDING_PAYMENT, &ahead));
    bool covered = there >= o->due_minor;
    if (o->state == ORDER_CANCELLED) all_back(s, REFUND_LATE);
    else if (s->rebook && (taken || !ahead || !covered || !s->waiting.n)) all_back(s, REFUND_LATE);
    else if (over >= p->amount_minor) all_back(s, REFUND_DUPLICATE);
    else if (over > 0) {
        s->back_minor = over;
        s->cause = REFUND_SURPLUS;
        s->mail = "paidmore";
    }
    if (!covered) s->waiting.n = 0;
    return prepare_changes(s);
}

static enum rc tell(struct tx *tx, struct settling *s)
{
    char id[ID_TEXT], about[ID_TEXT];
    if (!s->mail || id_is_nil(s->about)) return RC_OK;
    const char *payload = arena_printf(s->r->arena, "{\"appointment_id\":\"%s\",\"what\":\"%s\",\"refund_id\":\"%s\"}", id_format(s->about, about), s->mail, id_format(s->refund_id, id));
    return tx_job(tx, s->job_id, "notices.payment", id, s->r->now, payload);
}

static enum rc settle_tx(struct tx *tx, void *arg)
{
    struct settling *s = arg;
    struct order *o = &s->out->order;
    struct payment *p = &s->out->payment;
    struct ledger_chain chain;
    struct ledger_by by = ledger_by(s->r);
    *o = s->order;
    *p = s->payment;
    ledger_chain_begin(&chain, s->r->arena, db_tenant(tx_db(tx)), o->currency, &by);
    TRY(orders_capture(tx, s->r, o, p, s->out->held, &chain, RC_STALE));
    if (s->rebook) TRY(orders_revive(tx, s->r, o, RC_STALE));
    struct refund f = { .id = s->refund_id, .amount_minor = s->back_minor, .cause = s->cause, .till_session_id = p->till_session_id };
    if (s->back_minor) TRY(orders_give_back(tx, s->r, o, p, &f, &chain, RC_STALE));
    else if (o->state == ORDER_OPEN) TRY(wallets_post_held(tx, s->r, o, &chain, RC_STALE));
    TRY(wallets_deliver(tx, s->r, o, &chain));
    for (size_t i = 0; i < s->waiting.n; i++) TRY(changing_run(tx, s->changes[i]));
    s->out->already = false;
    s->out->rebooked = s->rebook;
    s->out->returned_minor = s->back_minor;
    s->out->appointments = s->ids;
    TRY(tell(tx, s));
    if (s->out->also) TRY(s->out->also(tx, s->r, s->out, s->out->arg));
    return ledger_chain_post(tx, &chain);
}

/* Order and payment as they are; *done: there is nothing to do any more. */
static enum rc load(struct settling *s, const struct payment *p, bool *done)
{
    s->payment = *p;
    s->order = (struct order){ 0 };
    if (p->version) {
        s->payment = (struct payment){ 0 };
        TRY(payments_get(s->r->db, p->id, &s->payment));
        s->payment.intent_id = p->intent_id ? p->intent_id : s->payment.intent_id; /* what the provider has told since */
        s->payment.charge_id = p->charge_id ? p->charge_id : s->payment.charge_id;
        s->payment.failure = NULL;
    }
    TRY(orders_get(s->r->db, s->payment.order_id, &s->order));
    TRY(orders_receipts(s->r->db, &s->order.receipts));
    *done = p->version && s->payment.state == PAYMENT_SUCCEEDED;
    return RC_OK;
}

/* A chair it had may be taken by now, and another one free. */
static enum rc plan_again(struct settling *s, bool *possible)
{
    *possible = true;
    for (size_t i = 0; i < s->waiting.n && *possible; i++) TRY(changing_plan_again(s->changes[i], possible));
    return RC_OK;
}

static enum rc settle(struct settling *s, const struct payment *p)
{
    bool done, taken = false, possible;
    enum rc rc = RC_STALE;
    for (int n = 0; n < PLANS_MAX && (rc == RC_STALE || rc == RC_OVERLAP); n++) {
        TRY(load(s, p, &done));
        if (done) {
            s->out->already = true;
            s->out->order = s->order;
            s->out->payment = s->payment;
            return RC_OK;
        }
        TRY(plan(s, taken));
        rc = req_tx(s->r, "payments.settle", settle_tx, s);
        if (rc != RC_OVERLAP) continue;
        TRY(plan_again(s, &possible));
        if (possible) rc = req_tx(s->r, "payments.settle", settle_tx, s);
        taken = rc == RC_OVERLAP;
    }
    return rc == RC_OVERLAP ? RC_STALE : rc;
}

enum rc payments_settle(struct req *r, struct payment *p, struct settled *out)
{
    struct settling s = { .r = r, .out = out, .refund_id = id_new(), .job_id = id_new() };
    int64_t if_match = r->if_match;
    r->if_match = NONE; /* it names something else than the rows written here */
    enum rc rc = settle(&s, p);
    r->if_match = if_match;
    if (rc == RC_OK) *p = out->payment;
    return rc;
}

/* ---- paid by a wallet, which knows nothing of appointments ------------------------------------------------------------------------------ */

static enum rc stand_tx(struct tx *tx, void *arg)
{
    struct settling *s = arg;
    for (size_t i = 0; i < s->waiting.n; i++) TRY(changing_run(tx, s->changes[i]));
    return RC_OK;
}

enum rc payments_stand(struct job *job)
{
    bool ahead;
    struct settling s = { .r = req_of_program(job->arena, job->db, job->now, "paid", PERM_SCHEDULE_WRITE | PERM_ORDERS_WRITE) };
    struct id id;
    if (!s.r) return RC_OOM;
    TRY(job_id(job, "order_id", &id));
    TRY(orders_get(job->db, id, &s.order));
    if (s.order.paid_minor - s.order.refunded_minor < s.order.due_minor) return RC_OK;
    TRY(pick(&s, APPT_PENDING_PAYMENT, &ahead));
    TRY(prepare_changes(&s));
    enum rc rc = req_tx(s.r, "payments.stand", stand_tx, &s);
    return rc == RC_STALE || rc == RC_STATE ? RC_BUSY : rc; /* somebody changes it at this very moment */
}

/* ---- not paid in time ---------------------------------------------------------------------------------------------------------------- */

struct expiring { struct req *r; struct order order; struct list waiting; struct changing **changes; };

static enum rc expire_tx(struct tx *tx, void *arg)
{
    struct expiring *e = arg;
    for (size_t i = 0; i < e->waiting.n; i++) TRY(changing_run(tx, e->changes[i]));
    if (e->waiting.n) return RC_OK; /* the last of them ended the order */
    struct order o = e->order;
    struct ledger_chain chain;
    struct ledger_by by = ledger_by(e->r);
    ledger_chain_begin(&chain, e->r->arena, db_tenant(tx_db(tx)), o.currency, &by);
    TRY(orders_end(tx, e->r, &o, ORDER_EXPIRED, 0, &chain, RC_STALE));
    return ledger_chain_post(tx, &chain);
}

static enum rc expire(struct expiring *e)
{
    struct list all;
    size_t n = 0;
    TRY(orders_get(e->r->db, e->order.id, &e->order));
    if (e->order.state != ORDER_OPEN || e->order.pay_by == NONE || e->order.pay_by > e->r->now) return RC_OK;
    if (e->order.paid_minor - e->order.refunded_minor >= e->order.due_minor) return RC_OK;
    TRY(appointments_of_order(e->r->db, e->order.id, &all));
    struct transition *each = arena_alloc(e->r->arena, (all.n + 1) * sizeof *each);
    e->changes = arena_alloc(e->r->arena, (all.n + 1) * sizeof *e->changes);
    if (!each || !e->changes) return RC_OOM;
    for (size_t i = 0; i < all.n; i++) {
        const struct order_appointment *x = LIST_AT(all, struct order_appointment, i);
        if (x->status != APPT_PENDING_PAYMENT) continue;
        each[n] = (struct transition){ .r = e->r, .id = x->id, .to = APPT_EXPIRED, .unpaid = true, .notify = true, .reply = no_answer };
        TRY(changing_new(&each[n], &e->changes[n]));
        n++;
    }
    if (all.n && !n) return RC_OK; /* the staff let them stand without it */
    e->waiting.n = n;
    return req_tx(e->r, "payments.expire", expire_tx, e);
}

/* The payload is our own text. */
enum rc payments_expire(struct job *job)
{
    struct expiring e = { .r = req_of_program(job->arena, job->db, job->now, "unpaid", PERM_SCHEDULE_WRITE | PERM_ORDERS_WRITE) };
    enum rc rc = RC_STALE;
    struct id id;
    if (!e.r) return RC_OOM;
    TRY(job_id(job, "order_id", &id));
    for (int n = 0; n < PLANS_MAX && (rc == RC_STALE || rc == RC_STATE); n++) {
        e.order = (struct order){ .id = id };
        rc = expire(&e);
    }
    return rc == RC_STALE || rc == RC_STATE ? RC_BUSY : rc; /* somebody pays at this very moment */
}
