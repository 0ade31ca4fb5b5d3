/* reminders - who is reminded when, by rules of the clinic or of a service; a row for each reminder, written in the commit that
 * takes the time. What is due is sent by notices. The rules of time are in reminders_plan.h. */
#pragma once
#include "modules/clients/clients.h"
#include "modules/reminders/reminders_plan.h"
#include "modules/services/services.h"

extern const struct module reminders_module;
extern const struct query *const reminders_queries[];

/* The rules that hold for a service; text NULL: not read yet. */
struct reminder_rules { const char *text; int64_t quiet_start, quiet_end; };

/* What became of an appointment in this transaction. Times are instants; live: it is expected (scheduled or confirmed). */
struct reminder_follow {
    struct id appointment, service;
    int64_t start, old_start;        /* old_start NONE: it is new */
    bool live, was_live;
    bool gone_by_cancel;             /* not live because it was cancelled */
    const char *zone;                /* of the client, or of the location */
    struct reminder_rules rules;     /* text NULL: read here, when they are needed */
    int64_t now;
};
MUST_CHECK enum rc reminders_follow(struct tx *, const struct reminder_follow *);
/* After the rules have changed: what is not due yet goes, and comes again as they are now. */
MUST_CHECK enum rc reminders_replan(struct tx *, const struct reminder_follow *);
MUST_CHECK enum rc reminders_rules_of(struct tdb *, struct id service, struct reminder_rules *out);
void reminders_rules_fill(struct reminder_rules *); /* what was read by a statement of others: the default for what has no row */

enum reminder_state { REMINDER_PENDING, REMINDER_QUEUED, REMINDER_SENDING, REMINDER_SENT, REMINDER_SKIPPED, REMINDER_FAILED, REMINDER_UNKNOWN };
extern const char *const reminder_state_names[];
struct reminder {
    struct id appointment_id;
    int64_t starts_at, before_min, channel, template, due_at, late_until, state, turn, changed_at;
    const char *reason;
};
MUST_CHECK enum rc reminders_get(struct tdb *, const struct reminder *key, struct reminder *out);
/* Clinics with something due, each once, beginning after `after`. */
enum { REMINDER_TENANTS_MAX = 200, REMINDER_BATCH_MAX = 50 };
MUST_CHECK enum rc reminders_tenants_due(struct tdb *, struct id after, int64_t now, struct list *out); /* of struct reminder_tenant */
struct reminder_tenant { struct id tenant_id; };
MUST_CHECK enum rc reminders_due(struct tdb *, int64_t now, struct list *out);  /* of the handle's tenant, at most REMINDER_BATCH_MAX */
/* From one state to another; `otherwise` when it was not in that state. */
MUST_CHECK enum rc reminders_step(struct tx *, const struct reminder *key, enum reminder_state from, enum reminder_state to, const char *reason, int64_t now, enum rc otherwise);
MUST_CHECK enum rc reminders_queue(struct tx *, const struct reminder *key, int64_t now); /* pending -> queued; nothing when it is not pending any more */

/* Whether this client wants reminders by this channel. */
MUST_CHECK enum rc reminders_wanted(struct tdb *, struct id client, int64_t channel, bool *out);
const char *reminders_stop_url(struct arena *, struct id tenant, struct id client); /* the page that stops them; POST there acts */
