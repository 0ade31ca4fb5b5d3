/* cards_pay.c - a page for an order, asked for by the desk: to be sent, or shown as a code. What visitors book is paid the same way (modules/booking). */
#include "modules/cards/cards_jobs.h"
#include "core/base/money.h"
#include "modules/wallets/wallets.h"

/* docs.stripe.com: half a unit of most currencies; where it is worth more or less, another amount. */
int64_t cards_least_minor(const char *currency)
{
    static const struct { const char *code; int64_t least; } others[] = { { "AED", 200 }, { "BGN", 100 }, { "CZK", 1500 }, { "DKK", 250 }, { "GBP", 30 }, { "HKD", 400 }, { "HUF", 17500 },
        { "MXN", 1000 }, { "MYR", 200 }, { "NOK", 300 }, { "PLN", 200 }, { "RON", 200 }, { "SEK", 300 }, { "THB", 1000 } };
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (str_eq(others[i].code, currency)) return others[i].least;
    return 50;
}

const char *cards_step_note(struct arena *a, const char *currency)
{
    char step[MONEY_TEXT];
    return arena_printf(a, "must be in steps of %s: Stripe takes no other amount", money_format(cards_step_minor(currency), currency, step));
}

struct checkout_in { int64_t amount_minor; };
static const struct field checkout_in_fields[] = { F_INT(struct checkout_in, amount_minor, .min = 0, .max = ORDER_AMOUNT_MAX, .doc = "How much of it; absent or 0: all that is open"), F_END };
const struct shape card_checkout_in_shape = SHAPE_NAMED("card_checkout", checkout_in, checkout_in_fields);

struct page_out { struct id payment_id; int64_t state, amount_minor, expires_at; const char *currency, *url, *result_url, *failure; };
#define P struct page_out
static const struct field page_fields[] = { F_ID(P, payment_id), F_ENUM(P, state, payment_state_names), F_INT(P, amount_minor), F_STR(P, currency),
    F_STR(P, url, .nullable = true, .doc = "Where to pay; comes within seconds: ask again"), F_INSTANT(P, expires_at, .nullable = true), F_STR(P, failure, .nullable = true),
    F_STR(P, result_url, .doc = "Says its payer how the order stands, and where one pays, as long as it is open: a link that may be sent"), F_END };
#undef P
const struct shape card_page_shape = SHAPE_NAMED("card_page", page_out, page_fields);

static enum rc show(struct req *r, const struct payment *p)
{
    bool open = p->state == PAYMENT_CREATED;
    struct page_out out = { .payment_id = p->id, .state = p->state, .amount_minor = p->amount_minor, .expires_at = open && p->session_id ? p->session_expires_at : NONE, .currency = p->currency,
        .url = open ? p->session_url : NULL, .failure = p->failure, .result_url = cards_result_url(r->arena, db_tenant(r->db), p->order_id) };
    return reply(r, &out);
}

struct payment cards_new_payment(const struct order *o, struct id id, int64_t amount, bool live)
{
    return (struct payment){ .id = id, .order_id = o->id, .currency = o->currency, .method = PAY_CARD, .state = PAYMENT_CREATED, .amount_minor = amount, .account_code = CARDS_ACCOUNT, .live = live };
}

enum rc cards_begin(struct tx *tx, struct req *r, struct payment *p, struct id job)
{
    char id[ID_TEXT];
    id_format(p->id, id);
    TRY(payments_begin(tx, r, p));
    return tx_job(tx, job, "cards.checkout", id, r->now, arena_printf(r->arena, "{\"payment_id\":\"%s\"}", id));
}

struct beginning { struct req *r; struct payment p; struct id job_id; };
static enum rc begin_tx(struct tx *tx, void *arg)
{
    struct beginning *w = arg;
    struct payment p = w->p;
    TRY(cards_begin(tx, w->r, &p, w->job_id));
    return show(w->r, &p);
}

/* A page that is open for so much is the answer again. */
static enum rc open_page(struct req *r, struct id order, int64_t amount, struct payment *out)
{
    struct list all;
    TRY(payments_of(r->db, order, &all));
    for (size_t i = 0; i < all.n; i++) {
        const struct payment *p = LIST_AT(all, struct payment, i);
        bool page = p->method == PAY_CARD && p->state == PAYMENT_CREATED && p->amount_minor == amount && (!p->session_id || p->session_expires_at > r->now);
        if (page) *out = *p;
    }
    return RC_OK;
}

enum rc cards_post_checkout(struct req *r)
{
    const struct checkout_in *in = r->in;
    struct order o = { 0 };
    struct payment there = { 0 };
    bool enabled, live;
    int64_t held;
    TRY(orders_get(r->db, r->path_id, &o));
    TRY(cards_ready(r->db, &enabled, &live));
    if (!enabled) return req_fail(r, RC_STATE, "Card payments are not set up, or switched off", NULL);
    TRY(wallets_held(r->db, o.id, r->now, &held)); /* a wallet's part waits for the rest */
    int64_t open = order_open_minor(&o) - held, amount = in->amount_minor ? in->amount_minor : open;
    if (o.state != ORDER_OPEN || open <= 0) return req_fail(r, RC_STATE, "Nothing is to be paid for this order", NULL);
    if (amount > open) req_field_error(r, "amount_minor", "is more than is open");
    else if (amount % cards_step_minor(o.currency)) req_field_error(r, "amount_minor", cards_step_note(r->arena, o.currency));
    TRY(req_invalid(r));
    TRY(open_page(r, o.id, amount, &there));
    struct beginning w = { .r = r, .job_id = id_new(), .p = cards_new_payment(&o, id_new(), amount, live) };
    return there.version ? show(r, &there) : req_tx(r, "cards.begin", begin_tx, &w);
}

enum rc cards_get_page(struct req *r)
{
    struct payment p = { 0 };
    TRY(payments_get(r->db, r->path_id, &p));
    return p.method == PAY_CARD ? show(r, &p) : RC_NOT_FOUND;
}
