/* visits.h - private to the calendar: several appointments of one client, made, moved and cancelled as one. */
#pragma once
#include "modules/calendar/calendar_take.h"

enum { VISIT_ITEMS_MAX = 6 };
extern const struct shape visit_new_shape, visit_shape, visit_move_shape;
extern const struct query Q_VISIT_OF;

enum rc visit_handle_create(struct req *);
enum rc visit_handle_get(struct req *);
enum rc visit_handle_move(struct req *);
enum rc visit_handle_cancel(struct req *);
