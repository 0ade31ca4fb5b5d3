/* limits.c - see limits.h. */
#include "modules/calendar/limits.h"

bool limits_any(const struct limit_set *s)
{
    return s->day != NONE || s->week != NONE || s->open != NONE;
}

struct span {
    int64_t from, to;
};

static struct span day_of(const struct limit_ask *q)
{
    int64_t date = zone_date(q->zone, q->start);
    return (struct span){ zone_midnight(q->zone, date), zone_midnight(q->zone, date + 1) };
}

static struct span week_of(const struct limit_ask *q)
{
    int64_t date = zone_date(q->zone, q->start), first = date - (date_weekday(date) - q->week_start + 7) % 7;
    return (struct span){ zone_midnight(q->zone, first), zone_midnight(q->zone, first + 7) };
}

void limits_window(const struct limit_ask *q, int64_t *from, int64_t *to)
{
    struct span w = week_of(q);
    *from = w.from;
    *to = w.to;
}

static bool counts(const struct limit_ask *q, const struct limit_row *x, bool of_service)
{
    bool gone = x->status == APPT_CANCELLED || x->status == APPT_DECLINED || x->status == APPT_EXPIRED || x->status == APPT_NO_SHOW;
    return !gone && !id_eq(x->id, q->except) && (!of_service || id_eq(x->service_id, q->service_id));
}

static bool is_open(const struct limit_row *x, int64_t now)
{
    return x->end > now && x->status != APPT_COMPLETED;
}

static bool in_span(const struct limit_ask *q, const struct limit_row *rows, size_t n, struct span s, int64_t limit, bool of_service)
{
    int64_t found = 0;
    for (size_t i = 0; i < n; i++) found += rows[i].start >= s.from && rows[i].start < s.to && counts(q, &rows[i], of_service);
    return limit != NONE && found >= limit;
}

/* When the first of those to come is over. */
static bool open_full(const struct limit_ask *q, const struct limit_row *rows, size_t n, int64_t limit, bool of_service, int64_t *until)
{
    int64_t found = 0;
    *until = NONE;
    for (size_t i = 0; i < n; i++) {
        if (!counts(q, &rows[i], of_service) || !is_open(&rows[i], q->now)) continue;
        found++;
        if (*until == NONE || rows[i].end < *until) *until = rows[i].end;
    }
    return limit != NONE && found >= limit;
}

static bool set_broken(const struct limit_ask *q, const struct limit_set *s, const struct limit_row *rows, size_t n, bool of_service, struct limit_broken *out)
{
    struct span day = day_of(q), week = week_of(q);
    int64_t until;
    *out = (struct limit_broken){ .of_service = of_service };
    if (in_span(q, rows, n, day, s->day, of_service)) *out = (struct limit_broken){ "max_per_client_day", s->day, day.to, of_service };
    else if (in_span(q, rows, n, week, s->week, of_service)) *out = (struct limit_broken){ "max_per_client_week", s->week, week.to, of_service };
    else if (open_full(q, rows, n, s->open, of_service, &until)) *out = (struct limit_broken){ "max_per_client_open", s->open, until, of_service };
    return out->rule != NULL;
}

bool limits_broken(const struct limit_ask *q, const struct limit_row *rows, size_t n, struct limit_broken *out)
{
    return set_broken(q, &q->service, rows, n, true, out) || set_broken(q, &q->clinic, rows, n, false, out);
}
