/* client.c - the loop: one thread, epoll, N keep-alive connections, each with one request in flight. */
#include "bench/load/load.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS_MAX = 256, WAIT_MS = 100, SILENCE_US = 30 * 1000000 };

struct connection {
    int fd, index;
    char out[REQUEST_MAX];
    size_t out_len, out_sent;
    char head[HEAD_MAX]; /* the answer's head and as much of the body as came with it */
    size_t head_len;
    int64_t body_left;   /* -1: the head is not complete */
    const char *body;    /* the part of the body that came with the head */
    bool close_after;
    int status;
    int64_t sent_at;
};

struct loop {
    struct bench *bench;
    const struct scenario *scenario;
    struct result *result;
    struct connection *connections;
    int epoll, waiting; /* waiting: connections that have finished their part of the round */
    int64_t measure_from, stop_at, last_answer;
    bool failed, complained;
};

static void watch(struct loop *l, struct connection *c, uint32_t events, int op)
{
    struct epoll_event e = { .events = events, .data.ptr = c };
    if (epoll_ctl(l->epoll, op, c->fd, &e) != 0) l->failed = true;
}

static bool open_connection(struct loop *l, struct connection *c)
{
    c->fd = connect_to(l->bench->opt.host, l->bench->opt.port, false);
    if (c->fd < 0 || fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0) {
        fprintf(stderr, "cannot connect to %s:%s: %s\n", l->bench->opt.host, l->bench->opt.port, strerror(errno));
        l->failed = true;
        return false;
    }
    watch(l, c, EPOLLIN, EPOLL_CTL_ADD);
    return !l->failed;
}

static void reopen(struct loop *l, struct connection *c)
{
    close(c->fd);
    open_connection(l, c);
}

static void send_more(struct loop *l, struct connection *c)
{
    while (c->out_sent < c->out_len) {
        ssize_t n = send(c->fd, c->out + c->out_sent, c->out_len - c->out_sent, MSG_NOSIGNAL);
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            watch(l, c, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
            return;
        }
        if (n < 0) return; /* the read side will see it */
        c->out_sent += (size_t)n;
    }
}

static void start_request(struct loop *l, struct connection *c)
{
    if (c->close_after) reopen(l, c);
    if (l->failed) return;
    c->out_len = l->scenario->build(l->bench, c->index, c->out, sizeof c->out);
    if (c->out_len == 0) {
        l->failed = true;
        return;
    }
    c->out_sent = c->head_len = 0;
    c->body_left = -1;
    c->close_after = false;
    c->sent_at = clock_us();
    send_more(l, c);
}

static void start_round(struct loop *l)
{
    l->waiting = 0;
    l->scenario->round_begins(l->bench);
    for (int i = 0; i < l->bench->opt.connections && !l->failed; i++) start_request(l, &l->connections[i]);
}

/* The next request, or, in rounds, the next round when this was the last answer. */
static void go_on(struct loop *l, struct connection *c)
{
    if (!l->scenario->rounds) {
        start_request(l, c);
        return;
    }
    if (++l->waiting < l->bench->opt.connections) return;
    l->scenario->round_ends(l->bench);
    start_round(l);
}

static void count_answer(struct loop *l, struct connection *c)
{
    int64_t now = l->last_answer = clock_us();
    if (l->scenario->answered) l->scenario->answered(l->bench, c->status);
    if (c->status != l->scenario->wanted && c->status != 409 && !l->complained) {
        l->complained = true;
        fprintf(stderr, "first unwanted answer: %d %.300s\n", c->status, c->body);
    }
    if (now < l->measure_from) return;
    l->result->requests++;
    l->result->wanted += c->status == l->scenario->wanted;
    l->result->status[c->status < STATUS_MAX ? c->status : 0]++;
    hist_add(&l->result->latency, now - c->sent_at);
}

/* Reads status, length and "close" from a complete head. False: not an answer we understand. */
static bool parse_head(struct connection *c, const char *end)
{
    char *save = NULL;
    c->head[end - c->head] = 0;
    if (strncmp(c->head, "HTTP/1.1 ", 9) != 0) return false;
    c->status = (int)strtol(c->head + 9, NULL, 10);
    int64_t length = c->status == 204 || c->status == 304 ? 0 : -1;
    for (char *line = strtok_r(c->head, "\r\n", &save); line; line = strtok_r(NULL, "\r\n", &save)) {
        if (strncasecmp(line, "Content-Length:", 15) == 0) length = strtoll(line + 15, NULL, 10);
        if (strncasecmp(line, "Connection: close", 17) == 0) c->close_after = true;
    }
    c->body = end + 4;
    size_t with_head = c->head_len - (size_t)(end - c->head) - 4;
    c->body_left = length - (int64_t)with_head;
    return length >= 0 && c->body_left >= 0;
}

/* 1: the answer is complete; 0: more must come; -1: broken. */
static int receive(struct connection *c)
{
    char skip[65536];
    bool in_head = c->body_left < 0;
    char *to = in_head ? c->head + c->head_len : skip;
    size_t room = in_head ? sizeof c->head - 1 - c->head_len : sizeof skip;
    ssize_t n = recv(c->fd, to, room, 0);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return 0;
    if (n <= 0) return -1;
    if (!in_head) {
        c->body_left -= n;
        return c->body_left < 0 ? -1 : c->body_left == 0;
    }
    c->head_len += (size_t)n;
    c->head[c->head_len] = 0;
    const char *end = strstr(c->head, "\r\n\r\n");
    if (!end) return c->head_len < sizeof c->head - 1 ? 0 : -1;
    if (!parse_head(c, end)) return -1;
    return c->body_left == 0;
}

static void handle(struct loop *l, struct connection *c, uint32_t events)
{
    if (events & EPOLLOUT) {
        watch(l, c, EPOLLIN, EPOLL_CTL_MOD);
        send_more(l, c);
    }
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) return;
    int state = receive(c);
    if (state == 0) return;
    if (state < 0) {
        l->result->broken++;
        if (l->result->broken > 1000) l->failed = true;
        reopen(l, c);
        if (!l->failed) go_on(l, c);
        return;
    }
    count_answer(l, c);
    go_on(l, c);
}

static void loop_until_end(struct loop *l)
{
    const struct options *opt = &l->bench->opt;
    double cpu_before = 0;
    bool measuring = false;
    int64_t now = l->last_answer = clock_us();
    l->measure_from = now + (int64_t)(opt->warm_up_s * 1e6);
    l->stop_at = l->measure_from + (int64_t)(opt->seconds * 1e6);
    while (!l->failed && (now = clock_us()) < l->stop_at) {
        if (!measuring && now >= l->measure_from) {
            measuring = true;
            l->measure_from = now;
            cpu_before = cpu_us_of(opt->pids, opt->n_pids);
        }
        if (now - l->last_answer > SILENCE_US) {
            fprintf(stderr, "no answer for 30 s\n");
            l->failed = true;
        }
        struct epoll_event events[EVENTS_MAX];
        int n = epoll_wait(l->epoll, events, EVENTS_MAX, WAIT_MS);
        for (int i = 0; i < n && !l->failed; i++) handle(l, events[i].data.ptr, events[i].events);
    }
    l->result->seconds = (double)(clock_us() - l->measure_from) / 1e6;
    l->result->cpu_us = cpu_us_of(opt->pids, opt->n_pids) - cpu_before;
}

bool run(struct bench *b, const struct scenario *scenario, struct result *result)
{
    struct loop l = { .bench = b, .scenario = scenario, .result = result };
    int n = b->opt.connections;
    l.connections = calloc((size_t)n, sizeof *l.connections);
    l.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!l.connections || l.epoll < 0) return false;
    int opened = 0;
    for (; opened < n && !l.failed; opened++) {
        l.connections[opened].index = opened;
        open_connection(&l, &l.connections[opened]);
    }
    if (!l.failed && scenario->rounds) start_round(&l);
    for (int i = 0; i < n && !l.failed && !scenario->rounds; i++) start_request(&l, &l.connections[i]);
    if (!l.failed) loop_until_end(&l);
    for (int i = 0; i < opened; i++)
        if (l.connections[i].fd >= 0) close(l.connections[i].fd);
    close(l.epoll);
    free(l.connections);
    return !l.failed;
}
