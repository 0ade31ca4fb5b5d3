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
    for (size_t i = 0; i < t->given.n && s->n_subjects < SUBJECTS_MAX; i++) s->subjects[s->n_subjects++] = *LIST_AT(t->given, struct id, i);
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
    TRY(read_claims(b, t));
    if (t->read) TRY(t->read(b, t->plan_arg));
    return db_batch_run(b);
}

static bool was_read(const struct taking *t, const struct subject *x)
{
    const struct taking_seen *s = &t->seen;
    if (x->chosen) return true;
    if (x->from < s->from || x->to > s->to) return false;
    for (size_t i = 0; i < s->n_subjects; i++)
        if (id_eq(s->subjects[i], x->id)) return true;
    return id_eq(x->id, t->appt.patient_id) && !id_is_nil(s->self_of) && id_eq(x->id, s->facts.patient_id);
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
    s->from = INT64_MAX;
    s->to = INT64_MIN;
    for (size_t i = 0; i < t->n_subjects; i++) {
        s->subjects[s->n_subjects++] = t->subjects[i].id;
        if (t->subjects[i].from < s->from) s->from = t->subjects[i].from;
        if (t->subjects[i].to > s->to) s->to = t->subjects[i].to;
    }
    struct tdb *b = db_batch(t->r->db);
    TRY(read_claims(b, t));
    return db_batch_run(b);
}

/* ---- looking ------------------------------------------------------------------------------------------------------------------ */

static void look_at_claim(struct taking *t, const struct claim *c)
{
    for (size_t k = 0; k < t->n_subjects; k++) {
        struct subject *s = &t->subjects[k];
        if (!id_eq(s->id, c->subject_id) || c->starts_at >= s->to || c->ends_at <= s->from || taking_owns(t, c)) continue;
        if (c->expires_at != NONE && c->expires_at <= t->r->now) s->has_expired = true;
        else taking_add_conflict(t, c);
    }
}

static void look_at_location(struct taking *t, const struct blocked_time *b)
{
    if (id_eq(b->subject_id, t->appt.location_id) && b->start < t->appt.end && b->end > t->appt.start)
        taking_add_conflict(t, &(struct claim){ .subject_id = b->subject_id, .owner_id = b->id, .core_start = b->start, .core_end = b->end, .kind = CLAIM_BLOCKED });
}

enum rc taking_look(struct taking *t)
{
    t->n_conflicts = 0;
    taking_subjects(t);
    TRY(read_the_rest(t));
    for (size_t i = 0; i < t->seen.claims.n; i++) look_at_claim(t, LIST_AT(t->seen.claims, struct claim, i));
    for (size_t i = 0; i < t->also.n; i++) look_at_claim(t, LIST_AT(t->also, struct claim, i));
    TRY(taking_look_ways(t, t->r->db));
    for (size_t i = 0; i < t->seen.blocked.n; i++) look_at_location(t, LIST_AT(t->seen.blocked, struct blocked_time, i));
    return RC_OK;
}
