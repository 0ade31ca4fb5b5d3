/* zone_parse.c - a TZif file image (RFC 8536, version 2 or later) into a struct zone. Nothing in the image is
 * believed: every count is checked against the length before it is used. */
#include "core/base/zone.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_BYTES = 44, CHANGES_MAX = 4096, FOOTER_MAX_BYTES = 128, OFFSET_MAX_S = 26 * 3600 };
#define CHANGE_MIN_S (-(1LL << 59)) /* RFC 8536; real files begin there or in the 19th century */
#define CHANGE_MAX_S (1LL << 40)    /* the year 36812 */

struct block {
    const uint8_t *times, *indexes, *types, *abbrevs, *end;
    uint32_t n_changes, n_types, n_abbrev_bytes;
};

static uint32_t be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be64(const uint8_t *p)
{
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

/* One header and the data behind it; time_bytes is 4 in the first block and 8 in the second. */
static bool block_read(const uint8_t *p, const uint8_t *file_end, size_t time_bytes, struct block *b)
{
    if (file_end - p < HEADER_BYTES || memcmp(p, "TZif", 4) != 0 || p[4] < '2') return false;
    uint32_t n_ut = be32(p + 20), n_std = be32(p + 24), n_leaps = be32(p + 28);
    *b = (struct block){ .n_changes = be32(p + 32), .n_types = be32(p + 36), .n_abbrev_bytes = be32(p + 40) };
    bool sane = b->n_changes <= CHANGES_MAX && b->n_types <= ZONE_TYPES_MAX && b->n_abbrev_bytes <= ZONE_ABBREV_MAX_BYTES &&
                n_leaps <= CHANGES_MAX && n_ut <= b->n_types && n_std <= b->n_types;
    if (!sane || (time_bytes == 8 && n_leaps)) return false; /* leap seconds: "right/" zones, whose clock is not ours */
    size_t size = b->n_changes * (time_bytes + 1) + b->n_types * 6 + b->n_abbrev_bytes + n_leaps * (time_bytes + 4) + n_ut + n_std;
    if (size > (size_t)(file_end - p) - HEADER_BYTES) return false;
    b->times = p + HEADER_BYTES;
    b->indexes = b->times + b->n_changes * time_bytes;
    b->types = b->indexes + b->n_changes;
    b->abbrevs = b->types + b->n_types * 6;
    b->end = p + HEADER_BYTES + size;
    return true;
}

static bool type_read(const struct block *b, uint32_t i, struct zone_type *out)
{
    const uint8_t *p = b->types + i * 6;
    int32_t offset = (int32_t)be32(p);
    if (offset < -OFFSET_MAX_S || offset > OFFSET_MAX_S || p[4] > 1 || p[5] >= b->n_abbrev_bytes) return false;
    const char *abbrev = (const char *)b->abbrevs + p[5];
    size_t len = strnlen(abbrev, b->n_abbrev_bytes - p[5]);
    if (len == b->n_abbrev_bytes - p[5] || len >= ZONE_TEXT_MAX_BYTES) return false;
    for (size_t k = 0; k < len; k++)
        if (abbrev[k] < ' ' || abbrev[k] > '~') return false;
    *out = (struct zone_type){ .offset_s = offset, .dst = p[4] };
    memcpy(out->abbrev, abbrev, len);
    return true;
}

/* A file may say twice that nothing changes; such a line would only cost time. */
static void change_add(struct zone *z, int64_t at_s, uint16_t type)
{
    if (z->n_changes && z->changes[z->n_changes - 1].at_s == at_s) z->n_changes--;
    z->changes[z->n_changes++] = (struct zone_change){ .at_s = at_s, .type = type };
}

static bool changes_read(struct zone *z, const struct block *b)
{
    for (uint32_t i = 0; i < b->n_changes; i++) {
        int64_t at = be64(b->times + i * 8);
        if (at < CHANGE_MIN_S || at > CHANGE_MAX_S || b->indexes[i] >= b->n_types) return false;
        if (i && at <= z->changes[i - 1].at_s) return false;
        change_add(z, at, b->indexes[i]);
    }
    return true;
}

/* "\n" text "\n" behind the second block. */
static bool footer_read(const uint8_t *p, const uint8_t *end, char out[FOOTER_MAX_BYTES])
{
    if (p >= end || *p++ != '\n') return false;
    const uint8_t *stop = memchr(p, '\n', (size_t)(end - p));
    if (!stop || stop - p >= FOOTER_MAX_BYTES || memchr(p, '\0', (size_t)(stop - p))) return false;
    memcpy(out, p, (size_t)(stop - p));
    out[stop - p] = '\0';
    return true;
}

struct event {
    int64_t at_s, year;
    uint16_t type;
};

static int event_cmp(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->at_s != y->at_s) return x->at_s < y->at_s ? -1 : 1;
    return (x->year > y->year) - (x->year < y->year); /* summer time all year: the new year's change counts */
}

enum { RULE_YEARS = 403, RULE_EVENTS = 2 * RULE_YEARS };

/* The rule, written out from the year of the last explicit change for 400 years and a little more. */
static bool rule_expand(struct zone *z, const struct zone_rule *r, uint16_t std, uint16_t dst)
{
    struct event *events = malloc(RULE_EVENTS * sizeof *events);
    if (!events) return false;
    int64_t last_s = z->n_changes ? z->changes[z->n_changes - 1].at_s : INT64_MIN;
    struct civil c = { .year = 1850 };
    if (last_s > date_from_civil(1850, 1, 1) * 86400) date_to_civil(floor_div(last_s, 86400), &c);
    int64_t first_year = c.year - 1;
    for (int i = 0; i < RULE_YEARS; i++) {
        int64_t y = first_year + i;
        events[2 * i] = (struct event){ zone_rule_instant(&r->dst_begins, y, r->std.offset_s), y, dst };
        events[2 * i + 1] = (struct event){ zone_rule_instant(&r->dst_ends, y, r->dst.offset_s), y, std };
    }
    qsort(events, RULE_EVENTS, sizeof *events, event_cmp);
    for (int i = 0; i < RULE_EVENTS; i++)
        if (events[i].at_s > last_s) change_add(z, events[i].at_s, events[i].type);
    free(events);
    z->cycle_end_s = date_from_civil(c.year + 1 + 400, 1, 1) * 86400;
    return true;
}

static bool rule_apply(struct zone *z, const char *footer)
{
    struct zone_rule r;
    if (!*footer) return true;
    if (!zone_rule_parse(footer, &r)) return false;
    uint16_t std = z->n_types++, dst = z->n_types++;
    z->types[std] = r.std;
    z->types[dst] = r.dst;
    if (z->n_changes == 0) z->first_type = std;
    if (r.has_dst) return rule_expand(z, &r, std, dst);
    z->n_types = dst;
    return true;
}

/* Once all is known: lines that change neither clock nor name go. */
static void changes_tidy(struct zone *z)
{
    uint32_t n = 0;
    const struct zone_type *now = &z->types[z->first_type];
    for (uint32_t i = 0; i < z->n_changes; i++) {
        const struct zone_type *then = &z->types[z->changes[i].type];
        if (then->offset_s == now->offset_s && strcmp(then->abbrev, now->abbrev) == 0) continue;
        z->changes[n++] = z->changes[i];
        now = then;
    }
    z->n_changes = n;
}

static bool zone_fill(struct zone *z, const struct block *b, const uint8_t *end)
{
    char footer[FOOTER_MAX_BYTES];
    for (uint32_t i = 0; i < b->n_types; i++)
        if (!type_read(b, i, &z->types[z->n_types++])) return false;
    if (!changes_read(z, b) || !footer_read(b->end, end, footer) || !rule_apply(z, footer)) return false;
    changes_tidy(z);
    return true;
}

struct zone *zone_parse(const char *name, const void *data, size_t len)
{
    const uint8_t *p = data, *end = p + len;
    struct block first, b;
    if (strlen(name) > ZONE_NAME_MAX_BYTES || !block_read(p, end, 4, &first) || !block_read(first.end, end, 8, &b)) return NULL;
    if (b.n_types == 0) return NULL;
    struct zone *z = calloc(1, sizeof *z + (b.n_types + 2) * sizeof z->types[0]); /* two more for the rule */
    if (!z) return NULL;
    z->changes = calloc(b.n_changes + RULE_EVENTS, sizeof *z->changes);
    z->cycle_end_s = INT64_MAX;
    memcpy(z->name, name, strlen(name) + 1);
    if (z->changes && zone_fill(z, &b, end)) return z;
    zone_free(z);
    return NULL;
}

void zone_free(struct zone *z)
{
    if (!z) return;
    free(z->changes);
    free(z);
}
