/* services_api.c - what the outside may ask of services. Providers and hours are in providers_api.c. */
#include "core/base/money.h"
#include "modules/services/providers_api.h"
#include "modules/services/rules_api.h"
#include "modules/taxes/taxes.h"
#include "modules/tenants/tenants.h"

enum { POOL_MAX = 50 };
static const struct field part_fields[] = {
    F_ENUM(struct service_part, kind, part_kind_names, .required = true, .doc = "A further provider, or a chair, room or device"),
    F_ENUM(struct service_part, resource_kind, resource_kind_names, .nullable = true, .doc = "Any resource of this kind; null: one of resource_ids"),
    F_SCALARS(struct service_part, resource_ids, K_ID, .max = POOL_MAX, .doc = "Only these, the best first"),
    F_SCALARS(struct service_part, provider_ids, K_ID, .max = POOL_MAX, .doc = "Who can do it, the best first"),
    F_INT(struct service_part, quantity, .min = 1, .max = PART_UNITS_MAX, .def = 1, .doc = "How many of them at once"),
    F_INT(struct service_part, offset_min, .max = 1440, .doc = "Minutes after the start"),
    F_INT(struct service_part, duration_min, .nullable = true, .min = 1, .max = 1440, .doc = "For so many minutes; null: to the end"), F_END };
static const struct shape part_shape = SHAPE(service_part, part_fields);

#define SERVICE_FIELDS \
    F_STR(struct service, name, .required = true, .max = 120, .doc = "Name clients see"), \
    F_STR(struct service, description, .nullable = true, .max = 1000, .doc = "A sentence or two for the booking page"), \
    F_INT(struct service, duration_min, .required = true, .min = 1, .max = 1440, .doc = "Length in minutes"), \
    F_INT(struct service, buffer_before_min, .max = 240, .doc = "Minutes kept free before"), \
    F_INT(struct service, buffer_after_min, .max = 240, .doc = "Minutes kept free after"), \
    F_INT(struct service, step_min, .min = 1, .max = 240, .def = 15, .doc = "Starts are offered every so many minutes"), \
    F_INT(struct service, price_minor, .max = PRICE_MAX, .doc = "Price in minor units"), \
    F_TEXT(K_CURRENCY, struct service, currency, .doc = "ISO 4217 code; the clinic's when absent"), \
    F_TEXT(K_COLOR, struct service, color, .doc = "Colour in the calendar"), \
    F_BOOL(struct service, public, .def = 1, .doc = "Whether clients can book it themselves"), \
    F_BOOL(struct service, any_provider, .def = 1, .doc = "Whether clients may choose any provider"), \
    F_INT(struct service, min_notice_min, .nullable = true, .max = 525600, .doc = "Minutes of notice; null: the clinic's"), \
    F_INT(struct service, horizon_days, .nullable = true, .min = 1, .max = 730, .doc = "Days ahead; null: the clinic's"), \
    F_INT(struct service, max_per_day, .nullable = true, .min = 1, .max = 1000, .doc = "At most so many a day and provider; null: no limit"), \
    F_ENUM(struct service, resource_kind, resource_kind_names, .nullable = true, .doc = "Needs any free resource of this kind, all the time"), \
    F_INT(struct service, lead_min, .nullable = true, .min = 1, .max = 1440, .doc = "The provider is needed for the first so many minutes; null: all the time"), \
    F_INT(struct service, seats, .min = 1, .max = 100, .def = 1, .doc = "How many can come to one time; more than 1: a group"), \
    F_LIST(struct service, parts, &part_shape, .max = PART_UNITS_MAX, .doc = "What it takes besides the provider"), \
    F_BOOL(struct service, telehealth, .doc = "Takes place by video"), \
    F_INT(struct service, position, .max = 100000, .doc = "Order in lists"), \
    F_BOOL(struct service, approval_required, .doc = "What clients book themselves is a request first, which the clinic approves or declines"), \
    F_BOOL(struct service, approval_holds_time, .def = 1, .doc = "Whether a request keeps its time until it is answered"), \
    F_INT(struct service, approval_expires_after_min, .min = 5, .max = 43200, .def = 1440, .doc = "Minutes after which a request lapses; at the start at the latest"), \
    F_INT(struct service, move_notice_min, .nullable = true, .max = 525600, .doc = "Minutes before the start until which a client may move; null: the clinic's"), \
    F_INT(struct service, cancel_notice_min, .nullable = true, .max = 525600, .doc = "Minutes before the start until which a client may cancel; null: the clinic's"), \
    F_INT(struct service, max_per_client_day, .nullable = true, .min = 1, .max = 100, .doc = "At most so many a day for one client online; null: no limit"), \
    F_INT(struct service, max_per_client_week, .nullable = true, .min = 1, .max = 100, .doc = "At most so many a week for one client online; null: no limit"), \
    F_INT(struct service, max_per_client_open, .nullable = true, .min = 1, .max = 100, .doc = "At most so many still to come for one client online; null: no limit"), \
    F_ENUM(struct service, pay, service_pay_names, .doc = "What visitors pay in advance: nothing, a deposit, all of it; only where the clinic takes cards online"), \
    F_INT(struct service, deposit_minor, .nullable = true, .min = 1, .max = PRICE_MAX, .doc = "The deposit, in minor units; at most the price is asked for"), \
    F_INT(struct service, deposit_percent, .nullable = true, .min = 1, .max = 100, .doc = "The deposit, in per cent of the price; instead of deposit_minor"), \
    F_ID(struct service, tax_rate_id, .nullable = true, .doc = "The tax in its price; null: none")
#define PROVIDER_IDS F_SCALARS(struct service, provider_ids, K_ID, .max = 200, .doc = "Who offers it")

static const struct field in_fields[] = { SERVICE_FIELDS, PROVIDER_IDS, F_END };
static const struct field out_fields[] = { F_ID(struct service, id), SERVICE_FIELDS, PROVIDER_IDS, F_BOOL(struct service, archived),
    F_INT(struct service, question_count, .doc = "How many questions it asks"), F_INT(struct service, version), F_END };
const struct shape service_shape = SHAPE(service, out_fields);
static const struct shape new_shape = SHAPE_NAMED("service_new", service, in_fields);
static const struct shape patch_shape = SHAPE_PATCH("service_patch", service, in_fields);
SHAPE_PATCH_CHECK(service);

static const struct field list_fields[] = { F_BOOL(struct list_query, archived, .doc = "Include what is archived"), F_PAGING_WIDE(struct list_query), F_END };
static const struct shape list_shape = SHAPE(list_query, list_fields);

struct service_write { struct req *r; struct id audit_id; struct service row; int archive; };

static enum rc list(struct req *r)
{
    struct list l;
    const struct list_query *q = r->query;
    TRY(services_list(r->db, q->archived, &l));
    return reply_slice(r, l, q->page, q->limit);
}

static enum rc get(struct req *r)
{
    struct service s = { 0 };
    TRY(services_get(r->db, r->path_id, &s));
    return reply(r, &s);
}

static enum rc check_providers(struct req *r, struct tdb *db, struct list ids)
{
    for (size_t i = 0; i < ids.n; i++) {
        struct provider p = { 0 };
        enum rc rc = providers_get(db, *LIST_AT(ids, struct id, i), &p);
        if (rc == RC_NOT_FOUND) return req_fail(r, rc, "There is no such provider", "{\"field\":\"provider_ids\"}");
        TRY(rc);
    }
    return RC_OK;
}

/* ---- what it takes: every wrong field by its path -------------------------------------------------------------------- */

static void part_error(struct req *r, size_t i, const char *field, const char *problem)
{
    req_field_error(r, arena_printf(r->arena, "parts[%zu].%s", i, field), problem);
}

static void check_part(struct req *r, size_t i, const struct service_part *p, int64_t duration)
{
    bool provider = p->kind == PART_PROVIDER, named = provider || p->resource_ids.n;
    struct list pool = provider ? p->provider_ids : p->resource_ids;
    if (provider && p->resource_kind != NONE) part_error(r, i, "resource_kind", "is for resources");
    if (provider && p->resource_ids.n) part_error(r, i, "resource_ids", "is for resources");
    if (!provider && p->provider_ids.n) part_error(r, i, "provider_ids", "is for providers");
    if (provider && !pool.n) part_error(r, i, "provider_ids", "must name somebody");
    if (!provider && !pool.n && p->resource_kind == NONE) part_error(r, i, "resource_kind", "is required unless resource_ids names some");
    if (!provider && pool.n && p->resource_kind != NONE) part_error(r, i, "resource_kind", "must be null when resource_ids names them");
    if (named && pool.n && p->quantity > (int64_t)pool.n) part_error(r, i, "quantity", "is more than can be chosen from");
    if (p->offset_min >= duration) part_error(r, i, "offset_min", "must be before the end of the service");
    else if (p->duration_min != NONE && p->offset_min + p->duration_min > duration) part_error(r, i, "duration_min", "must end with the service");
}

static enum rc check_pool(struct req *r, struct tdb *db, size_t i, const struct service_part *p)
{
    for (size_t k = 0; k < p->provider_ids.n; k++) {
        struct provider x = { 0 };
        enum rc rc = providers_get(db, *LIST_AT(p->provider_ids, struct id, k), &x);
        if (rc == RC_NOT_FOUND) part_error(r, i, "provider_ids", "names somebody who is not here");
        else TRY(rc);
    }
    for (size_t k = 0; k < p->resource_ids.n; k++) {
        struct resource x = { 0 };
        enum rc rc = resources_get(db, *LIST_AT(p->resource_ids, struct id, k), &x);
        if (rc == RC_NOT_FOUND) part_error(r, i, "resource_ids", "names something that is not here");
        else TRY(rc);
    }
    return RC_OK;
}

static enum rc check_pay(struct req *r, struct tdb *db, const struct service *s, bool new_rate)
{
    bool minor = s->deposit_minor != NONE, percent = s->deposit_percent != NONE;
    if (s->pay == SERVICE_PAY_DEPOSIT && minor == percent) req_field_error(r, "deposit_minor", "give either deposit_minor or deposit_percent");
    if (s->pay != SERVICE_PAY_DEPOSIT && minor) req_field_error(r, "deposit_minor", "is for services with a deposit");
    if (s->pay != SERVICE_PAY_DEPOSIT && percent) req_field_error(r, "deposit_percent", "is for services with a deposit");
    if (s->pay != SERVICE_PAY_LATER && s->approval_required) req_field_error(r, "pay", "must be later when the clinic approves bookings first");
    TRY(req_invalid(r));
    return new_rate ? taxes_check(r, db, s->tax_rate_id, "tax_rate_id") : RC_OK;
}

static enum rc check_parts(struct req *r, struct tdb *db, const struct service *s)
{
    int64_t units = s->resource_kind == NONE ? 0 : 1;
    if (s->lead_min != NONE && s->lead_min > s->duration_min) req_field_error(r, "lead_min", "must not be longer than the service");
    for (size_t i = 0; i < s->parts.n; i++) {
        const struct service_part *p = LIST_AT(s->parts, struct service_part, i);
        check_part(r, i, p, s->duration_min);
        TRY(check_pool(r, db, i, p));
        units += p->quantity;
    }
    if (units > PART_UNITS_MAX) req_field_error(r, "parts", "must not take more than 6 besides the provider");
    return req_invalid(r);
}

static enum rc create_tx(struct tx *tx, void *arg)
{
    struct service_write *w = arg;
    struct tenant t = { 0 };
    struct list all;
    TRY(services_list(tx_db(tx), true, &all));
    if (all.n >= SERVICES_MAX) return req_fail(w->r, RC_STATE, "The clinic has 500 services, with those in the archive, and cannot have more", NULL);
    TRY(tenants_get(tx_db(tx), &t));
    if (!w->row.currency) w->row.currency = t.currency;
    TRY(check_providers(w->r, tx_db(tx), w->row.provider_ids));
    TRY(check_parts(w->r, tx_db(tx), &w->row));
    TRY(check_pay(w->r, tx_db(tx), &w->row, true));
    TRY(services_insert(tx, &w->row, w->r->now));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "service.create", "service.changed", "service", w->row.id, 1,
        shape_diff(w->r->arena, &service_shape, NULL, &w->row), NULL, false }));
    return reply(w->r, &w->row);
}

static enum rc create(struct req *r)
{
    struct service_write w = { r, id_new(), *(const struct service *)r->in, 0 };
    w.row.id = id_new();
    w.row.version = 1;
    if (!w.row.color) w.row.color = "#0f766e";
    return req_tx(r, "services.create", create_tx, &w);
}

static enum rc write_tx(struct tx *tx, void *arg)
{
    struct service_write *w = arg;
    struct service before = { 0 }, after;
    TRY(services_get(tx_db(tx), w->r->path_id, &before));
    TRY(req_version(w->r, before.version));
    after = before;
    if (w->archive) after.archived = w->archive > 0;
    else shape_overlay(&patch_shape, w->r->in, &service_shape, &after);
    if (!after.currency) after.currency = before.currency;
    if (!after.color) after.color = before.color;
    TRY(check_providers(w->r, tx_db(tx), after.provider_ids));
    if (!w->archive) {
        TRY(check_parts(w->r, tx_db(tx), &after));
        TRY(check_pay(w->r, tx_db(tx), &after, !id_eq(after.tax_rate_id, before.tax_rate_id)));
    }
    TRY(services_update(tx, &after, before.version, w->r->now, req_lost(w->r)));
    after.version++;
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, w->archive > 0 ? "service.archive" : w->archive ? "service.restore" : "service.update",
        "service.changed", "service", after.id, after.version, shape_diff(w->r->arena, &service_shape, &before, &after), NULL, false }));
    return w->archive > 0 ? reply_empty(w->r) : reply(w->r, &after);
}

static enum rc write_service(struct req *r, int archive)
{
    struct service_write w = { .r = r, .audit_id = id_new(), .archive = archive };
    return req_tx(r, "services.write", write_tx, &w);
}

static enum rc update(struct req *r) { return write_service(r, 0); }
static enum rc archive(struct req *r) { return write_service(r, 1); }
static enum rc restore(struct req *r) { return write_service(r, -1); }

#define READ .perm = PERM_SETTINGS_READ
#define WRITE .perm = PERM_SETTINGS_WRITE
static const struct route routes[] = {
    { .method = "GET", .path = "/services", .summary = "List services", .handler = list, READ, .ok = 200, .query = &list_shape, .out = &service_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/services", .summary = "Create a service", .handler = create, WRITE, .ok = 201, .in = &new_shape, .out = &service_shape, .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STATE), .flags = R_IDEMPOTENT },
    { .method = "GET", .path = "/services/{id}", .summary = "Read a service", .handler = get, READ, .ok = 200, .out = &service_shape },
    { .method = "PATCH", .path = "/services/{id}", .summary = "Change a service", .handler = update, WRITE, .ok = 200, .in = &patch_shape, .out = &service_shape, .fails = FAILS(RC_STALE) },
    { .method = "DELETE", .path = "/services/{id}", .summary = "Archive a service", .handler = archive, WRITE, .ok = 204, .fails = FAILS(RC_STALE) },
    { .method = "POST", .path = "/services/{id}/restore", .summary = "Take a service out of the archive", .handler = restore, WRITE, .ok = 200, .out = &service_shape, .fails = FAILS(RC_STALE) },
    { .method = "GET", .path = "/services/{id}/questions", .summary = "What is asked before a booking", .handler = rules_handle_questions, READ, .ok = 200, .out = &questions_out_shape },
    { .method = "PUT", .path = "/services/{id}/questions", .summary = "Replace what is asked before a booking", .handler = rules_handle_questions_put, WRITE, .ok = 200, .in = &questions_body_shape, .out = &questions_out_shape, .fails = FAILS(RC_STALE),
        .doc = "A question keeps its id when it is sent along. Answers already given stay as they were asked." },
    { .method = "GET", .path = "/services/{id}/shares", .summary = "Who gets what is left to the clinic", .handler = rules_handle_shares, READ, .ok = 200, .out = &shares_out_shape },
    { .method = "PUT", .path = "/services/{id}/shares", .summary = "Set priorities and weights of providers", .handler = rules_handle_shares_put, WRITE, .ok = 200, .in = &shares_body_shape, .out = &shares_out_shape, .fails = FAILS(RC_STALE),
        .doc = "Bookings with any provider go to the highest priority that is free, and within it where most is missing from the month's share by weight." },
    { .method = "GET", .path = "/providers", .summary = "List providers", .handler = providers_handle_list, READ, .ok = 200, .query = &list_shape, .out = &provider_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/providers", .summary = "Create a provider", .handler = providers_handle_create, WRITE, .ok = 201, .in = &provider_new_shape, .out = &provider_shape, .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STATE), .flags = R_IDEMPOTENT },
    { .method = "GET", .path = "/providers/{id}", .summary = "Read a provider", .handler = providers_handle_get, READ, .ok = 200, .out = &provider_shape },
    { .method = "DELETE", .path = "/providers/{id}", .summary = "Archive a provider", .handler = providers_handle_archive, WRITE, .ok = 204, .fails = FAILS(RC_STALE) },
    { .method = "GET", .path = "/providers/{id}/hours", .summary = "Weekly hours and exceptions", .handler = providers_handle_hours, READ, .ok = 200, .out = &hours_out_shape },
    { 0 } };

const struct module services_module = { .name = "services", .doc = "What can be booked, who treats, and when they work", .routes = routes, .queries = services_queries };
