/* google_rules.c - what an event there means here and the other way round. Pure. */
#include "modules/google/google.h"
#include <stdio.h>
#include <string.h>

/* ---- what Google says ------------------------------------------------------------------------------------------------------------ */

static const struct field time_fields[] = { F_STR(struct google_time, date), F_STR(struct google_time, dateTime), F_STR(struct google_time, timeZone), F_END };
static const struct shape time_shape = { .name = "google_time", .size = sizeof(struct google_time), .fields = time_fields, .loose = true };
static const struct field guest_fields[] = { F_BOOL(struct google_guest, self), F_STR(struct google_guest, responseStatus), F_END };
static const struct shape guest_shape = { .name = "google_guest", .size = sizeof(struct google_guest), .fields = guest_fields, .loose = true };
static const struct field mark_fields[] = { F_STR(struct google_mark, clinicd), F_STR(struct google_mark, clinicd_clinic), F_END };
static const struct shape mark_shape = { .name = "google_mark", .size = sizeof(struct google_mark), .fields = mark_fields, .loose = true };
static const struct field marks_fields[] = { F_OBJ(struct google_marks, private, &mark_shape), F_END };
static const struct shape marks_shape = { .name = "google_marks", .size = sizeof(struct google_marks), .fields = marks_fields, .loose = true };
static const struct field item_fields[] = { F_STR(struct google_item, id, .max = 1024), F_STR(struct google_item, etag), F_STR(struct google_item, status),
    F_STR(struct google_item, transparency), F_STR(struct google_item, eventType), F_OBJ(struct google_item, start, &time_shape),
    F_OBJ(struct google_item, end, &time_shape), F_OBJ(struct google_item, extendedProperties, &marks_shape),
    F_LIST(struct google_item, attendees, &guest_shape, .max = 5000), F_END };
const struct shape google_item_shape = { .name = "google_item", .size = sizeof(struct google_item), .fields = item_fields, .loose = true };
static const struct field page_fields[] = { F_STR(struct google_page, nextPageToken, .max = 4000), F_STR(struct google_page, nextSyncToken, .max = 4000),
    F_STR(struct google_page, timeZone), F_STR(struct google_page, summary), F_LIST(struct google_page, items, &google_item_shape, .max = 2500), F_END };
const struct shape google_page_shape = { .name = "google_page", .size = sizeof(struct google_page), .fields = page_fields, .loose = true };

static bool read_time(const struct google_time *t, const char *calendar_zone, int64_t *out)
{
    int64_t date;
    const struct zone *z = NULL;
    if (!t) return false;
    if (t->dateTime) return instant_parse(t->dateTime, out);
    if (!t->date || !date_parse(t->date, &date)) return false;
    if (calendar_zone) z = zone_find(calendar_zone);
    if (!z) z = zone_find("Etc/UTC");
    if (!z) return false;
    *out = zone_midnight(z, date);
    return true;
}

bool google_item_span(const struct google_item *e, const char *calendar_zone, int64_t *start, int64_t *end)
{
    return read_time(e->start, calendar_zone, start) && read_time(e->end, calendar_zone, end) && *end > *start;
}

bool google_item_busy(const struct google_item *e)
{
    if (str_eq(e->status, "cancelled") || str_eq(e->transparency, "transparent")) return false;
    if (str_eq(e->eventType, "workingLocation") || str_eq(e->eventType, "birthday")) return false;
    for (size_t i = 0; i < e->attendees.n; i++) {
        const struct google_guest *g = LIST_AT(e->attendees, struct google_guest, i);
        if (g->self && str_eq(g->responseStatus, "declined")) return false;
    }
    return true;
}

void google_event_id(struct id appointment, int64_t attempt, char out[GOOGLE_EVENT_ID_MAX])
{
    static const char digits[] = "0123456789abcdefghijklmnopqrstuv";
    size_t n = 0;
    unsigned bits = 0, have = 0;
    out[n++] = 'c';
    for (size_t i = 0; i < sizeof appointment.b; i++) {
        bits = bits << 8 | appointment.b[i];
        for (have += 8; have >= 5; have -= 5) out[n++] = digits[bits >> (have - 5) & 31];
    }
    if (have) out[n++] = digits[bits << (5 - have) & 31];
    for (int64_t k = attempt; k > 0 && n < GOOGLE_EVENT_ID_MAX - 1; k /= 32) out[n++] = digits[k % 32];
    out[n] = '\0';
}

bool google_item_ours(const struct google_item *e, struct id tenant, struct id *appointment)
{
    const struct google_marks *marks = e->extendedProperties;
    const struct google_mark *m = marks ? marks->private : NULL;
    struct id clinic;
    char want[GOOGLE_EVENT_ID_MAX];
    if (!m || !m->clinicd || !m->clinicd_clinic || !e->id || !id_parse(m->clinicd, appointment) || !id_parse(m->clinicd_clinic, &clinic)) return false;
    google_event_id(*appointment, 0, want);
    return id_eq(clinic, tenant) && str_starts(e->id, want);
}

/* ---- what we say ------------------------------------------------------------------------------------------------------------------- */

bool google_shows(int64_t status) { return states_claim(status) != CLAIM_NONE; }

static void put_time(struct json *j, const char *key, int64_t instant, const char *zone, bool change)
{
    char text[INSTANT_TEXT];
    json_key(j, key);
    json_obj(j);
    json_kstr(j, "dateTime", instant_format(instant, text));
    json_kstr(j, "timeZone", zone);
    if (change) json_kstr(j, "date", NULL); /* it may have been made an all-day event */
    json_obj_end(j);
}

bool google_span_of(const struct appointment *a, struct id provider, int64_t *start, int64_t *end)
{
    *start = INT64_MAX;
    *end = INT64_MIN;
    if (id_eq(a->provider_id, provider)) {
        *start = a->start;
        *end = a->lead_min > 0 ? a->start + a->lead_min * USEC_PER_MIN : a->end; /* NONE: all the time */
    }
    for (size_t i = 0; i < a->parts.n; i++) {
        const struct appt_part *p = LIST_AT(a->parts, struct appt_part, i);
        if (p->kind != PART_PROVIDER || !id_eq(p->subject_id, provider)) continue;
        if (p->start < *start) *start = p->start;
        if (p->end > *end) *end = p->end;
    }
    return *start < *end;
}

const char *google_event_json(struct arena *arena, const struct google_link *l, const struct appointment *a, const char *clinic, const char *id)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    char text[ID_TEXT];
    int64_t start, end;
    if (!google_span_of(a, l->provider_id, &start, &end)) return NULL;
    struct feed f = { .kind = FEED_PROVIDER, .detail = l->detail };
    struct feed_item e = { .id = a->id, .kind = CLAIM_APPOINTMENT, .client_name = a->client_name, .patient_name = a->patient_name, .service_name = a->service_name };
    buf_init(&b, 16 * 1024);
    struct json j = json_to(&b);
    json_obj(&j);
    if (id) json_kstr(&j, "id", id);
    json_kstr(&j, "status", a->status == APPT_PENDING_PAYMENT || a->status == APPT_REQUESTED ? "tentative" : "confirmed");
    json_kstr(&j, "summary", feed_summary(arena, &f, &e, clinic));
    json_kstr(&j, "location", l->detail == FEED_BUSY ? "" : a->location_name);
    put_time(&j, "start", start, a->time_zone, !id);
    put_time(&j, "end", end, a->time_zone, !id);
    json_kstr(&j, "transparency", "opaque");
    json_kstr(&j, "visibility", "private");
    json_key(&j, "extendedProperties");
    json_obj(&j);
    json_key(&j, "private");
    json_obj(&j);
    json_kstr(&j, "clinicd", id_format(a->id, text));
    json_kstr(&j, "clinicd_clinic", id_format(l->tenant_id, text));
    json_obj_end(&j);
    json_obj_end(&j);
    json_obj_end(&j);
    return b.failed ? NULL : arena_strndup(arena, b.data, b.len);
}

/* ---- patience ------------------------------------------------------------------------------------------------------------------------ */

/* 1 s, 2 s, 4 s ... one hour, each 100 to 130 %; never earlier than what was asked for, and at most a day. */
int64_t google_wait_us(int64_t failures, int64_t said_s, uint32_t dice)
{
    int64_t us = USEC_PER_HOUR;
    if (failures < 12) us = (int64_t)(1u << failures) * USEC_PER_SEC;
    if (us > USEC_PER_HOUR) us = USEC_PER_HOUR;
    us += us / 10 * 3 / 1000 * (int64_t)(dice % 1001);
    if (said_s == NONE || said_s < 0) return us;
    if (said_s > 86400) said_s = 86400;
    return us > said_s * USEC_PER_SEC ? us : said_s * USEC_PER_SEC;
}

bool google_public_base(const char *url)
{
    static const char *const inside[] = { "localhost", "127.", "10.", "192.168.", "169.254.", "[", "0." };
    if (!str_starts(url, "https://")) return false;
    const char *host = url + 8;
    for (size_t i = 0; i < ARRAY_LEN(inside); i++)
        if (str_starts(host, inside[i])) return false;
    int64_t octet = 0;
    const char *at = host + 4;
    if (str_starts(host, "172.") && str_digits(&at, &octet) && *at == '.' && octet >= 16 && octet <= 31) return false;
    size_t n = strcspn(host, ":/");
    return memchr(host, '.', n) != NULL && !(n > 6 && strncmp(host + n - 6, ".local", 6) == 0);
}
