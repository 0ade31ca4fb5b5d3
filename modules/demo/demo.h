/* demo - a clinic to try things out, and one full of appointments for load tests. Made with the other modules' own store
 * functions; the same on every machine and day, but for the ids and for "today". */
#pragma once
#include "core/cli.h"
#include "modules/calendar/calendar.h"
#include "modules/products/products.h"
#include "modules/till/till.h"

enum { DEMO_DAYS = 21, DEMO_DAYS_MAX = 60, DEMO_APPOINTMENTS_MAX = 5000000 };
extern const struct module demo_module;
extern const struct query *const demo_queries[];

int demo_run(struct cli *);

/* A row of numbers that is the same every time (splitmix64). */
struct demo_random { uint64_t state; };
uint64_t demo_next(struct demo_random *);
int64_t demo_below(struct demo_random *, int64_t n);       /* 0 .. n - 1 */
bool demo_chance(struct demo_random *, int percent);

/* demo_people.c: the i-th client, prepared; some have no address or no telephone. */
void demo_client(struct arena *, struct demo_random *, size_t i, int64_t now, struct client_insert *out);
const char *demo_first_name(size_t i);

/* What was made, for the report. */
struct demo_counts { int64_t locations, resources, providers, services, clients, patients, appointments, holidays, blocked, users; };
struct demo_user { const char *email, *name; int64_t role; struct id account, member; bool exists; };
struct demo_clinic {
    struct tenant tenant;
    struct demo_user *users; size_t n_users;               /* the first one is the owner */
    const char *hash;                                      /* of the password; NULL: accounts keep theirs */
    int64_t now;
    struct demo_counts made;
};
/* demo_clinic.c: everything in one transaction, unless the clinic is there. RC_OK either way; tenant.id is set. */
MUST_CHECK enum rc demo_clinic_make(struct cli_db *, struct demo_clinic *, int64_t days);
/* demo_money.c: its money, when it was made just now; what it is about. */
struct demo_visit { struct id id, client, service; int64_t start, end; };
struct demo_books {
    struct id location, till, package_service;
    const struct id *services, *goods, *clients;
    struct demo_visit *visits; size_t n_visits;            /* those that took place; put in order here */
};
MUST_CHECK enum rc demo_money(struct cli_db *, const struct demo_clinic *, const struct demo_books *);
/* demo_bench.c: the clinic `bench` when it is not there, then n appointments more. */
MUST_CHECK enum rc demo_bench_make(struct cli_db *, struct demo_clinic *, int64_t n);
/* demo.c: tenant, accounts and members, first thing in a transaction. */
MUST_CHECK enum rc demo_found(struct tx *, const struct demo_clinic *, struct id location, struct id audit);
