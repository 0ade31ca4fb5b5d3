/* orders.c - see orders.h. */
#include "modules/orders/orders.h"

const struct module orders_module = { .name = "orders", .doc = "What is owed, what was paid of it, and what goes back", .queries = orders_queries };
