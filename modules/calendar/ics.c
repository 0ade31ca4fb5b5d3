/* ics.c - see ics.h. */
#include "modules/calendar/ics.h"

#include <stdio.h>
#include <string.h>

enum { LINE_BYTES_MAX = 75 }; /* RFC 5545 3.1, without the line end */

/* One property on its way out: knows how full the line is. */
struct line {
    struct buf *out;
    size_t column;
};

/* Bytes that must stay together: a character or an escape. */
static void line_put(struct line *l, const char *s, size_t n)
{
    if (l->column + n > LINE_BYTES_MAX) {
        buf_puts(l->out, "\r\n ");
        l->column = 1;
    }
    buf_put(l->out, s, n);
    l->column += n;
}

/* Our own ASCII. */
static void line_puts(struct line *l, const char *ascii)
{
    for (; *ascii != '\0'; ascii++) line_put(l, ascii, 1);
}

static struct line line_begin(struct buf *out, const char *name)
{
    struct line l = { .out = out };
    line_puts(&l, name);
    return l;
}

static void line_end(struct line *l)
{
    buf_puts(l->out, "\r\n");
}

static void put_line(struct buf *out, const char *ascii)
{
    struct line l = line_begin(out, ascii);
    line_end(&l);
}

/* ---- Text of others ----------------------------------------------------------------------------------------------- */

enum char_kind { CHAR_PLAIN, CHAR_LINE_END, CHAR_CONTROL };
struct character {
    const char *s;
    size_t n;
    enum char_kind kind;
};

/* The character at *s, which moves behind it; what is not UTF-8 comes as U+FFFD, byte by byte. */
static struct character next_character(const char **s)
{
    const char *at = *s;
    unsigned char c = (unsigned char)*at;
    size_t n = c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
    if (strnlen(at, n) < n || !utf8_valid(at, n)) {
        *s = at + 1;
        return (struct character){ "\xef\xbf\xbd", 3, CHAR_PLAIN };
    }
    *s = at + n;
    if (c == '\r' && at[1] == '\n') *s = at + 2;
    bool separator = n == 3 && (memcmp(at, "\xe2\x80\xa8", 3) == 0 || memcmp(at, "\xe2\x80\xa9", 3) == 0);
    if (c == '\r' || c == '\n' || separator) return (struct character){ at, n, CHAR_LINE_END };
    bool control = (n == 1 && ((c < 0x20 && c != '\t') || c == 0x7f)) || (n == 2 && c == 0xc2 && (unsigned char)at[1] < 0xa0);
    return (struct character){ at, n, control ? CHAR_CONTROL : CHAR_PLAIN };
}

static void put_text(struct buf *out, const char *name, const char *value)
{
    if (str_empty(value)) return;
    struct line l = line_begin(out, name);
    line_put(&l, ":", 1);
    while (*value != '\0') {
        struct character c = next_character(&value);
        if (c.kind == CHAR_LINE_END) line_put(&l, "\\n", 2);
        else if (c.kind == CHAR_CONTROL) continue;
        else if (*c.s == ',' || *c.s == ';' || *c.s == '\\') line_put(&l, (char[]){ '\\', *c.s }, 2);
        else line_put(&l, c.s, c.n);
    }
    line_end(&l);
}

/* A parameter in quotation marks, which it cannot hold itself: they become apostrophes. */
static void line_put_quoted(struct line *l, const char *value)
{
    line_put(l, "\"", 1);
    while (*value != '\0') {
        struct character c = next_character(&value);
        if (c.kind == CHAR_CONTROL) continue;
        if (c.kind == CHAR_LINE_END || *c.s == '\t') line_put(l, " ", 1);
        else if (*c.s == '"') line_put(l, "'", 1);
        else line_put(l, c.s, c.n);
    }
    line_put(l, "\"", 1);
}

/* A URI; what may not stand in one is written %XX. */
static void line_put_uri(struct line *l, const char *uri)
{
    static const char hex[] = "0123456789ABCDEF", plain[] = "-._~:/?#[]@!$&'()*+,;=%";
    for (; *uri != '\0'; uri++) {
        unsigned char c = (unsigned char)*uri;
        bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (alnum || strchr(plain, c) != NULL) line_put(l, uri, 1);
        else line_put(l, (char[]){ '%', hex[c >> 4], hex[c & 15] }, 3);
    }
}

static void put_uri(struct buf *out, const char *name, const char *uri)
{
    if (str_empty(uri)) return;
    struct line l = line_begin(out, name);
    line_put(&l, ":", 1);
    line_put_uri(&l, uri);
    line_end(&l);
}

static void put_person(struct buf *out, const char *property, const char *name, const char *mail)
{
    struct line l = line_begin(out, property);
    if (!str_empty(name)) {
        line_puts(&l, ";CN=");
        line_put_quoted(&l, name);
    }
    line_puts(&l, ":mailto:");
    line_put_uri(&l, mail);
    line_end(&l);
}

static void put_instant(struct buf *out, const char *name, int64_t instant)
{
    int64_t date = floor_div(instant, USEC_PER_DAY), second = floor_div(instant - date * USEC_PER_DAY, USEC_PER_SEC);
    struct civil c = { 0 };
    date_to_civil(date, &c);
    buf_printf(out, "%s:%04d%02d%02dT%02d%02d%02dZ\r\n", name, (int)c.year, c.month, c.day, (int)(second / 3600), (int)(second / 60 % 60),
        (int)(second % 60));
}

static void put_wall(struct buf *out, const char *name, const struct zone *z, int64_t wall)
{
    int64_t date = floor_div(wall, USEC_PER_DAY), second = floor_div(wall - date * USEC_PER_DAY, USEC_PER_SEC);
    struct civil c = { 0 };
    date_to_civil(date, &c);
    struct line l = line_begin(out, name);
    char text[32];
    if (z) {
        line_puts(&l, ";TZID=");
        line_puts(&l, zone_name(z));
    }
    snprintf(text, sizeof text, ":%04d%02d%02dT%02d%02d%02d", (int)c.year, c.month, c.day, (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
    line_puts(&l, text);
    line_end(&l);
}

static void put_time(struct buf *out, const char *name, const struct ics_event *e, int64_t instant)
{
    if (e->zone) put_wall(out, name, e->zone, zone_local(e->zone, instant));
    else put_instant(out, name, instant);
}

static void put_repeats(struct buf *out, const struct ics_event *e)
{
    if (e->recurrence) put_wall(out, "RECURRENCE-ID", e->zone, e->recurrence);
    if (!e->rrule) return;
    struct line l = line_begin(out, "RRULE:");
    line_puts(&l, e->rrule);
    line_end(&l);
    for (size_t i = 0; i < e->n_excluded; i++) put_wall(out, "EXDATE", e->zone, e->excluded[i]);
}

/* ---- Zones ----------------------------------------------------------------------------------------------------------- */

static void put_offset(struct buf *out, const char *name, int64_t s)
{
    int64_t v = s < 0 ? -s : s;
    buf_printf(out, "%s:%c%02d%02d", name, s < 0 ? '-' : '+', (int)(v / 3600), (int)(v / 60 % 60));
    if (v % 60) buf_printf(out, "%02d", (int)(v % 60));
    buf_puts(out, "\r\n");
}

/* From `at` on the clock is ahead by another offset. */
static void put_observance(struct buf *out, const struct zone *z, int64_t at, int64_t before_s)
{
    int64_t after_s = zone_offset_s(z, at);
    const char *kind = after_s > before_s ? "DAYLIGHT" : "STANDARD";
    buf_printf(out, "BEGIN:%s\r\n", kind);
    put_wall(out, "DTSTART", NULL, at + before_s * USEC_PER_SEC);
    put_offset(out, "TZOFFSETFROM", before_s);
    put_offset(out, "TZOFFSETTO", after_s);
    put_text(out, "TZNAME", zone_abbrev(z, at));
    buf_printf(out, "END:%s\r\n", kind);
}

static int64_t find_change(const struct zone *z, int64_t from, int64_t to)
{
    while (to - from > USEC_PER_SEC) {
        int64_t mid = from + floor_div(to - from, 2 * USEC_PER_SEC) * USEC_PER_SEC;
        if (zone_offset_s(z, mid) == zone_offset_s(z, from)) from = mid;
        else to = mid;
    }
    return to;
}

void ics_zone(struct buf *out, const struct zone *z, int64_t from, int64_t to)
{
    int64_t day = 3 * USEC_PER_DAY, at = floor_div(from, USEC_PER_DAY) * USEC_PER_DAY - 400 * USEC_PER_DAY; /* no zone changes twice in three days */
    put_line(out, "BEGIN:VTIMEZONE");
    put_text(out, "TZID", zone_name(z));
    put_observance(out, z, at, zone_offset_s(z, at));
    for (; at < to; at += day) {
        if (zone_offset_s(z, at) == zone_offset_s(z, at + day)) continue;
        int64_t change = find_change(z, at, at + day);
        put_observance(out, z, change, zone_offset_s(z, change - USEC_PER_SEC));
    }
    put_line(out, "END:VTIMEZONE");
}

/* ---- The calendar --------------------------------------------------------------------------------------------------- */

const char *ics_method_name(enum ics_method m)
{
    return m == ICS_REQUEST ? "REQUEST" : m == ICS_CANCEL ? "CANCEL" : "PUBLISH";
}

void ics_begin(struct buf *out, const struct ics_calendar *cal)
{
    buf_puts(out, "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//clinicd//clinicd//EN\r\nCALSCALE:GREGORIAN\r\n");
    put_text(out, "METHOD", ics_method_name(cal->method));
    put_text(out, "X-WR-CALNAME", cal->name);
    put_text(out, "X-WR-TIMEZONE", cal->zone);
    if (cal->refresh_min > 0) /* RFC 7986, and what was used before it */
        buf_printf(out, "REFRESH-INTERVAL;VALUE=DURATION:PT%lldM\r\nX-PUBLISHED-TTL:PT%lldM\r\n", (long long)cal->refresh_min, (long long)cal->refresh_min);
}

/* The client asked for the appointment, so the invitation comes accepted and asks for no answer. CLASS keeps a
 * health appointment out of calendars shared with others. */
void ics_event(struct buf *out, const struct ics_calendar *cal, const struct ics_event *e)
{
    ASSERT(!str_empty(e->uid) && e->sequence >= 0 && e->end > e->start);
    bool cancelled = cal->method == ICS_CANCEL || e->status == ICS_CANCELLED;
    put_line(out, "BEGIN:VEVENT");
    put_text(out, "UID", e->uid);
    buf_printf(out, "SEQUENCE:%lld\r\n", (long long)e->sequence);
    put_instant(out, "DTSTAMP", e->dtstamp);
    if (e->modified > 0) put_instant(out, "LAST-MODIFIED", e->modified);
    put_time(out, "DTSTART", e, e->start);
    put_time(out, "DTEND", e, e->end);
    put_repeats(out, e);
    put_line(out, cancelled ? "STATUS:CANCELLED" : e->status == ICS_TENTATIVE ? "STATUS:TENTATIVE" : "STATUS:CONFIRMED");
    put_line(out, cancelled ? "TRANSP:TRANSPARENT" : "TRANSP:OPAQUE");
    put_line(out, "CLASS:PRIVATE");
    put_text(out, "SUMMARY", e->summary);
    put_text(out, "DESCRIPTION", e->description);
    put_text(out, "LOCATION", e->location);
    put_uri(out, "URL", e->url);
    if (!str_empty(e->organizer_mail)) {
        put_person(out, "ORGANIZER", e->organizer_name, e->organizer_mail);
        if (cal->method != ICS_PUBLISH && !str_empty(e->attendee_mail))
            put_person(
                out, "ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=FALSE", e->attendee_name, e->attendee_mail);
    }
    put_line(out, "END:VEVENT");
}

void ics_end(struct buf *out)
{
    put_line(out, "END:VCALENDAR");
}
