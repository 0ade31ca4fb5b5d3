/* The pure rules of card payments: the signature of a webhook, and what an event is about. */
#include "modules/cards/cards_look.h"
#include "modules/cards/cards_parts.h"
#include "modules/cards/cards_signature.h"
#include "tests/lib/test.h"

#define GOOD "5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd"

/* RFC 4231, case 2, in two parts. */
static void test_hmac(void)
{
    char hex[65];
    struct digest d = seal_hmac_sha256("Jefe", 4, "what do ya", 10, " want for nothing?", 18);
    hex_encode(d.b, sizeof d.b, hex);
    CHECK_STR(hex, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void test_header(void)
{
    struct cards_signature s;
    CHECK(cards_signature_read("t=1492774577,v1=" GOOD ",v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39", &s));
    CHECK(s.at == 1492774577 && s.n == 1 && strcmp(s.stamp, "1492774577") == 0);
    CHECK(cards_signature_read(" v1=" GOOD " , t=5 ,v1=" GOOD ",x,=,v2=", &s) && s.n == 2 && s.at == 5);
    static const char *const bad[] = { "", "t=1", "v1=" GOOD, "t=,v1=" GOOD, "t=1x,v1=" GOOD, "t=-1,v1=" GOOD, "t=01,v1=" GOOD, "t=1,t=1,v1=" GOOD, "t=1234567890123,v1=" GOOD,
        "t=1,v1=5257A869E7ECEBEDA32AFFA62CDCA3FA51CAD7E77A0E56FF536D0CE8E108D8BD", "t=1,v1=" GOOD "0", "t=1,v1=", "t=1;v1=" GOOD, "t=1,v0=" GOOD };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (cards_signature_read(bad[i], &s)) fprintf(stderr, "  read: %s\n", bad[i]);
        CHECK(!cards_signature_read(bad[i], &s));
    }
    CHECK(!cards_signature_read(NULL, &s));
}

static void test_many_signatures(void)
{
    static char header[5000] = "t=1";
    struct cards_signature s;
    for (int i = 0; i < 40; i++) strncat(header, ",v1=" GOOD, sizeof header - strlen(header) - 1);
    CHECK(cards_signature_read(header, &s) && s.n == CARDS_SIGNATURES_MAX);
    for (int i = 0; i < 40; i++) strncat(header, ",v1=" GOOD, sizeof header - strlen(header) - 1);
    CHECK(!cards_signature_read(header, &s));
}

static void test_fresh(void)
{
    struct cards_signature s;
    REQUIRE(cards_signature_read("t=1000,v1=" GOOD, &s));
    CHECK(cards_signature_fresh(&s, 1300 * USEC_PER_SEC + 999999) && !cards_signature_fresh(&s, 1301 * USEC_PER_SEC));
    CHECK(cards_signature_fresh(&s, 700 * USEC_PER_SEC) && !cards_signature_fresh(&s, 699 * USEC_PER_SEC));
}

static void test_objects(void)
{
    CHECK_INT(cards_object_of("checkout.session.completed"), OBJECT_SESSION);
    CHECK_INT(cards_object_of("charge.refunded"), OBJECT_CHARGE);
    CHECK_INT(cards_object_of("charge.refund.updated"), OBJECT_REFUND);
    CHECK_INT(cards_object_of("charge.dispute.closed"), OBJECT_DISPUTE);
    CHECK_INT(cards_object_of("refund.failed"), OBJECT_REFUND);
    CHECK_INT(cards_object_of("payout.paid"), OBJECT_NONE);
    CHECK(cards_plain_id("ch_3A") && !cards_plain_id("ch/3") && !cards_plain_id("") && !cards_plain_id("a\"b"));
}

/* docs.stripe.com/currencies, special cases. */
static void test_amounts(void)
{
    static const struct { const char *currency; int64_t ours, theirs, step; } as[] = { { "EUR", 1234, 1234, 1 }, { "JPY", 500, 500, 1 }, { "HUF", 500, 500, 1 }, { "ISK", 5, 500, 1 },
        { "UGX", 7, 700, 1 }, { "MGA", 500000, 5000, 100 }, { "KWD", 5120, 5120, 10 }, { "TND", 10, 10, 10 } };
    for (size_t i = 0; i < sizeof as / sizeof *as; i++) {
        CHECK_INT(stripe_amount(as[i].ours, as[i].currency), as[i].theirs);
        CHECK_INT(stripe_ours(as[i].theirs, as[i].currency), as[i].ours);
        CHECK_INT(cards_step_minor(as[i].currency), as[i].step);
    }
    CHECK_INT(stripe_ours(12349, "ISK"), 123); /* a fee; there are no parts of it here */
    CHECK_INT(stripe_ours(12350, "ISK"), 124);
    CHECK_INT(stripe_ours(-12350, "ISK"), -124);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    REQUIRE(seal_init() == RC_OK);
    RUN(test_hmac);
    RUN(test_header);
    RUN(test_many_signatures);
    RUN(test_fresh);
    RUN(test_objects);
    RUN(test_amounts);
    return TEST_DONE();
}
