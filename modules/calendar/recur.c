/* recur.c - see recur.h: parts of a rule as text, and the expansion. The words are in recur_words.c. */
#include "modules/calendar/recur.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const freq_names[] = { "DAILY", "WEEKLY", "MONTHLY", "YEARLY", NULL };
static const char *const day_names[] = { "MO", "TU", "WE", "TH", "FR", "SA", "SU", NULL };

/* ---- reading ------------------------------------------------------------------------------------------------------------- */

struct span { const char *s; size_t n; };
struct parser { struct recur_rule *r; struct recur_problem *p; bool ok; uint32_t seen; };

static bool fail(struct parser *x, const char *what)
{
    if (x->ok) x->p->what = what;
    x->ok = false;
    return false;
}

static bool span_is(struct span v, const char *word) { return strlen(word) == v.n && strncasecmp(v.s, word, v.n) == 0; }

static int span_find(struct span v, const char *const *names)
{
    for (int i = 0; names[i]; i++)
        if (span_is(v, names[i])) return i;
    return -1;
}

/* Up to four digits, with a sign when `sign`; no sign of its own is fine. */
static bool span_int(struct span v, bool sign, int *out)
{
    int n = 0;
    bool minus = sign && v.n && *v.s == '-';
    if (sign && v.n && (*v.s == '-' || *v.s == '+')) v = (struct span){ v.s + 1, v.n - 1 };
    if (v.n == 0 || v.n > 4) return false;
    for (size_t i = 0; i < v.n; i++) {
        if (v.s[i] < '0' || v.s[i] > '9') return false;
        n = n * 10 + (v.s[i] - '0');
    }
    *out = minus ? -n : n;
    return true;
}

/* The next of a list; false behind the last one. */
static bool next_item(struct span *rest, char separator, struct span *out)
{
    if (!rest->s) return false;
    const char *end = memchr(rest->s, separator, rest->n);
    *out = (struct span){ rest->s, end ? (size_t)(end - rest->s) : rest->n };
    *rest = end ? (struct span){ end + 1, rest->n - out->n - 1 } : (struct span){ NULL, 0 };
    return true;
}

static bool read_freq(struct parser *x, struct span v)
{
    static const char *const finer[] = { "SECONDLY", "MINUTELY", "HOURLY", NULL };
    int i = span_find(v, freq_names);
    if (i < 0) return fail(x, span_find(v, finer) >= 0 ? "must be DAILY, WEEKLY, MONTHLY or YEARLY: nothing here repeats within a day" : "must be DAILY, WEEKLY, MONTHLY or YEARLY");
    x->r->freq = (enum recur_freq)i;
    return true;
}

static bool read_interval(struct parser *x, struct span v)
{
    int n;
    if (!span_int(v, false, &n) || n < 1 || n > RECUR_INTERVAL_MAX) return fail(x, "must be a number from 1 to 999");
    x->r->interval = n;
    return true;
}

static bool read_count(struct parser *x, struct span v)
{
    int n;
    if (!span_int(v, false, &n) || n < 1) return fail(x, "must be a number from 1 to 9999");
    x->r->count = n;
    return true;
}

/* 20261231 or 20261231T235959Z. A time without Z would have to be read in a zone that is not said: refused. */
static bool read_until(struct parser *x, struct span v)
{
    char text[24] = "";
    static const char *const wrong = "must be a date like 20261231, or a time in UTC like 20261231T235959Z";
    if (v.n != 8 && v.n != 16) return fail(x, wrong);
    bool time = v.n == 16;
    if (time && (v.s[8] != 'T' || v.s[15] != 'Z')) return fail(x, wrong);
    const char *s = v.s;
    if (time) snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", s, s + 4, s + 6, s + 9, s + 11, s + 13);
    else snprintf(text, sizeof text, "%.4s-%.2s-%.2s", s, s + 4, s + 6);
    if (time ? !instant_parse(text, &x->r->until) : !date_parse(text, &x->r->until)) return fail(x, wrong);
    x->r->until_kind = time ? RECUR_UNTIL_INSTANT : RECUR_UNTIL_DATE;
    return true;
}

static bool read_day(struct parser *x, struct span v)
{
    struct recur_rule *r = x->r;
    int ordinal = 0;
    if (v.n < 2) return fail(x, "must be a list of days like MO,WE or 1MO,-1FR");
    int day = span_find((struct span){ v.s + v.n - 2, 2 }, day_names);
    if (day < 0 || (v.n > 2 && (!span_int((struct span){ v.s, v.n - 2 }, true, &ordinal) || ordinal == 0)))
        return fail(x, "must be a list of days like MO,WE or 1MO,-1FR");
    if (ordinal < -53 || ordinal > 53) return fail(x, "counts weeks from 1 to 53, or from -1 to -53");
    for (size_t i = 0; i < r->n_days; i++)
        if (r->days[i].ordinal == ordinal && r->days[i].weekday == day + 1) return fail(x, "names a day twice");
    if (r->n_days == RECUR_DAYS_MAX) return fail(x, "has too many days");
    r->days[r->n_days++] = (struct recur_day){ ordinal, day + 1 };
    return true;
}

static bool read_month_day(struct parser *x, struct span v)
{
    int n;
    if (!span_int(v, true, &n) || n == 0 || n < -31 || n > 31) return fail(x, "must be a list of numbers from 1 to 31, or from -1 to -31");
    uint32_t *bits = n < 0 ? &x->r->month_days_back : &x->r->month_days, bit = 1u << (n < 0 ? -n : n);
    if (*bits & bit) return fail(x, "names a day twice");
    *bits |= bit;
    return true;
}

static bool read_month(struct parser *x, struct span v)
{
    int n;
    if (!span_int(v, false, &n) || n < 1 || n > 12) return fail(x, "must be a list of numbers from 1 to 12");
    if (x->r->months & 1u << n) return fail(x, "names a month twice");
    x->r->months |= 1u << n;
    return true;
}

static bool read_position(struct parser *x, struct span v)
{
    int n;
    struct recur_rule *r = x->r;
    if (!span_int(v, true, &n) || n == 0 || n < -366 || n > 366) return fail(x, "must be a list of numbers from 1 to 366, or from -1 to -366");
    for (size_t i = 0; i < r->n_positions; i++)
        if (r->positions[i] == n) return fail(x, "names a position twice");
    if (r->n_positions == RECUR_POSITIONS_MAX) return fail(x, "has too many positions");
    r->positions[r->n_positions++] = n;
    return true;
}

static bool read_week_start(struct parser *x, struct span v)
{
    int i = span_find(v, day_names);
    if (i < 0) return fail(x, "must be a day like MO");
    x->r->week_start = i + 1;
    return true;
}

static const struct part { const char *name; bool list; bool (*read)(struct parser *, struct span); } parts[] = {
    { "FREQ", false, read_freq }, { "INTERVAL", false, read_interval }, { "COUNT", false, read_count }, { "UNTIL", false, read_until },
    { "BYDAY", true, read_day }, { "BYMONTHDAY", true, read_month_day }, { "BYMONTH", true, read_month }, { "BYSETPOS", true, read_position },
    { "WKST", false, read_week_start } };

static void name_part(struct parser *x, struct span v)
{
    size_t n = v.n < sizeof x->p->part - 1 ? v.n : sizeof x->p->part - 1;
    for (size_t i = 0; i < n; i++) x->p->part[i] = v.s[i] >= 'a' && v.s[i] <= 'z' ? (char)(v.s[i] - 32) : v.s[i] >= ' ' && v.s[i] < 0x7f ? v.s[i] : '?';
    x->p->part[n] = '\0';
}

static bool read_part(struct parser *x, struct span v)
{
    static const char *const known[] = { "BYSECOND", "BYMINUTE", "BYHOUR", "BYYEARDAY", "BYWEEKNO", "RSCALE", "SKIP", NULL };
    struct span name, value, one;
    if (!next_item(&v, '=', &name) || !v.s) {
        name_part(x, name);
        return fail(x, "must be NAME=VALUE");
    }
    name_part(x, name);
    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        if (!span_is(name, parts[i].name)) continue;
        if (x->seen & 1u << i) return fail(x, "stands there twice");
        x->seen |= 1u << i;
        if (!parts[i].list) return parts[i].read(x, v);
        for (value = v; next_item(&value, ',', &one);)
            if (!parts[i].read(x, one)) return false;
        return true;
    }
    return fail(x, span_find(name, known) >= 0 ? "is not supported" : "is not a part of a rule");
}

static bool refuse(struct parser *x, const char *part, const char *what)
{
    name_part(x, (struct span){ part, strlen(part) });
    return fail(x, what);
}

/* What each part is fine with alone, but not with the others. */
static bool check_together(struct parser *x)
{
    const struct recur_rule *r = x->r;
    bool ordinals = false, far = false;
    for (size_t i = 0; i < r->n_days; i++) {
        ordinals |= r->days[i].ordinal != 0;
        far |= r->days[i].ordinal < -5 || r->days[i].ordinal > 5;
    }
    if (!(x->seen & 1)) return refuse(x, "FREQ", "is required");
    if (r->count != NONE && r->until_kind != RECUR_NO_UNTIL) return refuse(x, "UNTIL", "and COUNT cannot stand together");
    if (ordinals && r->freq < RECUR_MONTHLY) return refuse(x, "BYDAY", "counts weeks (like 1MO) only with FREQ=MONTHLY or YEARLY");
    if (far && (r->freq == RECUR_MONTHLY || r->months)) return refuse(x, "BYDAY", "counts weeks of a month from 1 to 5, or from -1 to -5");
    if ((r->month_days || r->month_days_back) && r->freq == RECUR_WEEKLY) return refuse(x, "BYMONTHDAY", "cannot stand with FREQ=WEEKLY");
    if (r->n_positions && !r->n_days && !r->month_days && !r->month_days_back && !r->months)
        return refuse(x, "BYSETPOS", "needs BYDAY, BYMONTHDAY or BYMONTH beside it");
    return true;
}

bool recur_parse(const char *text, struct recur_rule *out, struct recur_problem *problem)
{
    struct recur_problem unused = { 0 };
    *out = (struct recur_rule){ .interval = 1, .count = NONE, .until = NONE, .week_start = 1 };
    struct parser x = { .r = out, .p = problem ? problem : &unused, .ok = true };
    *x.p = (struct recur_problem){ .what = NULL };
    struct span all = { text, text ? strlen(text) : 0 }, one;
    if (all.n == 0) return refuse(&x, "FREQ", "is required");
    if (all.n > RECUR_TEXT_MAX) return refuse(&x, "", "is longer than 500 characters");
    while (next_item(&all, ';', &one))
        if (!read_part(&x, one)) return false;
    return check_together(&x);
}

bool recur_ends(const struct recur_rule *r) { return r->count != NONE || r->until_kind != RECUR_NO_UNTIL; }

/* ---- writing --------------------------------------------------------------------------------------------------------------- */

static void write_bits(struct buf *b, const char *name, uint32_t bits, uint32_t back)
{
    const char *between = name;
    for (int i = 1; i <= 31; i++) {
        if (!(bits >> i & 1)) continue;
        buf_printf(b, "%s%d", between, i);
        between = ",";
    }
    for (int i = 1; i <= 31; i++) {
        if (!(back >> i & 1)) continue;
        buf_printf(b, "%s-%d", between, i);
        between = ",";
    }
}

static void write_until(struct buf *b, const struct recur_rule *r)
{
    int64_t date = r->until_kind == RECUR_UNTIL_DATE ? r->until : floor_div(r->until, USEC_PER_DAY);
    struct civil c = { 0 };
    date_to_civil(date, &c);
    buf_printf(b, ";UNTIL=%04d%02d%02d", (int)c.year, c.month, c.day);
    if (r->until_kind == RECUR_UNTIL_DATE) return;
    int s = (int)((r->until - date * USEC_PER_DAY) / USEC_PER_SEC);
    buf_printf(b, "T%02d%02d%02dZ", s / 3600, s / 60 % 60, s % 60);
}

void recur_format(const struct recur_rule *r, struct buf *b)
{
    buf_printf(b, "FREQ=%s", freq_names[r->freq]);
    if (r->interval != 1) buf_printf(b, ";INTERVAL=%d", (int)r->interval);
    if (r->count != NONE) buf_printf(b, ";COUNT=%d", (int)r->count);
    if (r->until_kind != RECUR_NO_UNTIL) write_until(b, r);
    write_bits(b, ";BYMONTH=", r->months, 0);
    write_bits(b, ";BYMONTHDAY=", r->month_days, r->month_days_back);
    for (size_t i = 0; i < r->n_days; i++) {
        buf_puts(b, i ? "," : ";BYDAY=");
        if (r->days[i].ordinal) buf_printf(b, "%d", r->days[i].ordinal);
        buf_puts(b, day_names[r->days[i].weekday - 1]);
    }
    for (size_t i = 0; i < r->n_positions; i++) buf_printf(b, "%s%d", i ? "," : ";BYSETPOS=", r->positions[i]);
    if (r->week_start != 1) buf_printf(b, ";WKST=%s", day_names[r->week_start - 1]);
}

bool recur_shift_days(struct recur_rule *r, int64_t days)
{
    if (days == 0) return true;
    if (r->freq > RECUR_WEEKLY || r->months || r->month_days || r->month_days_back || r->n_positions) return false;
    for (size_t i = 0; i < r->n_days; i++) r->days[i].weekday = (int)(((r->days[i].weekday - 1 + days) % 7 + 7) % 7) + 1;
    return true;
}

/* ---- which days -------------------------------------------------------------------------------------------------------------- */

enum { PERIOD_DAYS_MAX = 366 };
struct period { int64_t dates[PERIOD_DAYS_MAX]; size_t n; };
struct walk { const struct recur_rule *r; int64_t first_date; struct civil first; int first_weekday; };

static int days_in_month(int64_t year, int month)
{
    return (int)((month == 12 ? date_from_civil(year + 1, 1, 1) : date_from_civil(year, month + 1, 1)) - date_from_civil(year, month, 1));
}

/* A day of a month or a year, where "the second" or "the last" of a weekday is counted from `day` of `length`. */
static bool day_listed(const struct recur_rule *r, int weekday, int day, int length)
{
    for (size_t i = 0; i < r->n_days; i++) {
        const struct recur_day *d = &r->days[i];
        if (d->weekday != weekday) continue;
        if (d->ordinal == 0 || d->ordinal == (day - 1) / 7 + 1 || -d->ordinal == (length - day) / 7 + 1) return true;
    }
    return false;
}

static bool month_day_listed(const struct recur_rule *r, int day, int length)
{
    return (r->month_days >> day & 1) || (r->month_days_back >> (length - day + 1) & 1);
}

static void month_dates(const struct walk *w, int64_t year, int month, bool count_in_year, struct period *out)
{
    const struct recur_rule *r = w->r;
    int64_t begin = date_from_civil(year, month, 1), new_year = date_from_civil(year, 1, 1);
    int length = days_in_month(year, month), year_length = (int)(date_from_civil(year + 1, 1, 1) - new_year);
    bool by_month_day = r->month_days || r->month_days_back, by_day = r->n_days > 0;
    if (r->months && !(r->months >> month & 1)) return;
    int weekday = date_weekday(begin);
    for (int day = 1; day <= length; day++, weekday = weekday % 7 + 1) {
        int at = count_in_year ? (int)(begin - new_year) + day : day;
        if (by_month_day && !month_day_listed(r, day, length)) continue;
        if (by_day && !day_listed(r, weekday, at, count_in_year ? year_length : length)) continue;
        if (!by_month_day && !by_day && day != w->first.day) continue;
        out->dates[out->n++] = begin + day - 1;
    }
}

static void year_dates(const struct walk *w, int64_t year, struct period *out)
{
    const struct recur_rule *r = w->r;
    bool free = !r->months && !r->month_days && !r->month_days_back && !r->n_days;
    for (int month = 1; month <= 12; month++)
        if (!free || month == w->first.month) month_dates(w, year, month, !r->months, out);
}

static void week_dates(const struct walk *w, int64_t monday, struct period *out)
{
    const struct recur_rule *r = w->r;
    for (int64_t date = monday; date < monday + 7; date++) {
        struct civil c = { 0 };
        int weekday = date_weekday(date);
        if (r->n_days ? !day_listed(r, weekday, 1, 1) : weekday != w->first_weekday) continue;
        date_to_civil(date, &c);
        if (!r->months || (r->months >> c.month & 1)) out->dates[out->n++] = date;
    }
}

static void day_date(const struct walk *w, int64_t date, struct period *out)
{
    const struct recur_rule *r = w->r;
    struct civil c = { 0 };
    date_to_civil(date, &c);
    if (r->months && !(r->months >> c.month & 1)) return;
    if ((r->month_days || r->month_days_back) && !month_day_listed(r, c.day, days_in_month(c.year, c.month))) return;
    if (r->n_days && !day_listed(r, date_weekday(date), 1, 1)) return;
    out->dates[out->n++] = date;
}

/* The k-th period from the one of the first occurrence on; gives the first date of it. */
static int64_t period_dates(const struct walk *w, int64_t k, struct period *out)
{
    int64_t step = k * w->r->interval, monday, month;
    out->n = 0;
    switch (w->r->freq) {
    case RECUR_DAILY: day_date(w, w->first_date + step, out); return w->first_date + step;
    case RECUR_WEEKLY:
        monday = w->first_date - (w->first_weekday - w->r->week_start + 7) % 7 + 7 * step;
        week_dates(w, monday, out);
        return monday;
    case RECUR_MONTHLY:
        month = w->first.year * 12 + w->first.month - 1 + step;
        month_dates(w, floor_div(month, 12), (int)(month - floor_div(month, 12) * 12) + 1, false, out);
        return date_from_civil(floor_div(month, 12), (int)(month - floor_div(month, 12) * 12) + 1, 1);
    case RECUR_YEARLY: year_dates(w, w->first.year + step, out); break;
    }
    return date_from_civil(w->first.year + step, 1, 1);
}

static void keep_positions(const struct recur_rule *r, struct period *p)
{
    size_t n = 0;
    if (!r->n_positions) return;
    for (size_t i = 0; i < p->n; i++) {
        bool listed = false;
        for (size_t k = 0; k < r->n_positions; k++) listed |= r->positions[k] == (int)i + 1 || -r->positions[k] == (int)(p->n - i);
        if (listed) p->dates[n++] = p->dates[i];
    }
    p->n = n;
}

/* ---- which instants ------------------------------------------------------------------------------------------------------------ */

int64_t recur_instant(const struct zone *z, int64_t wall, bool *dst_shifted)
{
    int64_t at[2];
    bool gap = zone_instants(z, wall, at) == WALL_GAP;
    if (dst_shifted) *dst_shifted = gap;
    return at[0];
}

static bool listed_instant(const int64_t *list, size_t n, int64_t at)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == at) return true;
    return false;
}

/* In its place by start. false: full. */
static bool give(const struct recur_ask *ask, struct recur_result *out, struct recur_occurrence o)
{
    if (o.start < ask->from || o.start >= ask->to || listed_instant(ask->excluded, ask->n_excluded, o.start)) return true;
    size_t at = out->n;
    while (at > 0 && out->at[at - 1].start > o.start) at--;
    if (at > 0 && out->at[at - 1].start == o.start) return true; /* an RDATE that the rule gives as well */
    if (out->n == ask->max) {
        out->more = true;
        return false;
    }
    memmove(&out->at[at + 1], &out->at[at], (out->n - at) * sizeof *out->at);
    out->at[at] = o;
    out->n++;
    return true;
}

static bool past_until(const struct recur_rule *r, const struct recur_occurrence *o)
{
    if (r->until_kind == RECUR_UNTIL_DATE) return floor_div(o->wall, USEC_PER_DAY) > r->until;
    return r->until_kind == RECUR_UNTIL_INSTANT && o->start > r->until;
}

/* Where nothing is counted, the periods before the window need not be walked through. */
static int64_t first_period(const struct walk *w, const struct recur_ask *ask)
{
    static const int64_t longest[] = { 1, 7, 31, 366 };
    int64_t days = zone_date(ask->zone, ask->from) - w->first_date;
    int64_t k = days / (longest[w->r->freq] * w->r->interval) - 2;
    return w->r->count != NONE || k < 0 ? 0 : k;
}

static void expand_rule(const struct walk *w, const struct recur_ask *ask, struct recur_result *out)
{
    int64_t last_date = zone_date(ask->zone, ask->to - 1) + 1, time = ask->first - w->first_date * USEC_PER_DAY, counted = 0;
    struct period p;
    for (int64_t k = first_period(w, ask);; k++) {
        if (period_dates(w, k, &p) > last_date) return;
        keep_positions(w->r, &p);
        for (size_t i = 0; i < p.n; i++) {
            if (p.dates[i] < w->first_date) continue;
            struct recur_occurrence o = { .wall = p.dates[i] * USEC_PER_DAY + time };
            o.start = recur_instant(ask->zone, o.wall, &o.dst_shifted);
            if (past_until(w->r, &o) || (w->r->count != NONE && counted >= w->r->count) || !give(ask, out, o)) return;
            counted++;
        }
    }
}

enum rc recur_expand(struct arena *a, const struct recur_rule *r, const struct recur_ask *ask, struct recur_result *out)
{
    struct walk w = { .r = r, .first_date = floor_div(ask->first, USEC_PER_DAY) };
    ASSERT(ask->to - ask->from <= 36600 * USEC_PER_DAY && r->interval >= 1);
    *out = (struct recur_result){ .at = arena_alloc(a, (ask->max + 1) * sizeof *out->at) };
    if (!out->at) return RC_OOM;
    date_to_civil(w.first_date, &w.first);
    w.first_weekday = date_weekday(w.first_date);
    for (size_t i = 0; i < ask->n_added; i++)
        (void)give(ask, out, (struct recur_occurrence){ .wall = zone_local(ask->zone, ask->added[i]), .start = ask->added[i] });
    if (ask->to > ask->from) expand_rule(&w, ask, out);
    return RC_OK;
}
