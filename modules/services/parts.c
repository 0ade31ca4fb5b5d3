/* parts.c - see parts.h. */
#include "modules/services/parts.h"

const char *const part_kind_names[] = { "provider", "resource", NULL };

struct part_window parts_window(int64_t offset_min, int64_t duration_min, int64_t service_min, int64_t actual_min)
{
    int64_t length = duration_min == NONE ? service_min - offset_min : duration_min;
    bool to_end = offset_min + length >= service_min;
    if (offset_min == 0 && to_end) return (struct part_window){ 0, actual_min };
    if (length > actual_min) length = actual_min;
    if (length < 1) length = 1;
    int64_t from = to_end || offset_min + length > actual_min ? actual_min - length : offset_min;
    return (struct part_window){ from, from + length };
}

/* One place to be filled, and where the search for it stands. */
struct unit { int32_t need, at; };

static bool elsewhere(const struct part_need *needs, const struct unit *units, const int32_t *out, size_t u, int32_t who)
{
    const struct part_need *own = &needs[units[u].need];
    for (size_t i = 0; i < u; i++) {
        const struct part_need *other = &needs[units[i].need];
        if (out[i] == who && other->lo < own->hi && own->lo < other->hi) return true;
    }
    return false;
}

/* Tries every choice in order, deepest place first. As no need looks at more than PART_UNITS_MAX subjects and those of one
 * need are taken in ascending order, there are at most a few hundred. */
size_t parts_fill(const struct part_need *needs, size_t n, int32_t out[PART_UNITS_MAX])
{
    struct unit units[PART_UNITS_MAX];
    size_t n_units = 0, u = 0, reached = 0;
    for (size_t i = 0; i < n; i++)
        for (int32_t k = 0; k < needs[i].quantity; k++) {
            ASSERT(n_units < PART_UNITS_MAX);
            units[n_units++] = (struct unit){ (int32_t)i, -1 };
        }
    while (u < n_units) {
        const struct part_need *need = &needs[units[u].need];
        if (u > reached) reached = u;
        int32_t first = u && units[u - 1].need == units[u].need ? units[u - 1].at + 1 : 0;
        int32_t k = units[u].at < 0 ? first : units[u].at + 1;
        while (k < need->n && elsewhere(needs, units, out, u, need->who[k])) k++;
        if (k < need->n) {
            units[u].at = k;
            out[u++] = need->who[k];
        } else {
            units[u].at = -1;
            if (u == 0) return (size_t)units[reached].need;
            u--;
        }
    }
    return n;
}
