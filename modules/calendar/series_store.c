/* series_store.c - the statements on series, and the look at many windows of time at once. */
#include "modules/calendar/series.h"

#define SERIES_COLUMNS "id, root_id, rrule, first_local, made_rrule, made_first, time_zone, client_id, patient_id, service_id, provider_id, location_id," \
    " duration_min, notes, sequence, version, created_at, updated_at"
static const struct query Q_GET = { .name = "series.get", .args = "u", .sql = "SELECT " SERIES_COLUMNS " FROM series WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_INSERT = { .name = "series.insert", .args = "uutitituuuuuitiii",
    .sql = "INSERT INTO series (tenant_id, id, root_id, rrule, first_local, made_rrule, made_first, time_zone, client_id, patient_id, service_id, provider_id,"
           " location_id, duration_min, notes, sequence, version, created_at, updated_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $18)" };
static const struct query Q_UPDATE = { .name = "series.update", .args = "uitiuiti",
    .sql = "UPDATE series SET version = version + 1, rrule = $4, first_local = $5, provider_id = $6, duration_min = $7, notes = $8, updated_at = $9"
           " WHERE tenant_id = $1 AND id = $2 AND version = $3" };
static const struct query Q_RAISE = { .name = "series.raise", .args = "ui",
    .sql = "UPDATE series SET sequence = sequence + 1, updated_at = $3 WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_JOIN = { .name = "series.join", .args = "uuiiz",
    .sql = "UPDATE appointment SET series_id = $3, series_at = $4, series_local = $5, series_alone = $6 WHERE tenant_id = $1 AND id = $2" };
#define MEMBER_COLUMNS "a.id, a.series_id, a.starts_at AS start, a.ends_at AS finish, a.series_at, a.series_local, a.series_alone AS alone, a.status, a.version"
static const struct query Q_MEMBERS = { .name = "series.members", .args = "ui",
    .sql = "SELECT " MEMBER_COLUMNS " FROM appointment a WHERE a.tenant_id = $1 AND a.series_id = $2 AND a.series_at >= $3 ORDER BY a.series_at LIMIT 800" };
static const struct query Q_FAMILY = { .name = "series.family", .args = "u",
    .sql = "SELECT " MEMBER_COLUMNS " FROM series s LEFT JOIN appointment a ON a.tenant_id = s.tenant_id AND a.series_id = s.id"
           " WHERE s.tenant_id = $1 AND s.root_id = $2 AND a.id IS NOT NULL ORDER BY a.series_at LIMIT 800" };
/* Many short windows of a long time: what lies between them is not read. */
#define WINDOW_COLUMNS "SELECT k.subject_id, k.owner_id, k.starts_at, k.ends_at, k.core_start, k.core_end, k.kind, k.expires_at, k.shared"
#define WINDOW_SUBJECTS " ON k.tenant_id = $1 AND k.subject_id IN ($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)"
static const struct query Q_WINDOWS = { .name = "series.windows", .args = "tuuuuuuuuuuuuuuuu",
    .sql = WINDOW_COLUMNS " FROM json_each($2) w CROSS JOIN claim k" WINDOW_SUBJECTS " AND k.starts_at > json_extract(w.value, '$[0]')"
           " AND k.starts_at < json_extract(w.value, '$[2]') AND k.ends_at > json_extract(w.value, '$[1]') ORDER BY k.starts_at LIMIT 50000",
    .pg = WINDOW_COLUMNS " FROM json_array_elements(CAST($2 AS json)) w JOIN claim k" WINDOW_SUBJECTS " AND k.starts_at > CAST(w.value->>0 AS BIGINT)"
          " AND k.starts_at < CAST(w.value->>2 AS BIGINT) AND k.ends_at > CAST(w.value->>1 AS BIGINT) ORDER BY k.starts_at LIMIT 50000" };

static const struct field series_fields[] = { F_ID(struct series, id), F_ID(struct series, root_id), F_STR(struct series, rrule),
    F_INT(struct series, first_local), F_STR(struct series, made_rrule), F_INT(struct series, made_first), F_STR(struct series, time_zone),
    F_ID(struct series, client_id), F_ID(struct series, patient_id), F_ID(struct series, service_id), F_ID(struct series, provider_id),
    F_ID(struct series, location_id), F_INT(struct series, duration_min), F_STR(struct series, notes), F_INT(struct series, sequence),
    F_INT(struct series, version), F_INT(struct series, created_at), F_INT(struct series, updated_at), F_END };
static const struct shape series_row_shape = SHAPE_NAMED("series_row", series, series_fields);
static const struct field member_fields[] = { F_ID(struct series_member, id), F_ID(struct series_member, series_id), F_INT(struct series_member, start),
    { .name = "finish", .kind = K_INT, .off = offsetof(struct series_member, end) }, F_INT(struct series_member, series_at), F_INT(struct series_member, series_local),
    F_BOOL(struct series_member, alone), F_ENUM(struct series_member, status, appt_state_names), F_INT(struct series_member, version), F_END };
static const struct shape member_row_shape = SHAPE_NAMED("series_member_row", series_member, member_fields);

enum rc series_get(struct tdb *db, struct id id, struct series *out) { return db_get(db, &Q_GET, ARGS(U(id)), &series_row_shape, out); }

enum rc series_insert(struct tx *tx, const struct series *s)
{
    return tx_run_query(tx, &Q_INSERT, ARGS(U(s->id), U(s->root_id), S(s->rrule), I(s->first_local), S(s->made_rrule), I(s->made_first), S(s->time_zone),
        U(s->client_id), U(s->patient_id), U(s->service_id), U(s->provider_id), U(s->location_id), I(s->duration_min), S(s->notes), I(s->sequence),
        I(s->version), I(s->created_at)));
}

enum rc series_update(struct tx *tx, const struct series *s, enum rc lost)
{
    return tx_one(tx, &Q_UPDATE, ARGS(U(s->id), I(s->version), S(s->rrule), I(s->first_local), U(s->provider_id), I(s->duration_min), S(s->notes),
        I(s->updated_at)), lost);
}

enum rc series_raise(struct tx *tx, struct id root, int64_t now) { return tx_run_query(tx, &Q_RAISE, ARGS(U(root), I(now))); }

enum rc series_join(struct tx *tx, struct id appointment, struct id series, int64_t at, int64_t local, bool alone)
{
    return tx_run_query(tx, &Q_JOIN, ARGS(U(appointment), U(series), I(at), I(local), Z(alone)));
}

enum rc series_members(struct tdb *db, struct id series, int64_t from_at, struct list *out)
{
    return db_list(db, &Q_MEMBERS, ARGS(U(series), I(from_at)), &member_row_shape, 800, out);
}

enum rc series_family(struct tdb *db, struct id root, struct list *out)
{
    return db_list(db, &Q_FAMILY, ARGS(U(root)), &member_row_shape, 800, out);
}

enum rc claims_in_windows(struct tdb *db, const struct id *s, size_t n, const struct look_window *w, size_t n_windows, struct list *out)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    struct arg args[SUBJECTS_PER_QUERY + 2] = { 0 };
    ASSERT(n >= 1 && n <= SUBJECTS_PER_QUERY);
    buf_init(&b, 128 * 1024);
    for (size_t i = 0; i < n_windows; i++)
        buf_printf(&b, "%s[%lld,%lld,%lld]", i ? "," : "[", (long long)(w[i].from - CLAIM_US_MAX), (long long)w[i].from, (long long)w[i].to);
    buf_puts(&b, n_windows ? "]" : "[]");
    if (b.failed) return RC_OOM;
    args[0] = S(buf_str(&b));
    for (size_t i = 0; i < SUBJECTS_PER_QUERY; i++) args[i + 1] = U(s[i < n ? i : 0]);
    return db_list(db, &Q_WINDOWS, args, &claim_shape, 50000, out);
}

const struct query *const series_queries[] = { &Q_GET, &Q_INSERT, &Q_UPDATE, &Q_RAISE, &Q_JOIN, &Q_MEMBERS, &Q_FAMILY, &Q_WINDOWS, &Q_SERIES_NAME, &Q_SERIES_ZONE, NULL };
