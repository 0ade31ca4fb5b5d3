/* test_migrations.c - a database of the first schema, with rows in it, is carried over to this program's: on SQLite in a
 * temporary folder and, when CLINICD_TEST_PG names a server, on PostgreSQL too. */
#include "core/db/db.h"
#include "tests/lib/own_database.h"
#include "tests/lib/test.h"

extern const struct migration all_migrations[];

#define WHY "a test fills a database"
#define STATEMENT(name_, args_, sql_) static const struct query name_ = { .name = "test." #name_, .args = args_, .platform = WHY, .scan = WHY, .sql = sql_ }

STATEMENT(add_tenant, "u",
    "INSERT INTO tenant (tenant_id, slug, name, time_zone, currency, locale, brand_color, booking_enabled, booking_min_notice_min,"
    " booking_horizon_days, cancel_notice_min, move_notice_min, hold_minutes, week_start, version, created_at)"
    " VALUES ($1, 'old', 'Old', 'Europe/Berlin', 'EUR', 'en', '#0f6b5f', 1, 120, 60, 1440, 1440, 10, 1, 1, 5)");
STATEMENT(add_location, "u", "INSERT INTO location (tenant_id, id, name, time_zone, archived, version) VALUES ($1, $1, 'Main', 'Europe/Berlin', 0, 1)");
STATEMENT(add_resource, "u", "INSERT INTO resource (tenant_id, id, location_id, name, kind, archived, version) VALUES ($1, $1, $1, 'Chair', 'chair', 0, 1)");
STATEMENT(add_provider, "u",
    "INSERT INTO provider (tenant_id, id, name, color, bookable, position, archived, version) VALUES ($1, $1, 'Dr Old', '#112233', 1, 1, 0, 1)");
STATEMENT(add_service, "u",
    "INSERT INTO service (tenant_id, id, name, duration_min, buffer_before_min, buffer_after_min, step_min, price_minor, currency, color, public,"
    " any_provider, position, archived, version) VALUES ($1, $1, 'Check', 30, 0, 0, 15, 100, 'EUR', '#112233', 1, 1, 1, 0, 1)");
STATEMENT(add_offer, "u", "INSERT INTO service_provider (tenant_id, service_id, provider_id) VALUES ($1, $1, $1)");
STATEMENT(add_client, "u",
    "INSERT INTO client (tenant_id, id, name, name_folded, phone_digits, status, visits, no_shows, cancellations, version, created_at, updated_at)"
    " VALUES ($1, $1, 'Ann', 'ann', '', 'active', 0, 0, 0, 1, 5, 5)");
STATEMENT(add_patient, "u", "INSERT INTO patient (tenant_id, id, client_id, kind, name, archived, version) VALUES ($1, $1, $1, 'self', 'Ann', 0, 1)");
STATEMENT(add_appointment, "uuit",
    "INSERT INTO appointment (tenant_id, id, client_id, patient_id, service_id, provider_id, location_id, starts_at, ends_at, buffer_before_min,"
    " buffer_after_min, time_zone, status, price_minor, currency, source, sequence, version, created_at, updated_at, cancel_reason)"
    " VALUES ($1, $2, $1, $1, $1, $1, $1, $3, $3 + 1800000000, 0, 0, 'Europe/Berlin', $4, 100, 'EUR', 'public', 3, 7, 5, 6, 'why not')");
STATEMENT(add_chair, "uu", "INSERT INTO appointment_resource (tenant_id, appointment_id, resource_id) VALUES ($1, $2, $1)");
STATEMENT(add_part, "uu",
    "INSERT INTO appointment_part (tenant_id, appointment_id, position, resource_id, starts_at, ends_at) VALUES ($1, $2, 7, $1, 1, 2)");
STATEMENT(add_claim, "uui",
    "INSERT INTO claim (tenant_id, subject_id, starts_at, owner_id, ends_at, core_start, core_end, kind, shared)"
    " VALUES ($1, $1, $3, $2, $3 + 1800000000, $3, $3 + 1800000000, 'appointment', 0)");
STATEMENT(drop_client, "u", "DELETE FROM client WHERE tenant_id = $1 AND id = $1");
STATEMENT(drop_appointment, "uu", "DELETE FROM appointment WHERE tenant_id = $1 AND id = $2");
STATEMENT(count_kept, "u",
    "SELECT COUNT(*) FROM appointment a JOIN appointment_part r ON r.tenant_id = a.tenant_id AND r.appointment_id = a.id"
    " AND r.resource_id = $1 AND r.position = 0 AND r.starts_at = a.starts_at AND r.ends_at = a.ends_at"
    " JOIN claim c ON c.tenant_id = a.tenant_id AND c.owner_id = a.id AND c.location_id = a.location_id WHERE a.tenant_id = $1 AND a.version = 7 AND a.sequence = 3 AND"
    " a.cancel_reason = 'why not' AND a.status IN ('scheduled', 'cancelled') AND a.ends_at = a.starts_at + 1800000000 AND a.created_at = 5");
static const struct query *const old_statements[] = { &add_tenant, &add_location, &add_resource, &add_provider, &add_service, &add_offer, &add_client,
    &add_patient, &add_appointment, &add_chair, &add_claim, NULL };
static const struct query *const statements[] = { &add_appointment, &add_part, &drop_client, &drop_appointment, &count_kept, NULL };
static const struct query_set old_sets[] = { { "test", true, old_statements }, { 0 } }, sets[] = { { "test", true, statements }, { 0 } };

static char url[600];
static struct db *db;
static struct tdb *t;
static struct arena *arena;
static struct id clinic, kept[2];

static void open_with(const struct migration *m, const struct query_set *q)
{
    char err[400] = "";
    struct db_config config = { .url = url, .readers_max = 4, .migrations = m, .queries = q };
    if (db_open(&db, &config, 0, err, sizeof err) != RC_OK) fprintf(stderr, "%s\n", err);
    REQUIRE(db && (t = tdb_open(db)));
    tdb_begin(t, arena, ID_NIL);
}

static void close_db(void)
{
    tdb_close(t);
    db_close(db);
    db = NULL;
}

struct write { const struct query *q; const struct arg *args; };

static enum rc write_fn(struct tx *tx, void *arg)
{
    const struct write *w = arg;
    return tx_run_query(tx, w->q, w->args);
}

static enum rc write_one(const struct query *q, const struct arg *args) { return db_tx(t, "write", write_fn, &(struct write){ q, args }); }

/* The first migration of each module: what the first release made. */
static const struct migration *first_schema(void)
{
    static struct migration first[64];
    size_t n = 0;
    for (const struct migration *m = all_migrations; m->module; m++)
        if (m->number == 1 && n + 1 < ARRAY_LEN(first)) first[n++] = *m;
    first[n] = (struct migration){ 0 };
    return first;
}

static void fill(void)
{
    const struct query *const one_each[] = { &add_tenant, &add_location, &add_resource, &add_provider, &add_service, &add_offer, &add_client, &add_patient };
    for (size_t i = 0; i < ARRAY_LEN(one_each); i++) CHECK_INT(write_one(one_each[i], ARGS(U(clinic))), RC_OK);
    for (int i = 0; i < 2; i++) {
        int64_t start = (1 + i) * USEC_PER_DAY;
        CHECK_INT(write_one(&add_appointment, ARGS(U(clinic), U(kept[i]), I(start), S(i ? "cancelled" : "scheduled"))), RC_OK);
        CHECK_INT(write_one(&add_chair, ARGS(U(clinic), U(kept[i]))), RC_OK);
        CHECK_INT(write_one(&add_claim, ARGS(U(clinic), U(kept[i]), I(start))), RC_OK);
    }
}

static void rows_are_carried_over(void)
{
    int64_t n = 0;
    clinic = id_new();
    kept[0] = id_new();
    kept[1] = id_new();
    open_with(first_schema(), old_sets);
    fill();
    CHECK(write_one(&add_appointment, ARGS(U(clinic), U(id_new()), I(1), S("requested"))) != RC_OK); /* the old schema does not know it */
    close_db();
    open_with(all_migrations, sets);
    CHECK_INT(db_int(t, &count_kept, ARGS(U(clinic)), &n), RC_OK);
    CHECK_INT(n, 2);
}

static void new_states_are_known_and_others_refused(void)
{
    struct id asked = id_new();
    CHECK_INT(write_one(&add_appointment, ARGS(U(clinic), U(asked), I(9 * USEC_PER_DAY), S("requested"))), RC_OK);
    CHECK_INT(write_one(&add_appointment, ARGS(U(clinic), U(id_new()), I(9 * USEC_PER_DAY), S("declined"))), RC_OK);
    CHECK(write_one(&add_appointment, ARGS(U(clinic), U(id_new()), I(9 * USEC_PER_DAY), S("dreamt"))) != RC_OK);
    CHECK_INT(write_one(&drop_appointment, ARGS(U(clinic), U(asked))), RC_OK);
}

/* Foreign keys to and from the table that was built anew, and its primary key. */
static void references_hold(void)
{
    CHECK(write_one(&drop_client, ARGS(U(clinic))) != RC_OK);
    CHECK(write_one(&drop_appointment, ARGS(U(clinic), U(kept[0]))) != RC_OK);
    CHECK(write_one(&add_part, ARGS(U(clinic), U(id_new()))) != RC_OK);
    CHECK_INT(write_one(&add_appointment, ARGS(U(clinic), U(kept[0]), I(5), S("scheduled"))), RC_CONFLICT);
}

/* A migration that would leave a row pointing at nothing is undone as a whole. */
static void a_wrong_rebuild_is_refused(void)
{
    static struct migration wrong[256];
    size_t n = 0;
    char err[400] = "";
    struct db *other = NULL;
    for (; all_migrations[n].module && n + 2 < ARRAY_LEN(wrong); n++) wrong[n] = all_migrations[n];
    wrong[n] = (struct migration){ .module = "zz", .name = "wrong", .number = 1, .sql = "DELETE FROM appointment; CREATE TABLE zz (a BIGINT NOT NULL);"
                                                                                       " DROP TABLE zz;" };
    bool sqlite = str_eq(db_engine(db), "sqlite");
    close_db();
    struct db_config config = { .url = url, .readers_max = 4, .migrations = wrong, .queries = sets };
    CHECK(db_open(&other, &config, 0, err, sizeof err) != RC_OK);
    if (sqlite) CHECK(strstr(err, "appointment_part") && strstr(err, "point at no row of appointment"));
    open_with(all_migrations, sets);
    int64_t kept_rows = 0;
    CHECK_INT(db_int(t, &count_kept, ARGS(U(clinic)), &kept_rows), RC_OK);
    CHECK_INT(kept_rows, 2);
    references_hold(); /* they are checked again afterwards */
}

static void run_all(void)
{
    RUN(rows_are_carried_over);
    RUN(new_states_are_known_and_others_refused);
    RUN(references_hold);
    RUN(a_wrong_rebuild_is_refused);
    close_db();
}

static void run_on(const char *where)
{
    snprintf(url, sizeof url, "%s", where);
    run_all();
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    log_set_level(getenv("TEST_LOG") ? LOG_INFO : LOG_ERROR + 1);
    arena = arena_new(1024 * 1024);
    REQUIRE(arena);
    own_databases_each("migrations", run_on);
    arena_free(arena);
    return TEST_DONE();
}
