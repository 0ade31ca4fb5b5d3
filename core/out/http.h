/* http.h - requests to somebody else's server, by libcurl. Called from jobs only (it blocks).
 * Bounded in time and size; TLS certificates are verified; redirects are not followed (they could lead anywhere, also into the
 * private network). The address must come from a setting of the operator: what a user types would need a check of where it
 * leads to first, and there is none here. */
#pragma once
#include "core/base/base.h"
#include "core/base/outcome.h"

enum { OUT_URL_MAX = 4096, OUT_HEADERS_MAX = 12, OUT_ANSWER_MAX = 8 << 20 };
struct out_request {
    const char *method, *url;   /* https://, or http:// */
    const char *headers[OUT_HEADERS_MAX]; /* "Name: value", up to the first NULL */
    const char *body; size_t body_len; /* body NULL: none */
    int64_t timeout_ms;         /* for all of it, the answer's last byte included */
    size_t answer_max;          /* bytes of the answer's body; more is RC_BUSY */
};
struct out_answer {
    int status;
    const char *body; size_t len; /* NUL-terminated behind len, in the arena */
    int64_t retry_after_s;      /* NONE: not said */
};
/* RC_OK: an answer came and it is whole, whatever its status. RC_BUSY: none, or only a part of one (time, connection, size): whether
 * the other side did what was asked is not known. RC_INVALID: this cannot be asked. err gets a sentence without what was sent. */
MUST_CHECK enum rc out_http(struct arena *, const struct out_request *, struct out_answer *, char *err, size_t err_len);
/* Percent-encodes for a path segment, a query or a form. */
const char *out_escape(struct arena *, const char *);
