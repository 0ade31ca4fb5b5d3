/* assign.c - see assign.h. */
#include "modules/calendar/assign.h"

static int cmp64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int assign_compare(const struct assign_candidate *a, const struct assign_candidate *b)
{
    int c = cmp64(a->booked_min, b->booked_min);
    if (!c) c = cmp64(a->last_assigned_at, b->last_assigned_at); /* NONE is the smallest: never comes first */
    if (!c) c = cmp64(a->position, b->position);
    return c ? c : id_cmp(a->id, b->id);
}

size_t assign_best(const struct assign_candidate *candidates, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++)
        if (assign_compare(&candidates[i], &candidates[best]) < 0) best = i;
    return n ? best : n;
}

int64_t assign_booked_min(const struct slot_busy *busy, size_t n, int64_t day_start, int64_t day_end)
{
    int64_t sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (busy[i].kind != BUSY_APPOINTMENT && busy[i].kind != BUSY_HOLD) continue;
        int64_t start = busy[i].start > day_start ? busy[i].start : day_start;
        int64_t end = busy[i].end < day_end ? busy[i].end : day_end;
        if (start < end) sum += end - start;
    }
    return sum / USEC_PER_MIN;
}

/* Per (provider, location), the minutes of the local date last asked for: the starts ascend, so each day is counted
 * once for each pair. */
struct load {
    int64_t day_start, day_end, minutes;
};

static int64_t load_minutes(struct load *l, const struct slot_query *q, const struct slot *s)
{
    if (s->start < l->day_start || s->start >= l->day_end) {
        const struct zone *zone = q->locations[s->location].zone;
        const struct slot_provider *p = &q->providers[s->provider];
        int64_t date = zone_date(zone, s->start);
        l->day_start = zone_midnight(zone, date);
        l->day_end = zone_midnight(zone, date + 1);
        l->minutes = assign_booked_min(p->busy, p->n_busy, l->day_start, l->day_end);
    }
    return l->minutes;
}

enum rc assign_slots(
    struct arena *a, const struct slot_query *q, const struct assign_candidate *who, const struct slot_result *in, struct slot_result *out)
{
    struct slot_result result = *in;
    struct load *loads = arena_alloc(a, (q->n_plans + 1) * sizeof *loads);
    result.slots = arena_alloc(a, (in->n_slots + 1) * sizeof *result.slots);
    if (!loads || !result.slots) return RC_OOM;
    result.n_slots = 0;
    for (size_t i = 0; i < in->n_slots;) {
        const struct slot *best = NULL;
        struct assign_candidate chosen = { 0 };
        int64_t start = in->slots[i].start;
        for (; i < in->n_slots && in->slots[i].start == start; i++) {
            const struct slot *s = &in->slots[i];
            struct assign_candidate c = who[s->provider];
            c.booked_min = load_minutes(&loads[s->plan], q, s);
            if (best && assign_compare(&c, &chosen) >= 0) continue;
            best = s;
            chosen = c;
        }
        ASSERT(best);
        result.slots[result.n_slots++] = *best;
    }
    *out = result;
    return RC_OK;
}
