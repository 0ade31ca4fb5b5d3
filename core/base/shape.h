/* shape.h - one table per struct drives JSON in, query parameters in, JSON out, row decoding, audit diffs and
 * OpenAPI. The member's C type is checked against the field's kind when the table is compiled. */
#pragma once
#include "core/base/base.h"

enum kind {
    K_END,
    K_STR,     /* const char *   text, trimmed; NULL when absent */
    K_EMAIL,   /* const char *   normalised by email_normal */
    K_PHONE,   /* const char *   kept as typed but checked; E.164 when it has a country code */
    K_SLUG,    /* const char *   [a-z0-9-], not at the ends */
    K_ZONE,    /* const char *   IANA name known to tzdata */
    K_CURRENCY,/* const char *   ISO 4217, three capitals */
    K_COLOR,   /* const char *   #rrggbb */
    K_SECRET,  /* const char *   text, not trimmed, never written out, never logged */
    K_INT,     /* int64_t */
    K_BOOL,    /* bool */
    K_ID,      /* struct id      nil when absent */
    K_INSTANT, /* int64_t        RFC 3339 <-> microseconds UTC */
    K_DATE,    /* int64_t        YYYY-MM-DD <-> days */
    K_TIME,    /* int64_t        HH:MM <-> minutes */
    K_ENUM,    /* int64_t        index into names[]; text in JSON and in the database */
    K_OBJ,     /* const void *   pointer to a struct of .shape, NULL when absent */
    K_LIST,    /* struct list    of structs of .shape, or of scalars of .elem when .shape is NULL */
    K_JSON,    /* const char *   out only: JSON text written as it is (NULL writes null) */
};

struct list { void *items; size_t n; };
#define LIST_AT(list, T, i) (&((T *)(list).items)[i])

struct field {
    const char *name;
    enum kind kind;
    size_t off;
    bool required;            /* in: must be present and not null. out: documented as always present */
    bool nullable;            /* out: NONE/NULL/nil is written as null (else 0, "" ...); in: null is accepted and clears */
    int64_t min, max;         /* text: length in code points; numbers: value; lists: items. Both 0 = the kind's default:
                                 text 0..500, lists 0..100, K_INT 0..INT64_MAX (0 is a valid .min with .max set) */
    int64_t def;              /* in: value of an absent K_INT/K_BOOL/K_ENUM/K_TIME/K_DATE/K_INSTANT unless nullable (then NONE) */
    const char *const *names; /* K_ENUM: NULL-terminated; at most 63 */
    const struct shape *shape;/* K_OBJ, K_LIST */
    enum kind elem;           /* K_LIST of scalars: K_ID, K_INT, K_STR, K_DATE */
    const char *doc;          /* one sentence; compulsory on input fields */
    const char *example;
    const char *pattern;      /* in, text: what the description says of it in place of the kind's pattern; the module checks it */
    bool when;                /* in, K_STR: described as an instant or a date; the module reads it */
};
struct shape {
    const char *name;         /* also the schema's name in OpenAPI: the one in SHAPE is the struct's */
    size_t size;
    const struct field *fields;
    bool loose;               /* in: unknown members are passed over (others write it) */
    bool patch;               /* in: nothing is required, absent members stay untouched, `present` says what was sent */
};

/* Input structs that must know which members were sent (PATCH) have a first member `struct present present`. */
struct present { uint64_t bits; };  /* bit i: field number i of the shape was in the input; 64 fields at most */
static inline bool present_has(struct present p, const struct field *table, const struct field *f) { return p.bits >> (f - table) & 1; }

#define OFF_(T, m, want) \
    (offsetof(T, m) + 0 * sizeof(char[__builtin_types_compatible_p(__typeof__(((T *)0)->m), want) ? 1 : -1]))
#define F_STR(T, m, ...)      { .name = #m, .kind = K_STR, .off = OFF_(T, m, const char *), __VA_ARGS__ }
#define F_TEXT(K, T, m, ...)  { .name = #m, .kind = K, .off = OFF_(T, m, const char *), __VA_ARGS__ }
#define F_INT(T, m, ...)      { .name = #m, .kind = K_INT, .off = OFF_(T, m, int64_t), __VA_ARGS__ }
#define F_BOOL(T, m, ...)     { .name = #m, .kind = K_BOOL, .off = OFF_(T, m, bool), __VA_ARGS__ }
#define F_ID(T, m, ...)       { .name = #m, .kind = K_ID, .off = OFF_(T, m, struct id), __VA_ARGS__ }
#define F_INSTANT(T, m, ...)  { .name = #m, .kind = K_INSTANT, .off = OFF_(T, m, int64_t), __VA_ARGS__ }
#define F_DATE(T, m, ...)     { .name = #m, .kind = K_DATE, .off = OFF_(T, m, int64_t), __VA_ARGS__ }
#define F_TIME(T, m, ...)     { .name = #m, .kind = K_TIME, .off = OFF_(T, m, int64_t), __VA_ARGS__ }
#define F_ENUM(T, m, table, ...) { .name = #m, .kind = K_ENUM, .off = OFF_(T, m, int64_t), .names = (table), __VA_ARGS__ }
#define F_OBJ(T, m, sh, ...)  { .name = #m, .kind = K_OBJ, .off = OFF_(T, m, const void *), .shape = (sh), __VA_ARGS__ }
#define F_LIST(T, m, sh, ...) { .name = #m, .kind = K_LIST, .off = OFF_(T, m, struct list), .shape = (sh), __VA_ARGS__ }
#define F_SCALARS(T, m, k, ...) { .name = #m, .kind = K_LIST, .off = OFF_(T, m, struct list), .elem = (k), __VA_ARGS__ }
#define F_JSON(T, m, ...)     { .name = #m, .kind = K_JSON, .off = OFF_(T, m, const char *), __VA_ARGS__ }
#define F_END                 { .kind = K_END }
#define SHAPE(T, table)       { .name = #T, .size = sizeof(struct T), .fields = (table) }
/* An input of the same struct under another schema name (several shapes may stand on one struct). */
#define SHAPE_NAMED(n, T, table) { .name = (n), .size = sizeof(struct T), .fields = (table) }
/* The PATCH twin: struct T's first member must be `struct present present`. */
#define SHAPE_PATCH(n, T, table) \
    { .name = (n), .size = sizeof(struct T), .fields = (table), .patch = true, }
#define SHAPE_PATCH_CHECK(T)  _Static_assert(offsetof(struct T, present) == 0, #T " must start with struct present")

/* Writes the value as a JSON object (shape_out.c). */
void shape_write(struct json *, const struct shape *, const void *value);
/* {"field":[old,new],...} of the fields that differ; NULL before: all not-empty as [null,new]; NULL after likewise.
 * "{}" when nothing differs. Secrets are left out. */
const char *shape_diff(struct arena *, const struct shape *, const void *before, const void *after);
/* Copies the fields that were present in the input `from` (whose first member is struct present) to the field
 * of the same name in `to`. */
void shape_overlay(const struct shape *from_shape, const void *from, const struct shape *to_shape, void *to);
int64_t enum_find(const char *const *names, const char *name); /* index or -1 */
