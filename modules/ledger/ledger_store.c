/* ledger_store.c - the statements on ledger_account, ledger_stripe, ledger_transfer and ledger_seal. */
#include "modules/ledger/ledger_rows.h"
#include <string.h>

/* ---- accounts ---------------------------------------------------------------------------------------------------------------- */

#define STRIPES(column) "a." column " + COALESCE((SELECT SUM(s." column ") FROM ledger_stripe s WHERE s.tenant_id = a.tenant_id AND s.account_id = a.id), 0)"
#define BALANCES STRIPES("debits_pending") " AS debits_pending, " STRIPES("debits_posted") " AS debits_posted, " STRIPES("credits_pending") \
    " AS credits_pending, " STRIPES("credits_posted") " AS credits_posted"
#define ACCOUNT "SELECT a.id, a.code, a.book, a.unit, a.kind, a.floor, a.spread, a.closed, a.version, a.created_at, " BALANCES " FROM ledger_account a WHERE a.tenant_id = $1"

static const struct query Q_OPEN = { .name = "ledger.open", .args = "uttttt" "zi",
    .sql = "INSERT INTO ledger_account (tenant_id, id, code, book, kind, unit, floor, spread, debits_pending, debits_posted, credits_pending, credits_posted,"
           " closed, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0, 0, 0, 0, 1, $9) ON CONFLICT (tenant_id, id) DO NOTHING" };
static const struct query Q_ACCOUNT = { .name = "ledger.account", .args = "u", .sql = ACCOUNT " AND a.id = $2" };
static const struct query Q_ACCOUNT_BY_CODE = { .name = "ledger.account_by_code", .args = "t", .sql = ACCOUNT " AND a.code = $2" };
#define AND_MORE " AND a.code > $2 AND ($3 IS NULL OR a.unit = $3)"
static const struct query Q_ACCOUNTS = { .name = "ledger.accounts", .args = "tti", .sql = ACCOUNT AND_MORE " ORDER BY a.code LIMIT $4" };
static const struct query Q_ACCOUNTS_OF = { .name = "ledger.accounts_of", .args = "ttit", .sql = ACCOUNT AND_MORE " AND a.book = $5 ORDER BY a.code LIMIT $4" };
/* Money on it, or held of it, keeps an account open; where nobody is locked, only the wish to close is looked at. */
static const struct query Q_CLOSE = { .name = "ledger.close", .args = "ui",
    .sql = "UPDATE ledger_account SET closed = 1, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND version = $3 AND closed = 0"
           " AND (floor = 'none' OR (debits_pending = 0 AND credits_pending = 0 AND debits_posted = credits_posted))" };
/* What may not happen does not: no row is changed then. Less than nothing held: somebody ended it before. */
static const struct query Q_MOVE = { .name = "ledger.move", .args = "utiiii" "z",
    .sql = "UPDATE ledger_account SET debits_pending = debits_pending + $4, debits_posted = debits_posted + $5, credits_pending = credits_pending + $6,"
           " credits_posted = credits_posted + $7, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND unit = $3 AND closed <= $8"
           " AND (floor <> 'debits_must_not_exceed_credits' OR debits_pending + $4 + debits_posted + $5 <= credits_posted + $7)"
           " AND (floor <> 'credits_must_not_exceed_debits' OR credits_pending + $6 + credits_posted + $7 <= debits_posted + $5)"
           " AND debits_pending + $4 BETWEEN 0 AND 4000000000000000000 AND debits_posted + $5 <= 4000000000000000000"
           " AND credits_pending + $6 BETWEEN 0 AND 4000000000000000000 AND credits_posted + $7 <= 4000000000000000000" };
/* A sixteenth of the limit, so that the sum keeps it. */
#define STRIPE_FITS(column) "ledger_stripe." column " + excluded." column " <= 250000000000000000"
static const struct query Q_MOVE_STRIPE = { .name = "ledger.move_stripe", .args = "utiiii" "zi",
    .sql = "INSERT INTO ledger_stripe (tenant_id, account_id, stripe, debits_pending, debits_posted, credits_pending, credits_posted)"
           " SELECT a.tenant_id, a.id, $9, $4, $5, $6, $7 FROM ledger_account a WHERE a.tenant_id = $1 AND a.id = $2 AND a.unit = $3 AND a.closed <= $8"
           " AND a.spread = 1 ON CONFLICT (tenant_id, account_id, stripe) DO UPDATE SET debits_pending = ledger_stripe.debits_pending + excluded.debits_pending,"
           " debits_posted = ledger_stripe.debits_posted + excluded.debits_posted, credits_pending = ledger_stripe.credits_pending + excluded.credits_pending,"
           " credits_posted = ledger_stripe.credits_posted + excluded.credits_posted WHERE " STRIPE_FITS("debits_pending") " AND " STRIPE_FITS("debits_posted")
           " AND " STRIPE_FITS("credits_pending") " AND " STRIPE_FITS("credits_posted") };
static const struct query Q_TOTALS = { .name = "ledger.totals", .args = "",
    .sql = "SELECT a.unit, a.book, a.kind, COUNT(*) AS accounts, SUM(" STRIPES("debits_pending") ") AS debits_pending, SUM(" STRIPES("debits_posted")
           ") AS debits_posted, SUM(" STRIPES("credits_pending") ") AS credits_pending, SUM(" STRIPES("credits_posted") ") AS credits_posted"
           " FROM ledger_account a WHERE a.tenant_id = $1 GROUP BY a.unit, a.book, a.kind ORDER BY a.unit, a.book, a.kind LIMIT 2000" };

static const struct query Q_COUNT = { .name = "ledger.count", .args = "", .sql = "SELECT COUNT(*) FROM ledger_account WHERE tenant_id = $1" };

/* ---- transfers ----------------------------------------------------------------------------------------------------------------- */

#define TRANSFER "SELECT t.id, t.phase, t.debit_account_id, t.credit_account_id, d.code AS debit_code, c.code AS credit_code, d.spread AS debit_spread," \
    " c.spread AS credit_spread, t.unit, t.amount, t.of_id, t.of_amount, t.expires_at, t.cause, t.cause_id, t.reason, t.actor_kind, t.actor_id, t.created_at," \
    " t.mac, e.id AS ended_by, e.phase AS ended_phase FROM ledger_transfer t LEFT JOIN ledger_account d ON d.tenant_id = t.tenant_id AND d.id = t.debit_account_id" \
    " LEFT JOIN ledger_account c ON c.tenant_id = t.tenant_id AND c.id = t.credit_account_id" \
    " LEFT JOIN ledger_transfer e ON e.tenant_id = t.tenant_id AND e.of_id = t.id WHERE t.tenant_id = $1"
static const struct query Q_INSERT = { .name = "ledger.insert", .args = "utuutiuiituttuiu",
    .sql = "INSERT INTO ledger_transfer (tenant_id, id, phase, debit_account_id, credit_account_id, unit, amount, of_id, of_amount, expires_at, cause, cause_id,"
           " reason, actor_kind, actor_id, created_at, mac) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)" };
static const struct query Q_TRANSFER = { .name = "ledger.transfer", .args = "u", .sql = TRANSFER " AND t.id = $2" };
static const struct query Q_OF_CAUSE = { .name = "ledger.of_cause", .args = "u", .sql = TRANSFER " AND t.cause_id = $2 ORDER BY t.created_at, t.id LIMIT 200" };
/* Pending, past its time by so much, and nobody ended it: the job that should have is lost. */
static const struct query Q_OVERDUE = { .name = "ledger.overdue", .args = "i",
    .sql = "SELECT t.id FROM ledger_transfer t WHERE t.tenant_id = $1 AND t.expires_at < $2 AND NOT EXISTS (SELECT 1 FROM ledger_transfer e"
           " WHERE e.tenant_id = t.tenant_id AND e.of_id = t.id) ORDER BY t.expires_at LIMIT 1" };

/* One side of a statement; the place ($3, $4) is not in it. */
#define SIDE(mine, other, debit) "SELECT * FROM (SELECT t.tenant_id, t.id, t.phase, " debit " AS debit, t." other " AS other_id, t.amount, t.of_amount, t.cause," \
    " t.cause_id, t.of_id, t.reason, t.created_at FROM ledger_transfer t WHERE t.tenant_id = $1 AND t." mine " = $2 AND (t.created_at, t.id) < ($3, $4)" \
    " AND t.created_at >= $5 ORDER BY t.created_at DESC, t.id DESC LIMIT $6) "
#define NEWER(mine) "(SELECT COALESCE(SUM(CASE WHEN n.phase IN ('single', 'post', 'reversal') THEN n.amount ELSE 0 END), 0) FROM ledger_transfer n" \
    " WHERE n.tenant_id = $1 AND n." mine " = $2 AND (n.created_at, n.id) >= ($3, $4))"
/* Credits less debits as they were before the place: what is there now, less what came since. One look for all of it. */
#define TOP "(SELECT " STRIPES("credits_posted") " - (" STRIPES("debits_posted") ") FROM ledger_account a WHERE a.tenant_id = $1 AND a.id = $2) - " \
    NEWER("credit_account_id") " + " NEWER("debit_account_id")
static const struct query Q_LINES = { .name = "ledger.lines", .args = "uiuii",
    .sql = "WITH page AS (" SIDE("debit_account_id", "credit_account_id", "1") "x UNION ALL " SIDE("credit_account_id", "debit_account_id", "0") "y)"
           " SELECT p.id, p.phase, p.debit, o.code AS other_code, p.amount, p.of_amount, p.cause, p.cause_id, p.of_id, p.reason, p.created_at, " TOP " AS top"
           " FROM page p LEFT JOIN ledger_account o ON o.tenant_id = $1 AND o.id = p.other_id ORDER BY p.created_at DESC, p.id DESC LIMIT $6" };
static const struct query Q_TOP = { .name = "ledger.top", .args = "uiu", .sql = "SELECT " TOP " AS top" };

/* Behind a place of the chain. On SQLite seq is the row's own number and xact always 0: written so, it is a place in the index. */
#define AFTER(x, s) " AND t.xact = " x " AND t.seq > " s
#define AFTER_PG(x, s) " AND (t.xact, t.seq) > (" x ", " s ")"

/* ---- the chain and the proof ----------------------------------------------------------------------------------------------------- */

/* Behind the newest link there is something. On PostgreSQL also what is not settled yet: the next round takes it. */
#define LAST(column, none) "COALESCE((SELECT s." column " FROM ledger_seal s WHERE s.tenant_id = c.tenant_id ORDER BY s.n DESC LIMIT 1), " none ")"
#define UNSEALED(after) "SELECT c.tenant_id AS id FROM tenant c WHERE c.tenant_id > $1 AND EXISTS (SELECT 1 FROM ledger_transfer t WHERE t.tenant_id = c.tenant_id" after \
    ") ORDER BY c.tenant_id LIMIT 500"
static const struct query Q_UNSEALED = { .name = "ledger.unsealed", .args = "u", .platform = "the sealer serves all clinics", .scan = "every clinic is asked, by its key",
    .sql = UNSEALED(AFTER(LAST("last_xact", "0"), LAST("last_seq", "-1"))), .pg = UNSEALED(AFTER_PG(LAST("last_xact", "0"), LAST("last_seq", "-1"))) };
#define CHAIN "SELECT t.xact, t.seq, t.id, t.phase, t.debit_account_id, t.credit_account_id, t.unit, t.amount, t.of_id, t.of_amount, t.expires_at, t.cause," \
    " t.cause_id, t.reason, t.actor_kind, t.actor_id, t.created_at, t.mac, o.debit_account_id AS of_debit, o.credit_account_id AS of_credit, o.phase AS of_phase," \
    " o.amount AS of_full FROM ledger_transfer t LEFT JOIN ledger_transfer o ON o.tenant_id = t.tenant_id AND o.id = t.of_id" \
    " WHERE t.tenant_id = $1"
#define SETTLED " AND t.xact < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)" /* nothing can come before it any more */
static const struct query Q_CHAIN = { .name = "ledger.chain", .args = "iii", .sql = CHAIN AFTER("$2", "$3") " ORDER BY t.xact, t.seq LIMIT $4",
    .pg = CHAIN AFTER_PG("$2", "$3") SETTLED " ORDER BY t.xact, t.seq LIMIT $4" };
#define SEAL "SELECT n, last_xact, last_seq, count, ids, head FROM ledger_seal WHERE tenant_id = $1"
static const struct query Q_SEAL_LAST = { .name = "ledger.seal_last", .args = "", .sql = SEAL " ORDER BY n DESC LIMIT 1" };
static const struct query Q_SEALS = { .name = "ledger.seals", .args = "i", .sql = SEAL " AND n > $2 ORDER BY n LIMIT 8" };
static const struct query Q_SEAL_INSERT = { .name = "ledger.seal_insert", .args = "iiiitti",
    .sql = "INSERT INTO ledger_seal (tenant_id, n, last_xact, last_seq, count, ids, head, sealed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)" };
#define POSTED(side) "SUM(CASE WHEN x." side " = 1 AND x.phase IN ('single', 'post', 'reversal') THEN x.amount ELSE 0 END)"
#define HELD(side) "SUM(CASE WHEN x." side " = 0 THEN 0 WHEN x.phase = 'pending' THEN x.amount WHEN x.phase IN ('post', 'void', 'expire') THEN -x.of_amount ELSE 0 END)"
#define SIDE_OF(account, debit, credit) "SELECT t." account " AS account_id, t.phase, t.amount, t.of_amount, " debit " AS debit, " credit " AS credit" \
    " FROM ledger_transfer t WHERE t.tenant_id = $1"
#define TAIL(after) "WITH tail AS (SELECT x.account_id, " HELD("debit") " AS dp, " POSTED("debit") " AS dd, " HELD("credit") " AS cp, " POSTED("credit") " AS cc FROM (" \
    SIDE_OF("debit_account_id", "1", "0") after " UNION ALL " SIDE_OF("credit_account_id", "0", "1") after ") x GROUP BY x.account_id)" \
    " SELECT a.id, a.code, a.book, a.unit, a.kind, a.floor, a.spread, a.closed, a.version, a.created_at, " BALANCES ", COALESCE(b.dp, 0) AS tail_debits_pending," \
    " COALESCE(b.dd, 0) AS tail_debits_posted, COALESCE(b.cp, 0) AS tail_credits_pending, COALESCE(b.cc, 0) AS tail_credits_posted" \
    " FROM ledger_account a LEFT JOIN tail b ON b.account_id = a.id WHERE a.tenant_id = $1 AND a.id > $2 ORDER BY a.id LIMIT 1024"
static const struct query Q_TAIL = { .name = "ledger.tail", .args = "uii", .sql = TAIL(AFTER("$3", "$4")), .pg = TAIL(AFTER_PG("$3", "$4")) };
static const struct query Q_ENDED_TWICE = { .name = "ledger.ended_twice", .args = "",
    .sql = "SELECT of_id AS id FROM ledger_transfer WHERE tenant_id = $1 AND of_id IS NOT NULL GROUP BY of_id HAVING COUNT(*) > 1 LIMIT 1" };

const struct query *const ledger_queries[] = { &Q_OPEN, &Q_ACCOUNT, &Q_ACCOUNT_BY_CODE, &Q_ACCOUNTS, &Q_ACCOUNTS_OF, &Q_CLOSE, &Q_MOVE, &Q_MOVE_STRIPE, &Q_TOTALS, &Q_COUNT, &Q_INSERT,
    &Q_TRANSFER, &Q_OF_CAUSE, &Q_OVERDUE, &Q_LINES, &Q_TOP, &Q_UNSEALED, &Q_CHAIN, &Q_SEAL_LAST, &Q_SEALS, &Q_SEAL_INSERT, &Q_TAIL, &Q_ENDED_TWICE, NULL };

/* ---- rows ------------------------------------------------------------------------------------------------------------------------- */

#define ACCOUNT_COLUMNS(T, at) \
    { .name = "id", .kind = K_ID, .off = offsetof(T, at id) }, { .name = "code", .kind = K_STR, .off = offsetof(T, at code) }, \
    { .name = "book", .kind = K_STR, .off = offsetof(T, at book) }, { .name = "unit", .kind = K_STR, .off = offsetof(T, at unit) }, \
    { .name = "kind", .kind = K_ENUM, .names = ledger_kind_names, .off = offsetof(T, at kind) }, \
    { .name = "floor", .kind = K_ENUM, .names = ledger_floor_names, .off = offsetof(T, at floor) }, \
    { .name = "spread", .kind = K_BOOL, .off = offsetof(T, at spread) }, { .name = "closed", .kind = K_BOOL, .off = offsetof(T, at closed) }, \
    { .name = "debits_pending", .kind = K_INT, .off = offsetof(T, at debits_pending) }, { .name = "debits_posted", .kind = K_INT, .off = offsetof(T, at debits_posted) }, \
    { .name = "credits_pending", .kind = K_INT, .off = offsetof(T, at credits_pending) }, { .name = "credits_posted", .kind = K_INT, .off = offsetof(T, at credits_posted) }, \
    { .name = "version", .kind = K_INT, .off = offsetof(T, at version) }, { .name = "created_at", .kind = K_INT, .off = offsetof(T, at created_at) }
#define TRANSFER_COLUMNS(T, at) \
    { .name = "id", .kind = K_ID, .off = offsetof(T, at id) }, { .name = "phase", .kind = K_ENUM, .names = ledger_phase_names, .off = offsetof(T, at phase) }, \
    { .name = "debit_account_id", .kind = K_ID, .off = offsetof(T, at debit_account_id) }, \
    { .name = "credit_account_id", .kind = K_ID, .off = offsetof(T, at credit_account_id) }, { .name = "unit", .kind = K_STR, .off = offsetof(T, at unit) }, \
    { .name = "amount", .kind = K_INT, .off = offsetof(T, at amount) }, { .name = "of_id", .kind = K_ID, .off = offsetof(T, at of_id) }, \
    { .name = "of_amount", .kind = K_INT, .off = offsetof(T, at of_amount) }, { .name = "expires_at", .kind = K_INT, .off = offsetof(T, at expires_at) }, \
    { .name = "cause", .kind = K_ENUM, .names = ledger_cause_names, .off = offsetof(T, at cause) }, { .name = "cause_id", .kind = K_ID, .off = offsetof(T, at cause_id) }, \
    { .name = "reason", .kind = K_STR, .off = offsetof(T, at reason) }, { .name = "actor_kind", .kind = K_STR, .off = offsetof(T, at actor_kind) }, \
    { .name = "actor_id", .kind = K_ID, .off = offsetof(T, at actor_id) }, { .name = "created_at", .kind = K_INT, .off = offsetof(T, at created_at) }, \
    { .name = "mac", .kind = K_ID, .off = offsetof(T, at mac) }

static const struct field account_columns[] = { ACCOUNT_COLUMNS(struct ledger_account, ), F_END };
static const struct shape account_row = SHAPE_NAMED("ledger_account_row", ledger_account, account_columns);
static const struct field transfer_columns[] = { TRANSFER_COLUMNS(struct ledger_transfer, ), F_STR(struct ledger_transfer, debit_code), F_STR(struct ledger_transfer, credit_code),
    F_BOOL(struct ledger_transfer, debit_spread), F_BOOL(struct ledger_transfer, credit_spread), F_ID(struct ledger_transfer, ended_by),
    F_ENUM(struct ledger_transfer, ended_phase, ledger_phase_names), F_END };
static const struct shape transfer_row = SHAPE_NAMED("ledger_transfer_row", ledger_transfer, transfer_columns);
static const struct field chain_columns[] = { F_INT(struct ledger_chain_row, xact), F_INT(struct ledger_chain_row, seq), TRANSFER_COLUMNS(struct ledger_chain_row, t.),
    F_ID(struct ledger_chain_row, of_debit), F_ID(struct ledger_chain_row, of_credit), F_ENUM(struct ledger_chain_row, of_phase, ledger_phase_names),
    F_INT(struct ledger_chain_row, of_full), F_END };
static const struct shape chain_row = SHAPE(ledger_chain_row, chain_columns);
static const struct field tail_columns[] = { ACCOUNT_COLUMNS(struct ledger_tail_row, a.), F_INT(struct ledger_tail_row, tail_debits_pending),
    F_INT(struct ledger_tail_row, tail_debits_posted), F_INT(struct ledger_tail_row, tail_credits_pending), F_INT(struct ledger_tail_row, tail_credits_posted), F_END };
static const struct shape tail_row = SHAPE(ledger_tail_row, tail_columns);
static const struct field seal_columns[] = { F_INT(struct ledger_seal_row, n), F_INT(struct ledger_seal_row, last_xact), F_INT(struct ledger_seal_row, last_seq),
    F_INT(struct ledger_seal_row, count), F_STR(struct ledger_seal_row, ids), F_STR(struct ledger_seal_row, head), F_END };
static const struct shape seal_row = SHAPE(ledger_seal_row, seal_columns);
static const struct field line_columns[] = { F_ID(struct ledger_line, id), F_ENUM(struct ledger_line, phase, ledger_phase_names), F_BOOL(struct ledger_line, debit),
    F_STR(struct ledger_line, other_code), F_INT(struct ledger_line, amount), F_INT(struct ledger_line, of_amount), F_ENUM(struct ledger_line, cause, ledger_cause_names),
    F_ID(struct ledger_line, cause_id), F_ID(struct ledger_line, of_id), F_STR(struct ledger_line, reason), F_INT(struct ledger_line, created_at),
    F_INT(struct ledger_line, top), F_END };
static const struct shape line_row = SHAPE_NAMED("ledger_line_row", ledger_line, line_columns);
struct found { struct id id; };
static const struct field found_columns[] = { F_ID(struct found, id), F_END };
static const struct shape found_row = SHAPE(found, found_columns);
static const struct field total_columns[] = { F_STR(struct ledger_total, unit), F_STR(struct ledger_total, book), F_ENUM(struct ledger_total, kind, ledger_kind_names),
    F_INT(struct ledger_total, accounts), F_INT(struct ledger_total, debits_pending), F_INT(struct ledger_total, debits_posted),
    F_INT(struct ledger_total, credits_pending), F_INT(struct ledger_total, credits_posted), F_END };
static const struct shape total_row = SHAPE_NAMED("ledger_total_row", ledger_total, total_columns);

const struct id ledger_id_first = { .b = { [15] = 1 } }; /* not nil, which would be NULL */
const struct id ledger_id_last = { .b = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 } };

/* ---- functions --------------------------------------------------------------------------------------------------------------------- */

enum rc ledger_open(struct tx *tx, const struct ledger_account *a, int64_t now)
{
    return tx_run_query(tx, &Q_OPEN, ARGS(U(a->id), S(a->code), S(a->book), S(ledger_kind_names[a->kind]), S(a->unit), S(ledger_floor_names[a->floor]), Z(a->spread), I(now)));
}

enum rc ledger_account_get(struct tdb *db, struct id id, struct ledger_account *out)
{
    TRY(db_get(db, &Q_ACCOUNT, ARGS(U(id)), &account_row, out));
    ledger_account_sum(out);
    return RC_OK;
}

enum rc ledger_account_by_code(struct tdb *db, const char *code, struct ledger_account *out)
{
    TRY(db_get(db, &Q_ACCOUNT_BY_CODE, ARGS(S(code)), &account_row, out));
    ledger_account_sum(out);
    return RC_OK;
}

enum rc ledger_accounts_list(struct tdb *db, const struct ledger_filter *f, struct list *out)
{
    const char *after = f->after ? f->after : "";
    if (f->book) TRY(db_list(db, &Q_ACCOUNTS_OF, ARGS(S(after), S(f->unit), I(f->limit), S(f->book)), &account_row, LEDGER_PAGE_MAX, out));
    else TRY(db_list(db, &Q_ACCOUNTS, ARGS(S(after), S(f->unit), I(f->limit)), &account_row, LEDGER_PAGE_MAX, out));
    for (size_t i = 0; i < out->n; i++) ledger_account_sum(LIST_AT(*out, struct ledger_account, i));
    return RC_OK;
}

enum rc ledger_account_close(struct tx *tx, struct id id, int64_t version, enum rc lost) { return tx_one(tx, &Q_CLOSE, ARGS(U(id), I(version)), lost); }

/* SQLite has one writer and no locks of rows: there the account's own row is enough. */
enum rc ledger_move_account(struct tx *tx, const struct ledger_delta *d, int64_t stripe)
{
    if (d->spread && db_is_postgres(tx_db(tx)))
        return tx_one(tx, &Q_MOVE_STRIPE, ARGS(U(d->account), S(d->unit), I(d->debits_pending), I(d->debits_posted), I(d->credits_pending), I(d->credits_posted),
            Z(d->only_ends), I(stripe)), RC_FUNDS);
    return tx_one(tx, &Q_MOVE, ARGS(U(d->account), S(d->unit), I(d->debits_pending), I(d->debits_posted), I(d->credits_pending), I(d->credits_posted), Z(d->only_ends)), RC_FUNDS);
}

enum rc ledger_insert_transfer(struct tx *tx, const struct ledger_transfer *t)
{
    return tx_run_query(tx, &Q_INSERT, ARGS(U(t->id), S(ledger_phase_names[t->phase]), U(t->debit_account_id), U(t->credit_account_id), S(t->unit), I(t->amount),
        U(t->of_id), I(t->of_amount), I(t->expires_at), S(ledger_cause_names[t->cause]), U(t->cause_id), S(t->reason), S(t->actor_kind), U(t->actor_id),
        I(t->created_at), U(t->mac)));
}

enum rc ledger_transfer_get(struct tdb *db, struct id id, struct ledger_transfer *out) { return db_get(db, &Q_TRANSFER, ARGS(U(id)), &transfer_row, out); }
enum rc ledger_transfers_of(struct tdb *db, struct id cause, struct list *out) { return db_list(db, &Q_OF_CAUSE, ARGS(U(cause)), &transfer_row, 200, out); }

enum rc ledger_lines(struct tdb *db, struct id account, const struct ledger_span *s, struct list *out)
{
    return db_list(db, &Q_LINES, ARGS(U(account), I(s->before), U(s->before_id), I(s->from), I(s->limit)), &line_row, LEDGER_LINES_MAX + 1, out);
}

enum rc ledger_top(struct tdb *db, struct id account, int64_t before, struct id before_id, int64_t *out)
{
    return db_int(db, &Q_TOP, ARGS(U(account), I(before), U(before_id)), out);
}

enum rc ledger_totals(struct tdb *db, struct list *out)
{
    TRY(db_list(db, &Q_TOTALS, ARGS(), &total_row, LEDGER_TOTALS_MAX, out));
    for (size_t i = 0; i < out->n; i++) {
        struct ledger_total *t = LIST_AT(*out, struct ledger_total, i);
        bool debit = t->kind == LEDGER_ASSET || t->kind == LEDGER_EXPENSE;
        t->balance = debit ? t->debits_posted - t->credits_posted : t->credits_posted - t->debits_posted;
    }
    return RC_OK;
}

static enum rc find_one(struct tdb *db, const struct query *q, const struct arg *args, struct id *out)
{
    struct found f = { ID_NIL };
    enum rc rc = db_get(db, q, args, &found_row, &f);
    *out = f.id;
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

enum rc ledger_pending_overdue(struct tdb *db, int64_t before, struct id *out) { return find_one(db, &Q_OVERDUE, ARGS(I(before)), out); }
enum rc ledger_ended_twice(struct tdb *db, struct id *out) { return find_one(db, &Q_ENDED_TWICE, ARGS(), out); }

enum rc ledger_accounts_count(struct tdb *db, int64_t *out) { return db_int(db, &Q_COUNT, ARGS(), out); }

enum rc ledger_unsealed_tenants(struct tdb *db, struct id after, struct list *ids) { return db_list(db, &Q_UNSEALED, ARGS(U(after)), &found_row, LEDGER_TENANTS_READ, ids); }

enum rc ledger_chain_rows(struct tdb *db, int64_t xact, int64_t seq, int64_t max, struct list *out)
{
    return db_list(db, &Q_CHAIN, ARGS(I(xact), I(seq), I(max)), &chain_row, LEDGER_CHAIN_ROWS, out);
}

enum rc ledger_seal_last(struct tdb *db, struct ledger_seal_row *out)
{
    *out = (struct ledger_seal_row){ 0, 0, -1, 0, "", "" };
    enum rc rc = db_get(db, &Q_SEAL_LAST, ARGS(), &seal_row, out);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

enum rc ledger_seals_after(struct tdb *db, int64_t n, struct list *out) { return db_list(db, &Q_SEALS, ARGS(I(n)), &seal_row, LEDGER_SEALS_READ, out); }

enum rc ledger_seal_insert(struct tx *tx, const struct ledger_seal_row *s, int64_t now)
{
    return tx_run_query(tx, &Q_SEAL_INSERT, ARGS(I(s->n), I(s->last_xact), I(s->last_seq), I(s->count), S(s->ids), S(s->head), I(now)));
}

enum rc ledger_tail_rows(struct tdb *db, struct id after, int64_t xact, int64_t seq, struct list *out)
{
    return db_list(db, &Q_TAIL, ARGS(U(after), I(xact), I(seq)), &tail_row, LEDGER_TAIL_ROWS, out);
}
