/* demo_clinic.c - Riverside Clinic: who works there and when, what can be booked, and six weeks of appointments. All of
 * it is laid out in memory first; the transaction only inserts. */
#include "modules/demo/demo.h"
#include <string.h>

enum {
    PROVIDERS = 3, CHAIRS = 2, SERVICES = 8, CLIENTS = 200, WITH_CHILD_EVERY = 7, APPOINTMENTS_CAP = 6000, TAKEN_CAP = 1000, PATIENTS_CAP = CLIENTS * 2,
    STEP_MIN = 15, BOOKED_PERCENT = 66, /* of the moments at which the next booking could begin: about 55 % of the time */
};

struct work { int provider, weekday, from, to; }; /* minutes of the day */
static const struct work hours[] = {
    { 0, 1, 540, 780 }, { 0, 1, 840, 1080 }, { 0, 2, 540, 780 }, { 0, 2, 840, 1080 }, { 0, 3, 540, 780 }, { 0, 3, 840, 1080 }, { 0, 4, 600, 840 },
    { 0, 4, 900, 1140 }, { 0, 5, 540, 780 },
    { 1, 1, 480, 750 }, { 1, 1, 780, 990 }, { 1, 2, 480, 750 }, { 1, 2, 780, 990 }, { 1, 3, 720, 1140 }, { 1, 5, 480, 750 }, { 1, 5, 780, 990 },
    { 2, 1, 510, 720 }, { 2, 1, 780, 1020 }, { 2, 2, 720, 1140 }, { 2, 3, 510, 720 }, { 2, 3, 780, 1020 }, { 2, 4, 510, 720 }, { 2, 4, 780, 1020 },
    { 2, 5, 510, 720 }, { 2, 5, 780, 960 } };

struct offer { const char *name, *description, *color; int minutes, before, after, price; bool chair; unsigned providers; /* bit each */ int percent; /* paid when booking, where cards are taken */ };
static const struct offer offers[SERVICES] = {
    { "Dental check-up", "Examination of teeth and gums, with advice.", "#0f766e", 30, 0, 0, 4000, false, 1 | 2, 0 },
    { "Teeth cleaning", "Professional cleaning and polishing.", "#0369a1", 45, 0, 10, 7000, true, 2, 0 },
    { "Filling", "Treatment of one tooth, white filling included.", "#7c3aed", 60, 5, 10, 11000, true, 1, 0 },
    { "Orthodontic consultation", "Is a brace worth it? Photographs and a plan.", "#be185d", 30, 0, 5, 5500, false, 1, 0 },
    { "Family doctor consultation", "For adults and children, also for repeat prescriptions.", "#b45309", 20, 0, 5, 4500, false, 4, 0 },
    { "Annual health check", "Blood pressure, ECG, laboratory tests and a long talk.", "#15803d", 90, 5, 10, 16000, false, 4, 20 },
    { "Vaccination", "Flu, tetanus and travel vaccines; the vaccine is paid separately.", "#4338ca", 15, 0, 5, 2500, false, 4, 0 },
    { "First visit for children", "Getting to know the practice, teeth counted, no drilling.", "#a21caf", 25, 0, 5, 3000, false, 2 | 4, 0 } };
static const struct { const char *name, *title, *color; } people[PROVIDERS] = { { "Dr. Ana Ionescu", "Dentist", "#0f766e" },
    { "Mihai Petrescu", "Dental hygienist", "#0369a1" }, { "Dr. Sofia Lindqvist", "Family doctor", "#b45309" } };

/* What is sold beside it: the price in cents, and which of the rates it carries. */
static const struct { const char *name, *sku; int price, rate; } goods[] = { { "Electric tooth brush", "TB-1", 8990, 0 }, { "Dental floss", "DF-1", 450, 0 },
    { "Fluoride gel", "FG-1", 1290, 1 } };
static const struct { const char *name; int64_t ppm; } rates[] = { { "VAT 21 %", 210000 }, { "VAT 11 %", 110000 } };

struct planned { struct appointment a; int64_t created_at, hold_end; struct id chair; struct appt_part part; };
struct plan {
    struct arena *arena;
    struct demo_clinic *clinic;
    const struct zone *zone;
    struct demo_random random;
    struct id audit_id;
    struct location location;
    struct resource chairs[CHAIRS];
    struct provider providers[PROVIDERS];
    struct provider_hours hours[ARRAY_LEN(hours)];
    struct id hour_ids[ARRAY_LEN(hours)];
    struct service services[SERVICES];
    struct id links[SERVICES][PROVIDERS];
    struct client_insert clients[CLIENTS];
    struct patient patients[PATIENTS_CAP]; size_t n_children; /* dependants; the client itself is made with it */
    struct holiday holidays[2];
    struct tax_rate rates[ARRAY_LEN(rates)];
    struct product goods[ARRAY_LEN(goods)];
    struct till till;
    struct blocked_time *blocked; size_t n_blocked;
    struct planned *appts; size_t n_appts;
    struct { struct id subject; int64_t from, to; } taken[TAKEN_CAP]; size_t n_taken; /* of the day in hand */
    struct stats_change stats[CLIENTS];
};

/* ---- what there is -------------------------------------------------------------------------------------------------------- */

static void plan_people(struct plan *p, struct id provider_member)
{
    for (int i = 0; i < PROVIDERS; i++)
        p->providers[i] = (struct provider){ .id = id_new(), .member_id = i == 0 ? provider_member : ID_NIL, .name = people[i].name, .title = people[i].title,
            .color = people[i].color, .bookable = true, .position = i, .version = 1 };
    for (size_t i = 0; i < ARRAY_LEN(hours); i++) {
        p->hour_ids[i] = id_new();
        p->hours[i] = (struct provider_hours){ p->providers[hours[i].provider].id, p->location.id, hours[i].weekday, hours[i].from, hours[i].to };
    }
}

static void plan_services(struct plan *p)
{
    for (int i = 0; i < SERVICES; i++) {
        const struct offer *o = &offers[i];
        size_t n = 0;
        for (int k = 0; k < PROVIDERS; k++)
            if (o->providers >> k & 1) p->links[i][n++] = p->providers[k].id;
        struct service *s = &p->services[i];
        *s = services_default();
        s->id = id_new();
        s->name = o->name;
        s->description = o->description;
        s->currency = "EUR";
        s->color = o->color;
        s->duration_min = o->minutes;
        s->buffer_before_min = o->before;
        s->buffer_after_min = o->after;
        s->step_min = STEP_MIN;
        s->price_minor = o->price;
        s->resource_kind = o->chair ? RESOURCE_CHAIR : NONE;
        if (o->percent) {
            s->pay = SERVICE_PAY_DEPOSIT;
            s->deposit_percent = o->percent;
        }
        s->position = i;
        s->provider_ids = (struct list){ p->links[i], n };
    }
}

static void plan_place(struct plan *p)
{
    static const char *const names[CHAIRS] = { "Dental chair 1", "Dental chair 2" };
    p->location = (struct location){ .id = id_new(), .name = "Riverside", .time_zone = p->clinic->tenant.time_zone, .address = p->clinic->tenant.address,
        .phone = p->clinic->tenant.phone, .version = 1 };
    for (int i = 0; i < CHAIRS; i++)
        p->chairs[i] = (struct resource){ .id = id_new(), .location_id = p->location.id, .name = names[i], .kind = RESOURCE_CHAIR, .version = 1 };
}

static void plan_clients(struct plan *p)
{
    for (size_t i = 0; i < CLIENTS; i++) {
        demo_client(p->arena, &p->random, i, p->clinic->now, &p->clients[i]);
        if (i % 23 == 22) p->clients[i].client.status = i % 2 ? CLIENT_INACTIVE : CLIENT_LEAD;
        p->stats[i].client = p->clients[i].client.id;
        if (i % WITH_CHILD_EVERY != 3) continue;
        struct patient *child = &p->patients[p->n_children++];
        const char *family = strchr(p->clients[i].client.name, ' ');
        *child = patients_default();
        child->id = id_new();
        child->client_id = p->clients[i].client.id;
        child->kind = PATIENT_DEPENDANT;
        child->name = arena_printf(p->arena, "%s%s", demo_first_name(i * 11 + 5), family ? family : "");
        child->date_of_birth = date_from_civil(2012 + demo_below(&p->random, 12), 1 + (int)demo_below(&p->random, 12), 1 + (int)demo_below(&p->random, 28));
        child->sex = demo_below(&p->random, 2) ? SEX_FEMALE : SEX_MALE;
    }
}

/* ---- time ------------------------------------------------------------------------------------------------------------------- */

static int64_t instant_at(const struct plan *p, int64_t date, int64_t minute)
{
    int64_t out[2];
    zone_instants(p->zone, date * USEC_PER_DAY + minute * USEC_PER_MIN, out);
    return out[0];
}

static bool is_free(const struct plan *p, struct id subject, int64_t from, int64_t to)
{
    for (size_t i = 0; i < p->n_taken; i++)
        if (id_eq(p->taken[i].subject, subject) && p->taken[i].from < to && p->taken[i].to > from) return false;
    return true;
}

static void take(struct plan *p, struct id subject, int64_t from, int64_t to)
{
    ASSERT(p->n_taken < TAKEN_CAP);
    p->taken[p->n_taken].subject = subject;
    p->taken[p->n_taken].from = from;
    p->taken[p->n_taken++].to = to;
}

static bool closed_on(const struct plan *p, int64_t date)
{
    return date == p->holidays[0].date || date == p->holidays[1].date;
}

/* The first day from `date` on that is this weekday. */
static int64_t next_weekday(int64_t date, int weekday)
{
    while (date_weekday(date) != weekday) date++;
    return date;
}

static void block(struct plan *p, enum blocked_kind kind, struct id subject, int64_t date, int from, int to, const char *reason)
{
    if (closed_on(p, date)) return;
    p->blocked[p->n_blocked++] = (struct blocked_time){ .id = id_new(), .subject_id = subject, .kind = kind, .start = instant_at(p, date, from),
        .end = instant_at(p, date, to), .reason = reason, .version = 1 };
}

static void plan_closed(struct plan *p, int64_t today, int64_t days)
{
    p->holidays[0] = (struct holiday){ .id = id_new(), .date = next_weekday(today - 12, 5), .name = "Team training" };
    p->holidays[1] = (struct holiday){ .id = id_new(), .date = next_weekday(today + 9, 2), .name = "Public holiday" };
    for (int64_t d = next_weekday(today - days, 1); d <= today + days; d += 7)
        for (int i = 0; i < PROVIDERS; i += 2) block(p, BLOCKED_PROVIDER, p->providers[i].id, d, 540, 570, "Team meeting");
    int64_t off = next_weekday(today + 3, 5);
    block(p, BLOCKED_PROVIDER, p->providers[1].id, off, 480, 990, "Leave");
    block(p, BLOCKED_PROVIDER, p->providers[0].id, next_weekday(today + 2, 4), 900, 1140, "Conference");
    block(p, BLOCKED_RESOURCE, p->chairs[1].id, next_weekday(today + 1, 3), 540, 780, "Maintenance of the chair");
}

/* ---- appointments -------------------------------------------------------------------------------------------------------------- */

static int64_t state_of(struct plan *p, int64_t start, int64_t end)
{
    int64_t now = p->clinic->now, dice = demo_below(&p->random, 100);
    if (end <= now) return dice < 85 ? APPT_COMPLETED : dice < 91 ? APPT_NO_SHOW : APPT_CANCELLED;
    if (start <= now) return APPT_IN_PROGRESS;
    if (start <= now + 30 * USEC_PER_MIN) return dice < 70 ? APPT_CHECKED_IN : APPT_CONFIRMED;
    return dice < 8 ? APPT_CANCELLED : dice < 42 ? APPT_CONFIRMED : APPT_SCHEDULED;
}

/* A client that comes (leads and inactive ones do not), and who of the family; children for children's visits. */
static bool choose_patient(struct plan *p, int service, int64_t start, int64_t end, struct appointment *a, size_t *client)
{
    for (int tries = 0; tries < 30; tries++) {
        size_t i = (size_t)demo_below(&p->random, CLIENTS);
        const struct client_insert *c = &p->clients[i];
        struct id patient = c->patient_id;
        if (c->client.status != CLIENT_ACTIVE || c->now > start - 2 * USEC_PER_DAY) continue;
        if (service == SERVICES - 1) {
            const struct patient *child = &p->patients[demo_below(&p->random, (int64_t)p->n_children)];
            for (i = 0; i < CLIENTS && !id_eq(p->clients[i].client.id, child->client_id); i++) {}
            if (i == CLIENTS || p->clients[i].client.status != CLIENT_ACTIVE) continue;
            patient = child->id;
        }
        if (!is_free(p, patient, start, end)) continue;
        a->client_id = p->clients[i].client.id;
        a->patient_id = patient;
        *client = i;
        return true;
    }
    return false;
}

static bool choose_chair(struct plan *p, int service, int64_t from, int64_t to, struct id *out)
{
    *out = ID_NIL;
    if (!offers[service].chair) return true;
    for (int i = 0; i < CHAIRS; i++)
        if (is_free(p, p->chairs[i].id, from, to)) {
            *out = p->chairs[i].id;
            return true;
        }
    return false;
}

static void count(struct plan *p, size_t client, int64_t status)
{
    p->stats[client].visits += status == APPT_COMPLETED;
    p->stats[client].no_shows += status == APPT_NO_SHOW;
    p->stats[client].cancellations += status == APPT_CANCELLED;
}

/* What calendar_book and calendar_change_state would have left: nothing of a cancelled one, a no-show's time up to when it
 * was seen that nobody comes. */
static void settle(struct plan *p, struct planned *x)
{
    struct appointment *a = &x->a;
    int64_t seen = a->status == APPT_NO_SHOW ? a->start + 15 * USEC_PER_MIN : a->end;
    int64_t to = a->end + a->buffer_after_min * USEC_PER_MIN, from = a->start - a->buffer_before_min * USEC_PER_MIN;
    x->hold_end = to;
    if (states_claim(a->status) != CLAIM_HELD) x->hold_end = states_claim_end(a->status, a->start, a->end, seen);
    if (x->hold_end <= a->start) return;
    take(p, a->provider_id, from, x->hold_end);
    take(p, a->patient_id, a->start, x->hold_end < a->end ? x->hold_end : a->end);
    if (!id_is_nil(x->chair)) take(p, x->chair, from, x->hold_end);
}

/* Books the service at `start` if everybody is free. */
static bool plan_one(struct plan *p, int provider, int service, int64_t start)
{
    static const char *const notes[] = { "Bring the old X-rays", "First visit with us", "Wants the same room as last time", "Sensitive teeth, lower left" };
    const struct service *s = &p->services[service];
    struct planned *x = &p->appts[p->n_appts];
    struct appointment *a = &x->a;
    int64_t end = start + s->duration_min * USEC_PER_MIN, now = p->clinic->now;
    int64_t from = start - s->buffer_before_min * USEC_PER_MIN, to = end + s->buffer_after_min * USEC_PER_MIN;
    size_t client;
    *x = (struct planned){ 0 };
    if (p->n_appts + 1 == APPOINTMENTS_CAP || !is_free(p, p->providers[provider].id, from, to) || !choose_chair(p, service, from, to, &x->chair)) return false;
    if (!choose_patient(p, service, start, end, a, &client)) return false;
    a->id = id_new();
    a->service_id = s->id;
    a->provider_id = p->providers[provider].id;
    a->location_id = p->location.id;
    a->start = start;
    a->end = end;
    a->buffer_before_min = s->buffer_before_min;
    a->buffer_after_min = s->buffer_after_min;
    a->time_zone = p->location.time_zone;
    a->price_minor = s->price_minor;
    a->currency = s->currency;
    a->version = 1;
    a->status = state_of(p, start, end);
    a->source = demo_chance(&p->random, 45) ? SOURCE_PUBLIC : SOURCE_STAFF;
    a->client_zone = a->source == SOURCE_PUBLIC ? p->location.time_zone : NULL;
    a->notes = demo_chance(&p->random, 10) ? notes[demo_below(&p->random, ARRAY_LEN(notes))] : NULL;
    if (a->status == APPT_CANCELLED) {
        a->cancelled_by = demo_chance(&p->random, 70) ? "client" : "staff";
        a->cancel_reason = demo_chance(&p->random, 50) ? "Cannot come that day" : NULL;
    }
    x->created_at = (start < now ? start : now) - (1 + demo_below(&p->random, 20 * 24)) * USEC_PER_HOUR;
    x->part = (struct appt_part){ .subject_id = x->chair, .kind = PART_RESOURCE, .start = start, .end = end };
    if (!id_is_nil(x->chair)) a->parts = (struct list){ &x->part, 1 };
    a->lead_min = a->seat_no = NONE;
    settle(p, x);
    count(p, client, a->status);
    p->n_appts++;
    return true;
}

static int choose_service(struct plan *p, int provider)
{
    int all[SERVICES] = { 0 }, n = 0;
    for (int i = 0; i < SERVICES; i++)
        if (offers[i].providers >> provider & 1) all[n++] = i;
    return all[demo_below(&p->random, n)];
}

/* One stretch of work, from its beginning to its end, booked and left free by turns. */
static void plan_stretch(struct plan *p, const struct work *w, int64_t date)
{
    int at = w->from;
    while (at < w->to) {
        int service = choose_service(p, w->provider);
        const struct offer *o = &offers[service];
        int start = (at + o->before + STEP_MIN - 1) / STEP_MIN * STEP_MIN, end = start + o->minutes + o->after;
        bool wanted = demo_chance(&p->random, BOOKED_PERCENT);
        if (wanted && end <= w->to && plan_one(p, w->provider, service, instant_at(p, date, start))) at = end;
        else at += 2 * STEP_MIN;
    }
}

static void plan_days(struct plan *p, int64_t today, int64_t days)
{
    for (int64_t date = today - days; date <= today + days; date++) {
        p->n_taken = 0;
        if (closed_on(p, date)) continue;
        int64_t begins = zone_midnight(p->zone, date), ends = zone_midnight(p->zone, date + 1);
        for (size_t i = 0; i < p->n_blocked; i++)
            if (p->blocked[i].start < ends && p->blocked[i].end > begins) take(p, p->blocked[i].subject_id, p->blocked[i].start, p->blocked[i].end);
        for (size_t i = 0; i < ARRAY_LEN(hours); i++)
            if (hours[i].weekday == date_weekday(date)) plan_stretch(p, &hours[i], date);
    }
}

/* ---- into the database ------------------------------------------------------------------------------------------------------------ */

static void plan_shop(struct plan *p)
{
    for (size_t i = 0; i < ARRAY_LEN(rates); i++)
        p->rates[i] = (struct tax_rate){ .id = id_new(), .name = rates[i].name, .ppm = rates[i].ppm, .version = 1, .created_at = p->clinic->now };
    for (size_t i = 0; i < ARRAY_LEN(goods); i++)
        p->goods[i] = (struct product){ .id = id_new(), .name = goods[i].name, .sku = goods[i].sku, .price_minor = goods[i].price, .currency = p->clinic->tenant.currency,
            .tax_rate_id = p->rates[goods[i].rate].id, .version = 1 };
    p->till = (struct till){ .id = id_new(), .location_id = p->location.id, .name = "Front desk", .currency = p->clinic->tenant.currency, .carry_minor = NONE, .version = 1 };
}

static enum rc insert_shop(struct tx *tx, const struct plan *p)
{
    for (size_t i = 0; i < ARRAY_LEN(rates); i++) TRY(taxes_insert(tx, &p->rates[i]));
    for (size_t i = 0; i < ARRAY_LEN(goods); i++) TRY(products_insert(tx, &p->goods[i]));
    return till_insert(tx, &p->till);
}

static enum rc insert_place(struct tx *tx, const struct plan *p)
{
    for (int i = 0; i < CHAIRS; i++) TRY(resources_insert(tx, &p->chairs[i]));
    for (int i = 0; i < PROVIDERS; i++) TRY(providers_insert(tx, &p->providers[i], p->clinic->now));
    for (size_t i = 0; i < ARRAY_LEN(hours); i++) TRY(hours_insert(tx, p->hour_ids[i], &p->hours[i]));
    for (int i = 0; i < SERVICES; i++) {
        TRY(services_insert(tx, &p->services[i], p->clinic->now));
    }
    for (size_t i = 0; i < ARRAY_LEN(p->holidays); i++) TRY(holidays_insert(tx, &p->holidays[i]));
    return insert_shop(tx, p);
}

static enum rc insert_claim(struct tx *tx, struct id subject, struct id location, struct id owner, int64_t from, int64_t to, int64_t core_start, int64_t core_end, enum claim_kind kind)
{
    if (to <= from) return RC_OK;
    return claims_insert(tx, &(struct claim){ .subject_id = subject, .location_id = location, .owner_id = owner, .starts_at = from, .ends_at = to, .core_start = core_start,
        .core_end = core_end, .kind = kind, .expires_at = NONE });
}

static enum rc insert_blocked(struct tx *tx, const struct blocked_time *b)
{
    TRY(blocked_insert(tx, b));
    return insert_claim(tx, b->subject_id, ID_NIL, b->id, b->start, b->end, b->start, b->end, CLAIM_BLOCKED);
}

static enum rc insert_appointment(struct tx *tx, const struct planned *x)
{
    const struct appointment *a = &x->a;
    int64_t from = a->start - a->buffer_before_min * USEC_PER_MIN;
    TRY(appointments_insert(tx, a, x->created_at));
    if (a->status == APPT_CANCELLED) TRY(appointments_update(tx, a, 1, x->created_at + USEC_PER_HOUR / 2, RC_FAULT)); /* who cancelled */
    if (x->hold_end <= a->start) return RC_OK;
    TRY(insert_claim(tx, a->provider_id, a->location_id, a->id, from, x->hold_end, a->start, a->end, CLAIM_APPOINTMENT));
    TRY(insert_claim(tx, a->patient_id, ID_NIL, a->id, a->start, x->hold_end < a->end ? x->hold_end : a->end, a->start, a->end, CLAIM_APPOINTMENT));
    if (id_is_nil(x->chair)) return RC_OK;
    return insert_claim(tx, x->chair, ID_NIL, a->id, from, x->hold_end, a->start, a->end, CLAIM_APPOINTMENT);
}

static enum rc insert_all(struct tx *tx, void *arg)
{
    const struct plan *p = arg;
    TRY(demo_found(tx, p->clinic, p->location.id, p->audit_id));
    TRY(insert_place(tx, p));
    for (size_t i = 0; i < CLIENTS; i++) TRY(clients_insert(tx, &p->clients[i]));
    for (size_t i = 0; i < p->n_children; i++) TRY(patients_insert(tx, &p->patients[i]));
    for (size_t i = 0; i < p->n_blocked; i++) TRY(insert_blocked(tx, &p->blocked[i]));
    for (size_t i = 0; i < p->n_appts; i++) TRY(insert_appointment(tx, &p->appts[i]));
    for (size_t i = 0; i < CLIENTS; i++) {
        const struct stats_change *s = &p->stats[i];
        if (s->visits || s->no_shows || s->cancellations) TRY(clients_add_stats(tx, s));
        TRY(appointments_refresh_client(tx, s->client, p->clinic->now));
    }
    return RC_OK;
}

static struct demo_counts counted(const struct plan *p)
{
    return (struct demo_counts){ .locations = 1, .resources = CHAIRS, .providers = PROVIDERS, .services = SERVICES, .clients = CLIENTS,
        .patients = CLIENTS + (int64_t)p->n_children, .appointments = (int64_t)p->n_appts, .holidays = ARRAY_LEN(p->holidays),
        .blocked = (int64_t)p->n_blocked, .users = (int64_t)p->clinic->n_users };
}

static void plan_all(struct plan *p, int64_t days)
{
    int64_t today = zone_date(p->zone, p->clinic->now);
    struct id provider_member = ID_NIL;
    for (size_t i = 0; i < p->clinic->n_users; i++)
        if (p->clinic->users[i].role == ROLE_PROVIDER) provider_member = p->clinic->users[i].member;
    plan_place(p);
    plan_people(p, provider_member);
    plan_shop(p);
    plan_services(p);
    plan_clients(p);
    plan_closed(p, today, days);
    plan_days(p, today, days);
}

/* What the money is about. */
static enum rc books_of(const struct plan *p, struct demo_books *b)
{
    struct id *services = arena_alloc(p->arena, SERVICES * sizeof *services), *goods_ids = arena_alloc(p->arena, sizeof p->goods), *clients = arena_alloc(p->arena, 2 * sizeof *clients);
    *b = (struct demo_books){ .location = p->location.id, .till = p->till.id, .package_service = p->services[1].id, .services = services, .goods = goods_ids,
        .clients = clients, .visits = arena_alloc(p->arena, (p->n_appts + 1) * sizeof *b->visits) };
    if (!services || !goods_ids || !clients || !b->visits) return RC_OOM;
    for (int i = 0; i < SERVICES; i++) services[i] = p->services[i].id;
    for (size_t i = 0; i < ARRAY_LEN(p->goods); i++) goods_ids[i] = p->goods[i].id;
    for (size_t i = 0; i < 2; i++) clients[i] = p->clients[i].client.id;
    for (size_t i = 0; i < p->n_appts; i++) {
        const struct appointment *a = &p->appts[i].a;
        if (a->status == APPT_COMPLETED) b->visits[b->n_visits++] = (struct demo_visit){ a->id, a->client_id, a->service_id, a->start, a->end };
    }
    return RC_OK;
}

enum rc demo_clinic_make(struct cli_db *d, struct demo_clinic *c, int64_t days)
{
    struct plan *p = arena_alloc(d->arena, sizeof *p);
    if (!p) return RC_OOM;
    *p = (struct plan){ .arena = d->arena, .clinic = c, .zone = zone_find(c->tenant.time_zone), .random = { 20261122 }, .audit_id = id_new() };
    p->blocked = arena_alloc(d->arena, (size_t)(days + 20) * sizeof *p->blocked);
    p->appts = arena_alloc(d->arena, APPOINTMENTS_CAP * sizeof *p->appts);
    if (!p->blocked || !p->appts) return RC_OOM;
    if (!p->zone) return fault(RC_FAULT, "no time zone %s: install tzdata", c->tenant.time_zone);
    plan_all(p, days);
    struct demo_books books;
    TRY(books_of(p, &books));
    TRY(db_tx(d->tdb, "demo.clinic", insert_all, p));
    TRY(demo_money(d, c, &books));
    c->made = counted(p);
    return RC_OK;
}
