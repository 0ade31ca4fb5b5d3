/* notices_reminders.c - reminders on their way out. What is due is handed from clinic to clinic to the queue of jobs; a job
 * says "sending" in a commit of its own before it sends. Who finds "sending" is the next after a crash: it asks the mail
 * folder by the message's id, and where nobody can be asked (a mail server) it does not send again. */
#include "modules/notices/notices_parts.h"
#include <stdio.h>

enum { DUE_ROUNDS_MAX = 1000, DUE_SECONDS_MAX = 20, REPLAN_BATCH = 100 };

/* ---- handing on what is due -------------------------------------------------------------------------------------------------- */

struct handing { struct list due; struct id job_ids[REMINDER_BATCH_MAX]; struct arena *arena; int64_t now; };

static const char *key_of(struct arena *a, const struct reminder *m)
{
    char id[ID_TEXT];
    return arena_printf(a, "%s:%lld:%lld:%s:%lld", id_format(m->appointment_id, id), (long long)m->starts_at, (long long)m->before_min,
        reminder_channel_names[m->channel], (long long)m->turn);
}

static enum rc hand_on_tx(struct tx *tx, void *arg)
{
    struct handing *h = arg;
    for (size_t i = 0; i < h->due.n; i++) {
        const struct reminder *m = LIST_AT(h->due, struct reminder, i);
        const char *key = key_of(h->arena, m);
        TRY(reminders_queue(tx, m, h->now));
        TRY(tx_job(tx, h->job_ids[i], "notices.reminder", key, h->now, arena_printf(h->arena, "{\"reminder\":\"%s\"}", key)));
    }
    return RC_OK;
}

static enum rc hand_on(struct job *job, struct id tenant)
{
    struct handing h = { .arena = job->arena, .now = job->now };
    tdb_set_tenant(job->db, tenant);
    TRY(reminders_due(job->db, job->now, &h.due));
    for (size_t i = 0; i < h.due.n; i++) h.job_ids[i] = id_new();
    return h.due.n ? db_tx(job->db, "reminders.hand_on", hand_on_tx, &h) : RC_OK;
}

/* Of each clinic a few, then on to the next, until nothing is due: one with many reminders does not keep the others waiting. */
enum rc reminders_job_due(struct job *job)
{
    static const struct id first = { { [15] = 1 } }; /* nil would bind NULL */
    struct id after = first;
    int64_t end = monotonic_us() + DUE_SECONDS_MAX * USEC_PER_SEC;
    for (int round = 0; round < DUE_ROUNDS_MAX && monotonic_us() < end; round++) {
        struct arena_mark mark = arena_mark(job->arena);
        struct list tenants;
        tdb_begin(job->db, job->arena, ID_NIL);
        TRY(reminders_tenants_due(job->db, after, job->now, &tenants));
        if (!tenants.n && id_eq(after, first)) break;
        for (size_t i = 0; i < tenants.n; i++) TRY(hand_on(job, LIST_AT(tenants, struct reminder_tenant, i)->tenant_id));
        after = tenants.n == REMINDER_TENANTS_MAX ? LIST_AT(tenants, struct reminder_tenant, tenants.n - 1)->tenant_id : first;
        arena_rewind(job->arena, mark);
    }
    return RC_OK;
}

/* ---- one reminder -------------------------------------------------------------------------------------------------------------- */

struct sending { const struct reminder *m; enum reminder_state from, to; const char *reason; int64_t now; };

static enum rc step_tx(struct tx *tx, void *arg)
{
    const struct sending *s = arg;
    return reminders_step(tx, s->m, s->from, s->to, s->reason, s->now, RC_STALE);
}

/* RC_STALE: it is not in that state any more. */
static enum rc step(struct job *job, const struct reminder *m, enum reminder_state from, enum reminder_state to, const char *reason)
{
    struct sending s = { m, from, to, reason, now_us() };
    return db_tx(job->db, "reminders.step", step_tx, &s);
}

/* The payload is our own text: see key_of. */
static bool read_key(const char *payload, struct reminder *m)
{
    char id[ID_TEXT] = "", channel[16] = "";
    char start[20] = "", before[20] = "", turn[20] = "";
    const char *s = start, *b = before, *t = turn;
    if (sscanf(payload, "{\"reminder\":\"%36[0-9a-f-]:%19[0-9]:%19[0-9]:%15[a-z]:%19[0-9]\"", id, start, before, channel, turn) != 5) return false;
    *m = (struct reminder){ 0 };
    if (!str_digits(&s, &m->starts_at) || !str_digits(&b, &m->before_min) || !str_digits(&t, &m->turn)) return false;
    m->channel = enum_find(reminder_channel_names, channel);
    return m->channel >= 0 && id_parse(id, &m->appointment_id);
}

/* Why this one is not sent; NULL: it is. */
static enum rc reason_not_to(struct job *job, const struct reminder *m, const struct appointment *a, const char **why)
{
    bool wanted;
    *why = NULL;
    TRY(reminders_wanted(job->db, a->client_id, m->channel, &wanted));
    if (a->status != APPT_SCHEDULED && a->status != APPT_CONFIRMED) *why = "over";
    else if (a->start != m->starts_at) *why = "moved";
    else if (job->now >= m->late_until) *why = "late";
    else if (!wanted) *why = "opted_out";
    else if (str_empty(a->client_email)) *why = "no_address";
    return RC_OK;
}

static const char *message_id(struct arena *a, const struct reminder *m)
{
    char id[ID_TEXT];
    return arena_printf(a, "%s.reminder.%lld.%lld@clinicd", id_format(m->appointment_id, id), (long long)(m->starts_at / USEC_PER_SEC), (long long)m->before_min);
}

static enum rc mail_it(struct job *job, const struct reminder *m, const struct appointment *a, const struct mail_config *c)
{
    struct tenant t = { 0 };
    struct notice_text text;
    TRY(tenants_get(job->db, &t));
    const char *stop = reminders_stop_url(job->arena, job->tenant, a->client_id);
    struct notice n = { .clinic_name = t.name, .clinic_phone = t.phone, .clinic_address = t.address, .clinic_email = t.email, .brand_color = t.brand_color,
        .client_name = a->client_name, .service = a->service_name, .provider = a->provider_name, .location = a->location_name, .by_video = a->telehealth,
        .manage_link = booking_manage_url(job->arena, job->tenant, a->id), .stop_link = stop, .start = a->start, .end = a->end, .old_start = NONE, .old_end = NONE,
        .now = job->now, .zone = zone_find(a->time_zone), .client_zone = a->client_zone ? zone_find(a->client_zone) : NULL };
    if (!n.zone) return fault(RC_FAULT, "the zone of an appointment is not in tzdata any more");
    TRY(notices_text(job->arena, m->template == TEMPLATE_CONFIRM && a->status != APPT_CONFIRMED ? NOTICE_PLEASE_CONFIRM : NOTICE_REMINDER, &n, &text));
    struct mail mail = { .message_id = message_id(job->arena, m), .from_name = t.name, .from_address = settings.mail_from, .reply_to = t.email,
        .to_name = a->client_name, .to_address = a->client_email, .subject = text.subject, .text = text.text, .html = text.html, .date = job->now, .unsubscribe = stop };
    return mail_send(c, &mail, job->error, sizeof job->error);
}

/* "sending" is on disk: from here on it is this attempt or none. */
static enum rc send_now(struct job *job, const struct reminder *m, const struct appointment *a, struct mail_config *c)
{
    bool unsure = false;
    c->unsure = &unsure;
    enum rc rc = mail_it(job, m, a, c);
    c->unsure = NULL;
    if (rc == RC_OK) return step(job, m, REMINDER_SENDING, REMINDER_SENT, NULL);
    if (unsure) return step(job, m, REMINDER_SENDING, REMINDER_UNKNOWN, job->error);
    bool again = rc == RC_BUSY || rc == RC_DB_DOWN || rc == RC_OOM;
    TRY(step(job, m, REMINDER_SENDING, again ? REMINDER_QUEUED : REMINDER_FAILED, job->error));
    return rc;
}

/* An attempt before this one ended between "sending" and what came of it. */
static enum rc find_out(struct job *job, const struct reminder *m, const struct mail_config *c, bool *go_on)
{
    enum mail_trace trace = mail_trace(c, message_id(job->arena, m));
    *go_on = trace == MAIL_WAS_NOT_SENT;
    if (trace == MAIL_NOBODY_KNOWS) LOG(LOG_WARN, "reminder.unknown", KID("appointment", m->appointment_id));
    if (*go_on) return step(job, m, REMINDER_SENDING, REMINDER_QUEUED, NULL);
    return step(job, m, REMINDER_SENDING, trace == MAIL_WAS_SENT ? REMINDER_SENT : REMINDER_UNKNOWN, trace == MAIL_WAS_SENT ? NULL : "interrupted while it was sent");
}

static enum rc send_reminder(struct job *job, const struct reminder *key)
{
    struct mail_config c = { .smtp_url = settings.smtp_url, .folder = arena_printf(job->arena, "%s/mail", settings.data), .timeout_ms = 20000 };
    struct reminder m = { 0 };
    struct appointment a = { 0 };
    const char *why;
    bool go_on = true;
    TRY(reminders_get(job->db, key, &m));
    if (m.turn != key->turn) return RC_OK; /* was taken back and is to be sent anew: by a job of its own */
    if (m.state == REMINDER_SENDING) TRY(find_out(job, &m, &c, &go_on));
    else if (m.state != REMINDER_QUEUED) return RC_OK;
    if (!go_on) return RC_OK;
    TRY(appointments_get(job->db, m.appointment_id, &a));
    TRY(reason_not_to(job, &m, &a, &why));
    if (why) return step(job, &m, REMINDER_QUEUED, REMINDER_SKIPPED, why);
    TRY(step(job, &m, REMINDER_QUEUED, REMINDER_SENDING, NULL));
    return send_now(job, &m, &a, &c);
}

enum rc reminders_job_send(struct job *job)
{
    struct reminder key;
    if (!read_key(job->payload, &key)) return job_unreadable(job);
    enum rc rc = send_reminder(job, &key);
    return rc == RC_STALE ? RC_OK : rc; /* the appointment changed meanwhile, or another instance has it */
}

/* ---- the rules have changed -------------------------------------------------------------------------------------------------------- */

struct replan { struct list appointments; int64_t now; };

static enum rc replan_tx(struct tx *tx, void *arg)
{
    const struct replan *p = arg;
    for (size_t i = 0; i < p->appointments.n; i++) {
        const struct appointment *a = LIST_AT(p->appointments, struct appointment, i);
        TRY(reminders_replan(tx, &(struct reminder_follow){ .appointment = a->id, .service = a->service_id, .start = a->start, .old_start = a->start, .live = true,
            .was_live = true, .zone = a->client_zone ? a->client_zone : a->time_zone, .now = p->now }));
    }
    return RC_OK;
}

/* By pages along the time; begun again it does the same once more, which changes nothing. */
enum rc reminders_job_replan(struct job *job)
{
    struct appointment last = { .start = job->now };
    struct replan p = { .now = job->now };
    do {
        struct arena_mark mark = arena_mark(job->arena);
        TRY(appointments_expected(job->db, last.start, last.id, REPLAN_BATCH, &p.appointments));
        if (!p.appointments.n) return RC_OK;
        TRY(db_tx(job->db, "reminders.replan", replan_tx, &p));
        last = *LIST_AT(p.appointments, struct appointment, p.appointments.n - 1);
        arena_rewind(job->arena, mark);
    } while (p.appointments.n == REPLAN_BATCH);
    return RC_OK;
}
