/* questions.h - what a clinic asks before it takes a booking: the kinds of questions, and whether an answer is one. Pure. */
#pragma once
#include "core/base/base.h"
#include "core/base/shape.h"

enum { QUESTIONS_MAX = 20, CHOICES_MAX = 30, CHOICE_CHARS_MAX = 120, ANSWER_CHARS_MAX = 4000 };
enum question_kind { QUESTION_TEXT, QUESTION_LONG_TEXT, QUESTION_CHOICE, QUESTION_MULTI_CHOICE, QUESTION_NUMBER, QUESTION_DATE, QUESTION_YES_NO, QUESTION_CONSENT };
extern const char *const question_kind_names[];

struct question {
    struct id id, service_id;
    int64_t position, kind;
    const char *text, *help;
    bool required;
    struct list choices;           /* of const char *, for choice and multi_choice */
    int64_t min, max;              /* characters, picks, or the number itself; NONE: the kind's own */
    const char *lines;             /* the choices as they stand in the database: one a line */
};
/* As it comes from outside: text of any kind in value, the picks of a multi_choice in values. */
struct answer_in { struct id question_id; const char *value; struct list values; };

/* What is wrong with the question itself, and with which field; NULL: nothing. */
const char *question_problem(const struct question *, const char **field);
/* What is wrong with the answer (NULL: none was given), or NULL and *kept: the text to keep, NULL for "not answered". The
 * picks of a multi_choice are kept one a line. */
const char *question_check(struct arena *, const struct question *, const struct answer_in *, const char **kept);

/* Choices to and from one text. */
const char *question_join(struct arena *, struct list choices);
struct list question_split(struct arena *, const char *lines);
