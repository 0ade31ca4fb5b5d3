/* test_shop.c - tax rates and products: made, found, archived; a rate cannot be changed; a number is of one product. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/test.h"
#include <string.h>

static struct clinic c, d;
static struct who staff;
static char vat[UUID_TEXT], foreign[UUID_TEXT], brush[UUID_TEXT];

static void test_rates(void)
{
    struct answer *r = api_post(&c.owner, "/tax-rates", js("{'name':'VAT 19 %%','ppm':190000}"));
    NEED(r, 201, NULL);
    keep_id(vat, r, "data.id");
    CHECK_INT(api_int(r, "data.ppm"), 190000);
    EXPECT(api_post(&c.owner, "/tax-rates", js("{'name':'VAT 19 %%','ppm':180000}")), 409, "CONFLICT");
    EXPECT(api_post(&c.owner, "/tax-rates", js("{'name':'Too much','ppm':1000001}")), 422, "VALIDATION_ERROR");
    EXPECT(api_post(&c.owner, "/tax-rates", js("{'name':'','ppm':5}")), 422, "VALIDATION_ERROR");
    EXPECT(api_post(&staff, "/tax-rates", js("{'name':'Mine','ppm':5}")), 403, "FORBIDDEN");
    CHECK_INT(api_count(api_get(&staff, "/tax-rates"), "data"), 1);
    r = api_post(&d.owner, "/tax-rates", js("{'name':'VAT 19 %%','ppm':190000}"));
    NEED(r, 201, NULL);
    keep_id(foreign, r, "data.id");
    EXPECT(api_get(&c.owner, at("/tax-rates/%s", foreign)), 404, "NOT_FOUND");
}

/* Gone from the list, still there to be read; its name is free, and it comes back only while it is. */
static void test_rate_archived(void)
{
    struct answer *r = api_post(&c.owner, "/tax-rates", js("{'name':'Old','ppm':70000}"));
    NEED(r, 201, NULL);
    char old[UUID_TEXT];
    keep_id(old, r, "data.id");
    EXPECT(api_delete(&c.owner, at("/tax-rates/%s", old)), 204, NULL);
    CHECK_INT(api_count(api_get(&c.owner, "/tax-rates"), "data"), 1);
    CHECK_INT(api_count(api_get(&c.owner, "/tax-rates?archived=true"), "data"), 2);
    EXPECT(api_get(&c.owner, at("/tax-rates/%s", old)), 200, NULL);
    EXPECT(api_post(&c.owner, "/products", js("{'name':'A','price_minor':1,'tax_rate_id':'%s'}", old)), 404, "NOT_FOUND");
    EXPECT(api_post(&c.owner, "/tax-rates", js("{'name':'Old','ppm':50000}")), 201, NULL);
    EXPECT(api_post(&c.owner, at("/tax-rates/%s/restore", old), "{}"), 409, "CONFLICT");
}

static void test_products(void)
{
    struct answer *r = api_post(&c.owner, "/products", js("{'name':'Tooth brush','sku':'TB-1','price_minor':499,'tax_rate_id':'%s','category':'dental'}", vat));
    NEED(r, 201, NULL);
    keep_id(brush, r, "data.id");
    CHECK_STR(api_str(r, "data.currency"), "EUR");
    CHECK_STR(api_str(r, "data.revenue_account"), at("revenue:%s", brush));
    EXPECT(api_post(&c.owner, "/products", js("{'name':'Another','sku':'TB-1','price_minor':1}")), 409, "CONFLICT");
    EXPECT(api_post(&c.owner, "/products", js("{'name':'Another','price_minor':-1}")), 422, "VALIDATION_ERROR");
    EXPECT(api_post(&c.owner, "/products", js("{'name':'Another','price_minor':1,'tax_rate_id':'%s'}", foreign)), 404, "NOT_FOUND");
    EXPECT(api_post(&staff, "/products", js("{'name':'Another','price_minor':1}")), 403, "FORBIDDEN");
    r = api_patch(&c.owner, at("/products/%s", brush), "{\"price_minor\":599,\"tax_rate_id\":null}");
    EXPECT(r, 200, NULL);
    CHECK_INT(api_int(r, "data.price_minor"), 599);
    CHECK(json_is_null(api_json(r, "data.tax_rate_id")));
    CHECK_STR(api_str(r, "data.name"), "Tooth brush");
    EXPECT(api_with(&c.owner, "PATCH", at("/products/%s", brush), "{\"price_minor\":1}", "If-Match: \"1\"\r\n"), 412, NULL);
    EXPECT(api_get(&d.owner, at("/products/%s", brush)), 404, "NOT_FOUND");
}

static void test_product_archived(void)
{
    EXPECT(api_delete(&c.owner, at("/products/%s", brush)), 204, NULL);
    CHECK_INT(api_count(api_get(&staff, "/products"), "data"), 0);
    struct answer *r = api_post(&c.owner, "/products", js("{'name':'New brush','sku':'TB-1','price_minor':1}"));
    EXPECT(r, 201, NULL);
    EXPECT(api_post(&c.owner, at("/products/%s/restore", brush), "{}"), 409, "CONFLICT");
    EXPECT(api_delete(&c.owner, at("/products/%s", api_str(r, "data.id"))), 204, NULL);
    EXPECT(api_post(&c.owner, at("/products/%s/restore", brush), "{}"), 200, NULL);
    CHECK_INT(api_count(api_get(&staff, "/products"), "data"), 1);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, NULL);
        clinic_make(&c, "shop");
        clinic_make(&d, "elsewhere");
        staff = clinic_member(&c, "staff");
        RUN(test_rates);
        RUN(test_rate_archived);
        RUN(test_products);
        RUN(test_product_archived);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
