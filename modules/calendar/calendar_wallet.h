/* calendar_wallet.h - a booking that is paid from the client's wallet. */
#pragma once
#include "modules/calendar/calendar.h"

/* As calendar_book, and the wallet pays what it can by its rules, in the same commit; then and then_arg are this one's. RC_FUNDS: it pays nothing. */
MUST_CHECK enum rc calendar_book_from_wallet(struct booking *);
