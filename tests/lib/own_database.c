/* own_database.c - see own_database.h. */
#include "tests/lib/own_database.h"
#include "core/seal/seal.h"
#include "tests/lib/folder.h"
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct migration all_migrations[];

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

static void remove_folder(const char *folder)
{
    static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
    char path[200];
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        snprintf(path, sizeof path, "%s/t.db%s", folder, ends[i]);
        unlink(path);
    }
    if (rmdir(folder) == 0) return;
    perror(folder);
    exit(3);
}

void own_databases_each(const char *program, void (*run)(const char *url))
{
    char folder[100], url[600];
    const char *server = getenv("CLINICD_TEST_PG");
    test_folder(folder, sizeof folder, program);
    if (!mkdtemp(folder)) {
        perror(folder);
        exit(3);
    }
    snprintf(url, sizeof url, "sqlite:%s/t.db", folder);
    run(url);
    remove_folder(folder);
    if (!server || !*server) return;
    own_database_make(server, program, url, sizeof url);
    run(url);
    own_database_drop(server, program);
}

struct arena *own_databases_begin(size_t arena_bytes)
{
    static const uint8_t key[32] = { 5 };
    struct arena *a = arena_new(arena_bytes);
    ASSERT(a && seal_init() == RC_OK);
    seal_key_set(key);
    log_set_level(LOG_ERROR);
    return a;
}

struct db *own_database_open(const char *url, int readers, const struct query *const *forgeries)
{
    static struct query_set sets[80];
    struct db *db = NULL;
    char err[400] = "";
    size_t n = 0;
    for (const struct query_set *q = start_queries(); q->module; q++) sets[n++] = *q;
    if (forgeries) sets[n++] = (struct query_set){ "test", false, forgeries };
    sets[n] = (struct query_set){ 0 };
    const struct db_config config = { .url = url, .readers_max = readers, .migrations = all_migrations, .queries = sets };
    printf("   %.10s\n", url);
    if (db_open(&db, &config, 0, err, sizeof err) == RC_OK) return db;
    fprintf(stderr, "%s\n", err);
    exit(3);
}
