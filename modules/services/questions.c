/* questions.c - see questions.h. */
#include "modules/services/questions.h"
#include <string.h>

const char *const question_kind_names[] = { "text", "long_text", "choice", "multi_choice", "number", "date", "yes_no", "consent", NULL };

enum { NUMBER_DIGITS_MAX = 15, NUMBER_FRACTION_MAX = 6 };

/* ---- choices ---------------------------------------------------------------------------------------------------------------- */

const char *question_join(struct arena *a, struct list choices)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    buf_init(&b, 64 * 1024);
    for (size_t i = 0; i < choices.n; i++) buf_printf(&b, "%s%s", i ? "\n" : "", *LIST_AT(choices, const char *, i));
    return b.failed || !choices.n ? NULL : arena_strndup(a, b.data, b.len);
}

struct list question_split(struct arena *a, const char *lines)
{
    const char **out = arena_alloc(a, CHOICES_MAX * sizeof *out);
    size_t n = 0;
    for (const char *s = lines; out && s && *s && n < CHOICES_MAX; n++) {
        size_t len = strcspn(s, "\n");
        out[n] = arena_strndup(a, s, len);
        s += len + (s[len] == '\n');
    }
    return (struct list){ out, out ? n : 0 };
}

static bool listed(struct list l, size_t n, const char *s)
{
    for (size_t i = 0; i < n; i++)
        if (str_eq(*LIST_AT(l, const char *, i), s)) return true;
    return false;
}

/* ---- the question itself -------------------------------------------------------------------------------------------------------- */

static const char *choices_problem(const struct question *q)
{
    bool wants = q->kind == QUESTION_CHOICE || q->kind == QUESTION_MULTI_CHOICE;
    if (!wants) return q->choices.n ? "are only for choice and multi_choice" : NULL;
    if (q->choices.n < 2) return "must be at least two";
    for (size_t i = 0; i < q->choices.n; i++) {
        const char *c = *LIST_AT(q->choices, const char *, i);
        if (str_empty(c) || strpbrk(c, "\r\n")) return "must each be one line of text";
        if (listed(q->choices, i, c)) return "must differ from each other";
    }
    return NULL;
}

static int64_t lowest(const struct question *q) { return q->min != NONE ? q->min : 0; }

static int64_t highest(const struct question *q)
{
    int64_t own = q->kind == QUESTION_TEXT ? 200 : q->kind == QUESTION_LONG_TEXT ? 2000 : (int64_t)q->choices.n;
    return q->max != NONE ? q->max : own;
}

const char *question_problem(const struct question *q, const char **field)
{
    bool measured = q->kind == QUESTION_TEXT || q->kind == QUESTION_LONG_TEXT || q->kind == QUESTION_MULTI_CHOICE;
    *field = "choices";
    const char *bad = choices_problem(q);
    if (bad) return bad;
    *field = "min";
    if (!measured && q->kind != QUESTION_NUMBER) {
        if (q->min == NONE && q->max == NONE) return NULL;
        *field = q->min != NONE ? "min" : "max";
        return "has no meaning for this kind";
    }
    if (measured && lowest(q) < 0) return "must be at least 0";
    if (measured && lowest(q) > highest(q)) return "must not be more than max";
    if (q->min != NONE && q->max != NONE && q->min > q->max) return "must not be more than max";
    *field = "max";
    if (measured && highest(q) < 1) return "must be at least 1";
    if (measured && q->kind != QUESTION_MULTI_CHOICE && highest(q) > ANSWER_CHARS_MAX) return "must be at most 4000";
    if (q->kind == QUESTION_MULTI_CHOICE && highest(q) > (int64_t)q->choices.n) return "must not be more than there are choices";
    return NULL;
}

/* ---- answers ------------------------------------------------------------------------------------------------------------------------ */

static const char *check_text(struct arena *a, const struct question *q, const char *s)
{
    int64_t n = (int64_t)utf8_length(s);
    if (q->kind == QUESTION_TEXT && strpbrk(s, "\r\n")) return "must be one line";
    if (n > highest(q)) return arena_printf(a, "must be at most %lld characters long", (long long)highest(q));
    return n < lowest(q) ? arena_printf(a, "must be at least %lld characters long", (long long)lowest(q)) : NULL;
}

/* [-]digits[.digits]; compared with the limits by its whole part and whether anything follows. */
static const char *check_number(struct arena *a, const struct question *q, const char *s)
{
    bool minus = *s == '-', rest = false;
    const char *p = s + minus;
    size_t digits = strspn(p, "0123456789"), fraction = p[digits] == '.' ? strspn(p + digits + 1, "0123456789") : 0;
    bool dot = p[digits] == '.';
    if (!digits || digits > NUMBER_DIGITS_MAX || (dot && !fraction) || fraction > NUMBER_FRACTION_MAX || p[digits + dot + fraction])
        return "must be a number such as 12 or 0.5";
    int64_t whole = 0;
    for (size_t i = 0; i < digits; i++) whole = whole * 10 + (p[i] - '0');
    for (size_t i = 0; i < fraction; i++) rest |= p[digits + 1 + i] != '0';
    if (minus) whole = -whole;
    bool above = q->max != NONE && (whole > q->max || (whole == q->max && rest && !minus));
    bool below = q->min != NONE && (whole < q->min || (whole == q->min && rest && minus));
    if (above) return arena_printf(a, "must be at most %lld", (long long)q->max);
    return below ? arena_printf(a, "must be at least %lld", (long long)q->min) : NULL;
}

static const char *check_picks(struct arena *a, const struct question *q, struct list picks, const char **kept)
{
    for (size_t i = 0; i < picks.n; i++) {
        const char *s = *LIST_AT(picks, const char *, i);
        if (str_empty(s) || !listed(q->choices, q->choices.n, s)) return "must be among the choices";
        if (listed(picks, i, s)) return "must not name a choice twice";
    }
    if (picks.n && (int64_t)picks.n < lowest(q)) return arena_printf(a, "must be at least %lld of the choices", (long long)lowest(q));
    if ((int64_t)picks.n > highest(q)) return arena_printf(a, "must be at most %lld of the choices", (long long)highest(q));
    *kept = question_join(a, picks);
    return NULL;
}

static const char *check_value(struct arena *a, const struct question *q, const char *s)
{
    int64_t date;
    switch (q->kind) {
    case QUESTION_CHOICE: return listed(q->choices, q->choices.n, s) ? NULL : "must be one of the choices";
    case QUESTION_NUMBER: return check_number(a, q, s);
    case QUESTION_DATE: return date_parse(s, &date) ? NULL : "must be a date such as 2026-11-23";
    case QUESTION_YES_NO: return str_eq(s, "yes") || str_eq(s, "no") ? NULL : "must be yes or no";
    case QUESTION_CONSENT:
        if (str_eq(s, "no") && q->required) return "must be agreed to";
        return str_eq(s, "yes") || str_eq(s, "no") ? NULL : "must be yes or no";
    default: return check_text(a, q, s);
    }
}

const char *question_check(struct arena *a, const struct question *q, const struct answer_in *in, const char **kept)
{
    *kept = NULL;
    if (q->kind == QUESTION_MULTI_CHOICE) {
        if (in && !str_empty(in->value)) return "takes its picks in values";
        if (in && in->values.n) return check_picks(a, q, in->values, kept);
    } else {
        if (in && in->values.n) return "takes one value";
        if (in && !str_empty(in->value)) {
            const char *bad = check_value(a, q, in->value);
            if (!bad) *kept = in->value;
            return bad;
        }
    }
    if (!q->required) return NULL;
    return q->kind == QUESTION_CONSENT ? "must be agreed to" : "is required";
}
