/* own_database.h - databases of the test program's own: SQLite in a temporary folder, and one on the server that CLINICD_TEST_PG names. */
#pragma once
#include "core/start.h"

/* Runs `run` on the one, then on the other if there is a server. When it returns, nobody has the database open; a file left in the folder ends the program. */
void own_databases_each(const char *program, void (*run)(const char *url));

/* What such a program does first: keys, quiet log, and its arena, which ends with the program. */
struct arena *own_databases_begin(size_t arena_bytes);
/* One of them with all tables and statements of the program, and with those a test forges rows by (ends with NULL; or NULL). Ends the program when it does not open. */
struct db *own_database_open(const char *url, int readers, const struct query *const *forgeries);

/* Makes database `program`_PID and puts its address into url; exits when it cannot. */
void own_database_make(const char *server, const char *program, char *url, size_t cap);
void own_database_drop(const char *server, const char *program);
