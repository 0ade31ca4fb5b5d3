/* calendar_take.h - private to the calendar: one appointment on its way to (another) time. */
#pragma once
#include "modules/calendar/calendar.h"

enum { SUBJECTS_MAX = 2 + APPT_RESOURCES_MAX };
struct subject { struct id id; int64_t from, to; bool has_expired; }; /* has_expired: an expired hold lies there still */
/* What a plan reads before it decides anything, in one trip (calendar_look.c). Claims and blocked time are those of
 * [from, to), which leaves room for buffers and for the length that the service may turn out to have. */
struct taking_seen {
    struct booking_facts facts;
    struct list locations, hours;          /* when the place is open */
    struct resource resources[APPT_RESOURCES_MAX];
    struct list claims, blocked;
    struct id subjects[SUBJECTS_MAX], self_of; size_t n_subjects; /* whose claims */
    int64_t from, to;                      /* to 0: nothing was read yet */
};
struct taking {
    struct req *r;
    struct appointment appt, before;       /* before.id nil: a new one */
    struct id wanted_provider, wanted_location, hold_id, except, one_resource;
    struct list kept_resources;            /* of a moved appointment that stays where it is */
    int64_t duration_min, resource_kind, limit_per_day, limit_date;
    bool public, is_move, resources_given, notify;
    const char *mail, *action, *topic;     /* mail: which one, or NULL */
    const struct client_insert *new_client, *stranger;
    struct id audit_id, job_id;
    struct subject subjects[SUBJECTS_MAX]; size_t n_subjects;
    struct claim conflicts[CONFLICTS_MAX]; size_t n_conflicts;
    struct taking_seen seen;
    enum rc (*reply)(struct req *, const struct appointment *, void *reply_arg); void *reply_arg;
};

enum rc taking_plan(struct taking *);      /* who, where, what is in the way; answers 409 by itself */
enum rc taking_read(struct taking *);      /* fills seen for what the plan knows so far */
enum rc taking_look(struct taking *);      /* fills subjects and conflicts; reads what taking_read did not foresee */
void taking_subjects(struct taking *);
enum rc taking_lock(struct tx *, const struct taking *);
enum rc taking_claim(struct tx *, const struct taking *);
enum rc taking_leave_traces(struct tx *, struct taking *);
/* What nobody has yet is claimed exclusively, the rest is shared with whoever has it. */
enum rc taking_claim_over(struct tx *, const struct subject *, struct claim);
const char *taking_subject_kind(const struct taking *, struct id subject);
void taking_write_conflicts(struct json *, const struct taking *, const char *kind); /* kind NULL: by subject */
