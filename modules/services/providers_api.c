/* providers_api.c - handlers of providers and their hours; the routes stand in services_api.c. */
#include "modules/services/providers_api.h"
#include "modules/identity/identity.h"

#define PROVIDER_FIELDS \
    F_STR(struct provider, name, .required = true, .max = 120, .doc = "Name clients see"), \
    F_STR(struct provider, title, .nullable = true, .max = 120, .doc = "Such as Dentist"), \
    F_TEXT(K_COLOR, struct provider, color, .doc = "Colour in the calendar"), \
    F_ID(struct provider, member_id, .nullable = true, .doc = "The team member this provider signs in as"), \
    F_BOOL(struct provider, bookable, .def = 1, .doc = "Whether free times are offered"), \
    F_INT(struct provider, position, .max = 100000, .doc = "Order of the columns"), \
    F_SCALARS(struct provider, service_ids, K_ID, .max = 500, .doc = "What this provider offers")
static const struct field in_fields[] = { PROVIDER_FIELDS, F_END };
static const struct field out_fields[] = { F_ID(struct provider, id), PROVIDER_FIELDS, F_BOOL(struct provider, archived), F_INT(struct provider, version), F_END };
const struct shape provider_shape = SHAPE(provider, out_fields);
const struct shape provider_new_shape = SHAPE_NAMED("provider_new", provider, in_fields);
const struct shape provider_patch_shape = SHAPE_PATCH("provider_patch", provider, in_fields);
SHAPE_PATCH_CHECK(provider);

struct provider_write { struct req *r; struct id audit_id; struct provider row; int archive; tx_fn *also; void *arg; };

enum rc providers_handle_list(struct req *r)
{
    struct list l;
    const struct list_query *q = r->query;
    TRY(providers_list(r->db, q->archived, &l));
    return reply_slice(r, l, q->page, q->limit);
}

enum rc providers_handle_get(struct req *r)
{
    struct provider p = { 0 };
    TRY(providers_get(r->db, r->path_id, &p));
    return reply(r, &p);
}

static enum rc check_services(struct req *r, struct tdb *db, struct list ids)
{
    for (size_t i = 0; i < ids.n; i++) {
        struct service s = { 0 };
        enum rc rc = services_get(db, *LIST_AT(ids, struct id, i), &s);
        if (rc == RC_NOT_FOUND) return req_fail(r, rc, "There is no such service", "{\"field\":\"service_ids\"}");
        TRY(rc);
    }
    return RC_OK;
}

/* The team member a provider signs in as is one of this clinic's. */
static enum rc check_member(struct req *r, struct tdb *db, struct id id)
{
    struct member m = { 0 };
    enum rc rc = id_is_nil(id) ? RC_OK : members_get(db, id, &m);
    return rc == RC_NOT_FOUND ? req_fail(r, rc, "There is no such team member", "{\"field\":\"member_id\"}") : rc;
}

static enum rc create_tx(struct tx *tx, void *arg)
{
    struct provider_write *w = arg;
    struct list all;
    TRY(providers_list(tx_db(tx), true, &all));
    if (all.n >= PROVIDERS_MAX) return req_fail(w->r, RC_STATE, "The clinic has 200 providers, with those in the archive, and cannot have more", NULL);
    TRY(check_member(w->r, tx_db(tx), w->row.member_id));
    TRY(check_services(w->r, tx_db(tx), w->row.service_ids));
    TRY(providers_insert(tx, &w->row, w->r->now));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "provider.create", "provider.changed", "provider", w->row.id, 1,
        shape_diff(w->r->arena, &provider_shape, NULL, &w->row), NULL, false }));
    return reply(w->r, &w->row);
}

enum rc providers_handle_create(struct req *r)
{
    struct provider_write w = { .r = r, .audit_id = id_new(), .row = *(const struct provider *)r->in };
    w.row.id = id_new();
    w.row.version = 1;
    if (!w.row.color) w.row.color = "#0f766e";
    return req_tx(r, "providers.create", create_tx, &w);
}

static enum rc write_tx(struct tx *tx, void *arg)
{
    struct provider_write *w = arg;
    struct provider before = { 0 }, after;
    TRY(providers_get(tx_db(tx), w->r->path_id, &before));
    TRY(req_version(w->r, before.version));
    after = before;
    if (w->archive) after.archived = w->archive > 0;
    else shape_overlay(&provider_patch_shape, w->r->in, &provider_shape, &after);
    if (!after.color) after.color = before.color;
    if (!id_eq(after.member_id, before.member_id)) TRY(check_member(w->r, tx_db(tx), after.member_id));
    TRY(check_services(w->r, tx_db(tx), after.service_ids));
    TRY(providers_update(tx, &after, before.version, w->r->now, req_lost(w->r)));
    after.version++;
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, w->archive > 0 ? "provider.archive" : w->archive ? "provider.restore" : "provider.update",
        "provider.changed", "provider", after.id, after.version, shape_diff(w->r->arena, &provider_shape, &before, &after), NULL, false }));
    if (w->also) TRY(w->also(tx, w->arg));
    return w->archive > 0 ? reply_empty(w->r) : reply(w->r, &after);
}

static enum rc write_provider(struct req *r, int archive, tx_fn *also, void *arg)
{
    struct provider_write w = { .r = r, .audit_id = id_new(), .archive = archive, .also = also, .arg = arg };
    return req_tx(r, "providers.write", write_tx, &w);
}

enum rc providers_handle_archive(struct req *r) { return write_provider(r, 1, NULL, NULL); }
enum rc providers_patch(struct req *r, tx_fn *also, void *arg) { return write_provider(r, 0, also, arg); }
enum rc providers_restore(struct req *r, tx_fn *also, void *arg) { return write_provider(r, -1, also, arg); }

/* ---- hours: read and replaced as a whole, under the provider's version ---------------------------------------------- */

struct weekly_item { struct id location_id; int64_t weekday, start, end; };
struct exception_item { int64_t date; bool closed; int64_t start, end; struct id location_id; const char *note; };
struct hours_body { struct present present; struct list weekly, exceptions; int64_t version; };

static const struct field weekly_fields[] = {
    F_ID(struct weekly_item, location_id, .required = true, .doc = "Where"),
    F_INT(struct weekly_item, weekday, .required = true, .min = 1, .max = 7, .doc = "1 = Monday"),
    F_TIME(struct weekly_item, start, .required = true, .doc = "From"),
    F_TIME(struct weekly_item, end, .required = true, .doc = "To; not after start means after midnight"), F_END };
static const struct shape weekly_shape = SHAPE(weekly_item, weekly_fields);
static const struct field exception_fields[] = {
    F_DATE(struct exception_item, date, .required = true, .doc = "The day"),
    F_BOOL(struct exception_item, closed, .doc = "Away the whole day"),
    F_TIME(struct exception_item, start, .nullable = true, .doc = "From, when not closed"),
    F_TIME(struct exception_item, end, .nullable = true, .doc = "To, when not closed; not after start means after midnight"),
    F_ID(struct exception_item, location_id, .nullable = true, .doc = "Only at this location"),
    F_STR(struct exception_item, note, .nullable = true, .max = 200, .doc = "Why"), F_END };
static const struct shape exception_shape = SHAPE(exception_item, exception_fields);
#define HOURS_LISTS \
    F_LIST(struct hours_body, weekly, &weekly_shape, .max = 100, .doc = "Stretches of the week"), \
    F_LIST(struct hours_body, exceptions, &exception_shape, .max = 400, .doc = "Days that differ; all rows of a date replace its weekly hours")
static const struct field body_fields[] = { HOURS_LISTS, F_END };
static const struct field hours_fields[] = { HOURS_LISTS, F_INT(struct hours_body, version), F_END };
const struct shape hours_body_shape = SHAPE_PATCH("hours_body", hours_body, body_fields); /* a list that is not sent stays as it is */
SHAPE_PATCH_CHECK(hours_body);
const struct shape hours_out_shape = SHAPE_NAMED("hours", hours_body, hours_fields);

static int64_t wall(int64_t minutes)
{
    return minutes == NONE ? NONE : minutes > 1440 ? minutes - 1440 : minutes;
}

static enum rc load_hours(struct tdb *db, const struct provider *p, struct hours_body *out)
{
    struct list weekly, exceptions;
    TRY(hours_list(db, p->id, &weekly));
    TRY(exceptions_list(db, p->id, -50000, 100000, &exceptions));
    struct weekly_item *w = arena_alloc(db_arena(db), (weekly.n + 1) * sizeof *w);
    struct exception_item *e = arena_alloc(db_arena(db), (exceptions.n + 1) * sizeof *e);
    if (!w || !e) return RC_OOM;
    for (size_t i = 0; i < weekly.n; i++) {
        const struct provider_hours *h = LIST_AT(weekly, struct provider_hours, i);
        w[i] = (struct weekly_item){ h->location_id, h->weekday, h->start_min, wall(h->end_min) };
    }
    for (size_t i = 0; i < exceptions.n; i++) {
        const struct provider_exception *x = LIST_AT(exceptions, struct provider_exception, i);
        e[i] = (struct exception_item){ x->date, x->closed, x->start_min, wall(x->end_min), x->location_id, x->note };
    }
    *out = (struct hours_body){ .weekly = { w, weekly.n }, .exceptions = { e, exceptions.n }, .version = p->version };
    return RC_OK;
}

enum rc providers_handle_hours(struct req *r)
{
    struct provider p = { 0 };
    struct hours_body h;
    TRY(providers_get(r->db, r->path_id, &p));
    TRY(load_hours(r->db, &p, &h));
    return reply(r, &h);
}

/* Minutes after the day's midnight: an end that is not after the start is the next day's. */
static int64_t end_of(int64_t start, int64_t end)
{
    return end > start ? end : end + 1440;
}

static bool overlap(const struct weekly_item *a, const struct weekly_item *b)
{
    int64_t week = 7 * 1440, shift = (b->weekday - a->weekday) * 1440;
    for (int64_t k = -week; k <= week; k += week)
        if (b->start + shift + k < end_of(a->start, a->end) && a->start < end_of(b->start, b->end) + shift + k) return true;
    return false;
}

static void check_hours(struct req *r, const struct hours_body *in)
{
    for (size_t i = 0; i < in->weekly.n; i++) {
        const struct weekly_item *a = LIST_AT(in->weekly, struct weekly_item, i);
        if (a->start >= 1440) req_field_error(r, arena_printf(r->arena, "weekly[%zu].start", i), "must be before 24:00");
        for (size_t k = 0; k < i; k++)
            if (overlap(LIST_AT(in->weekly, struct weekly_item, k), a))
                req_field_error(r, arena_printf(r->arena, "weekly[%zu].start", i), "overlaps another stretch of the week");
    }
    for (size_t i = 0; i < in->exceptions.n; i++) {
        const struct exception_item *e = LIST_AT(in->exceptions, struct exception_item, i);
        if (!e->closed && (e->start == NONE || e->end == NONE))
            req_field_error(r, arena_printf(r->arena, "exceptions[%zu].start", i), "a start and an end are required unless the day is closed");
        else if (!e->closed && e->start >= 1440) req_field_error(r, arena_printf(r->arena, "exceptions[%zu].start", i), "must be before 24:00");
    }
}

struct hours_write { struct req *r; struct id audit_id, *ids; tx_fn *also; void *arg; };

static enum rc check_location(struct req *r, struct tdb *db, struct id id, const char *field)
{
    struct location l = { 0 };
    enum rc rc = locations_get(db, id, &l);
    return rc == RC_NOT_FOUND ? req_fail(r, rc, "There is no such location", arena_printf(r->arena, "{\"field\":\"%s\"}", field)) : rc;
}

static enum rc insert_hours(struct tx *tx, struct hours_write *w, struct id provider)
{
    const struct hours_body *in = w->r->in;
    struct id *next = w->ids;
    for (size_t i = 0; i < in->weekly.n; i++) {
        const struct weekly_item *h = LIST_AT(in->weekly, struct weekly_item, i);
        TRY(check_location(w->r, tx_db(tx), h->location_id, "weekly.location_id"));
        TRY(hours_insert(tx, *next++, &(struct provider_hours){ provider, h->location_id, h->weekday, h->start, end_of(h->start, h->end) }));
    }
    for (size_t i = 0; i < in->exceptions.n; i++) {
        const struct exception_item *e = LIST_AT(in->exceptions, struct exception_item, i);
        if (!id_is_nil(e->location_id)) TRY(check_location(w->r, tx_db(tx), e->location_id, "exceptions.location_id"));
        TRY(exceptions_insert(tx, *next++, &(struct provider_exception){ provider, e->location_id, e->date, e->closed,
            e->closed ? NONE : e->start, e->closed ? NONE : end_of(e->start, e->end), e->note }));
    }
    return RC_OK;
}

static enum rc hours_put_tx(struct tx *tx, void *arg)
{
    struct hours_write *w = arg;
    struct provider p = { 0 };
    struct hours_body h;
    TRY(providers_get(tx_db(tx), w->r->path_id, &p));
    TRY(req_version(w->r, p.version));
    TRY(providers_update(tx, &p, p.version, w->r->now, req_lost(w->r)));
    const struct hours_body *in = w->r->in;
    if (present_has(in->present, body_fields, &body_fields[0])) TRY(hours_clear(tx, p.id));
    if (present_has(in->present, body_fields, &body_fields[1])) TRY(exceptions_clear(tx, p.id));
    TRY(insert_hours(tx, w, p.id));
    p.version++;
    TRY(load_hours(tx_db(tx), &p, &h));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "provider.hours", "provider.changed", "provider", p.id, p.version,
        arena_printf(w->r->arena, "{\"weekly\":[null,%zu],\"exceptions\":[null,%zu]}", h.weekly.n, h.exceptions.n), NULL, false }));
    TRY(w->also(tx, w->arg));
    return reply(w->r, &h);
}

enum rc providers_put_hours(struct req *r, tx_fn *also, void *arg)
{
    const struct hours_body *in = r->in;
    size_t n = in->weekly.n + in->exceptions.n;
    check_hours(r, in);
    TRY(req_invalid(r));
    struct hours_write w = { .r = r, .audit_id = id_new(), .ids = arena_alloc(r->arena, (n + 1) * sizeof(struct id)), .also = also, .arg = arg };
    if (!w.ids) return RC_OOM;
    for (size_t i = 0; i < n; i++) w.ids[i] = id_new();
    return req_tx(r, "providers.hours", hours_put_tx, &w);
}
