/* identity_api.c - register, sign in and out, sessions, password, team list. */
#include "modules/identity/identity.h"
#include <stdio.h>
#include <string.h>

/* ---- shapes --------------------------------------------------------------------------------------------------------- */

struct register_in { const char *tenant_name, *slug, *name, *email, *password, *time_zone, *currency; };
static const struct field register_fields[] = {
    F_STR(struct register_in, tenant_name, .required = true, .max = 120, .doc = "Name of the clinic"),
    F_TEXT(K_SLUG, struct register_in, slug, .required = true, .min = 2, .max = 60, .doc = "Short name in the booking page's address"),
    F_STR(struct register_in, name, .required = true, .max = 120, .doc = "Your name"),
    F_TEXT(K_EMAIL, struct register_in, email, .required = true, .doc = "Your e-mail address"),
    F_TEXT(K_SECRET, struct register_in, password, .required = true, .min = PASSWORD_MIN, .max = PASSWORD_MAX, .doc = "At least 10 characters"),
    F_TEXT(K_ZONE, struct register_in, time_zone, .required = true, .max = 60, .doc = "IANA zone of the clinic"),
    F_TEXT(K_CURRENCY, struct register_in, currency, .required = true, .doc = "ISO 4217 code of prices"), F_END };
static const struct shape register_shape = SHAPE(register_in, register_fields);

struct login_in { const char *email, *password, *tenant; };
static const struct field login_fields[] = {
    F_TEXT(K_EMAIL, struct login_in, email, .required = true, .doc = "E-mail address"),
    F_TEXT(K_SECRET, struct login_in, password, .required = true, .max = PASSWORD_MAX, .doc = "Password"),
    F_TEXT(K_SLUG, struct login_in, tenant, .max = 60, .doc = "Short name of the clinic, when the account has several"), F_END };
static const struct shape login_shape = SHAPE(login_in, login_fields);

struct password_in { const char *current_password, *new_password; };
static const struct field password_fields[] = {
    F_TEXT(K_SECRET, struct password_in, current_password, .required = true, .max = PASSWORD_MAX, .doc = "The password now"),
    F_TEXT(K_SECRET, struct password_in, new_password, .required = true, .min = PASSWORD_MIN, .max = PASSWORD_MAX, .doc = "At least 10 characters"), F_END };
static const struct shape password_shape = SHAPE(password_in, password_fields);

static const struct field team_fields[] = { F_ID(struct member, id), F_STR(struct member, name), F_STR(struct member, email),
    F_ENUM(struct member, role, role_names), F_INSTANT(struct member, created_at), F_END };
static const struct shape team_shape = SHAPE_NAMED("member", member, team_fields);
static const struct field session_tenant_fields[] = { F_ID(struct tenant, id), F_STR(struct tenant, name), F_STR(struct tenant, slug),
    F_STR(struct tenant, time_zone), F_STR(struct tenant, currency), F_STR(struct tenant, locale), F_INT(struct tenant, week_start), F_END };
static const struct shape session_tenant_shape = SHAPE_NAMED("session_tenant", tenant, session_tenant_fields);

struct session_out { const void *member, *tenant; struct list permissions; const char *csrf_token; int64_t expires_at, idle_expires_at, email_verified; };
static const struct field session_fields[] = { F_OBJ(struct session_out, member, &team_shape), F_OBJ(struct session_out, tenant, &session_tenant_shape),
    F_SCALARS(struct session_out, permissions, K_STR), F_STR(struct session_out, csrf_token), F_INSTANT(struct session_out, expires_at),
    F_INSTANT(struct session_out, idle_expires_at),
    F_INSTANT(struct session_out, email_verified, .nullable = true, .doc = "When your e-mail address was confirmed; null: not yet, see auth/verify/send"), F_END };
static const struct shape session_shape = SHAPE(session_out, session_fields);
struct token_out { const char *token; int64_t expires_at; const void *session; };
static const struct field token_fields[] = { F_STR(struct token_out, token), F_INSTANT(struct token_out, expires_at),
    F_OBJ(struct token_out, session, &session_shape), F_END };
static const struct shape token_shape = SHAPE(token_out, token_fields);

static const char *const kind_names[] = { "cookie", "bearer", NULL };
static const struct field listed_fields[] = { F_ID(struct session, id), F_ENUM(struct session, kind, kind_names), F_INSTANT(struct session, created_at),
    F_INSTANT(struct session, seen_at), F_INSTANT(struct session, expires_at), F_STR(struct session, address), F_STR(struct session, user_agent),
    F_BOOL(struct session, current), F_END };
static const struct shape listed_shape = SHAPE_NAMED("session_listed", session, listed_fields);

/* ---- the session as the browser sees it --------------------------------------------------------------------------------- */

static int64_t idle_us(void) { return settings.session_idle_min * USEC_PER_MIN; }

static enum rc session_view(struct req *r, struct tdb *db, const struct session *s, struct session_out *out)
{
    struct member *m = arena_alloc(r->arena, sizeof *m);
    struct tenant *t = arena_alloc(r->arena, sizeof *t);
    const char **names = arena_alloc(r->arena, PERM_N * sizeof *names);
    char csrf[TOKEN_TEXT];
    size_t n = 0;
    if (!m || !t || !names) return RC_OOM;
    TRY(members_get(db, s->member_id, m));
    TRY(tenants_get(db, t));
    uint64_t perms = role_perms(m->role);
    for (int i = 0; i < PERM_N; i++)
        if (perms >> i & 1) names[n++] = perm_rows[i].name;
    seal_derive("csrf", s->id.b, sizeof s->id.b, csrf);
    int64_t idle = s->seen_at + idle_us();
    *out = (struct session_out){ m, t, { names, n }, arena_strdup(r->arena, csrf), s->expires_at, idle < s->expires_at ? idle : s->expires_at,
        m->verified_at };
    return RC_OK;
}

static struct session new_session(struct req *r, enum session_kind kind, char token[TOKEN_TEXT])
{
    char hex[65];
    seal_token_new(token);
    struct digest d = seal_token_hash(token);
    hex_encode(d.b, sizeof d.b, hex);
    return (struct session){ .id = id_new(), .token_hash = arena_strdup(r->arena, hex), .kind = kind, .created_at = r->now, .seen_at = r->now,
        .expires_at = r->now + settings.session_max_h * USEC_PER_HOUR, .address = r->address, .user_agent = r->user_agent };
}

/* ---- who is it ------------------------------------------------------------------------------------------------------------ */

struct touch { struct id session; int64_t now; };

static enum rc touch_tx(struct tx *tx, void *arg)
{
    struct touch *t = arg;
    return sessions_touch(tx, t->session, t->now);
}

static enum rc authenticate(struct req *r, const char *token, bool by_cookie, struct actor *out)
{
    struct session s = { 0 };
    char hex[65];
    if (strlen(token) != TOKEN_TEXT - 1) return RC_UNAUTHENTICATED;
    struct digest d = seal_token_hash(token);
    hex_encode(d.b, sizeof d.b, hex);
    enum rc rc = sessions_find(r->db, hex, &s);
    if (rc == RC_NOT_FOUND) return RC_UNAUTHENTICATED;
    TRY(rc);
    if (r->now >= s.expires_at || r->now >= s.seen_at + idle_us() || (s.kind == SESSION_COOKIE) != by_cookie) return RC_UNAUTHENTICATED;
    *out = (struct actor){ ACTOR_MEMBER, s.tenant_id, s.member_id, s.account_id, s.id, s.role, role_perms(s.role), s.name, NULL, by_cookie, s.time_zone };
    if (r->now - s.seen_at > USEC_PER_MIN) {
        struct touch t = { s.id, r->now };
        enum rc touched = db_tx(r->db, "identity.touch", touch_tx, &t);
        if (touched != RC_OK) LOG(LOG_WARN, "session.touch", KI("rc", touched)); /* the session lives on; nothing is lost */
    }
    return RC_OK;
}

/* ---- sign in ---------------------------------------------------------------------------------------------------------------- */

struct throttle { char account[80], address[100]; };

static struct throttle throttle_keys(struct req *r, const char *email)
{
    struct throttle t;
    char hex[65];
    struct digest d = seal_hash(email, strlen(email));
    hex_encode(d.b, 16, hex);
    snprintf(t.account, sizeof t.account, "account:%s", hex);
    snprintf(t.address, sizeof t.address, "address:%s", r->network);
    return t;
}

static enum rc check_blocked(struct req *r, const char *key)
{
    struct login_failure f = { 0 };
    enum rc rc = failures_get(r->db, key, &f);
    if (rc == RC_NOT_FOUND) return RC_OK;
    TRY(rc);
    if (f.blocked_until <= r->now) return RC_OK;
    reply_header(r, "Retry-After", arena_printf(r->arena, "%lld", (long long)((f.blocked_until - r->now) / USEC_PER_SEC + 1)));
    return req_fail(r, RC_LIMITED, "Too many failed sign-ins. Wait a moment and try again", NULL);
}

struct login {
    struct req *r;
    struct throttle keys;
    struct account account;
    struct member member;
    struct session session;
    char token[TOKEN_TEXT];
    struct id audit_id;
    const char *rehash;            /* a stronger hash of the same password, or NULL */
};

static enum rc count_failure(struct tx *tx, const char *key, int64_t now)
{
    struct login_failure f = { 0 };
    enum rc rc = failures_get(tx_db(tx), key, &f);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    f = identity_next_failure(f, now);
    return failures_put(tx, key, &f);
}

static enum rc failed_tx(struct tx *tx, void *arg)
{
    struct login *l = arg;
    TRY(count_failure(tx, l->keys.account, l->r->now));
    TRY(count_failure(tx, l->keys.address, l->r->now));
    if (id_is_nil(l->member.tenant_id)) return RC_OK;
    TRY(tx_enter_tenant(tx, l->member.tenant_id));
    return tx_audit(tx, l->r, &(struct audit_entry){ l->audit_id, "login.failed", "member", l->member.id, NULL, true });
}

static enum rc succeeded_tx(struct tx *tx, void *arg)
{
    struct login *l = arg;
    TRY(failures_clear(tx, l->keys.account)); /* the address's stay: an own account must not buy more tries at others' */
    if (l->rehash) TRY(accounts_set_password(tx, l->account.id, l->rehash));
    TRY(sessions_insert(tx, &l->session));
    TRY(tx_enter_tenant(tx, l->session.tenant_id));
    return tx_audit_system(tx, l->member.name, l->r->now, &(struct audit_entry){ l->audit_id, "login", "member", l->member.id, NULL, false });
}

/* The membership asked for by slug, or the oldest. */
static enum rc choose_member(struct req *r, struct login *l, const char *slug)
{
    struct list members;
    struct id tenant = ID_NIL;
    TRY(members_of_account(r->db, l->account.id, &members));
    if (slug) {
        enum rc rc = tenants_by_slug(r->db, slug, &tenant);
        if (rc != RC_OK) return rc == RC_NOT_FOUND ? RC_UNAUTHENTICATED : rc;
    }
    for (size_t i = 0; i < members.n; i++) {
        const struct member *m = LIST_AT(members, struct member, i);
        if (slug && !id_eq(m->tenant_id, tenant)) continue;
        l->member = *m;
        return RC_OK;
    }
    return RC_UNAUTHENTICATED;
}

static enum rc refuse(struct req *r, struct login *l)
{
    TRY(db_tx(r->db, "identity.failed", failed_tx, l));
    return req_fail(r, RC_UNAUTHENTICATED, "The e-mail address or the password is wrong", NULL);
}

static enum rc sign_in(struct req *r, enum session_kind kind, struct login *l)
{
    const struct login_in *in = r->in;
    *l = (struct login){ .r = r, .keys = throttle_keys(r, in->email), .audit_id = id_new() };
    TRY(check_blocked(r, l->keys.account));
    TRY(check_blocked(r, l->keys.address));
    enum rc rc = accounts_by_email(r->db, in->email, &l->account);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    bool right = seal_password_verify(rc == RC_OK ? l->account.password_hash : NULL, in->password);
    if (rc == RC_OK) rc = choose_member(r, l, in->tenant);
    if (rc != RC_OK && rc != RC_NOT_FOUND && rc != RC_UNAUTHENTICATED) return rc;
    if (!right || rc != RC_OK) return refuse(r, l);
    char hash[PASSWORD_HASH_TEXT];
    if (seal_password_needs_rehash(l->account.password_hash) && seal_password_hash(in->password, hash) == RC_OK) l->rehash = arena_strdup(r->arena, hash);
    l->session = new_session(r, kind, l->token);
    l->session.tenant_id = l->member.tenant_id;
    l->session.member_id = l->member.id;
    l->session.account_id = l->account.id;
    TRY(db_tx(r->db, "identity.login", succeeded_tx, l));
    return req_enter(r, l->member.tenant_id);
}

static enum rc login(struct req *r)
{
    struct login l;
    struct session_out out;
    TRY(sign_in(r, SESSION_COOKIE, &l));
    TRY(session_view(r, r->db, &l.session, &out));
    reply_cookie(r, arena_strdup(r->arena, l.token), settings.session_max_h * 3600);
    return reply(r, &out);
}

static enum rc token(struct req *r)
{
    struct login l;
    struct session_out view;
    TRY(sign_in(r, SESSION_BEARER, &l));
    TRY(session_view(r, r->db, &l.session, &view));
    struct token_out out = { arena_strdup(r->arena, l.token), l.session.expires_at, &view };
    return reply(r, &out);
}

/* ---- register ------------------------------------------------------------------------------------------------------------------ */

struct registration { struct req *r; struct new_clinic clinic; struct new_link link; struct session session; char token[TOKEN_TEXT]; struct id audit_id; struct session_out out; };

static enum rc register_tx(struct tx *tx, void *arg)
{
    struct registration *g = arg;
    TRY(identity_insert_clinic(tx, &g->clinic));
    TRY(sessions_insert(tx, &g->session));
    if (g->clinic.account.verified_at == NONE) {
        int64_t wait;
        enum rc rc = identity_send_link(tx, &g->link, &wait);
        if (rc != RC_OK && rc != RC_LIMITED) return rc; /* limited: the one for the clinic made just before is good */
    }
    TRY(tx_audit_system(tx, g->clinic.owner.name, g->r->now, &(struct audit_entry){ g->audit_id, "tenant.create", "tenant", g->clinic.tenant.id, NULL, false }));
    TRY(session_view(g->r, tx_db(tx), &g->session, &g->out));
    return reply(g->r, &g->out);
}

/* An account that exists must prove itself with its password; then it gets a second clinic. */
static enum rc known_account(struct req *r, const struct register_in *in, struct new_clinic *c)
{
    enum rc rc = accounts_by_email(r->db, in->email, &c->account);
    char hash[PASSWORD_HASH_TEXT];
    if (rc == RC_OK) {
        struct login l = { .r = r, .keys = throttle_keys(r, in->email) };
        TRY(check_blocked(r, l.keys.account));
        c->account_exists = seal_password_verify(c->account.password_hash, in->password);
        if (c->account_exists) return RC_OK;
        TRY(db_tx(r->db, "identity.failed", failed_tx, &l));
        return req_fail(r, RC_CONFLICT, "The clinic cannot be created with this short name and e-mail address. If you have an account, sign in", NULL);
    }
    if (rc != RC_NOT_FOUND) return rc;
    TRY(seal_password_hash(in->password, hash));
    c->account = (struct account){ .id = id_new(), .email = in->email, .name = in->name, .password_hash = arena_strdup(r->arena, hash), .verified_at = NONE };
    return RC_OK;
}

static enum rc register_clinic(struct req *r)
{
    const struct register_in *in = r->in;
    struct registration g = { .r = r, .audit_id = id_new() };
    struct new_clinic *c = &g.clinic;
    if (tenants_slug_reserved(in->slug)) req_field_error(r, "slug", "is reserved; choose another one");
    TRY(req_invalid(r));
    c->now = r->now;
    TRY(known_account(r, in, c));
    c->tenant = tenants_default();
    c->tenant.id = id_new();
    c->tenant.slug = in->slug;
    c->tenant.name = in->tenant_name;
    c->tenant.time_zone = in->time_zone;
    c->tenant.currency = in->currency;
    c->tenant.email = in->email;
    c->owner = (struct member){ .id = id_new(), .account_id = c->account.id, .tenant_id = c->tenant.id, .role = ROLE_OWNER, .name = in->name,
        .email = in->email, .created_at = r->now, .version = 1 };
    c->location = (struct location){ .id = id_new(), .name = in->tenant_name, .time_zone = in->time_zone, .version = 1 };
    g.link = (struct new_link){ .id = id_new(), .job = id_new(), .account = c->account.id, .tenant = c->tenant.id, .member = c->owner.id, .now = r->now };
    g.session = new_session(r, SESSION_COOKIE, g.token);
    g.session.tenant_id = c->tenant.id;
    g.session.member_id = c->owner.id;
    g.session.account_id = c->account.id;
    enum rc rc = req_tx(r, "identity.register", register_tx, &g);
    if (rc == RC_CONFLICT)
        return req_fail(r, rc, "The clinic cannot be created with this short name and e-mail address. If you have an account, sign in", NULL);
    TRY(rc);
    reply_cookie(r, arena_strdup(r->arena, g.token), settings.session_max_h * 3600);
    return RC_OK;
}

/* ---- signed in ------------------------------------------------------------------------------------------------------------------ */

static enum rc get_session(struct req *r)
{
    struct session s = { 0 };
    struct session_out out;
    enum rc rc = sessions_get(r->db, r->who->account, r->who->session, &s);
    if (rc != RC_OK) return rc == RC_NOT_FOUND ? RC_UNAUTHENTICATED : rc; /* ended just now */
    TRY(session_view(r, r->db, &s, &out));
    return reply(r, &out);
}

struct leave { struct req *r; struct id session, audit_id; };

static enum rc logout_tx(struct tx *tx, void *arg)
{
    struct leave *l = arg;
    TRY(sessions_delete(tx, l->r->who->account, l->session));
    TRY(tx_audit(tx, l->r, &(struct audit_entry){ l->audit_id, "logout", "member", l->r->who->member, NULL, false }));
    return reply_empty(l->r);
}

static enum rc logout(struct req *r)
{
    struct leave l = { r, r->who->session, id_new() };
    TRY(req_tx(r, "identity.logout", logout_tx, &l));
    if (r->who->by_cookie) reply_cookie(r, "", 0);
    return RC_OK;
}

static enum rc delete_session(struct req *r)
{
    struct leave l = { r, r->path_id, id_new() };
    return req_tx(r, "identity.revoke", logout_tx, &l);
}

static enum rc list_sessions(struct req *r)
{
    struct list l;
    TRY(sessions_of_account(r->db, r->who->account, &l));
    for (size_t i = 0; i < l.n; i++) LIST_AT(l, struct session, i)->current = id_eq(LIST_AT(l, struct session, i)->id, r->who->session);
    return reply_list(r, l, NULL);
}

struct new_password { struct req *r; char hash[PASSWORD_HASH_TEXT]; struct id audit_id; };

static enum rc password_tx(struct tx *tx, void *arg)
{
    struct new_password *p = arg;
    TRY(accounts_set_password(tx, p->r->who->account, p->hash));
    TRY(sessions_delete_others(tx, p->r->who->account, p->r->who->session));
    TRY(tx_audit(tx, p->r, &(struct audit_entry){ p->audit_id, "password.change", "member", p->r->who->member, NULL, true }));
    return reply_empty(p->r);
}

static enum rc change_password(struct req *r)
{
    const struct password_in *in = r->in;
    struct new_password p = { .r = r, .audit_id = id_new() };
    struct account a = { 0 };
    TRY(accounts_by_id(r->db, r->who->account, &a));
    if (!seal_password_verify(a.password_hash, in->current_password)) {
        req_field_error(r, "current_password", "is wrong");
        return req_invalid(r);
    }
    TRY(seal_password_hash(in->new_password, p.hash));
    return req_tx(r, "identity.password", password_tx, &p);
}

struct page_query { int64_t page, limit; };
static const struct field page_fields[] = { F_PAGING_WIDE(struct page_query), F_END };
static const struct shape page_shape = SHAPE(page_query, page_fields);

static enum rc list_members(struct req *r)
{
    const struct page_query *q = r->query;
    struct list l;
    TRY(members_list(r->db, &l));
    return reply_slice(r, l, q->page, q->limit);
}

/* ---- clean-up -------------------------------------------------------------------------------------------------------------------- */

static enum rc purge_tx(struct tx *tx, void *arg)
{
    int64_t now = *(int64_t *)arg;
    TRY(sessions_purge(tx, now));
    return failures_purge(tx, now - USEC_PER_DAY);
}

static enum rc purge(struct job *job) { return db_tx(job->db, "identity.purge", purge_tx, &job->now); }

static const struct schedule_row schedules[] = {
    { "identity.purge", "Drops expired sessions and old records of failed sign-ins", 3600, purge }, { 0 } };

static const struct route routes[] = {
    { .method = "POST", .path = "/auth/register", .summary = "Create a clinic and its owner", .handler = register_clinic, .perm = PERM_PUBLIC, .ok = 201,
        .in = &register_shape, .out = &session_shape, .fails = FAILS(RC_CONFLICT), .flags = R_HASHES | R_NO_CSRF, .rate = RATE_REGISTER },
    { .method = "POST", .path = "/auth/login", .summary = "Sign in with a cookie", .handler = login, .perm = PERM_PUBLIC, .ok = 200, .in = &login_shape,
        .out = &session_shape, .fails = FAILS(RC_UNAUTHENTICATED), .flags = R_HASHES | R_NO_CSRF, .rate = RATE_LOGIN },
    { .method = "POST", .path = "/auth/token", .summary = "Sign in for a bearer token", .handler = token, .perm = PERM_PUBLIC, .ok = 200, .in = &login_shape,
        .out = &token_shape, .fails = FAILS(RC_UNAUTHENTICATED), .flags = R_HASHES | R_NO_CSRF, .rate = RATE_LOGIN },
    { .method = "POST", .path = "/auth/logout", .summary = "End this session", .handler = logout, .perm = PERM_SIGNED_IN, .ok = 204, .fails = FAILS(RC_NOT_FOUND) },
    { .method = "GET", .path = "/auth/session", .summary = "Who is signed in", .handler = get_session, .perm = PERM_SIGNED_IN, .ok = 200, .out = &session_shape },
    { .method = "GET", .path = "/auth/sessions", .summary = "Your sessions", .handler = list_sessions, .perm = PERM_SIGNED_IN, .ok = 200, .out = &listed_shape, .flags = R_LIST },
    { .method = "DELETE", .path = "/auth/sessions/{id}", .summary = "End one of your sessions", .handler = delete_session, .perm = PERM_SIGNED_IN, .ok = 204 },
    { .method = "POST", .path = "/auth/password", .summary = "Change your password; your other sessions end", .handler = change_password, .perm = PERM_SIGNED_IN,
        .ok = 204, .in = &password_shape, .flags = R_HASHES },
    { .method = "GET", .path = "/members", .summary = "The team", .handler = list_members, .perm = PERM_TEAM_READ, .ok = 200, .query = &page_shape, .out = &team_shape, .flags = R_LIST | R_PAGED },
    { 0 } };

const struct module identity_module = { .name = "identity", .doc = "Accounts, team, sessions and sign-in", .platform = true, .routes = routes,
    .queries = identity_queries, .schedules = schedules, .authenticate = authenticate };
