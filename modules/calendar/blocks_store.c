/* blocks_store.c - the statements on blocked_time and its rules. */
#include "modules/calendar/blocks.h"

const char *const blocked_kind_names[] = { "provider", "resource", "location", NULL };
const char *const blocked_purpose_names[] = { "other", "time_off", "break", NULL };

/* ---- blocked time ---------------------------------------------------------------------------------------------------------------- */

#define BLOCKED_COLUMNS "id, kind, subject_id, purpose, starts_at AS start, ends_at AS finish, reason, rule_id, rule_at, alone, all_day, version"
/* From..to, and the latest end of what is no longer than a claim may be: see 0011_blocked.sql. */
#define IN_WINDOW(place) "SELECT " BLOCKED_COLUMNS " FROM blocked_time WHERE tenant_id = $1" place " AND ends_at > $2 AND ends_at < $4 AND starts_at < $3" \
    " AND ends_at - starts_at <= 129600000000 UNION ALL SELECT " BLOCKED_COLUMNS " FROM blocked_time WHERE tenant_id = $1" place " AND ends_at > $2" \
    " AND starts_at < $3 AND ends_at - starts_at > 129600000000 ORDER BY 5, 1 LIMIT 21000"
static const struct query Q_BLOCKED_INSERT = { .name = "calendar.blocked_insert", .args = "utuiittuiz",
    .sql = "INSERT INTO blocked_time (tenant_id, id, kind, subject_id, starts_at, ends_at, reason, purpose, rule_id, rule_at, all_day, alone, version)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 1)" };
static const struct query Q_BLOCKED_GET = { .name = "calendar.blocked_get", .args = "u",
    .sql = "SELECT " BLOCKED_COLUMNS " FROM blocked_time WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_BLOCKED_UPDATE = { .name = "calendar.blocked_update", .args = "uiiittzz",
    .sql = "UPDATE blocked_time SET starts_at = $4, ends_at = $5, reason = $6, purpose = $7, all_day = $8, alone = $9, version = version + 1,"
           " wall_start = CASE WHEN starts_at = $4 THEN wall_start ELSE NULL END" /* filled in a minute later (zones) */
           " WHERE tenant_id = $1 AND id = $2 AND version = $3" };
static const struct query Q_BLOCKED_DELETE = { .name = "calendar.blocked_delete", .args = "u",
    .sql = "DELETE FROM blocked_time WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_BLOCKED_LIST = { .name = "calendar.blocked_list", .args = "iii", .sql = IN_WINDOW("") };
static const struct query Q_BLOCKED_LOCATIONS = { .name = "calendar.blocked_locations", .args = "iii", .kept = KEPT, .sql = IN_WINDOW(" AND kind = 'location'") };
static const struct query Q_BLOCKED_COUNT = { .name = "calendar.blocked_count", .args = "i",
    .sql = "SELECT COUNT(*) FROM blocked_time WHERE tenant_id = $1 AND ends_at > $2" };
static const struct query Q_BLOCKED_OF_RULE = { .name = "calendar.blocked_of_rule", .args = "ui",
    .sql = "SELECT " BLOCKED_COLUMNS " FROM blocked_time WHERE tenant_id = $1 AND rule_id = $2 AND rule_at >= $3 ORDER BY rule_at LIMIT 1000" };
static const struct query Q_BLOCKED_RENAME = { .name = "calendar.blocked_rename", .args = "uui",
    .sql = "UPDATE blocked_time SET rule_id = $3, rule_at = $4, version = version + 1 WHERE tenant_id = $1 AND id = $2" };
#define FROM_ON " WHERE tenant_id = $1 AND rule_id = $2 AND rule_at >= $3 AND ($4 = 1 OR alone = 0 OR id = $5)"
static const struct query Q_UNCLAIM_FROM = { .name = "calendar.blocked_unclaim_from", .args = "uizu",
    .sql = "DELETE FROM claim WHERE tenant_id = $1 AND owner_id IN (SELECT id FROM blocked_time" FROM_ON ")" };
static const struct query Q_DELETE_FROM = { .name = "calendar.blocked_delete_from", .args = "uizu", .sql = "DELETE FROM blocked_time" FROM_ON };

static const struct field row_fields[] = { F_ID(struct blocked_time, id), F_ENUM(struct blocked_time, kind, blocked_kind_names),
    F_ID(struct blocked_time, subject_id), F_ENUM(struct blocked_time, purpose, blocked_purpose_names), F_INT(struct blocked_time, start),
    { .name = "finish", .kind = K_INT, .off = offsetof(struct blocked_time, end) }, F_STR(struct blocked_time, reason), F_ID(struct blocked_time, rule_id),
    F_INT(struct blocked_time, rule_at), F_BOOL(struct blocked_time, alone), F_BOOL(struct blocked_time, all_day), F_INT(struct blocked_time, version), F_END };
static const struct shape row_shape = SHAPE_NAMED("blocked_row", blocked_time, row_fields);

enum rc blocked_insert(struct tx *tx, const struct blocked_time *b)
{
    return tx_run_query(tx, &Q_BLOCKED_INSERT, ARGS(U(b->id), S(blocked_kind_names[b->kind]), U(b->subject_id), I(b->start), I(b->end), S(b->reason),
        S(blocked_purpose_names[b->purpose]), U(b->rule_id), I(id_is_nil(b->rule_id) ? NONE : b->rule_at), Z(b->all_day)));
}

enum rc blocked_update(struct tx *tx, const struct blocked_time *b, enum rc lost)
{
    return tx_one(tx, &Q_BLOCKED_UPDATE, ARGS(U(b->id), I(b->version), I(b->start), I(b->end), S(b->reason), S(blocked_purpose_names[b->purpose]),
        Z(b->all_day), Z(b->alone)), lost);
}

enum rc blocked_get(struct tdb *db, struct id id, struct blocked_time *out) { return db_get(db, &Q_BLOCKED_GET, ARGS(U(id)), &row_shape, out); }
enum rc blocked_count(struct tdb *db, int64_t now, int64_t *out) { return db_int(db, &Q_BLOCKED_COUNT, ARGS(I(now)), out); }
enum rc blocked_delete(struct tx *tx, struct id id) { return tx_one(tx, &Q_BLOCKED_DELETE, ARGS(U(id)), RC_NOT_FOUND); }
enum rc blocked_rename(struct tx *tx, struct id id, struct id rule, int64_t at) { return tx_one(tx, &Q_BLOCKED_RENAME, ARGS(U(id), U(rule), I(at)), RC_RETRY); }

static enum rc in_window(struct tdb *db, const struct query *q, int64_t from, int64_t to, struct list *out)
{
    return db_list(db, q, ARGS(I(from), I(to), I(to + CLAIM_US_MAX)), &row_shape, BLOCKED_READ, out);
}

enum rc blocked_list(struct tdb *db, int64_t from, int64_t to, struct list *out) { return in_window(db, &Q_BLOCKED_LIST, from, to, out); }

/* Asked by every booking, and rarely changed: whole stretches of 32 days are asked for, so that the answer of one serves the next. */
enum rc blocked_locations(struct tdb *db, int64_t from, int64_t to, struct list *out)
{
    const int64_t stretch = 32 * USEC_PER_DAY;
    int64_t first = from / stretch - (from % stretch < 0), last = to / stretch + (to % stretch > 0);
    return in_window(db, &Q_BLOCKED_LOCATIONS, first * stretch, last * stretch, out);
}

enum rc blocked_of_rule(struct tdb *db, struct id rule, int64_t from_at, struct list *out)
{
    return db_list(db, &Q_BLOCKED_OF_RULE, ARGS(U(rule), I(from_at)), &row_shape, 1000, out);
}

enum rc blocked_delete_from(struct tx *tx, struct id rule, int64_t at, bool alone, struct id also)
{
    TRY(tx_run_query(tx, &Q_UNCLAIM_FROM, ARGS(U(rule), I(at), Z(alone), U(also))));
    return tx_run_query(tx, &Q_DELETE_FROM, ARGS(U(rule), I(at), Z(alone), U(also)));
}

/* ---- rules --------------------------------------------------------------------------------------------------------------------------- */

#define RULE_COLUMNS "id, kind, subject_id, purpose, reason, rrule, time_zone, first_local, length_us, all_day, filled_to, version, created_at, updated_at"
static const struct query Q_RULE_GET = { .name = "calendar.blocked_rule_get", .args = "u",
    .sql = "SELECT " RULE_COLUMNS " FROM blocked_rule WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_RULE_COUNT = { .name = "calendar.blocked_rule_count", .sql = "SELECT COUNT(*) FROM blocked_rule WHERE tenant_id = $1 AND filled_to IS NOT NULL" };
static const struct query Q_RULE_INSERT = { .name = "calendar.blocked_rule_insert", .args = "ututtttiizii",
    .sql = "INSERT INTO blocked_rule (tenant_id, id, kind, subject_id, purpose, reason, rrule, time_zone, first_local, length_us, all_day, filled_to,"
           " version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $13, $13)" };
static const struct query Q_RULE_END = { .name = "calendar.blocked_rule_end", .args = "uti",
    .sql = "UPDATE blocked_rule SET rrule = $3, filled_to = NULL, version = version + 1, updated_at = $4 WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_RULE_FILLED = { .name = "calendar.blocked_rule_filled", .args = "ui",
    .sql = "UPDATE blocked_rule SET filled_to = $3 WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_RULE_ZONE = { .name = "calendar.blocked_rule_zone", .args = "ut",
    .sql = "UPDATE blocked_rule SET time_zone = $3, version = version + 1 WHERE tenant_id = $1 AND (subject_id = $2 OR subject_id IN (SELECT id FROM resource"
           " WHERE tenant_id = $1 AND location_id = $2))" };
static const struct query Q_RULE_DROP_EXCEPTIONS = { .name = "calendar.blocked_rule_drop_exceptions", .args = "u",
    .sql = "DELETE FROM blocked_rule_exception WHERE tenant_id = $1 AND rule_id = $2" };
static const struct query Q_RULE_DELETE = { .name = "calendar.blocked_rule_delete", .args = "u",
    .sql = "DELETE FROM blocked_rule WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_RULES_DUE = { .name = "calendar.blocked_rules_due", .args = "i", .platform = "rules of all clinics are written on together",
    .sql = "SELECT tenant_id, id FROM blocked_rule WHERE filled_to IS NOT NULL AND filled_to < $1 ORDER BY filled_to LIMIT 500" };
static const struct query Q_EXCEPTION_ADD = { .name = "calendar.blocked_exception_add", .args = "ui",
    .sql = "INSERT INTO blocked_rule_exception (tenant_id, rule_id, rule_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING" };
static const struct query Q_EXCEPTIONS_COPY = { .name = "calendar.blocked_exceptions_copy", .args = "uuii",
    .sql = "INSERT INTO blocked_rule_exception (tenant_id, rule_id, rule_at) SELECT tenant_id, $3, rule_at + $5 FROM blocked_rule_exception"
           " WHERE tenant_id = $1 AND rule_id = $2 AND rule_at >= $4" };
static const struct query Q_EXCEPTIONS_DROP = { .name = "calendar.blocked_exceptions_drop", .args = "ui",
    .sql = "DELETE FROM blocked_rule_exception WHERE tenant_id = $1 AND rule_id = $2 AND rule_at >= $3" };
static const struct query Q_LEFT_OUT = { .name = "calendar.blocked_left_out", .args = "ui",
    .sql = "SELECT rule_at FROM blocked_rule_exception WHERE tenant_id = $1 AND rule_id = $2 AND rule_at >= $3 UNION SELECT rule_at FROM blocked_time"
           " WHERE tenant_id = $1 AND rule_id = $2 AND rule_at >= $3 ORDER BY 1 LIMIT 2000" };

static const struct field rule_fields[] = { F_ID(struct blocked_rule, id), F_ENUM(struct blocked_rule, kind, blocked_kind_names), F_ID(struct blocked_rule, subject_id),
    F_ENUM(struct blocked_rule, purpose, blocked_purpose_names), F_STR(struct blocked_rule, reason), F_STR(struct blocked_rule, rrule),
    F_STR(struct blocked_rule, time_zone), F_INT(struct blocked_rule, first_local), F_INT(struct blocked_rule, length_us), F_BOOL(struct blocked_rule, all_day),
    F_INT(struct blocked_rule, filled_to), F_INT(struct blocked_rule, version), F_INT(struct blocked_rule, created_at), F_INT(struct blocked_rule, updated_at), F_END };
static const struct shape rule_shape = SHAPE(blocked_rule, rule_fields);
static const struct field due_fields[] = { F_ID(struct rule_due, tenant_id), F_ID(struct rule_due, id), F_END };
static const struct shape due_shape = SHAPE(rule_due, due_fields);
struct rule_time { int64_t rule_at; };
static const struct field time_fields[] = { F_INT(struct rule_time, rule_at), F_END };
static const struct shape time_shape = SHAPE(rule_time, time_fields);
_Static_assert(sizeof(struct rule_time) == sizeof(int64_t), "a list of these is a list of numbers");

enum rc blocked_rules_get(struct tdb *db, struct id id, struct blocked_rule *out) { return db_get(db, &Q_RULE_GET, ARGS(U(id)), &rule_shape, out); }
enum rc blocked_rules_count(struct tdb *db, int64_t *out) { return db_int(db, &Q_RULE_COUNT, ARGS(), out); }

enum rc blocked_rules_insert(struct tx *tx, const struct blocked_rule *b)
{
    return tx_run_query(tx, &Q_RULE_INSERT, ARGS(U(b->id), S(blocked_kind_names[b->kind]), U(b->subject_id), S(blocked_purpose_names[b->purpose]), S(b->reason),
        S(b->rrule), S(b->time_zone), I(b->first_local), I(b->length_us), Z(b->all_day), I(b->filled_to), I(b->created_at)));
}

enum rc blocked_rules_end(struct tx *tx, struct id id, const char *rrule, int64_t now) { return tx_one(tx, &Q_RULE_END, ARGS(U(id), S(rrule), I(now)), RC_RETRY); }
enum rc blocked_rules_filled(struct tx *tx, struct id id, int64_t filled_to) { return tx_one(tx, &Q_RULE_FILLED, ARGS(U(id), I(filled_to)), RC_RETRY); }

enum rc blocked_rules_new_zone(struct tx *tx, struct id location, const char *zone) { return tx_run_query(tx, &Q_RULE_ZONE, ARGS(U(location), S(zone))); }

enum rc blocked_rules_delete(struct tx *tx, struct id id)
{
    TRY(tx_run_query(tx, &Q_RULE_DROP_EXCEPTIONS, ARGS(U(id))));
    return tx_run_query(tx, &Q_RULE_DELETE, ARGS(U(id)));
}

enum rc blocked_rules_due(struct tdb *db, int64_t before, struct list *out) { return db_list(db, &Q_RULES_DUE, ARGS(I(before)), &due_shape, 500, out); }
enum rc blocked_exception_add(struct tx *tx, struct id rule, int64_t at) { return tx_run_query(tx, &Q_EXCEPTION_ADD, ARGS(U(rule), I(at))); }

enum rc blocked_exceptions_move(struct tx *tx, struct id from_rule, struct id to_rule, int64_t at, int64_t delta)
{
    TRY(tx_run_query(tx, &Q_EXCEPTIONS_COPY, ARGS(U(from_rule), U(to_rule), I(at), I(delta))));
    return tx_run_query(tx, &Q_EXCEPTIONS_DROP, ARGS(U(from_rule), I(at)));
}

enum rc blocked_left_out(struct tdb *db, struct id rule, int64_t from_at, struct list *out)
{
    return db_list(db, &Q_LEFT_OUT, ARGS(U(rule), I(from_at)), &time_shape, 2000, out);
}

/* ---- the bookings in many short windows of a long time ---------------------------------------------------------------------------------- */

#define LIVE_STATES " IN ('pending_payment', 'requested', 'scheduled', 'confirmed', 'checked_in', 'in_progress')"
#define HIT_COLUMNS "SELECT a.id AS appointment_id, a.client_id, a.patient_id, a.service_id, a.provider_id, a.location_id, a.starts_at AS start, a.ends_at AS finish," \
    " a.status, a.version, c.name AS client_name, c.phone AS client_phone, c.email AS client_email, p.name AS patient_name, s.name AS service_name," \
    " d.name AS provider_name FROM ("
#define HIT_TABLES ") x LEFT JOIN appointment a ON a.tenant_id = $1 AND a.id = x.id LEFT JOIN client c ON c.tenant_id = $1 AND c.id = a.client_id" \
    " LEFT JOIN patient p ON p.tenant_id = $1 AND p.id = a.patient_id LEFT JOIN service s ON s.tenant_id = $1 AND s.id = a.service_id" \
    " LEFT JOIN provider d ON d.tenant_id = $1 AND d.id = a.provider_id WHERE a.status" LIVE_STATES " ORDER BY a.starts_at, a.id LIMIT 501"
#define CLAIMS_THEN " AND (k.expires_at IS NULL OR k.expires_at > $4) AND k.kind = 'appointment'"
#define W_LITE(n) "json_extract(w.value, '$[" n "]')"
#define W_PG(n) "CAST(w.value->>" n " AS BIGINT)"
#define FROM_LITE(table) " FROM json_each($2) w CROSS JOIN " table
#define FROM_PG(table) " FROM json_array_elements(CAST($2 AS json)) w JOIN " table
#define SUBJECT_CLAIMS(FROM, W) FROM("claim k") " ON k.tenant_id = $1 AND k.subject_id = $3 AND k.starts_at > " W("0") " AND k.starts_at < " W("2") \
    " AND k.ends_at > " W("1") CLAIMS_THEN
#define SUBJECT_HITS(FROM, W) HIT_COLUMNS "SELECT y.id" SUBJECT_CLAIMS(FROM, W) " LEFT JOIN appointment y ON y.tenant_id = $1 AND y.id = k.owner_id" \
    " WHERE y.id IS NOT NULL UNION SELECT z.id" SUBJECT_CLAIMS(FROM, W) " LEFT JOIN appointment z ON z.tenant_id = $1 AND z.session_id = k.owner_id" \
    " AND z.seat_no IS NOT NULL WHERE z.id IS NOT NULL" HIT_TABLES
#define PLACE_HITS(FROM, W) HIT_COLUMNS "SELECT DISTINCT y.id" FROM("appointment y") " ON y.tenant_id = $1 AND y.starts_at > " W("0") " AND y.starts_at < " W("2") \
    " AND y.ends_at > " W("1") " AND y.location_id = $3 AND (y.lapses_at IS NULL OR y.lapses_at > $4)" HIT_TABLES
static const struct query Q_HITS = { .name = "calendar.blocked_hits", .args = "tui", .sql = SUBJECT_HITS(FROM_LITE, W_LITE), .pg = SUBJECT_HITS(FROM_PG, W_PG) };
static const struct query Q_PLACE_HITS = { .name = "calendar.blocked_place_hits", .args = "tui", .sql = PLACE_HITS(FROM_LITE, W_LITE), .pg = PLACE_HITS(FROM_PG, W_PG) };

static const struct field hit_fields[] = { F_ID(struct booking_hit, appointment_id), F_ID(struct booking_hit, client_id), F_ID(struct booking_hit, patient_id),
    F_ID(struct booking_hit, service_id), F_ID(struct booking_hit, provider_id), F_ID(struct booking_hit, location_id), F_INT(struct booking_hit, start),
    { .name = "finish", .kind = K_INT, .off = offsetof(struct booking_hit, end) }, F_ENUM(struct booking_hit, status, appt_state_names), F_INT(struct booking_hit, version),
    F_STR(struct booking_hit, client_name), F_STR(struct booking_hit, client_phone), F_STR(struct booking_hit, client_email), F_STR(struct booking_hit, patient_name),
    F_STR(struct booking_hit, service_name), F_STR(struct booking_hit, provider_name), F_END };
static const struct shape hit_shape = SHAPE_NAMED("booking_hit_row", booking_hit, hit_fields);

enum rc bookings_in_windows(struct tdb *db, int64_t kind, struct id subject, const struct look_window *w, size_t n, int64_t now, struct list *out)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    buf_init(&b, 128 * 1024);
    for (size_t i = 0; i < n; i++)
        buf_printf(&b, "%s[%lld,%lld,%lld]", i ? "," : "[", (long long)(w[i].from - CLAIM_US_MAX), (long long)w[i].from, (long long)w[i].to);
    buf_puts(&b, n ? "]" : "[]");
    if (b.failed) return RC_OOM;
    return db_list(db, kind == BLOCKED_LOCATION ? &Q_PLACE_HITS : &Q_HITS, ARGS(S(buf_str(&b)), U(subject), I(now)), &hit_shape, HITS_COUNTED + 1, out);
}

const struct query *const blocks_queries[] = { &Q_BLOCKED_INSERT, &Q_BLOCKED_GET, &Q_BLOCKED_UPDATE, &Q_BLOCKED_DELETE, &Q_BLOCKED_LIST, &Q_BLOCKED_LOCATIONS,
    &Q_BLOCKED_COUNT, &Q_BLOCKED_OF_RULE, &Q_BLOCKED_RENAME, &Q_UNCLAIM_FROM, &Q_DELETE_FROM, &Q_RULE_GET, &Q_RULE_COUNT, &Q_RULE_INSERT, &Q_RULE_END,
    &Q_RULE_FILLED, &Q_RULE_ZONE, &Q_RULE_DROP_EXCEPTIONS, &Q_RULE_DELETE, &Q_RULES_DUE, &Q_EXCEPTION_ADD, &Q_EXCEPTIONS_COPY, &Q_EXCEPTIONS_DROP, &Q_LEFT_OUT, &Q_HITS,
    &Q_PLACE_HITS, NULL };
