/* commands.c - the commands the modules bring: clinics, their people, and the demo clinic. */
#include "core/cli.h"
#include "modules/demo/demo.h"
#include "modules/documents/documents.h"
#include "modules/identity/identity.h"
#include "modules/ledger/ledger.h"
#include "modules/orders/orders.h"
#include "modules/wallets/wallets.h"
#include <stdio.h>
#include <string.h>

/* ---- what the options must look like -------------------------------------------------------------------------------------- */

static bool good_slug(const char *s)
{
    size_t n = strlen(s);
    return n >= 2 && n <= 60 && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n && s[0] != '-' && s[n - 1] != '-';
}

static bool good_name(const char *s)
{
    return utf8_valid(s, strlen(s)) && utf8_length(s) >= 1 && utf8_length(s) <= 120 && !strpbrk(s, "\r\n\t") && s[strspn(s, " ")];
}

static bool good_currency(const char *s) { return strlen(s) == 3 && strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3; }

static bool good_password(const struct cli *cli, const char *p)
{
    bool good = utf8_valid(p, strlen(p)) && utf8_length(p) >= PASSWORD_MIN && utf8_length(p) <= PASSWORD_MAX;
    if (!good) cli_fail(cli, "the password must have %d to %d characters", PASSWORD_MIN, PASSWORD_MAX);
    return good;
}

/* The hash of a password that was asked for, or NULL: said why. */
static const char *new_hash(const struct cli *cli, struct arena *arena)
{
    char hash[PASSWORD_HASH_TEXT];
    const char *password = cli_password(cli, arena);
    if (!password || !good_password(cli, password)) return NULL;
    if (seal_password_hash(password, hash) == RC_OK) return arena_strdup(arena, hash);
    cli_fail(cli, "no memory to hash the password");
    return NULL;
}

/* The clinic --tenant names. */
static bool find_tenant(const struct cli *cli, struct cli_db *d, struct id *out)
{
    const char *slug = cli_value(cli, "--tenant");
    enum rc rc = tenants_by_slug(cli_db_begin(d, ID_NIL), slug, out);
    if (rc == RC_NOT_FOUND) cli_fail(cli, "there is no clinic '%s'; clinicd tenant list shows them", slug);
    else if (rc != RC_OK) cli_fail_rc(cli, rc, "the clinic cannot be read");
    return rc == RC_OK;
}

/* Opens the database, does the work, closes it. */
static int with_flags(struct cli *cli, unsigned flags, int (*work)(struct cli *, struct cli_db *))
{
    struct cli_db d;
    if (!cli_db_open(cli, flags, &d)) return CLI_FAILED;
    int code = work(cli, &d);
    cli_db_close(&d);
    return code;
}

static int with_database(struct cli *cli, int (*work)(struct cli *, struct cli_db *)) { return with_flags(cli, 0, work); }

/* For what only reads: also beside a server that runs. */
static int with_reader(struct cli *cli, int (*work)(struct cli *, struct cli_db *)) { return with_flags(cli, DB_READ_ONLY, work); }

/* ---- tenant ------------------------------------------------------------------------------------------------------------------ */

struct founding { struct new_clinic clinic; struct id audit_id; };

static enum rc found_tx(struct tx *tx, void *arg)
{
    struct founding *f = arg;
    TRY(identity_insert_clinic(tx, &f->clinic));
    return tx_audit_system(tx, "command line", f->clinic.now,
        &(struct audit_entry){ f->audit_id, "tenant.create", "tenant", f->clinic.tenant.id, NULL, false });
}

/* An account that is there keeps its password and gets one more clinic. */
static int find_account(struct cli *cli, struct cli_db *d, const char *email, const char *name, struct account *out, bool *exists)
{
    enum rc rc = accounts_by_email(d->tdb, email, out);
    *exists = rc == RC_OK;
    if (rc == RC_OK) return CLI_DONE;
    if (rc != RC_NOT_FOUND) return cli_fail_rc(cli, rc, "the account cannot be read");
    const char *hash = new_hash(cli, d->arena);
    if (!hash) return CLI_FAILED;
    *out = (struct account){ .id = id_new(), .email = email, .name = name, .password_hash = hash, .verified_at = now_us() };
    return CLI_DONE;
}

static int tenant_add(struct cli *cli, struct cli_db *d)
{
    struct founding f = { .audit_id = id_new() };
    struct new_clinic *c = &f.clinic;
    cli_db_begin(d, ID_NIL);
    const char *email = email_normal(d->arena, cli_value(cli, "--email")), *owner = cli_value(cli, "--owner-name");
    if (!email) return cli_refuse(cli, "--email must be an e-mail address");
    c->tenant = tenants_default();
    c->now = now_us();
    int code = find_account(cli, d, email, owner, &c->account, &c->account_exists);
    if (code) return code;
    c->tenant.id = id_new();
    c->tenant.slug = cli_value(cli, "--slug");
    c->tenant.name = cli_value(cli, "--name");
    c->tenant.time_zone = cli_value(cli, "--zone");
    c->tenant.currency = cli_value(cli, "--currency");
    c->tenant.email = email;
    c->owner = (struct member){ .id = id_new(), .account_id = c->account.id, .tenant_id = c->tenant.id, .role = ROLE_OWNER, .name = owner, .email = email,
        .created_at = c->now, .version = 1 };
    c->location = (struct location){ .id = id_new(), .name = c->tenant.name, .time_zone = c->tenant.time_zone, .version = 1 };
    enum rc rc = db_tx(d->tdb, "tenant.add", found_tx, &f);
    if (rc == RC_CONFLICT) return cli_fail(cli, "there is a clinic '%s' already", c->tenant.slug);
    if (rc != RC_OK) return cli_fail_rc(cli, rc, "the clinic cannot be made");
    printf("made the clinic %s; booking page /book/%s, staff sign in at /app%s\n", c->tenant.slug, c->tenant.slug,
        c->account_exists ? " (the account was there and keeps its password)" : "");
    return CLI_DONE;
}

static int tenant_add_run(struct cli *cli)
{
    if (!good_slug(cli_value(cli, "--slug"))) return cli_refuse(cli, "--slug must have 2 to 60 of a-z, 0-9 and -, and not begin or end with -");
    if (tenants_slug_reserved(cli_value(cli, "--slug"))) return cli_refuse(cli, "--slug is a word that public addresses use; choose another one");
    if (!good_name(cli_value(cli, "--name"))) return cli_refuse(cli, "--name must have 1 to 120 characters");
    if (!good_name(cli_value(cli, "--owner-name"))) return cli_refuse(cli, "--owner-name must have 1 to 120 characters");
    if (!zone_find(cli_value(cli, "--zone"))) return cli_refuse(cli, "--zone must be a time zone such as Europe/Bucharest");
    if (!good_currency(cli_value(cli, "--currency"))) return cli_refuse(cli, "--currency must be three capitals such as EUR");
    return with_database(cli, tenant_add);
}

static int tenant_list(struct cli *cli, struct cli_db *d)
{
    struct list all;
    enum rc rc = tenants_list(cli_db_begin(d, ID_NIL), &all);
    if (rc != RC_OK) return cli_fail_rc(cli, rc, "the clinics cannot be read");
    for (size_t i = 0; i < all.n; i++) {
        const struct tenant *t = LIST_AT(all, struct tenant, i);
        printf("%-20s %-24s %s  %s\n", t->slug, t->time_zone, t->currency, t->name);
    }
    return CLI_DONE;
}

static int tenant_list_run(struct cli *cli) { return with_reader(cli, tenant_list); }

/* ---- user -------------------------------------------------------------------------------------------------------------------- */

struct joining { struct account account; struct member member; struct id audit_id; bool account_exists; int64_t now; };

static enum rc join_tx(struct tx *tx, void *arg)
{
    struct joining *j = arg;
    if (!j->account_exists) TRY(accounts_insert(tx, &j->account, j->now));
    TRY(tx_enter_tenant(tx, j->member.tenant_id));
    TRY(members_insert(tx, &j->member));
    return tx_audit_system(tx, "command line", j->now, &(struct audit_entry){ j->audit_id, "member.create", "member", j->member.id, NULL, false });
}

static int user_add(struct cli *cli, struct cli_db *d)
{
    struct joining j = { .audit_id = id_new(), .now = now_us() };
    struct id tenant;
    if (!find_tenant(cli, d, &tenant)) return CLI_FAILED;
    const char *email = email_normal(d->arena, cli_value(cli, "--email")), *name = cli_value(cli, "--name");
    if (!email) return cli_refuse(cli, "--email must be an e-mail address");
    int code = find_account(cli, d, email, name, &j.account, &j.account_exists);
    if (code) return code;
    j.member = (struct member){ .id = id_new(), .account_id = j.account.id, .tenant_id = tenant, .role = enum_find(role_names, cli_value(cli, "--role")),
        .name = name, .email = email, .created_at = j.now, .version = 1 };
    enum rc rc = db_tx(d->tdb, "user.add", join_tx, &j);
    if (rc == RC_CONFLICT) return cli_fail(cli, "this account belongs to the clinic already; clinicd user list shows its people");
    if (rc != RC_OK) return cli_fail_rc(cli, rc, "the member cannot be added");
    printf("added a member with the role %s%s\n", role_names[j.member.role], j.account_exists ? "; the account was there and keeps its password" : "");
    return CLI_DONE;
}

static int user_add_run(struct cli *cli)
{
    int64_t role = enum_find(role_names, cli_value(cli, "--role"));
    if (role < 0 || role >= ROLE_CLIENT) return cli_refuse(cli, "--role must be owner, admin, provider, staff or viewer");
    if (!good_name(cli_value(cli, "--name"))) return cli_refuse(cli, "--name must have 1 to 120 characters");
    return with_database(cli, user_add);
}

static int user_list(struct cli *cli, struct cli_db *d)
{
    struct list all;
    struct id tenant;
    if (!find_tenant(cli, d, &tenant)) return CLI_FAILED;
    enum rc rc = members_list(cli_db_begin(d, tenant), &all);
    if (rc != RC_OK) return cli_fail_rc(cli, rc, "the members cannot be read");
    for (size_t i = 0; i < all.n; i++) {
        const struct member *m = LIST_AT(all, struct member, i);
        printf("%-9s %-32s %s\n", role_names[m->role], m->email, m->name);
    }
    return CLI_DONE;
}

static int user_list_run(struct cli *cli) { return with_reader(cli, user_list); }

struct password_change { struct id account; const char *hash; };

/* Whoever knew the old password is signed out everywhere. */
static enum rc password_tx(struct tx *tx, void *arg)
{
    struct password_change *c = arg;
    TRY(accounts_set_password(tx, c->account, c->hash));
    return sessions_delete_others(tx, c->account, c->account); /* no session has the account's id */
}

static int user_password(struct cli *cli, struct cli_db *d)
{
    struct account account = { 0 };
    struct password_change c = { 0 };
    cli_db_begin(d, ID_NIL);
    const char *email = email_normal(d->arena, cli_value(cli, "--email"));
    if (!email) return cli_refuse(cli, "--email must be an e-mail address");
    enum rc rc = accounts_by_email(d->tdb, email, &account);
    if (rc == RC_NOT_FOUND) return cli_fail(cli, "there is no account with this address");
    if (rc != RC_OK) return cli_fail_rc(cli, rc, "the account cannot be read");
    c.account = account.id;
    c.hash = new_hash(cli, d->arena);
    if (!c.hash) return CLI_FAILED;
    rc = db_tx(d->tdb, "user.password", password_tx, &c);
    if (rc != RC_OK) return cli_fail_rc(cli, rc, "the password cannot be changed");
    puts("the password is changed; all sessions of the account are ended");
    return CLI_DONE;
}

static int user_password_run(struct cli *cli) { return with_database(cli, user_password); }

/* ---- verify ------------------------------------------------------------------------------------------------------------------ */

static int verify_one(const struct cli *cli, struct cli_db *d, struct arena *arena, const char *slug, struct id tenant)
{
    struct ledger_proof proof;
    arena_reset(arena);
    tdb_begin(d->tdb, arena, tenant);
    enum rc rc = ledger_verify(d->tdb, now_us(), &proof);
    if (rc != RC_OK) return cli_fail_rc(cli, rc, "the ledger cannot be read");
    printf("%s: %lld accounts, %lld transfers, %lld links, head %s\n", slug, (long long)proof.accounts, (long long)proof.transfers, (long long)proof.seals,
        *proof.head ? proof.head : "(none)");
    return proof.breach ? cli_fail(cli, "%s: %s", slug, proof.breach) : CLI_DONE;
}

/* What claims, uses of wallets and families' limits say, and what was paid. */
static int verify_claims_of(const struct cli *cli, struct cli_db *d, struct arena *arena, const char *slug, struct id tenant)
{
    struct wallets_proof proof;
    arena_reset(arena);
    tdb_begin(d->tdb, arena, tenant);
    enum rc rc = wallets_verify(d->tdb, &proof);
    if (rc != RC_OK) return cli_fail_rc(cli, rc, "the wallets cannot be read");
    printf("%s: %lld wallets, %lld buckets, %lld uses, %lld claims\n", slug, (long long)proof.wallets, (long long)proof.buckets, (long long)proof.uses, (long long)proof.claims);
    return proof.breach ? cli_fail(cli, "%s: %s", slug, proof.breach) : CLI_DONE;
}

static int verify_orders_of(const struct cli *cli, struct cli_db *d, struct arena *arena, const char *slug, struct id tenant)
{
    struct orders_proof proof;
    arena_reset(arena);
    tdb_begin(d->tdb, arena, tenant);
    enum rc rc = orders_verify(d->tdb, &proof);
    if (rc != RC_OK) return cli_fail_rc(cli, rc, "the orders cannot be read");
    printf("%s: %lld orders, %lld payments, %lld refunds\n", slug, (long long)proof.orders, (long long)proof.payments, (long long)proof.refunds);
    return proof.breach ? cli_fail(cli, "%s: %s", slug, proof.breach) : CLI_DONE;
}

static int verify_documents_of(const struct cli *cli, struct cli_db *d, struct arena *arena, const char *slug, struct id tenant)
{
    struct documents_proof proof;
    arena_reset(arena);
    tdb_begin(d->tdb, arena, tenant);
    enum rc rc = documents_verify(d->tdb, &proof);
    if (rc != RC_OK) return cli_fail_rc(cli, rc, "the documents cannot be read");
    printf("%s: %lld documents in %lld series\n", slug, (long long)proof.documents, (long long)proof.series);
    return proof.breach ? cli_fail(cli, "%s: %s", slug, proof.breach) : CLI_DONE;
}

typedef int verify_fn(const struct cli *, struct cli_db *, struct arena *, const char *slug, struct id tenant);
static int verify_each(struct cli *cli, struct cli_db *d, struct arena *arena, verify_fn *verify)
{
    const char *only = cli_value(cli, "--tenant");
    int code = CLI_DONE;
    bool found = false;
    struct list all;
    enum rc rc = tenants_list(cli_db_begin(d, ID_NIL), &all);
    if (rc != RC_OK) return cli_fail_rc(cli, rc, "the clinics cannot be read");
    for (size_t i = 0; i < all.n; i++) {
        const struct tenant *t = LIST_AT(all, struct tenant, i);
        if (only && strcmp(only, t->slug) != 0) continue;
        found = true;
        int one = verify(cli, d, arena, t->slug, t->id);
        if (one != CLI_DONE) code = one;
    }
    return found || !only ? code : cli_fail(cli, "there is no clinic '%s'; clinicd tenant list shows them", only);
}

static int verify_with(struct cli *cli, struct cli_db *d, size_t bytes, verify_fn *verify)
{
    struct arena *arena = arena_new(bytes);
    int code = arena ? verify_each(cli, d, arena, verify) : cli_fail(cli, "no memory");
    arena_free(arena);
    return code;
}

static int verify_ledger(struct cli *cli, struct cli_db *d) { return verify_with(cli, d, LEDGER_VERIFY_BYTES, verify_one); }
static int verify_orders(struct cli *cli, struct cli_db *d) { return verify_with(cli, d, 4 << 20, verify_orders_of); }
static int verify_claims(struct cli *cli, struct cli_db *d) { return verify_with(cli, d, 4 << 20, verify_claims_of); }
static int verify_documents(struct cli *cli, struct cli_db *d) { return verify_with(cli, d, 4 << 20, verify_documents_of); }
static int verify_ledger_run(struct cli *cli) { return with_reader(cli, verify_ledger); }
static int verify_orders_run(struct cli *cli) { return with_reader(cli, verify_orders); }
static int verify_claims_run(struct cli *cli) { return with_reader(cli, verify_claims); }
static int verify_documents_run(struct cli *cli) { return with_reader(cli, verify_documents); }

/* ---- the table ------------------------------------------------------------------------------------------------------------------ */

#define PASSWORD_OPTION { "--password", "TEXT", "Else it is asked for, or read from standard input (others can see a command line)", false }
static const struct cli_option tenant_add_options[] = {
    { "--slug", "SLUG", "Short name in the booking page's address", true }, { "--name", "TEXT", "Name of the clinic", true },
    { "--zone", "ZONE", "Time zone such as Europe/Bucharest", true }, { "--currency", "CODE", "Currency of prices, such as EUR", true },
    { "--email", "ADDRESS", "E-mail address of the owner", true }, { "--owner-name", "TEXT", "Name of the owner", true }, PASSWORD_OPTION, { 0 } };
static const struct cli_option user_add_options[] = {
    { "--tenant", "SLUG", "The clinic", true }, { "--email", "ADDRESS", "E-mail address, with which the person signs in", true },
    { "--name", "TEXT", "Name as colleagues see it", true }, { "--role", "ROLE", "owner, admin, provider, staff or viewer", true }, PASSWORD_OPTION, { 0 } };
static const struct cli_option user_list_options[] = { { "--tenant", "SLUG", "The clinic", true }, { 0 } };
static const struct cli_option user_password_options[] = { { "--email", "ADDRESS", "E-mail address of the account", true }, PASSWORD_OPTION, { 0 } };
static const struct cli_option verify_ledger_options[] = { { "--tenant", "SLUG", "Only this clinic", false }, { 0 } };
static const struct cli_option demo_options[] = {
    { "--password", "TEXT", "Password of all demo accounts; one is made when none is given", false },
    { "--days", "N", "Days of appointments before and after today (default 21, at most 60)", false },
    { "--appointments", "N", "Add N appointments to a second clinic, 'bench', for load tests", false }, { 0 } };

const struct command module_commands[] = {
    { "tenant add", "Make a clinic with its owner",
        "Makes a clinic, its first location and the account of its owner. An account that exists already gets one more clinic and keeps\n"
        "its password. With SQLite the server must not run meanwhile.",
        "clinicd tenant add --slug riverside --name 'Riverside Clinic' --zone Europe/Bucharest --currency EUR \\\n"
        "      --email owner@example.com --owner-name 'Ana Ionescu'",
        tenant_add_options, tenant_add_run },
    { "tenant list", "List the clinics", "Prints a line for each clinic: short name, time zone, currency, name.", "clinicd tenant list", NULL, tenant_list_run },
    { "user add", "Add a person to a clinic",
        "Makes an account when there is none for the address, and a member of the clinic with a role. What each role may do:\n"
        "clinicd permissions. With SQLite the server must not run meanwhile.",
        "clinicd user add --tenant riverside --email desk@example.com --name 'Front desk' --role staff", user_add_options, user_add_run },
    { "user list", "List the people of a clinic", "Prints a line for each member: role, address, name.", "clinicd user list --tenant riverside", user_list_options,
        user_list_run },
    { "user password", "Set a new password",
        "Sets the password of an account and ends all its sessions: for those who cannot sign in any more.",
        "clinicd user password --email desk@example.com", user_password_options, user_password_run },
    { "verify ledger", "Prove the ledgers",
        "Reads every transfer once and proves that none was changed, added or left out, that each account has what its transfers make, that none\n"
        "is below its floor, that what was held ended at most once, and that all accounts of a unit add up to zero. Prints the head of each\n"
        "clinic's chain; the exit code is 1 and the first row that breaks something is named. The server may run meanwhile.",
        "clinicd verify ledger --tenant riverside", verify_ledger_options, verify_ledger_run },
    { "verify orders", "Prove that orders and ledger agree",
        "Proves of every clinic that orders are the sum of their lines, payments and refunds, that no payment gave back more than it was, and that\n"
        "the ledger moved exactly that. The exit code is 1 and the first row that does not agree is named. The server may run meanwhile.",
        "clinicd verify orders --tenant riverside", verify_ledger_options, verify_orders_run },
    { "verify claims", "Prove wallets and claims",
        "Shows that what wallets paid and got back, what families used of their limits, and what claims and corrections moved is what orders and the ledger\n"
        "say, or names the first row that is not. The server may run meanwhile.",
        "clinicd verify claims --tenant riverside", verify_ledger_options, verify_claims_run },
    { "verify documents", "Prove invoices, receipts and credit notes",
        "Proves of every clinic that no number of a series is missing, that what stands on each document adds up and is what its order says, that receipts are\n"
        "of what was paid and credit notes never of more than was invoiced. The exit code is 1 and the first that is wrong is named. The server may run meanwhile.",
        "clinicd verify documents --tenant riverside", verify_ledger_options, verify_documents_run },
    { "demo", "Make a clinic to try things out",
        "Makes the clinic 'demo' with a team, services, 200 clients, six weeks of appointments around today and the money of the last\n"
        "days (payments, invoices, a till, a plan with wallets), and prints what it made as JSON. Sign in as owner@demo.test,\n"
        "desk@demo.test, provider@demo.test or viewer@demo.test. A second run changes nothing, except that --password sets the\n"
        "passwords anew. With --appointments it also fills a clinic 'bench' (bench@demo.test) with a long past and future, leaving the\n"
        "coming 60 days free. With SQLite the server must not run meanwhile.",
        "clinicd demo --data ./data --password 'a long password'", demo_options, demo_run },
    { 0 },
};
