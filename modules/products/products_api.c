/* products_api.c - what the outside may ask of products. */
#include "core/base/money.h"
#include "modules/products/products.h"
#include "modules/tenants/tenants.h"

#define PRODUCT_FIELDS \
    F_STR(struct product, name, .required = true, .min = 1, .max = 120, .doc = "Name on the receipt"), \
    F_STR(struct product, sku, .nullable = true, .max = 60, .doc = "Number in the shop; no two products on sale have the same"), \
    F_STR(struct product, category, .nullable = true, .max = 60, .doc = "Category of benefits it belongs to; null: none"), \
    F_INT(struct product, price_minor, .required = true, .max = PRICE_MAX, .doc = "Price in minor units of the clinic's currency"), \
    F_ID(struct product, tax_rate_id, .nullable = true, .doc = "Tax rate it carries; null: none")
static const struct field in_fields[] = { PRODUCT_FIELDS, F_END };
static const struct field out_fields[] = { F_ID(struct product, id), PRODUCT_FIELDS, F_TEXT(K_CURRENCY, struct product, currency),
    F_STR(struct product, revenue_account, .doc = "Account of the ledger on which what is earned by it is booked"), F_BOOL(struct product, archived),
    F_INT(struct product, version), F_END };
const struct shape product_shape = SHAPE(product, out_fields);
static const struct shape new_shape = SHAPE_NAMED("product_new", product, in_fields);
static const struct shape patch_shape = SHAPE_PATCH("product_patch", product, in_fields);
SHAPE_PATCH_CHECK(product);
struct list_query { bool archived; int64_t page, limit; };
static const struct field list_fields[] = { F_BOOL(struct list_query, archived, .doc = "Include what is archived"), F_PAGING_WIDE(struct list_query), F_END };
static const struct shape list_shape = SHAPE(list_query, list_fields);

static enum rc list(struct req *r)
{
    struct list l;
    const struct list_query *q = r->query;
    TRY(products_list(r->db, q->archived, &l));
    return reply_slice(r, l, q->page, q->limit);
}

static enum rc get(struct req *r)
{
    struct product p = { 0 };
    TRY(products_get(r->db, r->path_id, &p));
    return reply(r, &p);
}

struct product_write { struct req *r; struct id audit_id; struct product row; int archive; /* 1 archive, -1 restore */ };

static enum rc leave(struct tx *tx, const struct product_write *w, const char *action, const struct product *before, const struct product *after)
{
    return tx_change(tx, w->r, &(struct change){ .audit_id = w->audit_id, .action = action, .topic = "product.changed", .entity = "product", .id = after->id,
        .version = after->version, .changes = shape_diff(w->r->arena, &product_shape, before, after) });
}

static enum rc create_tx(struct tx *tx, void *arg)
{
    struct product_write *w = arg;
    struct tenant t = { 0 };
    int64_t n = 0;
    char id[ID_TEXT];
    TRY(taxes_check(w->r, tx_db(tx), w->row.tax_rate_id, "tax_rate_id"));
    TRY(tenants_get(tx_db(tx), &t));
    TRY(products_count(tx_db(tx), &n));
    if (n >= PRODUCTS_MAX) return req_fail(w->r, RC_STATE, "The clinic has 1000 products, with those in the archive, and cannot have more", NULL);
    w->row.currency = t.currency;
    w->row.revenue_account = arena_printf(w->r->arena, "revenue:%s", id_format(w->row.id, id));
    TRY(products_insert(tx, &w->row));
    TRY(leave(tx, w, "product.create", NULL, &w->row));
    return reply(w->r, &w->row);
}

static enum rc taken(struct req *r, enum rc rc)
{
    return rc == RC_CONFLICT ? req_fail(r, rc, "There is a product with this number", "{\"field\":\"sku\"}") : rc;
}

static enum rc create(struct req *r)
{
    struct product_write w = { .r = r, .audit_id = id_new(), .row = *(const struct product *)r->in };
    w.row.id = id_new();
    w.row.version = 1;
    return taken(r, req_tx(r, "products.create", create_tx, &w));
}

static enum rc write_tx(struct tx *tx, void *arg)
{
    struct product_write *w = arg;
    struct product before = { 0 }, after;
    TRY(products_get(tx_db(tx), w->r->path_id, &before));
    TRY(req_version(w->r, before.version));
    after = before;
    if (w->archive) after.archived = w->archive > 0;
    else shape_overlay(&patch_shape, w->r->in, &product_shape, &after);
    if (!id_eq(after.tax_rate_id, before.tax_rate_id)) TRY(taxes_check(w->r, tx_db(tx), after.tax_rate_id, "tax_rate_id"));
    TRY(products_update(tx, &after, before.version, req_lost(w->r)));
    after.version++;
    TRY(leave(tx, w, w->archive > 0 ? "product.archive" : w->archive ? "product.restore" : "product.update", &before, &after));
    return w->archive > 0 ? reply_empty(w->r) : reply(w->r, &after);
}

static enum rc change(struct req *r, int archive)
{
    struct product_write w = { .r = r, .audit_id = id_new(), .archive = archive };
    return taken(r, req_tx(r, "products.write", write_tx, &w));
}

static enum rc update(struct req *r) { return change(r, 0); }
static enum rc archive(struct req *r) { return change(r, 1); }
static enum rc restore(struct req *r) { return change(r, -1); }

#define READ .perm = PERM_SETTINGS_READ
#define WRITE .perm = PERM_SETTINGS_WRITE
static const struct route routes[] = {
    { .method = "GET", .path = "/products", .summary = "List products", .handler = list, READ, .ok = 200, .query = &list_shape, .out = &product_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/products", .summary = "Create a product", .handler = create, WRITE, .ok = 201, .in = &new_shape, .out = &product_shape,
        .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_CONFLICT) | FAILS(RC_STATE), .flags = R_IDEMPOTENT },
    { .method = "GET", .path = "/products/{id}", .summary = "Read a product", .handler = get, READ, .ok = 200, .out = &product_shape },
    { .method = "PATCH", .path = "/products/{id}", .summary = "Change a product", .handler = update, WRITE, .ok = 200, .in = &patch_shape, .out = &product_shape,
        .fails = FAILS(RC_STALE) | FAILS(RC_CONFLICT), .doc = "What was sold keeps the price and tax of its order." },
    { .method = "DELETE", .path = "/products/{id}", .summary = "Archive a product", .handler = archive, WRITE, .ok = 204, .fails = FAILS(RC_STALE) },
    { .method = "POST", .path = "/products/{id}/restore", .summary = "Take a product out of the archive", .handler = restore, WRITE, .ok = 200, .out = &product_shape,
        .fails = FAILS(RC_STALE) | FAILS(RC_CONFLICT) },
    { 0 } };

const struct module products_module = { .name = "products", .doc = "What is sold over the counter", .routes = routes, .queries = products_queries };
