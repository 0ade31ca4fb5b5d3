/* clients - who books and pays (client), and who is treated (patient: the client itself, a dependant, an animal). */
#pragma once
#include "core/core.h"

enum { PATIENTS_MAX = 200, SEARCH_TERM_MAX = 40, TERMS_PER_CLIENT_MAX = 24 };
enum client_status { CLIENT_LEAD, CLIENT_ACTIVE, CLIENT_INACTIVE, CLIENT_BLOCKED };
enum patient_kind { PATIENT_SELF, PATIENT_DEPENDANT, PATIENT_ANIMAL };

struct client_stats { int64_t visits, no_shows, cancellations, last_visit_at, next_visit_at; };
struct client {
    struct present present;
    struct id id;
    const char *name, *email, *phone, *source, *notes, *address, *time_zone, *locale;
    int64_t status, date_of_birth;
    int64_t visits, no_shows, cancellations, last_visit_at, next_visit_at; /* as columns; written out as .stats */
    const void *stats;             /* struct client_stats */
    struct list patients;          /* of struct patient; filled by GET one */
    bool deleted;
    int64_t deleted_at;            /* NONE: not deleted */
    int64_t version, created_at, updated_at;
    int64_t purged_at;             /* NONE: not purged; see clients_purge_due */
    int64_t of_total;              /* clients_find's own */
};
enum patient_sex { SEX_FEMALE, SEX_MALE, SEX_OTHER, SEX_UNKNOWN };
struct patient {
    struct present present;
    struct id id, client_id;
    int64_t kind, date_of_birth, sex;
    const char *name, *species, *breed, *chip, *notes;
    bool archived;
    int64_t version;
};

extern const struct module clients_module;
extern const struct shape client_shape, patient_shape;
extern const char *const patient_kind_names[], *const patient_sex_names[], *const client_status_names[];
extern const struct query *const clients_queries[];

/* Nobody yet: start from these, because 0 is a date and an instant, and NONE is not 0. */
struct client clients_default(void);   /* active */
struct patient patients_default(void); /* self */

/* Reads: RC_NOT_FOUND also for another tenant's. clients_get finds deleted ones too. */
MUST_CHECK enum rc clients_get(struct tdb *, struct id, struct client *out);
MUST_CHECK enum rc patients_get(struct tdb *, struct id, struct patient *out);
MUST_CHECK enum rc patients_of(struct tdb *, struct id client, struct list *out);    /* self first */
/* The client (not deleted) with this normalised address and folded name, and its `self` patient: for public bookings. */
MUST_CHECK enum rc clients_match(struct tdb *, const char *email, const char *name, struct id *client, struct id *patient);

/* A client with its `self` patient and search terms. ids and now are the caller's; a is for the folded text. */
struct client_insert {
    struct client client; struct id patient_id; const char *phone_digits, *name_folded; int64_t now;
    struct list terms;             /* of const char *: what search finds it by */
};
/* Fills phone_digits, name_folded and terms from client.name, .email and .phone; compulsory before clients_insert. */
void clients_prepare(struct arena *, struct client_insert *);
MUST_CHECK enum rc clients_insert(struct tx *, const struct client_insert *);
MUST_CHECK enum rc patients_insert(struct tx *, const struct patient *);
/* As prepared; terms: whether the search terms are written anew (name, email or phone changed). */
MUST_CHECK enum rc clients_update(struct tx *, const struct client_insert *, int64_t version, bool terms, enum rc lost);
MUST_CHECK enum rc clients_set_deleted(struct tx *, struct id, int64_t version, int64_t deleted_at, int64_t now, enum rc lost); /* NONE restores */
MUST_CHECK enum rc patients_update(struct tx *, const struct patient *, int64_t version, enum rc lost);

/* Lists. q NULL: all. Each word of q must begin a word of the name or the address, or stand in the telephone number; three words
 * are looked at (the longest). A search stops at SEARCH_MAX clients, and only those are sorted and paged: a longer word
 * narrows it, and total is that of what it found. */
enum client_sort { SORT_NAME, SORT_NAME_DOWN, SORT_CREATED, SORT_CREATED_DOWN, SORT_VISIT, SORT_VISIT_DOWN, SORT_N };
enum { SEARCH_MAX = 500, CLIENTS_PAGE_MAX = 200 };
struct client_filter { const char *q; int64_t status /* NONE: any */, sort, page, limit; bool deleted; /* only deleted ones */ struct position after; };
MUST_CHECK enum rc clients_find(struct tdb *, const struct client_filter *, struct list *out, int64_t *total);
/* Where a client stands in that order. With `after` the list goes on behind it, uncounted; only without q and deleted. */
struct position clients_place(struct arena *, const struct client *, int64_t sort);

/* Purge: what was deleted before `before` loses all that tells who it was; the row stays, because appointments name it. */
enum { PURGE_STEP = 50 };
struct purge_due { struct id tenant_id, id; };
MUST_CHECK enum rc clients_purge_due(struct tdb *, int64_t before, struct list *out); /* of struct purge_due, by tenant; PURGE_STEP at most */
MUST_CHECK enum rc clients_purge(struct tx *, struct id, int64_t before, int64_t now, enum rc otherwise); /* inside its tenant */

/* Statistics, in the transaction of their cause. Deltas; next: recompute next_visit_at and last_visit_at from appointments
 * is the calendar's business, which passes the values (NONE clears). */
struct stats_change { struct id client; int64_t visits, no_shows, cancellations; };
MUST_CHECK enum rc clients_add_stats(struct tx *, const struct stats_change *);
MUST_CHECK enum rc clients_set_visits(struct tx *, struct id client, int64_t last_visit_at, int64_t next_visit_at);
