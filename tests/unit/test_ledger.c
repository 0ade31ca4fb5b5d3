/* test_ledger.c - the ledger: what the rules refuse, and on both engines what accounts keep under many hands, what ends once, what is done once,
 * and that the proof names every row that somebody changed behind the program's back. SQLite in a temporary folder; PostgreSQL where
 * CLINICD_TEST_PG names a server. */
#include "core/start.h"
#include "modules/ledger/ledger_jobs.h"
#include "modules/tenants/tenants.h"
#include "tests/lib/own_database.h"
#include "tests/lib/test.h"
#include <libpq-fe.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <unistd.h>

extern const struct migration all_migrations[];
enum { THREADS = 16, OPS = 40, MEMBERS = 6, NAMES = MEMBERS + 4 };
#define NOW (1800000000 * USEC_PER_SEC)
static struct db *db;
static struct tdb *t;
static struct arena *arena;
static struct id tenant, other_tenant;
static sqlite3 *raw_sqlite;
static PGconn *raw_pg;

/* ---- rules --------------------------------------------------------------------------------------------------------------------------- */

static struct id numbered(int n) { return (struct id){ .b = { 1, [14] = (uint8_t)(n >> 8), [15] = (uint8_t)n } }; }

static void units_have_digits(void)
{
    static const struct { const char *unit; int digits; const char *text; } cases[] = { { "EUR", 2, "-12.05 EUR" }, { "JPY", 0, "-1205 JPY" }, { "KWD", 3, "-1.205 KWD" },
        { "visits", 0, "-1205 visits" }, { "EU", -1, NULL }, { "", -1, NULL }, { "eur", -1, NULL }, { "EUR USD", -1, NULL }, { "visit", -1, NULL }, { "XAU", -1, NULL }, { NULL, -1, NULL } };
    char text[MONEY_TEXT];
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_INT(unit_digits(cases[i].unit), cases[i].digits);
        if (cases[i].text) CHECK_STR(money_format(-1205, cases[i].unit, text), cases[i].text);
    }
    CHECK(unit_is_currency("RON") && !unit_is_currency("visits") && !unit_is_currency("?"));
    CHECK_STR(money_plain(INT64_MIN, "EUR", text), "-92233720368547758.08");
    CHECK_STR(money_plain(7, "EUR", text), "0.07");
}

static void the_chart_knows_codes(void)
{
    static const char *const good[] = { "till:front", "member:0190aaaa-bbbb-7ccc-8ddd-eeeeffff0000:main", "deposit_liability", "tax:19.0" };
    static const char *const bad[] = { "", "till", "till:", "till::", "till:a:b", "member:a", "member::b", "nothing:a", "deposit_liability:x", "till:a b", "till:ä", ":x", "tax:'" };
    for (size_t i = 0; i < ARRAY_LEN(good); i++) CHECK(ledger_chart_find(good[i]) != NULL);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) CHECK(ledger_chart_find(bad[i]) == NULL);
    char longer[LEDGER_CODE_MAX + 8] = "till:";
    memset(longer + 5, 'a', LEDGER_CODE_MAX - 4);
    CHECK(!ledger_chart_find(longer));
    longer[LEDGER_CODE_MAX] = 0;
    CHECK(ledger_chart_find(longer) != NULL);
    CHECK(id_eq(ledger_account_id(numbered(1), "a"), ledger_account_id(numbered(1), "a")) && !id_eq(ledger_account_id(numbered(1), "a"), ledger_account_id(numbered(2), "a")));
}

static const struct ledger_account eur = { .id = { { 1 } }, .code = "world:a", .unit = "EUR" }, other = { .id = { { 2 } }, .code = "world:b", .unit = "EUR" },
    visits = { .id = { { 3 } }, .code = "world:v", .unit = "visits" }, odd = { .id = { { 4 } }, .code = "world:o", .unit = "QQQ" }, odd2 = { .id = { { 5 } }, .code = "world:p", .unit = "QQQ" };
static const struct ledger_transfer held = { .id = { { 9 } }, .phase = LEDGER_PENDING, .debit_account_id = { { 1 } }, .credit_account_id = { { 2 } }, .unit = "EUR", .amount = 100,
    .of_amount = NONE, .expires_at = NOW + 5, .created_at = NOW - 5, .ended_phase = NONE };
#pragma GCC diagnostic ignored "-Woverride-init" /* a case is the usual one but for what it names */
#define NEW(...) { .id = { { 7 } }, .phase = LEDGER_SINGLE, .debit = &eur, .credit = &other, .amount = 100, .reason = "r", __VA_ARGS__ }
#define END(...) { .id = { { 7 } }, .of = &held, __VA_ARGS__ }

static void wrong_moves_are_refused(void)
{
    static struct ledger_transfer posted, voided, late, single, reversed, post;
    posted = voided = late = single = reversed = post = held;
    posted.ended_by = voided.ended_by = reversed.ended_by = numbered(3);
    posted.ended_phase = LEDGER_POST, voided.ended_phase = LEDGER_VOID, reversed.ended_phase = LEDGER_REVERSAL;
    late.expires_at = NOW;
    single.phase = reversed.phase = LEDGER_SINGLE, post.phase = LEDGER_POST;
    char words[LEDGER_REASON_MAX + 2];
    memset(words, 'w', sizeof words - 1);
    words[sizeof words - 1] = 0;
    const struct { struct ledger_move m; enum ledger_result want; } cases[] = {
        { NEW(.amount = 100), LEDGER_OK }, { NEW(.id = { { 0 } }), LEDGER_ID_MISSING }, { NEW(.amount = 0), LEDGER_AMOUNT_NOT_POSITIVE },
        { NEW(.amount = -1), LEDGER_AMOUNT_NOT_POSITIVE }, { NEW(.amount = INT64_MIN), LEDGER_AMOUNT_NOT_POSITIVE }, { NEW(.amount = LEDGER_AMOUNT_MAX), LEDGER_OK },
        { NEW(.amount = LEDGER_AMOUNT_MAX + 1), LEDGER_AMOUNT_TOO_LARGE }, { NEW(.amount = INT64_MAX), LEDGER_AMOUNT_TOO_LARGE },
        { NEW(.credit = &eur), LEDGER_ACCOUNTS_THE_SAME }, { NEW(.credit = NULL), LEDGER_ACCOUNT_MISSING }, { NEW(.credit = &visits), LEDGER_UNITS_DIFFER },
        { NEW(.debit = &odd, .credit = &odd2), LEDGER_UNIT_UNKNOWN }, { NEW(.reason = NULL), LEDGER_REASON_MISSING }, { NEW(.reason = ""), LEDGER_REASON_MISSING },
        { NEW(.reason = words), LEDGER_REASON_TOO_LONG }, { NEW(.cause = LEDGER_ORDER), LEDGER_CAUSE_MISSING }, { NEW(.cause = LEDGER_ORDER, .cause_id = { { 8 } }, .reason = NULL), LEDGER_OK },
        { NEW(.cause = 99, .cause_id = { { 8 } }), LEDGER_CAUSE_MISSING }, { NEW(.timeout_s = 5), LEDGER_TIMEOUT_ONLY_FOR_PENDING }, { NEW(.phase = LEDGER_PENDING, .timeout_s = 5), LEDGER_OK },
        { NEW(.phase = LEDGER_PENDING, .timeout_s = -1), LEDGER_TIMEOUT_OUT_OF_RANGE }, { NEW(.phase = LEDGER_PENDING, .timeout_s = INT64_MAX), LEDGER_TIMEOUT_OUT_OF_RANGE },
        { NEW(.of = &held), LEDGER_TRANSFER_MISSING }, { END(.phase = LEDGER_POST), LEDGER_OK }, { END(.phase = LEDGER_POST, .amount = 100), LEDGER_OK },
        { END(.phase = LEDGER_POST, .amount = 101), LEDGER_EXCEEDS_PENDING_AMOUNT }, { END(.phase = LEDGER_POST, .amount = -1), LEDGER_AMOUNT_NOT_POSITIVE },
        { END(.phase = LEDGER_POST, .of = NULL), LEDGER_TRANSFER_MISSING }, { END(.phase = LEDGER_POST, .of = &posted), LEDGER_ALREADY_POSTED },
        { END(.phase = LEDGER_POST, .of = &voided), LEDGER_ALREADY_VOIDED }, { END(.phase = LEDGER_POST, .of = &late), LEDGER_PENDING_TIMED_OUT },
        { END(.phase = LEDGER_POST, .of = &single), LEDGER_NOT_PENDING }, { END(.phase = LEDGER_POST, .timeout_s = 1), LEDGER_TIMEOUT_ONLY_FOR_PENDING },
        { END(.phase = LEDGER_VOID), LEDGER_OK }, { END(.phase = LEDGER_VOID, .of = &late), LEDGER_OK }, { END(.phase = LEDGER_VOID, .amount = 100), LEDGER_AMOUNT_NOT_TAKEN },
        { END(.phase = LEDGER_EXPIRE), LEDGER_NOT_TIMED_OUT }, { END(.phase = LEDGER_EXPIRE, .of = &late), LEDGER_OK }, { END(.phase = LEDGER_EXPIRE, .of = &posted), LEDGER_ALREADY_POSTED },
        { END(.phase = LEDGER_REVERSAL, .reason = "r"), LEDGER_NOT_REVERSIBLE }, { END(.phase = LEDGER_REVERSAL, .of = &single), LEDGER_REASON_MISSING },
        { END(.phase = LEDGER_REVERSAL, .of = &single, .reason = "r"), LEDGER_OK }, { END(.phase = LEDGER_REVERSAL, .of = &post, .reason = "r"), LEDGER_OK },
        { END(.phase = LEDGER_REVERSAL, .of = &reversed, .reason = "r"), LEDGER_ALREADY_REVERSED }, { END(.phase = LEDGER_REVERSAL, .of = &single, .reason = "r", .amount = 1), LEDGER_AMOUNT_NOT_TAKEN } };
    const struct ledger_by by = { "system", ID_NIL, NOW };
    struct ledger_plan plan;
    struct ledger_refusal why;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        CHECK_INT(ledger_plan(&cases[i].m, 1, &by, &plan, &why), cases[i].want);
        if (why.result != cases[i].want) fprintf(stderr, "    (case %zu: %s)\n", i, ledger_result_names[why.result]);
    }
    struct ledger_move many[LEDGER_MOVES_MAX + 1], ends[2] = { END(.phase = LEDGER_POST), END(.id = { { 8 } }, .phase = LEDGER_VOID) };
    for (int i = 0; i <= LEDGER_MOVES_MAX; i++) many[i] = (struct ledger_move)NEW(.id = numbered(i + 1));
    CHECK_INT(ledger_plan(many, 0, &by, &plan, &why), LEDGER_NO_MOVES);
    CHECK_INT(ledger_plan(many, LEDGER_MOVES_MAX, &by, &plan, &why), LEDGER_OK);
    CHECK(plan.n_deltas == 2 && plan.deltas[0].debits_posted == 100 * LEDGER_MOVES_MAX && plan.deltas[1].credits_posted == 100 * LEDGER_MOVES_MAX);
    CHECK_INT(ledger_plan(many, LEDGER_MOVES_MAX + 1, &by, &plan, &why), LEDGER_TOO_MANY_MOVES);
    many[5].id = many[2].id;
    CHECK_INT(ledger_plan(many, 8, &by, &plan, &why), LEDGER_ID_TWICE);
    CHECK_INT(why.move, 5);
    CHECK_INT(ledger_plan(ends, 2, &by, &plan, &why), LEDGER_ALREADY_VOIDED);
}

static void accounts_judge(void)
{
    const struct { struct ledger_account a; struct ledger_delta d; enum ledger_result want; int64_t lacks; } cases[] = {
        { { .unit = "EUR", .floor = LEDGER_DEBITS_WITHIN_CREDITS, .credits_posted = 100, .debits_pending = 40 }, { .unit = "EUR", .debits_posted = 60 }, LEDGER_OK, 0 },
        { { .unit = "EUR", .floor = LEDGER_DEBITS_WITHIN_CREDITS, .credits_posted = 100, .debits_pending = 40 }, { .unit = "EUR", .debits_posted = 61 }, LEDGER_EXCEEDS_CREDITS, 1 },
        { { .unit = "EUR", .floor = LEDGER_DEBITS_WITHIN_CREDITS, .credits_pending = 100 }, { .unit = "EUR", .debits_pending = 30 }, LEDGER_EXCEEDS_CREDITS, 30 },
        { { .unit = "EUR", .floor = LEDGER_DEBITS_WITHIN_CREDITS }, { .unit = "EUR", .debits_posted = 30, .credits_posted = 30 }, LEDGER_OK, 0 },
        { { .unit = "EUR", .floor = LEDGER_CREDITS_WITHIN_DEBITS, .debits_posted = 9 }, { .unit = "EUR", .credits_pending = 10 }, LEDGER_EXCEEDS_DEBITS, 1 },
        { { .unit = "EUR" }, { .unit = "EUR", .debits_posted = 30 }, LEDGER_OK, 0 }, { { .unit = "EUR" }, { .unit = "USD" }, LEDGER_UNITS_DIFFER, 0 },
        { { .unit = "EUR", .closed = true }, { .unit = "EUR" }, LEDGER_ACCOUNT_CLOSED, 0 }, { { .unit = "EUR", .closed = true }, { .unit = "EUR", .only_ends = true }, LEDGER_OK, 0 },
        { { .unit = "EUR", .debits_posted = LEDGER_TOTAL_MAX - 5 }, { .unit = "EUR", .debits_posted = 6 }, LEDGER_OVERFLOWS, 0 },
        { { .unit = "EUR", .credits_pending = LEDGER_TOTAL_MAX }, { .unit = "EUR", .credits_pending = 1 }, LEDGER_OVERFLOWS, 0 } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t lacks = -1;
        CHECK_INT(ledger_judge(&cases[i].a, &cases[i].d, &lacks), cases[i].want);
        CHECK_INT(lacks, cases[i].lacks);
    }
}

static void the_same_id_is_compared(void)
{
    const struct { enum ledger_result want; struct ledger_transfer x; } cases[] = {
#define LIKE(...) { .phase = LEDGER_SINGLE, .debit_account_id = { { 1 } }, .credit_account_id = { { 2 } }, .unit = "EUR", .amount = 5, .expires_at = NONE, .created_at = 77, .reason = "r", __VA_ARGS__ }
        { LEDGER_EXISTS, LIKE(.created_at = 99) }, { LEDGER_EXISTS_WITH_DIFFERENT_PHASE, LIKE(.phase = LEDGER_PENDING) },
        { LEDGER_EXISTS_WITH_DIFFERENT_DEBIT_ACCOUNT, LIKE(.debit_account_id = { { 4 } }) }, { LEDGER_EXISTS_WITH_DIFFERENT_CREDIT_ACCOUNT, LIKE(.credit_account_id = { { 4 } }) },
        { LEDGER_EXISTS_WITH_DIFFERENT_UNIT, LIKE(.unit = "USD") }, { LEDGER_EXISTS_WITH_DIFFERENT_AMOUNT, LIKE(.amount = 6) },
        { LEDGER_EXISTS_WITH_DIFFERENT_TRANSFER, LIKE(.of_id = { { 4 } }) }, { LEDGER_EXISTS_WITH_DIFFERENT_TIMEOUT, LIKE(.expires_at = 88) },
        { LEDGER_EXISTS_WITH_DIFFERENT_CAUSE, LIKE(.cause = LEDGER_ORDER) }, { LEDGER_EXISTS_WITH_DIFFERENT_CAUSE, LIKE(.cause_id = { { 4 } }) },
        { LEDGER_EXISTS_WITH_DIFFERENT_REASON, LIKE(.reason = "q") }, { LEDGER_EXISTS_WITH_DIFFERENT_REASON, LIKE(.reason = NULL) } };
    const struct ledger_transfer there = LIKE(.amount = 5);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) CHECK_INT(ledger_compare(&there, &cases[i].x), cases[i].want);
}

/* ---- posting -------------------------------------------------------------------------------------------------------------------------- */

struct writing { const struct ledger_move *moves; size_t n; struct ledger_by by; struct ledger_refusal why; const struct ledger_account *open; size_t n_open; const struct tenant *tenant; };

static enum rc write_tx(struct tx *tx, void *arg)
{
    struct writing *w = arg;
    if (w->tenant) TRY(tenants_insert(tx, w->tenant, NOW));
    for (size_t i = 0; i < w->n_open; i++) TRY(ledger_open(tx, &w->open[i], NOW));
    return w->n ? ledger_post(tx, w->moves, w->n, &w->by, &w->why) : RC_OK;
}

/* What became of it; LEDGER_OK: it is done. */
static enum ledger_result post_by(struct tdb *h, int64_t now, struct ledger_refusal *why, const struct ledger_move *m, size_t n)
{
    struct writing w = { .moves = m, .n = n, .by = { "system", ID_NIL, now } };
    for (int i = 0; i < 50; i++) {
        enum rc rc = db_tx(h, "test.post", write_tx, &w);
        if (rc == RC_OK) return LEDGER_OK;
        if (rc == RC_BUSY) continue;
        REQUIRE(ledger_refused(rc));
        REQUIRE(ledger_explain(h, m, n, &w.by, why) == RC_OK);
        if (why->result != LEDGER_OK) return why->result;
    }
    return LEDGER_OVERFLOWS;
}

static struct ledger_refusal why_not;
static enum ledger_result post(const struct ledger_move *m, size_t n) { return post_by(t, NOW, &why_not, m, n); }
static enum ledger_result post1(struct ledger_move m) { return post(&m, 1); }

static struct id new_tenant(void)
{
    struct tenant x = tenants_default();
    x.id = id_new();
    x.slug = arena_printf(arena, "t%lld", (long long)now_us());
    x.name = "T", x.time_zone = "Europe/Berlin", x.currency = "EUR";
    tdb_begin(t, arena, ID_NIL);
    REQUIRE(db_tx(t, "test.tenant", write_tx, &(struct writing){ .tenant = &x }) == RC_OK);
    tdb_begin(t, arena, x.id);
    return x.id;
}

static struct ledger_account account(const char *code, const char *unit)
{
    struct ledger_account a;
    REQUIRE(ledger_account_of(arena, db_tenant(t), code, unit, &a));
    REQUIRE(db_tx(t, "test.open", write_tx, &(struct writing){ .open = &a, .n_open = 1 }) == RC_OK);
    return a;
}

static struct ledger_account read_account(struct tdb *h, struct id id)
{
    struct ledger_account a = { 0 };
    REQUIRE(ledger_account_get(h, id, &a) == RC_OK);
    return a;
}

static struct ledger_transfer read_transfer(struct tdb *h, struct id id)
{
    struct ledger_transfer x = { 0 };
    REQUIRE(ledger_transfer_get(h, id, &x) == RC_OK);
    return x;
}

static struct ledger_move move(const struct ledger_account *debit, const struct ledger_account *credit, int64_t amount)
{
    return (struct ledger_move){ .id = id_new(), .phase = LEDGER_SINGLE, .debit = debit, .credit = credit, .amount = amount, .reason = "test" };
}

#define HAS(acc, balance_, available_) \
    do { struct ledger_account a_ = read_account(t, (acc).id); CHECK_INT(a_.balance, balance_); CHECK_INT(a_.available, available_); } while (0)

/* Waits until what runs anywhere on the server began after what was posted here: until then PostgreSQL could still put something before
 * it. Other programs test beside this one. */
static void until_settled(void)
{
    char sql[200], yes = 'f';
    if (!raw_pg) return;
    PGresult *r = PQexec(raw_pg, "SELECT pg_current_xact_id()");
    REQUIRE(PQntuples(r) == 1);
    snprintf(sql, sizeof sql, "SELECT pg_snapshot_xmin(pg_current_snapshot()) > CAST('%s' AS xid8)", PQgetvalue(r, 0, 0));
    PQclear(r);
    for (int i = 0; i < 6000 && yes != 't'; i++) {
        if (i) usleep(10 * 1000);
        r = PQexec(raw_pg, sql);
        REQUIRE(PQntuples(r) == 1);
        yes = *PQgetvalue(r, 0, 0);
        PQclear(r);
    }
}

/* What is younger than that is proved by its sums alone, not row by row. */
static const char *breach_of(struct tdb *h)
{
    struct ledger_proof p;
    until_settled();
    REQUIRE(ledger_verify(h, NOW, &p) == RC_OK);
    return p.breach;
}
static void seal_it(void)
{
    int n;
    until_settled();
    REQUIRE(ledger_seal(t, 1000, NOW, &n) == RC_OK);
}

static void transfers_move_and_floors_hold(void)
{
    tenant = new_tenant();
    struct ledger_account world = account("world:bank", "EUR"), ana = account("member:ana:main", "EUR"), till = account("till:front", "EUR"), passes = account("member:ana:visits", "visits");
    CHECK_INT(post1(move(&world, &ana, 500)), LEDGER_OK);
    CHECK_INT(post1(move(&ana, &world, 501)), LEDGER_EXCEEDS_CREDITS);
    CHECK(why_not.lacks == 1 && id_eq(why_not.account, ana.id));
    CHECK_STR(why_not.code, "member:ana:main");
    CHECK_INT(post1(move(&ana, &world, 500)), LEDGER_OK);
    CHECK_INT(post1(move(&world, &till, 1)), LEDGER_EXCEEDS_DEBITS);
    CHECK_STR(why_not.code, "till:front");
    HAS(ana, 0, 0);
    HAS(world, 0, 0);
    CHECK_INT(post1(move(&world, &passes, 1)), LEDGER_UNITS_DIFFER);
    struct ledger_account lies = passes, nobody = ana;
    lies.unit = "EUR"; /* the database has another opinion */
    CHECK_INT(post1(move(&world, &lies, 1)), LEDGER_UNITS_DIFFER);
    nobody.id = id_new();
    CHECK_INT(post1(move(&world, &nobody, 1)), LEDGER_ACCOUNT_NOT_FOUND);
    for (int i = 0; i < 4; i++) CHECK_INT(post1(move(&world, &ana, LEDGER_AMOUNT_MAX)), LEDGER_OK);
    HAS(ana, 4 * LEDGER_AMOUNT_MAX, 4 * LEDGER_AMOUNT_MAX);
    CHECK(breach_of(t) == NULL);
    tdb_begin(t, arena, other_tenant); /* another clinic has no such accounts, and its own of the same name */
    CHECK_INT(post1(move(&world, &ana, 1)), LEDGER_ACCOUNT_NOT_FOUND);
    struct ledger_account same = account("member:ana:main", "EUR");
    CHECK(!id_eq(same.id, ana.id));
    HAS(same, 0, 0);
}

static void chains_are_all_or_nothing(void)
{
    new_tenant();
    struct ledger_account world = account("world:bank", "EUR"), ana = account("member:ana:main", "EUR"), bob = account("member:bob:main", "EUR"), fees = account("fees:card", "EUR");
    struct ledger_move m[] = { move(&ana, &bob, 70), move(&world, &ana, 100), move(&bob, &fees, 20) };
    CHECK_INT(post(m, 3), LEDGER_OK); /* the order in a chain does not matter, what comes of it does */
    HAS(ana, 30, 30);
    HAS(bob, 50, 50);
    struct ledger_move bad[] = { move(&world, &ana, 100), move(&bob, &fees, 51) };
    CHECK_INT(post(bad, 2), LEDGER_EXCEEDS_CREDITS);
    CHECK(why_not.move == 1 && why_not.lacks == 1);
    HAS(ana, 30, 30);
    CHECK_INT(post(m, 3), LEDGER_EXISTS);
    CHECK_INT(post(m, 2), LEDGER_EXISTS);
    struct ledger_move part[] = { m[0], move(&world, &ana, 1) };
    CHECK_INT(post(part, 2), LEDGER_EXISTS_WITH_DIFFERENT_TRANSFER);
    m[2].amount = 21;
    CHECK_INT(post(m, 3), LEDGER_EXISTS_WITH_DIFFERENT_AMOUNT);
    CHECK_INT(why_not.move, 2);
    HAS(bob, 50, 50);
    CHECK(breach_of(t) == NULL);
}

static struct ledger_move ending(const struct ledger_transfer *of, enum ledger_phase phase, int64_t amount)
{
    return (struct ledger_move){ .id = id_new(), .phase = phase, .of = of, .amount = amount, .reason = phase == LEDGER_REVERSAL ? "test" : NULL };
}

static struct ledger_transfer hold(const struct ledger_account *from, const struct ledger_account *to, int64_t amount, int64_t timeout_s)
{
    struct ledger_move m = move(from, to, amount);
    m.phase = LEDGER_PENDING;
    m.timeout_s = timeout_s;
    REQUIRE(post(&m, 1) == LEDGER_OK);
    return read_transfer(t, m.id);
}

static enum rc expire_at(struct tdb *h, struct id id, int64_t now)
{
    char key[ID_TEXT];
    struct job job = { .arena = db_arena(h), .db = h, .id = id, .tenant = db_tenant(h), .kind = "ledger.expire", .key = id_format(id, key), .payload = "{}", .attempt = 1, .now = now };
    return ledger_expire_job(&job);
}

static void what_is_held_ends_once(void)
{
    new_tenant();
    struct ledger_account world = account("world:bank", "EUR"), ana = account("member:ana:main", "EUR"), revenue = account("revenue:check", "EUR");
    REQUIRE(post1(move(&world, &ana, 100)) == LEDGER_OK);
    struct ledger_transfer a = hold(&ana, &revenue, 60, 0);
    HAS(ana, 100, 40);
    CHECK_INT(post1(move(&ana, &world, 41)), LEDGER_EXCEEDS_CREDITS);
    struct ledger_move part = ending(&a, LEDGER_POST, 25);
    CHECK_INT(post1(part), LEDGER_OK);
    CHECK_INT(post1(part), LEDGER_EXISTS);
    CHECK_INT(post1(ending(&a, LEDGER_POST, 25)), LEDGER_ALREADY_POSTED);
    a = read_transfer(t, a.id);
    CHECK_INT(a.ended_phase, LEDGER_POST);
    CHECK_INT(post1(part = ending(&a, LEDGER_VOID, 0)), LEDGER_ALREADY_POSTED);
    HAS(ana, 75, 75);
    HAS(revenue, 25, 25);
    struct ledger_transfer b = hold(&ana, &revenue, 75, 30);
    CHECK_INT(expire_at(t, b.id, NOW + 29 * USEC_PER_SEC), RC_BUSY);
    CHECK_INT(expire_at(t, b.id, NOW + 30 * USEC_PER_SEC), RC_OK);
    CHECK_INT(expire_at(t, b.id, NOW + 30 * USEC_PER_SEC), RC_OK);
    CHECK_INT(post1(ending(&b, LEDGER_POST, 0)), LEDGER_ALREADY_EXPIRED); /* b as it was read before */
    HAS(ana, 75, 75);
    struct ledger_transfer c = hold(&ana, &revenue, 10, 0);
    CHECK_INT(post1(ending(&c, LEDGER_VOID, 0)), LEDGER_OK);
    CHECK_INT(post1(ending(&c, LEDGER_VOID, 0)), LEDGER_ALREADY_VOIDED);
    struct ledger_transfer d = hold(&ana, &revenue, 75, 0);
    CHECK_INT(post1(ending(&d, LEDGER_POST, 0)), LEDGER_OK);
    d = read_transfer(t, read_transfer(t, d.id).ended_by);
    CHECK_INT(post1(ending(&d, LEDGER_REVERSAL, 0)), LEDGER_OK);
    CHECK_INT(post1(ending(&d, LEDGER_REVERSAL, 0)), LEDGER_ALREADY_REVERSED);
    HAS(ana, 75, 75);
    struct ledger_move in = move(&world, &ana, 25);
    REQUIRE(post(&in, 1) == LEDGER_OK && post1(move(&ana, &revenue, 100)) == LEDGER_OK);
    struct ledger_transfer spent = read_transfer(t, in.id);
    CHECK_INT(post1(ending(&spent, LEDGER_REVERSAL, 0)), LEDGER_EXCEEDS_CREDITS); /* it is gone */
    seal_it();
    CHECK(breach_of(t) == NULL);
}

/* ---- many hands ------------------------------------------------------------------------------------------------------------------------ */

struct hand { pthread_t thread; int n; struct tdb *h; struct arena *arena; unsigned dice; int done, refused, other; void (*run)(struct hand *); };
static struct hand hands[THREADS];
static struct ledger_account named[NAMES];
static struct id pendings[THREADS * OPS];
static _Atomic int n_pendings, next_number;
static struct ledger_move the_move;

static void *hand_main(void *arg)
{
    struct hand *h = arg;
    tdb_begin(h->h, h->arena, tenant);
    h->run(h);
    return NULL;
}

static void all_hands(int n, void (*run)(struct hand *))
{
    for (int i = 0; i < n; i++) {
        hands[i] = (struct hand){ .n = i, .run = run, .dice = (unsigned)(i * 7919 + 1), .h = tdb_open(db), .arena = arena_new(LEDGER_VERIFY_BYTES) };
        REQUIRE(hands[i].h && hands[i].arena && pthread_create(&hands[i].thread, NULL, hand_main, &hands[i]) == 0);
    }
    for (int i = 0; i < n; i++) {
        pthread_join(hands[i].thread, NULL);
        tdb_close(hands[i].h);
        arena_free(hands[i].arena);
        CHECK_INT(hands[i].other, 0);
    }
}

static unsigned throw(struct hand *h, unsigned n)
{
    h->dice = h->dice * 1103515245 + 12345;
    return (h->dice >> 16) % n;
}

static void note(struct hand *h, enum ledger_result r)
{
    bool expected = r == LEDGER_EXCEEDS_CREDITS || r == LEDGER_EXCEEDS_DEBITS || (r >= LEDGER_ALREADY_POSTED && r <= LEDGER_ALREADY_REVERSED);
    if (r == LEDGER_OK) h->done++;
    else if (expected) h->refused++;
    else if (h->other++ < 3) fprintf(stderr, "  hand %d: %s\n", h->n, ledger_result_names[r]);
}

static void random_new(struct hand *h, unsigned kind)
{
    struct ledger_move m[3];
    struct ledger_refusal why;
    size_t n = kind == 0 ? 2 + throw(h, 2) : 1;
    for (size_t i = 0; i < n; i++) {
        unsigned a = throw(h, NAMES), b = (a + 1 + throw(h, NAMES - 1)) % NAMES;
        m[i] = move(&named[a], &named[b], 1 + throw(h, 300));
        if (kind == 1) m[i].phase = LEDGER_PENDING;
    }
    enum ledger_result r = post_by(h->h, NOW + (int64_t)h->dice, &why, m, n);
    note(h, r);
    if (r == LEDGER_OK && kind != 0) pendings[atomic_fetch_add(&n_pendings, 1)] = m[0].id; /* to be ended or reversed by anybody */
}

static void random_end(struct hand *h)
{
    int n = atomic_load(&n_pendings);
    struct ledger_transfer of = { 0 };
    struct ledger_refusal why;
    if (!n) return;
    /* The slot may not be written yet: then it is nil, and nobody's. */
    struct id id = pendings[throw(h, (unsigned)n)];
    if (id_is_nil(id) || ledger_transfer_get(h->h, id, &of) != RC_OK) return;
    enum ledger_phase phase = of.phase == LEDGER_SINGLE ? LEDGER_REVERSAL : throw(h, 3) ? LEDGER_POST : LEDGER_VOID;
    struct ledger_move m = ending(&of, phase, phase == LEDGER_POST && throw(h, 2) ? 1 + of.amount / 2 : 0);
    note(h, post_by(h->h, NOW + (int64_t)h->dice, &why, &m, 1));
}

static void random_hand(struct hand *h)
{
    for (int i = 0; i < OPS; i++) {
        struct arena_mark mark = arena_mark(h->arena);
        unsigned kind = throw(h, 5);
        int sealed;
        if (kind < 3) random_new(h, kind);
        else random_end(h);
        if (h->n == 0 && i % 8 == 0 && ledger_seal(h->h, 10, NOW, &sealed) != RC_OK) h->other++;
        if (h->n == 1 && i % 16 == 0 && breach_of(h->h)) h->other++; /* the proof runs beside writers */
        arena_rewind(h->arena, mark);
    }
}

static int64_t sum_of_lines(const struct ledger_account *a, int64_t *pending)
{
    struct list lines;
    int64_t sum = 0;
    *pending = 0;
    REQUIRE(ledger_lines(t, a->id, &(struct ledger_span){ INT64_MAX, ledger_id_first, 0, LEDGER_LINES_MAX }, &lines) == RC_OK);
    for (size_t i = 0; i < lines.n; i++) {
        const struct ledger_line *l = LIST_AT(lines, struct ledger_line, i);
        if (i == 0) CHECK_INT(l->top, a->credits_posted - a->debits_posted);
        if (l->phase == LEDGER_SINGLE || l->phase == LEDGER_POST || l->phase == LEDGER_REVERSAL) sum += l->debit ? -l->amount : l->amount;
        if (l->phase == LEDGER_PENDING) *pending += l->amount;
        if (l->phase == LEDGER_POST || l->phase == LEDGER_VOID) *pending -= l->of_amount;
    }
    return sum;
}

static void random_work_of_many(void)
{
    static const char *const codes[NAMES] = { "member:0:a", "member:1:a", "member:2:a", "member:3:a", "member:4:a", "member:5:a", "world:bank", "revenue:check", "clearing:card", "till:front" };
    int done = 0, refused = 0;
    int64_t all = 0, pending;
    tenant = new_tenant();
    n_pendings = 0;
    for (int i = 0; i < NAMES; i++) named[i] = account(codes[i], "EUR");
    for (int i = 0; i < MEMBERS; i++) REQUIRE(post1(move(&named[MEMBERS], &named[i], 1000)) == LEDGER_OK);
    all_hands(THREADS, random_hand);
    for (int i = 0; i < THREADS; i++) done += hands[i].done, refused += hands[i].refused;
    for (int i = 0; i < NAMES; i++) {
        struct ledger_account a = read_account(t, named[i].id);
        all += a.credits_posted - a.debits_posted;
        if (i < MEMBERS) CHECK(a.available >= 0);
        CHECK_INT(sum_of_lines(&a, &pending), a.credits_posted - a.debits_posted);
        CHECK_INT(pending, a.debits_pending + a.credits_pending);
    }
    printf("     %d done, %d refused\n", done, refused);
    CHECK_INT(all, 0);
    CHECK(done > THREADS * OPS / 4 && refused > 0);
    seal_it();
    CHECK_STR(breach_of(t) ? breach_of(t) : "none", "none");
}

/* Half of them post, half let expire: what is held ends once, whoever is faster. */
static void end_all(struct hand *h)
{
    int n = atomic_load(&n_pendings);
    for (int i = 0; i < n; i++) {
        struct ledger_transfer of = { 0 };
        struct ledger_refusal why;
        struct id id = pendings[(i + h->n / 2 * 5) % n];
        if (h->n % 2) {
            enum rc rc = expire_at(h->h, id, NOW + USEC_PER_SEC);
            if (rc != RC_OK) h->other++;
            continue;
        }
        if (ledger_transfer_get(h->h, id, &of) != RC_OK) h->other++;
        struct ledger_move m = ending(&of, LEDGER_POST, 0);
        note(h, post_by(h->h, NOW, &why, &m, 1));
    }
}

static void posted_while_it_expires(void)
{
    tenant = new_tenant();
    struct ledger_account world = account("world:bank", "EUR"), ana = account("member:ana:main", "EUR"), revenue = account("revenue:check", "EUR");
    REQUIRE(post1(move(&world, &ana, 1000)) == LEDGER_OK);
    n_pendings = 0;
    for (int i = 0; i < 30; i++) pendings[n_pendings++] = hold(&ana, &revenue, 7, 1).id;
    all_hands(8, end_all);
    int posted = 0, expired = 0;
    for (int i = 0; i < 30; i++) {
        struct ledger_transfer x = read_transfer(t, pendings[i]);
        posted += x.ended_phase == LEDGER_POST;
        expired += x.ended_phase == LEDGER_EXPIRE;
    }
    CHECK_INT(posted + expired, 30);
    HAS(ana, 1000 - 7 * posted, 1000 - 7 * posted);
    HAS(revenue, 7 * posted, 7 * posted);
    CHECK(breach_of(t) == NULL);
}

static void do_the_same(struct hand *h)
{
    struct ledger_refusal why;
    for (int i = 0; i < 7; i++) {
        enum ledger_result r = post_by(h->h, NOW + atomic_fetch_add(&next_number, 1), &why, &the_move, 1);
        if (r == LEDGER_OK) h->done++;
        else if (r != LEDGER_EXISTS) h->other++;
    }
}

static void a_hundred_times_is_once(void)
{
    tenant = new_tenant();
    struct ledger_account world = account("world:bank", "EUR"), ana = account("member:ana:main", "EUR"), bob = account("member:bob:main", "EUR");
    REQUIRE(post1(move(&world, &ana, 100)) == LEDGER_OK);
    for (int round = 0; round < 2; round++) { /* all of what ana has; then between accounts of which one has no lock */
        int done = 0;
        the_move = round ? move(&world, &bob, 5) : move(&ana, &bob, 100);
        all_hands(THREADS, do_the_same);
        for (int i = 0; i < THREADS; i++) done += hands[i].done;
        CHECK_INT(done, 1);
    }
    HAS(ana, 0, 0);
    HAS(bob, 105, 105);
    CHECK(breach_of(t) == NULL);
}

static void close_or_post(struct hand *h)
{
    struct ledger_refusal why;
    struct ledger_move m = move(&named[6], &named[0], 5);
    enum ledger_result r = post_by(h->h, NOW, &why, &m, 1);
    if (r != LEDGER_OK && r != LEDGER_ACCOUNT_CLOSED) h->other++;
}

static void closed_accounts_take_nothing_new(void)
{
    tenant = new_tenant();
    struct ledger_account world = account("world:bank", "EUR"), ana = account("member:ana:main", "EUR"), revenue = account("revenue:check", "EUR");
    named[6] = world, named[0] = ana;
    all_hands(4, close_or_post);
    HAS(ana, 20, 20);
    struct ledger_transfer held_there = hold(&world, &revenue, 9, 0);
    if (raw_sqlite) REQUIRE(sqlite3_exec(raw_sqlite, "UPDATE ledger_account SET closed = 1 WHERE book IN ('revenue', 'member')", NULL, NULL, NULL) == SQLITE_OK);
    else PQclear(PQexec(raw_pg, "UPDATE ledger_account SET closed = 1 WHERE book IN ('revenue', 'member')"));
    CHECK_INT(post1(move(&world, &revenue, 1)), LEDGER_ACCOUNT_CLOSED);
    CHECK_INT(post1(move(&world, &ana, 1)), LEDGER_ACCOUNT_CLOSED);
    CHECK_INT(post1(ending(&held_there, LEDGER_POST, 0)), LEDGER_OK); /* what was held before may end */
    HAS(revenue, 9, 9);
}

/* ---- behind the program's back ----------------------------------------------------------------------------------------------------------- */

static const char *literal(struct id id)
{
    char hex[33], text[ID_TEXT];
    hex_encode(id.b, 16, hex);
    return raw_sqlite ? arena_printf(arena, "x'%s'", hex) : arena_printf(arena, "'%s'", id_format(id, text));
}

static bool raw(const char *sql)
{
    if (raw_sqlite) {
        int r = sqlite3_exec(raw_sqlite, sql, NULL, NULL, NULL);
        if (r != SQLITE_OK) fprintf(stderr, "  %s: %s\n", sql, sqlite3_errmsg(raw_sqlite));
        return r == SQLITE_OK;
    }
    PGresult *r = PQexec(raw_pg, sql);
    bool ok = PQresultStatus(r) == PGRES_COMMAND_OK;
    if (!ok) fprintf(stderr, "  %s: %s\n", sql, PQerrorMessage(raw_pg));
    PQclear(r);
    return ok;
}

static bool raw_refuses(const char *sql)
{
    if (raw_sqlite) return sqlite3_exec(raw_sqlite, sql, NULL, NULL, NULL) != SQLITE_OK;
    PGresult *r = PQexec(raw_pg, sql);
    bool refused = PQresultStatus(r) == PGRES_FATAL_ERROR;
    PQclear(r);
    return refused;
}

static void the_database_refuses_changes(void)
{
    new_tenant();
    struct ledger_account world = account("world:bank", "EUR"), ana = account("member:ana:main", "EUR");
    REQUIRE(post1(move(&world, &ana, 100)) == LEDGER_OK);
    seal_it();
    static const char *const refused[] = { "UPDATE ledger_transfer SET amount = amount", "DELETE FROM ledger_transfer", "UPDATE ledger_seal SET count = count", "DELETE FROM ledger_seal",
        "DELETE FROM ledger_account", "UPDATE ledger_account SET unit = 'USD'", "UPDATE ledger_account SET floor = 'none', spread = 1", "UPDATE ledger_account SET debits_posted = credits_posted + 1 WHERE book = 'member'" };
    for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
        if (!raw_refuses(refused[i])) fprintf(stderr, "  not refused: %s\n", refused[i]);
        CHECK(raw_refuses(refused[i]));
    }
}

/* From here on the database refuses nothing: whoever can do that is who the proof is for. */
static void walls_down(void)
{
    static const char *const triggers[] = { "ledger_transfer_no_update", "ledger_transfer_no_delete", "ledger_seal_no_update", "ledger_seal_no_delete", "ledger_account_keeps", "ledger_account_no_delete" };
    for (size_t i = 0; raw_sqlite && i < ARRAY_LEN(triggers); i++) REQUIRE(raw(arena_printf(arena, "DROP TRIGGER %s", triggers[i])));
    if (raw_sqlite) REQUIRE(raw("PRAGMA ignore_check_constraints = ON") && raw("DROP INDEX ledger_transfer_of"));
    else REQUIRE(raw("SET session_replication_role = replica") && raw("DROP INDEX ledger_transfer_of"));
}

static void tampering_is_named(void)
{
    /* $T: the transfer in question, $A: an account, $N: the tenant. sealed: the row is in the chain already. */
    static const struct { const char *sql, *named; } cases[] = {
        { "UPDATE ledger_transfer SET amount = amount + 1 WHERE id = $T", "transfer $t is not as it was written" },
        { "UPDATE ledger_transfer SET reason = 'another' WHERE id = $T", "transfer $t is not as it was written" },
        { "UPDATE ledger_transfer SET created_at = created_at - 1 WHERE id = $T", "transfer $t is not as it was written" },
        { "UPDATE ledger_transfer SET debit_account_id = credit_account_id, credit_account_id = debit_account_id WHERE id = $T", "transfer $t is not as it was written" },
        { "UPDATE ledger_transfer SET actor_id = $A WHERE id = $T", "transfer $t is not as it was written" },
        { "UPDATE ledger_transfer SET cause = 'order', cause_id = $A WHERE id = $T", "transfer $t is not as it was written" },
        { "UPDATE ledger_transfer SET mac = id WHERE id = $T", "transfer $t is not as it was written" },
        { "DELETE FROM ledger_transfer WHERE id = $T", "transfer $t is missing" },
        { "UPDATE ledger_transfer SET xact = xact + 100000 WHERE id = $T", "where link 1 has $t" },
        { "UPDATE ledger_transfer SET id = $A WHERE id = $T", "is not as it was written|$t is missing|where link 1 has $t" },
        { "UPDATE ledger_account SET credits_posted = credits_posted + 1 WHERE id = $A", "account member:ana:main ($a) has credits_posted" },
        { "UPDATE ledger_account SET debits_pending = debits_pending + 1 WHERE id = $A", "account member:ana:main ($a) has debits_pending" },
        { "UPDATE ledger_account SET floor = 'none' WHERE id = $A", "account member:ana:main ($a) is not what the chart has" },
        { "UPDATE ledger_account SET code = 'member:eve:main' WHERE id = $A", "account member:eve:main ($a) is not what the chart has" },
        { "UPDATE ledger_account SET unit = 'USD' WHERE id = $A", "account member:ana:main ($a) is not what the chart has" },
        { "DELETE FROM ledger_account WHERE id = $A", "account $a is missing" },
        { "UPDATE ledger_seal SET head = 'x' WHERE tenant_id = $N AND n = 1", "link 1 of the chain is not as it was written" },
        { "UPDATE ledger_seal SET count = count - 1 WHERE tenant_id = $N AND n = 1", "link 1 of the chain is not as it was written" },
        { "DELETE FROM ledger_seal WHERE tenant_id = $N AND n = 1", "link 1 of the chain is missing" },
        { "UPDATE ledger_transfer SET expires_at = 5 WHERE phase = 'pending' AND tenant_id = $N", "is not as it was written" } };
    walls_down();
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct id n = new_tenant();
        struct ledger_account world = account("world:bank", "EUR"), ana = account("member:ana:main", "EUR"), bob = account("member:bob:main", "EUR");
        struct ledger_move target = move(&world, &ana, 50);
        REQUIRE(post1(move(&world, &bob, 500)) == LEDGER_OK && post(&target, 1) == LEDGER_OK && post1(move(&bob, &world, 5)) == LEDGER_OK);
        seal_it();
        hold(&bob, &world, 3, 7200);
        seal_it();
        REQUIRE(post1(move(&world, &bob, 500)) == LEDGER_OK);
        REQUIRE(breach_of(t) == NULL);
        CLEANUP(buf_free) struct buf b = { 0 };
        buf_init(&b, 4096);
        char text[ID_TEXT];
        for (const char *p = cases[i].sql; *p; p++)
            if (*p == '$') buf_puts(&b, literal(*++p == 'T' ? target.id : *p == 'A' ? ana.id : n));
            else buf_putc(&b, *p);
        REQUIRE(raw(buf_str(&b)));
        const char *breach = breach_of(t);
        bool named_it = false;
        CLEANUP(buf_free) struct buf want = { 0 };
        buf_init(&want, 4096);
        for (const char *p = cases[i].named;; p++) {
            if (*p == '|' || !*p) {
                named_it = named_it || (breach && strstr(breach, buf_str(&want)));
                buf_clear(&want);
                if (!*p) break;
            } else if (*p == '$') buf_puts(&want, id_format(*++p == 't' ? target.id : ana.id, text));
            else buf_putc(&want, *p);
        }
        if (!named_it) fprintf(stderr, "  %s: %s, want %s\n", cases[i].sql, breach ? breach : "(nothing)", cases[i].named);
        CHECK(named_it);
    }
}

/* A row somebody adds, an end that is there twice: without the key neither can be written. */
static void added_rows_are_named(void)
{
    struct id n = new_tenant(), made = id_new();
    char text[ID_TEXT];
    struct ledger_account world = account("world:bank", "EUR"), ana = account("member:ana:main", "EUR");
    REQUIRE(post1(move(&world, &ana, 50)) == LEDGER_OK);
    seal_it();
    REQUIRE(raw(arena_printf(arena, "INSERT INTO ledger_transfer (tenant_id, id, phase, debit_account_id, credit_account_id, unit, amount, cause, reason, actor_kind, created_at, mac)"
        " VALUES (%s, %s, 'single', %s, %s, 'EUR', 5, 'adjustment', 'mine', 'member', 7, %s)", literal(n), literal(made), literal(world.id), literal(ana.id), literal(id_new()))));
    CHECK(breach_of(t) && strstr(breach_of(t), id_format(made, text)));
    n = new_tenant();
    world = account("world:bank", "EUR"), ana = account("member:ana:main", "EUR");
    hold(&world, &ana, 7, 0);
    struct ledger_transfer x = hold(&world, &ana, 7, 0), again = x;
    CHECK_INT(post1(ending(&x, LEDGER_POST, 0)), LEDGER_OK);
    CHECK_INT(post1(ending(&again, LEDGER_VOID, 0)), LEDGER_OK); /* its index is gone */
    CHECK(breach_of(t) && strstr(breach_of(t), "was ended twice"));
    n = new_tenant();
    world = account("world:bank", "EUR"), ana = account("member:ana:main", "EUR");
    x = hold(&world, &ana, 7, 1);
    struct ledger_proof p;
    until_settled();
    REQUIRE(ledger_verify(t, NOW + 7 * USEC_PER_HOUR, &p) == RC_OK);
    CHECK(p.breach && strstr(p.breach, "should have expired"));
}

static void bad_plan(const struct query *q, const char *plan, void *arg)
{
    (void)arg;
    if (!str_starts(q->name, "ledger.")) return;
    fprintf(stderr, "  %s: %s\n", q->name, plan);
    test_bad_checks++;
}
static void every_plan_has_an_index(void) { CHECK_INT(db_explain(db, bad_plan, NULL), RC_OK); }

/* ---- both engines ------------------------------------------------------------------------------------------------------------------------ */

static void run_all(const char *url)
{
    char err[400] = "";
    const struct db_config config = { .url = url, .readers_max = 20, .migrations = all_migrations, .queries = start_queries() };
    printf("   %.10s\n", url);
    if (db_open(&db, &config, 0, err, sizeof err) != RC_OK) fprintf(stderr, "%s\n", err);
    REQUIRE(db && (t = tdb_open(db)));
    other_tenant = new_tenant();
    db_test_hooks.tx_twice = true;
    RUN(transfers_move_and_floors_hold);
    RUN(chains_are_all_or_nothing);
    RUN(what_is_held_ends_once);
    db_test_hooks.tx_twice = false;
    RUN(random_work_of_many);
    RUN(posted_while_it_expires);
    RUN(a_hundred_times_is_once);
    RUN(closed_accounts_take_nothing_new);
    RUN(the_database_refuses_changes);
    RUN(every_plan_has_an_index);
    RUN(tampering_is_named);
    RUN(added_rows_are_named);
    tdb_close(t);
    db_close(db);
    db = NULL;
}

/* The way behind the program's back, with all rights. */
static void open_raw(const char *url)
{
    const char *file = url + strlen("sqlite:"), *admin = getenv("CLINICD_TEST_PG_ADMIN"), *slash = strstr(url, "/ledger_");
    if (str_starts(url, "sqlite:")) {
        REQUIRE(sqlite3_open(file, &raw_sqlite) == SQLITE_OK && sqlite3_busy_timeout(raw_sqlite, 5000) == SQLITE_OK);
        return;
    }
    REQUIRE(admin && slash && strstr(admin, "/postgres?"));
    raw_pg = PQconnectdb(arena_printf(arena, "%.*s%s", (int)(strstr(admin, "/postgres?") - admin), admin, slash));
    REQUIRE(PQstatus(raw_pg) == CONNECTION_OK);
}

static void close_raw(void)
{
    sqlite3_close(raw_sqlite);
    PQfinish(raw_pg);
    raw_sqlite = NULL;
    raw_pg = NULL;
}

static void run_raw(const char *url)
{
    open_raw(url);
    run_all(url);
    close_raw();
}

int main(int argc, char **argv)
{
    static const uint8_t key[32] = { 5 };
    TEST_ARGS(argc, argv);
    REQUIRE(seal_init() == RC_OK);
    seal_key_set(key);
    arena = arena_new(LEDGER_VERIFY_BYTES * 4ul);
    log_set_level(LOG_ERROR);
    RUN(units_have_digits);
    RUN(the_chart_knows_codes);
    RUN(wrong_moves_are_refused);
    RUN(accounts_judge);
    RUN(the_same_id_is_compared);
    own_databases_each("ledger", run_raw);
    arena_free(arena);
    return TEST_DONE();
}
