/* ledger - double entry: whatever has a value moves from one account to another, in one unit, by a transfer that nothing changes
 * afterwards. Payments and wallets stand on this: they post inside their own transaction, so that time and money commit together.
 *
 * How to post. Accounts come from the chart by their code (ledger_account_of: no reading) or from the database. The moves of one
 * call are a chain: all of them or none. ledger_post only writes (it travels in the pipeline with the caller's other writes); a refusal
 * shows as the outcome of the transaction, and ledger_explain then says which move, which account, and what it lacks:
 *     rc = db_tx(db, "...", fn, &mine);                      // fn calls ledger_post
 *     if (ledger_refused(rc)) TRY(ledger_explain(db, moves, n, &by, &why));
 * One call of ledger_post in a transaction, late in it: it locks its accounts in the order of their ids. */
#pragma once
#include "core/core.h"

enum { LEDGER_MOVES_MAX = 32, LEDGER_CODE_MAX = 200, LEDGER_REASON_MAX = 300, LEDGER_TIMEOUT_MAX_S = 366 * 86400, LEDGER_STRIPES = 16 };
#define LEDGER_AMOUNT_MAX 1000000000000000LL    /* of one transfer */
#define LEDGER_TOTAL_MAX 4000000000000000000LL  /* of each side of an account; the two kinds of a side add up within int64_t */

enum ledger_kind { LEDGER_ASSET, LEDGER_LIABILITY, LEDGER_INCOME, LEDGER_EXPENSE };
/* What an account may never do, whoever writes at the same time. What is pending counts. */
enum ledger_floor { LEDGER_NO_FLOOR, LEDGER_DEBITS_WITHIN_CREDITS, LEDGER_CREDITS_WITHIN_DEBITS };
enum ledger_phase { LEDGER_SINGLE, LEDGER_PENDING, LEDGER_POST, LEDGER_VOID, LEDGER_EXPIRE, LEDGER_REVERSAL };
enum ledger_cause { LEDGER_ADJUSTMENT, LEDGER_APPOINTMENT, LEDGER_ORDER, LEDGER_REFUND, LEDGER_TOP_UP, LEDGER_EXPIRY, LEDGER_CAUSE_REVERSAL,
    LEDGER_PAYMENT, LEDGER_CANCELLATION, LEDGER_CLAIM, LEDGER_GRANT, LEDGER_DISPUTE, LEDGER_TILL, LEDGER_CAUSE_N };
extern const char *const ledger_kind_names[], *const ledger_floor_names[], *const ledger_phase_names[], *const ledger_cause_names[];

struct ledger_account {
    struct id id;
    const char *code, *book, *unit; /* "member:…:main", "member", "EUR" */
    int64_t kind, floor;
    bool spread, closed;            /* spread: written by many at once; without a floor */
    int64_t debits_pending, debits_posted, credits_pending, credits_posted;
    int64_t balance, available;     /* on the side where it grows (credits, or debits of assets and expenses); less what is held of it */
    int64_t version, created_at;
};
struct ledger_transfer {
    struct id id;
    int64_t phase;
    struct id debit_account_id, credit_account_id;
    const char *debit_code, *credit_code, *unit;
    int64_t amount;
    struct id of_id;                /* post, void, expire: the pending one; reversal: what it takes back */
    int64_t of_amount, expires_at;
    int64_t cause;
    struct id cause_id;
    const char *reason, *actor_kind;
    struct id actor_id;
    int64_t created_at;
    struct id ended_by;             /* the transfer that posted, voided, expired or reversed this one; nil: none */
    int64_t ended_phase;            /* of that one; NONE */
    bool debit_spread, credit_spread;
    struct id mac;                  /* 128 bits of a keyed hash over all of the above that was written with it */
};

/* One step of a chain. id: the caller's choice (a row's own id, say); the same id never moves anything twice. */
struct ledger_move {
    struct id id;
    int64_t phase;
    const struct ledger_account *debit, *credit; /* single, pending; the others have those of `of` */
    int64_t amount;                              /* minor parts, > 0; post: 0 is all of it; void, expire, reversal: 0 */
    int64_t timeout_s;                           /* pending: seconds until it expires; 0: never */
    const struct ledger_transfer *of;            /* as read by ledger_transfer_get */
    int64_t cause;                               /* single, pending; the others follow `of` */
    struct id cause_id;
    const char *reason;                          /* obligatory for adjustments and reversals; no personal data: it stays for ever */
};
struct ledger_by { const char *actor_kind; struct id actor_id; int64_t now; };
struct ledger_by ledger_by(const struct req *);

/* Why not. The words are those of ledger_result_names. */
enum ledger_result {
    LEDGER_OK, LEDGER_EXISTS, LEDGER_EXISTS_WITH_DIFFERENT_PHASE, LEDGER_EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT, LEDGER_EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT,
    LEDGER_EXISTS_WITH_DIFFERENT_UNIT, LEDGER_EXISTS_WITH_DIFFERENT_AMOUNT, LEDGER_EXISTS_WITH_DIFFERENT_TRANSFER, LEDGER_EXISTS_WITH_DIFFERENT_TIMEOUT,
    LEDGER_EXISTS_WITH_DIFFERENT_CAUSE, LEDGER_EXISTS_WITH_DIFFERENT_REASON,
    LEDGER_NO_MOVES, LEDGER_TOO_MANY_MOVES, LEDGER_ID_MISSING, LEDGER_ID_TWICE, LEDGER_AMOUNT_NOT_POSITIVE, LEDGER_AMOUNT_TOO_LARGE, LEDGER_AMOUNT_NOT_TAKEN,
    LEDGER_ACCOUNT_MISSING, LEDGER_ACCOUNTS_THE_SAME, LEDGER_UNITS_DIFFER, LEDGER_UNIT_UNKNOWN, LEDGER_TIMEOUT_ONLY_FOR_PENDING, LEDGER_TIMEOUT_OUT_OF_RANGE,
    LEDGER_CAUSE_MISSING, LEDGER_REASON_MISSING, LEDGER_REASON_TOO_LONG, LEDGER_TRANSFER_MISSING,
    LEDGER_NOT_PENDING, LEDGER_EXCEEDS_PENDING_AMOUNT, LEDGER_PENDING_TIMED_OUT, LEDGER_NOT_TIMED_OUT, LEDGER_NOT_REVERSIBLE,
    LEDGER_ALREADY_POSTED, LEDGER_ALREADY_VOIDED, LEDGER_ALREADY_EXPIRED, LEDGER_ALREADY_REVERSED,
    LEDGER_ACCOUNT_NOT_FOUND, LEDGER_ACCOUNT_CLOSED, LEDGER_EXCEEDS_CREDITS, LEDGER_EXCEEDS_DEBITS, LEDGER_OVERFLOWS,
    LEDGER_RESULT_N,
};
extern const char *const ledger_result_names[];
struct ledger_refusal {
    enum ledger_result result;
    size_t move;                    /* which of the chain */
    struct id account;              /* of whose doing it is; nil: none */
    const char *code;
    int64_t lacks;                  /* how much is missing; 0 where it says nothing */
};

/* An account as the chart has it: its id follows from tenant and code, so that nothing needs to be read. false: the chart has no such
 * code, or it is not a unit. */
bool ledger_account_of(struct arena *, struct id tenant, const char *code, const char *unit, struct ledger_account *out);
/* Opens it unless it is there. */
MUST_CHECK enum rc ledger_open(struct tx *, const struct ledger_account *, int64_t now);
/* Only writes. RC_INVALID: the moves themselves are wrong (why is filled). At the end of the transaction: RC_FUNDS (an account is missing or
 * closed, has another unit, or lacks something), RC_CONFLICT (an id is there, or `of` was ended by another), RC_NOT_FOUND. */
MUST_CHECK enum rc ledger_post(struct tx *, const struct ledger_move *, size_t n, const struct ledger_by *, struct ledger_refusal *why);
bool ledger_refused(enum rc);
/* The moves of one happening, gathered by those who have a part in it and posted once. What moves is named by codes of the chart; accounts that are not
 * there are opened. The ids follow from cause_id and step ("capture", "refund" ...), so the same happening never moves anything twice: give each its own. The
 * first mistake stays (a bad code, too many moves) and is the outcome of ledger_chain_post. An amount of 0 adds nothing. */
struct ledger_chain {
    struct arena *arena;
    struct id tenant;
    const char *unit;
    struct ledger_by by;
    struct ledger_move moves[LEDGER_MOVES_MAX];
    struct ledger_account accounts[2 * LEDGER_MOVES_MAX];
    size_t n;
    enum rc failed;
};
struct ledger_step { const char *debit, *credit; int64_t amount, cause; struct id cause_id; const char *step, *reason; };
void ledger_chain_begin(struct ledger_chain *, struct arena *, struct id tenant, const char *unit, const struct ledger_by *);
void ledger_chain_add(struct ledger_chain *, const struct ledger_step *);
void ledger_chain_hold(struct ledger_chain *, const struct ledger_step *, int64_t timeout_s);      /* pending; timeout 0: never ends by itself */
/* Ends what ledger_chain_hold made (phase POST, VOID), as read by ledger_transfer_get of ledger_step_id. amount as in struct ledger_move. */
void ledger_chain_end(struct ledger_chain *, const struct ledger_transfer *of, enum ledger_phase, int64_t amount, const char *step);
MUST_CHECK enum rc ledger_chain_post(struct tx *, const struct ledger_chain *);
/* An account is never deleted: what was read outside of a transaction is there for good, and ledger_chain_post need not open it. Reads, once in the life of the
 * process; the account need not be there. */
MUST_CHECK enum rc ledger_look_up(struct tdb *, const char *code);
void ledger_seen(struct id account); /* was read, outside of a transaction */
struct id ledger_step_id(struct id tenant, struct id cause_id, const char *step);
/* Looks why these moves were refused. result LEDGER_EXISTS: every one of them stands already as it is here, so it was done before. LEDGER_OK:
 * nothing is in the way any more, try again. */
MUST_CHECK enum rc ledger_explain(struct tdb *, const struct ledger_move *, size_t n, const struct ledger_by *, struct ledger_refusal *why);
/* The outcome that fits (RC_FUNDS, RC_CONFLICT, RC_STATE, RC_NOT_FOUND, RC_INVALID), and as details for an answer. */
enum rc ledger_outcome(enum ledger_result);
const char *ledger_refusal_json(struct arena *, const struct ledger_refusal *);

MUST_CHECK enum rc ledger_account_get(struct tdb *, struct id, struct ledger_account *out);
MUST_CHECK enum rc ledger_account_by_code(struct tdb *, const char *code, struct ledger_account *out);
MUST_CHECK enum rc ledger_transfer_get(struct tdb *, struct id, struct ledger_transfer *out);
/* The transfers that an appointment, order ... caused, oldest first, at most 200. */
MUST_CHECK enum rc ledger_transfers_of(struct tdb *, struct id cause_id, struct list *out);

/* Proves every invariant of the tenant's ledger in one pass over its transfers, or names the first row that breaks one. May run beside
 * writers. The handle's arena is to be one of LEDGER_VERIFY_BYTES: room for a million accounts. */
enum { LEDGER_VERIFY_BYTES = 256 * 1024 * 1024 };
struct ledger_proof { int64_t accounts, transfers, seals; const char *breach; /* NULL: all is well */ const char *head; /* of the chain; "" without one */ };
MUST_CHECK enum rc ledger_verify(struct tdb *, int64_t now, struct ledger_proof *out);
/* Seals what is settled, at most so many links; how many in *sealed. */
MUST_CHECK enum rc ledger_seal(struct tdb *, int links_max, int64_t now, int *sealed);

extern const struct module ledger_module;
extern const struct query *const ledger_queries[];
