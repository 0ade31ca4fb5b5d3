/* test_orders.c - orders, payments and refunds through the front door: what is sold, taken in and given back, what is refused, the same request twice, many
 * hands at once; after each the books agree. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

static struct clinic c, d;
static struct who viewer, staff;
static char vat[UUID_TEXT], brush[UUID_TEXT];

static struct answer *sell(const char *more, const char *lines) { return api_post(&c.owner, "/orders", js("{'location_id':'%s',%s'lines':[%s]}", c.location, more, lines)); }
#define OTHER(amount) at("{'kind':'other','description':'Thing','unit_minor':%d}", amount)

static const char *new_order(int amount)
{
    struct answer *r = sell("", OTHER(amount));
    NEED(r, 201, NULL);
    return at("%s", api_str(r, "data.id"));
}

static struct answer *take(const char *order, const char *method, int amount)
{
    return api_post(&staff, at("/orders/%s/payments", order), js("{'method':'%s','amount_minor':%d}", method, amount));
}

static struct answer *give(const char *order, const char *more) { return api_post(&c.owner, at("/orders/%s/refunds", order), js("{'reason':'asked for'%s}", more)); }

/* Every unit's sum is zero. */
static void check_books(void)
{
    struct answer *r = api_get(&c.owner, "/ledger/trial-balance");
    EXPECT(r, 200, NULL);
    for (size_t i = 0; i < api_count(r, "data.units"); i++) CHECK_INT(api_int(r, at("data.units[%zu].difference", i)), 0);
}

static void test_what_is_sold(void)
{
    struct answer *r = api_post(&c.owner, "/tax-rates", "{\"name\":\"VAT 19 %\",\"ppm\":190000}");
    NEED(r, 201, NULL);
    keep_id(vat, r, "data.id");
    r = api_post(&c.owner, "/products", js("{'name':'Brush','price_minor':595,'tax_rate_id':'%s'}", vat));
    NEED(r, 201, NULL);
    keep_id(brush, r, "data.id");
    r = sell(at("'client_id':'%s','discount_minor':100,", c.client[0]),
        at("{'kind':'product','ref_id':'%s','quantity':2},{'kind':'service','ref_id':'%s','discount_ppm':100000},%s", brush, c.plain, OTHER(250)));
    NEED(r, 201, NULL);
    CHECK_STR(api_str(r, "data.lines[0].description"), "Brush");
    CHECK_STR(api_str(r, "data.lines[0].tax_name"), "VAT 19 %");
    CHECK_INT(api_int(r, "data.gross_minor"), 1190 + 5000 + 250);
    CHECK_INT(api_int(r, "data.discount_minor"), 500 + 100);
    CHECK_INT(api_int(r, "data.lines[0].discount_minor") + api_int(r, "data.lines[1].discount_minor") + api_int(r, "data.lines[2].discount_minor"), 600);
    CHECK_INT(api_int(r, "data.total_minor"), 5840);
    CHECK_INT(api_int(r, "data.tax_minor"), 187); /* of 1170, which has it in it */
    CHECK_INT(api_int(r, "data.open_minor"), 5840);
    CHECK_STR(api_str(r, "data.standing"), "unpaid");
    CHECK_STR(api_str(r, "data.client_name"), "Chris Client");
    r = sell("'tax_included':false,", at("{'kind':'product','ref_id':'%s','unit_minor':1000}", brush));
    CHECK_INT(api_int(r, "data.total_minor"), 1190);
    r = sell("", OTHER(0));
    CHECK_STR(api_str(r, "data.state"), "paid"); /* nothing to pay */
}

static void test_what_is_refused(void)
{
    static const struct { const char *more, *lines, *field; } bad[] = { { "", "{'kind':'other','unit_minor':5}", "lines[0].description" }, { "", "{'kind':'other','description':'x'}", "lines[0].unit_minor" },
        { "", "{'kind':'other','description':'x','unit_minor':-5}", "lines[0].unit_minor" }, { "", "{'kind':'other','description':'x','unit_minor':1000000000001}", "lines[0].unit_minor" },
        { "", "{'kind':'other','description':'x','unit_minor':1000000000000,'quantity':2}", "lines[0].unit_minor" }, { "", "{'kind':'fee','description':'x','unit_minor':5,'quantity':0}", "lines[0].quantity" },
        { "", "{'kind':'other','description':'x','unit_minor':5,'discount_minor':6}", "lines[0].discount_minor" }, { "", "{'kind':'top_up','description':'x','unit_minor':5}", "lines[0].kind" },
        { "", "{'kind':'other','description':'x','unit_minor':5,'discount_minor':1,'discount_ppm':7}", "lines[0].discount_ppm" },
        { "'discount_minor':6,", "{'kind':'other','description':'x','unit_minor':5}", "discount_minor" }, { "", "", "lines" } };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct answer *r = sell(bad[i].more, bad[i].lines);
        EXPECT(r, 422, "VALIDATION_ERROR");
        CHECK(json_object_get(api_json(r, "details.fields"), bad[i].field) != NULL);
    }
    EXPECT(sell("", at("{'kind':'product','ref_id':'%s'}", c.client[0])), 404, "NOT_FOUND");
    EXPECT(sell(at("'client_id':'%s',", d.client[0]), OTHER(5)), 404, "NOT_FOUND");
    EXPECT(api_post(&d.owner, "/orders", js("{'location_id':'%s','lines':[{'kind':'service','ref_id':'%s'}]}", d.location, c.plain)), 404, "NOT_FOUND");
    EXPECT(api_post(&viewer, "/orders", js("{'location_id':'%s','lines':[%s]}", c.location, OTHER(5))), 403, "FORBIDDEN");
    const char *order = new_order(1000);
    EXPECT(api_get(&d.owner, at("/orders/%s", order)), 404, "NOT_FOUND");
    EXPECT(api_post(&staff, at("/orders/%s/refunds", order), "{\"reason\":\"x\"}"), 403, "FORBIDDEN");
    EXPECT(take(order, "terminal", 1001), 422, "VALIDATION_ERROR");
    EXPECT(take(order, "terminal", 0), 422, "VALIDATION_ERROR");
    EXPECT(take(order, "card", 5), 422, "VALIDATION_ERROR");
    EXPECT(give(order, ""), 409, "INSUFFICIENT_FUNDS");
    struct answer *r = api_put(&c.owner, at("/orders/%s/lines", order), js("{'lines':[%s,%s]}", OTHER(700), OTHER(50)));
    EXPECT(r, 200, NULL);
    CHECK_INT(api_int(r, "data.total_minor"), 750);
    CHECK_INT(api_int(api_get(&c.owner, at("/orders/%s", order)), "data.lines[1].total_minor"), 50);
    EXPECT(take(order, "terminal", 50), 201, NULL);
    EXPECT(api_put(&c.owner, at("/orders/%s/lines", order), js("{'lines':[%s]}", OTHER(50))), 409, NULL);
    EXPECT(api_post(&c.owner, at("/orders/%s/cancel", order), "{}"), 409, NULL); /* there is money in it */
    r = api_post(&c.owner, at("/orders/%s/cancel", new_order(70)), "{}");
    EXPECT(r, 200, NULL);
    CHECK_STR(api_str(r, "data.standing"), "cancelled");
    EXPECT(take(api_str(r, "data.id"), "terminal", 50), 409, NULL);
    EXPECT(api_post(&c.owner, at("/orders/%s/cancel", api_str(r, "data.id")), "{}"), 409, NULL);
}

static void test_taken_and_given_back(void)
{
    const char *order = new_order(1000);
    struct answer *r = take(order, "terminal", 400);
    EXPECT(r, 201, NULL);
    CHECK_STR(api_str(r, "data.standing"), "part_paid");
    const char *first = at("%s", api_str(r, "data.payments[0].id"));
    r = api_get(&c.owner, at("/ledger/transfers?cause_id=%s", first));
    EXPECT(api_post(&c.owner, at("/ledger/transfers/%s/reverse", api_str(r, "data[0].id")), "{\"reason\":\"no\"}"), 409, "ILLEGAL_TRANSITION"); /* it goes back by a refund */
    r = api_post(&staff, at("/orders/%s/payments", order), "{\"method\":\"transfer\",\"reference\":\"RF18\"}"); /* the rest */
    EXPECT(r, 201, NULL);
    CHECK_STR(api_str(r, "data.state"), "paid");
    CHECK_INT(api_int(r, "data.payments[1].amount_minor"), 600);
    EXPECT(take(order, "terminal", 1), 409, "ILLEGAL_TRANSITION");
    r = give(order, ",'amount_minor':700"); /* the newest first: all of the transfer, 100 of the terminal */
    EXPECT(r, 201, NULL);
    CHECK_INT(api_count(r, "data.refunds"), 2);
    CHECK_INT(api_int(r, "data.payments[0].refunded_minor"), 100);
    CHECK_INT(api_int(r, "data.payments[1].refunded_minor"), 600);
    CHECK_STR(api_str(r, "data.refunds[0].state"), "succeeded");
    r = give(order, at(",'payment_id':'%s','amount_minor':301", first));
    EXPECT(r, 409, "INSUFFICIENT_FUNDS");
    CHECK_INT(api_int(r, "details.left_minor"), 300);
    EXPECT(give(order, at(",'payment_id':'%s'", order)), 404, "NOT_FOUND");
    r = give(order, at(",'payment_id':'%s'", first));
    EXPECT(r, 201, NULL);
    CHECK_STR(api_str(r, "data.standing"), "refunded");
    CHECK_INT(api_int(r, "data.refundable_minor"), 0);
    EXPECT(give(order, ""), 409, "INSUFFICIENT_FUNDS");
    check_books();
}

/* Two equal refunds are two; one that is sent again is one. The same for what is taken. */
static void test_again_or_another(void)
{
    const char *order = new_order(1000), *pay = at("/orders/%s/payments", order), *back = at("/orders/%s/refunds", order);
    struct answer *r = NULL;
    for (int i = 0; i < 3; i++) {
        r = api_with(&c.owner, "POST", pay, "{\"method\":\"terminal\",\"amount_minor\":300}", at("Idempotency-Key: pay-%s\r\n", order));
        EXPECT(r, 201, NULL);
    }
    CHECK_INT(api_count(r, "data.payments"), 1);
    EXPECT(api_with(&c.owner, "POST", pay, "{\"method\":\"terminal\",\"amount_minor\":301}", at("Idempotency-Key: pay-%s\r\n", order)), 422, "IDEMPOTENCY_KEY_REUSED");
    EXPECT(take(order, "terminal", 700), 201, NULL);
    for (int i = 0; i < 3; i++) r = api_with(&c.owner, "POST", back, "{\"amount_minor\":200,\"reason\":\"x\"}", at("Idempotency-Key: back-%s\r\n", order));
    CHECK_INT(api_count(r, "data.refunds"), 1);
    r = api_with(&c.owner, "POST", back, "{\"amount_minor\":200,\"reason\":\"x\"}", at("Idempotency-Key: other-%s\r\n", order));
    EXPECT(r, 201, NULL);
    CHECK_INT(api_count(r, "data.refunds"), 2);
    r = api_post(&c.owner, back, "{\"amount_minor\":200,\"reason\":\"x\"}");
    CHECK_INT(api_count(r, "data.refunds"), 3);
    CHECK_INT(api_int(r, "data.refunded_minor"), 600);
}

/* Cash needs an open drawer, and goes back out of the one it came into. */
static void test_cash(void)
{
    char till[UUID_TEXT], session[UUID_TEXT];
    const char *order = new_order(1000);
    EXPECT(take(order, "cash", 400), 409, "ILLEGAL_TRANSITION");
    struct answer *r = api_post(&c.owner, "/tills", js("{'name':'Front','location_id':'%s'}", c.location));
    NEED(r, 201, NULL);
    keep_id(till, r, "data.id");
    r = api_post(&staff, at("/tills/%s/open", till), "{\"counted_minor\":0}");
    NEED(r, 201, NULL);
    keep_id(session, r, "data.id");
    r = take(order, "cash", 400);
    EXPECT(r, 201, NULL);
    CHECK_STR(api_str(r, "data.payments[0].till_session_id"), session);
    EXPECT(take(order, "terminal", 600), 201, NULL);
    EXPECT(give(order, ",'amount_minor':700"), 201, NULL); /* 600 of the terminal, 100 in cash */
    r = api_get(&c.owner, at("/till-sessions/%s", session));
    CHECK_INT(api_int(r, "data.expected_minor"), 300);
    EXPECT(api_post(&staff, at("/till-sessions/%s/close", session), "{\"counted_minor\":300}"), 200, NULL);
    EXPECT(give(order, ",'amount_minor':50"), 409, "ILLEGAL_TRANSITION"); /* no drawer is open */
    check_books();
}

/* Many take the same payment at once without a key: one of them has it, the others are told. */
static atomic_int taken, told;
static char wanted[UUID_TEXT];
static void *take_it(void *unused)
{
    struct conn *conn = conn_open();
    struct answer *r = api_call(conn, &staff, "POST", at("/orders/%s/payments", wanted), "{\"method\":\"terminal\"}");
    if (r->status == 201) taken++;
    else if (r->status == 409) told++;
    conn_close(conn);
    return unused;
}

static void test_taken_once(void)
{
    pthread_t threads[8];
    snprintf(wanted, sizeof wanted, "%s", new_order(1000));
    taken = told = 0;
    for (int i = 0; i < 8; i++) REQUIRE(pthread_create(&threads[i], NULL, take_it, NULL) == 0);
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    CHECK_INT(taken, 1);
    CHECK_INT(told, 7);
    struct answer *r = api_get(&c.owner, at("/orders/%s", wanted));
    CHECK_INT(api_int(r, "data.paid_minor"), 1000);
    CHECK_INT(api_count(r, "data.payments"), 1);
    check_books();
}

static void test_proof(void)
{
    REQUIRE(api_stop_soft());
    CHECK_INT(api_command((const char *const[]){ "verify", "orders", NULL }), 0);
    api_sql("UPDATE client_order SET paid_minor = paid_minor + 1 WHERE id = %s", api_sql_id(wanted));
    CHECK_INT(api_command((const char *const[]){ "verify", "orders", "--tenant", "orders", NULL }), 1);
    CHECK_INT(api_command((const char *const[]){ "verify", "orders", "--tenant", "others", NULL }), 0);
    api_sql("UPDATE client_order SET paid_minor = paid_minor - 1 WHERE id = %s", api_sql_id(wanted));
    api_again();
}

static void test_of_an_appointment(void)
{
    struct answer *r = clinic_book(&c, c.plain, 0, 1, day_time(4, 9, 0));
    NEED(r, 201, NULL);
    const char *appointment = at("%s", api_str(r, "data.id")), *path = at("/appointments/%s/order", appointment);
    EXPECT(api_post(&viewer, path, "{}"), 403, "FORBIDDEN");
    r = api_post(&staff, path, "{}");
    NEED(r, 200, NULL);
    const char *order = at("%s", api_str(r, "data.id"));
    CHECK_INT(api_int(r, "data.total_minor"), 5000);
    CHECK_STR(api_str(r, "data.appointments[0].id"), appointment);
    CHECK_STR(api_str(api_post(&staff, path, "{}"), "data.id"), order);
    EXPECT(take(order, "terminal", 5000), 201, NULL);
    r = api_get(&c.owner, at("/appointments/%s", appointment));
    CHECK_STR(api_str(r, "data.order_id"), order);
    CHECK_STR(api_str(r, "data.order_state"), "paid");
    EXPECT(api_post(&c.owner, at("/appointments/%s/order", d.location), "{}"), 404, "NOT_FOUND");
}

static void test_lists(void)
{
    char cursor[400] = "", last[UUID_TEXT] = "";
    int n = 0, pages = 0;
    do {
        struct answer *r = api_get(&viewer, at("/orders?limit=3%s%s", *cursor ? "&cursor=" : "", cursor));
        EXPECT(r, 200, NULL);
        for (size_t i = 0; i < api_count(r, "data"); i++, n++) {
            const char *id = api_str(r, at("data[%zu].id", i));
            CHECK(!*last || strcmp(id, last) < 0); /* newest first, none twice */
            snprintf(last, sizeof last, "%s", id);
        }
        snprintf(cursor, sizeof cursor, "%s", api_str(r, "meta.pagination.next_cursor"));
    } while (*cursor && ++pages < 50);
    CHECK(n >= 8 && pages >= 2);
    CHECK_INT(api_count(api_get(&viewer, at("/orders?client_id=%s", c.client[0])), "data"), 1);
    CHECK_INT(api_count(api_get(&viewer, at("/orders?client_id=%s&state=cancelled", c.client[0])), "data"), 0);
    struct answer *r = api_get(&viewer, at("/orders?client_id=%s", c.client[0])), *sum = api_get(&viewer, at("/clients/%s/money", c.client[0]));
    NEED(sum, 200, NULL);
    CHECK_INT(api_int(sum, "data[0].orders"), 1);
    CHECK_STR(api_str(sum, "data[0].currency"), api_str(r, "data[0].currency"));
    CHECK_INT(api_int(sum, "data[0].open_minor"), api_int(r, "data[0].open_minor"));
    CHECK_INT(api_int(sum, "data[0].paid_minor"), api_int(r, "data[0].paid_minor"));
    CHECK_INT(api_int(sum, "data[0].refunded_minor"), api_int(r, "data[0].refunded_minor"));
    CHECK(api_int(r, "data[0].total_minor") > 0);
    EXPECT(api_get(&d.owner, at("/clients/%s/money", c.client[0])), 404, NULL);
    r = api_get(&viewer, "/orders?state=open");
    for (size_t i = 0; i < api_count(r, "data"); i++) CHECK_STR(api_str(r, at("data[%zu].state", i)), "open");
    r = api_get(&viewer, "/payments?method=transfer");
    CHECK_INT(api_count(r, "data"), 1);
    CHECK_STR(api_str(r, "data[0].reference"), "RF18");
    CHECK(api_count(api_get(&viewer, "/payments?state=succeeded&limit=2"), "data") == 2);
    r = api_get(&viewer, "/refunds");
    CHECK_INT(api_count(r, "data"), 6);
    CHECK_STR(api_str(r, "data[0].method"), "terminal");
    CHECK_INT(api_count(api_get(&viewer, "/refunds?state=failed"), "data"), 0);
    CHECK_INT(api_count(api_get(&viewer, at("/refunds?to=%s", day_time(-1, 0, 0))), "data"), 0);
    CHECK_INT(api_count(api_get(&d.owner, "/orders"), "data") + api_count(api_get(&d.owner, "/payments"), "data") + api_count(api_get(&d.owner, "/refunds"), "data"), 0);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        printf("-- %s\n", engine);
        api_start(engine, &(struct api_options){ 0 });
        clinic_make(&c, "orders");
        clinic_make(&d, "others");
        viewer = clinic_member(&c, "viewer");
        staff = clinic_member(&c, "staff");
        RUN(test_what_is_sold);
        RUN(test_what_is_refused);
        RUN(test_taken_and_given_back);
        RUN(test_again_or_another);
        RUN(test_of_an_appointment);
        RUN(test_lists);
        RUN(test_cash);
        RUN(test_taken_once);
        RUN(test_proof);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
