/* zones.c - see zones.h and README.md. */
#include "modules/zones/zones.h"

/* ---- statements ---------------------------------------------------------------------------------------------------------------- */

#define AHEAD " a.tenant_id = $1 AND a.starts_at >= $3 AND a.location_id = $2 AND a.status IN ('pending_payment', 'requested', 'scheduled', 'confirmed', 'checked_in', 'in_progress')"
#define BLOCKS " b.tenant_id = $1 AND b.ends_at > $3 AND b.starts_at >= $3 AND (b.subject_id = $2 OR b.subject_id IN (SELECT r.id FROM resource r WHERE r.tenant_id = $1 AND r.location_id = $2))"
static const struct query Q_COUNTS = { .name = "zones.counts", .args = "ui",
    .sql = "SELECT (SELECT COUNT(*) FROM appointment a WHERE" AHEAD ") AS appointments, (SELECT COUNT(*) FROM blocked_time b WHERE" BLOCKS ") AS blocked,"
           " (SELECT COUNT(*) FROM hold h WHERE h.tenant_id = $1 AND h.location_id = $2 AND h.closed_at IS NULL AND h.expires_at > $3) AS holds,"
           " (SELECT COUNT(*) FROM group_session g WHERE g.tenant_id = $1 AND g.starts_at >= $3 AND g.location_id = $2 AND g.cancelled_at IS NULL) AS sessions,"
           " (SELECT COUNT(DISTINCT a.series_id) FROM appointment a WHERE" AHEAD ") AS series",
    .scan = "holds are few, and the zone of a location changes once in years" };
static const struct query Q_AHEAD = { .name = "zones.ahead", .args = "uii",
    .sql = "SELECT a.id, a.service_id, a.starts_at AS start, a.client_zone, a.sequence, a.version, a.status, c.email FROM appointment a LEFT JOIN client c"
           " ON c.tenant_id = a.tenant_id AND c.id = a.client_id WHERE" AHEAD " ORDER BY a.starts_at, a.id LIMIT $4" };
static const struct query Q_SESSIONS = { .name = "zones.sessions", .args = "uii",
    .sql = "SELECT g.id, g.starts_at AS start, g.version FROM group_session g WHERE g.tenant_id = $1 AND g.starts_at >= $3 AND g.location_id = $2 AND g.cancelled_at IS NULL"
           " ORDER BY g.starts_at, g.id LIMIT $4" };
static const struct query Q_BLOCKED = { .name = "zones.blocked", .args = "uii",
    .sql = "SELECT b.id, b.starts_at AS start FROM blocked_time b WHERE" BLOCKS " ORDER BY b.starts_at, b.id LIMIT $4" };
static const struct query Q_SERIES = { .name = "zones.series", .args = "ui",
    .sql = "SELECT DISTINCT s.root_id AS id FROM appointment a LEFT JOIN series s ON s.tenant_id = a.tenant_id AND s.id = a.series_id WHERE" AHEAD
           " AND a.series_id IS NOT NULL ORDER BY 1 LIMIT 2000" };
/* The wall times of what keeps its instants are others: they are filled in a minute later (zones_data.c). */
static const struct query Q_RENAME = { .name = "zones.rename", .args = "uit",
    .sql = "UPDATE appointment SET time_zone = $4, version = version + 1, updated_at = $3, wall_start = NULL WHERE tenant_id = $1 AND location_id = $2 AND starts_at >= $3" };
static const struct query Q_FORGET_BLOCKS = { .name = "zones.forget_blocks", .args = "ui",
    .sql = "UPDATE blocked_time SET wall_start = NULL WHERE tenant_id = $1 AND starts_at >= $3 AND (subject_id = $2"
           " OR subject_id IN (SELECT r.id FROM resource r WHERE r.tenant_id = $1 AND r.location_id = $2))" };
static const struct query Q_FORGET_SESSIONS = { .name = "zones.forget_sessions", .args = "ui",
    .sql = "UPDATE group_session SET wall_start = NULL WHERE tenant_id = $1 AND location_id = $2 AND starts_at >= $3" };
static const struct query *const queries[] = { &Q_COUNTS, &Q_AHEAD, &Q_SESSIONS, &Q_BLOCKED, &Q_SERIES, &Q_RENAME, &Q_FORGET_BLOCKS,
    &Q_FORGET_SESSIONS, &Q_MOVE_CLAIMS, &Q_MOVE_SHIFT, &Q_MOVE_SHIFT_PARTS, &Q_MOVE_SHIFT_BLOCK, &Q_MOVE_SHIFT_SESSION,
    &Q_MOVE_OF_SESSION, &Q_MOVE_SUBJECT, &Q_MOVE_WHAT, &Q_ZONE_AHEAD_APPTS, &Q_ZONE_AHEAD_SESSIONS, &Q_ZONE_AHEAD_HOLDS,
    &Q_ZONE_AHEAD_BLOCKED, &Q_ZONE_WALL_APPT, &Q_ZONE_WALL_SESSION, &Q_ZONE_WALL_HOLD, &Q_ZONE_WALL_BLOCKED, &Q_ZONE_ROOTS,
    &Q_ZONE_BEHIND, &Q_ZONE_UNKNOWN, &Q_ZONE_CHECK, &Q_ZONE_CHECK_PUT, &Q_ZONE_LINE_INSERT, &Q_ZONE_LINE_SET, &Q_ZONE_LINE_DECIDE, &Q_ZONE_LINE_OF,
    &Q_ZONE_LINE, &Q_ZONE_LINES, &Q_ZONE_COUNTS, &Q_ZONE_OPEN_EVERYWHERE, NULL };

struct counts { int64_t appointments, blocked, holds, sessions, series; };
static const struct field counts_fields[] = { F_INT(struct counts, appointments), F_INT(struct counts, blocked), F_INT(struct counts, holds),
    F_INT(struct counts, sessions), F_INT(struct counts, series), F_END };
static const struct shape counts_shape = SHAPE_NAMED("zone_counts", counts, counts_fields);
static const struct field ahead_fields[] = { F_ID(struct zone_shift, id), F_ID(struct zone_shift, service_id), F_INT(struct zone_shift, start),
    F_STR(struct zone_shift, client_zone), F_INT(struct zone_shift, sequence), F_INT(struct zone_shift, version),
    F_ENUM(struct zone_shift, status, appt_state_names), F_STR(struct zone_shift, email), F_END };
static const struct shape ahead_shape = SHAPE_NAMED("zone_shift_row", zone_shift, ahead_fields);
struct root { struct id id; };
static const struct field root_fields[] = { F_ID(struct root, id), F_END };
static const struct shape root_shape = SHAPE_NAMED("zone_root", root, root_fields);

/* ---- the change ------------------------------------------------------------------------------------------------------------------ */

enum keep { KEEP_INSTANTS, KEEP_WALL_TIMES };
static const char *const keep_names[] = { "instants", "wall_times", NULL };
struct location_change { struct present present; const char *name, *time_zone, *address, *phone; int64_t keep; };
#define LOCATION_FIELDS \
    F_STR(struct location_change, name, .required = true, .max = 120, .doc = "Name of the site"), \
    F_TEXT(K_ZONE, struct location_change, time_zone, .required = true, .max = 60, .doc = "IANA zone its clock shows"), \
    F_STR(struct location_change, address, .nullable = true, .max = 300, .doc = "Postal address"), \
    F_TEXT(K_PHONE, struct location_change, phone, .nullable = true, .doc = "Telephone of the site")
static const struct field row_fields[] = { LOCATION_FIELDS, F_END };
static const struct field in_fields[] = { LOCATION_FIELDS,
    F_ENUM(struct location_change, keep, keep_names, .doc = "When the zone changes and something lies ahead: what stays, the instants or the wall times"), F_END };
static const struct shape row_shape = SHAPE_PATCH("location_row", location_change, row_fields); /* the same fields in the same order, without the choice */
static const struct shape in_shape = SHAPE_PATCH("location_patch", location_change, in_fields);
SHAPE_PATCH_CHECK(location_change);

struct change_zone {
    struct req *r;
    struct location before, after;
    struct id audit_id;
    struct zone_move move; size_t room; /* room for so many, made outside the transaction */
    bool decided; int64_t keep;
    const struct zone *old_zone, *new_zone;
    struct opening opening;
};

static int64_t shift_of(const struct change_zone *w, int64_t instant)
{
    int64_t at[2];
    zone_instants(w->new_zone, zone_local(w->old_zone, instant), at);
    return at[0] - instant;
}

static enum rc ask(struct change_zone *w, const struct counts *n)
{
    return req_fail(w->r, RC_NEEDS_DECISION, "Appointments or blocked time lie ahead here. Say what stays: the instants, or the times on the clock",
        arena_printf(w->r->arena, "{\"field\":\"keep\",\"appointments\":%lld,\"blocked\":%lld,\"holds\":%lld,\"sessions\":%lld,\"series\":%lld}", (long long)n->appointments,
            (long long)n->blocked, (long long)n->holds, (long long)n->sessions, (long long)n->series));
}

static enum rc add_ahead(struct tx *tx, struct change_zone *w, const struct query *q, enum zone_kind kind, size_t max)
{
    struct list l;
    TRY(db_list(tx_db(tx), q, ARGS(U(w->after.id), I(w->r->now), I((int64_t)max)), &ahead_shape, max, &l));
    if (w->move.n + l.n > w->room) return RC_BUSY; /* many were booked in this very moment */
    for (size_t i = 0; i < l.n; i++) {
        struct zone_shift *a = &w->move.at[w->move.n++];
        *a = *LIST_AT(l, struct zone_shift, i);
        a->kind = kind;
        a->by = shift_of(w, a->start);
    }
    return RC_OK;
}

static enum rc keep_wall_times(struct tx *tx, struct change_zone *w, const struct counts *n)
{
    struct list roots;
    if (n->appointments > ZONE_MOVES_MAX || n->blocked > ZONE_MOVES_MAX || n->sessions > ZONE_MOVES_MAX)
        return req_fail(w->r, RC_STATE, "More than 2000 appointments lie ahead here: too many to move at once", NULL);
    w->move.n = 0;
    w->move.zone = w->after.time_zone;
    TRY(add_ahead(tx, w, &Q_AHEAD, ZONE_APPOINTMENT, ZONE_MOVES_MAX));
    TRY(add_ahead(tx, w, &Q_SESSIONS, ZONE_SESSION, ZONE_MOVES_MAX));
    TRY(add_ahead(tx, w, &Q_BLOCKED, ZONE_BLOCKED, ZONE_MOVES_MAX));
    TRY(db_list(tx_db(tx), &Q_SERIES, ARGS(U(w->after.id), I(w->r->now)), &root_shape, ZONE_MOVES_MAX, &roots));
    TRY(blocked_rules_new_zone(tx, w->after.id, w->after.time_zone));
    TRY(zone_move_all(tx, &w->move));
    for (size_t i = 0; i < roots.n; i++) TRY(series_follow_zone(tx, LIST_AT(roots, struct root, i)->id, w->after.time_zone));
    return RC_OK;
}

/* A series keeps the clock its rule was made on: on another one the same instants would need another rule. */
static enum rc keep_instants(struct tx *tx, struct change_zone *w)
{
    TRY(tx_run_query(tx, &Q_RENAME, ARGS(U(w->after.id), I(w->r->now), S(w->after.time_zone))));
    TRY(tx_run_query(tx, &Q_FORGET_SESSIONS, ARGS(U(w->after.id), I(w->r->now))));
    return tx_run_query(tx, &Q_FORGET_BLOCKS, ARGS(U(w->after.id), I(w->r->now)));
}

static enum rc settle(struct tx *tx, struct change_zone *w)
{
    struct counts n = { 0 };
    TRY(db_get(tx_db(tx), &Q_COUNTS, ARGS(U(w->after.id), I(w->r->now)), &counts_shape, &n));
    if (n.appointments + n.blocked + n.holds + n.sessions == 0) return RC_OK;
    if (!w->decided) return ask(w, &n);
    return w->keep == KEEP_INSTANTS ? keep_instants(tx, w) : keep_wall_times(tx, w, &n);
}

static enum rc patch_tx(struct tx *tx, void *arg)
{
    struct change_zone *w = arg;
    w->before = (struct location){ 0 };
    TRY(locations_get(tx_db(tx), w->r->path_id, &w->before));
    TRY(req_version(w->r, w->before.version));
    w->after = w->before;
    shape_overlay(&row_shape, w->r->in, &location_shape, &w->after);
    w->old_zone = zone_find(w->before.time_zone);
    w->new_zone = zone_find(w->after.time_zone);
    if (!str_eq(w->before.time_zone, w->after.time_zone) && w->old_zone && w->new_zone) TRY(settle(tx, w));
    TRY(locations_update(tx, &w->after, w->before.version, req_lost(w->r)));
    w->after.version++;
    bool shifted = !str_eq(w->before.time_zone, w->after.time_zone) && !(w->decided && w->keep == KEEP_WALL_TIMES); /* all together: nothing becomes free */
    if (shifted) TRY(opening_tell(tx, &w->opening, arena_printf(w->r->arena, "zone:%s", id_format(w->opening.job, (char[ID_TEXT]){ 0 }))));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "location.update", "location.changed", "location", w->after.id, w->after.version,
        shape_diff(w->r->arena, &location_shape, &w->before, &w->after), NULL, false }));
    return reply(w->r, &w->after);
}

/* The ids of what will be written are made outside the transaction: as many as there is room for. */
static enum rc make_room(struct change_zone *w)
{
    struct counts n = { 0 };
    TRY(db_get(w->r->db, &Q_COUNTS, ARGS(U(w->r->path_id), I(w->r->now)), &counts_shape, &n));
    int64_t all = n.appointments + n.blocked + n.sessions;
    w->room = (size_t)(all < 3 * ZONE_MOVES_MAX ? all : 3 * ZONE_MOVES_MAX) + 50;
    w->move = (struct zone_move){ .r = w->r, .at = arena_alloc(w->r->arena, w->room * sizeof *w->move.at), .ids = arena_alloc(w->r->arena, 2 * w->room * sizeof *w->move.ids) };
    if (!w->move.at || !w->move.ids) return RC_OOM;
    for (size_t i = 0; i < 2 * w->room; i++) w->move.ids[i] = id_new();
    return RC_OK;
}

static enum rc patch_location(struct req *r)
{
    const struct location_change *in = r->in;
    struct change_zone w = { .r = r, .audit_id = id_new(), .keep = in->keep };
    for (const struct field *f = in_fields; f->kind != K_END; f++)
        if (f->off == offsetof(struct location_change, keep)) w.decided = present_has(in->present, in_fields, f);
    if (in->time_zone && w.decided && w.keep == KEEP_WALL_TIMES) TRY(make_room(&w));
    if (in->time_zone) TRY(opening_begin(r->db, &w.opening, ID_NIL, r->path_id, r->now));
    enum rc rc = req_tx(r, "zones.patch_location", patch_tx, &w);
    if (rc == RC_OVERLAP) return zone_move_refuse(&w.move, "At the times on the new clock somebody is taken already, by an appointment elsewhere or by blocked time. Nothing was changed");
    return rc;
}

static const struct route routes[] = {
    { .method = "PATCH", .path = "/locations/{id}", .summary = "Change a location", .handler = patch_location, .perm = PERM_SETTINGS_WRITE, .ok = 200, .in = &in_shape,
        .out = &location_shape, .fails = FAILS(RC_STALE) | FAILS(RC_NEEDS_DECISION) | FAILS(RC_OVERLAP) | FAILS(RC_STATE),
        .doc = "Another time zone while something lies ahead needs `keep`. wall_times moves what lies ahead in one transaction, series and sessions too, or nothing, and the 409 names each conflict; clients are told." },
    { .method = "GET", .path = "/calendar/zone-data", .summary = "Which zone data is used, and what it changed", .handler = zone_handle_data, .perm = PERM_SCHEDULE_READ, .ok = 200,
        .out = &zone_data_shape },
    { .method = "GET", .path = "/calendar/zone-report", .summary = "What did not fit its clock any more when the zone data changed", .handler = zone_handle_report,
        .perm = PERM_SCHEDULE_READ, .ok = 200, .query = &zone_report_query_shape, .out = &zone_line_shape, .flags = R_LIST | R_PAGED,
        .doc = "Occurrences of series follow their wall time by themselves; single appointments, sessions and blocked time wait for a decision." },
    { .method = "POST", .path = "/calendar/zone-report/{id}/decide", .summary = "Decide a line of the report", .handler = zone_handle_decide, .perm = PERM_SCHEDULE_WRITE, .ok = 200,
        .in = &zone_decision_shape, .out = &zone_line_shape, .fails = FAILS(RC_OVERLAP) | FAILS(RC_STATE) | FAILS(RC_NOT_FOUND) | FAILS(RC_STALE) | FAILS(RC_RULE),
        .doc = "`If-Match` names the version of the appointment it is about. Decided once: then it is 409." },
    { 0 } };

const struct module zones_module = { .name = "zones", .doc = "The clock of a location, and what hangs on it", .platform = true, .routes = routes, .queries = queries,
    .jobs = zone_jobs, .schedules = zone_schedules, .doctor = zone_doctor };
