/* identity_store.c - the statements on account, member, session and login_failure. */
#include "modules/identity/identity.h"

static const char *const kind_names[] = { "cookie", "bearer", NULL };
#define SESSIONS_ARE "sessions are found before the tenant is known"
#define ACCOUNTS_ARE "accounts belong to no tenant"

static const struct query Q_ACCOUNT_BY_EMAIL = { .name = "identity.account_by_email", .args = "t", .platform = ACCOUNTS_ARE,
    .sql = "SELECT id, email, name, password_hash, verified_at FROM account WHERE email = $1" };
static const struct query Q_ACCOUNT_BY_ID = { .name = "identity.account_by_id", .args = "u", .platform = ACCOUNTS_ARE,
    .sql = "SELECT id, email, name, password_hash, verified_at FROM account WHERE id = $1" };
static const struct query Q_ACCOUNT_INSERT = { .name = "identity.account_insert", .args = "utttii", .platform = ACCOUNTS_ARE,
    .sql = "INSERT INTO account (id, email, name, password_hash, created_at, verified_at) VALUES ($1, $2, $3, $4, $5, $6)" };
static const struct query Q_ACCOUNT_PASSWORD = { .name = "identity.account_password", .args = "ut", .platform = ACCOUNTS_ARE,
    .sql = "UPDATE account SET password_hash = $2 WHERE id = $1" };
static const struct query Q_ACCOUNT_VERIFIED = { .name = "identity.account_verified", .args = "ui", .platform = ACCOUNTS_ARE,
    .sql = "UPDATE account SET verified_at = COALESCE(verified_at, $2) WHERE id = $1" };
static const struct query Q_MEMBERS_OF_ACCOUNT = { .name = "identity.members_of_account", .args = "u", .platform = "an account may belong to several clinics",
    .sql = "SELECT id, account_id, tenant_id, role, name, email, created_at, version FROM member WHERE account_id = $1 ORDER BY created_at, id LIMIT 100" };
static const struct query Q_MEMBERS = { .name = "identity.members", .args = "",
    .sql = "SELECT id, account_id, tenant_id, role, name, email, created_at, version FROM member WHERE tenant_id = $1 ORDER BY name, id LIMIT 500" };
static const struct query Q_MEMBER = { .name = "identity.member", .args = "u",
    .sql = "SELECT m.id, m.account_id, m.tenant_id, m.role, m.name, m.email, m.created_at, m.version, a.verified_at FROM member m"
           " LEFT JOIN account a ON a.id = m.account_id WHERE m.tenant_id = $1 AND m.id = $2" };
static const struct query Q_MEMBER_INSERT = { .name = "identity.member_insert", .args = "uuttti",
    .sql = "INSERT INTO member (tenant_id, id, account_id, role, name, email, version, created_at) VALUES ($1, $2, $3, $4, $5, $6, 1, $7)" };
static const struct query Q_SESSION_INSERT = { .name = "identity.session_insert", .args = "tuuuutiiitt", .platform = SESSIONS_ARE,
    .sql = "INSERT INTO session (token_hash, id, tenant_id, member_id, account_id, kind, created_at, seen_at, expires_at, address, user_agent)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)" };
static const struct query Q_SESSION_FIND = { .name = "identity.session_find", .args = "t", .kept = KEPT_EXACT, .platform = SESSIONS_ARE,
    .sql = "SELECT s.id, s.tenant_id, s.member_id, s.account_id, s.kind, s.created_at, s.seen_at, s.expires_at, m.role, m.name, t.time_zone FROM session s"
           " JOIN member m ON m.tenant_id = s.tenant_id AND m.id = s.member_id JOIN tenant t ON t.tenant_id = s.tenant_id WHERE s.token_hash = $1" };
static const struct query Q_SESSION_TOUCH = { .name = "identity.session_touch", .args = "ui", .platform = SESSIONS_ARE,
    .sql = "UPDATE session SET seen_at = $2 WHERE id = $1", .scan = NULL };
static const struct query Q_SESSIONS = { .name = "identity.sessions", .args = "u", .platform = SESSIONS_ARE,
    .sql = "SELECT id, tenant_id, member_id, account_id, kind, created_at, seen_at, expires_at, address, user_agent FROM session WHERE account_id = $1"
           " ORDER BY id DESC LIMIT 200" };
static const struct query Q_SESSION_GET = { .name = "identity.session_get", .args = "uu", .platform = SESSIONS_ARE,
    .sql = "SELECT id, tenant_id, member_id, account_id, kind, created_at, seen_at, expires_at, address, user_agent FROM session WHERE account_id = $1"
           " AND id = $2" };
static const struct query Q_SESSION_DELETE = { .name = "identity.session_delete", .args = "uu", .platform = SESSIONS_ARE,
    .sql = "DELETE FROM session WHERE account_id = $1 AND id = $2" };
static const struct query Q_SESSIONS_DELETE_OTHERS = { .name = "identity.sessions_delete_others", .args = "uu", .platform = SESSIONS_ARE,
    .sql = "DELETE FROM session WHERE account_id = $1 AND id <> $2" };
static const struct query Q_SESSIONS_PURGE = { .name = "identity.sessions_purge", .args = "i", .platform = SESSIONS_ARE,
    .sql = "DELETE FROM session WHERE expires_at < $1" };
static const struct query Q_FAILURE_GET = { .name = "identity.failure_get", .args = "t", .platform = "sign-in comes before the tenant",
    .sql = "SELECT failures, since, blocked_until FROM login_failure WHERE key = $1" };
static const struct query Q_FAILURE_PUT = { .name = "identity.failure_put", .args = "tiii", .platform = "sign-in comes before the tenant",
    .sql = "INSERT INTO login_failure (key, failures, since, blocked_until) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO UPDATE SET"
           " failures = excluded.failures, since = excluded.since, blocked_until = excluded.blocked_until" };
static const struct query Q_FAILURE_CLEAR = { .name = "identity.failure_clear", .args = "t", .platform = "sign-in comes before the tenant",
    .sql = "DELETE FROM login_failure WHERE key = $1" };
static const struct query Q_FAILURES_PURGE = { .name = "identity.failures_purge", .args = "i", .platform = "sign-in comes before the tenant",
    .sql = "DELETE FROM login_failure WHERE since < $1" };
const struct query *const identity_queries[] = { &Q_ACCOUNT_BY_EMAIL, &Q_ACCOUNT_BY_ID, &Q_ACCOUNT_INSERT, &Q_ACCOUNT_PASSWORD, &Q_ACCOUNT_VERIFIED,
    &Q_MEMBERS_OF_ACCOUNT,
    &Q_MEMBERS, &Q_MEMBER, &Q_MEMBER_INSERT, &Q_SESSION_INSERT, &Q_SESSION_FIND, &Q_SESSION_TOUCH, &Q_SESSIONS, &Q_SESSION_GET, &Q_SESSION_DELETE,
    &Q_SESSIONS_DELETE_OTHERS, &Q_SESSIONS_PURGE, &Q_FAILURE_GET, &Q_FAILURE_PUT, &Q_FAILURE_CLEAR, &Q_FAILURES_PURGE, NULL };

static const struct field account_fields[] = { F_ID(struct account, id), F_STR(struct account, email), F_STR(struct account, name),
    F_TEXT(K_SECRET, struct account, password_hash), F_INT(struct account, verified_at, .nullable = true), F_END };
const struct shape account_shape = SHAPE(account, account_fields);
static const struct field member_fields[] = { F_ID(struct member, id), F_ID(struct member, account_id), F_ID(struct member, tenant_id),
    F_ENUM(struct member, role, role_names), F_STR(struct member, name), F_STR(struct member, email), F_INSTANT(struct member, created_at),
    F_INT(struct member, verified_at, .nullable = true), F_INT(struct member, version), F_END };
const struct shape member_shape = SHAPE(member, member_fields);
static const struct field session_fields[] = { F_ID(struct session, id), F_ID(struct session, tenant_id), F_ID(struct session, member_id),
    F_ID(struct session, account_id), F_ENUM(struct session, kind, kind_names), F_INSTANT(struct session, created_at), F_INSTANT(struct session, seen_at),
    F_INSTANT(struct session, expires_at), F_ENUM(struct session, role, role_names), F_STR(struct session, name), F_STR(struct session, time_zone), F_STR(struct session, address),
    F_STR(struct session, user_agent), F_BOOL(struct session, current), F_END };
const struct shape session_row_shape = SHAPE(session, session_fields);
static const struct field failure_fields[] = { F_INT(struct login_failure, failures), F_INT(struct login_failure, since),
    F_INT(struct login_failure, blocked_until), F_END };
static const struct shape failure_shape = SHAPE(login_failure, failure_fields);

enum rc accounts_by_email(struct tdb *db, const char *email, struct account *out) { return db_get(db, &Q_ACCOUNT_BY_EMAIL, ARGS(S(email)), &account_shape, out); }
enum rc accounts_by_id(struct tdb *db, struct id id, struct account *out) { return db_get(db, &Q_ACCOUNT_BY_ID, ARGS(U(id)), &account_shape, out); }

enum rc accounts_insert(struct tx *tx, const struct account *a, int64_t now)
{
    return tx_run_query(tx, &Q_ACCOUNT_INSERT, ARGS(U(a->id), S(a->email), S(a->name), S(a->password_hash), I(now), I(a->verified_at)));
}

enum rc accounts_set_password(struct tx *tx, struct id id, const char *hash) { return tx_one(tx, &Q_ACCOUNT_PASSWORD, ARGS(U(id), S(hash)), RC_NOT_FOUND); }

enum rc accounts_set_verified(struct tx *tx, struct id id, int64_t now) { return tx_one(tx, &Q_ACCOUNT_VERIFIED, ARGS(U(id), I(now)), RC_NOT_FOUND); }

enum rc members_of_account(struct tdb *db, struct id account, struct list *out)
{
    return db_list(db, &Q_MEMBERS_OF_ACCOUNT, ARGS(U(account)), &member_shape, 100, out);
}

enum rc members_list(struct tdb *db, struct list *out) { return db_list(db, &Q_MEMBERS, ARGS(), &member_shape, MEMBERS_MAX, out); }
enum rc members_get(struct tdb *db, struct id id, struct member *out) { return db_get(db, &Q_MEMBER, ARGS(U(id)), &member_shape, out); }

enum rc members_insert(struct tx *tx, const struct member *m)
{
    return tx_run_query(tx, &Q_MEMBER_INSERT, ARGS(U(m->id), U(m->account_id), S(role_names[m->role]), S(m->name), S(m->email), I(m->created_at)));
}

enum rc sessions_insert(struct tx *tx, const struct session *s)
{
    return tx_run_query(tx, &Q_SESSION_INSERT, ARGS(S(s->token_hash), U(s->id), U(s->tenant_id), U(s->member_id), U(s->account_id),
        S(kind_names[s->kind]), I(s->created_at), I(s->seen_at), I(s->expires_at), S(s->address ? s->address : ""), S(s->user_agent ? s->user_agent : "")));
}

enum rc sessions_find(struct tdb *db, const char *hash, struct session *out) { return db_get(db, &Q_SESSION_FIND, ARGS(S(hash)), &session_row_shape, out); }
enum rc sessions_touch(struct tx *tx, struct id id, int64_t now) { return tx_run_query(tx, &Q_SESSION_TOUCH, ARGS(U(id), I(now))); }

enum rc sessions_of_account(struct tdb *db, struct id account, struct list *out)
{
    return db_list(db, &Q_SESSIONS, ARGS(U(account)), &session_row_shape, SESSIONS_MAX, out);
}

enum rc sessions_get(struct tdb *db, struct id account, struct id id, struct session *out)
{
    return db_get(db, &Q_SESSION_GET, ARGS(U(account), U(id)), &session_row_shape, out);
}

enum rc sessions_delete(struct tx *tx, struct id account, struct id id) { return tx_one(tx, &Q_SESSION_DELETE, ARGS(U(account), U(id)), RC_NOT_FOUND); }
enum rc sessions_delete_others(struct tx *tx, struct id account, struct id keep) { return tx_run_query(tx, &Q_SESSIONS_DELETE_OTHERS, ARGS(U(account), U(keep))); }
enum rc sessions_purge(struct tx *tx, int64_t before) { return tx_run_query(tx, &Q_SESSIONS_PURGE, ARGS(I(before))); }
enum rc failures_get(struct tdb *db, const char *key, struct login_failure *out) { return db_get(db, &Q_FAILURE_GET, ARGS(S(key)), &failure_shape, out); }

enum rc failures_put(struct tx *tx, const char *key, const struct login_failure *f)
{
    return tx_run_query(tx, &Q_FAILURE_PUT, ARGS(S(key), I(f->failures), I(f->since), I(f->blocked_until)));
}

enum rc failures_clear(struct tx *tx, const char *key) { return tx_run_query(tx, &Q_FAILURE_CLEAR, ARGS(S(key))); }
enum rc failures_purge(struct tx *tx, int64_t before) { return tx_run_query(tx, &Q_FAILURES_PURGE, ARGS(I(before))); }

enum rc identity_insert_clinic(struct tx *tx, const struct new_clinic *c)
{
    if (!c->account_exists) TRY(accounts_insert(tx, &c->account, c->now));
    TRY(tenants_insert(tx, &c->tenant, c->now));
    TRY(members_insert(tx, &c->owner));
    return locations_insert(tx, &c->location);
}
