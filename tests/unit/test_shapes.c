/* test_shapes.c - input by shapes: every kind, every limit, all problems at once; what PATCH sends; diffs; the permission matrix. */
#include "core/http/shape_in.h"
#include "core/perms.h"
#include "tests/lib/test.h"

static const char *const sizes[] = { "small", "large", NULL };
struct item { const char *name; int64_t n; };
static const struct field item_fields[] = { F_STR(struct item, name, .required = true, .max = 5, .doc = "d"), F_INT(struct item, n, .min = 1, .max = 9, .def = 3, .doc = "d"), F_END };
static const struct shape item_shape = SHAPE(item, item_fields);
struct thing {
    struct present present;
    const char *name, *email, *phone, *slug, *zone, *currency, *color, *secret;
    int64_t count, when, day, at, size;
    bool flag;
    struct id id;
    const void *one;
    struct list many, ids, words;
};
static const struct field fields[] = { F_STR(struct thing, name, .required = true, .min = 2, .max = 10, .doc = "d"),
    F_TEXT(K_EMAIL, struct thing, email, .nullable = true, .doc = "d"), F_TEXT(K_PHONE, struct thing, phone, .nullable = true, .doc = "d"),
    F_TEXT(K_SLUG, struct thing, slug, .doc = "d"), F_TEXT(K_ZONE, struct thing, zone, .doc = "d"), F_TEXT(K_CURRENCY, struct thing, currency, .doc = "d"),
    F_TEXT(K_COLOR, struct thing, color, .doc = "d"), F_TEXT(K_SECRET, struct thing, secret, .doc = "d"), F_INT(struct thing, count, .max = 100, .doc = "d"),
    F_INSTANT(struct thing, when, .nullable = true, .doc = "d"), F_DATE(struct thing, day, .nullable = true, .doc = "d"), F_TIME(struct thing, at, .nullable = true, .doc = "d"),
    F_ENUM(struct thing, size, sizes, .doc = "d"), F_BOOL(struct thing, flag, .def = 1, .doc = "d"), F_ID(struct thing, id, .nullable = true, .doc = "d"),
    F_OBJ(struct thing, one, &item_shape, .nullable = true, .doc = "d"), F_LIST(struct thing, many, &item_shape, .max = 2, .doc = "d"),
    F_SCALARS(struct thing, ids, K_ID, .max = 2, .doc = "d"), F_SCALARS(struct thing, words, K_STR, .min = 1, .max = 2, .doc = "d"), F_END };
static const struct shape full = SHAPE(thing, fields), patch = SHAPE_PATCH("thing_patch", thing, fields);

static struct arena *arena;
static struct input_errors errors;
static const struct thing *out;
static const char *why;

static enum rc body(const struct shape *s, const char *text)
{
    void *p = NULL;
    errors = (struct input_errors){ .arena = arena };
    enum rc rc = shape_read_body(&errors, s, text, strlen(text), &p, &why);
    out = p;
    return rc;
}

static enum rc query(const char *text)
{
    void *p = NULL;
    errors = (struct input_errors){ .arena = arena };
    enum rc rc = shape_read_query(&errors, &full, text, &p, &why);
    out = p;
    return rc;
}

static const char *problem(const char *field)
{
    for (size_t i = 0; i < errors.n; i++)
        if (strcmp(errors.at[i].field, field) == 0) return errors.at[i].problem;
    return NULL;
}

static void test_all_kinds(void)
{
    CHECK_INT(body(&full, "{\"name\":\"  Ann  \",\"email\":\"A@B.Example\",\"phone\":\"+49 30 1234567\",\"slug\":\"a-1\",\"zone\":\"Europe/Bucharest\",\"currency\":\"EUR\","
                          "\"color\":\"#aabbcc\",\"secret\":\" keep \",\"count\":7,\"when\":\"2026-11-23T09:00:00+02:00\",\"day\":\"2026-02-28\",\"at\":\"24:00\",\"size\":\"large\","
                          "\"flag\":false,\"id\":\"01A20129-2e31-71e0-868c-c01bce3b0a1a\",\"one\":{\"name\":\"x\"},\"many\":[{\"name\":\"y\",\"n\":9}],\"ids\":[]}"), RC_OK);
    CHECK_STR(out->name, "Ann");
    CHECK_STR(out->email, "a@b.example");
    CHECK_STR(out->phone, "+49301234567");
    CHECK_STR(out->secret, " keep ");
    CHECK_INT(out->count, 7);
    CHECK_INT(out->when, 1795417200 * USEC_PER_SEC);
    CHECK_INT(out->at, 1440);
    CHECK_INT(out->size, 1);
    CHECK(!out->flag);
    CHECK_INT(((const struct item *)out->one)->n, 3);
    CHECK_INT(LIST_AT(out->many, struct item, 0)->n, 9);
}

/* What looks like nothing is nothing, in every alphabet's spaces; inside a text they stay. */
static void test_spaces(void)
{
    CHECK_INT(body(&full, "{\"name\":\"\\u00a0\\u2003Ann\\u00a0B\\u3000\\ufeff\\n\"}"), RC_OK);
    CHECK_STR(out->name, "Ann\u00a0B");
    CHECK_INT(body(&full, "{\"name\":\"\\u00a0\\u200b \\u2028\"}"), RC_INVALID);
    CHECK_STR(problem("name"), "is required");
    CHECK_INT(body(&full, "{\"name\":\"漢à 🦷\"}"), RC_OK);
    CHECK_STR(out->name, "漢à 🦷");
}

static void test_ids_are_a_set(void)
{
#define ONE "\"01A20129-2e31-71e0-868c-c01bce3b0a1a\""
    CHECK_INT(body(&full, "{\"name\":\"Ann\",\"ids\":[" ONE ",\"01a20129-2e31-71e0-868c-c01bce3b0a1b\"]}"), RC_OK);
    CHECK_INT(body(&full, "{\"name\":\"Ann\",\"ids\":[" ONE ",\"01a20129-2e31-71e0-868c-c01bce3b0a1a\"]}"), RC_INVALID);
    CHECK_STR(problem("ids[1]"), "stands twice");
    CHECK(!problem("ids[0]"));
#undef ONE
}

/* A list's limits count its items; each text has as many letters as texts have. */
static void test_lists_of_text(void)
{
    char long_word[600] = "";
    memset(long_word, 'w', 500);
    CHECK_INT(body(&full, arena_printf(arena, "{\"name\":\"Ann\",\"words\":[\" %s\",\"a\"]}", long_word)), RC_OK);
    CHECK_STR(*LIST_AT(out->words, const char *, 0), long_word);
    CHECK_INT(body(&full, arena_printf(arena, "{\"name\":\"Ann\",\"words\":[\"w%s\",\" \"]}", long_word)), RC_INVALID);
    CHECK_STR(problem("words[0]"), "must be at most 500 characters long");
    CHECK_STR(problem("words[1]"), "is required");
    CHECK_INT(body(&full, "{\"name\":\"Ann\",\"words\":[\"a\",\"b\",\"c\"]}"), RC_INVALID);
    CHECK_STR(problem("words"), "must have at most 2 items");
}

static void test_defaults(void)
{
    CHECK_INT(body(&full, "{\"name\":\"Ann\",\"email\":null}"), RC_OK);
    CHECK(!out->email && out->flag && out->count == 0 && out->when == NONE && id_is_nil(out->id) && out->many.n == 0);
}

static void test_all_problems_at_once(void)
{
    CHECK_INT(body(&full, "{\"name\":\"A\",\"email\":\"nobody\",\"phone\":\"call me\",\"slug\":\"-a\",\"zone\":\"Mars/Base\",\"currency\":\"eur\",\"color\":\"red\",\"count\":101,"
                          "\"when\":\"2026-11-23\",\"day\":\"2026-02-30\",\"at\":\"25:00\",\"size\":\"huge\",\"flag\":1,\"id\":\"x\",\"one\":[],\"many\":[{\"n\":0},{},{}],\"ids\":\"x\",\"more\":1}"), RC_INVALID);
    static const char *const want[] = { "name", "email", "phone", "slug", "zone", "currency", "color", "count", "when", "day", "at", "size", "flag", "id", "one", "many", "ids", "more" };
    for (size_t i = 0; i < ARRAY_LEN(want); i++)
        if (!problem(want[i])) CHECK_STR(want[i], "named");
    CHECK_STR(problem("size"), "must be one of small, large");
}

static void test_nested_paths(void)
{
    CHECK_INT(body(&full, "{\"name\":\"Ann\",\"one\":{\"name\":\"toolong\"},\"many\":[{\"name\":\"a\"},{\"n\":10}]}"), RC_INVALID);
    CHECK_STR(problem("one.name"), "must be at most 5 characters long");
    CHECK_STR(problem("many[1].name"), "is required");
    CHECK_STR(problem("many[1].n"), "must be between 1 and 9");
}

static void test_malformed(void)
{
    static const char *const bad[] = { "", "x", "[1]", "null", "{\"name\":\"a\"", "{\"name\":\"ab\",\"name\":\"cd\"}", "{\"name\":\"\\u0000\"}", "{\"name\":\"\xff\"}", "{\"name\":\"ab\"} x", "{\"count\":1e999,\"name\":\"ab\"}" };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (body(&full, bad[i]) != RC_BAD_REQUEST) CHECK_STR(bad[i], "RC_BAD_REQUEST");
        CHECK(why != NULL);
    }
    CHECK_INT(body(&full, "{\"name\":\"a\\u0007b\"}"), RC_INVALID);
    CHECK_INT(body(&full, "{\"name\":\"   \"}"), RC_INVALID);
    CHECK_STR(problem("name"), "is required");
    CHECK_INT(body(&full, "{\"name\":\"Ann\",\"count\":3.0}"), RC_OK);
    CHECK_INT(body(&full, "{\"name\":\"Ann\",\"count\":3.5}"), RC_INVALID);
}

static void test_deep_nesting(void)
{
    char text[4096] = "{\"name\":";
    memset(text + strlen(text), '[', 4000);
    CHECK_INT(body(&full, text), RC_BAD_REQUEST);
}

static void test_patch(void)
{
    struct thing before = { .name = "Old", .email = "old@example.com", .count = 5, .size = 1 }, after = before;
    CHECK_INT(body(&patch, "{\"email\":null,\"count\":6}"), RC_OK);
    shape_overlay(&patch, out, &full, &after);
    CHECK_STR(after.name, "Old");
    CHECK(!after.email);
    CHECK_INT(after.count, 6);
    CHECK_STR(shape_diff(arena, &full, &before, &after), "{\"email\":[\"old@example.com\",null],\"count\":[5,6]}");
    CHECK_INT(body(&patch, "{\"name\":null}"), RC_INVALID);
    CHECK_INT(body(&patch, "{\"slug\":null}"), RC_INVALID);
    CHECK_STR(problem("slug"), "must not be null");
}

static void test_query(void)
{
    CHECK_INT(query("name=A%6en+B&count=5&flag=false&day=2026-01-31&size=small"), RC_OK);
    CHECK_STR(out->name, "Ann B");
    CHECK_INT(out->count, 5);
    CHECK_INT(query("name=ab&count=x&flag=yes&other=1&count=2"), RC_INVALID);
    CHECK_STR(problem("count"), "must be a whole number");
    CHECK_STR(problem("flag"), "must be true or false");
    CHECK_STR(problem("other"), "is not known here");
    CHECK_INT(query("name=%zz"), RC_BAD_REQUEST);
    CHECK_INT(query("name=%00"), RC_BAD_REQUEST);
    CHECK_INT(query("name=%ff"), RC_BAD_REQUEST);
    CHECK_INT(query("count=1"), RC_INVALID);
    CHECK_STR(problem("name"), "is required");
}

static void test_each_allocation_fails(void)
{
    for (int64_t n = 1; n < 40; n++) {
        struct arena *a = arena_new(1 << 20);
        struct input_errors e = { .arena = a };
        void *p = NULL;
        const char *text = "{\"name\":\"Ann\",\"many\":[{\"name\":\"a\"}],\"one\":{\"name\":\"b\"},\"bad\":1}";
        test_fail_alloc_at = n;
        enum rc rc = shape_read_body(&e, &full, text, strlen(text), &p, &why);
        test_fail_alloc_at = 0;
        CHECK(rc == RC_INVALID || rc == RC_OOM);
        arena_free(a);
    }
}

static void test_matrix(void)
{
    uint64_t all = ((uint64_t)1 << PERM_N) - 1;
    CHECK_INT((int64_t)role_perms(ROLE_OWNER), (int64_t)all);
    CHECK_INT((int64_t)role_perms(ROLE_CLIENT), 0);
    CHECK(!(role_perms(ROLE_VIEWER) & (PERM_SCHEDULE_WRITE | PERM_CLIENTS_WRITE | PERM_SETTINGS_WRITE | PERM_OVERBOOK)));
    CHECK(!(role_perms(ROLE_STAFF) & (PERM_SETTINGS_WRITE | PERM_TEAM_WRITE | PERM_AUDIT_READ)));
    CHECK_INT((int64_t)role_perms(99), 0);
    for (int i = 0; i < PERM_N; i++) CHECK(perm_rows[i].name && perm_rows[i].doc && (perm_rows[i].roles & 1));
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    arena = arena_new(16 << 20);
    RUN(test_all_kinds);
    RUN(test_spaces);
    RUN(test_ids_are_a_set);
    RUN(test_lists_of_text);
    RUN(test_defaults);
    RUN(test_all_problems_at_once);
    RUN(test_nested_paths);
    RUN(test_malformed);
    RUN(test_deep_nesting);
    RUN(test_patch);
    RUN(test_query);
    RUN(test_each_allocation_fails);
    RUN(test_matrix);
    arena_free(arena);
    return TEST_DONE();
}
