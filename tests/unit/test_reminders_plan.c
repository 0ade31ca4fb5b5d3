/* When a client is reminded: lateness, quiet hours in the client's zone, clock changes; rules as text and back. */
#include "modules/reminders/reminders_plan.h"
#include "tests/lib/test.h"

static const struct quiet_hours night = { 21 * 60, 8 * 60 }, none = { 0, 0 };
static const char *zone_used = "UTC";

static int64_t at(const char *s)
{
    int64_t t = 0;
    REQUIRE(instant_parse(s, &t));
    return t;
}

/* want_due NULL: not at all. */
static void when(const struct quiet_hours *q, int64_t before, const char *start, const char *now, const char *want_due, const char *want_until)
{
    int64_t due = 0, until = 0;
    char text[INSTANT_TEXT];
    struct reminder_rule r = { before, NONE, CHANNEL_EMAIL, TEMPLATE_REMINDER };
    bool yes = reminder_when(zone_find(zone_used), q, &r, at(start), at(now), &due, &until);
    CHECK_INT(yes, want_due != NULL);
    if (!want_due) return;
    CHECK_STR(instant_format(due, text), want_due);
    CHECK_STR(instant_format(until, text), want_until);
}

static void lateness_is_a_quarter(void)
{
    CHECK_INT(reminder_late_default(1440), 360);
    CHECK_INT(reminder_late_default(120), 30);
    CHECK_INT(reminder_late_default(10), 5);
    when(&none, 1440, "2026-12-02T10:00:00Z", "2026-11-01T00:00:00Z", "2026-12-01T10:00:00Z", "2026-12-01T16:00:00Z");
    when(&none, 120, "2026-12-02T10:00:00Z", "2026-11-01T00:00:00Z", "2026-12-02T08:00:00Z", "2026-12-02T08:30:00Z");
}

static void what_is_due_when_it_is_booked_is_left_out(void)
{
    when(&none, 120, "2026-12-02T10:00:00Z", "2026-12-02T07:59:59Z", "2026-12-02T08:00:00Z", "2026-12-02T08:30:00Z");
    when(&none, 120, "2026-12-02T10:00:00Z", "2026-12-02T08:00:00Z", NULL, NULL);
    when(&night, 120, "2026-12-02T08:30:00Z", "2026-12-01T22:00:00Z", NULL, NULL); /* would have been at 20:30 */
}

static void quiet_hours_move_it_later_else_earlier(void)
{
    when(&night, 1440, "2026-12-02T07:30:00Z", "2026-11-01T00:00:00Z", "2026-12-01T08:00:00Z", "2026-12-01T13:30:00Z");
    when(&night, 120, "2026-12-02T08:30:00Z", "2026-11-01T00:00:00Z", "2026-12-01T20:30:00Z", "2026-12-01T21:00:00Z");
    when(&night, 1440, "2026-12-02T22:00:00Z", "2026-11-01T00:00:00Z", "2026-12-01T20:30:00Z", "2026-12-01T21:00:00Z");
    when(&night, 1440, "2026-12-02T20:50:00Z", "2026-11-01T00:00:00Z", "2026-12-01T20:30:00Z", "2026-12-01T21:00:00Z"); /* ten minutes are too few */
    when(&night, 1440, "2026-12-02T19:00:00Z", "2026-11-01T00:00:00Z", "2026-12-01T19:00:00Z", "2026-12-01T21:00:00Z");
    when(&night, 120, "2026-12-02T10:00:00Z", "2026-11-01T00:00:00Z", "2026-12-02T08:00:00Z", "2026-12-02T08:30:00Z"); /* 08:00 is day */
}

static void quiet_hours_are_those_of_the_client(void)
{
    zone_used = "America/New_York"; /* 08:00 UTC is 03:00 there */
    when(&night, 1440, "2026-12-02T08:00:00Z", "2026-11-01T00:00:00Z", "2026-12-01T13:00:00Z", "2026-12-01T14:00:00Z");
    zone_used = "Europe/Bucharest"; /* 29 March 2026: 03:00 becomes 04:00; quiet until 03:30, which is not there */
    when(&(struct quiet_hours){ 22 * 60, 3 * 60 + 30 }, 1440, "2026-03-30T00:30:00Z", "2026-03-01T00:00:00Z", "2026-03-29T01:30:00Z", "2026-03-29T06:30:00Z");
    zone_used = "UTC";
}

/* Whatever the times: the window is not empty, lies before the start and in no quiet hour, and is not longer than the rule says. */
static void any_window_is_sound(void)
{
    static const char *const zones[] = { "UTC", "Europe/Bucharest", "America/St_Johns", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu" };
    uint32_t dice = 7;
    for (int n = 0; n < 20000; n++) {
        int64_t v[6], due, until;
        for (int i = 0; i < 6; i++) v[i] = (int64_t)((dice = dice * 1664525u + 1013904223u) >> 8);
        struct quiet_hours q = { v[0] % 1440, 0 };
        q.end_min = (q.start_min + v[1] % 1200) % 1440;
        struct reminder_rule r = { 10 + v[2] % 5000, v[3] % 2 ? NONE : 1 + v[3] % 400, 0, 0 };
        int64_t start = at("2026-01-01T00:00:00Z") + v[4] % 1000000 * USEC_PER_MIN;
        const struct zone *z = zone_find(zones[v[5] % 6]);
        if (!reminder_when(z, &q, &r, start, 0, &due, &until)) continue;
        int64_t minute = floor_div(zone_local(z, due), USEC_PER_MIN) % 1440, length = (q.end_min - q.start_min + 1440) % 1440;
        CHECK(due < until && until <= start);
        if (length && zone_offset_s(z, due) == zone_offset_s(z, due - USEC_PER_DAY)) CHECK((minute - q.start_min + 1440) % 1440 >= length);
    }
}

static void rules_as_text(void)
{
    struct arena *a = arena_new(1 << 16);
    struct reminder_rule rules[REMINDER_RULES_MAX];
    CHECK_INT(reminder_rules_read(REMINDER_RULES_DEFAULT, rules), 2);
    CHECK_INT(rules[0].before_min, 1440);
    CHECK_INT(rules[1].late_min, 30);
    CHECK_STR(reminder_rules_write(a, rules, 2), REMINDER_RULES_DEFAULT);
    CHECK_INT(reminder_rules_read("", rules), 0);
    CHECK_INT(reminder_rules_read(NULL, rules), 0);
    CHECK_INT(reminder_rules_read("60:15:pigeon:reminder,60:15:email:confirm", rules), 1);
    CHECK_INT(rules[0].template, TEMPLATE_CONFIRM);
    arena_free(a);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    RUN(lateness_is_a_quarter);
    RUN(what_is_due_when_it_is_booked_is_left_out);
    RUN(quiet_hours_move_it_later_else_earlier);
    RUN(quiet_hours_are_those_of_the_client);
    RUN(any_window_is_sound);
    RUN(rules_as_text);
    return TEST_DONE();
}
