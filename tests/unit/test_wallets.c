/* test_wallets.c - what pays how much of what: coverage, co-payment, limits, days, the order of use; and the years of a plan. */
#include "modules/wallets/wallets_rules.h"
#include "tests/lib/test.h"

static int64_t day(const char *text)
{
    int64_t d = 0;
    REQUIRE(date_parse(text, &d));
    return d;
}

static struct cover_plan plan;

static void begin(void)
{
    plan = (struct cover_plan){ .day = day("2026-03-10"), .today = day("2026-03-01") };
    for (int i = 0; i < WALLET_BUCKETS_MAX; i++) plan.limits[i] = INT64_MAX;
}

static void line(int64_t total, const char *category)
{
    plan.lines[plan.n_lines] = (struct cover_line){ .position = (int64_t)plan.n_lines + 1, .total = total, .open = total, .category = category };
    plan.n_lines++;
}

static struct cover_bucket *bucket(int64_t kind, int64_t available, const char *expires)
{
    struct cover_bucket *b = &plan.buckets[plan.n_buckets];
    *b = (struct cover_bucket){ .kind = kind, .available = available, .starts_on = NONE, .expires_on = expires ? day(expires) : NONE, .created_at = (int64_t)plan.n_buckets, .coverage_ppm = 1000000,
        .category = kind == BUCKET_GRANTED ? "dental" : NULL, .limit = -1 };
    plan.n_buckets++;
    return b;
}

static int64_t paid_by(size_t b)
{
    int64_t sum = 0;
    for (size_t i = 0; i < plan.n_takes; i++)
        if (plan.takes[i].bucket == b) sum += plan.takes[i].amount;
    return sum;
}

/* price, co-payment, coverage, in the bucket, family has left (-1: no limit) -> benefit pays, the card pays */
static void test_table(void)
{
    static const struct { int64_t price, copay, ppm, available, family, pays, left; } rows[] = {
        { 10000, 0, 1000000, 50000, -1, 10000, 0 },
        { 10000, 0, 800000, 50000, -1, 8000, 2000 },
        { 10000, 2000, 1000000, 50000, -1, 8000, 2000 },
        { 10000, 2000, 800000, 50000, -1, 6400, 3600 },
        { 10000, 10000, 800000, 50000, -1, 0, 10000 },
        { 10000, 12000, 800000, 50000, -1, 0, 10000 },
        { 10000, 0, 1000000, 3000, -1, 3000, 7000 },
        { 10000, 0, 800000, 50000, 500, 500, 9500 },
        { 10000, 0, 800000, 50000, 0, 0, 10000 },
        { 10000, 0, 800000, 300, 500, 300, 9700 },
        { 1, 0, 500000, 50000, -1, 0, 1 },          /* 0.5: to the even one */
        { 3, 0, 500000, 50000, -1, 2, 1 },          /* 1.5 */
        { 5, 0, 500000, 50000, -1, 2, 3 },          /* 2.5 */
        { 7, 0, 500000, 50000, -1, 4, 3 },          /* 3.5 */
        { 9999, 0, 333333, 50000, -1, 3333, 6666 }, /* 3332.996... */
        { 999, 0, 666667, 50000, -1, 666, 333 },    /* 666.0003... */
        { 0, 0, 1000000, 50000, -1, 0, 0 },
        { ORDER_AMOUNT_MAX, 0, 1000000, ORDER_AMOUNT_MAX, -1, ORDER_AMOUNT_MAX, 0 },
        { ORDER_AMOUNT_MAX, 1, 999999, INT64_MAX, -1, 999998999999, 1000001 }, /* 999998999999.000001 */
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        begin();
        line(rows[i].price, "dental");
        struct cover_bucket *b = bucket(BUCKET_GRANTED, rows[i].available, "2026-12-31");
        b->coverage_ppm = rows[i].ppm;
        b->copay = rows[i].copay;
        b->limit = rows[i].family < 0 ? -1 : 0;
        if (rows[i].family >= 0) plan.limits[0] = rows[i].family;
        cover_plan(&plan);
        CHECK_INT(plan.covered, rows[i].pays);
        CHECK_INT(plan.lines[0].open, rows[i].left);
        CHECK_INT(plan.covered + plan.lines[0].open, rows[i].price);
    }
}

static void test_days(void)
{
    static const struct { const char *from, *to; int64_t pays; } rows[] = { { "2026-01-01", "2026-12-31", 100 }, { "2026-03-10", "2026-03-10", 100 }, { "2026-03-11", "2026-12-31", 0 },
        { "2026-01-01", "2026-03-09", 0 }, { NULL, "2026-03-10", 100 }, { NULL, NULL, 100 } };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        begin();
        line(100, "dental");
        bucket(BUCKET_GRANTED, 500, rows[i].to)->starts_on = rows[i].from ? day(rows[i].from) : NONE;
        cover_plan(&plan);
        CHECK_INT(plan.covered, rows[i].pays);
    }
    begin(); /* treated while it ran, paid when it is over: it is taken back any moment */
    plan.today = day("2026-03-12");
    line(100, "dental");
    bucket(BUCKET_GRANTED, 500, "2026-03-11");
    cover_plan(&plan);
    CHECK_INT(plan.covered, 0);
}

static void test_categories(void)
{
    begin();
    line(100, "dental");
    line(100, "vision");
    line(100, NULL);
    bucket(BUCKET_GRANTED, 500, "2026-12-31");
    cover_plan(&plan);
    CHECK_INT(plan.covered, 100);
    CHECK(plan.n_takes == 1 && plan.takes[0].line == 0);
    begin();
    line(100, "dental");
    line(100, NULL);
    bucket(BUCKET_VISITS, 500, NULL);
    bucket(BUCKET_CASH, 150, NULL);
    cover_plan(&plan);
    CHECK_INT(plan.covered, 150);
    CHECK_INT(plan.lines[1].open, 50);
}

/* Given before bought, what ends soonest first, then the oldest; co-payments are paid by the client's own. */
static void test_order_of_use(void)
{
    begin();
    line(1000, "dental");
    bucket(BUCKET_BOUGHT, 300, NULL);
    bucket(BUCKET_CASH, 300, NULL);
    bucket(BUCKET_PROMO, 50, "2026-12-30");
    bucket(BUCKET_GRANTED, 600, "2026-12-31")->coverage_ppm = 500000;
    bucket(BUCKET_PROMO, 10, NULL);
    cover_plan(&plan);
    CHECK_INT(plan.covered, 1000);
    CHECK_INT(paid_by(2), 50);
    CHECK_INT(paid_by(3), 500);
    CHECK_INT(paid_by(4), 10);
    CHECK_INT(paid_by(0), 300);
    CHECK_INT(paid_by(1), 140);
    CHECK(plan.takes[0].bucket == 2 && plan.takes[1].bucket == 3 && plan.takes[2].bucket == 4 && plan.takes[3].bucket == 0 && plan.takes[4].bucket == 1);
}

/* What benefits paid before counts; two plans together never pay more than there is; a family's limit is one for all its buckets. */
static void test_together(void)
{
    begin();
    line(1000, "dental");
    plan.lines[0].granted = 700;
    plan.lines[0].open = 300;
    bucket(BUCKET_GRANTED, 9000, "2026-12-31")->coverage_ppm = 800000;
    cover_plan(&plan);
    CHECK_INT(plan.covered, 100);
    begin();
    line(1000, "dental");
    line(1000, "dental");
    bucket(BUCKET_GRANTED, 9000, "2026-12-31")->limit = 0;
    bucket(BUCKET_GRANTED, 9000, "2026-12-30")->limit = 0;
    plan.limits[0] = 1500;
    cover_plan(&plan);
    CHECK_INT(plan.covered, 1500);
    CHECK_INT(paid_by(1), 1500);
    CHECK_INT(plan.limits[0], 0);
}

/* Whatever the numbers are: each line and bucket is used at most as far as it goes, and sums are exact. */
static void test_any(void)
{
    unsigned dice = 7;
    for (int k = 0; k < 20000; k++) {
        int64_t totals = 0, open = 0, sum = 0, had[WALLET_BUCKETS_MAX];
        begin();
        for (unsigned i = 0; i < 1 + (dice >> 16) % 5; i++) {
            dice = dice * 1103515245 + 12345;
            line((dice >> 8) % 3000, (dice >> 20) % 3 ? "dental" : "vision");
        }
        for (unsigned i = 0; i < 12; i++) {
            dice = dice * 1103515245 + 12345;
            struct cover_bucket *b = bucket((dice >> 17) % 5, (dice >> 9) % 2000, (dice >> 21) % 2 ? "2026-12-31" : NULL);
            b->coverage_ppm = 1 + (dice >> 5) % 1000000;
            b->copay = (dice >> 13) % 300;
            b->limit = (int)((dice >> 23) % 3) - 1;
        }
        plan.limits[0] = 700, plan.limits[1] = 90;
        for (size_t i = 0; i < plan.n_buckets; i++) had[i] = plan.buckets[i].available;
        for (size_t i = 0; i < plan.n_lines; i++) totals += plan.lines[i].total;
        cover_plan(&plan);
        for (size_t i = 0; i < plan.n_lines; i++) {
            open += plan.lines[i].open;
            if (plan.lines[i].open < 0) CHECK_INT(plan.lines[i].open, 0);
        }
        for (size_t i = 0; i < plan.n_takes; i++) sum += plan.takes[i].amount;
        if (sum != plan.covered || sum + open != totals || plan.limits[0] < 0 || plan.limits[1] < 0) CHECK_INT(sum + open, totals);
        for (size_t i = 0; i < plan.n_buckets; i++)
            if (paid_by(i) > had[i]) CHECK_INT(paid_by(i), had[i]);
    }
    CHECK(true);
}

static void test_years(void)
{
    CHECK_INT(benefit_year_start(day("2026-03-10"), 1), day("2026-01-01"));
    CHECK_INT(benefit_year_start(day("2026-03-10"), 4), day("2025-04-01"));
    CHECK_INT(benefit_year_start(day("2026-04-01"), 4), day("2026-04-01"));
    CHECK_INT(benefit_year_end(day("2026-01-01")), day("2026-12-31"));
    CHECK_INT(benefit_year_end(day("2027-03-01")), day("2028-02-29"));
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    RUN(test_table);
    RUN(test_days);
    RUN(test_categories);
    RUN(test_order_of_use);
    RUN(test_together);
    RUN(test_any);
    RUN(test_years);
    return TEST_DONE();
}
