/* shape_in.c - see shape_in.h. jansson reads JSON; the checks of each kind are here. */
#include "core/http/shape_in.h"
#include "core/core.h"
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void input_error(struct input_errors *e, const char *field, const char *problem)
{
    if (e->n < FIELD_ERRORS_MAX) e->at[e->n++] = (struct field_error){ arena_strdup(e->arena, field), arena_strdup(e->arena, problem) };
}

/* ---- text ---------------------------------------------------------------------------------------------------- */

static bool has_control(const char *s)
{
    for (; *s; s++)
        if (((unsigned char)*s < 0x20 && *s != '\n' && *s != '\t' && *s != '\r') || *s == 0x7f) return true;
    return false;
}

/* Bytes of the white space that s begins with, 0: none. Also what looks like nothing outside ASCII: a name of no-break
 * spaces is empty. s is valid UTF-8 and NUL-terminated. */
static size_t space_length(const char *s)
{
    static const char *const wide[] = { "\xc2\x85", "\u00a0", "\u1680", "\u2028", "\u2029", "\u202f", "\u205f", "\u3000", "\ufeff" };
    if (isspace((unsigned char)*s)) return 1;
    if ((unsigned char)*s < 0x80) return 0;
    for (size_t i = 0; i < ARRAY_LEN(wide); i++)
        if (str_starts(s, wide[i])) return strlen(wide[i]);
    return (unsigned char)s[0] == 0xe2 && (unsigned char)s[1] == 0x80 && (unsigned char)s[2] >= 0x80 && (unsigned char)s[2] <= 0x8b ? 3 : 0; /* U+2000..U+200B */
}

static const char *trimmed(struct arena *a, const char *s)
{
    size_t end = 0, n;
    while ((n = space_length(s))) s += n;
    for (size_t at = 0; s[at]; at += n ? n : 1)
        if (!(n = space_length(s + at))) end = at + 1; /* inside a letter no byte looks like the first one of a space */
    return arena_strndup(a, s, end);
}

static bool is_slug(const char *s)
{
    size_t n = strlen(s);
    return n && s[0] != '-' && s[n - 1] != '-' && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static bool is_color(const char *s)
{
    return s[0] == '#' && strlen(s) == 7 && strspn(s + 1, "0123456789abcdefABCDEF") == 6;
}

static const char *read_phone(struct arena *a, const char *s, const char **out)
{
    const char *e164 = phone_normal(a, s, NULL);
    size_t digits = 0;
    for (const char *p = s; *p; p++) digits += isdigit((unsigned char)*p) != 0;
    if (s[strspn(s, "+0123456789 ().-/")] || digits < 5 || digits > 15) return "must be a telephone number";
    *out = e164 ? e164 : s;
    return NULL;
}

/* What is wrong with text s as kind, or NULL and *out. s is trimmed, not empty. */
static const char *read_special(struct arena *a, enum kind kind, const char *s, const char **out)
{
    *out = s;
    switch (kind) {
    case K_EMAIL: return (*out = email_normal(a, s)) ? NULL : "must be an e-mail address";
    case K_PHONE: return read_phone(a, s, out);
    case K_SLUG: return is_slug(s) ? NULL : "must be lower-case letters, digits and hyphens, not at the ends";
    case K_ZONE: return zone_find(s) ? NULL : "must be an IANA time zone such as Europe/Bucharest";
    case K_CURRENCY: return unit_is_currency(s) ? NULL : "must be an ISO 4217 code such as EUR"; /* one whose minor digits are known */
    case K_COLOR: return is_color(s) ? NULL : "must be a colour such as #1a7f5a";
    default: return NULL;
    }
}

static const char *check_length(struct arena *a, const struct field *f, const char *s)
{
    int64_t max = f->max ? f->max : f->kind == K_EMAIL ? 254 : f->kind == K_PHONE ? 30 : 500;
    int64_t n = (int64_t)utf8_length(s);
    if (n > max) return arena_printf(a, "must be at most %lld characters long", (long long)max);
    if (n < f->min) return arena_printf(a, "must be at least %lld characters long", (long long)f->min);
    return NULL;
}

static const char *read_text(struct arena *a, const struct field *f, const char *s, const char **out)
{
    *out = NULL;
    if (has_control(s)) return "must not contain control characters";
    s = f->kind == K_SECRET ? arena_strdup(a, s) : trimmed(a, s); /* a copy: the JSON document goes away */
    if (!*s) return f->required ? "is required" : NULL;
    const char *bad = check_length(a, f, s);
    return bad ? bad : read_special(a, f->kind, s, out);
}

/* ---- numbers and the like, from text ----------------------------------------------------------------------------- */

static const char *check_range(struct arena *a, const struct field *f, int64_t v)
{
    int64_t max = f->max || f->min ? f->max : INT64_MAX;
    if (v < f->min || v > max)
        return max == INT64_MAX ? arena_printf(a, "must be at least %lld", (long long)f->min)
                                : arena_printf(a, "must be between %lld and %lld", (long long)f->min, (long long)max);
    return NULL;
}

static const char *enum_problem(struct arena *a, const char *const *names)
{
    struct buf b CLEANUP(buf_free) = { 0 };
    buf_init(&b, 2000);
    buf_puts(&b, "must be one of ");
    for (size_t i = 0; names[i]; i++) buf_printf(&b, "%s%s", i ? ", " : "", names[i]);
    return arena_strdup(a, buf_str(&b));
}

/* Kinds that stand as text in JSON and in query strings alike. */
static const char *read_texty(struct arena *a, const struct field *f, enum kind kind, const char *s, void *at)
{
    switch (kind) {
    case K_ID: return id_parse(s, at) && !id_is_nil(*(struct id *)at) ? NULL : "must be an id (UUID)";
    case K_INSTANT: return instant_parse(s, at) ? NULL : "must be an RFC 3339 instant such as 2026-11-23T09:00:00Z, between 1900 and 2199";
    case K_DATE: return date_parse(s, at) ? NULL : "must be a date such as 2026-11-23, between 1900 and 2199";
    case K_TIME: return time_of_day_parse(s, at) ? NULL : "must be a time of day such as 09:30";
    case K_ENUM:
        *(int64_t *)at = enum_find(f->names, s);
        return *(int64_t *)at >= 0 ? NULL : enum_problem(a, f->names);
    default: return read_text(a, f, s, at);
    }
}

/* ---- JSON ---------------------------------------------------------------------------------------------------------- */

static void read_object(struct input_errors *e, const struct shape *s, const json_t *doc, const char *path, void *out);

static const char *read_integer(struct arena *a, const struct field *f, const json_t *v, int64_t *out)
{
    if (json_is_integer(v)) {
        *out = json_integer_value(v);
    } else if (json_is_real(v) && json_real_value(v) == floor(json_real_value(v)) && fabs(json_real_value(v)) < 9007199254740992.0) {
        *out = (int64_t)json_real_value(v); /* 3.0 is an integer to JSON Schema */
    } else {
        return "must be a whole number";
    }
    return check_range(a, f, *out);
}

static const char *read_scalar(struct input_errors *e, const struct field *f, enum kind kind, const json_t *v, void *at)
{
    if (kind == K_INT) return read_integer(e->arena, f, v, at);
    if (kind == K_BOOL) {
        if (!json_is_boolean(v)) return "must be true or false";
        *(bool *)at = json_is_true(v);
        return NULL;
    }
    if (!json_is_string(v)) return "must be a string";
    return read_texty(e->arena, f, kind, json_string_value(v), at);
}

static size_t elem_size(const struct field *f)
{
    if (f->shape) return f->shape->size;
    return f->elem == K_ID ? sizeof(struct id) : f->elem == K_STR ? sizeof(char *) : sizeof(int64_t);
}

/* A list of ids is a set: what stands twice would be linked, claimed or counted twice. At most a few hundred. */
static void check_unique(struct input_errors *e, const struct id *ids, size_t n, const char *path)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (id_eq(ids[i], ids[k]) && !id_is_nil(ids[i])) {
                input_error(e, arena_printf(e->arena, "%s[%zu]", path, i), "stands twice");
                break;
            }
}

static const char *read_list(struct input_errors *e, const struct field *f, const json_t *v, const char *path, struct list *out)
{
    size_t max = f->max ? (size_t)f->max : 100, size = elem_size(f);
    if (!json_is_array(v)) return "must be an array";
    size_t n = json_array_size(v);
    if (n > max) return arena_printf(e->arena, "must have at most %zu items", max);
    if ((int64_t)n < f->min) return arena_printf(e->arena, "must have at least %lld item%s", (long long)f->min, f->min == 1 ? "" : "s");
    char *items = arena_alloc(e->arena, n * size + 1);
    if (!items) return NULL;
    const struct field each = { .kind = f->elem, .required = true }; /* the list's own limits count items, not letters */
    for (size_t i = 0; i < n; i++) {
        const char *at = arena_printf(e->arena, "%s[%zu]", path, i);
        const json_t *item = json_array_get(v, i);
        const char *bad = NULL;
        if (!f->shape) bad = read_scalar(e, &each, f->elem, item, items + i * size);
        else if (json_is_object(item)) read_object(e, f->shape, item, at, items + i * size);
        else bad = "must be an object";
        if (bad) input_error(e, at, bad);
    }
    if (f->elem == K_ID && !f->shape) check_unique(e, (const struct id *)(const void *)items, n, path);
    *out = (struct list){ items, n };
    return NULL;
}

static const char *read_member(struct input_errors *e, const struct field *f, const json_t *v, const char *path, void *at)
{
    if (f->kind == K_LIST) return read_list(e, f, v, path, at);
    if (f->kind != K_OBJ) return read_scalar(e, f, f->kind, v, at);
    if (!json_is_object(v)) return "must be an object";
    void *inner = arena_alloc(e->arena, f->shape->size);
    if (inner) read_object(e, f->shape, v, path, inner);
    *(const void **)at = inner;
    return NULL;
}

/* The value of a member that was not sent, or was null. */
static void set_default(const struct field *f, void *at)
{
    switch (f->kind) {
    case K_INT: case K_INSTANT: case K_DATE: case K_TIME: case K_ENUM: *(int64_t *)at = f->nullable ? NONE : f->def; break;
    case K_BOOL: *(bool *)at = f->def != 0; break;
    case K_ID: *(struct id *)at = ID_NIL; break;
    case K_LIST: *(struct list *)at = (struct list){ NULL, 0 }; break;
    default: *(const char **)at = NULL;
    }
}

static void read_object(struct input_errors *e, const struct shape *s, const json_t *doc, const char *path, void *out)
{
    size_t known = 0;
    for (const struct field *f = s->fields; f->kind != K_END; f++) {
        const json_t *v = json_object_get(doc, f->name);
        const char *at = *path ? arena_printf(e->arena, "%s.%s", path, f->name) : f->name, *bad = NULL;
        known += v != NULL;
        if (s->patch && v) ((struct present *)out)->bits |= 1ull << (f - s->fields);
        set_default(f, (char *)out + f->off);
        if (!v || json_is_null(v)) {
            if (f->required && (v || !s->patch)) bad = v ? "must not be null" : "is required";
            else if (v && s->patch && !f->nullable) bad = "must not be null";
        } else {
            bad = read_member(e, f, v, at, (char *)out + f->off);
        }
        if (bad) input_error(e, at, bad);
    }
    if (s->loose || json_object_size(doc) == known) return;
    const char *key;
    json_t *v;
    json_object_foreach((json_t *)(uintptr_t)doc, key, v)
    {
        const struct field *f = s->fields;
        while (f->kind != K_END && strcmp(f->name, key) != 0) f++;
        if (f->kind == K_END) input_error(e, *path ? arena_printf(e->arena, "%s.%.60s", path, key) : arena_printf(e->arena, "%.60s", key), "is not known here");
    }
}

enum rc shape_read_body(struct input_errors *e, const struct shape *s, const char *body, size_t len, void **out, const char **why)
{
    json_error_t err;
    json_t *doc = json_loadb(body, len, JSON_REJECT_DUPLICATES, &err);
    enum rc rc = RC_OK;
    if (!doc || !json_is_object(doc)) {
        *why = doc ? "The body must be a JSON object" : len == 0 ? "The body is empty; a JSON object is expected"
            : arena_printf(e->arena, "The body is not valid JSON (line %d, column %d)", err.line, err.column);
        rc = RC_BAD_REQUEST;
    } else if (!(*out = arena_alloc(e->arena, s->size))) {
        rc = RC_OOM;
    } else {
        read_object(e, s, doc, "", *out);
        rc = arena_failed(e->arena) ? RC_OOM : e->n ? RC_INVALID : RC_OK;
    }
    json_decref(doc);
    return rc;
}

enum rc shape_read_foreign(struct arena *a, const struct shape *s, const char *body, size_t len, void **out)
{
    struct input_errors *e = arena_alloc(a, sizeof *e);
    const char *why = NULL;
    ASSERT(s->loose);
    if (!e) return RC_OOM;
    e->arena = a;
    enum rc rc = shape_read_body(e, s, body, len, out, &why);
    return rc == RC_BAD_REQUEST ? RC_INVALID : rc;
}

/* ---- query string -------------------------------------------------------------------------------------------------- */

static int hex_value(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

const char *percent_decode(struct arena *a, const char *s, size_t len, bool plus)
{
    char *out = arena_alloc(a, len + 1);
    size_t n = 0;
    if (!out) return NULL;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '%') {
            int hi = i + 1 < len ? hex_value(s[i + 1]) : -1, lo = i + 2 < len ? hex_value(s[i + 2]) : -1;
            if (hi < 0 || lo < 0 || hi + lo == 0) return NULL;
            out[n++] = (char)(hi * 16 + lo);
            i += 2;
        } else {
            out[n++] = plus && s[i] == '+' ? ' ' : s[i];
        }
    }
    return utf8_valid(out, n) ? out : NULL;
}

static const char *read_query_value(struct input_errors *e, const struct field *f, const char *value, void *at)
{
    char *end;
    if (f->kind == K_BOOL) {
        if (!str_eq(value, "true") && !str_eq(value, "false")) return "must be true or false";
        *(bool *)at = str_eq(value, "true");
        return NULL;
    }
    if (f->kind != K_INT) return read_texty(e->arena, f, f->kind, value, at);
    errno = 0;
    long long n = strtoll(value, &end, 10);
    if (errno || end == value || *end || isspace((unsigned char)*value) || *value == '+') return "must be a whole number";
    *(int64_t *)at = n;
    return check_range(e->arena, f, n);
}

struct query_read { struct input_errors *e; const struct shape *s; void *out; uint64_t seen; };

static void read_pair(struct query_read *q, const char *name, const char *value)
{
    const struct field *f = q->s ? q->s->fields : NULL;
    while (f && f->kind != K_END && strcmp(f->name, name) != 0) f++;
    if (!f || f->kind == K_END) {
        if (!q->s || !q->s->loose) input_error(q->e, arena_printf(q->e->arena, "%.60s", name), "is not known here");
        return;
    }
    uint64_t bit = 1ull << (f - q->s->fields);
    const char *bad = q->seen & bit ? "stands twice" : *value || f->required ? read_query_value(q->e, f, value, (char *)q->out + f->off) : NULL;
    q->seen |= bit;
    if (bad) input_error(q->e, f->name, bad);
}

enum rc shape_read_query(struct input_errors *e, const struct shape *s, const char *query, void **out, const char **why)
{
    struct query_read q = { e, s, s ? arena_alloc(e->arena, s->size) : NULL, 0 };
    if (s && !q.out) return RC_OOM;
    for (const struct field *f = s ? s->fields : NULL; f && f->kind != K_END; f++) set_default(f, (char *)q.out + f->off);
    for (const char *p = query; *p;) {
        size_t len = strcspn(p, "&"), eq = strcspn(p, "=&");
        const char *name = percent_decode(e->arena, p, eq, true);
        const char *value = eq < len ? percent_decode(e->arena, p + eq + 1, len - eq - 1, true) : "";
        if (!name || !value) {
            *why = "The query string is not valid percent-encoded UTF-8";
            return RC_BAD_REQUEST;
        }
        if (len) read_pair(&q, name, value);
        p += len + (p[len] == '&');
    }
    for (const struct field *f = s ? s->fields : NULL; f && f->kind != K_END; f++)
        if (f->required && !(q.seen & 1ull << (f - s->fields))) input_error(e, f->name, "is required");
    *out = q.out;
    return arena_failed(e->arena) ? RC_OOM : e->n ? RC_INVALID : RC_OK;
}
