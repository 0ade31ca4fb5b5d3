/* paper.c - see paper.h. The page is laid out twice: first to count the pages, then to draw. Fonts and shaping keep state of their own that threads must not
 * share, so one document is drawn at a time. */
#include "core/out/paper.h"
#include <cairo-pdf.h>
#include <dlfcn.h>
#include <pango/pangocairo.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* ---- the libraries, when they are wanted ------------------------------------------------------------------------------------ */

#define LIBRARY "libpangocairo-1.0.so.0"
#define FUNCTIONS(X) \
    X(cairo_pdf_surface_create_for_stream) X(cairo_pdf_surface_set_metadata) X(cairo_surface_finish) X(cairo_surface_destroy) X(cairo_create) X(cairo_destroy) \
    X(cairo_status) X(cairo_surface_status) X(cairo_show_page) X(cairo_move_to) X(cairo_line_to) X(cairo_rectangle) X(cairo_fill) X(cairo_stroke) \
    X(cairo_set_line_width) X(cairo_set_source_rgb) X(pango_cairo_font_map_new) X(pango_font_map_create_context) X(pango_layout_get_unknown_glyphs_count) \
    X(pango_context_set_round_glyph_positions) X(pango_context_set_language) X(pango_language_from_string) X(pango_cairo_update_context) X(pango_layout_new) \
    X(pango_cairo_update_layout) X(pango_cairo_show_layout) X(pango_layout_set_text) X(pango_layout_set_width) X(pango_layout_set_height) \
    X(pango_layout_set_wrap) X(pango_layout_set_ellipsize) X(pango_layout_set_alignment) X(pango_layout_set_auto_dir) X(pango_layout_set_font_description) \
    X(pango_layout_set_line_spacing) X(pango_layout_get_pixel_size) X(pango_font_description_from_string) X(pango_font_description_set_absolute_size) \
    X(pango_font_description_set_weight) X(pango_font_description_free) X(g_object_unref)
#define MEMBER(f) __typeof__(f) *f;
static struct { FUNCTIONS(MEMBER) } lib;
#define ENTRY(f) { #f, &lib.f },
static const struct { const char *name; void *at; } entries[] = { FUNCTIONS(ENTRY) };

#ifdef __SANITIZE_ADDRESS__
/* fontconfig keeps what it holds by offsets, which a search for pointers does not see. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void) { return "leak:libfontconfig\n"; }
#endif

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static enum { NOT_TRIED, READY, MISSING } state;
static PangoFontMap *fonts;

static bool load_functions(void)
{
    void *handle = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
        void *f = handle ? dlsym(handle, entries[i].name) : NULL;
        if (!f) return false;
        memcpy(entries[i].at, &f, sizeof f);
    }
    return true;
}

/* Without a single font there would be empty boxes in place of letters. */
static bool find_fonts(void)
{
    fonts = lib.pango_cairo_font_map_new();
    if (!fonts) return false;
    PangoContext *context = lib.pango_font_map_create_context(fonts);
    PangoLayout *layout = lib.pango_layout_new(context);
    lib.pango_layout_set_text(layout, "Abc 123", -1);
    int unknown = lib.pango_layout_get_unknown_glyphs_count(layout);
    lib.g_object_unref(layout);
    lib.g_object_unref(context);
    return unknown == 0;
}

static bool ready(void)
{
    if (state == NOT_TRIED) {
        state = load_functions() && find_fonts() ? READY : MISSING;
        if (state == MISSING) LOG(LOG_WARN, "paper.no_fonts", KS("library", LIBRARY));
    }
    return state == READY;
}

/* ---- a pen ------------------------------------------------------------------------------------------------------------------- */

#define FONTS "Inter, Noto Sans, Liberation Sans, DejaVu Sans, Sans"
enum { LINES_MAX = 12, NOTE_LINES_MAX = 45, FOOT_LINES_MAX = 4, HEAD_LINES_MAX = 10 };
static const double SIDE = 50, TOP = 40, PAD = 5, GAP = 10;
struct rgb { double r, g, b; };
static const struct rgb INK = { 0.11, 0.13, 0.16 }, GREY = { 0.40, 0.43, 0.47 }, RULE = { 0.85, 0.87, 0.89 };

struct pen {
    const struct paper *p;
    cairo_t *cr;
    PangoLayout *layout;
    PangoFontDescription *plain, *bold;
    struct rgb brand;
    double width, height, y, bottom, foot_height; /* bottom: content ends here */
    int page, pages;
    bool draw;
};
struct style { double size; bool bold, right; struct rgb color; int lines; };

/* Unicode has code points that stand for nothing (U+FFFE, U+10FFFF, U+FDD0...): the clinic may have typed them, and Cairo refuses a whole document for one.
 * They are left away, as is a letter that the limit would cut in two. */
static const char *drawable(const char *s, char to[PAPER_TEXT_MAX + 1])
{
    size_t n = 0;
    for (const unsigned char *c = (const unsigned char *)s; *c;) {
        size_t len = *c < 0x80 ? 1 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : 4;
        if (strnlen((const char *)c, len) < len || n + len > PAPER_TEXT_MAX) break;
        bool last_two = len >= 3 && c[len - 2] == 0xbf && c[len - 1] >= 0xbe && (len == 3 ? c[0] == 0xef : (c[1] & 0x0f) == 0x0f);
        bool arabic = len == 3 && c[0] == 0xef && c[1] == 0xb7 && c[2] >= 0x90 && c[2] <= 0xaf;
        if (!last_two && !arabic) {
            memcpy(to + n, c, len);
            n += len;
        }
        c += len;
    }
    to[n] = 0;
    return to;
}

/* Height of the text in that width; drawn when it is time to. */
static double put(struct pen *n, const struct style *s, double x, double y, double width, const char *text)
{
    int w, h;
    char clean[PAPER_TEXT_MAX + 1];
    if (str_empty(text)) return 0;
    PangoFontDescription *d = s->bold ? n->bold : n->plain;
    lib.pango_font_description_set_absolute_size(d, s->size * PANGO_SCALE);
    lib.pango_layout_set_font_description(n->layout, d);
    lib.pango_layout_set_auto_dir(n->layout, !s->right); /* an amount stands at the right whatever it is written in */
    lib.pango_layout_set_alignment(n->layout, s->right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    lib.pango_layout_set_width(n->layout, (int)(width * PANGO_SCALE));
    lib.pango_layout_set_height(n->layout, -(s->lines ? s->lines : LINES_MAX));
    lib.pango_layout_set_text(n->layout, drawable(text, clean), -1);
    lib.pango_layout_get_pixel_size(n->layout, &w, &h);
    if (n->draw) {
        lib.cairo_set_source_rgb(n->cr, s->color.r, s->color.g, s->color.b);
        lib.cairo_move_to(n->cr, x, y);
        lib.pango_cairo_show_layout(n->cr, n->layout);
    }
    return h;
}

static double tall(struct pen *n, const struct style *s, double width, const char *text)
{
    bool draw = n->draw;
    n->draw = false;
    double h = put(n, s, 0, 0, width, text);
    n->draw = draw;
    return h;
}

static void box(struct pen *n, double x, double y, double w, double h, struct rgb c)
{
    if (!n->draw) return;
    lib.cairo_set_source_rgb(n->cr, c.r, c.g, c.b);
    lib.cairo_rectangle(n->cr, x, y, w, h);
    lib.cairo_fill(n->cr);
}

static void rule(struct pen *n, double x, double y, double w, double thick, struct rgb c) { box(n, x, y - thick / 2, w, thick, c); }
static double larger(double a, double b) { return a > b ? a : b; }

static struct rgb tint(struct rgb c) { return (struct rgb){ 0.92 + 0.08 * c.r, 0.92 + 0.08 * c.g, 0.92 + 0.08 * c.b }; }

static double linear(double v) { return v <= 0.04045 ? v / 12.92 : (v + 0.055) / 1.055 * ((v + 0.055) / 1.055) * (0.35 + 0.65 * (v + 0.055) / 1.055); }

/* Darker until it can be read on white (about 4.5 : 1). */
static struct rgb brand_of(const char *color)
{
    char *end = NULL;
    unsigned long rgb = color && *color == '#' && strlen(color) == 7 ? strtoul(color + 1, &end, 16) : 0;
    if (!end || *end) rgb = 0x0f766e;
    struct rgb c = { (double)(rgb >> 16) / 255, (double)(rgb >> 8 & 255) / 255, (double)(rgb & 255) / 255 };
    for (int i = 0; i < 30 && 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b) > 0.18; i++) c = (struct rgb){ c.r * 0.92, c.g * 0.92, c.b * 0.92 };
    return c;
}

/* ---- pages --------------------------------------------------------------------------------------------------------------------- */

static void foot(struct pen *n)
{
    const struct paper *p = n->p;
    double w = n->width - 2 * SIDE, y = n->height - 30 - n->foot_height;
    char page[200];
    rule(n, SIDE, y - 7, w, 0.5, RULE);
    put(n, &(struct style){ .size = 7.5, .color = GREY, .lines = FOOT_LINES_MAX }, SIDE, y, w * 0.72, p->foot);
    snprintf(page, sizeof page, "%s%s%s %d / %d", p->number ? p->number : "", str_empty(p->number) ? "" : "  \xc2\xb7  ", p->page_word ? p->page_word : "", n->page, n->pages);
    put(n, &(struct style){ .size = 7.5, .color = GREY, .right = true, .lines = 2 }, SIDE + w * 0.74, y, w * 0.26, page);
}

static void begin_page(struct pen *n)
{
    n->page++;
    box(n, 0, 0, n->width, 6, n->brand);
    n->y = TOP;
    foot(n);
}

static void column_titles(struct pen *n, const struct paper_table *t, double x, double w, bool filled);

/* A page that is not the first says whose it is. */
static void next_page(struct pen *n)
{
    char what[300];
    if (n->draw) lib.cairo_show_page(n->cr);
    begin_page(n);
    double w = n->width - 2 * SIDE;
    struct style s = { .size = 8.5, .color = GREY, .lines = 1 }, right = s;
    right.right = true;
    snprintf(what, sizeof what, "%s  %s", n->p->title ? n->p->title : "", n->p->number ? n->p->number : "");
    double h = put(n, &s, SIDE, n->y - 10, w * 0.6, n->p->from_name);
    put(n, &right, SIDE + w * 0.6, n->y - 10, w * 0.4, what);
    n->y += h + 8;
}

static void letterhead(struct pen *n)
{
    const struct paper *p = n->p;
    double w = n->width - 2 * SIDE, left = n->y, right = left, half = w * 0.54;
    left += put(n, &(struct style){ .size = 16, .bold = true, .color = n->brand, .lines = 3 }, SIDE, left, half, p->from_name) + 3;
    left += put(n, &(struct style){ .size = 8.5, .color = GREY, .lines = HEAD_LINES_MAX }, SIDE, left, half, p->from_lines);
    right += put(n, &(struct style){ .size = 20, .bold = true, .color = INK, .right = true, .lines = 2 }, SIDE + half + GAP, right, w - half - GAP, p->title) + 2;
    right += put(n, &(struct style){ .size = 11, .color = GREY, .right = true, .lines = 2 }, SIDE + half + GAP, right, w - half - GAP, p->number);
    n->y = larger(left, right) + 26;
}

static void parties(struct pen *n)
{
    const struct paper *p = n->p;
    double w = n->width - 2 * SIDE, left = n->y, right = left, half = w * 0.54, x = SIDE + half + GAP, rest = w - half - GAP;
    left += put(n, &(struct style){ .size = 8, .color = GREY, .lines = 1 }, SIDE, left, half, p->to_label) + 2;
    left += put(n, &(struct style){ .size = 10.5, .color = INK, .lines = HEAD_LINES_MAX }, SIDE, left, half, p->to_lines);
    for (size_t i = 0; i < p->n_facts; i++) {
        double a = put(n, &(struct style){ .size = 9, .color = GREY, .lines = 2 }, x, right, rest * 0.45, p->facts[i].label);
        double b = put(n, &(struct style){ .size = 9, .bold = p->facts[i].strong, .color = INK, .right = true, .lines = 3 }, x + rest * 0.45, right, rest * 0.55, p->facts[i].value);
        right += larger(a, b) + 3;
    }
    n->y = larger(left, right) + 24;
}

/* ---- tables ---------------------------------------------------------------------------------------------------------------------- */

static double column_width(const struct paper_table *t, size_t i, double w)
{
    int all = 0;
    for (size_t k = 0; k < t->n_columns; k++) all += t->columns[k].share;
    return all > 0 ? w * t->columns[i].share / all : w / (double)t->n_columns;
}

/* The cells of one line; cell(i) of a row, or the titles. Its height. */
static double cells(struct pen *n, const struct paper_table *t, const char *const *text, struct style s, double x, double y, double w)
{
    double h = 0;
    for (size_t i = 0; i < t->n_columns; i++) {
        double cw = column_width(t, i, w);
        s.right = t->columns[i].right;
        h = larger(h, put(n, &s, x + PAD, y, cw - 2 * PAD, text[i]));
        x += cw;
    }
    return h;
}

static void column_titles(struct pen *n, const struct paper_table *t, double x, double w, bool filled)
{
    const char *titles[PAPER_COLUMNS_MAX] = { 0 };
    struct style s = { .size = filled ? 8.5 : 7.5, .bold = filled, .color = filled ? n->brand : GREY, .lines = 2 };
    for (size_t i = 0; i < t->n_columns; i++) titles[i] = t->columns[i].title;
    bool draw = n->draw;
    n->draw = false;
    double h = cells(n, t, titles, s, x, n->y, w);
    n->draw = draw;
    if (filled) box(n, x, n->y, w, h + 2 * PAD, tint(n->brand));
    cells(n, t, titles, s, x, n->y + (filled ? PAD : 1), w);
    n->y += filled ? h + 2 * PAD : h + 4;
    rule(n, x, n->y, w, filled ? 1 : 0.5, filled ? n->brand : RULE);
}

static double row_height(struct pen *n, const struct paper_table *t, const struct paper_row *r, double x, double y, double w, double size)
{
    double h = cells(n, t, r->cells, (struct style){ .size = size, .bold = r->strong, .color = INK }, x, y, w);
    if (!str_empty(r->detail))
        h = larger(h, put(n, &(struct style){ .size = size, .bold = r->strong, .color = INK }, x + PAD, -1000, column_width(t, 0, w) - 2 * PAD, r->cells[0]) + 1 +
            tall(n, &(struct style){ .size = size - 1.5, .color = GREY, .lines = 4 }, column_width(t, 0, w) - 2 * PAD, r->detail));
    return h;
}

static void put_detail(struct pen *n, const struct paper_table *t, const struct paper_row *r, double x, double y, double w, double size)
{
    double cw = column_width(t, 0, w) - 2 * PAD;
    double first = tall(n, &(struct style){ .size = size, .bold = r->strong }, cw, r->cells[0]);
    put(n, &(struct style){ .size = size - 1.5, .color = GREY, .lines = 4 }, x + PAD, y + first + 1, cw, r->detail);
}

static void rows(struct pen *n)
{
    const struct paper_table *t = &n->p->table;
    double w = n->width - 2 * SIDE;
    if (!t->n_columns) return;
    column_titles(n, t, SIDE, w, true);
    for (size_t i = 0; i < t->rows.n; i++) {
        const struct paper_row *r = LIST_AT(t->rows, struct paper_row, i);
        bool draw = n->draw;
        n->draw = false;
        double h = row_height(n, t, r, SIDE, 0, w, 9.5) + 2 * PAD;
        n->draw = draw;
        if (n->y + h > n->bottom) {
            next_page(n);
            column_titles(n, t, SIDE, w, true);
        }
        cells(n, t, r->cells, (struct style){ .size = 9.5, .bold = r->strong, .color = INK }, SIDE, n->y + PAD, w);
        put_detail(n, t, r, SIDE, n->y + PAD, w, 9.5);
        n->y += h;
        rule(n, SIDE, n->y, w, 0.5, RULE);
    }
}

/* ---- sums and notes ---------------------------------------------------------------------------------------------------------------- */

static double totals(struct pen *n, double x, double y, double w)
{
    double top = y;
    for (size_t i = 0; i < n->p->n_totals; i++) {
        const struct paper_pair *t = &n->p->totals[i];
        struct style s = { .size = t->strong ? 12 : 9.5, .bold = t->strong, .color = t->strong ? n->brand : INK, .lines = 2 }, right = s;
        right.right = true;
        if (t->strong) {
            y += 3;
            rule(n, x, y, w, 1, n->brand);
            y += 5;
        }
        double a = put(n, &s, x + PAD, y, w * 0.56 - PAD, t->label), b = put(n, &right, x + w * 0.5, y, w * 0.5 - PAD, t->value);
        y += larger(a, b) + (t->strong ? 6 : 4);
    }
    return y - top;
}

static double summary(struct pen *n, double x, double y, double w)
{
    const struct paper_table *t = &n->p->summary;
    double was = n->y, end;
    if (!t->rows.n || !t->n_columns) return 0;
    n->y = y;
    column_titles(n, t, x, w, false);
    for (size_t i = 0; i < t->rows.n; i++) {
        n->y += 3;
        n->y += cells(n, t, LIST_AT(t->rows, struct paper_row, i)->cells, (struct style){ .size = 8, .color = GREY, .lines = 2 }, x, n->y, w);
    }
    end = n->y;
    n->y = was;
    return end - y;
}

static void sums(struct pen *n)
{
    double w = n->width - 2 * SIDE, right = w * 0.46;
    bool draw = n->draw;
    n->draw = false;
    double h = larger(totals(n, 0, 0, right), summary(n, 0, 0, w - right - 2 * GAP));
    n->draw = draw;
    if (h <= 0) return;
    if (n->y + 12 + h > n->bottom) next_page(n);
    n->y += 12;
    totals(n, SIDE + w - right, n->y, right);
    summary(n, SIDE, n->y, w - right - 2 * GAP);
    n->y += h;
}

static void notes(struct pen *n)
{
    struct style s = { .size = 9, .color = INK, .lines = NOTE_LINES_MAX };
    double w = n->width - 2 * SIDE, h = tall(n, &s, w, n->p->notes);
    if (h <= 0) return;
    if (n->y + 22 + h > n->bottom) next_page(n);
    n->y += 22;
    put(n, &s, SIDE, n->y, w, n->p->notes);
    n->y += h;
}

static void lay_out(struct pen *n, bool draw)
{
    n->draw = draw;
    n->page = 0;
    n->foot_height = larger(11, tall(n, &(struct style){ .size = 7.5, .lines = FOOT_LINES_MAX }, (n->width - 2 * SIDE) * 0.72, n->p->foot));
    n->bottom = n->height - 30 - n->foot_height - 18;
    begin_page(n);
    letterhead(n);
    parties(n);
    rows(n);
    sums(n);
    notes(n);
    n->pages = n->page;
}

/* ---- the file ------------------------------------------------------------------------------------------------------------------------ */

static cairo_status_t write_out(void *to, const unsigned char *data, unsigned len)
{
    struct buf *b = to;
    buf_put(b, data, len);
    return b->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void describe(cairo_surface_t *s, const struct paper *p)
{
    char title[1000], clean[PAPER_TEXT_MAX + 1], at[INSTANT_TEXT];
    snprintf(title, sizeof title, "%s %s", p->title ? p->title : "", p->number ? p->number : "");
    int64_t second = floor_div(p->made_at, USEC_PER_SEC) * USEC_PER_SEC;
    lib.cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_TITLE, drawable(title, clean));
    if (!str_empty(p->from_name)) lib.cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_AUTHOR, drawable(p->from_name, clean));
    lib.cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, instant_format(second, at));
}

static void draw(struct pen *n)
{
    PangoContext *context = lib.pango_font_map_create_context(fonts);
    lib.pango_context_set_round_glyph_positions(context, FALSE);
    if (!str_empty(n->p->language)) lib.pango_context_set_language(context, lib.pango_language_from_string(n->p->language));
    lib.pango_cairo_update_context(n->cr, context);
    n->layout = lib.pango_layout_new(context);
    lib.pango_layout_set_wrap(n->layout, PANGO_WRAP_WORD_CHAR);
    lib.pango_layout_set_ellipsize(n->layout, PANGO_ELLIPSIZE_END);
    n->plain = lib.pango_font_description_from_string(FONTS);
    n->bold = lib.pango_font_description_from_string(FONTS);
    lib.pango_font_description_set_weight(n->bold, PANGO_WEIGHT_SEMIBOLD);
    lay_out(n, false);
    lay_out(n, true);
    lib.pango_font_description_free(n->plain);
    lib.pango_font_description_free(n->bold);
    lib.g_object_unref(n->layout);
    lib.g_object_unref(context);
}

static enum rc draw_file(const struct paper *p, struct buf *out)
{
    struct pen n = { .p = p, .brand = brand_of(p->brand_color), .width = p->letter ? 612 : 595.28, .height = p->letter ? 792 : 841.89 };
    cairo_surface_t *surface = lib.cairo_pdf_surface_create_for_stream(write_out, out, n.width, n.height);
    describe(surface, p);
    n.cr = lib.cairo_create(surface);
    draw(&n);
    bool drawn = lib.cairo_status(n.cr) == CAIRO_STATUS_SUCCESS;
    lib.cairo_destroy(n.cr);
    lib.cairo_surface_finish(surface);
    drawn = drawn && lib.cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS;
    lib.cairo_surface_destroy(surface);
    if (out->failed) return RC_OOM;
    return drawn ? RC_OK : fault(RC_FAULT, "a document could not be drawn");
}

enum rc paper_pdf(const struct paper *p, struct buf *out)
{
    ASSERT(p->table.n_columns <= PAPER_COLUMNS_MAX && p->summary.n_columns <= PAPER_COLUMNS_MAX && p->n_facts <= PAPER_FACTS_MAX && p->n_totals <= PAPER_TOTALS_MAX);
    if (p->table.rows.n > PAPER_ROWS_MAX) return RC_INVALID;
    pthread_mutex_lock(&turn);
    enum rc rc = ready() ? draw_file(p, out) : paper_plain_pdf(p, out);
    pthread_mutex_unlock(&turn);
    return rc;
}
