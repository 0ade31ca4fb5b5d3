/* ledger_rules.c - see ledger_rules.h. */
#include "modules/ledger/ledger_rules.h"
#include <string.h>

const char *const ledger_kind_names[] = { "asset", "liability", "income", "expense", NULL };
const char *const ledger_floor_names[] = { "none", "debits_must_not_exceed_credits", "credits_must_not_exceed_debits", NULL };
const char *const ledger_phase_names[] = { "single", "pending", "post", "void", "expire", "reversal", NULL };
const char *const ledger_cause_names[] = { "adjustment", "appointment", "order", "refund", "top_up", "expiry", "reversal", "payment", "cancellation",
    "claim", "grant", "dispute", "till", NULL };
const char *const ledger_result_names[] = { "ok", "exists", "exists_with_different_phase", "exists_with_different_debit_account",
    "exists_with_different_credit_account", "exists_with_different_unit", "exists_with_different_amount", "exists_with_different_transfer",
    "exists_with_different_timeout", "exists_with_different_cause", "exists_with_different_reason", "no_moves", "too_many_moves", "id_missing", "id_twice",
    "amount_not_positive", "amount_too_large", "amount_not_taken", "account_missing", "accounts_the_same", "units_differ", "unit_unknown",
    "timeout_only_for_pending", "timeout_out_of_range", "cause_missing", "reason_missing", "reason_too_long", "transfer_missing", "not_pending",
    "exceeds_pending_amount", "pending_timed_out", "not_timed_out", "not_reversible", "already_posted", "already_voided", "already_expired",
    "already_reversed", "account_not_found", "account_closed", "exceeds_credits", "exceeds_debits", "overflows", NULL };
_Static_assert(ARRAY_LEN(ledger_result_names) == LEDGER_RESULT_N + 1, "a word for each result");

/* ---- the chart of accounts --------------------------------------------------------------------------------------------------- */

const struct ledger_chart_row ledger_chart[] = {
    { "world", 1, LEDGER_ASSET, LEDGER_NO_FLOOR, true, "What is outside: the bank, cash that was never in a till, visits that were sold", true },
    { "till", 1, LEDGER_ASSET, LEDGER_CREDITS_WITHIN_DEBITS, false, "Cash in one till; no more can be taken out than is in it", false },
    { "clearing", 1, LEDGER_ASSET, LEDGER_NO_FLOOR, true, "What a payment provider holds for the clinic", false },
    { "fees", 1, LEDGER_EXPENSE, LEDGER_NO_FLOOR, true, "What a payment provider keeps", false },
    { "member", 2, LEDGER_LIABILITY, LEDGER_DEBITS_WITHIN_CREDITS, false, "One bucket of a member's wallet, in money or visits; never below zero", true },
    { "deposit_liability", 0, LEDGER_LIABILITY, LEDGER_NO_FLOOR, true, "Paid ahead for what is not done yet", false },
    { "receivable", 1, LEDGER_ASSET, LEDGER_NO_FLOOR, false, "What a client owes", false },
    { "revenue", 1, LEDGER_INCOME, LEDGER_NO_FLOOR, true, "Earned, by service", false },
    { "cancellation_revenue", 0, LEDGER_INCOME, LEDGER_NO_FLOOR, true, "Kept of what was cancelled late", false },
    { "tax", 1, LEDGER_LIABILITY, LEDGER_NO_FLOOR, true, "Owed to the state, by rate", false },
    { "sponsor", 1, LEDGER_ASSET, LEDGER_NO_FLOOR, true, "What a sponsor owes for the benefits that were granted", true },
    { "refund_payable", 0, LEDGER_LIABILITY, LEDGER_NO_FLOOR, true, "To be paid back, not yet confirmed", false },
    { "till_difference", 0, LEDGER_EXPENSE, LEDGER_NO_FLOOR, true, "What was missing in tills when they were counted, less what was too much", false },
    { "writeoff", 0, LEDGER_EXPENSE, LEDGER_NO_FLOOR, true, "Given away or given up", false },
    { "dispute_reserve", 0, LEDGER_ASSET, LEDGER_NO_FLOOR, true, "Taken back by a card's bank while a dispute is open", false },
    { 0 } };

static bool part_char(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.'; }

const struct ledger_chart_row *ledger_chart_find(const char *code)
{
    size_t n = strcspn(code, ":"), length = 0;
    int parts = 0;
    if (strnlen(code, LEDGER_CODE_MAX + 1) > LEDGER_CODE_MAX) return NULL;
    for (const char *p = code + n; *p; p++) {
        if (*p != ':' && !part_char(*p)) return NULL;
        if (*p == ':' && parts++ && !length) return NULL;
        length = *p == ':' ? 0 : length + 1;
    }
    if (parts && !length) return NULL;
    for (const struct ledger_chart_row *r = ledger_chart; r->book; r++)
        if (strlen(r->book) == n && memcmp(r->book, code, n) == 0) return r->parts == parts ? r : NULL;
    return NULL;
}

/* A UUID of version 8 (RFC 9562: the maker's own) out of a hash of both. */
struct id ledger_account_id(struct id tenant, const char *code)
{
    uint8_t text[sizeof tenant.b + LEDGER_CODE_MAX];
    size_t n = strnlen(code, LEDGER_CODE_MAX);
    struct id id;
    memcpy(text, tenant.b, sizeof tenant.b);
    memcpy(text + sizeof tenant.b, code, n);
    struct digest d = seal_hash(text, sizeof tenant.b + n);
    memcpy(id.b, d.b, sizeof id.b);
    id.b[6] = (uint8_t)(0x80 | (id.b[6] & 15));
    id.b[8] = (uint8_t)(0x80 | (id.b[8] & 63));
    return id;
}

bool ledger_account_of(struct arena *a, struct id tenant, const char *code, const char *unit, struct ledger_account *out)
{
    const struct ledger_chart_row *row = ledger_chart_find(code);
    if (!row || unit_digits(unit) < 0) return false;
    *out = (struct ledger_account){ .id = ledger_account_id(tenant, code), .code = arena_strdup(a, code), .book = row->book, .unit = arena_strdup(a, unit),
        .kind = row->kind, .floor = row->floor, .spread = row->spread, .version = 1 };
    return true;
}

void ledger_account_sum(struct ledger_account *a)
{
    bool debit = a->kind == LEDGER_ASSET || a->kind == LEDGER_EXPENSE;
    a->balance = debit ? a->debits_posted - a->credits_posted : a->credits_posted - a->debits_posted;
    a->available = a->balance - (debit ? a->credits_pending : a->debits_pending);
}

/* ---- is a chain right in itself ------------------------------------------------------------------------------------------------ */

static enum ledger_result check_new(const struct ledger_move *m)
{
    if (m->of) return LEDGER_TRANSFER_MISSING;
    if (!m->debit || !m->credit) return LEDGER_ACCOUNT_MISSING;
    if (id_eq(m->debit->id, m->credit->id)) return LEDGER_ACCOUNTS_THE_SAME;
    if (!str_eq(m->debit->unit, m->credit->unit)) return LEDGER_UNITS_DIFFER;
    if (unit_digits(m->debit->unit) < 0) return LEDGER_UNIT_UNKNOWN;
    if (m->amount <= 0) return LEDGER_AMOUNT_NOT_POSITIVE;
    if (m->amount > LEDGER_AMOUNT_MAX) return LEDGER_AMOUNT_TOO_LARGE;
    if (m->timeout_s && m->phase != LEDGER_PENDING) return LEDGER_TIMEOUT_ONLY_FOR_PENDING;
    if (m->timeout_s < 0 || m->timeout_s > LEDGER_TIMEOUT_MAX_S) return LEDGER_TIMEOUT_OUT_OF_RANGE;
    if (m->cause < 0 || m->cause >= LEDGER_CAUSE_N || (m->cause != LEDGER_ADJUSTMENT && id_is_nil(m->cause_id))) return LEDGER_CAUSE_MISSING;
    return m->cause == LEDGER_ADJUSTMENT && str_empty(m->reason) ? LEDGER_REASON_MISSING : LEDGER_OK;
}

static enum ledger_result check_end(const struct ledger_move *m, int64_t now)
{
    const struct ledger_transfer *of = m->of;
    bool timed_out = of->expires_at != NONE && of->expires_at <= now;
    if (of->phase != LEDGER_PENDING) return LEDGER_NOT_PENDING;
    if (!id_is_nil(of->ended_by)) return ledger_ended(of->ended_phase);
    if (m->phase == LEDGER_EXPIRE) return timed_out ? LEDGER_OK : LEDGER_NOT_TIMED_OUT;
    if (m->phase == LEDGER_POST && timed_out) return LEDGER_PENDING_TIMED_OUT;
    return m->phase == LEDGER_POST && m->amount > of->amount ? LEDGER_EXCEEDS_PENDING_AMOUNT : LEDGER_OK;
}

static enum ledger_result check_reversal(const struct ledger_move *m)
{
    if (m->of->phase != LEDGER_SINGLE && m->of->phase != LEDGER_POST) return LEDGER_NOT_REVERSIBLE;
    if (!id_is_nil(m->of->ended_by)) return LEDGER_ALREADY_REVERSED;
    return str_empty(m->reason) ? LEDGER_REASON_MISSING : LEDGER_OK;
}

static enum ledger_result check_move(const struct ledger_move *m, int64_t now)
{
    if (id_is_nil(m->id)) return LEDGER_ID_MISSING;
    if (m->reason && utf8_length(m->reason) > LEDGER_REASON_MAX) return LEDGER_REASON_TOO_LONG;
    if (m->phase == LEDGER_SINGLE || m->phase == LEDGER_PENDING) return check_new(m);
    if (!m->of) return LEDGER_TRANSFER_MISSING;
    if (m->timeout_s) return LEDGER_TIMEOUT_ONLY_FOR_PENDING;
    if (m->amount < 0) return LEDGER_AMOUNT_NOT_POSITIVE;
    if (m->amount && m->phase != LEDGER_POST) return LEDGER_AMOUNT_NOT_TAKEN;
    return m->phase == LEDGER_REVERSAL ? check_reversal(m) : check_end(m, now);
}

/* ---- what it does --------------------------------------------------------------------------------------------------------------- */

static struct ledger_transfer row_of(const struct ledger_move *m, const struct ledger_by *by)
{
    struct ledger_transfer t = { .id = m->id, .phase = m->phase, .amount = m->amount, .of_amount = NONE, .expires_at = NONE, .cause = m->cause,
        .cause_id = m->cause_id, .reason = str_empty(m->reason) ? NULL : m->reason, .actor_kind = by->actor_kind, .actor_id = by->actor_id, .created_at = by->now, .ended_phase = NONE };
    if (!m->of) {
        const struct ledger_account *d = m->debit, *c = m->credit;
        t.debit_account_id = d->id, t.debit_code = d->code, t.debit_spread = d->spread;
        t.credit_account_id = c->id, t.credit_code = c->code, t.credit_spread = c->spread;
        t.unit = d->unit;
        if (m->timeout_s) t.expires_at = by->now + m->timeout_s * USEC_PER_SEC;
        return t;
    }
    const struct ledger_transfer *of = m->of;
    bool back = m->phase == LEDGER_REVERSAL;
    t.debit_account_id = back ? of->credit_account_id : of->debit_account_id;
    t.debit_code = back ? of->credit_code : of->debit_code;
    t.debit_spread = back ? of->credit_spread : of->debit_spread;
    t.credit_account_id = back ? of->debit_account_id : of->credit_account_id;
    t.credit_code = back ? of->debit_code : of->credit_code;
    t.credit_spread = back ? of->debit_spread : of->credit_spread;
    t.unit = of->unit;
    t.of_id = of->id;
    t.of_amount = of->amount;
    if (!m->amount) t.amount = of->amount;
    t.cause = back ? LEDGER_CAUSE_REVERSAL : m->phase == LEDGER_EXPIRE ? LEDGER_EXPIRY : of->cause;
    t.cause_id = back || m->phase == LEDGER_EXPIRE ? of->id : of->cause_id;
    return t;
}

static struct ledger_delta *delta_of(struct ledger_plan *p, struct id account, const char *code, bool spread, size_t move)
{
    size_t at = 0;
    while (at < p->n_deltas && id_cmp(p->deltas[at].account, account) < 0) at++;
    struct ledger_delta *d = &p->deltas[at];
    if (at < p->n_deltas && id_eq(d->account, account)) return d;
    memmove(d + 1, d, (p->n_deltas - at) * sizeof *d);
    p->n_deltas++;
    *d = (struct ledger_delta){ .account = account, .unit = p->rows[move].unit, .code = code, .spread = spread, .only_ends = true, .move = move };
    return d;
}

static void add_row(struct ledger_plan *p, size_t i)
{
    const struct ledger_transfer *t = &p->rows[i];
    bool ends = t->phase == LEDGER_POST || t->phase == LEDGER_VOID || t->phase == LEDGER_EXPIRE;
    int64_t pending = t->phase == LEDGER_PENDING ? t->amount : ends ? -t->of_amount : 0;
    int64_t posted = t->phase == LEDGER_SINGLE || t->phase == LEDGER_POST || t->phase == LEDGER_REVERSAL ? t->amount : 0;
    struct ledger_delta *d = delta_of(p, t->debit_account_id, t->debit_code, t->debit_spread, i);
    d->debits_pending += pending;
    d->debits_posted += posted;
    d->only_ends = d->only_ends && ends;
    d = delta_of(p, t->credit_account_id, t->credit_code, t->credit_spread, i); /* the first may have moved */
    d->credits_pending += pending;
    d->credits_posted += posted;
    d->only_ends = d->only_ends && ends;
}

static bool id_before(const struct ledger_move *m, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (id_eq(m[k].id, m[i].id)) return true;
    return false;
}

/* What one move of a chain ends, another of it cannot. */
static bool ended_before(const struct ledger_move *m, size_t i)
{
    for (size_t k = 0; m[i].of && k < i; k++)
        if (m[k].of && id_eq(m[k].of->id, m[i].of->id)) return true;
    return false;
}

enum ledger_result ledger_plan(const struct ledger_move *m, size_t n, const struct ledger_by *by, struct ledger_plan *out, struct ledger_refusal *why)
{
    *why = (struct ledger_refusal){ .result = n == 0 ? LEDGER_NO_MOVES : n > LEDGER_MOVES_MAX ? LEDGER_TOO_MANY_MOVES : LEDGER_OK };
    out->n = out->n_deltas = 0;
    for (size_t i = 0; i < n && why->result == LEDGER_OK; i++) {
        why->move = i;
        why->result = check_move(&m[i], by->now);
        if (why->result == LEDGER_OK && id_before(m, i)) why->result = LEDGER_ID_TWICE;
        if (why->result == LEDGER_OK && ended_before(m, i)) why->result = ledger_ended(m[i].phase);
        if (why->result != LEDGER_OK) break;
        out->rows[out->n++] = row_of(&m[i], by);
        add_row(out, i);
    }
    return why->result;
}

/* ---- what an account says ----------------------------------------------------------------------------------------------------------- */

static bool too_much(int64_t now, int64_t more) { return more > 0 && now > LEDGER_TOTAL_MAX - more; }

enum ledger_result ledger_judge(const struct ledger_account *a, const struct ledger_delta *d, int64_t *lacks)
{
    *lacks = 0;
    if (a->closed && !d->only_ends) return LEDGER_ACCOUNT_CLOSED;
    if (!str_eq(a->unit, d->unit)) return LEDGER_UNITS_DIFFER;
    if (too_much(a->debits_pending, d->debits_pending) || too_much(a->debits_posted, d->debits_posted) ||
        too_much(a->credits_pending, d->credits_pending) || too_much(a->credits_posted, d->credits_posted))
        return LEDGER_OVERFLOWS;
    int64_t debits = a->debits_posted + d->debits_posted, credits = a->credits_posted + d->credits_posted;
    if (a->floor == LEDGER_DEBITS_WITHIN_CREDITS) *lacks = debits + a->debits_pending + d->debits_pending - credits;
    if (a->floor == LEDGER_CREDITS_WITHIN_DEBITS) *lacks = credits + a->credits_pending + d->credits_pending - debits;
    if (*lacks > 0) return a->floor == LEDGER_DEBITS_WITHIN_CREDITS ? LEDGER_EXCEEDS_CREDITS : LEDGER_EXCEEDS_DEBITS;
    *lacks = 0;
    return LEDGER_OK;
}

static int64_t timeout_of(const struct ledger_transfer *t) { return t->expires_at == NONE ? 0 : t->expires_at - t->created_at; }

enum ledger_result ledger_compare(const struct ledger_transfer *there, const struct ledger_transfer *wanted)
{
    if (there->phase != wanted->phase) return LEDGER_EXISTS_WITH_DIFFERENT_PHASE;
    if (!id_eq(there->of_id, wanted->of_id)) return LEDGER_EXISTS_WITH_DIFFERENT_TRANSFER;
    if (!id_eq(there->debit_account_id, wanted->debit_account_id)) return LEDGER_EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT;
    if (!id_eq(there->credit_account_id, wanted->credit_account_id)) return LEDGER_EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT;
    if (!str_eq(there->unit, wanted->unit)) return LEDGER_EXISTS_WITH_DIFFERENT_UNIT;
    if (there->amount != wanted->amount) return LEDGER_EXISTS_WITH_DIFFERENT_AMOUNT;
    if (timeout_of(there) != timeout_of(wanted)) return LEDGER_EXISTS_WITH_DIFFERENT_TIMEOUT;
    if (there->cause != wanted->cause || !id_eq(there->cause_id, wanted->cause_id)) return LEDGER_EXISTS_WITH_DIFFERENT_CAUSE;
    return str_eq(there->reason, wanted->reason) ? LEDGER_EXISTS : LEDGER_EXISTS_WITH_DIFFERENT_REASON;
}

enum ledger_result ledger_ended(int64_t phase)
{
    return phase == LEDGER_POST ? LEDGER_ALREADY_POSTED : phase == LEDGER_VOID ? LEDGER_ALREADY_VOIDED : phase == LEDGER_EXPIRE ? LEDGER_ALREADY_EXPIRED : LEDGER_ALREADY_REVERSED;
}

enum rc ledger_outcome(enum ledger_result r)
{
    if (r == LEDGER_OK || r == LEDGER_EXISTS) return RC_OK;
    if (r <= LEDGER_EXISTS_WITH_DIFFERENT_REASON) return RC_CONFLICT;
    if (r == LEDGER_EXCEEDS_CREDITS || r == LEDGER_EXCEEDS_DEBITS) return RC_FUNDS;
    if (r == LEDGER_ACCOUNT_NOT_FOUND) return RC_NOT_FOUND;
    return r == LEDGER_ACCOUNT_CLOSED || (r >= LEDGER_NOT_PENDING && r <= LEDGER_ALREADY_REVERSED && r != LEDGER_EXCEEDS_PENDING_AMOUNT) ? RC_STATE : RC_INVALID;
}

/* ---- seals ------------------------------------------------------------------------------------------------------------------------------ */

enum { ROW_BYTES_MAX = 512 + 4 * LEDGER_REASON_MAX };
struct bytes { size_t n; uint8_t at[ROW_BYTES_MAX]; };

static void put(struct bytes *b, const void *data, size_t n)
{
    ASSERT(b->n + n <= sizeof b->at);
    if (n) memcpy(b->at + b->n, data, n);
    b->n += n;
}

static void put_int(struct bytes *b, int64_t v)
{
    uint8_t raw[8];
    for (int i = 0; i < 8; i++) raw[i] = (uint8_t)((uint64_t)v >> (8 * i));
    put(b, raw, sizeof raw);
}

/* Its length goes before it: no two texts run into each other. NULL is not "". */
static void put_text(struct bytes *b, const char *s, size_t max)
{
    size_t n = s ? strnlen(s, max) : 0;
    put_int(b, s ? (int64_t)n : -1);
    put(b, s, n);
}

struct id ledger_row_mac(const struct seal_key *key, struct id tenant, const struct ledger_transfer *t)
{
    struct bytes b = { .n = 0 };
    const struct id ids[] = { tenant, t->id, t->debit_account_id, t->credit_account_id, t->of_id, t->cause_id, t->actor_id };
    const int64_t ints[] = { t->phase, t->amount, t->of_amount, t->expires_at, t->cause, t->created_at };
    for (size_t i = 0; i < ARRAY_LEN(ids); i++) put(&b, ids[i].b, sizeof ids[i].b);
    for (size_t i = 0; i < ARRAY_LEN(ints); i++) put_int(&b, ints[i]);
    put_text(&b, t->unit, 40);
    put_text(&b, t->actor_kind, 40);
    put_text(&b, t->reason, 4 * LEDGER_REASON_MAX + 1);
    struct digest d = seal_mac(key, b.at, b.n);
    struct id mac;
    memcpy(mac.b, d.b, sizeof mac.b);
    return mac;
}

void ledger_link_add(struct ledger_link *l, struct id id, struct id mac)
{
    ASSERT(l->n < LEDGER_LINK_MAX);
    memcpy(l->bytes[l->n], id.b, 16);
    memcpy(l->bytes[l->n++] + 16, mac.b, 16);
}

void ledger_link_head(const struct seal_key *key, const char *before, int64_t number, const struct ledger_link *l, char out[LEDGER_HEAD_TEXT])
{
    uint8_t all[64 + 8 + LEDGER_LINK_MAX * 32] = { 0 };
    size_t n = strnlen(before, 64);
    memcpy(all, before, n);
    for (int i = 0; i < 8; i++) all[64 + i] = (uint8_t)((uint64_t)number >> (8 * i));
    memcpy(all + 72, l->bytes, l->n * 32);
    struct digest d = seal_mac(key, all, 72 + l->n * 32);
    base64url_encode(d.b, sizeof d.b, out);
}
