/* shape_in.h - input: JSON bodies and query strings into structs by their shapes; all problems at once. */
#pragma once
#include "core/base/outcome.h"
#include "core/base/shape.h"

enum { FIELD_ERRORS_MAX = 50 };
struct field_error { const char *field, *problem; };
struct input_errors { struct arena *arena; size_t n; struct field_error at[FIELD_ERRORS_MAX]; };
void input_error(struct input_errors *, const char *field, const char *problem);

/* Body: RC_BAD_REQUEST (not JSON, not an object; *why says where), RC_INVALID (errors filled), RC_OOM, RC_OK. */
MUST_CHECK enum rc shape_read_body(struct input_errors *, const struct shape *, const char *body, size_t len, void **out, const char **why);
/* Query string; shape NULL accepts none. */
MUST_CHECK enum rc shape_read_query(struct input_errors *, const struct shape *, const char *query, void **out, const char **why);
/* Percent-decoding of one path segment or query part; NULL when malformed, not UTF-8, or with a NUL. plus: '+' is a space. */
const char *percent_decode(struct arena *, const char *s, size_t len, bool plus);
