/* calendar_slots.c - reads the rows that slots.h wants and gives its answer back in ids. */
#include "modules/calendar/calendar.h"
#include "modules/tenants/tenants.h"
#include <string.h>

struct loaded {
    struct arena *a;
    const struct slot_ask *ask;
    struct tenant tenant;
    struct service service;
    struct list providers, locations, hours, exceptions, holidays, blocked, resources; /* rows; providers, locations: filtered */
    struct subject_claims { struct id id; const struct claim *claims; size_t n; } *subjects; size_t n_subjects;
    struct slot_query q;
    struct id *resource_of;        /* ids of the resources, location by location */
    size_t *resources_from;        /* index into resource_of of a location's first */
};

/* ---- which rows ------------------------------------------------------------------------------------------------------------ */

static bool listed(struct list ids, struct id id)
{
    for (size_t i = 0; i < ids.n; i++)
        if (id_eq(*LIST_AT(ids, struct id, i), id)) return true;
    return false;
}

static enum rc load_providers(struct tdb *db, struct loaded *l)
{
    struct list all;
    TRY(providers_list(db, false, &all));
    struct provider *keep = arena_alloc(l->a, (all.n + 1) * sizeof *keep);
    size_t n = 0;
    bool known = id_is_nil(l->ask->provider_id);
    if (!keep) return RC_OOM;
    for (size_t i = 0; i < all.n; i++) {
        const struct provider *p = LIST_AT(all, struct provider, i);
        bool wanted = id_is_nil(l->ask->provider_id) || id_eq(p->id, l->ask->provider_id);
        known = known || id_eq(p->id, l->ask->provider_id);
        if (wanted && p->bookable && listed(l->service.provider_ids, p->id)) keep[n++] = *p;
    }
    l->providers = (struct list){ keep, n };
    return known ? RC_OK : RC_NOT_FOUND;
}

static enum rc load_locations(struct tdb *db, struct loaded *l)
{
    struct list all;
    TRY(locations_list(db, false, &all));
    struct location *keep = arena_alloc(l->a, (all.n + 1) * sizeof *keep);
    size_t n = 0;
    if (!keep) return RC_OOM;
    for (size_t i = 0; i < all.n; i++)
        if (id_is_nil(l->ask->location_id) || id_eq(LIST_AT(all, struct location, i)->id, l->ask->location_id)) keep[n++] = *LIST_AT(all, struct location, i);
    l->locations = (struct list){ keep, n };
    return n || id_is_nil(l->ask->location_id) ? RC_OK : RC_NOT_FOUND;
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

static enum rc load_claims(struct tdb *db, struct loaded *l)
{
    size_t max = l->providers.n + l->resources.n + 1;
    struct id *ids = arena_alloc(l->a, max * sizeof *ids);
    l->subjects = arena_alloc(l->a, max * sizeof *l->subjects);
    if (!ids || !l->subjects) return RC_OOM;
    for (size_t i = 0; i < l->providers.n; i++) ids[l->n_subjects++] = LIST_AT(l->providers, struct provider, i)->id;
    for (size_t i = 0; i < l->resources.n; i++)
        if (LIST_AT(l->resources, struct resource, i)->kind == l->service.resource_kind) ids[l->n_subjects++] = LIST_AT(l->resources, struct resource, i)->id;
    if (!id_is_nil(l->ask->patient_id)) ids[l->n_subjects++] = l->ask->patient_id;
    for (size_t i = 0; i < l->n_subjects; i++) l->subjects[i].id = ids[i];
    for (size_t i = 0; i < l->n_subjects; i += SUBJECTS_PER_QUERY) {
        struct list claims;
        size_t n = l->n_subjects - i < SUBJECTS_PER_QUERY ? l->n_subjects - i : SUBJECTS_PER_QUERY;
        TRY(claims_live(db, ids + i, n, l->ask, l->ask->from - USEC_PER_DAY, l->ask->to + USEC_PER_DAY, &claims));
        split_claims(l, claims, i);
    }
    return RC_OK;
}

static enum rc load(struct tdb *db, struct loaded *l)
{
    const struct slot_ask *ask = l->ask;
    int64_t day_from = floor_div(ask->from, USEC_PER_DAY) - 2, day_to = floor_div(ask->to, USEC_PER_DAY) + 2;
    TRY(tenants_get(db, &l->tenant));
    TRY(services_get(db, ask->service_id, &l->service));
    if (l->service.archived || (ask->public && !l->service.public)) return RC_NOT_FOUND;
    TRY(load_providers(db, l));
    TRY(load_locations(db, l));
    TRY(hours_list(db, ask->provider_id, &l->hours));
    TRY(exceptions_list(db, ask->provider_id, day_from, day_to, &l->exceptions));
    TRY(holidays_list(db, day_from, day_to, &l->holidays));
    TRY(blocked_locations(db, ask->from - USEC_PER_DAY, ask->to + USEC_PER_DAY, &l->blocked));
    if (l->service.resource_kind != NONE) TRY(resources_list(db, false, &l->resources));
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

/* Claims of a subject, and of a second one (the patient) beside it. */
static enum rc busy_of(struct loaded *l, struct id subject, struct id also, const struct slot_busy **out, size_t *n)
{
    size_t count = 0;
    for (size_t i = 0; i < l->n_subjects; i++)
        if (id_eq(l->subjects[i].id, subject) || id_eq(l->subjects[i].id, also)) count += l->subjects[i].n;
    struct slot_busy *b = arena_alloc(l->a, (3 * count + 1) * sizeof *b);
    if (!b) return RC_OOM;
    *out = b;
    *n = 0;
    for (size_t i = 0; i < l->n_subjects; i++) {
        const struct subject_claims *s = &l->subjects[i];
        if (!id_eq(s->id, subject) && (id_is_nil(also) || !id_eq(s->id, also))) continue;
        for (size_t k = 0; k < s->n; k++) *n += add_busy(b + *n, &s->claims[k]);
    }
    return RC_OK;
}

static enum rc build_providers(struct loaded *l)
{
    struct slot_provider *p = arena_alloc(l->a, (l->providers.n + 1) * sizeof *p);
    if (!p) return RC_OOM;
    for (size_t i = 0; i < l->providers.n; i++)
        TRY(busy_of(l, LIST_AT(l->providers, struct provider, i)->id, l->ask->patient_id, &p[i].busy, &p[i].n_busy));
    l->q.providers = p;
    l->q.n_providers = l->providers.n;
    return RC_OK;
}

static enum rc build_resources(struct loaded *l, size_t at, struct slot_location *out)
{
    const struct location *loc = LIST_AT(l->locations, struct location, at);
    struct slot_resource *r = arena_alloc(l->a, (l->resources.n + 1) * sizeof *r);
    if (!r) return RC_OOM;
    size_t first = l->resources_from[at];
    out->resources = r;
    for (size_t i = 0; i < l->resources.n; i++) {
        const struct resource *x = LIST_AT(l->resources, struct resource, i);
        if (x->kind != l->service.resource_kind || !id_eq(x->location_id, loc->id)) continue;
        l->resource_of[first + out->n_resources] = x->id;
        TRY(busy_of(l, x->id, ID_NIL, &r[out->n_resources].busy, &r[out->n_resources].n_busy));
        out->n_resources++;
    }
    l->resources_from[at + 1] = first + out->n_resources;
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
    l->resource_of = arena_alloc(l->a, (l->resources.n + 1) * sizeof *l->resource_of);
    l->resources_from = arena_alloc(l->a, (l->locations.n + 2) * sizeof *l->resources_from);
    if (!s || !l->resource_of || !l->resources_from) return RC_OOM;
    for (size_t i = 0; i < l->locations.n; i++) {
        const struct location *loc = LIST_AT(l->locations, struct location, i);
        s[i].zone = zone_find(loc->time_zone);
        if (!s[i].zone) return fault(RC_FAULT, "the zone of a location is not in tzdata any more");
        TRY(build_closed(l, loc, &s[i]));
        TRY(build_resources(l, i, &s[i]));
    }
    l->q.locations = s;
    l->q.n_locations = l->locations.n;
    return RC_OK;
}

/* Bookings a day of the service with the provider, by the location's date. */
static enum rc build_counts(struct tdb *db, struct loaded *l, struct slot_plan *plan)
{
    struct list booked;
    if (l->service.max_per_day == NONE) return RC_OK;
    TRY(appointments_of_service(db, l->service.id, l->ask->from - USEC_PER_DAY, l->ask->to + USEC_PER_DAY, &booked));
    struct slot_day_count *c = arena_alloc(l->a, (booked.n + 1) * sizeof *c);
    if (!c) return RC_OOM;
    plan->booked = c;
    for (size_t i = 0; i < booked.n; i++) {
        const struct appointment *a = LIST_AT(booked, struct appointment, i);
        if (id_eq(a->provider_id, LIST_AT(l->providers, struct provider, plan->provider)->id))
            c[plan->n_booked++] = (struct slot_day_count){ zone_date(l->q.locations[plan->location].zone, a->start), 1 };
    }
    return RC_OK;
}

/* One provider at one location; false in *works when there are no hours at all. */
static enum rc build_plan(struct tdb *db, struct loaded *l, size_t provider, size_t location, struct slot_plan *out, bool *works)
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
    return *works ? build_counts(db, l, out) : RC_OK;
}

static enum rc build_plans(struct tdb *db, struct loaded *l)
{
    struct slot_plan *plans = arena_alloc(l->a, (l->providers.n * l->locations.n + 1) * sizeof *plans);
    if (!plans) return RC_OOM;
    for (size_t p = 0; p < l->providers.n; p++)
        for (size_t at = 0; at < l->locations.n; at++) {
            bool works;
            TRY(build_plan(db, l, p, at, &plans[l->q.n_plans], &works));
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
        .step_min = s->step_min, .needs_resource = s->resource_kind != NONE, .max_per_day = or_else(s->max_per_day, 0), .now = ask->now };
    if (ask->public) {
        l->q.rules.min_notice_us = or_else(s->min_notice_min, l->tenant.booking_min_notice_min) * USEC_PER_MIN;
        l->q.rules.horizon_days = or_else(s->horizon_days, l->tenant.booking_horizon_days);
    }
    l->q.from = ask->from;
    l->q.to = ask->to;
    l->q.explain = ask->explain;
}

/* ---- the answer -------------------------------------------------------------------------------------------------------------------- */

static enum rc fair(struct loaded *l, struct slot_result *r)
{
    struct assign_candidate *who = arena_alloc(l->a, (l->providers.n + 1) * sizeof *who);
    if (!who) return RC_OOM;
    for (size_t i = 0; i < l->providers.n; i++) {
        const struct provider *p = LIST_AT(l->providers, struct provider, i);
        who[i] = (struct assign_candidate){ .last_assigned_at = NONE, .position = p->position, .id = p->id };
    }
    return assign_slots(l->a, &l->q, who, r, r);
}

static enum rc give_slots(struct loaded *l, const struct slot_result *r, struct list *out)
{
    size_t n = l->ask->limit && r->n_slots > l->ask->limit ? l->ask->limit : r->n_slots;
    struct slot_answer *s = arena_alloc(l->a, (n + 1) * sizeof *s);
    if (!s) return RC_OOM;
    for (size_t i = 0; i < n; i++) {
        const struct slot *x = &r->slots[i];
        s[i] = (struct slot_answer){ x->start, x->end, LIST_AT(l->providers, struct provider, x->provider)->id,
            LIST_AT(l->locations, struct location, x->location)->id,
            x->resource < 0 ? ID_NIL : l->resource_of[l->resources_from[x->location] + (size_t)x->resource] };
    }
    *out = (struct list){ s, n };
    return RC_OK;
}

static enum rc give_dropped(struct loaded *l, const struct slot_result *r, struct list *out)
{
    struct slot_dropped *d = arena_alloc(l->a, (r->n_dropped + 1) * sizeof *d);
    if (!d) return RC_OOM;
    for (size_t i = 0; i < r->n_dropped; i++) {
        const struct slot_drop *x = &r->dropped[i];
        char a[INSTANT_TEXT], b[INSTANT_TEXT];
        d[i] = (struct slot_dropped){ x->start, LIST_AT(l->providers, struct provider, x->provider)->id, x->reason, NULL };
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
    TRY(build_providers(l));
    TRY(build_locations(l));
    TRY(build_plans(db, l));
    TRY(slots_find(l->a, &l->q, &r));
    if (id_is_nil(ask->provider_id)) TRY(fair(l, &r));
    TRY(give_slots(l, &r, slots));
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

enum rc calendar_open_hours(struct tdb *db, struct id provider, struct id location, int64_t from, int64_t to, struct list *out)
{
    struct slot_ask ask = { .provider_id = provider, .location_id = location, .from = from, .to = to };
    struct loaded *l = arena_alloc(db_arena(db), sizeof *l);
    struct open_hours *open = NULL;
    size_t n = 0, cap = 0;
    int64_t day_from = floor_div(from, USEC_PER_DAY) - 2, day_to = floor_div(to, USEC_PER_DAY) + 2;
    *out = (struct list){ NULL, 0 };
    if (!l) return RC_OOM;
    *l = (struct loaded){ .a = db_arena(db), .ask = &ask };
    l->service.resource_kind = l->service.max_per_day = NONE;
    TRY(providers_list(db, false, &l->providers));
    enum rc rc = load_locations(db, l);
    if (rc == RC_NOT_FOUND) return RC_OK;
    TRY(rc);
    TRY(hours_list(db, provider, &l->hours));
    TRY(exceptions_list(db, provider, day_from, day_to, &l->exceptions));
    TRY(holidays_list(db, day_from, day_to, &l->holidays));
    TRY(build_locations(l));
    TRY(build_plans(db, l));
    for (size_t i = 0; i < l->q.n_plans; i++) TRY(add_open(l, &l->q.plans[i], &open, &n, &cap));
    *out = (struct list){ open, n };
    return RC_OK;
}
