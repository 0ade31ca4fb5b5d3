/* cards_settings.c - the clinic's keys: sealed as they come in, never shown again; and the events that arrived. */
#include "modules/cards/cards_parts.h"
#include <string.h>

/* ---- shapes ---------------------------------------------------------------------------------------------------------------------- */

struct secret_out { struct id id; const char *hint; int64_t created_at; };
static const struct field secret_fields[] = { F_ID(struct secret_out, id), F_STR(struct secret_out, hint, .doc = "The last four characters"), F_INSTANT(struct secret_out, created_at), F_END };
const struct shape card_secret_shape = SHAPE_NAMED("card_webhook_secret", secret_out, secret_fields);

static const struct field old_key_fields[] = { F_STR(struct card_old_key, key_hint, .doc = "The last four characters"), F_INSTANT(struct card_old_key, replaced_at), F_END };
static const struct shape card_old_key_shape = SHAPE(card_old_key, old_key_fields);

static const char *const modes[] = { "none", "test", "live", NULL };
struct account_out { int64_t mode, version; bool enabled; const char *account, *key_hint, *last_error, *webhook_url; struct list webhook_secrets, old_keys; };
static const struct field account_fields[] = { F_ENUM(struct account_out, mode, modes, .doc = "Which of Stripe's two worlds the key belongs to; none: no key yet"),
    F_BOOL(struct account_out, enabled), F_STR(struct account_out, account, .nullable = true), F_STR(struct account_out, key_hint, .nullable = true, .doc = "The key's last four characters"),
    F_STR(struct account_out, last_error, .nullable = true, .doc = "What Stripe said when it refused the key"), F_STR(struct account_out, webhook_url, .doc = "The address that Stripe is to tell of events"),
    F_LIST(struct account_out, webhook_secrets, &card_secret_shape),
    F_LIST(struct account_out, old_keys, &card_old_key_shape, .doc = "Keys that were exchanged while payments were under way: used for those, then forgotten"), F_INT(struct account_out, version), F_END };
const struct shape card_account_shape = SHAPE_NAMED("card_settings", account_out, account_fields);

struct account_in { bool enabled; const char *secret_key, *account; };
static const struct field account_in_fields[] = { F_BOOL(struct account_in, enabled, .required = true, .doc = "Whether people can pay by card"),
    F_TEXT(K_SECRET, struct account_in, secret_key, .max = CARDS_KEY_MAX, .pattern = "^(sk|rk)_(test|live)_[!-~]{8,}$", .doc = "Secret or restricted key (sk_..., rk_...); absent: the one that is there stays"),
    F_STR(struct account_in, account, .max = 60, .pattern = "^acct_[0-9A-Za-z_]*$", .doc = "Connected account (acct_...), when the key is a platform's; absent: the key's own account"), F_END };
const struct shape card_account_in_shape = SHAPE_NAMED("card_settings_in", account_in, account_in_fields);

struct secret_in { const char *secret; };
static const struct field secret_in_fields[] = { F_TEXT(K_SECRET, struct secret_in, secret, .required = true, .max = CARDS_KEY_MAX, .pattern = "^whsec_[!-~]{6,}$", .doc = "Signing secret of the webhook (whsec_...)"), F_END };
const struct shape card_secret_in_shape = SHAPE_NAMED("card_webhook_secret_in", secret_in, secret_in_fields);

/* ---- reading ------------------------------------------------------------------------------------------------------------------------- */

static enum rc show(struct req *r, const struct card_account *a, struct list secrets, struct list old_keys)
{
    char id[ID_TEXT];
    struct account_out out = { .mode = a->version ? 1 + a->live : 0, .enabled = a->enabled, .account = a->account, .key_hint = a->key_hint, .last_error = a->last_error, .version = a->version,
        .webhook_url = arena_printf(r->arena, "%s/api/v1/cards/webhook/%s", settings.base_url, id_format(db_tenant(r->db), id)) };
    struct secret_out *list = secrets.n ? arena_alloc(r->arena, secrets.n * sizeof *list) : NULL;
    if (secrets.n && !list) return RC_OOM;
    for (size_t i = 0; i < secrets.n; i++) {
        const struct card_secret *s = LIST_AT(secrets, struct card_secret, i);
        list[i] = (struct secret_out){ s->id, s->hint, s->created_at };
    }
    out.webhook_secrets = (struct list){ list, secrets.n };
    out.old_keys = old_keys;
    return reply(r, &out);
}

static enum rc read_all(struct req *r, struct card_account *a, struct list *secrets, struct list *old_keys)
{
    struct tdb *b = db_batch(r->db);
    TRY(cards_account_get(b, a));
    TRY(cards_secrets(b, secrets));
    TRY(cards_old_keys(b, old_keys));
    return db_batch_run(b);
}

enum rc cards_get_settings(struct req *r)
{
    struct card_account a = { 0 };
    struct list secrets = { 0 }, old_keys = { 0 };
    TRY(read_all(r, &a, &secrets, &old_keys));
    return show(r, &a, secrets, old_keys);
}

/* ---- writing ------------------------------------------------------------------------------------------------------------------------- */

static bool visible(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s <= ' ' || (unsigned char)*s > 126) return false;
    return true;
}

static const char *hint(struct arena *a, const char *secret) { return arena_strdup(a, secret + strlen(secret) - 4); }

static void check_key(struct req *r, const char *key, bool *live)
{
    bool secret = str_starts(key, "sk_") || str_starts(key, "rk_");
    *live = secret && str_starts(key + 3, "live_");
    if (!secret || (!*live && !str_starts(key + 3, "test_")) || strlen(key) < 16 || !visible(key))
        req_field_error(r, "secret_key", "must be a secret or restricted key of Stripe, such as sk_test_...");
}

struct account_write { struct req *r; struct card_account a; struct list secrets, old_keys; struct id audit_id, old_id; const char *changes; };

static enum rc account_tx(struct tx *tx, void *arg)
{
    struct account_write *w = arg;
    if (w->a.version == 0) {
        w->a.version = 1;
        enum rc rc = cards_account_insert(tx, &w->a);
        w->a.version = 0;
        TRY(rc);
    } else {
        if (!id_is_nil(w->old_id)) TRY(cards_old_key_keep(tx, w->old_id, w->r->now));
        TRY(cards_account_update(tx, &w->a, req_lost(w->r)));
    }
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "cards.settings", "cards.settings", "card_account", db_tenant(w->r->db), w->a.version + 1, w->changes, NULL, true }));
    struct card_account after = w->a;
    after.version++;
    after.last_error = NULL;
    TRY(cards_old_keys(tx_db(tx), &w->old_keys));
    return show(w->r, &after, w->secrets, w->old_keys);
}

enum rc cards_put_settings(struct req *r)
{
    const struct account_in *in = r->in;
    struct account_write w = { .r = r, .audit_id = id_new() };
    TRY(read_all(r, &w.a, &w.secrets, &w.old_keys));
    TRY(req_version(r, w.a.version));
    bool live = w.a.live, key = !str_empty(in->secret_key);
    if (key) check_key(r, in->secret_key, &live);
    else if (!w.a.version) req_field_error(r, "secret_key", "is required the first time");
    if (in->account && (!str_starts(in->account, "acct_") || !cards_plain_id(in->account))) req_field_error(r, "account", "must begin with acct_");
    TRY(req_invalid(r));
    w.changes = arena_printf(r->arena, "{\"enabled\":[%s,%s],\"mode\":[\"%s\",\"%s\"],\"key\":[null,%s]}", w.a.enabled ? "true" : "false", in->enabled ? "true" : "false",
        modes[w.a.version ? 1 + w.a.live : 0], modes[1 + live], key ? "\"exchanged\"" : "null");
    const char *was = w.a.version ? cards_open(r->arena, db_tenant(r->db), "secret_key", w.a.secret_key) : NULL;
    if (was && ((key && !str_eq(was, in->secret_key)) || !str_eq(w.a.account ? w.a.account : "", in->account ? in->account : ""))) w.old_id = id_new();
    if (key) {
        w.a.secret_key = cards_seal(r->arena, db_tenant(r->db), "secret_key", in->secret_key);
        w.a.key_hint = hint(r->arena, in->secret_key);
        if (!w.a.secret_key) return RC_OOM;
    }
    if (!w.a.version) w.a.created_at = r->now;
    w.a.updated_at = r->now;
    w.a.enabled = in->enabled;
    w.a.live = live;
    w.a.account = in->account;
    return req_tx(r, "cards.settings", account_tx, &w);
}

struct secret_write { struct req *r; struct card_secret s; struct secret_out out; struct id audit_id; };

static enum rc secret_tx(struct tx *tx, void *arg)
{
    struct secret_write *w = arg;
    TRY(cards_secret_insert(tx, &w->s));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "cards.webhook_secret_add", "cards.settings", "card_account", w->s.id, 1, NULL, NULL, true }));
    return reply(w->r, &w->out);
}

enum rc cards_post_secret(struct req *r)
{
    const struct secret_in *in = r->in;
    struct list there;
    char id[ID_TEXT];
    struct secret_write w = { .r = r, .audit_id = id_new(), .s = { .id = id_new(), .created_at = r->now } };
    if (!str_starts(in->secret, "whsec_") || strlen(in->secret) < 12 || !visible(in->secret)) req_field_error(r, "secret", "must be a signing secret of Stripe, such as whsec_...");
    TRY(req_invalid(r));
    TRY(cards_secrets(r->db, &there));
    if (there.n >= CARDS_SECRETS_MAX) return req_fail(r, RC_STATE, "There are four already: remove one that is not used any more", NULL);
    w.s.secret = cards_seal(r->arena, db_tenant(r->db), id_format(w.s.id, id), in->secret);
    w.s.hint = hint(r->arena, in->secret);
    w.out = (struct secret_out){ w.s.id, w.s.hint, w.s.created_at };
    return w.s.secret ? req_tx(r, "cards.secret", secret_tx, &w) : RC_OOM;
}

static enum rc unsecret_tx(struct tx *tx, void *arg)
{
    struct secret_write *w = arg;
    TRY(cards_secret_delete(tx, w->r->path_id));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "cards.webhook_secret_remove", "cards.settings", "card_account", w->r->path_id, 1, NULL, NULL, true }));
    return reply_empty(w->r);
}

enum rc cards_delete_secret(struct req *r)
{
    struct secret_write w = { .r = r, .audit_id = id_new() };
    return req_tx(r, "cards.secret", unsecret_tx, &w);
}

/* ---- what arrived ----------------------------------------------------------------------------------------------------------------------- */

static const struct field event_fields[] = { F_STR(struct card_event, event_id), F_STR(struct card_event, type), F_STR(struct card_event, object_id), F_BOOL(struct card_event, live),
    F_INSTANT(struct card_event, created_at, .doc = "When it happened there"), F_INSTANT(struct card_event, received_at, .doc = "When it arrived here"),
    F_ENUM(struct card_event, state, card_event_state_names, .doc = "parked: what it is about is not known here yet, it is tried again; refused: it is not this clinic's, or does not fit"),
    F_STR(struct card_event, note, .nullable = true), F_INSTANT(struct card_event, done_at, .nullable = true), F_END };
const struct shape card_event_shape = SHAPE(card_event, event_fields);

struct events_query { int64_t state, limit; const char *type, *cursor; };
static const struct field events_query_fields[] = { F_ENUM(struct events_query, state, card_event_state_names, .nullable = true, .doc = "Only those in this state"),
    F_STR(struct events_query, type, .max = 200, .doc = "Only those of this type", .example = "checkout.session.completed"),
    F_INT(struct events_query, limit, .min = 1, .max = PAGE_LIMIT_MAX, .def = PAGE_LIMIT_DEFAULT, .doc = "Rows a page"),
    F_STR(struct events_query, cursor, .max = 1600, .doc = "Go on behind this place: next_cursor of the answer before"), F_END };
const struct shape card_events_query_shape = SHAPE_NAMED("card_events_query", events_query, events_query_fields);

enum rc cards_list_events(struct req *r)
{
    const struct events_query *q = r->query;
    struct card_event_filter f = { .state = q->state == NONE ? NULL : card_event_state_names[q->state], .type = q->type, .limit = q->limit };
    struct page page = { NONE, q->limit, NONE, NULL };
    struct list l;
    TRY(req_position(r, q->cursor, "cards.events", &f.after));
    TRY(cards_events(r->db, &f, &l));
    const struct card_event *last = l.n ? LIST_AT(l, struct card_event, l.n - 1) : NULL;
    if (last && (int64_t)l.n == q->limit) page.next = req_cursor(r, "cards.events", &(struct position){ last->event_id, last->received_at, db_tenant(r->db) });
    return reply_list(r, l, &page);
}
