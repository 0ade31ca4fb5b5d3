/* documents_verify.c - proves that numbers have no gaps and that what stands on paper is what orders, payments and the ledger say, or names the first that is not. One
 * statement a rule, so that each looks at one moment and it may run beside writers. */
#include "modules/documents/documents_rows.h"
#include "modules/tenants/tenants.h"

#define WHOLE .scan = "all of it is proved"
#define FIRST " ORDER BY d.id LIMIT 1"
#define LINES "document_line l WHERE l.tenant_id = d.tenant_id AND l.document_id = d.id"
const struct query Q_DV_COUNTS = { .name = "documents.counts", .args = "", WHOLE,
    .sql = "SELECT (SELECT COUNT(*) FROM document WHERE tenant_id = $1) AS documents, (SELECT COUNT(*) FROM document_series WHERE tenant_id = $1 AND used = 1) AS series" };
/* From where it begins to the counter, each number once (the table sees to that). */
const struct query Q_DV_GAP = { .name = "documents.gap", .args = "", WHOLE,
    .sql = "SELECT s.kind, s.year FROM document_series s LEFT JOIN (SELECT kind, year, COUNT(*) AS n, MIN(serial) AS low, MAX(serial) AS high FROM document WHERE tenant_id = $1 GROUP BY kind, year) d"
           " ON d.kind = s.kind AND d.year = s.year WHERE s.tenant_id = $1 AND ((s.used = 1 AND d.n IS NULL) OR (s.used = 0 AND d.n IS NOT NULL) OR d.high <> s.last OR d.low <> s.first_serial OR d.n <> d.high - d.low + 1)"
           " ORDER BY s.kind, s.year LIMIT 1" };
const struct query Q_DV_UNCOUNTED = { .name = "documents.uncounted", .args = "", WHOLE,
    .sql = "SELECT d.id FROM document d LEFT JOIN document_series s ON s.tenant_id = d.tenant_id AND s.kind = d.kind AND s.year = d.year WHERE d.tenant_id = $1 AND s.kind IS NULL" FIRST };
const struct query Q_DV_SUMS = { .name = "documents.sums", .args = "", WHOLE,
    .sql = "SELECT d.id FROM document d WHERE d.tenant_id = $1 AND (d.total_minor <> COALESCE((SELECT SUM(l.total_minor) FROM " LINES "), 0)"
           " OR d.tax_minor <> COALESCE((SELECT SUM(l.tax_minor) FROM " LINES "), 0))" FIRST };
/* An order's lines do not change once something of it is paid or invoiced. */
const struct query Q_DV_ORDER = { .name = "documents.order_agrees", .args = "", WHOLE,
    .sql = "SELECT d.id FROM document d LEFT JOIN client_order o ON o.tenant_id = d.tenant_id AND o.id = d.order_id WHERE d.tenant_id = $1 AND d.kind <> 'credit_note' AND (d.total_minor <> o.total_minor"
           " OR d.currency <> o.currency OR (SELECT COUNT(*) FROM " LINES ") <> (SELECT COUNT(*) FROM client_order_line n LEFT JOIN document_line l ON l.tenant_id = n.tenant_id AND l.document_id = d.id"
           " AND l.position = n.position WHERE n.tenant_id = o.tenant_id AND n.order_id = o.id AND l.total_minor = n.total_minor AND l.tax_minor = n.tax_minor))" FIRST };
const struct query Q_DV_INVOICED = { .name = "documents.invoiced", .args = "", WHOLE,
    .sql = "SELECT o.id FROM client_order o LEFT JOIN document d ON d.tenant_id = o.tenant_id AND d.order_id = o.id AND d.kind = 'invoice' WHERE o.tenant_id = $1"
           " AND (o.invoiced = 1) <> (d.id IS NOT NULL) ORDER BY o.id LIMIT 1" };
const struct query Q_DV_CREDITED = { .name = "documents.credited_agrees", .args = "", WHOLE,
    .sql = "SELECT o.id FROM client_order o WHERE o.tenant_id = $1 AND o.credited_minor <> COALESCE((SELECT SUM(d.total_minor) FROM document d WHERE d.tenant_id = o.tenant_id AND d.order_id = o.id"
           " AND d.kind = 'credit_note'), 0) ORDER BY o.id LIMIT 1" };
const struct query Q_DV_RECEIVED = { .name = "documents.received", .args = "", WHOLE,
    .sql = "SELECT d.id FROM document d LEFT JOIN payment p ON p.tenant_id = d.tenant_id AND p.id = d.payment_id WHERE d.tenant_id = $1 AND d.kind = 'receipt'"
           " AND (p.order_id <> d.order_id OR p.state <> 'succeeded' OR p.amount_minor <> d.payment_minor)" FIRST };
/* Line by line: all credit notes of an invoice together. */
const struct query Q_DV_OVER_CREDITED = { .name = "documents.over_credited", .args = "", WHOLE,
    .sql = "SELECT d.of_id AS id FROM document d LEFT JOIN document_line l ON l.tenant_id = d.tenant_id AND l.document_id = d.id LEFT JOIN document_line i ON i.tenant_id = d.tenant_id AND i.document_id = d.of_id"
           " AND i.position = l.position WHERE d.tenant_id = $1 AND d.kind = 'credit_note' GROUP BY d.of_id, l.position, i.total_minor, i.tax_minor"
           " HAVING i.total_minor IS NULL OR SUM(l.total_minor) > i.total_minor OR SUM(l.tax_minor) > i.tax_minor ORDER BY d.of_id LIMIT 1" };
const struct query Q_DV_BOOKED_BACK = { .name = "documents.booked_back", .args = "", WHOLE,
    .sql = "SELECT d.id FROM document d WHERE d.tenant_id = $1 AND d.kind = 'credit_note' AND d.total_minor <> COALESCE((SELECT SUM(t.amount) FROM ledger_transfer t WHERE t.tenant_id = d.tenant_id"
           " AND t.cause_id = d.id AND t.phase IN ('single', 'post') AND NOT EXISTS (SELECT 1 FROM ledger_transfer e WHERE e.tenant_id = t.tenant_id AND e.of_id = t.id AND e.phase = 'reversal')), 0)" FIRST };

struct found { struct id id; const char *kind; int64_t year; };
static const struct field found_fields[] = { F_ID(struct found, id), F_STR(struct found, kind), F_INT(struct found, year), F_END };
static const struct shape found_row = SHAPE_NAMED("documents_found", found, found_fields);
static const struct field count_fields[] = { F_INT(struct documents_proof, documents), F_INT(struct documents_proof, series), F_END };
static const struct shape count_row = SHAPE_NAMED("documents_counts", documents_proof, count_fields);

enum rc documents_verify(struct tdb *db, struct documents_proof *out)
{
    static const struct { const struct query *q; const char *what, *wrong; } rules[] = { { &Q_DV_UNCOUNTED, "document", "no series counts its number" }, { &Q_DV_SUMS, "document", "its sums are not those of its lines" },
        { &Q_DV_ORDER, "document", "its lines are not those of its order" }, { &Q_DV_INVOICED, "order", "it is invoiced without an invoice, or the other way" }, { &Q_DV_CREDITED, "order", "what was credited is not the sum of its credit notes" },
        { &Q_DV_RECEIVED, "receipt", "its payment says something else" },
        { &Q_DV_OVER_CREDITED, "invoice", "more of a line was credited than stands on it" }, { &Q_DV_BOOKED_BACK, "credit note", "the ledger has moved another amount for it" } };
    struct found f = { 0 };
    char id[ID_TEXT];
    *out = (struct documents_proof){ 0 };
    TRY(db_get(db, &Q_DV_COUNTS, ARGS(), &count_row, out));
    enum rc rc = db_get(db, &Q_DV_GAP, ARGS(), &found_row, &f);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    if (rc == RC_OK) out->breach = arena_printf(db_arena(db), "series %s %lld: a number is missing, or its counter is another", f.kind, (long long)f.year);
    for (size_t i = 0; i < ARRAY_LEN(rules) && !out->breach; i++) {
        rc = db_get(db, rules[i].q, ARGS(), &found_row, &f);
        if (rc == RC_NOT_FOUND) continue;
        TRY(rc);
        out->breach = arena_printf(db_arena(db), "%s %s: %s", rules[i].what, id_format(f.id, id), rules[i].wrong);
    }
    return RC_OK;
}

static enum rc prove(struct tdb *db, int64_t now, const char **breach)
{
    struct documents_proof proof;
    (void)now;
    TRY(documents_verify(db, &proof));
    *breach = proof.breach;
    return RC_OK;
}

enum rc documents_verify_all(struct job *job) { return tenants_prove(job, &(struct proving){ "documents.breach", "documents", 4 << 20, prove }); }
