/* feeds_store.c - the statements on feed, and what a feed reads of the calendar. */
#include "modules/feeds/feeds.h"

const char *const feed_kind_names[] = { "provider", "resource", "client", NULL };
const char *const feed_detail_names[] = { "busy", "initials", "full", NULL };

#define FEED_COLUMNS "f.tenant_id, f.id, f.kind, f.subject_id, f.detail, f.created_by, f.created_at, f.rotated_at, f.version"
#define FEED_NAMED "SELECT " FEED_COLUMNS ", COALESCE(p.name, r.name, c.name) AS subject_name FROM feed f" \
    " LEFT JOIN provider p ON p.tenant_id = f.tenant_id AND p.id = f.subject_id LEFT JOIN resource r ON r.tenant_id = f.tenant_id AND r.id = f.subject_id" \
    " LEFT JOIN client c ON c.tenant_id = f.tenant_id AND c.id = f.subject_id"
static const struct query Q_INSERT = { .name = "feeds.insert", .args = "ututtui",
    .sql = "INSERT INTO feed (tenant_id, id, kind, subject_id, detail, token_hash, created_by, created_at, rotated_at, version)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, 1)" };
static const struct query Q_GET = { .name = "feeds.get", .args = "u", .sql = FEED_NAMED " WHERE f.tenant_id = $1 AND f.id = $2" };
static const struct query Q_LIST = { .name = "feeds.list", .sql = FEED_NAMED " WHERE f.tenant_id = $1 ORDER BY f.created_at, f.id LIMIT 500" };
static const struct query Q_LIST_OF = { .name = "feeds.list_of", .args = "u",
    .sql = FEED_NAMED " WHERE f.tenant_id = $1 AND f.subject_id = $2 ORDER BY f.created_at, f.id LIMIT 500" };
static const struct query Q_BY_HASH = { .name = "feeds.by_hash", .args = "t", .platform = "the secret address itself says which clinic it belongs to",
    .sql = "SELECT " FEED_COLUMNS " FROM feed f WHERE f.token_hash = $1" };
static const struct query Q_ROTATE = { .name = "feeds.rotate", .args = "uiti",
    .sql = "UPDATE feed SET version = version + 1, token_hash = $4, rotated_at = $5 WHERE tenant_id = $1 AND id = $2 AND version = $3" };
static const struct query Q_DELETE = { .name = "feeds.delete", .args = "u", .sql = "DELETE FROM feed WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_STATE = { .name = "feeds.state",
    .sql = "SELECT COALESCE(MAX(e.seq), 0) AS seq, COUNT(*) AS n, MAX(e.at) AS at FROM event e WHERE e.tenant_id = $1" };

#define OF_SERIES ", a.version, a.series_at, w.id AS root_id, w.sequence AS series_sequence, w.made_first, w.made_rrule, w.time_zone AS series_zone"
#define SERIES " LEFT JOIN series v ON v.tenant_id = $1 AND v.id = a.series_id LEFT JOIN series w ON w.tenant_id = $1 AND w.id = v.root_id"
/* The claims say who is taken when, whatever it is taken for: pieces of one owner are one event. No claim is longer than 36 hours. */
static const struct query Q_OF_SUBJECT = { .name = "feeds.of_subject", .args = "uiii",
    .sql = "SELECT k.owner_id AS id, k.kind, k.core_start AS start, k.core_end AS finish, a.sequence, a.updated_at, a.status, c.name AS client_name,"
           " p.name AS patient_name, s.name AS service_name, l.name AS location_name, b.reason" OF_SERIES
           " FROM (SELECT tenant_id, owner_id, kind, MIN(core_start) AS core_start, MAX(core_end) AS core_end FROM claim WHERE tenant_id = $1"
           " AND subject_id = $2 AND starts_at > $3 AND starts_at < $4 AND ends_at > $5 AND kind IN ('appointment', 'blocked')"
           " GROUP BY tenant_id, owner_id, kind) k"
           " LEFT JOIN appointment a ON a.tenant_id = $1 AND a.id = k.owner_id LEFT JOIN client c ON c.tenant_id = $1 AND c.id = a.client_id"
           " LEFT JOIN patient p ON p.tenant_id = $1 AND p.id = a.patient_id LEFT JOIN service s ON s.tenant_id = $1 AND s.id = a.service_id"
           " LEFT JOIN location l ON l.tenant_id = $1 AND l.id = a.location_id" SERIES " LEFT JOIN blocked_time b ON b.tenant_id = $1 AND b.id = k.owner_id"
           " ORDER BY k.core_start, k.owner_id LIMIT 5000" };
static const struct query Q_OF_CLIENT = { .name = "feeds.of_client", .args = "uii",
    .sql = "SELECT a.id, 'appointment' AS kind, a.starts_at AS start, a.ends_at AS finish, a.sequence, a.updated_at, a.status, s.name AS service_name,"
           " l.name AS location_name, d.name AS provider_name" OF_SERIES " FROM appointment a LEFT JOIN service s ON s.tenant_id = a.tenant_id AND s.id = a.service_id"
           " LEFT JOIN location l ON l.tenant_id = a.tenant_id AND l.id = a.location_id LEFT JOIN provider d ON d.tenant_id = a.tenant_id AND d.id = a.provider_id" SERIES
           " WHERE a.tenant_id = $1 AND a.client_id = $2 AND a.starts_at >= $3 AND a.starts_at < $4 ORDER BY a.starts_at, a.id LIMIT 5000" };
const struct query *const feeds_queries[] = { &Q_INSERT, &Q_GET, &Q_LIST, &Q_LIST_OF, &Q_BY_HASH, &Q_ROTATE, &Q_DELETE, &Q_STATE, &Q_OF_SUBJECT,
    &Q_OF_CLIENT, NULL };

static const struct field row_fields[] = { F_ID(struct feed, tenant_id), F_ID(struct feed, id), F_ENUM(struct feed, kind, feed_kind_names),
    F_ID(struct feed, subject_id), F_ENUM(struct feed, detail, feed_detail_names), F_ID(struct feed, created_by), F_INT(struct feed, created_at),
    F_INT(struct feed, rotated_at), F_INT(struct feed, version), F_STR(struct feed, subject_name), F_END };
static const struct shape row_shape = SHAPE_NAMED("feed_row", feed, row_fields);
static const struct field item_fields[] = { F_ID(struct feed_item, id), F_ENUM(struct feed_item, kind, claim_kind_names), F_INT(struct feed_item, start),
    { .name = "finish", .kind = K_INT, .off = offsetof(struct feed_item, end) }, F_INT(struct feed_item, sequence), F_INT(struct feed_item, updated_at),
    F_ENUM(struct feed_item, status, appt_state_names), F_STR(struct feed_item, client_name), F_STR(struct feed_item, patient_name),
    F_STR(struct feed_item, service_name), F_STR(struct feed_item, location_name), F_STR(struct feed_item, provider_name), F_STR(struct feed_item, reason),
    F_ID(struct feed_item, root_id), F_INT(struct feed_item, version), F_INT(struct feed_item, series_at), F_INT(struct feed_item, series_sequence),
    F_INT(struct feed_item, made_first), F_STR(struct feed_item, made_rrule), F_STR(struct feed_item, series_zone), F_END };
static const struct shape item_shape = SHAPE(feed_item, item_fields);
static const struct field state_fields[] = { F_INT(struct feed_state, seq), F_INT(struct feed_state, n), F_INT(struct feed_state, at), F_END };
static const struct shape state_shape = SHAPE(feed_state, state_fields);

enum rc feeds_insert(struct tx *tx, const struct feed *f)
{
    return tx_run_query(tx, &Q_INSERT, ARGS(U(f->id), S(feed_kind_names[f->kind]), U(f->subject_id), S(feed_detail_names[f->detail]), S(f->token_hash),
        U(f->created_by), I(f->created_at)));
}

enum rc feeds_get(struct tdb *db, struct id id, struct feed *out) { return db_get(db, &Q_GET, ARGS(U(id)), &row_shape, out); }

enum rc feeds_list(struct tdb *db, struct id subject, struct list *out)
{
    return id_is_nil(subject) ? db_list(db, &Q_LIST, ARGS(), &row_shape, FEEDS_MAX, out) : db_list(db, &Q_LIST_OF, ARGS(U(subject)), &row_shape, FEEDS_MAX, out);
}

enum rc feeds_by_hash(struct tdb *db, const char *hash, struct feed *out) { return db_get(db, &Q_BY_HASH, ARGS(S(hash)), &row_shape, out); }

enum rc feeds_rotate(struct tx *tx, struct id id, int64_t version, const char *hash, int64_t now, enum rc lost)
{
    return tx_one(tx, &Q_ROTATE, ARGS(U(id), I(version), S(hash), I(now)), lost);
}

enum rc feeds_delete(struct tx *tx, struct id id) { return tx_one(tx, &Q_DELETE, ARGS(U(id)), RC_NOT_FOUND); }
enum rc feeds_state(struct tdb *db, struct feed_state *out) { return db_get(db, &Q_STATE, ARGS(), &state_shape, out); }

enum rc feeds_items(struct tdb *db, const struct feed *f, int64_t from, int64_t to, struct list *out)
{
    if (f->kind == FEED_CLIENT) return db_list(db, &Q_OF_CLIENT, ARGS(U(f->subject_id), I(from), I(to)), &item_shape, FEED_EVENTS_MAX, out);
    return db_list(db, &Q_OF_SUBJECT, ARGS(U(f->subject_id), I(from - CLAIM_US_MAX), I(to), I(from)), &item_shape, FEED_EVENTS_MAX, out);
}
