/* wallets_rules.h - what pays how much of what: pure. */
#pragma once
#include "modules/wallets/wallets.h"

/* One line of an order. granted: what benefits have paid of it already; open: what nobody has paid yet. */
struct cover_line { int64_t position, total, granted, open; const char *category; };
/* One bucket. Granted ones pay by their plan: of each line of their category, what is over the co-payment, in that part; the others pay anything. */
struct cover_bucket {
    int64_t kind, available, starts_on, expires_on, created_at, coverage_ppm, copay;
    const char *category;
    int limit;                     /* which of the limits; -1: none */
};
struct cover_take { size_t bucket, line; int64_t amount; };
enum { COVER_TAKES_MAX = WALLET_PARTS_MAX * ORDER_LINES_MAX };
struct cover_plan {
    int64_t day, today;            /* of treatment, and now: money that ended yesterday is no money */
    struct cover_line lines[ORDER_LINES_MAX]; size_t n_lines;
    struct cover_bucket buckets[WALLET_BUCKETS_MAX]; size_t n_buckets;
    int64_t limits[WALLET_BUCKETS_MAX];
    struct cover_take takes[COVER_TAKES_MAX]; size_t n_takes; /* filled; a bucket's takes lie together, in the order of use */
    int64_t covered;               /* filled */
};
/* Order of use: given before bought, what ends soonest first, then the oldest. At most WALLET_PARTS_MAX buckets pay. */
void cover_plan(struct cover_plan *);
/* What a benefit pays of a line at most: of what is over the co-payment, that part, half to even; what is left over stays with the line. */
int64_t cover_of_line(int64_t total, int64_t copay, int64_t coverage_ppm);
/* First day of the benefit year a day lies in, and its last. month: in which the years begin. */
int64_t benefit_year_start(int64_t day, int64_t month);
int64_t benefit_year_end(int64_t start);
