/* till - drawers for cash: opened with what is counted, closed with what is counted; what is missing or too much is booked and stays visible.
 *
 * The cash itself is the account till:{id} of the ledger (its floor: nobody takes out more than is in it). A payment or refund in cash:
 *     TRY(till_for(r, r->db, order.location_id, in->till_session_id, order.currency, &session));   // which drawer
 *     ... payment.account_code = session.account_code; payment.till_session_id = session.id;
 *     TRY(till_session_use(tx, &session, amount, RC_STATE));                              // in the transaction; refund: -amount
 * and the move in the ledger by the caller's own chain. till_session_use keeps what the drawer should hold; it fails when the drawer was closed
 * meanwhile: each comes before the closing, or not at all. */
#pragma once
#include "modules/ledger/ledger.h"

enum { TILLS_MAX = 100, TILL_MOVES_MAX = 500 };
#define TILL_AMOUNT_MAX 1000000000000LL
enum till_state { TILL_OPEN, TILL_CLOSED };
enum till_move_kind { TILL_IN, TILL_OUT };
extern const char *const till_state_names[], *const till_move_kind_names[];

struct till {
    struct present present;
    struct id id, location_id, session_id; /* session: the open one; nil: closed */
    const char *name, *currency, *account_code;
    int64_t carry_minor, version;
    bool archived;
};
struct till_session {
    struct id id, till_id, location_id, opened_by, closed_by;
    const char *till_name, *currency, *account_code, *note, *opened_by_name, *closed_by_name;
    int64_t state, float_minor, opening_variance_minor, in_minor, out_minor, cash_minor, expected_minor, counted_minor, variance_minor, taken_minor;
    int64_t opened_at, closed_at, version;
};
struct till_move { struct id id, session_id, actor_id; int64_t kind, amount_minor, created_at; const char *reason, *actor_name; };

extern const struct module till_module;
extern const struct shape till_shape, till_session_shape, till_move_shape;
extern const struct query *const till_queries[];

/* The open session for a cash movement at this location: the named one, or (nil) the only one that is open there. RC_STATE says in words why there is
 * none; RC_NOT_FOUND: no such session. */
MUST_CHECK enum rc till_for(struct req *, struct tdb *, struct id location, struct id session, const char *currency, struct till_session *out);
MUST_CHECK enum rc till_session_use(struct tx *, const struct till_session *, int64_t amount_minor, enum rc closed);
MUST_CHECK enum rc till_session_get(struct tdb *, struct id, struct till_session *out);
MUST_CHECK enum rc till_insert(struct tx *, const struct till *); /* never opened */
