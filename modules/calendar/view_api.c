/* view_api.c - the calendar of a few days, free times, conflict check. */
#include "modules/calendar/view_api.h"
#include "modules/tenants/tenants.h"

/* ---- windows: an instant, or a date in the clinic's zone ------------------------------------------------------------------------ */

/* No window reaches further than instants do. */
static int64_t within_time(int64_t t)
{
    return t < INSTANT_MIN ? INSTANT_MIN : t > INSTANT_END ? INSTANT_END : t;
}

static bool parse_when(const struct zone *z, const char *s, int64_t *out)
{
    int64_t date;
    if (instant_parse(s, out)) return true;
    if (!date_parse(s, &date)) return false;
    *out = within_time(zone_midnight(z, date));
    return true;
}

static enum rc clinic_zone(struct req *r, const struct zone **out)
{
    struct tenant t = { .time_zone = r->who->time_zone };
    if (!t.time_zone) TRY(tenants_get(r->db, &t));
    *out = zone_find(t.time_zone);
    return *out ? RC_OK : fault(RC_FAULT, "the clinic's zone is not in tzdata any more");
}

enum rc view_window(struct req *r, const char *from, const char *to, int64_t default_from, int64_t default_to, int64_t *out_from, int64_t *out_to)
{
    const struct zone *z;
    TRY(clinic_zone(r, &z));
    int64_t today = zone_date(z, r->now);
    *out_from = r->now + default_from * USEC_PER_DAY;
    *out_to = r->now + default_to * USEC_PER_DAY;
    if (default_to - default_from <= CALENDAR_DAYS_MAX) {
        *out_from = zone_midnight(z, today + default_from);
        *out_to = zone_midnight(z, today + default_to);
    }
    if (from && !parse_when(z, from, out_from)) req_field_error(r, "from", "must be an instant or a date");
    if (from && !to && !req_has_errors(r)) *out_to = within_time(*out_from + (default_to - default_from) * USEC_PER_DAY);
    if (to && !parse_when(z, to, out_to)) req_field_error(r, "to", "must be an instant or a date");
    if (!req_has_errors(r) && *out_to <= *out_from) req_field_error(r, "to", "must be after from");
    return req_invalid(r);
}

/* ---- the calendar ------------------------------------------------------------------------------------------------------------------ */

struct view_query { const char *from, *to; struct id provider_id, location_id; };
static const struct field view_query_fields[] = {
    F_STR(struct view_query, from, .max = 40, .when = true, .doc = "Instant, or a date in the clinic's zone; today when absent"),
    F_STR(struct view_query, to, .max = 40, .when = true, .doc = "Instant or date, not included; a day after from when absent"),
    F_ID(struct view_query, provider_id, .doc = "Only this provider"), F_ID(struct view_query, location_id, .doc = "Only this location"), F_END };
const struct shape view_query_shape = SHAPE(view_query, view_query_fields);

static const struct field item_part_fields[] = { F_ID(struct appt_part, subject_id), F_ENUM(struct appt_part, kind, part_kind_names),
    F_INSTANT(struct appt_part, start), F_INSTANT(struct appt_part, end), F_END };
static const struct shape item_part_shape = SHAPE_NAMED("calendar_item_part", appt_part, item_part_fields);
static const struct field item_fields[] = { F_ID(struct calendar_item, id), F_ID(struct calendar_item, client_id), F_STR(struct calendar_item, client_name),
    F_ID(struct calendar_item, patient_id), F_STR(struct calendar_item, patient_name), F_ENUM(struct calendar_item, patient_kind, patient_kind_names),
    F_ID(struct calendar_item, service_id), F_STR(struct calendar_item, service_name), F_STR(struct calendar_item, color),
    F_ID(struct calendar_item, provider_id), F_ID(struct calendar_item, location_id), F_SCALARS(struct calendar_item, resource_ids, K_ID),
    F_LIST(struct calendar_item, parts, &item_part_shape), F_INT(struct calendar_item, lead_min, .nullable = true),
    F_INSTANT(struct calendar_item, start), F_INSTANT(struct calendar_item, end), F_ENUM(struct calendar_item, status, appt_state_names),
    F_BOOL(struct calendar_item, notes), F_BOOL(struct calendar_item, overbooked), F_BOOL(struct calendar_item, series, .doc = "One of a series"), F_BOOL(struct calendar_item, owes, .doc = "Its order is not paid yet"), F_INT(struct calendar_item, version), F_END };
static const struct shape item_shape = SHAPE(calendar_item, item_fields);
static const struct field open_fields[] = { F_ID(struct open_hours, provider_id), F_ID(struct open_hours, location_id), F_INSTANT(struct open_hours, start),
    F_INSTANT(struct open_hours, end), F_END };
static const struct shape open_shape = SHAPE(open_hours, open_fields);
static const struct field outside_fields[] = { F_ID(struct outside_busy, provider_id), F_INSTANT(struct outside_busy, start), F_INSTANT(struct outside_busy, end), F_END };
static const struct shape outside_shape = SHAPE(outside_busy, outside_fields);
struct view { struct list appointments, blocked, outside, open; int64_t from, to; };
static const struct field view_fields[] = { F_LIST(struct view, appointments, &item_shape), F_LIST(struct view, blocked, &blocked_time_shape),
    F_LIST(struct view, outside, &outside_shape, .doc = "Time taken in providers' other calendars"),
    F_LIST(struct view, open, &open_shape), F_INSTANT(struct view, from), F_INSTANT(struct view, to), F_END };
const struct shape view_shape = SHAPE_NAMED("calendar", view, view_fields);

static void keep_location(struct list *items, struct id location)
{
    size_t n = 0;
    for (size_t i = 0; i < items->n; i++)
        if (id_eq(LIST_AT(*items, struct calendar_item, i)->location_id, location)) *LIST_AT(*items, struct calendar_item, n++) = *LIST_AT(*items, struct calendar_item, i);
    items->n = n;
}

enum rc view_calendar(struct req *r)
{
    const struct view_query *q = r->query;
    struct view v = { 0 };
    TRY(view_window(r, q->from, q->to, 0, 1, &v.from, &v.to));
    if (v.to - v.from > CALENDAR_DAYS_MAX * USEC_PER_DAY + 2 * USEC_PER_HOUR) req_field_error(r, "to", "must be at most 42 days after from");
    TRY(req_invalid(r));
    struct open_read open;
    struct tdb *b = db_batch(r->db);
    TRY(calendar_items_read(b, v.from, v.to, q->provider_id, &v.appointments));
    TRY(blocked_list(b, v.from, v.to, &v.blocked));
    TRY(outside_list(b, v.from, v.to, q->provider_id, &v.outside));
    TRY(calendar_open_read(b, q->provider_id, q->location_id, v.from, v.to, &open));
    TRY(db_batch_run(b));
    TRY(calendar_items_merge(r->arena, &v.appointments));
    TRY(calendar_open_of(r->arena, &open, &v.open));
    if (!id_is_nil(q->location_id)) keep_location(&v.appointments, q->location_id);
    return reply(r, &v);
}

/* ---- free times ---------------------------------------------------------------------------------------------------------------------- */

struct slots_query { struct id service_id, provider_id, location_id; const char *from, *to; };
static const struct field slots_query_fields[] = {
    F_ID(struct slots_query, service_id, .required = true, .doc = "What for"),
    F_ID(struct slots_query, provider_id, .doc = "With whom; any provider when absent"),
    F_ID(struct slots_query, location_id, .doc = "Where; anywhere when absent"),
    F_STR(struct slots_query, from, .max = 40, .when = true, .doc = "Instant, or a date in the clinic's zone; today when absent"),
    F_STR(struct slots_query, to, .max = 40, .when = true, .doc = "Instant, or the last date (included); a week later when absent"), F_END };
const struct shape slots_query_shape = SHAPE(slots_query, slots_query_fields);
static const struct field slot_fields[] = { F_INSTANT(struct slot_answer, start), F_INSTANT(struct slot_answer, end), F_ID(struct slot_answer, provider_id),
    F_ID(struct slot_answer, location_id), F_INT(struct slot_answer, seats_left), F_END };
const struct shape slot_shape = SHAPE_NAMED("slot", slot_answer, slot_fields);
static const struct field dropped_fields[] = { F_INSTANT(struct slot_dropped, start), F_ID(struct slot_dropped, provider_id),
    F_ENUM(struct slot_dropped, reason, slot_reason_names), F_STR(struct slot_dropped, detail, .nullable = true),
    F_OBJ(struct slot_dropped, block, &blocked_time_shape, .nullable = true, .doc = "Of a time that is blocked: by what, and why"), F_END };
static const struct shape dropped_shape = SHAPE(slot_dropped, dropped_fields);
struct explained { struct list slots, dropped; };
static const struct field explained_fields[] = { F_LIST(struct explained, slots, &slot_shape), F_LIST(struct explained, dropped, &dropped_shape), F_END };
const struct shape explain_shape = SHAPE(explained, explained_fields);

/* A last date is included: the window ends at the midnight after it. */
static enum rc slots_window(struct req *r, const struct slots_query *q, int64_t days_max, struct slot_ask *ask)
{
    const struct zone *z;
    int64_t last;
    TRY(view_window(r, q->from, NULL, 0, 7, &ask->from, &ask->to));
    TRY(clinic_zone(r, &z));
    if (q->to && date_parse(q->to, &last)) ask->to = within_time(zone_midnight(z, last + 1));
    else if (q->to && !instant_parse(q->to, &ask->to)) req_field_error(r, "to", "must be an instant or a date");
    if (!req_has_errors(r) && ask->to <= ask->from) req_field_error(r, "to", "must not be before from");
    if (ask->to - ask->from > days_max * USEC_PER_DAY + 2 * USEC_PER_HOUR) req_field_error(r, "to", arena_printf(r->arena, "must be at most %lld days after from", (long long)days_max));
    ask->service_id = q->service_id;
    ask->provider_id = q->provider_id;
    ask->location_id = q->location_id;
    ask->now = r->now;
    return req_invalid(r);
}

static enum rc not_here(struct req *r, enum rc rc)
{
    return rc == RC_NOT_FOUND ? req_fail(r, rc, "There is no such service, provider or location", NULL) : rc;
}

enum rc view_slots(struct req *r)
{
    struct slot_ask ask = { 0 };
    struct list slots;
    TRY(slots_window(r, r->query, 62, &ask));
    TRY(not_here(r, calendar_slots(r->db, &ask, &slots, NULL)));
    return reply_list(r, slots, NULL);
}

/* By the rules of the public page: that is where somebody asks why a time is not offered. */
enum rc view_explain(struct req *r)
{
    struct slot_ask ask = { 0 };
    struct explained e;
    TRY(slots_window(r, r->query, 14, &ask));
    ask.explain = ask.public = true;
    enum rc rc = calendar_slots(r->db, &ask, &e.slots, &e.dropped);
    if (rc == RC_INVALID) {
        req_field_error(r, "provider_id", "must be chosen for this service");
        return req_invalid(r);
    }
    TRY(not_here(r, rc));
    struct service s = { 0 };
    TRY(services_get(r->db, ask.service_id, &s));
    TRY(blocks_name(r->db, e.dropped, s.duration_min, ask.location_id));
    return reply(r, &e);
}

/* ---- would it be free? ------------------------------------------------------------------------------------------------------------------ */

struct conflicts_query { struct id service_id, provider_id, location_id, patient_id, except; int64_t start, duration_min; };
static const struct field conflicts_query_fields[] = {
    F_ID(struct conflicts_query, service_id, .required = true, .doc = "What for"), F_ID(struct conflicts_query, provider_id, .required = true, .doc = "With whom"),
    F_INSTANT(struct conflicts_query, start, .required = true, .doc = "When"),
    F_INT(struct conflicts_query, duration_min, .nullable = true, .min = 1, .max = 1440, .doc = "Minutes; the service's when absent"),
    F_ID(struct conflicts_query, location_id, .doc = "Where"), F_ID(struct conflicts_query, patient_id, .doc = "Who is treated"),
    F_ID(struct conflicts_query, except, .doc = "An appointment that is not in the way (the one being moved)"), F_END };
const struct shape conflicts_query_shape = SHAPE(conflicts_query, conflicts_query_fields);
struct conflict_out { const char *kind, *what; struct id subject_id, appointment_id, session_id; int64_t start, end; };
static const struct field conflict_fields[] = { F_STR(struct conflict_out, kind), F_ID(struct conflict_out, subject_id), F_INSTANT(struct conflict_out, start),
    F_INSTANT(struct conflict_out, end), F_ID(struct conflict_out, appointment_id, .nullable = true),
    F_ID(struct conflict_out, session_id, .nullable = true), F_STR(struct conflict_out, what), F_END };
static const struct shape conflict_shape = SHAPE_NAMED("conflict", conflict_out, conflict_fields);
struct conflicts { bool free; struct list conflicts, next; };
static const struct field conflicts_fields[] = { F_BOOL(struct conflicts, free), F_LIST(struct conflicts, conflicts, &conflict_shape),
    F_LIST(struct conflicts, next, &slot_shape), F_END };
const struct shape conflicts_shape = SHAPE(conflicts, conflicts_fields);

static enum rc list_conflicts(struct taking *t, struct list *out)
{
    struct conflict_out *c = arena_alloc(t->r->arena, (t->n_conflicts + 1) * sizeof *c);
    if (!c) return RC_OOM;
    TRY(taking_name_sessions(t));
    for (size_t i = 0; i < t->n_conflicts; i++) {
        const struct claim *x = &t->conflicts[i];
        c[i] = (struct conflict_out){ taking_subject_kind(t, x->subject_id), x->way ? "travel" : claim_kind_names[x->kind], x->subject_id,
            x->kind == CLAIM_APPOINTMENT && !x->of_session ? x->owner_id : ID_NIL, x->of_session ? x->owner_id : ID_NIL, x->core_start, x->core_end };
    }
    *out = (struct list){ c, t->n_conflicts };
    return RC_OK;
}

enum rc view_conflicts(struct req *r)
{
    const struct conflicts_query *q = r->query;
    struct conflicts out = { 0 };
    struct booking_facts f;
    struct taking *t = arena_alloc(r->arena, sizeof *t);
    if (!t) return RC_OOM;
    TRY(calendar_facts(r->db, q->service_id, q->provider_id, ID_NIL, q->patient_id, q->location_id, &f));
    if (id_is_nil(f.service_id) || id_is_nil(f.provider_id)) return not_here(r, RC_NOT_FOUND);
    int64_t minutes = q->duration_min == NONE ? f.duration_min : q->duration_min;
    t->r = r;
    t->except = q->except;
    t->appt = (struct appointment){ .provider_id = q->provider_id, .patient_id = q->patient_id, .location_id = q->location_id, .start = q->start,
        .end = q->start + minutes * USEC_PER_MIN, .service_id = q->service_id,
        .lead_min = f.lead_min, .buffer_before_min = f.buffer_before_min, .buffer_after_min = f.buffer_after_min };
    t->resource_kind = id_is_nil(q->location_id) ? NONE : f.resource_kind; /* without a place nobody knows which chairs */
    t->n_parts = id_is_nil(q->location_id) ? 0 : f.n_parts;
    if (f.n_ways) TRY(taking_read_ways(t, r->db));
    TRY(taking_choose_parts(t));
    if (!t->missing) TRY(taking_look(t));
    TRY(list_conflicts(t, &out.conflicts));
    out.free = t->n_conflicts == 0 && !t->missing;
    struct slot_ask ask = { .service_id = q->service_id, .provider_id = q->provider_id, .from = q->start, .to = q->start + 1, .now = r->now,
        .except = q->except, .patient_id = q->patient_id };
    if (!out.free) TRY(calendar_next(r->db, &ask, NEXT_SLOTS, &out.next));
    return reply(r, &out);
}
