/* sessions.h - private to the calendar: several come to one time. The session takes the provider and the parts, each
 * appointment in it the patient and a seat. */
#pragma once
#include "modules/calendar/calendar_take.h"

enum { SEATS_MAX = 100, SESSIONS_LIST_MAX = 1000 };
struct seat { struct id id, client_id, patient_id; const char *client_name, *patient_name; int64_t seat_no, status; }; /* id: of the appointment */
extern const struct shape group_session_shape, session_listed_shape, session_new_shape, session_query_shape, session_cancel_shape, session_roster_shape;
extern const struct query Q_SESSION_GET, Q_SESSION_LIST, Q_SESSION_INSERT, Q_SESSION_CANCEL, Q_SESSION_DROP, Q_SESSION_UNCLAIM, Q_SEATS, Q_SEATS_HELD, Q_SESSION_PARTS;

MUST_CHECK enum rc groups_get(struct tdb *, struct id, struct group_session *out);
/* Those that start in [from, to) and were not cancelled; service nil: of all. */
MUST_CHECK enum rc groups_list(struct tdb *, int64_t from, int64_t to, struct id service, struct list *out);
/* Fills .parts of sessions that start in [from, to). */
MUST_CHECK enum rc groups_parts(struct tdb *, int64_t from, int64_t to, struct list sessions);
MUST_CHECK enum rc groups_seats(struct tdb *, struct id session, struct list *out); /* of struct seat */
/* Seats that visitors hold now, of one session or (nil) of all that have any; except: a hold that does not count. */
struct seats_held { struct id session_id; int64_t n; };
MUST_CHECK enum rc groups_held(struct tdb *, int64_t now, struct id session, struct id except, struct list *out);
int64_t groups_held_of(struct list held, struct id session);
/* A session nobody made by hand goes with its last booking. */
MUST_CHECK enum rc groups_drop_empty(struct tx *, struct id session, int64_t now);

/* The session that a hold of a group service is for; id nil: there is none yet, so the hold takes the provider's time. */
MUST_CHECK enum rc groups_to_hold(struct tdb *, const struct hold *, struct group_session *out);
MUST_CHECK enum rc groups_seat_left(struct tdb *, struct id session, int64_t now); /* else RC_OVERLAP */

/* Which session the booking goes to: one that is there, or a new one. Sets .full when there is no seat. */
MUST_CHECK enum rc taking_find_session(struct taking *);
/* The seat, inside the transaction: RC_OVERLAP when there is none (any more). */
MUST_CHECK enum rc taking_take_seat(struct tx *, struct taking *);

enum rc session_handle_list(struct req *);
enum rc session_handle_get(struct req *);
enum rc session_handle_create(struct req *);
enum rc session_handle_cancel(struct req *);
