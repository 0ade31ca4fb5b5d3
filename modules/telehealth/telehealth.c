/* telehealth.c - see telehealth.h: settings, the room, and who may enter when. */
#include "modules/telehealth/telehealth.h"
#include <string.h>

enum { OPENS_BEFORE_DEFAULT = 15, CLOSES_AFTER_DEFAULT = 30, ROOM_BYTES = 16 };

/* ---- settings ------------------------------------------------------------------------------------------------------------------ */

static const struct query Q_GET = { .name = "telehealth.settings", .args = "",
    .sql = "SELECT url_template, opens_before_min, closes_after_min, version FROM telehealth_setting WHERE tenant_id = $1" };
static const struct query Q_PUT = { .name = "telehealth.settings_put", .args = "tiii",
    .sql = "INSERT INTO telehealth_setting (tenant_id, url_template, opens_before_min, closes_after_min, version) VALUES ($1, $2, $3, $4, $5 + 1)"
           " ON CONFLICT (tenant_id) DO UPDATE SET url_template = EXCLUDED.url_template, opens_before_min = EXCLUDED.opens_before_min,"
           " closes_after_min = EXCLUDED.closes_after_min, version = EXCLUDED.version WHERE telehealth_setting.version = $5" };
const struct query *const telehealth_queries[] = { &Q_GET, &Q_PUT, NULL };

/* What template_problem says. */
#define PLAIN "!$%&()*+,.:;=@A-Za-z0-9\\[\\]_~}-"
#define ADDRESS_PATTERN "^https:\\/\\/[" PLAIN "]+[\\/?#]([\\/?#" PLAIN "]|\\{name\\})*\\{room\\}([\\/?#" PLAIN "]|\\{name\\})*$"
#define SETTINGS_FIELDS \
    F_STR(struct telehealth_settings, url_template, .nullable = true, .max = 400, .pattern = ADDRESS_PATTERN, \
        .doc = "Address of a room: https, with {room} and, if wanted, {name}; such as https://meet.example.org/{room}#userInfo.displayName=%22{name}%22. null: no video"), \
    F_INT(struct telehealth_settings, opens_before_min, .max = 1440, .def = OPENS_BEFORE_DEFAULT, .doc = "Minutes before the start from which one may enter"), \
    F_INT(struct telehealth_settings, closes_after_min, .max = 1440, .def = CLOSES_AFTER_DEFAULT, .doc = "Minutes after the end until which one may enter")
static const struct field in_fields[] = { SETTINGS_FIELDS, F_END };
static const struct field out_fields[] = { SETTINGS_FIELDS, F_INT(struct telehealth_settings, version), F_END };
static const struct shape in_shape = SHAPE_NAMED("telehealth_settings_body", telehealth_settings, in_fields);
static const struct shape out_shape = SHAPE(telehealth_settings, out_fields);

enum rc telehealth_settings_get(struct tdb *db, struct telehealth_settings *out)
{
    *out = (struct telehealth_settings){ NULL, OPENS_BEFORE_DEFAULT, CLOSES_AFTER_DEFAULT, 0 };
    enum rc rc = db_get(db, &Q_GET, ARGS(), &out_shape, out);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

static enum rc get_settings(struct req *r)
{
    struct telehealth_settings s;
    TRY(telehealth_settings_get(r->db, &s));
    return reply(r, &s);
}

/* It becomes a link that people follow: https, a host, one room, nothing that ends an attribute. */
static const char *template_problem(const char *s)
{
    const char *room = s ? strstr(s, "{room}") : NULL;
    if (!s) return NULL;
    if (!str_starts(s, "https://") || s[8] == '/' || s[8] == 0 || s[8] == '{') return "must start with https:// and a host";
    if (!room || strstr(room + 1, "{room}")) return "must contain {room} once";
    if (memchr(s + 8, '{', strcspn(s + 8, "/?#"))) return "must name its host without a placeholder";
    for (const char *p = s; *p; p++)
        if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 127 || strchr("\"'<>\\^`|", *p)) return "has a character that cannot stand in an address";
    for (const char *p = strchr(s, '{'); p; p = strchr(p + 1, '{'))
        if (!str_starts(p, "{room}") && !str_starts(p, "{name}")) return "knows only {room} and {name}";
    return NULL;
}

struct settings_write { struct req *r; struct id audit_id; };

static enum rc put_tx(struct tx *tx, void *arg)
{
    const struct settings_write *w = arg;
    struct telehealth_settings before, after = *(const struct telehealth_settings *)w->r->in;
    TRY(telehealth_settings_get(tx_db(tx), &before));
    TRY(req_version(w->r, before.version));
    after.version = before.version + 1;
    TRY(tx_one(tx, &Q_PUT, ARGS(S(after.url_template), I(after.opens_before_min), I(after.closes_after_min), I(before.version)), req_lost(w->r)));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "telehealth.settings", "telehealth.changed", "telehealth_setting", db_tenant(tx_db(tx)), after.version,
        shape_diff(w->r->arena, &out_shape, &before, &after), NULL, false }));
    return reply(w->r, &after);
}

static enum rc put_settings(struct req *r)
{
    struct settings_write w = { r, id_new() };
    const char *bad = template_problem(((const struct telehealth_settings *)r->in)->url_template);
    if (bad) req_field_error(r, "url_template", bad);
    TRY(req_invalid(r));
    return req_tx(r, "telehealth.settings", put_tx, &w);
}

/* ---- the room -------------------------------------------------------------------------------------------------------------------- */

/* 128 bits of a keyed hash: the same for both sides and at every look, and known to nobody who has not the key. */
static void room_of(struct id tenant, struct id appointment, char out[2 * ROOM_BYTES + 1])
{
    char text[TOKEN_TEXT];
    uint8_t bytes[32], of[2 * sizeof tenant.b];
    memcpy(of, tenant.b, sizeof tenant.b);
    memcpy(of + sizeof tenant.b, appointment.b, sizeof appointment.b);
    seal_derive("telehealth", of, sizeof of, text);
    bool ok = base64url_decode(text, bytes, sizeof bytes);
    ASSERT(ok);
    hex_encode(bytes, ROOM_BYTES, out);
}

static void put_encoded(struct buf *b, const char *s)
{
    for (; *s; s++) {
        bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || (*s >= '0' && *s <= '9') || strchr("-._~", *s);
        if (plain) buf_putc(b, *s);
        else buf_printf(b, "%%%02X", (unsigned char)*s);
    }
}

const char *telehealth_url(struct arena *a, const char *url_template, const char *room, const char *name)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    buf_init(&b, 4096);
    for (const char *p = url_template; *p;) {
        bool is_room = str_starts(p, "{room}"), is_name = str_starts(p, "{name}");
        if (is_room || is_name) put_encoded(&b, is_room ? room : name ? name : "");
        else buf_putc(&b, *p);
        p += is_room || is_name ? 6 : 1;
    }
    return b.failed ? NULL : arena_strndup(a, b.data, b.len);
}

/* ---- entering ---------------------------------------------------------------------------------------------------------------------- */

struct join { const char *url; int64_t opens_at, closes_at; };
static const struct field join_fields[] = { F_STR(struct join, url, .doc = "The room, for the one who asks; not to be passed on"), F_INSTANT(struct join, opens_at),
    F_INSTANT(struct join, closes_at), F_END };
const struct shape telehealth_join_shape = SHAPE_NAMED("telehealth_join", join, join_fields);

static bool is_on(int64_t status)
{
    return status == APPT_SCHEDULED || status == APPT_CONFIRMED || status == APPT_CHECKED_IN || status == APPT_IN_PROGRESS;
}

enum rc telehealth_reply_join(struct req *r, const struct appointment *a, const char *name)
{
    struct telehealth_settings s;
    char room[2 * ROOM_BYTES + 1], from[INSTANT_TEXT], to[INSTANT_TEXT];
    TRY(telehealth_settings_get(r->db, &s));
    if (!a->telehealth) return req_fail(r, RC_STATE, "This appointment does not take place by video", NULL);
    if (!is_on(a->status)) return req_fail(r, RC_STATE, arena_printf(r->arena, "An appointment that is %s has no video room", appt_state_names[a->status]), NULL);
    if (!s.url_template) return req_fail(r, RC_STATE, "The clinic has not set up video visits yet", NULL);
    struct join j = { .opens_at = a->start - s.opens_before_min * USEC_PER_MIN, .closes_at = a->end + s.closes_after_min * USEC_PER_MIN };
    const char *window = arena_printf(r->arena, "{\"opens_at\":\"%s\",\"closes_at\":\"%s\"}", instant_format(j.opens_at, from), instant_format(j.closes_at, to));
    if (r->now < j.opens_at) return req_fail(r, RC_NOT_OPEN, "The video room is not open yet", window);
    if (r->now >= j.closes_at) return req_fail(r, RC_NOT_OPEN, "The video room is closed: the appointment is over", window);
    room_of(db_tenant(r->db), a->id, room);
    j.url = telehealth_url(r->arena, s.url_template, room, name);
    return j.url ? reply(r, &j) : RC_OOM;
}

static enum rc get_join(struct req *r)
{
    struct appointment a = { 0 };
    TRY(appointments_get(r->db, r->path_id, &a));
    return telehealth_reply_join(r, &a, r->who->name);
}

static const struct route routes[] = {
    { .method = "GET", .path = "/appointments/{id}/join", .summary = "The video room of an appointment, for the staff", .handler = get_join, .perm = PERM_SCHEDULE_WRITE, .ok = 200,
        .out = &telehealth_join_shape, .fails = FAILS(RC_STATE) | FAILS(RC_NOT_OPEN), .doc = "Open from some minutes before the start until some after the end, by setting." },
    { .method = "GET", .path = "/telehealth/settings", .summary = "Where video visits take place", .handler = get_settings, .perm = PERM_SETTINGS_READ, .ok = 200, .out = &out_shape },
    { .method = "PUT", .path = "/telehealth/settings", .summary = "Change where video visits take place", .handler = put_settings, .perm = PERM_SETTINGS_WRITE, .ok = 200,
        .in = &in_shape, .out = &out_shape, .fails = FAILS(RC_STALE) },
    { 0 } };

const struct module telehealth_module = { .name = "telehealth", .doc = "Visits by video", .routes = routes, .queries = telehealth_queries };
