/* own_database.h - a database of the test program's own on the server that CLINICD_TEST_PG names. */
#pragma once
#include <stddef.h>

/* Makes database `program`_PID and puts its address into url; exits when it cannot. */
void own_database_make(const char *server, const char *program, char *url, size_t cap);
void own_database_drop(const char *server, const char *program);
