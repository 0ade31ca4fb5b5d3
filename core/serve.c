/* serve.c - the server: start in the order of dependence, wait for a signal, stop in the reverse order. */
#include "core/serve.h"
#include "core/http/app.h"
#include "core/start.h"
#include "core/version.h"
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    HASH_WORKERS = 2, HASH_QUEUE_MAX = 64, JOB_THREADS = 4, OTHER_HANDLES = 8, /* jobs' own, hub, spare */
    CONNECTIONS_MAX = 8192, FILES_WANTED = 65536,
    HEADER_TIMEOUT_MS = 10000, BODY_TIMEOUT_MS = 30000, IDLE_TIMEOUT_MS = 75000, HANDLE_TIMEOUT_MS = 15000,
    READY_FALSE_MS = 100,     /* between "not ready" and no more connections */
    STOP_DEADLINE_MS = 6000,  /* for requests that run */
    STOP_FORCED_S = 9,        /* for all of it */
    OPENAPI_MAX = 4 * 1024 * 1024,
};

static struct app app;
/* Set when they can be woken, cleared before they end: the database wakes from any thread, also while we start and stop.
 * The lock keeps them alive while they are being woken. */
static struct { pthread_rwlock_t lock; struct job_runner *jobs; struct hub *hub; } wakeable = { .lock = PTHREAD_RWLOCK_INITIALIZER };

static void on_wake(unsigned bits)
{
    pthread_rwlock_rdlock(&wakeable.lock);
    if ((bits & WAKE_JOBS) && wakeable.jobs) jobs_wake(wakeable.jobs);
    if ((bits & WAKE_EVENTS) && wakeable.hub) hub_wake(wakeable.hub);
    pthread_rwlock_unlock(&wakeable.lock);
}

static void set_wakeable(struct job_runner *jobs, struct hub *hub)
{
    pthread_rwlock_wrlock(&wakeable.lock);
    wakeable.jobs = jobs;
    wakeable.hub = hub;
    pthread_rwlock_unlock(&wakeable.lock);
}

static rlim_t raise_open_files(void)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) != 0) return 1024;
    rlim_t want = l.rlim_max == RLIM_INFINITY || l.rlim_max > FILES_WANTED ? FILES_WANTED : l.rlim_max;
    if (l.rlim_cur < want) {
        l.rlim_cur = want;
        (void)setrlimit(RLIMIT_NOFILE, &l);
        (void)getrlimit(RLIMIT_NOFILE, &l);
    }
    return l.rlim_cur;
}

/* ---- start ------------------------------------------------------------------------------------------------------------- */

static bool start_documents(char *err, size_t err_len)
{
    buf_init(&app.openapi, OPENAPI_MAX);
    buf_init(&app.docs, OPENAPI_MAX);
    if (router_compile(&app, start_modules(), err, err_len) != RC_OK) return false;
    openapi_write(&app, &app.openapi);
    docs_write(&app, &app.docs);
    if (app.openapi.failed || app.docs.failed) snprintf(err, err_len, "no memory for the documentation");
    return !app.openapi.failed && !app.docs.failed;
}

static bool open_database(char *err, size_t err_len)
{
    int readers = (int)settings_workers(&settings) + HASH_WORKERS + JOB_THREADS + OTHER_HANDLES;
    if (start_database(&app.db, readers, on_wake, 0, err, err_len) != RC_OK) return false;
    if (!db_bypasses_rls(app.db)) return true;
    if (!settings.production) {
        LOG(LOG_WARN, "db.bypasses_rls", KS("hint", "the database role ignores row-level security; use one without SUPERUSER and BYPASSRLS"));
        return true;
    }
    snprintf(err, err_len, "the database role ignores row-level security; in production use a role without SUPERUSER and BYPASSRLS");
    return false;
}

static bool start_hub(char *err, size_t err_len)
{
    app.limiter = limiter_new();
    if (app.limiter && hub_start(&app.hub, app.db) == RC_OK) return true;
    snprintf(err, err_len, "the live events cannot start (see the log)");
    return false;
}

/* Last of all: jobs write mail with links, and those need our address. */
static bool start_jobs_runner(char *err, size_t err_len)
{
    struct job_runner_config config = { .db = app.db, .tables = start_jobs(), .schedules = start_schedules(), .threads = JOB_THREADS, .poll_ms = settings.job_poll_ms };
    if (jobs_start(&app.jobs, &config) == RC_OK) return true;
    snprintf(err, err_len, "the job workers cannot start (see the log)");
    return false;
}

static void own_url(char url[300])
{
    bool v6 = strchr(settings.listen_host, ':') != NULL;
    snprintf(url, 300, "http://%s%s%s:%d", v6 ? "[" : "", settings.listen_host, v6 ? "]" : "", http_port(app.http));
}

/* The port, and with it our own address, is known only when the listener runs already: until all is in place requests are
 * sent away, and what comes after sees it all. */
static _Atomic bool open_for_requests;
static struct http_plan plan_when_open(void *a, const struct http_request *http)
{
    if (!atomic_load(&open_for_requests)) return (struct http_plan){ POOL_INLINE, 0, 503 };
    return app_plan(a, http);
}

static bool start_listener(size_t files, char *err, size_t err_len)
{
    size_t spare = 256, connections = files > 2 * spare ? files - spare : files / 2;
    struct http_config cfg = { .host = settings.listen_host, .port = settings.listen_port, .io_threads = (int)settings.io_threads,
        .workers = (int)settings_workers(&settings), .hash_workers = HASH_WORKERS, .queue_max = (size_t)settings.queue_max, .hash_queue_max = HASH_QUEUE_MAX,
        .connections_max = connections < CONNECTIONS_MAX ? connections : CONNECTIONS_MAX, .header_timeout_ms = HEADER_TIMEOUT_MS,
        .body_timeout_ms = BODY_TIMEOUT_MS, .idle_timeout_ms = IDLE_TIMEOUT_MS, .handle_timeout_ms = HANDLE_TIMEOUT_MS,
        .app = { .plan = plan_when_open, .handle = app_handle, .worker_start = app_worker_start, .worker_stop = app_worker_stop, .refuse = app_refuse,
            .app = &app } };
    struct http *http = NULL;
    if (http_start(&http, &cfg, err, err_len) != RC_OK) {
        size_t n = strlen(err);
        if (strstr(err, strerror(EADDRINUSE)))
            snprintf(err + n, err_len - n, "; stop the other program or choose another port with CLINICD_LISTEN=host:port");
        return false;
    }
    app.http = http;
    return true;
}

static bool start_all(const struct cli *cli, char url[300])
{
    char err[1024] = "";
    app.version = CLINICD_VERSION;
    app.started = monotonic_us();
    size_t files = (size_t)raise_open_files();
    if (!start_key(err, sizeof err) || !start_documents(err, sizeof err) || !open_database(err, sizeof err) || !start_hub(err, sizeof err) ||
        !start_listener(files, err, sizeof err))
        goto failed;
    own_url(url);
    if (!*settings.base_url) settings.base_url = url;
    if (!start_jobs_runner(err, sizeof err)) goto failed;
    set_wakeable(app.jobs, app.hub);
    atomic_store(&open_for_requests, true);
    return true;
failed:
    cli_fail(cli, "%s", *err ? err : "no memory");
    return false;
}

/* ---- stop -------------------------------------------------------------------------------------------------------------- */

/* A job that waits for somebody else's mail server is not waited for: its lease runs out and it is begun again. */
static void *stop_by_force(void *unused)
{
    struct timespec patience = { STOP_FORCED_S, 0 };
    (void)unused;
    while (nanosleep(&patience, &patience) != 0) {}
    LOG(LOG_WARN, "serve.stop_forced", KI("after_s", STOP_FORCED_S));
    _exit(CLI_DONE);
}

static void stop_all(void)
{
    struct timespec moment = { 0, READY_FALSE_MS * 1000000L };
    atomic_store(&app.stopping, true);
    if (app.http) nanosleep(&moment, NULL);
    http_stop(app.http, STOP_DEADLINE_MS);
    set_wakeable(NULL, NULL);
    jobs_stop(app.jobs);
    if (app.hub) hub_stop(app.hub);
    db_close(app.db);
    if (app.limiter) limiter_free(app.limiter);
    router_free(&app);
    buf_free(&app.openapi);
    buf_free(&app.docs);
}

int serve_run(struct cli *cli)
{
    static char url[300]; /* settings may point to it */
    sigset_t stop;
    int got = 0;
    if (!cli_settings(cli)) return CLI_FAILED;
    sigemptyset(&stop);
    sigaddset(&stop, SIGTERM);
    sigaddset(&stop, SIGINT);
    pthread_sigmask(SIG_BLOCK, &stop, NULL); /* before any thread begins: all inherit it, this one waits */
    bool up = start_all(cli, url);
    if (up) {
        printf("clinicd %s listening on %s\n", CLINICD_VERSION, url);
        fflush(stdout);
        LOG(LOG_INFO, "serve.ready", KS("version", CLINICD_VERSION), KS("engine", db_engine(app.db)), KI("port", http_port(app.http)));
        while (sigwait(&stop, &got) != 0) {}
        LOG(LOG_INFO, "serve.stopping", KI("signal", got));
        pthread_t watch;
        if (pthread_create(&watch, NULL, stop_by_force, NULL) == 0) pthread_detach(watch);
    }
    stop_all();
    if (up) LOG(LOG_INFO, "serve.stopped");
    return up ? CLI_DONE : CLI_FAILED;
}
