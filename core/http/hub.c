/* hub.c - live events: one thread reads new rows of `event` after a commit and hands them to the streams of their
 * tenant. The cursor is (xact, seq): on PostgreSQL rows become visible in the order of commits, not of seq, so only
 * rows of transactions older than every running one are read; on SQLite xact is always 0. */
#include "core/http/app.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STREAMS_MAX = 2000, STREAM_BUFFER_MAX = 64 * 1024, BATCH_MAX = 500, CATCH_UP_MAX = 1000, PING_S = 15, STREAM_LIFE_S = 3600 };

struct event_row { int64_t seq, xact, version, at; struct id tenant, entity; const char *topic, *detail; };
static const struct field event_fields[] = {
    F_INT(struct event_row, seq), F_INT(struct event_row, xact), F_ID(struct event_row, tenant), F_STR(struct event_row, topic),
    F_ID(struct event_row, entity), F_INT(struct event_row, version), F_INT(struct event_row, at), F_JSON(struct event_row, detail), F_END };
static const struct shape event_shape = SHAPE(event_row, event_fields);

#define COLUMNS "seq, xact, tenant_id AS tenant, topic, entity_id AS entity, version, at, detail"
#define SETTLED " AND xact < CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)"
const struct query Q_HUB_NEXT = { .name = "core.hub_next", .args = "ii", .platform = "one reader for the streams of all tenants",
    .sql = "SELECT " COLUMNS " FROM event WHERE xact >= $1 AND seq > $2 ORDER BY seq LIMIT 500",
    .pg = "SELECT " COLUMNS " FROM event WHERE (xact, seq) > ($1, $2)" SETTLED " ORDER BY xact, seq LIMIT 500" };
const struct query Q_HUB_HEAD = { .name = "core.hub_head", .args = "", .platform = "where all tenants' events stand now",
    .sql = "SELECT 0 AS xact, COALESCE(MAX(seq), 0) AS seq FROM event",
    .pg = "SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT) AS xact, CAST(0 AS BIGINT) AS seq" };
const struct query Q_HUB_TENANT = { .name = "core.hub_tenant", .args = "ii",
    .sql = "SELECT " COLUMNS " FROM event WHERE tenant_id = $1 AND xact >= $2 AND seq > $3 ORDER BY seq LIMIT 1001",
    .pg = "SELECT " COLUMNS " FROM event WHERE tenant_id = $1 AND (xact, seq) > ($2, $3)" SETTLED " ORDER BY xact, seq LIMIT 1001" };
const struct query Q_HUB_OLDEST = { .name = "core.hub_oldest", .args = "", .platform = "whether a cursor is still covered", .scan = "the first row of the key",
    .sql = "SELECT seq, xact FROM event ORDER BY seq LIMIT 1",
    .pg = "SELECT seq, xact FROM event ORDER BY xact, seq LIMIT 1" };

struct cursor { int64_t xact, seq; };
struct subscriber { struct subscriber *next; struct stream *stream; struct id tenant; struct cursor sent; int64_t until; bool fresh; }; /* fresh: without a Last-Event-ID */
struct hub {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct tdb *db;
    struct arena *arena;
    struct subscriber *subscribers, *fresh; /* fresh: waiting for their catch-up; both under lock */
    int64_t n, last_ping;
    struct cursor head;
    bool woken, stopping, postgres;
};

static bool after(struct cursor a, struct cursor b)
{
    return a.xact > b.xact || (a.xact == b.xact && a.seq > b.seq);
}

static void push_event(struct subscriber *s, const struct event_row *e)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    char id[ID_TEXT], at[INSTANT_TEXT];
    struct cursor c = { e->xact, e->seq };
    if (!after(c, s->sent)) return;
    s->sent = c;
    buf_init(&b, 8192);
    buf_printf(&b, "id: %lld.%lld\nevent: %s\ndata: ", (long long)e->xact, (long long)e->seq, e->topic);
    struct json j = json_to(&b);
    json_obj(&j);
    json_kstr(&j, "id", id_format(e->entity, id));
    json_kint(&j, "version", e->version);
    json_kstr(&j, "at", instant_format(e->at, at));
    json_key(&j, "detail");
    json_raw(&j, e->detail);
    json_obj_end(&j);
    buf_puts(&b, "\n\n");
    if (!b.failed) stream_push(s->stream, b.data, b.len);
}

static void push_text(struct subscriber *s, const char *event, struct cursor c)
{
    char text[128];
    int n = snprintf(text, sizeof text, "id: %lld.%lld\nevent: %s\ndata: {}\n\n", (long long)c.xact, (long long)c.seq, event);
    stream_push(s->stream, text, (size_t)n);
}

static enum rc read_head(struct hub *h, struct cursor *out)
{
    struct event_row e = { 0 };
    tdb_begin(h->db, h->arena, ID_NIL);
    TRY(db_get(h->db, &Q_HUB_HEAD, ARGS(), &event_shape, &e));
    *out = (struct cursor){ e.xact, e.seq };
    if (h->postgres) out->xact--, out->seq = INT64_MAX; /* everything before the oldest running transaction */
    return RC_OK;
}

static bool too_old(struct hub *h, struct cursor c)
{
    struct event_row e = { 0 };
    tdb_begin(h->db, h->arena, ID_NIL);
    enum rc rc = db_get(h->db, &Q_HUB_OLDEST, ARGS(), &event_shape, &e);
    return rc == RC_NOT_FOUND ? after(h->head, c) : rc == RC_OK && after((struct cursor){ e.xact, e.seq - 1 }, c);
}

/* Ahead of the database too, not only of what this process has read of it: made up, or from before a backup was
 * put back. Nothing would come until the events had counted that far. */
static bool unheard_of(struct hub *h, struct cursor c)
{
    struct cursor head;
    return read_head(h, &head) != RC_OK || after(c, head);
}

/* What the stream missed since its Last-Event-ID, or since it was opened. */
static void catch_up(struct hub *h, struct subscriber *s)
{
    struct list l = { 0 };
    struct cursor from = s->sent;
    if (s->fresh) push_text(s, "hello", from);
    if (s->fresh && !after(h->head, from)) return;
    bool reset = !s->fresh && (after(from, h->head) ? unheard_of(h, from) : too_old(h, from));
    tdb_begin(h->db, h->arena, s->tenant);
    if (!reset && db_list(h->db, &Q_HUB_TENANT, ARGS(I(from.xact), I(from.seq)), &event_shape, CATCH_UP_MAX + 1, &l) != RC_OK) reset = true;
    if (reset || l.n > CATCH_UP_MAX) {
        s->sent = h->head;
        push_text(s, "reset", h->head);
        return;
    }
    for (size_t i = 0; i < l.n; i++) push_event(s, LIST_AT(l, struct event_row, i));
}

static void welcome(struct hub *h)
{
    pthread_mutex_lock(&h->lock);
    struct subscriber *fresh = h->fresh;
    h->fresh = NULL;
    pthread_mutex_unlock(&h->lock);
    while (fresh) {
        struct subscriber *s = fresh;
        fresh = s->next;
        catch_up(h, s);
        arena_reset(h->arena);
        pthread_mutex_lock(&h->lock);
        s->next = h->subscribers;
        h->subscribers = s;
        pthread_mutex_unlock(&h->lock);
    }
}

/* false: nothing (more) to read. */
static bool deliver(struct hub *h)
{
    struct list l = { 0 };
    tdb_begin(h->db, h->arena, ID_NIL);
    if (db_list(h->db, &Q_HUB_NEXT, ARGS(I(h->head.xact), I(h->head.seq)), &event_shape, BATCH_MAX, &l) != RC_OK) return false;
    pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < l.n; i++) {
        const struct event_row *e = LIST_AT(l, struct event_row, i);
        for (struct subscriber *s = h->subscribers; s; s = s->next)
            if (id_eq(s->tenant, e->tenant)) push_event(s, e);
        h->head = (struct cursor){ e->xact, e->seq };
    }
    pthread_mutex_unlock(&h->lock);
    arena_reset(h->arena);
    return l.n == BATCH_MAX;
}

static void sweep(struct hub *h)
{
    int64_t now = monotonic_us();
    bool ping = now - h->last_ping >= PING_S * USEC_PER_SEC;
    if (ping) h->last_ping = now;
    pthread_mutex_lock(&h->lock);
    for (struct subscriber **p = &h->subscribers; *p;) {
        struct subscriber *s = *p;
        if (ping && !stream_closed(s->stream)) stream_push(s->stream, ": ping\n\n", 8);
        if (now > s->until) stream_close(s->stream);
        if (stream_closed(s->stream)) {
            *p = s->next;
            stream_unref(s->stream);
            free(s);
            h->n--;
        } else {
            p = &s->next;
        }
    }
    pthread_mutex_unlock(&h->lock);
}

/* Waits for a wake-up. On PostgreSQL a row may settle only when an older transaction ends, so it looks again soon. */
static bool wait_for_work(struct hub *h, int64_t timeout_ms)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    t.tv_sec += timeout_ms / 1000;
    t.tv_nsec += timeout_ms % 1000 * 1000000;
    if (t.tv_nsec >= 1000000000) t.tv_sec++, t.tv_nsec -= 1000000000;
    pthread_mutex_lock(&h->lock);
    while (!h->woken && !h->stopping && !h->fresh)
        if (pthread_cond_timedwait(&h->changed, &h->lock, &t) == ETIMEDOUT) break;
    bool woken = h->woken;
    h->woken = false;
    pthread_mutex_unlock(&h->lock);
    return woken;
}

static bool is_stopping(struct hub *h)
{
    pthread_mutex_lock(&h->lock);
    bool stop = h->stopping;
    pthread_mutex_unlock(&h->lock);
    return stop;
}

static void *hub_main(void *arg)
{
    struct hub *h = arg;
    int again = 0;
    while (!is_stopping(h)) {
        bool woken = wait_for_work(h, again > 0 ? 15 << (4 - again) : 1000);
        again = h->postgres && woken ? 4 : again > 0 ? again - 1 : 0;
        while (deliver(h)) {}
        welcome(h);
        sweep(h);
    }
    return NULL;
}

enum rc hub_start(struct hub **out, struct db *db)
{
    struct hub *h = calloc(1, sizeof *h);
    if (!h) return RC_OOM;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->changed, NULL);
    h->postgres = strcmp(db_engine(db), "postgresql") == 0;
    h->arena = arena_new(4 * 1024 * 1024);
    h->db = tdb_open(db);
    h->last_ping = monotonic_us();
    if (!h->arena || !h->db || read_head(h, &h->head) != RC_OK || pthread_create(&h->thread, NULL, hub_main, h) != 0) {
        if (h->db) tdb_close(h->db);
        arena_free(h->arena);
        free(h);
        return fault(RC_FAULT, "the hub of live events cannot start");
    }
    *out = h;
    return RC_OK;
}

void hub_wake(struct hub *h)
{
    pthread_mutex_lock(&h->lock);
    h->woken = true;
    pthread_cond_signal(&h->changed);
    pthread_mutex_unlock(&h->lock);
}

static void drop(struct subscriber *s)
{
    while (s) {
        struct subscriber *next = s->next;
        stream_close(s->stream);
        stream_unref(s->stream);
        free(s);
        s = next;
    }
}

void hub_stop(struct hub *h)
{
    pthread_mutex_lock(&h->lock);
    h->stopping = true;
    pthread_cond_signal(&h->changed);
    pthread_mutex_unlock(&h->lock);
    pthread_join(h->thread, NULL);
    drop(h->subscribers);
    drop(h->fresh);
    tdb_close(h->db);
    arena_free(h->arena);
    pthread_cond_destroy(&h->changed);
    pthread_mutex_destroy(&h->lock);
    free(h);
}

/* "12.345", as it was sent; anything else begins now. */
static struct cursor read_cursor(const char *text)
{
    struct cursor c;
    const char *p = text ? text : "";
    bool good = str_digits(&p, &c.xact) && *p++ == '.' && str_digits(&p, &c.seq) && !*p;
    return good ? c : (struct cursor){ 0, -1 };
}

struct stream *hub_subscribe(struct hub *h, struct id tenant, const char *cursor)
{
    struct subscriber *s = calloc(1, sizeof *s);
    if (s) s->stream = stream_new(STREAM_BUFFER_MAX);
    if (!s || !s->stream) {
        free(s);
        return NULL;
    }
    s->tenant = tenant;
    s->sent = read_cursor(cursor);
    s->until = monotonic_us() + STREAM_LIFE_S * USEC_PER_SEC;
    struct stream *stream = s->stream;
    pthread_mutex_lock(&h->lock);
    bool full = h->n >= STREAMS_MAX || h->stopping;
    if (!full) {
        h->n++;
        s->fresh = s->sent.seq < 0;
        if (s->fresh) s->sent = h->head; /* of now: what is committed from here on is told, whenever the hub comes to greet it */
        s->next = h->fresh;
        h->fresh = s;
        pthread_cond_signal(&h->changed);
    }
    pthread_mutex_unlock(&h->lock);
    // cppcheck-suppress memleak ; it is in the list
    if (!full) return stream;
    stream_unref(stream);
    stream_unref(stream);
    free(s);
    return NULL;
}

int64_t hub_streams(struct hub *h)
{
    pthread_mutex_lock(&h->lock);
    int64_t n = h->n;
    pthread_mutex_unlock(&h->lock);
    return n;
}
