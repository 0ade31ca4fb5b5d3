/* test_parts.c - when a part is wanted in a shorter or longer appointment, and who fills it. */
#include "modules/services/parts.h"
#include "tests/lib/test.h"

static void window(int64_t offset, int64_t length, int64_t service, int64_t actual, int64_t from, int64_t to)
{
    struct part_window w = parts_window(offset, length, service, actual);
    CHECK_INT(w.from_min, from);
    CHECK_INT(w.to_min, to);
}

static void test_windows(void)
{
    window(0, NONE, 50, 50, 0, 50);
    window(0, 50, 50, 90, 0, 90);    /* the whole time stays the whole time */
    window(40, 10, 50, 50, 40, 50);
    window(40, 10, 50, 90, 80, 90);  /* the end stays the end */
    window(40, NONE, 50, 20, 10, 20);
    window(40, 10, 50, 5, 0, 5);
    window(10, 10, 50, 90, 10, 20);  /* the rest keeps its place */
    window(10, 10, 50, 15, 5, 15);
    window(0, 40, 50, 30, 0, 30);
    window(0, 40, 50, 90, 0, 40);
    for (int64_t service = 1; service <= 8; service++)
        for (int64_t offset = 0; offset < service; offset++)
            for (int64_t length = 1; length <= service - offset; length++)
                for (int64_t actual = 1; actual <= 12; actual++) {
                    struct part_window w = parts_window(offset, length, service, actual);
                    CHECK(w.from_min >= 0 && w.from_min < w.to_min && w.to_min <= actual);
                    if (actual == service) CHECK(w.from_min == offset && w.to_min == offset + length);
                }
}

static void test_fill_in_order(void)
{
    int32_t out[PART_UNITS_MAX];
    struct part_need needs[3] = {
        { .lo = 0, .hi = 10, .quantity = 2, .n = 3, .who = { 7, 8, 9 } },
        { .lo = 0, .hi = 10, .quantity = 1, .n = 2, .who = { 7, 8 } },
    };
    CHECK_INT(parts_fill(needs, 2, out), 2); /* 7 and 8 would leave nobody */
    CHECK(out[0] == 7 && out[1] == 9 && out[2] == 8);
    needs[0].n = 2;
    CHECK_INT(parts_fill(needs, 2, out), 1);
    needs[1].lo = 10; /* one after the other: the same again */
    needs[1].hi = 20;
    CHECK_INT(parts_fill(needs, 2, out), 2);
    CHECK(out[0] == 7 && out[1] == 8 && out[2] == 7);
    needs[0].n = 1;
    CHECK_INT(parts_fill(needs, 2, out), 0);
    CHECK_INT(parts_fill(needs, 0, out), 0);
}

/* Every combination of who could fill four places, against the plain count of all ways. */
static bool some_way(const struct part_need *needs, int n, int at, unsigned used)
{
    if (at == n) return true;
    for (int k = 0; k < needs[at].n; k++)
        if (!(used >> needs[at].who[k] & 1) && some_way(needs, n, at + 1, used | 1u << needs[at].who[k])) return true;
    return false;
}

static void test_fill_whenever_possible(void)
{
    struct part_need needs[4];
    int possible = 0;
    for (unsigned mask = 0; mask < 1u << 16; mask++) {
        int32_t out[PART_UNITS_MAX];
        for (unsigned i = 0; i < 4; i++) {
            needs[i] = (struct part_need){ .lo = 0, .hi = 1, .quantity = 1 };
            for (unsigned who = 0; who < 4; who++)
                if (mask >> (4 * i + who) & 1) needs[i].who[needs[i].n++] = (int32_t)who;
        }
        size_t want = 4;
        for (int n = 4; n > 0; n--)
            if (!some_way(needs, n, 0, 0)) want = (size_t)n - 1;
        size_t got = parts_fill(needs, 4, out);
        if (got != want) CHECK_INT(got, want);
        if (got < 4) continue;
        possible++;
        for (int i = 0; i < 4; i++)
            for (int k = 0; k < i; k++)
                if (out[i] == out[k]) CHECK(false);
    }
    CHECK_INT(possible, 37823); /* tables of 4 x 4 noughts and ones with a permanent above 0 */
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    RUN(test_windows);
    RUN(test_fill_in_order);
    RUN(test_fill_whenever_possible);
    return TEST_DONE();
}
