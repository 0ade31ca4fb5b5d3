/* test_states.c - the whole 11 x 11 table of appointment states, written out by hand. */
#include "modules/calendar/states.h"
#include "tests/lib/test.h"

/* Rows: from; columns: to, in the order of the enum (pending_payment, scheduled, confirmed, checked_in, in_progress,
 * completed, cancelled, no_show, expired, requested, declined). f forward, u undo, r restore, s system, d decide, . illegal */
static const char *const expected[APPT_N_STATES] = {
    [APPT_PENDING_PAYMENT] = ".f....f.s..",
    [APPT_SCHEDULED] = "..ff..ff...",
    [APPT_CONFIRMED] = ".u.f..ff...",
    [APPT_CHECKED_IN] = ".uu.f.fu...",
    [APPT_IN_PROGRESS] = "...u.f.....",
    [APPT_COMPLETED] = "....u......",
    [APPT_CANCELLED] = ".r.........",
    [APPT_NO_SHOW] = ".uu........",
    [APPT_EXPIRED] = ".s.........",
    [APPT_REQUESTED] = ".d....f.s.d",
    [APPT_DECLINED] = "...........",
};

static void test_states_table(void)
{
    for (int64_t from = 0; from < APPT_N_STATES; from++)
        for (int64_t to = 0; to < APPT_N_STATES; to++) {
            char got = ".fursd"[states_step(from, to)], want = expected[from][to];
            if (got != want) fprintf(stderr, "  %s -> %s: got %c, want %c\n", appt_state_names[from], appt_state_names[to], got, want);
            CHECK(got == want);
            CHECK_INT(states_allowed(from, to, false), want == 'f');
            CHECK_INT(states_allowed(from, to, true), want == 'f' || want == 'u');
        }
}

static void test_states_unknown(void)
{
    CHECK_INT(states_step(-1, 0), STEP_ILLEGAL);
    CHECK_INT(states_step(0, -1), STEP_ILLEGAL);
    CHECK_INT(states_step(APPT_N_STATES, 0), STEP_ILLEGAL);
    CHECK_INT(states_step(0, APPT_N_STATES), STEP_ILLEGAL);
    CHECK_INT(states_step(0, 64), STEP_ILLEGAL);
    CHECK_INT(states_step(INT64_MIN, INT64_MAX), STEP_ILLEGAL);
    CHECK(!states_terminal(-1));
}

static void test_states_next(void)
{
    int64_t out[APPT_N_STATES];
    CHECK_INT(states_next(APPT_CHECKED_IN, false, out), 2);
    CHECK_INT(out[0], APPT_IN_PROGRESS);
    CHECK_INT(out[1], APPT_CANCELLED);
    CHECK_INT(states_next(APPT_CHECKED_IN, true, out), 5);
    CHECK_INT(states_next(APPT_PENDING_PAYMENT, true, out), 2); /* expired is not for people */
    CHECK_INT(states_next(APPT_CANCELLED, true, out), 0);       /* restore is an action of its own */
    CHECK_INT(states_next(APPT_COMPLETED, false, out), 0);
    CHECK_INT(states_next(APPT_COMPLETED, true, out), 1);
    CHECK_INT(states_next(APPT_REQUESTED, true, out), 1);       /* approve and decline are actions of their own */
    CHECK_INT(out[0], APPT_CANCELLED);
    CHECK_INT(states_next(-5, true, out), 0);
}

static void test_states_terminal(void)
{
    static const bool terminal[APPT_N_STATES] = {
        [APPT_COMPLETED] = true, [APPT_CANCELLED] = true, [APPT_NO_SHOW] = true, [APPT_EXPIRED] = true,
        [APPT_DECLINED] = true
    };
    for (int64_t s = 0; s < APPT_N_STATES; s++) CHECK_INT(states_terminal(s), terminal[s]);
}

static void test_states_claim(void)
{
    for (int64_t s = APPT_PENDING_PAYMENT; s <= APPT_IN_PROGRESS; s++) {
        CHECK_INT(states_claim(s), CLAIM_HELD);
        CHECK_INT(states_claim_end(s, 100, 200, 150), 200);
    }
    CHECK_INT(states_claim_end(APPT_COMPLETED, 100, 200, 150), 150);
    CHECK_INT(states_claim_end(APPT_COMPLETED, 100, 200, 250), 200);
    CHECK_INT(states_claim_end(APPT_NO_SHOW, 100, 200, 120), 120);
    CHECK_INT(states_claim_end(APPT_NO_SHOW, 100, 200, 50), 100);
    CHECK_INT(states_claim_end(APPT_CANCELLED, 100, 200, 150), 100);
    CHECK_INT(states_claim_end(APPT_EXPIRED, 100, 200, 150), 100);
    CHECK_INT(states_claim(APPT_REQUESTED), CLAIM_ASKED);
    CHECK_INT(states_claim_end(APPT_REQUESTED, 100, 200, 150), 200);
    CHECK_INT(states_claim_end(APPT_DECLINED, 100, 200, 150), 100);
    CHECK(states_must_claim(APPT_REQUESTED, APPT_SCHEDULED)); /* whether it held its time or not */
    CHECK(!states_must_claim(APPT_REQUESTED, APPT_DECLINED));
    CHECK(states_must_claim(APPT_CANCELLED, APPT_SCHEDULED));
    CHECK(states_must_claim(APPT_NO_SHOW, APPT_SCHEDULED));
    CHECK(states_must_claim(APPT_COMPLETED, APPT_IN_PROGRESS));
    CHECK(!states_must_claim(APPT_CONFIRMED, APPT_SCHEDULED));
    CHECK(!states_must_claim(APPT_SCHEDULED, APPT_CANCELLED));
}

static void test_states_names(void)
{
    for (int i = 0; i < APPT_N_STATES; i++) CHECK(appt_state_names[i] != NULL);
    CHECK(appt_state_names[APPT_N_STATES] == NULL);
    CHECK_STR(appt_state_names[APPT_NO_SHOW], "no_show");
    CHECK_STR(appt_state_names[APPT_PENDING_PAYMENT], "pending_payment");
    CHECK_STR(appt_state_names[APPT_DECLINED], "declined");
    CHECK_INT(APPT_REQUESTED, 9); /* numbers are kept: new states stand at the end */
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    RUN(test_states_table);
    RUN(test_states_unknown);
    RUN(test_states_next);
    RUN(test_states_terminal);
    RUN(test_states_claim);
    RUN(test_states_names);
    return TEST_DONE();
}
