/* calendar_follow.c - what follows an appointment wherever its time or state changes, in the same commit: the reminders of
 * its client, and the row that keeps when each state was entered. */
#include "modules/calendar/calendar_take.h"

static bool expected(int64_t status) { return status == APPT_SCHEDULED || status == APPT_CONFIRMED; }

static enum rc remind(struct tx *tx, const struct taking *t)
{
    const struct appointment *a = &t->appt, *b = &t->before;
    bool is_new = id_is_nil(b->id);
    return reminders_follow(tx, &(struct reminder_follow){ .appointment = a->id, .service = a->service_id, .start = a->start, .old_start = is_new ? NONE : b->start,
        .live = expected(a->status), .was_live = !is_new && expected(b->status), .gone_by_cancel = a->status == APPT_CANCELLED,
        .zone = a->client_zone ? a->client_zone : a->time_zone, .rules = t->reminders, .now = t->r->now });
}

enum rc taking_follow(struct tx *tx, const struct taking *t)
{
    TRY(taking_step(tx, t));
    return remind(tx, t);
}
