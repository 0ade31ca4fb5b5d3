/* arena.c - all memory of one request or job. A list of chunks, each twice the one before (up to a limit); an
 * allocation is a bump in the last one. max_bytes bounds what is handed out, so that a limit means the same
 * whatever the chunks are. Under AddressSanitizer everything not handed out is poisoned, with a gap after each
 * allocation, so that an overrun or a use after rewind is seen although malloc knows nothing of it. */
#include "core/base/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif
#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
enum { GAP_BYTES = 16 };
#define POISON(p, n) ASAN_POISON_MEMORY_REGION(p, n)
#define UNPOISON(p, n) ASAN_UNPOISON_MEMORY_REGION(p, n)
#else
enum { GAP_BYTES = 0 };
#define POISON(p, n) ((void)(p), (void)(n))
#define UNPOISON(p, n) ((void)(p), (void)(n))
#endif

enum { ALIGN_BYTES = 16, FIRST_CHUNK_BYTES = 16 * 1024, CHUNK_MAX_BYTES = 256 * 1024 };

struct chunk {
    struct chunk *before;
    size_t size, used; /* of data */
    _Alignas(ALIGN_BYTES) unsigned char data[];
};

struct arena {
    struct chunk *last; /* never NULL; the first chunk has no before */
    size_t max_bytes, total;
    bool failed;
};

_Thread_local int64_t test_fail_alloc_at;

static struct chunk *chunk_new(struct chunk *before, size_t size)
{
    struct chunk *c = malloc(sizeof *c + size);
    if (!c) return NULL;
    c->before = before;
    c->size = size;
    c->used = 0;
    POISON(c->data, size);
    return c;
}

static struct chunk *chunk_free(struct chunk *c)
{
    struct chunk *before = c->before;
    UNPOISON(c->data, c->size);
    free(c);
    return before;
}

static void chunk_rewind(struct chunk *c, size_t used)
{
    c->used = used;
    POISON(c->data + used, c->size - used);
}

struct arena *arena_new(size_t max_bytes)
{
    struct arena *a = malloc(sizeof *a);
    if (!a) return NULL;
    *a = (struct arena){ .max_bytes = max_bytes, .last = chunk_new(NULL, FIRST_CHUNK_BYTES) };
    if (a->last) return a;
    free(a);
    return NULL;
}

void arena_free(struct arena *a)
{
    if (!a) return;
    for (struct chunk *c = a->last; c;) c = chunk_free(c);
    free(a);
}

void arena_reset(struct arena *a)
{
    while (a->last->before) a->last = chunk_free(a->last);
    chunk_rewind(a->last, 0);
    a->total = 0;
    a->failed = false;
}

/* True when this allocation is the one a test wants to fail. */
static bool test_says_fail(void)
{
    return test_fail_alloc_at > 0 && --test_fail_alloc_at == 0;
}

static bool chunk_add(struct arena *a, size_t need)
{
    size_t size = a->last->size * 2;
    if (size > CHUNK_MAX_BYTES) size = CHUNK_MAX_BYTES;
    if (size < need) size = need;
    struct chunk *c = chunk_new(a->last, size);
    if (!c) return false;
    a->last = c;
    return true;
}

void *arena_alloc(struct arena *a, size_t size)
{
    if (test_says_fail() || size > a->max_bytes || size > SIZE_MAX / 2) goto fail;
    size_t take = ((size ? size : 1) + ALIGN_BYTES - 1) & ~(size_t)(ALIGN_BYTES - 1);
    if (a->total > a->max_bytes || size > a->max_bytes - a->total) goto fail;
    if (take + GAP_BYTES > a->last->size - a->last->used && !chunk_add(a, take + GAP_BYTES)) goto fail;
    void *p = a->last->data + a->last->used;
    a->last->used += take + GAP_BYTES;
    a->total += take;
    UNPOISON(p, size);
    return memset(p, 0, size);
fail:
    a->failed = true;
    return NULL;
}

/* Callers promise not to write into the result of a failure; it has a byte of its own all the same. */
static char *empty_text(void)
{
    static _Thread_local char empty[16];
    empty[0] = '\0';
    return empty;
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    char *copy = len < SIZE_MAX ? arena_alloc(a, len + 1) : NULL;
    if (!copy) {
        a->failed = true;
        return empty_text();
    }
    if (len) memcpy(copy, s, len);
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    char small[256];
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(small, sizeof small, fmt, args);
    va_end(args);
    char *out = empty_text();
    if (n < 0) {
        a->failed = true;
    } else if ((size_t)n < sizeof small) {
        out = arena_strndup(a, small, (size_t)n);
    } else {
        char *p = arena_alloc(a, (size_t)n + 1);
        if (p) {
            vsnprintf(p, (size_t)n + 1, fmt, again);
            out = p;
        }
    }
    va_end(again);
    return out;
}

bool arena_failed(const struct arena *a)
{
    return a->failed;
}

size_t arena_used(const struct arena *a)
{
    return a->total;
}

struct arena_mark arena_mark(const struct arena *a)
{
    return (struct arena_mark){ .chunk = a->last, .used = a->last->used, .total = a->total };
}

void arena_rewind(struct arena *a, struct arena_mark m)
{
    while ((void *)a->last != m.chunk) {
        a->last = chunk_free(a->last);
        ASSERT(a->last != NULL);
    }
    ASSERT(m.used <= a->last->used);
    chunk_rewind(a->last, m.used);
    a->total = m.total;
}
