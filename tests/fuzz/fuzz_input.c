/* fuzz_input.c - JSON bodies and query strings through the shapes: never a crash, and what is accepted writes out as JSON again. */
#include "core/http/shape_in.h"
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const colours[] = { "red", "green", NULL };
struct inner { const char *text; int64_t n; };
static const struct field inner_fields[] = { F_STR(struct inner, text, .required = true, .max = 20, .doc = "t"), F_INT(struct inner, n, .min = -5, .max = 5, .doc = "n"), F_END };
static const struct shape inner_shape = SHAPE(inner, inner_fields);
struct outer {
    struct present present;
    const char *name, *email, *phone, *slug, *zone, *currency, *color, *secret;
    int64_t count, when, day, at, colour;
    bool flag;
    struct id id;
    const void *one;
    struct list many, ids, numbers;
};
static const struct field fields[] = { F_STR(struct outer, name, .required = true, .max = 50, .doc = "d"), F_TEXT(K_EMAIL, struct outer, email, .nullable = true, .doc = "d"),
    F_TEXT(K_PHONE, struct outer, phone, .nullable = true, .doc = "d"), F_TEXT(K_SLUG, struct outer, slug, .doc = "d"), F_TEXT(K_ZONE, struct outer, zone, .doc = "d"),
    F_TEXT(K_CURRENCY, struct outer, currency, .doc = "d"), F_TEXT(K_COLOR, struct outer, color, .doc = "d"), F_TEXT(K_SECRET, struct outer, secret, .doc = "d"),
    F_INT(struct outer, count, .max = 100, .doc = "d"), F_INSTANT(struct outer, when, .nullable = true, .doc = "d"), F_DATE(struct outer, day, .nullable = true, .doc = "d"),
    F_TIME(struct outer, at, .nullable = true, .doc = "d"), F_ENUM(struct outer, colour, colours, .doc = "d"), F_BOOL(struct outer, flag, .doc = "d"),
    F_ID(struct outer, id, .nullable = true, .doc = "d"), F_OBJ(struct outer, one, &inner_shape, .nullable = true, .doc = "d"),
    F_LIST(struct outer, many, &inner_shape, .max = 5, .doc = "d"), F_SCALARS(struct outer, ids, K_ID, .max = 5, .doc = "d"),
    F_SCALARS(struct outer, numbers, K_INT, .doc = "d"), F_END };
static const struct shape shapes[] = { SHAPE(outer, fields), SHAPE_PATCH("outer_patch", outer, fields) };
static const struct field query_fields[] = { F_STR(struct outer, name, .doc = "d"), F_INT(struct outer, count, .max = 100, .doc = "d"), F_BOOL(struct outer, flag, .doc = "d"),
    F_DATE(struct outer, day, .nullable = true, .doc = "d"), F_ID(struct outer, id, .doc = "d"), F_ENUM(struct outer, colour, colours, .doc = "d"), F_END };
static const struct shape query_shape = SHAPE(outer, query_fields);

static void body(struct arena *a, const struct shape *s, const char *text, size_t len)
{
    struct input_errors e = { .arena = a };
    void *out = NULL;
    const char *why = NULL;
    if (shape_read_body(&e, s, text, len, &out, &why) != RC_OK) return;
    CLEANUP(buf_free) struct buf b = { 0 };
    buf_init(&b, 1 << 20);
    struct json j = json_to(&b);
    shape_write(&j, s, out);
    json_t *doc = json_loadb(b.data, b.len, JSON_REJECT_DUPLICATES, NULL);
    if (!doc && !b.failed) abort();
    json_decref(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(1 << 20);
    char *text = malloc(size + 1);
    struct input_errors e = { .arena = a };
    void *out = NULL;
    const char *why = NULL;
    if (!a || !text) abort();
    memcpy(text, data, size);
    text[size] = 0;
    body(a, &shapes[0], text, size);
    body(a, &shapes[1], text, size);
    enum rc rc = shape_read_query(&e, &query_shape, text, &out, &why);
    if (rc == RC_INVALID && e.n == 0) abort();
    free(text);
    arena_free(a);
    return 0;
}
