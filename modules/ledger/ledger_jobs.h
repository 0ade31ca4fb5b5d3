/* ledger_jobs.h - what the module's table has beside its routes. */
#pragma once
#include "modules/ledger/ledger_rows.h"

#define LEDGER_KEY "ledger rows" /* the purpose of the key that seals rows and links */
enum { LEDGER_OVERDUE_H = 6 };

enum rc ledger_expire_job(struct job *);
enum rc ledger_seal_all(struct job *);
enum rc ledger_verify_all(struct job *);
