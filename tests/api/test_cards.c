/* test_cards.c - where Stripe tells of events, and the keys it needs: what is refused, what is kept once, what is never shown. The stand-in signs with Stripe's own package. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/standin.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#define KEY "sk_test_4eC39HqLyjWDarjtT1zdp7dc"
#define SECRET "whsec_first_0123456789abcdef"
#define SECOND "whsec_second_0123456789abcdef"
static struct clinic c, other;

static struct answer *set_up(const struct clinic *k, const char *body) { return api_put(&k->owner, "/cards/settings", js("%s", body)); }
static const char *hook_url(const struct clinic *k) { return at("http://127.0.0.1:%d/api/v1/cards/webhook/%s", api_port(), k->tenant); }

/* The stand-in sends this; what was answered. */
static int sent(const char *body)
{
    json_t *got = standin_call("POST", "/_/send", js("%s", body));
    int status = (int)json_integer_value(json_object_get(got, "status"));
    json_decref(got);
    return status;
}

static const char *event(const char *id, const char *type, const char *object)
{
    return at("{'id':'%s','object':'event','type':'%s','livemode':false,'created':1700000000,'data':{'object':{'id':'%s','object':'x'}}}", id, type, object);
}

static size_t events(const struct clinic *k, const char *query) { return api_count(api_get(&k->owner, at("/cards/events?%s", query)), "data"); }

/* ---- keys --------------------------------------------------------------------------------------------------------------------------- */

static void test_settings(void)
{
    struct answer *a = api_get(&c.owner, "/cards/settings");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.mode"), "none");
    EXPECT(set_up(&c, "{'enabled':true}"), 422, "VALIDATION_ERROR");
    EXPECT(set_up(&c, "{'enabled':true,'secret_key':'pk_test_4eC39HqLyjWDarjtT1zdp7dc'}"), 422, "VALIDATION_ERROR");
    EXPECT(set_up(&c, "{'enabled':true,'secret_key':'" KEY "','account':'ac_1'}"), 422, "VALIDATION_ERROR");
    a = set_up(&c, "{'enabled':true,'secret_key':'" KEY "'}");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.mode"), "test");
    CHECK_STR(api_str(a, "data.key_hint"), "p7dc");
    CHECK(strstr(a->body, KEY) == NULL);
    CHECK(strstr(api_str(a, "data.webhook_url"), at("/api/v1/cards/webhook/%s", c.tenant)) != NULL);
    EXPECT(api_with(&c.owner, "PUT", "/cards/settings", js("{'enabled':true}"), "If-Match: \"7\"\r\n"), 412, NULL);
    EXPECT(set_up(&c, "{'enabled':true}"), 200, NULL); /* the key stays */
    EXPECT(api_put(&nobody, "/cards/settings", js("{'enabled':true}")), 401, NULL);
    struct who staff = clinic_member(&c, "staff");
    EXPECT(api_put(&staff, "/cards/settings", js("{'enabled':true}")), 403, NULL);
    a = api_get(&other.owner, "/cards/settings");
    CHECK_STR(api_str(a, "data.mode"), "none");
}

static void test_secrets(void)
{
    EXPECT(api_post(&c.owner, "/cards/webhook-secrets", js("{'secret':'nothing'}")), 422, "VALIDATION_ERROR");
    struct answer *a = api_post(&c.owner, "/cards/webhook-secrets", js("{'secret':'" SECRET "'}"));
    EXPECT(a, 201, NULL);
    CHECK_STR(api_str(a, "data.hint"), "cdef");
    CHECK(strstr(a->body, SECRET) == NULL);
    a = api_get(&c.owner, "/cards/settings");
    CHECK_INT(api_count(a, "data.webhook_secrets"), 1);
    CHECK(strstr(a->body, "whsec") == NULL);
    a = api_get(&c.owner, "/audit?limit=50");
    CHECK(a->status != 200 || (!strstr(a->body, KEY) && !strstr(a->body, "whsec_")));
}

/* ---- what is refused --------------------------------------------------------------------------------------------------------------------- */

static void test_refused(void)
{
    static const char *const bad[] = { "'header':null", "'header':''", "'header':'t=,v1='", "'header':'t=1,t=2,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd'",
        "'header':'v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd'", "'secret':'whsec_of_somebody_else'", "'skew':-301", "'skew':330",
        "'signed_body':'{}'" };
    const char *e = event("evt_bad", "charge.succeeded", "ch_1");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int status = sent(at("{'event':%s,%s}", e, bad[i]));
        if (status != 400) fprintf(stderr, "  %s: %d\n", bad[i], status);
        CHECK_INT(status, 400);
    }
    CHECK_INT(sent("{'body':'not json'}"), 400);
    CHECK_INT(sent("{'body':''}"), 400);
    CHECK_INT(sent("{'body':'[]'}"), 400);
    CHECK_INT(sent("{'event':{'id':7,'type':'charge.succeeded','data':{'object':{'id':'x'}}}}"), 400);
    CHECK_INT(sent("{'event':{'id':'evt_x','type':'charge.succeeded'}}"), 400);
    CHECK_INT(sent("{'event':{'id':'evt_x y','type':'charge.succeeded','data':{'object':{'id':'x'}}}}"), 400);
    CHECK_INT(sent("{'event':{'id':'evt_live','type':'charge.succeeded','livemode':true,'data':{'object':{'id':'x'}}}}"), 400);
    CHECK_INT(sent(at("{'event':%s,'size':5000000}", e)), 413);
    CHECK_INT(sent(at("{'event':%s,'url':'%s'}", e, hook_url(&other))), 404); /* not set up there */
    CHECK_INT(sent(at("{'event':%s,'url':'http://127.0.0.1:%d/api/v1/cards/webhook/0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000'}", e, api_port())), 404);
    CHECK_INT(events(&c, "limit=10"), 0);
}

/* ---- what is kept -------------------------------------------------------------------------------------------------------------------------- */

static void test_kept_once(void)
{
    const char *known = event("evt_known", "product.created", "prod_1");
    for (int i = 0; i < 5; i++) CHECK_INT(sent(at("{'event':%s}", known)), 200);
    CHECK_INT(sent(at("{'event':%s,'skew':-290}", known)), 200);
    CHECK_INT(events(&c, "limit=10"), 1);
    CHECK_STR(api_str(api_get(&c.owner, "/cards/events"), "data[0].state"), "ignored");
    CHECK_INT(events(&other, "limit=10"), 0);
    CHECK_INT(events(&c, "state=received"), 0);
    CHECK_INT(events(&c, "type=product.created&state=ignored"), 1);
    for (int i = 0; i < 7; i++) CHECK_INT(sent(at("{'event':%s}", event(at("evt_page%d", i), "product.updated", "prod_1"))), 200);
    struct answer *a = api_get(&c.owner, "/cards/events?limit=5");
    CHECK_INT(api_count(a, "data"), 5);
    CHECK_INT(events(&c, at("limit=5&cursor=%s", api_str(a, "meta.pagination.next_cursor"))), 3);
}

static _Atomic int good;
static void *sender(void *arg)
{
    (void)arg;
    for (int i = 0; i < 10; i++) good += sent(at("{'event':%s}", event("evt_crowd", "product.created", "prod_1"))) == 200;
    return NULL;
}

static void test_many_at_once(void)
{
    pthread_t t[8];
    for (size_t i = 0; i < 8; i++) REQUIRE(pthread_create(&t[i], NULL, sender, NULL) == 0);
    for (size_t i = 0; i < 8; i++) pthread_join(t[i], NULL);
    CHECK_INT(good, 80);
    CHECK_INT(events(&c, "type=product.created"), 2);
    good = 0;
}

static void test_rotation(void)
{
    struct answer *a = api_post(&c.owner, "/cards/webhook-secrets", js("{'secret':'" SECOND "'}"));
    EXPECT(a, 201, NULL);
    CHECK_INT(sent(at("{'event':%s,'secret':'" SECRET "'}", event("evt_r1", "product.created", "p"))), 200);
    CHECK_INT(sent(at("{'event':%s,'secret':'" SECOND "'}", event("evt_r2", "product.created", "p"))), 200);
    for (int i = 0; i < 2; i++) EXPECT(api_post(&c.owner, "/cards/webhook-secrets", js("{'secret':'whsec_more_%d_12345678'}", i)), 201, NULL);
    EXPECT(api_post(&c.owner, "/cards/webhook-secrets", js("{'secret':'whsec_fifth_12345678'}")), 409, NULL);
    const char *second = api_str(a, "data.id");
    EXPECT(api_delete(&other.owner, at("/cards/webhook-secrets/%s", second)), 404, NULL);
    EXPECT(api_delete(&c.owner, at("/cards/webhook-secrets/%s", second)), 204, NULL);
    CHECK_INT(sent(at("{'event':%s,'secret':'" SECOND "'}", event("evt_r3", "product.created", "p"))), 400);
    CHECK_INT(sent(at("{'event':%s}", event("evt_r4", "product.created", "p"))), 200);
}

/* What was answered 200 is there after the power went. */
static void test_durable(void)
{
    CHECK_INT(sent(at("{'event':%s}", event("evt_durable", "product.deleted", "p"))), 200);
    api_kill();
    api_again();
    CHECK_INT(events(&c, "type=product.deleted"), 1);
    standin_steer("webhook", js("{'url':'%s','secrets':['" SECRET "']}", hook_url(&c)));
    CHECK_INT(sent(at("{'event':%s}", event("evt_durable", "product.deleted", "p"))), 200);
}

static void test_nothing_in_the_open(void)
{
    CHECK(!api_leaks(KEY) && !api_leaks(SECRET) && !api_leaks(SECOND));
}

int main(int argc, char **argv)
{
    static char url[80];
    static const char *const env[] = { url, "CLINICD_STRIPE_TIMEOUT_SECONDS=2", "CLINICD_RATE_LOGIN_PER_MINUTE=100000", "CLINICD_RATE_PUBLIC_PER_MINUTE=100000", "CLINICD_LOG=warn", NULL };
    TEST_ARGS(argc, argv);
    standin_start(STANDIN_STRIPE);
    snprintf(url, sizeof url, "CLINICD_STRIPE_API_URL=http://127.0.0.1:%d", standin_port());
    API_EACH_ENGINE(engine)
    {
        standin_steer("reset", "{}");
        api_start(engine, &(struct api_options){ .env = env });
        clinic_make(&c, "cards");
        clinic_make(&other, "cards-other");
        standin_steer("webhook", js("{'url':'%s','secrets':['" SECRET "']}", hook_url(&c)));
        RUN(test_settings);
        RUN(test_secrets);
        RUN(test_refused);
        RUN(test_kept_once);
        RUN(test_many_at_once);
        RUN(test_rotation);
        RUN(test_durable);
        RUN(test_nothing_in_the_open);
        CHECK_STOPPED();
    }
    standin_stop();
    return TEST_DONE();
}
