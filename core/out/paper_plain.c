/* paper_plain.c - the same document as lines of Courier, which every viewer has: nothing is loaded and nothing embedded. Letters outside WinAnsi become '?'. */
#include "core/out/paper.h"
#include <stdio.h>
#include <string.h>

enum { COLUMNS = 88, LINES_A_PAGE = 62, PAGES_MAX = 400, LINE_BYTES = COLUMNS + 1 };

struct plain { struct buf *memory; int n; /* lines */ };

/* The next letter as WinAnsi, and moves on. */
static char letter(const char **at)
{
    static const struct { uint32_t code; char c; } others[] = { { 0x20ac, '\x80' }, { 0x2013, '\x96' }, { 0x2014, '\x97' }, { 0x2018, '\x91' }, { 0x2019, '\x92' },
        { 0x201c, '\x93' }, { 0x201d, '\x94' }, { 0x2022, '\x95' }, { 0x2026, '\x85' }, { 0x2212, '-' }, { 0x202f, ' ' }, { 0x2009, ' ' } };
    const unsigned char *p = (const unsigned char *)*at;
    int more = *p < 0x80 ? 0 : *p < 0xe0 ? 1 : *p < 0xf0 ? 2 : 3;
    uint32_t code = more == 0 ? *p : more == 1 ? *p & 31 : more == 2 ? *p & 15 : *p & 7;
    for (p++; more && (*p & 0xc0) == 0x80; more--) code = code << 6 | (*p++ & 63);
    *at = (const char *)p;
    if ((code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code < 0x100)) return (char)code;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (others[i].code == code) return others[i].c;
    return code < 0x20 ? ' ' : '?';
}

static char *line(struct plain *o)
{
    static const char blank[LINE_BYTES] = { 0 };
    if (o->memory->failed || o->memory->len / LINE_BYTES >= (size_t)LINES_A_PAGE * PAGES_MAX) return NULL;
    buf_put(o->memory, blank, sizeof blank);
    if (o->memory->failed) return NULL;
    char *l = o->memory->data + o->memory->len - sizeof blank;
    memset(l, ' ', COLUMNS);
    o->n++;
    return l;
}

/* At most `width` letters of the text from column x; what is left of it comes back. */
static const char *write_at(char *l, int x, int width, bool right, const char *text)
{
    char word[COLUMNS];
    int n = 0;
    if (width > COLUMNS - x) width = COLUMNS - x;
    while (text && *text && *text != '\n' && n < width) word[n++] = letter(&text);
    if (l) memcpy(l + x + (right ? width - n : 0), word, (size_t)n);
    if (text && *text == '\n') text++;
    return text && *text ? text : NULL;
}

static void paragraph(struct plain *o, const char *text)
{
    while (!str_empty(text)) text = write_at(line(o), 0, COLUMNS, false, text);
}

static void pair(struct plain *o, const struct paper_pair *p)
{
    char *l = line(o);
    write_at(l, COLUMNS / 2, 24, false, p->label);
    write_at(l, COLUMNS / 2 + 24, COLUMNS / 2 - 24, true, p->value);
}

static void cells(struct plain *o, const struct paper_table *t, const char *const *cell)
{
    const char *rest[PAPER_COLUMNS_MAX];
    int all = 0;
    bool more = true;
    for (size_t i = 0; i < t->n_columns; i++) all += t->columns[i].share ? t->columns[i].share : 1;
    for (size_t i = 0; i < t->n_columns; i++) rest[i] = cell[i];
    while (more) {
        char *l = line(o);
        int x = 0;
        more = false;
        for (size_t i = 0; i < t->n_columns; i++) {
            int w = COLUMNS * (t->columns[i].share ? t->columns[i].share : 1) / all;
            rest[i] = str_empty(rest[i]) ? NULL : write_at(l, x, w - 1, t->columns[i].right, rest[i]);
            more = more || rest[i];
            x += w;
        }
    }
}

static void table(struct plain *o, const struct paper_table *t)
{
    const char *titles[PAPER_COLUMNS_MAX] = { 0 };
    if (!t->n_columns || !t->rows.n) return;
    for (size_t i = 0; i < t->n_columns; i++) titles[i] = t->columns[i].title;
    line(o);
    cells(o, t, titles);
    char *under = line(o);
    if (under) memset(under, '-', COLUMNS);
    for (size_t i = 0; i < t->rows.n; i++) {
        const struct paper_row *r = LIST_AT(t->rows, struct paper_row, i);
        cells(o, t, r->cells);
        paragraph(o, r->detail);
    }
}

static void content(struct plain *o, const struct paper *p)
{
    paragraph(o, p->from_name);
    paragraph(o, p->from_lines);
    line(o);
    paragraph(o, p->title);
    paragraph(o, p->number);
    line(o);
    paragraph(o, p->to_lines);
    for (size_t i = 0; i < p->n_facts; i++) pair(o, &p->facts[i]);
    table(o, &p->table);
    line(o);
    for (size_t i = 0; i < p->n_totals; i++) pair(o, &p->totals[i]);
    table(o, &p->summary);
    line(o);
    paragraph(o, p->notes);
    line(o);
    paragraph(o, p->foot);
}

/* ---- the file: objects 1 (catalog), 2 (pages), 3 (font), then a page and its content for each --------------------------------------------- */

struct file { struct buf *out; size_t start, offsets[4 + 2 * PAGES_MAX]; int n; };

static void begin_object(struct file *f)
{
    f->offsets[f->n++] = f->out->len - f->start;
    buf_printf(f->out, "%d 0 obj\n", f->n);
}

static void page_content(struct buf *b, const char *lines, int n, int height)
{
    buf_printf(b, "BT /F1 9 Tf 12 TL 50 %d Td\n", height - 50);
    for (int i = 0; i < n; i++) {
        const char *l = lines + (size_t)i * LINE_BYTES;
        int len = COLUMNS;
        while (len && l[len - 1] == ' ') len--;
        buf_putc(b, '(');
        for (int k = 0; k < len; k++) {
            if (strchr("()\\", l[k])) buf_putc(b, '\\');
            buf_putc(b, l[k]);
        }
        buf_puts(b, ") '\n");
    }
    buf_puts(b, "ET\n");
}

static enum rc write_file(const struct paper *p, const struct plain *o, struct buf *out)
{
    CLEANUP(buf_free) struct buf page = { 0 };
    struct file f = { .out = out, .start = out->len };
    int pages = (o->n + LINES_A_PAGE - 1) / LINES_A_PAGE, w = p->letter ? 612 : 595, h = p->letter ? 792 : 842;
    buf_init(&page, 64 << 10);
    buf_puts(out, "%PDF-1.4\n");
    begin_object(&f);
    buf_puts(out, "<< /Type /Catalog /Pages 2 0 R >>\nendobj\n");
    begin_object(&f);
    buf_puts(out, "<< /Type /Pages /Kids [");
    for (int i = 0; i < pages; i++) buf_printf(out, " %d 0 R", 4 + 2 * i);
    buf_printf(out, " ] /Count %d >>\nendobj\n", pages);
    begin_object(&f);
    buf_puts(out, "<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>\nendobj\n");
    for (int i = 0; i < pages; i++) {
        int left = o->n - i * LINES_A_PAGE;
        begin_object(&f);
        buf_printf(out, "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Resources << /Font << /F1 3 0 R >> >> /Contents %d 0 R >>\nendobj\n", w, h, 5 + 2 * i);
        begin_object(&f);
        buf_clear(&page);
        page_content(&page, o->memory->data + (size_t)i * LINES_A_PAGE * LINE_BYTES, left < LINES_A_PAGE ? left : LINES_A_PAGE, h);
        buf_printf(out, "<< /Length %zu >>\nstream\n", page.len);
        buf_put(out, page.data, page.len);
        buf_puts(out, "endstream\nendobj\n");
    }
    size_t table_at = out->len - f.start;
    buf_printf(out, "xref\n0 %d\n0000000000 65535 f \n", f.n + 1);
    for (int i = 0; i < f.n; i++) buf_printf(out, "%010zu 00000 n \n", f.offsets[i]);
    buf_printf(out, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%zu\n%%%%EOF\n", f.n + 1, table_at);
    return out->failed || page.failed ? RC_OOM : RC_OK;
}

enum rc paper_plain_pdf(const struct paper *p, struct buf *out)
{
    CLEANUP(buf_free) struct buf memory = { 0 };
    struct plain o = { .memory = &memory };
    buf_init(&memory, (size_t)LINES_A_PAGE * PAGES_MAX * LINE_BYTES + LINE_BYTES);
    content(&o, p);
    return memory.failed ? RC_OOM : write_file(p, &o, out);
}
