/* test_freed.c - every way in which time becomes free reaches those who wait: each way has a day of its own with one entry for
 * it, and all must have their offer at the end, of the provider and the start that were given up. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/test.h"
#include <string.h>

enum { WAIT_MS = 20000, WAYS_MAX = 40 };
static struct clinic c;
static char waiting[2][UUID_TEXT];
static struct { char want[UUID_TEXT], provider[UUID_TEXT], start[32]; const char *way; } ways[WAYS_MAX];
static size_t n_ways;

/* Somebody waits on that day for that service, more: with its comma before; the offer must be this one. */
static void expect_one(const char *way, int day, const char *service, int provider, const char *start, const char *more)
{
    REQUIRE(n_ways < WAYS_MAX);
    struct answer *a = api_post(&c.owner, "/waitlist", js("{'client_id':'%s','service_id':'%s','not_before':'%s','not_after':'%s'%s}",
        waiting[n_ways % 2], service, day_date(day), day_date(day), more));
    NEED(a, 201, NULL);
    keep_id(ways[n_ways].want, a, "data.id");
    snprintf(ways[n_ways].provider, UUID_TEXT, "%s", c.provider[provider]);
    snprintf(ways[n_ways].start, sizeof ways->start, "%s", start);
    ways[n_ways++].way = way;
}

static void expect_offer(const char *way, int day, const char *service, int provider, const char *start) { expect_one(way, day, service, provider, start, ""); }

static void book(char id[UUID_TEXT], const char *service, int provider, const char *start)
{
    struct answer *a = clinic_book(&c, service, provider, 0, start);
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
}

static void step(const char *id, const char *path, const char *body) { EXPECT(api_post(&c.owner, at("/appointments/%s/%s", id, path), body), 200, NULL); }

static struct answer *visitor_books(const char *service, const char *start, const char *name)
{
    struct who w = clinic_visitor();
    struct answer *a = api_post(&w, at("/public/%s/bookings", c.slug), js("{'service_id':'%s','provider_id':'%s','start':'%s','client':{'name':'%s','email':'%s@visitor.example'}}",
        service, c.provider[0], start, name, name));
    NEED(a, 201, NULL);
    return a;
}

static void of_one(void)
{
    char id[UUID_TEXT];
    expect_offer("cancelled by staff", 10, c.plain, 0, day_time(10, 9, 0));
    book(id, c.plain, 0, day_time(10, 9, 0));
    step(id, "cancel", "{\"notify\":false}");
    expect_offer("moved: the old time", 11, c.plain, 0, day_time(11, 9, 0));
    book(id, c.plain, 0, day_time(11, 9, 0));
    step(id, "move", js("{'start':'%s'}", day_time(40, 9, 0)));
    expect_offer("given to another provider", 12, c.plain, 0, day_time(12, 9, 0));
    book(id, c.plain, 0, day_time(12, 9, 0));
    step(id, "move", js("{'start':'%s','provider_id':'%s'}", day_time(12, 9, 0), c.provider[1]));
    expect_offer("made shorter", 13, c.plain, 0, day_time(13, 9, 30));
    struct answer *a = api_post(&c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','duration_min':60}",
        c.client[0], c.plain, c.provider[0], day_time(13, 9, 0)));
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
    step(id, "move", js("{'start':'%s','end':'%s'}", day_time(13, 9, 0), day_time(13, 9, 30)));
    expect_offer("did not come", 14, c.plain, 0, day_time(14, 9, 0));
    book(id, c.plain, 0, day_time(14, 9, 0));
    step(id, "state", "{\"status\":\"no_show\"}");
    expect_offer("cancelled by the client", 15, c.plain, 0, day_time(15, 9, 0));
    a = visitor_books(c.plain, day_time(15, 9, 0), "Vera");
    EXPECT(api_post(&nobody, at("/public/bookings/%s", api_str(a, "data.token")), "{\"action\":\"cancel\"}"), 200, NULL);
}

static void of_requests(void)
{
    char asked[UUID_TEXT], id[UUID_TEXT];
    struct answer *a = api_post(&c.owner, "/services", js("{'name':'Asked','duration_min':30,'approval_required':true,'provider_ids':['%s','%s']}", c.provider[0], c.provider[1]));
    NEED(a, 201, NULL);
    keep_id(asked, a, "data.id");
    expect_offer("request declined", 16, c.plain, 0, day_time(16, 9, 0));
    keep_id(id, visitor_books(asked, day_time(16, 9, 0), "Rita"), "data.appointment.id");
    step(id, "decline", "{\"reason\":\"no\"}");
    expect_offer("request withdrawn", 17, c.plain, 0, day_time(17, 9, 0));
    a = visitor_books(asked, day_time(17, 9, 0), "Rosa");
    EXPECT(api_post(&nobody, at("/public/bookings/%s", api_str(a, "data.token")), "{\"action\":\"cancel\"}"), 200, NULL);
    expect_offer("request not answered", 18, c.plain, 0, day_time(18, 9, 0));
    keep_id(id, visitor_books(asked, day_time(18, 9, 0), "Rolf"), "data.appointment.id");
    api_sql("UPDATE appointment SET lapses_at = lapses_at - 864000000000 WHERE id = %s", api_sql_id(id));
    api_sql("UPDATE claim SET expires_at = expires_at - 864000000000 WHERE owner_id = %s", api_sql_id(id));
    api_sql("UPDATE job SET run_at = run_at - 864000000000 WHERE kind = 'calendar.lapse' AND state = 0");
    CHECK(api_stop_soft()); /* it looks at the clock again */
    api_again();
}

static void of_many(void)
{
    char first[UUID_TEXT], visit[UUID_TEXT];
    const char *daily = js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','rrule':'FREQ=DAILY;COUNT=3'}", c.client[1], c.plain, c.provider[0], day_time(19, 9, 0));
    struct answer *a = api_post(&c.owner, "/appointments/recurring", daily);
    NEED(a, 201, NULL);
    keep_id(first, a, "data.appointments[0].appointment_id");
    expect_offer("one of a series moved", 19, c.plain, 0, day_time(19, 9, 0));
    EXPECT(api_patch(&c.owner, at("/appointments/%s/recurring?scope=this", first), js("{'start':'%s'}", day_time(41, 9, 0))), 200, NULL);
    a = api_get(&c.owner, at("/appointments/%s/recurring", first));
    char second[UUID_TEXT];
    keep_id(second, a, "data.appointments[1].appointment_id");
    expect_offer("the following of a series moved, its first", 20, c.plain, 0, day_time(20, 9, 0));
    expect_offer("the following of a series moved, its last", 21, c.plain, 0, day_time(21, 9, 0));
    EXPECT(api_patch(&c.owner, at("/appointments/%s/recurring?scope=following", second), js("{'start':'%s'}", day_time(20, 15, 0))), 200, NULL);
    daily = js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','rrule':'FREQ=DAILY;COUNT=2'}", c.client[1], c.plain, c.provider[0], day_time(22, 9, 0));
    a = api_post(&c.owner, "/appointments/recurring", daily);
    NEED(a, 201, NULL);
    keep_id(first, a, "data.appointments[0].appointment_id");
    expect_offer("a series cancelled, its first", 22, c.plain, 0, day_time(22, 9, 0));
    expect_offer("a series cancelled, its second", 23, c.plain, 0, day_time(23, 9, 0));
    EXPECT(api_post(&c.owner, at("/appointments/%s/recurring/cancel?scope=all", first), "{}"), 200, NULL);
    for (int k = 0; k < 2; k++) {
        a = api_post(&c.owner, "/visits", js("{'client_id':'%s','start':'%s','items':[{'service_id':'%s','provider_id':'%s'},{'service_id':'%s','provider_id':'%s'}]}",
            c.client[2], day_time(24 + k, 9, 0), c.plain, c.provider[0], c.plain, c.provider[1]));
        NEED(a, 201, NULL);
        keep_id(visit, a, "data.id");
        for (int i = 0; i < 2; i++)
            expect_one(k ? "of a visit cancelled" : "of a visit moved", 24 + k, c.plain, i, day_time(24 + k, 9, 30 * i), js(",'provider_id':'%s'", c.provider[i]));
        if (k) EXPECT(api_post(&c.owner, at("/visits/%s/cancel", visit), "{}"), 200, NULL);
        else EXPECT(api_post(&c.owner, at("/visits/%s/move", visit), js("{'start':'%s'}", day_time(42, 9, 0))), 200, NULL);
    }
}

static void of_groups(void)
{
    char yoga[UUID_TEXT], id[UUID_TEXT];
    struct answer *a = api_post(&c.owner, "/services", js("{'name':'Group','duration_min':60,'seats':3,'provider_ids':['%s']}", c.provider[0]));
    NEED(a, 201, NULL);
    keep_id(yoga, a, "data.id");
    a = api_post(&c.owner, "/sessions", js("{'service_id':'%s','provider_id':'%s','start':'%s'}", yoga, c.provider[0], day_time(26, 9, 0)));
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
    expect_offer("an empty session cancelled", 26, c.plain, 0, day_time(26, 9, 0));
    EXPECT(api_post(&c.owner, at("/sessions/%s/cancel", id), "{}"), 200, NULL);
    book(id, yoga, 0, day_time(27, 9, 0));
    expect_offer("the last one left a session", 27, c.plain, 0, day_time(27, 9, 0));
    step(id, "cancel", "{\"notify\":false}");
}

static void block(char id[UUID_TEXT], const char *kind, const char *subject, int day)
{
    struct answer *a = api_post(&c.owner, "/blocked-times", js("{'kind':'%s','subject_id':'%s','start':'%s','end':'%s'}", kind, subject, day_time(day, 6, 0), day_time(day, 22, 0)));
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
}

static void of_blocked_time(void)
{
    char id[2][UUID_TEXT];
    block(id[0], "provider", c.provider[0], 28);
    expect_offer("a provider's blocked time deleted", 28, c.plain, 0, day_time(28, 6, 0));
    EXPECT(api_delete(&c.owner, at("/blocked-times/%s", id[0])), 204, NULL);
    block(id[0], "location", c.location, 29);
    expect_offer("a location's blocked time deleted", 29, c.plain, 0, day_time(29, 6, 0));
    EXPECT(api_delete(&c.owner, at("/blocked-times/%s", id[0])), 204, NULL);
    for (int i = 0; i < 2; i++) block(id[i], "resource", c.chair[i], 30);
    expect_offer("a chair's blocked time deleted", 30, c.seated, 0, day_time(30, 6, 0));
    EXPECT(api_delete(&c.owner, at("/blocked-times/%s", id[0])), 204, NULL);
}

/* Both chairs are taken: when one is given up, another provider can use it. */
static void of_a_chair(void)
{
    char id[2][UUID_TEXT], off[UUID_TEXT];
    book(id[0], c.seated, 0, day_time(31, 9, 0));
    struct answer *a = clinic_book(&c, c.seated, 1, 1, day_time(31, 9, 30));
    NEED(a, 201, NULL);
    a = api_post(&c.owner, "/blocked-times", js("{'kind':'resource','subject_id':'%s','start':'%s','end':'%s'}", c.chair[1], day_time(31, 6, 0), day_time(31, 9, 30)));
    if (a->status == 409) a = api_post(&c.owner, "/blocked-times", js("{'kind':'resource','subject_id':'%s','start':'%s','end':'%s'}", c.chair[0], day_time(31, 6, 0), day_time(31, 9, 0)));
    NEED(a, 201, NULL);
    a = api_post(&c.owner, "/blocked-times", js("{'kind':'provider','subject_id':'%s','start':'%s','end':'%s','force':true}", c.provider[0], day_time(31, 6, 0), day_time(31, 22, 0)));
    NEED(a, 201, NULL);
    keep_id(off, a, "data.id");
    expect_offer("a chair given up, for another provider", 31, c.seated, 1, day_time(31, 9, 0));
    step(id[0], "cancel", "{\"notify\":false}");
}

static void all_have_their_offer(void)
{
    int64_t end = api_now_ms() + WAIT_MS;
    for (size_t i = 0; i < n_ways; i++) {
        struct answer *a = api_get(&c.owner, at("/waitlist/%s", ways[i].want));
        while (strcmp(api_str(a, "data.status"), "offered") != 0 && api_now_ms() < end) {
            api_sleep_ms(50);
            a = api_get(&c.owner, at("/waitlist/%s", ways[i].want));
        }
        bool right = strcmp(api_str(a, "data.offers[0].start"), ways[i].start) == 0 && strcmp(api_str(a, "data.offers[0].provider_id"), ways[i].provider) == 0;
        if (!right) fprintf(stderr, "  %s: no offer of %s: %.400s\n", ways[i].way, ways[i].start, a->body);
        CHECK(right);
    }
    CHECK_INT(api_count(api_get(&c.owner, "/waitlist?status=offered&limit=100"), "data"), n_ways);
}

/* What is set up opens time: a closed day that is deleted, somebody who can be booked again, a chair or a place out of the archive. */
static void of_what_is_set_up(void)
{
    char id[UUID_TEXT];
    const char *helper = at("/providers/%s", c.provider[1]), *his = at(",'provider_id':'%s'", c.provider[1]);
    struct answer *a = api_post(&c.owner, "/holidays", js("{'date':'%s','name':'Closed'}", day_date(43)));
    NEED(a, 201, NULL);
    keep_id(id, a, "data.id");
    expect_offer("a closed day deleted", 43, c.plain, 0, day_time(43, 6, 0));
    EXPECT(api_delete(&c.owner, at("/holidays/%s", id)), 204, NULL);
    EXPECT(api_patch(&c.owner, helper, "{\"bookable\":false}"), 200, NULL);
    expect_one("somebody can be booked again", 44, c.plain, 1, day_time(44, 6, 0), js("%s", his));
    EXPECT(api_patch(&c.owner, helper, "{\"bookable\":true}"), 200, NULL);
    all_have_their_offer();
    EXPECT(api_delete(&c.owner, helper), 204, NULL);
    expect_one("somebody is there again", 45, c.plain, 1, day_time(45, 6, 0), js("%s", his));
    EXPECT(api_post(&c.owner, at("%s/restore", helper), NULL), 200, NULL);
    all_have_their_offer();
    block(id, "resource", c.chair[1], 46);
    EXPECT(api_delete(&c.owner, at("/resources/%s", c.chair[0])), 204, NULL);
    expect_offer("a chair is there again", 46, c.seated, 0, day_time(46, 6, 0));
    EXPECT(api_post(&c.owner, at("/resources/%s/restore", c.chair[0]), NULL), 200, NULL);
    all_have_their_offer();
    EXPECT(api_delete(&c.owner, at("/locations/%s", c.location)), 204, NULL);
    expect_offer("a place is there again", 47, c.plain, 0, day_time(47, 6, 0));
    EXPECT(api_post(&c.owner, at("/locations/%s/restore", c.location), NULL), 200, NULL);
    all_have_their_offer();
}

/* Working hours that grow, and hours on another clock: what is open now and was not before. */
static void of_longer_hours(void)
{
    char week[2000];
    size_t n = 0;
    const char *hours = at("/providers/%s/hours", c.provider[0]);
    EXPECT(api_put(&c.owner, hours, js("{'exceptions':[{'date':'%s','closed':true}]}", day_date(50))), 200, NULL);
    expect_offer("a day that was closed for one provider opens", 50, c.plain, 0, day_time(50, 6, 0));
    EXPECT(api_put(&c.owner, hours, "{\"exceptions\":[]}"), 200, NULL);
    expect_offer("hours that begin earlier", 51, c.plain, 1, day_time(51, 5, 0));
    for (int d = 1; d <= 7; d++)
        n += (size_t)snprintf(week + n, sizeof week - n, "%s{'location_id':'%s','weekday':%d,'start':'05:00','end':'22:00'}", d > 1 ? "," : "", c.location, d);
    EXPECT(api_put(&c.owner, at("/providers/%s/hours", c.provider[1]), js("{'weekly':[%s]}", week)), 200, NULL);
    all_have_their_offer();
    /* Six o'clock is two hours earlier now. */
    expect_one("the place goes by another clock", 52, c.plain, 0, day_time(52, 4, 0), js(",'provider_id':'%s'", c.provider[0]));
    EXPECT(api_patch(&c.owner, at("/locations/%s", c.location), "{\"time_zone\":\"Africa/Johannesburg\",\"keep\":\"instants\"}"), 200, NULL);
    all_have_their_offer();
}

/* Hours that shrink, or are written as they were, free nothing: no job is made for those who wait. */
static void of_shorter_hours(void)
{
    const char *hours = at("/providers/%s/hours", c.provider[0]), *body = js("{'exceptions':[{'date':'%s','start':'10:00','end':'12:00'}]}", day_date(53));
    struct answer *a = api_post(&c.owner, "/waitlist", js("{'client_id':'%s','service_id':'%s','not_before':'%s','not_after':'%s'}", waiting[0], c.plain, day_date(53), day_date(53)));
    NEED(a, 201, NULL);
    char want[UUID_TEXT];
    keep_id(want, a, "data.id");
    for (int i = 0; i < 2; i++) EXPECT(api_put(&c.owner, hours, body), 200, NULL);
    /* What comes after them in the queue is done, so they would be. */
    expect_offer("one day more", 54, c.plain, 0, day_time(54, 20, 0));
    body = js("{'exceptions':[{'date':'%s','start':'10:00','end':'12:00'},{'date':'%s','start':'22:00','end':'23:00'}]}", day_date(53), day_date(54));
    EXPECT(api_put(&c.owner, hours, body), 200, NULL);
    all_have_their_offer();
    CHECK_STR(api_str(api_get(&c.owner, at("/waitlist/%s", want)), "data.status"), "waiting");
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_RATE_BOOKING_PER_MINUTE=100000", "CLINICD_LOG=warn", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        n_ways = 0;
        api_start(engine, &(struct api_options){ .env = env });
        clinic_make(&c, "freed");
        clinic_never_quiet(&c);
        for (int i = 0; i < 2; i++) {
            struct answer *a = api_post(&c.owner, "/clients", js("{'name':'Wait Number%d'}", i));
            NEED(a, 201, NULL);
            keep_id(waiting[i], a, "data.id");
        }
        CHECK(api_stop_soft()); /* the hours just written opened time too: nobody who comes to wait is offered that */
        api_sql("DELETE FROM job");
        api_again();
        RUN(of_one);
        RUN(of_requests);
        RUN(of_many);
        RUN(of_groups);
        RUN(of_blocked_time);
        RUN(of_a_chair);
        RUN(all_have_their_offer);
        RUN(of_what_is_set_up);
        RUN(of_longer_hours);
        RUN(of_shorter_hours);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
