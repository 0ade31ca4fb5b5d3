/* claims_rows.h - private to this module: claims, adjustments, and what orders put into wallets. */
#pragma once
#include "modules/wallets/wallets_api.h"

struct claim {
    struct id id, wallet_id, client_id, bucket_id, limit_id;
    const char *client_name, *currency, *description, *reason;
    int64_t category, amount_minor, treated_on, state, approved_minor, version, created_at, updated_at;
};
struct adjustment {
    struct id id, wallet_id, bucket_id, asked_by, decided_by;
    const char *reason, *bucket_name, *unit, *client_name, *asked_by_name, *decided_by_name;
    int64_t amount_minor, state, decided_at, version, created_at;
};
struct found_id { struct id id, payment_id, order_id; };
extern const struct shape claim_shape_row, adjustment_shape;

struct claim_filter { struct id client_id; bool open; int64_t limit; struct position after; };
MUST_CHECK enum rc wallet_claims_get(struct tdb *, struct id, struct claim *out);
MUST_CHECK enum rc wallet_claims_list(struct tdb *, const struct claim_filter *, struct list *out);  /* newest first */
MUST_CHECK enum rc wallet_claims_insert(struct tx *, const struct claim *);
/* Only from submitted or in review, under the version. */
MUST_CHECK enum rc wallet_claims_step(struct tx *, const struct claim *, struct id by, int64_t now, enum rc lost);
MUST_CHECK enum rc adjustments_get(struct tdb *, struct id, struct adjustment *out);
MUST_CHECK enum rc adjustments_list(struct tdb *, struct id wallet, struct list *out);        /* nil: those that wait */
MUST_CHECK enum rc adjustments_insert(struct tx *, const struct adjustment *);
MUST_CHECK enum rc adjustments_step(struct tx *, const struct adjustment *, enum rc lost);
MUST_CHECK enum rc deliveries_count(struct tdb *, struct id order, int64_t *out);
MUST_CHECK enum rc deliveries_insert(struct tx *, struct id order, int64_t position, struct id bucket, int64_t amount, int64_t now);
struct delivery { int64_t position, amount, taken_back; struct id bucket_id; };
MUST_CHECK enum rc deliveries_of(struct tdb *, struct id order, struct list *out);
MUST_CHECK enum rc deliveries_take_back(struct tx *, struct id order, int64_t position, int64_t amount);
MUST_CHECK enum rc topped_up_since(struct tdb *, struct id client, struct id wallet, int64_t since, int64_t *out);

/* claims_store.c: of every clinic, every day. */
enum rc wallets_verify_all(struct job *);

/* adjust_api.c */
extern const struct shape adjustment_new_shape, adjustments_query_shape;
enum rc adjustments_api_list(struct req *);
enum rc adjustments_api_new(struct req *);
enum rc adjustments_api_approve(struct req *);
enum rc adjustments_api_refuse(struct req *);
