/* recur.h - what repeats: RFC 5545 rules, read strictly, expanded within bounds, said in words. Pure: no database, no clock.
 * An occurrence keeps its wall time: one that falls into a clock change is shifted forward by the gap and says so, of a wall
 * time that comes twice it is the first. The first occurrence is the first that the rule gives from DTSTART on. */
#pragma once
#include "core/core.h"

enum recur_freq { RECUR_DAILY, RECUR_WEEKLY, RECUR_MONTHLY, RECUR_YEARLY };
enum recur_until { RECUR_NO_UNTIL, RECUR_UNTIL_DATE, RECUR_UNTIL_INSTANT };
enum {
    RECUR_TEXT_MAX = 500, RECUR_INTERVAL_MAX = 999, RECUR_COUNT_MAX = 9999, RECUR_DAYS_MAX = 64, RECUR_POSITIONS_MAX = 32,
    RECUR_SERIES_MAX = 366,      /* occurrences of one series of appointments */
    RECUR_SERIES_DAYS_MAX = 1827 /* and how far it may reach: five years */
};

struct recur_day { int ordinal, weekday; };        /* ordinal 0: each of them; weekday ISO, 1 = Monday */
struct recur_rule {
    enum recur_freq freq;
    int64_t interval, count;                       /* count NONE: no COUNT */
    enum recur_until until_kind;
    int64_t until;                                 /* a date (included) or an instant (included) */
    int week_start;
    struct recur_day days[RECUR_DAYS_MAX]; size_t n_days;
    uint32_t months, month_days, month_days_back;  /* bit n: month n; day n; day n from the end */
    int positions[RECUR_POSITIONS_MAX]; size_t n_positions;
};

/* "FREQ=WEEKLY;BYDAY=MO;COUNT=10", without "RRULE:". false: what is wrong, and with which part. */
struct recur_problem { char part[16]; const char *what; };
bool recur_parse(const char *text, struct recur_rule *out, struct recur_problem *);
void recur_format(const struct recur_rule *, struct buf *);      /* canonical; parses to the same rule */
bool recur_ends(const struct recur_rule *);                      /* has COUNT or UNTIL */
/* "Every 2 weeks on Monday, 10 times": for a first occurrence at the wall time `first`. zone NULL: UNTIL instants in UTC. */
void recur_sentence(const struct recur_rule *, int64_t first, const struct zone *, struct buf *);

struct recur_ask {
    int64_t first;                                 /* DTSTART on the wall, microseconds */
    const struct zone *zone;
    int64_t from, to;                              /* only occurrences with from <= start < to are given; at most 100 years apart */
    size_t max;                                    /* at most so many, the earliest */
    const int64_t *excluded; size_t n_excluded;    /* EXDATE: instants */
    const int64_t *added; size_t n_added;          /* RDATE: instants */
};
struct recur_occurrence { int64_t wall, start; bool dst_shifted; }; /* wall: what the rule says; start: the instant */
struct recur_result { struct recur_occurrence *at; size_t n; bool more; }; /* by start; more: max cut something off */
MUST_CHECK enum rc recur_expand(struct arena *, const struct recur_rule *, const struct recur_ask *, struct recur_result *out); /* RC_OOM */

int64_t recur_instant(const struct zone *, int64_t wall, bool *dst_shifted); /* of one wall time, by the same rule */
/* The same rule on other days of the week; false: not a rule by days alone (monthly, yearly). */
bool recur_shift_days(struct recur_rule *, int64_t days);
