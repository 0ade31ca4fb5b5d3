/* booking_enter.h - private to booking: the clinic a visitor asks for, entered (booking_api.c). */
#pragma once
#include "modules/booking/links.h"
#include "modules/tenants/tenants.h"

/* The clinic of the {slug}, whether its page is open or not. */
MUST_CHECK enum rc booking_enter_clinic(struct req *, struct tenant *out);
/* For a public service, or with the link that opens it; a link also says who treats, and maybe who comes. */
MUST_CHECK enum rc booking_enter_for(struct req *, const char *link, struct id service, struct id *provider, struct tenant *, struct booking_link *);
