/* test_assign.c - "any provider": the order of preference, the minutes of a day, and the choice per start. */
#include "modules/calendar/assign.h"
#include "tests/lib/test.h"

static struct arena *arena;

static int64_t at(const char *text)
{
    int64_t t = 0;
    REQUIRE(instant_parse(text, &t));
    return t;
}

static struct id id_of(uint8_t n)
{
    return (struct id){ { [15] = n } };
}

static void test_order(void)
{
    struct assign_candidate c[] = {
        /* from the most to the least preferred */
        { 0, NONE, 5, id_of(9) },
        { 0, 100, 1, id_of(1) },
        { 0, 200, 0, id_of(2) },
        { 30, NONE, 0, id_of(4) },
        { 30, NONE, 1, id_of(3) },
        { 30, NONE, 1, id_of(8) },
        { 30, 50, 0, id_of(5) },
        { 31, NONE, 0, id_of(0) },
    };
    size_t n = ARRAY_LEN(c);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            int got = assign_compare(&c[i], &c[k]);
            CHECK_INT((got > 0) - (got < 0), (i > k) - (i < k));
        }
    for (size_t first = 0; first < n; first++) { /* wherever the best stands */
        struct assign_candidate turned[ARRAY_LEN(c)];
        for (size_t i = 0; i < n; i++) turned[(i + first) % n] = c[i];
        CHECK_INT(assign_best(turned, n), first);
    }
    CHECK_INT(assign_best(c, 0), 0);
}

static void test_booked_minutes(void)
{
    int64_t m = USEC_PER_MIN;
    struct slot_busy b[] = { { 0, 30 * m, BUSY_APPOINTMENT }, { 20 * m, 40 * m, BUSY_HOLD }, { 40 * m, 50 * m, BUSY_BUFFER },
        { 50 * m, 90 * m, BUSY_BLOCKED }, { 50 * m, 90 * m, BUSY_TIME_OFF }, { 50 * m, 90 * m, BUSY_CALENDAR },
        { 95 * m, 200 * m, BUSY_APPOINTMENT }, { 60 * m, 50 * m, BUSY_APPOINTMENT } };
    CHECK_INT(assign_booked_min(b, ARRAY_LEN(b), 0, 100 * m), 30 + 20 + 5);
    CHECK_INT(assign_booked_min(b, ARRAY_LEN(b), 10 * m, 30 * m), 20 + 10);
    CHECK_INT(assign_booked_min(b, ARRAY_LEN(b), 200 * m, 300 * m), 0);
    CHECK_INT(assign_booked_min(NULL, 0, 0, 100), 0);
}

/* Two providers on two days: each start goes to the one with less work on that local day. */
static void test_slots(void)
{
    struct slot_hours week[] = { { 1, 540, 600 }, { 2, 540, 600 } };
    struct slot_busy a[] = { { at("2026-01-12T12:00:00Z"), at("2026-01-12T13:00:00Z"), BUSY_APPOINTMENT } };
    struct slot_busy b[] = { { at("2026-01-12T22:30:00Z"), at("2026-01-12T23:00:00Z"), BUSY_APPOINTMENT }, /* Tuesday 00:30 in Bucharest */
        { at("2026-01-12T07:30:00Z"), at("2026-01-12T08:00:00Z"), BUSY_TIME_OFF } };
    struct slot_provider providers[] = { { a, 1 }, { b, 2 } };
    struct slot_location location = { .zone = zone_find("Europe/Bucharest") };
    struct slot_plan plans[] = { { .provider = 0, .weekly = week, .n_weekly = 2 }, { .provider = 1, .weekly = week, .n_weekly = 2 } };
    struct slot_query q = { .rules = { .duration_min = 30, .step_min = 30, .now = at("2026-01-01T00:00:00Z") },
        .from = at("2026-01-11T22:00:00Z"),
        .to = at("2026-01-13T22:00:00Z"),
        .locations = &location,
        .n_locations = 1,
        .providers = providers,
        .n_providers = 2,
        .plans = plans,
        .n_plans = 2 };
    struct assign_candidate who[] = { { .position = 0, .id = id_of(1), .last_assigned_at = NONE },
        { .position = 1, .id = id_of(2), .last_assigned_at = NONE } };
    REQUIRE(location.zone);
    struct slot_result found, best;
    CHECK_INT(slots_find(arena, &q, &found), RC_OK);
    CHECK_INT(found.n_slots, 7);
    CHECK_INT(assign_slots(arena, &q, who, &found, &best), RC_OK);
    REQUIRE(best.n_slots == 4);
    CHECK_INT(best.slots[0].provider, 1); /* Monday 09:00: a has 60 minutes, b none */
    CHECK_INT(best.slots[1].provider, 0); /* Monday 09:30: b has time off */
    CHECK_INT(best.slots[2].provider, 0); /* Tuesday: b has 30 minutes */
    CHECK_INT(best.slots[3].provider, 0);
    a[0].kind = b[0].kind = BUSY_CALENDAR; /* equal work: the one chosen longer ago */
    who[0].last_assigned_at = 5;
    who[1].last_assigned_at = 4;
    CHECK_INT(assign_slots(arena, &q, who, &found, &found), RC_OK);
    REQUIRE(found.n_slots == 4);
    CHECK_INT(found.slots[0].provider, 1);
    CHECK_INT(found.slots[1].provider, 0);
    CHECK_INT(found.slots[2].provider, 1);
    CHECK_INT(found.slots[3].provider, 1);
    for (size_t i = 1; i < 4; i++) CHECK(found.slots[i - 1].start < found.slots[i].start);
    struct slot_result none = { 0 };
    CHECK_INT(assign_slots(arena, &q, who, &none, &none), RC_OK);
    CHECK_INT(none.n_slots, 0);
    test_fail_alloc_at = 1;
    CHECK_INT(assign_slots(arena, &q, who, &found, &best), RC_OOM);
    test_fail_alloc_at = 0;
}

int main(int argc, char **argv)
{
    arena = arena_new(1u << 20);
    REQUIRE(arena);
    TEST_ARGS(argc, argv);
    RUN(test_order);
    RUN(test_booked_minutes);
    RUN(test_slots);
    arena_free(arena);
    return TEST_DONE();
}
