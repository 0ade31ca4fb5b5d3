/* flow_store.c - the statements of the day's flow. */
#include "modules/flow/flow.h"

static const struct query Q_SETTINGS = { .name = "flow.settings", .args = "",
    .sql = "SELECT late_after_min, no_show_after_min, version FROM flow_setting WHERE tenant_id = $1" };
static const struct query Q_SETTINGS_PUT = { .name = "flow.settings_put", .args = "iii",
    .sql = "INSERT INTO flow_setting (tenant_id, late_after_min, no_show_after_min, version) VALUES ($1, $2, $3, $4 + 1) ON CONFLICT (tenant_id) DO UPDATE SET"
           " late_after_min = EXCLUDED.late_after_min, no_show_after_min = EXCLUDED.no_show_after_min, version = EXCLUDED.version"
           " WHERE flow_setting.version = $4" };
#define ENTERED(state) "(SELECT MAX(x.at) FROM appointment_step x WHERE x.tenant_id = a.tenant_id AND x.appointment_id = a.id AND x.undo = 0 AND x.status = '" state "')"
static const struct query Q_ITEMS = { .name = "flow.items", .args = "iiu",
    .sql = "SELECT a.id, a.client_id, c.name AS client_name, p.name AS patient_name, p.kind AS patient_kind, s.name AS service_name, s.color, a.provider_id,"
           " d.name AS provider_name, a.location_id, l.name AS location_name, a.time_zone, a.starts_at AS start, a.ends_at AS finish, a.status, a.version,"
           " CASE WHEN a.notes IS NULL THEN 0 ELSE 1 END AS notes, CASE WHEN a.status IN ('checked_in', 'in_progress', 'completed') THEN " ENTERED("checked_in")
           " END AS arrived_at, CASE WHEN a.status IN ('in_progress', 'completed') THEN " ENTERED("in_progress") " END AS started_at,"
           " CASE WHEN a.status = 'completed' THEN " ENTERED("completed") " END AS completed_at"
           " FROM appointment a LEFT JOIN client c ON c.tenant_id = a.tenant_id AND c.id = a.client_id"
           " LEFT JOIN patient p ON p.tenant_id = a.tenant_id AND p.id = a.patient_id LEFT JOIN service s ON s.tenant_id = a.tenant_id AND s.id = a.service_id"
           " LEFT JOIN provider d ON d.tenant_id = a.tenant_id AND d.id = a.provider_id LEFT JOIN location l ON l.tenant_id = a.tenant_id AND l.id = a.location_id"
           " WHERE a.tenant_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3 AND ($4 IS NULL OR a.location_id = $4)"
           " AND a.status IN ('scheduled', 'confirmed', 'checked_in', 'in_progress', 'completed', 'no_show') ORDER BY a.starts_at, a.id LIMIT 2000" };
static const struct query Q_WATCHED = { .name = "flow.watched", .args = "", .platform = "no-shows are looked for in all clinics that want it",
    .sql = "SELECT tenant_id, no_show_after_min FROM flow_setting WHERE no_show_after_min IS NOT NULL ORDER BY tenant_id LIMIT 5000" };
static const struct query Q_NOT_COME = { .name = "flow.not_come", .args = "iii",
    .sql = "SELECT a.id, a.version FROM appointment a WHERE a.tenant_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3"
           " AND a.status IN ('scheduled', 'confirmed') ORDER BY a.starts_at LIMIT $4" };

static const struct field item_fields[] = { F_ID(struct flow_item, id), F_ID(struct flow_item, client_id), F_STR(struct flow_item, client_name),
    F_STR(struct flow_item, patient_name), F_ENUM(struct flow_item, patient_kind, patient_kind_names), F_STR(struct flow_item, service_name),
    F_STR(struct flow_item, color), F_ID(struct flow_item, provider_id), F_STR(struct flow_item, provider_name), F_ID(struct flow_item, location_id),
    F_STR(struct flow_item, location_name), F_STR(struct flow_item, time_zone), F_INT(struct flow_item, start),
    { .name = "finish", .kind = K_INT, .off = offsetof(struct flow_item, end) }, F_ENUM(struct flow_item, status, appt_state_names),
    F_INT(struct flow_item, version), F_BOOL(struct flow_item, notes), F_INT(struct flow_item, arrived_at), F_INT(struct flow_item, started_at),
    F_INT(struct flow_item, completed_at), F_END };
static const struct shape item_row = SHAPE_NAMED("flow_item_row", flow_item, item_fields);
static const struct field tenant_fields[] = { F_ID(struct flow_tenant, tenant_id), F_INT(struct flow_tenant, no_show_after_min), F_END };
static const struct shape tenant_row = SHAPE(flow_tenant, tenant_fields);
static const struct field due_fields[] = { F_ID(struct flow_due, id), F_INT(struct flow_due, version), F_END };
static const struct shape due_row = SHAPE(flow_due, due_fields);

enum rc flow_settings_get(struct tdb *db, struct flow_settings *out)
{
    *out = (struct flow_settings){ NONE, NONE, 0 };
    enum rc rc = db_get(db, &Q_SETTINGS, ARGS(), &flow_settings_shape, out);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

enum rc flow_settings_put(struct tx *tx, const struct flow_settings *s, enum rc lost)
{
    return tx_one(tx, &Q_SETTINGS_PUT, ARGS(I(s->late_after_min), I(s->no_show_after_min), I(s->version)), lost);
}

enum rc flow_items(struct tdb *db, int64_t from, int64_t to, struct id location, struct list *out)
{
    return db_list(db, &Q_ITEMS, ARGS(I(from), I(to), U(location)), &item_row, FLOW_ITEMS_MAX, out);
}

enum rc flow_tenants_watched(struct tdb *db, struct list *out) { return db_list(db, &Q_WATCHED, ARGS(), &tenant_row, FLOW_TENANTS_MAX, out); }

enum rc flow_not_come(struct tdb *db, int64_t from, int64_t to, struct list *out)
{
    return db_list(db, &Q_NOT_COME, ARGS(I(from), I(to), I(NO_SHOW_BATCH)), &due_row, NO_SHOW_BATCH, out);
}

const struct query *const flow_queries[] = { &Q_SETTINGS, &Q_SETTINGS_PUT, &Q_ITEMS, &Q_WATCHED, &Q_NOT_COME, NULL };
