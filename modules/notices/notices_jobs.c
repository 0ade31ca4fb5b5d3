/* notices_jobs.c - "notices.appointment": one mail for one change of an appointment, written in the change's commit. The mail
 * shows the appointment as it is when it is sent; its Message-ID is the job's key, so a retry is the same mail. */
#include "modules/notices/notices_parts.h"
#include "modules/notices/notices_series.h"
#include "core/base/money.h"
#include "modules/wallets/wallets.h"
#include "modules/tenants/tenants.h"
#include <stdio.h>
#include <string.h>

struct payload { char what[16]; struct id appointment; int64_t sequence, old_start; };

/* The payload is our own text (calendar_book.c writes it): fixed order, no escapes. */
static bool read_payload(const char *s, struct payload *p)
{
    char id[ID_TEXT] = "", old[INSTANT_TEXT] = "", sequence[20] = "";
    const char *digits = sequence;
    int n = sscanf(s, "{\"appointment_id\":\"%36[0-9a-f-]\",\"what\":\"%15[a-z]\",\"sequence\":%19[0-9],\"old_start\":\"%31[^\"]\"", id, p->what, sequence, old);
    p->old_start = NONE;
    return n >= 3 && str_digits(&digits, &p->sequence) && id_parse(id, &p->appointment) && (n == 3 || instant_parse(old, &p->old_start));
}

static int kind_of(const char *what)
{
    static const char *const words[NOTICE_N_KINDS] = { [NOTICE_CONFIRMED] = "booked", [NOTICE_MOVED] = "moved", [NOTICE_CANCELLED] = "cancelled",
        [NOTICE_RESTORED] = "restored", [NOTICE_REQUESTED] = "requested", [NOTICE_APPROVED] = "approved", [NOTICE_DECLINED] = "declined",
        [NOTICE_LAPSED] = "lapsed", [NOTICE_CHOOSE] = "choose", [NOTICE_PAY] = "pay", [NOTICE_PAID] = "paid", [NOTICE_UNPAID] = "unpaid",
        [NOTICE_PAID_LATE] = "paidlate", [NOTICE_PAID_TWICE] = "paidtwice", [NOTICE_PAID_MORE] = "paidmore" };
    for (int i = 0; i < NOTICE_N_KINDS; i++)
        if (words[i] && strcmp(words[i], what) == 0) return i;
    return -1;
}

const char *notices_price(struct arena *a, int64_t minor, const char *currency)
{
    char text[MONEY_TEXT];
    return minor ? arena_strdup(a, money_format(minor, currency, text)) : NULL;
}

/* The other appointments of a visit, when the mail is about all of it. */
struct others { struct appointment *at; size_t n; const char **words; };

static enum rc read_others(struct job *job, const struct appointment *a, struct others *out)
{
    struct list ids;
    *out = (struct others){ 0 };
    if (id_is_nil(a->visit_id) || !strstr(job->payload, "\"visit\":true")) return RC_OK;
    TRY(appointments_of_visit(job->db, a->visit_id, &ids));
    out->at = arena_alloc(job->arena, (ids.n + 1) * sizeof *out->at);
    out->words = arena_alloc(job->arena, (ids.n + 1) * sizeof *out->words);
    if (!out->at || !out->words) return RC_OOM;
    for (size_t i = 0; i < ids.n; i++) {
        struct appointment *x = &out->at[out->n];
        if (id_eq(*LIST_AT(ids, struct id, i), a->id)) continue;
        *x = (struct appointment){ 0 };
        TRY(appointments_get(job->db, *LIST_AT(ids, struct id, i), x));
        const struct zone *z = zone_find(x->time_zone);
        if (x->status != a->status || !z) continue; /* one that goes its own way by now */
        const char *who = id_eq(x->patient_id, a->patient_id) ? "" : arena_printf(job->arena, " for %s", x->patient_name);
        out->words[out->n++] = arena_printf(job->arena, "%s%s, with %s: %s", x->service_name, who, x->provider_name, notices_when(job->arena, z, x->start, x->end));
    }
    return RC_OK;
}

static void add_event(struct job *job, struct buf *b, const struct ics_calendar *cal, const struct appointment *a, const struct tenant *t, const char *url)
{
    char id[ID_TEXT];
    struct series_file series;
    bool cancelled = cal->method == ICS_CANCEL;
    struct ics_event e = { .uid = arena_printf(job->arena, "%s@clinicd", id_format(a->id, id)), .sequence = a->sequence,
        .dtstamp = job->now, .start = a->start, .end = a->end, .status = cancelled ? ICS_CANCELLED : ICS_CONFIRMED,
        .summary = arena_printf(job->arena, "%s, %s", a->service_name, t->name), .location = a->telehealth ? "By video: see your booking" : a->location_name, .url = url,
        .organizer_name = t->name, .organizer_mail = t->email ? t->email : settings.mail_from, .attendee_name = a->client_name, .attendee_mail = a->client_email };
    if (!id_is_nil(a->series_id) && notices_member_event(job, a, &e, &series) == RC_OK) ics_zone(b, series.zone, a->start, a->end);
    ics_event(b, cal, &e);
}

static const char *calendar_text(struct job *job, const struct appointment *a, const struct others *also, const struct tenant *t, bool cancelled, const char *url)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    struct ics_calendar cal = { .method = cancelled ? ICS_CANCEL : ICS_REQUEST, .zone = a->time_zone };
    buf_init(&b, 16 * 1024);
    ics_begin(&b, &cal);
    add_event(job, &b, &cal, a, t, url);
    for (size_t i = 0; i < also->n; i++) add_event(job, &b, &cal, &also->at[i], t, booking_manage_url(job->arena, job->tenant, also->at[i].id));
    ics_end(&b);
    return b.failed ? NULL : arena_strndup(job->arena, b.data, b.len);
}

static bool invites(int kind) { return kind == NOTICE_CONFIRMED || kind == NOTICE_MOVED || kind == NOTICE_CANCELLED || kind == NOTICE_RESTORED || kind == NOTICE_APPROVED || kind == NOTICE_PAID; }

/* back: a refund that the mail is about; 0: what went back of the order, when it is about a cancellation. */
static enum rc say_money(struct job *job, int kind, const struct appointment *a, int64_t back, struct notice *n)
{
    struct order o = { 0 };
    struct terms terms;
    if (id_is_nil(a->order_id)) return RC_OK;
    bool over = kind == NOTICE_CANCELLED || kind == NOTICE_UNPAID || kind == NOTICE_PAID_LATE, told = over || back;
    int64_t there = a->order_paid_minor - a->order_refunded_minor, held = 0;
    if (kind == NOTICE_PAY) {
        TRY(wallets_held(job->db, a->order_id, job->now, &held));
        n->answer_until = a->pay_by;
        n->to_pay = notices_price(job->arena, a->order_due_minor - there - held, a->currency);
    }
    if (!told) n->paid = notices_price(job->arena, there, a->currency);
    if (told) n->refund = notices_price(job->arena, back ? back : a->order_refunded_minor, a->currency);
    if (told || (!there && kind != NOTICE_PAY)) return RC_OK;
    TRY(orders_get(job->db, a->order_id, &o));
    TRY(terms_read(job->arena, o.terms, &terms));
    n->terms = terms_words(job->arena, &terms, o.currency, n->zone, a->start, job->now);
    return RC_OK;
}

static enum rc send(struct job *job, const struct payload *p, const struct appointment *a, const struct tenant *t, int64_t back)
{
    int kind = kind_of(p->what);
    struct notice_text text;
    const char *url = booking_manage_url(job->arena, job->tenant, a->id);
    struct notice n = { .clinic_name = t->name, .clinic_phone = t->phone, .clinic_address = t->address, .clinic_email = t->email,
        .brand_color = t->brand_color, .client_name = a->client_name, .service = a->service_name, .provider = a->provider_name, .location = a->location_name, .by_video = a->telehealth,
        .price = notices_price(job->arena, a->price_minor, a->currency), .cancel_reason = a->cancel_reason, .manage_link = url, .start = a->start, .end = a->end,
        .old_start = p->old_start, .old_end = NONE, .answer_until = a->lapses_at, .zone = zone_find(a->time_zone), .client_zone = a->client_zone ? zone_find(a->client_zone) : NULL };
    if (!n.zone) return fault(RC_FAULT, "the zone of an appointment is not in tzdata any more");
    struct others also;
    TRY(read_others(job, a, &also));
    n.also = also.words;
    n.n_also = also.n;
    TRY(say_money(job, kind, a, back, &n));
    TRY(notices_text(job->arena, (enum notice_kind)kind, &n, &text));
    /* what never stood is in no calendar; what must go is there already */
    const char *ics = invites(kind) ? calendar_text(job, a, &also, t, kind == NOTICE_CANCELLED, url) : NULL;
    char key[ID_TEXT];
    struct mail m = { .message_id = arena_printf(job->arena, "%s.%s.%lld@clinicd", id_format(a->id, key), p->what, (long long)p->sequence),
        .from_name = t->name, .from_address = settings.mail_from, .reply_to = t->email, .to_name = a->client_name, .to_address = a->client_email,
        .subject = text.subject, .text = text.text, .html = text.html, .calendar = ics, .calendar_method = kind == NOTICE_CANCELLED ? "CANCEL" : "REQUEST", .date = job->now };
    struct mail_config c = { .smtp_url = settings.smtp_url, .folder = arena_printf(job->arena, "%s/mail", settings.data), .timeout_ms = 20000 };
    return mail_send(&c, &m, job->error, sizeof job->error);
}

enum rc notices_offer(struct job *job, const struct notice_offer *o)
{
    struct tenant t = { 0 };
    struct notice_text text;
    TRY(tenants_get(job->db, &t));
    struct notice n = { .clinic_name = t.name, .clinic_phone = t.phone, .clinic_address = t.address, .clinic_email = t.email, .brand_color = t.brand_color,
        .client_name = o->client_name, .service = o->service, .provider = o->provider, .location = o->location, .manage_link = o->link, .stop_link = o->leave_link,
        .wish = o->wish, .start = o->start, .end = o->end, .old_start = NONE, .old_end = NONE, .answer_until = o->expires_at,
        .zone = zone_find(o->zone ? o->zone : t.time_zone) };
    if (!n.zone) return fault(RC_FAULT, "the zone of a location is not in tzdata any more");
    TRY(notices_text(job->arena, o->start == NONE ? NOTICE_WAITING : NOTICE_OFFER, &n, &text));
    struct mail m = { .message_id = o->message_id, .from_name = t.name, .from_address = settings.mail_from, .reply_to = t.email, .to_name = o->client_name,
        .to_address = o->client_email, .subject = text.subject, .text = text.text, .html = text.html, .date = job->now };
    struct mail_config c = { .smtp_url = settings.smtp_url, .folder = arena_printf(job->arena, "%s/mail", settings.data), .timeout_ms = 20000 };
    return mail_send(&c, &m, job->error, sizeof job->error);
}

static enum rc run(struct job *job)
{
    struct payload p;
    struct appointment a = { 0 };
    struct tenant t = { 0 };
    if (!read_payload(job->payload, &p) || kind_of(p.what) < 0) return job_unreadable(job);
    TRY(appointments_get(job->db, p.appointment, &a));
    TRY(tenants_get(job->db, &t));
    if (str_empty(a.client_email)) return RC_OK; /* the address was removed meanwhile */
    if (a.sequence > p.sequence) return RC_OK;   /* a later change has its own mail, which says how it is now */
    return send(job, &p, &a, &t, 0);
}

/* Money that goes back at once. The payload is our own text (payments_settle.c writes it). */
static enum rc run_payment(struct job *job)
{
    struct payload p = { .old_start = NONE };
    struct refund f = { 0 };
    struct appointment a = { 0 };
    struct tenant t = { 0 };
    char id[ID_TEXT] = "", refund[ID_TEXT] = "";
    if (sscanf(job->payload, "{\"appointment_id\":\"%36[0-9a-f-]\",\"what\":\"%15[a-z]\",\"refund_id\":\"%36[0-9a-f-]\"", id, p.what, refund) != 3 || kind_of(p.what) < 0 ||
        !id_parse(id, &p.appointment) || !id_parse(refund, &f.id)) return job_unreadable(job);
    TRY(appointments_get(job->db, p.appointment, &a));
    TRY(refunds_get(job->db, f.id, &f));
    TRY(tenants_get(job->db, &t));
    p.sequence = f.created_at;
    return str_empty(a.client_email) ? RC_OK : send(job, &p, &a, &t, f.amount_minor);
}

static const struct job_row jobs[] = {
    { "notices.appointment", "Tells the client of a booking, a move, a cancellation or a restoration", run, 10, 60 },
    { "notices.payment", "Tells the client of money that goes back because it came late or was too much", run_payment, 10, 60 },
    { "notices.reminder", "Reminds the client of an appointment, once", reminders_job_send, 12, 60 },
    { "reminders.replan", "Gives appointments the reminders of changed rules", reminders_job_replan, 10, 120 },
    { "notices.verify", "Sends an owner the link that confirms their e-mail address", notices_verify, 10, 60 },
    { "notices.proof", "Sends the code that proves an address, to who has a wallet", notices_proof, 4, 60 },
    { "notices.series", "Tells the client of a series that was booked, changed or cancelled", notices_series, 10, 60 }, { 0 } };
static const struct schedule_row schedules[] = { { "reminders.due", "Hands on the reminders that are due", 30, reminders_job_due }, { 0 } };

const struct module notices_module = { .name = "notices", .doc = "Mail to clients, and to owners about their address", .jobs = jobs, .schedules = schedules };
