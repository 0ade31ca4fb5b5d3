/* parts.h - what an appointment takes besides its first provider: when each part is wanted, and who fills it. Pure. */
#pragma once
#include "core/base/base.h"

/* Parts of a service, and with their quantities also subjects of one appointment, besides its first provider. */
enum { PART_UNITS_MAX = 6 };
enum part_kind { PART_PROVIDER, PART_RESOURCE };
extern const char *const part_kind_names[]; /* NULL-terminated */

/* Minutes after the start of the appointment. */
struct part_window { int64_t from_min, to_min; };
/* The window of a part of a service of `service_min` minutes in an appointment of `actual_min`: what lasts the whole
 * time lasts the whole time, what ends with the service ends with the appointment, the rest keeps its distance to the
 * start as far as there is room. duration_min NONE: to the end. Never empty, never outside. */
struct part_window parts_window(int64_t offset_min, int64_t duration_min, int64_t service_min, int64_t actual_min);

/* A need: so many subjects from those who are free, wanted from lo to hi (buffers included). `who` names them by any
 * number that is the same in all needs, best first; more than PART_UNITS_MAX are never of use. */
struct part_need { int64_t lo, hi; int32_t quantity, n; int32_t who[PART_UNITS_MAX]; };

/* Fills the needs in their order, each with the first who leave enough for the others: nobody is in two places at
 * once, but may fill two needs whose windows do not meet. out: quantity numbers a need, one need after another.
 * Returns n when all are filled, else the index of the first need that can not be filled together with those before it.
 * The quantities together must not be more than PART_UNITS_MAX. */
size_t parts_fill(const struct part_need *, size_t n, int32_t out[PART_UNITS_MAX]);
