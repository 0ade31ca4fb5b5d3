/* tenants_store.c - the statements on tenant. */
#include "modules/tenants/tenants.h"
#include <string.h>

const char *const waitlist_order_names[] = { "urgent", "waiting", "longest", NULL };

#define COLUMNS "slug, name, time_zone, currency, locale, brand_color, phone, email, website, address, booking_enabled, " \
    "booking_min_notice_min, booking_horizon_days, cancel_notice_min, move_notice_min, hold_minutes, week_start, max_per_client_day, max_per_client_week, max_per_client_open, " \
    "waitlist_public, waitlist_auto, waitlist_offer_min, waitlist_notice_min, waitlist_order, pay_minutes"

static const struct query Q_INSERT = { .name = "tenants.insert", .args = "ttttttttttziiiiiiiiizziitii",
    .sql = "INSERT INTO tenant (tenant_id, " COLUMNS ", version, created_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, 1, $28)" };
static const struct query Q_GET = { .name = "tenants.get", .args = "", .kept = KEPT,
    .sql = "SELECT tenant_id AS id, " COLUMNS ", version FROM tenant WHERE tenant_id = $1" };
static const struct query Q_BY_SLUG = { .name = "tenants.by_slug", .args = "t", .kept = KEPT, .platform = "a public page knows the clinic by its slug only",
    .sql = "SELECT tenant_id AS id FROM tenant WHERE slug = $1" };
static const struct query Q_UPDATE = { .name = "tenants.update", .args = "ittttttttttziiiiiiiiizziiti",
    .sql = "UPDATE tenant SET version = version + 1, slug = $3, name = $4, time_zone = $5, currency = $6, locale = $7, brand_color = $8, phone = $9,"
           " email = $10, website = $11, address = $12, booking_enabled = $13, booking_min_notice_min = $14, booking_horizon_days = $15,"
           " cancel_notice_min = $16, move_notice_min = $17, hold_minutes = $18, week_start = $19, max_per_client_day = $20,"
           " max_per_client_week = $21, max_per_client_open = $22, waitlist_public = $23, waitlist_auto = $24, waitlist_offer_min = $25,"
           " waitlist_notice_min = $26, waitlist_order = $27, pay_minutes = $28 WHERE tenant_id = $1 AND version = $2" };
static const struct query Q_LIST = { .name = "tenants.list", .args = "", .platform = "whoever runs the installation lists its clinics",
    .scan = "all clinics are asked for", .sql = "SELECT tenant_id AS id, " COLUMNS ", version FROM tenant ORDER BY slug LIMIT 10000" };
/* The ledger's table, which stands behind this module: only whether there is anything. */
static const struct query Q_HAS_MONEY = { .name = "tenants.has_money", .args = "",
    .sql = "SELECT CASE WHEN EXISTS (SELECT 1 FROM ledger_account WHERE tenant_id = $1) THEN 1 ELSE 0 END" };
const struct query *const tenants_queries[] = { &Q_INSERT, &Q_GET, &Q_BY_SLUG, &Q_UPDATE, &Q_LIST, &Q_HAS_MONEY, NULL };

struct tenant tenants_default(void)
{
    return (struct tenant){ .locale = "en", .brand_color = "#0f766e", .booking_enabled = true, .booking_min_notice_min = 120,
        .booking_horizon_days = 60, .cancel_notice_min = 1440, .move_notice_min = 1440, .hold_minutes = 10, .pay_minutes = 30, .week_start = 1, .version = 1, .max_per_client_day = NONE, .max_per_client_week = NONE, .max_per_client_open = NONE,
        .waitlist_public = true, .waitlist_auto = true, .waitlist_offer_min = 120, .waitlist_notice_min = 60 };
}

enum rc tenants_insert(struct tx *tx, const struct tenant *t, int64_t now)
{
    TRY(tx_enter_tenant(tx, t->id));
    return tx_run_query(tx, &Q_INSERT, ARGS(S(t->slug), S(t->name), S(t->time_zone), S(t->currency), S(t->locale), S(t->brand_color), S(t->phone),
        S(t->email), S(t->website), S(t->address), Z(t->booking_enabled), I(t->booking_min_notice_min), I(t->booking_horizon_days),
        I(t->cancel_notice_min), I(t->move_notice_min), I(t->hold_minutes), I(t->week_start), I(t->max_per_client_day),
        I(t->max_per_client_week), I(t->max_per_client_open), Z(t->waitlist_public), Z(t->waitlist_auto), I(t->waitlist_offer_min),
        I(t->waitlist_notice_min), S(waitlist_order_names[t->waitlist_order]), I(t->pay_minutes), I(now)));
}

enum rc tenants_get(struct tdb *db, struct tenant *out)
{
    return db_get(db, &Q_GET, ARGS(), &tenant_shape, out);
}

/* /public/{slug} shares its place with the routes whose paths begin with /public/ and a word. */
bool tenants_slug_reserved(const char *slug)
{
    static const char before[] = "/public/";
    size_t n = strlen(slug);
    for (size_t i = 0; modules[i]; i++)
        for (const struct route *r = modules[i]->routes; r && r->method; r++) {
            if (!str_starts(r->path, before)) continue;
            const char *word = r->path + sizeof before - 1;
            if (strncmp(word, slug, n) == 0 && (word[n] == '/' || word[n] == '\0')) return true;
        }
    return false;
}

enum rc tenants_by_slug(struct tdb *db, const char *slug, struct id *out)
{
    struct tenant t = { 0 };
    TRY(db_get(db, &Q_BY_SLUG, ARGS(S(slug)), &tenant_shape, &t));
    *out = t.id;
    return RC_OK;
}

enum rc tenants_list(struct tdb *db, struct list *out) { return db_list(db, &Q_LIST, ARGS(), &tenant_shape, 10000, out); }

enum rc tenants_update(struct tx *tx, const struct tenant *t, int64_t version, enum rc lost)
{
    return tx_one(tx, &Q_UPDATE, ARGS(I(version), S(t->slug), S(t->name), S(t->time_zone), S(t->currency), S(t->locale), S(t->brand_color), S(t->phone),
        S(t->email), S(t->website), S(t->address), Z(t->booking_enabled), I(t->booking_min_notice_min), I(t->booking_horizon_days),
        I(t->cancel_notice_min), I(t->move_notice_min), I(t->hold_minutes), I(t->week_start), I(t->max_per_client_day), I(t->max_per_client_week), I(t->max_per_client_open),
        Z(t->waitlist_public), Z(t->waitlist_auto), I(t->waitlist_offer_min), I(t->waitlist_notice_min), S(waitlist_order_names[t->waitlist_order]), I(t->pay_minutes)), lost);
}

enum rc tenants_has_money(struct tdb *db, bool *out)
{
    int64_t n;
    TRY(db_int(db, &Q_HAS_MONEY, ARGS(), &n));
    *out = n != 0;
    return RC_OK;
}
