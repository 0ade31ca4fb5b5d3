/* test_auth.c - who may come in: registration, signing in and out, sessions, passwords, cookies and CSRF. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/test.h"
#include <ctype.h>
#include <string.h>

static struct clinic clinic;

static struct who from(const char *address)
{
    struct who w = { 0 };
    snprintf(w.address, sizeof w.address, "%s", address);
    return w;
}

#define GOOD                                                                                                                               \
    "'tenant_name':'New','name':'Nora','email':'nora@new.example','password':'long enough "                                                \
    "1','time_zone':'Europe/Bucharest','currency':'EUR'"

/* ---- registration --------------------------------------------------------------------- */

static void test_register_names_every_mistake(void)
{
    struct who w = from("192.0.2.1");
    struct answer *a = api_post(&w, "/auth/register",
        js("{'tenant_name':'','slug':'Bad Slug','name':'  "
           "','email':'nobody','password':'short','time_zone':'Mars/Olympus','currency':'euro','extra':1}"));
    EXPECT(a, 422, "VALIDATION_ERROR");
    static const char *const fields[] = { "tenant_name", "slug", "name", "email", "password", "time_zone", "currency", "extra" };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) CHECK(*api_str(a, at("details.fields.%s", fields[i])));
    a = api_post(&w, "/auth/register", "{}");
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK_INT(json_object_size(api_json(a, "details.fields")), 7);
}

static void test_register_password(void)
{
    struct who w = from("192.0.2.2");
    struct answer *a = api_post(&w, "/auth/register",
        js("{'tenant_name':'W','slug':'weak','name':'W','email':'w@weak.example','password':'123456789','time_zone':'Etc/"
           "UTC','currency':'EUR'}"));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(*api_str(a, "details.fields.password"));
    CHECK_INT(json_object_size(api_json(a, "details.fields")), 1);
}

static void test_register_taken(void)
{
    struct who w = from("192.0.2.3");
    struct answer *a = api_post(&w, "/auth/register", js("{" GOOD ",'slug':'%s'}", clinic.slug));
    EXPECT(a, 409, "CONFLICT");
    /* Nothing of it remains: the address can still register. */
    static const char *const taken_words[] = { "bookings", "payments", "documents" }; /* /public/bookings/{token} beside /public/{slug} */
    for (size_t i = 0; i < sizeof taken_words / sizeof *taken_words; i++) {
        a = api_post(&w, "/auth/register", js("{" GOOD ",'slug':'%s'}", taken_words[i]));
        CHECK_INT(a->status, 422);
        CHECK(strstr(api_str(a, "details.fields.slug"), "reserved"));
    }
    a = api_post(&w, "/auth/register", js("{" GOOD ",'slug':'new-one'}"));
    EXPECT(a, 201, NULL);
    CHECK_STR(api_str(a, "data.member.role"), "owner");
    CHECK_STR(api_str(a, "data.tenant.slug"), "new-one");
    CHECK_STR(api_str(a, "data.tenant.time_zone"), "Europe/Bucharest");
    CHECK(api_header(a, "Set-Cookie"));
    /* A known account with a wrong password gets no second clinic, and no other words than for a taken slug. */
    char words[300];
    a = api_post(&w, "/auth/register",
        js("{'tenant_name':'X','slug':'another','name':'N','email':'nora@new.example','password':'not the right one',"
           "'time_zone':'Etc/UTC','currency':'EUR'}"));
    EXPECT(a, 409, "CONFLICT");
    snprintf(words, sizeof words, "%s", api_str(a, "error"));
    a = api_post(&w, "/auth/register",
        js("{'tenant_name':'X','slug':'%s','name':'N','email':'fresh@new.example','password':'not the right one',"
           "'time_zone':'Etc/UTC','currency':'EUR'}",
            clinic.slug));
    EXPECT(a, 409, "CONFLICT");
    CHECK_STR(api_str(a, "error"), words);
}

/* As many pass as the answers promise, and not one more. */
static void exhaust(const char *path, const char *address)
{
    struct who w = from(address);
    struct answer *a = api_post(&w, path, "{}");
    const char *limit = api_header(a, "RateLimit-Limit"), *remaining = api_header(a, "RateLimit-Remaining");
    REQUIRE(limit && remaining);
    long n = strtol(limit, NULL, 10), passed = 1;
    CHECK(n >= 10 && n <= 1000);
    CHECK_INT(strtol(remaining, NULL, 10), n - 1);
    while (passed <= n + 2 && (a = api_post(&w, path, "{}"))->status == 422) passed++;
    CHECK(passed == n || passed == n + 1); /* one may have grown back meanwhile */
    EXPECT(a, 429, "RATE_LIMITED");
    const char *after = api_header(a, "Retry-After");
    CHECK(after && strtol(after, NULL, 10) > 0);
    struct who elsewhere = from("192.0.2.250");
    EXPECT(api_post(&elsewhere, path, "{}"), 422, NULL);
}

static void test_register_rate(void)
{
    exhaust("/auth/register", "192.0.2.4");
}
static void test_login_rate(void)
{
    exhaust("/auth/login", "203.0.113.101");
}

/* ---- signing in --------------------------------------------------------------------- */

static struct answer *login(const struct who *w, const char *email, const char *password)
{
    return api_post(w, "/auth/login", js("{'email':'%s','password':'%s','tenant':'%s'}", email, password, clinic.slug));
}

static void test_login(void)
{
    struct who w = from("192.0.2.10");
    struct answer *a = login(&w, clinic.email, CLINIC_PASSWORD);
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.member.email"), clinic.email);
    CHECK_STR(api_str(a, "data.member.role"), "owner");
    CHECK_INT(api_count(a, "data.permissions"), 19);
    CHECK(*api_str(a, "data.csrf_token"));
    /* The same account in other letters. */
    a = login(&w, "OWNER@Auth.Example", CLINIC_PASSWORD);
    EXPECT(a, 200, NULL);
}

/* Nothing tells a wrong password from an account or clinic that is not there. */
static void test_login_wrong(void)
{
    struct who w = from("192.0.2.11");
    char words[300];
    struct answer *a = login(&w, clinic.email, "wrong password 1");
    EXPECT(a, 401, "UNAUTHENTICATED");
    CHECK(!api_header(a, "Set-Cookie"));
    snprintf(words, sizeof words, "%s", api_str(a, "error"));
    a = login(&w, "unknown@auth.example", "wrong password 1");
    EXPECT(a, 401, "UNAUTHENTICATED");
    CHECK_STR(api_str(a, "error"), words);
    a = api_post(&w, "/auth/login", js("{'email':'%s','password':'" CLINIC_PASSWORD "','tenant':'no-such-clinic'}", clinic.email));
    EXPECT(a, 401, "UNAUTHENTICATED");
    CHECK_STR(api_str(a, "error"), words);
    a = api_post(&w, "/auth/token", js("{'email':'%s','password':'wrong password 1'}", clinic.email));
    EXPECT(a, 401, "UNAUTHENTICATED");
    CHECK_STR(api_str(a, "error"), words);
}

/* After five failures the account waits, from wherever it is tried, also with the right password. */
static void test_throttle(void)
{
    struct answer *a = NULL;
    struct clinic other = { 0 };
    clinic_make(&other, "throttled");
    for (int i = 0; i < 5; i++) {
        struct who w = from(at("203.0.113.%d", i + 1));
        a = login(&w, other.email, "wrong password 1");
        EXPECT(a, 401, NULL);
    }
    struct who w = from("203.0.113.50");
    a = api_post(&w, "/auth/login", js("{'email':'%s','password':'" CLINIC_PASSWORD "'}", other.email));
    EXPECT(a, 429, "RATE_LIMITED");
    const char *after = api_header(a, "Retry-After");
    CHECK(after && strtol(after, NULL, 10) >= 1 && strtol(after, NULL, 10) <= 10);
    /* An account that does not exist waits just the same. */
    for (int i = 0; i < 5; i++) {
        struct who each = from(at("203.0.113.%d", i + 60));
        a = login(&each, "ghost@auth.example", "wrong password 1");
        EXPECT(a, 401, NULL);
    }
    a = login(&w, "ghost@auth.example", "wrong password 1");
    EXPECT(a, 429, "RATE_LIMITED");
    /* The others sign in as ever. */
    a = login(&w, clinic.email, CLINIC_PASSWORD);
    EXPECT(a, 200, NULL);
}

static void test_address_throttle(void)
{
    struct who w = from("203.0.113.100");
    struct answer *a = NULL;
    for (int i = 0; i < 5; i++) EXPECT(login(&w, at("ghost%d@auth.example", i), "wrong password 1"), 401, NULL);
    a = login(&w, clinic.email, CLINIC_PASSWORD);
    EXPECT(a, 429, "RATE_LIMITED");
    CHECK(api_header(a, "Retry-After"));
}

/* ---- cookies and CSRF --------------------------------------------------------------------- */

static void test_cookie(void)
{
    struct who w = from("192.0.2.20");
    struct answer *a = login(&w, clinic.email, CLINIC_PASSWORD);
    EXPECT(a, 200, NULL);
    const char *c = api_header(a, "Set-Cookie");
    REQUIRE(c);
    CHECK(strncmp(c, "clinicd=", 8) == 0);
    CHECK(strstr(c, "; Path=/"));
    CHECK(strstr(c, "; HttpOnly"));
    CHECK(strstr(c, "; SameSite=Lax"));
    CHECK(strstr(c, "; Max-Age=2592000"));
    CHECK(!strstr(c, "; Secure")); /* plain http on loopback */
    CHECK(!strstr(c, "Domain"));
    CHECK(strcspn(c + 8, ";") >= 40);
    CHECK(!strstr(a->body, at("%.*s", (int)strcspn(c + 8, ";"), c + 8))); /* scripts never see it */
    CHECK_STR(api_header(a, "Cache-Control"), "no-store");
}

#define ADD "{\"name\":\"By a browser\"}"

static void test_csrf(void)
{
    struct who right = clinic_browser(clinic.email, clinic.slug), w = right;
    EXPECT(api_get(&w, "/auth/session"), 200, NULL);
    EXPECT(api_post(&w, "/clients", ADD), 201, NULL);
    *w.csrf = 0;
    EXPECT(api_post(&w, "/clients", ADD), 403, "CSRF");
    EXPECT(api_get(&w, "/clients"), 200, NULL);
    EXPECT(api_post(&w, "/auth/logout", NULL), 403, "CSRF");
    w = right;
    w.csrf[0] = w.csrf[0] == 'A' ? 'B' : 'A';
    EXPECT(api_post(&w, "/clients", ADD), 403, "CSRF");
    EXPECT(api_delete(&w, at("/clients/%s", clinic.client[2])), 403, "CSRF");
    EXPECT(api_patch(&w, at("/clients/%s", clinic.client[2]), ADD), 403, "CSRF");
    /* Another session's token is a wrong one. */
    struct who other = clinic_browser(clinic.email, clinic.slug);
    w = right;
    memcpy(w.csrf, other.csrf, sizeof w.csrf);
    CHECK(strcmp(right.csrf, other.csrf) != 0);
    EXPECT(api_post(&w, "/clients", ADD), 403, "CSRF");
}

static void test_origin(void)
{
    struct who w = clinic_browser(clinic.email, clinic.slug);
    EXPECT(api_with(&w, "POST", "/clients", ADD, "Origin: https://evil.example\r\n"), 403, "CSRF");
    EXPECT(api_with(&w, "POST", "/clients", ADD, "Origin: null\r\n"), 403, "CSRF");
    EXPECT(api_with(&w, "POST", "/clients", ADD, at("Origin: http://127.0.0.1:%d.evil.example\r\n", api_port())), 403, "CSRF");
    EXPECT(api_with(&w, "POST", "/clients", ADD, at("Origin: http://127.0.0.1:%d\r\n", api_port())), 201, NULL);
    EXPECT(api_with(&w, "POST", "/clients", ADD, "Sec-Fetch-Site: cross-site\r\n"), 403, "CSRF");
    EXPECT(api_with(&w, "POST", "/clients", ADD, "Sec-Fetch-Site: same-site\r\n"), 403, "CSRF");
    EXPECT(api_with(&w, "POST", "/clients", ADD, "Sec-Fetch-Site: same-origin\r\n"), 201, NULL);
    /* Nor may another page sign a visitor in. */
    EXPECT(api_with(&nobody, "POST", "/auth/login", js("{'email':'%s','password':'" CLINIC_PASSWORD "'}", clinic.email),
               "Sec-Fetch-Site: cross-site\r\n"),
        403, "CSRF");
    EXPECT(api_with(&nobody, "POST", "/auth/login", js("{'email':'%s','password':'" CLINIC_PASSWORD "'}", clinic.email),
               "Origin: https://evil.example\r\n"),
        403, "CSRF");
}

static void test_bearer(void)
{
    struct who w = clinic_sign_in(clinic.email, clinic.slug, NULL);
    EXPECT(api_post(&w, "/clients", ADD), 201, NULL);
    EXPECT(api_with(&w, "POST", "/clients", ADD, "Origin: https://partner.example\r\n"), 201, NULL);
    /* A bearer token is no cookie and a cookie is no bearer token. */
    struct who wrong = { 0 }, browser = clinic_browser(clinic.email, clinic.slug);
    memcpy(wrong.cookie, w.token, sizeof wrong.cookie);
    EXPECT(api_get(&wrong, "/auth/session"), 401, "UNAUTHENTICATED");
    wrong = (struct who){ 0 };
    memcpy(wrong.token, browser.cookie, sizeof wrong.token);
    EXPECT(api_get(&wrong, "/auth/session"), 401, "UNAUTHENTICATED");
    struct answer *a = api_get(&wrong, "/auth/session");
    CHECK_STR(api_header(a, "WWW-Authenticate"), "Bearer");
    snprintf(wrong.token, sizeof wrong.token, "%s", "x");
    EXPECT(api_get(&wrong, "/auth/session"), 401, NULL);
    EXPECT(api_with(&nobody, "GET", "/auth/session", NULL, "Authorization: Basic eDp5\r\n"), 401, NULL);
}

/* ---- sessions --------------------------------------------------------------------- */

static void test_logout(void)
{
    struct who w = clinic_browser(clinic.email, clinic.slug), b = clinic_sign_in(clinic.email, clinic.slug, NULL);
    struct answer *a = api_post(&w, "/auth/logout", NULL);
    EXPECT(a, 204, NULL);
    const char *c = api_header(a, "Set-Cookie");
    CHECK(c && strncmp(c, "clinicd=;", 9) == 0 && strstr(c, "Max-Age=0"));
    EXPECT(api_get(&w, "/auth/session"), 401, NULL);
    EXPECT(api_get(&b, "/auth/session"), 200, NULL);
    EXPECT(api_post(&b, "/auth/logout", NULL), 204, NULL);
    EXPECT(api_get(&b, "/auth/session"), 401, NULL);
}

static void test_sessions(void)
{
    struct clinic c;
    clinic_make(&c, "sessions");
    struct who two = clinic_browser(c.email, c.slug);
    struct answer *a = api_get(&c.owner, "/auth/sessions");
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data"), 3); /* of the registration, ours, and two */
    int current = 0, bearers = 0;
    char browser[UUID_TEXT] = "";
    struct answer *me = api_get(&two, "/auth/sessions");
    for (size_t i = 0; i < api_count(a, "data"); i++) {
        current += api_int(a, at("data[%zu].current", i)) == 1;
        bearers += strcmp(api_str(a, at("data[%zu].kind", i)), "bearer") == 0;
        if (api_int(me, at("data[%zu].current", i)) == 1) keep_id(browser, me, at("data[%zu].id", i));
        CHECK(!json_object_get(api_json(a, at("data[%zu]", i)), "token_hash"));
    }
    CHECK_INT(current, 1);
    CHECK_INT(bearers, 1);
    /* A stranger's session is not there. */
    EXPECT(api_delete(&clinic.owner, at("/auth/sessions/%s", browser)), 404, "NOT_FOUND");
    EXPECT(api_get(&two, "/auth/session"), 200, NULL);
    EXPECT(api_delete(&c.owner, at("/auth/sessions/%s", browser)), 204, NULL);
    EXPECT(api_get(&two, "/auth/session"), 401, NULL);
    EXPECT(api_delete(&c.owner, at("/auth/sessions/%s", browser)), 404, NULL);
}

static void test_password(void)
{
    struct clinic c;
    clinic_make(&c, "password");
    struct who browser = clinic_browser(c.email, c.slug);
    struct answer *a = api_post(&c.owner, "/auth/password", js("{'current_password':'not it at all','new_password':'a new long one'}"));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(*api_str(a, "details.fields.current_password"));
    a = api_post(&c.owner, "/auth/password", js("{'current_password':'" CLINIC_PASSWORD "','new_password':'short'}"));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(*api_str(a, "details.fields.new_password"));
    EXPECT(api_get(&browser, "/auth/session"), 200, NULL);
    a = api_post(&c.owner, "/auth/password", js("{'current_password':'" CLINIC_PASSWORD "','new_password':'a new long one'}"));
    EXPECT(a, 204, NULL);
    EXPECT(api_get(&c.owner, "/auth/session"), 200, NULL);
    EXPECT(api_get(&browser, "/auth/session"), 401, NULL);
    a = api_get(&c.owner, "/auth/sessions");
    CHECK_INT(api_count(a, "data"), 1);
    struct who w = from("192.0.2.40");
    EXPECT(api_post(&w, "/auth/login", js("{'email':'%s','password':'" CLINIC_PASSWORD "'}", c.email)), 401, NULL);
    EXPECT(api_post(&w, "/auth/login", js("{'email':'%s','password':'a new long one'}", c.email)), 200, NULL);
}

/* Behind the program's back: it may keep what it read for two seconds. */
static bool is_over(struct who *w)
{
    for (int i = 0; i < 100; i++) {
        if (api_get(w, "/auth/session")->status == 401) return true;
        api_sleep_ms(100);
    }
    return false;
}

/* What was idle for too long, or is too old, is over. */
static void test_expiry(void)
{
    struct who w = clinic_sign_in(clinic.email, clinic.slug, NULL);
    EXPECT(api_get(&w, "/auth/session"), 200, NULL);
    api_sql("UPDATE session SET seen_at = seen_at - 28900000000 WHERE tenant_id = %s", api_sql_id(clinic.tenant));
    CHECK(is_over(&w));
    w = clinic_sign_in(clinic.email, clinic.slug, NULL);
    EXPECT(api_get(&w, "/auth/session"), 200, NULL);
    api_sql("UPDATE session SET expires_at = expires_at - 2592000000000 WHERE tenant_id = %s", api_sql_id(clinic.tenant));
    CHECK(is_over(&w));
    clinic.owner = clinic_sign_in(clinic.email, clinic.slug, NULL);
}

static void test_audited(void)
{
    struct answer *a = api_get(&clinic.owner, "/audit?action=login.failed");
    EXPECT(a, 200, NULL);
    CHECK(api_count(a, "data") > 0);
    CHECK_INT(api_int(a, "data[0].warning"), 1);
    CHECK(*api_str(a, "data[0].address"));
    a = api_get(&clinic.owner, "/audit?action=logout");
    CHECK(api_count(a, "data") >= 2);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, NULL);
        clinic_make(&clinic, "auth");
        RUN(test_register_names_every_mistake);
        RUN(test_register_password);
        RUN(test_register_taken);
        RUN(test_register_rate);
        RUN(test_login);
        RUN(test_login_wrong);
        RUN(test_cookie);
        RUN(test_csrf);
        RUN(test_origin);
        RUN(test_bearer);
        RUN(test_logout);
        RUN(test_sessions);
        RUN(test_password);
        RUN(test_expiry);
        RUN(test_throttle);
        RUN(test_address_throttle);
        RUN(test_login_rate);
        RUN(test_audited);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
