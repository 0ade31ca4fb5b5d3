/* slots.h - which times can be offered, and why the others can not. Pure: no database, no clock, no state; the
 * caller reads the rows, this file decides. The same code lists the free times (slots_find) and judges one start
 * on the way to a commit (slot_check), so that what is offered is what is accepted.
 *
 * Units: instants are microseconds UTC, dates are days since 1970-01-01, times of day are minutes of the wall
 * clock since local midnight, lengths are minutes of elapsed time. All intervals are half-open, [start, end).
 * Ownership: every pointer in the input is borrowed for the call; results live in the arena. */
#pragma once
#include "core/base/outcome.h"
#include "modules/services/services.h"

#define SLOTS_WINDOW_DAYS_MAX 100   /* to - from */
#define SLOTS_MAX 50000             /* free slots in one answer, and dropped candidates in one answer */
#define SLOT_LENGTH_MAX_MIN 10080   /* duration, each buffer */

/* The rules in the order they are asked. A candidate is dropped by the first one it breaks, so that the reason is
 * always the smallest broken number (of the last two: that of the first part nobody is left for). Names for JSON are in slot_reason_names, in this order. */
enum slot_reason {
    SLOT_FREE,          /* "free": nothing is against it */
    SLOT_DST_GAP,       /* the wall clock skips this time; from slots_find only */
    SLOT_OFF_GRID,      /* not a whole number of steps after local midnight; from slot_check only */
    SLOT_PAST,          /* start < now */
    SLOT_MIN_NOTICE,    /* start < now + min_notice_us */
    SLOT_HORIZON,       /* local date of start > local date of now + horizon_days, both at the location */
    SLOT_HOLIDAY,       /* the treatment touches a holiday of the location */
    SLOT_OUTSIDE_HOURS, /* the treatment does not lie inside one stretch of open hours */
    SLOT_MAX_PER_DAY,   /* the local date of start has max_per_day bookings already */
    SLOT_TIME_OFF,      /* the treatment runs into the provider's time off */
    SLOT_BLOCKED,       /* the treatment runs into blocked time of the provider or the location */
    SLOT_BUSY,          /* the treatment runs into an appointment, a hold or an outside calendar */
    SLOT_BUFFER,        /* a buffer is in the way: this one's runs into any claim, or the treatment into another's */
    SLOT_TRAVEL,        /* the provider could not be here in time, or not in time where the next appointment is */
    SLOT_NO_RESOURCE,   /* no resource is left for a part */
    SLOT_NO_PROVIDER,   /* no further provider at work is left for a part */
    SLOT_N_REASONS
};
extern const char *const slot_reason_names[SLOT_N_REASONS + 1]; /* NULL-terminated */

enum slot_busy_kind { BUSY_APPOINTMENT, BUSY_BUFFER, BUSY_HOLD, BUSY_BLOCKED, BUSY_TIME_OFF, BUSY_CALENDAR };
/* A claim on somebody's time. Expired holds and the claims of the appointment being moved are left out by the
 * caller. Any order; overlaps are welcome; an empty or negative interval is ignored. */
struct slot_busy { int64_t start, end; enum slot_busy_kind kind; };

/* What is to be booked, for whom, from when: service and tenant settings already merged by the caller. */
struct slot_rules {
    int64_t duration_min;      /* 1 .. SLOT_LENGTH_MAX_MIN */
    int64_t buffer_before_min; /* 0 .. SLOT_LENGTH_MAX_MIN; may hang over the edge of opening hours, never over a claim */
    int64_t buffer_after_min;  /* likewise; of two neighbours both buffers count, they are not shared */
    int64_t step_min;          /* 1 .. 1440; the grid starts anew at each local midnight of the location */
    int64_t min_notice_us;     /* >= 0 */
    int64_t horizon_days;      /* 0 = no limit */
    int64_t max_per_day;       /* 0 = no limit */
    int64_t lead_min;          /* the first provider is wanted for so long; 0 = all the time */
    int64_t now;
};

/* Hours of one weekday (ISO: 1 = Monday). end_min may pass 1440 (work after midnight): 22:00-02:00 is 1320..1560 and
 * belongs to the day it begins. 0 <= start_min < 1440, start_min < end_min <= 2880; other rows are ignored. */
struct slot_hours { int64_t weekday, start_min, end_min; };
/* All rows of a date together replace the weekly hours of that date: open rows give the new hours, a closed row
 * adds none. The tail of the evening before (22:00-26:00) is not touched. Same limits as above. */
struct slot_exception { int64_t date; bool closed; int64_t start_min, end_min; };
struct slot_day_count { int64_t date, n; };

/* What is wanted besides the first provider, of those who are at the location. The buffer before belongs to parts that begin
 * with the appointment, the one after to those that end with it. */
struct slot_part {
    enum part_kind kind;
    int64_t offset_min, length_min; /* inside the duration, see parts_window */
    int32_t quantity;               /* >= 1; of all parts together at most PART_UNITS_MAX */
    const size_t *pool; size_t n_pool; /* indexes into the query's providers or resources, best first */
};
struct slot_resource { size_t location; const struct slot_busy *busy; size_t n_busy; };
struct slot_location {
    const struct zone *zone;
    const int64_t *holidays; size_t n_holidays;   /* dates, closed from local midnight to local midnight */
    const struct slot_busy *blocked; size_t n_blocked;
};
struct slot_provider { const struct slot_busy *busy; size_t n_busy; };
/* One provider at one location. */
struct slot_plan {
    size_t provider, location;                    /* indexes into the query's lists */
    bool helps_only;                              /* never the first provider: its hours count for parts */
    const struct slot_busy *away; size_t n_away;  /* not here: appointments elsewhere with the way there and back; .kind is not read */
    const struct slot_hours *weekly; size_t n_weekly;
    const struct slot_exception *exceptions; size_t n_exceptions;
    const struct slot_day_count *booked; size_t n_booked; /* for max_per_day, by the location's date; the caller decides
                                                             what counts; rows of one date add up */
};
struct slot_query {
    struct slot_rules rules;
    int64_t from, to;                             /* from <= start < to */
    const struct slot_location *locations; size_t n_locations;
    const struct slot_provider *providers; size_t n_providers;
    const struct slot_resource *resources; size_t n_resources;
    const struct slot_plan *plans; size_t n_plans;  /* for parts the first of a provider and a location counts */
    const struct slot_part *parts; size_t n_parts;
    const struct slot_busy *patient; size_t n_patient; /* when the patient is elsewhere: nobody is in two places at once */
    size_t limit;                                 /* at most so many slots, the earliest; 0 = SLOTS_MAX */
    bool explain;                                 /* fill .dropped too */
};

struct slot {
    int64_t start, end;            /* the treatment, without buffers */
    int32_t plan, provider, location; /* indexes into the query's lists */
    int32_t taken[PART_UNITS_MAX]; /* who fills the parts, as parts_fill gives them: indexes into the query's providers or resources */
};
struct slot_drop {
    int64_t start;                 /* SLOT_DST_GAP: the wall time read with the offset before the gap */
    int64_t by_start, by_end;      /* the claim in the way (TIME_OFF, BLOCKED, BUSY, BUFFER, TRAVEL), else NONE */
    int32_t plan, provider, location;
    enum slot_reason reason;
};
struct slot_result {
    struct slot *slots; size_t n_slots;       /* by (start, plan): the providers of one start stand together */
    struct slot_drop *dropped; size_t n_dropped; /* by (start, plan, reason); only candidates between the first opening and the last
                                                closing of a day's hours (of an exception's date: of both the weekly
                                                hours and what replaced them), not those of the night */
    bool truncated;                           /* .limit or SLOTS_MAX cut something off */
};

/* A wall time that the clock shows twice is offered twice. RC_OK; RC_INVALID: a rule, the window or an index is out of
 * range; RC_OOM. */
MUST_CHECK enum rc slots_find(struct arena *, const struct slot_query *, struct slot_result *out);

/* The verdict on one start for q->plans[plan]; from, to, limit and explain are not looked at. Any other start than one
 * slots_find would give for a window around it has a reason other than SLOT_FREE. Outcomes as above. */
struct slot_verdict {
    enum slot_reason reason;
    int32_t taken[PART_UNITS_MAX]; /* as in struct slot, when SLOT_FREE */
    int64_t end;                   /* start + duration */
    int64_t by_start, by_end;      /* as in struct slot_drop */
};
MUST_CHECK enum rc slot_check(struct arena *, const struct slot_query *q, size_t plan, int64_t start, struct slot_verdict *out);

/* The open hours themselves, for the calendar's background: sorted, disjoint, holidays taken out, clipped to [from, to). */
struct slot_open { int64_t start, end; };
MUST_CHECK enum rc slots_open_hours(struct arena *, const struct slot_location *, const struct slot_plan *, int64_t from, int64_t to,
    struct slot_open **out, size_t *n);
