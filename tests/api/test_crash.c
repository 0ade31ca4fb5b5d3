/* test_crash.c - the server is killed, or told to stop, while it is booking: what it has acknowledged is there, nothing is
 * twice, and each booking has its one mail. */
#include "tests/lib/api_clinic.h"
#include "tests/lib/api_mail.h"
#include "tests/lib/test.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { BOOKERS = 8, BOOKED_MAX = 400, LOAD_MS = 800, MAIL_MS = 60000 };
static struct clinic c;

struct booker {
    pthread_t thread;
    int n, booked, odd;
    bool ended; /* by the server's end */
    char ids[BOOKED_MAX][UUID_TEXT];
};
static struct booker bookers[BOOKERS];
static _Atomic int next_slot;

/* The k-th half hour from day 3 on, between 06:00 and 22:00. */
static const char *slot_time(int k)
{
    return day_time(3 + k / 32, 6 + k % 32 / 2, k % 2 * 30);
}

static void *book_until_the_end(void *arg)
{
    struct booker *b = arg;
    struct conn *conn = conn_open();
    while (b->booked < BOOKED_MAX) {
        int k = atomic_fetch_add(&next_slot, 1);
        /* Two providers at the same time with different clients: nobody is in anybody's way. */
        struct answer *a = api_call(conn, &c.owner, "POST", "/appointments",
            js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c.client[k % 2], c.plain, c.provider[k % 2],
                slot_time(k / 2)));
        if (a->status == 201) keep_id(b->ids[b->booked++], a, "data.id");
        else if (a->status != 503 && a->status != 0 && b->odd++ < 3) fprintf(stderr, "  booker %d: %d %.300s\n", b->n, a->status, a->body);
        if (a->status != 201) break;
    }
    b->ended = true;
    conn_close(conn);
    return NULL;
}

static void load_begin(void)
{
    memset(bookers, 0, sizeof bookers);
    for (int i = 0; i < BOOKERS; i++) {
        bookers[i].n = i;
        REQUIRE(pthread_create(&bookers[i].thread, NULL, book_until_the_end, &bookers[i]) == 0);
    }
    api_sleep_ms(LOAD_MS);
}

static int load_end(void)
{
    int booked = 0;
    for (int i = 0; i < BOOKERS; i++) {
        pthread_join(bookers[i].thread, NULL);
        booked += bookers[i].booked;
        CHECK_INT(bookers[i].odd, 0);
    }
    CHECK(booked > 0);
    return booked;
}

static void check_all_there(void)
{
    for (int i = 0; i < BOOKERS; i++)
        for (int k = 0; k < bookers[i].booked; k++) {
            struct answer *a = api_get(&c.owner, at("/appointments/%s", bookers[i].ids[k]));
            if (a->status != 200) api_is(a, 200, NULL);
            CHECK_INT(a->status, 200);
        }
}

static void wait_for_letters(int n)
{
    int came = 0, before = 0;
    for (int64_t until = api_now_ms() + MAIL_MS; (came = letters_beginning("")) < n && api_now_ms() < until; api_sleep_ms(100)) {
        if (came > before) until = api_now_ms() + MAIL_MS; /* as long as some come, more may */
        before = came;
    }
    CHECK_INT(letters_beginning(""), n);
}

/* Eventually one each, and never two; beside the one that asked the owner whose address it is. */
static void check_mail(int all)
{
    wait_for_letters(1 + all);
    for (int i = 0; i < BOOKERS; i++)
        for (int k = 0; k < bookers[i].booked; k++) CHECK_INT(letters_beginning(bookers[i].ids[k]), 1);
}

/* What the dead server had leased becomes due when the lease ends: a minute of it passes here at once. */
static void leases_end(void)
{
    api_sql("UPDATE job SET lease_until = lease_until - 120000000 WHERE lease_until IS NOT NULL");
}

static void test_kill(void)
{
    int there = 0;
    load_begin();
    api_kill();
    int booked = load_end();
    leases_end();
    api_again();
    check_all_there();
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(2), day_date(200), &there), 0);
    printf("     killed after %d acknowledged bookings, %d are there\n", booked, there);
    CHECK(there >= booked && there <= booked + BOOKERS); /* at most one each was done and not said */
    check_mail(there);
}

/* A crash of which nobody cleans up must not cost a second one anything. */
static void test_kill_again(void)
{
    int there = 0;
    atomic_fetch_add(&next_slot, 64);
    load_begin();
    api_kill();
    load_end();
    leases_end();
    api_again();
    api_kill();
    leases_end();
    api_again();
    check_all_there();
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(2), day_date(200), &there), 0);
    check_mail(there);
}

/* Told to stop: every request is answered or was not done. */
static void test_term(void)
{
    int before = 0, after = 0;
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(2), day_date(200), &before), 0);
    atomic_fetch_add(&next_slot, 64);
    load_begin();
    int64_t began = api_now_ms();
    api_signal_stop();
    CHECK(api_wait(10000));
    int64_t took = api_now_ms() - began;
    int booked = load_end();
    api_again();
    check_all_there();
    CHECK_INT(clinic_overlaps(NULL, &c.owner, day_date(2), day_date(200), &after), 0);
    printf("     stopped in %lld ms after %d acknowledged bookings, %d are there\n", (long long)took, booked, after - before);
    CHECK_INT(after - before, booked);
    check_mail(after);
}

int main(int argc, char **argv)
{
    static const char *const env[] = { "CLINICD_LOG=warn", NULL };
    TEST_ARGS(argc, argv);
    API_EACH_ENGINE(engine)
    {
        api_start(engine, &(struct api_options){ .env = env });
        clinic_make(&c, "crash");
        atomic_store(&next_slot, 0);
        wait_for_letters(1);
        RUN(test_kill);
        RUN(test_kill_again);
        RUN(test_term);
        CHECK_STOPPED();
    }
    return TEST_DONE();
}
