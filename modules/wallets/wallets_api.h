/* wallets_api.h - what the handlers of this module share. */
#pragma once
#include "modules/wallets/wallets_rows.h"

MUST_CHECK enum rc wallets_fill(struct tdb *, struct wallet *);              /* buckets and sums */
MUST_CHECK enum rc wallets_answer(struct req *, struct tdb *, struct id wallet);
bool wallets_plain_bucket(struct arena *, struct id tenant, const struct wallet *, int64_t kind, int64_t now, struct bucket *out);
