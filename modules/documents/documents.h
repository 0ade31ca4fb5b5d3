/* documents - invoices, receipts, credit notes. A document is a row with all that stands on its paper, made once and never changed (the database
 * refuses it). Its number is drawn in the commit that issues it from a counter whose row is locked until that commit, so a series has no gap: whoever
 * fails or tries again gives the number back. An invoice says what is earned (orders_invoice); a credit note takes that back, whole or in part, in the same way. */
#pragma once
#include "modules/orders/orders.h"

enum document_kind { DOCUMENT_INVOICE, DOCUMENT_RECEIPT, DOCUMENT_CREDIT_NOTE, DOCUMENT_KINDS };
extern const char *const document_kind_names[];

struct document_line {
    int64_t position, kind;
    struct id ref_id;
    const char *description, *tax_name;
    int64_t quantity, unit_minor, discount_minor, tax_ppm, tax_minor, total_minor;
};
struct document {
    struct id id, order_id, payment_id, of_id, client_id, actor_id;
    const char *number, *of_number, *client_name, *currency, *payment_reference, *reason;
    const char *seller_name, *seller_lines, *buyer_lines, *brand_color, *locale, *notes, *legal_text, *actor_kind;
    const char *public_url;        /* opens the PDF for whoever has it */
    int64_t kind, year, serial, net_minor, tax_minor, total_minor, paid_minor, payment_minor, payment_method, paid_at, issued_at, issued_on, due_on;
    int64_t credited_minor, open_minor; /* of an invoice, as it is now: by credit notes, and what its order still asks for; not on paper */
    bool tax_included;
    struct list lines;             /* of struct document_line; at most ORDER_LINES_MAX */
};
struct document_settings {
    struct present present;
    const char *invoice_prefix, *receipt_prefix, *credit_note_prefix, *legal_name, *tax_id, *notes, *legal_text;
    int64_t payment_days, next_invoice, next_receipt, next_credit_note, version;
    bool yearly, receipts_online, receipts_desk;
};

extern const struct module documents_module;
extern const struct query *const documents_queries[];

MUST_CHECK enum rc documents_get(struct tdb *, struct id, struct document *out);      /* with its lines */

/* Proves that numbers have no gap, that sums are those of lines, lines those of orders, and that credit notes and receipts fit; or names the first that does not. May run beside writers. */
struct documents_proof { int64_t documents, series; const char *breach; /* NULL: all is well */ };
MUST_CHECK enum rc documents_verify(struct tdb *, struct documents_proof *out);
