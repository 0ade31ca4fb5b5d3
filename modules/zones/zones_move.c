/* zones_move.c - appointments, sessions and blocked time go to other instants together, with all they have taken. */
#include "modules/zones/zones.h"

enum { CLAIMS_MAX = 20000, NAMED_MAX = 20 };

const struct query Q_MOVE_CLAIMS = { .name = "zones.claims", .args = "u",
    .sql = "SELECT subject_id, owner_id, location_id, starts_at, ends_at, core_start, core_end, kind, expires_at, shared FROM claim WHERE tenant_id = $1 AND owner_id = $2" };
const struct query Q_MOVE_SHIFT = { .name = "zones.shift", .args = "uitii",
    .sql = "UPDATE appointment SET starts_at = starts_at + $3, ends_at = ends_at + $3, time_zone = $4, sequence = sequence + 1, version = version + 1,"
           " updated_at = $5, wall_start = $6 WHERE tenant_id = $1 AND id = $2" };
const struct query Q_MOVE_SHIFT_PARTS = { .name = "zones.shift_parts", .args = "ui",
    .sql = "UPDATE appointment_part SET starts_at = starts_at + $3, ends_at = ends_at + $3 WHERE tenant_id = $1 AND appointment_id = $2" };
const struct query Q_MOVE_SHIFT_BLOCK = { .name = "zones.shift_block", .args = "uii",
    .sql = "UPDATE blocked_time SET starts_at = starts_at + $3, ends_at = ends_at + $3, version = version + 1, wall_start = $4 WHERE tenant_id = $1 AND id = $2" };
const struct query Q_MOVE_SHIFT_SESSION = { .name = "zones.shift_session", .args = "uii",
    .sql = "UPDATE group_session SET starts_at = starts_at + $3, ends_at = ends_at + $3, version = version + 1, wall_start = $4 WHERE tenant_id = $1 AND id = $2" };
const struct query Q_MOVE_OF_SESSION = { .name = "zones.of_session", .args = "u",
    .sql = "SELECT a.id, a.service_id, a.starts_at AS start, a.client_zone, a.sequence, a.version, a.status, c.email FROM appointment a LEFT JOIN client c"
           " ON c.tenant_id = a.tenant_id AND c.id = a.client_id WHERE a.tenant_id = $1 AND a.session_id = $2 AND a.seat_no IS NOT NULL ORDER BY a.id LIMIT 100" };
const struct query Q_MOVE_SUBJECT = { .name = "zones.subject", .args = "u",
    .sql = "SELECT 'provider' AS kind, p.name FROM provider p WHERE p.tenant_id = $1 AND p.id = $2 UNION ALL SELECT 'resource', r.name FROM resource r"
           " WHERE r.tenant_id = $1 AND r.id = $2 UNION ALL SELECT 'patient', x.name FROM patient x WHERE x.tenant_id = $1 AND x.id = $2" };
const struct query Q_MOVE_WHAT = { .name = "zones.what", .args = "u",
    .sql = "SELECT c.name AS client_name, s.name AS service_name, l.name AS location_name FROM appointment a LEFT JOIN client c ON c.tenant_id = a.tenant_id"
           " AND c.id = a.client_id LEFT JOIN service s ON s.tenant_id = a.tenant_id AND s.id = a.service_id LEFT JOIN location l ON l.tenant_id = a.tenant_id"
           " AND l.id = a.location_id WHERE a.tenant_id = $1 AND a.id = $2 UNION ALL SELECT NULL, s.name, l.name FROM group_session g LEFT JOIN service s"
           " ON s.tenant_id = g.tenant_id AND s.id = g.service_id LEFT JOIN location l ON l.tenant_id = g.tenant_id AND l.id = g.location_id"
           " WHERE g.tenant_id = $1 AND g.id = $2" };

static const struct field claim_fields[] = { F_ID(struct claim, subject_id), F_ID(struct claim, owner_id), F_ID(struct claim, location_id), F_INT(struct claim, starts_at),
    F_INT(struct claim, ends_at), F_INT(struct claim, core_start), F_INT(struct claim, core_end), F_ENUM(struct claim, kind, claim_kind_names),
    F_INT(struct claim, expires_at), F_BOOL(struct claim, shared), F_END };
static const struct shape claim_row = SHAPE_NAMED("zone_claim", claim, claim_fields);
static const struct field shift_fields[] = { F_ID(struct zone_shift, id), F_ID(struct zone_shift, service_id), F_INT(struct zone_shift, start),
    F_STR(struct zone_shift, client_zone), F_INT(struct zone_shift, sequence), F_INT(struct zone_shift, version), F_ENUM(struct zone_shift, status, appt_state_names),
    F_STR(struct zone_shift, email), F_END };
static const struct shape shift_row = SHAPE_NAMED("zone_seat", zone_shift, shift_fields);

enum rc zone_session_appointments(struct tdb *db, struct id session, struct list *out)
{
    return db_list(db, &Q_MOVE_OF_SESSION, ARGS(U(session)), &shift_row, 100, out);
}

/* ---- writing -------------------------------------------------------------------------------------------------------------------- */

static enum rc claim_again(struct tx *tx, struct list claims, int64_t by)
{
    for (size_t i = 0; i < claims.n; i++) {
        struct claim c = *LIST_AT(claims, struct claim, i);
        c.starts_at += by, c.ends_at += by, c.core_start += by, c.core_end += by;
        TRY(claims_insert(tx, &c));
    }
    return RC_OK;
}

/* What each change of time leaves: audit, event, mail, reminders. */
static enum rc leave_trace(struct tx *tx, const struct zone_move *w, const struct zone_shift *a, size_t k)
{
    char id[ID_TEXT], old[INSTANT_TEXT], now[INSTANT_TEXT];
    struct arena *m = w->r->arena;
    int64_t start = a->start + a->by;
    bool live = a->status == APPT_SCHEDULED || a->status == APPT_CONFIRMED;
    id_format(a->id, id);
    instant_format(a->start, old);
    TRY(tx_change(tx, w->r, &(struct change){ w->ids[2 * k], "appointment.move", "appointment.changed", "appointment", a->id, a->version + 1,
        arena_printf(m, "{\"start\":[\"%s\",\"%s\"]}", old, instant_format(start, now)), NULL, false }));
    if (live && a->by && !str_empty(a->email))
        TRY(tx_job(tx, w->ids[2 * k + 1], "notices.appointment", arena_printf(m, "%s:moved:%lld", id, (long long)a->sequence + 1), w->r->now,
            arena_printf(m, "{\"appointment_id\":\"%s\",\"what\":\"moved\",\"sequence\":%lld,\"old_start\":\"%s\"}", id, (long long)a->sequence + 1, old)));
    return reminders_follow(tx, &(struct reminder_follow){ .appointment = a->id, .service = a->service_id, .start = start, .old_start = a->start, .live = live,
        .was_live = live, .zone = a->client_zone ? a->client_zone : w->zone, .now = w->r->now });
}

static enum rc write_one(struct tx *tx, const struct zone_move *w, size_t k)
{
    const struct zone_shift *a = &w->at[k];
    int64_t wall = zone_wall(w->zone, a->start + a->by);
    if (a->kind == ZONE_BLOCKED) return tx_run_query(tx, &Q_MOVE_SHIFT_BLOCK, ARGS(U(a->id), I(a->by), I(wall)));
    if (a->kind == ZONE_SESSION) {
        TRY(tx_run_query(tx, &Q_MOVE_SHIFT_SESSION, ARGS(U(a->id), I(a->by), I(wall))));
        return tx_change(tx, w->r, &(struct change){ w->ids[2 * k], "session.move", "session.changed", "session", a->id, a->version + 1, NULL, NULL, false });
    }
    TRY(tx_run_query(tx, &Q_MOVE_SHIFT, ARGS(U(a->id), I(a->by), S(w->zone), I(w->r->now), I(wall))));
    TRY(tx_run_query(tx, &Q_MOVE_SHIFT_PARTS, ARGS(U(a->id), I(a->by))));
    return leave_trace(tx, w, a, k);
}

/* First everything is given up, then everything is taken. */
enum rc zone_move_all(struct tx *tx, struct zone_move *w)
{
    struct list *claims = arena_alloc(w->r->arena, (w->n + 1) * sizeof *claims);
    if (!claims) return RC_OOM;
    for (size_t i = 0; i < w->n; i++) TRY(db_list(tx_db(tx), &Q_MOVE_CLAIMS, ARGS(U(w->at[i].id)), &claim_row, CLAIMS_MAX, &claims[i]));
    for (size_t i = 0; i < w->n; i++)
        if (claims[i].n) TRY(claims_delete_owner(tx, w->at[i].id));
    for (size_t i = 0; i < w->n; i++) {
        TRY(claim_again(tx, claims[i], w->at[i].by));
        TRY(write_one(tx, w, i));
    }
    return RC_OK;
}

/* ---- what is in the way of whom --------------------------------------------------------------------------------------------------- */

struct subject_name { const char *kind, *name; };
static const struct field subject_fields[] = { F_STR(struct subject_name, kind), F_STR(struct subject_name, name), F_END };
static const struct shape subject_shape = SHAPE_NAMED("zone_subject", subject_name, subject_fields);
struct what { const char *client_name, *service_name, *location_name; };
static const struct field what_fields[] = { F_STR(struct what, client_name), F_STR(struct what, service_name), F_STR(struct what, location_name), F_END };
static const struct shape what_shape = SHAPE_NAMED("zone_what", what, what_fields);

static bool moves_too(const struct zone_move *w, struct id owner)
{
    for (size_t i = 0; i < w->n; i++)
        if (id_eq(w->at[i].id, owner)) return true;
    return false;
}

static enum rc describe(struct tdb *db, const struct query *q, struct id id, const struct shape *shape, void *out)
{
    enum rc rc = db_get(db, q, ARGS(U(id)), shape, out);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc write_conflict(struct json *j, const struct zone_move *w, const struct zone_shift *a, const struct claim *c)
{
    char text[INSTANT_TEXT + ID_TEXT];
    struct subject_name who = { 0 };
    struct what mine = { 0 }, other = { 0 };
    TRY(describe(w->r->db, &Q_MOVE_SUBJECT, c->subject_id, &subject_shape, &who));
    TRY(describe(w->r->db, &Q_MOVE_WHAT, a->id, &what_shape, &mine));
    TRY(describe(w->r->db, &Q_MOVE_WHAT, c->owner_id, &what_shape, &other));
    bool session = c->kind == CLAIM_APPOINTMENT && !other.client_name;
    json_obj(j);
    json_kstr(j, "moving", zone_kind_names[a->kind]);
    json_kstr(j, "moving_id", id_format(a->id, text));
    json_kstr(j, "moving_client", mine.client_name);
    json_kstr(j, "moving_service", mine.service_name);
    json_kstr(j, "from", instant_format(a->start, text));
    json_kstr(j, "to", instant_format(a->start + a->by, text));
    json_kstr(j, "kind", who.kind);
    json_kstr(j, "subject_id", id_format(c->subject_id, text));
    json_kstr(j, "subject_name", who.name);
    json_kstr(j, "what", claim_kind_names[c->kind]);
    json_kstr(j, "start", instant_format(c->core_start, text));
    json_kstr(j, "end", instant_format(c->core_end, text));
    json_kstr(j, "appointment_id", c->kind == CLAIM_APPOINTMENT && !session ? id_format(c->owner_id, text) : NULL);
    json_kstr(j, "session_id", session ? id_format(c->owner_id, text) : NULL);
    json_kstr(j, "client_name", other.client_name);
    json_kstr(j, "service_name", other.service_name);
    json_kstr(j, "location_name", other.location_name);
    json_obj_end(j);
    return RC_OK;
}

static enum rc write_conflicts_of(struct json *j, const struct zone_move *w, const struct zone_shift *a, size_t *n)
{
    struct list mine, around;
    TRY(db_list(w->r->db, &Q_MOVE_CLAIMS, ARGS(U(a->id)), &claim_row, CLAIMS_MAX, &mine));
    for (size_t i = 0; i < mine.n && *n < NAMED_MAX; i++) {
        const struct claim *m = LIST_AT(mine, struct claim, i);
        int64_t from = m->starts_at + a->by, to = m->ends_at + a->by;
        if (m->shared) continue;
        TRY(claims_around(w->r->db, &m->subject_id, 1, from, to, &around));
        for (size_t k = 0; k < around.n && *n < NAMED_MAX; k++) {
            const struct claim *c = LIST_AT(around, struct claim, k);
            if (c->shared || c->starts_at >= to || c->ends_at <= from || moves_too(w, c->owner_id)) continue;
            TRY(write_conflict(j, w, a, c));
            ++*n;
        }
    }
    return RC_OK;
}

enum rc zone_move_refuse(struct zone_move *w, const char *sentence)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    size_t n = 0;
    buf_init(&b, 64 * 1024);
    struct json j = json_to(&b);
    json_obj(&j);
    json_key(&j, "conflicts");
    json_arr(&j);
    for (size_t i = 0; i < w->n && n < NAMED_MAX; i++) {
        struct arena_mark mark = arena_mark(w->r->arena);
        TRY(write_conflicts_of(&j, w, &w->at[i], &n));
        arena_rewind(w->r->arena, mark);
    }
    json_arr_end(&j);
    json_obj_end(&j);
    return req_fail(w->r, RC_OVERLAP, sentence, b.failed ? NULL : arena_strndup(w->r->arena, b.data, b.len));
}
