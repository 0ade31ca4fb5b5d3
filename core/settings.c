/* settings.c - the settings table, its checks, and reading them from a file and the environment. */
#include "core/settings.h"
#include "core/http/http.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings settings;
extern char **environ;

/* Settings live as long as the process, also those that were replaced (default, file, environment): one chain holds all. */
struct kept { struct kept *next; char text[]; };
static struct kept *all_kept;

static char *keep_n(const char *s, size_t n)
{
    struct kept *k = malloc(sizeof *k + n + 1);
    ASSERT(k);
    k->next = all_kept;
    all_kept = k;
    memcpy(k->text, s, n);
    k->text[n] = 0;
    return k->text;
}

static const char *keep(const char *s) { return keep_n(s, strlen(s)); }

static const char *set_int(int64_t *out, const char *v, int64_t min, int64_t max)
{
    char *end;
    errno = 0;
    long long n = strtoll(v, &end, 10);
    if (errno || end == v || *end) return "must be a whole number";
    if (n < min || n > max) return "is out of range";
    *out = n;
    return NULL;
}

static const char *set_data(struct settings *s, const char *v)
{
    if (!*v) return "must name a folder";
    s->data = keep(v);
    return NULL;
}

static const char *set_listen(struct settings *s, const char *v)
{
    const char *colon = strrchr(v, ':');
    int64_t port;
    if (!colon || colon == v) return "must be host:port, such as 127.0.0.1:8080 or [::1]:8080";
    const char *bad = set_int(&port, colon + 1, 0, 65535);
    if (bad) return "must end in a port from 0 to 65535";
    char *host = keep_n(v, (size_t)(colon - v));
    size_t n = strlen(host);
    if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
        memmove(host, host + 1, n - 2);
        host[n - 2] = 0;
    }
    s->listen_host = host;
    s->listen_port = (int)port;
    return NULL;
}

static const char *set_database(struct settings *s, const char *v)
{
    if (*v && !str_starts(v, "postgresql://") && !str_starts(v, "postgres://") && !str_starts(v, "sqlite:"))
        return "must start with postgresql:// or sqlite:";
    s->database_url = keep(v);
    return NULL;
}

static const char *set_base_url(struct settings *s, const char *v)
{
    if (*v && !str_starts(v, "http://") && !str_starts(v, "https://")) return "must start with http:// or https://";
    for (const char *p = v; *p; p++)
        if ((unsigned char)*p <= ' ' || strchr("\"'<>\\^`{|}", *p)) return "has a character that cannot stand in an address";
    size_t n = strlen(v);
    char *url = keep_n(v, n);
    while (n && url[n - 1] == '/') url[--n] = 0;
    s->base_url = url;
    return NULL;
}

static const char *set_smtp(struct settings *s, const char *v)
{
    if (*v && !str_starts(v, "smtp://") && !str_starts(v, "smtps://")) return "must start with smtp:// or smtps://";
    s->smtp_url = keep(v);
    return NULL;
}

static const char *set_mail_from(struct settings *s, const char *v)
{
    const char *at = strchr(v, '@');
    if (!at || at == v || !at[1] || strpbrk(v, " <>\r\n")) return "must be an e-mail address";
    s->mail_from = keep(v);
    return NULL;
}

static const char *set_proxies(struct settings *s, const char *v)
{
    if (!cidrs_valid(v)) return "must be a list such as 127.0.0.1/32, 10.0.0.0/8";
    s->trusted_proxies = keep(v);
    return NULL;
}

static const char *set_metrics(struct settings *s, const char *v)
{
    if (!cidrs_valid(v)) return "must be a list such as 127.0.0.1/32, 10.0.0.0/8";
    s->metrics_allow = keep(v);
    return NULL;
}

/* Elsewhere only by TLS: tokens go there. */
static const char *set_foreign(const char **out, const char *v)
{
    ASSERT(v);
    const char *host = str_starts(v, "http://") ? v + 7 : NULL;
    bool here = host && (str_starts(host, "127.0.0.1") || str_starts(host, "localhost") || str_starts(host, "[::1]"));
    if (!str_starts(v, "https://") && !here) return "must start with https:// (http:// only on this machine)";
    for (const char *p = v; *p; p++)
        if ((unsigned char)*p <= ' ' || strchr("\"'<>\\^`{|}?#", *p)) return "has a character that cannot stand there";
    size_t n = strlen(v);
    while (n && v[n - 1] == '/') n--;
    *out = keep_n(v, n);
    return NULL;
}

static const char *set_google_id(struct settings *s, const char *v) { return s->google_client_id = keep(v), NULL; }
static const char *set_google_secret(struct settings *s, const char *v) { return s->google_client_secret = keep(v), NULL; }
static const char *set_google_auth(struct settings *s, const char *v) { return set_foreign(&s->google_auth_url, v); }
static const char *set_google_token(struct settings *s, const char *v) { return set_foreign(&s->google_token_url, v); }
static const char *set_google_revoke(struct settings *s, const char *v) { return set_foreign(&s->google_revoke_url, v); }
static const char *set_google_api(struct settings *s, const char *v) { return set_foreign(&s->google_api_url, v); }

static const char *set_stripe_api(struct settings *s, const char *v) { return set_foreign(&s->stripe_api_url, v); }

static const char *set_env(struct settings *s, const char *v)
{
    if (!str_eq(v, "production") && !str_eq(v, "development")) return "must be production or development";
    s->production = str_eq(v, "production");
    return NULL;
}

static const char *set_zone_mail(struct settings *s, const char *v)
{
    if (!str_eq(v, "on") && !str_eq(v, "off")) return "must be on or off";
    s->zone_mail = str_eq(v, "on");
    return NULL;
}

static const char *set_log(struct settings *s, const char *v)
{
    static const char *const levels[] = { "debug", "info", "warn", "error" };
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (str_eq(v, levels[i])) {
            s->log_level = (int64_t)i;
            return NULL;
        }
    return "must be debug, info, warn or error";
}

#define INT_SETTING(fn, member, min, max) \
    static const char *fn(struct settings *s, const char *v) { return set_int(&s->member, v, min, max); }
/* On SQLite many may wait for one commit; on PostgreSQL each is a connection of the server. */
static const char *set_workers(struct settings *s, const char *v)
{
    s->workers = 0;
    return *v ? set_int(&s->workers, v, 1, 256) : NULL;
}

int64_t settings_workers(const struct settings *s) { return s->workers ? s->workers : str_empty(s->database_url) || str_starts(s->database_url, "sqlite:") ? 32 : 16; }

INT_SETTING(set_job_poll, job_poll_ms, 10, 60000)
INT_SETTING(set_io, io_threads, 1, 8)
INT_SETTING(set_queue, queue_max, 16, 65536)
INT_SETTING(set_idle, session_idle_min, 5, 43200)
INT_SETTING(set_max, session_max_h, 1, 8760)
INT_SETTING(set_rate, rate_session_per_s, 1, 1000000)
INT_SETTING(set_burst, rate_session_burst, 1, 10000000)
INT_SETTING(set_public, rate_public_per_min, 1, 1000000)
INT_SETTING(set_booking, rate_booking_per_min, 1, 1000000)
INT_SETTING(set_login, rate_login_per_min, 1, 1000000)
INT_SETTING(set_google_timeout, google_timeout_s, 1, 60)
INT_SETTING(set_stripe_timeout, stripe_timeout_s, 1, 60)

const struct setting_row setting_rows[] = {
    { "CLINICD_DATA", "./data", "Folder of the database, the master key and outgoing mail", false, set_data },
    { "CLINICD_LISTEN", "127.0.0.1:8080", "Address and port to listen on; port 0 takes any free one", false, set_listen },
    { "CLINICD_DATABASE_URL", "", "postgresql://user:password@host/database; empty: SQLite in the data folder", true, set_database },
    { "CLINICD_BASE_URL", "", "Address people reach the server at, for links in mail; empty: http://<listen>", false, set_base_url },
    { "CLINICD_SMTP_URL", "", "smtp://host:25 or smtps://user:password@host; empty: mail is written to <data>/mail as .eml files", true, set_smtp },
    { "CLINICD_MAIL_FROM", "clinic@localhost.localdomain", "Sender address of outgoing mail", false, set_mail_from },
    { "CLINICD_TRUSTED_PROXIES", "", "Networks whose X-Forwarded-For and X-Forwarded-Proto are believed", false, set_proxies },
    { "CLINICD_METRICS_ALLOW", "127.0.0.0/8, ::1/128", "Networks that may read /metrics", false, set_metrics },
    { "CLINICD_GOOGLE_CLIENT_ID", "", "OAuth client of Google Calendar (docs/google.md); empty: providers cannot connect one", false, set_google_id },
    { "CLINICD_GOOGLE_CLIENT_SECRET", "", "Secret of that OAuth client", true, set_google_secret },
    { "CLINICD_GOOGLE_AUTH_URL", "https://accounts.google.com/o/oauth2/v2/auth", "Where people allow the access", false, set_google_auth },
    { "CLINICD_GOOGLE_TOKEN_URL", "https://oauth2.googleapis.com/token", "Where tokens are had", false, set_google_token },
    { "CLINICD_GOOGLE_REVOKE_URL", "https://oauth2.googleapis.com/revoke", "Where tokens are given back", false, set_google_revoke },
    { "CLINICD_GOOGLE_API_URL", "https://www.googleapis.com/calendar/v3", "Google's Calendar API", false, set_google_api },
    { "CLINICD_GOOGLE_TIMEOUT_SECONDS", "20", "How long one request to Google may take", false, set_google_timeout },
    { "CLINICD_STRIPE_API_URL", "https://api.stripe.com", "Stripe's API; each clinic has its own keys (docs/stripe.md)", false, set_stripe_api },
    { "CLINICD_STRIPE_TIMEOUT_SECONDS", "20", "How long one request to Stripe may take", false, set_stripe_timeout },
    { "CLINICD_ZONE_MAIL", "on", "Whether clients are told when new zone data moves an occurrence of their series: on or off", false, set_zone_mail },
    { "CLINICD_ENV", "development", "production refuses unsafe settings", false, set_env },
    { "CLINICD_LOG", "info", "Lowest level written: debug, info, warn or error", false, set_log },
    { "CLINICD_WORKERS", "", "Threads that answer requests, each with its own database handle; empty: 32 on SQLite, 16 on PostgreSQL", false, set_workers },
    { "CLINICD_IO_THREADS", "1", "Threads that read and write sockets", false, set_io },
    { "CLINICD_QUEUE", "1024", "Requests that may wait for a worker; more are answered 503", false, set_queue },
    { "CLINICD_JOB_POLL_MS", "5000", "Milliseconds a job that another server wrote may wait until this one looks", false, set_job_poll },
    { "CLINICD_SESSION_IDLE_MINUTES", "480", "A session unused for so long ends", false, set_idle },
    { "CLINICD_SESSION_MAX_HOURS", "720", "A session ends after so long in any case", false, set_max },
    { "CLINICD_RATE_SESSION_PER_SECOND", "2000", "Requests a second of one signed-in session", false, set_rate },
    { "CLINICD_RATE_SESSION_BURST", "100000", "Requests a session may make at once before that rate holds", false, set_burst },
    { "CLINICD_RATE_PUBLIC_PER_MINUTE", "600", "Public and page requests a minute of one address", false, set_public },
    { "CLINICD_RATE_BOOKING_PER_MINUTE", "10", "Public bookings a minute of one address", false, set_booking },
    { "CLINICD_RATE_LOGIN_PER_MINUTE", "30", "Sign-in attempts a minute of one address", false, set_login },
    { 0 },
};

static const struct setting_row *find_row(const char *name, size_t len)
{
    for (const struct setting_row *r = setting_rows; r->name; r++)
        if (strlen(r->name) == len && strncmp(r->name, name, len) == 0) return r;
    return NULL;
}

static bool apply(const struct setting_row *row, const char *value, const char *where, struct buf *err)
{
    const char *bad = row->set(&settings, value);
    if (bad) buf_printf(err, "%s (%s) %s\n", row->name, where, bad);
    return !bad;
}

static bool read_line(char *line, const char *file, int number, struct buf *err)
{
    while (isspace((unsigned char)*line)) line++;
    size_t n = strlen(line);
    while (n && isspace((unsigned char)line[n - 1])) line[--n] = 0;
    if (!*line || *line == '#') return true;
    char *eq = strchr(line, '=');
    const struct setting_row *row = eq ? find_row(line, (size_t)(eq - line)) : NULL;
    if (!row) {
        buf_printf(err, "%s:%d is not a NAME=value line of a known setting\n", file, number);
        return false;
    }
    return getenv(row->name) ? true : apply(row, eq + 1, file, err);
}

static bool read_file(const char *file, struct buf *err)
{
    FILE *f = fopen(file, "re");
    char line[4096];
    bool ok = true;
    if (!f) {
        if (errno == ENOENT) return true;
        buf_printf(err, "%s cannot be read: %s\n", file, strerror(errno));
        return false;
    }
    for (int n = 1; fgets(line, sizeof line, f); n++) ok &= read_line(line, file, n, err);
    fclose(f);
    return ok;
}

static bool read_environment(struct buf *err)
{
    bool ok = true;
    for (char **e = environ; *e; e++) {
        if (!str_starts(*e, "CLINICD_") || str_starts(*e, "CLINICD_TEST_") || str_starts(*e, "CLINICD_TZDIR=")) continue;
        const char *eq = strchr(*e, '=');
        const struct setting_row *row = eq ? find_row(*e, (size_t)(eq - *e)) : NULL;
        if (row) {
            ok &= apply(row, eq + 1, "environment", err);
        } else {
            buf_printf(err, "%.*s (environment) is not a known setting\n", eq ? (int)(eq - *e) : 80, *e);
            ok = false;
        }
    }
    return ok;
}

static bool loopback(const char *host)
{
    return str_eq(host, "localhost") || str_eq(host, "::1") || str_starts(host, "127.");
}

/* What is fine on a laptop and wrong in front of patients. */
static bool check_production(struct buf *err)
{
    bool ok = true;
    if (!settings.production) return true;
    if (!str_starts(settings.base_url, "https://")) {
        buf_puts(err, "CLINICD_BASE_URL must start with https:// in production: the session cookie is sent by https only\n");
        ok = false;
    }
    if (!loopback(settings.listen_host) && !*settings.trusted_proxies) {
        buf_puts(err, "CLINICD_TRUSTED_PROXIES must name the TLS proxy in production when CLINICD_LISTEN is not a loopback address\n");
        ok = false;
    }
    if (str_eq(settings.mail_from, "clinic@localhost.localdomain")) {
        buf_puts(err, "CLINICD_MAIL_FROM must be set in production\n");
        ok = false;
    }
    return ok;
}

bool settings_load(const char *file, struct buf *err)
{
    bool ok = true;
    for (const struct setting_row *r = setting_rows; r->name; r++) ok &= apply(r, r->def, "default", err);
    ASSERT(ok);
    if (file) ok &= read_file(file, err);
    ok &= read_environment(err);
    return ok && check_production(err);
}
