/* test_memo.c - rows that the process keeps: they are what a fresh read would give, whoever changes them and however. On
 * PostgreSQL too when CLINICD_TEST_PG names a server, there with a second instance. */
#include "core/db/memo.h"
#include "tests/lib/own_database.h"
#include "tests/lib/test.h"
#include <time.h>

static const char schema_sql[] =
    "CREATE TABLE thing (tenant_id UUID NOT NULL, id UUID NOT NULL, name TEXT NOT NULL, note TEXT, PRIMARY KEY (tenant_id, id));\n"
    "CREATE TABLE other (tenant_id UUID NOT NULL, id UUID NOT NULL, PRIMARY KEY (tenant_id, id));\n";
static const struct migration migrations[] = { { .module = "test", .name = "schema", .number = 1, .sql = schema_sql }, { 0 } };
static const struct query thing_add = { .name = "test.add", .args = "ut", .sql = "INSERT INTO thing (tenant_id, id, name) VALUES ($1, $2, $3)" };
static const struct query thing_note = { .name = "test.note", .args = "ut", .sql = "UPDATE thing SET note = $3 WHERE tenant_id = $1 AND id = $2" };
static const struct query note_all = { .name = "test.note_all", .args = "t", .platform = "test", .scan = "test", .sql = "UPDATE thing SET note = $1" };
static const struct query other_add = { .name = "test.other", .args = "u", .sql = "INSERT INTO other (tenant_id, id) VALUES ($1, $2)" };
static const struct query thing_get = { .name = "test.get", .args = "u", .kept = KEPT,
    .sql = "SELECT id, name, note FROM thing WHERE tenant_id = $1 AND id = $2" };
static const struct query thing_list = { .name = "test.list", .args = "t", .kept = KEPT,
    .sql = "SELECT id, name, note FROM thing WHERE tenant_id = $1 AND ($2 IS NULL OR name = $2) ORDER BY name LIMIT 5000" };
static const struct query thing_count = { .name = "test.count", .kept = KEPT, .sql = "SELECT COUNT(*) AS n FROM thing WHERE tenant_id = $1" };
static const struct query noted = { .name = "test.noted", .args = "t", .platform = "test", .scan = "test", .kept = KEPT_EXACT,
    .sql = "SELECT COUNT(*) AS n FROM thing WHERE note = $1" };
static const struct query *const queries[] = { &thing_add, &thing_note, &note_all, &other_add, &thing_get, &thing_list, &thing_count, &noted, NULL };
static const struct query_set query_sets[] = { { "test", true, queries }, { 0 } };
struct thing { struct id id; const char *name, *note; };
static const struct field thing_fields[] = { F_ID(struct thing, id), F_STR(struct thing, name), F_STR(struct thing, note), F_END };
static const struct shape thing_shape = SHAPE(thing, thing_fields);

static char url[600], err[400];
static struct db *db;
static struct tdb *t;
static struct arena *arena;
static struct id tenant, stranger, first;
static bool exact;

struct step { const struct query *q; const struct arg *args; enum rc end; };
static enum rc run_step(struct tx *tx, void *arg)
{
    struct step *s = arg;
    TRY(tx_run_query(tx, s->q, s->args));
    return s->end;
}
static enum rc write_to(struct tdb *to, const struct query *q, const struct arg *args) { return db_tx(to, "write", run_step, &(struct step){ q, args, RC_OK }); }
#define MUST(x) CHECK_INT(x, RC_OK)

static struct db *open_one(void)
{
    struct db *one;
    struct db_config config = { .url = url, .readers_max = 16, .migrations = migrations, .queries = query_sets };
    if (db_open(&one, &config, 0, err, sizeof err) == RC_OK) return one;
    fprintf(stderr, "%s\n", err);
    exit(3);
}

static void new_clinic(void)
{
    tenant = id_new();
    stranger = id_new();
    first = id_new();
    arena_reset(arena);
    tdb_begin(t, arena, tenant);
    MUST(write_to(t, &thing_add, ARGS(U(first), S("first"))));
}

static int64_t hits(void)
{
    struct db_stats s;
    db_stats(db, &s);
    return s.kept_hits;
}

static const char *note_now(void)
{
    struct thing x = { 0 };
    MUST(db_get(t, &thing_get, ARGS(U(first)), &thing_shape, &x));
    CHECK(id_eq(x.id, first));
    CHECK_STR(x.name, "first");
    return x.note;
}

static int64_t count_now(void)
{
    int64_t n = -1;
    MUST(db_int(t, &thing_count, ARGS(), &n));
    return n;
}

/* Once, when it has connected to hear of other instances, a process forgets everything: half a second without that, and it has. */
static void is_connected(void)
{
    new_clinic();
    for (int i = 0, quiet = 0; quiet < 50 && i < 1000; i++) {
        int64_t before = hits();
        (void)count_now();
        quiet = hits() > before ? quiet + 1 : 0;
        nanosleep(&(struct timespec){ 0, 10 * 1000 * 1000 }, NULL);
    }
}

/* ---- what is kept ---------------------------------------------------------------------------------------------------------- */

static void same_rows_again(void)
{
    struct list l;
    new_clinic();
    MUST(write_to(t, &thing_add, ARGS(U(id_new()), S(""))));
    for (int i = 0; i < 3; i++) {
        int64_t before = hits();
        MUST(db_list(t, &thing_list, ARGS(S(NULL)), &thing_shape, 10, &l));
        CHECK_INT(l.n, 2);
        CHECK_STR(LIST_AT(l, struct thing, 0)->name, "");
        CHECK_STR(LIST_AT(l, struct thing, 1)->name, "first");
        CHECK(!LIST_AT(l, struct thing, 1)->note);
        CHECK_INT(count_now(), 2);
        CHECK(!note_now());
        CHECK_INT(hits() - before, i ? 3 : 0);
    }
    MUST(db_list(t, &thing_list, ARGS(S("")), &thing_shape, 10, &l)); /* an empty text is no NULL */
    CHECK_INT(l.n, 1);
    MUST(db_list(t, &thing_list, ARGS(S("first")), &thing_shape, 10, &l));
    CHECK_INT(l.n, 1);
    CHECK_STR(LIST_AT(l, struct thing, 0)->name, "first");
}

static void nothing_is_kept_too(void)
{
    struct thing x;
    struct id id = id_new();
    new_clinic();
    for (int i = 0; i < 2; i++) CHECK_INT(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &x), RC_NOT_FOUND);
    MUST(write_to(t, &thing_add, ARGS(U(id), S("new"))));
    MUST(db_get(t, &thing_get, ARGS(U(id)), &thing_shape, &x));
}

static void in_a_batch(void)
{
    new_clinic();
    for (int i = 0; i < 3; i++) {
        struct thing x = { .name = "before" };
        struct list l, none;
        int64_t n = 0;
        struct tdb *b = db_batch(t);
        MUST(db_get(b, &thing_get, ARGS(U(first)), &thing_shape, &x));
        CHECK_STR(x.name, "before"); /* nothing arrives before the batch is run, kept or not */
        MUST(db_list(b, &thing_list, ARGS(S(NULL)), &thing_shape, 10, &l));
        MUST(db_list(b, &thing_list, ARGS(S("nobody")), &thing_shape, 10, &none));
        MUST(db_int(b, &thing_count, ARGS(), &n));
        if (i == 1) continue; /* one that is not run */
        MUST(db_batch_run(b));
        CHECK_STR(x.name, "first");
        CHECK_INT(l.n, 1);
        CHECK_INT(none.n, 0);
        CHECK_INT(n, 1);
    }
}

/* ---- what makes it forgotten --------------------------------------------------------------------------------------------------- */

static void a_commit_is_seen(void)
{
    new_clinic();
    for (int i = 0; i < 50; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        MUST(write_to(t, &thing_note, ARGS(U(first), S(text))));
        CHECK_STR(note_now(), text);
        CHECK_STR(note_now(), text);
    }
}

static void another_table_or_clinic_is_not(void)
{
    new_clinic();
    CHECK(!note_now());
    int64_t before = hits();
    MUST(write_to(t, &other_add, ARGS(U(id_new()))));
    tdb_set_tenant(t, stranger);
    MUST(write_to(t, &thing_add, ARGS(U(id_new()), S("theirs"))));
    CHECK_INT(count_now(), 1);
    tdb_set_tenant(t, tenant);
    CHECK(!note_now());
    CHECK_INT(hits() - before, 1);
    CHECK_INT(count_now(), 1);
}

static void what_was_rolled_back_was_not(void)
{
    new_clinic();
    CHECK(!note_now());
    CHECK_INT(db_tx(t, "write", run_step, &(struct step){ &thing_note, ARGS(U(first), S("no")), RC_STATE }), RC_STATE);
    CHECK(!note_now());
}

static void across_clinics(void)
{
    int64_t n = -1;
    new_clinic();
    CHECK(!note_now());
    MUST(db_int(t, &noted, ARGS(S("all")), &n));
    MUST(write_to(t, &note_all, ARGS(S("all"))));
    CHECK_STR(note_now(), "all"); /* a platform statement wrote to it */
    MUST(db_int(t, &noted, ARGS(S("all")), &n));
    int64_t before = hits(), again;
    MUST(db_int(t, &noted, ARGS(S("all")), &again));
    CHECK_INT(hits() - before, exact ? 1 : 0); /* KEPT_EXACT: on SQLite only */
    MUST(write_to(t, &thing_note, ARGS(U(first), S("mine"))));
    MUST(db_int(t, &noted, ARGS(S("all")), &again)); /* a clinic's statement wrote to what a platform statement reads */
    CHECK_INT(again, n - 1);
}

struct inside { const char *seen; };
static enum rc read_inside(struct tx *tx, void *arg)
{
    struct inside *i = arg;
    struct thing x;
    TRY(tx_run_query(tx, &thing_note, ARGS(U(first), S("inside"))));
    TRY(db_get(tx_db(tx), &thing_get, ARGS(U(first)), &thing_shape, &x));
    i->seen = x.note;
    return RC_STATE;
}

static void a_transaction_reads_its_own(void)
{
    struct inside i = { 0 };
    new_clinic();
    CHECK(!note_now());
    CHECK_INT(db_tx(t, "inside", read_inside, &i), RC_STATE);
    CHECK_STR(i.seen, "inside");
    CHECK(!note_now()); /* and keeps nothing of what it rolled back */
}

static void too_much_is_not_kept(void)
{
    static char text[2000];
    memset(text, 'x', sizeof text - 1);
    new_clinic();
    for (int i = 0; i < 200; i++) MUST(write_to(t, &thing_add, ARGS(U(id_new()), S(text))));
    for (int i = 0; i < 2; i++) {
        struct list l;
        int64_t before = hits();
        MUST(db_list(t, &thing_list, ARGS(S(NULL)), &thing_shape, 5000, &l));
        CHECK_INT(l.n, 201);
        CHECK_INT(hits(), before);
        MUST(db_list(t, &thing_list, ARGS(S(text)), &thing_shape, 5000, &l)); /* an argument that is too long for a key */
        CHECK_INT(l.n, 200);
    }
}

/* ---- many at once ----------------------------------------------------------------------------------------------------------------- */

struct racer { pthread_t thread; _Atomic int64_t *done; bool bad; };

/* Never older than what was committed before the read began. */
static void *read_on(void *arg)
{
    struct racer *r = arg;
    struct tdb *mine = tdb_open(db);
    struct arena *a = arena_new(1024 * 1024);
    while (mine && a && *r->done < 300) {
        struct thing x = { 0 };
        int64_t known = *r->done;
        arena_reset(a);
        tdb_begin(mine, a, tenant);
        if (db_get(mine, &thing_get, ARGS(U(first)), &thing_shape, &x) != RC_OK || (known && (!x.note || strtol(x.note, NULL, 10) < known))) r->bad = true;
    }
    arena_free(a);
    tdb_close(mine);
    return NULL;
}

static void never_older_than_a_commit(void)
{
    static _Atomic int64_t done;
    struct racer racers[4];
    new_clinic();
    done = 0;
    for (int i = 0; i < 4; i++) {
        racers[i] = (struct racer){ .done = &done };
        REQUIRE(pthread_create(&racers[i].thread, NULL, read_on, &racers[i]) == 0);
    }
    for (int i = 1; i <= 300; i++) {
        char text[16];
        snprintf(text, sizeof text, "%d", i);
        MUST(write_to(t, &thing_note, ARGS(U(first), S(text))));
        done = i;
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(racers[i].thread, NULL);
        CHECK(!racers[i].bad);
    }
}

static void another_instance_is_heard(void)
{
    new_clinic();
    struct db *second = open_one();
    struct tdb *there = tdb_open(second);
    struct arena *a = arena_new(1024 * 1024);
    REQUIRE(there && a);
    tdb_begin(there, a, tenant);
    CHECK(!note_now());
    MUST(write_to(there, &thing_note, ARGS(U(first), S("from there"))));
    int64_t deadline = monotonic_us() + 10 * KEPT_US_MAX;
    while (!note_now() && monotonic_us() < deadline) nanosleep(&(struct timespec){ 0, 1000000 }, NULL);
    CHECK_STR(note_now(), "from there");
    tdb_close(there);
    arena_free(a);
    db_close(second);
}

static void run_all(void)
{
    is_connected();
    RUN(same_rows_again);
    RUN(nothing_is_kept_too);
    RUN(in_a_batch);
    RUN(a_commit_is_seen);
    RUN(another_table_or_clinic_is_not);
    RUN(what_was_rolled_back_was_not);
    RUN(across_clinics);
    RUN(a_transaction_reads_its_own);
    RUN(too_much_is_not_kept);
    RUN(never_older_than_a_commit);
    if (!exact) RUN(another_instance_is_heard);
}

static void run_on(const char *where)
{
    snprintf(url, sizeof url, "%s", where);
    exact = str_starts(where, "sqlite:");
    db = open_one();
    t = tdb_open(db);
    REQUIRE(t);
    run_all();
    tdb_close(t);
    db_close(db);
}

int main(int argc, char **argv)
{
    log_set_level(getenv("TEST_LOG") ? LOG_INFO : LOG_ERROR + 1);
    TEST_ARGS(argc, argv);
    arena = arena_new(4 * 1024 * 1024);
    REQUIRE(arena);
    own_databases_each("memo", run_on);
    arena_free(arena);
    return TEST_DONE();
}
