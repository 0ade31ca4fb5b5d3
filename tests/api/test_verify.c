/* test_verify.c - whose e-mail address it is: the link by mail, good once, for two days, and only the newest. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <dirent.h>
#include <pthread.h>
#include <string.h>

static struct clinic clinic;
static struct who visitor = { .address = "192.0.2.77" };

/* The token of the newest mail with a link to this address; waits until it is another than `before`. */
static bool link_to(const char *email, const char *before, char out[120])
{
    for (int64_t until = api_now_ms() + 20000; api_now_ms() < until; api_sleep_ms(20)) {
        DIR *d = opendir(at("%s/mail", api_data()));
        bool found = false;
        for (const struct dirent *e; d && !found && (e = readdir(d));) {
            struct letter l = { 0 };
            char *dot = strstr(e->d_name, "@clinicd.eml");
            if (e->d_name[0] == '.' || !dot || !strstr(e->d_name, ".verify@")) continue;
            if (!letter_wait(at("%.*s", (int)(dot - e->d_name), e->d_name), 1000, &l)) continue;
            found = strstr(l.text, email) && letter_token(&l, "/verify/", out) && strcmp(out, before) != 0;
            letter_free(&l);
        }
        if (d) closedir(d);
        if (found) return true;
    }
    return false;
}

static struct answer *verify(struct conn *c, const char *token) { return api_call(c, &visitor, "POST", "/auth/verify", js("{'token':'%s'}", token)); }

static bool is_verified(const struct who *w)
{
    struct answer *a = api_get(w, "/auth/session");
    return api_is(a, 200, NULL) && *api_str(a, "data.email_verified") != 0;
}

static void let_pass(const struct clinic *c, int minutes)
{
    api_sql("UPDATE email_verification SET sent_at = sent_at - %lld, expires_at = expires_at - %lld, since = since - %lld WHERE tenant_id = %s", minutes * 60000000LL,
        minutes * 60000000LL, minutes * 60000000LL, api_sql_id(c->tenant));
}

/* A clinic as it is after registering, and nothing more. */
static void found(struct clinic *c, const char *slug)
{
    static int n;
    struct who from = { 0 };
    *c = (struct clinic){ 0 };
    snprintf(from.address, sizeof from.address, "192.0.2.%d", 100 + n++);
    snprintf(c->slug, sizeof c->slug, "%s", slug);
    snprintf(c->email, sizeof c->email, "owner@%s.example", slug);
    struct answer *a = api_post(&from, "/auth/register",
        js("{'tenant_name':'Clinic %s','slug':'%s','name':'Olivia Owner','email':'%s','password':'" CLINIC_PASSWORD "','time_zone':'Etc/UTC','currency':'EUR'}", slug, slug, c->email));
    NEED(a, 201, NULL);
    CHECK(json_is_null(json_object_get(api_json(a, "data"), "email_verified")));
    keep_id(c->tenant, a, "data.tenant.id");
    c->owner = clinic_sign_in(c->email, slug, NULL);
}

/* ---- the way it goes --------------------------------------------------------------------- */

static void test_link(void)
{
    char token[120] = "";
    struct live_event e;
    CHECK(!is_verified(&clinic.owner));
    REQUIRE(link_to(clinic.email, "", token));
    CHECK_INT(strlen(token), 43);
    CHECK(!api_leaks(token)); /* only its hash is kept */
    /* To look at the page is not to confirm. */
    struct answer *page = api_get(&visitor, at("//verify/%s", token));
    CHECK_INT(page->status, 200);
    CHECK(strstr(api_header(page, "Content-Security-Policy"), "script-src 'self'"));
    EXPECT(api_get(&visitor, "/auth/verify"), 405, NULL);
    CHECK(!is_verified(&clinic.owner));
    struct live *live = live_open(&clinic.owner, NULL);
    struct answer *a = verify(NULL, token);
    EXPECT(a, 200, NULL);
    const char *when = api_str(a, "data.email_verified");
    CHECK(*when);
    CHECK(live_wait(live, "member.changed", 10000, &e));
    live_close(live);
    CHECK_STR(api_str(api_get(&clinic.owner, "/auth/session"), "data.email_verified"), when);
    a = api_get(&clinic.owner, "/audit?action=email.verify");
    CHECK_INT(api_count(a, "data"), 1);
    EXPECT(verify(NULL, token), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_post(&clinic.owner, "/auth/verify/send", NULL), 409, "ILLEGAL_TRANSITION");
    CHECK_STR(api_str(api_get(&clinic.owner, "/auth/session"), "data.email_verified"), when);
}

/* Who has shown it once need not again for a second clinic. */
static void test_second_clinic(void)
{
    struct who from = { .address = "192.0.2.78" };
    struct answer *a = api_post(&from, "/auth/register",
        js("{'tenant_name':'Second','slug':'verify-second','name':'Olivia','email':'%s','password':'" CLINIC_PASSWORD "','time_zone':'Etc/UTC','currency':'EUR'}", clinic.email));
    EXPECT(a, 201, NULL);
    CHECK(*api_str(a, "data.email_verified"));
}

/* Two days later the link is not good; another one is, and the one before it never again. */
static void test_expired_and_replaced(void)
{
    struct clinic c;
    char first[120] = "", second[120] = "", words[300];
    found(&c, "verify-late");
    REQUIRE(link_to(c.email, "", first));
    let_pass(&c, 48 * 60 + 1);
    struct answer *a = verify(NULL, first);
    EXPECT(a, 409, "ILLEGAL_TRANSITION");
    CHECK(strstr(api_str(a, "error"), "expired"));
    CHECK(!is_verified(&c.owner));
    EXPECT(api_post(&c.owner, "/auth/verify/send", NULL), 204, NULL);
    REQUIRE(link_to(c.email, first, second));
    a = verify(NULL, first);
    EXPECT(a, 404, "NOT_FOUND");
    snprintf(words, sizeof words, "%s", api_str(a, "error"));
    CHECK(!is_verified(&c.owner));
    /* One that never was is answered just the same. */
    a = verify(NULL, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    EXPECT(a, 404, "NOT_FOUND");
    CHECK_STR(api_str(a, "error"), words);
    EXPECT(verify(NULL, second), 200, NULL);
    CHECK(is_verified(&c.owner));
}

/* A link is its account's, whoever presses it. */
static void test_foreign(void)
{
    struct clinic a, b;
    char token[120] = "";
    found(&a, "verify-a");
    found(&b, "verify-b");
    REQUIRE(link_to(b.email, "", token));
    EXPECT(api_post(&a.owner, "/auth/verify", js("{'token':'%s'}", token)), 200, NULL);
    CHECK(!is_verified(&a.owner));
    CHECK(is_verified(&b.owner));
}

static void test_malformed(void)
{
    static const char *const bad[] = { "", "x", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAA AAAAAAAAAAAAAAAAAAAAA",
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%2e" };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct answer *a = verify(NULL, bad[i]);
        EXPECT(a, 422, "VALIDATION_ERROR");
        CHECK(*api_str(a, "details.fields.token"));
    }
    EXPECT(api_post(&visitor, "/auth/verify", "{}"), 422, "VALIDATION_ERROR");
    EXPECT(api_post(&visitor, "/auth/verify/send", NULL), 401, "UNAUTHENTICATED");
}

/* A minute between two, five a day. */
static void test_limits(void)
{
    struct clinic c;
    found(&c, "verify-often");
    for (int i = 0; i < 4; i++) {
        struct answer *a = api_post(&c.owner, "/auth/verify/send", NULL);
        EXPECT(a, 429, "RATE_LIMITED");
        long wait = strtol(api_header(a, "Retry-After"), NULL, 10);
        CHECK(wait > 1 && wait <= 60);
        let_pass(&c, 2);
        EXPECT(api_post(&c.owner, "/auth/verify/send", NULL), 204, NULL);
    }
    let_pass(&c, 2);
    struct answer *a = api_post(&c.owner, "/auth/verify/send", NULL);
    EXPECT(a, 429, "RATE_LIMITED");
    CHECK(strtol(api_header(a, "Retry-After"), NULL, 10) > 20 * 3600);
    let_pass(&c, 24 * 60);
    EXPECT(api_post(&c.owner, "/auth/verify/send", NULL), 204, NULL);
}

/* ---- at the same moment --------------------------------------------------------------------- */

static char shared_token[120];
static int first, late;

static void *press(void *unused)
{
    struct conn *c = conn_open();
    struct answer *a = verify(c, shared_token);
    __atomic_add_fetch(a->status == 200 ? &first : a->status == 409 ? &late : &(int){ 0 }, 1, __ATOMIC_SEQ_CST);
    conn_close(c);
    return unused;
}

static void test_race(void)
{
    struct clinic c;
    pthread_t t[6];
    found(&c, "verify-race");
    REQUIRE(link_to(c.email, "", shared_token));
    first = late = 0;
    for (size_t i = 0; i < 6; i++) REQUIRE(pthread_create(&t[i], NULL, press, NULL) == 0);
    for (size_t i = 0; i < 6; i++) pthread_join(t[i], NULL);
    CHECK_INT(first, 1);
    CHECK_INT(late, 5);
}

/* Whom the operator adds is known to the operator: no mail, nothing to confirm. */
static void test_added_by_hand(void)
{
    const char *const add[] = { "tenant", "add", "--slug", "by-hand", "--name", "By hand", "--zone", "Etc/UTC", "--currency", "EUR", "--owner-name", "Hanna", "--email",
        "hanna@by-hand.example", "--password", CLINIC_PASSWORD, NULL };
    REQUIRE(api_stop_soft());
    CHECK_INT(api_command(add), 0);
    api_again();
    struct who w = clinic_sign_in("hanna@by-hand.example", "by-hand", NULL);
    CHECK(is_verified(&w));
    EXPECT(api_post(&w, "/auth/verify/send", NULL), 409, "ILLEGAL_TRANSITION");
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, NULL);
        found(&clinic, "verify");
        RUN(test_link);
        RUN(test_second_clinic);
        RUN(test_expired_and_replaced);
        RUN(test_foreign);
        RUN(test_malformed);
        RUN(test_limits);
        RUN(test_race);
        RUN(test_added_by_hand);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
