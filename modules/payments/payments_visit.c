/* payments_visit.c - an appointment that a visit of the client's package settles. */
#include "modules/payments/payments_work.h"

struct visit_view { bool used; int64_t left; const char *name; };
static const struct field view_fields[] = { F_BOOL(struct visit_view, used, .doc = "A visit of a package is used for this appointment"), F_INT(struct visit_view, left, .doc = "Visits of this service that the client has left"),
    F_STR(struct visit_view, name, .nullable = true, .doc = "Of the package that is, or would be, used"), F_END };
const struct shape package_visit_shape = SHAPE_NAMED("package_visit", visit_view, view_fields);

static enum rc look(struct req *r, struct tdb *db, const struct appointment *a, struct package_visits *v)
{
    const struct zone *z = zone_find(a->time_zone);
    return wallets_visits_of(db, a->id, a->client_id, a->service_id, z ? zone_date(z, a->start) : floor_div(r->now, USEC_PER_DAY), v);
}

static enum rc answer(struct req *r, const struct package_visits *v) { return reply(r, &(struct visit_view){ v->used, v->left, v->name }); }

enum rc payments_visit_get(struct req *r)
{
    struct appointment a = { 0 };
    struct package_visits v;
    TRY(appointments_get(r->db, r->path_id, &a));
    TRY(look(r, r->db, &a, &v));
    return answer(r, &v);
}

struct using { struct req *r; bool back; };

static enum rc may_use(struct req *r, const struct appointment *a, const struct package_visits *v)
{
    bool ended = a->status == APPT_CANCELLED || a->status == APPT_EXPIRED || a->status == APPT_DECLINED || a->status == APPT_REQUESTED;
    if (ended) return req_fail(r, RC_STATE, "This appointment does not take place", NULL);
    if (!id_is_nil(a->order_id) && (a->order_paid_minor || a->status == APPT_PENDING_PAYMENT)) return req_fail(r, RC_STATE, "This appointment is paid by its order", NULL);
    return v->left ? RC_OK : req_fail(r, RC_FUNDS, "The client has no visit of this service left", "{\"left\":0}");
}

/* The order that was made for it and holds no money is over: nothing is owed any more. */
static enum rc end_order(struct tx *tx, struct req *r, const struct appointment *a)
{
    struct order o = { 0 };
    struct ledger_chain chain;
    struct ledger_by by = ledger_by(r);
    if (id_is_nil(a->order_id)) return RC_OK;
    TRY(orders_get(tx_db(tx), a->order_id, &o));
    if (o.state != ORDER_OPEN || o.paid_minor) return RC_OK;
    struct list of_order;
    TRY(appointments_of_order(tx_db(tx), o.id, &of_order));
    if (of_order.n != 1) return req_fail(r, RC_STATE, "The order of this appointment is also that of others: take it off there first", NULL);
    ledger_chain_begin(&chain, r->arena, db_tenant(tx_db(tx)), o.currency, &by);
    TRY(orders_end(tx, r, &o, ORDER_CANCELLED, 0, &chain, RC_RETRY));
    return ledger_chain_post(tx, &chain);
}

/* Whoever took the last visit in between leaves nothing: the ledger refuses, and this is asked again. */
static enum rc use_tx(struct tx *tx, void *arg)
{
    struct using *u = arg;
    struct appointment a = { 0 };
    struct package_visits v;
    int64_t key = lock_key("appointment_order", u->r->path_id, 0);
    TRY(tx_lock(tx, &key, 1));
    TRY(appointments_get(tx_db(tx), u->r->path_id, &a));
    TRY(look(u->r, tx_db(tx), &a, &v));
    if (u->back) TRY(wallets_give_visit_back(tx, u->r, a.id));
    else if (!v.used) {
        TRY(may_use(u->r, &a, &v));
        TRY(end_order(tx, u->r, &a));
        TRY(wallets_use_visit(tx, u->r, a.id, v.bucket_id));
    }
    TRY(look(u->r, tx_db(tx), &a, &v));
    return answer(u->r, &v);
}

static enum rc use(struct req *r, bool back)
{
    struct using u = { r, back };
    enum rc rc = RC_FUNDS;
    struct package_visits v;
    struct appointment a = { 0 };
    TRY(appointments_get(r->db, r->path_id, &a));
    for (int i = 0; i < 4 && rc == RC_FUNDS; i++) {
        rc = req_tx(r, "payments.visit", use_tx, &u);
        if (rc != RC_FUNDS) return rc;
        TRY(look(r, r->db, &a, &v));
        if (!v.left) return may_use(r, &a, &v);
    }
    return RC_BUSY;
}

enum rc payments_visit_use(struct req *r) { return use(r, false); }
enum rc payments_visit_back(struct req *r) { return use(r, true); }
