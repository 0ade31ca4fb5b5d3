/* adjust_api.c - corrections of a bucket: at once up to the clinic's threshold, above it by a second person. */
#include "modules/wallets/claims_rows.h"

#define A struct adjustment
static const struct field adjustment_fields[] = { F_ID(A, id), F_ID(A, wallet_id), F_ID(A, bucket_id), F_STR(A, bucket_name), F_STR(A, unit), F_STR(A, client_name), F_INT(A, amount_minor, .doc = "Negative: taken away"),
    F_STR(A, reason), F_ENUM(A, state, adjustment_state_names), F_ID(A, asked_by, .nullable = true), F_STR(A, asked_by_name, .nullable = true), F_ID(A, decided_by, .nullable = true), F_STR(A, decided_by_name, .nullable = true),
    F_INSTANT(A, decided_at, .nullable = true), F_INSTANT(A, created_at), F_INT(A, version), F_END };
const struct shape adjustment_shape = SHAPE_NAMED("wallet_adjustment", adjustment, adjustment_fields);
static const struct field new_fields[] = { F_ID(A, bucket_id, .nullable = true, .doc = "Which bucket; what was bought when absent"),
    F_INT(A, amount_minor, .required = true, .min = -ORDER_AMOUNT_MAX, .max = ORDER_AMOUNT_MAX, .doc = "In the bucket's unit; negative takes away"),
    F_STR(A, reason, .required = true, .min = 3, .max = 200, .doc = "Why; it stays for ever, so name no person"), F_END };
const struct shape adjustment_new_shape = SHAPE_NAMED("wallet_adjustment_new", adjustment, new_fields);
#undef A
struct adjustments_query { struct id wallet_id; };
static const struct field query_fields[] = { F_ID(struct adjustments_query, wallet_id, .doc = "All of this wallet, newest first; else those that wait, oldest first"), F_END };
const struct shape adjustments_query_shape = SHAPE(adjustments_query, query_fields);

enum rc adjustments_api_list(struct req *r)
{
    struct list l;
    TRY(adjustments_list(r->db, ((const struct adjustments_query *)r->query)->wallet_id, &l));
    return reply_list(r, l, NULL);
}

struct adjusting { struct req *r; struct adjustment row; struct bucket bucket; bool fresh, opens; const char *action; struct id audit_id; struct ledger_chain chain; };

/* The other side: what the clinic gives or takes back; visits have none but the outside. */
static void add_move(struct adjusting *a)
{
    const char *other = str_eq(a->bucket.unit, "visits") ? "world:visits" : "writeoff", *own = a->bucket.account_code;
    bool gives = a->row.amount_minor > 0;
    ledger_chain_add(&a->chain, &(struct ledger_step){ .debit = gives ? other : own, .credit = gives ? own : other, .amount = gives ? a->row.amount_minor : -a->row.amount_minor,
        .cause = LEDGER_ADJUSTMENT, .cause_id = a->row.id, .step = "adjust", .reason = a->row.reason });
}

static enum rc adjust_tx(struct tx *tx, void *arg)
{
    struct adjusting *a = arg;
    struct req *r = a->r;
    struct ledger_by by = ledger_by(r);
    struct adjustment out = { 0 };
    ledger_chain_begin(&a->chain, r->arena, db_tenant(tx_db(tx)), a->bucket.unit, &by);
    if (a->opens) TRY(buckets_insert(tx, &a->bucket));
    if (a->fresh) TRY(adjustments_insert(tx, &a->row));
    else TRY(adjustments_step(tx, &a->row, RC_STATE));
    if (a->row.state == ADJUSTMENT_DONE) add_move(a);
    TRY(ledger_chain_post(tx, &a->chain));
    TRY(tx_change(tx, r, &(struct change){ a->audit_id, a->action, "wallet.changed", "wallet", a->row.wallet_id, 1,
        arena_printf(r->arena, "{\"amount_minor\":[null,%lld]}", (long long)a->row.amount_minor), NULL, a->row.state == ADJUSTMENT_WAITING }));
    TRY(adjustments_get(tx_db(tx), a->row.id, &out));
    return reply(r, &out);
}

static enum rc commit(struct adjusting *a)
{
    enum rc rc = req_tx(a->r, "wallets.adjust", adjust_tx, a);
    if (rc == RC_STATE) return req_fail(a->r, rc, "This adjustment was decided already", NULL);
    return rc == RC_FUNDS ? req_fail(a->r, rc, "There is less in the bucket", "{\"field\":\"amount_minor\"}") : rc;
}

static enum rc choose_bucket(struct req *r, struct adjusting *a)
{
    struct wallet w = { 0 };
    TRY(wallets_get(r->db, r->path_id, &w));
    if (id_is_nil(a->row.bucket_id)) {
        a->opens = true;
        if (!wallets_plain_bucket(r->arena, db_tenant(r->db), &w, BUCKET_BOUGHT, r->now, &a->bucket)) return RC_FAULT;
        a->row.bucket_id = a->bucket.id;
        return RC_OK;
    }
    enum rc rc = buckets_get(r->db, a->row.bucket_id, &a->bucket);
    bool other = rc == RC_OK && !id_eq(a->bucket.wallet_id, w.id);
    return rc == RC_NOT_FOUND || other ? req_fail(r, RC_NOT_FOUND, "There is no such bucket in this wallet", "{\"field\":\"bucket_id\"}") : rc;
}

enum rc adjustments_api_new(struct req *r)
{
    const struct adjustment *in = r->in;
    struct wallet_rules rules;
    struct adjusting *a = arena_alloc(r->arena, sizeof *a);
    if (!a) return RC_OOM;
    if (in->amount_minor == 0) req_field_error(r, "amount_minor", "must not be 0");
    TRY(req_invalid(r));
    TRY(wallet_rules_get(r->db, &rules));
    int64_t size = in->amount_minor < 0 ? -in->amount_minor : in->amount_minor;
    a->r = r;
    a->row = (struct adjustment){ .id = id_new(), .wallet_id = r->path_id, .bucket_id = in->bucket_id, .amount_minor = in->amount_minor, .reason = in->reason, .asked_by = r->who->member, .created_at = r->now };
    TRY(choose_bucket(r, a));
    a->row.state = size > rules.approval_over_minor ? ADJUSTMENT_WAITING : ADJUSTMENT_DONE;
    a->fresh = true;
    a->audit_id = id_new();
    a->action = a->row.state == ADJUSTMENT_DONE ? "wallet.adjust" : "wallet.adjust_ask";
    return commit(a);
}

static enum rc decide(struct req *r, int64_t state, const char *action)
{
    struct adjusting *a = arena_alloc(r->arena, sizeof *a);
    if (!a) return RC_OOM;
    TRY(adjustments_get(r->db, r->path_id, &a->row));
    TRY(req_version(r, a->row.version));
    if (a->row.state != ADJUSTMENT_WAITING) return req_fail(r, RC_STATE, "This adjustment was decided already", NULL);
    if (id_eq(a->row.asked_by, r->who->member)) return req_fail(r, RC_FORBIDDEN, "Somebody else has to decide: you asked for it", NULL);
    TRY(buckets_get(r->db, a->row.bucket_id, &a->bucket));
    a->r = r;
    a->row.state = state;
    a->row.decided_by = r->who->member;
    a->row.decided_at = r->now;
    a->audit_id = id_new();
    a->action = action;
    return commit(a);
}

enum rc adjustments_api_approve(struct req *r) { return decide(r, ADJUSTMENT_DONE, "wallet.adjust_approve"); }
enum rc adjustments_api_refuse(struct req *r) { return decide(r, ADJUSTMENT_REFUSED, "wallet.adjust_refuse"); }
