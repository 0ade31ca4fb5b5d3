/* listener_pool.c - bounded queues and the threads that handle requests; the arenas they use. */
#include "core/http/listener_parts.h"
#include <stdlib.h>

/* Virtual until touched. Sanitizers need several times the stack. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { WORKER_STACK = 4 << 20 };
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
enum { WORKER_STACK = 4 << 20 };
#else
enum { WORKER_STACK = 512 << 10 };
#endif
#else
enum { WORKER_STACK = 512 << 10 };
#endif

struct arena *arena_take(struct http *h)
{
    struct arena *a = NULL;
    pthread_mutex_lock(&h->arenas_lock);
    if (h->n_arenas) a = h->arenas[--h->n_arenas];
    pthread_mutex_unlock(&h->arenas_lock);
    return a ? a : arena_new(REQUEST_ARENA_MAX);
}

void arena_give(struct http *h, struct arena *a)
{
    if (!a) return;
    arena_reset(a);
    pthread_mutex_lock(&h->arenas_lock);
    if (h->n_arenas < ARENAS_KEPT_MAX) {
        h->arenas[h->n_arenas++] = a;
        a = NULL;
    }
    pthread_mutex_unlock(&h->arenas_lock);
    arena_free(a);
}

static struct rq *unlink_head(struct pool *p)
{
    struct rq *rq = p->head;
    p->head = rq->next;
    if (!p->head) p->tail = NULL;
    rq->next = NULL;
    p->length--;
    return rq;
}

static struct rq *pool_take(struct pool *p)
{
    struct rq *rq = NULL;
    pthread_mutex_lock(&p->lock);
    while (!p->head && !p->stop) pthread_cond_wait(&p->filled, &p->lock);
    if (p->head) rq = unlink_head(p);
    pthread_mutex_unlock(&p->lock);
    return rq;
}

struct rq *pool_take_older(struct pool *p, int64_t instant)
{
    struct rq *rq = NULL;
    pthread_mutex_lock(&p->lock);
    if (p->head && p->head->queued_at < instant) rq = unlink_head(p);
    pthread_mutex_unlock(&p->lock);
    return rq;
}

bool pool_put(struct pool *p, struct rq *rq)
{
    pthread_mutex_lock(&p->lock);
    bool room = p->length < p->max && !p->stop;
    if (room) {
        MHD_suspend_connection(rq->mhd); /* before a worker can see it */
        rq->next = NULL;
        *(p->tail ? &p->tail->next : &p->head) = rq;
        p->tail = rq;
        p->length++;
        pthread_cond_signal(&p->filled);
    }
    pthread_mutex_unlock(&p->lock);
    return room;
}

int64_t pool_length(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    int64_t length = (int64_t)p->length;
    pthread_mutex_unlock(&p->lock);
    return length;
}

static void report_start(struct http *h, bool ok)
{
    pthread_mutex_lock(&h->start_lock);
    h->n_ready++;
    if (!ok) h->start_failed = true;
    pthread_cond_signal(&h->started);
    pthread_mutex_unlock(&h->start_lock);
}

static void *worker_main(void *arg)
{
    struct pool *p = arg;
    struct http_app *app = &p->http->cfg.app;
    void *worker = app->worker_start ? app->worker_start(app->app) : p;
    report_start(p->http, worker != NULL);
    if (!worker) return NULL;
    for (struct rq *rq; (rq = pool_take(p));) {
        app->handle(app->app, app->worker_start ? worker : NULL, rq->arena, &rq->pub, &rq->out);
        rq->phase = PHASE_DONE;
        MHD_resume_connection(rq->mhd); /* the last touch */
    }
    if (app->worker_stop) app->worker_stop(app->app, worker);
    return NULL;
}

bool pool_start(struct pool *p, struct http *h, int n_threads, size_t queue_max)
{
    pthread_attr_t attr;
    p->http = h;
    p->max = queue_max;
    p->threads = calloc((size_t)n_threads + 1, sizeof *p->threads);
    if (!p->threads || pthread_attr_init(&attr) != 0) return false;
    pthread_attr_setstacksize(&attr, WORKER_STACK);
    for (; p->n_threads < n_threads; p->n_threads++)
        if (pthread_create(&p->threads[p->n_threads], &attr, worker_main, p) != 0) break;
    pthread_attr_destroy(&attr);
    return p->n_threads == n_threads;
}

void pool_stop(struct pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stop = true;
    pthread_cond_broadcast(&p->filled);
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < p->n_threads; i++) pthread_join(p->threads[i], NULL);
    p->n_threads = 0;
    free(p->threads);
    p->threads = NULL;
}
