/* zones.c - see zones.h and README.md. */
#include "modules/zones/zones.h"

enum { MOVED_MAX = 2000, CLAIMS_MAX = 20000 };

/* ---- statements ---------------------------------------------------------------------------------------------------------------- */

#define AHEAD " a.tenant_id = $1 AND a.starts_at >= $3 AND a.location_id = $2 AND a.status IN ('pending_payment', 'requested', 'scheduled', 'confirmed', 'checked_in', 'in_progress')"
#define BLOCKS " b.tenant_id = $1 AND b.ends_at > $3 AND b.starts_at >= $3 AND (b.subject_id = $2 OR b.subject_id IN (SELECT r.id FROM resource r WHERE r.tenant_id = $1 AND r.location_id = $2))"
static const struct query Q_COUNTS = { .name = "zones.counts", .args = "ui",
    .sql = "SELECT (SELECT COUNT(*) FROM appointment a WHERE" AHEAD ") AS appointments, (SELECT COUNT(*) FROM blocked_time b WHERE" BLOCKS ") AS blocked,"
           " (SELECT COUNT(*) FROM hold h WHERE h.tenant_id = $1 AND h.location_id = $2 AND h.closed_at IS NULL AND h.expires_at > $3) AS holds,"
           " (SELECT COUNT(*) FROM group_session g WHERE g.tenant_id = $1 AND g.starts_at >= $3 AND g.location_id = $2 AND g.cancelled_at IS NULL) AS sessions",
    .scan = "holds are few, and the zone of a location changes once in years" };
static const struct query Q_AHEAD = { .name = "zones.ahead", .args = "uii",
    .sql = "SELECT a.id, a.service_id, a.starts_at, a.client_zone, a.sequence, a.version, a.status, c.email FROM appointment a LEFT JOIN client c"
           " ON c.tenant_id = a.tenant_id AND c.id = a.client_id WHERE" AHEAD " ORDER BY a.starts_at, a.id LIMIT $4" };
static const struct query Q_BLOCKED = { .name = "zones.blocked", .args = "uii",
    .sql = "SELECT b.id, b.starts_at FROM blocked_time b WHERE" BLOCKS " ORDER BY b.starts_at, b.id LIMIT $4" };
static const struct query Q_CLAIMS = { .name = "zones.claims", .args = "u",
    .sql = "SELECT subject_id, owner_id, location_id, starts_at, ends_at, core_start, core_end, kind, expires_at, shared FROM claim WHERE tenant_id = $1 AND owner_id = $2" };
static const struct query Q_RENAME = { .name = "zones.rename", .args = "uit",
    .sql = "UPDATE appointment SET time_zone = $4, version = version + 1, updated_at = $3 WHERE tenant_id = $1 AND location_id = $2 AND starts_at >= $3" };
static const struct query Q_SHIFT = { .name = "zones.shift", .args = "uiti",
    .sql = "UPDATE appointment SET starts_at = starts_at + $3, ends_at = ends_at + $3, time_zone = $4, sequence = sequence + 1, version = version + 1,"
           " updated_at = $5 WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_SHIFT_PARTS = { .name = "zones.shift_parts", .args = "ui",
    .sql = "UPDATE appointment_part SET starts_at = starts_at + $3, ends_at = ends_at + $3 WHERE tenant_id = $1 AND appointment_id = $2" };
static const struct query Q_SHIFT_BLOCK = { .name = "zones.shift_block", .args = "ui",
    .sql = "UPDATE blocked_time SET starts_at = starts_at + $3, ends_at = ends_at + $3, version = version + 1 WHERE tenant_id = $1 AND id = $2" };
static const struct query *const queries[] = { &Q_COUNTS, &Q_AHEAD, &Q_BLOCKED, &Q_CLAIMS, &Q_RENAME, &Q_SHIFT, &Q_SHIFT_PARTS, &Q_SHIFT_BLOCK, NULL };

struct counts { int64_t appointments, blocked, holds, sessions; };
static const struct field counts_fields[] = { F_INT(struct counts, appointments), F_INT(struct counts, blocked), F_INT(struct counts, holds),
    F_INT(struct counts, sessions), F_END };
static const struct shape counts_shape = SHAPE_NAMED("zone_counts", counts, counts_fields);
struct ahead { struct id id, service_id; int64_t starts_at, sequence, version, status; const char *client_zone, *email; };
static const struct field ahead_fields[] = { F_ID(struct ahead, id), F_ID(struct ahead, service_id), F_INT(struct ahead, starts_at), F_STR(struct ahead, client_zone),
    F_INT(struct ahead, sequence), F_INT(struct ahead, version), F_ENUM(struct ahead, status, appt_state_names), F_STR(struct ahead, email), F_END };
static const struct shape ahead_shape = SHAPE_NAMED("zone_ahead", ahead, ahead_fields);
static const struct field claim_fields[] = { F_ID(struct claim, subject_id), F_ID(struct claim, owner_id), F_ID(struct claim, location_id), F_INT(struct claim, starts_at),
    F_INT(struct claim, ends_at), F_INT(struct claim, core_start), F_INT(struct claim, core_end), F_ENUM(struct claim, kind, claim_kind_names),
    F_INT(struct claim, expires_at), F_BOOL(struct claim, shared), F_END };
static const struct shape claim_row = SHAPE_NAMED("zone_claim", claim, claim_fields);

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
    struct id audit_id, *ids;          /* ids: two for each appointment, made outside */
    size_t n_ids;
    bool decided; int64_t keep;
    const struct zone *old_zone, *new_zone;
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
        arena_printf(w->r->arena, "{\"field\":\"keep\",\"appointments\":%lld,\"blocked\":%lld,\"holds\":%lld,\"sessions\":%lld}", (long long)n->appointments,
            (long long)n->blocked, (long long)n->holds, (long long)n->sessions));
}

static enum rc claim_again(struct tx *tx, struct list claims, int64_t shift)
{
    for (size_t i = 0; i < claims.n; i++) {
        struct claim c = *LIST_AT(claims, struct claim, i);
        c.starts_at += shift, c.ends_at += shift, c.core_start += shift, c.core_end += shift;
        TRY(claims_insert(tx, &c));
    }
    return RC_OK;
}

/* What each change of time leaves: audit, event, mail, reminders. */
static enum rc trace(struct tx *tx, struct change_zone *w, const struct ahead *a, size_t k)
{
    char id[ID_TEXT], old[INSTANT_TEXT], now[INSTANT_TEXT];
    struct arena *m = w->r->arena;
    int64_t start = a->starts_at + shift_of(w, a->starts_at);
    bool live = a->status == APPT_SCHEDULED || a->status == APPT_CONFIRMED;
    id_format(a->id, id);
    instant_format(a->starts_at, old);
    TRY(tx_change(tx, w->r, &(struct change){ w->ids[2 * k], "appointment.move", "appointment.changed", "appointment", a->id, a->version + 1,
        arena_printf(m, "{\"start\":[\"%s\",\"%s\"]}", old, instant_format(start, now)), NULL, false }));
    if (live && start != a->starts_at && !str_empty(a->email))
        TRY(tx_job(tx, w->ids[2 * k + 1], "notices.appointment", arena_printf(m, "%s:moved:%lld", id, (long long)a->sequence + 1), w->r->now,
            arena_printf(m, "{\"appointment_id\":\"%s\",\"what\":\"moved\",\"sequence\":%lld,\"old_start\":\"%s\"}", id, (long long)a->sequence + 1, old)));
    return reminders_follow(tx, &(struct reminder_follow){ .appointment = a->id, .service = a->service_id, .start = start, .old_start = a->starts_at, .live = live,
        .was_live = live, .zone = a->client_zone ? a->client_zone : w->after.time_zone, .now = w->r->now });
}

/* First everything is given up, then everything is taken: what moves is not in its own way. */
static enum rc move_all(struct tx *tx, struct change_zone *w, struct list appointments, struct list blocked)
{
    struct arena *m = w->r->arena;
    size_t n = appointments.n + blocked.n;
    struct list *claims = arena_alloc(m, (n + 1) * sizeof *claims);
    if (!claims) return RC_OOM;
    for (size_t i = 0; i < n; i++) {
        struct id owner = i < appointments.n ? LIST_AT(appointments, struct ahead, i)->id : LIST_AT(blocked, struct ahead, i - appointments.n)->id;
        TRY(db_list(tx_db(tx), &Q_CLAIMS, ARGS(U(owner)), &claim_row, CLAIMS_MAX, &claims[i]));
    }
    for (size_t i = 0; i < n; i++)
        if (claims[i].n) TRY(claims_delete_owner(tx, LIST_AT(claims[i], struct claim, 0)->owner_id));
    for (size_t i = 0; i < n; i++) {
        const struct ahead *a = i < appointments.n ? LIST_AT(appointments, struct ahead, i) : LIST_AT(blocked, struct ahead, i - appointments.n);
        int64_t shift = shift_of(w, a->starts_at);
        TRY(claim_again(tx, claims[i], shift));
        if (i >= appointments.n) {
            TRY(tx_run_query(tx, &Q_SHIFT_BLOCK, ARGS(U(a->id), I(shift))));
            continue;
        }
        TRY(tx_run_query(tx, &Q_SHIFT, ARGS(U(a->id), I(shift), S(w->after.time_zone), I(w->r->now))));
        TRY(tx_run_query(tx, &Q_SHIFT_PARTS, ARGS(U(a->id), I(shift))));
        TRY(trace(tx, w, a, i));
    }
    return RC_OK;
}

static enum rc settle(struct tx *tx, struct change_zone *w)
{
    struct counts n = { 0 };
    struct list appointments, blocked;
    struct id here = w->after.id;
    TRY(db_get(tx_db(tx), &Q_COUNTS, ARGS(U(here), I(w->r->now)), &counts_shape, &n));
    if (n.appointments + n.blocked + n.holds + n.sessions == 0) return RC_OK;
    if (!w->decided) return ask(w, &n);
    if (w->keep == KEEP_INSTANTS)
        return tx_run_query(tx, &Q_RENAME, ARGS(U(here), I(w->r->now), S(w->after.time_zone)));
    if (n.sessions) return req_fail(w->r, RC_STATE, "Group sessions lie ahead here: they keep their instants. Move or cancel them first", NULL);
    if (n.appointments > MOVED_MAX || n.blocked > MOVED_MAX) return req_fail(w->r, RC_STATE, "More than 2000 appointments lie ahead here: too many to move at once", NULL);
    if ((size_t)n.appointments * 2 > w->n_ids) return RC_BUSY; /* many were booked in this very moment */
    TRY(db_list(tx_db(tx), &Q_AHEAD, ARGS(U(here), I(w->r->now), I(MOVED_MAX)), &ahead_shape, MOVED_MAX, &appointments));
    TRY(db_list(tx_db(tx), &Q_BLOCKED, ARGS(U(here), I(w->r->now), I(MOVED_MAX)), &ahead_shape, MOVED_MAX, &blocked));
    TRY(blocked_rules_new_zone(tx, here, w->after.time_zone));
    return move_all(tx, w, appointments, blocked);
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
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "location.update", "location.changed", "location", w->after.id, w->after.version,
        shape_diff(w->r->arena, &location_shape, &w->before, &w->after), NULL, false }));
    return reply(w->r, &w->after);
}

/* The ids of what will be written are made outside the transaction: as many as there is room for. */
static enum rc make_ids(struct change_zone *w)
{
    struct counts n = { 0 };
    TRY(db_get(w->r->db, &Q_COUNTS, ARGS(U(w->r->path_id), I(w->r->now)), &counts_shape, &n));
    w->n_ids = 2 * ((size_t)(n.appointments < MOVED_MAX ? n.appointments : MOVED_MAX) + 50);
    w->ids = arena_alloc(w->r->arena, w->n_ids * sizeof *w->ids);
    if (!w->ids) return RC_OOM;
    for (size_t i = 0; i < w->n_ids; i++) w->ids[i] = id_new();
    return RC_OK;
}

static enum rc patch_location(struct req *r)
{
    const struct location_change *in = r->in;
    struct change_zone w = { .r = r, .audit_id = id_new(), .keep = in->keep };
    for (const struct field *f = in_fields; f->kind != K_END; f++)
        if (f->off == offsetof(struct location_change, keep)) w.decided = present_has(in->present, in_fields, f);
    if (in->time_zone && w.decided && w.keep == KEEP_WALL_TIMES) TRY(make_ids(&w));
    enum rc rc = req_tx(r, "zones.patch_location", patch_tx, &w);
    if (rc == RC_OVERLAP) return req_fail(r, rc, "At the times on the new clock somebody is taken already, by an appointment elsewhere or by blocked time. Nothing was changed", NULL);
    return rc;
}

static const struct route routes[] = {
    { .method = "PATCH", .path = "/locations/{id}", .summary = "Change a location", .handler = patch_location, .perm = PERM_SETTINGS_WRITE, .ok = 200, .in = &in_shape,
        .out = &location_shape, .fails = FAILS(RC_STALE) | FAILS(RC_NEEDS_DECISION) | FAILS(RC_OVERLAP) | FAILS(RC_STATE),
        .doc = "Another time zone while something lies ahead needs `keep`. wall_times moves what lies ahead in one transaction, or nothing; clients are told." },
    { 0 } };

const struct module zones_module = { .name = "zones", .doc = "The clock of a location, and what hangs on it", .routes = routes, .queries = queries };
