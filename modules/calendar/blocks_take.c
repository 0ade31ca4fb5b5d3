/* blocks_take.c - blocked time takes its time. What is booked stays booked: the block is refused, or it shares those stretches with the
 * bookings, which keep their exclusive claims. What is being booked online at that moment is given up. */
#include "modules/calendar/blocks.h"

/* Exclusive, or in a stretch that somebody has, shared. */
static enum rc insert_claim(struct tx *tx, const struct claim *like, int64_t from, int64_t to, bool shared)
{
    struct claim c = *like;
    c.starts_at = from;
    c.ends_at = to;
    c.shared = shared;
    return claims_insert(tx, &c);
}

static bool counts(const struct block_taking *b, const struct claim *c)
{
    return !c->shared && (c->expires_at == NONE || c->expires_at > b->r->now) && !(b->keep && c->kind == CLAIM_HOLD);
}

/* One piece of at most a day. *first: claims before it end before the piece. */
static enum rc claim_piece(struct tx *tx, const struct block_taking *b, struct id block, int64_t from, int64_t to, size_t *first)
{
    struct claim mine = { .subject_id = b->row.subject_id, .owner_id = block, .core_start = from, .core_end = to, .kind = CLAIM_BLOCKED, .expires_at = NONE };
    int64_t at = from;
    while (*first < b->claims.n && LIST_AT(b->claims, struct claim, *first)->starts_at <= from - CLAIM_US_MAX) ++*first;
    for (size_t i = *first; i < b->claims.n && at < to; i++) {
        const struct claim *x = LIST_AT(b->claims, struct claim, i);
        if (x->starts_at >= to) break;
        if (x->ends_at <= at || !counts(b, x)) continue;
        if (x->starts_at > at) TRY(insert_claim(tx, &mine, at, x->starts_at, false));
        if (x->starts_at > at) at = x->starts_at;
        int64_t end = x->ends_at < to ? x->ends_at : to;
        TRY(insert_claim(tx, &mine, at, end, true));
        at = end;
    }
    return at < to ? insert_claim(tx, &mine, at, to, false) : RC_OK;
}

/* ---- what is in the way ------------------------------------------------------------------------------------------------------------ */

static bool was_blocked(const struct block_taking *b, int64_t from, int64_t to)
{
    for (size_t i = 0; i < b->was.n; i++)
        if (b->was.at[i].start < to && b->was.at[i].end > from) return true;
    return false;
}

static void add(struct block_taking *b, struct claim c)
{
    struct taking *t = b->t;
    if (was_blocked(b, c.core_start, c.core_end)) return;
    for (size_t i = 0; i < t->n_conflicts; i++)
        if (id_eq(t->conflicts[i].owner_id, c.owner_id)) return;
    if (t->n_conflicts < CONFLICTS_MAX) t->conflicts[t->n_conflicts++] = c;
}

enum rc blocks_look(struct tdb *db, struct block_taking *b)
{
    size_t n = b->spans.n;
    struct look_window *w = arena_alloc(b->r->arena, (n + 1) * sizeof *w);
    if (!b->t) b->t = arena_alloc(b->r->arena, sizeof *b->t);
    if (!w || !b->t) return RC_OOM;
    b->t->r = b->r;
    b->t->n_conflicts = 0;
    for (size_t i = 0; i < n; i++) w[i] = (struct look_window){ b->spans.at[i].start, b->spans.at[i].end };
    b->claims = (struct list){ NULL, 0 };
    /* First the claims: whoever is booked between the two readings is listed, and collides with the claim that was not there. */
    if (b->row.kind != BLOCKED_LOCATION) TRY(claims_in_windows(db, &b->row.subject_id, 1, w, n, &b->claims));
    TRY(bookings_in_windows(db, b->row.kind, b->row.subject_id, w, n, b->r->now, &b->hits));
    for (size_t i = 0; i < b->claims.n; i++) {
        const struct claim *c = LIST_AT(b->claims, struct claim, i);
        bool live = c->expires_at == NONE || c->expires_at > b->r->now;
        if (live && (c->kind == CLAIM_APPOINTMENT || c->kind == CLAIM_HOLD)) add(b, *c);
    }
    for (size_t i = 0; b->row.kind == BLOCKED_LOCATION && i < b->hits.n; i++) {
        const struct booking_hit *h = LIST_AT(b->hits, struct booking_hit, i);
        add(b, (struct claim){ .subject_id = b->row.subject_id, .owner_id = h->appointment_id, .core_start = h->start, .core_end = h->end, .kind = CLAIM_APPOINTMENT });
    }
    return RC_OK;
}

static void write_hit(struct json *j, const struct booking_hit *h)
{
    char text[INSTANT_TEXT + ID_TEXT];
    json_obj(j);
    json_kstr(j, "appointment_id", id_format(h->appointment_id, text));
    json_kstr(j, "client_name", h->client_name);
    json_kstr(j, "service_name", h->service_name);
    json_kstr(j, "provider_name", h->provider_name);
    json_kstr(j, "start", instant_format(h->start, text));
    json_kstr(j, "end", instant_format(h->end, text));
    json_obj_end(j);
}

enum rc blocks_refuse(struct block_taking *b)
{
    CLEANUP(buf_free) struct buf out = { 0 };
    TRY(taking_name_sessions(b->t));
    buf_init(&out, 64 * 1024);
    struct json j = json_to(&out);
    json_obj(&j);
    taking_write_conflicts(&j, b->t, blocked_kind_names[b->row.kind]);
    json_kint(&j, "hits_total", (int64_t)b->hits.n);
    json_key(&j, "hits");
    json_arr(&j);
    for (size_t i = 0; i < b->hits.n && i < HITS_MAX; i++) write_hit(&j, LIST_AT(b->hits, struct booking_hit, i));
    json_arr_end(&j);
    json_obj_end(&j);
    return req_fail(b->r, RC_OVERLAP, "There are bookings in this time. Move them first, or send on_conflict: keep, so that they stay",
        out.failed ? NULL : arena_strndup(b->r->arena, out.data, out.len));
}

/* ---- writing -------------------------------------------------------------------------------------------------------------------------- */

enum rc blocks_lock(struct tx *tx, int64_t kind, struct id subject, struct id rule)
{
    int64_t keys[2];
    size_t n = 0;
    if (kind == BLOCKED_LOCATION) keys[n++] = lock_key("location", subject, 0); /* whoever is about to book there waits, and is waited for */
    if (!id_is_nil(rule)) keys[n++] = lock_key("blocked_rule", rule, 0);
    return n ? tx_lock(tx, keys, n) : RC_OK;
}

/* Who is about to book online loses the hold: its commit finds that out. */
static enum rc drop_holds(struct tx *tx, struct block_taking *b)
{
    for (size_t i = 0; i < b->claims.n; i++) {
        const struct claim *c = LIST_AT(b->claims, struct claim, i);
        if (c->kind == CLAIM_HOLD) TRY(claims_delete_owner(tx, c->owner_id));
    }
    return RC_OK;
}

enum rc blocks_take(struct tx *tx, struct block_taking *b)
{
    int64_t n;
    if (!b->spans.n) return RC_OK;
    TRY(blocks_look(tx_db(tx), b));
    if (b->t->n_conflicts && !b->keep) return RC_OVERLAP;
    TRY(blocked_count(tx_db(tx), b->r->now, &n));
    if (n + (int64_t)b->spans.n > BLOCKED_MAX) return req_fail(b->r, RC_STATE, "There are 20000 blocked times that are not over. Delete some first", NULL);
    if (b->row.kind == BLOCKED_LOCATION) return RC_OK;
    size_t first = 0;
    if (b->keep) TRY(drop_holds(tx, b));
    TRY(claims_delete_expired(tx, b->row.subject_id, b->spans.at[0].start - CLAIM_US_MAX, b->spans.at[b->spans.n - 1].end, b->r->now));
    for (size_t i = 0; i < b->spans.n; i++) {
        const struct block_span *s = &b->spans.at[i];
        for (int64_t at = s->start; at < s->end; at += USEC_PER_DAY)
            TRY(claim_piece(tx, b, s->id, at, at + USEC_PER_DAY < s->end ? at + USEC_PER_DAY : s->end, &first));
    }
    return RC_OK;
}

enum rc blocks_write(struct tx *tx, struct block_taking *b, struct id rule)
{
    TRY(blocks_take(tx, b));
    for (size_t i = 0; i < b->spans.n; i++) {
        const struct block_span *s = &b->spans.at[i];
        struct blocked_time row = b->row;
        row.id = s->id;
        row.start = s->start;
        row.end = s->end;
        row.rule_id = rule;
        row.rule_at = s->at;
        TRY(blocked_insert(tx, &row));
    }
    return RC_OK;
}

/* Whoever waits for such a time is told, of the next of many. */
enum rc blocks_freed(struct tx *tx, struct req *r, const struct blocked_time *rows, size_t n, const struct id *jobs)
{
    char id[ID_TEXT];
    size_t told = 0;
    for (size_t i = 0; i < n && told < FREED_TOLD; i++) {
        const struct blocked_time *b = &rows[i];
        struct freed_time f = { .from = b->start, .to = b->end };
        if (b->kind == BLOCKED_PROVIDER) f.provider_id = b->subject_id;
        else if (b->kind == BLOCKED_LOCATION) f.location_id = b->subject_id;
        else f.parts[f.n_parts++] = b->subject_id;
        if (b->end <= r->now) continue;
        TRY(calendar_freed(tx, jobs[told++], &f, arena_printf(r->arena, "blocked:%s:%lld", id_format(b->id, id), (long long)b->version), r->now));
    }
    return RC_OK;
}

/* ---- why a time is not offered ------------------------------------------------------------------------------------------------------------ */

static const struct blocked_time *block_at(struct list blocks, const struct slot_dropped *d, int64_t end, struct id location)
{
    const struct blocked_time *place = NULL;
    for (size_t i = 0; i < blocks.n; i++) {
        const struct blocked_time *b = LIST_AT(blocks, struct blocked_time, i);
        if (b->start >= end || b->end <= d->start) continue;
        if (id_eq(b->subject_id, d->provider_id)) return b;
        if (b->kind == BLOCKED_LOCATION && !place && (id_is_nil(location) || id_eq(location, b->subject_id))) place = b;
    }
    return place;
}

enum rc blocks_name(struct tdb *db, struct list dropped, int64_t minutes, struct id location)
{
    struct list blocks;
    int64_t from = INT64_MAX, to = INT64_MIN, length = minutes * USEC_PER_MIN;
    for (size_t i = 0; i < dropped.n; i++) {
        const struct slot_dropped *d = LIST_AT(dropped, struct slot_dropped, i);
        if (d->reason != SLOT_BLOCKED) continue;
        if (d->start < from) from = d->start;
        if (d->start + length > to) to = d->start + length;
    }
    if (from >= to) return RC_OK;
    TRY(blocked_list(db, from, to, &blocks));
    for (size_t i = 0; i < dropped.n; i++) {
        struct slot_dropped *d = LIST_AT(dropped, struct slot_dropped, i);
        if (d->reason == SLOT_BLOCKED) d->block = block_at(blocks, d, d->start + length, location);
    }
    return RC_OK;
}
