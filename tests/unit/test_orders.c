/* test_orders.c - orders: the arithmetic of lines and shares; and on both engines what a payment, a refund and a cancellation write, move and refuse. SQLite in a
 * temporary folder; PostgreSQL where CLINICD_TEST_PG names a server. */
#include "core/start.h"
#include "modules/ledger/ledger_rows.h"
#include "modules/locations/locations.h"
#include "modules/orders/orders_rows.h"
#include "modules/tenants/tenants.h"
#include "tests/lib/own_database.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <stdatomic.h>

extern const struct migration all_migrations[];
#define NOW (1800000000 * USEC_PER_SEC)
static struct db *db;
static struct tdb *t;
static struct arena *arena;
static struct id place;

/* ---- arithmetic ------------------------------------------------------------------------------------------------------------------------- */

static void halves_go_to_the_even(void)
{
    static const struct { int64_t amount, ppm, want; } cases[] = { { 0, 190000, 0 }, { 100, 0, 0 }, { 100, 1000000, 100 }, { 100, 190000, 19 }, { 1, 500000, 0 }, { 3, 500000, 2 },
        { 5, 500000, 2 }, { 7, 500000, 4 }, { 10, 50000, 0 }, { 30, 50000, 2 }, { 50, 50000, 2 }, { 70, 50000, 4 }, { 11, 50000, 1 }, { 9, 50000, 0 }, { 999, 333333, 333 },
        { ORDER_AMOUNT_MAX, 1000000, ORDER_AMOUNT_MAX }, { ORDER_AMOUNT_MAX, 1, 1000000 }, { ORDER_AMOUNT_MAX - 1, 999999, 999998999999 } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) CHECK_INT(money_share(cases[i].amount, cases[i].ppm), cases[i].want);
    for (int64_t a = 0; a < 300; a++) CHECK_INT(money_share(a, 500000) + money_share(a + 2, 500000) - 1, a); /* halves in turn: no drift */
}

static void parts_add_up(void)
{
    static const struct { int64_t amount, n, weights[4], want[4]; } cases[] = { { 100, 3, { 1, 1, 1 }, { 34, 33, 33 } }, { 101, 3, { 1, 1, 1 }, { 34, 34, 33 } }, { 1, 2, { 0, 5 }, { 0, 1 } },
        { 10, 3, { 0, 0, 0 }, { 4, 3, 3 } }, { 0, 2, { 3, 4 }, { 0, 0 } }, { 10, 3, { 1, 2, 4 }, { 1, 3, 6 } }, { 5, 1, { 0 }, { 5 } }, { 7, 4, { 2, 2, 2, 1 }, { 2, 2, 2, 1 } },
        { ORDER_AMOUNT_MAX, 2, { ORDER_AMOUNT_MAX, ORDER_AMOUNT_MAX }, { ORDER_AMOUNT_MAX / 2, ORDER_AMOUNT_MAX / 2 } },
        { ORDER_AMOUNT_MAX, 3, { ORDER_AMOUNT_MAX, ORDER_AMOUNT_MAX, ORDER_AMOUNT_MAX }, { 333333333334, 333333333333, 333333333333 } } };
    unsigned dice = 7;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t parts[4];
        money_split(cases[i].amount, cases[i].weights, (size_t)cases[i].n, parts);
        for (int64_t k = 0; k < cases[i].n; k++) CHECK_INT(parts[k], cases[i].want[k]);
    }
    for (int i = 0; i < 2000; i++) {
        int64_t weights[20], parts[20], sum = 0, all = 0, amount = (int64_t)(dice = dice * 1103515245 + 12345) % 100000;
        for (int k = 0; k < 20; k++) all += weights[k] = (int64_t)((dice = dice * 1103515245 + 12345) >> 16) % 900;
        money_split(amount, weights, 20, parts);
        for (int k = 0; k < 20; k++) {
            sum += parts[k];
            CHECK(parts[k] >= amount * weights[k] / all && parts[k] <= amount * weights[k] / all + 1);
        }
        CHECK_INT(sum, amount);
    }
}

#pragma GCC diagnostic ignored "-Woverride-init" /* a case is the usual one but for what it names */
#define LINE(...) { .kind = LINE_SERVICE, .description = "Check-up", .quantity = 1, __VA_ARGS__ }
static void lines_are_rounded_by_themselves(void)
{
    static const struct { bool included; struct order_line l[3]; size_t n; int64_t gross, discount, tax, total; } cases[] = {
        { false, { LINE(.unit_minor = 1000, .tax_ppm = 190000) }, 1, 1000, 0, 190, 1190 }, { true, { LINE(.unit_minor = 1190, .tax_ppm = 190000) }, 1, 1190, 0, 190, 1190 },
        { true, { LINE(.unit_minor = 100, .tax_ppm = 190000) }, 1, 100, 0, 16, 100 }, { false, { LINE(.unit_minor = 50, .tax_ppm = 50000) }, 1, 50, 0, 2, 52 },
        { false, { LINE(.unit_minor = 10, .tax_ppm = 50000), LINE(.unit_minor = 10, .tax_ppm = 50000), LINE(.unit_minor = 10, .tax_ppm = 50000) }, 3, 30, 0, 0, 30 }, /* and not 2 of 30 */
        { false, { LINE(.quantity = 3, .unit_minor = 333, .discount_minor = 99, .tax_ppm = 70000) }, 1, 999, 99, 63, 963 },
        { true, { LINE(.unit_minor = 0), LINE(.unit_minor = 21, .tax_ppm = 50000) }, 2, 21, 0, 1, 21 }, { true, { LINE(.unit_minor = 63, .tax_ppm = 1000000) }, 1, 63, 0, 32, 63 },
        { true, { LINE(.unit_minor = 61, .tax_ppm = 1000000) }, 1, 61, 0, 30, 61 }, { false, { LINE(.quantity = 2, .unit_minor = 500, .discount_minor = 1000) }, 1, 1000, 1000, 0, 0 } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct order_line l[3];
        memcpy(l, cases[i].l, sizeof l);
        struct order o = { .tax_included = cases[i].included, .lines = { l, cases[i].n } };
        CHECK(orders_total(&o));
        CHECK_INT(o.gross_minor, cases[i].gross);
        CHECK_INT(o.discount_minor, cases[i].discount);
        CHECK_INT(o.tax_minor, cases[i].tax);
        CHECK_INT(o.total_minor, cases[i].total);
        CHECK_INT(l[cases[i].n - 1].position, (int64_t)cases[i].n);
    }
}

static void what_is_out_of_range_is_refused(void)
{
    static const struct order_line bad[] = { LINE(.quantity = 0), LINE(.quantity = -1), LINE(.quantity = 10001), LINE(.unit_minor = -1), LINE(.unit_minor = INT64_MAX),
        LINE(.quantity = 2, .unit_minor = ORDER_AMOUNT_MAX), LINE(.unit_minor = 5, .discount_minor = 6), LINE(.unit_minor = 5, .discount_minor = -1), LINE(.tax_ppm = -1),
        LINE(.tax_ppm = 1000001), LINE(.unit_minor = ORDER_AMOUNT_MAX, .tax_ppm = 10), LINE(.quantity = INT64_MAX, .unit_minor = INT64_MAX) };
    struct order_line many[ORDER_LINES_MAX + 1];
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct order_line l = bad[i];
        CHECK(!orders_total(&(struct order){ .lines = { &l, 1 } }));
    }
    for (size_t i = 0; i < ARRAY_LEN(many); i++) many[i] = (struct order_line)LINE(.unit_minor = 5, .tax_ppm = (int64_t)(i % ORDER_RATES_MAX));
    CHECK(!orders_total(&(struct order){ .lines = { many, 0 } }) && orders_total(&(struct order){ .lines = { many, ORDER_LINES_MAX } }));
    CHECK(!orders_total(&(struct order){ .lines = { many, ORDER_LINES_MAX + 1 } }));
    many[0].tax_ppm = 99;
    many[6].tax_ppm = 98;
    CHECK(!orders_total(&(struct order){ .lines = { many, ORDER_LINES_MAX } })); /* more rates than an invoice shows */
    many[0] = many[1] = (struct order_line)LINE(.unit_minor = ORDER_AMOUNT_MAX);
    CHECK(!orders_total(&(struct order){ .lines = { many, 2 } }) && orders_total(&(struct order){ .lines = { many, 1 } }));
}

static void orders_have_words(void)
{
    static const struct { int64_t state, paid, refunded; const char *word; int64_t open; } cases[] = { { ORDER_OPEN, 0, 0, "unpaid", 100 }, { ORDER_OPEN, 40, 0, "part_paid", 60 },
        { ORDER_OPEN, 40, 40, "unpaid", 100 }, { ORDER_PAID, 100, 0, "paid", 0 }, { ORDER_PAID, 100, 30, "part_refunded", 0 }, { ORDER_PAID, 100, 100, "refunded", 0 },
        { ORDER_PAID, 150, 0, "paid", 0 }, { ORDER_PAID, 150, 50, "paid", 0 }, { ORDER_PAID, 150, 51, "part_refunded", 0 }, { ORDER_CANCELLED, 0, 0, "cancelled", 0 },
        { ORDER_CANCELLED, 40, 0, "cancelled", 0 }, { ORDER_CANCELLED, 40, 20, "part_refunded", 0 }, { ORDER_CANCELLED, 40, 40, "refunded", 0 }, { ORDER_EXPIRED, 0, 0, "expired", 0 },
        { ORDER_EXPIRED, 100, 100, "refunded", 0 } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct order o = { .state = cases[i].state, .total_minor = 100, .paid_minor = cases[i].paid, .refunded_minor = cases[i].refunded };
        CHECK_STR(order_standing(&o), cases[i].word);
        CHECK_INT(order_open_minor(&o), cases[i].open);
        CHECK_INT(order_refundable_minor(&o), cases[i].paid - cases[i].refunded);
    }
}

/* ---- with a database ---------------------------------------------------------------------------------------------------------------------- */

enum what { INSERT, BEGIN, UPDATE, CAPTURE, REFUND, GIVE_BACK, STEP, END, INVOICE, REVIVE };
struct act {
    enum what what;
    struct order o;
    struct payment p;
    struct refund f;
    int64_t state, kept;
    const struct ledger_transfer *held;
};
struct doing { struct act *in, out; const struct tenant *tenant; const struct location *place; };
static int64_t clock_now = NOW;

static enum rc do_tx(struct tx *tx, void *arg)
{
    struct doing *d = arg;
    struct act *a = &d->out;
    struct ledger_chain c;
    struct req *r = req_of_program(arena, t, clock_now, "test", 0);
    struct ledger_by by = ledger_by(r);
    *a = *d->in;
    ledger_chain_begin(&c, arena, db_tenant(tx_db(tx)), a->o.currency, &by);
    switch (a->what) {
    case INSERT: TRY(orders_insert(tx, r, &a->o)); break;
    case BEGIN: TRY(payments_begin(tx, r, &a->p)); break;
    case UPDATE: TRY(payments_update(tx, r, &a->p, RC_STALE)); break;
    case CAPTURE: TRY(orders_capture(tx, r, &a->o, &a->p, a->held, &c, RC_STALE)); break;
    case REFUND: TRY(orders_refund(tx, r, &a->o, &a->p, &a->f, &c, RC_STALE)); break;
    case GIVE_BACK: TRY(orders_give_back(tx, r, &a->o, &a->p, &a->f, &c, RC_STALE)); break;
    case STEP: TRY(orders_refund_step(tx, r, &a->o, &a->p, &a->f, a->state, &c, RC_STALE)); break;
    case END: TRY(orders_end(tx, r, &a->o, a->state, a->kept, &c, RC_STALE)); break;
    case INVOICE: TRY(orders_invoice(tx, r, &a->o, &c, RC_STALE)); break;
    case REVIVE: TRY(orders_revive(tx, r, &a->o, RC_STALE)); break;
    }
    return ledger_chain_post(tx, &c);
}

/* The structs are what became of it, and what is in the database, when it was done; else as before. */
static enum rc act(struct act *a)
{
    struct doing d = { .in = a };
    clock_now += USEC_PER_SEC;
    enum rc rc = db_tx(t, "test.act", do_tx, &d);
    if (rc == RC_OK) *a = d.out;
    return rc;
}
#define DO(what_) (a.what = what_, act(&a))

static enum rc ground_tx(struct tx *tx, void *arg)
{
    struct doing *d = arg;
    TRY(tenants_insert(tx, d->tenant, NOW));
    return locations_insert(tx, d->place);
}

static struct id new_tenant(const char *currency)
{
    struct tenant x = tenants_default();
    struct location l = { .id = place = id_new(), .name = "Here", .time_zone = "Europe/Berlin" };
    x.id = id_new();
    x.slug = arena_printf(arena, "t%lld%d", (long long)now_us(), rand() % 1000);
    x.name = "T", x.time_zone = "Europe/Berlin", x.currency = currency;
    tdb_begin(t, arena, ID_NIL);
    REQUIRE(db_tx(t, "test.ground", ground_tx, &(struct doing){ .tenant = &x, .place = &l }) == RC_OK);
    tdb_begin(t, arena, x.id);
    return x.id;
}

static struct order an_order(int64_t unit, int64_t ppm)
{
    struct order_line *l = arena_alloc(arena, sizeof *l);
    REQUIRE(l);
    *l = (struct order_line)LINE(.unit_minor = unit, .tax_ppm = ppm, .ref_id = place, .tax_name = ppm ? "VAT" : NULL);
    return (struct order){ .id = id_new(), .location_id = place, .currency = "EUR", .lines = { l, 1 }, .pay_by = NONE };
}

static struct payment a_payment(int64_t method, const char *code, int64_t amount)
{
    return (struct payment){ .id = id_new(), .currency = "EUR", .method = method, .account_code = code, .amount_minor = amount, .live = true };
}

static struct refund a_refund(int64_t amount) { return (struct refund){ .id = id_new(), .amount_minor = amount, .cause = REFUND_STAFF, .reason = "asked for" }; }

static int64_t balance(const char *code)
{
    struct ledger_account a = { 0 };
    enum rc rc = ledger_account_by_code(t, code, &a);
    REQUIRE(rc == RC_OK || rc == RC_NOT_FOUND);
    return a.balance;
}
#define BALANCE(code, want) CHECK_INT(balance(code), want)

static void all_adds_up(void)
{
    struct ledger_proof p;
    REQUIRE(ledger_verify(t, clock_now, &p) == RC_OK);
    CHECK_STR(p.breach ? p.breach : "none", "none");
    struct orders_proof o;
    REQUIRE(orders_verify(t, &o) == RC_OK);
    CHECK_STR(o.breach ? o.breach : "none", "none");
}

/* What the structs say is what stands in the rows. */
static void rows_agree(const struct act *a)
{
    struct order o = { 0 };
    struct payment p = { 0 };
    struct refund f = { 0 };
    REQUIRE(orders_get(t, a->o.id, &o) == RC_OK);
    CHECK(o.state == a->o.state && o.paid_minor == a->o.paid_minor && o.refunded_minor == a->o.refunded_minor && o.kept_minor == a->o.kept_minor && o.version == a->o.version &&
        o.invoiced == a->o.invoiced && o.total_minor == a->o.total_minor && o.lines.n == a->o.lines.n && o.updated_at == a->o.updated_at);
    if (a->p.version) {
        REQUIRE(payments_get(t, a->p.id, &p) == RC_OK);
        CHECK(p.state == a->p.state && p.refunded_minor == a->p.refunded_minor && p.version == a->p.version && p.succeeded_at == a->p.succeeded_at && id_eq(p.order_id, o.id));
    }
    if (!a->f.version) return;
    REQUIRE(refunds_get(t, a->f.id, &f) == RC_OK);
    CHECK(f.state == a->f.state && f.version == a->f.version && f.amount_minor == a->f.amount_minor && id_eq(f.payment_id, p.id));
}

static void paid_in_two_parts_and_given_back(void)
{
    new_tenant("EUR");
    struct act a = { .o = an_order(1000, 190000) };
    CHECK_INT(DO(INSERT), RC_OK);
    CHECK(a.o.total_minor == 1190 && a.o.state == ORDER_OPEN && a.o.version == 1);
    a.p = a_payment(PAY_TERMINAL, "world:terminal", 190);
    CHECK_INT(DO(CAPTURE), RC_OK);
    CHECK(a.o.state == ORDER_OPEN && a.o.paid_minor == 190 && a.o.version == 2);
    rows_agree(&a);
    a.p = a_payment(PAY_CASH, "till:front", 1000);
    CHECK_INT(DO(CAPTURE), RC_OK);
    CHECK_INT(a.o.state, ORDER_PAID);
    rows_agree(&a);
    CHECK_INT(DO(CAPTURE), RC_STATE); /* it has succeeded */
    BALANCE("deposit_liability", 1190);
    BALANCE("till:front", 1000);
    a.f = a_refund(1001);
    CHECK_INT(DO(GIVE_BACK), RC_FUNDS);
    a.f = a_refund(400);
    CHECK_INT(DO(GIVE_BACK), RC_OK);
    CHECK(a.f.state == REFUND_SUCCEEDED && a.o.refunded_minor == 400 && a.o.state == ORDER_PAID);
    rows_agree(&a);
    struct refund first = a.f;
    CHECK_INT(DO(GIVE_BACK), RC_CONFLICT); /* the same one again is not another one */
    a.f = a_refund(400);
    CHECK_INT(DO(GIVE_BACK), RC_OK); /* two alike are two */
    CHECK(!id_eq(first.id, a.f.id));
    a.f = a_refund(201);
    CHECK_INT(DO(GIVE_BACK), RC_FUNDS);
    BALANCE("deposit_liability", 390);
    BALANCE("till:front", 200);
    BALANCE("refund_payable", 0);
    struct list payments, refunds;
    REQUIRE(payments_of(t, a.o.id, &payments) == RC_OK && refunds_of(t, a.o.id, &refunds) == RC_OK);
    CHECK(payments.n == 2 && refunds.n == 2 && LIST_AT(payments, struct payment, 0)->amount_minor == 190);
    all_adds_up();
}

static void a_card_takes_its_way(void)
{
    new_tenant("EUR");
    struct act a = { .o = an_order(5000, 0) };
    REQUIRE(DO(INSERT) == RC_OK);
    a.p = a_payment(PAY_CARD, "clearing:stripe", 5000);
    a.p.order_id = a.o.id;
    CHECK_INT(DO(BEGIN), RC_OK);
    a.p.state = PAYMENT_PROCESSING, a.p.session_id = "cs_1", a.p.session_expires_at = NOW;
    CHECK_INT(DO(UPDATE), RC_OK);
    rows_agree(&a);
    struct payment old = a.p;
    a.p.state = PAYMENT_CREATED; /* never backwards */
    CHECK_INT(DO(UPDATE), RC_STALE);
    a.p.state = PAYMENT_SUCCEEDED;
    CHECK_INT(DO(UPDATE), RC_STATE);
    a.p.state = PAYMENT_EXPIRED;
    CHECK_INT(DO(UPDATE), RC_OK);
    BALANCE("deposit_liability", 0);
    CHECK_INT(DO(CAPTURE), RC_OK); /* paid at the last moment, told late */
    CHECK(a.o.state == ORDER_PAID && a.p.state == PAYMENT_SUCCEEDED);
    rows_agree(&a);
    struct act b = { .what = CAPTURE, .o = a.o, .p = old };
    CHECK_INT(act(&b), RC_STALE);
    a.f = a_refund(2000);
    CHECK_INT(DO(GIVE_BACK), RC_OK);
    CHECK_INT(a.f.state, REFUND_REQUESTED);
    BALANCE("refund_payable", 2000);
    a.state = REFUND_SUBMITTED, a.f.provider_id = "re_1";
    CHECK_INT(DO(STEP), RC_OK);
    rows_agree(&a);
    a.state = REFUND_FAILED;
    CHECK_INT(DO(STEP), RC_OK);
    CHECK(a.o.refunded_minor == 0 && a.p.refunded_minor == 0);
    rows_agree(&a);
    BALANCE("refund_payable", 0);
    BALANCE("deposit_liability", 5000);
    a.state = REFUND_SUCCEEDED;
    CHECK_INT(DO(STEP), RC_STATE);
    a.f = a_refund(5000); /* what failed can be asked for again */
    CHECK_INT(DO(GIVE_BACK), RC_OK);
    a.state = REFUND_SUCCEEDED;
    CHECK_INT(DO(STEP), RC_OK);
    BALANCE("clearing:stripe", 0);
    a.state = REFUND_SUBMITTED;
    CHECK_INT(DO(STEP), RC_STATE);
    a.state = REFUND_FAILED; /* the client's bank sent it back */
    CHECK_INT(DO(STEP), RC_OK);
    rows_agree(&a);
    BALANCE("clearing:stripe", 5000);
    BALANCE("deposit_liability", 5000);
    BALANCE("refund_payable", 0);
    all_adds_up();
}

static void cancelled_and_kept(void)
{
    new_tenant("EUR");
    struct act a = { .o = an_order(1000, 0), .state = ORDER_CANCELLED };
    REQUIRE(DO(INSERT) == RC_OK);
    a.p = a_payment(PAY_TRANSFER, "world:bank", 1000);
    REQUIRE(DO(CAPTURE) == RC_OK);
    a.kept = 1001;
    CHECK_INT(DO(END), RC_FUNDS);
    a.kept = 400;
    CHECK_INT(DO(END), RC_OK);
    CHECK_INT(a.o.state, ORDER_CANCELLED);
    rows_agree(&a);
    CHECK_INT(DO(END), RC_STATE);
    BALANCE("cancellation_revenue", 400);
    a.f = a_refund(600);
    CHECK_INT(DO(GIVE_BACK), RC_OK);
    BALANCE("deposit_liability", 0);
    a.f = a_refund(150); /* what was kept is given up */
    CHECK_INT(DO(GIVE_BACK), RC_OK);
    CHECK_INT(a.o.kept_minor, 250);
    BALANCE("cancellation_revenue", 250);
    BALANCE("deposit_liability", 0);
    BALANCE("world:bank", 250);
    rows_agree(&a);
    a.p = a_payment(PAY_CASH, "till:front", 70); /* money that comes when all is over is counted */
    CHECK_INT(DO(CAPTURE), RC_OK);
    CHECK(a.o.state == ORDER_CANCELLED && a.o.paid_minor == 1070);
    BALANCE("deposit_liability", 70);
    CHECK_INT(DO(REVIVE), RC_STATE);
    CHECK_INT(DO(INVOICE), RC_STATE);
    struct act e = { .what = INSERT, .o = an_order(1000, 0) };
    REQUIRE(act(&e) == RC_OK);
    e.what = END, e.state = ORDER_EXPIRED;
    CHECK_INT(act(&e), RC_OK);
    e.what = CAPTURE, e.p = a_payment(PAY_CARD, "clearing:stripe", 1000);
    CHECK_INT(act(&e), RC_OK);
    CHECK_INT(e.o.state, ORDER_EXPIRED);
    e.what = REVIVE;
    CHECK_INT(act(&e), RC_OK);
    CHECK_INT(e.o.state, ORDER_PAID);
    rows_agree(&e);
    all_adds_up();
}

static void earned_by_an_invoice(void)
{
    char id[ID_TEXT];
    new_tenant("EUR");
    struct act a = { .o = an_order(1000, 190000) };
    const char *revenue = arena_printf(arena, "revenue:%s", id_format(place, id));
    REQUIRE(DO(INSERT) == RC_OK);
    a.p = a_payment(PAY_TERMINAL, "world:terminal", 300);
    REQUIRE(DO(CAPTURE) == RC_OK);
    CHECK_INT(DO(INVOICE), RC_OK);
    CHECK_INT(DO(INVOICE), RC_STATE);
    rows_agree(&a);
    BALANCE("deposit_liability", 0);
    BALANCE("receivable:desk", 890);
    BALANCE(revenue, 1000);
    BALANCE("tax:190000", 190);
    a.p = a_payment(PAY_TERMINAL, "world:terminal", 890);
    CHECK_INT(DO(CAPTURE), RC_OK);
    CHECK_INT(a.o.state, ORDER_PAID);
    BALANCE("receivable:desk", 0);
    a.f = a_refund(500);
    CHECK_INT(DO(GIVE_BACK), RC_OK);
    BALANCE("receivable:desk", 500);
    BALANCE("deposit_liability", 0);
    rows_agree(&a);
    all_adds_up();
}

static enum rc hold_tx(struct tx *tx, void *arg)
{
    struct ledger_chain *c = arg;
    return ledger_chain_post(tx, c);
}

static void held_of_a_wallet(void)
{
    struct id tenant = new_tenant("EUR");
    struct ledger_chain c;
    struct ledger_transfer held = { 0 };
    struct act a = { .o = an_order(1000, 0) };
    REQUIRE(DO(INSERT) == RC_OK);
    a.p = a_payment(PAY_WALLET, "member:ana:main", 700);
    a.p.order_id = a.o.id;
    a.p.state = PAYMENT_PROCESSING;
    CHECK_INT(DO(BEGIN), RC_OK);
    ledger_chain_begin(&c, arena, tenant, "EUR", &(struct ledger_by){ "system", ID_NIL, clock_now });
    ledger_chain_add(&c, &(struct ledger_step){ .debit = "world:bank", .credit = "member:ana:main", .amount = 900, .cause = LEDGER_TOP_UP, .cause_id = a.o.id, .step = "top_up" });
    ledger_chain_hold(&c, &(struct ledger_step){ .debit = "member:ana:main", .credit = "deposit_liability", .amount = 700, .cause = LEDGER_PAYMENT, .cause_id = a.p.id, .step = "hold" }, 3600);
    REQUIRE(db_tx(t, "test.hold", hold_tx, &c) == RC_OK);
    REQUIRE(ledger_transfer_get(t, ledger_step_id(tenant, a.p.id, "hold"), &held) == RC_OK);
    a.held = &held;
    a.p.amount_minor = 600;
    CHECK_INT(DO(CAPTURE), RC_INVALID);
    a.p.amount_minor = 700;
    CHECK_INT(DO(INVOICE), RC_OK);
    CHECK_INT(DO(CAPTURE), RC_OK);
    rows_agree(&a);
    BALANCE("member:ana:main", 200);
    BALANCE("deposit_liability", 0);
    BALANCE("receivable:desk", 300);
    all_adds_up();
}

/* The tables know the rules too, whoever writes. */
static enum rc wrong_order_tx(struct tx *tx, void *arg) { return order_step(tx, &(struct order){ .id = ((struct order *)arg)->id, .version = ((struct order *)arg)->version,
    .state = ((struct order *)arg)->state, .paid_minor = ((struct order *)arg)->paid_minor, .refunded_minor = ((struct order *)arg)->refunded_minor,
    .kept_minor = ((struct order *)arg)->kept_minor }, NOW, RC_STALE); }
static enum rc wrong_payment_tx(struct tx *tx, void *arg)
{
    struct payment p = *(struct payment *)arg;
    return payment_refunded(tx, &p, NOW, RC_STALE);
}

static void wrong_input_is_refused(void)
{
    new_tenant("EUR");
    struct act a = { .o = an_order(1000, 0) };
    a.o.due_minor = 1001;
    CHECK_INT(DO(INSERT), RC_INVALID);
    a.o.due_minor = 0, a.o.currency = "visits";
    CHECK_INT(DO(INSERT), RC_INVALID);
    a.o.currency = "EUR", a.o.client_id = id_new();
    CHECK_INT(DO(INSERT), RC_NOT_FOUND);
    a.o.client_id = ID_NIL;
    REQUIRE(DO(INSERT) == RC_OK);
    CHECK_INT(DO(INSERT), RC_CONFLICT);
    a.p = a_payment(PAY_CASH, "till:front", 1000);
    a.p.currency = "USD";
    CHECK_INT(DO(CAPTURE), RC_INVALID);
    a.p.currency = "EUR", a.p.amount_minor = 0;
    CHECK_INT(DO(CAPTURE), RC_INVALID);
    a.p.amount_minor = ORDER_AMOUNT_MAX + 1;
    CHECK_INT(DO(CAPTURE), RC_INVALID);
    a.p.amount_minor = 900;
    REQUIRE(DO(CAPTURE) == RC_OK);
    struct act stale = a;
    a.p = a_payment(PAY_CASH, "till:front", 50);
    REQUIRE(DO(CAPTURE) == RC_OK);
    stale.p = a_payment(PAY_CASH, "till:front", 60);
    stale.what = CAPTURE;
    CHECK_INT(act(&stale), RC_STALE); /* read before: nothing remains */
    BALANCE("till:front", 950);
    a.f = a_refund(0);
    CHECK_INT(DO(GIVE_BACK), RC_INVALID);
    log_set_level(LOG_ERROR + 1);
    struct order o = a.o;
    o.refunded_minor = 951;
    CHECK_INT(db_tx(t, "test.wrong", wrong_order_tx, &o), RC_FAULT);
    o.refunded_minor = 0, o.kept_minor = 951;
    CHECK_INT(db_tx(t, "test.wrong", wrong_order_tx, &o), RC_FAULT);
    o.kept_minor = 0, o.paid_minor = 949; /* what was paid stays paid */
    CHECK_INT(db_tx(t, "test.wrong", wrong_order_tx, &o), RC_STALE);
    struct payment p = a.p;
    p.refunded_minor = 51;
    CHECK_INT(db_tx(t, "test.wrong", wrong_payment_tx, &p), RC_FAULT);
    p.refunded_minor = -1;
    CHECK_INT(db_tx(t, "test.wrong", wrong_payment_tx, &p), RC_FAULT);
    log_set_level(LOG_ERROR);
    rows_agree(&a);
    all_adds_up();
}

static void small_and_large_currencies(void)
{
    static const char *const currencies[] = { "JPY", "KWD" };
    for (size_t i = 0; i < ARRAY_LEN(currencies); i++) {
        new_tenant(currencies[i]);
        struct act a = { .o = an_order(ORDER_AMOUNT_MAX, 0) };
        a.o.currency = currencies[i];
        CHECK_INT(DO(INSERT), RC_OK);
        a.p = a_payment(PAY_TERMINAL, "world:terminal", ORDER_AMOUNT_MAX);
        CHECK_INT(DO(CAPTURE), RC_INVALID); /* it says EUR */
        a.p.currency = currencies[i];
        CHECK_INT(DO(CAPTURE), RC_OK);
        CHECK_INT(a.o.state, ORDER_PAID);
        rows_agree(&a);
        all_adds_up();
    }
    new_tenant("EUR");
    struct act a = { .o = an_order(0, 0) };
    CHECK_INT(DO(INSERT), RC_OK);
    CHECK_INT(a.o.state, ORDER_PAID); /* nothing to pay */
}

/* ---- many hands ------------------------------------------------------------------------------------------------------------------------ */

enum { HANDS = 16, OPS = 30, SHARED = 8 };
struct hand { pthread_t thread; int n; struct tdb *h; struct arena *arena; unsigned dice; int done, refused, other; };
static struct hand hands[HANDS];
static struct id shared[SHARED], many_tenant;
/* One random act on an order that others work on too; everything is read inside. */
struct random_act { struct hand *h; unsigned what, dice; struct id id; enum rc said; };

static enum rc random_refund(struct tx *tx, struct req *r, const struct random_act *a, struct order *o, struct ledger_chain *c)
{
    struct list payments, refunds;
    TRY(payments_of(tx_db(tx), o->id, &payments));
    TRY(refunds_of(tx_db(tx), o->id, &refunds));
    if (a->what == 4 && refunds.n) { /* what became of one */
        struct refund *f = LIST_AT(refunds, struct refund, a->dice % refunds.n);
        for (size_t i = 0; i < payments.n; i++) {
            struct payment *p = LIST_AT(payments, struct payment, i);
            if (id_eq(p->id, f->payment_id)) return orders_refund_step(tx, r, o, p, f, p->method == PAY_CARD ? REFUND_SUBMITTED + a->dice % 3 : REFUND_SUCCEEDED, c, RC_RETRY);
        }
    }
    if (!payments.n) return RC_STATE;
    struct refund f = { .id = a->id, .amount_minor = 1 + a->dice % 400, .cause = REFUND_STAFF };
    return orders_give_back(tx, r, o, LIST_AT(payments, struct payment, a->dice % payments.n), &f, c, RC_RETRY);
}

static enum rc random_tx(struct tx *tx, void *arg)
{
    static const struct { int64_t method; const char *account; } ways[] = { { PAY_CASH, "till:front" }, { PAY_CARD, "clearing:stripe" }, { PAY_WALLET, "member:ana:main" } };
    struct random_act *a = arg;
    struct order o = { 0 };
    struct ledger_chain c;
    struct req *r = req_of_program(a->h->arena, a->h->h, NOW + (int64_t)a->dice, "test", 0);
    struct ledger_by by = ledger_by(r);
    TRY(orders_get(tx_db(tx), shared[a->dice % SHARED], &o));
    ledger_chain_begin(&c, a->h->arena, many_tenant, "EUR", &by);
    struct payment p = { .id = a->id, .currency = "EUR", .method = ways[a->dice / 8 % 3].method, .account_code = ways[a->dice / 8 % 3].account, .amount_minor = 1 + a->dice / 32 % 300, .live = true };
    if (a->what < 3) TRY(orders_capture(tx, r, &o, &p, NULL, &c, RC_RETRY));
    else if (a->what < 6) TRY(random_refund(tx, r, a, &o, &c));
    else if (a->what == 6 && a->dice % 5 == 0) TRY(orders_end(tx, r, &o, ORDER_CANCELLED, (o.paid_minor - o.refunded_minor) / 2, &c, RC_RETRY));
    else if (a->dice % 5 == 1) TRY(orders_invoice(tx, r, &o, &c, RC_RETRY));
    return ledger_chain_post(tx, &c);
}

static void *random_hand(void *arg)
{
    struct hand *h = arg;
    tdb_begin(h->h, h->arena, many_tenant);
    for (int i = 0; i < OPS; i++) {
        struct arena_mark mark = arena_mark(h->arena);
        struct random_act a = { .h = h, .id = id_new() };
        h->dice = h->dice * 1103515245 + 12345;
        a.what = (h->dice >> 16) % 8;
        a.dice = (h->dice = h->dice * 1103515245 + 12345) >> 8;
        enum rc rc = db_tx(h->h, "test.random", random_tx, &a);
        if (rc == RC_OK) h->done++;
        else if (rc == RC_STATE || rc == RC_FUNDS || rc == RC_BUSY) h->refused++;
        else if (h->other++ < 3) fprintf(stderr, "  hand %d: %s\n", h->n, outcome_row(rc)->code);
        arena_rewind(h->arena, mark);
    }
    return NULL;
}

static enum rc wallet_tx(struct tx *tx, void *arg)
{
    struct ledger_chain *c = arg;
    return ledger_chain_post(tx, c);
}

/* Whatever sixteen do at once with the same orders: the books add up, no floor is broken, and nothing goes back that did not come. */
static void random_work_of_many(void)
{
    struct ledger_chain c;
    int done = 0, refused = 0;
    many_tenant = new_tenant("EUR");
    ledger_chain_begin(&c, arena, many_tenant, "EUR", &(struct ledger_by){ "system", ID_NIL, NOW });
    ledger_chain_add(&c, &(struct ledger_step){ .debit = "world:bank", .credit = "member:ana:main", .amount = 4000, .cause = LEDGER_TOP_UP, .cause_id = place, .step = "top_up" });
    REQUIRE(db_tx(t, "test.wallet", wallet_tx, &c) == RC_OK);
    for (int i = 0; i < SHARED; i++) {
        struct act a = { .what = INSERT, .o = an_order(1000, i % 2 ? 190000 : 0) };
        REQUIRE(act(&a) == RC_OK);
        shared[i] = a.o.id;
    }
    for (int i = 0; i < HANDS; i++) {
        hands[i] = (struct hand){ .n = i, .dice = (unsigned)(i * 7919 + 1), .h = tdb_open(db), .arena = arena_new(64 << 20) };
        REQUIRE(hands[i].h && hands[i].arena && pthread_create(&hands[i].thread, NULL, random_hand, &hands[i]) == 0);
    }
    for (int i = 0; i < HANDS; i++) {
        pthread_join(hands[i].thread, NULL);
        tdb_close(hands[i].h);
        arena_free(hands[i].arena);
        CHECK_INT(hands[i].other, 0);
        done += hands[i].done, refused += hands[i].refused;
    }
    printf("     %d done, %d refused\n", done, refused);
    CHECK(done > HANDS * OPS / 4 && refused > 0);
    all_adds_up();
    CHECK(balance("member:ana:main") >= 0 && balance("till:front") >= 0);
    for (int i = 0; i < SHARED; i++) {
        struct order o = { 0 };
        struct list payments;
        REQUIRE(orders_get(t, shared[i], &o) == RC_OK && payments_of(t, shared[i], &payments) == RC_OK);
        CHECK(o.refunded_minor <= o.paid_minor && o.kept_minor <= o.paid_minor - o.refunded_minor);
        for (size_t k = 0; k < payments.n; k++) CHECK(LIST_AT(payments, struct payment, k)->refunded_minor <= LIST_AT(payments, struct payment, k)->amount_minor);
    }
}

/* What somebody changed behind the program's back is named. */
static const struct query Q_FORGE_PAID = { .name = "test.forge_paid", .args = "ui", .sql = "UPDATE client_order SET paid_minor = paid_minor + $3 WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_FORGE_PAYMENT = { .name = "test.forge_payment", .args = "ui", .sql = "UPDATE payment SET amount_minor = amount_minor + $3 WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_FORGE_REFUND = { .name = "test.forge_refund", .args = "ui", .sql = "UPDATE refund SET state = 'failed', version = version + $3 WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_FORGE_LINE = { .name = "test.forge_line", .args = "ui", .sql = "UPDATE client_order_line SET total_minor = total_minor + $3 WHERE tenant_id = $1 AND order_id = $2" };
static const struct query Q_FORGE_KEPT = { .name = "test.forge_kept", .args = "ui", .sql = "UPDATE client_order SET kept_minor = kept_minor + $3 WHERE tenant_id = $1 AND id = $2" };
static const struct query *const forgeries[] = { &Q_FORGE_PAID, &Q_FORGE_PAYMENT, &Q_FORGE_REFUND, &Q_FORGE_LINE, &Q_FORGE_KEPT, NULL };
struct forging { const struct query *q; struct id id; int64_t by; };
static enum rc forge_tx(struct tx *tx, void *arg)
{
    struct forging *f = arg;
    return tx_one(tx, f->q, ARGS(U(f->id), I(f->by)), RC_NOT_FOUND);
}

static void tampering_is_named(void)
{
    static const struct { size_t q; int what; int64_t by; const char *says; } cases[] = { { 0, 0, 1, "what was paid is not the sum" }, { 1, 1, 1, "what was paid is not the sum" },
        { 2, 2, 1, "what went back is not the sum" }, { 3, 0, 5, "its total is not the sum of its lines" }, { 4, 0, 3, "the ledger holds another amount" } };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[ID_TEXT];
        struct orders_proof proof;
        new_tenant("EUR");
        struct act a = { .o = an_order(1000, 0) };
        REQUIRE(DO(INSERT) == RC_OK);
        a.p = a_payment(PAY_TERMINAL, "world:terminal", 1000);
        REQUIRE(DO(CAPTURE) == RC_OK);
        a.f = a_refund(300);
        REQUIRE(DO(GIVE_BACK) == RC_OK);
        all_adds_up();
        struct id id = cases[i].what == 0 ? a.o.id : cases[i].what == 1 ? a.p.id : a.f.id;
        REQUIRE(db_tx(t, "test.forge", forge_tx, &(struct forging){ forgeries[cases[i].q], id, cases[i].by }) == RC_OK);
        REQUIRE(orders_verify(t, &proof) == RC_OK);
        CHECK(proof.breach && strstr(proof.breach, cases[i].says) && strstr(proof.breach, id_format(a.o.id, text)));
        if (proof.breach && !strstr(proof.breach, cases[i].says)) fprintf(stderr, "  %s\n", proof.breach);
    }
}

static void run_all(const char *url)
{
    db = own_database_open(url, 20, forgeries);
    REQUIRE((t = tdb_open(db)) != NULL);
    db_test_hooks.tx_twice = true;
    RUN(paid_in_two_parts_and_given_back);
    RUN(a_card_takes_its_way);
    RUN(cancelled_and_kept);
    RUN(earned_by_an_invoice);
    RUN(held_of_a_wallet);
    RUN(wrong_input_is_refused);
    RUN(small_and_large_currencies);
    RUN(tampering_is_named);
    db_test_hooks.tx_twice = false;
    RUN(random_work_of_many);
    tdb_close(t);
    db_close(db);
    db = NULL;
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    arena = own_databases_begin(LEDGER_VERIFY_BYTES * 4ul);
    RUN(halves_go_to_the_even);
    RUN(parts_add_up);
    RUN(lines_are_rounded_by_themselves);
    RUN(what_is_out_of_range_is_refused);
    RUN(orders_have_words);
    own_databases_each("orders", run_all);
    arena_free(arena);
    return TEST_DONE();
}
