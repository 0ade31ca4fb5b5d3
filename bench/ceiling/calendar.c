/* calendar.c - the calendar's own statement, day by day in a loop, all its columns fetched: the least that a view of a day
 * costs. On PostgreSQL as the program's role, behind row-level security, on one connection. */
#include "bench/ceiling/ceiling.h"
#include <endian.h>
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { DAYS_AROUND = 28 };

struct looking { int64_t rows, queries, bytes; };

static int64_t random_day(int64_t today)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (today - DAYS_AROUND + (int64_t)(state % (2 * DAYS_AROUND))) * USEC_PER_DAY;
}

/* ---- SQLite -------------------------------------------------------------------------------------------------------------- */

static void one_sqlite(sqlite3_stmt *s, int64_t day, struct looking *l)
{
    const int64_t values[] = { day - USEC_PER_DAY, day + USEC_PER_DAY, day };
    for (int k = 0; k < 3; k++) {
        char name[8];
        snprintf(name, sizeof name, "$%d", k + 2);
        sqlite3_bind_int64(s, sqlite3_bind_parameter_index(s, name), values[k]);
    }
    int columns = sqlite3_column_count(s);
    for (; sqlite3_step(s) == SQLITE_ROW; l->rows++)
        for (int i = 0; i < columns; i++) {
            if (sqlite3_column_type(s, i) == SQLITE_INTEGER) l->bytes += sqlite3_column_int64(s, i) & 1;
            else if (sqlite3_column_blob(s, i)) l->bytes += sqlite3_column_bytes(s, i);
        }
    sqlite3_reset(s);
    l->queries++;
}

static sqlite3_stmt *open_sqlite(const char *path, sqlite3 **db)
{
    sqlite3_stmt *who = NULL, *s = NULL;
    if (sqlite3_open_v2(path, db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
        sqlite3_exec(*db, "PRAGMA cache_size=-4096; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(*db, "SELECT tenant_id FROM tenant WHERE slug = 'demo'", -1, &who, NULL) != SQLITE_OK || sqlite3_step(who) != SQLITE_ROW ||
        sqlite3_prepare_v2(*db, statement_find("calendar.items")->sql, -1, &s, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s: %s\n", path, sqlite3_errmsg(*db));
        exit(1);
    }
    sqlite3_bind_blob(s, sqlite3_bind_parameter_index(s, "$1"), sqlite3_column_blob(who, 0), 16, SQLITE_TRANSIENT);
    sqlite3_finalize(who);
    return s;
}

/* ---- PostgreSQL ----------------------------------------------------------------------------------------------------------- */

static PGresult *must(PGconn *pg, PGresult *res)
{
    ExecStatusType status = PQresultStatus(res);
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return res;
    fprintf(stderr, "%s", PQerrorMessage(pg));
    exit(1);
}

static PGconn *open_postgres(const char *url, char tenant[40])
{
    static const Oid types[] = { 2950, 20, 20, 20, 2950 };
    const struct query *q = statement_find("calendar.items");
    PGconn *pg = PQconnectdb(url);
    char set[128];
    PQclear(must(pg, PQexec(pg, "SET app.scope = 'platform'; SET plan_cache_mode = force_generic_plan; SET random_page_cost = 1.1; SET jit = off")));
    PGresult *who = must(pg, PQexec(pg, "SELECT tenant_id FROM tenant WHERE slug = 'demo'"));
    snprintf(tenant, 40, "%s", PQntuples(who) ? PQgetvalue(who, 0, 0) : "");
    PQclear(who);
    snprintf(set, sizeof set, "SET app.scope = ''; SET app.tenant_id = '%s'", tenant);
    PQclear(must(pg, PQexec(pg, set)));
    PQclear(must(pg, PQprepare(pg, "items", q->pg ? q->pg : q->sql, 5, types)));
    return pg;
}

static void one_postgres(PGconn *pg, const char *tenant, int64_t day, struct looking *l)
{
    char text[3][24];
    const char *values[5] = { tenant, text[0], text[1], text[2], NULL };
    snprintf(text[0], sizeof text[0], "%lld", (long long)(day - USEC_PER_DAY));
    snprintf(text[1], sizeof text[1], "%lld", (long long)(day + USEC_PER_DAY));
    snprintf(text[2], sizeof text[2], "%lld", (long long)day);
    PGresult *res = must(pg, PQexecPrepared(pg, "items", 5, values, NULL, NULL, 1));
    int rows = PQntuples(res), columns = PQnfields(res);
    for (int r = 0; r < rows; r++)
        for (int i = 0; i < columns; i++) l->bytes += PQgetlength(res, r, i) + (*PQgetvalue(res, r, i) & 1);
    l->rows += rows;
    l->queries++;
    PQclear(res);
}

static double cpu_us_of(int pid)
{
    clockid_t clock;
    struct timespec t;
    if (pid <= 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0) return 0;
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

int calendar_bare(const char *url, double seconds)
{
    struct looking l = { 0 };
    int64_t today = wall_us() / USEC_PER_DAY;
    bool lite = strncmp(url, "sqlite:", 7) == 0;
    char tenant[40] = "";
    sqlite3 *db = NULL;
    sqlite3_stmt *s = lite ? open_sqlite(url + 7, &db) : NULL;
    PGconn *pg = lite ? NULL : open_postgres(url, tenant);
    int pid = pg ? PQbackendPID(pg) : 0;
    double before = 0;
    int64_t begun = wall_us(), now = begun;
    for (bool warm = false; (double)(now - begun) < seconds * 1e6; now = wall_us()) {
        if (lite) one_sqlite(s, random_day(today), &l);
        else one_postgres(pg, tenant, random_day(today), &l);
        if (warm || (double)(now - begun) < 0.5e6) continue;
        warm = true;
        l = (struct looking){ 0 };
        before = own_cpu_us() + cpu_us_of(pid);
    }
    double cpu = own_cpu_us() + cpu_us_of(pid) - before, n = (double)(l.queries ? l.queries : 1);
    printf("{\"queries\":%lld,\"rows_per_query\":%.0f,\"cpu_us_per_query\":%.0f}\n", (long long)l.queries, (double)l.rows / n, cpu / n);
    sqlite3_finalize(s);
    sqlite3_close(db);
    PQfinish(pg);
    return l.rows > 0 ? 0 : 1;
}
