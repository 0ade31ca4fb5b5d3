/* series_edit.c - a series changes: one of it, the following, or all. What is over or was changed by itself stays as it is; the rest is
 * planned anew together and goes into its claims in one transaction. */
#include "modules/calendar/series.h"

enum { PLANS_MAX = 5 };
enum scope { SCOPE_THIS, SCOPE_FOLLOWING, SCOPE_ALL };
static const char *const scope_names[] = { "this", "following", "all", NULL };
enum on_conflict { ON_CONFLICT_FAIL, ON_CONFLICT_SKIP };
static const char *const on_conflict_names[] = { "fail", "skip", NULL };

struct scope_in { int64_t scope; };
static const struct field scope_fields[] = { F_ENUM(struct scope_in, scope, scope_names, .def = SCOPE_THIS, .doc = "This one, this and the following, or all"), F_END };
const struct shape series_scope_shape = SHAPE_NAMED("series_scope", scope_in, scope_fields);
struct series_edit_in { struct present present; int64_t start, duration_min, on_conflict; struct id provider_id; const char *notes; bool also_closed; };
static const struct field edit_fields[] = {
    F_INSTANT(struct series_edit_in, start, .nullable = true, .doc = "New start of this one; the others move by as much on the clock"),
    F_ID(struct series_edit_in, provider_id, .nullable = true, .doc = "Other provider"),
    F_INT(struct series_edit_in, duration_min, .nullable = true, .min = 1, .max = 1440, .doc = "New length in minutes"),
    F_STR(struct series_edit_in, notes, .nullable = true, .max = 2000, .doc = "For the team"),
    F_BOOL(struct series_edit_in, also_closed, .doc = "Outside opening hours and on holidays too"),
    F_ENUM(struct series_edit_in, on_conflict, on_conflict_names, .def = ON_CONFLICT_FAIL, .doc = "Change nothing, or leave as they are those that cannot be changed"), F_END };
const struct shape series_edit_shape = SHAPE_PATCH("series_patch", series_edit_in, edit_fields);
SHAPE_PATCH_CHECK(series_edit_in);
struct series_cancel_in { const char *reason; bool notify; };
static const struct field cancel_fields[] = { F_STR(struct series_cancel_in, reason, .nullable = true, .max = 300, .doc = "Why; the client reads it"),
    F_BOOL(struct series_cancel_in, notify, .def = 1, .doc = "Whether the client is told"), F_END };
const struct shape series_cancel_shape = SHAPE_NAMED("series_cancel", series_cancel_in, cancel_fields);

/* ---- what is in the scope ------------------------------------------------------------------------------------------------------- */

struct editing {
    struct series_plan p;
    enum scope scope;
    struct series root, s, next;                /* next: how the series is afterwards, or the new one */
    bool split, retimed, notes_given, notify;
    const char *notes, *reason;
    struct series_member *members; size_t n;      /* live ones in the scope, the target first among them or not */
    struct appointment *rows;              /* of each member */
    struct id *audits, *freed, target, job_id, audit_id; /* audits, freed: of each member */
    int64_t delta;
    struct list left_out;
};

static bool live(const struct series_member *m, int64_t now) { return (m->status == APPT_SCHEDULED || m->status == APPT_CONFIRMED) && m->start > now; }

static enum rc load_rows(struct editing *e, struct tdb *db, struct arena *a)
{
    e->rows = arena_alloc(a, (e->n + 1) * sizeof *e->rows);
    e->audits = arena_alloc(a, (e->n + 1) * sizeof *e->audits);
    e->freed = arena_alloc(a, (e->n + 1) * sizeof *e->freed);
    if (!e->rows || !e->audits || !e->freed) return RC_OOM;
    for (size_t i = 0; i < e->n; i++) {
        e->audits[i] = id_new();
        e->freed[i] = id_new();
    }
    for (size_t i = 0; i < e->n; i += APPTS_PER_TRIP) { /* several trips of a bounded size */
        struct id ids[APPTS_PER_TRIP];
        size_t n = 0;
        while (n < APPTS_PER_TRIP && i + n < e->n) {
            ids[n] = e->members[i + n].id;
            n++;
        }
        TRY(appointments_get_few(db, ids, n, &e->rows[i]));
    }
    return RC_OK;
}

static enum rc load(struct req *r, struct editing *e)
{
    struct appointment target = { 0 };
    struct list all;
    TRY(appointments_get(r->db, r->path_id, &target));
    if (id_is_nil(target.series_id)) return req_fail(r, RC_NOT_FOUND, "This appointment is not part of a series", NULL);
    TRY(series_get(r->db, target.series_id, &e->s));
    TRY(series_get(r->db, e->s.root_id, &e->root));
    TRY(req_version(r, e->s.version));
    TRY(series_members(r->db, e->s.id, e->scope == SCOPE_ALL ? INT64_MIN + 1 : target.series_at, &all));
    e->target = target.id;
    e->members = all.items;
    bool found = false;
    for (size_t i = 0; i < all.n; i++) {
        struct series_member m = e->members[i];
        if (!live(&m, r->now) || (e->scope == SCOPE_THIS && !id_eq(m.id, target.id))) continue;
        found |= id_eq(m.id, target.id);
        e->members[e->n++] = m;
    }
    if (!found) return req_fail(r, RC_STATE, "This appointment is over or cancelled, and cannot be changed with its series", NULL);
    e->job_id = id_new();
    e->audit_id = id_new();
    return load_rows(e, r->db, r->arena);
}

/* ---- the rule afterwards ----------------------------------------------------------------------------------------------------------- */

static const char *rule_text(struct arena *a, const struct recur_rule *rule)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    buf_init(&b, 4096);
    recur_format(rule, &b);
    return arena_strndup(a, buf_str(&b), b.len);
}

/* How many times the rule gives before the wall time. */
static enum rc times_before(struct req *r, const struct series *s, const struct recur_rule *rule, int64_t wall, size_t *out)
{
    struct recur_result all;
    const struct zone *z = zone_find(s->time_zone);
    struct recur_ask ask = { .first = s->first_local, .zone = z, .from = s->first_local - 2 * USEC_PER_DAY, .to = s->first_local + 2 * RECUR_SERIES_DAYS_MAX * USEC_PER_DAY,
        .max = RECUR_SERIES_MAX };
    if (!z) return fault(RC_FAULT, "the zone of a series is not in tzdata any more");
    TRY(recur_expand(r->arena, rule, &ask, &all));
    for (*out = 0; *out < all.n && all.at[*out].wall < wall; ++*out)
        ;
    return RC_OK;
}

static void end_before(struct recur_rule *rule, size_t times, int64_t wall)
{
    if (rule->count != NONE) {
        rule->count = (int64_t)times;
    } else {
        rule->until_kind = RECUR_UNTIL_DATE;
        rule->until = floor_div(wall, USEC_PER_DAY) - 1;
    }
}

/* In the words of the rule, weeks may be cut otherwise than before; the appointments carry their own times. */
static void move_end(struct recur_rule *rule, int64_t delta, int64_t days)
{
    if (rule->until_kind == RECUR_UNTIL_DATE) rule->until += days;
    if (rule->until_kind == RECUR_UNTIL_INSTANT) rule->until += delta;
}

static const struct series_member *target_of(const struct editing *e)
{
    for (size_t i = 0; i < e->n; i++)
        if (id_eq(e->members[i].id, e->target)) return &e->members[i];
    return NULL;
}

static enum rc change_rule(struct req *r, struct editing *e)
{
    struct recur_rule rule, before;
    struct recur_problem unused;
    const struct series_member *m = target_of(e);
    size_t times = 0;
    ASSERT(m);
    int64_t days = floor_div(m->series_local + e->delta, USEC_PER_DAY) - floor_div(m->series_local, USEC_PER_DAY);
    e->next = e->s;
    if (e->scope == SCOPE_THIS) return RC_OK;
    if (!recur_parse(e->s.rrule, &rule, &unused)) return fault(RC_FAULT, "a series has a rule that cannot be read");
    before = rule;
    if (!recur_shift_days(&rule, days)) {
        req_field_error(r, "start", "keeps its day, because the rule names it: move this one by itself");
        return req_invalid(r);
    }
    if (e->scope == SCOPE_FOLLOWING) TRY(times_before(r, &e->s, &before, m->series_local, &times));
    e->split = times > 0;
    move_end(&rule, e->delta, days);
    e->next.first_local = (e->split ? m->series_local : e->s.first_local) + e->delta;
    if (e->split) {
        if (rule.count != NONE) rule.count -= (int64_t)times;
        end_before(&before, times, m->series_local);
        e->s.rrule = rule_text(r->arena, &before);
        e->next.id = id_new();
        e->next.version = 1;
        e->next.created_at = r->now;
    }
    e->next.rrule = rule_text(r->arena, &rule);
    e->next.updated_at = e->s.updated_at = r->now;
    return RC_OK;
}

/* ---- planning -------------------------------------------------------------------------------------------------------------------------- */

static bool changes(const struct editing *e, const struct series_member *m) { return !m->alone || id_eq(m->id, e->target); }

/* What an appointment has already. */
static enum rc keep(struct req *r, struct list parts, struct list *out)
{
    struct id *ids = arena_alloc(r->arena, (parts.n + 1) * sizeof *ids);
    if (!ids) return RC_OOM;
    for (size_t i = 0; i < parts.n; i++) ids[i] = LIST_AT(parts, struct appt_part, i)->subject_id;
    *out = (struct list){ ids, parts.n };
    return RC_OK;
}

static enum rc plan_occurrences(struct req *r, struct editing *e)
{
    struct series_plan *p = &e->p;
    struct id *own = arena_alloc(r->arena, (e->n + 1) * sizeof *own);
    p->at = arena_alloc(r->arena, (e->n + 1) * sizeof *p->at);
    if (!p->at || !own) return RC_OOM;
    for (size_t i = 0; i < e->n; i++) {
        const struct series_member *m = &e->members[i];
        if (!changes(e, m)) continue;
        struct occurrence *o = &p->at[p->n++];
        bool is_target = id_eq(m->id, e->target), keeps_time = is_target && m->alone && e->delta == 0;
        *o = (struct occurrence){ .at = m->series_at, .wall = m->series_local + e->delta, .id = m->id, .audit_id = e->audits[i], .member = m };
        o->start = keeps_time ? m->start : recur_instant(p->zone, o->wall, &o->dst_shifted);
        o->end = o->start + e->next.duration_min * USEC_PER_MIN;
        if (e->scope == SCOPE_THIS) o->moved = true;
        TRY(keep(r, e->rows[i].parts, &o->given));
    }
    for (size_t i = 0; i < p->n; i++) own[p->n_own++] = p->at[i].id;
    p->own = own;
    return RC_OK;
}

static const struct appointment *row_of(const struct editing *e, struct id id)
{
    for (size_t i = 0; i < e->n; i++)
        if (id_eq(e->rows[i].id, id)) return &e->rows[i];
    return NULL;
}

static enum rc plan_who(struct req *r, struct editing *e, const struct series_edit_in *in)
{
    struct taking *t = arena_alloc(r->arena, sizeof *t);
    const struct appointment *row = row_of(e, e->target);
    if (!t) return RC_OOM;
    ASSERT(row);
    *t = (struct taking){ .r = r, .is_move = true, .notify = true, .action = "appointment.move", .topic = "appointment.changed", .before = *row, .appt = *row,
        .wanted_provider = e->next.provider_id, .wanted_location = row->location_id, .duration_min = NONE };
    t->appt.provider_id = e->next.provider_id;
    e->p.t = t;
    e->p.r = r;
    e->p.also_closed = in->also_closed;
    e->p.zone = zone_find(e->s.time_zone);
    if (!e->p.zone) return fault(RC_FAULT, "the zone of a series is not in tzdata any more");
    return taking_who(t);
}

static enum rc read_input(struct req *r, struct editing *e)
{
    const struct series_edit_in *in = r->in;
    const struct series_member *m = target_of(e);
    const struct zone *z = zone_find(e->s.time_zone);
    ASSERT(m && z);
    bool starts = in->start != NONE && present_has(in->present, edit_fields, &edit_fields[0]);
    e->notes_given = present_has(in->present, edit_fields, &edit_fields[3]);
    e->notes = in->notes;
    if (starts && in->start < r->now) req_field_error(r, "start", "lies in the past");
    TRY(req_invalid(r));
    if (starts) e->delta = zone_local(z, in->start) - (m->alone ? zone_local(z, m->start) : m->series_local);
    if (starts && in->start == m->start) e->delta = 0; /* also where the clock jumps over the rule's time */
    TRY(change_rule(r, e));
    if (!id_is_nil(in->provider_id)) e->next.provider_id = in->provider_id;
    if (in->duration_min != NONE && present_has(in->present, edit_fields, &edit_fields[2])) e->next.duration_min = in->duration_min;
    if (e->notes_given) e->next.notes = in->notes;
    e->retimed = e->delta || !id_eq(e->next.provider_id, e->s.provider_id) || e->next.duration_min != e->s.duration_min || (m->alone && starts);
    TRY(plan_who(r, e, in));
    return plan_occurrences(r, e);
}

/* ---- writing --------------------------------------------------------------------------------------------------------------------------- */

static enum rc write_series(struct tx *tx, struct editing *e)
{
    if (e->scope == SCOPE_THIS) return RC_OK;
    if (!e->split) return series_update(tx, &e->next, RC_STALE);
    TRY(series_update(tx, &e->s, RC_STALE));
    return series_insert(tx, &e->next);
}

static enum rc write_one(struct tx *tx, struct editing *e, struct occurrence *o, struct id freed_id)
{
    struct series_plan *p = &e->p;
    struct taking *t = p->t;
    const struct appointment *row = row_of(e, o->id);
    ASSERT(row);
    struct appointment facts = t->appt;
    t->before = *row;
    t->appt = *row;
    t->appt.provider_id = e->next.provider_id;
    t->appt.provider_name = facts.provider_name;
    t->appt.buffer_before_min = facts.buffer_before_min;
    t->appt.buffer_after_min = facts.buffer_after_min;
    t->appt.lead_min = facts.lead_min;
    t->appt.updated_at = p->r->now;
    t->appt.overbook_reason = NULL;
    t->appt.sequence++;
    if (e->notes_given) t->appt.notes = e->notes;
    t->mail = e->scope == SCOPE_THIS && (o->start != row->start || !id_eq(row->provider_id, t->appt.provider_id)) ? "moved" : NULL;
    t->job_id = e->job_id;
    t->freed_id = freed_id;
    series_taking(p, o);
    TRY(appointments_update(tx, &t->appt, row->version, p->r->now, RC_STALE));
    TRY(taking_claim(tx, t));
    TRY(appointments_clear_parts(tx, t->appt.id));
    TRY(appointments_set_parts(tx, &t->appt));
    TRY(series_join(tx, o->id, e->next.id, o->at, o->wall, o->moved));
    t->appt.version = row->version + 1;
    return taking_leave_traces(tx, t);
}

/* Whose time stays: changed by itself, or it could not be taken elsewhere, or only the words change. */
static enum rc write_rest(struct tx *tx, struct editing *e, size_t i)
{
    struct req *r = e->p.r;
    const struct series_member *m = &e->members[i];
    struct appointment after = e->rows[i];
    bool alone = m->alone || e->retimed;
    if (e->notes_given) {
        after.notes = e->notes;
        TRY(appointments_update(tx, &after, m->version, r->now, RC_STALE));
        TRY(tx_change(tx, r, &(struct change){ e->audits[i], "appointment.update", "appointment.changed", "appointment", m->id, m->version + 1, NULL, NULL, false }));
    }
    return series_join(tx, m->id, e->next.id, m->series_at, m->series_local + e->delta, alone);
}

static struct occurrence *planned(struct editing *e, struct id id)
{
    for (size_t i = 0; i < e->p.n; i++)
        if (id_eq(e->p.at[i].id, id)) return e->p.at[i].skipped || !e->retimed ? NULL : &e->p.at[i];
    return NULL;
}

static enum rc edit_tx(struct tx *tx, void *arg)
{
    struct editing *e = arg;
    struct req *r = e->p.r;
    size_t changed = 0;
    TRY(series_lock(tx, &e->p));
    TRY(write_series(tx, e));
    for (size_t i = 0; i < e->n; i++)
        if (planned(e, e->members[i].id)) TRY(claims_delete_owner(tx, e->members[i].id));
    for (size_t i = 0; i < e->n; i++) {
        struct occurrence *o = planned(e, e->members[i].id);
        changed += o != NULL;
        TRY(o ? write_one(tx, e, o, e->freed[i]) : write_rest(tx, e, i));
    }
    TRY(series_raise(tx, e->s.root_id, r->now));
    if (changed && e->scope != SCOPE_THIS && !str_empty(e->rows[0].client_email)) TRY(series_mail(tx, r, e->job_id, e->s.root_id, "moved", e->root.sequence + 1));
    TRY(tx_audit(tx, r, &(struct audit_entry){ e->audit_id, "series.update", "series", e->next.id, arena_printf(r->arena,
        "{\"scope\":[null,\"%s\"],\"appointments\":[null,%d]}", scope_names[e->scope], (int)changed), false }));
    return series_answer(r, tx_db(tx), e->next.id, e->left_out);
}

static enum rc settle(struct editing *e, int64_t on_conflict)
{
    struct series_plan *p = &e->p;
    size_t left = 0;
    if (p->n_conflicts && (on_conflict == ON_CONFLICT_FAIL || e->scope == SCOPE_THIS)) return series_refuse(p);
    e->left_out = series_occurrences(p, true);
    for (size_t i = 0; i < p->n; i++) {
        p->at[i].skipped = p->at[i].n_conflicts > 0;
        left += !p->at[i].skipped;
    }
    return left ? RC_OK : series_refuse(p);
}

enum rc series_handle_edit(struct req *r)
{
    const struct series_edit_in *in = r->in;
    const struct scope_in *q = r->query;
    struct editing *e = arena_alloc(r->arena, sizeof *e);
    enum rc rc = RC_STALE;
    if (!e) return RC_OOM;
    for (int tries = 0; tries < PLANS_MAX && (rc == RC_STALE || rc == RC_OVERLAP); tries++) {
        *e = (struct editing){ .scope = (enum scope)q->scope };
        TRY(load(r, e));
        TRY(read_input(r, e));
        if (e->retimed) TRY(series_plan_look(&e->p));
        if (e->retimed) TRY(settle(e, in->on_conflict));
        rc = req_tx(r, "series.edit", edit_tx, e);
        if (rc == RC_STALE && r->if_match != NONE) break;
    }
    return rc;
}

/* ---- cancelling ------------------------------------------------------------------------------------------------------------------------- */

static enum rc cancel_one(struct tx *tx, struct editing *e, size_t i, struct taking *t)
{
    t->before = t->appt = e->rows[i];
    t->appt.status = APPT_CANCELLED;
    t->appt.cancel_reason = e->reason;
    t->appt.cancelled_by = "staff";
    t->appt.sequence++;
    t->appt.updated_at = t->r->now;
    t->audit_id = e->audits[i];
    t->freed_id = e->freed[i];
    TRY(claims_delete_owner(tx, t->appt.id));
    TRY(appointments_update(tx, &t->appt, t->before.version, t->r->now, RC_STALE));
    t->appt.version++;
    TRY(appointments_settle_step(tx, t->r, &(struct money_step){ &t->before, &t->appt, TERMS_BY_CLINIC, e->reason, NULL }));
    return taking_leave_traces(tx, t);
}

static enum rc cancel_tx(struct tx *tx, void *arg)
{
    struct editing *e = arg;
    struct taking *t = e->p.t;
    if (e->scope != SCOPE_THIS && e->next.rrule != e->s.rrule) TRY(series_update(tx, &e->next, RC_STALE));
    for (size_t i = 0; i < e->n; i++) TRY(cancel_one(tx, e, i, t));
    TRY(clients_add_stats(tx, &(struct stats_change){ .client = e->s.client_id, .cancellations = (int64_t)e->n }));
    TRY(series_raise(tx, e->s.root_id, t->r->now));
    if (e->scope != SCOPE_THIS && e->notify && !str_empty(e->rows[0].client_email))
        TRY(series_mail(tx, t->r, e->job_id, e->s.root_id, "cancelled", e->root.sequence + 1));
    TRY(tx_audit(tx, t->r, &(struct audit_entry){ e->audit_id, "series.cancel", "series", e->s.id, arena_printf(t->r->arena,
        "{\"scope\":[null,\"%s\"],\"appointments\":[null,%d]}", scope_names[e->scope], (int)e->n), false }));
    return series_answer(t->r, tx_db(tx), e->s.id, (struct list){ NULL, 0 });
}

/* The rule ends before what is cancelled; of a series that is cancelled whole it stays, to say what it was. */
static enum rc shorten(struct req *r, struct editing *e)
{
    struct recur_rule rule;
    struct recur_problem unused;
    size_t times = 0;
    const struct series_member *m = target_of(e);
    e->next = e->s;
    e->next.updated_at = r->now;
    if (e->scope != SCOPE_FOLLOWING || !recur_parse(e->s.rrule, &rule, &unused)) return RC_OK;
    ASSERT(m);
    TRY(times_before(r, &e->s, &rule, m->series_local, &times));
    if (!times) return RC_OK;
    end_before(&rule, times, m->series_local);
    e->next.rrule = rule_text(r->arena, &rule);
    return RC_OK;
}

enum rc series_handle_cancel(struct req *r)
{
    const struct series_cancel_in *in = r->in;
    const struct scope_in *q = r->query;
    struct editing *e = arena_alloc(r->arena, sizeof *e);
    struct taking *t = arena_alloc(r->arena, sizeof *t);
    enum rc rc = RC_STALE;
    if (!e || !t) return RC_OOM;
    for (int tries = 0; tries < PLANS_MAX && rc == RC_STALE; tries++) {
        *e = (struct editing){ .scope = (enum scope)q->scope, .reason = in->reason, .notify = in->notify };
        TRY(load(r, e));
        TRY(shorten(r, e));
        *t = (struct taking){ .r = r, .is_move = true, .notify = in->notify, .mail = e->scope == SCOPE_THIS ? "cancelled" : NULL,
            .action = "appointment.cancel", .topic = "appointment.cancelled", .job_id = e->job_id };
        e->p = (struct series_plan){ .r = r, .t = t };
        rc = req_tx(r, "series.cancel", cancel_tx, e);
        if (rc == RC_STALE && r->if_match != NONE) break;
    }
    return rc;
}
