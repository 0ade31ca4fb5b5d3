/* main.c - options in, one scenario, one line of JSON out. */
#include "bench/load/load.h"
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int usage(void)
{
    fprintf(stderr, "bench-load --scenario NAME --email E --password P [--host 127.0.0.1] [--port 8080] [--tenant demo]\n"
                    "           [--connections 32] [--seconds 5] [--warm-up 1] [--seed N] [--window 0 --windows 1] [--pid PID]…\n"
                    "Scenarios:\n");
    scenario_list();
    return 2;
}

static bool parse(struct options *o, int argc, char **argv)
{
    static const struct option table[] = {
        { "host", 1, NULL, 'h' }, { "port", 1, NULL, 'p' }, { "email", 1, NULL, 'e' }, { "password", 1, NULL, 'w' }, { "tenant", 1, NULL, 't' },
        { "scenario", 1, NULL, 's' }, { "connections", 1, NULL, 'c' }, { "seconds", 1, NULL, 'd' }, { "warm-up", 1, NULL, 'u' },
        { "seed", 1, NULL, 'r' }, { "pid", 1, NULL, 'i' }, { "window", 1, NULL, 'n' }, { "windows", 1, NULL, 'N' }, { NULL, 0, NULL, 0 },
    };
    for (int c; (c = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        switch (c) {
        case 'h': o->host = optarg; break;
        case 'p': o->port = optarg; break;
        case 'e': o->email = optarg; break;
        case 'w': o->password = optarg; break;
        case 't': o->slug = optarg; break;
        case 's': o->scenario = optarg; break;
        case 'c': o->connections = (int)strtol(optarg, NULL, 10); break;
        case 'd': o->seconds = strtod(optarg, NULL); break;
        case 'u': o->warm_up_s = strtod(optarg, NULL); break;
        case 'r': o->seed = strtoull(optarg, NULL, 10); break;
        case 'n': o->window = (int)strtol(optarg, NULL, 10); break;
        case 'N': o->windows = (int)strtol(optarg, NULL, 10); break;
        case 'i':
            if (o->n_pids == PIDS_MAX) return false;
            o->pids[o->n_pids++] = (int)strtol(optarg, NULL, 10);
            break;
        default: return false;
        }
    }
    return o->windows > 0 && o->window >= 0 && o->window < o->windows && o->scenario && o->email && o->password && o->connections > 0 && o->connections <= CONNECTIONS_MAX && o->seconds > 0;
}

static void report(const struct bench *b, const struct result *r)
{
    const struct hist *h = &r->latency;
    double n = (double)(r->requests ? r->requests : 1);
    printf("{\"scenario\":\"%s\",\"connections\":%d,\"seconds\":%.2f,\"requests\":%" PRIu64 ",\"per_second\":%.0f,\"wanted_per_second\":%.0f,"
           "\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"cpu_us_per_request\":%.0f,\"broken\":%" PRIu64,
        b->opt.scenario, b->opt.connections, r->seconds, r->requests, (double)r->requests / r->seconds, (double)r->wanted / r->seconds,
        (double)hist_quantile(h, 0.5) / 1e3, (double)hist_quantile(h, 0.99) / 1e3, (double)h->max_us / 1e3, r->cpu_us / n, r->broken);
    if (b->rounds) printf(",\"rounds\":%" PRIu64 ",\"rounds_without_one_winner\":%" PRIu64, b->rounds, b->rounds_without_one_winner);
    printf(",\"status\":{");
    for (int i = 0, first = 1; i < STATUS_MAX; i++)
        if (r->status[i]) {
            printf("%s\"%d\":%" PRIu64, first ? "" : ",", i, r->status[i]);
            first = 0;
        }
    printf("}}\n");
}

int main(int argc, char **argv)
{
    static struct bench b = { .opt = { .host = "127.0.0.1", .port = "8080", .slug = "demo", .connections = 32, .seconds = 5, .warm_up_s = 1, .windows = 1 } };
    static struct result r;
    if (!parse(&b.opt, argc, argv)) return usage();
    const struct scenario *scenario = scenario_find(b.opt.scenario);
    if (!scenario) return usage();
    b.random = b.opt.seed ? b.opt.seed : (uint64_t)time(NULL) ^ (uint64_t)clock_us();
    if (!setup(&b) || !scenario->prepare(&b)) return 1;
    bool ok = run(&b, scenario, &r);
    report(&b, &r);
    if (b.rounds_without_one_winner) fprintf(stderr, "a race did not have exactly one winner\n");
    return ok && !b.rounds_without_one_winner && r.requests > 0 ? 0 : 1;
}
