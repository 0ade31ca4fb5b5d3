/* assign.h - "any provider": who gets the booking. Fair and reproducible: the same facts give the same choice. */
#pragma once
#include "modules/calendar/slots.h"

enum { ASSIGN_WEIGHT_MAX = 1000 };
struct assign_candidate {
    int64_t priority;         /* the highest one that is free gets it */
    int64_t weight;           /* the part of the month's bookings wanted among candidates of one priority; 0: only for want of others */
    int64_t booked;           /* chosen automatically in the month; NONE: not yet */
    int64_t last_assigned_at; /* instant of the last automatic choice in the month; NONE = never */
    bool newcomer;            /* linked only in this month: while booked is NONE, taken to have had an average share */
    int64_t position;         /* the clinic's own order */
    struct id id;             /* breaks the last tie */
    int64_t shortfall;        /* filled by assign_prepare */
};

/* Over all candidates of a service, free or not: fills in .booked where it is NONE (0, or for a newcomer what the others of
 * its priority have had by weight, so that it is not flooded with what it missed), then .shortfall: how far the bookings
 * stay behind the weight's part of one booking more than there are. */
void assign_prepare(struct assign_candidate *, size_t n);

/* < 0 when a is to be preferred to b: higher priority, then larger shortfall, then least recently chosen (never comes first),
 * then position, then id. A total order; 0 only for equal ids. */
int assign_compare(const struct assign_candidate *a, const struct assign_candidate *b);
/* Index of the preferred one; n when n is 0. */
size_t assign_best(const struct assign_candidate *, size_t n);

/* Reduces a result of slots_find over several providers to one slot per start, that of the preferred provider. who[i]
 * describes q->providers[i] and is prepared. `out` may be `in`; dropped candidates are passed on. RC_OK or RC_OOM. */
MUST_CHECK enum rc assign_slots(struct arena *, const struct assign_candidate *who, const struct slot_result *in, struct slot_result *out);
