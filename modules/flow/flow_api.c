/* flow_api.c - the waiting-room board, a step back, the settings, and the clock that notes no-shows. */
#include "modules/flow/flow.h"
#include "modules/tenants/tenants.h"

/* ---- the board --------------------------------------------------------------------------------------------------------------- */

static const struct field item_fields[] = { F_ID(struct flow_item, id), F_ID(struct flow_item, client_id), F_STR(struct flow_item, client_name),
    F_STR(struct flow_item, patient_name), F_ENUM(struct flow_item, patient_kind, patient_kind_names), F_STR(struct flow_item, service_name),
    F_STR(struct flow_item, color), F_ID(struct flow_item, provider_id), F_STR(struct flow_item, provider_name), F_ID(struct flow_item, location_id),
    F_STR(struct flow_item, location_name), F_STR(struct flow_item, time_zone), F_INSTANT(struct flow_item, start), F_INSTANT(struct flow_item, end),
    F_ENUM(struct flow_item, status, appt_state_names), F_INT(struct flow_item, version), F_BOOL(struct flow_item, notes),
    F_INSTANT(struct flow_item, arrived_at, .nullable = true, .doc = "Waiting since"),
    F_INSTANT(struct flow_item, started_at, .nullable = true, .doc = "In treatment since"), F_INSTANT(struct flow_item, completed_at, .nullable = true),
    F_SCALARS(struct flow_item, transitions, K_STR, .doc = "States the caller may set next"), F_END };
const struct shape flow_item_shape = SHAPE(flow_item, item_fields);
struct board { int64_t date, now, late_after_min; const char *time_zone; struct list items; };
static const struct field board_fields[] = { F_DATE(struct board, date), F_STR(struct board, time_zone, .doc = "Whose day it is"), F_INSTANT(struct board, now),
    F_INT(struct board, late_after_min, .nullable = true, .doc = "Who has not come so many minutes after the start is late; null: nobody is"),
    F_LIST(struct board, items, &flow_item_shape, .doc = "By start"), F_END };
static const struct shape board_shape = SHAPE_NAMED("flow_board", board, board_fields);
struct board_query { int64_t date; struct id location_id; };
static const struct field board_query_fields[] = { F_DATE(struct board_query, date, .nullable = true, .doc = "The day; today when absent"),
    F_ID(struct board_query, location_id, .doc = "Only this location; the day is then its own"), F_END };
static const struct shape board_query_shape = SHAPE_NAMED("flow_query", board_query, board_query_fields);

static enum rc whose_day(struct req *r, struct id location, const char **zone)
{
    struct tenant t = { 0 };
    struct location l = { 0 };
    if (id_is_nil(location)) {
        TRY(tenants_get(r->db, &t));
        *zone = t.time_zone;
        return RC_OK;
    }
    enum rc rc = locations_get(r->db, location, &l);
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "There is no such location", "{\"field\":\"location_id\"}");
    *zone = l.time_zone;
    return rc;
}

static void legal_next(struct req *r, struct flow_item *x)
{
    struct appointment a = { .status = x->status };
    appointment_transitions(r, &a);
    x->transitions = a.transitions;
}

static enum rc get_board(struct req *r)
{
    const struct board_query *q = r->query;
    struct flow_settings s;
    struct board b = { .now = r->now };
    TRY(whose_day(r, q->location_id, &b.time_zone));
    const struct zone *z = zone_find(b.time_zone);
    if (!z) return fault(RC_FAULT, "a zone has gone from tzdata");
    b.date = q->date == NONE ? zone_date(z, r->now) : q->date;
    TRY(flow_settings_get(r->db, &s));
    b.late_after_min = s.late_after_min;
    TRY(flow_items(r->db, zone_midnight(z, b.date), zone_midnight(z, b.date + 1), q->location_id, &b.items));
    for (size_t i = 0; i < b.items.n; i++) legal_next(r, LIST_AT(b.items, struct flow_item, i));
    return reply(r, &b);
}

/* ---- a step back ---------------------------------------------------------------------------------------------------------------- */

static enum rc answer(struct req *r, const struct appointment *a, void *unused)
{
    (void)unused;
    struct appointment copy = *a;
    appointment_transitions(r, &copy);
    return reply(r, &copy);
}

/* To where the last step came from; the rules of states and rights are those of any other step. */
static enum rc undo(struct req *r)
{
    struct appointment a = { 0 };
    struct list steps;
    TRY(appointments_get(r->db, r->path_id, &a));
    TRY(req_version(r, a.version));
    TRY(appointments_steps(r->db, a.id, &steps));
    const struct appt_step_row *last = steps.n ? LIST_AT(steps, struct appt_step_row, 0) : NULL;
    if (!last || last->undo || last->status != a.status) return req_fail(r, RC_STATE, "There is no step to take back", NULL);
    if (a.status == APPT_CANCELLED) return req_fail(r, RC_STATE, "A cancelled appointment is restored, not stepped back", NULL);
    return calendar_change_state(&(struct transition){ .r = r, .id = a.id, .to = last->came_from, .reply = answer });
}

/* ---- settings -------------------------------------------------------------------------------------------------------------------- */

#define SETTINGS_FIELDS \
    F_INT(struct flow_settings, late_after_min, .nullable = true, .max = 240, .doc = "Minutes after the start from which who has not come is shown as late; null: never"), \
    F_INT(struct flow_settings, no_show_after_min, .nullable = true, .min = 1, .max = 1380, .doc = "Minutes after the start when who has not come becomes a no-show by itself; null: never")
static const struct field settings_in_fields[] = { SETTINGS_FIELDS, F_END };
static const struct field settings_fields[] = { SETTINGS_FIELDS, F_INT(struct flow_settings, version), F_END };
static const struct shape settings_in = SHAPE_NAMED("flow_settings_body", flow_settings, settings_in_fields);
const struct shape flow_settings_shape = SHAPE(flow_settings, settings_fields);

static enum rc get_settings(struct req *r)
{
    struct flow_settings s;
    TRY(flow_settings_get(r->db, &s));
    return reply(r, &s);
}

struct settings_write { struct req *r; struct id audit_id; };

static enum rc put_settings_tx(struct tx *tx, void *arg)
{
    const struct settings_write *w = arg;
    struct flow_settings before, after = *(const struct flow_settings *)w->r->in;
    TRY(flow_settings_get(tx_db(tx), &before));
    TRY(req_version(w->r, before.version));
    after.version = before.version;
    TRY(flow_settings_put(tx, &after, req_lost(w->r)));
    after.version++;
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "flow.settings", "flow.changed", "flow_setting", db_tenant(tx_db(tx)), after.version,
        shape_diff(w->r->arena, &flow_settings_shape, &before, &after), NULL, false }));
    return reply(w->r, &after);
}

static enum rc put_settings(struct req *r)
{
    struct settings_write w = { r, id_new() };
    return req_tx(r, "flow.settings", put_settings_tx, &w);
}

/* ---- the clock ------------------------------------------------------------------------------------------------------------------- */

static enum rc no_answer(struct req *r, const struct appointment *a, void *unused)
{
    (void)r, (void)a, (void)unused;
    return RC_OK;
}

/* The version guards: who was moved, checked in or cancelled a moment ago is left alone. */
static enum rc note_no_show(struct job *job, const struct flow_due *d)
{
    struct req *r = req_of_program(job->arena, job->db, job->now, "no-show rule", PERM_SCHEDULE_WRITE);
    if (!r) return RC_OOM;
    r->if_match = d->version;
    enum rc rc = calendar_change_state(&(struct transition){ .r = r, .id = d->id, .to = APPT_NO_SHOW, .reply = no_answer });
    return rc == RC_STALE || rc == RC_STATE || rc == RC_FORBIDDEN ? RC_OK : rc;
}

static enum rc watch_clinic(struct job *job, const struct flow_tenant *t)
{
    struct list due;
    int64_t to = job->now - t->no_show_after_min * USEC_PER_MIN;
    tdb_set_tenant(job->db, t->tenant_id);
    TRY(flow_not_come(job->db, job->now - USEC_PER_DAY, to, &due));
    for (size_t i = 0; i < due.n; i++) TRY(note_no_show(job, LIST_AT(due, struct flow_due, i)));
    return RC_OK;
}

static enum rc watch(struct job *job)
{
    struct list clinics;
    TRY(flow_tenants_watched(job->db, &clinics));
    for (size_t i = 0; i < clinics.n; i++) {
        struct arena_mark mark = arena_mark(job->arena);
        TRY(watch_clinic(job, LIST_AT(clinics, struct flow_tenant, i)));
        arena_rewind(job->arena, mark);
    }
    return RC_OK;
}

static const struct schedule_row schedules[] = { { "flow.no_show", "Notes who did not come, where the clinic wants it", 60, watch }, { 0 } };

/* ---- routes ------------------------------------------------------------------------------------------------------------------------ */

static const struct route routes[] = {
    { .method = "GET", .path = "/flow", .summary = "The day at the desk: expected, waiting, in treatment, done", .handler = get_board, .perm = PERM_SCHEDULE_READ, .ok = 200,
        .query = &board_query_shape, .out = &board_shape, .fails = FAILS(RC_NOT_FOUND), .doc = "Live: read it again on events of appointments." },
    { .method = "POST", .path = "/appointments/{id}/undo", .summary = "Take the last step of an appointment back", .handler = undo, .perm = PERM_SCHEDULE_WRITE, .ok = 200,
        .out = &appointment_shape, .fails = FAILS(RC_STATE) | FAILS(RC_STALE) | FAILS(RC_OVERLAP), .doc = "Needs schedule.undo." },
    { .method = "GET", .path = "/flow/settings", .summary = "When somebody is late, and a no-show", .handler = get_settings, .perm = PERM_SETTINGS_READ, .ok = 200, .out = &flow_settings_shape },
    { .method = "PUT", .path = "/flow/settings", .summary = "Change when somebody is late, and a no-show", .handler = put_settings, .perm = PERM_SETTINGS_WRITE, .ok = 200,
        .in = &settings_in, .out = &flow_settings_shape, .fails = FAILS(RC_STALE) },
    { 0 } };

const struct module flow_module = { .name = "flow", .doc = "The day's flow and the waiting-room board", .platform = true, .routes = routes, .queries = flow_queries,
    .schedules = schedules };
