/* ledger_statement.h - statements and the trial balance: shapes and handlers for the module's table. */
#pragma once
#include "modules/ledger/ledger_rows.h"

extern const struct shape ledger_statement_query_shape, ledger_csv_query_shape, ledger_line_shape, ledger_trial_shape;
enum rc ledger_get_statement(struct req *);
enum rc ledger_get_csv(struct req *);
enum rc ledger_get_trial(struct req *);
