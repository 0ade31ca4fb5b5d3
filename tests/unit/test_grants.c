/* test_grants.c - what comes into wallets and goes out of them by the calendar, on both engines: a benefit year begins and ends at the clinic's midnight, once, whoever looks at the same
 * time; who has left gets nothing; what is held when a bucket ends is taken when it is free. Time is the test's. */
#include "core/start.h"
#include "modules/wallets/claims_rows.h"
#include "tests/lib/own_database.h"
#include "tests/lib/test.h"
#include <pthread.h>

extern const struct migration all_migrations[];
enum { DENTAL = 50000, VISION = 20000, PEOPLE = 4, MANY = 205, AT_ONCE = 4 };
static struct db *db;
static struct tdb *t;
static struct arena *arena;
static struct id tenant, place, sponsor, plan, over, crowd;
static struct benefit_member people[PEOPLE];
static int64_t clock_us;

static int64_t the_clock(void) { return clock_us; }
static void it_is(const char *instant) { REQUIRE(instant_parse(instant, &clock_us)); }

static int64_t day(const char *text)
{
    int64_t d = 0;
    REQUIRE(date_parse(text, &d));
    return d;
}

/* ---- the ground -------------------------------------------------------------------------------------------------------------------------- */

static enum rc tenant_tx(struct tx *tx, void *arg)
{
    struct tenant x = tenants_default();
    (void)arg;
    x.id = tenant, x.slug = "grants", x.name = "T", x.time_zone = "Pacific/Auckland", x.currency = "EUR";
    TRY(tenants_insert(tx, &x, now_us()));
    return locations_insert(tx, &(struct location){ .id = place, .name = "Here", .time_zone = "Pacific/Auckland" });
}

static struct benefit_policy policy(struct id id, const char *ends, struct benefit_category *categories, size_t n)
{
    for (size_t i = 0; i < n; i++) categories[i].policy_id = id;
    return (struct benefit_policy){ .id = id, .sponsor_id = sponsor, .name = "Gold", .currency = "EUR", .starts_on = day("2026-01-01"), .ends_on = ends ? day(ends) : NONE, .year_month = 1,
        .family_limit_minor = n > 1 ? 30000 : NONE, .categories = { categories, n }, .created_at = now_us() };
}

static int64_t category(const char *name)
{
    for (int64_t i = 0; benefit_category_names[i]; i++)
        if (str_eq(benefit_category_names[i], name)) return i;
    REQUIRE(false);
    return 0;
}

static enum rc plans_tx(struct tx *tx, void *arg)
{
    struct benefit_category both[] = { { .category = category("dental"), .limit_minor = DENTAL, .coverage_ppm = 1000000 }, { .category = category("vision"), .limit_minor = VISION, .coverage_ppm = 1000000 } };
    struct benefit_category one[] = { both[0] }, few[] = { both[0] };
    struct benefit_policy p = policy(plan, NULL, both, 2), q = policy(over, "2026-12-31", one, 1), r = policy(crowd, NULL, few, 1);
    (void)arg;
    TRY(sponsors_insert(tx, &(struct sponsor){ .id = sponsor, .name = "Acme", .created_at = now_us() }));
    TRY(policies_insert(tx, &p));
    TRY(policies_insert(tx, &q));
    return policies_insert(tx, &r);
}

struct enrolling { struct benefit_member *m; struct client_insert client; };
static enum rc enrol_tx(struct tx *tx, void *arg)
{
    struct enrolling *e = arg;
    TRY(clients_insert(tx, &e->client));
    TRY(wallets_insert(tx, &(struct wallet){ .id = e->m->wallet_id, .client_id = e->m->client_id, .currency = "EUR", .created_at = now_us() }));
    return members_of_plan_insert(tx, e->m);
}

static struct benefit_member enrol(struct id policy_id, const char *ends, struct id head)
{
    struct benefit_member m = { .id = id_new(), .policy_id = policy_id, .client_id = id_new(), .wallet_id = id_new(), .head_id = head, .starts_on = day("2026-01-01"), .ends_on = ends ? day(ends) : NONE, .created_at = now_us() };
    struct client c = clients_default();
    c.id = m.client_id, c.name = "Kim", c.created_at = c.updated_at = now_us();
    struct enrolling e = { &m, { .client = c, .patient_id = id_new(), .now = now_us() } };
    clients_prepare(arena, &e.client);
    REQUIRE(db_tx(t, "test.enrol", enrol_tx, &e) == RC_OK);
    return m;
}

static void ground(void)
{
    it_is("2026-03-10T10:00:00Z");
    tenant = id_new(), place = id_new(), sponsor = id_new(), plan = id_new(), over = id_new(), crowd = id_new();
    tdb_begin(t, arena, ID_NIL);
    REQUIRE(db_tx(t, "test.tenant", tenant_tx, NULL) == RC_OK);
    tdb_begin(t, arena, tenant);
    REQUIRE(db_tx(t, "test.plans", plans_tx, NULL) == RC_OK);
    people[0] = enrol(plan, NULL, ID_NIL);
    people[1] = enrol(plan, NULL, people[0].id);
    people[2] = enrol(plan, "2026-06-30", ID_NIL); /* leaves in summer */
    people[3] = enrol(over, NULL, ID_NIL);         /* of a plan that ends with the year */
}

static enum rc run_with(struct tdb *d, struct arena *a, enum rc (*fn)(struct job *))
{
    tdb_begin(d, a, ID_NIL);
    struct job job = { .arena = a, .db = d, .now = now_us() };
    enum rc rc = fn(&job);
    tdb_begin(d, a, tenant);
    return rc;
}

static void run_jobs(void)
{
    CHECK_INT(run_with(t, arena, wallets_expire_all), RC_OK);
    CHECK_INT(run_with(t, arena, wallets_grant_all), RC_OK);
}

/* The bucket of a member's year; NULL: there is none. */
static const struct bucket *bucket(int who, const char *name, const char *year)
{
    struct list l;
    REQUIRE(buckets_of(t, people[who].wallet_id, &l) == RC_OK);
    for (size_t i = 0; i < l.n; i++) {
        const struct bucket *b = LIST_AT(l, struct bucket, i);
        if (b->kind == BUCKET_GRANTED && b->category == category(name) && b->starts_on == day(year)) return b;
    }
    return NULL;
}

static int64_t in(int who, const char *name, const char *year)
{
    const struct bucket *b = bucket(who, name, year);
    return b ? b->balance : -1;
}

static int64_t balance(const char *code)
{
    struct ledger_account a = { 0 };
    REQUIRE(ledger_account_by_code(t, code, &a) == RC_OK);
    return a.balance;
}

static int64_t of_sponsor(void)
{
    char id[ID_TEXT];
    return balance(arena_printf(arena, "sponsor:%s", id_format(sponsor, id)));
}

static const struct query Q_TRANSFERS = { .name = "test.transfers", .sql = "SELECT count(*) FROM ledger_transfer WHERE tenant_id = $1" };
static int64_t transfers(void)
{
    struct ledger_proof ledger = { 0 };
    struct wallets_proof wallets = { 0 };
    struct arena *big = arena_new(LEDGER_VERIFY_BYTES);
    tdb_begin(t, big, tenant);
    CHECK(ledger_verify(t, now_us(), &ledger) == RC_OK && wallets_verify(t, &wallets) == RC_OK);
    if (ledger.breach || wallets.breach) fprintf(stderr, "  %s\n", ledger.breach ? ledger.breach : wallets.breach);
    CHECK(!ledger.breach && !wallets.breach);
    tdb_begin(t, arena, tenant);
    arena_free(big);
    int64_t n = 0; /* not the proof's: it counts what can have nothing before it any more, and PostgreSQL asks every database for that */
    CHECK(db_int(t, &Q_TRANSFERS, ARGS(), &n) == RC_OK);
    return n;
}

/* ---- a year --------------------------------------------------------------------------------------------------------------------------------- */

static void a_year_is_granted_once(void)
{
    run_jobs();
    for (int i = 0; i < 3; i++) CHECK(in(i, "dental", "2026-01-01") == DENTAL && in(i, "vision", "2026-01-01") == VISION);
    CHECK(in(3, "dental", "2026-01-01") == DENTAL && in(3, "vision", "2026-01-01") == -1);
    CHECK_INT(transfers(), 7);
    CHECK_INT(bucket(1, "dental", "2026-01-01")->limit_left, 30000);
    CHECK(id_eq(bucket(1, "dental", "2026-01-01")->limit_id, bucket(0, "vision", "2026-01-01")->limit_id)); /* one for the family */
    int64_t sum = of_sponsor();
    run_jobs();
    it_is("2026-06-29T13:00:00Z"); /* the last of June at the clinic */
    run_jobs();
    CHECK_INT(transfers(), 7);
    CHECK_INT(of_sponsor(), sum);
}

static void who_leaves_gives_back(void)
{
    int64_t sum = of_sponsor();
    it_is("2026-06-30T11:59:59Z"); /* a second to midnight */
    run_jobs();
    CHECK_INT(in(2, "dental", "2026-01-01"), DENTAL);
    it_is("2026-06-30T12:00:00Z");
    run_jobs();
    CHECK(in(2, "dental", "2026-01-01") == 0 && in(2, "vision", "2026-01-01") == 0 && in(0, "dental", "2026-01-01") == DENTAL);
    CHECK_INT(llabs(of_sponsor()), llabs(sum) - DENTAL - VISION);
    CHECK_INT(transfers(), 9);
}

struct move { struct ledger_chain chain; const struct bucket *bucket; struct ledger_transfer held; };

/* 500 are spent and 700 held. */
static enum rc use_tx(struct tx *tx, void *arg)
{
    struct move *m = arg;
    struct ledger_by by = { "system", ID_NIL, now_us() };
    ledger_chain_begin(&m->chain, arena, tenant, "EUR", &by);
    ledger_chain_add(&m->chain, &(struct ledger_step){ .debit = m->bucket->account_code, .credit = "deposit_liability", .amount = 500, .cause = LEDGER_PAYMENT, .cause_id = m->bucket->id, .step = "spend" });
    ledger_chain_hold(&m->chain, &(struct ledger_step){ .debit = m->bucket->account_code, .credit = "deposit_liability", .amount = 700, .cause = LEDGER_PAYMENT, .cause_id = m->bucket->id, .step = "hold" }, 0);
    return ledger_chain_post(tx, &m->chain);
}

static enum rc let_go_tx(struct tx *tx, void *arg)
{
    struct move *m = arg;
    struct ledger_by by = { "system", ID_NIL, now_us() };
    ledger_chain_begin(&m->chain, arena, tenant, "EUR", &by);
    TRY(ledger_transfer_get(tx_db(tx), ledger_step_id(tenant, m->bucket->id, "hold"), &m->held));
    ledger_chain_end(&m->chain, &m->held, LEDGER_VOID, 0, "void");
    return ledger_chain_post(tx, &m->chain);
}

/* At the clinic's midnight, which is noon of the day before in London; what is held stays until it is free, and goes the day after. */
static void the_new_year(void)
{
    struct move *m = arena_alloc(arena, sizeof *m);
    REQUIRE(m && (m->bucket = bucket(0, "dental", "2026-01-01")));
    it_is("2026-12-31T10:59:59Z");
    REQUIRE(db_tx(t, "test.use", use_tx, m) == RC_OK);
    run_jobs();
    CHECK(in(0, "dental", "2026-01-01") == DENTAL - 500 && in(0, "dental", "2027-01-01") == -1);
    it_is("2026-12-31T11:00:00Z");
    run_jobs();
    CHECK_INT(in(0, "dental", "2026-01-01"), 700);
    CHECK(in(0, "vision", "2026-01-01") == 0 && in(1, "dental", "2026-01-01") == 0 && in(3, "dental", "2026-01-01") == 0);
    for (int i = 0; i < 2; i++) CHECK(in(i, "dental", "2027-01-01") == DENTAL && in(i, "vision", "2027-01-01") == VISION);
    CHECK(in(2, "dental", "2027-01-01") == -1 && in(3, "dental", "2027-01-01") == -1); /* left; the plan is over */
    CHECK_INT(bucket(0, "dental", "2027-01-01")->limit_left, 30000);
    CHECK_INT(llabs(of_sponsor()), 2 * (DENTAL + VISION) + 500 + 700);
    REQUIRE(db_tx(t, "test.void", let_go_tx, m) == RC_OK);
    run_jobs(); /* something was taken of it today: once a day */
    CHECK_INT(in(0, "dental", "2026-01-01"), 700);
    it_is("2027-01-01T11:00:00Z");
    run_jobs();
    CHECK_INT(in(0, "dental", "2026-01-01"), 0);
    CHECK_INT(llabs(of_sponsor()), 2 * (DENTAL + VISION) + 500);
    transfers();
}

/* ---- gifts ------------------------------------------------------------------------------------------------------------------------------------ */

static enum rc gift_tx(struct tx *tx, void *arg)
{
    struct bucket *b = arg;
    struct ledger_chain *c = arena_alloc(arena, sizeof *c);
    struct ledger_by by = { "system", ID_NIL, now_us() };
    if (!c) return RC_OOM;
    TRY(buckets_insert(tx, b));
    ledger_chain_begin(c, arena, tenant, "EUR", &by);
    ledger_chain_add(c, &(struct ledger_step){ .debit = "writeoff", .credit = b->account_code, .amount = 900, .cause = LEDGER_ADJUSTMENT, .cause_id = b->id, .step = "gift", .reason = "new" });
    return ledger_chain_post(tx, c);
}

static void a_gift_ends(void)
{
    struct bucket b = { .id = id_new(), .wallet_id = people[0].wallet_id, .kind = BUCKET_PROMO, .unit = "EUR", .name = "Welcome", .category = NONE, .starts_on = NONE, .expires_on = day("2027-02-01"), .created_at = now_us() };
    struct bucket now = { 0 };
    REQUIRE(bucket_place(arena, tenant, &b) && db_tx(t, "test.gift", gift_tx, &b) == RC_OK);
    int64_t given = balance("writeoff");
    it_is("2027-02-01T10:59:59Z");
    run_jobs();
    REQUIRE(buckets_get(t, b.id, &now) == RC_OK);
    CHECK_INT(now.balance, 900);
    it_is("2027-02-01T11:00:00Z");
    run_jobs();
    REQUIRE(buckets_get(t, b.id, &now) == RC_OK);
    CHECK_INT(now.balance, 0);
    CHECK_INT(llabs(balance("writeoff") - given), 900);
}

/* ---- many ---------------------------------------------------------------------------------------------------------------------------------------- */

static void *grant_too(void *arg)
{
    struct arena *own = arena_new(32 << 20);
    struct tdb *mine = tdb_open(db);
    REQUIRE(own && mine);
    *(enum rc *)arg = run_with(mine, own, wallets_grant_all);
    tdb_close(mine);
    arena_free(own);
    return NULL;
}

/* By four at the same time, and still once. */
static void many_look_at_once(void)
{
    pthread_t threads[AT_ONCE];
    enum rc rc[AT_ONCE];
    it_is("2027-12-31T11:00:00Z");
    CHECK_INT(run_with(t, arena, wallets_expire_all), RC_OK);
    int64_t before = transfers();
    for (int i = 0; i < AT_ONCE; i++) REQUIRE(pthread_create(&threads[i], NULL, grant_too, &rc[i]) == 0);
    for (int i = 0; i < AT_ONCE; i++) pthread_join(threads[i], NULL);
    for (int i = 0; i < AT_ONCE; i++) CHECK_INT(rc[i], RC_OK);
    CHECK_INT(transfers() - before, 4);
}

/* A plan with more people than one look finds is granted at one go. */
static void a_crowd_need_not_wait(void)
{
    int64_t before = transfers();
    for (int i = 0; i < MANY; i++) (void)enrol(crowd, NULL, ID_NIL);
    run_jobs();
    CHECK_INT(transfers() - before, MANY);
}

/* ---- the daily proof ----------------------------------------------------------------------------------------------------------------------------- */

static const struct query Q_FORGE = { .name = "test.forge", .args = "ui", .sql = "UPDATE benefit_limit SET used_minor = used_minor + $3 WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_FORGE_VISIT = { .name = "test.visit", .args = "uu", .sql = "INSERT INTO package_visit (tenant_id, appointment_id, bucket_id, used, turn, changed_at) VALUES ($1, $2, $3, 1, 1, 1)" };
static const struct query *const own_queries[] = { &Q_TRANSFERS, &Q_FORGE, &Q_FORGE_VISIT, NULL };
struct forging { struct id limit; int64_t by; };
static enum rc forge_tx(struct tx *tx, void *arg)
{
    const struct forging *f = arg;
    return tx_one(tx, &Q_FORGE, ARGS(U(f->limit), I(f->by)), RC_NOT_FOUND);
}

struct visiting { struct id appointment, bucket; };
static enum rc visit_tx(struct tx *tx, void *arg)
{
    const struct visiting *v = arg;
    return tx_run_query(tx, &Q_FORGE_VISIT, ARGS(U(v->appointment), U(v->bucket)));
}

/* The table is older than appointments are; the database refuses all the same. */
static void a_visit_is_of_an_appointment(void)
{
    struct visiting v = { id_new(), bucket(0, "dental", "2027-01-01")->id };
    log_set_level(LOG_ERROR + 1);
    CHECK(db_tx(t, "test.visit", visit_tx, &v) != RC_OK);
    log_set_level(LOG_ERROR);
}

static void the_daily_proof_sees(void)
{
    struct forging f = { bucket(0, "dental", "2027-01-01")->limit_id, 1 };
    CHECK_INT(run_with(t, arena, wallets_verify_all), RC_OK);
    REQUIRE(db_tx(t, "test.forge", forge_tx, &f) == RC_OK);
    log_set_level(LOG_ERROR + 1); /* it says so */
    CHECK_INT(run_with(t, arena, wallets_verify_all), RC_FAULT);
    log_set_level(LOG_ERROR);
    f.by = -1;
    REQUIRE(db_tx(t, "test.forge", forge_tx, &f) == RC_OK);
    CHECK_INT(run_with(t, arena, wallets_verify_all), RC_OK);
}

static void run_all(const char *url)
{
    db = own_database_open(url, 10, own_queries);
    REQUIRE((t = tdb_open(db)) != NULL);
    ground();
    db_test_hooks.tx_twice = true;
    RUN(a_year_is_granted_once);
    RUN(who_leaves_gives_back);
    RUN(the_new_year);
    RUN(a_gift_ends);
    db_test_hooks.tx_twice = false;
    RUN(many_look_at_once);
    RUN(a_crowd_need_not_wait);
    RUN(a_visit_is_of_an_appointment);
    RUN(the_daily_proof_sees);
    tdb_close(t);
    db_close(db);
    db = NULL;
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    env.now = the_clock;
    arena = own_databases_begin(256 << 20);
    own_databases_each("grants", run_all);
    arena_free(arena);
    return TEST_DONE();
}
