/* payments_orders.c - orders are made, changed and ended: over the counter, or of an appointment. */
#include "modules/payments/payments_work.h"
#include "modules/products/products.h"
#include "modules/tenants/tenants.h"

/* ---- shapes ------------------------------------------------------------------------------------------------------------------------ */

enum { SOLD_SERVICE, SOLD_PRODUCT, SOLD_FEE, SOLD_OTHER }; /* what staff may write by hand; packages and top-ups have routes of their own */
static const char *const sold_names[] = { "service", "product", "fee", "other", NULL };
static const int64_t sold_kinds[] = { LINE_SERVICE, LINE_PRODUCT, LINE_FEE, LINE_OTHER };

#define I_ struct line_in
static const struct field line_in_fields[] = { F_ENUM(I_, kind, sold_names, .required = true, .doc = "What is sold"),
    F_ID(I_, ref_id, .nullable = true, .doc = "The service or product: gives name, price and tax unless they are said"),
    F_STR(I_, description, .max = 200, .doc = "As it stands on the invoice; without ref_id it is required"),
    F_INT(I_, quantity, .min = 1, .max = 10000, .def = 1, .doc = "How many"),
    F_INT(I_, unit_minor, .nullable = true, .max = ORDER_AMOUNT_MAX, .doc = "Price of one, in minor parts of the clinic's currency"),
    F_INT(I_, discount_minor, .max = ORDER_AMOUNT_MAX, .doc = "Off the whole line"), F_INT(I_, discount_ppm, .max = 1000000, .doc = "Off the whole line, in millionths of it, instead of an amount"),
    F_ID(I_, tax_rate_id, .nullable = true, .doc = "Tax rate; null: that of the service or product, or none"), F_END };
static const struct shape line_in_shape = SHAPE(line_in, line_in_fields);
#undef I_
#define N struct order_in
#define LINES_FIELDS F_LIST(N, lines, &line_in_shape, .required = true, .min = 1, .max = ORDER_LINES_MAX, .doc = "What is sold; at least one line"), \
    F_INT(N, discount_minor, .max = ORDER_AMOUNT_MAX, .doc = "Off the whole order, spread over its lines"), \
    F_INT(N, discount_ppm, .max = 1000000, .doc = "Off each line, in millionths of it, instead of an amount"), F_STR(N, note, .max = 500, .doc = "For the team")
static const struct field order_new_fields[] = { F_ID(N, client_id, .nullable = true, .doc = "Who owes; null: somebody at the desk, who pays at once"),
    F_ID(N, location_id, .required = true, .doc = "Where it is sold"), F_BOOL(N, tax_included, .def = 1, .doc = "Whether the prices contain their tax"), LINES_FIELDS, F_END };
const struct shape order_new_shape = SHAPE_NAMED("order_new", order_in, order_new_fields);
static const struct field order_lines_fields[] = { LINES_FIELDS, F_END };
const struct shape order_lines_shape = SHAPE_NAMED("order_lines", order_in, order_lines_fields);
#undef N

/* ---- lines --------------------------------------------------------------------------------------------------------------------------- */

struct catalogue { const char *name, *currency, *category; int64_t price_minor; struct id tax_rate_id; };

static enum rc of_catalogue(struct req *r, struct tdb *db, const struct line_in *in, const char *field, struct catalogue *out)
{
    if (id_is_nil(in->ref_id)) return RC_OK;
    enum rc rc = RC_OK;
    struct service s = { 0 };
    struct product p = { 0 };
    if (in->kind == SOLD_SERVICE) rc = services_get(db, in->ref_id, &s);
    else if (in->kind == SOLD_PRODUCT) rc = products_get(db, in->ref_id, &p);
    else req_field_error(r, field, "is for services and products");
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "There is no such service or product", arena_printf(r->arena, "{\"field\":\"%s\"}", field));
    TRY(rc);
    if (p.archived || s.archived) req_field_error(r, field, "is in the archive");
    *out = in->kind == SOLD_PRODUCT ? (struct catalogue){ p.name, p.currency, p.category, p.price_minor, p.tax_rate_id }
                                    : (struct catalogue){ s.name, s.currency, NULL, s.price_minor, s.tax_rate_id };
    return RC_OK;
}

static enum rc tax_of(struct req *r, struct tdb *db, struct id rate, const char *field, struct order_line *l)
{
    struct tax_rate tax = { 0 };
    if (id_is_nil(rate)) return RC_OK;
    enum rc rc = taxes_get(db, rate, &tax);
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "There is no such tax rate", arena_printf(r->arena, "{\"field\":\"%s\"}", field));
    TRY(rc);
    l->tax_name = tax.name;
    l->tax_ppm = tax.ppm;
    return RC_OK;
}

static enum rc one_line(struct req *r, struct tdb *db, const struct line_in *in, size_t i, const char *currency, struct order_line *l)
{
    struct catalogue c = { 0 };
    const char *at = arena_printf(r->arena, "lines[%zu].", i);
#define AT(field) arena_printf(r->arena, "%s%s", at, field)
    TRY(of_catalogue(r, db, in, AT("ref_id"), &c));
    *l = (struct order_line){ .kind = sold_kinds[in->kind], .ref_id = in->ref_id, .category = c.category, .description = in->description ? in->description : c.name, .quantity = in->quantity,
        .unit_minor = in->unit_minor != NONE ? in->unit_minor : c.price_minor, .discount_minor = in->discount_minor };
    if (!l->description) req_field_error(r, AT("description"), "is required");
    if (in->unit_minor == NONE && !c.name) req_field_error(r, AT("unit_minor"), "is required");
    if (in->unit_minor == NONE && c.currency && !str_eq(c.currency, currency)) req_field_error(r, AT("ref_id"), "has its price in another currency than the clinic's");
    if (in->discount_minor && in->discount_ppm) req_field_error(r, AT("discount_ppm"), "is instead of discount_minor");
    int64_t price = l->unit_minor * l->quantity; /* the shape keeps it within int64 */
    if (price > ORDER_AMOUNT_MAX) req_field_error(r, AT("unit_minor"), "is too much");
    else if (in->discount_ppm) l->discount_minor = money_share(price, in->discount_ppm);
    if (l->discount_minor > price) req_field_error(r, AT("discount_minor"), "is more than the line");
    return tax_of(r, db, id_is_nil(in->tax_rate_id) ? c.tax_rate_id : in->tax_rate_id, AT("tax_rate_id"), l);
#undef AT
}

/* Off the whole order: each line bears its part of what it costs. */
static void spread_discount(struct req *r, const struct order_in *in, struct order *o)
{
    int64_t price[ORDER_LINES_MAX], parts[ORDER_LINES_MAX], all = 0;
    for (size_t i = 0; i < o->lines.n; i++) {
        const struct order_line *l = LIST_AT(o->lines, struct order_line, i);
        all += price[i] = l->quantity * l->unit_minor - l->discount_minor;
    }
    if (in->discount_minor && in->discount_ppm) req_field_error(r, "discount_ppm", "is instead of discount_minor");
    if (in->discount_minor > all) req_field_error(r, "discount_minor", "is more than the order");
    if (all > ORDER_AMOUNT_MAX) req_field_error(r, "lines", "come to too much");
    if (req_has_errors(r)) return;
    if (in->discount_minor) money_split(in->discount_minor, price, o->lines.n, parts);
    for (size_t i = 0; i < o->lines.n && (in->discount_minor || in->discount_ppm); i++)
        LIST_AT(o->lines, struct order_line, i)->discount_minor += in->discount_minor ? parts[i] : money_share(price[i], in->discount_ppm);
}

static enum rc lines_of(struct req *r, struct tdb *db, const struct order_in *in, struct order *o)
{
    struct order_line *lines = arena_alloc(r->arena, (in->lines.n + 1) * sizeof *lines);
    if (!lines) return RC_OOM;
    for (size_t i = 0; i < in->lines.n; i++) TRY(one_line(r, db, LIST_AT(in->lines, struct line_in, i), i, o->currency, &lines[i]));
    o->lines = (struct list){ lines, in->lines.n };
    if (!req_has_errors(r)) spread_discount(r, in, o);
    TRY(req_invalid(r));
    struct order probe = *o;
    if (!orders_total(&probe)) req_field_error(r, "lines", "come to too much, or have more than 6 tax rates");
    return req_invalid(r);
}

/* ---- by hand ---------------------------------------------------------------------------------------------------------------------------- */

struct making { struct req *r; struct order row; struct id appointment; };

static enum rc make_tx(struct tx *tx, void *arg)
{
    struct making *m = arg;
    struct order o = m->row;
    TRY(orders_insert(tx, m->r, &o));
    return payments_answer(m->r, tx_db(tx), o.id);
}

static enum rc client_there(struct req *r, struct id id)
{
    struct client c = clients_default();
    if (id_is_nil(id)) return RC_OK;
    enum rc rc = clients_get(r->db, id, &c);
    if (rc == RC_NOT_FOUND || (rc == RC_OK && c.deleted_at != NONE)) return req_fail(r, RC_NOT_FOUND, "There is no such client", "{\"field\":\"client_id\"}");
    return rc;
}

static enum rc location_there(struct req *r, struct id id)
{
    struct location l = { 0 };
    enum rc rc = locations_get(r->db, id, &l);
    return rc == RC_NOT_FOUND ? req_fail(r, rc, "There is no such location", "{\"field\":\"location_id\"}") : rc;
}

enum rc payments_make_order(struct req *r)
{
    const struct order_in *in = r->in;
    struct tenant t = { 0 };
    struct making m = { .r = r };
    TRY(tenants_get(r->db, &t));
    TRY(client_there(r, in->client_id));
    TRY(location_there(r, in->location_id));
    m.row = (struct order){ .id = id_new(), .client_id = in->client_id, .location_id = in->location_id, .currency = t.currency, .note = in->note, .source = ORDER_BY_STAFF,
        .tax_included = in->tax_included, .pay_by = NONE };
    TRY(lines_of(r, r->db, in, &m.row));
    return req_tx(r, "orders.create", make_tx, &m);
}

static enum rc lines_tx(struct tx *tx, void *arg)
{
    struct making *m = arg;
    struct order o = { 0 };
    TRY(orders_get(tx_db(tx), m->r->path_id, &o));
    TRY(req_version(m->r, o.version));
    enum rc rc = orders_change_lines(tx, m->r, &o, &m->row, req_lost(m->r));
    if (rc == RC_STATE) return req_fail(m->r, rc, "Only what is open and of which nothing is paid, invoiced or asked for in advance can be changed", NULL);
    TRY(rc);
    return payments_answer(m->r, tx_db(tx), o.id);
}

enum rc payments_change_lines(struct req *r)
{
    const struct order_in *in = r->in;
    struct making m = { .r = r };
    TRY(orders_get(r->db, r->path_id, &m.row));
    TRY(req_version(r, m.row.version));
    TRY(lines_of(r, r->db, in, &m.row));
    m.row.note = in->note;
    return req_tx(r, "orders.lines", lines_tx, &m);
}

/* ---- of an appointment --------------------------------------------------------------------------------------------------------------------- */

static bool order_over(const struct appointment *a)
{
    return str_eq(a->order_state, order_state_names[ORDER_CANCELLED]) || str_eq(a->order_state, order_state_names[ORDER_EXPIRED]);
}

/* Two who ask at once wait for each other, and the second finds the first one's. */
static enum rc of_appointment_tx(struct tx *tx, void *arg)
{
    struct making *m = arg;
    struct appointment a = { 0 };
    struct order o = m->row;
    int64_t key = lock_key("appointment_order", m->appointment, 0);
    TRY(tx_lock(tx, &key, 1));
    TRY(appointments_get(tx_db(tx), m->appointment, &a));
    if (!id_is_nil(a.order_id) && !order_over(&a)) return payments_answer(m->r, tx_db(tx), a.order_id);
    TRY(orders_insert(tx, m->r, &o));
    TRY(appointments_set_order(tx, a.id, o.id));
    return payments_answer(m->r, tx_db(tx), o.id);
}

enum rc payments_order_of_appointment(struct req *r)
{
    struct appointment a = { 0 };
    struct tenant t = { 0 };
    TRY(appointments_get(r->db, r->path_id, &a));
    TRY(tenants_get(r->db, &t));
    if (!id_is_nil(a.order_id) && !order_over(&a)) return payments_answer(r, r->db, a.order_id);
    if (a.status == APPT_CANCELLED || a.status == APPT_EXPIRED || a.status == APPT_DECLINED || a.status == APPT_REQUESTED)
        return req_fail(r, RC_STATE, "This appointment does not take place: there is nothing to pay", NULL);
    bool visit;
    TRY(wallets_visit_used(r->db, a.id, &visit));
    if (visit) return req_fail(r, RC_STATE, "A visit of the client's package is used for this appointment: there is nothing to pay", NULL);
    if (a.price_minor && !str_eq(a.currency, t.currency)) return req_fail(r, RC_STATE, "The price of this appointment is in another currency than the clinic's", NULL);
    struct making m = { .r = r, .appointment = a.id };
    struct service service = { 0 };
    TRY(services_get(r->db, a.service_id, &service));
    TRY(appointments_make_order(r, &service, a.price_minor, t.currency, &m.row));
    m.row.client_id = a.client_id;
    m.row.location_id = a.location_id;
    return req_tx(r, "orders.of_appointment", of_appointment_tx, &m);
}

/* ---- the end ---------------------------------------------------------------------------------------------------------------------------------- */

static enum rc may_end(struct req *r, struct tdb *db, const struct order *o)
{
    struct list ids;
    if (o->state != ORDER_OPEN && o->state != ORDER_PAID) return req_fail(r, RC_STATE, "This order is over already", NULL);
    if (order_refundable_minor(o)) return req_fail(r, RC_STATE, "There is money in this order: give it back first, or cancel the appointment it pays for", NULL);
    if (!o->due_minor) return RC_OK;
    TRY(appointments_of_order(db, o->id, &ids));
    return ids.n ? req_fail(r, RC_STATE, "A booking waits for this payment: cancel the appointment", NULL) : RC_OK;
}

static enum rc end_tx(struct tx *tx, void *arg)
{
    struct req *r = arg;
    struct order o = { 0 };
    struct ledger_chain chain;
    struct ledger_by by = ledger_by(r);
    TRY(orders_get(tx_db(tx), r->path_id, &o));
    TRY(req_version(r, o.version));
    TRY(may_end(r, tx_db(tx), &o));
    ledger_chain_begin(&chain, r->arena, db_tenant(tx_db(tx)), o.currency, &by);
    TRY(orders_end(tx, r, &o, ORDER_CANCELLED, 0, &chain, req_lost(r)));
    TRY(payments_answer(r, tx_db(tx), o.id));
    return ledger_chain_post(tx, &chain);
}

enum rc payments_cancel_order(struct req *r) { return req_tx(r, "orders.cancel", end_tx, r); }
