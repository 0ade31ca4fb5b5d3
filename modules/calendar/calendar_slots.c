/* calendar_slots.c - reads the rows that slots.h wants and gives its answer back in ids. */
#include "modules/calendar/rules_store.h"
#include "modules/calendar/sessions.h"
#include "modules/tenants/tenants.h"
#include <string.h>

/* The days of a window are runs of equal length: a change of the clock makes a longer or shorter one between two. */
enum { COUNT_RUNS_MAX = 8 };

struct loaded {
    struct arena *a;
    const struct slot_ask *ask;
    struct tenant tenant;
    struct service service;
    struct list needs;             /* of struct service_part */
    struct list providers, locations, hours, exceptions, holidays, blocked, resources, travel; /* rows; providers, locations, resources: filtered */
    size_t n_leads;                /* so many of the providers offer the service; those after them only help */
    struct subject_claims { struct id id; const struct claim *claims; size_t n; } *subjects; size_t n_subjects; /* providers, resources, patient */
    struct counts { const struct zone *zone; struct list days[COUNT_RUNS_MAX]; size_t n; } *counts; size_t n_counts; /* with max_per_day */
    struct slot_query q;
    struct assign_candidate *who;  /* where the provider was left open, in the order of providers */
    int64_t month;
};

/* ---- which rows ------------------------------------------------------------------------------------------------------------ */

static bool listed(struct list ids, struct id id)
{
    for (size_t i = 0; i < ids.n; i++)
        if (id_eq(*LIST_AT(ids, struct id, i), id)) return true;
    return false;
}

static bool may_help(const struct loaded *l, struct id provider)
{
    for (size_t i = 0; i < l->needs.n; i++)
        if (listed(LIST_AT(l->needs, struct service_part, i)->provider_ids, provider)) return true;
    return false;
}

/* Who may come first, then who else may take a part. */
static enum rc keep_providers(struct loaded *l)
{
    struct list all = l->providers;
    struct provider *keep = arena_alloc(l->a, (2 * all.n + 1) * sizeof *keep);
    size_t n = 0;
    bool known = id_is_nil(l->ask->provider_id);
    if (!keep) return RC_OOM;
    for (size_t i = 0; i < all.n; i++) {
        const struct provider *p = LIST_AT(all, struct provider, i);
        bool wanted = id_is_nil(l->ask->provider_id) || id_eq(p->id, l->ask->provider_id);
        known = known || id_eq(p->id, l->ask->provider_id);
        if (wanted && p->bookable && listed(l->service.provider_ids, p->id)) keep[n++] = *p;
    }
    l->n_leads = n;
    for (size_t i = 0; i < all.n; i++) {
        const struct provider *p = LIST_AT(all, struct provider, i);
        bool leads = false;
        for (size_t k = 0; k < l->n_leads; k++) leads = leads || id_eq(keep[k].id, p->id);
        if (!leads && may_help(l, p->id)) keep[n++] = *p;
    }
    l->providers = (struct list){ keep, n };
    return known ? RC_OK : RC_NOT_FOUND;
}

static enum rc keep_location(struct loaded *l)
{
    size_t n = 0;
    if (id_is_nil(l->ask->location_id)) return RC_OK;
    for (size_t i = 0; i < l->locations.n; i++) {
        const struct location *at = LIST_AT(l->locations, struct location, i);
        if (id_eq(at->id, l->ask->location_id)) *LIST_AT(l->locations, struct location, n++) = *at;
    }
    l->locations.n = n;
    return n ? RC_OK : RC_NOT_FOUND;
}

static bool fills(const struct service_part *p, const struct resource *r)
{
    if (p->kind != PART_RESOURCE) return false;
    return p->resource_ids.n ? listed(p->resource_ids, r->id) : r->kind == p->resource_kind;
}

/* What could fill a part, of the locations asked for. */
static enum rc keep_resources(struct loaded *l)
{
    struct list all = l->resources;
    struct resource *keep = arena_alloc(l->a, (all.n + 1) * sizeof *keep);
    if (!keep) return RC_OOM;
    l->resources = (struct list){ keep, 0 };
    for (size_t i = 0; i < all.n; i++) {
        const struct resource *r = LIST_AT(all, struct resource, i);
        bool here = false, useful = false;
        for (size_t k = 0; k < l->locations.n; k++) here = here || id_eq(LIST_AT(l->locations, struct location, k)->id, r->location_id);
        for (size_t k = 0; k < l->needs.n; k++) useful = useful || fills(LIST_AT(l->needs, struct service_part, k), r);
        if (here && useful) keep[l->resources.n++] = *r;
    }
    return RC_OK;
}

/* Claims come by subject: one run each. */
static void split_claims(struct loaded *l, struct list claims, size_t first_subject)
{
    for (size_t i = 0; i < claims.n;) {
        const struct claim *c = LIST_AT(claims, struct claim, i);
        size_t n = 1;
        while (i + n < claims.n && id_eq(c[n].subject_id, c->subject_id)) n++;
        for (size_t k = first_subject; k < l->n_subjects; k++)
            if (id_eq(l->subjects[k].id, c->subject_id)) {
                l->subjects[k].claims = c;
                l->subjects[k].n = n;
            }
        i += n;
    }
}

static void list_subjects(struct loaded *l)
{
    for (size_t i = 0; i < l->providers.n; i++) l->subjects[l->n_subjects++].id = LIST_AT(l->providers, struct provider, i)->id;
    for (size_t i = 0; i < l->resources.n; i++) l->subjects[l->n_subjects++].id = LIST_AT(l->resources, struct resource, i)->id;
    if (!id_is_nil(l->ask->patient_id)) l->subjects[l->n_subjects++].id = l->ask->patient_id;
}

/* A day more on both sides where whole days are counted (the fair choice) or somebody may be on the way; else what a buffer
 * or the treatment itself reaches. */
static enum rc read_claims(struct tdb *b, struct loaded *l, struct list *claims)
{
    bool wide = id_is_nil(l->ask->provider_id) || l->travel.n;
    int64_t before = wide ? USEC_PER_DAY : l->service.buffer_before_min * USEC_PER_MIN;
    int64_t after = wide ? USEC_PER_DAY : (l->service.duration_min + l->service.buffer_after_min) * USEC_PER_MIN;
    for (size_t i = 0; i < l->n_subjects; i += SUBJECTS_PER_QUERY) {
        struct id ids[SUBJECTS_PER_QUERY];
        size_t n = 0;
        for (; n < SUBJECTS_PER_QUERY && i + n < l->n_subjects; n++) ids[n] = l->subjects[i + n].id;
        TRY(claims_live(b, ids, n, l->ask, l->ask->from - before, l->ask->to + after, claims++));
    }
    return RC_OK;
}

static enum rc read_counts_of(struct tdb *b, struct loaded *l, struct counts *c)
{
    int64_t end = zone_date(c->zone, l->ask->to) + 1;
    for (int64_t date = zone_date(c->zone, l->ask->from), next; date < end && c->n < COUNT_RUNS_MAX; date = next) {
        int64_t from = zone_midnight(c->zone, date), length = zone_midnight(c->zone, date + 1) - from;
        next = date + 1;
        while (next < end && zone_midnight(c->zone, next + 1) - zone_midnight(c->zone, next) == length) next++;
        TRY(appointments_by_day(b, l->service.id, from, zone_midnight(c->zone, next), date, length, &c->days[c->n++]));
    }
    return RC_OK;
}

/* Bookings a day of the service, for each zone of the locations. */
static enum rc read_counts(struct tdb *b, struct loaded *l)
{
    if (l->service.max_per_day == NONE) return RC_OK;
    l->counts = arena_alloc(l->a, (l->locations.n + 1) * sizeof *l->counts);
    if (!l->counts) return RC_OOM;
    for (size_t i = 0; i < l->locations.n; i++) {
        const struct zone *z = zone_find(LIST_AT(l->locations, struct location, i)->time_zone);
        bool known = !z;
        for (size_t k = 0; k < l->n_counts; k++) known = known || l->counts[k].zone == z;
        if (known) continue;
        l->counts[l->n_counts].zone = z;
        TRY(read_counts_of(b, l, &l->counts[l->n_counts++]));
    }
    return RC_OK;
}

static enum rc load_claims(struct tdb *db, struct loaded *l)
{
    l->subjects = arena_alloc(l->a, (l->providers.n + l->resources.n + 1) * sizeof *l->subjects);
    if (!l->subjects) return RC_OOM;
    list_subjects(l);
    size_t n = (l->n_subjects + SUBJECTS_PER_QUERY - 1) / SUBJECTS_PER_QUERY;
    struct list *claims = arena_alloc(l->a, (n + 1) * sizeof *claims);
    if (!claims) return RC_OOM;
    struct tdb *b = db_batch(db);
    TRY(read_claims(b, l, claims));
    TRY(read_counts(b, l));
    TRY(db_batch_run(b));
    for (size_t i = 0; i < n; i++) split_claims(l, claims[i], i * SUBJECTS_PER_QUERY);
    return RC_OK;
}

static bool needs_kind(const struct loaded *l, int64_t kind)
{
    for (size_t i = 0; i < l->needs.n; i++)
        if (LIST_AT(l->needs, struct service_part, i)->kind == kind) return true;
    return false;
}

/* Everything but claims, once it is known what the service needs. With helpers: everybody's hours. */
static enum rc load_clinic(struct tdb *db, struct loaded *l)
{
    const struct slot_ask *ask = l->ask;
    int64_t day_from = floor_div(ask->from, USEC_PER_DAY) - 2, day_to = floor_div(ask->to, USEC_PER_DAY) + 2;
    struct id one = needs_kind(l, PART_PROVIDER) ? ID_NIL : ask->provider_id;
    struct tdb *b = db_batch(db);
    TRY(tenants_get(b, &l->tenant));
    TRY(providers_heads(b, &l->providers));
    TRY(locations_list(b, false, &l->locations));
    TRY(hours_list(b, one, &l->hours));
    TRY(exceptions_list(b, one, day_from, day_to, &l->exceptions));
    TRY(holidays_list(b, day_from, day_to, &l->holidays));
    TRY(blocked_locations(b, ask->from - USEC_PER_DAY, ask->to + USEC_PER_DAY, &l->blocked));
    TRY(travel_list(b, &l->travel));
    if (needs_kind(l, PART_RESOURCE)) TRY(resources_list(b, false, &l->resources));
    return db_batch_run(b);
}

static enum rc load(struct tdb *db, struct loaded *l)
{
    const struct slot_ask *ask = l->ask;
    TRY(services_get(db, ask->service_id, &l->service));
    if (l->service.archived || (ask->public && !ask->private && !l->service.public)) return RC_NOT_FOUND;
    TRY(services_needs(l->a, &l->service, &l->needs));
    TRY(load_clinic(db, l));
    TRY(keep_providers(l));
    TRY(keep_location(l));
    TRY(keep_resources(l));
    return load_claims(db, l);
}

/* ---- rows into what slots.h takes --------------------------------------------------------------------------------------------- */

static int64_t clamp(int64_t v, int64_t low, int64_t high) { return v < low ? low : v > high ? high : v; }

/* A claim may be a piece of a longer time, or cut off: only what lies inside it counts. */
static size_t add_busy(struct slot_busy *out, const struct claim *c)
{
    static const enum slot_busy_kind kinds[] = { BUSY_APPOINTMENT, BUSY_HOLD, BUSY_BLOCKED, BUSY_CALENDAR };
    int64_t from = clamp(c->core_start, c->starts_at, c->ends_at), to = clamp(c->core_end, c->starts_at, c->ends_at);
    size_t n = 0;
    if (c->starts_at < from) out[n++] = (struct slot_busy){ c->starts_at, from, BUSY_BUFFER };
    if (from < to) out[n++] = (struct slot_busy){ from, to, kinds[c->kind] };
    if (to < c->ends_at) out[n++] = (struct slot_busy){ to, c->ends_at, BUSY_BUFFER };
    return n;
}

/* Claims of subject number n, and those the question brings along. */
static enum rc busy_of(struct loaded *l, size_t subject, const struct slot_busy **out, size_t *n)
{
    const struct subject_claims *s = &l->subjects[subject];
    struct slot_busy *b = arena_alloc(l->a, (3 * (s->n + l->ask->also.n) + 1) * sizeof *b);
    if (!b) return RC_OOM;
    *out = b;
    *n = 0;
    for (size_t k = 0; k < s->n; k++) *n += add_busy(b + *n, &s->claims[k]);
    for (size_t k = 0; k < l->ask->also.n; k++) {
        const struct claim *c = LIST_AT(l->ask->also, struct claim, k);
        if (id_eq(c->subject_id, s->id)) *n += add_busy(b + *n, c);
    }
    return RC_OK;
}

static enum rc build_subjects(struct loaded *l)
{
    struct slot_provider *p = arena_alloc(l->a, (l->providers.n + 1) * sizeof *p);
    struct slot_resource *r = arena_alloc(l->a, (l->resources.n + 1) * sizeof *r);
    if (!p || !r) return RC_OOM;
    for (size_t i = 0; i < l->providers.n; i++) TRY(busy_of(l, i, &p[i].busy, &p[i].n_busy));
    for (size_t i = 0; i < l->resources.n; i++) {
        struct id at = LIST_AT(l->resources, struct resource, i)->location_id;
        while (!id_eq(LIST_AT(l->locations, struct location, r[i].location)->id, at)) r[i].location++; /* it is there: keep_resources */
        TRY(busy_of(l, l->providers.n + i, &r[i].busy, &r[i].n_busy));
    }
    if (!id_is_nil(l->ask->patient_id)) TRY(busy_of(l, l->n_subjects - 1, &l->q.patient, &l->q.n_patient));
    l->q.providers = p;
    l->q.n_providers = l->providers.n;
    l->q.resources = r;
    l->q.n_resources = l->resources.n;
    return RC_OK;
}

/* The indexes of those who can fill a part, in the order of its pool. */
static enum rc build_pool(struct loaded *l, const struct service_part *p, struct slot_part *out)
{
    size_t *pool = arena_alloc(l->a, (p->provider_ids.n + l->resources.n + 1) * sizeof *pool);
    if (!pool) return RC_OOM;
    out->pool = pool;
    for (size_t k = 0; k < p->provider_ids.n; k++)
        for (size_t i = 0; i < l->providers.n; i++)
            if (id_eq(LIST_AT(l->providers, struct provider, i)->id, *LIST_AT(p->provider_ids, struct id, k))) pool[out->n_pool++] = i;
    for (size_t k = 0; k < p->resource_ids.n; k++)
        for (size_t i = 0; i < l->resources.n; i++)
            if (id_eq(LIST_AT(l->resources, struct resource, i)->id, *LIST_AT(p->resource_ids, struct id, k))) pool[out->n_pool++] = i;
    for (size_t i = 0; !p->resource_ids.n && i < l->resources.n; i++)
        if (fills(p, LIST_AT(l->resources, struct resource, i))) pool[out->n_pool++] = i;
    return RC_OK;
}

static enum rc build_parts(struct loaded *l)
{
    struct slot_part *parts = arena_alloc(l->a, (l->needs.n + 1) * sizeof *parts);
    if (!parts) return RC_OOM;
    for (size_t i = 0; i < l->needs.n; i++) {
        const struct service_part *p = LIST_AT(l->needs, struct service_part, i);
        struct part_window w = parts_window(p->offset_min, p->duration_min, l->service.duration_min, l->service.duration_min);
        parts[i] = (struct slot_part){ .kind = p->kind == PART_PROVIDER ? PART_PROVIDER : PART_RESOURCE, .offset_min = w.from_min,
            .length_min = w.to_min - w.from_min, .quantity = (int32_t)p->quantity };
        TRY(build_pool(l, p, &parts[i]));
    }
    l->q.parts = parts;
    l->q.n_parts = l->needs.n;
    return RC_OK;
}

static enum rc build_closed(struct loaded *l, const struct location *loc, struct slot_location *out)
{
    int64_t *days = arena_alloc(l->a, (l->holidays.n + 1) * sizeof *days);
    struct slot_busy *blocked = arena_alloc(l->a, (l->blocked.n + 1) * sizeof *blocked);
    if (!days || !blocked) return RC_OOM;
    for (size_t i = 0; i < l->holidays.n; i++) {
        const struct holiday *h = LIST_AT(l->holidays, struct holiday, i);
        if (id_is_nil(h->location_id) || id_eq(h->location_id, loc->id)) days[out->n_holidays++] = h->date;
    }
    for (size_t i = 0; i < l->blocked.n; i++) {
        const struct blocked_time *b = LIST_AT(l->blocked, struct blocked_time, i);
        if (id_eq(b->subject_id, loc->id)) blocked[out->n_blocked++] = (struct slot_busy){ b->start, b->end, BUSY_BLOCKED };
    }
    out->holidays = days;
    out->blocked = blocked;
    return RC_OK;
}

static enum rc build_locations(struct loaded *l)
{
    struct slot_location *s = arena_alloc(l->a, (l->locations.n + 1) * sizeof *s);
    if (!s) return RC_OOM;
    for (size_t i = 0; i < l->locations.n; i++) {
        const struct location *loc = LIST_AT(l->locations, struct location, i);
        s[i].zone = zone_find(loc->time_zone);
        if (!s[i].zone) return fault(RC_FAULT, "the zone of a location is not in tzdata any more");
        TRY(build_closed(l, loc, &s[i]));
    }
    l->q.locations = s;
    l->q.n_locations = l->locations.n;
    return RC_OK;
}

/* Bookings a day of the service with the provider, by the location's date. */
static enum rc build_counts(struct loaded *l, struct slot_plan *plan)
{
    const struct counts *of = l->counts;
    size_t max = 1;
    if (l->service.max_per_day == NONE) return RC_OK;
    while (of->zone != l->q.locations[plan->location].zone) of++;
    for (size_t r = 0; r < of->n; r++) max += of->days[r].n;
    struct slot_day_count *c = arena_alloc(l->a, max * sizeof *c);
    if (!c) return RC_OOM;
    plan->booked = c;
    for (size_t r = 0; r < of->n; r++)
        for (size_t i = 0; i < of->days[r].n; i++) {
            const struct booked_day *d = LIST_AT(of->days[r], struct booked_day, i);
            if (id_eq(d->provider_id, LIST_AT(l->providers, struct provider, plan->provider)->id)) c[plan->n_booked++] = (struct slot_day_count){ d->date, d->n };
        }
    return RC_OK;
}

/* When the provider can not be here because of appointments elsewhere: those, and the way there and back. */
static enum rc build_away(struct loaded *l, struct slot_plan *plan)
{
    struct id here = LIST_AT(l->locations, struct location, plan->location)->id;
    if (!l->travel.n || !l->n_subjects) return RC_OK;
    const struct subject_claims *s = &l->subjects[plan->provider];
    struct slot_busy *away = arena_alloc(l->a, (s->n + l->ask->also.n + 1) * sizeof *away);
    if (!away) return RC_OOM;
    plan->away = away;
    for (size_t i = 0; i < s->n + l->ask->also.n; i++) {
        const struct claim *c = i < s->n ? &s->claims[i] : LIST_AT(l->ask->also, struct claim, i - s->n);
        int64_t way = id_eq(c->subject_id, s->id) ? travel_between(l->travel, here, c->location_id) * USEC_PER_MIN : 0;
        if (way) away[plan->n_away++] = (struct slot_busy){ c->core_start - way, c->core_end + way, BUSY_APPOINTMENT };
    }
    return RC_OK;
}

/* One provider at one location; false in *works when there are no hours at all. */
static enum rc build_plan(struct loaded *l, size_t provider, size_t location, struct slot_plan *out, bool *works)
{
    struct id p = LIST_AT(l->providers, struct provider, provider)->id, at = LIST_AT(l->locations, struct location, location)->id;
    size_t n_hours = 1, n_exceptions = 1; /* of this provider only: there may be thousands of plans */
    for (size_t i = 0; i < l->hours.n; i++) n_hours += id_eq(LIST_AT(l->hours, struct provider_hours, i)->provider_id, p);
    for (size_t i = 0; i < l->exceptions.n; i++) n_exceptions += id_eq(LIST_AT(l->exceptions, struct provider_exception, i)->provider_id, p);
    struct slot_hours *h = arena_alloc(l->a, n_hours * sizeof *h);
    struct slot_exception *x = arena_alloc(l->a, n_exceptions * sizeof *x);
    if (!h || !x) return RC_OOM;
    *out = (struct slot_plan){ .provider = provider, .location = location, .weekly = h, .exceptions = x };
    for (size_t i = 0; i < l->hours.n; i++) {
        const struct provider_hours *row = LIST_AT(l->hours, struct provider_hours, i);
        if (id_eq(row->provider_id, p) && id_eq(row->location_id, at)) h[out->n_weekly++] = (struct slot_hours){ row->weekday, row->start_min, row->end_min };
    }
    size_t open = 0;
    for (size_t i = 0; i < l->exceptions.n; i++) {
        const struct provider_exception *row = LIST_AT(l->exceptions, struct provider_exception, i);
        if (!id_eq(row->provider_id, p)) continue;
        bool here = id_is_nil(row->location_id) ? out->n_weekly > 0 || l->locations.n == 1 : id_eq(row->location_id, at);
        if (!here && row->closed) continue;
        /* hours of that date at another site: away from this one */
        x[out->n_exceptions++] = (struct slot_exception){ row->date, row->closed || !here, row->start_min == NONE ? 0 : row->start_min, row->end_min == NONE ? 0 : row->end_min };
        open += here && !row->closed;
    }
    *works = out->n_weekly || open;
    out->helps_only = provider >= l->n_leads;
    if (!*works) return RC_OK;
    TRY(build_away(l, out));
    return out->helps_only ? RC_OK : build_counts(l, out);
}

static enum rc build_plans(struct loaded *l)
{
    struct slot_plan *plans = arena_alloc(l->a, (l->providers.n * l->locations.n + 1) * sizeof *plans);
    if (!plans) return RC_OOM;
    for (size_t p = 0; p < l->providers.n; p++)
        for (size_t at = 0; at < l->locations.n; at++) {
            bool works;
            TRY(build_plan(l, p, at, &plans[l->q.n_plans], &works));
            l->q.n_plans += works;
        }
    l->q.plans = plans;
    return RC_OK;
}

static int64_t or_else(int64_t v, int64_t other) { return v == NONE ? other : v; }

static void build_rules(struct loaded *l)
{
    const struct service *s = &l->service;
    const struct slot_ask *ask = l->ask;
    l->q.rules = (struct slot_rules){ .duration_min = s->duration_min, .buffer_before_min = s->buffer_before_min, .buffer_after_min = s->buffer_after_min,
        .step_min = s->step_min, .lead_min = or_else(s->lead_min, 0), .max_per_day = or_else(s->max_per_day, 0), .now = ask->now };
    if (ask->public) {
        l->q.rules.min_notice_us = or_else(s->min_notice_min, l->tenant.booking_min_notice_min) * USEC_PER_MIN;
        l->q.rules.horizon_days = or_else(s->horizon_days, l->tenant.booking_horizon_days);
    }
    l->q.from = ask->from;
    l->q.to = ask->to;
    l->q.explain = ask->explain;
}

/* ---- the answer -------------------------------------------------------------------------------------------------------------------- */

/* The month of the window's first day: an offer of several weeks names whom it would be today, the booking chooses anew. */
static enum rc fair(struct tdb *db, struct loaded *l, struct slot_result *r)
{
    const struct zone *z = zone_find(l->tenant.time_zone);
    if (!z) return fault(RC_FAULT, "the zone of a clinic is not in tzdata any more");
    l->month = assign_month(z, l->ask->from);
    TRY(assign_load(db, l->service.id, l->month, z, l->providers, &l->who));
    return assign_slots(l->a, l->who, r, r);
}

static struct appt_part part_of(const struct loaded *l, const struct slot *x, size_t part, int32_t who)
{
    const struct slot_part *p = &l->q.parts[part];
    int64_t start = x->start + p->offset_min * USEC_PER_MIN, end = start + p->length_min * USEC_PER_MIN;
    if (p->kind == PART_PROVIDER) {
        const struct provider *d = LIST_AT(l->providers, struct provider, who);
        return (struct appt_part){ .subject_id = d->id, .kind = PART_PROVIDER, .name = d->name, .start = start, .end = end };
    }
    const struct resource *r = LIST_AT(l->resources, struct resource, who);
    return (struct appt_part){ .subject_id = r->id, .kind = PART_RESOURCE, .name = r->name, .start = start, .end = end };
}

/* Who fills the parts of one slot. */
static enum rc give_parts(struct loaded *l, const struct slot *x, struct list *out)
{
    struct appt_part *parts = arena_alloc(l->a, PART_UNITS_MAX * sizeof *parts);
    if (!parts) return RC_OOM;
    *out = (struct list){ parts, 0 };
    for (size_t i = 0; i < l->q.n_parts; i++)
        for (int32_t k = 0; k < l->q.parts[i].quantity; k++, out->n++) parts[out->n] = part_of(l, x, i, x->taken[out->n]);
    return RC_OK;
}

static enum rc give_slots(struct loaded *l, const struct slot_result *r, struct list *out)
{
    size_t n = l->ask->limit && r->n_slots > l->ask->limit ? l->ask->limit : r->n_slots;
    struct slot_answer *s = arena_alloc(l->a, (n + 1) * sizeof *s);
    if (!s) return RC_OOM;
    for (size_t i = 0; i < n; i++) {
        const struct slot *x = &r->slots[i];
        s[i] = (struct slot_answer){ .start = x->start, .end = x->end, .seats_left = l->service.seats, .provider_id = LIST_AT(l->providers, struct provider, x->provider)->id,
            .location_id = LIST_AT(l->locations, struct location, x->location)->id, .month = l->who ? l->month : NONE,
            .base = l->who ? l->who[x->provider].booked : 0 };
        if (l->ask->with_parts && l->q.n_parts) TRY(give_parts(l, x, &s[i].parts));
    }
    *out = (struct list){ s, n };
    return RC_OK;
}

/* Whether the rules offer a session that is there: not over, in time, not while the patient is elsewhere. */
static bool session_offered(const struct loaded *l, const struct group_session *g)
{
    const struct slot_rules *r = &l->q.rules;
    size_t who = 0, at = 0;
    while (who < l->n_leads && !id_eq(LIST_AT(l->providers, struct provider, who)->id, g->provider_id)) who++;
    while (at < l->locations.n && !id_eq(LIST_AT(l->locations, struct location, at)->id, g->location_id)) at++;
    if (who == l->n_leads || at == l->locations.n || g->taken >= g->seats) return false;
    const struct zone *z = l->q.locations[at].zone;
    if (g->start < r->now + r->min_notice_us || (r->horizon_days && zone_date(z, g->start) > zone_date(z, r->now) + r->horizon_days)) return false;
    for (size_t i = 0; i < l->q.n_patient; i++)
        if (l->q.patient[i].start < g->end && l->q.patient[i].end > g->start) return false;
    return true;
}

/* The sessions of a group service among its free times, by start. */
static enum rc add_sessions(struct tdb *db, struct loaded *l, struct list *slots)
{
    struct list all, held;
    if (l->service.seats <= 1) return RC_OK;
    TRY(groups_list(db, l->ask->from, l->ask->to, l->service.id, &all));
    if (!all.n) return RC_OK;
    TRY(groups_held(db, l->ask->now, ID_NIL, l->ask->except, &held));
    struct slot_answer *out = arena_alloc(l->a, (slots->n + all.n + 1) * sizeof *out);
    if (!out) return RC_OOM;
    size_t n = 0, next = 0;
    for (size_t i = 0; i < all.n; i++) {
        struct group_session *g = LIST_AT(all, struct group_session, i);
        g->taken += groups_held_of(held, g->id);
        while (next < slots->n && LIST_AT(*slots, struct slot_answer, next)->start <= g->start) out[n++] = *LIST_AT(*slots, struct slot_answer, next++);
        if (session_offered(l, g))
            out[n++] = (struct slot_answer){ .start = g->start, .end = g->end, .seats_left = g->seats - g->taken, .provider_id = g->provider_id, .location_id = g->location_id };
    }
    while (next < slots->n) out[n++] = *LIST_AT(*slots, struct slot_answer, next++);
    *slots = (struct list){ out, l->ask->limit && n > l->ask->limit ? l->ask->limit : n };
    return RC_OK;
}

static enum rc give_dropped(struct loaded *l, const struct slot_result *r, struct list *out)
{
    struct slot_dropped *d = arena_alloc(l->a, (r->n_dropped + 1) * sizeof *d);
    if (!d) return RC_OOM;
    for (size_t i = 0; i < r->n_dropped; i++) {
        const struct slot_drop *x = &r->dropped[i];
        char a[INSTANT_TEXT], b[INSTANT_TEXT];
        d[i] = (struct slot_dropped){ x->start, LIST_AT(l->providers, struct provider, x->provider)->id, x->reason, NULL, NULL };
        if (x->by_start != NONE) d[i].detail = arena_printf(l->a, "%s/%s", instant_format(x->by_start, a), instant_format(x->by_end, b));
    }
    *out = (struct list){ d, r->n_dropped };
    return RC_OK;
}

enum rc calendar_slots(struct tdb *db, const struct slot_ask *ask, struct list *slots, struct list *dropped)
{
    struct loaded *l = arena_alloc(db_arena(db), sizeof *l);
    struct slot_result r = { 0 };
    if (!l) return RC_OOM;
    *l = (struct loaded){ .a = db_arena(db), .ask = ask };
    TRY(load(db, l));
    if (ask->public && id_is_nil(ask->provider_id) && !l->service.any_provider) return RC_INVALID;
    build_rules(l);
    TRY(build_subjects(l));
    TRY(build_parts(l));
    TRY(build_locations(l));
    TRY(build_plans(l));
    TRY(slots_find(l->a, &l->q, &r));
    if (id_is_nil(ask->provider_id)) TRY(fair(db, l, &r));
    TRY(give_slots(l, &r, slots));
    TRY(add_sessions(db, l, slots));
    return dropped ? give_dropped(l, &r, dropped) : RC_OK;
}

enum rc calendar_next(struct tdb *db, const struct slot_ask *ask, size_t n, struct list *out)
{
    struct slot_ask a = *ask;
    const int64_t windows[] = { 1, 14 }; /* days: most often tomorrow is enough, and a day is cheap */
    for (size_t i = 0; i < ARRAY_LEN(windows); i++) {
        a.from = ask->from > ask->now ? ask->from : ask->now;
        a.to = a.from + windows[i] * USEC_PER_DAY;
        a.explain = false;
        a.limit = n;
        enum rc rc = calendar_slots(db, &a, out, NULL);
        if (rc == RC_NOT_FOUND || rc == RC_INVALID) {
            *out = (struct list){ NULL, 0 };
            return RC_OK;
        }
        TRY(rc);
        if (out->n >= n) break;
    }
    return RC_OK;
}

/* ---- open hours --------------------------------------------------------------------------------------------------------------------- */

static enum rc add_open(struct loaded *l, const struct slot_plan *p, struct open_hours **out, size_t *n, size_t *cap)
{
    struct slot_open *o;
    size_t count;
    TRY(slots_open_hours(l->a, &l->q.locations[p->location], p, l->ask->from, l->ask->to, &o, &count));
    if (*n + count > *cap) {
        size_t more = (*n + count) * 2 + 64;
        struct open_hours *grown = arena_alloc(l->a, more * sizeof *grown);
        if (!grown) return RC_OOM;
        if (*n) memcpy(grown, *out, *n * sizeof *grown);
        *out = grown;
        *cap = more;
    }
    for (size_t i = 0; i < count; i++)
        (*out)[(*n)++] = (struct open_hours){ LIST_AT(l->providers, struct provider, p->provider)->id, LIST_AT(l->locations, struct location, p->location)->id, o[i].start, o[i].end };
    return RC_OK;
}

enum rc calendar_open_read(struct tdb *db, struct id provider, struct id location, int64_t from, int64_t to, struct open_read *r)
{
    int64_t day_from = floor_div(from, USEC_PER_DAY) - 2, day_to = floor_div(to, USEC_PER_DAY) + 2;
    r->ask = (struct slot_ask){ .provider_id = provider, .location_id = location, .from = from, .to = to };
    TRY(providers_heads(db, &r->providers));
    TRY(locations_list(db, false, &r->locations));
    TRY(hours_list(db, provider, &r->hours));
    TRY(exceptions_list(db, provider, day_from, day_to, &r->exceptions));
    return holidays_list(db, day_from, day_to, &r->holidays);
}

enum rc calendar_open_of(struct arena *a, const struct open_read *r, struct list *out)
{
    struct loaded *l = arena_alloc(a, sizeof *l);
    struct open_hours *open = NULL;
    size_t n = 0, cap = 0;
    *out = (struct list){ NULL, 0 };
    if (!l) return RC_OOM;
    *l = (struct loaded){ .a = a, .ask = &r->ask, .providers = r->providers, .n_leads = r->providers.n, .locations = r->locations, .hours = r->hours,
        .exceptions = r->exceptions, .holidays = r->holidays };
    l->service.resource_kind = l->service.max_per_day = NONE;
    if (keep_location(l) != RC_OK) return RC_OK;
    TRY(build_locations(l));
    TRY(build_plans(l));
    for (size_t i = 0; i < l->q.n_plans; i++) TRY(add_open(l, &l->q.plans[i], &open, &n, &cap));
    *out = (struct list){ open, n };
    return RC_OK;
}

enum rc calendar_open_hours(struct tdb *db, struct id provider, struct id location, int64_t from, int64_t to, struct list *out)
{
    struct open_read r;
    struct tdb *b = db_batch(db);
    TRY(calendar_open_read(b, provider, location, from, to, &r));
    TRY(db_batch_run(b));
    return calendar_open_of(db_arena(db), &r, out);
}
