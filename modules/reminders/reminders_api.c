/* reminders_api.c - the rules, what was sent for an appointment, and who does not want any. */
#include "modules/reminders/reminders_rows.h"
#include "modules/tenants/tenants.h"

/* ---- rules ------------------------------------------------------------------------------------------------------------------- */

static const struct field rule_fields[] = {
    F_INT(struct reminder_rule, before_min, .required = true, .min = 10, .max = REMINDER_BEFORE_MAX_MIN, .doc = "Minutes before the start"),
    F_INT(struct reminder_rule, late_min, .nullable = true, .min = 1, .max = 1440,
        .doc = "Minutes it may be late and is still sent; a quarter of before_min, at most 6 hours, when absent"),
    F_ENUM(struct reminder_rule, channel, reminder_channel_names, .doc = "How it is sent"),
    F_ENUM(struct reminder_rule, template, reminder_template_names, .doc = "confirm asks the client to confirm, unless that is done"), F_END };
static const struct shape rule_shape = SHAPE(reminder_rule, rule_fields);

struct rules { struct id service_id; bool inherited; int64_t quiet_start, quiet_end, version; struct list rules; };
#define QUIET_FIELDS \
    F_TIME(struct rules, quiet_start, .nullable = true, .doc = "From this time of the client's day nothing is sent; null: no quiet hours. Clinic only"), \
    F_TIME(struct rules, quiet_end, .nullable = true, .doc = "Until this time, which may be the next morning; null: no quiet hours. Clinic only")
#define RULES_FIELD F_LIST(struct rules, rules, &rule_shape, .max = REMINDER_RULES_MAX, .doc = "When reminders go out; none: nobody is reminded")
static const struct field in_fields[] = { QUIET_FIELDS, RULES_FIELD, F_END };
static const struct field out_fields[] = { F_ID(struct rules, service_id, .nullable = true), F_BOOL(struct rules, inherited), QUIET_FIELDS, RULES_FIELD,
    F_INT(struct rules, version), F_END };
static const struct shape in_shape = SHAPE_NAMED("reminder_rules_body", rules, in_fields);
static const struct shape out_shape = SHAPE_NAMED("reminder_rules", rules, out_fields);
struct scope_query { struct id service_id; };
static const struct field scope_fields[] = { F_ID(struct scope_query, service_id, .doc = "The rules of this service; of the clinic when absent"), F_END };
static const struct shape scope_shape = SHAPE_NAMED("reminder_scope", scope_query, scope_fields);

struct rules_write { struct req *r; struct id scope, service, audit_id, job_id; struct reminder_scope row; };

static enum rc find_scope(struct req *r, struct id *scope)
{
    const struct scope_query *q = r->query;
    struct service s = { 0 };
    *scope = db_tenant(r->db);
    if (id_is_nil(q->service_id)) return RC_OK;
    enum rc rc = services_get(r->db, q->service_id, &s);
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "There is no such service", "{\"field\":\"service_id\"}");
    *scope = q->service_id;
    return rc;
}

static enum rc reply_rules(struct req *r, struct tdb *db, struct id service)
{
    struct reminder_rules now;
    struct reminder_scope own = { 0 };
    struct reminder_rule *rules = arena_alloc(r->arena, REMINDER_RULES_MAX * sizeof *rules);
    if (!rules) return RC_OOM;
    TRY(reminders_rules_of(db, service, &now));
    enum rc rc = reminder_scope_get(db, id_is_nil(service) ? db_tenant(db) : service, &own);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    bool quiet = now.quiet_start != now.quiet_end;
    struct rules out = { .service_id = service, .inherited = rc == RC_NOT_FOUND, .quiet_start = quiet ? now.quiet_start : NONE,
        .quiet_end = quiet ? now.quiet_end : NONE, .version = own.version, .rules = { rules, reminder_rules_read(now.text, rules) } };
    reply_version(r, own.version);
    return reply(r, &out);
}

static enum rc get_rules(struct req *r)
{
    struct id scope;
    TRY(find_scope(r, &scope));
    return reply_rules(r, r->db, ((const struct scope_query *)r->query)->service_id);
}

static void check_rules(struct req *r, const struct rules *in)
{
    int64_t quiet = in->quiet_start == NONE || in->quiet_end == NONE ? 0 : (in->quiet_end - in->quiet_start + 1440) % 1440;
    if ((in->quiet_start == NONE) != (in->quiet_end == NONE)) req_field_error(r, "quiet_end", "quiet hours need a start and an end");
    if (in->quiet_start == 1440) req_field_error(r, "quiet_start", "must be before 24:00");
    if (in->quiet_end == 1440) req_field_error(r, "quiet_end", "must be before 24:00");
    if (quiet > 20 * 60) req_field_error(r, "quiet_end", "must leave at least four hours of the day");
    for (size_t i = 0; i < in->rules.n; i++)
        for (size_t k = 0; k < i; k++) {
            const struct reminder_rule *a = LIST_AT(in->rules, struct reminder_rule, k), *b = LIST_AT(in->rules, struct reminder_rule, i);
            if (a->before_min == b->before_min && a->channel == b->channel)
                req_field_error(r, arena_printf(r->arena, "rules[%zu].before_min", i), "stands twice for this channel");
        }
}

/* The reminders of appointments that are booked already follow by a job. */
static enum rc changed(struct tx *tx, const struct rules_write *w, const char *action, const char *before, const char *after)
{
    char key[ID_TEXT];
    const char *diff = arena_printf(w->r->arena, "{\"rules\":[\"%s\",\"%s\"]}", before ? before : "", after ? after : "");
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, action, "reminders.changed", "reminder_rules", w->scope, w->row.version + 1, diff, NULL, false }));
    return tx_job(tx, w->job_id, "reminders.replan", id_format(w->job_id, key), w->r->now, "{\"from\":0}");
}

static enum rc put_tx(struct tx *tx, void *arg)
{
    struct rules_write *w = arg;
    struct reminder_scope before = { 0 };
    enum rc rc = reminder_scope_get(tx_db(tx), w->scope, &before);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    TRY(req_version(w->r, before.version));
    w->row.version = before.version;
    TRY(reminder_scope_put(tx, w->scope, &w->row, req_lost(w->r)));
    TRY(changed(tx, w, "reminders.rules", before.text, w->row.text));
    return reply_rules(w->r, tx_db(tx), w->service);
}

static enum rc put_rules(struct req *r)
{
    const struct rules *in = r->in;
    struct rules_write w = { .r = r, .audit_id = id_new(), .job_id = id_new(), .service = ((const struct scope_query *)r->query)->service_id };
    check_rules(r, in);
    TRY(req_invalid(r));
    TRY(find_scope(r, &w.scope));
    bool quiet = in->quiet_start != NONE;
    w.row = (struct reminder_scope){ .text = reminder_rules_write(r->arena, in->rules.items, in->rules.n), .quiet_start = quiet ? in->quiet_start : 0,
        .quiet_end = quiet ? in->quiet_end : 0 };
    return req_tx(r, "reminders.put_rules", put_tx, &w);
}

static enum rc delete_tx(struct tx *tx, void *arg)
{
    struct rules_write *w = arg;
    struct reminder_scope before = { 0 };
    enum rc rc = reminder_scope_get(tx_db(tx), w->scope, &before);
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    TRY(reminder_scope_delete(tx, w->scope));
    if (rc == RC_OK) TRY(changed(tx, w, "reminders.reset", before.text, NULL));
    return reply_empty(w->r);
}

static enum rc delete_rules(struct req *r)
{
    struct rules_write w = { .r = r, .audit_id = id_new(), .job_id = id_new() };
    TRY(find_scope(r, &w.scope));
    return req_tx(r, "reminders.delete_rules", delete_tx, &w);
}

/* ---- what was and will be sent for an appointment ----------------------------------------------------------------------------------- */

static const struct field reminder_out[] = { F_INT(struct reminder, before_min), F_ENUM(struct reminder, channel, reminder_channel_names),
    F_ENUM(struct reminder, template, reminder_template_names), F_INSTANT(struct reminder, starts_at), F_INSTANT(struct reminder, due_at),
    F_INSTANT(struct reminder, late_until), F_ENUM(struct reminder, state, reminder_state_names, .doc = "unknown: handed over, and nobody knows whether it arrived; not sent again"),
    F_STR(struct reminder, reason, .nullable = true), F_INSTANT(struct reminder, changed_at), F_END };
static const struct shape reminder_shape = SHAPE(reminder, reminder_out);

static enum rc list_of(struct req *r)
{
    struct list l;
    TRY(reminders_of(r->db, r->path_id, &l));
    return reply_list(r, l, NULL);
}

/* ---- who does not want any ------------------------------------------------------------------------------------------------------------- */

struct wants { bool email; };
static const struct field wants_fields[] = { F_BOOL(struct wants, email, .required = true, .doc = "Whether reminders are sent by e-mail"), F_END };
static const struct shape wants_shape = SHAPE_NAMED("reminder_wants", wants, wants_fields);
struct wanting { struct req *r; struct id client, audit_id; bool email, by_link; enum rc (*reply)(struct req *, bool wanted, const struct tenant *); const struct tenant *tenant; };

static enum rc want_tx(struct tx *tx, void *arg)
{
    const struct wanting *w = arg;
    bool before = false;
    TRY(reminders_wanted(tx_db(tx), w->client, CHANNEL_EMAIL, &before));
    if (before != w->email) {
        TRY(reminders_want(tx, w->client, CHANNEL_EMAIL, w->email, w->r->now));
        TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, w->by_link ? "client.reminders_by_link" : "client.reminders", NULL, "client", w->client, 1,
            w->email ? "{\"email\":[false,true]}" : "{\"email\":[true,false]}", NULL, false }));
    }
    return w->reply(w->r, w->email, w->tenant);
}

static enum rc reply_wants(struct req *r, bool wanted, const struct tenant *unused)
{
    (void)unused;
    return reply(r, &(struct wants){ wanted });
}

static enum rc find_client(struct req *r)
{
    struct client c = { 0 };
    return clients_get(r->db, r->path_id, &c);
}

static enum rc get_wants(struct req *r)
{
    bool wanted;
    TRY(find_client(r));
    TRY(reminders_wanted(r->db, r->path_id, CHANNEL_EMAIL, &wanted));
    return reply_wants(r, wanted, NULL);
}

static enum rc put_wants(struct req *r)
{
    struct wanting w = { .r = r, .client = r->path_id, .audit_id = id_new(), .email = ((const struct wants *)r->in)->email, .reply = reply_wants };
    TRY(find_client(r));
    return req_tx(r, "reminders.wants", want_tx, &w);
}

/* ---- the link in the mail: GET shows, POST acts (RFC 8058) ----------------------------------------------------------------------------- */

struct stop { const char *clinic_name, *brand_color; bool wanted; };
static const struct field stop_fields[] = { F_STR(struct stop, clinic_name), F_STR(struct stop, brand_color), F_BOOL(struct stop, wanted), F_END };
static const struct shape stop_shape = SHAPE_NAMED("reminder_link", stop, stop_fields);
static const struct field stop_in_fields[] = { F_BOOL(struct stop, wanted, .required = true, .doc = "false stops the reminders, true starts them again"), F_END };
static const struct shape stop_in = SHAPE_NAMED("reminder_link_action", stop, stop_in_fields);

const char *reminders_stop_url(struct arena *a, struct id tenant, struct id client)
{
    char link[LINK_TEXT];
    seal_link("reminders", tenant, client, link);
    return arena_printf(a, "%s/u/%s", settings.base_url, link);
}

static enum rc enter_link(struct req *r, struct id *client, struct tenant *t)
{
    struct id tenant;
    struct client c = { 0 };
    if (!seal_link_open("reminders", r->path_text, &tenant, client)) return req_fail(r, RC_NOT_FOUND, "This link is not valid", NULL);
    TRY(req_enter(r, tenant));
    *t = (struct tenant){ 0 };
    TRY(tenants_get(r->db, t));
    return clients_get(r->db, *client, &c);
}

static enum rc reply_stop(struct req *r, bool wanted, const struct tenant *t)
{
    return reply(r, &(struct stop){ t->name, t->brand_color, wanted });
}

static enum rc get_stop(struct req *r)
{
    struct tenant t;
    struct id client;
    bool wanted;
    TRY(enter_link(r, &client, &t));
    TRY(reminders_wanted(r->db, client, CHANNEL_EMAIL, &wanted));
    return reply_stop(r, wanted, &t);
}

static enum rc post_stop(struct req *r)
{
    struct tenant t;
    struct wanting w = { .r = r, .audit_id = id_new(), .email = r->in && ((const struct stop *)r->in)->wanted, .by_link = true, .reply = reply_stop, .tenant = &t };
    TRY(enter_link(r, &w.client, &t));
    return req_tx(r, "reminders.link", want_tx, &w);
}

/* ---- routes ------------------------------------------------------------------------------------------------------------------------------ */

static const struct route routes[] = {
    { .method = "GET", .path = "/reminders/rules", .summary = "When clients are reminded", .handler = get_rules, .perm = PERM_SETTINGS_READ, .ok = 200, .query = &scope_shape,
        .out = &out_shape, .fails = FAILS(RC_NOT_FOUND), .doc = "Of the clinic, or of one service, which has the clinic's rules until it gets its own." },
    { .method = "PUT", .path = "/reminders/rules", .summary = "Change when clients are reminded", .handler = put_rules, .perm = PERM_SETTINGS_WRITE, .ok = 200, .query = &scope_shape,
        .in = &in_shape, .out = &out_shape, .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STALE), .doc = "Reminders of appointments that are booked already follow." },
    { .method = "DELETE", .path = "/reminders/rules", .summary = "Go back to the inherited rules", .handler = delete_rules, .perm = PERM_SETTINGS_WRITE, .ok = 204, .query = &scope_shape,
        .fails = FAILS(RC_NOT_FOUND), .doc = "A service has the clinic's rules again, the clinic those of the program: a day and two hours before." },
    { .method = "GET", .path = "/appointments/{id}/reminders", .summary = "The reminders of an appointment", .handler = list_of, .perm = PERM_SCHEDULE_READ, .ok = 200,
        .out = &reminder_shape, .flags = R_LIST },
    { .method = "GET", .path = "/clients/{id}/reminders", .summary = "Whether a client wants reminders", .handler = get_wants, .perm = PERM_CLIENTS_READ, .ok = 200, .out = &wants_shape },
    { .method = "PUT", .path = "/clients/{id}/reminders", .summary = "Start or stop a client's reminders", .handler = put_wants, .perm = PERM_CLIENTS_WRITE, .ok = 200, .in = &wants_shape,
        .out = &wants_shape },
    { .method = "GET", .path = "/public/reminders/{token}", .summary = "Whether reminders are sent; changes nothing", .handler = get_stop, .perm = PERM_PUBLIC, .ok = 200,
        .out = &stop_shape, .rate = RATE_PUBLIC_READ },
    { .method = "POST", .path = "/public/reminders/{token}", .summary = "Stop or start reminders by the link in a mail", .handler = post_stop, .perm = PERM_PUBLIC, .ok = 200,
        .in = &stop_in, .out = &stop_shape, .flags = R_NO_CSRF, .rate = RATE_HOLD },
    { .method = "POST", .path = "/public/reminders/{token}/stop", .summary = "Stop reminders with one click", .handler = post_stop, .perm = PERM_PUBLIC, .ok = 200,
        .out = &stop_shape, .flags = R_NO_CSRF | R_ONE_CLICK, .rate = RATE_HOLD,
        .doc = "What mail programs call (RFC 8058) by POST to /u/{token}, the address in List-Unsubscribe. The body is not looked at." },
    { 0 } };

const struct module reminders_module = { .name = "reminders", .doc = "When clients are reminded of appointments", .platform = true, .routes = routes, .queries = reminders_queries };
