/* ceiling.h - what the databases alone can do with the program's own statements: no HTTP, no JSON, no checks but the
 * database's. The texts are those of the modules' tables, found by name, so that they cannot drift from what is measured. */
#pragma once
#include "core/core.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The writes of one booking by staff for a client without an address, in the order of the server. */
enum booking_part { PART_APPOINTMENT, PART_CLAIM_PROVIDER, PART_CLAIM_PATIENT, PART_AUDIT, PART_EVENT, PART_DAY_BEFORE, PART_HOURS_BEFORE,
    PART_CLIENT, N_PARTS };
/* What changes from booking to booking; SQLite's parameter is its number + 1. */
enum booking_value { V_TENANT, V_APPOINTMENT, V_AUDIT, V_CLIENT, V_PATIENT, V_PROVIDER, V_SERVICE, V_LOCATION, V_START, V_END, V_NOW, N_VALUES };

const struct query *statement_find(const char *name); /* exits when there is none */
/* The text of a part with values in the place of its arguments: as parameters of SQLite or expressions of pgbench. */
void statement_write(enum booking_part, bool pgbench, char *out, size_t cap);

int book_sqlite(const char *path, double seconds, int batch);
int book_pgbench(bool reads);                                   /* prints the script; with what the server reads before, or its writes alone */
int ledger_bench(const char *folder, double seconds, int64_t transfers); /* the ledger beside SQLite alone, its statement and its proof */
int calendar_bare(const char *url, double seconds);             /* the statement of the calendar, day by day */

int64_t wall_us(void);
double own_cpu_us(void);
