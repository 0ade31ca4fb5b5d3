/* test_blocked.c - blocked time, once or by a rule: what is looked at before, what is refused and what is kept, whole days, changes of one, the
 * following and all, rules without an end that are written on, moving what was hit, races; and that claims are what the rows say. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <string.h>

static struct clinic c, other;

static const char *ask(const char *kind, const char *subject, const char *start, const char *end, const char *more)
{
    return js("{'kind':'%s','subject_id':'%s','start':'%s','end':'%s'%s%s}", kind, subject, start, end, *more ? "," : "", more);
}
static const char *provider(int n, int day, int from, int to, const char *more) { return ask("provider", c.provider[n], day_time(day, from, 0), day_time(day, to, 0), more); }
static struct answer *block(const char *body) { return api_post(&c.owner, "/blocked-times", body); }
static struct answer *look(const char *body) { return api_post(&c.owner, "/calendar/blocked-preview", body); }
static struct answer *rows(int from, int to) { return api_get(&c.owner, at("/blocked-times?from=%s&to=%s", day_date(from), day_date(to))); }
static const char *row_at(const struct answer *list, const char *start)
{
    for (size_t i = 0; i < api_count(list, "data"); i++)
        if (strcmp(api_str(list, at("data[%zu].start", i)), start) == 0) return at("%s", api_str(list, at("data[%zu].id", i)));
    return "";
}
static struct answer *change(const char *id, const char *scope, const char *body) { return api_patch(&c.owner, at("/blocked-times/%s?scope=%s", id, scope), body); }
static struct answer *give_back(const char *id, const char *scope) { return api_delete(&c.owner, at("/blocked-times/%s?scope=%s", id, scope)); }

/* A number out of the database comes back through the notes of a client. */
static int64_t number(const char *sql)
{
    api_sql("UPDATE client SET notes = CAST((%s) AS TEXT) WHERE id = %s", sql, api_sql_id(c.client[2]));
    return strtoll(api_str(api_get(&c.owner, at("/clients/%s", c.client[2])), "data.notes"), NULL, 10);
}

/* Claims without a row, and rows whose claims are not exactly their time. */
static int64_t leaks(void)
{
    return number("SELECT (SELECT COUNT(*) FROM claim k WHERE k.kind = 'blocked' AND k.owner_id NOT IN (SELECT b.id FROM blocked_time b WHERE b.kind <> 'location'))"
                  " + (SELECT COUNT(*) FROM blocked_time b WHERE b.kind <> 'location' AND b.ends_at - b.starts_at <> COALESCE((SELECT SUM(k.ends_at - k.starts_at)"
                  " FROM claim k WHERE k.owner_id = b.id AND k.starts_at >= b.starts_at AND k.ends_at <= b.ends_at), 0))");
}

/* ---- what is refused ---------------------------------------------------------------------------------------------------------- */

static void test_bad_input(void)
{
    EXPECT(block(provider(0, 10, 12, 13, "'rrule':'FREQ=HOURLY'")), 422, "VALIDATION_ERROR");
    EXPECT(block(provider(0, 10, 12, 13, "'rrule':'FREQ=DAILY;UNTIL=20200101'")), 422, "VALIDATION_ERROR");
    EXPECT(block(provider(0, 10, 12, 13, "'rrule':'FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=31'")), 422, "VALIDATION_ERROR");
    EXPECT(block(ask("provider", c.provider[0], day_time(10, 0, 0), day_time(12, 0, 0), "'rrule':'FREQ=DAILY'")), 422, "VALIDATION_ERROR"); /* into the next */
    EXPECT(block(ask("provider", c.provider[0], day_time(10, 0, 0), day_time(43, 0, 0), "'rrule':'FREQ=YEARLY'")), 422, "VALIDATION_ERROR");
    EXPECT(block(ask("provider", c.provider[0], day_time(-40, 8, 0), day_time(-40, 9, 0), "'rrule':'FREQ=WEEKLY'")), 422, "VALIDATION_ERROR");
    EXPECT(block(js("{'kind':'provider','subject_id':'%s','all_day':true}", c.provider[0])), 422, "VALIDATION_ERROR");
    EXPECT(block(js("{'kind':'provider','subject_id':'%s','all_day':true,'first_day':'%s','last_day':'%s'}", c.provider[0], day_date(5), day_date(4))), 422, "VALIDATION_ERROR");
    EXPECT(block(js("{'kind':'provider','subject_id':'%s'}", c.provider[0])), 422, "VALIDATION_ERROR");
    EXPECT(block(ask("provider", c.chair[0], day_time(10, 8, 0), day_time(10, 9, 0), "")), 404, "NOT_FOUND");
    EXPECT(block(provider(0, 10, 12, 13, at("'location_id':'%s'", c.client[0]))), 404, "NOT_FOUND");
    CHECK_INT(number("SELECT COUNT(*) FROM blocked_time") + number("SELECT COUNT(*) FROM blocked_rule"), 0);
}

/* ---- hits: exactly those, and refuse or keep ------------------------------------------------------------------------------------ */

static void test_hits_are_named_and_kept(void)
{
    char second[UUID_TEXT], first[UUID_TEXT];
    struct answer *a = clinic_book(&c, c.plain, 0, 0, day_time(11, 12, 30));
    NEED(a, 201, NULL);
    keep_id(first, a, "data.id");
    a = clinic_book(&c, c.plain, 0, 1, day_time(18, 12, 0));
    NEED(a, 201, NULL);
    keep_id(second, a, "data.id");
    NEED(clinic_book(&c, c.plain, 0, 2, day_time(18, 13, 0)), 201, NULL);  /* right after */
    NEED(clinic_book(&c, c.plain, 1, 2, day_time(18, 12, 0)), 201, NULL);  /* another provider */
    const char *body = provider(0, 11, 12, 13, "'rrule':'FREQ=WEEKLY;COUNT=4','purpose':'break','reason':'Lunch'");
    a = look(body);
    NEED(a, 200, NULL);
    CHECK_INT(api_int(a, "data.total"), 4);
    CHECK_INT(api_int(a, "data.hits_total"), 2);
    CHECK_STR(api_str(a, "data.hits[0].appointment_id"), first);
    CHECK_STR(api_str(a, "data.hits[1].appointment_id"), second);
    CHECK(strlen(api_str(a, "data.hits[1].client_name")) > 0);
    CHECK_STR(api_str(a, "data.occurrences[3].start"), day_time(32, 12, 0));
    a = block(body);
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_INT(api_count(a, "details.hits"), 2);
    CHECK_STR(api_str(a, "details.conflicts[0].what"), "appointment");
    CHECK_INT(number("SELECT COUNT(*) FROM blocked_time") + number("SELECT COUNT(*) FROM blocked_rule"), 0);
    a = block(provider(0, 11, 12, 13, "'rrule':'FREQ=WEEKLY;COUNT=4','purpose':'break','reason':'Lunch','on_conflict':'keep'"));
    NEED(a, 201, NULL);
    CHECK_INT(api_int(a, "data.occurrences"), 4);
    CHECK_INT(api_int(a, "data.hits_total"), 2);
    CHECK_STR(api_str(a, "data.rule.sentence"), api_str(look(body), "data.sentence"));
    CHECK_STR(api_str(a, "data.purpose"), "break");
    char id[UUID_TEXT];
    keep_id(id, a, "data.id");
    CHECK_INT(leaks(), 0);
    EXPECT(clinic_book(&c, c.plain, 0, 2, day_time(25, 12, 0)), 409, "CONFLICT_DETECTED");
    EXPECT(clinic_book(&c, c.plain, 0, 2, day_time(11, 12, 0)), 409, "CONFLICT_DETECTED");
    CHECK_INT(api_count(api_get(&c.owner, at("/blocked-times/%s/hits", id)), "data"), 1);
    a = api_get(&c.owner, at("/blocked-times/%s/hits?scope=all", id));
    CHECK_INT(api_count(a, "data"), 2);
    CHECK_INT(api_count(a, "data[0].next"), 3);
    /* A block over a block, and over the time of another calendar, is in nobody's way. */
    a = block(js("{'kind':'provider','subject_id':'%s','all_day':true,'first_day':'%s','last_day':'%s'}", c.provider[0], day_date(25), day_date(26)));
    EXPECT(a, 201, NULL);
    EXPECT(give_back(api_str(a, "data.id"), "this"), 204, NULL);
    EXPECT(give_back(id, "all"), 204, NULL);
    CHECK_INT(number("SELECT COUNT(*) FROM blocked_time"), 0);
    CHECK_INT(leaks(), 0);
    EXPECT(clinic_book(&c, c.plain, 0, 2, day_time(25, 12, 0)), 201, NULL);
}

/* ---- free times, and why not -------------------------------------------------------------------------------------------------------- */

static size_t free_on(int day, const char *who)
{
    return api_count(api_get(&c.owner, at("/calendar/slots?service_id=%s&provider_id=%s&from=%s&to=%s", c.plain, who, day_date(day), day_date(day))), "data");
}

static void test_slots_and_reasons(void)
{
    size_t all = free_on(41, c.provider[1]);
    CHECK(all > 20);
    struct answer *a = block(ask("location", c.location, day_time(40, 10, 0), day_time(40, 12, 0), "'rrule':'FREQ=DAILY;COUNT=3','reason':'Fire drill'"));
    NEED(a, 201, NULL);
    char id[UUID_TEXT];
    keep_id(id, a, "data.id");
    CHECK(free_on(41, c.provider[1]) < all);
    EXPECT(clinic_book(&c, c.plain, 1, 0, day_time(41, 11, 0)), 409, "CONFLICT_DETECTED");
    NEED(block(ask("provider", c.provider[1], day_time(1, 16, 0), day_time(1, 17, 0), "'reason':'School run','purpose':'time_off'")), 201, NULL);
    NEED(block(ask("location", c.location, day_time(1, 18, 0), day_time(1, 19, 0), "'rrule':'FREQ=DAILY;COUNT=2','reason':'Cleaning'")), 201, NULL);
    a = api_get(&c.owner, at("/calendar/explain?service_id=%s&provider_id=%s&from=%s&to=%s", c.plain, c.provider[1], day_date(1), day_date(1)));
    NEED(a, 200, NULL);
    int named = 0, place = 0;
    for (size_t i = 0; i < api_count(a, "data.dropped"); i++) {
        const char *start = api_str(a, at("data.dropped[%zu].start", i));
        bool own = strcmp(start, day_time(1, 16, 0)) >= 0 && strcmp(start, day_time(1, 17, 0)) < 0, closed = strcmp(start, day_time(1, 18, 0)) >= 0 && strcmp(start, day_time(1, 19, 0)) < 0;
        named += own && strcmp(api_str(a, at("data.dropped[%zu].block.reason", i)), "School run") == 0 && strcmp(api_str(a, at("data.dropped[%zu].block.purpose", i)), "time_off") == 0;
        place += closed && strcmp(api_str(a, at("data.dropped[%zu].block.reason", i)), "Cleaning") == 0;
    }
    CHECK_INT(named, 4);
    CHECK_INT(place, 4);
    EXPECT(give_back(id, "all"), 204, NULL);
    CHECK_INT(free_on(41, c.provider[1]), all);
    CHECK_INT(leaks(), 0);
}

/* ---- this, the following, all --------------------------------------------------------------------------------------------------------------- */

static void test_scopes(void)
{
    struct answer *a = block(provider(1, 50, 12, 13, "'rrule':'FREQ=DAILY;COUNT=10','reason':'Break'"));
    NEED(a, 201, NULL);
    a = rows(50, 60);
    CHECK_INT(api_count(a, "data"), 10);
    char one[UUID_TEXT], gone[UUID_TEXT], five[UUID_TEXT];
    snprintf(one, sizeof one, "%s", row_at(a, day_time(52, 12, 0)));
    snprintf(gone, sizeof gone, "%s", row_at(a, day_time(54, 12, 0)));
    snprintf(five, sizeof five, "%s", row_at(a, day_time(55, 12, 0)));
    /* One is moved, one is deleted. */
    a = change(one, "this", js("{'start':'%s','end':'%s'}", day_time(52, 14, 0), day_time(52, 15, 0)));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.start"), day_time(52, 14, 0));
    EXPECT(change(one, "this", "{\"rrule\":\"FREQ=WEEKLY\"}"), 422, "VALIDATION_ERROR");
    EXPECT(give_back(gone, "this"), 204, NULL);
    EXPECT(give_back(gone, "this"), 404, "NOT_FOUND");
    EXPECT(clinic_book(&c, c.plain, 1, 0, day_time(52, 12, 0)), 201, NULL);
    /* From the sixth on an hour later, and half an hour longer: what was before stays. */
    a = change(five, "following", js("{'start':'%s','end':'%s'}", day_time(55, 13, 0), day_time(55, 14, 30)));
    NEED(a, 200, NULL);
    CHECK_STR(api_str(a, "data.start"), day_time(55, 13, 0));
    CHECK_INT(api_int(a, "data.occurrences"), 5);
    CHECK_STR(api_str(a, "data.rule.rrule"), "FREQ=DAILY;COUNT=5");
    char later[UUID_TEXT];
    keep_id(later, a, "data.id");
    a = rows(50, 61);
    CHECK_INT(api_count(a, "data"), 9);
    CHECK(*row_at(a, day_time(53, 12, 0)) && *row_at(a, day_time(59, 13, 0)) && !*row_at(a, day_time(54, 12, 0)) && !*row_at(a, day_time(56, 12, 0)));
    /* All of the first rule, two hours earlier: what was changed by itself stays, what was deleted stays deleted. */
    a = change(row_at(a, day_time(51, 12, 0)), "all", js("{'start':'%s','end':'%s','reason':'Early break'}", day_time(51, 10, 0), day_time(51, 11, 0)));
    NEED(a, 200, NULL);
    CHECK_STR(api_str(a, "data.reason"), "Early break");
    a = rows(50, 55);
    CHECK_INT(api_count(a, "data"), 4);
    CHECK(*row_at(a, day_time(50, 10, 0)) && *row_at(a, day_time(52, 14, 0)) && *row_at(a, day_time(53, 10, 0)) && !*row_at(a, day_time(54, 10, 0)));
    CHECK_INT(leaks(), 0);
    EXPECT(clinic_book(&c, c.plain, 1, 0, day_time(53, 12, 30)), 201, NULL);
    /* An edit that meets a booking is refused, and nothing changes; words alone meet nobody. */
    EXPECT(change(row_at(a, day_time(50, 10, 0)), "all", js("{'start':'%s','end':'%s'}", day_time(50, 12, 0), day_time(50, 13, 0))), 409, "CONFLICT_DETECTED");
    CHECK_INT(api_count(rows(50, 55), "data"), 4);
    CHECK_INT(leaks(), 0);
    a = change(row_at(a, day_time(50, 10, 0)), "all", js("{'start':'%s','end':'%s','on_conflict':'keep'}", day_time(50, 12, 0), day_time(50, 13, 0)));
    NEED(a, 200, NULL);
    CHECK_INT(api_int(a, "data.hits_total"), 1);
    EXPECT(change(api_str(a, "data.id"), "all", "{\"reason\":\"Words\"}"), 200, NULL);
    CHECK_INT(leaks(), 0);
    /* Other days, by another rule. */
    a = change(later, "all", "{\"rrule\":\"FREQ=WEEKLY;COUNT=2\"}");
    NEED(a, 200, NULL);
    CHECK_INT(api_int(a, "data.occurrences"), 2);
    EXPECT(give_back(api_str(a, "data.id"), "following"), 204, NULL);
    a = rows(50, 80);
    CHECK_INT(api_count(a, "data"), 4);
    EXPECT(give_back(row_at(a, day_time(53, 12, 0)), "following"), 204, NULL);
    CHECK_INT(api_count(rows(50, 80), "data"), 3);
    EXPECT(give_back(row_at(rows(50, 80), day_time(50, 12, 0)), "all"), 204, NULL);
    CHECK_INT(api_count(rows(50, 80), "data"), 0);
    CHECK_INT(number("SELECT COUNT(*) FROM blocked_rule WHERE rrule LIKE 'FREQ=WEEKLY%%'"), 0);
    CHECK_INT(leaks(), 0);
}

/* ---- whole days, and the clock of a zone -------------------------------------------------------------------------------------------------------- */

/* Madrid, the day its clocks go back: 25 hours, and the break is at noon before and after. */
static void test_whole_days_and_clocks(void)
{
    char madrid[UUID_TEXT];
    struct answer *a = api_post(&c.owner, "/locations", "{\"name\":\"Madrid\",\"time_zone\":\"Europe/Madrid\"}");
    NEED(a, 201, NULL);
    keep_id(madrid, a, "data.id");
    a = block(js("{'kind':'location','subject_id':'%s','all_day':true,'first_day':'2027-10-30','last_day':'2027-10-31','reason':'Closed'}", madrid));
    NEED(a, 201, NULL);
    CHECK_STR(api_str(a, "data.start"), "2027-10-29T22:00:00Z");
    CHECK_STR(api_str(a, "data.end"), "2027-10-31T23:00:00Z");
    a = look(js("{'kind':'location','subject_id':'%s','start':'2027-10-29T10:00:00Z','end':'2027-10-29T11:00:00Z','rrule':'FREQ=DAILY;COUNT=4'}", madrid));
    NEED(a, 200, NULL);
    CHECK_STR(api_str(a, "data.time_zone"), "Europe/Madrid");
    CHECK_STR(api_str(a, "data.occurrences[1].start"), "2027-10-30T10:00:00Z");
    CHECK_STR(api_str(a, "data.occurrences[2].start"), "2027-10-31T11:00:00Z");
    CHECK_STR(api_str(a, "data.occurrences[3].end"), "2027-11-01T12:00:00Z");
    /* A fortnight each year: both years' days, by the clock. */
    a = block(js("{'kind':'provider','subject_id':'%s','location_id':'%s','all_day':true,'first_day':'%s','last_day':'%s','rrule':'FREQ=YEARLY;COUNT=2','purpose':'time_off'}",
        c.provider[1], madrid, day_date(200), day_date(213)));
    NEED(a, 201, NULL);
    CHECK(api_int(a, "data.occurrences") == 1 || api_int(a, "data.occurrences") == 2);
    EXPECT(clinic_book(&c, c.plain, 1, 0, day_time(207, 9, 0)), 409, "CONFLICT_DETECTED");
    CHECK_INT(leaks(), 0);
    /* The place gets another clock: the rule's wall times stay, also of what is written later. */
    a = block(ask("location", madrid, day_time(90, 10, 0), day_time(90, 11, 0), "'rrule':'FREQ=WEEKLY;COUNT=3'"));
    NEED(a, 201, NULL);
    char id[UUID_TEXT];
    keep_id(id, a, "data.id");
    const char *wall = at("%s", api_str(a, "data.rule.first"));
    EXPECT(api_patch(&c.owner, at("/locations/%s", madrid), "{\"time_zone\":\"UTC\",\"keep\":\"wall_times\"}"), 200, NULL);
    a = api_get(&c.owner, at("/blocked-times/%s", id));
    CHECK_STR(api_str(a, "data.rule.time_zone"), "UTC");
    CHECK(strncmp(api_str(a, "data.start"), wall, 16) == 0);
    EXPECT(give_back(id, "all"), 204, NULL);
    CHECK_INT(leaks(), 0);
}

/* ---- without an end -------------------------------------------------------------------------------------------------------------------------------- */

static void run_job(void)
{
    api_sql("UPDATE schedule_tick SET next_at = 0 WHERE name = 'calendar.blocked_rules'");
    api_stop_soft();
    api_again(); /* the tick is due: it runs at once */
    c.owner = clinic_sign_in(c.email, c.slug, NULL);
    for (int i = 0; i < 200 && number("SELECT next_at / 1000000 FROM schedule_tick WHERE name = 'calendar.blocked_rules'") == 0; i++) api_sleep_ms(20);
}

#define OF_RULE " FROM blocked_time WHERE reason = 'For ever'"
static void wait_for(int64_t want)
{
    for (int i = 0; i < 300 && number("SELECT COUNT(*)" OF_RULE) != want; i++) api_sleep_ms(20);
    CHECK_INT(number("SELECT COUNT(*)" OF_RULE), want);
}

static void test_without_an_end(void)
{
    struct answer *a = block(provider(0, 3, 20, 21, "'rrule':'FREQ=WEEKLY','reason':'For ever'"));
    NEED(a, 201, NULL);
    int64_t all = api_int(a, "data.occurrences");
    CHECK(all >= 56 && all <= 58);
    CHECK(json_is_false(api_json(a, "data.rule.ends")));
    EXPECT(give_back(row_at(rows(10, 11), day_time(10, 20, 0)), "this"), 204, NULL);
    wait_for(all - 1);
    run_job(); /* nothing is due */
    wait_for(all - 1);
    /* As if it had been written half a year ago only, and the clock of the table had gone back too: it finds what is there. */
    api_sql("UPDATE blocked_rule SET filled_to = (SELECT MIN(starts_at)" OF_RULE ") + 14515200000000 WHERE reason = 'For ever'");
    run_job();
    wait_for(all - 1);
    /* Half of it lost, as if a server had been killed before the commit: written once, by two in a row. */
    EXPECT(clinic_book(&c, c.plain, 0, 0, day_time(353, 20, 30)), 409, "CONFLICT_DETECTED");
    api_sql("DELETE FROM claim WHERE owner_id IN (SELECT id" OF_RULE " AND starts_at > (SELECT MIN(starts_at)" OF_RULE ") + 14515200000000)");
    api_sql("DELETE" OF_RULE " AND id NOT IN (SELECT owner_id FROM claim)");
    api_sql("UPDATE blocked_rule SET filled_to = (SELECT MIN(starts_at)" OF_RULE ") + 14515200000001 WHERE reason = 'For ever'");
    CHECK(number("SELECT COUNT(*)" OF_RULE) < 30);
    NEED(clinic_book(&c, c.plain, 0, 0, day_time(353, 20, 30)), 201, NULL); /* booked in between: it stays, and the log warns */
    api_sql("UPDATE schedule_tick SET next_at = 0 WHERE name = 'calendar.blocked_rules'");
    api_kill();
    api_again();
    c.owner = clinic_sign_in(c.email, c.slug, NULL);
    wait_for(all - 1);
    run_job();
    wait_for(all - 1);
    CHECK_INT(number("SELECT COUNT(*) FROM audit WHERE action = 'blocked.write_on' AND warning = 1"), 1);
    CHECK_INT(leaks(), 0);
    EXPECT(clinic_book(&c, c.plain, 0, 1, day_time(353, 20, 0)), 409, "CONFLICT_DETECTED");
    a = api_get(&c.owner, at("/blocked-times?from=%s&to=%s", day_date(353), day_date(354)));
    CHECK_INT(api_count(api_get(&c.owner, at("/blocked-times/%s/hits", row_at(a, day_time(353, 20, 0)))), "data"), 1);
    EXPECT(give_back(row_at(a, day_time(353, 20, 0)), "all"), 204, NULL);
    wait_for(0);
    CHECK_INT(number("SELECT COUNT(*) FROM blocked_rule WHERE reason = 'For ever'"), 0);
}

/* ---- where the bookings go ----------------------------------------------------------------------------------------------------------------------------- */

static void test_reslot(void)
{
    char id[3][UUID_TEXT], blocked[UUID_TEXT];
    struct letter l;
    for (int i = 0; i < 3; i++) {
        struct answer *a = clinic_book(&c, c.plain, 0, i, day_time(70 + i, 9, 0));
        NEED(a, 201, NULL);
        keep_id(id[i], a, "data.id");
    }
    struct answer *a = block(js("{'kind':'provider','subject_id':'%s','all_day':true,'first_day':'%s','last_day':'%s','reason':'Holiday','on_conflict':'keep'}", c.provider[0], day_date(70), day_date(83)));
    NEED(a, 201, NULL);
    CHECK_INT(api_int(a, "data.hits_total"), 3);
    keep_id(blocked, a, "data.id");
    a = api_get(&c.owner, at("/blocked-times/%s/hits", blocked));
    CHECK_INT(api_count(a, "data"), 3);
    for (int i = 0; i < 3; i++) CHECK_STR(api_str(a, at("data[%d].next[0].provider_id", i)), c.provider[0]);
    CHECK(strcmp(api_str(a, "data[0].next[0].start"), day_time(84, 0, 0)) >= 0);
    CHECK(strcmp(api_str(a, "data[0].next[0].start"), api_str(a, "data[1].next[0].start")) != 0);
    const char *path = at("/blocked-times/%s/reslot", blocked), *to = at("%s", api_str(a, "data[0].next[0].start"));
    EXPECT(api_post(&c.owner, path, "{}"), 422, "VALIDATION_ERROR");
    /* One is moved, the second wants the same time, the third is asked; somebody who is not under the block is left alone. */
    a = api_post(&c.owner, path, js("{'moves':[{'appointment_id':'%s','start':'%s','version':1},{'appointment_id':'%s','start':'%s'},{'appointment_id':'%s','start':'%s'}],'tell':['%s']}",
        id[0], to, id[1], to, c.client[0], to, id[2]));
    NEED(a, 200, NULL);
    CHECK_STR(api_str(a, "data[0].result"), "moved");
    CHECK_STR(api_str(a, "data[0].start"), to);
    CHECK_STR(api_str(a, "data[1].result"), "taken");
    CHECK_INT(api_count(a, "data[1].next"), 3);
    CHECK_STR(api_str(a, "data[2].result"), "not_hit");
    CHECK_STR(api_str(a, "data[3].result"), "told");
    CHECK(letter_wait(at("%s.moved.1", id[0]), 10000, &l));
    letter_free(&l);
    REQUIRE(letter_wait(at("%s.choose.0", id[2]), 10000, &l));
    char token[120];
    CHECK(letter_token(&l, "/b/", token));
    CHECK(!l.calendar);
    letter_free(&l);
    CHECK_INT(api_count(api_get(&c.owner, at("/blocked-times/%s/hits", blocked)), "data"), 2);
    /* Seen in another version, in the past, with somebody else. */
    a = api_post(&c.owner, path, js("{'moves':[{'appointment_id':'%s','start':'%s','version':7},{'appointment_id':'%s','start':'%s'},{'appointment_id':'%s','start':'%s','provider_id':'%s'}]}",
        id[1], day_time(90, 9, 0), id[1], day_time(-3, 9, 0), id[1], day_time(71, 9, 0), c.provider[1]));
    NEED(a, 200, NULL);
    CHECK_STR(api_str(a, "data[0].result"), "changed");
    CHECK_STR(api_str(a, "data[1].result"), "refused");
    CHECK_STR(api_str(a, "data[2].result"), "moved");
    CHECK_STR(api_str(a, "data[2].provider_id"), c.provider[1]);
    EXPECT(api_post(&c.owner, path, js("{'tell':['%s']}", id[2])), 200, NULL); /* once only */
    api_sleep_ms(300);
    CHECK_INT(letters_beginning(at("%s.choose", id[2])), 1);
    EXPECT(give_back(blocked, "this"), 204, NULL);
    CHECK_INT(leaks(), 0);
}

/* ---- who may -------------------------------------------------------------------------------------------------------------------------------------------------- */

static void test_who_may(void)
{
    struct answer *a = block(provider(1, 100, 12, 13, "'rrule':'FREQ=DAILY;COUNT=2'"));
    NEED(a, 201, NULL);
    char id[UUID_TEXT];
    keep_id(id, a, "data.id");
    struct who reader = clinic_member(&c, "viewer");
    const char *body = provider(1, 101, 12, 13, "");
    EXPECT(api_post(&reader, "/blocked-times", body), 403, NULL);
    EXPECT(api_post(&reader, "/calendar/blocked-preview", body), 403, NULL);
    EXPECT(api_patch(&reader, at("/blocked-times/%s", id), "{\"reason\":\"x\"}"), 403, NULL);
    EXPECT(api_delete(&reader, at("/blocked-times/%s?scope=all", id)), 403, NULL);
    EXPECT(api_post(&reader, at("/blocked-times/%s/reslot", id), js("{'tell':['%s']}", id)), 403, NULL);
    EXPECT(api_get(&reader, at("/blocked-times/%s", id)), 200, NULL);
    EXPECT(api_get(&other.owner, at("/blocked-times/%s", id)), 404, NULL);
    EXPECT(api_get(&other.owner, at("/blocked-times/%s/hits?scope=all", id)), 404, NULL);
    EXPECT(api_patch(&other.owner, at("/blocked-times/%s?scope=all", id), "{\"reason\":\"x\"}"), 404, NULL);
    EXPECT(api_delete(&other.owner, at("/blocked-times/%s?scope=all", id)), 404, NULL);
    EXPECT(api_post(&other.owner, at("/blocked-times/%s/reslot", id), js("{'tell':['%s']}", id)), 404, NULL);
    EXPECT(api_post(&other.owner, "/blocked-times", body), 404, NULL);
    EXPECT(api_with(&c.owner, "PATCH", at("/blocked-times/%s", id), "{\"reason\":\"x\"}", "If-Match: \"9\"\r\n"), 412, NULL);
    EXPECT(give_back(id, "all"), 204, NULL);
}

/* ---- races ---------------------------------------------------------------------------------------------------------------------------------------------------------- */

enum { RACERS = 8, ROUNDS = 6 };
static pthread_barrier_t gate;
static int status[RACERS], round_now;
static char made[RACERS][UUID_TEXT];
static int64_t listed;

/* The first blocks by a rule (each second round: with keep, each third: the location), the others book under it. */
static void *race_main(void *arg)
{
    int n = *(int *)arg, day = 110 + round_now * 10;
    struct conn *conn = conn_open();
    bool keep = round_now % 2, place = round_now % 3 == 2;
    pthread_barrier_wait(&gate);
    struct answer *a = n == 0 ? api_call(conn, &c.owner, "POST", "/blocked-times", ask(place ? "location" : "provider", place ? c.location : c.provider[0], day_time(day, 8, 0),
                                    day_time(day, 16, 0), at("'rrule':'FREQ=DAILY;COUNT=5','on_conflict':'%s'", keep ? "keep" : "refuse")))
                              : api_call(conn, &c.owner, "POST", "/appointments", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[n % 3], c.plain,
                                    c.provider[0], day_time(day + n % 5, 9 + n / 5, 0)));
    status[n] = a->status;
    keep_id(made[n], a, "data.id");
    if (n == 0) listed = api_int(a, "data.hits_total");
    conn_close(conn);
    return NULL;
}

static void test_races(void)
{
    pthread_t threads[RACERS];
    int numbers[RACERS];
    for (round_now = 0; round_now < ROUNDS; round_now++) {
        int booked = 0;
        pthread_barrier_init(&gate, NULL, RACERS);
        for (int i = 0; i < RACERS; i++) {
            numbers[i] = i;
            REQUIRE(pthread_create(&threads[i], NULL, race_main, &numbers[i]) == 0);
        }
        for (int i = 0; i < RACERS; i++) pthread_join(threads[i], NULL);
        pthread_barrier_destroy(&gate);
        for (int i = 1; i < RACERS; i++) {
            CHECK(status[i] == 201 || status[i] == 409);
            booked += status[i] == 201;
        }
        /* Who is booked was there before the block, which then was refused or has listed him. */
        if (status[0] == 201) CHECK_INT(listed, booked);
        else CHECK(status[0] == 409 && booked > 0 && round_now % 2 == 0);
        if (status[0] == 201) CHECK_INT(api_count(api_get(&c.owner, at("/blocked-times/%s/hits?scope=all", made[0])), "data"), booked);
        CHECK_INT(leaks(), 0);
    }
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(109), day_date(150), NULL), 0);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        printf("-- %s\n", engine);
        api_start(engine, NULL);
        clinic_make(&other, "other-block");
        clinic_make(&c, "blocked");
        RUN(test_bad_input);
        RUN(test_hits_are_named_and_kept);
        RUN(test_slots_and_reasons);
        RUN(test_scopes);
        RUN(test_whole_days_and_clocks);
        RUN(test_reslot);
        RUN(test_who_may);
        RUN(test_races);
        RUN(test_without_an_end);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
