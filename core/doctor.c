/* doctor.c - one check after the other, a line each; changes nothing. */
#include "core/doctor.h"
#include "core/start.h"
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { SPACE_WARN_MB = 1024, SPACE_FAIL_MB = 64 };
struct doctor { int fails, warns; };

static void line(const char *verdict, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));
static void line(const char *verdict, const char *fmt, va_list args)
{
    printf("%-4s ", verdict);
    vprintf(fmt, args);
    putchar('\n');
}

#define VERDICT(fn, word, count)                                     \
    static void fn(struct doctor *d, const char *fmt, ...) PRINTF_LIKE(2, 3); \
    static void fn(struct doctor *d, const char *fmt, ...)           \
    {                                                                \
        va_list args;                                                \
        va_start(args, fmt);                                         \
        line(word, fmt, args);                                       \
        va_end(args);                                                \
        d->fails += (count) == 2;                                    \
        d->warns += (count) == 1;                                    \
    }
VERDICT(ok, "ok", 0)
VERDICT(warn, "warn", 1)
VERDICT(fail, "FAIL", 2)

static bool check_settings(struct doctor *d, const struct cli *cli)
{
    CLEANUP(buf_free) struct buf err = { 0 };
    buf_init(&err, 64 * 1024);
    if (cli_settings_read(cli, &err)) {
        log_set_level(LOG_ERROR);
        ok(d, "settings: %s, listening on %s port %d", settings.production ? "production" : "development", settings.listen_host, settings.listen_port);
        return true;
    }
    for (const char *p = buf_str(&err); *p;) {
        int n = (int)strcspn(p, "\n");
        fail(d, "settings: %.*s", n, p);
        p += n + (p[n] == '\n');
    }
    return false;
}

static bool check_folder(struct doctor *d)
{
    struct stat st;
    if (stat(settings.data, &st) != 0 || !S_ISDIR(st.st_mode)) {
        fail(d, "data folder: %s is not there; run clinicd init", settings.data);
        return false;
    }
    if (access(settings.data, R_OK | W_OK | X_OK) != 0) fail(d, "data folder: %s cannot be written by this user", settings.data);
    else if (st.st_mode & 077) warn(d, "data folder: %s is open to others (mode %03o); chmod 700 it", settings.data, (unsigned)st.st_mode & 0777u);
    else ok(d, "data folder: %s", settings.data);
    return true;
}

static void check_key(struct doctor *d)
{
    char err[1024] = "";
    if (start_key(err, sizeof err)) ok(d, "key: readable by its owner only");
    else fail(d, "key: %s", err);
}

/* What the modules have to say of what is in the database. */
static void check_modules(struct doctor *d, struct db *db)
{
    struct tdb *t = tdb_open(db);
    struct arena *a = arena_new(1 << 20);
    for (const struct module *const *m = start_modules(); t && a && *m; m++) {
        CLEANUP(buf_free) struct buf line = { 0 };
        if (!(*m)->doctor) continue;
        buf_init(&line, 4096);
        tdb_begin(t, a, ID_NIL);
        if ((*m)->doctor(t, now_us(), &line) != RC_OK) fail(d, "%s: could not be read", (*m)->name);
        else if (line.len) warn(d, "%s", buf_str(&line));
    }
    if (a) arena_free(a);
    if (t) tdb_close(t);
}

static void check_database(struct doctor *d)
{
    char err[1024] = "", url[4200];
    struct db *db = NULL;
    const char *path = start_database_url(url);
    if (str_starts(path, "sqlite:") && access(path + strlen("sqlite:"), F_OK) != 0) {
        warn(d, "database: not made yet; clinicd serve or clinicd migrate makes it");
        return;
    }
    enum rc rc = start_database(&db, 1, NULL, DB_CHECK_ONLY, err, sizeof err);
    if (rc != RC_OK) {
        if (rc != RC_CONFLICT) fail(d, "database: %s", err);
        else if (str_starts(err, "another clinicd")) ok(d, "database: in use by a running clinicd, whose GET /ready says more");
        else warn(d, "database: %s", err); /* a migration is pending */
        return;
    }
    ok(d, "database: %s, up to date", db_engine(db));
    check_modules(d, db);
    if (strcmp(db_engine(db), "postgresql") == 0) {
        if (!db_bypasses_rls(db)) ok(d, "database role: row-level security holds");
        else if (settings.production) fail(d, "database role: ignores row-level security; use one without SUPERUSER and BYPASSRLS");
        else warn(d, "database role: ignores row-level security; use one without SUPERUSER and BYPASSRLS in production");
    }
    db_close(db);
}

static void check_mail(struct doctor *d)
{
    char folder[4096], err[512] = "";
    struct mail_config config = start_mail(folder);
    if (mail_check(&config, err, sizeof err) != RC_OK) fail(d, "mail: %s", err);
    else if (*settings.smtp_url) ok(d, "mail: the server answers");
    else if (settings.production) warn(d, "mail: is only written to %s; set CLINICD_SMTP_URL to send it", folder);
    else ok(d, "mail: written to %s", folder);
}

static void check_zones(struct doctor *d)
{
    static const char *const known[] = { "Europe/Bucharest", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC" };
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (!zone_find(known[i])) {
            fail(d, "time zones: %s is not known; install the package tzdata", known[i]);
            return;
        }
    ok(d, "time zones: tzdata %s", zone_data_version());
}

static void check_space(struct doctor *d)
{
    struct statvfs v;
    if (statvfs(settings.data, &v) != 0) {
        fail(d, "disk: %s", strerror(errno));
        return;
    }
    unsigned long long mb = (unsigned long long)v.f_bavail * v.f_frsize >> 20;
    if (mb < SPACE_FAIL_MB) fail(d, "disk: %llu MB left for %s", mb, settings.data);
    else if (mb < SPACE_WARN_MB) warn(d, "disk: %llu MB left for %s", mb, settings.data);
    else ok(d, "disk: %llu MB left", mb);
}

/* The newest thing this folder has seen is not in the future; and the year is one this program could run in. */
static void check_clock(struct doctor *d)
{
    int64_t now = now_us(), newest = 0;
    char path[4096], text[INSTANT_TEXT];
    static const char *const files[] = { "clinicd.db", "clinicd.db-wal", "master.key", "clinicd.conf" };
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        struct stat st;
        if (stat(cli_file(files[i], path), &st) == 0 && st.st_mtime * USEC_PER_SEC > newest) newest = st.st_mtime * USEC_PER_SEC;
    }
    instant_format(now / USEC_PER_SEC * USEC_PER_SEC, text);
    if (now < 1767225600 * USEC_PER_SEC) fail(d, "clock: %s is in the past; set the clock", text);
    else if (newest > now + USEC_PER_HOUR) fail(d, "clock: %s, but the data were written later; set the clock", text);
    else ok(d, "clock: %s", text);
}

int doctor_run(struct cli *cli)
{
    struct doctor d = { 0 };
    bool read = check_settings(&d, cli);
    check_zones(&d);
    if (read && check_folder(&d)) {
        check_key(&d);
        check_database(&d);
        check_mail(&d);
        check_space(&d);
        check_clock(&d);
    }
    if (d.fails) printf("%d of the checks failed\n", d.fails);
    return d.fails ? CLI_FAILED : CLI_DONE;
}
