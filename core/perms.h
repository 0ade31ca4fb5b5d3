/* perms.h - the permission matrix: one table that the router, the documents and the tests share. Deny by default. */
#pragma once
#include <stdint.h>

enum role { ROLE_OWNER, ROLE_ADMIN, ROLE_PROVIDER, ROLE_STAFF, ROLE_VIEWER, ROLE_CLIENT, ROLE_N };
extern const char *const role_names[]; /* "owner", ... NULL-terminated, in the order of enum role */

#define PERM_UNSET 0ull
#define PERM_PUBLIC (1ull << 63)     /* anyone, and it says so */
#define PERM_SIGNED_IN (1ull << 62)  /* any member of a tenant */
enum {
    PERM_SCHEDULE_READ_BIT, PERM_SCHEDULE_WRITE_BIT, PERM_OVERBOOK_BIT, PERM_STATE_UNDO_BIT,
    PERM_CLIENTS_READ_BIT, PERM_CLIENTS_WRITE_BIT, PERM_SETTINGS_READ_BIT, PERM_SETTINGS_WRITE_BIT,
    PERM_TEAM_READ_BIT, PERM_TEAM_WRITE_BIT, PERM_AUDIT_READ_BIT, PERM_LEDGER_READ_BIT, PERM_LEDGER_WRITE_BIT, PERM_N
};
#define PERM_(x) (1ull << PERM_##x##_BIT)
#define PERM_SCHEDULE_READ PERM_(SCHEDULE_READ)
#define PERM_SCHEDULE_WRITE PERM_(SCHEDULE_WRITE)
#define PERM_OVERBOOK PERM_(OVERBOOK)
#define PERM_STATE_UNDO PERM_(STATE_UNDO)
#define PERM_CLIENTS_READ PERM_(CLIENTS_READ)
#define PERM_CLIENTS_WRITE PERM_(CLIENTS_WRITE)
#define PERM_SETTINGS_READ PERM_(SETTINGS_READ)
#define PERM_SETTINGS_WRITE PERM_(SETTINGS_WRITE)
#define PERM_TEAM_READ PERM_(TEAM_READ)
#define PERM_TEAM_WRITE PERM_(TEAM_WRITE)
#define PERM_AUDIT_READ PERM_(AUDIT_READ)
#define PERM_LEDGER_READ PERM_(LEDGER_READ)
#define PERM_LEDGER_WRITE PERM_(LEDGER_WRITE)

struct perm_row { const char *name, *doc; unsigned roles; /* bit per enum role */ };
extern const struct perm_row perm_rows[PERM_N];
uint64_t role_perms(int64_t role);
