/* address.c - whose request this is. Everything is brought to 16 bytes (IPv4 as ::ffff:a.b.c.d), so that one
 * comparison serves both families. Garbage is never an error here: it ends the walk at the last hop we know. */
#include "core/http/http.h"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { CIDRS_MAX = 64, HOPS_MAX = 32, ADDRESS_TEXT = 64 };
struct address { unsigned char b[16]; };
struct cidr { struct address net; int bits; /* of 128 */ };

static bool is_v4(const struct address *a)
{
    static const unsigned char mapped[12] = { [10] = 0xff, [11] = 0xff };
    return memcmp(a->b, mapped, 12) == 0;
}

static bool address_parse(const char *s, struct address *out)
{
    if (strchr(s, ':')) return inet_pton(AF_INET6, s, out->b) == 1;
    memcpy(out->b, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12);
    return inet_pton(AF_INET, s, out->b + 12) == 1;
}

static void address_format(const struct address *a, char out[ADDRESS_TEXT])
{
    inet_ntop(is_v4(a) ? AF_INET : AF_INET6, is_v4(a) ? a->b + 12 : a->b, out, ADDRESS_TEXT);
}

/* [s, s + len) without white space around it, as a string; false: empty or too long. */
static bool copy_trimmed(const char *s, size_t len, char out[ADDRESS_TEXT])
{
    while (len && (*s == ' ' || *s == '\t')) s++, len--;
    while (len && (s[len - 1] == ' ' || s[len - 1] == '\t')) len--;
    if (len == 0 || len >= ADDRESS_TEXT || memchr(s, '\0', len)) return false;
    memcpy(out, s, len);
    out[len] = '\0';
    return true;
}

static bool bits_parse(const char *s, int max, int *out)
{
    int v = 0;
    if (!*s || strlen(s) > 3) return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9') return false;
        v = v * 10 + (*s - '0');
    }
    *out = v;
    return v <= max;
}

static bool cidr_parse(const char *s, size_t len, struct cidr *out)
{
    char text[ADDRESS_TEXT];
    if (!copy_trimmed(s, len, text)) return false;
    char *slash = strchr(text, '/');
    if (slash) *slash = '\0';
    if (!address_parse(text, &out->net)) return false;
    bool v4 = !strchr(text, ':');
    int bits = v4 ? 32 : 128;
    if (slash && !bits_parse(slash + 1, bits, &bits)) return false;
    out->bits = bits + (v4 ? 96 : 0);
    return true;
}

static bool cidr_holds(const struct cidr *c, const struct address *a)
{
    size_t whole = (size_t)c->bits / 8;
    unsigned rest = (unsigned)c->bits % 8;
    if (memcmp(c->net.b, a->b, whole) != 0) return false;
    return rest == 0 || (unsigned char)((c->net.b[whole] ^ a->b[whole]) >> (8 - rest)) == 0;
}

/* Walks the list; an entry that cannot be read trusts nobody. */
static bool trusted(const char *cidrs, const struct address *a)
{
    for (const char *s = cidrs; s && *s;) {
        struct cidr c;
        size_t len = strcspn(s, ",");
        if (cidr_parse(s, len, &c) && cidr_holds(&c, a)) return true;
        s += len + (s[len] == ',');
    }
    return false;
}

bool cidrs_valid(const char *cidrs)
{
    int n = 0;
    if (!cidrs || !cidrs[strspn(cidrs, " \t")]) return true;
    for (const char *s = cidrs;; n++) {
        struct cidr c;
        size_t len = strcspn(s, ",");
        if (n == CIDRS_MAX || !cidr_parse(s, len, &c)) return false;
        if (!s[len]) return true;
        s += len + 1;
    }
}

bool address_trusted(const char *cidrs, const char *peer)
{
    struct address a;
    return peer && address_parse(peer, &a) && trusted(cidrs, &a);
}

/* One entry of X-Forwarded-For: an address, perhaps with a port, IPv6 then in brackets. */
static bool hop_parse(const char *s, size_t len, struct address *out)
{
    char text[ADDRESS_TEXT], *from = text;
    if (!copy_trimmed(s, len, text)) return false;
    char *colon = strchr(text, ':'), *bracket = strchr(text, ']');
    if (text[0] == '[') {
        if (!bracket || (bracket[1] != '\0' && bracket[1] != ':')) return false;
        *bracket = '\0';
        from = text + 1;
        if (!strchr(from, ':')) return false;
    } else if (colon && !strchr(colon + 1, ':')) {
        *colon = '\0'; /* one colon: IPv4 and port */
    }
    return address_parse(from, out);
}

/* From the right: each entry was written by the hop to its right, so it is believed while those hops are trusted. */
void client_address(const char *cidrs, const char *peer, const char *x_forwarded_for, char out[64])
{
    struct address at, hop;
    if (!peer || !address_parse(peer, &at)) {
        snprintf(out, ADDRESS_TEXT, "unknown");
        return;
    }
    const char *begin = x_forwarded_for ? x_forwarded_for : "", *end = begin + strlen(begin);
    for (int n = 0; n < HOPS_MAX && end > begin && trusted(cidrs, &at); n++) {
        const char *from = end;
        while (from > begin && from[-1] != ',') from--;
        if (!hop_parse(from, (size_t)(end - from), &hop)) break;
        at = hop;
        end = from > begin ? from - 1 : begin;
    }
    address_format(&at, out);
}

void address_network(const char *address, char out[64])
{
    struct in6_addr six;
    if (inet_pton(AF_INET6, address, &six) == 1 && !IN6_IS_ADDR_V4MAPPED(&six)) {
        memset(six.s6_addr + 8, 0, 8);
        if (inet_ntop(AF_INET6, &six, out, 64)) return;
    }
    snprintf(out, 64, "%s", address);
}
