/* locations_store.c - the statements on location, resource and holiday. */
#include "modules/locations/locations.h"

static const struct query Q_LOCATION_INSERT = { .name = "locations.insert", .args = "uttttz",
    .sql = "INSERT INTO location (tenant_id, id, name, time_zone, address, phone, archived, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 1)" };
static const struct query Q_LOCATION_GET = { .name = "locations.get", .args = "u", .kept = KEPT,
    .sql = "SELECT id, name, time_zone, address, phone, archived, version FROM location WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_LOCATION_LIST = { .name = "locations.list", .args = "z", .kept = KEPT,
    .sql = "SELECT id, name, time_zone, address, phone, archived, version FROM location WHERE tenant_id = $1 AND archived <= $2 ORDER BY name, id LIMIT 100" };
static const struct query Q_LOCATION_UPDATE = { .name = "locations.update", .args = "uittttz",
    .sql = "UPDATE location SET version = version + 1, name = $4, time_zone = $5, address = $6, phone = $7, archived = $8"
           " WHERE tenant_id = $1 AND id = $2 AND version = $3" };
static const struct query Q_RESOURCE_INSERT = { .name = "locations.resource_insert", .args = "uuttz",
    .sql = "INSERT INTO resource (tenant_id, id, location_id, name, kind, archived, version) VALUES ($1, $2, $3, $4, $5, $6, 1)" };
static const struct query Q_RESOURCE_GET = { .name = "locations.resource_get", .args = "u", .kept = KEPT,
    .sql = "SELECT id, location_id, name, kind, archived, version FROM resource WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_RESOURCE_LIST = { .name = "locations.resource_list", .args = "z", .kept = KEPT,
    .sql = "SELECT id, location_id, name, kind, archived, version FROM resource WHERE tenant_id = $1 AND archived <= $2 ORDER BY name, id LIMIT 500" };
static const struct query Q_RESOURCE_UPDATE = { .name = "locations.resource_update", .args = "uiuttz",
    .sql = "UPDATE resource SET version = version + 1, location_id = $4, name = $5, kind = $6, archived = $7"
           " WHERE tenant_id = $1 AND id = $2 AND version = $3" };
static const struct query Q_HOLIDAY_INSERT = { .name = "locations.holiday_insert", .args = "uitu",
    .sql = "INSERT INTO holiday (tenant_id, id, date, name, location_id) VALUES ($1, $2, $3, $4, $5)" };
static const struct query Q_HOLIDAY_LIST = { .name = "locations.holiday_list", .args = "ii", .kept = KEPT,
    .sql = "SELECT id, date, name, location_id FROM holiday WHERE tenant_id = $1 AND date >= $2 AND date <= $3 ORDER BY date, id LIMIT 5200" };
static const struct query Q_HOLIDAY_COUNT = { .name = "locations.holiday_count", .args = "", .sql = "SELECT COUNT(*) FROM holiday WHERE tenant_id = $1" };
static const struct query Q_HOLIDAY_DELETE = { .name = "locations.holiday_delete", .args = "u",
    .sql = "DELETE FROM holiday WHERE tenant_id = $1 AND id = $2" };
const struct query *const locations_queries[] = { &Q_LOCATION_INSERT, &Q_LOCATION_GET, &Q_LOCATION_LIST, &Q_LOCATION_UPDATE, &Q_RESOURCE_INSERT,
    &Q_RESOURCE_GET, &Q_RESOURCE_LIST, &Q_RESOURCE_UPDATE, &Q_HOLIDAY_INSERT, &Q_HOLIDAY_LIST, &Q_HOLIDAY_COUNT, &Q_HOLIDAY_DELETE,
    &Q_TRAVEL_LIST, &Q_TRAVEL_CLEAR, &Q_TRAVEL_INSERT, NULL };

enum rc locations_get(struct tdb *db, struct id id, struct location *out)
{
    return db_get(db, &Q_LOCATION_GET, ARGS(U(id)), &location_shape, out);
}

enum rc locations_list(struct tdb *db, bool archived, struct list *out)
{
    return db_list(db, &Q_LOCATION_LIST, ARGS(Z(archived)), &location_shape, LOCATIONS_MAX, out);
}

enum rc locations_insert(struct tx *tx, const struct location *l)
{
    return tx_run_query(tx, &Q_LOCATION_INSERT, ARGS(U(l->id), S(l->name), S(l->time_zone), S(l->address), S(l->phone), Z(l->archived)));
}

enum rc locations_update(struct tx *tx, const struct location *l, int64_t version, enum rc lost)
{
    return tx_one(tx, &Q_LOCATION_UPDATE,
        ARGS(U(l->id), I(version), S(l->name), S(l->time_zone), S(l->address), S(l->phone), Z(l->archived)), lost);
}

enum rc resources_get(struct tdb *db, struct id id, struct resource *out)
{
    return db_get(db, &Q_RESOURCE_GET, ARGS(U(id)), &resource_shape, out);
}

enum rc resources_list(struct tdb *db, bool archived, struct list *out)
{
    return db_list(db, &Q_RESOURCE_LIST, ARGS(Z(archived)), &resource_shape, RESOURCES_MAX, out);
}

enum rc resources_insert(struct tx *tx, const struct resource *r)
{
    return tx_run_query(tx, &Q_RESOURCE_INSERT, ARGS(U(r->id), U(r->location_id), S(r->name), S(resource_kind_names[r->kind]), Z(r->archived)));
}

enum rc resources_update(struct tx *tx, const struct resource *r, int64_t version, enum rc lost)
{
    return tx_one(tx, &Q_RESOURCE_UPDATE,
        ARGS(U(r->id), I(version), U(r->location_id), S(r->name), S(resource_kind_names[r->kind]), Z(r->archived)), lost);
}

enum rc holidays_list(struct tdb *db, int64_t from, int64_t to, struct list *out)
{
    return db_list(db, &Q_HOLIDAY_LIST, ARGS(I(from), I(to)), &holiday_shape, HOLIDAYS_READ, out);
}

enum rc holidays_count(struct tdb *db, int64_t *out) { return db_int(db, &Q_HOLIDAY_COUNT, ARGS(), out); }

enum rc holidays_insert(struct tx *tx, const struct holiday *h)
{
    return tx_run_query(tx, &Q_HOLIDAY_INSERT, ARGS(U(h->id), I(h->date), S(h->name), U(h->location_id)));
}

enum rc holidays_delete(struct tx *tx, struct id id)
{
    return tx_one(tx, &Q_HOLIDAY_DELETE, ARGS(U(id)), RC_NOT_FOUND);
}
