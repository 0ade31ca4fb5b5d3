/* products_store.c - the statements on product. */
#include "modules/products/products.h"

#define COLUMNS "id, name, sku, category, price_minor, currency, tax_rate_id, archived, version"
static const struct query Q_GET = { .name = "products.get", .args = "u", .kept = KEPT, .sql = "SELECT " COLUMNS " FROM product WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_LIST = { .name = "products.list", .args = "z", .kept = KEPT,
    .sql = "SELECT " COLUMNS " FROM product WHERE tenant_id = $1 AND archived <= $2 ORDER BY name, id LIMIT 1000" };
static const struct query Q_INSERT = { .name = "products.insert", .args = "utttitu",
    .sql = "INSERT INTO product (tenant_id, id, name, sku, category, price_minor, currency, tax_rate_id, archived, version)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 1)" };
static const struct query Q_UPDATE = { .name = "products.update", .args = "uitttiuz",
    .sql = "UPDATE product SET version = version + 1, name = $4, sku = $5, category = $6, price_minor = $7, tax_rate_id = $8, archived = $9"
           " WHERE tenant_id = $1 AND id = $2 AND version = $3" };
static const struct query Q_COUNT = { .name = "products.count", .args = "", .sql = "SELECT COUNT(*) FROM product WHERE tenant_id = $1" };
const struct query *const products_queries[] = { &Q_GET, &Q_LIST, &Q_INSERT, &Q_UPDATE, &Q_COUNT, NULL };

static void name_account(struct tdb *db, struct product *p)
{
    char id[ID_TEXT];
    p->revenue_account = arena_printf(db_arena(db), "revenue:%s", id_format(p->id, id));
}

enum rc products_get(struct tdb *db, struct id id, struct product *out)
{
    TRY(db_get(db, &Q_GET, ARGS(U(id)), &product_shape, out));
    name_account(db, out);
    return RC_OK;
}

enum rc products_list(struct tdb *db, bool archived, struct list *out)
{
    TRY(db_list(db, &Q_LIST, ARGS(Z(archived)), &product_shape, PRODUCTS_MAX, out));
    for (size_t i = 0; i < out->n; i++) name_account(db, LIST_AT(*out, struct product, i));
    return RC_OK;
}

enum rc products_insert(struct tx *tx, const struct product *p)
{
    return tx_run_query(tx, &Q_INSERT, ARGS(U(p->id), S(p->name), S(p->sku), S(p->category), I(p->price_minor), S(p->currency), U(p->tax_rate_id)));
}

enum rc products_update(struct tx *tx, const struct product *p, int64_t version, enum rc lost)
{
    return tx_one(tx, &Q_UPDATE,
        ARGS(U(p->id), I(version), S(p->name), S(p->sku), S(p->category), I(p->price_minor), U(p->tax_rate_id), Z(p->archived)), lost);
}

enum rc products_count(struct tdb *db, int64_t *out) { return db_int(db, &Q_COUNT, ARGS(), out); }
