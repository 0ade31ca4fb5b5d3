/* zones_data.c - the zone data is another one than when the future was agreed: what does not fit its clock any more is found. Occurrences
 * of a series go where its wall time is now; everything else waits for somebody's word. */
#include "modules/zones/zones.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MISFITS_MAX = 20000, LINES_PER_TX = 100, WATCH_S = 60, RESOLVE_S = 600 };

/* One row that does not fit. by: from where it is to where the clock shows its wall time. */
struct misfit { struct id id; int64_t kind, start, wall, by; const char *zone; bool by_rule; };
struct look { struct job *job; struct zone_check was; const char *version; struct misfit *at; size_t n; bool full, adopt_only; };

/* ---- finding -------------------------------------------------------------------------------------------------------------------- */

/* Where the wall time is now, as recur.h has it: shifted by the gap, of two the first. */
static int64_t resolve(const struct zone *z, int64_t wall)
{
    int64_t at[2];
    zone_instants(z, wall, at);
    return at[0];
}

static void judge(struct look *l, enum zone_kind kind, const struct zone_ahead *a)
{
    bool by_rule = a->series_zone && a->series_local != NONE;
    const struct zone *z = zone_find(by_rule ? a->series_zone : a->time_zone);
    int64_t a_day_begins = NONE;
    if (!z) return; /* a name that is gone; doctor says which */
    if (by_rule && a->all_day) a_day_begins = zone_midnight(z, floor_div(a->series_local, USEC_PER_DAY));
    int64_t there = a_day_begins != NONE ? a_day_begins : by_rule ? resolve(z, a->series_local) : zone_local(z, a->start) == a->wall ? a->start : resolve(z, a->wall);
    if (there == a->start) return;
    l->full = l->n >= MISFITS_MAX;
    if (l->full) return;
    l->at[l->n++] = (struct misfit){ a->id, by_rule && kind == ZONE_APPOINTMENT ? ZONE_OCCURRENCE : kind, a->start, a->wall, there - a->start, zone_name(z), by_rule };
}

struct adopting { struct list page; enum zone_kind kind; };

static enum rc adopt_tx(struct tx *tx, void *arg)
{
    const struct adopting *d = arg;
    for (size_t i = 0; i < d->page.n; i++) {
        const struct zone_ahead *a = LIST_AT(d->page, struct zone_ahead, i);
        int64_t wall = a->wall == NONE ? zone_wall(a->time_zone, a->start) : NONE;
        if (wall != NONE) TRY(zone_set_wall(tx, d->kind, a->id, wall));
    }
    return RC_OK;
}

static enum rc look_at_page(struct look *l, enum zone_kind kind, struct list page)
{
    struct adopting d = { page, kind };
    bool unknown = false;
    for (size_t i = 0; i < page.n; i++) unknown = unknown || LIST_AT(page, struct zone_ahead, i)->wall == NONE;
    for (size_t i = 0; i < page.n && !l->adopt_only; i++)
        if (LIST_AT(page, struct zone_ahead, i)->wall != NONE) judge(l, kind, LIST_AT(page, struct zone_ahead, i));
    return unknown ? db_tx(l->job->db, "zones.adopt", adopt_tx, &d) : RC_OK;
}

static enum rc look_at_all(struct look *l)
{
    static const enum zone_kind kinds[] = { ZONE_APPOINTMENT, ZONE_SESSION, ZONE_HOLD, ZONE_BLOCKED };
    for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
        int64_t start = l->job->now;
        struct id id = ID_NIL;
        for (struct list page = { NULL, ZONE_PAGE }; page.n == ZONE_PAGE;) {
            struct arena_mark mark = arena_mark(l->job->arena);
            TRY(zone_ahead_list(l->job->db, kinds[k], start, id, &page));
            TRY(look_at_page(l, kinds[k], page));
            if (page.n) start = LIST_AT(page, struct zone_ahead, page.n - 1)->start, id = LIST_AT(page, struct zone_ahead, page.n - 1)->id;
            arena_rewind(l->job->arena, mark);
        }
    }
    return RC_OK;
}

/* ---- the lines of the report ------------------------------------------------------------------------------------------------------- */

struct noting { const struct look *l; size_t from, to; struct id *ids; };

static enum rc note_tx(struct tx *tx, void *arg)
{
    const struct noting *w = arg;
    for (size_t i = w->from; i < w->to; i++) {
        const struct misfit *m = &w->l->at[i];
        TRY(zone_line_insert(tx, &(struct zone_line){ .id = w->ids[i - w->from], .version = w->l->version, .old_version = w->l->was.version, .kind = m->kind,
            .entity_id = m->id, .time_zone = m->zone, .wall = m->wall, .old_start = m->start, .new_start = m->start + m->by, .outcome = ZONE_OPEN, .at = w->l->job->now }));
    }
    return RC_OK;
}

static enum rc note_all(struct look *l)
{
    struct id ids[LINES_PER_TX];
    for (size_t from = 0; from < l->n; from += LINES_PER_TX) {
        struct noting w = { l, from, from + LINES_PER_TX < l->n ? from + LINES_PER_TX : l->n, ids };
        for (size_t i = 0; i < LINES_PER_TX; i++) ids[i] = id_new();
        TRY(db_tx(l->job->db, "zones.note", note_tx, &w));
    }
    return RC_OK;
}

struct outcome { struct id line; enum zone_outcome outcome; const char *detail; };

static enum rc outcome_tx(struct tx *tx, void *arg)
{
    const struct outcome *o = arg;
    return zone_line_set(tx, o->line, o->outcome, o->detail);
}

/* ---- series follow their wall time ------------------------------------------------------------------------------------------------- */

static enum rc follow_tx(struct tx *tx, void *arg) { return series_follow_zone(tx, *(struct id *)arg, NULL); }

static enum rc rename_series(struct look *l)
{
    struct id after = ID_NIL;
    for (struct list page = { NULL, 200 }; page.n == 200;) {
        TRY(zone_roots(l->job->db, after, l->job->now, &page));
        for (size_t i = 0; i < page.n; i++) {
            struct arena_mark mark = arena_mark(l->job->arena);
            after = *LIST_AT(page, struct id, i);
            TRY(db_tx(l->job->db, "zones.series", follow_tx, &after));
            arena_rewind(l->job->arena, mark);
        }
    }
    return RC_OK;
}

static enum rc no_answer(struct req *r, const struct appointment *a, void *unused)
{
    (void)r, (void)a, (void)unused;
    return RC_OK;
}

static enum rc move_one(struct look *l, const struct misfit *m)
{
    struct req *r = req_of_program(l->job->arena, l->job->db, l->job->now, "zone data", PERM_SCHEDULE_WRITE);
    struct outcome o = { .outcome = ZONE_MOVED };
    if (!r) return RC_OOM;
    enum rc rc = calendar_move(&(struct moving){ .r = r, .id = m->id, .start = m->start + m->by, .end = NONE, .quiet = !settings.zone_mail, .by_rule = true, .reply = no_answer });
    if (rc == RC_OVERLAP || rc == RC_STATE || rc == RC_INVALID) o = (struct outcome){ .outcome = ZONE_CONFLICT, .detail = req_details(r) };
    else if (rc != RC_OK) return rc == RC_NOT_FOUND ? RC_OK : rc;
    TRY(zone_line_of(l->job->db, l->version, m->id, &o.line));
    return db_tx(l->job->db, "zones.outcome", outcome_tx, &o);
}

struct moving_block { struct zone_move move; struct zone_shift at; struct id ids[2]; };

static enum rc move_block_tx(struct tx *tx, void *arg) { return zone_move_all(tx, &((struct moving_block *)arg)->move); }

static enum rc move_block(struct look *l, const struct misfit *m)
{
    struct moving_block b = { .at = { .id = m->id, .kind = ZONE_BLOCKED, .start = m->start, .by = m->by } };
    b.move = (struct zone_move){ req_of_program(l->job->arena, l->job->db, l->job->now, "zone data", PERM_SCHEDULE_WRITE), m->zone, &b.at, 1, b.ids };
    struct outcome o = { .outcome = ZONE_MOVED };
    if (!b.move.r) return RC_OOM;
    enum rc rc = db_tx(l->job->db, "zones.block", move_block_tx, &b);
    if (rc == RC_OVERLAP && zone_move_refuse(&b.move, "Somebody is there") == RC_OVERLAP) o = (struct outcome){ .outcome = ZONE_CONFLICT, .detail = req_details(b.move.r) };
    else TRY(rc);
    TRY(zone_line_of(l->job->db, l->version, m->id, &o.line));
    return db_tx(l->job->db, "zones.outcome", outcome_tx, &o);
}

/* Those that go later begin with the last, those that go earlier with the first: so none is in the way of the next. */
static int in_order_of_moving(const void *x, const void *y)
{
    const struct misfit *a = x, *b = y;
    if ((a->by > 0) != (b->by > 0)) return a->by > 0 ? -1 : 1;
    if (a->start == b->start) return 0;
    return (a->start < b->start) == (a->by > 0) ? 1 : -1;
}

static enum rc move_occurrences(struct look *l)
{
    for (size_t i = 0; i < l->n; i++) {
        struct arena_mark mark = arena_mark(l->job->arena);
        if (l->at[i].kind == ZONE_OCCURRENCE) TRY(move_one(l, &l->at[i]));
        else if (l->at[i].by_rule) TRY(move_block(l, &l->at[i]));
        arena_rewind(l->job->arena, mark);
    }
    return RC_OK;
}

/* ---- the job ------------------------------------------------------------------------------------------------------------------------ */

static enum rc checked_tx(struct tx *tx, void *arg)
{
    const struct look *l = arg;
    return zone_check_put(tx, l->version, l->was.n + 1, l->job->now);
}

static enum rc resolve_clinic(struct job *job)
{
    struct look l = { .job = job, .version = zone_data_version() };
    TRY(zone_check_get(job->db, &l.was));
    l.adopt_only = !l.was.version || strcmp(l.was.version, l.version) == 0 || zone_data_older(l.version, l.was.version);
    l.at = arena_alloc(job->arena, MISFITS_MAX * sizeof *l.at);
    if (!l.at) return RC_OOM;
    TRY(look_at_all(&l));
    if (l.adopt_only && l.was.version) return RC_OK;
    qsort(l.at, l.n, sizeof *l.at, in_order_of_moving);
    TRY(note_all(&l));
    if (l.was.version) TRY(rename_series(&l));
    TRY(move_occurrences(&l));
    if (l.n) LOG(LOG_WARN, "zone_data_changed", KS("version", l.version), KS("before", l.was.version), KI("rows", (int64_t)l.n));
    return l.full ? RC_BUSY : db_tx(job->db, "zones.checked", checked_tx, &l); /* the rest by the next attempt */
}

struct asking { struct id job; int64_t now; const char *key; };

static enum rc ask_tx(struct tx *tx, void *arg)
{
    const struct asking *a = arg;
    return tx_job(tx, a->job, "zones.resolve", a->key, a->now, "{}");
}

static enum rc ask_clinics(struct job *job, struct list clinics, bool unknown)
{
    for (size_t i = 0; i < clinics.n; i++) {
        struct zone_check was;
        tdb_set_tenant(job->db, *LIST_AT(clinics, struct id, i));
        TRY(zone_check_get(job->db, &was));
        struct asking a = { id_new(), job->now, unknown ? arena_printf(job->arena, "unknown:%lld", (long long)job->now)
            : arena_printf(job->arena, "%s:%lld", zone_data_version(), (long long)(was.version ? was.n : 0)) };
        TRY(db_tx(job->db, "zones.ask", ask_tx, &a));
    }
    return RC_OK;
}

static enum rc watch(struct job *job)
{
    struct list behind, unknown;
    TRY(zone_tenants_behind(job->db, zone_data_version(), &behind));
    TRY(zone_tenants_unknown(job->db, job->now, &unknown));
    TRY(ask_clinics(job, behind, false));
    return ask_clinics(job, unknown, true);
}

const struct job_row zone_jobs[] = {
    { "zones.resolve", "Looks through what lies ahead of a clinic with the zone data there is now", resolve_clinic, 8, RESOLVE_S }, { 0 } };
const struct schedule_row zone_schedules[] = { { "zones.watch", "Sees whether the zone data changed since a clinic's future was agreed", WATCH_S, watch }, { 0 } };
