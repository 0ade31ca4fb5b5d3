/* ics.h - writes iCalendar (RFC 5545, RFC 5546): invitations, cancellations, feeds. Pure: into a buffer.
 * Times are UTC. Lines are folded at 75 bytes between characters and end with CRLF. Whatever a field holds, it stays
 * inside its property: control characters are dropped, broken UTF-8 is replaced. */
#pragma once
#include "core/core.h"

enum ics_method { ICS_PUBLISH, ICS_REQUEST, ICS_CANCEL };
enum ics_status { ICS_CONFIRMED, ICS_TENTATIVE, ICS_CANCELLED };

struct ics_calendar {
    enum ics_method method;
    const char *name;              /* shown by programs that subscribe; or NULL */
    const char *zone;              /* IANA name offered to them for display; or NULL */
    int64_t refresh_min;           /* how often programs that subscribe should look again; 0: not said */
};
struct ics_event {
    const char *uid;               /* never changes for one appointment */
    int64_t sequence;              /* rises with every change, the cancellation included */
    int64_t dtstamp, start, end;   /* instants; end after start */
    int64_t modified;              /* LAST-MODIFIED; 0: not said */
    enum ics_status status;        /* a calendar of ICS_CANCEL overrules it */
    /* What repeats: times stand on the clock of the zone, which the calendar describes before (ics_zone). NULL: times are UTC. */
    const struct zone *zone;
    const char *rrule;             /* of the whole series; NULL: none. Times that the rule gives and do not hold: */
    const int64_t *excluded; size_t n_excluded; /* on the wall */
    int64_t recurrence;            /* one of a series that goes elsewhere: the wall time the rule gives; 0: none */
    const char *summary, *description, *location, *url;   /* NULL or "": left out */
    const char *organizer_name, *organizer_mail;          /* mail NULL: no organizer, and no attendee either */
    const char *attendee_name, *attendee_mail;            /* left out of ICS_PUBLISH, as RFC 5546 demands */
};

const char *ics_method_name(enum ics_method);             /* for the mail's text/calendar part */
void ics_begin(struct buf *, const struct ics_calendar *);
void ics_event(struct buf *, const struct ics_calendar *, const struct ics_event *);
/* The clock changes of a zone between two instants, written out one by one (VTIMEZONE). */
void ics_zone(struct buf *, const struct zone *, int64_t from, int64_t to);
void ics_end(struct buf *);
