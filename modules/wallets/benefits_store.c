/* benefits_store.c - the statements on sponsor, benefit_policy and its categories, benefit_service and benefit_member. */
#include "modules/wallets/wallets_rows.h"

#define SPONSOR "SELECT s.id, s.name, s.email, s.notes, s.archived, s.version, s.created_at, (SELECT COUNT(*) FROM benefit_policy p LEFT JOIN benefit_member m" \
    " ON m.tenant_id = p.tenant_id AND m.policy_id = p.id WHERE p.tenant_id = s.tenant_id AND p.sponsor_id = s.id AND m.id IS NOT NULL AND m.ends_on IS NULL) AS members FROM sponsor s WHERE s.tenant_id = $1"
static const struct query Q_SPONSORS = { .name = "benefits.sponsors", .args = "z", .sql = SPONSOR " AND s.archived <= $2 ORDER BY s.name, s.id LIMIT 500" };
static const struct query Q_SPONSOR = { .name = "benefits.sponsor", .args = "u", .sql = SPONSOR " AND s.id = $2" };
static const struct query Q_SPONSOR_INSERT = { .name = "benefits.sponsor_insert", .args = "utttzi",
    .sql = "INSERT INTO sponsor (tenant_id, id, name, email, notes, archived, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, 1, $7)" };
static const struct query Q_SPONSOR_UPDATE = { .name = "benefits.sponsor_update", .args = "uitttz",
    .sql = "UPDATE sponsor SET version = version + 1, name = $4, email = $5, notes = $6, archived = $7 WHERE tenant_id = $1 AND id = $2 AND version = $3" };

#define POLICY "SELECT p.id, p.sponsor_id, p.name, p.currency, p.starts_on, p.ends_on, p.year_month, p.family_limit_minor, p.archived, p.version, p.created_at," \
    " s.name AS sponsor_name FROM benefit_policy p LEFT JOIN sponsor s ON s.tenant_id = p.tenant_id AND s.id = p.sponsor_id WHERE p.tenant_id = $1"
static const struct query Q_POLICIES = { .name = "benefits.policies", .args = "z", .sql = POLICY " AND p.archived <= $2 ORDER BY p.name, p.id LIMIT 500" };
static const struct query Q_POLICIES_OF = { .name = "benefits.policies_of", .args = "zu", .sql = POLICY " AND p.archived <= $2 AND p.sponsor_id = $3 ORDER BY p.name, p.id LIMIT 500" };
static const struct query Q_POLICY = { .name = "benefits.policy", .args = "u", .sql = POLICY " AND p.id = $2" };
static const struct query Q_POLICY_INSERT = { .name = "benefits.policy_insert", .args = "uuttiiiizi",
    .sql = "INSERT INTO benefit_policy (tenant_id, id, sponsor_id, name, currency, starts_on, ends_on, year_month, family_limit_minor, archived, version, created_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11)" };
static const struct query Q_POLICY_UPDATE = { .name = "benefits.policy_update", .args = "uitiiz",
    .sql = "UPDATE benefit_policy SET version = version + 1, name = $4, ends_on = $5, family_limit_minor = $6, archived = $7 WHERE tenant_id = $1 AND id = $2 AND version = $3" };
#define CATEGORY "SELECT policy_id, category, limit_minor, coverage_ppm, copay_minor FROM benefit_category WHERE tenant_id = $1"
static const struct query Q_CATEGORIES = { .name = "benefits.categories", .args = "", .sql = CATEGORY " ORDER BY policy_id, category LIMIT 6000" };
static const struct query Q_CATEGORIES_OF = { .name = "benefits.categories_of", .args = "u", .sql = CATEGORY " AND policy_id = $2 ORDER BY category LIMIT 12" };
static const struct query Q_CATEGORIES_CLEAR = { .name = "benefits.categories_clear", .args = "u", .sql = "DELETE FROM benefit_category WHERE tenant_id = $1 AND policy_id = $2" };
static const struct query Q_CATEGORY_INSERT = { .name = "benefits.category_insert", .args = "utiii",
    .sql = "INSERT INTO benefit_category (tenant_id, policy_id, category, limit_minor, coverage_ppm, copay_minor) VALUES ($1, $2, $3, $4, $5, $6)" };
static const struct query Q_SERVICES = { .name = "benefits.services", .args = "", .kept = KEPT, .sql = "SELECT service_id, category FROM benefit_service WHERE tenant_id = $1 ORDER BY service_id LIMIT 500" };
static const struct query Q_SERVICES_CLEAR = { .name = "benefits.services_clear", .args = "", .sql = "DELETE FROM benefit_service WHERE tenant_id = $1" };
static const struct query Q_SERVICE_INSERT = { .name = "benefits.service_insert", .args = "ut", .sql = "INSERT INTO benefit_service (tenant_id, service_id, category) VALUES ($1, $2, $3)" };

#define MEMBER_FROM " FROM benefit_member m LEFT JOIN benefit_policy p ON p.tenant_id = m.tenant_id AND p.id = m.policy_id LEFT JOIN sponsor s ON s.tenant_id = p.tenant_id" \
    " AND s.id = p.sponsor_id LEFT JOIN client c ON c.tenant_id = m.tenant_id AND c.id = m.client_id LEFT JOIN benefit_member h ON h.tenant_id = m.tenant_id AND h.id = m.head_id" \
    " LEFT JOIN client hc ON hc.tenant_id = h.tenant_id AND hc.id = h.client_id WHERE m.tenant_id = $1"
#define MEMBER "SELECT m.id, m.policy_id, m.client_id, m.wallet_id, m.head_id, m.number, m.starts_on, m.ends_on, m.version, m.created_at, p.sponsor_id, p.name AS policy_name," \
    " s.name AS sponsor_name, c.name AS client_name, hc.name AS head_name" MEMBER_FROM
static const struct query Q_MEMBER = { .name = "benefits.member", .args = "u", .sql = MEMBER " AND m.id = $2" };
static const struct query Q_MEMBERS = { .name = "benefits.members", .args = "ii", .sql = MEMBER " ORDER BY m.id DESC LIMIT $2 OFFSET $3" };
static const struct query Q_MEMBERS_N = { .name = "benefits.members_n", .args = "", .sql = "SELECT COUNT(*) FROM benefit_member WHERE tenant_id = $1" };
static const struct query Q_MEMBERS_OF_POLICY = { .name = "benefits.members_of_policy", .args = "uii", .sql = MEMBER " AND m.policy_id = $2 ORDER BY c.name, m.id LIMIT $3 OFFSET $4" };
static const struct query Q_MEMBERS_OF_CLIENT = { .name = "benefits.members_of_client", .args = "uii", .sql = MEMBER " AND m.client_id = $2 ORDER BY m.starts_on DESC, m.id LIMIT $3 OFFSET $4" };
static const struct query Q_MEMBERS_OF_POLICY_N = { .name = "benefits.members_of_policy_n", .args = "u", .sql = "SELECT COUNT(*) FROM benefit_member WHERE tenant_id = $1 AND policy_id = $2" };
static const struct query Q_MEMBERS_OF_CLIENT_N = { .name = "benefits.members_of_client_n", .args = "u", .sql = "SELECT COUNT(*) FROM benefit_member WHERE tenant_id = $1 AND client_id = $2" };
static const struct query Q_MEMBER_INSERT = { .name = "benefits.member_insert", .args = "uuuuutiii",
    .sql = "INSERT INTO benefit_member (tenant_id, id, policy_id, client_id, wallet_id, head_id, number, starts_on, ends_on, version, created_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)" };
static const struct query Q_MEMBER_UPDATE = { .name = "benefits.member_update", .args = "uiti",
    .sql = "UPDATE benefit_member SET version = version + 1, number = $4, ends_on = $5 WHERE tenant_id = $1 AND id = $2 AND version = $3" };
static const struct query Q_SHARE_FAMILY = { .name = "benefits.share_family", .args = "uui",
    .sql = "SELECT COUNT(*) FROM benefit_member a LEFT JOIN benefit_member b ON b.tenant_id = a.tenant_id AND COALESCE(b.head_id, b.id) = COALESCE(a.head_id, a.id) AND b.client_id = $3"
           " WHERE a.tenant_id = $1 AND a.client_id = $2 AND b.id IS NOT NULL AND (a.ends_on IS NULL OR a.ends_on >= $4) AND (b.ends_on IS NULL OR b.ends_on >= $4)" };
/* Enrolled today, by a plan that has the category, without its grant of this year. */
static const struct query Q_MISSING = { .name = "benefits.missing_grants", .args = "uii",
    .sql = "SELECT m.id AS member_id, g.category FROM benefit_member m LEFT JOIN benefit_category g ON g.tenant_id = m.tenant_id AND g.policy_id = m.policy_id LEFT JOIN wallet_bucket b"
           " ON b.tenant_id = m.tenant_id AND b.member_id = m.id AND b.category = g.category AND b.starts_on = $3 WHERE m.tenant_id = $1 AND m.policy_id = $2 AND m.starts_on <= $4"
           " AND (m.ends_on IS NULL OR m.ends_on >= $4) AND g.category IS NOT NULL AND b.id IS NULL ORDER BY m.id, g.category LIMIT 200" };
const struct query *const benefits_queries[] = { &Q_MISSING, &Q_SPONSORS, &Q_SPONSOR, &Q_SPONSOR_INSERT, &Q_SPONSOR_UPDATE, &Q_POLICIES, &Q_POLICIES_OF, &Q_POLICY, &Q_POLICY_INSERT, &Q_POLICY_UPDATE,
    &Q_CATEGORIES, &Q_CATEGORIES_OF, &Q_CATEGORIES_CLEAR, &Q_CATEGORY_INSERT, &Q_SERVICES, &Q_SERVICES_CLEAR, &Q_SERVICE_INSERT, &Q_MEMBER, &Q_MEMBERS, &Q_MEMBERS_N, &Q_MEMBERS_OF_POLICY, &Q_MEMBERS_OF_CLIENT,
    &Q_MEMBERS_OF_POLICY_N, &Q_MEMBERS_OF_CLIENT_N, &Q_MEMBER_INSERT, &Q_MEMBER_UPDATE, &Q_SHARE_FAMILY, NULL };

/* ---- sponsors --------------------------------------------------------------------------------------------------------------------- */

enum rc sponsors_list(struct tdb *db, bool archived, struct list *out) { return db_list(db, &Q_SPONSORS, ARGS(Z(archived)), &sponsor_shape, SPONSORS_MAX, out); }
enum rc sponsors_get(struct tdb *db, struct id id, struct sponsor *out) { return db_get(db, &Q_SPONSOR, ARGS(U(id)), &sponsor_shape, out); }

enum rc sponsors_insert(struct tx *tx, const struct sponsor *s)
{
    return tx_run_query(tx, &Q_SPONSOR_INSERT, ARGS(U(s->id), S(s->name), S(s->email), S(s->notes), Z(s->archived), I(s->created_at)));
}

enum rc sponsors_update(struct tx *tx, const struct sponsor *s, int64_t version, enum rc lost)
{
    return tx_one(tx, &Q_SPONSOR_UPDATE, ARGS(U(s->id), I(version), S(s->name), S(s->email), S(s->notes), Z(s->archived)), lost);
}

/* ---- plans ------------------------------------------------------------------------------------------------------------------------ */

/* Both lists are in one order only by chance: a plan finds its own. */
static void give_categories(struct benefit_policy *p, struct list all)
{
    for (size_t i = 0; i < all.n; i++) {
        struct benefit_category *c = LIST_AT(all, struct benefit_category, i);
        if (!id_eq(c->policy_id, p->id)) continue;
        if (!p->categories.n) p->categories.items = c;
        p->categories.n++;
    }
}

enum rc policies_list(struct tdb *db, struct id sponsor, bool archived, struct list *out)
{
    struct list categories;
    if (id_is_nil(sponsor)) TRY(db_list(db, &Q_POLICIES, ARGS(Z(archived)), &benefit_policy_shape, POLICIES_MAX, out));
    else TRY(db_list(db, &Q_POLICIES_OF, ARGS(Z(archived), U(sponsor)), &benefit_policy_shape, POLICIES_MAX, out));
    TRY(db_list(db, &Q_CATEGORIES, ARGS(), &benefit_category_shape, 6000, &categories));
    for (size_t i = 0; i < out->n; i++) give_categories(LIST_AT(*out, struct benefit_policy, i), categories);
    return RC_OK;
}

enum rc policies_get(struct tdb *db, struct id id, struct benefit_policy *out)
{
    TRY(db_get(db, &Q_POLICY, ARGS(U(id)), &benefit_policy_shape, out));
    return db_list(db, &Q_CATEGORIES_OF, ARGS(U(id)), &benefit_category_shape, BENEFIT_CATEGORIES_MAX, &out->categories);
}

static enum rc write_categories(struct tx *tx, const struct benefit_policy *p)
{
    TRY(tx_run_query(tx, &Q_CATEGORIES_CLEAR, ARGS(U(p->id))));
    for (size_t i = 0; i < p->categories.n; i++) {
        const struct benefit_category *c = LIST_AT(p->categories, struct benefit_category, i);
        TRY(tx_run_query(tx, &Q_CATEGORY_INSERT, ARGS(U(p->id), S(benefit_category_names[c->category]), I(c->limit_minor), I(c->coverage_ppm), I(c->copay_minor))));
    }
    return RC_OK;
}

enum rc policies_insert(struct tx *tx, const struct benefit_policy *p)
{
    TRY(tx_run_query(tx, &Q_POLICY_INSERT, ARGS(U(p->id), U(p->sponsor_id), S(p->name), S(p->currency), I(p->starts_on), I(p->ends_on), I(p->year_month),
        I(p->family_limit_minor), Z(p->archived), I(p->created_at))));
    return write_categories(tx, p);
}

enum rc policies_update(struct tx *tx, const struct benefit_policy *p, int64_t version, enum rc lost)
{
    TRY(tx_one(tx, &Q_POLICY_UPDATE, ARGS(U(p->id), I(version), S(p->name), I(p->ends_on), I(p->family_limit_minor), Z(p->archived)), lost));
    return write_categories(tx, p);
}

enum rc benefit_services_list(struct tdb *db, struct list *out) { return db_list(db, &Q_SERVICES, ARGS(), &benefit_service_shape, SERVICES_MAX, out); }

enum rc benefit_services_replace(struct tx *tx, struct list all)
{
    TRY(tx_run_query(tx, &Q_SERVICES_CLEAR, ARGS()));
    for (size_t i = 0; i < all.n; i++) {
        const struct benefit_service *s = LIST_AT(all, struct benefit_service, i);
        TRY(tx_run_query(tx, &Q_SERVICE_INSERT, ARGS(U(s->service_id), S(benefit_category_names[s->category]))));
    }
    return RC_OK;
}

/* ---- members -------------------------------------------------------------------------------------------------------------------- */

enum rc members_of_plan_get(struct tdb *db, struct id id, struct benefit_member *out) { return db_get(db, &Q_MEMBER, ARGS(U(id)), &benefit_member_shape, out); }

enum rc members_of_plan_find(struct tdb *db, const struct member_filter *f, struct list *out, int64_t *total)
{
    bool of_policy = !id_is_nil(f->policy_id);
    if (!of_policy && id_is_nil(f->client_id)) {
        TRY(db_int(db, &Q_MEMBERS_N, ARGS(), total));
        return db_list(db, &Q_MEMBERS, ARGS(I(f->limit), I((f->page - 1) * f->limit)), &benefit_member_shape, PAGE_LIMIT_MAX, out);
    }
    struct id of = of_policy ? f->policy_id : f->client_id;
    TRY(db_int(db, of_policy ? &Q_MEMBERS_OF_POLICY_N : &Q_MEMBERS_OF_CLIENT_N, ARGS(U(of)), total));
    return db_list(db, of_policy ? &Q_MEMBERS_OF_POLICY : &Q_MEMBERS_OF_CLIENT, ARGS(U(of), I(f->limit), I((f->page - 1) * f->limit)), &benefit_member_shape, PAGE_LIMIT_MAX, out);
}

enum rc members_of_plan_insert(struct tx *tx, const struct benefit_member *m)
{
    return tx_run_query(tx, &Q_MEMBER_INSERT, ARGS(U(m->id), U(m->policy_id), U(m->client_id), U(m->wallet_id), U(m->head_id), S(m->number), I(m->starts_on), I(m->ends_on), I(m->created_at)));
}

enum rc members_of_plan_update(struct tx *tx, const struct benefit_member *m, int64_t version, enum rc lost)
{
    return tx_one(tx, &Q_MEMBER_UPDATE, ARGS(U(m->id), I(version), S(m->number), I(m->ends_on)), lost);
}

enum rc members_share_family(struct tdb *db, struct id client, struct id other, int64_t today, bool *out)
{
    int64_t n = 0;
    TRY(db_int(db, &Q_SHARE_FAMILY, ARGS(U(client), U(other), I(today)), &n));
    *out = n > 0;
    return RC_OK;
}

static const struct field missing_fields[] = { F_ID(struct missing_grant, member_id), F_ENUM(struct missing_grant, category, benefit_category_names), F_END };
static const struct shape missing_row = SHAPE_NAMED("wallet_missing_grant", missing_grant, missing_fields);

enum rc grants_missing(struct tdb *db, struct id policy, int64_t year, int64_t today, struct list *out)
{
    return db_list(db, &Q_MISSING, ARGS(U(policy), I(year), I(today)), &missing_row, 200, out);
}
