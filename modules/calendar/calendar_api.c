/* calendar_api.c - appointments: shapes, handlers, and the module's route table. The calendar view, free times and blocked
 * time are in view_api.c. */
#include "modules/calendar/calendar_take.h"
#include "modules/calendar/sessions.h"
#include "modules/calendar/view_api.h"
#include "modules/calendar/visits.h"

/* ---- shapes ------------------------------------------------------------------------------------------------------------------- */

static const struct field part_fields[] = { F_ID(struct appt_part, subject_id), F_ENUM(struct appt_part, kind, part_kind_names), F_STR(struct appt_part, name),
    F_INSTANT(struct appt_part, start), F_INSTANT(struct appt_part, end), F_END };
static const struct shape part_shape = SHAPE_NAMED("appointment_part", appt_part, part_fields);
#define APPOINTMENT_OUT \
    F_ID(struct appointment, id), F_ID(struct appointment, client_id), F_STR(struct appointment, client_name), \
    F_STR(struct appointment, client_phone, .nullable = true), F_ID(struct appointment, patient_id), F_STR(struct appointment, patient_name), \
    F_ENUM(struct appointment, patient_kind, patient_kind_names), F_ID(struct appointment, service_id), F_STR(struct appointment, service_name), \
    F_STR(struct appointment, service_color), F_ID(struct appointment, provider_id), F_STR(struct appointment, provider_name), \
    F_ID(struct appointment, location_id), F_STR(struct appointment, location_name), F_SCALARS(struct appointment, resource_ids, K_ID), \
    F_LIST(struct appointment, parts, &part_shape, .doc = "Who and what it takes besides the provider, and when"), \
    F_INT(struct appointment, lead_min, .nullable = true, .doc = "The provider is there for the first so many minutes; null: all the time"), \
    F_ID(struct appointment, session_id, .nullable = true, .doc = "The session it has a seat in"), F_INT(struct appointment, seat_no, .nullable = true), \
    F_ID(struct appointment, visit_id, .nullable = true, .doc = "The visit it is one appointment of"), \
    F_INSTANT(struct appointment, start), F_INSTANT(struct appointment, end), F_STR(struct appointment, time_zone), \
    F_ENUM(struct appointment, status, appt_state_names), F_STR(struct appointment, notes, .nullable = true), F_INT(struct appointment, price_minor), \
    F_STR(struct appointment, currency), F_ENUM(struct appointment, source, appt_source_names), \
    F_STR(struct appointment, overbook_reason, .nullable = true), F_STR(struct appointment, cancel_reason, .nullable = true), \
    F_STR(struct appointment, cancelled_by, .nullable = true), \
    F_INSTANT(struct appointment, lapses_at, .nullable = true, .doc = "When a request is over unless it is answered"), \
    F_ID(struct appointment, series_id, .nullable = true, .doc = "The series it is one of"), F_INT(struct appointment, sequence), F_INT(struct appointment, version), \
    F_INSTANT(struct appointment, created_at), F_INSTANT(struct appointment, updated_at), \
    F_BOOL(struct appointment, telehealth, .doc = "Takes place by video"), \
    F_ID(struct appointment, order_id, .nullable = true, .doc = "The order that pays for it, maybe with others"), \
    F_STR(struct appointment, order_state, .nullable = true, .doc = "Of that order, like the amounts: open, paid, cancelled, expired"), \
    F_INT(struct appointment, order_total_minor), F_INT(struct appointment, order_paid_minor), F_INT(struct appointment, order_refunded_minor), \
    F_INT(struct appointment, order_due_minor, .doc = "Of the total: to be paid before the appointment stands"), \
    F_INSTANT(struct appointment, pay_by, .nullable = true, .doc = "Until when that is to be paid"), \
    F_SCALARS(struct appointment, transitions, K_STR, .doc = "States the caller may set next")
static const struct field out_fields[] = { APPOINTMENT_OUT, F_END };
static const struct field full_fields[] = { APPOINTMENT_OUT,
    F_LIST(struct appointment, steps, &appointment_step_shape, .doc = "When each state was entered, newest first"),
    F_INT(struct appointment, waited_min, .nullable = true, .doc = "Minutes between check-in and treatment, or until now"), F_END };
static const struct shape full_shape = SHAPE_NAMED("appointment_full", appointment, full_fields);
const struct shape appointment_shape = SHAPE(appointment, out_fields);

struct overbook_in { const char *reason; };
static const struct field overbook_fields[] = { F_STR(struct overbook_in, reason, .required = true, .max = 300, .doc = "Why it is right this time"), F_END };
static const struct shape overbook_shape = SHAPE_NAMED("overbook", overbook_in, overbook_fields);

struct new_in {
    struct id client_id, patient_id, service_id, provider_id, location_id;
    struct list resource_ids, provider_ids, answers;
    int64_t start, duration_min;
    const char *notes;
    const void *overbook;
    bool extra_seat;
    int64_t payment;
};
static const char *const payment_names[] = { "wallet", NULL };
static const struct field new_fields[] = {
    F_ID(struct new_in, client_id, .required = true, .doc = "Who books"),
    F_ID(struct new_in, patient_id, .nullable = true, .doc = "Who is treated; the client itself when absent"),
    F_ID(struct new_in, service_id, .required = true, .doc = "What for"),
    F_ID(struct new_in, provider_id, .nullable = true, .doc = "With whom; any free provider when absent"),
    F_ID(struct new_in, location_id, .nullable = true, .doc = "Where; the provider's place at that time when absent"),
    F_SCALARS(struct new_in, resource_ids, K_ID, .max = APPT_RESOURCES_MAX, .doc = "Chairs, rooms or devices; any free one of the needed kind when absent"),
    F_SCALARS(struct new_in, provider_ids, K_ID, .max = PART_UNITS_MAX, .doc = "Further providers; whoever of the service's is free when absent"),
    F_INSTANT(struct new_in, start, .required = true, .doc = "When it begins"),
    F_INT(struct new_in, duration_min, .nullable = true, .min = 1, .max = 1440, .doc = "Minutes; the service's when absent"),
    F_STR(struct new_in, notes, .nullable = true, .max = 2000, .doc = "For the team"),
    F_OBJ(struct new_in, overbook, &overbook_shape, .nullable = true, .doc = "Book over taken time on purpose"),
    F_BOOL(struct new_in, extra_seat, .doc = "One more seat in a session the patient comes to anyway"),
    F_ENUM(struct new_in, payment, payment_names, .nullable = true, .doc = "Pay from the client's wallet as far as it goes, in the same commit; the rest stays open on the order"),
    F_LIST(struct new_in, answers, &answer_in_shape, .max = QUESTIONS_MAX, .doc = "Answers to what the service asks; the team may leave out what is required"), F_END };
static const struct shape new_shape = SHAPE_NAMED("appointment_new", new_in, new_fields);

struct edit_in { struct present present; const char *notes; int64_t price_minor; bool telehealth; };
static const struct field edit_fields[] = { F_STR(struct edit_in, notes, .nullable = true, .max = 2000, .doc = "For the team"),
    F_INT(struct edit_in, price_minor, .max = 1000000000, .doc = "Price in minor units"),
    F_BOOL(struct edit_in, telehealth, .doc = "Whether it takes place by video, whatever its service does"), F_END };
static const struct shape edit_shape = SHAPE_PATCH("appointment_patch", edit_in, edit_fields);
SHAPE_PATCH_CHECK(edit_in);

struct move_in { int64_t start, end; struct id provider_id, location_id; struct list resource_ids, provider_ids; const void *overbook; };
static const struct field move_fields[] = {
    F_INSTANT(struct move_in, start, .required = true, .doc = "New start"),
    F_INSTANT(struct move_in, end, .nullable = true, .doc = "New end; the length stays when absent"),
    F_ID(struct move_in, provider_id, .nullable = true, .doc = "Other provider; the same when absent"),
    F_ID(struct move_in, location_id, .nullable = true, .doc = "Other location"),
    F_SCALARS(struct move_in, resource_ids, K_ID, .max = APPT_RESOURCES_MAX, .doc = "Other resources; chosen anew when needed"),
    F_SCALARS(struct move_in, provider_ids, K_ID, .max = PART_UNITS_MAX, .doc = "Other further providers; chosen anew when needed"),
    F_OBJ(struct move_in, overbook, &overbook_shape, .nullable = true, .doc = "Move over taken time on purpose"), F_END };
static const struct shape move_shape = SHAPE_NAMED("appointment_move", move_in, move_fields);

#define CANCEL_FIELDS F_STR(struct cancel_in, reason, .nullable = true, .max = 300, .doc = "Why; the client reads it"), \
    F_BOOL(struct cancel_in, notify, .def = 1, .doc = "Whether the client is told")
#define FOR_CLIENT F_BOOL(struct cancel_in, for_client, .doc = "The client wants it: of what was paid, goes back what the terms say; else all")
static const struct field cancel_fields[] = { CANCEL_FIELDS, FOR_CLIENT,
    F_INT(struct cancel_in, refund_minor, .nullable = true, .max = ORDER_AMOUNT_MAX, .doc = "So much goes back, whatever the terms say; needs refunds.write and a reason"), F_END };
static const struct shape cancel_shape = SHAPE_NAMED("appointment_cancel", cancel_in, cancel_fields);
static const struct field visit_cancel_fields[] = { CANCEL_FIELDS, FOR_CLIENT, F_END };
static const struct shape visit_cancel_shape = SHAPE_NAMED("visit_cancel", cancel_in, visit_cancel_fields);
static const struct field decline_fields[] = { CANCEL_FIELDS, F_END };
static const struct shape decline_shape = SHAPE_NAMED("appointment_decline", cancel_in, decline_fields);
struct state_in { int64_t status; const char *reason; };
static const struct field state_fields[] = { F_ENUM(struct state_in, status, appt_state_names, .required = true, .doc = "The state to enter"),
    F_STR(struct state_in, reason, .nullable = true, .max = 300, .doc = "Why"), F_END };
static const struct shape state_shape = SHAPE_NAMED("appointment_state", state_in, state_fields);

struct list_appointments { const char *from, *to; struct id provider_id, client_id; int64_t status, page, limit; const char *cursor; };
static const struct field find_fields[] = {
    F_STR(struct list_appointments, from, .max = 40, .when = true, .doc = "Instant, or a date in the clinic's zone; 30 days ago when absent"),
    F_STR(struct list_appointments, to, .max = 40, .when = true, .doc = "Instant or date (not included); a year ahead when absent"),
    F_ID(struct list_appointments, provider_id, .doc = "Only this provider"), F_ID(struct list_appointments, client_id, .doc = "Only this client, newest first"),
    F_ENUM(struct list_appointments, status, appt_state_names, .nullable = true, .doc = "Only this state"), F_PAGING_CURSOR(struct list_appointments), F_END };
static const struct shape find_shape = SHAPE(list_appointments, find_fields);

/* ---- handlers ------------------------------------------------------------------------------------------------------------------ */

static enum rc answer(struct req *r, const struct appointment *a, void *unused)
{
    (void)unused;
    struct appointment copy = *a;
    appointment_transitions(r, &copy);
    return reply(r, &copy);
}

static enum rc list(struct req *r)
{
    const struct list_appointments *q = r->query;
    struct list l;
    struct page p = { q->cursor ? NONE : q->page, q->limit, NONE, NULL };
    struct appointment_filter f = { .provider_id = q->provider_id, .client_id = q->client_id, .status = q->status, .page = p.page, .limit = q->limit };
    bool one_client = !id_is_nil(q->client_id);
    const char *order = one_client ? "appointments.client" : "appointments";
    TRY(req_position(r, q->cursor, order, &f.after));
    TRY(view_window(r, q->from, q->to, one_client ? -36500 : -30, one_client ? 36500 : 366, &f.from, &f.to));
    TRY(appointments_find(r->db, &f, &l, &p.total));
    for (size_t i = 0; i < l.n; i++) appointment_transitions(r, LIST_AT(l, struct appointment, i));
    const struct appointment *last = l.n && (int64_t)l.n == q->limit ? LIST_AT(l, struct appointment, l.n - 1) : NULL;
    if (last) p.next = req_cursor(r, order, &(struct position){ .number = last->start, .id = last->id });
    return reply_list(r, l, &p);
}

static enum rc get(struct req *r)
{
    struct appointment a = { 0 };
    TRY(appointments_get(r->db, r->path_id, &a));
    TRY(appointments_steps(r->db, a.id, &a.steps));
    a.waited_min = appointments_waited_min(&a, a.steps, r->now);
    return answer(r, &a, NULL);
}

static enum rc create(struct req *r)
{
    const struct new_in *in = r->in;
    const struct overbook_in *over = in->overbook;
    struct booking b = { .r = r, .client_id = in->client_id, .patient_id = in->patient_id, .service_id = in->service_id,
        .provider_id = in->provider_id, .location_id = in->location_id, .resource_ids = in->resource_ids, .provider_ids = in->provider_ids, .start = in->start,
        .duration_min = in->duration_min, .notes = in->notes, .overbook_reason = over ? over->reason : NULL, .answers = in->answers, .source = SOURCE_STAFF, .extra_seat = in->extra_seat, .reply = answer };
    if (in->payment == NONE) return calendar_book(&b);
    const struct wallet_way at_the_desk = { .source = ORDER_BY_STAFF, .field = "payment", .expect_minor = NONE };
    return r->who->perms & PERM_WALLETS_WRITE ? calendar_book_from_wallet(&b, &at_the_desk) : RC_FORBIDDEN;
}

struct editing { struct req *r; struct id audit_id; };

static enum rc edit_tx(struct tx *tx, void *arg)
{
    struct editing *e = arg;
    struct appointment before = { 0 }, after;
    TRY(appointments_get(tx_db(tx), e->r->path_id, &before));
    TRY(req_version(e->r, before.version));
    after = before;
    shape_overlay(&edit_shape, e->r->in, &appointment_shape, &after);
    after.updated_at = e->r->now;
    TRY(appointments_update(tx, &after, before.version, e->r->now, req_lost(e->r)));
    if (after.telehealth != before.telehealth) TRY(appointments_set_telehealth(tx, after.id, after.telehealth));
    after.version++;
    TRY(tx_change(tx, e->r, &(struct change){ e->audit_id, "appointment.update", "appointment.changed", "appointment", after.id, after.version,
        shape_diff(e->r->arena, &appointment_shape, &before, &after), NULL, false }));
    return answer(e->r, &after, NULL);
}

static enum rc edit(struct req *r)
{
    struct editing e = { r, id_new() };
    return req_tx(r, "calendar.edit", edit_tx, &e);
}

static enum rc move(struct req *r)
{
    const struct move_in *in = r->in;
    const struct overbook_in *over = in->overbook;
    return calendar_move(&(struct moving){ .r = r, .id = r->path_id, .provider_id = in->provider_id, .location_id = in->location_id,
        .resource_ids = in->resource_ids, .provider_ids = in->provider_ids, .start = in->start, .end = in->end,
        .overbook_reason = over ? over->reason : NULL, .reply = answer });
}

static enum rc cancel(struct req *r)
{
    const struct cancel_in *in = r->in;
    bool told = in->refund_minor != NONE;
    if (told && !(r->who->perms & PERM_REFUNDS_WRITE)) return req_fail(r, RC_FORBIDDEN, "Departing from the cancellation terms needs the permission refunds.write", NULL);
    if (told && str_empty(in->reason)) req_field_error(r, "reason", "is required to depart from the terms");
    TRY(req_invalid(r));
    return calendar_change_state(&(struct transition){ .r = r, .id = r->path_id, .to = APPT_CANCELLED, .reason = in->reason, .notify = in->notify,
        .for_client = in->for_client, .refund_minor = told ? &in->refund_minor : NULL, .reply = answer });
}

/* What would go back, for who asks before they cancel. */
struct cancellation { int64_t paid_minor, clinic_minor, client_minor, no_show_minor; const char *currency, *words; const void *terms; };
static const struct field cancellation_fields[] = { F_INT(struct cancellation, paid_minor, .doc = "For this appointment, and not given back"),
    F_INT(struct cancellation, clinic_minor, .doc = "What goes back when the clinic cancels now"), F_INT(struct cancellation, client_minor, .doc = "When the client does"),
    F_INT(struct cancellation, no_show_minor, .doc = "When nobody comes"), F_STR(struct cancellation, currency), F_STR(struct cancellation, words, .nullable = true, .doc = "The terms, for people"),
    F_OBJ(struct cancellation, terms, &terms_shape, .nullable = true), F_END };
static const struct shape cancellation_shape = SHAPE(cancellation, cancellation_fields);

static enum rc view_cancellation(struct req *r)
{
    struct appointment a = { 0 };
    struct cancel_money m;
    TRY(appointments_get(r->db, r->path_id, &a));
    TRY(appointments_money(r->db, &a, r->now, TERMS_BY_CLIENT, &m));
    struct cancellation c = { .paid_minor = m.paid_minor, .clinic_minor = m.paid_minor, .client_minor = m.refund_minor, .currency = a.currency };
    if (!id_is_nil(m.order.id)) {
        c.no_show_minor = terms_judge(&m.terms, m.paid_minor, a.start, r->now, TERMS_NO_SHOW).refund_minor;
        c.terms = &m.terms;
        c.words = terms_words(r->arena, &m.terms, m.order.currency, zone_find(a.time_zone), a.start, r->now);
    }
    return reply(r, &c);
}

static enum rc answer_empty(struct req *r, const struct appointment *a, void *unused)
{
    (void)a, (void)unused;
    return reply_empty(r);
}

static enum rc delete(struct req *r)
{
    return calendar_change_state(&(struct transition){ .r = r, .id = r->path_id, .to = APPT_CANCELLED, .notify = true, .reply = answer_empty });
}

static enum rc restore(struct req *r)
{
    return calendar_change_state(&(struct transition){ .r = r, .id = r->path_id, .to = APPT_SCHEDULED, .restore = true, .notify = true, .reply = answer });
}

static enum rc approve(struct req *r)
{
    return calendar_change_state(&(struct transition){ .r = r, .id = r->path_id, .to = APPT_SCHEDULED, .decide = true, .notify = true, .reply = answer });
}

static enum rc decline(struct req *r)
{
    const struct cancel_in *in = r->in;
    return calendar_change_state(&(struct transition){ .r = r, .id = r->path_id, .to = APPT_DECLINED, .reason = in->reason, .decide = true, .notify = in->notify, .reply = answer });
}

static enum rc state(struct req *r)
{
    const struct state_in *in = r->in;
    return calendar_change_state(&(struct transition){ .r = r, .id = r->path_id, .to = in->status, .reason = in->reason,
        .notify = in->status == APPT_CANCELLED, .reply = answer });
}

/* ---- requests ------------------------------------------------------------------------------------------------------------------ */

struct waiting { int64_t waiting; };
static const struct field waiting_fields[] = { F_INT(struct waiting, waiting, .doc = "How many wait for an answer"), F_END };
static const struct shape waiting_shape = SHAPE_NAMED("requests_waiting", waiting, waiting_fields);

static enum rc count_requests(struct req *r)
{
    struct waiting w = { 0 };
    TRY(requests_count(r->db, r->now, &w.waiting));
    return reply(r, &w);
}

/* ---- answers ------------------------------------------------------------------------------------------------------------------- */

static const struct field answer_fields[] = { F_ID(struct answer_kept, question_id), F_ENUM(struct answer_kept, kind, question_kind_names),
    F_STR(struct answer_kept, question, .doc = "As it was asked"), F_STR(struct answer_kept, value, .doc = "Picks of a multi_choice stand one a line"), F_END };
static const struct shape answer_shape = SHAPE_NAMED("answer", answer_kept, answer_fields);
struct answers_body { struct list answers; };
static const struct field answers_body_fields[] = { F_LIST(struct answers_body, answers, &answer_in_shape, .required = true, .max = QUESTIONS_MAX, .doc = "All of them; what is left out is not answered"), F_END };
static const struct shape answers_body_shape = SHAPE(answers_body, answers_body_fields);

static enum rc view_answers(struct req *r)
{
    struct appointment a = { 0 };
    struct list l;
    TRY(appointments_get(r->db, r->path_id, &a));
    TRY(answers_list(r->db, a.id, &l));
    return reply_list(r, l, NULL);
}

struct answering { struct req *r; struct id audit_id; struct list kept; };

static enum rc answers_tx(struct tx *tx, void *arg)
{
    struct answering *w = arg;
    struct appointment a = { 0 };
    TRY(appointments_get(tx_db(tx), w->r->path_id, &a));
    TRY(answers_clear(tx, a.id));
    TRY(answers_insert(tx, a.id, w->kept));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "appointment.answers", "appointment.changed", "appointment", a.id, a.version,
        arena_printf(w->r->arena, "{\"answers\":[null,%zu]}", w->kept.n), NULL, false }));
    return reply_list(w->r, w->kept, NULL);
}

static enum rc put_answers(struct req *r)
{
    struct answering w = { .r = r, .audit_id = id_new() };
    const struct answers_body *in = r->in;
    struct appointment a = { 0 };
    TRY(appointments_get(r->db, r->path_id, &a));
    TRY(calendar_check_answers(r, a.service_id, in->answers, false, &w.kept));
    return req_tx(r, "calendar.answers", answers_tx, &w);
}

/* ---- expired holds: free at once by every check; swept so that the table stays small -------------------------------------------------- */

static enum rc sweep_tx(struct tx *tx, void *arg) { return holds_purge(tx, *(int64_t *)arg); }
static enum rc sweep(struct job *job) { return db_tx(job->db, "calendar.sweep", sweep_tx, &job->now); }

static const struct job_row jobs[] = { { "calendar.lapse", "Ends a request that nobody has answered, and tells the client", rules_lapse, 8, 60 }, { 0 } };
static const struct schedule_row schedules[] = { { "calendar.sweep", "Drops holds that have expired", 60, sweep }, { 0 } };

/* ---- routes --------------------------------------------------------------------------------------------------------------------------- */

#define READ .perm = PERM_SCHEDULE_READ
#define WRITE .perm = PERM_SCHEDULE_WRITE
#define TAKES_TIME .fails = FAILS(RC_OVERLAP) | FAILS(RC_STALE) | FAILS(RC_STATE) | FAILS(RC_NOT_FOUND)
static const struct route routes[] = {
    { .method = "GET", .path = "/appointments", .summary = "Find appointments", .handler = list, READ, .ok = 200, .query = &find_shape, .out = &appointment_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/appointments", .summary = "Book an appointment", .handler = create, WRITE, .ok = 201, .in = &new_shape, .out = &appointment_shape,
        .fails = FAILS(RC_OVERLAP) | FAILS(RC_NOT_FOUND) | FAILS(RC_FUNDS), .flags = R_IDEMPOTENT,
        .doc = "Provider, patient and resources are taken for exactly this time, or nothing is: a taken time is 409 with what is in the way and the next free times. With payment `wallet` an order is made and paid from the client's"
               " wallet by its rules in the same commit; a wallet that pays nothing of it is 409 INSUFFICIENT_FUNDS, and nothing is booked." },
    { .method = "GET", .path = "/appointments/{id}", .summary = "Read an appointment", .handler = get, READ, .ok = 200, .out = &full_shape },
    { .method = "PATCH", .path = "/appointments/{id}", .summary = "Change notes or price", .handler = edit, WRITE, .ok = 200, .in = &edit_shape, .out = &appointment_shape, .fails = FAILS(RC_STALE) },
    { .method = "DELETE", .path = "/appointments/{id}", .summary = "Cancel an appointment", .handler = delete, WRITE, .ok = 204, .fails = FAILS(RC_STALE) | FAILS(RC_STATE) },
    { .method = "POST", .path = "/appointments/{id}/move", .summary = "Move or resize an appointment", .handler = move, WRITE, .ok = 200, .in = &move_shape, .out = &appointment_shape, TAKES_TIME },
    { .method = "POST", .path = "/appointments/{id}/cancel", .summary = "Cancel with a reason", .handler = cancel, WRITE, .ok = 200, .in = &cancel_shape, .out = &appointment_shape, .fails = FAILS(RC_STALE) | FAILS(RC_STATE),
        .doc = "What was paid goes back in the same commit: all of it, or what the terms say when the client wants it. Cards and wallets get theirs by themselves; what was paid at the desk waits there." },
    { .method = "GET", .path = "/appointments/{id}/cancellation", .summary = "What would go back if it were cancelled now", .handler = view_cancellation, READ, .ok = 200, .out = &cancellation_shape },
    { .method = "POST", .path = "/appointments/{id}/restore", .summary = "Take a cancellation back", .handler = restore, WRITE, .ok = 200, .out = &appointment_shape, TAKES_TIME },
    { .method = "POST", .path = "/appointments/{id}/approve", .summary = "Approve a request", .handler = approve, WRITE, .ok = 200, .out = &appointment_shape, TAKES_TIME,
        .doc = "Takes the time, if the request did not hold it: what somebody else has by now is 409 with what is in the way." },
    { .method = "POST", .path = "/appointments/{id}/decline", .summary = "Decline a request", .handler = decline, WRITE, .ok = 200, .in = &decline_shape, .out = &appointment_shape, .fails = FAILS(RC_STALE) | FAILS(RC_STATE) },
    { .method = "GET", .path = "/requests/count", .summary = "How many requests wait for an answer", .handler = count_requests, READ, .ok = 200, .out = &waiting_shape },
    { .method = "GET", .path = "/appointments/{id}/answers", .summary = "What was asked and answered before the booking", .handler = view_answers, READ, .ok = 200, .out = &answer_shape, .flags = R_LIST },
    { .method = "PUT", .path = "/appointments/{id}/answers", .summary = "Write down the answers", .handler = put_answers, WRITE, .ok = 200, .in = &answers_body_shape, .out = &answer_shape, .flags = R_LIST },
    { .method = "POST", .path = "/appointments/{id}/state", .summary = "Enter another state", .handler = state, WRITE, .ok = 200, .in = &state_shape, .out = &appointment_shape, TAKES_TIME },
    { .method = "POST", .path = "/visits", .summary = "Book several appointments as one visit", .handler = visit_handle_create, WRITE, .ok = 201, .in = &visit_new_shape, .out = &visit_shape,
        .fails = FAILS(RC_OVERLAP) | FAILS(RC_NOT_FOUND) | FAILS(RC_FORBIDDEN), .flags = R_IDEMPOTENT,
        .doc = "All or nothing, each right after the one before unless its start is given. 409 names the item that does not fit; one mail tells of all." },
    { .method = "GET", .path = "/visits/{id}", .summary = "Read a visit", .handler = visit_handle_get, READ, .ok = 200, .out = &visit_shape },
    { .method = "POST", .path = "/visits/{id}/move", .summary = "Move a visit as a whole", .handler = visit_handle_move, WRITE, .ok = 200, .in = &visit_move_shape, .out = &visit_shape, TAKES_TIME },
    { .method = "POST", .path = "/visits/{id}/cancel", .summary = "Cancel a visit as a whole", .handler = visit_handle_cancel, WRITE, .ok = 200, .in = &visit_cancel_shape, .out = &visit_shape,
        .fails = FAILS(RC_STALE) | FAILS(RC_STATE) },
    { .method = "GET", .path = "/sessions", .summary = "List sessions: times that several come to", .handler = session_handle_list, READ, .ok = 200, .query = &session_query_shape, .out = &session_listed_shape, .flags = R_LIST },
    { .method = "PATCH", .path = "/providers/{id}", .summary = "Change a provider", .handler = opening_handle_provider, .perm = PERM_SETTINGS_WRITE, .ok = 200, .in = &provider_patch_shape, .out = &provider_shape,
        .fails = FAILS(RC_STALE), .doc = "Who waits is offered the time of one who can be booked again." },
    { .method = "POST", .path = "/providers/{id}/restore", .summary = "Take a provider out of the archive", .handler = opening_handle_provider_restore, .perm = PERM_SETTINGS_WRITE, .ok = 200, .out = &provider_shape, .fails = FAILS(RC_STALE) },
    { .method = "POST", .path = "/locations/{id}/restore", .summary = "Take a location out of the archive", .handler = opening_handle_location, .perm = PERM_SETTINGS_WRITE, .ok = 200, .out = &location_shape, .fails = FAILS(RC_STALE) },
    { .method = "POST", .path = "/resources/{id}/restore", .summary = "Take a resource out of the archive", .handler = opening_handle_resource, .perm = PERM_SETTINGS_WRITE, .ok = 200, .out = &resource_shape, .fails = FAILS(RC_STALE),
        .doc = "Who waits is offered what can be booked with it and could not without it, within two months." },
    { .method = "DELETE", .path = "/holidays/{id}", .summary = "Open a closed day again", .handler = opening_handle_holiday, .perm = PERM_SETTINGS_WRITE, .ok = 204, .doc = "Who waits is offered what opens, within two months." },
    { .method = "PUT", .path = "/providers/{id}/hours", .summary = "Replace weekly hours, exceptions, or both", .handler = opening_handle_hours, .perm = PERM_SETTINGS_WRITE, .ok = 200, .in = &hours_body_shape,
        .out = &hours_out_shape, .fails = FAILS(RC_STALE), .doc = "Who waits for a time is offered what is open by the new hours and was not before, within two months." },
    { .method = "POST", .path = "/sessions", .summary = "Make a session", .handler = session_handle_create, WRITE, .ok = 201, .in = &session_new_shape, .out = &group_session_shape,
        .fails = FAILS(RC_OVERLAP) | FAILS(RC_NOT_FOUND), .flags = R_IDEMPOTENT, .doc = "Takes the provider and what the service needs. Bookings of the service at its start take a seat in it." },
    { .method = "GET", .path = "/sessions/{id}", .summary = "Read a session and who comes", .handler = session_handle_get, READ, .ok = 200, .out = &session_roster_shape },
    { .method = "POST", .path = "/sessions/{id}/cancel", .summary = "Cancel a session and everybody in it", .handler = session_handle_cancel, WRITE, .ok = 200, .in = &session_cancel_shape, .out = &group_session_shape,
        .fails = FAILS(RC_STALE) | FAILS(RC_STATE) | FAILS(RC_OVERLAP) },
    { .method = "GET", .path = "/calendar", .summary = "Appointments, blocked time and open hours of a few days", .handler = view_calendar, READ, .ok = 200, .query = &view_query_shape, .out = &view_shape },
    { .method = "GET", .path = "/calendar/month", .summary = "Appointments a day, with the first few of each", .handler = view_month, READ, .ok = 200, .query = &month_query_shape, .out = &month_shape, .fails = FAILS(RC_NOT_FOUND),
        .doc = "For a month at a glance. Cancelled, expired and declined appointments are not counted." },
    { .method = "GET", .path = "/calendar/slots", .summary = "Free times of a service", .handler = view_slots, READ, .ok = 200, .query = &slots_query_shape, .out = &slot_shape, .fails = FAILS(RC_NOT_FOUND), .flags = R_LIST },
    { .method = "GET", .path = "/calendar/explain", .summary = "Free times, and why the others are not offered", .handler = view_explain, READ, .ok = 200, .query = &slots_query_shape, .out = &explain_shape, .fails = FAILS(RC_NOT_FOUND) },
    { .method = "GET", .path = "/calendar/conflicts", .summary = "Would this time be free?", .handler = view_conflicts, READ, .ok = 200, .query = &conflicts_query_shape, .out = &conflicts_shape, .fails = FAILS(RC_NOT_FOUND) },
    { 0 } };

const struct module calendar_module = { .name = "calendar", .doc = "Appointments, the calendar, free times and blocked time", .platform = true, .routes = routes,
    .queries = calendar_queries, .jobs = jobs, .schedules = schedules };
