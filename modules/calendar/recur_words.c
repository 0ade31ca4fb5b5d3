/* recur_words.c - a rule as a sentence for people, in one place: "Every 2 weeks on Monday, 10 times". */
#include "modules/calendar/recur.h"

static const char *const weekdays[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" };
static const char *const months[] = { "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December" };
static const char *const units[] = { "day", "week", "month", "year" };

/* ", " between the words of a list, " and " before the last one. */
static const char *joint(size_t i, size_t n) { return i == 0 ? "" : i + 1 == n ? " and " : ", "; }

static void put_ordinal(struct buf *b, int n)
{
    static const char *const words[] = { "", "first", "second", "third", "fourth", "fifth" };
    int v = n < 0 ? -n : n;
    if (n < 0 && v == 1) buf_puts(b, "last");
    else if (v <= 5) buf_puts(b, words[v]);
    else buf_printf(b, "%d%s", v, v % 100 / 10 == 1 || v % 10 == 0 || v % 10 > 3 ? "th" : v % 10 == 1 ? "st" : v % 10 == 2 ? "nd" : "rd");
    if (n < -1) buf_puts(b, " last");
}

static bool are_days(const struct recur_rule *r, uint32_t want)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < r->n_days; i++) {
        if (r->days[i].ordinal) return false;
        bits |= 1u << r->days[i].weekday;
    }
    return bits == want;
}

/* In the order of the week, whatever the order of the rule. */
static void put_weekdays(struct buf *b, const struct recur_rule *r)
{
    size_t put = 0;
    if (are_days(r, 0x3e)) {
        buf_puts(b, "weekday");
        return;
    }
    for (int day = 1; day <= 7; day++)
        for (size_t i = 0; i < r->n_days; i++)
            if (r->days[i].weekday == day) buf_printf(b, "%s%s", joint(put++, r->n_days), weekdays[day - 1]);
}

static void put_days(struct buf *b, const struct recur_rule *r)
{
    bool ordinals = false;
    for (size_t i = 0; i < r->n_days; i++) ordinals |= r->days[i].ordinal != 0;
    if (!ordinals && r->n_positions) {
        buf_puts(b, " on the ");
        for (size_t i = 0; i < r->n_positions; i++) {
            buf_puts(b, joint(i, r->n_positions));
            put_ordinal(b, r->positions[i]);
        }
        buf_putc(b, ' ');
        put_weekdays(b, r);
    } else if (!ordinals) {
        buf_puts(b, r->freq == RECUR_WEEKLY && !are_days(r, 0x3e) ? " on " : " on every ");
        put_weekdays(b, r);
    } else {
        for (size_t i = 0; i < r->n_days; i++) {
            buf_printf(b, "%s%s ", i ? joint(i, r->n_days) : " on ", r->days[i].ordinal ? "the" : "every");
            if (r->days[i].ordinal) put_ordinal(b, r->days[i].ordinal);
            buf_printf(b, "%s%s", r->days[i].ordinal ? " " : "", weekdays[r->days[i].weekday - 1]);
        }
    }
}

static void put_month_days(struct buf *b, const struct recur_rule *r)
{
    size_t n = (size_t)__builtin_popcount(r->month_days) + (size_t)__builtin_popcount(r->month_days_back), put = 0;
    buf_puts(b, r->n_days ? " that is " : " on ");
    for (int day = 1; day <= 31; day++) {
        if (!(r->month_days >> day & 1)) continue;
        buf_printf(b, "%s%s%d", joint(put, n), put ? "" : "day ", day);
        put++;
    }
    for (int day = 1; day <= 31; day++) {
        if (!(r->month_days_back >> day & 1)) continue;
        buf_printf(b, "%sthe ", joint(put++, n));
        put_ordinal(b, -day);
        buf_puts(b, " day");
    }
}

static void put_months(struct buf *b, const struct recur_rule *r)
{
    size_t n = (size_t)__builtin_popcount(r->months), put = 0;
    for (int m = 1; m <= 12; m++)
        if (r->months >> m & 1) buf_printf(b, "%s%s", put ? joint(put, n) : " in ", months[m - 1]), put++;
}

static void put_date(struct buf *b, int64_t date)
{
    struct civil c = { 0 };
    date_to_civil(date, &c);
    buf_printf(b, "%d %s %d", c.day, months[c.month - 1], (int)c.year);
}

void recur_sentence(const struct recur_rule *r, int64_t first, const struct zone *z, struct buf *b)
{
    struct civil c = { 0 };
    int64_t date = floor_div(first, USEC_PER_DAY);
    date_to_civil(date, &c);
    if (r->interval == 1) buf_printf(b, "Every %s", units[r->freq]);
    else buf_printf(b, "Every %d %ss", (int)r->interval, units[r->freq]);
    bool by_month_day = r->month_days || r->month_days_back;
    if (r->n_days) put_days(b, r);
    else if (r->freq == RECUR_WEEKLY) buf_printf(b, " on %s", weekdays[date_weekday(date) - 1]);
    else if (!by_month_day && r->freq == RECUR_MONTHLY) buf_printf(b, " on day %d", c.day);
    else if (!by_month_day && r->freq == RECUR_YEARLY && !r->months) buf_printf(b, " on %d %s", c.day, months[c.month - 1]);
    else if (!by_month_day && r->freq == RECUR_YEARLY) buf_printf(b, " on day %d", c.day);
    if (by_month_day) put_month_days(b, r);
    if (r->months) put_months(b, r);
    if (r->n_positions && (!r->n_days || by_month_day)) buf_puts(b, " (some of these)");
    if (r->count != NONE) buf_printf(b, ", %s", r->count == 1 ? "once" : "");
    if (r->count != NONE && r->count != 1) buf_printf(b, "%d times", (int)r->count);
    if (r->until_kind == RECUR_NO_UNTIL) return;
    buf_puts(b, ", until ");
    put_date(b, r->until_kind == RECUR_UNTIL_DATE ? r->until : z ? zone_date(z, r->until) : floor_div(r->until, USEC_PER_DAY));
}
