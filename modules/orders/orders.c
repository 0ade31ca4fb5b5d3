/* orders.c - see orders.h. */
#include "modules/orders/orders_rows.h"

static const struct schedule_row schedules[] = { { "orders.verify", "Proves that orders and ledger agree, or logs the first row that does not", 86400, orders_verify_all }, { 0 } };
const struct module orders_module = { .name = "orders", .doc = "What is owed, what was paid of it, and what goes back", .queries = orders_queries, .schedules = schedules };
