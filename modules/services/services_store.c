/* services_store.c - the statements on service, provider, their links, and hours. */
#include "modules/services/services.h"

const char *const service_pay_names[] = { "later", "deposit", "full", NULL };

#define SERVICE_COLUMNS "name, description, duration_min, buffer_before_min, buffer_after_min, step_min, price_minor, currency, color, public, " \
    "any_provider, min_notice_min, horizon_days, max_per_day, resource_kind, position, archived, lead_min, seats, approval_required, approval_holds_time, " \
    "approval_expires_after_min, move_notice_min, cancel_notice_min, max_per_client_day, max_per_client_week, max_per_client_open, question_count"
#define MORE_COLUMNS "telehealth, pay, deposit_minor, deposit_percent, tax_rate_id" /* written by Q_SERVICE_MORE */
#define PROVIDER_COLUMNS "member_id, name, title, color, bookable, position, archived"

static const struct query Q_SERVICE_INSERT = { .name = "services.insert", .args = "uttiiiiittzziiitiziizziiiiiii",
    .sql = "INSERT INTO service (tenant_id, id, " SERVICE_COLUMNS ", version)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,"
           " $22, $23, $24, $25, $26, $27, $28, $29, $30, 1)" };
static const struct query Q_SERVICE_GET = { .name = "services.get", .args = "u", .kept = KEPT,
    .sql = "SELECT id, " MORE_COLUMNS ", " SERVICE_COLUMNS ", version FROM service WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_SERVICE_LIST = { .name = "services.list", .args = "z", .kept = KEPT,
    .sql = "SELECT id, " MORE_COLUMNS ", " SERVICE_COLUMNS ", version FROM service WHERE tenant_id = $1 AND archived <= $2 ORDER BY position, name, id LIMIT 500" };
static const struct query Q_SERVICE_UPDATE = { .name = "services.update", .args = "uittiiiiittzziiitiziizziiiiiii",
    .sql = "UPDATE service SET version = version + 1, name = $4, description = $5, duration_min = $6, buffer_before_min = $7, buffer_after_min = $8,"
           " step_min = $9, price_minor = $10, currency = $11, color = $12, public = $13, any_provider = $14, min_notice_min = $15,"
           " horizon_days = $16, max_per_day = $17, resource_kind = $18, position = $19, archived = $20, lead_min = $21, seats = $22, "
           "approval_required = $23, approval_holds_time = $24, approval_expires_after_min = $25, move_notice_min = $26, cancel_notice_min = $27,"
           " max_per_client_day = $28, max_per_client_week = $29, max_per_client_open = $30, question_count = $31"
           " WHERE tenant_id = $1 AND id = $2 AND version = $3" };
static const struct query Q_SERVICE_MORE = { .name = "services.more", .args = "uztiiu",
    .sql = "UPDATE service SET telehealth = $3, pay = $4, deposit_minor = $5, deposit_percent = $6, tax_rate_id = $7 WHERE tenant_id = $1 AND id = $2" };
#define PART_COLUMNS "p.service_id, p.position, p.kind, p.resource_kind, p.quantity, p.offset_min, p.duration_min, m.provider_id, m.resource_id" \
    " FROM service_part p LEFT JOIN service_part_pool m ON m.tenant_id = p.tenant_id AND m.service_id = p.service_id AND m.position = p.position"
static const struct query Q_PARTS = { .name = "services.parts", .args = "", .kept = KEPT,
    .sql = "SELECT " PART_COLUMNS " WHERE p.tenant_id = $1 ORDER BY p.service_id, p.position, m.place LIMIT 20000" };
static const struct query Q_PARTS_OF_SERVICE = { .name = "services.parts_of_service", .args = "u", .kept = KEPT,
    .sql = "SELECT " PART_COLUMNS " WHERE p.tenant_id = $1 AND p.service_id = $2 ORDER BY p.position, m.place LIMIT 2000" };
static const struct query Q_PART_INSERT = { .name = "services.part_insert", .args = "uittiii",
    .sql = "INSERT INTO service_part (tenant_id, service_id, position, kind, resource_kind, quantity, offset_min, duration_min)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)" };
static const struct query Q_POOL_INSERT = { .name = "services.pool_insert", .args = "uiiuu",
    .sql = "INSERT INTO service_part_pool (tenant_id, service_id, position, place, provider_id, resource_id) VALUES ($1, $2, $3, $4, $5, $6)" };
static const struct query Q_POOL_CLEAR = { .name = "services.pool_clear", .args = "u",
    .sql = "DELETE FROM service_part_pool WHERE tenant_id = $1 AND service_id = $2" };
static const struct query Q_PARTS_CLEAR = { .name = "services.parts_clear", .args = "u",
    .sql = "DELETE FROM service_part WHERE tenant_id = $1 AND service_id = $2" };
static const struct query Q_PROVIDER_INSERT = { .name = "services.provider_insert", .args = "uutttziz",
    .sql = "INSERT INTO provider (tenant_id, id, " PROVIDER_COLUMNS ", version) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)" };
static const struct query Q_PROVIDER_GET = { .name = "services.provider_get", .args = "u", .kept = KEPT,
    .sql = "SELECT id, " PROVIDER_COLUMNS ", version FROM provider WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_PROVIDER_LIST = { .name = "services.provider_list", .args = "z", .kept = KEPT,
    .sql = "SELECT id, " PROVIDER_COLUMNS ", version FROM provider WHERE tenant_id = $1 AND archived <= $2 ORDER BY position, name, id LIMIT 200" };
static const struct query Q_PROVIDER_UPDATE = { .name = "services.provider_update", .args = "uiutttziz",
    .sql = "UPDATE provider SET version = version + 1, member_id = $4, name = $5, title = $6, color = $7, bookable = $8, position = $9, archived = $10"
           " WHERE tenant_id = $1 AND id = $2 AND version = $3" };
static const struct query Q_LINKS = { .name = "services.links", .args = "", .kept = KEPT,
    .sql = "SELECT service_id, provider_id FROM service_provider WHERE tenant_id = $1 LIMIT 100001" };
static const struct query Q_LINKS_OF_SERVICE = { .name = "services.links_of_service", .args = "u", .kept = KEPT,
    .sql = "SELECT service_id, provider_id FROM service_provider WHERE tenant_id = $1 AND service_id = $2" };
static const struct query Q_LINKS_OF_PROVIDER = { .name = "services.links_of_provider", .args = "u", .kept = KEPT,
    .sql = "SELECT service_id, provider_id FROM service_provider WHERE tenant_id = $1 AND provider_id = $2" };
static const struct query Q_LINK_INSERT = { .name = "services.link_insert", .args = "uui",
    .sql = "INSERT INTO service_provider (tenant_id, service_id, provider_id, since_at) VALUES ($1, $2, $3, $4)"
           " ON CONFLICT (tenant_id, service_id, provider_id) DO NOTHING" };
static const struct query Q_LINK_DELETE = { .name = "services.link_delete", .args = "uu",
    .sql = "DELETE FROM service_provider WHERE tenant_id = $1 AND service_id = $2 AND provider_id = $3" };
static const struct query Q_SHARES = { .name = "services.shares", .args = "u", .kept = KEPT,
    .sql = "SELECT provider_id, priority, weight, since_at FROM service_provider WHERE tenant_id = $1 AND service_id = $2 LIMIT 200" };
static const struct query Q_SHARE_SET = { .name = "services.share_set", .args = "uuii",
    .sql = "UPDATE service_provider SET priority = $4, weight = $5 WHERE tenant_id = $1 AND service_id = $2 AND provider_id = $3" };
static const struct query Q_QUESTIONS = { .name = "services.questions", .args = "u", .kept = KEPT,
    .sql = "SELECT id, service_id, position, kind, text, help, required, choices AS lines, lowest AS min, highest AS max FROM service_question"
           " WHERE tenant_id = $1 AND service_id = $2 ORDER BY position LIMIT 20" };
static const struct query Q_QUESTIONS_CLEAR = { .name = "services.questions_clear", .args = "u",
    .sql = "DELETE FROM service_question WHERE tenant_id = $1 AND service_id = $2" };
static const struct query Q_QUESTION_INSERT = { .name = "services.question_insert", .args = "uuitttztii",
    .sql = "INSERT INTO service_question (tenant_id, id, service_id, position, kind, text, help, required, choices, lowest, highest)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)" };
static const struct query Q_HOURS = { .name = "services.hours", .args = "u", .kept = KEPT,
    .sql = "SELECT provider_id, location_id, weekday, start_min, end_min FROM provider_hours WHERE tenant_id = $1 AND provider_id = $2"
           " ORDER BY weekday, start_min LIMIT 200" };
static const struct query Q_HOURS_ALL = { .name = "services.hours_all", .args = "", .kept = KEPT,
    .sql = "SELECT provider_id, location_id, weekday, start_min, end_min FROM provider_hours WHERE tenant_id = $1"
           " ORDER BY provider_id, weekday, start_min LIMIT 40001" };
static const struct query Q_EXCEPTIONS = { .name = "services.exceptions", .args = "uii", .kept = KEPT,
    .sql = "SELECT provider_id, location_id, date, closed, start_min, end_min, note FROM provider_exception"
           " WHERE tenant_id = $1 AND provider_id = $2 AND date >= $3 AND date <= $4 ORDER BY date, start_min LIMIT 500" };
static const struct query Q_EXCEPTIONS_ALL = { .name = "services.exceptions_all", .args = "ii", .kept = KEPT,
    .sql = "SELECT provider_id, location_id, date, closed, start_min, end_min, note FROM provider_exception"
           " WHERE tenant_id = $1 AND date >= $2 AND date <= $3 ORDER BY provider_id, date, start_min LIMIT 100001" };
static const struct query Q_HOURS_CLEAR = { .name = "services.hours_clear", .args = "u",
    .sql = "DELETE FROM provider_hours WHERE tenant_id = $1 AND provider_id = $2" };
static const struct query Q_EXCEPTIONS_CLEAR = { .name = "services.exceptions_clear", .args = "u",
    .sql = "DELETE FROM provider_exception WHERE tenant_id = $1 AND provider_id = $2" };
static const struct query Q_HOURS_INSERT = { .name = "services.hours_insert", .args = "uuuiii",
    .sql = "INSERT INTO provider_hours (tenant_id, id, provider_id, location_id, weekday, start_min, end_min) VALUES ($1, $2, $3, $4, $5, $6, $7)" };
static const struct query Q_EXCEPTION_INSERT = { .name = "services.exception_insert", .args = "uuuiziit",
    .sql = "INSERT INTO provider_exception (tenant_id, id, provider_id, location_id, date, closed, start_min, end_min, note)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)" };
const struct query *const services_queries[] = { &Q_SERVICE_INSERT, &Q_SERVICE_MORE, &Q_SERVICE_GET, &Q_SERVICE_LIST, &Q_SERVICE_UPDATE,
    &Q_PARTS, &Q_PARTS_OF_SERVICE, &Q_PART_INSERT, &Q_POOL_INSERT, &Q_POOL_CLEAR, &Q_PARTS_CLEAR, &Q_PROVIDER_INSERT, &Q_PROVIDER_GET, &Q_PROVIDER_LIST, &Q_PROVIDER_UPDATE, &Q_LINKS, &Q_LINKS_OF_SERVICE, &Q_LINKS_OF_PROVIDER, &Q_LINK_INSERT,
    &Q_LINK_DELETE, &Q_SHARES, &Q_SHARE_SET, &Q_QUESTIONS, &Q_QUESTIONS_CLEAR, &Q_QUESTION_INSERT, &Q_HOURS, &Q_HOURS_ALL, &Q_EXCEPTIONS, &Q_EXCEPTIONS_ALL, &Q_HOURS_CLEAR,
    &Q_EXCEPTIONS_CLEAR, &Q_HOURS_INSERT, &Q_EXCEPTION_INSERT, NULL };

static const struct field link_fields[] = { F_ID(struct service_link, service_id), F_ID(struct service_link, provider_id), F_END };
static const struct shape link_shape = SHAPE(service_link, link_fields);
static const struct field hours_fields[] = { F_ID(struct provider_hours, provider_id), F_ID(struct provider_hours, location_id),
    F_INT(struct provider_hours, weekday), F_INT(struct provider_hours, start_min), F_INT(struct provider_hours, end_min), F_END };
static const struct shape hours_shape = SHAPE(provider_hours, hours_fields);
static const struct field exception_fields[] = { F_ID(struct provider_exception, provider_id), F_ID(struct provider_exception, location_id),
    F_DATE(struct provider_exception, date), F_BOOL(struct provider_exception, closed), F_INT(struct provider_exception, start_min),
    F_INT(struct provider_exception, end_min), F_STR(struct provider_exception, note), F_END };
static const struct shape exception_shape = SHAPE(provider_exception, exception_fields);

/* ---- links ---------------------------------------------------------------------------------------------------------- */

/* The ids on the other side of the links of `of`. Counted first: there may be 20,000 links, and hundreds who pick. */
static enum rc pick(struct arena *a, struct list links, struct id of, bool of_service, struct list *out)
{
    size_t n = 0;
    for (size_t i = 0; i < links.n; i++) {
        const struct service_link *l = LIST_AT(links, struct service_link, i);
        n += id_eq(of_service ? l->service_id : l->provider_id, of);
    }
    struct id *ids = arena_alloc(a, (n + 1) * sizeof *ids);
    if (!ids) return RC_OOM;
    *out = (struct list){ ids, 0 };
    for (size_t i = 0; i < links.n; i++) {
        const struct service_link *l = LIST_AT(links, struct service_link, i);
        if (id_eq(of_service ? l->service_id : l->provider_id, of)) ids[out->n++] = of_service ? l->provider_id : l->service_id;
    }
    return RC_OK;
}

static bool is_listed(struct list ids, struct id id)
{
    for (size_t i = 0; i < ids.n; i++)
        if (id_eq(*LIST_AT(ids, struct id, i), id)) return true;
    return false;
}

/* Links that stay are not touched: they keep their share and their age. */
static enum rc replace(struct tx *tx, struct id of, bool of_service, struct list ids, int64_t now)
{
    struct list links;
    TRY(db_list(tx_db(tx), of_service ? &Q_LINKS_OF_SERVICE : &Q_LINKS_OF_PROVIDER, ARGS(U(of)), &link_shape, SERVICES_MAX, &links));
    for (size_t i = 0; i < links.n; i++) {
        const struct service_link *l = LIST_AT(links, struct service_link, i);
        if (!is_listed(ids, of_service ? l->provider_id : l->service_id)) TRY(tx_run_query(tx, &Q_LINK_DELETE, ARGS(U(l->service_id), U(l->provider_id))));
    }
    for (size_t i = 0; i < ids.n; i++) {
        struct id other = *LIST_AT(ids, struct id, i);
        TRY(tx_run_query(tx, &Q_LINK_INSERT, ARGS(U(of_service ? of : other), U(of_service ? other : of), I(now))));
    }
    return RC_OK;
}

enum rc links_replace_of_service(struct tx *tx, struct id service, struct list provider_ids, int64_t now)
{
    return replace(tx, service, true, provider_ids, now);
}

enum rc links_replace_of_provider(struct tx *tx, struct id provider, struct list service_ids, int64_t now)
{
    return replace(tx, provider, false, service_ids, now);
}

static const struct field share_fields[] = { F_ID(struct service_share, provider_id), F_INT(struct service_share, priority),
    F_INT(struct service_share, weight), F_INT(struct service_share, since_at), F_END };
static const struct shape share_shape = SHAPE(service_share, share_fields);

enum rc shares_list(struct tdb *db, struct id service, struct list *out)
{
    return db_list(db, &Q_SHARES, ARGS(U(service)), &share_shape, PROVIDERS_MAX, out);
}

enum rc shares_set(struct tx *tx, struct id service, const struct service_share *s)
{
    return tx_one(tx, &Q_SHARE_SET, ARGS(U(service), U(s->provider_id), I(s->priority), I(s->weight)), RC_NOT_FOUND);
}

/* ---- questions --------------------------------------------------------------------------------------------------------- */

static const struct field question_fields[] = { F_ID(struct question, id), F_ID(struct question, service_id), F_INT(struct question, position),
    F_ENUM(struct question, kind, question_kind_names), F_STR(struct question, text), F_STR(struct question, help), F_BOOL(struct question, required),
    F_STR(struct question, lines), F_INT(struct question, min), F_INT(struct question, max), F_END };
static const struct shape question_row = SHAPE_NAMED("question_row", question, question_fields);

enum rc questions_list(struct tdb *db, struct id service, struct list *out)
{
    TRY(db_list(db, &Q_QUESTIONS, ARGS(U(service)), &question_row, QUESTIONS_MAX, out));
    for (size_t i = 0; i < out->n; i++) {
        struct question *q = LIST_AT(*out, struct question, i);
        q->choices = question_split(db_arena(db), q->lines);
    }
    return RC_OK;
}

enum rc questions_clear(struct tx *tx, struct id service) { return tx_run_query(tx, &Q_QUESTIONS_CLEAR, ARGS(U(service))); }

enum rc questions_insert(struct tx *tx, const struct question *q)
{
    return tx_run_query(tx, &Q_QUESTION_INSERT, ARGS(U(q->id), U(q->service_id), I(q->position), S(question_kind_names[q->kind]), S(q->text), S(q->help),
        Z(q->required), S(q->lines), I(q->min), I(q->max)));
}

/* ---- what a service takes ------------------------------------------------------------------------------------------------ */

/* A part with one of its pool; parts without a pool have one row. */
struct part_row { struct id service_id, provider_id, resource_id; int64_t position, kind, resource_kind, quantity, offset_min, duration_min; };
static const struct field part_row_fields[] = { F_ID(struct part_row, service_id), F_INT(struct part_row, position),
    F_ENUM(struct part_row, kind, part_kind_names), F_ENUM(struct part_row, resource_kind, resource_kind_names), F_INT(struct part_row, quantity),
    F_INT(struct part_row, offset_min), F_INT(struct part_row, duration_min), F_ID(struct part_row, provider_id), F_ID(struct part_row, resource_id), F_END };
static const struct shape part_row_shape = SHAPE(part_row, part_row_fields);

/* The rows of one service from *at on become its parts; *at then stands at the next service. */
static enum rc gather_parts(struct arena *a, struct list rows, size_t *at, struct service *s)
{
    size_t n = 0;
    while (*at + n < rows.n && id_eq(LIST_AT(rows, struct part_row, *at + n)->service_id, s->id)) n++;
    struct service_part *parts = arena_alloc(a, (n + 1) * sizeof *parts);
    struct id *ids = arena_alloc(a, (n + 1) * sizeof *ids);
    if (!parts || !ids) return RC_OOM;
    s->parts = (struct list){ parts, 0 };
    for (size_t i = 0; i < n; i++, ids++) {
        const struct part_row *row = LIST_AT(rows, struct part_row, *at + i);
        if (i == 0 || row[-1].position != row->position)
            parts[s->parts.n++] = (struct service_part){ .kind = row->kind, .resource_kind = row->resource_kind, .quantity = row->quantity,
                .offset_min = row->offset_min, .duration_min = row->duration_min, .provider_ids = { ids, 0 }, .resource_ids = { ids, 0 } };
        struct service_part *part = &parts[s->parts.n - 1];
        *ids = id_is_nil(row->provider_id) ? row->resource_id : row->provider_id;
        if (!id_is_nil(row->provider_id)) part->provider_ids.n++;
        if (!id_is_nil(row->resource_id)) part->resource_ids.n++;
    }
    *at += n;
    return RC_OK;
}

enum rc services_needs(struct arena *a, const struct service *s, struct list *out)
{
    struct service_part *all = arena_alloc(a, (s->parts.n + 1) * sizeof *all);
    if (!all) return RC_OOM;
    *out = (struct list){ all, 0 };
    if (s->resource_kind != NONE)
        all[out->n++] = (struct service_part){ .kind = PART_RESOURCE, .resource_kind = s->resource_kind, .quantity = 1, .duration_min = NONE };
    for (size_t i = 0; i < s->parts.n; i++) all[out->n++] = *LIST_AT(s->parts, struct service_part, i);
    return RC_OK;
}

static const char *kind_name(int64_t kind)
{
    return kind == NONE ? NULL : resource_kind_names[kind];
}

static enum rc parts_insert(struct tx *tx, const struct service *s)
{
    for (size_t i = 0; i < s->parts.n; i++) {
        const struct service_part *p = LIST_AT(s->parts, struct service_part, i);
        bool provider = p->kind == PART_PROVIDER;
        struct list pool = provider ? p->provider_ids : p->resource_ids;
        int64_t at = (int64_t)i;
        TRY(tx_run_query(tx, &Q_PART_INSERT, ARGS(U(s->id), I(at), S(part_kind_names[p->kind]), S(kind_name(p->resource_kind)), I(p->quantity),
            I(p->offset_min), I(p->duration_min))));
        for (size_t k = 0; k < pool.n; k++) {
            struct id who = *LIST_AT(pool, struct id, k);
            TRY(tx_run_query(tx, &Q_POOL_INSERT, ARGS(U(s->id), I(at), I((int64_t)k), U(provider ? who : ID_NIL), U(provider ? ID_NIL : who))));
        }
    }
    return RC_OK;
}

/* ---- services --------------------------------------------------------------------------------------------------------- */

enum rc services_get(struct tdb *db, struct id id, struct service *out)
{
    struct list links, rows;
    size_t at = 0;
    struct tdb *b = db_batch(db);
    TRY(db_get(b, &Q_SERVICE_GET, ARGS(U(id)), &service_shape, out));
    TRY(db_list(b, &Q_LINKS_OF_SERVICE, ARGS(U(id)), &link_shape, PROVIDERS_MAX, &links));
    TRY(db_list(b, &Q_PARTS_OF_SERVICE, ARGS(U(id)), &part_row_shape, 2000, &rows));
    out->id = ID_NIL;
    TRY(db_batch_run(b));
    if (id_is_nil(out->id)) return RC_NOT_FOUND;
    TRY(gather_parts(db_arena(db), rows, &at, out));
    return pick(db_arena(db), links, id, true, &out->provider_ids);
}

enum rc services_list(struct tdb *db, bool archived, struct list *out)
{
    struct list links, rows;
    TRY(db_list(db, &Q_SERVICE_LIST, ARGS(Z(archived)), &service_shape, SERVICES_MAX, out));
    TRY(db_list(db, &Q_LINKS, ARGS(), &link_shape, LINKS_MAX, &links));
    TRY(db_list(db, &Q_PARTS, ARGS(), &part_row_shape, 20000, &rows));
    for (size_t i = 0; i < out->n; i++) {
        struct service *s = LIST_AT(*out, struct service, i);
        size_t first = 0;
        while (first < rows.n && !id_eq(LIST_AT(rows, struct part_row, first)->service_id, s->id)) first++;
        TRY(gather_parts(db_arena(db), rows, &first, s));
        TRY(pick(db_arena(db), links, s->id, true, &s->provider_ids));
    }
    return RC_OK;
}

struct service services_default(void)
{
    return (struct service){ .step_min = 15, .public = true, .any_provider = true, .min_notice_min = NONE, .horizon_days = NONE, .max_per_day = NONE,
        .resource_kind = NONE, .approval_holds_time = true, .approval_expires_after_min = 1440, .move_notice_min = NONE, .cancel_notice_min = NONE,
        .max_per_client_day = NONE, .max_per_client_week = NONE, .max_per_client_open = NONE, .lead_min = NONE, .seats = 1, .deposit_minor = NONE, .deposit_percent = NONE, .version = 1 };
}

#define RULES(s) Z((s)->approval_required), Z((s)->approval_holds_time), I((s)->approval_expires_after_min), I((s)->move_notice_min), \
    I((s)->cancel_notice_min), I((s)->max_per_client_day), I((s)->max_per_client_week), I((s)->max_per_client_open), I((s)->question_count)
/* 0 in a struct that was made without them */
static int64_t or_none(int64_t v) { return v > 0 ? v : NONE; }
#define MORE(s) U((s)->id), Z((s)->telehealth), S(service_pay_names[(s)->pay]), I(or_none((s)->deposit_minor)), I(or_none((s)->deposit_percent)), U((s)->tax_rate_id)

enum rc services_insert(struct tx *tx, const struct service *s, int64_t now)
{
    TRY(tx_run_query(tx, &Q_SERVICE_INSERT, ARGS(U(s->id), S(s->name), S(s->description), I(s->duration_min), I(s->buffer_before_min),
        I(s->buffer_after_min), I(s->step_min), I(s->price_minor), S(s->currency), S(s->color), Z(s->public), Z(s->any_provider),
        I(s->min_notice_min), I(s->horizon_days), I(s->max_per_day), S(kind_name(s->resource_kind)), I(s->position), Z(s->archived), I(s->lead_min), I(s->seats),
        RULES(s))));
    TRY(tx_run_query(tx, &Q_SERVICE_MORE, ARGS(MORE(s))));
    TRY(parts_insert(tx, s));
    return links_replace_of_service(tx, s->id, s->provider_ids, now);
}

enum rc services_update(struct tx *tx, const struct service *s, int64_t version, int64_t now, enum rc lost)
{
    TRY(tx_one(tx, &Q_SERVICE_UPDATE, ARGS(U(s->id), I(version), S(s->name), S(s->description), I(s->duration_min), I(s->buffer_before_min),
        I(s->buffer_after_min), I(s->step_min), I(s->price_minor), S(s->currency), S(s->color), Z(s->public), Z(s->any_provider),
        I(s->min_notice_min), I(s->horizon_days), I(s->max_per_day), S(kind_name(s->resource_kind)), I(s->position), Z(s->archived), I(s->lead_min), I(s->seats), RULES(s)), lost));
    TRY(tx_run_query(tx, &Q_SERVICE_MORE, ARGS(MORE(s))));
    TRY(tx_run_query(tx, &Q_POOL_CLEAR, ARGS(U(s->id))));
    TRY(tx_run_query(tx, &Q_PARTS_CLEAR, ARGS(U(s->id))));
    TRY(parts_insert(tx, s));
    return links_replace_of_service(tx, s->id, s->provider_ids, now);
}

/* ---- providers -------------------------------------------------------------------------------------------------------- */

enum rc providers_get(struct tdb *db, struct id id, struct provider *out)
{
    struct list links;
    TRY(db_get(db, &Q_PROVIDER_GET, ARGS(U(id)), &provider_shape, out));
    TRY(db_list(db, &Q_LINKS_OF_PROVIDER, ARGS(U(id)), &link_shape, SERVICES_MAX, &links));
    return pick(db_arena(db), links, id, false, &out->service_ids);
}

enum rc providers_list(struct tdb *db, bool archived, struct list *out)
{
    struct list links;
    struct tdb *b = db_batch(db);
    TRY(db_list(b, &Q_PROVIDER_LIST, ARGS(Z(archived)), &provider_shape, PROVIDERS_MAX, out));
    TRY(db_list(b, &Q_LINKS, ARGS(), &link_shape, LINKS_MAX, &links));
    TRY(db_batch_run(b));
    for (size_t i = 0; i < out->n; i++) {
        struct provider *p = LIST_AT(*out, struct provider, i);
        TRY(pick(db_arena(db), links, p->id, false, &p->service_ids));
    }
    return RC_OK;
}

enum rc providers_heads(struct tdb *db, struct list *out) { return db_list(db, &Q_PROVIDER_LIST, ARGS(Z(false)), &provider_shape, PROVIDERS_MAX, out); }

enum rc providers_insert(struct tx *tx, const struct provider *p, int64_t now)
{
    TRY(tx_run_query(tx, &Q_PROVIDER_INSERT,
        ARGS(U(p->id), U(p->member_id), S(p->name), S(p->title), S(p->color), Z(p->bookable), I(p->position), Z(p->archived))));
    return links_replace_of_provider(tx, p->id, p->service_ids, now);
}

enum rc providers_update(struct tx *tx, const struct provider *p, int64_t version, int64_t now, enum rc lost)
{
    TRY(tx_one(tx, &Q_PROVIDER_UPDATE,
        ARGS(U(p->id), I(version), U(p->member_id), S(p->name), S(p->title), S(p->color), Z(p->bookable), I(p->position), Z(p->archived)), lost));
    return links_replace_of_provider(tx, p->id, p->service_ids, now);
}

/* ---- hours ------------------------------------------------------------------------------------------------------------ */

enum rc hours_list(struct tdb *db, struct id provider, struct list *out)
{
    if (id_is_nil(provider)) return db_list(db, &Q_HOURS_ALL, ARGS(), &hours_shape, PROVIDERS_MAX * HOURS_MAX, out);
    return db_list(db, &Q_HOURS, ARGS(U(provider)), &hours_shape, HOURS_MAX, out);
}

enum rc exceptions_list(struct tdb *db, struct id provider, int64_t from, int64_t to, struct list *out)
{
    if (id_is_nil(provider)) return db_list(db, &Q_EXCEPTIONS_ALL, ARGS(I(from), I(to)), &exception_shape, PROVIDERS_MAX * EXCEPTIONS_MAX, out);
    return db_list(db, &Q_EXCEPTIONS, ARGS(U(provider), I(from), I(to)), &exception_shape, EXCEPTIONS_MAX, out);
}

enum rc hours_clear(struct tx *tx, struct id provider) { return tx_run_query(tx, &Q_HOURS_CLEAR, ARGS(U(provider))); }
enum rc exceptions_clear(struct tx *tx, struct id provider) { return tx_run_query(tx, &Q_EXCEPTIONS_CLEAR, ARGS(U(provider))); }

enum rc hours_insert(struct tx *tx, struct id id, const struct provider_hours *h)
{
    return tx_run_query(tx, &Q_HOURS_INSERT, ARGS(U(id), U(h->provider_id), U(h->location_id), I(h->weekday), I(h->start_min), I(h->end_min)));
}

enum rc exceptions_insert(struct tx *tx, struct id id, const struct provider_exception *e)
{
    return tx_run_query(tx, &Q_EXCEPTION_INSERT,
        ARGS(U(id), U(e->provider_id), U(e->location_id), I(e->date), Z(e->closed), I(e->start_min), I(e->end_min), S(e->note)));
}
