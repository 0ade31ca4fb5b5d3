/* scenarios.c - what is asked. Each scenario builds whole requests into the connection's buffer. */
#include "bench/load/load.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

/* From 61 days ahead, behind what bench/seed.py fills, to shortly before three years ahead, the most the server takes. */
enum { DAY_MIN = 24 * 60, FREE_FROM_DAYS = 61, FREE_DAYS = 1000 };

uint64_t bench_random(struct bench *b) /* splitmix64 */
{
    uint64_t z = (b->random += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static size_t get(struct bench *b, char *out, size_t cap, const char *path)
{
    int n = snprintf(out, cap, "GET /api/v1/%s HTTP/1.1\r\nHost: %s:%s\r\nAuthorization: Bearer %s\r\n\r\n", path, b->opt.host, b->opt.port, b->token);
    return n > 0 && (size_t)n < cap ? (size_t)n : 0;
}

static size_t post(struct bench *b, char *out, size_t cap, const char *path, const char *body)
{
    int n = snprintf(out, cap,
        "POST /api/v1/%s HTTP/1.1\r\nHost: %s:%s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", path,
        b->opt.host, b->opt.port, b->token, strlen(body), body);
    return n > 0 && (size_t)n < cap ? (size_t)n : 0;
}

static void date_text(int64_t day, char out[16])
{
    time_t t = (time_t)(day * 86400);
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(out, 16, "%Y-%m-%d", &tm);
}

static size_t build_booking(struct bench *b, char *out, size_t cap, int64_t client, int64_t provider, int64_t day, int64_t minute, const char *more)
{
    char date[16], body[512];
    date_text(day, date);
    snprintf(body, sizeof body, "{\"client_id\":\"%s\",\"service_id\":\"%s\",\"provider_id\":\"%s\",\"start\":\"%sT%02d:%02d:00Z\"%s}",
        b->clients.id[client], b->service, b->providers.id[provider], date, (int)(minute / 60), (int)(minute % 60), more);
    return post(b, out, cap, "appointments", body);
}

/* ---- book: every request has a place of its own, in an order that jumps over providers and days ------------------- */

static uint64_t gcd(uint64_t a, uint64_t b) { return b ? gcd(b, a % b) : a; }

static int64_t slots_per_day(const struct bench *b) { return DAY_MIN / b->service_minutes; }

/* Each run on one database has a window of its own, so that runs do not meet. */
static bool prepare(struct bench *b, int64_t places_per_day)
{
    b->days = FREE_DAYS / b->opt.windows;
    b->first_day = (int64_t)time(NULL) / 86400 + FREE_FROM_DAYS + b->opt.window * b->days;
    b->places = (uint64_t)(b->providers.n * b->days * places_per_day);
    do b->stride = bench_random(b) % b->places;
    while (b->stride == 0 || gcd(b->stride, b->places) != 1);
    b->place = bench_random(b) % b->places;
    if (b->clients.n < b->providers.n) fprintf(stderr, "fewer clients than providers: some bookings will collide by patient\n");
    return b->places > 0;
}

static bool prepare_book(struct bench *b) { return prepare(b, slots_per_day(b)); }

static bool prepare_wallet(struct bench *b) { return setup_wallets(b) && prepare_book(b); }

static size_t build_next(struct bench *b, char *out, size_t cap, const char *more)
{
    b->place = (b->place + b->stride) % b->places;
    int64_t rest = (int64_t)b->place, per_day = slots_per_day(b);
    int64_t provider = rest % b->providers.n;
    rest /= b->providers.n;
    int64_t slot = rest % per_day, day = b->first_day + rest / per_day;
    /* Providers of one slot see different clients; a client comes back only after all the others. */
    int64_t client = (rest * b->providers.n + provider) % b->clients.n;
    return build_booking(b, out, cap, client, provider, day, slot * b->service_minutes, more);
}

static size_t build_book(struct bench *b, int connection, char *out, size_t cap)
{
    (void)connection;
    return build_next(b, out, cap, "");
}

static size_t build_wallet(struct bench *b, int connection, char *out, size_t cap)
{
    (void)connection;
    return build_next(b, out, cap, ",\"payment\":\"wallet\"");
}

/* ---- race: all connections want overlapping parts of one hour of one provider; one may win --------------------------- */

static int64_t races_per_day(const struct bench *b) { return slots_per_day(b) / 2 > 0 ? slots_per_day(b) / 2 : 1; }

static bool prepare_race(struct bench *b) { return prepare(b, races_per_day(b)); }

static void race_begins(struct bench *b)
{
    b->place = (b->place + b->stride) % b->places;
    b->round_provider = (int64_t)(b->place % (uint64_t)b->providers.n);
    b->round = (int64_t)(b->place / (uint64_t)b->providers.n);
    b->round_won = 0;
}

/* Starts lie less than one length apart, so that any two overlap, and each wants another patient. Rounds are two
 * lengths apart, so that they do not. */
static size_t build_race(struct bench *b, int connection, char *out, size_t cap)
{
    int64_t per_day = races_per_day(b);
    int64_t day = b->first_day + b->round / per_day;
    int64_t minute = b->round % per_day * 2 * b->service_minutes + connection % b->service_minutes;
    return build_booking(b, out, cap, connection % b->clients.n, b->round_provider, day, minute, "");
}

static void race_answered(struct bench *b, int status)
{
    if (status == 201) b->round_won++;
}

static void race_ends(struct bench *b)
{
    b->rounds++;
    if (b->round_won != 1) b->rounds_without_one_winner++;
}

/* ---- calendar and slots ------------------------------------------------------------------------------------------------ */

static bool prepare_today(struct bench *b)
{
    int64_t today = (int64_t)time(NULL) / 86400;
    b->history_from = today - 28;
    b->history_to = today + 28;
    return true;
}

static size_t build_days(struct bench *b, char *out, size_t cap, int64_t day, int64_t days)
{
    char path[192], from[16], to[16];
    date_text(day, from);
    date_text(day + days, to);
    snprintf(path, sizeof path, "calendar?from=%s&to=%s&location_id=%s", from, to, b->location);
    return get(b, out, cap, path);
}

static size_t build_calendar(struct bench *b, int connection, char *out, size_t cap)
{
    (void)connection;
    return build_days(b, out, cap, b->history_from + (int64_t)(bench_random(b) % (uint64_t)(b->history_to - b->history_from)), 1);
}

/* 15 or 16 working days of 200: about 3,000 appointments; as cards, or as the month's view asks for them. */
static size_t build_cards(struct bench *b, int connection, char *out, size_t cap)
{
    (void)connection;
    return build_days(b, out, cap, b->history_from - 28 * (int64_t)(bench_random(b) % 12), 22);
}

static size_t build_month(struct bench *b, int connection, char *out, size_t cap)
{
    char path[192], from[16], to[16];
    int64_t day = b->history_from - 28 * (int64_t)(bench_random(b) % 12);
    (void)connection;
    date_text(day, from);
    date_text(day + 21, to);
    snprintf(path, sizeof path, "calendar/month?from=%s&to=%s&location_id=%s", from, to, b->location);
    return get(b, out, cap, path);
}

/* Free times from `first` on, for `days` dates; provider NULL: whoever. */
static size_t build_free(struct bench *b, char *out, size_t cap, const char *service, const char *provider, int64_t first, int64_t days)
{
    char path[256], from[16], to[16];
    date_text(first, from);
    date_text(first + days - 1, to);
    snprintf(path, sizeof path, "calendar/slots?service_id=%s&from=%s&to=%s%s%s", service, from, to, provider ? "&provider_id=" : "", provider ? provider : "");
    return get(b, out, cap, path);
}

static size_t build_slots(struct bench *b, int connection, char *out, size_t cap)
{
    (void)connection;
    return build_free(b, out, cap, b->service, NULL, (int64_t)time(NULL) / 86400 + (int64_t)(bench_random(b) % 28), 7);
}

static size_t build_slots_one(struct bench *b, int connection, char *out, size_t cap)
{
    (void)connection;
    const char *provider = b->providers.id[bench_random(b) % (uint64_t)b->providers.n];
    return build_free(b, out, cap, b->service, provider, (int64_t)time(NULL) / 86400 + (int64_t)(bench_random(b) % 28), 30);
}

/* The 31 days on which bench/seed.py has filled the chairs. */
static size_t build_slots_chair(struct bench *b, int connection, char *out, size_t cap)
{
    (void)connection;
    return build_free(b, out, cap, b->chair_service, NULL, (int64_t)time(NULL) / 86400 + 29, 31);
}

static const struct scenario scenarios[] = {
    { .name = "book", .doc = "bookings at free times, over all providers and years of days", .wanted = 201, .prepare = prepare_book, .build = build_book },
    { .name = "wallet", .doc = "the same, paid from the clients' wallets in the same commit", .wanted = 201, .prepare = prepare_wallet, .build = build_wallet },
    { .name = "race", .doc = "all connections want overlapping times of one provider; exactly one may win each round", .wanted = 201,
      .rounds = true, .prepare = prepare_race, .build = build_race, .round_begins = race_begins, .round_ends = race_ends, .answered = race_answered },
    { .name = "month", .doc = "the month's view over 22 days, about 3,000 appointments", .wanted = 200, .prepare = prepare_today, .build = build_month },
    { .name = "cards", .doc = "22 days of the calendar as cards, about 3,000 appointments", .wanted = 200, .prepare = prepare_today, .build = build_cards },
    { .name = "slots_one", .doc = "free times of one provider, 30 days", .wanted = 200, .prepare = prepare_today, .build = build_slots_one },
    { .name = "slots_chair", .doc = "free times of 20 providers, 31 days, with a chair", .wanted = 200, .prepare = prepare_today, .build = build_slots_chair },
    { .name = "webhook", .doc = "events of Stripe, each new: signature, row and job, on disk before the answer", .wanted = 200, .prepare = webhook_prepare, .build = webhook_build },
    { .name = "webhook_again", .doc = "the same hundred events of Stripe again and again", .wanted = 200, .prepare = webhook_prepare, .build = webhook_again_build },
    { .name = "calendar", .doc = "one day of the calendar, ten providers", .wanted = 200, .prepare = prepare_today, .build = build_calendar },
    { .name = "slots", .doc = "free times of one service in one week, any provider", .wanted = 200, .prepare = prepare_today, .build = build_slots },
};

const struct scenario *scenario_find(const char *name)
{
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++)
        if (strcmp(scenarios[i].name, name) == 0) return &scenarios[i];
    return NULL;
}

void scenario_list(void)
{
    for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) fprintf(stderr, "  %-9s %s\n", scenarios[i].name, scenarios[i].doc);
}
