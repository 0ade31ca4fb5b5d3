/* test_cli.c - the command line from outside: each command runs in a process of its own, with its output in files. */
#include "core/cli.h"
#include "core/db/db.h"
#include "core/start.h"
#include "tests/lib/test.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ARGV_MAX = 32, OUTPUT_MAX = 1024 * 1024 };
static char folder[256], data[300], out[OUTPUT_MAX], err[OUTPUT_MAX];

static const char *path(const char *name)
{
    static char buffer[4][700];
    static int at;
    char *p = buffer[at++ % 4];
    snprintf(p, sizeof buffer[0], "%s/%s", folder, name);
    return p;
}

static void slurp(const char *name, char *into)
{
    int fd = open(path(name), O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? 0 : read(fd, into, OUTPUT_MAX - 1);
    if (fd >= 0) close(fd);
    into[n < 0 ? 0 : n] = 0;
}

static void redirect(const char *name, int to)
{
    int fd = open(name, to == STDIN_FILENO ? O_RDONLY : O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || dup2(fd, to) < 0) _exit(99);
    close(fd);
}

/* words: split at blanks; {data} stands for the data folder. */
static pid_t start(const char *words, const char *input)
{
    fflush(NULL);
    unlink(path("out"));
    pid_t pid = fork();
    if (pid != 0) return pid;
    static char line[2000];
    char *argv[ARGV_MAX] = { (char[]){ "clinicd" } };
    int argc = 1;
    snprintf(line, sizeof line, "%s", words);
    char *rest = line;
    for (char *word; argc < ARGV_MAX - 1 && (word = strsep(&rest, " "));)
        if (*word) argv[argc++] = strcmp(word, "{data}") == 0 ? data : word;
    redirect(input ? input : "/dev/null", STDIN_FILENO);
    redirect(path("out"), STDOUT_FILENO);
    redirect(path("err"), STDERR_FILENO);
    exit(cli_main(argc, argv));
}

/* The exit code, or -1 when it did not end by itself in time. */
static int finish(pid_t pid, int seconds)
{
    int status = 0;
    for (int i = 0; i < seconds * 100; i++) {
        pid_t got = waitpid(pid, &status, WNOHANG);
        if (got == pid) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    }
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return -1;
}

static int run_with(const char *words, const char *input)
{
    int code = finish(start(words, input), 120);
    slurp("out", out);
    slurp("err", err);
    return code;
}

/* Runs, and shows what was said when the exit code is another one than wanted. */
static void check_run(const char *words, const char *input, int want)
{
    int got = run_with(words, input);
    CHECK_INT(got, want);
    if (got != want) fprintf(stderr, "  clinicd %s\n%s\n", words, err);
}

static const char *write_file(const char *name, const char *text)
{
    static char names[4][700];
    static size_t used;
    REQUIRE(used < ARRAY_LEN(names));
    FILE *f = fopen(path(name), "w");
    REQUIRE(f);
    fputs(text, f);
    fclose(f);
    snprintf(names[used], sizeof names[used], "%s", path(name));
    return names[used++];
}

static int count(const char *text, const char *what)
{
    int n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what)) n++;
    return n;
}

/* ---- help and mistakes ------------------------------------------------------------------------------------------------------- */

static void each_command_explains_itself(void)
{
    const struct command *tables[] = { core_commands, module_commands };
    int n = 0;
    for (size_t t = 0; t < ARRAY_LEN(tables); t++)
        for (const struct command *c = tables[t]; c->name; c++, n++) {
            char words[100];
            snprintf(words, sizeof words, "%s --help", c->name);
            check_run(words, NULL, 0);
            CHECK(strlen(out) > 200 && strstr(out, "Usage: clinicd") && strstr(out, "Example:") && strstr(out, "--data"));
            CHECK(strstr(out, c->example) && strstr(out, c->doc));
            CHECK_STR(err, "");
            for (const struct cli_option *o = c->options; o && o->name; o++) CHECK(strstr(out, o->name) && strlen(o->doc) > 5);
            snprintf(words, sizeof words, "help %s", c->name);
            check_run(words, NULL, 0);
            CHECK(strstr(out, c->doc));
        }
    CHECK(n >= 13);
    check_run("help", NULL, 0);
    CHECK(strstr(out, "serve") && strstr(out, "user add") && strstr(out, "demo"));
    check_run("", NULL, 2);
    check_run("user --help", NULL, 0);
    CHECK(strstr(out, "user password"));
    check_run("version", NULL, 0);
    CHECK(strncmp(out, "clinicd ", 8) == 0);
}

static void what_is_wrong_is_refused_with_a_hint(void)
{
    check_run("serve --dta x", NULL, 2);
    CHECK(strstr(err, "--data") && strstr(err, "clinicd serve --help"));
    check_run("serve --nothing-like-it", NULL, 2);
    CHECK(strstr(err, "unknown option"));
    check_run("serve extra", NULL, 2);
    check_run("migrate --check=1", NULL, 2);
    check_run("migrate --check --check", NULL, 2);
    check_run("migrate --data", NULL, 2);
    CHECK(strstr(err, "--data DIR"));
    check_run("migrat", NULL, 2);
    CHECK(strstr(err, "did you mean 'migrate'"));
    check_run("user ad", NULL, 2);
    CHECK(strstr(err, "did you mean 'user add'"));
    check_run("user", NULL, 2);
    check_run("user add --tenant x --email a@b.cd --role staff", NULL, 2);
    CHECK(strstr(err, "--name TEXT is missing"));
    check_run("user add --tenant x --email a@b.cd --name N --role king", NULL, 2);
    check_run("demo --days x", NULL, 2);
    check_run("demo --password short", NULL, 2);
}

static void all_mistakes_in_settings_are_listed(void)
{
    char words[900];
    const char *conf = write_file("bad.conf", "CLINICD_WORKERS=many\nCLINICD_LISTEN=nowhere\n# fine\nCLINICD_NEW=1\nCLINICD_QUEUE=99\n");
    snprintf(words, sizeof words, "serve --data {data} --config %s", conf);
    setenv("CLINICD_TYPO", "1", 1);
    check_run(words, NULL, 1);
    unsetenv("CLINICD_TYPO");
    CHECK(strstr(err, "CLINICD_WORKERS") && strstr(err, "CLINICD_LISTEN") && strstr(err, "bad.conf:4") && strstr(err, "CLINICD_TYPO"));
    CHECK_INT(count(err, "\n"), 5);
    check_run("serve --data {data} --config /nowhere/at/all.conf", NULL, 1);
    CHECK(strstr(err, "/nowhere/at/all.conf"));
    setenv("CLINICD_ENV", "production", 1);
    check_run("serve --data {data}", NULL, 1);
    CHECK(strstr(err, "CLINICD_BASE_URL") && strstr(err, "CLINICD_MAIL_FROM"));
    unsetenv("CLINICD_ENV");
}

/* ---- what needs no installation ------------------------------------------------------------------------------------------------ */

static void openapi_and_permissions_need_nothing(void)
{
    check_run("openapi --data /nowhere", NULL, 0);
    CHECK(strstr(out, "\"openapi\":\"3.1") && strstr(out, "/appointments"));
    check_run("permissions", NULL, 0);
    CHECK_INT(count(out, "\n"), PERM_N + 2);
    CHECK(strstr(out, "schedule.overbook"));
    check_run("permissions --json", NULL, 0);
    CHECK(out[0] == '[' && strstr(out, "\"roles\":[\"owner\""));
}

/* ---- init ------------------------------------------------------------------------------------------------------------------------ */

static void a_server_without_a_key_does_not_start(void)
{
    check_run("serve --data {data}", NULL, 1);
    CHECK(strstr(err, "clinicd init"));
    CHECK_STR(out, "");
    check_run("doctor --data {data}", NULL, 1);
    CHECK(strstr(out, "FAIL data folder"));
}

static void init_makes_the_folder_once(void)
{
    static char key[OUTPUT_MAX], again[OUTPUT_MAX];
    struct stat st;
    check_run("init --data {data}", NULL, 0);
    CHECK(stat(data, &st) == 0 && (st.st_mode & 0777) == 0700);
    CHECK(stat(path("data/deep/master.key"), &st) == 0 && (st.st_mode & 0777) == 0600);
    slurp("data/deep/master.key", key);
    CHECK(strlen(key) >= 64);
    slurp("data/deep/clinicd.conf", out);
    for (const struct setting_row *r = setting_rows; r->name; r++) CHECK(strcmp(r->name, "CLINICD_DATA") == 0 || strstr(out, r->name));
    check_run("init --data {data}", NULL, 0);
    CHECK(strstr(out, "there already"));
    slurp("data/deep/master.key", again);
    CHECK_STR(again, key);
}

static void doctor_finds_what_is_wrong(void)
{
    check_run("doctor --data {data}", NULL, 0);
    CHECK(count(out, "ok ") >= 6 && !strstr(out, "FAIL"));
    REQUIRE(chmod(path("data/deep/master.key"), 0644) == 0);
    check_run("doctor --data {data}", NULL, 1);
    CHECK(strstr(out, "FAIL key"));
    REQUIRE(chmod(path("data/deep/master.key"), 0600) == 0);
    setenv("CLINICD_WORKERS", "0", 1);
    check_run("doctor --data {data}", NULL, 1);
    CHECK(strstr(out, "FAIL settings: CLINICD_WORKERS"));
    unsetenv("CLINICD_WORKERS");
}

static void migrate_says_what_is_pending(void)
{
    check_run("migrate --check --data {data}", NULL, 1);
    CHECK(strstr(err, "pending"));
    check_run("migrate --data {data}", NULL, 0);
    check_run("migrate --check --data {data}", NULL, 0);
    CHECK(strstr(out, "up to date"));
}

/* ---- clinics and people ------------------------------------------------------------------------------------------------------------ */

static void clinics_and_people_are_added(void)
{
    const char *secret = write_file("secret", "a long password\n"), *brief = write_file("brief", "short\n");
    const char *add = "tenant add --data {data} --slug one --name One --zone Europe/Bucharest --currency EUR --email Boss@Example.com --owner-name Boss";
    check_run(add, brief, 1);
    CHECK(strstr(err, "10 to 200"));
    check_run(add, secret, 0);
    check_run(add, secret, 1);
    CHECK(strstr(err, "already"));
    check_run("tenant list --data {data}", NULL, 0);
    CHECK(strstr(out, "one ") && strstr(out, "Europe/Bucharest"));
    check_run("user add --data {data} --tenant one --email desk@example.com --name Desk --role staff", secret, 0);
    check_run("user add --data {data} --tenant one --email desk@example.com --name Desk --role staff", secret, 1);
    check_run("user list --data {data} --tenant one", NULL, 0);
    CHECK(strstr(out, "owner     boss@example.com") && strstr(out, "staff     desk@example.com"));
    check_run("user list --data {data} --tenant two", NULL, 1);
    CHECK(strstr(err, "tenant list"));
    check_run("user password --data {data} --email desk@example.com --password another-password", NULL, 0);
    check_run("user password --data {data} --email nobody@example.com --password another-password", NULL, 1);
    check_run("tenant add --data {data} --slug -x --name One --zone Europe/Bucharest --currency EUR --email a@b.cd --owner-name B", NULL, 2);
    check_run("tenant add --data {data} --slug payments --name One --zone Europe/Paris --currency EUR --email a@b.cd --owner-name B", NULL, 2); /* /public/payments/{token} */
    check_run("tenant add --data {data} --slug xx --name One --zone Europe/Nowhere --currency EUR --email a@b.cd --owner-name B", NULL, 2);
    check_run("tenant add --data {data} --slug xx --name One --zone Europe/Paris --currency eur --email a@b.cd --owner-name B", NULL, 2);
}

/* ---- demo -------------------------------------------------------------------------------------------------------------------------- */

static int64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static void the_demo_is_made_once(void)
{
    int64_t began = monotonic_ms();
    check_run("demo --data {data}", NULL, 0);
    printf("     demo: %lld ms\n", (long long)(monotonic_ms() - began));
    CHECK(strstr(out, "\"slug\":\"demo\"") && strstr(out, "\"clients\":200") && strstr(out, "\"password\":\""));
    CHECK(strstr(out, "\"providers\":3") && strstr(out, "\"services\":8"));
    check_run("demo --data {data}", NULL, 0);
    CHECK(strstr(out, "\"clients\":0") && strstr(out, "\"appointments\":0") && !strstr(out, "password"));
    check_run("demo --data {data} --password another-password", NULL, 0);
    CHECK(strstr(out, "\"clients\":0") && !strstr(out, "password"));
    setenv("CLINICD_ENV", "production", 1);
    setenv("CLINICD_BASE_URL", "https://clinic.example", 1);
    setenv("CLINICD_MAIL_FROM", "a@clinic.example", 1);
    check_run("demo --data {data}", NULL, 1);
    unsetenv("CLINICD_ENV");
    unsetenv("CLINICD_BASE_URL");
    unsetenv("CLINICD_MAIL_FROM");
}

/* The module's table may hold no statement for tests: these are their own. */
#define ASKED "a test looks at all rows"
static const struct query Q_OVERLAPS = { .name = "test.overlaps", .scan = ASKED, .platform = ASKED,
    .sql = "SELECT COUNT(*) FROM claim a JOIN claim b ON a.tenant_id = b.tenant_id AND a.subject_id = b.subject_id AND a.owner_id <> b.owner_id"
           " AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at" };
static const struct query Q_WRONG_STATS = { .name = "test.stats", .scan = ASKED, .platform = ASKED,
    .sql = "SELECT COUNT(*) FROM client c WHERE c.visits <> (SELECT COUNT(*) FROM appointment a WHERE a.tenant_id = c.tenant_id AND a.client_id = c.id"
           " AND a.status = 'completed') OR c.no_shows <> (SELECT COUNT(*) FROM appointment a WHERE a.tenant_id = c.tenant_id AND a.client_id = c.id AND"
           " a.status = 'no_show') OR c.cancellations <> (SELECT COUNT(*) FROM appointment a WHERE a.tenant_id = c.tenant_id AND a.client_id = c.id AND"
           " a.status = 'cancelled')" };
static const struct query Q_UNCLAIMED = { .name = "test.unclaimed", .scan = ASKED, .platform = ASKED,
    .sql = "SELECT COUNT(*) FROM appointment a WHERE a.status NOT IN ('cancelled', 'no_show') AND (SELECT COUNT(*) FROM claim k WHERE"
           " k.tenant_id = a.tenant_id AND k.owner_id = a.id) <> 2 + (SELECT COUNT(*) FROM appointment_part r WHERE r.tenant_id = a.tenant_id AND"
           " r.appointment_id = a.id)" };
static const struct query Q_STILL_CLAIMED = { .name = "test.still", .scan = ASKED, .platform = ASKED,
    .sql = "SELECT COUNT(*) FROM appointment a JOIN claim k ON k.tenant_id = a.tenant_id AND k.owner_id = a.id WHERE a.status = 'cancelled'" };
static const struct query Q_ON_HOLIDAY = { .name = "test.holiday", .scan = ASKED, .platform = ASKED,
    .sql = "SELECT COUNT(*) FROM appointment a JOIN holiday h ON h.tenant_id = a.tenant_id AND a.starts_at BETWEEN h.date * 86400000000 AND"
           " h.date * 86400000000 + 72000000000" };
static const struct query Q_APPOINTMENTS = { .name = "test.appts", .scan = ASKED, .platform = ASKED, .sql = "SELECT COUNT(*) FROM appointment" };
static const struct query *const test_queries[] = { &Q_OVERLAPS, &Q_WRONG_STATS, &Q_UNCLAIMED, &Q_STILL_CLAIMED, &Q_ON_HOLIDAY, &Q_APPOINTMENTS, NULL };
extern const struct migration all_migrations[];

static int64_t ask(struct tdb *t, const struct query *q)
{
    int64_t n = -1;
    CHECK_INT(db_int(t, q, ARGS(), &n), RC_OK);
    return n;
}

static void the_demo_keeps_the_rules(void)
{
    char url[400], why[500] = "";
    struct query_set sets[] = { { "test", true, test_queries }, { 0 } };
    struct db_config config = { .url = url, .readers_max = 1, .migrations = all_migrations, .queries = sets };
    struct db *db = NULL;
    snprintf(url, sizeof url, "sqlite:%s/clinicd.db", data);
    enum rc rc = db_open(&db, &config, DB_CHECK_ONLY, why, sizeof why);
    if (rc != RC_OK) fprintf(stderr, "  %s\n", why);
    REQUIRE(rc == RC_OK);
    struct tdb *t = tdb_open(db);
    struct arena *a = arena_new(1 << 20);
    REQUIRE(t && a);
    tdb_begin(t, a, ID_NIL);
    int64_t n = ask(t, &Q_APPOINTMENTS);
    CHECK(n > 300 && n < 1200);
    CHECK_INT(ask(t, &Q_OVERLAPS), 0);
    CHECK_INT(ask(t, &Q_WRONG_STATS), 0);
    CHECK_INT(ask(t, &Q_UNCLAIMED), 0);
    CHECK_INT(ask(t, &Q_STILL_CLAIMED), 0);
    CHECK_INT(ask(t, &Q_ON_HOLIDAY), 0);
    tdb_close(t);
    arena_free(a);
    db_close(db);
}

static void the_bench_leaves_the_next_days_free(void)
{
    check_run("demo --data {data} --password another-password --appointments 300", NULL, 0);
    CHECK(strstr(out, "\"slug\":\"bench\"") && strstr(out, "\"appointments\":300"));
    check_run("demo --data {data} --password another-password --appointments 50", NULL, 0);
    CHECK(strstr(out, "\"appointments\":50"));
}

/* ---- serve -------------------------------------------------------------------------------------------------------------------------- */

/* The port from the line on standard output; 0: none within 60 s. */
static int wait_for_port(pid_t pid)
{
    for (int i = 0; i < 6000; i++) {
        slurp("out", out);
        const char *at = strstr(out, "listening on http://127.0.0.1:");
        if (at && strchr(at, '\n')) return (int)strtol(at + strlen("listening on http://127.0.0.1:"), NULL, 10);
        if (waitpid(pid, NULL, WNOHANG) == pid) return 0;
        nanosleep(&(struct timespec){ 0, 10000000 }, NULL);
    }
    return 0;
}

static int connect_to(int port)
{
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&sa, sizeof sa) == 0) return fd;
    close(fd);
    return -1;
}

static bool answers(int port, const char *target, const char *want)
{
    char text[4096];
    int fd = connect_to(port);
    size_t used = 0;
    if (fd < 0) return false;
    int n = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", target);
    if (write(fd, text, (size_t)n) != n) used = sizeof text;
    for (ssize_t got; used < sizeof text - 1 && (got = read(fd, text + used, sizeof text - 1 - used)) > 0;) used += (size_t)got;
    close(fd);
    text[used < sizeof text ? used : 0] = 0;
    return strstr(text, want) != NULL;
}

static void a_server_stops_when_told(void)
{
    int signals[] = { SIGTERM, SIGINT };
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        setenv("CLINICD_LISTEN", "127.0.0.1:0", 1);
        pid_t pid = start("serve --data {data}", NULL);
        int port = wait_for_port(pid);
        REQUIRE(port > 0);
        CHECK(answers(port, "/ready", "\"status\":\"ready\""));
        CHECK(answers(port, "/live", "200 OK"));
        CHECK(answers(port, "/api/v1/openapi.json", "\"openapi\""));
        int idle = connect_to(port); /* a client that says nothing must not hold it up */
        CHECK(idle >= 0);
        int64_t began = monotonic_ms();
        kill(pid, signals[i]);
        CHECK_INT(finish(pid, 10), 0);
        printf("     stopped after %lld ms\n", (long long)(monotonic_ms() - began));
        close(idle);
        slurp("out", out);
        CHECK_INT(count(out, "\n"), 1);
        slurp("err", err);
        CHECK(strstr(err, "serve.stopped") && !strstr(err, "\"level\":\"error\""));
    }
    unsetenv("CLINICD_LISTEN");
}

static void a_database_in_use_is_said(void)
{
    setenv("CLINICD_LISTEN", "127.0.0.1:0", 1);
    pid_t pid = start("serve --data {data}", NULL);
    REQUIRE(wait_for_port(pid) > 0);
    check_run("demo --data {data}", NULL, 1);
    CHECK(strstr(err, "another clinicd is using"));
    check_run("doctor --data {data}", NULL, 0);
    CHECK(strstr(out, "in use by a running clinicd"));
    kill(pid, SIGTERM);
    CHECK_INT(finish(pid, 10), 0);
    unsetenv("CLINICD_LISTEN");
}

static void a_port_in_use_is_said(void)
{
    struct sockaddr_in sa = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t len = sizeof sa;
    char listen_at[64];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(fd >= 0 && bind(fd, (struct sockaddr *)&sa, sizeof sa) == 0 && listen(fd, 1) == 0 && getsockname(fd, (struct sockaddr *)&sa, &len) == 0);
    snprintf(listen_at, sizeof listen_at, "127.0.0.1:%d", ntohs(sa.sin_port));
    setenv("CLINICD_LISTEN", listen_at, 1);
    check_run("serve --data {data}", NULL, 1);
    CHECK(strstr(err, "already in use") && strstr(err, "CLINICD_LISTEN"));
    CHECK_STR(out, "");
    unsetenv("CLINICD_LISTEN");
    close(fd);
}

int main(int argc, char **argv)
{
    const char *tmp = getenv("TMPDIR");
    TEST_ARGS(argc, argv);
    signal(SIGPIPE, SIG_IGN);
    for (const struct setting_row *r = setting_rows; r->name; r++) unsetenv(r->name);
    snprintf(folder, sizeof folder, "%s/clinicd-cli-XXXXXX", tmp ? tmp : "/tmp");
    REQUIRE(mkdtemp(folder));
    snprintf(data, sizeof data, "%s/data/deep", folder);
    RUN(each_command_explains_itself);
    RUN(what_is_wrong_is_refused_with_a_hint);
    RUN(all_mistakes_in_settings_are_listed);
    RUN(openapi_and_permissions_need_nothing);
    RUN(a_server_without_a_key_does_not_start);
    RUN(init_makes_the_folder_once);
    RUN(doctor_finds_what_is_wrong);
    RUN(migrate_says_what_is_pending);
    RUN(the_demo_is_made_once);
    RUN(the_demo_keeps_the_rules);
    RUN(clinics_and_people_are_added);
    RUN(a_server_stops_when_told);
    RUN(a_database_in_use_is_said);
    RUN(a_port_in_use_is_said);
    RUN(the_bench_leaves_the_next_days_free);
    return TEST_DONE();
}
