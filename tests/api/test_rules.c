/* test_rules.c - what a clinic asks of a booking beside free time: its word, limits for one client, answers, private links; and
 * who gets what is left to it. With races where two could both win. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <string.h>

static struct clinic c;

static const char *page(const char *rest) { return at("/public/%s%s", c.slug, rest); }

static struct answer *book_on(struct conn *conn, const char *service, const char *start, const char *name, const char *more)
{
    struct who w = clinic_visitor();
    return api_call(conn, &w, "POST", page("/bookings"),
        js("{'service_id':'%s','start':'%s','client':{'name':'%s','email':'%s@visitor.example'}%s}", service, start, name, name, more));
}

static struct answer *book(const char *service, const char *start, const char *name, const char *more) { return book_on(NULL, service, start, name, more); }

/* A service of both providers, with more fields. */
static void new_service(char id[UUID_TEXT], const char *more)
{
    static int n;
    struct answer *a = api_post(&c.owner, "/services",
        js("{'name':'Rule %d','duration_min':30,'provider_ids':['%s','%s']%s}", ++n, c.provider[0], c.provider[1], more));
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
}

/* ---- many at once ------------------------------------------------------------------------------------------------------ */

enum { RACERS = 16 };
struct racer { pthread_t thread; int n, status; char code[40]; char id[UUID_TEXT], provider[UUID_TEXT]; struct answer *(*run)(struct racer *, struct conn *); };
static struct racer racers[RACERS];
static pthread_barrier_t gate;

static void *racer_main(void *arg)
{
    struct racer *r = arg;
    struct conn *conn = conn_open();
    api_call(conn, &nobody, "GET", "//live", NULL);
    pthread_barrier_wait(&gate);
    struct answer *a = r->run(r, conn);
    r->status = a->status;
    snprintf(r->code, sizeof r->code, "%s", api_str(a, "code"));
    keep_id(r->id, a, "data.appointment.id");
    keep_id(r->provider, a, "data.appointment.provider_id");
    if (a->status != 201 && a->status != 200 && a->status != 409) fprintf(stderr, "  racer %d: %d %.300s\n", r->n, a->status, a->body);
    conn_close(conn);
    return NULL;
}

/* How many got 200 or 201; all others must have got 409. */
static int race(int n, struct answer *(*run)(struct racer *, struct conn *))
{
    int won = 0, lost = 0;
    pthread_barrier_init(&gate, NULL, (unsigned)n);
    for (int i = 0; i < n; i++) {
        racers[i] = (struct racer){ .n = i, .run = run };
        REQUIRE(pthread_create(&racers[i].thread, NULL, racer_main, &racers[i]) == 0);
    }
    for (int i = 0; i < n; i++) {
        pthread_join(racers[i].thread, NULL);
        won += racers[i].status == 201 || racers[i].status == 200;
        lost += racers[i].status == 409;
    }
    pthread_barrier_destroy(&gate);
    CHECK_INT(won + lost, n);
    return won;
}

/* ---- who gets it --------------------------------------------------------------------------------------------------------- */

static char shared[UUID_TEXT];

static int booked_with_first(int days, int n)
{
    int first = 0;
    for (int i = 0; i < n; i++) {
        struct answer *a = book(shared, day_time(days, 7 + i, 0), at("share%d.%d", days, i), "");
        EXPECT(a, 201, NULL);
        first += strcmp(api_str(a, "data.appointment.provider_id"), c.provider[0]) == 0;
    }
    return first;
}

static void test_shares(void)
{
    new_service(shared, "");
    struct answer *a = api_get(&c.owner, at("/services/%s/shares", shared));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data.shares"), 2);
    CHECK_INT(api_int(a, "data.shares[0].weight"), 100);
    CHECK_INT(api_int(a, "data.shares[0].priority"), 2);
    EXPECT(api_put(&c.owner, at("/services/%s/shares", shared), js("{'shares':[{'provider_id':'%s','weight':300}]}", c.provider[0])), 200, NULL);
    CHECK_INT(booked_with_first(40, 12), 9); /* three of four, exactly */
    EXPECT(api_put(&c.owner, at("/services/%s/shares", shared), js("{'shares':[{'provider_id':'%s','priority':3}]}", c.provider[1])), 200, NULL);
    CHECK_INT(booked_with_first(41, 4), 0); /* the higher priority while it is free */
    a = api_put(&c.owner, at("/services/%s/shares", shared), js("{'shares':[{'provider_id':'%s'}]}", c.plain));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(json_object_get(api_json(a, "details.fields"), "shares[0].provider_id"));
    /* Links that stay keep their share when the service is saved. */
    EXPECT(api_patch(&c.owner, at("/services/%s", shared), js("{'provider_ids':['%s','%s']}", c.provider[0], c.provider[1])), 200, NULL);
    a = api_get(&c.owner, at("/services/%s/shares", shared));
    CHECK_INT(api_int(a, "data.shares[0].weight") + api_int(a, "data.shares[1].weight"), 400);
}

static struct answer *race_any(struct racer *r, struct conn *conn)
{
    return book_on(conn, shared, day_time(42, 9, 0), at("rush%d", r->n), "");
}

/* Everybody wants one time with anyone: as many as there are providers get it, the loser of a race tries the other one. */
static void test_any_provider_race(void)
{
    CHECK_INT(race(RACERS, race_any), 2);
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(42), day_date(43), NULL), 0);
}

static struct answer *race_month(struct racer *r, struct conn *conn)
{
    return book_on(conn, shared, day_time(43, 7 + r->n / 2, r->n % 2 * 30), at("month%d", r->n), "");
}

/* Different times at once: the plan's counts may be a moment old, and what the race left uneven the next bookings make good. */
static void test_shares_under_race(void)
{
    enum { AFTER = 6 };
    int first = 0;
    new_service(shared, "");
    CHECK_INT(race(RACERS, race_month), RACERS);
    for (int i = 0; i < RACERS; i++) first += strcmp(racers[i].provider, c.provider[0]) == 0;
    int uneven = abs(RACERS - 2 * first);
    char race_day[16];
    snprintf(race_day, sizeof race_day, "%s", day_date(43));
    int days = strncmp(race_day, day_date(44), 7) == 0 ? 44 : 41; /* the count is one of a month */
    for (int i = 0; i < AFTER; i++) {
        struct answer *a = book(shared, day_time(days, 12 + i / 2, i % 2 * 30), at("after%d", i), "");
        EXPECT(a, 201, NULL);
        first += strcmp(api_str(a, "data.appointment.provider_id"), c.provider[0]) == 0;
    }
    CHECK_INT(abs(RACERS + AFTER - 2 * first), uneven > AFTER ? uneven - AFTER : 0);
}

/* What is cancelled is given back to the count. */
static void test_cancelled_counts_no_more(void)
{
    char first[UUID_TEXT], who[UUID_TEXT];
    new_service(shared, "");
    struct answer *a = book(shared, day_time(44, 9, 0), "back", "");
    NEED(a, 201, NULL);
    keep_id(first, a, "data.appointment.id");
    keep_id(who, a, "data.appointment.provider_id");
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", first), "{}"), 200, NULL);
    a = book(shared, day_time(44, 10, 0), "back2", "");
    EXPECT(a, 201, NULL);
    keep_id(first, a, "data.appointment.provider_id");
    a = book(shared, day_time(44, 11, 0), "back3", "");
    EXPECT(a, 201, NULL);
    CHECK(strcmp(first, api_str(a, "data.appointment.provider_id")) != 0);
}

/* ---- approval ------------------------------------------------------------------------------------------------------------------ */

static char asked[UUID_TEXT], loose[UUID_TEXT], request[UUID_TEXT], token[100];

static struct answer *request_at(const char *service, const char *start, const char *name)
{
    struct answer *a = book(service, start, name, js(",'provider_id':'%s'", c.provider[0]));
    if (a->status == 201) {
        keep_id(request, a, "data.appointment.id");
        snprintf(token, sizeof token, "%s", api_str(a, "data.token"));
    }
    return a;
}

static struct answer *decide(const char *id, const char *what, const char *body) { return api_post(&c.owner, at("/appointments/%s/%s", id, what), body); }

static void expect_letter(const char *name, const char *word)
{
    struct letter l = { 0 };
    bool came = letter_wait(name, 10000, &l);
    CHECK(came);
    if (came && word) CHECK(strstr(l.text, word) != NULL);
    if (came && getenv("SHOW_MAIL")) printf("%s\n%.2500s\n----\n", name, l.text);
    letter_free(&l);
}

static void test_approve(void)
{
    new_service(asked, ",'approval_required':true");
    struct answer *a = request_at(asked, day_time(20, 9, 0), "ask");
    NEED(a, 201, NULL);
    CHECK_STR(api_str(a, "data.appointment.status"), "requested");
    CHECK(*api_str(a, "data.appointment.lapses_at"));
    expect_letter(at("%s.requested.0", request), "Request received"); /* not sent any more once it is decided */
    EXPECT(book(asked, day_time(20, 9, 0), "second", js(",'provider_id':'%s'", c.provider[0])), 409, "CONFLICT_DETECTED"); /* it holds its time */
    a = api_get(&c.owner, at("/appointments?status=requested&from=%s&to=%s", day_date(20), day_date(21)));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_int(a, "meta.pagination.total"), 1);
    EXPECT(api_post(&c.owner, at("/appointments/%s/state", request), "{\"status\":\"scheduled\"}"), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_post(&c.owner, at("/appointments/%s/state", request), "{\"status\":\"confirmed\"}"), 409, "ILLEGAL_TRANSITION");
    struct who w = clinic_visitor();
    EXPECT(api_post(&w, at("/public/bookings/%s", token), "{\"action\":\"confirm\"}"), 409, "ILLEGAL_TRANSITION"); /* not its own word */
    struct who viewer = clinic_member(&c, "viewer");
    EXPECT(api_post(&viewer, at("/appointments/%s/approve", request), NULL), 403, "FORBIDDEN");
    a = decide(request, "approve", NULL);
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.status"), "scheduled");
    EXPECT(decide(request, "approve", NULL), 409, "ILLEGAL_TRANSITION");
    EXPECT(decide(request, "decline", "{}"), 409, "ILLEGAL_TRANSITION");
    expect_letter(at("%s.approved.1", request), "request is approved");
}

static void test_decline(void)
{
    NEED(request_at(asked, day_time(20, 10, 0), "no"), 201, NULL);
    struct answer *a = decide(request, "decline", "{\"reason\":\"We are away that day.\"}");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.status"), "declined");
    CHECK_STR(api_str(a, "data.cancel_reason"), "We are away that day.");
    expect_letter(at("%s.declined.1", request), "We are away that day.");
    EXPECT(request_at(asked, day_time(20, 10, 0), "other"), 201, NULL); /* the time is free again */
    EXPECT(decide(request, "approve", NULL), 200, NULL);
}

/* The client withdraws the request; to take that back is not a way around the clinic's word. */
static void test_withdraw(void)
{
    NEED(request_at(asked, day_time(20, 11, 0), "withdraw"), 201, NULL);
    struct who w = clinic_visitor();
    struct answer *a = api_post(&w, at("/public/bookings/%s", token), "{\"action\":\"cancel\"}");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointment.status"), "cancelled");
    EXPECT(api_post(&w, at("/public/bookings/%s", token), "{\"action\":\"restore\"}"), 409, "ILLEGAL_TRANSITION");
    EXPECT(decide(request, "approve", NULL), 409, "ILLEGAL_TRANSITION");
}

/* A request that is moved by its client stays one, at the new time only. */
static void test_move_a_request(void)
{
    NEED(request_at(asked, day_time(20, 12, 0), "mover"), 201, NULL);
    struct who w = clinic_visitor();
    struct answer *a = api_post(&w, at("/public/bookings/%s", token), js("{'action':'move','start':'%s'}", day_time(20, 13, 0)));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointment.status"), "requested");
    EXPECT(request_at(asked, day_time(20, 12, 0), "mover2"), 201, NULL);
    EXPECT(request_at(asked, day_time(20, 13, 0), "mover3"), 409, "CONFLICT_DETECTED");
}

/* Time passes: it is free at that instant, the request is over, and its client is told. */
static void test_lapse(void)
{
    char lapsed[UUID_TEXT];
    NEED(request_at(asked, day_time(21, 9, 0), "late"), 201, NULL);
    snprintf(lapsed, sizeof lapsed, "%s", request);
    api_sql("UPDATE appointment SET lapses_at = lapses_at - 172800000000 WHERE id = %s", api_sql_id(lapsed));
    api_sql("UPDATE claim SET expires_at = expires_at - 172800000000 WHERE owner_id = %s", api_sql_id(lapsed));
    EXPECT(decide(lapsed, "approve", NULL), 409, "ILLEGAL_TRANSITION");
    EXPECT(request_at(asked, day_time(21, 9, 0), "next"), 201, NULL);
    api_sql("UPDATE job SET run_at = run_at - 172800000000 WHERE kind = 'calendar.lapse' AND payload LIKE '%%%s%%'", lapsed);
    EXPECT(request_at(asked, day_time(21, 10, 0), "wakes"), 201, NULL);
    expect_letter(at("%s.lapsed.1", lapsed), "Request lapsed");
    struct answer *a = api_get(&c.owner, at("/appointments/%s", lapsed));
    CHECK_STR(api_str(a, "data.status"), "expired");
    EXPECT(decide(lapsed, "approve", NULL), 409, "ILLEGAL_TRANSITION");
    a = api_get(&c.owner, at("/audit?entity_id=%s", lapsed));
    CHECK_STR(api_str(a, "data[0].action"), "appointment.lapse");
}

static char rivals[RACERS][UUID_TEXT];
static struct answer *race_approve(struct racer *r, struct conn *conn)
{
    return api_call(conn, &c.owner, "POST", at("/appointments/%s/approve", rivals[r->n]), NULL);
}

/* Requests that hold no time, all for the same one: one of them is approved, the others are told what is in the way. */
static void test_rival_requests(void)
{
    new_service(loose, ",'approval_required':true,'approval_holds_time':false");
    for (int i = 0; i < RACERS; i++) {
        NEED(request_at(loose, day_time(22, 9, i % 2 * 15), at("rival%d", i)), 201, NULL);
        snprintf(rivals[i], UUID_TEXT, "%s", request);
    }
    CHECK_INT(race(RACERS, race_approve), 1);
    int loser = 0;
    while (loser < RACERS && racers[loser].status == 200) loser++;
    struct answer *a = decide(rivals[loser], "approve", NULL);
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK(*api_str(a, "details.conflicts[0].appointment_id"));
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(22), day_date(23), NULL), 0);
}

/* ---- limits ------------------------------------------------------------------------------------------------------------------------ */

static char limited[UUID_TEXT];
static void test_limits(void)
{
    new_service(limited, ",'max_per_client_day':1,'max_per_client_open':3");
    EXPECT(book(limited, day_time(14, 9, 0), "lim", ""), 201, NULL);
    struct answer *a = book(limited, day_time(14, 15, 0), "lim", "");
    EXPECT(a, 409, "BOOKING_RULE");
    CHECK_STR(api_str(a, "details.rule"), "max_per_client_day");
    CHECK_STR(api_str(a, "details.until"), day_time(15, 0, 0));
    CHECK_INT(api_int(a, "details.limit"), 1);
    EXPECT(book(c.plain, day_time(14, 15, 0), "lim", ""), 201, NULL); /* another service */
    EXPECT(book(limited, day_time(15, 9, 0), "lim", ""), 201, NULL);
    EXPECT(book(limited, day_time(16, 9, 0), "lim", ""), 201, NULL);
    a = book(limited, day_time(17, 9, 0), "lim", "");
    EXPECT(a, 409, "BOOKING_RULE");
    CHECK_STR(api_str(a, "details.rule"), "max_per_client_open");
    EXPECT(book(limited, day_time(14, 10, 0), "somebody", ""), 201, NULL); /* somebody else */
    /* The team is free: a limit is for those who book themselves. */
    EXPECT(clinic_book(&c, limited, 0, 0, day_time(18, 9, 0)), 201, NULL);
    EXPECT(clinic_book(&c, limited, 0, 0, day_time(18, 10, 0)), 201, NULL);
}

/* Moving one into a day that is full is refused too; within its own day it is free to move. */
static void test_limits_on_moves(void)
{
    struct who w = clinic_visitor();
    char own[100];
    struct answer *a = book(limited, day_time(24, 9, 0), "shift", "");
    NEED(a, 201, NULL);
    a = book(limited, day_time(25, 9, 0), "shift", "");
    NEED(a, 201, NULL);
    snprintf(own, sizeof own, "%s", api_str(a, "data.token"));
    EXPECT(api_post(&w, at("/public/bookings/%s", own), js("{'action':'move','start':'%s'}", day_time(24, 14, 0))), 409, "BOOKING_RULE");
    EXPECT(api_post(&w, at("/public/bookings/%s", own), js("{'action':'move','start':'%s'}", day_time(25, 14, 0))), 200, NULL);
    a = api_get(&nobody, at("/public/bookings/%s", own)); /* the link stays good */
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointment.start"), day_time(25, 14, 0));
}

static struct answer *race_limit(struct racer *r, struct conn *conn)
{
    return book_on(conn, limited, day_time(26, 7 + r->n / 2, r->n % 2 * 30), "hasty", "");
}

/* One person, many bookings at once, a limit of one: exactly one. Not even a client yet when it begins. */
static void test_limit_race(void)
{
    CHECK_INT(race(RACERS, race_limit), 1);
    for (int i = 0; i < RACERS; i++)
        if (racers[i].status == 409) CHECK_STR(racers[i].code, "BOOKING_RULE");
}

static void test_clinic_limits_and_notice(void)
{
    EXPECT(api_patch(&c.owner, "/tenant", "{\"max_per_client_week\":1}"), 200, NULL);
    EXPECT(book(c.plain, day_time(28, 9, 0), "weekly", ""), 201, NULL);
    struct answer *a = book(c.buffered, day_time(28, 12, 0), "weekly", "");
    EXPECT(a, 409, "BOOKING_RULE");
    CHECK_STR(api_str(a, "details.of"), "clinic");
    CHECK_STR(api_str(a, "details.rule"), "max_per_client_week");
    EXPECT(api_patch(&c.owner, "/tenant", "{\"max_per_client_week\":null}"), 200, NULL);
    char slow[UUID_TEXT], own[100];
    new_service(slow, ",'min_notice_min':14400,'move_notice_min':100,'cancel_notice_min':28800");
    a = book(slow, day_time(5, 9, 0), "soon", "");
    EXPECT(a, 409, "BOOKING_RULE");
    CHECK_STR(api_str(a, "details.rule"), "min_notice");
    a = book(slow, day_time(12, 9, 0), "soon", "");
    NEED(a, 201, NULL);
    snprintf(own, sizeof own, "%s", api_str(a, "data.token"));
    a = api_get(&nobody, at("/public/bookings/%s", own));
    CHECK(json_is_true(api_json(a, "data.can_move")));
    CHECK(json_is_false(api_json(a, "data.can_cancel")));
    CHECK(json_is_true(api_json(a, "data.can_confirm")));
    struct who w = clinic_visitor();
    a = api_post(&w, at("/public/bookings/%s", own), "{\"action\":\"cancel\"}");
    EXPECT(a, 409, "BOOKING_RULE");
    CHECK_STR(api_str(a, "details.rule"), "cancel_notice");
    CHECK(*api_str(a, "details.until"));
    a = api_post(&w, at("/public/bookings/%s", own), "{\"action\":\"confirm\"}");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.appointment.status"), "confirmed");
    /* A page that is out of date is told so, and changes nothing. */
    EXPECT(api_with(&w, "POST", at("/public/bookings/%s", own), js("{'action':'move','start':'%s'}", day_time(13, 9, 0)), "If-Match: \"1\"\r\n"), 412, "STALE_VERSION");
}

/* ---- questions ----------------------------------------------------------------------------------------------------------------------------- */

static void test_questions(void)
{
    char service[UUID_TEXT], q[3][UUID_TEXT], id[UUID_TEXT];
    new_service(service, "");
    struct answer *a = api_put(&c.owner, at("/services/%s/questions", service),
        js("{'questions':[{'kind':'choice','text':'Which side?','required':true,'choices':['left','right, or wherever it hurts when it is cold']},{'kind':'number','text':'Weight in kg','min':1,'max':300},"
           "{'kind':'consent','text':'I agree to the treatment','required':true}]}"));
    NEED(a, 200, NULL);
    for (int i = 0; i < 3; i++) keep_id(q[i], a, at("data.questions[%d].id", i));
    a = api_get(&nobody, at("%s?service_id=%s", page("/questions"), service));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data"), 3);
    CHECK_STR(api_str(a, "data[0].choices[1]"), "right, or wherever it hurts when it is cold");
    a = book(service, day_time(30, 9, 0), "quiet", "");
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(json_object_get(api_json(a, "details.fields"), at("answers.%s", q[0])));
    CHECK(!json_object_get(api_json(a, "details.fields"), at("answers.%s", q[1])));
    CHECK(json_object_get(api_json(a, "details.fields"), at("answers.%s", q[2])));
    a = book(service, day_time(30, 9, 0), "wrong", js(",'answers':[{'question_id':'%s','value':'up'},{'question_id':'%s','value':'301'},{'question_id':'%s','value':'yes'},{'question_id':'%s','value':'x'}]", q[0], q[1], q[2], c.plain));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK_INT((int)json_object_size(api_json(a, "details.fields")), 3);
    a = book(service, day_time(30, 9, 0), "frank", js(",'answers':[{'question_id':'%s','value':'left'},{'question_id':'%s','value':'yes'}]", q[0], q[2]));
    NEED(a, 201, NULL);
    keep_id(id, a, "data.appointment.id");
    /* As it was asked then, whatever is asked now. */
    a = api_put(&c.owner, at("/services/%s/questions", service), js("{'questions':[{'id':'%s','kind':'text','text':'Left or right?'}]}", q[0]));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.questions[0].id"), q[0]);
    a = api_get(&c.owner, at("/appointments/%s/answers", id));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data"), 2);
    CHECK_STR(api_str(a, "data[0].question"), "Which side?");
    CHECK_STR(api_str(a, "data[0].value"), "left");
    /* The team may leave out what is required, and write it down later. */
    a = api_post(&c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[0], service, c.provider[0], day_time(30, 12, 0)));
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
    a = api_put(&c.owner, at("/appointments/%s/answers", id), js("{'answers':[{'question_id':'%s','value':'both'}]}", q[0]));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data[0].value"), "both");
}

static void test_wrong_questions(void)
{
    char *path = strdup(at("/services/%s/questions", c.plain));
    struct answer *a = api_put(&c.owner, path, js("{'questions':[{'kind':'choice','text':'?','choices':['one']},{'kind':'date','text':'?','min':3},{'kind':'text','text':'?','min':9,'max':3}]}"));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(json_object_get(api_json(a, "details.fields"), "questions[0].choices"));
    CHECK(json_object_get(api_json(a, "details.fields"), "questions[1].min"));
    CHECK(json_object_get(api_json(a, "details.fields"), "questions[2].min"));
    a = api_put(&c.owner, path, js("{'questions':[{'id':'%s','kind':'text','text':'not mine'}]}", c.client[0]));
    EXPECT(a, 422, "VALIDATION_ERROR");
    EXPECT(api_get(&c.owner, path), 200, NULL);
    free(path);
}

/* ---- private links ---------------------------------------------------------------------------------------------------------------------------- */

static char secret[UUID_TEXT], link_id[UUID_TEXT], link_token[100];

static struct answer *new_link(const char *more)
{
    struct answer *a = api_post(&c.owner, "/booking-links", js("{'service_ids':['%s']%s}", secret, more));
    if (a->status == 201) {
        keep_id(link_id, a, "data.id");
        snprintf(link_token, sizeof link_token, "%s", api_str(a, "data.token"));
    }
    return a;
}

static void test_private_link(void)
{
    new_service(secret, ",'public':false");
    struct answer *a = new_link(js(",'single_use':true,'client_id':'%s','provider_id':'%s','note':'after the call'", c.client[1], c.provider[1]));
    NEED(a, 201, NULL);
    CHECK(strstr(api_str(a, "data.url"), "/l/"));
    a = api_get(&nobody, at("/public/links/%s", link_token));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data.clinic.services"), 1);
    CHECK(*api_str(a, "data.client_name"));
    CHECK(!strstr(a->body, c.client[1])); /* a name, nothing else */
    CHECK_INT(api_int(a, "data.uses_left"), 1);
    EXPECT(api_get(&nobody, at("%s?service_id=%s&from=%s&to=%s", page("/slots"), secret, day_date(31), day_date(31))), 404, NULL);
    a = api_get(&nobody, at("%s?service_id=%s&from=%s&to=%s&link=%s", page("/slots"), secret, day_date(31), day_date(31), link_token));
    EXPECT(a, 200, NULL);
    CHECK(api_count(a, "data") > 5);
    CHECK_STR(api_str(a, "data[0].provider_id"), c.provider[1]);
    EXPECT(api_get(&nobody, at("%s?service_id=%s&from=%s&to=%s&link=%s", page("/slots"), c.plain, day_date(31), day_date(31), link_token)), 404, NULL);
    struct who w = clinic_visitor();
    a = api_post(&w, page("/holds"), js("{'service_id':'%s','start':'%s','link':'%s'}", secret, day_time(31, 9, 0), link_token));
    EXPECT(a, 201, NULL);
    const char *hold = at("%s", api_str(a, "data.id"));
    a = api_post(&w, page("/bookings"), js("{'service_id':'%s','start':'%s','link':'%s','hold_id':'%s'}", secret, day_time(31, 9, 0), link_token, hold));
    EXPECT(a, 201, NULL);
    a = api_get(&c.owner, at("/appointments/%s", api_str(a, "data.appointment.id")));
    CHECK_STR(api_str(a, "data.client_id"), c.client[1]);
    EXPECT(api_post(&w, page("/bookings"), js("{'service_id':'%s','start':'%s','link':'%s'}", secret, day_time(31, 11, 0), link_token)), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_get(&nobody, at("/public/links/%s", link_token)), 409, "ILLEGAL_TRANSITION");
    a = api_get(&c.owner, "/booking-links");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data[0].state"), "used");
}

static void test_wrong_links(void)
{
    struct answer *a = new_link(js(",'single_use':true,'max_uses':2,'expires_at':'%s'", day_time(-1, 0, 0)));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(json_object_get(api_json(a, "details.fields"), "max_uses") && json_object_get(api_json(a, "details.fields"), "expires_at"));
    EXPECT(new_link(js(",'client_id':'%s'", c.plain)), 404, "NOT_FOUND");
    EXPECT(new_link(js(",'provider_id':'%s'", c.plain)), 404, "NOT_FOUND");
    EXPECT(api_post(&c.owner, "/booking-links", "{\"service_ids\":[]}"), 422, NULL);
    NEED(new_link(",'max_uses':5"), 201, NULL);
    EXPECT(book(secret, day_time(31, 12, 0), "linked", js(",'link':'%s'", link_token)), 201, NULL);
    EXPECT(api_post(&c.owner, at("/booking-links/%s/revoke", link_id), NULL), 200, NULL);
    EXPECT(api_post(&c.owner, at("/booking-links/%s/revoke", link_id), NULL), 200, NULL);
    EXPECT(book(secret, day_time(31, 13, 0), "linked2", js(",'link':'%s'", link_token)), 409, "ILLEGAL_TRANSITION");
    NEED(new_link(""), 201, NULL);
    api_sql("UPDATE booking_link SET expires_at = 5 WHERE id = %s", api_sql_id(link_id));
    EXPECT(book(secret, day_time(31, 13, 0), "linked3", js(",'link':'%s'", link_token)), 409, "ILLEGAL_TRANSITION");
    link_token[9] ^= 1;
    EXPECT(book(secret, day_time(31, 13, 0), "linked4", js(",'link':'%s'", link_token)), 404, "NOT_FOUND");
    EXPECT(book(secret, day_time(31, 13, 0), "linked5", js(",'link':'%s'", token)), 404, "NOT_FOUND"); /* an appointment's link is none of these */
    struct who other = { 0 };
    struct clinic b;
    clinic_make(&b, at("%s-b", c.slug));
    NEED(new_link(""), 201, NULL);
    other = b.owner;
    EXPECT(api_post(&other, at("/booking-links/%s/revoke", link_id), NULL), 404, "NOT_FOUND");
    struct who w = clinic_visitor();
    EXPECT(api_get(&w, at("/public/%s/questions?service_id=%s&link=%s", b.slug, b.plain, link_token)), 404, "NOT_FOUND");
}

static struct answer *race_link(struct racer *r, struct conn *conn)
{
    return book_on(conn, secret, day_time(33, 7 + r->n / 2, r->n % 2 * 30), at("linkrace%d", r->n), js(",'link':'%s'", link_token));
}

/* Good for three: three of sixteen at once. */
static void test_link_race(void)
{
    NEED(new_link(",'max_uses':3"), 201, NULL);
    CHECK_INT(race(RACERS, race_link), 3);
    struct answer *a = api_get(&c.owner, "/booking-links?limit=1");
    CHECK_INT(api_int(a, "data[0].uses"), 3);
    a = api_get(&c.owner, at("/appointments?from=%s&to=%s", day_date(33), day_date(34)));
    CHECK_INT(api_int(a, "meta.pagination.total"), 3);
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_RATE_PUBLIC_PER_MINUTE=100000", "CLINICD_LOG=warn", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .env = env });
        clinic_make(&c, "rules");
        RUN(test_shares);
        RUN(test_any_provider_race);
        RUN(test_shares_under_race);
        RUN(test_cancelled_counts_no_more);
        RUN(test_approve);
        RUN(test_decline);
        RUN(test_withdraw);
        RUN(test_move_a_request);
        RUN(test_lapse);
        RUN(test_rival_requests);
        RUN(test_limits);
        RUN(test_limits_on_moves);
        RUN(test_limit_race);
        RUN(test_clinic_limits_and_notice);
        RUN(test_questions);
        RUN(test_wrong_questions);
        RUN(test_private_link);
        RUN(test_wrong_links);
        RUN(test_link_race);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
