/* blocks_edit.c - blocked time changes, or is given back: one of a rule, the following, or all that are not over. Of many, the rule ends where
 * the change begins and another one goes on; what was changed by itself comes along as it is. */
#include "modules/calendar/blocks.h"

enum { PLANS_MAX = 5 };
struct scope_in { int64_t scope; };
static const struct field scope_fields[] = { F_ENUM(struct scope_in, scope, block_scope_names, .doc = "This one, this and the following, or all") , F_END };
const struct shape blocked_scope_shape = SHAPE_NAMED("blocked_scope", scope_in, scope_fields);
struct block_patch { struct present present; int64_t start, end, first_day, last_day, purpose, on_conflict; const char *reason, *rrule; bool all_day; };
enum { P_START, P_END, P_ALL_DAY, P_FIRST, P_LAST, P_RRULE, P_PURPOSE, P_REASON };
static const struct field patch_fields[] = {
    F_INSTANT(struct block_patch, start, .nullable = true, .doc = "New start of this one; the others move by as much on the clock"),
    F_INSTANT(struct block_patch, end, .nullable = true, .doc = "New end; needed together with start"),
    F_BOOL(struct block_patch, all_day, .doc = "Whole days, from midnight to midnight"),
    F_DATE(struct block_patch, first_day, .nullable = true, .doc = "The first of the whole days"),
    F_DATE(struct block_patch, last_day, .nullable = true, .doc = "The last of them, included"),
    F_STR(struct block_patch, rrule, .nullable = true, .max = RECUR_TEXT_MAX, .doc = "Another rule, of the following or of all"),
    F_ENUM(struct block_patch, purpose, blocked_purpose_names, .doc = "What for"),
    F_STR(struct block_patch, reason, .nullable = true, .max = 300, .doc = "Why, in words"),
    F_ENUM(struct block_patch, on_conflict, block_on_conflict_names, .doc = "Where there are bookings that were not in it before: refuse it, or keep them as they are"), F_END };
const struct shape blocked_patch_shape = SHAPE_PATCH("blocked_patch", block_patch, patch_fields);
SHAPE_PATCH_CHECK(block_patch);

struct editing {
    struct req *r;
    const struct block_patch *in;          /* NULL: is given back */
    enum block_scope scope;
    struct blocked_time row;
    struct blocked_rule rule, next;
    struct block_when when; bool timed;    /* where other times were given */
    struct block_span first;               /* where the change begins */
    struct list before;                    /* rows of the rule from there on */
    struct block_taking b;
    struct id audit_id, rule_id, jobs[FREED_TOLD], ids[BLOCK_OCCURRENCES_MAX];
};

static bool sent(const struct block_patch *in, int field) { return present_has(in->present, patch_fields, &patch_fields[field]); }

static struct editing *editing_new(struct req *r, enum block_scope scope, const struct block_patch *in)
{
    struct editing *e = arena_alloc(r->arena, sizeof *e);
    if (!e) return NULL;
    e->r = r;
    e->in = in;
    e->scope = scope;
    e->audit_id = id_new();
    e->rule_id = id_new();
    for (size_t i = 0; i < ARRAY_LEN(e->jobs); i++) e->jobs[i] = id_new();
    for (size_t i = 0; i < ARRAY_LEN(e->ids) && scope != BLOCK_THIS && in; i++) e->ids[i] = id_new();
    return e;
}

/* The row, and its rule where the scope is wider than this one. */
static enum rc load(struct tx *tx, struct editing *e)
{
    struct blocked_time seen = { 0 };
    TRY(blocked_get(tx_db(tx), e->r->path_id, &seen));
    TRY(blocks_lock(tx, seen.kind, seen.subject_id, seen.rule_id));
    e->row = (struct blocked_time){ 0 };
    TRY(blocked_get(tx_db(tx), e->r->path_id, &e->row)); /* as it is under the lock */
    TRY(req_version(e->r, e->row.version));
    if (id_is_nil(e->row.rule_id)) e->scope = BLOCK_THIS;
    e->rule = (struct blocked_rule){ 0 };
    return id_is_nil(e->row.rule_id) ? RC_OK : blocked_rules_get(tx_db(tx), e->row.rule_id, &e->rule);
}

static enum rc read_times(struct tx *tx, struct editing *e)
{
    const struct block_patch *in = e->in;
    const struct zone *z = id_is_nil(e->row.rule_id) ? NULL : zone_find(e->rule.time_zone);
    e->timed = sent(in, P_START) || sent(in, P_END) || sent(in, P_ALL_DAY) || sent(in, P_FIRST) || sent(in, P_LAST);
    if (!e->timed) return RC_OK;
    if (!z) TRY(blocks_find_zone(e->r, tx_db(tx), &e->row, ID_NIL, &z));
    bool all_day = sent(in, P_ALL_DAY) ? in->all_day : e->row.all_day;
    TRY(blocks_read_when(e->r, z, &(struct block_input){ sent(in, P_START) ? in->start : NONE, sent(in, P_END) ? in->end : NONE,
        sent(in, P_FIRST) ? in->first_day : NONE, sent(in, P_LAST) ? in->last_day : NONE, all_day }, &e->when));
    bool same = e->when.start == e->row.start && e->when.end == e->row.end && e->when.all_day == e->row.all_day;
    e->timed = !same || (e->row.alone && e->scope != BLOCK_THIS);
    return RC_OK;
}

static void use_words(const struct editing *e, const char **reason, int64_t *purpose)
{
    if (sent(e->in, P_REASON)) *reason = e->in->reason;
    if (sent(e->in, P_PURPOSE)) *purpose = e->in->purpose;
}

static enum rc trace(struct tx *tx, struct editing *e, const char *action, const char *topic, struct id id, int64_t version, const char *changes)
{
    return tx_change(tx, e->r, &(struct change){ e->audit_id, action, topic, "blocked_time", id, version, changes, NULL, false });
}

/* ---- this one ------------------------------------------------------------------------------------------------------------------------- */

static enum rc edit_this(struct tx *tx, struct editing *e)
{
    struct blocked_time after = e->row;
    bool repeats = !id_is_nil(e->row.rule_id);
    if (sent(e->in, P_RRULE)) req_field_error(e->r, "rrule", repeats ? "is that of all: change the following ones, or all" : "cannot be given to what does not repeat: make another block");
    if (e->timed && repeats && e->when.length_us > BLOCK_RULE_DAYS_MAX * USEC_PER_DAY) req_field_error(e->r, e->when.all_day ? "last_day" : "end", "must be at most 31 days after the start of what repeats");
    TRY(req_invalid(e->r));
    use_words(e, &after.reason, &after.purpose);
    e->b.row = after;
    e->b.spans = e->b.was = (struct block_spans){ 0 };
    if (e->timed) {
        struct block_span *s = arena_alloc(e->r->arena, 2 * sizeof *s);
        if (!s) return RC_OOM;
        after.start = e->when.start;
        after.end = e->when.end;
        after.all_day = e->when.all_day;
        s[0] = (struct block_span){ .start = after.start, .end = after.end, .id = after.id };
        s[1] = (struct block_span){ .start = e->row.start, .end = e->row.end };
        e->b.spans = (struct block_spans){ .at = s, .n = 1 };
        e->b.was = (struct block_spans){ .at = s + 1, .n = 1 };
        TRY(claims_delete_owner(tx, after.id));
        TRY(blocks_take(tx, &e->b));
        TRY(blocks_freed(tx, e->r, &e->row, 1, e->jobs));
    }
    after.alone = repeats;
    TRY(blocked_update(tx, &after, req_lost(e->r)));
    TRY(trace(tx, e, "blocked.update", "blocked.changed", after.id, after.version + 1, shape_diff(e->r->arena, &blocked_time_shape, &e->row, &after)));
    return blocks_reply(e->r, tx_db(tx), after.id, e->b.spans.n ? 1 : 0, e->b.spans.n ? e->b.hits : (struct list){ NULL, 0 });
}

/* ---- the following, or all ---------------------------------------------------------------------------------------------------------------- */

/* Where the change begins: not before what is over. */
static enum rc find_cut(struct tx *tx, struct editing *e, bool *found)
{
    int64_t from = e->scope == BLOCK_FOLLOWING ? e->row.rule_at : e->rule.first_local;
    TRY(blocks_next(e->r->arena, &e->rule, from, e->r->now, &e->first, found));
    return *found ? blocked_of_rule(tx_db(tx), e->rule.id, e->first.at, &e->before) : RC_OK;
}

/* The rule as it goes on: other days, when the start moves to another one. */
static enum rc shift_rule(struct editing *e, const char *text, int64_t delta)
{
    struct recur_rule rule;
    struct recur_problem unused;
    int64_t days = floor_div(e->first.at + delta, USEC_PER_DAY) - floor_div(e->first.at, USEC_PER_DAY);
    if (!recur_parse(text, &rule, &unused)) return fault(RC_FAULT, "a blocked rule cannot be read");
    if (days && !recur_shift_days(&rule, days)) req_field_error(e->r, e->when.all_day ? "first_day" : "start", "keeps its day, because the rule names it: give the rule too");
    if (rule.until_kind == RECUR_UNTIL_DATE) rule.until += days;
    if (rule.until_kind == RECUR_UNTIL_INSTANT) rule.until += delta;
    e->next.rrule = blocks_rule_text(e->r->arena, &rule);
    return req_invalid(e->r);
}

static enum rc plan_next(struct editing *e, const char *after)
{
    struct recur_rule given;
    struct block_span later;
    bool goes_on;
    const struct zone *z = zone_find(e->rule.time_zone);
    int64_t delta = e->timed ? e->when.wall - (e->row.alone ? zone_local(z, e->row.start) : e->row.rule_at) : 0;
    if (e->timed && e->when.start == e->row.start && e->when.all_day == e->row.all_day) delta = 0; /* also where the clock jumps over the rule's time */
    e->next = e->rule;
    e->next.id = e->rule_id;
    e->next.first_local = e->first.at + delta;
    e->next.created_at = e->r->now;
    if (e->timed) e->next.length_us = e->when.length_us;
    if (e->timed) e->next.all_day = e->when.all_day;
    use_words(e, &e->next.reason, &e->next.purpose);
    if (sent(e->in, P_RRULE) && !str_empty(e->in->rrule)) {
        TRY(blocks_check_rule(e->r, e->in->rrule, &given));
        e->next.rrule = blocks_rule_text(e->r->arena, &given);
    } else {
        TRY(shift_rule(e, after, delta));
    }
    struct block_when w = { .start = blocks_span(z, e->next.first_local, e->next.length_us, e->next.all_day).start };
    e->next.filled_to = blocks_horizon(e->r->now, &w);
    TRY(blocks_next(e->r->arena, &e->next, zone_local(z, e->next.filled_to), e->next.filled_to, &later, &goes_on));
    e->b.row = (struct blocked_time){ .kind = e->next.kind, .subject_id = e->next.subject_id, .purpose = e->next.purpose, .reason = e->next.reason,
        .all_day = e->next.all_day, .version = 1 };
    int64_t filled_to = e->next.filled_to;
    if (!goes_on) e->next.filled_to = NONE;
    return blocks_expand(e->r->arena, &e->next, w.start - 2 * USEC_PER_DAY, filled_to, BLOCK_OCCURRENCES_MAX, (struct list){ NULL, 0 }, &e->b.spans);
}

static enum rc keep_before(struct editing *e)
{
    struct block_span *s = arena_alloc(e->r->arena, (e->before.n + 1) * sizeof *s);
    if (!s) return RC_OOM;
    for (size_t i = 0; i < e->before.n; i++) {
        const struct blocked_time *b = LIST_AT(e->before, struct blocked_time, i);
        s[i] = (struct block_span){ .start = b->start, .end = b->end };
    }
    e->b.was = (struct block_spans){ .at = s, .n = e->before.n };
    return RC_OK;
}

/* What was changed by itself goes over to the next rule as it is, and so does what was deleted by itself. */
static enum rc hand_over(struct tx *tx, struct editing *e, int64_t delta)
{
    for (size_t i = 0; i < e->before.n; i++) {
        struct blocked_time *b = LIST_AT(e->before, struct blocked_time, i);
        if (b->alone && !(e->timed && id_eq(b->id, e->row.id))) TRY(blocked_rename(tx, b->id, e->next.id, b->rule_at + delta));
    }
    return blocked_exceptions_move(tx, e->rule.id, e->next.id, e->first.at, delta);
}

static bool names(struct list left_out, int64_t at)
{
    for (size_t i = 0; i < left_out.n; i++)
        if (*LIST_AT(left_out, int64_t, i) == at) return true;
    return false;
}

static enum rc drop_left_out(struct tx *tx, struct editing *e)
{
    struct list left_out;
    size_t n = 0;
    TRY(blocked_left_out(tx_db(tx), e->next.id, e->next.first_local, &left_out));
    for (size_t i = 0; i < e->b.spans.n; i++) {
        if (names(left_out, e->b.spans.at[i].at)) continue;
        e->b.spans.at[n] = e->b.spans.at[i];
        e->b.spans.at[n].id = e->ids[n];
        n++;
    }
    e->b.spans.n = n;
    return RC_OK;
}

/* Of those that were written: the one that this one has become, else the first. */
static struct id answer_of(const struct editing *e, int64_t delta)
{
    for (size_t i = 0; i < e->b.spans.n; i++)
        if (e->b.spans.at[i].at == e->row.rule_at + delta) return e->b.spans.at[i].id;
    return e->b.spans.n ? e->b.spans.at[0].id : e->row.id;
}

static enum rc edit_many(struct tx *tx, struct editing *e)
{
    const char *before, *after;
    bool found, nothing;
    TRY(find_cut(tx, e, &found));
    if (!found) return req_fail(e->r, RC_STATE, "All of it is over", NULL);
    TRY(blocks_cut(e->r->arena, &e->rule, e->first.at, &before, &after, &nothing));
    TRY(plan_next(e, after));
    int64_t delta = e->next.first_local - e->first.at;
    if (!e->b.spans.n) req_field_error(e->r, "rrule", "gives no date: it ends before the start, or no day fits");
    TRY(req_invalid(e->r));
    TRY(blocks_check_spans(e->r, &e->b.spans, &(struct block_when){ .start = e->b.spans.at[0].start, .length_us = e->next.length_us, .all_day = e->next.all_day }));
    TRY(keep_before(e));
    TRY(blocked_rules_insert(tx, &e->next));
    TRY(blocked_delete_from(tx, e->rule.id, e->first.at, false, e->timed ? e->row.id : ID_NIL));
    TRY(hand_over(tx, e, delta));
    TRY(nothing ? blocked_rules_delete(tx, e->rule.id) : blocked_rules_end(tx, e->rule.id, before, e->r->now));
    TRY(drop_left_out(tx, e));
    TRY(blocks_write(tx, &e->b, e->next.id));
    if (e->timed || sent(e->in, P_RRULE)) TRY(blocks_freed(tx, e->r, e->before.items, e->before.n, e->jobs));
    TRY(trace(tx, e, "blocked.update", "blocked.changed", e->row.id, e->row.version + 1, arena_printf(e->r->arena,
        "{\"scope\":[null,\"%s\"],\"occurrences\":[null,%zu],\"rrule\":[\"%s\",\"%s\"]}", block_scope_names[e->scope], e->b.spans.n, e->rule.rrule, e->next.rrule)));
    return blocks_reply(e->r, tx_db(tx), answer_of(e, delta), (int64_t)e->b.spans.n, e->b.hits);
}

static enum rc edit_tx(struct tx *tx, void *arg)
{
    struct editing *e = arg;
    TRY(load(tx, e));
    TRY(read_times(tx, e));
    return e->scope == BLOCK_THIS ? edit_this(tx, e) : edit_many(tx, e);
}

enum rc blocked_handle_edit(struct req *r)
{
    const struct scope_in *q = r->query;
    const struct block_patch *in = r->in;
    struct editing *e = editing_new(r, (enum block_scope)q->scope, in);
    enum rc rc = RC_OVERLAP;
    if (!e) return RC_OOM;
    e->b = (struct block_taking){ .r = r, .keep = in->on_conflict == ON_CONFLICT_KEEP };
    for (int tries = 0; tries < PLANS_MAX && rc == RC_OVERLAP; tries++) {
        e->scope = (enum block_scope)q->scope;
        rc = req_tx(r, "calendar.block_edit", edit_tx, e);
        if (rc != RC_OVERLAP) return rc;
        TRY(blocks_look(r->db, &e->b));
        if (e->b.t->n_conflicts && !e->b.keep) return blocks_refuse(&e->b);
    }
    return blocks_refuse(&e->b);
}

/* ---- given back ----------------------------------------------------------------------------------------------------------------------------- */

static enum rc delete_this(struct tx *tx, struct editing *e)
{
    if (!id_is_nil(e->row.rule_id)) TRY(blocked_exception_add(tx, e->row.rule_id, e->row.rule_at));
    TRY(blocks_freed(tx, e->r, &e->row, 1, e->jobs));
    TRY(blocked_delete(tx, e->row.id));
    TRY(claims_delete_owner(tx, e->row.id));
    TRY(trace(tx, e, "blocked.delete", "blocked.deleted", e->row.id, e->row.version, NULL));
    return reply_empty(e->r);
}

static enum rc delete_many(struct tx *tx, struct editing *e)
{
    const char *before, *after;
    bool nothing;
    TRY(blocks_cut(e->r->arena, &e->rule, e->first.at, &before, &after, &nothing));
    TRY(blocks_freed(tx, e->r, e->before.items, e->before.n, e->jobs));
    TRY(blocked_delete_from(tx, e->rule.id, e->first.at, true, ID_NIL));
    TRY(nothing ? blocked_rules_delete(tx, e->rule.id) : blocked_rules_end(tx, e->rule.id, before, e->r->now));
    TRY(trace(tx, e, "blocked.delete", "blocked.deleted", e->row.id, e->row.version, arena_printf(e->r->arena,
        "{\"scope\":[null,\"%s\"],\"occurrences\":[null,%zu]}", block_scope_names[e->scope], e->before.n)));
    return reply_empty(e->r);
}

static enum rc delete_tx(struct tx *tx, void *arg)
{
    struct editing *e = arg;
    bool found = false;
    TRY(load(tx, e));
    if (e->scope != BLOCK_THIS) TRY(find_cut(tx, e, &found));
    return found ? delete_many(tx, e) : delete_this(tx, e);
}

enum rc blocked_handle_delete(struct req *r)
{
    const struct scope_in *q = r->query;
    struct editing *e = editing_new(r, (enum block_scope)q->scope, NULL);
    return e ? req_tx(r, "calendar.unblock", delete_tx, e) : RC_OOM;
}
