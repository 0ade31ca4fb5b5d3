/* series_plan.c - many occurrences at once: what is in the way of each, with one reading for all of them. */
#include "modules/calendar/series.h"
#include "modules/calendar/sessions.h"
#include <stdlib.h>

static const char *const reason_names[] = { "provider_busy", "patient_busy", "resource_busy", "blocked", "no_resource", "outside_hours", "holiday",
    "time_off", "too_far", "past", "same_series", "travel", NULL };

/* ---- the rule ------------------------------------------------------------------------------------------------------------------- */

enum rc series_rule(struct req *r, const char *text, struct recur_rule *out)
{
    struct recur_problem p;
    if (!recur_parse(text, out, &p)) req_field_error(r, "rrule", arena_printf(r->arena, "%s %s", p.part, p.what));
    else if (!recur_ends(out)) req_field_error(r, "rrule", "must end: give COUNT or UNTIL");
    else if (out->count != NONE && out->count > RECUR_SERIES_MAX) req_field_error(r, "rrule", "COUNT must be at most 366");
    return req_invalid(r);
}

/* ---- what was read ---------------------------------------------------------------------------------------------------------------- */

struct seen { struct list claims, holidays, exceptions, blocked; struct open_hours *open; size_t n_open; int64_t from, to; };

static void add_why(struct series_plan *p, struct occurrence *o, struct series_conflict c)
{
    for (size_t i = 0; i < o->n_conflicts; i++)
        if (o->conflicts[i].reason == c.reason && id_eq(o->conflicts[i].appointment_id, c.appointment_id)) return;
    if (o->n_conflicts == 0) p->n_conflicts++;
    if (o->n_conflicts < SERIES_CONFLICTS_MAX) o->conflicts[o->n_conflicts++] = c;
}

static int64_t buffer_before(const struct series_plan *p) { return p->t->appt.buffer_before_min * USEC_PER_MIN; }
static int64_t buffer_after(const struct series_plan *p) { return p->t->appt.buffer_after_min * USEC_PER_MIN; }

/* Provider and patient; whoever else a service takes is chosen for each occurrence by itself. */
static enum rc read_claims(struct series_plan *p, struct seen *s)
{
    const struct appointment *a = &p->t->appt;
    struct id ids[2] = { a->provider_id, a->patient_id };
    struct look_window *w = arena_alloc(p->r->arena, (p->n + 1) * sizeof *w);
    size_t windows = 0;
    if (!w) return RC_OOM;
    for (size_t i = 0; i < p->n; i++)
        if (!p->at[i].skipped) w[windows++] = (struct look_window){ p->at[i].start - buffer_before(p), p->at[i].end + buffer_after(p) };
    return claims_in_windows(p->r->db, ids, id_is_nil(a->patient_id) ? 1 : 2, w, windows, &s->claims);
}

static enum rc add_open(struct series_plan *p, struct seen *s, int64_t from, int64_t to)
{
    struct list found;
    TRY(calendar_open_hours(p->r->db, p->t->appt.provider_id, p->t->appt.location_id, from - USEC_PER_DAY, to + USEC_PER_DAY, &found));
    struct open_hours *all = arena_alloc(p->r->arena, (s->n_open + found.n + 1) * sizeof *all);
    if (!all) return RC_OOM;
    for (size_t i = 0; i < s->n_open; i++) all[i] = s->open[i];
    for (size_t i = 0; i < found.n; i++) all[s->n_open++] = *LIST_AT(found, struct open_hours, i);
    s->open = all;
    return RC_OK;
}

/* Open hours are told for some months at once, where there is an occurrence. */
static enum rc read_open(struct series_plan *p, struct seen *s)
{
    int64_t span = (SLOTS_WINDOW_DAYS_MAX - 4) * USEC_PER_DAY;
    for (int64_t at = s->from; at < s->to; at += span) {
        int64_t from = INT64_MAX, to = INT64_MIN;
        for (size_t i = 0; i < p->n; i++) {
            const struct occurrence *o = &p->at[i];
            if (o->skipped || o->start < at || o->start >= at + span) continue;
            if (o->start < from) from = o->start;
            if (o->end > to) to = o->end;
        }
        if (to > from) TRY(add_open(p, s, from, to));
    }
    return RC_OK;
}

static enum rc read_all(struct series_plan *p, struct seen *s)
{
    s->from = INT64_MAX, s->to = INT64_MIN;
    for (size_t i = 0; i < p->n; i++) {
        if (p->at[i].start < s->from) s->from = p->at[i].start;
        if (p->at[i].end > s->to) s->to = p->at[i].end;
    }
    int64_t day_from = floor_div(s->from, USEC_PER_DAY) - 2, day_to = floor_div(s->to, USEC_PER_DAY) + 2;
    struct tdb *b = db_batch(p->r->db);
    TRY(holidays_list(b, day_from, day_to, &s->holidays));
    TRY(exceptions_list(b, p->t->appt.provider_id, day_from, day_to, &s->exceptions));
    TRY(blocked_locations(b, s->from, s->to, &s->blocked));
    TRY(db_batch_run(b));
    if (!p->by_itself) TRY(read_claims(p, s));
    return p->also_closed ? RC_OK : read_open(p, s);
}

/* ---- what is in the way ------------------------------------------------------------------------------------------------------------ */

static bool is_own(const struct series_plan *p, struct id owner)
{
    for (size_t i = 0; i < p->n_own; i++)
        if (id_eq(p->own[i], owner)) return true;
    return false;
}

static bool reaches(const struct series_plan *p, const struct occurrence *o, const struct claim *c)
{
    bool buffers = !id_eq(c->subject_id, p->t->appt.patient_id);
    return c->starts_at < o->end + (buffers ? buffer_after(p) : 0) && c->ends_at > o->start - (buffers ? buffer_before(p) : 0);
}

static void look_at_claim(struct series_plan *p, struct occurrence *o, const struct claim *c)
{
    const struct appointment *a = &p->t->appt;
    if (!p->by_itself && !reaches(p, o, c)) return;
    if (c->expires_at != NONE && c->expires_at <= p->r->now) {
        o->expired = true;
        return;
    }
    enum series_reason why = id_eq(c->subject_id, a->patient_id) ? WHY_PATIENT : id_eq(c->subject_id, a->provider_id) ? WHY_PROVIDER : WHY_RESOURCE;
    if (c->kind == CLAIM_BLOCKED) why = WHY_BLOCKED;
    if (c->way) why = WHY_TRAVEL;
    add_why(p, o, (struct series_conflict){ why, c->core_start, c->core_end, c->subject_id, c->kind == CLAIM_APPOINTMENT ? c->owner_id : ID_NIL, ID_NIL });
}

static bool only_parts_taken(const struct taking *t)
{
    for (size_t i = 0; i < t->n_conflicts; i++)
        if (id_eq(t->conflicts[i].subject_id, t->appt.provider_id) || id_eq(t->conflicts[i].subject_id, t->appt.patient_id)) return false;
    return t->n_conflicts > 0;
}

static enum rc choose(struct series_plan *p, struct occurrence *o, struct list given)
{
    struct taking *t = p->t;
    t->appt.id = o->id;
    t->except = o->id;
    t->appt.start = o->start;
    t->appt.end = o->end;
    t->given = given;
    t->n_conflicts = 0;
    t->seen.n_subjects = 0;
    t->seen.from = t->seen.to = 0;
    TRY(taking_choose_parts(t));
    if (!t->missing) TRY(taking_look(t));
    o->parts = t->appt.parts;
    o->resource_ids = t->appt.resource_ids;
    return RC_OK;
}

/* Further providers, chairs and ways, by the same rules as for a single booking. What it has it keeps where it can. */
static enum rc look_by_itself(struct series_plan *p, struct occurrence *o)
{
    struct taking *t = p->t;
    TRY(choose(p, o, o->given.n ? o->given : p->given));
    if (o->given.n && only_parts_taken(t)) TRY(choose(p, o, (struct list){ NULL, 0 }));
    if (t->missing) add_why(p, o, (struct series_conflict){ .reason = WHY_NO_RESOURCE, .start = NONE, .end = NONE });
    for (size_t i = 0; i < t->n_conflicts && !t->missing; i++)
        if (!is_own(p, t->conflicts[i].owner_id)) look_at_claim(p, o, &t->conflicts[i]);
    return RC_OK;
}

static enum series_reason why_closed(const struct series_plan *p, const struct seen *s, const struct occurrence *o)
{
    int64_t date = zone_date(p->zone, o->start);
    for (size_t i = 0; i < s->holidays.n; i++) {
        const struct holiday *h = LIST_AT(s->holidays, struct holiday, i);
        if (h->date == date && (id_is_nil(h->location_id) || id_eq(h->location_id, p->t->appt.location_id))) return WHY_HOLIDAY;
    }
    for (size_t i = 0; i < s->exceptions.n; i++) {
        const struct provider_exception *x = LIST_AT(s->exceptions, struct provider_exception, i);
        if (x->date == date && x->closed) return WHY_TIME_OFF;
    }
    return WHY_OUTSIDE_HOURS;
}

static void look_at_hours(struct series_plan *p, const struct seen *s, struct occurrence *o)
{
    for (size_t i = 0; i < s->n_open; i++) {
        const struct open_hours *h = &s->open[i];
        if (h->start <= o->start && h->end >= o->end) return;
    }
    add_why(p, o, (struct series_conflict){ .reason = why_closed(p, s, o), .start = NONE, .end = NONE });
}

static void look_at_others(struct series_plan *p, struct occurrence *o)
{
    int64_t room = buffer_before(p) + buffer_after(p);
    for (const struct occurrence *x = p->at; x < o; x++)
        if (!x->skipped && x->start < o->end + room && x->end + room > o->start)
            add_why(p, o, (struct series_conflict){ .reason = WHY_ITSELF, .start = x->start, .end = x->end });
}

static void look_at_blocked(struct series_plan *p, const struct seen *s, struct occurrence *o)
{
    for (size_t i = 0; i < s->blocked.n; i++) {
        const struct blocked_time *b = LIST_AT(s->blocked, struct blocked_time, i);
        if (id_eq(b->subject_id, p->t->appt.location_id) && b->start < o->end && b->end > o->start)
            add_why(p, o, (struct series_conflict){ WHY_BLOCKED, b->start, b->end, b->subject_id, ID_NIL, ID_NIL });
    }
}

static enum rc look_at_one(struct series_plan *p, const struct seen *s, struct occurrence *o)
{
    struct series_conflict past = { .reason = WHY_PAST, .start = NONE, .end = NONE }, far = { .reason = WHY_TOO_FAR, .start = NONE, .end = NONE };
    if (o->start < p->r->now) add_why(p, o, past);
    if (o->start > p->r->now + RECUR_SERIES_DAYS_MAX * USEC_PER_DAY) add_why(p, o, far);
    for (size_t i = 0; i < s->claims.n; i++)
        if (!is_own(p, LIST_AT(s->claims, struct claim, i)->owner_id)) look_at_claim(p, o, LIST_AT(s->claims, struct claim, i));
    if (p->by_itself) TRY(look_by_itself(p, o));
    look_at_blocked(p, s, o);
    if (!p->also_closed) look_at_hours(p, s, o);
    look_at_others(p, o);
    return RC_OK;
}

/* The claims do not say which of their owners are group sessions. */
static enum rc name_sessions(struct series_plan *p, const struct seen *s)
{
    struct list all;
    if (!p->n_conflicts) return RC_OK;
    TRY(groups_list(p->r->db, s->from - CLAIM_US_MAX, s->to + CLAIM_US_MAX, ID_NIL, &all));
    for (size_t i = 0; i < p->n && all.n; i++)
        for (size_t k = 0; k < p->at[i].n_conflicts; k++) {
            struct series_conflict *c = &p->at[i].conflicts[k];
            for (size_t g = 0; g < all.n && !id_is_nil(c->appointment_id); g++)
                if (id_eq(c->appointment_id, LIST_AT(all, struct group_session, g)->id)) c->session_id = c->appointment_id, c->appointment_id = ID_NIL;
        }
    return RC_OK;
}

enum rc series_plan_look(struct series_plan *p)
{
    struct seen s = { 0 };
    struct taking *t = p->t;
    p->n_conflicts = 0;
    if (t->seen.facts.n_ways) TRY(taking_read_ways(t, p->r->db));
    p->by_itself = t->n_parts || t->resource_kind != NONE || p->given.n || t->ways.n;
    for (size_t i = 0; i < p->n; i++) p->by_itself = p->by_itself || p->at[i].given.n;
    TRY(read_all(p, &s));
    for (size_t i = 0; i < p->n; i++) {
        struct occurrence *o = &p->at[i];
        o->n_conflicts = 0;
        o->expired = false;
        if (!o->skipped) TRY(look_at_one(p, &s, o));
    }
    return name_sessions(p, &s);
}

/* ---- what else there is ---------------------------------------------------------------------------------------------------------------- */

static int64_t distance(const struct slot_answer *s, int64_t start) { return s->start < start ? start - s->start : s->start - start; }

/* The three nearest of many, which are in order of time. */
static void keep_nearest(struct list *l, int64_t start)
{
    size_t from = 0, n = l->n;
    while (n > SERIES_ALTERNATIVES)
        if (distance(LIST_AT(*l, struct slot_answer, from), start) > distance(LIST_AT(*l, struct slot_answer, from + n - 1), start)) from++, n--;
        else n--;
    *l = (struct list){ n ? LIST_AT(*l, struct slot_answer, from) : NULL, n };
}

static enum rc find_nearest(struct series_plan *p, struct occurrence *o)
{
    static const int64_t days[] = { 1, 4 };
    const struct appointment *a = &p->t->appt;
    for (size_t i = 0; i < ARRAY_LEN(days) && o->alternatives.n < SERIES_ALTERNATIVES; i++) {
        struct slot_ask ask = { .service_id = a->service_id, .provider_id = a->provider_id, .location_id = a->location_id, .patient_id = a->patient_id,
            .from = o->start - days[i] * USEC_PER_DAY, .to = o->start + (days[i] + 1) * USEC_PER_DAY, .now = p->r->now,
            .except = o->member ? o->member->id : ID_NIL };
        if (ask.from < p->r->now) ask.from = p->r->now;
        if (ask.to <= ask.from) return RC_OK;
        enum rc rc = calendar_slots(p->r->db, &ask, &o->alternatives, NULL);
        if (rc == RC_NOT_FOUND || rc == RC_INVALID) return RC_OK;
        TRY(rc);
        keep_nearest(&o->alternatives, o->start);
    }
    return RC_OK;
}

enum rc series_plan_alternatives(struct series_plan *p)
{
    size_t searches = 0;
    for (size_t i = 0; i < p->n && searches < SERIES_SEARCHES_MAX; i++) {
        if (!p->at[i].n_conflicts || p->at[i].skipped) continue;
        TRY(find_nearest(p, &p->at[i]));
        searches++;
    }
    return RC_OK;
}

/* ---- as answers ------------------------------------------------------------------------------------------------------------------------- */

static const struct field conflict_fields[] = { F_ENUM(struct series_conflict, reason, reason_names), F_INSTANT(struct series_conflict, start, .nullable = true),
    F_INSTANT(struct series_conflict, end, .nullable = true), F_ID(struct series_conflict, subject_id, .nullable = true),
    F_ID(struct series_conflict, appointment_id, .nullable = true), F_ID(struct series_conflict, session_id, .nullable = true), F_END };
static const struct shape conflict_shape = SHAPE(series_conflict, conflict_fields);
static const struct field alternative_fields[] = { F_INSTANT(struct slot_answer, start), F_INSTANT(struct slot_answer, end), F_ID(struct slot_answer, provider_id),
    F_ID(struct slot_answer, location_id), F_END };
static const struct shape alternative_shape = SHAPE_NAMED("series_alternative", slot_answer, alternative_fields);
static const struct field occurrence_fields[] = {
    F_INSTANT(struct occurrence_out, at, .doc = "The instant the rule gives: its name within the series"), F_INSTANT(struct occurrence_out, start),
    F_INSTANT(struct occurrence_out, end), F_STR(struct occurrence_out, wall, .doc = "The start on the clock of the place, as the rule says it"),
    F_ID(struct occurrence_out, appointment_id, .nullable = true), F_BOOL(struct occurrence_out, dst_shifted, .doc = "The clock jumps over this wall time: it is later by the jump"),
    F_BOOL(struct occurrence_out, moved), F_BOOL(struct occurrence_out, skipped), F_LIST(struct occurrence_out, conflicts, &conflict_shape),
    F_LIST(struct occurrence_out, alternatives, &alternative_shape, .doc = "The nearest free times, up to three"), F_END };
const struct shape series_occurrence_shape = SHAPE_NAMED("series_occurrence", occurrence_out, occurrence_fields);

struct list series_occurrences(struct series_plan *p, bool only_conflicts)
{
    char text[INSTANT_TEXT];
    struct occurrence_out *out = arena_alloc(p->r->arena, (p->n + 1) * sizeof *out);
    size_t n = 0;
    for (size_t i = 0; out && i < p->n; i++) {
        struct occurrence *o = &p->at[i];
        if (only_conflicts && !o->n_conflicts) continue;
        out[n++] = (struct occurrence_out){ o->at, o->start, o->end, arena_strndup(p->r->arena, instant_format(o->wall, text), 16), o->id, o->dst_shifted, o->moved,
            o->skipped, { o->conflicts, o->n_conflicts }, o->alternatives };
    }
    return (struct list){ out, n };
}

struct refusal { struct list occurrences; };
enum rc series_refuse(struct series_plan *p)
{
    static const struct field fields[] = { F_LIST(struct refusal, occurrences, &series_occurrence_shape), F_END };
    static const struct shape shape = SHAPE(refusal, fields);
    CLEANUP(buf_free) struct buf b = { 0 };
    TRY(series_plan_alternatives(p));
    struct refusal out = { series_occurrences(p, true) };
    if (out.occurrences.n > 100) out.occurrences.n = 100;
    buf_init(&b, 256 * 1024);
    struct json j = json_to(&b);
    shape_write(&j, &shape, &out);
    return req_fail(p->r, RC_OVERLAP, "Some of these times cannot be taken", b.failed ? NULL : arena_strndup(p->r->arena, b.data, b.len));
}

/* ---- into the claims ------------------------------------------------------------------------------------------------------------------------ */

enum { SERIES_KEYS = 64 };

static size_t add_key(int64_t *keys, size_t n, int64_t key)
{
    for (size_t i = 0; i < n; i++)
        if (keys[i] == key) return n;
    ASSERT(n < SERIES_KEYS);
    keys[n] = key;
    return n + 1;
}

/* Where there are ways, everybody who is on one: single bookings share these keys (taking_lock_all), a series has them alone. */
static enum rc add_way_keys(const struct series_plan *p, int64_t *keys, size_t *n)
{
    *n = add_key(keys, *n, taking_way_key(p->t->appt.provider_id));
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->at[i].parts.n && !p->at[i].skipped; k++) {
            const struct appt_part *x = LIST_AT(p->at[i].parts, struct appt_part, k);
            if (x->kind != PART_PROVIDER) continue;
            if (*n >= SERIES_KEYS) return req_fail(p->r, RC_STATE, "More than 60 different providers take part in this series", NULL);
            *n = add_key(keys, *n, taking_way_key(x->subject_id));
        }
    return RC_OK;
}

/* Two series of one provider, patient or chair come one after the other; single bookings meet them at the claims, and on the way. */
enum rc series_lock(struct tx *tx, const struct series_plan *p)
{
    const struct appointment *a = &p->t->appt;
    int64_t keys[SERIES_KEYS];
    size_t n = 0;
    keys[n++] = lock_key("series", a->provider_id, 0);
    if (!id_is_nil(a->patient_id)) keys[n++] = lock_key("series", a->patient_id, 0);
    keys[n++] = lock_key("series", a->location_id, 0);
    if (p->t->ways.n) TRY(add_way_keys(p, keys, &n));
    TRY(claims_lock_location(tx, a->location_id));
    return tx_lock(tx, keys, n);
}

void series_taking(struct series_plan *p, struct occurrence *o)
{
    struct taking *t = p->t;
    t->appt.start = o->start;
    t->appt.end = o->end;
    t->audit_id = o->audit_id;
    t->given = (struct list){ NULL, 0 };
    t->appt.parts = o->parts;
    t->appt.resource_ids = o->resource_ids;
    taking_subjects(t);
    for (size_t i = 0; i < t->n_subjects; i++) t->subjects[i].has_expired |= o->expired;
}

enum rc series_mail(struct tx *tx, struct req *r, struct id job, struct id root, const char *what, int64_t sequence)
{
    char id[ID_TEXT];
    id_format(root, id);
    return tx_job(tx, job, "notices.series", arena_printf(r->arena, "%s:series:%s:%lld", id, what, (long long)sequence), r->now,
        arena_printf(r->arena, "{\"series_id\":\"%s\",\"what\":\"%s\",\"sequence\":%lld}", id, what, (long long)sequence));
}
