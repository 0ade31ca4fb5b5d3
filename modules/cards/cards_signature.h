/* cards_signature.h - the Stripe-Signature header: "t=1492774577,v1=5257a8…,v0=…". Pure, fuzzed. */
#pragma once
#include "core/core.h"

enum { CARDS_SIGNATURES_MAX = 16, CARDS_SIGNATURE_HEX = 64, CARDS_HEADER_MAX = 4096, CARDS_TOLERANCE_S = 300 };
struct cards_signature {
    int64_t at;                 /* seconds, as the header has it */
    char stamp[20];             /* and its digits: they are part of what is signed */
    size_t n;
    char v1[CARDS_SIGNATURES_MAX][CARDS_SIGNATURE_HEX + 1];
};
/* false: no time, more than one, or no signature of the scheme v1. What else stands there is passed over; more than CARDS_SIGNATURES_MAX are not looked at. */
bool cards_signature_read(const char *header, struct cards_signature *out);
/* One of them is an HMAC-SHA256 of "stamp.body" under this secret. Takes the same time whatever is wrong. */
bool cards_signature_by(const struct cards_signature *, const char *secret, const char *body, size_t len);
bool cards_signature_fresh(const struct cards_signature *, int64_t now); /* within the tolerance, before or after */
