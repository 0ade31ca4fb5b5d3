/* limits.c - GCRA in one process: each key remembers one instant, the "theoretical arrival time". 64 shards, each a
 * fixed table with its own lock: no allocation after the start, and a flood of new keys only drops the oldest. */
#include "core/http/http.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SHARDS = 64, SHARD_KEYS = 3125 /* 64 * 3125 = 200,000 */, SHARD_BUCKETS = 4096, NONE_INDEX = -1, IDLE_DROPPED_PER_CALL = 2 };
#define TIME_MAX (INT64_MAX / 4)

/* Index links, so that a shard is one block. A key is its keyed hash: 64 bits that nobody outside can aim at. */
struct entry { uint64_t hash; int64_t tat; int32_t chain, newer, older; };

struct shard {
    pthread_mutex_t lock;
    int32_t newest, oldest, unused;      /* unused: chain of free entries; NONE_INDEX: none */
    int32_t n_touched;                   /* entries that were ever used: the rest is untouched memory */
    int32_t bucket[SHARD_BUCKETS];       /* index + 1; 0: empty, so that fresh zeroed memory is right */
    struct entry entry[SHARD_KEYS];
};

struct limiter { uint64_t key[2]; struct shard shard[SHARDS]; };

struct limiter *limiter_new(void)
{
    struct limiter *l = calloc(1, sizeof *l); /* about 8 MiB, of which only what is used becomes real */
    if (!l) return NULL;
    env.random(l->key, sizeof l->key);
    for (size_t i = 0; i < SHARDS; i++) {
        struct shard *s = &l->shard[i];
        s->newest = s->oldest = s->unused = NONE_INDEX;
        pthread_mutex_init(&s->lock, NULL);
    }
    return l;
}

void limiter_free(struct limiter *l)
{
    if (!l) return;
    for (size_t i = 0; i < SHARDS; i++) pthread_mutex_destroy(&l->shard[i].lock);
    free(l);
}

/* ---- SipHash-2-4 -------------------------------------------------------------------------------------------------- */
static uint64_t rotl(uint64_t x, int b)
{
    return (x << b) | (x >> (64 - b));
}

static void sip_rounds(uint64_t v[4], int rounds)
{
    while (rounds-- > 0) {
        v[0] += v[1], v[1] = rotl(v[1], 13) ^ v[0], v[0] = rotl(v[0], 32);
        v[2] += v[3], v[3] = rotl(v[3], 16) ^ v[2];
        v[0] += v[3], v[3] = rotl(v[3], 21) ^ v[0];
        v[2] += v[1], v[1] = rotl(v[1], 17) ^ v[2], v[2] = rotl(v[2], 32);
    }
}

static uint64_t sip_hash(const uint64_t key[2], const char *s, size_t len)
{
    uint64_t v[4] = { key[0] ^ 0x736f6d6570736575U, key[1] ^ 0x646f72616e646f6dU, key[0] ^ 0x6c7967656e657261U, key[1] ^ 0x7465646279746573U };
    uint64_t last = (uint64_t)len << 56;
    size_t whole = len / 8 * 8;
    for (size_t i = 0; i < whole; i += 8) {
        uint64_t m;
        memcpy(&m, s + i, 8);
        v[3] ^= m;
        sip_rounds(v, 2);
        v[0] ^= m;
    }
    for (size_t i = whole; i < len; i++) last |= (uint64_t)(unsigned char)s[i] << (8 * (i - whole));
    v[3] ^= last;
    sip_rounds(v, 2);
    v[0] ^= last;
    v[2] ^= 0xff;
    sip_rounds(v, 4);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

/* ---- A shard: hash chains and the list of last use ------------------------------------------------------------------ */
static int32_t *bucket_of(struct shard *s, uint64_t hash)
{
    return &s->bucket[(hash >> 6) % SHARD_BUCKETS]; /* the low six bits chose the shard */
}

static int32_t find(struct shard *s, uint64_t hash)
{
    int32_t i = *bucket_of(s, hash) - 1;
    while (i >= 0 && s->entry[i].hash != hash) i = s->entry[i].chain;
    return i;
}

static void list_remove(struct shard *s, int32_t i)
{
    struct entry *e = &s->entry[i];
    *(e->newer >= 0 ? &s->entry[e->newer].older : &s->newest) = e->older;
    *(e->older >= 0 ? &s->entry[e->older].newer : &s->oldest) = e->newer;
}

static void list_add_newest(struct shard *s, int32_t i)
{
    s->entry[i].newer = NONE_INDEX;
    s->entry[i].older = s->newest;
    *(s->newest >= 0 ? &s->entry[s->newest].newer : &s->oldest) = i;
    s->newest = i;
}

static void drop(struct shard *s, int32_t i)
{
    int32_t *bucket = bucket_of(s, s->entry[i].hash), at = *bucket - 1;
    if (at == i) {
        *bucket = s->entry[i].chain + 1;
    } else {
        while (s->entry[at].chain != i) at = s->entry[at].chain;
        s->entry[at].chain = s->entry[i].chain;
    }
    list_remove(s, i);
    s->entry[i].chain = s->unused;
    s->unused = i;
}

/* A key whose debt is paid says the same as no key. */
static void drop_idle(struct shard *s, int64_t now)
{
    for (int n = 0; n < IDLE_DROPPED_PER_CALL && s->oldest >= 0 && s->entry[s->oldest].tat <= now; n++) drop(s, s->oldest);
}

static struct entry *add(struct shard *s, uint64_t hash)
{
    if (s->unused < 0 && s->n_touched == SHARD_KEYS) drop(s, s->oldest);
    int32_t i = s->unused;
    if (i >= 0) s->unused = s->entry[i].chain;
    else i = s->n_touched++;
    int32_t *bucket = bucket_of(s, hash);
    s->entry[i] = (struct entry){ .hash = hash, .tat = INT64_MIN, .chain = *bucket - 1 };
    *bucket = i + 1;
    list_add_newest(s, i);
    return &s->entry[i];
}

static struct entry *touch(struct shard *s, uint64_t hash, int64_t now)
{
    int32_t i = find(s, hash);
    if (i >= 0) {
        list_remove(s, i);
        list_add_newest(s, i);
        return &s->entry[i];
    }
    drop_idle(s, now);
    return add(s, hash);
}

/* ---- GCRA, in nanoseconds, so that 3 a second is 3 a second ----------------------------------------------------------- */
static int64_t mul_cap(int64_t a, int64_t b)
{
    int64_t v;
    return __builtin_mul_overflow(a, b, &v) || v > TIME_MAX ? TIME_MAX : v;
}

bool limiter_allow(struct limiter *l, const char *key, int64_t per_period, int64_t period_us, int64_t burst, int64_t now_monotonic, int64_t *remaining,
    int64_t *retry_after_s)
{
    const int64_t ns_per_s = 1000000000;
    ASSERT(per_period > 0 && period_us > 0 && burst > 0);
    int64_t period = mul_cap(period_us, 1000), now = mul_cap(now_monotonic, 1000);
    int64_t each = period / per_period + (period % per_period != 0); /* rounded up: never faster than the rate */
    int64_t room = mul_cap(each, burst);
    uint64_t hash = sip_hash(l->key, key, strlen(key));
    struct shard *s = &l->shard[hash % SHARDS];
    pthread_mutex_lock(&s->lock);
    struct entry *e = touch(s, hash, now);
    int64_t debt = (e->tat > now ? e->tat - now : 0) + each; /* after this one */
    bool allowed = debt <= room;
    if (allowed) e->tat = now + debt;
    pthread_mutex_unlock(&s->lock);
    if (remaining) *remaining = allowed ? (room - debt) / each : 0;
    if (retry_after_s) {
        int64_t wait = allowed ? 0 : debt - room;
        *retry_after_s = wait / ns_per_s + (wait % ns_per_s != 0);
    }
    return allowed;
}
