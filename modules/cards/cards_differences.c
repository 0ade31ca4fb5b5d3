/* cards_differences.c - where Stripe and this clinic do not say the same, and the click that makes it right; disputes. */
#include "modules/cards/cards_jobs.h"

/* ---- differences --------------------------------------------------------------------------------------------------------------------------- */

#define F struct card_difference
static const struct field difference_fields[] = { F_ID(F, id), F_ENUM(F, kind, card_difference_kind_names, .doc = "unpaid_here, unpaid_there: only one of both has the money; refund_here, refund_there: only one"
    " of both knows the refund; amount: not the same; unknown: its payment is not here; stuck: Stripe does not say what became of it"),
    F_STR(F, object_id, .doc = "Stripe's name of it, or ours where it has none there"), F_ID(F, payment_id, .nullable = true), F_ID(F, refund_id, .nullable = true), F_STR(F, currency, .nullable = true),
    F_INT(F, here_minor, .nullable = true), F_INT(F, there_minor, .nullable = true), F_ENUM(F, state, card_difference_state_names), F_STR(F, note, .nullable = true), F_INSTANT(F, found_at),
    F_INSTANT(F, repaired_at, .nullable = true), F_END };
#undef F
const struct shape card_difference_shape = SHAPE(card_difference, difference_fields);

struct differences_query { int64_t state, limit; const char *cursor; };
static const struct field differences_query_fields[] = { F_ENUM(struct differences_query, state, card_difference_state_names, .nullable = true, .doc = "Only those in this state"),
    F_INT(struct differences_query, limit, .min = 1, .max = PAGE_LIMIT_MAX, .def = PAGE_LIMIT_DEFAULT, .doc = "Rows a page"),
    F_STR(struct differences_query, cursor, .max = 1600, .doc = "Go on behind this place: next_cursor of the answer before"), F_END };
const struct shape card_differences_query_shape = SHAPE_NAMED("card_differences_query", differences_query, differences_query_fields);

enum rc cards_list_differences(struct req *r)
{
    const struct differences_query *q = r->query;
    struct page page = { NONE, q->limit, NONE, NULL };
    struct position after;
    struct list l;
    TRY(req_position(r, q->cursor, "cards.differences", &after));
    TRY(cards_differences(r->db, q->state, &after, q->limit, &l));
    const struct card_difference *last = l.n ? LIST_AT(l, struct card_difference, l.n - 1) : NULL;
    if (last && (int64_t)l.n == q->limit) page.next = req_cursor(r, "cards.differences", &(struct position){ "", last->found_at, last->id });
    return reply_list(r, l, &page);
}

struct repair { struct req *r; struct card_difference d; struct id audit_id, job_id; };
static enum rc repair_tx(struct tx *tx, void *arg)
{
    const struct repair *w = arg;
    char id[ID_TEXT], key[ID_TEXT];
    struct card_difference now = w->d;
    now.state = DIFFERENCE_REPAIRING;
    TRY(cards_difference_step(tx, w->d.id, DIFFERENCE_OPEN, DIFFERENCE_REPAIRING, w->d.note, w->r->now));
    TRY(tx_job(tx, w->job_id, "cards.repair", id_format(w->job_id, key), w->r->now, arena_printf(w->r->arena, "{\"difference_id\":\"%s\"}", id_format(w->d.id, id))));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "cards.repair", "cards.difference", "card_difference", w->d.id, 1,
        shape_diff(w->r->arena, &card_difference_shape, &w->d, &now), NULL, false }));
    return reply(w->r, &now);
}

enum rc cards_post_repair(struct req *r)
{
    struct repair w = { .r = r, .audit_id = id_new(), .job_id = id_new() };
    TRY(cards_difference_get(r->db, r->path_id, &w.d));
    if (w.d.state != DIFFERENCE_OPEN) return req_fail(r, RC_STATE, w.d.state == DIFFERENCE_REPAIRED ? "This is repaired" : "This is being repaired", NULL);
    return req_tx(r, "cards.repair", repair_tx, &w);
}

struct comparing { struct req *r; struct id audit_id, job_id; };
static enum rc compare_tx(struct tx *tx, void *arg)
{
    const struct comparing *w = arg;
    char key[ID_TEXT];
    TRY(tx_job(tx, w->job_id, "cards.reconcile", arena_printf(w->r->arena, "asked:%s", id_format(w->job_id, key)), w->r->now, "{}"));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "cards.compare", NULL, "card_account", db_tenant(w->r->db), 0, NULL, NULL, false }));
    return reply_empty(w->r);
}

enum rc cards_post_compare(struct req *r)
{
    struct comparing w = { r, id_new(), id_new() };
    bool enabled, live;
    struct card_account a = { 0 };
    TRY(cards_ready(r->db, &enabled, &live));
    if (!enabled && cards_account_get(r->db, &a) == RC_NOT_FOUND) return req_fail(r, RC_STATE, "Card payments are not set up", NULL);
    return req_tx(r, "cards.compare", compare_tx, &w);
}

/* ---- disputes ----------------------------------------------------------------------------------------------------------------------------------- */

#define D struct card_dispute
static const struct field dispute_fields[] = { F_ID(D, id), F_STR(D, dispute_id), F_ID(D, payment_id), F_STR(D, currency), F_INT(D, amount_minor), F_STR(D, status, .doc = "In Stripe's words"),
    F_ENUM(D, state, card_dispute_state_names), F_STR(D, reason, .nullable = true), F_INSTANT(D, due_by, .nullable = true, .doc = "Until when evidence is taken, in Stripe's dashboard"),
    F_INSTANT(D, created_at), F_INSTANT(D, updated_at), F_END };
#undef D
const struct shape card_dispute_shape = SHAPE(card_dispute, dispute_fields);

enum rc cards_list_disputes(struct req *r)
{
    struct list l;
    TRY(cards_disputes(r->db, PAGE_LIMIT_MAX, &l));
    return reply_list(r, l, NULL);
}
