/* cards_call.h - private to the module: requests to Stripe, and its objects as far as they are read. Members have Stripe's names. */
#pragma once
#include "modules/cards/cards_parts.h"

#define STRIPE_VERSION "2023-08-16" /* what the shapes below were written for; a newer default of the account changes nothing */
enum { STRIPE_ERROR_MAX = 200, STRIPE_PAGE = 100 };

/* One worker's talk with Stripe for one clinic. */
struct stripe {
    struct arena *a;
    struct tdb *db;
    struct id tenant;
    struct card_account account;
    const char *key;               /* open */
    bool unsure;                   /* of the last RC_BUSY: it may have been done all the same */
    int64_t retry_after_s;
    char error[STRIPE_ERROR_MAX];  /* a sentence about the last failure */
    char code[80];                 /* Stripe's word for a refusal */
};
/* RC_STATE: not set up here. */
MUST_CHECK enum rc stripe_open(struct stripe *, struct arena *, struct tdb *);
/* One request. form NULL: GET. key: Idempotency-Key of a POST. RC_OK: done, *out is what the shape says. RC_NOT_FOUND: Stripe does not know it. RC_STATE: refused, once and for
 * all (error, code). RC_BUSY: later (error; unsure). RC_FORBIDDEN: the key is refused, which the clinic is told. What the account does not know is asked of those before it, as long
 * as their keys are kept; a key that such an account refuses is forgotten. */
MUST_CHECK enum rc stripe_ask(struct stripe *, const char *path, const char *form, const char *key, const struct shape *, void **out);

/* After what was looked at: keys that nothing waits for any more are forgotten. */
MUST_CHECK enum rc stripe_close(struct stripe *, int64_t now);

struct stripe_meta { const char *clinicd_tenant, *clinicd_payment, *clinicd_refund; };
struct stripe_session { const char *id, *status, *payment_status, *url, *currency, *payment_intent, *client_reference_id; int64_t amount_total, expires_at; const void *metadata; };
struct stripe_transaction { const char *id, *type, *source, *currency; int64_t amount, fee, net, created; };
struct stripe_charge { const char *id, *payment_intent, *currency; int64_t amount, amount_refunded; const void *balance_transaction; };
struct stripe_problem { const char *message, *code, *decline_code, *type; };
struct stripe_intent { const char *id, *status, *currency; int64_t amount, amount_received; const void *metadata, *latest_charge, *last_payment_error; };
struct stripe_refund { const char *id, *status, *currency, *payment_intent, *charge, *failure_reason; int64_t amount; const void *metadata; };
struct stripe_evidence { int64_t due_by; };
struct stripe_dispute { const char *id, *status, *currency, *payment_intent, *charge, *reason; int64_t amount; const void *evidence_details; };
struct stripe_list { bool has_more; struct list data; };
extern const struct shape stripe_session_shape, stripe_intent_shape, stripe_charge_shape, stripe_refund_shape, stripe_dispute_shape, stripe_sessions_shape, stripe_refunds_shape, stripe_transactions_shape;

/* "eur" and "EUR". */
bool stripe_currency_is(const char *theirs, const char *ours);
const char *stripe_currency(struct arena *, const char *theirs);
