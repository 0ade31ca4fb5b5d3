/* test_slots_oracle.c - random schedules around clock changes, written to a file with what slots.c says of them, and
 * judged by slots_oracle.py, which shares no code with us. slot_check must agree with slots_find on every candidate.
 *   SLOTS_SEED=n SLOTS_CASES=n change what is tried; SLOTS_KEEP=file keeps the cases. Needs python3 and tzdata. */
#include "modules/calendar/slots.h"
#include "tests/lib/test.h"

#include <unistd.h>

struct fixture {
    struct slot_query q;
    struct slot_location locations[2];
    struct slot_provider providers[3];
    struct slot_plan plans[4];
    struct slot_resource resources[6];
    struct slot_part parts[4];
    size_t pools[4][6];
    struct slot_result result;
};
static struct fixture f;
static struct arena *arena;

static int64_t day(const char *text)
{
    int64_t d = 0;
    REQUIRE(date_parse(text, &d));
    return d;
}

static uint64_t seed;

static int64_t random_to(int64_t n) /* 0 .. n-1 */
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (int64_t)((seed >> 11) % (uint64_t)n);
}

static bool chance(int64_t percent)
{
    return random_to(100) < percent;
}

struct span_of_days {
    const char *zone, *first;
};
/* Each begins three days before a clock change, or in the middle of nowhere. */
static const struct span_of_days random_spans[] = {
    { "Europe/Bucharest", "2026-03-26" },
    { "Europe/Bucharest", "2026-10-22" },
    { "Europe/Bucharest", "2027-02-26" },
    { "Australia/Sydney", "2026-10-01" },
    { "Australia/Sydney", "2027-04-01" },
    { "America/New_York", "2026-03-05" },
    { "America/New_York", "2026-10-29" },
    { "Australia/Lord_Howe", "2026-10-01" },
    { "Australia/Lord_Howe", "2027-04-01" },
    { "Asia/Kathmandu", "2026-12-29" },
    { "Africa/Cairo", "2026-04-21" },
    { "Africa/Cairo", "2026-10-27" },
    { "America/St_Johns", "2026-10-29" },
    { "Africa/Casablanca", "2027-02-04" },
    { "Pacific/Apia", "2011-12-28" },
};

static struct slot_busy *random_busy(int64_t base, int64_t span_us, int64_t max, size_t *n)
{
    *n = (size_t)random_to(max + 1);
    struct slot_busy *b = arena_alloc(arena, (*n + 1) * sizeof *b);
    REQUIRE(b);
    for (size_t i = 0; i < *n; i++) {
        int64_t length = chance(10) ? random_to(2000) - 100 : 5 * random_to(24);
        b[i].start = base + random_to(span_us / USEC_PER_MIN / 5) * 5 * USEC_PER_MIN + (chance(10) ? random_to(5) * USEC_PER_MIN : 0);
        b[i].end = b[i].start + length * USEC_PER_MIN;
        b[i].kind = (enum slot_busy_kind)random_to(6);
    }
    return b;
}

static void random_location(struct slot_location *l, const struct zone *z, int64_t first, int64_t base, int64_t span)
{
    l->zone = z;
    l->n_holidays = chance(30) ? 1 + (size_t)random_to(2) : 0;
    int64_t *dates = arena_alloc(arena, 2 * sizeof *dates);
    REQUIRE(dates);
    for (size_t i = 0; i < l->n_holidays; i++) dates[i] = first + random_to(8);
    l->holidays = dates;
    l->blocked = random_busy(base, span, chance(40) ? 3 : 0, &l->n_blocked);
}

/* Up to three parts of whoever is there, anywhere inside the duration, together at most as many as may be. */
static void random_parts(int64_t base, int64_t span)
{
    int64_t duration = f.q.rules.duration_min;
    int32_t left = PART_UNITS_MAX;
    f.q.n_resources = (size_t)random_to(7);
    for (size_t i = 0; i < f.q.n_resources; i++) {
        f.resources[i].location = (size_t)random_to((int64_t)f.q.n_locations);
        f.resources[i].busy = random_busy(base, span, 25, &f.resources[i].n_busy);
    }
    f.q.n_parts = chance(25) ? 0 : 1 + (size_t)random_to(4);
    for (size_t i = 0; i < f.q.n_parts; i++) {
        struct slot_part *p = &f.parts[i];
        size_t n = chance(50) ? f.q.n_resources : f.q.n_providers;
        p->kind = n == f.q.n_resources ? PART_RESOURCE : PART_PROVIDER;
        p->quantity = chance(75) || left < 5 ? 1 : (int32_t)(1 + random_to(3));
        left -= p->quantity;
        p->offset_min = chance(60) ? 0 : random_to(duration);
        p->length_min = chance(50) ? duration - p->offset_min : 1 + random_to(duration - p->offset_min);
        for (size_t k = 0; k < n; k++)
            if (chance(85)) f.pools[i][p->n_pool++] = k;
        p->pool = f.pools[i];
    }
    f.q.resources = f.resources;
    f.q.parts = f.parts;
    if (chance(30)) f.q.rules.lead_min = 1 + random_to(duration);
    if (chance(30)) f.q.patient = random_busy(base, span, 20, &f.q.n_patient);
}

static void random_interval(int64_t *start, int64_t *end)
{
    *start = chance(70) ? 30 * random_to(48) : random_to(1440);
    *end = *start + (chance(70) ? 30 * (1 + random_to(24)) : 1 + random_to(1440));
    if (chance(15)) *start = 0;
    if (chance(15)) *end = 1440;
    if (chance(5)) *end += 1440; /* sometimes not valid: to be ignored */
}

static void random_plan(struct slot_plan *p, int64_t first, int64_t base)
{
    struct slot_hours *h = arena_alloc(arena, 24 * sizeof *h);
    struct slot_exception *e = arena_alloc(arena, 4 * sizeof *e);
    struct slot_day_count *c = arena_alloc(arena, 6 * sizeof *c);
    REQUIRE(h && e && c);
    for (int64_t d = 1; d <= 7; d++)
        for (int64_t i = random_to(3); i >= 0 && chance(80); i--) {
            h[p->n_weekly].weekday = d;
            random_interval(&h[p->n_weekly].start_min, &h[p->n_weekly].end_min);
            p->n_weekly++;
        }
    p->n_exceptions = chance(40) ? (size_t)random_to(5) : 0;
    for (size_t i = 0; i < p->n_exceptions; i++) {
        e[i] = (struct slot_exception){ .date = first + random_to(6), .closed = chance(30) };
        random_interval(&e[i].start_min, &e[i].end_min);
    }
    p->n_booked = (size_t)random_to(6);
    for (size_t i = 0; i < p->n_booked; i++) c[i] = (struct slot_day_count){ first + random_to(8), random_to(4) };
    p->away = random_busy(base, 6 * USEC_PER_DAY, chance(40) ? 10 : 0, &p->n_away);
    p->helps_only = chance(20);
    p->weekly = h;
    p->exceptions = e;
    p->booked = c;
}

static void random_rules(struct slot_rules *r, int64_t base)
{
    static const int64_t steps[] = { 5, 10, 15, 15, 20, 30, 30, 45, 50, 60, 90, 7, 1440 };
    *r = (struct slot_rules){ .duration_min = chance(85) ? 5 * (1 + random_to(24)) : 1 + random_to(700),
        .step_min = steps[random_to((int64_t)ARRAY_LEN(steps))] };
    if (chance(50)) r->buffer_before_min = 5 * random_to(7);
    if (chance(50)) r->buffer_after_min = 5 * random_to(7);
    if (chance(5)) r->buffer_before_min = 200;
    if (chance(50)) r->min_notice_us = random_to(1500) * USEC_PER_MIN;
    if (chance(40)) r->horizon_days = 1 + random_to(5);
    if (chance(40)) r->max_per_day = 1 + random_to(5);
    r->now = base + (random_to(6 * 1440) - 3 * 1440) * USEC_PER_MIN + (chance(50) ? random_to(60) * USEC_PER_SEC + 7 : 0);
}

static void random_case(int64_t number)
{
    const struct span_of_days *where = &random_spans[number % (int64_t)ARRAY_LEN(random_spans)];
    const struct zone *z = zone_find(where->zone);
    REQUIRE(z);
    memset(&f, 0, sizeof f);
    int64_t first = day(where->first), base = first * USEC_PER_DAY, span = 6 * USEC_PER_DAY;
    random_rules(&f.q.rules, base);
    f.q.from = base + random_to(3 * 1440) * USEC_PER_MIN;
    f.q.to = f.q.from + random_to(4 * 1440) * USEC_PER_MIN;
    f.q.n_locations = 1 + (size_t)random_to(2);
    f.q.n_providers = 1 + (size_t)random_to(3);
    f.q.n_plans = 1 + (size_t)random_to(3);
    random_location(&f.locations[0], z, first, base, span);
    random_location(&f.locations[1], chance(50) ? z : zone_find(random_spans[random_to(12)].zone), first, base, span);
    for (int i = 0; i < 3; i++) f.providers[i].busy = random_busy(base, span, 40, &f.providers[i].n_busy);
    random_parts(base, span);
    for (int i = 0; i < 4; i++) {
        f.plans[i].provider = (size_t)random_to((int64_t)f.q.n_providers);
        f.plans[i].location = (size_t)random_to((int64_t)f.q.n_locations);
        random_plan(&f.plans[i], first, base);
    }
    f.q.locations = f.locations;
    f.q.providers = f.providers;
    f.q.plans = f.plans;
    f.q.explain = true;
}

static void write_busy(FILE *out, const char *word, const struct slot_busy *b, size_t n)
{
    static const char *const kinds[] = { "appointment", "buffer", "hold", "blocked", "time_off", "calendar" };
    for (size_t i = 0; i < n; i++) fprintf(out, "%s %" PRId64 " %" PRId64 " %s\n", word, b[i].start, b[i].end, kinds[b[i].kind]);
}

static void write_question(FILE *out, int64_t number)
{
    const struct slot_rules *r = &f.q.rules;
    fprintf(out,
        "case %" PRId64 "\nrules %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 "\n",
        number, r->duration_min, r->buffer_before_min, r->buffer_after_min, r->step_min, r->min_notice_us, r->horizon_days, r->max_per_day,
        r->lead_min, r->now);
    fprintf(out, "window %" PRId64 " %" PRId64 "\n", f.q.from, f.q.to);
    for (size_t i = 0; i < f.q.n_locations; i++) {
        const struct slot_location *l = &f.locations[i];
        fprintf(out, "location %s\n", zone_name(l->zone));
        for (size_t k = 0; k < l->n_holidays; k++) fprintf(out, "holiday %" PRId64 "\n", l->holidays[k]);
        write_busy(out, "blocked", l->blocked, l->n_blocked);
    }
    for (size_t k = 0; k < f.q.n_resources; k++) {
        fprintf(out, "resource %zu\n", f.resources[k].location);
        write_busy(out, "rbusy", f.resources[k].busy, f.resources[k].n_busy);
    }
    for (size_t i = 0; i < f.q.n_parts; i++) {
        const struct slot_part *p = &f.parts[i];
        fprintf(out, "part %s %" PRId64 " %" PRId64 " %d", part_kind_names[p->kind], p->offset_min, p->length_min, p->quantity);
        for (size_t k = 0; k < p->n_pool; k++) fprintf(out, " %zu", p->pool[k]);
        fprintf(out, "\n");
    }
    write_busy(out, "patient", f.q.patient, f.q.n_patient);
    for (size_t i = 0; i < f.q.n_providers; i++) {
        fprintf(out, "provider\n");
        write_busy(out, "pbusy", f.providers[i].busy, f.providers[i].n_busy);
    }
    for (size_t i = 0; i < f.q.n_plans; i++) {
        const struct slot_plan *p = &f.plans[i];
        fprintf(out, "plan %zu %zu %d\n", p->provider, p->location, p->helps_only);
        write_busy(out, "away", p->away, p->n_away);
        for (size_t k = 0; k < p->n_weekly; k++)
            fprintf(out, "week %" PRId64 " %" PRId64 " %" PRId64 "\n", p->weekly[k].weekday, p->weekly[k].start_min, p->weekly[k].end_min);
        for (size_t k = 0; k < p->n_exceptions; k++)
            fprintf(out, "except %" PRId64 " %d %" PRId64 " %" PRId64 "\n", p->exceptions[k].date, p->exceptions[k].closed,
                p->exceptions[k].start_min, p->exceptions[k].end_min);
        for (size_t k = 0; k < p->n_booked; k++) fprintf(out, "booked %" PRId64 " %" PRId64 "\n", p->booked[k].date, p->booked[k].n);
    }
}

static void write_slot(FILE *out, const struct slot *s)
{
    int32_t n = 0;
    for (size_t i = 0; i < f.q.n_parts; i++) n += f.parts[i].quantity;
    fprintf(out, "slot %" PRId64 " %d", s->start, s->plan);
    for (int32_t i = 0; i < n; i++) fprintf(out, " %d", s->taken[i]);
    fprintf(out, "\n");
}

/* What slots_find says, what slot_check says of the same (compared here), and of starts nobody offered (written too). */
static void write_answer(FILE *out)
{
    struct slot_verdict v;
    for (size_t i = 0; i < f.result.n_slots; i++) {
        const struct slot *s = &f.result.slots[i];
        write_slot(out, s);
        CHECK_INT(slot_check(arena, &f.q, (size_t)s->plan, s->start, &v), RC_OK);
        CHECK_INT(v.reason, SLOT_FREE);
        CHECK(memcmp(v.taken, s->taken, sizeof v.taken) == 0);
        if (i > 0) CHECK(s[-1].start < s->start || (s[-1].start == s->start && s[-1].plan < s->plan));
    }
    for (size_t i = 0; i < f.result.n_dropped; i++) {
        const struct slot_drop *d = &f.result.dropped[i];
        fprintf(out, "drop %" PRId64 " %d %s\n", d->start, d->plan, slot_reason_names[d->reason]);
        if (i > 0) CHECK(d[-1].start < d->start || (d[-1].start == d->start && d[-1].plan <= d->plan));
        if (d->reason == SLOT_DST_GAP) continue;
        CHECK_INT(slot_check(arena, &f.q, (size_t)d->plan, d->start, &v), RC_OK);
        CHECK_INT(v.reason, d->reason);
        CHECK_INT(v.by_start, d->by_start);
        CHECK((v.by_start != NONE) == (d->reason >= SLOT_TIME_OFF && d->reason <= SLOT_TRAVEL));
    }
    for (int i = 0; i < 20; i++) {
        size_t plan = (size_t)random_to((int64_t)f.q.n_plans);
        int64_t start = f.q.from + random_to(4 * 1440) * USEC_PER_MIN;
        if (f.plans[plan].helps_only) continue;
        if (chance(60)) start = floor_div(start, 30 * USEC_PER_MIN) * 30 * USEC_PER_MIN; /* more often on the grid */
        CHECK_INT(slot_check(arena, &f.q, plan, start, &v), RC_OK);
        fprintf(out, "check %" PRId64 " %zu %s\n", start, plan, slot_reason_names[v.reason]);
    }
    fprintf(out, "end\n");
}

static const char *oracle_path(void)
{
    static char path[1024];
    const char *dir = getenv("CLINICD_SOURCE");
    if (dir) snprintf(path, sizeof path, "%s/tests/unit/slots_oracle.py", dir);
    else {
        const char *slash = strrchr(__FILE__, '/');
        snprintf(path, sizeof path, "%.*s/slots_oracle.py", slash ? (int)(slash - __FILE__) : 1, slash ? __FILE__ : ".");
    }
    if (access(path, R_OK) != 0) snprintf(path, sizeof path, "tests/unit/slots_oracle.py");
    return path;
}

static void test_random_schedules_against_the_oracle(void)
{
    const char *cases_text = getenv("SLOTS_CASES"), *seed_text = getenv("SLOTS_SEED"), *keep = getenv("SLOTS_KEEP");
    int64_t cases = cases_text ? strtoll(cases_text, NULL, 10) : 240;
    seed = (seed_text ? strtoull(seed_text, NULL, 10) : 20260112) * 0x9E3779B97F4A7C15u | 1;
    char file[512] = "/tmp/clinicd-slots-XXXXXX", command[2048], line[1024], last[1024] = "";
    if (keep) snprintf(file, sizeof file, "%s", keep);
    int fd = keep ? -1 : mkstemp(file);
    FILE *out = keep ? fopen(file, "w") : fdopen(fd, "w");
    REQUIRE(out);
    for (int64_t i = 0; i < cases; i++) {
        arena_reset(arena);
        random_case(i);
        CHECK_INT(slots_find(arena, &f.q, &f.result), RC_OK);
        CHECK(!f.result.truncated);
        write_question(out, i);
        write_answer(out);
    }
    REQUIRE(fclose(out) == 0);
    snprintf(command, sizeof command, "python3 '%s' '%s'", oracle_path(), file);
    FILE *in = popen(command, "r");
    REQUIRE(in);
    while (fgets(line, sizeof line, in)) {
        memcpy(last, line, sizeof last);
        printf("  oracle: %s", line);
    }
    CHECK_INT(pclose(in), 0);
    char want[64];
    snprintf(want, sizeof want, "%" PRId64 " cases agree", cases);
    CHECK(strncmp(last, want, strlen(want)) == 0);
    if (!keep) unlink(file);
}

int main(int argc, char **argv)
{
    arena = arena_new(64u << 20);
    REQUIRE(arena);
    TEST_ARGS(argc, argv);
    RUN(test_random_schedules_against_the_oracle);
    arena_free(arena);
    return TEST_DONE();
}
