/* locations_api.c - what the outside may ask of locations, resources and holidays. */
#include "modules/locations/locations.h"

const char *const resource_kind_names[] = { "chair", "room", "device", NULL };

#define LOCATION_FIELDS \
    F_STR(struct location, name, .required = true, .max = 120, .doc = "Name of the site"), \
    F_TEXT(K_ZONE, struct location, time_zone, .required = true, .max = 60, .doc = "IANA zone its clock shows"), \
    F_STR(struct location, address, .nullable = true, .max = 300, .doc = "Postal address"), \
    F_TEXT(K_PHONE, struct location, phone, .nullable = true, .doc = "Telephone of the site")
static const struct field location_in[] = { LOCATION_FIELDS, F_END };
static const struct field location_out[] = { F_ID(struct location, id), LOCATION_FIELDS, F_BOOL(struct location, archived),
    F_INT(struct location, version), F_END };
const struct shape location_shape = SHAPE(location, location_out);
static const struct shape location_new = SHAPE_NAMED("location_new", location, location_in);

#define RESOURCE_FIELDS \
    F_STR(struct resource, name, .required = true, .max = 120, .doc = "Name, such as Chair 1"), \
    F_ENUM(struct resource, kind, resource_kind_names, .required = true, .doc = "What it is"), \
    F_ID(struct resource, location_id, .required = true, .doc = "Where it stands")
static const struct field resource_in[] = { RESOURCE_FIELDS, F_END };
static const struct field resource_out[] = { F_ID(struct resource, id), RESOURCE_FIELDS, F_BOOL(struct resource, archived),
    F_INT(struct resource, version), F_END };
const struct shape resource_shape = SHAPE(resource, resource_out);
static const struct shape resource_new = SHAPE_NAMED("resource_new", resource, resource_in);
static const struct shape resource_patch = SHAPE_PATCH("resource_patch", resource, resource_in);
SHAPE_PATCH_CHECK(resource);

static const struct field holiday_in[] = { F_DATE(struct holiday, date, .required = true, .doc = "The closed day"),
    F_STR(struct holiday, name, .required = true, .max = 120, .doc = "Why"),
    F_ID(struct holiday, location_id, .nullable = true, .doc = "Only this site; null: the whole clinic"), F_END };
static const struct field holiday_out[] = { F_ID(struct holiday, id), F_DATE(struct holiday, date), F_STR(struct holiday, name),
    F_ID(struct holiday, location_id, .nullable = true), F_END };
static const struct shape holiday_new = SHAPE_NAMED("holiday_new", holiday, holiday_in);
const struct shape holiday_shape = SHAPE(holiday, holiday_out);

struct list_query { bool archived; int64_t page, limit; };
static const struct field list_fields[] = { F_BOOL(struct list_query, archived, .doc = "Include what is archived"), F_PAGING_WIDE(struct list_query), F_END };
static const struct shape list_shape = SHAPE(list_query, list_fields);
struct date_range { int64_t from, to, page, limit; };
static const struct field range_fields[] = { F_DATE(struct date_range, from, .nullable = true, .doc = "First day"),
    F_DATE(struct date_range, to, .nullable = true, .doc = "Last day"), F_PAGING_WIDE(struct date_range), F_END };
static const struct shape range_shape = SHAPE(date_range, range_fields);

/* ---- locations ------------------------------------------------------------------------------------------------------ */

struct location_write { struct req *r; struct id audit_id; struct location row; int archive; /* 1 archive, -1 restore; edits: zones.c */ tx_fn *also; void *arg; };

static enum rc location_list(struct req *r)
{
    struct list l;
    const struct list_query *q = r->query;
    TRY(locations_list(r->db, q->archived, &l));
    return reply_slice(r, l, q->page, q->limit);
}

static enum rc location_get(struct req *r)
{
    struct location l = { 0 };
    TRY(locations_get(r->db, r->path_id, &l));
    return reply(r, &l);
}

static enum rc location_create_tx(struct tx *tx, void *arg)
{
    struct location_write *w = arg;
    struct list all;
    TRY(locations_list(tx_db(tx), true, &all));
    if (all.n >= LOCATIONS_MAX) return req_fail(w->r, RC_STATE, "The clinic has 100 locations, with those in the archive, and cannot have more", NULL);
    TRY(locations_insert(tx, &w->row));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "location.create", "location.changed", "location", w->row.id, 1,
        shape_diff(w->r->arena, &location_shape, NULL, &w->row), NULL, false }));
    return reply(w->r, &w->row);
}

static enum rc location_create(struct req *r)
{
    struct location_write w = { .r = r, .audit_id = id_new(), .row = *(const struct location *)r->in };
    w.row.id = id_new();
    w.row.version = 1;
    return req_tx(r, "locations.create", location_create_tx, &w);
}

static enum rc location_write_tx(struct tx *tx, void *arg)
{
    struct location_write *w = arg;
    struct location before = { 0 }, after;
    TRY(locations_get(tx_db(tx), w->r->path_id, &before));
    TRY(req_version(w->r, before.version));
    after = before;
    after.archived = w->archive > 0;
    TRY(locations_update(tx, &after, before.version, req_lost(w->r)));
    after.version++;
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, w->archive > 0 ? "location.archive" : "location.restore",
        "location.changed", "location", after.id, after.version, shape_diff(w->r->arena, &location_shape, &before, &after), NULL, false }));
    if (w->also) TRY(w->also(tx, w->arg));
    return w->archive > 0 ? reply_empty(w->r) : reply(w->r, &after);
}

static enum rc location_write(struct req *r, int archive, tx_fn *also, void *arg)
{
    struct location_write w = { .r = r, .audit_id = id_new(), .archive = archive, .also = also, .arg = arg };
    return req_tx(r, "locations.write", location_write_tx, &w);
}

static enum rc location_archive(struct req *r) { return location_write(r, 1, NULL, NULL); }
enum rc locations_restore(struct req *r, tx_fn *also, void *arg) { return location_write(r, -1, also, arg); }

/* ---- resources ------------------------------------------------------------------------------------------------------ */

struct resource_write { struct req *r; struct id audit_id; struct resource row; int archive; tx_fn *also; void *arg; };

static enum rc resource_list(struct req *r)
{
    struct list l;
    const struct list_query *q = r->query;
    TRY(resources_list(r->db, q->archived, &l));
    return reply_slice(r, l, q->page, q->limit);
}

static enum rc resource_get(struct req *r)
{
    struct resource x = { 0 };
    TRY(resources_get(r->db, r->path_id, &x));
    return reply(r, &x);
}

/* The location must be one of this clinic's: another's is not there for us. */
static enum rc check_location(struct req *r, struct tdb *db, struct id id)
{
    struct location l = { 0 };
    enum rc rc = locations_get(db, id, &l);
    return rc == RC_NOT_FOUND ? req_fail(r, rc, "There is no such location", "{\"field\":\"location_id\"}") : rc;
}

static enum rc resource_create_tx(struct tx *tx, void *arg)
{
    struct resource_write *w = arg;
    struct list all;
    TRY(check_location(w->r, tx_db(tx), w->row.location_id));
    TRY(resources_list(tx_db(tx), true, &all));
    if (all.n >= RESOURCES_MAX) return req_fail(w->r, RC_STATE, "The clinic has 500 resources, with those in the archive, and cannot have more", NULL);
    TRY(resources_insert(tx, &w->row));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "resource.create", "resource.changed", "resource", w->row.id, 1,
        shape_diff(w->r->arena, &resource_shape, NULL, &w->row), NULL, false }));
    return reply(w->r, &w->row);
}

static enum rc resource_create(struct req *r)
{
    struct resource_write w = { .r = r, .audit_id = id_new(), .row = *(const struct resource *)r->in };
    w.row.id = id_new();
    w.row.version = 1;
    return req_tx(r, "resources.create", resource_create_tx, &w);
}

static enum rc resource_write_tx(struct tx *tx, void *arg)
{
    struct resource_write *w = arg;
    struct resource before = { 0 }, after;
    TRY(resources_get(tx_db(tx), w->r->path_id, &before));
    TRY(req_version(w->r, before.version));
    after = before;
    if (w->archive) after.archived = w->archive > 0;
    else shape_overlay(&resource_patch, w->r->in, &resource_shape, &after);
    TRY(check_location(w->r, tx_db(tx), after.location_id));
    TRY(resources_update(tx, &after, before.version, req_lost(w->r)));
    after.version++;
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, w->archive > 0 ? "resource.archive" : w->archive ? "resource.restore" : "resource.update",
        "resource.changed", "resource", after.id, after.version, shape_diff(w->r->arena, &resource_shape, &before, &after), NULL, false }));
    if (w->also) TRY(w->also(tx, w->arg));
    return w->archive > 0 ? reply_empty(w->r) : reply(w->r, &after);
}

static enum rc resource_write(struct req *r, int archive, tx_fn *also, void *arg)
{
    struct resource_write w = { .r = r, .audit_id = id_new(), .archive = archive, .also = also, .arg = arg };
    return req_tx(r, "resources.write", resource_write_tx, &w);
}

static enum rc resource_update(struct req *r) { return resource_write(r, 0, NULL, NULL); }
static enum rc resource_archive(struct req *r) { return resource_write(r, 1, NULL, NULL); }
enum rc resources_restore(struct req *r, tx_fn *also, void *arg) { return resource_write(r, -1, also, arg); }

/* ---- holidays ------------------------------------------------------------------------------------------------------- */

struct holiday_write { struct req *r; struct id audit_id; struct holiday row; tx_fn *also; void *arg; };

static enum rc holiday_list(struct req *r)
{
    const struct date_range *q = r->query;
    struct list l;
    int64_t today = floor_div(r->now, USEC_PER_DAY);
    TRY(holidays_list(r->db, q->from == NONE ? today - 366 : q->from, q->to == NONE ? today + 800 : q->to, &l));
    return reply_slice(r, l, q->page, q->limit);
}

static enum rc holiday_create_tx(struct tx *tx, void *arg)
{
    struct holiday_write *w = arg;
    int64_t n;
    if (!id_is_nil(w->row.location_id)) TRY(check_location(w->r, tx_db(tx), w->row.location_id));
    TRY(holidays_count(tx_db(tx), &n));
    if (n >= HOLIDAYS_MAX) return req_fail(w->r, RC_STATE, "There are 5000 closed days already. Delete old ones first", NULL);
    TRY(holidays_insert(tx, &w->row));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "holiday.create", "location.changed", "holiday", w->row.id, 1,
        shape_diff(w->r->arena, &holiday_shape, NULL, &w->row), NULL, false }));
    return reply(w->r, &w->row);
}

static enum rc holiday_create(struct req *r)
{
    struct holiday_write w = { .r = r, .audit_id = id_new(), .row = *(const struct holiday *)r->in };
    w.row.id = id_new();
    return req_tx(r, "holidays.create", holiday_create_tx, &w);
}

static enum rc holiday_delete_tx(struct tx *tx, void *arg)
{
    struct holiday_write *w = arg;
    TRY(holidays_delete(tx, w->r->path_id));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "holiday.delete", "location.changed", "holiday", w->r->path_id, 1, NULL, NULL, false }));
    TRY(w->also(tx, w->arg));
    return reply_empty(w->r);
}

enum rc holidays_remove(struct req *r, tx_fn *also, void *arg)
{
    struct holiday_write w = { .r = r, .audit_id = id_new(), .also = also, .arg = arg };
    return req_tx(r, "holidays.delete", holiday_delete_tx, &w);
}

/* ---- routes --------------------------------------------------------------------------------------------------------- */

#define READ .perm = PERM_SETTINGS_READ
#define WRITE .perm = PERM_SETTINGS_WRITE
static const struct route routes[] = {
    { .method = "GET", .path = "/locations", .summary = "List locations", .handler = location_list, READ, .ok = 200, .query = &list_shape, .out = &location_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/locations", .summary = "Create a location", .handler = location_create, WRITE, .ok = 201, .in = &location_new, .out = &location_shape, .fails = FAILS(RC_STATE), .flags = R_IDEMPOTENT },
    { .method = "GET", .path = "/locations/travel", .summary = "The way between sites", .handler = travel_handle_get, READ, .ok = 200, .out = &travel_list_shape },
    { .method = "PUT", .path = "/locations/travel", .summary = "Set the way between sites", .handler = travel_handle_put, WRITE, .ok = 200, .in = &travel_list_shape, .out = &travel_list_shape,
        .doc = "Replaces the list. A provider's appointments at two sites lie at least so many minutes apart, from the end of one treatment to the start of the next." },
    { .method = "GET", .path = "/locations/{id}", .summary = "Read a location", .handler = location_get, READ, .ok = 200, .out = &location_shape },
    { .method = "DELETE", .path = "/locations/{id}", .summary = "Archive a location", .handler = location_archive, WRITE, .ok = 204, .fails = FAILS(RC_STALE) },
    { .method = "GET", .path = "/resources", .summary = "List resources", .handler = resource_list, READ, .ok = 200, .query = &list_shape, .out = &resource_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/resources", .summary = "Create a resource", .handler = resource_create, WRITE, .ok = 201, .in = &resource_new, .out = &resource_shape, .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STATE), .flags = R_IDEMPOTENT },
    { .method = "GET", .path = "/resources/{id}", .summary = "Read a resource", .handler = resource_get, READ, .ok = 200, .out = &resource_shape },
    { .method = "PATCH", .path = "/resources/{id}", .summary = "Change a resource", .handler = resource_update, WRITE, .ok = 200, .in = &resource_patch, .out = &resource_shape, .fails = FAILS(RC_STALE) },
    { .method = "DELETE", .path = "/resources/{id}", .summary = "Archive a resource", .handler = resource_archive, WRITE, .ok = 204, .fails = FAILS(RC_STALE) },
    { .method = "GET", .path = "/holidays", .summary = "List closed days", .handler = holiday_list, READ, .ok = 200, .query = &range_shape, .out = &holiday_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/holidays", .summary = "Close a day", .handler = holiday_create, WRITE, .ok = 201, .in = &holiday_new, .out = &holiday_shape, .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STATE), .flags = R_IDEMPOTENT },
    { 0 } };

const struct module locations_module = { .name = "locations", .doc = "Sites, their chairs, rooms and devices, and closed days", .routes = routes, .queries = locations_queries };
