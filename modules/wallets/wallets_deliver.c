/* wallets_deliver.c - what an order sold into a wallet comes into it when the order is paid, in the commit that pays it. */
#include "modules/wallets/claims_rows.h"
#include <stdio.h>

static bool sells(const struct order *o)
{
    for (size_t i = 0; i < o->lines.n; i++) {
        int64_t kind = LIST_AT(o->lines, struct order_line, i)->kind;
        if (kind == LINE_TOP_UP || kind == LINE_PACKAGE) return true;
    }
    return false;
}

static enum rc put(struct tx *tx, const struct order *o, const struct order_line *l, const struct bucket *b, const char *from, int64_t amount, struct ledger_chain *c)
{
    const char *unit = c->unit, *step = arena_printf(c->arena, "delivered:%lld", (long long)l->position);
    c->unit = b->unit; /* visits are counted beside the money */
    ledger_chain_add(c, &(struct ledger_step){ .debit = from, .credit = b->account_code, .amount = amount, .cause = LEDGER_TOP_UP, .cause_id = o->id, .step = step });
    c->unit = unit;
    return deliveries_insert(tx, o->id, l->position, b->id, amount, c->by.now);
}

static enum rc put_visits(struct tx *tx, const struct order *o, const struct order_line *l, struct ledger_chain *c)
{
    char step[32];
    struct bucket b = { 0 };
    snprintf(step, sizeof step, "package:%lld", (long long)l->position);
    enum rc rc = buckets_get(tx_db(tx), ledger_step_id(c->tenant, o->id, step), &b);
    if (rc == RC_NOT_FOUND) return RC_OK; /* not sold into a wallet */
    TRY(rc);
    return put(tx, o, l, &b, "world:visits", l->quantity, c);
}

static enum rc put_credit(struct tx *tx, const struct order *o, const struct order_line *l, const struct wallet *w, struct ledger_chain *c)
{
    struct bucket b;
    if (!str_eq(w->currency, o->currency) || !l->total_minor) return RC_OK;
    if (!wallets_plain_bucket(c->arena, c->tenant, w, BUCKET_BOUGHT, c->by.now, &b)) return RC_FAULT;
    TRY(buckets_insert(tx, &b));
    return put(tx, o, l, &b, "deposit_liability", l->total_minor, c);
}

enum rc wallets_deliver(struct tx *tx, struct req *r, const struct order *o, struct ledger_chain *c)
{
    struct wallet w = { 0 };
    int64_t done = 0;
    if (o->state != ORDER_PAID || !sells(o) || id_is_nil(o->client_id)) return RC_OK;
    TRY(deliveries_count(tx_db(tx), o->id, &done));
    if (done) return RC_OK;
    enum rc rc = wallets_of_client(tx_db(tx), o->client_id, &w);
    if (rc == RC_NOT_FOUND) return RC_OK; /* the money stays with the order */
    TRY(rc);
    for (size_t i = 0; i < o->lines.n; i++) {
        const struct order_line *l = LIST_AT(o->lines, struct order_line, i);
        if (l->kind == LINE_TOP_UP) TRY(put_credit(tx, o, l, &w, c));
        if (l->kind == LINE_PACKAGE) TRY(put_visits(tx, o, l, c));
    }
    return tx_event(tx, "wallet.changed", w.id, 1, r->now, NULL);
}

/* ---- taken out again ------------------------------------------------------------------------------------------------------------------------ */

enum rc wallets_take_back(struct tx *tx, struct req *r, const struct order *o, int64_t refund_minor, struct ledger_chain *c)
{
    struct list all;
    const char *unit = c->unit;
    if (!sells(o)) return RC_OK;
    TRY(deliveries_of(tx_db(tx), o->id, &all));
    for (size_t i = 0; i < all.n && refund_minor > 0; i++) {
        const struct delivery *d = LIST_AT(all, struct delivery, i);
        struct bucket *b = arena_alloc(c->arena, sizeof *b);
        if (!b) return RC_OOM;
        TRY(buckets_get(tx_db(tx), d->bucket_id, b));
        bool visits = b->kind == BUCKET_VISITS;
        int64_t left = d->amount - d->taken_back, amount = visits ? b->available : left < refund_minor ? left : refund_minor;
        if (amount <= 0) continue;
        TRY(deliveries_take_back(tx, o->id, d->position, amount));
        c->unit = b->unit;
        ledger_chain_add(c, &(struct ledger_step){ .debit = b->account_code, .credit = visits ? "world:visits" : "deposit_liability", .amount = amount, .cause = LEDGER_REFUND, .cause_id = o->id,
            .step = arena_printf(c->arena, "taken_back:%lld:%lld", (long long)d->position, (long long)d->taken_back) });
        c->unit = unit;
        if (!visits) refund_minor -= amount;
        TRY(tx_event(tx, "wallet.changed", b->wallet_id, 1, r->now, NULL));
    }
    return RC_OK;
}
