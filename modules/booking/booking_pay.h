/* booking_pay.h - private to booking: bookings that stand when they are paid, and what their page says of the money. */
#pragma once
#include "modules/payments/payments.h"
#include "modules/tenants/tenants.h"

/* Of a booking that is made now. must false: nothing is paid in advance, and the rest is empty. */
struct pay_plan {
    struct req *r;
    struct service service;
    struct order order;
    struct payment payment;
    struct id checkout_job, expire_job;
    bool must;
};
MUST_CHECK enum rc pay_plan(struct req *, const struct tenant *, struct id service, struct pay_plan *out);
/* Of a price, less what something else covers: what is asked for by card. 0: nothing, or so little that no page can be made for it; it is paid at the clinic. */
int64_t pay_by_card_minor(const struct pay_plan *, int64_t price_minor, int64_t covered_minor);
/* After the order was written: the payment of so much, and the jobs that make its page and end it all. */
MUST_CHECK enum rc pay_begin(struct tx *, const struct pay_plan *, const struct order *, int64_t amount_minor);
/* booking.then: the order, its payment and the jobs that go with it. */
enum rc pay_write(struct tx *, const struct appointment *, void *plan);

/* What the services of a page ask in advance, and their terms: fills pay, due_minor and terms. Where the clinic takes no cards, everything is paid there. */
MUST_CHECK enum rc pay_fill_services(struct req *, struct list *services);

/* A line about services that ask for what cannot be paid. */
extern const struct query Q_UNPAYABLE;
enum rc pay_doctor(struct tdb *, int64_t now, struct buf *line);

/* What the page of a booking says of its money. */
struct pay_page {
    const char *state;             /* preparing, ready, failed, paid, over */
    const char *url, *failure, *currency;
    int64_t total_minor, due_minor, paid_minor, wallet_minor, held_minor, refunded_minor, refund_minor, pay_by;
    bool can_pay;
    const void *terms;
};
extern const struct shape pay_page_shape;
/* What is read for it; order.id nil: no order, no money on the page. */
struct pay_seen { struct cancel_money money; struct payment last; int64_t wallet_minor, held_minor; }; /* last: by card */
MUST_CHECK enum rc pay_look(struct req *, const struct appointment *, struct pay_seen *out);
struct pay_page pay_page_of(const struct pay_seen *, const struct appointment *, int64_t now);
/* Whether its holder may cancel whatever the notice says: the terms say what it costs. */
bool pay_rules_cancelling(const struct appointment *);
/* The page to pay on: the one that is open, or a new attempt. */
typedef enum rc pay_reply(struct req *, const struct appointment *, void *answer_arg);
MUST_CHECK enum rc pay_again(struct req *, const struct appointment *, struct pay_seen *, pay_reply *answer, void *answer_arg);
