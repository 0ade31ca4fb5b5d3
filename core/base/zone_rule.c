/* zone_rule.c - the POSIX TZ text in the footer of a TZif file, with the extensions of RFC 8536 (names in <>, hours
 * up to 167 and negative). */
#include "core/base/zone.h"

#include <string.h>

enum { OFFSET_HOURS_MAX = 24, TIME_HOURS_MAX = 167 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alpha(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool take(const char **s, char c)
{
    if (**s != c) return false;
    ++*s;
    return true;
}

/* At most three digits with a value in min to max. */
static bool take_number(const char **s, int min, int max, int *out)
{
    int v = 0, n = 0;
    for (; is_digit(**s) && n < 4; n++) v = v * 10 + (*(*s)++ - '0');
    if (n < 1 || n > 3 || v < min || v > max) return false;
    *out = v;
    return true;
}

static bool take_name(const char **s, char out[ZONE_TEXT_MAX_BYTES])
{
    bool quoted = take(s, '<');
    size_t n = 0;
    for (; is_alpha(**s) || (quoted && (is_digit(**s) || **s == '+' || **s == '-')); ++*s) {
        if (n + 1 >= ZONE_TEXT_MAX_BYTES) return false;
        out[n++] = **s;
    }
    out[n] = '\0';
    return n >= 3 && (!quoted || take(s, '>'));
}

/* [+-]h[:mm[:ss]] */
static bool take_time(const char **s, int hours_max, int32_t *out)
{
    int sign = **s == '-' ? -1 : 1, h, m = 0, sec = 0;
    if (**s == '-' || **s == '+') ++*s;
    if (!take_number(s, 0, hours_max, &h)) return false;
    if (take(s, ':')) {
        if (!take_number(s, 0, 59, &m)) return false;
        if (take(s, ':') && !take_number(s, 0, 59, &sec)) return false;
    }
    *out = sign * (h * 3600 + m * 60 + sec);
    return true;
}

static bool take_day(const char **s, struct zone_rule_day *out)
{
    *out = (struct zone_rule_day){ .time_s = 2 * 3600 };
    if (take(s, 'M')) {
        out->kind = 'M';
        if (!take_number(s, 1, 12, &out->month) || !take(s, '.') || !take_number(s, 1, 5, &out->week) || !take(s, '.') ||
            !take_number(s, 0, 6, &out->weekday))
            return false;
    } else {
        out->kind = take(s, 'J') ? 'J' : 'D';
        if (!take_number(s, out->kind == 'J' ? 1 : 0, 365, &out->n)) return false;
    }
    return !take(s, '/') || take_time(s, TIME_HOURS_MAX, &out->time_s);
}

bool zone_rule_parse(const char *s, struct zone_rule *out)
{
    *out = (struct zone_rule){ 0 };
    int32_t west;
    if (!take_name(&s, out->std.abbrev) || !take_time(&s, OFFSET_HOURS_MAX, &west)) return false;
    out->std.offset_s = -west;
    if (!*s) return true;
    out->has_dst = out->dst.dst = true;
    if (!take_name(&s, out->dst.abbrev)) return false;
    out->dst.offset_s = out->std.offset_s + 3600;
    if (*s != ',') {
        if (!take_time(&s, OFFSET_HOURS_MAX, &west)) return false;
        out->dst.offset_s = -west;
    }
    return take(&s, ',') && take_day(&s, &out->dst_begins) && take(&s, ',') && take_day(&s, &out->dst_ends) && !*s;
}

static int64_t rule_date(const struct zone_rule_day *r, int64_t year)
{
    int64_t new_year = date_from_civil(year, 1, 1);
    if (r->kind == 'D') return new_year + r->n;
    if (r->kind == 'J') {
        bool leap = date_from_civil(year, 3, 1) - new_year == 60;
        return new_year + r->n - 1 + (leap && r->n >= 60);
    }
    int64_t first = date_from_civil(year, r->month, 1);
    int64_t next = r->month == 12 ? date_from_civil(year + 1, 1, 1) : date_from_civil(year, r->month + 1, 1);
    int64_t date = first + (r->weekday - date_weekday(first) % 7 + 7) % 7 + 7 * (r->week - 1);
    return date >= next ? date - 7 : date; /* week 5 means the last */
}

int64_t zone_rule_instant(const struct zone_rule_day *r, int64_t year, int32_t offset_s)
{
    return rule_date(r, year) * 86400 + r->time_s - offset_s;
}
