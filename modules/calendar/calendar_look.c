/* calendar_look.c - what a booking reads before it is planned, in one trip, and what it finds in its way. */
#include "modules/calendar/calendar_take.h"

enum { BUFFER_MAX_MIN = 240, GUESS_MIN = 240 };

/* ---- reading ----------------------------------------------------------------------------------------------------------------- */

static enum rc read_claims(struct tdb *db, struct taking *t)
{
    struct taking_seen *s = &t->seen;
    TRY(claims_near(db, s->subjects, s->n_subjects, s->self_of, s->from, s->to, &s->claims));
    return blocked_locations(db, s->from, s->to, &s->blocked);
}

/* Who is known to be asked for time; of the patient maybe only whose self he is. */
static void expect_subjects(struct taking *t)
{
    struct taking_seen *s = &t->seen;
    const struct appointment *a = &t->appt;
    s->subjects[s->n_subjects++] = a->provider_id;
    if (!id_is_nil(a->patient_id)) s->subjects[s->n_subjects++] = a->patient_id;
    for (size_t i = 0; i < a->resource_ids.n; i++) s->subjects[s->n_subjects++] = *LIST_AT(a->resource_ids, struct id, i);
    if (id_is_nil(a->patient_id) && s->n_subjects <= CLAIMS_FEW) s->self_of = a->client_id;
}

enum rc taking_read(struct taking *t)
{
    struct taking_seen *s = &t->seen;
    const struct appointment *a = &t->appt;
    int64_t length = a->end != NONE ? 0 : (t->duration_min == NONE ? GUESS_MIN : t->duration_min) * USEC_PER_MIN;
    int64_t end = a->end != NONE && a->end > a->start ? a->end : a->start + length;
    *s = (struct taking_seen){ .from = a->start - BUFFER_MAX_MIN * USEC_PER_MIN, .to = end + BUFFER_MAX_MIN * USEC_PER_MIN };
    expect_subjects(t);
    struct tdb *b = db_batch(t->r->db);
    TRY(calendar_facts(b, a->service_id, a->provider_id, a->client_id, a->patient_id, a->location_id, &s->facts));
    if (id_is_nil(a->location_id)) {
        TRY(locations_list(b, false, &s->locations));
        TRY(hours_list(b, a->provider_id, &s->hours));
    }
    for (size_t i = 0; t->resources_given && i < a->resource_ids.n; i++)
        TRY(resources_get(b, *LIST_AT(a->resource_ids, struct id, i), &s->resources[i]));
    TRY(read_claims(b, t));
    return db_batch_run(b);
}

/* A resource that was chosen because it is free needs no look; only an expired hold may lie there still. */
static bool chosen(const struct taking *t, struct id subject) { return id_eq(subject, t->one_resource); }

static bool was_read(const struct taking *t, const struct subject *x)
{
    const struct taking_seen *s = &t->seen;
    if (x->from < s->from || x->to > s->to) return false;
    for (size_t i = 0; i < s->n_subjects; i++)
        if (id_eq(s->subjects[i], x->id)) return true;
    return chosen(t, x->id) || (id_eq(x->id, t->appt.patient_id) && !id_is_nil(s->self_of) && id_eq(x->id, s->facts.patient_id));
}

/* What taking_read could not know: a long service, another patient, or that nothing was planned at all. */
static enum rc read_the_rest(struct taking *t)
{
    struct taking_seen *s = &t->seen;
    bool all = true;
    for (size_t i = 0; i < t->n_subjects; i++) all = all && was_read(t, &t->subjects[i]);
    if (all) return RC_OK;
    s->n_subjects = 0;
    s->self_of = ID_NIL;
    s->from = t->subjects[0].from;
    s->to = t->subjects[0].to;
    for (size_t i = 0; i < t->n_subjects; i++) s->subjects[s->n_subjects++] = t->subjects[i].id;
    struct tdb *b = db_batch(t->r->db);
    TRY(read_claims(b, t));
    return db_batch_run(b);
}

/* ---- looking ------------------------------------------------------------------------------------------------------------------ */

static void add_subject(struct taking *t, struct id id, bool buffers)
{
    ASSERT(t->n_subjects < SUBJECTS_MAX);
    t->subjects[t->n_subjects++] = (struct subject){ .id = id,
        .from = t->appt.start - (buffers ? t->appt.buffer_before_min * USEC_PER_MIN : 0),
        .to = t->appt.end + (buffers ? t->appt.buffer_after_min * USEC_PER_MIN : 0), .has_expired = !id_is_nil(id) && chosen(t, id) };
}

void taking_subjects(struct taking *t)
{
    t->n_subjects = 0;
    add_subject(t, t->appt.provider_id, true);
    if (!id_is_nil(t->appt.patient_id)) add_subject(t, t->appt.patient_id, false);
    for (size_t i = 0; i < t->appt.resource_ids.n; i++) add_subject(t, *LIST_AT(t->appt.resource_ids, struct id, i), true);
}

static void add_conflict(struct taking *t, const struct claim *c)
{
    if (t->n_conflicts < CONFLICTS_MAX) t->conflicts[t->n_conflicts++] = *c;
}

static void look_at_claim(struct taking *t, const struct claim *c)
{
    for (size_t k = 0; k < t->n_subjects; k++) {
        struct subject *s = &t->subjects[k];
        if (!id_eq(s->id, c->subject_id) || c->starts_at >= s->to || c->ends_at <= s->from || id_eq(c->owner_id, t->except)) continue;
        if (c->expires_at != NONE && c->expires_at <= t->r->now) s->has_expired = true;
        else add_conflict(t, c);
    }
}

static void look_at_location(struct taking *t, const struct blocked_time *b)
{
    if (id_eq(b->subject_id, t->appt.location_id) && b->start < t->appt.end && b->end > t->appt.start)
        add_conflict(t, &(struct claim){ .subject_id = b->subject_id, .owner_id = b->id, .core_start = b->start, .core_end = b->end, .kind = CLAIM_BLOCKED });
}

enum rc taking_look(struct taking *t)
{
    t->n_conflicts = 0;
    taking_subjects(t);
    TRY(read_the_rest(t));
    for (size_t i = 0; i < t->seen.claims.n; i++) look_at_claim(t, LIST_AT(t->seen.claims, struct claim, i));
    for (size_t i = 0; i < t->seen.blocked.n; i++) look_at_location(t, LIST_AT(t->seen.blocked, struct blocked_time, i));
    return RC_OK;
}
