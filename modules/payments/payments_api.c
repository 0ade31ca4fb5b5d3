/* payments_api.c - the table of routes. */
#include "modules/payments/payments_work.h"

#define READ .perm = PERM_ORDERS_READ
#define WRITE .perm = PERM_ORDERS_WRITE
#define MONEY .flags = R_IDEMPOTENT
static const struct route routes[] = {
    { .method = "GET", .path = "/orders", .summary = "List orders, newest first", .handler = payments_list_orders, READ, .ok = 200, .query = &orders_query_shape, .out = &order_head_shape,
        .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/orders", .summary = "Make an order", .handler = payments_make_order, WRITE, .ok = 201, .in = &order_new_shape, .out = &order_view_shape,
        .fails = FAILS(RC_NOT_FOUND), MONEY, .doc = "Needs no appointment. Taxes are rounded line by line, half to even; an order that comes to nothing is paid at once." },
    { .method = "GET", .path = "/clients/{id}/money", .summary = "All orders of a client added up, by currency", .handler = payments_client_sum, READ, .ok = 200, .out = &order_sum_shape,
        .flags = R_LIST },
    { .method = "GET", .path = "/orders/{id}", .summary = "Read an order with its lines, payments, refunds and appointments", .handler = payments_get_order, READ, .ok = 200,
        .out = &order_view_shape },
    { .method = "PUT", .path = "/orders/{id}/lines", .summary = "Change what is sold", .handler = payments_change_lines, WRITE, .ok = 200, .in = &order_lines_shape, .out = &order_view_shape,
        .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STATE) | FAILS(RC_STALE), .doc = "While nothing of it is paid, invoiced or asked for in advance." },
    { .method = "POST", .path = "/orders/{id}/cancel", .summary = "Cancel an order that has no money in it", .handler = payments_cancel_order, WRITE, .ok = 200, .out = &order_view_shape,
        .fails = FAILS(RC_STATE) | FAILS(RC_STALE) },
    { .method = "POST", .path = "/appointments/{id}/order", .summary = "The order of an appointment, made when there is none", .handler = payments_order_of_appointment, WRITE, .ok = 200,
        .out = &order_view_shape, .fails = FAILS(RC_STATE), MONEY, .doc = "Asked again it answers with the same one. In the place of one that is over a new one is made." },
    { .method = "POST", .path = "/orders/{id}/payments", .summary = "Take a payment by hand", .handler = payments_take, WRITE, .ok = 201, .in = &take_shape, .out = &order_view_shape,
        .fails = FAILS(RC_STATE) | FAILS(RC_NOT_FOUND) | FAILS(RC_FUNDS), MONEY, .doc = "Answers with the order. Nobody takes more than is open: of two who take the same at once one is refused." },
    { .method = "POST", .path = "/orders/{id}/refunds", .summary = "Give money back", .handler = payments_give, .perm = PERM_REFUNDS_WRITE, .ok = 201, .in = &give_shape, .out = &order_view_shape,
        .fails = FAILS(RC_STATE) | FAILS(RC_NOT_FOUND) | FAILS(RC_FUNDS) | FAILS(RC_STALE), MONEY,
        .doc = "Goes back the way it came. 409 INSUFFICIENT_FUNDS says how much is left. Two alike are two refunds; the same Idempotency-Key is one." },
    { .method = "GET", .path = "/appointments/{id}/package-visit", .summary = "Whether a visit of a package is used for an appointment, and what the client has left", .handler = payments_visit_get,
        .perm = PERM_WALLETS_READ, .ok = 200, .out = &package_visit_shape },
    { .method = "POST", .path = "/appointments/{id}/package-visit", .summary = "Use a visit of the client's package", .handler = payments_visit_use, .perm = PERM_WALLETS_WRITE, .ok = 200, .out = &package_visit_shape,
        .fails = FAILS(RC_STATE) | FAILS(RC_FUNDS), MONEY, .doc = "Used twice it is used once. It comes back when the clinic cancels the appointment, or the client does in time." },
    { .method = "DELETE", .path = "/appointments/{id}/package-visit", .summary = "Give the visit back to the package", .handler = payments_visit_back, .perm = PERM_WALLETS_WRITE, .ok = 200,
        .out = &package_visit_shape, .fails = FAILS(RC_STATE) | FAILS(RC_FUNDS) },
    { .method = "GET", .path = "/payments", .summary = "List payments, newest first", .handler = payments_list_payments, READ, .ok = 200, .query = &payments_query_shape, .out = &payment_item_shape,
        .flags = R_LIST | R_PAGED },
    { .method = "GET", .path = "/refunds", .summary = "List refunds, newest first", .handler = payments_list_refunds, READ, .ok = 200, .query = &refunds_query_shape, .out = &refund_item_shape,
        .flags = R_LIST | R_PAGED },
    { 0 } };

static const struct job_row jobs[] = { { "payments.expire", "Ends a booking that was to be paid in advance and was not, and tells the client", payments_expire, 10, 60 },
    { "payments.stand", "Lets a booking stand that a wallet has paid in advance", payments_stand, 8, 60 }, { 0 } };

const struct module payments_module = { .name = "payments", .doc = "Orders, payments and refunds from outside, and what becomes of bookings that are paid in advance", .routes = routes, .jobs = jobs };
