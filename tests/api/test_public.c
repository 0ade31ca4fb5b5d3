/* test_public.c - what visitors do without an account: free times, holds, booking, the link in the mail, and the mail. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <string.h>

static struct clinic c;

static const char *page(const char *rest)
{
    return at("/public/%s%s", c.slug, rest);
}

static struct answer *hold_at(const char *service, int provider, const char *start)
{
    struct who w = clinic_visitor();
    return api_post(&w, page("/holds"), js("{'service_id':'%s','provider_id':'%s','start':'%s'}", service, c.provider[provider], start));
}

/* provider < 0: any. hold NULL: none. */
static struct answer *book_at(int provider, const char *start, const char *hold, const char *name)
{
    struct who w = clinic_visitor();
    const char *with = provider < 0 ? "" : js("'provider_id':'%s',", c.provider[provider]), *held = hold ? js("'hold_id':'%s',", hold) : "";
    return api_post(&w, page("/bookings"),
        js("{'service_id':'%s',%s%s'start':'%s','zone':'Europe/"
           "Bucharest','client':{'name':'%s','email':'%s@visitor.example','phone':'+40210001111'}}",
            c.plain, with, held, start, name, name));
}

/* ---- the page and its times --------------------------------------------------------------------- */

static void test_clinic_page(void)
{
    struct answer *a = api_get(&nobody, page(""));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.slug"), c.slug);
    CHECK_INT(api_count(a, "data.services"), 3);
    CHECK_INT(api_count(a, "data.providers"), 2);
    CHECK_INT(api_count(a, "data.locations"), 1);
    CHECK(*api_str(a, "data.policy"));
    CHECK(!strstr(a->body, "Chris Client"));
    CHECK(!strstr(a->body, "member_id"));
    EXPECT(api_get(&nobody, "/public/no-such-clinic"), 404, "NOT_FOUND");
    EXPECT(api_get(&nobody, "/public/No%20Such"), 404, "NOT_FOUND");
    /* What is not public is neither shown nor to be had. */
    struct answer *s =
        api_post(&c.owner, "/services", js("{'name':'Secret','duration_min':30,'public':false,'provider_ids':['%s']}", c.provider[0]));
    EXPECT(s, 201, NULL);
    const char *secret = at("%s", api_str(s, "data.id"));
    a = api_get(&nobody, page(""));
    CHECK(!strstr(a->body, "Secret"));
    EXPECT(api_get(&nobody, at("%s?service_id=%s&from=%s&to=%s", page("/slots"), secret, day_date(5), day_date(5))), 404, "NOT_FOUND");
    struct who w = clinic_visitor();
    a = api_post(&w, page("/bookings"),
        js("{'service_id':'%s','start':'%s','client':{'name':'X','email':'x@y.example'}}", secret, day_time(5, 9, 0)));
    EXPECT(a, 404, "NOT_FOUND");
}

/* A day is a day where the visitor is. */
static void test_slots_zone(void)
{
    struct answer *a =
        api_get(&nobody, at("%s?service_id=%s&from=%s&to=%s&zone=Pacific/Kiritimati", page("/slots"), c.plain, day_date(5), day_date(5)));
    EXPECT(a, 200, NULL);
    size_t n = api_count(a, "data");
    CHECK(n > 20);
    for (size_t i = 0; i < n; i++) {
        const char *start = api_str(a, at("data[%zu].start", i));
        CHECK(strcmp(start, day_time(4, 10, 0)) >= 0 && strcmp(start, day_time(5, 10, 0)) < 0); /* 14 hours before UTC */
    }
    EXPECT(api_get(&nobody, at("%s?service_id=%s&from=%s&to=%s&zone=Mars/Base", page("/slots"), c.plain, day_date(5), day_date(5))), 422,
        "VALIDATION_ERROR");
    EXPECT(
        api_get(&nobody, at("%s?service_id=%s&from=%s&to=%s", page("/slots"), c.plain, day_date(5), day_date(4))), 422, "VALIDATION_ERROR");
    EXPECT(api_get(&nobody, at("%s?service_id=%s&from=%s&to=%s", page("/slots"), c.plain, day_date(5), day_date(48))), 422,
        "VALIDATION_ERROR");
}

static void test_rules_of_time(void)
{
    EXPECT(book_at(0, day_time(5, 5, 0), NULL, "early"), 409, "CONFLICT_DETECTED"); /* before the hours */
    EXPECT(book_at(0, day_time(5, 9, 7), NULL, "odd"), 409, "CONFLICT_DETECTED");   /* no such step */
    EXPECT(book_at(0, day_time(400, 9, 0), NULL, "far"), 409, "BOOKING_RULE"); /* beyond the horizon */
    EXPECT(book_at(0, day_time(0, 0, 0), NULL, "late"), 409, "CONFLICT_DETECTED");  /* passed, or too soon */
    struct answer *a = book_at(0, day_time(5, 5, 0), NULL, "early");
    CHECK(!json_object_get(api_json(a, "details"), "conflicts"));
    CHECK(api_count(a, "details.next") > 0);
    EXPECT(api_patch(&c.owner, "/tenant", "{\"booking_enabled\":false}"), 200, NULL);
    EXPECT(book_at(0, day_time(5, 9, 0), NULL, "shut"), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_patch(&c.owner, "/tenant", "{\"booking_enabled\":true}"), 200, NULL);
}

/* ---- holds --------------------------------------------------------------------- */

static void test_hold(void)
{
    struct answer *a = hold_at(c.plain, 0, day_time(6, 9, 0));
    EXPECT(a, 201, NULL);
    char hold[UUID_TEXT];
    keep_id(hold, a, "data.id");
    CHECK_STR(api_str(a, "data.provider_id"), c.provider[0]);
    CHECK_STR(api_str(a, "data.end"), day_time(6, 9, 30));
    CHECK(*api_str(a, "data.expires_at"));
    EXPECT(hold_at(c.plain, 0, day_time(6, 9, 0)), 409, "CONFLICT_DETECTED");
    EXPECT(hold_at(c.plain, 0, day_time(6, 9, 15)), 409, "CONFLICT_DETECTED");
    EXPECT(book_at(0, day_time(6, 9, 0), NULL, "other"), 409, "CONFLICT_DETECTED");
    a = clinic_book(&c, c.plain, 0, 0, day_time(6, 9, 15));
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.conflicts[0].what"), "hold");
    a = api_get(
        &nobody, at("%s?service_id=%s&provider_id=%s&from=%s&to=%s", page("/slots"), c.plain, c.provider[0], day_date(6), day_date(6)));
    CHECK(!strstr(a->body, js("'start':'%s'", day_time(6, 9, 0))));
    CHECK(strstr(a->body, js("'start':'%s'", day_time(6, 8, 30))));
    /* For another time, service or provider it is of no use. */
    a = book_at(0, day_time(6, 11, 0), hold, "thief");
    CHECK(a->status == 422 || a->status == 409);
    a = book_at(1, day_time(6, 9, 0), hold, "thief");
    CHECK(a->status == 422 || a->status == 409);
    EXPECT(book_at(0, day_time(6, 9, 0), "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000", "nonsense"), 409, "HOLD_EXPIRED");
    a = book_at(0, day_time(6, 9, 0), hold, "owner");
    EXPECT(a, 201, NULL);
    CHECK_STR(api_str(a, "data.appointment.start"), day_time(6, 9, 0));
    EXPECT(book_at(0, day_time(6, 9, 0), hold, "again"), 409, "HOLD_EXPIRED");
}

static void test_hold_released(void)
{
    struct answer *a = hold_at(c.plain, 0, day_time(6, 12, 0));
    EXPECT(a, 201, NULL);
    char hold[UUID_TEXT];
    keep_id(hold, a, "data.id");
    struct who w = clinic_visitor();
    EXPECT(api_post(&w, page(at("/holds/%s/release", hold)), NULL), 204, NULL);
    EXPECT(api_post(&w, page(at("/holds/%s/release", hold)), NULL), 404, "NOT_FOUND");
    EXPECT(book_at(0, day_time(6, 12, 0), hold, "late"), 409, "HOLD_EXPIRED");
    EXPECT(hold_at(c.plain, 0, day_time(6, 12, 15)), 201, NULL);
}

/* Time passes: the hold is over at once for all, without any clean-up in between. */
static void test_hold_expired(void)
{
    struct answer *a = hold_at(c.plain, 0, day_time(6, 15, 0));
    EXPECT(a, 201, NULL);
    char hold[UUID_TEXT];
    keep_id(hold, a, "data.id");
    EXPECT(book_at(0, day_time(6, 15, 0), NULL, "wait"), 409, "CONFLICT_DETECTED");
    api_sql("UPDATE hold SET expires_at = expires_at - 3600000000 WHERE closed_at IS NULL");
    api_sql("UPDATE claim SET expires_at = expires_at - 3600000000 WHERE expires_at IS NOT NULL");
    EXPECT(book_at(0, day_time(6, 15, 0), hold, "late"), 409, "HOLD_EXPIRED");
    EXPECT(book_at(0, day_time(6, 15, 0), NULL, "next"), 201, NULL);
    EXPECT(book_at(0, day_time(6, 15, 0), hold, "late"), 409, NULL);
}

static void test_hold_of_buffers(void)
{
    EXPECT(hold_at(c.buffered, 1, day_time(6, 9, 0)), 201, NULL);
    EXPECT(book_at(1, day_time(6, 9, 30), NULL, "buffer"), 409, "CONFLICT_DETECTED");
    EXPECT(book_at(1, day_time(6, 9, 45), NULL, "buffer"), 201, NULL);
}

/* ---- booking --------------------------------------------------------------------- */

static void test_book(void)
{
    struct answer *a = book_at(0, day_time(7, 9, 0), NULL, "mara");
    EXPECT(a, 201, NULL);
    CHECK_STR(api_str(a, "data.appointment.status"), "scheduled");
    CHECK_STR(api_str(a, "data.appointment.provider_name"), "Dr Ada");
    CHECK(strlen(api_str(a, "data.token")) == 64);
    CHECK(strstr(api_str(a, "data.manage_url"), api_str(a, "data.token")));
    char id[UUID_TEXT], client[UUID_TEXT];
    keep_id(id, a, "data.appointment.id");
    a = api_get(&c.owner, at("/appointments/%s", id));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.source"), "public");
    CHECK_STR(api_str(a, "data.client_name"), "mara");
    keep_id(client, a, "data.client_id");
    /* The same person again is the same client. */
    a = book_at(1, day_time(7, 10, 0), NULL, "mara");
    EXPECT(a, 201, NULL);
    a = api_get(&c.owner, at("/appointments/%s", api_str(a, "data.appointment.id")));
    CHECK_STR(api_str(a, "data.client_id"), client);
    a = api_get(&c.owner, at("/audit?entity_id=%s", id));
    CHECK_STR(api_str(a, "data[0].action"), "appointment.create");
    CHECK(strcmp(api_str(a, "data[0].actor_kind"), "member") != 0);
}

/* Who types somebody's name and address must not learn whether that person has an appointment then: the answer is that of a
 * free time, and the clinic gets a second record of that name. */
static void test_nobody_is_betrayed(void)
{
    char known[UUID_TEXT], other[UUID_TEXT];
    struct answer *a = book_at(0, day_time(7, 15, 0), NULL, "secret");
    EXPECT(a, 201, NULL);
    a = api_get(&c.owner, at("/appointments/%s", api_str(a, "data.appointment.id")));
    keep_id(known, a, "data.client_id");
    a = book_at(1, day_time(7, 15, 15), NULL, "secret");
    EXPECT(a, 201, NULL);
    a = api_get(&c.owner, at("/appointments/%s", api_str(a, "data.appointment.id")));
    keep_id(other, a, "data.client_id");
    CHECK(*other && strcmp(known, other) != 0);
    CHECK_STR(api_str(a, "data.client_name"), "secret");
    /* The provider's time is taken for everybody. */
    a = book_at(0, day_time(7, 15, 15), NULL, "secret");
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK(!strstr(a->body, "conflicts"));
    a = book_at(-1, day_time(7, 15, 0), NULL, "secret");
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK(!strstr(a->body, "conflicts"));
}

/* One visitor cannot keep a day from the others: the oldest hold makes room. */
static void test_holds_are_few(void)
{
    struct who w = clinic_visitor();
    char hold[12][UUID_TEXT];
    struct answer *a;
    for (int i = 0; i < 12; i++) {
        a = api_post(&w, page("/holds"), js("{'service_id':'%s','provider_id':'%s','start':'%s'}", c.plain, c.provider[0], day_time(26, 7 + i / 2, i % 2 * 30)));
        NEED(a, 201, NULL);
        keep_id(hold[i], a, "data.id");
    }
    for (int i = 0; i < 12; i++) {
        struct who other = clinic_visitor();
        a = api_post(&other, page("/bookings"), js("{'service_id':'%s','provider_id':'%s','start':'%s','client':{'name':'Other','email':'o@v.example'}}",
            c.plain, c.provider[0], day_time(26, 7 + i / 2, i % 2 * 30)));
        EXPECT(a, i < 2 ? 201 : 409, NULL);
    }
    EXPECT(api_post(&w, page(at("/holds/%s/release", hold[0])), NULL), 404, "NOT_FOUND");
    EXPECT(api_post(&w, page(at("/holds/%s/release", hold[2])), NULL), 204, NULL);
}

static void test_wrong_visitor(void)
{
    struct who w = clinic_visitor();
    struct answer *a = api_post(&w, page("/bookings"),
        js("{'service_id':'%s','start':'%s','zone':'Nowhere/At All','client':{'name':' ','email':'no','phone':'x'}}", c.plain,
            day_time(7, 12, 0)));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(json_object_get(api_json(a, "details.fields"), "client.name"));
    CHECK(json_object_get(api_json(a, "details.fields"), "client.email"));
    CHECK(json_object_get(api_json(a, "details.fields"), "client.phone"));
    CHECK(json_object_get(api_json(a, "details.fields"), "zone"));
}

/* Who leaves the choice to the clinic is spread over those who are free. */
static void test_any_provider(void)
{
    int of[2] = { 0, 0 };
    for (int i = 0; i < 12; i++) {
        struct answer *a = book_at(-1, day_time(8, 8 + i, 0), NULL, at("any%d", i));
        EXPECT(a, 201, NULL);
        of[strcmp(api_str(a, "data.appointment.provider_id"), c.provider[1]) == 0]++;
    }
    CHECK(of[0] >= 4 && of[1] >= 4);
    EXPECT(book_at(-1, day_time(8, 9, 0), NULL, "second"), 201, NULL);
    EXPECT(book_at(-1, day_time(8, 9, 0), NULL, "third"), 409, "CONFLICT_DETECTED");
}

static void test_idempotent(void)
{
    struct who w = clinic_visitor();
    const char *body =
        js("{'service_id':'%s','start':'%s','client':{'name':'Twice','email':'twice@visitor.example'}}", c.plain, day_time(9, 9, 0));
    struct answer *one = api_with(&w, "POST", page("/bookings"), body, "Idempotency-Key: twice\r\n");
    EXPECT(one, 201, NULL);
    struct answer *two = api_with(&w, "POST", page("/bookings"), body, "Idempotency-Key: twice\r\n");
    EXPECT(two, 201, NULL);
    CHECK_STR(two->body, one->body);
}

/* ---- the link --------------------------------------------------------------------- */

static char token[128], booked[UUID_TEXT];

static void new_booking(const char *start, const char *name)
{
    struct answer *a = book_at(0, start, NULL, name);
    NEED(a, 201, NULL);
    snprintf(token, sizeof token, "%s", api_str(a, "data.token"));
    keep_id(booked, a, "data.appointment.id");
}

static struct answer *act(const char *body)
{
    struct who w = clinic_visitor();
    return api_post(&w, at("/public/bookings/%s", token), body);
}

static void test_link_shows(void)
{
    new_booking(day_time(10, 9, 0), "link");
    struct answer *a = api_get(&nobody, at("/public/bookings/%s", token));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointment.id"), booked);
    CHECK_INT(api_int(a, "data.can_move"), 1);
    CHECK_INT(api_int(a, "data.can_cancel"), 1);
    int64_t version = api_int(a, "data.appointment.version");
    for (int i = 0; i < 3; i++) EXPECT(api_get(&nobody, at("/public/bookings/%s", token)), 200, NULL);
    EXPECT(api_call(NULL, &nobody, "HEAD", at("/public/bookings/%s", token), NULL), 200, NULL);
    a = api_get(&c.owner, at("/appointments/%s", booked));
    CHECK_INT(api_int(a, "data.version"), version);
    CHECK_STR(api_str(a, "data.status"), "scheduled");
    a = api_get(&nobody, at("/public/bookings/%s/calendar", token));
    EXPECT(a, 200, NULL);
    CHECK(strncmp(api_header(a, "Content-Type"), "text/calendar", 13) == 0);
    CHECK(strstr(api_header(a, "Content-Disposition"), "attachment"));
    CHECK(strncmp(a->body, "BEGIN:VCALENDAR\r\n", 17) == 0 && strstr(a->body, booked));
}

/* Any letter of it changed, cut, or another clinic's seal: there is no such booking. */
static void test_link_wrong(void)
{
    char bad[128];
    for (size_t i = 0; i < 64; i += 7) {
        snprintf(bad, sizeof bad, "%s", token);
        bad[i] = bad[i] == 'A' ? 'B' : 'A';
        EXPECT(api_get(&nobody, at("/public/bookings/%s", bad)), 404, "NOT_FOUND");
        struct who w = clinic_visitor();
        EXPECT(api_post(&w, at("/public/bookings/%s", bad), "{\"action\":\"cancel\"}"), 404, "NOT_FOUND");
    }
    EXPECT(api_get(&nobody, at("/public/bookings/%.63s", token)), 404, "NOT_FOUND");
    EXPECT(api_get(&nobody, at("/public/bookings/%sA", token)), 404, "NOT_FOUND");
    EXPECT(api_get(&nobody, at("/public/bookings/%s", booked)), 404, "NOT_FOUND");
}

static void test_link_acts(void)
{
    new_booking(day_time(10, 11, 0), "acts");
    struct answer *a = act("{\"action\":\"confirm\"}");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointment.status"), "confirmed");
    EXPECT(act("{\"action\":\"confirm\"}"), 200, NULL); /* a second click is no mistake */
    EXPECT(act("{\"action\":\"move\"}"), 422, "VALIDATION_ERROR");
    EXPECT(act(js("{'action':'move','start':'%s'}", day_time(10, 9, 0))), 409, "CONFLICT_DETECTED");
    a = act(js("{'action':'move','start':'%s'}", day_time(10, 14, 0)));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointment.start"), day_time(10, 14, 0));
    EXPECT(act(js("{'action':'move','start':'%s'}", day_time(10, 4, 0))), 409, "CONFLICT_DETECTED");
    a = act("{\"action\":\"cancel\",\"reason\":\"a cold\"}");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointment.status"), "cancelled");
    CHECK_INT(api_int(a, "data.can_move"), 0);
    CHECK_INT(api_int(a, "data.can_cancel"), 0);
    EXPECT(act("{\"action\":\"cancel\"}"), 409, "ILLEGAL_TRANSITION");
    EXPECT(act(js("{'action':'move','start':'%s'}", day_time(10, 16, 0))), 409, "ILLEGAL_TRANSITION");
    a = api_get(&c.owner, at("/appointments/%s", booked));
    CHECK_STR(api_str(a, "data.cancelled_by"), "client");
    CHECK_STR(api_str(a, "data.cancel_reason"), "a cold");
    a = act("{\"action\":\"restore\"}");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointment.status"), "scheduled");
    EXPECT(act("{\"action\":\"dance\"}"), 422, "VALIDATION_ERROR");
    /* What the clinic cancelled, the visitor does not bring back. */
    EXPECT(api_delete(&c.owner, at("/appointments/%s", booked)), 204, NULL);
    EXPECT(act("{\"action\":\"restore\"}"), 409, "ILLEGAL_TRANSITION");
}

static void test_restore_when_taken(void)
{
    new_booking(day_time(11, 9, 0), "giver");
    EXPECT(act("{\"action\":\"cancel\"}"), 200, NULL);
    EXPECT(book_at(0, day_time(11, 9, 0), NULL, "taker"), 201, NULL);
    struct answer *a = act("{\"action\":\"restore\"}");
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK(!json_object_get(api_json(a, "details"), "conflicts"));
}

static void test_too_late(void)
{
    new_booking(day_time(3, 9, 0), "late");
    EXPECT(api_patch(&c.owner, "/tenant", "{\"cancel_notice_min\":14400,\"move_notice_min\":14400}"), 200, NULL);
    struct answer *a = api_get(&nobody, at("/public/bookings/%s", token));
    CHECK_INT(api_int(a, "data.can_move"), 0);
    CHECK_INT(api_int(a, "data.can_cancel"), 0);
    a = act("{\"action\":\"cancel\"}");
    EXPECT(a, 409, "BOOKING_RULE");
    CHECK(strstr(api_str(a, "error"), "40210000099"));
    EXPECT(act(js("{'action':'move','start':'%s'}", day_time(12, 9, 0))), 409, "BOOKING_RULE");
    EXPECT(act("{\"action\":\"confirm\"}"), 200, NULL);
    EXPECT(api_patch(&c.owner, "/tenant", "{\"cancel_notice_min\":60,\"move_notice_min\":60}"), 200, NULL);
    EXPECT(act("{\"action\":\"cancel\"}"), 200, NULL);
}

/* ---- the mail --------------------------------------------------------------------- */

static void check_letter(const char *what, int sequence, const char *method, const char *status, const char *start)
{
    struct letter l;
    if (!letter_wait(at("%s.%s.%d", booked, what, sequence), 10000, &l)) {
        test_bad_checks++;
        return;
    }
    CHECK(strstr(l.text, at("text/calendar; charset=utf-8; method=%s", method)));
    CHECK(strstr(l.text, "mailer@visitor.example"));
    CHECK_STR(letter_line(&l, "METHOD"), method);
    CHECK_STR(letter_line(&l, "UID"), at("%s@clinicd", booked));
    CHECK_STR(letter_line(&l, "SEQUENCE"), at("%d", sequence));
    CHECK_STR(letter_line(&l, "STATUS"), status);
    /* 2026-12-01T09:00:00Z stands as 20261201T090000, in UTC or in the clinic's zone, which is the same here. */
    const char *date = letter_line(&l, "DTSTART");
    CHECK(strstr(date, at("%.4s%.2s%.2sT%.2s%.2s00", start, start + 5, start + 8, start + 11, start + 14)));
    letter_free(&l);
}

static void test_mail(void)
{
    const char *first = day_time(12, 9, 0), *second = day_time(12, 11, 0);
    new_booking(first, "mailer");
    check_letter("booked", 0, "REQUEST", "CONFIRMED", first);
    struct letter l;
    CHECK(letter_wait(at("%s.booked.0", booked), 100, &l));
    CHECK(l.text && strstr(l.text, at("/b/%.20s", token))); /* the link, perhaps broken over lines */
    letter_free(&l);
    EXPECT(act(js("{'action':'move','start':'%s'}", second)), 200, NULL);
    check_letter("moved", 1, "REQUEST", "CONFIRMED", second);
    EXPECT(act("{\"action\":\"cancel\"}"), 200, NULL);
    check_letter("cancelled", 2, "CANCEL", "CANCELLED", second);
    EXPECT(act("{\"action\":\"restore\"}"), 200, NULL);
    check_letter("restored", 3, "REQUEST", "CONFIRMED", second);
    api_sleep_ms(300);
    CHECK_INT(letters_beginning(booked), 4);
}

/* Staff may cancel without telling. */
static void test_mail_silent(void)
{
    new_booking(day_time(12, 14, 0), "silent");
    struct letter l;
    CHECK(letter_wait(at("%s.booked.0", booked), 10000, &l));
    letter_free(&l);
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", booked), "{\"notify\":false}"), 200, NULL);
    api_sleep_ms(700);
    CHECK_INT(letters_beginning(booked), 1);
}

/* ---- limits --------------------------------------------------------------------- */

static void test_rate(void)
{
    struct who w = clinic_visitor();
    struct answer *a = NULL;
    int passed = 0;
    for (int i = 0; i < 14; i++) {
        a = api_post(&w, page("/bookings"),
            js("{'service_id':'%s','start':'%s','client':{'name':'Rate','email':'rate@visitor.example'}}", c.plain,
                day_time(20, 6 + i, 0)));
        passed += a->status == 201;
    }
    CHECK(passed == 10 || passed == 11);
    EXPECT(a, 429, "RATE_LIMITED");
    const char *after = api_header(a, "Retry-After");
    CHECK(after && strtol(after, NULL, 10) >= 1 && strtol(after, NULL, 10) <= 7);
    EXPECT(book_at(0, day_time(21, 9, 0), NULL, "elsewhere"), 201, NULL);
    /* Who is behind the proxy cannot choose an address: only the last entry is believed. */
    struct who spoof = w;
    snprintf(spoof.address, sizeof spoof.address, "1.2.3.4, %.40s", w.address);
    a = api_post(&spoof, page("/bookings"), "{}");
    EXPECT(a, 429, "RATE_LIMITED");
}

static void test_nothing_overlaps(void)
{
    int n = 0;
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(0), day_date(60), &n), 0);
    CHECK(n > 30);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, NULL);
        clinic_make(&c, "public");
        NEED(api_patch(&c.owner, "/tenant", "{\"cancel_notice_min\":60,\"move_notice_min\":60}"), 200, NULL);
        RUN(test_clinic_page);
        RUN(test_slots_zone);
        RUN(test_rules_of_time);
        RUN(test_hold);
        RUN(test_hold_released);
        RUN(test_hold_expired);
        RUN(test_hold_of_buffers);
        RUN(test_book);
        RUN(test_nobody_is_betrayed);
        RUN(test_holds_are_few);
        RUN(test_wrong_visitor);
        RUN(test_any_provider);
        RUN(test_idempotent);
        if (test_only) new_booking(day_time(30, 9, 0), "spare");
        RUN(test_link_shows);
        RUN(test_link_wrong);
        RUN(test_link_acts);
        RUN(test_restore_when_taken);
        RUN(test_too_late);
        RUN(test_mail);
        RUN(test_mail_silent);
        RUN(test_rate);
        if (!test_only) RUN(test_nothing_overlaps);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
