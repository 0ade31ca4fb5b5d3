/* test_reminders.c - thirty simulated days of bookings, moves and cancellations. Whenever something is due a worker is told to
 * look, and killed (SIGKILL) at a place of the dice's choosing, four times running at most; on PostgreSQL two workers at once.
 * Who was killed starts anew; who was not goes on. At the end each reminder that was to be sent is there once, and no other. */
#include "core/http/app.h"
#include "core/start.h"
#include "modules/reminders/reminders.h"
#include "tests/lib/folder.h"
#include "tests/lib/in_process.h"
#include "tests/lib/test.h"
#include <dirent.h>
#include <ftw.h>
#include <libpq-fe.h>
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern const struct migration all_migrations[];
enum { DAYS = 30, VISITS_MAX = 80, KILLS_RUNNING_MAX = 4 };

/* What was valid from one time to another: an appointment at a start. */
struct visit { char id[ID_TEXT]; int64_t start, from, to; };
/* Shared by the processes. The parent never opens the database: each of the others opens it anew, like a program that starts.
 * Under a sanitizer that takes most of the time of this test, so a process lives until it is killed. */
static struct shared {
    char token[64], client[ID_TEXT], service[ID_TEXT], provider[ID_TEXT];
    struct visit visits[VISITS_MAX];
    int n, failures;
    int64_t now, next;
    int kills, runs;
} *shared;
static char url[PATH_MAX], folder[100];
static uint32_t dice_state = 11;
static int kill_after; /* readings of the clock; 0: never */

static unsigned dice(unsigned n)
{
    dice_state = dice_state * 1664525u + 1013904223u;
    return (dice_state >> 10) % n;
}

static int64_t clock_now(void)
{
    if (kill_after && --kill_after == 0) raise(SIGKILL);
    return shared->now;
}

/* ---- one process ------------------------------------------------------------------------------------------------------------ */

static struct app app;
static struct worker *worker;
static char answer[65536];

static const struct query Q_NEXT_DUE = { .name = "test.next_due", .platform = "test", .scan = "test",
    .sql = "SELECT COALESCE(MIN(x.at), 0) FROM (SELECT MIN(due_at) AS at FROM reminder WHERE state = 'pending' UNION ALL SELECT MIN(run_at) FROM job WHERE state = 0"
           " UNION ALL SELECT MIN(lease_until) FROM job WHERE state = 1) x" };
static const struct query *const test_queries[] = { &Q_NEXT_DUE, NULL };

static const struct query_set *with_test_queries(void)
{
    static struct query_set sets[64];
    const struct query_set *own = start_queries();
    size_t n = 0;
    for (; own[n].module; n++) sets[n] = own[n];
    sets[n] = (struct query_set){ "test", true, test_queries };
    return sets;
}

static void open_program(void)
{
    char err[500];
    const struct db_config config = { .url = url, .readers_max = 4, .migrations = all_migrations, .queries = with_test_queries() };
    if (app.db) return;
    memset(&app, 0, sizeof app);
    enum rc rc = db_open(&app.db, &config, 0, err, sizeof err);
    if (rc != RC_OK) fprintf(stderr, "  %s\n", err);
    REQUIRE(rc == RC_OK);
}

static void open_door(void)
{
    char err[500];
    if (worker) return;
    open_program();
    REQUIRE(router_compile(&app, start_modules(), err, sizeof err) == RC_OK);
    app.limiter = limiter_new();
    worker = app_worker_start(&app);
    REQUIRE(app.limiter && worker);
}

static int call(const char *method, const char *path, const char *body) { return in_process_call(&app, worker, shared->token, method, path, body, answer, sizeof answer); }

static void take_id(char out[ID_TEXT])
{
    const char *p = strstr(answer, "\"id\":\"");
    REQUIRE(p);
    snprintf(out, ID_TEXT, "%.36s", p + 6);
}

static void expect(int got, int want)
{
    if (got == want) return;
    shared->failures++;
    fprintf(stderr, "  got %d, want %d: %.300s\n", got, want, answer);
}

static void make_clinic(void)
{
    char body[512];
    open_door();
    expect(call("POST", "/auth/register", "{\"tenant_name\":\"T\",\"slug\":\"remind\",\"name\":\"Ann\",\"email\":\"ann@example.com\",\"password\":\"correct horse\",\"time_zone\":\"Europe/Bucharest\",\"currency\":\"EUR\"}"), 201);
    expect(call("POST", "/auth/token", "{\"email\":\"ann@example.com\",\"password\":\"correct horse\"}"), 200);
    snprintf(shared->token, sizeof shared->token, "%.43s", strstr(answer, "\"token\":\"") + 9);
    expect(call("PUT", "/reminders/rules", "{\"quiet_start\":null,\"quiet_end\":null,\"rules\":[{\"before_min\":1440},{\"before_min\":120,\"template\":\"confirm\"}]}"), 200);
    expect(call("POST", "/providers", "{\"name\":\"Dr. A\"}"), 201);
    take_id(shared->provider);
    snprintf(body, sizeof body, "{\"name\":\"Visit\",\"duration_min\":15,\"provider_ids\":[\"%s\"]}", shared->provider);
    expect(call("POST", "/services", body), 201);
    take_id(shared->service);
    expect(call("POST", "/clients", "{\"name\":\"Bo\",\"email\":\"bo@example.com\"}"), 201);
    take_id(shared->client);
}

static void add_visit(const char *id, int64_t start)
{
    REQUIRE(shared->n < VISITS_MAX);
    struct visit *v = &shared->visits[shared->n++];
    snprintf(v->id, sizeof v->id, "%s", id);
    v->start = start;
    v->from = shared->now;
    v->to = INT64_MAX;
}

/* A quarter of an hour between 08:00 and 17:00 of one of the next days. */
static int64_t some_time(void)
{
    return floor_div(shared->now, USEC_PER_DAY) * USEC_PER_DAY + (int64_t)(1 + dice(5)) * USEC_PER_DAY + (int64_t)(32 + dice(36)) * 15 * USEC_PER_MIN;
}

static void book(void)
{
    char body[400], id[ID_TEXT], text[INSTANT_TEXT];
    int64_t start = some_time();
    snprintf(body, sizeof body, "{\"client_id\":\"%s\",\"service_id\":\"%s\",\"provider_id\":\"%s\",\"start\":\"%s\"}", shared->client, shared->service,
        shared->provider, instant_format(start, text));
    if (call("POST", "/appointments", body) != 201) return; /* taken */
    take_id(id);
    add_visit(id, start);
}

/* What is valid and lies ahead; NULL: nothing the dice hit. */
static struct visit *some_visit(bool valid)
{
    struct visit *v = shared->n ? &shared->visits[dice((unsigned)shared->n)] : NULL;
    return v && v->start > shared->now + USEC_PER_DAY / 2 && (v->to == INT64_MAX) == valid ? v : NULL;
}

static void change(void)
{
    char path[100], body[100], text[INSTANT_TEXT], id[ID_TEXT];
    struct visit *v = some_visit(dice(3) > 0);
    if (!v) return;
    snprintf(id, sizeof id, "%s", v->id);
    int64_t start = some_time();
    bool valid = v->to == INT64_MAX, move = valid && dice(2);
    snprintf(path, sizeof path, "/appointments/%s/%s", id, !valid ? "restore" : move ? "move" : "cancel");
    snprintf(body, sizeof body, move ? "{\"start\":\"%s\"}" : "{}", instant_format(start, text));
    if (call("POST", path, body) != 200) return;
    if (valid) v->to = shared->now;
    if (move) add_visit(id, start);
    else if (!valid) add_visit(id, v->start);
}

static void a_day_at_the_desk(void)
{
    open_door();
    book();
    if (dice(2)) change();
}

/* The schedules of others would only bring a worker to life, and to its end, where there is nothing to remind of. */
static const struct schedule_row *const *reminding(void)
{
    static const struct schedule_row *ours[3];
    size_t n = 0;
    for (size_t i = 0; modules[i]; i++)
        for (const struct schedule_row *s = modules[i]->schedules; s && s->name; s++)
            if (str_eq(s->name, "reminders.due")) ours[n++] = modules[i]->schedules;
    REQUIRE(n == 1);
    return ours;
}

/* Runs what is due and says when there is something to do next. */
static void work(void)
{
    static struct job_runner *runner;
    static struct tdb *db;
    open_program();
    if (!runner) {
        const struct job_runner_config jobs = { .db = app.db, .tables = start_jobs(), .schedules = reminding(), .threads = 0 };
        REQUIRE(jobs_start(&runner, &jobs) == RC_OK);
        db = tdb_open(app.db);
    }
    jobs_run_due(runner);
    struct arena *a = arena_new(1 << 20);
    REQUIRE(a && db);
    tdb_begin(db, a, ID_NIL);
    REQUIRE(db_int(db, &Q_NEXT_DUE, ARGS(), &shared->next) == RC_OK);
    arena_free(a);
}

static pid_t start_process(void (*fn)(void), int kill_at)
{
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        kill_after = kill_at;
        dice_state += (uint32_t)shared->runs * 977u;
        fn();
        _exit(0);
    }
    REQUIRE(pid > 0);
    return pid;
}

/* true: it was killed. */
static bool ended_by_force(pid_t pid)
{
    int status = 0;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    if (!WIFSIGNALED(status)) CHECK_INT(WEXITSTATUS(status), 0);
    return WIFSIGNALED(status);
}

static void run_process(void (*fn)(void))
{
    shared->runs++;
    CHECK(!ended_by_force(start_process(fn, 0)));
}

/* ---- a process that does as it is told until it is killed ------------------------------------------------------------------------ */

struct order { void (*fn)(void); int kill_after, run; };
struct hand { pid_t pid; int to, from, starts; };

static void take_orders(int in, int out)
{
    struct order o;
    uint32_t first = dice_state;
    while (read(in, &o, sizeof o) == (ssize_t)sizeof o && o.fn) {
        kill_after = o.kill_after;
        dice_state = first + (uint32_t)o.run * 977u;
        o.fn();
        if (write(out, "", 1) != 1) break;
    }
    _exit(0);
}

static void hand_start(struct hand *h)
{
    int orders[2], done[2];
    REQUIRE(pipe(orders) == 0 && pipe(done) == 0);
    fflush(NULL);
    h->pid = fork();
    REQUIRE(h->pid >= 0);
    if (h->pid == 0) {
        close(orders[1]);
        close(done[0]);
        take_orders(orders[0], done[1]);
    }
    close(orders[0]);
    close(done[1]); /* so that its end is seen */
    h->to = orders[1];
    h->from = done[0];
    h->starts++;
}

static void hand_tell(struct hand *h, void (*fn)(void), int kill_at)
{
    const struct order o = { fn, kill_at, shared->runs };
    if (!h->pid) hand_start(h);
    REQUIRE(write(h->to, &o, sizeof o) == (ssize_t)sizeof o);
}

/* Waits until it has done what it was told; true: it was killed before. */
static bool hand_killed(struct hand *h)
{
    char done;
    if (read(h->from, &done, 1) == 1) return false;
    bool killed = ended_by_force(h->pid);
    close(h->to);
    close(h->from);
    h->pid = 0;
    return killed;
}

static void hand_end(struct hand *h)
{
    if (!h->pid) return;
    hand_tell(h, NULL, 0);
    CHECK(!hand_killed(h));
}

/* ---- the days ------------------------------------------------------------------------------------------------------------------- */

static bool postgres;
static struct hand workers[2]; /* the first one is at the desk as well: SQLite lets nobody else in */

static void a_minute_of_work(void)
{
    bool may_kill = shared->kills % (KILLS_RUNNING_MAX + 1) < KILLS_RUNNING_MAX;
    shared->runs++;
    shared->next = 0;
    hand_tell(&workers[0], work, may_kill ? (int)(3 + dice(24)) : 0);
    if (postgres) hand_tell(&workers[1], work, (int)(3 + dice(24)));
    bool killed = hand_killed(&workers[0]);
    if (postgres) hand_killed(&workers[1]);
    shared->kills += killed ? 1 : shared->kills % (KILLS_RUNNING_MAX + 1) ? KILLS_RUNNING_MAX + 1 - shared->kills % (KILLS_RUNNING_MAX + 1) : 0;
    int64_t soon = shared->now + USEC_PER_MIN;
    shared->now = killed || shared->next < soon ? soon : shared->next;
    if (!killed && shared->next == 0) shared->now = INT64_MAX; /* nothing is to be done any more */
}

static void thirty_days(void)
{
    int64_t day = shared->now;
    for (int i = 0; i < DAYS; i++, day += USEC_PER_DAY) {
        shared->now = day + 187 * USEC_PER_MIN; /* 03:07, when no reminder is due */
        shared->runs++;
        if (i < DAYS - 6) hand_tell(&workers[0], a_day_at_the_desk, 0);
        if (i < DAYS - 6) CHECK(!hand_killed(&workers[0]));
        while (shared->now < day + USEC_PER_DAY) a_minute_of_work();
    }
    for (size_t i = 0; i < ARRAY_LEN(workers); i++) hand_end(&workers[i]);
}

/* ---- the sum ---------------------------------------------------------------------------------------------------------------------- */

static bool wanted(const char *id, int64_t start, int64_t before_min)
{
    int64_t due = start - before_min * USEC_PER_MIN;
    for (int i = 0; i < shared->n; i++) {
        const struct visit *v = &shared->visits[i];
        if (strcmp(v->id, id) == 0 && v->start == start && v->from < due && v->to > due) return true;
    }
    return false;
}

static bool seen_before(int k)
{
    for (int i = 0; i < k; i++)
        if (strcmp(shared->visits[i].id, shared->visits[k].id) == 0 && shared->visits[i].start == shared->visits[k].start) return true;
    return false;
}

static int reminders_in_folder(void)
{
    char path[PATH_MAX];
    int n = 0;
    snprintf(path, sizeof path, "%s/mail", folder);
    DIR *d = opendir(path);
    REQUIRE(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;) n += strstr(e->d_name, ".reminder.") != NULL && e->d_name[0] != '.';
    closedir(d);
    return n;
}

static void none_lost_none_twice(void)
{
    static const int64_t before[] = { 1440, 120 };
    char path[PATH_MAX];
    int want = 0, wrong = 0;
    thirty_days();
    for (int i = 0; i < shared->n; i++)
        for (size_t k = 0; k < ARRAY_LEN(before); k++) {
            const struct visit *v = &shared->visits[i];
            if (seen_before(i)) continue;
            bool due = wanted(v->id, v->start, before[k]);
            snprintf(path, sizeof path, "%s/mail/%s.reminder.%lld.%lld@clinicd.eml", folder, v->id, (long long)(v->start / USEC_PER_SEC), (long long)before[k]);
            wrong += (access(path, F_OK) == 0) != due;
            want += due;
        }
    CHECK_INT(wrong, 0);
    CHECK_INT(reminders_in_folder(), want);
    CHECK(want > 25);
    CHECK(workers[0].starts + workers[1].starts > 25);
    CHECK_INT(shared->failures, 0);
    printf("     %d reminders, %d starts of a worker in %d runs\n", want, workers[0].starts + workers[1].starts, shared->runs);
}

/* ---- a mail server cannot be asked: what was under way is not sent again --------------------------------------------------------------- */

static struct reminder only;
static enum rc to_sending(struct tx *tx, void *unused)
{
    (void)unused;
    return reminders_step(tx, &only, REMINDER_QUEUED, REMINDER_SENDING, NULL, shared->now, RC_FAULT);
}

static void mark_it(void)
{
    struct arena *a = arena_new(1 << 20);
    open_door();
    char path[100];
    snprintf(path, sizeof path, "/appointments/%s/reminders", shared->visits[shared->n - 1].id);
    expect(call("GET", path, ""), 200);
    REQUIRE(strstr(answer, "\"state\":\"queued\""));
    only.starts_at = shared->visits[shared->n - 1].start;
    only.before_min = 1440;
    REQUIRE(id_parse(shared->visits[shared->n - 1].id, &only.appointment_id));
    struct id tenant;
    expect(call("GET", "/tenant", ""), 200);
    const char *p = strstr(answer, "\"id\":\"");
    char text[ID_TEXT];
    snprintf(text, sizeof text, "%.36s", p + 6);
    REQUIRE(id_parse(text, &tenant));
    tdb_begin(worker->db, a, tenant);
    REQUIRE(db_tx(worker->db, "test.sending", to_sending, NULL) == RC_OK);
}

static void look_at_it(void)
{
    char path[100];
    open_door();
    snprintf(path, sizeof path, "/appointments/%s/reminders", shared->visits[shared->n - 1].id);
    expect(call("GET", path, ""), 200);
    if (!strstr(answer, "\"state\":\"unknown\"")) shared->failures++;
    if (strstr(answer, "\"state\":\"queued\"")) shared->failures++;
}

static void book_one(void)
{
    open_door();
    shared->n = 0;
    while (!shared->n) book();
}

static void unknown_is_not_sent_again(void)
{
    settings.smtp_url = "smtp://127.0.0.1:1"; /* nobody listens there */
    shared->now = floor_div(shared->now == INT64_MAX ? now_us() : shared->now, USEC_PER_DAY) * USEC_PER_DAY;
    run_process(book_one);
    shared->now = shared->visits[0].start - USEC_PER_DAY + USEC_PER_MIN;
    run_process(work); /* refused: certainly not sent, to be tried again */
    run_process(mark_it);
    shared->now += USEC_PER_HOUR;
    run_process(work);
    run_process(look_at_it);
    CHECK_INT(shared->failures, 0);
    settings.smtp_url = "";
}

/* ---- both engines ------------------------------------------------------------------------------------------------------------------- */

static void run_all(void)
{
    memset(shared, 0, sizeof *shared);
    workers[0].starts = workers[1].starts = 0;
    instant_parse("2027-03-10T00:00:00Z", &shared->now); /* the clocks change in between */
    run_process(make_clinic);
    RUN(none_lost_none_twice);
    instant_parse("2027-05-10T00:00:00Z", &shared->now);
    RUN(unknown_is_not_sent_again);
}

static void run_postgres(void)
{
    const char *base = getenv("CLINICD_TEST_PG"), *admin = getenv("CLINICD_TEST_PG_ADMIN");
    char name[64], sql[200];
    const char *at = base ? strstr(base, "/clinicd?") : NULL;
    REQUIRE(at && admin && "run under tests/lib/with_postgres");
    snprintf(name, sizeof name, "reminders_%d", (int)getpid());
    PGconn *c = PQconnectdb(admin);
    snprintf(sql, sizeof sql, "CREATE DATABASE %s OWNER clinicd", name);
    PQclear(PQexec(c, sql));
    PQfinish(c);
    snprintf(url, sizeof url, "%.*s/%s%s", (int)(at - base), base, name, at + strlen("/clinicd"));
    postgres = true;
    run_all();
    c = PQconnectdb(admin);
    snprintf(sql, sizeof sql, "DROP DATABASE %s WITH (FORCE)", name);
    PQclear(PQexec(c, sql));
    PQfinish(c);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st, (void)kind, (void)at;
    return remove(path);
}

static void remove_folder(void)
{
    if (nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS) != 0) fprintf(stderr, "  %s stays\n", folder);
}

int main(int argc, char **argv)
{
    static const uint8_t key[32] = { 1, 2, 3 };
    CLEANUP(buf_free) struct buf err = { 0 };
    TEST_ARGS(argc, argv);
    buf_init(&err, 4096);
    REQUIRE(seal_init() == RC_OK && settings_load(NULL, &err));
    seal_key_set(key);
    log_set_level(LOG_ERROR + 1);
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    test_folder(folder, sizeof folder, "reminders");
    REQUIRE(shared != MAP_FAILED && mkdtemp(folder));
    settings.data = folder;
    settings.base_url = "http://127.0.0.1";
    settings.session_idle_min = settings.session_max_h = 1000000;
    env.now = clock_now;
    snprintf(url, sizeof url, "sqlite:%s/t.db", folder);
    run_all();
    remove_folder();
    REQUIRE(mkdir(folder, 0700) == 0);
    run_postgres();
    remove_folder();
    return TEST_DONE();
}
