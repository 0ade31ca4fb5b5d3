/* slots.c - see slots.h for what is promised.
 *
 * How it stays fast and right over clock changes: for the window of a request the zone is cut once into segments of
 * constant offset. Inside a segment wall time and instant differ by a constant, so open hours, holidays and the
 * grid are made by subtraction. Between two segments lies a gap (the wall clock jumped) or nothing, and a fold
 * needs no case of its own: its wall times lie in both segments. All lists are sorted once, and the candidates,
 * which come in ascending order, walk along them with one cursor each. */
#include "modules/calendar/slots.h"

#include <stdlib.h>
#include <string.h>

const char *const slot_reason_names[SLOT_N_REASONS + 1] = {
    [SLOT_FREE] = "free",
    [SLOT_DST_GAP] = "dst_gap",
    [SLOT_OFF_GRID] = "off_grid",
    [SLOT_PAST] = "past",
    [SLOT_MIN_NOTICE] = "min_notice",
    [SLOT_HORIZON] = "horizon",
    [SLOT_HOLIDAY] = "holiday",
    [SLOT_OUTSIDE_HOURS] = "outside_hours",
    [SLOT_MAX_PER_DAY] = "max_per_day",
    [SLOT_TIME_OFF] = "time_off",
    [SLOT_BLOCKED] = "blocked",
    [SLOT_BUSY] = "busy",
    [SLOT_BUFFER] = "buffer",
    [SLOT_TRAVEL] = "travel",
    [SLOT_NO_RESOURCE] = "no_resource",
    [SLOT_NO_PROVIDER] = "no_provider",
};

#define DAY_MIN 1440
/* The window is widened to the past by more than the longest gap there ever was (24 h, Samoa 2011). */
#define GAP_MAX_US (26 * USEC_PER_HOUR)
/* Two changes of offset were never less than 3.9 days apart in any zone since 1900 (tzdata 2025b). */
#define PROBE_US USEC_PER_DAY

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}
static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* ---- Sorted, merged lists ------------------------------------------------------------------------------------ */

/* A stretch without a hole, and the claims it is made of: items[first] .. items[first + n - 1]. */
struct range {
    int64_t start, end;
    size_t first, n;
};
struct ranges {
    const struct slot_busy *items;
    const struct range *at;
    size_t n;
};

/* A growing array in the arena; the old copies stay until the request ends. False: out of memory. */
struct grow {
    void *items;
    size_t n, cap;
};

static void *grow_push(struct arena *a, struct grow *g, size_t item_size)
{
    if (g->n == g->cap) {
        size_t cap = g->cap ? g->cap * 2 : 64;
        void *items = arena_alloc(a, cap * item_size);
        if (!items) return NULL;
        if (g->n) memcpy(items, g->items, g->n * item_size);
        g->items = items;
        g->cap = cap;
    }
    return (char *)g->items + item_size * g->n++;
}

static bool grow_interval(struct arena *a, struct grow *g, int64_t start, int64_t end)
{
    if (start >= end) return true;
    struct slot_busy *item = grow_push(a, g, sizeof *item);
    if (!item) return false;
    *item = (struct slot_busy){ .start = start, .end = end };
    return true;
}

static int busy_compare(const void *pa, const void *pb)
{
    const struct slot_busy *a = pa, *b = pb;
    if (a->start != b->start) return a->start < b->start ? -1 : 1;
    if (a->end != b->end) return a->end < b->end ? -1 : 1;
    return (int)a->kind - (int)b->kind;
}

/* Keeps what overlaps [lo, hi), sorts it, joins what overlaps or touches. */
static enum rc ranges_build(struct arena *a, const struct slot_busy *in, size_t n_in, int64_t lo, int64_t hi, struct ranges *out)
{
    *out = (struct ranges){ 0 };
    if (n_in == 0) return RC_OK;
    struct slot_busy *items = arena_alloc(a, n_in * sizeof *items);
    struct range *at = arena_alloc(a, n_in * sizeof *at);
    if (!items || !at) return RC_OOM;
    size_t n = 0;
    bool sorted = true;
    for (size_t i = 0; i < n_in; i++) {
        if (in[i].start >= in[i].end || in[i].end <= lo || in[i].start >= hi) continue;
        if (n > 0 && busy_compare(&items[n - 1], &in[i]) > 0) sorted = false;
        items[n++] = in[i];
    }
    if (!sorted) qsort(items, n, sizeof *items, busy_compare);
    for (size_t i = 0; i < n; i++) {
        struct range *last = out->n ? &at[out->n - 1] : NULL;
        if (last && items[i].start <= last->end) {
            last->end = max64(last->end, items[i].end);
            last->n++;
        } else {
            at[out->n++] = (struct range){ .start = items[i].start, .end = items[i].end, .first = i, .n = 1 };
        }
    }
    out->items = items;
    out->at = at;
    return RC_OK;
}

/* Does anything overlap [lo, hi)? The cursor only moves forward: lo must not fall from call to call. */
static bool ranges_hit(const struct ranges *r, size_t *cursor, int64_t lo, int64_t hi)
{
    while (*cursor < r->n && r->at[*cursor].end <= lo) ++*cursor;
    return *cursor < r->n && r->at[*cursor].start < hi;
}

/* Does [lo, hi) lie inside one range? Same promise. */
static bool ranges_cover(const struct ranges *r, size_t *cursor, int64_t lo, int64_t hi)
{
    while (*cursor < r->n && r->at[*cursor].end <= lo) ++*cursor;
    return *cursor < r->n && r->at[*cursor].start <= lo && hi <= r->at[*cursor].end;
}

/* ---- A location in the window -------------------------------------------------------------------------------- */

struct segment {
    int64_t start, end, offset;
}; /* offset in us: wall = instant + offset */

struct place {
    const struct segment *segments;
    size_t n_segments;
    int64_t first_date, last_date; /* every local date of the segments, and one before for its tail */
    int64_t today;                 /* local date of now */
    struct ranges holidays, blocked;
};

static int64_t zone_offset_us(const struct zone *z, int64_t instant)
{
    return zone_offset_s(z, instant) * USEC_PER_SEC;
}

/* The first whole second in (lo, hi] with another offset than lo; there is exactly one change in between. */
static int64_t segment_change(const struct zone *z, int64_t lo, int64_t hi)
{
    int64_t before = zone_offset_us(z, lo);
    int64_t a = lo / USEC_PER_SEC, b = hi / USEC_PER_SEC;
    while (b - a > 1) {
        int64_t mid = a + (b - a) / 2;
        if (zone_offset_us(z, mid * USEC_PER_SEC) == before) a = mid;
        else b = mid;
    }
    return b * USEC_PER_SEC;
}

static enum rc place_segments(struct arena *a, const struct zone *z, int64_t lo, int64_t hi, struct place *p)
{
    lo = floor_div(lo, USEC_PER_SEC) * USEC_PER_SEC;
    struct segment *s = arena_alloc(a, (size_t)((hi - lo) / PROBE_US + 2) * sizeof *s);
    if (!s) return RC_OOM;
    size_t n = 0;
    s[n++] = (struct segment){ .start = lo, .offset = zone_offset_us(z, lo) };
    for (int64_t t = lo; t < hi; t += PROBE_US) {
        int64_t offset = zone_offset_us(z, t + PROBE_US);
        if (offset == s[n - 1].offset) continue;
        int64_t change = segment_change(z, t, t + PROBE_US);
        if (change >= hi) break;
        s[n - 1].end = change;
        s[n++] = (struct segment){ .start = change, .offset = offset };
    }
    s[n - 1].end = hi;
    p->segments = s;
    p->n_segments = n;
    p->first_date = INT64_MAX;
    p->last_date = INT64_MIN;
    for (size_t i = 0; i < n; i++) {
        p->first_date = min64(p->first_date, floor_div(s[i].start + s[i].offset, USEC_PER_DAY) - 1);
        p->last_date = max64(p->last_date, floor_div(s[i].end - 1 + s[i].offset, USEC_PER_DAY));
    }
    return RC_OK;
}

/* Adds the instants at which the wall clock shows [wall_lo, wall_hi): none in a gap, two stretches in a fold. */
static bool place_wall(struct arena *a, const struct place *p, int64_t wall_lo, int64_t wall_hi, struct grow *out)
{
    for (size_t i = 0; i < p->n_segments; i++) {
        const struct segment *s = &p->segments[i];
        if (!grow_interval(a, out, max64(s->start, wall_lo - s->offset), min64(s->end, wall_hi - s->offset))) return false;
    }
    return true;
}

static enum rc place_holidays(struct arena *a, const struct slot_location *l, int64_t lo, int64_t hi, struct place *p)
{
    struct grow days = { 0 };
    for (size_t i = 0; i < l->n_holidays; i++) {
        int64_t date = l->holidays[i];
        if (date < p->first_date || date > p->last_date) continue;
        if (!place_wall(a, p, date * USEC_PER_DAY, (date + 1) * USEC_PER_DAY, &days)) return RC_OOM;
    }
    return ranges_build(a, days.items, days.n, lo, hi, &p->holidays);
}

/* Everything about a location that does not depend on the provider; claims within [lo, hi), hours from `from` on. */
static enum rc place_build(
    struct arena *a, const struct slot_query *q, const struct slot_location *l, int64_t from, int64_t to, struct place *p)
{
    const struct slot_rules *r = &q->rules;
    int64_t lo = from - r->buffer_before_min * USEC_PER_MIN;
    int64_t end = to + r->duration_min * USEC_PER_MIN, hi = end + r->buffer_after_min * USEC_PER_MIN;
    *p = (struct place){ .today = zone_date(l->zone, r->now) };
    TRY(place_segments(a, l->zone, from - GAP_MAX_US, end, p));
    TRY(place_holidays(a, l, from, end, p));
    return ranges_build(a, l->blocked, l->n_blocked, lo, hi, &p->blocked);
}

/* ---- The days of a plan -------------------------------------------------------------------------------------- */

/* One local date: seen_* is the first opening and the last closing of the rows of this date, in minutes after its
 * midnight, replaced weekly hours included; 0, 0 = none. */
struct day {
    int64_t seen_min, seen_max, booked;
    bool replaced;
};
struct days {
    struct day *at;
    int64_t first_date, last_date;
};

static bool hours_valid(int64_t start_min, int64_t end_min)
{
    return start_min >= 0 && start_min < DAY_MIN && end_min > start_min && end_min <= 2 * DAY_MIN;
}

static void day_see(struct day *d, int64_t start_min, int64_t end_min)
{
    d->seen_min = d->seen_max ? min64(d->seen_min, start_min) : start_min;
    d->seen_max = max64(d->seen_max, end_min);
}

static bool days_open(
    struct arena *a, const struct place *p, struct day *d, int64_t date, int64_t start_min, int64_t end_min, struct grow *open)
{
    if (!hours_valid(start_min, end_min)) return true;
    day_see(d, start_min, end_min);
    if (!open) return true;
    int64_t midnight = date * USEC_PER_DAY;
    return place_wall(a, p, midnight + start_min * USEC_PER_MIN, midnight + end_min * USEC_PER_MIN, open);
}

/* Fills the table of days and the open hours as instants. Exceptions first: they decide whether the week counts. */
static enum rc days_build(struct arena *a, const struct slot_plan *plan, const struct place *p, struct days *out, struct grow *open)
{
    *out = (struct days){ .first_date = p->first_date, .last_date = p->last_date };
    size_t n = (size_t)(p->last_date - p->first_date + 1);
    out->at = arena_alloc(a, n * sizeof *out->at);
    if (!out->at) return RC_OOM;
    for (size_t i = 0; i < plan->n_exceptions; i++) {
        const struct slot_exception *e = &plan->exceptions[i];
        if (e->date < p->first_date || e->date > p->last_date) continue;
        struct day *d = &out->at[e->date - p->first_date];
        d->replaced = true;
        if (!e->closed && !days_open(a, p, d, e->date, e->start_min, e->end_min, open)) return RC_OOM;
    }
    for (int64_t date = p->first_date; date <= p->last_date; date++) {
        struct day *d = &out->at[date - p->first_date];
        int weekday = date_weekday(date);
        for (size_t i = 0; i < plan->n_weekly; i++) {
            const struct slot_hours *h = &plan->weekly[i];
            if (h->weekday == weekday && !days_open(a, p, d, date, h->start_min, h->end_min, d->replaced ? NULL : open)) return RC_OOM;
        }
    }
    for (size_t i = 0; i < plan->n_booked; i++)
        if (plan->booked[i].date >= p->first_date && plan->booked[i].date <= p->last_date)
            out->at[plan->booked[i].date - p->first_date].booked += plan->booked[i].n;
    return RC_OK;
}

/* ---- The question, prepared ------------------------------------------------------------------------------------ */

/* A plan's hours, for its own candidates and for the parts of others'. */
struct shift {
    struct ranges open, away;
    struct days days;
};

/* The claims of everybody, sorted, and everything about the locations and plans: once, whoever asks for it. */
struct prepared {
    struct place *places;
    struct ranges *claims, *resources, patient;
    struct shift *shifts;
};

static enum rc shift_build(struct arena *a, const struct slot_plan *plan, const struct place *p, int64_t from, int64_t to, struct shift *out)
{
    struct grow open = { 0 };
    TRY(days_build(a, plan, p, &out->days, &open));
    TRY(ranges_build(a, open.items, open.n, from, to, &out->open));
    return ranges_build(a, plan->away, plan->n_away, from, to, &out->away);
}

static bool with_help(const struct slot_query *q)
{
    for (size_t i = 0; i < q->n_parts; i++)
        if (q->parts[i].kind == PART_PROVIDER) return true;
    return false;
}

/* Only what plan `only` can ask for; all plans with SIZE_MAX. */
static enum rc prepare(struct arena *a, const struct slot_query *q, int64_t from, int64_t to, size_t only, struct prepared *out)
{
    const struct slot_rules *r = &q->rules;
    int64_t lo = from - r->buffer_before_min * USEC_PER_MIN, end = to + r->duration_min * USEC_PER_MIN, hi = end + r->buffer_after_min * USEC_PER_MIN;
    bool one = only != SIZE_MAX, help = with_help(q);
    *out = (struct prepared){ .places = arena_alloc(a, (q->n_locations + 1) * sizeof *out->places),
        .claims = arena_alloc(a, (q->n_providers + 1) * sizeof *out->claims),
        .resources = arena_alloc(a, (q->n_resources + 1) * sizeof *out->resources),
        .shifts = arena_alloc(a, (q->n_plans + 1) * sizeof *out->shifts) };
    if (!out->places || !out->claims || !out->resources || !out->shifts) return RC_OOM;
    size_t here = one ? q->plans[only].location : SIZE_MAX;
    for (size_t i = 0; i < q->n_locations; i++)
        if (!one || i == here) TRY(place_build(a, q, &q->locations[i], from, to, &out->places[i]));
    for (size_t i = 0; i < q->n_providers; i++)
        if (!one || help || i == q->plans[only].provider)
            TRY(ranges_build(a, q->providers[i].busy, q->providers[i].n_busy, lo, hi, &out->claims[i]));
    for (size_t i = 0; q->n_parts && i < q->n_resources; i++)
        if (!one || q->resources[i].location == here)
            TRY(ranges_build(a, q->resources[i].busy, q->resources[i].n_busy, lo, hi, &out->resources[i]));
    for (size_t i = 0; i < q->n_plans; i++)
        if (!one || i == only || (help && q->plans[i].location == here))
            TRY(shift_build(a, &q->plans[i], &out->places[q->plans[i].location], from, end, &out->shifts[i]));
    return ranges_build(a, q->patient, q->n_patient, from, end, &out->patient);
}

/* ---- Judging one candidate ----------------------------------------------------------------------------------- */

/* When somebody is wanted: for treatment, and with buffers; relative to the start of a candidate, or as instants. */
struct span {
    int64_t from, to, lo, hi;
};

static struct span span_at(const struct span *s, int64_t start)
{
    return (struct span){ start + s->from, start + s->to, start + s->lo, start + s->hi };
}

/* Somebody who may fill a part, and how far the candidates have come along his lists; .who is his number among all
 * providers and, after them, all resources. */
struct member {
    const struct ranges *claims;
    const struct shift *shift; /* NULL: a resource, which is always at work */
    int32_t who;
    struct {
        size_t claims, open, away;
    } at;
};
struct need {
    struct span span;
    struct member *members;
    size_t n;
};

struct judge {
    const struct slot_query *q;
    const struct place *place;
    const struct ranges *claims, *patient; /* claims: the provider's */
    const struct shift *shift;
    struct need *needs;
    int32_t lead;              /* the first provider's number */
    struct span whole, first;  /* the appointment, and the first provider's part of it */
    int64_t last_date;         /* of the horizon */
    int32_t n_units;
    struct {
        size_t holidays, open, claims, blocked, patient, away;
    } at; /* cursors */
};

static struct span span_of(const struct slot_rules *r, int64_t from_min, int64_t to_min)
{
    return (struct span){ from_min * USEC_PER_MIN, to_min * USEC_PER_MIN, (from_min - (from_min == 0 ? r->buffer_before_min : 0)) * USEC_PER_MIN,
        (to_min + (to_min == r->duration_min ? r->buffer_after_min : 0)) * USEC_PER_MIN };
}

/* The plan of a provider at the location of another plan; the first of several; -1 when he never works there. */
static int64_t plan_beside(const struct slot_query *q, size_t provider, size_t location)
{
    for (size_t i = 0; i < q->n_plans; i++)
        if (q->plans[i].provider == provider && q->plans[i].location == location) return (int64_t)i;
    return -1;
}

static enum rc need_build(struct arena *a, const struct slot_query *q, const struct prepared *pre, const struct slot_part *part, size_t location, struct need *n)
{
    n->span = span_of(&q->rules, part->offset_min, part->offset_min + part->length_min);
    n->members = arena_alloc(a, (part->n_pool + 1) * sizeof *n->members);
    if (!n->members) return RC_OOM;
    for (size_t i = 0; i < part->n_pool; i++) {
        size_t who = part->pool[i];
        int64_t plan = part->kind == PART_PROVIDER ? plan_beside(q, who, location) : -1;
        if (part->kind == PART_PROVIDER ? plan < 0 : q->resources[who].location != location) continue;
        n->members[n->n++] = part->kind == PART_PROVIDER
            ? (struct member){ .claims = &pre->claims[who], .shift = &pre->shifts[plan], .who = (int32_t)who }
            : (struct member){ .claims = &pre->resources[who], .who = (int32_t)(q->n_providers + who) };
    }
    return RC_OK;
}

static enum rc judge_build(struct arena *a, const struct slot_query *q, size_t plan, const struct prepared *pre, struct judge *j)
{
    const struct slot_rules *r = &q->rules;
    const struct slot_plan *p = &q->plans[plan];
    *j = (struct judge){
        .q = q,
        .place = &pre->places[p->location],
        .claims = &pre->claims[p->provider],
        .patient = &pre->patient,
        .shift = &pre->shifts[plan],
        .needs = arena_alloc(a, (q->n_parts + 1) * sizeof *j->needs),
        .lead = (int32_t)p->provider,
        .whole = span_of(r, 0, r->duration_min),
        .first = span_of(r, 0, r->lead_min ? r->lead_min : r->duration_min),
        .last_date = r->horizon_days ? pre->places[p->location].today + r->horizon_days : INT64_MAX,
    };
    if (!j->needs) return RC_OOM;
    for (size_t i = 0; i < q->n_parts; i++) {
        TRY(need_build(a, q, pre, &q->parts[i], p->location, &j->needs[i]));
        j->n_units += q->parts[i].quantity;
    }
    return RC_OK;
}

static enum slot_reason claim_reason(enum slot_busy_kind kind)
{
    switch (kind) {
    case BUSY_TIME_OFF: return SLOT_TIME_OFF;
    case BUSY_BLOCKED: return SLOT_BLOCKED;
    case BUSY_BUFFER: return SLOT_BUFFER;
    case BUSY_APPOINTMENT:
    case BUSY_HOLD:
    case BUSY_CALENDAR: break;
    }
    return SLOT_BUSY;
}

/* Which of the claims around the cursor speaks first; leaves *v alone when none is stronger. always: the reason whatever the
 * claim is, or SLOT_FREE to go by its kind. */
static void judge_blame(const struct ranges *r, size_t cursor, enum slot_reason always, const struct span *s, struct slot_verdict *v)
{
    for (size_t k = cursor; k < r->n && r->at[k].start < s->hi; k++) {
        for (size_t i = r->at[k].first; i < r->at[k].first + r->at[k].n; i++) {
            const struct slot_busy *b = &r->items[i];
            if (b->end <= s->lo || b->start >= s->hi) continue;
            enum slot_reason why = always == SLOT_FREE ? claim_reason(b->kind) : always;
            if (b->end <= s->from || b->start >= s->to) why = SLOT_BUFFER;
            if (v->reason != SLOT_FREE && v->reason <= why) continue;
            v->reason = why;
            v->by_start = b->start;
            v->by_end = b->end;
        }
    }
}

static bool member_free(struct member *m, const struct span *s)
{
    if (ranges_hit(m->claims, &m->at.claims, s->lo, s->hi)) return false;
    if (!m->shift) return true;
    return ranges_cover(&m->shift->open, &m->at.open, s->from, s->to) && !ranges_hit(&m->shift->away, &m->at.away, s->from, s->to);
}

/* Who is free for each part, and who of them takes it. */
static enum slot_reason judge_parts(struct judge *j, int64_t start, struct slot_verdict *v)
{
    const struct slot_query *q = j->q;
    struct part_need needs[PART_UNITS_MAX];
    for (size_t i = 0; i < q->n_parts; i++) {
        struct span s = span_at(&j->needs[i].span, start);
        needs[i] = (struct part_need){ .lo = s.lo, .hi = s.hi, .quantity = q->parts[i].quantity };
        bool beside = j->needs[i].span.lo < j->first.hi && j->first.lo < j->needs[i].span.hi;
        for (size_t k = 0; k < j->needs[i].n && needs[i].n < j->n_units; k++) {
            struct member *m = &j->needs[i].members[k];
            if (beside && m->who == j->lead) continue;
            if (member_free(m, &s)) needs[i].who[needs[i].n++] = m->who;
        }
    }
    size_t filled = parts_fill(needs, q->n_parts, v->taken);
    if (filled < q->n_parts) return q->parts[filled].kind == PART_PROVIDER ? SLOT_NO_PROVIDER : SLOT_NO_RESOURCE;
    for (int32_t i = 0; i < j->n_units; i++)
        if (v->taken[i] >= (int32_t)q->n_providers) v->taken[i] -= (int32_t)q->n_providers;
    return SLOT_FREE;
}

/* The rules that need no list of claims. `date` is the local date of start. */
static enum slot_reason judge_rules(struct judge *j, int64_t start, int64_t date)
{
    const struct slot_rules *r = &j->q->rules;
    const struct days *days = &j->shift->days;
    if (start < r->now) return SLOT_PAST;
    if (start < r->now + r->min_notice_us) return SLOT_MIN_NOTICE;
    if (date > j->last_date) return SLOT_HORIZON;
    if (ranges_hit(&j->place->holidays, &j->at.holidays, start, start + j->whole.to)) return SLOT_HOLIDAY;
    if (!ranges_cover(&j->shift->open, &j->at.open, start, start + j->first.to)) return SLOT_OUTSIDE_HOURS;
    if (r->max_per_day && days->at[date - days->first_date].booked >= r->max_per_day) return SLOT_MAX_PER_DAY;
    return SLOT_FREE;
}

/* Candidates must come in ascending order. */
static void judge_candidate(struct judge *j, int64_t start, int64_t date, struct slot_verdict *v)
{
    struct span whole = span_at(&j->whole, start), first = span_at(&j->first, start);
    struct span core = { whole.from, whole.to, whole.from, whole.to }, road = { first.from, first.to, first.from, first.to };
    *v = (struct slot_verdict){ .end = whole.to, .by_start = NONE, .by_end = NONE };
    v->reason = judge_rules(j, start, date);
    if (v->reason != SLOT_FREE) return;
    bool taken = ranges_hit(j->claims, &j->at.claims, first.lo, first.hi);
    bool blocked = ranges_hit(&j->place->blocked, &j->at.blocked, whole.lo, whole.hi);
    bool elsewhere = ranges_hit(j->patient, &j->at.patient, core.lo, core.hi);
    bool away = ranges_hit(&j->shift->away, &j->at.away, road.lo, road.hi);
    if (taken) judge_blame(j->claims, j->at.claims, SLOT_FREE, &first, v);
    if (blocked) judge_blame(&j->place->blocked, j->at.blocked, SLOT_BLOCKED, &whole, v);
    if (elsewhere) judge_blame(j->patient, j->at.patient, SLOT_FREE, &core, v);
    if (away) judge_blame(&j->shift->away, j->at.away, SLOT_TRAVEL, &road, v);
    if (v->reason == SLOT_FREE && j->q->n_parts) v->reason = judge_parts(j, start, v);
}

/* ---- Walking the grid ---------------------------------------------------------------------------------------- */

struct walk {
    struct arena *arena;
    const struct slot_query *q;
    const struct slot_plan *plan;
    struct judge judge;
    int32_t index; /* of the plan */
    size_t limit;
    struct grow slots, *dropped; /* dropped: of all plans together */
    bool truncated, stop;
    enum rc rc;
};

static void walk_drop(struct walk *w, int64_t start, const struct slot_verdict *v)
{
    if (!w->q->explain) return;
    if (w->dropped->n >= SLOTS_MAX) {
        w->truncated = true;
        return;
    }
    struct slot_drop *d = grow_push(w->arena, w->dropped, sizeof *d);
    if (!d) {
        w->rc = RC_OOM;
        w->stop = true;
        return;
    }
    *d = (struct slot_drop){ .start = start,
        .by_start = v->by_start,
        .by_end = v->by_end,
        .plan = w->index,
        .provider = (int32_t)w->plan->provider,
        .location = (int32_t)w->plan->location,
        .reason = v->reason };
}

static void walk_offer(struct walk *w, int64_t start, const struct slot_verdict *v)
{
    if (w->slots.n >= w->limit) {
        w->truncated = true;
        w->stop = !w->q->explain;
        return;
    }
    struct slot *s = grow_push(w->arena, &w->slots, sizeof *s);
    if (!s) {
        w->rc = RC_OOM;
        w->stop = true;
        return;
    }
    *s = (struct slot){ .start = start,
        .end = v->end,
        .plan = w->index,
        .provider = (int32_t)w->plan->provider,
        .location = (int32_t)w->plan->location };
    memcpy(s->taken, v->taken, sizeof s->taken);
}

/* The grid points of a date from minute a to minute b that lie in the wall interval [lo, hi). */
static void walk_minutes(struct walk *w, int64_t date, int64_t a, int64_t b, int64_t lo, int64_t hi, int64_t offset, bool gap)
{
    int64_t step = w->q->rules.step_min, midnight = date * USEC_PER_DAY;
    a = max64(a, floor_div(lo - midnight + USEC_PER_MIN - 1, USEC_PER_MIN));
    for (int64_t m = (a + step - 1) / step * step; m < b && !w->stop; m += step) {
        int64_t wall = midnight + m * USEC_PER_MIN;
        if (wall >= hi) return;
        struct slot_verdict v = { .reason = SLOT_DST_GAP, .by_start = NONE, .by_end = NONE };
        if (!gap) judge_candidate(&w->judge, wall - offset, date, &v);
        if (v.reason == SLOT_FREE) walk_offer(w, wall - offset, &v);
        else walk_drop(w, wall - offset, &v);
    }
}

/* The candidates of a wall interval: on each date, what the evening before leaves (hours past 24:00), then its own. */
static void walk_wall(struct walk *w, int64_t lo, int64_t hi, int64_t offset, bool gap)
{
    lo = max64(lo, w->q->from + offset);
    hi = min64(hi, w->q->to + offset);
    if (lo >= hi) return;
    const struct days *days = &w->judge.shift->days;
    int64_t last = floor_div(hi - 1, USEC_PER_DAY);
    for (int64_t date = floor_div(lo, USEC_PER_DAY); date <= last && !w->stop; date++) {
        ASSERT(date > days->first_date && date <= days->last_date);
        const struct day *d = &days->at[date - days->first_date];
        int64_t tail = max64(d[-1].seen_max - DAY_MIN, 0);
        walk_minutes(w, date, 0, tail, lo, hi, offset, gap);
        walk_minutes(w, date, max64(tail, d->seen_min), min64(d->seen_max, DAY_MIN), lo, hi, offset, gap);
    }
}

static void walk_plan(struct walk *w, const struct place *p)
{
    for (size_t i = 0; i < p->n_segments && !w->stop; i++) {
        const struct segment *s = &p->segments[i], *before = i ? s - 1 : NULL;
        if (before) walk_wall(w, before->end + before->offset, s->start + s->offset, before->offset, true);
        walk_wall(w, s->start + s->offset, s->end + s->offset, s->offset, false);
    }
}

/* ---- The entrances ------------------------------------------------------------------------------------------- */

static bool within(int64_t v, int64_t lo, int64_t hi)
{
    return v >= lo && v <= hi;
}

static bool rules_valid(const struct slot_rules *r)
{
    return within(r->duration_min, 1, SLOT_LENGTH_MAX_MIN) && within(r->buffer_before_min, 0, SLOT_LENGTH_MAX_MIN) &&
           within(r->buffer_after_min, 0, SLOT_LENGTH_MAX_MIN) && within(r->step_min, 1, DAY_MIN) &&
           within(r->min_notice_us, 0, INSTANT_END) && within(r->horizon_days, 0, 100000) && r->max_per_day >= 0 && within(r->lead_min, 0, r->duration_min) &&
           within(r->now, INSTANT_MIN, INSTANT_END);
}

static bool window_valid(int64_t from, int64_t to)
{
    return within(from, INSTANT_MIN, INSTANT_END) && within(to, INSTANT_MIN, INSTANT_END) && from <= to &&
           to - from <= SLOTS_WINDOW_DAYS_MAX * USEC_PER_DAY;
}

static bool parts_valid(const struct slot_query *q)
{
    int64_t units = 0;
    for (size_t i = 0; i < q->n_parts; i++) {
        const struct slot_part *p = &q->parts[i];
        if (!within(p->offset_min, 0, q->rules.duration_min - 1) || !within(p->length_min, 1, q->rules.duration_min - p->offset_min)) return false;
        if (!within(p->quantity, 1, PART_UNITS_MAX)) return false;
        units += p->quantity;
        for (size_t k = 0; k < p->n_pool; k++)
            if (p->pool[k] >= (p->kind == PART_PROVIDER ? q->n_providers : q->n_resources)) return false;
    }
    return units <= PART_UNITS_MAX;
}

static bool query_valid(const struct slot_query *q)
{
    if (!rules_valid(&q->rules) || !parts_valid(q) || q->n_plans > INT32_MAX) return false;
    for (size_t i = 0; i < q->n_locations; i++)
        if (!q->locations[i].zone) return false;
    for (size_t i = 0; i < q->n_plans; i++)
        if (q->plans[i].provider >= q->n_providers || q->plans[i].location >= q->n_locations) return false;
    return true;
}

/* Merges the sorted lists of the plans by (start, plan) up to the limit. */
static enum rc find_merge(struct arena *a, const struct walk *walks, size_t n, size_t limit, struct slot_result *out)
{
    size_t total = 0, *head = arena_alloc(a, (n + 1) * sizeof *head);
    for (size_t i = 0; i < n; i++) total += walks[i].slots.n;
    if (total > limit) {
        total = limit;
        out->truncated = true;
    }
    if (!head) return RC_OOM;
    out->n_slots = total;
    if (n == 1) {
        out->slots = walks[0].slots.items;
        return RC_OK;
    }
    out->slots = arena_alloc(a, (total + 1) * sizeof *out->slots);
    if (!out->slots) return RC_OOM;
    for (size_t k = 0; k < total; k++) {
        const struct slot *best = NULL;
        for (size_t i = 0; i < n; i++) {
            if (head[i] == walks[i].slots.n) continue;
            const struct slot *s = (const struct slot *)walks[i].slots.items + head[i];
            if (!best || s->start < best->start) best = s;
        }
        ASSERT(best);
        head[best->plan]++;
        out->slots[k] = *best;
    }
    return RC_OK;
}

static int drop_compare(const void *pa, const void *pb)
{
    const struct slot_drop *a = pa, *b = pb;
    if (a->start != b->start) return a->start < b->start ? -1 : 1;
    if (a->plan != b->plan) return a->plan < b->plan ? -1 : 1;
    return (int)a->reason - (int)b->reason;
}

enum rc slots_find(struct arena *a, const struct slot_query *q, struct slot_result *out)
{
    *out = (struct slot_result){ 0 };
    if (!query_valid(q) || !window_valid(q->from, q->to)) return RC_INVALID;
    size_t limit = q->limit > 0 && q->limit < SLOTS_MAX ? q->limit : SLOTS_MAX;
    struct prepared pre;
    struct grow dropped = { 0 };
    TRY(prepare(a, q, q->from, q->to, SIZE_MAX, &pre));
    struct walk *walks = arena_alloc(a, (q->n_plans + 1) * sizeof *walks);
    if (!walks) return RC_OOM;
    for (size_t i = 0; i < q->n_plans; i++) {
        const struct slot_plan *plan = &q->plans[i];
        struct walk *w = &walks[i];
        *w = (struct walk){ .arena = a, .q = q, .plan = plan, .index = (int32_t)i, .limit = limit, .dropped = &dropped };
        if (plan->helps_only) continue;
        TRY(judge_build(a, q, i, &pre, &w->judge));
        walk_plan(w, w->judge.place);
        TRY(w->rc);
        out->truncated |= w->truncated;
    }
    if (dropped.n > 1) qsort(dropped.items, dropped.n, sizeof(struct slot_drop), drop_compare);
    out->dropped = dropped.items;
    out->n_dropped = dropped.n;
    return find_merge(a, walks, q->n_plans, limit, out);
}

static enum rc check_one(struct arena *a, const struct slot_query *q, size_t plan, int64_t start, struct slot_verdict *out)
{
    const struct zone *zone = q->locations[q->plans[plan].location].zone;
    int64_t wall = start + zone_offset_us(zone, start), date = floor_div(wall, USEC_PER_DAY);
    *out = (struct slot_verdict){ .reason = SLOT_OFF_GRID, .end = start + q->rules.duration_min * USEC_PER_MIN, .by_start = NONE, .by_end = NONE };
    if ((wall - date * USEC_PER_DAY) % (q->rules.step_min * USEC_PER_MIN) != 0) return RC_OK;
    struct prepared pre;
    struct judge judge;
    TRY(prepare(a, q, start, start + 1, plan, &pre));
    TRY(judge_build(a, q, plan, &pre, &judge));
    judge_candidate(&judge, start, date, out);
    return RC_OK;
}

enum rc slot_check(struct arena *a, const struct slot_query *q, size_t plan, int64_t start, struct slot_verdict *out)
{
    *out = (struct slot_verdict){ .reason = SLOT_OUTSIDE_HOURS, .end = start, .by_start = NONE, .by_end = NONE };
    if (!query_valid(q) || plan >= q->n_plans || q->plans[plan].helps_only || !window_valid(start, start)) return RC_INVALID;
    struct arena_mark mark = arena_mark(a);
    enum rc rc = check_one(a, q, plan, start, out);
    arena_rewind(a, mark);
    return rc;
}

/* Writes the open ranges minus the holidays; both are sorted and disjoint. */
static enum rc open_subtract(
    struct arena *a, const struct ranges *open, const struct ranges *closed, int64_t from, int64_t to, struct grow *out)
{
    size_t c = 0;
    for (size_t i = 0; i < open->n; i++) {
        int64_t at = max64(open->at[i].start, from), end = min64(open->at[i].end, to);
        while (c < closed->n && closed->at[c].end <= at) c++;
        for (size_t k = c; at < end; k++) {
            int64_t stop = k < closed->n ? min64(closed->at[k].start, end) : end;
            struct slot_open *o = at < stop ? grow_push(a, out, sizeof *o) : NULL;
            if (at < stop && !o) return RC_OOM;
            if (o) *o = (struct slot_open){ .start = at, .end = stop };
            at = k < closed->n ? closed->at[k].end : end;
        }
    }
    return RC_OK;
}

enum rc slots_open_hours(struct arena *a, const struct slot_location *location, const struct slot_plan *plan, int64_t from, int64_t to,
    struct slot_open **out, size_t *n)
{
    *out = NULL;
    *n = 0;
    if (!location->zone || !window_valid(from, to)) return RC_INVALID;
    struct place place = { 0 };
    struct days days;
    struct ranges open;
    struct grow rows = { 0 }, result = { 0 };
    TRY(place_segments(a, location->zone, from - GAP_MAX_US, to, &place));
    TRY(place_holidays(a, location, from, to, &place));
    TRY(days_build(a, plan, &place, &days, &rows));
    TRY(ranges_build(a, rows.items, rows.n, from, to, &open));
    TRY(open_subtract(a, &open, &place.holidays, from, to, &result));
    *out = result.items;
    *n = result.n;
    return RC_OK;
}
