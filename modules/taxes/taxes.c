/* taxes.c - what the outside may ask of tax rates. There is no way to change one: what was sold refers to it by what it was. */
#include "modules/taxes/taxes_rows.h"

#define RATE_FIELDS \
    F_STR(struct tax_rate, name, .required = true, .min = 1, .max = 60, .doc = "As it stands on an invoice, such as VAT 19 %"), \
    F_INT(struct tax_rate, ppm, .required = true, .max = 1000000, .doc = "The rate in millionths: 190000 is 19 %, 0 is exempt")
static const struct field in_fields[] = { RATE_FIELDS, F_END };
static const struct field out_fields[] = { F_ID(struct tax_rate, id), RATE_FIELDS, F_BOOL(struct tax_rate, archived), F_INT(struct tax_rate, version),
    F_INSTANT(struct tax_rate, created_at), F_END };
const struct shape tax_rate_shape = SHAPE(tax_rate, out_fields);
static const struct shape new_shape = SHAPE_NAMED("tax_rate_new", tax_rate, in_fields);
struct list_query { bool archived; int64_t page, limit; };
static const struct field list_fields[] = { F_BOOL(struct list_query, archived, .doc = "Include what is archived"), F_PAGING_WIDE(struct list_query), F_END };
static const struct shape list_shape = SHAPE(list_query, list_fields);

enum rc taxes_check(struct req *r, struct tdb *db, struct id id, const char *field)
{
    struct tax_rate t = { 0 };
    if (id_is_nil(id)) return RC_OK;
    enum rc rc = taxes_get(db, id, &t);
    if (rc == RC_OK && t.archived) rc = RC_NOT_FOUND;
    return rc == RC_NOT_FOUND ? req_fail(r, rc, "There is no such tax rate", arena_printf(r->arena, "{\"field\":\"%s\"}", field)) : rc;
}

static enum rc list(struct req *r)
{
    struct list l;
    const struct list_query *q = r->query;
    TRY(taxes_list(r->db, q->archived, &l));
    return reply_slice(r, l, q->page, q->limit);
}

static enum rc get(struct req *r)
{
    struct tax_rate t = { 0 };
    TRY(taxes_get(r->db, r->path_id, &t));
    return reply(r, &t);
}

struct rate_write { struct req *r; struct id audit_id; struct tax_rate row; bool archived; };

static enum rc leave(struct tx *tx, const struct rate_write *w, const char *action, const struct tax_rate *before, const struct tax_rate *after)
{
    return tx_change(tx, w->r, &(struct change){ .audit_id = w->audit_id, .action = action, .topic = "tax_rate.changed", .entity = "tax_rate", .id = after->id,
        .version = after->version, .changes = shape_diff(w->r->arena, &tax_rate_shape, before, after) });
}

static enum rc create_tx(struct tx *tx, void *arg)
{
    struct rate_write *w = arg;
    int64_t n = 0;
    TRY(taxes_count(tx_db(tx), &n));
    if (n >= TAX_RATES_MAX) return req_fail(w->r, RC_STATE, "The clinic has 200 tax rates, with those in the archive, and cannot have more", NULL);
    TRY(taxes_insert(tx, &w->row));
    TRY(leave(tx, w, "tax_rate.create", NULL, &w->row));
    return reply(w->r, &w->row);
}

static enum rc taken(struct req *r, enum rc rc)
{
    return rc == RC_CONFLICT ? req_fail(r, rc, "There is a tax rate with this name", "{\"field\":\"name\"}") : rc;
}

static enum rc create(struct req *r)
{
    struct rate_write w = { .r = r, .audit_id = id_new(), .row = *(const struct tax_rate *)r->in };
    w.row.id = id_new();
    w.row.version = 1;
    w.row.created_at = r->now;
    return taken(r, req_tx(r, "taxes.create", create_tx, &w));
}

static enum rc archive_tx(struct tx *tx, void *arg)
{
    struct rate_write *w = arg;
    struct tax_rate before = { 0 };
    TRY(taxes_get(tx_db(tx), w->r->path_id, &before));
    TRY(req_version(w->r, before.version));
    w->row = before;
    w->row.archived = w->archived;
    TRY(taxes_archive(tx, &w->row, req_lost(w->r)));
    w->row.version++;
    TRY(leave(tx, w, w->archived ? "tax_rate.archive" : "tax_rate.restore", &before, &w->row));
    return w->archived ? reply_empty(w->r) : reply(w->r, &w->row);
}

static enum rc archive(struct req *r)
{
    struct rate_write w = { .r = r, .audit_id = id_new(), .archived = true };
    return req_tx(r, "taxes.archive", archive_tx, &w);
}

static enum rc restore(struct req *r)
{
    struct rate_write w = { .r = r, .audit_id = id_new() };
    return taken(r, req_tx(r, "taxes.restore", archive_tx, &w));
}

#define READ .perm = PERM_SETTINGS_READ
#define WRITE .perm = PERM_SETTINGS_WRITE
static const struct route routes[] = {
    { .method = "GET", .path = "/tax-rates", .summary = "List tax rates", .handler = list, READ, .ok = 200, .query = &list_shape, .out = &tax_rate_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/tax-rates", .summary = "Create a tax rate", .handler = create, WRITE, .ok = 201, .in = &new_shape, .out = &tax_rate_shape,
        .fails = FAILS(RC_CONFLICT) | FAILS(RC_STATE), .flags = R_IDEMPOTENT, .doc = "A rate is never changed: when the law changes, archive the old one and create the new one." },
    { .method = "GET", .path = "/tax-rates/{id}", .summary = "Read a tax rate", .handler = get, READ, .ok = 200, .out = &tax_rate_shape },
    { .method = "DELETE", .path = "/tax-rates/{id}", .summary = "Archive a tax rate", .handler = archive, WRITE, .ok = 204, .fails = FAILS(RC_STALE),
        .doc = "What carries it keeps it; nothing new can." },
    { .method = "POST", .path = "/tax-rates/{id}/restore", .summary = "Take a tax rate out of the archive", .handler = restore, WRITE, .ok = 200, .out = &tax_rate_shape,
        .fails = FAILS(RC_STALE) | FAILS(RC_CONFLICT) },
    { 0 } };

const struct module taxes_module = { .name = "taxes", .doc = "The rates that prices carry", .routes = routes, .queries = taxes_queries };
