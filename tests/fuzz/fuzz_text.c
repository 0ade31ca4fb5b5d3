/* fuzz_text.c - what people and programs type: e-mail, telephone, dates, instants, ids, base64url, any bytes as a
 * JSON string. What is accepted must be in its one normal form. */
#include "core/base/base.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_contacts(struct arena *a, const char *s)
{
    char *email = email_normal(a, s);
    if (email) {
        ASSERT(strlen(email) <= 254 && str_eq(email_normal(a, email), email));
        ASSERT(!strpbrk(email, " \r\n\t<>,;\"") && strchr(email, '@') == strrchr(email, '@'));
    }
    static const char *const countries[] = { NULL, "40", "39", "1", "+40" };
    for (size_t i = 0; i < ARRAY_LEN(countries); i++) {
        char *phone = phone_normal(a, s, countries[i]);
        if (!phone) continue;
        ASSERT(phone[0] == '+' && phone[1] != '0' && strspn(phone + 1, "0123456789") == strlen(phone) - 1 && strlen(phone) <= 16);
        ASSERT(str_eq(phone_normal(a, phone, NULL), phone));
    }
}

static void check_times(const char *s)
{
    int64_t v, again;
    char text[INSTANT_TEXT], small[16];
    if (instant_parse(s, &v)) ASSERT(instant_parse(instant_format(v, text), &again) && again == v);
    if (date_parse(s, &v)) ASSERT(str_eq(date_format(v, small), s));
    if (time_of_day_parse(s, &v)) ASSERT(str_eq(time_of_day_format(v, small), s));
    struct id id, same;
    char id_text[ID_TEXT];
    if (id_parse(s, &id)) ASSERT(id_parse(id_format(id, id_text), &same) && id_eq(id, same));
}

static void check_base64url(struct arena *a, const char *s, const uint8_t *data, size_t size)
{
    char *text = arena_alloc(a, 4 * ((size + 2) / 3) + 1), *back = arena_alloc(a, size + 1);
    ASSERT(text && back);
    size_t len = base64url_encode(data, size, text);
    ASSERT(strlen(text) == len && base64url_decode(text, back, size) && memcmp(back, data, size) == 0);
    size_t out_len = strlen(s) * 6 / 8; /* the only length it can have */
    if (base64url_decode(s, back, out_len)) {
        base64url_encode(back, out_len, text);
        ASSERT(str_eq(text, s));
    }
}

static unsigned hex4(const char *s)
{
    char digits[5] = { s[0], s[1], s[2], s[3], '\0' };
    ASSERT(strspn(digits, "0123456789abcdef") == 4);
    return (unsigned)strtoul(digits, NULL, 16);
}

/* Reads the string back by another way than it was written: length must agree, no raw control character or quote. */
static void check_json(const uint8_t *data, size_t size)
{
    struct buf b CLEANUP(buf_free) = { 0 }, back CLEANUP(buf_free) = { 0 };
    buf_init(&b, size * 6 + 2);
    buf_init(&back, size * 6 + 2);
    struct json j = json_to(&b);
    json_strn(&j, (const char *)data, size);
    ASSERT(!b.failed && utf8_valid(b.data, b.len) && b.len >= 2 && b.data[0] == '"' && b.data[b.len - 1] == '"');
    for (size_t i = 1; i < b.len - 1; i++) {
        char c = b.data[i];
        ASSERT((unsigned char)c >= ' ' && c != '"');
        if (c != '\\') {
            buf_putc(&back, c);
            continue;
        }
        static const char from[] = "bfnrt\"\\", to[] = "\b\f\n\r\t\"\\";
        c = b.data[++i];
        const char *at = memchr(from, c, sizeof from - 1);
        ASSERT(at || (c == 'u' && i + 4 < b.len - 1));
        unsigned code = at ? 0 : hex4(b.data + i + 1);
        ASSERT(at || code < ' ' || code == 0x2028 || code == 0x2029);
        if (at) buf_putc(&back, to[at - from]);
        else if (code < ' ') buf_putc(&back, (char)code);
        else buf_puts(&back, code == 0x2028 ? "\xE2\x80\xA8" : "\xE2\x80\xA9");
        if (!at) i += 4;
    }
    ASSERT(!back.failed);
    if (utf8_valid((const char *)data, size)) ASSERT(back.len == size && (size == 0 || memcmp(back.data, data, size) == 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > 4096) return 0;
    struct arena *a = arena_new(1 << 20);
    ASSERT(a != NULL);
    char *s = malloc(size + 1); /* of exactly this size, so that a read past the end is seen */
    ASSERT(s != NULL);
    if (size) memcpy(s, data, size);
    s[size] = '\0';
    check_contacts(a, s);
    check_times(s);
    check_base64url(a, s, data, size);
    check_json(data, size);
    const char *folded = text_fold(a, s);
    ASSERT(!arena_failed(a) && utf8_valid(folded, strlen(folded)));
    ASSERT(!strstr(folded, "  ") && folded[0] != ' ' && (!*folded || folded[strlen(folded) - 1] != ' '));
    free(s);
    arena_free(a);
    return 0;
}
