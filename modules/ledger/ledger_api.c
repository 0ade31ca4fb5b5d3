/* ledger_api.c - accounts and transfers from outside: what staff may look at, adjust, hold and take back. */
#include "modules/ledger/ledger_jobs.h"
#include "modules/ledger/ledger_statement.h"
#include "modules/tenants/tenants.h"
#include <string.h>

/* ---- shapes ---------------------------------------------------------------------------------------------------------------------- */

#define A struct ledger_account
static const struct field account_fields[] = { F_ID(A, id), F_STR(A, code), F_STR(A, book), F_ENUM(A, kind, ledger_kind_names), F_STR(A, unit),
    F_ENUM(A, floor, ledger_floor_names, .doc = "What the account may never do; what is pending counts"), F_INT(A, debits_pending), F_INT(A, debits_posted),
    F_INT(A, credits_pending), F_INT(A, credits_posted), F_INT(A, balance, .doc = "Posted, on the side where the account grows: debits of assets and expenses, else credits"),
    F_INT(A, available, .doc = "The balance less what is held of it"), F_BOOL(A, closed), F_INSTANT(A, created_at), F_END };
const struct shape ledger_account_shape = SHAPE(ledger_account, account_fields);
#undef A

#define X struct ledger_transfer
static const struct field transfer_fields[] = { F_ID(X, id), F_ENUM(X, phase, ledger_phase_names), F_ID(X, debit_account_id), F_STR(X, debit_code),
    F_ID(X, credit_account_id), F_STR(X, credit_code), F_STR(X, unit), F_INT(X, amount, .doc = "In minor parts of the unit"),
    F_ID(X, of_id, .nullable = true, .doc = "The transfer that this one posts, voids, expires or reverses"), F_INSTANT(X, expires_at, .nullable = true),
    F_ENUM(X, cause, ledger_cause_names), F_ID(X, cause_id, .nullable = true), F_STR(X, reason, .nullable = true), F_STR(X, actor_kind),
    F_ID(X, actor_id, .nullable = true), F_INSTANT(X, created_at), F_ID(X, ended_by, .nullable = true, .doc = "The transfer that posted, voided, expired or reversed this one"),
    F_ENUM(X, ended_phase, ledger_phase_names, .nullable = true), F_END };
const struct shape ledger_transfer_shape = SHAPE(ledger_transfer, transfer_fields);
#undef X

struct accounts_query { const char *book, *unit, *cursor; int64_t limit; };
static const struct field accounts_query_fields[] = { F_STR(struct accounts_query, book, .max = 40, .doc = "Only accounts of this book", .example = "member"),
    F_STR(struct accounts_query, unit, .max = 20, .doc = "Only accounts in this unit", .example = "EUR"),
    F_INT(struct accounts_query, limit, .min = 1, .max = LEDGER_PAGE_MAX, .def = PAGE_LIMIT_DEFAULT, .doc = "Rows a page"),
    F_STR(struct accounts_query, cursor, .max = 1600, .doc = "Go on behind this place: next_cursor of the answer before"), F_END };
static const struct shape accounts_query_shape = SHAPE_NAMED("ledger_accounts_query", accounts_query, accounts_query_fields);

struct account_new { const char *code, *unit; };
static const struct field account_new_fields[] = {
    F_STR(struct account_new, code, .required = true, .max = LEDGER_CODE_MAX, .doc = "A code of the chart of accounts: the book, and its parts behind colons", .example = "till:front"),
    F_STR(struct account_new, unit, .required = true, .max = 20, .doc = "ISO 4217 code, or visits, sessions, points, minutes", .example = "EUR"), F_END };
static const struct shape account_new_shape = SHAPE_NAMED("ledger_account_new", account_new, account_new_fields);

struct transfer_new { struct id id, debit_account_id, credit_account_id; int64_t amount, timeout_s; bool hold; const char *reason; };
#define OWN_ID(T) F_ID(T, id, .nullable = true, .doc = "An id of the caller's choice: the same one never moves anything twice")
static const struct field transfer_new_fields[] = { OWN_ID(struct transfer_new), F_ID(struct transfer_new, debit_account_id, .required = true, .doc = "The account that is debited"),
    F_ID(struct transfer_new, credit_account_id, .required = true, .doc = "The account that is credited, in the same unit"),
    F_INT(struct transfer_new, amount, .required = true, .min = 1, .max = LEDGER_AMOUNT_MAX, .doc = "In minor parts of the unit of both accounts"),
    F_BOOL(struct transfer_new, hold, .doc = "Only hold it: post or void it later"),
    F_INT(struct transfer_new, timeout_s, .min = 0, .max = LEDGER_TIMEOUT_MAX_S, .doc = "Seconds until what is held is released by itself; 0: never"),
    F_STR(struct transfer_new, reason, .required = true, .max = LEDGER_REASON_MAX, .doc = "Why; it stays for ever, so name no person"), F_END };
static const struct shape transfer_new_shape = SHAPE_NAMED("ledger_transfer_new", transfer_new, transfer_new_fields);

struct transfer_end { struct id id; int64_t amount; const char *reason; };
static const struct field post_fields[] = { OWN_ID(struct transfer_end),
    F_INT(struct transfer_end, amount, .min = 0, .max = LEDGER_AMOUNT_MAX, .doc = "How much of it; the rest is released. 0 or absent: all of it"),
    F_STR(struct transfer_end, reason, .max = LEDGER_REASON_MAX, .doc = "Why, where there is something to say"), F_END };
static const struct shape post_shape = SHAPE_NAMED("ledger_post", transfer_end, post_fields);
static const struct field void_fields[] = { OWN_ID(struct transfer_end), F_STR(struct transfer_end, reason, .max = LEDGER_REASON_MAX, .doc = "Why, where there is something to say"), F_END };
static const struct shape void_shape = SHAPE_NAMED("ledger_void", transfer_end, void_fields);
static const struct field reverse_fields[] = { OWN_ID(struct transfer_end), F_STR(struct transfer_end, reason, .required = true, .max = LEDGER_REASON_MAX, .doc = "Why; it stays for ever, so name no person"), F_END };
static const struct shape reverse_shape = SHAPE_NAMED("ledger_reverse", transfer_end, reverse_fields);

struct cause_query { struct id cause_id; };
static const struct field cause_query_fields[] = { F_ID(struct cause_query, cause_id, .required = true, .doc = "The appointment, order, refund ... or transfer that caused them"), F_END };
static const struct shape cause_query_shape = SHAPE_NAMED("ledger_cause_query", cause_query, cause_query_fields);

/* ---- accounts -------------------------------------------------------------------------------------------------------------------------- */

static enum rc list_accounts(struct req *r)
{
    const struct accounts_query *q = r->query;
    struct position after;
    struct list l;
    struct page page = { NONE, q->limit, NONE, NULL };
    TRY(req_position(r, q->cursor, "ledger.accounts", &after));
    TRY(ledger_accounts_list(r->db, &(struct ledger_filter){ q->book, q->unit, after.text, q->limit }, &l));
    const struct ledger_account *last = l.n ? LIST_AT(l, struct ledger_account, l.n - 1) : NULL;
    if (last && (int64_t)l.n == q->limit) page.next = req_cursor(r, "ledger.accounts", &(struct position){ last->code, 0, last->id });
    return reply_list(r, l, &page);
}

static enum rc get_account(struct req *r)
{
    struct ledger_account a = { 0 };
    TRY(ledger_account_get(r->db, r->path_id, &a));
    return reply(r, &a);
}

struct account_write { struct req *r; struct id audit_id; struct ledger_account row; };

/* Opened twice is opened once: the same answer, and one line in the audit log. */
static enum rc open_tx(struct tx *tx, void *arg)
{
    struct account_write *w = arg;
    struct ledger_account there = { 0 };
    TRY(ledger_open(tx, &w->row, w->r->now));
    TRY(ledger_account_get(tx_db(tx), w->row.id, &there));
    if (!str_eq(there.unit, w->row.unit)) return req_fail(w->r, RC_CONFLICT, "This account is there, in another unit", "{\"field\":\"unit\"}");
    if (there.created_at == w->r->now)
        TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "ledger.open", "ledger.account", "ledger_account", there.id, 1,
            shape_diff(w->r->arena, &ledger_account_shape, NULL, &there), NULL, false }));
    return reply(w->r, &there);
}

/* Of a book that people may use too: what the desk and the till post to. */
#define VISITS "world:visits"
static const char *const own_accounts[] = { VISITS, "world:bank", "world:terminal", "world:other", "world:safe" };

static bool posted_by_program(const char *code)
{
    for (size_t i = 0; i < ARRAY_LEN(own_accounts); i++)
        if (str_eq(code, own_accounts[i])) return true;
    return !ledger_chart_find(code)->any_unit;
}

/* Where the program posts by itself there is the clinic's currency only: opened in another unit, an account would stop every payment. */
static enum rc check_unit(struct req *r, const struct account_new *in)
{
    struct tenant t = { 0 };
    if (!ledger_chart_find(in->code) || !posted_by_program(in->code) || unit_digits(in->unit) < 0) return RC_OK;
    if (str_eq(in->code, VISITS)) {
        if (!str_eq(in->unit, "visits")) req_field_error(r, "unit", "must be visits in this account");
        return RC_OK;
    }
    TRY(tenants_get(r->db, &t));
    if (!str_eq(t.currency, in->unit)) req_field_error(r, "unit", arena_printf(r->arena, "must be %s, the clinic's currency, in this account", t.currency));
    return RC_OK;
}

static enum rc open_account(struct req *r)
{
    const struct account_new *in = r->in;
    struct account_write w = { .r = r, .audit_id = id_new() };
    if (!ledger_chart_find(in->code)) req_field_error(r, "code", "is not in the chart of accounts");
    TRY(check_unit(r, in));
    if (unit_digits(in->unit) < 0) req_field_error(r, "unit", "must be an ISO 4217 code, or visits, sessions, points, minutes");
    TRY(req_invalid(r));
    if (!ledger_account_of(r->arena, db_tenant(r->db), in->code, in->unit, &w.row)) return RC_INVALID;
    return req_tx(r, "ledger.open", open_tx, &w);
}

static enum rc close_tx(struct tx *tx, void *arg)
{
    struct account_write *w = arg;
    TRY(ledger_account_close(tx, w->row.id, w->row.version, RC_STATE));
    w->row.closed = true;
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "ledger.close", "ledger.account", "ledger_account", w->row.id, w->row.version + 1, NULL, NULL, false }));
    return reply(w->r, &w->row);
}

static enum rc close_account(struct req *r)
{
    struct account_write w = { .r = r, .audit_id = id_new() };
    for (int i = 0; i < 4; i++) {
        TRY(ledger_account_get(r->db, r->path_id, &w.row));
        bool held = w.row.floor != LEDGER_NO_FLOOR && (w.row.debits_posted != w.row.credits_posted || w.row.debits_pending || w.row.credits_pending);
        if (w.row.closed) return req_fail(r, RC_STATE, "This account is closed", NULL);
        if (posted_by_program(w.row.code)) return req_fail(r, RC_STATE, "The program posts to this account by itself, so it stays open", NULL);
        if (held) return req_fail(r, RC_STATE, "There is still something on this account, or held of it", NULL);
        enum rc rc = req_tx(r, "ledger.close", close_tx, &w);
        if (rc != RC_STATE) return rc; /* else somebody posted meanwhile: look again */
    }
    return RC_BUSY;
}

/* ---- posting ---------------------------------------------------------------------------------------------------------------------------- */

struct posting {
    struct req *r;
    struct ledger_move move;
    struct ledger_by by;
    struct ledger_transfer row;     /* as it will be */
    struct id audit_id;
    const char *action;
};

static enum rc posting_tx(struct tx *tx, void *arg)
{
    struct posting *p = arg;
    struct ledger_refusal why;
    TRY(ledger_post(tx, &p->move, 1, &p->by, &why));
    TRY(tx_change(tx, p->r, &(struct change){ p->audit_id, p->action, "ledger.posted", "ledger_transfer", p->row.id, 1,
        shape_diff(p->r->arena, &ledger_transfer_shape, NULL, &p->row), NULL, false }));
    return reply(p->r, &p->row);
}

/* It was done before: the same answer as then. */
static enum rc reply_existing(struct req *r, struct id id)
{
    struct ledger_transfer t = { 0 };
    TRY(ledger_transfer_get(r->db, id, &t));
    reply_header(r, "Idempotency-Replayed", "true");
    return reply(r, &t);
}

static const struct { enum ledger_result result; const char *field, *text; } wordings[] = {
    { LEDGER_ACCOUNTS_THE_SAME, "credit_account_id", "must be another account than the debited one" },
    { LEDGER_UNITS_DIFFER, "credit_account_id", "must be in the same unit as the debited account" },
    { LEDGER_EXCEEDS_PENDING_AMOUNT, "amount", "is more than is held" }, { LEDGER_TIMEOUT_ONLY_FOR_PENDING, "timeout_s", "is for what is held" },
    { LEDGER_REASON_MISSING, "reason", "is required" }, { LEDGER_NOT_PENDING, NULL, "This transfer holds nothing" },
    { LEDGER_NOT_REVERSIBLE, NULL, "Only what was posted can be reversed, and a reversal cannot" }, { LEDGER_PENDING_TIMED_OUT, NULL, "The time for this has passed; what was held is released" },
    { LEDGER_ALREADY_POSTED, NULL, "This was posted already" }, { LEDGER_ALREADY_VOIDED, NULL, "This was voided already" },
    { LEDGER_ALREADY_EXPIRED, NULL, "This has expired" }, { LEDGER_ALREADY_REVERSED, NULL, "This was reversed already" },
    { LEDGER_ACCOUNT_CLOSED, NULL, "This account is closed" }, { LEDGER_OVERFLOWS, "amount", "is more than the account can count" } };

static enum rc refuse(struct posting *p, const struct ledger_refusal *why)
{
    struct req *r = p->r;
    const char *sentence = NULL, *details = ledger_refusal_json(r->arena, why);
    char lacks[MONEY_TEXT];
    for (size_t i = 0; i < ARRAY_LEN(wordings); i++)
        if (wordings[i].result == why->result && !wordings[i].field) sentence = wordings[i].text;
        else if (wordings[i].result == why->result) req_field_error(r, wordings[i].field, wordings[i].text);
    if (why->lacks > 0) sentence = arena_printf(r->arena, "The account %s lacks %s", why->code, money_format(why->lacks, p->row.unit, lacks));
    if (why->result >= LEDGER_EXISTS_WITH_DIFFERENT_PHASE && why->result <= LEDGER_EXISTS_WITH_DIFFERENT_REASON) sentence = "There is another transfer with this id";
    return req_fail(r, ledger_outcome(why->result), sentence, details);
}

static enum rc post_once(struct posting *p, bool *again)
{
    struct ledger_plan plan;
    struct ledger_refusal why;
    enum rc rc = RC_INVALID;
    *again = false;
    if (ledger_plan(&p->move, 1, &p->by, &plan, &why) == LEDGER_OK) {
        p->row = plan.rows[0];
        rc = req_tx(p->r, "ledger.post", posting_tx, p);
        if (rc == RC_OK || !ledger_refused(rc)) return rc;
    } else {
        p->row.unit = p->move.of ? p->move.of->unit : p->move.debit->unit;
    }
    TRY(ledger_explain(p->r->db, &p->move, 1, &p->by, &why));
    if (why.result == LEDGER_EXISTS) return reply_existing(p->r, p->move.id);
    *again = why.result == LEDGER_OK;
    return *again ? RC_BUSY : refuse(p, &why);
}

/* Whoever was refused and finds nothing in the way any more tries again. */
static enum rc post_it(struct posting *p)
{
    enum rc rc = RC_BUSY;
    bool again = true;
    for (int i = 0; i < 8 && again; i++) rc = post_once(p, &again);
    return rc;
}

static struct id own_or_new(struct id own) { return id_is_nil(own) ? id_new() : own; }

static enum rc no_account(struct req *r, enum rc rc, const char *details)
{
    return rc == RC_NOT_FOUND ? req_fail(r, rc, "There is no such account", details) : rc;
}

static enum rc create(struct req *r)
{
    const struct transfer_new *in = r->in;
    struct ledger_account debit = { 0 }, credit = { 0 };
    TRY(no_account(r, ledger_account_get(r->db, in->debit_account_id, &debit), "{\"field\":\"debit_account_id\"}"));
    TRY(no_account(r, ledger_account_get(r->db, in->credit_account_id, &credit), "{\"field\":\"credit_account_id\"}"));
    struct posting p = { .r = r, .by = ledger_by(r), .audit_id = id_new(), .action = in->hold ? "ledger.hold" : "ledger.adjust" };
    p.move = (struct ledger_move){ .id = own_or_new(in->id), .phase = in->hold ? LEDGER_PENDING : LEDGER_SINGLE, .debit = &debit, .credit = &credit,
        .amount = in->amount, .timeout_s = in->timeout_s, .cause = LEDGER_ADJUSTMENT, .reason = in->reason };
    return post_it(&p);
}

/* What a payment, a refund, a grant... moved or holds stands in their rows too, which would say then what the ledger does not say any more. */
static bool by_hand(const struct ledger_transfer *t)
{
    return t->cause == LEDGER_CAUSE_REVERSAL || t->cause == LEDGER_EXPIRY || (t->cause == LEDGER_ADJUSTMENT && id_is_nil(t->cause_id));
}

static enum rc end_it(struct req *r, enum ledger_phase phase, const char *action)
{
    const struct transfer_end *in = r->in;
    struct ledger_transfer of = { 0 };
    TRY(ledger_transfer_get(r->db, r->path_id, &of));
    if (!by_hand(&of)) return req_fail(r, RC_STATE, "This was not moved in the ledger: it is taken back where it came from, by a refund for instance", NULL);
    struct posting p = { .r = r, .by = ledger_by(r), .audit_id = id_new(), .action = action };
    p.move = (struct ledger_move){ .id = own_or_new(in->id), .phase = phase, .of = &of, .amount = in->amount, .reason = in->reason };
    return post_it(&p);
}

static enum rc post_pending(struct req *r) { return end_it(r, LEDGER_POST, "ledger.post"); }
static enum rc void_pending(struct req *r) { return end_it(r, LEDGER_VOID, "ledger.void"); }
static enum rc reverse(struct req *r) { return end_it(r, LEDGER_REVERSAL, "ledger.reverse"); }

static enum rc get_transfer(struct req *r)
{
    struct ledger_transfer t = { 0 };
    TRY(ledger_transfer_get(r->db, r->path_id, &t));
    return reply(r, &t);
}

static enum rc list_transfers(struct req *r)
{
    const struct cause_query *q = r->query;
    struct list l;
    TRY(ledger_transfers_of(r->db, q->cause_id, &l));
    return reply_list(r, l, NULL);
}

/* ---- the module -------------------------------------------------------------------------------------------------------------------------- */

#define READ .perm = PERM_LEDGER_READ
#define WRITE .perm = PERM_LEDGER_WRITE
#define POSTS .fails = FAILS(RC_FUNDS) | FAILS(RC_CONFLICT) | FAILS(RC_STATE) | FAILS(RC_NOT_FOUND), .flags = R_IDEMPOTENT
static const struct route routes[] = {
    { .method = "GET", .path = "/ledger/accounts", .summary = "List accounts with their balances, by code", .handler = list_accounts, READ, .ok = 200, .query = &accounts_query_shape, .out = &ledger_account_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/ledger/accounts", .summary = "Open an account of the chart", .handler = open_account, WRITE, .ok = 201, .in = &account_new_shape, .out = &ledger_account_shape,
        .fails = FAILS(RC_CONFLICT), .flags = R_IDEMPOTENT, .doc = "An account that is there already is the answer, and nothing changes." },
    { .method = "GET", .path = "/ledger/accounts/{id}", .summary = "Read an account", .handler = get_account, READ, .ok = 200, .out = &ledger_account_shape },
    { .method = "POST", .path = "/ledger/accounts/{id}/close", .summary = "Close an account to new transfers", .handler = close_account, WRITE, .ok = 200, .out = &ledger_account_shape, .fails = FAILS(RC_STATE),
        .doc = "One that has a floor must be empty. What is still held elsewhere can be posted or voided." },
    { .method = "GET", .path = "/ledger/accounts/{id}/statement", .summary = "What moved on an account, newest first, with the balance after each line", .handler = ledger_get_statement, READ, .ok = 200,
        .query = &ledger_statement_query_shape, .out = &ledger_line_shape, .flags = R_LIST | R_PAGED },
    { .method = "GET", .path = "/ledger/accounts/{id}/statement/csv", .summary = "A statement as CSV, oldest first, with opening and closing balance", .handler = ledger_get_csv, READ, .ok = 200,
        .query = &ledger_csv_query_shape, .flags = R_CSV, .doc = "At most 10000 lines; a longer period is refused." },
    { .method = "GET", .path = "/ledger/transfers", .summary = "The transfers with this cause, oldest first", .handler = list_transfers, READ, .ok = 200, .query = &cause_query_shape, .out = &ledger_transfer_shape, .flags = R_LIST },
    { .method = "POST", .path = "/ledger/transfers", .summary = "Adjust: move or hold an amount between two accounts, with a reason", .handler = create, WRITE, .ok = 201, .in = &transfer_new_shape, .out = &ledger_transfer_shape, POSTS,
        .doc = "409 INSUFFICIENT_FUNDS names the account and what it lacks. An id that stands already with the same content is answered again; with another content it is 409 CONFLICT and says what differs." },
    { .method = "GET", .path = "/ledger/transfers/{id}", .summary = "Read a transfer", .handler = get_transfer, READ, .ok = 200, .out = &ledger_transfer_shape },
    { .method = "POST", .path = "/ledger/transfers/{id}/post", .summary = "Post what is held, all or in part", .handler = post_pending, WRITE, .ok = 201, .in = &post_shape, .out = &ledger_transfer_shape, POSTS,
        .doc = "The rest is released. What is held ends once: posted, voided or expired." },
    { .method = "POST", .path = "/ledger/transfers/{id}/void", .summary = "Release what is held", .handler = void_pending, WRITE, .ok = 201, .in = &void_shape, .out = &ledger_transfer_shape, POSTS },
    { .method = "POST", .path = "/ledger/transfers/{id}/reverse", .summary = "Take back a posted transfer by its opposite", .handler = reverse, WRITE, .ok = 201, .in = &reverse_shape, .out = &ledger_transfer_shape, POSTS,
        .doc = "Once, whole, and only when the accounts have it. Of adjustments made here; what a payment, refund, grant or till moved goes back where it came from, so that both say the same." },
    { .method = "GET", .path = "/ledger/trial-balance", .summary = "The sums of all accounts by unit and book", .handler = ledger_get_trial, READ, .ok = 200, .out = &ledger_trial_shape },
    { 0 } };

static const struct job_row jobs[] = { { "ledger.expire", "Releases what was held longer than its time", ledger_expire_job, 20, 60 }, { 0 } };
static const struct schedule_row schedules[] = { { "ledger.seal", "Links new transfers into the chain of their clinic", 60, ledger_seal_all },
    { "ledger.verify", "Proves every ledger, or logs the first row that breaks it", 86400, ledger_verify_all }, { 0 } };

const struct module ledger_module = { .name = "ledger", .doc = "Accounts and transfers, double entry", .platform = true, .routes = routes, .queries = ledger_queries,
    .jobs = jobs, .schedules = schedules };
