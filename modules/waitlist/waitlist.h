/* waitlist - who waits for an earlier time, and the offers they get when one frees. README.md tells how. */
#pragma once
#include "modules/notices/notices.h"
#include "modules/tenants/tenants.h"
#include "modules/waitlist/waitlist_rules.h"

enum want_status { WANT_WAITING, WANT_OFFERED, WANT_BOOKED, WANT_WITHDRAWN, WANT_LAPSED };
enum offer_status { OFFER_OPEN, OFFER_ACCEPTED, OFFER_DECLINED, OFFER_LAPSED, OFFER_TAKEN_BACK };
enum { WANTS_WAITING_MAX = 2000, WANTS_OF_CLIENT_MAX = 20, WANTS_OF_ADDRESS_MAX = 5, OFFERS_SHOWN_MAX = 100, OFFERS_BETWEEN_MAX = 200 };
extern const char *const want_status_names[], *const offer_status_names[], *const want_source_names[];

struct want {
    struct present present;
    struct id id, client_id, patient_id, service_id, provider_id, location_id, appointment_id;
    const char *client_name, *client_email, *client_phone, *patient_name, *service_name, *provider_name, *location_name, *note, *windows_text;
    struct list windows, offers;      /* of struct want_window, of struct offer */
    int64_t status, source, not_before, not_after, min_notice_min, priority, duration_min, version, created_at, updated_at;
};
struct offer {
    struct id id, want_id, provider_id, location_id, appointment_id, client_id;
    const char *provider_name, *client_name, *service_name; /* the last two and client_id: of offers_between */
    int64_t start, end, sends_at, expires_at, status, created_at, closed_at;
};
struct want_filter { int64_t status; struct id service_id, provider_id, client_id; int64_t page, limit; };

extern const struct module waitlist_module;
extern const struct query *const waitlist_queries[];

/* ---- store -------------------------------------------------------------------------------------------------------- */
MUST_CHECK enum rc wants_get(struct tdb *, struct id, struct want *out);                      /* with windows, without offers */
MUST_CHECK enum rc wants_find(struct tdb *, const struct want_filter *, struct list *out, int64_t *total);
MUST_CHECK enum rc wants_waiting(struct tdb *, int64_t ranking, struct list *out);             /* in the order of offers */
MUST_CHECK enum rc wants_count(struct tdb *, struct id client, int64_t *of_client, int64_t *of_all); /* those that wait or have an offer */
MUST_CHECK enum rc wants_count_mail(struct tdb *, const char *email, int64_t *out);            /* of those, who came by the booking page with this address */
MUST_CHECK enum rc wants_insert(struct tx *, const struct want *);
MUST_CHECK enum rc wants_update(struct tx *, const struct want *, int64_t version, int64_t now, enum rc lost);
/* From one state into another, with no version asked for. */
MUST_CHECK enum rc wants_step(struct tx *, struct id, int64_t from, int64_t to, struct id appointment, int64_t now, enum rc otherwise);
/* Booked too: what else of the same client, patient and treatment waits, in days that `date` lies in. */
MUST_CHECK enum rc wants_settle(struct tx *, const struct want *, int64_t date, struct id appointment, int64_t now);
MUST_CHECK enum rc wants_lapse(struct tx *, int64_t date, int64_t now);                       /* platform: last day before date */
MUST_CHECK enum rc offers_of(struct tdb *, struct id want, struct list *out);                 /* newest first */
MUST_CHECK enum rc offers_get(struct tdb *, struct id, struct offer *out);
MUST_CHECK enum rc offers_between(struct tdb *, int64_t from, int64_t to, struct id provider, struct list *out); /* that begin then, by start */
MUST_CHECK enum rc offers_insert(struct tx *, const struct offer *);                          /* RC_CONFLICT: the want has an open one */
MUST_CHECK enum rc offers_close(struct tx *, struct id, int64_t status, struct id appointment, int64_t now, enum rc otherwise);
struct want_rule want_rule_of(const struct want *);

/* ---- offers (waitlist_offer.c) -------------------------------------------------------------------------------------- */
/* What the clinic says of offers: its settings, and the quiet hours of its reminders. */
struct offer_rules { bool automatic; int64_t minutes, notice_min, ranking; struct quiet_hours quiet; const char *time_zone; };
MUST_CHECK enum rc offer_rules_read(struct tdb *, struct offer_rules *out);
struct making { struct req *r; /* NULL: the program's own doing */ struct want want; struct offer offer; struct holding hold; struct id audit_id, mail_id, lapse_id; int64_t now; struct arena *arena; };
/* Everything about an offer of that slot to that want but the commit; minutes 0: as the rules say. It is sent now or after the
 * quiet hours, and its length counts from then. RC_STATE: too late for one. */
MUST_CHECK enum rc offer_prepare(struct tdb *, struct making *, const struct want *, const struct slot_answer *, const struct offer_rules *, int64_t now, int64_t minutes);
/* RC_OVERLAP: the time is taken; RC_STATE: it does not wait any more. */
MUST_CHECK enum rc offer_make_tx(struct tx *, void *making);
/* Ends an open offer, frees its time and has the next one asked. */
struct ending { struct req *r; struct offer offer; int64_t status; /* of the offer */ int64_t want_status; struct id audit_id, freed_id; int64_t now; struct arena *arena; };
MUST_CHECK enum rc offer_end_tx(struct tx *, void *ending);
/* The first free time in [from, to) that suits the want; RC_NOT_FOUND. provider, location nil: any. */
MUST_CHECK enum rc offer_time(struct tdb *, const struct want *, const struct freed_time *, const struct offer_rules *, int64_t now, struct slot_answer *out);
/* false: that time is nothing for this one. provider, location: whose and where to look; nil: any. */
bool freed_may_suit(const struct want *, const struct freed_time *, struct id *provider, struct id *location);
const char *offer_url(struct arena *, struct id tenant, struct id offer);
const char *want_url(struct arena *, struct id tenant, struct id want); /* the page where one leaves the list */
const char *want_words(struct arena *, const struct want *); /* when it suits, for people; "" when any time does */
MUST_CHECK enum rc waitlist_fill(struct job *);
MUST_CHECK enum rc waitlist_opened(struct job *);
MUST_CHECK enum rc waitlist_lapse(struct job *);
MUST_CHECK enum rc waitlist_mail(struct job *);
MUST_CHECK enum rc waitlist_sweep(struct job *);
MUST_CHECK enum rc waitlist_joined(struct job *);

/* ---- the link in the mail, and the public page's list (waitlist_public.c); calendar/gaps and matches (waitlist_gaps.c) ------ */
enum rc public_offer_get(struct req *);
enum rc public_offer_post(struct req *);
enum rc public_want_post(struct req *);
enum rc public_wait_get(struct req *);
enum rc public_wait_post(struct req *);
extern const struct shape public_offer_shape, public_offer_act_shape, public_want_shape, public_want_new_shape, public_wait_shape, public_wait_act_shape, want_window_shape;
enum rc gaps_get(struct req *);
enum rc matches_get(struct req *);
enum rc offers_get_between(struct req *);
extern const struct shape gap_shape, gaps_query_shape, match_shape, matches_query_shape, running_shape, running_query_shape;
MUST_CHECK enum rc open_offer_of(struct tdb *, struct id want, struct offer *out); /* RC_NOT_FOUND */
