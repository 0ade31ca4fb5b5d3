/* test_questions.c - what a clinic may ask, and what is an answer to it. */
#include "modules/services/questions.h"
#include "tests/lib/test.h"

static struct arena *arena;
static const char *colours[] = { "red", "green", "blue" };

static struct question of(int64_t kind, int64_t min, int64_t max)
{
    struct question q = { .kind = kind, .text = "?", .min = min, .max = max };
    if (kind == QUESTION_CHOICE || kind == QUESTION_MULTI_CHOICE) q.choices = (struct list){ colours, 3 };
    return q;
}

static const char *check(const struct question *q, const char *value, const char **kept)
{
    return question_check(arena, q, &(struct answer_in){ .value = value }, kept);
}

static void test_questions(void)
{
    static const struct { int64_t kind, min, max; const char *field; } cases[] = {
        { QUESTION_TEXT, NONE, NONE, NULL }, { QUESTION_TEXT, 2, 5, NULL }, { QUESTION_TEXT, 6, 5, "min" }, { QUESTION_TEXT, -1, NONE, "min" },
        { QUESTION_TEXT, NONE, 0, "max" }, { QUESTION_TEXT, 201, NONE, "min" }, { QUESTION_LONG_TEXT, NONE, 4000, NULL }, { QUESTION_LONG_TEXT, NONE, 4001, "max" },
        { QUESTION_NUMBER, -5, 5, NULL }, { QUESTION_NUMBER, 5, -5, "min" }, { QUESTION_DATE, 1, NONE, "min" }, { QUESTION_DATE, NONE, 1, "max" },
        { QUESTION_YES_NO, NONE, NONE, NULL }, { QUESTION_CONSENT, NONE, 1, "max" }, { QUESTION_MULTI_CHOICE, 1, 3, NULL }, { QUESTION_MULTI_CHOICE, NONE, 4, "max" },
        { QUESTION_CHOICE, NONE, NONE, NULL }, { QUESTION_CHOICE, 1, NONE, "min" } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct question q = of(cases[i].kind, cases[i].min, cases[i].max);
        const char *field = NULL, *bad = question_problem(&q, &field);
        CHECK((bad != NULL) == (cases[i].field != NULL));
        if (bad && cases[i].field) CHECK_STR(field, cases[i].field);
    }
}

static void test_choices(void)
{
    static const char *same[] = { "a", "a" }, *lines[] = { "a", "b\nc" }, *blank[] = { "a", "" };
    struct question q = of(QUESTION_CHOICE, NONE, NONE);
    const char *field;
    CHECK(!question_problem(&q, &field));
    const struct list bad[] = { { same, 2 }, { lines, 2 }, { blank, 2 }, { colours, 1 }, { NULL, 0 } };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        q.choices = bad[i];
        CHECK(question_problem(&q, &field));
        CHECK_STR(field, "choices");
    }
    q = of(QUESTION_TEXT, NONE, NONE);
    q.choices = (struct list){ colours, 3 };
    CHECK(question_problem(&q, &field));
    struct list split = question_split(arena, question_join(arena, (struct list){ colours, 3 }));
    REQUIRE(split.n == 3);
    CHECK_STR(*LIST_AT(split, const char *, 2), "blue");
    CHECK_INT(question_split(arena, NULL).n, 0);
    CHECK(question_join(arena, (struct list){ NULL, 0 }) == NULL);
}

static void test_answers(void)
{
    static const struct { int64_t kind, min, max; const char *value; bool fine; } cases[] = {
        { QUESTION_TEXT, NONE, NONE, "one line", true }, { QUESTION_TEXT, NONE, NONE, "two\nlines", false }, { QUESTION_TEXT, 3, 4, "\xc3\xa4\xc3\xb6\xc3\xbc", true },
        { QUESTION_TEXT, 3, 4, "ab", false }, { QUESTION_TEXT, 3, 4, "abcde", false }, { QUESTION_LONG_TEXT, NONE, NONE, "two\nlines", true },
        { QUESTION_CHOICE, NONE, NONE, "green", true }, { QUESTION_CHOICE, NONE, NONE, "Green", false },
        { QUESTION_NUMBER, NONE, NONE, "12", true }, { QUESTION_NUMBER, NONE, NONE, "-0.5", true }, { QUESTION_NUMBER, NONE, NONE, "1e9", false },
        { QUESTION_NUMBER, NONE, NONE, "1.", false }, { QUESTION_NUMBER, NONE, NONE, ".5", false }, { QUESTION_NUMBER, NONE, NONE, "--1", false },
        { QUESTION_NUMBER, NONE, NONE, "1234567890123456", false }, { QUESTION_NUMBER, NONE, NONE, "0.1234567", false }, { QUESTION_NUMBER, NONE, NONE, "1 2", false },
        { QUESTION_NUMBER, 0, 10, "10", true }, { QUESTION_NUMBER, 0, 10, "10.0", true }, { QUESTION_NUMBER, 0, 10, "10.01", false }, { QUESTION_NUMBER, 0, 10, "-0.01", false },
        { QUESTION_NUMBER, -5, -4, "-4.5", true }, { QUESTION_NUMBER, -5, -4, "-5.5", false }, { QUESTION_NUMBER, -5, -4, "-3.9", false },
        { QUESTION_DATE, NONE, NONE, "2026-02-28", true }, { QUESTION_DATE, NONE, NONE, "2026-02-30", false }, { QUESTION_DATE, NONE, NONE, "28.2.2026", false },
        { QUESTION_YES_NO, NONE, NONE, "no", true }, { QUESTION_YES_NO, NONE, NONE, "maybe", false }, { QUESTION_CONSENT, NONE, NONE, "no", true },
        { QUESTION_MULTI_CHOICE, NONE, NONE, "red", false } };
    const char *kept;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct question q = of(cases[i].kind, cases[i].min, cases[i].max);
        const char *bad = check(&q, cases[i].value, &kept);
        if ((bad == NULL) != cases[i].fine) fprintf(stderr, "  %s '%s': %s\n", question_kind_names[q.kind], cases[i].value, bad ? bad : "taken");
        CHECK((bad == NULL) == cases[i].fine);
        CHECK((kept != NULL) == cases[i].fine);
    }
}

static void test_picks(void)
{
    static const char *two[] = { "red", "blue" }, *twice[] = { "red", "red" }, *wrong[] = { "red", "pink" };
    struct question q = of(QUESTION_MULTI_CHOICE, 2, 2);
    const char *kept;
    CHECK(!question_check(arena, &q, &(struct answer_in){ .values = { two, 2 } }, &kept));
    CHECK_STR(kept, "red\nblue");
    CHECK(question_check(arena, &q, &(struct answer_in){ .values = { twice, 2 } }, &kept));
    CHECK(question_check(arena, &q, &(struct answer_in){ .values = { wrong, 2 } }, &kept));
    CHECK(question_check(arena, &q, &(struct answer_in){ .values = { two, 1 } }, &kept));
    CHECK(question_check(arena, &q, &(struct answer_in){ .values = { colours, 3 } }, &kept));
    CHECK(!question_check(arena, &q, NULL, &kept)); /* not required: none at all is fine */
    CHECK(kept == NULL);
    q = of(QUESTION_TEXT, NONE, NONE);
    CHECK(question_check(arena, &q, &(struct answer_in){ .values = { two, 2 } }, &kept));
}

static void test_required(void)
{
    const char *kept;
    for (int64_t kind = 0; question_kind_names[kind]; kind++) {
        struct question q = of(kind, NONE, NONE);
        CHECK(!question_check(arena, &q, NULL, &kept) && !kept);
        CHECK(!check(&q, "", &kept) && !kept);
        q.required = true;
        CHECK(question_check(arena, &q, NULL, &kept));
        CHECK(check(&q, NULL, &kept));
    }
    struct question consent = of(QUESTION_CONSENT, NONE, NONE);
    consent.required = true;
    CHECK(check(&consent, "no", &kept));
    CHECK(!check(&consent, "yes", &kept));
}

int main(int argc, char **argv)
{
    arena = arena_new(1u << 20);
    REQUIRE(arena);
    TEST_ARGS(argc, argv);
    RUN(test_questions);
    RUN(test_choices);
    RUN(test_answers);
    RUN(test_picks);
    RUN(test_required);
    arena_free(arena);
    return TEST_DONE();
}
