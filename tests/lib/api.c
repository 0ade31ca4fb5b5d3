/* api.c - see api.h: the program under test, from a fresh database to its end. */
#include "tests/lib/api.h"
#include "tests/lib/folder.h"
#include <errno.h>
#include <fcntl.h>
#include <libpq-fe.h>
#include <poll.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ENV_MAX = 256, START_MS = 60000, STOP_MS = 30000, LOG_MAX = 16 << 20 };

static struct {
    char engine[16], folder[512], data[600], log[600], database[80], url[512];
    struct api_options options;
    pid_t pid;
    int out, port;
} server = { .pid = -1, .out = -1 };

const char *const api_engines[] = { "sqlite", "postgresql", NULL };
struct conn *api_main;
extern char **environ;

static void __attribute__((format(printf, 1, 2), noreturn)) give_up(const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    fputs("  api: ", stderr);
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
    va_end(args);
    exit(3);
}

int64_t api_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void api_sleep_ms(int64_t ms)
{
    struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };
    nanosleep(&t, NULL);
}

bool api_engine_wanted(const char *engine)
{
    const char *only = getenv("CLINICD_TEST_ENGINE");
    if (only && *only && strcmp(only, engine) != 0) return false;
    printf("-- %s\n", engine);
    fflush(stdout);
    return true;
}

int api_port(void)
{
    return server.port;
}
/* must: a file that is not there would hide everything. */
static bool file_has(const char *path, const char *text, bool must)
{
    FILE *f = fopen(path, "rb");
    size_t n = 0, max = 64 << 20;
    char *all = f ? malloc(max) : NULL;
    if (must && !all) give_up("%s: %s", path, strerror(errno));
    if (all) n = fread(all, 1, max, f);
    bool found = all && memmem(all, n, text, strlen(text)) != NULL;
    free(all);
    if (f) fclose(f);
    return found;
}

bool api_leaks(const char *text)
{
    char path[sizeof server.data + 32];
    if (file_has(server.log, text, true)) return true;
    if (!api_on_sqlite()) return false;
    snprintf(path, sizeof path, "%s/clinicd.db", server.data);
    if (file_has(path, text, true)) return true;
    snprintf(path, sizeof path, "%s/clinicd.db-wal", server.data);
    return file_has(path, text, false);
}

const char *api_data(void)
{
    return server.data;
}
bool api_on_sqlite(void)
{
    return strcmp(server.engine, "sqlite") == 0;
}

/* ---- PostgreSQL: a database of our own --------------------------------------------------------------------- */

static const char *needed(const char *name)
{
    const char *v = getenv(name);
    if (!v || !*v) give_up("%s is not set: run this under tests/lib/with_postgres", name);
    return v;
}

/* The same server and role, another database. */
static void url_of(const char *base, const char *database, char *out, size_t out_len)
{
    const char *at_sign = strrchr(base, '@'), *question = strchr(base, '?');
    if (!at_sign || !question) give_up("a URL without @ or ?: %s", base);
    snprintf(out, out_len, "%.*s/%s%s", (int)(at_sign + 1 - base), base, database, question);
}

static void admin_run(const char *url, const char *sql)
{
    PGconn *c = PQconnectdb(url);
    PGresult *r = PQexec(c, sql);
    ExecStatusType s = PQresultStatus(r);
    if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK) fprintf(stderr, "  api: %s: %s", sql, PQerrorMessage(c));
    PQclear(r);
    PQfinish(c);
    if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK) give_up("the statement failed");
}

static void make_database(void)
{
    static int n;
    char sql[160];
    snprintf(server.database, sizeof server.database, "api_%d_%d", (int)getpid(), n++);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s OWNER clinicd", server.database);
    admin_run(needed("CLINICD_TEST_PG_ADMIN"), sql);
    url_of(needed("CLINICD_TEST_PG"), server.database, server.url, sizeof server.url);
}

static void drop_database(void)
{
    char sql[160];
    if (!*server.database) return;
    snprintf(sql, sizeof sql, "DROP DATABASE IF EXISTS %s WITH (FORCE)", server.database);
    *server.database = 0;
    admin_run(needed("CLINICD_TEST_PG_ADMIN"), sql);
}

static void sql_on_sqlite(const char *sql)
{
    char path[700], *err = NULL;
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/clinicd.db", server.data);
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
    sqlite3_busy_timeout(db, 10000);
    if (rc == SQLITE_OK) rc = sqlite3_exec(db, sql, NULL, NULL, &err);
    if (rc != SQLITE_OK) give_up("%s: %s", sql, err ? err : sqlite3_errmsg(db));
    sqlite3_close(db);
}

void api_sql(const char *fmt, ...)
{
    char sql[8192], url[512];
    va_list args;
    va_start(args, fmt);
    vsnprintf(sql, sizeof sql, fmt, args);
    va_end(args);
    if (api_on_sqlite()) {
        sql_on_sqlite(sql);
        return;
    }
    url_of(needed("CLINICD_TEST_PG_ADMIN"), server.database, url, sizeof url);
    admin_run(url, sql);
}

static bool refused_on_sqlite(const char *sql)
{
    char path[700];
    sqlite3 *db = NULL;
    snprintf(path, sizeof path, "%s/clinicd.db", server.data);
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL);
    sqlite3_busy_timeout(db, 10000);
    if (rc == SQLITE_OK) rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    if (rc != SQLITE_OK && rc != SQLITE_CONSTRAINT) give_up("%s: %s", sql, sqlite3_errmsg(db));
    sqlite3_close(db);
    return rc == SQLITE_CONSTRAINT;
}

bool api_sql_refused(const char *sql)
{
    char url[512];
    if (api_on_sqlite()) return refused_on_sqlite(sql);
    url_of(needed("CLINICD_TEST_PG_ADMIN"), server.database, url, sizeof url);
    PGconn *c = PQconnectdb(url);
    PGresult *r = PQexec(c, sql);
    const char *state = PQresultErrorField(r, PG_DIAG_SQLSTATE);
    bool refused = state && strncmp(state, "23", 2) == 0;
    if (state && !refused) give_up("%s: %s", sql, PQerrorMessage(c));
    PQclear(r);
    PQfinish(c);
    return refused;
}

const char *api_sql_id(const char *uuid)
{
    char hex[33];
    size_t n = 0;
    if (!api_on_sqlite()) return at("'%s'::uuid", uuid);
    for (const char *p = uuid; *p && n < 32; p++)
        if (*p != '-') hex[n++] = *p;
    hex[n] = 0;
    return at("x'%s'", hex);
}

/* ---- starting --------------------------------------------------------------------- */

static const char *binary(void)
{
    static char path[1024];
    const char *named = getenv("CLINICD_BINARY");
    if (named && *named) return named;
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 16);
    if (n <= 0) give_up("/proc/self/exe cannot be read");
    path[n] = 0;
    char *slash = strrchr(path, '/');
    snprintf(slash + 1, sizeof path - (size_t)(slash + 1 - path), "clinicd");
    if (access(path, X_OK) != 0) give_up("%s is not there: build it, or name it with CLINICD_BINARY", path);
    return path;
}

/* The program refuses settings it does not know: ours go, those of the test come. */
static char **environment(void)
{
    static char *env[ENV_MAX], text[5][700];
    size_t n = 0;
    for (char **e = environ; *e && n < ENV_MAX - 48; e++)
        if (strncmp(*e, "CLINICD_", 8) != 0 || strncmp(*e, "CLINICD_TZDIR=", 14) == 0) env[n++] = *e;
    snprintf(text[0], sizeof text[0], "CLINICD_DATABASE_URL=%s", server.url);
    env[n++] = text[0];
    snprintf(text[1], sizeof text[1], "CLINICD_LISTEN=127.0.0.1:0");
    env[n++] = text[1];
    snprintf(text[2], sizeof text[2], "CLINICD_TRUSTED_PROXIES=127.0.0.1/32");
    env[n++] = text[2];
    snprintf(text[3], sizeof text[3], "CLINICD_JOB_POLL_MS=100"); /* jobs that a test has made due */
    env[n++] = text[3];
    for (const char *const *e = server.options.env; e && *e && n < ENV_MAX - 2; e++) env[n++] = (char *)(uintptr_t)*e;
    env[n] = NULL;
    return env;
}

static pid_t spawn(const char *const *args, int out)
{
    const char *program = binary();
    char **env = environment();
    int log = open(server.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) give_up("%s: %s", server.log, strerror(errno));
    pid_t parent = getpid(), pid = fork();
    if (pid < 0) give_up("fork: %s", strerror(errno));
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) _exit(126);
        dup2(out >= 0 ? out : log, STDOUT_FILENO);
        dup2(log, STDERR_FILENO);
        execve(program, (char *const *)(uintptr_t)args, env);
        _exit(127);
    }
    close(log);
    return pid;
}

static void show_log(void)
{
    char line[1000];
    FILE *f = fopen(server.log, "r");
    long n = 0;
    if (!f) return;
    if (fseek(f, 0, SEEK_END) == 0) n = ftell(f);
    if (fseek(f, n > 6000 ? n - 6000 : 0, SEEK_SET) != 0) rewind(f);
    while (fgets(line, sizeof line, f)) fprintf(stderr, "    log: %s", line);
    fclose(f);
}

int api_command(const char *const *args)
{
    const char *argv[32] = { "clinicd" };
    int status = 0;
    size_t n = 1;
    for (; *args && n < 28; args++) argv[n++] = *args;
    argv[n++] = "--data";
    argv[n++] = server.data;
    pid_t pid = spawn(argv, -1);
    if (waitpid(pid, &status, 0) != pid) give_up("waitpid: %s", strerror(errno));
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static void command(const char *const *args)
{
    int code = api_command(args);
    if (code == 0) return;
    show_log();
    give_up("clinicd %s: exit code %d", args[0], code);
}

/* The line "clinicd 0.1.0 listening on http://127.0.0.1:40000". */
static bool read_port(void)
{
    char line[512];
    size_t n = 0;
    int64_t until = api_now_ms() + START_MS;
    while (n < sizeof line - 1 && api_now_ms() < until) {
        struct pollfd p = { server.out, POLLIN, 0 };
        if (poll(&p, 1, 200) <= 0) continue;
        ssize_t got = read(server.out, line + n, sizeof line - 1 - n);
        if (got <= 0) return false;
        n += (size_t)got;
        line[n] = 0;
        const char *said = strstr(line, "listening on http://");
        const char *colon = said && strchr(said, '\n') ? strrchr(said, ':') : NULL;
        if (!colon) continue;
        server.port = (int)strtol(colon + 1, NULL, 10);
        return server.port > 0;
    }
    return false;
}

static void serve(void)
{
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC) != 0) give_up("pipe: %s", strerror(errno));
    server.pid = spawn((const char *[]){ "clinicd", "serve", "--data", server.data, NULL }, pipes[1]);
    close(pipes[1]);
    if (server.out >= 0) close(server.out);
    server.out = pipes[0];
    if (!read_port()) {
        show_log();
        give_up("the server does not come up");
    }
    api_main = conn_open();
    api_document_load();
}

static void remove_folder(void)
{
    if (!*server.folder || getenv("CLINICD_TEST_KEEP")) return;
    pid_t pid = fork();
    if (pid == 0) {
        execl("/bin/rm", "rm", "-rf", "--", server.folder, (char *)NULL);
        _exit(127);
    }
    if (pid > 0) waitpid(pid, NULL, 0);
    *server.folder = 0;
}

static void clean_up(void)
{
    if (server.pid > 0) {
        kill(server.pid, SIGKILL);
        waitpid(server.pid, NULL, 0);
        server.pid = -1;
    }
    if (*server.database) drop_database();
    remove_folder();
}

void api_start(const char *engine, const struct api_options *options)
{
    static bool once;
    if (!once && atexit(clean_up) != 0) give_up("atexit");
    if (!once) signal(SIGPIPE, SIG_IGN);
    once = true;
    server.options = options ? *options : (struct api_options){ 0 };
    snprintf(server.engine, sizeof server.engine, "%s", engine);
    test_folder(server.folder, sizeof server.folder, "api");
    if (!mkdtemp(server.folder)) give_up("%s: %s", server.folder, strerror(errno));
    snprintf(server.data, sizeof server.data, "%s/data", server.folder);
    snprintf(server.log, sizeof server.log, "%s/log", server.folder);
    *server.url = 0;
    if (!api_on_sqlite()) make_database();
    command((const char *[]){ "init", NULL });
    if (server.options.demo) command((const char *[]){ "demo", "--password", API_DEMO_PASSWORD, NULL });
    serve();
}

/* ---- stopping --------------------------------------------------------------------- */

void api_signal_stop(void)
{
    kill(server.pid, SIGTERM);
}

bool api_wait(int64_t timeout_ms)
{
    int status = 0;
    int64_t until = api_now_ms() + timeout_ms;
    pid_t got;
    while ((got = waitpid(server.pid, &status, WNOHANG)) == 0 && api_now_ms() < until) api_sleep_ms(10);
    if (got == 0) {
        fprintf(stderr, "  api: the server still runs after %lld ms\n", (long long)timeout_ms);
        kill(server.pid, SIGKILL);
        waitpid(server.pid, &status, 0);
    }
    server.pid = -1;
    if (got > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) return true;
    fprintf(stderr, "  api: the server ended with %s %d\n", WIFEXITED(status) ? "exit code" : "signal",
        WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    show_log();
    return false;
}

/* A fault is a line of the log; a sanitizer writes its own. */
static bool log_clean(void)
{
    static const char *const bad[] = { "\"fault\"", "AddressSanitizer", "LeakSanitizer", "ThreadSanitizer", "runtime error:", "assertion",
        NULL };
    char line[4000];
    int found = 0;
    FILE *f = fopen(server.log, "r");
    if (!f) return false;
    while (fgets(line, sizeof line, f))
        for (const char *const *b = bad; *b; b++)
            if (strstr(line, *b)) {
                if (!(server.options.may_fault && b == bad) && found++ < 10) fprintf(stderr, "  api: in the log: %s", line);
                break;
            }
    fclose(f);
    return found == 0;
}

static void hang_up(void)
{
    conn_close(api_main);
    api_main = NULL;
    api_document_drop();
}

/* Only here, not when the server dies: other threads may still be looking at their last answers. */
void api_again(void)
{
    hang_up();
    serve();
}

bool api_stop_soft(void)
{
    hang_up();
    api_signal_stop();
    bool ok = api_wait(STOP_MS);
    bool clean = log_clean();
    int complaints = api_complaints();
    if (complaints) fprintf(stderr, "  api: %d complaints about answers\n", complaints);
    return ok && clean && complaints == 0;
}

bool api_stop(void)
{
    bool ok = api_stop_soft();
    clean_up();
    return ok;
}

void api_kill(void)
{
    kill(server.pid, SIGKILL);
    waitpid(server.pid, NULL, 0);
    server.pid = -1;
}
