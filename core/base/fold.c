/* fold.c - the form of a text that searches compare: NFKD, no marks, case folded, white space collapsed. The only
 * file that knows ICU. Plain ASCII, which is most of it, does without. */
#include "core/base/base.h"

#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

enum { FOLD_MAX_BYTES = 1024 * 1024, SMALL_BYTES = 1024 };

/* What does not fit latches the arena: an empty search text must not be stored as if it were the answer. */
static char *fold_failed(struct arena *a)
{
    return arena_strndup(a, "", SIZE_MAX);
}

static bool is_ascii(const char *s, size_t len)
{
    unsigned char any = 0;
    for (size_t i = 0; i < len; i++) any |= (unsigned char)s[i];
    return any < 0x80;
}

static bool ascii_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1C && c <= 0x1F);
}

static char *fold_ascii(struct arena *a, const char *s, size_t len)
{
    char *out = arena_alloc(a, len + 1), *p = out;
    if (!out) return fold_failed(a);
    bool gap = false;
    for (size_t i = 0; i < len; i++) {
        char c = s[i];
        if (ascii_space(c)) {
            gap = p > out;
            continue;
        }
        if (gap) *p++ = ' ';
        gap = false;
        *p++ = (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
    }
    return out;
}

/* UTF-16 of the arena through one ICU normalizer: a first call asks for the size. *len in and out; NULL: failed. */
static UChar *normalized(struct arena *a, const UNormalizer2 *n, const UChar *in, int32_t *len)
{
    UErrorCode err = U_ZERO_ERROR;
    int32_t need = unorm2_normalize(n, in, *len, NULL, 0, &err);
    if (U_FAILURE(err) && err != U_BUFFER_OVERFLOW_ERROR) return NULL;
    UChar *out = arena_alloc(a, ((size_t)need + 1) * sizeof *out);
    if (!out) return NULL;
    err = U_ZERO_ERROR;
    unorm2_normalize(n, in, *len, out, need + 1, &err);
    *len = need;
    return U_SUCCESS(err) ? out : NULL;
}

/* Marks that sit on a letter go; spacing ones (vowels of Indic scripts) are letters to their readers. */
static bool is_mark(UChar32 c)
{
    return (U_GET_GC_MASK(c) & (U_GC_MN_MASK | U_GC_ME_MASK)) != 0;
}

static UChar32 next_point(const UChar *s, int32_t *i, int32_t len)
{
    int32_t c = s[(*i)++];
    if ((c & 0xFC00) != 0xD800 || *i >= len || (s[*i] & 0xFC00) != 0xDC00) return c;
    return 0x10000 + ((c - 0xD800) * 0x400) + (s[(*i)++] - 0xDC00);
}

/* In place: drops marks, makes one space of each run of white space, none at the ends. Returns the new length. */
static int32_t squeeze(UChar *s, int32_t len)
{
    int32_t from = 0, to = 0;
    bool gap = false;
    while (from < len) {
        int32_t begin = from;
        UChar32 c = next_point(s, &from, len);
        if (is_mark(c)) continue;
        if (u_isUWhiteSpace(c)) {
            gap = to > 0;
            continue;
        }
        /* There is room: the white space that made the gap was read already. */
        if (gap) s[to++] = ' ';
        gap = false;
        for (int32_t i = begin; i < from; i++) s[to++] = s[i];
    }
    return to;
}

static char *to_utf8(struct arena *a, const UChar *s, int32_t len, struct arena_mark scratch)
{
    char small[SMALL_BYTES];
    int32_t n = 0;
    UErrorCode err = U_ZERO_ERROR;
    u_strToUTF8(small, sizeof small, &n, s, len, &err);
    if (U_SUCCESS(err)) {
        arena_rewind(a, scratch); /* the usual case leaves nothing but the result */
        return arena_strndup(a, small, (size_t)n);
    }
    char *out = arena_alloc(a, (size_t)n + 1);
    err = U_ZERO_ERROR;
    if (out) u_strToUTF8(out, n + 1, NULL, s, len, &err);
    return out && U_SUCCESS(err) ? out : fold_failed(a);
}

static char *fold_unicode(struct arena *a, const char *s, size_t bytes)
{
    struct arena_mark scratch = arena_mark(a);
    UErrorCode err = U_ZERO_ERROR, err2 = U_ZERO_ERROR;
    const UNormalizer2 *casefold = unorm2_getNFKCCasefoldInstance(&err), *nfkd = unorm2_getNFKDInstance(&err2);
    ASSERT(U_SUCCESS(err) && U_SUCCESS(err2)); /* ICU's own data is missing: the installation is broken */
    int32_t len = 0;
    UChar *u = arena_alloc(a, (bytes + 1) * sizeof *u); /* UTF-16 has at most as many units as UTF-8 bytes */
    if (u) u_strFromUTF8WithSub(u, (int32_t)bytes + 1, &len, s, (int32_t)bytes, 0xFFFD, NULL, &err);
    if (u && U_SUCCESS(err)) u = normalized(a, casefold, u, &len);
    if (u && U_SUCCESS(err)) u = normalized(a, nfkd, u, &len);
    if (!u || U_FAILURE(err)) return fold_failed(a);
    return to_utf8(a, u, squeeze(u, len), scratch);
}

char *text_fold(struct arena *a, const char *s)
{
    if (!s) return NULL;
    size_t len = strlen(s);
    if (len > FOLD_MAX_BYTES) return fold_failed(a);
    return is_ascii(s, len) ? fold_ascii(a, s, len) : fold_unicode(a, s, len);
}
