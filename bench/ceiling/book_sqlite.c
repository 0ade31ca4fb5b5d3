/* book_sqlite.c - what SQLite alone can do with the writes of one booking: one writer, `batch` bookings per commit, each in a
 * savepoint, synchronous=FULL. The database must have been filled by bench/seed.py. */
#include "bench/ceiling/ceiling.h"
#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>

enum { ID = 16, PROVIDERS_MAX = 64, CLIENTS_MAX = 8192, SLOTS_PER_DAY = 28 };

struct names { unsigned char id[CLIENTS_MAX][ID], other[CLIENTS_MAX][ID]; int n; };
enum { S_BEGIN = N_PARTS, S_COMMIT, S_SAVE, S_RELEASE, S_N };
static const char *const control[] = { "BEGIN IMMEDIATE", "COMMIT", "SAVEPOINT one", "RELEASE one" };

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

int64_t wall_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void fresh_id(unsigned char id[ID])
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
    for (int i = 0; i < S_N; i++) {
        char text[8192];
        if (i < N_PARTS) statement_write((enum booking_part)i, false, text, sizeof text);
        else snprintf(text, sizeof text, "%s", control[i - N_PARTS]);
        if (sqlite3_prepare_v3(c->db, text, -1, SQLITE_PREPARE_PERSISTENT, &c->statement[i], NULL) != SQLITE_OK) die(c, text);
    }
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

struct booking { unsigned char ids[V_START][ID]; int64_t start, now; };

static bool write_row(struct ceiling *c, int which, const struct booking *b)
{
    sqlite3_stmt *s = c->statement[which];
    int n = sqlite3_bind_parameter_count(s);
    for (int v = 0; v < V_START; v++) bind_id(s, v + 1, b->ids[v]);
    if (n > V_START) sqlite3_bind_int64(s, V_START + 1, b->start);
    if (n > V_END) sqlite3_bind_int64(s, V_END + 1, b->start + 30 * USEC_PER_MIN);
    if (n > V_NOW) sqlite3_bind_int64(s, V_NOW + 1, b->now);
    return step(s) == SQLITE_DONE;
}

static bool book(struct ceiling *c, const unsigned char *provider, int client, int64_t start)
{
    struct booking b = { .start = start, .now = wall_us() };
    const unsigned char *const known[V_START] = { [V_TENANT] = c->tenant, [V_CLIENT] = c->clients.id[client], [V_PATIENT] = c->clients.other[client],
        [V_PROVIDER] = provider, [V_SERVICE] = c->service, [V_LOCATION] = c->location };
    for (int v = 0; v < V_START; v++)
        if (known[v]) memcpy(b.ids[v], known[v], ID);
    fresh_id(b.ids[V_APPOINTMENT]);
    fresh_id(b.ids[V_AUDIT]);
    bool ok = true;
    for (int part = 0; part < N_PARTS && ok; part++) ok = write_row(c, part, &b);
    return ok;
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

double own_cpu_us(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

int book_sqlite(const char *path, double seconds, int batch)
{
    static struct ceiling c;
    open_database(&c, path);
    /* Far ahead, at another place each run: 2150-01-01 and some days. */
    c.first_start = 65744LL * 1440 * USEC_PER_MIN + wall_us() % 8000 * 1440 * USEC_PER_MIN * 2;
    int64_t begun = wall_us(), done = 0, commits = 0;
    double cpu = own_cpu_us();
    while ((double)(wall_us() - begun) < seconds * 1e6) {
        if (step(c.statement[S_BEGIN]) != SQLITE_DONE) die(&c, "BEGIN");
        for (int i = 0; i < batch; i++) done += book_next(&c);
        if (step(c.statement[S_COMMIT]) != SQLITE_DONE) die(&c, "COMMIT");
        commits++;
    }
    double took = (double)(wall_us() - begun) / 1e6;
    printf("{\"batch\":%d,\"per_second\":%.0f,\"commits_per_second\":%.0f,\"cpu_us_per_booking\":%.0f,\"refused\":%" PRId64 "}\n", batch, (double)done / took,
        (double)commits / took, (own_cpu_us() - cpu) / (double)(done ? done : 1), c.refused);
    sqlite3_close_v2(c.db);
    return c.refused > done / 20 ? 1 : 0;
}
