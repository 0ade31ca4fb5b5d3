/* postgres_fixture.h - a database of the test program's own on the server of tests/lib/with_postgres, with a small schema. */
#pragma once
#include "core/db/engine.h"
#include <libpq-fe.h>

extern const struct query thing_add, thing_data, thing_amount, thing_get, thing_bytes, thing_list, thing_count, thing_sum, thing_nulls,
    thing_drop, part_add, span_add, all_things, visible, all_noted, all_in_order, counter_add, counter_get, counter_set, counter_bump, half,
    long_sleep, die;
struct thing {
    struct id id;
    const char *name;
    int64_t amount;
    const char *note;
    struct id other;
    bool flag;
};
extern const struct shape thing_shape;

extern char url[512], database[64];
extern PGconn *admin; /* superuser */
extern struct db *db;
extern struct tdb *t; /* the main thread's handle */
extern struct arena *arena;
extern struct id one, two;     /* tenants */
extern _Atomic unsigned woken; /* bits that `db` was told */

void set_up(const char *program); /* exits when there is no server */
void tear_down(void);
void sleep_ms(long ms);
void admin_run(const char *sql);
void url_with(const char *base, const char *name, char *out, size_t out_len); /* the same server and role, another database */
struct db_config config_of(const char *at);
void begin(struct tdb *handle, struct id tenant);
int64_t count(const struct query *q);             /* of t's tenant; -1 on failure */
PGconn *raw(void);                                /* a connection as role clinicd with no settings */
const char *raw_state(PGconn *, const char *sql); /* SQLSTATE, "" when fine */
void terminate_all(void);                         /* cuts every connection to the database */

/* A transaction of a few steps, for most tests; then it ends with `end`. */
struct step {
    const struct query *q;
    const struct arg *args;
    bool one;
    enum rc otherwise;
};
struct script {
    const struct step *steps;
    int n;
    enum rc end;
    unsigned wake;
    int calls;
};
enum rc run_script(struct tx *, void *script);
enum rc write_one(const struct query *q, const struct arg *args);
enum rc add_thing(struct id id, const char *name, int64_t amount);
