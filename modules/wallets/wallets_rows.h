/* wallets_rows.h - private to this module: the rows and their statements. */
#pragma once
#include "modules/tenants/tenants.h"
#include "modules/wallets/wallets.h"

enum { SPONSORS_MAX = 500, POLICIES_MAX = 500, FAMILY_MAX = 20, STATEMENT_LINES_MAX = 2000, MEMBERSHIPS_MAX = 10 };
enum adjustment_state { ADJUSTMENT_WAITING, ADJUSTMENT_DONE, ADJUSTMENT_REFUSED };
enum claim_state { CLAIM_SUBMITTED, CLAIM_IN_REVIEW, CLAIM_PAID, CLAIM_REJECTED };
extern const char *const adjustment_state_names[], *const claim_state_names[];

/* ---- plans (benefits_store.c) ------------------------------------------------------------------------------------------------- */

struct sponsor {
    struct present present;
    struct id id;
    const char *name, *email, *notes;
    bool archived;
    int64_t members, version, created_at; /* members: enrolled now */
};
struct benefit_category { struct id policy_id; int64_t category, limit_minor, coverage_ppm, copay_minor; };
struct benefit_policy {
    struct present present;
    struct id id, sponsor_id;
    const char *name, *currency, *sponsor_name;
    int64_t starts_on, ends_on, year_month, family_limit_minor; /* ends_on, family_limit_minor: NONE */
    bool archived;
    int64_t version, created_at;
    struct list categories;        /* of struct benefit_category */
};
struct benefit_service { struct id service_id; int64_t category; };
struct benefit_member {
    struct present present;
    struct id id, policy_id, client_id, wallet_id, head_id, sponsor_id;
    const char *number, *client_name, *policy_name, *sponsor_name, *head_name;
    int64_t starts_on, ends_on, version, created_at;
};
extern const struct shape sponsor_shape, benefit_policy_shape, benefit_category_shape, benefit_member_shape, benefit_service_shape;

MUST_CHECK enum rc sponsors_list(struct tdb *, bool archived, struct list *out);
MUST_CHECK enum rc sponsors_get(struct tdb *, struct id, struct sponsor *out);
MUST_CHECK enum rc sponsors_insert(struct tx *, const struct sponsor *);
MUST_CHECK enum rc sponsors_update(struct tx *, const struct sponsor *, int64_t version, enum rc lost);
MUST_CHECK enum rc policies_list(struct tdb *, struct id sponsor, bool archived, struct list *out);  /* sponsor nil: all; with their categories */
MUST_CHECK enum rc policies_get(struct tdb *, struct id, struct benefit_policy *out);                /* likewise */
MUST_CHECK enum rc policies_insert(struct tx *, const struct benefit_policy *);
MUST_CHECK enum rc policies_update(struct tx *, const struct benefit_policy *, int64_t version, enum rc lost);
MUST_CHECK enum rc benefit_services_list(struct tdb *, struct list *out);
MUST_CHECK enum rc benefit_services_replace(struct tx *, struct list);
MUST_CHECK enum rc members_of_plan_get(struct tdb *, struct id, struct benefit_member *out);
struct member_filter { struct id policy_id, client_id; int64_t page, limit; };
MUST_CHECK enum rc members_of_plan_find(struct tdb *, const struct member_filter *, struct list *out, int64_t *total);
MUST_CHECK enum rc members_of_plan_insert(struct tx *, const struct benefit_member *);
MUST_CHECK enum rc members_of_plan_update(struct tx *, const struct benefit_member *, int64_t version, enum rc lost);
/* Whether both are of one family of one plan, and of which head. */
MUST_CHECK enum rc members_share_family(struct tdb *, struct id client, struct id other, int64_t today, bool *out);

/* ---- wallets (wallets_store.c) --------------------------------------------------------------------------------------------------- */

struct wallet {
    struct id id, client_id;
    const char *client_name, *currency;
    int64_t balance_minor, available_minor, version, created_at; /* of its money; visits are counted in their buckets */
    struct list buckets;           /* of struct bucket */
};
struct bucket {
    struct id id, wallet_id, account_id, member_id, limit_id, service_id, sponsor_id;
    const char *unit, *name, *policy_name, *service_name, *account_code;
    int64_t kind, category, starts_on, expires_on, created_at, balance, available;
    int64_t coverage_ppm, copay_minor, limit_left; /* of a grant: its plan's; what its family has left, NONE: no limit */
};
struct bucket_use { struct id payment_id, order_id, limit_id, bucket_id; const char *name, *state; int64_t amount_minor, returned_minor, created_at; };
struct statement_line { struct id id, bucket_id, cause_id; const char *bucket_name, *reason; int64_t change, balance, cause, created_at; };
struct wallet_rules { struct present present; int64_t approval_over_minor, top_up_day_minor, version; };
extern const struct shape wallet_shape, wallet_rules_shape, bucket_shape;

extern const struct query Q_VISIT, Q_VISIT_NEW, Q_VISIT_TURN; /* wallets_visits.c, their only user */
const char *bucket_code(struct arena *, struct id wallet, struct id bucket);
/* A bucket as it will be: account and code follow from wallet and id. */
bool bucket_place(struct arena *, struct id tenant, struct bucket *);
MUST_CHECK enum rc wallets_get(struct tdb *, struct id, struct wallet *out);
MUST_CHECK enum rc wallets_of_client(struct tdb *, struct id client, struct wallet *out);
/* Whose an account of the ledger is. part: of the wallet, else NULL. */
struct whose { struct id id; const char *name, *part; };
extern const struct shape whose_shape;
MUST_CHECK enum rc wallets_whose(struct tdb *, struct id, struct whose *out);                         /* RC_NOT_FOUND: neither bucket, client nor sponsor */
MUST_CHECK enum rc wallets_insert(struct tx *, const struct wallet *);                               /* unless the client has one */
/* What is in the wallet of a client: read may be queued, look goes on from there. wallet nil: the client has none. */
MUST_CHECK enum rc buckets_read(struct tdb *, struct id client, struct list *buckets);
MUST_CHECK enum rc buckets_look(struct tdb *, struct id client, struct id *wallet, struct list *buckets);
MUST_CHECK enum rc buckets_of(struct tdb *, struct id wallet, struct list *out);                     /* with balances; oldest first */
MUST_CHECK enum rc buckets_get(struct tdb *, struct id, struct bucket *out);
MUST_CHECK enum rc buckets_over(struct tdb *, int64_t today, struct list *out);                      /* past their end, with something left; at most 200 */
MUST_CHECK enum rc buckets_insert(struct tx *, const struct bucket *);                               /* unless it is there */
MUST_CHECK enum rc wallet_rules_get(struct tdb *, struct wallet_rules *out);                         /* the program's without a row */
MUST_CHECK enum rc wallet_rules_put(struct tx *, const struct wallet_rules *, int64_t version, enum rc lost);
MUST_CHECK enum rc limits_open(struct tx *, struct id id, struct id head, int64_t starts_on, int64_t ceiling);
/* RC_FUNDS: the family has less left. */
MUST_CHECK enum rc limits_use(struct tx *, struct id limit, int64_t amount);

/* The newest lines of a period, oldest first, at most STATEMENT_LINES_MAX + 1; what there was before it. Visits are not in it. */
struct statement_span { int64_t from, before; };
MUST_CHECK enum rc wallets_statement(struct tdb *, struct id wallet, const struct statement_span *, struct list *out, int64_t *opening);
MUST_CHECK enum rc uses_of_wallet(struct tdb *, struct id wallet, struct list *out);                 /* newest first, at most 200 */
MUST_CHECK enum rc uses_of_order(struct tdb *, struct id order, struct list *out);
struct granted_line { int64_t position, amount_minor; };
MUST_CHECK enum rc granted_of_order(struct tdb *, struct id order, struct list *out);                /* what benefits paid already of each line, and did not get back */
/* SQL: what of a use (payment y of order o) is not taken any more: all of one that failed, or that was held for an order that is over; else what came back. */
#define WALLET_GONE "CASE WHEN y.state IN ('failed', 'expired') OR (y.state = 'processing' AND o.state IN ('cancelled', 'expired')) THEN y.amount_minor ELSE y.refunded_minor END"
struct use_write { struct id payment_id, order_id, bucket_id, limit_id; int64_t amount_minor, now; struct list lines; };
MUST_CHECK enum rc uses_insert(struct tx *, const struct use_write *);
/* Families get back what came back, or was never taken, of the order's uses. */
MUST_CHECK enum rc uses_follow(struct tx *, struct id order, int64_t version, int64_t now);

/* ---- money that comes and goes by itself (wallets_grants.c) --------------------------------------------------------------------- */

/* The grants of a member's benefit year that begins on year: its buckets, its family's limit, the moves. category NONE: all of the plan. */
MUST_CHECK enum rc grants_add(struct tx *, const struct benefit_member *, const struct benefit_policy *, int64_t category, int64_t year, struct ledger_chain *);
struct missing_grant { struct id member_id; int64_t category; };
MUST_CHECK enum rc grants_missing(struct tdb *, struct id policy, int64_t year, int64_t today, struct list *out); /* at most 200 */
MUST_CHECK enum rc wallets_grant_all(struct job *);
MUST_CHECK enum rc wallets_expire_all(struct job *);
/* The day it is at the clinic. */
MUST_CHECK enum rc clinic_today(struct tdb *, int64_t now, int64_t *out);
