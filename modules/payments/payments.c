/* payments.c - see payments.h. */
#include "modules/payments/payments.h"

const struct query *const payments_queries[] = { NULL };
static const struct job_row jobs[] = { { "payments.expire", "Ends a booking that was to be paid in advance and was not, and tells the client", payments_expire, 10, 60 }, { 0 } };

const struct module payments_module = { .name = "payments", .doc = "What becomes of an order when money for it comes, or does not", .queries = payments_queries, .jobs = jobs };
