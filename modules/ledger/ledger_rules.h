/* ledger_rules.h - what is decided without a database: the chart, whether a chain is right in itself, what it does to each account, what an
 * account says to that, and what two transfers of one id have in common. */
#pragma once
#include "modules/ledger/ledger.h"

struct ledger_chart_row {
    const char *book;
    int parts;                      /* behind the book, each after a colon */
    enum ledger_kind kind;
    enum ledger_floor floor;
    bool spread;
    const char *doc;
    bool any_unit;                  /* people open and close its accounts, in any unit; else in the clinic's currency, and they stay open */
};
extern const struct ledger_chart_row ledger_chart[]; /* ends with a NULL book */
const struct ledger_chart_row *ledger_chart_find(const char *code); /* NULL: no such book, or other parts than it has */
struct id ledger_account_id(struct id tenant, const char *code);
/* Fills balance and available. */
void ledger_account_sum(struct ledger_account *);

/* What a chain does to one account. */
struct ledger_delta {
    struct id account;
    const char *unit, *code;
    bool spread, only_ends;         /* only_ends: nothing new, so it may be closed */
    int64_t debits_pending, debits_posted, credits_pending, credits_posted;
    size_t move;                    /* the first that touches it */
};
struct ledger_plan {
    size_t n, n_deltas;
    struct ledger_transfer rows[LEDGER_MOVES_MAX];
    struct ledger_delta deltas[2 * LEDGER_MOVES_MAX]; /* in the order of their ids: that of their locks */
};
enum ledger_result ledger_plan(const struct ledger_move *, size_t n, const struct ledger_by *, struct ledger_plan *out, struct ledger_refusal *why);
enum ledger_result ledger_judge(const struct ledger_account *, const struct ledger_delta *, int64_t *lacks);
/* LEDGER_EXISTS, or the first difference. */
enum ledger_result ledger_compare(const struct ledger_transfer *there, const struct ledger_transfer *wanted);
/* Why a transfer that was ended cannot be ended again. */
enum ledger_result ledger_ended(int64_t phase);

/* The seal of one row, and of a link of the chain: the head before it, its number, and the ids and seals of its rows. */
struct id ledger_row_mac(const struct seal_key *, struct id tenant, const struct ledger_transfer *);
enum { LEDGER_LINK_MAX = 256, LEDGER_HEAD_TEXT = 44 };
struct ledger_link { size_t n; uint8_t bytes[LEDGER_LINK_MAX][32]; /* id, mac */ };
void ledger_link_add(struct ledger_link *, struct id, struct id mac);
void ledger_link_head(const struct seal_key *, const char *before, int64_t number, const struct ledger_link *, char out[LEDGER_HEAD_TEXT]);
