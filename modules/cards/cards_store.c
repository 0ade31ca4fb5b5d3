/* cards_store.c - the statements on card_account, card_webhook_secret and card_event; sealed columns. */
#include "modules/cards/cards_rows.h"
#include <string.h>

const char *const card_event_state_names[] = { "received", "done", "ignored", "parked", "refused", NULL };

/* The tenant and the column are part of what is authenticated. */
const char *cards_seal(struct arena *a, struct id tenant, const char *column, const char *plain)
{
    void *out = NULL;
    size_t n = 0;
    if (str_empty(plain) || seal_field(a, tenant, arena_printf(a, "card:%s", column), plain, strlen(plain), &out, &n) != RC_OK) return NULL;
    char *text = arena_alloc(a, (n + 2) / 3 * 4 + 1);
    if (text) base64url_encode(out, n, text);
    return text;
}

const char *cards_open(struct arena *a, struct id tenant, const char *column, const char *sealed)
{
    void *out = NULL;
    size_t n = sealed ? strlen(sealed) * 3 / 4 : 0, got = 0;
    uint8_t *raw = n ? arena_alloc(a, n) : NULL;
    if (!raw || !base64url_decode(sealed, raw, n)) return NULL;
    if (seal_open_field(a, tenant, arena_printf(a, "card:%s", column), raw, n, &out, &got) != RC_OK) return NULL;
    return arena_strndup(a, out, got);
}

/* ---- account and secrets ---------------------------------------------------------------------------------------------------------- */

static const struct query Q_ACCOUNT = { .name = "cards.account", .kept = KEPT_EXACT,
    .sql = "SELECT enabled, live, account, secret_key, key_hint, last_error, version, created_at, updated_at FROM card_account WHERE tenant_id = $1" };
static const struct query Q_ACCOUNT_INSERT = { .name = "cards.account_insert", .args = "zztttii",
    .sql = "INSERT INTO card_account (tenant_id, enabled, live, account, secret_key, key_hint, version, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)" };
static const struct query Q_ACCOUNT_UPDATE = { .name = "cards.account_update", .args = "zztttii",
    .sql = "UPDATE card_account SET enabled = $2, live = $3, account = $4, secret_key = $5, key_hint = $6, last_error = NULL, version = version + 1, updated_at = $8"
           " WHERE tenant_id = $1 AND version = $7" };
static const struct query Q_ACCOUNT_ERROR = { .name = "cards.account_error", .args = "t", .sql = "UPDATE card_account SET last_error = $2 WHERE tenant_id = $1" };
static const struct query Q_SECRETS = { .name = "cards.secrets", .kept = KEPT_EXACT,
    .sql = "SELECT id, secret, hint, created_at FROM card_webhook_secret WHERE tenant_id = $1 ORDER BY id LIMIT 8" };
static const struct query Q_SECRET_INSERT = { .name = "cards.secret_insert", .args = "utti",
    .sql = "INSERT INTO card_webhook_secret (tenant_id, id, secret, hint, created_at) VALUES ($1, $2, $3, $4, $5)" };
static const struct query Q_SECRET_DELETE = { .name = "cards.secret_delete", .args = "u", .sql = "DELETE FROM card_webhook_secret WHERE tenant_id = $1 AND id = $2" };

/* Of a month of payments, those that are not over. Too many keys are not kept: the oldest go. */
#define UNDER_WAY(before) "EXISTS (SELECT 1 FROM payment p WHERE p.tenant_id = $1 AND p.created_at <= " before " AND p.created_at > " before " - 2592000000000 AND p.method = 'card' AND p.state IN ('created', 'processing'))"
static const struct query Q_OLD_KEY_KEEP = { .name = "cards.old_key_keep", .args = "ui",
    .sql = "INSERT INTO card_old_key (tenant_id, id, account, secret_key, key_hint, replaced_at) SELECT $1, $2, a.account, a.secret_key, a.key_hint, $3 FROM card_account a WHERE a.tenant_id = $1 AND " UNDER_WAY("$3") };
static const struct query Q_OLD_KEYS_LIMIT = { .name = "cards.old_keys_limit", .args = "i",
    .sql = "DELETE FROM card_old_key WHERE tenant_id = $1 AND id NOT IN (SELECT k.id FROM card_old_key k WHERE k.tenant_id = $1 ORDER BY k.id DESC LIMIT $2)" };
static const struct query Q_OLD_KEYS = { .name = "cards.old_keys", .kept = KEPT_EXACT,
    .sql = "SELECT id, account, secret_key, key_hint, replaced_at FROM card_old_key WHERE tenant_id = $1 ORDER BY id DESC LIMIT 8" };
static const struct query Q_OLD_KEY_DELETE = { .name = "cards.old_key_delete", .args = "u", .sql = "DELETE FROM card_old_key WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_OLD_KEYS_DROP = { .name = "cards.old_keys_drop", .args = "i",
    .sql = "DELETE FROM card_old_key WHERE tenant_id = $1 AND (replaced_at < $2 OR NOT " UNDER_WAY("card_old_key.replaced_at") ")" };

static const struct field old_key_fields[] = { F_ID(struct card_old_key, id), F_STR(struct card_old_key, account), F_STR(struct card_old_key, secret_key), F_STR(struct card_old_key, key_hint),
    F_INT(struct card_old_key, replaced_at), F_END };
static const struct shape old_key_shape = SHAPE(card_old_key, old_key_fields);
static const struct field account_fields[] = { F_BOOL(struct card_account, enabled), F_BOOL(struct card_account, live), F_STR(struct card_account, account),
    F_STR(struct card_account, secret_key), F_STR(struct card_account, key_hint), F_STR(struct card_account, last_error), F_INT(struct card_account, version),
    F_INT(struct card_account, created_at), F_INT(struct card_account, updated_at), F_END };
static const struct shape account_shape = SHAPE(card_account, account_fields);
static const struct field secret_fields[] = { F_ID(struct card_secret, id), F_STR(struct card_secret, secret), F_STR(struct card_secret, hint), F_INT(struct card_secret, created_at), F_END };
static const struct shape secret_shape = SHAPE(card_secret, secret_fields);

enum rc cards_account_get(struct tdb *db, struct card_account *out) { return db_get(db, &Q_ACCOUNT, ARGS(), &account_shape, out); }

enum rc cards_account_insert(struct tx *tx, const struct card_account *a)
{
    return tx_run_query(tx, &Q_ACCOUNT_INSERT, ARGS(Z(a->enabled), Z(a->live), S(a->account), S(a->secret_key), S(a->key_hint), I(a->version), I(a->created_at)));
}

enum rc cards_account_update(struct tx *tx, const struct card_account *a, enum rc lost)
{
    return tx_one(tx, &Q_ACCOUNT_UPDATE, ARGS(Z(a->enabled), Z(a->live), S(a->account), S(a->secret_key), S(a->key_hint), I(a->version), I(a->updated_at)), lost);
}

enum rc cards_old_key_keep(struct tx *tx, struct id id, int64_t now)
{
    TRY(tx_run_query(tx, &Q_OLD_KEY_KEEP, ARGS(U(id), I(now))));
    return tx_run_query(tx, &Q_OLD_KEYS_LIMIT, ARGS(I(CARDS_OLD_KEYS_MAX)));
}

enum rc cards_old_keys(struct tdb *db, struct list *out) { return db_list(db, &Q_OLD_KEYS, ARGS(), &old_key_shape, 8, out); }
enum rc cards_old_key_delete(struct tx *tx, struct id id) { return tx_run_query(tx, &Q_OLD_KEY_DELETE, ARGS(U(id))); }
enum rc cards_old_keys_drop(struct tx *tx, int64_t now) { return tx_run_query(tx, &Q_OLD_KEYS_DROP, ARGS(I(now - CARDS_OLD_KEY_DAYS * USEC_PER_DAY))); }

enum rc cards_account_error(struct tx *tx, const char *error) { return tx_run_query(tx, &Q_ACCOUNT_ERROR, ARGS(S(error))); }
enum rc cards_secrets(struct tdb *db, struct list *out) { return db_list(db, &Q_SECRETS, ARGS(), &secret_shape, 8, out); }

enum rc cards_secret_insert(struct tx *tx, const struct card_secret *s)
{
    return tx_run_query(tx, &Q_SECRET_INSERT, ARGS(U(s->id), S(s->secret), S(s->hint), I(s->created_at)));
}

enum rc cards_secret_delete(struct tx *tx, struct id id) { return tx_one(tx, &Q_SECRET_DELETE, ARGS(U(id)), RC_NOT_FOUND); }

enum rc cards_ready(struct tdb *db, bool *enabled, bool *live)
{
    struct card_account a = { 0 };
    enum rc rc = cards_account_get(db, &a);
    *enabled = rc == RC_OK && a.enabled;
    *live = rc == RC_OK && a.live;
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

/* ---- events ----------------------------------------------------------------------------------------------------------------------------- */

#define EVENT "SELECT event_id, type, object_id, live, created_at, received_at, state, note, done_at FROM card_event WHERE tenant_id = $1"
static const struct query Q_EVENT = { .name = "cards.event", .args = "t", .sql = EVENT " AND event_id = $2" };
static const struct query Q_EVENT_INSERT = { .name = "cards.event_insert", .args = "tttziiti",
    .sql = "INSERT INTO card_event (tenant_id, event_id, type, object_id, live, created_at, received_at, state, done_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
           " ON CONFLICT (tenant_id, event_id) DO NOTHING" };
static const struct query Q_EVENT_END = { .name = "cards.event_end", .args = "ttti",
    .sql = "UPDATE card_event SET state = $3, note = $4, done_at = $5 WHERE tenant_id = $1 AND event_id = $2 AND state IN ('received', 'parked')" };
static const struct query Q_EVENTS = { .name = "cards.events", .args = "ttiti",
    .sql = EVENT " AND ($2 = '' OR state = $2) AND ($3 = '' OR type = $3) AND (received_at, event_id) < ($4, $5) ORDER BY received_at DESC, event_id DESC LIMIT $6" };

static const struct field event_fields[] = { F_STR(struct card_event, event_id), F_STR(struct card_event, type), F_STR(struct card_event, object_id), F_BOOL(struct card_event, live),
    F_INT(struct card_event, created_at), F_INT(struct card_event, received_at), F_ENUM(struct card_event, state, card_event_state_names), F_STR(struct card_event, note),
    F_INT(struct card_event, done_at), F_END };
static const struct shape event_shape = SHAPE(card_event, event_fields);

enum rc cards_event_get(struct tdb *db, const char *id, struct card_event *out) { return db_get(db, &Q_EVENT, ARGS(S(id)), &event_shape, out); }

enum rc cards_event_insert(struct tx *tx, const struct card_event *e)
{
    return tx_run_query(tx, &Q_EVENT_INSERT, ARGS(S(e->event_id), S(e->type), S(e->object_id), Z(e->live), I(e->created_at), I(e->received_at),
        S(card_event_state_names[e->state]), I(e->done_at)));
}

enum rc cards_event_end(struct tx *tx, const char *id, int64_t state, const char *note, int64_t now)
{
    return tx_run_query(tx, &Q_EVENT_END, ARGS(S(id), S(card_event_state_names[state]), S(note), I(state == EVENT_PARKED ? NONE : now)));
}

enum rc cards_events(struct tdb *db, const struct card_event_filter *f, struct list *out)
{
    bool first = str_empty(f->after.text);
    return db_list(db, &Q_EVENTS, ARGS(S(f->state ? f->state : ""), S(f->type ? f->type : ""), I(first ? INSTANT_END : f->after.number), S(first ? "" : f->after.text), I(f->limit)),
        &event_shape, (size_t)f->limit, out);
}

const struct query *const cards_queries[] = { &Q_ACCOUNT, &Q_ACCOUNT_INSERT, &Q_ACCOUNT_UPDATE, &Q_ACCOUNT_ERROR, &Q_OLD_KEY_KEEP, &Q_OLD_KEYS_LIMIT, &Q_OLD_KEYS, &Q_OLD_KEY_DELETE, &Q_OLD_KEYS_DROP, &Q_SECRETS, &Q_SECRET_INSERT,
    &Q_SECRET_DELETE, &Q_EVENT, &Q_EVENT_INSERT, &Q_EVENT_END, &Q_EVENTS, &Q_CARD_DISPUTE, &Q_CARD_DISPUTES, &Q_CARD_DISPUTE_INSERT,
    &Q_CARD_DISPUTE_UPDATE, &Q_CARD_TRANSACTION_THERE, &Q_CARD_COUNTED, &Q_CARD_TRANSACTION_INSERT, &Q_CARD_DIFFERENCE, &Q_CARD_DIFFERENCE_INSERT,
    &Q_CARD_DIFFERENCE_STEP, &Q_CARD_DIFFERENCE_GONE, &Q_CARD_DIFFERENCES, &Q_CARD_BY_INTENT, &Q_CARD_REFUND_BY_NAME, &Q_CARD_APPOINTMENT,
    &Q_CARD_WAITING, &Q_CARD_UNCOUNTED, &Q_CARD_REFUNDS_WAITING, &Q_CARD_CLINICS, NULL };
