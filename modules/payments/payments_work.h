/* payments_work.h - private to payments: the shapes and handlers that its table names. */
#pragma once
#include "modules/payments/payments.h"

struct line_in { int64_t kind, quantity, unit_minor, discount_minor, discount_ppm; struct id ref_id, tax_rate_id; const char *description; };
struct order_in { struct id client_id, location_id; bool tax_included; const char *note; int64_t discount_minor, discount_ppm; struct list lines; };
struct take_in { int64_t method, amount_minor; const char *reference; struct id till_session_id; };
struct give_in { struct id payment_id, till_session_id; int64_t amount_minor; const char *reason; };
struct money_query { struct id client_id; int64_t state, method, from, to, limit; const char *cursor; };

extern const struct shape order_sum_shape, order_head_shape, order_new_shape, order_lines_shape, take_shape, give_shape, orders_query_shape, payments_query_shape,
    refunds_query_shape, payment_item_shape, refund_item_shape, package_visit_shape;

enum rc payments_list_orders(struct req *);
enum rc payments_list_payments(struct req *);
enum rc payments_list_refunds(struct req *);
enum rc payments_get_order(struct req *);
enum rc payments_client_sum(struct req *);
enum rc payments_make_order(struct req *);
enum rc payments_change_lines(struct req *);
enum rc payments_cancel_order(struct req *);
enum rc payments_order_of_appointment(struct req *);
enum rc payments_take(struct req *);
enum rc payments_give(struct req *);
enum rc payments_visit_get(struct req *);
enum rc payments_visit_use(struct req *);
enum rc payments_visit_back(struct req *);
/* Answers with the order as it is in this transaction. */
MUST_CHECK enum rc payments_answer(struct req *, struct tdb *, struct id order);
