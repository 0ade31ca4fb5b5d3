/* cards_rows.h - private to the module: disputes, counted balance transactions, differences, and where payments wait. */
#pragma once
#include "modules/cards/cards_call.h"

enum card_dispute_state { DISPUTED_INQUIRY, DISPUTED_OPEN, DISPUTED_WON, DISPUTED_LOST };
extern const char *const card_dispute_state_names[];
struct card_dispute { struct id id, payment_id; const char *dispute_id, *currency, *status, *reason; int64_t amount_minor, state, due_by, version, created_at, updated_at; };
MUST_CHECK enum rc cards_dispute_get(struct tdb *, const char *dispute_id, struct card_dispute *out);
MUST_CHECK enum rc cards_dispute_insert(struct tx *, const struct card_dispute *);  /* RC_CONFLICT: it is there */
MUST_CHECK enum rc cards_dispute_update(struct tx *, const struct card_dispute *, enum rc lost);
MUST_CHECK enum rc cards_disputes(struct tdb *, int64_t max, struct list *out);     /* the open ones first, then the newest */

struct card_transaction { struct id id, payment_id; const char *transaction_id, *kind, *source, *currency; int64_t amount_minor, fee_minor, created_at, counted_at; };
MUST_CHECK enum rc cards_transaction_there(struct tdb *, const char *transaction_id, int64_t *n);
MUST_CHECK enum rc cards_counted(struct tdb *, struct id payment, int64_t *n);      /* transactions that brought its money */
MUST_CHECK enum rc cards_transaction_insert(struct tx *, const struct card_transaction *); /* RC_CONFLICT: counted already */

enum card_difference_kind { DIFFERENCE_UNPAID_HERE, DIFFERENCE_UNPAID_THERE, DIFFERENCE_REFUND_HERE, DIFFERENCE_REFUND_THERE, DIFFERENCE_AMOUNT, DIFFERENCE_UNKNOWN, DIFFERENCE_STUCK };
enum card_difference_state { DIFFERENCE_OPEN, DIFFERENCE_REPAIRING, DIFFERENCE_REPAIRED };
extern const char *const card_difference_kind_names[], *const card_difference_state_names[];
struct card_difference {
    struct id id, payment_id, refund_id;
    const char *object_id, *currency, *note;
    int64_t kind, here_minor, there_minor, state, found_at, repaired_at;
};
MUST_CHECK enum rc cards_difference_get(struct tdb *, struct id, struct card_difference *out);
MUST_CHECK enum rc cards_difference_insert(struct tx *, const struct card_difference *); /* nothing when an open one stands there */
MUST_CHECK enum rc cards_difference_step(struct tx *, struct id, int64_t from, int64_t to, const char *note, int64_t now); /* RC_STATE: it is not in `from` */
MUST_CHECK enum rc cards_difference_gone(struct tx *, int64_t kind, const char *object_id, int64_t now); /* it fits by now */
MUST_CHECK enum rc cards_differences(struct tdb *, int64_t state /* NONE: all */, const struct position *after, int64_t limit, struct list *out);

/* Rows of orders, by what Stripe names. Ids only: nil when there is none. */
struct card_found { struct id tenant_id, id; int64_t at; };
MUST_CHECK enum rc cards_payment_by_intent(struct tdb *, const char *intent, struct id *out);
MUST_CHECK enum rc cards_refund_by_name(struct tdb *, const char *provider_id, struct id *out);
MUST_CHECK enum rc cards_appointment_of(struct tdb *, struct id order, struct id *out);
MUST_CHECK enum rc cards_waiting(struct tdb *, int64_t before, size_t max, struct list *out);     /* platform: payments whose page is over, of struct card_found */
MUST_CHECK enum rc cards_uncounted(struct tdb *, int64_t from, int64_t to, struct list *out);     /* paid, and no transaction was seen for them; at most 200 */
MUST_CHECK enum rc cards_refunds_waiting(struct tdb *, int64_t before, struct list *out);         /* asked for before then and not done; at most 200 */
MUST_CHECK enum rc cards_clinics(struct tdb *, size_t max, struct list *out);                     /* platform: those that have a key, of struct card_found */

extern const struct query Q_CARD_DISPUTE, Q_CARD_DISPUTES, Q_CARD_DISPUTE_INSERT, Q_CARD_DISPUTE_UPDATE, Q_CARD_TRANSACTION_THERE, Q_CARD_COUNTED,
    Q_CARD_TRANSACTION_INSERT, Q_CARD_DIFFERENCE, Q_CARD_DIFFERENCE_INSERT, Q_CARD_DIFFERENCE_STEP, Q_CARD_DIFFERENCE_GONE, Q_CARD_DIFFERENCES,
    Q_CARD_BY_INTENT, Q_CARD_REFUND_BY_NAME, Q_CARD_APPOINTMENT, Q_CARD_WAITING, Q_CARD_UNCOUNTED, Q_CARD_REFUNDS_WAITING, Q_CARD_CLINICS;
