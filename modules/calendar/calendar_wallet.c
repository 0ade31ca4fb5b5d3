/* calendar_wallet.c - a booking that the client's wallet pays as far as it goes, in one commit: appointment, claims, order, payments, moves. What the wallet
 * does not pay stays open on the order, or is paid in advance by another way: then the wallet's part is held until that is there. */
#include "modules/calendar/calendar.h"
#include "modules/tenants/tenants.h"
#include "modules/wallets/wallets.h"

enum { PLANS_MAX = 8 };

struct wallet_booking {
    struct req *r;
    struct booking *b;
    const struct wallet_way *way;
    struct wallet_buckets seen;
    struct order order, written; /* as planned; as it is written */
    struct wallet_cover cover;
    struct ledger_chain chain;
    bool refused;
    enum rc (*begin)(struct tx *, void *); void *begin_arg;
    enum rc (*reply)(struct req *, const struct appointment *, void *); void *reply_arg;
};

static enum rc refuse(struct wallet_booking *w)
{
    struct req *r = w->r;
    w->refused = true;
    const char *words = w->cover.covered_minor ? "The wallet pays another amount now" : "The wallet pays nothing of this";
    return req_fail(r, RC_FUNDS, words, arena_printf(r->arena, "{\"field\":\"%s\",\"covered_minor\":%lld}", w->way->field, (long long)w->cover.covered_minor));
}

static enum rc read_wallet(struct tdb *batch, void *arg)
{
    struct wallet_booking *w = arg;
    return wallets_cover_read(batch, w->b->client_id, &w->seen);
}

/* What it costs, and who pays how much. */
static enum rc plan(struct req *r, struct appointment *a, void *arg)
{
    struct wallet_booking *w = arg;
    struct service s = { 0 };
    struct tenant t = { 0 };
    TRY(services_get(r->db, a->service_id, &s));
    TRY(tenants_get(r->db, &t));
    const struct zone *z = zone_find(t.time_zone);
    if (!z) return fault(RC_FAULT, "the clinic's time zone is unknown");
    TRY(appointments_make_order(r, &s, a->price_minor, a->currency, &w->order));
    w->order.client_id = w->b->client_id; /* whose wallet was read */
    w->order.location_id = a->location_id;
    w->order.source = w->way->source;
    w->order.state = ORDER_OPEN;
    TRY(orders_receipts(r->db, &w->order.receipts));
    TRY(wallets_cover_of(r->db, &w->seen, &w->order, zone_date(z, a->start), zone_date(z, r->now), &w->cover));
    if (!w->cover.covered_minor || (w->way->expect_minor != NONE && w->way->expect_minor != w->cover.covered_minor)) return refuse(w);
    if (w->way->plan) TRY(w->way->plan(r, &w->order, &w->cover, w->way->arg));
    if (w->order.due_minor > 0) a->status = APPT_PENDING_PAYMENT;
    a->order_id = w->order.id;
    return RC_OK;
}

static enum rc hold(struct tx *tx, struct wallet_booking *w)
{
    struct order *o = &w->written;
    TRY(orders_insert(tx, w->r, o));
    TRY(wallets_hold(tx, w->r, o, &w->cover, w->way->hold_s, &w->chain, RC_RETRY));
    return w->way->rest(tx, o, &w->cover, w->way->arg);
}

static enum rc pay(struct tx *tx, void *arg)
{
    struct wallet_booking *w = arg;
    struct order *o = &w->written;
    struct ledger_by by = ledger_by(w->r);
    if (w->begin) TRY(w->begin(tx, w->begin_arg));
    *o = w->order;
    ledger_chain_begin(&w->chain, w->r->arena, db_tenant(tx_db(tx)), o->currency, &by);
    return o->due_minor > 0 ? hold(tx, w) : wallets_pay_new(tx, w->r, o, &w->cover, &w->chain);
}

static enum rc move(struct tx *tx, const struct appointment *a, void *arg)
{
    struct wallet_booking *w = arg;
    (void)a;
    return ledger_chain_post(tx, &w->chain);
}

static enum rc answer(struct req *r, const struct appointment *a, void *arg)
{
    const struct wallet_booking *w = arg;
    struct appointment with = *a;
    with.order_state = order_state_names[w->written.state];
    with.order_total_minor = w->written.total_minor;
    with.order_paid_minor = w->written.paid_minor;
    with.order_due_minor = w->written.due_minor;
    with.pay_by = w->written.pay_by;
    return w->reply(r, &with, w->reply_arg);
}

enum rc calendar_book_from_wallet(struct booking *b, const struct wallet_way *way)
{
    struct wallet_booking *w = arena_alloc(b->r->arena, sizeof *w);
    if (!w) return RC_OOM;
    *w = (struct wallet_booking){ .r = b->r, .b = b, .way = way, .begin = b->begin, .begin_arg = b->begin_arg, .reply = b->reply, .reply_arg = b->reply_arg };
    b->read = read_wallet;
    b->plan = plan;
    b->begin = pay;
    b->then = move;
    b->reply = answer;
    b->plan_arg = b->begin_arg = b->then_arg = b->reply_arg = w;
    for (int i = 0; i < PLANS_MAX; i++) {
        enum rc rc = calendar_book(b);
        if (rc != RC_FUNDS || w->refused) return rc; /* else somebody else took from the wallet: plan with what is left */
    }
    return RC_BUSY;
}
