/* measure.c - clocks, the histogram, and the CPU time of other processes. */
#include "bench/load/load.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t clock_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Below 64 us each value has its own bucket; above, the six bits after the leading one choose it. */
static size_t bucket_of(int64_t us)
{
    uint64_t v = us < 0 ? 0 : (uint64_t)us;
    if (v < HIST_SUB) return (size_t)v;
    int top = 63 - __builtin_clzll(v);
    return (size_t)(top - 5) * HIST_SUB + (size_t)((v >> (top - 6)) & (HIST_SUB - 1));
}

static int64_t bucket_value(size_t bucket)
{
    size_t power = bucket / HIST_SUB, sub = bucket % HIST_SUB;
    if (power == 0) return (int64_t)sub;
    return (int64_t)((HIST_SUB + sub) << (power - 1));
}

void hist_add(struct hist *h, int64_t us)
{
    size_t bucket = bucket_of(us);
    h->bucket[bucket < HIST_BUCKETS ? bucket : HIST_BUCKETS - 1]++;
    h->count++;
    if (us > h->max_us) h->max_us = us;
}

int64_t hist_quantile(const struct hist *h, double q)
{
    uint64_t rank = (uint64_t)(q * (double)h->count), seen = 0;
    for (size_t i = 0; i < HIST_BUCKETS; i++) {
        seen += h->bucket[i];
        if (seen > rank) return bucket_value(i);
    }
    return h->max_us;
}

static double cpu_us_one(int pid)
{
    clockid_t clock;
    struct timespec t;
    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The parent of a process from /proc/PID/stat; the name in parentheses may hold anything. 0: gone. */
static int parent_of(int pid)
{
    char path[64], line[512];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *f = fopen(path, "re");
    if (!f) return 0;
    size_t n = fread(line, 1, sizeof line - 1, f);
    fclose(f);
    line[n] = 0;
    const char *end = strrchr(line, ')');
    int parent = 0;
    if (!end || strlen(end) < 4) return 0;
    parent = (int)strtol(end + 4, NULL, 10); /* ") S 123" */
    return parent;
}

double cpu_us_of(const int *pids, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += cpu_us_one(pids[i]);
    DIR *proc = n > 0 ? opendir("/proc") : NULL;
    for (struct dirent *e; proc && (e = readdir(proc));) {
        int pid = (int)strtol(e->d_name, NULL, 10);
        int parent = pid > 0 ? parent_of(pid) : 0;
        for (int i = 0; i < n; i++)
            if (parent == pids[i]) sum += cpu_us_one(pid);
    }
    if (proc) closedir(proc);
    return sum;
}
