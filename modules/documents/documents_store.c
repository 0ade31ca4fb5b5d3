/* documents_store.c - the statements on document, document_line, document_series and document_settings. */
#include "modules/documents/documents_rows.h"
#include <string.h>

#define COLUMNS \
    "d.id, d.kind, d.year, d.serial, d.number, d.order_id, d.payment_id, d.of_id, d.of_number, d.client_id, d.client_name, d.currency, d.tax_included, d.net_minor," \
    " d.tax_minor, d.total_minor, d.paid_minor, d.payment_minor, d.payment_method, d.payment_reference, d.paid_at, d.issued_at, d.issued_on, d.due_on, d.reason," \
    " COALESCE((SELECT CAST(SUM(c.total_minor) AS BIGINT) FROM document c WHERE c.tenant_id = $1 AND c.of_id = d.id), 0) AS credited_minor," \
    " COALESCE((SELECT o.total_minor - o.credited_minor - o.paid_minor + o.refunded_minor FROM client_order o WHERE o.tenant_id = $1 AND o.id = d.order_id AND d.kind = 'invoice'" \
    " AND o.state = 'open' AND o.total_minor - o.credited_minor > o.paid_minor - o.refunded_minor), 0) AS open_minor"
#define PAPER ", d.seller_name, d.seller_lines, d.buyer_lines, d.brand_color, d.locale, d.notes, d.legal_text, d.actor_kind, d.actor_id"
static const struct query Q_GET = { .name = "documents.get", .args = "u", .sql = "SELECT " COLUMNS PAPER " FROM document d WHERE d.tenant_id = $1 AND d.id = $2" };
static const struct query Q_LINES = { .name = "documents.lines", .args = "u",
    .sql = "SELECT position, kind, ref_id, description, quantity, unit_minor, discount_minor, tax_name, tax_ppm, tax_minor, total_minor FROM document_line"
           " WHERE tenant_id = $1 AND document_id = $2 ORDER BY position LIMIT 20" };
#define FIND(cond, a, b, c, d) \
    "SELECT " COLUMNS " FROM document d WHERE d.tenant_id = $1" cond " AND (CAST(" a " AS TEXT) IS NULL OR d.kind = " a ") AND (d.issued_at, d.id) < (" b ", " c ")" \
    " ORDER BY d.issued_at DESC, d.id DESC LIMIT " d
static const struct query Q_FIND = { .name = "documents.find", .args = "tiui", .sql = FIND("", "$2", "$3", "$4", "$5") };
static const struct query Q_FIND_CLIENT = { .name = "documents.find_client", .args = "utiui", .sql = FIND(" AND d.client_id = $2", "$3", "$4", "$5", "$6") };
static const struct query Q_FIND_ORDER = { .name = "documents.find_order", .args = "utiui", .sql = FIND(" AND d.order_id = $2", "$3", "$4", "$5", "$6") };
static const struct query Q_FIND_NUMBER = { .name = "documents.find_number", .args = "ttiui", .sql = FIND(" AND d.number = $2", "$3", "$4", "$5", "$6") };
static const struct query Q_INVOICE_OF = { .name = "documents.invoice_of", .args = "u", .sql = "SELECT id FROM document WHERE tenant_id = $1 AND order_id = $2 AND kind = 'invoice'" };
static const struct query Q_RECEIPT_OF = { .name = "documents.receipt_of", .args = "u", .sql = "SELECT id FROM document WHERE tenant_id = $1 AND payment_id = $2" };
static const struct query Q_CREDITED = { .name = "documents.credited", .args = "u",
    .sql = "SELECT l.position, CAST(SUM(l.tax_minor) AS BIGINT) AS tax_minor, CAST(SUM(l.total_minor) AS BIGINT) AS total_minor FROM document d"
           " LEFT JOIN document_line l ON l.tenant_id = d.tenant_id AND l.document_id = d.id WHERE d.tenant_id = $1 AND d.of_id = $2 GROUP BY l.position LIMIT 20" };
static const struct query Q_INSERT = { .name = "documents.insert", .args = "utiituuututtziiiiittiiiitttttttttu",
    .sql = "INSERT INTO document (tenant_id, id, kind, year, serial, number, order_id, payment_id, of_id, of_number, client_id, client_name, currency, tax_included,"
           " net_minor, tax_minor, total_minor, paid_minor, payment_minor, payment_method, payment_reference, paid_at, issued_at, issued_on, due_on, reason, seller_name,"
           " seller_lines, buyer_lines, brand_color, locale, notes, legal_text, actor_kind, actor_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14,"
           " $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35)" };
static const struct query Q_LINE_INSERT = { .name = "documents.line_insert", .args = "uitutiiitiii",
    .sql = "INSERT INTO document_line (tenant_id, document_id, position, kind, ref_id, description, quantity, unit_minor, discount_minor, tax_name, tax_ppm, tax_minor,"
           " total_minor) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)" };
static const struct query Q_DRAW = { .name = "documents.draw", .args = "ti",
    .sql = "INSERT INTO document_series (tenant_id, kind, year, last, used, first_serial) VALUES ($1, $2, $3, 1, 1, 1)"
           " ON CONFLICT (tenant_id, kind, year) DO UPDATE SET last = document_series.last + 1, used = 1" };
static const struct query Q_LAST = { .name = "documents.last", .args = "ti", .sql = "SELECT last FROM document_series WHERE tenant_id = $1 AND kind = $2 AND year = $3" };
static const struct query Q_BEGIN = { .name = "documents.begin", .args = "tii",
    .sql = "INSERT INTO document_series (tenant_id, kind, year, last, used, first_serial) VALUES ($1, $2, $3, $4, 0, $4 + 1)"
           " ON CONFLICT (tenant_id, kind, year) DO UPDATE SET last = excluded.last, first_serial = excluded.first_serial WHERE document_series.used = 0" };
static const struct query Q_SETTINGS = { .name = "documents.settings", .args = "",
    .sql = "SELECT invoice_prefix, receipt_prefix, credit_note_prefix, yearly, payment_days, legal_name, tax_id, notes, legal_text, version FROM document_settings"
           " WHERE tenant_id = $1" };
static const struct query Q_SETTINGS_PUT = { .name = "documents.settings_put", .args = "tttzittttii",
    .sql = "INSERT INTO document_settings (tenant_id, invoice_prefix, receipt_prefix, credit_note_prefix, yearly, payment_days, legal_name, tax_id, notes, legal_text,"
           " version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (tenant_id) DO UPDATE SET"
           " invoice_prefix = excluded.invoice_prefix, receipt_prefix = excluded.receipt_prefix, credit_note_prefix = excluded.credit_note_prefix, yearly = excluded.yearly,"
           " payment_days = excluded.payment_days, legal_name = excluded.legal_name, tax_id = excluded.tax_id, notes = excluded.notes, legal_text = excluded.legal_text,"
           " version = excluded.version WHERE document_settings.version = $12" };
const struct query *const documents_queries[] = { &Q_GET, &Q_LINES, &Q_FIND, &Q_FIND_CLIENT, &Q_FIND_ORDER, &Q_FIND_NUMBER, &Q_INVOICE_OF, &Q_RECEIPT_OF,
    &Q_CREDITED, &Q_INSERT, &Q_LINE_INSERT, &Q_DRAW, &Q_LAST, &Q_BEGIN, &Q_SETTINGS, &Q_SETTINGS_PUT,
    &Q_DV_COUNTS, &Q_DV_GAP, &Q_DV_UNCOUNTED, &Q_DV_SUMS, &Q_DV_ORDER, &Q_DV_INVOICED, &Q_DV_CREDITED, &Q_DV_RECEIVED, &Q_DV_OVER_CREDITED, &Q_DV_BOOKED_BACK, NULL };

enum rc documents_get(struct tdb *db, struct id id, struct document *out)
{
    TRY(db_get(db, &Q_GET, ARGS(U(id)), &document_shape, out));
    out->public_url = document_link(db_arena(db), db_tenant(db), out->id);
    return db_list(db, &Q_LINES, ARGS(U(id)), &document_line_shape, ORDER_LINES_MAX, &out->lines);
}

enum rc document_find(struct tdb *db, const struct document_filter *f, struct list *out)
{
    struct id last = f->after.id;
    int64_t at = f->after.number;
    size_t max = (size_t)f->limit;
    const char *kind = f->kind == NONE ? NULL : document_kind_names[f->kind];
    if (id_is_nil(last)) {
        memset(last.b, 0xff, sizeof last.b);
        at = INT64_MAX;
    }
    if (f->number) return db_list(db, &Q_FIND_NUMBER, ARGS(S(f->number), S(kind), I(at), U(last), I(f->limit)), &document_item_shape, max, out);
    if (!id_is_nil(f->order_id)) return db_list(db, &Q_FIND_ORDER, ARGS(U(f->order_id), S(kind), I(at), U(last), I(f->limit)), &document_item_shape, max, out);
    if (!id_is_nil(f->client_id)) return db_list(db, &Q_FIND_CLIENT, ARGS(U(f->client_id), S(kind), I(at), U(last), I(f->limit)), &document_item_shape, max, out);
    return db_list(db, &Q_FIND, ARGS(S(kind), I(at), U(last), I(f->limit)), &document_item_shape, max, out);
}

struct found { struct id id; };
static const struct field found_fields[] = { F_ID(struct found, id), F_END };
static const struct shape found_shape = SHAPE(found, found_fields);

enum rc document_invoice_of(struct tdb *db, struct id order, struct id *out) { return db_get(db, &Q_INVOICE_OF, ARGS(U(order)), &found_shape, out); }
enum rc document_receipt_of(struct tdb *db, struct id payment, struct id *out) { return db_get(db, &Q_RECEIPT_OF, ARGS(U(payment)), &found_shape, out); }

static const struct field credited_fields[] = { F_INT(struct credited, position), F_INT(struct credited, tax_minor), F_INT(struct credited, total_minor), F_END };
static const struct shape credited_shape = SHAPE(credited, credited_fields);

enum rc document_credited(struct tdb *db, struct id invoice, struct list *out)
{
    return db_list(db, &Q_CREDITED, ARGS(U(invoice)), &credited_shape, ORDER_LINES_MAX, out);
}

enum rc document_insert(struct tx *tx, const struct document *d)
{
    TRY(tx_run_query(tx, &Q_INSERT,
        ARGS(U(d->id), S(document_kind_names[d->kind]), I(d->year), I(d->serial), S(d->number), U(d->order_id), U(d->payment_id), U(d->of_id), S(d->of_number), U(d->client_id),
            S(d->client_name), S(d->currency), Z(d->tax_included), I(d->net_minor), I(d->tax_minor), I(d->total_minor), I(d->paid_minor), I(d->payment_minor),
            S(d->payment_method == NONE ? NULL : payment_method_names[d->payment_method]), S(d->payment_reference), I(d->paid_at), I(d->issued_at), I(d->issued_on),
            I(d->due_on), S(d->reason), S(d->seller_name), S(d->seller_lines), S(d->buyer_lines), S(d->brand_color), S(d->locale), S(d->notes), S(d->legal_text),
            S(d->actor_kind), U(d->actor_id))));
    for (size_t i = 0; i < d->lines.n; i++) {
        const struct document_line *l = LIST_AT(d->lines, struct document_line, i);
        TRY(tx_run_query(tx, &Q_LINE_INSERT,
            ARGS(U(d->id), I(l->position), S(order_line_kind_names[l->kind]), U(l->ref_id), S(l->description), I(l->quantity), I(l->unit_minor), I(l->discount_minor),
                S(l->tax_name), I(l->tax_ppm), I(l->tax_minor), I(l->total_minor))));
    }
    return RC_OK;
}

/* ---- numbers ------------------------------------------------------------------------------------------------------------------------- */

enum rc document_draw(struct tx *tx, int64_t kind, int64_t year, int64_t *serial)
{
    TRY(tx_one(tx, &Q_DRAW, ARGS(S(document_kind_names[kind]), I(year)), RC_RETRY));
    return db_int(tx_db(tx), &Q_LAST, ARGS(S(document_kind_names[kind]), I(year)), serial);
}

enum rc document_series_next(struct tdb *db, int64_t kind, int64_t year, int64_t *next)
{
    enum rc rc = db_int(db, &Q_LAST, ARGS(S(document_kind_names[kind]), I(year)), next);
    *next = rc == RC_OK ? *next + 1 : 1;
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

enum rc document_series_begin(struct tx *tx, int64_t kind, int64_t year, int64_t first, enum rc used)
{
    return tx_one(tx, &Q_BEGIN, ARGS(S(document_kind_names[kind]), I(year), I(first - 1)), used);
}

/* ---- settings ------------------------------------------------------------------------------------------------------------------------ */

enum rc document_settings_get(struct tdb *db, struct document_settings *out)
{
    enum rc rc = db_get(db, &Q_SETTINGS, ARGS(), &document_settings_shape, out);
    if (rc != RC_NOT_FOUND) return rc;
    *out = (struct document_settings){ .invoice_prefix = "INV-", .receipt_prefix = "RCP-", .credit_note_prefix = "CN-", .yearly = true, .payment_days = 14 };
    return RC_OK;
}

enum rc document_settings_put(struct tx *tx, const struct document_settings *s, int64_t version, enum rc lost)
{
    return tx_one(tx, &Q_SETTINGS_PUT,
        ARGS(S(s->invoice_prefix), S(s->receipt_prefix), S(s->credit_note_prefix), Z(s->yearly), I(s->payment_days), S(s->legal_name), S(s->tax_id), S(s->notes),
            S(s->legal_text), I(version + 1), I(version)), lost);
}
