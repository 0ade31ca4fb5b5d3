/* states.c - see states.h. One row per state, one column per kind of step: what is not listed is illegal. */
#include "modules/calendar/states.h"

const char *const appt_state_names[APPT_N_STATES + 1] = {
    [APPT_PENDING_PAYMENT] = "pending_payment",
    [APPT_SCHEDULED] = "scheduled",
    [APPT_CONFIRMED] = "confirmed",
    [APPT_CHECKED_IN] = "checked_in",
    [APPT_IN_PROGRESS] = "in_progress",
    [APPT_COMPLETED] = "completed",
    [APPT_CANCELLED] = "cancelled",
    [APPT_NO_SHOW] = "no_show",
    [APPT_EXPIRED] = "expired",
    [APPT_REQUESTED] = "requested",
    [APPT_DECLINED] = "declined",
};

#define TO(state) (1u << APPT_##state)

struct state_row {
    uint32_t forward, undo, restore, system, decide;
    enum appt_claim claim;
};

/* Cancelling ends where the treatment begins: who wants to cancel one in progress steps back to checked_in first.
 * checked_in -> no_show is an undo, because it says that the check-in was a mistake. */
static const struct state_row state_rows[APPT_N_STATES] = {
    [APPT_PENDING_PAYMENT] = { .forward = TO(SCHEDULED) | TO(CANCELLED), .system = TO(EXPIRED), .claim = CLAIM_HELD },
    [APPT_SCHEDULED] = { .forward = TO(CONFIRMED) | TO(CHECKED_IN) | TO(CANCELLED) | TO(NO_SHOW), .claim = CLAIM_HELD },
    [APPT_CONFIRMED] = { .forward = TO(CHECKED_IN) | TO(CANCELLED) | TO(NO_SHOW), .undo = TO(SCHEDULED), .claim = CLAIM_HELD },
    [APPT_CHECKED_IN] = { .forward = TO(IN_PROGRESS) | TO(CANCELLED),
        .undo = TO(SCHEDULED) | TO(CONFIRMED) | TO(NO_SHOW),
        .claim = CLAIM_HELD },
    [APPT_IN_PROGRESS] = { .forward = TO(COMPLETED), .undo = TO(CHECKED_IN), .claim = CLAIM_HELD },
    [APPT_COMPLETED] = { .undo = TO(IN_PROGRESS), .claim = CLAIM_TO_NOW },
    [APPT_CANCELLED] = { .restore = TO(SCHEDULED), .claim = CLAIM_NONE },
    [APPT_NO_SHOW] = { .undo = TO(SCHEDULED) | TO(CONFIRMED), .claim = CLAIM_TO_NOW },
    [APPT_EXPIRED] = { .system = TO(SCHEDULED), .claim = CLAIM_NONE },
    [APPT_REQUESTED] = { .forward = TO(CANCELLED), .system = TO(EXPIRED), .decide = TO(SCHEDULED) | TO(DECLINED), .claim = CLAIM_ASKED },
    [APPT_DECLINED] = { .claim = CLAIM_NONE },
};

static bool state_known(int64_t state)
{
    return state >= 0 && state < APPT_N_STATES;
}

enum appt_step states_step(int64_t from, int64_t to)
{
    if (!state_known(from) || !state_known(to)) return STEP_ILLEGAL;
    const struct state_row *row = &state_rows[from];
    uint32_t bit = 1u << to;
    if (row->forward & bit) return STEP_FORWARD;
    if (row->undo & bit) return STEP_UNDO;
    if (row->restore & bit) return STEP_RESTORE;
    if (row->system & bit) return STEP_SYSTEM;
    if (row->decide & bit) return STEP_DECIDE;
    return STEP_ILLEGAL;
}

bool states_allowed(int64_t from, int64_t to, bool may_undo)
{
    enum appt_step step = states_step(from, to);
    return step == STEP_FORWARD || (step == STEP_UNDO && may_undo);
}

size_t states_next(int64_t from, bool may_undo, int64_t out[APPT_N_STATES])
{
    size_t n = 0;
    for (int64_t to = 0; to < APPT_N_STATES; to++)
        if (states_allowed(from, to, may_undo)) out[n++] = to;
    return n;
}

bool states_terminal(int64_t state)
{
    return state_known(state) && state_rows[state].forward == 0;
}

enum appt_claim states_claim(int64_t state)
{
    ASSERT(state_known(state));
    return state_rows[state].claim;
}

int64_t states_claim_end(int64_t state, int64_t start, int64_t end, int64_t at)
{
    ASSERT(start <= end);
    switch (states_claim(state)) {
    case CLAIM_HELD:
    case CLAIM_ASKED: return end;
    case CLAIM_TO_NOW: return at < start ? start : at > end ? end : at;
    case CLAIM_NONE: break;
    }
    return start;
}

bool states_must_claim(int64_t from, int64_t to)
{
    return states_claim(from) != CLAIM_HELD && states_claim(to) == CLAIM_HELD;
}
