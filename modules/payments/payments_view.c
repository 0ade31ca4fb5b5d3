/* payments_view.c - orders, payments and refunds as they are shown, and their lists. */
#include "modules/payments/payments_work.h"

/* ---- shapes ---------------------------------------------------------------------------------------------------------------------- */

#define L struct order_line
static const struct field line_fields[] = { F_INT(L, position), F_ENUM(L, kind, order_line_kind_names), F_ID(L, ref_id, .nullable = true, .doc = "The service, product ... it was made of"),
    F_STR(L, description), F_INT(L, quantity), F_INT(L, unit_minor), F_INT(L, discount_minor, .doc = "Of the whole line"), F_STR(L, tax_name, .nullable = true),
    F_INT(L, tax_ppm, .doc = "Millionths: 190000 is 19 %"), F_INT(L, tax_minor), F_INT(L, total_minor, .doc = "With its tax"), F_END };
static const struct shape line_shape = SHAPE(order_line, line_fields);
#undef L

#define PAYMENT_OUT(P) F_ID(P, id), F_ID(P, order_id), F_ENUM(P, method, payment_method_names), F_ENUM(P, state, payment_state_names), F_ENUM(P, dispute, payment_dispute_names), \
    F_INT(P, amount_minor), F_STR(P, currency), F_INT(P, refunded_minor, .doc = "Of it asked back or given back"), F_STR(P, reference, .nullable = true), \
    F_ID(P, till_session_id, .nullable = true), F_STR(P, failure, .nullable = true), F_BOOL(P, live, .doc = "Real money, and no test of the provider"), F_STR(P, actor_kind), \
    F_ID(P, actor_id, .nullable = true), F_INSTANT(P, created_at), F_INSTANT(P, succeeded_at, .nullable = true), F_INT(P, version)
static const struct field payment_fields[] = { PAYMENT_OUT(struct payment), F_END };
static const struct shape payment_shape = SHAPE(payment, payment_fields);
/* The first member of an item is the row itself. */
static const struct field payment_item_fields[] = { PAYMENT_OUT(struct payment), F_ID(struct payment_item, client_id, .nullable = true), F_STR(struct payment_item, client_name, .nullable = true), F_END };
const struct shape payment_item_shape = SHAPE(payment_item, payment_item_fields);

#define REFUND_OUT(R) F_ID(R, id), F_ID(R, payment_id), F_ID(R, order_id), F_INT(R, amount_minor), F_STR(R, currency), F_ENUM(R, state, refund_state_names), F_ENUM(R, cause, refund_cause_names), \
    F_STR(R, reason, .nullable = true), F_STR(R, failure, .nullable = true), F_ID(R, till_session_id, .nullable = true), F_STR(R, actor_kind), F_ID(R, actor_id, .nullable = true), \
    F_INSTANT(R, created_at), F_INSTANT(R, updated_at), F_INT(R, version)
static const struct field refund_fields[] = { REFUND_OUT(struct refund), F_END };
static const struct shape refund_shape = SHAPE(refund, refund_fields);
static const struct field refund_item_fields[] = { REFUND_OUT(struct refund), F_ENUM(struct refund_item, method, payment_method_names, .doc = "How the money came, and goes back"),
    F_ID(struct refund_item, client_id, .nullable = true), F_STR(struct refund_item, client_name, .nullable = true), F_END };
const struct shape refund_item_shape = SHAPE(refund_item, refund_item_fields);

#define A struct order_appointment
static const struct field appointment_of_fields[] = { F_ID(A, id), F_ENUM(A, status, appt_state_names), F_INSTANT(A, start), F_END };
static const struct shape appointment_of_shape = SHAPE(order_appointment, appointment_of_fields);
#undef A

#define O struct order
#define ORDER_HEAD F_ID(O, id), F_ID(O, client_id, .nullable = true, .doc = "null: somebody at the desk"), F_STR(O, client_name, .nullable = true), F_ID(O, location_id), \
    F_STR(O, currency), F_ENUM(O, state, order_state_names), F_STR(struct order_view, standing, .doc = "For people: unpaid, part_paid, paid, part_refunded, refunded, cancelled, expired"), \
    F_ENUM(O, source, order_source_names), F_BOOL(O, tax_included, .doc = "In the prices of the lines"), F_BOOL(O, invoiced), F_INT(O, gross_minor, .doc = "Of the lines, before discounts"), \
    F_INT(O, discount_minor), F_INT(O, tax_minor), F_INT(O, total_minor, .doc = "What is to be paid, all in"), F_INT(O, due_minor, .doc = "Of it before the appointment stands"), \
    F_INSTANT(O, pay_by, .nullable = true), F_INT(O, paid_minor), F_INT(O, refunded_minor), F_INT(O, kept_minor, .doc = "By the terms, of what was cancelled"), \
    F_INT(O, credited_minor, .doc = "Of an invoiced order: taken back by credit notes, so not to be paid any more"), F_INT(struct order_view, open_minor, .doc = "Still to be paid"), F_INT(struct order_view, refundable_minor), F_STR(O, note, .nullable = true), F_INSTANT(O, created_at), \
    F_INSTANT(O, updated_at), F_INT(O, version)
static const struct field head_fields[] = { ORDER_HEAD, F_END };
const struct shape order_head_shape = SHAPE_NAMED("order_head", order_view, head_fields);
static const struct field view_fields[] = { ORDER_HEAD, F_LIST(O, lines, &line_shape), F_LIST(struct order_view, payments, &payment_shape), F_LIST(struct order_view, refunds, &refund_shape),
    F_LIST(struct order_view, appointments, &appointment_of_shape, .doc = "What it pays for, by start"), F_END };
const struct shape order_view_shape = SHAPE_NAMED("order", order_view, view_fields);
#undef O

#define S_ struct order_sum
static const struct field sum_fields[] = { F_STR(S_, currency), F_INT(S_, orders, .doc = "How many, in any state"), F_INT(S_, open_minor, .doc = "Still to be paid"),
    F_INT(S_, paid_minor), F_INT(S_, refunded_minor, .doc = "Of it given back, or asked back"), F_END };
const struct shape order_sum_shape = SHAPE(order_sum, sum_fields);
#undef S_

#define Q struct money_query
#define SPAN F_INSTANT(Q, from, .nullable = true, .doc = "Made at or after this instant"), F_INSTANT(Q, to, .nullable = true, .doc = "Made before this instant")
#define PLACE F_INT(Q, limit, .min = 1, .max = PAGE_LIMIT_MAX, .def = PAGE_LIMIT_DEFAULT, .doc = "Rows a page"), \
    F_STR(Q, cursor, .max = 1600, .doc = "Go on behind this place: next_cursor of the answer before")
static const struct field orders_query_fields[] = { F_ID(Q, client_id, .nullable = true, .doc = "Only orders of this client"),
    F_ENUM(Q, state, order_state_names, .nullable = true, .doc = "Only orders in this state"), SPAN, PLACE, F_END };
const struct shape orders_query_shape = SHAPE_NAMED("orders_query", money_query, orders_query_fields);
static const struct field payments_query_fields[] = { F_ENUM(Q, state, payment_state_names, .nullable = true, .doc = "Only payments in this state"),
    F_ENUM(Q, method, payment_method_names, .nullable = true, .doc = "Only payments made this way"), SPAN, PLACE, F_END };
const struct shape payments_query_shape = SHAPE_NAMED("payments_query", money_query, payments_query_fields);
static const struct field refunds_query_fields[] = { F_ENUM(Q, state, refund_state_names, .nullable = true, .doc = "Only refunds in this state"), SPAN, PLACE, F_END };
const struct shape refunds_query_shape = SHAPE_NAMED("refunds_query", money_query, refunds_query_fields);
#undef Q

/* ---- one order -------------------------------------------------------------------------------------------------------------------- */

static void look(struct order_view *v)
{
    v->standing = order_standing(&v->o);
    v->open_minor = order_open_minor(&v->o);
    v->refundable_minor = order_refundable_minor(&v->o);
}

enum rc order_view_get(struct tdb *db, struct id order, struct order_view *out)
{
    *out = (struct order_view){ 0 };
    TRY(orders_get(db, order, &out->o));
    struct tdb *b = db_batch(db);
    TRY(payments_of(b, order, &out->payments));
    TRY(refunds_of(b, order, &out->refunds));
    TRY(appointments_of_order(b, order, &out->appointments));
    TRY(db_batch_run(b));
    look(out);
    return RC_OK;
}

enum rc payments_answer(struct req *r, struct tdb *db, struct id order)
{
    struct order_view v;
    TRY(order_view_get(db, order, &v));
    return reply(r, &v);
}

enum rc payments_get_order(struct req *r) { return payments_answer(r, r->db, r->path_id); }

/* ---- lists -------------------------------------------------------------------------------------------------------------------------- */

static enum rc filter_of(struct req *r, const char *order, struct order_filter *f)
{
    const struct money_query *q = r->query;
    *f = (struct order_filter){ .client_id = q->client_id, .state = q->state, .method = q->method, .from = q->from, .to = q->to, .limit = q->limit };
    return req_position(r, q->cursor, order, &f->after);
}

static enum rc answer(struct req *r, const char *order, struct list l, const struct order_filter *f, int64_t last_at, struct id last)
{
    struct page page = { NONE, f->limit, NONE, NULL };
    if (l.n && (int64_t)l.n == f->limit) page.next = req_cursor(r, order, &(struct position){ .number = last_at, .id = last });
    return reply_list(r, l, &page);
}

enum rc payments_client_sum(struct req *r)
{
    struct client c = { 0 };
    struct list l;
    TRY(clients_get(r->db, r->path_id, &c));
    TRY(orders_sum(r->db, c.id, &l));
    return reply_list(r, l, NULL);
}

enum rc payments_list_orders(struct req *r)
{
    struct order_filter f;
    struct list rows;
    TRY(filter_of(r, "orders", &f));
    TRY(orders_find(r->db, &f, &rows));
    struct order_view *views = arena_alloc(r->arena, (rows.n + 1) * sizeof *views);
    if (!views) return RC_OOM;
    for (size_t i = 0; i < rows.n; i++) {
        views[i].o = *LIST_AT(rows, struct order, i);
        look(&views[i]);
    }
    const struct order *last = rows.n ? LIST_AT(rows, struct order, rows.n - 1) : NULL;
    return answer(r, "orders", (struct list){ views, rows.n }, &f, last ? last->created_at : 0, last ? last->id : ID_NIL);
}

enum rc payments_list_payments(struct req *r)
{
    struct order_filter f;
    struct list l;
    TRY(filter_of(r, "payments", &f));
    TRY(payments_find(r->db, &f, &l));
    const struct payment_item *last = l.n ? LIST_AT(l, struct payment_item, l.n - 1) : NULL;
    return answer(r, "payments", l, &f, last ? last->p.created_at : 0, last ? last->p.id : ID_NIL);
}

enum rc payments_list_refunds(struct req *r)
{
    struct order_filter f;
    struct list l;
    TRY(filter_of(r, "refunds", &f));
    TRY(refunds_find(r->db, &f, &l));
    const struct refund_item *last = l.n ? LIST_AT(l, struct refund_item, l.n - 1) : NULL;
    return answer(r, "refunds", l, &f, last ? last->f.created_at : 0, last ? last->f.id : ID_NIL);
}
