/* calendar_book.c - taking time: book, move, change state. One pattern: plan with plain reads (who, where, what is in the
 * way), then one transaction that only writes. The claims decide; a plan that was overtaken gets RC_OVERLAP from the
 * database, is made anew, and then says what is in the way. */
#include "modules/calendar/sessions.h"
#include "modules/calendar/visits.h"
#include <stdio.h>
#include <string.h>

enum { PLANS_MAX = 8, ANY_PLANS_MAX = 40 }; /* left open: whoever loses a race tries the next provider */

/* ---- what is in the way ------------------------------------------------------------------------------------------------------ */

const char *taking_subject_kind(const struct taking *t, struct id subject)
{
    if (id_eq(subject, t->appt.provider_id)) return "provider";
    if (id_eq(subject, t->appt.patient_id)) return "patient";
    for (size_t i = 0; i < t->appt.parts.n; i++)
        if (id_eq(subject, LIST_AT(t->appt.parts, struct appt_part, i)->subject_id)) return part_kind_names[LIST_AT(t->appt.parts, struct appt_part, i)->kind];
    if (t->missing && strcmp(t->missing, "further provider") == 0) return "provider";
    return id_eq(subject, t->appt.location_id) ? "location" : "resource";
}

void taking_write_conflicts(struct json *j, const struct taking *t, const char *kind)
{
    char text[INSTANT_TEXT + ID_TEXT];
    json_key(j, "conflicts");
    json_arr(j);
    for (size_t i = 0; i < t->n_conflicts; i++) {
        const struct claim *c = &t->conflicts[i];
        json_obj(j);
        json_kstr(j, "kind", kind ? kind : taking_subject_kind(t, c->subject_id));
        json_kstr(j, "subject_id", id_format(c->subject_id, text));
        json_kstr(j, "start", instant_format(c->core_start, text));
        json_kstr(j, "end", instant_format(c->core_end, text));
        json_kstr(j, "appointment_id", c->kind == CLAIM_APPOINTMENT && !c->of_session ? id_format(c->owner_id, text) : NULL);
        json_kstr(j, "session_id", c->of_session ? id_format(c->owner_id, text) : NULL);
        json_kstr(j, "what", c->way ? "travel" : claim_kind_names[c->kind]);
        json_obj_end(j);
    }
    json_arr_end(j);
}

void calendar_write_slots(struct json *j, const char *key, struct list slots)
{
    char text[INSTANT_TEXT + ID_TEXT];
    json_key(j, key);
    json_arr(j);
    for (size_t i = 0; i < slots.n; i++) {
        const struct slot_answer *s = LIST_AT(slots, struct slot_answer, i);
        json_obj(j);
        json_kstr(j, "start", instant_format(s->start, text));
        json_kstr(j, "end", instant_format(s->end, text));
        json_kstr(j, "provider_id", id_format(s->provider_id, text));
        json_kstr(j, "location_id", id_format(s->location_id, text));
        json_obj_end(j);
    }
    json_arr_end(j);
}

static struct slot_ask ask_for(const struct taking *t)
{
    return (struct slot_ask){ .service_id = t->appt.service_id, .provider_id = t->wanted_provider, .location_id = t->wanted_location,
        .from = t->appt.start, .to = t->appt.start + 1, .now = t->r->now, .public = t->public, .private = t->by_link, .except = t->except, .also = t->also,
        .patient_id = t->stranger ? ID_NIL : t->appt.patient_id };
}

static const char *refusal(const struct taking *t)
{
    if (t->full) return "No seat is left in this session";
    if (t->missing) return arena_printf(t->r->arena, "No %s is free at this time", t->missing);
    bool ways = t->n_conflicts > 0;
    for (size_t i = 0; i < t->n_conflicts; i++) ways = ways && t->conflicts[i].way;
    return ways ? "The provider is elsewhere, and could not be here in time" : "This time is taken";
}

enum rc taking_refuse(struct taking *t)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    struct list next = { NULL, 0 };
    struct slot_ask ask = ask_for(t);
    TRY(calendar_next(t->r->db, &ask, NEXT_SLOTS, &next));
    buf_init(&b, 64 * 1024);
    struct json j = json_to(&b);
    json_obj(&j);
    if (t->item) json_kint(&j, "item", t->item - 1);
    if (!t->public) {
        TRY(taking_name_sessions(t));
        taking_write_conflicts(&j, t, NULL);
    }
    calendar_write_slots(&j, "next", next);
    json_obj_end(&j);
    return req_fail(t->r, RC_OVERLAP, refusal(t), b.failed ? NULL : arena_strndup(t->r->arena, b.data, b.len));
}

/* ---- the subjects of an appointment and their claims ----------------------------------------------------------------------------- */

/* Overbooked on purpose: what nobody has yet is claimed exclusively, the rest is shared with whoever has it. So each
 * instant in use is guarded by exactly one exclusive claim. */
enum rc taking_claim_over(struct tx *tx, const struct subject *s, struct claim c)
{
    struct list around;
    int64_t at = s->from;
    TRY(claims_around(tx_db(tx), &s->id, 1, s->from, s->to, &around));
    for (size_t i = 0; i <= around.n && at < s->to; i++) {
        const struct claim *x = i < around.n ? LIST_AT(around, struct claim, i) : NULL;
        if (x && (x->shared || id_eq(x->owner_id, c.owner_id))) continue;
        int64_t gap_end = x && x->starts_at < s->to ? x->starts_at : s->to;
        if (gap_end > at) {
            c.starts_at = at;
            c.ends_at = gap_end;
            c.shared = false;
            TRY(claims_insert(tx, &c));
            at = gap_end;
        }
        if (x && x->ends_at > at && at < s->to) {
            c.starts_at = at;
            c.ends_at = x->ends_at < s->to ? x->ends_at : s->to;
            c.shared = true;
            TRY(claims_insert(tx, &c));
            at = c.ends_at;
        }
    }
    return RC_OK;
}

/* Claims know nothing of the way between sites: it is looked at under the lock of the provider's day (taking_lock). */
static enum rc check_ways(struct tx *tx, const struct taking *t)
{
    if (!t->ways.n || t->appt.overbook_reason) return RC_OK;
    struct taking *look = arena_alloc(t->r->arena, sizeof *look);
    if (!look) return RC_OOM;
    *look = *t;
    look->n_conflicts = 0;
    TRY(taking_look_ways(look, tx_db(tx)));
    return look->n_conflicts ? RC_OVERLAP : RC_OK;
}

enum rc taking_claim(struct tx *tx, const struct taking *t)
{
    if (t->unheld) return RC_OK;
    bool has_seat = t->extra_seat && t->roster.n;
    for (size_t i = 0; i < t->n_subjects; i++) {
        const struct subject *s = &t->subjects[i];
        struct claim c = { .subject_id = s->id, .owner_id = s->of_session ? t->session.id : t->appt.id, .location_id = s->location_id, .starts_at = s->from, .ends_at = s->to,
            .core_start = s->core_from, .core_end = s->core_to, .kind = t->hold_until ? CLAIM_HOLD : CLAIM_APPOINTMENT,
            .expires_at = t->hold_until ? t->hold_until : t->appt.status == APPT_REQUESTED && !s->of_session ? t->appt.lapses_at : NONE };
        bool until_end = i == 0 || s->core_to > t->subjects[0].core_to; /* the place must not be blocked as long as somebody is treated */
        if (until_end) c.location_id = t->appt.location_id;
        if (s->has_expired) TRY(claims_delete_expired(tx, s->id, s->from, s->to, t->r->now));
        if (t->appt.overbook_reason || (has_seat && id_eq(s->id, t->appt.patient_id))) TRY(taking_claim_over(tx, s, c));
        else TRY(until_end ? claims_insert_at(tx, &c) : claims_insert(tx, &c));
    }
    return check_ways(tx, t);
}

/* Two bookings that overlap share an hour of a subject: naming those hours serialises exactly them. */
enum { LOCK_KEYS = 64, WAY_KEYS = 32 };
_Static_assert(WAY_KEYS + 5 * VISIT_ITEMS_MAX < LOCK_KEYS, "the hard keys of a visit fit");

/* Keys that must not be left out come first; of the hours as many as there is room for: the claims decide anyway. */
static size_t add_hard_keys(const struct taking *t, struct id tenant, int64_t *keys, size_t n)
{
    /* Where there is a way, whole days of a provider: two appointments far apart may be too near each other. */
    for (size_t i = 0; t->ways.n && i < t->n_subjects; i++) {
        const struct subject *s = &t->subjects[i];
        int64_t first = floor_div(s->from - TRAVEL_MIN_MAX * USEC_PER_MIN, USEC_PER_DAY), last = floor_div(s->to + TRAVEL_MIN_MAX * USEC_PER_MIN, USEC_PER_DAY);
        for (int64_t d = first; d <= last && !id_is_nil(s->location_id) && n < WAY_KEYS; d++) keys[n++] = lock_key("way", s->id, d);
    }
    if (!id_is_nil(t->session.id)) keys[n++] = lock_key("session", t->session.id, 0);
    if (!id_is_nil(t->before.session_id)) keys[n++] = lock_key("session", t->before.session_id, 0); /* whose last seat this may be */
    if (t->hold_until && t->hold_by != NONE) keys[n++] = lock_key("holds", tenant, t->hold_by);
    if (t->limit_per_day) keys[n++] = lock_key("day", t->appt.provider_id, t->limit_date);
    return n < LOCK_KEYS ? n + rules_lock_keys(t, keys + n) : n;
}

enum rc taking_lock_all(struct tx *tx, struct taking *const *all, size_t n_all)
{
    int64_t keys[LOCK_KEYS];
    size_t n = 0;
    for (size_t k = 0; k < n_all; k++) TRY(claims_lock_location(tx, all[k]->appt.location_id));
    TRY(taking_share_ways(tx, all, n_all));
    for (size_t k = 0; k < n_all; k++) n = add_hard_keys(all[k], db_tenant(tx_db(tx)), keys, n);
    for (size_t k = 0; k < n_all; k++)
        for (size_t i = 0; i < all[k]->n_subjects; i++) {
            const struct subject *s = &all[k]->subjects[i];
            for (int64_t h = floor_div(s->from, USEC_PER_HOUR); h <= floor_div(s->to - 1, USEC_PER_HOUR) && n < LOCK_KEYS; h++) keys[n++] = lock_key("claim", s->id, h);
        }
    return tx_lock(tx, keys, n);
}

enum rc taking_lock(struct tx *tx, struct taking *one)
{
    return taking_lock_all(tx, &one, 1);
}

/* ---- planning: who and where ---------------------------------------------------------------------------------------------------- */

const char *taking_field(const struct taking *t, const char *field)
{
    bool of_visit = strcmp(field, "client_id") == 0 || (strcmp(field, "start") == 0 && !t->own_start);
    return t->item && !t->is_move && !of_visit ? arena_printf(t->r->arena, "items[%d].%s", t->item - 1, field) : field;
}

enum rc taking_no_such(struct taking *t, const char *field, const char *what)
{
    return req_fail(t->r, RC_NOT_FOUND, arena_printf(t->r->arena, "There is no such %s", what),
        arena_printf(t->r->arena, "{\"field\":\"%s\"}", taking_field(t, field)));
}

static void wrong(struct taking *t, const char *field, const char *problem) { req_field_error(t->r, taking_field(t, field), problem); }

static const struct location *known_location(struct list locations, struct id id)
{
    for (size_t i = 0; i < locations.n; i++)
        if (id_eq(LIST_AT(locations, struct location, i)->id, id)) return LIST_AT(locations, struct location, i);
    return NULL;
}

static bool works_then(const struct provider_hours *h, const struct location *l, int64_t at)
{
    const struct zone *z = zone_find(l->time_zone);
    if (!z) return false;
    int64_t local = zone_local(z, at), date = floor_div(local, USEC_PER_DAY), min = (local - date * USEC_PER_DAY) / USEC_PER_MIN;
    return date_weekday(date) == h->weekday && min >= h->start_min && min < h->end_min;
}

/* Where a provider works at that time; else where he works at all; else the first location. */
static enum rc find_location(struct taking *t)
{
    struct taking_seen *s = &t->seen;
    const struct location *found = NULL;
    for (size_t i = 0; i < s->hours.n; i++) {
        const struct provider_hours *h = LIST_AT(s->hours, struct provider_hours, i);
        const struct location *l = known_location(s->locations, h->location_id);
        if (!l || (found && !works_then(h, l, t->appt.start))) continue;
        found = l;
        if (works_then(h, l, t->appt.start)) break;
    }
    if (!found && s->locations.n) found = LIST_AT(s->locations, struct location, 0);
    if (!found) return taking_no_such(t, "location_id", "location");
    t->appt.location_id = s->facts.location_id = found->id;
    s->facts.location_name = found->name;
    s->facts.time_zone = found->time_zone;
    return RC_OK;
}

/* A time that is offered: by the rules of the public page, or for staff who leave the provider open. */
static enum rc take_offered(struct taking *t)
{
    struct list slots;
    struct slot_ask ask = ask_for(t);
    enum rc rc = calendar_slots(t->r->db, &ask, &slots, NULL);
    if (rc == RC_NOT_FOUND) return taking_no_such(t, "service_id", "service, provider or location");
    if (rc == RC_INVALID) {
        wrong(t, "provider_id", "must be chosen for this service");
        return req_invalid(t->r);
    }
    TRY(rc);
    if (!slots.n) {
        TRY(rules_say_why_not_offered(t));
        return taking_refuse(t);
    }
    const struct slot_answer *s = LIST_AT(slots, struct slot_answer, 0);
    t->appt.provider_id = s->provider_id;
    t->appt.location_id = s->location_id;
    t->assign_month = s->month;
    t->assign_base = s->base;
    return RC_OK;
}

static enum rc check_facts(struct taking *t, const struct booking_facts *f)
{
    if (id_is_nil(f->service_id)) return taking_no_such(t, "service_id", "service");
    if (id_is_nil(f->provider_id)) return taking_no_such(t, "provider_id", "provider");
    bool nobody = t->new_client || t->session_only;
    if (!nobody && id_is_nil(f->client_id)) return taking_no_such(t, "client_id", "client");
    if (!nobody && id_is_nil(f->patient_id)) return taking_no_such(t, "patient_id", "patient of this client");
    if (id_is_nil(f->location_id)) return taking_no_such(t, "location_id", "location");
    if (t->is_move) return RC_OK; /* what was archived since then may still be moved */
    if (f->service_archived) wrong(t, "service_id", "is archived");
    if (f->provider_archived) wrong(t, "provider_id", "is archived");
    if (id_is_nil(f->offered_by)) wrong(t, "provider_id", "does not offer this service");
    if (!nobody && f->client_deleted_at != NONE) wrong(t, "client_id", "is deleted");
    if (!nobody && f->patient_archived) wrong(t, "patient_id", "is archived");
    if (f->location_archived) wrong(t, "location_id", "is archived");
    return req_invalid(t->r);
}

static void use_facts(struct taking *t, const struct booking_facts *f)
{
    struct appointment *a = &t->appt;
    a->service_name = f->service_name;
    a->service_color = f->service_color;
    a->provider_name = f->provider_name;
    a->location_name = f->location_name;
    a->time_zone = f->time_zone;
    a->buffer_before_min = f->buffer_before_min;
    a->buffer_after_min = f->buffer_after_min;
    a->lead_min = f->lead_min;
    t->resource_kind = f->resource_kind;
    t->reminders = (struct reminder_rules){ f->reminder_rules, f->quiet_start, f->quiet_end };
    reminders_rules_fill(&t->reminders);
    t->n_parts = f->n_parts;
    t->service_min = f->duration_min;
    if (t->is_move) return;
    a->telehealth = f->telehealth;
    a->price_minor = f->price_minor;
    a->currency = f->currency;
    if (t->new_client) return;
    a->client_name = f->client_name;
    a->client_email = f->client_email;
    a->client_phone = f->client_phone;
    a->patient_id = f->patient_id;
    a->patient_name = f->patient_name;
    a->patient_kind = f->patient_kind;
}

static enum rc check_start(struct taking *t)
{
    if (t->appt.start < t->r->now - 12 * USEC_PER_HOUR) wrong(t, "start", "lies in the past");
    if (t->appt.end - t->appt.start > USEC_PER_DAY) wrong(t, "end", "must be at most 24 hours after the start");
    if (t->appt.end <= t->appt.start) wrong(t, "end", "must be after the start");
    return req_invalid(t->r);
}

static void use_client(struct taking *t, const struct client_insert *c)
{
    t->new_client = c;
    t->stranger = NULL;
    t->appt.client_id = c->client.id;
    t->appt.client_name = t->appt.patient_name = c->client.name;
    t->appt.client_email = c->client.email;
    t->appt.client_phone = c->client.phone;
    t->appt.patient_id = c->patient_id;
    t->appt.patient_kind = PATIENT_SELF;
}

static bool only_patient_is_busy(const struct taking *t)
{
    for (size_t i = 0; i < t->n_conflicts; i++)
        if (!id_eq(t->conflicts[i].subject_id, t->appt.patient_id)) return false;
    return t->n_conflicts > 0;
}

/* Who, where and how long, without a look at what is in the way. */
enum rc taking_who(struct taking *t)
{
    const struct booking_facts *f = &t->seen.facts;
    struct appointment *a = &t->appt;
    TRY(taking_read(t));
    if (id_is_nil(a->location_id)) TRY(find_location(t));
    TRY(check_facts(t, f));
    use_facts(t, f);
    if (a->end == NONE) a->end = a->start + (t->duration_min == NONE ? f->duration_min : t->duration_min) * USEC_PER_MIN;
    return RC_OK;
}

static const char *mail_of_new(bool unpaid) { return unpaid ? "pay" : "booked"; }

static enum rc plan_money(struct taking *t)
{
    if (!t->plan) return RC_OK;
    t->appt.status = APPT_SCHEDULED;
    TRY(t->plan(t->r, &t->appt, t->plan_arg));
    t->mail = mail_of_new(t->appt.status == APPT_PENDING_PAYMENT);
    return RC_OK;
}

static enum rc plan_time(struct taking *t)
{
    const struct booking_facts *f = &t->seen.facts;
    struct appointment *a = &t->appt;
    a->provider_id = t->wanted_provider;
    a->location_id = t->wanted_location;
    t->assign_month = NONE;
    if (t->public || id_is_nil(t->wanted_provider)) TRY(take_offered(t));
    TRY(taking_who(t));
    TRY(plan_money(t));
    if (t->public && f->max_per_day != NONE) {
        t->limit_per_day = f->max_per_day;
        t->limit_date = zone_date(zone_find(a->time_zone), a->start);
    }
    TRY(check_start(t));
    TRY(taking_find_session(t));
    if (t->full) return RC_OK;
    TRY(rules_of_booking(t, f));
    t->n_conflicts = 0;
    t->ways = (struct list){ NULL, 0 };
    if (f->n_ways) TRY(taking_read_ways(t, t->r->db));
    TRY(taking_choose_parts(t));
    if (t->missing) return RC_OK;
    TRY(taking_look(t));
    if (t->stranger && only_patient_is_busy(t)) {
        use_client(t, t->stranger);
        TRY(taking_look(t));
    }
    return RC_OK;
}

static bool stands_in_the_way(const struct taking *t) { return t->full || t->missing || (t->n_conflicts && !t->appt.overbook_reason); }

/* Everything up to the point where only the claims can still say no. Claims and sessions are two readings: when a session was dropped
 * in between, its claims seem to be somebody else's, so it is looked again. */
enum rc taking_plan(struct taking *t)
{
    int64_t end = t->appt.end;
    t->full = false;
    t->missing = NULL;
    TRY(plan_time(t));
    if (stands_in_the_way(t) && t->new_session && !t->session_only) {
        t->appt.end = end;
        TRY(plan_time(t));
    }
    return stands_in_the_way(t) ? taking_refuse(t) : RC_OK;
}

/* ---- what every change leaves: audit, event, mail, statistics ----------------------------------------------------------------------- */

static const char *event_detail(struct taking *t)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    char text[INSTANT_TEXT + ID_TEXT];
    buf_init(&b, 1024);
    struct json j = json_to(&b);
    json_obj(&j);
    json_kstr(&j, "provider_id", id_format(t->appt.provider_id, text));
    json_kstr(&j, "start", instant_format(t->appt.start, text));
    json_kstr(&j, "end", instant_format(t->appt.end, text));
    json_kstr(&j, "status", appt_state_names[t->appt.status]);
    if (!id_is_nil(t->before.id)) {
        json_kstr(&j, "old_provider_id", id_format(t->before.provider_id, text));
        json_kstr(&j, "old_start", instant_format(t->before.start, text));
    }
    json_obj_end(&j);
    return arena_strndup(t->r->arena, b.data, b.len);
}

static enum rc queue_mail(struct tx *tx, struct taking *t)
{
    char id[ID_TEXT], old[INSTANT_TEXT];
    const struct appointment *a = &t->appt;
    if (!t->notify || !t->mail || str_empty(a->client_email)) return RC_OK;
    id_format(a->id, id);
    bool moved = !id_is_nil(t->before.id) && t->before.start != a->start;
    const char *key = arena_printf(t->r->arena, "%s:%s:%lld", id, t->mail, (long long)a->sequence);
    const char *payload = arena_printf(t->r->arena, "{\"appointment_id\":\"%s\",\"what\":\"%s\",\"sequence\":%lld,\"old_start\":%s%s%s%s}", id, t->mail,
        (long long)a->sequence, moved ? "\"" : "", moved ? instant_format(t->before.start, old) : "null", moved ? "\"" : "", t->item ? ",\"visit\":true" : "");
    return tx_job(tx, t->job_id, "notices.appointment", key, t->r->now, payload);
}

/* What the audit log keeps of an appointment: ids and facts, no names; who they are is read from their own rows. */
static const struct field part_trace_fields[] = { F_ID(struct appt_part, subject_id), F_ENUM(struct appt_part, kind, part_kind_names),
    F_INSTANT(struct appt_part, start), F_INSTANT(struct appt_part, end), F_END };
static const struct shape part_trace = SHAPE_NAMED("appointment_part_trace", appt_part, part_trace_fields);
static const struct field trace_fields[] = {
    F_ID(struct appointment, client_id), F_ID(struct appointment, patient_id), F_ID(struct appointment, service_id), F_ID(struct appointment, provider_id),
    F_ID(struct appointment, location_id), F_LIST(struct appointment, parts, &part_trace), F_INSTANT(struct appointment, start),
    F_INSTANT(struct appointment, end), F_ENUM(struct appointment, status, appt_state_names), F_INT(struct appointment, price_minor),
    F_STR(struct appointment, overbook_reason), F_STR(struct appointment, cancel_reason), F_STR(struct appointment, cancelled_by), F_END };
static const struct shape trace_shape = SHAPE_NAMED("appointment_trace", appointment, trace_fields);

enum rc taking_leave_traces(struct tx *tx, struct taking *t)
{
    TRY(taking_tell_freed(tx, t));
    TRY(tx_change(tx, t->r, &(struct change){ t->audit_id, t->action, t->topic, "appointment", t->appt.id, t->appt.version,
        shape_diff(t->r->arena, &trace_shape, id_is_nil(t->before.id) ? NULL : &t->before, &t->appt), event_detail(t),
        t->appt.overbook_reason && !t->before.overbook_reason }));
    TRY(queue_mail(tx, t));
    TRY(taking_follow(tx, t));
    if (id_is_nil(t->before.id) && t->appt.status == APPT_SCHEDULED) return appointments_count_next(tx, &t->appt, t->r->now);
    return appointments_refresh_client(tx, t->appt.client_id, t->r->now);
}

/* ---- book ---------------------------------------------------------------------------------------------------------------------------- */

static enum rc check_day_limit(struct tx *tx, const struct taking *t)
{
    const struct zone *z = t->limit_per_day ? zone_find(t->appt.time_zone) : NULL;
    int64_t n = 0;
    if (!z) return RC_OK;
    TRY(appointments_on_day(tx_db(tx), t->appt.service_id, t->appt.provider_id, t->appt.id, zone_midnight(z, t->limit_date),
        zone_midnight(z, t->limit_date + 1), &n));
    return n < t->limit_per_day ? RC_OK : RC_OVERLAP;
}

enum rc taking_write_new(struct tx *tx, struct taking *t)
{
    if (t->begin) TRY(t->begin(tx, t->begin_arg));
    if (!id_is_nil(t->hold_id)) TRY(holds_close(tx, t->hold_id, t->r->now, RC_HOLD_EXPIRED));
    TRY(check_day_limit(tx, t));
    TRY(rules_in_tx(tx, t));
    if (t->new_client) TRY(clients_insert(tx, t->new_client));
    TRY(taking_take_seat(tx, t));
    TRY(appointments_insert(tx, &t->appt, t->r->now));
    TRY(answers_insert(tx, t->appt.id, t->answers));
    TRY(taking_claim(tx, t));
    TRY(rules_lapse_later(tx, t));
    TRY(taking_leave_traces(tx, t));
    return t->then ? t->then(tx, &t->appt, t->then_arg) : RC_OK; /* last: it may lock accounts that everybody needs */
}

static enum rc book_tx(struct tx *tx, void *arg)
{
    struct taking *t = arg;
    TRY(taking_lock(tx, t));
    TRY(taking_write_new(tx, t));
    return t->reply(t->r, &t->appt, t->reply_arg);
}

static enum rc check_hold(struct taking *t)
{
    struct hold h = { 0 };
    if (id_is_nil(t->hold_id)) return RC_OK;
    enum rc rc = holds_get(t->r->db, t->hold_id, &h);
    if (rc == RC_NOT_FOUND) return RC_HOLD_EXPIRED;
    TRY(rc);
    if (h.closed_at != NONE || h.expires_at <= t->r->now) return RC_HOLD_EXPIRED;
    if (!id_eq(h.service_id, t->appt.service_id) || h.start != t->appt.start ||
        (!id_is_nil(t->wanted_provider) && !id_eq(h.provider_id, t->wanted_provider)))
        req_field_error(t->r, "hold_id", "is for another service, provider or time");
    t->hold_month = h.assigned_month;
    t->wanted_provider = h.provider_id;
    t->wanted_location = h.location_id;
    t->except = t->hold_id;
    return req_invalid(t->r);
}

static enum rc check_overbook(struct taking *t)
{
    if (!t->appt.overbook_reason || (t->r->who->perms & PERM_OVERBOOK)) return RC_OK;
    return req_fail(t->r, RC_FORBIDDEN, "Booking over taken time needs the permission schedule.overbook", NULL);
}

enum rc taking_commit(struct taking *t, const char *name, tx_fn *fn)
{
    enum rc rc = RC_OVERLAP;
    int64_t end = t->appt.end;
    for (int n = 0; n < (id_is_nil(t->wanted_provider) ? ANY_PLANS_MAX : PLANS_MAX); n++) {
        t->appt.end = end;
        t->attempt = n;
        TRY(taking_plan(t));
        rc = req_tx(t->r, name, fn, t);
        if (rc != RC_OVERLAP) return rc;
    }
    return taking_refuse(t);
}

/* What was chosen by hand: the further providers, then the resources. */
static enum rc give(struct taking *t, struct list resource_ids, struct list provider_ids)
{
    struct id *ids = arena_alloc(t->r->arena, (resource_ids.n + provider_ids.n + 1) * sizeof *ids);
    if (!ids) return RC_OOM;
    t->given = (struct list){ ids, 0 };
    for (size_t i = 0; i < provider_ids.n; i++) ids[t->given.n++] = *LIST_AT(provider_ids, struct id, i);
    for (size_t i = 0; i < resource_ids.n; i++) ids[t->given.n++] = *LIST_AT(resource_ids, struct id, i);
    return RC_OK;
}

/* What an appointment has already, so that it stays with it where it can. */
static enum rc keep(struct taking *t, struct list parts)
{
    struct id *ids = arena_alloc(t->r->arena, (parts.n + 1) * sizeof *ids);
    if (!ids) return RC_OOM;
    t->given = (struct list){ ids, parts.n };
    for (size_t i = 0; i < parts.n; i++) ids[i] = LIST_AT(parts, struct appt_part, i)->subject_id;
    return RC_OK;
}

enum rc taking_new(struct booking *b, struct taking **out)
{
    struct taking *t = *out = arena_alloc(b->r->arena, sizeof *t);
    if (!t) return RC_OOM;
    *t = (struct taking){ .r = b->r, .public = b->public, .notify = true, .mail = mail_of_new(b->unpaid), .action = "appointment.create", .topic = "appointment.created",
        .wanted_provider = b->provider_id, .wanted_location = b->location_id, .hold_id = b->hold_id, .duration_min = b->duration_min,
        .session_id = id_new(), .extra_seat = b->extra_seat,
        .given_by_hand = b->resource_ids.n + b->provider_ids.n > 0, .then = b->then, .then_arg = b->then_arg, .reply = b->reply, .reply_arg = b->reply_arg, .audit_id = id_new(), .job_id = id_new(),
        .lapse_id = id_new(), .hold_month = NONE, .by_link = b->by_link, .answers_in = b->answers, .begin = b->begin, .begin_arg = b->begin_arg,
        .read = b->read, .plan = b->plan, .plan_arg = b->plan_arg,
        .appt = { .id = id_new(), .client_id = b->client_id, .patient_id = b->patient_id, .service_id = b->service_id, .start = b->start, .end = NONE,
            .notes = b->notes, .overbook_reason = b->overbook_reason, .client_zone = b->client_zone, .status = b->unpaid ? APPT_PENDING_PAYMENT : APPT_SCHEDULED, .source = b->source,
            .sequence = 0, .version = 1, .created_at = b->r->now, .updated_at = b->r->now, .lead_min = NONE, .lapses_at = NONE, .pay_by = NONE, .assigned_month = NONE } };
    TRY(give(t, b->resource_ids, b->provider_ids));
    if (b->new_client) use_client(t, b->new_client);
    else t->stranger = b->stranger;
    TRY(check_overbook(t));
    return check_hold(t);
}

enum rc calendar_book(struct booking *b)
{
    struct taking *t;
    TRY(taking_new(b, &t));
    return taking_commit(t, "calendar.book", book_tx);
}

/* ---- move ---------------------------------------------------------------------------------------------------------------------------- */

enum rc taking_write_move(struct tx *tx, struct taking *t)
{
    if (t->begin) TRY(t->begin(tx, t->begin_arg));
    TRY(taking_take_seat(tx, t));
    TRY(appointments_update(tx, &t->appt, t->before.version, t->r->now, RC_STALE));
    TRY(claims_delete_owner(tx, t->appt.id));
    if (!id_eq(t->before.session_id, t->appt.session_id)) TRY(groups_drop_empty(tx, t->before.session_id, t->r->now));
    TRY(check_day_limit(tx, t));
    TRY(rules_in_tx(tx, t));
    TRY(rules_give_back(tx, &t->before, &t->appt));
    TRY(taking_claim(tx, t));
    TRY(rules_lapse_later(tx, t));
    TRY(appointments_clear_parts(tx, t->appt.id));
    TRY(appointments_set_parts(tx, &t->appt));
    if (!id_is_nil(t->appt.series_id) && !t->by_rule) TRY(appointments_alone(tx, t->appt.id));
    t->appt.version = t->before.version + 1;
    return taking_leave_traces(tx, t);
}

static enum rc move_tx(struct tx *tx, void *arg)
{
    struct taking *t = arg;
    TRY(taking_lock(tx, t));
    TRY(taking_write_move(tx, t));
    return t->reply(t->r, &t->appt, t->reply_arg);
}

static enum rc plan_move(struct moving *m, struct taking *t)
{
    struct appointment before = { 0 };
    TRY(appointments_get(m->r->db, m->id, &before));
    TRY(req_version(m->r, before.version));
    if (states_claim(before.status) != CLAIM_HELD && (before.status != APPT_REQUESTED || before.lapses_at <= m->r->now))
        return req_fail(m->r, RC_STATE, arena_printf(m->r->arena, "An appointment that is %s cannot be moved", appt_state_names[before.status]), NULL);
    int64_t length = before.end - before.start;
    *t = (struct taking){ .r = m->r, .public = m->public, .by_link = m->by_link, .is_move = true, .notify = !m->quiet, .by_rule = m->by_rule, .freed_id = id_new(), .action = "appointment.move", .topic = "appointment.changed",
        .wanted_provider = id_is_nil(m->provider_id) ? before.provider_id : m->provider_id, .reply = m->reply, .reply_arg = m->reply_arg, .begin = m->begin, .begin_arg = m->begin_arg, .audit_id = id_new(), .job_id = id_new(), .lapse_id = id_new(),
        .before = before, .except = before.id, .appt = before, .duration_min = NONE, .session_id = id_new(), .given_by_hand = m->resource_ids.n + m->provider_ids.n > 0 };
    bool same_provider = id_eq(t->wanted_provider, before.provider_id);
    t->wanted_location = !id_is_nil(m->location_id) ? m->location_id : same_provider ? before.location_id : ID_NIL;
    t->appt.start = m->start;
    t->appt.end = m->end == NONE ? m->start + length : m->end;
    t->appt.overbook_reason = m->overbook_reason;
    t->appt.updated_at = m->r->now;
    bool same_place = id_eq(t->wanted_location, before.location_id);
    if (t->given_by_hand) TRY(give(t, m->resource_ids, m->provider_ids));
    else if (same_place) TRY(keep(t, before.parts));
    if (t->appt.start != before.start || t->appt.end != before.end || !same_provider || !same_place) {
        t->appt.sequence = before.sequence + 1;
        t->mail = t->appt.start == before.start && same_provider && same_place ? NULL : before.status == APPT_REQUESTED ? "requested" : "moved";
    }
    return check_overbook(t);
}

enum rc taking_new_move(struct moving *m, struct taking **out)
{
    *out = arena_alloc(m->r->arena, sizeof **out);
    return *out ? plan_move(m, *out) : RC_OOM;
}

/* Only what may be chosen anew stands in the way. */
static bool only_parts_taken(const struct taking *t)
{
    for (size_t i = 0; i < t->n_conflicts; i++) {
        struct id who = t->conflicts[i].subject_id;
        if (id_eq(who, t->appt.provider_id) || id_eq(who, t->appt.patient_id) || id_eq(who, t->appt.location_id)) return false;
    }
    return t->given.n && !t->given_by_hand && (t->n_parts || t->resource_kind != NONE);
}

/* The chair it had may be taken at the new time: then any other of the kind will do. */
static enum rc take_with_any_part(struct taking *t)
{
    enum rc rc = taking_commit(t, "calendar.move", move_tx);
    if (rc != RC_OVERLAP || !only_parts_taken(t)) return rc;
    t->given = (struct list){ NULL, 0 };
    return taking_commit(t, "calendar.move", move_tx);
}

enum rc calendar_move(struct moving *m)
{
    struct taking *t = arena_alloc(m->r->arena, sizeof *t);
    enum rc rc = RC_STALE;
    if (!t) return RC_OOM;
    for (int n = 0; n < PLANS_MAX && rc == RC_STALE; n++) {
        TRY(plan_move(m, t));
        rc = take_with_any_part(t);
        if (m->r->if_match != NONE) break;
    }
    return rc;
}

/* ---- states --------------------------------------------------------------------------------------------------------------------------- */

struct changing { struct transition *tr; struct taking *t; struct stats_change stats; bool planned; struct list parts, resource_ids; };

static void count_state(struct stats_change *s, int64_t state, int64_t by)
{
    if (state == APPT_COMPLETED) s->visits += by;
    if (state == APPT_NO_SHOW) s->no_shows += by;
    if (state == APPT_CANCELLED) s->cancellations += by;
}

static enum rc check_step(const struct transition *tr, int64_t from)
{
    struct req *r = tr->r;
    enum appt_step step = states_step(from, tr->to);
    bool undo = (r->who->perms & PERM_STATE_UNDO) != 0;
    if (step == STEP_FORWARD || (step == STEP_UNDO && undo) || (step == STEP_RESTORE && tr->restore) || (step == STEP_DECIDE && tr->decide) ||
        (step == STEP_SYSTEM && (tr->lapse || tr->unpaid || tr->paid))) return RC_OK;
    if (step == STEP_UNDO) return req_fail(r, RC_FORBIDDEN, "Taking a step back needs the permission schedule.undo", NULL);
    return req_fail(r, RC_STATE, arena_printf(r->arena, "An appointment that is %s cannot become %s", appt_state_names[from], appt_state_names[tr->to]),
        arena_printf(r->arena, "{\"from\":\"%s\",\"to\":\"%s\"}", appt_state_names[from], appt_state_names[tr->to]));
}

static enum rc change_claims(struct tx *tx, struct taking *t)
{
    if (states_must_claim(t->before.status, t->appt.status)) {
        t->session.id = t->appt.session_id; /* which keeps provider and parts */
        TRY(taking_read_ways(t, tx_db(tx)));
        taking_subjects(t);
        for (size_t i = 0; i < t->n_subjects; i++) t->subjects[i].has_expired = true;
        TRY(taking_lock(tx, t));
        TRY(claims_delete_owner(tx, t->appt.id));
        if (!id_is_nil(t->appt.session_id)) TRY(taking_take_seat(tx, t));
        TRY(appointments_clear_parts(tx, t->appt.id));
        TRY(appointments_set_parts(tx, &t->appt));
        return taking_claim(tx, t);
    }
    if (states_claim(t->appt.status) == CLAIM_HELD) return RC_OK;
    int64_t session = lock_key("session", t->before.session_id, 0);
    if (!id_is_nil(t->before.session_id)) TRY(tx_lock(tx, &session, 1)); /* somebody may be about to join */
    int64_t end = states_claim_end(t->appt.status, t->appt.start, t->appt.end, t->r->now);
    return end <= t->appt.start ? claims_delete_owner(tx, t->appt.id) : claims_cut_owner(tx, t->appt.id, end);
}

static enum rc state_tx(struct tx *tx, void *arg)
{
    struct changing *c = arg;
    struct transition *tr = c->tr;
    struct taking *t = c->t;
    t->before = (struct appointment){ 0 };
    if (tr->begin) TRY(tr->begin(tx, tr->begin_arg));
    TRY(appointments_get(tx_db(tx), tr->id, &t->before));
    TRY(req_version(tr->r, t->before.version));
    TRY(check_step(tr, t->before.status));
    if (tr->lapse) TRY(rules_check_lapse(tr->r, &t->before));
    if (tr->decide) TRY(rules_check_decision(tr->r, &t->before, tr->to));
    t->appt = t->before;
    t->appt.status = tr->to;
    t->appt.updated_at = tr->r->now;
    if (tr->to != APPT_CANCELLED) t->appt.lapses_at = NONE; /* a withdrawn request is not restored by who withdrew it */
    if (tr->to == APPT_CANCELLED || tr->to == APPT_DECLINED) {
        t->appt.cancel_reason = tr->reason;
        t->appt.cancelled_by = tr->by_client ? "client" : "staff";
    }
    if (tr->restore) t->appt.cancel_reason = t->appt.cancelled_by = NULL;
    if (t->mail) t->appt.sequence++;
    if (c->planned) {
        t->appt.parts = c->parts;
        t->appt.resource_ids = c->resource_ids;
    }
    if (states_claim(tr->to) == CLAIM_NONE) t->appt.seat_no = NONE;
    TRY(change_claims(tx, t));
    TRY(rules_give_back(tx, &t->before, &t->appt));
    TRY(appointments_update(tx, &t->appt, t->before.version, tr->r->now, req_lost(tr->r)));
    if (t->appt.seat_no == NONE) TRY(groups_drop_empty(tx, t->appt.session_id, tr->r->now));
    t->appt.version++;
    c->stats = (struct stats_change){ .client = t->appt.client_id };
    count_state(&c->stats, t->before.status, -1);
    count_state(&c->stats, t->appt.status, 1);
    TRY(appointments_settle_step(tx, tr->r, &(struct money_step){ &t->before, &t->appt, tr->to == APPT_NO_SHOW ? TERMS_NO_SHOW
        : tr->by_client || tr->for_client ? TERMS_BY_CLIENT : TERMS_BY_CLINIC, tr->reason, tr->refund_minor }));
    /* The client's row after the ledger, as when booking: who books and who cancels for one client do not meet crosswise. */
    if (c->stats.visits || c->stats.no_shows || c->stats.cancellations) TRY(clients_add_stats(tx, &c->stats));
    TRY(taking_leave_traces(tx, t));
    return t->reply(tr->r, &t->appt, t->reply_arg);
}

/* A chair it had is taken by now: another one will do. What is in the way otherwise is left in .conflicts. */
static enum rc plan_again(struct changing *c)
{
    struct taking *t = c->t;
    struct booking_facts f;
    struct list had = t->appt.parts;
    const struct appointment *a = &t->appt;
    t->wanted_provider = a->provider_id;
    t->wanted_location = a->location_id;
    t->except = a->id;
    t->n_conflicts = 0;
    TRY(keep(t, had));
    t->full = !id_is_nil(a->session_id);
    TRY(calendar_facts(t->r->db, a->service_id, a->provider_id, a->client_id, a->patient_id, a->location_id, &f));
    t->resource_kind = f.resource_kind;
    t->n_parts = f.n_parts;
    TRY(taking_read_ways(t, t->r->db));
    TRY(taking_choose_parts(t));
    if (!t->missing) TRY(taking_look(t));
    if (t->n_conflicts && only_parts_taken(t)) {
        t->n_conflicts = 0;
        t->given = (struct list){ NULL, 0 };
        TRY(taking_choose_parts(t));
        if (!t->missing) TRY(taking_look(t));
    }
    c->parts = t->appt.parts;
    c->resource_ids = t->appt.resource_ids;
    return RC_OK;
}

/* Its mail, its audit action and its event. */
static void name_step(struct taking *t, const struct transition *tr)
{
    bool cancels = tr->to == APPT_CANCELLED, declines = tr->to == APPT_DECLINED;
    t->mail = cancels ? "cancelled" : tr->restore ? "restored" : declines ? "declined" : tr->decide ? "approved" : tr->lapse ? "lapsed" : tr->unpaid ? "unpaid" : tr->paid ? "paid" : NULL;
    t->action = cancels ? "appointment.cancel" : tr->restore ? "appointment.restore" : declines ? "appointment.decline"
        : tr->decide ? "appointment.approve" : tr->lapse ? "appointment.lapse" : tr->unpaid ? "appointment.unpaid" : tr->paid ? "appointment.paid" : "appointment.state";
    t->topic = cancels ? "appointment.cancelled" : "appointment.changed";
}

enum rc changing_new(struct transition *tr, struct changing **out)
{
    struct taking *t = arena_alloc(tr->r->arena, sizeof *t);
    *out = arena_alloc(tr->r->arena, sizeof **out);
    if (!t || !*out) return RC_OOM;
    *t = (struct taking){ .r = tr->r, .public = tr->by_client, .is_move = true, .notify = tr->notify, .freed_id = id_new(), .reply = tr->reply, .reply_arg = tr->reply_arg, .audit_id = id_new(), .job_id = id_new(), .duration_min = NONE };
    name_step(t, tr);
    **out = (struct changing){ .tr = tr, .t = t };
    return RC_OK;
}

enum rc changing_run(struct tx *tx, struct changing *c) { return state_tx(tx, c); }

enum rc changing_plan_again(struct changing *c, bool *possible)
{
    struct taking *t = c->t;
    TRY(plan_again(c));
    c->planned = true;
    *possible = !t->n_conflicts && !t->missing && !t->full;
    return RC_OK;
}

struct taking *changing_taking(struct changing *c) { return c->t; }

enum rc calendar_change_state(struct transition *tr)
{
    struct changing *c;
    TRY(changing_new(tr, &c));
    struct taking *t = c->t;
    enum rc rc = req_tx(tr->r, "calendar.state", state_tx, c);
    for (int n = 0; rc == RC_OVERLAP && n < PLANS_MAX; n++) {
        t->attempt = n;
        bool possible;
        TRY(changing_plan_again(c, &possible));
        if (!possible) return taking_refuse(t);
        rc = req_tx(tr->r, "calendar.state", state_tx, c);
    }
    return rc == RC_OVERLAP ? taking_refuse(t) : rc;
}

void appointment_transitions(struct req *r, struct appointment *a)
{
    int64_t next[APPT_N_STATES];
    const char **names = arena_alloc(r->arena, APPT_N_STATES * sizeof *names);
    size_t n = r->who->perms & PERM_SCHEDULE_WRITE ? states_next(a->status, (r->who->perms & PERM_STATE_UNDO) != 0, next) : 0;
    if (!names) n = 0;
    for (size_t i = 0; i < n; i++) names[i] = appt_state_names[next[i]];
    a->transitions = (struct list){ names, n };
}

/* ---- holds --------------------------------------------------------------------------------------------------------------------------- */

enum rc calendar_hold(struct tx *tx, const struct holding *h)
{
    struct taking *t = arena_alloc(h->arena, sizeof *t);
    struct req nobody = { .arena = h->arena, .now = h->now, .db = tx_db(tx) }; /* a job has no request: only these are looked at */
    if (!t) return RC_OOM;
    *t = (struct taking){ .r = &nobody, .public = true, .hold_until = h->row.expires_at, .hold_by = h->row.made_by, .appt = { .id = h->row.id,
        .service_id = h->row.service_id, .provider_id = h->row.provider_id, .patient_id = h->patient_id, .location_id = h->row.location_id,
        .start = h->row.start, .end = h->row.end, .buffer_before_min = h->service.buffer_before_min, .buffer_after_min = h->service.buffer_after_min,
        .lead_min = h->service.lead_min, .parts = h->parts } };
    if (h->service.seats > 1) TRY(groups_to_hold(tx_db(tx), &h->row, &t->session));
    TRY(taking_read_ways(t, tx_db(tx)));
    taking_subjects(t);
    for (size_t i = 0; i < t->n_subjects; i++) t->subjects[i].has_expired = true;
    TRY(taking_lock(tx, t));
    if (h->row.made_by != NONE) TRY(holds_trim(tx, h->row.made_by, h->others, h->now));
    if (!id_is_nil(t->session.id)) TRY(groups_seat_left(tx_db(tx), t->session.id, h->now));
    struct hold row = h->row;
    row.session_id = t->session.id;
    TRY(holds_insert(tx, &row));
    return taking_claim(tx, t);
}
