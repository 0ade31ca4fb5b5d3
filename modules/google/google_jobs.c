/* google_jobs.c - what starts the talk with Google: a change of an appointment, a notification, the clock. And what follows from its end. */
#include "modules/google/google_jobs.h"
#include <stdio.h>
#include <string.h>

enum { DUE_MAX = 200, POLL_S = 30 };

/* ---- an appointment changed ------------------------------------------------------------------------------------------------------------ */

/* Inside the transaction that changed it. The job's id is made from what it is about, because the transaction may run twice. */
static enum rc appointment_changed(struct tx *tx, struct id appointment, int64_t version, int64_t now)
{
    struct arena *a = db_arena(tx_db(tx));
    char id[ID_TEXT];
    struct id job;
    if (str_empty(settings.google_client_id)) return RC_OK;
    const char *key = arena_printf(a, "%s:%lld:%lld", id_format(appointment, id), (long long)version, (long long)now);
    struct digest d = seal_hash(key, strlen(key));
    memcpy(job.b, d.b, sizeof job.b);
    return google_events_touch(tx, appointment, job, key, arena_printf(a, "{\"appointment_id\":\"%s\"}", id), now);
}

static enum rc run_change(struct job *job)
{
    struct id appointment;
    struct list l;
    TRY(job_id(job, "appointment_id", &appointment));
    TRY(google_events_of(job->db, appointment, &l));
    for (size_t i = 0; i < l.n; i++) {
        const struct google_event *e = LIST_AT(l, struct google_event, i);
        if (e->wanted > e->done) TRY(google_work(job, e->link_id));
    }
    return RC_OK;
}

static enum rc run_link(struct job *job)
{
    struct id link;
    TRY(job_id(job, "link_id", &link));
    return google_work(job, link);
}

/* ---- the clock --------------------------------------------------------------------------------------------------------------------------- */

struct polling { struct id link, job; int64_t now; };
static enum rc poll_tx(struct tx *tx, void *arg)
{
    const struct polling *p = arg;
    return google_queue(tx, p->job, p->link, arena_printf(db_arena(tx_db(tx)), "poll:%lld", (long long)(p->now / (POLL_S * USEC_PER_SEC))), p->now);
}
static enum rc purge_tx(struct tx *tx, void *arg) { return google_consent_purge(tx, *(int64_t *)arg); }

static enum rc run_poll(struct job *job)
{
    struct list due;
    if (str_empty(settings.google_client_id)) return RC_OK;
    TRY(db_tx(job->db, "google.consent_purge", purge_tx, &job->now));
    TRY(google_links_due(job->db, job->now, DUE_MAX, &due));
    for (size_t i = 0; i < due.n; i++) {
        const struct google_link *l = LIST_AT(due, struct google_link, i);
        struct polling p = { l->id, id_new(), job->now };
        tdb_set_tenant(job->db, l->tenant_id);
        TRY(db_tx(job->db, "google.poll", poll_tx, &p));
    }
    return RC_OK;
}

/* ---- the end of a connection: channel stopped, access given back; both as well as it goes -------------------------------------------------- */


static enum rc stop_channel(struct job *job, struct id link)
{
    struct arena *a = job->arena;
    const char *channel = job_text(job, "channel"), *resource = job_text(job, "resource");
    const char *access = google_open(a, job->tenant, link, "access", job_text(job, "access"));
    struct out_answer got;
    if (!channel || !resource || !access) return RC_OK;
    const char *body = arena_printf(a, "{\"id\":\"%s\",\"resourceId\":\"%s\"}", channel, resource);
    struct out_request q = { .method = "POST", .url = arena_printf(a, "%s/channels/stop", settings.google_api_url), .body = body, .body_len = strlen(body),
        .headers = { "Content-Type: application/json", arena_printf(a, "Authorization: Bearer %s", access) },
        .timeout_ms = settings.google_timeout_s * 1000, .answer_max = 64 * 1024 };
    enum rc rc = out_http(a, &q, &got, job->error, sizeof job->error);
    return rc == RC_BUSY && job->attempt > 2 ? RC_OK : rc; /* it ends by itself within a week */
}

static enum rc run_revoke(struct job *job)
{
    struct arena *a = job->arena;
    struct id link;
    struct out_answer got;
    TRY(job_id(job, "link_id", &link));
    TRY(stop_channel(job, link));
    const char *token = google_open(a, job->tenant, link, "refresh", job_text(job, "refresh"));
    if (str_empty(token)) return RC_OK;
    const char *form = arena_printf(a, "token=%s", out_escape(a, token));
    struct out_request q = { .method = "POST", .url = settings.google_revoke_url, .body = form, .body_len = strlen(form),
        .headers = { "Content-Type: application/x-www-form-urlencoded" }, .timeout_ms = settings.google_timeout_s * 1000, .answer_max = 64 * 1024 };
    TRY(out_http(a, &q, &got, job->error, sizeof job->error));
    if (got.status < 500 && got.status != 429) return RC_OK; /* 400: it is not valid any more */
    snprintf(job->error, sizeof job->error, "Google answered %d", got.status);
    return RC_BUSY;
}

/* ---- a mail to the provider ------------------------------------------------------------------------------------------------------------------ */

static enum rc send_notice(struct job *job, const struct member *m, const struct provider *p, const struct tenant *t)
{
    struct arena *a = job->arena;
    char id[ID_TEXT];
    const char *link = arena_printf(a, "%s/app/settings/calendars", settings.base_url);
    const char *text = arena_printf(a, "Hello %s,\n\n%s cannot reach the Google calendar of %s any more: the access was withdrawn or has expired.\n\n"
        "Bookings go on as before, but they do not appear in Google, and what is new in Google does not block time here. To connect it again:\n\n%s\n\n-- \n%s\n",
        m->name, t->name, p->name, link, t->name);
    struct mail mail = { .message_id = arena_printf(a, "%s.google@clinicd", id_format(job->id, id)), .from_name = t->name, .from_address = settings.mail_from,
        .reply_to = t->email, .to_name = m->name, .to_address = m->email, .subject = arena_printf(a, "Google Calendar: connect again, %s", p->name),
        .text = text, .date = job->now };
    struct mail_config c = { .smtp_url = settings.smtp_url, .folder = arena_printf(a, "%s/mail", settings.data), .timeout_ms = 20000 };
    return mail_send(&c, &mail, job->error, sizeof job->error);
}

static enum rc run_notice(struct job *job)
{
    struct id link;
    struct google_link l = { 0 };
    struct provider p = { 0 };
    struct member m = { 0 };
    struct tenant t = { 0 };
    TRY(job_id(job, "link_id", &link));
    enum rc rc = google_link_get(job->db, link, &l);
    if (rc == RC_NOT_FOUND || (rc == RC_OK && l.state != GOOGLE_NEEDS_RECONNECT)) return RC_OK;
    TRY(rc);
    TRY(providers_get(job->db, l.provider_id, &p));
    TRY(tenants_get(job->db, &t));
    if (id_is_nil(p.member_id)) return RC_OK; /* nobody signs in as this provider; the settings page says it */
    rc = members_get(job->db, p.member_id, &m);
    return rc == RC_NOT_FOUND ? RC_OK : rc != RC_OK ? rc : send_notice(job, &m, &p, &t);
}

const struct job_row google_jobs[] = {
    { "google.change", "Brings a changed appointment to the Google calendars that show it", run_change, 10, 150 },
    { "google.link", "Goes on with a Google calendar: writes what waits, reads what is new", run_link, 10, 150 },
    { "google.revoke", "Gives the access to a disconnected Google calendar back", run_revoke, 8, 60 },
    { "google.notice", "Tells a provider that the Google calendar must be connected again", run_notice, 10, 60 }, { 0 } };
const struct schedule_row google_schedules[] = {
    { "google.poll", "Looks at the Google calendars whose turn it is (every five minutes; every hour where Google tells of changes)", POLL_S, run_poll }, { 0 } };
const struct watch_row google_watches[] = { { "appointment.", appointment_changed }, { 0 } };
