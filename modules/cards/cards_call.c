/* cards_call.c - requests to Stripe. Nothing of a key or of a person is logged or kept in a sentence. */
#include "modules/cards/cards_call.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* ---- shapes ---------------------------------------------------------------------------------------------------------------------- */

#define LOOSE(v, T, f) static const struct shape v = { .name = #T, .size = sizeof(struct T), .fields = (f), .loose = true }
#define LOOSE_OUT(v, T, f) const struct shape v = { .name = #T, .size = sizeof(struct T), .fields = (f), .loose = true }
#define NAME .max = CARDS_ID_MAX
#define ANY_INT .min = -LEDGER_AMOUNT_MAX, .max = LEDGER_AMOUNT_MAX

static const struct field meta_fields[] = { F_STR(struct stripe_meta, clinicd_tenant), F_STR(struct stripe_meta, clinicd_payment), F_STR(struct stripe_meta, clinicd_refund), F_END };
LOOSE(meta_shape, stripe_meta, meta_fields);

#define X struct stripe_session
static const struct field session_fields[] = { F_STR(X, id, NAME), F_STR(X, status), F_STR(X, payment_status), F_STR(X, url, .max = 4000), F_STR(X, currency), F_STR(X, payment_intent, NAME),
    F_STR(X, client_reference_id), F_INT(X, amount_total, ANY_INT), F_INT(X, expires_at), F_OBJ(X, metadata, &meta_shape), F_END };
#undef X
LOOSE_OUT(stripe_session_shape, stripe_session, session_fields);

#define X struct stripe_transaction
static const struct field transaction_fields[] = { F_STR(X, id, NAME), F_STR(X, type), F_STR(X, source, NAME), F_STR(X, currency), F_INT(X, amount, ANY_INT), F_INT(X, fee, ANY_INT),
    F_INT(X, net, ANY_INT), F_INT(X, created), F_END };
#undef X
LOOSE(transaction_shape, stripe_transaction, transaction_fields);

#define X struct stripe_charge
static const struct field charge_fields[] = { F_STR(X, id, NAME), F_STR(X, payment_intent, NAME), F_STR(X, currency), F_INT(X, amount, ANY_INT), F_INT(X, amount_refunded, ANY_INT),
    F_OBJ(X, balance_transaction, &transaction_shape), F_END };
#undef X
LOOSE_OUT(stripe_charge_shape, stripe_charge, charge_fields);

#define X struct stripe_problem
static const struct field problem_fields[] = { F_STR(X, message, .max = 5000), F_STR(X, code), F_STR(X, decline_code), F_STR(X, type), F_END };
#undef X
LOOSE(problem_shape, stripe_problem, problem_fields);

#define X struct stripe_intent
static const struct field intent_fields[] = { F_STR(X, id, NAME), F_STR(X, status), F_STR(X, currency), F_INT(X, amount, ANY_INT), F_INT(X, amount_received, ANY_INT), F_OBJ(X, metadata, &meta_shape),
    F_OBJ(X, latest_charge, &stripe_charge_shape), F_OBJ(X, last_payment_error, &problem_shape), F_END };
#undef X
LOOSE_OUT(stripe_intent_shape, stripe_intent, intent_fields);

#define X struct stripe_refund
static const struct field refund_fields[] = { F_STR(X, id, NAME), F_STR(X, status), F_STR(X, currency), F_STR(X, payment_intent, NAME), F_STR(X, charge, NAME), F_STR(X, failure_reason),
    F_INT(X, amount, ANY_INT), F_OBJ(X, metadata, &meta_shape), F_END };
#undef X
LOOSE_OUT(stripe_refund_shape, stripe_refund, refund_fields);

static const struct field evidence_fields[] = { F_INT(struct stripe_evidence, due_by), F_END };
LOOSE(evidence_shape, stripe_evidence, evidence_fields);
#define X struct stripe_dispute
static const struct field dispute_fields[] = { F_STR(X, id, NAME), F_STR(X, status), F_STR(X, currency), F_STR(X, payment_intent, NAME), F_STR(X, charge, NAME), F_STR(X, reason),
    F_INT(X, amount, ANY_INT), F_OBJ(X, evidence_details, &evidence_shape), F_END };
#undef X
LOOSE_OUT(stripe_dispute_shape, stripe_dispute, dispute_fields);

#define LIST_SHAPE(v, of, f) static const struct field f[] = { F_BOOL(struct stripe_list, has_more), F_LIST(struct stripe_list, data, &of, .max = STRIPE_PAGE), F_END }; LOOSE_OUT(v, stripe_list, f)
LIST_SHAPE(stripe_sessions_shape, stripe_session_shape, sessions_fields);
LIST_SHAPE(stripe_refunds_shape, stripe_refund_shape, refunds_fields);
LIST_SHAPE(stripe_transactions_shape, transaction_shape, transactions_fields);

struct failure { const void *error; };
static const struct field failure_fields[] = { F_OBJ(struct failure, error, &problem_shape), F_END };
LOOSE(failure_shape, failure, failure_fields);

bool stripe_currency_is(const char *theirs, const char *ours) { return theirs && ours && strcasecmp(theirs, ours) == 0; }

const char *stripe_currency(struct arena *a, const char *theirs)
{
    char *out = arena_strdup(a, theirs ? theirs : "");
    for (char *p = out; p && *p; p++) *p = (char)toupper((unsigned char)*p);
    return out;
}

/* ---- asking --------------------------------------------------------------------------------------------------------------------------- */

enum rc stripe_open(struct stripe *s, struct arena *a, struct tdb *db)
{
    *s = (struct stripe){ .a = a, .db = db, .tenant = db_tenant(db), .retry_after_s = NONE };
    enum rc rc = cards_account_get(db, &s->account);
    if (rc == RC_OK && (s->key = cards_open(a, s->tenant, "secret_key", s->account.secret_key))) return RC_OK;
    snprintf(s->error, sizeof s->error, rc == RC_OK ? "the key cannot be read any more: enter it again" : "card payments are not set up");
    return rc == RC_OK || rc == RC_NOT_FOUND ? RC_STATE : rc;
}

static enum rc later(struct stripe *s, bool unsure, const char *sentence)
{
    s->unsure = unsure;
    snprintf(s->error, sizeof s->error, "%s", sentence);
    return RC_BUSY;
}

/* Which account, and the request to it. */
struct asking { const char *secret, *account, *path, *form, *key; };

static enum rc send(struct stripe *s, const struct asking *w, struct out_answer *out)
{
    const char *form = w->form;
    struct arena *a = s->a;
    char err[120];
    struct out_request q = { .method = form ? "POST" : "GET", .url = arena_printf(a, "%s%s", settings.stripe_api_url, w->path), .body = form, .body_len = form ? strlen(form) : 0,
        .timeout_ms = settings.stripe_timeout_s * 1000, .answer_max = 2 << 20 };
    size_t n = 0;
    q.headers[n++] = arena_printf(a, "Authorization: Bearer %s", w->secret);
    q.headers[n++] = "Stripe-Version: " STRIPE_VERSION;
    if (form) q.headers[n++] = "Content-Type: application/x-www-form-urlencoded";
    if (form) q.headers[n++] = arena_printf(a, "Idempotency-Key: %s", w->key);
    if (w->account) q.headers[n++] = arena_printf(a, "Stripe-Account: %s", w->account);
    enum rc rc = out_http(a, &q, out, err, sizeof err);
    return rc == RC_BUSY ? later(s, true, arena_printf(a, "Stripe does not answer: %s", err)) : rc;
}

struct telling { const char *error; };
static enum rc error_tx(struct tx *tx, void *arg) { return cards_account_error(tx, ((struct telling *)arg)->error); }

/* The clinic sees it on its settings page until the key is exchanged, or taken again. */
static enum rc key_refused(struct stripe *s)
{
    struct telling t = { s->error };
    TRY(db_tx(s->db, "cards.key_refused", error_tx, &t));
    return RC_FORBIDDEN;
}

static enum rc refused(struct stripe *s, const struct out_answer *got)
{
    void *read = NULL;
    enum rc rc = shape_read_foreign(s->a, &failure_shape, got->body, got->len, &read);
    if (rc == RC_OOM) return rc;
    const struct stripe_problem *p = rc == RC_OK ? ((struct failure *)read)->error : NULL;
    snprintf(s->code, sizeof s->code, "%s", p && p->code ? p->code : "");
    snprintf(s->error, sizeof s->error, "Stripe refused it (%d): %.150s", got->status, p && p->message ? p->message : "no reason given");
    return got->status == 404 ? RC_NOT_FOUND : RC_STATE;
}

static enum rc ask(struct stripe *s, const struct asking *w, const struct shape *shape, void **out)
{
    struct out_answer got = { 0 };
    s->unsure = false;
    *s->code = *s->error = 0;
    TRY(send(s, w, &got));
    s->retry_after_s = got.retry_after_s;
    if (got.status == 401 || got.status == 403) {
        snprintf(s->error, sizeof s->error, "Stripe refuses the key (%d): it was withdrawn, or may not do this", got.status);
        return RC_FORBIDDEN;
    }
    if (got.status == 429 || got.status == 409) return later(s, false, "Stripe asks to be asked later");
    if (got.status >= 500 || got.status < 200 || (got.status >= 300 && got.status < 400)) return later(s, true, arena_printf(s->a, "Stripe answered %d", got.status));
    if (got.status >= 400) return refused(s, &got);
    enum rc rc = shape_read_foreign(s->a, shape, got.body, got.len, out);
    return rc == RC_INVALID ? later(s, true, "Stripe answered with something that cannot be read") : rc;
}

struct forgetting { struct id id; int64_t now; };
static enum rc forget_tx(struct tx *tx, void *arg) { return cards_old_key_delete(tx, ((struct forgetting *)arg)->id); }
static enum rc drop_tx(struct tx *tx, void *arg) { return cards_old_keys_drop(tx, ((struct forgetting *)arg)->now); }

enum rc stripe_close(struct stripe *s, int64_t now)
{
    struct forgetting f = { .now = now };
    struct list keys;
    TRY(cards_old_keys(s->db, &keys));
    return keys.n ? db_tx(s->db, "cards.old_keys", drop_tx, &f) : RC_OK;
}

/* The accounts before this one, newest first. RC_NOT_FOUND: none of them knows it. */
static enum rc ask_older(struct stripe *s, struct asking w, const struct shape *shape, void **out)
{
    struct list keys;
    TRY(cards_old_keys(s->db, &keys));
    for (size_t i = 0; i < keys.n; i++) {
        const struct card_old_key *k = LIST_AT(keys, struct card_old_key, i);
        struct forgetting f = { .id = k->id };
        w.secret = cards_open(s->a, s->tenant, "secret_key", k->secret_key);
        w.account = k->account;
        enum rc rc = w.secret ? ask(s, &w, shape, out) : RC_FORBIDDEN;
        if (rc == RC_FORBIDDEN) TRY(db_tx(s->db, "cards.old_key", forget_tx, &f));
        else if (rc != RC_NOT_FOUND) return rc;
    }
    return RC_NOT_FOUND;
}

enum rc stripe_ask(struct stripe *s, const char *path, const char *form, const char *key, const struct shape *shape, void **out)
{
    struct asking w = { s->key, s->account.account, path, form, key };
    enum rc rc = ask(s, &w, shape, out);
    if (rc == RC_FORBIDDEN) return key_refused(s);
    if (rc == RC_NOT_FOUND) return ask_older(s, w, shape, out);
    if (rc == RC_OK && s->account.last_error) {
        struct telling none = { NULL };
        s->account.last_error = NULL;
        TRY(db_tx(s->db, "cards.key_taken", error_tx, &none));
    }
    return rc;
}
