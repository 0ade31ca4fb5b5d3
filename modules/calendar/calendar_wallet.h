/* calendar_wallet.h - a booking that is paid from the client's wallet. */
#pragma once
#include "modules/calendar/calendar.h"
#include "modules/wallets/wallets.h"

/* Who books, and what of the rest is paid in advance by another way. */
struct wallet_way {
    int64_t source;                /* of the order: enum order_source */
    const char *field;             /* which input a refusal names */
    int64_t expect_minor;          /* what the client was told that the wallet pays: another amount is refused; NONE: whatever it is */
    /* Told what the wallet pays of the order that will be, NULL: nothing more is asked. It sets the order's due_minor and pay_by where the booking
     * stands only when more is paid: then the wallet's part is held until that is there. Reads only. */
    enum rc (*plan)(struct req *, struct order *, const struct wallet_cover *, void *arg);
    int64_t hold_s;                /* how long it is held */
    enum rc (*rest)(struct tx *, const struct order *, const struct wallet_cover *, void *arg); /* in the booking's commit, after the order was written: the other payment */
    void *arg;
};
/* As calendar_book, and the wallet pays what it can by its rules, in the same commit; then, then_arg and unpaid are this one's. RC_FUNDS: it pays nothing, or not what
 * was expected. */
MUST_CHECK enum rc calendar_book_from_wallet(struct booking *, const struct wallet_way *);
