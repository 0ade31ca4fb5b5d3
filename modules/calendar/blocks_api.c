/* blocks_api.c - blocked time, once or by a rule: shapes, looking before it is saved, making it; and the module's table. */
#include "modules/calendar/blocks.h"
#include "modules/calendar/view_api.h"
#include "modules/tenants/tenants.h"

enum { PLANS_MAX = 5, OCCURRENCES_SHOWN = 60 };
const char *const block_scope_names[] = { "this", "following", "all", NULL };
const char *const block_on_conflict_names[] = { "refuse", "keep", NULL };

/* ---- shapes ------------------------------------------------------------------------------------------------------------------------ */

struct blocked_query { const char *from, *to; int64_t page, limit; };
static const struct field blocked_query_fields[] = { F_STR(struct blocked_query, from, .max = 40, .when = true, .doc = "Instant or date; today when absent"),
    F_STR(struct blocked_query, to, .max = 40, .when = true, .doc = "Instant or date, not included; 42 days later when absent"), F_PAGING_WIDE(struct blocked_query), F_END };
static const struct shape blocked_query_shape = SHAPE(blocked_query, blocked_query_fields);

#define BLOCKED(T, m) \
    { .name = "id", .kind = K_ID, .off = offsetof(T, m id) }, { .name = "kind", .kind = K_ENUM, .off = offsetof(T, m kind), .names = blocked_kind_names }, \
    { .name = "subject_id", .kind = K_ID, .off = offsetof(T, m subject_id) }, { .name = "start", .kind = K_INSTANT, .off = offsetof(T, m start) }, \
    { .name = "end", .kind = K_INSTANT, .off = offsetof(T, m end) }, { .name = "all_day", .kind = K_BOOL, .off = offsetof(T, m all_day) }, \
    { .name = "purpose", .kind = K_ENUM, .off = offsetof(T, m purpose), .names = blocked_purpose_names }, \
    { .name = "reason", .kind = K_STR, .off = offsetof(T, m reason), .nullable = true }, \
    { .name = "rule_id", .kind = K_ID, .off = offsetof(T, m rule_id), .nullable = true, .doc = "Of the rule that it repeats by" }, \
    { .name = "version", .kind = K_INT, .off = offsetof(T, m version) }
static const struct field blocked_fields[] = { BLOCKED(struct blocked_time, ), F_END };
const struct shape blocked_time_shape = SHAPE(blocked_time, blocked_fields);

struct rule_out { struct id id; const char *rrule, *sentence, *time_zone, *first; bool all_day, ends; };
static const struct field rule_out_fields[] = { F_ID(struct rule_out, id), F_STR(struct rule_out, rrule), F_STR(struct rule_out, sentence),
    F_STR(struct rule_out, time_zone), F_STR(struct rule_out, first, .doc = "The first start on the clock of the zone"), F_BOOL(struct rule_out, all_day),
    F_BOOL(struct rule_out, ends, .doc = "false: without an end; it is written about a year ahead, and goes on"), F_END };
static const struct shape rule_out_shape = SHAPE_NAMED("blocked_rule", rule_out, rule_out_fields);
static const struct field hit_name_fields[] = { F_ID(struct booking_hit, appointment_id), F_ID(struct booking_hit, client_id), F_STR(struct booking_hit, client_name),
    F_STR(struct booking_hit, patient_name), F_STR(struct booking_hit, service_name), F_ID(struct booking_hit, provider_id), F_STR(struct booking_hit, provider_name),
    F_INSTANT(struct booking_hit, start), F_INSTANT(struct booking_hit, end), F_ENUM(struct booking_hit, status, appt_state_names), F_INT(struct booking_hit, version), F_END };
const struct shape block_hit_name_shape = SHAPE_NAMED("booking_hit", booking_hit, hit_name_fields);
#define HITS_DOC "The bookings in it, by start: up to 50"
static const struct field full_fields[] = { BLOCKED(struct block_answer, b.), F_OBJ(struct block_answer, rule, &rule_out_shape, .nullable = true),
    F_INT(struct block_answer, occurrences, .doc = "How many this request has written"), F_INT(struct block_answer, hits_total),
    F_LIST(struct block_answer, hits, &block_hit_name_shape, .doc = HITS_DOC ", which stay where they are"), F_END };
const struct shape block_full_shape = SHAPE_NAMED("blocked_time_full", block_answer, full_fields);

struct block_new { int64_t kind, purpose, start, end, first_day, last_day, on_conflict; struct id subject_id, location_id; const char *reason, *rrule; bool all_day, force; };
#define NEW_FIELDS \
    F_ENUM(struct block_new, kind, blocked_kind_names, .required = true, .doc = "Whose time"), \
    F_ID(struct block_new, subject_id, .required = true, .doc = "Id of the provider, resource or location"), \
    F_ID(struct block_new, location_id, .doc = "Of a provider: by the clock of which location; the clinic's when absent"), \
    F_INSTANT(struct block_new, start, .nullable = true, .doc = "From; not for whole days"), \
    F_INSTANT(struct block_new, end, .nullable = true, .doc = "To, not included; not for whole days"), \
    F_BOOL(struct block_new, all_day, .doc = "Whole days, from midnight to midnight"), \
    F_DATE(struct block_new, first_day, .nullable = true, .doc = "The first of the whole days"), \
    F_DATE(struct block_new, last_day, .nullable = true, .doc = "The last of them, included; the first when absent"), \
    F_STR(struct block_new, rrule, .nullable = true, .max = RECUR_TEXT_MAX, .doc = "Repeats by this RFC 5545 rule; without COUNT and UNTIL it has no end", .example = "FREQ=WEEKLY;BYDAY=MO"), \
    F_ENUM(struct block_new, purpose, blocked_purpose_names, .doc = "What for"), \
    F_STR(struct block_new, reason, .nullable = true, .max = 300, .doc = "Why, in words")
static const struct field preview_fields[] = { NEW_FIELDS, F_END };
static const struct shape preview_shape = SHAPE_NAMED("blocked_preview", block_new, preview_fields);
static const struct field new_fields[] = { NEW_FIELDS,
    F_ENUM(struct block_new, on_conflict, block_on_conflict_names, .doc = "Where there are bookings: refuse it, or keep them as they are"),
    F_BOOL(struct block_new, force, .doc = "An older word for on_conflict: keep"), F_END };
static const struct shape new_shape = SHAPE_NAMED("blocked_new", block_new, new_fields);

struct span_out { int64_t start, end; bool dst_shifted; };
static const struct field span_fields[] = { F_INSTANT(struct span_out, start), F_INSTANT(struct span_out, end), F_BOOL(struct span_out, dst_shifted), F_END };
static const struct shape span_shape = SHAPE_NAMED("blocked_occurrence", span_out, span_fields);
struct preview_out { const char *rrule, *sentence, *time_zone; int64_t total, hits_total; struct list occurrences, hits; bool ends; };
static const struct field preview_out_fields[] = { F_STR(struct preview_out, rrule, .nullable = true), F_STR(struct preview_out, sentence, .nullable = true),
    F_STR(struct preview_out, time_zone), F_BOOL(struct preview_out, ends), F_INT(struct preview_out, total, .doc = "Occurrences that would be written now"),
    F_LIST(struct preview_out, occurrences, &span_shape, .doc = "The first of them, up to 60"),
    F_INT(struct preview_out, hits_total, .doc = "Bookings in it; 501: more than 500"), F_LIST(struct preview_out, hits, &block_hit_name_shape, .doc = HITS_DOC), F_END };
static const struct shape preview_out_shape = SHAPE_NAMED("blocked_look", preview_out, preview_out_fields);

/* ---- what was typed ------------------------------------------------------------------------------------------------------------------- */

static void read_days(struct req *r, const struct zone *z, const struct block_input *in, struct block_when *out)
{
    int64_t last = in->last_day == NONE ? in->first_day : in->last_day;
    if (in->first_day == NONE) {
        req_field_error(r, "first_day", "is needed for whole days");
    } else if (last < in->first_day) {
        req_field_error(r, "last_day", "must not be before the first day");
    } else if (last - in->first_day >= BLOCK_DAYS_MAX) {
        req_field_error(r, "last_day", "must be less than 400 days after the first");
    } else {
        *out = (struct block_when){ .wall = in->first_day * USEC_PER_DAY, .length_us = (last + 1 - in->first_day) * USEC_PER_DAY, .all_day = true,
            .start = zone_midnight(z, in->first_day), .end = zone_midnight(z, last + 1) };
    }
}

enum rc blocks_read_when(struct req *r, const struct zone *z, const struct block_input *in, struct block_when *out)
{
    *out = (struct block_when){ 0 };
    if (in->all_day) {
        read_days(r, z, in, out);
        return req_invalid(r);
    }
    if (in->start == NONE) req_field_error(r, "start", "is needed");
    if (in->end == NONE) req_field_error(r, "end", "is needed");
    TRY(req_invalid(r));
    if (in->end <= in->start) req_field_error(r, "end", "must be after start");
    else if (in->end - in->start > BLOCK_DAYS_MAX * USEC_PER_DAY) req_field_error(r, "end", "must be at most 400 days after start");
    int64_t wall = zone_local(z, in->start), length = zone_local(z, in->end) - wall;
    *out = (struct block_when){ .wall = wall, .length_us = length > 0 ? length : in->end - in->start, .start = in->start, .end = in->end };
    return req_invalid(r);
}

enum rc blocks_check_rule(struct req *r, const char *text, struct recur_rule *out)
{
    struct recur_problem p;
    if (!recur_parse(text, out, &p)) req_field_error(r, "rrule", arena_printf(r->arena, "%s %s", p.part, p.what));
    return req_invalid(r);
}

/* A year ahead, and at least until the first has been written. */
int64_t blocks_horizon(int64_t now, const struct block_when *w)
{
    int64_t ahead = now + BLOCK_DAYS_MAX * USEC_PER_DAY;
    return w->start + USEC_PER_DAY > ahead ? w->start + BLOCK_DAYS_MAX * USEC_PER_DAY : ahead;
}

enum rc blocks_check_spans(struct req *r, const struct block_spans *s, const struct block_when *w)
{
    const char *end = w->all_day ? "last_day" : "end", *start = w->all_day ? "first_day" : "start";
    if (w->length_us > BLOCK_RULE_DAYS_MAX * USEC_PER_DAY) req_field_error(r, end, "must be at most 31 days after the start of what repeats");
    if (w->start < r->now - BLOCK_BACK_DAYS * USEC_PER_DAY) req_field_error(r, start, "must not be more than 31 days ago");
    if (w->start > r->now + BLOCK_AHEAD_DAYS * USEC_PER_DAY) req_field_error(r, start, "must be at most 800 days ahead");
    if (!s->n) req_field_error(r, "rrule", "gives no date: it ends before the start, or no day fits");
    if (s->more) req_field_error(r, "rrule", "gives more than 450 dates in a year");
    for (size_t i = 1; i < s->n; i++)
        if (s->at[i].start < s->at[i - 1].end) {
            req_field_error(r, end, "must not be after the next one begins");
            break;
        }
    return req_invalid(r);
}

enum rc blocks_find_zone(struct req *r, struct tdb *db, const struct blocked_time *b, struct id location, const struct zone **z)
{
    struct provider p = { 0 };
    struct resource x = { 0 };
    struct location l = { 0 };
    struct tenant t = { .time_zone = r->who->time_zone };
    enum rc rc = RC_OK;
    if (b->kind == BLOCKED_PROVIDER) rc = providers_get(db, b->subject_id, &p);
    else if (b->kind == BLOCKED_RESOURCE) rc = resources_get(db, b->subject_id, &x);
    struct id where = b->kind == BLOCKED_PROVIDER ? location : b->kind == BLOCKED_RESOURCE ? x.location_id : b->subject_id;
    if (rc == RC_OK && !id_is_nil(where)) {
        rc = locations_get(db, where, &l);
        if (rc == RC_NOT_FOUND && b->kind == BLOCKED_PROVIDER) return req_fail(r, rc, "There is no such location", "{\"field\":\"location_id\"}");
        t.time_zone = l.time_zone;
    }
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "There is no such provider, resource or location", "{\"field\":\"subject_id\"}");
    TRY(rc);
    if (!t.time_zone) TRY(tenants_get(db, &t));
    *z = zone_find(t.time_zone);
    return *z ? RC_OK : fault(RC_FAULT, "a zone is not in tzdata any more");
}

/* ---- making it -------------------------------------------------------------------------------------------------------------------------- */

struct making { struct block_taking b; struct blocked_rule rule; struct block_when when; bool repeats; struct id audit_id; };

static enum rc plan_rule(struct req *r, struct making *m, const char *text)
{
    struct recur_rule rule;
    struct blocked_rule *b = &m->rule;
    struct block_span later;
    bool goes_on;
    TRY(blocks_check_rule(r, text, &rule));
    b->rrule = blocks_rule_text(r->arena, &rule);
    b->filled_to = blocks_horizon(r->now, &m->when);
    TRY(blocks_expand(r->arena, b, m->when.start - 2 * USEC_PER_DAY, b->filled_to, BLOCK_OCCURRENCES_MAX, (struct list){ NULL, 0 }, &m->b.spans));
    TRY(blocks_check_spans(r, &m->b.spans, &m->when));
    TRY(blocks_next(r->arena, b, zone_local(zone_find(b->time_zone), b->filled_to), b->filled_to, &later, &goes_on));
    if (!goes_on) b->filled_to = NONE;
    return RC_OK;
}

static enum rc plan(struct req *r, struct making *m)
{
    const struct block_new *in = r->in;
    const struct zone *z;
    m->b.row = (struct blocked_time){ .kind = in->kind, .subject_id = in->subject_id, .purpose = in->purpose, .reason = in->reason, .all_day = in->all_day, .version = 1 };
    TRY(blocks_find_zone(r, r->db, &m->b.row, in->location_id, &z));
    TRY(blocks_read_when(r, z, &(struct block_input){ in->start, in->end, in->first_day, in->last_day, in->all_day }, &m->when));
    const struct block_when *w = &m->when;
    m->b.r = r;
    m->rule = (struct blocked_rule){ .id = id_new(), .kind = in->kind, .subject_id = in->subject_id, .purpose = in->purpose, .reason = in->reason,
        .time_zone = zone_name(z), .first_local = w->wall, .length_us = w->length_us, .all_day = in->all_day, .filled_to = NONE, .version = 1,
        .created_at = r->now, .updated_at = r->now };
    m->repeats = !str_empty(in->rrule);
    m->b.spans = (struct block_spans){ .at = arena_alloc(r->arena, sizeof *m->b.spans.at), .n = 1 };
    if (!m->b.spans.at) return RC_OOM;
    m->b.spans.at[0] = (struct block_span){ .at = w->wall, .start = w->start, .end = w->end };
    if (m->repeats) TRY(plan_rule(r, m, in->rrule));
    for (size_t i = 0; i < m->b.spans.n; i++) m->b.spans.at[i].id = id_new();
    return RC_OK;
}

static enum rc preview(struct req *r)
{
    struct making m = { 0 };
    TRY(plan(r, &m));
    TRY(blocks_look(r->db, &m.b));
    size_t n = m.b.spans.n < OCCURRENCES_SHOWN ? m.b.spans.n : OCCURRENCES_SHOWN;
    struct span_out *spans = arena_alloc(r->arena, n * sizeof *spans);
    if (!spans) return RC_OOM;
    for (size_t i = 0; i < n; i++) spans[i] = (struct span_out){ m.b.spans.at[i].start, m.b.spans.at[i].end, m.b.spans.at[i].dst_shifted };
    struct list hits = m.b.hits;
    if (hits.n > HITS_MAX) hits.n = HITS_MAX;
    return reply(r, &(struct preview_out){ m.repeats ? m.rule.rrule : NULL, m.repeats ? blocks_sentence(r->arena, &m.rule) : NULL, m.rule.time_zone,
        (int64_t)m.b.spans.n, (int64_t)m.b.hits.n, { spans, n }, hits, m.rule.filled_to == NONE });
}

enum rc blocks_reply(struct req *r, struct tdb *db, struct id block, int64_t occurrences, struct list hits)
{
    struct block_answer a = { .occurrences = occurrences, .hits_total = (int64_t)hits.n, .hits = { hits.items, hits.n < HITS_MAX ? hits.n : HITS_MAX } };
    struct blocked_rule rule = { 0 };
    struct rule_out out;
    struct recur_rule parsed;
    struct recur_problem unused;
    char text[INSTANT_TEXT];
    TRY(blocked_get(db, block, &a.b));
    if (!id_is_nil(a.b.rule_id)) {
        TRY(blocked_rules_get(db, a.b.rule_id, &rule));
        bool ends = recur_parse(rule.rrule, &parsed, &unused) && recur_ends(&parsed);
        out = (struct rule_out){ rule.id, rule.rrule, blocks_sentence(r->arena, &rule), rule.time_zone,
            arena_strndup(r->arena, instant_format(rule.first_local, text), 16), rule.all_day, ends };
        a.rule = &out;
    }
    reply_version(r, a.b.version);
    return reply(r, &a);
}

static enum rc make_tx(struct tx *tx, void *arg)
{
    struct making *m = arg;
    struct req *r = m->b.r;
    struct blocked_time first = m->b.row;
    int64_t rules = 0;
    first.id = m->b.spans.at[0].id;
    first.start = m->b.spans.at[0].start;
    first.end = m->b.spans.at[0].end;
    if (m->repeats) first.rule_id = m->rule.id;
    TRY(blocks_lock(tx, first.kind, first.subject_id, ID_NIL));
    if (m->repeats) TRY(blocked_rules_count(tx_db(tx), &rules));
    if (rules >= BLOCK_RULES_MAX) return req_fail(r, RC_STATE, "There are 2000 rules of blocked time that have no end yet. Delete some first", NULL);
    if (m->repeats) TRY(blocked_rules_insert(tx, &m->rule));
    TRY(blocks_write(tx, &m->b, m->repeats ? m->rule.id : ID_NIL));
    TRY(tx_change(tx, r, &(struct change){ m->audit_id, "blocked.create", "blocked.created", "blocked_time", first.id, 1,
        shape_diff(r->arena, &blocked_time_shape, NULL, &first), NULL, false }));
    return blocks_reply(r, tx_db(tx), first.id, (int64_t)m->b.spans.n, m->b.hits);
}

static enum rc create(struct req *r)
{
    const struct block_new *in = r->in;
    struct making m = { .audit_id = id_new(), .b.keep = in->force || in->on_conflict == ON_CONFLICT_KEEP };
    enum rc rc = RC_OVERLAP;
    TRY(plan(r, &m));
    for (int tries = 0; tries < PLANS_MAX && rc == RC_OVERLAP; tries++) {
        rc = req_tx(r, "calendar.block", make_tx, &m);
        if (rc != RC_OVERLAP) return rc;
        TRY(blocks_look(r->db, &m.b)); /* whoever was quicker is in the way now */
        if (m.b.t->n_conflicts && !m.b.keep) return blocks_refuse(&m.b);
    }
    return blocks_refuse(&m.b);
}

static enum rc list(struct req *r)
{
    const struct blocked_query *q = r->query;
    struct list l;
    int64_t from, to;
    TRY(view_window(r, q->from, q->to, 0, CALENDAR_DAYS_MAX, &from, &to));
    TRY(blocked_list(r->db, from, to, &l));
    return reply_slice(r, l, q->page, q->limit);
}

static enum rc get(struct req *r) { return blocks_reply(r, r->db, r->path_id, 0, (struct list){ NULL, 0 }); }

/* ---- the table --------------------------------------------------------------------------------------------------------------------------- */

#define READ .perm = PERM_SCHEDULE_READ
#define WRITE .perm = PERM_SCHEDULE_WRITE
static const struct route routes[] = {
    { .method = "GET", .path = "/blocked-times", .summary = "List blocked time", .handler = list, READ, .ok = 200, .query = &blocked_query_shape, .out = &blocked_time_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/calendar/blocked-preview", .summary = "What a block would take, and which bookings it hits", .handler = preview, WRITE, .ok = 200,
        .in = &preview_shape, .out = &preview_out_shape, .fails = FAILS(RC_NOT_FOUND), .doc = "Changes nothing. Other blocks and outside calendars are not in the way of a block." },
    { .method = "POST", .path = "/blocked-times", .summary = "Block time of a provider, resource or location, once or by a rule", .handler = create, WRITE, .ok = 201, .in = &new_shape,
        .out = &block_full_shape, .fails = FAILS(RC_OVERLAP) | FAILS(RC_NOT_FOUND) | FAILS(RC_STATE), .flags = R_IDEMPOTENT,
        .doc = "Answers the first occurrence. Bookings in the way: 409 with each of them, or with on_conflict keep they stay, and are listed. A rule keeps its times on the clock of its zone; one without an end is written 400 days ahead, and goes on by itself." },
    { .method = "GET", .path = "/blocked-times/{id}", .summary = "Read blocked time and its rule", .handler = get, READ, .ok = 200, .out = &block_full_shape },
    { .method = "PATCH", .path = "/blocked-times/{id}", .summary = "Change blocked time: one, the following or all of a rule", .handler = blocked_handle_edit, WRITE, .ok = 200,
        .in = &blocked_patch_shape, .query = &blocked_scope_shape, .out = &block_full_shape, .fails = FAILS(RC_OVERLAP) | FAILS(RC_STALE) | FAILS(RC_STATE),
        .doc = "The following ones, and all that are not over, become a rule of their own. What was changed by itself stays as it is. Without times nothing is looked at: the bookings in it stay." },
    { .method = "DELETE", .path = "/blocked-times/{id}", .summary = "Free blocked time: one, the following or all of a rule", .handler = blocked_handle_delete, WRITE, .ok = 204,
        .query = &blocked_scope_shape, .fails = FAILS(RC_STALE), .doc = "Of many, what is over stays." },
    { .method = "GET", .path = "/blocked-times/{id}/hits", .summary = "Bookings that a block hits, with times to move them to", .handler = blocked_handle_hits, READ, .ok = 200,
        .query = &block_hits_query_shape, .out = &block_hit_shape, .flags = R_LIST,
        .doc = "Of a block that was added over bookings: up to 50 of them, by start. What has been moved or cancelled meanwhile is not listed any more." },
    { .method = "POST", .path = "/blocked-times/{id}/reslot", .summary = "Move bookings out of a block, or ask their clients to choose again", .handler = blocked_handle_reslot, WRITE, .ok = 200,
        .in = &reslot_shape, .out = &reslot_result_shape, .flags = R_LIST,
        .doc = "Each by itself, one result for each: what cannot be moved keeps its time. Who is moved gets the usual mail; who is told gets one with the link to choose another time." },
    { 0 } };

static const struct schedule_row schedules[] = { { "calendar.blocked_rules", "Writes blocked time that repeats without an end a year ahead", 3600, blocks_write_on }, { 0 } };

extern const struct query *const blocks_queries[];
const struct module blocks_module = { .name = "blocked_time", .doc = "Blocked time and time off, once or by a rule", .platform = true, .routes = routes,
    .queries = blocks_queries, .schedules = schedules };
