/* cards_look.h - private to the module: looks at a thing in Stripe and makes the rows here follow. Looking twice, late, in any order or at once changes the outcome never. */
#pragma once
#include "modules/cards/cards_rows.h"
#include "modules/payments/payments.h"

enum looked {
    LOOKED_DONE,
    LOOKED_NOT_OURS,   /* of the same account at Stripe, and nothing of this program */
    LOOKED_UNKNOWN,    /* ours by its marks, but not known here, or not there (yet) */
    LOOKED_REFUSED,    /* it does not fit: note says why */
};
struct look {
    struct arena *a;
    struct tdb *db;
    struct req *r;
    struct stripe s;
    int64_t now;
    const char *note;
};
MUST_CHECK enum rc look_open(struct look *, struct arena *, struct tdb *, int64_t now);

MUST_CHECK enum rc look_session(struct look *, const char *session, enum looked *out);
MUST_CHECK enum rc look_intent(struct look *, const char *intent, enum looked *out);
MUST_CHECK enum rc look_charge(struct look *, const char *charge, enum looked *out);
MUST_CHECK enum rc look_refund(struct look *, const char *refund, enum looked *out);
MUST_CHECK enum rc look_dispute(struct look *, const char *dispute, enum looked *out);
/* By our own row. */
MUST_CHECK enum rc look_payment(struct look *, struct id payment, enum looked *out);
MUST_CHECK enum rc look_apply_session(struct look *, const struct stripe_session *, enum looked *out);
MUST_CHECK enum rc look_apply_refund(struct look *, const struct stripe_refund *, enum looked *out);
/* Finds the refund that carries our mark; nil id: none. */
MUST_CHECK enum rc look_refund_marked(struct look *, const struct payment *, struct id refund, const struct stripe_refund **out);
/* The payment an intent is of: by its name here, else by its marks. */
MUST_CHECK enum rc look_owner(struct look *, const char *intent, struct payment *out, enum looked *looked);

/* Changes a payment that is not over, whoever else does so too. change: false: leave it. */
typedef bool payment_change(struct payment *, const void *arg);
MUST_CHECK enum rc look_touch(struct look *, struct id payment, payment_change *change, const void *arg, struct payment *out);
/* What became of a refund, with its moves. name, failure: may be NULL. */
MUST_CHECK enum rc look_refund_step(struct look *, struct id refund, int64_t state, const char *name, const char *failure);
/* The fee of a balance transaction, once; kind and payment as known. A payout also leaves the clearing account. */
MUST_CHECK enum rc look_count(struct look *, const struct stripe_transaction *, struct id payment);
MUST_CHECK enum rc look_difference(struct look *, const struct card_difference *);
MUST_CHECK enum rc look_fits(struct look *, int64_t kind, const char *object);
MUST_CHECK enum rc look_settle(struct look *, struct payment *);

/* Some currencies have other parts at Stripe than in ISO 4217 (docs.stripe.com/currencies, special cases): ISK and UGX come in hundredths,
 * MGA in wholes. Ours are whole steps (cards_step_minor); of theirs what we have no part for is rounded (a fee in ISK). */
int64_t stripe_amount(int64_t ours, const char *currency);
int64_t stripe_ours(int64_t theirs, const char *currency);
