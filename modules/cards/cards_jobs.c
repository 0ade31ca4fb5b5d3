/* cards_jobs.c - what is asked of Stripe: the page people pay on, its end, refunds; and what Stripe told, looked at. Each may run twice: the key of what is asked for is the row's own id. */
#include "modules/cards/cards_jobs.h"
#include <stdio.h>
#include <string.h>

enum { PAGE_MINUTES = 60, GIVE_UP_MINUTES = 25, DAY_MINUTES = 24 * 60 - 5 };

/* A job that cannot go on now goes on later, whatever the reason: a key may be exchanged, Stripe may come back. */
enum rc cards_later(struct job *job, const struct look *l, enum rc rc)
{
    if (rc == RC_OK || rc < 0) return rc;
    snprintf(job->error, sizeof job->error, "%s", *l->s.error ? l->s.error : "it was overtaken");
    return RC_BUSY;
}

/* ---- the page ----------------------------------------------------------------------------------------------------------------------------- */

struct page_change { int64_t state; const struct stripe_session *s; const char *failure; bool live; };

static bool take_page(struct payment *p, const void *arg)
{
    const struct page_change *c = arg;
    if (p->state != PAYMENT_CREATED || p->session_id) return false;
    p->session_id = c->s->id;
    p->session_url = c->s->url;
    p->session_expires_at = c->s->expires_at * USEC_PER_SEC;
    p->live = c->live;
    p->failure = NULL;
    return true;
}

static bool take_end(struct payment *p, const void *arg)
{
    const struct page_change *c = arg;
    if (p->state != PAYMENT_CREATED) return false;
    p->state = c->state;
    p->failure = c->failure;
    return true;
}

static enum rc give_up(struct look *l, struct id payment, int64_t state, const char *why)
{
    struct payment p;
    return look_touch(l, payment, take_end, &(struct page_change){ .state = state, .failure = why }, &p);
}

static const char *lower(struct arena *a, const char *s)
{
    char *out = arena_strdup(a, s);
    for (char *p = out; p && *p; p++)
        if (*p >= 'A' && *p <= 'Z') *p = (char)(*p | 0x20);
    return out;
}

/* The way back from Stripe's page: the booking's own page where there is one, else one that says how the order stands. */
static enum rc way_back(struct look *l, const struct payment *p, const char **out)
{
    struct id appointment;
    char token[LINK_TEXT];
    TRY(cards_appointment_of(l->db, p->order_id, &appointment));
    *out = cards_result_url(l->a, l->s.tenant, p->order_id);
    if (id_is_nil(appointment)) return RC_OK;
    seal_link("appointment", l->s.tenant, appointment, token);
    *out = arena_printf(l->a, "%s/b/%s", settings.base_url, token);
    return RC_OK;
}

/* Nothing in it changes from one try to the next: Stripe takes a key only with what it came with first. */
static enum rc page_form(struct look *l, const struct order *o, const struct payment *p, const char **out)
{
    struct arena *a = l->a;
    const char *back;
    char tenant[ID_TEXT], payment[ID_TEXT], order[ID_TEXT];
    int64_t until = p->created_at + PAGE_MINUTES * USEC_PER_MIN;
    if (o->pay_by > until) until = o->pay_by;
    if (until > p->created_at + DAY_MINUTES * USEC_PER_MIN) until = p->created_at + DAY_MINUTES * USEC_PER_MIN;
    const struct order_line *first = o->lines.n ? LIST_AT(o->lines, struct order_line, 0) : NULL;
    const char *name = arena_printf(a, "%.200s%s", first ? first->description : "Order", o->lines.n > 1 ? " …" : "");
    TRY(way_back(l, p, &back));
    id_format(l->s.tenant, tenant), id_format(p->id, payment), id_format(p->order_id, order);
    const char *inner = arena_printf(a, "&payment_intent_data%%5Bmetadata%%5D%%5Bclinicd_tenant%%5D=%s&payment_intent_data%%5Bmetadata%%5D%%5Bclinicd_payment%%5D=%s"
        "&payment_intent_data%%5Bmetadata%%5D%%5Bclinicd_order%%5D=%s", tenant, payment, order);
    *out = arena_printf(a, "mode=payment&client_reference_id=%s&success_url=%s&cancel_url=%s&expires_at=%lld&line_items%%5B0%%5D%%5Bquantity%%5D=1"
        "&line_items%%5B0%%5D%%5Bprice_data%%5D%%5Bcurrency%%5D=%s&line_items%%5B0%%5D%%5Bprice_data%%5D%%5Bunit_amount%%5D=%lld"
        "&line_items%%5B0%%5D%%5Bprice_data%%5D%%5Bproduct_data%%5D%%5Bname%%5D=%s&metadata%%5Bclinicd_tenant%%5D=%s&metadata%%5Bclinicd_payment%%5D=%s"
        "&metadata%%5Bclinicd_order%%5D=%s%s", payment, out_escape(a, back), out_escape(a, back), (long long)(until / USEC_PER_SEC), lower(a, p->currency),
        (long long)stripe_amount(p->amount_minor, p->currency), out_escape(a, name), tenant, payment, order, inner);
    return *out ? RC_OK : RC_OOM;
}

enum rc cards_end_page(struct look *l, const char *session)
{
    void *read = NULL;
    enum looked looked;
    enum rc rc = stripe_ask(&l->s, arena_printf(l->a, "/v1/checkout/sessions/%s/expire", session), "", arena_printf(l->a, "%s:expire", session), &stripe_session_shape, &read);
    if (rc == RC_OK) return look_apply_session(l, read, &looked);
    return rc == RC_STATE ? look_session(l, session, &looked) : rc == RC_NOT_FOUND ? RC_OK : rc; /* refused: it is over already, paid or not */
}

/* Stripe did it and did not say so, and would say the same again: the page is looked for. */
static enum rc find_page(struct look *l, const struct payment *p, const struct stripe_session **out)
{
    void *read = NULL;
    char want[ID_TEXT];
    TRY(stripe_ask(&l->s, arena_printf(l->a, "/v1/checkout/sessions?limit=%d", STRIPE_PAGE), NULL, NULL, &stripe_sessions_shape, &read));
    const struct stripe_list *all = read;
    id_format(p->id, want);
    for (size_t i = 0; i < all->data.n && !*out; i++) {
        const struct stripe_session *s = LIST_AT(all->data, struct stripe_session, i);
        if (str_eq(s->client_reference_id ? s->client_reference_id : "", want)) *out = s;
    }
    return RC_OK;
}

static enum rc ask_page(struct look *l, const struct order *o, const struct payment *p, const struct stripe_session **out)
{
    const char *form;
    char key[ID_TEXT];
    void *read = NULL;
    TRY(page_form(l, o, p, &form));
    enum rc rc = stripe_ask(&l->s, "/v1/checkout/sessions", form, id_format(p->id, key), &stripe_session_shape, &read);
    *out = read;
    if (rc != RC_BUSY || !l->s.unsure) return rc;
    *out = NULL;
    enum rc found = find_page(l, p, out);
    return found == RC_OK && *out ? RC_OK : rc;
}

static enum rc checkout(struct look *l, struct job *job, struct payment *p)
{
    struct order o = { 0 };
    const struct stripe_session *s = NULL;
    TRY(orders_get(l->db, p->order_id, &o));
    if (o.state != ORDER_OPEN) return give_up(l, p->id, PAYMENT_EXPIRED, "the order is over");
    if (job->now > p->created_at + GIVE_UP_MINUTES * USEC_PER_MIN) return give_up(l, p->id, PAYMENT_FAILED, "the payment page could not be made in time");
    if (!l->s.account.enabled) return give_up(l, p->id, PAYMENT_FAILED, "card payments are switched off");
    enum rc rc = ask_page(l, &o, p, &s);
    if (rc == RC_STATE) {
        LOG(LOG_WARN, "cards.page_refused", KID("payment", p->id), KS("code", l->s.code));
        return give_up(l, p->id, PAYMENT_FAILED, arena_printf(l->a, "%s", l->s.error));
    }
    TRY(rc);
    TRY(look_touch(l, p->id, take_page, &(struct page_change){ .s = s, .live = l->s.account.live }, p));
    TRY(orders_get(l->db, p->order_id, &o));
    bool ours = p->session_id && str_eq(p->session_id, s->id);
    return !ours || o.state != ORDER_OPEN ? cards_end_page(l, s->id) : cards_looks_later(job, p);
}

enum rc cards_checkout(struct job *job)
{
    struct look l;
    struct payment p = { 0 };
    struct id id;
    TRY(job_id(job, "payment_id", &id));
    TRY(payments_get(job->db, id, &p));
    if (p.state != PAYMENT_CREATED || p.session_id) return RC_OK;
    enum rc rc = look_open(&l, job->arena, job->db, job->now);
    if (rc == RC_STATE) return give_up(&l, id, PAYMENT_FAILED, "card payments are not set up");
    return rc == RC_OK ? cards_later(job, &l, checkout(&l, job, &p)) : rc;
}

enum rc cards_expire(struct job *job)
{
    struct look l;
    struct payment p = { 0 };
    struct id id;
    TRY(job_id(job, "payment_id", &id));
    TRY(payments_get(job->db, id, &p));
    if (p.state == PAYMENT_SUCCEEDED || p.state == PAYMENT_EXPIRED) return RC_OK;
    enum rc rc = look_open(&l, job->arena, job->db, job->now);
    if (rc != RC_OK && rc != RC_STATE) return rc;
    if (!p.session_id) return cards_later(job, &l, give_up(&l, id, PAYMENT_EXPIRED, p.failure)); /* a page that comes now is ended by who made it */
    if (rc == RC_OK) rc = cards_end_page(&l, p.session_id);
    return cards_later(job, &l, rc == RC_OK ? stripe_close(&l.s, job->now) : rc);
}

/* ---- giving back ---------------------------------------------------------------------------------------------------------------------------- */

static enum rc ask_refund(struct look *l, const struct payment *p, const struct refund *f, const struct stripe_refund **out)
{
    struct arena *a = l->a;
    char key[ID_TEXT], tenant[ID_TEXT], order[ID_TEXT];
    void *read = NULL;
    const char *form = arena_printf(a, "payment_intent=%s&amount=%lld&reason=%s&metadata%%5Bclinicd_tenant%%5D=%s&metadata%%5Bclinicd_refund%%5D=%s&metadata%%5Bclinicd_order%%5D=%s",
        p->intent_id, (long long)stripe_amount(f->amount_minor, f->currency), f->cause == REFUND_DUPLICATE ? "duplicate" : "requested_by_customer", id_format(l->s.tenant, tenant),
        id_format(f->id, key), id_format(f->order_id, order));
    enum rc rc = stripe_ask(&l->s, "/v1/refunds", form, key, &stripe_refund_shape, &read);
    *out = read;
    if (rc != RC_STATE && (rc != RC_BUSY || !l->s.unsure)) return rc;
    char said[STRIPE_ERROR_MAX];
    snprintf(said, sizeof said, "%s", l->s.error);
    enum rc found = look_refund_marked(l, p, f->id, out); /* an earlier try may have been more than it said */
    snprintf(l->s.error, sizeof l->s.error, "%s", said);
    if (found != RC_OK) return found < 0 ? found : RC_BUSY;
    return *out ? RC_OK : rc;
}

/* It was asked for, before it is known that it was: from here on nobody takes it for never asked. */
static enum rc give_back(struct look *l, const struct payment *p, const struct refund *f)
{
    const struct stripe_refund *x = NULL;
    enum looked looked;
    if (!p->intent_id) return look_refund_step(l, f->id, REFUND_FAILED, NULL, "the payment has no name at Stripe");
    if (f->provider_id) return look_refund(l, f->provider_id, &looked);
    if (f->amount_minor % cards_step_minor(f->currency)) return look_refund_step(l, f->id, REFUND_FAILED, NULL, cards_step_note(l->a, f->currency));
    TRY(look_refund_step(l, f->id, REFUND_SUBMITTED, NULL, NULL));
    enum rc rc = ask_refund(l, p, f, &x);
    if (rc == RC_OK) return look_apply_refund(l, x, &looked);
    return rc == RC_STATE ? look_refund_step(l, f->id, REFUND_FAILED, NULL, arena_printf(l->a, "%s", l->s.error)) : rc;
}

static enum rc stuck(struct look *l, const struct refund *f)
{
    char id[ID_TEXT];
    return look_difference(l, &(struct card_difference){ .kind = DIFFERENCE_STUCK, .object_id = id_format(f->id, id), .payment_id = f->payment_id, .refund_id = f->id, .currency = f->currency,
        .here_minor = f->amount_minor, .there_minor = NONE, .note = "Stripe did not say what became of this refund" });
}

enum rc cards_refund(struct job *job)
{
    struct look l;
    struct payment p = { 0 };
    struct refund f = { 0 };
    struct id id;
    TRY(job_id(job, "refund_id", &id));
    TRY(refunds_get(job->db, id, &f));
    if (f.state >= REFUND_SUCCEEDED) return RC_OK;
    TRY(payments_get(job->db, f.payment_id, &p));
    enum rc rc = look_open(&l, job->arena, job->db, job->now);
    if (rc == RC_OK) rc = give_back(&l, &p, &f);
    if (rc > 0 && job->attempt >= CARDS_STUCK_AFTER) TRY(stuck(&l, &f));
    return cards_later(job, &l, rc);
}

/* By a click of the clinic's, when the job has come to its end. */
enum rc cards_refund_again(struct look *l, struct id id, const char **why)
{
    struct payment p = { 0 };
    struct refund f = { 0 };
    TRY(refunds_get(l->db, id, &f));
    TRY(payments_get(l->db, f.payment_id, &p));
    if (f.state < REFUND_SUCCEEDED) TRY(give_back(l, &p, &f));
    TRY(refunds_get(l->db, id, &f));
    if (f.state == REFUND_FAILED) *why = NULL; /* it is known now: the money is the order's again */
    return RC_OK;
}

/* ---- what Stripe told ------------------------------------------------------------------------------------------------------------------------- */

struct ending { const char *event_id, *note; int64_t state, now; };
static enum rc end_tx(struct tx *tx, void *arg)
{
    const struct ending *e = arg;
    return cards_event_end(tx, e->event_id, e->state, e->note, e->now);
}

static enum rc look_at(struct look *l, const struct card_event *e, enum looked *out)
{
    switch (cards_object_of(e->type)) {
    case OBJECT_SESSION: return look_session(l, e->object_id, out);
    case OBJECT_INTENT: return look_intent(l, e->object_id, out);
    case OBJECT_CHARGE: return look_charge(l, e->object_id, out);
    case OBJECT_REFUND: return str_starts(e->object_id, "ch_") ? look_charge(l, e->object_id, out) : look_refund(l, e->object_id, out);
    case OBJECT_DISPUTE: return look_dispute(l, e->object_id, out);
    default: *out = LOOKED_NOT_OURS; return RC_OK;
    }
}

static enum rc unknown(struct look *l, const struct card_event *e)
{
    return look_difference(l, &(struct card_difference){ .kind = DIFFERENCE_UNKNOWN, .object_id = e->object_id, .here_minor = NONE, .there_minor = NONE, .note = l->note });
}

enum rc cards_event(struct job *job)
{
    static const int64_t ends[] = { EVENT_DONE, EVENT_IGNORED, EVENT_PARKED, EVENT_REFUSED };
    struct look l;
    struct card_event e = { 0 };
    enum looked looked = LOOKED_DONE;
    const char *id = job_text(job, "event_id");
    if (!id) return RC_INVALID;
    TRY(cards_event_get(job->db, id, &e));
    if (e.state != EVENT_RECEIVED && e.state != EVENT_PARKED) return RC_OK;
    enum rc rc = look_open(&l, job->arena, job->db, job->now);
    if (rc == RC_OK) rc = look_at(&l, &e, &looked);
    if (rc == RC_OK) rc = stripe_close(&l.s, job->now);
    if (rc != RC_OK) return cards_later(job, &l, rc);
    struct ending end = { e.event_id, l.note, ends[looked], job->now };
    TRY(db_tx(job->db, "cards.event_end", end_tx, &end));
    if (looked == LOOKED_UNKNOWN && job->attempt >= CARDS_STUCK_AFTER) TRY(unknown(&l, &e));
    snprintf(job->error, sizeof job->error, "%s", l.note ? l.note : "");
    return looked == LOOKED_UNKNOWN ? RC_BUSY : RC_OK;
}
