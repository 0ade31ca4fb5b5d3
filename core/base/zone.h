/* zone.h - inside base only: what zone_parse.c makes and zone.c reads. */
#pragma once
#include "core/base/base.h"

enum { ZONE_TYPES_MAX = 256, ZONE_ABBREV_MAX_BYTES = 256 + 32, ZONE_NAME_MAX_BYTES = 64, ZONE_TEXT_MAX_BYTES = 16 };

struct zone_type {
    int32_t offset_s; /* east of UTC */
    bool dst;
    char abbrev[ZONE_TEXT_MAX_BYTES];
};

struct zone_change {
    int64_t at_s; /* from this second on */
    uint16_t type;
};

/* The rule of the footer is written out as changes up to cycle_end; the Gregorian calendar repeats every 400 years
 * (also in its weekdays), so a later instant is looked up whole cycles earlier. */
struct zone {
    char name[ZONE_NAME_MAX_BYTES + 1];
    uint16_t first_type; /* before the first change */
    uint16_t n_types;
    uint32_t n_changes;
    int64_t cycle_end_s; /* INT64_MAX: no rule */
    struct zone_change *changes;
    struct zone_type types[];
};
const char *zone_folder(void); /* where the zones are read from: $CLINICD_TZDIR, or the system's */
#define ZONE_CYCLE_S (146097 * 86400LL)

/* The POSIX rule in a TZif footer: "EET-2EEST,M3.5.0/3,M10.5.0/4". */
struct zone_rule_day {
    char kind; /* 'J': 1 to 365 without 29 February; 'D': 0 to 365; 'M': month, week, weekday (0 = Sunday) */
    int n, month, week, weekday;
    int32_t time_s; /* on the wall clock before the change; may be negative or above a day */
};
struct zone_rule {
    struct zone_type std, dst;
    bool has_dst;
    struct zone_rule_day dst_begins, dst_ends;
};
bool zone_rule_parse(const char *text, struct zone_rule *out);
/* The instant (s) at which the rule changes the clock in a year; offset_s is the one before. */
int64_t zone_rule_instant(const struct zone_rule_day *, int64_t year, int32_t offset_s);
