/* outcome.h - one enum for the whole program. Positive: a documented answer the caller must deal with; each has
 * one row in outcome.c (HTTP status, stable code, sentence). Negative: a fault, logged once where it arises,
 * forwarded unchanged, ends as 500 or 503. */
#pragma once
#include "core/base/base.h"

enum rc {
    RC_OK = 0,
    RC_BAD_REQUEST,     /* 400 the request could not be read */
    RC_UNAUTHENTICATED, /* 401 */
    RC_PLAN_LIMIT,      /* 402 */
    RC_FORBIDDEN,       /* 403 role */
    RC_CSRF,            /* 403 */
    RC_NOT_FOUND,       /* 404 also for another tenant's */
    RC_METHOD,          /* 405 */
    RC_CONFLICT,        /* 409 something with this name or key exists, or the rule of a table refuses it */
    RC_OVERLAP,         /* 409 CONFLICT_DETECTED: the time is taken */
    RC_STATE,           /* 409 the transition is not legal from this state */
    RC_HOLD_EXPIRED,    /* 409 */
    RC_NOT_OPEN,        /* 409 too early or too late; details say from when and until when */
    RC_NEEDS_DECISION,  /* 409 it can be done in more than one way: details say what hangs on it, the next request chooses */
    RC_OFFER_EXPIRED,   /* 409 */
    RC_STALE,           /* 412 If-Match names another version */
    RC_TOO_LARGE,       /* 413 */
    RC_MEDIA_TYPE,      /* 415 */
    RC_INVALID,         /* 422 well-formed but wrong; details name each field */
    RC_KEY_REUSED,      /* 422 same Idempotency-Key, another body */
    RC_LIMITED,         /* 429 */
    RC_RULE,            /* 409 a rule of the clinic refuses it; details name the rule and until when */
    RC_FUNDS,           /* 409 an account lacks what would be taken from it; details name the account and how much */
    RC_BUSY,            /* 503 try again: queue full, database away, stopping */
    RC_N_OUTCOMES,
    RC_FAULT = -1,      /* 500 our bug, or a broken file */
    RC_OOM = -2,        /* 503 */
    RC_RETRY = -3,      /* the attempt lost a race the engine resolves by trying again; seen by tx_run only */
    RC_DB_DOWN = -4,    /* 503 the database cannot be reached, or the disk is full */
    RC_REPLAYED = -5,   /* not a failure: the stored answer to this Idempotency-Key was given; forward unchanged */
};
#define FAILS(outcome) (1u << (outcome))

#define TRY(expr)                       \
    do {                                \
        enum rc try_ = (expr);          \
        if (try_ != RC_OK) return try_; \
    } while (0)

struct outcome_row { int status; const char *code, *sentence; };
const struct outcome_row *outcome_row(enum rc); /* faults give the 500 or 503 row */
/* Logs a fault once, where it arises, and returns rc. */
enum rc fault(enum rc rc, const char *fmt, ...) PRINTF_LIKE(2, 3);
