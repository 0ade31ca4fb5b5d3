/* test_recur.c - rules: what is refused and why, what they give, how they are said; then random rules across clock changes in six
 * zones, judged by libical here (on the wall) and by python3-dateutil with zoneinfo (recur_oracle.py).
 *   RECUR_SEED=n RECUR_CASES=n change what is tried; RECUR_KEEP=file keeps the cases. */
#include "modules/calendar/recur.h"
#include "tests/lib/test.h"

#include <libical/ical.h>
#include <unistd.h>

static struct arena *arena;

static int64_t wall(const char *text) /* "2026-03-27T09:00" */
{
    char full[32];
    int64_t t = 0;
    snprintf(full, sizeof full, "%s:00Z", text);
    REQUIRE(instant_parse(full, &t));
    return t;
}

static struct recur_rule rule(const char *text)
{
    struct recur_rule r;
    struct recur_problem p;
    if (!recur_parse(text, &r, &p)) fprintf(stderr, "  %s: %s %s\n", text, p.part, p.what);
    REQUIRE(recur_parse(text, &r, &p));
    return r;
}

static struct recur_result expand(const char *text, const char *first, const char *zone, size_t max)
{
    struct recur_rule r = rule(text);
    struct recur_result out;
    int64_t at = wall(first);
    CHECK_INT(recur_expand(arena, &r, &(struct recur_ask){ .first = at, .zone = zone_find(zone), .from = at - USEC_PER_DAY,
        .to = at + RECUR_SERIES_DAYS_MAX * USEC_PER_DAY, .max = max }, &out), RC_OK);
    return out;
}

static void check_dates(struct recur_result got, const char *const *want)
{
    size_t n = 0;
    while (want[n]) n++;
    CHECK_INT(got.n, n);
    for (size_t i = 0; i < n && i < got.n; i++) CHECK_INT(got.at[i].wall, wall(want[i]));
}
#define DATES(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void test_the_examples_of_rfc_5545(void)
{
    const char *ny = "America/New_York", *at = "1997-09-02T09:00";
    check_dates(expand("FREQ=DAILY;INTERVAL=10;COUNT=5", at, ny, 9), DATES("1997-09-02T09:00", "1997-09-12T09:00", "1997-09-22T09:00", "1997-10-02T09:00", "1997-10-12T09:00"));
    check_dates(expand("FREQ=MONTHLY;BYDAY=-2MO;COUNT=3", "1997-09-22T09:00", ny, 9), DATES("1997-09-22T09:00", "1997-10-20T09:00", "1997-11-17T09:00"));
    check_dates(expand("FREQ=MONTHLY;BYMONTHDAY=-3", "1997-09-28T09:00", ny, 3), DATES("1997-09-28T09:00", "1997-10-29T09:00", "1997-11-28T09:00"));
    check_dates(expand("FREQ=YEARLY;BYDAY=20MO", "1997-05-19T09:00", ny, 3), DATES("1997-05-19T09:00", "1998-05-18T09:00", "1999-05-17T09:00"));
    check_dates(expand("FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13", at, ny, 3), DATES("1998-02-13T09:00", "1998-03-13T09:00", "1998-11-13T09:00"));
    check_dates(expand("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08-05T09:00", ny, 9), DATES("1997-08-05T09:00", "1997-08-10T09:00", "1997-08-19T09:00", "1997-08-24T09:00"));
    check_dates(expand("FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08-05T09:00", ny, 9), DATES("1997-08-05T09:00", "1997-08-17T09:00", "1997-08-19T09:00", "1997-08-31T09:00"));
    check_dates(expand("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", "1997-09-29T09:00", ny, 3), DATES("1997-09-29T09:00", "1997-10-30T09:00", "1997-11-27T09:00"));
    check_dates(expand("FREQ=DAILY;UNTIL=19970904", at, ny, 9), DATES("1997-09-02T09:00", "1997-09-03T09:00", "1997-09-04T09:00"));
    check_dates(expand("FREQ=DAILY;UNTIL=19970904T125959Z", at, ny, 9), DATES("1997-09-02T09:00", "1997-09-03T09:00"));
}

static void test_the_31st_is_skipped_and_29_february_waits(void)
{
    check_dates(expand("FREQ=MONTHLY;COUNT=3", "2026-01-31T09:00", "Europe/Bucharest", 9), DATES("2026-01-31T09:00", "2026-03-31T09:00", "2026-05-31T09:00"));
    check_dates(expand("FREQ=YEARLY", "2024-02-29T09:00", "Europe/Bucharest", 9), DATES("2024-02-29T09:00", "2028-02-29T09:00"));
    CHECK_INT(expand("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31", "2026-01-01T09:00", "Europe/Bucharest", 9).n, 0);
    CHECK_INT(expand("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30,31", "2026-01-01T09:00", "Europe/Bucharest", 9).n, 0);
    CHECK_INT(expand("FREQ=WEEKLY;UNTIL=20250101", "2026-01-01T09:00", "Europe/Bucharest", 9).n, 0);
}

static void test_wall_time_is_kept_across_clock_changes(void)
{
    struct recur_result r = expand("FREQ=DAILY;COUNT=3", "2026-03-28T03:30", "Europe/Bucharest", 9); /* 29 March 03:00 -> 04:00 */
    CHECK_INT(r.at[0].start, wall("2026-03-28T01:30"));
    CHECK_INT(r.at[1].start, wall("2026-03-29T01:30")); /* 04:30 on the wall */
    CHECK(!r.at[0].dst_shifted && r.at[1].dst_shifted && !r.at[2].dst_shifted);
    CHECK_INT(r.at[2].start, wall("2026-03-30T00:30")); /* and 03:30 again the day after */
    r = expand("FREQ=DAILY;COUNT=3", "2026-10-24T03:30", "Europe/Bucharest", 9);
    CHECK_INT(r.at[1].start, wall("2026-10-25T00:30")); /* the first of the two */
    CHECK_INT(r.at[2].start, wall("2026-10-26T01:30"));
    CHECK(!r.at[1].dst_shifted);
}

static void test_dates_are_left_out_and_added(void)
{
    struct recur_rule r = rule("FREQ=WEEKLY;COUNT=3");
    int64_t first = wall("2026-11-02T10:00"), out_of[] = { first + 7 * USEC_PER_DAY }, extra[] = { first + USEC_PER_DAY, first };
    struct recur_ask ask = { .first = first, .zone = zone_find("UTC"), .from = first, .to = first + 100 * USEC_PER_DAY, .max = 10, .excluded = out_of,
        .n_excluded = 1, .added = extra, .n_added = 2 };
    struct recur_result got;
    CHECK_INT(recur_expand(arena, &r, &ask, &got), RC_OK);
    check_dates(got, DATES("2026-11-02T10:00", "2026-11-03T10:00", "2026-11-16T10:00"));
    ask.max = 2;
    CHECK_INT(recur_expand(arena, &r, &ask, &got), RC_OK);
    CHECK(got.n == 2 && got.more);
}

static void test_a_window_far_from_the_start(void)
{
    struct recur_rule r = rule("FREQ=WEEKLY;INTERVAL=3;BYDAY=MO,FR");
    struct recur_result near, all;
    int64_t first = wall("2006-11-06T12:00"), from = wall("2026-01-01T00:00");
    struct recur_ask ask = { .first = first, .zone = zone_find("Europe/Bucharest"), .from = first, .to = from + 60 * USEC_PER_DAY, .max = 3000 };
    CHECK_INT(recur_expand(arena, &r, &ask, &all), RC_OK);
    ask.from = from;
    CHECK_INT(recur_expand(arena, &r, &ask, &near), RC_OK);
    REQUIRE(near.n > 3 && near.n < all.n);
    for (size_t i = 0; i < near.n; i++) CHECK_INT(near.at[i].start, all.at[all.n - near.n + i].start);
    CHECK(all.at[all.n - near.n - 1].start < from);
}

static void test_what_is_wrong_is_named(void)
{
    static const struct { const char *text, *part; } bad[] = {
        { "", "FREQ" }, { "COUNT=3", "FREQ" }, { "FREQ=HOURLY", "FREQ" }, { "FREQ=", "FREQ" }, { "FREQ=WEEKLY;COUNT=0", "COUNT" }, { "FREQ=WEEKLY;COUNT=-1", "COUNT" },
        { "FREQ=WEEKLY;COUNT=10000", "COUNT" }, { "FREQ=WEEKLY;COUNT=3;COUNT=4", "COUNT" }, { "FREQ=WEEKLY;INTERVAL=0", "INTERVAL" }, { "FREQ=WEEKLY;INTERVAL=1000", "INTERVAL" },
        { "FREQ=WEEKLY;COUNT=3;UNTIL=20270101", "UNTIL" }, { "FREQ=WEEKLY;UNTIL=20270230", "UNTIL" }, { "FREQ=WEEKLY;UNTIL=20270101T000000", "UNTIL" },
        { "FREQ=WEEKLY;UNTIL=20270101T250000Z", "UNTIL" }, { "FREQ=WEEKLY;UNTIL=tomorrow", "UNTIL" }, { "FREQ=WEEKLY;BYDAY=1MO", "BYDAY" }, { "FREQ=WEEKLY;BYDAY=MO,MO", "BYDAY" },
        { "FREQ=WEEKLY;BYDAY=", "BYDAY" }, { "FREQ=WEEKLY;BYDAY=XX", "BYDAY" }, { "FREQ=MONTHLY;BYDAY=6MO", "BYDAY" }, { "FREQ=MONTHLY;BYDAY=0MO", "BYDAY" },
        { "FREQ=YEARLY;BYDAY=54MO", "BYDAY" }, { "FREQ=YEARLY;BYMONTH=1;BYDAY=20MO", "BYDAY" }, { "FREQ=WEEKLY;BYMONTHDAY=3", "BYMONTHDAY" }, { "FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY" },
        { "FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY" }, { "FREQ=YEARLY;BYMONTH=13", "BYMONTH" }, { "FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS" }, { "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=367", "BYSETPOS" },
        { "FREQ=DAILY;BYHOUR=9", "BYHOUR" }, { "FREQ=YEARLY;BYWEEKNO=20", "BYWEEKNO" }, { "FREQ=DAILY;COLOUR=RED", "COLOUR" }, { "FREQ=DAILY;WKST=1", "WKST" }, { "FREQ=DAILY;;COUNT=2", "" },
        { "FREQ=DAILY;", "" }, { "RRULE:FREQ=DAILY", "RRULE:FREQ" } };
    struct recur_rule r;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct recur_problem p = { .what = NULL };
        bool ok = recur_parse(bad[i].text, &r, &p);
        if (ok) fprintf(stderr, "  accepted: %s\n", bad[i].text);
        CHECK(!ok && p.what);
        CHECK_STR(p.part, bad[i].part);
    }
}

static void test_sentences(void)
{
    static const struct { const char *text, *first, *said; } words[] = {
        { "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO;COUNT=10", "2026-11-02T09:00", "Every 2 weeks on Monday, 10 times" },
        { "FREQ=DAILY;UNTIL=20261231", "2026-11-02T09:00", "Every day, until 31 December 2026" },
        { "FREQ=WEEKLY;BYDAY=FR,MO,WE;COUNT=1", "2026-11-02T09:00", "Every week on Monday, Wednesday and Friday, once" },
        { "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "2026-11-02T09:00", "Every week on every weekday" },
        { "FREQ=WEEKLY", "2026-11-03T09:00", "Every week on Tuesday" },
        { "FREQ=MONTHLY;BYDAY=1MO", "2026-11-02T09:00", "Every month on the first Monday" },
        { "FREQ=MONTHLY;BYDAY=-1FR,2TU", "2026-11-02T09:00", "Every month on the last Friday and the second Tuesday" },
        { "FREQ=MONTHLY;BYMONTHDAY=15,-1", "2026-11-02T09:00", "Every month on day 15 and the last day" },
        { "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", "2026-11-02T09:00", "Every month on the last weekday" },
        { "FREQ=MONTHLY", "2026-11-02T09:00", "Every month on day 2" },
        { "FREQ=YEARLY", "2026-11-02T09:00", "Every year on 2 November" },
        { "FREQ=YEARLY;BYMONTH=3,6;BYMONTHDAY=1", "2026-11-02T09:00", "Every year on day 1 in March and June" } };
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        CLEANUP(buf_free) struct buf b = { 0 };
        struct recur_rule r = rule(words[i].text);
        buf_init(&b, 1000);
        recur_sentence(&r, wall(words[i].first), zone_find("Europe/Bucharest"), &b);
        CHECK_STR(buf_str(&b), words[i].said);
    }
}

/* ---- random rules ---------------------------------------------------------------------------------------------------------- */

static uint64_t seed;
static int random_to(int n)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int)((seed >> 11) % (uint64_t)n);
}
static bool chance(int percent) { return random_to(100) < percent; }
static int64_t seconds(int64_t us) { return us / USEC_PER_SEC; }

static const struct { const char *zone, *change; int hour, minute; } places[] = {
    { "Europe/Bucharest", "2026-03-29", 3, 30 }, { "Europe/Bucharest", "2026-10-25", 3, 15 }, { "America/New_York", "2027-03-14", 2, 45 },
    { "America/New_York", "2026-11-01", 1, 30 }, { "Australia/Sydney", "2026-10-04", 2, 10 }, { "Australia/Sydney", "2027-04-04", 2, 30 },
    { "Australia/Lord_Howe", "2026-10-04", 2, 15 }, { "Australia/Lord_Howe", "2027-04-04", 1, 45 }, { "Asia/Kathmandu", "2026-12-31", 9, 0 },
    { "Africa/Cairo", "2026-04-24", 0, 30 }, { "Africa/Cairo", "2026-10-29", 23, 30 } };

static void add_list(struct buf *b, const char *name, int n, int low, int high, bool negative)
{
    bool used[800] = { false };
    const char *between = name;
    for (int i = 0; i < n; i++) {
        int v = low + random_to(high - low + 1);
        if (negative && chance(40)) v = -v;
        if (used[v + 400]) continue;
        used[v + 400] = true;
        buf_printf(b, "%s%d", between, v);
        between = ",";
    }
}

static void add_days(struct buf *b, int freq, bool months)
{
    static const char *const names[] = { "MO", "TU", "WE", "TH", "FR", "SA", "SU" };
    bool used[7] = { false };
    const char *between = ";BYDAY=";
    bool ordinals = freq >= RECUR_MONTHLY && chance(50);
    for (int i = 1 + random_to(3); i > 0; i--) {
        int d = random_to(7), o = freq == RECUR_YEARLY && !months ? 1 + random_to(53) : 1 + random_to(5);
        if (used[d]) continue;
        used[d] = true;
        buf_puts(b, between);
        if (ordinals) buf_printf(b, "%d", chance(40) ? -o : o);
        buf_puts(b, names[d]);
        between = ",";
    }
}

/* The rule without its end; UNTIL is kept apart because the libraries compare it in other ways. */
static void random_rule(struct buf *b, int64_t first_date)
{
    static const char *const freqs[] = { "DAILY", "WEEKLY", "MONTHLY", "YEARLY" }, *const starts[] = { "MO", "SU", "SA", "WE" };
    int freq = random_to(4), week_start = chance(60) ? 0 : random_to(4);
    static const int start_days[] = { 1, 7, 6, 3 };
    bool months = chance(25), days = chance(50), month_days = freq != RECUR_WEEKLY && chance(35);
    buf_printf(b, "FREQ=%s", freqs[freq]);
    if (chance(50)) buf_printf(b, ";INTERVAL=%d", 1 + random_to(freq == RECUR_YEARLY ? 2 : freq == RECUR_MONTHLY ? 4 : 8));
    if (months) add_list(b, ";BYMONTH=", 1 + random_to(6), 1, 12, false);
    if (month_days) add_list(b, ";BYMONTHDAY=", 1 + random_to(4), 1, 31, true);
    if (days) add_days(b, freq, months);
    /* dateutil takes positions in the first week from DTSTART on, not from the start of the week as RFC 5545 says. */
    bool whole_week = freq != RECUR_WEEKLY || date_weekday(first_date) == start_days[week_start];
    if ((months || days || month_days) && whole_week && freq != RECUR_DAILY && chance(30)) add_list(b, ";BYSETPOS=", 1 + random_to(2), 1, 4, true);
    if (week_start) buf_printf(b, ";WKST=%s", starts[week_start]);
    if (chance(50)) buf_printf(b, ";COUNT=%d", 1 + random_to(80));
}

struct wanted { const char *text; int64_t first, until; enum recur_until until_kind; struct recur_rule rule; };

/* Where libical 3.0.16 is wrong itself dateutil judges alone: days from the end of the month in a daily rule; the n-th weekday of the year
 * among days of the month; every n-th week when the week does not begin on Monday and DTSTART is not in the rule. BYMONTHDAY of a yearly
 * rule it takes for the month of DTSTART alone: there the months are named one by one. */
static bool libical_text(const struct wanted *w, const struct recur_result *got, struct buf *b)
{
    static const char *const all_months = ";BYMONTH=1,2,3,4,5,6,7,8,9,10,11,12";
    const struct recur_rule *r = &w->rule;
    bool month_days = r->month_days || r->month_days_back, ordinals = r->n_days && r->days[0].ordinal;
    if (r->freq == RECUR_DAILY && r->month_days_back) return false;
    if (r->freq == RECUR_YEARLY && month_days && ordinals) return false;
    if (r->freq == RECUR_WEEKLY && r->interval > 1 && r->week_start != 1 && got->at[0].wall != w->first) return false;
    buf_clear(b);
    buf_printf(b, "%s%s", w->text, r->freq == RECUR_YEARLY && month_days && !r->months ? all_months : "");
    return true;
}

/* libical goes through the rule on the wall; UNTIL was left to us. It is asked for as many as we found: it walks for minutes
 * when there are no more. */
static bool judge_by_libical(const struct wanted *w, const struct recur_result *got, struct buf *b)
{
    size_t n = 0;
    if (!got->n || !libical_text(w, got, b)) return false;
    struct icaltimetype start = icaltime_from_timet_with_zone(w->first / USEC_PER_SEC, 0, NULL);
    icalrecur_iterator *it = icalrecur_iterator_new(icalrecurrencetype_from_string(buf_str(b)), start);
    REQUIRE(it);
    for (; n < got->n; n++) {
        struct icaltimetype at = icalrecur_iterator_next(it);
        if (icaltime_is_null_time(at) || icaltime_as_timet(at) * USEC_PER_SEC != got->at[n].wall) break;
    }
    if (n < got->n) fprintf(stderr, "  libical differs: %s from %" PRId64 " at %zu\n", buf_str(b), seconds(w->first), n);
    CHECK_INT(n, got->n);
    icalrecur_iterator_free(it);
    return true;
}

static int64_t by_libical;

static void random_case(FILE *out, struct buf *b)
{
    size_t p = (size_t)random_to(ARRAY_LEN(places));
    const struct zone *z = zone_find(places[p].zone);
    int64_t change = 0, limit;
    struct recur_result got;
    struct recur_problem problem;
    struct wanted w = { 0 };
    REQUIRE(z && date_parse(places[p].change, &change));
    int64_t date = change - random_to(40);
    w.first = date * USEC_PER_DAY + (places[p].hour * 60 + places[p].minute) * USEC_PER_MIN;
    limit = w.first + (400 + random_to(1400)) * USEC_PER_DAY;
    buf_clear(b);
    random_rule(b, date);
    w.text = arena_strdup(arena, buf_str(b));
    REQUIRE(recur_parse(w.text, &w.rule, &problem));
    if (w.rule.count == NONE && chance(60)) {
        w.rule.until_kind = chance(50) ? RECUR_UNTIL_DATE : RECUR_UNTIL_INSTANT;
        w.rule.until = w.rule.until_kind == RECUR_UNTIL_DATE ? date + random_to(900) : w.first + random_to(900) * USEC_PER_DAY;
    }
    w.until_kind = w.rule.until_kind;
    CHECK_INT(recur_expand(arena, &w.rule, &(struct recur_ask){ .first = w.first, .zone = z, .from = w.first - 2 * USEC_PER_DAY, .to = limit, .max = 366 }, &got), RC_OK);
    by_libical += judge_by_libical(&w, &got, b);
    int64_t until = w.until_kind == RECUR_UNTIL_INSTANT ? seconds(w.rule.until) : w.until_kind == RECUR_UNTIL_DATE ? w.rule.until : 0;
    fprintf(out, "case %s %" PRId64 " %s %s %" PRId64 " %" PRId64 " 366\n", places[p].zone, seconds(w.first), w.text,
        w.until_kind == RECUR_UNTIL_INSTANT ? "instant" : w.until_kind == RECUR_UNTIL_DATE ? "date" : "none", until, seconds(limit));
    for (size_t i = 0; i < got.n; i++)
        fprintf(out, "at %" PRId64 " %" PRId64 " %d\n", seconds(got.at[i].wall), seconds(got.at[i].start), got.at[i].dst_shifted);
    fprintf(out, "end\n");
    buf_clear(b);
    recur_format(&w.rule, b);
    struct recur_rule again;
    CHECK(recur_parse(buf_str(b), &again, &problem));
    CHECK(memcmp(&again, &w.rule, sizeof again) == 0);
}

static const char *oracle_path(void)
{
    static char path[1024];
    const char *slash = strrchr(__FILE__, '/'), *dir = getenv("CLINICD_SOURCE");
    if (dir) snprintf(path, sizeof path, "%s/tests/unit/recur_oracle.py", dir);
    else snprintf(path, sizeof path, "%.*s/recur_oracle.py", slash ? (int)(slash - __FILE__) : 1, slash ? __FILE__ : ".");
    if (access(path, R_OK) != 0) snprintf(path, sizeof path, "tests/unit/recur_oracle.py");
    return path;
}

static void test_random_rules_against_two_libraries(void)
{
    const char *cases_text = getenv("RECUR_CASES"), *seed_text = getenv("RECUR_SEED"), *keep = getenv("RECUR_KEEP");
    int64_t cases = cases_text ? strtoll(cases_text, NULL, 10) : 800;
    char file[512] = "/tmp/clinicd-recur-XXXXXX", command[2048], line[1024], last[1024] = "", want[64];
    CLEANUP(buf_free) struct buf b = { 0 };
    buf_init(&b, 4096);
    seed = (seed_text ? strtoull(seed_text, NULL, 10) : 20260329) * 0x9E3779B97F4A7C15u | 1;
    if (keep) snprintf(file, sizeof file, "%s", keep);
    FILE *out = keep ? fopen(file, "w") : fdopen(mkstemp(file), "w");
    REQUIRE(out);
    for (int64_t i = 0; i < cases; i++) {
        arena_reset(arena);
        random_case(out, &b);
    }
    REQUIRE(fclose(out) == 0);
    snprintf(command, sizeof command, "python3 '%s' '%s'", oracle_path(), file);
    FILE *in = popen(command, "r");
    REQUIRE(in);
    while (fgets(line, sizeof line, in)) {
        memcpy(last, line, sizeof last);
        printf("  oracle: %s", line);
    }
    CHECK_INT(pclose(in), 0);
    snprintf(want, sizeof want, "%" PRId64 " cases agree", cases);
    CHECK(strncmp(last, want, strlen(want)) == 0);
    if (!keep) unlink(file);
    printf("  libical: %" PRId64 " cases agree\n", by_libical);
    if (!cases_text) CHECK(by_libical >= 500);
}

int main(int argc, char **argv)
{
    arena = arena_new(64u << 20);
    REQUIRE(arena);
    TEST_ARGS(argc, argv);
    RUN(test_the_examples_of_rfc_5545);
    RUN(test_the_31st_is_skipped_and_29_february_waits);
    RUN(test_wall_time_is_kept_across_clock_changes);
    RUN(test_dates_are_left_out_and_added);
    RUN(test_a_window_far_from_the_start);
    RUN(test_what_is_wrong_is_named);
    RUN(test_sentences);
    RUN(test_random_rules_against_two_libraries);
    arena_free(arena);
    return TEST_DONE();
}
