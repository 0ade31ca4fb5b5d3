/* google_sync.c - our appointments there, and their events here. Each step is written down before the next one; whatever breaks off is
 * done again and finds what stands there already: an insert has an id made from ours, a change names the version it is based on. */
#include "modules/google/google_call.h"
#include <stdio.h>
#include <string.h>

enum { CHUNK = 20, PUT_TRIES = 4, SWEEP = 200, OVERLAP_TRIES = 5 };
#define CALENDAR "/calendars/primary/events"

/* ---- ours there ----------------------------------------------------------------------------------------------------------------------- */

static enum rc done_tx(struct tx *tx, struct talk *t, const void *arg) { return google_event_done(tx, arg, t->job->now); }
static enum rc removed_tx(struct tx *tx, struct talk *t, const void *arg)
{
    (void)t;
    return google_event_removed(tx, arg);
}

static enum rc failed(struct talk *t, struct google_event *e, const char *what)
{
    e->state = SYNC_FAILED;
    e->last_error = what;
    return google_commit(t, "google.event_failed", done_tx, e);
}

/* The etag of the event in an answer; an answer that cannot be read counts as none. */
static enum rc read_etag(struct talk *t, const struct out_answer *got, const char **etag)
{
    void *item = NULL;
    enum rc rc = shape_read_foreign(t->job->arena, &google_item_shape, got->body, got->len, &item);
    if (rc == RC_OOM) return rc;
    *etag = rc == RC_OK ? ((struct google_item *)item)->etag : NULL;
    return *etag ? RC_OK : google_later(t, "Google's answer cannot be read");
}

static const char *event_path(struct talk *t, const struct google_event *e, const char *query)
{
    char id[GOOGLE_EVENT_ID_MAX];
    google_event_id(e->appointment_id, e->attempt, id);
    return arena_printf(t->job->arena, CALENDAR "/%s%s", id, query);
}

/* What stands there under our id: its version, or none and another id from now on. */
static enum rc look_there(struct talk *t, struct google_event *e)
{
    struct out_answer got;
    TRY(google_ask(t, "GET", event_path(t, e, ""), NULL, NULL, &got));
    e->etag = NULL;
    if (got.status == 200) return read_etag(t, &got, &e->etag);
    e->attempt++;
    return RC_OK;
}

static enum rc put_event(struct talk *t, struct google_event *e, const struct appointment *a)
{
    struct arena *arena = t->job->arena;
    struct out_answer got = { 0 };
    for (int n = 0; n < PUT_TRIES; n++) {
        char id[GOOGLE_EVENT_ID_MAX];
        google_event_id(e->appointment_id, e->attempt, id);
        const char *json = google_event_json(arena, &t->link, a, t->clinic, e->etag ? NULL : id);
        if (!json) return RC_OOM;
        if (e->etag) TRY(google_ask(t, "PATCH", event_path(t, e, "?sendUpdates=none"), e->etag, json, &got));
        else TRY(google_ask(t, "POST", CALENDAR "?sendUpdates=none", NULL, json, &got));
        if (got.status == 200) {
            TRY(read_etag(t, &got, &e->etag));
            e->state = SYNC_SYNCED;
            e->last_error = NULL;
            return google_commit(t, "google.event_done", done_tx, e);
        }
        if (e->etag && (got.status == 404 || got.status == 410)) {
            e->etag = NULL;
            e->attempt++;
        } else if (got.status == 409 || got.status == 412) {
            TRY(look_there(t, e));
        } else {
            break;
        }
    }
    return failed(t, e, arena_printf(arena, "Google did not take the appointment (%d)", got.status));
}

static enum rc remove_event(struct talk *t, struct google_event *e)
{
    struct out_answer got;
    TRY(google_ask(t, "DELETE", event_path(t, e, "?sendUpdates=none"), NULL, NULL, &got));
    if ((got.status >= 200 && got.status < 300) || got.status == 404 || got.status == 410) return google_commit(t, "google.event_removed", removed_tx, e);
    return failed(t, e, arena_printf(t->job->arena, "Google did not remove the appointment (%d)", got.status));
}

static enum rc push_one(struct talk *t, struct google_event *e)
{
    struct appointment a = { 0 };
    enum rc rc = appointments_get(t->job->db, e->appointment_id, &a);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    int64_t start, end;
    bool there = rc == RC_OK && google_span_of(&a, t->link.provider_id, &start, &end) && google_shows(a.status);
    if (there && !e->etag && a.end < t->job->now) return google_commit(t, "google.event_past", removed_tx, e);
    return there ? put_event(t, e, &a) : remove_event(t, e);
}

enum rc google_push(struct talk *t, bool *any)
{
    struct list l;
    struct arena *a = t->job->arena;
    TRY(google_events_waiting(t->job->db, t->link.id, &l));
    *any = l.n > 0;
    for (size_t i = 0; i < l.n; i++) {
        struct arena_mark mark = arena_mark(a);
        TRY(push_one(t, LIST_AT(l, struct google_event, i)));
        arena_rewind(a, mark);
    }
    return RC_OK;
}

/* ---- theirs here --------------------------------------------------------------------------------------------------------------------------- */

struct apply { const struct google_item *items; size_t n; struct id ids[CHUNK]; const char *zone; };

static enum rc changed_there(struct tx *tx, struct talk *t, struct google_event *e, const struct google_item *item)
{
    bool lately = e->restored_at != NONE && t->job->now - e->restored_at < USEC_PER_DAY;
    e->etag = item->etag;
    e->restored = lately ? e->restored + 1 : 1;
    if (e->restored > GOOGLE_RESTORES_MAX) {
        e->state = SYNC_FAILED;
        e->last_error = "It is changed in Google again and again. The appointment stays as it is here";
        return google_event_done(tx, e, t->job->now);
    }
    e->restored_at = t->job->now;
    TRY(google_event_restore(tx, e));
    return tx_event(tx, "google.restored", e->appointment_id, 1, t->job->now, NULL);
}

/* One of ours came back: as we know it, or changed by somebody. The clinic's calendar decides: ours is put back, and the staff is told. */
static enum rc apply_ours(struct tx *tx, struct talk *t, const struct apply *ap, const struct google_item *item, struct id appointment)
{
    struct google_event e = { 0 };
    struct appointment a = { 0 };
    char id[GOOGLE_EVENT_ID_MAX];
    int64_t start = 0, end = 0, from, to;
    bool cancelled = str_eq(item->status, "cancelled");
    enum rc rc = google_event_get(tx_db(tx), t->link.id, appointment, &e);
    enum rc there = appointments_get(tx_db(tx), appointment, &a);
    if (there != RC_OK && there != RC_NOT_FOUND) return there;
    if (rc == RC_NOT_FOUND) return cancelled || there == RC_NOT_FOUND ? RC_OK : google_event_adopt(tx, t->link.id, appointment, item->etag);
    TRY(rc);
    google_event_id(appointment, e.attempt, id);
    if (e.wanted > e.done || !str_eq(id, item->id) || str_eq(e.etag, item->etag)) return RC_OK;
    bool wanted = there == RC_OK && google_span_of(&a, t->link.provider_id, &from, &to) && google_shows(a.status);
    bool same = !cancelled && google_item_span(item, ap->zone, &start, &end) && wanted && start == from && end == to;
    if (wanted ? same : cancelled) {
        e.etag = item->etag;
        return google_event_seen(tx, &e);
    }
    return changed_there(tx, t, &e, item);
}

/* Who waits for a time learns of it too. fresh is no event's id when the event is known already. */
static enum rc tell_freed(struct tx *tx, const struct talk *t, const struct google_busy *b, struct id fresh)
{
    struct freed_time f = { .provider_id = t->link.provider_id, .from = b->start, .to = b->end };
    char key[ID_TEXT];
    return calendar_freed(tx, fresh, &f, arena_printf(t->job->arena, "outside:%s", id_format(fresh, key)), t->job->now);
}

static enum rc apply_theirs(struct tx *tx, struct talk *t, const struct apply *ap, const struct google_item *item, struct id fresh)
{
    struct google_busy b = { 0 };
    int64_t start = 0, end = 0, first = t->pull.from, last = t->pull.from + (GOOGLE_AHEAD_DAYS + GOOGLE_FULL_DAYS) * USEC_PER_DAY;
    enum rc rc = google_busy_get(tx_db(tx), t->link.id, item->id, &b);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    bool known = rc == RC_OK, busy = google_item_busy(item) && google_item_span(item, ap->zone, &start, &end);
    if (start < first) start = first;
    if (end > last) end = last;
    bool gone = !busy || start >= end, same = known && !gone && b.start == start && b.end == end && !b.shared;
    if (known && (gone || b.start != start || b.end != end)) TRY(tell_freed(tx, t, &b, fresh));
    if (gone) return known ? google_busy_delete(tx, b.id) : RC_OK;
    if (same && b.generation == t->link.generation) return RC_OK;
    if (!known) b = (struct google_busy){ .id = fresh, .link_id = t->link.id, .event_id = item->id };
    b.start = start;
    b.end = end;
    b.generation = t->link.generation;
    if (!same) {
        if (known) TRY(claims_delete_owner(tx, b.id));
        TRY(calendar_claim_outside(tx, t->link.provider_id, b.id, start, end, t->job->now, &b.shared));
    }
    return google_busy_put(tx, &b);
}

static enum rc apply_tx(struct tx *tx, struct talk *t, const void *arg)
{
    const struct apply *ap = arg;
    struct id appointment;
    TRY(google_lease_keep(tx, t->link.id, t->owner, t->job->now + LEASE_S * USEC_PER_SEC));
    for (size_t i = 0; i < ap->n; i++) {
        const struct google_item *item = &ap->items[i];
        if (str_empty(item->id)) continue;
        if (google_item_ours(item, t->link.tenant_id, &appointment)) TRY(apply_ours(tx, t, ap, item, appointment));
        else TRY(apply_theirs(tx, t, ap, item, ap->ids[i]));
    }
    return tx_event(tx, "busy.changed", t->link.provider_id, 1, t->job->now, NULL);
}

static enum rc apply(struct talk *t, const struct google_page *page)
{
    for (size_t at = 0; at < page->items.n; at += CHUNK) {
        struct apply ap = { .items = LIST_AT(page->items, struct google_item, at), .n = page->items.n - at < CHUNK ? page->items.n - at : CHUNK, .zone = page->timeZone };
        for (size_t i = 0; i < ap.n; i++) ap.ids[i] = id_new();
        enum rc rc = RC_OVERLAP;
        for (int n = 0; n < OVERLAP_TRIES && rc == RC_OVERLAP; n++) rc = google_commit(t, "google.apply", apply_tx, &ap);
        if (rc == RC_OVERLAP) return google_later(t, "The provider's time is being booked just now");
        TRY(rc);
    }
    return RC_OK;
}

/* ---- a pull, page by page ---------------------------------------------------------------------------------------------------------------------- */

static int64_t next_pull(const struct talk *t)
{
    uint32_t dice;
    env.random(&dice, sizeof dice);
    int64_t every = t->link.channel_id ? USEC_PER_HOUR : 5 * USEC_PER_MIN;
    return t->job->now + every + every / 5 / 1000 * (int64_t)(dice % 1001);
}

/* The next time is set before Google is asked: who wants another look meanwhile sets it back, and that is not lost. */
static enum rc begin_tx(struct tx *tx, struct talk *t, const void *next)
{
    TRY(google_link_due_at(tx, t->link.id, *(const int64_t *)next));
    return t->pull.full ? google_link_full(tx, t->link.id) : RC_OK;
}

static enum rc begin(struct talk *t, bool full)
{
    int64_t next = next_pull(t);
    t->pull.active = true;
    t->pull.full = full || !t->link.sync_token || t->link.full_at < t->job->now - GOOGLE_FULL_DAYS * USEC_PER_DAY;
    t->pull.page[0] = '\0';
    t->pull.pages = 0;
    t->pull.from = (floor_div(t->pull.full ? t->job->now : t->link.full_at, USEC_PER_DAY) - 1) * USEC_PER_DAY;
    snprintf(t->pull.sync, sizeof t->pull.sync, "%s", t->pull.full ? "" : t->link.sync_token);
    TRY(google_commit(t, "google.pull", begin_tx, &next));
    if (t->pull.full) t->link.generation++;
    t->link.pull_at = next;
    return RC_OK;
}

/* Later requests must have the parameters of the first one, but for the tokens and the window, which the sync token stands for. */
static const char *list_path(struct talk *t)
{
    struct arena *a = t->job->arena;
    char from[INSTANT_TEXT], to[INSTANT_TEXT];
    const char *what = out_escape(a, "nextPageToken,nextSyncToken,timeZone,summary,items(id,etag,status,transparency,eventType,start,end,attendees(self,responseStatus),"
        "extendedProperties/private)");
    const char *path = arena_printf(a, CALENDAR "?singleEvents=true&showDeleted=true&maxResults=%d&fields=%s", GOOGLE_PAGE, what);
    if (t->pull.full)
        path = arena_printf(a, "%s&timeMin=%s&timeMax=%s", path, out_escape(a, instant_format(t->pull.from, from)),
            out_escape(a, instant_format(t->pull.from + (GOOGLE_AHEAD_DAYS + GOOGLE_FULL_DAYS) * USEC_PER_DAY, to)));
    else path = arena_printf(a, "%s&syncToken=%s", path, out_escape(a, t->pull.sync));
    return *t->pull.page ? arena_printf(a, "%s&pageToken=%s", path, out_escape(a, t->pull.page)) : path;
}

static enum rc sweep_tx(struct tx *tx, struct talk *t, const void *arg)
{
    const struct list *l = arg;
    (void)t;
    for (size_t i = 0; i < l->n; i++) TRY(google_busy_delete(tx, LIST_AT(*l, struct google_busy, i)->id));
    return RC_OK;
}

/* What a full look did not find is not there any more. */
static enum rc sweep(struct talk *t)
{
    struct list l;
    for (int n = 0; n < GOOGLE_BUSY_MAX / SWEEP; n++) {
        TRY(google_busy_old(t->job->db, t->link.id, t->link.generation, SWEEP, &l));
        if (!l.n) break;
        TRY(google_commit(t, "google.sweep", sweep_tx, &l));
    }
    return RC_OK;
}

static enum rc pulled_tx(struct tx *tx, struct talk *t, const void *arg)
{
    TRY(google_link_pulled(tx, arg));
    return tx_event(tx, "google.changed", t->link.provider_id, 1, t->job->now, NULL);
}

static enum rc finish(struct talk *t, const struct google_page *page)
{
    struct google_link l = { .id = t->link.id, .sync_token = page->nextSyncToken, .last_sync_at = t->job->now, .account = page->summary, .zone = page->timeZone,
        .full_at = t->pull.full ? t->job->now : t->link.full_at };
    if (str_empty(page->nextSyncToken)) return google_later(t, "Google's answer is not complete");
    if (t->pull.full) TRY(sweep(t));
    TRY(google_commit(t, "google.pulled", pulled_tx, &l));
    t->pull.active = false;
    return RC_OK;
}

enum rc google_pull(struct talk *t)
{
    struct out_answer got;
    void *read = NULL;
    if (!t->pull.active) TRY(begin(t, t->pull.again));
    t->pull.again = false;
    if (++t->pull.pages > GOOGLE_PAGES_MAX) return google_later(t, "Google's calendar has more pages than are read");
    TRY(google_ask(t, "GET", list_path(t), NULL, NULL, &got));
    if ((got.status == 410 || got.status == 400) && !t->pull.full) { /* the token is too old: all from the start */
        t->pull.active = false;
        t->pull.again = true;
        return RC_OK;
    }
    if (got.status != 200) return google_later(t, arena_printf(t->job->arena, "Google does not show the calendar (%d)", got.status));
    enum rc rc = shape_read_foreign(t->job->arena, &google_page_shape, got.body, got.len, &read);
    if (rc == RC_INVALID) return google_later(t, "Google's answer cannot be read");
    TRY(rc);
    const struct google_page *page = read;
    TRY(apply(t, page));
    if (str_empty(page->nextPageToken)) return finish(t, page);
    snprintf(t->pull.page, sizeof t->pull.page, "%s", page->nextPageToken);
    return RC_OK;
}

/* ---- being told ------------------------------------------------------------------------------------------------------------------------------------- */

struct channel_answer { const char *resourceId, *expiration; };
static const struct field channel_fields[] = { F_STR(struct channel_answer, resourceId), F_STR(struct channel_answer, expiration), F_END };
static const struct shape channel_shape = { .name = "google_channel", .size = sizeof(struct channel_answer), .fields = channel_fields, .loose = true };

static enum rc channel_tx(struct tx *tx, struct talk *t, const void *arg)
{
    (void)t;
    return google_link_channel(tx, arg);
}

static enum rc stop_old(struct talk *t)
{
    struct out_answer got;
    if (!t->link.channel_id || !t->link.channel_resource) return RC_OK;
    return google_ask(t, "POST", "/channels/stop", NULL, arena_printf(t->job->arena, "{\"id\":\"%s\",\"resourceId\":\"%s\"}", t->link.channel_id, t->link.channel_resource), &got);
}

/* A day before the old one ends a new one is made. Where Google refuses (the domain is not verified ...) we look by ourselves, and ask again after an hour. */
enum rc google_channel(struct talk *t)
{
    struct arena *a = t->job->arena;
    struct google_link l = { .id = t->link.id, .channel_expires_at = t->job->now + 25 * USEC_PER_HOUR };
    struct channel_answer *said = NULL;
    struct out_answer got;
    char token[TOKEN_TEXT], hex[65], id[ID_TEXT];
    int64_t ms = 0;
    const char *digits;
    if (!google_public_base(settings.base_url)) return RC_OK;
    if (t->link.channel_expires_at != NONE && t->link.channel_expires_at > t->job->now + USEC_PER_DAY) return RC_OK;
    seal_token_new(token);
    struct digest d = seal_token_hash(token);
    hex_encode(d.b, sizeof d.b, hex);
    l.channel_id = arena_strdup(a, id_format(id_new(), id));
    TRY(google_ask(t, "POST", CALENDAR "/watch", NULL, arena_printf(a, "{\"id\":\"%s\",\"type\":\"web_hook\",\"address\":\"%s/api/v1/google/push\",\"token\":\"%s\","
        "\"params\":{\"ttl\":\"604800\"}}", l.channel_id, settings.base_url, token), &got));
    bool ok = got.status == 200 && shape_read_foreign(a, &channel_shape, got.body, got.len, (void **)&said) == RC_OK && said->resourceId;
    if (ok && (digits = said->expiration) && str_digits(&digits, &ms) && ms > 0 && ms < 4102444800000LL) l.channel_expires_at = ms * 1000;
    if (ok) TRY(stop_old(t));
    l.channel_hash = ok ? hex : NULL;
    l.channel_resource = ok ? said->resourceId : NULL;
    if (!ok) l.channel_id = NULL;
    t->link.channel_id = l.channel_id;
    t->link.channel_resource = l.channel_resource;
    t->link.channel_expires_at = l.channel_expires_at;
    return google_commit(t, "google.channel", channel_tx, &l);
}
