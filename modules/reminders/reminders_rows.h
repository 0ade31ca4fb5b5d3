/* reminders_rows.h - private to reminders: its rows and their statements. */
#pragma once
#include "modules/reminders/reminders.h"

/* Rules of the clinic (scope: its own id) or of a service. version 0: there are none yet. */
struct reminder_scope { const char *text; int64_t quiet_start, quiet_end, version; };
MUST_CHECK enum rc reminder_scope_get(struct tdb *, struct id scope, struct reminder_scope *out);
MUST_CHECK enum rc reminder_scope_put(struct tx *, struct id scope, const struct reminder_scope *, enum rc lost);
MUST_CHECK enum rc reminder_scope_delete(struct tx *, struct id scope);
/* RC_NOT_FOUND: no such appointment here. */
MUST_CHECK enum rc reminders_of(struct tdb *, struct id appointment, struct list *out);
MUST_CHECK enum rc reminders_want(struct tx *, struct id client, int64_t channel, bool wanted, int64_t now);
