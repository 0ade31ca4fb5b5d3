/* fuzz_signature.c - the Stripe-Signature header: what is read of it stands in it, whatever stands there. */
#include "modules/cards/cards_signature.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cards_signature s;
    char *text = malloc(size + 1);
    if (!text || seal_init() != RC_OK) abort();
    memcpy(text, data, size);
    text[size] = 0;
    if (cards_signature_read(text, &s)) {
        must(s.at >= 0 && s.n >= 1 && s.n <= CARDS_SIGNATURES_MAX && *s.stamp && strstr(text, s.stamp));
        for (size_t i = 0; i < s.n; i++) must(strlen(s.v1[i]) == CARDS_SIGNATURE_HEX && strstr(text, s.v1[i]));
        must(!cards_signature_by(&s, "whsec_of_nobody", text, size));
    }
    free(text);
    return 0;
}
