/* test_pay.c - paying in advance, as visitors and the team see it: what a service asks, the booking that waits for its money, its page, its end; and the terms. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <string.h>

enum { MAIL_MS = 30000 };
static struct clinic c;
static struct who staff;
static char full[UUID_TEXT], part[UUID_TEXT], token[120];

static struct answer *book(const char *service, int hour, const char *name)
{
    struct who w = clinic_visitor();
    return api_post(&w, at("/public/%s/bookings", c.slug), js("{'service_id':'%s','provider_id':'%s','start':'%s','client':{'name':'%s','email':'%s@visitor.example'}}", service, c.provider[0],
        day_time(20, hour, 0), name, name));
}

static struct answer *managed(void) { return api_get(&nobody, at("/public/bookings/%s", token)); }
static struct answer *post(const char *what, const char *body)
{
    struct who w = clinic_visitor();
    return api_post(&w, at("/public/bookings/%s%s", token, what), body);
}

static struct answer *service_on_page(const char *id)
{
    static char where[40];
    struct answer *a = api_get(&nobody, at("/public/%s", c.slug));
    for (size_t i = 0; i < api_count(a, "data.services"); i++)
        if (strcmp(api_str(a, at("data.services[%zu].id", i)), id) == 0) snprintf(where, sizeof where, "data.services[%zu]", i);
    json_t *s = api_json(a, where);
    REQUIRE(s);
    json_object_set(a->json, "s", s);
    return a;
}

/* ---- what a service asks ---------------------------------------------------------------------------------------------------------------- */

static void test_fields(void)
{
    static const struct { const char *body, *field; } wrong[] = { { "{'pay':'deposit'}", "deposit_minor" }, { "{'pay':'deposit','deposit_minor':5,'deposit_percent':5}", "deposit_minor" },
        { "{'pay':'full','deposit_percent':5}", "deposit_percent" }, { "{'pay':'full','approval_required':true}", "pay" } };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct answer *a = api_patch(&c.owner, at("/services/%s", c.plain), js("%s", wrong[i].body));
        EXPECT(a, 422, "VALIDATION_ERROR");
        CHECK(*api_str(a, at("details.fields.%s", wrong[i].field)));
    }
    EXPECT(api_patch(&c.owner, at("/services/%s", c.plain), js("{'tax_rate_id':'%s'}", c.provider[0])), 404, NULL);
    struct answer *a = api_post(&c.owner, "/services", js("{'name':'Paid','duration_min':60,'price_minor':8000,'currency':'EUR','pay':'full','provider_ids':['%s']}", c.provider[0]));
    NEED(a, 201, NULL);
    keep_id(full, a, "data.id");
    a = api_post(&c.owner, "/services", js("{'name':'Part','duration_min':60,'price_minor':8001,'currency':'EUR','pay':'deposit','deposit_percent':25,'provider_ids':['%s']}", c.provider[0]));
    NEED(a, 201, NULL);
    CHECK_STR(api_str(a, "data.pay"), "deposit");
    keep_id(part, a, "data.id");
}

/* Nobody is asked to pay what cannot be paid. */
static void test_without_cards(void)
{
    struct answer *a = service_on_page(full);
    CHECK_STR(api_str(a, "s.pay"), "later");
    CHECK_INT(api_int(a, "s.due_minor"), 0);
    a = book(full, 7, "early");
    EXPECT(a, 201, NULL);
    CHECK_STR(api_str(a, "data.appointment.status"), "scheduled");
    EXPECT(api_put(&c.owner, "/cards/settings", js("{'enabled':true,'secret_key':'sk_test_51Testtesttesttesttesttest'}")), 200, NULL);
    a = service_on_page(full);
    CHECK_STR(api_str(a, "s.pay"), "full");
    CHECK_INT(api_int(a, "s.due_minor"), 8000);
    CHECK_INT(api_int(a, "s.terms.tiers[0].notice_min"), 1440);
    CHECK_INT(api_int(service_on_page(part), "s.due_minor"), 2000); /* 2000.25 */
}

/* ---- terms -------------------------------------------------------------------------------------------------------------------------------- */

static void test_terms(void)
{
    struct answer *a = api_get(&c.owner, "/cancellation-terms");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.words"), "Free up to 24 hours before, then 50 % back. Nothing back if you do not come.");
    CHECK(strstr(a->body, "\"inherited\":true"));
    EXPECT(api_put(&c.owner, "/cancellation-terms", js("{'tiers':[{'notice_min':60,'refund_percent':50},{'notice_min':120,'refund_percent':10}]}")), 422, "VALIDATION_ERROR");
    EXPECT(api_put(&c.owner, "/cancellation-terms", js("{'tiers':[{'notice_min':60,'refund_percent':50},{'notice_min':0,'refund_percent':60}]}")), 422, "VALIDATION_ERROR");
    EXPECT(api_put(&c.owner, at("/cancellation-terms?service_id=%s", part), js("{'tiers':[{'notice_min':2880,'refund_percent':100}],'fee_minor':300}")), 200, NULL);
    CHECK_STR(api_str(api_get(&c.owner, at("/cancellation-terms?service_id=%s", part)), "data.words"), "Free up to 2 days before, then nothing back.");
    CHECK_INT(api_int(service_on_page(part), "s.terms.tiers[0].notice_min"), 2880);
    CHECK_INT(api_int(service_on_page(full), "s.terms.tiers[0].notice_min"), 1440);
    EXPECT(api_delete(&c.owner, at("/cancellation-terms?service_id=%s", part)), 204, NULL);
    CHECK_INT(api_int(service_on_page(part), "s.terms.tiers[0].notice_min"), 1440);
    EXPECT(api_get(&c.owner, at("/cancellation-terms?service_id=%s", c.provider[0])), 404, NULL);
    EXPECT(api_put(&staff, "/cancellation-terms", js("{'tiers':[]}")), 403, NULL);
}

/* ---- a booking that waits ----------------------------------------------------------------------------------------------------------------- */

static void test_waits_for_its_money(void)
{
    struct answer *a = book(full, 9, "payer");
    struct letter l;
    NEED(a, 201, NULL);
    const char *id = at("%s", api_str(a, "data.appointment.id"));
    CHECK_STR(api_str(a, "data.appointment.status"), "pending_payment");
    snprintf(token, sizeof token, "%s", api_str(a, "data.token"));
    EXPECT(book(full, 9, "other"), 409, "CONFLICT_DETECTED");
    a = managed();
    EXPECT(a, 200, NULL);
    CHECK_INT(api_int(a, "data.payment.due_minor"), 8000);
    CHECK(strstr(a->body, "\"can_pay\":true") && strstr(a->body, "\"can_cancel\":true"));
    CHECK(*api_str(a, "data.payment.pay_by"));
    a = post("/pay", NULL); /* the attempt that is there */
    EXPECT(a, 200, NULL);
    a = api_get(&c.owner, at("/appointments/%s", id));
    CHECK_STR(api_str(a, "data.order_state"), "open");
    CHECK_INT(api_int(a, "data.order_due_minor"), 8000);
    a = api_get(&c.owner, at("/appointments/%s/cancellation", id));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_int(a, "data.client_minor"), 0);
    CHECK(letter_wait(at("%s.pay.0", id), MAIL_MS, &l));
    CHECK(strstr(l.text, "To pay:") && strstr(l.text, "80.00 EUR") && strstr(l.text, "Pay by:") && !l.calendar);
    letter_free(&l);
    a = post("", js("{'action':'cancel'}"));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointment.status"), "cancelled");
    CHECK_STR(api_str(a, "data.payment.state"), "over");
    CHECK(strstr(a->body, "\"can_restore\":false"));
    EXPECT(post("", js("{'action':'restore'}")), 409, NULL);
    EXPECT(post("/pay", NULL), 409, NULL);
    CHECK_STR(api_str(api_get(&c.owner, at("/appointments/%s", id)), "data.order_state"), "cancelled");
}

static void test_runs_out(void)
{
    struct answer *a = book(part, 11, "slow");
    struct letter l;
    NEED(a, 201, NULL);
    const char *id = at("%s", api_str(a, "data.appointment.id"));
    snprintf(token, sizeof token, "%s", api_str(a, "data.token"));
    a = api_get(&c.owner, at("/appointments/%s", id));
    const char *order = at("%s", api_str(a, "data.order_id"));
    CHECK_INT(api_int(a, "data.order_due_minor"), 2000);
    api_sql("UPDATE client_order SET pay_by = 1 WHERE id = %s", api_sql_id(order));
    api_sql("UPDATE job SET run_at = 1 WHERE kind = 'payments.expire'");
    CHECK(letter_wait(at("%s.unpaid.1", id), MAIL_MS, &l));
    letter_free(&l);
    a = managed();
    CHECK_STR(api_str(a, "data.appointment.status"), "expired");
    CHECK_STR(api_str(a, "data.payment.state"), "over");
    CHECK_STR(api_str(api_get(&c.owner, at("/appointments/%s", id)), "data.order_state"), "expired");
    EXPECT(post("/pay", NULL), 409, NULL);
    EXPECT(book(part, 11, "quick"), 201, NULL); /* the time is free */
}

/* The terms hold for what the client wants; to depart from them takes the right and a reason. */
static void test_team_cancels(void)
{
    struct answer *a = book(full, 13, "third");
    NEED(a, 201, NULL);
    const char *cancel = at("/appointments/%s/cancel", api_str(a, "data.appointment.id"));
    EXPECT(api_post(&staff, cancel, js("{'refund_minor':1,'reason':'x'}")), 403, "FORBIDDEN");
    EXPECT(api_post(&c.owner, cancel, js("{'refund_minor':1}")), 422, "VALIDATION_ERROR");
    EXPECT(api_post(&c.owner, cancel, js("{'refund_minor':1,'reason':'x'}")), 422, "VALIDATION_ERROR"); /* nothing was paid */
    a = api_post(&staff, cancel, js("{'for_client':true,'notify':false}"));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.order_state"), "cancelled");
}

/* A booking that waits for its money takes place when the client's wallet pays it at the desk. */
static void test_a_wallet_pays(void)
{
    char appointment[UUID_TEXT], order[UUID_TEXT], wallet[UUID_TEXT];
    struct answer *a = book(full, 13, "walletpayer");
    NEED(a, 201, NULL);
    keep_id(appointment, a, "data.appointment.id");
    a = api_get(&c.owner, at("/appointments/%s", appointment));
    keep_id(order, a, "data.order_id");
    a = api_post(&c.owner, "/wallets", js("{'client_id':'%s'}", api_str(a, "data.client_id")));
    NEED(a, 201, NULL);
    keep_id(wallet, a, "data.id");
    NEED(api_post(&c.owner, at("/wallets/%s/promotions", wallet), js("{'name':'Gift','amount_minor':8000,'expires_on':'%s','reason':'Test'}", day_date(300))), 201, NULL);
    EXPECT(api_post(&c.owner, at("/orders/%s/wallet-payment", order), "{}"), 201, NULL);
    const char *status = "";
    for (int i = 0; i < 200 && strcmp(status, "scheduled") != 0; i++) {
        api_sleep_ms(50);
        status = api_str(api_get(&c.owner, at("/appointments/%s", appointment)), "data.status");
    }
    CHECK_STR(status, "scheduled");
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine) {
        printf("-- %s\n", engine);
        api_start(engine, NULL);
        clinic_make(&c, "pay");
        staff = clinic_member(&c, "staff");
        RUN(test_fields);
        RUN(test_without_cards);
        RUN(test_terms);
        RUN(test_waits_for_its_money);
        RUN(test_runs_out);
        RUN(test_team_cancels);
        RUN(test_a_wallet_pays);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
