/* demo_money.c - the money of Riverside Clinic: what was paid in the last days, an open invoice, a till with a closed day, a plan with two members, a
 * package, a claim that waits. Nothing is written here: the routes are asked, as the owner would have at the time, so that the books are right. */
#include "modules/demo/demo.h"
#include <stdlib.h>
#include <string.h>

enum { DAY_ORDERS = 6, EARLIER = 8, LATER_MIN = 3, KEPT_MINOR = 10000, ANSWER_MAX = 1 << 20 };

/* What is read of any answer. */
struct one { struct id id; };
static const struct field one_fields[] = { F_ID(struct one, id), F_END };
static const struct shape one_shape = { .name = "one", .size = sizeof(struct one), .fields = one_fields, .loose = true };
struct told { struct id id, order_id, wallet_id, session_id; int64_t expected_minor, left_minor; struct list payments; };
static const struct field told_fields[] = { F_ID(struct told, id), F_ID(struct told, order_id), F_ID(struct told, wallet_id), F_ID(struct told, session_id),
    F_INT(struct told, expected_minor), F_INT(struct told, left_minor), F_LIST(struct told, payments, &one_shape), F_END };
static const struct shape told_shape = { .name = "told", .size = sizeof(struct told), .fields = told_fields, .loose = true };
struct envelope { const void *data; /* struct told */ };
static const struct field envelope_fields[] = { F_OBJ(struct envelope, data, &told_shape), F_END };
static const struct shape envelope_shape = { .name = "envelope", .size = sizeof(struct envelope), .fields = envelope_fields, .loose = true };

struct money {
    struct cli_db *d;
    const struct demo_clinic *c;
    const struct demo_books *b;
    struct actor owner;
    const struct zone *zone;
    const struct demo_visit *day[DAY_ORDERS], *earlier[EARLIER]; /* newest first */
    size_t n_day, n_earlier;
    const struct demo_visit *with_package;
    struct id members[2];          /* of the plan */
    int64_t date, began;           /* the day of the till; when all of it began */
};

static enum rc ask(struct money *m, int64_t now, const char *method, const char *path, struct id id, const char *body, struct told *out)
{
    const char *answer;
    void *read = NULL;
    enum rc rc = req_ask(m->d->arena, m->d->tdb, &(struct ask){ &m->owner, now, method, path, id, body }, &answer);
    if (rc != RC_OK) return fault(RC_FAULT, "%s %s: %s", method, path, answer);
    if (!out) return RC_OK;
    TRY(shape_read_foreign(m->d->arena, &envelope_shape, answer, strlen(answer), &read));
    const struct envelope *e = read;
    if (!e->data) return fault(RC_FAULT, "%s %s answers without data", method, path);
    *out = *(const struct told *)e->data;
    return RC_OK;
}

static const char *text_of(struct money *m, struct id id)
{
    char text[ID_TEXT];
    return arena_strdup(m->d->arena, id_format(id, text));
}

static const char *day_of(struct money *m, int64_t date)
{
    char text[16];
    return arena_strdup(m->d->arena, date_format(date, text));
}

static int64_t at(const struct money *m, int64_t date, int64_t minute) { return zone_midnight(m->zone, date) + minute * USEC_PER_MIN; }

/* ---- which visits it is about ------------------------------------------------------------------------------------------------------- */

static int newest_first(const void *a, const void *b)
{
    const struct demo_visit *x = a, *y = b;
    return x->end != y->end ? (x->end < y->end ? 1 : -1) : memcmp(&x->id, &y->id, sizeof x->id);
}

static void choose(struct money *m)
{
    struct demo_visit *all = m->b->visits;
    int64_t today = zone_date(m->zone, m->c->now);
    m->date = today - 1;
    qsort(all, m->b->n_visits, sizeof *all, newest_first);
    for (size_t i = 0; i < m->b->n_visits; i++) {
        int64_t date = zone_date(m->zone, all[i].end);
        if (date >= today) continue;
        if (!m->n_day) m->date = date;
        if (date == m->date && m->n_day < DAY_ORDERS) m->day[m->n_day++] = &all[i];
        else if (date < m->date && m->n_earlier < EARLIER) m->earlier[m->n_earlier++] = &all[i];
        else if (m->n_earlier == EARLIER && !m->with_package && id_eq(all[i].service, m->b->package_service)) m->with_package = &all[i];
    }
    m->began = at(m, m->date, 0) - 30 * USEC_PER_DAY;
}

/* ---- orders ------------------------------------------------------------------------------------------------------------------------------- */

static enum rc order_of(struct money *m, const struct demo_visit *v, struct told *order)
{
    return ask(m, v->end + LATER_MIN * USEC_PER_MIN, "POST", "/appointments/{id}/order", v->id, NULL, order);
}

static enum rc pay(struct money *m, int64_t now, struct id order, const char *method, struct told *out)
{
    return ask(m, now, "POST", "/orders/{id}/payments", order, arena_printf(m->d->arena, "{\"method\":\"%s\"}", method), out);
}

/* What became of the order of an earlier visit; the last rows happened first. */
enum ending { TERMINAL, INVOICE_OPEN, RECEIPT, INVOICE_PAID, PART_BACK, WALLET };
static const enum ending endings[EARLIER] = { INVOICE_OPEN, RECEIPT, INVOICE_PAID, PART_BACK, WALLET, TERMINAL, RECEIPT, TERMINAL };

static enum rc earlier_one(struct money *m, const struct demo_visit *v, enum ending ending)
{
    struct told o, paid;
    int64_t now = v->end + (LATER_MIN + 1) * USEC_PER_MIN;
    TRY(order_of(m, v, &o));
    if (ending == WALLET) {
        TRY(ask(m, now, "POST", "/orders/{id}/wallet-payment", o.id, arena_printf(m->d->arena, "{\"treated_on\":\"%s\"}", day_of(m, zone_date(m->zone, v->start))), &paid));
        if (!paid.left_minor) return RC_OK;
    }
    if (ending == INVOICE_OPEN) return ask(m, now, "POST", "/orders/{id}/invoice", o.id, NULL, NULL);
    TRY(pay(m, now, o.id, ending == INVOICE_PAID ? "transfer" : "terminal", &paid));
    if (ending == INVOICE_PAID) return ask(m, now, "POST", "/orders/{id}/invoice", o.id, NULL, NULL);
    if (ending == RECEIPT && paid.payments.n) return ask(m, now, "POST", "/payments/{id}/receipt", LIST_AT(paid.payments, struct one, 0)->id, NULL, NULL);
    if (ending == PART_BACK)
        return ask(m, now + USEC_PER_HOUR, "POST", "/orders/{id}/refunds", o.id, "{\"amount_minor\":1000,\"reason\":\"The photographs were not needed\"}", NULL);
    return RC_OK;
}

/* A tooth brush and two packs of floss over the counter, in cash. */
static enum rc sell_goods(struct money *m, int64_t now)
{
    struct told o;
    const char *body = arena_printf(m->d->arena, "{\"location_id\":\"%s\",\"tax_included\":true,\"lines\":[{\"kind\":\"product\",\"ref_id\":\"%s\"},"
        "{\"kind\":\"product\",\"ref_id\":\"%s\",\"quantity\":2}]}", text_of(m, m->b->location), text_of(m, m->b->goods[0]), text_of(m, m->b->goods[1]));
    TRY(ask(m, now, "POST", "/orders", ID_NIL, body, &o));
    return pay(m, now, o.id, "cash", NULL);
}

/* The last day with visits: the till is opened, money comes in all ways, half a euro is missing in the evening, the rest goes to the bank. */
static enum rc till_day(struct money *m)
{
    static const char *const methods[DAY_ORDERS] = { "cash", "terminal", "cash", "transfer", "terminal", "cash" };
    struct told session, o;
    TRY(ask(m, at(m, m->date, 435), "POST", "/tills/{id}/open", m->b->till, arena_printf(m->d->arena, "{\"counted_minor\":%d}", KEPT_MINOR), &session));
    for (size_t i = m->n_day; i-- > 0;) {
        TRY(order_of(m, m->day[i], &o));
        TRY(pay(m, m->day[i]->end + (LATER_MIN + 1) * USEC_PER_MIN, o.id, methods[i], NULL));
    }
    int64_t evening = at(m, m->date, 1170);
    TRY(sell_goods(m, evening));
    TRY(ask(m, evening, "GET", "/till-sessions/{id}", session.id, NULL, &session));
    int64_t counted = session.expected_minor - 50;
    return ask(m, evening + 15 * USEC_PER_MIN, "POST", "/till-sessions/{id}/close", session.id, arena_printf(m->d->arena,
        "{\"counted_minor\":%lld,\"taken_minor\":%lld,\"note\":\"Counted twice\"}", (long long)counted, (long long)(counted - KEPT_MINOR)), NULL);
}

/* ---- wallets ------------------------------------------------------------------------------------------------------------------------------ */

static enum rc plan_and_members(struct money *m)
{
    struct told sponsor, policy, member;
    struct arena *a = m->d->arena;
    int64_t date = zone_date(m->zone, m->began);
    const char *first = arena_printf(a, "%.7s-01", day_of(m, date));
    TRY(ask(m, m->began, "POST", "/sponsors", ID_NIL, "{\"name\":\"Danube Shipyards\",\"email\":\"people@danube-shipyards.example\"}", &sponsor));
    TRY(ask(m, m->began, "PUT", "/benefit-services", ID_NIL, arena_printf(a, "{\"services\":[{\"service_id\":\"%s\",\"category\":\"dental\"},{\"service_id\":\"%s\",\"category\":\"dental\"},"
        "{\"service_id\":\"%s\",\"category\":\"dental\"},{\"service_id\":\"%s\",\"category\":\"dental\"},{\"service_id\":\"%s\",\"category\":\"consultation\"},"
        "{\"service_id\":\"%s\",\"category\":\"prevention\"},{\"service_id\":\"%s\",\"category\":\"prevention\"},{\"service_id\":\"%s\",\"category\":\"dental\"}]}",
        text_of(m, m->b->services[0]), text_of(m, m->b->services[1]), text_of(m, m->b->services[2]), text_of(m, m->b->services[3]), text_of(m, m->b->services[4]),
        text_of(m, m->b->services[5]), text_of(m, m->b->services[6]), text_of(m, m->b->services[7])), NULL));
    TRY(ask(m, m->began, "POST", "/benefit-policies", ID_NIL, arena_printf(a, "{\"sponsor_id\":\"%s\",\"name\":\"Staff plan\",\"starts_on\":\"%s\",\"year_month\":%d,\"categories\":["
        "{\"category\":\"dental\",\"limit_minor\":60000,\"coverage_ppm\":800000,\"copay_minor\":500},{\"category\":\"consultation\",\"limit_minor\":30000,\"coverage_ppm\":1000000},"
        "{\"category\":\"prevention\",\"limit_minor\":25000,\"coverage_ppm\":1000000},{\"category\":\"pharmacy\",\"limit_minor\":15000,\"coverage_ppm\":900000}]}",
        text_of(m, sponsor.id), first, (first[5] - '0') * 10 + first[6] - '0'), &policy));
    for (int i = 0; i < 2; i++)
        TRY(ask(m, m->began + USEC_PER_HOUR, "POST", "/benefit-members", ID_NIL, arena_printf(a, "{\"policy_id\":\"%s\",\"client_id\":\"%s\",\"starts_on\":\"%s\",\"number\":\"DS-%d\"}",
            text_of(m, policy.id), text_of(m, m->members[i]), first, 1042 + i), &member));
    return RC_OK;
}

/* Five cleanings for the price of four, and one of them is used. */
static enum rc package(struct money *m)
{
    struct told wallet, sold;
    const struct demo_visit *v = m->with_package;
    if (!v || id_eq(v->client, m->members[0]) || id_eq(v->client, m->members[1])) return RC_OK;
    int64_t now = v->start - 10 * USEC_PER_MIN;
    TRY(ask(m, now, "POST", "/wallets", ID_NIL, arena_printf(m->d->arena, "{\"client_id\":\"%s\"}", text_of(m, v->client)), &wallet));
    TRY(ask(m, now, "POST", "/wallets/{id}/packages", wallet.id, arena_printf(m->d->arena, "{\"service_id\":\"%s\",\"visits\":5,\"price_minor\":28000,\"location_id\":\"%s\"}",
        text_of(m, v->service), text_of(m, m->b->location)), &sold));
    TRY(pay(m, now + USEC_PER_MIN, sold.order_id, "terminal", NULL));
    return ask(m, v->end + USEC_PER_MIN, "POST", "/appointments/{id}/package-visit", v->id, NULL, NULL);
}

static enum rc claim(struct money *m)
{
    return ask(m, m->c->now, "POST", "/wallet-claims", ID_NIL, arena_printf(m->d->arena, "{\"client_id\":\"%s\",\"category\":\"pharmacy\",\"amount_minor\":3840,\"treated_on\":\"%s\","
        "\"description\":\"Antibiotics and painkillers, Old Town Pharmacy\"}", text_of(m, m->members[1]), day_of(m, m->date)), NULL);
}

enum rc demo_money(struct cli_db *d, const struct demo_clinic *c, const struct demo_books *b)
{
    struct money *m = arena_alloc(d->arena, sizeof *m);
    if (!m) return RC_OOM;
    *m = (struct money){ .d = d, .c = c, .b = b, .zone = zone_find(c->tenant.time_zone), .owner = { .kind = ACTOR_MEMBER, .tenant = c->tenant.id, .member = c->users[0].member,
        .account = c->users[0].account, .role = c->users[0].role, .perms = role_perms(c->users[0].role), .name = c->users[0].name, .time_zone = c->tenant.time_zone } };
    tdb_begin(d->tdb, d->arena, c->tenant.id);
    choose(m);
    m->members[0] = m->n_earlier == EARLIER ? m->earlier[4]->client : b->clients[0];
    m->members[1] = id_eq(m->members[0], b->clients[1]) ? b->clients[0] : b->clients[1];
    TRY(plan_and_members(m));
    TRY(package(m));
    for (size_t i = m->n_earlier; i-- > 0;) TRY(earlier_one(m, m->earlier[i], m->n_earlier == EARLIER ? endings[i] : TERMINAL));
    TRY(till_day(m));
    return claim(m);
}
