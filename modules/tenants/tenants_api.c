/* tenants_api.c - GET and PATCH of the clinic's settings. */
#include "modules/tenants/tenants.h"

#define SETTINGS_FIELDS \
    F_TEXT(K_SLUG, struct tenant, slug, .required = true, .min = 2, .max = 60, .doc = "Short name in the booking page's address"), \
    F_STR(struct tenant, name, .required = true, .max = 120, .doc = "Name of the clinic"), \
    F_TEXT(K_ZONE, struct tenant, time_zone, .required = true, .max = 60, .doc = "Zone of new locations and of whole-clinic dates"), \
    F_TEXT(K_CURRENCY, struct tenant, currency, .required = true, .doc = "ISO 4217 code of prices; it stays once money has moved"), \
    F_STR(struct tenant, locale, .required = true, .max = 20, .doc = "Language tag such as en or ro-RO"), \
    F_TEXT(K_COLOR, struct tenant, brand_color, .required = true, .doc = "Colour of the booking page"), \
    F_TEXT(K_PHONE, struct tenant, phone, .nullable = true, .doc = "Telephone shown to clients"), \
    F_TEXT(K_EMAIL, struct tenant, email, .nullable = true, .doc = "Address clients may answer to"), \
    F_STR(struct tenant, website, .nullable = true, .max = 200, .doc = "Web address"), \
    F_STR(struct tenant, address, .nullable = true, .max = 300, .doc = "Postal address"), \
    F_BOOL(struct tenant, booking_enabled, .doc = "Whether the public page takes bookings"), \
    F_INT(struct tenant, booking_min_notice_min, .max = 525600, .doc = "Minutes between booking and the earliest start"), \
    F_INT(struct tenant, booking_horizon_days, .min = 1, .max = 730, .doc = "How many days ahead can be booked"), \
    F_INT(struct tenant, cancel_notice_min, .max = 525600, .doc = "Minutes before the start until which a client may cancel"), \
    F_INT(struct tenant, move_notice_min, .max = 525600, .doc = "Minutes before the start until which a client may move"), \
    F_INT(struct tenant, hold_minutes, .min = 1, .max = 60, .doc = "How long a chosen time is held while the form is filled in"), \
    F_INT(struct tenant, pay_minutes, .min = 10, .max = 1440, .doc = "How long a booking that is paid in advance waits for its money"), \
    F_INT(struct tenant, week_start, .min = 1, .max = 7, .doc = "First day of the week, 1 = Monday"), \
    F_INT(struct tenant, max_per_client_day, .nullable = true, .min = 1, .max = 100, .doc = "At most so many bookings a day for one client online; null: no limit"), \
    F_INT(struct tenant, max_per_client_week, .nullable = true, .min = 1, .max = 100, .doc = "At most so many bookings a week for one client online; null: no limit"), \
    F_INT(struct tenant, max_per_client_open, .nullable = true, .min = 1, .max = 100, .doc = "At most so many bookings still to come for one client online; null: no limit"), \
    F_BOOL(struct tenant, waitlist_public, .doc = "Whether the booking page takes people on the waitlist"), \
    F_BOOL(struct tenant, waitlist_auto, .doc = "Whether time that becomes free is offered to the waitlist by itself"), \
    F_INT(struct tenant, waitlist_offer_min, .min = 5, .max = 2880, .doc = "Minutes an offer stands, from its sending; never past the notice before the time"), \
    F_INT(struct tenant, waitlist_notice_min, .max = 43200, .doc = "Minutes that lie between the end of an offer and the time, or more where somebody asked for more"), \
    F_ENUM(struct tenant, waitlist_order, waitlist_order_names, .doc = "Who is asked first: the most urgent, who waits longest, or the longest treatment that fits")

static const struct field out_fields[] = { F_ID(struct tenant, id), SETTINGS_FIELDS, F_INT(struct tenant, version), F_END };
static const struct field patch_fields[] = { SETTINGS_FIELDS, F_END };
const struct shape tenant_shape = SHAPE(tenant, out_fields);
static const struct shape patch_shape = SHAPE_PATCH("tenant_patch", tenant, patch_fields);
SHAPE_PATCH_CHECK(tenant);

static enum rc get(struct req *r)
{
    struct tenant t = { 0 };
    TRY(tenants_get(r->db, &t));
    return reply(r, &t);
}

struct edit { struct req *r; struct id audit_id; };

/* Nothing converts what was sold, paid or put into wallets. */
static enum rc currency_may_change(struct req *r, struct tdb *db)
{
    bool money;
    TRY(tenants_has_money(db, &money));
    if (money) req_field_error(r, "currency", "stays as it is: money has moved in it");
    return req_invalid(r);
}

static enum rc patch_tx(struct tx *tx, void *arg)
{
    struct edit *e = arg;
    struct tenant before = { 0 }, after;
    TRY(tenants_get(tx_db(tx), &before));
    TRY(req_version(e->r, before.version));
    after = before;
    shape_overlay(&patch_shape, e->r->in, &tenant_shape, &after);
    if (!str_eq(before.currency, after.currency)) TRY(currency_may_change(e->r, tx_db(tx)));
    TRY(tenants_update(tx, &after, before.version, req_lost(e->r)));
    after.version++;
    TRY(tx_change(tx, e->r, &(struct change){ e->audit_id, "tenant.update", "tenant.changed", "tenant", after.id, after.version,
        shape_diff(e->r->arena, &tenant_shape, &before, &after), NULL, false }));
    return reply(e->r, &after);
}

static enum rc patch(struct req *r)
{
    struct edit e = { r, id_new() };
    const struct tenant *in = r->in;
    if (in->slug && tenants_slug_reserved(in->slug)) req_field_error(r, "slug", "is reserved; choose another one");
    TRY(req_invalid(r));
    enum rc rc = req_tx(r, "tenants.patch", patch_tx, &e);
    return rc == RC_CONFLICT ? req_fail(r, rc, "Another clinic has this short name", "{\"field\":\"slug\"}") : rc;
}

static const struct route routes[] = {
    { .method = "GET", .path = "/tenant", .summary = "The clinic's settings", .handler = get, .perm = PERM_SETTINGS_READ, .ok = 200, .out = &tenant_shape },
    { .method = "PATCH", .path = "/tenant", .summary = "Change the clinic's settings", .handler = patch, .perm = PERM_SETTINGS_WRITE, .ok = 200,
        .in = &patch_shape, .out = &tenant_shape, .fails = FAILS(RC_STALE) | FAILS(RC_CONFLICT) },
    { 0 } };

const struct module tenants_module = { .name = "tenants", .doc = "The clinic and its settings", .platform = true, .routes = routes, .queries = tenants_queries };
