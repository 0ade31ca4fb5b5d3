/* env.c - the real clock and the real randomness. Tests put their own into env. */
#include "core/base/base.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

static int64_t clock_us(clockid_t id)
{
    struct timespec t;
    int rc = clock_gettime(id, &t);
    ASSERT(rc == 0);
    return (int64_t)t.tv_sec * USEC_PER_SEC + t.tv_nsec / 1000;
}

static int64_t real_now(void)
{
    return clock_us(CLOCK_REALTIME);
}

static int64_t real_monotonic(void)
{
    return clock_us(CLOCK_MONOTONIC);
}

/* There is no going on without randomness: ids, tokens and keys come from here. */
static void real_random(void *out, size_t len)
{
    char *p = out;
    while (len) {
        ssize_t n = getrandom(p, len, 0);
        ASSERT(n > 0 || (n < 0 && errno == EINTR));
        if (n < 0) continue;
        p += n;
        len -= (size_t)n;
    }
}

struct env env = { .now = real_now, .monotonic = real_monotonic, .random = real_random };

int64_t now_us(void)
{
    return env.now();
}

int64_t monotonic_us(void)
{
    return env.monotonic();
}
