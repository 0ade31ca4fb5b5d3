/* locations - the sites of a clinic, their resources (chairs, rooms, devices) and the days they are closed. */
#pragma once
#include "core/core.h"
#include "modules/locations/travel.h"

enum { LOCATIONS_MAX = 100, RESOURCES_MAX = 500, HOLIDAYS_MAX = 5000, HOLIDAYS_READ = 5200 /* room for those who were counted at the same moment */ };
struct location { struct present present; struct id id; const char *name, *time_zone, *address, *phone; bool archived; int64_t version; };
enum resource_kind { RESOURCE_CHAIR, RESOURCE_ROOM, RESOURCE_DEVICE };
struct resource { struct present present; struct id id, location_id; const char *name; int64_t kind; bool archived; int64_t version; };
struct holiday { struct id id, location_id; int64_t date; const char *name; };

extern const struct module locations_module;
extern const struct shape location_shape, resource_shape, holiday_shape;
extern const char *const resource_kind_names[];
extern const struct query *const locations_queries[];

/* Reads: RC_NOT_FOUND also for another tenant's. Lists leave out what is archived unless told otherwise. */
MUST_CHECK enum rc locations_get(struct tdb *, struct id, struct location *out);
MUST_CHECK enum rc locations_list(struct tdb *, bool archived, struct list *out);
MUST_CHECK enum rc locations_insert(struct tx *, const struct location *);
MUST_CHECK enum rc locations_update(struct tx *, const struct location *, int64_t version, enum rc lost);
MUST_CHECK enum rc resources_get(struct tdb *, struct id, struct resource *out);
MUST_CHECK enum rc resources_list(struct tdb *, bool archived, struct list *out);
MUST_CHECK enum rc resources_insert(struct tx *, const struct resource *);
MUST_CHECK enum rc resources_update(struct tx *, const struct resource *, int64_t version, enum rc lost);
MUST_CHECK enum rc holidays_list(struct tdb *, int64_t from, int64_t to, struct list *out); /* dates, both included */
MUST_CHECK enum rc holidays_count(struct tdb *, int64_t *out);
MUST_CHECK enum rc holidays_insert(struct tx *, const struct holiday *);
MUST_CHECK enum rc holidays_delete(struct tx *, struct id); /* RC_NOT_FOUND */

/* The routes whose change opens time (modules/calendar/calendar_opened.c has them); also: what the transaction does besides, once the row is written. */
MUST_CHECK enum rc locations_restore(struct req *, tx_fn *also, void *arg);
MUST_CHECK enum rc resources_restore(struct req *, tx_fn *also, void *arg);
MUST_CHECK enum rc holidays_remove(struct req *, tx_fn *also, void *arg);
