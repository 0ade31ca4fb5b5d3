/* till_api.c - drawers, and what is asked of their sessions. */
#include "modules/locations/locations.h"
#include "modules/tenants/tenants.h"
#include "modules/till/till_work.h"

const char *const till_state_names[] = { "open", "closed", NULL };
const char *const till_move_kind_names[] = { "in", "out", NULL };

#define T struct till
static const struct field till_in[] = { F_STR(T, name, .required = true, .min = 1, .max = 60, .doc = "Name on the drawer"),
    F_ID(T, location_id, .required = true, .doc = "Where it stands"), F_END };
static const struct field till_edit[] = { F_STR(T, name, .required = true, .min = 1, .max = 60, .doc = "Name on the drawer"), F_END };
static const struct field till_out[] = { F_ID(T, id), F_STR(T, name), F_ID(T, location_id), F_TEXT(K_CURRENCY, T, currency),
    F_STR(T, account_code, .doc = "The account of the ledger that holds what is in it"),
    F_INT(T, carry_minor, .nullable = true, .doc = "What was left in it at the last closing; null: never closed"),
    F_ID(T, session_id, .nullable = true, .doc = "The open session; null: it is closed"), F_BOOL(T, archived), F_INT(T, version), F_END };
const struct shape till_shape = SHAPE(till, till_out);
static const struct shape till_new = SHAPE_NAMED("till_new", till, till_in), till_patch = SHAPE_PATCH("till_patch", till, till_edit);
SHAPE_PATCH_CHECK(till);
#undef T

#define G struct till_session
static const struct field session_out[] = { F_ID(G, id), F_ID(G, till_id), F_STR(G, till_name), F_ID(G, location_id), F_TEXT(K_CURRENCY, G, currency),
    F_ENUM(G, state, till_state_names), F_INT(G, float_minor, .doc = "Counted at the opening"),
    F_INT(G, opening_variance_minor, .nullable = true, .min = INT64_MIN, .max = INT64_MAX, .doc = "That, less what was left at the last closing; booked"),
    F_INT(G, in_minor, .doc = "Put in by hand"), F_INT(G, out_minor, .doc = "Taken out by hand"),
    F_INT(G, cash_minor, .min = INT64_MIN, .max = INT64_MAX, .doc = "Payments less refunds"), F_INT(G, expected_minor, .doc = "What should be in it"),
    F_INT(G, counted_minor, .nullable = true, .doc = "What was in it at the closing"),
    F_INT(G, variance_minor, .nullable = true, .min = INT64_MIN, .max = INT64_MAX, .doc = "Counted less expected; booked"),
    F_INT(G, taken_minor, .nullable = true, .doc = "Of what was counted, brought to the safe"), F_STR(G, note, .nullable = true), F_INSTANT(G, opened_at),
    F_ID(G, opened_by, .nullable = true), F_STR(G, opened_by_name), F_INSTANT(G, closed_at, .nullable = true), F_ID(G, closed_by, .nullable = true),
    F_STR(G, closed_by_name, .nullable = true), F_INT(G, version), F_END };
const struct shape till_session_shape = SHAPE(till_session, session_out);
#undef G

#define M struct till_move
static const struct field move_out[] = { F_ID(M, id), F_ID(M, session_id), F_ENUM(M, kind, till_move_kind_names), F_INT(M, amount_minor), F_STR(M, reason),
    F_ID(M, actor_id, .nullable = true), F_STR(M, actor_name), F_INSTANT(M, created_at), F_END };
const struct shape till_move_shape = SHAPE(till_move, move_out);
#undef M

static const struct field open_fields[] = { F_INT(struct till_open_in, counted_minor, .required = true, .max = TILL_AMOUNT_MAX, .doc = "What is in the drawer now"), F_END };
static const struct field hand_fields[] = { F_ENUM(struct till_hand_in, kind, till_move_kind_names, .required = true, .doc = "in: put in from the safe; out: taken out"),
    F_INT(struct till_hand_in, amount_minor, .required = true, .min = 1, .max = TILL_AMOUNT_MAX, .doc = "How much"),
    F_STR(struct till_hand_in, reason, .required = true, .min = 1, .max = 300, .doc = "Why"), F_END };
static const struct field close_fields[] = { F_INT(struct till_close_in, counted_minor, .required = true, .max = TILL_AMOUNT_MAX, .doc = "What is in the drawer now"),
    F_INT(struct till_close_in, taken_minor, .max = TILL_AMOUNT_MAX, .doc = "Of it, brought to the safe; the rest stays in the drawer"),
    F_STR(struct till_close_in, note, .nullable = true, .max = 500, .doc = "A note, such as why something is missing"), F_END };
static const struct shape open_shape = SHAPE_NAMED("till_open", till_open_in, open_fields), hand_shape = SHAPE_NAMED("till_hand", till_hand_in, hand_fields),
    close_shape = SHAPE_NAMED("till_close", till_close_in, close_fields);
struct list_query { bool archived; int64_t page, limit; };
static const struct field list_fields[] = { F_BOOL(struct list_query, archived, .doc = "Include what is archived"), F_PAGING_WIDE(struct list_query), F_END };
static const struct shape list_shape = SHAPE(list_query, list_fields);
struct sessions_query { struct id till_id; int64_t page, limit; const char *cursor; };
static const struct field sessions_fields[] = { F_ID(struct sessions_query, till_id, .nullable = true, .doc = "Only of this drawer"),
    F_INT(struct sessions_query, limit, .min = 1, .max = PAGE_LIMIT_MAX, .def = PAGE_LIMIT_DEFAULT, .doc = "Rows a page"),
    F_STR(struct sessions_query, cursor, .max = 1600, .doc = "Go on behind this place: next_cursor of the answer before"), F_END };
static const struct shape sessions_shape = SHAPE(sessions_query, sessions_fields);

/* ---- drawers ------------------------------------------------------------------------------------------------------------------- */

struct till_write { struct req *r; struct id audit_id; struct till row; int archive; /* 1 archive, -1 restore */ };

static enum rc list(struct req *r)
{
    struct list l;
    const struct list_query *q = r->query;
    TRY(till_list(r->db, q->archived, &l));
    return reply_slice(r, l, q->page, q->limit);
}

static enum rc get(struct req *r)
{
    struct till t = { 0 };
    TRY(till_get(r->db, r->path_id, &t));
    return reply(r, &t);
}

static enum rc leave(struct tx *tx, const struct till_write *w, const char *action, const struct till *before, const struct till *after)
{
    return tx_change(tx, w->r, &(struct change){ .audit_id = w->audit_id, .action = action, .topic = "till.changed", .entity = "till", .id = after->id,
        .version = after->version, .changes = shape_diff(w->r->arena, &till_shape, before, after) });
}

static enum rc create_tx(struct tx *tx, void *arg)
{
    struct till_write *w = arg;
    struct tenant t = { 0 };
    struct location l = { 0 };
    int64_t n = 0;
    enum rc rc = locations_get(tx_db(tx), w->row.location_id, &l);
    if (rc == RC_NOT_FOUND) return req_fail(w->r, rc, "There is no such location", "{\"field\":\"location_id\"}");
    TRY(rc);
    TRY(tenants_get(tx_db(tx), &t));
    TRY(till_count(tx_db(tx), &n));
    if (n >= TILLS_MAX) return req_fail(w->r, RC_STATE, "The clinic has 100 tills, with those in the archive, and cannot have more", NULL);
    w->row.currency = t.currency;
    TRY(till_insert(tx, &w->row));
    TRY(leave(tx, w, "till.create", NULL, &w->row));
    return reply(w->r, &w->row);
}

static enum rc create(struct req *r)
{
    struct till_write w = { .r = r, .audit_id = id_new(), .row = *(const struct till *)r->in };
    w.row.id = id_new();
    w.row.version = 1;
    w.row.carry_minor = NONE;
    till_name_account(r->arena, w.row.id, &w.row.account_code);
    return req_tx(r, "till.create", create_tx, &w);
}

static enum rc write_tx(struct tx *tx, void *arg)
{
    struct till_write *w = arg;
    struct till before = { 0 }, after;
    TRY(till_get(tx_db(tx), w->r->path_id, &before));
    TRY(req_version(w->r, before.version));
    if (w->archive > 0 && !id_is_nil(before.session_id)) return req_fail(w->r, RC_STATE, "This till is open. Close it first", NULL);
    after = before;
    if (w->archive) after.archived = w->archive > 0;
    else shape_overlay(&till_patch, w->r->in, &till_shape, &after);
    TRY(till_update(tx, &after, before.version, req_lost(w->r)));
    after.version++;
    TRY(leave(tx, w, w->archive > 0 ? "till.archive" : w->archive ? "till.restore" : "till.update", &before, &after));
    return w->archive > 0 ? reply_empty(w->r) : reply(w->r, &after);
}

static enum rc change(struct req *r, int archive)
{
    struct till_write w = { .r = r, .audit_id = id_new(), .archive = archive };
    return req_tx(r, "till.write", write_tx, &w);
}

static enum rc update(struct req *r) { return change(r, 0); }
static enum rc archive(struct req *r) { return change(r, 1); }
static enum rc restore(struct req *r) { return change(r, -1); }

/* ---- sessions ------------------------------------------------------------------------------------------------------------------- */

static enum rc sessions(struct req *r)
{
    const struct sessions_query *q = r->query;
    struct position after;
    struct list l;
    struct page page = { NONE, q->limit, NONE, NULL };
    TRY(req_position(r, q->cursor, "till.sessions", &after));
    TRY(till_sessions_list(r->db, q->till_id, &after, q->limit, &l));
    const struct till_session *last = l.n ? LIST_AT(l, struct till_session, l.n - 1) : NULL;
    if (last && (int64_t)l.n == q->limit) page.next = req_cursor(r, "till.sessions", &(struct position){ "", last->opened_at, last->id });
    return reply_list(r, l, &page);
}

static enum rc session(struct req *r)
{
    struct till_session s = { 0 };
    TRY(till_session_get(r->db, r->path_id, &s));
    return reply(r, &s);
}

static enum rc moves(struct req *r)
{
    struct till_session s = { 0 };
    struct list l;
    TRY(till_session_get(r->db, r->path_id, &s));
    TRY(till_moves_of(r->db, s.id, &l));
    return reply_list(r, l, NULL);
}

#define READ .perm = PERM_ORDERS_READ
#define WRITE .perm = PERM_ORDERS_WRITE
#define SETUP .perm = PERM_SETTINGS_WRITE
static const struct route routes[] = {
    { .method = "GET", .path = "/tills", .summary = "List cash drawers", .handler = list, READ, .ok = 200, .query = &list_shape, .out = &till_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/tills", .summary = "Create a cash drawer", .handler = create, SETUP, .ok = 201, .in = &till_new, .out = &till_shape,
        .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STATE), .flags = R_IDEMPOTENT },
    { .method = "GET", .path = "/tills/{id}", .summary = "Read a cash drawer", .handler = get, READ, .ok = 200, .out = &till_shape },
    { .method = "PATCH", .path = "/tills/{id}", .summary = "Rename a cash drawer", .handler = update, SETUP, .ok = 200, .in = &till_patch, .out = &till_shape, .fails = FAILS(RC_STALE) },
    { .method = "DELETE", .path = "/tills/{id}", .summary = "Archive a cash drawer", .handler = archive, SETUP, .ok = 204, .fails = FAILS(RC_STALE) | FAILS(RC_STATE) },
    { .method = "POST", .path = "/tills/{id}/restore", .summary = "Take a cash drawer out of the archive", .handler = restore, SETUP, .ok = 200, .out = &till_shape,
        .fails = FAILS(RC_STALE) | FAILS(RC_STATE) },
    { .method = "POST", .path = "/tills/{id}/open", .summary = "Open a cash drawer with what is counted in it", .handler = till_handle_open, WRITE, .ok = 201, .in = &open_shape,
        .out = &till_session_shape, .fails = FAILS(RC_STATE) | FAILS(RC_FUNDS), .flags = R_IDEMPOTENT,
        .doc = "The first time, the money comes from the safe. Afterwards, what differs from what was left in it is booked as a difference." },
    { .method = "GET", .path = "/till-sessions", .summary = "List the sessions of cash drawers, newest first", .handler = sessions, READ, .ok = 200, .query = &sessions_shape,
        .out = &till_session_shape, .flags = R_LIST | R_PAGED },
    { .method = "GET", .path = "/till-sessions/{id}", .summary = "Read a session of a cash drawer", .handler = session, READ, .ok = 200, .out = &till_session_shape },
    { .method = "GET", .path = "/till-sessions/{id}/moves", .summary = "What was put in and taken out by hand, newest first", .handler = moves, READ, .ok = 200, .out = &till_move_shape, .flags = R_LIST },
    { .method = "POST", .path = "/till-sessions/{id}/moves", .summary = "Put money in or take it out by hand, with a reason", .handler = till_handle_hand, WRITE, .ok = 201,
        .in = &hand_shape, .out = &till_session_shape, .fails = FAILS(RC_STATE) | FAILS(RC_FUNDS), .flags = R_IDEMPOTENT },
    { .method = "POST", .path = "/till-sessions/{id}/close", .summary = "Close a cash drawer with what is counted in it", .handler = till_handle_close, WRITE, .ok = 200,
        .in = &close_shape, .out = &till_session_shape, .fails = FAILS(RC_STATE) | FAILS(RC_STALE) | FAILS(RC_FUNDS), .flags = R_IDEMPOTENT,
        .doc = "What is missing or too much is booked as a difference. With If-Match it is refused when money came or went since it was read." },
    { 0 } };

const struct module till_module = { .name = "till", .doc = "Cash drawers: opened and closed with what is counted", .routes = routes, .queries = till_queries };
