/* documents_settings.c - what all documents carry, and how they are numbered. */
#include "modules/documents/documents_rows.h"
#include "modules/tenants/tenants.h"

#define G struct document_settings
#define FIELDS \
    F_STR(G, invoice_prefix, .required = true, .max = 20, .doc = "Before the number of an invoice, such as INV-"), \
    F_STR(G, receipt_prefix, .required = true, .max = 20, .doc = "Before the number of a receipt"), \
    F_STR(G, credit_note_prefix, .required = true, .max = 20, .doc = "Before the number of a credit note"), \
    F_BOOL(G, yearly, .doc = "Numbers begin again each year, which stands in them"), \
    F_INT(G, payment_days, .max = 365, .doc = "Days until an invoice is due"), \
    F_STR(G, legal_name, .nullable = true, .max = 200, .doc = "Name of the company at the head; null: the clinic's"), \
    F_STR(G, tax_id, .nullable = true, .max = 80, .doc = "Tax number, as it is to stand there: VAT no. RO12345678"), \
    F_BOOL(G, receipts_online, .doc = "What is paid without the staff, by card or from a wallet, gets its receipt by mail by itself, once"), \
    F_BOOL(G, receipts_desk, .doc = "Likewise what the staff takes"), \
    F_STR(G, notes, .nullable = true, .max = 1000, .doc = "Below the sums of invoices, such as the bank account"), \
    F_STR(G, legal_text, .nullable = true, .max = 500, .doc = "At the foot of each page"), \
    F_INT(G, next_invoice, .min = 1, .max = 99999999, .doc = "Next number of invoices; can be set until the first of the series is issued"), \
    F_INT(G, next_receipt, .min = 1, .max = 99999999, .doc = "Next number of receipts; likewise"), \
    F_INT(G, next_credit_note, .min = 1, .max = 99999999, .doc = "Next number of credit notes; likewise")
static const struct field in_fields[] = { FIELDS, F_END };
static const struct field out_fields[] = { FIELDS, F_INT(G, version), F_END };
#undef G
const struct shape document_settings_shape = SHAPE(document_settings, out_fields);
const struct shape document_settings_patch = SHAPE_PATCH("document_settings_patch", document_settings, in_fields);
SHAPE_PATCH_CHECK(document_settings);

struct settings_write { struct req *r; struct id audit_id; int64_t date; };

int64_t documents_year(const struct document_settings *s, int64_t date)
{
    struct civil c = { 0 };
    date_to_civil(date, &c);
    return s->yearly ? c.year : 0;
}

static enum rc clinic_date(struct req *r, int64_t *date)
{
    struct tenant t = { 0 };
    TRY(tenants_get(r->db, &t));
    int64_t local = zone_wall(t.time_zone, r->now);
    *date = floor_div(local == NONE ? r->now : local, USEC_PER_DAY);
    return RC_OK;
}

static enum rc whole(struct tdb *db, int64_t date, struct document_settings *out)
{
    TRY(document_settings_get(db, out));
    struct order_receipts receipts = { 0 };
    int64_t year = documents_year(out, date);
    TRY(orders_receipts(db, &receipts));
    out->receipts_online = receipts.online;
    out->receipts_desk = receipts.desk;
    TRY(document_series_next(db, DOCUMENT_INVOICE, year, &out->next_invoice));
    TRY(document_series_next(db, DOCUMENT_RECEIPT, year, &out->next_receipt));
    return document_series_next(db, DOCUMENT_CREDIT_NOTE, year, &out->next_credit_note);
}

enum rc documents_handle_settings(struct req *r)
{
    struct document_settings s = { 0 };
    int64_t date = 0;
    TRY(clinic_date(r, &date));
    TRY(whole(r->db, date, &s));
    return reply(r, &s);
}

/* A series that has begun goes on from where it is. */
static enum rc begin_series(struct tx *tx, struct settings_write *w, const char *field, int64_t kind, int64_t year, int64_t was, int64_t next)
{
    if (next == was) return RC_OK;
    enum rc rc = document_series_begin(tx, kind, year, next, RC_STATE);
    return rc == RC_STATE ? req_fail(w->r, rc, "Numbers of this series were issued already: it goes on from there", arena_printf(w->r->arena, "{\"field\":\"%s\"}", field)) : rc;
}

static enum rc set_tx(struct tx *tx, void *arg)
{
    struct settings_write *w = arg;
    struct req *r = w->r;
    struct document_settings before = { 0 }, after;
    TRY(whole(tx_db(tx), w->date, &before));
    TRY(req_version(r, before.version));
    after = before;
    shape_overlay(&document_settings_patch, r->in, &document_settings_shape, &after);
    if (str_eq(after.invoice_prefix, after.receipt_prefix)) req_field_error(r, "receipt_prefix", "is that of invoices: no two documents may have one number");
    if (str_eq(after.invoice_prefix, after.credit_note_prefix) || str_eq(after.receipt_prefix, after.credit_note_prefix))
        req_field_error(r, "credit_note_prefix", "is that of other documents: no two may have one number");
    TRY(req_invalid(r));
    int64_t year = documents_year(&after, w->date);
    TRY(begin_series(tx, w, "next_invoice", DOCUMENT_INVOICE, year, before.next_invoice, after.next_invoice));
    TRY(begin_series(tx, w, "next_receipt", DOCUMENT_RECEIPT, year, before.next_receipt, after.next_receipt));
    TRY(begin_series(tx, w, "next_credit_note", DOCUMENT_CREDIT_NOTE, year, before.next_credit_note, after.next_credit_note));
    TRY(document_settings_put(tx, &after, before.version, req_lost(r)));
    TRY(orders_receipts_put(tx, &(struct order_receipts){ .online = after.receipts_online, .desk = after.receipts_desk }));
    after.version = before.version + 1;
    TRY(tx_change(tx, r, &(struct change){ .audit_id = w->audit_id, .action = "document_settings.update", .topic = "document.settings", .entity = "document_settings",
        .id = db_tenant(r->db), .version = after.version, .changes = shape_diff(r->arena, &document_settings_shape, &before, &after) }));
    return reply(r, &after);
}

enum rc documents_handle_settings_set(struct req *r)
{
    struct settings_write w = { .r = r, .audit_id = id_new() };
    TRY(clinic_date(r, &w.date));
    return req_tx(r, "documents.settings", set_tx, &w);
}
