/* calendar_take.h - private to the calendar: one appointment on its way to (another) time. */
#pragma once
#include "modules/calendar/rules_store.h"

enum { SUBJECTS_MAX = 2 + APPT_PARTS_MAX };
_Static_assert((int)SUBJECTS_MAX <= (int)SUBJECTS_PER_QUERY, "the claims of one appointment are one statement");
/* Somebody or something that is taken: from..to with buffers, core_from..core_to without. has_expired: an expired hold lies
 * there still. location_id: of providers. chosen: because it is free, so it needs no
 * look. of_session: taken by the session, not by the appointment. */
struct subject { struct id id, location_id; int64_t from, to, core_from, core_to; bool has_expired, chosen, of_session; };
/* What a plan reads before it decides anything, in one trip (calendar_look.c). Claims and blocked time are those of
 * [from, to), which leaves room for buffers and for the length that the service may turn out to have. */
struct taking_seen {
    struct booking_facts facts;
    struct list locations, hours;          /* when the place is open */
    struct list claims, blocked;
    struct id subjects[SUBJECTS_MAX], self_of; size_t n_subjects; /* whose claims */
    int64_t from, to;                      /* to 0: nothing was read yet */
};
struct taking {
    struct req *r;
    struct appointment appt, before;       /* before.id nil: a new one */
    struct id wanted_provider, wanted_location, hold_id, except;
    struct list given;                     /* of struct id: further providers and resources that were chosen, or that it had */
    struct list also;                      /* of struct claim: of other appointments of the same visit, not in the database yet */
    struct list together;                  /* of struct id: appointments of the visit that moves, which are not in each other's way */
    int item;                              /* of a visit: 1 for its first; 0: of none */
    bool own_start;                        /* of a visit: names when it begins itself */
    struct list ways;                      /* of struct travel; empty where it does not matter */
    int64_t duration_min, service_min, resource_kind, n_parts, limit_per_day, limit_date;
    int64_t hold_until, hold_by;           /* 0: an appointment; else a hold that expires, and whose */
    struct group_session session;          /* id nil: none */
    struct list roster;                    /* of struct seat: who comes to it */
    struct id session_id;                  /* of a new one */
    int64_t seats;                         /* of a new one; 0: the service's */
    bool session_only, new_session, full, extra_seat;
    int attempt;
    bool public, is_move, given_by_hand, notify, by_rule;
    const char *missing;                   /* a part nobody is left for, in words; NULL: none */
    const char *mail, *action, *topic;     /* mail: which one, or NULL */
    const struct client_insert *new_client, *stranger;
    bool by_link, unheld;                  /* unheld: a request that keeps no time */
    struct list answers_in, answers;       /* of struct answer_in; of struct answer_kept */
    int64_t assign_month, assign_base, hold_month; /* hold_month: the hold was left open and has chosen already */
    struct limit_ask limits;
    enum rc (*begin)(struct tx *, void *begin_arg); void *begin_arg; /* first in the commit */
    enum rc (*read)(struct tdb *batch, void *plan_arg); enum rc (*plan)(struct req *, struct appointment *, void *plan_arg); void *plan_arg; /* as in struct booking */
    struct id lapse_id;
    struct reminder_rules reminders;       /* as the plan read them; text NULL: read when needed */
    struct id audit_id, job_id, freed_id;  /* freed_id nil: nobody is told of the time that this frees */
    enum rc (*then)(struct tx *, const struct appointment *, void *then_arg); void *then_arg;
    struct subject subjects[SUBJECTS_MAX]; size_t n_subjects;
    struct claim conflicts[CONFLICTS_MAX]; size_t n_conflicts;
    struct taking_seen seen;
    enum rc (*reply)(struct req *, const struct appointment *, void *reply_arg); void *reply_arg;
};

/* calendar_rules.c: what the clinic asks of a booking beside free time. */
enum rc rules_of_booking(struct taking *, const struct booking_facts *);  /* answers, approval, limits: after who and where are known */
enum rc rules_in_tx(struct tx *, struct taking *);                        /* the limits and the counting, under the locks */
size_t rules_lock_keys(const struct taking *, int64_t *keys);             /* at most 1 more */
enum rc rules_say_why_not_offered(struct taking *);                       /* RC_OK: no rule of notice or horizon, so the time is taken */
enum rc rules_lapse_later(struct tx *, struct taking *);                  /* the job that ends a request which nobody answers */
enum rc rules_check_decision(struct req *, const struct appointment *, int64_t to);
enum rc rules_check_lapse(struct req *, const struct appointment *);
enum rc rules_give_back(struct tx *, const struct appointment *before, const struct appointment *after);
enum rc rules_lapse(struct job *);

enum rc taking_plan(struct taking *);      /* who, where, what is in the way; answers 409 by itself */
enum rc taking_who(struct taking *);       /* who, where and how long, for any time */
enum rc taking_read(struct taking *);      /* fills seen for what the plan knows so far */
enum rc taking_look(struct taking *);      /* fills subjects and conflicts; reads what taking_read did not foresee */
enum rc taking_lock(struct tx *, struct taking *);
enum rc taking_lock_all(struct tx *, struct taking *const *, size_t n); /* the one call of a transaction */
/* A booking or a move on its way, and its writes under the lock, without an answer. */
enum rc taking_new(struct booking *, struct taking **out);
enum rc taking_new_move(struct moving *, struct taking **out);
enum rc taking_write_new(struct tx *, struct taking *);
enum rc taking_write_move(struct tx *, struct taking *);
enum rc taking_claim(struct tx *, const struct taking *);
enum rc taking_leave_traces(struct tx *, struct taking *);
enum rc taking_tell_freed(struct tx *, const struct taking *); /* what was kept before this change and is not any more (calendar_freed.c) */
enum rc taking_step(struct tx *, const struct taking *);
enum rc taking_follow(struct tx *, const struct taking *); /* reminders and steps; taking_leave_traces calls it */
/* What nobody has yet is claimed exclusively, the rest is shared with whoever has it. */
enum rc taking_claim_over(struct tx *, const struct subject *, struct claim);
/* Which of the conflicts are group sessions: the claims do not say. */
enum rc taking_name_sessions(struct taking *);
const char *taking_subject_kind(const struct taking *, struct id subject);
void taking_write_conflicts(struct json *, const struct taking *, const char *kind); /* kind NULL: by subject */
enum rc taking_refuse(struct taking *);    /* 409 with what is in the way (for staff) and the next free times */
const char *taking_field(const struct taking *, const char *field); /* as the caller wrote it: items[1].provider_id */
enum rc taking_no_such(struct taking *, const char *field, const char *what);

/* Plans and commits until it stands or the plan says why not. */
enum rc taking_commit(struct taking *, const char *name, tx_fn *);
struct taking *changing_taking(struct changing *);
/* The body of a cancellation; for_client: the client wants it, so the terms hold; refund_minor NONE: what they say, or all. */
struct cancel_in { const char *reason; bool notify, for_client; int64_t refund_minor; };

/* ---- calendar_parts.c: who and what an appointment takes ---------------------------------------------------------------------- */
void taking_add_conflict(struct taking *, const struct claim *);
void taking_subjects(struct taking *);
/* Fills appt.parts: what was chosen by hand, then whoever is free. Sets .missing, with conflicts, when somebody is lacking. */
enum rc taking_choose_parts(struct taking *);
enum rc taking_read_ways(struct taking *, struct tdb *); /* when there may be any */
/* Appointments of its providers elsewhere, too near in time for the way. RC_OK with conflicts added, or with none. */
enum rc taking_look_ways(struct taking *, struct tdb *);
int64_t taking_way_key(struct id provider);
enum rc taking_share_ways(struct tx *, struct taking *const *, size_t n);
bool taking_owns(const struct taking *, const struct claim *); /* its own, or one it takes over */
