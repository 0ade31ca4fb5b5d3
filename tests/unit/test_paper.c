/* test_paper.c - documents on paper, read back by pdftotext: every line is there on however many pages, any script, the same bytes for the same content; and
 * the plain pages that come where there are no fonts. With a folder as argument "keep=DIR" the files stay there to be looked at. */
#include "core/out/paper.h"
#include "tests/lib/test.h"
#include <sys/wait.h>
#include <unistd.h>

enum { ROWS = 120 };
static const char *keep;
static struct paper_row rows[PAPER_ROWS_MAX + 1];
static char texts[ROWS][40], read_back[1 << 20];

static struct paper invoice(size_t n)
{
    static const struct paper_row taxes[] = { { .cells = { "VAT 19 %", "1,000.00", "190.00" } }, { .cells = { "VAT 9 %", "200.00", "18.00" } } };
    for (size_t i = 0; i < n && i < ROWS; i++) {
        snprintf(texts[i], sizeof texts[i], "Treatment number %zu", i + 1);
        rows[i] = (struct paper_row){ .cells = { texts[i], "1", "10.00", "19 %", "11.90" } };
    }
    return (struct paper){ .language = "en", .made_at = 1795000000000000, .brand_color = "#0f766e", .from_name = "Smile Dental Clinic",
        .from_lines = "12 Long Street\n010101 Bucharest\n+40 21 000 11 22\nVAT no. RO12345678", .to_label = "Bill to",
        .to_lines = "Ștefan Öztürk-Łukasiewicz\nСофия, ул. Иван Вазов 7\n北京市朝阳区\nשלום עולם", .title = "Invoice", .number = "INV-2026-00017", .page_word = "Page",
        .facts = { { "Date", "22 November 2026", false }, { "Order", "0190aaaa", false }, { "Paid", "EUR 1,408.00", true } }, .n_facts = 3,
        .table = { .columns = { { "Description", 46, false }, { "Qty", 8, true }, { "Price", 16, true }, { "Tax", 10, true }, { "Amount", 20, true } },
            .n_columns = 5, .rows = { rows, n } },
        .totals = { { "Net", "EUR 1,200.00", false }, { "Tax", "EUR 208.00", false }, { "Total", "EUR 1,408.00", true } }, .n_totals = 3,
        .summary = { .columns = { { "Tax", 40, false }, { "Net", 30, true }, { "Amount", 30, true } }, .n_columns = 3, .rows = { (void *)taxes, 2 } },
        .notes = "Thank you for your visit.", .foot = "Smile Dental Clinic SRL, J40/1/2020. Services exempt under art. 292." };
}

static void save(const char *path, const struct buf *b)
{
    FILE *f = fopen(path, "wb");
    REQUIRE(f);
    REQUIRE(fwrite(b->data, 1, b->len, f) == b->len);
    fclose(f);
}

/* What pdftotext reads, into read_back; the number of pages. */
static int read_pages(const struct buf *b, const char *name)
{
    char path[200], command[500];
    int pages = 1;
    snprintf(path, sizeof path, "%s/paper-%s-%d.pdf", keep ? keep : "/tmp", name, (int)getpid());
    save(path, b);
    snprintf(command, sizeof command, "pdftotext -layout '%s' -", path);
    FILE *p = popen(command, "r");
    REQUIRE(p);
    size_t n = fread(read_back, 1, sizeof read_back - 1, p);
    read_back[n] = 0;
    CHECK_INT(pclose(p), 0);
    if (!keep) unlink(path);
    for (const char *c = read_back; (c = strchr(c, '\f')); c++) pages++;
    return pages - 1;
}

static void test_short(void)
{
    struct paper p = invoice(3);
    struct buf b;
    buf_init(&b, PAPER_BYTES_MAX);
    rows[1].cells[0] = "A treatment with a name that is so long that nobody would think of printing it on a single line of any paper, and yet it must fit";
    rows[1].detail = "Tooth 36, with Dr. Ana Popescu";
    CHECK_INT(paper_pdf(&p, &b), RC_OK);
    CHECK_INT(read_pages(&b, "short"), 1);
    static const char *const wanted[] = { "Smile Dental Clinic", "Invoice", "INV-2026-00017", "Ștefan Öztürk-Łukasiewicz", "София", "Treatment number 3", "EUR 1,408.00",
        "Tooth 36", "it must fit", "VAT 9 %", "Thank you for your visit", "art. 292", "Page 1 / 1" };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (!strstr(read_back, wanted[i])) fprintf(stderr, "  not on the paper: %s\n", wanted[i]);
        CHECK(strstr(read_back, wanted[i]) != NULL);
    }
    buf_free(&b);
}

static void test_many_pages(void)
{
    struct paper p = invoice(ROWS);
    struct buf b;
    buf_init(&b, PAPER_BYTES_MAX);
    p.letter = true;
    CHECK_INT(paper_pdf(&p, &b), RC_OK);
    int pages = read_pages(&b, "long");
    CHECK(pages >= 4 && pages <= 8);
    for (int i = 0; i < ROWS; i++) CHECK(strstr(read_back, texts[i]) != NULL);
    char last[40];
    snprintf(last, sizeof last, "Page %d / %d", pages, pages);
    CHECK(strstr(read_back, last) != NULL);
    int heads = 0;
    for (const char *c = read_back; (c = strstr(c, "Description")); c++) heads++;
    CHECK(heads >= pages - 1); /* on each page that has rows */
    buf_free(&b);
}

static void test_same_bytes(void)
{
    struct paper p = invoice(5);
    struct buf a, b;
    buf_init(&a, PAPER_BYTES_MAX);
    buf_init(&b, PAPER_BYTES_MAX);
    CHECK_INT(paper_pdf(&p, &a), RC_OK);
    CHECK_INT(paper_pdf(&p, &b), RC_OK);
    CHECK(a.len == b.len && memcmp(a.data, b.data, a.len) == 0);
    buf_free(&a);
    buf_free(&b);
}

static void test_bounds(void)
{
    struct paper p = invoice(ROWS), empty = { 0 };
    struct buf b;
    buf_init(&b, 2000);
    CHECK_INT(paper_pdf(&p, &b), RC_OOM);
    buf_free(&b);
    buf_init(&b, PAPER_BYTES_MAX);
    CHECK_INT(paper_pdf(&empty, &b), RC_OK);
    p.table.rows.n = PAPER_ROWS_MAX + 1;
    CHECK_INT(paper_pdf(&p, &b), RC_INVALID);
    for (size_t i = 0; i < PAPER_ROWS_MAX; i++) rows[i] = rows[i % ROWS];
    p.table.rows.n = PAPER_ROWS_MAX;
    buf_clear(&b);
    CHECK_INT(paper_pdf(&p, &b), RC_OK);
    buf_free(&b);
}

/* Code points that stand for nothing, and text that the limit cuts within a letter: the rest is drawn. */
static void test_text_that_cannot_be_drawn(void)
{
    struct paper p = invoice(1);
    struct buf b;
    char number[PAPER_TEXT_MAX + 10] = "x";
    for (size_t i = 1; i + 2 < sizeof number; i += 2) memcpy(number + i, "\xc3\xa9", 3);
    p.from_name = "Smile\uffff\U0001fffe Dental\U0010ffff";
    p.notes = "Thank\ufdd0 you\ufdef";
    p.foot = number;
    p.number = number;
    rows[0].cells[0] = "Filling\ufffe";
    buf_init(&b, PAPER_BYTES_MAX);
    REQUIRE(paper_pdf(&p, &b) == RC_OK);
    CHECK_INT(read_pages(&b, "undrawable"), 1);
    CHECK(strstr(read_back, "Smile Dental "));
    CHECK(strstr(read_back, "Thank you"));
    CHECK(strstr(read_back, "Filling "));
    buf_free(&b);
}

static void check_plain(struct buf *b, const char *name)
{
    CHECK(read_pages(b, name) >= 2);
    CHECK(strstr(read_back, "Smile Dental Clinic") != NULL);
    for (int i = 0; i < ROWS; i++) CHECK(strstr(read_back, texts[i]) != NULL);
    CHECK(strstr(read_back, "EUR 1,408.00") != NULL);
    CHECK(strstr(read_back, "?tefan Öztürk") != NULL);
}

static void test_plain(void)
{
    struct paper p = invoice(ROWS);
    struct buf b;
    buf_init(&b, PAPER_BYTES_MAX);
    CHECK_INT(paper_plain_pdf(&p, &b), RC_OK);
    check_plain(&b, "plain");
    buf_free(&b);
}

/* In a process of its own, where fontconfig finds nothing. */
static void test_no_fonts(void)
{
    int ends[2], status = 1;
    struct buf b;
    char config[100];
    snprintf(config, sizeof config, "/tmp/paper-fonts-%d.conf", (int)getpid());
    buf_init(&b, PAPER_BYTES_MAX);
    buf_puts(&b, "<?xml version=\"1.0\"?><fontconfig></fontconfig>");
    save(config, &b);
    buf_clear(&b);
    char piece[4096];
    ssize_t n;
    REQUIRE(pipe(ends) == 0);
    pid_t child = fork();
    if (child == 0) {
        setenv("FONTCONFIG_FILE", config, 1);
        execl("/proc/self/exe", "test_paper", "--no-fonts", ends[1] == 9 ? "9" : (dup2(ends[1], 9), "9"), (char *)NULL);
        _exit(9);
    }
    close(ends[1]);
    while ((n = read(ends[0], piece, sizeof piece)) > 0) buf_put(&b, piece, (size_t)n);
    close(ends[0]);
    REQUIRE(waitpid(child, &status, 0) == child);
    unlink(config);
    CHECK_INT(status, 0);
    invoice(ROWS);
    check_plain(&b, "nofonts");
    buf_free(&b);
}

static int without_fonts(void)
{
    struct paper p = invoice(ROWS);
    struct buf b;
    size_t at = 0;
    buf_init(&b, PAPER_BYTES_MAX);
    if (paper_pdf(&p, &b) != RC_OK) return 4;
    while (at < b.len) {
        ssize_t n = write(9, b.data + at, b.len - at);
        if (n <= 0) return 5;
        at += (size_t)n;
    }
    buf_free(&b);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "--no-fonts") == 0) return without_fonts();
    if (argc > 1 && strncmp(argv[1], "keep=", 5) == 0) {
        keep = argv[1] + 5;
        argc = 1;
    }
    TEST_ARGS(argc, argv);
    RUN(test_no_fonts);
    RUN(test_short);
    RUN(test_many_pages);
    RUN(test_same_bytes);
    RUN(test_bounds);
    RUN(test_text_that_cannot_be_drawn);
    RUN(test_plain);
    return TEST_DONE();
}
