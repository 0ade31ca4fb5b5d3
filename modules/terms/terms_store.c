/* terms_store.c - the rows of terms, and what the outside may ask of them. */
#include "modules/terms/terms.h"

static const struct query Q_TERMS_OF = { .name = "terms.of", .args = "u", .kept = KEPT,
    .sql = "SELECT COALESCE(s.terms, c.terms) AS text FROM tenant t LEFT JOIN cancel_terms c ON c.tenant_id = t.tenant_id AND c.scope_id = t.tenant_id"
           " LEFT JOIN cancel_terms s ON s.tenant_id = t.tenant_id AND s.scope_id = $2 WHERE t.tenant_id = $1" };
static const struct query Q_TERMS_LIST = { .name = "terms.list", .kept = KEPT,
    .sql = "SELECT scope_id, terms AS text FROM cancel_terms WHERE tenant_id = $1 LIMIT 501" };
static const struct query Q_TERMS_GET = { .name = "terms.get", .args = "u", .sql = "SELECT terms AS text, version FROM cancel_terms WHERE tenant_id = $1 AND scope_id = $2" };
static const struct query Q_TERMS_PUT = { .name = "terms.put", .args = "uti",
    .sql = "INSERT INTO cancel_terms (tenant_id, scope_id, terms, version) VALUES ($1, $2, $3, $4 + 1) ON CONFLICT (tenant_id, scope_id) DO UPDATE"
           " SET terms = EXCLUDED.terms, version = EXCLUDED.version WHERE cancel_terms.version = $4" };
static const struct query Q_TERMS_DELETE = { .name = "terms.delete", .args = "u", .sql = "DELETE FROM cancel_terms WHERE tenant_id = $1 AND scope_id = $2" };
const struct query *const terms_queries[] = { &Q_TERMS_OF, &Q_TERMS_LIST, &Q_TERMS_GET, &Q_TERMS_PUT, &Q_TERMS_DELETE, NULL };

struct kept { const char *text; int64_t version; };
static const struct field kept_fields[] = { F_STR(struct kept, text), F_INT(struct kept, version), F_END };
static const struct shape kept_shape = SHAPE(kept, kept_fields);
static const struct field row_fields[] = { F_ID(struct terms_row, scope_id), F_STR(struct terms_row, text), F_END };
static const struct shape row_shape = SHAPE(terms_row, row_fields);

enum rc terms_of(struct tdb *db, struct id service, struct terms *out)
{
    struct kept k = { 0 };
    TRY(db_get(db, &Q_TERMS_OF, ARGS(U(service)), &kept_shape, &k));
    return terms_read(db_arena(db), k.text, out);
}

enum rc terms_list(struct tdb *db, struct list *out) { return db_list(db, &Q_TERMS_LIST, ARGS(), &row_shape, SERVICES_MAX + 1, out); }

static const char *text_of(struct list rows, struct id scope)
{
    for (size_t i = 0; i < rows.n; i++)
        if (id_eq(LIST_AT(rows, struct terms_row, i)->scope_id, scope)) return LIST_AT(rows, struct terms_row, i)->text;
    return NULL;
}

enum rc terms_pick(struct arena *a, struct list rows, struct id tenant, struct id service, struct terms *out)
{
    const char *own = text_of(rows, service);
    return terms_read(a, own ? own : text_of(rows, tenant), out);
}

/* ---- routes ----------------------------------------------------------------------------------------------------------------------- */

struct terms_out { struct id service_id; bool inherited; const void *terms; const char *words; int64_t version; };
static const struct field out_fields[] = { F_ID(struct terms_out, service_id, .nullable = true), F_BOOL(struct terms_out, inherited, .doc = "There are none of its own"),
    F_OBJ(struct terms_out, terms, &terms_shape), F_STR(struct terms_out, words, .doc = "For people, without a date"), F_INT(struct terms_out, version), F_END };
static const struct shape out_shape = SHAPE_NAMED("cancellation_terms", terms_out, out_fields);
struct scope_query { struct id service_id; };
static const struct field scope_fields[] = { F_ID(struct scope_query, service_id, .doc = "The terms of this service; of the clinic when absent"), F_END };
static const struct shape scope_shape = SHAPE_NAMED("terms_scope", scope_query, scope_fields);

struct terms_change { struct req *r; struct id scope, service, audit_id; const char *text; };

static enum rc find_scope(struct req *r, struct id *service, struct id *scope)
{
    struct service s = { 0 };
    *service = ((const struct scope_query *)r->query)->service_id;
    *scope = id_is_nil(*service) ? db_tenant(r->db) : *service;
    if (id_is_nil(*service)) return RC_OK;
    enum rc rc = services_get(r->db, *service, &s);
    return rc == RC_NOT_FOUND ? req_fail(r, rc, "There is no such service", "{\"field\":\"service_id\"}") : rc;
}

static enum rc answer(struct req *r, struct tdb *db, struct id service, struct id scope)
{
    struct terms t;
    struct kept own = { 0 };
    TRY(terms_of(db, service, &t));
    enum rc rc = db_get(db, &Q_TERMS_GET, ARGS(U(scope)), &kept_shape, &own);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    return reply(r, &(struct terms_out){ service, rc == RC_NOT_FOUND, &t, terms_words(r->arena, &t, "", NULL, NONE, NONE), own.version });
}

static enum rc get_terms(struct req *r)
{
    struct id service, scope;
    TRY(find_scope(r, &service, &scope));
    return answer(r, r->db, service, scope);
}

static enum rc check(struct req *r, const struct terms *t)
{
    for (size_t i = 1; i < t->tiers.n; i++) {
        const struct terms_tier *x = LIST_AT(t->tiers, struct terms_tier, i);
        if (x->notice_min >= x[-1].notice_min) req_field_error(r, arena_printf(r->arena, "tiers[%zu].notice_min", i), "must be less than the one before");
        if (x->refund_percent > x[-1].refund_percent) req_field_error(r, arena_printf(r->arena, "tiers[%zu].refund_percent", i), "must not be more than with longer notice");
    }
    return req_invalid(r);
}

static enum rc put_tx(struct tx *tx, void *arg)
{
    struct terms_change *w = arg;
    struct kept before = { 0 };
    enum rc rc = db_get(tx_db(tx), &Q_TERMS_GET, ARGS(U(w->scope)), &kept_shape, &before);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    TRY(req_version(w->r, before.version));
    TRY(w->text ? tx_one(tx, &Q_TERMS_PUT, ARGS(U(w->scope), S(w->text), I(before.version)), req_lost(w->r)) : tx_run_query(tx, &Q_TERMS_DELETE, ARGS(U(w->scope))));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, w->text ? "terms.update" : "terms.reset", "terms.changed", "cancel_terms", w->scope, before.version + 1,
        arena_printf(w->r->arena, "{\"terms\":[%s,%s]}", before.text ? before.text : "null", w->text ? w->text : "null"), NULL, false }));
    return w->text ? answer(w->r, tx_db(tx), w->service, w->scope) : reply_empty(w->r);
}

static enum rc change_terms(struct req *r, const struct terms *in)
{
    struct terms_change w = { .r = r, .audit_id = id_new() };
    if (in) TRY(check(r, in));
    TRY(find_scope(r, &w.service, &w.scope));
    w.text = in ? terms_write(r->arena, in) : NULL;
    return in && !w.text ? RC_OOM : req_tx(r, "terms.change", put_tx, &w);
}

static enum rc put_terms(struct req *r) { return change_terms(r, r->in); }
static enum rc delete_terms(struct req *r) { return change_terms(r, NULL); }

#define PATH .path = "/cancellation-terms", .query = &scope_shape
static const struct route routes[] = {
    { .method = "GET", PATH, .summary = "What goes back when a paid booking is cancelled", .handler = get_terms, .perm = PERM_SETTINGS_READ, .ok = 200, .out = &out_shape, .fails = FAILS(RC_NOT_FOUND),
        .doc = "Of the clinic, or of one service, which has the clinic's until it gets its own. What is booked keeps the terms it was booked with." },
    { .method = "PUT", PATH, .summary = "Change the cancellation terms", .handler = put_terms, .perm = PERM_SETTINGS_WRITE, .ok = 200, .in = &terms_shape, .out = &out_shape,
        .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STALE) },
    { .method = "DELETE", PATH, .summary = "Go back to the inherited terms", .handler = delete_terms, .perm = PERM_SETTINGS_WRITE, .ok = 204, .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STALE),
        .doc = "A service has the clinic's again, the clinic those of the program: with 24 hours' notice all, with less half, for a no-show nothing." },
    { 0 } };

const struct module terms_module = { .name = "terms", .doc = "What goes back when a paid booking is cancelled", .routes = routes, .queries = terms_queries };
