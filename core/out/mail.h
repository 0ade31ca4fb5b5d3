/* mail.h - outgoing mail: built and sent by libcurl to an SMTP server, or written as .eml files into a folder.
 * Called from jobs only (it blocks). */
#pragma once
#include "core/base/base.h"
#include "core/base/outcome.h"

struct mail {
    const char *message_id;     /* without <>; the same mail has the same id at every try */
    const char *from_name, *from_address;
    const char *reply_to;       /* or NULL */
    const char *to_name, *to_address;
    const char *subject;        /* UTF-8; control characters are dropped (no header injection) */
    const char *text, *html;    /* UTF-8; text compulsory, html optional */
    const char *calendar;       /* text/calendar body, or NULL */
    const char *calendar_method;/* REQUEST or CANCEL */
    int64_t date;               /* instant */
    const char *unsubscribe;    /* link for List-Unsubscribe, which a POST acts on (RFC 8058), or NULL */
};
struct mail_config {
    const char *smtp_url;       /* smtp://host:port, smtps://user:password@host; NULL or "": use folder */
    const char *folder;         /* <data>/mail; <message_id>.eml, written whole and fsynced: idempotent */
    int64_t timeout_ms;
    bool *unsure;               /* set to true when the server was given all of it and did not say what became of it; or NULL */
};
/* RC_OK: the server took it, or the file is on disk. RC_BUSY: try again later (connection, 4xx). RC_INVALID: never
 * (5xx for this recipient, bad address). err gets a sentence for the job's record, without personal data. */
MUST_CHECK enum rc mail_send(const struct mail_config *, const struct mail *, char *err, size_t err_len);
/* Was a mail with this id sent? By a folder this can be known, by a server it cannot. */
enum mail_trace { MAIL_WAS_NOT_SENT, MAIL_WAS_SENT, MAIL_NOBODY_KNOWS };
enum mail_trace mail_trace(const struct mail_config *, const char *message_id);
/* Checks that the server answers or the folder is writable (for /ready and `clinicd doctor`). */
MUST_CHECK enum rc mail_check(const struct mail_config *, char *err, size_t err_len);
