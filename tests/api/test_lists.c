/* test_lists.c - long lists by cursor: whoever walks one while others write sees each row that was there exactly once. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/test.h"
#include <string.h>

enum { KEPT_MAX = 200, PAGES_MAX = 400 };
static struct clinic c;
static char first_ids[KEPT_MAX][UUID_TEXT];
static int n_first, seen[KEPT_MAX];

/* The rows that are there now; the walk must meet each once. */
static void keep_first(const char *path)
{
    n_first = 0;
    memset(seen, 0, sizeof seen);
    for (int page = 1; page < 20; page++) {
        struct answer *a = api_get(&c.owner, at("%s%slimit=50&page=%d", path, strchr(path, '?') ? "&" : "?", page));
        NEED(a, 200, NULL);
        for (size_t i = 0; i < api_count(a, "data") && n_first < KEPT_MAX; i++) keep_id(first_ids[n_first++], a, at("data[%zu].id", i));
        if (api_count(a, "data") < 50) return;
    }
}

static void meet(const struct answer *a)
{
    for (size_t i = 0; i < api_count(a, "data"); i++)
        for (int k = 0; k < n_first; k++)
            if (strcmp(api_str(a, at("data[%zu].id", i)), first_ids[k]) == 0) seen[k]++;
}

/* between: what others do while the reader looks at a page. Rows of the walk, or -1. */
static int walk(const char *wanted, int limit, void (*between)(int page))
{
    char cursor[1700] = "", path[300];
    int rows = 0;
    snprintf(path, sizeof path, "%s", wanted);
    keep_first(path);
    for (int page = 0; page < PAGES_MAX; page++) {
        struct answer *a =
            api_get(&c.owner, at("%s%slimit=%d%s%s", path, strchr(path, '?') ? "&" : "?", limit, *cursor ? "&cursor=" : "", cursor));
        if (!api_is(a, 200, NULL)) return -1;
        meet(a);
        rows += (int)api_count(a, "data");
        CHECK(*cursor == 0 || json_is_null(api_json(a, "meta.pagination.page")));
        const char *next = api_str(a, "meta.pagination.next_cursor");
        if (!*next) break;
        snprintf(cursor, sizeof cursor, "%s", next);
        between(page);
    }
    for (int k = 0; k < n_first; k++) {
        if (seen[k] != 1) fprintf(stderr, "  %s: row %d of %d came %d times\n", path, k, n_first, seen[k]);
        CHECK_INT(seen[k], 1);
    }
    return rows;
}

static void add_client(const char *name)
{
    NEED(api_post(&c.owner, "/clients", js("{'name':'%s'}", name)), 201, NULL);
}

/* Before and behind whatever the reader has reached, in every order. */
static void clients_come(int page)
{
    if (page >= 6) return;
    add_client(at("Aaa %d", page));
    add_client(at("Mia Same"));
    add_client(at("Zoë %d", page));
}

static void test_clients(void)
{
    static const char *const orders[] = { "name", "-name", "created", "-created", "last_visit", "-last_visit" };
    for (int i = 0; i < 14; i++) add_client(i % 2 ? "Mia Same" : at("Person %d", i));
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        int rows = walk(at("/clients?sort=%s", orders[i]), 4, clients_come);
        CHECK(rows >= n_first);
    }
    struct answer *a = api_get(&c.owner, "/clients?sort=name&limit=2");
    char cursor[1700];
    snprintf(cursor, sizeof cursor, "%s", api_str(a, "meta.pagination.next_cursor"));
    REQUIRE(*cursor);
    EXPECT(api_get(&c.owner, at("/clients?sort=-name&cursor=%s", cursor)), 422, "VALIDATION_ERROR");
    EXPECT(api_get(&c.owner, at("/clients?sort=name&q=mia&cursor=%s", cursor)), 422, "VALIDATION_ERROR");
    EXPECT(api_get(&c.owner, at("/clients?sort=name&deleted=true&cursor=%s", cursor)), 422, "VALIDATION_ERROR");
    EXPECT(api_get(&c.owner, at("/audit?cursor=%s", cursor)), 422, "VALIDATION_ERROR");
    EXPECT(api_get(&c.owner, at("/clients?cursor=%s&limit=3", cursor)), 200, NULL);
    EXPECT(api_get(&c.owner, at("/clients?cursor=%.20s", cursor)), 422, "VALIDATION_ERROR");
    a = api_get(&c.owner, "/clients?q=mia&limit=1");
    CHECK(json_is_null(api_json(a, "meta.pagination.next_cursor")));
}

/* Two at each start, so that pages end between rows of one instant. */
static void appointments_come(int page)
{
    if (page >= 8) return;
    NEED(clinic_book(&c, c.plain, 0, 2, day_time(40 - page, 12, 0)), 201, NULL);
    NEED(clinic_book(&c, c.plain, 1, 2, day_time(3, 6 + page, 30)), 201, NULL);
}

static void nothing_comes(int page)
{
    (void)page;
}

static void test_appointments(void)
{
    for (int i = 0; i < 7; i++) {
        NEED(clinic_book(&c, c.plain, 0, 0, day_time(5 + i, 9, 0)), 201, NULL);
        NEED(clinic_book(&c, c.plain, 1, 1, day_time(5 + i, 9, 0)), 201, NULL);
    }
    char window[100];
    snprintf(window, sizeof window, "from=%s&to=%s", day_date(1), day_date(60));
    CHECK(walk(at("/appointments?%s", window), 3, appointments_come) >= n_first);
    CHECK_INT(walk(at("/appointments?%s&provider_id=%s", window, c.provider[0]), 2, nothing_comes), n_first);
    CHECK(walk(at("/appointments?%s&client_id=%s", window, c.client[2]), 3, nothing_comes) == n_first && n_first > 6);
}

static void test_audit(void)
{
    CHECK(walk("/audit", 7, clients_come) >= n_first);
    CHECK(n_first > 40);
    CHECK(walk("/audit?entity=client", 5, nothing_comes) == n_first);
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_RATE_LOGIN_PER_MINUTE=100000", "CLINICD_LOG=warn", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .env = env });
        clinic_make(&c, "lists");
        RUN(test_clients);
        RUN(test_appointments);
        RUN(test_audit);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
