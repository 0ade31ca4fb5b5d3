/* api_doc.c - see api.h: judges every answer by the OpenAPI document the running program serves. */
#include "tests/lib/api.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_MAX = 40 };
json_t *api_document;
static _Atomic int complaints;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void api_complain(const char *fmt, ...)
{
    va_list args;
    if (atomic_fetch_add(&complaints, 1) >= SHOWN_MAX) return;
    pthread_mutex_lock(&lock);
    va_start(args, fmt);
    fputs("  answer: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
    pthread_mutex_unlock(&lock);
}

int api_complaints(void)
{
    return atomic_exchange(&complaints, 0);
}

void api_document_load(void)
{
    struct answer *a = api_get(&nobody, "/openapi.json");
    json_t *doc = a->status == 200 ? json_incref(a->json) : NULL;
    if (!doc) api_complain("openapi.json: %d", a->status);
    api_document = doc;
}

void api_document_drop(void)
{
    json_decref(api_document);
    api_document = NULL;
}

/* "/clients/{id}" fits "/clients/x?y". Literal segments count more: the score, or -1. */
static int fit(const char *template, const char *path)
{
    int score = 0;
    size_t end = strcspn(path, "?");
    const char *stop = path + end;
    while (*template && path < stop) {
        size_t a = strcspn(template + 1, "/") + 1, b = strcspn(path + 1, "/?") + 1;
        if (template[1] != '{') {
            if (a != b || strncmp(template, path, a) != 0) return -1;
            score += 1;
        }
        template += a;
        path += b;
    }
    return *template || path < stop ? -1 : score;
}

json_t *api_operation(const char *method, const char *path)
{
    const char *key;
    json_t *item, *best = NULL;
    int score = -1;
    char lower[12];
    size_t n = 0;
    for (; method[n] && n < sizeof lower - 1; n++) lower[n] = (char)(method[n] | 0x20);
    lower[n] = 0;
    if (strcmp(lower, "head") == 0) snprintf(lower, sizeof lower, "get");
    json_object_foreach(json_object_get(api_document, "paths"), key, item)
    {
        int s = fit(key, path);
        if (s <= score || !json_object_get(item, lower)) continue;
        score = s;
        best = json_object_get(item, lower);
    }
    return best;
}

/* ---- schemas: as much of JSON Schema as the document uses --------------------------------------------------------------------- */

static json_t *resolve(json_t *schema)
{
    const char *ref = json_string_value(json_object_get(schema, "$ref"));
    const char *slash = ref ? strrchr(ref, '/') : NULL;
    if (!slash) return schema;
    return json_object_get(json_object_get(json_object_get(api_document, "components"), "schemas"), slash + 1);
}

static bool is_type(const json_t *v, const char *type)
{
    if (strcmp(type, "object") == 0) return json_is_object(v);
    if (strcmp(type, "array") == 0) return json_is_array(v);
    if (strcmp(type, "string") == 0) return json_is_string(v);
    if (strcmp(type, "integer") == 0) return json_is_integer(v);
    if (strcmp(type, "boolean") == 0) return json_is_boolean(v);
    return strcmp(type, "null") == 0 && json_is_null(v);
}

static bool type_fits(const json_t *v, const json_t *type)
{
    size_t i;
    json_t *t;
    if (json_is_string(type)) return is_type(v, json_string_value(type));
    json_array_foreach((json_t *)(uintptr_t)type, i, t) if (is_type(v, json_string_value(t))) return true;
    return !type;
}

static bool listed(const json_t *v, const json_t *list)
{
    size_t i;
    json_t *e;
    json_array_foreach((json_t *)(uintptr_t)list, i, e) if (json_equal(e, v)) return true;
    return !list;
}

static bool fits(json_t *schema, json_t *v, char *where, size_t max);

static bool one_fits(json_t *list, json_t *v)
{
    size_t i;
    json_t *s;
    char ignored[200];
    json_array_foreach(list, i, s)
    {
        ignored[0] = 0;
        if (fits(s, v, ignored, sizeof ignored)) return true;
    }
    return !list;
}

static bool under(json_t *schema, json_t *v, const char *name, char *where, size_t max)
{
    size_t n = strlen(where);
    snprintf(where + n, max - n, ".%s", name);
    if (!fits(schema, v, where, max)) return false;
    where[n] = 0;
    return true;
}

static bool members_fit(json_t *schema, json_t *v, char *where, size_t max)
{
    json_t *properties = json_object_get(schema, "properties"), *name, *item;
    const char *key;
    size_t i;
    json_array_foreach(json_object_get(schema, "required"), i, name)
    {
        if (json_object_get(v, json_string_value(name))) continue;
        size_t n = strlen(where);
        snprintf(where + n, max - n, ".%s is missing", json_string_value(name));
        return false;
    }
    json_object_foreach(v, key, item)
    {
        json_t *s = json_object_get(properties, key);
        if (s && !under(s, item, key, where, max)) return false;
        if (s || !properties) continue;
        size_t n = strlen(where);
        snprintf(where + n, max - n, ".%s is not in the document", key);
        return false;
    }
    return true;
}

/* where: the path to what does not fit. */
static bool fits(json_t *schema, json_t *v, char *where, size_t max)
{
    json_t *constant, *items;
    schema = resolve(schema);
    if (!type_fits(v, json_object_get(schema, "type")) || !listed(v, json_object_get(schema, "enum"))) return false;
    if ((constant = json_object_get(schema, "const")) && !json_equal(constant, v)) return false;
    if (!one_fits(json_object_get(schema, "oneOf"), v)) return false;
    if (json_is_object(v)) return members_fit(schema, v, where, max);
    if (!json_is_array(v) || !(items = json_object_get(schema, "items"))) return true;
    for (size_t i = 0; i < json_array_size(v); i++) {
        char name[24];
        snprintf(name, sizeof name, "[%zu]", i);
        if (!under(items, json_array_get(v, i), name, where, max)) return false;
    }
    return true;
}

/* ---- one answer --------------------------------------------------------------------- */

static void judge_headers(const struct answer *a)
{
    static const char *const needed[] = { "X-Content-Type-Options", "Referrer-Policy", "Cross-Origin-Opener-Policy",
        "Cross-Origin-Resource-Policy", "Permissions-Policy", "Content-Security-Policy", "Cache-Control", NULL };
    for (const char *const *h = needed; *h; h++)
        if (!api_header(a, *h)) api_complain("%s %s: %d without %s", a->method, a->path, a->status, *h);
    if (a->status == 503 && !api_header(a, "Retry-After")) api_complain("%s %s: 503 without Retry-After", a->method, a->path);
    if (a->status == 429 && !api_header(a, "Retry-After")) api_complain("%s %s: 429 without Retry-After", a->method, a->path);
    if (a->status == 500) api_complain("%s %s: %.300s", a->method, a->path, a->body);
}

static void judge_failure(const struct answer *a)
{
    const char *id = api_header(a, "X-Request-Id");
    json_t *said = api_json(a, "request_id");
    if (!json_is_false(api_json(a, "success")) || !*api_str(a, "error") || !*api_str(a, "code") || !api_json(a, "details") || !said)
        api_complain("%s %s: %d is not the envelope of a failure: %.300s", a->method, a->path, a->status, a->body);
    if (id && (!json_is_string(said) || strcmp(json_string_value(said), id) != 0))
        api_complain("%s %s: X-Request-Id %s is not the request_id of the body", a->method, a->path, id);
    if (!id) api_complain("%s %s: %d without X-Request-Id", a->method, a->path, a->status);
}

static void judge_success(const struct answer *a, json_t *response)
{
    json_t *content = json_object_get(response, "content");
    json_t *schema = json_object_get(json_object_get(content, "application/json"), "schema");
    char where[400] = "";
    if (!api_header(a, "X-Request-Id")) api_complain("%s %s: %d without X-Request-Id", a->method, a->path, a->status);
    if (!content && a->len) api_complain("%s %s: %d has a body", a->method, a->path, a->status);
    if (schema && !a->json) api_complain("%s %s: not JSON: %.200s", a->method, a->path, a->body);
    else if (schema && !fits(schema, a->json, where, sizeof where))
        api_complain("%s %s: the answer is not as documented at %s: %.300s", a->method, a->path, where, a->body);
}

void api_judge(const struct answer *a)
{
    bool api = a->path[0] == '/' && a->path[1] != '/' && strncmp(a->path, "/openapi.json", 13) != 0;
    judge_headers(a);
    if (!api || !api_document || strcmp(a->method, "HEAD") == 0) return;
    if (a->status >= 400) judge_failure(a);
    json_t *op = api_operation(a->method, a->path);
    char status[16];
    snprintf(status, sizeof status, "%d", a->status);
    json_t *response = op ? json_object_get(json_object_get(op, "responses"), status) : NULL;
    if (op && !response && a->status != 304) api_complain("%s %s: %d is not documented: %.200s", a->method, a->path, a->status, a->body);
    if (!op && a->status != 404 && a->status != 405 && a->status != 400 && a->status != 501)
        api_complain("%s %s: %d from an address that is not documented", a->method, a->path, a->status);
    if (response && a->status < 300) judge_success(a, response);
}
