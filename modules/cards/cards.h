/* cards - card payments by Stripe: the page people pay on, refunds, disputes, and what Stripe tells of them. README.md has the rules; docs/stripe.md is
 * for who sets it up.
 *
 * A card payment is a row of orders (payment) that somebody begins; the job "cards.checkout" {"payment_id"} of the same commit makes Stripe's page for it, "cards.expire" ends
 * that page, "cards.refund" {"refund_id"} gives money back. What became of it is never taken from what a webhook says, but asked for. */
#pragma once
#include "modules/orders/orders.h"

enum { CARDS_SECRETS_MAX = 4, CARDS_OLD_KEYS_MAX = 3, CARDS_OLD_KEY_DAYS = 30, CARDS_KEY_MAX = 255, CARDS_BODY_MAX = 256 * 1024, CARDS_ID_MAX = 255 };
#define CARDS_ACCOUNT "clearing:stripe" /* payment.account_code of a card payment */

enum card_event_state { EVENT_RECEIVED, EVENT_DONE, EVENT_IGNORED, EVENT_PARKED, EVENT_REFUSED };
extern const char *const card_event_state_names[];

struct card_account {
    bool enabled, live;
    const char *account, *secret_key, *key_hint, *last_error; /* secret_key: sealed */
    int64_t version, created_at, updated_at;
};
struct card_secret { struct id id; const char *secret, *hint; int64_t created_at; }; /* secret: sealed */
struct card_old_key { struct id id; const char *account, *secret_key, *key_hint; int64_t replaced_at; }; /* secret_key: sealed */
struct card_event { const char *event_id, *type, *object_id, *note; int64_t state, created_at, received_at, done_at; bool live; };

extern const struct module cards_module;
extern const struct query *const cards_queries[];

/* Whether this clinic takes cards now, and whether with real money. */
MUST_CHECK enum rc cards_ready(struct tdb *, bool *enabled, bool *live);

/* Stripe makes no page for less of this currency. */
int64_t cards_least_minor(const char *currency);
/* Stripe takes amounts of this currency in steps of so much: of three digits the last must be 0, and MGA has no parts there. */
int64_t cards_step_minor(const char *currency);

/* ---- store (cards_store.c) -------------------------------------------------------------------------------------------------------- */
MUST_CHECK enum rc cards_account_get(struct tdb *, struct card_account *out);                  /* RC_NOT_FOUND: not set up */
MUST_CHECK enum rc cards_account_insert(struct tx *, const struct card_account *);
MUST_CHECK enum rc cards_account_update(struct tx *, const struct card_account *, enum rc lost); /* under its version */
/* Before cards_account_update with another key: the one that is there stays aside, unless no card payment is under way. */
MUST_CHECK enum rc cards_old_key_keep(struct tx *, struct id, int64_t now);
MUST_CHECK enum rc cards_old_keys(struct tdb *, struct list *out);                             /* newest first */
MUST_CHECK enum rc cards_old_key_delete(struct tx *, struct id);
MUST_CHECK enum rc cards_old_keys_drop(struct tx *, int64_t now);                              /* those nothing waits for any more */
MUST_CHECK enum rc cards_account_error(struct tx *, const char *error);
MUST_CHECK enum rc cards_secrets(struct tdb *, struct list *out);
MUST_CHECK enum rc cards_secret_insert(struct tx *, const struct card_secret *);
MUST_CHECK enum rc cards_secret_delete(struct tx *, struct id);
MUST_CHECK enum rc cards_event_get(struct tdb *, const char *event_id, struct card_event *out);
MUST_CHECK enum rc cards_event_insert(struct tx *, const struct card_event *);                 /* nothing when it is there */
MUST_CHECK enum rc cards_event_end(struct tx *, const char *event_id, int64_t state, const char *note, int64_t now);
struct card_event_filter { const char *state, *type; struct position after; int64_t limit; };
MUST_CHECK enum rc cards_events(struct tdb *, const struct card_event_filter *, struct list *out); /* newest first */

/* Sealed text for a column of a row, and back (NULL: it does not open). */
const char *cards_seal(struct arena *, struct id tenant, const char *column, const char *plain);
const char *cards_open(struct arena *, struct id tenant, const char *column, const char *sealed);

/* ---- the talk with Stripe (cards_call.c) ---------------------------------------------------------------------------------------------- */
