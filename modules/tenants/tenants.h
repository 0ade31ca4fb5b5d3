/* tenants - the organisation and its settings. */
#pragma once
#include "core/core.h"

struct tenant {
    struct present present;
    struct id id;
    const char *slug, *name, *time_zone, *currency, *locale, *brand_color, *phone, *email, *website, *address;
    bool booking_enabled;
    int64_t booking_min_notice_min, booking_horizon_days, cancel_notice_min, move_notice_min, hold_minutes, pay_minutes, week_start, version;
    int64_t max_per_client_day, max_per_client_week, max_per_client_open; /* online, all services together; NONE: no limit */
    bool waitlist_public, waitlist_auto;
    int64_t waitlist_offer_min, waitlist_notice_min, waitlist_order;
};
enum waitlist_order { WAITLIST_URGENT, WAITLIST_WAITING, WAITLIST_LONGEST };
extern const struct module tenants_module;
extern const struct shape tenant_shape;
extern const char *const waitlist_order_names[];
extern const struct query *const tenants_queries[];

/* A tenant with the defaults of a new clinic; slug, name, zone, currency are the caller's. */
struct tenant tenants_default(void);
/* RC_CONFLICT: the slug is taken. Platform transaction; goes on inside the new tenant. */
MUST_CHECK enum rc tenants_insert(struct tx *, const struct tenant *, int64_t now);
MUST_CHECK enum rc tenants_get(struct tdb *, struct tenant *out);              /* the handle's own tenant */
/* The public routes need it themselves: /public/bookings/{token} beside /public/{slug}/... */
bool tenants_slug_reserved(const char *slug);
MUST_CHECK enum rc tenants_by_slug(struct tdb *, const char *slug, struct id *out); /* RC_NOT_FOUND */
MUST_CHECK enum rc tenants_list(struct tdb *, struct list *out);               /* all clinics of the installation, for its operator */
/* A proof of one clinic: what breaks it, in words, or NULL. */
typedef enum rc prove_fn(struct tdb *, int64_t now, const char **breach);
struct proving { const char *event, *command; size_t bytes; prove_fn *prove; };      /* command: clinicd verify ... names the row; bytes: of memory for one clinic */
/* For a job: proves each clinic in turn and logs what is broken as `event`. RC_FAULT: something is. */
MUST_CHECK enum rc tenants_prove(struct job *, const struct proving *);
MUST_CHECK enum rc tenants_has_money(struct tdb *, bool *out);                 /* an account of the ledger is open: the currency stays */
MUST_CHECK enum rc tenants_update(struct tx *, const struct tenant *, int64_t version, enum rc lost);
