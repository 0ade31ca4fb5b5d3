/* flow - the day at the desk: who is expected, waiting, being treated, done; late ones; no-shows by the clock. */
#pragma once
#include "modules/calendar/calendar.h"

extern const struct module flow_module;
extern const struct query *const flow_queries[];
extern const struct shape flow_item_shape, flow_settings_shape;

enum { FLOW_ITEMS_MAX = 2000, FLOW_TENANTS_MAX = 5000, NO_SHOW_BATCH = 100 };
struct flow_settings { int64_t late_after_min, no_show_after_min, version; }; /* NONE: off */
struct flow_item {
    struct id id, client_id, provider_id, location_id;
    const char *client_name, *patient_name, *service_name, *color, *provider_name, *location_name, *time_zone;
    int64_t patient_kind, start, end, status, version;
    int64_t arrived_at, started_at, completed_at; /* NONE: not so far */
    bool notes;
    struct list transitions;       /* of const char * */
};

/* Nothing is watched until the clinic says so. */
MUST_CHECK enum rc flow_settings_get(struct tdb *, struct flow_settings *out);
MUST_CHECK enum rc flow_settings_put(struct tx *, const struct flow_settings *, enum rc lost);
/* What begins in [from, to) at a location, or at any (nil). */
MUST_CHECK enum rc flow_items(struct tdb *, int64_t from, int64_t to, struct id location, struct list *out);
struct flow_tenant { struct id tenant_id; int64_t no_show_after_min; };
MUST_CHECK enum rc flow_tenants_watched(struct tdb *, struct list *out);      /* those with a no-show rule */
struct flow_due { struct id id; int64_t version; };
MUST_CHECK enum rc flow_not_come(struct tdb *, int64_t from, int64_t to, struct list *out); /* expected, began in [from, to) */
