/* zone.c - questions to a zone: which offset, which instants, which day. Everything is a binary search over the
 * changes; a zone never changes once made, so no locks. */
#include "core/base/zone.h"

const char *zone_name(const struct zone *z)
{
    return z->name;
}

/* How many changes have happened at t: the state is that of change n-1, or first_type. */
static uint32_t changes_before(const struct zone *z, int64_t t)
{
    uint32_t low = 0, high = z->n_changes;
    while (low < high) {
        uint32_t mid = low + (high - low) / 2;
        if (z->changes[mid].at_s <= t) low = mid + 1;
        else high = mid;
    }
    return low;
}

static const struct zone_type *type_after(const struct zone *z, uint32_t n)
{
    return &z->types[n ? z->changes[n - 1].type : z->first_type];
}

/* Seconds to take off t so that it falls where the changes are written out: whole cycles of 400 years. */
static int64_t cycle_shift(const struct zone *z, int64_t t)
{
    if (t < z->cycle_end_s) return 0;
    return ((t - z->cycle_end_s) / ZONE_CYCLE_S + 1) * ZONE_CYCLE_S;
}

static const struct zone_type *type_at(const struct zone *z, int64_t instant)
{
    int64_t t = floor_div(instant, USEC_PER_SEC);
    return type_after(z, changes_before(z, t - cycle_shift(z, t)));
}

int64_t zone_offset_s(const struct zone *z, int64_t instant)
{
    return type_at(z, instant)->offset_s;
}

const char *zone_abbrev(const struct zone *z, int64_t instant)
{
    return type_at(z, instant)->abbrev;
}

int64_t zone_local(const struct zone *z, int64_t instant)
{
    ASSERT(instant != NONE);
    return instant + zone_offset_s(z, instant) * USEC_PER_SEC;
}

int64_t zone_wall(const char *iana_name, int64_t instant)
{
    const struct zone *z = zone_find(iana_name);
    return z ? zone_local(z, instant) : NONE;
}

struct reading {
    int found;
    int64_t instants[2];       /* s */
    int64_t gap_s, gap_read_s; /* when none was found: when the gap is, and the wall time read with the offset before */
};

enum { OFFSET_REACH_S = 27 * 3600 }; /* more than any offset */

/* Looks at each stretch of constant offset that can hold the wall time l (in seconds). */
static struct reading wall_read(const struct zone *z, int64_t l)
{
    struct reading r = { 0 };
    for (uint32_t n = changes_before(z, l - OFFSET_REACH_S); r.found < 2; n++) {
        int64_t begins = n ? z->changes[n - 1].at_s : INT64_MIN;
        int64_t ends = n < z->n_changes ? z->changes[n].at_s : INT64_MAX;
        int64_t t = l - type_after(z, n)->offset_s;
        if (t >= begins && t < ends) r.instants[r.found++] = t;
        /* Past this stretch's end, and before the beginning of the next: the clock jumped over it. */
        if (n < z->n_changes && t >= ends && l - type_after(z, n + 1)->offset_s < ends) {
            r.gap_s = ends;
            r.gap_read_s = t;
        }
        if (ends > l + OFFSET_REACH_S) break;
    }
    return r;
}

enum wall zone_instants(const struct zone *z, int64_t local, int64_t out[2])
{
    ASSERT(local != NONE);
    int64_t l = floor_div(local, USEC_PER_SEC), usec = local % USEC_PER_SEC;
    if (usec < 0) usec += USEC_PER_SEC;
    int64_t shift = cycle_shift(z, l);
    struct reading r = wall_read(z, l - shift);
    int64_t first = r.found ? r.instants[0] : r.gap_read_s;
    int64_t second = r.found > 1 ? r.instants[1] : first;
    out[0] = (first + shift) * USEC_PER_SEC + usec;
    out[1] = (second + shift) * USEC_PER_SEC + usec;
    return r.found == 0 ? WALL_GAP : r.found == 1 ? WALL_ONE : WALL_FOLD;
}

int64_t zone_midnight(const struct zone *z, int64_t date)
{
    ASSERT(date != NONE);
    int64_t l = date * 86400, shift = cycle_shift(z, l);
    struct reading r = wall_read(z, l - shift);
    return ((r.found ? r.instants[0] : r.gap_s) + shift) * USEC_PER_SEC;
}

int64_t zone_date(const struct zone *z, int64_t instant)
{
    return floor_div(zone_local(z, instant), USEC_PER_DAY);
}
