/* test_documents.c - the numbers of documents below the front door, on both engines: every transaction is rolled back once and run again, a third of them fail
 * after they drew, sixteen draw at once; and what was issued cannot be changed. SQLite in a temporary folder; PostgreSQL where CLINICD_TEST_PG names a server. */
#include "core/start.h"
#include "modules/documents/documents_rows.h"
#include "modules/locations/locations.h"
#include "modules/tenants/tenants.h"
#include "tests/lib/own_database.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <stdatomic.h>

extern const struct migration all_migrations[];
enum { HANDS = 16, DRAWS = 25, SERIALS = HANDS * DRAWS };
#define NOW (1800000000 * USEC_PER_SEC)
static struct db *db;
static struct tdb *t;
static struct arena *arena;
static struct id tenant, place;
static atomic_int seen[SERIALS + 1], failed, kept;

static enum rc ground_tx(struct tx *tx, void *arg)
{
    struct tenant x = tenants_default();
    (void)arg;
    x.id = tenant, x.slug = "t", x.name = "T", x.time_zone = "Europe/Berlin", x.currency = "EUR";
    TRY(tenants_insert(tx, &x, NOW));
    return locations_insert(tx, &(struct location){ .id = place, .name = "Here", .time_zone = "Europe/Berlin" });
}

struct draw { int64_t serial; bool fail; };
static enum rc draw_tx(struct tx *tx, void *arg)
{
    struct draw *d = arg;
    TRY(document_draw(tx, DOCUMENT_INVOICE, 2026, &d->serial));
    return d->fail ? RC_STATE : RC_OK;
}

static void *hand(void *arg)
{
    struct arena *own = arena_new(1 << 20);
    struct tdb *mine = tdb_open(db);
    if (!own || !mine) return NULL;
    tdb_begin(mine, own, tenant);
    for (int i = 0; i < DRAWS;) {
        struct draw d = { .fail = (i + (int)(intptr_t)arg + failed) % 3 == 0 };
        enum rc rc = db_tx(mine, "test.draw", draw_tx, &d);
        atomic_fetch_add(rc == RC_OK ? &kept : &failed, 1);
        if (rc != RC_OK) continue;
        if (d.serial >= 1 && d.serial <= SERIALS) atomic_fetch_add(&seen[d.serial], 1);
        i++;
    }
    tdb_close(mine);
    arena_free(own);
    return NULL;
}

static void numbers_have_no_gaps(void)
{
    pthread_t threads[HANDS];
    failed = kept = 0;
    memset(seen, 0, sizeof seen);
    for (intptr_t i = 0; i < HANDS; i++) REQUIRE(pthread_create(&threads[i], NULL, hand, (void *)i) == 0);
    for (int i = 0; i < HANDS; i++) pthread_join(threads[i], NULL);
    CHECK_INT(kept, SERIALS);
    CHECK(failed > 0);
    for (int i = 1; i <= SERIALS; i++) CHECK_INT(seen[i], 1);
    int64_t next = 0;
    CHECK_INT(document_series_next(t, DOCUMENT_INVOICE, 2026, &next), RC_OK);
    CHECK_INT(next, SERIALS + 1);
    CHECK_INT(document_series_next(t, DOCUMENT_RECEIPT, 2026, &next), RC_OK);
    CHECK_INT(next, 1); /* series do not know of each other */
}

static const struct query Q_CHANGE = { .name = "test.change", .args = "u", .sql = "UPDATE document SET number = 'X' WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_DROP = { .name = "test.drop", .args = "u", .sql = "DELETE FROM document_line WHERE tenant_id = $1 AND document_id = $2" };
static const struct query *const forgeries[] = { &Q_CHANGE, &Q_DROP, NULL };
struct issuing { struct order order; struct document doc; const struct query *q; };

static enum rc issue_tx(struct tx *tx, void *arg)
{
    struct issuing *i = arg;
    TRY(orders_insert(tx, req_of_program(arena, t, NOW, "test", 0), &i->order));
    TRY(document_draw(tx, DOCUMENT_INVOICE, 0, &i->doc.serial));
    return document_insert(tx, &i->doc);
}

static enum rc forge_tx(struct tx *tx, void *arg)
{
    struct issuing *i = arg;
    return tx_one(tx, i->q, ARGS(U(i->doc.id)), RC_NOT_FOUND);
}

static void what_was_issued_stays(void)
{
    struct order_line line = { .kind = LINE_OTHER, .description = "Brush", .quantity = 1, .unit_minor = 500 };
    struct document_line on_paper = { .position = 1, .kind = LINE_OTHER, .description = "Brush", .quantity = 1, .unit_minor = 500, .total_minor = 500 };
    struct issuing i = { .order = { .id = id_new(), .location_id = place, .currency = "EUR", .source = ORDER_BY_STAFF, .pay_by = NONE, .lines = { &line, 1 } } };
    i.doc = (struct document){ .id = id_new(), .number = "1", .order_id = i.order.id, .currency = "EUR", .net_minor = 500, .total_minor = 500, .payment_method = NONE, .paid_at = NONE,
        .issued_at = NOW, .issued_on = 20000, .due_on = NONE, .seller_name = "T", .seller_lines = "", .buyer_lines = "", .brand_color = "#000000", .locale = "en",
        .actor_kind = "system", .lines = { &on_paper, 1 } };
    struct document back = { 0 };
    CHECK_INT(db_tx(t, "test.issue", issue_tx, &i), RC_OK);
    for (size_t k = 0; forgeries[k]; k++) {
        i.q = forgeries[k];
        CHECK(db_tx(t, "test.forge", forge_tx, &i) != RC_OK);
    }
    CHECK_INT(documents_get(t, i.doc.id, &back), RC_OK);
    CHECK_STR(back.number, "1");
    CHECK_INT(back.lines.n, 1);
}

static void run_all(const char *url)
{
    db = own_database_open(url, HANDS + 4, forgeries);
    REQUIRE((t = tdb_open(db)) != NULL);
    tenant = id_new();
    place = id_new();
    tdb_begin(t, arena, ID_NIL);
    REQUIRE(db_tx(t, "test.ground", ground_tx, NULL) == RC_OK);
    tdb_begin(t, arena, tenant);
    db_test_hooks.tx_twice = true;
    RUN(numbers_have_no_gaps);
    db_test_hooks.tx_twice = false;
    RUN(what_was_issued_stays);
    tdb_close(t);
    db_close(db);
    db = NULL;
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    settings.base_url = "http://localhost";
    arena = own_databases_begin(64 << 20);
    own_databases_each("documents", run_all);
    arena_free(arena);
    return TEST_DONE();
}
