/* civil.c - dates, times of day and instants as text and as numbers. The calendar arithmetic counts from 1 March,
 * so that the leap day is the last of its year (the well-known days-from-civil method). */
#include "core/base/base.h"

enum { YEAR_MIN = 1900, YEAR_MAX = 2199 };
enum { DAYS_PER_ERA = 146097 /* 400 years */, DAYS_TO_1970 = 719468 /* from 0000-03-01 */ };

int64_t floor_div(int64_t a, int64_t b)
{
    int64_t q = a / b;
    return a % b < 0 ? q - 1 : q;
}

int64_t date_from_civil(int64_t year, int month, int day)
{
    if (month <= 2) year--;
    int64_t era = floor_div(year, 400), year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

void date_to_civil(int64_t date, struct civil *out)
{
    int64_t era = floor_div(date, DAYS_PER_ERA), day = date - era * DAYS_PER_ERA + DAYS_TO_1970;
    era += day / DAYS_PER_ERA; /* DAYS_TO_1970 may reach over the end of an era */
    day %= DAYS_PER_ERA;
    int64_t year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    int day_of_year = (int)(day - (365 * year + year / 4 - year / 100));
    int m = (5 * day_of_year + 2) / 153; /* 0 = March */
    out->day = day_of_year - (153 * m + 2) / 5 + 1;
    out->month = m < 10 ? m + 3 : m - 9;
    out->year = era * 400 + year + (m >= 10);
}

int date_weekday(int64_t date)
{
    int64_t since_monday = date % 7 + 3; /* day 0 was a Thursday */
    return (int)((since_monday % 7 + 7) % 7) + 1;
}

static int month_days(int64_t year, int month)
{
    static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

/* Exactly n digits at *s, stepped over; -1 when there are other characters. */
static int digits_take(const char **s, int n)
{
    int v = 0;
    for (; n > 0; n--, ++*s) {
        if (**s < '0' || **s > '9') return -1;
        v = v * 10 + (**s - '0');
    }
    return v;
}

static bool char_take(const char **s, char c)
{
    if (**s != c) return false;
    ++*s;
    return true;
}

static bool date_take(const char **s, int64_t *out)
{
    int y = digits_take(s, 4);
    if (y < YEAR_MIN || y > YEAR_MAX || !char_take(s, '-')) return false;
    int m = digits_take(s, 2);
    if (m < 1 || m > 12 || !char_take(s, '-')) return false;
    int d = digits_take(s, 2);
    if (d < 1 || d > month_days(y, m)) return false;
    *out = date_from_civil(y, m, d);
    return true;
}

bool date_parse(const char *s, int64_t *out)
{
    int64_t date;
    if (!s || !date_take(&s, &date) || *s) return false;
    *out = date;
    return true;
}

static char *two(char *p, int v)
{
    p[0] = (char)('0' + v / 10);
    p[1] = (char)('0' + v % 10);
    return p + 2;
}

/* Years outside 0 to 9999 are not RFC 3339, but they must not overrun either. */
static char *date_put(char *p, int64_t date)
{
    struct civil c;
    date_to_civil(date, &c);
    if (c.year < 0) *p++ = '-';
    int64_t year = c.year < 0 ? -c.year : c.year;
    if (year >= 10000) {
        int64_t above = year / 10000, unit = 1;
        while (unit * 10 <= above) unit *= 10;
        for (; unit; unit /= 10) *p++ = (char)('0' + above / unit % 10);
    }
    p = two(p, (int)(year / 100 % 100));
    p = two(p, (int)(year % 100));
    *p++ = '-';
    p = two(p, c.month);
    *p++ = '-';
    return two(p, c.day);
}

char *date_format(int64_t date, char out[16])
{
    ASSERT(date > -100000000 && date < 100000000); /* six digits of year at most; NONE is no date */
    *date_put(out, date) = '\0';
    return out;
}

bool time_of_day_parse(const char *s, int64_t *out)
{
    if (!s) return false;
    int h = digits_take(&s, 2);
    if (h < 0 || h > 24 || !char_take(&s, ':')) return false;
    int m = digits_take(&s, 2);
    if (m < 0 || m > 59 || *s || (h == 24 && m)) return false;
    *out = h * 60 + m;
    return true;
}

char *time_of_day_format(int64_t minutes, char out[16])
{
    ASSERT(minutes >= 0 && minutes <= 24 * 60);
    char *p = two(out, (int)(minutes / 60));
    *p++ = ':';
    *two(p, (int)(minutes % 60)) = '\0';
    return out;
}

/* 1 to 9 digits; what is finer than a microsecond is cut off. */
static int fraction_take(const char **s)
{
    int usec = 0, n = 0;
    for (; **s >= '0' && **s <= '9'; ++*s, n++)
        if (n < 6) usec = usec * 10 + (**s - '0');
    if (n < 1 || n > 9) return -1;
    for (; n < 6; n++) usec *= 10;
    return usec;
}

/* Z or +HH:MM, in minutes east. */
static bool offset_take(const char **s, int *minutes)
{
    *minutes = 0;
    if (char_take(s, 'Z') || char_take(s, 'z')) return true;
    int sign = **s == '+' ? 1 : **s == '-' ? -1 : 0;
    if (!sign) return false;
    ++*s;
    int h = digits_take(s, 2);
    if (h < 0 || h > 23 || !char_take(s, ':')) return false;
    int m = digits_take(s, 2);
    if (m < 0 || m > 59) return false;
    *minutes = sign * (h * 60 + m);
    return true;
}

bool instant_parse(const char *s, int64_t *out)
{
    int64_t date;
    if (!s || !date_take(&s, &date) || (!char_take(&s, 'T') && !char_take(&s, 't'))) return false;
    int h = digits_take(&s, 2);
    if (h < 0 || h > 23 || !char_take(&s, ':')) return false;
    int m = digits_take(&s, 2);
    if (m < 0 || m > 59 || !char_take(&s, ':')) return false;
    int sec = digits_take(&s, 2), usec = 0, offset;
    if (sec < 0 || sec > 59) return false;
    if (char_take(&s, '.') && (usec = fraction_take(&s)) < 0) return false;
    if (!offset_take(&s, &offset) || *s) return false;
    int64_t t = date * USEC_PER_DAY + h * USEC_PER_HOUR + (m - offset) * USEC_PER_MIN + sec * USEC_PER_SEC + usec;
    if (t < INSTANT_MIN || t >= INSTANT_END) return false; /* the offset led out of the range */
    *out = t;
    return true;
}

char *instant_format(int64_t instant, char out[INSTANT_TEXT])
{
    int64_t date = floor_div(instant, USEC_PER_DAY);
    int64_t us = instant % USEC_PER_DAY;
    if (us < 0) us += USEC_PER_DAY;
    int sec = (int)(us / USEC_PER_SEC), frac = (int)(us % USEC_PER_SEC);
    char *p = date_put(out, date);
    *p++ = 'T';
    p = two(p, sec / 3600);
    *p++ = ':';
    p = two(p, sec / 60 % 60);
    *p++ = ':';
    p = two(p, sec % 60);
    if (frac) {
        *p++ = '.';
        p = two(two(two(p, frac / 10000), frac / 100 % 100), frac % 100);
    }
    *p++ = 'Z';
    *p = '\0';
    return out;
}
