/* rules_store.c - see rules_store.h. */
#include "modules/calendar/rules_store.h"

/* ---- who gets what is left to the clinic --------------------------------------------------------------------------------- */

const struct query Q_SHARES_OF_MONTH = { .name = "calendar.shares_of_month", .args = "ui",
    .sql = "SELECT o.provider_id, o.priority, o.weight, o.since_at, x.booked, x.last_at FROM service_provider o LEFT JOIN assign_share x"
           " ON x.tenant_id = o.tenant_id AND x.service_id = o.service_id AND x.provider_id = o.provider_id AND x.month = $3"
           " WHERE o.tenant_id = $1 AND o.service_id = $2 LIMIT 200" };
const struct query Q_SHARE_COUNT = { .name = "calendar.share_count", .args = "uuiiii",
    .sql = "INSERT INTO assign_share (tenant_id, service_id, provider_id, month, booked, last_at) VALUES ($1, $2, $3, $4, $5, $6)"
           " ON CONFLICT (tenant_id, service_id, provider_id, month) DO UPDATE SET booked = excluded.booked, last_at = excluded.last_at"
           " WHERE assign_share.booked = $7" };
const struct query Q_SHARE_COUNT_ANYWAY = { .name = "calendar.share_count_anyway", .args = "uuiii",
    .sql = "INSERT INTO assign_share (tenant_id, service_id, provider_id, month, booked, last_at) VALUES ($1, $2, $3, $4, $5, $6)"
           " ON CONFLICT (tenant_id, service_id, provider_id, month) DO UPDATE SET booked = assign_share.booked + 1, last_at = excluded.last_at" };
const struct query Q_SHARE_GIVE_BACK = { .name = "calendar.share_give_back", .args = "uuii",
    .sql = "UPDATE assign_share SET booked = booked + $5 WHERE tenant_id = $1 AND service_id = $2 AND provider_id = $3 AND month = $4"
           " AND booked + $5 >= 0" };

struct share_row { struct id provider_id; int64_t priority, weight, since_at, booked, last_at; };
static const struct field share_fields[] = { F_ID(struct share_row, provider_id), F_INT(struct share_row, priority), F_INT(struct share_row, weight),
    F_INT(struct share_row, since_at), F_INT(struct share_row, booked), F_INT(struct share_row, last_at), F_END };
static const struct shape share_shape = SHAPE_NAMED("assign_share", share_row, share_fields);

int64_t assign_month(const struct zone *z, int64_t start)
{
    struct civil day;
    date_to_civil(zone_date(z, start), &day);
    return day.year * 12 + day.month;
}

enum rc assign_load(struct tdb *db, struct id service, int64_t month, const struct zone *z, struct list providers, struct assign_candidate **out)
{
    struct list rows;
    TRY(db_list(db, &Q_SHARES_OF_MONTH, ARGS(U(service), I(month)), &share_shape, PROVIDERS_MAX, &rows));
    struct assign_candidate *c = arena_alloc(db_arena(db), (providers.n + 1) * sizeof *c);
    if (!c) return RC_OOM;
    for (size_t i = 0; i < providers.n; i++) {
        const struct provider *p = LIST_AT(providers, struct provider, i);
        c[i] = (struct assign_candidate){ .booked = NONE, .last_assigned_at = NONE, .position = p->position, .id = p->id };
        for (size_t k = 0; k < rows.n; k++) {
            const struct share_row *x = LIST_AT(rows, struct share_row, k);
            if (!id_eq(x->provider_id, p->id)) continue;
            c[i].priority = x->priority;
            c[i].weight = x->weight;
            c[i].booked = x->booked;
            c[i].last_assigned_at = x->last_at;
            c[i].newcomer = x->since_at > 0 && assign_month(z, x->since_at) >= month;
        }
    }
    assign_prepare(c, providers.n);
    *out = c;
    return RC_OK;
}

enum rc assign_count(struct tx *tx, struct id service, struct id provider, int64_t month, int64_t base, int64_t now, bool anyway)
{
    if (anyway) return tx_run_query(tx, &Q_SHARE_COUNT_ANYWAY, ARGS(U(service), U(provider), I(month), I(base + 1), I(now)));
    return tx_one(tx, &Q_SHARE_COUNT, ARGS(U(service), U(provider), I(month), I(base + 1), I(now), I(base)), RC_OVERLAP);
}

enum rc assign_give_back(struct tx *tx, struct id service, struct id provider, int64_t month, int64_t by)
{
    return tx_run_query(tx, &Q_SHARE_GIVE_BACK, ARGS(U(service), U(provider), I(month), I(by)));
}

/* ---- limits ---------------------------------------------------------------------------------------------------------------- */

#define LIMIT_ROWS "a.id, a.service_id, a.starts_at AS start, a.ends_at AS finish, a.status"
/* The window may lie before now: from the earlier of both on. */
const struct query Q_LIMIT_OF_CLIENT = { .name = "calendar.limit_of_client", .args = "ui",
    .sql = "SELECT " LIMIT_ROWS " FROM appointment a WHERE a.tenant_id = $1 AND a.client_id = $2 AND a.starts_at >= $3"
           " AND a.status NOT IN ('cancelled', 'no_show', 'expired', 'declined') ORDER BY a.starts_at LIMIT 1000" };
const struct query Q_LIMIT_OF_PERSON = { .name = "calendar.limit_of_person", .args = "tti",
    .sql = "SELECT " LIMIT_ROWS " FROM client c LEFT JOIN appointment a ON a.tenant_id = c.tenant_id AND a.client_id = c.id AND a.starts_at >= $4"
           " WHERE c.tenant_id = $1 AND c.email = $2 AND c.name_folded = $3 AND a.id IS NOT NULL"
           " AND a.status NOT IN ('cancelled', 'no_show', 'expired', 'declined') ORDER BY a.starts_at LIMIT 1000" };
static const struct field limit_fields[] = { F_ID(struct limit_row, id), F_ID(struct limit_row, service_id), F_INT(struct limit_row, start),
    { .name = "finish", .kind = K_INT, .off = offsetof(struct limit_row, end) }, F_ENUM(struct limit_row, status, appt_state_names), F_END };
static const struct shape limit_shape = SHAPE(limit_row, limit_fields);

enum rc limits_rows(struct tdb *db, struct id client, const char *email, const char *name, int64_t from, int64_t now, struct list *out)
{
    int64_t since = (from < now ? from : now) - USEC_PER_DAY; /* one that began yesterday may not be over yet */
    if (!id_is_nil(client)) return db_list(db, &Q_LIMIT_OF_CLIENT, ARGS(U(client), I(since)), &limit_shape, 1000, out);
    return db_list(db, &Q_LIMIT_OF_PERSON, ARGS(S(email), S(text_fold(db_arena(db), name)), I(since)), &limit_shape, 1000, out);
}

const struct query Q_REQUESTS_COUNT = { .name = "calendar.requests_count", .args = "i",
    .sql = "SELECT COUNT(*) FROM appointment WHERE tenant_id = $1 AND status = 'requested' AND lapses_at > $2" };

enum rc requests_count(struct tdb *db, int64_t now, int64_t *out) { return db_int(db, &Q_REQUESTS_COUNT, ARGS(I(now)), out); }

/* ---- answers ----------------------------------------------------------------------------------------------------------------- */

const struct query Q_ANSWER_INSERT = { .name = "calendar.answer_insert", .args = "uiuttt",
    .sql = "INSERT INTO appointment_answer (tenant_id, appointment_id, position, question_id, kind, question, value) VALUES ($1, $2, $3, $4, $5, $6, $7)" };
const struct query Q_ANSWERS = { .name = "calendar.answers", .args = "u",
    .sql = "SELECT question_id, kind, question, value FROM appointment_answer WHERE tenant_id = $1 AND appointment_id = $2 ORDER BY position LIMIT 20" };
const struct query Q_ANSWERS_CLEAR = { .name = "calendar.answers_clear", .args = "u",
    .sql = "DELETE FROM appointment_answer WHERE tenant_id = $1 AND appointment_id = $2" };
static const struct field answer_fields[] = { F_ID(struct answer_kept, question_id), F_ENUM(struct answer_kept, kind, question_kind_names),
    F_STR(struct answer_kept, question), F_STR(struct answer_kept, value), F_END };
static const struct shape answer_row = SHAPE_NAMED("answer_row", answer_kept, answer_fields);

enum rc answers_insert(struct tx *tx, struct id appointment, struct list answers)
{
    for (size_t i = 0; i < answers.n; i++) {
        const struct answer_kept *x = LIST_AT(answers, struct answer_kept, i);
        TRY(tx_run_query(tx, &Q_ANSWER_INSERT, ARGS(U(appointment), I((int64_t)i), U(x->question_id), S(question_kind_names[x->kind]), S(x->question), S(x->value))));
    }
    return RC_OK;
}

enum rc answers_clear(struct tx *tx, struct id appointment) { return tx_run_query(tx, &Q_ANSWERS_CLEAR, ARGS(U(appointment))); }

enum rc answers_list(struct tdb *db, struct id appointment, struct list *out)
{
    return db_list(db, &Q_ANSWERS, ARGS(U(appointment)), &answer_row, QUESTIONS_MAX, out);
}
