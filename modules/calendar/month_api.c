/* month_api.c - a month at a glance: how many appointments a day has, and the first few of them. */
#include "modules/calendar/view_api.h"
#include "modules/locations/locations.h"
#include "modules/tenants/tenants.h"

enum { FIRST_MAX = 4 };

struct month_query { int64_t from, to; struct id provider_id, location_id; };
static const struct field month_query_fields[] = {
    F_DATE(struct month_query, from, .required = true, .doc = "First date, in the location's zone (the clinic's without one)"),
    F_DATE(struct month_query, to, .required = true, .doc = "Last date, included; at most 42 days in all"),
    F_ID(struct month_query, provider_id, .doc = "Only this provider"), F_ID(struct month_query, location_id, .doc = "Only this location"), F_END };
const struct shape month_query_shape = SHAPE(month_query, month_query_fields);

/* total and requested are those of the whole day, the same in every row of it. */
struct month_item { struct id id, provider_id; const char *client_name, *color; int64_t start, status, total, requested; };
static const struct field month_item_fields[] = { F_ID(struct month_item, id), F_INSTANT(struct month_item, start), F_STR(struct month_item, client_name),
    F_STR(struct month_item, color), F_ID(struct month_item, provider_id), F_ENUM(struct month_item, status, appt_state_names), F_END };
static const struct shape month_item_shape = SHAPE(month_item, month_item_fields);
static const struct field month_row_fields[] = { F_ID(struct month_item, id), F_INT(struct month_item, start), F_STR(struct month_item, client_name),
    F_STR(struct month_item, color), F_ID(struct month_item, provider_id), F_ENUM(struct month_item, status, appt_state_names),
    F_INT(struct month_item, total), F_INT(struct month_item, requested), F_END };
static const struct shape month_row_shape = SHAPE_NAMED("month_row", month_item, month_row_fields);

struct month_day { int64_t date, total, requested; struct list first; };
static const struct field month_day_fields[] = { F_DATE(struct month_day, date), F_INT(struct month_day, total), F_INT(struct month_day, requested),
    F_LIST(struct month_day, first, &month_item_shape), F_END };
static const struct shape month_day_shape = SHAPE(month_day, month_day_fields);
struct month { const char *time_zone; struct list days; };
static const struct field month_fields[] = { F_STR(struct month, time_zone), F_LIST(struct month, days, &month_day_shape), F_END };
const struct shape month_shape = SHAPE_NAMED("calendar_month", month, month_fields);

/* One day: its first appointments with the day's numbers. The names are looked up for those few alone. */
#define OF_DAY " FROM appointment WHERE tenant_id = $1 AND starts_at >= $2 AND starts_at < $3 AND ($4 IS NULL OR provider_id = $4)" \
    " AND ($5 IS NULL OR location_id = $5) AND status NOT IN ('cancelled', 'expired', 'declined')"
const struct query Q_MONTH_DAY = { .name = "calendar.month_day", .args = "iiuui",
    .sql = "SELECT a.id, a.starts_at AS start, a.status, c.name AS client_name, s.color, a.provider_id, a.total, a.requested FROM"
           " (SELECT tenant_id, id, client_id, service_id, provider_id, starts_at, status, count(*) OVER () AS total,"
           " sum(CASE status WHEN 'requested' THEN 1 ELSE 0 END) OVER () AS requested" OF_DAY " ORDER BY starts_at, id LIMIT $6) a"
           " LEFT JOIN client c ON c.tenant_id = a.tenant_id AND c.id = a.client_id LEFT JOIN service s ON s.tenant_id = a.tenant_id AND s.id = a.service_id"
           " WHERE a.tenant_id = $1 ORDER BY a.starts_at, a.id" };

static enum rc month_zone(struct req *r, struct id location, const char **name, const struct zone **z)
{
    struct tenant t = { 0 };
    struct location l = { 0 };
    if (!id_is_nil(location)) {
        enum rc rc = locations_get(r->db, location, &l);
        if (rc == RC_NOT_FOUND) return req_fail(r, rc, "There is no such location", "{\"field\":\"location_id\"}");
        TRY(rc);
        *name = l.time_zone;
    } else {
        TRY(tenants_get(r->db, &t));
        *name = t.time_zone;
    }
    *z = zone_find(*name);
    return *z ? RC_OK : fault(RC_FAULT, "the zone is not in tzdata any more");
}

enum rc view_month(struct req *r)
{
    const struct month_query *q = r->query;
    struct month m = { 0 };
    const struct zone *z;
    if (q->to < q->from) req_field_error(r, "to", "must not be before from");
    else if (q->to - q->from >= CALENDAR_DAYS_MAX) req_field_error(r, "to", "must be at most 41 days after from");
    TRY(req_invalid(r));
    TRY(month_zone(r, q->location_id, &m.time_zone, &z));
    size_t n = (size_t)(q->to - q->from + 1);
    struct month_day *days = arena_alloc(r->arena, n * sizeof *days);
    if (!days) return RC_OOM;
    struct tdb *batch = db_batch(r->db);
    for (size_t i = 0; i < n; i++) {
        days[i] = (struct month_day){ .date = q->from + (int64_t)i };
        TRY(db_list(batch, &Q_MONTH_DAY, ARGS(I(zone_midnight(z, days[i].date)), I(zone_midnight(z, days[i].date + 1)), U(q->provider_id),
            U(q->location_id), I(FIRST_MAX)), &month_row_shape, FIRST_MAX, &days[i].first));
    }
    TRY(db_batch_run(batch));
    for (size_t i = 0; i < n; i++) {
        if (!days[i].first.n) continue;
        days[i].total = LIST_AT(days[i].first, struct month_item, 0)->total;
        days[i].requested = LIST_AT(days[i].first, struct month_item, 0)->requested;
    }
    m.days = (struct list){ days, n };
    return reply(r, &m);
}
