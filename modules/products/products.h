/* products - what is sold over the counter. */
#pragma once
#include "modules/taxes/taxes.h"

enum { PRODUCTS_MAX = 1000 /* with those in the archive */ };
struct product {
    struct present present;
    struct id id, tax_rate_id;         /* nil: no tax */
    const char *name, *sku, *category, *currency;
    const char *revenue_account;       /* of the ledger: where what is earned by it is booked; follows from the id */
    int64_t price_minor, version;
    bool archived;
};

extern const struct module products_module;
extern const struct shape product_shape;
extern const struct query *const products_queries[];

MUST_CHECK enum rc products_get(struct tdb *, struct id, struct product *out); /* archived or not; RC_NOT_FOUND also for another tenant's */
MUST_CHECK enum rc products_list(struct tdb *, bool archived, struct list *out);
MUST_CHECK enum rc products_insert(struct tx *, const struct product *);
MUST_CHECK enum rc products_update(struct tx *, const struct product *, int64_t version, enum rc lost);
MUST_CHECK enum rc products_count(struct tdb *, int64_t *out);
