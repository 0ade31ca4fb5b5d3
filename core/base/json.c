/* json.c - the streaming writer. Bit depth-1 of comma says that the next thing at this depth needs one; a key
 * clears it for its value. Strings are copied in runs, looked at eight bytes at a time. */
#include "core/base/buf_room.h"
#include "core/base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { JSON_DEPTH_MAX = 32 };

struct json json_to(struct buf *out)
{
    return (struct json){ .out = out };
}

static inline uint32_t level_bit(const struct json *j)
{
    return j->depth ? 1u << (j->depth - 1) : 0;
}

static inline void put_one(struct buf *out, char c)
{
    char *to = buf_room(out, 1);
    if (!to) return;
    *to = c;
    out->len++;
}

/* Before a value: the comma if one is due, and one is due before the next. */
static inline void value_begin(struct json *j)
{
    if (j->comma & level_bit(j)) put_one(j->out, ',');
    j->comma |= level_bit(j);
}

static void nest(struct json *j, char open)
{
    value_begin(j);
    put_one(j->out, open);
    ASSERT(j->depth < JSON_DEPTH_MAX);
    j->depth++;
    j->comma &= ~level_bit(j);
}

static void unnest(struct json *j, char close)
{
    ASSERT(j->depth > 0);
    j->depth--;
    put_one(j->out, close);
}

void json_obj(struct json *j)
{
    nest(j, '{');
}

void json_obj_end(struct json *j)
{
    unnest(j, '}');
}

void json_arr(struct json *j)
{
    nest(j, '[');
}

void json_arr_end(struct json *j)
{
    unnest(j, ']');
}

/* True when none of the eight bytes is a control character, a quote, a backslash or outside ASCII. */
static inline bool eight_plain(const unsigned char *p)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t w;
    memcpy(&w, p, 8);
    uint64_t control = w - ones * 0x20;
    uint64_t quote = (w ^ (ones * '"')) - ones;
    uint64_t slash = (w ^ (ones * '\\')) - ones;
    return ((w | control | quote | slash) & high) == 0;
}

/* 0: copied as it is; 'u': \u00XX; '*': outside ASCII; else the letter after the backslash. */
static inline char escape_of(unsigned char c)
{
    static const char below_space[32] = "uuuuuuuubtnufruuuuuuuuuuuuuuuuuu";
    if (c < ' ') return below_space[c];
    if (c == '"' || c == '\\') return (char)c;
    return c < 0x80 ? 0 : '*';
}

static void put_escape(struct buf *out, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    char kind = escape_of(c);
    if (kind == 'u') buf_put(out, (const char[]){ '\\', 'u', '0', '0', digits[c >> 4], digits[c & 15] }, 6);
    else buf_put(out, (const char[]){ '\\', kind }, 2);
}

/* What replaces the n (or, invalid, -n) bytes at p, a sequence outside ASCII; NULL: they stay. The line separators
 * are legal JSON but not legal in older JavaScript strings. */
static const char *replacement(const unsigned char *p, int n)
{
    if (n < 0) return "\xEF\xBF\xBD";
    if (n == 3 && p[0] == 0xE2 && p[1] == 0x80 && (p[2] & 0xFE) == 0xA8) return p[2] == 0xA8 ? "\\u2028" : "\\u2029";
    return NULL;
}

static void put_text(struct buf *out, const char *s, size_t len)
{
    const unsigned char *p = (const unsigned char *)s, *end = p + len, *run = p;
    while (p < end) {
        if (end - p >= 8 && eight_plain(p)) {
            p += 8;
            continue;
        }
        char kind = escape_of(*p);
        int n = kind == '*' ? utf8_step(p, end) : 1;
        const char *instead = kind == '*' ? replacement(p, n) : NULL;
        if (kind && (kind != '*' || instead)) {
            buf_put(out, run, (size_t)(p - run));
            if (instead) buf_puts(out, instead);
            else put_escape(out, *p);
            run = p + abs(n);
        }
        p += abs(n);
    }
    buf_put(out, run, (size_t)(p - run));
}

static void put_quoted(struct buf *out, const char *s, size_t len)
{
    put_one(out, '"');
    put_text(out, s, len);
    put_one(out, '"');
}

/* "text" and what follows it, for text without anything to escape. */
static inline void put_plain(struct buf *out, const char *s, size_t len, const char *then, size_t then_len)
{
    char *to = buf_room(out, len + 2 + then_len);
    if (!to) return;
    to[0] = '"';
    memcpy(to + 1, s, len);
    to[len + 1] = '"';
    memcpy(to + len + 2, then, then_len);
    out->len += len + 2 + then_len;
}

void json_key_plain(struct json *j, const char *key)
{
    value_begin(j);
    put_plain(j->out, key, strlen(key), ":", 1);
    j->comma &= ~level_bit(j);
}

void json_plain(struct json *j, const char *s)
{
    value_begin(j);
    put_plain(j->out, s, strlen(s), "", 0);
}

void json_key(struct json *j, const char *key)
{
    value_begin(j);
    put_quoted(j->out, key, strlen(key));
    put_one(j->out, ':');
    j->comma &= ~level_bit(j);
}

void json_strn(struct json *j, const char *s, size_t len)
{
    if (!s) {
        json_nil(j);
        return;
    }
    value_begin(j);
    put_quoted(j->out, s, len);
}

void json_str(struct json *j, const char *s)
{
    json_strn(j, s, s ? strlen(s) : 0);
}

void json_int(struct json *j, int64_t v)
{
    if (v == NONE) {
        json_nil(j);
        return;
    }
    char text[24], *p = text + sizeof text;
    uint64_t u = v < 0 ? (uint64_t)-v : (uint64_t)v;
    do {
        *--p = (char)('0' + u % 10);
        u /= 10;
    } while (u);
    if (v < 0) *--p = '-';
    value_begin(j);
    buf_put(j->out, p, (size_t)(text + sizeof text - p));
}

void json_double(struct json *j, double v)
{
    if (!isfinite(v)) { /* JSON has no word for it */
        json_nil(j);
        return;
    }
    char text[32];
    snprintf(text, sizeof text, "%.15g", v);
    double back = strtod(text, NULL);
    if (back < v || back > v) snprintf(text, sizeof text, "%.17g", v);
    value_begin(j);
    buf_puts(j->out, text);
}

void json_raw(struct json *j, const char *json_text)
{
    value_begin(j);
    buf_puts(j->out, json_text ? json_text : "null");
}

void json_bool(struct json *j, bool v)
{
    json_raw(j, v ? "true" : "false");
}

void json_nil(struct json *j)
{
    json_raw(j, "null");
}

void json_kstr(struct json *j, const char *key, const char *s)
{
    json_key(j, key);
    json_str(j, s);
}

void json_kint(struct json *j, const char *key, int64_t v)
{
    json_key(j, key);
    json_int(j, v);
}

void json_kbool(struct json *j, const char *key, bool v)
{
    json_key(j, key);
    json_bool(j, v);
}
