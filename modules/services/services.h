/* services - what can be booked (service), who treats (provider), and when they work (hours and dated exceptions). */
#pragma once
#include "modules/locations/locations.h"
#include "modules/services/parts.h"
#include "modules/services/questions.h"

enum { SERVICES_MAX = 500, PROVIDERS_MAX = 200, HOURS_MAX = 200, EXCEPTIONS_MAX = 500, LINKS_MAX = SERVICES_MAX * PROVIDERS_MAX };

enum service_pay { SERVICE_PAY_LATER, SERVICE_PAY_DEPOSIT, SERVICE_PAY_FULL };
extern const char *const service_pay_names[];

struct provider {
    struct present present;
    struct id id, member_id;
    const char *name, *title, *color;
    bool bookable, archived;
    int64_t position, version;
    struct list service_ids;       /* of struct id */
};
struct service {
    struct present present;
    struct id id;
    const char *name, *description, *currency, *color;
    int64_t duration_min, buffer_before_min, buffer_after_min, step_min, price_minor;
    bool public, any_provider, archived, telehealth;
    int64_t min_notice_min, horizon_days, max_per_day; /* NONE: the clinic's, or no limit */
    int64_t resource_kind;         /* enum resource_kind, or NONE: short for a part of any resource of that kind, all the time */
    int64_t lead_min;              /* the first provider is wanted for so long; NONE: all the time */
    int64_t seats;                 /* how many may come to one time */
    bool approval_required, approval_holds_time; /* what visitors book is a request first, which keeps its time or not */
    int64_t approval_expires_after_min;
    int64_t move_notice_min, cancel_notice_min; /* NONE: the clinic's */
    int64_t max_per_client_day, max_per_client_week, max_per_client_open; /* NONE: no limit */
    int64_t question_count;
    int64_t pay;                   /* enum service_pay: what visitors pay in advance */
    int64_t deposit_minor, deposit_percent; /* with SERVICE_PAY_DEPOSIT one of them, the other NONE */
    struct id tax_rate_id;         /* nil: none */
    int64_t due_minor; const void *terms; /* on pages for visitors: what is asked in advance, and struct terms; see booking_pay */
    int64_t position, version;
    struct list provider_ids;      /* of struct id */
    struct list parts;             /* of struct service_part, as they were given; services_needs has all */
};
/* What a service takes besides its first provider: so many of the pool, from offset_min for duration_min (NONE: to the end). */
struct service_part {
    int64_t kind, resource_kind;   /* resource_kind NONE: the pool names them */
    struct list provider_ids, resource_ids; /* of struct id, best first */
    int64_t quantity, offset_min, duration_min;
};
/* Who gets what is left to the clinic: the higher priority first, then by weight. since_at: when the link was made. */
struct service_share { struct id provider_id; int64_t priority, weight, since_at; };
struct provider_hours { struct id provider_id, location_id; int64_t weekday, start_min, end_min; };
struct provider_exception { struct id provider_id, location_id; int64_t date; bool closed; int64_t start_min, end_min; const char *note; };
struct service_link { struct id service_id, provider_id; };

extern const struct module services_module;
extern const struct shape service_shape, provider_shape, question_shape, answer_in_shape;
extern const struct query *const services_queries[];

/* Reads; the lists of ids are filled. RC_NOT_FOUND also for another tenant's. */
MUST_CHECK enum rc providers_get(struct tdb *, struct id, struct provider *out);
MUST_CHECK enum rc providers_list(struct tdb *, bool archived, struct list *out);
MUST_CHECK enum rc services_get(struct tdb *, struct id, struct service *out);
MUST_CHECK enum rc services_list(struct tdb *, bool archived, struct list *out);
/* Without the ids of their services: one statement, so in a batch too. */
MUST_CHECK enum rc providers_heads(struct tdb *, struct list *out);
/* Hours of one provider, or of all (nil). Exceptions between two dates, both included. */
MUST_CHECK enum rc hours_list(struct tdb *, struct id provider, struct list *out);
MUST_CHECK enum rc exceptions_list(struct tdb *, struct id provider, int64_t from, int64_t to, struct list *out);

/* All parts of a service: the one its resource_kind stands for, then the others. NULL .items: out of memory. */
MUST_CHECK enum rc services_needs(struct arena *, const struct service *, struct list *out);

/* The shares of a service's providers, archived ones too; what it asks, in order. */
MUST_CHECK enum rc shares_list(struct tdb *, struct id service, struct list *out);
MUST_CHECK enum rc questions_list(struct tdb *, struct id service, struct list *out);

/* now: since when new links count. */
MUST_CHECK enum rc providers_insert(struct tx *, const struct provider *, int64_t now);
MUST_CHECK enum rc providers_update(struct tx *, const struct provider *, int64_t version, int64_t now, enum rc lost);
/* What a service is unless told otherwise: 15 minute steps, public, any provider, no limits. */
struct service services_default(void);
MUST_CHECK enum rc services_insert(struct tx *, const struct service *, int64_t now);
MUST_CHECK enum rc services_update(struct tx *, const struct service *, int64_t version, int64_t now, enum rc lost);
/* Replace: the links of one service or of one provider (those that stay keep their share); what a service asks; the hours of
 * a provider (ids made outside). */
MUST_CHECK enum rc links_replace_of_service(struct tx *, struct id service, struct list provider_ids, int64_t now);
MUST_CHECK enum rc links_replace_of_provider(struct tx *, struct id provider, struct list service_ids, int64_t now);
MUST_CHECK enum rc shares_set(struct tx *, struct id service, const struct service_share *); /* RC_NOT_FOUND: not linked */
MUST_CHECK enum rc questions_clear(struct tx *, struct id service);
MUST_CHECK enum rc questions_insert(struct tx *, const struct question *);
MUST_CHECK enum rc hours_clear(struct tx *, struct id provider);      /* the weekly hours */
MUST_CHECK enum rc exceptions_clear(struct tx *, struct id provider);
MUST_CHECK enum rc hours_insert(struct tx *, struct id id, const struct provider_hours *);
MUST_CHECK enum rc exceptions_insert(struct tx *, struct id id, const struct provider_exception *);

/* The hours of the request's body; also: what its transaction does besides once they are written (who knows what hangs on them). */
extern const struct shape hours_body_shape, hours_out_shape;
MUST_CHECK enum rc providers_put_hours(struct req *, tx_fn *also, void *arg);
/* Likewise a provider who is changed or comes out of the archive. */
extern const struct shape provider_patch_shape;
MUST_CHECK enum rc providers_patch(struct req *, tx_fn *also, void *arg);
MUST_CHECK enum rc providers_restore(struct req *, tx_fn *also, void *arg);
