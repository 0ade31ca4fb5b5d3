/* demo_bench.c - a clinic full of appointments, for load tests: half-hour places of 50 providers on working days, from
 * yesterday backwards and from 61 days ahead forwards; the coming 60 days stay free for whoever measures bookings. */
#include "modules/demo/demo.h"

/* Small transactions: the statement journal, which SQLite keeps in memory, is walked at each statement from the beginning of the
 * transaction. */
enum { PROVIDERS = 50, SERVICES = 20, CLIENTS = 5000, FREE_DAYS = 60, DAY_BEGINS_MIN = 8 * 60, PLACE_MIN = 30, PLACES_A_DAY = 20, BATCH = 64, CLIENTS_A_TX = 50 };

static const struct query Q_FIRST = { .name = "demo.first", .args = "", .sql = "SELECT MIN(starts_at) FROM appointment WHERE tenant_id = $1",
    .scan = "only the end of an index is read" };
static const struct query Q_LAST = { .name = "demo.last", .args = "", .sql = "SELECT MAX(starts_at) FROM appointment WHERE tenant_id = $1",
    .scan = "only the end of an index is read" };
static const struct query Q_CLIENTS = { .name = "demo.clients", .args = "", .scan = "all clients are asked for",
    .sql = "SELECT c.id AS client, p.id AS patient FROM client c JOIN patient p ON p.tenant_id = c.tenant_id AND p.client_id = c.id"
           " WHERE c.tenant_id = $1 AND p.kind = 'self' ORDER BY c.id LIMIT 5000" };
const struct query *const demo_queries[] = { &Q_FIRST, &Q_LAST, &Q_CLIENTS, NULL };

struct person { struct id client, patient; };
static const struct field person_fields[] = { F_ID(struct person, client), F_ID(struct person, patient), F_END };
static const struct shape person_shape = SHAPE_NAMED("demo_person", person, person_fields);

struct bench {
    struct demo_clinic *clinic;
    const struct zone *zone;
    struct id location, audit_id;
    struct provider providers[PROVIDERS];
    struct service services[SERVICES];
    struct id provider_ids[PROVIDERS];
    struct id hour_ids[PROVIDERS * 5];
    struct client_insert *clients; size_t first, n;          /* of the transaction in hand */
    struct list people;                                     /* of struct person */
    struct stats_change *stats;
    int64_t past, future;                                   /* dates that are filled next */
    struct appointment *appts;
};

/* ---- the clinic ----------------------------------------------------------------------------------------------------------- */

static enum rc insert_clinic(struct tx *tx, void *arg)
{
    const struct bench *b = arg;
    TRY(demo_found(tx, b->clinic, b->location, b->audit_id));
    for (int i = 0; i < PROVIDERS; i++) {
        TRY(providers_insert(tx, &b->providers[i], b->clinic->now));
        for (int day = 0; day < 5; day++)
            TRY(hours_insert(tx, b->hour_ids[i * 5 + day], &(struct provider_hours){ b->providers[i].id, b->location, day + 1, DAY_BEGINS_MIN,
                DAY_BEGINS_MIN + PLACES_A_DAY * PLACE_MIN }));
    }
    for (int i = 0; i < SERVICES; i++) {
        TRY(services_insert(tx, &b->services[i], b->clinic->now));
    }
    return RC_OK;
}

static enum rc insert_clients(struct tx *tx, void *arg)
{
    const struct bench *b = arg;
    for (size_t i = b->first; i < b->first + b->n; i++) TRY(clients_insert(tx, &b->clients[i]));
    return RC_OK;
}

static void plan_clinic(struct bench *b, struct arena *a)
{
    for (int i = 0; i < PROVIDERS; i++) {
        b->provider_ids[i] = id_new();
        b->providers[i] = (struct provider){ .id = b->provider_ids[i], .name = arena_printf(a, "Dr. %s Bench %d", demo_first_name((size_t)i), i + 1),
            .color = "#0f766e", .bookable = true, .position = i, .version = 1 };
    }
    for (int i = 0; i < SERVICES; i++) {
        struct service *s = &b->services[i];
        *s = services_default();
        s->id = id_new();
        s->name = arena_printf(a, "Bench service %d", i + 1);
        s->currency = "EUR";
        s->color = "#0369a1";
        s->duration_min = 15 + i % 4 * 5;
        s->price_minor = 2000 + 500 * i;
        s->position = i;
        s->provider_ids = (struct list){ b->provider_ids, PROVIDERS };
    }
    for (size_t i = 0; i < ARRAY_LEN(b->hour_ids); i++) b->hour_ids[i] = id_new();
}

static enum rc make_clinic(struct cli_db *d, struct bench *b)
{
    struct demo_random random = { 20261123 };
    plan_clinic(b, d->arena);
    b->clients = arena_alloc(d->arena, CLIENTS * sizeof *b->clients);
    if (!b->clients) return RC_OOM;
    for (size_t i = 0; i < CLIENTS; i++) demo_client(d->arena, &random, i, b->clinic->now, &b->clients[i]);
    TRY(db_tx(d->tdb, "demo.bench", insert_clinic, b));
    tdb_set_tenant(d->tdb, b->clinic->tenant.id);
    for (b->first = 0; b->first < CLIENTS; b->first += b->n) {
        b->n = CLIENTS_A_TX;
        TRY(db_tx(d->tdb, "demo.bench_clients", insert_clients, b));
    }
    b->clinic->made = (struct demo_counts){ .locations = 1, .providers = PROVIDERS, .services = SERVICES, .clients = CLIENTS, .patients = CLIENTS,
        .users = (int64_t)b->clinic->n_users };
    return RC_OK;
}

/* ---- its appointments ------------------------------------------------------------------------------------------------------- */

static enum rc read_clinic(struct cli_db *d, struct bench *b)
{
    struct list found;
    int64_t today = zone_date(b->zone, b->clinic->now), first, last;
    TRY(providers_list(d->tdb, false, &found));
    if (found.n < PROVIDERS) return fault(RC_FAULT, "the clinic bench was changed: it has %zu providers", found.n);
    for (int i = 0; i < PROVIDERS; i++) b->provider_ids[i] = LIST_AT(found, struct provider, i)->id;
    TRY(services_list(d->tdb, false, &found));
    if (found.n < SERVICES) return fault(RC_FAULT, "the clinic bench was changed: it has %zu services", found.n);
    for (int i = 0; i < SERVICES; i++) b->services[i] = *LIST_AT(found, struct service, i);
    TRY(locations_list(d->tdb, false, &found));
    if (!found.n) return fault(RC_FAULT, "the clinic bench has no location");
    b->location = LIST_AT(found, struct location, 0)->id;
    TRY(db_list(d->tdb, &Q_CLIENTS, ARGS(), &person_shape, CLIENTS, &b->people));
    if (b->people.n < PROVIDERS * 2) return fault(RC_FAULT, "the clinic bench has too few clients");
    TRY(db_int(d->tdb, &Q_FIRST, ARGS(), &first));
    TRY(db_int(d->tdb, &Q_LAST, ARGS(), &last));
    b->past = today - 1;
    b->future = today + FREE_DAYS + 1;
    if (first != NONE && zone_date(b->zone, first) - 1 < b->past) b->past = zone_date(b->zone, first) - 1;
    if (last != NONE && zone_date(b->zone, last) + 1 > b->future) b->future = zone_date(b->zone, last) + 1;
    return RC_OK;
}

/* The date of the next working day to fill: past and future by turns. */
static int64_t next_date(struct bench *b, bool future)
{
    int64_t *at = future ? &b->future : &b->past, step = future ? 1 : -1;
    while (date_weekday(*at) > 5) *at += step;
    int64_t date = *at;
    *at += step;
    return date;
}

/* One half hour of one day at one provider; 97 is prime to 5000, so that nobody is at two providers at once. */
static void plan_place(struct bench *b, struct appointment *a, int64_t date, int place, int provider)
{
    ASSERT(b->people.n > 0);
    const struct service *s = &b->services[(date + place * 3 + provider) % SERVICES];
    size_t who = (size_t)(date * 31 + place * 53 + provider * 97) % b->people.n;
    int64_t at[2];
    zone_instants(b->zone, date * USEC_PER_DAY + (DAY_BEGINS_MIN + place * PLACE_MIN) * USEC_PER_MIN, at);
    *a = (struct appointment){ .id = id_new(), .client_id = LIST_AT(b->people, struct person, who)->client,
        .patient_id = LIST_AT(b->people, struct person, who)->patient, .service_id = s->id, .provider_id = b->provider_ids[provider],
        .location_id = b->location, .start = at[0], .end = at[0] + s->duration_min * USEC_PER_MIN, .time_zone = b->clinic->tenant.time_zone,
        .status = at[0] < b->clinic->now ? APPT_COMPLETED : APPT_SCHEDULED, .price_minor = s->price_minor, .currency = "EUR", .source = SOURCE_IMPORT,
        .lead_min = NONE, .seat_no = NONE, .pay_by = NONE, .version = 1 };
    b->stats[who].client = a->client_id;
    b->stats[who].visits += a->status == APPT_COMPLETED;
}

static enum rc insert_batch(struct tx *tx, void *arg)
{
    const struct bench *b = arg;
    for (size_t i = 0; i < b->n; i++) {
        const struct appointment *a = &b->appts[i];
        struct claim c = { .subject_id = a->provider_id, .owner_id = a->id, .starts_at = a->start, .ends_at = a->end, .core_start = a->start,
            .core_end = a->end, .kind = CLAIM_APPOINTMENT, .expires_at = NONE };
        TRY(appointments_insert(tx, a, b->clinic->now));
        c.location_id = a->location_id;
        TRY(claims_insert(tx, &c));
        c.location_id = ID_NIL;
        c.subject_id = a->patient_id;
        TRY(claims_insert(tx, &c));
    }
    return RC_OK;
}

static enum rc insert_stats(struct tx *tx, void *arg)
{
    const struct bench *b = arg;
    for (size_t i = b->first; i < b->first + b->n; i++) {
        if (id_is_nil(b->stats[i].client)) continue;
        if (b->stats[i].visits) TRY(clients_add_stats(tx, &b->stats[i]));
        TRY(appointments_refresh_client(tx, b->stats[i].client, b->clinic->now));
    }
    return RC_OK;
}

static enum rc write_batch(struct cli_db *d, struct bench *b)
{
    TRY(db_tx(d->tdb, "demo.bench_appointments", insert_batch, b));
    b->clinic->made.appointments += (int64_t)b->n;
    b->n = 0;
    return RC_OK;
}

static enum rc fill(struct cli_db *d, struct bench *b, int64_t n)
{
    bool future = false;
    b->n = 0;
    while (n > 0) {
        int64_t date = next_date(b, future);
        future = !future;
        for (int i = 0; i < PLACES_A_DAY * PROVIDERS && n > 0; i++, n--) {
            plan_place(b, &b->appts[b->n++], date, i / PROVIDERS, i % PROVIDERS);
            if (b->n == BATCH) TRY(write_batch(d, b));
        }
    }
    if (b->n) TRY(write_batch(d, b));
    for (b->first = 0; b->first < b->people.n; b->first += b->n) {
        b->n = b->people.n - b->first < CLIENTS_A_TX ? b->people.n - b->first : CLIENTS_A_TX;
        TRY(db_tx(d->tdb, "demo.bench_stats", insert_stats, b));
    }
    return RC_OK;
}

enum rc demo_bench_make(struct cli_db *d, struct demo_clinic *c, int64_t n)
{
    struct bench *b = arena_alloc(d->arena, sizeof *b);
    if (!b) return RC_OOM;
    *b = (struct bench){ .clinic = c, .zone = zone_find(c->tenant.time_zone), .location = id_new(), .audit_id = id_new() };
    if (!b->zone) return fault(RC_FAULT, "no time zone %s: install tzdata", c->tenant.time_zone);
    enum rc rc = tenants_by_slug(d->tdb, c->tenant.slug, &c->tenant.id);
    if (rc == RC_NOT_FOUND) rc = make_clinic(d, b);
    TRY(rc);
    tdb_set_tenant(d->tdb, c->tenant.id);
    TRY(read_clinic(d, b));
    b->appts = arena_alloc(d->arena, BATCH * sizeof *b->appts);
    b->stats = arena_alloc(d->arena, CLIENTS * sizeof *b->stats);
    return b->appts && b->stats ? fill(d, b, n) : RC_OOM;
}
