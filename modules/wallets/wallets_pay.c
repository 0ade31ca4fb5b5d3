/* wallets_pay.c - what a wallet pays of an order: planned by reading, written in the caller's commit; held, taken, released; and what orders put into wallets. */
#include "modules/wallets/wallets_api.h"
#include "modules/wallets/wallets_rules.h"
#include <stdio.h>

/* ---- planning --------------------------------------------------------------------------------------------------------------------------- */

struct planning {
    struct cover_plan plan;
    struct list buckets, granted, services;
    struct id limits[WALLET_BUCKETS_MAX]; size_t n_limits;
};

/* A line's own category, or that of its service. */
static const char *category_of(const struct planning *p, const struct order_line *l)
{
    if (!str_empty(l->category)) return l->category;
    for (size_t i = 0; i < p->services.n && l->kind == LINE_SERVICE; i++) {
        const struct benefit_service *s = LIST_AT(p->services, struct benefit_service, i);
        if (id_eq(s->service_id, l->ref_id)) return benefit_category_names[s->category];
    }
    return NULL;
}

static int64_t granted_before(const struct planning *p, int64_t position)
{
    for (size_t i = 0; i < p->granted.n; i++)
        if (LIST_AT(p->granted, struct granted_line, i)->position == position) return LIST_AT(p->granted, struct granted_line, i)->amount_minor;
    return 0;
}

/* Nobody says which line other money was for: it was for the first ones. What benefits paid of a line is paid. */
static void add_lines(struct planning *p, const struct order *o)
{
    struct cover_plan *c = &p->plan;
    int64_t too_much = -order_open_minor(o);
    for (size_t i = 0; i < o->lines.n && i < ORDER_LINES_MAX; i++) {
        const struct order_line *l = LIST_AT(o->lines, struct order_line, i);
        int64_t granted = granted_before(p, l->position);
        c->lines[c->n_lines++] = (struct cover_line){ .position = l->position, .total = l->total_minor, .granted = granted, .open = l->total_minor - granted, .category = category_of(p, l) };
        too_much += l->total_minor - granted;
    }
    for (size_t i = 0; i < c->n_lines && too_much > 0; i++) {
        int64_t part = c->lines[i].open < too_much ? c->lines[i].open : too_much;
        c->lines[i].open -= part;
        too_much -= part;
    }
}

static int limit_of(struct planning *p, const struct bucket *b)
{
    if (id_is_nil(b->limit_id)) return -1;
    for (size_t i = 0; i < p->n_limits; i++)
        if (id_eq(p->limits[i], b->limit_id)) return (int)i;
    p->limits[p->n_limits] = b->limit_id;
    p->plan.limits[p->n_limits] = b->limit_left == NONE ? 0 : b->limit_left;
    return (int)p->n_limits++;
}

/* Only what has something in it; the newest are the ones left out of more than fit. */
static void add_buckets(struct planning *p, const char *currency)
{
    struct cover_plan *c = &p->plan;
    for (size_t i = 0; i < p->buckets.n && c->n_buckets < WALLET_BUCKETS_MAX; i++) {
        struct bucket *b = LIST_AT(p->buckets, struct bucket, i);
        if (b->available <= 0 || !str_eq(b->unit, currency)) continue;
        if (c->n_buckets != i) LIST_AT(p->buckets, struct bucket, c->n_buckets)[0] = *b; /* so that both count alike */
        c->buckets[c->n_buckets++] = (struct cover_bucket){ .kind = b->kind, .available = b->available, .starts_on = b->starts_on, .expires_on = b->expires_on, .created_at = b->created_at,
            .coverage_ppm = b->coverage_ppm == NONE ? 0 : b->coverage_ppm, .copay = b->copay_minor == NONE ? 0 : b->copay_minor,
            .category = b->category == NONE ? NULL : benefit_category_names[b->category], .limit = limit_of(p, b) };
    }
}

static enum rc make_parts(struct arena *a, const struct planning *p, struct wallet_cover *out)
{
    struct wallet_part *parts = arena_alloc(a, WALLET_PARTS_MAX * sizeof *parts);
    if (!parts) return RC_OOM;
    out->parts.items = parts;
    for (size_t i = 0; i < p->plan.n_takes; i++) {
        const struct cover_take *t = &p->plan.takes[i];
        const struct bucket *b = LIST_AT(p->buckets, struct bucket, t->bucket);
        struct wallet_part *last = out->parts.n ? &parts[out->parts.n - 1] : NULL;
        if (!last || !id_eq(last->bucket_id, b->id)) {
            last = &parts[out->parts.n++];
            *last = (struct wallet_part){ .payment_id = id_new(), .bucket_id = b->id, .limit_id = b->kind == BUCKET_GRANTED ? b->limit_id : ID_NIL, .name = b->name, .account_code = b->account_code,
                .category = b->category == NONE ? NULL : benefit_category_names[b->category], .kind = b->kind, .expires_on = b->expires_on,
                .available_minor = b->available, .coverage_ppm = b->coverage_ppm, .copay_minor = b->copay_minor, .limit_left_minor = b->limit_left };
            last->lines.items = arena_alloc(a, ORDER_LINES_MAX * sizeof(struct wallet_part_line));
            if (!last->lines.items) return RC_OOM;
        }
        LIST_AT(last->lines, struct wallet_part_line, last->lines.n++)[0] = (struct wallet_part_line){ p->plan.lines[t->line].position, t->amount };
        last->amount_minor += t->amount;
    }
    return RC_OK;
}

/* Credit is not bought with credit, and a wallet is somebody's. */
static bool may_pay(const struct order *o)
{
    for (size_t i = 0; i < o->lines.n; i++)
        if (LIST_AT(o->lines, struct order_line, i)->kind == LINE_TOP_UP) return false;
    return !id_is_nil(o->client_id) && order_open_minor(o) > 0;
}

enum rc wallets_cover_read(struct tdb *db, struct id client, struct wallet_buckets *out) { return buckets_read(db, client, &out->all); }

enum rc wallets_cover(struct tdb *db, const struct order *o, int64_t day, int64_t today, struct wallet_cover *out)
{
    struct wallet_buckets read = { 0 };
    TRY(wallets_cover_read(db, o->client_id, &read));
    return wallets_cover_of(db, &read, o, day, today, out);
}

enum rc wallets_cover_of(struct tdb *db, const struct wallet_buckets *read, const struct order *o, int64_t day, int64_t today, struct wallet_cover *out)
{
    struct planning *p = arena_alloc(db_arena(db), sizeof *p);
    if (!p) return RC_OOM;
    p->buckets = read->all;
    *out = (struct wallet_cover){ .currency = o->currency, .day = day, .total_minor = o->total_minor, .open_minor = order_open_minor(o), .left_minor = order_open_minor(o) };
    if (!may_pay(o)) return RC_OK;
    TRY(buckets_look(db, o->client_id, &out->wallet_id, &p->buckets));
    if (id_is_nil(out->wallet_id)) return RC_OK;
    TRY(benefit_services_list(db, &p->services));
    if (o->version) TRY(granted_of_order(db, o->id, &p->granted)); /* else it is not written yet */
    TRY(ledger_look_up(db, "deposit_liability"));
    for (size_t i = 0; i < p->buckets.n; i++)
        if (LIST_AT(p->buckets, struct bucket, i)->available > 0) ledger_seen(LIST_AT(p->buckets, struct bucket, i)->account_id);
    p->plan.day = day;
    p->plan.today = today;
    add_lines(p, o);
    add_buckets(p, o->currency);
    cover_plan(&p->plan);
    TRY(make_parts(db_arena(db), p, out));
    out->covered_minor = p->plan.covered;
    out->left_minor = out->open_minor - out->covered_minor;
    return RC_OK;
}

/* ---- taking ------------------------------------------------------------------------------------------------------------------------------ */

static struct payment payment_of(const struct order *o, const struct wallet_part *part, int64_t state)
{
    return (struct payment){ .id = part->payment_id, .order_id = o->id, .currency = o->currency, .account_code = part->account_code, .method = PAY_WALLET, .state = state,
        .amount_minor = part->amount_minor, .session_expires_at = NONE, .succeeded_at = NONE, .live = true };
}

static enum rc write_use(struct tx *tx, const struct order *o, const struct wallet_part *part, int64_t now)
{
    struct list lines = part->kind == BUCKET_GRANTED ? part->lines : (struct list){ 0 }; /* which line it paid matters where a benefit is of a category */
    if (!id_is_nil(part->limit_id)) TRY(limits_use(tx, part->limit_id, part->amount_minor));
    return uses_insert(tx, &(struct use_write){ part->payment_id, o->id, part->bucket_id, part->limit_id, part->amount_minor, now, lines });
}

enum rc wallets_pay(struct tx *tx, struct req *r, struct order *o, const struct wallet_cover *cover, struct ledger_chain *chain, enum rc lost)
{
    for (size_t i = 0; i < cover->parts.n; i++) {
        const struct wallet_part *part = LIST_AT(cover->parts, struct wallet_part, i);
        struct payment p = payment_of(o, part, PAYMENT_CREATED);
        TRY(orders_capture(tx, r, o, &p, NULL, chain, lost));
        TRY(write_use(tx, o, part, r->now));
    }
    return tx_event(tx, "wallet.changed", cover->wallet_id, 1, r->now, NULL);
}

enum rc wallets_pay_new(struct tx *tx, struct req *r, struct order *o, const struct wallet_cover *cover, struct ledger_chain *chain)
{
    struct payment all[WALLET_PARTS_MAX];
    ASSERT(cover->parts.n <= ARRAY_LEN(all));
    for (size_t i = 0; i < cover->parts.n; i++) all[i] = payment_of(o, LIST_AT(cover->parts, struct wallet_part, i), PAYMENT_CREATED);
    TRY(orders_insert_paid(tx, r, o, all, cover->parts.n, chain));
    for (size_t i = 0; i < cover->parts.n; i++) TRY(write_use(tx, o, LIST_AT(cover->parts, struct wallet_part, i), r->now));
    return tx_event(tx, "wallet.changed", cover->wallet_id, 1, r->now, NULL);
}

enum rc wallets_hold(struct tx *tx, struct req *r, struct order *o, const struct wallet_cover *cover, int64_t timeout_s, struct ledger_chain *chain, enum rc lost)
{
    (void)lost; /* the order's row is not written: the ledger and the limit refuse what is too much */
    for (size_t i = 0; i < cover->parts.n; i++) {
        const struct wallet_part *part = LIST_AT(cover->parts, struct wallet_part, i);
        struct payment p = payment_of(o, part, PAYMENT_PROCESSING);
        TRY(payments_begin(tx, r, &p));
        TRY(write_use(tx, o, part, r->now));
        ledger_chain_hold(chain, &(struct ledger_step){ .debit = part->account_code, .credit = "deposit_liability", .amount = part->amount_minor, .cause = LEDGER_PAYMENT, .cause_id = part->payment_id, .step = "hold" }, timeout_s);
    }
    return tx_event(tx, "wallet.changed", cover->wallet_id, 1, r->now, NULL);
}

/* ---- what is held ---------------------------------------------------------------------------------------------------------------------------- */

static bool is_held(const struct payment *p) { return p->method == PAY_WALLET && p->state == PAYMENT_PROCESSING; }

enum rc wallets_held(struct tdb *db, struct id order, int64_t now, int64_t *minor)
{
    struct list all;
    *minor = 0;
    TRY(payments_of(db, order, &all));
    for (size_t i = 0; i < all.n; i++) {
        const struct payment *p = LIST_AT(all, struct payment, i);
        struct ledger_transfer held = { 0 };
        if (!is_held(p)) continue;
        TRY(ledger_transfer_get(db, ledger_step_id(db_tenant(db), p->id, "hold"), &held));
        if (id_is_nil(held.ended_by) && (held.expires_at == NONE || held.expires_at > now)) *minor += p->amount_minor;
    }
    return RC_OK;
}

/* The transfers lie with the arena: the chain points to them until it is posted. */
static enum rc read_hold(struct tx *tx, const struct payment *p, struct ledger_transfer **out)
{
    *out = arena_alloc(db_arena(tx_db(tx)), sizeof **out);
    if (!*out) return RC_OOM;
    return ledger_transfer_get(tx_db(tx), ledger_step_id(db_tenant(tx_db(tx)), p->id, "hold"), *out);
}

/* Released by its time already: the payment says so too. */
static enum rc end_lapsed(struct tx *tx, struct req *r, struct payment *p, enum rc lost)
{
    p->state = PAYMENT_EXPIRED;
    p->failure = "held too long";
    return payments_update(tx, r, p, lost);
}

enum rc wallets_post_held(struct tx *tx, struct req *r, struct order *o, struct ledger_chain *chain, enum rc lost)
{
    struct list all;
    struct ledger_transfer *held;
    TRY(payments_of(tx_db(tx), o->id, &all));
    for (size_t i = 0; i < all.n; i++) {
        struct payment *p = LIST_AT(all, struct payment, i);
        if (!is_held(p)) continue;
        TRY(read_hold(tx, p, &held));
        bool lapsed = !id_is_nil(held->ended_by) || (held->expires_at != NONE && held->expires_at <= chain->by.now);
        if (lapsed) TRY(end_lapsed(tx, r, p, lost));
        else TRY(orders_capture(tx, r, o, p, held, chain, lost));
    }
    return RC_OK;
}

enum rc wallets_void_held(struct tx *tx, struct req *r, struct order *o, struct ledger_chain *chain, enum rc lost)
{
    struct list all;
    struct ledger_transfer *held;
    TRY(payments_of(tx_db(tx), o->id, &all));
    for (size_t i = 0; i < all.n; i++) {
        struct payment *p = LIST_AT(all, struct payment, i);
        if (!is_held(p)) continue;
        TRY(read_hold(tx, p, &held));
        if (id_is_nil(held->ended_by)) ledger_chain_end(chain, held, LEDGER_VOID, 0, "void");
        p->state = PAYMENT_FAILED;
        p->failure = "the rest was not paid";
        TRY(payments_update(tx, r, p, lost));
    }
    return RC_OK;
}
