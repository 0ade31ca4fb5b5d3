/* notices_series.c - "notices.series": one mail for one change of a whole series, with one calendar file that has all of it. */
#include "modules/notices/notices_series.h"
#include "modules/notices/notices_text.h"
#include "modules/tenants/tenants.h"
#include <stdio.h>
#include <string.h>

struct series_notice { struct job *job; struct series_file file; struct appointment a; struct tenant t; enum notice_kind kind; const char *url, *what; int64_t sequence; };

static struct ics_event words_of(const struct series_notice *n)
{
    char id[ID_TEXT];
    struct arena *a = n->job->arena;
    return (struct ics_event){ .uid = arena_printf(a, "%s@clinicd", id_format(n->file.root, id)), .dtstamp = n->job->now, .start = n->a.start, .end = n->a.end,
        .status = n->file.over ? ICS_CANCELLED : ICS_CONFIRMED, .summary = arena_printf(a, "%s, %s", n->a.service_name, n->t.name),
        .location = n->a.location_name, .url = n->url, .organizer_name = n->t.name, .organizer_mail = n->t.email ? n->t.email : settings.mail_from,
        .attendee_name = n->a.client_name, .attendee_mail = n->a.client_email };
}

static const char *series_calendar(const struct series_notice *n)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    struct ics_calendar cal = { .method = n->file.over ? ICS_CANCEL : ICS_REQUEST, .zone = zone_name(n->file.zone) };
    struct ics_event like = words_of(n);
    buf_init(&b, 256 * 1024);
    ics_begin(&b, &cal);
    series_file_write(&b, &cal, &n->file, &like);
    ics_end(&b);
    return b.failed ? NULL : arena_strndup(n->job->arena, b.data, b.len);
}

static enum rc send(const struct series_notice *n)
{
    struct arena *a = n->job->arena;
    struct notice_text text;
    char id[ID_TEXT];
    struct notice words = { .clinic_name = n->t.name, .clinic_phone = n->t.phone, .clinic_address = n->t.address, .clinic_email = n->t.email,
        .brand_color = n->t.brand_color, .client_name = n->a.client_name, .service = n->a.service_name, .provider = n->a.provider_name,
        .location = n->a.location_name, .cancel_reason = n->a.cancel_reason, .manage_link = n->url, .start = n->a.start, .end = n->a.end, .old_start = NONE,
        .old_end = NONE, .zone = n->file.zone, .client_zone = n->a.client_zone ? zone_find(n->a.client_zone) : NULL,
        .repeats = n->file.sentence, .dates = n->file.dates };
    TRY(notices_text(a, n->kind, &words, &text));
    struct mail m = { .message_id = arena_printf(a, "%s.series.%s.%lld@clinicd", id_format(n->file.root, id), n->what, (long long)n->sequence),
        .from_name = n->t.name, .from_address = settings.mail_from, .reply_to = n->t.email, .to_name = n->a.client_name, .to_address = n->a.client_email,
        .subject = text.subject, .text = text.text, .html = text.html, .calendar = series_calendar(n),
        .calendar_method = n->file.over ? "CANCEL" : "REQUEST", .date = n->job->now };
    struct mail_config c = { .smtp_url = settings.smtp_url, .folder = arena_printf(a, "%s/mail", settings.data), .timeout_ms = 20000 };
    return mail_send(&c, &m, n->job->error, sizeof n->job->error);
}

/* The payload is our own text (series_plan.c writes it): fixed order, no escapes. */
enum rc notices_series(struct job *job)
{
    char series[ID_TEXT] = "", what[16] = "", sequence[20] = "";
    const char *digits = sequence;
    struct id id;
    struct series_notice n = { .job = job, .what = what };
    if (sscanf(job->payload, "{\"series_id\":\"%36[0-9a-f-]\",\"what\":\"%15[a-z]\",\"sequence\":%19[0-9]", series, what, sequence) != 3 ||
        !str_digits(&digits, &n.sequence) || !id_parse(series, &id)) return job_unreadable(job);
    TRY(series_file_load(job->db, id, job->now, &n.file));
    TRY(appointments_get(job->db, n.file.first, &n.a));
    TRY(tenants_get(job->db, &n.t));
    if (str_empty(n.a.client_email)) return RC_OK; /* the address was removed meanwhile */
    n.kind = n.file.over ? NOTICE_CANCELLED : strcmp(what, "booked") == 0 ? NOTICE_CONFIRMED : NOTICE_SERIES_CHANGED;
    n.url = booking_manage_url(job->arena, job->tenant, n.a.id);
    return send(&n);
}

enum rc notices_member_event(struct job *job, const struct appointment *a, struct ics_event *e, struct series_file *f)
{
    char id[ID_TEXT];
    TRY(series_file_load(job->db, a->series_id, job->now, f));
    *e = series_file_one(f, a, *e);
    e->uid = arena_printf(job->arena, "%s@clinicd", id_format(f->root, id));
    return RC_OK;
}
