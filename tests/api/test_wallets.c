/* test_wallets.c - wallets through the front door: plans and grants, families, gifts, statements; and the ledger proves. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { HANDS = 16 };
static struct clinic c, d;
static struct who staff, viewer, admin;
static char sponsor[UUID_TEXT], policy[UUID_TEXT], members[3][UUID_TEXT], wallets[3][UUID_TEXT];

static int64_t bucket_of(const char *wallet, const char *kind, const char *category, const char *what)
{
    struct answer *r = api_get(&c.owner, at("/wallets/%s", wallet));
    for (size_t i = 0; i < api_count(r, "data.buckets"); i++)
        if (strcmp(api_str(r, at("data.buckets[%zu].kind", i)), kind) == 0 && (!category || strcmp(api_str(r, at("data.buckets[%zu].category", i)), category) == 0))
            return api_int(r, at("data.buckets[%zu].%s", i, what));
    return -1;
}

/* On SQLite a command has the data for itself. */
static void test_proof(void)
{
    CHECK(api_stop_soft());
    CHECK_INT(api_command((const char *const[]){ "verify", "ledger", NULL }), 0);
    api_again();
}

static void test_plans(void)
{
    struct answer *r = api_post(&c.owner, "/sponsors", "{\"name\":\"Acme\",\"email\":\"hr@acme.example\"}");
    NEED(r, 201, NULL);
    keep_id(sponsor, r, "data.id");
    EXPECT(api_post(&staff, "/sponsors", "{\"name\":\"X\"}"), 403, "FORBIDDEN");
    EXPECT(api_get(&viewer, "/sponsors"), 200, NULL);
    const char *year = at("%.4s-01-01", day_date(0));
    r = api_post(&c.owner, "/benefit-policies", js("{'sponsor_id':'%s','name':'Gold','starts_on':'%s','family_limit_minor':30000,'categories':["
        "{'category':'consultation','limit_minor':20000,'coverage_ppm':800000,'copay_minor':500},{'category':'dental','limit_minor':50000}]}", sponsor, year));
    NEED(r, 201, NULL);
    keep_id(policy, r, "data.id");
    CHECK_INT(api_count(r, "data.categories"), 2);
    r = api_post(&c.owner, "/benefit-policies", js("{'sponsor_id':'%s','name':'Twice','starts_on':'%s','categories':[{'category':'dental','limit_minor':1},{'category':'dental','limit_minor':2}]}", sponsor, year));
    EXPECT(r, 422, "VALIDATION_ERROR");
    CHECK(*api_str(r, "details.fields.categories[1].category") || strstr(r->body, "categories[1].category"));
    EXPECT(api_get(&d.owner, at("/benefit-policies/%s", policy)), 404, NULL);
    EXPECT(api_post(&d.owner, "/benefit-policies", js("{'sponsor_id':'%s','name':'Other','starts_on':'%s'}", sponsor, year)), 404, NULL);
    r = api_patch(&c.owner, at("/benefit-policies/%s", policy), "{\"name\":\"Gold plus\"}");
    EXPECT(r, 200, NULL);
    CHECK_INT(api_count(r, "data.categories"), 2);
    EXPECT(api_put(&c.owner, "/benefit-services", js("{'services':[{'service_id':'%s','category':'consultation'},{'service_id':'%s','category':'dental'}]}", c.plain, c.seated)), 200, NULL);
    EXPECT(api_put(&c.owner, "/benefit-services", js("{'services':[{'service_id':'%s','category':'dental'}]}", d.plain)), 404, NULL);
    CHECK_INT(api_count(api_get(&c.owner, "/benefit-services"), "data.services"), 2);
}

static void enrol(int n, const char *more)
{
    struct answer *r = api_post(&staff, "/benefit-members", js("{'policy_id':'%s','client_id':'%s','starts_on':'%.4s-01-01'%s}", policy, c.client[n], day_date(0), more));
    NEED(r, 201, NULL);
    keep_id(members[n], r, "data.id");
    keep_id(wallets[n], r, "data.wallet_id");
}

static void test_enrolment(void)
{
    enrol(0, ",'number':'A-1'");
    enrol(1, at(",'head_id':'%s'", members[0]));
    CHECK_INT(bucket_of(wallets[0], "granted", "consultation", "balance"), 20000);
    CHECK_INT(bucket_of(wallets[0], "granted", "dental", "balance"), 50000);
    CHECK_INT(bucket_of(wallets[1], "granted", "dental", "limit_left"), 30000);
    CHECK_INT(api_int(api_get(&c.owner, at("/clients/%s/wallet", c.client[0])), "data.balance_minor"), 70000);
    EXPECT(api_post(&staff, "/benefit-members", js("{'policy_id':'%s','client_id':'%s','starts_on':'%s'}", policy, c.client[0], day_date(0))), 409, "CONFLICT");
    EXPECT(api_post(&staff, "/benefit-members", js("{'policy_id':'%s','client_id':'%s','starts_on':'%s','head_id':'%s'}", policy, c.client[2], day_date(0), members[1])), 422, NULL);
    EXPECT(api_post(&staff, "/benefit-members", js("{'policy_id':'%s','client_id':'%s','starts_on':'2001-01-01'}", policy, c.client[2])), 422, NULL);
    EXPECT(api_get(&c.owner, at("/clients/%s/wallet", c.client[2])), 404, NULL);
    EXPECT(api_get(&d.owner, at("/wallets/%s", wallets[0])), 404, NULL);
    struct answer *r = api_post(&staff, "/wallets", js("{'client_id':'%s'}", c.client[2]));
    NEED(r, 201, NULL);
    keep_id(wallets[2], r, "data.id");
    r = api_post(&staff, "/wallets", js("{'client_id':'%s'}", c.client[2]));
    CHECK_STR(api_str(r, "data.id"), wallets[2]);
    CHECK_INT(api_count(api_get(&c.owner, at("/benefit-members?policy_id=%s", policy)), "data"), 2);
    CHECK_INT(api_count(api_get(&c.owner, at("/benefit-members?client_id=%s", c.client[1])), "data"), 1);
    EXPECT(api_get(&c.owner, at("/benefit-members?client_id=%s&policy_id=%s", c.client[1], policy)), 422, NULL);
}

/* A gift, part of it given on in the family, and what the statement says of it. */
static void test_moves(void)
{
    EXPECT(api_post(&staff, at("/wallets/%s/promotions", wallets[0]), js("{'name':'Welcome','amount_minor':1000,'expires_on':'%s','reason':'new here'}", day_date(20))), 403, NULL);
    EXPECT(api_post(&c.owner, at("/wallets/%s/promotions", wallets[0]), js("{'name':'Welcome','amount_minor':1000,'expires_on':'%s','reason':'new here'}", day_date(-2))), 422, NULL);
    EXPECT(api_post(&c.owner, at("/wallets/%s/promotions", wallets[0]), js("{'name':'=Welcome','amount_minor':1000,'expires_on':'%s','reason':'new here'}", day_date(20))), 201, NULL);
    CHECK_INT(bucket_of(wallets[0], "promo", NULL, "balance"), 1000);
    EXPECT(api_post(&staff, at("/wallets/%s/transfers", wallets[0]), js("{'to_client_id':'%s','amount_minor':1}", c.client[1])), 409, "INSUFFICIENT_FUNDS"); /* gifts and benefits stay */
    EXPECT(api_post(&staff, at("/wallets/%s/transfers", wallets[0]), js("{'to_client_id':'%s','amount_minor':1}", c.client[2])), 422, NULL);
    struct answer *r = api_get(&viewer, at("/wallets/%s/statement", wallets[0]));
    NEED(r, 200, NULL);
    CHECK_INT(api_count(r, "data.lines"), 3);
    CHECK_INT(api_int(r, "data.opening_minor"), 0);
    CHECK_INT(api_int(r, "data.closing_minor"), 71000);
    CHECK_INT(api_int(r, "data.lines[2].balance"), 71000);
    r = api_get(&viewer, at("/wallets/%s/statement?from=%s", wallets[0], day_date(2)));
    CHECK_INT(api_int(r, "data.opening_minor"), 71000);
    CHECK_INT(api_count(r, "data.lines"), 0);
    r = api_get(&viewer, at("/wallets/%s/statement/csv", wallets[0]));
    EXPECT(r, 200, NULL);
    CHECK(strstr(r->body, "\"'=Welcome\",\"new here\",10.00,710.00,EUR\r\n") && strstr(r->body, ",,closing,,\"\",,710.00,EUR\r\n"));
    EXPECT(api_get(&d.owner, at("/wallets/%s/statement", wallets[0])), 404, NULL);
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_LOG=warn", "CLINICD_RATE_SESSION_PER_SECOND=1000000", "CLINICD_RATE_SESSION_BURST=1000000", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .env = env });
        clinic_make(&c, "wallets-c");
        clinic_make(&d, "wallets-d");
        viewer = clinic_member(&c, "viewer");
        staff = clinic_member(&c, "staff");
        admin = clinic_member(&c, "admin");
        RUN(test_plans);
        RUN(test_enrolment);
        RUN(test_moves);
        RUN(test_proof);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
