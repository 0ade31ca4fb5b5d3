/* ledger_post.c - posting inside somebody's transaction, saying afterwards why it was refused, and what is held too long. */
#include "modules/ledger/ledger_jobs.h"
#include <stdatomic.h>

static const char *const actor_words[] = { [ACTOR_ANONYMOUS] = "public", [ACTOR_MEMBER] = "member", [ACTOR_CLIENT] = "client", [ACTOR_SYSTEM] = "system" };

struct ledger_by ledger_by(const struct req *r) { return (struct ledger_by){ actor_words[r->who->kind], r->who->member, r->now }; }

/* Busy accounts lie in stripes: two threads that write at once have two of them, and none waits until the other's commit is on disk. */
static int64_t stripe_of_thread(void)
{
    static _Atomic int64_t threads;
    static _Thread_local int64_t mine;
    if (!mine) mine = 1 + atomic_fetch_add(&threads, 1);
    return mine % LEDGER_STRIPES;
}

/* Accounts first, in the order of their ids, so that two who meet wait for each other at the first and not crosswise. */
enum rc ledger_post(struct tx *tx, const struct ledger_move *moves, size_t n, const struct ledger_by *by, struct ledger_refusal *why)
{
    struct ledger_plan plan;
    struct id tenant = db_tenant(tx_db(tx));
    struct seal_key key = seal_key_for(LEDGER_KEY, tenant);
    if (ledger_plan(moves, n, by, &plan, why) != LEDGER_OK) return RC_INVALID;
    for (size_t i = 0; i < plan.n_deltas; i++) TRY(ledger_move_account(tx, &plan.deltas[i], stripe_of_thread()));
    for (size_t i = 0; i < plan.n; i++) {
        struct ledger_transfer *t = &plan.rows[i];
        t->mac = ledger_row_mac(&key, tenant, t);
        TRY(ledger_insert_transfer(tx, t));
        if (t->expires_at == NONE) continue;
        char id[ID_TEXT];
        TRY(tx_job(tx, t->id, "ledger.expire", id_format(t->id, id), t->expires_at, "{}"));
    }
    return RC_OK;
}

bool ledger_refused(enum rc rc) { return rc == RC_FUNDS || rc == RC_CONFLICT || rc == RC_NOT_FOUND || rc == RC_INVALID; }

/* ---- why not ---------------------------------------------------------------------------------------------------------------------- */

/* Ids first: whoever asks twice is told so, whatever has become of the accounts. */
static enum rc explain_ids(struct tdb *db, const struct ledger_plan *p, struct ledger_refusal *why)
{
    size_t there = 0, first = 0;
    for (size_t i = 0; i < p->n; i++) {
        struct ledger_transfer t = { 0 };
        enum rc rc = ledger_transfer_get(db, p->rows[i].id, &t);
        if (rc == RC_NOT_FOUND) continue;
        TRY(rc);
        if (there++ == 0) first = i;
        why->move = i;
        why->result = ledger_compare(&t, &p->rows[i]);
        if (why->result != LEDGER_EXISTS) return RC_OK;
    }
    why->move = first;
    why->result = there ? LEDGER_EXISTS : LEDGER_OK;
    if (there && there < p->n) why->result = LEDGER_EXISTS_WITH_DIFFERENT_TRANSFER; /* part of another chain */
    return RC_OK;
}

static enum rc explain_ends(struct tdb *db, const struct ledger_plan *p, struct ledger_refusal *why)
{
    for (size_t i = 0; i < p->n && why->result == LEDGER_OK; i++) {
        struct ledger_transfer t = { 0 };
        if (id_is_nil(p->rows[i].of_id)) continue;
        why->move = i;
        enum rc rc = ledger_transfer_get(db, p->rows[i].of_id, &t);
        if (rc == RC_NOT_FOUND) why->result = LEDGER_TRANSFER_MISSING;
        else TRY(rc);
        if (rc == RC_OK && !id_is_nil(t.ended_by)) why->result = ledger_ended(t.ended_phase);
    }
    return RC_OK;
}

static enum rc explain_accounts(struct tdb *db, const struct ledger_plan *p, struct ledger_refusal *why)
{
    for (size_t i = 0; i < p->n_deltas && why->result == LEDGER_OK; i++) {
        const struct ledger_delta *d = &p->deltas[i];
        struct ledger_account a = { 0 };
        enum rc rc = ledger_account_get(db, d->account, &a);
        if (rc != RC_NOT_FOUND) TRY(rc);
        why->result = rc == RC_NOT_FOUND ? LEDGER_ACCOUNT_NOT_FOUND : ledger_judge(&a, d, &why->lacks);
        why->move = d->move;
        why->account = d->account;
        why->code = rc == RC_OK ? a.code : d->code;
    }
    return RC_OK;
}

/* A transfer that was ended reads like a wrong move, also to the one who ended it and asks again. */
static enum rc explain_end_again(struct tdb *db, const struct ledger_move *m, struct ledger_refusal *why)
{
    struct ledger_transfer t = { 0 };
    if (!m->of || id_is_nil(m->id)) return RC_OK;
    enum rc rc = ledger_transfer_get(db, m->id, &t);
    if (rc == RC_NOT_FOUND) return RC_OK;
    TRY(rc);
    why->result = t.phase != m->phase ? LEDGER_EXISTS_WITH_DIFFERENT_PHASE : !id_eq(t.of_id, m->of->id) ? LEDGER_EXISTS_WITH_DIFFERENT_TRANSFER :
        t.amount != (m->amount ? m->amount : t.of_amount) ? LEDGER_EXISTS_WITH_DIFFERENT_AMOUNT :
        !str_eq(t.reason, str_empty(m->reason) ? NULL : m->reason) ? LEDGER_EXISTS_WITH_DIFFERENT_REASON : LEDGER_EXISTS;
    return RC_OK;
}

enum rc ledger_explain(struct tdb *db, const struct ledger_move *moves, size_t n, const struct ledger_by *by, struct ledger_refusal *why)
{
    struct ledger_plan plan;
    if (ledger_plan(moves, n, by, &plan, why) != LEDGER_OK) return n == 1 ? explain_end_again(db, moves, why) : RC_OK;
    TRY(explain_ids(db, &plan, why));
    if (why->result == LEDGER_OK) TRY(explain_ends(db, &plan, why));
    if (why->result == LEDGER_OK) TRY(explain_accounts(db, &plan, why));
    return RC_OK;
}

const char *ledger_refusal_json(struct arena *a, const struct ledger_refusal *why)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    char id[ID_TEXT];
    buf_init(&b, 4096);
    struct json j = json_to(&b);
    json_obj(&j);
    json_kstr(&j, "result", ledger_result_names[why->result]);
    json_kint(&j, "move", (int64_t)why->move);
    if (!id_is_nil(why->account)) json_kstr(&j, "account_id", id_format(why->account, id));
    if (why->code) json_kstr(&j, "account", why->code);
    if (why->lacks > 0) json_kint(&j, "lacks", why->lacks);
    json_obj_end(&j);
    return b.failed ? NULL : arena_strdup(a, buf_str(&b));
}

/* ---- what is held too long ---------------------------------------------------------------------------------------------------------- */

struct expiry { struct ledger_move move; struct ledger_by by; struct id audit_id; };

static enum rc expire_tx(struct tx *tx, void *arg)
{
    struct expiry *e = arg;
    struct ledger_refusal why;
    TRY(ledger_post(tx, &e->move, 1, &e->by, &why));
    TRY(tx_audit_system(tx, "ledger", e->by.now, &(struct audit_entry){ e->audit_id, "ledger.expire", "ledger_transfer", e->move.of->id, NULL, false }));
    return tx_event(tx, "ledger.posted", e->move.id, 1, e->by.now, NULL);
}

enum rc ledger_expire_job(struct job *job)
{
    struct ledger_transfer t = { 0 };
    struct id id;
    if (!id_parse(job->key, &id)) return fault(RC_FAULT, "ledger.expire: the key is not an id");
    TRY(ledger_transfer_get(job->db, id, &t));
    if (!id_is_nil(t.ended_by)) return RC_OK;
    if (t.expires_at > job->now) return RC_BUSY; /* another machine's clock is ahead */
    struct expiry e = { { .id = id_new(), .phase = LEDGER_EXPIRE, .of = &t }, { "system", ID_NIL, job->now }, id_new() };
    enum rc rc = db_tx(job->db, "ledger.expire", expire_tx, &e);
    if (rc != RC_CONFLICT && rc != RC_FUNDS) return rc;
    TRY(ledger_transfer_get(job->db, id, &t)); /* posted or voided at the last moment: that one counts */
    return id_is_nil(t.ended_by) ? RC_BUSY : RC_OK;
}
