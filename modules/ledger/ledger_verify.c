/* ledger_verify.c - the proof: one pass over the transfers in the order of the chain, with the sums of each account beside it. Transfers never
 * change, so what was read stays true; the accounts are then compared with these sums and with what was posted meanwhile, each look at
 * accounts and newer transfers being one statement. */
#include "modules/ledger/ledger_jobs.h"
#include "modules/tenants/tenants.h"
#include <string.h>

enum { SPARE_ACCOUNTS = 8192 };

struct sums { struct id id; char unit[12]; bool seen; int64_t debits_pending, debits_posted, credits_pending, credits_posted; };
struct proof {
    struct tdb *db;
    struct arena *arena;
    struct id tenant;
    struct seal_key key;
    struct ledger_proof *out;
    struct sums *map;
    size_t cap, used;
    int64_t xact, seq;              /* behind the last row that was read */
    int64_t link;                   /* the last one that held */
    char head[LEDGER_HEAD_TEXT];
};

#define BREACH(p, ...) ((p)->out->breach = arena_printf((p)->arena, __VA_ARGS__), RC_OK)

static const char *id_text(const struct proof *p, struct id id)
{
    char text[ID_TEXT];
    return arena_strdup(p->arena, id_format(id, text));
}

/* ---- sums --------------------------------------------------------------------------------------------------------------------------- */

static enum rc make_map(struct proof *p)
{
    int64_t n;
    TRY(ledger_accounts_count(p->db, &n));
    for (p->cap = 1024; p->cap < 2 * ((size_t)n + SPARE_ACCOUNTS);) p->cap *= 2;
    p->map = arena_alloc(p->arena, p->cap * sizeof *p->map);
    return p->map ? RC_OK : RC_OOM;
}

/* The ids are hashes already. NULL: so many accounts were opened meanwhile that there is no room. */
static struct sums *sums_of(struct proof *p, struct id id)
{
    size_t at;
    memcpy(&at, id.b, sizeof at);
    for (at &= p->cap - 1; !id_is_nil(p->map[at].id); at = (at + 1) & (p->cap - 1))
        if (id_eq(p->map[at].id, id)) return &p->map[at];
    if (p->used > p->cap / 4 * 3) return NULL;
    p->used++;
    p->map[at].id = id;
    return &p->map[at];
}

static bool one_unit(struct sums *s, const char *unit)
{
    if (!s->unit[0]) {
        size_t n = strnlen(unit, sizeof s->unit - 1);
        memcpy(s->unit, unit, n);
    }
    return strcmp(s->unit, unit) == 0;
}

static enum rc add_sums(struct proof *p, const struct ledger_transfer *t)
{
    struct sums *d = sums_of(p, t->debit_account_id), *c = sums_of(p, t->credit_account_id);
    if (!d || !c) return RC_BUSY;
    bool posts = t->phase == LEDGER_SINGLE || t->phase == LEDGER_POST || t->phase == LEDGER_REVERSAL;
    int64_t posted = posts ? t->amount : 0, held = t->phase == LEDGER_PENDING ? t->amount : t->phase == LEDGER_SINGLE || t->phase == LEDGER_REVERSAL ? 0 : -t->of_amount;
    if (!one_unit(d, t->unit) || !one_unit(c, t->unit)) return BREACH(p, "transfer %s is in another unit than its accounts", id_text(p, t->id));
    bool over = __builtin_add_overflow(d->debits_posted, posted, &d->debits_posted);
    over |= __builtin_add_overflow(d->debits_pending, held, &d->debits_pending);
    over |= __builtin_add_overflow(c->credits_posted, posted, &c->credits_posted);
    over |= __builtin_add_overflow(c->credits_pending, held, &c->credits_pending);
    return over ? BREACH(p, "transfer %s makes more of an account than can be counted", id_text(p, t->id)) : RC_OK;
}

/* ---- one transfer -------------------------------------------------------------------------------------------------------------------- */

static const char *wrong_with(const struct ledger_chain_row *r)
{
    const struct ledger_transfer *t = &r->t;
    if (t->amount <= 0 || t->amount > LEDGER_AMOUNT_MAX) return "moves an impossible amount";
    if (id_eq(t->debit_account_id, t->credit_account_id)) return "has one account on both sides";
    if (t->phase == LEDGER_SINGLE || t->phase == LEDGER_PENDING) return id_is_nil(t->of_id) ? NULL : "is new and ends another";
    if (r->of_phase == NONE) return "ends a transfer that is not there";
    if (r->of_full != t->of_amount || t->amount > t->of_amount || (t->phase != LEDGER_POST && t->amount != t->of_amount)) return "does not fit the amount that it ends";
    bool back = t->phase == LEDGER_REVERSAL;
    if (back ? r->of_phase != LEDGER_SINGLE && r->of_phase != LEDGER_POST : r->of_phase != LEDGER_PENDING) return "ends a transfer that cannot be ended so";
    bool same = id_eq(t->debit_account_id, back ? r->of_credit : r->of_debit) && id_eq(t->credit_account_id, back ? r->of_debit : r->of_credit);
    return same ? NULL : "has other accounts than the transfer that it ends";
}

static enum rc take_row(struct proof *p, const struct ledger_chain_row *r)
{
    const char *wrong = NULL;
    if (!id_eq(ledger_row_mac(&p->key, p->tenant, &r->t), r->t.mac)) wrong = "is not as it was written";
    if (!wrong) wrong = wrong_with(r);
    if (wrong) return BREACH(p, "transfer %s %s", id_text(p, r->t.id), wrong);
    p->xact = r->xact;
    p->seq = r->seq;
    p->out->transfers++;
    return add_sums(p, &r->t);
}

/* ---- the chain ------------------------------------------------------------------------------------------------------------------------- */

static enum rc not_the_one(struct proof *p, int64_t link, struct id sealed, const struct ledger_chain_row *there)
{
    struct ledger_transfer t = { 0 };
    enum rc rc = ledger_transfer_get(p->db, sealed, &t);
    if (rc == RC_NOT_FOUND) return BREACH(p, "transfer %s is missing: link %lld of the chain has it", id_text(p, sealed), (long long)link);
    TRY(rc);
    return BREACH(p, "transfer %s stands in the chain where link %lld has %s", there ? id_text(p, there->t.id) : "(none)", (long long)link, id_text(p, sealed));
}

static enum rc take_link(struct proof *p, const struct ledger_seal_row *s, struct list rows, size_t *at)
{
    static _Thread_local struct ledger_link link;
    uint8_t ids[LEDGER_LINK_MAX][16];
    char head[LEDGER_HEAD_TEXT];
    if (s->n != p->link + 1) return BREACH(p, "link %lld of the chain is missing", (long long)p->link + 1);
    if (s->count < 1 || s->count > LEDGER_LINK_MAX || !base64url_decode(s->ids, ids, (size_t)s->count * 16))
        return BREACH(p, "link %lld of the chain is not as it was written", (long long)s->n);
    link.n = 0;
    for (int64_t i = 0; i < s->count; i++) {
        struct id sealed;
        memcpy(sealed.b, ids[i], sizeof sealed.b);
        const struct ledger_chain_row *r = *at < rows.n ? LIST_AT(rows, struct ledger_chain_row, *at) : NULL;
        if (!r || !id_eq(r->t.id, sealed)) return not_the_one(p, s->n, sealed, r);
        ++*at;
        TRY(take_row(p, r));
        if (p->out->breach) return RC_OK;
        ledger_link_add(&link, r->t.id, r->t.mac);
    }
    ledger_link_head(&p->key, p->head, s->n, &link, head);
    if (!str_eq(head, s->head) || s->last_xact != p->xact || s->last_seq != p->seq) return BREACH(p, "link %lld of the chain is not as it was written", (long long)s->n);
    memcpy(p->head, head, sizeof head);
    p->link = s->n;
    p->out->seals++;
    return RC_OK;
}

static enum rc pass_sealed(struct proof *p)
{
    struct arena_mark mark = arena_mark(p->arena);
    for (;;) {
        struct list seals, rows;
        size_t at = 0;
        int64_t count = 0;
        arena_rewind(p->arena, mark);
        TRY(ledger_seals_after(p->db, p->link, &seals));
        if (!seals.n) return RC_OK;
        for (size_t i = 0; i < seals.n; i++) count += LIST_AT(seals, struct ledger_seal_row, i)->count;
        if (count < 1 || count >= LEDGER_CHAIN_ROWS) return BREACH(p, "a link of the chain behind %lld is not as it was written", (long long)p->link);
        TRY(ledger_chain_rows(p->db, p->xact, p->seq, count, &rows));
        for (size_t i = 0; i < seals.n && !p->out->breach; i++) TRY(take_link(p, LIST_AT(seals, struct ledger_seal_row, i), rows, &at));
        if (p->out->breach) return RC_OK;
    }
}

static enum rc pass_unsealed(struct proof *p)
{
    struct arena_mark mark = arena_mark(p->arena);
    struct list rows;
    do {
        arena_rewind(p->arena, mark);
        TRY(ledger_chain_rows(p->db, p->xact, p->seq, LEDGER_CHAIN_ROWS - 1, &rows));
        for (size_t i = 0; i < rows.n; i++) {
            TRY(take_row(p, LIST_AT(rows, struct ledger_chain_row, i)));
            if (p->out->breach) return RC_OK;
        }
    } while (rows.n == LEDGER_CHAIN_ROWS - 1);
    return RC_OK;
}

/* ---- accounts ---------------------------------------------------------------------------------------------------------------------------- */

static enum rc sum_is(struct proof *p, const struct ledger_account *a, const char *what, int64_t has, int64_t sum, int64_t tail)
{
    if (p->out->breach || has == sum + tail) return RC_OK;
    return BREACH(p, "account %s (%s) has %s %lld, and its transfers make %lld", a->code, id_text(p, a->id), what, (long long)has, (long long)(sum + tail));
}

static enum rc take_account(struct proof *p, const struct ledger_tail_row *r)
{
    const struct ledger_account *a = &r->a;
    const struct ledger_chart_row *row = ledger_chart_find(a->code);
    struct sums *s = sums_of(p, a->id);
    int64_t lacks;
    if (!s) return RC_BUSY;
    s->seen = true;
    if (!row || !id_eq(a->id, ledger_account_id(p->tenant, a->code)) || strcmp(a->book, row->book) != 0 || a->kind != (int64_t)row->kind ||
        a->floor != (int64_t)row->floor || a->spread != row->spread || unit_digits(a->unit) < 0 || !one_unit(s, a->unit))
        return BREACH(p, "account %s (%s) is not what the chart has", a->code, id_text(p, a->id));
    TRY(sum_is(p, a, "debits_pending", a->debits_pending, s->debits_pending, r->tail_debits_pending));
    TRY(sum_is(p, a, "debits_posted", a->debits_posted, s->debits_posted, r->tail_debits_posted));
    TRY(sum_is(p, a, "credits_pending", a->credits_pending, s->credits_pending, r->tail_credits_pending));
    TRY(sum_is(p, a, "credits_posted", a->credits_posted, s->credits_posted, r->tail_credits_posted));
    const struct ledger_delta nothing = { .unit = a->unit, .only_ends = true };
    if (!p->out->breach && (ledger_judge(a, &nothing, &lacks) != LEDGER_OK || a->debits_pending < 0 || a->credits_pending < 0))
        return BREACH(p, "account %s (%s) is below its floor", a->code, id_text(p, a->id));
    p->out->accounts++;
    return RC_OK;
}

static enum rc pass_accounts(struct proof *p)
{
    struct arena_mark mark = arena_mark(p->arena);
    struct id after = ledger_id_first;
    struct list rows;
    do {
        arena_rewind(p->arena, mark);
        TRY(ledger_tail_rows(p->db, after, p->xact, p->seq, &rows));
        for (size_t i = 0; i < rows.n; i++) {
            const struct ledger_tail_row *r = LIST_AT(rows, struct ledger_tail_row, i);
            TRY(take_account(p, r));
            if (p->out->breach) return RC_OK;
            after = r->a.id;
        }
    } while (rows.n == LEDGER_TAIL_ROWS);
    for (size_t i = 0; i < p->cap; i++)
        if (!id_is_nil(p->map[i].id) && !p->map[i].seen) return BREACH(p, "account %s is missing: there are transfers of it", id_text(p, p->map[i].id));
    return RC_OK;
}

/* Each statement is one look at all accounts. */
static enum rc pass_totals(struct proof *p)
{
    struct list totals;
    int64_t debits = 0, credits = 0, held = 0;
    TRY(ledger_totals(p->db, &totals));
    for (size_t i = 0; i < totals.n; i++) {
        const struct ledger_total *t = LIST_AT(totals, struct ledger_total, i);
        debits += t->debits_posted;
        credits += t->credits_posted;
        held += t->debits_pending - t->credits_pending;
        if (i + 1 < totals.n && strcmp(t->unit, t[1].unit) == 0) continue;
        if (debits != credits || held) return BREACH(p, "the sum over all accounts in %s is %lld and not zero", t->unit, (long long)(debits != credits ? debits - credits : held));
        debits = credits = held = 0;
    }
    return RC_OK;
}

static enum rc pass_ends(struct proof *p, int64_t now)
{
    struct id id;
    TRY(ledger_ended_twice(p->db, &id));
    if (!id_is_nil(id)) return BREACH(p, "transfer %s was ended twice", id_text(p, id));
    TRY(ledger_pending_overdue(p->db, now - LEDGER_OVERDUE_H * USEC_PER_HOUR, &id));
    if (!id_is_nil(id)) return BREACH(p, "transfer %s should have expired more than %d hours ago", id_text(p, id), LEDGER_OVERDUE_H);
    return RC_OK;
}

enum rc ledger_verify(struct tdb *db, int64_t now, struct ledger_proof *out)
{
    struct proof p = { .db = db, .arena = db_arena(db), .tenant = db_tenant(db), .key = seal_key_for(LEDGER_KEY, db_tenant(db)), .out = out, .xact = 0, .seq = -1 };
    *out = (struct ledger_proof){ .head = "" };
    TRY(make_map(&p));
    TRY(pass_sealed(&p));
    if (!out->breach) TRY(pass_unsealed(&p));
    if (!out->breach) TRY(pass_accounts(&p));
    if (!out->breach) TRY(pass_totals(&p));
    if (!out->breach) TRY(pass_ends(&p, now));
    out->head = arena_strdup(p.arena, p.head);
    return arena_failed(p.arena) ? RC_OOM : RC_OK;
}

/* ---- the job ------------------------------------------------------------------------------------------------------------------------------- */

static enum rc prove(struct tdb *db, int64_t now, const char **breach)
{
    struct ledger_proof proof;
    TRY(ledger_verify(db, now, &proof));
    *breach = proof.breach;
    return RC_OK;
}

enum rc ledger_verify_all(struct job *job) { return tenants_prove(job, &(struct proving){ "ledger.breach", "ledger", LEDGER_VERIFY_BYTES, prove }); }
