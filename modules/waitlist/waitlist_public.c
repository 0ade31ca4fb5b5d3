/* waitlist_public.c - the link in the mail of an offer (GET shows, POST acts), and joining the list from the booking page. */
#include "modules/waitlist/waitlist.h"
#include <stdio.h>
#include <string.h>

struct seen_offer {
    const char *clinic_name, *slug, *phone, *brand_color, *locale, *service_name, *provider_name, *location_name, *time_zone, *manage_url;
    int64_t status, start, end, expires_at;
    struct id tenant, want_id;
    struct offer row; struct want want;
};
static const struct field seen_fields[] = { F_ENUM(struct seen_offer, status, offer_status_names), F_INSTANT(struct seen_offer, start), F_INSTANT(struct seen_offer, end),
    F_INSTANT(struct seen_offer, expires_at), F_STR(struct seen_offer, service_name), F_STR(struct seen_offer, provider_name), F_STR(struct seen_offer, location_name),
    F_STR(struct seen_offer, time_zone), F_STR(struct seen_offer, clinic_name), F_STR(struct seen_offer, slug), F_STR(struct seen_offer, phone, .nullable = true),
    F_STR(struct seen_offer, brand_color), F_STR(struct seen_offer, locale),
    F_STR(struct seen_offer, manage_url, .nullable = true, .doc = "The page of the appointment, once accepted"), F_END };
const struct shape public_offer_shape = SHAPE_NAMED("public_offer", seen_offer, seen_fields);
enum act { ACT_ACCEPT, ACT_DECLINE };
static const char *const act_names[] = { "accept", "decline", NULL };
struct act_in { int64_t action; };
static const struct field act_fields[] = { F_ENUM(struct act_in, action, act_names, .required = true, .doc = "Whether the time is wanted"), F_END };
const struct shape public_offer_act_shape = SHAPE_NAMED("public_offer_action", act_in, act_fields);

/* ---- the offer ------------------------------------------------------------------------------------------------------------ */

static void show_row(struct req *r, struct seen_offer *s)
{
    s->status = s->row.status == OFFER_OPEN && s->row.expires_at <= r->now ? OFFER_LAPSED : s->row.status;
    s->start = s->row.start;
    s->end = s->row.end;
    s->expires_at = s->row.expires_at;
    s->provider_name = s->row.provider_name;
    s->manage_url = s->row.status == OFFER_ACCEPTED ? booking_manage_url(r->arena, s->tenant, s->row.appointment_id) : NULL;
}

static enum rc read_offer(struct req *r, struct id id, struct seen_offer *s)
{
    s->row = (struct offer){ 0 };
    TRY(offers_get(r->db, id, &s->row));
    show_row(r, s);
    return RC_OK;
}

static enum rc enter_offer(struct req *r, struct seen_offer *s)
{
    struct id id;
    struct tenant t = { 0 };
    struct location place = { 0 };
    *s = (struct seen_offer){ 0 };
    if (!seal_link_open("offer", r->path_text, &s->tenant, &id)) return req_fail(r, RC_NOT_FOUND, "This link is not valid", NULL);
    TRY(req_enter(r, s->tenant));
    TRY(tenants_get(r->db, &t));
    TRY(read_offer(r, id, s));
    TRY(wants_get(r->db, s->row.want_id, &s->want));
    TRY(locations_get(r->db, s->row.location_id, &place));
    s->clinic_name = t.name, s->slug = t.slug, s->phone = t.phone, s->brand_color = t.brand_color, s->locale = t.locale;
    s->service_name = s->want.service_name, s->location_name = place.name, s->time_zone = place.time_zone;
    return RC_OK;
}

enum rc public_offer_get(struct req *r)
{
    struct seen_offer s;
    TRY(enter_offer(r, &s));
    return reply(r, &s);
}

static enum rc over(struct req *r) { return req_fail(r, RC_OFFER_EXPIRED, "This time is not kept for you any more. You are still on the list", NULL); }

/* In the commit of the booking, which has just turned the hold into an appointment. */
static enum rc accept_then(struct tx *tx, const struct appointment *a, void *arg)
{
    struct seen_offer *s = arg;
    TRY(offers_close(tx, s->row.id, OFFER_ACCEPTED, a->id, a->created_at, RC_OFFER_EXPIRED));
    TRY(wants_step(tx, s->row.want_id, WANT_OFFERED, WANT_BOOKED, a->id, a->created_at, RC_OFFER_EXPIRED));
    const struct zone *z = zone_find(a->time_zone);
    if (z) TRY(wants_settle(tx, &s->want, zone_date(z, a->start), a->id, a->created_at));
    return tx_event(tx, "waitlist.changed", s->row.want_id, 1, a->created_at, NULL);
}

static enum rc answer_accepted(struct req *r, const struct appointment *a, void *arg)
{
    struct seen_offer s = *(const struct seen_offer *)arg;
    s.row.status = OFFER_ACCEPTED;
    s.row.appointment_id = a->id;
    show_row(r, &s);
    return reply(r, &s);
}

static enum rc accept(struct req *r, struct seen_offer *s)
{
    struct booking b = { .r = r, .client_id = s->want.client_id, .patient_id = s->want.patient_id, .service_id = s->want.service_id,
        .provider_id = s->row.provider_id, .location_id = s->row.location_id, .hold_id = s->row.id, .start = s->row.start,
        .duration_min = (s->row.end - s->row.start) / USEC_PER_MIN, .source = SOURCE_PUBLIC, .then = accept_then, .then_arg = s, .reply = answer_accepted, .reply_arg = s };
    if (s->status == OFFER_ACCEPTED) return reply(r, s);
    if (s->status != OFFER_OPEN) return over(r);
    enum rc rc = calendar_book(&b);
    if (rc != RC_HOLD_EXPIRED && rc != RC_OFFER_EXPIRED && rc != RC_OVERLAP) return rc;
    TRY(read_offer(r, s->row.id, s)); /* pressed twice: the other press made the same booking */
    return s->status == OFFER_ACCEPTED ? reply(r, s) : over(r);
}

struct declining { struct ending e; struct seen_offer *s; };

static enum rc decline_tx(struct tx *tx, void *arg)
{
    struct declining *d = arg;
    struct seen_offer s = *d->s;
    TRY(offer_end_tx(tx, &d->e));
    s.row.status = OFFER_DECLINED;
    show_row(d->e.r, &s);
    return reply(d->e.r, &s);
}

static enum rc decline(struct req *r, struct seen_offer *s)
{
    struct declining d = { { .r = r, .offer = s->row, .status = OFFER_DECLINED, .want_status = WANT_WAITING, .audit_id = id_new(), .freed_id = id_new(),
        .now = r->now, .arena = r->arena }, s };
    if (s->status == OFFER_DECLINED) return reply(r, s);
    if (s->status != OFFER_OPEN) return over(r);
    enum rc rc = req_tx(r, "waitlist.decline", decline_tx, &d);
    if (rc != RC_OFFER_EXPIRED) return rc;
    TRY(read_offer(r, s->row.id, s));
    return s->status == OFFER_DECLINED ? reply(r, s) : over(r);
}

enum rc public_offer_post(struct req *r)
{
    const struct act_in *in = r->in;
    struct seen_offer s;
    TRY(enter_offer(r, &s));
    return in->action == ACT_ACCEPT ? accept(r, &s) : decline(r, &s);
}

/* ---- joining from the booking page ---------------------------------------------------------------------------------------- */

struct joiner { const char *name, *email, *phone; };
static const struct field joiner_fields[] = { F_STR(struct joiner, name, .required = true, .max = 120, .doc = "Full name"),
    F_TEXT(K_EMAIL, struct joiner, email, .required = true, .doc = "Where offers go"), F_TEXT(K_PHONE, struct joiner, phone, .nullable = true, .doc = "Telephone"), F_END };
static const struct shape joiner_shape = SHAPE(joiner, joiner_fields);
struct join_in { struct id service_id, provider_id, location_id; struct list windows; int64_t not_before, not_after, min_notice_min; const void *client; const char *note; };
static const struct field join_fields[] = { F_ID(struct join_in, service_id, .required = true, .doc = "What for"),
    F_ID(struct join_in, provider_id, .nullable = true, .doc = "With whom; anybody when absent"), F_ID(struct join_in, location_id, .nullable = true, .doc = "Where"),
    F_LIST(struct join_in, windows, &want_window_shape, .max = WINDOWS_MAX, .doc = "When in the week; any time when empty"),
    F_DATE(struct join_in, not_before, .nullable = true, .doc = "First day that suits"), F_DATE(struct join_in, not_after, .nullable = true, .doc = "Last day that suits"),
    F_INT(struct join_in, min_notice_min, .nullable = true, .max = 43200, .doc = "Minutes that must lie between an offer and the time; the clinic's notice for booking when absent"),
    F_OBJ(struct join_in, client, &joiner_shape, .required = true, .doc = "Who waits"), F_STR(struct join_in, note, .nullable = true, .max = 1000, .doc = "Anything the clinic should know"), F_END };
const struct shape public_want_new_shape = SHAPE_NAMED("public_waitlist_new", join_in, join_fields);
struct joined { int64_t status; };
static const struct field joined_fields[] = { F_ENUM(struct joined, status, want_status_names, .doc = "Always waiting, whoever asked"), F_END };
const struct shape public_want_shape = SHAPE_NAMED("public_waitlist", joined, joined_fields);

struct joining { struct req *r; struct want row; struct client_insert fresh; bool is_new; struct id audit_id, mail_id; const char *email; };

static const char *want_payload(struct arena *a, struct id want)
{
    char id[ID_TEXT];
    return arena_printf(a, "{\"want_id\":\"%s\"}", id_format(want, id));
}

/* Who has enough already is answered like everybody, and not told by another mail. */
static enum rc join_tx(struct tx *tx, void *arg)
{
    struct joining *j = arg;
    int64_t of_client, of_all, of_address;
    char id[ID_TEXT];
    TRY(wants_count(tx_db(tx), j->row.client_id, &of_client, &of_all));
    TRY(wants_count_mail(tx_db(tx), j->email, &of_address));
    if (of_all >= WANTS_WAITING_MAX) return req_fail(j->r, RC_STATE, "The list is full. Please call the clinic", NULL);
    if (of_client >= WANTS_OF_CLIENT_MAX || of_address >= WANTS_OF_ADDRESS_MAX) return reply(j->r, &(struct joined){ WANT_WAITING });
    if (j->is_new) TRY(clients_insert(tx, &j->fresh));
    TRY(wants_insert(tx, &j->row));
    TRY(tx_job(tx, j->mail_id, "waitlist.joined", arena_printf(j->r->arena, "joined:%s", id_format(j->row.id, id)), j->r->now, want_payload(j->r->arena, j->row.id)));
    TRY(tx_change(tx, j->r, &(struct change){ j->audit_id, "waitlist.create", "waitlist.changed", "waitlist", j->row.id, 1, NULL, NULL, false }));
    return reply(j->r, &(struct joined){ WANT_WAITING });
}

static enum rc find_joiner(struct req *r, const struct join_in *in, struct joining *j)
{
    const struct joiner *v = in->client;
    struct client c = clients_default();
    enum rc rc = clients_match(r->db, v->email, v->name, &j->row.client_id, &j->row.patient_id);
    if (rc != RC_NOT_FOUND) return rc;
    c.id = id_new();
    c.name = v->name;
    c.email = v->email;
    c.phone = v->phone;
    c.source = "waitlist";
    c.created_at = c.updated_at = r->now;
    j->fresh = (struct client_insert){ .client = c, .patient_id = id_new(), .now = r->now };
    clients_prepare(r->arena, &j->fresh);
    j->is_new = true;
    j->row.client_id = c.id;
    j->row.patient_id = j->fresh.patient_id;
    return RC_OK;
}

static bool offers_it(const struct service *s, struct id provider)
{
    for (size_t i = 0; i < s->provider_ids.n; i++)
        if (id_eq(*LIST_AT(s->provider_ids, struct id, i), provider)) return true;
    return id_is_nil(provider);
}

static enum rc check_join(struct req *r, const struct join_in *in)
{
    struct service s = { 0 };
    struct location l = { 0 };
    const char *name = ((const struct joiner *)in->client)->name;
    if (strstr(name, "://") || strstr(name, "www.") || strpbrk(name, "\r\n")) req_field_error(r, "client.name", "must be a name");
    for (size_t i = 0; i < in->windows.n; i++)
        if (LIST_AT(in->windows, struct want_window, i)->end <= LIST_AT(in->windows, struct want_window, i)->start)
            req_field_error(r, arena_printf(r->arena, "windows[%zu].end", i), "must be after start");
    if (in->not_before != NONE && in->not_after != NONE && in->not_after < in->not_before) req_field_error(r, "not_after", "must not be before not_before");
    TRY(req_invalid(r));
    enum rc rc = services_get(r->db, in->service_id, &s);
    if (rc == RC_OK && (!s.public || s.archived || !offers_it(&s, in->provider_id))) rc = RC_NOT_FOUND;
    if (rc == RC_OK && !id_is_nil(in->location_id)) rc = locations_get(r->db, in->location_id, &l);
    return rc == RC_NOT_FOUND ? req_fail(r, rc, "There is no such service, provider or location", NULL) : rc;
}

enum rc public_want_post(struct req *r)
{
    const struct join_in *in = r->in;
    struct id id;
    struct tenant t = { 0 };
    struct joining j = { .r = r, .audit_id = id_new(), .mail_id = id_new(), .email = ((const struct joiner *)in->client)->email };
    enum rc rc = tenants_by_slug(r->db, r->path_text, &id);
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "There is no such clinic", NULL);
    TRY(rc);
    TRY(req_enter(r, id));
    TRY(tenants_get(r->db, &t));
    if (!t.booking_enabled || !t.waitlist_public) return req_fail(r, RC_STATE, "This clinic keeps no waitlist online at the moment. Please call", NULL);
    TRY(check_join(r, in));
    j.row = (struct want){ .id = id_new(), .service_id = in->service_id, .provider_id = in->provider_id, .location_id = in->location_id, .status = WANT_WAITING,
        .source = 1, .not_before = in->not_before, .not_after = in->not_after, .windows_text = windows_write(r->arena, in->windows),
        .min_notice_min = in->min_notice_min != NONE ? in->min_notice_min : t.booking_min_notice_min < 43200 ? t.booking_min_notice_min : 43200, .note = in->note, .created_at = r->now, .updated_at = r->now };
    TRY(find_joiner(r, in, &j));
    return req_tx(r, "waitlist.join", join_tx, &j);
}
