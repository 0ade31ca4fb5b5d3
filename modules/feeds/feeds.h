/* feeds - secret addresses that calendar programs subscribe to: the appointments of a provider, a resource or a client. */
#pragma once
#include "modules/calendar/calendar.h"

enum { FEEDS_MAX = 500, FEEDS_PER_SUBJECT_MAX = 10, FEED_EVENTS_MAX = 5000, FEED_PAST_DAYS = 30, FEED_AHEAD_DAYS = 366, FEED_REFRESH_MIN = 60 };
enum feed_kind { FEED_PROVIDER, FEED_RESOURCE, FEED_CLIENT };
enum feed_detail { FEED_BUSY, FEED_INITIALS, FEED_FULL };
#define FEED_TOKEN_TEXT 65

struct feed {
    struct id id, subject_id, tenant_id;
    int64_t kind, detail, created_at, rotated_at, version;
    const char *subject_name, *token_hash, *url; /* url: only in the answer that made it */
    struct id created_by;
};
/* One event of a feed: an appointment or blocked time. */
struct feed_item {
    struct id id;
    int64_t kind;                  /* enum claim_kind */
    int64_t start, end, sequence, updated_at, status; /* sequence and status NONE: not an appointment */
    const char *client_name, *patient_name, *service_name, *location_name, *provider_name, *reason;
    struct id root_id;             /* of a series: as the mails name it, with the rule as it was made; nil: it does not repeat */
    int64_t version, series_at, series_sequence, made_first;
    const char *made_rrule, *series_zone;
};

extern const struct module feeds_module;
extern const struct query *const feeds_queries[];
extern const char *const feed_kind_names[], *const feed_detail_names[];

/* ---- store ---- */
MUST_CHECK enum rc feeds_insert(struct tx *, const struct feed *);
MUST_CHECK enum rc feeds_get(struct tdb *, struct id, struct feed *out);
MUST_CHECK enum rc feeds_list(struct tdb *, struct id subject, struct list *out); /* subject nil: all */
MUST_CHECK enum rc feeds_by_hash(struct tdb *, const char *token_hash, struct feed *out); /* across tenants */
MUST_CHECK enum rc feeds_rotate(struct tx *, struct id, int64_t version, const char *token_hash, int64_t now, enum rc lost);
MUST_CHECK enum rc feeds_delete(struct tx *, struct id);
/* What reaches into [from, to), the first FEED_EVENTS_MAX by start. */
MUST_CHECK enum rc feeds_items(struct tdb *, const struct feed *, int64_t from, int64_t to, struct list *out);
/* Changes with every event of the clinic: n counts what is remembered of a day, so that a transaction that ends later than a
 * younger one is seen too. */
struct feed_state { int64_t seq, n, at; };
MUST_CHECK enum rc feeds_state(struct tdb *, struct feed_state *out);

/* ---- the series of a feed (feeds_series.c): each is one UID, with its rule, what was left out and what goes elsewhere, as in the mails ---- */
bool feed_is_series(const struct feed_item *);
MUST_CHECK enum rc feed_put_series(struct req *, struct buf *, const struct ics_calendar *, const struct feed *, struct list items, const char *clinic);
/* The words of an event. */
struct ics_event feed_words(struct req *, const struct feed *, const struct feed_item *, const char *clinic);

/* ---- rules ---- */
/* "A. P." of "Ana Pop"; at most three letters. */
const char *feed_initials(struct arena *, const char *name);
const char *feed_summary(struct arena *, const struct feed *, const struct feed_item *, const char *clinic);
