/* listener_parts.h - what the files of the listener share: listener*.c and stream.c. Nobody else includes it.
 *
 * Who touches what. A connection and its request belong to the IO thread of libmicrohttpd, except between suspend and
 * resume, when the request belongs to the queue, then to one worker (or to the reaper, when it waited too long).
 * MHD_resume_connection is the last thing a worker does with it. Request state is freed in NOTIFY_COMPLETED only.
 * Lock order: conns_lock, then a stream's lock, then libmicrohttpd's own. A pool's lock is never held with another
 * of ours. */
#pragma once
#include "core/http/http.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdatomic.h>

enum {
    CONNECTION_MEMORY = 16 << 10,  /* bytes the library has per connection: request headers, then the answer's */
    ANSWER_HEADERS_MAX = 4 << 10,  /* of which these are kept for the answer */
    REQUEST_ARENA_MAX = 12 << 20, /* bytes a request may use */
    ARENAS_KEPT_MAX = 64,          /* arenas waiting for the next request */
    RESPONSE_BODY_MAX = 32 << 20,  /* bytes of one answer; what a handler gets to write into */
    DRAIN_MAX = 1 << 20,           /* bytes of a refused body read and forgotten, so that the client sees the answer */
    SEND_BYTES_PER_SECOND = 16384, /* a client that reads slower than this is cut */
    STREAM_GONE_MS = 5000,         /* a closed stream's connection may take this long to take the rest */
};
#define NO_DEADLINE INT64_MAX
#define DEADLINE_CUT INT64_MIN /* the socket is shut down: whatever comes from it is not to be handled */

enum conn_state { CONN_IDLE, CONN_HEADERS, CONN_BODY, CONN_BUSY, CONN_SEND, CONN_STREAM };

struct conn {
    struct http *http;
    struct conn *prev, *next;      /* under conns_lock */
    struct stream *stream;         /* under conns_lock: set while its answer is a stream */
    int fd;                        /* valid while the connection is in the list */
    pthread_t io;                  /* the thread that reads and writes it */
    struct rq *fresh;              /* that thread's: a request whose headers are not complete yet */
    _Atomic int state;             /* enum conn_state */
    _Atomic int64_t deadline;      /* monotonic us, NO_DEADLINE or DEADLINE_CUT; the reaper shuts the socket down */
    char peer[64];
};

enum phase { PHASE_NEW, PHASE_BODY, PHASE_QUEUED, PHASE_DONE, PHASE_SENT };

struct rq {
    struct http *http;
    struct conn *conn;
    struct MHD_Connection *mhd;
    enum phase phase;
    struct http_plan plan;
    struct http_request pub;
    struct http_header headers[HTTP_HEADERS_MAX];
    size_t n_headers;
    const char *cursor;            /* while collecting: where the next header line must begin */
    bool too_many_headers, odd_header;
    bool counted, head, has_body, close;
    int refuse;                    /* the status to refuse with, 0: none */
    char *forwarded;               /* several X-Forwarded-For, joined */
    char *body; size_t body_len, body_cap;
    uint64_t drained;
    struct rq *next;               /* in a pool's queue */
    int64_t queued_at;             /* monotonic us */
    struct arena *arena;
    struct http_response out;
    char target[];                 /* as sent; cut at '?' once the guard has passed it */
};

struct pool {
    struct http *http;
    pthread_mutex_t lock;
    pthread_cond_t filled;
    struct rq *head, *tail;        /* oldest first */
    size_t length, max;
    bool stop;
    pthread_t *threads;
    int n_threads;
};

struct http {
    struct http_config cfg;
    char *host;
    struct MHD_Daemon *daemon;
    int listen_fd, port;
    int inert_fd;                  /* takes the place of the listening socket at the stop */
    pthread_mutex_t conns_lock;
    struct conn *conns;
    struct pool workers, hashers;
    pthread_mutex_t arenas_lock;
    struct arena *arenas[ARENAS_KEPT_MAX]; size_t n_arenas;
    pthread_t reaper;
    int reaper_fd;                 /* eventfd: ends its sleep */
    bool reaper_runs, socket_given;
    pthread_mutex_t start_lock;    /* workers report here: ready or not */
    pthread_cond_t started;
    int n_ready; bool start_failed;
    atomic_bool stopping, reaper_stop;
    _Atomic int64_t active;        /* requests whose headers are complete and that are not completed */
    _Atomic int64_t connections, requests, refused_queue_full, refused_guard, timeouts, streams;
    _Atomic int64_t log_second, log_lines; /* rate limit of the library's messages */
};

/* listener_request.c */
bool conn_enter(struct conn *, enum conn_state, int64_t timeout_ms); /* < 0: no deadline. false: it was cut */
void *request_begin(void *http, const char *uri, struct MHD_Connection *); /* URI callback: makes the rq */
enum MHD_Result request_step(void *http, struct MHD_Connection *, const char *url, const char *method, const char *version, const char *data,
    size_t *size, void **rq);
void request_unreadable_length(struct http *); /* from the library, on an IO thread, about one of its connections */
void request_out_of_records(struct http *);    /* likewise */
void request_completed(void *http, struct MHD_Connection *, void **rq, enum MHD_RequestTerminationCode);
void request_expire(struct rq *); /* from the reaper: 503 for one that was taken out of the queue */

/* listener_reply.c: IO thread only */
enum MHD_Result reply_send(struct rq *);
enum MHD_Result reply_refuse(struct rq *, int status);

/* listener_pool.c */
bool pool_start(struct pool *, struct http *, int n_threads, size_t queue_max); /* false: out of memory or threads */
void pool_stop(struct pool *);                              /* joins */
bool pool_put(struct pool *, struct rq *);                  /* suspends and queues; false: full, nothing was done */
struct rq *pool_take_older(struct pool *, int64_t instant); /* the oldest, when it was queued before instant; else NULL */
int64_t pool_length(struct pool *);
struct arena *arena_take(struct http *);
void arena_give(struct http *, struct arena *);

/* stream.c */
void stream_attach(struct stream *, struct MHD_Connection *);
void stream_detach(struct stream *);                        /* the connection is over: closed from now on */
ssize_t stream_read(void *stream, uint64_t position, char *out, size_t max);

/* guard.c */
bool http_length_parse(const char *, uint64_t *); /* false: not digits alone. More than 64 bits hold: UINT64_MAX */
uint64_t http_content_length(const struct http_header *, size_t n); /* of guarded headers; 0 when there is none */
const char *http_header_in(const struct http_header *, size_t n, const char *name);
