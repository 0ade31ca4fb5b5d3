/* links.c - see links.h: the statements, and what the team may do. What a visitor may do with one is in booking_api.c. */
#include "modules/booking/links.h"

const char *const link_state_names[] = { "active", "used", "expired", "revoked", NULL };

#define COLUMNS "k.id, k.provider_id, k.client_id, k.expires_at, k.max_uses, k.uses, k.note, k.revoked_at, k.created_by, k.created_at, k.version," \
    " c.name AS client_name, p.name AS provider_name FROM booking_link k LEFT JOIN client c ON c.tenant_id = k.tenant_id AND c.id = k.client_id" \
    " LEFT JOIN provider p ON p.tenant_id = k.tenant_id AND p.id = k.provider_id"
const struct query Q_LINK_INSERT = { .name = "booking.link_insert", .args = "uuuiitti",
    .sql = "INSERT INTO booking_link (tenant_id, id, provider_id, client_id, expires_at, max_uses, uses, note, created_by, created_at, version)"
           " VALUES ($1, $2, $3, $4, $5, $6, 0, $7, $8, $9, 1)" };
const struct query Q_LINK_SERVICE_INSERT = { .name = "booking.link_service_insert", .args = "uu",
    .sql = "INSERT INTO booking_link_service (tenant_id, link_id, service_id) VALUES ($1, $2, $3)" };
const struct query Q_LINK_GET = { .name = "booking.link_get", .args = "u", .sql = "SELECT " COLUMNS " WHERE k.tenant_id = $1 AND k.id = $2" };
const struct query Q_LINK_SERVICES = { .name = "booking.link_services", .args = "u",
    .sql = "SELECT service_id AS id FROM booking_link_service WHERE tenant_id = $1 AND link_id = $2 ORDER BY service_id LIMIT 20" };
const struct query Q_LINK_LIST = { .name = "booking.link_list", .args = "ii",
    .sql = "SELECT " COLUMNS " WHERE k.tenant_id = $1 ORDER BY k.created_at DESC, k.id DESC LIMIT $2 OFFSET $3" };
const struct query Q_LINK_COUNT = { .name = "booking.link_count", .args = "", .sql = "SELECT COUNT(*) FROM booking_link WHERE tenant_id = $1" };
const struct query Q_LINK_REVOKE = { .name = "booking.link_revoke", .args = "ui",
    .sql = "UPDATE booking_link SET revoked_at = $3, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL" };
/* Checked and counted by one statement: of two who come for the last use, one finds it gone. */
const struct query Q_LINK_USE = { .name = "booking.link_use", .args = "ui",
    .sql = "UPDATE booking_link SET uses = uses + 1, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND uses < max_uses AND revoked_at IS NULL"
           " AND expires_at > $3" };

static const struct field row_fields[] = { F_ID(struct booking_link, id), F_ID(struct booking_link, provider_id), F_ID(struct booking_link, client_id),
    F_INT(struct booking_link, expires_at), F_INT(struct booking_link, max_uses), F_INT(struct booking_link, uses), F_STR(struct booking_link, note),
    F_INT(struct booking_link, revoked_at), F_STR(struct booking_link, created_by), F_INT(struct booking_link, created_at), F_INT(struct booking_link, version),
    F_STR(struct booking_link, client_name), F_STR(struct booking_link, provider_name), F_END };
static const struct shape row_shape = SHAPE_NAMED("booking_link_row", booking_link, row_fields);
struct service_row { struct id id; };
static const struct field service_fields[] = { F_ID(struct service_row, id), F_END };
static const struct shape service_row_shape = SHAPE_NAMED("link_service_row", service_row, service_fields);

static enum rc complete(struct tdb *db, struct booking_link *k, int64_t now)
{
    char token[LINK_TEXT];
    k->state = k->revoked_at != NONE ? LINK_REVOKED : k->uses >= k->max_uses ? LINK_USED : k->expires_at <= now ? LINK_EXPIRED : LINK_ACTIVE;
    seal_link("booking_link", db_tenant(db), k->id, token);
    k->token = arena_strdup(db_arena(db), token);
    k->url = arena_printf(db_arena(db), "%s/l/%s", settings.base_url, k->token);
    return db_list(db, &Q_LINK_SERVICES, ARGS(U(k->id)), &service_row_shape, LINK_SERVICES_MAX, &k->service_ids);
}

enum rc links_get(struct tdb *db, struct id id, int64_t now, struct booking_link *out)
{
    *out = (struct booking_link){ 0 };
    TRY(db_get(db, &Q_LINK_GET, ARGS(U(id)), &row_shape, out));
    return complete(db, out, now);
}

enum rc links_use(struct tx *tx, struct id id, int64_t now) { return tx_one(tx, &Q_LINK_USE, ARGS(U(id), I(now)), RC_STATE); }

enum rc links_check(struct req *r, const struct booking_link *k)
{
    if (k->state == LINK_USED) return req_fail(r, RC_STATE, "This link has been used already. Please ask the clinic for another one", NULL);
    if (k->state == LINK_EXPIRED) return req_fail(r, RC_STATE, "This link has expired. Please ask the clinic for another one", NULL);
    if (k->state == LINK_REVOKED) return req_fail(r, RC_STATE, "The clinic has withdrawn this link. Please ask for another one", NULL);
    return RC_OK;
}

bool links_allows(const struct booking_link *k, struct id service)
{
    for (size_t i = 0; i < k->service_ids.n; i++)
        if (id_eq(*LIST_AT(k->service_ids, struct id, i), service)) return true;
    return false;
}

/* ---- the team ------------------------------------------------------------------------------------------------------------------- */

static const struct field out_fields[] = { F_ID(struct booking_link, id), F_STR(struct booking_link, url), F_STR(struct booking_link, token),
    F_SCALARS(struct booking_link, service_ids, K_ID), F_ID(struct booking_link, provider_id, .nullable = true),
    F_STR(struct booking_link, provider_name, .nullable = true), F_ID(struct booking_link, client_id, .nullable = true),
    F_STR(struct booking_link, client_name, .nullable = true), F_INSTANT(struct booking_link, expires_at), F_INT(struct booking_link, max_uses),
    F_INT(struct booking_link, uses), F_ENUM(struct booking_link, state, link_state_names), F_STR(struct booking_link, note, .nullable = true),
    F_STR(struct booking_link, created_by), F_INSTANT(struct booking_link, created_at), F_INT(struct booking_link, version), F_END };
const struct shape booking_link_shape = SHAPE(booking_link, out_fields);

struct link_in { struct list service_ids; struct id provider_id, client_id; int64_t expires_at, max_uses; bool single_use; const char *note; };
static const struct field in_fields[] = { F_SCALARS(struct link_in, service_ids, K_ID, .required = true, .min = 1, .max = LINK_SERVICES_MAX, .doc = "What it opens, public or not"),
    F_ID(struct link_in, provider_id, .nullable = true, .doc = "Only with this provider"),
    F_ID(struct link_in, client_id, .nullable = true, .doc = "Books for this client, who need not say who they are"),
    F_INSTANT(struct link_in, expires_at, .nullable = true, .doc = "When it ends; in 30 days when absent, a year at most"),
    F_BOOL(struct link_in, single_use, .doc = "Good for one booking"),
    F_INT(struct link_in, max_uses, .nullable = true, .min = 1, .max = 1000, .doc = "Good for so many bookings; one when absent"),
    F_STR(struct link_in, note, .nullable = true, .max = 200, .doc = "For the team"), F_END };
const struct shape booking_link_new_shape = SHAPE_NAMED("booking_link_new", link_in, in_fields);
struct links_query { int64_t page, limit; };
static const struct field query_fields[] = { F_PAGING(struct links_query), F_END };
const struct shape links_query_shape = SHAPE(links_query, query_fields);

enum rc links_handle_list(struct req *r)
{
    const struct links_query *q = r->query;
    struct page p = { .page = q->page, .limit = q->limit };
    struct list l;
    TRY(db_list(r->db, &Q_LINK_LIST, ARGS(I(q->limit), I((q->page - 1) * q->limit)), &row_shape, (size_t)q->limit, &l));
    TRY(db_int(r->db, &Q_LINK_COUNT, ARGS(), &p.total));
    for (size_t i = 0; i < l.n; i++) TRY(complete(r->db, LIST_AT(l, struct booking_link, i), r->now));
    return reply_list(r, l, &p);
}

struct link_write { struct req *r; struct id audit_id; struct booking_link row; };

static enum rc answer_link(struct link_write *w, struct tx *tx, const char *action)
{
    struct booking_link k;
    TRY(links_get(tx_db(tx), w->row.id, w->r->now, &k));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, action, "booking_link.changed", "booking_link", k.id, k.version,
        arena_printf(w->r->arena, "{\"state\":[null,\"%s\"],\"max_uses\":[null,%lld]}", link_state_names[k.state], (long long)k.max_uses), NULL, false }));
    return reply(w->r, &k);
}

static enum rc create_tx(struct tx *tx, void *arg)
{
    struct link_write *w = arg;
    const struct booking_link *k = &w->row;
    TRY(tx_run_query(tx, &Q_LINK_INSERT, ARGS(U(k->id), U(k->provider_id), U(k->client_id), I(k->expires_at), I(k->max_uses), S(k->note), S(k->created_by),
        I(w->r->now))));
    for (size_t i = 0; i < k->service_ids.n; i++) TRY(tx_run_query(tx, &Q_LINK_SERVICE_INSERT, ARGS(U(k->id), U(*LIST_AT(k->service_ids, struct id, i)))));
    return answer_link(w, tx, "booking_link.create");
}

static enum rc no_such(struct req *r, enum rc rc, const char *field, const char *what)
{
    if (rc != RC_NOT_FOUND) return rc;
    return req_fail(r, rc, arena_printf(r->arena, "There is no such %s", what), arena_printf(r->arena, "{\"field\":\"%s\"}", field));
}

/* What it names is there, goes together and is not archived. */
static enum rc check_parts(struct req *r, const struct link_in *in)
{
    bool offered = id_is_nil(in->provider_id);
    for (size_t i = 0; i < in->service_ids.n; i++) {
        struct service s = { 0 };
        TRY(no_such(r, services_get(r->db, *LIST_AT(in->service_ids, struct id, i), &s), "service_ids", "service"));
        if (s.archived) req_field_error(r, arena_printf(r->arena, "service_ids[%zu]", i), "is archived");
        for (size_t k = 0; k < s.provider_ids.n; k++) offered |= id_eq(*LIST_AT(s.provider_ids, struct id, k), in->provider_id);
    }
    if (!id_is_nil(in->provider_id)) {
        struct provider p = { 0 };
        TRY(no_such(r, providers_get(r->db, in->provider_id, &p), "provider_id", "provider"));
        if (p.archived) req_field_error(r, "provider_id", "is archived");
        else if (!offered) req_field_error(r, "provider_id", "offers none of these services");
    }
    if (!id_is_nil(in->client_id)) {
        struct client c = { 0 };
        TRY(no_such(r, clients_get(r->db, in->client_id, &c), "client_id", "client"));
        if (c.deleted_at != NONE) req_field_error(r, "client_id", "is deleted");
    }
    return RC_OK;
}

enum rc links_handle_create(struct req *r)
{
    const struct link_in *in = r->in;
    struct link_write w = { .r = r, .audit_id = id_new() };
    if (in->single_use && in->max_uses != NONE && in->max_uses != 1) req_field_error(r, "max_uses", "must be 1 for a link of a single use");
    if (in->expires_at != NONE && in->expires_at <= r->now) req_field_error(r, "expires_at", "must lie ahead");
    if (in->expires_at != NONE && in->expires_at > r->now + 366 * USEC_PER_DAY) req_field_error(r, "expires_at", "must be within a year");
    TRY(check_parts(r, in));
    TRY(req_invalid(r));
    w.row = (struct booking_link){ .id = id_new(), .provider_id = in->provider_id, .client_id = in->client_id, .service_ids = in->service_ids, .note = in->note,
        .expires_at = in->expires_at != NONE ? in->expires_at : r->now + 30 * USEC_PER_DAY, .max_uses = in->max_uses != NONE ? in->max_uses : 1,
        .created_by = r->who->name ? r->who->name : "" };
    return req_tx(r, "booking.link", create_tx, &w);
}

static enum rc revoke_tx(struct tx *tx, void *arg)
{
    struct link_write *w = arg;
    struct booking_link k;
    TRY(links_get(tx_db(tx), w->row.id, w->r->now, &k));
    if (k.revoked_at != NONE) return reply(w->r, &k); /* twice is once */
    TRY(tx_one(tx, &Q_LINK_REVOKE, ARGS(U(k.id), I(w->r->now)), RC_RETRY));
    return answer_link(w, tx, "booking_link.revoke");
}

enum rc links_handle_revoke(struct req *r)
{
    struct link_write w = { .r = r, .audit_id = id_new(), .row.id = r->path_id };
    return req_tx(r, "booking.link_revoke", revoke_tx, &w);
}
