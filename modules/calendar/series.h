/* series.h - private to the calendar: appointments that repeat. The rule gives the times (recur.h); each occurrence is an appointment that
 * goes through the same claims as any other (calendar_take.h), all of them in one transaction. */
#pragma once
#include "modules/calendar/calendar_take.h"
#include "modules/calendar/recur.h"

/* A change of "this and following" splits a series: root_id is the first of the family, whose id names it in calendar files, and whose
 * made_* are what they say of it for ever. */
struct series {
    struct id id, root_id, client_id, patient_id, service_id, provider_id, location_id;
    const char *rrule, *made_rrule, *time_zone, *notes;
    int64_t first_local, made_first, duration_min, sequence, version, created_at, updated_at;
};

extern const struct query Q_SERIES_NAME, Q_SERIES_ZONE; /* series_zone.c */
MUST_CHECK enum rc series_get(struct tdb *, struct id, struct series *out);
MUST_CHECK enum rc series_insert(struct tx *, const struct series *);
MUST_CHECK enum rc series_update(struct tx *, const struct series *, enum rc lost); /* of that version */
MUST_CHECK enum rc series_raise(struct tx *, struct id root, int64_t now);          /* the sequence of calendar files */
MUST_CHECK enum rc series_join(struct tx *, struct id appointment, struct id series, int64_t at, int64_t local, bool alone);
MUST_CHECK enum rc series_members(struct tdb *, struct id series, int64_t from_at, struct list *out); /* by series_at, which is >= from_at */
MUST_CHECK enum rc series_family(struct tdb *, struct id root, struct list *out);   /* of all series split from it too */
/* Claims of at most 16 subjects that reach into one of the windows. */
struct look_window { int64_t from, to; };
MUST_CHECK enum rc claims_in_windows(struct tdb *, const struct id *subjects, size_t n, const struct look_window *, size_t n_windows, struct list *out);

/* ---- the plan of many at once (series_plan.c) ---------------------------------------------------------------------------------- */
enum series_reason { WHY_PROVIDER, WHY_PATIENT, WHY_RESOURCE, WHY_BLOCKED, WHY_NO_RESOURCE, WHY_OUTSIDE_HOURS, WHY_HOLIDAY, WHY_TIME_OFF, WHY_TOO_FAR,
    WHY_PAST, WHY_ITSELF, WHY_TRAVEL };
enum { SERIES_CONFLICTS_MAX = 4, SERIES_ALTERNATIVES = 3, SERIES_SEARCHES_MAX = 20 };
struct series_conflict { int64_t reason, start, end; struct id subject_id, appointment_id, session_id; };
struct occurrence {
    int64_t at, wall, start, end;          /* at: what the rule gives; start: where it goes */
    bool dst_shifted, moved, skipped, expired; /* skipped: left out; expired: an expired hold lies there */
    struct id id, audit_id;
    struct list given, parts, resource_ids; /* what it has of further people and things; what it gets */
    struct series_conflict conflicts[SERIES_CONFLICTS_MAX]; size_t n_conflicts;
    struct list alternatives;              /* of struct slot_answer */
    const struct series_member *member;           /* of a change: what it is now */
};
struct series_plan {
    struct req *r;
    struct taking *t;                      /* who, where and how long: the same for all; used for one after the other */
    const struct zone *zone;
    struct list given;                     /* of struct id: chosen by hand, for all */
    bool by_itself;                        /* each is looked at by itself too: it takes more than a provider */
    bool also_closed;                      /* outside opening hours and on holidays too */
    struct occurrence *at; size_t n;
    const struct id *own; size_t n_own;    /* appointments that are on the move: not in the way */
    size_t n_conflicts;                    /* occurrences with one, that are not skipped */
};
enum rc series_plan_look(struct series_plan *);         /* fills the conflicts of each occurrence, and who and what it gets besides the provider */
enum rc series_plan_alternatives(struct series_plan *);
enum rc series_rule(struct req *, const char *text, struct recur_rule *out); /* RC_INVALID names rrule and its part */
enum rc series_refuse(struct series_plan *);            /* 409 with the occurrences in conflict */
enum rc series_lock(struct tx *, const struct series_plan *);
/* Makes plan->t this occurrence: subjects, times, resources. */
void series_taking(struct series_plan *, struct occurrence *);
enum rc series_mail(struct tx *, struct req *, struct id job, struct id root, const char *what, int64_t sequence);

/* ---- handlers and shapes --------------------------------------------------------------------------------------------------------- */
struct occurrence_out { int64_t at, start, end; const char *wall; struct id appointment_id; bool dst_shifted, moved, skipped; struct list conflicts, alternatives; };
extern const struct shape series_occurrence_shape;
struct list series_occurrences(struct series_plan *, bool only_conflicts); /* of struct occurrence_out */
/* The series as it stands in this transaction or outside of one. */
enum rc series_answer(struct req *, struct tdb *, struct id series, struct list left_out);
extern const struct shape series_shape, series_edit_shape, series_scope_shape, series_cancel_shape;
enum rc series_handle_edit(struct req *);
enum rc series_handle_cancel(struct req *);
