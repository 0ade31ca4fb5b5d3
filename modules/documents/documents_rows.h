/* documents_rows.h - private to documents: statements, shapes, issuing, paper. */
#pragma once
#include "modules/documents/documents.h"

extern const struct shape document_shape, document_line_shape, document_item_shape, document_settings_shape;

extern const struct query Q_DV_COUNTS, Q_DV_GAP, Q_DV_UNCOUNTED, Q_DV_SUMS, Q_DV_ORDER, Q_DV_INVOICED, Q_DV_CREDITED, Q_DV_RECEIVED, Q_DV_OVER_CREDITED, Q_DV_BOOKED_BACK; /* documents_verify.c */

struct document_filter { struct id client_id, order_id; int64_t kind /* NONE: any */, limit; const char *number; struct position after; };
struct credited { int64_t position, tax_minor, total_minor; };

MUST_CHECK enum rc document_find(struct tdb *, const struct document_filter *, struct list *out); /* newest first, without lines */
MUST_CHECK enum rc document_invoice_of(struct tdb *, struct id order, struct id *out);            /* RC_NOT_FOUND */
MUST_CHECK enum rc document_receipt_of(struct tdb *, struct id payment, struct id *out);
MUST_CHECK enum rc document_credited(struct tdb *, struct id invoice, struct list *out);          /* of struct credited, by line */
MUST_CHECK enum rc document_insert(struct tx *, const struct document *);
/* The next number of the series, its own until the end of the transaction. */
MUST_CHECK enum rc document_draw(struct tx *, int64_t kind, int64_t year, int64_t *serial);
MUST_CHECK enum rc document_series_next(struct tdb *, int64_t kind, int64_t year, int64_t *next);
MUST_CHECK enum rc document_series_begin(struct tx *, int64_t kind, int64_t year, int64_t first, enum rc used);
MUST_CHECK enum rc document_settings_get(struct tdb *, struct document_settings *out); /* the defaults where nothing was set */
MUST_CHECK enum rc document_settings_put(struct tx *, const struct document_settings *, int64_t version, enum rc lost);

/* documents_issue.c */
struct credit_line_in { int64_t position, total_minor; };
struct credit_in { const char *reason; struct list lines; };
enum rc documents_handle_invoice(struct req *);
enum rc documents_handle_receipt(struct req *);
enum rc documents_handle_credit(struct req *);
enum rc documents_job_receipt(struct job *);
/* documents_paper.c: the document as PDF. */
MUST_CHECK enum rc document_paper(struct arena *, const struct document *, struct buf *out);
/* documents_api.c */
enum rc documents_reply_pdf(struct req *, const struct document *);
/* documents_verify.c */
enum rc documents_verify_all(struct job *);
/* documents_mail.c: to the client, with a link that opens the PDF. */
const char *document_link(struct arena *, struct id tenant, struct id document);
MUST_CHECK enum rc document_mail_later(struct tx *, struct arena *, struct id job, struct id document, int64_t now);
enum rc documents_handle_send(struct req *);
enum rc documents_handle_public(struct req *);
enum rc documents_job_mail(struct job *);
/* documents_settings.c */
extern const struct shape document_settings_patch;
enum rc documents_handle_settings(struct req *);
enum rc documents_handle_settings_set(struct req *);
/* The year of the series at the clinic's clock; 0: one series for ever. */
int64_t documents_year(const struct document_settings *, int64_t date);
