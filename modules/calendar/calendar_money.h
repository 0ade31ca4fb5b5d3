/* calendar_money.h - the money of appointments: which order pays for one. Orders know nothing of appointments. */
#pragma once
#include "modules/calendar/calendar.h"

enum { ORDER_APPOINTMENTS_MAX = 200 };

/* The order pays for the appointment from now on, in the commit that makes the order or the appointment. In the place of one that is over: a
 * cancelled booking that was restored has a new one. */
MUST_CHECK enum rc appointments_set_order(struct tx *, struct id appointment, struct id order);
MUST_CHECK enum rc appointments_of_order(struct tdb *, struct id order, struct list *ids); /* of struct id, by start */
