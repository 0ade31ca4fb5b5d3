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
};
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
extern const char *const patient_kind_names[], *const client_status_names[];
extern const struct query *const clients_queries[];

/* Reads: RC_NOT_FOUND also for another tenant's. clients_get finds deleted ones too. */
MUST_CHECK enum rc clients_get(struct tdb *, struct id, struct client *out);
MUST_CHECK enum rc patients_get(struct tdb *, struct id, struct patient *out);
MUST_CHECK enum rc patients_of(struct tdb *, struct id client, struct list *out);    /* self first */
/* The client (not deleted) with this normalised address and folded name, and its `self` patient: for public bookings. */
MUST_CHECK enum rc clients_match(struct tdb *, const char *email, const char *name, struct id *client, struct id *patient);

/* A client with its `self` patient and search terms. ids and now are the caller's; a is for the folded text. */
struct client_insert { struct client client; struct id patient_id; const char *phone_digits, *name_folded; int64_t now; };
/* Fills phone_digits and name_folded from client.name and client.phone. */
void clients_prepare(struct arena *, struct client_insert *);
MUST_CHECK enum rc clients_insert(struct tx *, const struct client_insert *);
MUST_CHECK enum rc patients_insert(struct tx *, const struct patient *);

/* Statistics, in the transaction of their cause. Deltas; next: recompute next_visit_at and last_visit_at from appointments
 * is the calendar's business, which passes the values (NONE clears). */
struct stats_change { struct id client; int64_t visits, no_shows, cancellations; };
MUST_CHECK enum rc clients_add_stats(struct tx *, const struct stats_change *);
MUST_CHECK enum rc clients_set_visits(struct tx *, struct id client, int64_t last_visit_at, int64_t next_visit_at);
