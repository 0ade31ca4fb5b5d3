/* Whatever stands in the fields of an event, the calendar is made of well-formed lines and has the properties we
 * wrote, once each. The input is cut at NUL bytes into the fields. */
#include "modules/calendar/ics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok, const char *what, const struct buf *b)
{
    if (ok) return;
    fprintf(stderr, "%s\n%.*s\n", what, (int)b->len, b->data);
    abort();
}

/* NAME[;param...]:value, with a colon outside quotation marks. */
static bool well_formed(const char *line, size_t len)
{
    size_t name = strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-");
    bool quoted = false;
    if (name == 0 || (line[name] != ':' && line[name] != ';')) return false;
    for (size_t i = 0; i < len; i++) {
        if (line[i] == '"') quoted = !quoted;
        if (line[i] == ':' && !quoted) return true;
    }
    return false;
}

static int lines_with(const struct buf *b, const char *start)
{
    int n = 0;
    size_t len = strlen(start);
    for (const char *p = b->data; (p = strstr(p, start)) != NULL; p += len) n += p == b->data || p[-1] == '\n';
    return n;
}

static void check_lines(struct buf *b)
{
    buf_str(b);
    must(utf8_valid(b->data, b->len), "not UTF-8", b);
    char unfolded[1 << 16];
    size_t n = 0;
    for (size_t i = 0; i < b->len;) {
        const char *end = memchr(b->data + i, '\r', b->len - i);
        must(end != NULL && end[1] == '\n', "bare CR", b);
        size_t len = (size_t)(end - (b->data + i));
        must(memchr(b->data + i, '\n', len) == NULL, "bare LF", b);
        must(len >= 1 && len <= 75, "length of a line", b);
        must(utf8_valid(b->data + i, len), "a character is split", b);
        bool goes_on = b->data[i] == ' ';
        if (!goes_on && n > 0) must(well_formed(unfolded, n), "not a property", b);
        if (!goes_on) n = 0;
        must(n + len < sizeof unfolded, "too long", b);
        memcpy(unfolded + n, b->data + i + goes_on, len - goes_on);
        n += len - goes_on;
        unfolded[n] = '\0';
        i += len + 2;
    }
    must(strcmp(unfolded, "END:VCALENDAR") == 0, "the end", b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *field[10];
    char copy[2049];
    size_t len = size < 2048 ? size : 2048, at = 0;
    memcpy(copy, data, len);
    copy[len] = '\0';
    for (size_t i = 0; i < ARRAY_LEN(field); i++) {
        field[i] = at < len ? copy + at : "";
        at += strlen(field[i]) + 1;
    }
    struct ics_calendar cal = { .method = (enum ics_method)(size % 3), .name = field[0], .zone = field[1] };
    struct ics_event e = { .uid = "x@y",
        .sequence = (int64_t)size,
        .dtstamp = 0,
        .start = -1,
        .end = USEC_PER_DAY,
        .status = (enum ics_status)(size / 3 % 3),
        .summary = field[2],
        .description = field[3],
        .location = field[4],
        .url = field[5],
        .organizer_name = field[6],
        .organizer_mail = field[7],
        .attendee_name = field[8],
        .attendee_mail = field[9] };
    if (field[0][0] != '\0') e.uid = field[0];
    struct buf b CLEANUP(buf_free) = { 0 };
    buf_init(&b, 1 << 16);
    ics_begin(&b, &cal);
    ics_event(&b, &cal, &e);
    ics_event(&b, &cal, &e);
    ics_end(&b);
    must(!b.failed, "full", &b);
    check_lines(&b);
    must(lines_with(&b, "BEGIN:") == 3 && lines_with(&b, "END:") == 3 && lines_with(&b, "METHOD:") == 1, "blocks", &b);
    must(lines_with(&b, "UID:") == 2 && lines_with(&b, "SEQUENCE:") == 2 && lines_with(&b, "DTSTART:") == 2, "properties", &b);
    must(lines_with(&b, "SUMMARY") == (e.summary[0] ? 2 : 0), "summary", &b);
    return 0;
}
