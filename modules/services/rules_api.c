/* rules_api.c - questions and shares of a service: read and replaced as a whole, under the service's version. */
#include "modules/services/rules_api.h"

/* ---- questions ---------------------------------------------------------------------------------------------------------------- */

struct questions_body { struct list questions; int64_t version; };
#define LIMIT_MAX 1000000000
#define QUESTION_FIELDS \
    F_ENUM(struct question, kind, question_kind_names, .required = true, .doc = "What kind of answer it wants"), \
    F_STR(struct question, text, .required = true, .max = 300, .doc = "The question as it is asked"), \
    F_STR(struct question, help, .nullable = true, .max = 500, .doc = "A sentence below it"), \
    F_BOOL(struct question, required, .doc = "Whether it must be answered; a consent must be given"), \
    F_SCALARS(struct question, choices, K_STR, .max = CHOICES_MAX, .doc = "Of a choice or multi_choice: at least two lines of text"), \
    F_INT(struct question, min, .nullable = true, .min = -LIMIT_MAX, .max = LIMIT_MAX, .doc = "Least characters, picks, or number"), \
    F_INT(struct question, max, .nullable = true, .min = -LIMIT_MAX, .max = LIMIT_MAX, .doc = "Most characters, picks, or number")
static const struct field in_fields[] = { F_ID(struct question, id, .nullable = true, .doc = "The question it was; absent: a new one"), QUESTION_FIELDS, F_END };
static const struct shape in_shape = SHAPE_NAMED("question_new", question, in_fields);
static const struct field out_fields[] = { F_ID(struct question, id), QUESTION_FIELDS, F_END };
const struct shape question_shape = SHAPE(question, out_fields);
static const struct field body_fields[] = { F_LIST(struct questions_body, questions, &in_shape, .required = true, .max = QUESTIONS_MAX, .doc = "In the order they are asked"), F_END };
const struct shape questions_body_shape = SHAPE(questions_body, body_fields);
static const struct field answer_fields[] = { F_LIST(struct questions_body, questions, &question_shape), F_INT(struct questions_body, version), F_END };
const struct shape questions_out_shape = SHAPE_NAMED("questions", questions_body, answer_fields);

static const struct field given_fields[] = { F_ID(struct answer_in, question_id, .required = true, .doc = "The question"),
    F_STR(struct answer_in, value, .nullable = true, .max = ANSWER_CHARS_MAX, .doc = "The answer as text: a choice, 12.5, 2026-11-23, yes or no"),
    F_SCALARS(struct answer_in, values, K_STR, .max = CHOICES_MAX, .doc = "The picks of a multi_choice"), F_END };
const struct shape answer_in_shape = SHAPE_NAMED("answer_new", answer_in, given_fields);

enum rc rules_handle_questions(struct req *r)
{
    struct service s = { 0 };
    struct questions_body out = { 0 };
    TRY(services_get(r->db, r->path_id, &s));
    TRY(questions_list(r->db, s.id, &out.questions));
    out.version = s.version;
    return reply(r, &out);
}

struct rules_write { struct req *r; struct id audit_id, *ids; };

static const struct question *question_of(struct list l, struct id id)
{
    for (size_t i = 0; i < l.n; i++)
        if (id_eq(LIST_AT(l, struct question, i)->id, id)) return LIST_AT(l, struct question, i);
    return NULL;
}

static enum rc put_questions(struct tx *tx, struct rules_write *w, struct id service, struct list *out)
{
    const struct questions_body *in = w->r->in;
    struct list before;
    struct question *rows = arena_alloc(w->r->arena, (in->questions.n + 1) * sizeof *rows);
    if (!rows) return RC_OOM;
    TRY(questions_list(tx_db(tx), service, &before));
    TRY(questions_clear(tx, service));
    for (size_t i = 0; i < in->questions.n; i++) {
        rows[i] = *LIST_AT(in->questions, struct question, i);
        if (id_is_nil(rows[i].id)) rows[i].id = w->ids[i];
        else if (!question_of(before, rows[i].id)) req_field_error(w->r, arena_printf(w->r->arena, "questions[%zu].id", i), "is no question of this service");
        TRY(req_invalid(w->r));
        rows[i].service_id = service;
        rows[i].position = (int64_t)i;
        rows[i].lines = question_join(w->r->arena, rows[i].choices);
        TRY(questions_insert(tx, &rows[i]));
    }
    *out = (struct list){ rows, in->questions.n };
    return RC_OK;
}

static enum rc questions_tx(struct tx *tx, void *arg)
{
    struct rules_write *w = arg;
    struct service s = { 0 };
    struct questions_body out = { 0 };
    TRY(services_get(tx_db(tx), w->r->path_id, &s));
    TRY(req_version(w->r, s.version));
    int64_t before = s.question_count;
    TRY(put_questions(tx, w, s.id, &out.questions));
    s.question_count = (int64_t)out.questions.n;
    TRY(services_update(tx, &s, s.version, w->r->now, req_lost(w->r)));
    out.version = s.version + 1;
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "service.questions", "service.changed", "service", s.id, out.version,
        arena_printf(w->r->arena, "{\"questions\":[%lld,%zu]}", (long long)before, out.questions.n), NULL, false }));
    return reply(w->r, &out);
}

enum rc rules_handle_questions_put(struct req *r)
{
    const struct questions_body *in = r->in;
    for (size_t i = 0; i < in->questions.n; i++) {
        const struct question *q = LIST_AT(in->questions, struct question, i);
        const char *field, *bad = question_problem(q, &field);
        if (bad) req_field_error(r, arena_printf(r->arena, "questions[%zu].%s", i, field), bad);
        for (size_t k = 0; k < i; k++)
            if (!id_is_nil(q->id) && id_eq(q->id, LIST_AT(in->questions, struct question, k)->id))
                req_field_error(r, arena_printf(r->arena, "questions[%zu].id", i), "stands twice");
    }
    TRY(req_invalid(r));
    struct rules_write w = { r, id_new(), arena_alloc(r->arena, (in->questions.n + 1) * sizeof(struct id)) };
    if (!w.ids) return RC_OOM;
    for (size_t i = 0; i < in->questions.n; i++) w.ids[i] = id_new();
    return req_tx(r, "services.questions", questions_tx, &w);
}

/* ---- shares ----------------------------------------------------------------------------------------------------------------------- */

struct shares_body { struct list shares; int64_t version; };
#define SHARE_FIELDS \
    F_ID(struct service_share, provider_id, .required = true, .doc = "A provider of this service"), \
    F_INT(struct service_share, priority, .min = 0, .max = 4, .def = 2, .doc = "4 is asked first, 0 last"), \
    F_INT(struct service_share, weight, .min = 0, .max = 1000, .def = 100, .doc = "Part of the bookings among providers of one priority; 0: only when nobody else is free")
static const struct field share_fields[] = { SHARE_FIELDS, F_END };
static const struct shape share_shape = SHAPE_NAMED("service_share", service_share, share_fields);
static const struct field shares_in_fields[] = { F_LIST(struct shares_body, shares, &share_shape, .required = true, .max = PROVIDERS_MAX, .doc = "Providers that are not named stay as they are"), F_END };
const struct shape shares_body_shape = SHAPE(shares_body, shares_in_fields);
static const struct field shares_fields[] = { F_LIST(struct shares_body, shares, &share_shape), F_INT(struct shares_body, version), F_END };
const struct shape shares_out_shape = SHAPE_NAMED("shares", shares_body, shares_fields);

enum rc rules_handle_shares(struct req *r)
{
    struct service s = { 0 };
    struct shares_body out = { 0 };
    TRY(services_get(r->db, r->path_id, &s));
    TRY(shares_list(r->db, s.id, &out.shares));
    out.version = s.version;
    return reply(r, &out);
}

static enum rc put_shares(struct tx *tx, struct rules_write *w, const struct service *s)
{
    const struct shares_body *in = w->r->in;
    for (size_t i = 0; i < in->shares.n; i++) {
        const struct service_share *x = LIST_AT(in->shares, struct service_share, i);
        bool linked = false;
        for (size_t k = 0; k < s->provider_ids.n; k++) linked |= id_eq(*LIST_AT(s->provider_ids, struct id, k), x->provider_id);
        if (!linked) req_field_error(w->r, arena_printf(w->r->arena, "shares[%zu].provider_id", i), "does not offer this service");
    }
    TRY(req_invalid(w->r));
    for (size_t i = 0; i < in->shares.n; i++) TRY(shares_set(tx, s->id, LIST_AT(in->shares, struct service_share, i)));
    return RC_OK;
}

static enum rc shares_tx(struct tx *tx, void *arg)
{
    struct rules_write *w = arg;
    struct service s = { 0 };
    struct shares_body out = { 0 };
    TRY(services_get(tx_db(tx), w->r->path_id, &s));
    TRY(req_version(w->r, s.version));
    TRY(put_shares(tx, w, &s));
    TRY(services_update(tx, &s, s.version, w->r->now, req_lost(w->r)));
    TRY(shares_list(tx_db(tx), s.id, &out.shares));
    out.version = s.version + 1;
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "service.shares", "service.changed", "service", s.id, out.version,
        arena_printf(w->r->arena, "{\"shares\":[null,%zu]}", out.shares.n), NULL, false }));
    return reply(w->r, &out);
}

enum rc rules_handle_shares_put(struct req *r)
{
    struct rules_write w = { r, id_new(), NULL };
    return req_tx(r, "services.shares", shares_tx, &w);
}
