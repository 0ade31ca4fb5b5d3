/* orders_api.c - orders and wallets: what a wallet would pay of one, paying it, and selling credit and visits into a wallet. */
#include "modules/wallets/claims_rows.h"
#include <stdio.h>

/* ---- shapes -------------------------------------------------------------------------------------------------------------------------------- */

static const struct field part_line_fields[] = { F_INT(struct wallet_part_line, position, .doc = "Of the order's lines"), F_INT(struct wallet_part_line, amount_minor), F_END };
static const struct shape part_line_shape = SHAPE(wallet_part_line, part_line_fields);
#define P struct wallet_part
static const struct field part_fields[] = { F_ID(P, payment_id, .doc = "Of the payment it is, or would be"), F_ID(P, bucket_id), F_STR(P, name), F_ENUM(P, kind, bucket_kind_names), F_STR(P, category, .nullable = true), F_DATE(P, expires_on, .nullable = true), F_INT(P, amount_minor),
    F_LIST(P, lines, &part_line_shape), F_END };
static const struct shape part_shape = SHAPE(wallet_part, part_fields);
#undef P
#define C struct wallet_cover
static const struct field cover_fields[] = { F_ID(C, wallet_id, .nullable = true), F_STR(C, currency), F_DATE(C, day, .doc = "Of treatment"), F_INT(C, total_minor), F_INT(C, open_minor, .doc = "Before it"), F_INT(C, covered_minor),
    F_INT(C, left_minor, .doc = "For another way to pay"), F_LIST(C, parts, &part_shape, .doc = "In the order in which they are used"), F_END };
static const struct shape cover_shape = SHAPE(wallet_cover, cover_fields);
#undef C
struct day_query { int64_t treated_on; };
static const struct field day_fields[] = { F_DATE(struct day_query, treated_on, .nullable = true, .doc = "Day of treatment; today when absent"), F_END };
static const struct shape day_shape = SHAPE_NAMED("wallet_payment_query", day_query, day_fields);
struct pay_in { int64_t treated_on, expect_minor; bool hold; };
static const struct field pay_fields[] = { F_DATE(struct pay_in, treated_on, .nullable = true, .doc = "Day of treatment; today when absent"),
    F_INT(struct pay_in, expect_minor, .nullable = true, .min = 1, .max = ORDER_AMOUNT_MAX, .doc = "What the preview said; another amount is refused"),
    F_BOOL(struct pay_in, hold, .doc = "Only hold it: it is taken in the commit that pays the rest, and free again when the order is over or after half an hour"), F_END };
static const struct shape pay_shape = SHAPE_NAMED("wallet_payment_new", pay_in, pay_fields);

#define S_ struct selling_in
struct selling_in { struct id location_id, service_id; int64_t amount_minor, visits, price_minor, expires_on; };
static const struct field top_up_fields[] = { F_INT(S_, amount_minor, .required = true, .min = 1, .max = ORDER_AMOUNT_MAX, .doc = "How much"), F_ID(S_, location_id, .nullable = true, .doc = "Where it is sold; the first location when absent"), F_END };
static const struct shape top_up_shape = SHAPE_NAMED("wallet_top_up_new", selling_in, top_up_fields);
static const struct field package_fields[] = { F_ID(S_, service_id, .required = true, .doc = "Visits of which service"), F_INT(S_, visits, .required = true, .min = 1, .max = 1000, .doc = "How many"),
    F_INT(S_, price_minor, .required = true, .min = 0, .max = ORDER_AMOUNT_MAX / 2, .doc = "Of all of them"), F_DATE(S_, expires_on, .nullable = true, .doc = "Last day; null: they do not end"),
    F_ID(S_, location_id, .nullable = true, .doc = "Where it is sold; the first location when absent"), F_END };
static const struct shape package_shape = SHAPE_NAMED("wallet_package_new", selling_in, package_fields);
#undef S_
struct sold { struct id order_id; int64_t total_minor, state, version; const char *currency; };
static const struct field sold_fields[] = { F_ID(struct sold, order_id, .doc = "To be paid like any order; then it is in the wallet"), F_INT(struct sold, total_minor), F_STR(struct sold, currency), F_ENUM(struct sold, state, order_state_names), F_END };
static const struct shape sold_shape = SHAPE_NAMED("wallet_sold", sold, sold_fields);

/* ---- paying ---------------------------------------------------------------------------------------------------------------------------------- */

static enum rc preview(struct req *r)
{
    const struct day_query *q = r->query;
    struct order o = { 0 };
    struct wallet_cover cover;
    int64_t today;
    TRY(orders_get(r->db, r->path_id, &o));
    TRY(clinic_today(r->db, r->now, &today));
    TRY(wallets_cover(r->db, &o, q->treated_on == NONE ? today : q->treated_on, today, &cover));
    return reply(r, &cover);
}

enum { HOLD_MAX_S = 1800, HOLD_BEHIND_S = 300 }; /* a little behind the order's own time */
struct paying { bool hold; struct id job_id; int64_t timeout_s; struct req *r; struct order order; struct wallet_cover cover; struct ledger_chain chain; };

static enum rc pay_tx(struct tx *tx, void *arg)
{
    struct paying *p = arg;
    struct order o = p->order;
    struct ledger_by by = ledger_by(p->r);
    ledger_chain_begin(&p->chain, p->r->arena, db_tenant(tx_db(tx)), o.currency, &by);
    if (p->hold) TRY(wallets_hold(tx, p->r, &o, &p->cover, p->timeout_s, &p->chain, RC_STATE));
    else TRY(wallets_pay(tx, p->r, &o, &p->cover, &p->chain, RC_STATE));
    TRY(wallets_deliver(tx, p->r, &o, &p->chain));
    TRY(ledger_chain_post(tx, &p->chain));
    if (!p->hold && o.due_minor && o.paid_minor - o.refunded_minor >= o.due_minor) { /* a booking waits for it (modules/payments) */
        char id[ID_TEXT];
        id_format(o.id, id);
        TRY(tx_job(tx, p->job_id, "payments.stand", arena_printf(p->r->arena, "stand:%s", id), p->r->now, arena_printf(p->r->arena, "{\"order_id\":\"%s\"}", id)));
    }
    return reply(p->r, &p->cover);
}

static enum rc plan(struct paying *p, const struct pay_in *in)
{
    struct req *r = p->r;
    int64_t today, held;
    p->order = (struct order){ 0 };
    TRY(orders_get(r->db, r->path_id, &p->order));
    TRY(orders_receipts(r->db, &p->order.receipts));
    if (p->order.state != ORDER_OPEN) return req_fail(r, RC_STATE, "Nothing is open of this order", NULL);
    TRY(clinic_today(r->db, r->now, &today));
    TRY(wallets_cover(r->db, &p->order, in->treated_on == NONE ? today : in->treated_on, today, &p->cover));
    if (!p->cover.covered_minor) return req_fail(r, RC_FUNDS, "The wallet pays nothing of this order", NULL);
    if (in->hold && !p->cover.left_minor) return req_fail(r, RC_STATE, "The wallet pays all of it: there is nothing to wait for", "{\"field\":\"hold\"}");
    TRY(wallets_held(r->db, p->order.id, r->now, &held));
    if (held) return req_fail(r, RC_STATE, "The wallet's part of this order is held already", NULL);
    p->hold = in->hold;
    p->timeout_s = p->order.pay_by == NONE ? HOLD_MAX_S : (p->order.pay_by - r->now) / USEC_PER_SEC + HOLD_BEHIND_S;
    if (p->timeout_s < HOLD_BEHIND_S) p->timeout_s = HOLD_BEHIND_S;
    if (in->expect_minor != NONE && in->expect_minor != p->cover.covered_minor)
        return req_fail(r, RC_FUNDS, "The wallet pays another amount now", arena_printf(r->arena, "{\"field\":\"expect_minor\",\"covered_minor\":%lld}", (long long)p->cover.covered_minor));
    return RC_OK;
}

/* Whoever was overtaken plans again. */
static enum rc pay(struct req *r)
{
    struct paying *p = arena_alloc(r->arena, sizeof *p);
    if (!p) return RC_OOM;
    p->r = r;
    p->job_id = id_new();
    for (int i = 0; i < 8; i++) {
        TRY(plan(p, r->in));
        enum rc rc = req_tx(r, "wallets.pay", pay_tx, p);
        if (rc != RC_FUNDS && rc != RC_STATE) return rc;
    }
    return RC_BUSY;
}

/* ---- selling --------------------------------------------------------------------------------------------------------------------------------- */

struct selling { struct req *r; struct order order; struct order_line line; struct wallet wallet; struct bucket bucket; int64_t day_start, cap; bool package; struct ledger_chain chain; };

static enum rc sell_tx(struct tx *tx, void *arg)
{
    struct selling *s = arg;
    struct order o = s->order;
    int64_t sum = 0, key = lock_key("wallets.top_up", s->wallet.id, 0);
    struct ledger_by by = ledger_by(s->r);
    if (!s->package) {
        TRY(tx_lock(tx, &key, 1));
        TRY(topped_up_since(tx_db(tx), s->wallet.client_id, s->wallet.id, s->day_start, &sum));
        if (sum + s->line.unit_minor > s->cap) return RC_RULE;
    }
    ledger_chain_begin(&s->chain, s->r->arena, db_tenant(tx_db(tx)), o.currency, &by);
    TRY(orders_insert(tx, s->r, &o));
    if (s->package) TRY(buckets_insert(tx, &s->bucket));
    TRY(wallets_deliver(tx, s->r, &o, &s->chain)); /* what costs nothing is paid */
    TRY(ledger_chain_post(tx, &s->chain));
    return reply(s->r, &(struct sold){ .order_id = o.id, .total_minor = o.total_minor, .state = o.state, .currency = o.currency });
}

static enum rc begin_sale(struct req *r, struct selling **out)
{
    const struct selling_in *in = r->in;
    struct list places;
    struct selling *s = arena_alloc(r->arena, sizeof *s);
    if (!s) return RC_OOM;
    *out = s;
    s->r = r;
    TRY(wallets_get(r->db, r->path_id, &s->wallet));
    struct id place = in->location_id;
    if (id_is_nil(place)) {
        TRY(locations_list(r->db, false, &places));
        if (!places.n) return req_fail(r, RC_NOT_FOUND, "The clinic has no location", "{\"field\":\"location_id\"}");
        place = LIST_AT(places, struct location, 0)->id;
    }
    s->order = (struct order){ .id = id_new(), .client_id = s->wallet.client_id, .location_id = place, .currency = s->wallet.currency, .source = ORDER_BY_STAFF, .tax_included = true, .pay_by = NONE, .lines = { &s->line, 1 } };
    return RC_OK;
}

static enum rc sell(struct selling *s)
{
    enum rc rc = req_tx(s->r, "wallets.sell", sell_tx, s);
    if (rc == RC_RULE) return req_fail(s->r, rc, "The wallet was topped up by as much as it may be today", arena_printf(s->r->arena, "{\"rule\":\"top_up_day_minor\",\"limit_minor\":%lld}", (long long)s->cap));
    return rc == RC_NOT_FOUND ? req_fail(s->r, rc, "There is no such location", "{\"field\":\"location_id\"}") : rc;
}

static enum rc top_up(struct req *r)
{
    struct selling *s;
    struct wallet_rules rules;
    struct tenant t = { 0 };
    TRY(begin_sale(r, &s));
    TRY(wallet_rules_get(r->db, &rules));
    TRY(tenants_get(r->db, &t));
    const struct zone *z = zone_find(t.time_zone);
    if (!z) return fault(RC_FAULT, "the clinic's time zone is unknown");
    s->day_start = zone_midnight(z, zone_date(z, r->now));
    s->cap = rules.top_up_day_minor;
    s->line = (struct order_line){ .kind = LINE_TOP_UP, .ref_id = s->wallet.id, .description = "Wallet", .quantity = 1, .unit_minor = ((const struct selling_in *)r->in)->amount_minor };
    return sell(s);
}

static enum rc package(struct req *r)
{
    const struct selling_in *in = r->in;
    struct selling *s;
    struct service service = { 0 };
    int64_t today;
    TRY(begin_sale(r, &s));
    enum rc rc = services_get(r->db, in->service_id, &service);
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "There is no such service", "{\"field\":\"service_id\"}");
    TRY(rc);
    TRY(clinic_today(r->db, r->now, &today));
    if (in->expires_on != NONE && in->expires_on < today) req_field_error(r, "expires_on", "has passed");
    TRY(req_invalid(r));
    s->package = true;
    s->line = (struct order_line){ .kind = LINE_PACKAGE, .ref_id = service.id, .description = arena_printf(r->arena, "%lld x %s", (long long)in->visits, service.name), .quantity = in->visits,
        .unit_minor = (in->price_minor + in->visits - 1) / in->visits };
    s->line.discount_minor = s->line.unit_minor * in->visits - in->price_minor; /* a price that does not divide */
    s->bucket = (struct bucket){ .id = ledger_step_id(db_tenant(r->db), s->order.id, "package:1"), .wallet_id = s->wallet.id, .kind = BUCKET_VISITS, .unit = "visits", .name = s->line.description, .category = NONE,
        .service_id = service.id, .starts_on = NONE, .expires_on = in->expires_on, .created_at = r->now };
    if (!bucket_place(r->arena, db_tenant(r->db), &s->bucket)) return RC_FAULT;
    return sell(s);
}

/* ---- the module ------------------------------------------------------------------------------------------------------------------------------ */

#define WRITE .perm = PERM_WALLETS_WRITE
static const struct route routes[] = {
    { .method = "GET", .path = "/orders/{id}/wallet-payment", .summary = "What the client's wallet would pay of an order", .handler = preview, .perm = PERM_WALLETS_READ, .ok = 200, .query = &day_shape, .out = &cover_shape,
        .doc = "Which bucket pays how much of which line, by the rules of the client's plans on the day of treatment, and what is left for another way to pay." },
    { .method = "POST", .path = "/orders/{id}/wallet-payment", .summary = "Pay an order from the client's wallet, as far as it goes", .handler = pay, WRITE, .ok = 201, .in = &pay_shape, .out = &cover_shape,
        .fails = FAILS(RC_STATE) | FAILS(RC_FUNDS), .flags = R_IDEMPOTENT, .doc = "One payment for each bucket, all of them or none. A refund goes back into the bucket it came from, and ends on its day." },
    { .method = "POST", .path = "/wallets/{id}/top-ups", .summary = "Sell credit into a wallet", .handler = top_up, WRITE, .ok = 201, .in = &top_up_shape, .out = &sold_shape,
        .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_RULE) | FAILS(RC_CONFLICT), .flags = R_IDEMPOTENT, .doc = "Makes an order; when it is paid, by whatever way, the credit is in the wallet in the same commit. At most so much a day (wallet rules)." },
    { .method = "POST", .path = "/wallets/{id}/packages", .summary = "Sell visits of a service into a wallet", .handler = package, WRITE, .ok = 201, .in = &package_shape, .out = &sold_shape,
        .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_RULE) | FAILS(RC_CONFLICT), .flags = R_IDEMPOTENT, .doc = "Makes an order; when it is paid the visits are in the wallet." },
    { 0 } };

const struct module wallet_orders_module = { .name = "wallet_orders", .doc = "What wallets pay of orders, and what orders put into wallets", .routes = routes };
