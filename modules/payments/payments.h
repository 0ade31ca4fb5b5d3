/* payments - orders, payments and refunds from outside, and what a payment that is there does to the appointments of its order. Rows and moves are
 * modules/orders. */
#pragma once
#include "modules/calendar/calendar.h"
#include "modules/wallets/wallets.h"

/* ---- the money is there (payments_settle.c) ------------------------------------------------------------------------------------------ */

struct settled;
/* What else belongs to the commit: the drawer's count, the answer of a route. Run inside the transaction, which may run twice, after all rows were written and before
 * the ledger; any other outcome than RC_OK ends the transaction with it, and nothing remains. */
typedef enum rc settle_also(struct tx *, struct req *, const struct settled *, void *arg);
struct settled {
    settle_also *also;             /* in: NULL: nothing */
    void *arg;
    const struct ledger_transfer *held; /* in: as orders_capture takes it; NULL: nothing was held */
    struct order order;            /* out: as it is now */
    struct payment payment;
    bool already;                  /* it had succeeded before: nothing changed, and also was not run */
    bool rebooked;                 /* it came late, and the time was still free */
    int64_t returned_minor;        /* of it given back at once: more than was open, or too late */
    struct list appointments;      /* of struct id: those that stand since now */
};
/* The money of p (begun earlier, or new with version 0 and its own id) is there. One commit: orders_capture; the appointments of the order that are
 * pending_payment become scheduled once due_minor is paid; for an order that is over the appointment is booked again if its time is free, else the money goes back
 * in full (REFUND_LATE); more than was open: the surplus goes back (REFUND_SURPLUS); both told by mail. A payment that has succeeded already: RC_OK, nothing changes. */
MUST_CHECK enum rc payments_settle(struct req *, struct payment *, struct settled *out);

/* Job "payments.expire" {"order_id"}: what is not paid by now is over. */
enum rc payments_expire(struct job *);

/* Job "payments.stand" {"order_id"}: what a wallet paid enough of takes place. */
enum rc payments_stand(struct job *);

/* ---- the outside ------------------------------------------------------------------------------------------------------------------------- */

/* An order with all that hangs on it, as it is shown. The order is the first member: its fields are those of the shapes. */
struct order_view {
    struct order o;
    const char *standing;
    int64_t open_minor, refundable_minor;
    struct list payments, refunds; /* of struct payment, struct refund; oldest first */
    struct list appointments;      /* of struct order_appointment, by start */
};
extern const struct shape order_view_shape;
MUST_CHECK enum rc order_view_get(struct tdb *, struct id order, struct order_view *out);

extern const struct module payments_module;
