/* benefits_api.c - sponsors, their plans, which service is of which category, who is enrolled: shapes, handlers, routes. */
#include "modules/wallets/wallets_rows.h"
#include "modules/wallets/wallets_rules.h"

/* ---- shapes ------------------------------------------------------------------------------------------------------------------------ */

#define SPONSOR_FIELDS F_STR(struct sponsor, name, .required = true, .min = 1, .max = 120, .doc = "Name, as members know it"), \
    F_TEXT(K_EMAIL, struct sponsor, email, .nullable = true, .doc = "Whom to write to"), F_STR(struct sponsor, notes, .nullable = true, .max = 1000, .doc = "For the team"), \
    F_BOOL(struct sponsor, archived, .doc = "Out of use; its plans pay on until they end")
static const struct field sponsor_in_fields[] = { SPONSOR_FIELDS, F_END };
static const struct field sponsor_fields[] = { F_ID(struct sponsor, id), SPONSOR_FIELDS, F_INT(struct sponsor, members, .doc = "Enrolled and without an end"), F_INSTANT(struct sponsor, created_at), F_INT(struct sponsor, version), F_END };
const struct shape sponsor_shape = SHAPE(sponsor, sponsor_fields);
static const struct shape sponsor_new = SHAPE_NAMED("sponsor_new", sponsor, sponsor_in_fields);
static const struct shape sponsor_patch = SHAPE_PATCH("sponsor_patch", sponsor, sponsor_in_fields);
SHAPE_PATCH_CHECK(sponsor);

#define C struct benefit_category
static const struct field category_row_fields[] = { F_ID(C, policy_id), F_ENUM(C, category, benefit_category_names), F_INT(C, limit_minor), F_INT(C, coverage_ppm), F_INT(C, copay_minor), F_END };
const struct shape benefit_category_shape = SHAPE_NAMED("benefit_category_row", benefit_category, category_row_fields);
static const struct field category_fields[] = { F_ENUM(C, category, benefit_category_names, .required = true, .doc = "What for"),
    F_INT(C, limit_minor, .required = true, .min = 1, .max = ORDER_AMOUNT_MAX, .doc = "Granted to each member for a benefit year"),
    F_INT(C, coverage_ppm, .min = 1, .max = 1000000, .def = 1000000, .doc = "How much of what is over the co-payment it pays, in millionths"),
    F_INT(C, copay_minor, .min = 0, .max = ORDER_AMOUNT_MAX, .doc = "What the member pays of each line first"), F_END };
static const struct shape category_shape = SHAPE_NAMED("benefit_category", benefit_category, category_fields);
#undef C

#define P struct benefit_policy
#define POLICY_OPEN F_STR(P, name, .required = true, .min = 1, .max = 120, .doc = "Name of the plan"), F_DATE(P, ends_on, .nullable = true, .doc = "Its last day; null: it goes on"), \
    F_INT(P, family_limit_minor, .nullable = true, .min = 0, .max = ORDER_AMOUNT_MAX, .doc = "What a family may use in a year, all categories together; null: no limit. A change is for years that begin later"), \
    F_BOOL(P, archived, .doc = "Nobody is enrolled any more, and no new year is granted")
#define POLICY_FIXED F_ID(P, sponsor_id, .required = true, .doc = "Who pays for it"), F_DATE(P, starts_on, .required = true, .doc = "Its first day"), \
    F_INT(P, year_month, .min = 1, .max = 12, .def = 1, .doc = "Month on whose first the benefit year begins")
#define POLICY_CATEGORIES F_LIST(P, categories, &category_shape, .max = BENEFIT_CATEGORIES_MAX, .doc = "What it pays for; a change of a limit is for years that are not granted yet")
static const struct field policy_row_fields[] = { F_ID(P, id), POLICY_FIXED, POLICY_OPEN, F_STR(P, currency), F_STR(P, sponsor_name), F_INSTANT(P, created_at), F_INT(P, version), F_END };
const struct shape benefit_policy_shape = SHAPE_NAMED("benefit_policy_row", benefit_policy, policy_row_fields);
static const struct field policy_fields[] = { F_ID(P, id), POLICY_FIXED, POLICY_OPEN, F_STR(P, currency), F_STR(P, sponsor_name), POLICY_CATEGORIES, F_INSTANT(P, created_at), F_INT(P, version), F_END };
static const struct shape policy_out = SHAPE(benefit_policy, policy_fields);
static const struct field policy_new_fields[] = { POLICY_FIXED, POLICY_OPEN, POLICY_CATEGORIES, F_END };
static const struct shape policy_new = SHAPE_NAMED("benefit_policy_new", benefit_policy, policy_new_fields);
static const struct field policy_patch_fields[] = { POLICY_OPEN, POLICY_CATEGORIES, F_END };
static const struct shape policy_patch = SHAPE_PATCH("benefit_policy_patch", benefit_policy, policy_patch_fields);
SHAPE_PATCH_CHECK(benefit_policy);
#undef P

static const struct field service_fields[] = { F_ID(struct benefit_service, service_id, .required = true, .doc = "The service"), F_ENUM(struct benefit_service, category, benefit_category_names, .required = true, .doc = "What it is for a plan"), F_END };
const struct shape benefit_service_shape = SHAPE(benefit_service, service_fields);
struct service_map { struct list services; };
static const struct field service_map_fields[] = { F_LIST(struct service_map, services, &benefit_service_shape, .max = SERVICES_MAX, .doc = "All services that plans pay for; what is not named is of no category"), F_END };
static const struct shape service_map_shape = SHAPE_NAMED("benefit_service_map", service_map, service_map_fields);

#define M struct benefit_member
#define MEMBER_OPEN F_STR(M, number, .nullable = true, .max = 60, .doc = "The sponsor's number for the member"), F_DATE(M, ends_on, .nullable = true, .doc = "Last day; null: it goes on. What is left of its grants then goes back")
static const struct field member_fields[] = { F_ID(M, id), F_ID(M, policy_id), F_STR(M, policy_name), F_ID(M, sponsor_id), F_STR(M, sponsor_name), F_ID(M, client_id), F_STR(M, client_name), F_ID(M, wallet_id),
    F_ID(M, head_id, .nullable = true), F_STR(M, head_name, .nullable = true), F_DATE(M, starts_on), MEMBER_OPEN, F_INSTANT(M, created_at), F_INT(M, version), F_END };
const struct shape benefit_member_shape = SHAPE(benefit_member, member_fields);
static const struct field member_new_fields[] = { F_ID(M, policy_id, .required = true, .doc = "The plan"), F_ID(M, client_id, .required = true, .doc = "Who is enrolled"),
    F_ID(M, head_id, .nullable = true, .doc = "The member of the same plan whose family this one belongs to; they share its family limit"),
    F_DATE(M, starts_on, .required = true, .doc = "First day"), MEMBER_OPEN, F_END };
static const struct shape member_new = SHAPE_NAMED("benefit_member_new", benefit_member, member_new_fields);
static const struct field member_patch_fields[] = { MEMBER_OPEN, F_END };
static const struct shape member_patch = SHAPE_PATCH("benefit_member_patch", benefit_member, member_patch_fields);
SHAPE_PATCH_CHECK(benefit_member);
#undef M

struct archived_query { bool archived; struct id sponsor_id; };
static const struct field archived_fields[] = { F_BOOL(struct archived_query, archived, .doc = "Also what is out of use"), F_END };
static const struct shape archived_query = SHAPE(archived_query, archived_fields);
static const struct field policies_fields[] = { F_ID(struct archived_query, sponsor_id, .doc = "Only this sponsor's"), F_BOOL(struct archived_query, archived, .doc = "Also what is out of use"), F_END };
static const struct shape policies_query = SHAPE_NAMED("benefit_policies_query", archived_query, policies_fields);
struct members_query { struct id policy_id, client_id; int64_t page, limit; };
static const struct field members_fields[] = { F_ID(struct members_query, policy_id, .doc = "Only of this plan, by name"), F_ID(struct members_query, client_id, .doc = "Only of this client, newest first"), F_PAGING(struct members_query), F_END };
static const struct shape members_query = SHAPE_NAMED("benefit_members_query", members_query, members_fields);

/* ---- sponsors ------------------------------------------------------------------------------------------------------------------------- */

static enum rc missing(struct req *r, enum rc rc, const char *field, const char *what)
{
    return rc == RC_NOT_FOUND ? req_fail(r, rc, arena_printf(r->arena, "There is no such %s", what), arena_printf(r->arena, "{\"field\":\"%s\"}", field)) : rc;
}

static enum rc list_sponsors(struct req *r)
{
    struct list l;
    TRY(sponsors_list(r->db, ((const struct archived_query *)r->query)->archived, &l));
    return reply_list(r, l, NULL);
}

static enum rc get_sponsor(struct req *r)
{
    struct sponsor s = { 0 };
    TRY(sponsors_get(r->db, r->path_id, &s));
    return reply(r, &s);
}

struct sponsor_write { struct req *r; struct sponsor row; struct id audit_id; };

static enum rc new_sponsor_tx(struct tx *tx, void *arg)
{
    struct sponsor_write *w = arg;
    TRY(sponsors_insert(tx, &w->row));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "sponsor.create", "benefits.changed", "sponsor", w->row.id, 1, shape_diff(w->r->arena, &sponsor_new, NULL, &w->row), NULL, false }));
    return reply(w->r, &w->row);
}

static enum rc new_sponsor(struct req *r)
{
    struct sponsor_write w = { r, *(const struct sponsor *)r->in, id_new() };
    w.row.id = id_new();
    w.row.created_at = r->now;
    w.row.version = 1;
    return req_tx(r, "benefits.sponsor", new_sponsor_tx, &w);
}

static enum rc edit_sponsor_tx(struct tx *tx, void *arg)
{
    struct sponsor_write *w = arg;
    struct sponsor before = { 0 };
    TRY(sponsors_get(tx_db(tx), w->r->path_id, &before));
    TRY(req_version(w->r, before.version));
    w->row = before;
    shape_overlay(&sponsor_patch, w->r->in, &sponsor_shape, &w->row);
    TRY(sponsors_update(tx, &w->row, before.version, req_lost(w->r)));
    w->row.version++;
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "sponsor.update", "benefits.changed", "sponsor", w->row.id, w->row.version, shape_diff(w->r->arena, &sponsor_shape, &before, &w->row), NULL, false }));
    return reply(w->r, &w->row);
}

static enum rc edit_sponsor(struct req *r)
{
    struct sponsor_write w = { .r = r, .audit_id = id_new() };
    return req_tx(r, "benefits.sponsor", edit_sponsor_tx, &w);
}

/* ---- plans ------------------------------------------------------------------------------------------------------------------------------ */

static enum rc list_policies(struct req *r)
{
    const struct archived_query *q = r->query;
    struct list l;
    TRY(policies_list(r->db, q->sponsor_id, q->archived, &l));
    return reply_list(r, l, NULL);
}

static enum rc get_policy(struct req *r)
{
    struct benefit_policy p = { 0 };
    TRY(policies_get(r->db, r->path_id, &p));
    return reply(r, &p);
}

struct policy_write { struct req *r; struct benefit_policy row; struct id audit_id; };

static enum rc check_policy(struct req *r, const struct benefit_policy *p)
{
    uint64_t seen = 0;
    if (p->ends_on != NONE && p->ends_on < p->starts_on) req_field_error(r, "ends_on", "must not be before starts_on");
    for (size_t i = 0; i < p->categories.n; i++) {
        int64_t c = LIST_AT(p->categories, struct benefit_category, i)->category;
        if (seen >> c & 1) req_field_error(r, arena_printf(r->arena, "categories[%zu].category", i), "is named twice");
        seen |= 1ull << c;
    }
    return req_invalid(r);
}

static enum rc new_policy_tx(struct tx *tx, void *arg)
{
    struct policy_write *w = arg;
    struct sponsor s = { 0 };
    struct tenant t = { 0 };
    TRY(missing(w->r, sponsors_get(tx_db(tx), w->row.sponsor_id, &s), "sponsor_id", "sponsor"));
    TRY(tenants_get(tx_db(tx), &t));
    w->row.currency = t.currency;
    w->row.sponsor_name = s.name;
    TRY(policies_insert(tx, &w->row));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "benefit_policy.create", "benefits.changed", "benefit_policy", w->row.id, 1, shape_diff(w->r->arena, &policy_new, NULL, &w->row), NULL, false }));
    return reply(w->r, &w->row);
}

static enum rc new_policy(struct req *r)
{
    struct policy_write w = { r, *(const struct benefit_policy *)r->in, id_new() };
    TRY(check_policy(r, &w.row));
    w.row.id = id_new();
    w.row.created_at = r->now;
    w.row.version = 1;
    return req_tx(r, "benefits.policy", new_policy_tx, &w);
}

static enum rc edit_policy_tx(struct tx *tx, void *arg)
{
    struct policy_write *w = arg;
    struct benefit_policy before = { 0 };
    TRY(policies_get(tx_db(tx), w->r->path_id, &before));
    TRY(req_version(w->r, before.version));
    w->row = before;
    shape_overlay(&policy_patch, w->r->in, &policy_out, &w->row);
    TRY(check_policy(w->r, &w->row));
    TRY(policies_update(tx, &w->row, before.version, req_lost(w->r)));
    w->row.version++;
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "benefit_policy.update", "benefits.changed", "benefit_policy", w->row.id, w->row.version,
        shape_diff(w->r->arena, &policy_out, &before, &w->row), NULL, false }));
    return reply(w->r, &w->row);
}

static enum rc edit_policy(struct req *r)
{
    struct policy_write w = { .r = r, .audit_id = id_new() };
    return req_tx(r, "benefits.policy", edit_policy_tx, &w);
}

/* ---- services --------------------------------------------------------------------------------------------------------------------------- */

static enum rc get_services(struct req *r)
{
    struct service_map m = { { NULL, 0 } };
    TRY(benefit_services_list(r->db, &m.services));
    return reply(r, &m);
}

struct map_write { struct req *r; struct id audit_id; };

static enum rc put_services_tx(struct tx *tx, void *arg)
{
    const struct map_write *w = arg;
    struct service_map before = { { NULL, 0 } };
    const struct service_map *after = w->r->in;
    TRY(benefit_services_list(tx_db(tx), &before.services));
    TRY(benefit_services_replace(tx, after->services));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "benefit_services.update", "benefits.changed", "benefit_services", db_tenant(tx_db(tx)), 1,
        shape_diff(w->r->arena, &service_map_shape, &before, after), NULL, false }));
    return reply(w->r, after);
}

static enum rc put_services(struct req *r)
{
    const struct service_map *in = r->in;
    struct map_write w = { r, id_new() };
    for (size_t i = 0; i < in->services.n; i++)
        for (size_t k = 0; k < i; k++)
            if (id_eq(LIST_AT(in->services, struct benefit_service, i)->service_id, LIST_AT(in->services, struct benefit_service, k)->service_id))
                req_field_error(r, arena_printf(r->arena, "services[%zu].service_id", i), "is named twice");
    TRY(req_invalid(r));
    return missing(r, req_tx(r, "benefits.services", put_services_tx, &w), "services", "service");
}

/* ---- members --------------------------------------------------------------------------------------------------------------------------- */

static enum rc list_members(struct req *r)
{
    const struct members_query *q = r->query;
    struct page page = { q->page, q->limit, NONE, NULL };
    struct list l;
    if (!id_is_nil(q->policy_id) && !id_is_nil(q->client_id)) req_field_error(r, "client_id", "cannot be named together with policy_id");
    TRY(req_invalid(r));
    TRY(members_of_plan_find(r->db, &(struct member_filter){ q->policy_id, q->client_id, q->page, q->limit }, &l, &page.total));
    return reply_list(r, l, &page);
}

struct enrolling { struct req *r; struct benefit_member row; struct benefit_policy policy; struct wallet wallet; bool new_wallet; int64_t today; struct id audit_id; struct ledger_chain chain; };

static enum rc check_member(struct req *r, struct tdb *db, struct enrolling *e)
{
    struct client c = { 0 };
    struct benefit_member head = { 0 };
    const struct benefit_policy *p = &e->policy;
    TRY(missing(r, policies_get(db, e->row.policy_id, &e->policy), "policy_id", "plan"));
    TRY(missing(r, clients_get(db, e->row.client_id, &c), "client_id", "client"));
    if (c.deleted_at != NONE) return missing(r, RC_NOT_FOUND, "client_id", "client");
    if (p->archived) return req_fail(r, RC_STATE, "Nobody is enrolled in this plan any more", NULL);
    if (e->row.starts_on < p->starts_on || (p->ends_on != NONE && e->row.starts_on > p->ends_on)) req_field_error(r, "starts_on", "is outside the plan's time");
    if (e->row.ends_on != NONE && e->row.ends_on < e->row.starts_on) req_field_error(r, "ends_on", "must not be before starts_on");
    if (id_is_nil(e->row.head_id)) return req_invalid(r);
    TRY(missing(r, members_of_plan_get(db, e->row.head_id, &head), "head_id", "member"));
    if (!id_eq(head.policy_id, p->id)) req_field_error(r, "head_id", "is of another plan");
    else if (!id_is_nil(head.head_id)) req_field_error(r, "head_id", "belongs to another's family");
    return req_invalid(r);
}

/* The first grants come with the enrolment; those of later years, or of one that begins later, by the daily job. */
static enum rc enrol_tx(struct tx *tx, void *arg)
{
    struct enrolling *e = arg;
    struct req *r = e->r;
    struct ledger_by by = ledger_by(r);
    ledger_chain_begin(&e->chain, r->arena, db_tenant(tx_db(tx)), e->policy.currency, &by);
    if (e->new_wallet) TRY(wallets_insert(tx, &e->wallet));
    TRY(members_of_plan_insert(tx, &e->row));
    bool now = e->row.starts_on <= e->today && (e->row.ends_on == NONE || e->row.ends_on >= e->today) && (e->policy.ends_on == NONE || e->policy.ends_on >= e->today);
    if (now) TRY(grants_add(tx, &e->row, &e->policy, NONE, benefit_year_start(e->today, e->policy.year_month), &e->chain));
    TRY(ledger_chain_post(tx, &e->chain));
    TRY(tx_change(tx, r, &(struct change){ e->audit_id, "benefit_member.create", "wallet.changed", "benefit_member", e->row.id, 1, shape_diff(r->arena, &member_new, NULL, &e->row), NULL, false }));
    struct benefit_member out = { 0 };
    TRY(members_of_plan_get(tx_db(tx), e->row.id, &out));
    return reply(r, &out);
}

static enum rc enrol(struct req *r)
{
    struct enrolling *e = arena_alloc(r->arena, sizeof *e);
    if (!e) return RC_OOM;
    e->r = r;
    e->row = *(const struct benefit_member *)r->in;
    e->audit_id = id_new();
    TRY(check_member(r, r->db, e));
    TRY(clinic_today(r->db, r->now, &e->today));
    enum rc rc = wallets_of_client(r->db, e->row.client_id, &e->wallet);
    if (rc != RC_NOT_FOUND) TRY(rc);
    e->new_wallet = rc == RC_NOT_FOUND;
    if (e->new_wallet) e->wallet = (struct wallet){ .id = id_new(), .client_id = e->row.client_id, .currency = e->policy.currency, .created_at = r->now };
    if (!str_eq(e->wallet.currency, e->policy.currency)) return req_fail(r, RC_STATE, "The client's wallet is in another currency", NULL);
    e->row.id = id_new();
    e->row.wallet_id = e->wallet.id;
    e->row.created_at = r->now;
    rc = req_tx(r, "benefits.enrol", enrol_tx, e);
    return rc == RC_CONFLICT ? req_fail(r, rc, "This client is enrolled in this plan already", "{\"field\":\"client_id\"}") : rc;
}

struct member_write { struct req *r; struct id audit_id; };

static enum rc edit_member_tx(struct tx *tx, void *arg)
{
    const struct member_write *w = arg;
    struct benefit_member before = { 0 }, after;
    TRY(members_of_plan_get(tx_db(tx), w->r->path_id, &before));
    TRY(req_version(w->r, before.version));
    after = before;
    shape_overlay(&member_patch, w->r->in, &benefit_member_shape, &after);
    if (after.ends_on != NONE && after.ends_on < after.starts_on) req_field_error(w->r, "ends_on", "must not be before starts_on");
    TRY(req_invalid(w->r));
    TRY(members_of_plan_update(tx, &after, before.version, req_lost(w->r)));
    after.version++;
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "benefit_member.update", "wallet.changed", "benefit_member", after.id, after.version, shape_diff(w->r->arena, &benefit_member_shape, &before, &after), NULL, false }));
    return reply(w->r, &after);
}

static enum rc edit_member(struct req *r)
{
    struct member_write w = { r, id_new() };
    return req_tx(r, "benefits.member", edit_member_tx, &w);
}

/* ---- the module ---------------------------------------------------------------------------------------------------------------------- */

#define READ .perm = PERM_WALLETS_READ
#define SETS_UP .perm = PERM_WALLETS_APPROVE
static const struct route routes[] = {
    { .method = "GET", .path = "/sponsors", .summary = "Who pays for members' benefits, by name", .handler = list_sponsors, READ, .ok = 200, .query = &archived_query, .out = &sponsor_shape, .flags = R_LIST },
    { .method = "POST", .path = "/sponsors", .summary = "Add a sponsor", .handler = new_sponsor, SETS_UP, .ok = 201, .in = &sponsor_new, .out = &sponsor_shape, .flags = R_IDEMPOTENT },
    { .method = "GET", .path = "/sponsors/{id}", .summary = "Read a sponsor", .handler = get_sponsor, READ, .ok = 200, .out = &sponsor_shape },
    { .method = "PATCH", .path = "/sponsors/{id}", .summary = "Change a sponsor", .handler = edit_sponsor, SETS_UP, .ok = 200, .in = &sponsor_patch, .out = &sponsor_shape, .fails = FAILS(RC_STALE) },
    { .method = "GET", .path = "/benefit-policies", .summary = "The sponsors' plans, by name", .handler = list_policies, READ, .ok = 200, .query = &policies_query, .out = &policy_out, .flags = R_LIST },
    { .method = "POST", .path = "/benefit-policies", .summary = "Add a plan", .handler = new_policy, SETS_UP, .ok = 201, .in = &policy_new, .out = &policy_out, .fails = FAILS(RC_NOT_FOUND), .flags = R_IDEMPOTENT,
        .doc = "In the clinic's currency. Each category is granted to each member at the beginning of a benefit year, from the sponsor's account." },
    { .method = "GET", .path = "/benefit-policies/{id}", .summary = "Read a plan", .handler = get_policy, READ, .ok = 200, .out = &policy_out },
    { .method = "PATCH", .path = "/benefit-policies/{id}", .summary = "Change a plan", .handler = edit_policy, SETS_UP, .ok = 200, .in = &policy_patch, .out = &policy_out, .fails = FAILS(RC_STALE),
        .doc = "Coverage and co-payment count from now on; limits from the next year that is granted." },
    { .method = "GET", .path = "/benefit-services", .summary = "Which services are of which category", .handler = get_services, READ, .ok = 200, .out = &service_map_shape },
    { .method = "PUT", .path = "/benefit-services", .summary = "Say which services are of which category", .handler = put_services, SETS_UP, .ok = 200, .in = &service_map_shape, .out = &service_map_shape, .fails = FAILS(RC_NOT_FOUND) },
    { .method = "GET", .path = "/benefit-members", .summary = "Who is enrolled, newest first; or in a plan; or in which plans a client is", .handler = list_members, READ, .ok = 200, .query = &members_query, .out = &benefit_member_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/benefit-members", .summary = "Enrol a client in a plan", .handler = enrol, .perm = PERM_WALLETS_WRITE, .ok = 201, .in = &member_new, .out = &benefit_member_shape,
        .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STATE) | FAILS(RC_CONFLICT) | FAILS(RC_FUNDS), .flags = R_IDEMPOTENT, .doc = "Opens the client's wallet where there is none, and grants the current benefit year in full." },
    { .method = "PATCH", .path = "/benefit-members/{id}", .summary = "Change or end a membership", .handler = edit_member, .perm = PERM_WALLETS_WRITE, .ok = 200, .in = &member_patch, .out = &benefit_member_shape, .fails = FAILS(RC_STALE) },
    { 0 } };

const struct module benefits_module = { .name = "benefits", .doc = "Sponsors, their plans, and who is enrolled", .routes = routes, .queries = benefits_queries };
