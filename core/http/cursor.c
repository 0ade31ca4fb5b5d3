/* cursor.c - a place in a long list as text: base64url of "order number id key". Nothing in it is secret, and a made up
 * one is just another place, so it is not sealed; it says which order it belongs to. */
#include "core/http/app.h"
#include <string.h>

enum { PLAIN_MAX = 1200 }; /* a folded name is at most 500 bytes or so */

const char *cursor_write(struct arena *a, const char *order, const struct position *p)
{
    char id[ID_TEXT];
    const char *plain = arena_printf(a, "%s %s%lld %s %s", order, p->number < 0 ? "-" : "", (long long)(p->number < 0 ? -p->number : p->number),
        id_format(p->id, id), p->text ? p->text : "");
    size_t len = strlen(plain);
    if (len >= PLAIN_MAX) return NULL;
    char *out = arena_alloc(a, len * 4 / 3 + 4);
    if (out) base64url_encode(plain, len, out);
    return out;
}

static bool skip_word(const char **p, const char *word)
{
    size_t n = strlen(word);
    if (strncmp(*p, word, n) != 0 || (*p)[n] != ' ') return false;
    *p += n + 1;
    return true;
}

bool cursor_read(struct arena *a, const char *order, const char *text, struct position *out)
{
    size_t n = strlen(text), len = n / 4 * 3 + (n % 4 ? n % 4 - 1 : 0);
    char *plain = len < PLAIN_MAX ? arena_alloc(a, len + 1) : NULL;
    char id[ID_TEXT] = "";
    if (!plain || !base64url_decode(text, plain, len) || memchr(plain, 0, len) || !utf8_valid(plain, len)) return false;
    plain[len] = 0;
    const char *p = plain;
    if (!skip_word(&p, order)) return false;
    bool negative = *p == '-';
    p += negative;
    if (!str_digits(&p, &out->number) || out->number == INT64_MAX || *p++ != ' ' || strlen(p) < ID_TEXT || p[ID_TEXT - 1] != ' ') return false;
    memcpy(id, p, ID_TEXT - 1);
    if (negative) out->number = -out->number;
    out->text = p + ID_TEXT;
    return id_parse(id, &out->id) && !id_is_nil(out->id);
}

enum rc req_position(struct req *r, const char *cursor, const char *order, struct position *out)
{
    *out = (struct position){ 0 };
    if (!cursor || cursor_read(r->arena, order, cursor, out)) return RC_OK;
    req_field_error(r, "cursor", "is not one that this list gave in this order");
    return req_invalid(r);
}

const char *req_cursor(const struct req *r, const char *order, const struct position *p) { return cursor_write(r->arena, order, p); }
