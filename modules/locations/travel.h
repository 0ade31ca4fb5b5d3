/* travel.h - the way between two sites of a clinic, in minutes, for people who work at both. */
#pragma once
#include "core/core.h"

enum { TRAVEL_PAIRS_MAX = 300, TRAVEL_MIN_MAX = 720 };
struct travel { struct id from_location_id, to_location_id; int64_t minutes; };
extern const struct shape travel_list_shape;

MUST_CHECK enum rc travel_list(struct tdb *, struct list *out); /* of struct travel, each pair once */
/* Minutes between two; 0 when nothing is known, one of them is nil or they are the same. */
int64_t travel_between(struct list travel, struct id a, struct id b);

enum rc travel_handle_get(struct req *);
enum rc travel_handle_put(struct req *);
extern const struct query Q_TRAVEL_LIST, Q_TRAVEL_CLEAR, Q_TRAVEL_INSERT;
