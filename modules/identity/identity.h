/* identity - accounts, members and their roles, sessions, sign-in. */
#pragma once
#include "modules/locations/locations.h"
#include "modules/tenants/tenants.h"

enum { PASSWORD_MIN = 10, PASSWORD_MAX = 200, SESSIONS_MAX = 200, MEMBERS_MAX = 500 };

struct account { struct id id; const char *email, *name, *password_hash; int64_t verified_at; /* NONE: nobody has shown yet that the address is theirs */ };
struct member { struct id id, account_id, tenant_id; int64_t role; const char *name, *email; int64_t created_at, verified_at, version; }; /* verified_at: the account's */
enum session_kind { SESSION_COOKIE, SESSION_BEARER };
struct session {
    struct id id, tenant_id, member_id, account_id;
    const char *token_hash, *address, *user_agent, *name, *time_zone; /* name, role: the member's; the zone is the clinic's */
    int64_t kind, created_at, seen_at, expires_at, role;
    bool current;
};
struct login_failure { int64_t failures, since, blocked_until; };

extern const struct module identity_module, verification_module;
extern const struct query *const identity_queries[];
extern const struct shape account_shape, member_shape, session_row_shape;

/* Accounts and sessions are the platform's; members are a tenant's. */
MUST_CHECK enum rc accounts_by_email(struct tdb *, const char *email, struct account *out); /* RC_NOT_FOUND */
MUST_CHECK enum rc accounts_by_id(struct tdb *, struct id, struct account *out);
MUST_CHECK enum rc accounts_insert(struct tx *, const struct account *, int64_t now);       /* RC_CONFLICT: the address has one */
MUST_CHECK enum rc accounts_set_password(struct tx *, struct id, const char *hash);
MUST_CHECK enum rc accounts_set_verified(struct tx *, struct id, int64_t now);
MUST_CHECK enum rc members_of_account(struct tdb *, struct id account, struct list *out);    /* in all tenants, oldest first */
MUST_CHECK enum rc members_list(struct tdb *, struct list *out);
MUST_CHECK enum rc members_get(struct tdb *, struct id, struct member *out);
MUST_CHECK enum rc members_insert(struct tx *, const struct member *);
MUST_CHECK enum rc sessions_insert(struct tx *, const struct session *);
MUST_CHECK enum rc sessions_find(struct tdb *, const char *token_hash, struct session *out);
MUST_CHECK enum rc sessions_touch(struct tx *, struct id, int64_t now);
MUST_CHECK enum rc sessions_of_account(struct tdb *, struct id account, struct list *out); /* the newest SESSIONS_MAX */
MUST_CHECK enum rc sessions_get(struct tdb *, struct id account, struct id, struct session *out);
MUST_CHECK enum rc sessions_delete(struct tx *, struct id account, struct id session);       /* RC_NOT_FOUND */
MUST_CHECK enum rc sessions_delete_others(struct tx *, struct id account, struct id keep);
MUST_CHECK enum rc sessions_purge(struct tx *, int64_t before);
MUST_CHECK enum rc failures_get(struct tdb *, const char *key, struct login_failure *out);
MUST_CHECK enum rc failures_put(struct tx *, const char *key, const struct login_failure *);
MUST_CHECK enum rc failures_clear(struct tx *, const char *key);
MUST_CHECK enum rc failures_purge(struct tx *, int64_t before);

/* Rules (pure). The next state after a failed sign-in; a window of 15 minutes; from the fifth failure on each one
 * blocks for twice as long, 5 s to 15 min. */
struct login_failure identity_next_failure(struct login_failure, int64_t now);

/* A new clinic with its owner and first location: for registration, the command line and the demo. ids made outside. */
struct new_clinic { struct tenant tenant; struct account account; bool account_exists; struct member owner; struct location location; int64_t now; };
MUST_CHECK enum rc identity_insert_clinic(struct tx *, const struct new_clinic *);

/* The link that shows whose address it is, in the place of the one before, with the job that mails it; ids made outside.
 * RC_LIMITED: too soon after the last; *wait says for how long. */
struct new_link { struct id id, job, account, tenant, member; int64_t now; };
MUST_CHECK enum rc identity_send_link(struct tx *, const struct new_link *, int64_t *wait);
/* What that mail says. RC_NOT_FOUND: a newer link has taken its place. */
struct verification_mail { const char *name, *email, *token; int64_t expires_at, used_at; };
MUST_CHECK enum rc identity_verification_mail(struct tdb *, struct id, struct verification_mail *out);
