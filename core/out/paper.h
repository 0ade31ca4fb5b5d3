/* paper.h - documents on paper: A4 or Letter, as PDF in memory. A letterhead, two parties, a table over as many pages as it takes, sums, notes, a foot on
 * each page. Cairo and Pango draw it, any script; they are loaded when the first document is drawn, never at the start. Where they or every font are
 * missing, the same content comes as plain text pages (Latin letters only). */
#pragma once
#include "core/base/base.h"
#include "core/base/outcome.h"
#include "core/base/shape.h"

enum { PAPER_BYTES_MAX = 8 << 20, PAPER_ROWS_MAX = 4000, PAPER_COLUMNS_MAX = 8, PAPER_FACTS_MAX = 10, PAPER_TOTALS_MAX = 16, PAPER_TEXT_MAX = 4000 };

struct paper_pair { const char *label, *value; bool strong; };
struct paper_column { const char *title; int share; bool right; };       /* share: of the width, against the others */
struct paper_row { const char *cells[PAPER_COLUMNS_MAX], *detail; bool strong; }; /* detail: smaller, below the first cell */
struct paper_table { struct paper_column columns[PAPER_COLUMNS_MAX]; size_t n_columns; struct list rows; /* of struct paper_row */ };
/* Texts are UTF-8, lines end with \n; NULL or "" leaves a thing out. The same content gives the same bytes. */
struct paper {
    const char *language;                    /* "de": which shapes letters have, where that differs */
    bool letter;                             /* 8.5 by 11 inches instead of A4 */
    int64_t made_at;                         /* instant: the file's own date */
    const char *brand_color;                 /* #rrggbb; darkened until it can be read on white */
    const char *from_name, *from_lines;      /* letterhead */
    const char *to_label, *to_lines;
    const char *title, *number, *page_word;  /* "Invoice", "2026-00017", "Page" */
    struct paper_pair facts[PAPER_FACTS_MAX]; size_t n_facts;
    struct paper_table table;
    struct paper_pair totals[PAPER_TOTALS_MAX]; size_t n_totals;
    struct paper_table summary;              /* small, beside the totals: taxes */
    const char *notes, *foot;
};
/* Appends the file to a buffer (PAPER_BYTES_MAX is enough for what is allowed). RC_INVALID: more rows than PAPER_ROWS_MAX. One is drawn at a time. */
MUST_CHECK enum rc paper_pdf(const struct paper *, struct buf *out);
/* paper_plain.c: without libraries and fonts. */
MUST_CHECK enum rc paper_plain_pdf(const struct paper *, struct buf *out);
/* As the language of the locale writes them: 1,234.50 / 1.234,50 / 1 234,50; 3 May 2026 / 03.05.2026. */
const char *paper_amount(struct arena *, const char *locale, int64_t minor, const char *currency);
const char *paper_date(struct arena *, const char *locale, int64_t day);
