/* wallets - who pays for whom (sponsors, their plans, those enrolled), what lies in whose wallet, and what it pays of an order. A wallet is a
 * client's; its buckets are accounts of the ledger (member:{wallet}:{bucket}), and what is in them stands there and nowhere else.
 *
 * How an order is paid: wallets_cover plans by reading (which bucket pays how much of which line, what is left for the card), wallets_pay writes that
 * in the caller's transaction and chain, together with whatever else belongs to it. One payment row for each bucket, so that a refund finds its way back
 * into the bucket it came from, with the day that one ends on. Whoever was overtaken gets RC_FUNDS from the database, plans again and says what is left. */
#pragma once
#include "modules/clients/clients.h"
#include "modules/orders/orders.h"
#include "modules/services/services.h"

enum { WALLET_PARTS_MAX = 8, WALLET_BUCKETS_MAX = 64, BENEFIT_CATEGORIES_MAX = 12 };
enum bucket_kind { BUCKET_GRANTED, BUCKET_PROMO, BUCKET_BOUGHT, BUCKET_CASH, BUCKET_VISITS };
extern const char *const bucket_kind_names[], *const benefit_category_names[];

struct wallet_part_line { int64_t position, amount_minor; };
/* What one bucket pays of an order. */
struct wallet_part {
    struct id payment_id;          /* of the row it will be */
    struct id bucket_id, limit_id; /* limit_id: what its family may use together; nil: no limit */
    const char *name, *category, *account_code;
    int64_t kind, expires_on, amount_minor;
    int64_t available_minor, coverage_ppm, copay_minor, limit_left_minor; /* why so much: what is in it, its plan's rules, what its family has left (NONE: none of that) */
    struct list lines;             /* of struct wallet_part_line */
};
struct wallet_cover {
    struct id wallet_id;           /* nil: the client has none */
    const char *currency;
    int64_t day, total_minor, open_minor, covered_minor, left_minor; /* left: of what is open, for another way to pay */
    struct list parts;             /* of struct wallet_part, at most WALLET_PARTS_MAX, in the order in which they are used */
};

extern const struct module benefits_module, wallets_module, wallet_orders_module, claims_module;
extern const struct query *const benefits_queries[], *const wallets_queries[], *const claims_queries[];

/* Whether anybody has one here. */
MUST_CHECK enum rc wallets_any(struct tdb *, bool *out);
/* What the wallet of the order's client pays of what is open, treated on `day`; today: at the clinic. Reads only; makes the ids. */
MUST_CHECK enum rc wallets_cover(struct tdb *, const struct order *, int64_t day, int64_t today, struct wallet_cover *out);
/* The same in two steps: what is in the client's wallet, which may be read with other things (db_batch), and what that pays of the order. */
struct wallet_buckets { struct list all; };
MUST_CHECK enum rc wallets_cover_read(struct tdb *, struct id client, struct wallet_buckets *out);
MUST_CHECK enum rc wallets_cover_of(struct tdb *, const struct wallet_buckets *, const struct order *, int64_t day, int64_t today, struct wallet_cover *out);
/* Takes it, all of it: payments, uses, moves. RC_FUNDS now or at the end of the transaction: somebody else was faster. */
MUST_CHECK enum rc wallets_pay(struct tx *, struct req *, struct order *, const struct wallet_cover *, struct ledger_chain *, enum rc lost);
/* The same of an order that is not written yet: orders_insert and this in one. */
MUST_CHECK enum rc wallets_pay_new(struct tx *, struct req *, struct order *, const struct wallet_cover *, struct ledger_chain *);
/* Only held until the rest of the order is there (PROCESSING, pending in the ledger until timeout_s). */
MUST_CHECK enum rc wallets_hold(struct tx *, struct req *, struct order *, const struct wallet_cover *, int64_t timeout_s, struct ledger_chain *, enum rc lost);
/* What is held for the order, taken now that the rest is paid; or released because it will not be. They read in the transaction. */
MUST_CHECK enum rc wallets_post_held(struct tx *, struct req *, struct order *, struct ledger_chain *, enum rc lost);
MUST_CHECK enum rc wallets_void_held(struct tx *, struct req *, struct order *, struct ledger_chain *, enum rc lost);
MUST_CHECK enum rc wallets_held(struct tdb *, struct id order, int64_t now, int64_t *minor);
/* After orders_capture, in its commit and chain: lines of top-ups and packages of an order that is paid in full go into the wallet, once. */
MUST_CHECK enum rc wallets_deliver(struct tx *, struct req *, const struct order *, struct ledger_chain *);
/* Before so much of an order is given back, in its commit and chain: what it had put into a wallet is taken out again, credit for as much, visits all that are left. RC_FUNDS:
 * it was spent. */
MUST_CHECK enum rc wallets_take_back(struct tx *, struct req *, const struct order *, int64_t refund_minor, struct ledger_chain *);

/* Visits of packages (wallets_visits.c): a package of n visits of a service is counted in visits, and an appointment of that service may use one. Used twice it is
 * used once; given back it can be used again. Read first which there are, then use it in a transaction: RC_FUNDS at its end, when somebody took the last one. */
struct package_visits { bool used; int64_t left; struct id bucket_id; const char *name; }; /* bucket_id: whose visit would be used; nil: none is left */
MUST_CHECK enum rc wallets_visits_of(struct tdb *, struct id appointment, struct id client, struct id service, int64_t day, struct package_visits *out);
MUST_CHECK enum rc wallets_visit_used(struct tdb *, struct id appointment, bool *out);
MUST_CHECK enum rc wallets_use_visit(struct tx *, struct req *, struct id appointment, struct id bucket);
MUST_CHECK enum rc wallets_give_visit_back(struct tx *, struct req *, struct id appointment); /* nothing when none is used */

/* Proves what the ledger cannot see: buckets and their accounts, uses and payments, families' limits, claims. */
struct wallets_proof { int64_t wallets, buckets, uses, claims; const char *breach; /* NULL: all is well */ };
MUST_CHECK enum rc wallets_verify(struct tdb *, struct wallets_proof *out);
