/* feeds_api.c - making, changing and revoking feeds, and the feed itself. The address is shown once: only its hash is kept. */
#include "modules/feeds/feeds.h"
#include <string.h>

struct feed_in { int64_t kind, detail; struct id subject_id; };
static const struct field in_fields[] = {
    F_ENUM(struct feed_in, kind, feed_kind_names, .required = true, .doc = "Whose calendar"),
    F_ID(struct feed_in, subject_id, .required = true, .doc = "Id of the provider, resource or client"),
    F_ENUM(struct feed_in, detail, feed_detail_names, .def = FEED_INITIALS,
        .doc = "What is said of an appointment: nothing but its time, the service and initials, or the service and the name"), F_END };
static const struct shape in_shape = SHAPE_NAMED("feed_new", feed_in, in_fields);
#define OUT_FIELDS F_ID(struct feed, id), F_ENUM(struct feed, kind, feed_kind_names), F_ID(struct feed, subject_id), \
    F_STR(struct feed, subject_name, .nullable = true), F_ENUM(struct feed, detail, feed_detail_names), F_INSTANT(struct feed, created_at), \
    F_INSTANT(struct feed, rotated_at), F_INT(struct feed, version)
static const struct field out_fields[] = { OUT_FIELDS, F_END };
static const struct shape out_shape = SHAPE(feed, out_fields);
static const struct field made_fields[] = { OUT_FIELDS, F_STR(struct feed, url, .doc = "The secret address; it cannot be shown again"), F_END };
static const struct shape made_shape = SHAPE_NAMED("feed_made", feed, made_fields);
struct feed_query { struct id subject_id; };
static const struct field query_fields[] = { F_ID(struct feed_query, subject_id, .doc = "Only those of this provider, resource or client"), F_END };
static const struct shape query_shape = SHAPE(feed_query, query_fields);

/* ---- the secret ------------------------------------------------------------------------------------------------------------ */

static const char *hash_text(struct arena *a, const char *token)
{
    char hex[65];
    struct digest d = seal_token_hash(token);
    hex_encode(d.b, sizeof d.b, hex);
    return arena_strdup(a, hex);
}

/* 48 random bytes: nobody guesses one, and its hash is looked up in an index, which tells nothing of what is near. */
static void new_secret(struct req *r, struct feed *f)
{
    uint8_t random[48];
    char token[FEED_TOKEN_TEXT];
    env.random(random, sizeof random);
    base64url_encode(random, sizeof random, token);
    f->token_hash = hash_text(r->arena, token);
    f->url = arena_printf(r->arena, "%s/api/v1/feeds/%s.ics", settings.base_url, token);
}

/* ---- make, list, rotate, revoke ---------------------------------------------------------------------------------------------- */

struct feed_write { struct req *r; struct feed feed; struct id audit_id; };

static enum rc leave_trace(struct tx *tx, const struct feed_write *w, const char *action, int64_t version)
{
    const struct feed *f = &w->feed;
    char id[ID_TEXT];
    return tx_change(tx, w->r, &(struct change){ w->audit_id, action, "feed.changed", "feed", f->id, version,
        arena_printf(w->r->arena, "{\"kind\":[null,\"%s\"],\"subject_id\":[null,\"%s\"],\"detail\":[null,\"%s\"]}", feed_kind_names[f->kind],
            id_format(f->subject_id, id), feed_detail_names[f->detail]), NULL, f->detail == FEED_FULL });
}

static enum rc insert_tx(struct tx *tx, void *arg)
{
    struct feed_write *w = arg;
    struct list there;
    TRY(feeds_list(tx_db(tx), w->feed.subject_id, &there));
    if (there.n >= FEEDS_PER_SUBJECT_MAX) return req_fail(w->r, RC_STATE, "There are ten feeds of this calendar already. Revoke one that is not used any more", NULL);
    TRY(feeds_insert(tx, &w->feed));
    TRY(leave_trace(tx, w, "feed.create", 1));
    return reply(w->r, &w->feed);
}

static enum rc subject_name(struct req *r, int64_t kind, struct id id, const char **out)
{
    struct provider p = { 0 };
    struct resource x = { 0 };
    struct client c = { 0 };
    enum rc rc = kind == FEED_PROVIDER ? providers_get(r->db, id, &p) : kind == FEED_RESOURCE ? resources_get(r->db, id, &x) : clients_get(r->db, id, &c);
    if (rc == RC_OK && kind == FEED_CLIENT && c.deleted_at != NONE) rc = RC_NOT_FOUND;
    *out = kind == FEED_PROVIDER ? p.name : kind == FEED_RESOURCE ? x.name : c.name;
    return rc;
}

static enum rc post_feed(struct req *r)
{
    const struct feed_in *in = r->in;
    struct feed_write w = { .r = r, .audit_id = id_new(), .feed = { .id = id_new(), .kind = in->kind, .subject_id = in->subject_id, .detail = in->detail,
        .created_by = r->who->member, .created_at = r->now, .rotated_at = r->now, .version = 1 } };
    enum rc rc = subject_name(r, in->kind, in->subject_id, &w.feed.subject_name);
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "There is no such provider, resource or client", "{\"field\":\"subject_id\"}");
    TRY(rc);
    new_secret(r, &w.feed);
    return req_tx(r, "feeds.create", insert_tx, &w);
}

static enum rc get_feeds(struct req *r)
{
    const struct feed_query *q = r->query;
    struct list l;
    TRY(feeds_list(r->db, q->subject_id, &l));
    return reply_list(r, l, NULL);
}

static enum rc rotate_tx(struct tx *tx, void *arg)
{
    struct feed_write *w = arg;
    const char *hash = w->feed.token_hash, *url = w->feed.url;
    struct feed f = { 0 };
    TRY(feeds_get(tx_db(tx), w->r->path_id, &f));
    TRY(req_version(w->r, f.version));
    TRY(feeds_rotate(tx, f.id, f.version, hash, w->r->now, req_lost(w->r)));
    f.version++;
    f.rotated_at = w->r->now;
    f.token_hash = hash;
    f.url = url;
    w->feed = f;
    TRY(leave_trace(tx, w, "feed.rotate", f.version));
    return reply(w->r, &w->feed);
}

static enum rc rotate_feed(struct req *r)
{
    struct feed_write w = { .r = r, .audit_id = id_new() };
    new_secret(r, &w.feed);
    return req_tx(r, "feeds.rotate", rotate_tx, &w);
}

static enum rc delete_tx(struct tx *tx, void *arg)
{
    struct feed_write *w = arg;
    w->feed = (struct feed){ 0 };
    TRY(feeds_get(tx_db(tx), w->r->path_id, &w->feed));
    TRY(feeds_delete(tx, w->feed.id));
    TRY(leave_trace(tx, w, "feed.revoke", w->feed.version));
    return reply_empty(w->r);
}

static enum rc delete_feed(struct req *r)
{
    struct feed_write w = { .r = r, .audit_id = id_new() };
    return req_tx(r, "feeds.revoke", delete_tx, &w);
}

/* ---- the feed itself ------------------------------------------------------------------------------------------------------------ */

/* One answer for all that is wrong with a token: nobody learns whether it was ever one, or whose. */
static enum rc no_feed(struct req *r, enum rc rc)
{
    return rc == RC_NOT_FOUND ? req_fail(r, rc, "There is no such calendar", NULL) : rc;
}

static enum rc open_feed(struct req *r, struct feed *f)
{
    const char *t = r->path_text;
    size_t n = strlen(t), want = FEED_TOKEN_TEXT - 1;
    if (n != want + 4 || strcmp(t + want, ".ics") != 0) return RC_NOT_FOUND;
    TRY(feeds_by_hash(r->db, hash_text(r->arena, arena_strndup(r->arena, t, want)), f));
    TRY(req_enter(r, f->tenant_id));
    return subject_name(r, f->kind, f->subject_id, &f->subject_name);
}

/* When blocked time was made: its id says it (UUIDv7); of another kind of id, when the feed was. */
static int64_t made_at(const struct feed *f, struct id id)
{
    int64_t ms = 0;
    for (int i = 0; i < 6; i++) ms = ms * 256 + id.b[i];
    return id.b[6] >> 4 == 7 && ms * 1000 < f->rotated_at + 100 * 366 * USEC_PER_DAY ? ms * 1000 : f->created_at;
}

static bool is_shown(const struct feed_item *e) { return e->end > e->start && (e->status == NONE || states_claim(e->status) != CLAIM_NONE); }

struct ics_event feed_words(struct req *r, const struct feed *f, const struct feed_item *e, const char *clinic)
{
    char id[ID_TEXT];
    bool appointment = e->status != NONE, tentative = e->status == APPT_PENDING_PAYMENT || e->status == APPT_REQUESTED;
    int64_t changed = appointment ? e->updated_at : made_at(f, e->id);
    return (struct ics_event){ .uid = arena_printf(r->arena, "%s@clinicd", id_format(e->id, id)), .sequence = appointment ? e->sequence : 0,
        .dtstamp = changed, .modified = changed, .start = e->start, .end = e->end, .status = tentative ? ICS_TENTATIVE : ICS_CONFIRMED,
        .summary = feed_summary(r->arena, f, e, clinic), .location = f->detail == FEED_BUSY ? NULL : e->location_name,
        .description = f->kind == FEED_CLIENT && f->detail == FEED_FULL ? e->provider_name : NULL };
}

static void put_item(struct req *r, struct buf *out, const struct ics_calendar *cal, const struct feed *f, const struct feed_item *e, const char *clinic)
{
    if (!is_shown(e) || feed_is_series(e)) return;
    struct arena_mark mark = arena_mark(r->arena);
    struct ics_event event = feed_words(r, f, e, clinic);
    ics_event(out, cal, &event);
    arena_rewind(r->arena, mark);
}

static enum rc put_feed(struct req *r, const struct feed *f, const struct tenant *t, int64_t from, int64_t to)
{
    struct list items;
    TRY(feeds_items(r->db, f, from, to, &items));
    struct buf *out = reply_body(r, "text/calendar; charset=utf-8");
    struct ics_calendar cal = { .method = ICS_PUBLISH, .zone = t->time_zone, .refresh_min = FEED_REFRESH_MIN,
        .name = f->kind == FEED_CLIENT ? t->name : arena_printf(r->arena, "%s, %s", f->subject_name, t->name) };
    ics_begin(out, &cal);
    TRY(feed_put_series(r, out, &cal, f, items, t->name));
    for (size_t i = 0; i < items.n; i++) put_item(r, out, &cal, f, LIST_AT(items, struct feed_item, i), t->name);
    ics_end(out);
    return out->failed || arena_failed(r->arena) ? RC_OOM : RC_OK;
}

/* What a feed shows follows from the rows of the clinic and from the day, and each change of a row is an event. */
static const char *feed_etag(struct req *r, const struct feed *f, const struct feed_state *s, int64_t day)
{
    char id[ID_TEXT], hex[65];
    const char *text = arena_printf(r->arena, "%s|%lld|%lld|%lld|%lld", id_format(f->id, id), (long long)f->version, (long long)s->seq, (long long)s->n, (long long)day);
    struct digest d = seal_hash(text, strlen(text));
    hex_encode(d.b, sizeof d.b, hex);
    return arena_printf(r->arena, "\"%.32s\"", hex);
}

static enum rc get_feed(struct req *r)
{
    struct feed f = { 0 };
    struct feed_state s = { 0 };
    struct tenant t = { 0 };
    TRY(no_feed(r, open_feed(r, &f)));
    TRY(feeds_state(r->db, &s));
    int64_t day = floor_div(r->now, USEC_PER_DAY), changed = day * USEC_PER_DAY;
    if (s.at != NONE && s.at > changed) changed = s.at;
    if (f.rotated_at > changed) changed = f.rotated_at;
    reply_header(r, "Cache-Control", "private, no-cache");
    (void)reply_body(r, "text/calendar; charset=utf-8");
    if (req_not_modified(r, feed_etag(r, &f, &s, day), changed)) return RC_OK;
    TRY(tenants_get(r->db, &t));
    return put_feed(r, &f, &t, (day - FEED_PAST_DAYS) * USEC_PER_DAY, (day + FEED_AHEAD_DAYS) * USEC_PER_DAY);
}

/* ---- routes ---------------------------------------------------------------------------------------------------------------------- */

static const struct route routes[] = {
    { .method = "GET", .path = "/feeds", .summary = "Calendar feeds, without their addresses", .handler = get_feeds, .perm = PERM_SCHEDULE_WRITE, .ok = 200,
        .query = &query_shape, .out = &out_shape, .flags = R_LIST },
    { .method = "POST", .path = "/feeds", .summary = "Make a calendar feed", .handler = post_feed, .perm = PERM_SCHEDULE_WRITE, .ok = 201, .in = &in_shape,
        .out = &made_shape, .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STATE),
        .doc = "The address in the answer is a secret and is shown this once. Whoever has it sees the calendar from 30 days ago to 366 days ahead." },
    { .method = "POST", .path = "/feeds/{id}/rotate", .summary = "A new address for a feed; the old one ends", .handler = rotate_feed, .perm = PERM_SCHEDULE_WRITE,
        .ok = 200, .out = &made_shape, .fails = FAILS(RC_STALE) },
    { .method = "DELETE", .path = "/feeds/{id}", .summary = "Revoke a feed", .handler = delete_feed, .perm = PERM_SCHEDULE_WRITE, .ok = 204 },
    { .method = "GET", .path = "/feeds/{feed}", .summary = "The calendar behind a secret address", .handler = get_feed, .perm = PERM_PUBLIC, .ok = 200,
        .flags = R_CALENDAR, .rate = RATE_PUBLIC_READ,
        .doc = "Times are UTC, those of series on the clock of their place. Appointments keep the UID and SEQUENCE of their invitations, a series is one event with a rule; what is cancelled is left out. 304 when nothing of the clinic changed." },
    { 0 } };

const struct module feeds_module = { .name = "feeds", .doc = "Calendars that other programs subscribe to", .platform = true, .routes = routes,
    .queries = feeds_queries };
