/* series_api.c - appointments that repeat: preview, booking all of them in one transaction, and the routes. Changes are in series_edit.c. */
#include "modules/calendar/series.h"

enum { PLANS_MAX = 5 };
enum on_conflict { ON_CONFLICT_FAIL, ON_CONFLICT_SKIP };
static const char *const on_conflict_names[] = { "fail", "skip", NULL };

/* ---- shapes --------------------------------------------------------------------------------------------------------------------- */

struct change_in { int64_t at, start; };
static const struct field change_fields[] = { F_INSTANT(struct change_in, at, .required = true, .doc = "Which occurrence: the instant the rule gives"),
    F_INSTANT(struct change_in, start, .nullable = true, .doc = "Where it goes instead; null leaves it out"), F_END };
static const struct shape change_shape = SHAPE_NAMED("series_change", change_in, change_fields);

struct recurring_in {
    struct id client_id, patient_id, service_id, provider_id, location_id;
    struct list resource_ids, changes;
    int64_t start, duration_min, on_conflict;
    const char *rrule, *notes;
    bool also_closed;
};
#define ABOUT_SERIES \
    F_ID(struct recurring_in, patient_id, .nullable = true, .doc = "Who is treated; the client itself when absent"), \
    F_ID(struct recurring_in, service_id, .required = true, .doc = "What for"), F_ID(struct recurring_in, provider_id, .required = true, .doc = "With whom"), \
    F_ID(struct recurring_in, location_id, .nullable = true, .doc = "Where; the provider's place at that time when absent"), \
    F_SCALARS(struct recurring_in, resource_ids, K_ID, .max = APPT_RESOURCES_MAX, .doc = "Chairs, rooms or devices; any free one of the needed kind when absent"), \
    F_INSTANT(struct recurring_in, start, .required = true, .doc = "From when; the first occurrence is the first the rule gives from then on, at this time of day"), \
    F_STR(struct recurring_in, rrule, .required = true, .max = RECUR_TEXT_MAX, .doc = "RFC 5545 rule with COUNT or UNTIL", .example = "FREQ=WEEKLY;BYDAY=MO;COUNT=10"), \
    F_INT(struct recurring_in, duration_min, .nullable = true, .min = 1, .max = 1440, .doc = "Minutes; the service's when absent"), \
    F_BOOL(struct recurring_in, also_closed, .doc = "Outside opening hours and on holidays too"), \
    F_LIST(struct recurring_in, changes, &change_shape, .max = RECUR_SERIES_MAX, .doc = "Occurrences that go elsewhere or are left out")
static const struct field preview_fields[] = { F_ID(struct recurring_in, client_id, .nullable = true, .doc = "Who books; nobody yet when absent"), ABOUT_SERIES, F_END };
static const struct shape preview_shape = SHAPE_NAMED("recurrence_preview", recurring_in, preview_fields);
static const struct field new_fields[] = { F_ID(struct recurring_in, client_id, .required = true, .doc = "Who books"), ABOUT_SERIES,
    F_STR(struct recurring_in, notes, .nullable = true, .max = 2000, .doc = "For the team"),
    F_ENUM(struct recurring_in, on_conflict, on_conflict_names, .def = ON_CONFLICT_FAIL, .doc = "Book nothing, or leave out what cannot be taken"), F_END };
static const struct shape new_shape = SHAPE_NAMED("series_new", recurring_in, new_fields);

struct preview { const char *rrule, *sentence, *time_zone; int64_t conflicts; struct list occurrences; };
static const struct field preview_out_fields[] = { F_STR(struct preview, rrule, .doc = "The rule as it is kept"), F_STR(struct preview, sentence),
    F_STR(struct preview, time_zone), F_INT(struct preview, conflicts, .doc = "Occurrences that cannot be taken"),
    F_LIST(struct preview, occurrences, &series_occurrence_shape), F_END };
static const struct shape preview_out_shape = SHAPE_NAMED("recurrence", preview, preview_out_fields);

struct member_out { struct id appointment_id; int64_t at, start, end, status; bool alone; };
static const struct field member_out_fields[] = { F_ID(struct member_out, appointment_id), F_INSTANT(struct member_out, at), F_INSTANT(struct member_out, start),
    F_INSTANT(struct member_out, end), F_ENUM(struct member_out, status, appt_state_names),
    F_BOOL(struct member_out, alone, .doc = "Was changed by itself: changes of the series leave its time as it is"), F_END };
static const struct shape member_out_shape = SHAPE_NAMED("series_member", member_out, member_out_fields);
struct series_out { struct series s; const char *sentence, *first; struct list appointments, left_out; };
#define IN(m) offsetof(struct series_out, s.m)
static const struct field series_out_fields[] = { { .name = "id", .kind = K_ID, .off = IN(id) }, { .name = "rrule", .kind = K_STR, .off = IN(rrule) },
    F_STR(struct series_out, sentence), F_STR(struct series_out, first, .doc = "The first start on the clock of the place"),
    { .name = "time_zone", .kind = K_STR, .off = IN(time_zone) }, { .name = "client_id", .kind = K_ID, .off = IN(client_id) },
    { .name = "patient_id", .kind = K_ID, .off = IN(patient_id) }, { .name = "service_id", .kind = K_ID, .off = IN(service_id) },
    { .name = "provider_id", .kind = K_ID, .off = IN(provider_id) }, { .name = "location_id", .kind = K_ID, .off = IN(location_id) },
    { .name = "duration_min", .kind = K_INT, .off = IN(duration_min) }, { .name = "notes", .kind = K_STR, .off = IN(notes), .nullable = true },
    { .name = "version", .kind = K_INT, .off = IN(version) }, F_LIST(struct series_out, appointments, &member_out_shape),
    F_LIST(struct series_out, left_out, &series_occurrence_shape, .doc = "Of this change: what could not be taken"), F_END };
const struct shape series_shape = SHAPE_NAMED("series", series_out, series_out_fields);

/* ---- answers ----------------------------------------------------------------------------------------------------------------------- */

static const char *sentence_of(struct req *r, const struct recur_rule *rule, int64_t first, const struct zone *z)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    buf_init(&b, 4096);
    recur_sentence(rule, first, z, &b);
    return arena_strndup(r->arena, buf_str(&b), b.len);
}

static const char *rule_text(struct req *r, const struct recur_rule *rule)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    buf_init(&b, 4096);
    recur_format(rule, &b);
    return arena_strndup(r->arena, buf_str(&b), b.len);
}

static struct series_out describe(struct req *r, const struct series *s)
{
    char text[INSTANT_TEXT];
    struct recur_rule rule;
    struct recur_problem unused;
    struct series_out out = { .s = *s, .first = arena_strndup(r->arena, instant_format(s->first_local, text), 16), .sentence = "" };
    if (recur_parse(s->rrule, &rule, &unused)) out.sentence = sentence_of(r, &rule, s->first_local, zone_find(s->time_zone));
    return out;
}

static enum rc answer_with(struct req *r, struct series_out *out, const struct series_member *m, size_t n)
{
    struct member_out *list = arena_alloc(r->arena, (n + 1) * sizeof *list);
    if (!list) return RC_OOM;
    for (size_t i = 0; i < n; i++) list[i] = (struct member_out){ m[i].id, m[i].series_at, m[i].start, m[i].end, m[i].status, m[i].alone };
    out->appointments = (struct list){ list, n };
    reply_version(r, out->s.version);
    return reply(r, out);
}

enum rc series_answer(struct req *r, struct tdb *db, struct id id, struct list left_out)
{
    struct series s = { 0 };
    struct list members;
    TRY(series_get(db, id, &s));
    TRY(series_members(db, id, INT64_MIN + 1, &members));
    struct series_out out = describe(r, &s);
    out.left_out = left_out;
    return answer_with(r, &out, members.items, members.n);
}

/* ---- the plan of a new series --------------------------------------------------------------------------------------------------------- */

struct making { struct series_plan p; struct recur_rule rule; int64_t first; struct series s; struct id audit_id, job_id; struct list left_out; };

static enum rc find_changes(struct making *m, const struct recurring_in *in)
{
    struct series_plan *p = &m->p;
    for (size_t i = 0; i < in->changes.n; i++) {
        const struct change_in *c = LIST_AT(in->changes, struct change_in, i);
        struct occurrence *o = NULL;
        for (size_t k = 0; k < p->n && !o; k++)
            if (p->at[k].at == c->at) o = &p->at[k];
        if (!o) {
            req_field_error(p->r, arena_printf(p->r->arena, "changes[%d].at", (int)i), "is not a time that the rule gives");
            continue;
        }
        o->skipped = c->start == NONE;
        o->moved = c->start != NONE && c->start != o->at;
        if (c->start == NONE) continue;
        o->start = c->start;
        o->end = c->start + (m->p.t->appt.end - m->p.t->appt.start);
    }
    return req_invalid(p->r);
}

/* Occurrences of the rule from the wanted start on; the first of them is where the series begins. */
static enum rc expand(struct making *m, const struct recurring_in *in)
{
    struct series_plan *p = &m->p;
    struct recur_result found;
    int64_t length = p->t->appt.end - p->t->appt.start;
    struct recur_ask ask = { .first = zone_local(p->zone, in->start), .zone = p->zone, .from = in->start - USEC_PER_DAY,
        .to = in->start + 2 * RECUR_SERIES_DAYS_MAX * USEC_PER_DAY, .max = RECUR_SERIES_MAX };
    TRY(recur_expand(p->r->arena, &m->rule, &ask, &found));
    if (!found.n) req_field_error(p->r, "rrule", m->rule.until_kind != RECUR_NO_UNTIL ? "gives no date: UNTIL is before the start, or no day fits" : "gives no date at all");
    if (found.more) req_field_error(p->r, "rrule", "gives more than 366 dates");
    TRY(req_invalid(p->r));
    p->at = arena_alloc(p->r->arena, found.n * sizeof *p->at);
    if (!p->at) return RC_OOM;
    for (p->n = 0; p->n < found.n; p->n++) {
        const struct recur_occurrence *o = &found.at[p->n];
        p->at[p->n] = (struct occurrence){ .at = o->start, .wall = o->wall, .start = o->start, .end = o->start + length, .dst_shifted = o->dst_shifted };
    }
    m->first = found.at[0].wall;
    return find_changes(m, in);
}

static enum rc plan_new(struct req *r, struct making *m, const struct recurring_in *in)
{
    static const struct client_insert nobody = { 0 };
    struct taking *t = arena_alloc(r->arena, sizeof *t);
    if (!t) return RC_OOM;
    *t = (struct taking){ .r = r, .action = "appointment.create", .topic = "appointment.created", .wanted_provider = in->provider_id,
        .wanted_location = in->location_id, .duration_min = in->duration_min,
        .new_client = id_is_nil(in->client_id) ? &nobody : NULL,
        .appt = { .client_id = in->client_id, .patient_id = in->patient_id, .service_id = in->service_id, .provider_id = in->provider_id,
            .location_id = in->location_id, .start = in->start, .end = NONE, .notes = in->notes, .status = APPT_SCHEDULED, .source = SOURCE_STAFF, .version = 1,
            .created_at = r->now, .updated_at = r->now, .lead_min = NONE, .seat_no = NONE, .pay_by = NONE } };
    *m = (struct making){ .p = { .r = r, .t = t, .also_closed = in->also_closed, .given = in->resource_ids } };
    TRY(series_rule(r, in->rrule, &m->rule));
    TRY(taking_who(t));
    if (t->seen.facts.seats > 1) req_field_error(r, "service_id", "has seats: its sessions are planned one by one");
    TRY(req_invalid(r));
    m->p.zone = zone_find(t->appt.time_zone);
    if (!m->p.zone) return fault(RC_FAULT, "the zone of a location is not in tzdata any more");
    return expand(m, in);
}

static enum rc preview(struct req *r)
{
    struct making m;
    TRY(plan_new(r, &m, r->in));
    TRY(series_plan_look(&m.p));
    TRY(series_plan_alternatives(&m.p));
    return reply(r, &(struct preview){ rule_text(r, &m.rule), sentence_of(r, &m.rule, m.first, m.p.zone), zone_name(m.p.zone), (int64_t)m.p.n_conflicts,
        series_occurrences(&m.p, false) });
}

/* ---- booking it ------------------------------------------------------------------------------------------------------------------------- */

static enum rc book_one(struct tx *tx, struct making *m, struct occurrence *o)
{
    struct taking *t = m->p.t;
    t->appt.id = o->id;
    series_taking(&m->p, o);
    TRY(appointments_insert(tx, &t->appt, m->p.r->now));
    TRY(series_join(tx, o->id, m->s.id, o->at, o->wall, o->moved));
    TRY(taking_claim(tx, t));
    return taking_leave_traces(tx, t);
}

static enum rc book_tx(struct tx *tx, void *arg)
{
    struct making *m = arg;
    struct series_plan *p = &m->p;
    struct series_member *booked = arena_alloc(p->r->arena, p->n * sizeof *booked);
    size_t n = 0;
    if (!booked) return RC_OOM;
    TRY(series_lock(tx, p));
    TRY(series_insert(tx, &m->s));
    for (size_t i = 0; i < p->n; i++) {
        struct occurrence *o = &p->at[i];
        if (o->skipped) continue;
        TRY(book_one(tx, m, o));
        booked[n++] = (struct series_member){ .id = o->id, .start = o->start, .end = o->end, .series_at = o->at, .status = APPT_SCHEDULED, .alone = o->moved };
    }
    TRY(tx_audit(tx, p->r, &(struct audit_entry){ m->audit_id, "series.create", "series", m->s.id, arena_printf(p->r->arena,
        "{\"rrule\":[null,\"%s\"],\"appointments\":[null,%d]}", m->s.rrule, (int)n), false }));
    if (!str_empty(p->t->appt.client_email)) TRY(series_mail(tx, p->r, m->job_id, m->s.id, "booked", 0));
    struct series_out out = describe(p->r, &m->s);
    out.left_out = m->left_out;
    return answer_with(p->r, &out, booked, n);
}

/* What cannot be taken is left out when that was asked for. RC_OVERLAP: it was not. */
static enum rc settle_conflicts(struct making *m, const struct recurring_in *in)
{
    struct series_plan *p = &m->p;
    size_t left = 0;
    if (p->n_conflicts && in->on_conflict == ON_CONFLICT_FAIL) return series_refuse(p);
    m->left_out = series_occurrences(p, true);
    for (size_t i = 0; i < p->n; i++) {
        struct occurrence *o = &p->at[i];
        o->skipped = o->skipped || o->n_conflicts;
        left += !o->skipped;
        if (id_is_nil(o->audit_id)) o->audit_id = id_new();
        if (!o->skipped && id_is_nil(o->id)) o->id = id_new();
    }
    for (size_t i = 0; i < m->left_out.n; i++) LIST_AT(m->left_out, struct occurrence_out, i)->skipped = true;
    return left ? RC_OK : series_refuse(p);
}

static enum rc create(struct req *r)
{
    const struct recurring_in *in = r->in;
    struct making m;
    enum rc rc = RC_OVERLAP;
    struct id id = id_new(), audit = id_new(), job = id_new();
    for (int tries = 0; tries < PLANS_MAX && rc == RC_OVERLAP; tries++) {
        TRY(plan_new(r, &m, in));
        m.audit_id = audit;
        m.job_id = job;
        TRY(series_plan_look(&m.p));
        TRY(settle_conflicts(&m, in));
        const struct appointment *a = &m.p.t->appt;
        const char *rule = rule_text(r, &m.rule);
        m.s = (struct series){ .id = id, .root_id = id, .rrule = rule, .made_rrule = rule, .first_local = m.first, .made_first = m.first,
            .time_zone = a->time_zone, .client_id = a->client_id, .patient_id = a->patient_id, .service_id = a->service_id, .provider_id = a->provider_id,
            .location_id = a->location_id, .duration_min = (a->end - a->start) / USEC_PER_MIN, .notes = in->notes, .version = 1, .created_at = r->now, .updated_at = r->now };
        rc = req_tx(r, "series.book", book_tx, &m);
    }
    if (rc != RC_OVERLAP) return rc;
    TRY(series_plan_look(&m.p));
    return series_refuse(&m.p);
}

static enum rc get(struct req *r)
{
    struct appointment a = { 0 };
    TRY(appointments_get(r->db, r->path_id, &a));
    if (id_is_nil(a.series_id)) return req_fail(r, RC_NOT_FOUND, "This appointment is not part of a series", NULL);
    return series_answer(r, r->db, a.series_id, (struct list){ NULL, 0 });
}

/* ---- routes ------------------------------------------------------------------------------------------------------------------------------- */

#define WRITE .perm = PERM_SCHEDULE_WRITE
#define CHANGES_SERIES .fails = FAILS(RC_OVERLAP) | FAILS(RC_STALE) | FAILS(RC_STATE) | FAILS(RC_NOT_FOUND)
static const struct route routes[] = {
    { .method = "POST", .path = "/calendar/recurrence-preview", .summary = "What a series would book, and what is in its way", .handler = preview,
        WRITE, .ok = 200, .in = &preview_shape, .out = &preview_out_shape, .fails = FAILS(RC_NOT_FOUND),
        .doc = "Changes nothing. Each occurrence with what is in its way: a busy provider, patient or resource, blocked time, closed hours, a holiday, the past." },
    { .method = "POST", .path = "/appointments/recurring", .summary = "Book a series", .handler = create, WRITE, .ok = 201, .in = &new_shape, .out = &series_shape,
        .fails = FAILS(RC_OVERLAP) | FAILS(RC_NOT_FOUND), .flags = R_IDEMPOTENT,
        .doc = "All occurrences in one transaction, or none: a conflict is 409 with each occurrence, why, and the nearest free times. With on_conflict skip, what cannot be taken is left out." },
    { .method = "GET", .path = "/appointments/{id}/recurring", .summary = "The series of an appointment", .handler = get, .perm = PERM_SCHEDULE_READ, .ok = 200,
        .out = &series_shape, .fails = FAILS(RC_NOT_FOUND) },
    { .method = "PATCH", .path = "/appointments/{id}/recurring", .summary = "Change one, the following or all of a series", .handler = series_handle_edit, WRITE, .ok = 200,
        .in = &series_edit_shape, .query = &series_scope_shape, .out = &series_shape, CHANGES_SERIES,
        .doc = "The following ones become a series of their own. What was changed by itself, and what is over, stays as it is." },
    { .method = "POST", .path = "/appointments/{id}/recurring/cancel", .summary = "Cancel one, the following or all of a series", .handler = series_handle_cancel, WRITE,
        .ok = 200, .in = &series_cancel_shape, .query = &series_scope_shape, .out = &series_shape, CHANGES_SERIES },
    { 0 } };

const struct module series_module = { .name = "series", .doc = "Appointments that repeat", .routes = routes, .queries = series_queries };
