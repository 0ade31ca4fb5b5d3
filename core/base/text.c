/* text.c - strings, UTF-8, addresses, telephone numbers, base64url, hexadecimal. ASCII classes are spelled out
 * here, because isalpha() and its kin ask the locale. */
#include "core/base/base.h"
#include "core/base/utf8.h"

#include <string.h>

bool str_eq(const char *a, const char *b)
{
    if (!a || !b) return a == b;
    return strcmp(a, b) == 0;
}

bool str_empty(const char *s)
{
    return !s || !*s;
}

bool str_starts(const char *s, const char *prefix)
{
    return s && prefix && strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_digits(const char **s, int64_t *out)
{
    int64_t v = 0;
    size_t n = strspn(*s, "0123456789");
    for (size_t i = 0; i < n; i++)
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (*s)[i] - '0', &v)) return false;
    if (n == 0) return false;
    *s += n;
    *out = v;
    return true;
}

bool utf8_valid(const char *s, size_t len)
{
    const unsigned char *p = (const unsigned char *)s, *end = p + len;
    while (p < end) {
        uint64_t w;
        if (end - p >= 8 && (memcpy(&w, p, 8), (w & 0x8080808080808080u) == 0 && ((w - 0x0101010101010101u) & 0x8080808080808080u) == 0)) {
            p += 8;
            continue;
        }
        int n = *p ? utf8_step(p, end) : -1;
        if (n < 0) return false;
        p += n;
    }
    return true;
}

size_t utf8_length(const char *s)
{
    size_t n = 0;
    for (; *s; s++) n += ((unsigned char)*s & 0xC0) != 0x80;
    return n;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* ---- E-mail ------------------------------------------------------------------------------------------------- */
enum { EMAIL_MAX_BYTES = 254, EMAIL_LOCAL_MAX_BYTES = 64, HOST_LABEL_MAX_BYTES = 63 };

/* dot-atom of RFC 5322: atoms of these characters with single dots between them. */
static bool local_part_ok(const char *s, size_t len)
{
    if (len == 0 || len > EMAIL_LOCAL_MAX_BYTES || s[0] == '.' || s[len - 1] == '.') return false;
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '.' && s[i - 1] == '.') return false;
        if (s[i] != '.' && !is_alnum(s[i]) && (!s[i] || !strchr("!#$%&'*+-/=?^_`{|}~", s[i]))) return false;
    }
    return true;
}

/* Two labels at least: mail to a bare host name is a slip of the keyboard. The last is not a number: that is an
 * IP address. */
static bool host_ok(const char *s, size_t len)
{
    size_t label = 0, labels = 1;
    bool letter = false; /* in this label, or a hyphen */
    for (size_t i = 0; i < len; i++) {
        if (s[i] == '.') {
            if (label == 0 || s[i - 1] == '-') return false;
            labels++;
            label = 0;
            letter = false;
            continue;
        }
        if (!is_alnum(s[i]) && (s[i] != '-' || label == 0)) return false;
        if (++label > HOST_LABEL_MAX_BYTES) return false;
        if (!is_digit(s[i])) letter = true;
    }
    return labels >= 2 && label > 0 && s[len - 1] != '-' && letter;
}

char *email_normal(struct arena *a, const char *s)
{
    if (!s) return NULL;
    while (is_space(*s)) s++;
    size_t len = strlen(s);
    while (len && is_space(s[len - 1])) len--;
    const char *at = memchr(s, '@', len);
    if (!at || len > EMAIL_MAX_BYTES) return NULL;
    size_t local = (size_t)(at - s);
    if (!local_part_ok(s, local) || !host_ok(at + 1, len - local - 1)) return NULL;
    char *out = arena_alloc(a, len + 1);
    if (!out) return NULL;
    for (size_t i = 0; i < len; i++) out[i] = (char)(s[i] >= 'A' && s[i] <= 'Z' ? s[i] + 32 : s[i]);
    return out;
}

/* ---- Telephone ---------------------------------------------------------------------------------------------- */
enum { PHONE_MAX_DIGITS = 15, PHONE_MIN_DIGITS = 7, PHONE_TYPED_MAX_DIGITS = 20 };

/* How many bytes at s are a separator: ASCII, or the spaces and hyphens that word processors put. */
static size_t phone_separator(const char *s)
{
    static const char *const fancy[] = { "\xC2\xA0", "\xC2\xAD", "\xE2\x80\x8B", "\xE2\x80\x8E", "\xE2\x80\x90", "\xE2\x80\x91",
        "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\xAA", "\xE2\x80\xAC", "\xE2\x80\xAF" };
    if (is_space(*s) || (*s && strchr("-.()/", *s))) return 1;
    for (size_t i = 0; i < ARRAY_LEN(fancy); i++)
        if (str_starts(s, fancy[i])) return strlen(fancy[i]);
    return 0;
}

/* The digits of what was typed, and whether it is international. "+40 (0)721": the zero in brackets is for
 * callers at home. 0: not a number. */
static size_t phone_digits(const char *s, char out[PHONE_TYPED_MAX_DIGITS], bool *international)
{
    size_t n = 0;
    *international = false;
    while (*s) {
        size_t sep = phone_separator(s);
        if (n >= 2 && out[0] == '0' && out[1] == '0' && !*international) {
            *international = true;
            n = 0;
        }
        if (n && *international && str_starts(s, "(0)")) sep = 3;
        if (sep) {
            s += sep;
        } else if (*s == '+' && n == 0 && !*international) {
            *international = true;
            s++;
        } else if (is_digit(*s) && n < PHONE_TYPED_MAX_DIGITS) {
            out[n++] = *s++;
        } else {
            return 0;
        }
    }
    return n;
}

static bool country_ok(const char *cc)
{
    size_t len = cc ? strlen(cc) : 0;
    if (len < 1 || len > 3 || cc[0] == '0') return false;
    for (size_t i = 0; i < len; i++)
        if (!is_digit(cc[i])) return false;
    return true;
}

/* Drops the digit dialled before a number at home: 0, but 1 in North America; in Italy 0 belongs to the number. */
static const char *phone_without_trunk(const char *digits, size_t *n, const char *country)
{
    bool drop = digits[0] == '0' && !str_eq(country, "39");
    if (str_eq(country, "1") && digits[0] == '1' && *n == 11) drop = true;
    if (!drop) return digits;
    --*n;
    return digits + 1;
}

char *phone_normal(struct arena *a, const char *s, const char *country_code)
{
    if (!s) return NULL;
    char typed[PHONE_TYPED_MAX_DIGITS] = { 0 };
    bool international;
    size_t n = phone_digits(s, typed, &international);
    if (n == 0) return NULL;
    const char *digits = typed, *country = "";
    if (!international) {
        if (!country_ok(country_code)) return NULL;
        country = country_code;
        digits = phone_without_trunk(typed, &n, country);
        if (n == 0 || (digits != typed && digits[0] == '0')) return NULL;
    } else if (digits[0] == '0') {
        return NULL;
    }
    size_t total = strlen(country) + n;
    if (total < PHONE_MIN_DIGITS || total > PHONE_MAX_DIGITS) return NULL;
    char *out = arena_alloc(a, total + 2);
    if (!out) return NULL;
    out[0] = '+';
    memcpy(out + 1, country, strlen(country));
    memcpy(out + 1 + strlen(country), digits, n);
    return out;
}

/* ---- base64url (RFC 4648, no padding) and hexadecimal ---------------------------------------------------------- */
static const char b64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t base64url_encode(const void *data, size_t len, char *out)
{
    const uint8_t *in = data;
    char *to = out;
    uint32_t acc = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < len; i++) {
        acc = (acc << 8 | in[i]) & 0xFFFF;
        for (bits += 8; bits >= 6; bits -= 6) *to++ = b64_digits[acc >> (bits - 6) & 63];
    }
    if (bits) *to++ = b64_digits[acc << (6 - bits) & 63];
    *to = '\0';
    return (size_t)(to - out);
}

static int b64_value(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (is_digit(c)) return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool base64url_decode(const char *s, void *out, size_t out_len)
{
    uint8_t *to = out;
    size_t n = 0;
    uint32_t acc = 0;
    unsigned bits = 0;
    if (!s || strlen(s) != (out_len * 8 + 5) / 6) return false;
    for (; *s; s++) {
        int v = b64_value(*s);
        if (v < 0) return false;
        acc = (acc << 6 | (uint32_t)v) & 0xFFFF;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        to[n++] = (uint8_t)(acc >> bits);
    }
    return (acc & ((1u << bits) - 1)) == 0; /* else two texts would mean the same bytes */
}

void hex_encode(const void *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *in = data;
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[in[i] >> 4];
        *out++ = digits[in[i] & 15];
    }
    *out = '\0';
}
