/* claims_api.c - claims for reimbursement: taken in, looked at, paid into the wallet from the client's benefits in all or in part, or rejected. */
#include "modules/wallets/claims_rows.h"

#define K struct claim
#define CLAIM_FIELDS F_ID(K, id), F_ID(K, wallet_id), F_ID(K, client_id), F_STR(K, client_name), F_ENUM(K, category, benefit_category_names), F_STR(K, currency), F_INT(K, amount_minor), F_DATE(K, treated_on), \
    F_STR(K, description), F_ENUM(K, state, claim_state_names), F_INT(K, approved_minor, .nullable = true), F_ID(K, bucket_id, .nullable = true, .doc = "The grant that paid"), \
    F_STR(K, reason, .nullable = true, .doc = "Why in part, or not"), F_INSTANT(K, created_at), F_INSTANT(K, updated_at), F_INT(K, version)
static const struct field claim_fields[] = { CLAIM_FIELDS, F_END };
const struct shape claim_shape_row = SHAPE_NAMED("wallet_claim", claim, claim_fields);
static const struct field claim_new_fields[] = { F_ID(K, client_id, .required = true, .doc = "Who asks"), F_ENUM(K, category, benefit_category_names, .required = true, .doc = "What for"),
    F_INT(K, amount_minor, .required = true, .min = 1, .max = ORDER_AMOUNT_MAX, .doc = "What was paid elsewhere, in the wallet's currency"), F_DATE(K, treated_on, .required = true, .doc = "Day of treatment"),
    F_STR(K, description, .required = true, .min = 3, .max = 500, .doc = "What it was, and by whom"), F_END };
static const struct shape claim_new = SHAPE_NAMED("wallet_claim_new", claim, claim_new_fields);
struct claims_query { struct id client_id; bool open; int64_t limit; const char *cursor; };
static const struct field query_fields[] = { F_ID(struct claims_query, client_id, .doc = "Only this client's"), F_BOOL(struct claims_query, open, .doc = "Only those that wait for a decision"),
    F_INT(struct claims_query, limit, .min = 1, .max = PAGE_LIMIT_MAX, .def = PAGE_LIMIT_DEFAULT, .doc = "Rows a page"), F_STR(struct claims_query, cursor, .max = 1600, .doc = "Go on behind this place: next_cursor of the answer before"), F_END };
static const struct shape claims_query_shape = SHAPE(claims_query, query_fields);
struct approve_in { int64_t amount_minor; const char *reason; };
static const struct field approve_fields[] = { F_INT(struct approve_in, amount_minor, .nullable = true, .min = 1, .max = ORDER_AMOUNT_MAX, .doc = "How much of it; all when absent"),
    F_STR(struct approve_in, reason, .nullable = true, .max = 300, .doc = "Why only in part"), F_END };
static const struct shape approve_shape = SHAPE_NAMED("wallet_claim_approve", approve_in, approve_fields);
static const struct field reject_fields[] = { F_STR(struct approve_in, reason, .required = true, .min = 3, .max = 300, .doc = "Why not"), F_END };
static const struct shape reject_shape = SHAPE_NAMED("wallet_claim_reject", approve_in, reject_fields);

static enum rc list(struct req *r)
{
    const struct claims_query *q = r->query;
    struct claim_filter f = { .client_id = q->client_id, .open = q->open, .limit = q->limit };
    struct page page = { NONE, q->limit, NONE, NULL };
    struct list l;
    if (q->open && !id_is_nil(q->client_id)) req_field_error(r, "open", "cannot be named together with client_id");
    TRY(req_invalid(r));
    TRY(req_position(r, q->cursor, "claims", &f.after));
    TRY(wallet_claims_list(r->db, &f, &l));
    const struct claim *last = l.n ? LIST_AT(l, struct claim, l.n - 1) : NULL;
    if (last && (int64_t)l.n == q->limit) page.next = req_cursor(r, "claims", &(struct position){ "", last->created_at, last->id });
    return reply_list(r, l, &page);
}

static enum rc get(struct req *r)
{
    struct claim k = { 0 };
    TRY(wallet_claims_get(r->db, r->path_id, &k));
    return reply(r, &k);
}

struct claiming { struct req *r; struct claim row; struct bucket from, cash; int64_t before; const char *action; struct id audit_id; struct ledger_chain chain; };

static enum rc traces(struct tx *tx, struct claiming *c, const char *changes)
{
    struct claim out = { 0 };
    TRY(tx_change(tx, c->r, &(struct change){ c->audit_id, c->action, "claim.changed", "wallet_claim", c->row.id, c->row.version + 1, changes, NULL, false }));
    TRY(wallet_claims_get(tx_db(tx), c->row.id, &out));
    return reply(c->r, &out);
}

static enum rc submit_tx(struct tx *tx, void *arg)
{
    struct claiming *c = arg;
    TRY(wallet_claims_insert(tx, &c->row));
    return traces(tx, c, arena_printf(c->r->arena, "{\"amount_minor\":[null,%lld]}", (long long)c->row.amount_minor));
}

static enum rc submit(struct req *r)
{
    struct wallet w = { 0 };
    int64_t today;
    struct claiming *c = arena_alloc(r->arena, sizeof *c);
    if (!c) return RC_OOM;
    c->r = r;
    c->row = *(const struct claim *)r->in;
    enum rc rc = wallets_of_client(r->db, c->row.client_id, &w);
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "This client has no wallet", "{\"field\":\"client_id\"}");
    TRY(rc);
    TRY(clinic_today(r->db, r->now, &today));
    if (c->row.treated_on > today) req_field_error(r, "treated_on", "is still to come");
    TRY(req_invalid(r));
    c->row.id = id_new();
    c->row.wallet_id = w.id;
    c->row.currency = w.currency;
    c->row.created_at = r->now;
    c->audit_id = id_new();
    c->action = "claim.submit";
    return req_tx(r, "claims.submit", submit_tx, c);
}

/* ---- deciding ------------------------------------------------------------------------------------------------------------------------------ */

static enum rc decided(struct req *r) { return req_fail(r, RC_STATE, "This claim was decided already", NULL); }

static enum rc step_tx(struct tx *tx, void *arg)
{
    struct claiming *c = arg;
    TRY(wallet_claims_step(tx, &c->row, c->r->who->member, c->r->now, RC_STATE));
    return traces(tx, c, arena_printf(c->r->arena, "{\"state\":[\"%s\",\"%s\"]}", claim_state_names[c->before], claim_state_names[c->row.state]));
}

/* Out of the grant into what is the client's own, whatever it is used for then. */
static enum rc pay_tx(struct tx *tx, void *arg)
{
    struct claiming *c = arg;
    struct ledger_by by = ledger_by(c->r);
    ledger_chain_begin(&c->chain, c->r->arena, db_tenant(tx_db(tx)), c->row.currency, &by);
    TRY(buckets_insert(tx, &c->cash));
    if (!id_is_nil(c->row.limit_id)) TRY(limits_use(tx, c->row.limit_id, c->row.approved_minor));
    ledger_chain_add(&c->chain, &(struct ledger_step){ .debit = c->from.account_code, .credit = c->cash.account_code, .amount = c->row.approved_minor, .cause = LEDGER_CLAIM, .cause_id = c->row.id, .step = "pay" });
    TRY(wallet_claims_step(tx, &c->row, c->r->who->member, c->r->now, RC_STATE));
    TRY(ledger_chain_post(tx, &c->chain));
    TRY(tx_event(tx, "wallet.changed", c->row.wallet_id, 1, c->r->now, NULL));
    return traces(tx, c, arena_printf(c->r->arena, "{\"state\":[\"%s\",\"paid\"],\"approved_minor\":[null,%lld]}", claim_state_names[c->before], (long long)c->row.approved_minor));
}

static enum rc begin(struct req *r, struct claiming **out, int64_t state, const char *action)
{
    struct claiming *c = arena_alloc(r->arena, sizeof *c);
    if (!c) return RC_OOM;
    *out = c;
    c->r = r;
    c->audit_id = id_new();
    c->action = action;
    TRY(wallet_claims_get(r->db, r->path_id, &c->row));
    TRY(req_version(r, c->row.version));
    c->before = c->row.state;
    if (c->before == CLAIM_PAID || c->before == CLAIM_REJECTED || c->before == state) return decided(r);
    c->row.state = state;
    c->row.reason = NULL;
    c->row.approved_minor = NONE;
    return RC_OK;
}

static enum rc review(struct req *r)
{
    struct claiming *c;
    TRY(begin(r, &c, CLAIM_IN_REVIEW, "claim.review"));
    enum rc rc = req_tx(r, "claims.review", step_tx, c);
    return rc == RC_STATE ? decided(r) : rc;
}

static enum rc reject(struct req *r)
{
    struct claiming *c;
    TRY(begin(r, &c, CLAIM_REJECTED, "claim.reject"));
    c->row.reason = ((const struct approve_in *)r->in)->reason;
    enum rc rc = req_tx(r, "claims.reject", step_tx, c);
    return rc == RC_STATE ? decided(r) : rc;
}

/* The grant of the category that was there on the day, has not ended, and has most. left: what it, or its family, has. */
static enum rc find_grant(struct req *r, struct claiming *c, int64_t today, int64_t *left)
{
    struct list all;
    *left = 0;
    TRY(buckets_of(r->db, c->row.wallet_id, &all));
    for (size_t i = 0; i < all.n; i++) {
        const struct bucket *b = LIST_AT(all, struct bucket, i);
        bool then = b->starts_on <= c->row.treated_on && c->row.treated_on <= b->expires_on && today <= b->expires_on;
        if (b->kind != BUCKET_GRANTED || b->category != c->row.category || !then) continue;
        int64_t has = b->limit_left != NONE && b->limit_left < b->available ? b->limit_left : b->available;
        if (has <= *left) continue;
        *left = has;
        c->from = *b;
    }
    return RC_OK;
}

static enum rc approve(struct req *r)
{
    const struct approve_in *in = r->in;
    struct claiming *c;
    struct wallet w = { 0 };
    int64_t today, left;
    TRY(begin(r, &c, CLAIM_PAID, "claim.approve"));
    c->row.reason = in->reason;
    c->row.approved_minor = in->amount_minor == NONE ? c->row.amount_minor : in->amount_minor;
    if (c->row.approved_minor > c->row.amount_minor) req_field_error(r, "amount_minor", "is more than was asked for");
    if (c->row.approved_minor < c->row.amount_minor && str_empty(in->reason)) req_field_error(r, "reason", "is required for a part");
    TRY(req_invalid(r));
    TRY(clinic_today(r->db, r->now, &today));
    TRY(find_grant(r, c, today, &left));
    if (left < c->row.approved_minor) return req_fail(r, RC_FUNDS, "The client's benefits of this category do not reach that far", arena_printf(r->arena, "{\"field\":\"amount_minor\",\"left_minor\":%lld}", (long long)left));
    c->row.bucket_id = c->from.id;
    c->row.limit_id = c->from.limit_id;
    TRY(wallets_get(r->db, c->row.wallet_id, &w));
    if (!wallets_plain_bucket(r->arena, db_tenant(r->db), &w, BUCKET_CASH, r->now, &c->cash)) return RC_FAULT;
    enum rc rc = req_tx(r, "claims.approve", pay_tx, c);
    if (rc == RC_FUNDS) return req_fail(r, rc, "The benefits were used by somebody else just now", "{\"field\":\"amount_minor\"}");
    return rc == RC_STATE || rc == RC_CONFLICT ? decided(r) : rc;
}

/* ---- the module ---------------------------------------------------------------------------------------------------------------------------- */

#define READ .perm = PERM_WALLETS_READ
#define WRITE .perm = PERM_WALLETS_WRITE
#define DECIDE .perm = PERM_WALLETS_APPROVE
static const struct route routes[] = {
    { .method = "GET", .path = "/wallet-claims", .summary = "Claims for reimbursement, newest first", .handler = list, READ, .ok = 200, .query = &claims_query_shape, .out = &claim_shape_row, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/wallet-claims", .summary = "Take in a claim", .handler = submit, WRITE, .ok = 201, .in = &claim_new, .out = &claim_shape_row, .fails = FAILS(RC_NOT_FOUND), .flags = R_IDEMPOTENT },
    { .method = "GET", .path = "/wallet-claims/{id}", .summary = "Read a claim", .handler = get, READ, .ok = 200, .out = &claim_shape_row },
    { .method = "POST", .path = "/wallet-claims/{id}/review", .summary = "Begin to look at a claim", .handler = review, DECIDE, .ok = 200, .out = &claim_shape_row, .fails = FAILS(RC_STATE) | FAILS(RC_STALE) },
    { .method = "POST", .path = "/wallet-claims/{id}/approve", .summary = "Pay a claim into the wallet, all or in part", .handler = approve, DECIDE, .ok = 200, .in = &approve_shape, .out = &claim_shape_row,
        .fails = FAILS(RC_STATE) | FAILS(RC_STALE) | FAILS(RC_FUNDS), .flags = R_IDEMPOTENT, .doc = "From the grant of the category that held on the day of treatment; its limit, and the family's, hold as for any payment." },
    { .method = "POST", .path = "/wallet-claims/{id}/reject", .summary = "Reject a claim", .handler = reject, DECIDE, .ok = 200, .in = &reject_shape, .out = &claim_shape_row, .fails = FAILS(RC_STATE) | FAILS(RC_STALE) },
    { .method = "GET", .path = "/wallet-adjustments", .summary = "Corrections of wallets", .handler = adjustments_api_list, READ, .ok = 200, .query = &adjustments_query_shape, .out = &adjustment_shape, .flags = R_LIST },
    { .method = "POST", .path = "/wallets/{id}/adjustments", .summary = "Correct what is in a wallet, with a reason", .handler = adjustments_api_new, WRITE, .ok = 201, .in = &adjustment_new_shape, .out = &adjustment_shape,
        .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_FUNDS) | FAILS(RC_STATE), .flags = R_IDEMPOTENT, .doc = "Above the clinic's threshold it waits for somebody else: state waiting." },
    { .method = "POST", .path = "/wallet-adjustments/{id}/approve", .summary = "Approve a correction that somebody else asked for", .handler = adjustments_api_approve, DECIDE, .ok = 200, .out = &adjustment_shape,
        .fails = FAILS(RC_STATE) | FAILS(RC_STALE) | FAILS(RC_FUNDS), .flags = R_IDEMPOTENT },
    { .method = "POST", .path = "/wallet-adjustments/{id}/refuse", .summary = "Refuse a correction that somebody else asked for", .handler = adjustments_api_refuse, DECIDE, .ok = 200, .out = &adjustment_shape,
        .fails = FAILS(RC_STATE) | FAILS(RC_STALE) | FAILS(RC_FUNDS) },
    { 0 } };

static const struct schedule_row schedules[] = { { "claims.verify", "Proves that wallets, limits and claims agree with orders and ledger, or logs the first row that does not", 86400, wallets_verify_all }, { 0 } };
const struct module claims_module = { .name = "claims", .doc = "Claims for reimbursement, and corrections of wallets", .routes = routes, .queries = claims_queries, .schedules = schedules };
