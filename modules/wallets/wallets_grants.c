/* wallets_grants.c - what comes into wallets and goes out of them by the calendar: the grants of a benefit year, and what is left when one ends. */
#include "modules/wallets/wallets_rows.h"
#include "modules/wallets/wallets_rules.h"
#include <stdio.h>

enum { LOOK_MAX = 200 /* rows of grants_missing */, LOOKS = 200 };

enum rc clinic_today(struct tdb *db, int64_t now, int64_t *out)
{
    struct tenant t = { 0 };
    TRY(tenants_get(db, &t));
    const struct zone *z = zone_find(t.time_zone);
    if (!z) return fault(RC_FAULT, "the clinic's time zone is unknown");
    *out = zone_date(z, now);
    return RC_OK;
}

/* ---- grants ---------------------------------------------------------------------------------------------------------------------------- */

/* For people: "Mental health 2026". */
static const char *name_of(struct arena *a, const char *category, const char *day)
{
    char *name = arena_printf(a, "%s %.4s", category, day);
    for (char *s = name; s && *s; s++)
        if (*s == '_') *s = ' ';
    if (name && *name >= 'a' && *name <= 'z') *name = (char)(*name - 'a' + 'A');
    return name;
}

/* Ids follow from member, category and year: whoever grants twice writes nothing twice. */
static enum rc grant_one(struct tx *tx, const struct benefit_member *m, const struct benefit_policy *p, const struct benefit_category *c, int64_t year, struct ledger_chain *chain)
{
    char step[40], sponsor[ID_TEXT], first[16];
    snprintf(step, sizeof step, "grant:%lld:%lld", (long long)c->category, (long long)year);
    struct bucket b = { .id = ledger_step_id(chain->tenant, m->id, step), .wallet_id = m->wallet_id, .kind = BUCKET_GRANTED, .unit = p->currency, .category = c->category, .member_id = m->id,
        .starts_on = year, .expires_on = benefit_year_end(year), .created_at = chain->by.now };
    b.name = name_of(chain->arena, benefit_category_names[c->category], date_format(year, first));
    if (p->family_limit_minor != NONE) {
        struct id head = id_is_nil(m->head_id) ? m->id : m->head_id;
        snprintf(step, sizeof step, "family:%lld", (long long)year);
        b.limit_id = ledger_step_id(chain->tenant, head, step);
        TRY(limits_open(tx, b.limit_id, head, year, p->family_limit_minor));
    }
    if (!bucket_place(chain->arena, chain->tenant, &b)) return fault(RC_FAULT, "a bucket has no account");
    TRY(buckets_insert(tx, &b));
    ledger_chain_add(chain, &(struct ledger_step){ .debit = arena_printf(chain->arena, "sponsor:%s", id_format(p->sponsor_id, sponsor)), .credit = b.account_code,
        .amount = c->limit_minor, .cause = LEDGER_GRANT, .cause_id = b.id, .step = "grant" });
    return RC_OK;
}

enum rc grants_add(struct tx *tx, const struct benefit_member *m, const struct benefit_policy *p, int64_t category, int64_t year, struct ledger_chain *chain)
{
    for (size_t i = 0; i < p->categories.n; i++) {
        const struct benefit_category *c = LIST_AT(p->categories, struct benefit_category, i);
        if (category == NONE || category == c->category) TRY(grant_one(tx, m, p, c, year, chain));
    }
    return RC_OK;
}

struct granting { struct benefit_member member; struct benefit_policy policy; int64_t category, year; struct ledger_chain *chain; struct ledger_by by; struct arena *arena; struct id audit_id; };

static enum rc grant_tx(struct tx *tx, void *arg)
{
    struct granting *g = arg;
    ledger_chain_begin(g->chain, g->arena, db_tenant(tx_db(tx)), g->policy.currency, &g->by);
    TRY(grants_add(tx, &g->member, &g->policy, g->category, g->year, g->chain));
    TRY(ledger_chain_post(tx, g->chain));
    TRY(tx_audit_system(tx, "wallets", g->by.now, &(struct audit_entry){ g->audit_id, "wallet.grant", "wallet", g->member.wallet_id, NULL, false }));
    return tx_event(tx, "wallet.changed", g->member.wallet_id, 1, g->by.now, NULL);
}

/* Those that are missing, at most LOOK_MAX; n says how many there were. */
static enum rc grant_some(struct job *job, struct granting *g, int64_t today, size_t *n)
{
    struct list missing;
    TRY(grants_missing(job->db, g->policy.id, g->year, today, &missing));
    *n = missing.n;
    for (size_t i = 0; i < missing.n; i++) {
        const struct missing_grant *x = LIST_AT(missing, struct missing_grant, i);
        g->member = (struct benefit_member){ 0 };
        TRY(members_of_plan_get(job->db, x->member_id, &g->member));
        g->category = x->category;
        g->audit_id = id_new();
        enum rc rc = db_tx(job->db, "wallets.grant", grant_tx, g);
        if (rc != RC_OK && rc != RC_CONFLICT) return rc; /* conflict: granted a moment ago */
    }
    return RC_OK;
}

static enum rc grant_policy(struct job *job, struct granting *g, int64_t today)
{
    size_t n = LOOK_MAX;
    g->year = benefit_year_start(today, g->policy.year_month);
    for (int look = 0; look < LOOKS && n == LOOK_MAX; look++) {
        struct arena_mark mark = arena_mark(g->arena);
        TRY(grant_some(job, g, today, &n));
        arena_rewind(g->arena, mark);
    }
    return RC_OK;
}

static enum rc grant_tenant(struct job *job)
{
    struct list policies;
    int64_t today;
    struct granting g = { .by = { "system", ID_NIL, job->now }, .arena = db_arena(job->db), .chain = arena_alloc(db_arena(job->db), sizeof *g.chain) };
    if (!g.chain) return RC_OOM;
    TRY(clinic_today(job->db, job->now, &today));
    TRY(policies_list(job->db, ID_NIL, false, &policies));
    for (size_t i = 0; i < policies.n; i++) {
        g.policy = *LIST_AT(policies, struct benefit_policy, i);
        if (today < g.policy.starts_on || (g.policy.ends_on != NONE && today > g.policy.ends_on)) continue;
        TRY(grant_policy(job, &g, today));
    }
    return RC_OK;
}

/* ---- the end of a bucket ------------------------------------------------------------------------------------------------------------------ */

struct expiring { const struct bucket *bucket; int64_t amount, today; struct ledger_chain *chain; struct ledger_by by; struct arena *arena; struct id audit_id; };

/* What is left of a grant goes back to the sponsor, of a gift to the clinic, of visits out of the books. */
static const char *goes_to(struct arena *a, const struct bucket *b)
{
    char sponsor[ID_TEXT];
    if (b->kind == BUCKET_GRANTED) return arena_printf(a, "sponsor:%s", id_format(b->sponsor_id, sponsor));
    return b->kind == BUCKET_VISITS ? "world:visits" : "writeoff";
}

static enum rc expire_tx(struct tx *tx, void *arg)
{
    struct expiring *e = arg;
    const struct bucket *b = e->bucket;
    char step[40];
    snprintf(step, sizeof step, "expire:%lld", (long long)e->today);
    ledger_chain_begin(e->chain, e->arena, db_tenant(tx_db(tx)), b->unit, &e->by);
    ledger_chain_add(e->chain, &(struct ledger_step){ .debit = b->account_code, .credit = goes_to(e->arena, b), .amount = e->amount, .cause = LEDGER_EXPIRY, .cause_id = b->id, .step = step });
    TRY(ledger_chain_post(tx, e->chain));
    TRY(tx_audit_system(tx, "wallets", e->by.now, &(struct audit_entry){ e->audit_id, "wallet.expire", "wallet", b->wallet_id, NULL, false }));
    return tx_event(tx, "wallet.changed", b->wallet_id, 1, e->by.now, NULL);
}

static enum rc expire_some(struct job *job, struct expiring *e, size_t *taken)
{
    struct list over;
    TRY(buckets_over(job->db, e->today, &over));
    *taken = 0;
    for (size_t i = 0; i < over.n; i++) {
        e->bucket = LIST_AT(over, struct bucket, i);
        e->amount = e->bucket->available;
        e->audit_id = id_new();
        enum rc rc = db_tx(job->db, "wallets.expire", expire_tx, e);
        if (rc != RC_OK && rc != RC_CONFLICT && rc != RC_FUNDS) return rc; /* paid with at the last moment, or taken back today already: the next round looks again */
        *taken += rc == RC_OK;
    }
    return RC_OK;
}

static enum rc expire_tenant(struct job *job)
{
    struct expiring e = { .by = { "system", ID_NIL, job->now }, .arena = db_arena(job->db), .chain = arena_alloc(db_arena(job->db), sizeof *e.chain) };
    size_t taken = 1;
    if (!e.chain) return RC_OOM;
    TRY(clinic_today(job->db, job->now, &e.today));
    for (int look = 0; look < LOOKS && taken; look++) {
        struct arena_mark mark = arena_mark(e.arena);
        TRY(expire_some(job, &e, &taken));
        arena_rewind(e.arena, mark);
    }
    return RC_OK;
}

/* ---- every clinic ----------------------------------------------------------------------------------------------------------------------- */

static enum rc each_tenant(struct job *job, enum rc (*run)(struct job *))
{
    struct list tenants;
    TRY(tenants_list(job->db, &tenants));
    struct arena *arena = arena_new(16 * 1024 * 1024);
    enum rc rc = arena ? RC_OK : RC_OOM;
    for (size_t i = 0; i < tenants.n && rc == RC_OK; i++) {
        arena_reset(arena);
        tdb_begin(job->db, arena, LIST_AT(tenants, struct tenant, i)->id);
        rc = run(job);
        tdb_begin(job->db, job->arena, ID_NIL);
    }
    arena_free(arena);
    return rc;
}

enum rc wallets_grant_all(struct job *job) { return each_tenant(job, grant_tenant); }
enum rc wallets_expire_all(struct job *job) { return each_tenant(job, expire_tenant); }
