/* test_booking.c - the calendar as the staff use it: taking time, what is in the way, moving, states, live events. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <string.h>
#include <time.h>

static struct clinic c;
static struct who provider_role, staff;

static const char *id_of(const struct answer *a)
{
    return at("%s", api_str(a, "data.id"));
}

static struct answer *book(int day, int hour, int minute, int provider, int client)
{
    return clinic_book(&c, c.plain, provider, client, day_time(day, hour, minute));
}

/* ---- taking time --------------------------------------------------------------------- */

static void test_book(void)
{
    struct answer *a = api_post(&c.owner, "/appointments",
        js("{'client_id':'%s','patient_id':'%s','service_id':'%s','provider_id':'%s','location_id':'%s','start':'%s','notes':'first'}",
            c.client[0], c.patient[0], c.plain, c.provider[0], c.location, day_time(10, 9, 0)));
    EXPECT(a, 201, NULL);
    CHECK_STR(api_str(a, "data.start"), day_time(10, 9, 0));
    CHECK_STR(api_str(a, "data.end"), day_time(10, 9, 30));
    CHECK_STR(api_str(a, "data.status"), "scheduled");
    CHECK_STR(api_str(a, "data.source"), "staff");
    CHECK_STR(api_str(a, "data.client_name"), "Chris Client");
    CHECK_STR(api_str(a, "data.currency"), "EUR");
    CHECK_INT(api_int(a, "data.price_minor"), 5000);
    CHECK_INT(api_int(a, "data.version"), 1);
    CHECK_STR(api_header(a, "ETag"), "\"1\"");
    const char *id = id_of(a);
    a = api_get(&c.owner, at("/appointments/%s", id));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.notes"), "first");
    a = api_get(&c.owner, at("/calendar?from=%s", day_date(10)));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data.appointments"), 1);
    CHECK_STR(api_str(a, "data.appointments[0].id"), id);
    CHECK(api_count(a, "data.open") >= 2);
}

/* The first and the last day there are can be looked at; what reaches beyond ends there. */
static void test_ends_of_time(void)
{
    static const char *const from[] = { "1900-01-01", "1900-01-01T00:00:00Z", "2199-12-31", "2199-12-31T23:59:59.999999Z" };
    EXPECT(api_patch(&c.owner, "/tenant", "{\"time_zone\":\"Asia/Kathmandu\"}"), 200, NULL); /* its 1900 begins before the world's */
    for (size_t i = 0; i < sizeof from / sizeof *from; i++) {
        EXPECT(api_get(&c.owner, at("/calendar?from=%s", from[i])), 200, NULL);
        EXPECT(api_get(&c.owner, at("/calendar/slots?service_id=%s&from=%s", c.plain, from[i])), 200, NULL);
    }
    EXPECT(api_get(&c.owner, at("/calendar/slots?service_id=%s&from=2199-12-31&to=2199-12-31", c.plain)), 200, NULL);
    EXPECT(api_patch(&c.owner, "/tenant", "{\"time_zone\":\"Etc/UTC\"}"), 200, NULL);
}

/* A day has its number and its first few; cancelled ones are not counted, filters narrow both. */
static void test_month(void)
{
    const char *cancelled = NULL;
    for (int i = 0; i < 6; i++) {
        struct answer *a = book(40, 9 + i, 0, i % 2, i % 2);
        EXPECT(a, 201, NULL);
        cancelled = id_of(a);
    }
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", cancelled), "{\"notify\":false}"), 200, NULL);
    struct answer *a = api_get(&c.owner, at("/calendar/month?from=%s&to=%s", day_date(39), day_date(41)));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data.days"), 3);
    CHECK_STR(api_str(a, "data.days[1].date"), day_date(40));
    CHECK_INT(api_int(a, "data.days[1].total"), 5);
    CHECK_INT(api_count(a, "data.days[1].first"), 4);
    CHECK_STR(api_str(a, "data.days[1].first[0].start"), day_time(40, 9, 0));
    CHECK_STR(api_str(a, "data.days[1].first[0].client_name"), "Chris Client");
    a = api_get(&c.owner, at("/calendar/month?from=%s&to=%s&provider_id=%s&location_id=%s", day_date(40), day_date(40), c.provider[1], c.location));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_int(a, "data.days[0].total"), 2);
    EXPECT(api_get(&c.owner, at("/calendar/month?from=%s&to=%s&location_id=%s", day_date(40), day_date(40), c.provider[0])), 404, NULL);
    EXPECT(api_get(&c.owner, at("/calendar/month?from=%s&to=%s", day_date(0), day_date(60))), 422, NULL);
}

/* From both sides, inside and around; what only touches is free. */
static void test_overlap(void)
{
    struct answer *a = book(11, 10, 0, 0, 0);
    EXPECT(a, 201, NULL);
    const char *id = id_of(a);
    static const struct {
        int hour, minute, free;
    } tries[] = { { 10, 0, 0 }, { 10, 15, 0 }, { 9, 45, 0 }, { 10, 29, 0 }, { 9, 31, 0 }, { 10, 30, 1 }, { 9, 30, 1 } };
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        a = book(11, tries[i].hour, tries[i].minute, 0, 1);
        EXPECT(a, tries[i].free ? 201 : 409, tries[i].free ? NULL : "CONFLICT_DETECTED");
        if (tries[i].free) continue;
        CHECK(api_count(a, "details.conflicts") == 1);
        CHECK_STR(api_str(a, "details.conflicts[0].kind"), "provider");
        CHECK_STR(api_str(a, "details.conflicts[0].what"), "appointment");
        CHECK_STR(api_str(a, "details.conflicts[0].subject_id"), c.provider[0]);
        CHECK_STR(api_str(a, "details.conflicts[0].appointment_id"), id);
        CHECK_STR(api_str(a, "details.conflicts[0].start"), day_time(11, 10, 0));
        CHECK_STR(api_str(a, "details.conflicts[0].end"), day_time(11, 10, 30));
        CHECK(api_count(a, "details.next") >= 1 && api_count(a, "details.next") <= 5);
    }
    /* What was offered instead can be booked. */
    a = book(11, 10, 15, 0, 1);
    EXPECT(a, 409, NULL);
    a = clinic_book(&c, c.plain, 0, 1, at("%s", api_str(a, "details.next[0].start")));
    EXPECT(a, 201, NULL);
    /* One long booking around another. */
    a = api_post(&c.owner, "/appointments",
        js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','duration_min':600}", c.client[2], c.plain, c.provider[0],
            day_time(11, 7, 0)));
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK(api_count(a, "details.conflicts") >= 3);
}

/* 10 minutes before and 15 after belong to it. */
static void test_buffers(void)
{
    EXPECT(clinic_book(&c, c.buffered, 0, 0, day_time(12, 9, 0)), 201, NULL);
    EXPECT(book(12, 9, 30, 0, 1), 409, "CONFLICT_DETECTED");
    EXPECT(book(12, 9, 44, 0, 1), 409, "CONFLICT_DETECTED");
    EXPECT(book(12, 8, 21, 0, 1), 409, "CONFLICT_DETECTED");
    EXPECT(book(12, 9, 45, 0, 1), 201, NULL);
    EXPECT(book(12, 8, 20, 0, 1), 201, NULL);
    /* Its own buffers count as well: 11:00 minus ten. */
    EXPECT(book(12, 10, 25, 0, 1), 201, NULL);
    EXPECT(clinic_book(&c, c.buffered, 0, 0, day_time(12, 11, 0)), 409, "CONFLICT_DETECTED");
    EXPECT(clinic_book(&c, c.buffered, 0, 0, day_time(12, 11, 5)), 201, NULL);
}

static void test_patient(void)
{
    EXPECT(book(13, 9, 0, 0, 0), 201, NULL);
    struct answer *a = book(13, 9, 15, 1, 0);
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.conflicts[0].kind"), "patient");
    CHECK_STR(api_str(a, "details.conflicts[0].subject_id"), c.patient[0]);
    /* The same client brings somebody else. */
    struct answer *p = api_post(&c.owner, "/patients", js("{'client_id':'%s','kind':'animal','name':'Rex','species':'dog'}", c.client[0]));
    EXPECT(p, 201, NULL);
    a = api_post(&c.owner, "/appointments",
        js("{'client_id':'%s','patient_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[0], api_str(p, "data.id"),
            c.plain, c.provider[1], day_time(13, 9, 15)));
    EXPECT(a, 201, NULL);
    CHECK_STR(api_str(a, "data.patient_name"), "Rex");
    /* Another client's patient is none of his. */
    a = api_post(&c.owner, "/appointments",
        js("{'client_id':'%s','patient_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[1], c.patient[0], c.plain,
            c.provider[1], day_time(13, 12, 0)));
    EXPECT(a, 404, "NOT_FOUND");
}

static void test_resources(void)
{
    struct answer *a = clinic_book(&c, c.seated, 0, 0, day_time(14, 9, 0));
    EXPECT(a, 201, NULL);
    CHECK_INT(api_count(a, "data.resource_ids"), 1);
    char first[UUID_TEXT];
    keep_id(first, a, "data.resource_ids[0]");
    a = clinic_book(&c, c.seated, 1, 1, day_time(14, 9, 0));
    EXPECT(a, 201, NULL);
    CHECK(strcmp(api_str(a, "data.resource_ids[0]"), first) != 0);
    /* A third provider finds no chair, and one that is named is taken. */
    struct answer *p = api_post(&c.owner, "/providers", js("{'name':'Dr Cy','service_ids':['%s','%s']}", c.seated, c.plain));
    EXPECT(p, 201, NULL);
    char third[UUID_TEXT];
    keep_id(third, p, "data.id");
    a = api_post(&c.owner, "/appointments",
        js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[2], c.seated, third, day_time(14, 9, 15)));
    EXPECT(a, 409, "CONFLICT_DETECTED");
    a = api_post(&c.owner, "/appointments",
        js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','resource_ids':['%s']}", c.client[2], c.plain, third,
            day_time(14, 9, 15), first));
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.conflicts[0].kind"), "resource");
    a = api_post(&c.owner, "/appointments",
        js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[2], c.seated, third, day_time(14, 9, 30)));
    EXPECT(a, 201, NULL);
    EXPECT(api_delete(&c.owner, at("/providers/%s", third)), 204, NULL);
}

/* Over taken time only with the permission and a reason; then it holds its part of the time like any other. */
static void test_overbook(void)
{
    EXPECT(book(15, 9, 0, 0, 0), 201, NULL);
    const char *over = js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','overbook':{'reason':'emergency'}}",
        c.client[1], c.plain, c.provider[0], day_time(15, 9, 15));
    EXPECT(api_post(&provider_role, "/appointments", over), 403, "FORBIDDEN");
    struct answer *a = api_post(&c.owner, "/appointments",
        js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','overbook':{}}", c.client[1], c.plain, c.provider[0],
            day_time(15, 9, 15)));
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(*api_str(a, at("details.fields.overbook")) || json_object_get(api_json(a, "details.fields"), "overbook.reason"));
    a = api_post(&staff, "/appointments", over);
    EXPECT(a, 201, NULL);
    CHECK_STR(api_str(a, "data.overbook_reason"), "emergency");
    const char *id = id_of(a);
    EXPECT(book(15, 9, 30, 0, 2), 409, "CONFLICT_DETECTED");
    EXPECT(book(15, 9, 44, 0, 2), 409, "CONFLICT_DETECTED");
    EXPECT(book(15, 9, 45, 0, 2), 201, NULL);
    a = api_get(&c.owner, at("/audit?entity_id=%s", id));
    CHECK_INT(api_int(a, "data[0].warning"), 1);
    /* Its end gives back its part only. */
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", id), NULL), 200, NULL);
    EXPECT(book(15, 9, 15, 0, 2), 409, "CONFLICT_DETECTED");
}

/* A provider role may book, but not what is refused to it. */
static void test_any_provider(void)
{
    const char *any = js("{'client_id':'%s','service_id':'%s','start':'%s'}", c.client[0], c.plain, day_time(16, 9, 0));
    struct answer *a = api_post(&provider_role, "/appointments", any);
    EXPECT(a, 201, NULL);
    char first[UUID_TEXT];
    keep_id(first, a, "data.provider_id");
    a = api_post(
        &c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','start':'%s'}", c.client[1], c.plain, day_time(16, 9, 0)));
    EXPECT(a, 201, NULL);
    CHECK(strcmp(api_str(a, "data.provider_id"), first) != 0);
    a = api_post(
        &c.owner, "/appointments", js("{'client_id':'%s','service_id':'%s','start':'%s'}", c.client[2], c.plain, day_time(16, 9, 0)));
    EXPECT(a, 409, "CONFLICT_DETECTED");
}

static void test_wrong_input(void)
{
    struct answer *a = clinic_book(&c, c.plain, 0, 0, "2020-01-01T09:00:00Z");
    EXPECT(a, 422, "VALIDATION_ERROR");
    CHECK(*api_str(a, "details.fields.start"));
    EXPECT(clinic_book(&c, c.plain, 0, 0, "2026-02-30T09:00:00Z"), 422, NULL);
    EXPECT(clinic_book(&c, c.plain, 0, 0, day_date(9)), 422, NULL);
    EXPECT(clinic_book(&c, "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000", 0, 0, day_time(9, 9, 0)), 404, "NOT_FOUND");
}

/* ---- moving --------------------------------------------------------------------- */

static void test_move(void)
{
    struct answer *a = book(17, 9, 0, 0, 0);
    EXPECT(a, 201, NULL);
    const char *path = at("/appointments/%s/move", api_str(a, "data.id"));
    EXPECT(book(17, 11, 0, 0, 1), 201, NULL);
    EXPECT(api_with(&c.owner, "POST", path, js("{'start':'%s'}", day_time(17, 10, 0)), "If-Match: \"7\"\r\n"), 412, "STALE_VERSION");
    a = api_with(&c.owner, "POST", path, js("{'start':'%s'}", day_time(17, 10, 0)), "If-Match: \"1\"\r\n");
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.start"), day_time(17, 10, 0));
    CHECK_STR(api_str(a, "data.end"), day_time(17, 10, 30));
    CHECK_INT(api_int(a, "data.version"), 2);
    CHECK_INT(api_int(a, "data.sequence"), 1);
    EXPECT(api_with(&c.owner, "POST", path, js("{'start':'%s'}", day_time(17, 12, 0)), "If-Match: \"1\"\r\n"), 412, "STALE_VERSION");
    a = api_post(&c.owner, path, js("{'start':'%s'}", day_time(17, 10, 45)));
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.conflicts[0].kind"), "provider");
    /* By less than its own length: its own time is not in its way. */
    a = api_post(&c.owner, path, js("{'start':'%s'}", day_time(17, 10, 15)));
    EXPECT(a, 200, NULL);
    /* The place it left is free, the place it took is not. */
    EXPECT(book(17, 9, 0, 0, 2), 201, NULL);
    EXPECT(book(17, 10, 15, 0, 2), 409, NULL);
}

static void test_resize(void)
{
    struct answer *a = book(18, 9, 0, 0, 0);
    EXPECT(a, 201, NULL);
    const char *path = at("/appointments/%s/move", api_str(a, "data.id"));
    EXPECT(book(18, 10, 0, 0, 1), 201, NULL);
    a = api_post(&c.owner, path, js("{'start':'%s','end':'%s'}", day_time(18, 9, 0), day_time(18, 10, 0)));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.end"), day_time(18, 10, 0));
    EXPECT(api_post(&c.owner, path, js("{'start':'%s','end':'%s'}", day_time(18, 9, 0), day_time(18, 10, 1))), 409, "CONFLICT_DETECTED");
    EXPECT(api_post(&c.owner, path, js("{'start':'%s','end':'%s'}", day_time(18, 9, 0), day_time(18, 9, 0))), 422, "VALIDATION_ERROR");
    a = api_post(&c.owner, path, js("{'start':'%s','end':'%s'}", day_time(18, 9, 0), day_time(18, 9, 15)));
    EXPECT(a, 200, NULL);
    EXPECT(book(18, 9, 15, 0, 2), 201, NULL);
    /* To the other provider, with its length. */
    a = api_post(&c.owner, path, js("{'start':'%s','provider_id':'%s'}", day_time(18, 9, 15), c.provider[1]));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.provider_id"), c.provider[1]);
    CHECK_STR(api_str(a, "data.end"), day_time(18, 9, 30));
}

static void test_cancel_restore(void)
{
    struct answer *a = book(19, 9, 0, 0, 0);
    EXPECT(a, 201, NULL);
    char id[UUID_TEXT];
    keep_id(id, a, "data.id");
    a = api_post(&c.owner, at("/appointments/%s/cancel", id), js("{'reason':'the dentist is ill'}"));
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.status"), "cancelled");
    CHECK_STR(api_str(a, "data.cancel_reason"), "the dentist is ill");
    CHECK_STR(api_str(a, "data.cancelled_by"), "staff");
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", id), NULL), 409, "ILLEGAL_TRANSITION");
    EXPECT(api_post(&c.owner, at("/appointments/%s/move", id), js("{'start':'%s'}", day_time(19, 12, 0))), 409, "ILLEGAL_TRANSITION");
    a = api_post(&c.owner, at("/appointments/%s/restore", id), NULL);
    EXPECT(a, 200, NULL);
    CHECK_STR(api_str(a, "data.status"), "scheduled");
    CHECK(json_is_null(api_json(a, "data.cancel_reason")));
    EXPECT(book(19, 9, 15, 0, 1), 409, "CONFLICT_DETECTED");
    EXPECT(api_delete(&c.owner, at("/appointments/%s", id)), 204, NULL);
    EXPECT(book(19, 9, 15, 0, 1), 201, NULL);
    a = api_post(&c.owner, at("/appointments/%s/restore", id), NULL);
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.conflicts[0].kind"), "provider");
    a = api_get(&c.owner, at("/appointments/%s", id));
    CHECK_STR(api_str(a, "data.status"), "cancelled");
}

/* ---- states --------------------------------------------------------------------- */

static struct answer *state(const struct who *w, const char *id, const char *to)
{
    return api_post(w, at("/appointments/%s/state", id), js("{'status':'%s'}", to));
}

static void test_states(void)
{
    static const char *const steps[] = { "confirmed", "checked_in", "in_progress", "completed" };
    struct answer *a = book(20, 9, 0, 0, 0);
    EXPECT(a, 201, NULL);
    char id[UUID_TEXT];
    keep_id(id, a, "data.id");
    EXPECT(state(&c.owner, id, "completed"), 409, "ILLEGAL_TRANSITION");
    EXPECT(state(&c.owner, id, "in_progress"), 409, "ILLEGAL_TRANSITION");
    EXPECT(state(&c.owner, id, "expired"), 409, "ILLEGAL_TRANSITION");
    EXPECT(state(&c.owner, id, "pending_payment"), 409, "ILLEGAL_TRANSITION");
    EXPECT(state(&c.owner, id, "dancing"), 422, "VALIDATION_ERROR");
    for (size_t i = 0; i < 4; i++) {
        a = state(&provider_role, id, steps[i]);
        EXPECT(a, 200, NULL);
        CHECK_STR(api_str(a, "data.status"), steps[i]);
    }
    CHECK_INT(api_count(a, "data.transitions"), 0); /* for a provider; who may undo sees one */
    a = api_get(&c.owner, at("/appointments/%s", id));
    CHECK_STR(api_str(a, "data.transitions[0]"), "in_progress");
    EXPECT(state(&provider_role, id, "in_progress"), 403, "FORBIDDEN");
    EXPECT(state(&c.owner, id, "scheduled"), 409, "ILLEGAL_TRANSITION");
    EXPECT(state(&c.owner, id, "in_progress"), 200, NULL);
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", id), NULL), 409, "ILLEGAL_TRANSITION");
    EXPECT(state(&c.owner, id, "checked_in"), 200, NULL);
    EXPECT(state(&c.owner, id, "no_show"), 200, NULL);
    EXPECT(state(&c.owner, id, "scheduled"), 200, NULL);
    /* Not there any more means: the time is free. */
    EXPECT(state(&c.owner, id, "no_show"), 200, NULL);
    EXPECT(book(20, 9, 0, 0, 1), 201, NULL);
    EXPECT(state(&c.owner, id, "scheduled"), 409, "CONFLICT_DETECTED");
}

static void test_client_stats(void)
{
    struct answer *a = api_post(&c.owner, "/clients", "{\"name\":\"Stat Istics\",\"email\":\"stat@example.org\"}");
    EXPECT(a, 201, NULL);
    char client[UUID_TEXT], ids[3][UUID_TEXT];
    keep_id(client, a, "data.id");
    for (int i = 0; i < 3; i++) {
        a = api_post(&c.owner, "/appointments",
            js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", client, c.plain, c.provider[0],
                day_time(21, 9 + i, 0)));
        EXPECT(a, 201, NULL);
        keep_id(ids[i], a, "data.id");
    }
    a = api_get(&c.owner, at("/clients/%s", client));
    CHECK_STR(api_str(a, "data.stats.next_visit_at"), day_time(21, 9, 0));
    CHECK_INT(api_int(a, "data.stats.visits"), 0);
    EXPECT(api_delete(&c.owner, at("/appointments/%s", ids[0])), 204, NULL);
    EXPECT(state(&c.owner, ids[1], "no_show"), 200, NULL);
    EXPECT(state(&c.owner, ids[2], "checked_in"), 200, NULL);
    EXPECT(state(&c.owner, ids[2], "in_progress"), 200, NULL);
    EXPECT(state(&c.owner, ids[2], "completed"), 200, NULL);
    a = api_get(&c.owner, at("/clients/%s", client));
    CHECK_INT(api_int(a, "data.stats.visits"), 1);
    CHECK_INT(api_int(a, "data.stats.no_shows"), 1);
    CHECK_INT(api_int(a, "data.stats.cancellations"), 1);
    CHECK(json_is_null(api_json(a, "data.stats.next_visit_at")));
    EXPECT(state(&c.owner, ids[2], "in_progress"), 200, NULL);
    a = api_get(&c.owner, at("/clients/%s", client));
    CHECK_INT(api_int(a, "data.stats.visits"), 0);
}

/* ---- the same request twice --------------------------------------------------------------------- */

#define KEY "Idempotency-Key: a-key-of-ours\r\n"

static void test_idempotency(void)
{
    const char *body =
        js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[0], c.plain, c.provider[0], day_time(22, 9, 0));
    struct answer *first = api_with(&c.owner, "POST", "/appointments", body, KEY);
    EXPECT(first, 201, NULL);
    struct answer *again = api_with(&c.owner, "POST", "/appointments", body, KEY);
    EXPECT(again, 201, NULL);
    CHECK_STR(again->body, first->body);
    CHECK_STR(api_header(again, "Idempotency-Replayed"), "true");
    EXPECT(api_with(&c.owner, "POST", "/appointments",
               js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[0], c.plain, c.provider[0],
                   day_time(22, 12, 0)),
               KEY),
        422, "IDEMPOTENCY_KEY_REUSED");
    /* Another person's key is another key. */
    EXPECT(api_with(&staff, "POST", "/appointments", body, KEY), 409, "CONFLICT_DETECTED");
    struct answer *l = api_get(&c.owner, at("/appointments?from=%s&to=%s", day_date(22), day_date(23)));
    CHECK_INT(api_count(l, "data"), 1);
}

struct twin {
    pthread_t thread;
    const char *body;
    int status;
    char id[UUID_TEXT];
};

static void *twin_main(void *arg)
{
    struct twin *t = arg;
    struct conn *conn = conn_open();
    struct answer *a = api_send(conn, &c.owner,
        &(struct sending){
            .method = "POST", .path = "/appointments", .body = t->body, .len = strlen(t->body), .headers = "Idempotency-Key: twins\r\n" });
    t->status = a->status;
    keep_id(t->id, a, "data.id");
    conn_close(conn);
    return NULL;
}

static void test_idempotency_race(void)
{
    struct twin twins[8];
    const char *body = js("{'client_id':'%s','service_id':'%s','start':'%s'}", c.client[0], c.plain, day_time(23, 9, 0));
    for (size_t i = 0; i < 8; i++) {
        twins[i] = (struct twin){ .body = body };
        REQUIRE(pthread_create(&twins[i].thread, NULL, twin_main, &twins[i]) == 0);
    }
    for (size_t i = 0; i < 8; i++) pthread_join(twins[i].thread, NULL);
    for (size_t i = 0; i < 8; i++) {
        CHECK_INT(twins[i].status, 201);
        CHECK_STR(twins[i].id, twins[0].id);
    }
    struct answer *l = api_get(&c.owner, at("/appointments?from=%s&to=%s", day_date(23), day_date(24)));
    CHECK_INT(api_count(l, "data"), 1);
}

/* ---- blocked time, free times, and why not --------------------------------------------------------------------- */

static void test_blocked(void)
{
    const char *block = js("{'kind':'provider','subject_id':'%s','start':'%s','end':'%s','reason':'course'}", c.provider[0],
        day_time(24, 9, 0), day_time(24, 12, 0));
    struct answer *a = api_post(&c.owner, "/blocked-times", block);
    EXPECT(a, 201, NULL);
    char id[UUID_TEXT];
    keep_id(id, a, "data.id");
    a = book(24, 11, 45, 0, 0);
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.conflicts[0].what"), "blocked");
    EXPECT(book(24, 12, 0, 0, 0), 201, NULL);
    a = api_post(&c.owner, "/blocked-times",
        js("{'kind':'provider','subject_id':'%s','start':'%s','end':'%s'}", c.provider[0], day_time(24, 12, 15), day_time(24, 14, 0)));
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.conflicts[0].what"), "appointment");
    a = api_post(&c.owner, "/blocked-times",
        js("{'kind':'provider','subject_id':'%s','start':'%s','end':'%s','force':true}", c.provider[0], day_time(24, 12, 15),
            day_time(24, 14, 0)));
    EXPECT(a, 201, NULL);
    EXPECT(book(24, 13, 0, 0, 1), 409, "CONFLICT_DETECTED");
    EXPECT(api_delete(&c.owner, at("/blocked-times/%s", id)), 204, NULL);
    EXPECT(book(24, 10, 0, 0, 1), 201, NULL);
    EXPECT(api_delete(&c.owner, at("/blocked-times/%s", id)), 404, "NOT_FOUND");
    /* A whole location, and a chair. */
    a = api_post(&c.owner, "/blocked-times",
        js("{'kind':'location','subject_id':'%s','start':'%s','end':'%s'}", c.location, day_time(24, 18, 0), day_time(24, 19, 0)));
    EXPECT(a, 201, NULL);
    a = book(24, 18, 30, 1, 0);
    EXPECT(a, 409, "CONFLICT_DETECTED");
    CHECK_STR(api_str(a, "details.conflicts[0].kind"), "location");
    EXPECT(api_post(&c.owner, "/blocked-times",
               js("{'kind':'resource','subject_id':'%s','start':'%s','end':'%s'}", c.chair[0], day_time(24, 15, 0), day_time(24, 16, 0))),
        201, NULL);
    a = clinic_book(&c, c.seated, 1, 2, day_time(24, 15, 15));
    EXPECT(a, 201, NULL);
    CHECK_STR(api_str(a, "data.resource_ids[0]"), c.chair[1]);
    EXPECT(api_post(&c.owner, "/blocked-times",
               js("{'kind':'provider','subject_id':'%s','start':'%s','end':'%s'}", c.provider[0], day_time(24, 9, 0), day_time(24, 9, 0))),
        422, NULL);
}

static bool has_start(const struct answer *a, const char *list, const char *start)
{
    for (size_t i = 0; i < api_count(a, list); i++)
        if (strcmp(api_str(a, at("%s[%zu].start", list, i)), start) == 0) return true;
    return false;
}

static void test_slots(void)
{
    EXPECT(book(25, 9, 0, 0, 0), 201, NULL);
    struct answer *a = api_get(
        &c.owner, at("/calendar/slots?service_id=%s&provider_id=%s&from=%s&to=%s", c.plain, c.provider[0], day_date(25), day_date(25)));
    EXPECT(a, 200, NULL);
    CHECK(!has_start(a, "data", day_time(25, 8, 45)));
    CHECK(!has_start(a, "data", day_time(25, 9, 0)));
    CHECK(!has_start(a, "data", day_time(25, 9, 15)));
    CHECK(has_start(a, "data", day_time(25, 8, 30)));
    CHECK(has_start(a, "data", day_time(25, 9, 30)));
    CHECK(has_start(a, "data", day_time(25, 6, 0)));
    CHECK(has_start(a, "data", day_time(25, 21, 30)));
    CHECK(!has_start(a, "data", day_time(25, 21, 45)));
    CHECK(!has_start(a, "data", day_time(25, 5, 45)));
    CHECK_INT(api_count(a, "data"), 63 - 3); /* 16 hours, the last start half an hour before the end; three are taken */
    a = api_get(
        &c.owner, at("/calendar/explain?service_id=%s&provider_id=%s&from=%s&to=%s", c.plain, c.provider[0], day_date(25), day_date(25)));
    EXPECT(a, 200, NULL);
    bool busy = false;
    for (size_t i = 0; i < api_count(a, "data.dropped"); i++)
        busy = busy || (strcmp(api_str(a, at("data.dropped[%zu].start", i)), day_time(25, 9, 0)) == 0 &&
                           strcmp(api_str(a, at("data.dropped[%zu].reason", i)), "busy") == 0);
    CHECK(busy);
    a = api_get(&c.owner, at("/calendar/conflicts?service_id=%s&provider_id=%s&start=%s", c.plain, c.provider[0], day_time(25, 9, 15)));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_int(a, "data.free"), 0);
    CHECK_INT(api_count(a, "data.conflicts"), 1);
    CHECK(api_count(a, "data.next") > 0);
    const char *except = at("%s", api_str(a, "data.conflicts[0].appointment_id"));
    a = api_get(&c.owner,
        at("/calendar/conflicts?service_id=%s&provider_id=%s&start=%s&except=%s", c.plain, c.provider[0], day_time(25, 9, 15), except));
    CHECK_INT(api_int(a, "data.free"), 1);
    a = api_get(&c.owner, at("/calendar/conflicts?service_id=%s&provider_id=%s&start=%s", c.plain, c.provider[0], day_time(25, 9, 30)));
    CHECK_INT(api_int(a, "data.free"), 1);
}

static void test_holiday_and_absence(void)
{
    EXPECT(api_post(&c.owner, "/holidays", js("{'date':'%s','name':'Feast'}", day_date(40))), 201, NULL);
    struct answer *a = api_get(&c.owner, at("/calendar/slots?service_id=%s&from=%s&to=%s", c.plain, day_date(40), day_date(40)));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data"), 0);
    a = api_get(&c.owner, at("/providers/%s/hours", c.provider[1]));
    EXPECT(a, 200, NULL);
    json_t *hours = json_deep_copy(api_json(a, "data"));
    json_object_del(hours, "version");
    json_object_set_new(hours, "exceptions", json_pack("[{s:s,s:b}]", "date", day_date(41), "closed", 1));
    char *body = json_dumps(hours, 0);
    EXPECT(api_put(&c.owner, at("/providers/%s/hours", c.provider[1]), body), 200, NULL);
    free(body);
    json_decref(hours);
    a = api_get(
        &c.owner, at("/calendar/slots?service_id=%s&provider_id=%s&from=%s&to=%s", c.plain, c.provider[1], day_date(41), day_date(41)));
    CHECK_INT(api_count(a, "data"), 0);
    a = api_get(
        &c.owner, at("/calendar/slots?service_id=%s&provider_id=%s&from=%s&to=%s", c.plain, c.provider[0], day_date(41), day_date(41)));
    CHECK_INT(api_count(a, "data"), 63);
}

/* The last Sunday of the next March, when 03:00 does not exist in Bucharest. */
static void gap_date(char out[64])
{
    time_t t = time(NULL) + 3 * 86400;
    struct tm tm;
    for (;; t += 86400) {
        gmtime_r(&t, &tm);
        if (tm.tm_mon == 2 && tm.tm_wday == 0 && tm.tm_mday >= 25) break;
    }
    snprintf(out, 64, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}

static void test_dst_gap(void)
{
    char date[64], location[UUID_TEXT], provider[UUID_TEXT];
    gap_date(date);
    EXPECT(api_patch(&c.owner, "/tenant", "{\"booking_horizon_days\":730}"), 200, NULL);
    struct answer *a = api_post(&c.owner, "/locations", "{\"name\":\"Bucharest\",\"time_zone\":\"Europe/Bucharest\"}");
    NEED(a, 201, NULL);
    keep_id(location, a, "data.id");
    a = api_post(&c.owner, "/providers", js("{'name':'Dr Night','service_ids':['%s']}", c.plain));
    NEED(a, 201, NULL);
    keep_id(provider, a, "data.id");
    EXPECT(api_put(&c.owner, at("/providers/%s/hours", provider),
               js("{'weekly':[{'location_id':'%s','weekday':7,'start':'02:00','end':'06:00'}],'exceptions':[]}", location)),
        200, NULL);
    a = api_get(&nobody,
        at("/public/%s/slots?service_id=%s&provider_id=%s&from=%s&to=%s&zone=Europe/Bucharest", c.slug, c.plain, provider, date, date));
    EXPECT(a, 200, NULL);
    /* 02:00 to 06:00 with an hour left out: three hours, in UTC from 00:00 to 03:00. */
    CHECK_INT(api_count(a, "data"), 11);
    for (size_t i = 0; i < api_count(a, "data"); i++) {
        const char *start = api_str(a, at("data[%zu].start", i));
        CHECK(strcmp(start, at("%sT00:00:00Z", date)) >= 0 && strcmp(start, at("%sT02:30:00Z", date)) <= 0);
        if (i) CHECK(strcmp(start, api_str(a, at("data[%zu].start", i - 1))) > 0);
    }
    CHECK(has_start(a, "data", at("%sT01:00:00Z", date))); /* 04:00 there */
    EXPECT(api_delete(&c.owner, at("/providers/%s", provider)), 204, NULL);
}

/* ---- what each change leaves behind --------------------------------------------------------------------- */

static void test_audit(void)
{
    static const char *const want[] = { "appointment.restore", "appointment.cancel", "appointment.state", "appointment.move",
        "appointment.update", "appointment.create" };
    struct answer *a = book(26, 9, 0, 0, 0);
    EXPECT(a, 201, NULL);
    char id[UUID_TEXT];
    keep_id(id, a, "data.id");
    EXPECT(api_patch(&c.owner, at("/appointments/%s", id), "{\"notes\":\"careful\"}"), 200, NULL);
    EXPECT(api_post(&c.owner, at("/appointments/%s/move", id), js("{'start':'%s'}", day_time(26, 10, 0))), 200, NULL);
    EXPECT(state(&staff, id, "confirmed"), 200, NULL);
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", id), NULL), 200, NULL);
    EXPECT(api_post(&c.owner, at("/appointments/%s/restore", id), NULL), 200, NULL);
    a = api_get(&c.owner, at("/audit?entity=appointment&entity_id=%s", id));
    EXPECT(a, 200, NULL);
    CHECK_INT(api_count(a, "data"), 6);
    for (size_t i = 0; i < 6; i++) {
        CHECK_STR(api_str(a, at("data[%zu].action", i)), want[i]);
        CHECK_STR(api_str(a, at("data[%zu].actor_kind", i)), "member");
        CHECK(*api_str(a, at("data[%zu].request_id", i)));
    }
    CHECK_STR(api_str(a, "data[3].changes.start[0]"), day_time(26, 9, 0));
    CHECK_STR(api_str(a, "data[3].changes.start[1]"), day_time(26, 10, 0));
    CHECK_STR(api_str(a, "data[4].changes.notes[1]"), "careful");
    CHECK_STR(api_str(a, "data[2].actor_name"), "staff");
}

enum { LIVE_MS = 20000 }; /* ends a wait for what never comes; what comes is there much sooner */

/* The next of that topic about this; on PostgreSQL what was written a moment before the stream may come first. */
static bool live_about(struct live *l, const char *topic, const char *id, struct live_event *e)
{
    while (live_wait(l, topic, LIVE_MS, e))
        if (strstr(e->data, id)) return true;
    return false;
}

static void test_live(void)
{
    struct live_event e;
    char last[64], id[UUID_TEXT];
    struct live *l = live_open(&c.owner, NULL);
    REQUIRE(l && live_next(l, LIVE_MS, &e));
    struct answer *a = book(27, 9, 0, 0, 0);
    EXPECT(a, 201, NULL);
    keep_id(id, a, "data.id");
    REQUIRE(live_about(l, "appointment.created", id, &e));
    CHECK(strstr(e.data, c.provider[0]) && strstr(e.data, day_time(27, 9, 0)));
    CHECK(!strstr(e.data, "Chris"));
    snprintf(last, sizeof last, "%s", e.id);
    EXPECT(api_post(&c.owner, at("/appointments/%s/move", id), js("{'start':'%s'}", day_time(27, 10, 0))), 200, NULL);
    REQUIRE(live_about(l, "appointment.changed", id, &e));
    CHECK(strstr(e.data, "old_start"));
    live_close(l);
    /* What happened while nobody listened comes first, in its order. */
    EXPECT(api_post(&c.owner, at("/appointments/%s/cancel", id), NULL), 200, NULL);
    l = live_open(&c.owner, last);
    REQUIRE(l && live_next(l, LIVE_MS, &e));
    CHECK_STR(e.topic, "appointment.changed");
    REQUIRE(live_next(l, LIVE_MS, &e));
    CHECK_STR(e.topic, "appointment.cancelled");
    live_close(l);
    l = live_open(&c.owner, "rubbish");
    REQUIRE(l && live_next(l, LIVE_MS, &e));
    CHECK(strcmp(e.topic, "reset") == 0 || strcmp(e.topic, "hello") == 0);
    live_close(l);
}

/* What is committed after the stream's answer is told, also when the hub has not greeted it yet because others keep it busy. */
static _Atomic bool over;
static void *make_noise(void *client) /* each its own: two that change one again and again may be told to come later */
{
    struct conn *conn = conn_open();
    for (int i = 0; !over; i++) api_call(conn, &c.owner, "PATCH", at("/clients/%s", (const char *)client), js("{'notes':'%d'}", i));
    conn_close(conn);
    return NULL;
}

/* It is told, or the stream says that it could not keep up (it begins anew, or ends): never nothing. */
static bool told(struct live *l)
{
    struct live_event e;
    int64_t until = api_now_ms() + LIVE_MS;
    while (live_next(l, until - api_now_ms(), &e))
        if (strcmp(e.topic, "client.created") == 0 || strcmp(e.topic, "reset") == 0) return true;
    return api_now_ms() < until;
}

static void test_live_at_once(void)
{
    pthread_t noise[2];
    over = false;
    for (int i = 0; i < 2; i++) REQUIRE(pthread_create(&noise[i], NULL, make_noise, c.client[1 + i]) == 0);
    for (int i = 0; i < 100; i++) {
        struct live *l = live_open(&c.owner, NULL);
        REQUIRE(l);
        EXPECT(api_post(&c.owner, "/clients", js("{'name':'At Once %d'}", i)), 201, NULL);
        CHECK(told(l));
        live_close(l);
    }
    over = true;
    for (int i = 0; i < 2; i++) pthread_join(noise[i], NULL);
}

/* Another clinic hears nothing of it. */
static void test_live_tenants(void)
{
    struct clinic other;
    struct live_event e;
    clinic_make(&other, "listener");
    struct live *l = live_open(&other.owner, NULL);
    REQUIRE(l && live_next(l, LIVE_MS, &e));
    EXPECT(book(28, 9, 0, 0, 0), 201, NULL);
    EXPECT(api_post(&other.owner, "/clients", "{\"name\":\"Mine\"}"), 201, NULL);
    do { /* what made its own providers may still be on its way */
        REQUIRE(live_next(l, LIVE_MS, &e));
        CHECK(strncmp(e.topic, "appointment.", 12) != 0);
    } while (strcmp(e.topic, "client.created") != 0);
    live_close(l);
}

static void test_nothing_overlaps(void)
{
    int n = 0;
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(9), day_date(60), &n), 0);
    CHECK(n > 30);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, NULL);
        clinic_make(&c, "booking");
        provider_role = clinic_member(&c, "provider");
        staff = clinic_member(&c, "staff");
        RUN(test_book);
        RUN(test_ends_of_time);
        RUN(test_month);
        RUN(test_overlap);
        RUN(test_buffers);
        RUN(test_patient);
        RUN(test_resources);
        RUN(test_overbook);
        RUN(test_any_provider);
        RUN(test_wrong_input);
        RUN(test_move);
        RUN(test_resize);
        RUN(test_cancel_restore);
        RUN(test_states);
        RUN(test_client_stats);
        RUN(test_idempotency);
        RUN(test_idempotency_race);
        RUN(test_blocked);
        RUN(test_slots);
        RUN(test_holiday_and_absence);
        RUN(test_dst_gap);
        RUN(test_audit);
        RUN(test_live);
        RUN(test_live_at_once);
        RUN(test_live_tenants);
        if (!test_only) RUN(test_nothing_overlaps);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
