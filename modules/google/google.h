/* google - a provider's Google calendar: events there take time here, appointments here are events there. README.md has the
 * rules; docs/google.md is for who sets it up. */
#pragma once
#include "modules/feeds/feeds.h"

enum google_state { GOOGLE_CONNECTING, GOOGLE_CONNECTED, GOOGLE_NEEDS_RECONNECT };
enum google_sync { SYNC_PENDING, SYNC_SYNCED, SYNC_FAILED };
enum {
    GOOGLE_PUSH_BATCH = 20, GOOGLE_BUSY_MAX = 20000, GOOGLE_PROBLEMS_MAX = 100, GOOGLE_PAGE = 250, GOOGLE_PAGES_MAX = 200,
    GOOGLE_AHEAD_DAYS = 366, GOOGLE_FULL_DAYS = 7, GOOGLE_TOKEN_MAX = 2100, GOOGLE_EVENT_ID_MAX = 48, GOOGLE_RESTORES_MAX = 3,
};
#define GOOGLE_SCOPE "https://www.googleapis.com/auth/calendar.events.owned"

struct google_link {
    struct id id, tenant_id, provider_id;
    int64_t state, detail;         /* enum google_state, enum feed_detail */
    const char *account, *zone, *code, *verifier, *access_token, *refresh_token, *sync_token, *last_error; /* code to refresh_token: sealed */
    const char *channel_id, *channel_resource, *channel_hash;
    int64_t token_expires_at, generation, full_at, pull_at, not_before, failures, last_sync_at, channel_expires_at, lease_until, created_at;
};
struct google_consent { struct id session_id, provider_id; int64_t detail, expires_at; const char *state_hash, *verifier; };
struct google_event {
    struct id link_id, appointment_id;
    int64_t attempt, wanted, done, state, synced_at, restored, restored_at;
    const char *etag, *last_error;
};
struct google_busy { struct id id, link_id; const char *event_id; int64_t start, end, generation; bool shared; };

extern const struct module google_module;
extern const struct query *const google_queries[];
extern const char *const google_state_names[], *const google_sync_names[];

/* ---- rules (pure) -------------------------------------------------------------------------------------------------------------- */
/* An event as Google tells it; members have Google's names. */
struct google_time { const char *date, *dateTime, *timeZone; };
struct google_guest { bool self; const char *responseStatus; };
struct google_mark { const char *clinicd, *clinicd_clinic; };
struct google_marks { const void *private; };
struct google_item {
    const char *id, *etag, *status, *transparency, *eventType;
    const void *start, *end, *extendedProperties; /* struct google_time, struct google_marks; may be NULL */
    struct list attendees;         /* of struct google_guest */
};
struct google_page { const char *nextPageToken, *nextSyncToken, *timeZone, *summary; struct list items; };
extern const struct shape google_page_shape, google_item_shape;

/* "c" and the appointment's id in base32hex; another attempt after Google has forgotten the first one. */
void google_event_id(struct id appointment, int64_t attempt, char out[GOOGLE_EVENT_ID_MAX]);
/* From when to when; all-day events from local midnight to local midnight. false: cannot be read, or is empty. */
bool google_item_span(const struct google_item *, const char *calendar_zone, int64_t *start, int64_t *end);
/* Whether it takes its owner's time: not cancelled, not free, not declined, not a place of work. */
bool google_item_busy(const struct google_item *);
/* The appointment of this tenant that the event stands for. false: somebody else's event (a copy of ours too). */
bool google_item_ours(const struct google_item *, struct id tenant, struct id *appointment);
bool google_shows(int64_t status); /* an appointment in this state stands in the calendar */
/* From when to when a provider is there: of the first and of each other one the stretch between the first and the last of its parts. */
bool google_span_of(const struct appointment *, struct id provider, int64_t *start, int64_t *end); /* false: is not in it */
/* The event's JSON; id NULL: a change of one that is there. */
const char *google_event_json(struct arena *, const struct google_link *, const struct appointment *, const char *clinic, const char *id);
/* Microseconds to wait after so many failures; said_s: what the other side asked for, NONE. dice: any random number. */
int64_t google_wait_us(int64_t failures, int64_t said_s, uint32_t dice);
bool google_public_base(const char *base_url); /* Google can reach it */

/* ---- store ---------------------------------------------------------------------------------------------------------------------- */
MUST_CHECK enum rc google_consent_insert(struct tx *, const struct google_consent *);
MUST_CHECK enum rc google_consent_get(struct tdb *, const char *state_hash, struct google_consent *out);
MUST_CHECK enum rc google_consent_delete(struct tx *, const char *state_hash);
MUST_CHECK enum rc google_consent_purge(struct tx *, int64_t now); /* platform */
/* New, or connected again: the calendar is read from the start and everything is written anew. */
MUST_CHECK enum rc google_link_connect(struct tx *, const struct google_link *);
MUST_CHECK enum rc google_link_get(struct tdb *, struct id, struct google_link *out);
MUST_CHECK enum rc google_link_of(struct tdb *, struct id provider, struct google_link *out);
MUST_CHECK enum rc google_link_by_channel(struct tdb *, const char *channel, struct google_link *out); /* platform */
MUST_CHECK enum rc google_link_delete(struct tx *, struct id); /* with its events and busy rows; the claims are the caller's */
/* One worker at a time: RC_CONFLICT when somebody has it, or it must wait, or it is not connected. */
MUST_CHECK enum rc google_lease_take(struct tx *, struct id, const char *owner, int64_t now, int64_t until);
MUST_CHECK enum rc google_lease_keep(struct tx *, struct id, const char *owner, int64_t until);  /* RC_CONFLICT: lost */
MUST_CHECK enum rc google_lease_end(struct tx *, struct id, const char *owner);                  /* RC_CONFLICT: something waits still, or lost */
MUST_CHECK enum rc google_link_tokens(struct tx *, const struct google_link *);                  /* tokens; connected */
MUST_CHECK enum rc google_link_broken(struct tx *, struct id, const char *error);                /* needs_reconnect */
MUST_CHECK enum rc google_link_later(struct tx *, struct id, const char *owner, int64_t not_before, const char *error);
MUST_CHECK enum rc google_link_full(struct tx *, struct id);                                     /* forgets the sync token, next generation */
MUST_CHECK enum rc google_link_pulled(struct tx *, const struct google_link *);                  /* sync_token, full_at, last_sync_at, account, zone */
MUST_CHECK enum rc google_link_pull_now(struct tx *, struct id);
MUST_CHECK enum rc google_link_wake(struct tx *, struct id);                                     /* somebody asked: now, and what failed again */
MUST_CHECK enum rc google_link_channel(struct tx *, const struct google_link *);
MUST_CHECK enum rc google_links_due(struct tdb *, int64_t now, size_t max, struct list *out);    /* platform: (tenant_id, id) */
MUST_CHECK enum rc google_link_due_at(struct tx *, struct id, int64_t pull_at);
/* Each appointment that the provider has ahead wants to be there. */
MUST_CHECK enum rc google_events_all(struct tx *, struct id link, struct id provider, int64_t from);
/* After an appointment was written: marks its events, and queues a job when there are any. Writes only. */
MUST_CHECK enum rc google_events_touch(struct tx *, struct id appointment, struct id job, const char *key, const char *payload, int64_t now);
MUST_CHECK enum rc google_events_waiting(struct tdb *, struct id link, struct list *out);        /* at most GOOGLE_PUSH_BATCH */
MUST_CHECK enum rc google_events_of(struct tdb *, struct id appointment, struct list *out);
MUST_CHECK enum rc google_event_get(struct tdb *, struct id link, struct id appointment, struct google_event *out);
MUST_CHECK enum rc google_event_adopt(struct tx *, struct id link, struct id appointment, const char *etag); /* found there, unknown here */
MUST_CHECK enum rc google_event_done(struct tx *, const struct google_event *, int64_t now);     /* state, etag, attempt, error; done = wanted as read */
MUST_CHECK enum rc google_event_removed(struct tx *, const struct google_event *);
MUST_CHECK enum rc google_event_seen(struct tx *, const struct google_event *);                  /* etag only */
MUST_CHECK enum rc google_event_restore(struct tx *, const struct google_event *);               /* etag, restored, restored_at; wanted again */
MUST_CHECK enum rc google_busy_get(struct tdb *, struct id link, const char *event_id, struct google_busy *out);
MUST_CHECK enum rc google_busy_put(struct tx *, const struct google_busy *);
MUST_CHECK enum rc google_busy_delete(struct tx *, struct id);
MUST_CHECK enum rc google_busy_old(struct tdb *, struct id link, int64_t generation, size_t max, struct list *out); /* generation NONE: all */
struct google_problem { struct id appointment_id; int64_t start, end, what, at; const char *error; };
enum google_problem_kind { PROBLEM_FAILED, PROBLEM_CHANGED, PROBLEM_OVERLAP };
extern const char *const google_problem_names[];
MUST_CHECK enum rc google_problems(struct tdb *, struct id link, int64_t now, struct list *out);
struct google_counts { int64_t pending, failed; };
MUST_CHECK enum rc google_counts(struct tdb *, struct id link, struct google_counts *out);
/* How the appointments of a window stand in their provider's calendar; those that no calendar shows are left out. */
struct google_shown { struct id appointment_id; int64_t state; };
MUST_CHECK enum rc google_shown_list(struct tdb *, int64_t from, int64_t to, struct list *out);
MUST_CHECK enum rc google_overlaps(struct tdb *, struct id appointment, int64_t *n); /* events of others while one who takes part in it is there */

/* ---- work (google_work.c) -------------------------------------------------------------------------------------------------------- */
/* Speaks with Google for a link until nothing waits, or as long as it may; everything it leaves undone has a job. */
MUST_CHECK enum rc google_work(struct job *, struct id link);
/* Sealed text for a column of the link, and back. */
const char *google_seal(struct arena *, struct id tenant, struct id link, const char *column, const char *plain);
const char *google_open(struct arena *, struct id tenant, struct id link, const char *column, const char *sealed);
MUST_CHECK enum rc google_queue(struct tx *, struct id job, struct id link, const char *why, int64_t at);
const char *google_redirect_uri(struct arena *);
