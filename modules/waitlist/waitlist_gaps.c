/* waitlist_gaps.c - free stretches of providers' days, and who waits for one of them. */
#include "modules/waitlist/waitlist.h"

enum { GAP_DAYS_MAX = 14, BUSY_MAX = 4000, MATCHES_MAX = 20, LOOKS_MAX = 200, PROVIDERS_OF_GAPS = 64 };

struct gap { struct id provider_id, location_id; int64_t start, end, minutes; };
static const struct field gap_fields[] = { F_ID(struct gap, provider_id), F_ID(struct gap, location_id), F_INSTANT(struct gap, start), F_INSTANT(struct gap, end),
    F_INT(struct gap, minutes), F_END };
const struct shape gap_shape = SHAPE(gap, gap_fields);
struct gaps_query { int64_t from, to, min_minutes; struct id provider_id, location_id; };
static const struct field gaps_query_fields[] = { F_INSTANT(struct gaps_query, from, .required = true, .doc = "From"),
    F_INSTANT(struct gaps_query, to, .required = true, .doc = "To, not included; at most 14 days later"),
    F_ID(struct gaps_query, provider_id, .doc = "Only this provider"), F_ID(struct gaps_query, location_id, .doc = "Only this location"),
    F_INT(struct gaps_query, min_minutes, .min = 5, .max = 1440, .def = 15, .doc = "Shorter ones are left out"), F_END };
const struct shape gaps_query_shape = SHAPE(gaps_query, gaps_query_fields);

struct busy_times { struct list claims, blocked; int64_t now, from, to; };

static size_t busy_of(const struct busy_times *b, struct id provider, struct id location, struct span *out)
{
    size_t n = 0;
    for (size_t i = 0; i < b->claims.n && n < BUSY_MAX; i++) {
        const struct claim *c = LIST_AT(b->claims, struct claim, i);
        if (id_eq(c->subject_id, provider) && (c->expires_at == NONE || c->expires_at > b->now)) out[n++] = (struct span){ c->starts_at, c->ends_at };
    }
    for (size_t i = 0; i < b->blocked.n && n < BUSY_MAX; i++) {
        const struct blocked_time *t = LIST_AT(b->blocked, struct blocked_time, i);
        if (id_eq(t->subject_id, location) && t->start < b->to && t->end > b->from) out[n++] = (struct span){ t->start, t->end };
    }
    return n;
}

static enum rc read_busy(struct req *r, struct list open, const struct gaps_query *q, struct busy_times *b)
{
    struct id ids[PROVIDERS_OF_GAPS];
    size_t n = 0;
    for (size_t i = 0; i < open.n; i++) {
        struct id p = LIST_AT(open, struct open_hours, i)->provider_id;
        size_t k = 0;
        while (k < n && !id_eq(ids[k], p)) k++;
        if (k < n) continue;
        if (n == PROVIDERS_OF_GAPS) {
            req_field_error(r, "provider_id", "is needed: more than 64 providers work in this time");
            return req_invalid(r);
        }
        ids[n++] = p;
    }
    b->now = r->now;
    b->from = q->from;
    b->to = q->to;
    TRY(claims_around(r->db, ids, n, q->from, q->to, &b->claims));
    return blocked_locations(r->db, q->from, q->to, &b->blocked);
}

static enum rc find_gaps(struct req *r, const struct gaps_query *q, struct list *out)
{
    struct list open;
    struct busy_times b = { 0 };
    struct gap *gaps = arena_alloc(r->arena, GAPS_MAX * sizeof *gaps);
    struct span *busy = arena_alloc(r->arena, BUSY_MAX * sizeof *busy), *found = arena_alloc(r->arena, GAPS_MAX * sizeof *found);
    if (!gaps || !busy || !found) return RC_OOM;
    TRY(calendar_open_hours(r->db, q->provider_id, q->location_id, q->from, q->to, &open));
    TRY(read_busy(r, open, q, &b));
    size_t n = 0;
    for (size_t i = 0; i < open.n; i++) {
        const struct open_hours *o = LIST_AT(open, struct open_hours, i);
        struct span hours = { o->start > q->from ? o->start : q->from, o->end < q->to ? o->end : q->to };
        if (hours.from < r->now) hours.from = r->now;
        size_t n_busy = busy_of(&b, o->provider_id, o->location_id, busy);
        size_t k = gaps_of(hours, busy, n_busy, q->min_minutes * USEC_PER_MIN, found, GAPS_MAX - n);
        for (size_t g = 0; g < k; g++)
            gaps[n++] = (struct gap){ o->provider_id, o->location_id, found[g].from, found[g].to, (found[g].to - found[g].from) / USEC_PER_MIN };
    }
    *out = (struct list){ gaps, n };
    return RC_OK;
}

enum rc gaps_get(struct req *r)
{
    const struct gaps_query *q = r->query;
    struct list gaps;
    if (q->to <= q->from) req_field_error(r, "to", "must be after from");
    else if (q->to - q->from > GAP_DAYS_MAX * USEC_PER_DAY + 2 * USEC_PER_HOUR) req_field_error(r, "to", "must be at most 14 days after from");
    TRY(req_invalid(r));
    TRY(find_gaps(r, q, &gaps));
    return reply_list(r, gaps, NULL);
}

/* ---- who waits for it -------------------------------------------------------------------------------------------------- */

struct match { struct id want_id, client_id, service_id, provider_id, location_id; const char *client_name, *client_phone, *service_name, *note;
    int64_t start, end, priority, waiting_since; };
static const struct field match_fields[] = { F_ID(struct match, want_id), F_ID(struct match, client_id), F_STR(struct match, client_name),
    F_STR(struct match, client_phone, .nullable = true), F_ID(struct match, service_id), F_STR(struct match, service_name), F_STR(struct match, note, .nullable = true),
    F_INT(struct match, priority), F_INSTANT(struct match, waiting_since), F_INSTANT(struct match, start), F_INSTANT(struct match, end),
    F_ID(struct match, provider_id), F_ID(struct match, location_id), F_END };
const struct shape match_shape = SHAPE_NAMED("waitlist_match", match, match_fields);
struct matches_query { struct id provider_id, location_id; int64_t start, end; };
static const struct field matches_query_fields[] = { F_ID(struct matches_query, provider_id, .required = true, .doc = "Whose free time"),
    F_ID(struct matches_query, location_id, .doc = "Where"), F_INSTANT(struct matches_query, start, .required = true, .doc = "From"),
    F_INSTANT(struct matches_query, end, .required = true, .doc = "To, not included; at most a day later"), F_END };
const struct shape matches_query_shape = SHAPE(matches_query, matches_query_fields);

enum rc matches_get(struct req *r)
{
    const struct matches_query *q = r->query;
    struct freed_time f = { .provider_id = q->provider_id, .location_id = q->location_id, .from = q->start > r->now ? q->start : r->now, .to = q->end };
    struct id provider, location;
    struct offer_rules rules;
    struct list wants;
    struct match *m = arena_alloc(r->arena, MATCHES_MAX * sizeof *m);
    size_t n = 0;
    if (!m) return RC_OOM;
    if (q->end <= q->start) req_field_error(r, "end", "must be after start");
    else if (q->end - q->start > USEC_PER_DAY) req_field_error(r, "end", "must be at most a day after start");
    TRY(req_invalid(r));
    TRY(offer_rules_read(r->db, &rules));
    TRY(wants_waiting(r->db, rules.ranking, &wants));
    for (size_t i = 0, looks = 0; i < wants.n && looks < LOOKS_MAX && n < MATCHES_MAX && f.from < f.to; i++) {
        const struct want *w = LIST_AT(wants, struct want, i);
        struct slot_answer s;
        if (!freed_may_suit(w, &f, &provider, &location)) continue;
        looks++;
        enum rc rc = offer_time(r->db, w, &f, &rules, r->now, &s);
        if (rc == RC_NOT_FOUND) continue;
        TRY(rc);
        m[n++] = (struct match){ w->id, w->client_id, w->service_id, s.provider_id, s.location_id, w->client_name, w->client_phone, w->service_name, w->note,
            s.start, s.end, w->priority, w->created_at };
    }
    return reply_list(r, (struct list){ m, n }, NULL);
}

/* ---- what is offered in that time ------------------------------------------------------------------------------------------ */

static const struct field running_fields[] = { F_ID(struct offer, id), F_ID(struct offer, want_id), F_ENUM(struct offer, status, offer_status_names),
    F_ID(struct offer, client_id), F_STR(struct offer, client_name), F_STR(struct offer, service_name), F_ID(struct offer, provider_id), F_STR(struct offer, provider_name),
    F_INSTANT(struct offer, start), F_INSTANT(struct offer, end), F_INSTANT(struct offer, sends_at), F_INSTANT(struct offer, expires_at),
    F_INSTANT(struct offer, closed_at, .nullable = true), F_END };
const struct shape running_shape = SHAPE_NAMED("waitlist_running", offer, running_fields);
struct running_query { int64_t from, to; struct id provider_id; };
static const struct field running_query_fields[] = { F_INSTANT(struct running_query, from, .required = true, .doc = "Times that begin from here"),
    F_INSTANT(struct running_query, to, .required = true, .doc = "To, not included; at most 14 days later"), F_ID(struct running_query, provider_id, .doc = "Only this provider"), F_END };
const struct shape running_query_shape = SHAPE(running_query, running_query_fields);

enum rc offers_get_between(struct req *r)
{
    const struct running_query *q = r->query;
    struct list l;
    if (q->to <= q->from) req_field_error(r, "to", "must be after from");
    else if (q->to - q->from > GAP_DAYS_MAX * USEC_PER_DAY + 2 * USEC_PER_HOUR) req_field_error(r, "to", "must be at most 14 days after from");
    TRY(req_invalid(r));
    TRY(offers_between(r->db, q->from, q->to, q->provider_id, &l));
    return reply_list(r, l, NULL);
}
