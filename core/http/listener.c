/* listener.c - start, stop and the clock of the HTTP listener. libmicrohttpd 0.9.75 reads and writes on one or two
 * epoll threads; a request is suspended, queued, handled on a worker and resumed. What was measured and what bites is
 * told where it is dealt with: listener_request.c (bodies), guard.c (smuggling), stream.c (suspending).
 *
 * The library's own strictness option stays off: of its two checks one answers twice (no Host) and one not at all
 * (space in the target); the guard does both with one answer. */
#include "core/http/listener_parts.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { IO_STACK = 256 << 10, BACKLOG = 1024, TICK_MIN_MS = 10, TICK_MAX_MS = 250, LOG_LINES_PER_SECOND = 5 };

static void sleep_ms(int64_t ms)
{
    nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000L }, NULL);
}

/* ---- Connections --------------------------------------------------------------------------------------------------- */
static void peer_text(const struct sockaddr *sa, char out[64])
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)sa;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)sa;
    snprintf(out, 64, "unknown");
    if (!sa) return;
    if (sa->sa_family == AF_INET) inet_ntop(AF_INET, &v4->sin_addr, out, 64);
    else if (sa->sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) inet_ntop(AF_INET, v6->sin6_addr.s6_addr + 12, out, 64);
    else if (sa->sa_family == AF_INET6) inet_ntop(AF_INET6, &v6->sin6_addr, out, 64);
}

static void conn_opened(struct http *h, struct MHD_Connection *mhd, void **context)
{
    struct conn *c = calloc(1, sizeof *c);
    *context = c; /* NULL: its first request is refused by closing */
    if (!c) return;
    c->http = h;
    c->io = pthread_self();
    c->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    peer_text(MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr, c->peer);
    atomic_init(&c->state, CONN_HEADERS);
    atomic_init(&c->deadline, monotonic_us() + h->cfg.header_timeout_ms * 1000);
    pthread_mutex_lock(&h->conns_lock);
    c->next = h->conns;
    if (h->conns) h->conns->prev = c;
    h->conns = c;
    pthread_mutex_unlock(&h->conns_lock);
    atomic_fetch_add(&h->connections, 1);
}

/* Called before the library closes the descriptor, so that the reaper never shuts down somebody else's. */
static void conn_closed(struct http *h, struct conn *c)
{
    if (!c) return;
    pthread_mutex_lock(&h->conns_lock);
    *(c->prev ? &c->prev->next : &h->conns) = c->next;
    if (c->next) c->next->prev = c->prev;
    pthread_mutex_unlock(&h->conns_lock);
    atomic_fetch_sub(&h->connections, 1);
    free(c->fresh); /* a request line that the library had no room for is never reported as completed */
    free(c);
}

static void on_connection(void *http, struct MHD_Connection *mhd, void **context, enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED) conn_opened(http, mhd, context);
    else conn_closed(http, *context);
}

/* ---- The reaper: deadlines of connections and of queued requests ---------------------------------------------------- */
static void conn_cut(struct conn *c)
{
    if (atomic_exchange(&c->deadline, DEADLINE_CUT) != DEADLINE_CUT) shutdown(c->fd, SHUT_RDWR);
}

static void reap_connection(struct http *h, struct conn *c, int64_t now)
{
    int64_t deadline = atomic_load(&c->deadline), gone = now + STREAM_GONE_MS * 1000;
    if (deadline == NO_DEADLINE) { /* a closed stream whose client does not read is never asked for again */
        if (c->stream && stream_closed(c->stream)) atomic_compare_exchange_strong(&c->deadline, &deadline, gone);
        return;
    }
    if (deadline == DEADLINE_CUT || deadline > now) return;
    /* Only if it is still the deadline we looked at: a request that has just become complete is answered. */
    bool idle = atomic_load(&c->state) == CONN_IDLE;
    if (!atomic_compare_exchange_strong(&c->deadline, &deadline, DEADLINE_CUT)) return;
    if (!idle) atomic_fetch_add(&h->timeouts, 1);
    shutdown(c->fd, SHUT_RDWR);
}

static void reap_connections(struct http *h, int64_t now)
{
    pthread_mutex_lock(&h->conns_lock);
    for (struct conn *c = h->conns; c; c = c->next) reap_connection(h, c, now);
    pthread_mutex_unlock(&h->conns_lock);
}

static void expire_queued(struct http *h, int64_t queued_before)
{
    struct pool *pools[] = { &h->workers, &h->hashers };
    for (size_t i = 0; i < ARRAY_LEN(pools); i++)
        for (struct rq *rq; (rq = pool_take_older(pools[i], queued_before));) {
            atomic_fetch_add(&h->timeouts, 1);
            request_expire(rq);
        }
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void *reaper_main(void *http)
{
    struct http *h = http;
    const struct http_config *c = &h->cfg;
    int64_t tick = least(least(c->header_timeout_ms, c->body_timeout_ms), least(c->idle_timeout_ms, c->handle_timeout_ms)) / 8;
    tick = tick < TICK_MIN_MS ? TICK_MIN_MS : least(tick, TICK_MAX_MS);
    while (!atomic_load(&h->reaper_stop)) {
        poll(&(struct pollfd){ h->reaper_fd, POLLIN, 0 }, 1, (int)tick);
        int64_t now = monotonic_us();
        reap_connections(h, now);
        expire_queued(h, now - c->handle_timeout_ms * 1000);
    }
    return NULL;
}

/* ---- The library's messages ------------------------------------------------------------------------------------------ */
/* Its text without the arguments (they may hold a URL with a token), and few of them: it speaks at every client's cut. */
__attribute__((format(printf, 2, 0))) static void on_message(void *http, const char *text, va_list args)
{
    struct http *h = http;
    (void)args;
    if (strstr(text, "Content-Length")) request_unreadable_length(h);
    if (strstr(text, "memory in pool")) request_out_of_records(h);
    int64_t second = monotonic_us() / USEC_PER_SEC;
    if (atomic_exchange(&h->log_second, second) != second) atomic_store(&h->log_lines, 0);
    if (atomic_fetch_add(&h->log_lines, 1) < LOG_LINES_PER_SECOND) LOG(LOG_DEBUG, "http_library", KS("text", text));
}

static void on_panic(void *cls, const char *file, unsigned int line, const char *reason)
{
    (void)cls;
    LOG(LOG_ERROR, "http_library_panic", KS("file", file), KI("line", line), KS("reason", reason));
    abort();
}

/* ---- Start ----------------------------------------------------------------------------------------------------------- */
static bool address_parse(const char *host, int port, struct sockaddr_storage *out, socklen_t *len)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)out;
    *out = (struct sockaddr_storage){ 0 };
    if (port < 0 || port > 65535) return false;
    if (!strcmp(host, "localhost")) host = "127.0.0.1";
    if (inet_pton(AF_INET, host, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons((uint16_t)port);
        *len = sizeof *v4;
        return true;
    }
    if (inet_pton(AF_INET6, host, &v6->sin6_addr) != 1) return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons((uint16_t)port);
    *len = sizeof *v6;
    return true;
}

static int port_of(int fd)
{
    struct sockaddr_storage sa = { 0 };
    socklen_t len = sizeof sa;
    if (getsockname(fd, (struct sockaddr *)&sa, &len) != 0) return -1;
    return ntohs(sa.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)(void *)&sa)->sin6_port : ((struct sockaddr_in *)(void *)&sa)->sin_port);
}

/* TCP_NODELAY is inherited by what is accepted. Our own socket, so that "in use" is said in our words. */
static bool open_listener(struct http *h, char *err, size_t err_len)
{
    struct sockaddr_storage sa;
    socklen_t len = 0;
    int one = 1;
    if (!address_parse(h->host, h->cfg.port, &sa, &len)) {
        snprintf(err, err_len, "cannot listen on %s port %d: not an IPv4 or IPv6 address and port", h->host, h->cfg.port);
        return false;
    }
    h->listen_fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (h->listen_fd >= 0) {
        setsockopt(h->listen_fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        setsockopt(h->listen_fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    if (h->listen_fd < 0 || bind(h->listen_fd, (struct sockaddr *)&sa, len) != 0 || listen(h->listen_fd, BACKLOG) != 0) {
        snprintf(err, err_len, "cannot listen on %s port %d: %s", h->host, h->cfg.port, strerror(errno));
        return false;
    }
    h->port = port_of(h->listen_fd);
    return true;
}

static bool start_pools(struct http *h, char *err, size_t err_len)
{
    bool ok = pool_start(&h->workers, h, h->cfg.workers, h->cfg.queue_max);
    ok = ok && pool_start(&h->hashers, h, h->cfg.hash_workers, h->cfg.hash_queue_max);
    if (!ok) {
        snprintf(err, err_len, "cannot start %d + %d worker threads", h->cfg.workers, h->cfg.hash_workers);
        return false;
    }
    pthread_mutex_lock(&h->start_lock);
    while (h->n_ready < h->cfg.workers + h->cfg.hash_workers) pthread_cond_wait(&h->started, &h->start_lock);
    bool failed = h->start_failed;
    pthread_mutex_unlock(&h->start_lock);
    if (failed) snprintf(err, err_len, "a worker could not open what it needs (see the log)");
    return !failed;
}

static bool start_daemon(struct http *h, char *err, size_t err_len)
{
    struct MHD_OptionItem options[16];
    size_t n = 0;
    options[n++] = (struct MHD_OptionItem){ MHD_OPTION_LISTEN_SOCKET, h->listen_fd, NULL };
    options[n++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_MEMORY_LIMIT, CONNECTION_MEMORY, NULL };
    options[n++] = (struct MHD_OptionItem){ MHD_OPTION_THREAD_STACK_SIZE, IO_STACK, NULL };
    options[n++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_TIMEOUT, 0, NULL }; /* idle time only: the reaper is ours */
    if (h->cfg.connections_max) options[n++] = (struct MHD_OptionItem){ MHD_OPTION_CONNECTION_LIMIT, (intptr_t)h->cfg.connections_max, NULL };
    if (h->cfg.connections_per_address_max)
        options[n++] = (struct MHD_OptionItem){ MHD_OPTION_PER_IP_CONNECTION_LIMIT, (intptr_t)h->cfg.connections_per_address_max, NULL };
    if (h->cfg.io_threads > 1) options[n++] = (struct MHD_OptionItem){ MHD_OPTION_THREAD_POOL_SIZE, h->cfg.io_threads, NULL };
    options[n++] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };
    h->daemon = MHD_start_daemon(MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, request_step, h,
        MHD_OPTION_EXTERNAL_LOGGER, on_message, h, MHD_OPTION_URI_LOG_CALLBACK, request_begin, h, MHD_OPTION_NOTIFY_COMPLETED, request_completed,
        h, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    h->socket_given = true; /* it closes the socket */
    if (!h->daemon) snprintf(err, err_len, "the HTTP library did not start (memory, threads or open files)");
    return h->daemon != NULL;
}

static void http_free(struct http *h)
{
    if (h->listen_fd >= 0 && !h->socket_given) close(h->listen_fd);
    if (h->inert_fd >= 0) close(h->inert_fd);
    if (h->reaper_fd >= 0) close(h->reaper_fd);
    while (h->n_arenas) arena_free(h->arenas[--h->n_arenas]);
    pthread_mutex_destroy(&h->conns_lock);
    pthread_mutex_destroy(&h->arenas_lock);
    pthread_mutex_destroy(&h->start_lock);
    pthread_cond_destroy(&h->started);
    pthread_mutex_destroy(&h->workers.lock);
    pthread_cond_destroy(&h->workers.filled);
    pthread_mutex_destroy(&h->hashers.lock);
    pthread_cond_destroy(&h->hashers.filled);
    free(h->host);
    free(h);
}

static struct http *http_alloc(const struct http_config *cfg)
{
    struct http *h = calloc(1, sizeof *h);
    if (!h) return NULL;
    h->cfg = *cfg;
    h->listen_fd = -1;
    h->inert_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    h->reaper_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    pthread_mutex_init(&h->conns_lock, NULL);
    pthread_mutex_init(&h->arenas_lock, NULL);
    pthread_mutex_init(&h->start_lock, NULL);
    pthread_cond_init(&h->started, NULL);
    pthread_mutex_init(&h->workers.lock, NULL);
    pthread_cond_init(&h->workers.filled, NULL);
    pthread_mutex_init(&h->hashers.lock, NULL);
    pthread_cond_init(&h->hashers.filled, NULL);
    h->host = strdup(cfg->host);
    h->cfg.host = h->host;
    if (h->host && h->inert_fd >= 0 && h->reaper_fd >= 0) return h;
    http_free(h);
    return NULL;
}

enum rc http_start(struct http **out, const struct http_config *cfg, char *err, size_t err_len)
{
    *out = NULL;
    ASSERT(cfg->app.plan && cfg->app.handle && cfg->host && cfg->workers > 0 && cfg->hash_workers >= 0 && cfg->io_threads > 0);
    ASSERT(cfg->header_timeout_ms > 0 && cfg->body_timeout_ms > 0 && cfg->idle_timeout_ms > 0 && cfg->handle_timeout_ms > 0);
    struct http *h = http_alloc(cfg);
    if (!h) return RC_OOM;
    MHD_set_panic_func(on_panic, NULL);
    if (!open_listener(h, err, err_len) || !start_pools(h, err, err_len) || !start_daemon(h, err, err_len)) {
        pool_stop(&h->workers);
        pool_stop(&h->hashers);
        http_free(h);
        return RC_FAULT;
    }
    h->reaper_runs = pthread_create(&h->reaper, NULL, reaper_main, h) == 0;
    if (!h->reaper_runs) {
        snprintf(err, err_len, "cannot start the thread that watches deadlines");
        http_stop(h, 0);
        return RC_FAULT;
    }
    *out = h;
    return RC_OK;
}

int http_port(const struct http *h)
{
    return h->port;
}

void http_stats(struct http *h, struct http_stats *out)
{
    *out = (struct http_stats){ .connections = atomic_load(&h->connections), .requests = atomic_load(&h->requests),
        .queue_length = pool_length(&h->workers), .hash_queue_length = pool_length(&h->hashers),
        .refused_queue_full = atomic_load(&h->refused_queue_full), .refused_guard = atomic_load(&h->refused_guard),
        .timeouts = atomic_load(&h->timeouts), .streams = atomic_load(&h->streams) };
}

/* ---- Stop ------------------------------------------------------------------------------------------------------------ */
/* Ends what nobody waits for: streams, and connections between requests; when late also those that still send or read. */
static void sweep(struct http *h, bool late)
{
    pthread_mutex_lock(&h->conns_lock);
    for (struct conn *c = h->conns; c; c = c->next) {
        int state = atomic_load(&c->state);
        if (c->stream) stream_close(c->stream);
        if (state == CONN_IDLE || state == CONN_HEADERS || (late && state != CONN_BUSY)) conn_cut(c);
    }
    pthread_mutex_unlock(&h->conns_lock);
    if (late) expire_queued(h, INT64_MAX);
}

/* Not MHD_quiesce_daemon: it and the IO threads may both take the socket out of epoll, and whoever comes second aborts
 * the process. Here the kernel swaps the socket for a descriptor on which nothing ever happens: it leaves epoll by itself
 * and whoever waits in the backlog is told at once. */
static void stop_accepting(struct http *h)
{
    while (dup2(h->inert_fd, h->listen_fd) < 0 && (errno == EBUSY || errno == EINTR)) sleep_ms(1);
}

/* MHD_stop_daemon aborts the process when a connection is suspended. A request is counted in active before it looks at
 * stopping, and only a counted one is ever suspended: once stopping is set and active has been seen at zero, nothing
 * is suspended and nothing will be. */
void http_stop(struct http *h, int64_t deadline_ms)
{
    if (!h) return;
    int64_t deadline = monotonic_us() + deadline_ms * 1000;
    atomic_store(&h->stopping, true);
    stop_accepting(h);
    do {
        sweep(h, monotonic_us() >= deadline);
        sleep_ms(2);
    } while (atomic_load(&h->active) > 0);
    pool_stop(&h->workers);
    pool_stop(&h->hashers);
    atomic_store(&h->reaper_stop, true);
    eventfd_write(h->reaper_fd, 1);
    if (h->reaper_runs) pthread_join(h->reaper, NULL);
    MHD_stop_daemon(h->daemon);
    ASSERT(!h->conns);
    http_free(h);
}
