/* test_clients.c - search terms, and the stores of clients and of the audit log with two clinics side by side. On SQLite in a
 * temporary folder, or on the empty database that CLINICD_TEST_URL names. */
#include "core/http/app.h"
#include "modules/audit/audit.h"
#include "modules/clients/clients_search.h"
#include "modules/tenants/tenants.h"
#include "tests/lib/test.h"
#include <unistd.h>

extern const struct migration all_migrations[];
static struct arena *arena;
static struct db *db;
static struct tdb *t;
static struct id one, two;
enum { NOW_S = 1800000000 };
#define NOW (NOW_S * USEC_PER_SEC)

/* ---- terms ---------------------------------------------------------------------------------------------------------- */

static const char *joined(struct list l)
{
    const char *out = "";
    for (size_t i = 0; i < l.n; i++) out = arena_printf(arena, "%s%s%s", out, i ? "," : "", *LIST_AT(l, const char *, i));
    return out;
}

static const char *terms_of(const char *name, const char *email, const char *phone)
{
    struct client_insert c = { .client = { .name = name, .email = email, .phone = phone } };
    clients_prepare(arena, &c);
    return joined(c.terms);
}

static const char *words_of(const char *q)
{
    const char *words[SEARCH_WORDS_MAX];
    size_t n = client_words(arena, q, words);
    return joined((struct list){ words, n });
}

static void terms_of_a_client(void)
{
    CHECK_STR(terms_of("Ștefan  Popescu-Ionescu", NULL, NULL), "stefan,popescu,ionescu,popescuionescu");
    CHECK_STR(terms_of("Ana", "ana.pop@example.org", NULL), "ana,ana.pop@example.org,pop");
    CHECK_STR(terms_of("Ana", NULL, "+40 721"), "ana,40721,0721");
    CHECK_STR(terms_of("Ana", NULL, "123"), "ana");
    CHECK_STR(terms_of("Sin\xC3\xA9" "ad O\xE2\x80\x99" "Brien", NULL, NULL), "sinead,o,brien,obrien");
    CHECK_STR(terms_of("--- '", NULL, NULL), "");
    CHECK_STR(terms_of("ana ANA Aná", NULL, NULL), "ana");
}

static void terms_are_bounded(void)
{
    struct client_insert c = { .client = { .name = "a b c d e f g h i j k l m n o p q r s t u v w x y z", .email = "a1.b1.c1.d1.e1.f1@example.org",
        .phone = "+40 721 000 111 2223" } };
    clients_prepare(arena, &c);
    CHECK(c.terms.n <= TERMS_PER_CLIENT_MAX);
    CHECK_INT(c.terms.n, 8 + 4 + 12);
    CHECK_STR(*LIST_AT(c.terms, const char *, 23), "2223");
    /* Cut between characters, and the question in the same way. Each of these is three bytes. */
    const char *han = "木木木木木木木木木木木木木木木木木木木木";
    CHECK_STR(terms_of(han, NULL, NULL), "木木木木木木木木木木木木木");
    CHECK_STR(words_of(han), "木木木木木木木木木木木木木");
}

static void words_of_a_question(void)
{
    CHECK_STR(words_of("  "), "");
    CHECK_STR(words_of("-"), "");
    CHECK_STR(words_of("Pop Ștefan"), "stefan,pop");
    CHECK_STR(words_of("popescu pop"), "popescu");
    CHECK_STR(words_of("a bb ccc dddd"), "dddd,ccc,bb");
    CHECK_STR(words_of("aa bb cc dd"), "aa,bb,cc");
    CHECK_STR(words_of("ana.pop@ex"), "ana.pop@ex");
    CHECK_STR(words_of("+40 (721) 000-111"), "40721000111");
    CHECK_STR(words_of("0721 000 111"), "721000111");
    CHECK_STR(words_of("0040721"), "40721");
    CHECK_STR(words_of("ana 0111"), "0111,ana"); /* nothing shorter than the shortest suffix comes of it */
    CHECK_STR(words_of("ana 01113"), "1113,ana");
    CHECK_STR(words_of("00"), "00");
}

static void bounds_follow_their_prefix(void)
{
    CHECK(strcmp("pop", client_bound(arena, "pop")) < 0);
    CHECK(strcmp("pop\xEF\xBF\xBD", client_bound(arena, "pop")) < 0);
    CHECK(strcmp("poq", client_bound(arena, "pop")) > 0);
    CHECK(utf8_valid(client_bound(arena, "é"), strlen(client_bound(arena, "é"))));
}

/* ---- store ---------------------------------------------------------------------------------------------------------- */

struct write { enum { INSERT, UPDATE, DELETE, STATS, VISITS, PATIENT, PATIENT_EDIT, PURGE, AUDIT } what; struct client_insert c; struct patient p;
    struct stats_change stats; int64_t version, at, at2; bool terms; struct audit_entry audit; struct id actor; };

static enum rc write_tx(struct tx *tx, void *arg)
{
    struct write *w = arg;
    switch (w->what) {
    case INSERT: return clients_insert(tx, &w->c);
    case UPDATE: return clients_update(tx, &w->c, w->version, w->terms, RC_STALE);
    case DELETE: return clients_set_deleted(tx, w->c.client.id, w->version, w->at, NOW, RC_STALE);
    case STATS: return clients_add_stats(tx, &w->stats);
    case VISITS: return clients_set_visits(tx, w->c.client.id, w->at, w->at2);
    case PATIENT: return patients_insert(tx, &w->p);
    case PATIENT_EDIT: return patients_update(tx, &w->p, w->version, RC_STALE);
    case PURGE: return clients_purge(tx, w->c.client.id, w->at, NOW, RC_STALE);
    default: return tx_audit_system(tx, "test", w->at, &w->audit);
    }
}

static void inside(struct id tenant) { tdb_begin(t, arena, tenant); }

static enum rc run(struct write w) { return db_tx(t, "test.write", write_tx, &w); }

static struct client_insert person(const char *name, const char *email, const char *phone)
{
    struct client_insert c = { .client = clients_default(), .patient_id = id_new(), .now = NOW };
    c.client.id = id_new();
    c.client.name = name;
    c.client.email = email;
    c.client.phone = phone;
    clients_prepare(arena, &c);
    return c;
}

static struct id add(const char *name, const char *email, const char *phone)
{
    struct write w = { .what = INSERT, .c = person(name, email, phone) };
    REQUIRE(run(w) == RC_OK);
    return w.c.client.id;
}

static const char *find_by(struct client_filter f, int64_t *total)
{
    struct list l;
    const char *out = "";
    if (!f.limit) f.limit = 50;
    if (!f.page) f.page = 1;
    REQUIRE(clients_find(t, &f, &l, total) == RC_OK);
    for (size_t i = 0; i < l.n; i++) out = arena_printf(arena, "%s%s%s", out, i ? "," : "", LIST_AT(l, struct client, i)->name);
    return out;
}

static const char *find(const char *q)
{
    int64_t total;
    return find_by((struct client_filter){ .q = q, .status = NONE }, &total);
}

static void tenants_add(struct id *out, const char *slug);

static void fresh(void)
{
    static int n;
    tenants_add(&one, arena_printf(arena, "one-%d", ++n));
    tenants_add(&two, arena_printf(arena, "two-%d", n));
    inside(one);
}

static void a_client_comes_back(void)
{
    struct client c = { 0 };
    struct list l;
    fresh();
    struct write w = { .what = INSERT, .c = person("Ana Pop", "ana@example.org", "+40721000111") };
    w.c.client.notes = "n";
    w.c.client.date_of_birth = 0;
    REQUIRE(run(w) == RC_OK);
    REQUIRE(clients_get(t, w.c.client.id, &c) == RC_OK);
    CHECK_STR(c.name, "Ana Pop");
    CHECK_STR(c.email, "ana@example.org");
    CHECK_STR(c.notes, "n");
    CHECK(!c.source && !c.deleted);
    CHECK_INT(c.status, CLIENT_ACTIVE);
    CHECK_INT(c.date_of_birth, 0);
    CHECK_INT(c.version, 1);
    CHECK_INT(c.created_at, NOW);
    const struct client_stats *s = c.stats;
    CHECK_INT(s->visits, 0);
    CHECK_INT(s->last_visit_at, NONE);
    REQUIRE(patients_of(t, c.id, &l) == RC_OK);
    CHECK_INT(l.n, 1);
    CHECK_INT(LIST_AT(l, struct patient, 0)->kind, PATIENT_SELF);
    CHECK_INT(LIST_AT(l, struct patient, 0)->sex, NONE);
    CHECK_STR(LIST_AT(l, struct patient, 0)->name, "Ana Pop");
    CHECK(id_eq(LIST_AT(l, struct patient, 0)->id, w.c.patient_id));
    inside(two);
    CHECK_INT(clients_get(t, w.c.client.id, &c), RC_NOT_FOUND);
    REQUIRE(patients_of(t, w.c.client.id, &l) == RC_OK);
    CHECK_INT(l.n, 0);
    struct patient p = patients_default();
    CHECK_INT(patients_get(t, w.c.patient_id, &p), RC_NOT_FOUND);
    CHECK_INT(run((struct write){ .what = UPDATE, .c = w.c, .version = 1 }), RC_STALE);
    CHECK_INT(run((struct write){ .what = DELETE, .c = w.c, .version = 1, .at = NOW }), RC_STALE);
    CHECK_INT(run((struct write){ .what = STATS, .stats = { w.c.client.id, 1, 0, 0 } }), RC_NOT_FOUND);
    p.id = id_new();
    p.client_id = w.c.client.id;
    p.kind = PATIENT_ANIMAL;
    p.name = "x";
    CHECK_INT(run((struct write){ .what = PATIENT, .p = p }), RC_NOT_FOUND);
}

static void words_find_clients(void)
{
    int64_t total;
    fresh();
    add("Ștefan Popescu", "stefan.p@example.org", "+40721000111");
    add("Ana Popescu-Ionescu", "ana@mail.test", "0722 333 444");
    add("Ana Maria Stan", NULL, NULL);
    inside(two);
    add("Ana Popa", "ana@mail.test", "+40721000111");
    inside(one);
    CHECK_STR(find("ste"), "Ștefan Popescu");
    CHECK_STR(find("ȘTEFAN"), "Ștefan Popescu");
    CHECK_STR(find("popescu"), "Ana Popescu-Ionescu,Ștefan Popescu");
    CHECK_STR(find("pop ana"), "Ana Popescu-Ionescu");
    CHECK_STR(find("ione"), "Ana Popescu-Ionescu");
    CHECK_STR(find("ana ma st"), "Ana Maria Stan");
    CHECK_STR(find("ana ma pop"), "");
    CHECK_STR(find("opescu"), "");
    CHECK_STR(find("0111"), "Ștefan Popescu");
    CHECK_STR(find("0721 000"), "Ștefan Popescu");
    CHECK_STR(find("+40 721 000 111"), "Ștefan Popescu");
    CHECK_STR(find("0722333444"), "Ana Popescu-Ionescu");
    CHECK_STR(find("ana@mail"), "Ana Popescu-Ionescu");
    CHECK_STR(find("stefan.p"), "Ștefan Popescu");
    CHECK_STR(find("%"), "");
    CHECK_STR(find_by((struct client_filter){ .q = "ana", .status = CLIENT_LEAD }, &total), "");
    CHECK_STR(find_by((struct client_filter){ .q = "ana", .status = NONE, .sort = SORT_NAME_DOWN, .limit = 1 }, &total), "Ana Popescu-Ionescu");
    CHECK_INT(total, 2);
    CHECK_STR(find_by((struct client_filter){ .q = "ana", .status = NONE, .sort = SORT_NAME_DOWN, .limit = 1, .page = 2 }, &total), "Ana Maria Stan");
    CHECK_STR(find_by((struct client_filter){ .q = "ana", .status = NONE, .page = 9 }, &total), "");
    CHECK_INT(total, 2);
    inside(two);
    CHECK_STR(find("ana"), "Ana Popa");
    CHECK_STR(find("0111"), "Ana Popa");
}

static void names_that_change_are_found_anew(void)
{
    fresh();
    struct write w = { .what = INSERT, .c = person("Ana Pop", "ana@example.org", "+40721000111") };
    REQUIRE(run(w) == RC_OK);
    w.what = UPDATE;
    w.version = 1;
    w.terms = true;
    w.c.client.name = "Ioana Stan";
    w.c.client.phone = NULL;
    w.c.now = NOW + 1;
    clients_prepare(arena, &w.c);
    CHECK_INT(run(w), RC_OK);
    CHECK_INT(run(w), RC_STALE);
    CHECK_STR(find("pop"), "");
    CHECK_STR(find("0111"), "");
    CHECK_STR(find("ioana"), "Ioana Stan");
    CHECK_STR(find("ana@"), "Ioana Stan");
    struct client c = { 0 };
    REQUIRE(clients_get(t, w.c.client.id, &c) == RC_OK);
    CHECK_INT(c.version, 2);
    CHECK_INT(c.updated_at, NOW + 1);
    CHECK(c.phone == NULL);
}

static void lists_have_six_orders(void)
{
    static const char *const want[SORT_N] = { "a,B,c", "c,B,a", "c,a,B", "B,a,c", "a,c,B", "B,c,a" };
    int64_t total;
    fresh();
    struct id c = add("c", NULL, NULL), a = add("a", NULL, NULL), b = add("B", NULL, NULL);
    REQUIRE(run((struct write){ .what = VISITS, .c.client.id = c, .at = NOW - 5, .at2 = NONE }) == RC_OK);
    REQUIRE(run((struct write){ .what = VISITS, .c.client.id = b, .at = NOW - 1, .at2 = NOW + 9 }) == RC_OK);
    REQUIRE(run((struct write){ .what = STATS, .stats = { b, 2, 1, 3 } }) == RC_OK);
    (void)a;
    for (int64_t s = 0; s < SORT_N; s++) {
        CHECK_STR(find_by((struct client_filter){ .status = NONE, .sort = s }, &total), want[s]);
        CHECK_STR(find_by((struct client_filter){ .status = CLIENT_ACTIVE, .sort = s, .limit = 1, .page = 2 }, &total), arena_strndup(arena, want[s] + 2, 1));
        CHECK_INT(total, 3);
    }
    CHECK_STR(find_by((struct client_filter){ .status = CLIENT_BLOCKED }, &total), "");
    struct client x = { 0 };
    REQUIRE(clients_get(t, b, &x) == RC_OK);
    const struct client_stats *s = x.stats;
    CHECK(s->visits == 2 && s->no_shows == 1 && s->cancellations == 3 && s->last_visit_at == NOW - 1 && s->next_visit_at == NOW + 9);
    CHECK_INT(x.version, 1);
    inside(two);
    CHECK_STR(find_by((struct client_filter){ .status = NONE }, &total), "");
}

static void deleted_clients_stand_apart(void)
{
    int64_t total;
    struct id client, patient;
    fresh();
    struct id id = add("Ana Pop", "ana@example.org", NULL);
    add("Ana Stan", "stan@example.org", NULL);
    CHECK_INT(clients_match(t, "ana@example.org", "ána  POP", &client, &patient), RC_OK);
    CHECK(id_eq(client, id));
    CHECK_INT(clients_match(t, "ana@example.org", "Ana Stan", &client, &patient), RC_NOT_FOUND);
    inside(two);
    CHECK_INT(clients_match(t, "ana@example.org", "Ana Pop", &client, &patient), RC_NOT_FOUND);
    inside(one);
    REQUIRE(run((struct write){ .what = DELETE, .c.client.id = id, .version = 1, .at = NOW }) == RC_OK);
    CHECK_STR(find("ana"), "Ana Stan");
    CHECK_STR(find(NULL), "Ana Stan");
    CHECK_INT(clients_match(t, "ana@example.org", "Ana Pop", &client, &patient), RC_NOT_FOUND);
    for (int64_t s = 0; s < SORT_N; s++) CHECK_STR(find_by((struct client_filter){ .status = NONE, .deleted = true, .sort = s }, &total), "Ana Pop");
    CHECK_STR(find_by((struct client_filter){ .q = "ana", .status = NONE, .deleted = true }, &total), "Ana Pop");
    struct write edit = { .what = UPDATE, .c = person("x", NULL, NULL), .version = 2 };
    edit.c.client.id = id;
    CHECK_INT(run(edit), RC_STALE);
    REQUIRE(run((struct write){ .what = DELETE, .c.client.id = id, .version = 2, .at = NONE }) == RC_OK);
    CHECK_STR(find("ana"), "Ana Pop,Ana Stan");
}

static void patients_have_an_order(void)
{
    struct list l;
    struct patient p = patients_default(), got = patients_default();
    fresh();
    struct id id = add("Zoe", NULL, NULL);
    p.client_id = id;
    p.kind = PATIENT_ANIMAL;
    p.name = "Azor";
    p.sex = SEX_MALE;
    p.species = "dog";
    p.id = id_new();
    REQUIRE(run((struct write){ .what = PATIENT, .p = p }) == RC_OK);
    REQUIRE(patients_of(t, id, &l) == RC_OK);
    CHECK_INT(l.n, 2);
    CHECK_STR(LIST_AT(l, struct patient, 0)->name, "Zoe");
    p.archived = true;
    p.sex = NONE;
    CHECK_INT(run((struct write){ .what = PATIENT_EDIT, .p = p, .version = 1 }), RC_OK);
    CHECK_INT(run((struct write){ .what = PATIENT_EDIT, .p = p, .version = 1 }), RC_STALE);
    REQUIRE(patients_get(t, p.id, &got) == RC_OK);
    CHECK(got.archived && got.sex == NONE && got.version == 2 && got.kind == PATIENT_ANIMAL && str_eq(got.species, "dog"));
}

/* ---- purge ---------------------------------------------------------------------------------------------------------- */

static enum rc purge_all(int64_t now)
{
    struct job job = { .arena = arena, .db = t, .now = now };
    inside(ID_NIL);
    enum rc rc = clients_module.schedules[0].run(&job);
    inside(one);
    return rc;
}

static int64_t receipts(struct id client)
{
    struct audit_filter f = { .entity_id = client, .action = "client.purge", .from = NONE, .to = NONE, .page = 1, .limit = 50 };
    struct list l;
    int64_t total;
    REQUIRE(audit_find(t, &f, &l, &total) == RC_OK);
    CHECK_INT((int64_t)l.n, total);
    return total;
}

static void purge_leaves_nobody(void)
{
    struct client c = { 0 };
    struct list l;
    int64_t total;
    fresh();
    struct id old = add("Ana Pop", "ana@example.org", "+40721000111"), young = add("Ana Stan", NULL, NULL), live = add("Ana Rus", NULL, NULL);
    inside(two);
    struct id other = add("Ion Pop", "ion@example.org", NULL);
    REQUIRE(run((struct write){ .what = DELETE, .c.client.id = other, .version = 1, .at = NOW - 31 * USEC_PER_DAY }) == RC_OK);
    inside(one);
    REQUIRE(run((struct write){ .what = DELETE, .c.client.id = old, .version = 1, .at = NOW - 31 * USEC_PER_DAY }) == RC_OK);
    REQUIRE(run((struct write){ .what = DELETE, .c.client.id = young, .version = 1, .at = NOW - 29 * USEC_PER_DAY }) == RC_OK);
    CHECK_INT(purge_all(NOW), RC_OK);
    REQUIRE(clients_get(t, old, &c) == RC_OK);
    CHECK_STR(c.name, "Deleted client");
    CHECK(!c.email && !c.phone && c.deleted && c.purged_at == NOW && c.version == 3);
    REQUIRE(patients_of(t, old, &l) == RC_OK);
    CHECK_STR(LIST_AT(l, struct patient, 0)->name, "Deleted client");
    CHECK_INT(receipts(old), 1);
    CHECK_INT(receipts(young), 0);
    CHECK_INT(receipts(other), 0);
    CHECK_STR(find_by((struct client_filter){ .status = NONE, .deleted = true }, &total), "Ana Stan");
    CHECK_STR(find_by((struct client_filter){ .q = "ana", .status = NONE, .deleted = true }, &total), "Ana Stan");
    CHECK_STR(find("ana"), "Ana Rus");
    CHECK_INT(run((struct write){ .what = DELETE, .c.client.id = old, .version = 3, .at = NONE }), RC_STALE);
    CHECK_INT(run((struct write){ .what = PURGE, .c.client.id = live, .at = NOW }), RC_STALE);
    CHECK_INT(purge_all(NOW), RC_OK);
    CHECK_INT(receipts(old), 1);
    inside(two);
    CHECK_INT(receipts(other), 1);
    CHECK_STR(find_by((struct client_filter){ .status = NONE, .deleted = true }, &total), "");
}

static void purge_takes_many_steps(void)
{
    fresh();
    struct id last = ID_NIL;
    for (int i = 0; i < 2 * PURGE_STEP + 5; i++) {
        inside(i % 2 ? one : two);
        last = add(arena_printf(arena, "Ana %d", i), NULL, NULL);
        REQUIRE(run((struct write){ .what = DELETE, .c.client.id = last, .version = 1, .at = NOW - 40 * USEC_PER_DAY }) == RC_OK);
    }
    db_test_hooks.tx_twice = true;
    CHECK_INT(purge_all(NOW), RC_OK);
    db_test_hooks.tx_twice = false;
    struct list due;
    inside(ID_NIL);
    REQUIRE(clients_purge_due(t, NOW, &due) == RC_OK);
    CHECK_INT(due.n, 1); /* "young" of the test before */
    inside(two);
    CHECK_INT(receipts(last), 1);
}

/* ---- audit ---------------------------------------------------------------------------------------------------------- */

static const char *log_of(struct audit_filter f, int64_t *total)
{
    struct list l;
    const char *out = "";
    if (!f.limit) f.limit = 50;
    f.page = f.page ? f.page : 1;
    REQUIRE(audit_find(t, &f, &l, total) == RC_OK);
    for (size_t i = 0; i < l.n; i++) out = arena_printf(arena, "%s%s%s", out, i ? "," : "", LIST_AT(l, struct audit_row, i)->action);
    return out;
}

static void log_is_filtered(void)
{
    int64_t total, now = now_us();
    struct id a = id_new(), b = id_new();
    fresh();
    REQUIRE(run((struct write){ .what = AUDIT, .at = now, .audit = { id_new(), "x.one", "x", a, "{\"n\":[1,2]}", false } }) == RC_OK);
    REQUIRE(run((struct write){ .what = AUDIT, .at = now + 1000, .audit = { id_new(), "x.two", "x", b, NULL, true } }) == RC_OK);
    inside(two);
    REQUIRE(run((struct write){ .what = AUDIT, .at = now, .audit = { id_new(), "x.other", "x", a, NULL, false } }) == RC_OK);
    inside(one);
    REQUIRE(run((struct write){ .what = AUDIT, .at = now + 2000, .audit = { id_new(), "y.three", "y", a, NULL, false } }) == RC_OK);
#define ANY .from = NONE, .to = NONE
    CHECK_STR(log_of((struct audit_filter){ ANY }, &total), "y.three,x.two,x.one");
    CHECK_INT(total, 3);
    CHECK_STR(log_of((struct audit_filter){ ANY, .limit = 1, .page = 2 }, &total), "x.two");
    CHECK_INT(total, 3);
    CHECK_STR(log_of((struct audit_filter){ ANY, .entity = "x" }, &total), "x.two,x.one");
    CHECK_STR(log_of((struct audit_filter){ ANY, .entity_id = a }, &total), "y.three,x.one");
    CHECK_STR(log_of((struct audit_filter){ ANY, .entity_id = a, .limit = 1, .page = 2 }, &total), "x.one");
    CHECK_INT(total, 2);
    CHECK_STR(log_of((struct audit_filter){ ANY, .entity_id = a, .actor_id = b }, &total), "");
    CHECK_STR(log_of((struct audit_filter){ ANY, .actor_id = b }, &total), "");
    CHECK_STR(log_of((struct audit_filter){ ANY, .action = "x.two" }, &total), "x.two");
    CHECK_STR(log_of((struct audit_filter){ .from = now, .to = now + 1001 }, &total), "x.two,x.one");
    CHECK_STR(log_of((struct audit_filter){ .from = now - 1, .to = now + 1000 }, &total), "x.one");
    inside(two);
    CHECK_STR(log_of((struct audit_filter){ ANY, .entity_id = a }, &total), "x.other");
}

/* ---- set-up ---------------------------------------------------------------------------------------------------------- */

struct new_tenant { struct tenant t; };

static enum rc tenant_tx(struct tx *tx, void *arg)
{
    struct new_tenant *n = arg;
    return tenants_insert(tx, &n->t, NOW);
}

static void tenants_add(struct id *out, const char *slug)
{
    struct new_tenant n = { tenants_default() };
    *out = n.t.id = id_new();
    n.t.slug = n.t.name = slug;
    n.t.time_zone = "Europe/Bucharest";
    n.t.currency = "EUR";
    inside(ID_NIL);
    REQUIRE(db_tx(t, "test.tenant", tenant_tx, &n) == RC_OK);
}

static void scan(const struct query *q, const char *plan, void *arg)
{
    (void)arg;
    if (!str_starts(q->name, "clients.") && !str_starts(q->name, "audit.")) return; /* others have their own test */
    fprintf(stderr, "  %s: %s\n", q->name, plan);
    test_bad_checks++;
}

static void every_plan_has_an_index(void)
{
    CHECK_INT(db_explain(db, scan, NULL), RC_OK);
}

int main(int argc, char **argv)
{
    TEST_ARGS(argc, argv);
    char dir[] = "/tmp/test_clients.XXXXXX", url[200], err[400];
    const struct query_set sets[] = { { "core", true, core_module.queries }, { "tenants", true, tenants_queries },
        { "clients", clients_module.platform, clients_queries }, { "audit", audit_module.platform, audit_queries }, { 0 } };
    struct db_config config = { .url = url, .readers_max = 4, .migrations = all_migrations, .queries = sets };
    REQUIRE(mkdtemp(dir));
    snprintf(url, sizeof url, "sqlite:%s/test.db", dir);
    const char *other = getenv("CLINICD_TEST_URL");
    if (other) config.url = other;
    arena = arena_new(256 * 1024 * 1024);
    log_set_level(LOG_ERROR);
    if (db_open(&db, &config, 0, err, sizeof err) != RC_OK) fprintf(stderr, "%s\n", err);
    REQUIRE(db && (t = tdb_open(db)));
    RUN(terms_of_a_client);
    RUN(terms_are_bounded);
    RUN(words_of_a_question);
    RUN(bounds_follow_their_prefix);
    RUN(a_client_comes_back);
    RUN(words_find_clients);
    RUN(names_that_change_are_found_anew);
    RUN(lists_have_six_orders);
    RUN(deleted_clients_stand_apart);
    RUN(patients_have_an_order);
    RUN(purge_leaves_nobody);
    RUN(purge_takes_many_steps);
    RUN(log_is_filtered);
    RUN(every_plan_has_an_index);
    tdb_close(t);
    db_close(db);
    arena_free(arena);
    for (size_t i = 0; i < 4; i++) {
        snprintf(url, sizeof url, "%s/test.db%s", dir, (const char *const[]){ "", "-wal", "-shm", ".lock" }[i]);
        unlink(url);
    }
    rmdir(dir);
    return TEST_DONE();
}
