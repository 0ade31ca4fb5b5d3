/* cards_signature.c - see cards_signature.h. */
#include "modules/cards/cards_signature.h"
#include <stdio.h>
#include <string.h>

static bool read_stamp(const char *p, size_t n, struct cards_signature *out)
{
    if (n == 0 || n > 12 || *out->stamp || (n > 1 && *p == '0')) return false;
    for (size_t i = 0; i < n; i++) {
        if (p[i] < '0' || p[i] > '9') return false;
        out->at = out->at * 10 + (p[i] - '0');
    }
    memcpy(out->stamp, p, n);
    out->stamp[n] = 0;
    return true;
}

static void read_v1(const char *p, size_t n, struct cards_signature *out)
{
    if (n != CARDS_SIGNATURE_HEX || strspn(p, "0123456789abcdef") < n || out->n == CARDS_SIGNATURES_MAX) return;
    memcpy(out->v1[out->n], p, n);
    out->v1[out->n++][n] = 0;
}

bool cards_signature_read(const char *header, struct cards_signature *out)
{
    *out = (struct cards_signature){ 0 };
    if (!header || strnlen(header, CARDS_HEADER_MAX) == CARDS_HEADER_MAX) return false;
    for (const char *p = header; *p; p += *p == ',') {
        p += strspn(p, " \t");
        size_t n = strcspn(p, ","), key = strcspn(p, "=,"), end = n;
        while (end > key && (p[end - 1] == ' ' || p[end - 1] == '\t')) end--;
        if (key == 1 && *p == 't' && p[key] == '=' && !read_stamp(p + 2, end - 2, out)) return false;
        if (key == 2 && strncmp(p, "v1", 2) == 0 && p[key] == '=') read_v1(p + 3, end - 3, out);
        p += n;
    }
    return *out->stamp && out->n > 0;
}

bool cards_signature_by(const struct cards_signature *s, const char *secret, const char *body, size_t len)
{
    char head[24], want[CARDS_SIGNATURE_HEX + 1];
    bool good = false;
    size_t n = (size_t)snprintf(head, sizeof head, "%s.", s->stamp);
    struct digest d = seal_hmac_sha256(secret, strlen(secret), head, n, body, len);
    hex_encode(d.b, sizeof d.b, want);
    for (size_t i = 0; i < s->n; i++) good |= seal_equal(s->v1[i], want);
    return good;
}

bool cards_signature_fresh(const struct cards_signature *s, int64_t now)
{
    int64_t late = floor_div(now, USEC_PER_SEC) - s->at;
    return late <= CARDS_TOLERANCE_S && late >= -CARDS_TOLERANCE_S;
}
