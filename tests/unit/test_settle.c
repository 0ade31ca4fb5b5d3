/* test_settle.c - money of appointments, on both engines: paid in time, late with the time free or taken, twice, too much; cancelled inside and outside the terms; and many
 * hands at once. Every transaction runs twice. PostgreSQL where CLINICD_TEST_PG names a server. */
#include "core/start.h"
#include "modules/payments/payments.h"
#include "modules/tenants/tenants.h"
#include "tests/lib/own_database.h"
#include "tests/lib/test.h"
#include <pthread.h>

extern const struct migration all_migrations[];
#define NOW (1800000000 * USEC_PER_SEC)
#define MINUTES * USEC_PER_MIN
#define HOURS * USEC_PER_HOUR
enum { PRICE = 5001, DUE = 2000, HALF = 2500 /* of 5001, half to even */ };
static struct db *db;
static struct tdb *t;
static struct arena *arena;
static struct id tenant, place, provider, service, client, patient;
static int64_t free_hour;

/* ---- the ground -------------------------------------------------------------------------------------------------------------------- */

static enum rc ground_tx(struct tx *tx, void *arg)
{
    struct client_insert *c = arg;
    struct tenant x = tenants_default();
    struct service s = services_default();
    struct id providers[] = { provider };
    x.id = tenant, x.slug = "settle", x.name = "T", x.time_zone = "Etc/UTC", x.currency = "EUR";
    s.id = service, s.name = "Massage", s.duration_min = 60, s.price_minor = PRICE, s.currency = "EUR", s.color = "#0f766e", s.provider_ids = (struct list){ providers, 1 };
    TRY(tenants_insert(tx, &x, NOW));
    TRY(locations_insert(tx, &(struct location){ .id = place, .name = "Here", .time_zone = "Etc/UTC" }));
    TRY(providers_insert(tx, &(struct provider){ .id = provider, .name = "P", .color = "#0f766e", .bookable = true }, NOW));
    TRY(services_insert(tx, &s, NOW));
    return clients_insert(tx, c);
}

static void ground(void)
{
    struct client c = clients_default();
    tenant = id_new(), place = id_new(), provider = id_new(), service = id_new(), client = id_new(), patient = id_new();
    c.id = client, c.name = "Chris", c.email = "c@example.org", c.created_at = c.updated_at = NOW;
    struct client_insert ci = { .client = c, .patient_id = patient, .now = NOW };
    clients_prepare(arena, &ci);
    tdb_begin(t, arena, ID_NIL);
    REQUIRE(db_tx(t, "test.ground", ground_tx, &ci) == RC_OK);
    tdb_begin(t, arena, tenant);
    free_hour = NOW + 30 * 24 HOURS;
}

static struct req *at(struct tdb *d, int64_t now) { return req_of_program(db_arena(d), d, now, "test", ~0ull >> 8); }

struct booked { struct id appointment, order; struct payment card; int64_t start; struct order o; struct req *r; };

static enum rc order_then(struct tx *tx, const struct appointment *a, void *arg)
{
    struct booked *b = arg;
    struct order o = b->o;
    struct payment p = b->card;
    o.client_id = a->client_id, o.location_id = a->location_id;
    TRY(orders_insert(tx, b->r, &o));
    TRY(appointments_set_order(tx, a->id, o.id));
    return payments_begin(tx, b->r, &p);
}

static enum rc no_reply(struct req *r, const struct appointment *a, void *arg)
{
    (void)r;
    *(struct id *)arg = a->id;
    return RC_OK;
}

static enum rc take_time(int64_t start, bool over, struct booked *b)
{
    struct req *r = at(t, NOW);
    return calendar_book(&(struct booking){ .r = r, .client_id = client, .patient_id = patient, .service_id = service, .provider_id = provider, .location_id = place, .start = start, .duration_min = NONE,
        .overbook_reason = over ? "both" : NULL, .source = SOURCE_STAFF, .unpaid = b->r, .then = b->r ? order_then : NULL, .then_arg = b, .reply = no_reply, .reply_arg = &b->appointment });
}

/* A booking that waits for its money until half an hour from now. */
static struct booked book(int64_t due)
{
    struct booked b = { .start = free_hour, .r = at(t, NOW) };
    struct service s = { 0 };
    free_hour += 2 HOURS;
    REQUIRE(services_get(t, service, &s) == RC_OK);
    REQUIRE(appointments_make_order(b.r, &s, PRICE, "EUR", &b.o) == RC_OK);
    b.o.source = ORDER_BY_PUBLIC, b.o.due_minor = due, b.o.pay_by = NOW + 30 MINUTES;
    b.order = b.o.id;
    b.card = (struct payment){ .id = id_new(), .order_id = b.order, .currency = "EUR", .account_code = "clearing:stripe", .method = PAY_CARD, .state = PAYMENT_CREATED, .dispute = DISPUTE_NONE,
        .amount_minor = due, .session_expires_at = NONE, .succeeded_at = NONE };
    REQUIRE(take_time(b.start, false, &b) == RC_OK);
    b.card.version = 1;
    return b;
}

static struct settled settle(struct payment p, int64_t now)
{
    struct settled s = { 0 };
    CHECK_INT(payments_settle(at(t, now), &p, &s), RC_OK);
    return s;
}

static struct payment another(const struct booked *b, int64_t amount)
{
    struct payment p = b->card;
    p.id = id_new(), p.version = 0, p.amount_minor = amount;
    return p;
}

static void run_out(struct tdb *d, const struct booked *b, int64_t now)
{
    char id[ID_TEXT];
    struct job job = { .arena = db_arena(d), .db = d, .tenant = tenant, .now = now, .payload = arena_printf(db_arena(d), "{\"order_id\":\"%s\"}", id_format(b->order, id)) };
    enum rc rc = payments_expire(&job);
    CHECK(rc == RC_OK || rc == RC_BUSY);
}

/* ---- what is there then --------------------------------------------------------------------------------------------------------------- */

static struct appointment now_is(const struct booked *b, int64_t status, int64_t order_state, int64_t paid, int64_t refunded, int64_t kept)
{
    struct appointment a = { 0 };
    struct order o = { 0 };
    REQUIRE(appointments_get(t, b->appointment, &a) == RC_OK && orders_get(t, b->order, &o) == RC_OK);
    CHECK_STR(appt_state_names[a.status], appt_state_names[status]);
    CHECK_STR(order_state_names[o.state], order_state_names[order_state]);
    CHECK_INT(o.paid_minor, paid);
    CHECK_INT(o.refunded_minor, refunded);
    CHECK_INT(o.kept_minor, kept);
    return a;
}

static int64_t balance(const char *code)
{
    struct ledger_account a = { 0 };
    enum rc rc = ledger_account_by_code(t, code, &a);
    CHECK(rc == RC_OK || rc == RC_NOT_FOUND);
    return a.balance;
}

static void causes_are(const struct booked *b, int64_t cause, size_t n)
{
    struct list l;
    size_t found = 0;
    REQUIRE(refunds_of(t, b->order, &l) == RC_OK);
    for (size_t i = 0; i < l.n; i++) found += LIST_AT(l, struct refund, i)->cause == cause;
    CHECK_INT(found, n);
    CHECK_INT(l.n, n);
}

/* ---- settling --------------------------------------------------------------------------------------------------------------------------- */

static void paid_in_time(void)
{
    struct booked all = book(PRICE), part = book(DUE);
    struct settled s = settle(all.card, NOW + 60);
    CHECK(!s.already && !s.rebooked && !s.returned_minor);
    CHECK_INT(s.appointments.n, 1);
    now_is(&all, APPT_SCHEDULED, ORDER_PAID, PRICE, 0, 0);
    settle(part.card, NOW + 60);
    now_is(&part, APPT_SCHEDULED, ORDER_OPEN, DUE, 0, 0); /* the rest at the desk */
    struct payment rest = another(&part, PRICE - DUE);
    rest.method = PAY_TERMINAL, rest.account_code = "world:terminal";
    settle(rest, NOW + 90);
    now_is(&part, APPT_SCHEDULED, ORDER_PAID, PRICE, 0, 0);
    s = settle(all.card, NOW + 120);
    CHECK(s.already);
    now_is(&all, APPT_SCHEDULED, ORDER_PAID, PRICE, 0, 0);
    run_out(t, &all, NOW + 31 MINUTES);
    now_is(&all, APPT_SCHEDULED, ORDER_PAID, PRICE, 0, 0);
}

static void part_of_what_is_due(void)
{
    struct booked b = book(PRICE);
    settle(another(&b, 1000), NOW + 60);
    now_is(&b, APPT_PENDING_PAYMENT, ORDER_OPEN, 1000, 0, 0);
    run_out(t, &b, NOW + 29 MINUTES);
    now_is(&b, APPT_PENDING_PAYMENT, ORDER_OPEN, 1000, 0, 0);
    run_out(t, &b, NOW + 30 MINUTES);
    now_is(&b, APPT_EXPIRED, ORDER_EXPIRED, 1000, 1000, 0);
    causes_are(&b, REFUND_CANCELLED, 1);
}

/* Until the job has run, the time is kept: nobody else can have it, but who overbooks. */
static void late_before_the_job(void)
{
    struct booked b = book(PRICE), over = book(PRICE), other = { 0 };
    CHECK_INT(take_time(b.start, false, &other), RC_OVERLAP);
    settle(b.card, NOW + 45 MINUTES);
    now_is(&b, APPT_SCHEDULED, ORDER_PAID, PRICE, 0, 0);
    CHECK_INT(take_time(over.start, true, &other), RC_OK);
    settle(over.card, NOW + 45 MINUTES);
    now_is(&over, APPT_SCHEDULED, ORDER_PAID, PRICE, 0, 0);
}

static void late_after_the_job(void)
{
    struct booked b = book(PRICE), taken = book(PRICE), gone = book(PRICE), other = { 0 };
    run_out(t, &b, NOW + 31 MINUTES);
    run_out(t, &taken, NOW + 31 MINUTES);
    run_out(t, &gone, NOW + 31 MINUTES);
    now_is(&b, APPT_EXPIRED, ORDER_EXPIRED, 0, 0, 0);
    struct settled s = settle(b.card, NOW + 45 MINUTES);
    CHECK(s.rebooked && !s.returned_minor);
    now_is(&b, APPT_SCHEDULED, ORDER_PAID, PRICE, 0, 0);
    CHECK_INT(take_time(b.start, false, &other), RC_OVERLAP); /* it is taken again */
    CHECK_INT(take_time(taken.start, false, &other), RC_OK);
    s = settle(taken.card, NOW + 45 MINUTES);
    CHECK(!s.rebooked);
    CHECK_INT(s.returned_minor, PRICE);
    now_is(&taken, APPT_EXPIRED, ORDER_EXPIRED, PRICE, PRICE, 0);
    causes_are(&taken, REFUND_LATE, 1);
    settle(gone.card, gone.start + 1); /* free, but over */
    now_is(&gone, APPT_EXPIRED, ORDER_EXPIRED, PRICE, PRICE, 0);
}

static enum rc end(const struct booked *b, int64_t to, int64_t now, bool client_wants, const int64_t *refund)
{
    struct id unused;
    struct req *r = at(t, now);
    return calendar_change_state(&(struct transition){ .r = r, .id = b->appointment, .to = to, .for_client = client_wants, .refund_minor = refund, .reason = "r", .reply = no_reply, .reply_arg = &unused });
}

static void twice_too_much_and_cancelled(void)
{
    struct booked b = book(PRICE), more = book(PRICE), cancelled = book(PRICE);
    settle(b.card, NOW + 60);
    struct settled s = settle(another(&b, PRICE), NOW + 61);
    CHECK_INT(s.returned_minor, PRICE);
    now_is(&b, APPT_SCHEDULED, ORDER_PAID, 2 * PRICE, PRICE, 0);
    causes_are(&b, REFUND_DUPLICATE, 1);
    s = settle(another(&more, PRICE + 999), NOW + 60);
    CHECK_INT(s.returned_minor, 999);
    now_is(&more, APPT_SCHEDULED, ORDER_PAID, PRICE + 999, 999, 0);
    causes_are(&more, REFUND_SURPLUS, 1);
    CHECK_INT(end(&cancelled, APPT_CANCELLED, NOW + 60, true, NULL), RC_OK);
    now_is(&cancelled, APPT_CANCELLED, ORDER_CANCELLED, 0, 0, 0);
    settle(cancelled.card, NOW + 90);
    now_is(&cancelled, APPT_CANCELLED, ORDER_CANCELLED, PRICE, PRICE, 0);
}

/* ---- cancelling --------------------------------------------------------------------------------------------------------------------------- */

static struct booked paid(void)
{
    struct booked b = book(PRICE);
    settle(b.card, NOW + 60);
    return b;
}

static void terms_are_kept(void)
{
    int64_t kept = balance("cancellation_revenue"), told = 4321, more = PRICE + 1, nothing = 0;
    struct booked free = paid(), late = paid(), clinic = paid(), away = paid(), decided = paid(), none = paid();
    CHECK_INT(end(&free, APPT_CANCELLED, free.start - 24 HOURS, true, NULL), RC_OK);
    struct appointment a = now_is(&free, APPT_CANCELLED, ORDER_CANCELLED, PRICE, PRICE, 0);
    CHECK_INT(a.order_refunded_minor, PRICE);
    causes_are(&free, REFUND_CANCELLED, 1);
    CHECK_INT(end(&late, APPT_CANCELLED, late.start - 24 HOURS + 1, true, NULL), RC_OK);
    now_is(&late, APPT_CANCELLED, ORDER_CANCELLED, PRICE, HALF, PRICE - HALF);
    CHECK_INT(end(&clinic, APPT_CANCELLED, clinic.start - 60, false, NULL), RC_OK);
    now_is(&clinic, APPT_CANCELLED, ORDER_CANCELLED, PRICE, PRICE, 0);
    CHECK_INT(end(&away, APPT_NO_SHOW, away.start + 15 MINUTES, false, NULL), RC_OK);
    now_is(&away, APPT_NO_SHOW, ORDER_CANCELLED, PRICE, 0, PRICE);
    CHECK_INT(end(&decided, APPT_CANCELLED, decided.start - 60, false, &more), RC_INVALID);
    CHECK_INT(end(&decided, APPT_CANCELLED, decided.start - 60, false, &told), RC_OK);
    now_is(&decided, APPT_CANCELLED, ORDER_CANCELLED, PRICE, told, PRICE - told);
    CHECK_INT(end(&none, APPT_CANCELLED, NOW + 90, true, &nothing), RC_OK);
    now_is(&none, APPT_CANCELLED, ORDER_CANCELLED, PRICE, 0, PRICE);
    CHECK_INT(balance("cancellation_revenue") - kept, (PRICE - HALF) + PRICE + (PRICE - told) + PRICE);
}

/* What came by card goes back by itself; what was paid at the desk waits for somebody who gives it. */
static void each_by_its_way(void)
{
    struct booked b = book(DUE);
    struct list l;
    settle(b.card, NOW + 60);
    struct payment desk = another(&b, PRICE - DUE);
    desk.method = PAY_OTHER, desk.account_code = "world:other";
    settle(desk, NOW + 61);
    CHECK_INT(end(&b, APPT_CANCELLED, b.start - 60, true, NULL), RC_OK);
    now_is(&b, APPT_CANCELLED, ORDER_CANCELLED, PRICE, HALF, PRICE - HALF);
    REQUIRE(refunds_of(t, b.order, &l) == RC_OK && l.n == 2);
    for (size_t i = 0; i < l.n; i++) {
        const struct refund *f = LIST_AT(l, struct refund, i);
        bool card = id_eq(f->payment_id, b.card.id);
        CHECK_INT(f->amount_minor, card ? DUE : HALF - DUE); /* cards first */
        CHECK_INT(f->state, REFUND_REQUESTED);
    }
}

/* Two appointments of one order: each gets its share back, the last one ends the order. */
static enum rc share_tx(struct tx *tx, void *arg)
{
    struct booked *b = arg;
    return appointments_set_order(tx, b[1].appointment, b[0].order);
}

static void of_several_each_its_share(void)
{
    struct booked b[2] = { book(PRICE), { .start = free_hour } };
    REQUIRE(take_time(b[1].start, false, &b[1]) == RC_OK);
    free_hour += 2 HOURS;
    settle(b[0].card, NOW + 60);
    REQUIRE(db_tx(t, "test.share", share_tx, b) == RC_OK);
    b[1].order = b[0].order;
    CHECK_INT(end(&b[1], APPT_CANCELLED, b[1].start - 60, false, NULL), RC_OK);
    now_is(&b[1], APPT_CANCELLED, ORDER_PAID, PRICE, 2500, 0); /* the first of equal parts has the odd cent */
    CHECK_INT(end(&b[0], APPT_CANCELLED, b[0].start - 60, false, NULL), RC_OK);
    now_is(&b[0], APPT_CANCELLED, ORDER_CANCELLED, PRICE, PRICE, 0);
}

/* ---- many hands ------------------------------------------------------------------------------------------------------------------------------ */

enum { HANDS = 6, ROUNDS = 8 };
struct hand { pthread_t thread; int n; struct booked *b; };

static void *play(void *arg)
{
    struct hand *h = arg;
    struct arena *own = arena_new(16 << 20);
    struct tdb *d = tdb_open(db);
    REQUIRE(own && d);
    tdb_begin(d, own, tenant);
    for (int i = 0; i < ROUNDS; i++) {
        struct payment p = h->b[i].card;
        struct settled s = { 0 };
        if (h->n % 2) run_out(d, &h->b[i], NOW + 31 MINUTES);
        else {
            enum rc rc;
            do rc = payments_settle(req_of_program(own, d, NOW + 31 MINUTES, "test", ~0ull >> 8), &p, &s); while (rc == RC_STALE || rc == RC_BUSY);
            CHECK_INT(rc, RC_OK);
        }
    }
    tdb_close(d);
    arena_free(own);
    return NULL;
}

/* The money comes, told three times, at the very moment its time runs out: it is counted once, and the appointment stands. */
static void at_the_last_moment(void)
{
    struct booked b[ROUNDS];
    struct hand hands[HANDS];
    for (int i = 0; i < ROUNDS; i++) b[i] = book(PRICE);
    for (int i = 0; i < HANDS; i++) {
        hands[i] = (struct hand){ .n = i, .b = b };
        REQUIRE(pthread_create(&hands[i].thread, NULL, play, &hands[i]) == 0);
    }
    for (int i = 0; i < HANDS; i++) pthread_join(hands[i].thread, NULL);
    for (int i = 0; i < ROUNDS; i++) now_is(&b[i], APPT_SCHEDULED, ORDER_PAID, PRICE, 0, 0);
}

static void the_books_are_right(void)
{
    struct arena *big = arena_new(LEDGER_VERIFY_BYTES);
    struct ledger_proof proof = { 0 };
    tdb_begin(t, big, tenant);
    CHECK_INT(ledger_verify(t, NOW + 60 * 24 HOURS, &proof), RC_OK);
    if (proof.breach) fprintf(stderr, "  %s\n", proof.breach);
    CHECK(!proof.breach);
    tdb_begin(t, arena, tenant);
    arena_free(big);
}

static void run_all(const char *url)
{
    db = own_database_open(url, 20, NULL);
    REQUIRE((t = tdb_open(db)) != NULL);
    ground();
    db_test_hooks.tx_twice = true;
    RUN(paid_in_time);
    RUN(part_of_what_is_due);
    RUN(late_before_the_job);
    RUN(late_after_the_job);
    RUN(twice_too_much_and_cancelled);
    RUN(terms_are_kept);
    RUN(each_by_its_way);
    RUN(of_several_each_its_share);
    db_test_hooks.tx_twice = false;
    RUN(at_the_last_moment);
    RUN(the_books_are_right);
    tdb_close(t);
    db_close(db);
    db = NULL;
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    arena = own_databases_begin(256 << 20);
    own_databases_each("settle", run_all);
    arena_free(arena);
    return TEST_DONE();
}
