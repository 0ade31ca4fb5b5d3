/* booking_pay.c - see booking_pay.h. */
#include "modules/booking/booking_pay.h"
#include "modules/cards/cards.h"

/* What is asked in advance of a price: as much as can be paid by card. */
static int64_t due_of(const struct service *s, int64_t price)
{
    int64_t due = s->pay == SERVICE_PAY_LATER ? 0 : price;
    if (s->pay == SERVICE_PAY_DEPOSIT) due = s->deposit_minor != NONE ? s->deposit_minor : money_share(price, s->deposit_percent * 10000);
    if (due > price) due = price;
    return due - due % cards_step_minor(s->currency);
}

static bool asks(const struct service *s) { return !s->approval_required && due_of(s, s->price_minor) > 0; }

static struct payment card_payment(const struct order *o, int64_t amount, bool live)
{
    return (struct payment){ .id = id_new(), .order_id = o->id, .currency = o->currency, .account_code = CARDS_ACCOUNT, .method = PAY_CARD, .state = PAYMENT_CREATED,
        .dispute = DISPUTE_NONE, .amount_minor = amount, .session_expires_at = NONE, .succeeded_at = NONE, .live = live };
}

enum rc pay_plan(struct req *r, const struct tenant *t, struct id service, struct pay_plan *p)
{
    bool enabled = false, live = false;
    *p = (struct pay_plan){ .r = r };
    TRY(services_get(r->db, service, &p->service));
    if (!asks(&p->service)) return RC_OK;
    TRY(cards_ready(r->db, &enabled, &live));
    if (!enabled) return RC_OK;
    TRY(appointments_make_order(r, &p->service, p->service.price_minor, p->service.currency, &p->order));
    p->order.source = ORDER_BY_PUBLIC;
    p->order.pay_by = r->now + t->pay_minutes * USEC_PER_MIN;
    p->payment = card_payment(&p->order, 1, live);
    p->checkout_job = id_new();
    p->expire_job = id_new();
    p->must = true;
    return RC_OK;
}

static enum rc checkout_later(struct tx *tx, struct id job, struct id payment, struct req *r)
{
    char id[ID_TEXT];
    id_format(payment, id);
    return tx_job(tx, job, "cards.checkout", id, r->now, arena_printf(r->arena, "{\"payment_id\":\"%s\"}", id));
}

int64_t pay_by_card_minor(const struct pay_plan *p, int64_t price_minor, int64_t covered_minor)
{
    int64_t rest = p->must ? due_of(&p->service, price_minor) - covered_minor : 0;
    bool payable = !covered_minor || (rest >= cards_least_minor(p->service.currency) && rest % cards_step_minor(p->service.currency) == 0);
    return rest > 0 && payable ? rest : 0;
}

enum rc pay_begin(struct tx *tx, const struct pay_plan *p, const struct order *o, int64_t amount_minor)
{
    struct payment pay = p->payment;
    char id[ID_TEXT];
    pay.order_id = o->id;
    pay.amount_minor = amount_minor;
    TRY(payments_begin(tx, p->r, &pay));
    TRY(checkout_later(tx, p->checkout_job, pay.id, p->r));
    id_format(o->id, id); /* first: arguments are worked out in any order */
    return tx_job(tx, p->expire_job, "payments.expire", id, o->pay_by, arena_printf(p->r->arena, "{\"order_id\":\"%s\"}", id));
}

enum rc pay_write(struct tx *tx, const struct appointment *a, void *plan)
{
    const struct pay_plan *p = plan;
    struct order o = p->order;
    struct order_line line = *LIST_AT(o.lines, struct order_line, 0);
    line.unit_minor = a->price_minor;
    o.lines = (struct list){ &line, 1 };
    o.client_id = a->client_id;
    o.location_id = a->location_id;
    o.due_minor = due_of(&p->service, a->price_minor);
    TRY(orders_insert(tx, p->r, &o));
    TRY(appointments_set_order(tx, a->id, o.id));
    return pay_begin(tx, p, &o, o.due_minor);
}

/* ---- what the page of the clinic says ------------------------------------------------------------------------------------------------ */

enum rc pay_fill_services(struct req *r, struct list *services)
{
    bool enabled = false, live = false, any = false;
    struct list rows;
    for (size_t i = 0; i < services->n; i++) any = any || asks(LIST_AT(*services, struct service, i));
    if (any) TRY(cards_ready(r->db, &enabled, &live));
    if (enabled) TRY(terms_list(r->db, &rows));
    for (size_t i = 0; i < services->n; i++) {
        struct service *s = LIST_AT(*services, struct service, i);
        s->due_minor = 0;
        s->terms = NULL;
        if (!enabled || !asks(s)) {
            s->pay = SERVICE_PAY_LATER;
            continue;
        }
        struct terms *t = arena_alloc(r->arena, sizeof *t);
        if (!t) return RC_OOM;
        TRY(terms_pick(r->arena, rows, db_tenant(r->db), s->id, t));
        s->due_minor = due_of(s, s->price_minor);
        s->terms = t;
    }
    return RC_OK;
}

/* ---- for clinicd doctor ----------------------------------------------------------------------------------------------------------------- */

const struct query Q_UNPAYABLE = { .name = "booking.unpayable", .args = "", .platform = "whoever runs the installation hears of all its clinics", .scan = "all clinics are asked for",
    .sql = "SELECT COUNT(*) FROM service s LEFT JOIN card_account c ON c.tenant_id = s.tenant_id AND c.enabled = 1"
           " WHERE s.pay <> 'later' AND s.archived = 0 AND c.tenant_id IS NULL" };

enum rc pay_doctor(struct tdb *db, int64_t now, struct buf *line)
{
    int64_t n = 0;
    (void)now;
    TRY(db_int(db, &Q_UNPAYABLE, ARGS(), &n));
    if (n) buf_printf(line, "%lld service%s to be paid in advance, but the clinic takes no cards: visitors are asked to pay there", (long long)n, n == 1 ? " is" : "s are");
    return RC_OK;
}

/* ---- what the page of a booking says --------------------------------------------------------------------------------------------------- */

#define P struct pay_page
static const struct field page_fields[] = { F_STR(P, state, .doc = "preparing (the page to pay on is being made), ready (url is there), failed (pay again), paid, over"),
    F_STR(P, url, .nullable = true, .doc = "Where one pays"), F_STR(P, failure, .nullable = true, .doc = "Why the last attempt failed"), F_STR(P, currency), F_INT(P, total_minor),
    F_INT(P, due_minor, .doc = "Still to be paid before the appointment stands"), F_INT(P, paid_minor),
    F_INT(P, wallet_minor, .doc = "Of what was paid: from the client's wallet"), F_INT(P, held_minor, .doc = "Kept in the wallet until the rest is paid; free again when it is not"), F_INT(P, refunded_minor),
    F_INT(P, refund_minor, .doc = "What goes back if it is cancelled now"), F_INSTANT(P, pay_by, .nullable = true, .doc = "Until when it is kept unpaid"), F_BOOL(P, can_pay),
    F_OBJ(P, terms, &terms_shape), F_END };
const struct shape pay_page_shape = SHAPE_NAMED("booking_payment", pay_page, page_fields);
#undef P

enum rc pay_look(struct req *r, const struct appointment *a, struct pay_seen *out)
{
    struct list payments;
    *out = (struct pay_seen){ 0 };
    if (id_is_nil(a->order_id)) return RC_OK;
    TRY(appointments_money(r->db, a, r->now, TERMS_BY_CLIENT, &out->money));
    TRY(payments_of(r->db, a->order_id, &payments));
    for (size_t i = 0; i < payments.n; i++) {
        const struct payment *p = LIST_AT(payments, struct payment, i);
        if (p->method == PAY_CARD) out->last = *p;
        if (p->method == PAY_WALLET && p->state == PAYMENT_SUCCEEDED) out->wallet_minor += p->amount_minor;
    }
    return wallets_held(r->db, a->order_id, r->now, &out->held_minor);
}

static bool waits(const struct appointment *a, int64_t now) { return a->status == APPT_PENDING_PAYMENT && a->pay_by != NONE && a->pay_by > now; }
static bool is_open(const struct payment *p) { return p->version && (p->state == PAYMENT_CREATED || p->state == PAYMENT_PROCESSING); }
static bool is_payable(const struct payment *p, int64_t now) { return is_open(p) && p->session_url && (p->session_expires_at == NONE || p->session_expires_at > now); }

struct pay_page pay_page_of(const struct pay_seen *s, const struct appointment *a, int64_t now)
{
    int64_t there = a->order_paid_minor - a->order_refunded_minor + s->held_minor;
    struct pay_page p = { .currency = s->money.order.currency, .total_minor = a->order_total_minor, .paid_minor = a->order_paid_minor, .wallet_minor = s->wallet_minor, .held_minor = s->held_minor, .refunded_minor = a->order_refunded_minor,
        .due_minor = a->order_due_minor > there ? a->order_due_minor - there : 0, .pay_by = a->pay_by, .terms = &s->money.terms };
    bool stands = a->status == APPT_SCHEDULED || a->status == APPT_CONFIRMED || a->status == APPT_PENDING_PAYMENT;
    p.refund_minor = stands ? s->money.refund_minor : 0;
    if (!waits(a, now)) {
        p.state = stands && a->status != APPT_PENDING_PAYMENT ? "paid" : "over";
        p.due_minor = p.held_minor = 0;
        return p;
    }
    p.can_pay = true;
    if (is_payable(&s->last, now)) p.url = s->last.session_url;
    p.state = p.url ? "ready" : is_open(&s->last) && !s->last.session_url ? "preparing" : "failed";
    p.failure = s->last.failure;
    return p;
}

bool pay_rules_cancelling(const struct appointment *a)
{
    return a->status == APPT_PENDING_PAYMENT || (!id_is_nil(a->order_id) && a->order_paid_minor > a->order_refunded_minor);
}

/* ---- pay again ------------------------------------------------------------------------------------------------------------------------ */

struct paying { struct req *r; const struct appointment *a; struct order order; struct id payment, job; bool live; struct pay_seen *seen;
    pay_reply *answer; void *answer_arg; };

static enum rc again_tx(struct tx *tx, void *arg)
{
    struct paying *p = arg;
    struct list all;
    int64_t key = lock_key("pay", p->order.id, 0); /* two tabs: one attempt */
    TRY(tx_lock(tx, &key, 1));
    struct order o = { 0 };
    TRY(orders_get(tx_db(tx), p->order.id, &o));
    TRY(payments_of(tx_db(tx), o.id, &all));
    if (o.state != ORDER_OPEN) return req_fail(p->r, RC_STATE, "This is not to be paid any more", NULL);
    for (size_t i = 0; i < all.n; i++) {
        struct payment *x = LIST_AT(all, struct payment, i);
        if (x->method != PAY_CARD || !is_open(x) || (x->session_url && !is_payable(x, p->r->now))) continue;
        p->seen->last = *x;
        return p->answer(p->r, p->a, p->answer_arg);
    }
    if (all.n >= ORDER_PAYMENTS_MAX) return req_fail(p->r, RC_STATE, "There were too many attempts. Please call the clinic", NULL);
    int64_t held;
    TRY(wallets_held(tx_db(tx), o.id, p->r->now, &held));
    struct payment new = card_payment(&o, o.due_minor - (o.paid_minor - o.refunded_minor) - held, p->live);
    new.id = p->payment;
    if (new.amount_minor < 1) return req_fail(p->r, RC_STATE, "This is not to be paid any more", NULL);
    TRY(payments_begin(tx, p->r, &new));
    TRY(checkout_later(tx, p->job, new.id, p->r));
    p->seen->last = new;
    return p->answer(p->r, p->a, p->answer_arg);
}

enum rc pay_again(struct req *r, const struct appointment *a, struct pay_seen *seen, pay_reply *answer, void *answer_arg)
{
    struct paying p = { .r = r, .a = a, .order = { .id = a->order_id }, .payment = id_new(), .job = id_new(), .seen = seen, .answer = answer, .answer_arg = answer_arg };
    bool enabled = false;
    if (id_is_nil(a->order_id) || !waits(a, r->now)) return req_fail(r, RC_STATE, "This is not to be paid any more", NULL);
    TRY(cards_ready(r->db, &enabled, &p.live));
    if (!enabled) return req_fail(r, RC_STATE, "The clinic takes no cards at the moment. Please call", NULL);
    return req_tx(r, "booking.pay", again_tx, &p);
}
