/* ceiling_sqlite.c - what SQLite alone can do with the writes of one booking: no HTTP, no JSON, no threads, no checks but the
 * database's own. One writer, `batch` bookings per commit, each in a savepoint, synchronous=FULL. The server is measured
 * against this figure. The database must have been filled by bench/seed.py.
 *
 *   bench-ceiling_sqlite DATABASE SECONDS BATCH */
#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>

enum { ID = 16, PROVIDERS_MAX = 64, CLIENTS_MAX = 8192, SLOTS_PER_DAY = 28 };
#define USEC_PER_MIN 60000000LL

struct names { unsigned char id[CLIENTS_MAX][ID], other[CLIENTS_MAX][ID]; int n; };
enum { S_BEGIN, S_COMMIT, S_SAVE, S_RELEASE, S_APPOINTMENT, S_CLAIM, S_CLIENT, S_AUDIT, S_EVENT, S_JOB, S_N };
static const char *const sql[S_N] = {
    [S_BEGIN] = "BEGIN IMMEDIATE", [S_COMMIT] = "COMMIT", [S_SAVE] = "SAVEPOINT one", [S_RELEASE] = "RELEASE one",
    [S_APPOINTMENT] = "INSERT INTO appointment (tenant_id, id, client_id, patient_id, service_id, provider_id, location_id, starts_at, ends_at,"
        " buffer_before_min, buffer_after_min, time_zone, status, price_minor, currency, source, sequence, version, created_at, updated_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 0, 0, 'Europe/Bucharest', 'scheduled', 5000, 'EUR', 'staff', 0, 1, ?10, ?10)",
    [S_CLAIM] = "INSERT INTO claim (tenant_id, subject_id, starts_at, owner_id, ends_at, core_start, core_end, kind, shared)"
        " VALUES (?1, ?2, ?8, ?3, ?9, ?8, ?9, 'appointment', 0)",
    [S_CLIENT] = "UPDATE client SET next_visit_at = ?8 WHERE tenant_id = ?1 AND id = ?2 AND (next_visit_at IS NULL OR next_visit_at > ?8)",
    [S_AUDIT] = "INSERT INTO audit (tenant_id, id, at, actor_kind, actor_name, action, entity, entity_id, changes, address, user_agent, request_id,"
        " warning) VALUES (?1, ?2, ?10, 'member', 'Front desk', 'appointment.create', 'appointment', ?3,"
        " '{\"start\":[null,\"2030-01-01T09:00:00Z\"],\"end\":[null,\"2030-01-01T09:30:00Z\"],\"status\":[null,\"scheduled\"]}', '127.0.0.1', '', 'r', 0)",
    [S_EVENT] = "INSERT INTO event (tenant_id, topic, entity_id, version, at, detail) VALUES (?1, 'appointment.created', ?3, 1, ?10,"
        " '{\"provider_id\":\"00000000-0000-7000-8000-000000000000\",\"start\":\"2030-01-01T09:00:00Z\",\"end\":\"2030-01-01T09:30:00Z\"}')",
    [S_JOB] = "INSERT INTO job (tenant_id, id, kind, key, payload, state, run_at, attempt, created_at)"
        " VALUES (?1, ?2, 'notice', hex(?3), '{\"appointment\":\"00000000-0000-7000-8000-000000000000\"}', 0, ?10, 0, ?10)",
};

struct ceiling {
    sqlite3 *db;
    sqlite3_stmt *statement[S_N];
    struct names providers, clients; /* clients: other is the patient */
    unsigned char tenant[ID], service[ID], location[ID];
    int64_t first_start, place, refused;
};

_Noreturn static void die(struct ceiling *c, const char *what)
{
    fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(c->db));
    exit(1);
}

static int64_t wall_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void id_new(unsigned char id[ID])
{
    uint64_t ms = (uint64_t)wall_us() / 1000;
    if (getrandom(id, ID, 0) != ID) abort();
    for (int i = 0; i < 6; i++) id[i] = (unsigned char)(ms >> (40 - 8 * i));
    id[6] = (unsigned char)(0x70 | (id[6] & 15));
    id[8] = (unsigned char)(0x80 | (id[8] & 63));
}

static void read_names(struct ceiling *c, const char *query, struct names *out, int max)
{
    sqlite3_stmt *s;
    if (sqlite3_prepare_v2(c->db, query, -1, &s, NULL) != SQLITE_OK) die(c, query);
    while (out->n < max && sqlite3_step(s) == SQLITE_ROW) {
        memcpy(out->id[out->n], sqlite3_column_blob(s, 0), ID);
        memcpy(out->other[out->n++], sqlite3_column_blob(s, 1), ID);
    }
    sqlite3_finalize(s);
    if (out->n == 0) {
        fprintf(stderr, "nothing to book with: run bench/seed.py first\n");
        exit(1);
    }
}

static void open_database(struct ceiling *c, const char *path)
{
    static const char pragmas[] = "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=4000; PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON;"
                                  "PRAGMA synchronous=FULL; PRAGMA cache_size=-16384; PRAGMA mmap_size=1073741824; PRAGMA temp_store=MEMORY";
    static struct names one;
    if (sqlite3_open_v2(path, &c->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) die(c, path);
    if (sqlite3_exec(c->db, pragmas, NULL, NULL, NULL) != SQLITE_OK) die(c, "pragmas");
    for (int i = 0; i < S_N; i++)
        if (sqlite3_prepare_v3(c->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT, &c->statement[i], NULL) != SQLITE_OK) die(c, sql[i]);
    read_names(c, "SELECT p.provider_id, s.id FROM service_provider p JOIN service s ON s.tenant_id = p.tenant_id AND s.id = p.service_id"
                  " WHERE s.name = 'Bench visit'", &c->providers, PROVIDERS_MAX);
    read_names(c, "SELECT client_id, id FROM patient WHERE name LIKE 'Bench Client%' AND kind = 'self'", &c->clients, CLIENTS_MAX);
    read_names(c, "SELECT l.tenant_id, l.id FROM location l JOIN tenant t ON t.tenant_id = l.tenant_id WHERE t.slug = 'demo'", &one, 1);
    memcpy(c->service, c->providers.other[0], ID);
    memcpy(c->tenant, one.id[0], ID);
    memcpy(c->location, one.other[0], ID);
}

static void bind_id(sqlite3_stmt *s, int at, const unsigned char *id)
{
    if (at <= sqlite3_bind_parameter_count(s)) sqlite3_bind_blob(s, at, id, ID, SQLITE_STATIC);
}

static int step(sqlite3_stmt *s)
{
    int r = sqlite3_step(s);
    sqlite3_reset(s);
    return r;
}

/* ?1 the tenant, ?2 and ?3 ids, ?8 start, ?9 end, ?10 now. */
static bool write_row(struct ceiling *c, int which, const unsigned char *a, const unsigned char *b, int64_t start, int64_t now)
{
    sqlite3_stmt *s = c->statement[which];
    bind_id(s, 1, c->tenant);
    bind_id(s, 2, a);
    bind_id(s, 3, b);
    int n = sqlite3_bind_parameter_count(s);
    if (n >= 8) sqlite3_bind_int64(s, 8, start);
    if (n >= 9) sqlite3_bind_int64(s, 9, start + 30 * USEC_PER_MIN);
    if (n >= 10) sqlite3_bind_int64(s, 10, now);
    return step(s) == SQLITE_DONE;
}

static bool book(struct ceiling *c, const unsigned char *provider, int client, int64_t start)
{
    unsigned char id[ID], audit[ID], job[ID];
    int64_t now = wall_us();
    id_new(id);
    id_new(audit);
    id_new(job);
    sqlite3_stmt *s = c->statement[S_APPOINTMENT];
    bind_id(s, 4, c->clients.other[client]);
    bind_id(s, 5, c->service);
    bind_id(s, 6, provider);
    bind_id(s, 7, c->location);
    return write_row(c, S_APPOINTMENT, id, c->clients.id[client], start, now) && write_row(c, S_CLAIM, provider, id, start, now)
        && write_row(c, S_CLAIM, c->clients.other[client], id, start, now) && write_row(c, S_CLIENT, c->clients.id[client], NULL, start, now)
        && write_row(c, S_AUDIT, audit, id, start, now) && write_row(c, S_EVENT, audit, id, start, now) && write_row(c, S_JOB, job, id, start, now);
}

/* Places as in the load generator: another provider each time, then another slot, in an order that jumps. */
static bool book_next(struct ceiling *c)
{
    int64_t n = c->place++, slots = SLOTS_PER_DAY * 1500, slot = n / c->providers.n * 10007 % slots;
    int provider = (int)(n % c->providers.n), client = (int)(n % c->clients.n);
    int64_t start = c->first_start + slot / SLOTS_PER_DAY * 1440 * USEC_PER_MIN + (360 + slot % SLOTS_PER_DAY * 30) * USEC_PER_MIN;
    step(c->statement[S_SAVE]);
    bool ok = book(c, c->providers.id[provider], client, start);
    if (!ok) {
        if (c->refused++ == 0) fprintf(stderr, "first refusal: %s\n", sqlite3_errmsg(c->db));
        sqlite3_exec(c->db, "ROLLBACK TO one", NULL, NULL, NULL);
    }
    step(c->statement[S_RELEASE]);
    return ok;
}

static double cpu_us(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

int main(int argc, char **argv)
{
    static struct ceiling c;
    if (argc != 4) {
        fprintf(stderr, "bench-ceiling_sqlite DATABASE SECONDS BATCH\n");
        return 2;
    }
    double seconds = strtod(argv[2], NULL);
    int batch = (int)strtol(argv[3], NULL, 10);
    open_database(&c, argv[1]);
    /* Far ahead, at another place each run: 2150-01-01 and some days. */
    c.first_start = 65744LL * 1440 * USEC_PER_MIN + wall_us() % 8000 * 1440 * USEC_PER_MIN * 2;
    int64_t begun = wall_us(), done = 0, commits = 0;
    double cpu = cpu_us();
    while ((double)(wall_us() - begun) < seconds * 1e6) {
        if (step(c.statement[S_BEGIN]) != SQLITE_DONE) die(&c, "BEGIN");
        for (int i = 0; i < batch; i++) done += book_next(&c);
        if (step(c.statement[S_COMMIT]) != SQLITE_DONE) die(&c, "COMMIT");
        commits++;
    }
    double took = (double)(wall_us() - begun) / 1e6;
    printf("{\"batch\":%d,\"per_second\":%.0f,\"commits_per_second\":%.0f,\"cpu_us_per_booking\":%.0f,\"refused\":%" PRId64 "}\n", batch, (double)done / took,
        (double)commits / took, (cpu_us() - cpu) / (double)(done ? done : 1), c.refused);
    sqlite3_close_v2(c.db);
    return c.refused > done / 20 ? 1 : 0;
}
