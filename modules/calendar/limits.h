/* limits.h - how much one client may book online: a day, a week, at once. Pure. Staff are free. */
#pragma once
#include "core/base/base.h"
#include "modules/calendar/states.h"

struct limit_set { int64_t day, week, open; };            /* NONE: no limit */
struct limit_row { struct id id, service_id; int64_t start, end, status; }; /* an appointment of the client */
struct limit_ask {
    struct limit_set service, clinic; /* of this service alone; of all together */
    struct id service_id, except;     /* except: the appointment that is being moved */
    int64_t start, now, week_start;   /* week_start: 1 = Monday */
    const struct zone *zone;          /* of the location: whose days and weeks are meant */
};
/* until: the instant from which another start would be within the limit (day, week), or when the next one of those to come
 * is over (open). */
struct limit_broken { const char *rule; int64_t limit, until; bool of_service; };

bool limits_any(const struct limit_set *);
/* The window of starts that count for the day and the week of `start`. */
void limits_window(const struct limit_ask *, int64_t *from, int64_t *to);
/* Does one more booking at .start break a limit? Cancelled, declined, expired and missed ones do not count. */
bool limits_broken(const struct limit_ask *, const struct limit_row *, size_t n, struct limit_broken *out);
