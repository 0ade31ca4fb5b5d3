/* outcome.c - the rows of enum rc: what a caller is told. The sentences are for people. */
#include "core/base/outcome.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

static const struct outcome_row rows[RC_N_OUTCOMES] = {
    [RC_OK] = { 200, "OK", "Done." },
    [RC_BAD_REQUEST] = { 400, "BAD_REQUEST", "The request could not be understood." },
    [RC_UNAUTHENTICATED] = { 401, "UNAUTHENTICATED", "Please sign in." },
    [RC_PLAN_LIMIT] = { 402, "PLAN_LIMIT", "Your plan does not include this, or its limit is reached." },
    [RC_FORBIDDEN] = { 403, "FORBIDDEN", "You do not have permission to do this." },
    [RC_CSRF] = { 403, "CSRF", "The page is out of date. Please reload it and try again." },
    [RC_NOT_FOUND] = { 404, "NOT_FOUND", "This does not exist." },
    [RC_METHOD] = { 405, "METHOD_NOT_ALLOWED", "This address does not take that method." },
    [RC_CONFLICT] = { 409, "CONFLICT", "This conflicts with something that is already there." },
    [RC_OVERLAP] = { 409, "CONFLICT_DETECTED", "That time is already taken." },
    [RC_STATE] = { 409, "ILLEGAL_TRANSITION", "This cannot be done in the present state." },
    [RC_HOLD_EXPIRED] = { 409, "HOLD_EXPIRED", "The time was kept for you for a while, but not any more. Please choose again." },
    [RC_NOT_OPEN] = { 409, "NOT_OPEN", "This is not open at this time." },
    [RC_NEEDS_DECISION] = { 409, "NEEDS_DECISION", "Please say how this is to be done." },
    [RC_OFFER_EXPIRED] = { 409, "OFFER_EXPIRED", "This offer is not open any more." },
    [RC_STALE] = { 412, "STALE_VERSION", "Somebody else has changed this in the meantime. Please reload it." },
    [RC_TOO_LARGE] = { 413, "TOO_LARGE", "The request is too large." },
    [RC_MEDIA_TYPE] = { 415, "UNSUPPORTED_MEDIA_TYPE", "The body must be JSON (Content-Type: application/json)." },
    [RC_INVALID] = { 422, "VALIDATION_ERROR", "Some of the fields are not right." },
    [RC_KEY_REUSED] = { 422, "IDEMPOTENCY_KEY_REUSED", "This idempotency key was used before with another request." },
    [RC_LIMITED] = { 429, "RATE_LIMITED", "Too many requests. Please wait a little and try again." },
    [RC_RULE] = { 409, "BOOKING_RULE", "A rule of the clinic does not allow this." },
    [RC_FUNDS] = { 409, "INSUFFICIENT_FUNDS", "There is not enough on the account for this." },
    [RC_BUSY] = { 503, "UNAVAILABLE", "The service is busy. Please try again shortly." },
};

static const struct outcome_row row_internal = { 500, "INTERNAL", "Something went wrong on our side. It has been recorded." };
static const struct outcome_row row_unavailable = { 503, "UNAVAILABLE", "The service cannot answer just now. Please try again shortly." };

const struct outcome_row *outcome_row(enum rc rc)
{
    if (rc >= 0 && rc < RC_N_OUTCOMES) return &rows[rc];
    if (rc == RC_REPLAYED) return &rows[RC_OK]; /* not a failure; its own status is stored with the answer */
    bool passes = rc == RC_OOM || rc == RC_RETRY || rc == RC_DB_DOWN;
    return passes ? &row_unavailable : &row_internal;
}

static const char *fault_name(enum rc rc)
{
    switch (rc) {
    case RC_FAULT: return "fault";
    case RC_OOM: return "out of memory";
    case RC_RETRY: return "retry";
    case RC_DB_DOWN: return "database down";
    default: return outcome_row(rc)->code;
    }
}

enum rc fault(enum rc rc, const char *fmt, ...)
{
    int saved = errno;
    char text[1024];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    LOG(LOG_ERROR, "fault", KS("kind", fault_name(rc)), KS("message", text));
    errno = saved;
    return rc;
}
