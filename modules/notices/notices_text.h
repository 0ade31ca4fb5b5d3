/* notices_text.h - the words of the mails to clients: plain text and HTML. Pure. Everything from outside is escaped;
 * subjects name no service, because they are shown on locked screens. */
#pragma once
#include "core/core.h"

enum notice_kind {
    NOTICE_CONFIRMED, NOTICE_MOVED, NOTICE_CANCELLED, NOTICE_RESTORED, NOTICE_REMINDER, NOTICE_PLEASE_CONFIRM, NOTICE_SERIES_CHANGED,
    NOTICE_REQUESTED, NOTICE_APPROVED, NOTICE_DECLINED, NOTICE_LAPSED, NOTICE_OFFER, NOTICE_WAITING, NOTICE_CHOOSE,
    NOTICE_PAY, NOTICE_PAID, NOTICE_UNPAID, NOTICE_PAID_LATE, NOTICE_PAID_TWICE, NOTICE_PAID_MORE, NOTICE_VERIFY, NOTICE_CODE, NOTICE_N_KINDS
};

/* NULL or "" leaves a line out, except where it says compulsory. */
struct notice {
    const char *clinic_name;                     /* compulsory */
    const char *clinic_phone, *clinic_address, *clinic_email;
    const char *brand_color;                     /* #rrggbb; anything else: the program's own */
    const char *client_name;
    const char *address;                         /* of NOTICE_VERIFY: the one to confirm */
    const char *code;                            /* of NOTICE_CODE */
    const char *service;                         /* compulsory, but for NOTICE_VERIFY and NOTICE_CODE */
    const char *provider, *location;
    bool by_video;                               /* instead of the location: one enters from the booking's page */
    const char *price, *notes, *cancel_reason;   /* price as text for people */
    const char *to_pay, *paid, *refund, *terms;  /* likewise; terms: of a cancellation */
    const char *const *also; size_t n_also;      /* other appointments of the same visit, in words; at most 5 */
    const char *repeats, *dates;                 /* of a series: the rule in words, and the dates to come, a line each */
    const char *manage_link;                     /* http or https, else left out */
    const char *stop_link;                       /* reminders, the waitlist: the page that ends them */
    const char *wish;                            /* NOTICE_WAITING: when it suits */
    int64_t now;                                 /* reminders: for "today" and "tomorrow" */
    int64_t start, end;                          /* instants; end after start. NOTICE_WAITING has none */
    int64_t answer_until;                        /* NOTICE_REQUESTED, NOTICE_OFFER, NOTICE_PAY: when it lapses; NONE: not said */
    int64_t old_start, old_end;                  /* NOTICE_MOVED; else not looked at. NONE: not shown */
    const struct zone *zone;                     /* of the location; compulsory */
    const struct zone *client_zone;              /* shown too when its clock differs at that time; or NULL */
};
struct notice_text { const char *subject, *text, *html; };

/* RC_OK, or RC_OOM when the arena is full. */
MUST_CHECK enum rc notices_text(struct arena *, enum notice_kind, const struct notice *, struct notice_text *out);

/* "Tuesday 24 November 2026, 10:00–10:30 (Europe/Bucharest, UTC+2)"; both days where it ends on another one. The one
 * way in which mails tell a time. */
const char *notices_when(struct arena *, const struct zone *, int64_t start, int64_t end);
/* "Tue 24 Nov 2026, 10:00" */
const char *notices_when_short(struct arena *, const struct zone *, int64_t start);
/* Do the two clocks show the same from start to end? */
bool notices_same_clock(const struct zone *, const struct zone *, int64_t start, int64_t end);
