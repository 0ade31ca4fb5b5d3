/* taxes_store.c - the statements on tax_rate. */
#include "modules/taxes/taxes_rows.h"

static const struct query Q_GET = { .name = "taxes.get", .args = "u", .kept = KEPT,
    .sql = "SELECT id, name, ppm, archived, version, created_at FROM tax_rate WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_LIST = { .name = "taxes.list", .args = "z", .kept = KEPT,
    .sql = "SELECT id, name, ppm, archived, version, created_at FROM tax_rate WHERE tenant_id = $1 AND archived <= $2 ORDER BY ppm DESC, name, id LIMIT 200" };
static const struct query Q_INSERT = { .name = "taxes.insert", .args = "utii",
    .sql = "INSERT INTO tax_rate (tenant_id, id, name, ppm, archived, version, created_at) VALUES ($1, $2, $3, $4, 0, 1, $5)" };
static const struct query Q_ARCHIVE = { .name = "taxes.archive", .args = "uiz",
    .sql = "UPDATE tax_rate SET version = version + 1, archived = $4 WHERE tenant_id = $1 AND id = $2 AND version = $3" };
static const struct query Q_COUNT = { .name = "taxes.count", .args = "", .sql = "SELECT COUNT(*) FROM tax_rate WHERE tenant_id = $1" };
const struct query *const taxes_queries[] = { &Q_GET, &Q_LIST, &Q_INSERT, &Q_ARCHIVE, &Q_COUNT, NULL };

enum rc taxes_get(struct tdb *db, struct id id, struct tax_rate *out) { return db_get(db, &Q_GET, ARGS(U(id)), &tax_rate_shape, out); }

enum rc taxes_list(struct tdb *db, bool archived, struct list *out)
{
    return db_list(db, &Q_LIST, ARGS(Z(archived)), &tax_rate_shape, TAX_RATES_MAX, out);
}

enum rc taxes_insert(struct tx *tx, const struct tax_rate *t)
{
    return tx_run_query(tx, &Q_INSERT, ARGS(U(t->id), S(t->name), I(t->ppm), I(t->created_at)));
}

enum rc taxes_archive(struct tx *tx, const struct tax_rate *t, enum rc lost)
{
    return tx_one(tx, &Q_ARCHIVE, ARGS(U(t->id), I(t->version), Z(t->archived)), lost);
}

enum rc taxes_count(struct tdb *db, int64_t *out) { return db_int(db, &Q_COUNT, ARGS(), out); }
