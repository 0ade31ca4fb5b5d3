/* till_rows.h - private to till: the statements. */
#pragma once
#include "modules/till/till.h"

MUST_CHECK enum rc till_get(struct tdb *, struct id, struct till *out);
MUST_CHECK enum rc till_list(struct tdb *, bool archived, struct list *out);
MUST_CHECK enum rc till_update(struct tx *, const struct till *, int64_t version, enum rc lost);
MUST_CHECK enum rc till_count(struct tdb *, int64_t *out);
MUST_CHECK enum rc till_carry(struct tx *, struct id, int64_t minor, int64_t version); /* version NONE: whatever it has */
/* Newest first, behind a place. till nil: all. */
MUST_CHECK enum rc till_sessions_list(struct tdb *, struct id till, const struct position *, int64_t limit, struct list *out);
MUST_CHECK enum rc till_sessions_open(struct tdb *, struct id location, struct list *out);
MUST_CHECK enum rc till_session_insert(struct tx *, const struct till_session *);
MUST_CHECK enum rc till_session_close(struct tx *, const struct till_session *, enum rc lost); /* under the version it has */
MUST_CHECK enum rc till_session_by_hand(struct tx *, struct id, int64_t in, int64_t out, enum rc closed);
MUST_CHECK enum rc till_moves_of(struct tdb *, struct id session, struct list *out);
MUST_CHECK enum rc till_move_insert(struct tx *, const struct till_move *);
void till_name_account(struct arena *, struct id till, const char **out);
