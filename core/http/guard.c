/* guard.c - refuses requests that two programs could read differently: libmicrohttpd 0.9.75 alone answers most of the
 * smuggling attacks with two 200s. Pure; runs before anything else looks at a request. */
#include "core/http/listener_parts.h"
#include <string.h>
#include <strings.h>

enum { HOST_MAX = 255, HEADER_NAME_MAX = 128 };

static bool is_alnum(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* RFC 9110 tchar */
static bool is_token(const char *s, size_t max)
{
    size_t n = 0;
    for (; s[n]; n++)
        if (n == max || (!is_alnum((unsigned char)s[n]) && !strchr("!#$%&'*+-.^_`|~", s[n]))) return false;
    return n > 0;
}

static bool value_ok(const char *s)
{
    for (; *s; s++) {
        unsigned char c = (unsigned char)*s;
        if ((c < 0x20 && c != '\t') || c == 127) return false;
    }
    return true;
}

/* Printable ASCII without space; path and query at most HTTP_PATH_MAX each. "*" is for OPTIONS only. No fragment. */
static bool target_ok(const char *method, const char *target)
{
    if (!strcmp(target, "*")) return !strcmp(method, "OPTIONS");
    if (target[0] != '/') return false;
    for (const char *s = target; *s; s++)
        if ((unsigned char)*s <= 0x20 || (unsigned char)*s >= 127 || *s == '#') return false;
    size_t path = strcspn(target, "?");
    return path <= HTTP_PATH_MAX && strlen(target + path) <= HTTP_PATH_MAX;
}

static int method_status(const char *method)
{
    static const char *const known[] = { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE" }; /* the last two nothing answers but 405 */
    if (!is_token(method, 32)) return 400;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (!strcmp(method, known[i])) return 0;
    return 501;
}

static bool port_ok(const char *s)
{
    unsigned port = 0;
    size_t n = 0;
    for (; s[n]; n++) {
        if (s[n] < '0' || s[n] > '9' || n == 5) return false;
        port = port * 10 + (unsigned)(s[n] - '0');
    }
    return n > 0 && port <= 65535;
}

/* A name, an IPv4 address or [an IPv6 address], and perhaps a port. */
static bool host_ok(const char *s)
{
    size_t n = 0;
    if (strlen(s) > HOST_MAX) return false;
    if (s[0] == '[') {
        n = 1 + strspn(s + 1, "0123456789abcdefABCDEF:.");
        if (n < 3 || s[n] != ']') return false;
        n++;
    } else {
        while (is_alnum((unsigned char)s[n]) || s[n] == '.' || s[n] == '-' || s[n] == '_') n++;
        if (n == 0 || s[0] == '-') return false;
    }
    return s[n] == '\0' || (s[n] == ':' && port_ok(s + n + 1));
}

/* Overflow is more than any body may have. */
bool http_length_parse(const char *s, uint64_t *out)
{
    uint64_t v = 0;
    if (!*s) return false;
    for (; *s; s++) {
        if (*s < '0' || *s > '9') return false;
        if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, (uint64_t)(*s - '0'), &v)) v = UINT64_MAX;
        if (v == UINT64_MAX) {
            *out = UINT64_MAX;
            return strspn(s, "0123456789") == strlen(s);
        }
    }
    *out = v;
    return true;
}

struct framing { int lengths, encodings, hosts; uint64_t length; unsigned seen; };

/* Who asks, from where, for what version: of two that differ, a proxy may have looked at the other one. */
static const char *const once[] = { "Cookie", "Origin", "Authorization", "X-CSRF-Token", "Sec-Fetch-Site", "Content-Type", "If-Match", "Idempotency-Key" };

static bool header_ok(const struct http_header *h, struct framing *f)
{
    if (!is_token(h->name, HEADER_NAME_MAX) || !value_ok(h->value)) return false;
    if (!strcasecmp(h->name, "Content-Length")) return ++f->lengths == 1 && http_length_parse(h->value, &f->length);
    if (!strcasecmp(h->name, "Transfer-Encoding")) return ++f->encodings == 1 && !strcasecmp(h->value, "chunked");
    if (!strcasecmp(h->name, "Host")) return ++f->hosts == 1 && host_ok(h->value);
    if (!strcasecmp(h->name, "Expect")) return !strcasecmp(h->value, "100-continue");
    for (size_t i = 0; i < ARRAY_LEN(once); i++) {
        if (strcasecmp(h->name, once[i]) != 0) continue;
        bool again = f->seen >> i & 1;
        f->seen |= 1u << i;
        return !again;
    }
    return true;
}

int http_guard(const char *method, const char *target, const char *version, const struct http_header *headers, size_t n, size_t body_max)
{
    struct framing f = { 0 };
    int status = method_status(method);
    if (status == 400 || !target_ok(method, target)) return 400;
    bool v11 = !strcmp(version, "HTTP/1.1");
    if (!v11 && strcmp(version, "HTTP/1.0") != 0) return 505;
    if (n > HTTP_HEADERS_MAX) return 431;
    for (size_t i = 0; i < n; i++)
        if (!header_ok(&headers[i], &f)) return 400;
    if (f.lengths && f.encodings) return 400;
    if (v11 ? f.hosts != 1 : f.encodings > 0) return 400;
    if (status) return status;
    return f.length > body_max ? 413 : 0;
}

const char *http_header_in(const struct http_header *headers, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcasecmp(headers[i].name, name)) return headers[i].value;
    return NULL;
}

const char *http_header(const struct http_request *r, const char *name)
{
    return http_header_in(r->headers, r->n_headers, name);
}

uint64_t http_content_length(const struct http_header *headers, size_t n)
{
    uint64_t length = 0;
    const char *value = http_header_in(headers, n, "Content-Length");
    return value && http_length_parse(value, &length) ? length : 0;
}
