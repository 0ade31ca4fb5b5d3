/* orders_give_back.c - a refund by the way its money came; see orders.h. */
#include "modules/orders/orders.h"

enum rc orders_give_back(struct tx *tx, struct req *r, struct order *o, struct payment *p, struct refund *f, struct ledger_chain *c, enum rc lost)
{
    char id[ID_TEXT];
    TRY(orders_refund(tx, r, o, p, f, c, lost));
    if (p->method != PAY_CARD) return orders_refund_step(tx, r, o, p, f, REFUND_SUCCEEDED, c, lost);
    id_format(f->id, id); /* first: arguments are worked out in any order */
    return tx_job(tx, f->id, "cards.refund", id, r->now, arena_printf(r->arena, "{\"refund_id\":\"%s\"}", id));
}
