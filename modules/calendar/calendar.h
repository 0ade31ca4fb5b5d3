/* calendar - appointments, claims on time, holds, blocked time, free slots. The rules are in slots.h, states.h, assign.h
 * (pure); README.md has the terms. */
#pragma once
#include "modules/calendar/assign.h"
#include "modules/calendar/ics.h"
#include "modules/calendar/slots.h"
#include "modules/calendar/states.h"
#include "modules/clients/clients.h"
#include "modules/identity/identity.h"
#include "modules/orders/orders.h"
#include "modules/reminders/reminders.h"
#include "modules/services/services.h"
#include "modules/terms/terms.h"

#define CLAIM_US_MAX (36 * USEC_PER_HOUR)
enum { APPT_RESOURCES_MAX = 8, APPT_PARTS_MAX = PART_UNITS_MAX + APPT_RESOURCES_MAX, CALENDAR_APPTS_MAX = 20000, CALENDAR_DAYS_MAX = 42, CONFLICTS_MAX = 20, NEXT_SLOTS = 5 };
enum appt_source { SOURCE_STAFF, SOURCE_PUBLIC, SOURCE_IMPORT };

/* Who or what an appointment takes besides its first provider, and when. */
struct appt_part { struct id subject_id; int64_t kind; const char *name; int64_t start, end; };

struct appointment {
    struct present present;
    struct id id, client_id, patient_id, service_id, provider_id, location_id;
    const char *client_name, *client_phone, *client_email, *patient_name, *service_name, *service_color, *provider_name, *location_name;
    int64_t patient_kind, start, end, buffer_before_min, buffer_after_min, status, price_minor, source, sequence, version, created_at, updated_at;
    int64_t lapses_at;             /* of a request: when it is over unless it was answered */
    int64_t assigned_month;        /* the provider was chosen for the client and is counted there; NONE: was named */
    const char *time_zone, *client_zone, *notes, *currency, *overbook_reason, *cancel_reason, *cancelled_by;
    struct id session_id, visit_id; /* of several who come to one time; of several appointments in one visit */
    int64_t seat_no;               /* in the session; NONE: none, or given back */
    int64_t lead_min;              /* the first provider is there for so long; NONE: all the time */
    struct list parts;             /* of struct appt_part */
    struct list resource_ids;      /* of struct id: the resources among the parts */
    struct list transitions;       /* of const char *: legal next states for the caller */
    bool telehealth;               /* takes place by video */
    struct list steps;             /* of struct appt_step_row; filled by GET one */
    int64_t waited_min;            /* likewise */
    struct id series_id;           /* nil: it does not repeat */
    int64_t series_at, series_local; /* see series.h */
    bool series_alone;
    struct id order_id;            /* what pays for it; nil: nothing yet */
    const char *order_state;       /* a word of order_state_names; so far, of its whole order: */
    int64_t order_total_minor, order_paid_minor, order_refunded_minor, order_due_minor, pay_by;
};

/* A time that several come to. taken: seats. roster: of struct seat (sessions.h), where it was asked for. */
struct group_session { struct id id, service_id, provider_id, location_id; const char *service_name, *color, *provider_name, *location_name, *cancel_reason;
    int64_t start, end, seats, taken, cancelled_at, version; bool by_staff; struct list roster, parts; /* parts: of struct appt_part, what it takes besides its provider */ };
enum claim_kind { CLAIM_APPOINTMENT, CLAIM_HOLD, CLAIM_BLOCKED, CLAIM_CALENDAR };
/* location_id: where a provider is; nil where it does not matter. As a conflict: way: it is the way to or from there that
 * is in the way; of_session: the owner is a group session (taking_name_sessions). */
struct claim { struct id subject_id, owner_id, location_id; int64_t starts_at, ends_at, core_start, core_end, kind, expires_at; bool shared, way, of_session; };
/* made_by: hash of the network, or NONE; assigned_month: as of an appointment; session_id: a seat of that session is held, and nobody's time. */
struct hold { struct id id, service_id, provider_id, location_id; int64_t start, end, expires_at, closed_at, made_by, assigned_month; struct id session_id; };
/* rule_id, rule_at: of a rule (blocks.h), and the wall time it gave; alone: changed by itself since then. */
struct blocked_time { struct id id, subject_id, rule_id; int64_t kind, purpose, start, end, rule_at, version; const char *reason; bool all_day, alone; };
enum blocked_kind { BLOCKED_PROVIDER, BLOCKED_RESOURCE, BLOCKED_LOCATION };
enum blocked_purpose { BLOCKED_OTHER, BLOCKED_TIME_OFF, BLOCKED_BREAK };

extern const struct module calendar_module, series_module, blocks_module;
extern const struct shape appointment_shape, blocked_time_shape, claim_shape;
extern const struct query *const calendar_queries[], *const series_queries[];
extern const char *const appt_source_names[], *const claim_kind_names[], *const blocked_kind_names[], *const blocked_purpose_names[];

/* ---- store: appointments ------------------------------------------------------------------------------------------------ */
MUST_CHECK enum rc appointments_get(struct tdb *, struct id, struct appointment *out);         /* with its parts */
enum { APPTS_PER_TRIP = 32 };
MUST_CHECK enum rc appointments_get_few(struct tdb *, const struct id *, size_t n, struct appointment *out); /* at most APPTS_PER_TRIP, in one trip */
MUST_CHECK enum rc appointments_of_visit(struct tdb *, struct id visit, struct list *ids);       /* of struct id, by start; at most 6 */
MUST_CHECK enum rc appointments_insert(struct tx *, const struct appointment *, int64_t now);   /* with its parts */
MUST_CHECK enum rc appointments_update(struct tx *, const struct appointment *, int64_t version, int64_t now, enum rc lost);
MUST_CHECK enum rc appointments_set_parts(struct tx *, const struct appointment *);
MUST_CHECK enum rc appointments_clear_parts(struct tx *, struct id appointment);
MUST_CHECK enum rc parts_resource_ids(struct arena *, struct list parts, struct list *out);
/* Counts visits anew: client.last_visit_at and next_visit_at from its appointments. */
MUST_CHECK enum rc appointments_refresh_client(struct tx *, struct id client, int64_t now);
/* The same for an appointment that is new: less to do. */
MUST_CHECK enum rc appointments_count_next(struct tx *, const struct appointment *, int64_t now);
struct appointment_filter { int64_t from, to; struct id provider_id, client_id; int64_t status, page, limit; struct position after; }; /* page NONE: behind `after`, not counted */
MUST_CHECK enum rc appointments_find(struct tdb *, const struct appointment_filter *, struct list *out, int64_t *total);
/* For max_per_day: the bookings of a service by provider and date, in [from, to), which are days of day_us each from `date` on;
 * and those of one day and provider, but `except`. */
struct booked_day { struct id provider_id; int64_t date, n; };
MUST_CHECK enum rc appointments_by_day(struct tdb *, struct id service, int64_t from, int64_t to, int64_t date, int64_t day_us, struct list *out);
MUST_CHECK enum rc appointments_on_day(struct tdb *, struct id service, struct id provider, struct id except, int64_t from, int64_t to, int64_t *n);

/* Those that are scheduled or confirmed and come after (start, id), by start and id; id nil: after start. */
MUST_CHECK enum rc appointments_expected(struct tdb *, int64_t start, struct id id, int64_t limit, struct list *out);
MUST_CHECK enum rc appointments_set_telehealth(struct tx *, struct id, bool);

MUST_CHECK enum rc appointments_alone(struct tx *, struct id);                                   /* of a series: was changed by itself */
/* Everything a booking needs to know of what it names; an id that is not there (or not ours) stays nil. */
struct booking_facts {
    struct id service_id, provider_id, offered_by, client_id, patient_id, location_id;
    const char *service_name, *service_color, *currency, *provider_name, *client_name, *client_email, *client_phone, *patient_name, *location_name, *time_zone;
    int64_t duration_min, buffer_before_min, buffer_after_min, price_minor, max_per_day, resource_kind, lead_min, seats, patient_kind, client_deleted_at;
    int64_t n_parts, n_ways;       /* of the service; of the clinic: pairs of sites with a way between them */
    bool service_archived, provider_archived, patient_archived, location_archived, telehealth;
    const char *reminder_rules; int64_t quiet_start, quiet_end; /* as in struct reminder_rules */
    bool approval_required, approval_holds_time;
    int64_t approval_expires_after_min, question_count, week_start;
    int64_t service_day, service_week, service_open, clinic_day, clinic_week, clinic_open; /* limits for one client */
};
MUST_CHECK enum rc calendar_facts(struct tdb *, struct id service, struct id provider, struct id client, struct id patient, struct id location, struct booking_facts *out);

/* What was asked and answered before a booking, as it was asked then. */
struct answer_kept { struct id question_id; int64_t kind; const char *question, *value; };
MUST_CHECK enum rc answers_list(struct tdb *, struct id appointment, struct list *out);
/* Answers (of struct answer_in) to what the service asks, as they will be kept; problems are named answers.<question id>. must:
 * what is required must be there. */
MUST_CHECK enum rc calendar_check_answers(struct req *, struct id service, struct list in, bool must, struct list *out);

/* One appointment as the calendar shows it. */
struct calendar_item {
    struct id resource_id, helper_id; int64_t part_start, part_end; /* of one row; see .parts */
    struct id id, client_id, patient_id, service_id, provider_id, location_id;
    const char *client_name, *patient_name, *service_name, *color;
    int64_t patient_kind, start, end, status, version, lead_min;
    struct list parts, resource_ids;
    bool notes, overbooked, series, owes; /* owes: its order is not paid yet */
};
/* What reaches into [from, to). Reading (also in a batch) gives a row per part, merging an item per appointment; or both at once. */
MUST_CHECK enum rc calendar_items_read(struct tdb *, int64_t from, int64_t to, struct id provider, struct list *rows);
MUST_CHECK enum rc calendar_items_merge(struct arena *, struct list *rows);
MUST_CHECK enum rc calendar_items(struct tdb *, int64_t from, int64_t to, struct id provider, struct list *out);
extern const struct query Q_MONTH_DAY; /* month_api.c, its only user */

/* When each state was entered, newest first. came_from is the state before. */
enum appt_step_by { APPT_BY_STAFF, APPT_BY_CLIENT, APPT_BY_PROGRAM };
struct appt_step_row { int64_t version, at, came_from, status, by; const char *by_name; bool undo; };
extern const struct shape appointment_step_shape;
extern const char *const appt_step_by_names[];
MUST_CHECK enum rc appointments_steps(struct tdb *, struct id appointment, struct list *out);
/* Minutes between check-in and treatment, or until now; NONE: not checked in. */
int64_t appointments_waited_min(const struct appointment *, struct list steps, int64_t now);

/* ---- store: claims -------------------------------------------------------------------------------------------------------- */
MUST_CHECK enum rc claims_insert(struct tx *, const struct claim *);                            /* RC_OVERLAP */
/* A claim at its location, which must not be blocked then (RC_OVERLAP). First claims_lock_location, before any tx_lock: who
 * blocks the location waits for those who are about to book there, and they for it. */
MUST_CHECK enum rc claims_insert_at(struct tx *, const struct claim *);
MUST_CHECK enum rc claims_lock_location(struct tx *, struct id location);
MUST_CHECK enum rc claims_delete_owner(struct tx *, struct id owner);
MUST_CHECK enum rc claims_cut_owner(struct tx *, struct id owner, int64_t at);                   /* nothing after `at` stays */
MUST_CHECK enum rc claims_delete_expired(struct tx *, struct id subject, int64_t from, int64_t to, int64_t now);
/* Claims of up to any number of subjects that reach into [from, to), by subject and start; expired ones too. */
MUST_CHECK enum rc claims_around(struct tdb *, const struct id *subjects, size_t n, int64_t from, int64_t to, struct list *out);
/* The same of at most SUBJECTS_PER_QUERY subjects in one statement, so in a batch too. Up to CLAIMS_FEW may come with the patient
 * that the client `self_of` is himself (nil: nobody). */
enum { CLAIMS_FEW = 3 };
MUST_CHECK enum rc claims_near(struct tdb *, const struct id *subjects, size_t n, struct id self_of, int64_t from, int64_t to, struct list *out);

/* ---- store: holds, and blocked time (blocks_store.c) ------------------------------------------------------------------------------------------ */
MUST_CHECK enum rc holds_insert(struct tx *, const struct hold *);
MUST_CHECK enum rc holds_get(struct tdb *, struct id, struct hold *out);
/* All but the `keep` newest live holds of that maker are given up. Under tx_lock of lock_key("holds", tenant, made_by). */
MUST_CHECK enum rc holds_trim(struct tx *, int64_t made_by, int64_t keep, int64_t now);
MUST_CHECK enum rc holds_purge(struct tx *, int64_t now);
MUST_CHECK enum rc holds_close(struct tx *, struct id, int64_t now, enum rc otherwise);         /* open and unexpired, else `otherwise` */
MUST_CHECK enum rc blocked_insert(struct tx *, const struct blocked_time *);
MUST_CHECK enum rc blocked_get(struct tdb *, struct id, struct blocked_time *out);
enum { BLOCKED_MAX = 20000, BLOCKED_READ = 21000 /* room for those who were counted at the same moment */ };
MUST_CHECK enum rc blocked_count(struct tdb *, int64_t now, int64_t *out);                      /* not over yet */
MUST_CHECK enum rc blocked_delete(struct tx *, struct id);
MUST_CHECK enum rc blocked_list(struct tdb *, int64_t from, int64_t to, struct list *out);
/* Names the block that each time dropped as blocked runs into, for a treatment of so many minutes. */
MUST_CHECK enum rc blocks_name(struct tdb *, struct list dropped, int64_t minutes, struct id location);
MUST_CHECK enum rc blocked_rules_new_zone(struct tx *, struct id location, const char *zone); /* of a location and its resources: their times on the clock stay */
/* Blocked time of locations, which claims nothing by itself (a location is not exclusive): all in [from, to), and maybe some days around it. */
MUST_CHECK enum rc blocked_locations(struct tdb *, int64_t from, int64_t to, struct list *out);

/* ---- free times (calendar_slots.c) -------------------------------------------------------------------------------------------- */
struct slot_ask {
    struct id service_id, provider_id, location_id; /* nil: any */
    int64_t from, to;                               /* instants, from <= start < to */
    int64_t now;
    bool public;                                    /* notice, horizon, public and any_provider rules hold; else staff: only the past is out */
    bool private;                                   /* public, by a private link: services that are not public too */
    bool explain;
    struct id except;                               /* claims of this appointment or hold are not in the way */
    struct id patient_id;                           /* nil: the patient's other appointments are not looked at */
    struct list also;                               /* of struct claim: in the way too, though not in the database (yet) */
    bool with_parts;                                /* fill .parts of the answers */
    size_t limit;
};
/* month: where the choice among providers counts, base: what the chosen one had there; month NONE: there was no choice. */
struct slot_answer { int64_t start, end, seats_left; struct id provider_id, location_id; struct list parts; /* of struct appt_part */ int64_t month, base; };
struct slot_dropped { int64_t start; struct id provider_id; int64_t reason; const char *detail; const void *block; }; /* block: of struct blocked_time, by blocks_name */
/* RC_NOT_FOUND: no such service, provider or location here. *dropped only with explain. */
MUST_CHECK enum rc calendar_slots(struct tdb *, const struct slot_ask *, struct list *slots, struct list *dropped);
/* The next free times at or after start, up to n, looking at most 14 days ahead. */
MUST_CHECK enum rc calendar_next(struct tdb *, const struct slot_ask *, size_t n, struct list *out);

void calendar_write_slots(struct json *, const char *key, struct list slots); /* "key":[{start,end,provider_id,location_id}] */
/* Open hours of one or all providers, for the background of the calendar: (provider_id, location_id, start, end) as
 * struct open_hours. */
struct open_hours { struct id provider_id, location_id; int64_t start, end; };
/* First what they are made of is read (also in a batch), then they are worked out; or both at once. */
struct open_read { struct slot_ask ask; struct list providers, locations, hours, exceptions, holidays; };
MUST_CHECK enum rc calendar_open_read(struct tdb *, struct id provider, struct id location, int64_t from, int64_t to, struct open_read *);
MUST_CHECK enum rc calendar_open_of(struct arena *, const struct open_read *, struct list *out);
MUST_CHECK enum rc calendar_open_hours(struct tdb *, struct id provider, struct id location, int64_t from, int64_t to, struct list *out);
/* Other hours, or a place on another clock (calendar_opened.c): what will be open in the next two months and was not. Begun before the
 * change is written, told in its transaction, to who waits. */
struct opening { struct id job, provider_id, location_id; int64_t now; struct list before; /* of struct open_hours */ };
MUST_CHECK enum rc opening_begin(struct tdb *, struct opening *, struct id provider, struct id location, int64_t now);
MUST_CHECK enum rc opening_tell(struct tx *, const struct opening *, const char *key);
enum rc opening_handle_hours(struct req *);
enum rc opening_handle_provider(struct req *);
enum rc opening_handle_provider_restore(struct req *);
enum rc opening_handle_location(struct req *);
enum rc opening_handle_resource(struct req *);
enum rc opening_handle_holiday(struct req *);

/* Claims that are in the way of `ask` now (unexpired, not .except's), of at most SUBJECTS_PER_QUERY subjects, by subject and
 * start; owner, expiry and shared are not filled. */
enum { SUBJECTS_PER_QUERY = 16 };
MUST_CHECK enum rc claims_live(struct tdb *, const struct id *subjects, size_t n, const struct slot_ask *ask, int64_t from, int64_t to, struct list *out);

/* ---- time that has become free (calendar_freed.c) ------------------------------------------------------------------------------ */
/* In the commit that frees it: who waits for it is offered it (job "waitlist.fill"). provider_id and parts (further people, chairs,
 * devices) say who is free again; none: anybody. */
struct freed_time { struct id provider_id, location_id; int64_t from, to; struct id parts[APPT_PARTS_MAX]; size_t n_parts; };
MUST_CHECK enum rc calendar_freed(struct tx *, struct id job_id, const struct freed_time *, const char *key, int64_t now);

/* ---- taking time (calendar_book.c) -------------------------------------------------------------------------------------------- */
struct booking {
    struct req *r;
    struct id client_id, patient_id, service_id, provider_id, location_id, hold_id; /* nil where open */
    struct list resource_ids, provider_ids;         /* who and what is wanted besides; the rest of the parts is chosen */
    int64_t start, duration_min;                    /* duration NONE: the service's */
    const char *notes, *overbook_reason, *client_zone;
    enum appt_source source;
    bool unpaid;                                    /* it stands when it is paid: then() writes the order */
    /* Money that is planned with it, again with each try: read queues what is to be read with what the booking reads, in one trip; plan decides by it, may refuse,
     * make it APPT_PENDING_PAYMENT and name its order, which begin() writes. Or NULL. */
    enum rc (*read)(struct tdb *batch, void *plan_arg); enum rc (*plan)(struct req *, struct appointment *, void *plan_arg); void *plan_arg;
    bool public, extra_seat;                        /* extra_seat: one more in a session the patient comes to anyway */
    bool by_link;                                   /* public, by a private link: the service need not be */
    struct list answers;                            /* of struct answer_in; visitors must answer what is required */
    enum rc (*begin)(struct tx *, void *begin_arg); void *begin_arg; /* first in the same commit; may refuse */
    const struct client_insert *new_client;         /* made in the same commit; client_id and patient_id are its */
    const struct client_insert *stranger;           /* with client_id: who that claims to be it and is not known to be. Made instead when the
                                                       patient is busy then, so that no answer tells when somebody has an appointment */
    enum rc (*then)(struct tx *, const struct appointment *, void *then_arg); void *then_arg; /* in the same commit; or NULL */
    enum rc (*reply)(struct req *, const struct appointment *, void *reply_arg); void *reply_arg; /* called inside the transaction: no reading through r->db */
};
/* RC_OVERLAP with details filled; RC_NOT_FOUND, RC_INVALID name the field; RC_HOLD_EXPIRED. */
MUST_CHECK enum rc calendar_book(struct booking *);
/* ---- a booking that is paid from the client's wallet (calendar_wallet.c) -------------------------------------------------------- */
struct wallet_cover;
/* Who books, and what of the rest is paid in advance by another way. */
struct wallet_way {
    int64_t source;                /* of the order: enum order_source */
    const char *field;             /* which input a refusal names */
    int64_t expect_minor;          /* what the client was told that the wallet pays: another amount is refused; NONE: whatever it is */
    /* Told what the wallet pays of the order that will be, NULL: nothing more is asked. It sets the order's due_minor and pay_by where the booking
     * stands only when more is paid: then the wallet's part is held until that is there. Reads only. */
    enum rc (*plan)(struct req *, struct order *, const struct wallet_cover *, void *arg);
    int64_t hold_s;                /* how long it is held */
    enum rc (*rest)(struct tx *, const struct order *, const struct wallet_cover *, void *arg); /* in the booking's commit, after the order was written: the other payment */
    void *arg;
};
/* As calendar_book, and the wallet pays what it can by its rules, in the same commit; then, then_arg and unpaid are this one's. RC_FUNDS: it pays nothing, or not what
 * was expected. */
MUST_CHECK enum rc calendar_book_from_wallet(struct booking *, const struct wallet_way *);
/* quiet: no mail. by_rule: a time the series gives, so it stays one of it. */
struct moving { struct req *r; bool quiet, by_rule; struct id id, provider_id, location_id; struct list resource_ids, provider_ids; int64_t start, end;
    const char *overbook_reason; bool public, by_link; enum rc (*reply)(struct req *, const struct appointment *, void *reply_arg); void *reply_arg;
    enum rc (*begin)(struct tx *, void *begin_arg); void *begin_arg; }; /* begin: first in the same commit; may refuse */
MUST_CHECK enum rc calendar_move(struct moving *);
/* decide: approve or decline; lapse: by the program, a request nobody answered; unpaid: by the program, nobody paid in time; paid: by the program, the
 * money is there (late, when it had expired). begin: first in the same commit; may refuse. */
struct transition { struct req *r; struct id id; int64_t to; const char *reason; bool restore, notify, by_client, decide, lapse, unpaid, paid;
    bool for_client; const int64_t *refund_minor; /* the money of a cancellation: the client wanted it, so its terms hold; so much goes back whatever they say */
    enum rc (*begin)(struct tx *, void *begin_arg); void *begin_arg; enum rc (*reply)(struct req *, const struct appointment *, void *reply_arg); void *reply_arg; };
MUST_CHECK enum rc calendar_change_state(struct transition *);
/* The same in somebody's transaction, maybe with others: made outside it, run inside it. After RC_OVERLAP, changing_plan_again looks for other chairs and
 * the like; *possible: it may be run once more. */
struct changing;
MUST_CHECK enum rc changing_new(struct transition *, struct changing **out);
MUST_CHECK enum rc changing_run(struct tx *, struct changing *);
MUST_CHECK enum rc changing_plan_again(struct changing *, bool *possible);
/* An appointment of a series. series_at: the instant the root's rule gives, its name. series_local: the wall time the rule gives
 * now. alone: was changed by itself and stays as it is. */
struct series_member { struct id id, series_id; int64_t start, end, series_at, series_local, status, version; bool alone; };
/* ---- what calendar files and mails say of a series (series_file.c) --------------------------------------------------------------------------- */
struct series_file {
    struct id root; int64_t sequence;               /* names the series in calendar files; rises with each change */
    const struct zone *zone;
    const char *sentence, *dates;                   /* dates: those to come, a line each */
    struct id first;                                /* its first appointment that stands, or the first of all */
    bool over;                                      /* nothing of it stands */
    struct list members;                            /* of struct series_member */
    int64_t made_first; const char *made_rrule;
};
MUST_CHECK enum rc series_file_load(struct tdb *, struct id series, int64_t now, struct series_file *out);
/* Everything: the rule, what was left out, what goes elsewhere. `like`: words and people of an event, and what it was made from. */
void series_file_write(struct buf *, const struct ics_calendar *, const struct series_file *, const struct ics_event *like);
/* The events alone, for a calendar that has described the zone already (ics_zone). What is not among the members is left out. */
void series_file_events(struct buf *, const struct ics_calendar *, const struct series_file *, const struct ics_event *like);
/* One appointment of it, in the place of what the rule gives. */
struct ics_event series_file_one(const struct series_file *, const struct appointment *, struct ics_event like);

/* The series of that root, and those split from it, on another clock: of another zone, or (NULL) of the same one by other rules (series_zone.c).
 * Their appointments keep their times. */
MUST_CHECK enum rc series_follow_zone(struct tx *, struct id root, const char *new_zone);

/* Time that outside calendars take of providers, by start: one row for each event there. */
struct outside_busy { struct id provider_id; int64_t start, end; };
enum { OUTSIDE_MAX = 5000 };
MUST_CHECK enum rc outside_list(struct tdb *, int64_t from, int64_t to, struct id provider, struct list *out);
/* Time that an outside calendar takes (claims of kind calendar, of this owner): what nobody has is claimed, the rest is shared with whoever has it and
 * stays as it is; *shared: some of it is. RC_OVERLAP: somebody was quicker; run the transaction again. */
MUST_CHECK enum rc calendar_claim_outside(struct tx *, struct id subject, struct id owner, int64_t from, int64_t to, int64_t now, bool *shared);

/* Takes the time of a hold, inside a transaction: provider, parts and maybe patient, each with its own time. Of whoever made it
 * (row.made_by, NONE: nobody counts) at most `others` stay, the newest. RC_OVERLAP. */
struct holding { struct arena *arena; int64_t now; struct hold row; struct service service; struct list parts; struct id patient_id; int64_t others; };
MUST_CHECK enum rc calendar_hold(struct tx *, const struct holding *);
/* Fills transitions for the caller's rights. */
void appointment_transitions(struct req *, struct appointment *);

/* ---- the money of appointments (calendar_money.c): which order pays for one, and what a change of state does to it. Orders know nothing of
 * appointments; whoever settles payments (modules/payments) tells the calendar. */
enum { ORDER_APPOINTMENTS_MAX = 200 };

/* The order pays for the appointment from now on, in the commit that makes the order or the appointment. In the place of one that is over: a
 * cancelled booking that was restored has a new one. */
MUST_CHECK enum rc appointments_set_order(struct tx *, struct id appointment, struct id order);
/* By start. */
struct order_appointment { struct id id; int64_t status, start, price_minor; };
MUST_CHECK enum rc appointments_of_order(struct tdb *, struct id order, struct list *out); /* of struct order_appointment */

/* What an appointment of this service costs, as an order that is not written yet: one line with its tax (which is in the price), the terms of
 * today frozen, nothing due. The id is new; client and location are the caller's. */
MUST_CHECK enum rc appointments_make_order(struct req *, const struct service *, int64_t price_minor, const char *currency, struct order *out);

/* What would become of the money if the appointment were cancelled at `now`. order.id nil: nothing is to be paid for it. */
struct cancel_money {
    struct order order;
    struct terms terms;            /* as they were agreed */
    struct list of_order;          /* of struct order_appointment */
    int64_t paid_minor;            /* for this appointment, and not given back */
    int64_t refund_minor, kept_minor;
    bool last;                     /* of those that the order pays for, the others are over: so the order is */
};
MUST_CHECK enum rc appointments_money(struct tdb *, const struct appointment *, int64_t now, enum terms_who, struct cancel_money *out);

/* In the commit of a change of state: what is given back, what stays, the end of the order. refund_minor: instead of what the terms say; NULL: the terms.
 * after: is told how its order stands now. */
struct money_step { const struct appointment *before; struct appointment *after; enum terms_who who; const char *reason; const int64_t *refund_minor; };
MUST_CHECK enum rc appointments_settle_step(struct tx *, struct req *, const struct money_step *);
