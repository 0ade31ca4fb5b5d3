/* notices_text.c - see notices_text.h. The HTML is what mail programs of all ages show: one table 600 px wide, styles
 * inline, no image, no script; a style sheet in the head adds dark mode and narrow screens where it is understood. */
#include "modules/notices/notices_text.h"

#include <string.h>

enum { HTML_BYTES_MAX = 256 << 10, TEXT_BYTES_MAX = 128 << 10, LINK_BYTES_MAX = 900 };

#define BRAND_DEFAULT "#0f766e"

struct wording {
    const char *subject, *heading, *lead, *button;
};
static const struct wording wordings[NOTICE_N_KINDS] = {
    [NOTICE_CONFIRMED] = { "Appointment confirmed", "Your appointment is confirmed", "We look forward to seeing you.", "Change or cancel" },
    [NOTICE_MOVED] = { "Appointment moved", "Your appointment has been moved", "Please note the new time.", "Change or cancel" },
    [NOTICE_CANCELLED] = { "Appointment cancelled", "Your appointment has been cancelled", "This time is no longer reserved for you.",
        "See the booking" },
    [NOTICE_SERIES_CHANGED] = { "Appointments changed", "Your series of appointments has changed", "These are your dates now.", "Change or cancel" },
    [NOTICE_RESTORED] = { "Appointment booked again", "Your appointment is booked again",
        "The cancellation has been undone: we expect you at this time.", "Change or cancel" },
    [NOTICE_REMINDER] = { "Your appointment is", "Your appointment is", "We look forward to seeing you.", "Confirm, move or cancel" },
    [NOTICE_PLEASE_CONFIRM] = { "Please confirm: your appointment is", "Your appointment is",
        "Please let us know whether you are coming. It takes one click.", "Confirm, move or cancel" },
    [NOTICE_REQUESTED] = { "Request received", "We have received your request",
        "This is not a confirmed appointment yet: we look at it and send you another mail.", "See or withdraw the request" },
    [NOTICE_APPROVED] = { "Appointment confirmed", "Your request is approved", "The appointment is confirmed. We look forward to seeing you.",
        "Change or cancel" },
    [NOTICE_DECLINED] = { "Request declined", "We cannot take your request", "Please choose another time, or call us.", "See the request" },
    [NOTICE_LAPSED] = { "Request lapsed", "Your request was not answered in time",
        "We are sorry: nobody could look at it in time, and this time is no longer kept for you. Please choose another one, or call us.", "See the request" },
    [NOTICE_OFFER] = { "A time has become free", "A time has become free for you",
        "Nobody else can book it until the time below. Please say whether you want it: if not, you stay on the list.", "Say yes or no" },
    [NOTICE_WAITING] = { "You are on the waitlist", "You are on the waitlist",
        "When a time becomes free that suits, we send you a mail and keep it for you for a while. Nothing is booked until you say yes.", NULL },
    [NOTICE_PAY] = { "Please pay to keep your appointment", "Please pay to keep your appointment",
        "We keep this time for you until the time below. The appointment is confirmed as soon as the payment has arrived.", "Pay or cancel" },
    [NOTICE_PAID] = { "Appointment confirmed", "Your payment has arrived", "The appointment is confirmed. We look forward to seeing you.", "Change or cancel" },
    [NOTICE_UNPAID] = { "Appointment not kept", "The payment did not arrive in time", "This time is no longer kept for you. You can book another one at any time.",
        "See the booking" },
    [NOTICE_PAID_LATE] = { "Payment given back", "Your payment came too late",
        "It arrived when this time could not be kept for you any more. All of it goes back the way it came; with a card that takes a few days.", "See the booking" },
    [NOTICE_PAID_TWICE] = { "Payment given back", "This was paid already",
        "Your appointment stands as it is. The second payment goes back the way it came; with a card that takes a few days.", "See the booking" },
    [NOTICE_PAID_MORE] = { "Payment given back", "You paid more than was open",
        "Your appointment stands as it is. What was too much goes back the way it came; with a card that takes a few days.", "See the booking" },
    [NOTICE_VERIFY] = { "Confirm your e-mail address", "Please confirm your e-mail address",
        "Your clinic is set up and ready. One more click tells us that mail to this address reaches you.", "Confirm this address" },
    [NOTICE_CODE] = { "Your code", "Your code for paying with your wallet",
        "Type it on the booking page. We never ask for it in any other way: give it to nobody, not on the telephone either.", NULL },
    [NOTICE_CHOOSE] = { "Please choose another time", "Your appointment needs another time",
        "We are sorry: we cannot see you at this time. Please choose another one, it takes a minute.", "Choose another time" },
};

/* ---- Time for people ---------------------------------------------------------------------------------------------- */

static const char *const weekdays[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" };
static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December" };

struct wall_time {
    struct civil day;
    const char *weekday, *month;
    int hour, minute;
    int64_t date;
};

static struct wall_time wall_time(const struct zone *z, int64_t instant)
{
    struct wall_time w = { 0 };
    int64_t local = zone_local(z, instant), minute = floor_div(local, USEC_PER_MIN);
    w.date = floor_div(local, USEC_PER_DAY);
    date_to_civil(w.date, &w.day);
    w.weekday = weekdays[date_weekday(w.date) - 1];
    w.month = months[w.day.month - 1];
    w.hour = (int)((minute - w.date * 1440) / 60);
    w.minute = (int)((minute - w.date * 1440) % 60);
    return w;
}

/* "UTC", "UTC+2", "UTC−3:30" with a true minus. */
static const char *offset_text(struct arena *a, const struct zone *z, int64_t instant)
{
    int64_t s = zone_offset_s(z, instant), m = (s < 0 ? -s : s) / 60;
    if (m == 0) return "UTC";
    const char *sign = s < 0 ? "\xe2\x88\x92" : "+";
    if (m % 60 == 0) return arena_printf(a, "UTC%s%d", sign, (int)(m / 60));
    return arena_printf(a, "UTC%s%d:%02d", sign, (int)(m / 60), (int)(m % 60));
}

const char *notices_when(struct arena *a, const struct zone *z, int64_t start, int64_t end)
{
    struct wall_time s = wall_time(z, start), e = wall_time(z, end);
    const char *offset = offset_text(a, z, start);
    if (zone_offset_s(z, start) != zone_offset_s(z, end)) /* the clocks change meanwhile: say both */
        offset = arena_printf(a, "%s, then %s", offset, offset_text(a, z, end));
    if (!str_eq(zone_name(z), offset)) offset = arena_printf(a, "%s, %s", zone_name(z), offset);
    const char *day = arena_printf(a, "%s %d %s %d", s.weekday, s.day.day, s.month, (int)s.day.year);
    if (s.date == e.date)
        return arena_printf(a, "%s, %02d:%02d\xe2\x80\x93%02d:%02d (%s)", day, s.hour, s.minute, e.hour, e.minute, offset);
    return arena_printf(a, "%s, %02d:%02d \xe2\x80\x93 %s %d %s %d, %02d:%02d (%s)", day, s.hour, s.minute, e.weekday, e.day.day, e.month,
        (int)e.day.year, e.hour, e.minute, offset);
}

const char *notices_when_short(struct arena *a, const struct zone *z, int64_t start)
{
    struct wall_time s = wall_time(z, start);
    return arena_printf(a, "%.3s %d %.3s %d, %02d:%02d", s.weekday, s.day.day, s.month, (int)s.day.year, s.hour, s.minute);
}

bool notices_same_clock(const struct zone *a, const struct zone *b, int64_t start, int64_t end)
{
    return zone_offset_s(a, start) == zone_offset_s(b, start) && zone_offset_s(a, end) == zone_offset_s(b, end);
}

/* ---- What there is to say ------------------------------------------------------------------------------------------ */

enum { ROWS_MAX = 16 };
struct row {
    const char *label, *value, *more;
    bool struck;
};
struct content {
    const struct wording *words;
    const char *greeting, *title, *heading, *link, *stop_link, *stop_words, *why;
    struct row rows[ROWS_MAX];
    size_t n;
};

static void add_row_as(struct content *c, bool struck, const char *label, const char *value, const char *more)
{
    if (str_empty(value)) return;
    ASSERT(c->n < ROWS_MAX);
    c->rows[c->n++] = (struct row){ label, value, str_empty(more) ? NULL : more, struck };
}

static void add_row(struct content *c, const char *label, const char *value, const char *more)
{
    add_row_as(c, false, label, value, more);
}

static bool is_web_link(const char *s)
{
    return !str_empty(s) && (str_starts(s, "https://") || str_starts(s, "http://")) && strlen(s) <= LINK_BYTES_MAX &&
           strpbrk(s, " \"'<>\\^`{|}\t\r\n") == NULL;
}

static bool is_reminder(enum notice_kind kind) { return kind == NOTICE_REMINDER || kind == NOTICE_PLEASE_CONFIRM; }

/* The clock a reminder goes by is the client's own, where it is known and differs. */
static const struct zone *reminder_zone(const struct notice *n)
{
    return n->client_zone && !notices_same_clock(n->zone, n->client_zone, n->start, n->end) ? n->client_zone : n->zone;
}

/* "today", "tomorrow", "on Tuesday 24 November" */
static const char *day_words(struct arena *a, const struct zone *z, int64_t start, int64_t now)
{
    struct wall_time w = wall_time(z, start);
    int64_t days = w.date - zone_date(z, now);
    if (days == 0) return "today";
    return days == 1 ? "tomorrow" : arena_printf(a, "on %s %d %s", w.weekday, w.day.day, w.month);
}

static void reminder_words(struct arena *a, struct content *c, const struct notice *n)
{
    const struct zone *z = reminder_zone(n);
    struct wall_time w = wall_time(z, n->start);
    const char *day = day_words(a, z, n->start, n->now), *where = z == n->zone ? "" : arena_printf(a, " (%s)", zone_name(z));
    c->heading = arena_printf(a, "%s %s at %02d:%02d%s", c->words->heading, day, w.hour, w.minute, where);
    c->title = arena_printf(a, "%s %s at %02d:%02d%s, %s", c->words->subject, day, w.hour, w.minute, where, n->clinic_name);
}

static bool is_of_waitlist(enum notice_kind kind) { return kind == NOTICE_OFFER || kind == NOTICE_WAITING; }

/* Why this mail comes, and how no more of its kind do. */
static void say_why(struct content *c, enum notice_kind kind, const struct notice *n)
{
    c->why = is_of_waitlist(kind) ? "You get this mail because somebody put this address on the waitlist." : "You get this mail because an appointment was booked with this address.";
    c->stop_words = is_of_waitlist(kind) ? "Leave the waitlist" : "Stop reminders";
    c->stop_link = (is_reminder(kind) || is_of_waitlist(kind)) && is_web_link(n->stop_link) ? n->stop_link : NULL;
}

/* What takes place no more, or never will. */
static bool is_off(enum notice_kind kind) { return kind == NOTICE_CANCELLED || kind == NOTICE_DECLINED || kind == NOTICE_LAPSED || kind == NOTICE_UNPAID || kind == NOTICE_PAID_LATE; }

static void add_times(struct arena *a, struct content *c, enum notice_kind kind, const struct notice *n)
{
    const char *theirs = NULL;
    if (is_reminder(kind) && reminder_zone(n) != n->zone) {
        add_row_as(c, false, "When", notices_when(a, n->client_zone, n->start, n->end),
            arena_printf(a, "At the clinic: %s", notices_when(a, n->zone, n->start, n->end)));
        return;
    }
    if (n->client_zone && !notices_same_clock(n->zone, n->client_zone, n->start, n->end))
        theirs = arena_printf(a, "Your time: %s", notices_when(a, n->client_zone, n->start, n->end));
    add_row_as(c, is_off(kind), kind == NOTICE_MOVED ? "New time" : "When", notices_when(a, n->zone, n->start, n->end), theirs);
    if (kind == NOTICE_MOVED && n->old_start != NONE && n->old_end != NONE)
        add_row_as(c, true, "Old time", notices_when(a, n->zone, n->old_start, n->old_end), NULL);
}

/* To the owner of a clinic, of no appointment. */
static struct content account_content(struct arena *a, const struct notice *n)
{
    struct content c = { .words = &wordings[NOTICE_VERIFY], .link = is_web_link(n->manage_link) ? n->manage_link : NULL };
    c.greeting = str_empty(n->client_name) ? "Hello," : arena_printf(a, "Hello %s,", n->client_name);
    c.title = arena_printf(a, "%s, %s", c.words->subject, n->clinic_name);
    c.heading = c.words->heading;
    c.why = "You get this mail because a clinic was set up with this address. If that was not you, do nothing: the link ends by itself.";
    add_row(&c, "Clinic", n->clinic_name, NULL);
    add_row(&c, "Address", n->address, NULL);
    add_row(&c, "Until", notices_when_short(a, n->zone, n->answer_until), NULL);
    return c;
}

/* To whoever has the address, of no appointment. The subject does not show the code on a locked screen. */
static struct content code_content(struct arena *a, const struct notice *n)
{
    struct content c = { .words = &wordings[NOTICE_CODE], .greeting = "Hello," };
    c.title = arena_printf(a, "%s, %s", c.words->subject, n->clinic_name);
    c.heading = c.words->heading;
    c.why = "You get this mail because somebody typed this address on the booking page. If that was not you, do nothing: without the code nobody sees or takes anything.";
    add_row(&c, "Code", n->code, NULL);
    add_row(&c, "Until", notices_when_short(a, n->zone, n->answer_until), NULL);
    return c;
}

static struct content content_of(struct arena *a, enum notice_kind kind, const struct notice *n)
{
    if (kind == NOTICE_VERIFY) return account_content(a, n);
    if (kind == NOTICE_CODE) return code_content(a, n);
    struct content c = { .words = &wordings[kind], .link = is_web_link(n->manage_link) ? n->manage_link : NULL };
    c.greeting = str_empty(n->client_name) ? "Hello," : arena_printf(a, "Hello %s,", n->client_name);
    c.title = kind == NOTICE_WAITING ? arena_printf(a, "%s, %s", c.words->subject, n->clinic_name)
        : arena_printf(a, "%s: %s, %s", c.words->subject, notices_when_short(a, n->zone, n->start), n->clinic_name);
    c.heading = c.words->heading;
    say_why(&c, kind, n);
    if (is_reminder(kind)) reminder_words(a, &c, n);
    if (kind == NOTICE_WAITING) add_row(&c, "When", n->wish, NULL);
    else add_times(a, &c, kind, n);
    if (kind == NOTICE_OFFER && n->answer_until != NONE) add_row(&c, "Answer by", notices_when_short(a, n->zone, n->answer_until), NULL);
    if (kind != NOTICE_CANCELLED) add_row(&c, "Repeats", n->repeats, n->dates);
    add_row(&c, "Service", n->service, NULL);
    for (size_t i = 0; i < n->n_also; i++) add_row_as(&c, kind == NOTICE_CANCELLED, "And", n->also[i], NULL);
    add_row(&c, "With", n->provider, NULL);
    if (n->by_video) add_row(&c, "Where", "By video", kind == NOTICE_CANCELLED || !c.link ? NULL : "Open your booking with the link below shortly before the start, and join from there.");
    else if (str_empty(n->location)) add_row(&c, "Where", n->clinic_address, NULL);
    else add_row(&c, "Where", n->location, n->clinic_address);
    if (kind == NOTICE_REQUESTED && n->answer_until != NONE) add_row(&c, "Reply by", notices_when_short(a, n->zone, n->answer_until), NULL);
    if (kind == NOTICE_PAY && n->answer_until != NONE) add_row(&c, "Pay by", notices_when_short(a, n->zone, n->answer_until), NULL);
    if (!is_off(kind)) add_row(&c, "Price", n->price, NULL);
    add_row(&c, "To pay", n->to_pay, NULL);
    add_row(&c, "Paid", n->paid, NULL);
    add_row(&c, "Back", n->refund, NULL);
    add_row(&c, "Cancel", n->terms, NULL);
    if (!is_off(kind)) add_row(&c, "Notes", n->notes, NULL);
    if (is_off(kind)) add_row(&c, "Reason", n->cancel_reason, NULL);
    return c;
}

/* ---- Plain text ------------------------------------------------------------------------------------------------------ */

static bool is_line_end(const char *s)
{
    return *s == '\n' || (*s == '\r' && s[1] != '\n');
}

/* A value of others: its lines are indented, other control characters are dropped. */
static void text_value(struct buf *b, const char *s, size_t indent)
{
    for (; *s != '\0'; s++) {
        if (is_line_end(s)) buf_printf(b, "\n%*s", (int)indent, "");
        else if ((unsigned char)*s >= 0x20 && *s != 0x7f) buf_putc(b, *s);
        else if (*s == '\t') buf_putc(b, ' ');
    }
}

static void text_line(struct buf *b, const char *s)
{
    if (str_empty(s)) return;
    text_value(b, s, 0);
    buf_putc(b, '\n');
}

static void put_text(struct buf *b, const struct content *c, const struct notice *n)
{
    int width = 10;
    for (size_t i = 0; i < c->n; i++) /* a space behind the longest label too */
        if ((int)strlen(c->rows[i].label) + 2 > width) width = (int)strlen(c->rows[i].label) + 2;
    text_line(b, c->greeting);
    buf_printf(b, "\n%s. %s\n\n", c->heading, c->words->lead);
    for (size_t i = 0; i < c->n; i++) {
        const struct row *r = &c->rows[i];
        buf_printf(b, "%s:%*s", r->label, width - 1 - (int)strlen(r->label), "");
        text_value(b, r->value, (size_t)width);
        if (r->more) {
            buf_printf(b, "\n%*s", width, "");
            text_value(b, r->more, (size_t)width);
        }
        buf_putc(b, '\n');
    }
    if (c->link) buf_printf(b, "\n%s:\n%s\n", c->words->button, c->link);
    buf_puts(b, "\n-- \n");
    text_line(b, n->clinic_name);
    text_line(b, n->clinic_address);
    text_line(b, n->clinic_phone);
    text_line(b, n->clinic_email);
    if (c->stop_link) buf_printf(b, "\n%s:\n%s\n", c->stop_words, c->stop_link);
}

/* ---- HTML ------------------------------------------------------------------------------------------------------------ */

/* For text and for attributes in double quotation marks. */
static void html_text(struct buf *b, const char *s)
{
    for (; *s != '\0'; s++) {
        if (*s == '&') buf_puts(b, "&amp;");
        else if (*s == '<') buf_puts(b, "&lt;");
        else if (*s == '>') buf_puts(b, "&gt;");
        else if (*s == '"') buf_puts(b, "&quot;");
        else if (*s == '\'') buf_puts(b, "&#39;");
        else if (is_line_end(s)) buf_puts(b, "<br>\n");
        else if ((unsigned char)*s >= 0x20 && *s != 0x7f) buf_putc(b, *s);
        else if (*s == '\t') buf_putc(b, ' ');
    }
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct paint {
    const char *ground, *ink;
};

/* Black or white on it, whichever is read more easily: WCAG's contrast with sRGB's curve taken as a square. */
static struct paint brand_paint(const char *color)
{
    if (color == NULL || strlen(color) != 7 || color[0] != '#') color = BRAND_DEFAULT;
    for (size_t i = 1; i < 7; i++)
        if (hex_digit(color[i]) < 0) color = BRAND_DEFAULT;
    int64_t v[3];
    for (size_t i = 0; i < 3; i++) v[i] = 16 * hex_digit(color[1 + 2 * i]) + hex_digit(color[2 + 2 * i]);
    int64_t light = (2126 * v[0] * v[0] + 7152 * v[1] * v[1] + 722 * v[2] * v[2]) / (255 * 255); /* 0..10000 */
    return (struct paint){ color, light > 1990 ? "#111827" : "#ffffff" };
}

static const char style[] = ":root{color-scheme:light dark;supported-color-schemes:light dark}\n"
                            "body{margin:0;padding:0}\n"
                            "@media (prefers-color-scheme:dark){\n"
                            ".ground{background:#0b1120!important}\n"
                            ".card{background:#111827!important;border-color:#263248!important}\n"
                            ".ink{color:#f3f4f6!important}\n"
                            ".soft{color:#a3aec0!important}\n"
                            ".rule{border-color:#263248!important}\n"
                            "}\n"
                            "@media (max-width:620px){\n"
                            ".outer{padding:0!important}\n"
                            ".card{border-radius:0!important;border-left:0!important;border-right:0!important}\n"
                            ".pad{padding-left:20px!important;padding-right:20px!important}\n"
                            ".label,.value{display:block!important;width:auto!important}\n"
                            ".label{padding-bottom:0!important;border-bottom:0!important}\n"
                            ".value{padding-top:2px!important}\n"
                            ".button a{display:block!important;text-align:center!important}\n"
                            "}\n";

#define FONT "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;"
#define WRAP "overflow-wrap:anywhere;word-break:break-word;"

static void html_head(struct buf *b, const struct content *c)
{
    buf_puts(b,
        "<!DOCTYPE html>\n<html lang=\"en\" dir=\"ltr\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
        "<meta name=\"format-detection\" content=\"telephone=no,date=no,address=no,email=no\">\n<title>");
    html_text(b, c->title);
    buf_puts(b, "</title>\n<style>\n");
    buf_puts(b, style);
    buf_puts(b, "</style>\n</head>\n");
}

/* What mail programs show beside the subject; not seen in the mail itself. */
static void html_preview(struct buf *b, const struct content *c)
{
    buf_puts(b, "<div style=\"display:none;max-height:0;overflow:hidden\" aria-hidden=\"true\">");
    html_text(b, c->rows[0].value);
    buf_puts(b, "</div>\n");
}

/* The first row is the time: what the mail is about. What no longer holds is struck through and paler. */
static void html_row(struct buf *b, const struct row *r, bool first, bool last)
{
    const char *rule = last ? "" : "border-bottom:1px solid #e5e7eb;", *s = r->struck ? "<s>" : "", *s_end = r->struck ? "</s>" : "";
    buf_printf(b,
        "<tr>\n<th scope=\"row\" class=\"label soft rule\" width=\"96\" style=\"width:96px;padding:12px 12px 12px 0;%stext-align:left;"
        "vertical-align:top;font-weight:400;font-size:14px;line-height:22px;color:#5b6472\">%s</th>\n",
        rule, r->label);
    buf_printf(b,
        "<td class=\"value %s rule\" style=\"padding:12px 0;%sfont-size:16px;line-height:22px;font-weight:%d;color:%s;" WRAP "\">%s",
        r->struck ? "soft" : "ink", rule, first && !r->struck ? 600 : 400, r->struck ? "#5b6472" : "#111827", s);
    html_text(b, r->value);
    buf_puts(b, s_end);
    if (r->more) {
        buf_printf(b, "<br><span class=\"soft\" style=\"font-size:14px;font-weight:400;color:#5b6472\">%s", s);
        html_text(b, r->more);
        buf_printf(b, "%s</span>", s_end);
    }
    buf_puts(b, "</td>\n</tr>\n");
}

static void html_button(struct buf *b, const struct content *c, struct paint p)
{
    if (!c->link) return;
    buf_printf(b, "<tr><td class=\"pad button\" style=\"padding:8px 32px 4px\"><a href=\"");
    html_text(b, c->link);
    buf_printf(b,
        "\" style=\"display:inline-block;padding:13px 24px;border-radius:8px;background:%s;color:%s;font-size:16px;line-height:20px;"
        "font-weight:600;text-decoration:none\">%s</a></td></tr>\n",
        p.ground, p.ink, c->words->button);
    buf_puts(b, "<tr><td class=\"pad soft\" style=\"padding:12px 32px 0;font-size:13px;line-height:19px;color:#5b6472;" WRAP "\">"
                "Or open this address: <a class=\"soft\" href=\"");
    html_text(b, c->link);
    buf_puts(b, "\" style=\"color:#5b6472\">");
    html_text(b, c->link);
    buf_puts(b, "</a></td></tr>\n");
}

/* tel: takes digits and a leading plus. */
static void html_phone(struct buf *b, const char *phone)
{
    buf_puts(b, "<br><a class=\"soft\" style=\"color:#5b6472\" href=\"tel:");
    for (const char *s = phone; *s != '\0'; s++)
        if ((*s >= '0' && *s <= '9') || (*s == '+' && s == phone)) buf_putc(b, *s);
    buf_puts(b, "\">");
    html_text(b, phone);
    buf_puts(b, "</a>");
}

static void html_stop(struct buf *b, const struct content *c)
{
    buf_puts(b, " <a class=\"soft\" style=\"color:#5b6472\" href=\"");
    html_text(b, c->stop_link);
    buf_printf(b, "\">%s</a>", c->stop_words);
}

static void html_footer(struct buf *b, const struct notice *n, const struct content *c)
{
    buf_puts(b, "<tr><td class=\"pad soft\" style=\"padding:24px 32px 28px;font-size:13px;line-height:20px;color:#5b6472;" WRAP "\">"
                "<strong class=\"ink\" style=\"color:#111827\">");
    html_text(b, n->clinic_name);
    buf_puts(b, "</strong>");
    if (!str_empty(n->clinic_address)) {
        buf_puts(b, "<br>");
        html_text(b, n->clinic_address);
    }
    if (!str_empty(n->clinic_phone)) html_phone(b, n->clinic_phone);
    if (!str_empty(n->clinic_email)) {
        buf_puts(b, "<br>");
        html_text(b, n->clinic_email);
    }
    buf_printf(b, "<br><br>%s", c->why);
    if (c->stop_link) html_stop(b, c);
    buf_puts(b, "</td></tr>\n");
}

static void html_body(struct buf *b, const struct content *c, const struct notice *n)
{
    struct paint p = brand_paint(n->brand_color);
    buf_puts(b, "<body class=\"ground\" style=\"margin:0;padding:0;background:#f3f4f6;" FONT "\">\n");
    html_preview(b, c);
    buf_puts(b,
        "<table role=\"presentation\" class=\"ground\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" "
        "style=\"background:#f3f4f6\">"
        "<tr><td class=\"outer\" align=\"center\" style=\"padding:32px 12px\">\n"
        "<table role=\"presentation\" class=\"card\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" "
        "style=\"width:100%;max-width:600px;"
        "background:#ffffff;border:1px solid #e5e7eb;border-radius:12px;border-collapse:separate;overflow:hidden;text-align:left;" FONT
        "\">\n");
    buf_printf(b,
        "<tr><td class=\"pad\" style=\"padding:18px 32px;background:%s;color:%s;font-size:17px;line-height:24px;font-weight:600;" WRAP
        "\">",
        p.ground, p.ink);
    html_text(b, n->clinic_name);
    buf_printf(b,
        "</td></tr>\n<tr><td class=\"pad\" style=\"padding:28px 32px 4px\"><h1 class=\"ink\" style=\"margin:0 0 "
        "14px;font-size:24px;line-height:31px;"
        "font-weight:700;color:#111827\">%s</h1>\n<p class=\"ink\" style=\"margin:0;font-size:16px;line-height:24px;color:#111827;" WRAP
        "\">",
        c->heading);
    html_text(b, c->greeting);
    buf_printf(b,
        "<br>%s</p></td></tr>\n<tr><td class=\"pad\" style=\"padding:12px 32px\">\n"
        "<table width=\"100%%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" style=\"width:100%%;border-collapse:collapse\">\n",
        c->words->lead);
    for (size_t i = 0; i < c->n; i++) html_row(b, &c->rows[i], i == 0, i + 1 == c->n);
    buf_puts(b, "</table></td></tr>\n");
    html_button(b, c, p);
    html_footer(b, n, c);
    buf_puts(b, "</table>\n</td></tr></table>\n</body>\n</html>\n");
}

/* ---- Entry point ------------------------------------------------------------------------------------------------------ */

static const char *kept(struct arena *a, struct buf *b)
{
    return b->failed ? NULL : arena_strndup(a, b->data, b->len);
}

enum rc notices_text(struct arena *a, enum notice_kind kind, const struct notice *n, struct notice_text *out)
{
    bool of_none = kind == NOTICE_VERIFY || kind == NOTICE_CODE; /* of no appointment */
    ASSERT((unsigned)kind < NOTICE_N_KINDS && n->zone != NULL && (kind == NOTICE_WAITING || of_none || n->end > n->start));
    ASSERT(!str_empty(n->clinic_name) && (of_none || !str_empty(n->service)));
    struct buf text CLEANUP(buf_free) = { 0 }, html CLEANUP(buf_free) = { 0 };
    buf_init(&text, TEXT_BYTES_MAX);
    buf_init(&html, HTML_BYTES_MAX);
    struct content c = content_of(a, kind, n);
    put_text(&text, &c, n);
    html_head(&html, &c);
    html_body(&html, &c, n);
    *out = (struct notice_text){ c.title, kept(a, &text), kept(a, &html) };
    return arena_failed(a) || !out->text || !out->html ? RC_OOM : RC_OK;
}
