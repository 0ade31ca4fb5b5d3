/* zones_store.c - the statements on zone_check and zone_line, and what lies ahead of a clinic. */
#include "modules/zones/zones.h"

const char *const zone_kind_names[] = { "appointment", "occurrence", "session", "hold", "blocked", NULL };
const char *const zone_outcome_names[] = { "open", "conflict", "moved", "kept", "settled", NULL };

/* ---- what lies ahead ------------------------------------------------------------------------------------------------------------ */

#define LIVE "('pending_payment', 'requested', 'scheduled', 'confirmed')"
/* Behind ($2, $3), by start and id. Appointments in a session go with it. */
const struct query Q_ZONE_AHEAD_APPTS = { .name = "zones.ahead_appointments", .args = "iu",
    .sql = "SELECT a.id, a.starts_at AS start, a.wall_start AS wall, a.time_zone, a.version, s.time_zone AS series_zone, a.series_local FROM appointment a"
           " LEFT JOIN series s ON s.tenant_id = a.tenant_id AND s.id = a.series_id AND a.series_alone = 0 WHERE a.tenant_id = $1 AND a.starts_at >= $2"
           " AND (a.starts_at > $2 OR a.id > $3) AND a.session_id IS NULL AND a.status IN " LIVE " ORDER BY a.starts_at, a.id LIMIT 500" };
const struct query Q_ZONE_AHEAD_SESSIONS = { .name = "zones.ahead_sessions", .args = "iu",
    .sql = "SELECT g.id, g.starts_at AS start, g.wall_start AS wall, l.time_zone, g.version FROM group_session g LEFT JOIN location l ON l.tenant_id = g.tenant_id"
           " AND l.id = g.location_id WHERE g.tenant_id = $1 AND g.starts_at >= $2 AND (g.starts_at > $2 OR g.id > $3) AND g.cancelled_at IS NULL"
           " ORDER BY g.starts_at, g.id LIMIT 500" };
const struct query Q_ZONE_AHEAD_HOLDS = { .name = "zones.ahead_holds", .args = "iu", .scan = "holds live for minutes",
    .sql = "SELECT h.id, h.starts_at AS start, h.wall_start AS wall, l.time_zone FROM hold h LEFT JOIN location l ON l.tenant_id = h.tenant_id"
           " AND l.id = h.location_id WHERE h.tenant_id = $1 AND h.starts_at >= $2 AND (h.starts_at > $2 OR h.id > $3) AND h.closed_at IS NULL"
           " ORDER BY h.starts_at, h.id LIMIT 500" };
/* A provider's blocked time stands on the clinic's clock. */
const struct query Q_ZONE_AHEAD_BLOCKED = { .name = "zones.ahead_blocked", .args = "iu", .scan = "looked through once for each new zone data",
    .sql = "SELECT b.id, b.starts_at AS start, b.wall_start AS wall, COALESCE(l.time_zone, m.time_zone, t.time_zone) AS time_zone, b.version,"
           " q.time_zone AS series_zone, b.rule_at AS series_local, b.all_day FROM blocked_time b"
           " LEFT JOIN location l ON l.tenant_id = b.tenant_id AND l.id = b.subject_id LEFT JOIN resource r ON r.tenant_id = b.tenant_id AND r.id = b.subject_id"
           " LEFT JOIN location m ON m.tenant_id = r.tenant_id AND m.id = r.location_id LEFT JOIN tenant t ON t.tenant_id = b.tenant_id"
           " LEFT JOIN blocked_rule q ON q.tenant_id = b.tenant_id AND q.id = b.rule_id AND b.alone = 0"
           " WHERE b.tenant_id = $1 AND b.starts_at >= $2 AND (b.starts_at > $2 OR b.id > $3) ORDER BY b.starts_at, b.id LIMIT 500" };
const struct query Q_ZONE_WALL_APPT = { .name = "zones.wall_appointment", .args = "ui", .sql = "UPDATE appointment SET wall_start = $3 WHERE tenant_id = $1 AND id = $2" };
const struct query Q_ZONE_WALL_SESSION = { .name = "zones.wall_session", .args = "ui", .sql = "UPDATE group_session SET wall_start = $3 WHERE tenant_id = $1 AND id = $2" };
const struct query Q_ZONE_WALL_HOLD = { .name = "zones.wall_hold", .args = "ui", .sql = "UPDATE hold SET wall_start = $3 WHERE tenant_id = $1 AND id = $2" };
const struct query Q_ZONE_WALL_BLOCKED = { .name = "zones.wall_blocked", .args = "ui", .sql = "UPDATE blocked_time SET wall_start = $3 WHERE tenant_id = $1 AND id = $2" };
const struct query Q_ZONE_ROOTS = { .name = "zones.roots", .args = "ui",
    .sql = "SELECT DISTINCT s.root_id AS id FROM appointment a LEFT JOIN series s ON s.tenant_id = a.tenant_id AND s.id = a.series_id WHERE a.tenant_id = $1"
           " AND a.starts_at >= $3 AND a.series_id IS NOT NULL AND ($2 IS NULL OR s.root_id > $2) ORDER BY 1 LIMIT 200" };

static const struct field ahead_fields[] = { F_ID(struct zone_ahead, id), F_INT(struct zone_ahead, start), F_INT(struct zone_ahead, wall), F_INT(struct zone_ahead, version),
    F_INT(struct zone_ahead, series_local), F_STR(struct zone_ahead, time_zone), F_STR(struct zone_ahead, series_zone), F_BOOL(struct zone_ahead, all_day), F_END };
static const struct shape ahead_shape = SHAPE(zone_ahead, ahead_fields);
struct root { struct id id; };
static const struct field root_fields[] = { F_ID(struct root, id), F_END };
static const struct shape root_shape = SHAPE_NAMED("zone_root_row", root, root_fields);
_Static_assert(sizeof(struct root) == sizeof(struct id), "a list of rows is a list of ids");

enum rc zone_ahead_list(struct tdb *db, enum zone_kind kind, int64_t start, struct id id, struct list *out)
{
    static const struct query *const by_kind[] = { [ZONE_APPOINTMENT] = &Q_ZONE_AHEAD_APPTS, [ZONE_SESSION] = &Q_ZONE_AHEAD_SESSIONS, [ZONE_HOLD] = &Q_ZONE_AHEAD_HOLDS,
        [ZONE_BLOCKED] = &Q_ZONE_AHEAD_BLOCKED };
    ASSERT(by_kind[kind]);
    return db_list(db, by_kind[kind], ARGS(I(start), U(id)), &ahead_shape, ZONE_PAGE, out);
}

enum rc zone_set_wall(struct tx *tx, enum zone_kind kind, struct id id, int64_t wall)
{
    static const struct query *const by_kind[] = { [ZONE_APPOINTMENT] = &Q_ZONE_WALL_APPT, [ZONE_OCCURRENCE] = &Q_ZONE_WALL_APPT, [ZONE_SESSION] = &Q_ZONE_WALL_SESSION,
        [ZONE_HOLD] = &Q_ZONE_WALL_HOLD, [ZONE_BLOCKED] = &Q_ZONE_WALL_BLOCKED };
    return tx_run_query(tx, by_kind[kind], ARGS(U(id), I(wall)));
}

enum rc zone_roots(struct tdb *db, struct id after, int64_t now, struct list *out)
{
    return db_list(db, &Q_ZONE_ROOTS, ARGS(U(after), I(now)), &root_shape, 200, out);
}

/* ---- which clinics ---------------------------------------------------------------------------------------------------------------- */

const struct query Q_ZONE_BEHIND = { .name = "zones.behind", .args = "t", .platform = "the zone data is everybody's", .scan = "one row for each clinic",
    .sql = "SELECT t.tenant_id AS id FROM tenant t LEFT JOIN zone_check z ON z.tenant_id = t.tenant_id WHERE z.version IS NULL OR z.version <> $1 ORDER BY 1 LIMIT 50" };
const struct query Q_ZONE_UNKNOWN = { .name = "zones.unknown", .args = "i", .platform = "wall times are filled in for all clinics",
    .sql = "SELECT tenant_id AS id FROM appointment WHERE wall_start IS NULL AND starts_at >= $1 UNION SELECT tenant_id FROM group_session WHERE wall_start IS NULL"
           " AND starts_at >= $1 UNION SELECT tenant_id FROM hold WHERE wall_start IS NULL AND closed_at IS NULL AND starts_at >= $1 UNION"
           " SELECT tenant_id FROM blocked_time WHERE wall_start IS NULL AND starts_at >= $1 ORDER BY 1 LIMIT 50" };
const struct query Q_ZONE_CHECK = { .name = "zones.check", .sql = "SELECT version, n, checked_at FROM zone_check WHERE tenant_id = $1" };
const struct query Q_ZONE_CHECK_PUT = { .name = "zones.check_put", .args = "tii",
    .sql = "INSERT INTO zone_check (tenant_id, version, n, checked_at) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id) DO UPDATE SET version = $2, n = $3, checked_at = $4" };
static const struct field check_fields[] = { F_STR(struct zone_check, version), F_INT(struct zone_check, n), F_INT(struct zone_check, checked_at), F_END };
static const struct shape check_shape = SHAPE(zone_check, check_fields);

enum rc zone_tenants_behind(struct tdb *db, const char *version, struct list *out) { return db_list(db, &Q_ZONE_BEHIND, ARGS(S(version)), &root_shape, 50, out); }
enum rc zone_tenants_unknown(struct tdb *db, int64_t now, struct list *out) { return db_list(db, &Q_ZONE_UNKNOWN, ARGS(I(now)), &root_shape, 50, out); }

enum rc zone_check_get(struct tdb *db, struct zone_check *out)
{
    *out = (struct zone_check){ .checked_at = NONE };
    enum rc rc = db_get(db, &Q_ZONE_CHECK, ARGS(), &check_shape, out);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

enum rc zone_check_put(struct tx *tx, const char *version, int64_t n, int64_t now) { return tx_run_query(tx, &Q_ZONE_CHECK_PUT, ARGS(S(version), I(n), I(now))); }

/* ---- the report --------------------------------------------------------------------------------------------------------------------- */

const struct query Q_ZONE_LINE_INSERT = { .name = "zones.line_insert", .args = "utttutiiiti",
    .sql = "INSERT INTO zone_line (tenant_id, id, version, old_version, kind, entity_id, time_zone, wall, old_start, new_start, outcome, at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (tenant_id, version, entity_id) DO NOTHING" };
const struct query Q_ZONE_LINE_SET = { .name = "zones.line_set", .args = "utt", .sql = "UPDATE zone_line SET outcome = $3, detail = $4 WHERE tenant_id = $1 AND id = $2" };
const struct query Q_ZONE_LINE_DECIDE = { .name = "zones.line_decide", .args = "ut",
    .sql = "UPDATE zone_line SET outcome = $3, detail = NULL WHERE tenant_id = $1 AND id = $2 AND outcome IN ('open', 'conflict')" };
const struct query Q_ZONE_LINE_OF = { .name = "zones.line_of", .args = "tu",
    .sql = "SELECT id FROM zone_line WHERE tenant_id = $1 AND version = $2 AND entity_id = $3" };
/* The line still speaks of the row as it stands. $2: now. */
#define LINES " FROM zone_line z LEFT JOIN appointment a ON a.tenant_id = z.tenant_id AND a.id = z.entity_id LEFT JOIN group_session g ON g.tenant_id = z.tenant_id" \
    " AND g.id = z.entity_id LEFT JOIN hold h ON h.tenant_id = z.tenant_id AND h.id = z.entity_id LEFT JOIN blocked_time b ON b.tenant_id = z.tenant_id AND b.id = z.entity_id"
#define STATE "CASE WHEN z.outcome IN ('open', 'conflict') AND NOT (z.old_start > $2" \
    " AND COALESCE(a.starts_at, g.starts_at, h.starts_at, b.starts_at, 0) = z.old_start AND COALESCE(a.wall_start, g.wall_start, h.wall_start, b.wall_start, z.wall) = z.wall" \
    " AND (a.id IS NULL OR a.status IN " LIVE ") AND g.cancelled_at IS NULL AND h.closed_at IS NULL AND (h.id IS NULL OR h.expires_at > $2)) THEN 'settled' ELSE z.outcome END"
#define LINE_COLUMNS "SELECT z.id, z.version, z.old_version, z.kind, z.entity_id, z.time_zone, z.wall, z.old_start, z.new_start, " STATE " AS outcome, z.detail, z.at," \
    " c.name AS client_name, s.name AS service_name, d.name AS provider_name, l.name AS location_name"
#define LINE_NAMES " LEFT JOIN client c ON c.tenant_id = a.tenant_id AND c.id = a.client_id" \
    " LEFT JOIN service s ON s.tenant_id = z.tenant_id AND s.id = COALESCE(a.service_id, g.service_id, h.service_id)" \
    " LEFT JOIN provider d ON d.tenant_id = z.tenant_id AND d.id = COALESCE(a.provider_id, g.provider_id, h.provider_id, b.subject_id)" \
    " LEFT JOIN location l ON l.tenant_id = z.tenant_id AND l.id = COALESCE(a.location_id, g.location_id, h.location_id, b.subject_id)"
const struct query Q_ZONE_LINE = { .name = "zones.line", .args = "iu", .sql = LINE_COLUMNS LINES LINE_NAMES " WHERE z.tenant_id = $1 AND z.id = $3" };
const struct query Q_ZONE_LINES = { .name = "zones.lines", .args = "izii", .scan = "few lines, made when zone data changed",
    .sql = LINE_COLUMNS LINES LINE_NAMES " WHERE z.tenant_id = $1 AND ($3 = 0 OR " STATE " IN ('open', 'conflict')) ORDER BY z.at DESC, z.old_start, z.id LIMIT $4 OFFSET $5" };
const struct query Q_ZONE_COUNTS = { .name = "zones.line_counts", .args = "i", .scan = "few lines, made when zone data changed",
    .sql = "SELECT COALESCE(SUM(CASE WHEN x.state IN ('open', 'conflict') THEN 1 ELSE 0 END), 0) AS open, COALESCE(SUM(CASE WHEN x.state = 'moved' THEN 1 ELSE 0 END), 0) AS moved,"
           " COALESCE(SUM(CASE WHEN x.state IN ('settled', 'kept') THEN 1 ELSE 0 END), 0) AS settled FROM (SELECT " STATE " AS state" LINES " WHERE z.tenant_id = $1) x" };
const struct query Q_ZONE_OPEN_EVERYWHERE = { .name = "zones.open_everywhere", .args = "i", .platform = "clinicd doctor looks at the whole installation",
    .scan = "run by hand", .sql = "SELECT COUNT(*) FROM zone_line z LEFT JOIN appointment a ON a.tenant_id = z.tenant_id AND a.id = z.entity_id"
           " WHERE z.outcome IN ('open', 'conflict') AND z.old_start > $1 AND (a.id IS NULL OR a.starts_at = z.old_start)" };

static const struct field line_fields[] = { F_ID(struct zone_line, id), F_ID(struct zone_line, entity_id), F_ENUM(struct zone_line, kind, zone_kind_names),
    F_INT(struct zone_line, wall), F_INT(struct zone_line, old_start), F_INT(struct zone_line, new_start), F_ENUM(struct zone_line, outcome, zone_outcome_names),
    F_INT(struct zone_line, at), F_STR(struct zone_line, version), F_STR(struct zone_line, old_version), F_STR(struct zone_line, time_zone),
    F_STR(struct zone_line, detail), F_STR(struct zone_line, client_name), F_STR(struct zone_line, service_name), F_STR(struct zone_line, provider_name),
    F_STR(struct zone_line, location_name), F_END };
static const struct shape line_row = SHAPE_NAMED("zone_line_row", zone_line, line_fields);
static const struct field count_fields[] = { F_INT(struct zone_counts, open), F_INT(struct zone_counts, moved), F_INT(struct zone_counts, settled), F_END };
static const struct shape count_shape = SHAPE_NAMED("zone_line_counts", zone_counts, count_fields);

enum rc zone_line_insert(struct tx *tx, const struct zone_line *l)
{
    return tx_run_query(tx, &Q_ZONE_LINE_INSERT, ARGS(U(l->id), S(l->version), S(l->old_version), S(zone_kind_names[l->kind]), U(l->entity_id), S(l->time_zone), I(l->wall),
        I(l->old_start), I(l->new_start), S(zone_outcome_names[l->outcome]), I(l->at)));
}

enum rc zone_line_set(struct tx *tx, struct id id, enum zone_outcome outcome, const char *detail)
{
    return tx_run_query(tx, &Q_ZONE_LINE_SET, ARGS(U(id), S(zone_outcome_names[outcome]), S(detail)));
}

enum rc zone_line_decide(struct tx *tx, struct id id, enum zone_outcome outcome) { return tx_one(tx, &Q_ZONE_LINE_DECIDE, ARGS(U(id), S(zone_outcome_names[outcome])), RC_STATE); }

enum rc zone_line_of(struct tdb *db, const char *version, struct id entity, struct id *out)
{
    struct root row = { 0 };
    TRY(db_get(db, &Q_ZONE_LINE_OF, ARGS(S(version), U(entity)), &root_shape, &row));
    *out = row.id;
    return RC_OK;
}

enum rc zone_line_get(struct tdb *db, struct id id, int64_t now, struct zone_line *out) { return db_get(db, &Q_ZONE_LINE, ARGS(I(now), U(id)), &line_row, out); }
enum rc zone_lines_count(struct tdb *db, int64_t now, struct zone_counts *out) { return db_get(db, &Q_ZONE_COUNTS, ARGS(I(now)), &count_shape, out); }
enum rc zone_lines_open_everywhere(struct tdb *db, int64_t now, int64_t *out) { return db_int(db, &Q_ZONE_OPEN_EVERYWHERE, ARGS(I(now)), out); }

enum rc zone_lines_list(struct tdb *db, int64_t now, bool open, int64_t page, int64_t limit, struct list *out, int64_t *total)
{
    struct zone_counts n = { 0 };
    TRY(zone_lines_count(db, now, &n));
    *total = open ? n.open : n.open + n.moved + n.settled;
    return db_list(db, &Q_ZONE_LINES, ARGS(I(now), Z(open), I(limit), I((page - 1) * limit)), &line_row, (size_t)limit, out);
}
