/* demo.c - the command: accounts and passwords, both clinics, and the report. */
#include "modules/demo/demo.h"
#include <stdio.h>
#include <string.h>

const struct module demo_module = { .name = "demo", .doc = "A clinic to try things out", .queries = demo_queries };

static struct demo_user demo_users[] = { { .email = "owner@demo.test", .name = "Irina Marin", .role = ROLE_OWNER },
    { .email = "desk@demo.test", .name = "Front desk", .role = ROLE_STAFF }, { .email = "provider@demo.test", .name = "Dr. Ana Ionescu", .role = ROLE_PROVIDER },
    { .email = "viewer@demo.test", .name = "Auditor", .role = ROLE_VIEWER } };
static struct demo_user bench_users[] = { { .email = "bench@demo.test", .name = "Bench", .role = ROLE_OWNER } };

enum rc demo_found(struct tx *tx, const struct demo_clinic *c, struct id location, struct id audit)
{
    for (size_t i = 0; i < c->n_users; i++) {
        const struct demo_user *u = &c->users[i];
        if (!u->exists) TRY(accounts_insert(tx, &(struct account){ .id = u->account, .email = u->email, .name = u->name, .password_hash = c->hash, .verified_at = c->now }, c->now));
    }
    TRY(tenants_insert(tx, &c->tenant, c->now));
    for (size_t i = 0; i < c->n_users; i++) {
        const struct demo_user *u = &c->users[i];
        TRY(members_insert(tx, &(struct member){ .id = u->member, .account_id = u->account, .tenant_id = c->tenant.id, .role = u->role, .name = u->name,
            .email = u->email, .created_at = c->now, .version = 1 }));
    }
    TRY(locations_insert(tx, &(struct location){ .id = location, .name = "Riverside", .time_zone = c->tenant.time_zone, .address = c->tenant.address,
        .phone = c->tenant.phone, .version = 1 }));
    return tx_audit_system(tx, "demo", c->now, &(struct audit_entry){ audit, "tenant.create", "tenant", c->tenant.id, NULL, false });
}

/* ---- accounts ------------------------------------------------------------------------------------------------------------- */

static enum rc find_users(struct cli_db *d, struct demo_clinic *c)
{
    for (size_t i = 0; i < c->n_users; i++) {
        struct demo_user *u = &c->users[i];
        struct account account = { 0 };
        enum rc rc = accounts_by_email(d->tdb, u->email, &account);
        if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
        u->exists = rc == RC_OK;
        u->account = u->exists ? account.id : id_new();
        u->member = id_new();
    }
    return RC_OK;
}

static enum rc passwords_tx(struct tx *tx, void *arg)
{
    const struct demo_clinic *c = arg;
    for (size_t i = 0; i < c->n_users; i++)
        if (c->users[i].exists) TRY(accounts_set_password(tx, c->users[i].account, c->hash));
    return RC_OK;
}

struct request {
    const char *password, *made_password; /* made_password: one we thought of, or NULL */
    int64_t days, appointments, now;
    char hash[PASSWORD_HASH_TEXT], token[TOKEN_TEXT];
};

/* A password is needed when one is given or an account is to be made. */
static enum rc prepare_password(struct request *q, struct demo_clinic *c)
{
    bool needed = q->password != NULL;
    for (size_t i = 0; i < c->n_users; i++) needed |= !c->users[i].exists;
    if (!needed || c->hash) return RC_OK;
    if (!q->password) {
        seal_token_new(q->token);
        q->token[16] = 0;
        q->password = q->made_password = q->token;
    }
    if (!*q->hash) TRY(seal_password_hash(q->password, q->hash));
    c->hash = q->hash;
    return RC_OK;
}

/* ---- the two clinics -------------------------------------------------------------------------------------------------------- */

static struct demo_clinic riverside(int64_t now)
{
    struct demo_clinic c = { .users = demo_users, .n_users = ARRAY_LEN(demo_users), .now = now };
    c.tenant = tenants_default();
    c.tenant.id = id_new();
    c.tenant.slug = "demo";
    c.tenant.name = "Riverside Clinic";
    c.tenant.time_zone = "Europe/Bucharest";
    c.tenant.currency = "EUR";
    c.tenant.locale = "en-GB"; /* days before months, 24 hours */
    c.tenant.phone = "+40700100100";
    c.tenant.email = "desk@demo.test";
    c.tenant.website = "https://riverside.example";
    c.tenant.address = "Splaiul Independenței 12, București";
    return c;
}

static struct demo_clinic bench(int64_t now)
{
    struct demo_clinic c = riverside(now);
    c.users = bench_users;
    c.n_users = ARRAY_LEN(bench_users);
    c.tenant.slug = "bench";
    c.tenant.name = "Bench Clinic";
    c.tenant.email = "bench@demo.test";
    return c;
}

static enum rc make(struct cli_db *d, struct request *q, struct demo_clinic *c, bool full)
{
    struct id there;
    cli_db_begin(d, ID_NIL);
    TRY(find_users(d, c));
    TRY(prepare_password(q, c));
    if (q->password && !q->made_password) TRY(db_tx(d->tdb, "demo.passwords", passwords_tx, c));
    if (full) return demo_bench_make(d, c, q->appointments);
    enum rc rc = tenants_by_slug(d->tdb, c->tenant.slug, &there);
    if (rc == RC_NOT_FOUND) return demo_clinic_make(d, c, q->days);
    c->tenant.id = there;
    return rc;
}

/* ---- the report --------------------------------------------------------------------------------------------------------------- */

static void write_clinic(struct json *j, const struct demo_clinic *c)
{
    const struct demo_counts *m = &c->made;
    char text[ID_TEXT];
    json_key(j, "tenant");
    json_obj(j);
    json_kstr(j, "id", id_format(c->tenant.id, text));
    json_kstr(j, "slug", c->tenant.slug);
    json_obj_end(j);
    json_key(j, "users");
    json_arr(j);
    for (size_t i = 0; i < c->n_users; i++) {
        json_obj(j);
        json_kstr(j, "email", c->users[i].email);
        json_kstr(j, "role", role_names[c->users[i].role]);
        json_obj_end(j);
    }
    json_arr_end(j);
    json_key(j, "created");
    json_obj(j);
    json_kint(j, "users", m->users);
    json_kint(j, "locations", m->locations);
    json_kint(j, "resources", m->resources);
    json_kint(j, "providers", m->providers);
    json_kint(j, "services", m->services);
    json_kint(j, "clients", m->clients);
    json_kint(j, "patients", m->patients);
    json_kint(j, "appointments", m->appointments);
    json_kint(j, "holidays", m->holidays);
    json_kint(j, "blocked_times", m->blocked);
    json_obj_end(j);
}

static void report(const struct request *q, const struct demo_clinic *c, const struct demo_clinic *full)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    buf_init(&b, 64 * 1024);
    struct json j = json_to(&b);
    json_obj(&j);
    write_clinic(&j, c);
    if (full) {
        json_key(&j, "bench");
        json_obj(&j);
        write_clinic(&j, full);
        json_obj_end(&j);
    }
    if (q->made_password) json_kstr(&j, "password", q->made_password);
    json_obj_end(&j);
    puts(buf_str(&b));
}

int demo_run(struct cli *cli)
{
    struct request q = { .password = cli_value(cli, "--password"), .now = now_us() };
    struct cli_db d;
    if (!cli_number(cli, "--days", 1, DEMO_DAYS_MAX, DEMO_DAYS, &q.days)) return CLI_USAGE;
    if (!cli_number(cli, "--appointments", 0, DEMO_APPOINTMENTS_MAX, 0, &q.appointments)) return CLI_USAGE;
    if (q.password && (!utf8_valid(q.password, strlen(q.password)) || utf8_length(q.password) < PASSWORD_MIN || utf8_length(q.password) > PASSWORD_MAX))
        return cli_refuse(cli, "--password must have %d to %d characters", PASSWORD_MIN, PASSWORD_MAX);
    if (!cli_db_open(cli, 0, &d)) return CLI_FAILED;
    struct demo_clinic c = riverside(q.now), full = bench(q.now);
    enum rc rc = settings.production ? RC_FORBIDDEN : make(&d, &q, &c, false);
    if (rc == RC_OK && q.appointments) rc = make(&d, &q, &full, true);
    cli_db_close(&d);
    if (rc == RC_FORBIDDEN) return cli_fail(cli, "the demo has known accounts; it is not made when CLINICD_ENV=production");
    if (rc != RC_OK) return cli_fail_rc(cli, rc, "the demo cannot be made");
    report(&q, &c, q.appointments ? &full : NULL);
    return CLI_DONE;
}
