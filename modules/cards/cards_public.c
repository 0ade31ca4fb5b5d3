/* cards_public.c - what becomes of an order that is paid at Stripe and has no appointment: the page its payer comes back to. */
#include "modules/cards/cards_jobs.h"
#include "modules/tenants/tenants.h"
#include "modules/wallets/wallets.h"

#define P struct payment_result
struct payment_result { const char *clinic_name, *brand_color, *what, *state, *url, *currency; int64_t total_minor, paid_minor, open_minor; };
static const struct field result_fields[] = { F_STR(P, clinic_name), F_TEXT(K_COLOR, P, brand_color), F_STR(P, what, .nullable = true, .doc = "The first line of the order"),
    F_STR(P, state, .doc = "paid; processing (the bank is at it); preparing (the page to pay on is being made); ready (url is there); open (nothing is under way: pay, or pay again); over"),
    F_STR(P, url, .nullable = true, .doc = "Where one pays"), F_TEXT(K_CURRENCY, P, currency), F_INT(P, total_minor), F_INT(P, paid_minor), F_INT(P, open_minor), F_END };
const struct shape card_result_shape = SHAPE_NAMED("payment_result", payment_result, result_fields);
#undef P

struct returning { struct req *r; struct id order, payment, job; bool live; struct tenant tenant; };

const char *cards_result_url(struct arena *a, struct id tenant, struct id order)
{
    char token[LINK_TEXT];
    seal_link("order", tenant, order, token);
    return arena_printf(a, "%s/p/%s", settings.base_url, token);
}

static bool under_way(const struct payment *p, int64_t now)
{
    bool begun = p->state == PAYMENT_CREATED && (!p->session_url || p->session_expires_at == NONE || p->session_expires_at > now);
    return p->version && p->method == PAY_CARD && (begun || p->state == PAYMENT_PROCESSING);
}

/* The last attempt that may still come to something; version 0: none. */
static struct payment attempt_of(struct list payments, int64_t now)
{
    struct payment last = { 0 };
    for (size_t i = 0; i < payments.n; i++)
        if (under_way(LIST_AT(payments, struct payment, i), now)) last = *LIST_AT(payments, struct payment, i);
    return last;
}

/* A part that a wallet holds waits for the rest, and is not asked for. */
static enum rc rest_of(struct tdb *db, const struct order *o, int64_t now, int64_t *rest)
{
    int64_t held;
    TRY(wallets_held(db, o->id, now, &held));
    *rest = order_open_minor(o) - held;
    return RC_OK;
}

static enum rc show(struct tdb *db, const struct returning *w, const struct order *o, const struct payment *last)
{
    int64_t rest;
    TRY(rest_of(db, o, w->r->now, &rest));
    const struct order_line *first = o->lines.n ? LIST_AT(o->lines, struct order_line, 0) : NULL;
    struct payment_result out = { .clinic_name = w->tenant.name, .brand_color = w->tenant.brand_color, .what = first ? first->description : NULL, .currency = o->currency, .total_minor = order_asked_minor(o),
        .paid_minor = o->paid_minor - o->refunded_minor, .open_minor = rest, .state = o->state == ORDER_PAID ? "paid" : o->state == ORDER_OPEN ? "open" : "over" };
    if (o->state == ORDER_OPEN && last->version) {
        out.url = last->state == PAYMENT_CREATED ? last->session_url : NULL;
        out.state = last->state == PAYMENT_PROCESSING ? "processing" : out.url ? "ready" : "preparing";
    }
    return reply(w->r, &out);
}

static enum rc enter(struct req *r, struct returning *w)
{
    struct id tenant;
    *w = (struct returning){ .r = r, .payment = id_new(), .job = id_new() };
    if (!seal_link_open("order", r->path_text, &tenant, &w->order)) return req_fail(r, RC_NOT_FOUND, "This link is not valid", NULL);
    TRY(req_enter(r, tenant));
    return tenants_get(r->db, &w->tenant);
}

enum rc cards_get_result(struct req *r)
{
    struct returning w;
    struct order o = { 0 };
    struct list payments;
    TRY(enter(r, &w));
    TRY(orders_get(r->db, w.order, &o));
    TRY(payments_of(r->db, o.id, &payments));
    struct payment last = attempt_of(payments, r->now);
    return show(r->db, &w, &o, &last);
}

static enum rc again_tx(struct tx *tx, void *arg)
{
    struct returning *w = arg;
    struct order o = { 0 };
    struct list payments;
    int64_t key = lock_key("pay", w->order, 0), rest; /* two tabs: one attempt */
    TRY(tx_lock(tx, &key, 1));
    TRY(orders_get(tx_db(tx), w->order, &o));
    TRY(payments_of(tx_db(tx), o.id, &payments));
    struct payment last = attempt_of(payments, w->r->now);
    if (last.version) return show(tx_db(tx), w, &o, &last);
    TRY(rest_of(tx_db(tx), &o, w->r->now, &rest));
    int64_t amount = rest - rest % cards_step_minor(o.currency);
    if (amount < 1) return req_fail(w->r, RC_STATE, "This is not to be paid any more", NULL);
    if (payments.n >= ORDER_PAYMENTS_MAX) return req_fail(w->r, RC_STATE, "There were too many attempts. Please call the clinic", NULL);
    last = cards_new_payment(&o, w->payment, amount, w->live);
    TRY(cards_begin(tx, w->r, &last, w->job));
    return show(tx_db(tx), w, &o, &last);
}

enum rc cards_post_result(struct req *r)
{
    struct returning w;
    bool enabled;
    TRY(enter(r, &w));
    TRY(cards_ready(r->db, &enabled, &w.live));
    if (!enabled) return req_fail(r, RC_STATE, "The clinic takes no cards at the moment. Please call", NULL);
    return req_tx(r, "cards.pay_again", again_tx, &w);
}
