/* visits.c - see visits.h. All or nothing: each appointment is planned beside the ones before it, then one transaction
 * takes them all, and one mail tells of them. */
#include "modules/calendar/visits.h"

struct visit { struct req *r; struct id id; struct taking *items[VISIT_ITEMS_MAX]; size_t n; bool move; };
struct visit_out { struct id id; struct list appointments; };
static const struct field out_fields[] = { F_ID(struct visit_out, id), F_LIST(struct visit_out, appointments, &appointment_shape), F_END };
const struct shape visit_shape = SHAPE_NAMED("visit", visit_out, out_fields);

struct item_in { struct id service_id, patient_id, provider_id, location_id; struct list resource_ids; int64_t start; };
static const struct field item_fields[] = {
    F_ID(struct item_in, service_id, .required = true, .doc = "What for"),
    F_ID(struct item_in, patient_id, .nullable = true, .doc = "Who is treated; the client itself when absent"),
    F_ID(struct item_in, provider_id, .nullable = true, .doc = "With whom; the one before or any free one when absent"),
    F_ID(struct item_in, location_id, .nullable = true, .doc = "Where; where the one before is when absent"),
    F_SCALARS(struct item_in, resource_ids, K_ID, .max = APPT_RESOURCES_MAX, .doc = "Chairs, rooms or devices; any free one of the needed kind when absent"),
    F_INSTANT(struct item_in, start, .nullable = true, .doc = "When; right after the one before when absent"), F_END };
static const struct shape item_shape = SHAPE_NAMED("visit_item", item_in, item_fields);
struct visit_in { struct id client_id; int64_t start; struct list items; const char *notes; };
static const struct field new_fields[] = { F_ID(struct visit_in, client_id, .required = true, .doc = "Who books"),
    F_INSTANT(struct visit_in, start, .required = true, .doc = "When the first begins"),
    F_LIST(struct visit_in, items, &item_shape, .required = true, .min = 1, .max = VISIT_ITEMS_MAX, .doc = "The appointments in their order"),
    F_STR(struct visit_in, notes, .nullable = true, .max = 2000, .doc = "For the team, on the first"), F_END };
const struct shape visit_new_shape = SHAPE_NAMED("visit_new", visit_in, new_fields);
struct visit_move { int64_t start; };
static const struct field move_fields[] = { F_INSTANT(struct visit_move, start, .required = true, .doc = "New start of the first; the others keep their distance"), F_END };
const struct shape visit_move_shape = SHAPE(visit_move, move_fields);

/* ---- store -------------------------------------------------------------------------------------------------------------------------------- */

const struct query Q_VISIT_OF = { .name = "calendar.visit_of", .args = "u",
    .sql = "SELECT id FROM appointment WHERE tenant_id = $1 AND visit_id = $2 ORDER BY starts_at, id LIMIT 6" };
struct id_row { struct id id; };
static const struct field id_fields[] = { F_ID(struct id_row, id), F_END };
static const struct shape id_shape = SHAPE_NAMED("visit_row", id_row, id_fields);
_Static_assert(sizeof(struct id_row) == sizeof(struct id), "a list of rows is a list of ids");

enum rc appointments_of_visit(struct tdb *db, struct id visit, struct list *ids)
{
    return db_list(db, &Q_VISIT_OF, ARGS(U(visit)), &id_shape, VISIT_ITEMS_MAX, ids);
}

/* ---- planning: each beside the ones before it ---------------------------------------------------------------------------------------------- */

static enum rc claims_before(const struct visit *v, size_t n, struct list *out)
{
    struct claim *c = arena_alloc(v->r->arena, (n * SUBJECTS_MAX + 1) * sizeof *c);
    if (!c) return RC_OOM;
    *out = (struct list){ c, 0 };
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < v->items[i]->n_subjects; k++) {
            const struct subject *s = &v->items[i]->subjects[k];
            c[out->n++] = (struct claim){ .subject_id = s->id, .owner_id = v->items[i]->appt.id, .location_id = s->location_id, .starts_at = s->from,
                .ends_at = s->to, .core_start = s->core_from, .core_end = s->core_to, .kind = CLAIM_APPOINTMENT, .expires_at = NONE };
        }
    return RC_OK;
}

static bool offers(const struct service *s, struct id provider)
{
    for (size_t i = 0; i < s->provider_ids.n; i++)
        if (id_eq(*LIST_AT(s->provider_ids, struct id, i), provider)) return true;
    return false;
}

/* Right after the one before, with the same provider where he does that too; between two of his lie both buffers. */
static enum rc follow(struct visit *v, size_t i)
{
    const struct item_in *in = LIST_AT(((const struct visit_in *)v->r->in)->items, struct item_in, i);
    struct taking *t = v->items[i];
    struct service s = { 0 };
    t->wanted_provider = in->provider_id;
    t->wanted_location = in->location_id;
    t->appt.start = in->start != NONE ? in->start : ((const struct visit_in *)v->r->in)->start;
    if (i == 0) return RC_OK;
    const struct appointment *before = &v->items[i - 1]->appt;
    enum rc rc = services_get(v->r->db, in->service_id, &s);
    if (rc == RC_NOT_FOUND) return taking_no_such(t, "service_id", "service");
    TRY(rc);
    if (id_is_nil(in->provider_id) && offers(&s, before->provider_id)) t->wanted_provider = before->provider_id;
    if (id_is_nil(in->location_id)) t->wanted_location = before->location_id;
    if (in->start != NONE) return RC_OK;
    t->appt.start = before->end;
    if (id_eq(t->wanted_provider, before->provider_id)) t->appt.start += (before->buffer_after_min + s.buffer_before_min) * USEC_PER_MIN;
    return RC_OK;
}

static enum rc plan(struct visit *v, const int64_t *ends, int attempt)
{
    for (size_t i = 0; i < v->n; i++) {
        struct taking *t = v->items[i];
        t->attempt = attempt;
        t->appt.end = ends[i];
        TRY(claims_before(v, i, &t->also));
        if (!v->move) TRY(follow(v, i));
        TRY(taking_plan(t));
    }
    return RC_OK;
}

/* ---- one transaction ------------------------------------------------------------------------------------------------------------------------ */

static enum rc answer(struct visit *v)
{
    struct appointment *a = arena_alloc(v->r->arena, v->n * sizeof *a);
    if (!a) return RC_OOM;
    for (size_t i = 0; i < v->n; i++) {
        a[i] = v->items[i]->appt;
        appointment_transitions(v->r, &a[i]);
    }
    return reply(v->r, &(struct visit_out){ v->id, { a, v->n } });
}

static enum rc commit_tx(struct tx *tx, void *arg)
{
    struct visit *v = arg;
    TRY(taking_lock_all(tx, v->items, v->n));
    for (size_t i = 0; v->move && i < v->n; i++) TRY(claims_delete_owner(tx, v->items[i]->appt.id));
    for (size_t i = 0; i < v->n; i++) TRY(v->move ? taking_write_move(tx, v->items[i]) : taking_write_new(tx, v->items[i]));
    return answer(v);
}

static enum rc commit(struct visit *v, const char *name)
{
    int64_t ends[VISIT_ITEMS_MAX] = { 0 };
    enum rc rc = RC_OVERLAP;
    for (size_t i = 0; i < v->n; i++) ends[i] = v->items[i]->appt.end;
    for (int n = 0; rc == RC_OVERLAP && n < 8; n++) {
        TRY(plan(v, ends, n));
        rc = req_tx(v->r, name, commit_tx, v);
    }
    return rc == RC_OVERLAP ? taking_refuse(v->items[0]) : rc;
}

enum rc visit_handle_create(struct req *r)
{
    const struct visit_in *in = r->in;
    struct visit *v = arena_alloc(r->arena, sizeof *v);
    if (!v) return RC_OOM;
    *v = (struct visit){ .r = r, .id = id_new(), .n = in->items.n };
    for (size_t i = 0; i < v->n; i++) {
        const struct item_in *x = LIST_AT(in->items, struct item_in, i);
        struct booking *b = arena_alloc(r->arena, sizeof *b);
        if (!b) return RC_OOM;
        *b = (struct booking){ .r = r, .client_id = in->client_id, .patient_id = x->patient_id, .service_id = x->service_id, .resource_ids = x->resource_ids,
            .start = in->start, .duration_min = NONE, .notes = i ? NULL : in->notes, .source = SOURCE_STAFF };
        TRY(taking_new(b, &v->items[i]));
        v->items[i]->appt.visit_id = v->id;
        v->items[i]->item = (int)i + 1;
        v->items[i]->own_start = x->start != NONE;
        v->items[i]->notify = i == 0;
    }
    return commit(v, "calendar.visit");
}

/* ---- the visit that is there ------------------------------------------------------------------------------------------------------------------ */

static enum rc load(struct req *r, struct list *ids)
{
    TRY(appointments_of_visit(r->db, r->path_id, ids));
    return ids->n ? RC_OK : RC_NOT_FOUND;
}

static enum rc reply_visit(struct req *r, struct tdb *db, struct list ids)
{
    struct appointment *a = arena_alloc(r->arena, (ids.n + 1) * sizeof *a);
    if (!a) return RC_OOM;
    for (size_t i = 0; i < ids.n; i++) {
        TRY(appointments_get(db, *LIST_AT(ids, struct id, i), &a[i]));
        appointment_transitions(r, &a[i]);
    }
    return reply(r, &(struct visit_out){ r->path_id, { a, ids.n } });
}

enum rc visit_handle_get(struct req *r)
{
    struct list ids;
    TRY(load(r, &ids));
    return reply_visit(r, r->db, ids);
}

enum rc visit_handle_move(struct req *r)
{
    const struct visit_move *in = r->in;
    struct visit *v = arena_alloc(r->arena, sizeof *v);
    struct list ids;
    int64_t shift = 0;
    if (!v) return RC_OOM;
    TRY(load(r, &ids));
    *v = (struct visit){ .r = r, .id = r->path_id, .move = true };
    for (size_t i = 0; i < ids.n; i++) {
        struct appointment a = { 0 };
        TRY(appointments_get(r->db, *LIST_AT(ids, struct id, i), &a));
        if (states_claim(a.status) != CLAIM_HELD) continue;
        if (!v->n) shift = in->start - a.start;
        struct moving *m = arena_alloc(r->arena, sizeof *m);
        if (!m) return RC_OOM;
        *m = (struct moving){ .r = r, .id = a.id, .start = a.start + shift, .end = NONE };
        TRY(taking_new_move(m, &v->items[v->n]));
        v->items[v->n]->together = ids;
        v->items[v->n]->item = (int)v->n + 1;
        v->items[v->n]->notify = v->n == 0;
        v->n++;
    }
    if (!v->n) return req_fail(r, RC_STATE, "Nothing of this visit can be moved any more", NULL);
    return commit(v, "calendar.visit_move");
}

struct ending { struct req *r; struct list ids; struct changing *changes[VISIT_ITEMS_MAX]; size_t n; };

static enum rc no_answer(struct req *r, const struct appointment *a, void *unused)
{
    (void)r, (void)a, (void)unused;
    return RC_OK;
}

static enum rc cancel_tx(struct tx *tx, void *arg)
{
    struct ending *e = arg;
    for (size_t i = 0; i < e->n; i++) TRY(changing_run(tx, e->changes[i]));
    return reply_visit(e->r, tx_db(tx), e->ids);
}

enum rc visit_handle_cancel(struct req *r)
{
    const struct cancel_in *in = r->in;
    struct ending e = { .r = r };
    TRY(load(r, &e.ids));
    for (size_t i = 0; i < e.ids.n; i++) {
        struct appointment a = { 0 };
        TRY(appointments_get(r->db, *LIST_AT(e.ids, struct id, i), &a));
        if (states_step(a.status, APPT_CANCELLED) != STEP_FORWARD) continue;
        struct transition *tr = arena_alloc(r->arena, sizeof *tr);
        if (!tr) return RC_OOM;
        *tr = (struct transition){ .r = r, .id = a.id, .to = APPT_CANCELLED, .reason = in->reason, .notify = in->notify && e.n == 0,
            .for_client = in->for_client, .reply = no_answer };
        TRY(changing_new(tr, &e.changes[e.n]));
        changing_taking(e.changes[e.n++])->item = 1;
    }
    if (!e.n) return req_fail(r, RC_STATE, "Nothing of this visit can be cancelled any more", NULL);
    return req_tx(r, "calendar.visit_cancel", cancel_tx, &e);
}
