/* settings.h - every setting is a row: name (environment variable and key of the file), default, check, sentence.
 * All mistakes are listed at once; CLINICD_ENV=production refuses unsafe ones. */
#pragma once
#include "core/base/base.h"

struct settings {
    const char *data;            /* CLINICD_DATA folder */
    const char *listen_host; int listen_port; /* CLINICD_LISTEN host:port; port 0 = any free one */
    const char *database_url;    /* CLINICD_DATABASE_URL; "" = sqlite:<data>/clinicd.db */
    const char *base_url;        /* CLINICD_BASE_URL, no slash at the end */
    const char *smtp_url;        /* CLINICD_SMTP_URL; "" = <data>/mail */
    const char *mail_from;       /* CLINICD_MAIL_FROM */
    const char *metrics_allow;   /* CLINICD_METRICS_ALLOW: CIDRs that may read /metrics */
    const char *trusted_proxies; /* CLINICD_TRUSTED_PROXIES: CIDRs, comma separated */
    const char *google_client_id, *google_client_secret; /* CLINICD_GOOGLE_CLIENT_ID, _SECRET; "": no Google Calendar */
    const char *google_auth_url, *google_token_url, *google_revoke_url, *google_api_url; /* no slash at the end */
    int64_t google_timeout_s;
    const char *stripe_api_url;  /* CLINICD_STRIPE_API_URL, no slash at the end */
    int64_t stripe_timeout_s;
    bool production;             /* CLINICD_ENV */
    int64_t job_poll_ms;                   /* CLINICD_JOB_POLL_MS */
    int64_t workers, io_threads, queue_max; /* CLINICD_WORKERS (0: by engine, see settings_workers), CLINICD_IO_THREADS, CLINICD_QUEUE */
    int64_t session_idle_min, session_max_h;
    int64_t rate_session_per_s, rate_session_burst, rate_public_per_min, rate_booking_per_min, rate_login_per_min;
    bool zone_mail;              /* CLINICD_ZONE_MAIL */
    int64_t log_level;
};
extern struct settings settings; /* filled by settings_load, read-only afterwards */
struct setting_row {
    const char *name, *def, *doc;
    bool secret;                 /* never printed */
    const char *(*set)(struct settings *, const char *value); /* NULL or what is wrong with the value */
};
extern const struct setting_row setting_rows[]; /* ends with NULL name */
/* Reads file (KEY=value lines; NULL or missing: none) then the environment, which wins. On mistakes writes one
 * line each to err and returns false. Unknown CLINICD_ names are mistakes. */
bool settings_load(const char *file, struct buf *err);
int64_t settings_workers(const struct settings *);
