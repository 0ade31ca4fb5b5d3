/* clients_search.c - what of a name, an address and a number becomes a search term, and what of a question becomes a
 * word: both go through the same splitting, so that what was stored is what is looked for. */
#include "modules/clients/clients_search.h"
#include <string.h>

enum { NAME_TERMS_MAX = 8, EMAIL_TERMS_MAX = 4, PHONE_TERMS_MAX = 12, SUFFIX_MIN = 4, STRIPPED_MIN = SUFFIX_MIN, WORDS_READ_MAX = 16 };
_Static_assert(NAME_TERMS_MAX + EMAIL_TERMS_MAX + PHONE_TERMS_MAX <= TERMS_PER_CLIENT_MAX, "the terms of each kind fit together");

struct words { struct arena *arena; const char **at; size_t n, max; };

static bool digit(char c) { return c >= '0' && c <= '9'; }

/* A word of at most SEARCH_TERM_MAX bytes, cut between characters. Once each. */
static void add(struct words *w, const char *s, size_t len)
{
    if (len > SEARCH_TERM_MAX)
        for (len = SEARCH_TERM_MAX; ((unsigned char)s[len] & 0xC0) == 0x80;) len--;
    if (len == 0 || w->n >= w->max) return;
    for (size_t i = 0; i < w->n; i++)
        if (strlen(w->at[i]) == len && memcmp(w->at[i], s, len) == 0) return;
    w->at[w->n++] = arena_strndup(w->arena, s, len);
}

/* How many bytes at s are punctuation: all of ASCII but letters and digits, and the hyphens and quotes of U+2010 to U+201B. */
static size_t punctuation(const char *s)
{
    unsigned char c = (unsigned char)*s;
    if (c < 0x80) return c && !digit(*s) && !(c >= 'a' && c <= 'z');
    return c == 0xE2 && (unsigned char)s[1] == 0x80 && (unsigned char)s[2] >= 0x90 && (unsigned char)s[2] <= 0x9B ? 3 : 0;
}

/* The parts of "popescu-ionescu"; joined: all of it in one as well, for those who leave out the hyphen. */
static void add_parts(struct words *w, const char *s, size_t len, bool joined)
{
    const char *end = s + len, *part = s;
    char *all = arena_alloc(w->arena, len + 1);
    size_t n = 0, parts = 0;
    for (const char *p = s; p < end;) {
        size_t skip = punctuation(p);
        if (!skip && all) all[n++] = *p;
        if (skip && p > part) add(w, part, (size_t)(p - part)), parts++;
        p += skip ? skip : 1;
        if (skip) part = p;
    }
    if (end > part) add(w, part, (size_t)(end - part)), parts++;
    if (joined && parts > 1 && all) add(w, all, n);
}

const char *client_digits(struct arena *a, const char *phone)
{
    if (!phone) return "";
    char *out = arena_alloc(a, strlen(phone) + 1), *p = out;
    if (!out) return "";
    for (; *phone; phone++)
        if (digit(*phone)) *p++ = *phone;
    return out;
}

static void add_email(struct words *w, const char *email)
{
    const char *folded = text_fold(w->arena, email);
    add(w, folded, strlen(folded));
    add_parts(w, folded, strcspn(folded, "@"), false);
}

struct list client_terms(struct arena *a, const char *name_folded, const char *email, const char *digits)
{
    struct words w = { a, arena_alloc(a, TERMS_PER_CLIENT_MAX * sizeof *w.at), 0, NAME_TERMS_MAX };
    if (!w.at) return (struct list){ NULL, 0 };
    for (const char *p = name_folded; *p; p += strspn(p, " ")) {
        size_t len = strcspn(p, " ");
        add_parts(&w, p, len, true);
        p += len;
    }
    w.max = w.n + EMAIL_TERMS_MAX;
    if (email) add_email(&w, email);
    w.max = w.n + PHONE_TERMS_MAX;
    for (size_t len = strlen(digits), i = 0; i + SUFFIX_MIN <= len; i++) add(&w, digits + i, len - i);
    return (struct list){ w.at, w.n };
}

/* "+40 (721) 000-111": something of a telephone number, at least min digits of it. */
static bool phone_like(const char *s, size_t len, size_t min)
{
    size_t digits = 0;
    for (size_t i = 0; i < len; i++) {
        if (!memchr("+-./() ", s[i], 7) && !digit(s[i])) return false;
        digits += digit(s[i]);
    }
    return digits >= min;
}

/* The zero or zeros dialled before a number are not part of it when it was stored with its country's. */
static void add_phone(struct words *w, const char *s, size_t len)
{
    const char *d = client_digits(w->arena, arena_strndup(w->arena, s, len));
    size_t zeros = strspn(d, "0");
    if (strlen(d) >= zeros + STRIPPED_MIN) d += zeros;
    add(w, d, strlen(d));
}

static void read_words(struct words *w, const char *folded)
{
    if (phone_like(folded, strlen(folded), 3)) {
        add_phone(w, folded, strlen(folded));
        return;
    }
    for (const char *p = folded; *p; p += strspn(p, " ")) {
        size_t len = strcspn(p, " ");
        if (memchr(p, '@', len)) add(w, p, len);
        else if (phone_like(p, len, 1)) add_phone(w, p, len);
        else add_parts(w, p, len, false);
        p += len;
    }
}

static bool implied(const struct words *w, size_t i)
{
    for (size_t k = 0; k < w->n; k++)
        if (k != i && str_starts(w->at[k], w->at[i])) return true; /* "pop" says nothing beside "popescu" */
    return false;
}

size_t client_words(struct arena *a, const char *q, const char *out[SEARCH_WORDS_MAX])
{
    const char *read[WORDS_READ_MAX];
    struct words w = { a, read, 0, WORDS_READ_MAX };
    size_t n = 0;
    read_words(&w, text_fold(a, q));
    for (size_t i = 0; i < w.n; i++) {
        size_t at = n;
        if (implied(&w, i)) continue;
        while (at > 0 && strlen(out[at - 1]) < strlen(w.at[i])) at--;
        if (at == SEARCH_WORDS_MAX) continue;
        for (size_t k = n < SEARCH_WORDS_MAX ? n : SEARCH_WORDS_MAX - 1; k > at; k--) out[k] = out[k - 1];
        out[at] = w.at[i];
        if (n < SEARCH_WORDS_MAX) n++;
    }
    return n;
}

const char *client_bound(struct arena *a, const char *prefix)
{
    return arena_printf(a, "%s\xF4\x8F\xBF\xBF", prefix); /* U+10FFFF: nothing that is written comes after it */
}
