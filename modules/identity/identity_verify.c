/* identity_verify.c - whose address it is: a link by mail, good once and for two days. Opening it shows a page; its button posts the
 * token here. Nothing waits for it: an account that is not verified works like any other. */
#include "modules/identity/identity.h"
#include <stdio.h>
#include <string.h>

enum { LINK_HOURS = 48, SENDS_A_DAY = 5 };
#define LINKS_ARE "a link is opened before anybody is signed in"

struct verification { struct id id, account_id, tenant_id, member_id; int64_t sent_at, expires_at, used_at, since, sends; };
static const struct field row_fields[] = { F_ID(struct verification, id), F_ID(struct verification, account_id), F_ID(struct verification, tenant_id),
    F_ID(struct verification, member_id), F_INT(struct verification, sent_at), F_INT(struct verification, expires_at), F_INT(struct verification, used_at, .nullable = true),
    F_INT(struct verification, since), F_INT(struct verification, sends), F_END };
static const struct shape row_shape = SHAPE(verification, row_fields);

#define COLUMNS "id, account_id, tenant_id, member_id, sent_at, expires_at, used_at, since, sends"
static const struct query Q_VERIFICATION_BY_ACCOUNT = { .name = "verification.by_account", .args = "u", .platform = "accounts belong to no tenant",
    .sql = "SELECT " COLUMNS " FROM email_verification WHERE account_id = $1" };
static const struct query Q_VERIFICATION_BY_TOKEN = { .name = "verification.by_token", .args = "t", .platform = LINKS_ARE,
    .sql = "SELECT " COLUMNS " FROM email_verification WHERE token_hash = $1" };
/* In the place of the one that was looked at, or of none. */
static const struct query Q_VERIFICATION_PUT = { .name = "verification.put", .args = "uuuutiiiiu", .platform = "accounts belong to no tenant",
    .sql = "INSERT INTO email_verification (account_id, id, tenant_id, member_id, token_hash, sent_at, expires_at, used_at, since, sends)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, NULL, $8, $9) ON CONFLICT (account_id) DO UPDATE SET id = excluded.id, tenant_id = excluded.tenant_id,"
           " member_id = excluded.member_id, token_hash = excluded.token_hash, sent_at = excluded.sent_at, expires_at = excluded.expires_at, used_at = NULL,"
           " since = excluded.since, sends = excluded.sends WHERE email_verification.id = $10" };
static const struct query Q_VERIFICATION_USE = { .name = "verification.use", .args = "ui", .platform = LINKS_ARE,
    .sql = "UPDATE email_verification SET used_at = $2 WHERE account_id = $1 AND used_at IS NULL" };
static const struct query Q_VERIFICATION_MAIL = { .name = "verification.mail", .args = "u",
    .sql = "SELECT m.name, a.email, v.expires_at, v.used_at FROM email_verification v LEFT JOIN member m ON m.tenant_id = v.tenant_id AND m.id = v.member_id"
           " LEFT JOIN account a ON a.id = v.account_id WHERE v.tenant_id = $1 AND v.id = $2" };

static const struct field mail_fields[] = { F_STR(struct verification_mail, name), F_STR(struct verification_mail, email),
    F_INT(struct verification_mail, expires_at), F_INT(struct verification_mail, used_at, .nullable = true), F_END };
static const struct shape mail_shape = SHAPE(verification_mail, mail_fields);

/* Nobody can guess it without the master key, and a mail that is sent again has the same one. */
static void token_of(struct id id, char out[TOKEN_TEXT]) { seal_derive("verify_email", id.b, sizeof id.b, out); }

static void hash_of(const char *token, char hex[65])
{
    struct digest d = seal_token_hash(token);
    hex_encode(d.b, sizeof d.b, hex);
}

enum rc identity_verification_mail(struct tdb *db, struct id id, struct verification_mail *out)
{
    char token[TOKEN_TEXT];
    TRY(db_get(db, &Q_VERIFICATION_MAIL, ARGS(U(id)), &mail_shape, out));
    token_of(id, token);
    out->token = arena_strdup(db_arena(db), token);
    return out->token ? RC_OK : RC_OOM;
}

/* ---- sending one ----------------------------------------------------------------------------------------------------------------- */

/* How long until another may be sent; 0: now. A minute lies between two, and a day holds five. */
static int64_t wait_us(const struct verification *v, int64_t now)
{
    if (now < v->sent_at + USEC_PER_MIN) return v->sent_at + USEC_PER_MIN - now;
    return v->sends >= SENDS_A_DAY && now < v->since + USEC_PER_DAY ? v->since + USEC_PER_DAY - now : 0;
}

enum rc identity_send_link(struct tx *tx, const struct new_link *n, int64_t *wait)
{
    struct verification old = { .since = n->now };
    char token[TOKEN_TEXT], hex[65], id[ID_TEXT], key[60], payload[80];
    enum rc rc = db_get(tx_db(tx), &Q_VERIFICATION_BY_ACCOUNT, ARGS(U(n->account)), &row_shape, &old);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    *wait = rc == RC_OK ? wait_us(&old, n->now) : 0;
    if (*wait > 0) return RC_LIMITED;
    bool same_day = rc == RC_OK && n->now < old.since + USEC_PER_DAY;
    token_of(n->id, token);
    hash_of(token, hex);
    id_format(n->id, id);
    snprintf(key, sizeof key, "verify:%s", id);
    snprintf(payload, sizeof payload, "{\"verification_id\":\"%s\"}", id);
    TRY(tx_one(tx, &Q_VERIFICATION_PUT, ARGS(U(n->account), U(n->id), U(n->tenant), U(n->member), S(hex), I(n->now),
        I(n->now + LINK_HOURS * USEC_PER_HOUR), I(same_day ? old.since : n->now), I(same_day ? old.sends + 1 : 1), U(old.id)), RC_RETRY));
    return tx_job(tx, n->job, "notices.verify", key, n->now, payload);
}

struct sending { struct req *r; struct new_link link; struct id audit_id; int64_t wait; };

static enum rc send_tx(struct tx *tx, void *arg)
{
    struct sending *s = arg;
    struct account a = { 0 };
    TRY(accounts_by_id(tx_db(tx), s->link.account, &a));
    if (a.verified_at != NONE) return req_fail(s->r, RC_STATE, "Your e-mail address is confirmed already", NULL);
    enum rc rc = identity_send_link(tx, &s->link, &s->wait);
    if (rc == RC_LIMITED) return req_fail(s->r, rc, "A link was sent a moment ago. Look into your mail, or wait and try again", NULL);
    TRY(rc);
    TRY(tx_audit(tx, s->r, &(struct audit_entry){ s->audit_id, "email.link", "member", s->link.member, NULL, false }));
    return reply_empty(s->r);
}

static enum rc send_link(struct req *r)
{
    struct sending s = { .r = r, .audit_id = id_new(),
        .link = { .id = id_new(), .job = id_new(), .account = r->who->account, .tenant = r->who->tenant, .member = r->who->member, .now = r->now } };
    enum rc rc = req_tx(r, "identity.send_link", send_tx, &s);
    if (rc == RC_LIMITED) reply_header(r, "Retry-After", arena_printf(r->arena, "%lld", (long long)(s.wait / USEC_PER_SEC + 1)));
    return rc;
}

/* ---- the link comes back ----------------------------------------------------------------------------------------------------------- */

struct verify_in { const char *token; };
static const struct field verify_fields[] = { F_TEXT(K_SECRET, struct verify_in, token, .required = true, .max = 200, .pattern = "^[A-Za-z0-9_-]{43}$", .doc = "What stands at the end of the link"), F_END };
static const struct shape verify_shape = SHAPE(verify_in, verify_fields);
struct verified_out { int64_t email_verified; };
static const struct field verified_fields[] = { F_INSTANT(struct verified_out, email_verified, .doc = "When the address was confirmed"), F_END };
static const struct shape verified_shape = SHAPE(verified_out, verified_fields);

struct opening { struct req *r; char hex[65]; struct id audit_id; };

static enum rc verify_tx(struct tx *tx, void *arg)
{
    struct opening *o = arg;
    struct verification v = { 0 };
    int64_t now = o->r->now;
    enum rc rc = db_get(tx_db(tx), &Q_VERIFICATION_BY_TOKEN, ARGS(S(o->hex)), &row_shape, &v);
    if (rc == RC_NOT_FOUND) return req_fail(o->r, rc, "This link is not good: a newer one was sent, or part of it is missing. Sign in to have another one sent", NULL);
    TRY(rc);
    if (v.used_at != NONE) return req_fail(o->r, RC_STATE, "This link has been used already: the address is confirmed", NULL);
    if (v.expires_at <= now) return req_fail(o->r, RC_STATE, "This link has expired. Sign in to have another one sent", NULL);
    TRY(tx_one(tx, &Q_VERIFICATION_USE, ARGS(U(v.account_id), I(now)), RC_RETRY));
    TRY(accounts_set_verified(tx, v.account_id, now));
    TRY(tx_enter_tenant(tx, v.tenant_id));
    TRY(tx_change(tx, o->r, &(struct change){ .audit_id = o->audit_id, .action = "email.verify", .topic = "member.changed", .entity = "member", .id = v.member_id, .version = 1 }));
    return reply(o->r, &(struct verified_out){ now });
}

static enum rc verify(struct req *r)
{
    const struct verify_in *in = r->in;
    struct opening o = { .r = r, .audit_id = id_new() };
    size_t n = strspn(in->token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
    if (n != TOKEN_TEXT - 1 || in->token[n]) req_field_error(r, "token", "is not whole: open the link in the mail again");
    TRY(req_invalid(r));
    hash_of(in->token, o.hex);
    return req_tx(r, "identity.verify", verify_tx, &o);
}

static const struct route routes[] = {
    { .method = "POST", .path = "/auth/verify", .summary = "Confirm an e-mail address", .handler = verify, .perm = PERM_PUBLIC, .ok = 200, .in = &verify_shape,
        .out = &verified_shape, .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STATE), .flags = R_NO_CSRF, .rate = RATE_LOGIN,
        .doc = "The token of the link that was sent to the address. Good once, for two days, and only the newest: 409 when it was used or has expired, 404 for every other." },
    { .method = "POST", .path = "/auth/verify/send", .summary = "Send the link that confirms your e-mail address again", .handler = send_link, .perm = PERM_SIGNED_IN,
        .ok = 204, .fails = FAILS(RC_STATE), .doc = "The links before are not good any more. One a minute, five a day; 409 when the address is confirmed." },
    { 0 } };
static const struct query *const queries[] = { &Q_VERIFICATION_BY_ACCOUNT, &Q_VERIFICATION_BY_TOKEN, &Q_VERIFICATION_PUT, &Q_VERIFICATION_USE,
    &Q_VERIFICATION_MAIL, NULL };

const struct module verification_module = { .name = "verification", .doc = "Whose e-mail address it is", .platform = true, .routes = routes, .queries = queries };
