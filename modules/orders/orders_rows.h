/* orders_rows.h - the statements of orders_store.c that only orders_change.c uses. */
#pragma once
#include "modules/orders/orders.h"

MUST_CHECK enum rc order_insert(struct tx *, const struct order *);
/* Other lines, totals, note and state, under the version; nothing of it was paid. */
MUST_CHECK enum rc order_rewrite(struct tx *, struct order *, int64_t now, enum rc lost);
/* Writes state, paid, refunded, kept and invoiced under the version, and counts it up. */
MUST_CHECK enum rc order_step(struct tx *, struct order *, int64_t now, enum rc lost);
MUST_CHECK enum rc payment_insert(struct tx *, const struct payment *);
MUST_CHECK enum rc payment_update(struct tx *, struct payment *, int64_t now, enum rc lost);
MUST_CHECK enum rc payment_refunded(struct tx *, struct payment *, int64_t now, enum rc lost);
MUST_CHECK enum rc refund_insert(struct tx *, const struct refund *);
MUST_CHECK enum rc refund_update(struct tx *, struct refund *, int64_t now, enum rc lost);
extern const struct query Q_OV_COUNTS, Q_OV_LINES_AGREE, Q_OV_PAID_AGREES, Q_OV_REFUNDED_AGREES, Q_OV_PAID_IS_PAID,
    Q_OV_PAYMENT_AGREES, Q_OV_PAYMENT_MOVED, Q_OV_REFUND_MOVED, Q_OV_DEPOSIT; /* orders_verify.c */
enum rc orders_verify_all(struct job *);
