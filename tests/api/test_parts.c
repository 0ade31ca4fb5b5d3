/* test_parts.c - what a service takes besides its first provider: pools, split times, several at once, the way between sites. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <string.h>

static struct clinic c;
static char helper[UUID_TEXT], second_site[UUID_TEXT];
static char cleaning[UUID_TEXT]; /* 50 minutes: Ada for 40, Dr Help for the last ten, any chair all the time */
static char duo[UUID_TEXT];      /* 30 minutes: Ada or Bo, and Dr Help all the time */
static char twin[UUID_TEXT];     /* 30 minutes: two chairs at once */

static void make(char out[UUID_TEXT], const char *path, const char *body)
{
    struct answer *a = api_post(&c.owner, path, body);
    NEED(a, 201, NULL);
    keep_id(out, a, "data.id");
}

static const char *week(const char *location, const char *from, const char *to)
{
    const char *days = "";
    for (int d = 1; d <= 7; d++)
        days = at("%s%s{\"location_id\":\"%s\",\"weekday\":%d,\"start\":\"%s\",\"end\":\"%s\"}", days, d > 1 ? "," : "", location, d, from, to);
    return days;
}

static void make_services(void)
{
    make(helper, "/providers", "{\"name\":\"Dr Help\",\"bookable\":false}");
    NEED(api_put(&c.owner, at("/providers/%s/hours", helper), at("{\"weekly\":[%s]}", week(c.location, "08:00", "18:00"))), 200, NULL);
    make(cleaning, "/services",
        js("{'name':'Cleaning','duration_min':50,'lead_min':40,'resource_kind':'chair','provider_ids':['%s','%s'],'parts':["
           "{'kind':'provider','provider_ids':['%s'],'offset_min':40,'duration_min':10}]}",
            c.provider[0], c.provider[1], helper));
    make(duo, "/services",
        js("{'name':'Duo','duration_min':30,'provider_ids':['%s','%s'],'parts':[{'kind':'provider','provider_ids':['%s']}]}", c.provider[0],
            c.provider[1], helper));
    make(twin, "/services",
        js("{'name':'Twin','duration_min':30,'provider_ids':['%s','%s'],'parts':[{'kind':'resource','resource_kind':'chair','quantity':2}]}",
            c.provider[0], c.provider[1]));
}

static struct answer *book(const char *service, int provider, int client, const char *start)
{
    return clinic_book(&c, service, provider, client, start);
}

static struct answer *book_helper(int client, const char *start, int minutes)
{
    return api_post(&c.owner, "/appointments",
        js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','duration_min':%d}", c.client[client], c.plain, helper, start, minutes));
}

/* ---- the service --------------------------------------------------------------------- */

static void test_service(void)
{
    struct answer *a = api_get(&c.owner, at("/services/%s", cleaning));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_int(a, "data.lead_min"), 40);
    CHECK_INT(api_int(a, "data.seats"), 1);
    CHECK_INT(api_count(a, "data.parts"), 1);
    CHECK_STR(api_str(a, "data.parts[0].kind"), "provider");
    CHECK_STR(api_str(a, "data.parts[0].provider_ids[0]"), helper);
    CHECK_INT(api_int(a, "data.parts[0].offset_min"), 40);
    CHECK_INT(api_int(a, "data.parts[0].quantity"), 1);
    char id[UUID_TEXT];
    make(id, "/services", js("{'name':'Mixed','duration_min':60,'parts':[{'kind':'resource','resource_ids':['%s','%s'],'quantity':2},"
                             "{'kind':'resource','resource_kind':'room','offset_min':10,'duration_min':20}]}", c.chair[1], c.chair[0]));
    a = api_patch(&c.owner, at("/services/%s", id), "{\"name\":\"Mixed more\"}");
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data.parts"), 2);
    CHECK_STR(api_str(a, "data.parts[0].resource_ids[0]"), c.chair[1]); /* in the order given */
    CHECK_INT(api_int(a, "data.parts[1].duration_min"), 20);
    a = api_patch(&c.owner, at("/services/%s", id), "{\"parts\":[]}");
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data.parts"), 0);
    a = api_get(&c.owner, "/services");
    CHECK(api_count(a, "data") >= 7);
}

static void test_wrong_parts(void)
{
    static const struct { const char *body, *field; } wrong[] = {
        { "'parts':[{'kind':'provider'}]", "parts[0].provider_ids" },
        { "'parts':[{'kind':'resource'}]", "parts[0].resource_kind" },
        { "'parts':[{'kind':'resource','resource_kind':'chair'},{'kind':'provider','resource_kind':'chair','provider_ids':['P']}]", "parts[1].resource_kind" },
        { "'parts':[{'kind':'provider','provider_ids':['P'],'resource_ids':['C']}]", "parts[0].resource_ids" },
        { "'parts':[{'kind':'resource','resource_ids':['C'],'provider_ids':['P']}]", "parts[0].provider_ids" },
        { "'parts':[{'kind':'resource','resource_kind':'chair','resource_ids':['C']}]", "parts[0].resource_kind" },
        { "'parts':[{'kind':'provider','provider_ids':['P'],'quantity':2}]", "parts[0].quantity" },
        { "'parts':[{'kind':'provider','provider_ids':['P','P']}]", "parts[0].provider_ids[1]" },
        { "'parts':[{'kind':'provider','provider_ids':['P'],'offset_min':30}]", "parts[0].offset_min" },
        { "'parts':[{'kind':'provider','provider_ids':['P'],'offset_min':20,'duration_min':11}]", "parts[0].duration_min" },
        { "'parts':[{'kind':'provider','provider_ids':['0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000']}]", "parts[0].provider_ids" },
        { "'parts':[{'kind':'resource','resource_ids':['0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000']}]", "parts[0].resource_ids" },
        { "'resource_kind':'chair','parts':[{'kind':'resource','resource_kind':'room','quantity':6}]", "parts" },
        { "'parts':[{'kind':'nobody'}]", "parts[0].kind" },
        { "'parts':[{'kind':'resource','resource_kind':'chair','quantity':7}]", "parts[0].quantity" },
        { "'lead_min':31", "lead_min" },
        { "'seats':0", "seats" },
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char body[1000] = "", *out = body;
        for (const char *p = wrong[i].body; *p && out < body + sizeof body - 50; p++) {
            bool id = (*p == 'P' || *p == 'C') && p[-1] == '\'' && p[1] == '\'';
            if (id) out += snprintf(out, 40, "%s", *p == 'P' ? helper : c.chair[0]);
            else *out++ = *p;
        }
        struct answer *a = api_post(&c.owner, "/services", js("{'name':'Wrong','duration_min':30,%s}", body));
        EXPECT(a, 422, "VALIDATION_ERROR");
        if (!json_object_get(api_json(a, "details.fields"), wrong[i].field)) {
            fprintf(stderr, "  %s: %s\n", wrong[i].field, a->body);
            CHECK(false);
        }
    }
    struct answer *a = api_patch(&c.owner, at("/services/%s", cleaning), "{\"duration_min\":45}"); /* the part would hang over the end */
    EXPECT(a, 422, "VALIDATION_ERROR");
}

/* ---- split times --------------------------------------------------------------------- */

static void test_split(void)
{
    struct answer *a = book(cleaning, 0, 0, day_time(10, 9, 0));
    EXPECT(a, 201, NULL);
    char id[UUID_TEXT];
    keep_id(id, a, "data.id");
    CHECK_INT(api_count(a, "data.parts"), 2);
    CHECK_INT(api_int(a, "data.lead_min"), 40);
    CHECK_STR(api_str(a, "data.parts[0].kind"), "resource");
    CHECK_STR(api_str(a, "data.parts[0].name"), "Chair 1");
    CHECK_STR(api_str(a, "data.parts[1].subject_id"), helper);
    CHECK_STR(api_str(a, "data.parts[1].name"), "Dr Help");
    CHECK_STR(api_str(a, "data.parts[1].start"), day_time(10, 9, 40));
    CHECK_STR(api_str(a, "data.parts[1].end"), day_time(10, 9, 50));
    CHECK_STR(api_str(a, "data.resource_ids[0]"), c.chair[0]);
    /* Each is taken for the own part of it. */
    EXPECT(book(c.plain, 0, 1, day_time(10, 9, 35)), 409, "CONFLICT_DETECTED");
    EXPECT(book(c.plain, 0, 1, day_time(10, 9, 40)), 201, NULL);
    EXPECT(api_patch(&c.owner, at("/providers/%s", helper), js("{'service_ids':['%s']}", c.plain)), 200, NULL);
    EXPECT(book_helper(2, day_time(10, 9, 0), 40), 201, NULL);
    a = book_helper(2, day_time(10, 9, 45), 10);
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.conflicts[0].kind"), "provider");
    CHECK_STR(api_str(a, "details.conflicts[0].appointment_id"), id);
    CHECK_STR(api_str(a, "details.conflicts[0].start"), day_time(10, 9, 40));
    /* The calendar knows it for both of them. */
    a = api_get(&c.owner, at("/calendar?from=%s&provider_id=%s", day_date(10), helper));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data.appointments"), 2);
    a = api_get(&c.owner, at("/calendar?from=%s", day_date(10)));
    CHECK_STR(api_str(a, "data.appointments[0].parts[1].subject_id"), helper);
    /* Longer: the last ten minutes stay the last. */
    a = api_post(&c.owner, at("/appointments/%s/move", id), js("{'start':'%s','end':'%s'}", day_time(10, 14, 0), day_time(10, 15, 30)));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.parts[1].start"), day_time(10, 15, 20));
    CHECK_STR(api_str(a, "data.parts[0].end"), day_time(10, 15, 30));
    EXPECT(book(c.plain, 0, 1, day_time(10, 9, 0)), 201, NULL); /* nothing is left behind */
}

static struct answer *book_with(int client, const char *further)
{
    return api_post(&c.owner, "/appointments",
        js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s',%s}", c.client[client], c.plain, c.provider[0], day_time(16, 9, 0), further));
}

/* Whoever is named twice would take the same time from themselves. */
static void test_twice(void)
{
    struct answer *a = book_with(0, at("'provider_ids':['%s']", c.provider[0]));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK_STR(api_str(a, "details.fields.provider_ids"), "names who is the first provider already");
    a = book_with(0, at("'resource_ids':['%s','%s']", c.chair[0], c.chair[0]));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(json_object_get(api_json(a, "details.fields"), "resource_ids[1]"));
    /* A second provider who becomes the first is there once. */
    a = book_with(0, at("'provider_ids':['%s']", c.provider[1]));
    EXPECT(a, 201, NULL);
    a = api_post(&c.owner, at("/appointments/%s/move", api_str(a, "data.id")), js("{'start':'%s','provider_id':'%s'}", day_time(16, 9, 0), c.provider[1]));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data.parts"), 0);
    EXPECT(book(c.plain, 0, 1, day_time(16, 9, 0)), 201, NULL);
}

static void test_lacking(void)
{
    /* Dr Help is at work from eight. */
    struct answer *a = book(duo, 0, 0, day_time(11, 7, 0));
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.next[0].start"), day_time(11, 8, 0));
    EXPECT(book(duo, 0, 0, day_time(11, 8, 0)), 201, NULL);
    a = book(duo, 1, 1, day_time(11, 8, 15));
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.conflicts[0].subject_id"), helper);
    /* Two chairs at once, and one of them is taken. */
    EXPECT(book(c.seated, 0, 0, day_time(11, 10, 0)), 201, NULL);
    a = book(twin, 1, 1, day_time(11, 10, 0));
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.conflicts[0].kind"), "resource");
    EXPECT(book(twin, 1, 1, day_time(11, 10, 30)), 201, NULL);
    EXPECT(book(c.seated, 0, 0, day_time(11, 10, 45)), 409, "CONFLICT_DETECTED");
    /* Why is it not offered? */
    a = api_get(&c.owner, at("/calendar/explain?service_id=%s&provider_id=%s&from=%s&to=%s", duo, c.provider[1], day_time(11, 7, 45), day_time(11, 8, 31)));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.dropped[0].reason"), "no_provider");
    CHECK_STR(api_str(a, "data.slots[0].start"), day_time(11, 8, 30));
    a = api_get(&c.owner, at("/calendar/explain?service_id=%s&provider_id=%s&from=%s&to=%s", twin, c.provider[0], day_time(11, 10, 30), day_time(11, 10, 31)));
    CHECK_STR(api_str(a, "data.dropped[0].reason"), "no_resource");
    a = api_get(&c.owner, at("/calendar/conflicts?service_id=%s&provider_id=%s&location_id=%s&start=%s", duo, c.provider[1], c.location, day_time(11, 8, 15)));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.conflicts[0].subject_id"), helper);
}

static void test_by_hand(void)
{
    /* A chair that is named is taken, and a device that is no part comes along. */
    char scanner[UUID_TEXT];
    make(scanner, "/resources", js("{'name':'Scanner','kind':'device','location_id':'%s'}", c.location));
    struct answer *a = api_post(&c.owner, "/appointments",
        js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','resource_ids':['%s','%s'],'provider_ids':['%s']}", c.client[0],
            c.seated, c.provider[0], day_time(12, 9, 0), scanner, c.chair[1], c.provider[1]));
    EXPECT(a, 201, NULL);
    CHECK_INT(api_count(a, "data.parts"), 3);
    CHECK_STR(api_str(a, "data.parts[0].subject_id"), c.chair[1]);
    EXPECT(book(c.plain, 1, 1, day_time(12, 9, 0)), 409, "CONFLICT_DETECTED");
    EXPECT(api_post(&c.owner, "/appointments",
               js("{'client_id':'%s','service_id':'%s','start':'%s','provider_id':'%s','resource_ids':['0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000']}",
                   c.client[0], c.plain, day_time(12, 12, 0), c.provider[0])), 404, "NOT_FOUND");
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", api_str(a, "data.id")), NULL), 200, NULL);
    EXPECT(book(c.plain, 1, 1, day_time(12, 9, 0)), 201, NULL);
}

/* What it had is taken by now: move and restore find others. */
static void test_assigned_anew(void)
{
    char first[UUID_TEXT], other[UUID_TEXT];
    struct answer *a = book(c.seated, 0, 0, day_time(13, 9, 0));
    EXPECT(a, 201, NULL);
    keep_id(first, a, "data.id");
    CHECK_STR(api_str(a, "data.resource_ids[0]"), c.chair[0]);
    a = book(c.seated, 1, 1, day_time(13, 12, 0));
    keep_id(other, a, "data.id");
    CHECK_STR(api_str(a, "data.resource_ids[0]"), c.chair[0]);
    a = api_post(&c.owner, at("/appointments/%s/move", first), js("{'start':'%s'}", day_time(13, 12, 0)));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.resource_ids[0]"), c.chair[1]);
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", other), NULL), 200, NULL);
    EXPECT(api_post(&c.owner, at("/appointments/%s/move", first), js("{'start':'%s','resource_ids':['%s']}", day_time(13, 12, 0), c.chair[0])), 200, NULL);
    a = api_post(&c.owner, at("/appointments/%s/restore", other), NULL);
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.resource_ids[0]"), c.chair[1]);
    a = api_get(&c.owner, at("/appointments/%s", other));
    CHECK_STR(api_str(a, "data.parts[0].subject_id"), c.chair[1]);
}

/* A hold takes the parts too, and the booking on it keeps them. */
static void test_hold(void)
{
    struct who w = { .address = "100.70.0.1" };
    struct answer *a = api_post(&w, at("/public/%s/holds", c.slug), js("{'service_id':'%s','provider_id':'%s','start':'%s'}", cleaning, c.provider[0], day_time(14, 9, 0)));
    EXPECT(a, 201, NULL);
    char hold[UUID_TEXT];
    keep_id(hold, a, "data.id");
    EXPECT(book_helper(2, day_time(14, 9, 45), 10), 409, "CONFLICT_DETECTED");
    EXPECT(book_helper(2, day_time(14, 9, 10), 10), 201, NULL);
    EXPECT(book(c.plain, 0, 1, day_time(14, 9, 40)), 201, NULL);
    a = api_post(&w, at("/public/%s/bookings", c.slug),
        js("{'service_id':'%s','provider_id':'%s','start':'%s','hold_id':'%s','client':{'name':'Hold','email':'hold@example.org'}}", cleaning,
            c.provider[0], day_time(14, 9, 0), hold));
    EXPECT(a, 201, NULL);
    EXPECT(book_helper(2, day_time(14, 9, 45), 10), 409, "CONFLICT_DETECTED");
}

/* ---- the way between sites --------------------------------------------------------------------- */

static struct answer *book_at(const char *location, int client, const char *start)
{
    return api_post(&c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','location_id':'%s','start':'%s'}",
                                                   c.client[client], c.plain, c.provider[0], location, start));
}

static void test_travel(void)
{
    make(second_site, "/locations", "{\"name\":\"Hill\",\"time_zone\":\"Etc/UTC\"}");
    EXPECT(api_put(&c.owner, at("/providers/%s/hours", c.provider[0]),
               at("{\"weekly\":[%s,%s]}", week(c.location, "06:00", "14:00"), week(second_site, "14:00", "22:00"))), 200, NULL);
    EXPECT(api_put(&c.owner, "/locations/travel", js("{'pairs':[{'from_location_id':'%s','to_location_id':'%s','minutes':0}]}", c.location, second_site)), 422, NULL);
    struct answer *a = api_put(&c.owner, "/locations/travel", js("{'pairs':[{'from_location_id':'%s','to_location_id':'%s','minutes':5},"
        "{'from_location_id':'%s','to_location_id':'%s','minutes':5},{'from_location_id':'%s','to_location_id':'" "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000" "','minutes':5}]}",
        c.location, c.location, c.location, second_site, c.location));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(json_object_get(api_json(a, "details.fields"), "pairs[0].to_location_id") && json_object_get(api_json(a, "details.fields"), "pairs[2].to_location_id"));
    a = api_put(&c.owner, "/locations/travel", js("{'pairs':[{'from_location_id':'%s','to_location_id':'%s','minutes':40}]}", second_site, c.location));
    EXPECT(a, 200, NULL);
    a = api_get(&c.owner, "/locations/travel");
    EXPECT(a, 200, NULL);
    CHECK_INT(api_int(a, "data.pairs[0].minutes"), 40);
    EXPECT(book_at(c.location, 0, day_time(15, 13, 0)), 201, NULL);
    a = book_at(second_site, 1, day_time(15, 14, 0)); /* there at 14:10 */
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.conflicts[0].what"), "travel");
    CHECK_STR(api_str(a, "details.next[0].start"), day_time(15, 14, 15));
    a = api_get(&c.owner, at("/calendar/explain?service_id=%s&provider_id=%s&location_id=%s&from=%s&to=%s", c.plain, c.provider[0], second_site,
        day_time(15, 14, 0), day_time(15, 14, 1)));
    CHECK_STR(api_str(a, "data.dropped[0].reason"), "travel");
    EXPECT(book_at(second_site, 1, day_time(15, 14, 9)), 409, NULL);
    EXPECT(book_at(second_site, 1, day_time(15, 14, 10)), 201, NULL);
    EXPECT(book_at(c.location, 2, day_time(15, 13, 30)), 409, NULL); /* and back again */
    EXPECT(book_at(c.location, 2, day_time(15, 12, 30)), 201, NULL); /* the same site is next door */
}

/* ---- many at once --------------------------------------------------------------------- */

enum { RACERS = 24 };
struct racer { pthread_t thread; int n, created, taken, other; void (*run)(struct racer *, struct conn *); };
static struct racer racers[RACERS];
static pthread_barrier_t gate;

static void count(struct racer *r, const struct answer *a)
{
    if (a->status == 201) r->created++;
    else if (a->status == 409 && strcmp(api_str(a, "code"), "CONFLICT_DETECTED") == 0) r->taken++;
    else if (r->other++ < 2) fprintf(stderr, "  racer %d: %d %.300s\n", r->n, a->status, a->body ? a->body : "(no answer)");
}

static void *racer_main(void *arg)
{
    struct racer *r = arg;
    struct conn *conn = conn_open();
    api_call(conn, &nobody, "GET", "//live", NULL);
    pthread_barrier_wait(&gate);
    r->run(r, conn);
    conn_close(conn);
    return NULL;
}

static int race(void (*run)(struct racer *, struct conn *))
{
    int created = 0, other = 0;
    pthread_barrier_init(&gate, NULL, RACERS);
    for (int i = 0; i < RACERS; i++) {
        racers[i] = (struct racer){ .n = i, .run = run };
        REQUIRE(pthread_create(&racers[i].thread, NULL, racer_main, &racers[i]) == 0);
    }
    for (int i = 0; i < RACERS; i++) {
        pthread_join(racers[i].thread, NULL);
        created += racers[i].created;
        other += racers[i].other;
    }
    pthread_barrier_destroy(&gate);
    CHECK_INT(other, 0);
    return created;
}

static struct answer *send_book(struct conn *conn, const char *service, const char *provider, int client, const char *start, const char *more)
{
    return api_call(conn, &c.owner, "POST", "/appointments",
        js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'%s}", c.client[client % 3], service, provider, start, more));
}

/* Two providers, three services, two chairs: as many as chairs. */
static void last_chair(struct racer *r, struct conn *conn)
{
    const char *services[] = { c.seated, twin, cleaning };
    count(r, send_book(conn, services[r->n % 3], c.provider[r->n / 3 % 2], r->n, day_time(20, 9, 0), ""));
}

/* Pairs of a first provider and Dr Help against each of them alone. */
static void duo_or_one(struct racer *r, struct conn *conn)
{
    const char *start = day_time(21, 9, r->n % 5 * 5);
    if (r->n % 3 == 0) count(r, send_book(conn, duo, c.provider[r->n / 3 % 2], r->n, start, ""));
    else if (r->n % 3 == 1) count(r, send_book(conn, c.plain, helper, r->n, start, ""));
    else count(r, send_book(conn, c.plain, c.provider[1], r->n, start, ""));
}

/* Half an hour at one site and at the other, with 40 minutes between them: one wins. */
static void two_sites(struct racer *r, struct conn *conn)
{
    const char *place = r->n % 2 ? second_site : c.location;
    count(r, send_book(conn, c.plain, c.provider[0], r->n, day_time(22, r->n % 2 ? 14 : 13, r->n % 2 ? 0 : 30), js(",'location_id':'%s'", place)));
}

/* A series here and single bookings there, too near each other for the way: a day has one or the other. The single ones come one
 * after the other, so that some of them come while the series is on its way into its claims. */
enum { WAY_DAYS = 24, WAY_ROUNDS = 6 };
static int way_round;
static int way_day(int n) { return 40 + way_round * WAY_DAYS + n; }
static void series_and_one(struct racer *r, struct conn *conn)
{
    if (r->n == 0)
        count(r, api_call(conn, &c.owner, "POST", "/appointments/recurring",
            js("{'client_id':'%s','service_id':'%s','provider_id':'%s','location_id':'%s','start':'%s','rrule':'FREQ=DAILY;COUNT=%d','on_conflict':'skip'}",
                c.client[0], c.plain, c.provider[0], c.location, day_time(way_day(0), 13, 30), WAY_DAYS)));
    for (int k = 0; r->n == 1 && k < WAY_DAYS; k += 4) {
        api_sleep_ms(20 + 10 * way_round);
        count(r, send_book(conn, c.plain, c.provider[0], 1, day_time(way_day(k), 14, 0), js(",'location_id':'%s'", second_site)));
    }
}

static void test_series_on_the_way(void)
{
    int by_series = 0;
    for (way_round = 0; way_round < WAY_ROUNDS; way_round++) {
        CHECK(race(series_and_one) >= 1);
        for (int d = 0; d < WAY_DAYS; d++) {
            struct answer *a = api_get(&c.owner, at("/calendar?from=%s&provider_id=%s", day_date(way_day(d)), c.provider[0]));
            CHECK(api_count(a, "data.appointments") <= 1);
            by_series += json_is_true(api_json(a, "data.appointments[0].series"));
        }
    }
    CHECK(by_series > 0);
}

/* ---- everything at random, and then nothing may be left --------------------------------------------------------------------- */

static char mixed_group[UUID_TEXT]; /* a service with seats */
struct taken { const char *who; const char *start, *end, *id; };

static size_t taken_by(json_t *appt, struct taken *out)
{
    size_t n = 0, i;
    json_t *part;
    const char *id = json_string_value(json_object_get(appt, "id")), *start = json_string_value(json_object_get(appt, "start"));
    json_t *lead = json_object_get(appt, "lead_min");
    const char *end = json_string_value(json_object_get(appt, "end"));
    if (json_is_integer(lead)) end = at("%.14s%02d:00Z", start, (int)(strtol(start + 14, NULL, 10) + json_integer_value(lead)) % 60);
    if (json_is_integer(lead) && strcmp(end, start) <= 0) end = at("%.11s%02ld%s", start, strtol(start + 11, NULL, 10) + 1, end + 13);
    const char *service = json_string_value(json_object_get(appt, "service_id"));
    bool shares = *mixed_group && service && strcmp(service, mixed_group) == 0; /* with the others in its session */
    if (!shares) out[n++] = (struct taken){ json_string_value(json_object_get(appt, "provider_id")), start, end, id };
    out[n++] = (struct taken){ json_string_value(json_object_get(appt, "patient_id")), start, json_string_value(json_object_get(appt, "end")), id };
    json_array_foreach(json_object_get(appt, "parts"), i, part)
        out[n++] = (struct taken){ json_string_value(json_object_get(part, "subject_id")), json_string_value(json_object_get(part, "start")),
            json_string_value(json_object_get(part, "end")), id };
    return n;
}

static int overlaps(int day, int *found)
{
    static struct taken all[4000];
    size_t n = 0, i;
    int bad = 0;
    json_t *appt;
    struct answer *a = api_get(&c.owner, at("/calendar?from=%s", day_date(day)));
    *found = 0;
    json_array_foreach(api_json(a, "data.appointments"), i, appt) {
        if (strcmp(json_string_value(json_object_get(appt, "status")), "cancelled") == 0 || n + 20 > 4000) continue;
        ++*found;
        n += taken_by(appt, all + n);
    }
    for (size_t x = 0; x < n; x++)
        for (size_t y = 0; y < x; y++)
            bad += strcmp(all[x].id, all[y].id) != 0 && strcmp(all[x].who, all[y].who) == 0 && strcmp(all[x].start, all[y].end) < 0 && strcmp(all[y].start, all[x].end) < 0;
    return bad;
}

static void at_random(struct racer *r, struct conn *conn)
{
    const char *services[] = { c.plain, c.buffered, c.seated, duo, twin, cleaning };
    unsigned x = (unsigned)r->n * 2654435761u + 7;
    char mine[8][UUID_TEXT];
    int n = 0;
    for (int k = 0; k < 12; k++) {
        x = x * 1664525u + 1013904223u;
        unsigned what = x >> 28, slot = x >> 8 & 31;
        const char *start = day_time(25, 8 + (int)slot / 4, (int)(slot % 4) * 15);
        if (what < 9 || !n) {
            struct answer *a = send_book(conn, services[(x >> 16) % 6], c.provider[(x >> 20) & 1], (int)(x >> 24), start, "");
            count(r, a);
            if (a->status == 201 && n < 8) keep_id(mine[n++], a, "data.id");
            continue;
        }
        const char *id = mine[(x >> 16) % (unsigned)n];
        struct answer *a = what < 12 ? api_call(conn, &c.owner, "POST", at("/appointments/%s/cancel", id), NULL)
            : what < 14 ? api_call(conn, &c.owner, "POST", at("/appointments/%s/move", id), js("{'start':'%s'}", start))
                        : api_call(conn, &c.owner, "POST", at("/appointments/%s/restore", id), NULL);
        if (a->status != 200 && a->status != 409) count(r, a);
    }
}

static size_t slots_on(int day)
{
    const char *services[] = { c.plain, c.buffered, c.seated, duo, twin, cleaning };
    size_t n = 0;
    for (int i = 0; i < 6; i++)
        for (int p = 0; p < 2; p++)
            n += api_count(api_get(&c.owner, at("/calendar/slots?service_id=%s&provider_id=%s&from=%s&to=%s", services[i], c.provider[p], day_date(day), day_date(day))), "data");
    return n;
}

static void test_races(void)
{
    int found;
    int created = race(last_chair);
    CHECK(created == 1 || created == 2);
    CHECK_INT(overlaps(20, &found), 0);
    CHECK_INT(found, created);
    created = race(duo_or_one);
    CHECK(created >= 1); /* a pair may win with both */
    CHECK_INT(overlaps(21, &found), 0);
    CHECK_INT(race(two_sites), 1);
}

static void test_at_random(void)
{
    int found;
    size_t before = slots_on(25), i;
    int created = race(at_random);
    CHECK(created >= 10);
    CHECK_INT(overlaps(25, &found), 0);
    CHECK(found > 0);
    json_t *appt;
    struct answer *a = api_get(&c.owner, at("/calendar?from=%s", day_date(25)));
    json_array_foreach(api_json(a, "data.appointments"), i, appt)
        if (strcmp(json_string_value(json_object_get(appt, "status")), "cancelled") != 0)
            EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", json_string_value(json_object_get(appt, "id"))), NULL), 200, NULL);
    CHECK_INT(slots_on(25), before); /* no claim is left of anything */
}

/* ---- every way to take time at once ------------------------------------------------------------------------------------- */

enum { MIX_DAY = 27, MIX_DAYS = 3, MIX_STEPS = 10, MINE_MAX = 16 };
/* What a racer has made: where it is deleted or cancelled, and how. */
struct mine { char path[120]; const char *method; };

static const char *mix_time(unsigned x) { return day_time(MIX_DAY + (int)(x % MIX_DAYS), 8 + (int)(x >> 4 & 7), (int)(x >> 7 & 3) * 15); }

static void keep_mine(struct mine *m, int *n, const struct answer *a, const char *method, const char *below, const char *where, const char *end)
{
    if (a->status != 201 || *n >= MINE_MAX) return;
    m[*n].method = method;
    snprintf(m[*n].path, sizeof m[*n].path, "%s%s%s", below, api_str(a, where), end);
    ++*n;
}

static void take_somehow(struct racer *r, struct conn *conn, unsigned x, struct mine *mine, int *n)
{
    const char *who = c.client[(x >> 9) % 3], *doctor = c.provider[x >> 11 & 1], *start = mix_time(x >> 12);
    struct who visitor = { 0 };
    struct answer *a;
    snprintf(visitor.address, sizeof visitor.address, "100.71.0.%d", r->n + 1);
    switch (x % 6) {
    case 0:
        a = send_book(conn, x & 64 ? c.seated : mixed_group, doctor, (int)(x >> 9), start, "");
        keep_mine(mine, n, a, "POST", "/appointments/", "data.id", "/cancel");
        break;
    case 1:
        a = api_call(conn, &c.owner, "POST", "/appointments/recurring", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','rrule':'FREQ=DAILY;COUNT=2','on_conflict':'skip'}",
            who, x & 64 ? c.plain : c.seated, doctor, start));
        keep_mine(mine, n, a, "POST", "/appointments/", "data.appointments[0].appointment_id", "/recurring/cancel?scope=all");
        break;
    case 2:
        a = api_call(conn, &c.owner, "POST", "/visits", js("{'client_id':'%s','start':'%s','items':[{'service_id':'%s','provider_id':'%s'},{'service_id':'%s'}]}", who, start, c.plain, doctor, c.seated));
        keep_mine(mine, n, a, "POST", "/visits/", "data.id", "/cancel");
        break;
    case 3:
        a = api_call(conn, &c.owner, "POST", "/blocked-times", js("{'kind':'provider','subject_id':'%s','start':'%s','end':'%.14s59:00Z'}", doctor, start, start));
        keep_mine(mine, n, a, "DELETE", "/blocked-times/", "data.id", "");
        break;
    case 4:
        a = api_call(conn, &visitor, "POST", at("/public/%s/holds", c.slug), js("{'service_id':'%s','provider_id':'%s','start':'%s'}", c.seated, doctor, start));
        if (a->status == 201) a = api_call(conn, &visitor, "POST", at("/public/%s/holds/%s/release", c.slug, api_str(a, "data.id")), NULL);
        break;
    default:
        a = api_call(conn, &c.owner, "POST", "/sessions", js("{'service_id':'%s','provider_id':'%s','start':'%s'}", mixed_group, doctor, start));
        keep_mine(mine, n, a, "POST", "/sessions/", "data.id", "/cancel");
    }
    if (a->status == 201) r->created++;
    else if (a->status != 204 && a->status != 409 && a->status != 429) count(r, a);
}

static void give_back(struct racer *r, struct conn *conn, const struct mine *m)
{
    struct answer *a = api_call(conn, &c.owner, m->method, m->path, NULL);
    if (a->status != 200 && a->status != 204 && a->status != 409) count(r, a); /* 409: cancelled with its session, or over */
}

static void everything(struct racer *r, struct conn *conn)
{
    struct mine mine[MINE_MAX];
    unsigned x = (unsigned)r->n * 2246822519u + 13;
    int n = 0;
    for (int k = 0; k < MIX_STEPS; k++) {
        x = x * 1664525u + 1013904223u;
        if (n && x >> 29 == 0) give_back(r, conn, &mine[--n]);
        else if (n && x >> 29 == 1 && strncmp(mine[n - 1].path, "/appointments/", 14) == 0) {
            char id[UUID_TEXT];
            snprintf(id, sizeof id, "%.36s", mine[n - 1].path + 14);
            struct answer *a = strstr(mine[n - 1].path, "recurring")
                ? api_call(conn, &c.owner, "PATCH", at("/appointments/%s/recurring?scope=all", id), js("{'start':'%s','on_conflict':'skip'}", mix_time(x >> 12)))
                : api_call(conn, &c.owner, "POST", at("/appointments/%s/move", id), js("{'start':'%s'}", mix_time(x >> 12)));
            if (a->status != 200 && a->status != 409 && a->status != 422) count(r, a);
        } else take_somehow(r, conn, x >> 5, mine, &n);
    }
    if (r->n % 2) while (n) give_back(r, conn, &mine[--n]);
}

static size_t mix_slots(void) { return slots_on(MIX_DAY) + slots_on(MIX_DAY + 1) + slots_on(MIX_DAY + 2) + slots_on(MIX_DAY + 3); }

/* Whoever comes to a session shares its provider and chair. */
static int mix_overlaps(void)
{
    int bad = 0, found;
    for (int d = 0; d <= MIX_DAYS; d++) bad += overlaps(MIX_DAY + d, &found);
    return bad;
}

static void test_everything_at_random(void)
{
    size_t before = mix_slots(), i;
    json_t *row;
    make(mixed_group, "/services", js("{'name':'Mixed group','duration_min':30,'seats':3,'provider_ids':['%s','%s']}", c.provider[0], c.provider[1]));
    CHECK(race(everything) >= 10);
    CHECK_INT(mix_overlaps(), 0);
    for (int d = 0; d <= MIX_DAYS; d++) {
        struct answer *a = api_get(&c.owner, at("/calendar?from=%s", day_date(MIX_DAY + d)));
        json_array_foreach(api_json(a, "data.appointments"), i, row)
            if (strcmp(json_string_value(json_object_get(row, "status")), "cancelled") != 0)
                EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", json_string_value(json_object_get(row, "id"))), NULL), 200, NULL);
        json_array_foreach(api_json(a, "data.blocked"), i, row)
            EXPECT(api_delete(&c.owner, at("/blocked-times/%s", json_string_value(json_object_get(row, "id")))), 204, NULL);
    }
    struct answer *a = api_get(&c.owner, at("/sessions?from=%s&to=%s", day_date(MIX_DAY), day_date(MIX_DAY + MIX_DAYS + 1)));
    json_array_foreach(api_json(a, "data"), i, row) EXPECT(api_post(&c.owner, at("/sessions/%s/cancel", json_string_value(json_object_get(row, "id"))), NULL), 200, NULL);
    CHECK_INT(mix_slots(), before); /* no claim is left of anything */
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_LOG=warn", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .env = env });
        clinic_make(&c, "parts");
        make_services();
        RUN(test_service);
        RUN(test_wrong_parts);
        RUN(test_split);
        RUN(test_twice);
    RUN(test_lacking);
        RUN(test_by_hand);
        RUN(test_assigned_anew);
        RUN(test_hold);
        RUN(test_at_random);
        RUN(test_everything_at_random);
        RUN(test_travel);
        RUN(test_races);
        RUN(test_series_on_the_way);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
