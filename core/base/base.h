/* base.h - what every file may use: memory, text, time, zones, ids, log. libc only, except fold.c (ICU) and
 * env.c (getrandom). Nothing here knows of tenants, databases or HTTP. */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))
#define CLEANUP(fn) __attribute__((cleanup(fn)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof *(a))

/* ASSERT stays on in release: it states what the author believes. The other side's mistakes are outcomes. */
#define ASSERT(cond) do { if (!(cond)) assert_failed(#cond, __FILE__, __LINE__); } while (0)
_Noreturn void assert_failed(const char *cond, const char *file, int line);

/* "No value" of an int64_t: an absent optional integer, instant, date or time of day; NULL in the database. */
#define NONE INT64_MIN

/* ---- Arena: all memory of one request or job, freed whole. Chunked, bounded by max_bytes. ------------------
 * Every function may fail; failure latches (arena_failed) and the transaction and the reply are then refused
 * with RC_OOM, so that callers that only build text need not check each step. (Later, smaller allocations may
 * still succeed: the error reply is built with them.) max_bytes counts what is handed out, rounded up to 16. */
struct arena;
struct arena *arena_new(size_t max_bytes);            /* NULL: out of memory */
void arena_free(struct arena *);                      /* accepts NULL */
void arena_reset(struct arena *);                     /* keeps the first chunk, forgets the rest, unlatches */
void *arena_alloc(struct arena *, size_t size);       /* zeroed, aligned 16; NULL on failure */
/* Exactly len bytes and a NUL; "" on failure: never NULL, never write to it. */
char *arena_strndup(struct arena *, const char *s, size_t len);
char *arena_strdup(struct arena *, const char *s);    /* s NULL gives NULL */
char *arena_printf(struct arena *, const char *fmt, ...) PRINTF_LIKE(2, 3); /* "" on failure */
bool arena_failed(const struct arena *);
size_t arena_used(const struct arena *);
struct arena_mark { void *chunk; size_t used, total; };
struct arena_mark arena_mark(const struct arena *);
void arena_rewind(struct arena *, struct arena_mark); /* debug builds poison what was above the mark */
extern _Thread_local int64_t test_fail_alloc_at;      /* tests: the n-th arena_alloc from now in this thread fails; 0 = off */

/* ---- Growing byte buffer with a compulsory maximum; failure latches. ------------------------------------- */
struct buf { char *data; size_t len, cap, max; bool failed; };
void buf_init(struct buf *, size_t max_bytes);
void buf_free(struct buf *);                          /* and CLEANUP(buf_free) */
void buf_clear(struct buf *);                         /* keeps the memory, unlatches */
void buf_put(struct buf *, const void *data, size_t len);
void buf_puts(struct buf *, const char *s);
void buf_putc(struct buf *, char c);
void buf_printf(struct buf *, const char *fmt, ...) PRINTF_LIKE(2, 3);
const char *buf_str(struct buf *);                    /* NUL-terminated view; "" when failed or empty */

/* ---- Streaming JSON writer into a buf. Commas and nesting are its business; depth at most 32 (asserted). ---- */
struct json { struct buf *out; uint32_t comma; int depth; };
struct json json_to(struct buf *);
void json_obj(struct json *);
void json_obj_end(struct json *);
void json_arr(struct json *);
void json_arr_end(struct json *);
void json_key(struct json *, const char *key);        /* inside an object, before each value */
void json_str(struct json *, const char *s);          /* NULL writes null; invalid UTF-8 becomes U+FFFD */
void json_strn(struct json *, const char *s, size_t len);
void json_key_plain(struct json *, const char *key);  /* our own words: nothing in them to escape, so not looked at */
void json_plain(struct json *, const char *s);
void json_int(struct json *, int64_t v);              /* NONE writes null */
void json_double(struct json *, double v);
void json_bool(struct json *, bool v);
void json_nil(struct json *);                         /* writes null; not json_null: that name is jansson's */
void json_raw(struct json *, const char *json_text);  /* already JSON */
/* key and value at once */
void json_kstr(struct json *, const char *key, const char *s);
void json_kint(struct json *, const char *key, int64_t v);
void json_kbool(struct json *, const char *key, bool v);

/* ---- Text ---------------------------------------------------------------------------------------------- */
bool str_eq(const char *a, const char *b);            /* NULL equals NULL only */
bool str_empty(const char *s);                        /* NULL or "" */
bool str_starts(const char *s, const char *prefix);
bool str_digits(const char **s, int64_t *out);        /* the number at *s, and moves *s behind it; false: no digit, or too many */
bool utf8_valid(const char *s, size_t len);           /* RFC 3629: no overlong, no surrogates, no NUL */
size_t utf8_length(const char *s);                    /* in code points; s must be valid */
/* Search form: NFKD, marks removed, case folded, white space collapsed. "Ștefan  Ö" -> "stefan o". */
char *text_fold(struct arena *, const char *s);
/* Lower case of the domain and local part, trimmed; NULL when it is not a plausible address (one @, a dot-atom
 * local part of at most 64 bytes, a host name, 254 bytes at most). */
char *email_normal(struct arena *, const char *s);
/* E.164 ("+40721000111") from what people type; separators dropped, leading 00 read as +. NULL: not a number.
 * A national number (leading single 0 or none) is kept only when country_code ("40") is given. */
char *phone_normal(struct arena *, const char *s, const char *country_code);
size_t base64url_encode(const void *data, size_t len, char *out /* 4*ceil(len/3)+1 */); /* no padding; returns length */
bool base64url_decode(const char *s, void *out, size_t out_len); /* exactly out_len bytes, canonical, else false */
void hex_encode(const void *data, size_t len, char *out /* 2*len+1 */);

/* ---- Ids: UUIDv7 (RFC 9562), 16 bytes, time-ordered; monotonic within one process. ------------------------ */
struct id { uint8_t b[16]; };
#define ID_TEXT 37
#define ID_NIL ((struct id){ { 0 } })
struct id id_new(void);                               /* from env: never call it inside a transaction */
bool id_is_nil(struct id);
bool id_eq(struct id, struct id);
int id_cmp(struct id, struct id);
bool id_parse(const char *s, struct id *out);         /* canonical 8-4-4-4-12, any case; false otherwise */
char *id_format(struct id, char out[ID_TEXT]);        /* lower case; returns out */

/* ---- Instants (int64_t microseconds since 1970 UTC), dates (int64_t days since 1970-01-01), times of day
 * (int64_t minutes since local midnight). Years 1900 to 2199 are accepted, the rest is refused. --------------- */
#define USEC_PER_SEC 1000000LL
#define USEC_PER_MIN (60 * USEC_PER_SEC)
#define USEC_PER_HOUR (60 * USEC_PER_MIN)
#define USEC_PER_DAY (24 * USEC_PER_HOUR)
#define INSTANT_TEXT 32
struct civil { int64_t year; int month, day, hour, minute, second, usec; };
int64_t date_from_civil(int64_t year, int month, int day);          /* proleptic Gregorian; arguments must be valid */
void date_to_civil(int64_t date, struct civil *out);                /* fills year, month, day */
int date_weekday(int64_t date);                                     /* ISO: 1 = Monday ... 7 = Sunday */
bool date_parse(const char *s, int64_t *out);                       /* YYYY-MM-DD, a real day; false otherwise */
char *date_format(int64_t date, char out[16]);
bool time_of_day_parse(const char *s, int64_t *out);                /* HH:MM, 00:00 to 24:00 */
char *time_of_day_format(int64_t minutes, char out[16]);
#define INSTANT_MIN (-25567 * USEC_PER_DAY) /* 1900-01-01, the first one that is known */
#define INSTANT_END (84006 * USEC_PER_DAY)  /* 2200-01-01, the first one that is not */
bool instant_parse(const char *s, int64_t *out);                    /* RFC 3339 with zone; second 60 refused */
char *instant_format(int64_t instant, char out[INSTANT_TEXT]);      /* ...Z, fraction only when not zero */
int64_t floor_div(int64_t a, int64_t b);                            /* towards minus infinity, b > 0 */

/* ---- Zones: TZif version 2+ from the system's tzdata plus the POSIX footer rule; immutable once loaded. ------ */
struct zone;
const struct zone *zone_find(const char *iana_name);  /* cached for ever, thread safe; NULL: unknown or unsafe name */
/* Which tzdata that is: "2025b" as the folder says, else a hash of what is in it. older: releases only, of which the first came before. */
const char *zone_data_version(void);
bool zone_data_older(const char *a, const char *b);
/* zone_local by name; NONE: there is no such zone. */
int64_t zone_wall(const char *iana_name, int64_t instant);
const char *zone_name(const struct zone *);
int64_t zone_offset_s(const struct zone *, int64_t instant);        /* seconds east of UTC */
const char *zone_abbrev(const struct zone *, int64_t instant);
/* Local time is microseconds since 1970-01-01T00:00 on the wall clock. */
int64_t zone_local(const struct zone *, int64_t instant);
enum wall { WALL_ONE, WALL_GAP, WALL_FOLD };
/* The instants of a wall time. ONE: out[0] == out[1]. FOLD: out[0] the first, out[1] the second. GAP: the wall
 * time does not exist; out[0] = out[1] = the wall time read with the offset before the gap (shifted forward). */
enum wall zone_instants(const struct zone *, int64_t local, int64_t out[2]);
int64_t zone_midnight(const struct zone *, int64_t date); /* first instant of the local day (after a gap at 00:00 too) */
int64_t zone_date(const struct zone *, int64_t instant);  /* the local date an instant falls on */
/* For the reader's tests and fuzzer: parse a TZif file image. NULL: malformed. Free with zone_free. */
struct zone *zone_parse(const char *name, const void *data, size_t len);
void zone_free(struct zone *);

/* ---- Environment: time and randomness come through here, so that tests can hold both. --------------------- */
struct env {
    int64_t (*now)(void);                             /* wall clock, us UTC */
    int64_t (*monotonic)(void);                       /* us */
    void (*random)(void *out, size_t len);
};
extern struct env env;
int64_t now_us(void);
int64_t monotonic_us(void);

/* ---- Log: one JSON object a line on stderr. No personal data, no secrets: ids and numbers only. -------------- */
enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
struct log_kv { const char *key; enum { LOG_KV_END, LOG_KV_STR, LOG_KV_INT, LOG_KV_ID } kind; const char *s; int64_t i; struct id id; };
#define KS(k, v)  ((struct log_kv){ .key = (k), .kind = LOG_KV_STR, .s = (v) })
#define KI(k, v)  ((struct log_kv){ .key = (k), .kind = LOG_KV_INT, .i = (v) })
#define KID(k, v) ((struct log_kv){ .key = (k), .kind = LOG_KV_ID, .id = (v) })
#ifdef __clang__
#pragma clang diagnostic ignored "-Wgnu-zero-variadic-macro-arguments" /* LOG(level, "event") alone */
#endif
#define LOG(level, event, ...) log_write(level, event, (const struct log_kv[]){ __VA_ARGS__ __VA_OPT__(,) { 0 } })
void log_write(enum log_level, const char *event, const struct log_kv *);
void log_set_level(enum log_level);
void log_set_request(const char *request_id);         /* thread-local; NULL clears */
