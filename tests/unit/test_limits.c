/* test_limits.c - how much one client may book online: days and weeks of the location's clock, what counts, until when. */
#include "modules/calendar/limits.h"
#include "tests/lib/test.h"

static struct id service, other;

static int64_t at(const char *text)
{
    int64_t t = 0;
    REQUIRE(instant_parse(text, &t));
    return t;
}

static struct limit_row row(const char *start, int64_t status, struct id of)
{
    return (struct limit_row){ .id = id_new(), .service_id = of, .start = at(start), .end = at(start) + 30 * USEC_PER_MIN, .status = status };
}

static struct limit_ask ask(const char *start)
{
    struct limit_set none = { NONE, NONE, NONE };
    struct limit_ask q = { .service = none, .clinic = none, .service_id = service, .start = at(start), .now = at("2026-03-01T00:00:00Z"), .week_start = 1,
        .zone = zone_find("Europe/Bucharest") };
    REQUIRE(q.zone);
    return q;
}

static void test_day(void)
{
    struct limit_broken b;
    struct limit_row rows[] = { row("2026-03-10T22:30:00Z", APPT_SCHEDULED, service) }; /* Wednesday 11, 00:30 there */
    struct limit_ask q = ask("2026-03-11T08:00:00Z");
    CHECK(!limits_broken(&q, rows, 1, &b));
    q.service.day = 1;
    REQUIRE(limits_broken(&q, rows, 1, &b));
    CHECK_STR(b.rule, "max_per_client_day");
    CHECK(b.of_service && b.limit == 1 && b.until == at("2026-03-11T22:00:00Z"));
    q.start = at("2026-03-10T08:00:00Z");
    CHECK(!limits_broken(&q, rows, 1, &b));
    q.start = b.until = at("2026-03-11T22:00:00Z"); /* what `until` promised */
    CHECK(!limits_broken(&q, rows, 1, &b));
    q.start = at("2026-03-11T08:00:00Z");
    rows[0].service_id = other;
    CHECK(!limits_broken(&q, rows, 1, &b));
    q.clinic.day = 1;
    REQUIRE(limits_broken(&q, rows, 1, &b));
    CHECK(!b.of_service);
}

/* The week in which the clock goes forward is an hour shorter; another first day, another week. */
static void test_week(void)
{
    struct limit_broken b;
    struct limit_row rows[] = { row("2026-03-23T08:00:00Z", APPT_REQUESTED, service), row("2026-03-24T08:00:00Z", APPT_COMPLETED, service) };
    struct limit_ask q = ask("2026-03-29T20:30:00Z"); /* Sunday 23:30 in summer time */
    int64_t from, to;
    q.clinic.week = 2;
    REQUIRE(limits_broken(&q, rows, 2, &b));
    CHECK_STR(b.rule, "max_per_client_week");
    CHECK_INT(b.until, at("2026-03-29T21:00:00Z"));
    limits_window(&q, &from, &to);
    CHECK(from == at("2026-03-22T22:00:00Z") && to == b.until);
    q.week_start = 7;
    CHECK(!limits_broken(&q, rows, 2, &b));
    q.week_start = 1;
    q.start = b.until = at("2026-03-29T21:00:00Z");
    CHECK(!limits_broken(&q, rows, 2, &b));
}

static void test_open(void)
{
    struct limit_broken b;
    struct limit_row rows[] = { row("2026-06-01T08:00:00Z", APPT_CONFIRMED, service), row("2026-05-01T08:00:00Z", APPT_REQUESTED, service),
        row("2026-02-01T08:00:00Z", APPT_SCHEDULED, service) };
    struct limit_ask q = ask("2026-07-01T08:00:00Z");
    q.service.open = 3;
    CHECK(!limits_broken(&q, rows, 3, &b)); /* one of them is over */
    q.service.open = 2;
    REQUIRE(limits_broken(&q, rows, 3, &b));
    CHECK_STR(b.rule, "max_per_client_open");
    CHECK_INT(b.until, at("2026-05-01T08:30:00Z"));
    q.except = rows[1].id; /* that one is being moved */
    CHECK(!limits_broken(&q, rows, 3, &b));
}

static void test_what_does_not_count(void)
{
    static const int64_t gone[] = { APPT_CANCELLED, APPT_DECLINED, APPT_EXPIRED, APPT_NO_SHOW };
    struct limit_broken b;
    struct limit_ask q = ask("2026-03-11T08:00:00Z");
    q.service = q.clinic = (struct limit_set){ 1, 1, 1 };
    for (size_t i = 0; i < ARRAY_LEN(gone); i++) {
        struct limit_row r = row("2026-03-11T10:00:00Z", gone[i], service);
        CHECK(!limits_broken(&q, &r, 1, &b));
    }
    CHECK(!limits_broken(&q, NULL, 0, &b));
    CHECK(limits_any(&q.service));
    CHECK(!limits_any(&(struct limit_set){ NONE, NONE, NONE }));
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    service = id_new();
    other = id_new();
    RUN(test_day);
    RUN(test_week);
    RUN(test_open);
    RUN(test_what_does_not_count);
    return TEST_DONE();
}
