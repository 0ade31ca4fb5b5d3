/* telehealth - visits by video: one room for each appointment, whose name nobody can guess, entered from our own pages only,
 * by the two sides only, and only around the time of the visit. */
#pragma once
#include "modules/calendar/calendar.h"

extern const struct module telehealth_module;
extern const struct query *const telehealth_queries[];
extern const struct shape telehealth_join_shape;

struct telehealth_settings { const char *url_template; int64_t opens_before_min, closes_after_min, version; };
MUST_CHECK enum rc telehealth_settings_get(struct tdb *, struct telehealth_settings *out);

/* Answers with the address of the room for somebody of that name, or says why not: RC_STATE, RC_NOT_OPEN. */
MUST_CHECK enum rc telehealth_reply_join(struct req *, const struct appointment *, const char *name);
/* The address alone; name is shown to the other side. Pure. */
const char *telehealth_url(struct arena *, const char *url_template, const char *room, const char *name);
