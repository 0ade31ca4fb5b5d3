/* The pure rules of the Google calendar: ids, spans, what takes time, patience. */
#include "modules/google/google.h"
#include "tests/lib/test.h"

static struct google_item item(const char *json)
{
    static struct arena *a;
    if (!a) a = arena_new(4 << 20);
    void *out = NULL;
    REQUIRE(a && shape_read_foreign(a, &google_item_shape, json, strlen(json), &out) == RC_OK);
    return *(struct google_item *)out;
}

static bool span_is(const char *start, const char *end, const char *zone, const char *want_start, const char *want_end)
{
    char json[400], from[INSTANT_TEXT], to[INSTANT_TEXT];
    int64_t s = 0, e = 0;
    snprintf(json, sizeof json, "{\"start\":{%s},\"end\":{%s}}", start, end);
    struct google_item i = item(json);
    if (!google_item_span(&i, zone, &s, &e)) return want_start == NULL;
    bool same = want_start && strcmp(instant_format(s, from), want_start) == 0 && strcmp(instant_format(e, to), want_end) == 0;
    if (!same) fprintf(stderr, "  %s to %s\n", instant_format(s, from), instant_format(e, to));
    return same;
}

static void test_spans(void)
{
    CHECK(span_is("\"dateTime\":\"2026-11-23T09:00:00+02:00\"", "\"dateTime\":\"2026-11-23T10:00:00+02:00\"", "Europe/Bucharest", "2026-11-23T07:00:00Z", "2026-11-23T08:00:00Z"));
    /* The day the clocks change has 25 hours, the other one 23. */
    CHECK(span_is("\"date\":\"2026-10-25\"", "\"date\":\"2026-10-26\"", "Europe/Bucharest", "2026-10-24T21:00:00Z", "2026-10-25T22:00:00Z"));
    CHECK(span_is("\"date\":\"2027-03-28\"", "\"date\":\"2027-03-29\"", "Europe/Bucharest", "2027-03-27T22:00:00Z", "2027-03-28T21:00:00Z"));
    CHECK(span_is("\"date\":\"2026-11-23\"", "\"date\":\"2026-11-24\"", "No/Such", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z"));
    CHECK(span_is("\"date\":\"2026-11-23\"", "\"date\":\"2026-11-23\"", "Etc/UTC", NULL, NULL));
    CHECK(span_is("\"dateTime\":\"noon\"", "\"dateTime\":\"2026-11-23T10:00:00Z\"", "Etc/UTC", NULL, NULL));
    struct google_item none = item("{\"id\":\"x\",\"start\":null}");
    int64_t s, e;
    CHECK(!google_item_span(&none, "Etc/UTC", &s, &e));
}

static bool takes_time(const char *json)
{
    struct google_item i = item(json);
    return google_item_busy(&i);
}

static void test_what_takes_time(void)
{
    CHECK(takes_time("{\"id\":\"a\"}"));
    CHECK(takes_time("{\"id\":\"a\",\"status\":\"tentative\",\"transparency\":\"opaque\",\"eventType\":\"outOfOffice\"}"));
    CHECK(!takes_time("{\"status\":\"cancelled\"}"));
    CHECK(!takes_time("{\"transparency\":\"transparent\"}"));
    CHECK(!takes_time("{\"eventType\":\"workingLocation\"}"));
    CHECK(!takes_time("{\"attendees\":[{\"responseStatus\":\"accepted\"},{\"self\":true,\"responseStatus\":\"declined\"}]}"));
    CHECK(takes_time("{\"attendees\":[{\"responseStatus\":\"declined\"},{\"self\":true,\"responseStatus\":\"needsAction\"}]}"));
}

static void test_ids(void)
{
    struct id id, tenant, found;
    char text[GOOGLE_EVENT_ID_MAX], other[GOOGLE_EVENT_ID_MAX], json[400];
    REQUIRE(id_parse("01a201c1-ddbe-79ae-9721-c2cc3eeaf8d3", &id) && id_parse("01a201c1-ddbe-79ae-9721-c2cc3eeaf8d4", &tenant));
    google_event_id(id, 0, text);
    CHECK_STR(text, "c06h03getnpsqt5p1ob63tqnoqc"); /* python: "c" + base64.b32hexencode(uuid.bytes) */
    CHECK(strspn(text, "0123456789abcdefghijklmnopqrstuv") == strlen(text));
    google_event_id(id, 33, other);
    CHECK(strncmp(other, text, strlen(text)) == 0 && strlen(other) == strlen(text) + 2);
    snprintf(json, sizeof json, "{\"id\":\"%s\",\"extendedProperties\":{\"private\":{\"clinicd\":\"01a201c1-ddbe-79ae-9721-c2cc3eeaf8d3\","
        "\"clinicd_clinic\":\"01a201c1-ddbe-79ae-9721-c2cc3eeaf8d4\"}}}", other);
    struct google_item i = item(json);
    CHECK(google_item_ours(&i, tenant, &found) && id_eq(found, id));
    CHECK(!google_item_ours(&i, id, &found)); /* another clinic's */
    i.id = "copyofthisevent";                 /* a copy made by a person has the marks and another id */
    CHECK(!google_item_ours(&i, tenant, &found));
}

static void test_patience(void)
{
    int64_t last = 0;
    for (int64_t n = 0; n < 40; n++) {
        int64_t least = google_wait_us(n, NONE, 0), most = google_wait_us(n, NONE, 1000);
        CHECK(least >= last && most <= USEC_PER_HOUR / 10 * 13 && most >= least);
        last = least;
    }
    CHECK_INT(google_wait_us(0, NONE, 0), USEC_PER_SEC);
    CHECK_INT(google_wait_us(0, 90, 0), 90 * USEC_PER_SEC);
    CHECK_INT(google_wait_us(0, 1 << 30, 0), USEC_PER_DAY);
    CHECK(google_wait_us(20, 1, 0) == USEC_PER_HOUR); /* not sooner because it was asked to be */
}

static void test_reachable(void)
{
    static const char *const yes[] = { "https://clinic.example", "https://clinic.example:8443/sub", "https://172.15.0.1" };
    static const char *const no[] = { "http://clinic.example", "https://localhost", "https://127.0.0.1:1", "https://10.0.0.1", "https://172.16.0.1", "https://172.31.0.1",
        "https://192.168.1.1", "https://[::1]", "https://clinic", "https://clinic.local" };
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) CHECK(google_public_base(yes[i]));
    for (size_t i = 0; i < ARRAY_LEN(no); i++) CHECK(!google_public_base(no[i]));
}

/* A sealed token opens in its own row of its own clinic only. */
static void test_sealed(void)
{
    struct arena *a = arena_new(1 << 20);
    struct id t1 = { { 1 } }, t2 = { { 2 } }, l1 = { { 3 } }, l2 = { { 4 } };
    const uint8_t key[32] = { 7 };
    REQUIRE(a && seal_init() == RC_OK);
    seal_key_set(key);
    const char *sealed = google_seal(a, t1, l1, "access", "ya29.secret");
    REQUIRE(sealed != NULL);
    CHECK(strstr(sealed, "secret") == NULL);
    CHECK_STR(google_open(a, t1, l1, "access", sealed), "ya29.secret");
    CHECK(google_open(a, t2, l1, "access", sealed) == NULL);
    CHECK(google_open(a, t1, l2, "access", sealed) == NULL);
    CHECK(google_open(a, t1, l1, "refresh", sealed) == NULL);
    arena_free(a);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    RUN(test_spans);
    RUN(test_what_takes_time);
    RUN(test_ids);
    RUN(test_patience);
    RUN(test_reachable);
    RUN(test_sealed);
    return TEST_DONE();
}
