/* view_api.h - handlers and shapes of the calendar view and free times, for the table in calendar_api.c. */
#pragma once
#include "modules/calendar/calendar_take.h"

extern const struct shape view_query_shape, view_shape, slots_query_shape, slot_shape, explain_shape, conflicts_query_shape, conflicts_shape,
    month_query_shape, month_shape;
enum rc view_month(struct req *);
enum rc view_calendar(struct req *);
enum rc view_slots(struct req *);
enum rc view_explain(struct req *);
enum rc view_conflicts(struct req *);

/* from and to as instants or dates in the clinic's zone (a date `to` is not included... see the routes' documentation);
 * defaults in days from today. RC_INVALID names the field. */
enum rc view_window(struct req *, const char *from, const char *to, int64_t default_from, int64_t default_to, int64_t *out_from, int64_t *out_to);
