/* test_zone_data.c - the zone data changes between two starts: the wall time that was agreed is what counts. Series follow it, everything else
 * is told of and decided; older data change nothing. In a folder of zones of our own. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RACES = 6 }; /* appointments that two decide at once */
static struct clinic c, other;
static char folder[64], single[UUID_TEXT], rival[UUID_TEXT], session[UUID_TEXT], seat[UUID_TEXT], blocked[UUID_TEXT], occurrence[5][UUID_TEXT], raced[RACES][UUID_TEXT];

/* A TZif file with nothing but the rule in its footer. */
static void write_zone(const char *name, const char *rule)
{
    char image[256] = { 0 };
    for (size_t at = 0; at <= 51; at += 51) {
        memcpy(image + at, "TZif3", 5);
        image[at + 39] = image[at + 43] = 1;
    }
    int n = snprintf(image + 102, sizeof image - 102, "\n%s\n", rule);
    FILE *f = fopen(at("%s/%s", folder, name), "wb");
    REQUIRE(f && fwrite(image, 1, 102 + (size_t)n, f) == 102 + (size_t)n && fclose(f) == 0);
}

static void write_data(const char *version, const char *town)
{
    write_zone("Test/Town", town);
    FILE *f = fopen(at("%s/+VERSION", folder), "w");
    REQUIRE(f && fputs(version, f) >= 0 && fclose(f) == 0);
}

static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/clinicd-zones-XXXXXX");
    REQUIRE(mkdtemp(folder) && mkdir(at("%s/Test", folder), 0700) == 0 && mkdir(at("%s/Etc", folder), 0700) == 0);
    write_zone("UTC", "UTC0");
    write_zone("Etc/UTC", "UTC0");
    REQUIRE(setenv("CLINICD_TZDIR", folder, 1) == 0);
}

static void drop_folder(void)
{
    static const char *const names[] = { "Test/Town", "Etc/UTC", "UTC", "+VERSION", "Test", "Etc", "" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) (void)remove(at("%s/%s", folder, names[i]));
    REQUIRE(unsetenv("CLINICD_TZDIR") == 0);
}

/* The program, started again, looks at once. */
static void start_with(const char *version, const char *town)
{
    CHECK(api_stop_soft());
    write_data(version, town);
    api_sql("UPDATE schedule_tick SET next_at = 0 WHERE name = 'zones.watch'");
    api_again();
}

static void look_through(const char *version)
{
    int64_t until = api_now_ms() + 15000;
    const char *seen = "";
    do {
        api_sleep_ms(100);
        seen = api_str(api_get(&c.owner, "/calendar/zone-data"), "data.checked_version");
    } while (strcmp(seen, version) != 0 && api_now_ms() < until);
    CHECK_STR(seen, version);
}

static struct answer *report(const char *which) { return api_get(&c.owner, at("/calendar/zone-report?which=%s&limit=50", which)); }

/* Member of the line of that row; "": there is none. */
static const char *line(const char *which, const char *entity, const char *member)
{
    struct answer *a = report(which);
    for (size_t i = 0; i < api_count(a, "data"); i++)
        if (strcmp(api_str(a, at("data[%zu].entity_id", i)), entity) == 0) return at("%s", api_str(a, at("data[%zu].%s", i, member)));
    return "";
}

static struct answer *decide(const char *entity, const char *keep)
{
    return api_post(&c.owner, at("/calendar/zone-report/%s/decide", line("all", entity, "id")), js("{'keep':'%s'}", keep));
}

static const char *start_of(const char *id) { return at("%s", api_str(api_get(&c.owner, at("/appointments/%s", id)), "data.start")); }

/* ---- what lies ahead when the data change: the town was two hours east, and will be three ------------------------------------------ */

static void book_ahead(void)
{
    struct answer *a;
    NEED(api_patch(&c.owner, at("/locations/%s", c.location), js("{'time_zone':'Test/Town'}")), 200, NULL);
    a = clinic_book(&c, c.seated, 0, 0, day_time(5, 10, 0)); /* 12:00 there */
    NEED(a, 201, NULL);
    keep_id(single, a, "data.id");
    a = api_post(&c.owner, "/appointments/recurring", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','rrule':'FREQ=WEEKLY;COUNT=5'}", c.client[1],
        c.plain, c.provider[1], day_time(6, 9, 0)));
    NEED(a, 201, NULL);
    for (int i = 0; i < 5; i++) keep_id(occurrence[i], a, at("data.appointments[%d].appointment_id", i));
    NEED(api_post(&c.owner, at("/appointments/%s/move", occurrence[1]), js("{'start':'%s'}", day_time(13, 12, 0))), 200, NULL);
    a = clinic_book(&c, c.plain, 1, 2, day_time(20, 8, 0)); /* where the third of them will want to go */
    NEED(a, 201, NULL);
    keep_id(rival, a, "data.id");
    a = api_post(&c.owner, "/services", js("{'name':'Group','duration_min':60,'seats':3,'provider_ids':['%s']}", c.provider[0]));
    NEED(a, 201, NULL);
    a = api_post(&c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[0], api_str(a, "data.id"), c.provider[0], day_time(7, 9, 0)));
    NEED(a, 201, NULL);
    keep_id(seat, a, "data.id");
    keep_id(session, a, "data.session_id");
    a = api_post(&c.owner, "/blocked-times", js("{'kind':'resource','subject_id':'%s','start':'%s','end':'%s'}", c.chair[1], day_time(8, 8, 0), day_time(8, 9, 0)));
    NEED(a, 201, NULL);
    keep_id(blocked, a, "data.id");
    for (int i = 0; i < RACES; i++) {
        a = clinic_book(&c, c.plain, 0, 0, day_time(40 + i, 12, 0));
        NEED(a, 201, NULL);
        keep_id(raced[i], a, "data.id");
    }
    NEED(clinic_book(&other, other.plain, 0, 0, day_time(5, 10, 0)), 201, NULL); /* in UTC: nothing of its business */
}

static void test_nothing_changed(void)
{
    start_with("2026a", "<+02>-2");
    look_through("2026a");
    struct answer *a = api_get(&c.owner, "/calendar/zone-data");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.version"), "2026a");
    CHECK_INT(api_count(report("all"), "data"), 0);
    CHECK_STR(start_of(occurrence[0]), day_time(6, 9, 0));
}

static void test_series_follow(void)
{
    struct letter l;
    start_with("2026b", "<+03>-3");
    look_through("2026b");
    CHECK_STR(start_of(occurrence[0]), day_time(6, 8, 0)); /* 11:00 there, as it was agreed */
    CHECK_STR(start_of(occurrence[4]), day_time(34, 8, 0));
    CHECK_STR(line("all", occurrence[0], "outcome"), "moved");
    CHECK_STR(line("all", occurrence[0], "kind"), "occurrence");
    CHECK_STR(line("all", occurrence[0], "old_version"), "2026a");
    CHECK_STR(line("all", occurrence[0], "wall"), at("%sT11:00", day_date(6)));
    CHECK(letter_wait(at("%s.moved.1", occurrence[0]), 10000, &l));
    letter_free(&l);
    struct answer *a = api_get(&c.owner, at("/appointments/%s/recurring", occurrence[0]));
    CHECK_STR(api_str(a, "data.appointments[0].at"), day_time(6, 8, 0)); /* its name is what the rule gives now */
    CHECK(json_is_false(api_json(a, "data.appointments[0].alone")));
    CHECK(json_is_true(api_json(a, "data.appointments[1].alone")));
    a = api_get(&c.owner, at("/audit?entity_id=%s", occurrence[0]));
    CHECK(strstr(a->body, "zone data") != NULL);
    /* The third one found somebody there: it stays, and the report names who. */
    CHECK_STR(start_of(occurrence[2]), day_time(20, 9, 0));
    CHECK_STR(line("open", occurrence[2], "outcome"), "conflict");
    CHECK_STR(line("open", occurrence[2], "conflicts.conflicts[0].appointment_id"), rival);
}

/* Where it can be asked beside the program: it says what waits. */
static void doctor_says(const char *words)
{
    char program[1024], said[8192] = "";
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    if (!api_on_sqlite()) return;
    REQUIRE(n > 0 && api_stop_soft());
    program[n] = 0;
    *strrchr(program, '/') = 0;
    FILE *p = popen(at("%s/clinicd doctor --data %s 2>&1", program, api_data()), "r");
    REQUIRE(p);
    size_t got = fread(said, 1, sizeof said - 1, p);
    pclose(p);
    said[got] = 0;
    if (!strstr(said, words)) fprintf(stderr, "  the doctor says: %s\n", said);
    CHECK(strstr(said, words));
    api_again();
}

static void test_the_rest_is_told(void)
{
    CHECK_STR(line("open", single, "kind"), "appointment");
    CHECK_STR(line("open", single, "new_start"), day_time(5, 9, 0));
    CHECK_STR(line("open", single, "wall"), at("%sT12:00", day_date(5)));
    CHECK_STR(line("open", occurrence[1], "kind"), "appointment"); /* went its own way */
    CHECK_STR(line("open", session, "kind"), "session");
    CHECK_STR(line("open", seat, "kind"), "");
    CHECK_STR(line("open", blocked, "kind"), "blocked");
    CHECK_STR(start_of(single), day_time(5, 10, 0));
    struct answer *a = api_get(&c.owner, "/calendar/zone-data");
    CHECK_INT(api_int(a, "data.open"), 6 + RACES);
    CHECK_INT(api_int(a, "data.moved"), 3);
    a = api_get(&c.owner, "/calendar/zone-report?limit=2&page=3");
    CHECK_INT(api_count(a, "data"), 2);
    CHECK_INT(api_int(a, "meta.pagination.total"), 6 + RACES);
    CHECK_INT(api_count(api_get(&other.owner, "/calendar/zone-report?which=all"), "data"), 0);
    EXPECT(api_post(&other.owner, at("/calendar/zone-report/%s/decide", line("all", single, "id")), js("{'keep':'instant'}")), 404, "NOT_FOUND");
    struct who viewer = clinic_member(&c, "viewer");
    EXPECT(api_get(&viewer, "/calendar/zone-report"), 200, NULL);
    EXPECT(api_post(&viewer, at("/calendar/zone-report/%s/decide", line("all", single, "id")), js("{'keep':'instant'}")), 403, "FORBIDDEN");
    doctor_says(at("zone report: %d rows do not fit the clock of zone data 2026b", 6 + RACES));
}

struct word { const char *path, *keep; pthread_barrier_t *start; int status; };

static void *say(void *arg)
{
    struct word *w = arg;
    struct conn *conn = conn_open();
    pthread_barrier_wait(w->start);
    w->status = api_call(conn, &c.owner, "POST", w->path, w->keep)->status;
    conn_close(conn);
    return NULL;
}

/* One line, two words at the same instant: one counts, and what the other would have changed did not happen. */
static void test_two_decide_at_once(void)
{
    for (int i = 0; i < RACES; i++) {
        pthread_t threads[2];
        pthread_barrier_t start;
        char path[120];
        snprintf(path, sizeof path, "/calendar/zone-report/%s/decide", line("all", raced[i], "id"));
        struct word words[2] = { { path, "{\"keep\":\"wall_time\"}", &start, 0 }, { path, "{\"keep\":\"instant\"}", &start, 0 } };
        REQUIRE(pthread_barrier_init(&start, NULL, 2) == 0);
        for (int k = 0; k < 2; k++) REQUIRE(pthread_create(&threads[k], NULL, say, &words[k]) == 0);
        for (int k = 0; k < 2; k++) pthread_join(threads[k], NULL);
        pthread_barrier_destroy(&start);
        bool moved = words[0].status == 200;
        CHECK_INT(words[moved ? 0 : 1].status, 200);
        CHECK_INT(words[moved ? 1 : 0].status, 409);
        CHECK_STR(line("all", raced[i], "outcome"), moved ? "moved" : "kept");
        CHECK_STR(start_of(raced[i]), day_time(40 + i, moved ? 11 : 12, 0));
    }
}

static void test_decided(void)
{
    EXPECT(decide(single, "no"), 422, "VALIDATION_ERROR");
    /* By somebody who saw the appointment as it was before, in either way: nothing happens. */
    const char *path = at("/calendar/zone-report/%s/decide", line("all", single, "id"));
    int64_t version = api_int(api_get(&c.owner, at("/appointments/%s", single)), "data.version");
    EXPECT(api_with(&c.owner, "POST", path, js("{'keep':'wall_time'}"), at("If-Match: \"%lld\"\r\n", (long long)version + 1)), 412, "STALE_VERSION");
    EXPECT(api_with(&c.owner, "POST", path, js("{'keep':'instant'}"), at("If-Match: \"%lld\"\r\n", (long long)version + 1)), 412, "STALE_VERSION");
    CHECK_STR(line("open", single, "outcome"), "open");
    CHECK_STR(start_of(single), day_time(5, 10, 0));
    EXPECT(api_post(&c.owner, "/calendar/zone-report/0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000/decide", js("{'keep':'instant'}")), 404, "NOT_FOUND");
    EXPECT(api_with(&c.owner, "POST", path, js("{'keep':'wall_time'}"), at("If-Match: \"%lld\"\r\n", (long long)version)), 200, NULL);
    CHECK_STR(start_of(single), day_time(5, 9, 0));
    EXPECT(decide(single, "instant"), 409, "ILLEGAL_TRANSITION");
    EXPECT(decide(single, "wall_time"), 409, "ILLEGAL_TRANSITION");
    EXPECT(decide(occurrence[2], "wall_time"), 409, "CONFLICT_DETECTED");
    EXPECT(decide(rival, "instant"), 200, NULL);
    CHECK_STR(line("all", rival, "outcome"), "kept");
    CHECK_STR(start_of(rival), day_time(20, 8, 0));
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", rival), "{}"), 200, NULL);
    EXPECT(decide(occurrence[2], "wall_time"), 200, NULL);
    CHECK_STR(start_of(occurrence[2]), day_time(20, 8, 0));
    EXPECT(decide(session, "wall_time"), 200, NULL);
    CHECK_STR(start_of(seat), day_time(7, 8, 0));
    EXPECT(clinic_book(&c, c.plain, 0, 2, day_time(7, 8, 0)), 409, "CONFLICT_DETECTED");
    EXPECT(clinic_book(&c, c.plain, 0, 2, day_time(7, 9, 0)), 201, NULL);
    EXPECT(decide(blocked, "wall_time"), 200, NULL);
    CHECK_STR(api_str(api_get(&c.owner, at("/blocked-times?from=%s&to=%s", day_date(8), day_date(9))), "data[0].start"), day_time(8, 7, 0));
    /* Somebody moves the last one by hand, which settles it too. */
    EXPECT(api_post(&c.owner, at("/appointments/%s/move", occurrence[1]), js("{'start':'%s'}", day_time(13, 13, 0))), 200, NULL);
    CHECK_STR(line("all", occurrence[1], "outcome"), "settled");
    CHECK_INT(api_int(api_get(&c.owner, "/calendar/zone-data"), "data.open"), 0);
}

/* A machine with older data than what was seen before: what was agreed stays. */
static void test_older_data(void)
{
    start_with("2026a", "<+02>-2");
    api_sleep_ms(1000);
    struct answer *a = api_get(&c.owner, "/calendar/zone-data");
    CHECK(json_is_true(api_json(a, "data.older")));
    CHECK_STR(api_str(a, "data.checked_version"), "2026b");
    CHECK_STR(start_of(occurrence[0]), day_time(6, 8, 0));
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        make_folder();
        write_data("2026a", "<+02>-2");
        api_start(engine, NULL);
        clinic_make(&c, "zonedata");
        clinic_make(&other, "otherdata");
        book_ahead();
        RUN(test_nothing_changed);
        RUN(test_series_follow);
        RUN(test_the_rest_is_told);
        RUN(test_two_decide_at_once);
        RUN(test_decided);
        RUN(test_older_data);
        CHECK_STOPPED();
        drop_folder();
    }
    return TEST_DONE();
}
