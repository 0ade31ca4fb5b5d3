/* openapi.c - OpenAPI 3.1 from the same tables that route and validate. */
#include "core/base/money.h"
#include "core/http/app.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum direction { DIR_IN, DIR_OUT };
#define TEXT_PATTERN "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$"
#define TEXT_PATTERN_FILLED "^[^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*[^\\s\\u0000-\\u001f\\u007f][^\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f]*$"

static void schema_object(struct json *j, const struct shape *s, enum direction dir);

static const char *json_type(enum kind k)
{
    return k == K_INT ? "integer" : k == K_BOOL ? "boolean" : k == K_LIST ? "array" : k == K_OBJ ? "object" : "string";
}

static const char *format_of(enum kind k)
{
    return k == K_ID ? "uuid" : k == K_INSTANT ? "date-time" : k == K_DATE ? "date" : k == K_EMAIL ? "email" : k == K_INT ? "int64" : NULL;
}

#define LABEL "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#define SPACE "[\\s\\u0085\\u200b\\ufeff]" /* what shape_in.c takes for white space, in every dialect of patterns */
#define ATOM "[A-Za-z0-9!#$%&'*+\\/=?^_`{|}~-]+"

static const char *pattern_of(const struct field *f, enum kind k)
{
    if (f->pattern) return f->pattern;
    switch (k) {
    case K_EMAIL: return "^" SPACE "*(?=[^@]{1,64}@)" ATOM "(\\." ATOM ")*@(" LABEL "\\.)+(?![0-9]+" SPACE "*$)" LABEL SPACE "*$";
    case K_ZONE: return "^" SPACE "*[A-Za-z0-9_+-]+(\\/[A-Za-z0-9_+-]+)*" SPACE "*$";
    case K_TIME: return "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$";
    case K_SLUG: return "^" SPACE "*[a-z0-9]([a-z0-9-]*[a-z0-9])?" SPACE "*$";
    case K_COLOR: return "^" SPACE "*#[0-9a-fA-F]{6}" SPACE "*$";
    case K_PHONE: return "^" SPACE "*[+ ().\\/-]*([0-9][+ ().\\/-]*){5,15}" SPACE "*$";
    case K_STR: case K_SECRET: return f->required ? TEXT_PATTERN_FILLED : TEXT_PATTERN;
    default: return NULL;
    }
}

static void type_or_null(struct json *j, const char *type, bool null)
{
    json_key(j, "type");
    if (!null) {
        json_str(j, type);
        return;
    }
    json_arr(j);
    json_str(j, type);
    json_str(j, "null");
    json_arr_end(j);
}

static void limits(struct json *j, const struct field *f, enum kind k, enum direction dir)
{
    if (k == K_INT && dir == DIR_IN) {
        json_kint(j, "minimum", f->min);
        if (f->max || f->min) json_kint(j, "maximum", f->max);
    } else if (k == K_LIST && dir == DIR_IN) {
        if (f->min) json_kint(j, "minItems", f->min);
        json_kint(j, "maxItems", f->max ? f->max : 100);
        if (f->elem == K_ID && !f->shape) json_kbool(j, "uniqueItems", true);
    } else if ((k == K_STR || k == K_SECRET || k == K_EMAIL || k == K_PHONE || k == K_SLUG || k == K_ZONE) && dir == DIR_IN) {
        if (f->min || f->required) json_kint(j, "minLength", f->min ? f->min : 1);
        json_kint(j, "maxLength", f->max ? f->max : k == K_EMAIL ? 254 : k == K_PHONE ? 30 : 500);
    }
}

static void enum_values(struct json *j, const struct field *f, bool null)
{
    json_key(j, "enum");
    json_arr(j);
    for (size_t i = 0; f->names[i]; i++) json_str(j, f->names[i]);
    if (null) json_nil(j);
    json_arr_end(j);
}

static void text_pattern(struct json *j, const struct field *f, enum kind k)
{
    struct buf b CLEANUP(buf_free) = { 0 };
    bool blank = !f->required && (f->pattern || (k != K_STR && k != K_TIME)); /* it says the same as null */
    buf_init(&b, 4000);
    if (k == K_CURRENCY) {
        buf_puts(&b, "^" SPACE "*(");
        unit_currencies(&b, '|');
        buf_puts(&b, ")" SPACE "*$");
    } else if (pattern_of(f, k)) {
        buf_puts(&b, pattern_of(f, k));
    } else {
        return;
    }
    if (blank && (f->pattern || k != K_SECRET)) buf_puts(&b, k == K_SECRET ? "|^$" : "|^" SPACE "*$");
    json_kstr(j, "pattern", buf_str(&b));
}

/* Either of two formats, which one pattern cannot say. */
static void schema_when(struct json *j, const struct field *f, bool null)
{
    json_key(j, "oneOf");
    json_raw(j, null ? "[{\"type\":\"string\",\"format\":\"date-time\"},{\"type\":\"string\",\"format\":\"date\"},{\"type\":\"null\"}]"
                     : "[{\"type\":\"string\",\"format\":\"date-time\"},{\"type\":\"string\",\"format\":\"date\"}]");
    if (f->doc) json_kstr(j, "description", f->doc);
}

static void describe(struct json *j, const struct field *f, enum kind k, enum direction dir)
{
    if (format_of(k)) json_kstr(j, "format", format_of(k));
    if (dir == DIR_IN) text_pattern(j, f, k);
    limits(j, f, k, dir);
    if (f->doc) json_kstr(j, "description", f->doc);
    if (f->example) {
        json_key(j, "examples");
        json_arr(j);
        json_str(j, f->example);
        json_arr_end(j);
    }
}

static void schema_items(struct json *j, const struct field *f, enum direction dir)
{
    json_key(j, "items");
    if (f->shape) {
        schema_object(j, f->shape, dir);
        return;
    }
    json_obj(j);
    json_kstr(j, "type", json_type(f->elem));
    describe(j, &(struct field){ .kind = f->elem, .required = true }, f->elem, dir);
    json_obj_end(j);
}

static void schema_field(struct json *j, const struct field *f, enum direction dir)
{
    bool null = f->nullable;
    if (f->kind == K_OBJ && !null) {
        schema_object(j, f->shape, dir);
        return;
    }
    json_obj(j);
    if (f->kind == K_OBJ) {
        json_key(j, "oneOf");
        json_arr(j);
        schema_object(j, f->shape, dir);
        json_raw(j, "{\"type\":\"null\"}");
        json_arr_end(j);
        if (f->doc) json_kstr(j, "description", f->doc);
    } else if (f->when && dir == DIR_IN) {
        schema_when(j, f, null);
    } else if (f->kind == K_JSON) {
        if (f->doc) json_kstr(j, "description", f->doc);
    } else {
        type_or_null(j, json_type(f->kind), null);
        if (f->kind == K_ENUM) enum_values(j, f, null);
        describe(j, f, f->kind, dir);
        if (f->kind == K_LIST) schema_items(j, f, dir);
    }
    json_obj_end(j);
}

static void schema_object(struct json *j, const struct shape *s, enum direction dir)
{
    int n = 0;
    json_obj(j);
    json_kstr(j, "type", "object");
    json_kstr(j, "title", s->name);
    if (dir == DIR_IN) json_kbool(j, "additionalProperties", false);
    json_key(j, "properties");
    json_obj(j);
    for (const struct field *f = s->fields; f->kind != K_END; f++) {
        struct field as_read = *f;
        if (dir == DIR_IN && !s->patch && !f->required) as_read.nullable = true; /* null says the same as leaving it out */
        json_key(j, f->name);
        schema_field(j, &as_read, dir);
        n += dir == DIR_OUT || (f->required && !s->patch);
    }
    json_obj_end(j);
    if (n) {
        json_key(j, "required");
        json_arr(j);
        for (const struct field *f = s->fields; f->kind != K_END; f++)
            if (dir == DIR_OUT || (f->required && !s->patch)) json_str(j, f->name);
        json_arr_end(j);
    }
    json_obj_end(j);
}

/* ---- parameters --------------------------------------------------------------------------------------------------- */

static void parameter(struct json *j, const char *in, const char *name, bool required, const char *doc)
{
    json_obj(j);
    json_kstr(j, "name", name);
    json_kstr(j, "in", in);
    json_kbool(j, "required", required);
    json_kstr(j, "description", doc);
    json_key(j, "schema");
}

static void path_parameters(struct json *j, const char *path)
{
    for (const char *p = path; (p = strchr(p, '{')); p++) {
        static const struct { const char *name, *doc, *schema; } known[] = {
            { "id", "Id of the row", "{\"type\":\"string\",\"format\":\"uuid\"}" },
            { "slug", "Short name of the clinic", "{\"type\":\"string\",\"pattern\":\"^[a-z0-9-]{1,60}$\"}" },
            { "feed", "Secret token of the feed and .ics", "{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]{64}\\\\.ics$\"}" },
            { NULL, "Secret link token", "{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]{64}$\"}" },
        };
        char name[40];
        size_t k = 0;
        snprintf(name, sizeof name, "%.*s", (int)strcspn(p + 1, "}"), p + 1);
        while (known[k].name && strcmp(known[k].name, name) != 0) k++;
        parameter(j, "path", name, true, known[k].doc);
        json_raw(j, known[k].schema);
        json_obj_end(j);
    }
}

static void parameters(struct json *j, const struct route *r)
{
    bool writes = strcmp(r->method, "GET") != 0;
    json_key(j, "parameters");
    json_arr(j);
    path_parameters(j, r->path);
    for (const struct field *f = r->query ? r->query->fields : NULL; f && f->kind != K_END; f++) {
        parameter(j, "query", f->name, f->required, f->doc);
        struct field plain = *f;
        plain.nullable = false;
        plain.doc = NULL;
        schema_field(j, &plain, DIR_IN);
        json_obj_end(j);
    }
    if (writes && (r->fails & FAILS(RC_STALE))) {
        parameter(j, "header", "If-Match", false, "The version the change is based on; another one is answered 412");
        json_raw(j, "{\"type\":\"string\",\"pattern\":\"^\\\"[0-9]{1,15}\\\"$\"}");
        json_obj_end(j);
    }
    if (r->flags & R_IDEMPOTENT) {
        parameter(j, "header", "Idempotency-Key", false, "A retry with the same key and body gets the first answer; another body gets 422");
        json_raw(j, "{\"type\":\"string\",\"minLength\":1,\"maxLength\":255,\"pattern\":\"^[!-~]{1,255}$\"}");
        json_obj_end(j);
    }
    json_arr_end(j);
}

/* ---- responses ----------------------------------------------------------------------------------------------------- */

static void success_schema(struct json *j, const struct route *r)
{
    json_raw(j, "{\"type\":\"object\",\"required\":[\"success\",\"data\",\"meta\"],\"properties\":{\"success\":{\"const\":true},\"data\":");
    if (r->flags & R_LIST) {
        buf_puts(j->out, "{\"type\":\"array\",\"items\":");
        struct json inner = json_to(j->out);
        schema_object(&inner, r->out, DIR_OUT);
        buf_puts(j->out, "}");
    } else {
        struct json inner = json_to(j->out);
        schema_object(&inner, r->out, DIR_OUT);
    }
    buf_puts(j->out, ",\"meta\":{\"$ref\":\"#/components/schemas/Meta\"}}}");
}

/* An answer with a version has an ETag, and If-None-Match may be answered without a body. */
static void not_modified(struct json *j, const struct route *r)
{
    const struct field *f = r->out && !(r->flags & R_LIST) && strcmp(r->method, "GET") == 0 ? r->out->fields : NULL;
    while (f && f->kind != K_END && strcmp(f->name, "version") != 0) f++;
    if ((!f || f->kind == K_END) && !(r->flags & R_CALENDAR)) return;
    json_key(j, "304");
    json_raw(j, "{\"description\":\"Not modified: If-None-Match names this version; no content\"}");
}

static void success(struct json *j, const struct route *r)
{
    char status[8];
    snprintf(status, sizeof status, "%d", r->ok);
    json_key(j, status);
    json_obj(j);
    json_kstr(j, "description", r->ok == 204 ? "Done; no content" : r->ok == 303 ? "On to a page of the program; no content" : r->ok == 201 ? "Created" : "OK");
    if (r->ok != 204 && r->ok != 303) {
        json_key(j, "content");
        json_obj(j);
        if (r->flags & (R_STREAM | R_CALENDAR | R_CSV | R_PDF)) {
            json_key(j, r->flags & R_STREAM ? "text/event-stream" : r->flags & R_CSV ? "text/csv" : r->flags & R_PDF ? "application/pdf" : "text/calendar");
            json_raw(j, "{\"schema\":{\"type\":\"string\"}}");
        } else {
            json_key(j, "application/json");
            json_obj(j);
            json_key(j, "schema");
            success_schema(j, r);
            json_obj_end(j);
        }
        json_obj_end(j);
    }
    json_obj_end(j);
}

static unsigned all_fails(const struct route *r)
{
    unsigned f = r->fails | FAILS(RC_BAD_REQUEST) | FAILS(RC_LIMITED) | FAILS(RC_BUSY) | FAILS(RC_INVALID);
    bool writes = strcmp(r->method, "GET") != 0;
    if (r->perm != PERM_PUBLIC) f |= FAILS(RC_UNAUTHENTICATED) | FAILS(RC_FORBIDDEN);
    if (writes) f |= FAILS(RC_CSRF) | FAILS(RC_TOO_LARGE); /* a large body is refused also where none is taken */
    if (r->in) f |= FAILS(RC_MEDIA_TYPE);
    if (strchr(r->path, '{')) f |= FAILS(RC_NOT_FOUND);
    if (r->flags & R_IDEMPOTENT) f |= FAILS(RC_KEY_REUSED);
    return f;
}

/* One response per status; its codes in the description. */
static void failures(struct json *j, const struct route *r)
{
    unsigned fails = all_fails(r);
    for (int i = 1; i < RC_N_OUTCOMES; i++) {
        int status = outcome_row((enum rc)i)->status;
        bool first = fails & FAILS(i);
        for (int k = 1; k < i; k++) first = first && !((fails & FAILS(k)) && outcome_row((enum rc)k)->status == status);
        if (!first) continue;
        char key[8], text[300] = "";
        for (int k = i; k < RC_N_OUTCOMES; k++)
            if ((fails & FAILS(k)) && outcome_row((enum rc)k)->status == status) {
                size_t n = strlen(text);
                snprintf(text + n, sizeof text - n, "%s%s: %s", n ? "; " : "", outcome_row((enum rc)k)->code, outcome_row((enum rc)k)->sentence);
            }
        snprintf(key, sizeof key, "%d", status);
        json_key(j, key);
        json_obj(j);
        json_kstr(j, "description", text);
        json_key(j, "content");
        json_raw(j, "{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/Failure\"}}}");
        json_obj_end(j);
    }
}

static void operation_id(char out[96], const struct route *r)
{
    size_t n = 0;
    for (const char *p = r->method; *p; p++) out[n++] = (char)tolower((unsigned char)*p);
    bool upper = true;
    for (const char *p = r->path; *p && n < 90; p++) {
        if (!isalnum((unsigned char)*p)) upper = true;
        else {
            out[n++] = upper ? (char)toupper((unsigned char)*p) : *p;
            upper = false;
        }
    }
    out[n] = 0;
}

static void operation(struct json *j, const struct compiled_route *c)
{
    const struct route *r = c->route;
    char method[12] = "", id[96];
    for (size_t i = 0; i < sizeof method - 1 && r->method[i]; i++) method[i] = (char)tolower((unsigned char)r->method[i]);
    operation_id(id, r);
    json_key(j, method);
    json_obj(j);
    json_kstr(j, "operationId", id);
    json_kstr(j, "summary", r->summary);
    if (r->doc) json_kstr(j, "description", r->doc);
    json_key(j, "tags");
    json_arr(j);
    json_str(j, c->module->name);
    json_arr_end(j);
    json_key(j, "security");
    json_raw(j, r->perm == PERM_PUBLIC ? "[]" : "[{\"bearer\":[]},{\"cookie\":[],\"csrf\":[]}]");
    for (int i = 0; i < PERM_N; i++)
        if (r->perm < PERM_SIGNED_IN && (r->perm >> i & 1)) json_kstr(j, "x-permission", perm_rows[i].name);
    parameters(j, r);
    if (r->flags & R_ONE_CLICK) {
        json_key(j, "requestBody");
        json_raw(j, "{\"description\":\"Not looked at\",\"required\":false,\"content\":{\"*/*\":{}}}");
    }
    if (r->flags & R_RAW) {
        json_key(j, "requestBody");
        json_raw(j, "{\"description\":\"Somebody else's: its own protocol says what, and it is signed\",\"required\":true,\"content\":{\"*/*\":{}}}");
    }
    if (r->in) {
        json_key(j, "requestBody");
        json_obj(j);
        json_kbool(j, "required", true);
        json_key(j, "content");
        json_obj(j);
        json_key(j, "application/json");
        json_obj(j);
        json_key(j, "schema");
        schema_object(j, r->in, DIR_IN);
        json_obj_end(j);
        json_obj_end(j);
        json_obj_end(j);
    }
    json_key(j, "responses");
    json_obj(j);
    success(j, r);
    not_modified(j, r);
    failures(j, r);
    json_obj_end(j);
    json_obj_end(j);
}

static const char components[] =
    "{\"securitySchemes\":{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"description\":\"Token of POST /auth/token\"},"
    "\"cookie\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"__Host-clinicd\"},"
    "\"csrf\":{\"type\":\"apiKey\",\"in\":\"header\",\"name\":\"X-CSRF-Token\"}},"
    "\"schemas\":{\"Meta\":{\"type\":\"object\",\"required\":[\"timestamp\",\"cached\"],\"properties\":{\"timestamp\":{\"type\":\"string\",\"format\":\"date-time\"},"
    "\"cached\":{\"type\":\"boolean\"},\"pagination\":{\"type\":\"object\",\"required\":[\"page\",\"limit\",\"total\",\"pages\",\"next_cursor\"],\"properties\":"
    "{\"page\":{\"type\":[\"integer\",\"null\"]},\"limit\":{\"type\":\"integer\"},\"total\":{\"type\":[\"integer\",\"null\"]},\"pages\":{\"type\":[\"integer\",\"null\"]},"
    "\"next_cursor\":{\"type\":[\"string\",\"null\"]}}}}},"
    "\"Failure\":{\"type\":\"object\",\"required\":[\"success\",\"error\",\"code\",\"details\"],\"properties\":{\"success\":{\"const\":false},"
    "\"error\":{\"type\":\"string\"},\"code\":{\"type\":\"string\"},\"details\":{\"type\":[\"object\",\"null\"]},\"request_id\":{\"type\":[\"string\",\"null\"]}}}}}";

void openapi_write(const struct app *app, struct buf *out)
{
    struct json j = json_to(out);
    json_obj(&j);
    json_kstr(&j, "openapi", "3.1.0");
    json_key(&j, "info");
    json_obj(&j);
    json_kstr(&j, "title", "clinicd");
    json_kstr(&j, "version", app->version);
    json_kstr(&j, "description", "Appointments, clients and everything around them, for many clinics at once. Times are RFC 3339 in UTC, zones are IANA "
                                 "names, money is integer minor units with an ISO 4217 code, ids are UUIDs.");
    json_key(&j, "license");
    json_raw(&j, "{\"name\":\"Apache-2.0\",\"identifier\":\"Apache-2.0\"}");
    json_obj_end(&j);
    json_key(&j, "servers");
    json_raw(&j, "[{\"url\":\"" API_PREFIX "\"}]");
    json_key(&j, "paths");
    json_obj(&j);
    for (size_t i = 0; i < app->n_routes; i++) {
        const char *path = app->routes[i].route->path;
        bool seen = false;
        for (size_t k = 0; k < i; k++) seen = seen || strcmp(app->routes[k].route->path, path) == 0;
        if (seen) continue;
        json_key(&j, path);
        json_obj(&j);
        for (size_t k = i; k < app->n_routes; k++)
            if (strcmp(app->routes[k].route->path, path) == 0) operation(&j, &app->routes[k]);
        json_obj_end(&j);
    }
    json_obj_end(&j);
    json_key(&j, "components");
    json_raw(&j, components);
    json_obj_end(&j);
    buf_putc(out, '\n');
}
