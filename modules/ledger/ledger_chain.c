/* ledger_chain.c - gathering the moves of one happening; see ledger.h. */
#include "modules/ledger/ledger_rules.h"
#include <stdatomic.h>
#include <string.h>

/* Accounts that are there, by 64 bits of their id, which is a hash: one lies where another was when they meet, and is looked up or opened again. */
enum { SEEN_MAX = 16384 };
static _Atomic uint64_t seen[SEEN_MAX];

static uint64_t half_of(struct id id)
{
    uint64_t half;
    memcpy(&half, id.b + 8, sizeof half);
    return half;
}

void ledger_seen(struct id account) { atomic_store_explicit(&seen[half_of(account) % SEEN_MAX], half_of(account), memory_order_relaxed); }
static bool was_seen(struct id account) { return atomic_load_explicit(&seen[half_of(account) % SEEN_MAX], memory_order_relaxed) == half_of(account); }

enum rc ledger_look_up(struct tdb *db, const char *code)
{
    struct ledger_account a = { 0 };
    if (was_seen(ledger_account_id(db_tenant(db), code))) return RC_OK;
    enum rc rc = ledger_account_by_code(db, code, &a);
    if (rc == RC_OK) ledger_seen(a.id);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* A UUID of version 8 out of a hash of the three. */
struct id ledger_step_id(struct id tenant, struct id cause_id, const char *step)
{
    uint8_t text[2 * sizeof tenant.b + LEDGER_CODE_MAX];
    size_t n = strnlen(step, LEDGER_CODE_MAX);
    struct id id;
    memcpy(text, tenant.b, sizeof tenant.b);
    memcpy(text + sizeof tenant.b, cause_id.b, sizeof cause_id.b);
    memcpy(text + 2 * sizeof tenant.b, step, n);
    struct digest d = seal_hash(text, 2 * sizeof tenant.b + n);
    memcpy(id.b, d.b, sizeof id.b);
    id.b[6] = (uint8_t)(0x80 | (id.b[6] & 15));
    id.b[8] = (uint8_t)(0x80 | (id.b[8] & 63));
    return id;
}

void ledger_chain_begin(struct ledger_chain *c, struct arena *a, struct id tenant, const char *unit, const struct ledger_by *by)
{
    *c = (struct ledger_chain){ .arena = a, .tenant = tenant, .unit = unit, .by = *by };
}

static struct ledger_move *next(struct ledger_chain *c)
{
    if (c->n == LEDGER_MOVES_MAX && c->failed == RC_OK) c->failed = fault(RC_FAULT, "a ledger chain has more than %d moves", LEDGER_MOVES_MAX);
    return c->failed == RC_OK ? &c->moves[c->n] : NULL;
}

static void add(struct ledger_chain *c, const struct ledger_step *s, enum ledger_phase phase, int64_t timeout_s)
{
    struct ledger_move *m = s->amount ? next(c) : NULL;
    if (!m) return;
    struct ledger_account *debit = &c->accounts[2 * c->n], *credit = debit + 1;
    if (!ledger_account_of(c->arena, c->tenant, s->debit, c->unit, debit) || !ledger_account_of(c->arena, c->tenant, s->credit, c->unit, credit)) {
        c->failed = fault(RC_FAULT, "'%s' or '%s' is not in the chart of accounts", s->debit, s->credit);
        return;
    }
    *m = (struct ledger_move){ .id = ledger_step_id(c->tenant, s->cause_id, s->step), .phase = phase, .debit = debit, .credit = credit, .amount = s->amount,
        .timeout_s = timeout_s, .cause = s->cause, .cause_id = s->cause_id, .reason = s->reason };
    c->n++;
}

void ledger_chain_add(struct ledger_chain *c, const struct ledger_step *s) { add(c, s, LEDGER_SINGLE, 0); }
void ledger_chain_hold(struct ledger_chain *c, const struct ledger_step *s, int64_t timeout_s) { add(c, s, LEDGER_PENDING, timeout_s); }

void ledger_chain_end(struct ledger_chain *c, const struct ledger_transfer *of, enum ledger_phase phase, int64_t amount, const char *step)
{
    struct ledger_move *m = next(c);
    if (!m) return;
    *m = (struct ledger_move){ .id = ledger_step_id(c->tenant, of->id, step), .phase = phase, .of = of, .amount = amount };
    c->n++;
}

/* An account may stand in several moves; it is opened once. */
static bool named_before(const struct ledger_chain *c, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (id_eq(c->accounts[k].id, c->accounts[i].id)) return true;
    return false;
}

enum rc ledger_chain_post(struct tx *tx, const struct ledger_chain *c)
{
    struct ledger_refusal why;
    TRY(c->failed);
    if (!c->n) return RC_OK;
    for (size_t i = 0; i < 2 * c->n; i++)
        if (!id_is_nil(c->accounts[i].id) && !was_seen(c->accounts[i].id) && !named_before(c, i)) TRY(ledger_open(tx, &c->accounts[i], c->by.now));
    return ledger_post(tx, c->moves, c->n, &c->by, &why);
}
