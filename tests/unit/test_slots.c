/* test_slots.c - free times, by tables written by hand (UTC texts, so that they do not lean on the zone reader).
 * test_slots_oracle.c has the random schedules.
 *   test_slots [name]   test_slots bench    prints CPU time per call */
#include "modules/calendar/slots.h"
#include "tests/lib/test.h"

#include <time.h>

#define TEXT_MAX 8192

/* ---- One clinic, one provider, changed by each test ---------------------------------------------------------- */

struct fixture {
    struct slot_query q;
    struct slot_location locations[2];
    struct slot_provider providers[3];
    struct slot_plan plans[4];
    struct slot_result result;
    struct slot_busy busy[8];
    struct slot_hours hours[8];
    char slots[TEXT_MAX], dropped[TEXT_MAX];
};
static struct fixture f;
static struct arena *arena;

static int64_t at(const char *text)
{
    int64_t t = 0;
    REQUIRE(instant_parse(text, &t));
    return t;
}

static int64_t day(const char *text)
{
    int64_t d = 0;
    REQUIRE(date_parse(text, &d));
    return d;
}

static void hours_add(int64_t weekday, int64_t start, int64_t end)
{
    REQUIRE(f.plans[0].n_weekly < ARRAY_LEN(f.hours));
    f.hours[f.plans[0].n_weekly++] = (struct slot_hours){ weekday, start, end };
}

static void busy_add(const char *start, const char *end, enum slot_busy_kind kind)
{
    REQUIRE(f.providers[0].n_busy < ARRAY_LEN(f.busy));
    f.busy[f.providers[0].n_busy++] = (struct slot_busy){ at(start), at(end), kind };
}

/* 30 minutes, every 30, long ago, in `zone`; no hours yet. */
static void setup(const char *zone, const char *from, const char *to)
{
    memset(&f, 0, sizeof f);
    f.q.rules = (struct slot_rules){ .duration_min = 30, .step_min = 30, .now = at("2020-01-01T00:00:00Z") };
    f.q.from = at(from);
    f.q.to = at(to);
    f.q.locations = f.locations;
    f.q.n_locations = 1;
    f.q.providers = f.providers;
    f.q.n_providers = 1;
    f.q.plans = f.plans;
    f.q.n_plans = 1;
    f.q.explain = true;
    f.locations[0].zone = zone_find(zone);
    REQUIRE(f.locations[0].zone);
    f.providers[0].busy = f.busy;
    f.plans[0].weekly = f.hours;
}

/* "07:00" or, with a word, "07:00=busy" */
static void append(char *out, const char *time, const char *word)
{
    size_t n = strlen(out);
    REQUIRE(n + 40 < TEXT_MAX);
    snprintf(out + n, TEXT_MAX - n, "%s%s%s%s", n ? " " : "", time, word ? "=" : "", word ? word : "");
}

/* Fills f.slots "07:00 07:30" and f.dropped "08:00=busy" (UTC), and holds slot_check against every one of them. */
static void find(void)
{
    arena_reset(arena);
    f.slots[0] = f.dropped[0] = 0;
    CHECK_INT(slots_find(arena, &f.q, &f.result), RC_OK);
    char text[INSTANT_TEXT];
    struct slot_verdict v;
    for (size_t i = 0; i < f.result.n_slots; i++) {
        const struct slot *s = &f.result.slots[i];
        instant_format(s->start, text);
        text[16] = 0;
        append(f.slots, text + 11, NULL);
        CHECK_INT(s->end - s->start, f.q.rules.duration_min * USEC_PER_MIN);
        CHECK_INT(slot_check(arena, &f.q, (size_t)s->plan, s->start, &v), RC_OK);
        CHECK_INT(v.reason, SLOT_FREE);
        CHECK(memcmp(v.taken, s->taken, sizeof v.taken) == 0);
        CHECK_INT(v.end, s->end);
    }
    for (size_t i = 0; i < f.result.n_dropped; i++) {
        const struct slot_drop *d = &f.result.dropped[i];
        instant_format(d->start, text);
        text[16] = 0;
        append(f.dropped, text + 11, slot_reason_names[d->reason]);
        if (d->reason == SLOT_DST_GAP) continue;
        CHECK_INT(slot_check(arena, &f.q, (size_t)d->plan, d->start, &v), RC_OK);
        CHECK_INT(v.reason, d->reason);
        CHECK_INT(v.by_start, d->by_start);
        CHECK_INT(v.by_end, d->by_end);
    }
}

#define FINDS(want_slots, want_dropped)                                                                                                    \
    do {                                                                                                                                   \
        find();                                                                                                                            \
        CHECK_STR(f.slots, want_slots);                                                                                                    \
        CHECK_STR(f.dropped, want_dropped);                                                                                                \
    } while (0)

/* A Monday in Bucharest, winter: 09:00 local is 07:00Z. */
static void monday(int64_t start, int64_t end)
{
    setup("Europe/Bucharest", "2026-01-11T22:00:00Z", "2026-01-12T22:00:00Z");
    hours_add(1, start, end);
}

/* ---- Hours --------------------------------------------------------------------------------------------------- */

static void test_hours_plain(void)
{
    monday(9 * 60, 11 * 60);
    FINDS("07:00 07:30 08:00 08:30", "");
    f.q.rules.duration_min = 45; /* the last one would end at 11:15 */
    FINDS("07:00 07:30 08:00", "08:30=outside_hours");
    f.q.rules.duration_min = 120;
    FINDS("07:00", "07:30=outside_hours 08:00=outside_hours 08:30=outside_hours");
    f.q.rules.duration_min = 121;
    FINDS("", "07:00=outside_hours 07:30=outside_hours 08:00=outside_hours 08:30=outside_hours");
}

static void test_hours_not_on_the_grid(void)
{
    monday(9 * 60 + 10, 11 * 60 - 10); /* 09:10 to 10:50 on a grid of 30 from midnight */
    FINDS("07:30 08:00", "08:30=outside_hours");
    f.q.rules.step_min = 50; /* 09:10 = 11 * 50 minutes after midnight */
    FINDS("07:10 08:00", "");
}

static void test_hours_break_and_touching_rows(void)
{
    monday(9 * 60, 10 * 60);
    hours_add(1, 11 * 60, 12 * 60);
    FINDS("07:00 07:30 09:00 09:30", "08:00=outside_hours 08:30=outside_hours");
    f.hours[1].start_min = 10 * 60; /* 09-10 and 10-12: one stretch */
    f.q.rules.duration_min = 60;
    FINDS("07:00 07:30 08:00 08:30 09:00", "09:30=outside_hours");
    f.hours[1] = (struct slot_hours){ 1, 9 * 60 + 30, 10 * 60 }; /* inside the first: counted once */
    FINDS("07:00", "07:30=outside_hours");
}

static void test_hours_other_weekday_and_bad_rows(void)
{
    monday(9 * 60, 10 * 60);
    f.hours[0].weekday = 2;
    FINDS("", "");
    hours_add(1, 600, 600);
    hours_add(1, 660, 600);
    hours_add(1, -60, 600);
    hours_add(1, 1440, 1500);
    hours_add(1, 600, 2881);
    hours_add(0, 600, 660);
    hours_add(8, 600, 660);
    FINDS("", "");
}

static void test_hours_across_midnight(void)
{
    setup("Europe/Bucharest", "2026-01-12T20:00:00Z", "2026-01-13T22:00:00Z"); /* Mon 22:00 to Tue 24:00 local */
    hours_add(1, 23 * 60, 26 * 60);
    f.q.rules.duration_min = 60;
    FINDS("21:00 21:30 22:00 22:30 23:00", "23:30=outside_hours");
    f.locations[0].holidays = (int64_t[]){ day("2026-01-13") }; /* the tail is cut off at midnight */
    f.locations[0].n_holidays = 1;
    FINDS("21:00", "21:30=holiday 22:00=holiday 22:30=holiday 23:00=holiday 23:30=holiday");
    f.locations[0].n_holidays = 0;
    f.plans[0].exceptions = (struct slot_exception[]){ { day("2026-01-13"), true, 0, 0 } }; /* the tail is Monday's */
    f.plans[0].n_exceptions = 1;
    FINDS("21:00 21:30 22:00 22:30 23:00", "23:30=outside_hours");
    hours_add(2, 0, 3 * 60); /* Tuesday's own hours, closed by the exception, are shown once */
    FINDS("21:00 21:30 22:00 22:30 23:00", "23:30=outside_hours 00:00=outside_hours 00:30=outside_hours");
    f.plans[0].n_exceptions = 0; /* and overlap the tail without doubles */
    FINDS("21:00 21:30 22:00 22:30 23:00 23:30 00:00", "00:30=outside_hours");
}

static void test_hours_round_the_clock(void)
{
    setup("Europe/Bucharest", "2026-01-11T21:00:00Z", "2026-01-12T00:00:00Z");
    for (int64_t d = 1; d <= 7; d++) hours_add(d, 0, 1440);
    f.q.rules.duration_min = 90; /* over midnight, where two rows touch */
    FINDS("21:00 21:30 22:00 22:30 23:00 23:30", "");
}

static void test_exceptions(void)
{
    monday(9 * 60, 10 * 60);
    struct slot_exception e[3] = { { day("2026-01-12"), true, 0, 0 } };
    f.plans[0].exceptions = e;
    f.plans[0].n_exceptions = 1;
    FINDS("", "07:00=outside_hours 07:30=outside_hours");
    e[0] = (struct slot_exception){ day("2026-01-12"), false, 10 * 60, 11 * 60 };
    FINDS("08:00 08:30", "07:00=outside_hours 07:30=outside_hours");
    e[1] = (struct slot_exception){ day("2026-01-12"), true, 0, 0 }; /* closed adds none, takes none away */
    e[2] = (struct slot_exception){ day("2026-01-12"), false, 11 * 60, 11 * 60 + 30 };
    f.plans[0].n_exceptions = 3;
    FINDS("08:00 08:30 09:00", "07:00=outside_hours 07:30=outside_hours");
    e[0].date = e[1].date = e[2].date = day("2026-01-13");
    FINDS("07:00 07:30", "");
    f.hours[0].weekday = 3; /* an exception opens a day that has no weekly hours */
    e[0].date = day("2026-01-12");
    FINDS("08:00 08:30", "");
}

static void test_holiday(void)
{
    monday(9 * 60, 10 * 60);
    int64_t dates[2] = { day("2026-01-13"), day("2026-01-12") };
    f.locations[0].holidays = dates;
    f.locations[0].n_holidays = 1;
    FINDS("07:00 07:30", "");
    f.locations[0].n_holidays = 2;
    FINDS("", "07:00=holiday 07:30=holiday");
    dates[1] = INT64_MIN; /* nonsense is ignored */
    dates[0] = INT64_MAX;
    FINDS("07:00 07:30", "");
}

/* ---- Claims -------------------------------------------------------------------------------------------------- */

static void test_busy_half_open(void)
{
    monday(9 * 60, 12 * 60);
    busy_add("2026-01-12T08:00:00Z", "2026-01-12T08:30:00Z", BUSY_APPOINTMENT);
    FINDS("07:00 07:30 08:30 09:00 09:30", "08:00=busy");
    f.busy[0].start -= 1; /* one microsecond into the one before */
    FINDS("07:00 08:30 09:00 09:30", "07:30=busy 08:00=busy");
    f.busy[0].start += 1;
    f.busy[0].end += 1;
    FINDS("07:00 07:30 09:00 09:30", "08:00=busy 08:30=busy");
    f.busy[0].end = f.busy[0].start; /* empty: ignored */
    FINDS("07:00 07:30 08:00 08:30 09:00 09:30", "");
    f.busy[0].end = f.busy[0].start - 5;
    FINDS("07:00 07:30 08:00 08:30 09:00 09:30", "");
    f.busy[0] = (struct slot_busy){ INT64_MIN, INT64_MAX, BUSY_CALENDAR };
    FINDS("", "07:00=busy 07:30=busy 08:00=busy 08:30=busy 09:00=busy 09:30=busy");
}

static void test_busy_unsorted_and_nested(void)
{
    monday(9 * 60, 12 * 60);
    busy_add("2026-01-12T09:00:00Z", "2026-01-12T09:10:00Z", BUSY_HOLD);
    busy_add("2026-01-12T07:00:00Z", "2026-01-12T08:30:00Z", BUSY_APPOINTMENT);
    busy_add("2026-01-12T07:30:00Z", "2026-01-12T07:45:00Z", BUSY_TIME_OFF);
    FINDS("08:30 09:30", "07:00=busy 07:30=time_off 08:00=busy 09:00=busy");
    CHECK_INT(f.result.dropped[1].by_start, at("2026-01-12T07:30:00Z"));
    CHECK_INT(f.result.dropped[1].by_end, at("2026-01-12T07:45:00Z"));
}

static void test_buffers_both_sides(void)
{
    monday(9 * 60, 12 * 60);
    f.q.rules.buffer_before_min = 10;
    f.q.rules.buffer_after_min = 20;
    FINDS("07:00 07:30 08:00 08:30 09:00 09:30", ""); /* they may hang over the edges */
    busy_add("2026-01-12T08:00:00Z", "2026-01-12T08:30:00Z", BUSY_APPOINTMENT);
    FINDS("07:00 09:00 09:30", "07:30=buffer 08:00=busy 08:30=buffer");
    f.q.rules.buffer_after_min = 0;
    FINDS("07:00 07:30 09:00 09:30", "08:00=busy 08:30=buffer");
    f.q.rules.buffer_before_min = 0;
    f.q.rules.buffer_after_min = 1;
    FINDS("07:00 08:30 09:00 09:30", "07:30=buffer 08:00=busy");
    f.q.rules.buffer_before_min = 30; /* exactly touching is free */
    f.q.rules.buffer_after_min = 30;
    FINDS("07:00 09:00 09:30", "07:30=buffer 08:00=busy 08:30=buffer");
    busy_add("2026-01-12T10:00:00Z", "2026-01-12T11:00:00Z", BUSY_APPOINTMENT); /* after closing; reached by a buffer */
    FINDS("07:00 09:00", "07:30=buffer 08:00=busy 08:30=buffer 09:30=buffer");
    CHECK_INT(f.result.dropped[3].by_start, at("2026-01-12T10:00:00Z"));
    f.busy[1] = (struct slot_busy){ at("2026-01-12T07:10:00Z"), at("2026-01-12T07:40:00Z"), BUSY_CALENDAR };
    f.busy[0].start = at("2026-01-12T07:35:00Z"); /* of two equal reasons the earlier claim is named */
    FINDS("09:00 09:30", "07:00=busy 07:30=busy 08:00=busy 08:30=buffer");
    CHECK_INT(f.result.dropped[1].by_start, at("2026-01-12T07:10:00Z"));
    f.busy[0].start = at("2026-01-12T08:00:00Z");
    f.providers[0].n_busy = 1;
    f.busy[0].kind = BUSY_BUFFER; /* the treatment in another's buffer */
    FINDS("07:00 09:00 09:30", "07:30=buffer 08:00=buffer 08:30=buffer");
}

static void test_reason_order_of_claims(void)
{
    monday(9 * 60, 10 * 60);
    busy_add("2026-01-12T07:00:00Z", "2026-01-12T07:10:00Z", BUSY_BUFFER);
    FINDS("07:30", "07:00=buffer");
    busy_add("2026-01-12T07:10:00Z", "2026-01-12T07:20:00Z", BUSY_CALENDAR);
    FINDS("07:30", "07:00=busy");
    struct slot_busy blocked = { at("2026-01-12T07:29:00Z"), at("2026-01-12T07:30:00Z"), BUSY_APPOINTMENT };
    f.locations[0].blocked = &blocked;
    f.locations[0].n_blocked = 1;
    FINDS("07:30", "07:00=blocked");
    busy_add("2026-01-12T07:20:00Z", "2026-01-12T07:21:00Z", BUSY_TIME_OFF);
    FINDS("07:30", "07:00=time_off");
    f.busy[2].kind = BUSY_BLOCKED;
    f.locations[0].n_blocked = 0;
    FINDS("07:30", "07:00=blocked");
    CHECK_INT(f.result.dropped[0].by_start, at("2026-01-12T07:20:00Z"));
}

static const size_t both[] = { 0, 1 };

static void test_resources(void)
{
    monday(9 * 60, 11 * 60);
    struct slot_busy first[1] = { { at("2026-01-12T07:00:00Z"), at("2026-01-12T08:00:00Z"), BUSY_APPOINTMENT } };
    struct slot_busy second[1] = { { at("2026-01-12T07:30:00Z"), at("2026-01-12T08:30:00Z"), BUSY_APPOINTMENT } };
    struct slot_resource chairs[2] = { { 0, first, 1 }, { 0, second, 1 } };
    struct slot_part chair = { .kind = PART_RESOURCE, .length_min = 30, .quantity = 1, .pool = both, .n_pool = 2 };
    f.q.resources = chairs;
    f.q.n_resources = 2;
    FINDS("07:00 07:30 08:00 08:30", ""); /* not needed: not looked at */
    f.q.parts = &chair;
    f.q.n_parts = 1;
    FINDS("07:00 08:00 08:30", "07:30=no_resource");
    CHECK_INT(f.result.slots[0].taken[0], 1);
    CHECK_INT(f.result.slots[1].taken[0], 0);
    CHECK_INT(f.result.slots[2].taken[0], 0);
    f.q.rules.buffer_before_min = 10; /* buffers apply to resources too */
    FINDS("07:00 08:30", "07:30=no_resource 08:00=no_resource");
    f.q.rules.buffer_before_min = 0;
    chair.quantity = 2;
    FINDS("08:30", "07:00=no_resource 07:30=no_resource 08:00=no_resource");
    chair.quantity = 1;
    chairs[0].location = chairs[1].location = 1; /* at another site */
    FINDS("", "07:00=no_resource 07:30=no_resource 08:00=no_resource 08:30=no_resource");
}

/* The second one for the last ten minutes, the first only before that. */
static void test_split_times(void)
{
    monday(9 * 60, 12 * 60);
    struct slot_busy dentist[1] = { { at("2026-01-12T08:20:00Z"), at("2026-01-12T08:25:00Z"), BUSY_APPOINTMENT } };
    struct slot_part last = { .kind = PART_PROVIDER, .offset_min = 20, .length_min = 10, .quantity = 1, .pool = both, .n_pool = 2 };
    f.providers[1] = (struct slot_provider){ dentist, 1 };
    f.plans[1] = (struct slot_plan){ .provider = 1, .helps_only = true };
    f.q.n_providers = f.q.n_plans = 2;
    f.q.parts = &last;
    f.q.n_parts = 1;
    FINDS("", "07:00=no_provider 07:30=no_provider 08:00=no_provider 08:30=no_provider 09:00=no_provider 09:30=no_provider"); /* not at work */
    struct slot_hours morning = { 1, 9 * 60 + 20, 11 * 60 };
    f.plans[1].weekly = &morning;
    f.plans[1].n_weekly = 1;
    FINDS("07:00 07:30 08:30", "08:00=no_provider 09:00=no_provider 09:30=no_provider");
    CHECK_INT(f.result.slots[0].taken[0], 1);
    f.q.rules.lead_min = 20; /* then the first one is free for the rest, and could do it alone */
    FINDS("07:00 07:30 08:00 08:30 09:00 09:30", "");
    CHECK_INT(f.result.slots[0].taken[0], 0);
    busy_add("2026-01-12T07:20:00Z", "2026-01-12T07:30:00Z", BUSY_APPOINTMENT);
    f.q.rules.step_min = 60;
    FINDS("07:00 08:00 09:00", "");
    CHECK_INT(f.result.slots[0].taken[0], 1);
    CHECK_INT(f.result.slots[1].taken[0], 0);
}

/* Appointments elsewhere with the way; the patient elsewhere. */
static void test_travel_and_patient(void)
{
    monday(9 * 60, 11 * 60);
    busy_add("2026-01-12T07:30:00Z", "2026-01-12T08:00:00Z", BUSY_APPOINTMENT);
    struct slot_busy away = { at("2026-01-12T07:10:00Z"), at("2026-01-12T08:20:00Z"), BUSY_APPOINTMENT };
    struct slot_busy patient = { at("2026-01-12T08:50:00Z"), at("2026-01-12T09:00:00Z"), BUSY_APPOINTMENT };
    f.plans[0].away = &away;
    f.plans[0].n_away = 1;
    FINDS("08:30", "07:00=travel 07:30=busy 08:00=travel");
    CHECK_INT(f.result.dropped[0].by_start, away.start);
    f.q.patient = &patient;
    f.q.n_patient = 1;
    FINDS("", "07:00=travel 07:30=busy 08:00=travel 08:30=busy");
    patient.start = at("2026-01-12T09:00:00Z");
    patient.end = at("2026-01-12T09:30:00Z");
    f.q.rules.buffer_after_min = 30; /* the provider's time, not the patient's */
    FINDS("08:30", "07:00=buffer 07:30=busy 08:00=travel");
}

/* ---- Notice, horizon, limits --------------------------------------------------------------------------------- */

static void test_past_and_notice(void)
{
    monday(9 * 60, 11 * 60);
    f.q.rules.now = at("2026-01-12T07:30:00Z");
    FINDS("07:30 08:00 08:30", "07:00=past"); /* now is not past */
    f.q.rules.now++;
    FINDS("08:00 08:30", "07:00=past 07:30=past");
    f.q.rules.now--;
    f.q.rules.min_notice_us = 30 * USEC_PER_MIN;
    FINDS("08:00 08:30", "07:00=past 07:30=min_notice");
    f.q.rules.min_notice_us++;
    FINDS("08:30", "07:00=past 07:30=min_notice 08:00=min_notice");
}

static void test_horizon_is_the_locations_day(void)
{
    monday(9 * 60, 10 * 60);
    f.q.rules.horizon_days = 1;
    f.q.rules.now = at("2026-01-10T22:00:00Z"); /* Sunday 00:00 in Bucharest, Saturday in London */
    FINDS("07:00 07:30", "");
    f.q.rules.now--;
    FINDS("", "07:00=horizon 07:30=horizon");
    f.q.rules.min_notice_us = 100 * USEC_PER_DAY; /* notice is asked before the horizon */
    FINDS("", "07:00=min_notice 07:30=min_notice");
    f.q.rules.min_notice_us = 0;
    f.q.rules.horizon_days = 2;
    FINDS("07:00 07:30", "");
}

static void test_max_per_day(void)
{
    monday(9 * 60, 10 * 60);
    struct slot_day_count booked[3] = { { day("2026-01-11"), 9 }, { day("2026-01-12"), 2 }, { day("2026-01-12"), 1 } };
    f.plans[0].booked = booked;
    f.plans[0].n_booked = 3;
    FINDS("07:00 07:30", "");
    f.q.rules.max_per_day = 4;
    FINDS("07:00 07:30", "");
    f.q.rules.max_per_day = 3;
    FINDS("", "07:00=max_per_day 07:30=max_per_day");
    booked[2].date = day("2026-01-13");
    FINDS("07:00 07:30", "");
}

static void test_window_and_limit(void)
{
    monday(9 * 60, 11 * 60);
    f.q.from = at("2026-01-12T07:30:00Z");
    f.q.to = at("2026-01-12T08:30:00Z");
    FINDS("07:30 08:00", "");
    f.q.from++;
    f.q.to++;
    FINDS("08:00 08:30", "");
    f.q.to = f.q.from;
    FINDS("", "");
    monday(9 * 60, 11 * 60);
    f.q.limit = 4;
    FINDS("07:00 07:30 08:00 08:30", "");
    CHECK(!f.result.truncated);
    f.q.limit = 2;
    FINDS("07:00 07:30", "");
    CHECK(f.result.truncated);
    f.q.explain = false;
    find();
    CHECK_STR(f.slots, "07:00 07:30");
    CHECK(f.result.truncated);
}

static void test_off_grid(void)
{
    monday(9 * 60, 11 * 60);
    struct slot_verdict v;
    CHECK_INT(slot_check(arena, &f.q, 0, at("2026-01-12T07:00:00Z"), &v), RC_OK);
    CHECK_INT(v.reason, SLOT_FREE);
    CHECK_INT(slot_check(arena, &f.q, 0, at("2026-01-12T07:07:00Z"), &v), RC_OK);
    CHECK_INT(v.reason, SLOT_OFF_GRID);
    CHECK_INT(slot_check(arena, &f.q, 0, at("2026-01-12T07:00:00.000001Z"), &v), RC_OK);
    CHECK_INT(v.reason, SLOT_OFF_GRID);
    CHECK_INT(slot_check(arena, &f.q, 0, at("2026-01-12T01:00:00Z"), &v), RC_OK);
    CHECK_INT(v.reason, SLOT_OUTSIDE_HOURS);
    CHECK_INT(v.by_start, NONE);
}

static void test_invalid(void)
{
    struct slot_verdict v;
    struct slot_rules bad[] = { { .step_min = 0 }, { .step_min = 1441 }, { .duration_min = 0 }, { .duration_min = SLOT_LENGTH_MAX_MIN + 1 },
        { .buffer_before_min = -1 }, { .buffer_after_min = SLOT_LENGTH_MAX_MIN + 1 }, { .min_notice_us = -1 }, { .horizon_days = -1 },
        { .max_per_day = -1 }, { .now = INT64_MAX } };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        monday(9 * 60, 11 * 60);
        struct slot_rules *r = &f.q.rules;
        r->step_min = i < 2 ? bad[i].step_min : r->step_min;
        r->duration_min = i == 2 || i == 3 ? bad[i].duration_min : r->duration_min;
        r->buffer_before_min = bad[i].buffer_before_min;
        r->buffer_after_min = bad[i].buffer_after_min;
        r->min_notice_us = bad[i].min_notice_us;
        r->horizon_days = bad[i].horizon_days;
        r->max_per_day = bad[i].max_per_day;
        r->now = bad[i].now ? bad[i].now : r->now;
        CHECK_INT(slots_find(arena, &f.q, &f.result), RC_INVALID);
        CHECK_INT(slot_check(arena, &f.q, 0, f.q.from, &v), RC_INVALID);
    }
    monday(9 * 60, 11 * 60);
    f.q.to = f.q.from - 1;
    CHECK_INT(slots_find(arena, &f.q, &f.result), RC_INVALID);
    f.q.to = f.q.from + SLOTS_WINDOW_DAYS_MAX * USEC_PER_DAY + 1;
    CHECK_INT(slots_find(arena, &f.q, &f.result), RC_INVALID);
    f.q.to = INT64_MAX;
    CHECK_INT(slots_find(arena, &f.q, &f.result), RC_INVALID);
    monday(9 * 60, 11 * 60);
    CHECK_INT(slot_check(arena, &f.q, 1, f.q.from, &v), RC_INVALID);
    CHECK_INT(slot_check(arena, &f.q, 0, INT64_MIN, &v), RC_INVALID);
    f.plans[0].provider = 1;
    CHECK_INT(slots_find(arena, &f.q, &f.result), RC_INVALID);
}

static void test_several_plans_are_merged(void)
{
    monday(9 * 60, 10 * 60);
    struct slot_busy b = { at("2026-01-12T07:30:00Z"), at("2026-01-12T08:00:00Z"), BUSY_APPOINTMENT };
    f.providers[1] = (struct slot_provider){ &b, 1 };
    f.locations[1].zone = zone_find("Europe/London"); /* the same weekly hours, two hours later */
    f.q.n_providers = f.q.n_locations = 2;
    f.plans[1] = (struct slot_plan){ .provider = 1, .weekly = f.hours, .n_weekly = 1 };
    f.plans[2] = (struct slot_plan){ .provider = 1, .location = 1, .weekly = f.hours, .n_weekly = 1 };
    f.q.n_plans = 3;
    FINDS("07:00 07:00 07:30 09:00 09:30", "07:30=busy");
    CHECK_INT(f.result.slots[0].plan, 0);
    CHECK_INT(f.result.slots[1].plan, 1);
    CHECK_INT(f.result.slots[3].provider, 1);
    CHECK_INT(f.result.slots[3].location, 1);
    CHECK_INT(f.result.dropped[0].plan, 1);
    f.q.limit = 3;
    FINDS("07:00 07:00 07:30", "07:30=busy");
    CHECK(f.result.truncated);
    f.q.n_plans = 0;
    FINDS("", "");
}

/* ---- Clock changes ------------------------------------------------------------------------------------------- */

static void test_gap_bucharest(void)
{
    setup("Europe/Bucharest", "2026-03-28T22:00:00Z", "2026-03-29T21:00:00Z"); /* 03:00 -> 04:00 at 01:00Z */
    hours_add(7, 2 * 60, 5 * 60);
    FINDS("00:00 00:30 01:00 01:30", "01:00=dst_gap 01:30=dst_gap");
    f.q.from = at("2026-03-29T01:15:00Z"); /* a window that begins just after the jump still knows of it */
    FINDS("01:30", "01:30=dst_gap");
    f.q.from = at("2026-03-28T22:00:00Z");
    f.q.rules.duration_min = 90; /* real minutes: 02:00 + 90 = 04:30 on the wall */
    FINDS("00:00 00:30", "01:00=dst_gap 01:00=outside_hours 01:30=dst_gap 01:30=outside_hours");
}

static void test_fold_bucharest(void)
{
    setup("Europe/Bucharest", "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z"); /* 04:00 -> 03:00 at 01:00Z */
    hours_add(7, 2 * 60, 5 * 60);
    FINDS("23:00 23:30 00:00 00:30 01:00 01:30 02:00 02:30", ""); /* 03:00 and 03:30 twice */
    f.q.rules.duration_min = 120;
    FINDS("23:00 23:30 00:00 00:30 01:00", "01:30=outside_hours 02:00=outside_hours 02:30=outside_hours");
}

static void test_fold_closing_inside(void)
{
    setup("Europe/Bucharest", "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z");
    hours_add(7, 2 * 60, 3 * 60 + 30); /* open while the wall shows 02:00-03:30, so also at the second 03:00 */
    FINDS("23:00 23:30 00:00 01:00", "");
    f.q.rules.duration_min = 31;
    FINDS("23:00 23:30", "00:00=outside_hours 01:00=outside_hours");
}

static void test_lord_howe_half_hour(void)
{
    setup("Australia/Lord_Howe", "2026-10-03T13:00:00Z", "2026-10-04T12:00:00Z"); /* 02:00 -> 02:30 at 15:30Z */
    hours_add(7, 60, 4 * 60);
    f.q.rules.step_min = 15;
    FINDS("14:30 14:45 15:00 15:15 15:30 15:45 16:00 16:15 16:30", "15:30=dst_gap 15:45=dst_gap 16:45=outside_hours");
    setup("Australia/Lord_Howe", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z"); /* 02:00 -> 01:30 at 15:00Z */
    hours_add(7, 60, 3 * 60);
    FINDS("14:00 14:30 15:00 15:30 16:00", "");
}

static void test_kathmandu_quarter(void)
{
    setup("Asia/Kathmandu", "2026-01-11T18:15:00Z", "2026-01-12T18:15:00Z"); /* +05:45: whole hours there, quarters here */
    hours_add(1, 9 * 60, 11 * 60);
    f.q.rules.step_min = 60;
    FINDS("03:15 04:15", "");
}

static void test_cairo_midnight(void)
{
    /* Friday 2026-04-24 has no 00:00-01:00: at 22:00Z the clock goes from Thursday 24:00 to Friday 01:00. */
    setup("Africa/Cairo", "2026-04-23T20:00:00Z", "2026-04-24T02:00:00Z");
    hours_add(4, 23 * 60, 26 * 60); /* Thursday 23:00 to Friday 02:00 */
    FINDS("21:00 21:30 22:00 22:30", "22:00=dst_gap 22:30=dst_gap");
    f.locations[0].holidays = (int64_t[]){ day("2026-04-24") };
    f.locations[0].n_holidays = 1;
    FINDS("21:00 21:30", "22:00=dst_gap 22:00=holiday 22:30=dst_gap 22:30=holiday");
    f.locations[0].n_holidays = 0;
    f.q.rules.horizon_days = 1;
    f.q.rules.now = at("2026-04-21T22:30:00Z"); /* Wednesday 00:30 (+02:00): Friday is too far */
    FINDS("21:00 21:30", "22:00=dst_gap 22:00=horizon 22:30=dst_gap 22:30=horizon");
    /* Thursday 2026-10-29 has 23:00-24:00 twice: at 21:00Z the clock goes back from 24:00. */
    setup("Africa/Cairo", "2026-10-29T19:00:00Z", "2026-10-30T02:00:00Z");
    hours_add(4, 22 * 60, 24 * 60);
    FINDS("19:00 19:30 20:00 20:30 21:00 21:30", "");
    hours_add(5, 0, 60);
    FINDS("19:00 19:30 20:00 20:30 21:00 21:30 22:00 22:30", "");
}

static void test_sydney(void)
{
    setup("Australia/Sydney", "2026-10-03T14:00:00Z", "2026-10-04T13:00:00Z"); /* 02:00 -> 03:00 at 16:00Z */
    hours_add(7, 60, 4 * 60);
    FINDS("15:00 15:30 16:00 16:30", "16:00=dst_gap 16:30=dst_gap");
    setup("Australia/Sydney", "2026-10-04T13:00:00Z", "2026-10-05T13:00:00Z"); /* Monday after: 09:00 is 22:00Z the day before */
    hours_add(1, 9 * 60, 10 * 60);
    FINDS("22:00 22:30", "");
}

static void test_samoa_lost_a_day(void)
{
    setup("Pacific/Apia", "2011-12-30T08:00:00Z", "2011-12-31T12:00:00Z"); /* Friday 2011-12-30 never was */
    f.q.rules.now = at("2011-01-01T00:00:00Z");
    hours_add(5, 9 * 60, 10 * 60);
    hours_add(6, 9 * 60, 10 * 60);
    FINDS("19:00 19:30", "19:00=dst_gap 19:30=dst_gap");
}

static void test_open_hours(void)
{
    setup("Europe/Bucharest", "2026-10-24T21:00:00Z", "2026-10-26T22:00:00Z");
    hours_add(7, 2 * 60, 26 * 60);
    hours_add(1, 9 * 60, 10 * 60);
    struct slot_open *open;
    size_t n;
    CHECK_INT(slots_open_hours(arena, &f.locations[0], &f.plans[0], f.q.from, f.q.to, &open, &n), RC_OK);
    CHECK_INT(n, 2);
    REQUIRE(n == 2);
    CHECK_INT(open[0].start, at("2026-10-24T23:00:00Z"));
    CHECK_INT(open[0].end, at("2026-10-26T00:00:00Z"));
    CHECK_INT(open[1].start, at("2026-10-26T07:00:00Z"));
    CHECK_INT(open[1].end, at("2026-10-26T08:00:00Z"));
    f.locations[0].holidays = (int64_t[]){ day("2026-10-26") };
    f.locations[0].n_holidays = 1;
    CHECK_INT(slots_open_hours(arena, &f.locations[0], &f.plans[0], f.q.from + USEC_PER_DAY, f.q.to, &open, &n), RC_OK);
    CHECK_INT(n, 1);
    CHECK_INT(open[0].start, f.q.from + USEC_PER_DAY);
    CHECK_INT(open[0].end, at("2026-10-25T22:00:00Z"));
    f.locations[0].holidays = (int64_t[]){ day("2026-10-25") };
    CHECK_INT(slots_open_hours(arena, &f.locations[0], &f.plans[0], f.q.from, f.q.to, &open, &n), RC_OK);
    CHECK_INT(n, 2);
    REQUIRE(n == 2);
    CHECK_INT(open[0].start, at("2026-10-25T22:00:00Z"));
    CHECK_INT(open[0].end, at("2026-10-26T00:00:00Z"));
    CHECK_INT(open[1].start, at("2026-10-26T07:00:00Z"));
    CHECK_INT(open[1].end, at("2026-10-26T08:00:00Z"));
}

static void test_out_of_memory(void)
{
    monday(9 * 60, 11 * 60);
    busy_add("2026-01-12T08:00:00Z", "2026-01-12T08:30:00Z", BUSY_APPOINTMENT);
    struct slot_busy chair_busy = f.busy[0];
    struct slot_resource chair = { 0, &chair_busy, 1 };
    struct slot_part part = { .kind = PART_RESOURCE, .length_min = 30, .quantity = 1, .pool = both, .n_pool = 1 };
    int64_t holiday = day("2026-01-12");
    f.q.resources = &chair;
    f.q.n_resources = f.q.n_parts = 1;
    f.q.parts = &part;
    f.locations[0].holidays = &holiday;
    f.locations[0].n_holidays = 1;
    int failures = 0;
    for (int64_t k = 1; k < 200; k++) { /* each allocation fails once */
        struct slot_verdict v;
        struct slot_open *open;
        size_t n;
        for (int which = 0; which < 3; which++) {
            arena_reset(arena);
            test_fail_alloc_at = k;
            enum rc rc = which == 0   ? slots_find(arena, &f.q, &f.result)
                         : which == 1 ? slot_check(arena, &f.q, 0, f.q.from, &v)
                                      : slots_open_hours(arena, &f.locations[0], &f.plans[0], f.q.from, f.q.to, &open, &n);
            CHECK(rc == (test_fail_alloc_at > 0 ? RC_OK : RC_OOM));
            if (rc == RC_OOM) failures++;
            test_fail_alloc_at = 0;
        }
    }
    CHECK(failures > 20);
    arena_reset(arena);
}

/* ---- Speed --------------------------------------------------------------------------------------------------- */

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static uint64_t bench_seed;

static int64_t bench_random(int64_t n) /* 0 .. n-1 */
{
    bench_seed = bench_seed * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((bench_seed >> 33) % (uint64_t)n);
}

static struct slot_busy bench_busy[20][31 * 20];
static struct slot_provider bench_providers[20];
static struct slot_plan bench_plans[20];
static struct slot_query bench_with; /* parts and resources */

static void bench_case(const char *name, size_t providers, int64_t days, bool explain, bool shuffled)
{
    setup("Europe/Bucharest", "2026-03-15T22:00:00Z", "2026-03-15T22:00:00Z");
    f.q.rules = (struct slot_rules){ .duration_min = 30, .step_min = 15, .buffer_after_min = 5, .now = f.q.from, .horizon_days = 60 };
    f.q.to = f.q.from + days * USEC_PER_DAY;
    f.q.explain = explain;
    for (int64_t d = 1; d <= 7; d++) hours_add(d, 8 * 60, 20 * 60);
    bench_seed = 4711;
    for (size_t p = 0; p < providers; p++) {
        size_t n = (size_t)days * 20;
        for (size_t i = 0; i < n; i++) {
            int64_t start = f.q.from + (int64_t)(i / 20) * USEC_PER_DAY + 8 * USEC_PER_HOUR + (int64_t)(i % 20) * 35 * USEC_PER_MIN;
            bench_busy[p][i] = (struct slot_busy){ start, start + (10 + 5 * bench_random(5)) * USEC_PER_MIN, BUSY_APPOINTMENT };
        }
        for (size_t i = n - 1; shuffled && i > 0; i--) {
            size_t k = (size_t)bench_random((int64_t)i + 1);
            struct slot_busy swap = bench_busy[p][i];
            bench_busy[p][i] = bench_busy[p][k];
            bench_busy[p][k] = swap;
        }
        bench_providers[p] = (struct slot_provider){ bench_busy[p], n };
        bench_plans[p] = (struct slot_plan){ .provider = p, .weekly = f.hours, .n_weekly = 7 };
    }
    f.q.resources = bench_with.resources;
    f.q.n_resources = bench_with.n_resources;
    f.q.parts = bench_with.parts;
    f.q.n_parts = bench_with.n_parts;
    f.q.providers = bench_providers;
    f.q.plans = bench_plans;
    f.q.n_providers = f.q.n_plans = providers;
    int rounds = 500;
    double before = cpu_us();
    for (int i = 0; i < rounds; i++) {
        arena_reset(arena);
        REQUIRE(slots_find(arena, &f.q, &f.result) == RC_OK);
    }
    printf("%-52s %8.1f us  %zu slots, %zu dropped\n", name, (cpu_us() - before) / rounds, f.result.n_slots, f.result.n_dropped);
    struct slot_verdict v;
    before = cpu_us();
    for (int i = 0; i < rounds; i++) {
        arena_reset(arena);
        REQUIRE(slot_check(arena, &f.q, 0, f.q.from + 9 * USEC_PER_HOUR, &v) == RC_OK);
    }
    printf("%-52s %8.1f us\n", "  slot_check of one start, same claims", (cpu_us() - before) / rounds);
}

/* A month of twenty providers who need one of ten chairs, as the slots of a large clinic are asked for. */
static void bench_chairs(void)
{
    static struct slot_busy busy[10][31 * 20];
    static struct slot_resource chairs[10];
    static const size_t pool[10] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
    struct slot_part chair = { .kind = PART_RESOURCE, .length_min = 30, .quantity = 1, .pool = pool, .n_pool = 10 };
    for (size_t i = 0; i < 10; i++) {
        for (size_t k = 0; k < 31 * 20; k++) {
            int64_t start = at("2026-01-12T00:00:00Z") + (int64_t)(k / 20) * USEC_PER_DAY + 8 * USEC_PER_HOUR + (int64_t)(k % 20) * 35 * USEC_PER_MIN;
            busy[i][k] = (struct slot_busy){ start, start + (10 + 5 * (int64_t)((i + k) % 5)) * USEC_PER_MIN, BUSY_APPOINTMENT };
        }
        chairs[i] = (struct slot_resource){ 0, busy[i], 31 * 20 };
    }
    bench_with = (struct slot_query){ .resources = chairs, .n_resources = 10, .parts = &chair, .n_parts = 1 };
    bench_case("20 providers, 31 days, step 15, one of 10 chairs", 20, 31, false, false);
    bench_with = (struct slot_query){ 0 };
}

static int bench(void)
{
    bench_case("1 provider, 30 days, step 15, 20 appointments/day", 1, 30, false, false);
    bench_case("the same, claims unsorted", 1, 30, false, true);
    bench_case("the same, explained", 1, 30, true, false);
    bench_chairs();
    bench_case("10 providers, 7 days, step 15, 20 appointments/day", 10, 7, false, false);
    bench_case("the same, claims unsorted", 10, 7, false, true);
    bench_case("the same, explained", 10, 7, true, false);
    return 0;
}

int main(int argc, char **argv)
{
    arena = arena_new(64u << 20);
    REQUIRE(arena);
    if (argc > 1 && strcmp(argv[1], "bench") == 0) return bench();
    TEST_ARGS(argc, argv);
    RUN(test_hours_plain);
    RUN(test_hours_not_on_the_grid);
    RUN(test_hours_break_and_touching_rows);
    RUN(test_hours_other_weekday_and_bad_rows);
    RUN(test_hours_across_midnight);
    RUN(test_hours_round_the_clock);
    RUN(test_exceptions);
    RUN(test_holiday);
    RUN(test_busy_half_open);
    RUN(test_busy_unsorted_and_nested);
    RUN(test_buffers_both_sides);
    RUN(test_reason_order_of_claims);
    RUN(test_resources);
    RUN(test_split_times);
    RUN(test_travel_and_patient);
    RUN(test_past_and_notice);
    RUN(test_horizon_is_the_locations_day);
    RUN(test_max_per_day);
    RUN(test_window_and_limit);
    RUN(test_off_grid);
    RUN(test_invalid);
    RUN(test_several_plans_are_merged);
    RUN(test_gap_bucharest);
    RUN(test_fold_bucharest);
    RUN(test_fold_closing_inside);
    RUN(test_lord_howe_half_hour);
    RUN(test_kathmandu_quarter);
    RUN(test_cairo_midnight);
    RUN(test_sydney);
    RUN(test_samoa_lost_a_day);
    RUN(test_open_hours);
    RUN(test_out_of_memory);
    arena_free(arena);
    return TEST_DONE();
}
