/* test_blocks.c - blocked time that repeats, on the clocks of three zones: a table by hand, then random rules across changes of the clock, judged by
 * python3-dateutil with zoneinfo (blocks_oracle.py). And where a rule is cut in two. */
#include "modules/calendar/blocks.h"
#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct arena *arena;
static const struct list nothing = { NULL, 0 };

static int64_t wall(const char *text) /* "2026-03-27T09:00" */
{
    char full[32];
    int64_t t = 0;
    snprintf(full, sizeof full, "%s:00Z", text);
    REQUIRE(instant_parse(full, &t));
    return t;
}

static struct block_spans expand(const struct blocked_rule *b, size_t max)
{
    struct block_spans s = { 0 };
    CHECK_INT(blocks_expand(arena, b, b->first_local - 2 * USEC_PER_DAY, b->first_local + 800 * USEC_PER_DAY, max, nothing, &s), RC_OK);
    return s;
}

/* ---- by hand --------------------------------------------------------------------------------------------------------------- */

static void test_by_hand(void)
{
    struct blocked_rule b = { .rrule = "FREQ=DAILY;COUNT=3", .time_zone = "Europe/Berlin", .first_local = wall("2026-03-28T02:30"), .length_us = USEC_PER_HOUR };
    struct block_spans s = expand(&b, 9);
    CHECK_INT(s.n, 3);
    CHECK_INT(s.at[0].start, wall("2026-03-28T01:30"));
    CHECK_INT(s.at[1].start, wall("2026-03-29T01:30")); /* 02:30 is jumped over: 03:30 on the clock, and an hour long */
    CHECK_INT(s.at[1].end, wall("2026-03-29T02:30"));
    CHECK(s.at[1].dst_shifted && !s.at[2].dst_shifted);
    CHECK_INT(s.at[2].start, wall("2026-03-30T00:30"));
    /* 02:30 comes twice: from the first one to 03:30 are two hours. */
    b.first_local = wall("2026-10-25T02:30");
    s = expand(&b, 9);
    CHECK_INT(s.at[0].start, wall("2026-10-25T00:30"));
    CHECK_INT(s.at[0].end, wall("2026-10-25T02:30"));
    /* A day has 23 hours, and 23 and a half on Lord Howe. */
    struct block_span day = blocks_span(zone_find("America/New_York"), wall("2027-03-14T00:00"), USEC_PER_DAY, true);
    CHECK_INT(day.end - day.start, 23 * USEC_PER_HOUR);
    day = blocks_span(zone_find("Australia/Lord_Howe"), wall("2026-10-04T00:00"), USEC_PER_DAY, true);
    CHECK_INT(day.end - day.start, 23 * USEC_PER_HOUR + 30 * USEC_PER_MIN);
}

static void test_cut_in_two(void)
{
    const char *before, *after;
    bool nothing_left, found;
    struct block_span next;
    struct blocked_rule b = { .rrule = "FREQ=DAILY;COUNT=10", .time_zone = "Europe/Berlin", .first_local = wall("2026-06-01T12:00"), .length_us = USEC_PER_HOUR };
    CHECK_INT(blocks_cut(arena, &b, wall("2026-06-04T12:00"), &before, &after, &nothing_left), RC_OK);
    CHECK_STR(before, "FREQ=DAILY;COUNT=3");
    CHECK_STR(after, "FREQ=DAILY;COUNT=7");
    CHECK(!nothing_left);
    CHECK_INT(blocks_cut(arena, &b, b.first_local, &before, &after, &nothing_left), RC_OK);
    CHECK(nothing_left);
    b.rrule = "FREQ=WEEKLY";
    CHECK_INT(blocks_cut(arena, &b, wall("2026-06-15T12:00"), &before, &after, &nothing_left), RC_OK);
    CHECK_STR(before, "FREQ=WEEKLY;UNTIL=20260614");
    CHECK_STR(after, "FREQ=WEEKLY");
    /* Years later, the next one is found; what is over at its end is not. */
    CHECK_INT(blocks_next(arena, &b, b.first_local, wall("2031-06-03T00:00"), &next, &found), RC_OK);
    CHECK(found && next.start == wall("2031-06-09T10:00"));
    CHECK_INT(blocks_next(arena, &b, b.first_local, wall("2026-06-01T10:30"), &next, &found), RC_OK);
    CHECK(found && next.at == b.first_local);
    b.rrule = "FREQ=DAILY;COUNT=2";
    CHECK_INT(blocks_next(arena, &b, b.first_local, wall("2026-06-02T11:00"), &next, &found), RC_OK);
    CHECK(!found);
    struct list out = { (int64_t[]){ wall("2026-06-02T12:00") }, 1 };
    struct block_spans s;
    CHECK_INT(blocks_expand(arena, &b, b.first_local - USEC_PER_DAY, b.first_local + 9 * USEC_PER_DAY, 9, out, &s), RC_OK);
    CHECK_INT(s.n, 1);
}

/* ---- by the oracle ------------------------------------------------------------------------------------------------------------ */

static uint64_t seed = 20261122;
static int64_t any(int64_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((seed >> 33) % (uint64_t)n);
}

static void write_case(FILE *f, const char *zone)
{
    static const char *const rules[] = { "FREQ=DAILY", "FREQ=WEEKLY", "FREQ=WEEKLY;BYDAY=MO,WE,SU", "FREQ=MONTHLY;BYDAY=-1SU", "FREQ=DAILY;INTERVAL=3" };
    static const char *const near[] = { "2026-03-20T00:00", "2026-10-18T00:00", "2027-03-08T00:00", "2027-10-28T00:00", "2026-04-01T00:00", "2026-09-28T00:00" };
    bool all_day = any(3) == 0;
    struct blocked_rule b = { .rrule = rules[any(5)], .time_zone = zone, .all_day = all_day,
        .first_local = wall(near[any(6)]) + any(10) * USEC_PER_DAY + (all_day ? 0 : any(96) * 15 * USEC_PER_MIN),
        .length_us = all_day ? USEC_PER_DAY : (1 + any(90)) * 15 * USEC_PER_MIN };
    struct block_spans s = expand(&b, 12);
    /* dateutil gives DTSTART only where the rule does, and so does recur.c. */
    fprintf(f, "case %s %lld %lld %d %s 12\n", zone, (long long)(b.first_local / USEC_PER_SEC), (long long)(b.length_us / USEC_PER_SEC), all_day, b.rrule);
    for (size_t i = 0; i < s.n; i++)
        fprintf(f, "at %lld %lld %lld\n", (long long)(s.at[i].at / USEC_PER_SEC), (long long)(s.at[i].start / USEC_PER_SEC), (long long)(s.at[i].end / USEC_PER_SEC));
    fprintf(f, "end\n");
}

static const char *oracle_path(void)
{
    static char path[1024];
    const char *slash = strrchr(__FILE__, '/'), *dir = getenv("CLINICD_SOURCE");
    if (dir) snprintf(path, sizeof path, "%s/tests/unit/blocks_oracle.py", dir);
    else snprintf(path, sizeof path, "%.*s/blocks_oracle.py", slash ? (int)(slash - __FILE__) : 1, slash ? __FILE__ : ".");
    if (access(path, R_OK) != 0) snprintf(path, sizeof path, "tests/unit/blocks_oracle.py");
    return path;
}

static void test_oracle(void)
{
    static const char *const zones[] = { "Europe/Berlin", "America/New_York", "Australia/Lord_Howe" };
    char path[] = "/tmp/clinicd-blocks-XXXXXX", command[1200];
    int fd = mkstemp(path);
    REQUIRE(fd >= 0);
    FILE *f = fdopen(fd, "w");
    REQUIRE(f);
    for (int i = 0; i < 600; i++) {
        write_case(f, zones[i % 3]);
        arena_reset(arena);
    }
    fclose(f);
    snprintf(command, sizeof command, "python3 '%s' '%s'", oracle_path(), path);
    FILE *oracle = popen(command, "r"); /* a fixed command on a file of our own */
    REQUIRE(oracle);
    for (int c; (c = fgetc(oracle)) != EOF;) putchar(c);
    CHECK_INT(pclose(oracle), 0);
    unlink(path);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    arena = arena_new(16 << 20);
    RUN(test_by_hand);
    RUN(test_cut_in_two);
    RUN(test_oracle);
    arena_free(arena);
    return TEST_DONE();
}
