/* till_store.c - the statements on till, till_session and till_move. */
#include "modules/till/till_rows.h"

#define TILL "t.id, t.location_id, t.name, t.currency, t.carry_minor, t.archived, t.version, s.id AS session_id"
#define TILL_FROM " FROM till t LEFT JOIN till_session s ON s.tenant_id = t.tenant_id AND s.till_id = t.id AND s.state = 'open'"
static const struct query Q_GET = { .name = "till.get", .args = "u", .sql = "SELECT " TILL TILL_FROM " WHERE t.tenant_id = $1 AND t.id = $2" };
static const struct query Q_LIST = { .name = "till.list", .args = "z",
    .sql = "SELECT " TILL TILL_FROM " WHERE t.tenant_id = $1 AND t.archived <= $2 ORDER BY t.name, t.id LIMIT 100" };
static const struct query Q_COUNT = { .name = "till.count", .args = "", .sql = "SELECT COUNT(*) FROM till WHERE tenant_id = $1" };
static const struct query Q_INSERT = { .name = "till.insert", .args = "uutt",
    .sql = "INSERT INTO till (tenant_id, id, location_id, name, currency, archived, version) VALUES ($1, $2, $3, $4, $5, 0, 1)" };
static const struct query Q_UPDATE = { .name = "till.update", .args = "uitz",
    .sql = "UPDATE till SET version = version + 1, name = $4, archived = $5 WHERE tenant_id = $1 AND id = $2 AND version = $3" };
static const struct query Q_CARRY = { .name = "till.carry", .args = "uii",
    .sql = "UPDATE till SET version = version + 1, carry_minor = $3 WHERE tenant_id = $1 AND id = $2 AND version = COALESCE(CAST($4 AS BIGINT), version)" };

#define SESSION \
    "SELECT s.id, s.till_id, t.location_id, t.name AS till_name, t.currency, s.state, s.float_minor, s.opening_variance_minor, s.in_minor, s.out_minor," \
    " s.cash_minor, s.expected_minor, s.counted_minor, s.variance_minor, s.taken_minor, s.note, s.opened_at, s.opened_by, s.opened_by_name, s.closed_at," \
    " s.closed_by, s.closed_by_name, s.version FROM till_session s LEFT JOIN till t ON t.tenant_id = s.tenant_id AND t.id = s.till_id WHERE s.tenant_id = $1"
static const struct query Q_SESSION_GET = { .name = "till.session_get", .args = "u", .sql = SESSION " AND s.id = $2" };
static const struct query Q_SESSION_LIST = { .name = "till.session_list", .args = "iui",
    .sql = SESSION " AND (s.opened_at, s.id) < ($2, $3) ORDER BY s.opened_at DESC, s.id DESC LIMIT $4" };
static const struct query Q_SESSION_OF = { .name = "till.session_of", .args = "uiui",
    .sql = SESSION " AND s.till_id = $2 AND (s.opened_at, s.id) < ($3, $4) ORDER BY s.opened_at DESC, s.id DESC LIMIT $5" };
static const struct query Q_SESSION_OPEN = { .name = "till.session_open", .args = "u",
    .sql = SESSION " AND s.state = 'open' AND t.location_id = $2 ORDER BY t.name, s.id LIMIT 100" };
static const struct query Q_SESSION_INSERT = { .name = "till.session_insert", .args = "uuiiiut",
    .sql = "INSERT INTO till_session (tenant_id, id, till_id, state, float_minor, opening_variance_minor, in_minor, out_minor, cash_minor, expected_minor,"
           " opened_at, opened_by, opened_by_name, version) VALUES ($1, $2, $3, 'open', $4, $5, 0, 0, 0, $4, $6, $7, $8, 1)" };
static const struct query Q_SESSION_CLOSE = { .name = "till.session_close", .args = "uiiiitiut",
    .sql = "UPDATE till_session SET version = version + 1, state = 'closed', counted_minor = $4, variance_minor = $5, taken_minor = $6, note = $7, closed_at = $8,"
           " closed_by = $9, closed_by_name = $10 WHERE tenant_id = $1 AND id = $2 AND version = $3 AND state = 'open'" };
static const struct query Q_SESSION_USE = { .name = "till.session_use", .args = "ui",
    .sql = "UPDATE till_session SET version = version + 1, cash_minor = cash_minor + $3, expected_minor = expected_minor + $3"
           " WHERE tenant_id = $1 AND id = $2 AND state = 'open'" };
static const struct query Q_SESSION_HAND = { .name = "till.session_hand", .args = "uii",
    .sql = "UPDATE till_session SET version = version + 1, in_minor = in_minor + $3, out_minor = out_minor + $4, expected_minor = expected_minor + $3 - $4"
           " WHERE tenant_id = $1 AND id = $2 AND state = 'open'" };
static const struct query Q_MOVE_INSERT = { .name = "till.move_insert", .args = "uutituti",
    .sql = "INSERT INTO till_move (tenant_id, id, session_id, kind, amount_minor, reason, actor_id, actor_name, created_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)" };
static const struct query Q_MOVES = { .name = "till.moves", .args = "u",
    .sql = "SELECT id, session_id, kind, amount_minor, reason, actor_id, actor_name, created_at FROM till_move WHERE tenant_id = $1 AND session_id = $2"
           " ORDER BY created_at DESC, id DESC LIMIT 500" };
const struct query *const till_queries[] = { &Q_GET, &Q_LIST, &Q_COUNT, &Q_INSERT, &Q_UPDATE, &Q_CARRY, &Q_SESSION_GET, &Q_SESSION_LIST, &Q_SESSION_OF,
    &Q_SESSION_OPEN, &Q_SESSION_INSERT, &Q_SESSION_CLOSE, &Q_SESSION_USE, &Q_SESSION_HAND, &Q_MOVE_INSERT, &Q_MOVES, NULL };

void till_name_account(struct arena *a, struct id till, const char **out)
{
    char id[ID_TEXT];
    *out = arena_printf(a, "till:%s", id_format(till, id));
}

enum rc till_get(struct tdb *db, struct id id, struct till *out)
{
    TRY(db_get(db, &Q_GET, ARGS(U(id)), &till_shape, out));
    till_name_account(db_arena(db), out->id, &out->account_code);
    return RC_OK;
}

enum rc till_list(struct tdb *db, bool archived, struct list *out)
{
    TRY(db_list(db, &Q_LIST, ARGS(Z(archived)), &till_shape, TILLS_MAX, out));
    for (size_t i = 0; i < out->n; i++) {
        struct till *t = LIST_AT(*out, struct till, i);
        till_name_account(db_arena(db), t->id, &t->account_code);
    }
    return RC_OK;
}

enum rc till_insert(struct tx *tx, const struct till *t)
{
    return tx_run_query(tx, &Q_INSERT, ARGS(U(t->id), U(t->location_id), S(t->name), S(t->currency)));
}

enum rc till_update(struct tx *tx, const struct till *t, int64_t version, enum rc lost)
{
    return tx_one(tx, &Q_UPDATE, ARGS(U(t->id), I(version), S(t->name), Z(t->archived)), lost);
}

enum rc till_count(struct tdb *db, int64_t *out) { return db_int(db, &Q_COUNT, ARGS(), out); }

enum rc till_carry(struct tx *tx, struct id id, int64_t minor, int64_t version)
{
    return tx_one(tx, &Q_CARRY, ARGS(U(id), I(minor), I(version)), version == NONE ? RC_NOT_FOUND : RC_RETRY);
}

enum rc till_session_get(struct tdb *db, struct id id, struct till_session *out)
{
    TRY(db_get(db, &Q_SESSION_GET, ARGS(U(id)), &till_session_shape, out));
    till_name_account(db_arena(db), out->till_id, &out->account_code);
    return RC_OK;
}

static void name_accounts(struct tdb *db, struct list *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct till_session *s = LIST_AT(*l, struct till_session, i);
        till_name_account(db_arena(db), s->till_id, &s->account_code);
    }
}

enum rc till_sessions_list(struct tdb *db, struct id till, const struct position *after, int64_t limit, struct list *out)
{
    struct id last = after->id;
    int64_t at = after->number;
    if (id_is_nil(last)) { /* from the start: before everything */
        for (size_t i = 0; i < sizeof last.b; i++) last.b[i] = 0xff;
        at = INT64_MAX;
    }
    if (id_is_nil(till)) TRY(db_list(db, &Q_SESSION_LIST, ARGS(I(at), U(last), I(limit)), &till_session_shape, (size_t)limit, out));
    else TRY(db_list(db, &Q_SESSION_OF, ARGS(U(till), I(at), U(last), I(limit)), &till_session_shape, (size_t)limit, out));
    name_accounts(db, out);
    return RC_OK;
}

enum rc till_sessions_open(struct tdb *db, struct id location, struct list *out)
{
    TRY(db_list(db, &Q_SESSION_OPEN, ARGS(U(location)), &till_session_shape, TILLS_MAX, out));
    name_accounts(db, out);
    return RC_OK;
}

enum rc till_session_insert(struct tx *tx, const struct till_session *s)
{
    return tx_run_query(tx, &Q_SESSION_INSERT,
        ARGS(U(s->id), U(s->till_id), I(s->float_minor), I(s->opening_variance_minor), I(s->opened_at), U(s->opened_by), S(s->opened_by_name)));
}

enum rc till_session_close(struct tx *tx, const struct till_session *s, enum rc lost)
{
    return tx_one(tx, &Q_SESSION_CLOSE,
        ARGS(U(s->id), I(s->version), I(s->counted_minor), I(s->variance_minor), I(s->taken_minor), S(s->note), I(s->closed_at), U(s->closed_by),
            S(s->closed_by_name)), lost);
}

enum rc till_session_use(struct tx *tx, const struct till_session *s, int64_t amount_minor, enum rc closed)
{
    return tx_one(tx, &Q_SESSION_USE, ARGS(U(s->id), I(amount_minor)), closed);
}

enum rc till_session_by_hand(struct tx *tx, struct id id, int64_t in, int64_t out, enum rc closed)
{
    return tx_one(tx, &Q_SESSION_HAND, ARGS(U(id), I(in), I(out)), closed);
}

enum rc till_moves_of(struct tdb *db, struct id session, struct list *out)
{
    return db_list(db, &Q_MOVES, ARGS(U(session)), &till_move_shape, TILL_MOVES_MAX, out);
}

enum rc till_move_insert(struct tx *tx, const struct till_move *m)
{
    return tx_run_query(tx, &Q_MOVE_INSERT,
        ARGS(U(m->id), U(m->session_id), S(till_move_kind_names[m->kind]), I(m->amount_minor), S(m->reason), U(m->actor_id), S(m->actor_name), I(m->created_at)));
}
