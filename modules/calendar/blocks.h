/* blocks.h - private to the calendar: blocked time, once or by a rule. The rule gives the times (recur.h, on the wall); each occurrence is a
 * row of blocked_time with its own claims. Bookings are never taken away by a block: it is refused, or they stay and are listed. */
#pragma once
#include "modules/calendar/calendar_take.h"
#include "modules/calendar/recur.h"
#include "modules/calendar/series.h"

enum {
    BLOCK_DAYS_MAX = 400,          /* of a single block; and how far ahead a rule is written */
    BLOCK_RULE_DAYS_MAX = 31,      /* of one occurrence */
    BLOCK_BACK_DAYS = 31,          /* how long ago a rule may begin */
    BLOCK_AHEAD_DAYS = 800,        /* and how late */
    BLOCK_SLACK_DAYS = 30,         /* a rule is written on when less than 400 - 30 days of it are there */
    BLOCK_OCCURRENCES_MAX = 450,   /* written at once: a rule gives at most one a day */
    BLOCK_RULES_MAX = 2000,        /* of a clinic, of those that are written on */
    HITS_MAX = 50, HITS_COUNTED = 500
};
struct blocked_rule { struct id id, subject_id; int64_t kind, purpose, first_local, length_us, filled_to, version, created_at, updated_at;
    const char *reason, *rrule, *time_zone; bool all_day; };

/* ---- pure (blocks_rule.c) ----------------------------------------------------------------------------------------------------------- */
struct block_span { int64_t at, start, end; bool dst_shifted; struct id id; }; /* at: what the rule says, on the wall */
struct block_spans { struct block_span *at; size_t n; bool more; };
/* From wall to wall: both ends keep their time on the clock. All day: from midnight to midnight, however long that is. */
struct block_span blocks_span(const struct zone *, int64_t wall, int64_t length_us, bool all_day);
/* Occurrences that begin in [from, to), without those named in `left_out` (wall times, sorted). RC_FAULT: rule or zone cannot be read. */
MUST_CHECK enum rc blocks_expand(struct arena *, const struct blocked_rule *, int64_t from, int64_t to, size_t max, struct list left_out, struct block_spans *out);
/* The first occurrence that is not over at `now` and not named before `wall`. none: false. */
MUST_CHECK enum rc blocks_next(struct arena *, const struct blocked_rule *, int64_t wall, int64_t now, struct block_span *out, bool *found);
/* The rule up to `wall` (none of it left: *nothing), and what COUNT is left from there on. */
MUST_CHECK enum rc blocks_cut(struct arena *, const struct blocked_rule *, int64_t wall, const char **before, const char **after, bool *nothing);
const char *blocks_rule_text(struct arena *, const struct recur_rule *);
const char *blocks_sentence(struct arena *, const struct blocked_rule *);

/* ---- store (blocks_store.c) ------------------------------------------------------------------------------------------------------------ */
MUST_CHECK enum rc blocked_rules_get(struct tdb *, struct id, struct blocked_rule *out);
MUST_CHECK enum rc blocked_rules_count(struct tdb *, int64_t *out);
MUST_CHECK enum rc blocked_rules_insert(struct tx *, const struct blocked_rule *);
MUST_CHECK enum rc blocked_rules_end(struct tx *, struct id, const char *rrule, int64_t now);  /* nothing more of it will be written */
MUST_CHECK enum rc blocked_rules_filled(struct tx *, struct id, int64_t filled_to);
MUST_CHECK enum rc blocked_rules_delete(struct tx *, struct id);                               /* with its exceptions; its rows are gone */
struct rule_due { struct id tenant_id, id; };
MUST_CHECK enum rc blocked_rules_due(struct tdb *, int64_t before, struct list *out);          /* of all clinics */
MUST_CHECK enum rc blocked_exception_add(struct tx *, struct id rule, int64_t at);
MUST_CHECK enum rc blocked_exceptions_move(struct tx *, struct id from_rule, struct id to_rule, int64_t at, int64_t delta);
/* Wall times that the rule must not write (again): deleted, or changed by themselves. Sorted int64_t. */
MUST_CHECK enum rc blocked_left_out(struct tdb *, struct id rule, int64_t from_at, struct list *out);
MUST_CHECK enum rc blocked_of_rule(struct tdb *, struct id rule, int64_t from_at, struct list *out); /* of struct blocked_time, by rule_at */
MUST_CHECK enum rc blocked_update(struct tx *, const struct blocked_time *, enum rc lost);
MUST_CHECK enum rc blocked_rename(struct tx *, struct id, struct id rule, int64_t at);
/* Rows and claims of a rule from `at` on; alone: those too that were changed by themselves, else only that of `also`. */
MUST_CHECK enum rc blocked_delete_from(struct tx *, struct id rule, int64_t at, bool alone, struct id also);
/* Bookings in one of the windows, by start: who the client is, what and with whom. At most HITS_COUNTED + 1. */
struct booking_hit { struct id appointment_id, client_id, patient_id, service_id, provider_id, location_id; int64_t start, end, status, version;
    const char *client_name, *client_phone, *client_email, *patient_name, *service_name, *provider_name; };
MUST_CHECK enum rc bookings_in_windows(struct tdb *, int64_t kind, struct id subject, const struct look_window *, size_t n, int64_t now, struct list *out);

/* ---- taking the time (blocks_take.c) ------------------------------------------------------------------------------------------------------ */
struct block_taking {
    struct req *r;                         /* or of the program */
    struct blocked_time row;               /* what all occurrences have in common */
    struct block_spans spans;              /* with ids, made outside the transaction */
    struct block_spans was;                /* of a change: bookings that were under the block before are no reason to refuse it */
    bool keep;                             /* bookings stay where they are */
    struct list claims, hits;              /* seen: of struct claim, of struct booking_hit */
    struct taking *t;                      /* what is in the way, for the answer */
};
MUST_CHECK enum rc blocks_look(struct tdb *, struct block_taking *);       /* fills claims, hits and what is in the way */
/* Under the lock: looks, refuses with RC_OVERLAP what is not to be kept, and writes claims. The rows are the caller's. */
MUST_CHECK enum rc blocks_take(struct tx *, struct block_taking *);
MUST_CHECK enum rc blocks_write(struct tx *, struct block_taking *, struct id rule); /* rows and claims of all spans */
MUST_CHECK enum rc blocks_lock(struct tx *, int64_t kind, struct id subject, struct id rule);
enum rc blocks_refuse(struct block_taking *);                              /* 409 with what is in the way */
enum { FREED_TOLD = 8 };
/* The next FREED_TOLD of them that are not over; as many job ids. */
MUST_CHECK enum rc blocks_freed(struct tx *, struct req *, const struct blocked_time *, size_t n, const struct id *jobs);

/* ---- handlers (blocks_api.c, blocks_edit.c, blocks_reslot.c, blocks_write_on.c) ------------------------------------------------------------------ */
enum { ON_CONFLICT_REFUSE, ON_CONFLICT_KEEP };
enum block_scope { BLOCK_THIS, BLOCK_FOLLOWING, BLOCK_ALL };
struct block_input { int64_t start, end, first_day, last_day; bool all_day; };
/* The wall time and its length, and the instants, of what somebody typed. Problems are named. */
struct block_when { int64_t wall, length_us, start, end; bool all_day; };
MUST_CHECK enum rc blocks_read_when(struct req *, const struct zone *, const struct block_input *, struct block_when *out);
/* There is such a subject, and its clock: of its location, of a provider that of `location` or (nil) the clinic's. */
MUST_CHECK enum rc blocks_find_zone(struct req *, struct tdb *, const struct blocked_time *, struct id location, const struct zone **);
MUST_CHECK enum rc blocks_check_rule(struct req *, const char *text, struct recur_rule *out);
MUST_CHECK enum rc blocks_check_spans(struct req *, const struct block_spans *, const struct block_when *);
int64_t blocks_horizon(int64_t now, const struct block_when *);
struct block_answer { struct blocked_time b; const void *rule; int64_t occurrences, hits_total; struct list hits; };
enum rc blocks_reply(struct req *, struct tdb *, struct id block, int64_t occurrences, struct list hits);
extern const struct shape block_full_shape, block_hit_name_shape;
extern const struct shape blocked_patch_shape, blocked_scope_shape, reslot_shape, reslot_result_shape, block_hit_shape, block_hits_query_shape;
extern const char *const block_scope_names[], *const block_on_conflict_names[];
enum rc blocked_handle_edit(struct req *);
enum rc blocked_handle_delete(struct req *);
enum rc blocked_handle_hits(struct req *);
enum rc blocked_handle_reslot(struct req *);
enum rc blocks_write_on(struct job *); /* the schedule */
