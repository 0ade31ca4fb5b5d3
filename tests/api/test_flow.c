/* test_flow.c - the day at the desk: steps with their times, the board, undo, and no-shows by the clock; visits by video. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/test.h"
#include <string.h>
#include <time.h>

static struct clinic c;
static char booked[UUID_TEXT];

/* So many minutes from now, on a whole minute. */
static const char *soon(int minutes)
{
    time_t t = (time(NULL) / 60 + minutes) * 60;
    struct tm tm;
    char text[40];
    gmtime_r(&t, &tm);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    return at("%s", text);
}

static void book(int minutes, int provider, int client)
{
    struct answer *a = clinic_book(&c, c.plain, provider, client, soon(minutes));
    NEED(a, 201, NULL);
    keep_id(booked, a, "data.id");
}

static struct answer *state(const char *to) { return api_post(&c.owner, at("/appointments/%s/state", booked), js("{'status':'%s'}", to)); }
static struct answer *undo(void) { return api_post(&c.owner, at("/appointments/%s/undo", booked), NULL); }
static struct answer *look(void) { return api_get(&c.owner, at("/appointments/%s", booked)); }

/* The member of the board's row of the appointment, as text. */
static const char *on_board(const char *member)
{
    struct answer *a = api_get(&c.owner, at("/flow?date=%.10s", api_str(look(), "data.start")));
    EXPECT(a, 200, NULL);
    for (size_t i = 0; i < api_count(a, "data.items"); i++)
        if (strcmp(api_str(a, at("data.items[%zu].id", i)), booked) == 0) return api_str(a, at("data.items[%zu].%s", i, member));
    return "not there";
}

static void test_steps(void)
{
    book(20, 0, 0);
    struct answer *a = look();
    CHECK_INT(api_count(a, "data.steps"), 0);
    CHECK_STR(on_board("status"), "scheduled");
    EXPECT(state("checked_in"), 200, NULL);
    CHECK(*on_board("arrived_at"));
    api_sql("UPDATE appointment_step SET at = at - 720000000");
    a = look();
    CHECK_INT(api_int(a, "data.waited_min"), 12);
    CHECK_STR(api_str(a, "data.steps[0].status"), "checked_in");
    CHECK_STR(api_str(a, "data.steps[0].came_from"), "scheduled");
    CHECK_STR(api_str(a, "data.steps[0].by"), "staff");
    EXPECT(state("in_progress"), 200, NULL);
    EXPECT(state("completed"), 200, NULL);
    a = look();
    CHECK_INT(api_count(a, "data.steps"), 3);
    CHECK_INT(api_int(a, "data.waited_min"), 12);
    CHECK(*on_board("completed_at"));
}

/* One step back at a time, to where it came from; and only with the right to. */
static void test_undo(void)
{
    book(60, 0, 1);
    EXPECT(undo(), 409, "ILLEGAL_TRANSITION");
    EXPECT(state("confirmed"), 200, NULL);
    EXPECT(state("checked_in"), 200, NULL);
    struct who provider = clinic_member(&c, "provider");
    EXPECT(api_post(&provider, at("/appointments/%s/undo", booked), NULL), 403, "FORBIDDEN");
    struct answer *a = undo();
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.status"), "confirmed");
    EXPECT(undo(), 409, "ILLEGAL_TRANSITION"); /* an undo is not undone: the step is taken anew */
    a = look();
    CHECK(json_is_true(api_json(a, "data.steps[0].undo")));
    CHECK_STR(on_board("arrived_at"), "");
    EXPECT(state("no_show"), 200, NULL);
    a = undo();
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.status"), "confirmed");
}

static void test_settings(void)
{
    struct answer *a = api_get(&c.owner, "/flow/settings");
    EXPECT(a, 200, NULL);
    CHECK(json_is_null(api_json(a, "data.no_show_after_min")));
    EXPECT(api_put(&c.owner, "/flow/settings", "{\"no_show_after_min\":0}"), 422, "VALIDATION_ERROR");
    EXPECT(api_put(&c.owner, "/flow/settings", "{\"late_after_min\":5,\"no_show_after_min\":30}"), 200, NULL);
    EXPECT(api_with(&c.owner, "PUT", "/flow/settings", "{}", "If-Match: \"0\"\r\n"), 412, "STALE_VERSION");
    CHECK_INT(api_int(api_get(&c.owner, "/flow"), "data.late_after_min"), 5);
    EXPECT(api_get(&c.owner, "/flow?location_id=00000000-0000-7000-8000-000000000001"), 404, "NOT_FOUND");
}

/* Who has not come becomes a no-show; who is checked in, or has not begun, does not. */
static void test_no_show(void)
{
    char late[UUID_TEXT], here[UUID_TEXT], young[UUID_TEXT];
    book(-100, 1, 0);
    snprintf(late, sizeof late, "%s", booked);
    book(-65, 1, 1);
    EXPECT(state("checked_in"), 200, NULL);
    snprintf(here, sizeof here, "%s", booked);
    book(-20, 1, 2);
    snprintf(young, sizeof young, "%s", booked);
    CHECK(api_stop_soft());
    api_sql("UPDATE schedule_tick SET next_at = 0 WHERE name = 'flow.no_show'");
    api_again();
    snprintf(booked, sizeof booked, "%s", late);
    for (int i = 0; i < 200 && strcmp(api_str(look(), "data.status"), "no_show") != 0; i++) api_sleep_ms(50);
    struct answer *a = look();
    CHECK_STR(api_str(a, "data.status"), "no_show");
    CHECK_STR(api_str(a, "data.steps[0].by"), "program");
    CHECK_STR(api_str(api_get(&c.owner, at("/appointments/%s", here)), "data.status"), "checked_in");
    CHECK_STR(api_str(api_get(&c.owner, at("/appointments/%s", young)), "data.status"), "scheduled");
    EXPECT(undo(), 200, NULL);
    CHECK_STR(api_str(look(), "data.status"), "scheduled");
}

/* ---- by video ------------------------------------------------------------------------------------------------------------------- */

static const char *join(void) { return at("/appointments/%s/join", booked); }

static void test_video(void)
{
    EXPECT(api_put(&c.owner, "/telehealth/settings", "{\"url_template\":\"http://meet.example.org/{room}\"}"), 422, "VALIDATION_ERROR");
    EXPECT(api_put(&c.owner, "/telehealth/settings", "{\"url_template\":\"https://meet.example.org/room\"}"), 422, "VALIDATION_ERROR");
    EXPECT(api_put(&c.owner, "/telehealth/settings", "{\"url_template\":\"https://{name}.example.org/{room}\"}"), 422, "VALIDATION_ERROR");
    EXPECT(api_put(&c.owner, "/telehealth/settings", "{\"url_template\":\"https://meet.example.org/{room}#{secret}\"}"), 422, "VALIDATION_ERROR");
    book(10, 0, 2);
    EXPECT(api_get(&c.owner, join()), 409, "ILLEGAL_TRANSITION"); /* not by video */
    EXPECT(api_patch(&c.owner, at("/appointments/%s", booked), "{\"telehealth\":true}"), 200, NULL);
    EXPECT(api_get(&c.owner, join()), 409, "ILLEGAL_TRANSITION"); /* no rooms yet */
    EXPECT(api_put(&c.owner, "/telehealth/settings", "{\"url_template\":\"https://meet.example.org/{room}#name={name}\"}"), 200, NULL);
    struct answer *a = api_get(&c.owner, join());
    EXPECT(a, 200, NULL);
    const char *url = at("%s", api_str(a, "data.url"));
    CHECK(strncmp(url, "https://meet.example.org/", 25) == 0 && strspn(url + 25, "0123456789abcdef") == 32);
    CHECK(!strchr(strchr(url, '#'), ' '));
    CHECK_STR(api_str(api_get(&c.owner, join()), "data.url"), url);
    struct who viewer = clinic_member(&c, "viewer");
    EXPECT(api_get(&viewer, join()), 403, "FORBIDDEN");
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", booked), "{}"), 200, NULL);
    EXPECT(api_get(&c.owner, join()), 409, "ILLEGAL_TRANSITION");
    char first[200];
    snprintf(first, sizeof first, "%s", url);
    book(12, 0, 2);
    EXPECT(api_patch(&c.owner, at("/appointments/%s", booked), "{\"telehealth\":true}"), 200, NULL);
    CHECK(strncmp(api_str(api_get(&c.owner, join()), "data.url"), first, 57) != 0); /* another room */
    book(200, 0, 2);
    EXPECT(api_patch(&c.owner, at("/appointments/%s", booked), "{\"telehealth\":true}"), 200, NULL);
    a = api_get(&c.owner, join());
    EXPECT(a, 409, "NOT_OPEN");
    CHECK(*api_str(a, "details.opens_at"));
    api_sql("UPDATE appointment SET starts_at = starts_at - 18000000000, ends_at = ends_at - 18000000000 WHERE id = %s", api_sql_id(booked));
    EXPECT(api_get(&c.owner, join()), 409, "NOT_OPEN"); /* over */
}

static void test_video_public(void)
{
    struct who w = { .address = "100.64.9.9" };
    EXPECT(api_patch(&c.owner, at("/services/%s", c.plain), "{\"telehealth\":true}"), 200, NULL);
    struct answer *a = api_post(&w, at("/public/%s/bookings", c.slug),
        js("{'service_id':'%s','start':'%s','client':{'name':'Jo Video','email':'jo@visitor.example'}}", c.plain, day_time(3, 9, 0)));
    NEED(a, 201, NULL);
    CHECK(json_is_true(api_json(a, "data.appointment.telehealth")));
    const char *path = at("/public/bookings/%s/join", api_str(a, "data.token"));
    keep_id(booked, a, "data.appointment.id");
    EXPECT(api_get(&w, path), 409, "NOT_OPEN");
    CHECK(!strstr(api_get(&w, at("/public/bookings/%s", api_str(a, "data.token")))->body, "meet.example.org"));
    CHECK(!strstr(api_get(&w, at("/public/bookings/%s/calendar", api_str(a, "data.token")))->body, "meet.example.org"));
    api_sql("UPDATE appointment SET starts_at = %lld, ends_at = %lld WHERE id = %s", (long long)(time(NULL) + 300) * 1000000LL,
        (long long)(time(NULL) + 2100) * 1000000LL, api_sql_id(booked));
    struct answer *theirs = api_get(&w, path), *ours = api_get(&c.owner, join());
    EXPECT(theirs, 200, NULL);
    EXPECT(ours, 200, NULL);
    CHECK(strncmp(api_str(theirs, "data.url"), api_str(ours, "data.url"), 57) == 0);
    CHECK(strstr(api_str(theirs, "data.url"), "Jo%20Video"));
    EXPECT(api_get(&w, "/public/bookings/AAAA/join"), 404, "NOT_FOUND");
    EXPECT(api_patch(&c.owner, at("/services/%s", c.plain), "{\"telehealth\":false}"), 200, NULL);
    EXPECT(api_get(&w, path), 409, "ILLEGAL_TRANSITION"); /* what is not said of the appointment is its service's */
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, NULL);
        clinic_make(&c, "flow");
        RUN(test_steps);
        RUN(test_undo);
        RUN(test_settings);
        RUN(test_no_show);
        RUN(test_video);
        RUN(test_video_public);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
