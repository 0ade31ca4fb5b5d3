/* sessions.c - see sessions.h. */
#include "modules/calendar/sessions.h"
#include "modules/calendar/view_api.h"

/* ---- store ------------------------------------------------------------------------------------------------------------------------------ */

#define SESSION_COLUMNS "g.id, g.service_id, s.name AS service_name, s.color, g.provider_id, d.name AS provider_name, g.location_id," \
    " l.name AS location_name, g.starts_at AS start, g.ends_at AS finish, g.seats, (SELECT COUNT(*) FROM appointment a WHERE a.tenant_id = g.tenant_id" \
    " AND a.session_id = g.id AND a.seat_no IS NOT NULL) AS taken, g.by_staff, g.cancelled_at, g.cancel_reason, g.version FROM group_session g" \
    " LEFT JOIN service s ON s.tenant_id = g.tenant_id AND s.id = g.service_id LEFT JOIN provider d ON d.tenant_id = g.tenant_id" \
    " AND d.id = g.provider_id LEFT JOIN location l ON l.tenant_id = g.tenant_id AND l.id = g.location_id"
const struct query Q_SESSION_GET = { .name = "calendar.session_get", .args = "u", .sql = "SELECT " SESSION_COLUMNS " WHERE g.tenant_id = $1 AND g.id = $2" };
const struct query Q_SESSION_LIST = { .name = "calendar.session_list", .args = "iiu",
    .sql = "SELECT " SESSION_COLUMNS " WHERE g.tenant_id = $1 AND g.starts_at >= $2 AND g.starts_at < $3 AND ($4 IS NULL OR g.service_id = $4)"
           " AND g.cancelled_at IS NULL ORDER BY g.starts_at, g.id LIMIT 1000" };
const struct query Q_SESSION_INSERT = { .name = "calendar.session_insert", .args = "uuuuiiizi",
    .sql = "INSERT INTO group_session (tenant_id, id, service_id, provider_id, location_id, starts_at, ends_at, seats, by_staff, version, wall_start)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, $10)" };
const struct query Q_SESSION_CANCEL = { .name = "calendar.session_cancel", .args = "uit",
    .sql = "UPDATE group_session SET cancelled_at = $3, cancel_reason = $4, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND cancelled_at IS NULL" };
const struct query Q_SESSION_DROP = { .name = "calendar.session_drop", .args = "ui",
    .sql = "UPDATE group_session SET cancelled_at = $3, version = version + 1 WHERE tenant_id = $1 AND id = $2 AND by_staff = 0 AND cancelled_at IS NULL"
           " AND NOT EXISTS (SELECT 1 FROM appointment a WHERE a.tenant_id = $1 AND a.session_id = $2 AND a.seat_no IS NOT NULL)" };
const struct query Q_SESSION_UNCLAIM = { .name = "calendar.session_unclaim", .args = "u",
    .sql = "DELETE FROM claim WHERE tenant_id = $1 AND owner_id = $2 AND EXISTS (SELECT 1 FROM group_session g WHERE g.tenant_id = $1 AND g.id = $2"
           " AND g.cancelled_at IS NOT NULL)" };
const struct query Q_SEATS = { .name = "calendar.seats", .args = "u",
    .sql = "SELECT a.id, a.client_id, a.patient_id, c.name AS client_name, p.name AS patient_name, a.seat_no, a.status FROM appointment a"
           " LEFT JOIN client c ON c.tenant_id = a.tenant_id AND c.id = a.client_id LEFT JOIN patient p ON p.tenant_id = a.tenant_id"
           " AND p.id = a.patient_id WHERE a.tenant_id = $1 AND a.session_id = $2 AND a.seat_no IS NOT NULL ORDER BY a.seat_no LIMIT 100" };

const struct query Q_SEATS_HELD = { .name = "calendar.seats_held", .args = "iuu",
    .sql = "SELECT h.session_id, COUNT(*) AS n FROM hold h WHERE h.tenant_id = $1 AND h.session_id IS NOT NULL AND h.closed_at IS NULL AND h.expires_at > $2"
           " AND ($3 IS NULL OR h.session_id = $3) AND ($4 IS NULL OR h.id <> $4) GROUP BY h.session_id LIMIT 10000" };

/* What the sessions take besides their first providers, with or without somebody in them. */
const struct query Q_SESSION_PARTS = { .name = "calendar.session_parts", .args = "ii",
    .sql = "SELECT g.id AS session_id, c.subject_id, CASE WHEN r.id IS NULL THEN 'provider' ELSE 'resource' END AS kind, c.core_start AS start, c.core_end AS finish"
           " FROM group_session g LEFT JOIN claim c ON c.tenant_id = g.tenant_id AND c.owner_id = g.id LEFT JOIN resource r ON r.tenant_id = c.tenant_id"
           " AND r.id = c.subject_id WHERE g.tenant_id = $1 AND g.starts_at >= $2 AND g.starts_at < $3 AND g.cancelled_at IS NULL AND c.subject_id <> g.provider_id"
           " ORDER BY g.id, c.core_start, c.subject_id LIMIT 20000" };

static const struct field row_fields[] = { F_ID(struct group_session, id), F_ID(struct group_session, service_id), F_STR(struct group_session, service_name),
    F_STR(struct group_session, color), F_ID(struct group_session, provider_id), F_STR(struct group_session, provider_name),
    F_ID(struct group_session, location_id), F_STR(struct group_session, location_name), F_INT(struct group_session, start),
    { .name = "finish", .kind = K_INT, .off = offsetof(struct group_session, end) }, F_INT(struct group_session, seats),
    F_INT(struct group_session, taken), F_BOOL(struct group_session, by_staff), F_INT(struct group_session, cancelled_at),
    F_STR(struct group_session, cancel_reason), F_INT(struct group_session, version), F_END };
static const struct shape row_shape = SHAPE_NAMED("group_session_row", group_session, row_fields);
static const struct field seat_fields[] = { F_ID(struct seat, id), F_ID(struct seat, client_id), F_STR(struct seat, client_name), F_ID(struct seat, patient_id),
    F_STR(struct seat, patient_name), F_INT(struct seat, seat_no), F_ENUM(struct seat, status, appt_state_names), F_END };
static const struct shape seat_shape = SHAPE(seat, seat_fields);

static const struct field held_fields[] = { F_ID(struct seats_held, session_id), F_INT(struct seats_held, n), F_END };
static const struct shape held_shape = SHAPE(seats_held, held_fields);

enum rc groups_get(struct tdb *db, struct id id, struct group_session *out) { return db_get(db, &Q_SESSION_GET, ARGS(U(id)), &row_shape, out); }

enum rc groups_list(struct tdb *db, int64_t from, int64_t to, struct id service, struct list *out)
{
    return db_list(db, &Q_SESSION_LIST, ARGS(I(from), I(to), U(service)), &row_shape, SESSIONS_LIST_MAX, out);
}

enum rc groups_seats(struct tdb *db, struct id session, struct list *out)
{
    return db_list(db, &Q_SEATS, ARGS(U(session)), &seat_shape, SEATS_MAX, out);
}

enum rc groups_held(struct tdb *db, int64_t now, struct id session, struct id except, struct list *out)
{
    return db_list(db, &Q_SEATS_HELD, ARGS(I(now), U(session), U(except)), &held_shape, 10000, out);
}

struct session_part { struct id session_id; struct appt_part part; };
static const struct field part_row_fields[] = { F_ID(struct session_part, session_id), { .name = "subject_id", .kind = K_ID, .off = offsetof(struct session_part, part.subject_id) },
    { .name = "kind", .kind = K_ENUM, .off = offsetof(struct session_part, part.kind), .names = part_kind_names },
    { .name = "start", .kind = K_INT, .off = offsetof(struct session_part, part.start) }, { .name = "finish", .kind = K_INT, .off = offsetof(struct session_part, part.end) }, F_END };
static const struct shape part_row_shape = SHAPE_NAMED("session_part_row", session_part, part_row_fields);

enum rc groups_parts(struct tdb *db, int64_t from, int64_t to, struct list sessions)
{
    struct list rows;
    TRY(db_list(db, &Q_SESSION_PARTS, ARGS(I(from), I(to)), &part_row_shape, 20000, &rows));
    struct appt_part *all = arena_alloc(db_arena(db), (rows.n + 1) * sizeof *all);
    if (!all) return RC_OOM;
    for (size_t i = 0; i < rows.n; i++) all[i] = LIST_AT(rows, struct session_part, i)->part;
    for (size_t i = 0; i < sessions.n; i++) {
        struct group_session *s = LIST_AT(sessions, struct group_session, i);
        size_t first = 0, n = 0;
        while (first < rows.n && !id_eq(LIST_AT(rows, struct session_part, first)->session_id, s->id)) first++;
        while (first + n < rows.n && id_eq(LIST_AT(rows, struct session_part, first + n)->session_id, s->id)) n++;
        s->parts = (struct list){ all + first, n };
    }
    return RC_OK;
}

int64_t groups_held_of(struct list held, struct id session)
{
    for (size_t i = 0; i < held.n; i++)
        if (id_eq(LIST_AT(held, struct seats_held, i)->session_id, session)) return LIST_AT(held, struct seats_held, i)->n;
    return 0;
}

enum rc groups_drop_empty(struct tx *tx, struct id session, int64_t now)
{
    if (id_is_nil(session)) return RC_OK;
    TRY(tx_run_query(tx, &Q_SESSION_DROP, ARGS(U(session), I(now))));
    return tx_run_query(tx, &Q_SESSION_UNCLAIM, ARGS(U(session)));
}

/* ---- the seat of a booking --------------------------------------------------------------------------------------------------------------- */

enum rc taking_find_session(struct taking *t)
{
    const struct booking_facts *f = &t->seen.facts;
    const struct appointment *a = &t->appt;
    struct list all, held;
    t->session = (struct group_session){ 0 };
    t->new_session = t->full = false;
    if (f->seats <= 1 && !t->session_only) return RC_OK;
    TRY(groups_list(t->r->db, a->start, a->start + 1, a->service_id, &all));
    for (size_t i = 0; i < all.n && !t->session_only; i++) {
        const struct group_session *s = LIST_AT(all, struct group_session, i);
        if (!id_eq(s->provider_id, a->provider_id) || (!id_is_nil(t->wanted_location) && !id_eq(s->location_id, t->wanted_location))) continue;
        t->session = *s;
        t->appt.location_id = s->location_id;
        t->appt.end = s->end;
        TRY(groups_held(t->r->db, t->r->now, s->id, t->hold_id, &held));
        t->full = s->taken + groups_held_of(held, s->id) >= s->seats && !id_eq(t->before.session_id, s->id);
        return groups_seats(t->r->db, s->id, &t->roster);
    }
    t->new_session = true;
    t->session = (struct group_session){ .id = t->session_id, .service_id = a->service_id, .provider_id = a->provider_id, .location_id = a->location_id,
        .start = a->start, .end = a->end, .seats = t->seats ? t->seats : f->seats, .by_staff = t->session_only, .service_name = f->service_name,
        .color = f->service_color, .provider_name = f->provider_name, .location_name = f->location_name, .cancelled_at = NONE, .version = 1 };
    return RC_OK;
}

enum rc taking_name_sessions(struct taking *t)
{
    struct group_session s[CONFLICTS_MAX] = { 0 };
    struct tdb *b = db_batch(t->r->db);
    for (size_t i = 0; i < t->n_conflicts; i++)
        if (t->conflicts[i].kind == CLAIM_APPOINTMENT) TRY(groups_get(b, t->conflicts[i].owner_id, &s[i]));
    TRY(db_batch_run(b));
    for (size_t i = 0; i < t->n_conflicts; i++) t->conflicts[i].of_session = !id_is_nil(s[i].id);
    return RC_OK;
}

static enum rc free_seat(struct tx *tx, const struct taking *t, int64_t *out)
{
    struct group_session s = { 0 };
    struct list seats, held;
    int64_t others = 0;
    TRY(groups_get(tx_db(tx), t->session.id, &s));
    TRY(groups_seats(tx_db(tx), t->session.id, &seats));
    TRY(groups_held(tx_db(tx), t->r->now, t->session.id, t->hold_id, &held));
    if (s.cancelled_at != NONE) return RC_OVERLAP;
    *out = 1;
    for (size_t i = 0; i < seats.n; i++) {
        const struct seat *x = LIST_AT(seats, struct seat, i);
        if (id_eq(x->id, t->appt.id)) continue;
        others++;
        if (x->seat_no == *out) ++*out;
    }
    return others + groups_held_of(held, s.id) < s.seats ? RC_OK : RC_OVERLAP;
}

enum rc taking_take_seat(struct tx *tx, struct taking *t)
{
    const struct group_session *s = &t->session;
    t->appt.session_id = s->id;
    t->appt.seat_no = NONE;
    if (id_is_nil(s->id)) return RC_OK;
    if (t->new_session)
        TRY(tx_run_query(tx, &Q_SESSION_INSERT, ARGS(U(s->id), U(s->service_id), U(s->provider_id), U(s->location_id), I(s->start), I(s->end), I(s->seats),
            Z(s->by_staff), I(zone_wall(t->appt.time_zone, s->start)))));
    if (t->session_only) return RC_OK;
    return free_seat(tx, t, &t->appt.seat_no);
}

/* ---- a seat that is held ---------------------------------------------------------------------------------------------------------------------- */

enum rc groups_to_hold(struct tdb *db, const struct hold *h, struct group_session *out)
{
    struct list all;
    *out = (struct group_session){ 0 };
    TRY(groups_list(db, h->start, h->start + 1, h->service_id, &all));
    for (size_t i = 0; i < all.n; i++) {
        const struct group_session *s = LIST_AT(all, struct group_session, i);
        if (id_eq(s->provider_id, h->provider_id) && id_eq(s->location_id, h->location_id)) *out = *s;
    }
    return RC_OK;
}

/* Under the lock of the session. */
enum rc groups_seat_left(struct tdb *db, struct id session, int64_t now)
{
    struct group_session s = { 0 };
    struct list held;
    TRY(groups_get(db, session, &s));
    TRY(groups_held(db, now, session, ID_NIL, &held));
    return s.cancelled_at == NONE && s.taken + groups_held_of(held, session) < s.seats ? RC_OK : RC_OVERLAP;
}

/* ---- routes ------------------------------------------------------------------------------------------------------------------------------ */

#define SESSION_OUT F_ID(struct group_session, id), F_ID(struct group_session, service_id), F_STR(struct group_session, service_name), \
    F_STR(struct group_session, color), F_ID(struct group_session, provider_id), F_STR(struct group_session, provider_name), \
    F_ID(struct group_session, location_id), F_STR(struct group_session, location_name), F_INSTANT(struct group_session, start), \
    F_INSTANT(struct group_session, end), F_INT(struct group_session, seats), F_INT(struct group_session, taken), \
    F_INSTANT(struct group_session, cancelled_at, .nullable = true), F_STR(struct group_session, cancel_reason, .nullable = true), \
    F_INT(struct group_session, version)
static const struct field out_fields[] = { SESSION_OUT, F_END };
const struct shape group_session_shape = SHAPE(group_session, out_fields);
static const struct field part_out_fields[] = { F_ID(struct appt_part, subject_id), F_ENUM(struct appt_part, kind, part_kind_names), F_INSTANT(struct appt_part, start),
    F_INSTANT(struct appt_part, end), F_END };
static const struct shape part_out_shape = SHAPE_NAMED("session_part", appt_part, part_out_fields);
static const struct field listed_fields[] = { SESSION_OUT, F_LIST(struct group_session, parts, &part_out_shape, .doc = "What it takes besides its provider: rooms, chairs, devices, helpers"), F_END };
const struct shape session_listed_shape = SHAPE_NAMED("group_session_listed", group_session, listed_fields);
static const struct field roster_fields[] = { SESSION_OUT, F_LIST(struct group_session, parts, &part_out_shape, .doc = "What it takes besides its provider"), F_LIST(struct group_session, roster, &seat_shape, .doc = "Who has a seat"), F_END };
const struct shape session_roster_shape = SHAPE_NAMED("group_session_roster", group_session, roster_fields);

struct session_in { struct id service_id, provider_id, location_id; int64_t start, seats; struct list resource_ids; };
static const struct field new_fields[] = {
    F_ID(struct session_in, service_id, .required = true, .doc = "What for"), F_ID(struct session_in, provider_id, .required = true, .doc = "With whom"),
    F_ID(struct session_in, location_id, .nullable = true, .doc = "Where; the provider's place at that time when absent"),
    F_INSTANT(struct session_in, start, .required = true, .doc = "When it begins"),
    F_INT(struct session_in, seats, .nullable = true, .min = 1, .max = SEATS_MAX, .doc = "How many can come; the service's when absent"),
    F_SCALARS(struct session_in, resource_ids, K_ID, .max = APPT_RESOURCES_MAX, .doc = "Chairs, rooms or devices; any free one of the needed kind when absent"), F_END };
const struct shape session_new_shape = SHAPE_NAMED("group_session_new", session_in, new_fields);
struct session_query { const char *from, *to; struct id service_id; };
static const struct field query_fields[] = {
    F_STR(struct session_query, from, .max = 40, .when = true, .doc = "Instant, or a date in the clinic's zone; today when absent"),
    F_STR(struct session_query, to, .max = 40, .when = true, .doc = "Instant or date, not included; 31 days after from when absent"),
    F_ID(struct session_query, service_id, .doc = "Only this service"), F_END };
const struct shape session_query_shape = SHAPE(session_query, query_fields);
struct session_cancel { const char *reason; bool notify; };
static const struct field cancel_fields[] = { F_STR(struct session_cancel, reason, .nullable = true, .max = 300, .doc = "Why; those who come read it"),
    F_BOOL(struct session_cancel, notify, .def = 1, .doc = "Whether they are told"), F_END };
const struct shape session_cancel_shape = SHAPE_NAMED("group_session_cancel", session_cancel, cancel_fields);

enum rc session_handle_list(struct req *r)
{
    const struct session_query *q = r->query;
    int64_t from, to;
    struct list l;
    TRY(view_window(r, q->from, q->to, 0, 31, &from, &to));
    TRY(groups_list(r->db, from, to, q->service_id, &l));
    TRY(groups_parts(r->db, from, to, l));
    return reply_list(r, l, NULL);
}

enum rc session_handle_get(struct req *r)
{
    struct group_session s = { 0 };
    TRY(groups_get(r->db, r->path_id, &s));
    TRY(groups_seats(r->db, r->path_id, &s.roster));
    TRY(groups_parts(r->db, s.start, s.start + 1, (struct list){ &s, 1 }));
    return reply(r, &s);
}

static const char *changes_of(const struct taking *t)
{
    return shape_diff(t->r->arena, &group_session_shape, NULL, &t->session);
}

static enum rc create_tx(struct tx *tx, void *arg)
{
    struct taking *t = arg;
    TRY(taking_lock(tx, t));
    TRY(taking_take_seat(tx, t));
    TRY(taking_claim(tx, t));
    TRY(tx_change(tx, t->r, &(struct change){ t->audit_id, "session.create", "session.changed", "session", t->session.id, 1, changes_of(t), NULL, false }));
    return reply(t->r, &t->session);
}

enum rc session_handle_create(struct req *r)
{
    const struct session_in *in = r->in;
    struct taking *t = arena_alloc(r->arena, sizeof *t);
    if (!t) return RC_OOM;
    *t = (struct taking){ .r = r, .session_only = true, .seats = in->seats == NONE ? 0 : in->seats, .session_id = id_new(), .audit_id = id_new(),
        .wanted_provider = in->provider_id, .wanted_location = in->location_id, .duration_min = NONE, .given = in->resource_ids,
        .given_by_hand = in->resource_ids.n > 0, .appt = { .service_id = in->service_id, .start = in->start, .end = NONE, .lead_min = NONE, .pay_by = NONE } };
    t->appt.id = t->session_id;
    return taking_commit(t, "calendar.session", create_tx);
}

/* ---- the end of a session: everybody in it is told ------------------------------------------------------------------------------------------ */

struct ending { struct req *r; struct id audit_id, freed_id; struct list seats; struct transition *each; struct changing **changes; };

static enum rc tell_freed(struct tx *tx, const struct ending *e, const struct group_session *s)
{
    struct freed_time f = { .provider_id = s->provider_id, .location_id = s->location_id, .from = s->start, .to = s->end };
    char id[ID_TEXT];
    return calendar_freed(tx, e->freed_id, &f, arena_printf(e->r->arena, "session:%s", id_format(s->id, id)), e->r->now);
}

static enum rc cancel_tx(struct tx *tx, void *arg)
{
    struct ending *e = arg;
    const struct session_cancel *in = e->r->in;
    struct group_session s = { 0 };
    int64_t key = lock_key("session", e->r->path_id, 0);
    TRY(tx_lock(tx, &key, 1));
    TRY(groups_get(tx_db(tx), e->r->path_id, &s));
    TRY(req_version(e->r, s.version));
    if (s.cancelled_at != NONE) return req_fail(e->r, RC_STATE, "The session is cancelled already", NULL);
    if (s.taken != (int64_t)e->seats.n) return RC_OVERLAP; /* somebody came or went since: read again */
    TRY(tx_run_query(tx, &Q_SESSION_CANCEL, ARGS(U(s.id), I(e->r->now), S(in->reason))));
    TRY(claims_delete_owner(tx, s.id));
    for (size_t i = 0; i < e->seats.n; i++) TRY(changing_run(tx, e->changes[i]));
    TRY(tell_freed(tx, e, &s));
    s.cancelled_at = e->r->now;
    s.cancel_reason = in->reason;
    s.taken = 0;
    s.version++;
    TRY(tx_change(tx, e->r, &(struct change){ e->audit_id, "session.cancel", "session.changed", "session", s.id, s.version,
        arena_printf(e->r->arena, "{\"seats\":[%zu,0]}", e->seats.n), NULL, false }));
    return reply(e->r, &s);
}

static enum rc no_answer(struct req *r, const struct appointment *a, void *unused)
{
    (void)r, (void)a, (void)unused;
    return RC_OK;
}

static enum rc prepare_end(struct ending *e)
{
    const struct session_cancel *in = e->r->in;
    size_t n = 0;
    TRY(groups_seats(e->r->db, e->r->path_id, &e->seats));
    e->each = arena_alloc(e->r->arena, (e->seats.n + 1) * sizeof *e->each);
    e->changes = arena_alloc(e->r->arena, (e->seats.n + 1) * sizeof *e->changes);
    if (!e->each || !e->changes) return RC_OOM;
    for (size_t i = 0; i < e->seats.n; i++, n++) {
        e->each[n] = (struct transition){ .r = e->r, .id = LIST_AT(e->seats, struct seat, i)->id, .to = APPT_CANCELLED, .reason = in->reason,
            .notify = in->notify, .reply = no_answer };
        TRY(changing_new(&e->each[n], &e->changes[n]));
    }
    return RC_OK;
}

enum rc session_handle_cancel(struct req *r)
{
    struct ending e = { .r = r, .audit_id = id_new(), .freed_id = id_new() };
    enum rc rc = RC_OVERLAP;
    for (int n = 0; rc == RC_OVERLAP && n < 8; n++) {
        TRY(prepare_end(&e));
        rc = req_tx(r, "calendar.session_cancel", cancel_tx, &e);
    }
    return rc;
}
