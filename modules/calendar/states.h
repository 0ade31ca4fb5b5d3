/* states.h - the life of an appointment as a table. Whoever changes a status asks here first. */
#pragma once
#include "core/base/base.h"

enum appt_state {
    APPT_PENDING_PAYMENT, APPT_SCHEDULED, APPT_CONFIRMED, APPT_CHECKED_IN, APPT_IN_PROGRESS,
    APPT_COMPLETED, APPT_CANCELLED, APPT_NO_SHOW, APPT_EXPIRED, APPT_REQUESTED, APPT_DECLINED, APPT_N_STATES
};
extern const char *const appt_state_names[APPT_N_STATES + 1]; /* for K_ENUM: NULL-terminated, in the order above */

/* What kind of step leads from one state to another. */
enum appt_step {
    STEP_ILLEGAL, /* 409 ILLEGAL_TRANSITION; also from a state to itself */
    STEP_FORWARD, /* anybody who may write the schedule */
    STEP_UNDO,    /* takes a step back: needs schedule.undo and is audited as such */
    STEP_RESTORE, /* cancelled -> scheduled: only by the restore action, never by setting a status */
    STEP_SYSTEM,  /* only the program itself: an unpaid booking or an unanswered request runs out; one that was paid late stands again */
    STEP_DECIDE,  /* requested -> scheduled, declined: only by the actions approve and decline, never by setting a status */
};
enum appt_step states_step(int64_t from, int64_t to);

/* May a person set this status? FORWARD, or UNDO with the privilege; never RESTORE, SYSTEM or DECIDE. */
bool states_allowed(int64_t from, int64_t to, bool may_undo);
/* All of those, in the order of the enum; returns how many. */
size_t states_next(int64_t from, bool may_undo, int64_t out[APPT_N_STATES]);
bool states_terminal(int64_t state); /* completed, cancelled, no_show, expired, declined */

/* What a state does with the time it was booked for. A step from a state that does not hold all of its time to one
 * that does must claim the time again, and can be refused because somebody else has it by now. */
enum appt_claim {
    CLAIM_HELD,   /* start to end with buffers: pending_payment, scheduled, confirmed, checked_in, in_progress */
    CLAIM_TO_NOW, /* what is over stays, the rest is free: completed, no_show */
    CLAIM_NONE,   /* cancelled, expired, declined */
    CLAIM_ASKED,  /* requested: all of it or nothing, as the service says */
};
enum appt_claim states_claim(int64_t state);
/* Where a claim on [start, end), if there is one, ends when the state is entered at `at`: end, or at clamped into the
 * interval, or start. */
int64_t states_claim_end(int64_t state, int64_t start, int64_t end, int64_t at);
bool states_must_claim(int64_t from, int64_t to); /* the step takes back time that had been freed */
