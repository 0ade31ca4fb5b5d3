/* booking - the public side: the booking page's data, free times, holds, bookings, and the link in the mail. */
#pragma once
#include "modules/calendar/calendar.h"

extern const struct module booking_module;
extern const struct query *const booking_queries[];
/* The secret link to one appointment: its token, and the page that shows it. */
const char *booking_token(struct arena *, struct id tenant, struct id appointment);
const char *booking_manage_url(struct arena *, struct id tenant, struct id appointment);

/* The mail with the code that proves an address. known: a client of the clinic who has a wallet has it; else nobody is told anything. */
struct proof_mail { const char *email, *code; int64_t expires_at; bool known; };
MUST_CHECK enum rc booking_proof_mail(struct tdb *, struct id proof, struct proof_mail *out);
