/* fuzz_zone.c - a zone file image from anywhere: parsed or refused, and what was parsed answers consistently. */
#include "core/base/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Each instant's local time must read back as that instant, or as its twin in a fold. */
static void check_instant(const struct zone *z, int64_t t)
{
    int64_t out[2], local = zone_local(z, t);
    enum wall kind = zone_instants(z, local, out);
    ASSERT(local - t == zone_offset_s(z, t) * USEC_PER_SEC);
    ASSERT(kind != WALL_GAP);
    ASSERT(out[0] <= out[1] && (kind == WALL_ONE) == (out[0] == out[1]));
    /* Hostile files can hold more than two readings of one wall time; then ours may be the third. */
    ASSERT(out[0] == t || out[1] == t || kind == WALL_FOLD);
    ASSERT(zone_local(z, out[0]) == local && zone_local(z, out[1]) == local);
    ASSERT(zone_abbrev(z, t) != NULL);
}

static void check_wall(const struct zone *z, int64_t local)
{
    int64_t out[2];
    if (zone_instants(z, local, out) == WALL_GAP) ASSERT(out[0] == out[1] && zone_local(z, out[0]) != local);
    else ASSERT(zone_local(z, out[0]) == local && zone_local(z, out[1]) == local);
    int64_t date = floor_div(local, USEC_PER_DAY), midnight = zone_midnight(z, date);
    ASSERT(zone_local(z, midnight) >= date * USEC_PER_DAY);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct zone *z = zone_parse("Fuzz/Zone", data, size);
    if (!z) return 0;
    ASSERT(str_eq(zone_name(z), "Fuzz/Zone"));
    uint64_t at = 0;
    for (size_t i = 0; i < size && i < 8; i++) at = at << 8 | data[size - 1 - i];
    check_instant(z, (int64_t)(at % (1ull << 60)) - (1ll << 59));
    check_wall(z, (int64_t)(at % (1ull << 61)) - (1ll << 60));
    for (int64_t year = 1850; year < 2850; year += 7) {
        int64_t t = date_from_civil(year, (int)(year % 12) + 1, 1) * USEC_PER_DAY;
        check_instant(z, t);
        check_wall(z, t + (int64_t)(at % (uint64_t)USEC_PER_DAY));
    }
    zone_free(z);
    return 0;
}
