/* feeds_series.c - see feeds.h. One UID for a series, as in its mails: who has both sees each appointment once. */
#include "modules/feeds/feeds.h"
#include <stdlib.h>
#include <string.h>

enum { ZONES_MAX = 16 };

bool feed_is_series(const struct feed_item *e) { return !id_is_nil(e->root_id) && e->made_rrule && zone_find(e->series_zone); }

static int by_series(const void *x, const void *y)
{
    const struct feed_item *a = *(const struct feed_item *const *)x, *b = *(const struct feed_item *const *)y;
    int order = memcmp(a->root_id.b, b->root_id.b, sizeof a->root_id.b);
    return order ? order : (a->start > b->start) - (a->start < b->start);
}

/* The appointments of the series that stand in this feed; what it gives besides is left out. */
static enum rc put_one(struct req *r, struct buf *out, const struct ics_calendar *cal, const struct feed *f, const struct feed_item **e, size_t n, const char *clinic)
{
    char id[ID_TEXT];
    struct arena_mark mark = arena_mark(r->arena);
    struct series_member *m = arena_alloc(r->arena, n * sizeof *m);
    if (!m) return RC_OOM;
    struct ics_event like = feed_words(r, f, e[0], clinic);
    for (size_t i = 0; i < n; i++) {
        m[i] = (struct series_member){ .id = e[i]->id, .start = e[i]->start, .end = e[i]->end, .series_at = e[i]->series_at, .status = e[i]->status, .version = e[i]->version };
        if (e[i]->updated_at > like.modified) like.modified = like.dtstamp = e[i]->updated_at;
    }
    like.uid = arena_printf(r->arena, "%s@clinicd", id_format(e[0]->root_id, id));
    series_file_events(out, cal, &(struct series_file){ .root = e[0]->root_id, .sequence = e[0]->series_sequence, .zone = zone_find(e[0]->series_zone),
        .members = { m, n }, .made_first = e[0]->made_first, .made_rrule = e[0]->made_rrule }, &like);
    arena_rewind(r->arena, mark);
    return RC_OK;
}

/* Each zone once, from the first of its series on. A feed shows a clinic's sites: there are few. */
static void put_zones(struct req *r, struct buf *out, const struct feed_item **e, size_t n)
{
    const struct zone *zones[ZONES_MAX];
    int64_t first[ZONES_MAX];
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        const struct zone *z = zone_find(e[i]->series_zone);
        size_t k = 0;
        while (k < known && zones[k] != z) k++;
        if (k == ZONES_MAX) continue;
        if (k == known) zones[known] = z, first[known++] = e[i]->made_first;
        else if (e[i]->made_first < first[k]) first[k] = e[i]->made_first;
    }
    for (size_t k = 0; k < known; k++) ics_zone(out, zones[k], first[k] - USEC_PER_DAY, r->now + 5 * 366 * USEC_PER_DAY);
}

enum rc feed_put_series(struct req *r, struct buf *out, const struct ics_calendar *cal, const struct feed *f, struct list items, const char *clinic)
{
    const struct feed_item **e = arena_alloc(r->arena, (items.n + 1) * sizeof(struct feed_item *));
    size_t n = 0;
    if (!e) return RC_OOM;
    for (size_t i = 0; i < items.n; i++) {
        const struct feed_item *x = LIST_AT(items, struct feed_item, i);
        if (feed_is_series(x) && x->end > x->start && states_claim(x->status) != CLAIM_NONE) e[n++] = x;
    }
    qsort(e, n, sizeof(struct feed_item *), by_series);
    put_zones(r, out, e, n);
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i; end < n && id_eq(e[end]->root_id, e[i]->root_id);) end++;
        TRY(put_one(r, out, cal, f, e + i, end - i, clinic));
    }
    return RC_OK;
}
