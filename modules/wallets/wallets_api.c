/* wallets_api.c - a client's wallet: what is in it, its statement, what moves within a family, gifts; shapes, handlers, routes. */
#include "modules/wallets/wallets_rows.h"
#include "modules/wallets/wallets_api.h"
#include <string.h>

/* ---- shapes ------------------------------------------------------------------------------------------------------------------------- */

#define K struct bucket
static const struct field bucket_fields[] = { F_ID(K, id), F_ENUM(K, kind, bucket_kind_names, .doc = "granted by a sponsor, promo: a gift, bought: topped up, cash: from claims, visits: a package"), F_STR(K, name), F_STR(K, unit),
    F_ENUM(K, category, benefit_category_names, .nullable = true), F_STR(K, policy_name, .nullable = true), F_ID(K, service_id, .nullable = true), F_STR(K, service_name, .nullable = true), F_DATE(K, starts_on, .nullable = true),
    F_DATE(K, expires_on, .nullable = true, .doc = "Last day; what is left is taken back after it"), F_INT(K, coverage_ppm, .nullable = true), F_INT(K, copay_minor, .nullable = true),
    F_INT(K, limit_left, .nullable = true, .doc = "What the family may still use in this benefit year"), F_INT(K, balance), F_INT(K, available, .doc = "The balance less what is held of it"), F_INSTANT(K, created_at), F_END };
const struct shape bucket_shape = SHAPE_NAMED("wallet_bucket", bucket, bucket_fields);
#undef K
#define W struct wallet
static const struct field wallet_fields[] = { F_ID(W, id), F_ID(W, client_id), F_STR(W, client_name), F_STR(W, currency), F_INT(W, balance_minor, .doc = "All its money, benefits included"), F_INT(W, available_minor),
    F_LIST(W, buckets, &bucket_shape), F_INSTANT(W, created_at), F_INT(W, version), F_END };
const struct shape wallet_shape = SHAPE(wallet, wallet_fields);
#undef W
struct wallet_new { struct id client_id; };
static const struct field wallet_new_fields[] = { F_ID(struct wallet_new, client_id, .required = true, .doc = "Whose"), F_END };
static const struct shape wallet_new_shape = SHAPE(wallet_new, wallet_new_fields);

#define U_ struct bucket_use
static const struct field use_fields[] = { F_ID(U_, payment_id), F_ID(U_, order_id), F_ID(U_, bucket_id), F_STR(U_, name, .doc = "Of the bucket"), F_STR(U_, state, .doc = "Of the payment"), F_INT(U_, amount_minor), F_INT(U_, returned_minor),
    F_INSTANT(U_, created_at), F_END };
static const struct shape use_shape = SHAPE_NAMED("wallet_use", bucket_use, use_fields);
#undef U_

#define L struct statement_line
static const struct field line_fields[] = { F_ID(L, id, .doc = "Of the transfer"), F_ID(L, bucket_id), F_STR(L, bucket_name), F_ENUM(L, cause, ledger_cause_names), F_ID(L, cause_id, .nullable = true), F_STR(L, reason, .nullable = true), F_INT(L, change),
    F_INT(L, balance, .doc = "Of the wallet after it"), F_INSTANT(L, created_at), F_END };
static const struct shape line_shape = SHAPE_NAMED("wallet_line", statement_line, line_fields);
#undef L
struct statement { int64_t opening_minor, closing_minor; const char *currency; struct list lines; };
static const struct field statement_fields[] = { F_STR(struct statement, currency), F_INT(struct statement, opening_minor), F_INT(struct statement, closing_minor), F_LIST(struct statement, lines, &line_shape), F_END };
static const struct shape statement_shape = SHAPE_NAMED("wallet_statement", statement, statement_fields);
struct period { int64_t from, to; };
static const struct field period_fields[] = { F_DATE(struct period, from, .nullable = true, .doc = "First day, at the clinic"), F_DATE(struct period, to, .nullable = true, .doc = "Last day, at the clinic"), F_END };
static const struct shape period_shape = SHAPE_NAMED("wallet_period", period, period_fields);

#define R struct wallet_rules
static const struct field rules_fields[] = { F_INT(R, approval_over_minor, .required = true, .max = ORDER_AMOUNT_MAX, .doc = "Adjustments above it wait for a second person"),
    F_INT(R, top_up_day_minor, .required = true, .max = ORDER_AMOUNT_MAX, .doc = "What a wallet may be topped up by in a day"), F_INT(R, version, .doc = "0: as the program says"), F_END };
const struct shape wallet_rules_shape = SHAPE(wallet_rules, rules_fields);
static const struct field rules_in_fields[] = { F_INT(R, approval_over_minor, .required = true, .max = ORDER_AMOUNT_MAX, .doc = "Adjustments above it wait for a second person"),
    F_INT(R, top_up_day_minor, .required = true, .max = ORDER_AMOUNT_MAX, .doc = "What a wallet may be topped up by in a day"), F_END };
static const struct shape rules_in = SHAPE_NAMED("wallet_rules_new", wallet_rules, rules_in_fields);
#undef R

#define H struct whose
static const struct field whose_fields[] = { F_ID(H, id), F_STR(H, name, .doc = "Of the client or the sponsor"), F_STR(H, part, .nullable = true, .doc = "Of the wallet, where it is one"), F_END };
const struct shape whose_shape = SHAPE_NAMED("ledger_name", whose, whose_fields);
#undef H
enum { WHOSE_MAX = 50 };
struct whose_query { const char *ids; };
static const struct field whose_query_fields[] = { F_STR(struct whose_query, ids, .required = true, .min = 36, .max = WHOSE_MAX * ID_TEXT, .doc = "The last parts of codes of accounts, separated by commas; at most 50",
    .example = "01890a5d-ac96-774b-bcce-b302099a8057"), F_END };
static const struct shape whose_query_shape = SHAPE(whose_query, whose_query_fields);

struct moving_in { struct id to_client_id; int64_t amount_minor; const char *reason; };
static const struct field moving_fields[] = { F_ID(struct moving_in, to_client_id, .required = true, .doc = "Another member of the family"),
    F_INT(struct moving_in, amount_minor, .required = true, .min = 1, .max = ORDER_AMOUNT_MAX, .doc = "Of what was bought or paid out for claims; benefits cannot be given on"),
    F_STR(struct moving_in, reason, .nullable = true, .max = 200, .doc = "Why; it stays for ever, so name no person"), F_END };
static const struct shape moving_shape = SHAPE_NAMED("wallet_transfer_new", moving_in, moving_fields);
struct promo_in { const char *name, *reason; int64_t amount_minor, expires_on; };
static const struct field promo_fields[] = { F_STR(struct promo_in, name, .required = true, .min = 1, .max = 80, .doc = "What it is called in the wallet"),
    F_INT(struct promo_in, amount_minor, .required = true, .min = 1, .max = ORDER_AMOUNT_MAX, .doc = "How much"), F_DATE(struct promo_in, expires_on, .required = true, .doc = "Last day on which it pays"),
    F_STR(struct promo_in, reason, .required = true, .min = 1, .max = 200, .doc = "Why; it stays for ever, so name no person"), F_END };
static const struct shape promo_shape = SHAPE_NAMED("wallet_promotion_new", promo_in, promo_fields);

/* ---- reading --------------------------------------------------------------------------------------------------------------------------- */

enum rc wallets_fill(struct tdb *db, struct wallet *w)
{
    TRY(buckets_of(db, w->id, &w->buckets));
    for (size_t i = 0; i < w->buckets.n; i++) {
        const struct bucket *b = LIST_AT(w->buckets, struct bucket, i);
        if (b->kind == BUCKET_VISITS) continue;
        w->balance_minor += b->balance;
        w->available_minor += b->available;
    }
    return RC_OK;
}

enum rc wallets_answer(struct req *r, struct tdb *db, struct id id)
{
    struct wallet w = { 0 };
    TRY(wallets_get(db, id, &w));
    TRY(wallets_fill(db, &w));
    return reply(r, &w);
}

static enum rc get(struct req *r) { return wallets_answer(r, r->db, r->path_id); }

static enum rc get_of_client(struct req *r)
{
    struct wallet w = { 0 };
    enum rc rc = wallets_of_client(r->db, r->path_id, &w);
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "This client has no wallet yet", NULL);
    TRY(rc);
    TRY(wallets_fill(r->db, &w));
    return reply(r, &w);
}

static enum rc list_uses(struct req *r)
{
    struct wallet w = { 0 };
    struct list l;
    TRY(wallets_get(r->db, r->path_id, &w));
    TRY(uses_of_wallet(r->db, w.id, &l));
    return reply_list(r, l, NULL);
}

/* What is nobody's is left out. */
static enum rc list_whose(struct req *r)
{
    const struct whose_query *q = r->query;
    struct whose *rows = arena_alloc(r->arena, WHOSE_MAX * sizeof *rows);
    size_t n = 0, asked = 0;
    if (!rows) return RC_OOM;
    for (const char *s = q->ids; s; s = *s ? s + 1 : NULL) {
        size_t length = strcspn(s, ",");
        struct id id;
        if (asked++ == WHOSE_MAX || !id_parse(arena_strndup(r->arena, s, length), &id)) {
            req_field_error(r, "ids", "must be ids separated by commas, at most 50");
            return req_invalid(r);
        }
        enum rc rc = wallets_whose(r->db, id, &rows[n]);
        if (rc != RC_NOT_FOUND) TRY(rc);
        n += rc == RC_OK;
        s += length;
    }
    return reply_list(r, (struct list){ rows, n }, NULL);
}

/* ---- statement -------------------------------------------------------------------------------------------------------------------------- */

static enum rc read_statement(struct req *r, struct wallet *w, struct statement *out)
{
    const struct period *q = r->query;
    struct tenant t = { 0 };
    struct statement_span span = { INSTANT_MIN, INSTANT_END };
    TRY(wallets_get(r->db, r->path_id, w));
    TRY(tenants_get(r->db, &t));
    const struct zone *z = zone_find(t.time_zone);
    if (!z) return fault(RC_FAULT, "the clinic's time zone is unknown");
    if (q->from != NONE && q->to != NONE && q->to < q->from) req_field_error(r, "to", "must not be before from");
    if (q->from != NONE) span.from = zone_midnight(z, q->from);
    if (q->to != NONE) span.before = zone_midnight(z, q->to + 1);
    TRY(req_invalid(r));
    TRY(wallets_statement(r->db, w->id, &span, &out->lines, &out->opening_minor));
    if (out->lines.n > STATEMENT_LINES_MAX) req_field_error(r, "from", "begins a period of more than 2000 lines; choose a shorter one");
    TRY(req_invalid(r));
    out->currency = w->currency;
    out->closing_minor = out->opening_minor;
    for (size_t i = 0; i < out->lines.n; i++) {
        struct statement_line *l = LIST_AT(out->lines, struct statement_line, i);
        l->balance = out->closing_minor += l->change;
    }
    return RC_OK;
}

static enum rc get_statement(struct req *r)
{
    struct wallet w = { 0 };
    struct statement s = { 0 };
    TRY(read_statement(r, &w, &s));
    return reply(r, &s);
}

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

static void put_balance(struct buf *b, const char *what, int64_t amount, const char *unit)
{
    char money[MONEY_TEXT];
    buf_printf(b, ",,%s,,\"\",,%s,%s\r\n", what, money_plain(amount, unit, money), unit);
}

static enum rc get_csv(struct req *r)
{
    struct wallet w = { 0 };
    struct statement s = { 0 };
    TRY(read_statement(r, &w, &s));
    reply_header(r, "Content-Disposition", "attachment; filename=\"wallet.csv\"");
    struct buf *b = reply_body(r, "text/csv; charset=utf-8");
    buf_puts(b, "time,transfer,cause,bucket,reason,change,balance,unit\r\n");
    put_balance(b, "opening", s.opening_minor, s.currency);
    for (size_t i = 0; i < s.lines.n; i++) {
        const struct statement_line *l = LIST_AT(s.lines, struct statement_line, i);
        char at[INSTANT_TEXT], id[ID_TEXT], change[MONEY_TEXT], balance[MONEY_TEXT];
        buf_printf(b, "%s,%s,%s,", instant_format(l->created_at, at), id_format(l->id, id), ledger_cause_names[l->cause]);
        put_text(b, l->bucket_name);
        buf_putc(b, ',');
        put_text(b, l->reason);
        buf_printf(b, ",%s,%s,%s\r\n", money_plain(l->change, s.currency, change), money_plain(l->balance, s.currency, balance), s.currency);
    }
    put_balance(b, "closing", s.closing_minor, s.currency);
    return b->failed ? RC_OOM : RC_OK;
}

struct statement_words { const char *causes[LEDGER_CAUSE_N], *title, *page, *from, *until, *beginning, *today, *opening, *closing, *columns[5]; };
static const struct statement_words english = { { "Correction", "Appointment", "Order", "Given back", "Top-up", "Ended", "Taken back", "Payment", "Cancellation", "Claim", "Granted", "Dispute", "Till" },
    "Wallet statement", "Page", "From", "Until", "the beginning", "today", "Opening balance", "Closing balance", { "Date", "What", "Part", "Amount", "Balance" } };
static const struct statement_words german = { { "Berichtigung", "Termin", "Auftrag", "Zur\303\274ckgegeben", "Aufladung", "Abgelaufen", "Zur\303\274ckgenommen", "Zahlung", "Absage", "Erstattung",
    "Gew\xc3\xa4hrt", "Reklamation", "Kasse" }, "Kontoauszug", "Seite", "Von", "Bis", "Beginn", "heute", "Anfangsstand", "Endstand", { "Datum", "Was", "Teil", "Betrag", "Stand" } };
_Static_assert(ARRAY_LEN(english.causes) == 13, "a word for each cause");
static const struct statement_words *words_of(const char *locale) { return str_starts(locale, "de") ? &german : &english; }

static bool statement_rows(struct arena *a, const struct tenant *t, const struct statement *s, struct list *out)
{
    const struct zone *z = zone_find(t->time_zone);
    struct paper_row *rows = arena_alloc(a, (s->lines.n + 1) * sizeof *rows);
    for (size_t i = 0; rows && i < s->lines.n; i++) {
        const struct statement_line *l = LIST_AT(s->lines, struct statement_line, i);
        rows[i] = (struct paper_row){ .cells = { paper_date(a, t->locale, zone_date(z, l->created_at)), words_of(t->locale)->causes[l->cause], l->bucket_name,
            paper_amount(a, t->locale, l->change, s->currency), paper_amount(a, t->locale, l->balance, s->currency) }, .detail = l->reason };
    }
    *out = (struct list){ rows, s->lines.n };
    return rows != NULL;
}

static enum rc get_pdf(struct req *r)
{
    const struct period *q = r->query;
    struct wallet w = { 0 };
    struct statement s = { 0 };
    struct tenant t = { 0 };
    TRY(read_statement(r, &w, &s));
    TRY(tenants_get(r->db, &t));
    struct paper *p = arena_alloc(r->arena, sizeof *p);
    if (!p) return RC_OOM;
    const struct statement_words *x = words_of(t.locale);
    *p = (struct paper){ .language = t.locale, .made_at = r->now, .brand_color = t.brand_color, .from_name = t.name, .from_lines = t.address, .to_lines = w.client_name, .title = x->title, .page_word = x->page,
        .facts = { { x->from, q->from == NONE ? x->beginning : paper_date(r->arena, t.locale, q->from), false }, { x->until, q->to == NONE ? x->today : paper_date(r->arena, t.locale, q->to), false },
            { x->opening, arena_printf(r->arena, "%s %s", paper_amount(r->arena, t.locale, s.opening_minor, s.currency), s.currency), false } }, .n_facts = 3,
        .table = { .columns = { { x->columns[0], 20, false }, { x->columns[1], 17, false }, { x->columns[2], 28, false }, { x->columns[3], 17, true }, { x->columns[4], 18, true } }, .n_columns = 5 },
        .totals = { { x->closing, arena_printf(r->arena, "%s %s", paper_amount(r->arena, t.locale, s.closing_minor, s.currency), s.currency), true } }, .n_totals = 1 };
    if (!statement_rows(r->arena, &t, &s, &p->table.rows)) return RC_OOM;
    reply_header(r, "Content-Disposition", "attachment; filename=\"wallet.pdf\"");
    return paper_pdf(p, reply_body(r, "application/pdf"));
}

/* ---- opening, rules -------------------------------------------------------------------------------------------------------------------------- */

struct opening { struct req *r; struct wallet row; struct id audit_id; };

static enum rc open_tx(struct tx *tx, void *arg)
{
    struct opening *o = arg;
    struct wallet there = { 0 };
    struct client c = { 0 };
    enum rc rc = wallets_of_client(tx_db(tx), o->row.client_id, &there);
    if (rc == RC_OK) return wallets_answer(o->r, tx_db(tx), there.id);
    if (rc != RC_NOT_FOUND) return rc;
    rc = clients_get(tx_db(tx), o->row.client_id, &c);
    if (rc == RC_NOT_FOUND || (rc == RC_OK && c.deleted_at != NONE)) return req_fail(o->r, RC_NOT_FOUND, "There is no such client", "{\"field\":\"client_id\"}");
    TRY(rc);
    TRY(wallets_insert(tx, &o->row));
    TRY(tx_change(tx, o->r, &(struct change){ o->audit_id, "wallet.open", "wallet.changed", "wallet", o->row.id, 1, NULL, NULL, false }));
    return wallets_answer(o->r, tx_db(tx), o->row.id);
}

static enum rc open_wallet(struct req *r)
{
    struct opening o = { .r = r, .audit_id = id_new() };
    struct tenant t = { 0 };
    TRY(tenants_get(r->db, &t));
    o.row = (struct wallet){ .id = id_new(), .client_id = ((const struct wallet_new *)r->in)->client_id, .currency = t.currency, .created_at = r->now };
    enum rc rc = req_tx(r, "wallets.open", open_tx, &o);
    return rc == RC_CONFLICT ? req_tx(r, "wallets.open", open_tx, &o) : rc; /* opened by another meanwhile */
}

static enum rc get_rules(struct req *r)
{
    struct wallet_rules w;
    TRY(wallet_rules_get(r->db, &w));
    return reply(r, &w);
}

struct rules_write { struct req *r; struct id audit_id; };

static enum rc put_rules_tx(struct tx *tx, void *arg)
{
    const struct rules_write *w = arg;
    struct wallet_rules before, after = *(const struct wallet_rules *)w->r->in;
    TRY(wallet_rules_get(tx_db(tx), &before));
    TRY(req_version(w->r, before.version));
    TRY(wallet_rules_put(tx, &after, before.version, req_lost(w->r)));
    after.version = before.version + 1;
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "wallet_rules.update", "benefits.changed", "wallet_rules", db_tenant(tx_db(tx)), after.version,
        shape_diff(w->r->arena, &wallet_rules_shape, &before, &after), NULL, false }));
    return reply(w->r, &after);
}

static enum rc put_rules(struct req *r)
{
    struct rules_write w = { r, id_new() };
    return req_tx(r, "wallets.rules", put_rules_tx, &w);
}

/* ---- moves within a family, gifts ---------------------------------------------------------------------------------------------------------------- */

/* The bucket of its kind a wallet has one of: bought, cash. Its id follows from the wallet. */
bool wallets_plain_bucket(struct arena *a, struct id tenant, const struct wallet *w, int64_t kind, int64_t now, struct bucket *out)
{
    *out = (struct bucket){ .id = ledger_step_id(tenant, w->id, bucket_kind_names[kind]), .wallet_id = w->id, .kind = kind, .unit = w->currency, .name = bucket_kind_names[kind], .category = NONE,
        .starts_on = NONE, .expires_on = NONE, .created_at = now };
    return bucket_place(a, tenant, out);
}

struct moving_money {
    struct req *r; struct wallet from, to; struct bucket buckets[3], target; size_t n; /* out of these, in this order */
    int64_t amounts[3]; const char *reason, *action; int64_t cause; struct id id, audit_id; struct ledger_chain chain; const char *debit;
};

static enum rc move_tx(struct tx *tx, void *arg)
{
    static const char *const steps[] = { "first", "second", "third" };
    struct moving_money *m = arg;
    struct ledger_by by = ledger_by(m->r);
    ledger_chain_begin(&m->chain, m->r->arena, db_tenant(tx_db(tx)), m->to.currency, &by);
    TRY(buckets_insert(tx, &m->target));
    for (size_t i = 0; i < m->n; i++)
        ledger_chain_add(&m->chain, &(struct ledger_step){ .debit = m->debit ? m->debit : m->buckets[i].account_code, .credit = m->target.account_code, .amount = m->amounts[i],
            .cause = m->cause, .cause_id = m->id, .step = steps[i], .reason = m->reason });
    TRY(ledger_chain_post(tx, &m->chain));
    TRY(tx_change(tx, m->r, &(struct change){ m->audit_id, m->action, "wallet.changed", "wallet", m->to.id, 1, NULL, NULL, false }));
    if (!id_is_nil(m->from.id)) TRY(tx_event(tx, "wallet.changed", m->from.id, 1, m->r->now, NULL));
    return wallets_answer(m->r, tx_db(tx), id_is_nil(m->from.id) ? m->to.id : m->from.id);
}

/* Bought first, then what claims paid out. */
static bool choose_sources(struct moving_money *m, int64_t amount)
{
    for (size_t i = 0; i < m->from.buckets.n && amount && m->n < ARRAY_LEN(m->buckets); i++) {
        const struct bucket *b = LIST_AT(m->from.buckets, struct bucket, i);
        if ((b->kind != BUCKET_BOUGHT && b->kind != BUCKET_CASH) || b->available <= 0) continue;
        m->buckets[m->n] = *b;
        m->amounts[m->n] = b->available < amount ? b->available : amount;
        amount -= m->amounts[m->n++];
    }
    return amount == 0;
}

static enum rc too_little(struct req *r) { return req_fail(r, RC_FUNDS, "There is less in the wallet", "{\"field\":\"amount_minor\"}"); }

static enum rc transfer(struct req *r)
{
    const struct moving_in *in = r->in;
    bool family = false;
    int64_t today;
    struct moving_money *m = arena_alloc(r->arena, sizeof *m);
    if (!m) return RC_OOM;
    *m = (struct moving_money){ .r = r, .reason = in->reason ? in->reason : "between members of a family", .action = "wallet.transfer", .cause = LEDGER_ADJUSTMENT, .id = id_new(), .audit_id = id_new() };
    TRY(wallets_get(r->db, r->path_id, &m->from));
    TRY(wallets_fill(r->db, &m->from));
    TRY(clinic_today(r->db, r->now, &today));
    enum rc rc = wallets_of_client(r->db, in->to_client_id, &m->to);
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "This client has no wallet", "{\"field\":\"to_client_id\"}");
    TRY(rc);
    if (id_eq(m->from.id, m->to.id)) req_field_error(r, "to_client_id", "must be somebody else");
    TRY(members_share_family(r->db, m->from.client_id, in->to_client_id, today, &family));
    if (!family) req_field_error(r, "to_client_id", "is not of the same family");
    TRY(req_invalid(r));
    if (!choose_sources(m, in->amount_minor)) return too_little(r);
    if (!wallets_plain_bucket(r->arena, db_tenant(r->db), &m->to, BUCKET_BOUGHT, r->now, &m->target)) return RC_FAULT;
    rc = req_tx(r, "wallets.transfer", move_tx, m);
    return rc == RC_FUNDS ? too_little(r) : rc;
}

static enum rc promote(struct req *r)
{
    const struct promo_in *in = r->in;
    int64_t today;
    struct moving_money *m = arena_alloc(r->arena, sizeof *m);
    if (!m) return RC_OOM;
    *m = (struct moving_money){ .r = r, .reason = in->reason, .action = "wallet.promotion", .cause = LEDGER_GRANT, .id = id_new(), .audit_id = id_new(), .debit = "writeoff", .n = 1, .amounts = { in->amount_minor } };
    TRY(wallets_get(r->db, r->path_id, &m->to));
    TRY(clinic_today(r->db, r->now, &today));
    if (in->expires_on < today) req_field_error(r, "expires_on", "has passed");
    TRY(req_invalid(r));
    m->target = (struct bucket){ .id = m->id, .wallet_id = m->to.id, .kind = BUCKET_PROMO, .unit = m->to.currency, .name = in->name, .category = NONE, .starts_on = NONE, .expires_on = in->expires_on, .created_at = r->now };
    if (!bucket_place(r->arena, db_tenant(r->db), &m->target)) return RC_FAULT;
    return req_tx(r, "wallets.promotion", move_tx, m);
}

/* ---- the module ------------------------------------------------------------------------------------------------------------------------------ */

#define READ .perm = PERM_WALLETS_READ
#define WRITE .perm = PERM_WALLETS_WRITE
static const struct route routes[] = {
    { .method = "POST", .path = "/wallets", .summary = "Open a client's wallet", .handler = open_wallet, WRITE, .ok = 201, .in = &wallet_new_shape, .out = &wallet_shape, .fails = FAILS(RC_NOT_FOUND), .flags = R_IDEMPOTENT,
        .doc = "One that is there already is the answer." },
    { .method = "GET", .path = "/wallets/{id}", .summary = "A wallet with its buckets", .handler = get, READ, .ok = 200, .out = &wallet_shape },
    { .method = "GET", .path = "/clients/{id}/wallet", .summary = "The wallet of a client", .handler = get_of_client, READ, .ok = 200, .out = &wallet_shape },
    { .method = "GET", .path = "/wallets/{id}/uses", .summary = "What the wallet paid, by which bucket, and what came back; newest first", .handler = list_uses, READ, .ok = 200, .out = &use_shape, .flags = R_LIST },
    { .method = "GET", .path = "/wallets/{id}/statement", .summary = "What moved in a wallet, oldest first, with the balance after each line", .handler = get_statement, READ, .ok = 200, .query = &period_shape, .out = &statement_shape,
        .doc = "Money only; visits are counted in their buckets. At most 2000 lines; a longer period is refused." },
    { .method = "GET", .path = "/wallets/{id}/statement/csv", .summary = "The same as CSV", .handler = get_csv, READ, .ok = 200, .query = &period_shape, .flags = R_CSV },
    { .method = "GET", .path = "/wallets/{id}/statement/pdf", .summary = "The same as a document", .handler = get_pdf, READ, .ok = 200, .query = &period_shape, .flags = R_PDF },
    { .method = "POST", .path = "/wallets/{id}/transfers", .summary = "Give on to another member of the family", .handler = transfer, WRITE, .ok = 201, .in = &moving_shape, .out = &wallet_shape,
        .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_FUNDS), .flags = R_IDEMPOTENT },
    { .method = "POST", .path = "/wallets/{id}/promotions", .summary = "Put a gift of the clinic into a wallet", .handler = promote, .perm = PERM_WALLETS_APPROVE, .ok = 201, .in = &promo_shape, .out = &wallet_shape,
        .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_FUNDS), .flags = R_IDEMPOTENT },
    { .method = "GET", .path = "/ledger-names", .summary = "Whose accounts of the ledger are: clients, sponsors, parts of wallets", .handler = list_whose, READ, .ok = 200, .query = &whose_query_shape, .out = &whose_shape, .flags = R_LIST,
        .doc = "In the order of the ids; what is nobody's is left out." },
    { .method = "GET", .path = "/wallet-rules", .summary = "How the clinic keeps its wallets", .handler = get_rules, READ, .ok = 200, .out = &wallet_rules_shape },
    { .method = "PUT", .path = "/wallet-rules", .summary = "Change how the clinic keeps its wallets", .handler = put_rules, .perm = PERM_SETTINGS_WRITE, .ok = 200, .in = &rules_in, .out = &wallet_rules_shape, .fails = FAILS(RC_STALE) },
    { 0 } };

static const struct schedule_row schedules[] = { { "wallets.grant", "Grants benefit years that have begun", 3600, wallets_grant_all },
    { "wallets.expire", "Takes back what is left in buckets that have ended", 3600, wallets_expire_all }, { 0 } };
static const struct watch_row watches[] = { { "order.changed", uses_follow }, { 0 } };
const struct module wallets_module = { .name = "wallets", .doc = "What is in clients' wallets, and what they pay", .routes = routes, .queries = wallets_queries, .schedules = schedules, .watches = watches };
