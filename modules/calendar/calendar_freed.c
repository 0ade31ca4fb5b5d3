/* calendar_freed.c - word of time that has become free. */
#include "modules/calendar/calendar.h"

enum rc calendar_freed(struct tx *tx, struct id job_id, const struct freed_time *f, const char *key, int64_t now)
{
    char provider[ID_TEXT], location[ID_TEXT], from[INSTANT_TEXT], to[INSTANT_TEXT];
    if (f->to <= now) return RC_OK;
    CLEANUP(buf_free) struct buf b = { 0 };
    buf_init(&b, 1024);
    struct json j = json_to(&b);
    json_obj(&j);
    json_kstr(&j, "provider_id", id_is_nil(f->provider_id) ? "" : id_format(f->provider_id, provider));
    json_kstr(&j, "location_id", id_is_nil(f->location_id) ? "" : id_format(f->location_id, location));
    json_kstr(&j, "from", instant_format(f->from > now ? f->from : now, from));
    json_kstr(&j, "to", instant_format(f->to, to));
    json_obj_end(&j);
    ASSERT(!b.failed);
    return tx_job(tx, job_id, "waitlist.fill", key, now, buf_str(&b));
}
