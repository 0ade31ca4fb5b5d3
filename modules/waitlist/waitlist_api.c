/* waitlist_api.c - what staff does with the list of those who wait: shapes, handlers, routes of the module. */
#include "modules/waitlist/waitlist.h"

/* ---- shapes ------------------------------------------------------------------------------------------------------------ */

static const struct field window_fields[] = { F_INT(struct want_window, weekday, .required = true, .min = 1, .max = 7, .doc = "1 = Monday"),
    F_TIME(struct want_window, start, .required = true, .doc = "From"), F_TIME(struct want_window, end, .required = true, .doc = "To"), F_END };
const struct shape want_window_shape = SHAPE(want_window, window_fields);

#define WISH_FIELDS \
    F_ID(struct want, provider_id, .nullable = true, .doc = "With whom; anybody when absent"), \
    F_ID(struct want, location_id, .nullable = true, .doc = "Where; anywhere when absent"), \
    F_LIST(struct want, windows, &want_window_shape, .max = WINDOWS_MAX, .doc = "When in the week; any time when empty"), \
    F_DATE(struct want, not_before, .nullable = true, .doc = "First day that suits"), \
    F_DATE(struct want, not_after, .nullable = true, .doc = "Last day that suits; after it the entry lapses"), \
    F_INT(struct want, min_notice_min, .max = 43200, .doc = "Minutes that must lie between an offer and the time"), \
    F_INT(struct want, priority, .max = 9, .doc = "9 is the most urgent; equals go by how long they wait"), \
    F_STR(struct want, note, .nullable = true, .max = 1000, .doc = "For the team")
static const struct field new_fields[] = { F_ID(struct want, client_id, .required = true, .doc = "Who waits"),
    F_ID(struct want, patient_id, .nullable = true, .doc = "Who is treated; the client itself when absent"),
    F_ID(struct want, service_id, .required = true, .doc = "What for"), WISH_FIELDS, F_END };
static const struct field edit_fields[] = { WISH_FIELDS, F_END };
static const struct field offer_fields[] = { F_ID(struct offer, id), F_ENUM(struct offer, status, offer_status_names), F_INSTANT(struct offer, start),
    F_INSTANT(struct offer, end), F_ID(struct offer, provider_id), F_STR(struct offer, provider_name), F_ID(struct offer, location_id),
    F_INSTANT(struct offer, sends_at, .doc = "When the mail goes out: at once, or after the quiet hours"), F_INSTANT(struct offer, expires_at), F_INSTANT(struct offer, created_at), F_INSTANT(struct offer, closed_at, .nullable = true), F_END };
static const struct shape offer_shape = SHAPE_NAMED("waitlist_offer", offer, offer_fields);
#define ROW_FIELDS F_ID(struct want, id), F_ENUM(struct want, status, want_status_names), F_ID(struct want, client_id), F_STR(struct want, client_name), \
    F_STR(struct want, client_phone, .nullable = true), F_ID(struct want, patient_id), F_STR(struct want, patient_name), F_ID(struct want, service_id), \
    F_STR(struct want, service_name), F_STR(struct want, provider_name, .nullable = true), F_STR(struct want, location_name, .nullable = true), WISH_FIELDS, \
    F_ENUM(struct want, source, want_source_names), F_ID(struct want, appointment_id, .nullable = true), F_INSTANT(struct want, created_at), \
    F_INSTANT(struct want, updated_at), F_INT(struct want, version)
static const struct field item_fields[] = { ROW_FIELDS, F_END };
static const struct field out_fields[] = { ROW_FIELDS, F_LIST(struct want, offers, &offer_shape), F_END };
static const struct shape item_shape = SHAPE_NAMED("waitlist_item", want, item_fields);
static const struct shape want_shape = SHAPE_NAMED("waitlist_entry", want, out_fields);
static const struct shape new_shape = SHAPE_NAMED("waitlist_new", want, new_fields);
static const struct shape edit_shape = SHAPE_PATCH("waitlist_patch", want, edit_fields);
SHAPE_PATCH_CHECK(want);

struct want_query { int64_t status; struct id service_id, provider_id, client_id; int64_t page, limit; };
static const struct field query_fields[] = { F_ENUM(struct want_query, status, want_status_names, .nullable = true, .doc = "Only this state"),
    F_ID(struct want_query, service_id, .doc = "Only this service"), F_ID(struct want_query, provider_id, .doc = "Only who wants this provider"),
    F_ID(struct want_query, client_id, .doc = "Only this client"), F_PAGING(struct want_query), F_END };
static const struct shape query_shape = SHAPE(want_query, query_fields);
struct offer_in { struct id provider_id, location_id; int64_t start, expires_in_min; };
static const struct field offer_in_fields[] = { F_ID(struct offer_in, provider_id, .required = true, .doc = "With whom"),
    F_ID(struct offer_in, location_id, .nullable = true, .doc = "Where; where the provider works then when absent"),
    F_INSTANT(struct offer_in, start, .required = true, .doc = "When"),
    F_INT(struct offer_in, expires_in_min, .nullable = true, .min = 5, .max = 2880, .doc = "How long it is kept from its sending, when not as the settings say; never later than the notice before the start"), F_END };
static const struct shape offer_new = SHAPE_NAMED("waitlist_offer_new", offer_in, offer_in_fields);

/* ---- reading -------------------------------------------------------------------------------------------------------------- */

static enum rc answer(struct req *r, struct tdb *db, struct id id)
{
    struct want w = { 0 };
    TRY(wants_get(db, id, &w));
    TRY(offers_of(db, id, &w.offers));
    return reply(r, &w);
}

static enum rc list(struct req *r)
{
    const struct want_query *q = r->query;
    struct page page = { q->page, q->limit, NONE, NULL };
    struct list l;
    TRY(wants_find(r->db, &(struct want_filter){ q->status, q->service_id, q->provider_id, q->client_id, q->page, q->limit }, &l, &page.total));
    return reply_list(r, l, &page);
}

static enum rc get(struct req *r) { return answer(r, r->db, r->path_id); }

/* ---- writing -------------------------------------------------------------------------------------------------------------- */

struct writing { struct req *r; struct want row; struct id audit_id; };

static enum rc missing(struct req *r, enum rc rc, const char *field, const char *what)
{
    return rc == RC_NOT_FOUND ? req_fail(r, rc, arena_printf(r->arena, "There is no such %s", what), arena_printf(r->arena, "{\"field\":\"%s\"}", field)) : rc;
}

static enum rc check_windows(struct req *r, const struct want *w)
{
    for (size_t i = 0; i < w->windows.n; i++) {
        const struct want_window *x = LIST_AT(w->windows, struct want_window, i);
        if (x->end <= x->start) req_field_error(r, arena_printf(r->arena, "windows[%zu].end", i), "must be after start");
    }
    if (w->not_before != NONE && w->not_after != NONE && w->not_after < w->not_before) req_field_error(r, "not_after", "must not be before not_before");
    return req_invalid(r);
}

static enum rc check_place(struct req *r, struct tdb *db, const struct want *w)
{
    struct provider p = { 0 };
    struct location l = { 0 };
    if (!id_is_nil(w->provider_id)) TRY(missing(r, providers_get(db, w->provider_id, &p), "provider_id", "provider"));
    if (!id_is_nil(w->location_id)) TRY(missing(r, locations_get(db, w->location_id, &l), "location_id", "location"));
    return RC_OK;
}

/* The patient is one of the client's; the client itself when none is named. */
static enum rc check_patient(struct req *r, struct tdb *db, struct want *w)
{
    struct client c = { 0 };
    struct patient p = { 0 };
    struct list all;
    TRY(missing(r, clients_get(db, w->client_id, &c), "client_id", "client"));
    if (c.deleted_at != NONE) return missing(r, RC_NOT_FOUND, "client_id", "client");
    if (id_is_nil(w->patient_id)) {
        TRY(patients_of(db, w->client_id, &all));
        if (all.n) w->patient_id = LIST_AT(all, struct patient, 0)->id;
        return RC_OK;
    }
    TRY(missing(r, patients_get(db, w->patient_id, &p), "patient_id", "patient of this client"));
    return id_eq(p.client_id, w->client_id) ? RC_OK : missing(r, RC_NOT_FOUND, "patient_id", "patient of this client");
}

static enum rc create_tx(struct tx *tx, void *arg)
{
    struct writing *w = arg;
    struct service s = { 0 };
    int64_t of_client, of_all;
    struct tdb *db = tx_db(tx);
    TRY(check_patient(w->r, db, &w->row));
    TRY(missing(w->r, services_get(db, w->row.service_id, &s), "service_id", "service"));
    TRY(check_place(w->r, db, &w->row));
    TRY(wants_count(db, w->row.client_id, &of_client, &of_all));
    if (of_client >= WANTS_OF_CLIENT_MAX) return req_fail(w->r, RC_STATE, "This client waits for 20 times already", NULL);
    if (of_all >= WANTS_WAITING_MAX) return req_fail(w->r, RC_STATE, "2000 wait already; the list takes no more", NULL);
    TRY(wants_insert(tx, &w->row));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "waitlist.create", "waitlist.changed", "waitlist", w->row.id, 1,
        shape_diff(w->r->arena, &new_shape, NULL, &w->row), NULL, false }));
    return answer(w->r, db, w->row.id);
}

static enum rc create(struct req *r)
{
    struct writing w = { r, *(const struct want *)r->in, id_new() };
    TRY(check_windows(r, &w.row));
    w.row.id = id_new();
    w.row.status = WANT_WAITING;
    w.row.source = 0;
    w.row.windows_text = windows_write(r->arena, w.row.windows);
    w.row.created_at = w.row.updated_at = r->now;
    return req_tx(r, "waitlist.create", create_tx, &w);
}

static enum rc edit_tx(struct tx *tx, void *arg)
{
    struct writing *w = arg;
    struct want before = { 0 }, after;
    struct tdb *db = tx_db(tx);
    TRY(wants_get(db, w->r->path_id, &before));
    TRY(req_version(w->r, before.version));
    after = before;
    shape_overlay(&edit_shape, w->r->in, &item_shape, &after);
    TRY(check_windows(w->r, &after));
    TRY(check_place(w->r, db, &after));
    after.windows_text = windows_write(w->r->arena, after.windows);
    TRY(wants_update(tx, &after, before.version, w->r->now, req_lost(w->r)));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "waitlist.update", "waitlist.changed", "waitlist", after.id, before.version + 1,
        shape_diff(w->r->arena, &item_shape, &before, &after), NULL, false }));
    return answer(w->r, db, after.id);
}

static enum rc edit(struct req *r)
{
    struct writing w = { .r = r, .audit_id = id_new() };
    return req_tx(r, "waitlist.edit", edit_tx, &w);
}

static enum rc not_now(struct req *r, int64_t status, const char *sentence)
{
    return req_fail(r, RC_STATE, sentence, arena_printf(r->arena, "{\"status\":\"%s\"}", want_status_names[status]));
}

enum rc open_offer_of(struct tdb *db, struct id want, struct offer *out)
{
    struct list l;
    TRY(offers_of(db, want, &l));
    for (size_t i = 0; i < l.n; i++)
        if (LIST_AT(l, struct offer, i)->status == OFFER_OPEN) {
            *out = *LIST_AT(l, struct offer, i);
            return RC_OK;
        }
    return RC_NOT_FOUND;
}

struct leaving { struct ending e; bool withdraw; };

static enum rc leave_tx(struct tx *tx, void *arg)
{
    struct leaving *l = arg;
    struct req *r = l->e.r;
    struct want w = { 0 };
    TRY(wants_get(tx_db(tx), r->path_id, &w));
    TRY(req_version(r, w.version));
    if (w.status == WANT_OFFERED) {
        enum rc rc = open_offer_of(tx_db(tx), w.id, &l->e.offer);
        if (rc == RC_NOT_FOUND) return RC_OFFER_EXPIRED; /* answered between the two reads */
        TRY(rc);
        TRY(offer_end_tx(tx, &l->e));
    } else if (w.status == WANT_WAITING && l->withdraw) {
        TRY(wants_step(tx, w.id, WANT_WAITING, WANT_WITHDRAWN, ID_NIL, r->now, RC_RETRY)); /* offered something just now: look again */
        TRY(tx_change(tx, r, &(struct change){ l->e.audit_id, "waitlist.withdraw", "waitlist.changed", "waitlist", w.id, w.version + 1, NULL, NULL, false }));
    } else return not_now(r, w.status, l->withdraw ? "It does not wait any more" : "It has no offer");
    return l->withdraw ? reply_empty(r) : answer(r, tx_db(tx), w.id);
}

static enum rc leave(struct req *r, bool withdraw)
{
    struct leaving l = { { .r = r, .status = OFFER_TAKEN_BACK, .want_status = withdraw ? WANT_WITHDRAWN : WANT_WAITING, .audit_id = id_new(),
        .freed_id = id_new(), .now = r->now, .arena = r->arena }, withdraw };
    enum rc rc = req_tx(r, "waitlist.leave", leave_tx, &l);
    return rc == RC_OFFER_EXPIRED ? req_fail(r, RC_STATE, "The offer has just been answered", NULL) : rc;
}

static enum rc withdraw(struct req *r) { return leave(r, true); }
static enum rc take_back(struct req *r) { return leave(r, false); }

/* ---- offering ---------------------------------------------------------------------------------------------------------------- */

static enum rc offer_tx(struct tx *tx, void *arg)
{
    struct making *m = arg;
    TRY(offer_make_tx(tx, m));
    return answer(m->r, tx_db(tx), m->want.id);
}

static enum rc taken(struct req *r, const struct slot_ask *ask)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    struct list next = { NULL, 0 };
    TRY(calendar_next(r->db, ask, NEXT_SLOTS, &next));
    buf_init(&b, 16 * 1024);
    struct json j = json_to(&b);
    json_obj(&j);
    calendar_write_slots(&j, "next", next);
    json_obj_end(&j);
    return req_fail(r, RC_OVERLAP, "This time is taken", b.failed ? NULL : arena_strndup(r->arena, b.data, b.len));
}

static enum rc offer(struct req *r)
{
    const struct offer_in *in = r->in;
    struct making m = { .r = r };
    struct offer_rules rules;
    struct want w = { 0 };
    struct list slots;
    TRY(wants_get(r->db, r->path_id, &w));
    TRY(req_version(r, w.version));
    if (w.status != WANT_WAITING) return not_now(r, w.status, "It does not wait any more");
    struct slot_ask ask = { .service_id = w.service_id, .provider_id = in->provider_id, .location_id = in->location_id, .from = in->start, .to = in->start + 1,
        .now = r->now, .patient_id = w.patient_id, .with_parts = true };
    TRY(missing(r, calendar_slots(r->db, &ask, &slots, NULL), "provider_id", "provider, location or service"));
    if (!slots.n) return taken(r, &ask);
    TRY(offer_rules_read(r->db, &rules));
    enum rc rc = offer_prepare(r->db, &m, &w, LIST_AT(slots, struct slot_answer, 0), &rules, r->now, in->expires_in_min == NONE ? 0 : in->expires_in_min);
    if (rc == RC_STATE) return not_now(r, w.status, "It is too late to offer this time");
    TRY(rc);
    rc = req_tx(r, "waitlist.offer", offer_tx, &m);
    if (rc == RC_OVERLAP) return taken(r, &ask);
    if (rc != RC_STATE && rc != RC_CONFLICT) return rc;
    TRY(wants_get(r->db, r->path_id, &w));
    return not_now(r, w.status, "Somebody else was faster");
}

/* ---- the module ----------------------------------------------------------------------------------------------------------------- */

#define READ .perm = PERM_SCHEDULE_READ
#define WRITE .perm = PERM_SCHEDULE_WRITE
static const struct route routes[] = {
    { .method = "GET", .path = "/waitlist", .summary = "Who waits for a time, newest first", .handler = list, READ, .ok = 200, .query = &query_shape, .out = &item_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/waitlist", .summary = "Let somebody wait for a time", .handler = create, WRITE, .ok = 201, .in = &new_shape, .out = &want_shape,
        .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STATE), .flags = R_IDEMPOTENT, .doc = "When a time frees that suits, the most urgent and longest waiting is offered it by mail, for as long as the settings say, then the next." },
    { .method = "GET", .path = "/waitlist/matches", .summary = "Who would take this time, in the order of offers", .handler = matches_get, READ, .ok = 200, .query = &matches_query_shape, .out = &match_shape, .flags = R_LIST },
    { .method = "GET", .path = "/waitlist/offers", .summary = "Offers of times in a stretch, open and closed", .handler = offers_get_between, READ, .ok = 200, .query = &running_query_shape, .out = &running_shape, .flags = R_LIST },
    { .method = "GET", .path = "/waitlist/{id}", .summary = "Read an entry with its offers", .handler = get, READ, .ok = 200, .out = &want_shape },
    { .method = "PATCH", .path = "/waitlist/{id}", .summary = "Change what somebody waits for", .handler = edit, WRITE, .ok = 200, .in = &edit_shape, .out = &want_shape, .fails = FAILS(RC_STALE) | FAILS(RC_NOT_FOUND) },
    { .method = "DELETE", .path = "/waitlist/{id}", .summary = "Take somebody off the list", .handler = withdraw, WRITE, .ok = 204, .fails = FAILS(RC_STALE) | FAILS(RC_STATE),
        .doc = "An open offer is taken back. The entry stays as history." },
    { .method = "POST", .path = "/waitlist/{id}/offer", .summary = "Offer a free time", .handler = offer, WRITE, .ok = 200, .in = &offer_new, .out = &want_shape,
        .fails = FAILS(RC_OVERLAP) | FAILS(RC_STATE) | FAILS(RC_NOT_FOUND) | FAILS(RC_STALE), .flags = R_IDEMPOTENT, .doc = "The time is kept for this one until the offer is answered or ends." },
    { .method = "POST", .path = "/waitlist/{id}/take-back", .summary = "Take the open offer back", .handler = take_back, WRITE, .ok = 200, .out = &want_shape, .fails = FAILS(RC_STALE) | FAILS(RC_STATE) },
    { .method = "GET", .path = "/calendar/gaps", .summary = "Free stretches of working hours", .handler = gaps_get, READ, .ok = 200, .query = &gaps_query_shape, .out = &gap_shape, .flags = R_LIST },
    { .method = "GET", .path = "/public/offers/{token}", .summary = "The offer behind a link; changes nothing", .handler = public_offer_get, .perm = PERM_PUBLIC, .ok = 200, .out = &public_offer_shape, .rate = RATE_PUBLIC_READ },
    { .method = "POST", .path = "/public/offers/{token}", .summary = "Accept or decline an offer", .handler = public_offer_post, .perm = PERM_PUBLIC, .ok = 200, .in = &public_offer_act_shape, .out = &public_offer_shape,
        .fails = FAILS(RC_OFFER_EXPIRED) | FAILS(RC_OVERLAP), .flags = R_NO_CSRF, .rate = RATE_HOLD },
    { .method = "POST", .path = "/public/{slug}/waitlist", .summary = "Be told when an earlier time frees", .handler = public_want_post, .perm = PERM_PUBLIC, .ok = 201, .in = &public_want_new_shape, .out = &public_want_shape,
        .fails = FAILS(RC_STATE) | FAILS(RC_NOT_FOUND), .flags = R_NO_CSRF | R_IDEMPOTENT, .rate = RATE_BOOKING,
        .doc = "A mail tells of it, with a link that leads off the list. The answer is the same whoever asks." },
    { .method = "GET", .path = "/public/waits/{token}", .summary = "What somebody waits for, by the link in a mail; changes nothing", .handler = public_wait_get, .perm = PERM_PUBLIC, .ok = 200, .out = &public_wait_shape, .rate = RATE_PUBLIC_READ },
    { .method = "POST", .path = "/public/waits/{token}", .summary = "Leave the waitlist", .handler = public_wait_post, .perm = PERM_PUBLIC, .ok = 200, .in = &public_wait_act_shape, .out = &public_wait_shape,
        .fails = FAILS(RC_STATE), .flags = R_NO_CSRF, .rate = RATE_HOLD },
    { 0 } };

static const struct job_row jobs[] = { { "waitlist.fill", "Offers a freed time to those who wait for one", waitlist_fill, 10, 120 },
    { "waitlist.opened", "Offers what longer hours or another clock opened to those who wait", waitlist_opened, 10, 120 },
    { "waitlist.lapse", "Ends an offer that nobody answered and asks the next", waitlist_lapse, 20, 60 },
    { "waitlist.mail", "Tells of an offer by mail", waitlist_mail, 8, 60 }, { "waitlist.joined", "Confirms by mail that somebody waits", waitlist_joined, 8, 60 }, { 0 } };
static const struct schedule_row schedules[] = { { "waitlist.sweep", "Ends entries whose last day has passed", 3600, waitlist_sweep }, { 0 } };

const struct module waitlist_module = { .name = "waitlist", .doc = "Who waits for an earlier time, and what they are offered", .platform = true, .routes = routes,
    .queries = waitlist_queries, .jobs = jobs, .schedules = schedules };
