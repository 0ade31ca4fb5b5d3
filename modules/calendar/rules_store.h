/* rules_store.h - private to the calendar: who is chosen, what a client has, what was answered, which requests lapse. */
#pragma once
#include "modules/calendar/calendar.h"
#include "modules/calendar/limits.h"

extern const struct query Q_SHARES_OF_MONTH, Q_SHARE_COUNT, Q_SHARE_COUNT_ANYWAY, Q_SHARE_GIVE_BACK, Q_LIMIT_OF_CLIENT, Q_LIMIT_OF_PERSON, Q_ANSWER_INSERT,
    Q_ANSWERS, Q_ANSWERS_CLEAR, Q_REQUESTS_COUNT;

/* ---- who gets what is left to the clinic --------------------------------------------------------------------------------- */

/* Year and month of the instant by the clinic's clock, as one number. */
int64_t assign_month(const struct zone *, int64_t start);
/* The providers of a service with what they were given in the month, prepared; in the order of `providers` (struct provider).
 * Those that are not linked keep the lowest priority. */
MUST_CHECK enum rc assign_load(struct tdb *, struct id service, int64_t month, const struct zone *, struct list providers, struct assign_candidate **out);
/* Counts one more for the chosen one. RC_OVERLAP when its count is not `base` any more (somebody was faster: choose anew),
 * unless `anyway`. */
MUST_CHECK enum rc assign_count(struct tx *, struct id service, struct id provider, int64_t month, int64_t base, int64_t now, bool anyway);
MUST_CHECK enum rc assign_give_back(struct tx *, struct id service, struct id provider, int64_t month, int64_t by);

/* ---- limits ---------------------------------------------------------------------------------------------------------------- */

/* Appointments of the client that can count: from a day before `from` or now on, the earlier of both. email and name: of
 * somebody who is only becoming a client in this commit (client nil). */
MUST_CHECK enum rc limits_rows(struct tdb *, struct id client, const char *email, const char *name, int64_t from, int64_t now, struct list *out);

MUST_CHECK enum rc requests_count(struct tdb *, int64_t now, int64_t *out); /* waiting for an answer */

/* ---- answers ----------------------------------------------------------------------------------------------------------------- */

MUST_CHECK enum rc answers_insert(struct tx *, struct id appointment, struct list answers); /* of struct answer_kept */
MUST_CHECK enum rc answers_clear(struct tx *, struct id appointment);
