/* zones_report.c - what did not fit any more after the zone data changed, and somebody's word on it. */
#include "modules/zones/zones.h"

struct zone_data { const char *version, *checked_version; int64_t checked_at, open, moved, settled; bool older; };
static const struct field data_fields[] = { F_STR(struct zone_data, version, .doc = "The zone data the program reads"),
    F_STR(struct zone_data, checked_version, .nullable = true, .doc = "The zone data the future of the clinic was looked through with"),
    F_INSTANT(struct zone_data, checked_at, .nullable = true), F_BOOL(struct zone_data, older, .doc = "Older than what was seen before: nothing is moved by it"),
    F_INT(struct zone_data, open, .doc = "Lines that wait for a decision"), F_INT(struct zone_data, moved), F_INT(struct zone_data, settled), F_END };
const struct shape zone_data_shape = SHAPE(zone_data, data_fields);

static const char *const which_names[] = { "open", "all", NULL };
struct report_query { int64_t which, page, limit; };
static const struct field query_fields[] = { F_ENUM(struct report_query, which, which_names, .def = 0, .doc = "Only what waits for a decision, or everything"),
    F_PAGING(struct report_query), F_END };
const struct shape zone_report_query_shape = SHAPE_NAMED("zone_report_query", report_query, query_fields);

struct line_out { struct id id, entity_id; int64_t kind, old_start, new_start, outcome, at; const char *version, *old_version, *time_zone, *wall, *conflicts, *client_name,
    *service_name, *provider_name, *location_name; };
static const struct field line_fields[] = { F_ID(struct line_out, id), F_ENUM(struct line_out, kind, zone_kind_names),
    F_ID(struct line_out, entity_id, .doc = "The appointment, session, hold or blocked time"),
    F_ENUM(struct line_out, outcome, zone_outcome_names, .doc = "open: waits for a decision; conflict: could not be moved; moved; kept: the instant stays; settled: changed by other means"),
    F_STR(struct line_out, wall, .doc = "The agreed start on the clock of the place"), F_STR(struct line_out, time_zone),
    F_INSTANT(struct line_out, old_start, .doc = "The instant it had"), F_INSTANT(struct line_out, new_start, .doc = "The instant at which the clock shows the agreed time now"),
    F_STR(struct line_out, old_version), F_STR(struct line_out, version), F_INSTANT(struct line_out, at),
    F_JSON(struct line_out, conflicts, .doc = "What was in the way, as in the 409 of a move"), F_STR(struct line_out, client_name, .nullable = true),
    F_STR(struct line_out, service_name, .nullable = true), F_STR(struct line_out, provider_name, .nullable = true), F_STR(struct line_out, location_name, .nullable = true), F_END };
const struct shape zone_line_shape = SHAPE_NAMED("zone_line", line_out, line_fields);

enum decision { DECIDE_WALL_TIME, DECIDE_INSTANT };
static const char *const decision_names[] = { "wall_time", "instant", NULL };
struct decision_in { int64_t keep; bool notify; };
static const struct field decision_fields[] = {
    F_ENUM(struct decision_in, keep, decision_names, .required = true, .doc = "wall_time: it moves to where the clock shows the agreed time; instant: it stays, and the clock shows another time"),
    F_BOOL(struct decision_in, notify, .def = 1, .doc = "Whether the client of an appointment is told that it moved"), F_END };
const struct shape zone_decision_shape = SHAPE_NAMED("zone_decision", decision_in, decision_fields);

enum rc zone_handle_data(struct req *r)
{
    struct zone_check was;
    struct zone_counts n = { 0 };
    TRY(zone_check_get(r->db, &was));
    TRY(zone_lines_count(r->db, r->now, &n));
    return reply(r, &(struct zone_data){ zone_data_version(), was.version, was.checked_at, n.open, n.moved, n.settled,
        was.version && zone_data_older(zone_data_version(), was.version) });
}

static struct line_out describe(struct req *r, const struct zone_line *l)
{
    char text[INSTANT_TEXT];
    return (struct line_out){ l->id, l->entity_id, l->kind, l->old_start, l->new_start, l->outcome, l->at, l->version, l->old_version, l->time_zone,
        arena_strndup(r->arena, instant_format(l->wall, text), 16), l->detail, l->client_name, l->service_name, l->provider_name, l->location_name };
}

enum rc zone_handle_report(struct req *r)
{
    const struct report_query *q = r->query;
    struct page p = { .page = q->page, .limit = q->limit };
    struct list lines;
    TRY(zone_lines_list(r->db, r->now, q->which == 0, q->page, q->limit, &lines, &p.total));
    struct line_out *out = arena_alloc(r->arena, (lines.n + 1) * sizeof *out);
    if (!out) return RC_OOM;
    for (size_t i = 0; i < lines.n; i++) out[i] = describe(r, LIST_AT(lines, struct zone_line, i));
    return reply_list(r, (struct list){ out, lines.n }, &p);
}

enum rc zone_doctor(struct tdb *db, int64_t now, struct buf *line)
{
    int64_t n;
    TRY(zone_lines_open_everywhere(db, now, &n));
    if (n) buf_printf(line, "zone report: %lld rows do not fit the clock of zone data %s and wait for a decision (GET /calendar/zone-report)", (long long)n, zone_data_version());
    return RC_OK;
}

/* ---- somebody's word ------------------------------------------------------------------------------------------------------------------ */

struct deciding { struct req *r; struct zone_line line; enum zone_outcome outcome; struct id audit_id; struct zone_move move; struct id ids[204]; struct zone_shift at[102]; };

/* First in the commit: of two who decide at the same moment one does, and what the other would have changed is as it was. */
static enum rc leave_word(struct tx *tx, void *arg)
{
    const struct deciding *d = arg;
    TRY(zone_line_decide(tx, d->line.id, d->outcome));
    return tx_audit(tx, d->r, &(struct audit_entry){ d->audit_id, "zones.decide", "zone_line", d->line.id,
        arena_printf(d->r->arena, "{\"outcome\":[\"%s\",\"%s\"]}", zone_outcome_names[d->line.outcome], zone_outcome_names[d->outcome]), false });
}

static enum rc answer(const struct deciding *d)
{
    struct zone_line line = d->line;
    line.outcome = d->outcome;
    line.detail = NULL;
    struct line_out out = describe(d->r, &line);
    return reply(d->r, &out);
}

static enum rc keep_tx(struct tx *tx, void *arg)
{
    struct deciding *d = arg;
    TRY(leave_word(tx, d));
    if (d->line.kind == ZONE_OCCURRENCE) TRY(appointments_alone(tx, d->line.entity_id));
    TRY(zone_set_wall(tx, (enum zone_kind)d->line.kind, d->line.entity_id, zone_wall(d->line.time_zone, d->line.old_start)));
    return answer(d);
}

static enum rc move_tx(struct tx *tx, void *arg)
{
    struct deciding *d = arg;
    struct list seats = { NULL, 0 };
    TRY(leave_word(tx, d));
    d->move.n = 1;
    d->at[0].by = d->line.new_start - d->line.old_start;
    if (d->line.kind == ZONE_SESSION) TRY(zone_session_appointments(tx_db(tx), d->line.entity_id, &seats));
    for (size_t i = 0; i < seats.n; i++, d->move.n++) {
        d->at[d->move.n] = *LIST_AT(seats, struct zone_shift, i);
        d->at[d->move.n].by = d->at[0].by;
    }
    TRY(zone_move_all(tx, &d->move));
    return answer(d);
}

static enum rc answer_moved(struct req *r, const struct appointment *a, void *arg)
{
    (void)r, (void)a;
    return answer(arg);
}

static enum rc move_appointment(struct deciding *d)
{
    const struct decision_in *in = d->r->in;
    return calendar_move(&(struct moving){ .r = d->r, .id = d->line.entity_id, .start = d->line.new_start, .end = NONE, .quiet = !in->notify,
        .by_rule = d->line.kind == ZONE_OCCURRENCE, .begin = leave_word, .begin_arg = d, .reply = answer_moved, .reply_arg = d });
}

static enum rc move_together(struct deciding *d)
{
    d->move = (struct zone_move){ .r = d->r, .zone = d->line.time_zone, .at = d->at, .ids = d->ids };
    d->at[0] = (struct zone_shift){ .id = d->line.entity_id, .kind = d->line.kind, .start = d->line.old_start };
    for (size_t i = 0; i < ARRAY_LEN(d->ids); i++) d->ids[i] = id_new();
    enum rc rc = req_tx(d->r, "zones.move", move_tx, d);
    return rc == RC_OVERLAP ? zone_move_refuse(&d->move, "At that time somebody is taken already. Nothing was changed") : rc;
}

enum rc zone_handle_decide(struct req *r)
{
    const struct decision_in *in = r->in;
    struct deciding *d = arena_alloc(r->arena, sizeof *d);
    if (!d) return RC_OOM;
    *d = (struct deciding){ .r = r, .audit_id = id_new(), .outcome = in->keep == DECIDE_INSTANT ? ZONE_KEPT : ZONE_MOVED };
    TRY(zone_line_get(r->db, r->path_id, r->now, &d->line));
    if (d->line.outcome != ZONE_OPEN && d->line.outcome != ZONE_CONFLICT) return req_fail(r, RC_STATE, "This was decided already, or changed since then", NULL);
    bool booked = d->line.kind == ZONE_APPOINTMENT || d->line.kind == ZONE_OCCURRENCE;
    if (booked && r->if_match != NONE) {
        struct appointment a = { 0 };
        TRY(appointments_get(r->db, d->line.entity_id, &a));
        TRY(req_version(r, a.version));
    }
    if (in->keep == DECIDE_INSTANT) return req_tx(r, "zones.keep", keep_tx, d);
    if (d->line.kind == ZONE_HOLD) return req_fail(r, RC_STATE, "A hold ends by itself, and is not moved", NULL);
    return booked ? move_appointment(d) : move_together(d);
}
