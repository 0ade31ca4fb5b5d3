/* audit_api.c - GET /audit. */
#include "modules/audit/audit.h"
#include "modules/tenants/tenants.h"

static const struct field out_fields[] = { F_ID(struct audit_row, id), F_INSTANT(struct audit_row, at), F_STR(struct audit_row, actor_kind),
    F_ID(struct audit_row, actor_id, .nullable = true), F_STR(struct audit_row, actor_name), F_STR(struct audit_row, action),
    F_STR(struct audit_row, entity), F_ID(struct audit_row, entity_id, .nullable = true), F_JSON(struct audit_row, changes, .nullable = true),
    F_STR(struct audit_row, address), F_STR(struct audit_row, user_agent), F_STR(struct audit_row, request_id), F_BOOL(struct audit_row, warning),
    F_END };
const struct shape audit_row_shape = SHAPE(audit_row, out_fields);

struct audit_query { const char *entity, *action, *from, *to; struct id entity_id, actor_id; int64_t page, limit; const char *cursor; };
static const struct field query_fields[] = {
    F_STR(struct audit_query, entity, .max = 60, .doc = "Only this kind of record", .example = "client"),
    F_ID(struct audit_query, entity_id, .nullable = true, .doc = "Only this record"),
    F_ID(struct audit_query, actor_id, .nullable = true, .doc = "Only this member's doing"),
    F_STR(struct audit_query, action, .max = 60, .doc = "Only this action", .example = "client.update"),
    F_STR(struct audit_query, from, .max = 40, .when = true, .doc = "From this instant, or from the beginning of this day at the clinic"),
    F_STR(struct audit_query, to, .max = 40, .when = true, .doc = "Before this instant, or to the end of this day at the clinic"),
    F_PAGING_CURSOR(struct audit_query), F_END };
static const struct shape query_shape = SHAPE(audit_query, query_fields);

/* An instant as it is; a date is its first instant at the clinic, `days` later. */
static void read_bound(struct req *r, const struct zone *z, const char *field, const char *text, int64_t days, int64_t *out)
{
    int64_t date;
    *out = NONE;
    if (!text || instant_parse(text, out)) return;
    *out = NONE;
    if (date_parse(text, &date)) *out = zone_midnight(z, date + days);
    else req_field_error(r, field, "must be a date such as 2026-11-23 or an RFC 3339 instant");
}

static enum rc list(struct req *r)
{
    const struct audit_query *q = r->query;
    struct audit_filter f = { .entity = q->entity, .action = q->action, .entity_id = q->entity_id, .actor_id = q->actor_id,
        .page = q->cursor ? NONE : q->page, .limit = q->limit };
    struct page page = { f.page, q->limit, NONE, NULL };
    struct position after;
    struct tenant t = { 0 };
    struct list l;
    TRY(tenants_get(r->db, &t));
    const struct zone *z = zone_find(t.time_zone);
    if (!z) return fault(RC_FAULT, "the clinic's time zone is unknown");
    read_bound(r, z, "from", q->from, 0, &f.from);
    read_bound(r, z, "to", q->to, 1, &f.to);
    TRY(req_position(r, q->cursor, "audit", &after));
    TRY(req_invalid(r));
    f.older_than = after.id;
    TRY(audit_find(r->db, &f, &l, &page.total));
    if (l.n && (int64_t)l.n == q->limit) page.next = req_cursor(r, "audit", &(struct position){ .id = LIST_AT(l, struct audit_row, l.n - 1)->id });
    return reply_list(r, l, &page);
}

static const struct route routes[] = {
    { .method = "GET", .path = "/audit", .summary = "What was changed, by whom, newest first", .handler = list, .perm = PERM_AUDIT_READ, .ok = 200, .query = &query_shape,
        .out = &audit_row_shape, .flags = R_LIST | R_PAGED, .doc = "At most 10000 entries are counted in total." },
    { 0 } };

const struct module audit_module = { .name = "audit", .doc = "The log of changes", .routes = routes, .queries = audit_queries };
