/* notices_account.c - mails that are about no appointment. "notices.proof": the code that proves an address on the booking page. "notices.verify": the link that
 * confirms the address of who set up a clinic. Its Message-ID is the row's, and what is in it is the same whenever the mail is made, so a retry is the same mail. */
#include "modules/identity/identity.h"
#include "modules/notices/notices_parts.h"

static enum rc send(struct job *job, enum notice_kind kind, const struct notice *n, struct mail *m)
{
    struct notice_text text;
    if (!n->zone) return fault(RC_FAULT, "the zone of a clinic is not in tzdata any more");
    TRY(notices_text(job->arena, kind, n, &text));
    m->from_address = settings.mail_from;
    m->subject = text.subject;
    m->text = text.text;
    m->html = text.html;
    m->date = job->now;
    struct mail_config c = { .smtp_url = settings.smtp_url, .folder = arena_printf(job->arena, "%s/mail", settings.data), .timeout_ms = 20000 };
    return mail_send(&c, m, job->error, sizeof job->error);
}

enum rc notices_verify(struct job *job)
{
    struct verification_mail v = { 0 };
    struct tenant t = { 0 };
    struct id id;
    char link[ID_TEXT];
    TRY(job_id(job, "verification_id", &id));
    enum rc rc = identity_verification_mail(job->db, id, &v);
    if (rc == RC_NOT_FOUND) return RC_OK; /* a newer one has its own mail */
    TRY(rc);
    if (v.used_at != NONE || v.expires_at <= job->now) return RC_OK;
    TRY(tenants_get(job->db, &t));
    const struct notice n = { .clinic_name = t.name, .brand_color = t.brand_color, .client_name = v.name, .address = v.email, .answer_until = v.expires_at,
        .manage_link = arena_printf(job->arena, "%s/verify/%s", settings.base_url, v.token), .start = NONE, .end = NONE, .old_start = NONE, .old_end = NONE,
        .zone = zone_find(t.time_zone) };
    return send(job, NOTICE_VERIFY, &n, &(struct mail){ .message_id = arena_printf(job->arena, "%s.verify@clinicd", id_format(id, link)), .from_name = "clinicd", .to_name = v.name, .to_address = v.email });
}

/* Asked for by anybody for any address: only who has a wallet here hears of it. */
enum rc notices_proof(struct job *job)
{
    struct proof_mail p = { 0 };
    struct tenant t = { 0 };
    struct id id;
    char proof[ID_TEXT];
    TRY(job_id(job, "proof_id", &id));
    enum rc rc = booking_proof_mail(job->db, id, &p);
    if (rc == RC_NOT_FOUND) return RC_OK; /* long ago */
    TRY(rc);
    if (!p.known || p.expires_at <= job->now) return RC_OK;
    TRY(tenants_get(job->db, &t));
    const struct notice n = { .clinic_name = t.name, .clinic_phone = t.phone, .clinic_address = t.address, .clinic_email = t.email, .brand_color = t.brand_color, .code = p.code,
        .answer_until = p.expires_at, .start = NONE, .end = NONE, .old_start = NONE, .old_end = NONE, .zone = zone_find(t.time_zone) };
    return send(job, NOTICE_CODE, &n, &(struct mail){ .message_id = arena_printf(job->arena, "%s.code@clinicd", id_format(id, proof)), .from_name = t.name, .reply_to = t.email, .to_address = p.email });
}
