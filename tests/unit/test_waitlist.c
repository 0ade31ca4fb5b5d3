/* test_waitlist.c - who fits a freed time, who comes first, how long an offer stands, what gaps a day has. */
#include "modules/reminders/reminders_plan.h"
#include "modules/waitlist/waitlist_rules.h"
#include "tests/lib/test.h"

static struct arena *a;
static const struct zone *z;

static int64_t at(const char *text)
{
    int64_t i;
    REQUIRE(instant_parse(text, &i));
    return i;
}

static int64_t day(const char *text)
{
    int64_t d;
    REQUIRE(date_parse(text, &d));
    return d;
}

static struct want_rule any(void) { return (struct want_rule){ .not_before = NONE, .not_after = NONE }; }

static void windows_are_kept(void)
{
    struct list l;
    CHECK(windows_read(a, "", &l) && l.n == 0);
    CHECK(windows_read(a, "1:540-720,7:0-1440", &l) && l.n == 2);
    CHECK_STR(windows_write(a, l), "1:540-720,7:0-1440");
    static const char *const wrong[] = { "1", "1:", "1:5", "1:5-", "0:1-2", "8:1-2", "1:5-5", "1:9-5", "1:0-1441", "1:0-5,", ",1:0-5", "1:0-5;2:0-5", "x" };
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) CHECK(!windows_read(a, wrong[i], &l));
}

static void a_time_fits(void)
{
    int64_t now = at("2026-11-20T08:00:00Z"), start = at("2026-11-23T09:00:00Z"), end = start + 30 * USEC_PER_MIN; /* Monday, 11:00 in Bucharest */
    struct want_rule r = any();
    CHECK(want_fits(&r, z, start, end, now));
    CHECK(!want_fits(&r, z, start, end, start) && !want_fits(&r, z, start, end, end)); /* begun or over */
    r.min_notice_min = 60;
    CHECK(want_fits(&r, z, start, end, start - USEC_PER_HOUR) && !want_fits(&r, z, start, end, start - USEC_PER_HOUR + 1));
    REQUIRE(windows_read(a, "1:660-690,3:0-1440", &r.windows));
    CHECK(want_fits(&r, z, start, end, now));
    CHECK(!want_fits(&r, z, start, end + USEC_PER_MIN, now) && !want_fits(&r, z, start - USEC_PER_MIN, end, now));
    CHECK(!want_fits(&r, z, start + USEC_PER_DAY, end + USEC_PER_DAY, now)); /* Tuesday */
    CHECK(want_fits(&r, z, start + 2 * USEC_PER_DAY, end + 2 * USEC_PER_DAY, now));
    r = any();
    r.not_before = r.not_after = day("2026-11-23");
    CHECK(want_fits(&r, z, start, end, now) && !want_fits(&r, z, start - USEC_PER_DAY, end - USEC_PER_DAY, now) &&
          !want_fits(&r, z, start + USEC_PER_DAY, end + USEC_PER_DAY, now));
    /* 23:30 UTC is the next day in Bucharest. */
    CHECK(want_fits(&r, z, at("2026-11-22T23:30:00Z"), at("2026-11-22T23:50:00Z"), now));
    /* A time over midnight is in no window of one day. */
    REQUIRE(windows_read(a, "1:0-1440", &r.windows));
    CHECK(!want_fits(&r, z, at("2026-11-23T21:45:00Z"), at("2026-11-23T22:15:00Z"), now));
}

static void the_clinic_says_who_comes_first(void)
{
    struct want_rule first = any(), second = any();
    first.priority = 2, second.priority = 1, second.created_at = -5;
    CHECK(want_order(&first, &second, RANK_URGENT) < 0 && want_order(&second, &first, RANK_URGENT) > 0);
    CHECK(want_order(&first, &second, RANK_WAITING) > 0 && want_order(&second, &first, RANK_WAITING) < 0);
    second.duration_min = 60, first.duration_min = 30;
    CHECK(want_order(&first, &second, RANK_LONGEST) > 0 && want_order(&first, &second, RANK_URGENT) < 0);
    second.duration_min = 30;
    CHECK(want_order(&first, &second, RANK_LONGEST) < 0);
    first.priority = 1, first.created_at = -6;
    CHECK(want_order(&first, &second, RANK_URGENT) < 0);
    first.created_at = -5, second.id.b[15] = 1;
    CHECK(want_order(&first, &second, RANK_URGENT) < 0 && want_order(&first, &first, RANK_URGENT) == 0);
}

static void nobody_is_woken(void)
{
    struct quiet_hours night = { 21 * 60, 8 * 60 }, none = { 0, 0 }, noon = { 12 * 60, 13 * 60 };
    /* Bucharest is two hours ahead in winter. */
    CHECK_INT(quiet_over(z, &night, at("2026-11-20T12:00:00Z")), at("2026-11-20T12:00:00Z"));
    CHECK_INT(quiet_over(z, &night, at("2026-11-20T19:00:00Z")), at("2026-11-21T06:00:00Z"));
    CHECK_INT(quiet_over(z, &night, at("2026-11-21T05:59:59Z")), at("2026-11-21T06:00:00Z"));
    CHECK_INT(quiet_over(z, &night, at("2026-11-21T06:00:00Z")), at("2026-11-21T06:00:00Z"));
    CHECK_INT(quiet_over(z, &none, at("2026-11-21T01:00:00Z")), at("2026-11-21T01:00:00Z"));
    CHECK_INT(quiet_over(z, &noon, at("2026-11-21T10:30:00Z")), at("2026-11-21T11:00:00Z"));
    /* The night in which the clock goes back is longer. */
    CHECK_INT(quiet_over(z, &night, at("2026-10-24T20:00:00Z")), at("2026-10-25T06:00:00Z"));
}

static void an_offer_ends_in_time(void)
{
    int64_t now = at("2026-11-20T08:00:00Z"), hour = USEC_PER_HOUR;
    CHECK_INT(offer_until(now, now + 24 * hour, 60, 120), now + 2 * hour);
    CHECK_INT(offer_until(now, now + 2 * hour, 60, 120), now + hour);
    CHECK_INT(offer_until(now, now + hour, 60, 120), NONE);
    CHECK_INT(offer_until(now, now + hour, 0, 120), now + hour);
    CHECK_INT(offer_until(now, now - hour, 0, 120), NONE);
}

static void gaps_are_what_is_left(void)
{
    struct span out[5], busy[] = { { 50, 60 }, { 10, 20 }, { 15, 30 }, { 90, 200 } };
    size_t n = gaps_of((struct span){ 0, 100 }, busy, 4, 1, out, 5);
    CHECK_INT(n, 3);
    CHECK(out[0].from == 0 && out[0].to == 10 && out[1].from == 30 && out[1].to == 50 && out[2].from == 60 && out[2].to == 90);
    CHECK_INT(gaps_of((struct span){ 0, 100 }, busy, 4, 21, out, 5), 1);
    CHECK_INT(gaps_of((struct span){ 0, 100 }, busy, 4, 1, out, 2), 2);
    CHECK_INT(gaps_of((struct span){ 12, 28 }, busy, 4, 1, out, 5), 0);
    CHECK(gaps_of((struct span){ 0, 100 }, NULL, 0, 1, out, 5) == 1 && out[0].to == 100);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    a = arena_new(1 << 20);
    z = zone_find("Europe/Bucharest");
    REQUIRE(a && z);
    RUN(windows_are_kept);
    RUN(a_time_fits);
    RUN(the_clinic_says_who_comes_first);
    RUN(nobody_is_woken);
    RUN(an_offer_ends_in_time);
    RUN(gaps_are_what_is_left);
    arena_free(a);
    return TEST_DONE();
}
