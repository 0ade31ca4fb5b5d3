/* documents_mail.c - a document sent to its client: a mail with a link that opens the PDF and nothing else. */
#include "modules/clients/clients.h"
#include "modules/documents/documents_rows.h"
#include "modules/tenants/tenants.h"
#include <stdio.h>
#include <string.h>

/* Letters beyond ASCII by their bytes. */
struct words { const char *lang, *kinds[DOCUMENT_KINDS], *hello, *text, *open, *or_open, *amount, *due, *why; };
static const struct words english = { "en", { "Invoice", "Receipt", "Credit note" }, "Hello", "is ready for you to read or to keep.", "Open the document", "Or open this address:", "Amount", "Due",
    "You get this mail because you are a client here." };
static const struct words german = { "de", { "Rechnung", "Quittung", "Gutschrift" }, "Guten Tag", "liegt f\303\274r Sie bereit.", "Dokument \303\266ffnen", "Oder diese Adresse \303\266ffnen:", "Betrag", "F\303\244llig",
    "Sie erhalten diese Mail, weil Sie hier Kundin oder Kunde sind." };

const char *document_link(struct arena *a, struct id tenant, struct id document)
{
    char link[LINK_TEXT];
    seal_link("document", tenant, document, link);
    return arena_printf(a, "%s/api/v1/public/documents/%s", settings.base_url, link);
}

/* ---- asked for --------------------------------------------------------------------------------------------------------------- */

struct sending { struct req *r; struct id job_id, audit_id; };

enum rc document_mail_later(struct tx *tx, struct arena *a, struct id job, struct id document, int64_t now)
{
    char key[ID_TEXT], id[ID_TEXT];
    return tx_job(tx, job, "documents.mail", id_format(job, key), now, arena_printf(a, "{\"document_id\":\"%s\"}", id_format(document, id)));
}

static enum rc send_tx(struct tx *tx, void *arg)
{
    struct sending *s = arg;
    TRY(document_mail_later(tx, s->r->arena, s->job_id, s->r->path_id, s->r->now));
    TRY(tx_audit(tx, s->r, &(struct audit_entry){ .id = s->audit_id, .action = "document.send", .entity = "document", .entity_id = s->r->path_id }));
    return reply_empty(s->r);
}

enum rc documents_handle_send(struct req *r)
{
    struct document d = { 0 };
    struct client c = { 0 };
    TRY(documents_get(r->db, r->path_id, &d));
    if (!id_is_nil(d.client_id)) TRY(clients_get(r->db, d.client_id, &c));
    if (str_empty(c.email) || c.deleted) return req_fail(r, RC_STATE, "There is no client with an e-mail address behind this document", NULL);
    struct sending s = { .r = r, .job_id = id_new(), .audit_id = id_new() };
    return req_tx(r, "documents.send", send_tx, &s);
}

/* ---- sent ---------------------------------------------------------------------------------------------------------------------- */

static void put_escaped(struct buf *b, const char *s)
{
    for (; s && *s; s++)
        if (*s == '<' || *s == '>' || *s == '&' || *s == '"') buf_printf(b, "&#%d;", *s);
        else buf_putc(b, *s);
}

/* What stands in both forms of the mail. */
struct letter { const struct document *d; const struct tenant *t; const struct words *w; const char *hello, *title, *amount, *due; };

static struct letter letter_of(struct arena *a, const struct document *d, const struct client *c, const struct tenant *t)
{
    const struct words *w = str_starts(d->locale, "de") ? &german : &english;
    int64_t minor = d->kind == DOCUMENT_RECEIPT ? d->payment_minor : d->total_minor;
    bool asks = d->kind == DOCUMENT_INVOICE && d->due_on != NONE && d->open_minor > 0;
    return (struct letter){ d, t, w, arena_printf(a, "%s %s,", w->hello, c->name), arena_printf(a, "%s %s", w->kinds[d->kind], d->number),
        arena_printf(a, "%s\xc2\xa0%s", paper_amount(a, d->locale, minor, d->currency), d->currency), asks ? paper_date(a, d->locale, d->due_on) : NULL };
}

/* The look of the clinic's other mails: light and dark, as wide as the screen is. */
static const char head[] = "<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n<style>\n"
                           ":root{color-scheme:light dark}\n@media (prefers-color-scheme:dark){.ground{background:#0b1120!important}.card{background:#111827!important;border-color:#263248!important}"
                           ".ink{color:#f3f4f6!important}.soft{color:#a3aec0!important}}\n@media (max-width:620px){.outer{padding:0!important}.card{border-radius:0!important}.pad{padding-left:20px!important;padding-right:20px!important}}\n"
                           "</style>\n";
#define SOFT "<span class=\"soft\" style=\"color:#5b6472\">"
#define ROW "<tr><td class=\"pad\" style=\"padding:"

static void put_row(struct buf *b, const char *label, const char *value)
{
    if (!value) return;
    buf_printf(b, SOFT "%s</span>&nbsp; <strong class=\"ink\" style=\"color:#111827\">", label);
    put_escaped(b, value);
    buf_puts(b, "</strong><br>");
}

static void put_html(struct buf *b, const struct letter *l)
{
    buf_printf(b, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n%s<title>", l->w->lang, head);
    put_escaped(b, l->title);
    buf_puts(b, "</title>\n</head>\n<body class=\"ground\" style=\"margin:0;background:#f3f4f6;font-family:-apple-system,'Segoe UI',Roboto,Arial,sans-serif;overflow-wrap:anywhere\">\n"
                "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\"><tr><td class=\"outer\" align=\"center\" style=\"padding:32px 12px\">\n"
                "<table role=\"presentation\" class=\"card\" width=\"600\" cellpadding=\"0\" cellspacing=\"0\" style=\"width:100%;max-width:600px;background:#ffffff;border:1px solid #e5e7eb;border-radius:12px;"
                "border-collapse:separate;overflow:hidden;text-align:left;font-size:16px;line-height:24px\">\n" ROW "28px 32px 4px\"><p class=\"soft\" style=\"margin:0 0 8px;font-weight:600;color:#5b6472\">");
    put_escaped(b, l->t->name);
    buf_puts(b, "</p><h1 class=\"ink\" style=\"margin:0 0 12px;font-size:24px;line-height:30px;color:#111827\">");
    put_escaped(b, l->title);
    buf_puts(b, "</h1><p class=\"ink\" style=\"margin:0 0 16px;color:#111827\">");
    put_escaped(b, l->hello);
    buf_puts(b, "<br>");
    put_escaped(b, l->title);
    buf_printf(b, " %s</p><p style=\"margin:0 0 12px\">", l->w->text);
    put_row(b, l->w->amount, l->amount);
    put_row(b, l->w->due, l->due);
    buf_printf(b, "</p></td></tr>\n" ROW "8px 32px 4px\"><a href=\"%s\" style=\"display:inline-block;padding:13px 24px;border-radius:8px;background:#111827;border:1px solid #a3aec0;color:#ffffff;font-weight:600;text-decoration:none\">%s</a></td></tr>\n",
        l->d->public_url, l->w->open);
    buf_printf(b, ROW "12px 32px 28px;font-size:13px;line-height:20px\">" SOFT "%s <a class=\"soft\" style=\"color:#5b6472\" href=\"%s\">%s</a><br><br>", l->w->or_open, l->d->public_url, l->d->public_url);
    const char *lines[] = { l->t->name, l->t->address, l->t->phone, l->t->email };
    for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
        put_escaped(b, lines[i]);
        if (!str_empty(lines[i])) buf_puts(b, "<br>");
    }
    buf_printf(b, "<br>%s</span></td></tr>\n</table>\n</td></tr></table>\n</body>\n</html>\n", l->w->why);
}

static const char *plain(struct arena *a, const struct letter *l)
{
    const char *due = l->due ? arena_printf(a, "%s: %s\n", l->w->due, l->due) : "";
    return arena_printf(a, "%s\n\n%s %s\n\n%s: %s\n%s\n%s:\n%s\n\n-- \n%s\n", l->hello, l->title, l->w->text, l->w->amount, l->amount, due, l->w->open, l->d->public_url, l->t->name);
}

static enum rc write_mail(struct job *job, const struct document *d, const struct client *c, const struct tenant *t)
{
    struct letter l = letter_of(job->arena, d, c, t);
    char key[ID_TEXT], job_id[ID_TEXT];
    CLEANUP(buf_free) struct buf html = { 0 };
    buf_init(&html, 64 << 10);
    put_html(&html, &l);
    struct mail m = { .message_id = arena_printf(job->arena, "%s.document.%s@clinicd", id_format(d->id, key), id_format(job->id, job_id)), .from_name = t->name, .from_address = settings.mail_from,
        .reply_to = t->email, .to_name = c->name, .to_address = c->email, .subject = l.title, .text = plain(job->arena, &l), .html = buf_str(&html), .date = job->now };
    struct mail_config config = { .smtp_url = settings.smtp_url, .folder = arena_printf(job->arena, "%s/mail", settings.data), .timeout_ms = 20000 };
    return html.failed || arena_failed(job->arena) ? RC_OOM : mail_send(&config, &m, job->error, sizeof job->error);
}

enum rc documents_job_mail(struct job *job)
{
    struct document d = { 0 };
    struct client c = { 0 };
    struct tenant t = { 0 };
    TRY(job_id(job, "document_id", &d.id));
    TRY(documents_get(job->db, d.id, &d));
    TRY(clients_get(job->db, d.client_id, &c));
    TRY(tenants_get(job->db, &t));
    return c.deleted || str_empty(c.email) ? RC_OK : write_mail(job, &d, &c, &t); /* the address was removed meanwhile */
}

/* ---- opened --------------------------------------------------------------------------------------------------------------------- */

enum rc documents_handle_public(struct req *r)
{
    struct document d = { 0 };
    struct id tenant, id;
    if (!seal_link_open("document", r->path_text, &tenant, &id)) return req_fail(r, RC_NOT_FOUND, "This link is not valid", NULL);
    TRY(req_enter(r, tenant));
    TRY(documents_get(r->db, id, &d));
    return documents_reply_pdf(r, &d);
}
