/* calendar_opened.c - what becomes free because somebody works longer, on another day or on another clock: what is open now and was not
 * before, told in the transaction that changes it. */
#include "modules/calendar/calendar.h"
#include <stdlib.h>

enum { OPENED_DAYS = 62, OPENED_MAX = 400, WORTH_MIN = 5 };

enum rc opening_begin(struct tdb *db, struct opening *o, struct id provider, struct id location, int64_t now)
{
    *o = (struct opening){ .job = id_new(), .provider_id = provider, .location_id = location, .now = now };
    return calendar_open_hours(db, provider, location, now, now + OPENED_DAYS * USEC_PER_DAY, &o->before);
}

static bool same_place(const struct open_hours *a, const struct open_hours *b) { return id_eq(a->provider_id, b->provider_id) && id_eq(a->location_id, b->location_id); }

struct pieces { struct open_hours at[OPENED_MAX]; size_t n; };

/* What is left of a stretch without those that were there; they stand in no order. */
static void add_rest(struct pieces *p, struct open_hours x, struct list before, size_t from)
{
    for (size_t i = from; i < before.n; i++) {
        const struct open_hours *b = LIST_AT(before, struct open_hours, i);
        if (!same_place(b, &x) || b->start >= x.end || b->end <= x.start) continue;
        struct open_hours rest = x;
        rest.start = b->end;
        if (rest.start < rest.end) add_rest(p, rest, before, i + 1);
        x.end = b->start;
        if (x.start >= x.end) return;
    }
    if (x.end - x.start >= WORTH_MIN * USEC_PER_MIN && p->n < OPENED_MAX) p->at[p->n++] = x;
}

static int by_start(const void *a, const void *b)
{
    const struct open_hours *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

static const char *payload_of(struct arena *a, const struct pieces *p)
{
    char id[ID_TEXT], at[INSTANT_TEXT];
    CLEANUP(buf_free) struct buf b = { 0 };
    buf_init(&b, 128 * 1024);
    struct json j = json_to(&b);
    json_obj(&j);
    json_key(&j, "opened");
    json_arr(&j);
    for (size_t i = 0; i < p->n; i++) {
        json_obj(&j);
        json_kstr(&j, "provider_id", id_format(p->at[i].provider_id, id));
        json_kstr(&j, "location_id", id_format(p->at[i].location_id, id));
        json_kstr(&j, "from", instant_format(p->at[i].start, at));
        json_kstr(&j, "to", instant_format(p->at[i].end, at));
        json_obj_end(&j);
    }
    json_arr_end(&j);
    json_obj_end(&j);
    return b.failed ? NULL : arena_strndup(a, b.data, b.len);
}

enum rc opening_tell(struct tx *tx, const struct opening *o, const char *key)
{
    struct list after;
    struct arena *a = db_arena(tx_db(tx));
    struct pieces *p = arena_alloc(a, sizeof *p);
    if (!p) return RC_OOM;
    p->n = 0;
    TRY(calendar_open_hours(tx_db(tx), o->provider_id, o->location_id, o->now, o->now + OPENED_DAYS * USEC_PER_DAY, &after));
    if (after.n) qsort(after.items, after.n, sizeof(struct open_hours), by_start); /* the next ones, when there are too many */
    for (size_t i = 0; i < after.n; i++) add_rest(p, *LIST_AT(after, struct open_hours, i), o->before, 0);
    if (!p->n) return RC_OK;
    const char *payload = payload_of(a, p);
    return payload ? tx_job(tx, o->job, "waitlist.opened", key, o->now, payload) : RC_OOM;
}

/* ---- hours of a provider ------------------------------------------------------------------------------------------------------------- */

struct hours_put { struct req *r; struct opening opening; };

static enum rc tell_hours(struct tx *tx, void *arg)
{
    const struct hours_put *h = arg;
    char id[ID_TEXT];
    return opening_tell(tx, &h->opening, arena_printf(h->r->arena, "hours:%s", id_format(h->opening.job, id)));
}

enum rc opening_handle_hours(struct req *r)
{
    struct hours_put h = { .r = r };
    TRY(opening_begin(r->db, &h.opening, r->path_id, ID_NIL, r->now));
    return providers_put_hours(r, tell_hours, &h);
}
