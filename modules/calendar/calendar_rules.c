/* calendar_rules.c - what a clinic asks of a booking beside free time: answers, its own word (approval), limits for one
 * client, notice; and the count behind a fair choice of provider. Used by calendar_book.c on the way into its one commit. */
#include "modules/calendar/calendar_take.h"
#include "modules/tenants/tenants.h"
#include <stdio.h>
#include <string.h>

/* ---- answers ------------------------------------------------------------------------------------------------------------------ */

static const struct answer_in *answer_to(struct list answers, struct id question)
{
    for (size_t i = 0; i < answers.n; i++)
        if (id_eq(LIST_AT(answers, struct answer_in, i)->question_id, question)) return LIST_AT(answers, struct answer_in, i);
    return NULL;
}

static void answer_error(struct req *r, struct id question, const char *problem)
{
    char id[ID_TEXT];
    req_field_error(r, arena_printf(r->arena, "answers.%s", id_format(question, id)), problem);
}

static bool is_asked(struct list questions, struct id id)
{
    for (size_t i = 0; i < questions.n; i++)
        if (id_eq(LIST_AT(questions, struct question, i)->id, id)) return true;
    return false;
}

static void check_strays(struct req *r, struct list questions, struct list in)
{
    for (size_t i = 0; i < in.n; i++) {
        struct id id = LIST_AT(in, struct answer_in, i)->question_id;
        if (!is_asked(questions, id)) answer_error(r, id, "is not asked for this service");
        else if (answer_to(in, id) != LIST_AT(in, struct answer_in, i)) answer_error(r, id, "is answered twice");
    }
}

enum rc calendar_check_answers(struct req *r, struct id service, struct list in, bool must, struct list *out)
{
    struct list questions;
    struct answer_kept *kept = arena_alloc(r->arena, QUESTIONS_MAX * sizeof *kept);
    *out = (struct list){ kept, 0 };
    if (!kept) return RC_OOM;
    TRY(questions_list(r->db, service, &questions));
    check_strays(r, questions, in);
    for (size_t i = 0; i < questions.n; i++) {
        struct question q = *LIST_AT(questions, struct question, i);
        q.required = q.required && must;
        const char *value, *bad = question_check(r->arena, &q, answer_to(in, q.id), &value);
        if (bad) answer_error(r, q.id, bad);
        else if (value) kept[out->n++] = (struct answer_kept){ q.id, q.kind, q.text, value };
    }
    return req_invalid(r);
}

/* ---- limits for one client ------------------------------------------------------------------------------------------------------ */

static enum rc refuse(struct taking *t, const char *rule, const char *more, int64_t until, const char *sentence)
{
    char text[INSTANT_TEXT];
    const char *at = until == NONE ? "null" : arena_printf(t->r->arena, "\"%s\"", instant_format(until, text));
    return req_fail(t->r, RC_RULE, sentence, arena_printf(t->r->arena, "{\"rule\":\"%s\",%s\"until\":%s}", rule, more, at));
}

static const char *date_words(struct arena *a, const struct zone *z, int64_t instant)
{
    char text[16];
    int64_t local = zone_local(z, instant), date = floor_div(local, USEC_PER_DAY), min = (local - date * USEC_PER_DAY) / USEC_PER_MIN;
    date_format(date, text);
    return min == 0 ? arena_printf(a, "%s", text) : arena_printf(a, "%s, %02d:%02d", text, (int)(min / 60), (int)(min % 60));
}

static enum rc limit_reached(struct taking *t, const struct limit_broken *b)
{
    struct arena *a = t->r->arena;
    const char *what = b->of_service ? "of this service" : "at this clinic", *until = b->until == NONE ? "" : date_words(a, t->limits.zone, b->until);
    const char *more = arena_printf(a, "\"limit\":%lld,\"of\":\"%s\",", (long long)b->limit, b->of_service ? "service" : "clinic");
    const char *s = b->limit == 1 ? "" : "s";
    if (str_eq(b->rule, "max_per_client_open"))
        return refuse(t, b->rule, more, b->until, arena_printf(a, "You have %lld booking%s %s still to come; more can be booked after %s", (long long)b->limit, s, what, until));
    return refuse(t, b->rule, more, b->until, arena_printf(a, "At most %lld booking%s %s in one %s; please choose a time from %s on", (long long)b->limit, s, what,
        str_eq(b->rule, "max_per_client_day") ? "day" : "week", until));
}

static bool is_limited(const struct taking *t) { return t->limits.zone != NULL; }

static void plan_limits(struct taking *t, const struct booking_facts *f)
{
    t->limits = (struct limit_ask){ .service = { f->service_day, f->service_week, f->service_open }, .clinic = { f->clinic_day, f->clinic_week, f->clinic_open },
        .service_id = t->appt.service_id, .except = t->is_move ? t->appt.id : ID_NIL, .start = t->appt.start, .now = t->r->now, .week_start = f->week_start };
    if (t->public && (limits_any(&t->limits.service) || limits_any(&t->limits.clinic))) t->limits.zone = zone_find(t->appt.time_zone);
}

/* By name and address where there is one: a visitor may have several records (docs/adr/0008), and is one person. */
static enum rc check_limits(struct tx *tx, struct taking *t)
{
    struct list rows;
    struct limit_broken broken;
    int64_t from, to;
    const struct appointment *a = &t->appt;
    if (!is_limited(t)) return RC_OK;
    limits_window(&t->limits, &from, &to);
    TRY(limits_rows(tx_db(tx), str_empty(a->client_email) ? a->client_id : ID_NIL, a->client_email, a->client_name, from, t->r->now, &rows));
    return limits_broken(&t->limits, rows.items, rows.n, &broken) ? limit_reached(t, &broken) : RC_OK;
}

/* Two bookings of one person at once wait for each other, also when neither is a client yet. */
size_t rules_lock_keys(const struct taking *t, int64_t *keys)
{
    struct id person = t->appt.client_id;
    if (!is_limited(t)) return 0;
    if (!str_empty(t->appt.client_email)) {
        struct digest d = seal_hash(t->appt.client_email, strlen(t->appt.client_email));
        memcpy(person.b, d.b, sizeof person.b);
    }
    keys[0] = lock_key("person", person, 0);
    return 1;
}

/* ---- notice and horizon --------------------------------------------------------------------------------------------------------------- */

static enum rc outside_window(struct taking *t, int64_t why)
{
    struct service s = { 0 };
    struct tenant clinic = { 0 };
    TRY(services_get(t->r->db, t->appt.service_id, &s));
    TRY(tenants_get(t->r->db, &clinic));
    const struct zone *z = zone_find(clinic.time_zone);
    int64_t notice = s.min_notice_min == NONE ? clinic.booking_min_notice_min : s.min_notice_min;
    int64_t days = s.horizon_days == NONE ? clinic.booking_horizon_days : s.horizon_days, earliest = t->r->now + notice * USEC_PER_MIN;
    if (!z) return fault(RC_FAULT, "the zone of a clinic is not in tzdata any more");
    if (why == SLOT_HORIZON) {
        int64_t end = zone_midnight(z, zone_date(z, t->r->now) + days + 1);
        return refuse(t, "horizon", "", end, arena_printf(t->r->arena, "This day cannot be booked yet; please choose one before %s", date_words(t->r->arena, z, end)));
    }
    return refuse(t, why == SLOT_PAST ? "past" : "min_notice", "", earliest,
        arena_printf(t->r->arena, "It is too late to book this time online; please choose one after %s, or call us", date_words(t->r->arena, z, earliest)));
}

enum rc rules_say_why_not_offered(struct taking *t)
{
    struct list slots, dropped;
    struct slot_ask ask = { .service_id = t->appt.service_id, .provider_id = t->wanted_provider, .location_id = t->wanted_location, .from = t->appt.start,
        .to = t->appt.start + 1, .now = t->r->now, .public = true, .private = t->by_link, .except = t->except, .explain = true };
    if (!t->public) return RC_OK;
    TRY(calendar_slots(t->r->db, &ask, &slots, &dropped));
    int64_t why = dropped.n ? LIST_AT(dropped, struct slot_dropped, 0)->reason : SLOT_FREE;
    for (size_t i = 1; i < dropped.n; i++)
        if (LIST_AT(dropped, struct slot_dropped, i)->reason != why) return RC_OK;
    return why == SLOT_PAST || why == SLOT_MIN_NOTICE || why == SLOT_HORIZON ? outside_window(t, why) : RC_OK;
}

/* ---- approval --------------------------------------------------------------------------------------------------------------------------- */

/* What a visitor books of such a service is a request; one that is moved stays one. */
static void plan_approval(struct taking *t, const struct booking_facts *f)
{
    struct appointment *a = &t->appt;
    int64_t latest = t->r->now + f->approval_expires_after_min * USEC_PER_MIN;
    if (!t->is_move && t->public && f->approval_required) {
        a->status = APPT_REQUESTED;
        a->lapses_at = latest;
        t->mail = "requested";
        t->action = "appointment.request";
    }
    if (a->status != APPT_REQUESTED) return;
    if (a->lapses_at > a->start) a->lapses_at = a->start;
    t->unheld = !f->approval_holds_time && id_is_nil(t->session.id); /* a seat is always held */
}

static const char *lapse_payload(struct arena *a, struct id appointment)
{
    char id[ID_TEXT];
    return arena_printf(a, "{\"appointment_id\":\"%s\"}", id_format(appointment, id));
}

enum rc rules_lapse_later(struct tx *tx, struct taking *t)
{
    char id[ID_TEXT];
    if (t->appt.status != APPT_REQUESTED) return RC_OK;
    return tx_job(tx, t->lapse_id, "calendar.lapse", arena_printf(t->r->arena, "%s:%lld", id_format(t->appt.id, id), (long long)t->appt.lapses_at),
        t->appt.lapses_at, lapse_payload(t->r->arena, t->appt.id));
}

enum rc rules_check_lapse(struct req *r, const struct appointment *a)
{
    if (a->status == APPT_REQUESTED && a->lapses_at <= r->now) return RC_OK;
    return req_fail(r, RC_STATE, "This request has not lapsed", NULL);
}

enum rc rules_check_decision(struct req *r, const struct appointment *a, int64_t to)
{
    if (to != APPT_SCHEDULED || a->lapses_at > r->now) return RC_OK;
    return req_fail(r, RC_STATE, "This request has lapsed and cannot be approved any more", "{\"from\":\"requested\",\"to\":\"scheduled\",\"lapsed\":true}");
}

/* ---- who was chosen ------------------------------------------------------------------------------------------------------------------------ */

enum { FAIR_TRIES = 8 }; /* then the count is taken as it comes: a booking matters more than one place in the order */

static bool is_counted(const struct appointment *a)
{
    return a->status != APPT_CANCELLED && a->status != APPT_DECLINED && a->status != APPT_EXPIRED;
}

enum rc rules_give_back(struct tx *tx, const struct appointment *before, const struct appointment *after)
{
    if (before->assigned_month <= 0) return RC_OK;
    bool was = is_counted(before), is = is_counted(after) && id_eq(before->provider_id, after->provider_id);
    if (was == is) return RC_OK;
    return assign_give_back(tx, before->service_id, before->provider_id, before->assigned_month, is ? 1 : -1);
}

enum rc rules_of_booking(struct taking *t, const struct booking_facts *f)
{
    if (!t->is_move && (f->question_count || t->answers_in.n)) TRY(calendar_check_answers(t->r, t->appt.service_id, t->answers_in, t->public, &t->answers));
    if (!t->is_move) t->appt.assigned_month = t->hold_month > 0 ? t->hold_month : t->assign_month;
    else if (!id_eq(t->appt.provider_id, t->before.provider_id)) t->appt.assigned_month = NONE;
    plan_approval(t, f);
    plan_limits(t, f);
    return RC_OK;
}

enum rc rules_in_tx(struct tx *tx, struct taking *t)
{
    TRY(check_limits(tx, t));
    if (t->is_move || t->appt.assigned_month <= 0) return RC_OK;
    return assign_count(tx, t->appt.service_id, t->appt.provider_id, t->appt.assigned_month, t->assign_base, t->r->now,
        t->attempt >= FAIR_TRIES || t->hold_month > 0);
}

/* ---- the end of a request that nobody answered ------------------------------------------------------------------------------------------------ */

static enum rc no_answer(struct req *r, const struct appointment *a, void *unused)
{
    (void)r, (void)a, (void)unused;
    return RC_OK;
}

/* The payload is our own text. */
enum rc rules_lapse(struct job *job)
{
    struct id id;
    struct req *r = req_of_program(job->arena, job->db, job->now, "unanswered", PERM_SCHEDULE_WRITE);
    if (!r) return RC_OOM;
    TRY(job_id(job, "appointment_id", &id));
    enum rc rc = calendar_change_state(&(struct transition){ .r = r, .id = id, .to = APPT_EXPIRED, .lapse = true, .notify = true, .reply = no_answer });
    return rc == RC_STATE ? RC_OK : rc; /* answered, withdrawn or moved since */
}
