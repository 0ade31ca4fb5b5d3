/* calendar_wallet.c - a booking that the client's wallet pays as far as it goes, in one commit: appointment, claims, order, payments, moves. What the wallet
 * does not pay stays open on the order. */
#include "modules/calendar/calendar_wallet.h"
#include "modules/tenants/tenants.h"
#include "modules/wallets/wallets.h"

enum { PLANS_MAX = 8 };

struct wallet_booking { struct req *r; struct booking *b; struct order order, written; struct wallet_cover cover; struct ledger_chain chain; int64_t price_minor; enum rc (*reply)(struct req *, const struct appointment *, void *); };

/* By reading: what it costs, and who pays how much. */
static enum rc plan(struct wallet_booking *w)
{
    struct req *r = w->r;
    struct service s = { 0 };
    struct tenant t = { 0 };
    enum rc rc = services_get(r->db, w->b->service_id, &s);
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "There is no such service", "{\"field\":\"service_id\"}");
    TRY(rc);
    TRY(tenants_get(r->db, &t));
    const struct zone *z = zone_find(t.time_zone);
    if (!z) return fault(RC_FAULT, "the clinic's time zone is unknown");
    w->price_minor = s.price_minor;
    TRY(appointments_make_order(r, &s, s.price_minor, s.currency, &w->order));
    w->order.client_id = w->b->client_id;
    w->order.source = ORDER_BY_STAFF;
    w->order.state = ORDER_OPEN;
    TRY(orders_receipts(r->db, &w->order.receipts));
    TRY(wallets_cover(r->db, &w->order, zone_date(z, w->b->start), zone_date(z, r->now), &w->cover));
    return w->cover.covered_minor ? RC_OK : req_fail(r, RC_FUNDS, "The wallet pays nothing of this", "{\"field\":\"payment\"}");
}

static enum rc pay(struct tx *tx, const struct appointment *a, void *arg)
{
    struct wallet_booking *w = arg;
    struct order *o = &w->written;
    struct ledger_by by = ledger_by(w->r);
    if (a->price_minor != w->price_minor || !id_eq(a->client_id, w->order.client_id)) return RC_FUNDS; /* it has another price since */
    *o = w->order;
    o->location_id = a->location_id;
    ledger_chain_begin(&w->chain, w->r->arena, db_tenant(tx_db(tx)), o->currency, &by);
    TRY(wallets_pay_new(tx, w->r, o, &w->cover, &w->chain));
    TRY(appointments_set_order(tx, a->id, o->id));
    return ledger_chain_post(tx, &w->chain);
}

static enum rc answer(struct req *r, const struct appointment *a, void *arg)
{
    const struct wallet_booking *w = arg;
    struct appointment with = *a;
    with.order_id = w->written.id;
    with.order_state = order_state_names[w->written.state];
    with.order_total_minor = w->written.total_minor;
    with.order_paid_minor = w->written.paid_minor;
    return w->reply(r, &with, NULL);
}

enum rc calendar_book_from_wallet(struct booking *b)
{
    struct wallet_booking *w = arena_alloc(b->r->arena, sizeof *w);
    if (!w) return RC_OOM;
    w->r = b->r;
    w->b = b;
    w->reply = b->reply;
    b->then = pay;
    b->then_arg = w;
    b->reply = answer;
    b->reply_arg = w;
    for (int i = 0; i < PLANS_MAX; i++) {
        TRY(plan(w));
        enum rc rc = calendar_book(b);
        if (rc != RC_FUNDS) return rc; /* else somebody else took from the wallet: plan with what is left */
    }
    return RC_BUSY;
}
