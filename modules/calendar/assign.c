/* assign.c - see assign.h. */
#include "modules/calendar/assign.h"

static int cmp64(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int assign_compare(const struct assign_candidate *a, const struct assign_candidate *b)
{
    int c = cmp64(b->priority, a->priority);
    if (!c) c = cmp64(b->shortfall, a->shortfall);
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

/* Sums over the candidates of a priority whose count is known. */
struct sums {
    int64_t booked, weight;
};

static struct sums sums_of(const struct assign_candidate *all, size_t n, int64_t priority)
{
    struct sums s = { 0, 0 };
    for (size_t i = 0; i < n; i++) {
        if (all[i].priority != priority || all[i].booked == NONE) continue;
        s.booked += all[i].booked;
        s.weight += all[i].weight;
    }
    return s;
}

void assign_prepare(struct assign_candidate *all, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        ASSERT(all[i].weight >= 0 && all[i].weight <= ASSIGN_WEIGHT_MAX);
        if (all[i].booked == NONE && !all[i].newcomer) all[i].booked = 0;
    }
    for (size_t i = 0; i < n; i++) { /* from those who were there before, so that two newcomers do not count for each other */
        if (all[i].booked != NONE) continue;
        struct sums s = sums_of(all, n, all[i].priority);
        all[i].shortfall = s.weight ? (all[i].weight * s.booked + s.weight / 2) / s.weight : 0;
    }
    for (size_t i = 0; i < n; i++)
        if (all[i].booked == NONE) all[i].booked = all[i].shortfall;
    for (size_t i = 0; i < n; i++) {
        struct sums s = sums_of(all, n, all[i].priority);
        all[i].shortfall = all[i].weight * (s.booked + 1) - all[i].booked * s.weight;
    }
}

enum rc assign_slots(struct arena *a, const struct assign_candidate *who, const struct slot_result *in, struct slot_result *out)
{
    struct slot_result result = *in;
    result.slots = arena_alloc(a, (in->n_slots + 1) * sizeof *result.slots);
    if (!result.slots) return RC_OOM;
    result.n_slots = 0;
    for (size_t i = 0; i < in->n_slots;) {
        const struct slot *best = &in->slots[i];
        for (; i < in->n_slots && in->slots[i].start == best->start; i++)
            if (assign_compare(&who[in->slots[i].provider], &who[best->provider]) < 0) best = &in->slots[i];
        result.slots[result.n_slots++] = *best;
    }
    *out = result;
    return RC_OK;
}
