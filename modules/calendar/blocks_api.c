/* blocks_api.c - the bookings that a block hits, when it was added over them: who must be moved, and where to. */
#include "modules/calendar/view_api.h"

enum { HITS_MAX = 50, HIT_TIMES = 3 };
struct block_hit { struct id appointment_id, client_id, patient_id, service_id, provider_id; const char *client_name, *client_phone, *service_name, *provider_name;
    int64_t start, end, status, version; struct list next; };
static const struct field next_fields[] = { F_INSTANT(struct slot_answer, start), F_INSTANT(struct slot_answer, end), F_ID(struct slot_answer, provider_id),
    F_ID(struct slot_answer, location_id), F_END };
static const struct shape next_shape = SHAPE_NAMED("block_hit_time", slot_answer, next_fields);
static const struct field hit_fields[] = { F_ID(struct block_hit, appointment_id), F_ID(struct block_hit, client_id), F_STR(struct block_hit, client_name),
    F_STR(struct block_hit, client_phone, .nullable = true), F_ID(struct block_hit, patient_id), F_ID(struct block_hit, service_id), F_STR(struct block_hit, service_name),
    F_ID(struct block_hit, provider_id), F_STR(struct block_hit, provider_name), F_INSTANT(struct block_hit, start), F_INSTANT(struct block_hit, end),
    F_ENUM(struct block_hit, status, appt_state_names), F_INT(struct block_hit, version),
    F_LIST(struct block_hit, next, &next_shape, .doc = "The next free times of the service with the same provider, up to three"), F_END };
const struct shape block_hit_shape = SHAPE(block_hit, hit_fields);

static bool known(const struct id *ids, size_t n, struct id id)
{
    for (size_t i = 0; i < n; i++)
        if (id_eq(ids[i], id)) return true;
    return false;
}

/* Appointments whose time the block reaches into, by start. */
static enum rc find_hits(struct tdb *db, const struct blocked_time *b, struct id ids[HITS_MAX], size_t *n)
{
    struct list l;
    *n = 0;
    if (b->kind == BLOCKED_LOCATION) {
        TRY(calendar_items(db, b->start, b->end, ID_NIL, &l));
        for (size_t i = 0; i < l.n && *n < HITS_MAX; i++) {
            const struct calendar_item *it = LIST_AT(l, struct calendar_item, i);
            if (id_eq(it->location_id, b->subject_id) && states_claim(it->status) == CLAIM_HELD) ids[(*n)++] = it->id;
        }
        return RC_OK;
    }
    TRY(claims_around(db, &b->subject_id, 1, b->start, b->end, &l));
    for (size_t i = 0; i < l.n && *n < HITS_MAX; i++) {
        const struct claim *c = LIST_AT(l, struct claim, i);
        if (c->kind == CLAIM_APPOINTMENT && !known(ids, *n, c->owner_id)) ids[(*n)++] = c->owner_id;
    }
    return RC_OK;
}

static enum rc describe_hit(struct req *r, struct id id, struct block_hit *out, bool *there)
{
    struct appointment a = { 0 };
    enum rc rc = appointments_get(r->db, id, &a);
    *there = rc == RC_OK && states_claim(a.status) == CLAIM_HELD;
    if (rc == RC_NOT_FOUND || !*there) return RC_OK; /* a session's claim, or moved away since then */
    *out = (struct block_hit){ a.id, a.client_id, a.patient_id, a.service_id, a.provider_id, a.client_name, a.client_phone, a.service_name, a.provider_name,
        a.start, a.end, a.status, a.version, { NULL, 0 } };
    struct slot_ask ask = { .service_id = a.service_id, .provider_id = a.provider_id, .from = a.start, .to = a.start + 1, .now = r->now, .except = a.id,
        .patient_id = a.patient_id };
    return calendar_next(r->db, &ask, HIT_TIMES, &out->next);
}

enum rc blocked_handle_hits(struct req *r)
{
    struct blocked_time b = { 0 };
    struct id ids[HITS_MAX];
    size_t found, n = 0;
    TRY(blocked_get(r->db, r->path_id, &b));
    TRY(find_hits(r->db, &b, ids, &found));
    struct block_hit *hits = arena_alloc(r->arena, (found + 1) * sizeof *hits);
    if (!hits) return RC_OOM;
    for (size_t i = 0; i < found; i++) {
        bool there;
        TRY(describe_hit(r, ids[i], &hits[n], &there));
        n += there;
    }
    return reply_list(r, (struct list){ hits, n }, NULL);
}
