/* calendar_opened.c - what becomes free because somebody works longer, on another day or on another clock, can be booked again, or has a place or a chair again: what is
 * open now and was not before, told in the transaction that changes it. */
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

/* part: only with it is the time free; nil: none. */
static const char *payload_of(struct arena *a, const struct pieces *p, struct id part)
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
        json_kstr(&j, "provider_id", id_is_nil(part) ? id_format(p->at[i].provider_id, id) : "");
        json_kstr(&j, "location_id", id_format(p->at[i].location_id, id));
        json_kstr(&j, "from", instant_format(p->at[i].start, at));
        json_kstr(&j, "to", instant_format(p->at[i].end, at));
        json_key(&j, "parts");
        json_arr(&j);
        if (!id_is_nil(part)) json_str(&j, id_format(part, id));
        json_arr_end(&j);
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
    const char *payload = payload_of(a, p, ID_NIL);
    return payload ? tx_job(tx, o->job, "waitlist.opened", key, o->now, payload) : RC_OOM;
}

/* ---- the routes ---------------------------------------------------------------------------------------------------------------------- */

struct change_of { struct req *r; struct opening opening; struct id resource; bool nothing; /* what is changed opens nothing */ };

static const char *key_of(const struct change_of *c)
{
    char id[ID_TEXT];
    return arena_printf(c->r->arena, "opened:%s", id_format(c->opening.job, id));
}

static enum rc tell_opening(struct tx *tx, void *arg)
{
    const struct change_of *c = arg;
    return opening_tell(tx, &c->opening, key_of(c));
}

enum rc opening_handle_hours(struct req *r)
{
    struct change_of c = { .r = r };
    TRY(opening_begin(r->db, &c.opening, r->path_id, ID_NIL, r->now));
    return providers_put_hours(r, tell_opening, &c);
}

enum rc opening_handle_holiday(struct req *r)
{
    struct change_of c = { .r = r };
    TRY(opening_begin(r->db, &c.opening, ID_NIL, ID_NIL, r->now));
    return holidays_remove(r, tell_opening, &c);
}

enum rc opening_handle_location(struct req *r)
{
    struct change_of c = { .r = r };
    TRY(opening_begin(r->db, &c.opening, ID_NIL, r->path_id, r->now)); /* of one in the archive: nothing */
    return locations_restore(r, tell_opening, &c);
}

/* Of somebody who cannot be booked nothing is open, whatever the hours say. */
static enum rc tell_provider(struct tx *tx, void *arg)
{
    const struct change_of *c = arg;
    struct provider now = { 0 };
    if (c->nothing) return RC_OK;
    TRY(providers_get(tx_db(tx), c->r->path_id, &now));
    return now.bookable && !now.archived ? opening_tell(tx, &c->opening, key_of(c)) : RC_OK;
}

static enum rc change_provider(struct req *r, enum rc (*change)(struct req *, tx_fn *, void *))
{
    struct change_of c = { .r = r, .opening = { .job = id_new(), .provider_id = r->path_id, .now = r->now } };
    struct provider was = { 0 };
    TRY(providers_get(r->db, r->path_id, &was));
    c.nothing = was.bookable && !was.archived;
    return change(r, tell_provider, &c);
}

enum rc opening_handle_provider(struct req *r) { return change_provider(r, providers_patch); }
enum rc opening_handle_provider_restore(struct req *r) { return change_provider(r, providers_restore); }

/* ---- a chair that is there again ------------------------------------------------------------------------------------------------------ */

/* When anybody works there: one stretch where several do. */
static void add_union(struct pieces *p, struct list open)
{
    for (size_t i = 0; i < open.n; i++) {
        const struct open_hours *x = LIST_AT(open, struct open_hours, i);
        struct open_hours *last = p->n ? &p->at[p->n - 1] : NULL;
        if (last && x->start <= last->end) last->end = x->end > last->end ? x->end : last->end;
        else if (p->n < OPENED_MAX) p->at[p->n++] = *x;
    }
}

static enum rc tell_resource(struct tx *tx, void *arg)
{
    const struct change_of *c = arg;
    struct arena *a = db_arena(tx_db(tx));
    struct list open;
    struct pieces *p = arena_alloc(a, sizeof *p);
    if (!p) return RC_OOM;
    p->n = 0;
    if (c->nothing) return RC_OK;
    TRY(calendar_open_hours(tx_db(tx), ID_NIL, c->opening.location_id, c->opening.now, c->opening.now + OPENED_DAYS * USEC_PER_DAY, &open));
    if (open.n) qsort(open.items, open.n, sizeof(struct open_hours), by_start);
    add_union(p, open);
    if (!p->n) return RC_OK;
    const char *payload = payload_of(a, p, c->resource);
    return payload ? tx_job(tx, c->opening.job, "waitlist.opened", key_of(c), c->opening.now, payload) : RC_OOM;
}

enum rc opening_handle_resource(struct req *r)
{
    struct change_of c = { .r = r, .opening = { .job = id_new(), .now = r->now }, .resource = r->path_id };
    struct resource was = { 0 };
    TRY(resources_get(r->db, r->path_id, &was));
    c.nothing = !was.archived;
    c.opening.location_id = was.location_id;
    return resources_restore(r, tell_resource, &c);
}
