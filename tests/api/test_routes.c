/* test_routes.c - every route of the OpenAPI document, by the document itself: who may not use it, what it refuses, and that
 * one clinic never reaches another's rows. A new route is tested from the moment it stands in its module's table. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <string.h>
#include <strings.h>

static struct clinic a, b; /* two clinics; b tries to reach a */
static struct who viewer, staff;
static char order[UUID_TEXT];
static char appointment[UUID_TEXT], in_series[UUID_TEXT], hold[UUID_TEXT], blocked[UUID_TEXT], holiday[UUID_TEXT], session[UUID_TEXT], member[UUID_TEXT], group[UUID_TEXT], visit[UUID_TEXT], feed[UUID_TEXT],
    link_id[UUID_TEXT], token[200], link_token[200], feed_file[80], waiting[UUID_TEXT], offer_token[120], wait_token[120], account[UUID_TEXT], transfer[UUID_TEXT], tax_rate[UUID_TEXT],
    product[UUID_TEXT], sponsor[UUID_TEXT], benefit_policy[UUID_TEXT], benefit_member[UUID_TEXT], wallet[UUID_TEXT],
    wallet_order[UUID_TEXT], claim[UUID_TEXT], adjustment[UUID_TEXT];
static char card_payment[UUID_TEXT], card_secret[UUID_TEXT], card_difference[UUID_TEXT] = "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0001";
static char till[UUID_TEXT], till_session[UUID_TEXT], document[UUID_TEXT], paid_by[UUID_TEXT], paper_token[120], result_token[120];
#define NONE_ID "0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000"

struct op {
    const char *template;
    char method[12];
    json_t *node;
    bool public, write;
    json_t *body;
};

/* ---- walking --------------------------------------------------------------------- */

static json_t *body_schema(json_t *node)
{
    json_t *content = json_object_get(json_object_get(node, "requestBody"), "content");
    return json_object_get(json_object_get(content, "application/json"), "schema");
}

static int each_route(void (*fn)(const struct op *))
{
    const char *path, *method;
    json_t *item, *node;
    int n = 0;
    json_object_foreach(json_object_get(api_document, "paths"), path, item) json_object_foreach(item, method, node)
    {
        struct op op = {
            .template = path, .node = node, .public = json_array_size(json_object_get(node, "security")) == 0, .body = body_schema(node)
        };
        for (size_t i = 0; method[i] && i < sizeof op.method - 1; i++) op.method[i] = (char)(method[i] & ~0x20);
        op.write = strcmp(op.method, "GET") != 0;
        int before = test_bad_checks;
        fn(&op);
        if (test_bad_checks > before) fprintf(stderr, "    (%s %s)\n", op.method, op.template);
        n++;
    }
    return n;
}

static const char *replace(const char *path, const char *what, const char *with)
{
    const char *p = strstr(path, what);
    return p ? at("%.*s%s%s", (int)(p - path), path, with, p + strlen(what)) : path;
}

/* The id of a row of clinic a that this path is about. */
static const char *id_for(const char *template)
{
    static const struct {
        const char *prefix;
        const char *id;
    } rows[] = { { "/payments/{id}/receipt", paid_by }, { "/documents/", document }, { "/orders/", order }, { "/locations/", a.location }, { "/resources/", a.chair[0] }, { "/providers/", a.provider[0] }, { "/services/", a.plain },
        { "/clients/", a.client[0] }, { "/patients/", a.patient[0] }, { "/appointments/{id}/recurring", in_series }, { "/appointments/", appointment }, { "/blocked-times/", blocked },
        { "/holidays/", holiday }, { "/feeds/", feed }, { "/booking-links/", link_id }, { "/auth/sessions/", session }, { "/sessions/", group }, { "/visits/", visit }, { "/public/{slug}/holds/", hold },
        { "/waitlist/", waiting }, { "/ledger/accounts/", account }, { "/ledger/transfers/", transfer },
        { "/payments/{id}/page", card_payment }, { "/cards/webhook-secrets/", card_secret }, { "/cards/differences/", card_difference },
        { "/tax-rates/", tax_rate }, { "/products/", product },
        { "/tills/", till }, { "/till-sessions/", till_session },
        { "/sponsors/", sponsor }, { "/benefit-policies/", benefit_policy }, { "/benefit-members/", benefit_member }, { "/wallets/", wallet },
        { "/orders/", wallet_order }, { "/wallet-claims/", claim }, { "/wallet-adjustments/", adjustment } };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (strncmp(template, rows[i].prefix, strlen(rows[i].prefix)) == 0) return rows[i].id;
    return NULL;
}

static bool has_id(const struct op *op)
{
    return strstr(op->template, "{id}") != NULL;
}

static const char *fill(const struct op *op, const char *id)
{
    const char *path = replace(replace(op->template, "{slug}", a.slug), "{feed}", feed_file);
    const char *t = op->template, *secret = strncmp(t, "/public/documents/", 18) == 0 ? paper_token : strncmp(t, "/public/payments/", 17) == 0 ? result_token : strncmp(t, "/public/links/", 14) == 0 ? link_token
                      : strncmp(t, "/public/offers/", 15) == 0                            ? offer_token
                      : strncmp(t, "/public/waits/", 14) == 0                             ? wait_token
                                                                                          : token;
    return replace(replace(path, "{token}", secret), "{id}", id ? id : NONE_ID);
}

/* The required parameters of the query, with ids of clinic a. */
static const char *query_of(const struct op *op)
{
    const char *out = "";
    size_t i;
    json_t *p;
    json_array_foreach(json_object_get(op->node, "parameters"), i, p)
    {
        const char *name = json_string_value(json_object_get(p, "name")), *in = json_string_value(json_object_get(p, "in"));
        if (strcmp(in, "query") != 0 || !json_is_true(json_object_get(p, "required"))) continue;
        const char *v = strcmp(name, "service_id") == 0                        ? a.plain
                        : strcmp(name, "provider_id") == 0                     ? a.provider[0]
                        : strcmp(name, "client_id") == 0 || strcmp(name, "cause_id") == 0 || strcmp(name, "ids") == 0 ? a.client[0]
                        : strcmp(name, "start") == 0                           ? day_time(3, 9, 0)
                        : strcmp(name, "end") == 0                             ? day_time(3, 9, 30)
                        : strcmp(op->template, "/calendar/gaps") == 0 || strcmp(op->template, "/google/shown") == 0 || strcmp(op->template, "/waitlist/offers") == 0 ? day_time(*name == 'f' ? 3 : 4, 0, 0)
                        : strcmp(name, "from") == 0 || strcmp(name, "to") == 0 ? day_date(3)
                                                                               : "x";
        out = at("%s%s%s=%s", out, *out ? "&" : "?", name, v);
    }
    return out;
}

/* Who may use the route as far as sign-in goes: nobody in particular for public ones. */
static struct who user_of(const struct op *op, const struct clinic *c)
{
    return op->public ? clinic_visitor() : c->owner;
}
/* Somebody else's page sends a browser there, with a query that we do not write: every one is answered by a way on. */
static bool redirects(const struct op *op)
{
    return json_object_get(json_object_get(op->node, "responses"), "303") != NULL;
}

static bool streams(const struct op *op)
{
    return strcmp(op->template, "/events") == 0;
}
/* These end the session that asks. */
static bool signs_out(const struct op *op)
{
    return strcmp(op->template, "/auth/logout") == 0;
}

/* ---- a body that fits the schema --------------------------------------------------------------------- */

static const char *id_of_field(const char *name, const struct clinic *c)
{
    return strcmp(name, "client_id") == 0                                        ? c->client[0]
           : strcmp(name, "patient_id") == 0                                     ? c->patient[0]
           : strcmp(name, "service_id") == 0                                     ? c->plain
           : strcmp(name, "provider_id") == 0 || strcmp(name, "subject_id") == 0 ? c->provider[0]
           : strcmp(name, "location_id") == 0                                    ? c->location
           : strcmp(name, "tax_rate_id") == 0                                    ? tax_rate
                                                                                 : NONE_ID;
}

static json_t *value_of(const char *name, json_t *schema, const struct clinic *c);

static json_t *object_of(json_t *schema, const struct clinic *c, bool all)
{
    json_t *out = json_object(), *required = json_object_get(schema, "required"), *s, *r;
    const char *name;
    size_t i;
    json_object_foreach(json_object_get(schema, "properties"), name, s)
    {
        bool need = all;
        json_array_foreach(required, i, r) need = need || strcmp(json_string_value(r), name) == 0;
        if (need) json_object_set_new(out, name, value_of(name, s, c));
    }
    return out;
}

static const char *type_of(json_t *schema)
{
    json_t *t = json_object_get(schema, "type");
    const char *s = json_string_value(json_is_array(t) ? json_array_get(t, 0) : t);
    return s ? s : json_object_get(schema, "oneOf") ? "object" : "any";
}

static json_t *text_of(const char *name, json_t *schema)
{
    const char *format = json_string_value(json_object_get(schema, "format"));
    json_t *first = json_array_get(json_object_get(schema, "enum"), 0);
    if (first) return json_incref(first);
    if (format && strcmp(format, "date-time") == 0) return json_string(strcmp(name, "end") == 0 ? day_time(9, 10, 0) : day_time(9, 9, 0));
    if (format && strcmp(format, "date") == 0) return json_string(day_date(5));
    if (format && strcmp(format, "email") == 0) return json_string("somebody@example.org");
    if (strstr(name, "zone")) return json_string("Europe/Bucharest");
    if (strcmp(name, "currency") == 0) return json_string("EUR");
    if (strstr(name, "color")) return json_string("#123456");
    if (strcmp(name, "phone") == 0) return json_string("+40210001122");
    if (strcmp(name, "start") == 0) return json_string("09:00");
    if (strcmp(name, "end") == 0) return json_string("17:00");
    if (strcmp(name, "slug") == 0) return json_string("a-slug");
    return json_string("A plain text");
}

static json_t *list_of(const char *name, json_t *schema, const struct clinic *c)
{
    json_t *out = json_array();
    if (json_integer_value(json_object_get(schema, "minItems")) > 0) json_array_append_new(out, value_of(name, json_object_get(schema, "items"), c));
    return out;
}

static json_t *value_of(const char *name, json_t *schema, const struct clinic *c)
{
    const char *type = type_of(schema), *format = json_string_value(json_object_get(schema, "format"));
    json_t *min = json_object_get(schema, "minimum"), *one = json_array_get(json_object_get(schema, "oneOf"), 0);
    if (one) return object_of(one, c, false);
    if (strcmp(type, "object") == 0) return object_of(schema, c, false);
    if (strcmp(type, "array") == 0) return list_of(name, schema, c);
    if (strcmp(type, "integer") == 0) return json_integer(json_integer_value(min) > 0 ? json_integer_value(min) : 1);
    if (strcmp(type, "boolean") == 0) return json_true();
    if (format && strcmp(format, "uuid") == 0) return json_string(id_of_field(name, c));
    return text_of(name, schema);
}

static const char *dumped(json_t *v)
{
    char *s = json_dumps(v, JSON_COMPACT);
    const char *out = at("%s", s);
    free(s);
    return out;
}

static const char *body_of(const struct op *op, const struct clinic *c)
{
    if (!op->body) return op->write && strcmp(op->method, "DELETE") != 0 ? "{}" : NULL;
    json_t *v = object_of(op->body, c, false);
    const char *s = dumped(v);
    json_decref(v);
    return s;
}

static struct answer *send_as(const struct op *op, const struct who *w, const char *path, const char *body)
{
    return api_call(NULL, w, op->method, path, body);
}

/* ---- who may not --------------------------------------------------------------------- */

static void without_credentials(const struct op *op)
{
    if (op->public) return;
    EXPECT(send_as(op, &nobody, at("%s%s", fill(op, id_for(op->template)), query_of(op)), body_of(op, &a)), 401, "UNAUTHENTICATED");
    struct who wrong = { .token = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
    EXPECT(send_as(op, &wrong, fill(op, id_for(op->template)), body_of(op, &a)), 401, "UNAUTHENTICATED");
}

static void test_without_credentials(void)
{
    CHECK(each_route(without_credentials) > 50);
}

/* A viewer writes nothing but what is his own: his session and password. */
static void as_viewer(const struct op *op)
{
    if (op->public || !op->write || strncmp(op->template, "/auth/", 6) == 0) return;
    EXPECT(send_as(op, &viewer, fill(op, id_for(op->template)), body_of(op, &a)), 403, "FORBIDDEN");
}

static void test_viewer(void)
{
    each_route(as_viewer);
}

/* Each answer of every role is what the document's x-permission and the role's permissions say. */
static void as_role(const struct op *op, const struct who *w, struct answer *me)
{
    const char *need = json_string_value(json_object_get(op->node, "x-permission"));
    bool may = !need;
    if (op->public || streams(op) || strncmp(op->template, "/auth/", 6) == 0) return;
    for (size_t i = 0; need && i < api_count(me, "data.permissions"); i++)
        if (strcmp(api_str(me, at("data.permissions[%zu]", i)), need) == 0) may = true;
    /* What may be written is tried with a body that is refused, so that nothing changes. */
    const char *path = op->write ? fill(op, NONE_ID) : at("%s%s", fill(op, id_for(op->template)), query_of(op));
    struct answer *got = send_as(op, w, path,
        op->body                                         ? "{\"no such member\":1}"
        : op->write && strcmp(op->method, "DELETE") != 0 ? "{}"
                                                         : NULL);
    if (may != (got->status != 403)) api_is(got, may ? 200 : 403, NULL);
    CHECK(may == (got->status != 403));
}

static struct who role_now;
static struct answer *role_session;
static void as_role_now(const struct op *op)
{
    role_session = api_get(&role_now, "/auth/session");
    as_role(op, &role_now, role_session);
}

static void test_roles(void)
{
    static const char *const roles[] = { "admin", "provider", "staff", "viewer" };
    for (size_t i = 0; i < 4; i++) {
        role_now = strcmp(roles[i], "viewer") == 0 ? viewer : strcmp(roles[i], "staff") == 0 ? staff : clinic_member(&a, roles[i]);
        each_route(as_role_now);
    }
}

/* ---- another clinic's rows --------------------------------------------------------------------- */

/* All rows of a clinic that its owner can read. */
static char *snapshot(const struct clinic *c)
{
    static const char *const lists[] = { "/tenant", "/locations?archived=true", "/resources?archived=true", "/providers?archived=true",
        "/services?archived=true", "/clients", "/clients?deleted=true", "/holidays", "/members" };
    json_t *all = json_array();
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) json_array_append(all, api_json(api_get(&c->owner, lists[i]), "data"));
    json_array_append(all, api_json(api_get(&c->owner, at("/appointments?from=%s&to=%s&limit=200", day_date(-30), day_date(60))), "data"));
    json_array_append(all, api_json(api_get(&c->owner, at("/blocked-times?from=%s&to=%s", day_date(-1), day_date(40))), "data"));
    json_array_append(all, api_json(api_get(&c->owner, at("/providers/%s/hours", c->provider[0])), "data"));
    char *s = json_dumps(all, JSON_SORT_KEYS | JSON_INDENT(1));
    json_decref(all);
    return s;
}

/* Its rows come of new zone data alone: test_zone_data.c makes it, and asks from another clinic. */
static bool of_new_zone_data(const struct op *op)
{
    return strncmp(op->template, "/calendar/zone-report/", 22) == 0;
}

static void with_foreign_path(const struct op *op)
{
    if (op->public || !has_id(op) || of_new_zone_data(op)) return;
    if (!id_for(op->template)) {
        fprintf(stderr, "  %s: this test knows no id for it\n", op->template);
        test_bad_checks++;
        return;
    }
    EXPECT(send_as(op, &b.owner, at("%s%s", fill(op, id_for(op->template)), query_of(op)), body_of(op, &b)), 404, "NOT_FOUND");
}

static void test_foreign_path(void)
{
    char *before = snapshot(&a);
    each_route(with_foreign_path);
    char *after = snapshot(&a);
    CHECK(strcmp(before, after) == 0);
    free(before);
    free(after);
}

/* One id of clinic a in a body that is otherwise b's. */
static void with_foreign_member(const struct op *op)
{
    json_t *properties = json_object_get(op->body, "properties"), *s;
    const char *name;
    if (op->public || !op->body) return;
    json_object_foreach(properties, name, s)
    {
        const char *format = json_string_value(json_object_get(s, "format")),
                   *items = json_string_value(json_object_get(json_object_get(s, "items"), "format"));
        bool one = format && strcmp(format, "uuid") == 0, many = items && strcmp(items, "uuid") == 0;
        if (!one && !many) continue;
        json_t *v = object_of(op->body, &b, false);
        const char *id = strcmp(name, "resource_ids") == 0   ? a.chair[0]
                         : strcmp(name, "service_ids") == 0  ? a.plain
                         : strcmp(name, "provider_ids") == 0 ? a.provider[0]
                         : strcmp(name, "member_id") == 0    ? member
                                                             : id_of_field(name, &a);
        json_object_set_new(v, name, many ? json_pack("[s]", id) : json_string(id));
        const char *mine = strncmp(op->template, "/resources/", 11) == 0  ? b.chair[0]
                           : strncmp(op->template, "/services/", 10) == 0 ? b.plain
                                                                          : b.provider[0];
        struct answer *got = send_as(op, &b.owner, fill(op, mine), dumped(v));
        if (got->status != 404 && got->status != 422) fprintf(stderr, "  %s of another clinic: %d %.300s\n", name, got->status, got->body);
        CHECK(got->status == 404 || got->status == 422);
        json_decref(v);
    }
}

static void test_foreign_members(void)
{
    char *before = snapshot(&a), *mine = snapshot(&b);
    each_route(with_foreign_member);
    char *after = snapshot(&a), *still = snapshot(&b);
    CHECK(strcmp(before, after) == 0);
    CHECK(strcmp(mine, still) == 0);
    free(before);
    free(after);
    free(mine);
    free(still);
}

/* Deeper in a body than the walk above looks. */
static void test_foreign_hours(void)
{
    const char *path = at("/providers/%s/hours", b.provider[1]);
    char *before = json_dumps(api_json(api_get(&b.owner, path), "data"), JSON_SORT_KEYS);
    EXPECT(api_put(&b.owner, path,
               js("{'weekly':[{'location_id':'%s','weekday':1,'start':'09:00','end':'17:00'}],'exceptions':[]}", a.location)),
        404, "NOT_FOUND");
    EXPECT(
        api_put(&b.owner, path, js("{'weekly':[],'exceptions':[{'date':'%s','closed':true,'location_id':'%s'}]}", day_date(3), a.location)),
        404, "NOT_FOUND");
    EXPECT(api_put(&b.owner, path,
               js("{'weekly':[{'location_id':'%s','weekday':8,'start':'9:00','end':'25:00'}],'exceptions':[{}]}", b.location)),
        422, "VALIDATION_ERROR");
    char *after = json_dumps(api_json(api_get(&b.owner, path), "data"), JSON_SORT_KEYS);
    CHECK_STR(after, before);
    free(before);
    free(after);
    /* A patient of another clinic, an animal for another's client, a move to another's provider. */
    struct answer *r = clinic_book(&b, b.plain, 0, 0, day_time(5, 9, 0));
    EXPECT(r, 201, NULL);
    const char *move = at("/appointments/%s/move", api_str(r, "data.id"));
    EXPECT(api_post(&b.owner, move, js("{'start':'%s','provider_id':'%s'}", day_time(5, 11, 0), a.provider[0])), 404, "NOT_FOUND");
    EXPECT(api_post(&b.owner, move, js("{'start':'%s','location_id':'%s'}", day_time(5, 11, 0), a.location)), 404, "NOT_FOUND");
    EXPECT(api_post(&b.owner, move, js("{'start':'%s','resource_ids':['%s']}", day_time(5, 11, 0), a.chair[0])), 404, "NOT_FOUND");
    r = api_get(&b.owner, replace(move, "/move", ""));
    CHECK_STR(api_str(r, "data.start"), day_time(5, 9, 0));
}

/* Ids of another clinic in the query find nothing. */
static void test_foreign_queries(void)
{
    struct answer *r = api_get(&b.owner, at("/appointments?client_id=%s", a.client[0]));
    EXPECT(r, 200, NULL);
    CHECK_INT(api_count(r, "data"), 0);
    r = api_get(&b.owner, at("/calendar?from=%s&provider_id=%s", day_date(5), a.provider[0]));
    CHECK_INT(api_count(r, "data.appointments"), 0);
    CHECK_INT(api_count(r, "data.open"), 0);
    EXPECT(api_get(&b.owner, at("/calendar/slots?service_id=%s", a.plain)), 404, NULL);
    EXPECT(api_get(&b.owner, at("/calendar/conflicts?service_id=%s&provider_id=%s&start=%s", b.plain, a.provider[0], day_time(3, 9, 0))),
        404, NULL);
    EXPECT(api_get(&b.owner, at("/patients?client_id=%s", a.client[0])), 404, NULL);
    r = api_get(&b.owner, at("/audit?entity_id=%s", appointment));
    CHECK_INT(api_count(r, "data"), 0);
    r = api_get(&b.owner, "/clients?q=chris&limit=200");
    EXPECT(r, 200, NULL);
    for (size_t i = 0; i < api_count(r, "data"); i++) CHECK(strcmp(api_str(r, at("data[%zu].id", i)), a.client[0]) != 0);
    EXPECT(
        api_post(&nobody, at("/public/%s/holds", b.slug), js("{'service_id':'%s','start':'%s'}", a.plain, day_time(3, 9, 0))), 404, NULL);
    EXPECT(api_post(&nobody, at("/public/%s/holds/%s/release", b.slug, hold), NULL), 404, NULL);
    struct who w = clinic_visitor();
    EXPECT(api_post(&w, at("/public/%s/bookings", b.slug),
               js("{'service_id':'%s','provider_id':'%s','start':'%s','client':{'name':'X','email':'x@y.example'}}", b.plain, a.provider[0],
                   day_time(3, 9, 0))),
        404, NULL);
}

/* ---- addresses and methods --------------------------------------------------------------------- */

static void bad_ids(const struct op *op)
{
    static const char *const bad[] = { "1", "0190AAAA", "00000000-0000-0000-0000-000000000000", "0190aaaa-bbbb-7ccc-8ddd-eeeeffff000g",
        "%00", "..%2f..", "0190aaaabbbb7ccc8dddeeeeffff0000" };
    if (!has_id(op)) return;
    struct who w = user_of(op, &a);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) EXPECT(send_as(op, &w, fill(op, bad[i]), body_of(op, &a)), 404, "NOT_FOUND");
    if (!signs_out(op)) EXPECT(send_as(op, &w, fill(op, NONE_ID), body_of(op, &a)), 404, "NOT_FOUND");
}

static void test_bad_ids(void)
{
    each_route(bad_ids);
}

static void wrong_method(const struct op *op)
{
    static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE" };
    const char *path = fill(op, NONE_ID);
    json_t *item = json_object_get(json_object_get(api_document, "paths"), op->template);
    for (size_t i = 0; i < 5; i++) {
        char lower[12] = "";
        for (size_t k = 0; methods[i][k]; k++) lower[k] = (char)(methods[i][k] | 0x20);
        if (json_object_get(item, lower)) continue;
        struct answer *r = api_call(NULL, &a.owner, methods[i], path, i % 2 ? "{}" : NULL);
        if (r->status == 401 || api_operation(methods[i], path)) continue; /* "/public/bookings" is also a slug */
        EXPECT(r, 405, "METHOD_NOT_ALLOWED");
        const char *allow = api_header(r, "Allow");
        CHECK(allow && strstr(allow, op->method));
        CHECK(!allow || !strstr(allow, methods[i]));
    }
}

/* A page has something to read, and nothing else. */
static void page_methods(const char *path)
{
    static const char *const methods[] = { "POST", "PUT", "DELETE", "OPTIONS", "TRACE" };
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        struct answer *r = api_call(NULL, &a.owner, methods[i], path, NULL);
        EXPECT(r, 405, "METHOD_NOT_ALLOWED");
        CHECK_STR(api_header(r, "Allow") ? api_header(r, "Allow") : "", "GET, HEAD");
    }
}

static void test_methods(void)
{
    each_route(wrong_method);
    static const char *const pages[] = { "//", "//live", "//docs", "//openapi.json", "/openapi.json", "//app/clients" };
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++) page_methods(pages[i]);
    EXPECT(api_call(NULL, &a.owner, "POST", "//nothing", NULL), 404, "NOT_FOUND");
    EXPECT(api_call(NULL, &a.owner, "POST", "//nothing", "{\"with\":\"a body\"}"), 404, "NOT_FOUND");
    EXPECT(api_call(NULL, &a.owner, "POST", "/orders//refunds", "{}"), 404, "NOT_FOUND");
    EXPECT(api_call(NULL, &a.owner, "PUT", "//app/clients", "{}"), 405, "METHOD_NOT_ALLOWED");
    CHECK_STR(api_header(api_call(NULL, &a.owner, "TRACE", "/clients", NULL), "Allow"), "GET, HEAD, POST");
    EXPECT(api_call(NULL, &a.owner, "BREW", "/clients", NULL), 501, NULL);
    EXPECT(api_get(&a.owner, "/no/such/thing"), 404, "NOT_FOUND");
    EXPECT(api_get(&a.owner, "/clients/"), 404, "NOT_FOUND");
    EXPECT(api_call(NULL, &a.owner, "HEAD", "/clients", NULL), 200, NULL);
}

static void odd_query(const struct op *op)
{
    if (streams(op) || signs_out(op) || redirects(op)) return;
    struct who w = user_of(op, &a);
    const char *query = query_of(op), *path = fill(op, id_for(op->template));
    struct answer *r = send_as(op, &w, at("%s%s%sno_such=1", path, query, *query ? "&" : "?"), body_of(op, &a));
    EXPECT(r, 422, "VALIDATION_ERROR");
    CHECK(*api_str(r, "details.fields.no_such"));
    EXPECT(send_as(op, &w, at("%s?x=%%zz", path), body_of(op, &a)), 400, "BAD_REQUEST");
}

static void test_queries(void)
{
    each_route(odd_query);
}

/* Each parameter of each query with values that it cannot have. */
static void query_values(const struct op *op)
{
    static const char *const bad[] = { "%00", "%ff", "'%20OR%201=1--", "-1", "99999999999999999999", "%F0%9F%A6%B7", "../../etc",
        "2026-02-30", "NaN" };
    size_t i;
    json_t *p;
    struct who w = user_of(op, &a);
    if (op->write || streams(op)) return;
    json_array_foreach(json_object_get(op->node, "parameters"), i, p)
    {
        const char *name = json_string_value(json_object_get(p, "name"));
        if (strcmp(json_string_value(json_object_get(p, "in")), "query") != 0) continue;
        for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
            struct answer *r = send_as(op, &w, at("%s?%s=%s", fill(op, id_for(op->template)), name, bad[k]), NULL);
            bool fine = r->status == 200 || r->status == 400 || r->status == 422 || r->status == 404 || (redirects(op) && r->status == 303);
            if (!fine) api_is(r, 422, NULL);
            CHECK(fine);
        }
    }
}

static void test_query_values(void)
{
    each_route(query_values);
}

/* ---- bodies --------------------------------------------------------------------- */

static struct answer *raw(const struct op *op, const struct who *w, const char *body, size_t len, bool no_type, const char *headers)
{
    return api_send(api_main, w,
        &(struct sending){ .method = op->method,
            .path = fill(op, id_for(op->template)),
            .body = body,
            .len = len,
            .no_type = no_type,
            .headers = headers });
}

static void body_forms(const struct op *op)
{
    struct who w = user_of(op, &a);
    if (!op->body) return;
    const char *fine = body_of(op, &a);
    if (strlen(fine) > 2) {
        EXPECT(raw(op, &w, fine, strlen(fine), true, "Content-Type: text/plain\r\n"), 415, "UNSUPPORTED_MEDIA_TYPE");
        EXPECT(raw(op, &w, fine, strlen(fine), true, NULL), 415, "UNSUPPORTED_MEDIA_TYPE");
        EXPECT(raw(op, &w, fine, strlen(fine), true, "Content-Type: application/jsonx\r\n"), 415, "UNSUPPORTED_MEDIA_TYPE");
        EXPECT(raw(op, &w, fine, strlen(fine), true, "Content-Type: application/json; charset=iso-8859-1\r\n"), 415, "UNSUPPORTED_MEDIA_TYPE");
        EXPECT(raw(op, &w, fine, strlen(fine), true, "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"), 415, "UNSUPPORTED_MEDIA_TYPE");
    }
    static const char *const broken[] = { "{", "{\"a\":}", "nonsense", "{\"a\":1}}", "{\"a\":1,\"a\":2}", "[1,2]", "\"text\"", "42", "null",
        "{'a':1}", "{\"a\":01}", "\xef\xbb\xbf{}", "{\"a\":\"\xff\"}", "{\"a\":\"\\ud800\"}", "{\"a\":1e999}" };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        EXPECT(raw(op, &w, broken[i], strlen(broken[i]), false, NULL), 400, "BAD_REQUEST");
    EXPECT(raw(op, &w, "{\"\0\":1}", 7, false, NULL), 400, "BAD_REQUEST");
    struct answer *r = raw(op, &w, "{\"no_such\":1}", 13, false, NULL);
    EXPECT(r, 422, "VALIDATION_ERROR");
    CHECK(*api_str(r, "details.fields.no_such"));
}

static void test_body_forms(void)
{
    each_route(body_forms);
}

static void large_bodies(const struct op *op)
{
    static char deep[20001], big[102401];
    struct who w = user_of(op, &a);
    if (!op->body) return;
    memset(big, ' ', sizeof big - 1);
    memcpy(big, "{}", 2);
    EXPECT(raw(op, &w, big, sizeof big - 1, false, NULL), 413, "TOO_LARGE");
    size_t n = (size_t)snprintf(deep, sizeof deep, "{\"a\":");
    memset(deep + n, '[', 9000);
    memset(deep + n + 9000, ']', 9000);
    deep[n + 18000] = '}';
    struct answer *r = raw(op, &w, deep, n + 18001, false, NULL);
    CHECK(r->status == 400 || r->status == 422);
}

static void test_large_bodies(void)
{
    each_route(large_bodies);
}

/* An empty object names each required member, and no other. */
static void empty_object(const struct op *op)
{
    json_t *required = json_object_get(op->body, "required"), *name;
    size_t i;
    struct who w = user_of(op, &a);
    if (json_array_size(required) == 0) return;
    struct answer *r = raw(op, &w, "{}", 2, false, NULL);
    EXPECT(r, 422, "VALIDATION_ERROR");
    json_array_foreach(required, i, name) CHECK(json_object_get(api_json(r, "details.fields"), json_string_value(name)));
    CHECK_INT(json_object_size(api_json(r, "details.fields")), json_array_size(required));
}

static void test_empty_objects(void)
{
    each_route(empty_object);
}

static void one_field(const struct op *op, const char *name, const char *value)
{
    struct who w = user_of(op, &a);
    json_t *v = object_of(op->body, &a, false), *bad = json_loads(value, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    json_object_set_new(v, name, bad);
    char *body = json_dumps(v, JSON_COMPACT);
    json_decref(v);
    struct answer *r = raw(op, &w, body, strlen(body), false, NULL);
    bool named = false;
    const char *key;
    json_t *item;
    json_object_foreach(api_json(r, "details.fields"), key, item) named = named || strncmp(key, name, strlen(name)) == 0;
    bool nul = r->status == 400 && strstr(value, "u0000");
    if (!(r->status == 422 && named) && !nul)
        fprintf(stderr, "  %s %s with %s = %.60s: %d %.300s\n", op->method, op->template, name, value, r->status, r->body);
    CHECK((r->status == 422 && named) || nul);
    free(body);
}

static void text_field(const struct op *op, const char *name, json_t *schema)
{
    static char longer[64000];
    json_int_t max = json_integer_value(json_object_get(schema, "maxLength"));
    one_field(op, name, "\"con\\u0007trol\"");
    one_field(op, name, "\"nul\\u0000\"");
    if (max <= 0 || max > 60000) return;
    longer[0] = '"';
    memset(longer + 1, 'a', (size_t)max + 1);
    memcpy(longer + 1 + max + 1, "\"", 2);
    one_field(op, name, longer);
}

static const char *repeated(const char *what, size_t n)
{
    static char out[8000];
    size_t len = strlen(what);
    for (size_t i = 0; i < n && (i + 1) * len < sizeof out; i++) memcpy(out + i * len, what, len + 1);
    return out;
}

static void each_field(const struct op *op)
{
    const char *name;
    json_t *s;
    json_object_foreach(json_object_get(op->body, "properties"), name, s)
    {
        const char *type = type_of(s);
        json_t *max = json_object_get(s, "maximum"), *items = json_object_get(s, "maxItems");
        one_field(op, name, strcmp(type, "string") == 0 ? "42" : "\"text\"");
        one_field(op, name, strcmp(type, "array") == 0 ? "{}" : "[1]");
        one_field(op, name, strcmp(type, "boolean") == 0 ? "\"true\"" : "true");
        if (strcmp(type, "string") == 0) text_field(op, name, s);
        if (strcmp(type, "integer") == 0) one_field(op, name, "1.5");
        if (strcmp(type, "integer") == 0) one_field(op, name, "-9223372036854775808");
        if (max) one_field(op, name, at("%lld", (long long)json_integer_value(max) + 1));
        if (strcmp(type, "array") == 0) one_field(op, name, "[null]");
        if (items && json_integer_value(items) < 1000) one_field(op, name, at("[0%s]", repeated(",0", (size_t)json_integer_value(items))));
    }
}

static void test_fields(void)
{
    each_route(each_field);
}

/* What needs a link from a mail of its own, or the right minute, or a signature: test_reminders.c, test_telehealth.c, test_cards.c. */
static bool has_own_test(const struct op *op)
{
    size_t n = strlen(op->template);
    return strncmp(op->template, "/public/reminders/", 18) == 0 || strncmp(op->template, "/cards/webhook/", 15) == 0 || (n > 5 && strcmp(op->template + n - 5, "/join") == 0);
}

/* A body where none is taken, and a large one there. */
static void unwanted_body(const struct op *op)
{
    static char big[102401];
    struct who w = user_of(op, &a);
    if (op->body || streams(op) || signs_out(op) || !op->write || has_own_test(op)) return;
    EXPECT(raw(op, &w, "{\"a\":1}", 7, false, NULL), 400, "BAD_REQUEST");
    memset(big, ' ', sizeof big - 1);
    EXPECT(raw(op, &w, big, sizeof big - 1, false, NULL), 413, "TOO_LARGE");
}

static void test_unwanted_bodies(void)
{
    each_route(unwanted_body);
}

/* ---- and it works for those who may --------------------------------------------------------------------- */

static void reads(const struct op *op)
{
    if (op->write || streams(op) || has_own_test(op)) return;
    struct who w = user_of(op, &a);
    EXPECT(send_as(op, &w, at("%s%s", fill(op, id_for(op->template)), query_of(op)), NULL), redirects(op) ? 303 : 200, NULL);
}

static void test_reads(void)
{
    each_route(reads);
}

/* A bad If-Match on everything that has versions. */
static void stale(const struct op *op)
{
    size_t i;
    json_t *p;
    json_array_foreach(json_object_get(op->node, "parameters"), i, p)
    {
        if (strcmp(json_string_value(json_object_get(p, "name")), "If-Match") != 0 || op->public || of_new_zone_data(op)) continue;
        const char *path = fill(op, id_for(op->template)), *body = body_of(op, &a);
        EXPECT(api_with(&a.owner, op->method, path, body, "If-Match: \"9999\"\r\n"), 412, "STALE_VERSION");
        EXPECT(api_with(&a.owner, op->method, path, body, "If-Match: rubbish\r\n"), 400, "BAD_REQUEST");
    }
}

static void test_stale(void)
{
    char *before = snapshot(&a);
    each_route(stale);
    char *after = snapshot(&a);
    CHECK(strcmp(before, after) == 0);
    free(before);
    free(after);
}

/* ---- the two clinics --------------------------------------------------------------------- */

static void make_shop(void)
{
    struct answer *r = api_post(&a.owner, "/tax-rates", "{\"name\":\"VAT 19 %\",\"ppm\":190000}");
    NEED(r, 201, NULL);
    keep_id(tax_rate, r, "data.id");
    r = api_post(&a.owner, "/products", js("{'name':'Brush','price_minor':500,'tax_rate_id':'%s'}", tax_rate));
    NEED(r, 201, NULL);
    keep_id(product, r, "data.id");
    r = api_post(&a.owner, "/tills", js("{'name':'Front','location_id':'%s'}", a.location));
    NEED(r, 201, NULL);
    keep_id(till, r, "data.id");
    r = api_post(&a.owner, at("/tills/%s/open", till), "{\"counted_minor\":100}");
    NEED(r, 201, NULL);
    keep_id(till_session, r, "data.id");
    r = api_post(&a.owner, "/orders", js("{'location_id':'%s','lines':[{'kind':'product','ref_id':'%s'}]}", a.location, product));
    NEED(r, 201, NULL);
    keep_id(order, r, "data.id");
}

static void make_document(void)
{
    struct answer *r = api_post(&a.owner, "/orders", js("{'location_id':'%s','lines':[{'kind':'product','ref_id':'%s'}]}", a.location, product));
    NEED(r, 201, NULL);
    const char *bought = at("%s", api_str(r, "data.id"));
    r = api_post(&a.owner, at("/orders/%s/payments", bought), js("{'method':'terminal','amount_minor':%d}", (int)api_int(r, "data.open_minor")));
    NEED(r, 201, NULL);
    keep_id(paid_by, r, "data.payments[0].id");
    r = api_post(&a.owner, at("/orders/%s/invoice", bought), "{}");
    NEED(r, 201, NULL);
    keep_id(document, r, "data.id");
    snprintf(paper_token, sizeof paper_token, "%s", strrchr(api_str(r, "data.public_url"), '/') + 1);
}

static void make_wallet(void)
{
    struct answer *r = api_post(&a.owner, "/sponsors", "{\"name\":\"Acme\"}");
    NEED(r, 201, NULL);
    keep_id(sponsor, r, "data.id");
    r = api_post(&a.owner, "/benefit-policies", js("{'sponsor_id':'%s','name':'Gold','starts_on':'%s','categories':[{'category':'dental','limit_minor':500}]}", sponsor, day_month()));
    NEED(r, 201, NULL);
    keep_id(benefit_policy, r, "data.id");
    r = api_post(&a.owner, "/benefit-members", js("{'policy_id':'%s','client_id':'%s','starts_on':'%s'}", benefit_policy, a.client[0], day_month()));
    NEED(r, 201, NULL);
    keep_id(benefit_member, r, "data.id");
    keep_id(wallet, r, "data.wallet_id");
    r = api_post(&a.owner, at("/wallets/%s/top-ups", wallet), "{\"amount_minor\":50}");
    NEED(r, 201, NULL);
    keep_id(wallet_order, r, "data.order_id");
    r = api_post(&a.owner, "/wallet-claims", js("{'client_id':'%s','category':'dental','amount_minor':5,'treated_on':'2026-01-02','description':'Filling'}", a.client[0]));
    NEED(r, 201, NULL);
    keep_id(claim, r, "data.id");
    r = api_post(&a.owner, at("/wallets/%s/adjustments", wallet), "{\"amount_minor\":50000,\"reason\":\"counted wrong\"}");
    NEED(r, 201, NULL);
    keep_id(adjustment, r, "data.id");
}

static void make_transfer(void)
{
    char from[UUID_TEXT];
    struct answer *r = api_post(&a.owner, "/ledger/accounts", "{\"code\":\"world:bank\",\"unit\":\"EUR\"}");
    NEED(r, 201, NULL);
    keep_id(from, r, "data.id");
    r = api_post(&a.owner, "/ledger/accounts", "{\"code\":\"till:front\",\"unit\":\"EUR\"}");
    NEED(r, 201, NULL);
    keep_id(account, r, "data.id");
    r = api_post(&a.owner, "/ledger/transfers", js("{'debit_account_id':'%s','credit_account_id':'%s','amount':5,'reason':'float'}", account, from));
    NEED(r, 201, NULL);
    keep_id(transfer, r, "data.id");
}

static void prepare_cards(void)
{
    struct answer *r = api_post(&a.owner, "/cards/webhook-secrets", js("{'secret':'whsec_0123456789abcdef'}"));
    NEED(r, 201, NULL);
    keep_id(card_secret, r, "data.id");
    NEED(api_put(&a.owner, "/cards/settings", js("{'enabled':true,'secret_key':'sk_test_0123456789abcdef'}")), 200, NULL);
    r = api_post(&a.owner, "/orders", js("{'location_id':'%s','lines':[{'kind':'product','ref_id':'%s'}]}", a.location, product));
    NEED(r, 201, NULL);
    r = api_post(&a.owner, at("/orders/%s/checkout", api_str(r, "data.id")), "{}");
    NEED(r, 201, NULL);
    keep_id(card_payment, r, "data.payment_id");
    snprintf(result_token, sizeof result_token, "%s", strrchr(api_str(r, "data.result_url"), '/') + 1);
    api_sql("INSERT INTO card_difference (tenant_id, id, kind, object_id, state, found_at) VALUES (%s, %s, 'unknown', 'ch_1', 'open', 1)", api_sql_id(a.tenant), api_sql_id(card_difference));
}

static void prepare_waitlist(void)
{
    struct letter l;
    char client[UUID_TEXT];
    clinic_never_quiet(&a);
    struct answer *r = api_post(&a.owner, "/clients", "{\"name\":\"Wanda Waits\",\"email\":\"wanda@routes.example\"}");
    NEED(r, 201, NULL);
    keep_id(client, r, "data.id");
    r = api_post(&a.owner, "/waitlist", js("{'client_id':'%s','service_id':'%s'}", client, a.plain));
    NEED(r, 201, NULL);
    keep_id(waiting, r, "data.id");
    r = api_post(&a.owner, at("/waitlist/%s/offer", waiting), js("{'provider_id':'%s','start':'%s'}", a.provider[1], day_time(12, 9, 0)));
    NEED(r, 200, NULL);
    REQUIRE(letter_wait(at("%s.offer", api_str(r, "data.offers[0].id")), 15000, &l) && letter_token(&l, "/o/", offer_token) && letter_token(&l, "/w/", wait_token));
    letter_free(&l);
}

static void prepare(void)
{
    clinic_make(&a, "routes-a");
    clinic_make(&b, "routes-b");
    viewer = clinic_member(&a, "viewer");
    staff = clinic_member(&a, "staff");
    struct answer *r = clinic_book(&a, a.plain, 0, 0, day_time(5, 9, 0));
    NEED(r, 201, NULL);
    keep_id(appointment, r, "data.id");
    r = api_post(&a.owner, "/appointments/recurring", js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s','rrule':'FREQ=DAILY;COUNT=2'}",
        a.client[1], a.plain, a.provider[1], day_time(50, 9, 0)));
    REQUIRE(api_is(r, 201, NULL));
    keep_id(in_series, r, "data.appointments[0].appointment_id");
    r = api_post(&a.owner, "/blocked-times",
        js("{'kind':'provider','subject_id':'%s','start':'%s','end':'%s'}", a.provider[1], day_time(6, 9, 0), day_time(6, 12, 0)));
    NEED(r, 201, NULL);
    keep_id(blocked, r, "data.id");
    r = api_post(&a.owner, "/holidays", js("{'date':'%s','name':'Closed'}", day_date(20)));
    NEED(r, 201, NULL);
    keep_id(holiday, r, "data.id");
    r = api_post(&a.owner, "/sessions", js("{'service_id':'%s','provider_id':'%s','start':'%s'}", a.plain, a.provider[0], day_time(40, 20, 0)));
    NEED(r, 201, NULL);
    keep_id(group, r, "data.id");
    r = api_post(&a.owner, "/visits", js("{'client_id':'%s','start':'%s','items':[{'service_id':'%s','provider_id':'%s'}]}", a.client[0], day_time(41, 20, 0), a.plain, a.provider[0]));
    NEED(r, 201, NULL);
    keep_id(visit, r, "data.id");
    r = api_get(&a.owner, "/auth/session");
    keep_id(member, r, "data.member.id");
    r = api_get(&a.owner, "/auth/sessions");
    for (size_t i = 0; i < api_count(r, "data"); i++)
        if (!api_int(r, at("data[%zu].current", i))) keep_id(session, r, at("data[%zu].id", i));
    r = api_post(&a.owner, "/feeds", js("{'kind':'provider','subject_id':'%s'}", a.provider[0]));
    NEED(r, 201, NULL);
    keep_id(feed, r, "data.id");
    snprintf(feed_file, sizeof feed_file, "%s", strrchr(api_str(r, "data.url"), '/') + 1);
    r = api_post(&a.owner, "/booking-links", js("{'service_ids':['%s'],'max_uses':9}", a.plain));
    NEED(r, 201, NULL);
    keep_id(link_id, r, "data.id");
    make_transfer();
    make_shop();
    make_document();
    make_wallet();
    snprintf(link_token, sizeof link_token, "%s", api_str(r, "data.token"));
    struct who w = clinic_visitor();
    r = api_post(&w, at("/public/%s/holds", a.slug),
        js("{'service_id':'%s','provider_id':'%s','start':'%s'}", a.plain, a.provider[0], day_time(7, 9, 0)));
    NEED(r, 201, NULL);
    keep_id(hold, r, "data.id");
    r = api_post(&w, at("/public/%s/bookings", a.slug),
        js("{'service_id':'%s','start':'%s','client':{'name':'Vic','email':'vic@v.example'}}", a.plain, day_time(8, 9, 0)));
    NEED(r, 201, NULL);
    snprintf(token, sizeof token, "%s", api_str(r, "data.token"));
    prepare_waitlist();
    prepare_cards();
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_RATE_LOGIN_PER_MINUTE=100000", "CLINICD_RATE_PUBLIC_PER_MINUTE=1000000",
        "CLINICD_RATE_BOOKING_PER_MINUTE=100000", "CLINICD_LOG=warn", "CLINICD_STRIPE_API_URL=http://127.0.0.1:9", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .env = env });
        prepare();
        RUN(test_reads);
        RUN(test_without_credentials);
        RUN(test_viewer);
        RUN(test_roles);
        RUN(test_foreign_path);
        RUN(test_foreign_members);
        RUN(test_foreign_hours);
        RUN(test_foreign_queries);
        RUN(test_bad_ids);
        RUN(test_methods);
        RUN(test_queries);
        RUN(test_query_values);
        RUN(test_body_forms);
        RUN(test_large_bodies);
        RUN(test_empty_objects);
        RUN(test_fields);
        RUN(test_unwanted_bodies);
        RUN(test_stale);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
