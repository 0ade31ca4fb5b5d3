/* test_groups.c - several to one time (sessions with seats), and several appointments in one visit. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <string.h>

static struct clinic c;
static char yoga[UUID_TEXT]; /* 60 minutes, three seats, a chair */
enum { PEOPLE = 40 };
static char client[PEOPLE][UUID_TEXT];

static struct answer *join(struct conn *conn, int who, int provider, const char *start)
{
    return api_call(conn, &c.owner, "POST", "/appointments",
        js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", client[who], yoga, c.provider[provider], start));
}

static void make_people(void)
{
    for (int i = 0; i < PEOPLE; i++) {
        struct answer *a = api_post(&c.owner, "/clients", js("{'name':'Person %d','email':'person%d@example.org'}", i, i));
        NEED(a, 201, NULL);
        keep_id(client[i], a, "data.id");
    }
    struct answer *a = api_post(&c.owner, "/services", js("{'name':'Group','duration_min':60,'seats':3,'resource_kind':'chair','provider_ids':['%s','%s']}",
                                                           c.provider[0], c.provider[1]));
    NEED(a, 201, NULL);
    keep_id(yoga, a, "data.id");
}

static int64_t seats_left(const char *start)
{
    struct answer *a = api_get(&c.owner, at("/calendar/slots?service_id=%s&provider_id=%s&from=%s&to=%s", yoga, c.provider[0], start, at("%.17s59Z", start)));
    return api_count(a, "data") ? api_int(a, "data[0].seats_left") : 0;
}

/* The first booking makes the session, the others join it, and the last to leave gives the time back. */
static void test_by_booking(void)
{
    const char *start = day_time(10, 9, 0);
    char id[3][UUID_TEXT], session[UUID_TEXT];
    CHECK_INT(seats_left(start), 3);
    for (int i = 0; i < 3; i++) {
        struct answer *a = join(NULL, i, 0, start);
        EXPECT(a, 201, NULL);
        keep_id(id[i], a, "data.id");
        CHECK_INT(api_int(a, "data.seat_no"), i + 1);
        if (i) CHECK_STR(api_str(a, "data.session_id"), session);
        keep_id(session, a, "data.session_id");
        CHECK_INT(seats_left(start), 2 - i);
    }
    struct answer *a = join(NULL, 3, 0, start);
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK(strstr(api_str(a, "error"), "seat"));
    CHECK_STR(api_str(a, "details.next[0].start"), day_time(10, 10, 0));
    a = clinic_book(&c, c.plain, 0, 1, day_time(10, 9, 30));
    EXPECT(a, 409, "CONFLICT_DETECTED"); /* the provider is taken, by the session */
    CHECK_STR(api_str(a, "details.conflicts[0].session_id"), session);
    CHECK(json_is_null(api_json(a, "details.conflicts[0].appointment_id")));
    a = api_get(&c.owner, at("/calendar/conflicts?service_id=%s&provider_id=%s&start=%s", c.plain, c.provider[0], day_time(10, 9, 30)));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.conflicts[0].session_id"), session);
    a = api_post(&c.owner, "/calendar/recurrence-preview", js("{'service_id':'%s','provider_id':'%s','start':'%s','rrule':'FREQ=DAILY;COUNT=2'}", c.plain,
                                                               c.provider[0], start));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.occurrences[0].conflicts[0].session_id"), session);
    CHECK(json_is_null(api_json(a, "data.occurrences[0].conflicts[0].appointment_id")));
    EXPECT(join(NULL, 3, 0, day_time(10, 9, 15)), 409, "CONFLICT_DETECTED");
    a = api_get(&c.owner, at("/sessions/%s", session));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_int(a, "data.taken"), 3);
    CHECK_STR(api_str(a, "data.roster[1].client_name"), "Person 1");
    /* A seat that was given back is the next one's. */
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", id[1]), NULL), 200, NULL);
    a = join(NULL, 4, 0, start);
    EXPECT(a, 201, NULL);
    CHECK_INT(api_int(a, "data.seat_no"), 2);
    char fourth[UUID_TEXT];
    keep_id(fourth, a, "data.id");
    EXPECT(api_post(&c.owner, at("/appointments/%s/restore", id[1]), NULL), 409, "CONFLICT_DETECTED");
    EXPECT(api_post(&c.owner, at("/appointments/%s/move", fourth), js("{'start':'%s'}", day_time(10, 12, 0))), 200, NULL);
    a = api_post(&c.owner, at("/appointments/%s/restore", id[1]), NULL);
    EXPECT(a, 200, NULL);
    CHECK_INT(api_int(a, "data.seat_no"), 2);
    for (int i = 0; i < 3; i++) EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", id[i]), NULL), 200, NULL);
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", fourth), NULL), 200, NULL);
    EXPECT(clinic_book(&c, c.plain, 0, 1, day_time(10, 9, 30)), 201, NULL);
    EXPECT(clinic_book(&c, c.plain, 0, 1, day_time(10, 12, 30)), 201, NULL);
}

static void test_nobody_twice(void)
{
    const char *start = day_time(11, 9, 0);
    EXPECT(join(NULL, 0, 0, start), 201, NULL);
    struct answer *a = join(NULL, 0, 0, start);
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.conflicts[0].kind"), "patient");
    a = api_post(&c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','extra_seat':true}", client[0], yoga,
                                                c.provider[0], start));
    EXPECT(a, 201, NULL);
    CHECK_INT(api_int(a, "data.seat_no"), 2);
    /* Nor beside another appointment. */
    EXPECT(api_post(&c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", client[5], c.plain,
                                                   c.provider[1], day_time(11, 9, 30))), 201, NULL);
    EXPECT(join(NULL, 5, 0, start), 409, "CONFLICT_DETECTED");
}

/* Nobody has a seat yet, and the chair is taken all the same. */
static void test_empty_takes_its_chair(void)
{
    struct answer *a = api_post(&c.owner, "/services", js("{'name':'Reformer','duration_min':60,'seats':4,'resource_kind':'chair','provider_ids':['%s']}", c.provider[0]));
    NEED(a, 201, NULL);
    const char *service = at("%s", api_str(a, "data.id"));
    a = api_post(&c.owner, "/sessions", js("{'service_id':'%s','provider_id':'%s','start':'%s','resource_ids':['%s']}", service, c.provider[0], day_time(45, 9, 0), c.chair[1]));
    NEED(a, 201, NULL);
    const char *session = at("%s", api_str(a, "data.id"));
    a = api_post(&c.owner, "/sessions", js("{'service_id':'%s','provider_id':'%s','start':'%s','resource_ids':['%s']}", service, c.provider[0], day_time(45, 7, 0), c.chair[0]));
    NEED(a, 201, NULL);
    for (int seats = 0; seats < 2; seats++) {
        a = api_get(&c.owner, at("/sessions?from=%s&to=%s", day_date(45), day_date(46)));
        EXPECT(a, 200, NULL);
        CHECK_INT(api_count(a, "data[0].parts"), 1);
        CHECK_STR(api_str(a, "data[0].parts[0].subject_id"), c.chair[0]);
        CHECK_STR(api_str(a, "data[1].id"), session);
        CHECK_INT(api_int(a, "data[1].taken"), seats);
        CHECK_INT(api_count(a, "data[1].parts"), 1);
        CHECK_STR(api_str(a, "data[1].parts[0].subject_id"), c.chair[1]);
        CHECK_STR(api_str(a, "data[1].parts[0].kind"), "resource");
        CHECK_STR(api_str(a, "data[1].parts[0].start"), day_time(45, 9, 0));
        CHECK_STR(api_str(a, "data[1].parts[0].end"), day_time(45, 10, 0));
        CHECK_INT(api_count(api_get(&c.owner, at("/sessions/%s", session)), "data.parts"), 1);
        EXPECT(api_post(&c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", client[seats], service, c.provider[0], day_time(45, 9, 0))), 201, NULL);
    }
}

static void test_by_staff(void)
{
    const char *start = day_time(12, 9, 0);
    const char *body = js("{'service_id':'%s','provider_id':'%s','start':'%s','seats':2}", yoga, c.provider[0], start);
    struct answer *a = api_post(&c.owner, "/sessions", body);
    EXPECT(a, 201, NULL);
    char session[UUID_TEXT];
    keep_id(session, a, "data.id");
    CHECK_INT(api_int(a, "data.seats"), 2);
    EXPECT(api_post(&c.owner, "/sessions", body), 409, "CONFLICT_DETECTED");
    CHECK_INT(seats_left(start), 2);
    a = api_get(&c.owner, at("/sessions?from=%s&to=%s", day_date(12), day_date(13)));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data"), 1);
    a = join(NULL, 0, 0, start);
    EXPECT(a, 201, NULL);
    CHECK_STR(api_str(a, "data.session_id"), session);
    char id[UUID_TEXT];
    keep_id(id, a, "data.id");
    EXPECT(join(NULL, 1, 0, start), 201, NULL);
    EXPECT(join(NULL, 2, 0, start), 409, NULL);
    EXPECT(api_post(&c.owner, at("/sessions/%s/cancel", session), "{\"reason\":\"no heating\"}"), 200, NULL);
    a = api_get(&c.owner, at("/appointments/%s", id));
    CHECK_STR(api_str(a, "data.status"), "cancelled");
    CHECK_STR(api_str(a, "data.cancel_reason"), "no heating");
    struct letter l;
    CHECK(letter_wait(at("%s.cancelled.1", id), 8000, &l));
    letter_free(&l);
    EXPECT(api_post(&c.owner, at("/sessions/%s/cancel", session), NULL), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_post(&c.owner, at("/appointments/%s/restore", id), NULL), 409, NULL);
    EXPECT(clinic_book(&c, c.plain, 0, 1, start), 201, NULL);
    EXPECT(api_post(&c.owner, "/sessions", js("{'service_id':'%s','provider_id':'%s','start':'%s','seats':0}", yoga, c.provider[0], start)), 422, NULL);
    EXPECT(api_get(&c.owner, "/sessions/0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000"), 404, NULL);
}

/* ---- visits --------------------------------------------------------------------- */

static const char *two(const char *start, const char *more)
{
    return js("{'client_id':'%s','start':'%s','items':[{'service_id':'%s','provider_id':'%s'},{'service_id':'%s'%s}]}", client[8], start, c.buffered, c.provider[0], c.seated, more);
}

static void test_visit(void)
{
    struct answer *a = api_post(&c.owner, "/visits", two(day_time(30, 9, 0), ""));
    EXPECT(a, 201, NULL);
    char visit[UUID_TEXT], first[UUID_TEXT], second[UUID_TEXT];
    keep_id(visit, a, "data.id");
    keep_id(first, a, "data.appointments[0].id");
    keep_id(second, a, "data.appointments[1].id");
    CHECK_INT(api_count(a, "data.appointments"), 2);
    CHECK_STR(api_str(a, "data.appointments[1].start"), day_time(30, 9, 45)); /* the same provider: after his buffer */
    CHECK_STR(api_str(a, "data.appointments[1].visit_id"), visit);
    CHECK_STR(api_str(a, "data.appointments[1].provider_id"), c.provider[0]);
    struct letter l;
    CHECK(letter_wait(at("%s.booked.0", first), 8000, &l)); /* one mail, both events */
    CHECK(l.text && strstr(l.calendar, first) && strstr(l.calendar, second));
    letter_free(&l);
    /* Another provider goes on at once. */
    a = api_post(&c.owner, "/visits", two(day_time(31, 9, 0), js(",'provider_id':'%s'", c.provider[1])));
    EXPECT(a, 201, NULL);
    CHECK_STR(api_str(a, "data.appointments[1].start"), day_time(31, 9, 30));
    /* All or nothing. */
    EXPECT(clinic_book(&c, c.plain, 0, 1, day_time(32, 9, 50)), 201, NULL);
    a = api_post(&c.owner, "/visits", two(day_time(32, 9, 0), ""));
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_INT(api_int(a, "details.item"), 1);
    EXPECT(clinic_book(&c, c.plain, 0, 2, day_time(32, 9, 0)), 201, NULL);
    /* Moved as a whole, over itself too; then one alone; then the rest goes. */
    a = api_post(&c.owner, at("/visits/%s/move", visit), js("{'start':'%s'}", day_time(30, 9, 30)));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointments[1].start"), day_time(30, 10, 15));
    EXPECT(clinic_book(&c, c.plain, 0, 1, day_time(30, 8, 45)), 201, NULL);
    EXPECT(api_post(&c.owner, at("/visits/%s/move", visit), js("{'start':'%s'}", day_time(30, 8, 30))), 409, "CONFLICT_DETECTED");
    EXPECT(api_post(&c.owner, at("/appointments/%s/move", second), js("{'start':'%s'}", day_time(30, 12, 0))), 200, NULL);
    a = api_post(&c.owner, at("/visits/%s/cancel", visit), "{\"reason\":\"ill\"}");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointments[1].status"), "cancelled");
    EXPECT(api_post(&c.owner, at("/visits/%s/cancel", visit), NULL), 409, "ILLEGAL_TRANSITION");
    a = api_get(&c.owner, at("/visits/%s", visit));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointments[0].cancel_reason"), "ill");
    EXPECT(api_post(&c.owner, at("/visits/%s/move", visit), js("{'start':'%s'}", day_time(30, 9, 30))), 409, NULL);
}

static struct answer *wrong_second(const char *item)
{
    return api_post(&c.owner, "/visits", at("{\"client_id\":\"%s\",\"start\":\"%s\",\"items\":[{\"service_id\":\"%s\",\"provider_id\":\"%s\"},{%s}]}", client[9],
                                            day_time(34, 9, 0), c.plain, c.provider[0], item));
}

/* Two animals at once with two providers, and what is not right. */
static void test_visit_of_two(void)
{
    char rex[UUID_TEXT];
    struct answer *a = api_post(&c.owner, "/patients", js("{'client_id':'%s','kind':'animal','name':'Rex','species':'dog'}", client[9]));
    EXPECT(a, 201, NULL);
    keep_id(rex, a, "data.id");
    const char *start = day_time(33, 9, 0);
    a = api_post(&c.owner, "/visits", js("{'client_id':'%s','start':'%s','items':[{'service_id':'%s','provider_id':'%s'},{'service_id':'%s','provider_id':'%s','patient_id':'%s','start':'%s'}]}",
                                          client[9], start, c.seated, c.provider[0], c.seated, c.provider[1], rex, start));
    EXPECT(a, 201, NULL);
    CHECK(strcmp(api_str(a, "data.appointments[0].resource_ids[0]"), api_str(a, "data.appointments[1].resource_ids[0]")) != 0);
    /* Nobody is in two places: not a provider, not a patient, not a chair. */
    start = day_time(34, 9, 0);
    a = api_post(&c.owner, "/visits", js("{'client_id':'%s','start':'%s','items':[{'service_id':'%s','provider_id':'%s'},{'service_id':'%s','provider_id':'%s','start':'%s'}]}",
                                          client[9], start, c.plain, c.provider[0], c.plain, c.provider[1], start));
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.conflicts[0].kind"), "patient");
    EXPECT(api_post(&c.owner, "/visits", js("{'client_id':'%s','start':'%s','items':[]}", client[9], start)), 422, "VALIDATION_ERROR");
    /* Who is wrong is named with the item he stands in; who books and when it begins stand above the items. */
    const char *none = "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000";
    a = wrong_second(js("'service_id':'%s'", none));
    EXPECT(a, 404, "NOT_FOUND");
    CHECK_STR(api_str(a, "details.field"), "items[1].service_id");
    a = wrong_second(js("'service_id':'%s','provider_id':'%s'", c.plain, none));
    EXPECT(a, 404, "NOT_FOUND");
    CHECK_STR(api_str(a, "details.field"), "items[1].provider_id");
    a = wrong_second(js("'service_id':'%s','resource_ids':['%s']", c.seated, none));
    EXPECT(a, 404, "NOT_FOUND");
    CHECK_STR(api_str(a, "details.field"), "items[1].resource_ids");
    a = wrong_second(js("'service_id':'%s','start':'%s'", c.plain, day_time(-4, 9, 0)));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(json_object_get(api_json(a, "details.fields"), "items[1].start") != NULL);
    a = api_post(&c.owner, "/visits", two(day_time(-4, 9, 0), ""));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(json_object_get(api_json(a, "details.fields"), "start") != NULL);
    a = api_post(&c.owner, "/visits", js("{'client_id':'%s','start':'%s','items':[{'service_id':'%s','provider_id':'%s'}]}", none, start, c.plain, c.provider[0]));
    EXPECT(a, 404, "NOT_FOUND");
    CHECK_STR(api_str(a, "details.field"), "client_id");
}

/* ---- many at once --------------------------------------------------------------------- */

struct racer { pthread_t thread; int n, status; const char *start; };
static pthread_barrier_t gate;

static void *racer_main(void *arg)
{
    struct racer *r = arg;
    struct conn *conn = conn_open();
    api_call(conn, &nobody, "GET", "//live", NULL);
    pthread_barrier_wait(&gate);
    struct answer *a = join(conn, r->n, 0, r->start);
    r->status = a->status;
    if (a->status != 201 && strcmp(api_str(a, "code"), "CONFLICT_DETECTED") != 0) fprintf(stderr, "  %d: %d %.300s\n", r->n, a->status, a->body ? a->body : "");
    conn_close(conn);
    return NULL;
}

static void race(const char *start, int seats)
{
    static struct racer racers[PEOPLE];
    int got = 0, full = 0;
    pthread_barrier_init(&gate, NULL, PEOPLE);
    for (int i = 0; i < PEOPLE; i++) {
        racers[i] = (struct racer){ .n = i, .start = start };
        REQUIRE(pthread_create(&racers[i].thread, NULL, racer_main, &racers[i]) == 0);
    }
    for (int i = 0; i < PEOPLE; i++) {
        pthread_join(racers[i].thread, NULL);
        got += racers[i].status == 201;
        full += racers[i].status == 409;
    }
    pthread_barrier_destroy(&gate);
    CHECK_INT(got, seats);
    CHECK_INT(full, PEOPLE - seats);
    struct answer *a = api_get(&c.owner, at("/sessions?from=%s&to=%s", start, at("%.17s59Z", start)));
    CHECK_INT(api_count(a, "data"), 1);
    CHECK_INT(api_int(a, "data[0].taken"), seats);
    a = api_get(&c.owner, at("/sessions/%s", api_str(a, "data[0].id")));
    for (int i = 0; i < seats; i++) CHECK_INT(api_int(a, at("data.roster[%d].seat_no", i)), i + 1);
}

/* The last one leaves while another joins: who has a seat has it in a session that takes place. */
struct leaver { pthread_t thread; int status; char id[UUID_TEXT]; };

static void *leaver_main(void *arg)
{
    struct leaver *l = arg;
    struct conn *conn = conn_open();
    api_call(conn, &nobody, "GET", "//live", NULL);
    pthread_barrier_wait(&gate);
    l->status = api_call(conn, &c.owner, "POST", at("/appointments/%s/cancel", l->id), "{}")->status;
    conn_close(conn);
    return NULL;
}

static void test_last_leaves(void)
{
    for (int i = 0; i < 24; i++) {
        char start[40];
        snprintf(start, sizeof start, "%s", day_time(60 + i, 9, 0));
        struct answer *a = join(api_main, 0, 0, start);
        EXPECT(a, 201, NULL);
        struct leaver l = { .status = 0 };
        struct racer r = { .n = 1, .start = start };
        keep_id(l.id, a, "data.id");
        pthread_barrier_init(&gate, NULL, 2);
        REQUIRE(pthread_create(&l.thread, NULL, leaver_main, &l) == 0 && pthread_create(&r.thread, NULL, racer_main, &r) == 0);
        pthread_join(l.thread, NULL);
        pthread_join(r.thread, NULL);
        pthread_barrier_destroy(&gate);
        CHECK_INT(l.status, 200);
        CHECK_INT(r.status, 201);
        a = api_get(&c.owner, at("/sessions?from=%s&to=%s", start, at("%.17s59Z", start)));
        CHECK_INT(api_count(a, "data"), 1);
        CHECK_INT(api_int(a, "data[0].taken"), 1);
    }
}

/* ---- seats that visitors hold --------------------------------------------------------------- */

static struct answer *hold_seat(struct conn *conn, const char *start)
{
    return api_call(conn, &nobody, "POST", "/public/groups/holds", js("{'service_id':'%s','provider_id':'%s','start':'%s'}", yoga, c.provider[0], start));
}

static struct answer *book_seat(const char *start, const char *hold, const char *name)
{
    return api_post(&nobody, "/public/groups/bookings", js("{'service_id':'%s','provider_id':'%s','start':'%s',%s'client':{'name':'%s','email':'%s@seats.example'}}",
        yoga, c.provider[0], start, hold ? js("'hold_id':'%s',", hold) : "", name, name));
}

static void make_session(const char *start, int seats)
{
    EXPECT(api_post(&c.owner, "/sessions", js("{'service_id':'%s','provider_id':'%s','start':'%s','seats':%d}", yoga, c.provider[0], start, seats)), 201, NULL);
}

static void test_seat_held(void)
{
    char start[40], first[UUID_TEXT], second[UUID_TEXT];
    snprintf(start, sizeof start, "%s", day_time(24, 15, 0));
    make_session(start, 2);
    CHECK_INT(seats_left(start), 2);
    struct answer *a = hold_seat(api_main, start);
    EXPECT(a, 201, NULL);
    keep_id(first, a, "data.id");
    CHECK_INT(seats_left(start), 1);
    a = hold_seat(api_main, start);
    EXPECT(a, 201, NULL);
    keep_id(second, a, "data.id");
    CHECK_INT(seats_left(start), 0);
    EXPECT(hold_seat(api_main, start), 409, "CONFLICT_DETECTED");
    EXPECT(join(api_main, 0, 0, start), 409, "CONFLICT_DETECTED"); /* the desk too */
    EXPECT(book_seat(start, NULL, "late"), 409, "CONFLICT_DETECTED");
    EXPECT(book_seat(start, first, "one"), 201, NULL);
    EXPECT(api_post(&nobody, at("/public/groups/holds/%s/release", second), NULL), 204, NULL);
    CHECK_INT(seats_left(start), 1);
    a = hold_seat(api_main, start);
    EXPECT(a, 201, NULL);
    keep_id(second, a, "data.id");
    api_sql("UPDATE hold SET expires_at = expires_at - 3600000000 WHERE closed_at IS NULL"); /* over at once, without any clean-up */
    CHECK_INT(seats_left(start), 1);
    EXPECT(book_seat(start, second, "late"), 409, "HOLD_EXPIRED");
    EXPECT(join(api_main, 0, 0, start), 201, NULL);
    EXPECT(hold_seat(api_main, start), 409, "CONFLICT_DETECTED");
}

static void *holder_main(void *arg)
{
    struct racer *r = arg;
    struct conn *conn = conn_open();
    api_call(conn, &nobody, "GET", "//live", NULL);
    pthread_barrier_wait(&gate);
    r->status = (r->n % 4 ? hold_seat(conn, r->start) : join(conn, r->n, 0, r->start))->status;
    conn_close(conn);
    return NULL;
}

/* Holds and bookings together never take more than there is, and no less. */
static void test_seats_in_a_race(void)
{
    static struct racer racers[PEOPLE];
    int got = 0;
    char start[40];
    snprintf(start, sizeof start, "%s", day_time(24, 17, 0));
    make_session(start, 7);
    pthread_barrier_init(&gate, NULL, PEOPLE);
    for (int i = 0; i < PEOPLE; i++) {
        racers[i] = (struct racer){ .n = i, .start = start };
        REQUIRE(pthread_create(&racers[i].thread, NULL, holder_main, &racers[i]) == 0);
    }
    for (int i = 0; i < PEOPLE; i++) {
        pthread_join(racers[i].thread, NULL);
        got += racers[i].status == 201;
        CHECK(racers[i].status == 201 || racers[i].status == 409);
    }
    pthread_barrier_destroy(&gate);
    CHECK_INT(got, 7);
    CHECK_INT(seats_left(start), 0);
}

static void test_race(void)
{
    race(day_time(20, 9, 0), 3); /* the session is made in the race as well */
    EXPECT(api_post(&c.owner, "/sessions", js("{'service_id':'%s','provider_id':'%s','start':'%s','seats':17}", yoga, c.provider[0], day_time(20, 12, 0))), 201, NULL);
    race(day_time(20, 12, 0), 17);
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_LOG=warn", "CLINICD_RATE_BOOKING_PER_MINUTE=1000000", "CLINICD_RATE_PUBLIC_PER_MINUTE=1000000", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .env = env });
        clinic_make(&c, "groups");
        make_people();
        RUN(test_by_booking);
        RUN(test_nobody_twice);
        RUN(test_by_staff);
        RUN(test_empty_takes_its_chair);
        RUN(test_visit);
        RUN(test_visit_of_two);
        RUN(test_race);
        RUN(test_last_leaves);
        RUN(test_seat_held);
        RUN(test_seats_in_a_race);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
