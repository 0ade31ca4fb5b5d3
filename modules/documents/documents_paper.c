/* documents_paper.c - a document as paper: its words in the clinic's language (English, German), amounts and dates as written there. Pure: only what the row holds. */
#include "modules/documents/documents_rows.h"
#include <stdio.h>
#include <string.h>

struct words {
    const char *titles[DOCUMENT_KINDS], *bill_to, *received_from, *date, *due, *order, *of_invoice, *paid_on, *method, *reference, *currency;
    const char *description, *quantity, *price, *tax, *amount, *net, *tax_sum, *total, *total_credited, *discount, *paid, *open, *this_payment, *without_tax, *reason, *page, *included;
    const char *methods[6];
};
static const struct words english = { { "Invoice", "Receipt", "Credit note" }, "Bill to", "Received from", "Date", "Due", "Order", "For invoice", "Paid on", "Paid by", "Reference",
    "Currency", "Description", "Qty", "Price", "Tax", "Amount", "Net", "Tax", "Total", "Total credited", "Discount", "Paid", "Amount due", "This payment", "No tax", "Reason", "Page",
    "incl. tax", { "Cash", "Card terminal", "Bank transfer", "Card online", "Wallet", "Other" } };
static const struct words german = { { "Rechnung", "Quittung", "Gutschrift" }, "Rechnung an", "Erhalten von", "Datum", "F\xc3\xa4llig", "Auftrag", "Zu Rechnung", "Bezahlt am",
    "Bezahlt mit", "Referenz", "W\xc3\xa4hrung", "Beschreibung", "Menge", "Preis", "Steuer", "Betrag", "Netto", "Steuer", "Gesamt", "Gutschrift gesamt", "Rabatt", "Bezahlt",
    "Zu zahlen", "Diese Zahlung", "Ohne Steuer", "Grund", "Seite", "inkl. Steuer", { "Bar", "Kartenterminal", "\303\234berweisung", "Karte online", "Guthaben", "Sonstiges" } };

static const struct words *words_of(const char *locale) { return str_starts(locale, "de") ? &german : &english; }

static const char *amount(struct arena *a, const struct document *d, int64_t minor) { return paper_amount(a, d->locale, minor, d->currency); }
static const char *money(struct arena *a, const struct document *d, int64_t minor) { return arena_printf(a, "%s\xc2\xa0%s", amount(a, d, minor), d->currency); }

static const char *percent(struct arena *a, const struct document *d, int64_t ppm)
{
    if (ppm % 10000 == 0) return arena_printf(a, "%lld\xc2\xa0%%", (long long)(ppm / 10000));
    char part[8];
    snprintf(part, sizeof part, "%04d", (int)(ppm % 10000));
    for (size_t n = 4; n && part[n - 1] == '0'; n--) part[n - 1] = 0;
    return arena_printf(a, "%lld%s%s\xc2\xa0%%", (long long)(ppm / 10000), words_of(d->locale) == &german ? "," : ".", part);
}

static const char *date(struct arena *a, const struct document *d, int64_t day) { return paper_date(a, d->locale, day); }

/* ---- the parts ------------------------------------------------------------------------------------------------------------------ */

static void fact(struct paper *p, const char *label, const char *value)
{
    if (!str_empty(value) && p->n_facts < PAPER_FACTS_MAX) p->facts[p->n_facts++] = (struct paper_pair){ label, value, false };
}

static void sum(struct paper *p, const char *label, const char *value, bool strong)
{
    if (p->n_totals < PAPER_TOTALS_MAX) p->totals[p->n_totals++] = (struct paper_pair){ label, value, strong };
}

static void facts(struct arena *a, const struct document *d, const struct words *w, struct paper *p)
{
    fact(p, w->date, date(a, d, d->issued_on));
    if (d->due_on != NONE) fact(p, w->due, date(a, d, d->due_on));
    fact(p, w->of_invoice, d->of_number);
    if (d->kind != DOCUMENT_RECEIPT) return;
    if (d->payment_method != NONE) fact(p, w->method, w->methods[d->payment_method]);
    fact(p, w->reference, d->payment_reference);
}

static enum rc lines(struct arena *a, const struct document *d, const struct words *w, struct paper *p)
{
    struct paper_row *rows = arena_alloc(a, (d->lines.n + 1) * sizeof *rows);
    if (!rows) return RC_OOM;
    const struct paper_column columns[] = { { w->description, 44, false }, { w->quantity, 9, true }, { w->price, 17, true }, { w->tax, 11, true }, { w->amount, 19, true } };
    memcpy(p->table.columns, columns, sizeof columns);
    p->table.n_columns = ARRAY_LEN(columns);
    for (size_t i = 0; i < d->lines.n; i++) {
        const struct document_line *l = LIST_AT(d->lines, struct document_line, i);
        rows[i] = (struct paper_row){ .cells = { l->description, arena_printf(a, "%lld", (long long)l->quantity), amount(a, d, l->unit_minor),
            l->tax_ppm || l->tax_name ? percent(a, d, l->tax_ppm) : "\xe2\x80\x93", amount(a, d, d->tax_included ? l->total_minor : l->total_minor - l->tax_minor) } };
        if (l->discount_minor) rows[i].detail = arena_printf(a, "%s \xe2\x88\x92%s", w->discount, money(a, d, l->discount_minor));
    }
    p->table.rows = (struct list){ rows, d->lines.n };
    return RC_OK;
}

/* One row for each rate that occurs. */
static enum rc taxes(struct arena *a, const struct document *d, const struct words *w, struct paper *p)
{
    struct paper_row *rows = arena_alloc(a, (d->lines.n + 1) * sizeof *rows);
    size_t n = 0;
    if (!rows) return RC_OOM;
    for (size_t i = 0; i < d->lines.n; i++) {
        const struct document_line *l = LIST_AT(d->lines, struct document_line, i);
        int64_t tax = 0, total = 0;
        bool first = true;
        for (size_t k = 0; k < d->lines.n; k++) {
            const struct document_line *other = LIST_AT(d->lines, struct document_line, k);
            if (other->tax_ppm != l->tax_ppm || !str_eq(other->tax_name, l->tax_name)) continue;
            tax += other->tax_minor;
            total += other->total_minor;
            first = first && k >= i;
        }
        const char *name = l->tax_name ? l->tax_name : l->tax_ppm ? percent(a, d, l->tax_ppm) : w->without_tax;
        if (first) rows[n++] = (struct paper_row){ .cells = { name, amount(a, d, total - tax), amount(a, d, tax) } };
    }
    if (!d->tax_minor) return RC_OK;
    const struct paper_column columns[] = { { w->tax, 40, false }, { w->net, 30, true }, { w->amount, 30, true } };
    memcpy(p->summary.columns, columns, sizeof columns);
    p->summary.n_columns = ARRAY_LEN(columns);
    p->summary.rows = (struct list){ rows, n };
    return RC_OK;
}

static void sums(struct arena *a, const struct document *d, const struct words *w, struct paper *p)
{
    if (d->tax_minor) {
        sum(p, w->net, money(a, d, d->net_minor), false);
        sum(p, w->tax_sum, money(a, d, d->tax_minor), false);
    }
    if (d->kind == DOCUMENT_CREDIT_NOTE) {
        sum(p, w->total_credited, money(a, d, d->total_minor), true);
        return;
    }
    int64_t open = d->total_minor > d->paid_minor ? d->total_minor - d->paid_minor : 0;
    sum(p, w->total, money(a, d, d->total_minor), d->kind == DOCUMENT_INVOICE);
    if (d->kind == DOCUMENT_INVOICE && d->paid_minor) sum(p, w->paid, money(a, d, d->paid_minor), false);
    if (d->kind == DOCUMENT_RECEIPT) sum(p, w->this_payment, money(a, d, d->payment_minor), true);
    if (d->kind == DOCUMENT_INVOICE || open) sum(p, w->open, money(a, d, open), false);
}

enum rc document_paper(struct arena *a, const struct document *d, struct buf *out)
{
    const struct words *w = words_of(d->locale);
    struct paper p = { .language = d->locale, .letter = str_eq(d->locale, "en-US") || str_eq(d->locale, "en-CA"), .made_at = d->issued_at, .brand_color = d->brand_color,
        .from_name = d->seller_name, .from_lines = d->seller_lines, .to_lines = d->buyer_lines, .title = w->titles[d->kind], .number = d->number, .page_word = w->page,
        .foot = d->legal_text };
    if (!str_empty(d->buyer_lines)) p.to_label = d->kind == DOCUMENT_RECEIPT ? w->received_from : w->bill_to;
    if (!str_empty(d->reason)) p.notes = str_empty(d->notes) ? arena_printf(a, "%s: %s", w->reason, d->reason) : arena_printf(a, "%s: %s\n\n%s", w->reason, d->reason, d->notes);
    else p.notes = d->notes;
    facts(a, d, w, &p);
    TRY(lines(a, d, w, &p));
    TRY(taxes(a, d, w, &p));
    sums(a, d, w, &p);
    return arena_failed(a) ? RC_OOM : paper_pdf(&p, out);
}
