/* taxes - the rates that prices carry. */
#pragma once
#include "core/core.h"

enum { TAX_RATES_MAX = 200 /* with those in the archive */ };
/* A rate stays what it is; what changes is a new one, and the old one goes to the archive. */
struct tax_rate { struct id id; const char *name; int64_t ppm; bool archived; int64_t version, created_at; };

extern const struct module taxes_module;
extern const struct shape tax_rate_shape;
extern const struct query *const taxes_queries[];

MUST_CHECK enum rc taxes_get(struct tdb *, struct id, struct tax_rate *out); /* archived or not; RC_NOT_FOUND also for another tenant's */
MUST_CHECK enum rc taxes_list(struct tdb *, bool archived, struct list *out);
/* For a thing that is to carry it from now on: RC_NOT_FOUND with the field's name when there is none, or it is in the archive. nil: no tax, fine. */
MUST_CHECK enum rc taxes_check(struct req *, struct tdb *, struct id, const char *field);
MUST_CHECK enum rc taxes_insert(struct tx *, const struct tax_rate *);
