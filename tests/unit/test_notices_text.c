/* The words of the mails to clients. With a folder as second argument the mails are written there, to be looked at. */
#include "modules/notices/notices_text.h"
#include "tests/lib/test.h"

static struct arena *arena;

static int64_t at(const char *rfc3339)
{
    int64_t t = 0;
    REQUIRE(instant_parse(rfc3339, &t));
    return t;
}

static const struct zone *zone(const char *name)
{
    const struct zone *z = zone_find(name);
    REQUIRE(z != NULL);
    return z;
}

static struct notice sample(void)
{
    return (struct notice){ .clinic_name = "Dental Art Cluj",
        .clinic_phone = "+40 264 123 456",
        .clinic_address = "Strada Memorandumului 12, 400114 Cluj-Napoca",
        .clinic_email = "hello@dentalart.example",
        .brand_color = "#0f766e",
        .client_name = "Ana Pop",
        .service = "Cleaning and polish",
        .provider = "Dr. Șerban Müller",
        .location = "Dental Art, first floor",
        .price = "250.00 RON",
        .notes = "Please come 10 minutes early.\nBring your insurance card.",
        .manage_link = "https://dentalart.example/b/AZGqzJ-9cY2xOe3kD1oBdwGRqsyf_nGNsTnt5A9aAXcmhh2k0fJm5p1rT8sVw3Qz",
        .start = at("2026-11-24T08:00:00Z"),
        .end = at("2026-11-24T08:30:00Z"),
        .old_start = NONE,
        .old_end = NONE,
        .zone = zone("Europe/Bucharest") };
}

static struct notice_text made(enum notice_kind kind, const struct notice *n)
{
    struct notice_text t = { 0 };
    CHECK_INT(notices_text(arena, kind, n, &t), RC_OK);
    REQUIRE(t.subject && t.text && t.html);
    return t;
}

#define HAS(text, part) CHECK(strstr(text, part) != NULL)
#define LACKS(text, part) CHECK(strstr(text, part) == NULL)

static void times_are_written_for_people(void)
{
    static const struct {
        const char *zone, *start, *end, *want;
    } rows[] = {
        { "Europe/Bucharest", "2026-11-24T08:00:00Z", "2026-11-24T08:30:00Z",
            "Tuesday 24 November 2026, 10:00–10:30 (Europe/Bucharest, UTC+2)" },
        { "Europe/Bucharest", "2026-07-01T21:30:00Z", "2026-07-01T22:15:00Z",
            "Thursday 2 July 2026, 00:30–01:15 (Europe/Bucharest, UTC+3)" },
        { "Asia/Kolkata", "2026-01-01T03:30:00Z", "2026-01-01T04:00:00Z", "Thursday 1 January 2026, 09:00–09:30 (Asia/Kolkata, UTC+5:30)" },
        { "America/St_Johns", "2026-01-01T13:05:00Z", "2026-01-01T14:00:00Z",
            "Thursday 1 January 2026, 09:35–10:30 (America/St_Johns, UTC−3:30)" },
        { "UTC", "2026-02-28T23:30:00Z", "2026-03-01T00:30:00Z", "Saturday 28 February 2026, 23:30 – Sunday 1 March 2026, 00:30 (UTC)" },
        { "Europe/Bucharest", "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z",
            "Sunday 25 October 2026, 03:30–03:30 (Europe/Bucharest, UTC+3, then UTC+2)" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_STR(notices_when(arena, zone(rows[i].zone), at(rows[i].start), at(rows[i].end)), rows[i].want);
    CHECK_STR(notices_when_short(arena, zone("Europe/Bucharest"), at("2026-05-05T04:05:00Z")), "Tue 5 May 2026, 07:05");
}

/* Of no appointment: the clinic, the address, until when, and the link; what comes from outside is escaped. */
static void an_owner_confirms_the_address(void)
{
    struct notice n = { .clinic_name = "Zahn & <Co>", .client_name = "Ana \"A\" Pop", .address = "ana@zahn.example", .answer_until = at("2026-11-24T08:00:00Z"),
        .manage_link = "https://clinic.example/verify/abc-DEF_123", .start = NONE, .end = NONE, .old_start = NONE, .old_end = NONE, .zone = zone("Europe/Bucharest") };
    struct notice_text t = made(NOTICE_VERIFY, &n);
    CHECK_STR(t.subject, "Confirm your e-mail address, Zahn & <Co>");
    HAS(t.text, "Hello Ana \"A\" Pop,");
    HAS(t.text, "Address:  ana@zahn.example\nUntil:    Tue 24 Nov 2026, 10:00\n");
    HAS(t.text, "Confirm this address:\nhttps://clinic.example/verify/abc-DEF_123\n");
    LACKS(t.text, "Service:");
    LACKS(t.text, "When:");
    HAS(t.html, "href=\"https://clinic.example/verify/abc-DEF_123\"");
    HAS(t.html, "If that was not you, do nothing");
    HAS(t.html, "Zahn &amp; &lt;Co&gt;");
    LACKS(t.html, "<Co>");
    LACKS(t.html, "appointment");
}

/* Of no appointment either; the code is in the mail, and not where a locked screen shows it. */
static void a_code_proves_an_address(void)
{
    struct notice n = { .clinic_name = "Zahn & <Co>", .code = "042137", .answer_until = at("2026-11-24T08:00:00Z"), .start = NONE, .end = NONE, .old_start = NONE, .old_end = NONE, .zone = zone("Europe/Bucharest") };
    struct notice_text t = made(NOTICE_CODE, &n);
    CHECK_STR(t.subject, "Your code, Zahn & <Co>");
    HAS(t.text, "Code:     042137\nUntil:    Tue 24 Nov 2026, 10:00\n");
    HAS(t.html, "042137");
    HAS(t.html, "Zahn &amp; &lt;Co&gt;");
    LACKS(t.html, "appointment");
}

static void both_clocks_are_shown_when_they_differ(void)
{
    struct notice n = sample();
    n.client_zone = zone("Europe/London");
    struct notice_text t = made(NOTICE_CONFIRMED, &n);
    HAS(t.text, "Your time: Tuesday 24 November 2026, 08:00–08:30 (Europe/London, UTC)");
    HAS(t.html, "Your time: Tuesday 24 November 2026, 08:00–08:30 (Europe/London, UTC)");
    n.client_zone = zone("Europe/Athens"); /* another name, the same clock */
    t = made(NOTICE_CONFIRMED, &n);
    LACKS(t.text, "Your time");
    n.client_zone = NULL;
    t = made(NOTICE_CONFIRMED, &n);
    LACKS(t.html, "Your time");
    CHECK(!notices_same_clock(zone("Europe/London"), zone("UTC"), at("2026-10-25T00:30:00Z"), at("2026-10-25T01:30:00Z")));
    CHECK(notices_same_clock(zone("Europe/London"), zone("UTC"), at("2026-10-25T01:00:00Z"), at("2026-10-25T01:30:00Z")));
}

static void each_kind_says_what_happened(void)
{
    struct notice n = sample();
    struct notice_text t = made(NOTICE_CONFIRMED, &n);
    CHECK_STR(t.subject, "Appointment confirmed: Tue 24 Nov 2026, 10:00, Dental Art Cluj");
    HAS(t.text, "Hello Ana Pop,\n\nYour appointment is confirmed. We look forward to seeing you.\n\nWhen:     Tuesday 24");
    HAS(t.text, "Notes:    Please come 10 minutes early.\n          Bring your insurance card.\n");
    HAS(t.text, "Where:    Dental Art, first floor\n          Strada Memorandumului 12");
    HAS(t.text, n.manage_link);
    HAS(t.html, "early.<br>\nBring");
    HAS(t.html, "href=\"tel:+40264123456\"");
    LACKS(t.subject, "Cleaning");
    n.old_start = at("2026-11-23T08:00:00Z");
    n.old_end = at("2026-11-23T08:30:00Z");
    LACKS(made(NOTICE_CONFIRMED, &n).text, "Old time");
    t = made(NOTICE_MOVED, &n);
    HAS(t.subject, "Appointment moved: Tue 24 Nov 2026");
    HAS(t.text, "New time: Tuesday 24");
    HAS(t.text, "Old time: Monday 23 November 2026, 10:00–10:30");
    HAS(t.html, "<s>Monday 23");
    n.cancel_reason = "The doctor is ill";
    LACKS(t.text, "ill");
    t = made(NOTICE_CANCELLED, &n);
    HAS(t.subject, "Appointment cancelled");
    HAS(t.text, "Reason:   The doctor is ill");
    HAS(t.html, "<s>Tuesday 24");
    LACKS(t.text, "250.00");
    t = made(NOTICE_RESTORED, &n);
    HAS(t.text, "booked again");
    HAS(t.html, "250.00 RON");
}

static void what_is_missing_leaves_no_trace(void)
{
    struct notice n = {
        .clinic_name = "X", .service = "Y", .start = 0, .end = USEC_PER_HOUR, .old_start = NONE, .old_end = NONE, .zone = zone("UTC")
    };
    for (int k = 0; k < NOTICE_N_KINDS; k++) {
        struct notice_text t = made((enum notice_kind)k, &n);
        HAS(t.text, "Hello,\n");
        LACKS(t.text, "Price");
        LACKS(t.text, "null");
        LACKS(t.html, "(null)");
        LACKS(t.html, "<a ");
        LACKS(t.html, "Where");
    }
}

static void everything_is_escaped(void)
{
    static const char *const nasty[] = { "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onmouseover='x",
        "</title></style><script>", "javascript:alert(1)", "a & b", "%s%n%1000000d", "x\r\nBcc: y", "\x01\x1b[31m" };
    for (size_t i = 0; i < ARRAY_LEN(nasty); i++)
        for (int k = 0; k < NOTICE_N_KINDS; k++) {
            const char *s = nasty[i];
            struct notice n = sample();
            struct notice_text plain = made((enum notice_kind)k, &n);
            n.clinic_name = n.clinic_phone = n.clinic_address = n.clinic_email = n.brand_color = n.client_name = n.service = n.provider =
                n.location = s;
            n.price = n.notes = n.cancel_reason = n.manage_link = s;
            struct notice_text t = made((enum notice_kind)k, &n);
            LACKS(t.html, "<script");
            LACKS(t.html, "<img");
            LACKS(t.html, "' onmouseover");
            LACKS(t.html, "\"><img");
            LACKS(t.html, "href=\"javascript");
            LACKS(t.html, "\x1b");
            LACKS(t.text, "\x1b");
            LACKS(t.text, "\r");
            LACKS(t.html, "background:<");
            (void)plain;
        }
    struct notice n = sample();
    n.manage_link = "https://x.example/\"onclick=alert(1)";
    LACKS(made(NOTICE_CONFIRMED, &n).html, "onclick");
    n.manage_link = "https://x.example/?a=1&b=2";
    HAS(made(NOTICE_CONFIRMED, &n).html, "href=\"https://x.example/?a=1&amp;b=2\"");
}

static void ink_can_be_read_on_every_colour(void)
{
    static const struct {
        const char *brand, *want;
    } rows[] = {
        { "#ffffff", "background:#ffffff;color:#111827" },
        { "#000000", "background:#000000;color:#ffffff" },
        { "#fde047", "background:#fde047;color:#111827" },
        { "#1D4ED8", "background:#1D4ED8;color:#ffffff" },
        { "red", "background:#0f766e;color:#ffffff" },
        { "#12345g", "background:#0f766e;color:#ffffff" },
        { NULL, "background:#0f766e;color:#ffffff" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct notice n = sample();
        n.brand_color = rows[i].brand;
        HAS(made(NOTICE_CONFIRMED, &n).html, rows[i].want);
    }
}

static void no_memory_is_said(void)
{
    struct notice n = sample();
    struct notice_text t;
    for (int64_t i = 1; i < 200; i++) {
        struct arena *a = arena_new(1 << 20);
        test_fail_alloc_at = i;
        enum rc rc = notices_text(a, NOTICE_MOVED, &n, &t);
        bool hit = test_fail_alloc_at == 0;
        test_fail_alloc_at = 0;
        CHECK_INT(rc, hit ? RC_OOM : RC_OK);
        arena_free(a);
        if (!hit) return;
    }
    CHECK(false);
}

static void write_samples(const char *folder)
{
    static const char *const names[] = { "confirmed", "moved", "cancelled", "restored" };
    struct notice n = sample();
    n.client_zone = zone("Europe/London");
    n.old_start = at("2026-11-23T08:00:00Z");
    n.old_end = at("2026-11-23T08:30:00Z");
    n.cancel_reason = "The dentist is ill; we are sorry.";
    for (int k = 0; k < NOTICE_N_KINDS; k++) {
        struct notice_text t = made((enum notice_kind)k, &n);
        for (int html = 0; html < 2; html++) {
            char path[300];
            snprintf(path, sizeof path, "%s/%s.%s", folder, names[k], html ? "html" : "txt");
            FILE *f = fopen(path, "w");
            REQUIRE(f != NULL);
            fputs(html ? t.html : t.text, f);
            fclose(f);
        }
    }
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    arena = arena_new(64 << 20);
    RUN(times_are_written_for_people);
    RUN(an_owner_confirms_the_address);
    RUN(a_code_proves_an_address);
    RUN(both_clocks_are_shown_when_they_differ);
    RUN(each_kind_says_what_happened);
    RUN(what_is_missing_leaves_no_trace);
    RUN(everything_is_escaped);
    RUN(ink_can_be_read_on_every_colour);
    RUN(no_memory_is_said);
    if (argc > 2) write_samples(argv[2]);
    arena_free(arena);
    return TEST_DONE();
}
