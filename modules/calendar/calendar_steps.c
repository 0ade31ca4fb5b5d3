/* calendar_steps.c - the statements on appointment_step: when each state of an appointment was entered. */
#include "modules/calendar/calendar_take.h"

const char *const appt_step_by_names[] = { "staff", "client", "program", NULL };

const struct query Q_STEP_ADD = { .name = "calendar.step_add", .args = "uiittttzu",
    .sql = "INSERT INTO appointment_step (tenant_id, appointment_id, version, at, from_status, status, by_kind, by_name, undo, by_id)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)" };
const struct query Q_STEPS = { .name = "calendar.steps", .args = "u",
    .sql = "SELECT version, at, from_status AS came_from, status, by_kind AS by, by_name, undo FROM appointment_step WHERE tenant_id = $1 AND appointment_id = $2"
           " ORDER BY version DESC LIMIT 100" };
static const struct field step_row_fields[] = { F_INT(struct appt_step_row, version), F_INT(struct appt_step_row, at),
    F_ENUM(struct appt_step_row, came_from, appt_state_names), F_ENUM(struct appt_step_row, status, appt_state_names),
    F_ENUM(struct appt_step_row, by, appt_step_by_names), F_STR(struct appt_step_row, by_name), F_BOOL(struct appt_step_row, undo), F_END };
static const struct shape step_row_shape = SHAPE_NAMED("appointment_step_row", appt_step_row, step_row_fields);
static const struct field step_fields[] = { F_INSTANT(struct appt_step_row, at), F_ENUM(struct appt_step_row, came_from, appt_state_names),
    F_ENUM(struct appt_step_row, status, appt_state_names), F_ENUM(struct appt_step_row, by, appt_step_by_names), F_STR(struct appt_step_row, by_name),
    F_BOOL(struct appt_step_row, undo), F_END };
const struct shape appointment_step_shape = SHAPE_NAMED("appointment_step", appt_step_row, step_fields);

enum rc appointments_steps(struct tdb *db, struct id appointment, struct list *out)
{
    return db_list(db, &Q_STEPS, ARGS(U(appointment)), &step_row_shape, 100, out);
}

/* Only what changes the state: a booking's beginning is its created_at. */
enum rc taking_step(struct tx *tx, const struct taking *t)
{
    const struct appointment *a = &t->appt, *b = &t->before;
    const struct actor *who = t->r->who;
    if (id_is_nil(b->id) || a->status == b->status) return RC_OK;
    enum appt_step kind = states_step(b->status, a->status);
    int by = who->kind == ACTOR_MEMBER ? APPT_BY_STAFF : t->public ? APPT_BY_CLIENT : APPT_BY_PROGRAM;
    const char *name = by == APPT_BY_CLIENT ? "" : who->name ? who->name : "";
    return tx_run_query(tx, &Q_STEP_ADD, ARGS(U(a->id), I(a->version), I(t->r->now), S(appt_state_names[b->status]), S(appt_state_names[a->status]),
        S(appt_step_by_names[by]), S(name), Z(kind == STEP_UNDO || kind == STEP_RESTORE), U(who->member)));
}

int64_t appointments_waited_min(const struct appointment *a, struct list steps, int64_t now)
{
    int64_t arrived = NONE, until = now;
    if (a->status != APPT_CHECKED_IN && a->status != APPT_IN_PROGRESS && a->status != APPT_COMPLETED) return NONE;
    for (size_t i = 0; i < steps.n && arrived == NONE; i++) { /* the newest first */
        const struct appt_step_row *s = LIST_AT(steps, struct appt_step_row, i);
        if (s->status == APPT_IN_PROGRESS && !s->undo && a->status != APPT_CHECKED_IN) until = s->at;
        if (s->status == APPT_CHECKED_IN && !s->undo) arrived = s->at;
    }
    return arrived == NONE ? NONE : (until - arrived) / USEC_PER_MIN;
}
