/* notices - what clients are told: confirmation, change, cancellation, by mail with a calendar invitation. */
#pragma once
#include "modules/booking/booking.h"

extern const struct module notices_module;

/* A time offered to somebody who waits for one; the link says yes or no. start NONE: nothing is offered yet, it says that one waits,
 * and for what (wish). leave_link leads off the list. RC as for a job. */
struct notice_offer { const char *message_id, *client_name, *client_email, *service, *provider, *location, *zone, *link, *leave_link, *wish;
    int64_t start, end, expires_at; };
MUST_CHECK enum rc notices_offer(struct job *, const struct notice_offer *);
