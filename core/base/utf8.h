/* utf8.h - inside base only: one step through UTF-8 (RFC 3629). */
#pragma once
#include <stddef.h>

/* The length (1 to 4) of the well-formed sequence at p < end; or minus the number of bytes that one U+FFFD stands
 * for: the longest beginning of a sequence, else one byte (Unicode, "maximal subpart"). NUL is one of length 1. */
static inline int utf8_step(const unsigned char *p, const unsigned char *end)
{
    unsigned char c = *p, low = 0x80, high = 0xBF; /* of the second byte */
    if (c < 0x80) return 1;
    if (c < 0xC2 || c > 0xF4) return -1;
    int n = c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
    if (c == 0xE0) low = 0xA0;
    if (c == 0xED) high = 0x9F;
    if (c == 0xF0) low = 0x90;
    if (c == 0xF4) high = 0x8F;
    for (int i = 1; i < n; i++) {
        if (end - p <= i || p[i] < low || p[i] > high) return -i;
        low = 0x80;
        high = 0xBF;
    }
    return n;
}
