/* calendar_parts.c - who and what an appointment takes besides its first provider, and the way between sites. */
#include "modules/calendar/sessions.h"
#include <stdlib.h>

enum { WAY_KEYS_MAX = 256 };

/* ---- the subjects of an appointment ----------------------------------------------------------------------------------------------- */

void taking_add_conflict(struct taking *t, const struct claim *c)
{
    if (t->n_conflicts < CONFLICTS_MAX) t->conflicts[t->n_conflicts++] = *c;
}

static bool is_among(struct list ids, struct id id)
{
    for (size_t i = 0; i < ids.n; i++)
        if (id_eq(*LIST_AT(ids, struct id, i), id)) return true;
    return false;
}

/* The buffer before belongs to whoever begins with the appointment, the one after to whoever ends with it. */
static struct subject with_buffers(const struct appointment *a, struct id id, int64_t from, int64_t to)
{
    return (struct subject){ .id = id, .core_from = from, .core_to = to, .from = from - (from == a->start ? a->buffer_before_min * USEC_PER_MIN : 0),
        .to = to + (to == a->end ? a->buffer_after_min * USEC_PER_MIN : 0) };
}

static void add_subject(struct taking *t, struct subject s)
{
    ASSERT(t->n_subjects < SUBJECTS_MAX);
    t->subjects[t->n_subjects++] = s;
}

static int64_t lead_end(const struct appointment *a)
{
    int64_t end = a->lead_min == NONE ? a->end : a->start + a->lead_min * USEC_PER_MIN;
    return end < a->end ? end : a->end;
}

void taking_subjects(struct taking *t)
{
    const struct appointment *a = &t->appt;
    bool joins = !id_is_nil(t->session.id) && !t->new_session; /* then the session has taken the rest */
    t->n_subjects = 0;
    struct subject lead = with_buffers(a, a->provider_id, a->start, lead_end(a));
    lead.location_id = a->location_id;
    lead.of_session = t->new_session;
    if (!joins) add_subject(t, lead);
    if (!id_is_nil(a->patient_id))
        add_subject(t, (struct subject){ .id = a->patient_id, .from = a->start, .to = a->end, .core_from = a->start, .core_to = a->end });
    for (size_t i = 0; i < a->parts.n && !joins; i++) {
        const struct appt_part *p = LIST_AT(a->parts, struct appt_part, i);
        struct subject s = with_buffers(a, p->subject_id, p->start, p->end);
        if (p->kind == PART_PROVIDER) s.location_id = a->location_id;
        s.of_session = t->new_session;
        s.chosen = s.has_expired = !is_among(t->given, p->subject_id);
        add_subject(t, s);
    }
}

bool taking_owns(const struct taking *t, const struct claim *c)
{
    for (size_t i = 0; t->extra_seat && i < t->roster.n; i++) /* who has a seat may have another */
        if (id_eq(LIST_AT(t->roster, struct seat, i)->id, c->owner_id)) return true;
    if (is_among(t->together, c->owner_id)) return true;
    return id_eq(c->owner_id, t->appt.id) || (!id_is_nil(t->except) && id_eq(c->owner_id, t->except));
}

/* ---- the way between sites ----------------------------------------------------------------------------------------------------------- */

enum rc taking_read_ways(struct taking *t, struct tdb *db)
{
    struct list all;
    t->ways = (struct list){ NULL, 0 };
    TRY(travel_list(db, &all));
    for (size_t i = 0; i < all.n; i++) {
        const struct travel *w = LIST_AT(all, struct travel, i);
        if (id_eq(w->from_location_id, t->appt.location_id) || id_eq(w->to_location_id, t->appt.location_id)) t->ways = all;
    }
    return RC_OK;
}

static void look_at_way(struct taking *t, const struct subject *s, const struct claim *c)
{
    int64_t way = id_eq(c->subject_id, s->id) ? travel_between(t->ways, s->location_id, c->location_id) * USEC_PER_MIN : 0;
    if (!way || taking_owns(t, c) || (c->expires_at != NONE && c->expires_at <= t->r->now)) return;
    if (c->starts_at < s->to && c->ends_at > s->from) return; /* it overlaps, which is said already */
    if (c->core_end + way <= s->core_from || c->core_start - way >= s->core_to) return;
    struct claim conflict = *c;
    conflict.way = true;
    taking_add_conflict(t, &conflict);
}

enum rc taking_look_ways(struct taking *t, struct tdb *db)
{
    for (size_t i = 0; t->ways.n && i < t->n_subjects; i++) {
        const struct subject *s = &t->subjects[i];
        struct list around;
        if (id_is_nil(s->location_id)) continue;
        TRY(claims_around(db, &s->id, 1, s->from - TRAVEL_MIN_MAX * USEC_PER_MIN, s->to + TRAVEL_MIN_MAX * USEC_PER_MIN, &around));
        for (size_t k = 0; k < around.n; k++) look_at_way(t, s, LIST_AT(around, struct claim, k));
        for (size_t k = 0; k < t->also.n; k++) look_at_way(t, s, LIST_AT(t->also, struct claim, k));
    }
    return RC_OK;
}

int64_t taking_way_key(struct id provider) { return lock_key("ways", provider, 0); }

static int compare_keys(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* A series asks for all days of its providers at once, which single bookings share (series_lock): in the order of the keys,
 * as a series asks for them, so that neither waits for the other. */
enum rc taking_share_ways(struct tx *tx, struct taking *const *all, size_t n_all)
{
    int64_t keys[WAY_KEYS_MAX] = { 0 };
    size_t n = 0;
    for (size_t k = 0; k < n_all; k++)
        for (size_t i = 0; all[k]->ways.n && i < all[k]->n_subjects && n < WAY_KEYS_MAX; i++)
            if (!id_is_nil(all[k]->subjects[i].location_id)) keys[n++] = taking_way_key(all[k]->subjects[i].id);
    qsort(keys, n, sizeof *keys, compare_keys);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || keys[i] != keys[i - 1]) TRY(tx_lock_shared(tx, keys[i]));
    return RC_OK;
}

/* ---- choosing ------------------------------------------------------------------------------------------------------------------------ */

/* Everybody has a number: the providers, and after them the resources. */
struct choosing {
    struct taking *t;
    struct arena *a;
    struct service service;
    struct list needs;                     /* of struct service_part */
    struct list providers, resources, open, claims; /* rows; resources: of the location */
    struct part_need wanted[2 * PART_UNITS_MAX];
    size_t need_of[2 * PART_UNITS_MAX], n_wanted; /* wanted[i] is of needs[need_of[i]] */
    struct appt_part *parts; size_t n_parts;
    bool *used;                            /* of t->given */
};

static size_t everybody(const struct choosing *c) { return c->providers.n + c->resources.n; }

static struct id id_of(const struct choosing *c, size_t who)
{
    return who < c->providers.n ? LIST_AT(c->providers, struct provider, who)->id : LIST_AT(c->resources, struct resource, who - c->providers.n)->id;
}

static size_t number_of(const struct choosing *c, struct id id)
{
    size_t n = everybody(c), i = 0;
    while (i < n && !id_eq(id_of(c, i), id)) i++;
    return i;
}

static struct subject window_of(const struct choosing *c, const struct service_part *p)
{
    const struct appointment *a = &c->t->appt;
    struct part_window w = parts_window(p->offset_min, p->duration_min, c->service.duration_min, (a->end - a->start) / USEC_PER_MIN);
    return with_buffers(a, ID_NIL, a->start + w.from_min * USEC_PER_MIN, a->start + w.to_min * USEC_PER_MIN);
}

/* Can this one fill the part at all? */
static bool eligible(const struct choosing *c, const struct service_part *p, size_t who)
{
    struct list pool = p->kind == PART_PROVIDER ? p->provider_ids : p->resource_ids;
    if ((p->kind == PART_PROVIDER) != (who < c->providers.n)) return false;
    if (p->kind == PART_RESOURCE && !pool.n) return LIST_AT(c->resources, struct resource, who - c->providers.n)->kind == p->resource_kind;
    for (size_t i = 0; i < pool.n; i++)
        if (id_eq(*LIST_AT(pool, struct id, i), id_of(c, who))) return true;
    return false;
}

/* The pool of a part in its order: as it was given, or the resources by name. Returns how many. */
static size_t pool_of(const struct choosing *c, const struct service_part *p, size_t *out)
{
    struct list pool = p->kind == PART_PROVIDER ? p->provider_ids : p->resource_ids;
    size_t n = 0;
    for (size_t i = 0; i < pool.n; i++) {
        size_t who = number_of(c, *LIST_AT(pool, struct id, i));
        if (who < everybody(c)) out[n++] = who;
    }
    for (size_t who = c->providers.n; !pool.n && who < everybody(c); who++)
        if (eligible(c, p, who)) out[n++] = who;
    return n;
}

static bool in_way(const struct choosing *c, const struct subject *s, struct id who, const struct claim *x)
{
    if (!id_eq(x->subject_id, who) || taking_owns(c->t, x) || (x->expires_at != NONE && x->expires_at <= c->t->r->now)) return false;
    if (x->starts_at < s->to && x->ends_at > s->from) return true;
    int64_t way = travel_between(c->t->ways, c->t->appt.location_id, x->location_id) * USEC_PER_MIN;
    return way && x->core_start - way < s->core_to && x->core_end + way > s->core_from;
}

static const struct claim *taken_by(const struct choosing *c, const struct subject *s, struct id who)
{
    for (size_t i = 0; i < c->claims.n; i++)
        if (in_way(c, s, who, LIST_AT(c->claims, struct claim, i))) return LIST_AT(c->claims, struct claim, i);
    for (size_t i = 0; i < c->t->also.n; i++)
        if (in_way(c, s, who, LIST_AT(c->t->also, struct claim, i))) return LIST_AT(c->t->also, struct claim, i);
    return NULL;
}

static bool at_work(const struct choosing *c, const struct subject *s, size_t who)
{
    if (who >= c->providers.n) return true;
    for (size_t i = 0; i < c->open.n; i++) {
        const struct open_hours *o = LIST_AT(c->open, struct open_hours, i);
        if (id_eq(o->provider_id, id_of(c, who)) && o->start <= s->core_from && s->core_to <= o->end) return true;
    }
    return false;
}

/* The first provider is taken for his own part of the time. */
static bool leads_then(const struct choosing *c, const struct subject *s, size_t who)
{
    const struct subject *lead = &c->t->subjects[0];
    return id_eq(id_of(c, who), lead->id) && lead->from < s->to && s->from < lead->to;
}

static enum rc load(struct choosing *c)
{
    struct tdb *db = c->t->r->db;
    const struct appointment *a = &c->t->appt;
    struct list all;
    bool helpers = false;
    TRY(services_get(db, a->service_id, &c->service));
    TRY(services_needs(c->a, &c->service, &c->needs));
    TRY(providers_list(db, false, &c->providers));
    TRY(resources_list(db, false, &all));
    struct resource *here = arena_alloc(c->a, (all.n + 1) * sizeof *here);
    struct id *ids = arena_alloc(c->a, (c->providers.n + all.n + 1) * sizeof *ids);
    c->used = arena_alloc(c->a, (c->t->given.n + 1) * sizeof *c->used);
    c->parts = arena_alloc(c->a, APPT_PARTS_MAX * sizeof *c->parts);
    if (!here || !ids || !c->used || !c->parts) return RC_OOM;
    c->resources = (struct list){ here, 0 };
    for (size_t i = 0; i < all.n; i++)
        if (id_eq(LIST_AT(all, struct resource, i)->location_id, a->location_id)) here[c->resources.n++] = *LIST_AT(all, struct resource, i);
    size_t n = 0;
    for (size_t who = 0; who < everybody(c); who++) {
        bool wanted = false;
        for (size_t i = 0; i < c->needs.n; i++) wanted = wanted || eligible(c, LIST_AT(c->needs, struct service_part, i), who);
        helpers = helpers || (wanted && who < c->providers.n);
        if (wanted) ids[n++] = id_of(c, who);
    }
    int64_t way = c->t->ways.n ? TRAVEL_MIN_MAX * USEC_PER_MIN : 0;
    TRY(claims_around(db, ids, n, a->start - a->buffer_before_min * USEC_PER_MIN - way, a->end + a->buffer_after_min * USEC_PER_MIN + way, &c->claims));
    return helpers ? calendar_open_hours(db, ID_NIL, a->location_id, a->start - USEC_PER_DAY, a->end + USEC_PER_DAY, &c->open) : RC_OK;
}

static void want(struct choosing *c, size_t need, const struct subject *s, int32_t quantity)
{
    c->need_of[c->n_wanted] = need;
    c->wanted[c->n_wanted++] = (struct part_need){ .lo = s->from, .hi = s->to, .quantity = quantity };
}

/* What was chosen by hand goes to the first part it can fill. */
static void use_given(struct choosing *c, size_t need)
{
    const struct service_part *p = LIST_AT(c->needs, struct service_part, need);
    struct subject s = window_of(c, p);
    int32_t left = (int32_t)p->quantity;
    for (size_t i = 0; i < c->t->given.n && left; i++) {
        size_t who = number_of(c, *LIST_AT(c->t->given, struct id, i));
        if (c->used[i] || who == everybody(c) || !eligible(c, p, who) || leads_then(c, &s, who)) continue;
        want(c, need, &s, 1);
        c->wanted[c->n_wanted - 1].who[c->wanted[c->n_wanted - 1].n++] = (int32_t)who;
        c->used[i] = true;
        left--;
    }
    if (left) want(c, need, &s, left);
}

static bool is_given(const struct choosing *c, size_t who)
{
    for (size_t i = 0; i < c->t->given.n; i++)
        if (c->used[i] && id_eq(*LIST_AT(c->t->given, struct id, i), id_of(c, who))) return true;
    return false;
}

/* Who is free, in the order of the pool. Whoever has lost a race begins elsewhere, so that the losers spread. */
static enum rc find_free(struct choosing *c, size_t at)
{
    struct part_need *n = &c->wanted[at];
    const struct service_part *p = LIST_AT(c->needs, struct service_part, c->need_of[at]);
    struct subject s = window_of(c, p);
    size_t *pool = arena_alloc(c->a, (everybody(c) + p->provider_ids.n + p->resource_ids.n + 1) * sizeof *pool), n_free = 0;
    if (!pool) return RC_OOM;
    if (n->n) return RC_OK; /* by hand */
    size_t n_pool = pool_of(c, p, pool);
    for (size_t i = 0; i < n_pool; i++) {
        size_t who = pool[i];
        if (!leads_then(c, &s, who) && !is_given(c, who) && at_work(c, &s, who) && !taken_by(c, &s, id_of(c, who))) pool[n_free++] = who;
    }
    size_t first = n_free && c->t->attempt ? (c->t->appt.id.b[15] + (size_t)c->t->attempt * 7) % n_free : 0;
    for (size_t i = 0; i < n_free && n->n < PART_UNITS_MAX; i++) n->who[n->n++] = (int32_t)pool[(first + i) % n_free];
    return RC_OK;
}

/* Nobody is left for it: what they are taken by, for the answer. */
static enum rc blame(struct choosing *c, size_t at)
{
    const struct service_part *p = LIST_AT(c->needs, struct service_part, c->need_of[at]);
    struct subject s = window_of(c, p);
    size_t *pool = arena_alloc(c->a, (everybody(c) + p->provider_ids.n + p->resource_ids.n + 1) * sizeof *pool);
    if (!pool) return RC_OOM;
    size_t n = pool_of(c, p, pool);
    for (size_t i = 0; i < n; i++) {
        const struct claim *x = taken_by(c, &s, id_of(c, pool[i]));
        if (x) taking_add_conflict(c->t, x);
    }
    c->t->missing = p->kind == PART_PROVIDER ? "further provider" : p->resource_kind == NONE ? "resource" : resource_kind_names[p->resource_kind];
    return RC_OK;
}

static void add_part(struct choosing *c, size_t who, int64_t from, int64_t to)
{
    if (c->n_parts == APPT_PARTS_MAX) return;
    bool provider = who < c->providers.n;
    c->parts[c->n_parts++] = (struct appt_part){ .subject_id = id_of(c, who), .kind = provider ? PART_PROVIDER : PART_RESOURCE, .start = from, .end = to,
        .name = provider ? LIST_AT(c->providers, struct provider, who)->name : LIST_AT(c->resources, struct resource, who - c->providers.n)->name };
}

/* Overbooked on purpose: what is lacking is left out. */
static enum rc fill(struct choosing *c)
{
    int32_t taken[PART_UNITS_MAX], *next = taken;
    for (size_t i = 0; i < c->n_wanted; i++) TRY(find_free(c, i));
    for (size_t bad; (bad = parts_fill(c->wanted, c->n_wanted, taken)) < c->n_wanted; c->wanted[bad].quantity = 0)
        if (!c->t->appt.overbook_reason) return blame(c, bad);
    for (size_t i = 0; i < c->n_wanted; i++)
        for (int32_t k = 0; k < c->wanted[i].quantity; k++) {
            struct subject s = window_of(c, LIST_AT(c->needs, struct service_part, c->need_of[i]));
            add_part(c, (size_t)*next++, s.core_from, s.core_to);
        }
    return RC_OK;
}

/* Nobody is there twice. What it had and nobody chose anew is left out silently: the first provider may be another one now. */
static bool is_there_twice(struct choosing *c, size_t given, size_t who)
{
    bool leads = id_eq(id_of(c, who), c->t->subjects[0].id);
    if (!leads && !is_given(c, who)) return false;
    if (c->t->given_by_hand)
        req_field_error(c->t->r, taking_field(c->t, who < c->providers.n ? "provider_ids" : "resource_ids"), leads ? "names who is the first provider already" : "names the same one twice");
    c->used[given] = true;
    return true;
}

/* What was chosen by hand and is no part of the service is taken all the time. */
static enum rc add_extras(struct choosing *c)
{
    struct taking *t = c->t;
    for (size_t i = 0; i < t->given.n; i++) {
        struct resource x = { 0 };
        struct id id = *LIST_AT(t->given, struct id, i);
        size_t who = number_of(c, id);
        if (c->used[i] || (who < everybody(c) && is_there_twice(c, i, who))) continue;
        if (who < everybody(c)) {
            c->used[i] = true;
            add_part(c, who, t->appt.start, t->appt.end);
            continue;
        }
        enum rc rc = resources_get(t->r->db, id, &x);
        if (rc == RC_NOT_FOUND) return taking_no_such(t, "resource_ids", "resource or provider");
        TRY(rc);
        req_field_error(t->r, taking_field(t, "resource_ids"), x.archived ? "is archived" : "stands at another location");
    }
    return req_invalid(t->r);
}

enum rc taking_choose_parts(struct taking *t)
{
    t->missing = NULL;
    t->appt.parts = t->appt.resource_ids = (struct list){ NULL, 0 };
    taking_subjects(t);
    if ((!t->n_parts && t->resource_kind == NONE && !t->given.n) || (!id_is_nil(t->session.id) && !t->new_session)) return RC_OK;
    struct choosing *c = arena_alloc(t->r->arena, sizeof *c);
    if (!c) return RC_OOM;
    *c = (struct choosing){ .t = t, .a = t->r->arena };
    TRY(load(c));
    for (size_t i = 0; i < c->needs.n; i++) use_given(c, i);
    TRY(fill(c));
    if (t->missing) return RC_OK;
    TRY(add_extras(c));
    t->appt.parts = (struct list){ c->parts, c->n_parts };
    return parts_resource_ids(c->a, t->appt.parts, &t->appt.resource_ids);
}
