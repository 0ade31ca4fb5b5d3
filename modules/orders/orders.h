/* orders - what is owed (order), the attempts to settle it (payment), what goes back (refund). The rows and their rules, and what they move in the
 * ledger; nothing of appointments, providers of payments, or documents, which stand on this.
 *
 * Every change of paid, refunded or kept is one transaction with its moves in the ledger (docs/money.md):
 *   captured          debit  where it came into (payment.account_code)   credit deposit_liability; receivable:{client} once invoiced
 *   refund asked for  debit  deposit_liability or receivable:{client}     credit refund_payable
 *   refund done       debit  refund_payable                               credit where the payment came into
 *   refund failed     debit  refund_payable                               credit deposit_liability or receivable:{client}
 *   sent back by the  debit  where the payment came into                  credit refund_payable; then as failed
 *   client's bank
 *   kept              debit  deposit_liability                            credit cancellation_revenue
 *   credited          the invoice's moves the other way round (modules/documents)
 *   invoiced          debit  receivable:{client}                          credit revenue:{service or product}, tax:{ppm}; and what was paid
 *                     debit  deposit_liability                            credit receivable:{client}
 * They are added to the caller's ledger_chain, which posts them once (ledger_chain_post), so that others may take part in the same commit. What an order has in
 * deposit_liability is paid - refunded - kept; a refund of what was kept comes out of cancellation_revenue. Whoever pays at the desk without being a client has
 * receivable:desk; revenue of a line without a reference goes by its kind; a top-up is no revenue: it stays in deposit_liability for the wallet.
 *
 * States only advance. order: open -> paid | cancelled | expired, paid -> cancelled; money that comes for one that is over is counted, and given back by whoever
 * sees it; expired -> open | paid only when the time of its appointment could be taken again (orders_revive). payment: created -> processing -> succeeded | failed | expired; created, failed and expired -> succeeded too, when the provider says
 * so late. refund: requested -> submitted -> succeeded | failed; a failed one frees what it had asked for. succeeded -> failed is
 * possible too: a bank may send a refund back. */
#pragma once
#include "modules/ledger/ledger.h"

enum { ORDER_LINES_MAX = 20, ORDER_RATES_MAX = 6, ORDER_PAYMENTS_MAX = 50, ORDER_REFUNDS_MAX = 100 };
#define ORDER_AMOUNT_MAX 1000000000000LL /* of one order, in minor parts */

enum order_state { ORDER_OPEN, ORDER_PAID, ORDER_CANCELLED, ORDER_EXPIRED };
enum order_source { ORDER_BY_STAFF, ORDER_BY_PUBLIC, ORDER_BY_PORTAL, ORDER_BY_PROGRAM };
enum order_line_kind { LINE_SERVICE, LINE_PRODUCT, LINE_PACKAGE, LINE_TOP_UP, LINE_FEE, LINE_OTHER };
enum payment_method { PAY_CASH, PAY_TERMINAL, PAY_TRANSFER, PAY_CARD, PAY_WALLET, PAY_OTHER };
enum payment_state { PAYMENT_CREATED, PAYMENT_PROCESSING, PAYMENT_SUCCEEDED, PAYMENT_FAILED, PAYMENT_EXPIRED };
enum payment_dispute { DISPUTE_NONE, DISPUTE_OPEN, DISPUTE_WON, DISPUTE_LOST };
enum refund_state { REFUND_REQUESTED, REFUND_SUBMITTED, REFUND_SUCCEEDED, REFUND_FAILED };
enum refund_cause { REFUND_CANCELLED, REFUND_STAFF, REFUND_LATE, REFUND_SURPLUS, REFUND_DUPLICATE };
extern const char *const order_state_names[], *const order_source_names[], *const order_line_kind_names[], *const payment_method_names[], *const payment_state_names[],
    *const payment_dispute_names[], *const refund_state_names[], *const refund_cause_names[];

struct order_line {
    int64_t position, kind;
    struct id ref_id;              /* the service, product ...; nil: none */
    const char *category, *description, *tax_name;
    int64_t quantity, unit_minor, discount_minor, tax_ppm; /* discount: of the whole line */
    int64_t tax_minor, total_minor; /* filled by orders_total */
};
/* Which payments get a receipt by themselves: those without the staff, those it takes. Set with what documents carry. */
struct order_receipts { bool online, desk; };
struct order {
    struct id id, client_id, location_id; /* client_id nil: somebody at the desk, who pays at once */
    const char *client_name, *currency, *terms, *note;
    int64_t state, source;
    bool tax_included, invoiced;
    int64_t gross_minor, discount_minor, tax_minor, total_minor; /* filled by orders_total */
    int64_t due_minor, pay_by;     /* of it before the appointment stands, and until when; 0, NONE */
    int64_t paid_minor, refunded_minor, kept_minor, credited_minor; /* credited: taken back by credit notes, so not asked for any more */
    int64_t version, created_at, updated_at;
    struct list lines;             /* of struct order_line; at most ORDER_LINES_MAX */
    struct order_receipts receipts; /* no columns: as orders_receipts has read it */
};
struct payment {
    struct id id, order_id;
    const char *currency, *account_code, *reference, *session_id, *session_url, *intent_id, *charge_id, *failure, *actor_kind;
    int64_t method, state, dispute, amount_minor, refunded_minor, session_expires_at, version, created_at, updated_at, succeeded_at;
    struct id till_session_id, actor_id;
    bool live;
};
struct refund {
    struct id id, payment_id, order_id;
    const char *currency, *reason, *provider_id, *failure, *actor_kind;
    int64_t amount_minor, state, cause, version, created_at, updated_at;
    struct id till_session_id, actor_id;
};

extern const struct module orders_module;
extern const struct query *const orders_queries[];

/* ---- pure (orders_rules.c) ------------------------------------------------------------------------------------------------------ */

/* Works out taxes and totals of the lines and of the order. Each line is rounded by itself, half to even; the order is the sum of its lines. false:
 * more than ORDER_AMOUNT_MAX, or an amount out of range. */
bool orders_total(struct order *);
/* part of `amount`, by so many millionths, half to even: the one rounding of money in the program. amount up to ORDER_AMOUNT_MAX. */
int64_t money_share(int64_t amount, int64_t ppm);
/* Splits amount over n weights so that the parts add up to it exactly; what is left goes to the largest remainders, the first of them first. */
void money_split(int64_t amount, const int64_t *weights, size_t n, int64_t *parts);
int64_t order_asked_minor(const struct order *);     /* the total less what credit notes took back */
int64_t order_open_minor(const struct order *);      /* still to be paid; 0 when it is over */
int64_t order_refundable_minor(const struct order *);
/* Which payments (of struct payment, as payments_of) give so much back: cards before all others but wallets, wallets last, the newest first. How many parts; 0: they have
 * not so much left, or more than ORDER_PARTS_MAX would have to. */
enum { ORDER_PARTS_MAX = 8 };
struct refund_part { struct payment *payment; int64_t amount_minor; };
size_t orders_refund_plan(struct list payments, int64_t amount, struct refund_part parts[ORDER_PARTS_MAX]);
const char *order_standing(const struct order *);    /* for people: unpaid, part_paid, paid, part_refunded, refunded, cancelled, expired */

/* ---- rows (orders_store.c) -------------------------------------------------------------------------------------------------------- */

MUST_CHECK enum rc orders_get(struct tdb *, struct id, struct order *out);              /* with its lines */
MUST_CHECK enum rc payments_get(struct tdb *, struct id, struct payment *out);
MUST_CHECK enum rc refunds_get(struct tdb *, struct id, struct refund *out);
MUST_CHECK enum rc payments_of(struct tdb *, struct id order, struct list *out);        /* oldest first */
MUST_CHECK enum rc refunds_of(struct tdb *, struct id order, struct list *out);
/* Before a payment is taken, outside of the transaction: whether it leaves the job "documents.receipt" {"payment_id"}. */
MUST_CHECK enum rc orders_receipts(struct tdb *, struct order_receipts *out);
MUST_CHECK enum rc orders_receipts_put(struct tx *, const struct order_receipts *);

/* Lists, newest first. Orders come without their lines. */
struct order_filter { struct id client_id; int64_t state, method /* NONE: any */, from, to, limit; struct position after; };
struct payment_item { struct payment p; struct id client_id; const char *client_name; };
struct refund_item { struct refund f; struct id client_id; const char *client_name; int64_t method; };
/* All orders of a client added up, a row for each currency, at most ORDER_CURRENCIES_MAX. */
enum { ORDER_CURRENCIES_MAX = 20 };
struct order_sum { const char *currency; int64_t orders, open_minor, paid_minor, refunded_minor; };
MUST_CHECK enum rc orders_sum(struct tdb *, struct id client, struct list *out);
MUST_CHECK enum rc orders_find(struct tdb *, const struct order_filter *, struct list *out);
MUST_CHECK enum rc payments_find(struct tdb *, const struct order_filter *, struct list *out);  /* of struct payment_item */
MUST_CHECK enum rc refunds_find(struct tdb *, const struct order_filter *, struct list *out);   /* of struct refund_item */

/* ---- changes, in the caller's transaction (orders_change.c) -------------------------------------------------------------------------
 * They only write. Each writes the row under its version (lost: the outcome when another was faster: RC_RETRY or RC_STALE), keeps the given struct true, leaves audit
 * row and event "order.changed" (of the order, for every change of it, its payments and refunds; "order.created", "order.paid" for what only adds), and adds its moves to the chain. On a lost race nothing remains. As
 * a transaction may run twice and these structs change: read them, or copy them, inside it. RC_STATE: not from this state. */

/* Works out the totals. A total of 0 is paid at once. RC_INVALID: orders_total refuses it, or more is due than the total. */
MUST_CHECK enum rc orders_insert(struct tx *, struct req *r, struct order *);
/* The same with payments that are there already (new ones, nothing of them is written yet), at most its total: one row, one event. */
MUST_CHECK enum rc orders_insert_paid(struct tx *, struct req *r, struct order *, struct payment *, size_t n, struct ledger_chain *);
/* The lines and the note of `with`, while nothing of it is paid, invoiced, or waited for by an appointment. */
MUST_CHECK enum rc orders_change_lines(struct tx *, struct req *r, struct order *, const struct order *with, enum rc lost);
/* A payment that is only begun (card): state CREATED or PROCESSING; moves nothing. */
MUST_CHECK enum rc payments_begin(struct tx *, struct req *r, struct payment *);
/* The provider's words: state (never succeeded: that is orders_capture), dispute, session, intent, charge, failure. Never backwards: `lost` also where the row's
 * state is further; so look at the state before trying again. */
MUST_CHECK enum rc payments_update(struct tx *, struct req *r, struct payment *, enum rc lost);
/* The money is there. p new (version 0: inserted here) or begun before. Order: paid rises; open and all of it paid: PAID. More than was
 * open is counted too: the caller gives it back. held: what was held for it from account_code to deposit_liability (as read by ledger_transfer_get; a wallet) and
 * is posted now; NULL: a single move. RC_STATE: it has succeeded already. */
MUST_CHECK enum rc orders_capture(struct tx *, struct req *r, struct order *, struct payment *, const struct ledger_transfer *held, struct ledger_chain *, enum rc lost);
/* Asks for money back: the row, its part of payment and order. RC_FUNDS: more than is left of the payment. */
MUST_CHECK enum rc orders_refund(struct tx *, struct req *r, struct order *, struct payment *, struct refund *, struct ledger_chain *, enum rc lost);
/* What became of it: SUBMITTED, SUCCEEDED, FAILED. Never backwards. */
MUST_CHECK enum rc orders_refund_step(struct tx *, struct req *r, struct order *, struct payment *, struct refund *, int64_t state, struct ledger_chain *, enum rc lost);
/* Over, unpaid or paid; kept: what stays with the clinic of what was paid (the rest is refunded by orders_refund). */
MUST_CHECK enum rc orders_end(struct tx *, struct req *r, struct order *, int64_t state, int64_t kept_minor, struct ledger_chain *, enum rc lost);
/* An expired one goes on: its money came late, and its time could be taken again. PAID when all of it is there, else OPEN. */
MUST_CHECK enum rc orders_revive(struct tx *, struct req *r, struct order *, enum rc lost);
/* Earned: by the document that says so (modules/documents). Once. */
MUST_CHECK enum rc orders_invoice(struct tx *, struct req *r, struct order *, struct ledger_chain *, enum rc lost);
/* So much of an invoiced order is taken back by a credit note, whose moves are the caller's. An open one of which nothing is left is CANCELLED, one whose rest is paid
 * PAID. RC_FUNDS: more than is left of its total. */
MUST_CHECK enum rc orders_credit(struct tx *, struct req *r, struct order *, int64_t amount, enum rc lost);
/* A refund with all that follows from the way the money came: a card's waits for the job "cards.refund" {"refund_id"}, everything else is given back in this
 * commit (orders_refund_step). The caller fills id, amount, cause, reason, and the till session of cash. */
MUST_CHECK enum rc orders_give_back(struct tx *, struct req *r, struct order *, struct payment *, struct refund *, struct ledger_chain *, enum rc lost);

/* Proves that orders agree with their lines, payments and refunds, and each of them with the ledger; or names the first row that does not. May run beside writers. */
struct orders_proof { int64_t orders, payments, refunds; const char *breach; /* NULL: all is well */ };
MUST_CHECK enum rc orders_verify(struct tdb *, struct orders_proof *out);
