/* assign.h - "any provider": who gets the booking. Fair and reproducible: the same facts give the same choice. */
#pragma once
#include "modules/calendar/slots.h"

struct assign_candidate {
    int64_t booked_min;       /* minutes booked on the day in question */
    int64_t last_assigned_at; /* instant of the last automatic choice of this provider; NONE = never */
    int64_t position;         /* the clinic's own order */
    struct id id;             /* breaks the last tie */
};

/* < 0 when a is to be preferred to b: fewest booked minutes that day, then least recently chosen (never comes
 * first), then position, then id. A total order; 0 only for equal ids. */
int assign_compare(const struct assign_candidate *a, const struct assign_candidate *b);
/* Index of the preferred one; n when n is 0. */
size_t assign_best(const struct assign_candidate *, size_t n);

/* Minutes of appointments and holds that fall into [day_start, day_end), rounded down at the end; overbooked time counts
 * for each booking, buffers and blocked time do not count. */
int64_t assign_booked_min(const struct slot_busy *, size_t n, int64_t day_start, int64_t day_end);

/* Reduces a result of slots_find over several providers to one slot per start, that of the preferred provider.
 * who[i] describes q->providers[i]; its booked_min is not read: it is counted from the provider's claims on the
 * location's local date of each start. The claims must therefore cover the whole local days of the window.
 * `out` may be `in`; dropped candidates are passed on. RC_OK or RC_OOM. */
MUST_CHECK enum rc assign_slots(struct arena *, const struct slot_query *q, const struct assign_candidate *who,
    const struct slot_result *in, struct slot_result *out);
