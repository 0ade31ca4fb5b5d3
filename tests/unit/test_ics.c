/* What we write is read by libical, which shares no code with it. */
#include "modules/calendar/ics.h"
#include "tests/lib/test.h"

#include <libical/ical.h>

#define START (1795507200LL * USEC_PER_SEC) /* 2026-11-24T08:00:00Z */

static struct ics_event sample(void)
{
    return (struct ics_event){ .uid = "0191aaaa@clinic.example",
        .sequence = 3,
        .dtstamp = START - USEC_PER_DAY,
        .start = START,
        .end = START + 30 * USEC_PER_MIN,
        .summary = "Cleaning",
        .description = "Bring your card",
        .location = "Strada Lungă 1, Cluj",
        .url = "https://clinic.example/b/abc",
        .organizer_name = "Dental Art",
        .organizer_mail = "hello@clinic.example",
        .attendee_name = "Ana Pop",
        .attendee_mail = "ana@example.org" };
}

static struct buf b;

static icalcomponent *written(enum ics_method method, const struct ics_event *e, int times)
{
    struct ics_calendar cal = { .method = method, .name = "Dental; Art, Cluj", .zone = "Europe/Bucharest" };
    buf_clear(&b);
    ics_begin(&b, &cal);
    for (int i = 0; i < times; i++) ics_event(&b, &cal, e);
    ics_end(&b);
    REQUIRE(!b.failed);
    icalcomponent *c = icalparser_parse_string(buf_str(&b));
    REQUIRE(c != NULL);
    CHECK_INT(icalcomponent_count_errors(c), 0);
    return c;
}

static void check_line_lengths(void)
{
    for (const char *p = buf_str(&b); *p != '\0';) {
        const char *end = strstr(p, "\r\n");
        REQUIRE(end != NULL);
        CHECK(end - p <= 75 && end > p);
        CHECK(utf8_valid(p, (size_t)(end - p))); /* no character is cut in two */
        p = end + 2;
    }
}

static void an_invitation_reads_back(void)
{
    struct ics_event e = sample();
    icalcomponent *c = written(ICS_REQUEST, &e, 1), *v = icalcomponent_get_first_component(c, ICAL_VEVENT_COMPONENT);
    CHECK_INT(icalcomponent_get_method(c), ICAL_METHOD_REQUEST);
    CHECK_STR(icalcomponent_get_uid(v), e.uid);
    CHECK_INT(icalcomponent_get_sequence(v), 3);
    CHECK_STR(icalcomponent_get_summary(v), e.summary);
    CHECK_STR(icalcomponent_get_description(v), e.description);
    CHECK_STR(icalcomponent_get_location(v), e.location);
    CHECK_INT(icalcomponent_get_status(v), ICAL_STATUS_CONFIRMED);
    CHECK_INT(icaltime_as_timet(icalcomponent_get_dtstart(v)), START / USEC_PER_SEC);
    CHECK_INT(icaltime_as_timet(icalcomponent_get_dtend(v)), START / USEC_PER_SEC + 1800);
    CHECK_INT(icaltime_as_timet(icalcomponent_get_dtstamp(v)), START / USEC_PER_SEC - 86400);
    CHECK(icaltime_is_utc(icalcomponent_get_dtstart(v)));
    icalproperty *p = icalcomponent_get_first_property(v, ICAL_ORGANIZER_PROPERTY);
    CHECK_STR(icalproperty_get_organizer(p), "mailto:hello@clinic.example");
    CHECK_STR(icalproperty_get_parameter_as_string(p, "CN"), "Dental Art");
    p = icalcomponent_get_first_property(v, ICAL_ATTENDEE_PROPERTY);
    CHECK_STR(icalproperty_get_attendee(p), "mailto:ana@example.org");
    CHECK_STR(icalproperty_get_parameter_as_string(p, "PARTSTAT"), "ACCEPTED");
    CHECK_STR(icalproperty_get_url(icalcomponent_get_first_property(v, ICAL_URL_PROPERTY)), e.url);
    CHECK(icalrestriction_check(c)); /* iTIP: what METHOD:REQUEST must and may have */
    check_line_lengths();
    icalcomponent_free(c);
}

static void a_cancellation_says_so(void)
{
    struct ics_event e = sample();
    e.sequence = 4;
    icalcomponent *c = written(ICS_CANCEL, &e, 1), *v = icalcomponent_get_first_component(c, ICAL_VEVENT_COMPONENT);
    CHECK_INT(icalcomponent_get_method(c), ICAL_METHOD_CANCEL);
    CHECK_INT(icalcomponent_get_status(v), ICAL_STATUS_CANCELLED);
    CHECK_INT(icalcomponent_get_sequence(v), 4);
    CHECK_STR(icalcomponent_get_uid(v), e.uid);
    CHECK(icalrestriction_check(c));
    icalcomponent_free(c);
    CHECK_STR(ics_method_name(ICS_CANCEL), "CANCEL");
}

static void a_feed_has_many_events_and_no_attendees(void)
{
    struct ics_event e = sample();
    e.status = ICS_TENTATIVE;
    icalcomponent *c = written(ICS_PUBLISH, &e, 3);
    CHECK_INT(icalcomponent_count_components(c, ICAL_VEVENT_COMPONENT), 3);
    icalcomponent *v = icalcomponent_get_first_component(c, ICAL_VEVENT_COMPONENT);
    CHECK(icalcomponent_get_first_property(v, ICAL_ATTENDEE_PROPERTY) == NULL);
    CHECK_INT(icalcomponent_get_status(v), ICAL_STATUS_TENTATIVE);
    CHECK(strstr(buf_str(&b), "X-WR-CALNAME:Dental\\; Art\\, Cluj\r\n") != NULL);
    icalcomponent_free(c);
    struct ics_event bare = { .uid = "u", .start = 0, .end = 1 };
    c = written(ICS_PUBLISH, &bare, 1);
    CHECK(strstr(buf_str(&b), "SUMMARY") == NULL && strstr(buf_str(&b), "ORGANIZER") == NULL);
    icalcomponent_free(c);
    c = written(ICS_PUBLISH, &bare, 0); /* an empty feed is a calendar too */
    icalcomponent_free(c);
}

static void nasty_text_survives(void)
{
    struct ics_event e = sample();
    e.summary = "a,b;c\\d\\n \"quoted\" : = 診療予約 🦷 Ștefan\\";
    e.description = "one\ntwo\r\nthree\rfour\n\nEND:VEVENT\r\nBEGIN:VALARM\nATTENDEE:mailto:x@y\n\ttab\x01\x7f\xc2\x85 end\xe2\x80\xa8line";
    e.location = "\xff\xc0\xaf x";
    e.organizer_name = "\"Evil\";X=1:mailto:a@b\r\nATTENDEE:mailto:c@d, Söhne";
    e.organizer_mail = "a b\r\n@x,y";
    e.url = "https://x.example/ ă\"\r\nUID:2";
    icalcomponent *c = written(ICS_REQUEST, &e, 1), *v = icalcomponent_get_first_component(c, ICAL_VEVENT_COMPONENT);
    CHECK_STR(icalcomponent_get_summary(v), e.summary);
    CHECK_STR(icalcomponent_get_description(v), "one\ntwo\nthree\nfour\n\nEND:VEVENT\nBEGIN:VALARM\nATTENDEE:mailto:x@y\n\ttab end\nline");
    CHECK_STR(icalcomponent_get_location(v), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd x");
    icalproperty *p = icalcomponent_get_first_property(v, ICAL_ORGANIZER_PROPERTY);
    CHECK_STR(icalproperty_get_parameter_as_string(p, "CN"), "'Evil';X=1:mailto:a@b ATTENDEE:mailto:c@d, Söhne");
    CHECK_STR(icalproperty_get_organizer(p), "mailto:a%20b%0D%0A@x,y");
    CHECK_STR(icalcomponent_get_uid(v), "0191aaaa@clinic.example");
    CHECK_INT(icalcomponent_count_properties(v, ICAL_ATTENDEE_PROPERTY), 1);
    CHECK_INT(icalcomponent_count_components(v, ICAL_ANY_COMPONENT), 0);
    check_line_lengths();
    icalcomponent_free(c);
}

/* Folding at each offset, with characters of one to four bytes and with escapes at the edge. */
static void folding_splits_nothing(void)
{
    static const char *const units[] = { "x", "ș", "診", "🦷", ",", "\\", "\n" };
    for (size_t u = 0; u < ARRAY_LEN(units); u++)
        for (size_t shift = 0; shift < 80; shift++) {
            char text[600] = "";
            for (size_t i = 0; i < shift; i++) strncat(text, "a", 2);
            for (size_t i = 0; i < 60; i++) strncat(text, units[u], 5);
            struct ics_event e = sample();
            e.summary = e.attendee_name = text;
            icalcomponent *c = written(ICS_REQUEST, &e, 1), *v = icalcomponent_get_first_component(c, ICAL_VEVENT_COMPONENT);
            CHECK_STR(icalcomponent_get_summary(v), text);
            check_line_lengths();
            icalcomponent_free(c);
        }
}

static void a_full_buffer_is_said(void)
{
    struct ics_event e = sample();
    struct ics_calendar cal = { 0 };
    struct buf small CLEANUP(buf_free) = { 0 };
    buf_init(&small, 100);
    ics_begin(&small, &cal);
    ics_event(&small, &cal, &e);
    ics_end(&small);
    CHECK(small.failed);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    buf_init(&b, 1 << 20);
    RUN(an_invitation_reads_back);
    RUN(a_cancellation_says_so);
    RUN(a_feed_has_many_events_and_no_attendees);
    RUN(nasty_text_survives);
    RUN(folding_splits_nothing);
    RUN(a_full_buffer_is_said);
    buf_free(&b);
    icalmemory_free_ring();
    return TEST_DONE();
}
