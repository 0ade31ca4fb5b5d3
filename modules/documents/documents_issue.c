/* documents_issue.c - issuing: what stands on the paper is gathered, the number drawn and the ledger moved in one commit. */
#include "modules/clients/clients.h"
#include "modules/documents/documents_rows.h"
#include "modules/tenants/tenants.h"
#include <stdio.h>

struct issue {
    struct req *r;
    struct document doc;
    struct order order;
    struct payment payment;
    struct document invoice;
    struct tenant tenant;
    struct document_settings settings;
    struct id mail_id;             /* of the job that sends it; nil: it is the answer of a request */
};

/* ---- what stands on it -------------------------------------------------------------------------------------------------------- */

static const char *add_line(struct arena *a, const char *all, const char *line)
{
    return str_empty(line) ? all : str_empty(all) ? arena_strdup(a, line) : arena_printf(a, "%s\n%s", all, line);
}

static void seller(struct arena *a, struct document *d, const struct tenant *t, const struct document_settings *s)
{
    const char *lines = "";
    d->seller_name = str_empty(s->legal_name) ? t->name : s->legal_name;
    if (!str_empty(s->legal_name) && !str_eq(s->legal_name, t->name)) lines = add_line(a, lines, t->name);
    lines = add_line(a, lines, t->address);
    lines = add_line(a, lines, t->phone);
    lines = add_line(a, lines, t->email);
    lines = add_line(a, lines, t->website);
    d->seller_lines = add_line(a, lines, s->tax_id);
    d->brand_color = t->brand_color;
    d->locale = t->locale;
    d->notes = d->kind == DOCUMENT_INVOICE ? s->notes : NULL;
    d->legal_text = s->legal_text;
}

static enum rc buyer(struct req *r, struct tdb *db, struct document *d)
{
    struct client c = { 0 };
    const char *lines = "";
    if (!id_is_nil(d->client_id)) {
        TRY(clients_get(db, d->client_id, &c));
        lines = add_line(r->arena, lines, c.name);
        lines = add_line(r->arena, lines, c.address);
        lines = add_line(r->arena, lines, c.email);
        d->client_name = c.name;
    }
    d->buyer_lines = lines;
    return RC_OK;
}

static int64_t today(const struct tenant *t, int64_t now)
{
    int64_t local = zone_wall(t->time_zone, now);
    return floor_div(local == NONE ? now : local, USEC_PER_DAY);
}

/* The lines of the order as they are. */
static enum rc copy_lines(struct arena *a, struct document *d, const struct order *o)
{
    struct document_line *lines = arena_alloc(a, (o->lines.n + 1) * sizeof *lines);
    if (!lines) return RC_OOM;
    for (size_t i = 0; i < o->lines.n; i++) {
        const struct order_line *l = LIST_AT(o->lines, struct order_line, i);
        lines[i] = (struct document_line){ .position = l->position, .kind = l->kind, .ref_id = l->ref_id, .description = l->description, .tax_name = l->tax_name,
            .quantity = l->quantity, .unit_minor = l->unit_minor, .discount_minor = l->discount_minor, .tax_ppm = l->tax_ppm, .tax_minor = l->tax_minor,
            .total_minor = l->total_minor };
    }
    d->lines = (struct list){ lines, o->lines.n };
    return RC_OK;
}

static void add_up(struct document *d)
{
    d->tax_minor = d->total_minor = 0;
    for (size_t i = 0; i < d->lines.n; i++) {
        d->tax_minor += LIST_AT(d->lines, struct document_line, i)->tax_minor;
        d->total_minor += LIST_AT(d->lines, struct document_line, i)->total_minor;
    }
    d->net_minor = d->total_minor - d->tax_minor;
}

static const char *prefix_of(const struct document_settings *s, int64_t kind)
{
    return kind == DOCUMENT_INVOICE ? s->invoice_prefix : kind == DOCUMENT_RECEIPT ? s->receipt_prefix : s->credit_note_prefix;
}

static void number(struct arena *a, struct document *d, const struct document_settings *s)
{
    const char *prefix = prefix_of(s, d->kind);
    d->number = d->year ? arena_printf(a, "%s%lld-%05lld", prefix, (long long)d->year, (long long)d->serial) : arena_printf(a, "%s%05lld", prefix, (long long)d->serial);
}

/* Everything that does not hang on the kind; reads in the transaction, so that it is how things are when the number is drawn. */
static enum rc gather(struct tx *tx, struct issue *w, int64_t kind)
{
    struct document *d = &w->doc;
    struct req *r = w->r;
    struct ledger_by by = ledger_by(r);
    TRY(tenants_get(tx_db(tx), &w->tenant));
    TRY(document_settings_get(tx_db(tx), &w->settings));
    *d = (struct document){ .id = d->id, .payment_id = d->payment_id, .kind = kind, .order_id = w->order.id, .client_id = w->order.client_id, .currency = w->order.currency,
        .tax_included = w->order.tax_included, .paid_minor = w->order.paid_minor - w->order.refunded_minor, .payment_method = NONE, .paid_at = NONE, .due_on = NONE,
        .issued_at = r->now, .actor_kind = by.actor_kind, .actor_id = by.actor_id };
    d->issued_on = today(&w->tenant, r->now);
    d->year = documents_year(&w->settings, d->issued_on);
    seller(r->arena, d, &w->tenant, &w->settings);
    return buyer(r, tx_db(tx), d);
}

/* ---- written ---------------------------------------------------------------------------------------------------------------------- */

static enum rc issue(struct tx *tx, struct issue *w)
{
    struct document *d = &w->doc;
    TRY(document_draw(tx, d->kind, d->year, &d->serial));
    number(w->r->arena, d, &w->settings);
    d->public_url = document_link(w->r->arena, db_tenant(w->r->db), d->id);
    TRY(document_insert(tx, d));
    TRY(tx_change(tx, w->r, &(struct change){ .audit_id = ledger_step_id(db_tenant(w->r->db), d->id, "audit"), .action = "document.issue", .topic = "document.issued",
        .entity = "document", .id = d->id, .version = 1, .changes = shape_diff(w->r->arena, &document_item_shape, NULL, d) }));
    return id_is_nil(w->mail_id) ? reply(w->r, d) : document_mail_later(tx, w->r->arena, w->mail_id, d->id, w->r->now);
}

static enum rc again(struct req *r, struct id id)
{
    struct document d = { 0 };
    TRY(documents_get(r->db, id, &d));
    reply_header(r, "Idempotency-Replayed", "true");
    return reply(r, &d);
}

static void chain_begin(struct ledger_chain *c, const struct issue *w)
{
    struct ledger_by by = ledger_by(w->r);
    ledger_chain_begin(c, w->r->arena, db_tenant(w->r->db), w->order.currency, &by);
}

/* What is left to say of a refusal that nobody explained. */
static enum rc in_words(struct req *r, enum rc rc)
{
    if (rc == RC_CONFLICT) return req_fail(r, rc, "A document with this number is there already: choose other prefixes in the settings", NULL);
    return rc == RC_FUNDS && !req_details(r) ? req_fail(r, rc, "The ledger refuses it: an account of this document is closed", NULL) : rc;
}

/* ---- invoices --------------------------------------------------------------------------------------------------------------------- */

static enum rc invoice_tx(struct tx *tx, void *arg)
{
    struct issue *w = arg;
    struct ledger_chain c;
    TRY(orders_get(tx_db(tx), w->r->path_id, &w->order));
    if (w->order.invoiced) return RC_CONFLICT; /* by another, meanwhile */
    if (w->order.state != ORDER_OPEN && w->order.state != ORDER_PAID) return req_fail(w->r, RC_STATE, "This order is over", NULL);
    TRY(gather(tx, w, DOCUMENT_INVOICE));
    TRY(copy_lines(w->r->arena, &w->doc, &w->order));
    add_up(&w->doc);
    if (w->doc.paid_minor < w->doc.total_minor) w->doc.due_on = w->doc.issued_on + w->settings.payment_days;
    chain_begin(&c, w);
    TRY(orders_invoice(tx, w->r, &w->order, &c, RC_RETRY));
    w->doc.open_minor = order_open_minor(&w->order);
    TRY(issue(tx, w));
    return ledger_chain_post(tx, &c);
}

enum rc documents_handle_invoice(struct req *r)
{
    struct issue w = { .r = r, .doc = { .id = id_new() } };
    struct id there = ID_NIL;
    TRY(orders_get(r->db, r->path_id, &w.order));
    if (w.order.invoiced && document_invoice_of(r->db, r->path_id, &there) == RC_OK) return again(r, there);
    enum rc rc = req_tx(r, "documents.invoice", invoice_tx, &w);
    if (rc == RC_CONFLICT && document_invoice_of(r->db, r->path_id, &there) == RC_OK) return again(r, there);
    return in_words(r, rc);
}

/* ---- receipts --------------------------------------------------------------------------------------------------------------------- */

static enum rc receipt_tx(struct tx *tx, void *arg)
{
    struct issue *w = arg;
    TRY(payments_get(tx_db(tx), w->doc.payment_id, &w->payment));
    if (w->payment.state != PAYMENT_SUCCEEDED) return req_fail(w->r, RC_STATE, "There is no receipt before the money is there", NULL);
    TRY(orders_get(tx_db(tx), w->payment.order_id, &w->order));
    TRY(gather(tx, w, DOCUMENT_RECEIPT));
    TRY(copy_lines(w->r->arena, &w->doc, &w->order));
    add_up(&w->doc);
    w->doc.payment_minor = w->payment.amount_minor;
    w->doc.payment_method = w->payment.method;
    w->doc.payment_reference = w->payment.reference;
    w->doc.paid_at = w->payment.succeeded_at;
    return issue(tx, w);
}

enum rc documents_handle_receipt(struct req *r)
{
    struct issue w = { .r = r, .doc = { .id = id_new(), .payment_id = r->path_id } };
    struct id there = ID_NIL;
    if (document_receipt_of(r->db, r->path_id, &there) == RC_OK) return again(r, there);
    enum rc rc = req_tx(r, "documents.receipt", receipt_tx, &w);
    if (rc == RC_CONFLICT && document_receipt_of(r->db, r->path_id, &there) == RC_OK) return again(r, there);
    return in_words(r, rc);
}

/* Who has one already has asked for it; and nobody gets one for money that went straight back, or without an address. */
static enum rc wants_receipt(struct tdb *db, struct id payment, bool *wanted)
{
    struct payment p = { 0 };
    struct order o = { 0 };
    struct client c = { 0 };
    struct id there = ID_NIL;
    *wanted = false;
    enum rc rc = document_receipt_of(db, payment, &there);
    if (rc != RC_NOT_FOUND) return rc;
    TRY(payments_get(db, payment, &p));
    if (p.state != PAYMENT_SUCCEEDED || p.refunded_minor == p.amount_minor) return RC_OK;
    TRY(orders_get(db, p.order_id, &o));
    if (id_is_nil(o.client_id)) return RC_OK;
    TRY(clients_get(db, o.client_id, &c));
    *wanted = !c.deleted && !str_empty(c.email);
    return RC_OK;
}

enum rc documents_job_receipt(struct job *job)
{
    struct issue w = { .r = req_of_program(job->arena, job->db, job->now, "receipt", PERM_ORDERS_WRITE), .doc = { .id = id_new() }, .mail_id = id_new() };
    bool wanted;
    if (!w.r) return RC_OOM;
    TRY(job_id(job, "payment_id", &w.doc.payment_id));
    TRY(wants_receipt(job->db, w.doc.payment_id, &wanted));
    if (!wanted) return RC_OK;
    struct id payment = w.doc.payment_id;
    enum rc rc = req_tx(w.r, "documents.receipt", receipt_tx, &w);
    if (rc != RC_CONFLICT) return rc;
    TRY(wants_receipt(job->db, payment, &wanted));
    return wanted ? rc : RC_OK; /* somebody pressed the button meanwhile */
}

/* ---- credit notes ----------------------------------------------------------------------------------------------------------------- */

static void left_of(const struct document_line *l, struct list credited, int64_t *total, int64_t *tax)
{
    *total = l->total_minor;
    *tax = l->tax_minor;
    for (size_t i = 0; i < credited.n; i++) {
        const struct credited *c = LIST_AT(credited, struct credited, i);
        if (c->position == l->position) *total -= c->total_minor, *tax -= c->tax_minor;
    }
}

/* Of a line, so much with the tax in it: the share of what is left of both, so that the last part takes the last of the tax. */
static void take_part(struct document_line *out, const struct document_line *l, int64_t amount, int64_t total, int64_t tax)
{
    int64_t parts[2] = { tax }, weights[2] = { tax, total - tax };
    *out = *l;
    if (amount < total) {
        money_split(amount, weights, 2, parts);
        out->quantity = 1;
        out->unit_minor = amount;
        out->discount_minor = 0;
    }
    out->tax_minor = parts[0];
    out->total_minor = amount;
    if (total < l->total_minor && amount == total) out->quantity = 1, out->unit_minor = amount, out->discount_minor = 0;
}

static int64_t wanted_of(const struct credit_in *in, const struct document_line *l, int64_t left)
{
    if (!in->lines.n) return left;
    for (size_t i = 0; i < in->lines.n; i++)
        if (LIST_AT(in->lines, struct credit_line_in, i)->position == l->position) return LIST_AT(in->lines, struct credit_line_in, i)->total_minor;
    return 0;
}

static enum rc credit_lines(struct tx *tx, struct issue *w)
{
    const struct credit_in *in = w->r->in;
    struct list credited;
    struct document_line *lines = arena_alloc(w->r->arena, (w->invoice.lines.n + 1) * sizeof *lines);
    if (!lines) return RC_OOM;
    TRY(document_credited(tx_db(tx), w->invoice.id, &credited));
    w->doc.lines = (struct list){ lines, 0 };
    for (size_t i = 0; i < w->invoice.lines.n; i++) {
        const struct document_line *l = LIST_AT(w->invoice.lines, struct document_line, i);
        int64_t total, tax;
        left_of(l, credited, &total, &tax);
        int64_t amount = wanted_of(in, l, total);
        if (amount > total) return req_fail(w->r, RC_FUNDS, "There is not so much left of a line of this invoice",
            arena_printf(w->r->arena, "{\"field\":\"lines\",\"position\":%lld,\"left_minor\":%lld}", (long long)l->position, (long long)total));
        if (amount > 0) take_part(&lines[w->doc.lines.n++], l, amount, total, tax);
    }
    return w->doc.lines.n ? RC_OK : req_fail(w->r, RC_STATE, "Nothing is left of this invoice", NULL);
}

static void back(struct ledger_chain *c, struct id of, const char *debit, const char *owed, int64_t amount, const char *step)
{
    ledger_chain_add(c, &(struct ledger_step){ .debit = debit, .credit = owed, .amount = amount, .cause = LEDGER_ORDER, .cause_id = of, .step = step });
}

/* What the invoice booked (orders_invoice), the other way round. */
static void unearn(struct ledger_chain *c, const struct document *d)
{
    char id[ID_TEXT];
    const char *owed = id_is_nil(d->client_id) ? "receivable:desk" : arena_printf(c->arena, "receivable:%s", id_format(d->client_id, id));
    for (size_t i = 0; i < d->lines.n; i++) {
        const struct document_line *l = LIST_AT(d->lines, struct document_line, i);
        const char *of = id_is_nil(l->ref_id) ? order_line_kind_names[l->kind] : id_format(l->ref_id, id);
        const char *code = l->kind == LINE_TOP_UP ? "deposit_liability" : arena_printf(c->arena, "revenue:%s", of);
        int64_t tax = 0;
        bool first = true;
        back(c, d->id, code, owed, l->total_minor - l->tax_minor, arena_printf(c->arena, "line:%lld", (long long)l->position));
        for (size_t k = 0; k < d->lines.n; k++) {
            const struct document_line *other = LIST_AT(d->lines, struct document_line, k);
            if (other->tax_ppm != l->tax_ppm) continue;
            tax += other->tax_minor;
            first = first && k >= i;
        }
        const char *rate = arena_printf(c->arena, "tax:%lld", (long long)l->tax_ppm);
        if (first) back(c, d->id, rate, owed, tax, rate);
    }
}

/* What an order asks for is less then: not while an appointment waits for it, and what it would put into a wallet is not paid in part. */
static enum rc may_credit(const struct issue *w)
{
    const struct order *o = &w->order;
    bool goods = false;
    if (o->state != ORDER_OPEN) return RC_OK;
    if (o->paid_minor - o->refunded_minor < o->due_minor) return req_fail(w->r, RC_STATE, "An appointment waits for this payment: cancel it instead", NULL);
    for (size_t i = 0; i < o->lines.n; i++) goods = goods || LIST_AT(o->lines, struct order_line, i)->kind == LINE_TOP_UP || LIST_AT(o->lines, struct order_line, i)->kind == LINE_PACKAGE;
    if (goods && w->doc.total_minor < order_asked_minor(o)) return req_fail(w->r, RC_STATE, "What goes into a wallet is credited whole, or when it is paid", NULL);
    return RC_OK;
}

static enum rc credit_tx(struct tx *tx, void *arg)
{
    struct issue *w = arg;
    const struct credit_in *in = w->r->in;
    struct ledger_chain c;
    int64_t key = lock_key("document.credit", w->r->path_id, 0);
    TRY(tx_lock(tx, &key, 1)); /* two credit notes of one invoice count what is left one after the other */
    TRY(orders_get(tx_db(tx), w->invoice.order_id, &w->order));
    TRY(gather(tx, w, DOCUMENT_CREDIT_NOTE));
    TRY(credit_lines(tx, w));
    add_up(&w->doc);
    TRY(may_credit(w));
    w->doc.of_id = w->invoice.id;
    w->doc.of_number = w->invoice.number;
    w->doc.reason = in->reason;
    w->doc.buyer_lines = w->invoice.buyer_lines;
    w->doc.client_id = w->invoice.client_id;
    w->doc.client_name = w->invoice.client_name;
    chain_begin(&c, w);
    unearn(&c, &w->doc);
    TRY(orders_credit(tx, w->r, &w->order, w->doc.total_minor, RC_RETRY));
    TRY(issue(tx, w));
    return ledger_chain_post(tx, &c);
}

enum rc documents_handle_credit(struct req *r)
{
    struct issue w = { .r = r, .doc = { .id = id_new() } };
    const struct credit_in *in = r->in;
    TRY(documents_get(r->db, r->path_id, &w.invoice));
    if (w.invoice.kind != DOCUMENT_INVOICE) return req_fail(r, RC_STATE, "Only an invoice can be credited", NULL);
    for (size_t i = 0; i < in->lines.n; i++) {
        int64_t position = LIST_AT(in->lines, struct credit_line_in, i)->position;
        bool known = false;
        for (size_t k = 0; k < w.invoice.lines.n; k++) known = known || LIST_AT(w.invoice.lines, struct document_line, k)->position == position;
        for (size_t k = 0; k < i; k++) known = known && LIST_AT(in->lines, struct credit_line_in, k)->position != position;
        if (!known) req_field_error(r, arena_printf(r->arena, "lines[%zu].position", i), "is not a line of this invoice, or stands here twice");
    }
    TRY(req_invalid(r));
    return in_words(r, req_tx(r, "documents.credit", credit_tx, &w));
}
