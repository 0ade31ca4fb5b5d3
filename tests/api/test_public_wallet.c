/* test_public_wallet.c - a visitor pays from a wallet: the address is proved by a code, the booking is one commit with what the wallet pays and holds, and the card pays
 * the rest at a stand-in for Stripe. Whoever proves nothing learns nothing. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/standin.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#define SECRET "whsec_first_0123456789abcdef"
enum { WAIT_MS = 30000, MANY = 6, COVERED = 7600, REST = 2400, GRANTED = 20000 };
static struct clinic c, d;
static char full[UUID_TEXT], later[UUID_TEXT], dental[UUID_TEXT], asked[UUID_TEXT], wallet[UUID_TEXT], empty[UUID_TEXT], proof[120], foreign[120];

static struct answer *post(const char *path, const char *body)
{
    struct who w = clinic_visitor();
    return api_post(&w, path, body);
}

static int64_t bucket(const char *category, const char *what)
{
    struct answer *a = api_get(&c.owner, at("/wallets/%s", wallet));
    for (size_t i = 0; i < api_count(a, "data.buckets"); i++)
        if (strcmp(api_str(a, at("data.buckets[%zu].category", i)), category) == 0) return api_int(a, at("data.buckets[%zu].%s", i, what));
    return -1;
}

static void make_service(char out[UUID_TEXT], const char *name, int price, const char *more)
{
    struct answer *a = api_post(&c.owner, "/services", js("{'name':'%s','duration_min':30,'price_minor':%d,'currency':'EUR','provider_ids':['%s']%s}", name, price, c.provider[0], more));
    NEED(a, 201, NULL);
    keep_id(out, a, "data.id");
}

/* Client 0 has a plan, client 1 a wallet with nothing in it under the same address, client 2 an address and no wallet. */
static void with_plan(void)
{
    char sponsor[UUID_TEXT], policy[UUID_TEXT];
    static const char *const mails[] = { "family@mail.example", "family@mail.example", "alone@mail.example" };
    make_service(full, "Visit", 10000, ",'pay':'full'");
    make_service(later, "Talk", 10000, "");
    make_service(dental, "Cleaning", 4000, ",'pay':'full'");
    make_service(asked, "Opinion", 10000, ",'approval_required':true");
    struct answer *a = api_post(&c.owner, "/sponsors", "{\"name\":\"Acme\"}");
    NEED(a, 201, NULL);
    keep_id(sponsor, a, "data.id");
    a = api_post(&c.owner, "/benefit-policies", js("{'sponsor_id':'%s','name':'Gold',%s,'categories':[{'category':'consultation','limit_minor':%d,'coverage_ppm':800000,'copay_minor':500},"
        "{'category':'dental','limit_minor':50000}]}", sponsor, day_benefit_year(), GRANTED));
    NEED(a, 201, NULL);
    keep_id(policy, a, "data.id");
    NEED(api_put(&c.owner, "/benefit-services", js("{'services':[{'service_id':'%s','category':'consultation'},{'service_id':'%s','category':'consultation'},{'service_id':'%s','category':'dental'}]}", full, later, dental)), 200, NULL);
    for (int i = 0; i < 3; i++) NEED(api_patch(&c.owner, at("/clients/%s", c.client[i]), js("{'email':'%s'}", mails[i])), 200, NULL);
    EXPECT(post(at("/public/%s/proofs", c.slug), js("{'email':'family@mail.example'}")), 409, "ILLEGAL_TRANSITION");
    a = api_post(&c.owner, "/benefit-members", js("{'policy_id':'%s','client_id':'%s','starts_on':'%s'}", policy, c.client[0], day_month()));
    NEED(a, 201, NULL);
    keep_id(wallet, a, "data.wallet_id");
    a = api_post(&c.owner, "/wallets", js("{'client_id':'%s'}", c.client[1]));
    NEED(a, 201, NULL);
    keep_id(empty, a, "data.id");
}

/* ---- the code ----------------------------------------------------------------------------------------------------------------------------- */

static struct answer *ask(const struct clinic *k, const char *email) { return post(at("/public/%s/proofs", k->slug), js("{'email':'%s'}", email)); }
static struct answer *confirm(const struct clinic *k, const char *id, const char *code) { return post(at("/public/%s/proofs/%s/confirm", k->slug, id), js("{'code':'%s'}", code)); }

static void code_of(const char *id, char out[120])
{
    struct letter l;
    REQUIRE(letter_wait(at("%s.code", id), WAIT_MS, &l));
    const char *p = strstr(l.text, "\nCode:");
    REQUIRE(p && strspn(p + 6 + strspn(p + 6, " "), "0123456789") == 6);
    snprintf(out, 120, "%.6s", p + 6 + strspn(p + 6, " "));
    letter_free(&l);
}

static void prove(const struct clinic *k, const char *email, char out[120])
{
    char id[UUID_TEXT], code[120];
    struct answer *a = ask(k, email);
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
    code_of(id, code);
    a = confirm(k, id, code);
    NEED(a, 200, NULL);
    snprintf(out, 120, "%s", api_str(a, "data.proof"));
    CHECK(*api_str(a, "data.expires_at"));
}

static const char *another(const char *code)
{
    static char out[8];
    snprintf(out, sizeof out, "%.6s", code);
    out[5] = (char)(out[5] == '9' ? '0' : out[5] + 1);
    return out;
}

static void test_codes(void)
{
    char known[UUID_TEXT], unknown[UUID_TEXT], code[120];
    struct answer *a = ask(&c, "nobody@mail.example"), *b;
    NEED(a, 201, NULL);
    keep_id(unknown, a, "data.id");
    EXPECT(ask(&c, "alone@mail.example"), 201, NULL); /* a client without a wallet */
    b = ask(&c, " Family@MAIL.example ");
    NEED(b, 201, NULL);
    keep_id(known, b, "data.id");
    CHECK_INT(strlen(a->body), strlen(b->body));
    code_of(known, code);
    CHECK_INT(letters_beginning(unknown), 0);
    EXPECT(confirm(&c, known, "12345"), 422, "VALIDATION_ERROR");
    EXPECT(confirm(&c, known, "12345x"), 422, "VALIDATION_ERROR");
    EXPECT(confirm(&d, known, code), 404, NULL);
    a = confirm(&c, c.client[0], code);
    EXPECT(a, 404, NULL);
    CHECK_STR(api_str(a, "details.field"), "id");
    for (int i = 0; i < 5; i++) {
        a = confirm(&c, known, another(code));
        b = confirm(&c, unknown, another(code));
        EXPECT(a, 422, "VALIDATION_ERROR");
        CHECK(*api_str(a, "details.fields.code"));
        CHECK_INT(a->status, b->status);
        CHECK_STR(api_str(a, "details.fields.code"), api_str(b, "details.fields.code"));
    }
    a = confirm(&c, known, code); /* the right one, too late */
    EXPECT(a, 409, "ILLEGAL_TRANSITION");
    CHECK_STR(api_str(a, "details.field"), "code");
    CHECK_STR(api_str(a, "error"), api_str(confirm(&c, unknown, code), "error"));
}

static void test_once_and_not_for_ever(void)
{
    char id[UUID_TEXT], code[120];
    struct answer *a = ask(&c, "family@mail.example");
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
    code_of(id, code);
    api_sql("UPDATE booking_proof SET expires_at = 1 WHERE id = %s", api_sql_id(id));
    a = confirm(&c, id, code);
    EXPECT(a, 409, "ILLEGAL_TRANSITION");
    CHECK(strstr(a->body, "does not hold any more"));
    api_sql("UPDATE booking_proof SET expires_at = created_at + 600000000 WHERE id = %s", api_sql_id(id));
    EXPECT(confirm(&c, id, code), 200, NULL);
    EXPECT(confirm(&c, id, code), 409, "ILLEGAL_TRANSITION");
    EXPECT(ask(&c, "family@mail.example"), 201, NULL);
    a = ask(&c, "family@mail.example");
    EXPECT(a, 429, NULL);
    CHECK(api_header(a, "Retry-After") && atoll(api_header(a, "Retry-After")) > 1000);
    for (int i = 0; i < 2; i++) EXPECT(ask(&c, "nobody@mail.example"), 201, NULL);
    EXPECT(ask(&c, "nobody@mail.example"), 429, NULL);
    api_sql("UPDATE booking_proof SET created_at = created_at - 7200000000");
}

/* ---- what is opened ----------------------------------------------------------------------------------------------------------------------- */

static struct answer *quote(const char *service, const char *with) { return post(at("/public/%s/wallet-quote", c.slug), js("{'proof':'%s','service_id':'%s','start':'%s'}", with, service, day_time(20, 9, 0))); }
static const char *booking(const char *service, int slot, const char *with, const char *client, int expect)
{
    return js("{'service_id':'%s','provider_id':'%s','start':'%s','client':{'name':'Some Body','email':'elsewhere@mail.example'},'wallet':{'proof':'%s','client_id':'%s','expect_minor':%d}}", service, c.provider[0],
        day_time(20, 7 + slot / 2, slot % 2 * 30), with, client, expect);
}
static struct answer *book(const char *service, int slot, int expect) { return post(at("/public/%s/bookings", c.slug), booking(service, slot, proof, c.client[0], expect)); }

static void expect_field(struct answer *a, const char *field)
{
    EXPECT(a, 422, "VALIDATION_ERROR");
    if (!strstr(a->body, at("\"%s\":", field))) fprintf(stderr, "  no %s: %s\n", field, a->body);
    CHECK(strstr(a->body, at("\"%s\":", field)));
}

static void test_without_proof(void)
{
    prove(&c, "family@mail.example", proof);
    NEED(api_post(&d.owner, "/wallets", js("{'client_id':'%s'}", d.client[0])), 201, NULL);
    NEED(api_patch(&d.owner, at("/clients/%s", d.client[0]), js("{'email':'family@mail.example'}")), 200, NULL);
    prove(&d, "family@mail.example", foreign);
    char forged[120];
    snprintf(forged, sizeof forged, "%s", proof);
    forged[60] = forged[60] == 'A' ? 'B' : 'A';
    const char *const wrong[] = { "", "x", forged, foreign };
    for (size_t i = 0; i < 4; i++) {
        expect_field(quote(full, wrong[i]), "proof");
        expect_field(post(at("/public/%s/bookings", c.slug), booking(full, 0, wrong[i], c.client[0], COVERED)), "wallet.proof");
    }
    expect_field(post(at("/public/%s/bookings", c.slug), booking(full, 0, proof, c.client[2], COVERED)), "wallet.client_id");
    expect_field(post(at("/public/%s/bookings", c.slug), booking(full, 0, proof, d.client[0], COVERED)), "wallet.client_id");
    expect_field(post(at("/public/%s/bookings", c.slug), js("{'service_id':'%s','start':'%s','wallet':{'proof':'%s','expect_minor':1}}", full, day_time(20, 7, 0), proof)), "wallet.client_id");
    api_sql("UPDATE booking_proof SET proved_until = 1 WHERE proved_until > 1");
    expect_field(quote(full, proof), "proof");
    api_sql("UPDATE booking_proof SET created_at = created_at - 7200000000");
    prove(&c, "family@mail.example", proof);
    EXPECT(quote(asked, proof), 409, "ILLEGAL_TRANSITION");
    EXPECT(book(asked, 0, 100), 409, "ILLEGAL_TRANSITION");
    EXPECT(quote(c.client[0], proof), 404, NULL);
    CHECK_INT(bucket("consultation", "available"), GRANTED);
}

static void test_quote(void)
{
    struct answer *a = quote(full, proof);
    EXPECT(a, 200, NULL);
    CHECK_INT(api_int(a, "data.total_minor"), 10000);
    CHECK_INT(api_count(a, "data.persons"), 2);
    size_t i = strcmp(api_str(a, "data.persons[0].client_id"), c.client[0]) == 0 ? 0 : 1;
    CHECK_INT(api_int(a, at("data.persons[%zu].covered_minor", i)), COVERED);
    CHECK_INT(api_int(a, at("data.persons[%zu].card_minor", i)), REST);
    CHECK_INT(api_int(a, at("data.persons[%zu].later_minor", i)), 0);
    CHECK_INT(api_int(a, at("data.persons[%zu].parts[0].coverage_ppm", i)), 800000);
    CHECK_INT(api_int(a, at("data.persons[%zu].parts[0].copay_minor", i)), 500);
    CHECK_INT(api_int(a, at("data.persons[%zu].covered_minor", 1 - i)), 0);
    a = quote(later, proof);
    CHECK_INT(api_int(a, at("data.persons[%zu].card_minor", i)), 0);
    CHECK_INT(api_int(a, at("data.persons[%zu].later_minor", i)), REST);
    a = post(at("/public/%s/bookings", c.slug), booking(full, 0, proof, c.client[1], 1));
    EXPECT(a, 409, "INSUFFICIENT_FUNDS");
    CHECK_STR(api_str(a, "details.field"), "wallet.expect_minor");
    EXPECT(book(full, 0, COVERED + 1), 409, "INSUFFICIENT_FUNDS");
    CHECK(strstr(api_get(&nobody, at("/public/%s", c.slug))->body, "\"wallets\":true"));
}

/* ---- booked ------------------------------------------------------------------------------------------------------------------------------- */

struct made { char id[UUID_TEXT], order[UUID_TEXT], token[120]; };
static void keep(struct made *m, struct answer *a, const char *status)
{
    NEED(a, 201, NULL);
    CHECK_STR(api_str(a, "data.appointment.status"), status);
    keep_id(m->id, a, "data.appointment.id");
    snprintf(m->token, sizeof m->token, "%s", api_str(a, "data.token"));
    a = api_get(&c.owner, at("/appointments/%s", m->id));
    CHECK_STR(api_str(a, "data.client_id"), c.client[0]);
    keep_id(m->order, a, "data.order_id");
}
static struct answer *managed(const struct made *m) { return api_get(&nobody, at("/public/bookings/%s", m->token)); }
static struct answer *cancel(const struct made *m) { return post(at("/public/bookings/%s", m->token), "{\"action\":\"cancel\"}"); }
static const char *order_state(const struct made *m) { return api_str(api_get(&c.owner, at("/orders/%s", m->order)), "data.state"); }

/* The same key books once; and what the wallet paid goes back into it with the cancellation by the link. */
static void test_all_of_it(void)
{
    struct made m, again;
    struct who w = clinic_visitor();
    const char *body = booking(dental, 0, proof, c.client[0], 4000), *path = at("/public/%s/bookings", c.slug);
    keep(&m, api_with(&w, "POST", path, body, "Idempotency-Key: all-of-it\r\n"), "scheduled");
    keep(&again, api_with(&w, "POST", path, body, "Idempotency-Key: all-of-it\r\n"), "scheduled");
    CHECK_STR(again.id, m.id);
    CHECK_STR(order_state(&m), "paid");
    CHECK_INT(bucket("dental", "balance"), 46000);
    struct answer *a = managed(&m);
    CHECK_INT(api_int(a, "data.payment.wallet_minor"), 4000);
    CHECK_INT(api_int(a, "data.payment.refund_minor"), 4000);
    a = cancel(&m);
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointment.status"), "cancelled");
    CHECK_INT(bucket("dental", "balance"), 50000);
    CHECK_STR(order_state(&m), "cancelled");
}

static void test_rest_at_the_clinic(void)
{
    struct made m;
    keep(&m, book(later, 0, COVERED), "scheduled");
    struct answer *a = api_get(&c.owner, at("/orders/%s", m.order));
    CHECK_STR(api_str(a, "data.state"), "open");
    CHECK_INT(api_int(a, "data.open_minor"), REST);
    CHECK_STR(api_str(a, "data.source"), "public");
    CHECK_INT(bucket("consultation", "balance"), GRANTED - COVERED);
    EXPECT(cancel(&m), 200, NULL);
    CHECK_INT(bucket("consultation", "balance"), GRANTED);
    NEED(api_put(&c.owner, "/cards/settings", js("{'enabled':false}")), 200, NULL); /* no cards: nothing is asked in advance */
    a = quote(full, proof);
    CHECK(strstr(a->body, "\"card_minor\":0,\"later_minor\":2400"));
    keep(&m, book(full, 0, COVERED), "scheduled");
    EXPECT(cancel(&m), 200, NULL);
    NEED(api_put(&c.owner, "/cards/settings", js("{'enabled':true}")), 200, NULL);
}

/* ---- with a card ---------------------------------------------------------------------------------------------------------------------------- */

static void hurry(void) { api_sql("UPDATE job SET run_at = 0 WHERE state = 0 AND kind LIKE 'cards.%%'"); }

static bool wait_page(const struct made *m, const char *field, const char *want)
{
    struct answer *a = NULL;
    int64_t until = api_now_ms() + WAIT_MS, next = api_now_ms() + 500;
    for (; api_now_ms() < until; api_sleep_ms(20)) {
        const char *got = api_str(a = managed(m), field);
        if (want ? strcmp(got, want) == 0 : *got != 0) return true;
        if (api_now_ms() < next) continue;
        hurry();
        next = api_now_ms() + 500;
    }
    fprintf(stderr, "  never %s = %s: %.900s\n", field, want ? want : "something", a ? a->body : "");
    return false;
}

/* The way of the visitor's card, to the page that is open. */
static void pay(const struct made *m, const char *how)
{
    const char *url = api_str(managed(m), "data.payment.url"), *session = strrchr(url, '/');
    REQUIRE(session);
    standin_steer("pay", js("{'session':'%s','how':'%s'}", session + 1, how));
}

static void begin_split(struct made *m, int slot)
{
    keep(m, book(full, slot, COVERED), "pending_payment");
    CHECK_INT(bucket("consultation", "balance"), GRANTED);
    CHECK_INT(bucket("consultation", "available"), GRANTED - COVERED);
    struct answer *a = managed(m);
    CHECK_INT(api_int(a, "data.payment.due_minor"), REST);
    CHECK_INT(api_int(a, "data.payment.held_minor"), COVERED);
    CHECK_INT(api_int(a, "data.payment.paid_minor"), 0);
    REQUIRE(wait_page(m, "data.payment.url", NULL));
}

static void test_split_declined_then_paid(void)
{
    struct made m;
    struct letter l;
    begin_split(&m, 2);
    CHECK(letter_wait(at("%s.pay.0", m.id), WAIT_MS, &l));
    CHECK(strstr(l.text, "24.00 EUR"));
    letter_free(&l);
    pay(&m, "decline");
    CHECK(wait_page(&m, "data.payment.failure", "card_declined: generic_decline"));
    CHECK_INT(bucket("consultation", "available"), GRANTED - COVERED);
    pay(&m, "ok");
    CHECK(wait_page(&m, "data.appointment.status", "scheduled"));
    CHECK_STR(order_state(&m), "paid");
    CHECK_INT(bucket("consultation", "balance"), GRANTED - COVERED);
    CHECK_INT(api_int(managed(&m), "data.payment.wallet_minor"), COVERED);
    EXPECT(cancel(&m), 200, NULL); /* the card its part, the plan its part */
    CHECK_INT(bucket("consultation", "balance"), GRANTED);
    struct answer *a = api_get(&c.owner, at("/orders/%s", m.order));
    CHECK_INT(api_count(a, "data.refunds"), 2);
    CHECK_INT(api_int(a, "data.refunded_minor"), 10000);
}

/* A page that ended is followed by another one for the same rest; without a payment in time all is as before. */
static void test_split_runs_out(void)
{
    struct made m;
    begin_split(&m, 4);
    api_sql("UPDATE payment SET state = 'expired' WHERE order_id = %s AND method = 'card'", api_sql_id(m.order));
    struct answer *a = post(at("/public/bookings/%s/pay", m.token), NULL);
    EXPECT(a, 200, NULL);
    CHECK_INT(api_int(a, "data.payment.due_minor"), REST);
    a = api_get(&c.owner, at("/orders/%s", m.order));
    CHECK_INT(api_count(a, "data.payments"), 3);
    for (size_t i = 0; i < 3; i++)
        if (strcmp(api_str(a, at("data.payments[%zu].method", i)), "card") == 0) CHECK_INT(api_int(a, at("data.payments[%zu].amount_minor", i)), REST);
    api_sql("UPDATE client_order SET pay_by = 1 WHERE id = %s", api_sql_id(m.order));
    api_sql("UPDATE job SET run_at = 1 WHERE kind = 'payments.expire'");
    CHECK(wait_page(&m, "data.appointment.status", "expired"));
    CHECK_INT(bucket("consultation", "available"), GRANTED);
    CHECK_STR(order_state(&m), "expired");
    begin_split(&m, 4); /* the time is free, and the money too */
    EXPECT(cancel(&m), 200, NULL);
    CHECK_INT(bucket("consultation", "available"), GRANTED);
}

/* Where it is paid, once that is there. */
static const char *desk_page(const char *payment)
{
    const char *url = "";
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until && !*url; api_sleep_ms(20)) url = api_str(api_get(&c.owner, at("/payments/%s/page", payment)), "data.url");
    return url;
}

/* At the desk: the wallet's part is held, the card is asked for the rest alone, and both are there in one commit. */
static void test_desk_holds_for_a_card(void)
{
    char order[UUID_TEXT], payment[UUID_TEXT], result[200];
    struct answer *a = api_post(&c.owner, "/orders", js("{'client_id':'%s','location_id':'%s','lines':[{'kind':'service','ref_id':'%s','description':'Visit','unit_minor':10000}]}", c.client[0], c.location, full));
    NEED(a, 201, NULL);
    keep_id(order, a, "data.id");
    NEED(api_post(&c.owner, at("/orders/%s/wallet-payment", order), "{\"hold\":true}"), 201, NULL);
    CHECK_INT(bucket("consultation", "available"), GRANTED - COVERED);
    EXPECT(api_post(&c.owner, at("/orders/%s/checkout", order), js("{'amount_minor':%d}", REST + 1)), 422, NULL);
    a = api_post(&c.owner, at("/orders/%s/checkout", order), "{}");
    NEED(a, 201, NULL);
    keep_id(payment, a, "data.payment_id");
    snprintf(result, sizeof result, "/public/payments/%s", strrchr(api_str(a, "data.result_url"), '/') + 1);
    CHECK_INT(api_int(api_get(&nobody, result), "data.open_minor"), REST);
    CHECK(*desk_page(payment));
    api_sql("UPDATE payment SET state = 'expired' WHERE id = %s", api_sql_id(payment)); /* and again from the payer's own page */
    NEED(a = api_post(&nobody, result, NULL), 200, NULL);
    CHECK_INT(api_int(a, "data.open_minor"), REST);
    a = api_get(&c.owner, at("/orders/%s", order));
    keep_id(payment, a, "data.payments[2].id");
    CHECK_INT(api_int(a, "data.payments[2].amount_minor"), REST);
    const char *url = desk_page(payment), *state = "";
    REQUIRE(strrchr(url, '/'));
    standin_steer("pay", js("{'session':'%s','how':'ok'}", strrchr(url, '/') + 1));
    int64_t until = api_now_ms() + WAIT_MS;
    for (int64_t next = 0; api_now_ms() < until && strcmp(state, "paid") != 0; api_sleep_ms(20)) {
        state = api_str(a = api_get(&c.owner, at("/orders/%s", order)), "data.state");
        if (api_now_ms() < next) continue;
        hurry();
        next = api_now_ms() + 500;
    }
    CHECK_STR(state, "paid");
    CHECK_INT(api_int(a, "data.paid_minor"), 10000);
    CHECK_INT(api_int(a, "data.refunded_minor"), 0);
    CHECK_INT(bucket("consultation", "balance"), GRANTED - COVERED);
    NEED(api_post(&c.owner, at("/orders/%s/refunds", order), "{\"reason\":\"was a test\"}"), 201, NULL);
    CHECK_INT(bucket("consultation", "balance"), GRANTED);
}

/* ---- at once ---------------------------------------------------------------------------------------------------------------------------------- */

static _Atomic int won, refused, others;

static void *book_one(void *arg)
{
    struct conn *conn = conn_open();
    struct who w = clinic_visitor();
    struct answer *a = api_call(conn, &w, "POST", at("/public/%s/bookings", c.slug), booking(arg ? full : later, 6 + (int)(++others) % 20, proof, c.client[0], COVERED));
    if (a->status == 201) won++;
    else if (a->status == 409 && strcmp(api_str(a, "details.field"), "wallet.expect_minor") == 0) refused++;
    else fprintf(stderr, "  %d %.400s\n", a->status, a->body);
    conn_close(conn);
    return NULL;
}

/* Six at once, half of them with a card, for what is enough for two: whoever is late hears how much there is now. */
static void test_race(void)
{
    pthread_t threads[MANY];
    won = refused = others = 0;
    for (int i = 0; i < MANY; i++) pthread_create(&threads[i], NULL, book_one, i % 2 ? &threads : NULL);
    for (int i = 0; i < MANY; i++) pthread_join(threads[i], NULL);
    CHECK_INT(won, 2);
    CHECK_INT(refused, MANY - 2);
    CHECK_INT(bucket("consultation", "available"), GRANTED - 2 * COVERED);
}

/* A gift has no plan: no coverage, which is another thing than a coverage of nothing. */
static void test_gift_without_a_plan(void)
{
    NEED(api_post(&c.owner, at("/wallets/%s/promotions", empty), js("{'name':'Welcome','amount_minor':1000,'expires_on':'%s','reason':'new here'}", day_date(60))), 201, NULL);
    api_sql("UPDATE booking_proof SET created_at = created_at - 7200000000");
    prove(&c, "family@mail.example", proof);
    struct answer *a = quote(full, proof);
    size_t i = strcmp(api_str(a, "data.persons[0].client_id"), c.client[1]) == 0 ? 0 : 1;
    CHECK_INT(api_int(a, at("data.persons[%zu].covered_minor", i)), 1000);
    CHECK_STR(api_str(a, at("data.persons[%zu].parts[0].kind", i)), "promo");
    CHECK(strstr(a->body, "\"available_minor\":1000,\"coverage_ppm\":null,\"copay_minor\":null,\"limit_left_minor\":null"));
}

static void test_proofs(void)
{
    static const char *const what[] = { "ledger", "orders", "claims" };
    CHECK(!api_leaks(proof) && !api_leaks(foreign));
    REQUIRE(api_stop_soft());
    for (size_t i = 0; i < 3; i++) CHECK_INT(api_command((const char *const[]){ "verify", what[i], NULL }), 0);
    api_again();
}

static void begin(const char *engine)
{
    static char url[80];
    static const char *const env[] = { url, "CLINICD_STRIPE_TIMEOUT_SECONDS=2", "CLINICD_RATE_PUBLIC_PER_MINUTE=1000000", "CLINICD_LOG=warn", NULL };
    snprintf(url, sizeof url, "CLINICD_STRIPE_API_URL=http://127.0.0.1:%d", standin_port());
    standin_steer("reset", "{}");
    api_start(engine, &(struct api_options){ .env = env });
    clinic_make(&c, "proving");
    clinic_make(&d, "proving-other");
    standin_steer("webhook", js("{'url':'http://127.0.0.1:%d/api/v1/cards/webhook/%s','secrets':['" SECRET "']}", api_port(), c.tenant));
    NEED(api_put(&c.owner, "/cards/settings", js("{'enabled':true,'secret_key':'sk_test_4eC39HqLyjWDarjtT1zdp7dc'}")), 200, NULL);
    NEED(api_post(&c.owner, "/cards/webhook-secrets", js("{'secret':'" SECRET "'}")), 201, NULL);
    with_plan();
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    standin_start(STANDIN_STRIPE);
    API_EACH_ENGINE(engine)
    {
        begin(engine);
        RUN(test_codes);
        RUN(test_once_and_not_for_ever);
        RUN(test_without_proof);
        RUN(test_quote);
        RUN(test_all_of_it);
        RUN(test_rest_at_the_clinic);
        RUN(test_split_declined_then_paid);
        RUN(test_split_runs_out);
        RUN(test_desk_holds_for_a_card);
        RUN(test_race);
        RUN(test_gift_without_a_plan);
        RUN(test_proofs);
        CHECK_STOPPED();
    }
    standin_stop();
    return TEST_DONE();
}
