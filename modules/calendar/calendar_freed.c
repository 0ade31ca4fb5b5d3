/* calendar_freed.c - word of time that has become free. */
#include "modules/calendar/calendar_take.h"

static const char *or_none(struct id id, char out[ID_TEXT]) { return id_is_nil(id) ? "" : id_format(id, out); }

enum rc calendar_freed(struct tx *tx, struct id job_id, const struct freed_time *f, const char *key, int64_t now)
{
    char id[ID_TEXT], at[INSTANT_TEXT];
    if (f->to <= now) return RC_OK;
    CLEANUP(buf_free) struct buf b = { 0 };
    buf_init(&b, 2048);
    struct json j = json_to(&b);
    json_obj(&j);
    json_kstr(&j, "provider_id", or_none(f->provider_id, id));
    json_kstr(&j, "location_id", or_none(f->location_id, id));
    json_kstr(&j, "from", instant_format(f->from > now ? f->from : now, at));
    json_kstr(&j, "to", instant_format(f->to < INSTANT_END ? f->to : INSTANT_END - 1, at)); /* what begins in the last hour of all is over after it */
    json_key(&j, "parts");
    json_arr(&j);
    for (size_t i = 0; i < f->n_parts; i++) json_str(&j, id_format(f->parts[i], id));
    json_arr_end(&j);
    json_obj_end(&j);
    ASSERT(!b.failed);
    return tx_job(tx, job_id, "waitlist.fill", key, now, buf_str(&b));
}

/* A request keeps its time like an appointment. */
static bool keeps_time(int64_t status) { return states_claim(status) == CLAIM_HELD || states_claim(status) == CLAIM_ASKED; }

static bool has_part(const struct appointment *a, struct id subject)
{
    for (size_t i = 0; i < a->parts.n; i++)
        if (id_eq(LIST_AT(a->parts, struct appt_part, i)->subject_id, subject)) return true;
    return false;
}

enum rc taking_tell_freed(struct tx *tx, const struct taking *t)
{
    const struct appointment *b = &t->before, *a = &t->appt;
    char id[ID_TEXT];
    if (id_is_nil(t->freed_id) || id_is_nil(b->id) || !keeps_time(b->status)) return RC_OK;
    bool all = !keeps_time(a->status) || a->start != b->start || a->end != b->end;
    struct freed_time f = { .location_id = b->location_id, .from = b->start, .to = b->end };
    if (all || !id_eq(a->provider_id, b->provider_id)) f.provider_id = b->provider_id;
    for (size_t i = 0; i < b->parts.n && f.n_parts < APPT_PARTS_MAX; i++) {
        struct id part = LIST_AT(b->parts, struct appt_part, i)->subject_id;
        if (all || !has_part(a, part)) f.parts[f.n_parts++] = part;
    }
    if (id_is_nil(f.provider_id) && !f.n_parts) return RC_OK;
    return calendar_freed(tx, t->freed_id, &f, arena_printf(t->r->arena, "%s:%lld", id_format(b->id, id), (long long)b->version), t->r->now);
}
