/* test_assign.c - "any provider": the order of preference, shares over a month, newcomers, and the choice per start. */
#include "modules/calendar/assign.h"
#include "tests/lib/test.h"
#include <stdlib.h>

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
        /* from the most to the least preferred: priority, shortfall, last, position, id */
        { .priority = 4, .shortfall = -9, .last_assigned_at = 900, .position = 9, .id = id_of(9) },
        { .priority = 2, .shortfall = 10, .last_assigned_at = 900, .position = 9, .id = id_of(8) },
        { .priority = 2, .shortfall = 0, .last_assigned_at = NONE, .position = 5, .id = id_of(7) },
        { .priority = 2, .shortfall = 0, .last_assigned_at = 100, .position = 3, .id = id_of(6) },
        { .priority = 2, .shortfall = 0, .last_assigned_at = 200, .position = 1, .id = id_of(5) },
        { .priority = 2, .shortfall = 0, .last_assigned_at = 200, .position = 2, .id = id_of(3) },
        { .priority = 2, .shortfall = 0, .last_assigned_at = 200, .position = 2, .id = id_of(4) },
        { .priority = 2, .shortfall = -1, .last_assigned_at = NONE, .position = 0, .id = id_of(2) },
        { .priority = 1, .shortfall = 99, .last_assigned_at = NONE, .position = 0, .id = id_of(1) },
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

static void test_shortfall(void)
{
    struct assign_candidate c[] = { { .priority = 2, .weight = 100, .booked = 3 }, { .priority = 2, .weight = 50, .booked = NONE },
        { .priority = 2, .weight = 50, .booked = 1 }, { .priority = 3, .weight = 10, .booked = 7 }, { .priority = 2, .weight = 0, .booked = 0 } };
    assign_prepare(c, ARRAY_LEN(c));
    CHECK_INT(c[1].booked, 0); /* was there all month: has had none */
    CHECK_INT(c[0].shortfall, 100 * 5 - 3 * 200);
    CHECK_INT(c[1].shortfall, 50 * 5);
    CHECK_INT(c[2].shortfall, 50 * 5 - 200);
    CHECK_INT(c[3].shortfall, 10 * 8 - 7 * 10); /* alone in its priority */
    CHECK_INT(c[4].shortfall, 0);               /* no weight: never behind, the last while anybody else is */
}

static void test_newcomers(void)
{
    struct assign_candidate c[] = { { .priority = 2, .weight = 100, .booked = 30 }, { .priority = 2, .weight = 200, .booked = 60 },
        { .priority = 2, .weight = 50, .booked = NONE, .newcomer = true }, { .priority = 2, .weight = 100, .booked = NONE, .newcomer = true },
        { .priority = 1, .weight = 100, .booked = NONE, .newcomer = true } };
    assign_prepare(c, ARRAY_LEN(c));
    CHECK_INT(c[2].booked, 15);
    CHECK_INT(c[3].booked, 30);
    CHECK_INT(c[4].booked, 0); /* nobody of its priority was there before */
    struct assign_candidate only_new[] = { { .priority = 2, .weight = 100, .booked = NONE, .newcomer = true } };
    assign_prepare(only_new, 1);
    CHECK_INT(only_new[0].booked, 0);
}

/* 1,000 bookings; at each one who is free is drawn by lot. What each one gets is the weight's part of what was booked. */
enum { BOOKINGS = 1000, PEOPLE = 5 };
struct month { struct assign_candidate who[PEOPLE]; int64_t got[PEOPLE]; };

static unsigned next_random(unsigned *state) { return (*state = *state * 1664525u + 1013904223u) >> 8; }

/* Books once among those free; a newcomer without a count has none until it is chosen. */
static void book_once(struct month *m, const bool *is_free, int64_t now)
{
    struct assign_candidate all[PEOPLE], free_ones[PEOPLE];
    size_t n = 0;
    for (size_t i = 0; i < PEOPLE; i++) all[i] = m->who[i];
    assign_prepare(all, PEOPLE);
    for (size_t i = 0; i < PEOPLE; i++)
        if (is_free[i]) free_ones[n++] = all[i];
    if (!n) return;
    const struct assign_candidate *best = &free_ones[assign_best(free_ones, n)];
    size_t k = (size_t)best->position;
    m->who[k].booked = best->booked + 1;
    m->who[k].last_assigned_at = now;
    m->got[k]++;
}

static void test_shares_of_a_month(void)
{
    static const int64_t weights[PEOPLE] = { 100, 100, 200, 50, 50 };
    struct month m = { 0 };
    unsigned lot = 20261123;
    int64_t all = 0, weight = 0;
    for (int i = 0; i < PEOPLE; i++)
        m.who[i] = (struct assign_candidate){ .priority = 2, .weight = weights[i], .booked = NONE, .last_assigned_at = NONE, .position = i, .id = id_of((uint8_t)i) };
    for (int b = 0; b < BOOKINGS; b++) {
        bool is_free[PEOPLE];
        for (int i = 0; i < PEOPLE; i++) is_free[i] = next_random(&lot) % 100 < 70;
        book_once(&m, is_free, b);
    }
    for (int i = 0; i < PEOPLE; i++) all += m.got[i], weight += weights[i];
    CHECK(all > BOOKINGS * 99 / 100);
    for (int i = 0; i < PEOPLE; i++) {
        int64_t want = all * weights[i] / weight, off = m.got[i] - want;
        if (off < -5 || off > 5) fprintf(stderr, "  provider %d got %lld, want %lld\n", i, (long long)m.got[i], (long long)want);
        CHECK(off >= -5 && off <= 5);
    }
}

/* Who comes on the half of the month gets a fair part of the rest, not everything until it has caught up. */
static void test_a_newcomer_is_not_flooded(void)
{
    struct month m = { 0 };
    bool is_free[PEOPLE] = { true, true, true, false, true };
    for (int i = 0; i < PEOPLE; i++)
        m.who[i] = (struct assign_candidate){ .priority = 2, .weight = 100, .booked = NONE, .last_assigned_at = NONE, .position = i, .id = id_of((uint8_t)i), .newcomer = i == 3 };
    for (int b = 0; b < BOOKINGS / 2; b++) book_once(&m, is_free, b);
    is_free[3] = true;
    for (int b = 0; b < 10; b++) book_once(&m, is_free, BOOKINGS + b);
    CHECK_INT(m.got[3], 2);
    for (int b = 0; b < 490; b++) book_once(&m, is_free, 2 * BOOKINGS + b);
    CHECK_INT(m.got[3], 100);
    CHECK_INT(m.got[0], 225);
}

static void test_slots(void)
{
    struct slot_hours week[] = { { 1, 540, 600 }, { 2, 540, 600 } };
    struct slot_busy b[] = { { at("2026-01-12T07:30:00Z"), at("2026-01-12T08:00:00Z"), BUSY_TIME_OFF } };
    struct slot_provider providers[] = { { NULL, 0 }, { b, 1 } };
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
        { .position = 1, .id = id_of(2), .last_assigned_at = NONE, .shortfall = 1 } };
    struct slot_result found, best;
    REQUIRE(location.zone);
    CHECK_INT(slots_find(arena, &q, &found), RC_OK);
    CHECK_INT(found.n_slots, 7);
    CHECK_INT(assign_slots(arena, who, &found, &best), RC_OK);
    REQUIRE(best.n_slots == 4);
    CHECK_INT(best.slots[0].provider, 1);
    CHECK_INT(best.slots[1].provider, 0); /* the other one has time off */
    CHECK_INT(best.slots[2].provider, 1);
    CHECK_INT(best.slots[3].provider, 1);
    for (size_t i = 1; i < 4; i++) CHECK(best.slots[i - 1].start < best.slots[i].start);
    struct slot_result none = { 0 };
    CHECK_INT(assign_slots(arena, who, &none, &none), RC_OK);
    CHECK_INT(none.n_slots, 0);
    test_fail_alloc_at = 1;
    CHECK_INT(assign_slots(arena, who, &found, &best), RC_OOM);
    test_fail_alloc_at = 0;
}

int main(int argc, char **argv)
{
    arena = arena_new(1u << 20);
    REQUIRE(arena);
    TEST_ARGS(argc, argv);
    RUN(test_order);
    RUN(test_shortfall);
    RUN(test_newcomers);
    RUN(test_shares_of_a_month);
    RUN(test_a_newcomer_is_not_flooded);
    RUN(test_slots);
    arena_free(arena);
    return TEST_DONE();
}
