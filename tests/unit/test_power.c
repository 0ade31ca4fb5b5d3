/* test_power.c - the process is killed, or the power fails, at every write SQLite makes while the clinic books, is paid and pays back. Whatever is found on the disk then is
 * exactly what it was after one of the calls, never between, and never older than the last call that was answered; and that proves. And a disk that fails while the server runs: what was
 * answered as done is there, what was not can be done again. The VFS is tests/lib/power.h. */
#include "core/http/app.h"
#include "core/start.h"
#include "modules/payments/payments.h"
#include "tests/lib/folder.h"
#include "tests/lib/in_process.h"
#include "tests/lib/power.h"
#include "tests/lib/test.h"
#include <sqlite3.h>
#include <unistd.h>

extern const struct migration all_migrations[];
enum { PRICE = 5000, GIFT = 2000000, CALLS_MAX = 24, FACTS_MAX = 4 };
static char folder[100], path[120], copy[120];
static struct app app;
static struct worker *worker;
static struct tdb *t;
static struct arena *arena;
static struct id tenant;
static char token[64], client[ID_TEXT], service[ID_TEXT], paid_first[ID_TEXT], provider[ID_TEXT], location[ID_TEXT], wallet[ID_TEXT];
static char answer[65536];

/* ---- the clinic ------------------------------------------------------------------------------------------------------------------------ */

static int call_as(const char *bearer, const char *method, const char *where, const char *body) { return in_process_call(&app, worker, bearer, method, where, body, answer, sizeof answer); }
static int call(const char *method, const char *where, const char *body) { return call_as(token, method, where, body); }

/* The text that follows `name":"` behind `after` in the answer. */
static void take(char *out, size_t cap, const char *after, const char *name)
{
    char key[60];
    snprintf(key, sizeof key, "\"%s\":\"", name);
    const char *p = strstr(answer, after);
    if (p) p = strstr(p, key);
    REQUIRE(p);
    p += strlen(key);
    snprintf(out, cap, "%.*s", (int)strcspn(p, "\""), p);
}

static void made(int status, char out[ID_TEXT], const char *where, const char *body)
{
    if (status < 200 || status > 299) fprintf(stderr, "  %s: %d %.500s\n  %s\n", where, status, answer, body);
    REQUIRE(status >= 200 && status <= 299);
    if (out) take(out, ID_TEXT, "data", "id");
}

static void make(char out[ID_TEXT], const char *where, const char *body) { made(call("POST", where, body), out, where, body); }
static void put(const char *where, const char *body) { made(call("PUT", where, body), NULL, where, body); }
#define TEXT(...) arena_printf(arena, __VA_ARGS__)

static const char *time_of(int slot)
{
    char text[INSTANT_TEXT];
    return TEXT("%s", instant_format((floor_div(now_us(), USEC_PER_DAY) + 30 + slot / 8) * USEC_PER_DAY + (8 + slot % 8) * USEC_PER_HOUR, text));
}

static void clinic(void)
{
    char till[ID_TEXT];
    make(NULL, "/auth/register", "{\"tenant_name\":\"T\",\"slug\":\"power\",\"name\":\"Ann\",\"email\":\"ann@example.com\",\"password\":\"correct horse\",\"time_zone\":\"Etc/UTC\",\"currency\":\"EUR\"}");
    make(NULL, "/auth/token", "{\"email\":\"ann@example.com\",\"password\":\"correct horse\"}");
    take(token, sizeof token, "data", "token");
    made(call("GET", "/locations", ""), location, "/locations", "");
    make(provider, "/providers", "{\"name\":\"Dr. A\"}");
    make(service, "/services", TEXT("{\"name\":\"Visit\",\"duration_min\":30,\"price_minor\":%d,\"currency\":\"EUR\",\"provider_ids\":[\"%s\"]}", PRICE, provider));
    make(paid_first, "/services", TEXT("{\"name\":\"Ahead\",\"duration_min\":30,\"price_minor\":%d,\"currency\":\"EUR\",\"pay\":\"full\",\"provider_ids\":[\"%s\"]}", PRICE, provider));
    const char *week = "";
    for (int d = 1; d <= 7; d++) week = TEXT("%s%s{\"location_id\":\"%s\",\"weekday\":%d,\"start\":\"06:00\",\"end\":\"22:00\"}", week, d > 1 ? "," : "", location, d);
    put(TEXT("/providers/%s/hours", provider), TEXT("{\"weekly\":[%s],\"exceptions\":[]}", week));
    make(client, "/clients", "{\"name\":\"Bo\",\"email\":\"bo@example.com\"}");
    make(wallet, "/wallets", TEXT("{\"client_id\":\"%s\"}", client));
    make(NULL, TEXT("/wallets/%s/promotions", wallet), TEXT("{\"name\":\"Gift\",\"amount_minor\":%d,\"expires_on\":\"%.10s\",\"reason\":\"new\"}", GIFT, time_of(400)));
    make(till, "/tills", TEXT("{\"name\":\"Front\",\"location_id\":\"%s\"}", location));
    make(NULL, TEXT("/tills/%s/open", till), "{\"counted_minor\":1000}");
    put("/cards/settings", "{\"enabled\":true,\"secret_key\":\"sk_test_51Testtesttesttesttesttest\"}");
}

static void server_start(const char *where)
{
    char err[500] = "";
    const char *url = TEXT("sqlite:%s", where);
    const struct db_config config = { .url = url, .readers_max = 4, .migrations = all_migrations, .queries = start_queries() };
    app = (struct app){ .version = "test", .started = monotonic_us() };
    enum rc rc = db_open(&app.db, &config, 0, err, sizeof err);
    if (rc != RC_OK) fprintf(stderr, "  %s\n", err);
    REQUIRE(rc == RC_OK && router_compile(&app, start_modules(), err, sizeof err) == RC_OK);
    app.limiter = limiter_new();
    worker = app_worker_start(&app);
    t = tdb_open(app.db);
    REQUIRE(app.limiter && worker && t);
    tdb_begin(t, arena, tenant);
}

static void server_stop(void)
{
    tdb_close(t);
    app_worker_stop(&app, worker);
    limiter_free(app.limiter);
    router_free(&app);
    db_close(app.db);
}

/* ---- looking at a database from outside ------------------------------------------------------------------------------------------------ */

static sqlite3 *look_at(const char *where)
{
    sqlite3 *h = NULL;
    REQUIRE(sqlite3_open_v2(where, &h, SQLITE_OPEN_READWRITE, "unix") == SQLITE_OK);
    REQUIRE(sqlite3_db_config(h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL) == SQLITE_OK);
    return h;
}

static int64_t number(sqlite3 *h, const char *sql)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(h, sql, -1, &s, NULL) != SQLITE_OK) fprintf(stderr, "  %s: %s\n", sql, sqlite3_errmsg(h));
    REQUIRE(s);
    int64_t n = sqlite3_step(s) == SQLITE_ROW && sqlite3_column_type(s, 0) != SQLITE_NULL ? sqlite3_column_int64(s, 0) : -1;
    sqlite3_finalize(s);
    return n;
}

/* ---- the calls, and what each of them changes -------------------------------------------------------------------------------------------- */

struct fact { const char *sql; int64_t before, after; };
static struct done { const char *name; int ops; struct fact facts[FACTS_MAX]; int n_facts; unsigned char *bytes; sqlite3_int64 len; } calls[CALLS_MAX]; /* [0]: how it began */
static int n_calls;

static void answered(const char *name) { calls[n_calls++] = (struct done){ .name = name, .ops = power_ops() }; }

static void fact(int64_t before, int64_t after, const char *sql)
{
    struct done *c = &calls[n_calls - 1];
    REQUIRE(c->n_facts < FACTS_MAX);
    c->facts[c->n_facts++] = (struct fact){ sql, before, after };
}

static const char *blob(const char *id)
{
    char hex[40];
    size_t n = 0;
    for (; *id; id++)
        if (*id != '-') hex[n++] = *id;
    hex[n] = 0;
    return TEXT("x'%s'", hex);
}

/* The order of an appointment, as SQL. */
static const char *order_of(const char *appointment) { return TEXT("(SELECT order_id FROM appointment WHERE id = %s)", blob(appointment)); }
static const char *claims_of(const char *appointment) { return TEXT("SELECT COUNT(*) FROM claim WHERE owner_id = %s", blob(appointment)); }
static const char *paid_of(const char *appointment) { return TEXT("SELECT paid_minor - refunded_minor FROM client_order WHERE id = %s", order_of(appointment)); }

static int book(int slot, bool from_wallet)
{
    return call("POST", "/appointments", TEXT("{\"client_id\":\"%s\",\"service_id\":\"%s\",\"provider_id\":\"%s\",\"start\":\"%s\"%s}", client, service, provider, time_of(slot), from_wallet ? ",\"payment\":\"wallet\"" : ""));
}

static void plain_booking(int slot, char id[ID_TEXT])
{
    made(book(slot, false), id, "a booking", "");
    answered("a booking");
    fact(0, 2, claims_of(id)); /* the provider's and the client's */
    fact(0, 1, TEXT("SELECT COUNT(*) FROM audit WHERE entity_id = %s", blob(id)));
}

static void wallet_booking(int slot, char id[ID_TEXT])
{
    made(book(slot, true), id, "a booking paid by the wallet", "");
    answered("a booking paid by the wallet");
    fact(0, 2, claims_of(id));
    fact(-1, PRICE, paid_of(id));
    fact(-1, 1, TEXT("SELECT COUNT(*) FROM ledger_transfer WHERE cause = 'payment' AND cause_id IN (SELECT id FROM payment WHERE order_id = %s) HAVING COUNT(*) > 0", order_of(id)));
}

static void booking_that_waits(int slot, char id[ID_TEXT])
{
    const char *body = TEXT("{\"service_id\":\"%s\",\"provider_id\":\"%s\",\"start\":\"%s\",\"client\":{\"name\":\"Cy\",\"email\":\"cy@example.com\"}}", paid_first, provider, time_of(slot));
    made(call_as("", "POST", "/public/power/bookings", body), NULL, "a booking that waits for its money", body);
    answered("a booking that waits for its money");
    take(id, ID_TEXT, "\"appointment\"", "id");
    fact(0, 2, claims_of(id));
    fact(0, 1, TEXT("SELECT COUNT(*) FROM appointment WHERE id = %s AND status = 'pending_payment'", blob(id)));
    fact(-1, 0, paid_of(id));
}

static void money_arrives(const char *id)
{
    struct appointment a = { 0 };
    struct settled s = { 0 };
    struct list payments = { 0 };
    struct id appointment;
    REQUIRE(id_parse(id, &appointment) && appointments_get(t, appointment, &a) == RC_OK && payments_of(t, a.order_id, &payments) == RC_OK && payments.n == 1);
    struct payment p = *LIST_AT(payments, struct payment, 0);
    REQUIRE(payments_settle(req_of_program(arena, t, now_us(), "test", ~0ull >> 8), &p, &s) == RC_OK);
    answered("its money arrives");
    fact(0, PRICE, paid_of(id));
    fact(0, 1, TEXT("SELECT COUNT(*) FROM appointment WHERE id = %s AND status = 'scheduled'", blob(id)));
    fact(0, 1, TEXT("SELECT COUNT(*) FROM ledger_transfer WHERE cause = 'payment' AND cause_id IN (SELECT id FROM payment WHERE order_id = %s)", order_of(id)));
}

static void cancellation(const char *id, bool by_card)
{
    const char *where = TEXT("/appointments/%s/cancel", id);
    made(call("POST", where, "{\"reason\":\"ill\"}"), NULL, where, "");
    answered(by_card ? "a cancellation, the card's money asked back" : "a cancellation, the wallet has its money again");
    fact(2, 0, claims_of(id));
    fact(PRICE, 0, paid_of(id));
    fact(0, 1, TEXT("SELECT COUNT(*) FROM refund WHERE state = '%s' AND order_id = %s", by_card ? "requested" : "succeeded", order_of(id)));
    if (by_card) fact(0, 1, "SELECT COUNT(*) FROM job WHERE kind = 'cards.refund'");
}

/* Two calls: the order is made, then paid. */
static void cash(const char *id)
{
    char order[ID_TEXT];
    const char *where = TEXT("/appointments/%s/order", id);
    made(call("POST", where, "{}"), order, where, "");
    answered("an order of a booking");
    fact(-1, 0, paid_of(id));
    where = TEXT("/orders/%s/payments", order);
    made(call("POST", where, "{\"method\":\"cash\"}"), NULL, where, "");
    answered("cash for it");
    fact(0, PRICE, paid_of(id));
    fact(0, PRICE, TEXT("SELECT COALESCE(SUM(amount), 0) FROM ledger_transfer WHERE cause_id IN (SELECT id FROM payment WHERE method = 'cash' AND order_id = %s)", order_of(id)));
}

/* What is in the WAL goes into the database; the next commit begins the WAL anew. */
static void checkpoint(void)
{
    sqlite3 *h = NULL;
    REQUIRE(sqlite3_open_v2(path, &h, SQLITE_OPEN_READWRITE, "power") == SQLITE_OK);
    REQUIRE(sqlite3_wal_checkpoint_v2(h, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) == SQLITE_OK);
    sqlite3_close(h);
}

/* The database without what it has only reserved. */
static void trim(void)
{
    sqlite3 *h = look_at(path);
    int64_t pages = number(h, "PRAGMA page_count"), size = number(h, "PRAGMA page_size");
    sqlite3_close(h);
    REQUIRE(truncate(path, pages * size) == 0);
}

static void record(void)
{
    char plain[ID_TEXT], by_wallet[ID_TEXT], ahead[ID_TEXT], last[ID_TEXT];
    trim();
    power_record(path);
    answered("the beginning");
    server_start(path);
    plain_booking(1, plain);
    wallet_booking(2, by_wallet);
    booking_that_waits(3, ahead);
    checkpoint();
    money_arrives(ahead);
    cancellation(by_wallet, false);
    cash(plain);
    server_stop();
    server_start(path);
    cancellation(ahead, true);
    wallet_booking(4, last);
    server_stop();
    power_stop();
}

/* ---- what is found ------------------------------------------------------------------------------------------------------------------------- */

/* The whole of it, as SQLite finds it after what happened, in memory; NULL: it finds nothing of use. Nothing is parsed, as there are very many of them. */
static sqlite3 *find(unsigned char **bytes, sqlite3_int64 *len)
{
    sqlite3 *h = look_at(copy), *memory = NULL;
    REQUIRE(sqlite3_open_v2("found", &memory, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, "memdb") == SQLITE_OK);
    sqlite3_backup *b = sqlite3_backup_init(memory, "main", h, "main");
    REQUIRE(b);
    int r = sqlite3_backup_step(b, -1);
    sqlite3_backup_finish(b);
    sqlite3_close(h);
    *bytes = r == SQLITE_DONE ? sqlite3_serialize(memory, "main", len, SQLITE_SERIALIZE_NOCOPY) : NULL;
    return memory;
}

static void keep(struct done *c)
{
    unsigned char *bytes;
    sqlite3 *memory = find(&bytes, &c->len);
    REQUIRE(bytes && (c->bytes = malloc((size_t)c->len)));
    memcpy(c->bytes, bytes, (size_t)c->len);
    sqlite3_close(memory);
}

/* As it is right after the answer, without what was not synced. */
static void lay_out_answer(int k) { REQUIRE(power_lay_out(copy, calls[k].ops, POWER_LOST, false) || power_lay_out(copy, calls[k].ops, POWER_KILLED, false)); }

static void keep_all(void)
{
    for (int k = 0; k < n_calls; k++) {
        lay_out_answer(k);
        keep(&calls[k]);
    }
}

/* Which call's database it is, or -1. */
static int found_is(void)
{
    unsigned char *bytes;
    sqlite3_int64 len = 0;
    sqlite3 *memory = find(&bytes, &len);
    int k = bytes ? n_calls - 1 : -1;
    while (k >= 0 && (calls[k].len != len || memcmp(calls[k].bytes, bytes, (size_t)len) != 0)) k--;
    sqlite3_close(memory);
    return k;
}

static void check_agreement(sqlite3 *h, const char *name)
{
    static const struct { const char *what, *sql; } rules[] = {
        { "integrity", "SELECT COUNT(*) FROM pragma_integrity_check WHERE integrity_check <> 'ok'" },
        { "references", "SELECT COUNT(*) FROM pragma_foreign_key_check" },
        { "an appointment without its time", "SELECT COUNT(*) FROM appointment a WHERE status IN ('pending_payment', 'scheduled', 'confirmed') AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.owner_id = a.id)" },
        { "time that nobody has", "SELECT COUNT(*) FROM claim c WHERE kind = 'appointment' AND NOT EXISTS (SELECT 1 FROM appointment a WHERE a.id = c.owner_id AND status NOT IN ('cancelled', 'expired'))" },
        { "an order that is over and its appointment is not, or the other way", "SELECT COUNT(*) FROM appointment a JOIN client_order o ON o.id = a.order_id"
            " WHERE (o.state IN ('cancelled', 'expired')) <> (a.status IN ('cancelled', 'expired'))" },
        { "a booking that waits and nobody ends it", "SELECT COUNT(*) FROM appointment a LEFT JOIN client_order o ON o.id = a.order_id AND o.state = 'open'"
            " LEFT JOIN job j ON j.kind = 'payments.expire' AND replace(j.key, '-', '') = lower(hex(o.id)) AND j.run_at = o.pay_by WHERE a.status = 'pending_payment' AND j.id IS NULL" },
        { "money asked back and nobody asks", "SELECT COUNT(*) FROM refund f JOIN payment p ON p.id = f.payment_id LEFT JOIN job j ON j.kind = 'cards.refund' AND replace(j.key, '-', '') = lower(hex(f.id))"
            " WHERE f.state = 'requested' AND p.method = 'card' AND j.id IS NULL" },
        { "an appointment nobody made", "SELECT COUNT(*) FROM appointment a WHERE NOT EXISTS (SELECT 1 FROM audit l WHERE l.entity_id = a.id)" },
    };
    for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
        int64_t n = number(h, rules[i].sql);
        if (n) fprintf(stderr, "  after %s: %s\n", name, rules[i].what);
        CHECK_INT(n, 0);
    }
}

static void check_proofs(const char *name)
{
    struct ledger_proof ledger = { 0 };
    struct orders_proof orders = { 0 };
    struct wallets_proof wallets = { 0 };
    struct arena *big = arena_new(LEDGER_VERIFY_BYTES);
    tdb_begin(t, big, tenant);
    CHECK(ledger_verify(t, now_us(), &ledger) == RC_OK && orders_verify(t, &orders) == RC_OK && wallets_verify(t, &wallets) == RC_OK);
    if (ledger.breach || orders.breach || wallets.breach) {
        fprintf(stderr, "  after %s: %s\n", name, ledger.breach ? ledger.breach : orders.breach ? orders.breach : wallets.breach);
        test_bad_checks++;
    }
    tdb_begin(t, arena, tenant);
    arena_free(big);
}

/* Killed right after each answer: what the call changes is there, what comes later is not; the program opens it, and all of it proves. */
static void every_answer_is_kept(void)
{
    for (int k = 0; k < n_calls; k++) {
        lay_out_answer(k);
        sqlite3 *h = look_at(copy);
        check_agreement(h, calls[k].name);
        for (int i = 1; i < n_calls; i++)
            for (int f = 0; f < calls[i].n_facts; f++) {
                const struct fact *x = &calls[i].facts[f];
                if (i != k && i != k + 1) continue;
                int64_t n = number(h, x->sql);
                if (n != (i == k ? x->after : x->before)) fprintf(stderr, "  after %s: %s\n", calls[k].name, x->sql);
                CHECK_INT(n, i == k ? x->after : x->before);
            }
        sqlite3_close(h);
        server_start(copy);
        check_proofs(calls[k].name);
        server_stop();
        power_touched();
    }
}

/* Every write around the end of a commit, and each step-th of the others. */
static bool looked_at(int n, int step)
{
    for (int k = 0; k < n_calls; k++)
        if (n >= calls[k].ops - 6 && n <= calls[k].ops + 3) return true;
    return n % step == 0;
}

/* How many of the disks laid out are not what they may be. */
static int count_wrong(enum power_way way, bool lying, int step, int *tried)
{
    int wrong = 0, told = 0, last = 0;
    for (int n = 0; n <= power_ops(); n++) {
        while (last + 1 < n_calls && calls[last + 1].ops <= n) last++;
        if (!looked_at(n, step) || !power_lay_out(copy, n, way, lying)) continue;
        int k = found_is();
        ++*tried;
        if (k == last || (k == last + 1 && k < n_calls)) continue;
        wrong++;
        if (!lying && told++ < 3) fprintf(stderr, "  %s after %d operations: answered was %s, there is %s\n", power_way_names[way], n, calls[last].name, k < 0 ? "something else" : calls[k].name);
    }
    return wrong;
}

static void at_every_write(void)
{
    for (enum power_way way = 0; way < POWER_WAYS; way++) {
        int tried = 0;
        CHECK_INT(count_wrong(way, false, way == POWER_LOST ? 1 : 5, &tried), 0);
        printf("     %s: %d disks\n", power_way_names[way], tried);
        CHECK(tried >= n_calls);
    }
}

/* The check sees what is lost: on a disk that does not sync (or with a database that does not ask it to), the same is not true. */
static void a_disk_that_lies_is_seen(void)
{
    int tried = 0;
    CHECK(count_wrong(POWER_LAST, true, 1000, &tried) > 0);
    CHECK_INT(count_wrong(POWER_KILLED, true, 1000, &tried), 0); /* nobody but the power takes anything away */
}

/* ---- a disk that fails while the server runs --------------------------------------------------------------------------------------------- */

/* The n-th write of the call fails and all after it, until the call has answered. */
static bool fails_at(int n, int good, int (*run)(int slot, const char *id), int slot, const char *id)
{
    power_fail_at(n);
    int status = run(slot, id);
    bool met = power_failed();
    power_fail_at(0);
    if (status != good) CHECK_INT(status, 503);
    if (status != good) CHECK_INT(run(slot, id), good);
    CHECK_INT(run(slot, id), 409); /* it is done, once */
    return met;
}

static int book_by_wallet(int slot, const char *unused)
{
    (void)unused;
    return book(slot, true);
}

static int pay_in_cash(int unused, const char *order)
{
    (void)unused;
    return call("POST", TEXT("/orders/%s/payments", order), "{\"method\":\"cash\"}");
}

static int64_t balance(const char *code)
{
    struct ledger_account a = { 0 };
    REQUIRE(ledger_account_by_code(t, code, &a) == RC_OK);
    return a.balance;
}

static void a_failed_write_is_no_booking(void)
{
    int n = 0, slot = 10;
    int64_t before = balance("deposit_liability");
    while (fails_at(++n, 201, book_by_wallet, slot++, NULL)) {}
    printf("     %d writes\n", n - 1);
    CHECK(n > 20);
    CHECK_INT(balance("deposit_liability") - before, (int64_t)n * PRICE);
    check_proofs("writes that failed");
}

static void a_failed_write_is_no_cash(void)
{
    char id[ID_TEXT], order[ID_TEXT];
    bool met = true;
    int n = 0;
    int64_t before = balance("deposit_liability");
    for (; met; n++) {
        made(book(400 + n, false), id, "a booking", "");
        made(call("POST", TEXT("/appointments/%s/order", id), "{}"), order, "an order", "");
        met = fails_at(n + 1, 201, pay_in_cash, 0, order);
    }
    CHECK(n > 20);
    CHECK_INT(balance("deposit_liability") - before, (int64_t)n * PRICE);
    check_proofs("cash and writes that failed");
}

static void prepare(void)
{
    static const uint8_t key[32] = { 7 };
    CLEANUP(buf_free) struct buf err = { 0 };
    buf_init(&err, 4096);
    test_folder(folder, sizeof folder, "power");
    REQUIRE(mkdtemp(folder) && seal_init() == RC_OK && settings_load(NULL, &err));
    seal_key_set(key);
    log_set_level(LOG_ERROR + 1);
    arena = arena_new(256 << 20);
    REQUIRE(arena);
    snprintf(path, sizeof path, "%s/t.db", folder);
    snprintf(copy, sizeof copy, "%s/c.db", folder);
    power_init();
    server_start(path);
    clinic();
    REQUIRE(tenants_by_slug(t, "power", &tenant) == RC_OK);
    server_stop();
}

static void tidy(void)
{
    static const char *const ends[] = { "", "-wal", "-shm", ".lock" };
    for (size_t i = 0; i < 2 * ARRAY_LEN(ends); i++) unlink(TEXT("%s%s", i % 2 ? path : copy, ends[i / 2]));
    rmdir(folder);
    for (int k = 0; k < n_calls; k++) free(calls[k].bytes);
    arena_free(arena);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    prepare();
    record();
    keep_all();
    RUN(every_answer_is_kept);
    RUN(at_every_write);
    RUN(a_disk_that_lies_is_seen);
    power_record(path);
    server_start(path);
    RUN(a_failed_write_is_no_booking);
    RUN(a_failed_write_is_no_cash);
    server_stop();
    power_stop();
    tidy();
    return TEST_DONE();
}
