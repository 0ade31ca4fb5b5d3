/* load.h - the load generator: a closed loop of N keep-alive connections on one thread, which measures what a caller sees and
 * what the server's processes spend. It is a tool of the project: it trusts the server it measures. */
#pragma once
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CONNECTIONS_MAX = 1024, REQUEST_MAX = 4096, HEAD_MAX = 8192, PIDS_MAX = 8, STATUS_MAX = 600, LIST_MAX = 512, ID_SIZE = 40 };

/* ---- Options -------------------------------------------------------------------------------------------------- */
struct options {
    const char *host, *port;
    const char *email, *password, *slug;
    const char *scenario;
    int connections;
    double seconds, warm_up_s;
    uint64_t seed;
    int window, windows; /* bookings of this run lie in part `window` of `windows` of the free years */
    int pids[PIDS_MAX]; /* processes whose CPU time counts, each with its children */
    int n_pids;
};

/* ---- Time by buckets: 64 per power of two, so within 1.6 % ------------------------------------------------------ */
enum { HIST_SUB = 64, HIST_BUCKETS = 64 * HIST_SUB };
struct hist { uint64_t count, bucket[HIST_BUCKETS]; int64_t max_us; };
void hist_add(struct hist *, int64_t us);
int64_t hist_quantile(const struct hist *, double q);

/* ---- What the scenarios work on ---------------------------------------------------------------------------------- */
struct names { char id[LIST_MAX][ID_SIZE]; int n; };
struct bench {
    struct options opt;
    char token[256];
    struct names clients, providers;
    char service[ID_SIZE], chair_service[ID_SIZE], location[ID_SIZE]; /* the first location: where the ten providers of the past work */
    int64_t service_minutes; /* with its buffers */
    uint64_t random;
    /* book and race: place n of a shuffled list of (provider, day, time) */
    uint64_t place, places, stride;
    int64_t first_day, days; /* days since 1970 */
    /* race */
    int64_t round_provider, round;
    uint64_t rounds, rounds_without_one_winner, round_won;
    /* calendar and slots: the days that have something in them */
    int64_t history_from, history_to;
};
uint64_t bench_random(struct bench *);

struct scenario {
    const char *name, *doc;
    bool rounds; /* all connections send, all wait for the last answer, then the next round */
    int wanted;  /* the status of success */
    bool (*prepare)(struct bench *);
    void (*round_begins)(struct bench *);
    void (*round_ends)(struct bench *);
    size_t (*build)(struct bench *, int connection, char *out, size_t cap); /* one whole HTTP request */
    void (*answered)(struct bench *, int status);
};
const struct scenario *scenario_find(const char *name);
void scenario_list(void);

/* ---- Setup: one blocking request at a time ------------------------------------------------------------------------ */
/* Signs in and reads clients, providers and a service without resources. Says on stderr what is missing. */
bool setup(struct bench *);
enum { WALLETS_MAX = 200 };
bool setup_wallets(struct bench *); /* keeps the first WALLETS_MAX clients, and fills their wallets */
/* The "data" of a successful answer, or NULL after a line on stderr. The caller drops the reference. */
json_t *bench_call(struct bench *, const char *method, const char *path, const char *body);

/* webhook.c */
bool webhook_prepare(struct bench *);
size_t webhook_build(struct bench *, int connection, char *out, size_t cap);
size_t webhook_again_build(struct bench *, int connection, char *out, size_t cap);

/* ---- The loop ------------------------------------------------------------------------------------------------------ */
struct result {
    struct hist latency;
    uint64_t requests, wanted, status[STATUS_MAX], broken; /* broken: connections that ended in the middle of an answer */
    double seconds;
    double cpu_us; /* of the watched processes in that time */
};
bool run(struct bench *, const struct scenario *, struct result *);
int connect_to(const char *host, const char *port, bool blocking);

int64_t clock_us(void);
/* CPU time of the processes and their children so far; processes that ended in between are missing from the second look. */
double cpu_us_of(const int *pids, int n);
