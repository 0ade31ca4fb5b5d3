/* test_cards_pay.c - what becomes of a card payment, against a stand-in for Stripe that forgets nothing: in whatever order, however often and however late it tells, and when it
 * tells nothing, is down, or has done what it says it has not; refunds, disputes, and what the night finds. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/folder.h"
#include "tests/lib/smtp.h"
#include "tests/lib/standin.h"
#include "tests/lib/test.h"
#include <stdlib.h>
#include <string.h>

#define KEY "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
#define SECRET "whsec_first_0123456789abcdef"
enum { WAIT_MS = 15000 };
static struct clinic c, other;
static struct smtp post;
struct paying { char order[UUID_TEXT], payment[UUID_TEXT], session[80], intent[80]; };

static const char *uuid(void)
{
    static unsigned n;
    return at("0190aaaa-bbbb-7ccc-8ddd-%012x", ++n);
}

static const char *hook_url(const struct clinic *k) { return at("http://127.0.0.1:%d/api/v1/cards/webhook/%s", api_port(), k->tenant); }

/* What waits for its next try does not wait. */
/* What waits for its minute runs now. The looks at a page that nobody told of are few: whoever counts on one does not spend it while waiting for something else. */
static void hurry(const char *kinds) { api_sql("UPDATE job SET run_at = 0 WHERE state = 0 AND kind LIKE 'cards.%s'", kinds); }

static void order_make(const struct clinic *k, int amount, char out[UUID_TEXT])
{
    struct answer *a = api_post(&k->owner, "/orders", js("{'client_id':'%s','location_id':'%s','lines':[{'kind':'other','description':'Visit & more','unit_minor':%d}]}", k->client[0], k->location, amount));
    NEED(a, 201, NULL);
    keep_id(out, a, "data.id");
}

static struct answer *page(const char *payment) { return api_get(&c.owner, at("/payments/%s/page", payment)); }

static bool wait_page_by(const char *kinds, const char *payment, const char *field, const char *want)
{
    struct answer *a = NULL;
    int64_t until = api_now_ms() + WAIT_MS, next = api_now_ms() + 500;
    for (; api_now_ms() < until; api_sleep_ms(20)) {
        a = page(payment);
        const char *got = api_str(a, field);
        if (want ? strcmp(got, want) == 0 : *got != 0) return true;
        if (api_now_ms() < next) continue;
        hurry(kinds);
        next = api_now_ms() + 500;
    }
    fprintf(stderr, "  never %s = %s: %.500s\n", field, want ? want : "something", a ? a->body : "");
    return false;
}

static bool wait_page(const char *payment, const char *field, const char *want) { return wait_page_by("%", payment, field, want); }

static void session_of(struct paying *p)
{
    json_t *s = standin_state(), *one;
    size_t i;
    *p->session = *p->intent = 0;
    json_array_foreach(json_object_get(s, "sessions"), i, one)
    {
        const char *ref = json_string_value(json_object_get(one, "client_reference_id")), *pi = json_string_value(json_object_get(one, "payment_intent"));
        if (!ref || strcmp(ref, p->payment) != 0) continue;
        snprintf(p->session, sizeof p->session, "%s", json_string_value(json_object_get(one, "id")));
        snprintf(p->intent, sizeof p->intent, "%s", pi ? pi : "");
    }
    json_decref(s);
}

static void begin(struct paying *p, int amount)
{
    order_make(&c, amount, p->order);
    struct answer *a = api_post(&c.owner, at("/orders/%s/checkout", p->order), "{}");
    NEED(a, 201, NULL);
    keep_id(p->payment, a, "data.payment_id");
}

static void begin_page(struct paying *p, int amount)
{
    begin(p, amount);
    REQUIRE(wait_page_by("checkout", p->payment, "data.url", NULL));
    session_of(p);
}

static void pay(struct paying *p, const char *how)
{
    standin_steer("pay", js("{'session':'%s','how':'%s'}", p->session, how));
    session_of(p);
}

static int64_t balance(const char *code)
{
    struct answer *a = api_get(&c.owner, at("/ledger/accounts?book=%.*s&unit=EUR&limit=200", (int)strcspn(code, ":"), code));
    for (size_t i = 0; i < api_count(a, "data"); i++)
        if (strcmp(api_str(a, at("data[%zu].code", i)), code) == 0) return api_int(a, at("data[%zu].balance", i));
    return 0;
}

/* With the fees, which are booked a moment after what they are for. */
static int64_t gross(void)
{
    struct answer *a = api_get(&c.owner, "/ledger/trial-balance");
    int64_t sum = 0;
    for (size_t i = 0; i < api_count(a, "data.books"); i++) {
        const char *book = api_str(a, at("data.books[%zu].book", i));
        if (strcmp(book, "clearing") == 0 || strcmp(book, "fees") == 0) sum += api_int(a, at("data.books[%zu].balance", i));
    }
    return sum;
}

static const char *order_state(const struct paying *p, const char *field) { return api_str(api_get(&c.owner, at("/orders/%s", p->order)), field); }
static int64_t order_int(const struct paying *p, const char *field) { return api_int(api_get(&c.owner, at("/orders/%s", p->order)), field); }
static int64_t fee(int64_t amount) { return amount * 15 / 1000 + 25; }

static bool wait_balance(const char *code, int64_t want)
{
    int64_t got = 0, next = api_now_ms() + 500;
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until; api_sleep_ms(20)) {
        if ((got = balance(code)) == want) return true;
        if (api_now_ms() < next) continue;
        hurry("%");
        next = api_now_ms() + 500;
    }
    fprintf(stderr, "  %s is %lld, never %lld\n", code, (long long)got, (long long)want);
    return false;
}

static bool wait_events(const char *state, size_t want)
{
    size_t n = 0;
    int64_t next = api_now_ms() + 500;
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until; api_sleep_ms(30)) {
        if ((n = api_count(api_get(&c.owner, at("/cards/events?limit=200&state=%s", state)), "data")) == want) return true;
        if (api_now_ms() < next) continue;
        hurry("%");
        next = api_now_ms() + 500;
    }
    fprintf(stderr, "  %zu events %s, never %zu\n", n, state, want);
    return false;
}

/* ---- paid --------------------------------------------------------------------------------------------------------------------------------- */

static void test_paid(void)
{
    struct paying p;
    begin_page(&p, 5000);
    CHECK(*p.session && strstr(api_str(page(p.payment), "data.url"), p.session));
    struct answer *again = api_post(&c.owner, at("/orders/%s/checkout", p.order), "{}");
    CHECK_STR(api_str(again, "data.payment_id"), p.payment);
    EXPECT(api_post(&c.owner, at("/orders/%s/checkout", p.order), js("{'amount_minor':5001}")), 422, NULL);
    EXPECT(api_post(&other.owner, at("/orders/%s/checkout", p.order), "{}"), 404, NULL);
    EXPECT(api_get(&other.owner, at("/payments/%s/page", p.payment)), 404, NULL);
    pay(&p, "ok");
    CHECK(wait_page(p.payment, "data.state", "succeeded"));
    CHECK_STR(api_str(page(p.payment), "data.url"), "");
    CHECK_STR(order_state(&p, "data.state"), "paid");
    CHECK(wait_balance("fees:stripe", fee(5000)));
    CHECK_INT(balance("clearing:stripe"), 5000 - fee(5000));
    CHECK_INT(balance("deposit_liability"), 5000);
    EXPECT(api_post(&c.owner, at("/orders/%s/checkout", p.order), "{}"), 409, NULL);
}

static void test_declined_and_again(void)
{
    struct paying p;
    begin_page(&p, 4000);
    pay(&p, "decline");
    CHECK(wait_page(p.payment, "data.failure", "card_declined: generic_decline"));
    CHECK_STR(api_str(page(p.payment), "data.state"), "created");
    pay(&p, "ok");
    CHECK(wait_page(p.payment, "data.state", "succeeded"));
    CHECK_STR(api_str(page(p.payment), "data.failure"), "");
}

static void test_money_that_comes_later(void)
{
    struct paying p, q;
    begin_page(&p, 3000);
    pay(&p, "async");
    CHECK(wait_page(p.payment, "data.state", "processing"));
    standin_steer("settle", js("{'session':'%s','ok':true}", p.session));
    CHECK(wait_page(p.payment, "data.state", "succeeded"));
    begin_page(&q, 3000);
    pay(&q, "async");
    CHECK(wait_page(q.payment, "data.state", "processing"));
    standin_steer("settle", js("{'session':'%s','ok':false}", q.session));
    CHECK(wait_page(q.payment, "data.state", "failed"));
}

/* The mail with the number of that receipt in its subject, waited for; *n is how many such mails there are. */
static char *receipt_letter(const char *number, int *n)
{
    char subject[80], *found = NULL, *text;
    snprintf(subject, sizeof subject, "Subject: Receipt %s", number);
    for (int64_t until = api_now_ms() + WAIT_MS; !found && api_now_ms() < until; api_sleep_ms(20)) {
        *n = 0;
        for (int i = 1; (text = smtp_letter(&post, i)) != NULL; i++) {
            bool it = strstr(text, subject) != NULL;
            *n += it;
            if (it && !found) found = text;
            else free(text);
        }
    }
    return found;
}

/* Paid by card, without the staff: the receipt comes by itself, as a mail whose link opens the paper; once, however often the payment is told of. */
static void test_receipt_by_mail(void)
{
    struct paying p;
    char number[40], token[120] = "";
    int n = 0;
    begin_page(&p, 5900);
    standin_steer("hold", "{}");
    pay(&p, "ok");
    json_decref(standin_call("POST", "/_/release", js("{'times':3,'seed':3,'go_on':true}")));
    CHECK(wait_page(p.payment, "data.state", "succeeded"));
    struct answer *a = NULL;
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until; api_sleep_ms(20))
        if (api_count(a = api_get(&c.owner, at("/documents?kind=receipt&order_id=%s", p.order)), "data")) break;
    CHECK_INT(api_count(a, "data"), 1);
    CHECK_STR(api_str(a, "data[0].payment_id"), p.payment);
    CHECK_INT(api_int(a, "data[0].payment_minor"), 5900);
    snprintf(number, sizeof number, "%s", api_str(a, "data[0].number"));
    CHECK(wait_events("received", 0));
    struct letter l = { .text = receipt_letter(number, &n) };
    REQUIRE(l.text);
    CHECK_INT(n, 1);
    CHECK(strstr(l.text, "To: \"Chris Client\" <c.paying@example.org>") != NULL);
    CHECK(strstr(l.text, "From: \"Clinic paying\" <") != NULL);
    CHECK(strstr(l.text, at("Receipt %s", number)) && strstr(l.text, "for you to read or to keep"));
    CHECK(letter_token(&l, "/public/documents/", token));
    CHECK(!strstr(l.text, p.payment) && !strstr(l.text, p.intent));
    letter_free(&l);
    a = api_get(&nobody, at("/public/documents/%s", token));
    NEED(a, 200, NULL);
    CHECK(a->len > 1000 && strncmp(a->body, "%PDF-", 5) == 0);
    CHECK_INT(api_count(api_get(&other.owner, "/documents?kind=receipt"), "data"), 0);
}

/* ---- in whatever order ----------------------------------------------------------------------------------------------------------------------- */

/* The four events of one payment in each of their 24 orders: one end. */
static void test_every_order(void)
{
    int order[4] = { 0, 1, 2, 3 };
    int64_t before = balance("deposit_liability"), cleared = balance("clearing:stripe");
    struct paying p[24];
    size_t n = 0;
    for (size_t i = 0; i < 24; i++) begin_page(&p[i], 2000);
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++)
            for (int d = 0; d < 4; d++) {
                if (a == b || a == d || b == d) continue;
                order[0] = a, order[1] = b, order[2] = d, order[3] = 6 - a - b - d;
                standin_steer("hold", "{}");
                pay(&p[n++], "ok");
                standin_steer("release", js("{'order':[%d,%d,%d,%d],'go_on':true}", order[0], order[1], order[2], order[3]));
            }
    for (size_t i = 0; i < 24; i++) CHECK(wait_page(p[i].payment, "data.state", "succeeded"));
    CHECK(wait_balance("clearing:stripe", cleared + 24 * (2000 - fee(2000))));
    CHECK_INT(balance("deposit_liability"), before + 24 * 2000);
    CHECK(wait_events("received", 0));
    CHECK_INT(api_count(api_get(&c.owner, "/cards/differences"), "data"), 0);
}

/* A life with everything in it, each event a hundred times, shuffled, many at once. */
static void test_hundred_times(void)
{
    struct paying p;
    int64_t before = balance("deposit_liability"), cleared = balance("clearing:stripe"), reserve = balance("dispute_reserve");
    begin_page(&p, 10000);
    standin_steer("hold", "{}");
    pay(&p, "decline");
    pay(&p, "ok");
    json_t *d = standin_call("POST", "/_/dispute", js("{'intent':'%s'}", p.intent));
    standin_steer("dispute_step", js("{'dispute':'%s','status':'won'}", json_string_value(json_object_get(d, "id"))));
    json_decref(d);
    json_t *got = standin_call("POST", "/_/release", js("{'times':100,'seed':7,'at_once':true,'go_on':true}")), *one;
    size_t i;
    json_array_foreach(json_object_get(got, "statuses"), i, one) CHECK_INT(json_integer_value(one), 200);
    CHECK(json_array_size(json_object_get(got, "statuses")) >= 1000);
    json_decref(got);
    CHECK(wait_page(p.payment, "data.state", "succeeded"));
    CHECK(wait_events("received", 0));
    CHECK_INT(balance("deposit_liability"), before + 10000);
    CHECK_INT(balance("clearing:stripe"), cleared + 10000 - fee(10000));
    CHECK_INT(balance("dispute_reserve"), reserve);
    CHECK_STR(api_str(api_get(&c.owner, "/cards/disputes"), "data[0].state"), "won");
}

/* Nothing is told: the clock finds out. */
static void test_nothing_told(void)
{
    struct paying p, q;
    standin_steer("webhook", js("{'drop':['*']}"));
    begin_page(&p, 2500);
    begin_page(&q, 2600);
    pay(&p, "ok");
    CHECK(wait_page(p.payment, "data.state", "succeeded")); /* hurry(): the look that was to come in three minutes */
    standin_steer("lapse", js("{'session':'%s'}", q.session));
    api_sql("DELETE FROM job WHERE kind = 'cards.look'");
    api_sql("UPDATE payment SET session_expires_at = 1000 WHERE id = %s", api_sql_id(q.payment));
    api_sql("UPDATE schedule_tick SET next_at = 0 WHERE name = 'cards.poll'");
    api_kill();
    api_again();
    CHECK(wait_page(q.payment, "data.state", "expired"));
    standin_steer("webhook", js("{'url':'%s'}", hook_url(&c)));
}

static void call_off(const struct paying *p)
{
    char job[UUID_TEXT];
    snprintf(job, sizeof job, "%s", uuid());
    api_sql("INSERT INTO job (tenant_id, id, kind, key, payload, state, run_at, attempt, created_at) VALUES (%s, %s, 'cards.expire', '%s', '{\"payment_id\":\"%s\"}', 0, 0, 0, 1)",
        api_sql_id(c.tenant), api_sql_id(job), job, p->payment);
}

/* Requests by keys of that account at Stripe. */
static int asked_by(const char *account)
{
    json_t *s = standin_state(), *one;
    size_t i;
    int n = 0;
    json_array_foreach(json_object_get(s, "requests"), i, one) n += strcmp(json_string_value(json_object_get(one, "by")), account) == 0;
    json_decref(s);
    return n;
}

static void exchange(const char *key) { EXPECT(api_put(&c.owner, "/cards/settings", js("{'enabled':true,'secret_key':'%s'}", key)), 200, NULL); }

static bool wait_old_keys(size_t want)
{
    size_t n = 0;
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until; api_sleep_ms(20))
        if ((n = api_count(api_get(&c.owner, "/cards/settings"), "data.old_keys")) == want) return true;
    fprintf(stderr, "  %zu old keys, never %zu\n", n, want);
    return false;
}

/* Somebody stands on a page of the old account while the clinic exchanges it: what is paid there is counted, what is not ends; then the old key is forgotten. */
static void test_account_exchanged(void)
{
    struct paying p, q, r;
    standin_steer("account", js("{'key':'sk_test_of_the_second_account','account':'second'}"));
    begin_page(&p, 2710);
    begin_page(&q, 2720);
    exchange("sk_test_of_the_second_account");
    CHECK_INT(api_count(api_get(&c.owner, "/cards/settings"), "data.old_keys"), 1);
    pay(&p, "ok");
    CHECK(wait_page_by("event", p.payment, "data.state", "succeeded")); /* told of, and asked of the account that has it */
    CHECK_STR(order_state(&p, "data.state"), "paid");
    CHECK_INT(api_count(api_get(&c.owner, "/cards/settings"), "data.old_keys"), 1);
    begin_page(&r, 2730);
    CHECK(asked_by("second") > 0);
    standin_steer("webhook", js("{'drop':['*']}"));
    standin_steer("lapse", js("{'session':'%s'}", q.session));
    CHECK(wait_page(q.payment, "data.state", "expired")); /* hurry(): the look of the third minute */
    CHECK(wait_old_keys(0));
    standin_steer("webhook", js("{'url':'%s'}", hook_url(&c)));
    pay(&r, "ok");
    CHECK(wait_page(r.payment, "data.state", "succeeded"));
    CHECK_INT(api_count(api_get(&c.owner, "/cards/differences?state=open"), "data"), 0);
    exchange(KEY);
    CHECK_INT(api_count(api_get(&c.owner, "/cards/settings"), "data.old_keys"), 0); /* nothing is under way */
}

/* The old account has withdrawn its key: it is forgotten, and nobody says that the present key is refused. */
static void test_old_key_withdrawn(void)
{
    struct paying p;
    standin_steer("account", js("{'key':'sk_test_of_the_second_account','account':'second'}"));
    begin_page(&p, 2740);
    api_sql("DELETE FROM job WHERE kind = 'cards.look'");
    exchange("sk_test_revoked_by_the_clinic");
    exchange("sk_test_of_the_second_account");
    CHECK_INT(api_count(api_get(&c.owner, "/cards/settings"), "data.old_keys"), 2);
    call_off(&p);
    CHECK(wait_page(p.payment, "data.state", "expired"));
    CHECK(wait_old_keys(0));
    CHECK_STR(api_str(api_get(&c.owner, "/cards/settings"), "data.last_error"), "");
    exchange(KEY);
}

/* The clinic has another account at Stripe by now, which knows nothing of a page of the old one: nobody asks for ever, and somebody is told. */
static void test_account_replaced(void)
{
    struct paying p;
    begin_page(&p, 2700);
    api_sql("DELETE FROM job WHERE kind = 'cards.look'");
    api_sql("UPDATE payment SET session_id = 'cs_test_of_the_old_account', session_expires_at = 1000 WHERE id = %s", api_sql_id(p.payment));
    api_sql("UPDATE schedule_tick SET next_at = 0 WHERE name = 'cards.poll'");
    api_kill();
    api_again();
    CHECK(wait_page(p.payment, "data.state", "expired"));
    CHECK(strstr(api_str(page(p.payment), "data.failure"), "does not know this page") != NULL);
    struct answer *a = api_get(&c.owner, "/cards/differences?state=open");
    bool told = false;
    for (size_t i = 0; i < api_count(a, "data"); i++) told = told || strcmp(api_str(a, at("data[%zu].object_id", i)), "cs_test_of_the_old_account") == 0;
    CHECK(told);
    CHECK_STR(order_state(&p, "data.state"), "open");
}

static const char *result_state(const char *token, const char *want)
{
    const char *got = "";
    int64_t next = api_now_ms() + 500;
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until; api_sleep_ms(20)) {
        got = api_str(api_get(&nobody, at("/public/payments/%s", token)), "data.state");
        if (strcmp(got, want) == 0) break;
        if (api_now_ms() < next) continue;
        hurry("%");
        next = api_now_ms() + 500;
    }
    return got;
}

/* An order without an appointment: its payer comes back to a page that says how it stands, and where one pays again. */
static void test_result_page(void)
{
    struct paying p;
    char token[120] = "", again[200];
    begin_page(&p, 2800);
    json_t *s = standin_state(), *one;
    size_t i;
    json_array_foreach(json_object_get(s, "sessions"), i, one)
    {
        const char *id = json_string_value(json_object_get(one, "id")), *back = json_string_value(json_object_get(one, "success_url"));
        const char *t = back ? strstr(back, "/p/") : NULL;
        if (id && strcmp(id, p.session) == 0 && t) snprintf(token, sizeof token, "%s", t + 3);
    }
    json_decref(s);
    REQUIRE(*token);
    CHECK(strstr(api_str(page(p.payment), "data.result_url"), token) != NULL);
    struct answer *a = api_get(&nobody, at("/public/payments/%s", token));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.state"), "ready");
    CHECK_STR(api_str(a, "data.what"), "Visit & more");
    CHECK_INT(api_int(a, "data.open_minor"), 2800);
    char url[300];
    snprintf(url, sizeof url, "%s", api_str(a, "data.url"));
    snprintf(again, sizeof again, "/public/payments/%s", token);
    a = api_post(&nobody, again, NULL);
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.url"), url); /* the page that is open is kept */
    EXPECT(api_get(&nobody, at("/public/payments/%.40sAAAA", token)), 404, "NOT_FOUND");
    standin_steer("lapse", js("{'session':'%s'}", p.session));
    CHECK_STR(result_state(token, "open"), "open");
    EXPECT(api_post(&nobody, again, NULL), 200, NULL);
    CHECK_STR(result_state(token, "ready"), "ready");
    a = api_get(&c.owner, at("/orders/%s", p.order));
    CHECK_INT(api_count(a, "data.payments"), 2);
    keep_id(p.payment, a, "data.payments[1].id");
    session_of(&p);
    pay(&p, "ok");
    CHECK_STR(result_state(token, "paid"), "paid");
    EXPECT(api_post(&nobody, again, NULL), 409, NULL);
}

/* A page that is not wanted any more is ended; one that was paid a moment before is paid. */
static void test_called_off(void)
{
    struct paying p, q;
    begin_page(&p, 1100);
    begin_page(&q, 1200);
    standin_steer("webhook", js("{'drop':['*']}"));
    api_sql("DELETE FROM job WHERE kind = 'cards.look'");
    pay(&q, "ok");
    call_off(&p);
    call_off(&q);
    CHECK(wait_page(p.payment, "data.state", "expired"));
    CHECK(wait_page(q.payment, "data.state", "succeeded"));
    json_t *got = standin_call("POST", "/_/pay", js("{'session':'%s'}", p.session));
    CHECK(json_object_get(got, "error") != NULL); /* nobody can pay there */
    json_decref(got);
    standin_steer("webhook", js("{'url':'%s'}", hook_url(&c)));
}

/* ---- giving back ---------------------------------------------------------------------------------------------------------------------------- */

static struct answer *give_back(const struct paying *p, int amount) { return api_post(&c.owner, at("/orders/%s/refunds", p->order), js("{'amount_minor':%d,'reason':'asked'}", amount)); }

static bool wait_order(const struct paying *p, const char *what, const char *want)
{
    char field[80];
    snprintf(field, sizeof field, "%s", what); /* text of at() does not last as long */
    int64_t next = api_now_ms() + 500;
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until; api_sleep_ms(20)) {
        if (strcmp(order_state(p, field), want) == 0) return true;
        if (api_now_ms() < next) continue;
        hurry("%");
        next = api_now_ms() + 500;
    }
    fprintf(stderr, "  never %s = %s: %.200s\n", field, want, api_get(&c.owner, at("/orders/%s", p->order))->body);
    return false;
}

static void paid_order(struct paying *p, int amount)
{
    begin_page(p, amount);
    pay(p, "ok");
    CHECK(wait_page(p->payment, "data.state", "succeeded"));
}

static int64_t refunds_there(const struct paying *p)
{
    json_t *s = standin_state(), *one;
    int64_t sum = 0;
    size_t i;
    json_array_foreach(json_object_get(s, "refunds"), i, one)
        if (strcmp(json_string_value(json_object_get(one, "payment_intent")), p->intent) == 0 && strcmp(json_string_value(json_object_get(one, "status")), "failed") != 0)
            sum += json_integer_value(json_object_get(one, "amount"));
    json_decref(s);
    return sum;
}

/* Its name at Stripe, once it is there. */
static bool wait_refund_there(const struct paying *p, char name[80])
{
    *name = 0;
    for (int64_t until = api_now_ms() + WAIT_MS; !*name && api_now_ms() < until; api_sleep_ms(20)) {
        json_t *s = standin_state(), *one;
        size_t i;
        json_array_foreach(json_object_get(s, "refunds"), i, one)
            if (strcmp(json_string_value(json_object_get(one, "payment_intent")), p->intent) == 0) snprintf(name, 80, "%s", json_string_value(json_object_get(one, "id")));
        json_decref(s);
    }
    return *name != 0;
}

/* Two that are alike are two, whatever Stripe says and does not say; never more than was paid. */
static void test_refunds(void)
{
    static const char *const kinds[] = { "500after", "downafter", "down" };
    struct paying p;
    paid_order(&p, 6000);
    CHECK(wait_balance("refund_payable", 0));
    for (size_t i = 0; i < 3; i++) {
        standin_steer("fault", js("{'match':'POST /v1/refunds','kind':'%s','times':1}", kinds[i]));
        EXPECT(give_back(&p, 1000), 201, NULL);
        CHECK(wait_order(&p, at("data.refunds[%zu].state", i), "succeeded"));
        CHECK_INT(refunds_there(&p), 1000 * ((int64_t)i + 1));
    }
    EXPECT(give_back(&p, 3001), 409, NULL);
    EXPECT(give_back(&p, 3000), 201, NULL);
    CHECK(wait_order(&p, "data.refunds[3].state", "succeeded"));
    CHECK_INT(refunds_there(&p), 6000);
    CHECK_INT(order_int(&p, "data.refunded_minor"), 6000);
    CHECK(wait_balance("refund_payable", 0));
}

/* What failed can be given back again; what failed long after it was done, too. */
static void test_refund_that_fails(void)
{
    struct paying p;
    paid_order(&p, 2000);
    standin_steer("refund_mode", js("{'mode':'pending'}"));
    standin_steer("fault", js("{'match':'POST /v1/refunds','kind':'down','times':1}")); /* it is submitted here before it is there */
    EXPECT(give_back(&p, 2000), 201, NULL);
    CHECK(wait_order(&p, "data.refunds[0].state", "submitted"));
    char name[80];
    REQUIRE(wait_refund_there(&p, name));
    standin_steer("refund_step", js("{'refund':'%s','status':'succeeded'}", name));
    CHECK(wait_order(&p, "data.refunds[0].state", "succeeded"));
    standin_steer("refund_step", js("{'refund':'%s','status':'failed'}", name));
    CHECK(wait_order(&p, "data.refunds[0].state", "failed"));
    CHECK_INT(order_int(&p, "data.refunded_minor"), 0);
    standin_steer("refund_mode", js("{'mode':'succeeded'}"));
    EXPECT(give_back(&p, 2000), 201, NULL);
    CHECK(wait_order(&p, "data.refunds[1].state", "succeeded"));
    CHECK(wait_balance("refund_payable", 0));
}

static void test_disputes(void)
{
    struct paying p;
    paid_order(&p, 7000);
    int64_t cleared = gross(), lost = balance("writeoff");
    json_t *d = standin_call("POST", "/_/dispute", js("{'intent':'%s'}", p.intent));
    char name[80];
    snprintf(name, sizeof name, "%s", json_string_value(json_object_get(d, "id")));
    json_decref(d);
    CHECK(wait_balance("dispute_reserve", 7000));
    CHECK_INT(gross(), cleared - 7000);
    CHECK(wait_order(&p, "data.payments[0].dispute", "open"));
    standin_steer("dispute_step", js("{'dispute':'%s','status':'lost'}", name));
    CHECK(wait_balance("dispute_reserve", 0));
    CHECK_INT(balance("writeoff"), lost + 7000);
    CHECK(wait_order(&p, "data.payments[0].dispute", "lost"));
    CHECK_STR(order_state(&p, "data.state"), "paid"); /* never unpaid again */
}

/* ---- the night ---------------------------------------------------------------------------------------------------------------------------------- */

static bool wait_differences(const char *state, size_t want)
{
    size_t n = 0;
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until; api_sleep_ms(30))
        if ((n = api_count(api_get(&c.owner, at("/cards/differences?state=%s", state)), "data")) == want) return true;
    fprintf(stderr, "  %zu differences %s: %.900s\n", n, state, api_get(&c.owner, "/cards/differences")->body);
    return false;
}

/* Nobody told of anything: what was paid is found, what was given back in Stripe's own pages is shown and booked by one click. */
static void test_the_night(void)
{
    struct paying p;
    paid_order(&p, 9000);
    standin_steer("webhook", js("{'drop':['*']}"));
    api_sql("UPDATE card_difference SET state = 'repaired'");
    standin_steer("refund", js("{'payment_intent':'%s','amount':1234}", p.intent));
    json_t *payout = standin_call("POST", "/_/payout", "{}");
    int64_t paid_out = json_integer_value(json_object_get(payout, "amount")), bank = balance("world:bank");
    json_decref(payout);
    struct paying q;
    begin_page(&q, 3333);
    api_sql("DELETE FROM job WHERE kind = 'cards.look'");
    pay(&q, "ok");
    EXPECT(api_post(&c.owner, "/cards/compare", NULL), 204, NULL);
    CHECK(wait_page(q.payment, "data.state", "succeeded"));
    CHECK(wait_balance("world:bank", bank + paid_out));
    CHECK(wait_differences("open", 1));
    struct answer *d = api_get(&c.owner, "/cards/differences?state=open");
    CHECK_STR(api_str(d, "data[0].kind"), "refund_there");
    CHECK_STR(api_str(d, "data[0].payment_id"), p.payment);
    CHECK_INT(api_int(d, "data[0].there_minor"), 1234);
    char path[100];
    snprintf(path, sizeof path, "/cards/differences/%s/repair", api_str(d, "data[0].id"));
    struct who staff = clinic_member(&c, "staff");
    EXPECT(api_post(&staff, path, NULL), 403, NULL);
    EXPECT(api_post(&other.owner, path, NULL), 404, NULL);
    EXPECT(api_post(&c.owner, path, NULL), 200, NULL);
    CHECK(wait_differences("open", 0));
    CHECK(wait_order(&p, "data.refunds[0].state", "succeeded"));
    CHECK_INT(order_int(&p, "data.refunded_minor"), 1234);
    EXPECT(api_post(&c.owner, path, NULL), 409, NULL);
    EXPECT(api_post(&c.owner, "/cards/compare", NULL), 204, NULL); /* and again: nothing new */
    CHECK(wait_differences("open", 0));
    standin_steer("webhook", js("{'url':'%s'}", hook_url(&c)));
}

/* ---- other money ------------------------------------------------------------------------------------------------------------------------------ */

static int session_amount(const struct paying *p)
{
    json_t *s = standin_state(), *one;
    size_t i;
    int amount = -1;
    json_array_foreach(json_object_get(s, "sessions"), i, one)
        if (strcmp(json_string_value(json_object_get(one, "id")), p->session) == 0) amount = (int)json_integer_value(json_object_get(one, "amount_total"));
    json_decref(s);
    return amount;
}

/* A clinic with that currency, as c until home(). */
static struct clinic at_home;
static void away(const char *slug, const char *currency)
{
    at_home = c;
    clinic_make(&c, slug);
    NEED(api_patch(&c.owner, "/tenant", js("{'currency':'%s'}", currency)), 200, NULL);
    NEED(api_put(&c.owner, "/cards/settings", js("{'enabled':true,'secret_key':'" KEY "'}")), 200, NULL);
    standin_steer("webhook", js("{'drop':['*']}"));
}

static void home(void)
{
    c = at_home;
    standin_steer("webhook", js("{'url':'%s'}", hook_url(&c)));
}

/* Stripe has no parts of an ariary: a hundred times too much is not asked for, and parts are not. */
static void test_money_without_parts(void)
{
    struct paying p;
    away("paying-mga", "MGA");
    order_make(&c, 1000050, p.order);
    struct answer *a = api_post(&c.owner, at("/orders/%s/checkout", p.order), "{}");
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK_STR(api_str(a, "details.fields.amount_minor"), "must be in steps of 1.00 MGA: Stripe takes no other amount");
    paid_order(&p, 1000000);
    CHECK_INT(session_amount(&p), 10000);
    EXPECT(give_back(&p, 250), 201, NULL);
    CHECK(wait_order(&p, "data.refunds[0].state", "failed"));
    CHECK_STR(order_state(&p, "data.refunds[0].failure"), "must be in steps of 1.00 MGA: Stripe takes no other amount");
    EXPECT(give_back(&p, 50000), 201, NULL);
    CHECK(wait_order(&p, "data.refunds[1].state", "succeeded"));
    CHECK_INT(refunds_there(&p), 500);
    CHECK_INT(order_int(&p, "data.refunded_minor"), 50000);
    home();
}

/* The last of three digits is 0 at Stripe; what is left of it is paid at the desk. */
static void test_money_of_three_digits(void)
{
    struct paying p;
    char result[200];
    away("paying-kwd", "KWD");
    order_make(&c, 5124, p.order);
    EXPECT(api_post(&c.owner, at("/orders/%s/checkout", p.order), "{}"), 422, "VALIDATION_ERROR");
    struct answer *a = api_post(&c.owner, at("/orders/%s/checkout", p.order), "{\"amount_minor\":5120}");
    NEED(a, 201, NULL);
    keep_id(p.payment, a, "data.payment_id");
    snprintf(result, sizeof result, "/public/payments/%s", strrchr(api_str(a, "data.result_url"), '/') + 1);
    CHECK(wait_page_by("checkout", p.payment, "data.url", NULL));
    session_of(&p);
    CHECK_INT(session_amount(&p), 5120);
    pay(&p, "ok");
    CHECK(wait_page(p.payment, "data.state", "succeeded"));
    CHECK_INT(order_int(&p, "data.open_minor"), 4);
    EXPECT(api_post(&nobody, result, NULL), 409, NULL); /* nothing of it can be paid by card */
    home();
}

/* ---- what does not fit ------------------------------------------------------------------------------------------------------------------------ */

static void foreign_session(const char *tenant, const char *payment, const char *currency, int amount)
{
    json_t *s = standin_call("POST", "/_/session", js("{'mode':'payment','success_url':'http://x','line_items':[{'quantity':1,'price_data':{'currency':'%s','unit_amount':%d,'product_data':{'name':'x'}}}],"
        "'metadata':{'clinicd_tenant':'%s','clinicd_payment':'%s'},'payment_intent_data':{'metadata':{'clinicd_tenant':'%s','clinicd_payment':'%s'}}}", currency, amount, tenant, payment, tenant, payment));
    standin_steer("pay", js("{'session':'%s'}", json_string_value(json_object_get(s, "id"))));
    json_decref(s);
}

static bool wait_one(const char *state, const char *type)
{
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until; api_sleep_ms(30))
        if (api_count(api_get(&c.owner, at("/cards/events?state=%s&type=%s", state, type)), "data")) return true;
    fprintf(stderr, "  no %s is %s: %.900s\n", type, state, api_get(&c.owner, at("/cards/events?type=%s", type))->body);
    return false;
}

static bool wait_difference_of(const char *payment)
{
    for (int64_t until = api_now_ms() + WAIT_MS; api_now_ms() < until; api_sleep_ms(30))
        if (strstr(api_get(&c.owner, "/cards/differences?state=open")->body, payment)) return true;
    return false;
}

static void test_what_does_not_fit(void)
{
    struct paying p, q;
    int64_t before = balance("deposit_liability");
    begin_page(&p, 1500);
    begin_page(&q, 1600);
    foreign_session(c.tenant, p.payment, "eur", 1400); /* another amount than was asked for */
    CHECK(wait_one("refused", "checkout.session.completed"));
    CHECK_STR(api_str(page(p.payment), "data.state"), "created");
    struct answer *d = api_get(&c.owner, "/cards/differences?state=open");
    CHECK_STR(api_str(d, "data[0].kind"), "amount");
    CHECK_INT(api_int(d, "data[0].here_minor"), 1500);
    CHECK_INT(api_int(d, "data[0].there_minor"), 1400);
    foreign_session(c.tenant, q.payment, "usd", 1600); /* as much, in other money */
    CHECK(wait_difference_of(q.payment));
    CHECK_STR(api_str(page(q.payment), "data.state"), "created");
    foreign_session(other.tenant, p.payment, "eur", 1500);
    foreign_session(c.tenant, uuid(), "eur", 1500); /* of an order that is not there any more */
    CHECK(wait_one("parked", "checkout.session.completed"));
    CHECK_INT(balance("deposit_liability"), before);
    EXPECT(api_get(&other.owner, at("/cards/differences")), 200, NULL);
    CHECK_INT(api_count(api_get(&other.owner, "/cards/differences"), "data"), 0);
    api_sql("DELETE FROM job WHERE kind = 'cards.event' AND state = 0"); /* what is parked would be tried for hours */
    api_sql("UPDATE card_difference SET state = 'repaired'");
}

/* ---- Stripe in trouble -------------------------------------------------------------------------------------------------------------------------- */

static void test_trouble(void)
{
    static const char *const kinds[] = { "down", "downafter", "500after", "half", "wrong", "429", "401", "slow" };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct paying p;
        int64_t before = standin_count("POST /v1/checkout/sessions");
        standin_steer("fault", js("{'match':'POST /v1/checkout/sessions','kind':'%s','times':1,'seconds':3}", kinds[i]));
        begin(&p, 1000 + (int)i);
        bool ok = wait_page(p.payment, "data.url", NULL);
        session_of(&p);
        ok = ok && standin_count("POST /v1/checkout/sessions") == before + 1 && strstr(api_str(page(p.payment), "data.url"), p.session);
        if (!ok) fprintf(stderr, "  after %s\n", kinds[i]);
        CHECK(ok);
    }
    CHECK_STR(api_str(api_get(&c.owner, "/cards/settings"), "data.last_error"), ""); /* the 401 was followed by a 200 */
}

/* ---- and nothing was wrong with what was asked --------------------------------------------------------------------------------------------------- */

static void test_no_violation(void)
{
    json_t *s = standin_state(), *list = json_object_get(s, "violations"), *v;
    size_t i;
    json_array_foreach(list, i, v) fprintf(stderr, "  violation: %s\n", json_string_value(v));
    CHECK_INT(json_array_size(list), 0);
    json_decref(s);
    CHECK(!api_leaks(KEY) && !api_leaks("whsec_"));
    CHECK(!api_leaks("payer@example.org")); /* of the payer Stripe knows more than we keep */
    REQUIRE(api_stop_soft());
    CHECK_INT(api_command((const char *const[]){ "verify", "ledger", NULL }), 0);
    CHECK_INT(api_command((const char *const[]){ "verify", "orders", NULL }), 0);
    api_again();
}

static void with_stripe(const char *engine)
{
    static char url[80], mail[240];
    static const char *const env[] = { url, mail, "CLINICD_STRIPE_TIMEOUT_SECONDS=2", "CLINICD_RATE_LOGIN_PER_MINUTE=100000", "CLINICD_RATE_PUBLIC_PER_MINUTE=1000000", "CLINICD_LOG=warn", NULL };
    snprintf(url, sizeof url, "CLINICD_STRIPE_API_URL=http://127.0.0.1:%d", standin_port());
    char folder[120];
    test_folder(folder, sizeof folder, "post");
    REQUIRE(mkdtemp(folder) != NULL);
    smtp_start(&post, folder, NULL);
    snprintf(mail, sizeof mail, "CLINICD_SMTP_URL=%s", post.url);
    standin_steer("reset", "{}");
    api_start(engine, &(struct api_options){ .env = env });
    clinic_make(&c, "paying");
    clinic_make(&other, "paying-other");
    standin_steer("webhook", js("{'url':'%s','secrets':['" SECRET "']}", hook_url(&c)));
    NEED(api_put(&c.owner, "/cards/settings", js("{'enabled':true,'secret_key':'" KEY "'}")), 200, NULL);
    NEED(api_post(&c.owner, "/cards/webhook-secrets", js("{'secret':'" SECRET "'}")), 201, NULL);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    standin_start(STANDIN_STRIPE);
    API_EACH_ENGINE(engine)
    {
        with_stripe(engine);
        RUN(test_paid);
        RUN(test_receipt_by_mail);
        RUN(test_declined_and_again);
        RUN(test_money_that_comes_later);
        RUN(test_every_order);
        RUN(test_hundred_times);
        RUN(test_nothing_told);
        RUN(test_account_exchanged);
        RUN(test_old_key_withdrawn);
        RUN(test_account_replaced);
        RUN(test_result_page);
        RUN(test_called_off);
        RUN(test_refunds);
        RUN(test_refund_that_fails);
        RUN(test_disputes);
        RUN(test_the_night);
        RUN(test_money_without_parts);
        RUN(test_money_of_three_digits);
        RUN(test_what_does_not_fit);
        RUN(test_trouble);
        RUN(test_no_violation);
        CHECK_STOPPED();
        smtp_stop(&post);
    }
    standin_stop();
    return TEST_DONE();
}
