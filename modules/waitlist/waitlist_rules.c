/* waitlist_rules.c - see waitlist_rules.h. */
#include "modules/waitlist/waitlist_rules.h"
#include <string.h>

enum { OFFER_AT_LEAST_MIN = 2 };

const char *windows_write(struct arena *a, struct list windows)
{
    const char *text = "";
    for (size_t i = 0; i < windows.n; i++) {
        const struct want_window *w = LIST_AT(windows, struct want_window, i);
        text = arena_printf(a, "%s%s%lld:%lld-%lld", text, i ? "," : "", (long long)w->weekday, (long long)w->start, (long long)w->end);
    }
    return text;
}

static bool read_one(const char **p, struct want_window *w)
{
    if (!str_digits(p, &w->weekday) || *(*p)++ != ':' || !str_digits(p, &w->start) || *(*p)++ != '-' || !str_digits(p, &w->end)) return false;
    return w->weekday >= 1 && w->weekday <= 7 && w->start < w->end && w->end <= 1440;
}

bool windows_read(struct arena *a, const char *text, struct list *out)
{
    struct want_window *w = arena_alloc(a, WINDOWS_MAX * sizeof *w);
    *out = (struct list){ w, 0 };
    if (!w) return false;
    for (const char *p = text; *p; p++) {
        if (out->n == WINDOWS_MAX || !read_one(&p, &w[out->n])) return false;
        out->n++;
        if (!*p) return true;
        if (*p != ',' || !p[1]) return false;
    }
    return true;
}

static bool in_window(struct list windows, int weekday, int64_t from_min, int64_t to_min)
{
    for (size_t i = 0; i < windows.n; i++) {
        const struct want_window *w = LIST_AT(windows, struct want_window, i);
        if (w->weekday == weekday && from_min >= w->start && to_min <= w->end) return true;
    }
    return windows.n == 0;
}

bool want_fits(const struct want_rule *r, const struct zone *z, int64_t start, int64_t end, int64_t now)
{
    int64_t local = zone_local(z, start), date = floor_div(local, USEC_PER_DAY), day = date * USEC_PER_DAY;
    int64_t until = zone_local(z, end) - day; /* by the clock on the wall, also over a change of it */
    if (start <= now || start < now + r->min_notice_min * USEC_PER_MIN) return false;
    if (r->not_before != NONE && date < r->not_before) return false;
    if (r->not_after != NONE && date > r->not_after) return false;
    return in_window(r->windows, date_weekday(date), floor_div(local - day, USEC_PER_MIN), floor_div(until + USEC_PER_MIN - 1, USEC_PER_MIN));
}

int want_order(const struct want_rule *a, const struct want_rule *b, int64_t ranking)
{
    if (ranking == RANK_LONGEST && a->duration_min != b->duration_min) return a->duration_min > b->duration_min ? -1 : 1;
    if (ranking != RANK_WAITING && a->priority != b->priority) return a->priority > b->priority ? -1 : 1;
    if (a->created_at != b->created_at) return a->created_at < b->created_at ? -1 : 1;
    return id_cmp(a->id, b->id);
}

int64_t offer_until(int64_t now, int64_t start, int64_t min_notice_min, int64_t minutes)
{
    int64_t until = now + minutes * USEC_PER_MIN, last = start - min_notice_min * USEC_PER_MIN;
    if (last < until) until = last;
    return until >= now + OFFER_AT_LEAST_MIN * USEC_PER_MIN ? until : NONE;
}

/* The busy span that reaches furthest among those that cover `at`. */
static int64_t busy_until(const struct span *busy, size_t n, int64_t at)
{
    int64_t until = at;
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < n; i++)
            if (busy[i].from <= until && busy[i].to > until) until = busy[i].to, more = true;
    }
    return until;
}

static int64_t next_busy(const struct span *busy, size_t n, int64_t at, int64_t otherwise)
{
    int64_t next = otherwise;
    for (size_t i = 0; i < n; i++)
        if (busy[i].from > at && busy[i].from < next) next = busy[i].from;
    return next;
}

size_t gaps_of(struct span open, const struct span *busy, size_t n_busy, int64_t min_us, struct span *out, size_t max)
{
    size_t n = 0;
    for (int64_t at = open.from; at < open.to && n < max;) {
        int64_t from = busy_until(busy, n_busy, at), to;
        if (from >= open.to) break;
        to = next_busy(busy, n_busy, from, open.to);
        if (to - from >= min_us) out[n++] = (struct span){ from, to };
        at = to;
    }
    return n;
}
