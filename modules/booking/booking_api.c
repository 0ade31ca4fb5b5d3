/* booking_api.c - what visitors may do without an account. A visitor learns free times and the own booking, nothing else. */
#include "modules/booking/booking.h"
#include "modules/telehealth/telehealth.h"
#include "modules/tenants/tenants.h"
#include <string.h>

const struct query *const booking_queries[] = { NULL };

const char *booking_token(struct arena *a, struct id tenant, struct id appointment)
{
    char link[LINK_TEXT];
    seal_link("appointment", tenant, appointment, link);
    return arena_strdup(a, link);
}

const char *booking_manage_url(struct arena *a, struct id tenant, struct id appointment)
{
    return arena_printf(a, "%s/b/%s", settings.base_url, booking_token(a, tenant, appointment));
}

/* ---- the clinic as visitors see it ------------------------------------------------------------------------------------------------ */

static const struct field location_fields[] = { F_ID(struct location, id), F_STR(struct location, name), F_STR(struct location, time_zone),
    F_STR(struct location, address, .nullable = true), F_STR(struct location, phone, .nullable = true), F_END };
static const struct shape location_public = SHAPE_NAMED("location_public", location, location_fields);
static const struct field service_fields[] = { F_ID(struct service, id), F_STR(struct service, name), F_STR(struct service, description, .nullable = true),
    F_INT(struct service, duration_min), F_INT(struct service, price_minor), F_STR(struct service, currency), F_STR(struct service, color),
    F_BOOL(struct service, any_provider), F_SCALARS(struct service, provider_ids, K_ID), F_END };
static const struct shape service_public = SHAPE_NAMED("service_public", service, service_fields);
static const struct field provider_fields[] = { F_ID(struct provider, id), F_STR(struct provider, name), F_STR(struct provider, title, .nullable = true),
    F_STR(struct provider, color), F_END };
static const struct shape provider_public = SHAPE_NAMED("provider_public", provider, provider_fields);

struct clinic {
    const char *name, *slug, *time_zone, *currency, *locale, *brand_color, *phone, *email, *website, *address, *policy;
    bool booking_enabled;
    int64_t min_notice_min, horizon_days, cancel_notice_min, move_notice_min;
    struct list locations, services, providers;
};
#define CLINIC_HEAD F_STR(struct clinic, name), F_STR(struct clinic, slug), F_STR(struct clinic, time_zone), F_STR(struct clinic, currency), \
    F_STR(struct clinic, locale), F_STR(struct clinic, brand_color), F_STR(struct clinic, phone, .nullable = true), F_STR(struct clinic, email, .nullable = true), \
    F_STR(struct clinic, website, .nullable = true), F_STR(struct clinic, address, .nullable = true), F_BOOL(struct clinic, booking_enabled), \
    F_INT(struct clinic, min_notice_min), F_INT(struct clinic, horizon_days), F_INT(struct clinic, cancel_notice_min), F_INT(struct clinic, move_notice_min), \
    F_STR(struct clinic, policy)
static const struct field clinic_fields[] = { CLINIC_HEAD, F_LIST(struct clinic, locations, &location_public), F_LIST(struct clinic, services, &service_public),
    F_LIST(struct clinic, providers, &provider_public), F_END };
static const struct shape clinic_shape = SHAPE(clinic, clinic_fields);
static const struct field clinic_head_fields[] = { CLINIC_HEAD, F_END };
static const struct shape clinic_head = SHAPE_NAMED("clinic_head", clinic, clinic_head_fields);

static const char *hours_words(struct arena *a, int64_t min)
{
    if (min % 1440 == 0 && min >= 2880) return arena_printf(a, "%lld days", (long long)(min / 1440));
    if (min % 60 == 0) return arena_printf(a, "%lld hour%s", (long long)(min / 60), min == 60 ? "" : "s");
    return arena_printf(a, "%lld minutes", (long long)min);
}

static struct clinic clinic_of(struct arena *a, const struct tenant *t)
{
    struct clinic c = { .name = t->name, .slug = t->slug, .time_zone = t->time_zone, .currency = t->currency, .locale = t->locale,
        .brand_color = t->brand_color, .phone = t->phone, .email = t->email, .website = t->website, .address = t->address,
        .booking_enabled = t->booking_enabled, .min_notice_min = t->booking_min_notice_min, .horizon_days = t->booking_horizon_days,
        .cancel_notice_min = t->cancel_notice_min, .move_notice_min = t->move_notice_min };
    c.policy = t->cancel_notice_min == 0 ? "You can move or cancel online at any time before the appointment."
        : arena_printf(a, "You can move or cancel online until %s before the appointment. After that, please call us.", hours_words(a, t->cancel_notice_min));
    return c;
}

/* The tenant of the {slug}, entered. */
static enum rc enter_clinic(struct req *r, struct tenant *out)
{
    struct id id;
    enum rc rc = tenants_by_slug(r->db, r->path_text, &id);
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "There is no such clinic", NULL);
    TRY(rc);
    TRY(req_enter(r, id));
    *out = (struct tenant){ 0 };
    return tenants_get(r->db, out);
}

static enum rc enter_open_clinic(struct req *r, struct tenant *out)
{
    TRY(enter_clinic(r, out));
    return out->booking_enabled ? RC_OK : req_fail(r, RC_STATE, "This clinic does not take bookings online at the moment. Please call", NULL);
}

static void keep_public(struct list *services)
{
    size_t n = 0;
    for (size_t i = 0; i < services->n; i++) {
        struct service *s = LIST_AT(*services, struct service, i);
        if (s->public && s->provider_ids.n) *LIST_AT(*services, struct service, n++) = *s;
    }
    services->n = n;
}

static enum rc get_clinic(struct req *r)
{
    struct tenant t;
    TRY(enter_clinic(r, &t));
    struct clinic c = clinic_of(r->arena, &t);
    TRY(locations_list(r->db, false, &c.locations));
    TRY(services_list(r->db, false, &c.services));
    TRY(providers_list(r->db, false, &c.providers));
    keep_public(&c.services);
    return reply(r, &c);
}

/* ---- free times -------------------------------------------------------------------------------------------------------------------- */

struct public_slots { struct id service_id, provider_id, location_id; int64_t from, to; const char *zone; };
static const struct field slots_fields[] = { F_ID(struct public_slots, service_id, .required = true, .doc = "What for"),
    F_ID(struct public_slots, provider_id, .doc = "With whom; any provider when absent"), F_ID(struct public_slots, location_id, .doc = "Where"),
    F_DATE(struct public_slots, from, .required = true, .doc = "First day"), F_DATE(struct public_slots, to, .required = true, .doc = "Last day, included; at most 42 days"),
    F_TEXT(K_ZONE, struct public_slots, zone, .max = 60, .doc = "Zone whose days are meant; the clinic's when absent"), F_END };
static const struct shape slots_query = SHAPE(public_slots, slots_fields);
static const struct field slot_fields[] = { F_INSTANT(struct slot_answer, start), F_INSTANT(struct slot_answer, end), F_ID(struct slot_answer, provider_id),
    F_ID(struct slot_answer, location_id), F_INT(struct slot_answer, seats_left), F_END };
static const struct shape slot_shape = SHAPE_NAMED("slot", slot_answer, slot_fields);

static enum rc slots_outcome(struct req *r, enum rc rc)
{
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "There is no such service, provider or location", NULL);
    if (rc != RC_INVALID) return rc;
    req_field_error(r, "provider_id", "must be chosen for this service");
    return req_invalid(r);
}

static enum rc get_slots(struct req *r)
{
    const struct public_slots *q = r->query;
    struct tenant t;
    struct list slots;
    if (q->to < q->from) req_field_error(r, "to", "must not be before from");
    else if (q->to - q->from >= CALENDAR_DAYS_MAX) req_field_error(r, "to", "must be less than 42 days after from");
    TRY(req_invalid(r));
    TRY(enter_open_clinic(r, &t));
    const struct zone *z = zone_find(q->zone ? q->zone : t.time_zone);
    if (!z) return fault(RC_FAULT, "a zone has gone from tzdata");
    struct slot_ask ask = { .service_id = q->service_id, .provider_id = q->provider_id, .location_id = q->location_id, .from = zone_midnight(z, q->from),
        .to = zone_midnight(z, q->to + 1), .now = r->now, .public = true };
    TRY(slots_outcome(r, calendar_slots(r->db, &ask, &slots, NULL)));
    return reply_list(r, slots, NULL);
}

/* ---- holds -------------------------------------------------------------------------------------------------------------------------- */

/* So many live holds has one visitor, and the oldest makes room for the next: nobody keeps a day from others for free. */
enum { HOLDS_PER_VISITOR = 5 };

struct hold_in { struct id service_id, provider_id, location_id; int64_t start; };
static const struct field hold_in_fields[] = { F_ID(struct hold_in, service_id, .required = true, .doc = "What for"),
    F_ID(struct hold_in, provider_id, .nullable = true, .doc = "With whom; any provider when absent"),
    F_ID(struct hold_in, location_id, .nullable = true, .doc = "Where"), F_INSTANT(struct hold_in, start, .required = true, .doc = "The chosen time"), F_END };
static const struct shape hold_new = SHAPE_NAMED("hold_new", hold_in, hold_in_fields);
static const struct field hold_fields[] = { F_ID(struct hold, id), F_INSTANT(struct hold, expires_at), F_ID(struct hold, service_id),
    F_ID(struct hold, provider_id), F_ID(struct hold, location_id), F_INSTANT(struct hold, start), F_INSTANT(struct hold, end), F_END };
static const struct shape hold_shape = SHAPE(hold, hold_fields);

struct holding { struct req *r; struct hold row; struct list parts; struct service service; };

static const char *hold_detail(const struct holding *h)
{
    char id[ID_TEXT], start[INSTANT_TEXT], end[INSTANT_TEXT], until[INSTANT_TEXT];
    return arena_printf(h->r->arena, "{\"provider_id\":\"%s\",\"start\":\"%s\",\"end\":\"%s\",\"expires_at\":\"%s\"}", id_format(h->row.provider_id, id),
        instant_format(h->row.start, start), instant_format(h->row.end, end), instant_format(h->row.expires_at, until));
}

static enum rc hold_tx(struct tx *tx, void *arg)
{
    struct holding *h = arg;
    /* As many live holds as bookings a minute has one network, and the oldest makes room for the next: nobody keeps a day from
     * others for free, and the many behind one address do not feel it. */
    TRY(calendar_hold(tx, h->r, &h->row, &h->service, h->parts, settings.rate_booking_per_min - 1));
    TRY(tx_event(tx, "hold.created", h->row.id, 1, h->r->now, hold_detail(h)));
    return reply(h->r, &h->row);
}

static enum rc no_longer_free(struct req *r, struct slot_ask ask)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    struct list next;
    TRY(calendar_next(r->db, &ask, NEXT_SLOTS, &next));
    buf_init(&b, 16 * 1024);
    struct json j = json_to(&b);
    json_obj(&j);
    calendar_write_slots(&j, "next", next);
    json_obj_end(&j);
    return req_fail(r, RC_OVERLAP, "This time is not free any more", b.failed ? NULL : arena_strndup(r->arena, b.data, b.len));
}

static enum rc post_hold(struct req *r)
{
    const struct hold_in *in = r->in;
    struct tenant t;
    struct holding h = { .r = r };
    struct slot_ask ask = { .service_id = in->service_id, .provider_id = in->provider_id, .location_id = in->location_id, .from = in->start,
        .to = in->start + 1, .now = r->now, .public = true, .with_parts = true };
    TRY(enter_open_clinic(r, &t));
    struct id id = id_new();
    for (int n = 0; n < 4; n++) {
        struct list slots;
        TRY(slots_outcome(r, calendar_slots(r->db, &ask, &slots, NULL)));
        if (!slots.n) break;
        const struct slot_answer *s = LIST_AT(slots, struct slot_answer, 0);
        h.service = (struct service){ 0 };
        TRY(services_get(r->db, in->service_id, &h.service));
        h.parts = s->parts;
        h.row = (struct hold){ id, in->service_id, s->provider_id, s->location_id, s->start, s->end, r->now + t.hold_minutes * USEC_PER_MIN, NONE,
            lock_key(r->network, db_tenant(r->db), 0) };
        enum rc rc = req_tx(r, "booking.hold", hold_tx, &h);
        if (rc != RC_OVERLAP) return rc;
    }
    return no_longer_free(r, ask);
}

static enum rc release_tx(struct tx *tx, void *arg)
{
    struct holding *h = arg;
    TRY(holds_close(tx, h->row.id, h->r->now, RC_NOT_FOUND));
    TRY(tx_event(tx, "hold.released", h->row.id, 1, h->r->now, NULL));
    return reply_empty(h->r);
}

static enum rc release_hold(struct req *r)
{
    struct tenant t;
    struct holding h = { .r = r, .row = { .id = r->path_id } };
    TRY(enter_clinic(r, &t));
    return req_tx(r, "booking.release", release_tx, &h);
}

/* ---- book ---------------------------------------------------------------------------------------------------------------------------- */

struct visitor { const char *name, *email, *phone; };
static const struct field visitor_fields[] = { F_STR(struct visitor, name, .required = true, .max = 120, .doc = "Full name"),
    F_TEXT(K_EMAIL, struct visitor, email, .required = true, .doc = "Where the confirmation goes"),
    F_TEXT(K_PHONE, struct visitor, phone, .nullable = true, .doc = "Telephone"), F_END };
static const struct shape visitor_shape = SHAPE(visitor, visitor_fields);
struct book_in { struct id service_id, provider_id, location_id, hold_id; int64_t start; const char *zone, *notes; const void *client; };
static const struct field book_fields[] = { F_ID(struct book_in, service_id, .required = true, .doc = "What for"),
    F_ID(struct book_in, provider_id, .nullable = true, .doc = "With whom; any provider when absent"),
    F_ID(struct book_in, location_id, .nullable = true, .doc = "Where"), F_INSTANT(struct book_in, start, .required = true, .doc = "The chosen time"),
    F_ID(struct book_in, hold_id, .nullable = true, .doc = "The hold on this time"),
    F_TEXT(K_ZONE, struct book_in, zone, .max = 60, .doc = "The visitor's zone, for the confirmation"),
    F_OBJ(struct book_in, client, &visitor_shape, .required = true, .doc = "Who books"),
    F_STR(struct book_in, notes, .nullable = true, .max = 2000, .doc = "Anything the clinic should know"), F_END };
static const struct shape book_new = SHAPE_NAMED("public_booking_new", book_in, book_fields);

static const struct field own_fields[] = { F_ID(struct appointment, id), F_ENUM(struct appointment, status, appt_state_names),
    F_INSTANT(struct appointment, start), F_INSTANT(struct appointment, end), F_ID(struct appointment, provider_id), F_STR(struct appointment, provider_name),
    F_ID(struct appointment, service_id), F_STR(struct appointment, service_name), F_ID(struct appointment, location_id),
    F_STR(struct appointment, location_name), F_STR(struct appointment, time_zone), F_STR(struct appointment, client_name),
    F_INT(struct appointment, price_minor), F_STR(struct appointment, currency), F_BOOL(struct appointment, telehealth), F_INT(struct appointment, version), F_END };
static const struct shape own_shape = SHAPE_NAMED("own_appointment", appointment, own_fields);
struct booked { const void *appointment; const char *token, *manage_url; };
static const struct field booked_fields[] = { F_OBJ(struct booked, appointment, &own_shape), F_STR(struct booked, token), F_STR(struct booked, manage_url), F_END };
static const struct shape booked_shape = SHAPE(booked, booked_fields);

static enum rc answer_booked(struct req *r, const struct appointment *a, void *unused)
{
    (void)unused;
    struct booked b = { a, booking_token(r->arena, db_tenant(r->db), a->id), booking_manage_url(r->arena, db_tenant(r->db), a->id) };
    return reply(r, &b);
}

/* The same address and name is the same client; the visitor learns nothing of it and changes nothing. */
static enum rc find_or_prepare_client(struct req *r, const struct book_in *in, struct booking *b, struct client_insert *fresh)
{
    const struct visitor *v = in->client;
    enum rc rc = clients_match(r->db, v->email, v->name, &b->client_id, &b->patient_id);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    struct client c = clients_default();
    c.id = id_new();
    c.name = v->name;
    c.email = v->email;
    c.phone = v->phone;
    c.source = "online booking";
    c.time_zone = in->zone;
    c.created_at = c.updated_at = r->now;
    *fresh = (struct client_insert){ .client = c, .patient_id = id_new(), .now = r->now };
    clients_prepare(r->arena, fresh);
    if (rc == RC_OK) b->stranger = fresh;
    else b->new_client = fresh;
    return RC_OK;
}

/* The confirmation greets whoever is named and goes to whatever address is given: no carrier for a stranger's link. */
static bool has_link(const char *name) { return strstr(name, "://") || strstr(name, "www.") || strchr(name, '\n') || strchr(name, '\r'); }

static enum rc post_booking(struct req *r)
{
    const struct book_in *in = r->in;
    if (has_link(((const struct visitor *)in->client)->name)) {
        req_field_error(r, "client.name", "must be a name");
        return req_invalid(r);
    }
    struct tenant t;
    struct client_insert fresh;
    struct booking b = { .r = r, .service_id = in->service_id, .provider_id = in->provider_id, .location_id = in->location_id, .hold_id = in->hold_id,
        .start = in->start, .duration_min = NONE, .notes = in->notes, .client_zone = in->zone, .source = SOURCE_PUBLIC, .public = true, .reply = answer_booked };
    TRY(enter_open_clinic(r, &t));
    TRY(find_or_prepare_client(r, in, &b, &fresh));
    return calendar_book(&b);
}

/* ---- the link: GET shows, POST acts ----------------------------------------------------------------------------------------------------- */

struct managed { const void *appointment, *clinic; bool can_move, can_cancel; int64_t move_until, cancel_until; const char *calendar_url; };
static const struct field managed_fields[] = { F_OBJ(struct managed, appointment, &own_shape), F_OBJ(struct managed, clinic, &clinic_head),
    F_BOOL(struct managed, can_move), F_BOOL(struct managed, can_cancel), F_INSTANT(struct managed, move_until), F_INSTANT(struct managed, cancel_until),
    F_STR(struct managed, calendar_url), F_END };
static const struct shape managed_shape = SHAPE(managed, managed_fields);

static enum rc enter_link(struct req *r, struct id *appointment, struct tenant *t)
{
    struct id tenant;
    if (!seal_link_open("appointment", r->path_text, &tenant, appointment)) return req_fail(r, RC_NOT_FOUND, "This link is not valid", NULL);
    TRY(req_enter(r, tenant));
    *t = (struct tenant){ 0 };
    return tenants_get(r->db, t);
}

static bool open_state(int64_t status) { return status == APPT_SCHEDULED || status == APPT_CONFIRMED || status == APPT_PENDING_PAYMENT; }

/* Runs inside the transaction too: what it needs of the clinic was read before. */
static enum rc answer_managed(struct req *r, const struct appointment *a, void *tenant)
{
    const struct tenant *t = tenant;
    struct clinic c = clinic_of(r->arena, t);
    struct managed m = { .appointment = a, .clinic = &c, .move_until = a->start - t->move_notice_min * USEC_PER_MIN,
        .cancel_until = a->start - t->cancel_notice_min * USEC_PER_MIN,
        .calendar_url = arena_printf(r->arena, "/api/v1/public/bookings/%s/calendar", r->path_text) };
    m.can_move = open_state(a->status) && r->now <= m.move_until;
    m.can_cancel = open_state(a->status) && r->now <= m.cancel_until;
    return reply(r, &m);
}

static enum rc get_booking(struct req *r)
{
    struct appointment a = { 0 };
    struct tenant t;
    struct id id;
    TRY(enter_link(r, &id, &t));
    TRY(appointments_get(r->db, id, &a));
    return answer_managed(r, &a, &t);
}

enum action { ACT_CONFIRM, ACT_MOVE, ACT_CANCEL, ACT_RESTORE };
static const char *const action_names[] = { "confirm", "move", "cancel", "restore", NULL };
struct act_in { int64_t action, start; struct id provider_id; const char *reason; };
static const struct field act_fields[] = { F_ENUM(struct act_in, action, action_names, .required = true, .doc = "What to do"),
    F_INSTANT(struct act_in, start, .nullable = true, .doc = "The new time, for move"),
    F_ID(struct act_in, provider_id, .nullable = true, .doc = "Another provider, for move"),
    F_STR(struct act_in, reason, .nullable = true, .max = 300, .doc = "Why, for cancel"), F_END };
static const struct shape act_shape = SHAPE_NAMED("booking_action", act_in, act_fields);

static enum rc too_late(struct req *r, const struct tenant *t)
{
    return req_fail(r, RC_STATE, t->phone ? arena_printf(r->arena, "It is too late to do this online. Please call %s", t->phone) : "It is too late to do this online. Please call the clinic", NULL);
}

static enum rc act_move(struct req *r, struct id id, const struct appointment *a, struct tenant *t)
{
    const struct act_in *in = r->in;
    if (in->start == NONE) {
        req_field_error(r, "start", "is required to move");
        return req_invalid(r);
    }
    if (open_state(a->status) && r->now > a->start - t->move_notice_min * USEC_PER_MIN) return too_late(r, t);
    if (!open_state(a->status)) return req_fail(r, RC_STATE, "This appointment cannot be moved any more", NULL);
    return calendar_move(&(struct moving){ .r = r, .id = id, .provider_id = in->provider_id, .start = in->start, .end = NONE, .public = true, .reply = answer_managed, .reply_arg = t });
}

static enum rc post_booking_action(struct req *r)
{
    const struct act_in *in = r->in;
    struct appointment a = { 0 };
    struct tenant t;
    struct id id;
    TRY(enter_link(r, &id, &t));
    TRY(appointments_get(r->db, id, &a));
    if (in->action == ACT_MOVE) return act_move(r, id, &a, &t);
    if (in->action == ACT_CANCEL && open_state(a.status) && r->now > a.start - t.cancel_notice_min * USEC_PER_MIN) return too_late(r, &t);
    if (in->action == ACT_RESTORE && (!str_eq(a.cancelled_by, "client") || r->now > a.updated_at + USEC_PER_HOUR))
        return req_fail(r, RC_STATE, "This cancellation cannot be taken back online. Please book again", NULL);
    if (in->action == ACT_CONFIRM && a.status == APPT_CONFIRMED) return answer_managed(r, &a, &t);
    return calendar_change_state(&(struct transition){ .r = r, .id = id, .by_client = true, .notify = true, .reason = in->reason,
        .to = in->action == ACT_CONFIRM ? APPT_CONFIRMED : in->action == ACT_CANCEL ? APPT_CANCELLED : APPT_SCHEDULED,
        .restore = in->action == ACT_RESTORE, .reply = answer_managed, .reply_arg = &t });
}

/* The page behind the link is where a visitor enters: the room's own address stands in no mail. */
static enum rc get_booking_join(struct req *r)
{
    struct appointment a = { 0 };
    struct tenant t;
    struct id id;
    TRY(enter_link(r, &id, &t));
    TRY(appointments_get(r->db, id, &a));
    return telehealth_reply_join(r, &a, a.client_name);
}

static enum rc get_booking_calendar(struct req *r)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    struct appointment a = { 0 };
    struct tenant t;
    struct id id;
    char uid[ID_TEXT];
    TRY(enter_link(r, &id, &t));
    TRY(appointments_get(r->db, id, &a));
    buf_init(&b, 16 * 1024);
    bool gone = a.status == APPT_CANCELLED || a.status == APPT_EXPIRED || a.status == APPT_DECLINED;
    struct ics_calendar cal = { .method = ICS_PUBLISH, .zone = a.time_zone };
    ics_begin(&b, &cal);
    ics_event(&b, &cal, &(struct ics_event){ .uid = arena_printf(r->arena, "%s@clinicd", id_format(a.id, uid)), .sequence = a.sequence, .dtstamp = a.updated_at,
        .start = a.start, .end = a.end, .status = gone ? ICS_CANCELLED : ICS_CONFIRMED, .summary = arena_printf(r->arena, "%s, %s", a.service_name, t.name),
        .location = a.telehealth ? "By video: see your booking" : a.location_name, .url = booking_manage_url(r->arena, db_tenant(r->db), a.id), .organizer_name = t.name, .organizer_mail = t.email });
    ics_end(&b);
    if (b.failed) return RC_OOM;
    return reply_text(r, "text/calendar; charset=utf-8", arena_strndup(r->arena, b.data, b.len), "appointment.ics");
}

/* ---- routes ------------------------------------------------------------------------------------------------------------------------------- */

#define ANYONE .perm = PERM_PUBLIC
static const struct route routes[] = {
    { .method = "GET", .path = "/public/bookings/{token}", .summary = "The booking behind a link; changes nothing", .handler = get_booking, ANYONE, .ok = 200, .out = &managed_shape, .rate = RATE_PUBLIC_READ },
    { .method = "POST", .path = "/public/bookings/{token}", .summary = "Confirm, move, cancel or restore", .handler = post_booking_action, ANYONE, .ok = 200, .in = &act_shape, .out = &managed_shape,
        .fails = FAILS(RC_OVERLAP) | FAILS(RC_STATE) | FAILS(RC_STALE), .flags = R_NO_CSRF | R_IDEMPOTENT, .rate = RATE_HOLD },
    { .method = "GET", .path = "/public/bookings/{token}/join", .summary = "The video room of the booking, when it is open", .handler = get_booking_join, ANYONE, .ok = 200, .out = &telehealth_join_shape,
        .fails = FAILS(RC_STATE) | FAILS(RC_NOT_OPEN), .rate = RATE_PUBLIC_READ },
    { .method = "GET", .path = "/public/bookings/{token}/calendar", .summary = "The booking as a calendar file", .handler = get_booking_calendar, ANYONE, .ok = 200, .flags = R_CALENDAR, .rate = RATE_PUBLIC_READ },
    { .method = "GET", .path = "/public/{slug}", .summary = "The clinic, its services and providers", .handler = get_clinic, ANYONE, .ok = 200, .out = &clinic_shape, .rate = RATE_PUBLIC_READ },
    { .method = "GET", .path = "/public/{slug}/slots", .summary = "Free times", .handler = get_slots, ANYONE, .ok = 200, .query = &slots_query, .out = &slot_shape, .fails = FAILS(RC_STATE), .flags = R_LIST, .rate = RATE_PUBLIC_READ },
    { .method = "POST", .path = "/public/{slug}/holds", .summary = "Hold a time while the form is filled in", .handler = post_hold, ANYONE, .ok = 201, .in = &hold_new, .out = &hold_shape,
        .fails = FAILS(RC_OVERLAP) | FAILS(RC_STATE), .flags = R_NO_CSRF | R_IDEMPOTENT, .rate = RATE_HOLD },
    { .method = "POST", .path = "/public/{slug}/holds/{id}/release", .summary = "Give a hold back", .handler = release_hold, ANYONE, .ok = 204, .flags = R_NO_CSRF, .rate = RATE_HOLD },
    { .method = "POST", .path = "/public/{slug}/bookings", .summary = "Book", .handler = post_booking, ANYONE, .ok = 201, .in = &book_new, .out = &booked_shape,
        .fails = FAILS(RC_OVERLAP) | FAILS(RC_STATE) | FAILS(RC_HOLD_EXPIRED), .flags = R_NO_CSRF | R_IDEMPOTENT, .rate = RATE_BOOKING },
    { 0 } };

const struct module booking_module = { .name = "booking", .doc = "The public booking page and the links in mail", .routes = routes, .queries = booking_queries };
