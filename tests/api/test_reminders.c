/* test_reminders.c - reminders through the front door: rules, the rows of an appointment, the mail, and how a client stops them. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <string.h>
#include <time.h>

static struct clinic c;
static char booked[UUID_TEXT];

static struct answer *rows(void) { return api_get(&c.owner, at("/appointments/%s/reminders", booked)); }

/* How many rows are in that state, with that reason ("": any). */
static int in_state(const char *state, const char *reason)
{
    struct answer *a = rows();
    int n = 0;
    EXPECT(a, 200, NULL);
    for (size_t i = 0; i < api_count(a, "data"); i++)
        n += strcmp(api_str(a, at("data[%zu].state", i)), state) == 0 && (!*reason || strcmp(api_str(a, at("data[%zu].reason", i)), reason) == 0);
    return n;
}

static void book(int day, int hour)
{
    struct answer *a = clinic_book(&c, c.plain, 0, 0, day_time(day, hour, 0));
    NEED(a, 201, NULL);
    keep_id(booked, a, "data.id");
}

static void test_defaults(void)
{
    struct answer *a = api_get(&c.owner, "/reminders/rules");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.quiet_start"), "21:00");
    CHECK_INT(api_count(a, "data.rules"), 2);
    CHECK_INT(api_int(a, "data.rules[0].before_min"), 1440);
    CHECK_INT(api_int(a, "data.rules[0].late_min"), 360);
    CHECK_INT(api_int(a, "data.rules[1].late_min"), 30);
}

static void test_rows_follow(void)
{
    book(5, 12);
    CHECK_INT(in_state("pending", ""), 2);
    EXPECT(api_post(&c.owner, at("/appointments/%s/move", booked), js("{'start':'%s'}", day_time(6, 12, 0))), 200, NULL);
    CHECK_INT(in_state("skipped", "moved"), 2);
    CHECK_INT(in_state("pending", ""), 2);
    EXPECT(api_post(&c.owner, at("/appointments/%s/move", booked), js("{'start':'%s'}", day_time(5, 12, 0))), 200, NULL);
    CHECK_INT(api_count(rows(), "data"), 4); /* the same two as at first */
    CHECK_INT(in_state("pending", ""), 2);
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", booked), "{}"), 200, NULL);
    CHECK_INT(in_state("pending", ""), 0);
    CHECK_INT(in_state("skipped", "cancelled"), 2);
    EXPECT(api_post(&c.owner, at("/appointments/%s/restore", booked), "{}"), 200, NULL);
    CHECK_INT(in_state("pending", ""), 2);
    EXPECT(api_post(&c.owner, at("/appointments/%s/state", booked), "{\"status\":\"confirmed\"}"), 200, NULL);
    CHECK_INT(in_state("pending", ""), 2);
    EXPECT(api_post(&c.owner, at("/appointments/%s/state", booked), "{\"status\":\"checked_in\"}"), 200, NULL);
    CHECK_INT(in_state("skipped", "over"), 2);
}

static void test_rules(void)
{
    struct answer *a = api_put(&c.owner, "/reminders/rules", "{\"quiet_start\":\"22:00\",\"quiet_end\":\"07:00\",\"rules\":[{\"before_min\":2880,\"template\":\"confirm\"}]}");
    EXPECT(a, 200, NULL);
    CHECK_INT(api_int(a, "data.version"), 1);
    EXPECT(api_with(&c.owner, "PUT", "/reminders/rules", "{\"rules\":[]}", "If-Match: \"7\"\r\n"), 412, "STALE_VERSION");
    EXPECT(api_put(&c.owner, "/reminders/rules", "{\"rules\":[{\"before_min\":60},{\"before_min\":60}]}"), 422, "VALIDATION_ERROR");
    EXPECT(api_put(&c.owner, "/reminders/rules", "{\"quiet_start\":\"08:00\",\"quiet_end\":\"07:00\",\"rules\":[]}"), 422, "VALIDATION_ERROR");
    EXPECT(api_put(&c.owner, "/reminders/rules", "{\"quiet_start\":\"08:00\",\"rules\":[]}"), 422, "VALIDATION_ERROR");
    const char *one = at("/reminders/rules?service_id=%s", c.plain);
    a = api_put(&c.owner, one, "{\"rules\":[{\"before_min\":180}]}");
    EXPECT(a, 200, NULL);
    CHECK(!json_is_true(api_json(a, "data.inherited")));
    CHECK_STR(api_str(a, "data.quiet_start"), "22:00"); /* quiet hours are the clinic's */
    book(7, 12);
    a = rows();
    CHECK_INT(api_count(a, "data"), 1);
    CHECK_INT(api_int(a, "data[0].before_min"), 180);
    EXPECT(api_delete(&c.owner, one), 204, NULL);
    a = NULL; /* the job gives it the clinic's rules */
    for (int i = 0; i < 100 && (!a || api_count(a, "data") < 2); i++) {
        api_sleep_ms(50);
        a = rows();
    }
    CHECK_INT(in_state("pending", ""), 1);
    CHECK_INT(in_state("skipped", "rules"), 1);
    EXPECT(api_get(&c.owner, "/reminders/rules?service_id=00000000-0000-7000-8000-000000000001"), 404, "NOT_FOUND");
    struct who viewer = clinic_member(&c, "viewer");
    EXPECT(api_put(&viewer, "/reminders/rules", "{\"rules\":[]}"), 403, "FORBIDDEN");
    EXPECT(api_delete(&c.owner, "/reminders/rules"), 204, NULL);
}

/* Everything that is pending becomes due, and the program, started again, looks at once. */
static void let_it_be_due(void)
{
    CHECK(api_stop_soft());
    api_sql("UPDATE reminder SET due_at = 1 WHERE state = 'pending'");
    api_sql("UPDATE schedule_tick SET next_at = 0 WHERE name = 'reminders.due'");
    api_again();
}

static char link[200];

static void test_mail(void)
{
    book(8, 12);
    CHECK_INT(in_state("pending", ""), 2);
    let_it_be_due();
    struct letter l;
    for (int i = 0; i < 200 && in_state("sent", "") < 2; i++) api_sleep_ms(50);
    CHECK_INT(in_state("sent", ""), 2);
    CHECK_INT(letters_beginning(at("%s.reminder", booked)), 2);
    struct answer *a = rows();
    struct tm tm = { 0 };
    REQUIRE(strptime(api_str(a, "data[0].starts_at"), "%Y-%m-%dT%H:%M:%SZ", &tm));
    REQUIRE(letter_wait(at("%s.reminder.%lld.120", booked, (long long)timegm(&tm)), 10000, &l));
    CHECK(strstr(l.text, "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    const char *p = strstr(l.text, "List-Unsubscribe: <");
    REQUIRE(p && (p = strstr(p, "/u/")));
    snprintf(link, sizeof link, "%.*s", (int)strcspn(p, ">"), p);
    letter_free(&l);
}

static bool wants(void)
{
    struct answer *a = api_get(&c.owner, at("/clients/%s/reminders", c.client[0]));
    EXPECT(a, 200, NULL);
    return json_is_true(api_json(a, "data.email"));
}

static void test_unsubscribe(void)
{
    const char *api = at("/public/reminders/%s", link + 3);
    EXPECT(api_get(&nobody, at("/%s", link)), 200, NULL); /* a page; scanners open it */
    EXPECT(api_get(&nobody, api), 200, NULL);
    CHECK(wants());
    struct sending s = { .method = "POST", .path = at("/%s", link), .body = "List-Unsubscribe=One-Click", .len = 26, .no_type = true,
        .headers = "Content-Type: application/x-www-form-urlencoded\r\n" };
    EXPECT(api_send(api_main, &nobody, &s), 200, NULL);
    CHECK(!wants());
    EXPECT(api_send(api_main, &nobody, &s), 200, NULL); /* twice is once */
    book(9, 12);
    let_it_be_due();
    for (int i = 0; i < 200 && in_state("skipped", "opted_out") < 2; i++) api_sleep_ms(50);
    CHECK_INT(in_state("skipped", "opted_out"), 2);
    CHECK_INT(letters_beginning(at("%s.reminder", booked)), 0);
    EXPECT(api_post(&nobody, api, "{\"wanted\":true}"), 200, NULL);
    CHECK(wants());
    EXPECT(api_put(&c.owner, at("/clients/%s/reminders", c.client[0]), "{\"email\":false}"), 200, NULL);
    CHECK(!wants());
    s.path = "//u/AAAA";
    EXPECT(api_send(api_main, &nobody, &s), 404, "NOT_FOUND");
    s.path = at("//u/%.62sAA", link + 3);
    EXPECT(api_send(api_main, &nobody, &s), 404, "NOT_FOUND");
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, NULL);
        clinic_make(&c, "reminding");
        RUN(test_defaults);
        RUN(test_rows_follow);
        RUN(test_rules);
        RUN(test_mail);
        RUN(test_unsubscribe);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
