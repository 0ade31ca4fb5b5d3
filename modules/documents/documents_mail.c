/* documents_mail.c - a document sent to its client: a mail with a link that opens the PDF and nothing else. */
#include "modules/clients/clients.h"
#include "modules/documents/documents_rows.h"
#include "modules/tenants/tenants.h"
#include <stdio.h>
#include <string.h>

static const struct { const char *kinds[DOCUMENT_KINDS], *text, *open; } english = { { "Invoice", "Receipt", "Credit note" }, "is ready for you to read or to keep.", "Open the document" },
    german = { { "Rechnung", "Quittung", "Gutschrift" }, "liegt f\xc3\xbcr Sie bereit.", "Dokument \303\266ffnen" };

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

static enum rc write_mail(struct job *job, const struct document *d, const struct client *c, const struct tenant *t)
{
    bool german_words = str_starts(d->locale, "de");
    const char *kind = (german_words ? german.kinds : english.kinds)[d->kind], *text = german_words ? german.text : english.text, *open = german_words ? german.open : english.open;
    char key[ID_TEXT], job_id[ID_TEXT];
    CLEANUP(buf_free) struct buf html = { 0 };
    buf_init(&html, 64 << 10);
    buf_puts(&html, "<!doctype html><html><body style=\"font-family:sans-serif;color:#1c2128\"><p>");
    put_escaped(&html, c->name);
    buf_puts(&html, ",</p><p>");
    put_escaped(&html, arena_printf(job->arena, "%s %s %s", kind, d->number, text));
    buf_printf(&html, "</p><p><a href=\"%s\">%s</a></p><p>", d->public_url, open);
    put_escaped(&html, t->name);
    buf_puts(&html, "</p></body></html>");
    struct mail m = { .message_id = arena_printf(job->arena, "%s.document.%s@clinicd", id_format(d->id, key), id_format(job->id, job_id)), .from_name = t->name, .from_address = settings.mail_from,
        .reply_to = t->email, .to_name = c->name, .to_address = c->email, .subject = arena_printf(job->arena, "%s %s", kind, d->number),
        .text = arena_printf(job->arena, "%s,\n\n%s %s %s\n\n%s\n\n%s\n", c->name, kind, d->number, text, d->public_url, t->name), .html = buf_str(&html), .date = job->now };
    struct mail_config config = { .smtp_url = settings.smtp_url, .folder = arena_printf(job->arena, "%s/mail", settings.data), .timeout_ms = 20000 };
    return html.failed || arena_failed(job->arena) ? RC_OOM : mail_send(&config, &m, job->error, sizeof job->error);
}

enum rc documents_job_mail(struct job *job)
{
    struct document d = { 0 };
    struct client c = { 0 };
    struct tenant t = { 0 };
    char id[ID_TEXT] = "";
    if (sscanf(job->payload, "{\"document_id\":\"%36[0-9a-f-]\"", id) != 1 || !id_parse(id, &d.id)) {
        snprintf(job->error, sizeof job->error, "the payload cannot be read");
        return RC_INVALID;
    }
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
