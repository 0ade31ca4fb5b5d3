/* ledger.c - the ledger beside SQLite alone: transfers a second of the program (its transactions, checks and seals) and of a bare loop that writes
 * the same rows with the same statements, 64 to a commit; the first page of a statement of an account with 100,000 transfers; the proof. In a
 * folder of its own. */
#include "bench/ceiling/ceiling.h"
#include "core/start.h"
#include "modules/ledger/ledger_jobs.h"
#include "modules/tenants/tenants.h"
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WRITERS = 128, BATCH = 64, ACCOUNTS = 1000, STATEMENT_TRANSFERS = 100000, PAGES = 200 };
extern const struct migration all_migrations[];
static struct db *db;
static struct arena *arena;
static struct tenant clinic;
static struct ledger_account world, members[ACCOUNTS], old;

_Noreturn static void die(const char *what)
{
    fprintf(stderr, "bench-ceiling ledger: %s\n", what);
    exit(1);
}

static const char *path_in(const char *folder, const char *prefix, const char *name) { return arena_printf(arena, "%s%s/%s", prefix, folder, name); }

/* ---- the program ------------------------------------------------------------------------------------------------------------------ */

struct chain { struct ledger_move moves[LEDGER_MOVES_MAX]; size_t n; struct ledger_by by; };

static enum rc chain_tx(struct tx *tx, void *arg)
{
    struct chain *c = arg;
    struct ledger_refusal why;
    return ledger_post(tx, c->moves, c->n, &c->by, &why);
}

static enum rc found_tx(struct tx *tx, void *arg)
{
    (void)arg;
    TRY(tenants_insert(tx, &clinic, now_us()));
    TRY(ledger_open(tx, &world, now_us()));
    TRY(ledger_open(tx, &old, now_us()));
    for (int i = 0; i < ACCOUNTS; i++) TRY(ledger_open(tx, &members[i], now_us()));
    return RC_OK;
}

static void make_clinic(struct tdb *t)
{
    clinic = tenants_default();
    clinic.id = id_new();
    clinic.slug = "ledger", clinic.name = "Ledger", clinic.time_zone = "UTC", clinic.currency = "EUR";
    bool ok = ledger_account_of(arena, clinic.id, "world:bank", "EUR", &world) && ledger_account_of(arena, clinic.id, "member:old:main", "EUR", &old);
    for (int i = 0; i < ACCOUNTS; i++) ok = ok && ledger_account_of(arena, clinic.id, arena_printf(arena, "member:%d:main", i), "EUR", &members[i]);
    tdb_begin(t, arena, ID_NIL);
    if (!ok || db_tx(t, "bench.clinic", found_tx, NULL) != RC_OK) die("the clinic cannot be made");
}

static struct ledger_move top_up(const struct ledger_account *to)
{
    return (struct ledger_move){ .id = id_new(), .phase = LEDGER_SINGLE, .debit = &world, .credit = to, .amount = 100, .cause = LEDGER_ORDER, .cause_id = clinic.id };
}

static int64_t end_at;
static void *writer(void *arg)
{
    struct tdb *t = tdb_open(db);
    struct arena *a = arena_new(1 << 20);
    int64_t *done = arg;
    if (!t || !a) die("no memory");
    for (unsigned k = (unsigned)(uintptr_t)arg; wall_us() < end_at; k += 7, ++*done) {
        struct chain c = { .n = 1, .by = { "system", ID_NIL, now_us() } };
        c.moves[0] = top_up(&members[k % ACCOUNTS]);
        arena_reset(a);
        tdb_begin(t, a, clinic.id);
        if (db_tx(t, "bench.post", chain_tx, &c) != RC_OK) die("a transfer was refused");
    }
    tdb_close(t);
    arena_free(a);
    return NULL;
}

static double program_rate(double seconds)
{
    static pthread_t threads[WRITERS];
    static struct { _Alignas(64) int64_t done; } counts[WRITERS];
    int64_t all = 0, begun = wall_us();
    end_at = begun + (int64_t)(seconds * 1e6);
    for (int i = 0; i < WRITERS; i++)
        if (pthread_create(&threads[i], NULL, writer, &counts[i].done) != 0) die("no threads");
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
        all += counts[i].done;
    }
    return (double)all / ((double)(wall_us() - begun) / 1e6);
}

static void post_many(struct tdb *t, struct arena *a, int64_t n, bool all_old)
{
    struct chain c = { .by = { "system", ID_NIL, 0 } };
    for (int64_t done = 0; done < n; done += (int64_t)c.n) {
        c.by.now = now_us();
        for (c.n = 0; c.n < LEDGER_MOVES_MAX; c.n++) c.moves[c.n] = top_up(all_old ? &old : &members[(done + (int64_t)c.n) % ACCOUNTS]);
        arena_reset(a);
        tdb_begin(t, a, clinic.id);
        if (db_tx(t, "bench.fill", chain_tx, &c) != RC_OK) die("a chain was refused");
    }
}

/* ---- SQLite alone --------------------------------------------------------------------------------------------------------------------- */

static sqlite3_stmt *prepare(sqlite3 *h, const char *sql)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v3(h, sql, -1, SQLITE_PREPARE_PERSISTENT, &s, NULL) != SQLITE_OK) die(sqlite3_errmsg(h));
    return s;
}

static int place(sqlite3_stmt *s, int k)
{
    char name[8];
    snprintf(name, sizeof name, "$%d", k);
    return sqlite3_bind_parameter_index(s, name);
}

static void bind_id(sqlite3_stmt *s, int k, const struct id *id) { sqlite3_bind_blob(s, place(s, k), id->b, 16, SQLITE_STATIC); }
static void bind_text(sqlite3_stmt *s, int k, const char *text) { sqlite3_bind_text(s, place(s, k), text, -1, SQLITE_STATIC); }
static void bind_int(sqlite3_stmt *s, int k, int64_t v) { sqlite3_bind_int64(s, place(s, k), v); }

static void run(sqlite3 *h, sqlite3_stmt *s)
{
    if (sqlite3_step(s) != SQLITE_DONE) die(sqlite3_errmsg(h));
    sqlite3_reset(s);
}

static void bare_move(sqlite3 *h, sqlite3_stmt *s, const struct id *account, bool debit)
{
    bind_id(s, 1, &clinic.id);
    bind_id(s, 2, account);
    bind_text(s, 3, "EUR");
    for (int k = 4; k <= 8; k++) bind_int(s, k, k == (debit ? 5 : 7) ? 100 : 0);
    run(h, s);
}

static void bare_insert(sqlite3 *h, sqlite3_stmt *s, const struct id *to)
{
    struct id id = id_new();
    bind_id(s, 1, &clinic.id);
    bind_id(s, 2, &id);
    bind_text(s, 3, "single");
    bind_id(s, 4, &world.id);
    bind_id(s, 5, to);
    bind_text(s, 6, "EUR");
    bind_int(s, 7, 100);
    bind_text(s, 11, "order");
    bind_id(s, 12, &clinic.id);
    bind_text(s, 14, "system");
    bind_int(s, 16, now_us());
    bind_id(s, 17, &id);
    run(h, s);
}

/* The same pragmas as the program's writer, a savepoint for each. */
static double bare_rate(const char *path, double seconds)
{
    sqlite3 *h = NULL;
    if (sqlite3_open(path, &h) != SQLITE_OK || sqlite3_exec(h, "PRAGMA journal_mode=WAL; PRAGMA wal_autocheckpoint=4000; PRAGMA foreign_keys=ON;"
        " PRAGMA synchronous=FULL; PRAGMA cache_size=-16384; PRAGMA mmap_size=1073741824; PRAGMA temp_store=MEMORY", NULL, NULL, NULL) != SQLITE_OK) die(path);
    sqlite3_stmt *move = prepare(h, statement_find("ledger.move")->sql), *insert = prepare(h, statement_find("ledger.insert")->sql), *begin = prepare(h, "BEGIN IMMEDIATE"),
        *commit = prepare(h, "COMMIT"), *save = prepare(h, "SAVEPOINT t"), *release = prepare(h, "RELEASE t");
    int64_t done = 0, begun = wall_us();
    while ((double)(wall_us() - begun) < seconds * 1e6) {
        run(h, begin);
        for (int i = 0; i < BATCH; i++, done++) {
            const struct id *to = &members[done * 7 % ACCOUNTS].id;
            run(h, save);
            bare_move(h, move, &world.id, true);
            bare_move(h, move, to, false);
            bare_insert(h, insert, to);
            run(h, release);
        }
        run(h, commit);
    }
    double rate = (double)done / ((double)(wall_us() - begun) / 1e6);
    sqlite3_stmt *const all[] = { move, insert, begin, commit, save, release };
    for (size_t i = 0; i < ARRAY_LEN(all); i++) sqlite3_finalize(all[i]);
    sqlite3_close(h);
    return rate;
}

/* ---- reading ----------------------------------------------------------------------------------------------------------------------------- */

static double page_us(struct tdb *t, struct arena *a)
{
    struct list lines = { 0 };
    double cpu = own_cpu_us();
    for (int i = 0; i < PAGES; i++) {
        arena_reset(a);
        tdb_begin(t, a, clinic.id);
        if (ledger_lines(t, old.id, &(struct ledger_span){ INT64_MAX, ledger_id_first, 0, 50 }, &lines) != RC_OK || lines.n != 50) die("the statement");
    }
    return (own_cpu_us() - cpu) / PAGES;
}

static void open_in(const char *folder, const char *name)
{
    char err[400] = "";
    const struct db_config config = { .url = path_in(folder, "sqlite:", name), .readers_max = WRITERS + 2, .migrations = all_migrations, .queries = start_queries() };
    if (db_open(&db, &config, 0, err, sizeof err) != RC_OK) die(err);
}

int ledger_bench(const char *folder, double seconds, int64_t transfers)
{
    static const uint8_t key[32] = { 1 };
    struct ledger_proof proof;
    int links;
    if (seal_init() != RC_OK) die("no sodium");
    seal_key_set(key);
    log_set_level(LOG_ERROR);
    arena = arena_new(64 << 20);
    struct arena *a = arena_new(LEDGER_VERIFY_BYTES);
    open_in(folder, "ledger.db");
    struct tdb *t = tdb_open(db);
    make_clinic(t);
    double program = program_rate(seconds);
    tdb_close(t);
    db_close(db);
    open_in(folder, "bare.db");
    make_clinic(t = tdb_open(db));
    tdb_close(t);
    db_close(db);
    double bare = bare_rate(path_in(folder, "", "bare.db"), seconds);
    open_in(folder, "proof.db");
    make_clinic(t = tdb_open(db));
    post_many(t, a, STATEMENT_TRANSFERS, true);
    post_many(t, a, transfers - STATEMENT_TRANSFERS, false);
    double page = page_us(t, a);
    arena_reset(a);
    tdb_begin(t, a, clinic.id);
    int64_t begun = wall_us();
    if (ledger_seal(t, 1000000, now_us(), &links) != RC_OK) die("the seals");
    double seal_s = (double)(wall_us() - begun) / 1e6, cpu = own_cpu_us();
    arena_reset(a);
    begun = wall_us();
    if (ledger_verify(t, now_us(), &proof) != RC_OK || proof.breach) die(proof.breach ? proof.breach : "the proof");
    printf("{\"program_per_second\":%.0f,\"bare_per_second\":%.0f,\"page_us\":%.0f,\"transfers\":%lld,\"seal_s\":%.2f,\"verify_s\":%.2f,\"verify_cpu_s\":%.2f}\n", program, bare, page,
        (long long)proof.transfers, seal_s, (double)(wall_us() - begun) / 1e6, (own_cpu_us() - cpu) / 1e6);
    tdb_close(t);
    db_close(db);
    arena_free(a);
    arena_free(arena);
    return 0;
}
