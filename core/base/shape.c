/* shape.c - writing, comparing and overlaying structs by their shape tables. Reading input is http/shape_in.c. */
#include "core/base/shape.h"
#include <string.h>

static void write_scalar(struct json *j, enum kind kind, const struct field *f, const void *at)
{
    char text[INSTANT_TEXT + ID_TEXT];
    switch (kind) {
    case K_INT: json_int(j, *(const int64_t *)at); return;
    case K_ID: json_plain(j, id_format(*(const struct id *)at, text)); return;
    case K_INSTANT: json_plain(j, instant_format(*(const int64_t *)at, text)); return;
    case K_DATE: json_plain(j, date_format(*(const int64_t *)at, text)); return;
    case K_TIME: json_plain(j, time_of_day_format(*(const int64_t *)at, text)); return;
    case K_BOOL: json_bool(j, *(const bool *)at); return;
    case K_ENUM: json_plain(j, f->names[*(const int64_t *)at]); return;
    case K_JSON: json_raw(j, *(const char *const *)at); return;
    case K_SECRET: json_nil(j); return;
    default: json_str(j, *(const char *const *)at);
    }
}

static bool is_text(enum kind k)
{
    return (k >= K_STR && k <= K_SECRET) || k == K_JSON;
}

static bool is_number(enum kind k)
{
    return k == K_INT || k == K_INSTANT || k == K_DATE || k == K_TIME || k == K_ENUM;
}

/* No value: NULL text or object, nil id, NONE. */
static bool is_none(const struct field *f, const void *at)
{
    if (is_text(f->kind)) return *(const char *const *)at == NULL;
    if (is_number(f->kind)) return *(const int64_t *)at == NONE;
    if (f->kind == K_ID) return id_is_nil(*(const struct id *)at);
    if (f->kind == K_OBJ) return *(const void *const *)at == NULL;
    return false;
}

static size_t scalar_size(enum kind k)
{
    return k == K_ID ? sizeof(struct id) : is_number(k) ? sizeof(int64_t) : k == K_BOOL ? sizeof(bool) : sizeof(char *);
}

static void write_list(struct json *j, const struct field *f, const struct list *l)
{
    size_t size = f->shape ? f->shape->size : scalar_size(f->elem);
    json_arr(j);
    for (size_t i = 0; i < l->n; i++) {
        const void *item = (const char *)l->items + i * size;
        if (f->shape) shape_write(j, f->shape, item);
        else write_scalar(j, f->elem, f, item);
    }
    json_arr_end(j);
}

static void write_value(struct json *j, const struct field *f, const void *at)
{
    if (is_none(f, at)) {
        if (is_text(f->kind) && f->kind != K_JSON && !f->nullable) json_str(j, "");
        else json_nil(j);
    } else if (f->kind == K_LIST) {
        write_list(j, f, at);
    } else if (f->kind == K_OBJ) {
        shape_write(j, f->shape, *(const void *const *)at);
    } else {
        write_scalar(j, f->kind, f, at);
    }
}

void shape_write(struct json *j, const struct shape *s, const void *value)
{
    json_obj(j);
    for (const struct field *f = s->fields; f->kind != K_END; f++) {
        json_key_plain(j, f->name);
        write_value(j, f, (const char *)value + f->off);
    }
    json_obj_end(j);
}

static bool same(const struct field *f, const void *a, const void *b);

static bool same_rows(const struct shape *s, const struct list *a, const struct list *b)
{
    for (size_t i = 0; i < a->n; i++)
        for (const struct field *f = s->fields; f->kind != K_END; f++)
            if (!same(f, (const char *)a->items + i * s->size + f->off, (const char *)b->items + i * s->size + f->off)) return false;
    return true;
}

static bool same_list(const struct field *f, const struct list *a, const struct list *b)
{
    if (a->n != b->n) return false;
    if (f->shape) return same_rows(f->shape, a, b);
    if (f->elem == K_STR) return a->n == 0; /* compared by the caller's own text when it matters */
    return a->n == 0 || memcmp(a->items, b->items, a->n * scalar_size(f->elem)) == 0;
}

static bool same(const struct field *f, const void *a, const void *b)
{
    if (is_text(f->kind)) {
        const char *x = *(const char *const *)a, *y = *(const char *const *)b;
        return (!x || !*x) ? (!y || !*y) : y && strcmp(x, y) == 0;
    }
    if (is_number(f->kind)) return *(const int64_t *)a == *(const int64_t *)b;
    if (f->kind == K_BOOL) return *(const bool *)a == *(const bool *)b;
    if (f->kind == K_ID) return id_eq(*(const struct id *)a, *(const struct id *)b);
    if (f->kind == K_LIST) return same_list(f, a, b);
    return true; /* nested objects have audit entries of their own */
}

static bool is_empty(const struct field *f, const void *at)
{
    if (f->kind == K_LIST) return ((const struct list *)at)->n == 0;
    if (f->kind == K_BOOL) return !*(const bool *)at;
    if (is_text(f->kind)) return str_empty(*(const char *const *)at);
    return is_none(f, at);
}

static void diff_side(struct json *j, const struct field *f, const void *value)
{
    if (value && !is_empty(f, (const char *)value + f->off)) write_value(j, f, (const char *)value + f->off);
    else json_nil(j);
}

const char *shape_diff(struct arena *a, const struct shape *s, const void *before, const void *after)
{
    CLEANUP(buf_free) struct buf out = { 0 };
    const char *one = before ? before : after;
    ASSERT(one);
    buf_init(&out, 64 * 1024);
    struct json j = json_to(&out);
    json_obj(&j);
    for (const struct field *f = s->fields; f->kind != K_END; f++) {
        const char *x = before ? (const char *)before + f->off : NULL, *y = after ? (const char *)after + f->off : NULL;
        if (f->kind == K_SECRET || f->kind == K_OBJ || f->kind == K_JSON) continue;
        if (x && y ? same(f, x, y) : is_empty(f, one + f->off)) continue;
        json_key(&j, f->name);
        json_arr(&j);
        diff_side(&j, f, before);
        diff_side(&j, f, after);
        json_arr_end(&j);
    }
    json_obj_end(&j);
    return out.failed ? "{}" : arena_strndup(a, out.data, out.len);
}

static size_t field_size(const struct field *f)
{
    return f->kind == K_LIST ? sizeof(struct list) : scalar_size(f->kind);
}

void shape_overlay(const struct shape *from_shape, const void *from, const struct shape *to_shape, void *to)
{
    const struct present *p = from;
    ASSERT(from_shape->patch);
    for (const struct field *f = from_shape->fields; f->kind != K_END; f++) {
        if (!present_has(*p, from_shape->fields, f)) continue;
        const struct field *t = to_shape->fields;
        while (t->kind != K_END && strcmp(t->name, f->name) != 0) t++;
        ASSERT(t->kind != K_END && field_size(t) == field_size(f));
        memcpy((char *)to + t->off, (const char *)from + f->off, field_size(f));
    }
}

int64_t enum_find(const char *const *names, const char *name)
{
    for (int64_t i = 0; names[i]; i++)
        if (strcmp(names[i], name) == 0) return i;
    return -1;
}
