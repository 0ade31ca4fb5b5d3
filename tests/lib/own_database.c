/* own_database.c - see own_database.h. */
#include "tests/lib/own_database.h"
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void run_sql(const char *server, const char *sql)
{
    PGconn *pg = PQconnectdb(server);
    PGresult *res = PQexec(pg, sql);
    if (PQresultStatus(res) != PGRES_COMMAND_OK) {
        fprintf(stderr, "%s: %s", sql, PQerrorMessage(pg));
        exit(3);
    }
    PQclear(res);
    PQfinish(pg);
}

void own_database_make(const char *server, const char *program, char *url, size_t cap)
{
    char sql[100];
    const char *host = strstr(server, "://"), *at = strrchr(server, '@'), *question = strchr(server, '?');
    const char *slash = host ? strchr(at ? at : host + 3, '/') : NULL;
    if (!slash || (question && question < slash)) {
        fprintf(stderr, "%s names no database\n", server);
        exit(3);
    }
    snprintf(url, cap, "%.*s/%s_%d%s", (int)(slash - server), server, program, (int)getpid(), question ? question : "");
    snprintf(sql, sizeof sql, "CREATE DATABASE %s_%d", program, (int)getpid());
    run_sql(server, sql);
}

void own_database_drop(const char *server, const char *program)
{
    char sql[100];
    snprintf(sql, sizeof sql, "DROP DATABASE %s_%d", program, (int)getpid());
    run_sql(server, sql);
}
