/* documents_api.c - documents found, read, and as PDF. */
#include "modules/documents/documents_rows.h"

const char *const document_kind_names[] = { "invoice", "receipt", "credit_note", NULL };

#define L struct document_line
static const struct field line_fields[] = { F_INT(L, position), F_ENUM(L, kind, order_line_kind_names), F_ID(L, ref_id, .nullable = true), F_STR(L, description),
    F_INT(L, quantity), F_INT(L, unit_minor), F_INT(L, discount_minor), F_STR(L, tax_name, .nullable = true), F_INT(L, tax_ppm), F_INT(L, tax_minor),
    F_INT(L, total_minor), F_END };
const struct shape document_line_shape = SHAPE(document_line, line_fields);
#undef L
#define D struct document
#define ITEM \
    F_ID(D, id), F_ENUM(D, kind, document_kind_names), F_STR(D, number), F_INT(D, year, .doc = "Of its series; 0: one series for ever"), F_INT(D, serial), F_ID(D, order_id), \
    F_ID(D, payment_id, .nullable = true, .doc = "The payment that a receipt is for"), F_ID(D, of_id, .nullable = true, .doc = "The invoice that a credit note takes back"), \
    F_STR(D, of_number, .nullable = true), F_ID(D, client_id, .nullable = true), F_STR(D, client_name, .nullable = true), F_TEXT(K_CURRENCY, D, currency), \
    F_BOOL(D, tax_included, .doc = "Prices of the lines include tax"), F_INT(D, net_minor), F_INT(D, tax_minor), F_INT(D, total_minor), \
    F_INT(D, paid_minor, .doc = "Of the order, less what went back, when it was issued"), F_INT(D, payment_minor, .doc = "Of a receipt"), \
    F_ENUM(D, payment_method, payment_method_names, .nullable = true), F_STR(D, payment_reference, .nullable = true), F_INSTANT(D, paid_at, .nullable = true), \
    F_INSTANT(D, issued_at), F_DATE(D, issued_on), F_DATE(D, due_on, .nullable = true), F_STR(D, reason, .nullable = true), \
    F_INT(D, credited_minor, .doc = "Of an invoice: taken back by credit notes until now"), F_INT(D, open_minor, .doc = "Of an invoice: still to be paid now")
static const struct field item_fields[] = { ITEM, F_END };
static const struct field document_fields[] = { ITEM, F_STR(D, seller_name), F_STR(D, seller_lines), F_STR(D, buyer_lines), F_TEXT(K_COLOR, D, brand_color), F_STR(D, locale),
    F_STR(D, notes, .nullable = true), F_STR(D, legal_text, .nullable = true), F_STR(D, actor_kind), F_ID(D, actor_id, .nullable = true),
    F_STR(D, public_url, .doc = "A link that opens the PDF for whoever has it"), F_LIST(D, lines, &document_line_shape), F_END };
#undef D
const struct shape document_shape = SHAPE(document, document_fields);
const struct shape document_item_shape = SHAPE_NAMED("document_item", document, item_fields);

static const struct field credit_line_fields[] = { F_INT(struct credit_line_in, position, .required = true, .min = 1, .max = 1000, .doc = "Which line of the invoice"),
    F_INT(struct credit_line_in, total_minor, .required = true, .min = 1, .max = ORDER_AMOUNT_MAX, .doc = "So much of it, tax included"), F_END };
static const struct shape credit_line_shape = SHAPE_NAMED("credit_note_line", credit_line_in, credit_line_fields);
static const struct field credit_fields[] = { F_STR(struct credit_in, reason, .required = true, .min = 1, .max = 300, .doc = "Why; stands on the paper"),
    F_LIST(struct credit_in, lines, &credit_line_shape, .max = ORDER_LINES_MAX, .doc = "Parts of lines; none: all that is left of the invoice"), F_END };
static const struct shape credit_shape = SHAPE_NAMED("credit_note_new", credit_in, credit_fields);
struct find_query { int64_t kind; struct id client_id, order_id; const char *number, *cursor; int64_t limit; };
static const struct field find_fields[] = { F_ENUM(struct find_query, kind, document_kind_names, .nullable = true, .doc = "Only these"),
    F_ID(struct find_query, client_id, .nullable = true, .doc = "Only of this client"), F_ID(struct find_query, order_id, .nullable = true, .doc = "Only of this order"),
    F_STR(struct find_query, number, .max = 60, .doc = "Exactly this number"),
    F_INT(struct find_query, limit, .min = 1, .max = PAGE_LIMIT_MAX, .def = PAGE_LIMIT_DEFAULT, .doc = "Rows a page"),
    F_STR(struct find_query, cursor, .max = 1600, .doc = "Go on behind this place: next_cursor of the answer before"), F_END };
static const struct shape find_shape = SHAPE_NAMED("documents_query", find_query, find_fields);

static enum rc list(struct req *r)
{
    const struct find_query *q = r->query;
    struct document_filter f = { .client_id = q->client_id, .order_id = q->order_id, .kind = q->kind, .number = str_empty(q->number) ? NULL : q->number, .limit = q->limit };
    struct page page = { NONE, q->limit, NONE, NULL };
    struct list l;
    TRY(req_position(r, q->cursor, "documents", &f.after));
    TRY(document_find(r->db, &f, &l));
    const struct document *last = l.n ? LIST_AT(l, struct document, l.n - 1) : NULL;
    if (last && (int64_t)l.n == q->limit) page.next = req_cursor(r, "documents", &(struct position){ "", last->issued_at, last->id });
    return reply_list(r, l, &page);
}

static enum rc get(struct req *r)
{
    struct document d = { 0 };
    TRY(documents_get(r->db, r->path_id, &d));
    return reply(r, &d);
}

/* A file name of letters that no system minds. */
static const char *file_name(struct arena *a, const struct document *d)
{
    char *name = arena_strdup(a, d->number);
    for (char *p = name; *p; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') || *p == '-' || *p == '_')) *p = '_';
    return arena_printf(a, "inline; filename=\"%s.pdf\"", name);
}

enum rc documents_reply_pdf(struct req *r, const struct document *d)
{
    reply_header(r, "Content-Disposition", file_name(r->arena, d));
    return document_paper(r->arena, d, reply_body(r, "application/pdf"));
}

static enum rc pdf(struct req *r)
{
    struct document d = { 0 };
    TRY(documents_get(r->db, r->path_id, &d));
    return documents_reply_pdf(r, &d);
}

#define READ .perm = PERM_ORDERS_READ
#define WRITE .perm = PERM_ORDERS_WRITE
static const struct route routes[] = {
    { .method = "GET", .path = "/documents", .summary = "List invoices, receipts and credit notes, newest first", .handler = list, READ, .ok = 200, .query = &find_shape,
        .out = &document_item_shape, .flags = R_LIST | R_PAGED },
    { .method = "GET", .path = "/documents/{id}", .summary = "Read a document as it was issued", .handler = get, READ, .ok = 200, .out = &document_shape },
    { .method = "GET", .path = "/documents/{id}/pdf", .summary = "A document as PDF", .handler = pdf, READ, .ok = 200, .flags = R_PDF, .doc = "The same bytes each time." },
    { .method = "POST", .path = "/documents/{id}/credit-note", .summary = "Take back an invoice, whole or in part, by a credit note", .handler = documents_handle_credit, WRITE, .ok = 201,
        .in = &credit_shape, .out = &document_shape, .fails = FAILS(RC_STATE) | FAILS(RC_FUNDS) | FAILS(RC_CONFLICT), .flags = R_IDEMPOTENT,
        .doc = "It takes back what was earned, and what is not paid yet is not asked for any more; money that was paid goes back by a refund. No more than is left of each line." },
    { .method = "POST", .path = "/orders/{id}/invoice", .summary = "Issue the invoice of an order", .handler = documents_handle_invoice, WRITE, .ok = 201, .out = &document_shape,
        .fails = FAILS(RC_STATE) | FAILS(RC_CONFLICT) | FAILS(RC_FUNDS), .flags = R_IDEMPOTENT, .doc = "An order has one: the one that is there is the answer." },
    { .method = "POST", .path = "/payments/{id}/receipt", .summary = "Issue the receipt of a payment", .handler = documents_handle_receipt, WRITE, .ok = 201, .out = &document_shape,
        .fails = FAILS(RC_STATE) | FAILS(RC_CONFLICT) | FAILS(RC_FUNDS), .flags = R_IDEMPOTENT, .doc = "A payment has one: the one that is there is the answer." },
    { .method = "POST", .path = "/documents/{id}/send", .summary = "Send a document to its client by mail", .handler = documents_handle_send, WRITE, .ok = 204,
        .fails = FAILS(RC_STATE), .flags = R_IDEMPOTENT, .doc = "The mail has a link that opens the PDF and nothing else." },
    { .method = "GET", .path = "/public/documents/{token}", .summary = "The document behind a link, as PDF", .handler = documents_handle_public, .perm = PERM_PUBLIC, .ok = 200,
        .fails = FAILS(RC_NOT_FOUND), .flags = R_PDF, .rate = RATE_PUBLIC_READ },
    { .method = "GET", .path = "/document-settings", .summary = "How documents are numbered and what they carry", .handler = documents_handle_settings, .perm = PERM_SETTINGS_READ,
        .ok = 200, .out = &document_settings_shape },
    { .method = "PATCH", .path = "/document-settings", .summary = "Change how documents are numbered and what they carry", .handler = documents_handle_settings_set,
        .perm = PERM_SETTINGS_WRITE, .ok = 200, .in = &document_settings_patch, .out = &document_settings_shape, .fails = FAILS(RC_STALE) | FAILS(RC_STATE) },
    { 0 } };

static const struct job_row jobs[] = { { "documents.mail", "Sends a document to its client", documents_job_mail, 10, 60 },
    { "documents.receipt", "Issues the receipt of a payment and sends it, once", documents_job_receipt, 10, 60 }, { 0 } };
static const struct schedule_row schedules[] = { { "documents.verify", "Proves that numbers have no gap and papers say what orders say, or logs the first that does not", 86400, documents_verify_all }, { 0 } };

const struct module documents_module = { .name = "documents", .doc = "Invoices, receipts and credit notes, with numbers without gaps", .routes = routes, .queries = documents_queries, .jobs = jobs, .schedules = schedules };
