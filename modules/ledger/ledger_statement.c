/* ledger_statement.c - what moved on an account, with the balance after each line, as JSON and CSV; the trial balance. */
#include "modules/ledger/ledger_statement.h"
#include "modules/tenants/tenants.h"
#include <string.h>

struct statement_query { int64_t from, to, limit; const char *cursor; };
#define PERIOD F_DATE(struct statement_query, from, .nullable = true, .doc = "First day, at the clinic"), F_DATE(struct statement_query, to, .nullable = true, .doc = "Last day, at the clinic")
static const struct field statement_query_fields[] = { PERIOD, F_INT(struct statement_query, limit, .min = 1, .max = LEDGER_PAGE_MAX, .def = PAGE_LIMIT_DEFAULT, .doc = "Rows a page"),
    F_STR(struct statement_query, cursor, .max = 1600, .doc = "Go on behind this place: next_cursor of the answer before"), F_END };
const struct shape ledger_statement_query_shape = SHAPE_NAMED("ledger_statement_query", statement_query, statement_query_fields);
static const struct field csv_query_fields[] = { PERIOD, F_END };
const struct shape ledger_csv_query_shape = SHAPE_NAMED("ledger_csv_query", statement_query, csv_query_fields);

#define L struct ledger_line
static const struct field line_fields[] = { F_ID(L, id), F_ENUM(L, phase, ledger_phase_names), F_BOOL(L, debit, .doc = "Whether this account was debited"),
    F_STR(L, other_code, .doc = "The other account"), F_INT(L, amount), F_INT(L, change, .doc = "What it did to the posted balance, on the side where the account grows"),
    F_INT(L, pending_change, .doc = "What it did to what is held"), F_INT(L, balance, .doc = "The posted balance after it"), F_ENUM(L, cause, ledger_cause_names),
    F_ID(L, cause_id, .nullable = true), F_ID(L, of_id, .nullable = true), F_STR(L, reason, .nullable = true), F_INSTANT(L, created_at), F_END };
const struct shape ledger_line_shape = SHAPE(ledger_line, line_fields);
#undef L

/* ---- lines ------------------------------------------------------------------------------------------------------------------------ */

static enum rc read_span(struct req *r, const struct statement_query *q, struct ledger_span *out)
{
    struct tenant t = { 0 };
    TRY(tenants_get(r->db, &t));
    const struct zone *z = zone_find(t.time_zone);
    if (!z) return fault(RC_FAULT, "the clinic's time zone is unknown");
    if (q->from != NONE && q->to != NONE && q->to < q->from) req_field_error(r, "to", "must not be before from");
    out->from = q->from == NONE ? 0 : zone_midnight(z, q->from);
    out->before = q->to == NONE ? INT64_MAX : zone_midnight(z, q->to + 1);
    out->before_id = ledger_id_first;
    return req_invalid(r);
}

static int64_t grows_by(const struct ledger_account *a, bool debit) { return (a->kind == LEDGER_ASSET || a->kind == LEDGER_EXPENSE) == debit ? 1 : -1; }

/* From the newest line down: the balance after one is that after the next newer one without what that did. */
static void fill_balances(const struct ledger_account *a, struct list lines)
{
    int64_t balance = lines.n ? LIST_AT(lines, struct ledger_line, 0)->top * grows_by(a, false) : 0;
    for (size_t i = 0; i < lines.n; i++) {
        struct ledger_line *l = LIST_AT(lines, struct ledger_line, i);
        bool posts = l->phase == LEDGER_SINGLE || l->phase == LEDGER_POST || l->phase == LEDGER_REVERSAL;
        int64_t held = l->phase == LEDGER_PENDING ? l->amount : l->phase == LEDGER_SINGLE || l->phase == LEDGER_REVERSAL ? 0 : -l->of_amount;
        l->change = posts ? l->amount * grows_by(a, l->debit) : 0;
        l->pending_change = held * grows_by(a, l->debit);
        l->balance = balance;
        balance -= l->change;
    }
}

enum rc ledger_get_statement(struct req *r)
{
    const struct statement_query *q = r->query;
    struct ledger_account a = { 0 };
    struct ledger_span span;
    struct position after;
    struct list lines;
    struct page page = { NONE, q->limit, NONE, NULL };
    TRY(ledger_account_get(r->db, r->path_id, &a));
    TRY(req_position(r, q->cursor, "ledger.statement", &after));
    TRY(read_span(r, q, &span));
    span.limit = q->limit;
    if (q->cursor && after.number < span.before) {
        span.before = after.number;
        span.before_id = after.id;
    }
    TRY(ledger_lines(r->db, a.id, &span, &lines));
    fill_balances(&a, lines);
    const struct ledger_line *last = lines.n ? LIST_AT(lines, struct ledger_line, lines.n - 1) : NULL;
    if (last && (int64_t)lines.n == q->limit) page.next = req_cursor(r, "ledger.statement", &(struct position){ "", last->created_at, last->id });
    return reply_list(r, lines, &page);
}

/* ---- CSV ---------------------------------------------------------------------------------------------------------------------------- */

/* Quoted; and what a spreadsheet would take for a formula begins with a quote. */
static void put_text(struct buf *b, const char *s)
{
    buf_putc(b, '"');
    if (s && *s && strchr("=+-@\t\r", *s)) buf_putc(b, '\'');
    for (; s && *s; s++) {
        if (*s == '"') buf_putc(b, '"');
        buf_putc(b, *s);
    }
    buf_putc(b, '"');
}

static void put_id(struct buf *b, struct id id)
{
    char text[ID_TEXT];
    buf_printf(b, "%s,", id_is_nil(id) ? "" : id_format(id, text));
}

static void put_line(struct buf *b, const struct ledger_account *a, const struct ledger_line *l)
{
    char at[INSTANT_TEXT], money[MONEY_TEXT];
    buf_printf(b, "%s,", instant_format(l->created_at, at));
    put_id(b, l->id);
    buf_printf(b, "%s,%s,%s,", ledger_phase_names[l->phase], l->other_code, ledger_cause_names[l->cause]);
    put_id(b, l->cause_id);
    put_text(b, l->reason);
    buf_printf(b, ",%s,", money_plain(l->change, a->unit, money));
    buf_printf(b, "%s,%s\r\n", money_plain(l->balance, a->unit, money), a->unit);
}

static void put_balance(struct buf *b, const struct ledger_account *a, const char *what, int64_t balance)
{
    char money[MONEY_TEXT];
    buf_printf(b, ",,%s,,,,\"\",,%s,%s\r\n", what, money_plain(balance, a->unit, money), a->unit);
}

enum rc ledger_get_csv(struct req *r)
{
    struct ledger_account a = { 0 };
    struct ledger_span span;
    struct list lines;
    int64_t closing;
    TRY(ledger_account_get(r->db, r->path_id, &a));
    TRY(read_span(r, r->query, &span));
    span.limit = LEDGER_LINES_MAX + 1;
    TRY(ledger_lines(r->db, a.id, &span, &lines));
    if (lines.n > LEDGER_LINES_MAX) req_field_error(r, "from", "begins a period of more than 10000 lines; choose a shorter one");
    TRY(req_invalid(r));
    fill_balances(&a, lines);
    if (lines.n) closing = LIST_AT(lines, struct ledger_line, 0)->balance;
    else TRY(ledger_top(r->db, a.id, span.before, span.before_id, &closing));
    if (!lines.n) closing *= grows_by(&a, false);
    const struct ledger_line *oldest = lines.n ? LIST_AT(lines, struct ledger_line, lines.n - 1) : NULL;
    reply_header(r, "Content-Disposition", "attachment; filename=\"statement.csv\"");
    struct buf *b = reply_body(r, "text/csv; charset=utf-8");
    buf_puts(b, "time,transfer,phase,account,cause,cause_id,reason,change,balance,unit\r\n");
    put_balance(b, &a, "opening", oldest ? oldest->balance - oldest->change : closing);
    for (size_t i = lines.n; i-- > 0;) put_line(b, &a, LIST_AT(lines, struct ledger_line, i));
    put_balance(b, &a, "closing", closing);
    return b->failed ? RC_OOM : RC_OK;
}

/* ---- trial balance -------------------------------------------------------------------------------------------------------------------- */

#define G struct ledger_total
static const struct field total_fields[] = { F_STR(G, unit), F_STR(G, book), F_ENUM(G, kind, ledger_kind_names), F_INT(G, accounts), F_INT(G, debits_pending),
    F_INT(G, debits_posted), F_INT(G, credits_pending), F_INT(G, credits_posted), F_INT(G, balance, .doc = "Posted, on the side where the book grows"), F_END };
const struct shape ledger_total_shape = SHAPE(ledger_total, total_fields);
#undef G
struct unit_total { const char *unit; int64_t debits, credits, difference; };
static const struct field unit_fields[] = { F_STR(struct unit_total, unit), F_INT(struct unit_total, debits), F_INT(struct unit_total, credits),
    F_INT(struct unit_total, difference, .doc = "Zero, always"), F_END };
static const struct shape unit_shape = SHAPE_NAMED("ledger_unit", unit_total, unit_fields);
struct trial { struct list units, books; };
static const struct field trial_fields[] = { F_LIST(struct trial, units, &unit_shape, .doc = "Posted, all accounts of a unit together"),
    F_LIST(struct trial, books, &ledger_total_shape, .doc = "By unit and book"), F_END };
const struct shape ledger_trial_shape = SHAPE_NAMED("ledger_trial", trial, trial_fields);

enum rc ledger_get_trial(struct req *r)
{
    struct trial t = { 0 };
    TRY(ledger_totals(r->db, &t.books));
    struct unit_total *units = arena_alloc(r->arena, (t.books.n + 1) * sizeof *units);
    if (!units) return RC_OOM;
    t.units.items = units;
    for (size_t i = 0; i < t.books.n; i++) {
        const struct ledger_total *b = LIST_AT(t.books, struct ledger_total, i);
        if (i == 0 || strcmp(b->unit, b[-1].unit) != 0) units[t.units.n++].unit = b->unit;
        struct unit_total *u = &units[t.units.n - 1];
        u->debits += b->debits_posted;
        u->credits += b->credits_posted;
        u->difference = u->debits - u->credits;
    }
    return reply(r, &t);
}
