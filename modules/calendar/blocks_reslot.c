/* blocks_reslot.c - the bookings that a block hits: where each could go, moving them there, and asking their clients to choose again. */
#include "modules/calendar/blocks.h"

enum { HIT_TIMES = 3 };
struct hits_query { int64_t scope; };
static const struct field hits_query_fields[] = { F_ENUM(struct hits_query, scope, block_scope_names, .doc = "Of a rule: in this one, in this and the following, or in all that are not over"), F_END };
const struct shape block_hits_query_shape = SHAPE(hits_query, hits_query_fields);
struct block_hit { struct booking_hit b; struct list next; bool has_mail; };
static const struct field next_fields[] = { F_INSTANT(struct slot_answer, start), F_INSTANT(struct slot_answer, end), F_ID(struct slot_answer, provider_id),
    F_ID(struct slot_answer, location_id), F_END };
static const struct shape next_shape = SHAPE_NAMED("block_hit_time", slot_answer, next_fields);
#define HIT(k, m, ...) { .name = #m, .kind = k, .off = offsetof(struct block_hit, b.m), __VA_ARGS__ }
static const struct field hit_fields[] = { HIT(K_ID, appointment_id), HIT(K_ID, client_id), HIT(K_STR, client_name), HIT(K_STR, client_phone, .nullable = true),
    HIT(K_ID, patient_id), HIT(K_STR, patient_name), HIT(K_ID, service_id), HIT(K_STR, service_name), HIT(K_ID, provider_id), HIT(K_STR, provider_name),
    HIT(K_INSTANT, start), HIT(K_INSTANT, end), HIT(K_ENUM, status, .names = appt_state_names), HIT(K_INT, version),
    F_BOOL(struct block_hit, has_mail, .doc = "There is an address to write to"),
    F_LIST(struct block_hit, next, &next_shape, .doc = "Free times of the service, up to three: with the same provider, where there are any. No two bookings have the same first one"), F_END };
const struct shape block_hit_shape = SHAPE(block_hit, hit_fields);

/* ---- which bookings, and where they could go ---------------------------------------------------------------------------------------- */

/* The blocks of the scope, by start. */
static enum rc read_rows(struct req *r, int64_t scope, struct list *rows)
{
    struct blocked_time *b = arena_alloc(r->arena, sizeof *b);
    size_t n = 0;
    if (!b) return RC_OOM;
    TRY(blocked_get(r->db, r->path_id, b));
    *rows = (struct list){ b, 1 };
    if (scope == BLOCK_THIS || id_is_nil(b->rule_id)) return RC_OK;
    TRY(blocked_of_rule(r->db, b->rule_id, scope == BLOCK_ALL ? INT64_MIN + 1 : b->rule_at, rows));
    for (size_t i = 0; i < rows->n; i++)
        if (LIST_AT(*rows, struct blocked_time, i)->end > r->now) *LIST_AT(*rows, struct blocked_time, n++) = *LIST_AT(*rows, struct blocked_time, i);
    rows->n = n;
    return RC_OK;
}

static enum rc read_hits(struct req *r, struct list rows, struct list *hits)
{
    struct look_window *w = arena_alloc(r->arena, (rows.n + 1) * sizeof *w);
    *hits = (struct list){ NULL, 0 };
    if (!w) return RC_OOM;
    for (size_t i = 0; i < rows.n; i++) w[i] = (struct look_window){ LIST_AT(rows, struct blocked_time, i)->start, LIST_AT(rows, struct blocked_time, i)->end };
    return rows.n ? bookings_in_windows(r->db, LIST_AT(rows, struct blocked_time, 0)->kind, LIST_AT(rows, struct blocked_time, 0)->subject_id, w, rows.n, r->now, hits) : RC_OK;
}

static int64_t end_of_block(struct list rows, const struct booking_hit *h)
{
    for (size_t i = 0; i < rows.n; i++) {
        const struct blocked_time *b = LIST_AT(rows, struct blocked_time, i);
        if (b->start < h->end && b->end > h->start) return b->end;
    }
    return h->end;
}

/* With the same provider soon, or when the block is over; else with anybody. also: what others were offered first. */
static enum rc find_times(struct req *r, struct list rows, const struct booking_hit *h, struct list also, struct list *out)
{
    struct slot_ask ask = { .service_id = h->service_id, .provider_id = h->provider_id, .from = h->start, .to = h->start + 1, .now = r->now,
        .except = h->appointment_id, .patient_id = h->patient_id, .also = also };
    TRY(calendar_next(r->db, &ask, HIT_TIMES, out));
    if (out->n) return RC_OK;
    ask.from = end_of_block(rows, h);
    TRY(calendar_next(r->db, &ask, HIT_TIMES, out));
    if (out->n) return RC_OK;
    ask.from = h->start;
    ask.provider_id = ID_NIL;
    return calendar_next(r->db, &ask, HIT_TIMES, out);
}

enum rc blocked_handle_hits(struct req *r)
{
    const struct hits_query *q = r->query;
    struct list rows, found, also = { NULL, 0 };
    TRY(read_rows(r, q->scope, &rows));
    TRY(read_hits(r, rows, &found));
    if (found.n > HITS_MAX) found.n = HITS_MAX;
    struct block_hit *hits = arena_alloc(r->arena, (found.n + 1) * sizeof *hits);
    also.items = arena_alloc(r->arena, (found.n + 1) * sizeof(struct claim));
    if (!hits || !also.items) return RC_OOM;
    for (size_t i = 0; i < found.n; i++) {
        hits[i].b = *LIST_AT(found, struct booking_hit, i);
        hits[i].has_mail = !str_empty(hits[i].b.client_email);
        TRY(find_times(r, rows, &hits[i].b, also, &hits[i].next));
        if (!hits[i].next.n) continue;
        const struct slot_answer *s = LIST_AT(hits[i].next, struct slot_answer, 0);
        *LIST_AT(also, struct claim, also.n++) = (struct claim){ .subject_id = s->provider_id, .location_id = s->location_id, .starts_at = s->start,
            .ends_at = s->end, .core_start = s->start, .core_end = s->end, .kind = CLAIM_APPOINTMENT, .expires_at = NONE };
    }
    return reply_list(r, (struct list){ hits, found.n }, NULL);
}

/* ---- moving, and asking ------------------------------------------------------------------------------------------------------------------ */

enum result { RESULT_MOVED, RESULT_TOLD, RESULT_TAKEN, RESULT_CHANGED, RESULT_NOT_HIT, RESULT_NO_MAIL, RESULT_REFUSED };
static const char *const result_names[] = { "moved", "told", "taken", "changed", "not_hit", "no_mail", "refused", NULL };
struct move_in { struct id appointment_id, provider_id; int64_t start, version; };
static const struct field move_fields[] = { F_ID(struct move_in, appointment_id, .required = true, .doc = "Which booking"),
    F_INSTANT(struct move_in, start, .required = true, .doc = "Its new start"), F_ID(struct move_in, provider_id, .doc = "With whom then; the same when absent"),
    F_INT(struct move_in, version, .nullable = true, .doc = "As it was seen: another one is left alone"), F_END };
static const struct shape move_shape = SHAPE_NAMED("reslot_move", move_in, move_fields);
struct reslot_in { struct list moves, tell; };
static const struct field reslot_fields[] = { F_LIST(struct reslot_in, moves, &move_shape, .max = HITS_MAX, .doc = "Which bookings go where"),
    F_SCALARS(struct reslot_in, tell, K_ID, .max = HITS_MAX, .doc = "Bookings whose clients are asked by mail to choose another time; each once"), F_END };
const struct shape reslot_shape = SHAPE_NAMED("reslot", reslot_in, reslot_fields);
struct reslotted { struct id appointment_id, provider_id; int64_t result, start, end, version; struct list next; };
static const struct field reslotted_fields[] = { F_ID(struct reslotted, appointment_id), F_ENUM(struct reslotted, result, result_names,
        .doc = "taken: the time went to somebody else, see next. changed: the booking did. not_hit: it is not in this block any more. refused: by the rules of booking"),
    F_INSTANT(struct reslotted, start, .nullable = true), F_INSTANT(struct reslotted, end, .nullable = true), F_ID(struct reslotted, provider_id, .nullable = true),
    F_INT(struct reslotted, version, .nullable = true), F_LIST(struct reslotted, next, &next_shape, .doc = "Of taken: other times"), F_END };
const struct shape reslot_result_shape = SHAPE_NAMED("reslot_result", reslotted, reslotted_fields);

/* Each booking is a request of its own, by whoever asks: what one finds wrong does not stop the next. */
static struct req *request_for(struct req *r, int64_t version)
{
    struct req *own = req_of_program(r->arena, r->db, r->now, r->who->name, r->who->perms);
    if (!own) return NULL;
    own->who = r->who;
    own->request_id = r->request_id;
    own->address = r->address;
    own->network = r->network;
    own->user_agent = r->user_agent;
    own->if_match = version;
    return own;
}

static enum rc keep_answer(struct req *r, const struct appointment *a, void *arg)
{
    struct reslotted *out = arg;
    (void)r;
    out->start = a->start;
    out->end = a->end;
    out->provider_id = a->provider_id;
    out->version = a->version;
    return RC_OK;
}

static const struct booking_hit *find_hit(struct list hits, struct id id)
{
    for (size_t i = 0; i < hits.n; i++)
        if (id_eq(LIST_AT(hits, struct booking_hit, i)->appointment_id, id)) return LIST_AT(hits, struct booking_hit, i);
    return NULL;
}

/* What somebody else's doing leaves of it; a failure of ours is one. */
static enum rc result_of(enum rc rc, int64_t *result)
{
    if (rc < 0 || rc == RC_BUSY) return rc;
    *result = rc == RC_OK ? RESULT_MOVED : rc == RC_OVERLAP ? RESULT_TAKEN : rc == RC_STALE || rc == RC_STATE || rc == RC_NOT_FOUND ? RESULT_CHANGED : RESULT_REFUSED;
    return RC_OK;
}

static enum rc move_one(struct req *r, struct list rows, struct list hits, const struct move_in *in, struct reslotted *out)
{
    const struct booking_hit *h = find_hit(hits, in->appointment_id);
    struct req *own = request_for(r, in->version);
    *out = (struct reslotted){ .appointment_id = in->appointment_id, .result = RESULT_NOT_HIT, .start = NONE, .end = NONE, .version = NONE };
    if (!own) return RC_OOM;
    if (!h) return RC_OK;
    enum rc rc = calendar_move(&(struct moving){ .r = own, .id = in->appointment_id, .provider_id = in->provider_id, .start = in->start, .end = NONE,
        .reply = keep_answer, .reply_arg = out });
    TRY(result_of(rc, &out->result));
    return out->result == RESULT_TAKEN ? find_times(r, rows, h, (struct list){ NULL, 0 }, &out->next) : RC_OK;
}

struct telling { struct req *r; struct id appointment, job_id, audit_id; };

/* Once for each time it was booked for: the key holds the sequence, which rises with every move. */
static enum rc tell_tx(struct tx *tx, void *arg)
{
    struct telling *t = arg;
    struct appointment a = { 0 };
    char id[ID_TEXT];
    TRY(appointments_get(tx_db(tx), t->appointment, &a));
    id_format(a.id, id);
    TRY(tx_job(tx, t->job_id, "notices.appointment", arena_printf(t->r->arena, "%s:choose:%lld", id, (long long)a.sequence), t->r->now,
        arena_printf(t->r->arena, "{\"appointment_id\":\"%s\",\"what\":\"choose\",\"sequence\":%lld}", id, (long long)a.sequence)));
    return tx_audit(tx, t->r, &(struct audit_entry){ t->audit_id, "appointment.ask_to_move", "appointment", a.id, NULL, false });
}

static enum rc tell_one(struct req *r, struct list hits, struct id id, struct reslotted *out)
{
    const struct booking_hit *h = find_hit(hits, id);
    *out = (struct reslotted){ .appointment_id = id, .result = RESULT_NOT_HIT, .start = NONE, .end = NONE, .version = NONE };
    if (!h) return RC_OK;
    out->result = str_empty(h->client_email) ? RESULT_NO_MAIL : RESULT_TOLD;
    if (out->result == RESULT_NO_MAIL) return RC_OK;
    struct telling t = { .r = request_for(r, NONE), .appointment = id, .job_id = id_new(), .audit_id = id_new() };
    return t.r ? req_tx(t.r, "calendar.ask_to_move", tell_tx, &t) : RC_OOM;
}

enum rc blocked_handle_reslot(struct req *r)
{
    const struct reslot_in *in = r->in;
    struct list rows, hits;
    size_t n = 0;
    TRY(read_rows(r, BLOCK_ALL, &rows));
    if (!in->moves.n && !in->tell.n) req_field_error(r, "moves", "or tell must name a booking");
    TRY(req_invalid(r));
    TRY(read_hits(r, rows, &hits));
    struct reslotted *out = arena_alloc(r->arena, (in->moves.n + in->tell.n) * sizeof *out);
    if (!out) return RC_OOM;
    for (size_t i = 0; i < in->moves.n; i++) TRY(move_one(r, rows, hits, LIST_AT(in->moves, struct move_in, i), &out[n++]));
    for (size_t i = 0; i < in->tell.n; i++) TRY(tell_one(r, hits, *LIST_AT(in->tell, struct id, i), &out[n++]));
    return reply_list(r, (struct list){ out, n }, NULL);
}
