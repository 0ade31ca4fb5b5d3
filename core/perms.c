/* perms.c - the permission matrix (semantics: union matrix of the audited products, deny by default). */
#include "core/perms.h"
#include <stddef.h>

const char *const role_names[] = { "owner", "admin", "provider", "staff", "viewer", "client", NULL };

#define O (1u << ROLE_OWNER)
#define A (1u << ROLE_ADMIN)
#define P (1u << ROLE_PROVIDER)
#define S (1u << ROLE_STAFF)
#define V (1u << ROLE_VIEWER)

const struct perm_row perm_rows[PERM_N] = {
    [PERM_SCHEDULE_READ_BIT] = { "schedule.read", "See the calendar, free times and appointments", O | A | P | S | V },
    [PERM_SCHEDULE_WRITE_BIT] = { "schedule.write", "Book, move, cancel and change the state of appointments; block time", O | A | P | S },
    [PERM_OVERBOOK_BIT] = { "schedule.overbook", "Book over taken time on purpose, with a reason", O | A | S },
    [PERM_STATE_UNDO_BIT] = { "schedule.undo", "Take back a state such as completed or no-show", O | A | S },
    [PERM_CLIENTS_READ_BIT] = { "clients.read", "See clients and their patients", O | A | P | S | V },
    [PERM_CLIENTS_WRITE_BIT] = { "clients.write", "Create, change, delete and restore clients and patients", O | A | S },
    [PERM_SETTINGS_READ_BIT] = { "settings.read", "See services, providers, hours, locations and the clinic's settings", O | A | P | S | V },
    [PERM_SETTINGS_WRITE_BIT] = { "settings.write", "Change services, providers, hours, locations and the clinic's settings", O | A },
    [PERM_TEAM_READ_BIT] = { "team.read", "See the team and its roles", O | A | V },
    [PERM_TEAM_WRITE_BIT] = { "team.write", "Invite, change the role of and remove members", O | A },
    [PERM_AUDIT_READ_BIT] = { "audit.read", "Read the audit log", O | A | V },
    [PERM_LEDGER_READ_BIT] = { "ledger.read", "See accounts, transfers, statements and the trial balance", O | A | V },
    [PERM_LEDGER_WRITE_BIT] = { "ledger.write", "Open and close accounts; adjust, hold, post, void and reverse transfers, with a reason", O | A },
    [PERM_ORDERS_READ_BIT] = { "orders.read", "See orders, payments, refunds, invoices and the till", O | A | P | S | V },
    [PERM_ORDERS_WRITE_BIT] = { "orders.write", "Make orders and invoices, take payments, open and close the till", O | A | S },
    [PERM_REFUNDS_WRITE_BIT] = { "refunds.write", "Give money back, and depart from the cancellation terms with a reason", O | A },
    [PERM_WALLETS_READ_BIT] = { "wallets.read", "See wallets, benefit plans and claims", O | A | S | V },
    [PERM_WALLETS_WRITE_BIT] = { "wallets.write", "Enrol members, pay from wallets, top them up, take in claims", O | A | S },
    [PERM_WALLETS_APPROVE_BIT] = { "wallets.approve", "Set up sponsors and plans, review claims, approve adjustments", O | A },
};

uint64_t role_perms(int64_t role)
{
    uint64_t perms = 0;
    if (role < 0 || role >= ROLE_N) return 0;
    for (int i = 0; i < PERM_N; i++)
        if (perm_rows[i].roles >> role & 1) perms |= 1ull << i;
    return perms;
}
