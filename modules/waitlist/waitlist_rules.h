/* waitlist_rules.h - who fits a time, in which order, for how long it is kept. Pure: no database, no clock. */
#pragma once
#include "core/base/base.h"
#include "core/base/shape.h"

enum { WINDOWS_MAX = 21, GAPS_MAX = 2000 };

/* On that weekday (1 = Monday), from start to end in minutes after midnight. No windows: any time. */
struct want_window { int64_t weekday, start, end; };
struct want_rule {
    struct list windows;            /* of struct want_window */
    int64_t not_before, not_after;  /* dates at the location, both included; NONE: open */
    int64_t min_notice_min, priority, created_at, duration_min;
    struct id id;
};

/* As kept in the database: "1:540-720,3:0-1440". read: false when it is no such text. */
const char *windows_write(struct arena *, struct list windows);
MUST_CHECK bool windows_read(struct arena *, const char *text, struct list *out);

/* The whole of [start, end) lies in a window, on a wanted day, and far enough ahead. */
bool want_fits(const struct want_rule *, const struct zone *, int64_t start, int64_t end, int64_t now);
/* Who is asked first: by priority and then waiting longest; by waiting alone; or the longest treatment, then as in the first. */
enum want_ranking { RANK_URGENT, RANK_WAITING, RANK_LONGEST };
/* <0: a comes first. */
int want_order(const struct want_rule *a, const struct want_rule *b, int64_t ranking);
/* Until when an offer stands that is sent at `now`: minutes from then, but never later than the notice before its start. NONE: too late for one. */
int64_t offer_until(int64_t now, int64_t start, int64_t min_notice_min, int64_t minutes);

struct span { int64_t from, to; };
/* What of open is not busy, at least min_us long; busy in any order. In the order of open, at most max. */
size_t gaps_of(struct span open, const struct span *busy, size_t n_busy, int64_t min_us, struct span *out, size_t max);
