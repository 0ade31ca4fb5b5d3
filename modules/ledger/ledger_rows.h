/* ledger_rows.h - private to the module: the statements and the rows that they give. */
#pragma once
#include "modules/ledger/ledger_rules.h"

struct ledger_filter { const char *book, *unit, *after; /* after: a code */ int64_t limit; };
/* A line of a statement: what a transfer did to the account. Newest first. */
struct ledger_line {
    struct id id;
    int64_t phase;
    bool debit;                     /* the account was debited */
    const char *other_code;
    int64_t amount, of_amount, cause;
    struct id cause_id, of_id;
    const char *reason;
    int64_t created_at;
    int64_t top;                    /* credits less debits behind the newest line of the page */
    int64_t change, pending_change, balance; /* on the side where the account grows */
};
struct ledger_span { int64_t before; struct id before_id; int64_t from, limit; };
struct ledger_total { const char *unit, *book; int64_t kind, accounts, debits_pending, debits_posted, credits_pending, credits_posted, balance; };

/* For the proof and the seal: rows in the order of the chain. */
struct ledger_chain_row {
    int64_t xact, seq;
    struct ledger_transfer t;
    struct id of_debit, of_credit;
    int64_t of_phase, of_full;
};
struct ledger_seal_row { int64_t n, last_xact, last_seq, count; const char *ids, *head; };
/* An account beside what the transfers behind the place make of it, in one look. */
struct ledger_tail_row { struct ledger_account a; int64_t tail_debits_pending, tail_debits_posted, tail_credits_pending, tail_credits_posted; };
enum { LEDGER_TENANTS_READ = 500, LEDGER_LINES_MAX = 10000, LEDGER_PAGE_MAX = 200, LEDGER_SEALS_READ = 8, LEDGER_CHAIN_ROWS = LEDGER_SEALS_READ * LEDGER_LINK_MAX + 1, LEDGER_TAIL_ROWS = 1024, LEDGER_TOTALS_MAX = 2000 };

extern const struct shape ledger_account_shape, ledger_transfer_shape, ledger_total_shape;
extern const struct id ledger_id_first, ledger_id_last; /* before and behind all ids */

MUST_CHECK enum rc ledger_move_account(struct tx *, const struct ledger_delta *, int64_t stripe);
MUST_CHECK enum rc ledger_insert_transfer(struct tx *, const struct ledger_transfer *);
MUST_CHECK enum rc ledger_accounts_list(struct tdb *, const struct ledger_filter *, struct list *out);
MUST_CHECK enum rc ledger_account_close(struct tx *, struct id, int64_t version, enum rc lost);
MUST_CHECK enum rc ledger_lines(struct tdb *, struct id account, const struct ledger_span *, struct list *out);
MUST_CHECK enum rc ledger_top(struct tdb *, struct id account, int64_t before, struct id before_id, int64_t *out);
MUST_CHECK enum rc ledger_totals(struct tdb *, struct list *out);
MUST_CHECK enum rc ledger_pending_overdue(struct tdb *, int64_t before, struct id *out); /* nil: none */

MUST_CHECK enum rc ledger_unsealed_tenants(struct tdb *, struct id after, struct list *ids); /* platform */
MUST_CHECK enum rc ledger_chain_rows(struct tdb *, int64_t xact, int64_t seq, int64_t max, struct list *out);
MUST_CHECK enum rc ledger_seal_last(struct tdb *, struct ledger_seal_row *out); /* n 0: none */
MUST_CHECK enum rc ledger_seals_after(struct tdb *, int64_t n, struct list *out); /* LEDGER_SEALS_READ of them */
MUST_CHECK enum rc ledger_seal_insert(struct tx *, const struct ledger_seal_row *, int64_t now);
MUST_CHECK enum rc ledger_tail_rows(struct tdb *, struct id after, int64_t xact, int64_t seq, struct list *out);
MUST_CHECK enum rc ledger_accounts_count(struct tdb *, int64_t *out);
MUST_CHECK enum rc ledger_ended_twice(struct tdb *, struct id *out);
