/* calendar_outside.c - time that an outside calendar takes of somebody here. */
#include "modules/calendar/calendar_take.h"

static enum rc is_shared(struct tdb *db, struct id subject, struct id owner, int64_t from, int64_t to, bool *out)
{
    struct list l;
    TRY(claims_around(db, &subject, 1, from, to, &l));
    for (size_t i = 0; i < l.n; i++) *out |= id_eq(LIST_AT(l, struct claim, i)->owner_id, owner) && LIST_AT(l, struct claim, i)->shared;
    return RC_OK;
}

enum rc calendar_claim_outside(struct tx *tx, struct id subject, struct id owner, int64_t from, int64_t to, int64_t now, bool *shared)
{
    *shared = false;
    for (int64_t at = from; at < to; at += USEC_PER_DAY) {
        int64_t end = at + USEC_PER_DAY < to ? at + USEC_PER_DAY : to;
        struct subject s = { .id = subject, .from = at, .to = end };
        struct claim c = { .subject_id = subject, .owner_id = owner, .starts_at = at, .ends_at = end, .core_start = at, .core_end = end,
            .kind = CLAIM_CALENDAR, .expires_at = NONE };
        TRY(claims_delete_expired(tx, subject, at, end, now));
        TRY(taking_claim_over(tx, &s, c));
        TRY(is_shared(tx_db(tx), subject, owner, at, end, shared));
    }
    return RC_OK;
}
