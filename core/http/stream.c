/* stream.c - one server-sent event stream: a bounded buffer between the hub, which pushes from any thread, and the
 * IO thread, which reads. While it is empty the connection is suspended and costs no time. */
#include "core/http/listener_parts.h"
#include <stdlib.h>
#include <string.h>

enum { KEEP_BYTES = 4096 }; /* an empty buffer larger than this is given back: most streams are quiet */

struct stream {
    pthread_mutex_t lock;
    _Atomic int refs;
    size_t max;
    char *data;
    size_t start, len, cap;
    bool closed, parked;             /* parked: the connection is suspended and waits for us */
    struct MHD_Connection *mhd;      /* NULL before attach and after detach */
};

struct stream *stream_new(size_t buffer_max_bytes)
{
    struct stream *s = calloc(1, sizeof *s);
    if (!s) return NULL;
    if (pthread_mutex_init(&s->lock, NULL) != 0) {
        free(s);
        return NULL;
    }
    s->max = buffer_max_bytes;
    atomic_init(&s->refs, 2); /* the hub's and the listener's */
    return s;
}

void stream_unref(struct stream *s)
{
    if (!s) return;
    int before = atomic_fetch_sub(&s->refs, 1);
    ASSERT(before > 0);
    if (before > 1) return;
    ASSERT(!s->mhd);
    pthread_mutex_destroy(&s->lock);
    free(s->data);
    free(s);
}

static void wake_locked(struct stream *s)
{
    if (!s->parked) return;
    s->parked = false; /* exactly one resume per suspend */
    MHD_resume_connection(s->mhd);
}

static void drop_locked(struct stream *s)
{
    free(s->data);
    s->data = NULL;
    s->start = s->len = s->cap = 0;
}

/* Makes room for len more bytes behind start + s->len. */
static bool room_locked(struct stream *s, size_t len)
{
    if (s->max < s->len || len > s->max - s->len) return false;
    if (s->start + s->len + len <= s->cap) return true;
    if (s->start) memmove(s->data, s->data + s->start, s->len);
    s->start = 0;
    if (s->len + len <= s->cap) return true;
    size_t cap = s->cap ? s->cap : 256;
    while (cap < s->len + len) cap *= 2;
    char *data = realloc(s->data, cap);
    if (!data) return false;
    s->data = data;
    s->cap = cap;
    return true;
}

bool stream_push(struct stream *s, const char *data, size_t len)
{
    pthread_mutex_lock(&s->lock);
    bool ok = !s->closed;
    if (ok && len && !room_locked(s, len)) { /* too far behind: the rest would have a hole in it */
        drop_locked(s);
        s->closed = true;
        ok = false;
    } else if (ok && len) {
        memcpy(s->data + s->start + s->len, data, len);
        s->len += len;
    }
    if (len) wake_locked(s);
    pthread_mutex_unlock(&s->lock);
    return ok;
}

void stream_close(struct stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->closed = true;
    wake_locked(s);
    pthread_mutex_unlock(&s->lock);
}

bool stream_closed(struct stream *s)
{
    pthread_mutex_lock(&s->lock);
    bool closed = s->closed;
    pthread_mutex_unlock(&s->lock);
    return closed;
}

void stream_attach(struct stream *s, struct MHD_Connection *mhd)
{
    pthread_mutex_lock(&s->lock);
    ASSERT(!s->mhd); /* a stream answers one request */
    s->mhd = mhd;
    pthread_mutex_unlock(&s->lock);
}

void stream_detach(struct stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->mhd = NULL;
    s->parked = false;
    s->closed = true;
    drop_locked(s);
    pthread_mutex_unlock(&s->lock);
}

/* libmicrohttpd asks for bytes (IO thread). Suspending under our lock closes the gap in which a push could be missed. */
ssize_t stream_read(void *stream, uint64_t position, char *out, size_t max)
{
    (void)position;
    struct stream *s = stream;
    ssize_t got = 0;
    pthread_mutex_lock(&s->lock);
    if (s->len) {
        size_t n = s->len < max ? s->len : max;
        memcpy(out, s->data + s->start, n);
        s->start += n;
        s->len -= n;
        got = (ssize_t)n;
        if (!s->len && s->cap > KEEP_BYTES) drop_locked(s);
        else if (!s->len) s->start = 0;
    } else if (s->closed) {
        got = MHD_CONTENT_READER_END_OF_STREAM;
    } else if (s->mhd) {
        s->parked = true;
        MHD_suspend_connection(s->mhd);
    }
    pthread_mutex_unlock(&s->lock);
    return got;
}
