/* reminders_plan.c - see reminders_plan.h. */
#include "modules/reminders/reminders_plan.h"
#include <stdio.h>
#include <string.h>

const char *const reminder_channel_names[] = { "email", NULL };
const char *const reminder_template_names[] = { "reminder", "confirm", NULL };

enum { LATE_MIN = 5, LATE_MAX = 360, WINDOW_MIN = 30 };

int64_t reminder_late_default(int64_t before_min)
{
    int64_t late = before_min / 4;
    return late < LATE_MIN ? LATE_MIN : late > LATE_MAX ? LATE_MAX : late;
}

size_t reminder_rules_read(const char *text, struct reminder_rule out[REMINDER_RULES_MAX])
{
    size_t n = 0;
    while (n < REMINDER_RULES_MAX && text && *text) {
        int64_t before = 0, late = 0;
        char channel[16] = "", template[16] = "";
        const char *at = text;
        if (!str_digits(&at, &before) || *at++ != ':' || !str_digits(&at, &late)) break;
        if (sscanf(at, ":%15[a-z]:%15[a-z]", channel, template) != 2) break;
        struct reminder_rule r = { before, late, enum_find(reminder_channel_names, channel), enum_find(reminder_template_names, template) };
        if (r.channel >= 0 && r.template >= 0) out[n++] = r;
        const char *comma = strchr(text, ',');
        text = comma ? comma + 1 : NULL;
    }
    return n;
}

const char *reminder_rules_write(struct arena *a, const struct reminder_rule *rules, size_t n)
{
    const char *text = "";
    for (size_t i = 0; i < n; i++)
        text = arena_printf(a, "%s%s%lld:%lld:%s:%s", text, i ? "," : "", (long long)rules[i].before_min,
            (long long)(rules[i].late_min == NONE ? reminder_late_default(rules[i].before_min) : rules[i].late_min),
            reminder_channel_names[rules[i].channel], reminder_template_names[rules[i].template]);
    return text;
}

/* The quiet period that t lies in, else the next one that begins after it. A wall time that does not exist is the instant to
 * which the clock jumps; of two the first one counts. */
static bool quiet_around(const struct zone *z, const struct quiet_hours *q, int64_t t, int64_t *begin, int64_t *end)
{
    int64_t today = zone_date(z, t), at[2];
    if (q->start_min == q->end_min) return false;
    for (int64_t date = today - 1; date <= today + 1; date++) {
        zone_instants(z, date * USEC_PER_DAY + q->start_min * USEC_PER_MIN, at);
        *begin = at[0];
        zone_instants(z, (date + (q->end_min < q->start_min)) * USEC_PER_DAY + q->end_min * USEC_PER_MIN, at);
        *end = at[0];
        if (*end > t && *end > *begin) return true;
    }
    return false;
}

int64_t quiet_over(const struct zone *z, const struct quiet_hours *q, int64_t t)
{
    int64_t begin, end;
    return quiet_around(z, q, t, &begin, &end) && begin <= t ? end : t;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

bool reminder_when(const struct zone *z, const struct quiet_hours *q, const struct reminder_rule *r, int64_t start, int64_t now, int64_t *due, int64_t *until)
{
    int64_t late = (r->late_min == NONE ? reminder_late_default(r->before_min) : r->late_min) * USEC_PER_MIN, begin, end;
    int64_t window = least(late, WINDOW_MIN * USEC_PER_MIN);
    *due = start - r->before_min * USEC_PER_MIN;
    *until = least(*due + late, start);
    if (quiet_around(z, q, *due, &begin, &end) && begin <= *due) {
        if (end < *until) { /* a little later: when the quiet hours are over */
            *due = end;
        } else { /* that would be too late: before they begin */
            *until = begin;
            *due = begin - window;
        }
    }
    if (quiet_around(z, q, *due, &begin, &end) && begin < *until) { /* what is late at night waits for nobody */
        *until = begin;
        *due = least(*due, begin - window);
    }
    return *due > now;
}
