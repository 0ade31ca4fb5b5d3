/* id.c - UUIDv7: 48 bits of milliseconds, 12 bits that order the ids of one millisecond, 62 random bits. The first
 * 60 are one counter that follows the clock and never stands still or goes back: when the clock does, or when more
 * than 4096 ids are made in a millisecond, it runs ahead by one per id. */
#include "core/base/base.h"

#include <stdatomic.h>
#include <string.h>

static _Atomic uint64_t last_stamp; /* milliseconds << 12 | fraction of it in 4096ths */

static uint64_t stamp_next(void)
{
    int64_t us = now_us();
    if (us < 0) us = 0;
    uint64_t stamp = (uint64_t)us / 1000 << 12 | (uint64_t)us % 1000 * 4096 / 1000;
    uint64_t last = atomic_load_explicit(&last_stamp, memory_order_relaxed), next;
    do next = stamp > last ? stamp : last + 1;
    while (!atomic_compare_exchange_weak_explicit(&last_stamp, &last, next, memory_order_relaxed, memory_order_relaxed));
    return next;
}

struct id id_new(void)
{
    uint64_t stamp = stamp_next(), ms = stamp >> 12;
    struct id id;
    for (int i = 0; i < 6; i++) id.b[i] = (uint8_t)(ms >> (40 - 8 * i));
    id.b[6] = (uint8_t)(0x70 | (stamp >> 8 & 15));
    id.b[7] = (uint8_t)stamp;
    env.random(id.b + 8, 8);
    id.b[8] = (uint8_t)(0x80 | (id.b[8] & 0x3F));
    return id;
}

bool id_is_nil(struct id id)
{
    return id_eq(id, ID_NIL);
}

bool id_eq(struct id a, struct id b)
{
    return memcmp(a.b, b.b, sizeof a.b) == 0;
}

int id_cmp(struct id a, struct id b)
{
    return memcmp(a.b, b.b, sizeof a.b);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* A hyphen stands before these bytes. */
static inline bool group_begins(int byte)
{
    return byte == 4 || byte == 6 || byte == 8 || byte == 10;
}

bool id_parse(const char *s, struct id *out)
{
    struct id id;
    if (!s) return false;
    for (int i = 0; i < 16; i++) {
        if (group_begins(i) && *s++ != '-') return false;
        int high = hex_value(s[0]), low = high < 0 ? -1 : hex_value(s[1]);
        if (low < 0) return false;
        id.b[i] = (uint8_t)(high << 4 | low);
        s += 2;
    }
    if (*s) return false;
    *out = id;
    return true;
}

char *id_format(struct id id, char out[ID_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    char *p = out;
    for (int i = 0; i < 16; i++) {
        if (group_begins(i)) *p++ = '-';
        *p++ = digits[id.b[i] >> 4];
        *p++ = digits[id.b[i] & 15];
    }
    *p = '\0';
    return out;
}
