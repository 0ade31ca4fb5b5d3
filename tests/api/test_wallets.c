/* test_wallets.c - wallets through the front door: plans and grants, families, what is paid from which bucket, at once and
 * killed; after it the ledger and the wallets prove. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

enum { HANDS = 16 };
static struct clinic c, d;
static struct who staff, viewer, admin;
static char sponsor[UUID_TEXT], policy[UUID_TEXT], members[3][UUID_TEXT], wallets[3][UUID_TEXT];

/* What stays of the family's limit. */
static int64_t family_left(void);
static int64_t bucket_of(const char *wallet, const char *kind, const char *category, const char *what)
{
    struct answer *r = api_get(&c.owner, at("/wallets/%s", wallet));
    for (size_t i = 0; i < api_count(r, "data.buckets"); i++)
        if (strcmp(api_str(r, at("data.buckets[%zu].kind", i)), kind) == 0 && (!category || strcmp(api_str(r, at("data.buckets[%zu].category", i)), category) == 0))
            return api_int(r, at("data.buckets[%zu].%s", i, what));
    return -1;
}

static void test_plans(void)
{
    struct answer *r = api_post(&c.owner, "/sponsors", "{\"name\":\"Acme\",\"email\":\"hr@acme.example\"}");
    NEED(r, 201, NULL);
    keep_id(sponsor, r, "data.id");
    EXPECT(api_post(&staff, "/sponsors", "{\"name\":\"X\"}"), 403, "FORBIDDEN");
    EXPECT(api_get(&viewer, "/sponsors"), 200, NULL);
    const char *year = day_benefit_year();
    r = api_post(&c.owner, "/benefit-policies", js("{'sponsor_id':'%s','name':'Gold',%s,'family_limit_minor':30000,'categories':["
        "{'category':'consultation','limit_minor':20000,'coverage_ppm':800000,'copay_minor':500},{'category':'dental','limit_minor':50000}]}", sponsor, year));
    NEED(r, 201, NULL);
    keep_id(policy, r, "data.id");
    CHECK_INT(api_count(r, "data.categories"), 2);
    r = api_post(&c.owner, "/benefit-policies", js("{'sponsor_id':'%s','name':'Twice',%s,'categories':[{'category':'dental','limit_minor':1},{'category':'dental','limit_minor':2}]}", sponsor, year));
    EXPECT(r, 422, "VALIDATION_ERROR");
    CHECK(*api_str(r, "details.fields.categories[1].category") || strstr(r->body, "categories[1].category"));
    EXPECT(api_get(&d.owner, at("/benefit-policies/%s", policy)), 404, NULL);
    EXPECT(api_post(&d.owner, "/benefit-policies", js("{'sponsor_id':'%s','name':'Other',%s}", sponsor, year)), 404, NULL);
    r = api_patch(&c.owner, at("/benefit-policies/%s", policy), "{\"name\":\"Gold plus\"}");
    EXPECT(r, 200, NULL);
    CHECK_INT(api_count(r, "data.categories"), 2);
    EXPECT(api_put(&c.owner, "/benefit-services", js("{'services':[{'service_id':'%s','category':'consultation'},{'service_id':'%s','category':'dental'}]}", c.plain, c.seated)), 200, NULL);
    EXPECT(api_put(&c.owner, "/benefit-services", js("{'services':[{'service_id':'%s','category':'dental'}]}", d.plain)), 404, NULL);
    CHECK_INT(api_count(api_get(&c.owner, "/benefit-services"), "data.services"), 2);
}

static void enrol(int n, const char *more)
{
    struct answer *r = api_post(&staff, "/benefit-members", js("{'policy_id':'%s','client_id':'%s','starts_on':'%s'%s}", policy, c.client[n], day_month(), more));
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

/* Accounts of the ledger by the names of those they belong to; never by those of another clinic. */
static void test_names(void)
{
    struct answer *r = api_get(&c.owner, at("/ledger/accounts?book=member&limit=100"));
    NEED(r, 200, NULL);
    const char *code = api_str(r, "data[0].code");
    REQUIRE(strlen(code) > 36);
    char bucket[UUID_TEXT];
    snprintf(bucket, sizeof bucket, "%s", code + strlen(code) - 36);
    r = api_get(&c.owner, at("/ledger-names?ids=%s,%s,%s", bucket, policy, c.client[2]));
    NEED(r, 200, NULL);
    CHECK_INT(api_count(r, "data"), 2); /* a plan has no account */
    CHECK_STR(api_str(r, "data[0].id"), bucket);
    CHECK(api_str(r, "data[0].name")[0] && strstr(api_str(r, "data[0].part"), " 20"));
    CHECK_STR(api_str(r, "data[1].id"), c.client[2]);
    CHECK_INT(api_count(api_get(&d.owner, at("/ledger-names?ids=%s,%s", bucket, c.client[2])), "data"), 0);
    EXPECT(api_get(&c.owner, at("/ledger-names?ids=%s,", bucket)), 422, NULL);
    EXPECT(api_get(&c.owner, at("/ledger-names?ids=%s;%s", bucket, bucket)), 422, NULL);
}

/* The paper speaks as the clinic does. */
static void check_german(const char *path)
{
    char file[80], text[8192];
    struct answer *r = api_get(&viewer, path);
    NEED(r, 200, NULL);
    snprintf(file, sizeof file, "/tmp/wallet-%d.pdf", (int)getpid());
    FILE *f = fopen(file, "wb");
    REQUIRE(f && fwrite(r->body, 1, r->len, f) == r->len);
    fclose(f);
    FILE *p = popen(at("pdftotext -layout %s -", file), "r");
    REQUIRE(p);
    text[fread(text, 1, sizeof text - 1, p)] = 0;
    CHECK_INT(pclose(p), 0);
    unlink(file);
    CHECK(strstr(text, "Kontoauszug") && strstr(text, "Anfangsstand") && strstr(text, "710,00") && strstr(text, "Gewährt") && !strstr(text, "Opening"));
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
    r = api_get(&viewer, at("/wallets/%s/statement/pdf", wallets[0]));
    EXPECT(r, 200, NULL);
    CHECK(r->len > 1000 && memcmp(r->body, "%PDF-", 5) == 0 && strcmp(api_header(r, "Content-Type"), "application/pdf") == 0);
    EXPECT(api_patch(&c.owner, "/tenant", "{\"locale\":\"de-DE\"}"), 200, NULL);
    check_german(at("/wallets/%s/statement/pdf", wallets[0]));
    EXPECT(api_patch(&c.owner, "/tenant", "{\"locale\":\"en-GB\"}"), 200, NULL);
    EXPECT(api_get(&d.owner, at("/wallets/%s/statement", wallets[0])), 404, NULL);
    EXPECT(api_get(&d.owner, at("/wallets/%s/statement/pdf", wallets[0])), 404, NULL);
}

static const char *bucket_id(const char *wallet, const char *kind, const char *category)
{
    struct answer *r = api_get(&c.owner, at("/wallets/%s", wallet));
    for (size_t i = 0; i < api_count(r, "data.buckets"); i++)
        if (strcmp(api_str(r, at("data.buckets[%zu].kind", i)), kind) == 0 && (!category || strcmp(api_str(r, at("data.buckets[%zu].category", i)), category) == 0))
            return at("%s", api_str(r, at("data.buckets[%zu].id", i)));
    return "";
}

static int64_t family_left(void) { return bucket_of(wallets[0], "granted", "dental", "limit_left"); }

/* ---- booking ---------------------------------------------------------------------------------------------------------------------------- */

static struct answer *book(struct conn *conn, const struct who *w, int client, const char *service, int slot)
{
    return api_call(conn, w, "POST", "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','payment':'wallet'}", c.client[client], service, c.provider[slot % 2],
        day_time(3 + slot / 28, 6 + slot % 28 / 2, slot % 2 * 30)));
}

static const char *cancelled(const char *id) { return at("/appointments/%s/cancel", id); }

/* The gift first (it ends first), then the plan: 80 % of what is over the co-payment of 5.00; the rest stays open. Cancelled, all of it lies where it lay. */
static void test_booking(void)
{
    EXPECT(api_patch(&c.owner, at("/services/%s", c.plain), "{\"price_minor\":10000}"), 200, NULL);
    EXPECT(api_patch(&c.owner, at("/services/%s", c.buffered), "{\"price_minor\":5000}"), 200, NULL);
    struct who provider = clinic_member(&c, "provider");
    EXPECT(book(NULL, &provider, 0, c.plain, 0), 403, "FORBIDDEN");
    EXPECT(book(NULL, &staff, 2, c.plain, 0), 409, "INSUFFICIENT_FUNDS");
    EXPECT(book(NULL, &staff, 1, c.buffered, 0), 409, "INSUFFICIENT_FUNDS"); /* of no category */
    struct answer *r = api_get(&c.owner, at("/appointments?from=%s&to=%s", day_date(3), day_date(30)));
    CHECK_INT(api_count(r, "data"), 0);
    r = book(NULL, &staff, 0, c.plain, 0);
    NEED(r, 201, NULL);
    const char *id = at("%s", api_str(r, "data.id")), *order = at("%s", api_str(r, "data.order_id"));
    CHECK_STR(api_str(r, "data.order_state"), "open");
    CHECK_INT(api_int(r, "data.order_paid_minor"), 8600);
    CHECK_INT(bucket_of(wallets[0], "promo", NULL, "balance"), 0);
    CHECK_INT(bucket_of(wallets[0], "granted", "consultation", "balance"), 12400);
    CHECK_INT(family_left(), 22400);
    r = api_get(&c.owner, at("/orders/%s/wallet-payment", order));
    EXPECT(r, 200, NULL);
    CHECK_INT(api_int(r, "data.open_minor"), 1400);
    CHECK_INT(api_int(r, "data.covered_minor"), 0); /* the co-payment is the client's */
    EXPECT(api_post(&staff, at("/orders/%s/wallet-payment", order), "{}"), 409, "INSUFFICIENT_FUNDS");
    EXPECT(api_get(&d.owner, at("/orders/%s/wallet-payment", order)), 404, NULL);
    CHECK_INT(api_count(api_get(&c.owner, at("/wallets/%s/uses", wallets[0])), "data"), 2);
    EXPECT(api_post(&staff, cancelled(id), "{\"reason\":\"ill\"}"), 200, NULL);
    CHECK_INT(bucket_of(wallets[0], "promo", NULL, "balance"), 1000);
    CHECK_INT(bucket_of(wallets[0], "granted", "consultation", "balance"), 20000);
    CHECK_INT(family_left(), 30000);
    r = api_get(&c.owner, at("/wallets/%s/uses", wallets[0]));
    for (size_t i = 0; i < 2; i++) CHECK_INT(api_int(r, at("data[%zu].returned_minor", i)), api_int(r, at("data[%zu].amount_minor", i)));
    EXPECT(api_post(&staff, at("/orders/%s/wallet-payment", order), "{}"), 409, "ILLEGAL_TRANSITION");
}

/* ---- corrections -------------------------------------------------------------------------------------------------------------------------- */

static struct answer *adjust(const struct who *w, int n, const char *more) { return api_post(w, at("/wallets/%s/adjustments", wallets[n]), js("{'reason':'counted wrong'%s}", more)); }

static void test_adjustments(void)
{
    struct answer *r = adjust(&staff, 2, ",'amount_minor':2000");
    NEED(r, 201, NULL);
    CHECK_STR(api_str(r, "data.state"), "done");
    CHECK_INT(bucket_of(wallets[2], "bought", NULL, "balance"), 2000);
    EXPECT(adjust(&staff, 2, ",'amount_minor':-2001"), 409, "INSUFFICIENT_FUNDS");
    EXPECT(adjust(&staff, 2, ",'amount_minor':0"), 422, NULL);
    EXPECT(adjust(&viewer, 2, ",'amount_minor':5"), 403, NULL);
    EXPECT(adjust(&staff, 2, at(",'amount_minor':5,'bucket_id':'%s'", bucket_id(wallets[0], "promo", NULL))), 404, NULL);
    r = adjust(&admin, 2, ",'amount_minor':10001");
    NEED(r, 201, NULL);
    CHECK_STR(api_str(r, "data.state"), "waiting");
    const char *path = at("/wallet-adjustments/%s", api_str(r, "data.id"));
    CHECK_INT(bucket_of(wallets[2], "bought", NULL, "balance"), 2000);
    CHECK_INT(api_count(api_get(&viewer, "/wallet-adjustments"), "data"), 1);
    EXPECT(api_post(&admin, at("%s/approve", path), NULL), 403, "FORBIDDEN"); /* the own */
    EXPECT(api_post(&staff, at("%s/approve", path), NULL), 403, "FORBIDDEN");
    EXPECT(api_post(&d.owner, at("%s/approve", path), NULL), 404, NULL);
    r = api_post(&c.owner, at("%s/approve", path), NULL);
    EXPECT(r, 200, NULL);
    CHECK_STR(api_str(r, "data.state"), "done");
    CHECK_INT(bucket_of(wallets[2], "bought", NULL, "balance"), 12001);
    EXPECT(api_post(&c.owner, at("%s/approve", path), NULL), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_post(&c.owner, at("%s/refuse", path), NULL), 409, "ILLEGAL_TRANSITION");
    r = adjust(&admin, 2, ",'amount_minor':-11000");
    path = at("/wallet-adjustments/%s", api_str(r, "data.id"));
    EXPECT(api_post(&c.owner, at("%s/refuse", path), NULL), 200, NULL);
    CHECK_INT(bucket_of(wallets[2], "bought", NULL, "balance"), 12001);
    CHECK_INT(api_count(api_get(&viewer, "/wallet-adjustments"), "data"), 0);
    EXPECT(api_put(&c.owner, "/wallet-rules", "{\"approval_over_minor\":100,\"top_up_day_minor\":5000}"), 200, NULL);
    CHECK_STR(api_str(adjust(&staff, 2, ",'amount_minor':101"), "data.state"), "waiting");
    /* What is one's own may be given on in a family, and only there. */
    EXPECT(adjust(&staff, 0, ",'amount_minor':100"), 201, NULL);
    r = api_post(&staff, at("/wallets/%s/transfers", wallets[0]), js("{'to_client_id':'%s','amount_minor':60}", c.client[1]));
    EXPECT(r, 201, NULL);
    CHECK_INT(bucket_of(wallets[0], "bought", NULL, "balance"), 40);
    CHECK_INT(bucket_of(wallets[1], "bought", NULL, "balance"), 60);
}

/* ---- claims ---------------------------------------------------------------------------------------------------------------------------------- */

static const char *same_path, *same_body;
static struct who reviewers[2];
static _Atomic int done, states, funds, other;

static void count(const struct answer *r, int good)
{
    if (r->status == good) done++;
    else if (r->status == 409 && strcmp(api_str(r, "code"), "ILLEGAL_TRANSITION") == 0) states++;
    else if (r->status == 409 && strcmp(api_str(r, "code"), "INSUFFICIENT_FUNDS") == 0) funds++;
    else if (r->status && r->status != 503 && other++ < 5) fprintf(stderr, "  %d %.400s\n", r->status, r->body);
}

static void many(int n, void *(*run)(void *))
{
    pthread_t threads[HANDS];
    done = states = funds = other = 0;
    for (intptr_t i = 0; i < n; i++) REQUIRE(pthread_create(&threads[i], NULL, run, (void *)i) == 0);
    for (int i = 0; i < n; i++) pthread_join(threads[i], NULL);
}

static void *approve(void *arg)
{
    struct conn *conn = conn_open();
    count(api_call(conn, &reviewers[(intptr_t)arg % 2], "POST", same_path, same_body), 200);
    conn_close(conn);
    return NULL;
}

static const char *claim(int64_t amount)
{
    struct answer *r = api_post(&staff, "/wallet-claims", js("{'client_id':'%s','category':'dental','amount_minor':%lld,'treated_on':'%s','description':'Filling, elsewhere'}", c.client[1], (long long)amount, day_date(0)));
    NEED(r, 201, NULL);
    CHECK_STR(api_str(r, "data.state"), "submitted");
    return at("/wallet-claims/%s", api_str(r, "data.id"));
}

static void test_claims(void)
{
    const char *path = claim(5000);
    EXPECT(api_post(&staff, "/wallet-claims", js("{'client_id':'%s','category':'dental','amount_minor':5,'treated_on':'%s','description':'To come'}", c.client[1], day_date(3))), 422, NULL);
    EXPECT(api_post(&staff, at("%s/approve", path), "{}"), 403, NULL);
    EXPECT(api_post(&d.owner, at("%s/approve", path), "{}"), 404, NULL);
    EXPECT(api_post(&c.owner, at("%s/review", path), NULL), 200, NULL);
    EXPECT(api_post(&c.owner, at("%s/review", path), NULL), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_post(&c.owner, at("%s/approve", path), "{\"amount_minor\":5001}"), 422, NULL);
    EXPECT(api_post(&c.owner, at("%s/approve", path), "{\"amount_minor\":3000}"), 422, NULL); /* why only a part? */
    /* Sixteen at once: one pays. */
    reviewers[0] = c.owner;
    reviewers[1] = admin;
    same_path = at("%s/approve", path);
    same_body = "{\"amount_minor\":3000,\"reason\":\"the crown is not covered\"}";
    many(HANDS, approve);
    CHECK(done == 1 && states == HANDS - 1 && !other);
    struct answer *r = api_get(&viewer, path);
    CHECK_STR(api_str(r, "data.state"), "paid");
    CHECK_INT(api_int(r, "data.approved_minor"), 3000);
    CHECK_INT(bucket_of(wallets[1], "cash", NULL, "balance"), 3000);
    CHECK_INT(bucket_of(wallets[1], "granted", "dental", "balance"), 47000);
    CHECK_INT(family_left(), 27000);
    EXPECT(api_post(&c.owner, at("%s/reject", path), "{\"reason\":\"too late\"}"), 409, "ILLEGAL_TRANSITION");
    path = claim(28000); /* more than the family has left */
    r = api_post(&c.owner, at("%s/approve", path), "{}");
    EXPECT(r, 409, "INSUFFICIENT_FUNDS");
    CHECK_INT(api_int(r, "details.left_minor"), 27000);
    EXPECT(api_post(&c.owner, at("%s/reject", path), "{\"reason\":\"no receipt\"}"), 200, NULL);
    CHECK_INT(api_count(api_get(&viewer, "/wallet-claims?open=true"), "data"), 0);
    CHECK_INT(api_count(api_get(&viewer, at("/wallet-claims?client_id=%s", c.client[1])), "data"), 2);
    r = api_get(&viewer, "/wallet-claims?limit=1");
    r = api_get(&viewer, at("/wallet-claims?limit=1&cursor=%s", api_str(r, "meta.pagination.next_cursor")));
    CHECK_INT(api_count(r, "data"), 1);
}

/* ---- sold into a wallet, and held for a split -------------------------------------------------------------------------------------------------- */

static struct answer *take(const char *order, const char *more) { return api_post(&staff, at("/orders/%s/payments", order), js("{'method':'terminal'%s}", more)); }

static void test_selling(void)
{
    const char *top_up = at("/wallets/%s/top-ups", wallets[2]);
    EXPECT(api_post(&staff, top_up, "{\"amount_minor\":5001}"), 409, "BOOKING_RULE"); /* the cap of a day */
    struct answer *r = api_with(&staff, "POST", top_up, "{\"amount_minor\":3000}", "Idempotency-Key: top-up-1\r\n");
    NEED(r, 201, NULL);
    const char *order = at("%s", api_str(r, "data.order_id"));
    r = api_with(&staff, "POST", top_up, "{\"amount_minor\":3000}", "Idempotency-Key: top-up-1\r\n");
    CHECK_STR(api_str(r, "data.order_id"), order);
    EXPECT(api_post(&staff, top_up, "{\"amount_minor\":2001}"), 409, "BOOKING_RULE");
    int64_t before = bucket_of(wallets[2], "bought", NULL, "balance");
    EXPECT(take(order, ",'amount_minor':1000"), 201, NULL);
    CHECK_INT(bucket_of(wallets[2], "bought", NULL, "balance"), before); /* paid in full, or nothing */
    EXPECT(api_post(&staff, at("/orders/%s/wallet-payment", order), "{}"), 409, "INSUFFICIENT_FUNDS"); /* no credit by credit */
    EXPECT(take(order, ""), 201, NULL);
    CHECK_INT(bucket_of(wallets[2], "bought", NULL, "balance"), before + 3000);
    EXPECT(api_post(&c.owner, at("/orders/%s/refunds", order), "{\"amount_minor\":500,\"reason\":\"too much\"}"), 201, NULL);
    CHECK_INT(bucket_of(wallets[2], "bought", NULL, "balance"), before + 2500);
    EXPECT(adjust(&admin, 2, at(",'amount_minor':-%lld", (long long)before + 2000)), 201, NULL);
    r = api_get(&viewer, "/wallet-adjustments");
    EXPECT(api_post(&c.owner, at("/wallet-adjustments/%s/approve", api_str(r, at("data[%zu].id", api_count(r, "data") - 1))), NULL), 200, NULL);
    EXPECT(api_post(&c.owner, at("/orders/%s/refunds", order), "{\"reason\":\"all of it\"}"), 409, "INSUFFICIENT_FUNDS"); /* it was spent */
    CHECK_INT(bucket_of(wallets[2], "bought", NULL, "balance"), 500);
    r = api_post(&staff, at("/wallets/%s/packages", wallets[2]), js("{'service_id':'%s','visits':3,'price_minor':10000}", c.buffered));
    NEED(r, 201, NULL);
    CHECK_INT(api_int(r, "data.total_minor"), 10000);
    order = at("%s", api_str(r, "data.order_id"));
    EXPECT(take(order, ""), 201, NULL);
    CHECK_INT(bucket_of(wallets[2], "visits", NULL, "balance"), 3);
    EXPECT(api_post(&c.owner, at("/orders/%s/refunds", order), "{\"reason\":\"moves away\"}"), 201, NULL);
    CHECK_INT(bucket_of(wallets[2], "visits", NULL, "balance"), 0);
}

/* The wallet's part waits for the rest: taken with it, or free again. */
static void test_split(void)
{
    struct answer *r = api_post(&staff, "/orders", js("{'client_id':'%s','location_id':'%s','lines':[{'kind':'other','description':'Check','quantity':1,'unit_minor':2000}]}", c.client[2], c.location));
    NEED(r, 201, NULL);
    const char *path = at("/orders/%s/wallet-payment", api_str(r, "data.id")), *order = at("%s", api_str(r, "data.id"));
    EXPECT(api_post(&staff, path, "{\"hold\":true,\"expect_minor\":501}"), 409, "INSUFFICIENT_FUNDS");
    r = api_post(&staff, path, "{\"hold\":true,\"expect_minor\":500}");
    NEED(r, 201, NULL);
    CHECK_INT(api_int(r, "data.left_minor"), 1500);
    CHECK_INT(bucket_of(wallets[2], "bought", NULL, "available"), 0);
    CHECK_INT(bucket_of(wallets[2], "bought", NULL, "balance"), 500);
    EXPECT(api_post(&staff, path, "{\"hold\":true}"), 409, NULL);
    r = take(order, ",'amount_minor':1500");
    EXPECT(r, 201, NULL);
    CHECK_STR(api_str(r, "data.state"), "paid");
    CHECK_INT(bucket_of(wallets[2], "bought", NULL, "balance"), 0);
}

/* ---- visits of a package ------------------------------------------------------------------------------------------------------------------- */

enum { VISITORS = 6 };
static char visit_of[VISITORS][UUID_TEXT];

static const char *visit_path(int i) { return at("/appointments/%s/package-visit", visit_of[i]); }
static int64_t visits_left(void) { return api_int(api_get(&viewer, visit_path(0)), "data.left"); }

static void *use_one(void *arg)
{
    struct conn *conn = conn_open();
    int status = api_call(conn, &staff, "POST", at("/appointments/%s/package-visit", (const char *)arg), NULL)->status;
    conn_close(conn);
    return (void *)(intptr_t)status;
}

/* Used once each, back when the clinic cancels, and of many who want the last one, one has it. */
static void test_visits(void)
{
    struct answer *r = api_post(&staff, at("/wallets/%s/packages", wallets[2]), js("{'service_id':'%s','visits':2,'price_minor':9000}", c.buffered));
    NEED(r, 201, NULL);
    EXPECT(take(at("%s", api_str(r, "data.order_id")), ""), 201, NULL);
    for (int i = 0; i < VISITORS; i++) {
        r = api_post(&staff, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[2], c.buffered, c.provider[0], day_time(60 + i, 9, 0)));
        NEED(r, 201, NULL);
        keep_id(visit_of[i], r, "data.id");
    }
    r = api_get(&viewer, visit_path(0));
    CHECK_INT(api_int(r, "data.left"), 2);
    CHECK(json_is_false(api_json(r, "data.used")));
    EXPECT(api_post(&viewer, visit_path(0), NULL), 403, NULL);
    NEED(api_post(&staff, at("/appointments/%s/order", visit_of[0]), NULL), 200, NULL); /* is over when a visit settles it */
    EXPECT(api_post(&d.owner, visit_path(0), NULL), 404, NULL);
    for (int i = 0; i < 2; i++) {
        r = api_post(&staff, visit_path(0), NULL);
        EXPECT(r, 200, NULL);
        CHECK_INT(api_int(r, "data.left"), 1);
        CHECK(json_is_true(api_json(r, "data.used")));
    }
    CHECK_STR(api_str(api_get(&viewer, at("/appointments/%s", visit_of[0])), "data.order_state"), "cancelled");
    EXPECT(api_post(&staff, at("/appointments/%s/order", visit_of[0]), NULL), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_post(&staff, cancelled(visit_of[0]), "{\"notify\":false}"), 200, NULL);
    CHECK_INT(visits_left(), 2);
    EXPECT(api_post(&staff, visit_path(0), NULL), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_post(&staff, visit_path(1), NULL), 200, NULL);
    EXPECT(api_delete(&staff, visit_path(1)), 200, NULL);
    EXPECT(api_post(&staff, visit_path(1), NULL), 200, NULL);
    CHECK_INT(visits_left(), 1);
    pthread_t threads[VISITORS];
    int won = 0;
    for (int i = 2; i < VISITORS; i++) pthread_create(&threads[i], NULL, use_one, visit_of[i]);
    for (int i = 2; i < VISITORS; i++) {
        void *status;
        pthread_join(threads[i], &status);
        won += (intptr_t)status == 200;
        CHECK((intptr_t)status == 200 || (intptr_t)status == 409);
    }
    CHECK_INT(won, 1);
    CHECK_INT(visits_left(), 0);
    for (int i = 1; i < VISITORS; i++) EXPECT(api_post(&staff, cancelled(visit_of[i]), "{\"notify\":false}"), 200, NULL);
    CHECK_INT(visits_left(), 2);
}

/* ---- at once ----------------------------------------------------------------------------------------------------------------------------------- */

static _Atomic int next_slot = 1;
static _Atomic int64_t paid_sum;

static void *book_one(void *arg)
{
    struct conn *conn = conn_open();
    struct answer *r = book(conn, &staff, (int)(intptr_t)arg % 2, c.plain, atomic_fetch_add(&next_slot, 1));
    count(r, 201);
    if (r->status == 201) paid_sum += api_int(r, "data.order_paid_minor");
    conn_close(conn);
    return NULL;
}

/* Sixteen book for two of a family at the same time, each for 76.00 of the plan: what the family may use, and what is in the buckets, is used to the end and not beyond. */
static void test_race(void)
{
    int64_t had = 0, have = 0;
    for (int i = 0; i < 2; i++) had += api_int(api_get(&c.owner, at("/wallets/%s", wallets[i])), "data.balance_minor");
    CHECK_INT(family_left(), 27000);
    paid_sum = 0;
    many(HANDS, book_one);
    printf("     %d booked, %d found too little\n", done, funds);
    CHECK(done >= 4 && !other && !states);
    CHECK_INT(family_left(), 0);
    for (int i = 0; i < 2; i++) have += api_int(api_get(&c.owner, at("/wallets/%s", wallets[i])), "data.balance_minor");
    CHECK_INT(had - have, paid_sum);
    for (int i = 0; i < 2; i++) CHECK_INT(bucket_of(wallets[i], "bought", NULL, "balance"), 0);
    struct answer *r = api_get(&c.owner, at("/appointments?from=%s&to=%s&status=scheduled", day_date(3), day_date(30)));
    CHECK_INT(api_count(r, "data"), done);
}

static _Atomic bool until_the_end;

/* Sold at the desk, paid, on paper, and given back. 0: the server is gone. */
static int sell_and_give_back(struct conn *conn)
{
    struct answer *r = api_call(conn, &c.owner, "POST", "/orders", js("{'client_id':'%s','location_id':'%s','lines':[{'kind':'other','description':'Brush','quantity':1,'unit_minor':500}]}", c.client[2], c.location));
    const char *order = at("/orders/%s", api_str(r, "data.id"));
    static const char *const steps[][2] = { { "payments", "{\"method\":\"terminal\"}" }, { "invoice", "{}" }, { "refunds", "{\"reason\":\"broken\"}" } };
    for (size_t i = 0; i < 3 && r->status == 201; i++) r = api_call(conn, &c.owner, "POST", at("%s/%s", order, steps[i][0]), steps[i][1]);
    if (r->status && r->status != 201 && r->status != 503 && other++ < 5) fprintf(stderr, "  %d %.400s\n", r->status, r->body);
    return r->status;
}

/* Books from the wallet and cancels again, and sells at the desk, until the server is gone. */
static void *book_and_cancel(void *arg)
{
    struct conn *conn = conn_open();
    while (until_the_end) {
        struct answer *r = book(conn, &c.owner, 2, c.plain, atomic_fetch_add(&next_slot, 1));
        count(r, 201);
        if (!r->status) break;
        if (r->status == 201) r = api_call(conn, &c.owner, "POST", cancelled(api_str(r, "data.id")), "{}");
        if (!r->status || !sell_and_give_back(conn)) break;
    }
    conn_close(conn);
    return arg;
}

/* Killed in the middle of booking, paying and giving back: whatever is there is whole. */
static void test_killed(void)
{
    pthread_t threads[8];
    EXPECT(api_put(&c.owner, "/wallet-rules", "{\"approval_over_minor\":90000000,\"top_up_day_minor\":5000}"), 200, NULL);
    EXPECT(adjust(&staff, 2, ",'amount_minor':500000"), 201, NULL);
    until_the_end = true;
    done = states = funds = other = 0;
    for (intptr_t i = 0; i < 8; i++) REQUIRE(pthread_create(&threads[i], NULL, book_and_cancel, (void *)i) == 0);
    for (int i = 0; i < 100 && done < 12; i++) api_sleep_ms(50);
    api_kill();
    until_the_end = false;
    for (int i = 0; i < 8; i++) pthread_join(threads[i], NULL);
    CHECK(done >= 12 && !other);
    CHECK_INT(api_command((const char *const[]){ "verify", "ledger", NULL }), 0);
    CHECK_INT(api_command((const char *const[]){ "verify", "orders", NULL }), 0);
    CHECK_INT(api_command((const char *const[]){ "verify", "claims", NULL }), 0);
    CHECK_INT(api_command((const char *const[]){ "verify", "documents", NULL }), 0);
    api_again();
    /* Those that stand are paid for, and nothing else is. */
    int64_t paid = 0, standing = 0;
    struct answer *r = api_get(&c.owner, at("/appointments?client_id=%s&limit=200", c.client[2]));
    for (size_t i = 0; i < api_count(r, "data"); i++) {
        const char *status = api_str(r, at("data[%zu].status", i));
        paid += api_int(r, at("data[%zu].order_paid_minor", i)) - api_int(r, at("data[%zu].order_refunded_minor", i));
        standing += strcmp(status, "scheduled") == 0;
    }
    CHECK_INT(paid, standing * 10000);
    CHECK_INT(bucket_of(wallets[2], "bought", NULL, "balance"), 500000 - paid);
}

/* The proof sees what was changed behind the program's back. */
static void test_proof_sees(void)
{
    static const char *const wrongs[][2] = { { "UPDATE benefit_limit SET used_minor = used_minor - 1", "UPDATE benefit_limit SET used_minor = used_minor + 1" },
        { "UPDATE wallet_claim SET approved_minor = approved_minor + 1 WHERE state = 'paid'", "UPDATE wallet_claim SET approved_minor = approved_minor - 1 WHERE state = 'paid'" },
        { "UPDATE wallet_use_line SET amount_minor = amount_minor + 1", "UPDATE wallet_use_line SET amount_minor = amount_minor - 1" },
        { "UPDATE wallet_adjustment SET state = 'refused', reason = 'was ' || reason WHERE state = 'done'", "UPDATE wallet_adjustment SET state = 'done' WHERE reason LIKE 'was %%'" } };
    CHECK(api_stop_soft());
    CHECK_INT(api_command((const char *const[]){ "verify", "claims", NULL }), 0);
    for (size_t i = 0; i < 4; i++) {
        api_sql("%s", wrongs[i][0]);
        CHECK_INT(api_command((const char *const[]){ "verify", "claims", NULL }), 1);
        api_sql("%s", wrongs[i][1]);
    }
    CHECK_INT(api_command((const char *const[]){ "verify", "claims", NULL }), 0);
    api_again();
}

/* Whoever writes a row by another way than the program: what it may hold is kept by the database, on both engines alike. */
static void test_rows_hold(void)
{
    static const char *const wrongs[] = { "client_order SET state = 'odd'", "client_order SET source = 'odd'", "client_order SET tax_included = 2", "client_order SET gross_minor = -1",
        "client_order SET discount_minor = -1", "client_order SET tax_minor = -1", "client_order SET due_minor = total_minor + 1", "client_order SET due_minor = -1",
        "client_order SET refunded_minor = paid_minor + 1", "client_order SET kept_minor = paid_minor + 1", "client_order SET credited_minor = total_minor + 1", "client_order SET invoiced = 2",
        "client_order_line SET kind = 'odd'", "client_order_line SET quantity = 10001", "client_order_line SET quantity = 0", "client_order_line SET position = 0",
        "client_order_line SET discount_minor = quantity * unit_minor + 1", "client_order_line SET tax_ppm = 1000001", "client_order_line SET total_minor = tax_minor - 1",
        "payment SET method = 'odd'", "payment SET state = 'odd'", "payment SET dispute = 'odd'", "payment SET amount_minor = 0", "payment SET live = 2", "payment SET refunded_minor = amount_minor + 1",
        "payment SET state = 'failed' WHERE state = 'succeeded'", "payment SET succeeded_at = NULL WHERE state = 'succeeded'", "wallet_use SET amount_minor = 0",
        "wallet_use SET returned_minor = amount_minor + 1", "wallet_use_line SET amount_minor = 0", "ledger_account SET closed = 2", "ledger_account SET debits_posted = -1",
        "ledger_account SET debits_pending = credits_posted + 1 WHERE floor = 'debits_must_not_exceed_credits'" };
    static const char *const transfers[] = { "'odd', credit_account_id, amount, NULL, NULL, NULL", "'single', credit_account_id, 0, NULL, NULL, NULL", "'single', debit_account_id, amount, NULL, NULL, NULL",
        "'post', credit_account_id, amount, NULL, NULL, NULL", "'single', credit_account_id, amount, id, amount, NULL", "'post', credit_account_id, amount, id, NULL, NULL",
        "'void', credit_account_id, amount, id, amount + 1, NULL", "'single', credit_account_id, amount, NULL, NULL, 5" };
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++)
        CHECK_STR(api_sql_refused(at("UPDATE %s", wrongs[i])) ? "refused" : wrongs[i], "refused");
    for (size_t i = 0; i < sizeof transfers / sizeof *transfers; i++)
        CHECK_STR(api_sql_refused(at("INSERT INTO ledger_transfer (tenant_id, id, debit_account_id, unit, cause, actor_kind, created_at, mac, phase, credit_account_id, amount, of_id, of_amount, expires_at)"
            " SELECT tenant_id, mac, debit_account_id, unit, cause, actor_kind, created_at, mac, %s FROM ledger_transfer WHERE phase = 'single' ORDER BY id LIMIT 1", transfers[i])) ? "refused" : transfers[i], "refused");
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
        RUN(test_names);
        RUN(test_moves);
        RUN(test_booking);
        RUN(test_adjustments);
        RUN(test_claims);
        RUN(test_selling);
        RUN(test_split);
        RUN(test_visits);
        RUN(test_race);
        RUN(test_killed);
        RUN(test_proof_sees);
        RUN(test_rows_hold);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
