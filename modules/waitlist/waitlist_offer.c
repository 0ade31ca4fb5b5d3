/* waitlist_offer.c - offering a time: found, kept by a hold, told by mail, ended. Whatever follows is a job in the same commit,
 * so a crash between two steps loses and doubles nothing. */
#include "modules/waitlist/waitlist.h"
#include <stdio.h>
#include <string.h>

enum { LOOKS_MAX = 200, LOOKS_OPENED_MAX = 1000, OFFERS_AT_ONCE = 10, SLOTS_LOOKED_AT = 400 };

const char *offer_url(struct arena *a, struct id tenant, struct id offer)
{
    char link[LINK_TEXT];
    seal_link("offer", tenant, offer, link);
    return arena_printf(a, "%s/o/%s", settings.base_url, link);
}

const char *want_url(struct arena *a, struct id tenant, struct id want)
{
    char link[LINK_TEXT];
    seal_link("want", tenant, want, link);
    return arena_printf(a, "%s/w/%s", settings.base_url, link);
}

enum rc offer_rules_read(struct tdb *db, struct offer_rules *out)
{
    struct tenant t = { 0 };
    struct reminder_rules reminders = { 0 };
    TRY(tenants_get(db, &t));
    TRY(reminders_rules_of(db, ID_NIL, &reminders));
    *out = (struct offer_rules){ t.waitlist_auto, t.waitlist_offer_min, t.waitlist_notice_min, t.waitlist_order,
        { reminders.quiet_start, reminders.quiet_end }, t.time_zone };
    return RC_OK;
}

_Static_assert((int)RANK_URGENT == (int)WAITLIST_URGENT && (int)RANK_WAITING == (int)WAITLIST_WAITING && (int)RANK_LONGEST == (int)WAITLIST_LONGEST,
    "the setting is the ranking");

/* The clinic's notice, or more where somebody asked for more. */
static int64_t notice_of(const struct want *w, const struct offer_rules *rules)
{
    return w->min_notice_min > rules->notice_min ? w->min_notice_min : rules->notice_min;
}

/* ---- finding -------------------------------------------------------------------------------------------------------- */

/* A time that somebody has let go by is not offered to the same again, nor a little earlier or later. */
static bool offered_before(struct list offers, const struct slot_answer *s)
{
    for (size_t i = 0; i < offers.n; i++) {
        const struct offer *o = LIST_AT(offers, struct offer, i);
        if (o->start < s->end && o->end > s->start && id_eq(o->provider_id, s->provider_id)) return true;
    }
    return false;
}

static bool agree(struct id wanted, struct id freed, struct id *out)
{
    *out = id_is_nil(wanted) ? freed : wanted;
    return id_is_nil(wanted) || id_is_nil(freed) || id_eq(wanted, freed);
}

/* Who is free again may be a chair or a helper: then anybody's time that takes one of them counts. */
bool freed_may_suit(const struct want *w, const struct freed_time *f, struct id *provider, struct id *location)
{
    return agree(w->provider_id, f->n_parts ? ID_NIL : f->provider_id, provider) && agree(w->location_id, f->location_id, location);
}

static bool is_freed(const struct freed_time *f, struct id subject)
{
    for (size_t i = 0; i < f->n_parts; i++)
        if (id_eq(f->parts[i], subject)) return true;
    return id_eq(f->provider_id, subject);
}

/* Free because of what was given up, and not all along. */
static bool uses_freed(const struct freed_time *f, const struct slot_answer *s)
{
    if (is_freed(f, s->provider_id) || (id_is_nil(f->provider_id) && !f->n_parts)) return true;
    for (size_t i = 0; i < s->parts.n; i++)
        if (is_freed(f, LIST_AT(s->parts, struct appt_part, i)->subject_id)) return true;
    return false;
}

/* within: the whole of it is what was freed; else it only reaches into that, and what is beside it was free all along. */
static enum rc first_that_suits(struct tdb *db, const struct want *w, struct list slots, const struct freed_time *f, bool within, const struct offer_rules *rules,
    int64_t now, struct slot_answer *out)
{
    struct want_rule rule = want_rule_of(w);
    rule.min_notice_min = notice_of(w, rules);
    struct list before = { NULL, 0 };
    for (size_t i = 0; i < slots.n; i++) {
        const struct slot_answer *s = LIST_AT(slots, struct slot_answer, i);
        struct location place = { 0 };
        if (within ? s->start < f->from || s->end > f->to : s->start >= f->to || s->end <= f->from) continue;
        if (!uses_freed(f, s)) continue;
        TRY(locations_get(db, s->location_id, &place));
        const struct zone *z = zone_find(place.time_zone);
        if (!z || !want_fits(&rule, z, s->start, s->end, now) || offer_until(quiet_over(z, &rules->quiet, now), s->start, rule.min_notice_min, 1440) == NONE) continue;
        if (!before.items) TRY(offers_of(db, w->id, &before));
        if (offered_before(before, s)) continue;
        *out = *s;
        return RC_OK;
    }
    return RC_NOT_FOUND;
}

enum rc offer_time(struct tdb *db, const struct want *w, const struct freed_time *f, const struct offer_rules *rules, int64_t now, struct slot_answer *out)
{
    struct service s = { 0 };
    struct list slots;
    struct slot_ask ask = { .service_id = w->service_id, .to = f->to, .now = now, .patient_id = w->patient_id, .with_parts = true, .limit = SLOTS_LOOKED_AT };
    if (!freed_may_suit(w, f, &ask.provider_id, &ask.location_id)) return RC_NOT_FOUND;
    TRY(services_get(db, w->service_id, &s));
    if (s.archived) return RC_NOT_FOUND;
    ask.from = f->from - s.duration_min * USEC_PER_MIN; /* what was free beside it counts as well */
    if (ask.from < now) ask.from = now;
    if (ask.from >= ask.to) return RC_NOT_FOUND;
    enum rc rc = calendar_slots(db, &ask, &slots, NULL);
    if (rc == RC_INVALID) return RC_NOT_FOUND;
    TRY(rc);
    rc = first_that_suits(db, w, slots, f, true, rules, now, out);
    return rc == RC_NOT_FOUND ? first_that_suits(db, w, slots, f, false, rules, now, out) : rc;
}

/* ---- making ---------------------------------------------------------------------------------------------------------- */

enum rc offer_prepare(struct tdb *db, struct making *m, const struct want *w, const struct slot_answer *s, const struct offer_rules *rules, int64_t now,
    int64_t minutes)
{
    struct service service = { 0 };
    struct location place = { 0 };
    TRY(services_get(db, w->service_id, &service));
    TRY(locations_get(db, s->location_id, &place));
    const struct zone *z = zone_find(place.time_zone);
    if (!z) return fault(RC_FAULT, "the zone of a location is not in tzdata any more");
    int64_t sends = quiet_over(z, &rules->quiet, now);
    int64_t until = offer_until(sends, s->start, notice_of(w, rules), minutes ? minutes : rules->minutes);
    if (until == NONE) return RC_STATE;
    *m = (struct making){ .r = m->r, .want = *w, .audit_id = id_new(), .mail_id = id_new(), .lapse_id = id_new(), .now = now, .arena = db_arena(db),
        .offer = { .id = id_new(), .want_id = w->id, .provider_id = s->provider_id, .location_id = s->location_id, .start = s->start, .end = s->end,
            .sends_at = sends, .expires_at = until, .created_at = now, .closed_at = NONE } };
    m->hold = (struct holding){ .arena = m->arena, .now = now, .service = service, .parts = s->parts, .patient_id = w->patient_id,
        .row = { m->offer.id, w->service_id, s->provider_id, s->location_id, s->start, s->end, until, NONE, NONE, NONE, ID_NIL } };
    return RC_OK;
}

static const char *changes_of(struct arena *a, const struct offer *o)
{
    char start[INSTANT_TEXT], until[INSTANT_TEXT], provider[ID_TEXT];
    return arena_printf(a, "{\"start\":[null,\"%s\"],\"provider_id\":[null,\"%s\"],\"expires_at\":[null,\"%s\"]}", instant_format(o->start, start),
        id_format(o->provider_id, provider), instant_format(o->expires_at, until));
}

static enum rc leave_traces(struct tx *tx, const struct req *r, struct id audit_id, struct id want, const char *action, const char *changes, int64_t now)
{
    struct audit_entry e = { audit_id, action, "waitlist", want, changes, false };
    TRY(r ? tx_audit(tx, r, &e) : tx_audit_system(tx, "waitlist", now, &e));
    return tx_event(tx, "waitlist.changed", want, 1, now, NULL);
}

enum rc offer_make_tx(struct tx *tx, void *making)
{
    struct making *m = making;
    const struct offer *o = &m->offer;
    char id[ID_TEXT];
    const char *payload = arena_printf(m->arena, "{\"offer_id\":\"%s\"}", id_format(o->id, id));
    TRY(wants_step(tx, m->want.id, WANT_WAITING, WANT_OFFERED, ID_NIL, m->now, RC_STATE));
    TRY(calendar_hold(tx, &m->hold));
    TRY(offers_insert(tx, o));
    if (!str_empty(m->want.client_email)) TRY(tx_job(tx, m->mail_id, "waitlist.mail", id, o->sends_at, payload));
    TRY(tx_job(tx, m->lapse_id, "waitlist.lapse", arena_printf(m->arena, "lapse:%s", id), o->expires_at, payload));
    return leave_traces(tx, m->r, m->audit_id, m->want.id, "waitlist.offer", changes_of(m->arena, o), m->now);
}

/* ---- ending ----------------------------------------------------------------------------------------------------------- */

enum rc offer_end_tx(struct tx *tx, void *ending)
{
    struct ending *e = ending;
    const struct offer *o = &e->offer;
    char id[ID_TEXT];
    TRY(offers_close(tx, o->id, e->status, ID_NIL, e->now, RC_OFFER_EXPIRED));
    TRY(wants_step(tx, o->want_id, WANT_OFFERED, e->want_status, ID_NIL, e->now, RC_OFFER_EXPIRED));
    TRY(claims_delete_owner(tx, o->id));
    struct freed_time f = { .provider_id = o->provider_id, .location_id = o->location_id, .from = o->start, .to = o->end };
    TRY(calendar_freed(tx, e->freed_id, &f, arena_printf(e->arena, "offer:%s", id_format(o->id, id)), e->now));
    return leave_traces(tx, e->r, e->audit_id, o->want_id, arena_printf(e->arena, "waitlist.%s", offer_status_names[e->status]), NULL, e->now);
}

/* ---- jobs -------------------------------------------------------------------------------------------------------------- */

/* Our own text (calendar_freed.c): fixed order, no escapes; an id that is not there is empty. */
static bool read_freed(const char *s, struct freed_time *f)
{
    char id[2][ID_TEXT] = { "", "" }, when[2][INSTANT_TEXT] = { "", "" };
    const char *names[] = { "provider_id", "location_id", "from", "to" };
    char *values[] = { id[0], id[1], when[0], when[1] };
    size_t sizes[] = { ID_TEXT, ID_TEXT, INSTANT_TEXT, INSTANT_TEXT };
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char key[20];
        snprintf(key, sizeof key, "\"%s\":\"", names[i]);
        const char *p = strstr(s, key), *end = p ? strchr(p + strlen(key), '"') : NULL;
        if (!end || (size_t)(end - p) - strlen(key) >= sizes[i]) return false;
        snprintf(values[i], sizes[i], "%.*s", (int)((size_t)(end - p) - strlen(key)), p + strlen(key));
    }
    *f = (struct freed_time){ 0 };
    return (!*id[0] || id_parse(id[0], &f->provider_id)) && (!*id[1] || id_parse(id[1], &f->location_id)) && instant_parse(when[0], &f->from) &&
        instant_parse(when[1], &f->to);
}

static bool read_freed_parts(const char *s, struct freed_time *f)
{
    const char *p = strstr(s, "\"parts\":[");
    char id[ID_TEXT];
    p = p ? strchr(p, '[') + 1 : "]";
    while (*p == '"' && f->n_parts < APPT_PARTS_MAX) {
        snprintf(id, sizeof id, "%.*s", ID_TEXT - 1, p + 1);
        if (strlen(p) < ID_TEXT + 1 || !id_parse(id, &f->parts[f->n_parts++])) return false;
        p += ID_TEXT + 1; /* its quotes */
        if (*p == ',') p++;
    }
    return *p == ']';
}

/* RC_OK: somebody has an offer now; RC_NOT_FOUND: nothing of this time for this one. */
static enum rc try_offer(struct job *job, const struct want *w, const struct freed_time *f, const struct offer_rules *rules, struct slot_answer *slot)
{
    struct making m = { 0 };
    TRY(offer_time(job->db, w, f, rules, job->now, slot));
    enum rc rc = offer_prepare(job->db, &m, w, slot, rules, job->now, 0);
    if (rc == RC_OK) rc = db_tx(job->db, "waitlist.fill", offer_make_tx, &m);
    return rc == RC_OVERLAP || rc == RC_STATE || rc == RC_CONFLICT ? RC_NOT_FOUND : rc; /* somebody was faster */
}

struct later { struct job *job; struct id id; const char *key; int64_t at; };

static enum rc later_tx(struct tx *tx, void *arg)
{
    const struct later *l = arg;
    return tx_job(tx, l->id, l->job->kind, l->key, l->at, l->job->payload);
}

/* At night nobody is asked: the time stays free for whoever books it, and is looked at again in the morning. */
static enum rc quiet_until(struct job *job, const struct freed_time *f, const struct offer_rules *rules, int64_t *until)
{
    struct location place = { .time_zone = rules->time_zone };
    if (!id_is_nil(f->location_id)) {
        enum rc rc = locations_get(job->db, f->location_id, &place);
        if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    }
    const struct zone *z = zone_find(place.time_zone);
    *until = z ? quiet_over(z, &rules->quiet, job->now) : job->now;
    return RC_OK;
}

static enum rc wait_for_morning(struct job *job, int64_t until)
{
    struct later l = { job, id_new(), arena_printf(job->arena, "%.*s@%lld", (int)strcspn(job->key, "@"), job->key, (long long)until), until };
    return db_tx(job->db, "waitlist.fill_later", later_tx, &l);
}

/* Nothing is left of what one provider gave up. */
static bool takes_all(const struct slot_answer *s, const struct freed_time *f)
{
    return !id_is_nil(f->provider_id) && !f->n_parts && s->start <= f->from && s->end >= f->to;
}

static enum rc offer_around(struct job *job, const struct freed_time *f, const struct offer_rules *rules)
{
    struct list wants;
    int made = 0;
    TRY(wants_waiting(job->db, rules->ranking, &wants));
    for (size_t i = 0, looks = 0; i < wants.n && looks < LOOKS_MAX && made < OFFERS_AT_ONCE; i++) {
        const struct want *w = LIST_AT(wants, struct want, i);
        struct id provider, location;
        struct slot_answer slot;
        if (!freed_may_suit(w, f, &provider, &location)) continue;
        looks++;
        enum rc rc = try_offer(job, w, f, rules, &slot);
        if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
        made += rc == RC_OK;
        if (rc == RC_OK && takes_all(&slot, f)) break;
    }
    return RC_OK;
}

enum rc waitlist_fill(struct job *job)
{
    struct freed_time f;
    struct offer_rules rules;
    int64_t until;
    if (!read_freed(job->payload, &f) || !read_freed_parts(job->payload, &f)) return job_unreadable(job);
    if (f.from < job->now) f.from = job->now;
    TRY(offer_rules_read(job->db, &rules));
    if (f.from >= f.to || !rules.automatic) return RC_OK;
    TRY(quiet_until(job, &f, &rules, &until));
    if (until >= f.to) return RC_OK; /* over by the morning */
    return until > job->now ? wait_for_morning(job, until) : offer_around(job, &f, &rules);
}

/* By the dates alone, a day to either side for the zones: most stretches of two months suit nobody, and need no look. */
static bool anybody_for(struct list wants, const struct freed_time *f)
{
    int64_t first = floor_div(f->from, USEC_PER_DAY) - 1, last = floor_div(f->to, USEC_PER_DAY) + 1;
    for (size_t i = 0; i < wants.n; i++) {
        const struct want *w = LIST_AT(wants, struct want, i);
        struct id provider, location;
        if ((w->not_before == NONE || w->not_before <= last) && (w->not_after == NONE || w->not_after >= first) && freed_may_suit(w, f, &provider, &location)) return true;
    }
    return false;
}

/* The payload is calendar_opened.c's: stretches as of a freed time, the next first. */
enum rc waitlist_opened(struct job *job)
{
    struct offer_rules rules;
    struct list wants;
    struct freed_time f;
    int64_t until = NONE;
    size_t looks = 0;
    TRY(offer_rules_read(job->db, &rules));
    TRY(wants_waiting(job->db, rules.ranking, &wants));
    if (!wants.n || !rules.automatic) return RC_OK;
    for (const char *p = job->payload; looks < LOOKS_OPENED_MAX && (p = strstr(p, "{\"provider_id\"")) != NULL; p++) {
        if (!read_freed(p, &f) || !read_freed_parts(p, &f)) return job_unreadable(job);
        if (f.from < job->now) f.from = job->now;
        if (f.from >= f.to || !anybody_for(wants, &f)) continue;
        if (until == NONE) TRY(quiet_until(job, &f, &rules, &until));
        if (until > job->now) return wait_for_morning(job, until);
        looks += wants.n < LOOKS_MAX ? wants.n : LOOKS_MAX;
        struct arena_mark mark = arena_mark(job->arena);
        TRY(offer_around(job, &f, &rules));
        arena_rewind(job->arena, mark);
    }
    return RC_OK;
}

static enum rc open_offer(struct job *job, struct offer *o)
{
    struct id id;
    TRY(job_id(job, "offer_id", &id));
    *o = (struct offer){ 0 };
    return offers_get(job->db, id, o);
}

enum rc waitlist_lapse(struct job *job)
{
    struct ending e = { .status = OFFER_LAPSED, .want_status = WANT_WAITING, .audit_id = id_new(), .freed_id = id_new(), .now = job->now, .arena = job->arena };
    TRY(open_offer(job, &e.offer));
    if (e.offer.status != OFFER_OPEN) return RC_OK;
    if (e.offer.expires_at > job->now) return RC_BUSY;
    enum rc rc = db_tx(job->db, "waitlist.lapse", offer_end_tx, &e);
    return rc == RC_OFFER_EXPIRED ? RC_OK : rc; /* answered at the last moment */
}

enum rc waitlist_mail(struct job *job)
{
    struct offer o;
    struct want w = { 0 };
    struct location place = { 0 };
    TRY(open_offer(job, &o));
    if (o.status != OFFER_OPEN || o.expires_at <= job->now) return RC_OK;
    TRY(wants_get(job->db, o.want_id, &w));
    TRY(locations_get(job->db, o.location_id, &place));
    if (str_empty(w.client_email)) return RC_OK;
    char id[ID_TEXT];
    struct notice_offer n = { .message_id = arena_printf(job->arena, "%s.offer@clinicd", id_format(o.id, id)), .client_name = w.client_name,
        .client_email = w.client_email, .service = w.service_name, .provider = o.provider_name, .location = place.name, .zone = place.time_zone,
        .link = offer_url(job->arena, job->tenant, o.id), .leave_link = want_url(job->arena, job->tenant, w.id), .start = o.start, .end = o.end, .expires_at = o.expires_at };
    return notices_offer(job, &n);
}

struct sweeping { int64_t date, now; };
static enum rc sweep_tx(struct tx *tx, void *arg)
{
    struct sweeping *s = arg;
    return wants_lapse(tx, s->date, s->now);
}

/* A day later than in the zone that is latest: over everywhere. */
enum rc waitlist_sweep(struct job *job)
{
    struct sweeping s = { floor_div(job->now, USEC_PER_DAY) - 1, job->now };
    return db_tx(job->db, "waitlist.sweep", sweep_tx, &s);
}
