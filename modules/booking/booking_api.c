/* booking_api.c - what visitors may do without an account. A visitor learns free times and the own booking, nothing else. */
#include "modules/booking/booking_wallet.h"
#include "modules/booking/proofs.h"
#include "modules/telehealth/telehealth.h"
#include "modules/tenants/tenants.h"
#include <string.h>

const struct query *const booking_queries[] = { &Q_LINK_INSERT, &Q_LINK_SERVICE_INSERT, &Q_LINK_GET, &Q_LINK_SERVICES, &Q_LINK_LIST, &Q_LINK_COUNT,
    &Q_LINK_REVOKE, &Q_LINK_USE, &Q_UNPAYABLE, &Q_PROOF_COUNTS, &Q_PROOF_INSERT, &Q_PROOF_GET, &Q_PROOF_WRONG, &Q_PROOF_RIGHT, &Q_PROOF_PURGE, &Q_PROOF_PERSONS, NULL };

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
    F_BOOL(struct service, any_provider), F_SCALARS(struct service, provider_ids, K_ID),
    F_BOOL(struct service, approval_required, .doc = "A booking is a request first, which the clinic approves or declines"),
    F_INT(struct service, approval_expires_after_min), F_INT(struct service, move_notice_min, .doc = "Minutes before the start until which it may be moved online"),
    F_INT(struct service, cancel_notice_min, .doc = "Minutes before the start until which it may be cancelled online"),
    F_INT(struct service, question_count, .doc = "How many questions are asked before the booking"),
    F_ENUM(struct service, pay, service_pay_names, .doc = "What is paid by card with the booking"), F_INT(struct service, due_minor, .doc = "So much of the price"),
    F_OBJ(struct service, terms, &terms_shape, .nullable = true, .doc = "What goes back when it is cancelled; null: nothing is paid in advance"), F_END };
static const struct shape service_public = SHAPE_NAMED("service_public", service, service_fields);
static const struct field provider_fields[] = { F_ID(struct provider, id), F_STR(struct provider, name), F_STR(struct provider, title, .nullable = true),
    F_STR(struct provider, color), F_END };
static const struct shape provider_public = SHAPE_NAMED("provider_public", provider, provider_fields);

struct clinic {
    const char *name, *slug, *time_zone, *currency, *locale, *brand_color, *phone, *email, *website, *address, *policy;
    bool booking_enabled, waitlist, wallets;
    int64_t min_notice_min, horizon_days, cancel_notice_min, move_notice_min;
    struct list locations, services, providers;
};
#define CLINIC_HEAD F_STR(struct clinic, name), F_STR(struct clinic, slug), F_STR(struct clinic, time_zone), F_STR(struct clinic, currency), \
    F_STR(struct clinic, locale), F_STR(struct clinic, brand_color), F_STR(struct clinic, phone, .nullable = true), F_STR(struct clinic, email, .nullable = true), \
    F_STR(struct clinic, website, .nullable = true), F_STR(struct clinic, address, .nullable = true), F_BOOL(struct clinic, booking_enabled), \
    F_INT(struct clinic, min_notice_min), F_INT(struct clinic, horizon_days), F_INT(struct clinic, cancel_notice_min), F_INT(struct clinic, move_notice_min), \
    F_STR(struct clinic, policy)
static const struct field clinic_fields[] = { CLINIC_HEAD, F_LIST(struct clinic, locations, &location_public), F_LIST(struct clinic, services, &service_public),
    F_LIST(struct clinic, providers, &provider_public), F_BOOL(struct clinic, waitlist, .doc = "Whether one can be told when an earlier time frees"),
    F_BOOL(struct clinic, wallets, .doc = "Whether a booking can be paid from a wallet or benefit plan, by who proves the address"), F_END };
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
        .cancel_notice_min = t->cancel_notice_min, .move_notice_min = t->move_notice_min, .waitlist = t->booking_enabled && t->waitlist_public };
    c.policy = t->cancel_notice_min == 0 ? "You can move or cancel online at any time before the appointment."
        : arena_printf(a, "You can move or cancel online until %s before the appointment. After that, please call us.", hours_words(a, t->cancel_notice_min));
    return c;
}

/* The service's own, or the clinic's. */
static int64_t notice_of(int64_t own, int64_t clinic) { return own == NONE ? clinic : own; }

/* The tenant of the {slug}, entered. */
enum rc booking_enter_clinic(struct req *r, struct tenant *out)
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
    TRY(booking_enter_clinic(r, out));
    return out->booking_enabled ? RC_OK : req_fail(r, RC_STATE, "This clinic does not take bookings online at the moment. Please call", NULL);
}

/* Public ones, or those that a link opens, with the notice that holds for them. */
static void keep_open(struct list *services, const struct tenant *t, const struct booking_link *k)
{
    size_t n = 0;
    for (size_t i = 0; i < services->n; i++) {
        struct service *s = LIST_AT(*services, struct service, i);
        if (!s->provider_ids.n || !(k ? links_allows(k, s->id) : s->public)) continue;
        s->move_notice_min = notice_of(s->move_notice_min, t->move_notice_min);
        s->cancel_notice_min = notice_of(s->cancel_notice_min, t->cancel_notice_min);
        *LIST_AT(*services, struct service, n++) = *s;
    }
    services->n = n;
}

static enum rc fill_clinic(struct req *r, const struct tenant *t, const struct booking_link *k, struct clinic *c)
{
    TRY(wallets_any(r->db, &c->wallets));
    TRY(locations_list(r->db, false, &c->locations));
    TRY(services_list(r->db, false, &c->services));
    TRY(providers_list(r->db, false, &c->providers));
    keep_open(&c->services, t, k);
    return pay_fill_services(r, &c->services);
}

static enum rc get_clinic(struct req *r)
{
    struct tenant t;
    TRY(booking_enter_clinic(r, &t));
    struct clinic c = clinic_of(r->arena, &t);
    TRY(fill_clinic(r, &t, NULL, &c));
    return reply(r, &c);
}

/* ---- private links ---------------------------------------------------------------------------------------------------------------- */

/* The link of a token, which must be of this clinic when one was entered before. */
static enum rc open_link(struct req *r, const char *token, struct booking_link *k)
{
    struct id tenant, id;
    bool entered = !id_is_nil(db_tenant(r->db));
    if (!seal_link_open("booking_link", token, &tenant, &id) || (entered && !id_eq(tenant, db_tenant(r->db))))
        return req_fail(r, RC_NOT_FOUND, "This link is not valid", NULL);
    if (!entered) TRY(req_enter(r, tenant));
    enum rc rc = links_get(r->db, id, r->now, k);
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "This link is not valid", NULL);
    TRY(rc);
    return links_check(r, k);
}

struct opened { const void *clinic; const char *client_name; struct id provider_id; int64_t expires_at, uses_left; };
static const struct field opened_fields[] = { F_OBJ(struct opened, clinic, &clinic_shape), F_STR(struct opened, client_name, .nullable = true, .doc = "Who it was sent to; then nobody has to say who they are"),
    F_ID(struct opened, provider_id, .nullable = true, .doc = "The only provider it is for"), F_INSTANT(struct opened, expires_at), F_INT(struct opened, uses_left), F_END };
static const struct shape opened_shape = SHAPE_NAMED("opened_link", opened, opened_fields);

static enum rc get_link(struct req *r)
{
    struct booking_link k;
    struct tenant t = { 0 };
    TRY(open_link(r, r->path_text, &k));
    TRY(tenants_get(r->db, &t));
    struct clinic c = clinic_of(r->arena, &t);
    c.waitlist = false; /* its services need not be public */
    TRY(fill_clinic(r, &t, &k, &c));
    return reply(r, &(struct opened){ &c, k.client_name, k.provider_id, k.expires_at, k.max_uses - k.uses });
}

/* Whoever holds an appointment's link sees the times of its service, public or not: to move it. */
static enum rc enter_to_move(struct req *r, const char *token, struct id service, bool *held)
{
    struct id tenant, id;
    struct appointment a = { 0 };
    *held = seal_link_open("appointment", token, &tenant, &id) && id_eq(tenant, db_tenant(r->db));
    if (!*held) return RC_OK;
    TRY(appointments_get(r->db, id, &a));
    return id_eq(a.service_id, service) ? RC_OK : req_fail(r, RC_NOT_FOUND, "This link is not for that service", "{\"field\":\"service_id\"}");
}

/* Enters the clinic of a request, for a public service or with the link that opens it; a link also says who treats. */
enum rc booking_enter_for(struct req *r, const char *token, struct id service, struct id *provider, struct tenant *t, struct booking_link *k)
{
    *k = (struct booking_link){ 0 };
    if (!token) return enter_open_clinic(r, t);
    TRY(booking_enter_clinic(r, t));
    TRY(open_link(r, token, k));
    if (!links_allows(k, service)) return req_fail(r, RC_NOT_FOUND, "This link is not for that service", "{\"field\":\"service_id\"}");
    if (!id_is_nil(k->provider_id)) *provider = k->provider_id;
    return RC_OK;
}

/* ---- questions ---------------------------------------------------------------------------------------------------------------------- */

struct questions_query { struct id service_id; const char *link; };
#define LINK_FIELD(T) F_STR(T, link, .nullable = true, .max = 100, .doc = "The token of a private link, which opens services that are not public")
static const struct field questions_fields[] = { F_ID(struct questions_query, service_id, .required = true, .doc = "The service"), LINK_FIELD(struct questions_query), F_END };
static const struct shape questions_query_shape = SHAPE(questions_query, questions_fields);

static enum rc get_questions(struct req *r)
{
    const struct questions_query *q = r->query;
    struct id any = ID_NIL;
    struct tenant t;
    struct booking_link k;
    struct service s = { 0 };
    struct list l;
    TRY(booking_enter_for(r, q->link, q->service_id, &any, &t, &k));
    TRY(services_get(r->db, q->service_id, &s));
    if (s.archived || (!q->link && !s.public)) return req_fail(r, RC_NOT_FOUND, "There is no such service", NULL);
    TRY(questions_list(r->db, s.id, &l));
    return reply_list(r, l, NULL);
}

/* ---- free times -------------------------------------------------------------------------------------------------------------------- */

struct public_slots { struct id service_id, provider_id, location_id; int64_t from, to; const char *zone, *link; };
static const struct field slots_fields[] = { F_ID(struct public_slots, service_id, .required = true, .doc = "What for"),
    F_ID(struct public_slots, provider_id, .doc = "With whom; any provider when absent"), F_ID(struct public_slots, location_id, .doc = "Where"),
    F_DATE(struct public_slots, from, .required = true, .doc = "First day"), F_DATE(struct public_slots, to, .required = true, .doc = "Last day, included; at most 42 days"),
    F_TEXT(K_ZONE, struct public_slots, zone, .max = 60, .doc = "Zone whose days are meant; the clinic's when absent"), LINK_FIELD(struct public_slots), F_END };
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
    struct booking_link k;
    struct id provider = q->provider_id;
    bool held = false;
    if (q->link) {
        TRY(booking_enter_clinic(r, &t));
        TRY(enter_to_move(r, q->link, q->service_id, &held));
    }
    if (!held) TRY(booking_enter_for(r, q->link, q->service_id, &provider, &t, &k));
    const struct zone *z = zone_find(q->zone ? q->zone : t.time_zone);
    if (!z) return fault(RC_FAULT, "a zone has gone from tzdata");
    struct slot_ask ask = { .service_id = q->service_id, .provider_id = provider, .location_id = q->location_id, .from = zone_midnight(z, q->from),
        .to = zone_midnight(z, q->to + 1), .now = r->now, .public = true, .private = q->link != NULL };
    TRY(slots_outcome(r, calendar_slots(r->db, &ask, &slots, NULL)));
    return reply_list(r, slots, NULL);
}

/* ---- holds -------------------------------------------------------------------------------------------------------------------------- */

struct hold_in { struct id service_id, provider_id, location_id; int64_t start; const char *link; };
static const struct field hold_in_fields[] = { F_ID(struct hold_in, service_id, .required = true, .doc = "What for"),
    F_ID(struct hold_in, provider_id, .nullable = true, .doc = "With whom; any provider when absent"),
    F_ID(struct hold_in, location_id, .nullable = true, .doc = "Where"), F_INSTANT(struct hold_in, start, .required = true, .doc = "The chosen time"),
    LINK_FIELD(struct hold_in), F_END };
static const struct shape hold_new = SHAPE_NAMED("hold_new", hold_in, hold_in_fields);
static const struct field hold_fields[] = { F_ID(struct hold, id), F_INSTANT(struct hold, expires_at), F_ID(struct hold, service_id),
    F_ID(struct hold, provider_id), F_ID(struct hold, location_id), F_INSTANT(struct hold, start), F_INSTANT(struct hold, end), F_END };
static const struct shape hold_shape = SHAPE(hold, hold_fields);

struct visitor_hold { struct req *r; struct holding h; };

static const char *hold_detail(struct arena *a, const struct hold *h)
{
    char id[ID_TEXT], start[INSTANT_TEXT], end[INSTANT_TEXT], until[INSTANT_TEXT];
    return arena_printf(a, "{\"provider_id\":\"%s\",\"start\":\"%s\",\"end\":\"%s\",\"expires_at\":\"%s\"}", id_format(h->provider_id, id),
        instant_format(h->start, start), instant_format(h->end, end), instant_format(h->expires_at, until));
}

static enum rc hold_tx(struct tx *tx, void *arg)
{
    struct visitor_hold *v = arg;
    TRY(calendar_hold(tx, &v->h));
    TRY(tx_event(tx, "hold.created", v->h.row.id, 1, v->r->now, hold_detail(v->r->arena, &v->h.row)));
    return reply(v->r, &v->h.row);
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
    /* As many live holds as bookings a minute has one network, and the oldest makes room for the next: nobody keeps a day from
     * others for free, and the many behind one address do not feel it. */
    struct visitor_hold v = { r, { .arena = r->arena, .now = r->now, .others = settings.rate_booking_per_min - 1 } };
    struct slot_ask ask = { .service_id = in->service_id, .provider_id = in->provider_id, .location_id = in->location_id, .from = in->start,
        .to = in->start + 1, .now = r->now, .public = true, .private = in->link != NULL, .with_parts = true };
    struct booking_link k;
    TRY(booking_enter_for(r, in->link, in->service_id, &ask.provider_id, &t, &k));
    struct id id = id_new();
    for (int n = 0; n < 4; n++) {
        struct list slots;
        TRY(slots_outcome(r, calendar_slots(r->db, &ask, &slots, NULL)));
        if (!slots.n) break;
        const struct slot_answer *s = LIST_AT(slots, struct slot_answer, 0);
        v.h.service = (struct service){ 0 };
        TRY(services_get(r->db, in->service_id, &v.h.service));
        v.h.parts = s->parts;
        v.h.row = (struct hold){ id, in->service_id, s->provider_id, s->location_id, s->start, s->end, r->now + t.hold_minutes * USEC_PER_MIN, NONE,
            lock_key(r->network, db_tenant(r->db), 0), s->month, ID_NIL };
        enum rc rc = req_tx(r, "booking.hold", hold_tx, &v);
        if (rc != RC_OVERLAP) return rc;
    }
    return no_longer_free(r, ask);
}

static enum rc release_tx(struct tx *tx, void *arg)
{
    struct req *r = arg;
    TRY(holds_close(tx, r->path_id, r->now, RC_NOT_FOUND));
    TRY(tx_event(tx, "hold.released", r->path_id, 1, r->now, NULL));
    return reply_empty(r);
}

static enum rc release_hold(struct req *r)
{
    struct tenant t;
    TRY(booking_enter_clinic(r, &t));
    return req_tx(r, "booking.release", release_tx, r);
}

/* ---- book ---------------------------------------------------------------------------------------------------------------------------- */

struct visitor { const char *name, *email, *phone; };
static const struct field visitor_fields[] = { F_STR(struct visitor, name, .required = true, .max = 120, .doc = "Full name"),
    F_TEXT(K_EMAIL, struct visitor, email, .required = true, .doc = "Where the confirmation goes"),
    F_TEXT(K_PHONE, struct visitor, phone, .nullable = true, .doc = "Telephone"), F_END };
static const struct shape visitor_shape = SHAPE(visitor, visitor_fields);
struct book_in { struct id service_id, provider_id, location_id, hold_id; int64_t start; const char *zone, *notes, *link; const void *client, *wallet; struct list answers; };
static const struct field book_fields[] = { F_ID(struct book_in, service_id, .required = true, .doc = "What for"),
    F_ID(struct book_in, provider_id, .nullable = true, .doc = "With whom; any provider when absent"),
    F_ID(struct book_in, location_id, .nullable = true, .doc = "Where"), F_INSTANT(struct book_in, start, .required = true, .doc = "The chosen time"),
    F_ID(struct book_in, hold_id, .nullable = true, .doc = "The hold on this time"),
    F_TEXT(K_ZONE, struct book_in, zone, .max = 60, .doc = "The visitor's zone, for the confirmation"),
    F_OBJ(struct book_in, client, &visitor_shape, .nullable = true, .doc = "Who books; only a link that was sent to a client, and a wallet, do without"),
    F_OBJ(struct book_in, wallet, &booking_wallet_shape, .nullable = true, .doc = "Pay from the wallet of a proved address, as far as it goes: the booking is for its owner, whoever client names"),
    F_LIST(struct book_in, answers, &answer_in_shape, .max = QUESTIONS_MAX, .doc = "Answers to what the service asks"), LINK_FIELD(struct book_in),
    F_STR(struct book_in, notes, .nullable = true, .max = 2000, .doc = "Anything the clinic should know"), F_END };
static const struct shape book_new = SHAPE_NAMED("public_booking_new", book_in, book_fields);

static const struct field own_fields[] = { F_ID(struct appointment, id), F_ENUM(struct appointment, status, appt_state_names),
    F_INSTANT(struct appointment, start), F_INSTANT(struct appointment, end), F_ID(struct appointment, provider_id), F_STR(struct appointment, provider_name),
    F_ID(struct appointment, service_id), F_STR(struct appointment, service_name), F_ID(struct appointment, location_id),
    F_STR(struct appointment, location_name), F_STR(struct appointment, time_zone), F_STR(struct appointment, client_name),
    F_INT(struct appointment, price_minor), F_STR(struct appointment, currency), F_BOOL(struct appointment, telehealth),
    F_INSTANT(struct appointment, lapses_at, .nullable = true, .doc = "When a request is over unless the clinic has answered it"),
    F_INT(struct appointment, version), F_END };
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

static enum rc check_visitor(struct req *r, const struct book_in *in)
{
    const struct visitor *v = in->client;
    if (!v && !in->link && !in->wallet) req_field_error(r, "client", "is required");
    else if (v && has_link(v->name)) req_field_error(r, "client.name", "must be a name");
    return req_invalid(r);
}

/* Who was proved, or the link was sent to, whatever the form says; else who the visitor says they are. */
static enum rc settle_client(struct req *r, const struct book_in *in, const struct booking_link *k, struct booking *b, struct client_insert *fresh)
{
    if (in->wallet) return booking_wallet_client(r, in->wallet, k->client_id, b);
    b->client_id = k->client_id;
    if (!id_is_nil(k->client_id)) return RC_OK;
    if (in->client) return find_or_prepare_client(r, in, b, fresh);
    req_field_error(r, "client", "is required");
    return req_invalid(r);
}

struct use { struct id link; int64_t now; };

static enum rc use_link(struct tx *tx, void *arg)
{
    const struct use *u = arg;
    return links_use(tx, u->link, u->now);
}

static enum rc post_booking(struct req *r)
{
    const struct book_in *in = r->in;
    struct tenant t;
    struct booking_link k;
    struct client_insert fresh;
    struct booking b = { .r = r, .service_id = in->service_id, .provider_id = in->provider_id, .location_id = in->location_id, .hold_id = in->hold_id,
        .start = in->start, .duration_min = NONE, .notes = in->notes, .client_zone = in->zone, .source = SOURCE_PUBLIC, .public = true, .by_link = in->link != NULL,
        .answers = in->answers, .reply = answer_booked };
    TRY(check_visitor(r, in));
    TRY(booking_enter_for(r, in->link, in->service_id, &b.provider_id, &t, &k));
    TRY(settle_client(r, in, &k, &b, &fresh));
    struct use u = { k.id, r->now };
    if (in->link) {
        b.begin = use_link;
        b.begin_arg = &u;
    }
    struct pay_plan plan;
    TRY(pay_plan(r, &t, in->service_id, &plan));
    if (plan.must && !in->wallet) {
        b.unpaid = true;
        b.then = pay_write;
        b.then_arg = &plan;
    }
    enum rc rc = in->wallet ? booking_wallet_book(&b, in->wallet, &plan) : calendar_book(&b);
    if (rc != RC_STATE || !in->link) return rc;
    TRY(links_get(r->db, k.id, r->now, &k)); /* somebody was faster */
    TRY(links_check(r, &k));
    return req_fail(r, RC_STATE, "This link is not valid any more", NULL);
}

/* ---- the link: GET shows, POST acts ----------------------------------------------------------------------------------------------------- */

struct managed { const void *appointment, *clinic, *service, *payment; bool can_confirm, can_move, can_cancel, can_restore; int64_t move_until, cancel_until; const char *calendar_url; };
static const struct field managed_fields[] = { F_OBJ(struct managed, appointment, &own_shape), F_OBJ(struct managed, clinic, &clinic_head), F_OBJ(struct managed, service, &service_public),
    F_OBJ(struct managed, payment, &pay_page_shape, .nullable = true, .doc = "Null: nothing was asked for it online"),
    F_BOOL(struct managed, can_restore, .doc = "A cancellation that can be taken back here"),
    F_BOOL(struct managed, can_confirm), F_BOOL(struct managed, can_move), F_BOOL(struct managed, can_cancel), F_INSTANT(struct managed, move_until), F_INSTANT(struct managed, cancel_until),
    F_STR(struct managed, calendar_url), F_END };
static const struct shape managed_shape = SHAPE(managed, managed_fields);

/* What is read before, for an answer that may be given inside a transaction. */
struct holder { struct tenant tenant; struct appointment appt; struct service service; struct pay_seen pay; int64_t move_notice_min, cancel_notice_min; };

static enum rc enter_link(struct req *r, struct id *appointment, struct tenant *t)
{
    struct id tenant;
    if (!seal_link_open("appointment", r->path_text, &tenant, appointment)) return req_fail(r, RC_NOT_FOUND, "This link is not valid", NULL);
    TRY(req_enter(r, tenant));
    *t = (struct tenant){ 0 };
    return tenants_get(r->db, t);
}

static enum rc enter_as_holder(struct req *r, struct holder *h)
{
    struct id id;
    h->appt = (struct appointment){ 0 };
    h->service = (struct service){ 0 };
    TRY(enter_link(r, &id, &h->tenant));
    TRY(appointments_get(r->db, id, &h->appt));
    TRY(services_get(r->db, h->appt.service_id, &h->service));
    h->move_notice_min = h->service.move_notice_min = notice_of(h->service.move_notice_min, h->tenant.move_notice_min);
    h->cancel_notice_min = h->service.cancel_notice_min = notice_of(h->service.cancel_notice_min, h->tenant.cancel_notice_min);
    if (pay_rules_cancelling(&h->appt)) h->cancel_notice_min = h->service.cancel_notice_min = 0; /* its terms say what it costs */
    struct list one = { &h->service, 1 };
    TRY(pay_fill_services(r, &one));
    return pay_look(r, &h->appt, &h->pay);
}

static bool open_state(int64_t status)
{
    return status == APPT_SCHEDULED || status == APPT_CONFIRMED || status == APPT_PENDING_PAYMENT || status == APPT_REQUESTED;
}

/* By its client, for an hour; not a request, and not what was paid: that goes back. */
static bool can_restore(const struct appointment *a, int64_t now)
{
    return a->status == APPT_CANCELLED && str_eq(a->cancelled_by, "client") && a->lapses_at == NONE && now <= a->updated_at + USEC_PER_HOUR && id_is_nil(a->order_id);
}

static enum rc answer_managed(struct req *r, const struct appointment *a, void *holder)
{
    const struct holder *h = holder;
    struct clinic c = clinic_of(r->arena, &h->tenant);
    c.move_notice_min = h->move_notice_min;
    c.cancel_notice_min = h->cancel_notice_min;
    struct managed m = { .appointment = a, .clinic = &c, .service = &h->service, .move_until = a->start - h->move_notice_min * USEC_PER_MIN,
        .cancel_until = a->start - h->cancel_notice_min * USEC_PER_MIN, .can_confirm = a->status == APPT_SCHEDULED && r->now < a->start,
        .calendar_url = arena_printf(r->arena, "/api/v1/public/bookings/%s/calendar", r->path_text) };
    m.can_move = open_state(a->status) && r->now <= m.move_until;
    m.can_cancel = open_state(a->status) && r->now <= m.cancel_until;
    m.can_restore = can_restore(a, r->now);
    struct pay_page page = pay_page_of(&h->pay, a, r->now);
    if (!id_is_nil(a->order_id)) m.payment = &page;
    return reply(r, &m);
}

static enum rc get_booking(struct req *r)
{
    struct holder h;
    TRY(enter_as_holder(r, &h));
    return answer_managed(r, &h.appt, &h);
}

enum action { ACT_CONFIRM, ACT_MOVE, ACT_CANCEL, ACT_RESTORE };
static const char *const action_names[] = { "confirm", "move", "cancel", "restore", NULL };
struct act_in { int64_t action, start; struct id provider_id; const char *reason; };
static const struct field act_fields[] = { F_ENUM(struct act_in, action, action_names, .required = true, .doc = "What to do"),
    F_INSTANT(struct act_in, start, .nullable = true, .doc = "The new time, for move"),
    F_ID(struct act_in, provider_id, .nullable = true, .doc = "Another provider, for move"),
    F_STR(struct act_in, reason, .nullable = true, .max = 300, .doc = "Why, for cancel"), F_END };
static const struct shape act_shape = SHAPE_NAMED("booking_action", act_in, act_fields);

/* Refused with the rule and until when it was possible. */
static enum rc too_late(struct req *r, const struct holder *h, const char *rule, int64_t notice_min)
{
    char until[INSTANT_TEXT];
    const char *phone = h->tenant.phone, *call = phone ? arena_printf(r->arena, "call %s", phone) : "call the clinic";
    return req_fail(r, RC_RULE, arena_printf(r->arena, "It is too late to do this online. Please %s", call),
        arena_printf(r->arena, "{\"rule\":\"%s\",\"until\":\"%s\"}", rule, instant_format(h->appt.start - notice_min * USEC_PER_MIN, until)));
}

static enum rc act_move(struct req *r, struct holder *h)
{
    const struct act_in *in = r->in;
    const struct appointment *a = &h->appt;
    if (in->start == NONE) {
        req_field_error(r, "start", "is required to move");
        return req_invalid(r);
    }
    if (!open_state(a->status)) return req_fail(r, RC_STATE, "This appointment cannot be moved any more", NULL);
    if (r->now > a->start - h->move_notice_min * USEC_PER_MIN) return too_late(r, h, "move_notice", h->move_notice_min);
    return calendar_move(&(struct moving){ .r = r, .id = a->id, .provider_id = in->provider_id, .start = in->start, .end = NONE, .public = true, .by_link = true, .reply = answer_managed, .reply_arg = h });
}

static enum rc post_booking_action(struct req *r)
{
    const struct act_in *in = r->in;
    struct holder h;
    TRY(enter_as_holder(r, &h));
    const struct appointment *a = &h.appt;
    if (in->action == ACT_MOVE) return act_move(r, &h);
    if (in->action == ACT_CANCEL && open_state(a->status) && r->now > a->start - h.cancel_notice_min * USEC_PER_MIN)
        return too_late(r, &h, "cancel_notice", h.cancel_notice_min);
    if (in->action == ACT_RESTORE && a->status == APPT_CANCELLED && !can_restore(a, r->now))
        return req_fail(r, RC_STATE, "This cancellation cannot be taken back online. Please book again", NULL);
    if (in->action == ACT_CONFIRM && a->status == APPT_CONFIRMED) return answer_managed(r, a, &h);
    return calendar_change_state(&(struct transition){ .r = r, .id = a->id, .by_client = true, .notify = true, .reason = in->reason,
        .to = in->action == ACT_CONFIRM ? APPT_CONFIRMED : in->action == ACT_CANCEL ? APPT_CANCELLED : APPT_SCHEDULED,
        .restore = in->action == ACT_RESTORE, .reply = answer_managed, .reply_arg = &h });
}

static enum rc post_booking_pay(struct req *r)
{
    struct holder h;
    TRY(enter_as_holder(r, &h));
    return pay_again(r, &h.appt, &h.pay, answer_managed, &h);
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
        .fails = FAILS(RC_OVERLAP) | FAILS(RC_STATE) | FAILS(RC_RULE) | FAILS(RC_STALE), .flags = R_NO_CSRF | R_IDEMPOTENT, .rate = RATE_HOLD },
    { .method = "POST", .path = "/public/bookings/{token}/pay", .summary = "Pay, or try again", .handler = post_booking_pay, ANYONE, .ok = 200, .out = &managed_shape,
        .fails = FAILS(RC_STATE), .flags = R_NO_CSRF | R_IDEMPOTENT, .rate = RATE_HOLD, .doc = "The page to pay on is made in the background: ask for the booking until payment.url is there. The one that is open is kept." },
    { .method = "GET", .path = "/public/bookings/{token}/join", .summary = "The video room of the booking, when it is open", .handler = get_booking_join, ANYONE, .ok = 200, .out = &telehealth_join_shape,
        .fails = FAILS(RC_STATE) | FAILS(RC_NOT_OPEN), .rate = RATE_PUBLIC_READ },
    { .method = "GET", .path = "/public/bookings/{token}/calendar", .summary = "The booking as a calendar file", .handler = get_booking_calendar, ANYONE, .ok = 200, .flags = R_CALENDAR, .rate = RATE_PUBLIC_READ },
    { .method = "GET", .path = "/public/links/{token}", .summary = "What a private link opens", .handler = get_link, ANYONE, .ok = 200, .out = &opened_shape, .fails = FAILS(RC_STATE), .rate = RATE_PUBLIC_READ },
    { .method = "GET", .path = "/booking-links", .summary = "List private booking links", .handler = links_handle_list, .perm = PERM_SCHEDULE_READ, .ok = 200, .query = &links_query_shape, .out = &booking_link_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/booking-links", .summary = "Make a private booking link", .handler = links_handle_create, .perm = PERM_SCHEDULE_WRITE, .ok = 201, .in = &booking_link_new_shape, .out = &booking_link_shape,
        .fails = FAILS(RC_NOT_FOUND), .flags = R_IDEMPOTENT, .doc = "Opens the named services, public or not, for so many bookings. Whoever has the address can use it." },
    { .method = "POST", .path = "/booking-links/{id}/revoke", .summary = "Withdraw a private booking link", .handler = links_handle_revoke, .perm = PERM_SCHEDULE_WRITE, .ok = 200, .out = &booking_link_shape },
    { .method = "GET", .path = "/public/{slug}", .summary = "The clinic, its services and providers", .handler = get_clinic, ANYONE, .ok = 200, .out = &clinic_shape, .rate = RATE_PUBLIC_READ },
    { .method = "GET", .path = "/public/{slug}/slots", .summary = "Free times", .handler = get_slots, ANYONE, .ok = 200, .query = &slots_query, .out = &slot_shape, .fails = FAILS(RC_STATE), .flags = R_LIST, .rate = RATE_PUBLIC_READ },
    { .method = "GET", .path = "/public/{slug}/questions", .summary = "What a service asks before a booking", .handler = get_questions, ANYONE, .ok = 200, .query = &questions_query_shape, .out = &question_shape, .fails = FAILS(RC_STATE), .flags = R_LIST, .rate = RATE_PUBLIC_READ },
    { .method = "POST", .path = "/public/{slug}/holds", .summary = "Hold a time while the form is filled in", .handler = post_hold, ANYONE, .ok = 201, .in = &hold_new, .out = &hold_shape,
        .fails = FAILS(RC_OVERLAP) | FAILS(RC_STATE), .flags = R_NO_CSRF | R_IDEMPOTENT, .rate = RATE_HOLD },
    { .method = "POST", .path = "/public/{slug}/holds/{id}/release", .summary = "Give a hold back", .handler = release_hold, ANYONE, .ok = 204, .flags = R_NO_CSRF, .rate = RATE_HOLD },
    { .method = "POST", .path = "/public/{slug}/bookings", .summary = "Book", .handler = post_booking, ANYONE, .ok = 201, .in = &book_new, .out = &booked_shape,
        .fails = FAILS(RC_OVERLAP) | FAILS(RC_STATE) | FAILS(RC_RULE) | FAILS(RC_HOLD_EXPIRED) | FAILS(RC_FUNDS), .flags = R_NO_CSRF | R_IDEMPOTENT, .rate = RATE_BOOKING,
        .doc = "With `wallet` what it pays is taken in the same commit; where more is to be paid in advance it is held until the card has paid the rest, and free again when it does not." },
    { .method = "POST", .path = "/public/{slug}/proofs", .summary = "Ask for a code that proves an address", .handler = proofs_handle_ask, ANYONE, .ok = 201, .in = &proof_ask_shape, .out = &proof_asked_shape,
        .fails = FAILS(RC_STATE), .flags = R_NO_CSRF | R_IDEMPOTENT, .rate = RATE_BOOKING, .doc = "The answer is the same whether the clinic knows the address or not; only to one of a client with a wallet goes a mail. A few times an hour for one address." },
    { .method = "POST", .path = "/public/{slug}/proofs/{id}/confirm", .summary = "Prove the address with the code in the mail", .handler = proofs_handle_confirm, ANYONE, .ok = 200, .in = &proof_confirm_shape, .out = &proof_shape,
        .fails = FAILS(RC_STATE), .flags = R_NO_CSRF, .rate = RATE_HOLD, .doc = "Once, and with five tries; an answer that was lost needs another code." },
    { .method = "POST", .path = "/public/{slug}/wallet-quote", .summary = "What the wallets of a proved address pay of a service", .handler = wallet_quotes_handle, ANYONE, .ok = 200, .in = &wallet_quote_ask_shape, .out = &wallet_quote_shape,
        .fails = FAILS(RC_STATE), .flags = R_NO_CSRF, .rate = RATE_PUBLIC_READ, .doc = "Changes nothing. By the rules of the client's plans on that day, and what is left for the card and for the clinic." },
    { 0 } };
static const struct schedule_row schedules[] = { { "booking.proofs", "Drops codes that were asked for long ago", 3600, proofs_sweep }, { 0 } };

const struct module booking_module = { .name = "booking", .doc = "The public booking page and the links in mail", .platform = true, .routes = routes, .queries = booking_queries, .schedules = schedules, .doctor = pay_doctor };
