/* cards_look.c - sessions, intents and charges: what became of a payment. See cards_look.h. */
#include "modules/cards/cards_look.h"
#include "core/base/money.h"
#include <stdio.h>
#include <string.h>

enum { TRIES_MAX = 8 };

enum rc look_open(struct look *l, struct arena *a, struct tdb *db, int64_t now)
{
    *l = (struct look){ .a = a, .db = db, .now = now, .r = req_of_program(a, db, now, "stripe", PERM_ORDERS_WRITE | PERM_REFUNDS_WRITE | PERM_SCHEDULE_WRITE) };
    return l->r ? stripe_open(&l->s, a, db) : RC_OOM;
}

static bool in_hundredths(const char *currency) { return str_eq(currency, "ISK") || str_eq(currency, "UGX"); }
static bool in_wholes(const char *currency) { return str_eq(currency, "MGA"); }

int64_t stripe_amount(int64_t ours, const char *currency) { return in_hundredths(currency) ? ours * 100 : in_wholes(currency) ? ours / 100 : ours; }

int64_t stripe_ours(int64_t theirs, const char *currency)
{
    if (in_hundredths(currency)) return (theirs + (theirs < 0 ? -50 : 50)) / 100;
    return in_wholes(currency) ? theirs * 100 : theirs;
}

int64_t cards_step_minor(const char *currency) { return in_wholes(currency) ? 100 : unit_digits(currency) == 3 ? 10 : 1; }

static bool same_amount(int64_t theirs, const char *currency, const struct payment *p)
{
    return stripe_currency_is(currency, p->currency) && theirs == stripe_amount(p->amount_minor, p->currency);
}

static enum rc say(struct look *l, enum looked looked, const char *note, enum looked *out)
{
    *out = looked;
    l->note = note;
    return RC_OK;
}

/* ---- writing ---------------------------------------------------------------------------------------------------------------------------- */

struct touching { struct look *l; struct payment *p; };
static enum rc touch_tx(struct tx *tx, void *arg)
{
    struct touching *t = arg;
    struct payment p = *t->p;
    TRY(payments_update(tx, t->l->r, &p, RC_STALE));
    *t->p = p;
    return RC_OK;
}

enum rc look_touch(struct look *l, struct id id, payment_change *change, const void *arg, struct payment *out)
{
    enum rc rc = RC_STALE;
    for (int i = 0; i < TRIES_MAX && rc == RC_STALE; i++) {
        *out = (struct payment){ 0 };
        TRY(payments_get(l->db, id, out));
        if (!change(out, arg)) return RC_OK;
        struct touching t = { l, out };
        struct payment as_read = *out;
        rc = db_tx(l->db, "cards.payment", touch_tx, &t);
        if (rc == RC_STALE) *out = as_read;
    }
    return rc == RC_STALE ? RC_BUSY : rc;
}

struct differing { struct look *l; const struct card_difference *d; int64_t kind; const char *object; };
static enum rc differ_tx(struct tx *tx, void *arg)
{
    struct differing *w = arg;
    return cards_difference_insert(tx, w->d);
}
static enum rc fits_tx(struct tx *tx, void *arg)
{
    struct differing *w = arg;
    return cards_difference_gone(tx, w->kind, w->object, w->l->now);
}

enum rc look_difference(struct look *l, const struct card_difference *d)
{
    struct card_difference row = *d;
    struct differing w = { .l = l, .d = &row };
    row.id = id_new();
    row.found_at = l->now;
    return db_tx(l->db, "cards.difference", differ_tx, &w);
}

enum rc look_fits(struct look *l, int64_t kind, const char *object)
{
    struct differing w = { .l = l, .kind = kind, .object = object };
    return db_tx(l->db, "cards.difference_gone", fits_tx, &w);
}

static enum rc wrong_amount(struct look *l, const struct payment *p, const char *object, int64_t theirs, enum looked *out)
{
    TRY(look_difference(l, &(struct card_difference){ .kind = DIFFERENCE_AMOUNT, .object_id = object, .payment_id = p->id, .currency = p->currency, .here_minor = p->amount_minor,
        .there_minor = stripe_ours(theirs, p->currency), .note = "Amount or currency at Stripe is another than was asked for" }));
    return say(l, LOOKED_REFUSED, "amount or currency is another than was asked for", out);
}

/* ---- whose is it ------------------------------------------------------------------------------------------------------------------------ */

static bool other_clinic(const struct look *l, const struct stripe_meta *m)
{
    struct id tenant;
    return !m->clinicd_tenant || !id_parse(m->clinicd_tenant, &tenant) || !id_eq(tenant, l->s.tenant);
}

static enum rc marked(struct look *l, const struct stripe_meta *m, struct payment *p, enum looked *out)
{
    struct id id;
    *p = (struct payment){ 0 };
    if (!m || !m->clinicd_payment) return say(l, LOOKED_NOT_OURS, NULL, out);
    if (other_clinic(l, m) || !id_parse(m->clinicd_payment, &id)) return say(l, LOOKED_REFUSED, "it is marked as another clinic's", out);
    enum rc rc = payments_get(l->db, id, p);
    if (rc == RC_NOT_FOUND || (rc == RC_OK && p->method != PAY_CARD)) return say(l, LOOKED_UNKNOWN, "no payment here has this mark", out);
    return rc == RC_OK ? say(l, LOOKED_DONE, NULL, out) : rc;
}

/* What Stripe has of this name; LOOKED_UNKNOWN where it has nothing. */
static enum rc fetch(struct look *l, const char *path, const struct shape *shape, const void **read, enum looked *out)
{
    void *got = NULL;
    enum rc rc = stripe_ask(&l->s, path, NULL, NULL, shape, &got);
    *read = got;
    if (rc == RC_NOT_FOUND) return say(l, LOOKED_UNKNOWN, "Stripe does not know it", out);
    *out = LOOKED_DONE;
    return rc;
}

static enum rc fetch_intent(struct look *l, const char *id, const struct stripe_intent **read, enum looked *out)
{
    if (!cards_plain_id(id)) return say(l, LOOKED_UNKNOWN, "it names no payment", out);
    return fetch(l, arena_printf(l->a, "/v1/payment_intents/%s?expand%%5B%%5D=latest_charge.balance_transaction", id), &stripe_intent_shape, (const void **)read, out);
}

enum rc look_owner(struct look *l, const char *intent, struct payment *out, enum looked *looked)
{
    const struct stripe_intent *i = NULL;
    struct id id;
    *out = (struct payment){ 0 };
    if (!cards_plain_id(intent)) return say(l, LOOKED_NOT_OURS, NULL, looked);
    TRY(cards_payment_by_intent(l->db, intent, &id));
    *looked = LOOKED_DONE;
    if (!id_is_nil(id)) return payments_get(l->db, id, out);
    TRY(fetch_intent(l, intent, &i, looked));
    return *looked == LOOKED_DONE ? marked(l, i->metadata, out, looked) : RC_OK;
}

/* ---- the intent -------------------------------------------------------------------------------------------------------------------------- */

struct news { int64_t state; const char *intent, *charge, *failure; };

static bool take_news(struct payment *p, const void *arg)
{
    const struct news *n = arg;
    if (p->state == PAYMENT_SUCCEEDED || (p->state != n->state && p->state != PAYMENT_CREATED && !(p->state == PAYMENT_PROCESSING && n->state != PAYMENT_CREATED))) return false;
    bool same = p->state == n->state && str_eq(p->intent_id ? p->intent_id : "", n->intent ? n->intent : "") && str_eq(p->failure ? p->failure : "", n->failure ? n->failure : "");
    if (same) return false;
    p->state = n->state;
    if (n->intent) p->intent_id = n->intent;
    p->failure = n->failure;
    return true;
}

static enum rc follow(struct look *l, const struct payment *p, const struct news *n)
{
    struct payment now;
    return look_touch(l, p->id, take_news, n, &now);
}

static enum rc intent_paid(struct look *l, const struct stripe_intent *i, struct payment *p, enum looked *out)
{
    const struct stripe_charge *c = i->latest_charge;
    if (!same_amount(i->amount_received, i->currency, p)) return wrong_amount(l, p, i->id, i->amount_received, out);
    p->intent_id = i->id;
    p->charge_id = c ? c->id : NULL;
    if (p->state != PAYMENT_SUCCEEDED) TRY(look_settle(l, p));
    if (c && c->balance_transaction) TRY(look_count(l, c->balance_transaction, p->id));
    TRY(look_fits(l, DIFFERENCE_AMOUNT, i->id));
    return look_fits(l, DIFFERENCE_UNPAID_THERE, i->id);
}

/* over: its page is complete, so nobody can try again there. */
static enum rc apply_intent(struct look *l, const struct stripe_intent *i, struct payment *p, bool over, enum looked *out)
{
    ASSERT(i);
    const struct stripe_problem *e = i->last_payment_error;
    const char *why = !e ? NULL : arena_printf(l->a, "%.60s%s%.60s", e->code ? e->code : "declined", e->decline_code ? ": " : "", e->decline_code ? e->decline_code : "");
    *out = LOOKED_DONE;
    if (str_eq(i->status, "succeeded")) return intent_paid(l, i, p, out);
    if (str_eq(i->status, "processing")) return follow(l, p, &(struct news){ PAYMENT_PROCESSING, i->id, NULL, NULL });
    if (str_eq(i->status, "canceled")) return follow(l, p, &(struct news){ PAYMENT_FAILED, i->id, NULL, "canceled" });
    if (str_eq(i->status, "requires_payment_method") && (e || over)) return follow(l, p, &(struct news){ over ? PAYMENT_FAILED : p->state, i->id, NULL, why ? why : "failed" });
    return RC_OK;
}

enum rc look_intent(struct look *l, const char *id, enum looked *out)
{
    const struct stripe_intent *i = NULL;
    struct payment p = { 0 };
    struct id known;
    TRY(fetch_intent(l, id, &i, out));
    if (*out != LOOKED_DONE) return RC_OK;
    ASSERT(i); /* as it says */
    TRY(cards_payment_by_intent(l->db, i->id, &known));
    if (!id_is_nil(known)) TRY(payments_get(l->db, known, &p));
    else TRY(marked(l, i->metadata, &p, out));
    return *out == LOOKED_DONE ? apply_intent(l, i, &p, false, out) : RC_OK;
}

/* ---- the session --------------------------------------------------------------------------------------------------------------------------- */

enum rc look_apply_session(struct look *l, const struct stripe_session *s, enum looked *out)
{
    struct payment p = { 0 };
    const struct stripe_intent *i = NULL;
    TRY(marked(l, s->metadata, &p, out));
    if (*out != LOOKED_DONE) return RC_OK;
    if (!same_amount(s->amount_total, s->currency, &p)) return wrong_amount(l, &p, s->id, s->amount_total, out);
    bool other = p.session_id && !str_eq(p.session_id, s->id); /* a page that was never shown to anybody */
    if (str_eq(s->status, "expired")) return other ? RC_OK : follow(l, &p, &(struct news){ PAYMENT_EXPIRED, p.intent_id, NULL, p.failure });
    if (!str_eq(s->status, "complete")) return RC_OK;
    TRY(fetch_intent(l, s->payment_intent, &i, out));
    return *out == LOOKED_DONE ? apply_intent(l, i, &p, true, out) : RC_OK;
}

enum rc look_session(struct look *l, const char *id, enum looked *out)
{
    const struct stripe_session *s = NULL;
    if (!cards_plain_id(id)) return say(l, LOOKED_UNKNOWN, "it names no session", out);
    TRY(fetch(l, arena_printf(l->a, "/v1/checkout/sessions/%s", id), &stripe_session_shape, (const void **)&s, out));
    return *out == LOOKED_DONE ? look_apply_session(l, s, out) : RC_OK;
}

enum rc look_payment(struct look *l, struct id id, enum looked *out)
{
    struct payment p = { 0 };
    TRY(payments_get(l->db, id, &p));
    if (p.intent_id) return look_intent(l, p.intent_id, out);
    if (p.session_id) return look_session(l, p.session_id, out);
    return say(l, LOOKED_UNKNOWN, "it has no page at Stripe", out);
}

/* ---- the charge: its payment, and what was given back of it -------------------------------------------------------------------------------------- */

enum rc look_charge(struct look *l, const char *id, enum looked *out)
{
    const struct stripe_charge *c = NULL;
    void *read = NULL;
    TRY(fetch(l, arena_printf(l->a, "/v1/charges/%s?expand%%5B%%5D=balance_transaction", id), &stripe_charge_shape, (const void **)&c, out));
    if (*out != LOOKED_DONE) return RC_OK;
    if (!c->payment_intent) return say(l, LOOKED_NOT_OURS, NULL, out);
    TRY(look_intent(l, c->payment_intent, out));
    if (*out != LOOKED_DONE || c->amount_refunded <= 0) return RC_OK;
    TRY(stripe_ask(&l->s, arena_printf(l->a, "/v1/refunds?charge=%s&limit=%d", id, STRIPE_PAGE), NULL, NULL, &stripe_refunds_shape, &read));
    const struct stripe_list *refunds = read;
    for (size_t i = 0; i < refunds->data.n; i++) {
        enum looked one;
        TRY(look_apply_refund(l, LIST_AT(refunds->data, struct stripe_refund, i), &one));
        if (one > *out) *out = one;
    }
    return RC_OK;
}
