/* booking_wallet.h - private to booking: a visitor's booking that the wallet of a proved address pays, as far as it goes (docs/adr/0015). */
#pragma once
#include "modules/booking/booking_enter.h"
#include "modules/booking/booking_pay.h"

/* What a booking says of it. */
struct booking_wallet { const char *proof; struct id client_id; int64_t expect_minor; };
extern const struct shape booking_wallet_shape, wallet_quote_ask_shape, wallet_quote_shape;

/* What wallets of that address pay of a service. */
enum rc wallet_quotes_handle(struct req *);
/* Who books: one of the proved address; any is whom a private link was sent to. Fills client_id of the booking. */
MUST_CHECK enum rc booking_wallet_client(struct req *, const struct booking_wallet *, struct id any, struct booking *);
/* As calendar_book: one commit, with the wallet's part taken, or held until the plan's card payment is there. */
MUST_CHECK enum rc booking_wallet_book(struct booking *, const struct booking_wallet *, struct pay_plan *);
