/* cards_webhook.c - where Stripe tells of what happened. The raw body is what is signed; it is kept on disk (what it is about, not what it says) before the 200, and looked
 * into by a job. A second delivery costs one read. */
#include "modules/cards/cards_parts.h"
#include "modules/cards/cards_signature.h"
#include <string.h>

struct object_in { const char *id; };
static const struct field object_fields[] = { F_STR(struct object_in, id, .max = CARDS_ID_MAX), F_END };
static const struct shape object_shape = { .name = "stripe_object", .size = sizeof(struct object_in), .fields = object_fields, .loose = true };
struct data_in { const void *object; };
static const struct field data_fields[] = { F_OBJ(struct data_in, object, &object_shape), F_END };
static const struct shape data_shape = { .name = "stripe_data", .size = sizeof(struct data_in), .fields = data_fields, .loose = true };
struct event_in { const char *id, *type, *account; bool livemode; int64_t created; const void *data; };
static const struct field event_fields[] = { F_STR(struct event_in, id, .max = CARDS_ID_MAX), F_STR(struct event_in, type, .max = 200), F_STR(struct event_in, account, .max = CARDS_ID_MAX),
    F_BOOL(struct event_in, livemode), F_INT(struct event_in, created, .min = 0, .max = INSTANT_END / USEC_PER_SEC), F_OBJ(struct event_in, data, &data_shape), F_END };
static const struct shape event_shape = { .name = "stripe_event", .size = sizeof(struct event_in), .fields = event_fields, .loose = true };

struct received { bool received; };
static const struct field received_fields[] = { F_BOOL(struct received, received, .doc = "It is on disk; a second delivery is answered the same way"), F_END };
const struct shape card_received_shape = SHAPE_NAMED("card_received", received, received_fields);

enum card_object cards_object_of(const char *type)
{
    static const struct { const char *prefix; enum card_object object; } kinds[] = { { "checkout.session.", OBJECT_SESSION }, { "payment_intent.", OBJECT_INTENT },
        { "charge.dispute.", OBJECT_DISPUTE }, { "charge.refund.", OBJECT_REFUND }, { "charge.", OBJECT_CHARGE }, { "refund.", OBJECT_REFUND } };
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_starts(type, kinds[i].prefix)) return kinds[i].object;
    return OBJECT_NONE;
}

bool cards_plain_id(const char *id)
{
    static const char letters[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    return !str_empty(id) && strspn(id, letters) == strlen(id) && strlen(id) <= CARDS_ID_MAX;
}

static enum rc refuse(struct req *r, const char *sentence)
{
    LOG(LOG_WARN, "cards.webhook_refused", KID("tenant", r->path_id), KS("why", sentence));
    return req_fail(r, RC_BAD_REQUEST, sentence, NULL);
}

static bool signed_by_one(struct req *r, const struct list *secrets, const struct cards_signature *s, const char *body, size_t len)
{
    bool good = false;
    for (size_t i = 0; i < secrets->n; i++) {
        const struct card_secret *one = LIST_AT(*secrets, struct card_secret, i);
        char id[ID_TEXT];
        const char *plain = cards_open(r->arena, r->path_id, id_format(one->id, id), one->secret);
        if (plain) good |= cards_signature_by(s, plain, body, len);
    }
    return good;
}

static enum rc check_signature(struct req *r, const struct list *secrets, const char *body, size_t len)
{
    struct cards_signature s;
    if (!cards_signature_read(req_header(r, "Stripe-Signature"), &s)) return refuse(r, "The Stripe-Signature header is missing or cannot be read");
    if (!signed_by_one(r, secrets, &s, body, len)) return refuse(r, "The signature is of none of this clinic's webhook secrets");
    return cards_signature_fresh(&s, r->now) ? RC_OK : refuse(r, "The signature's time is more than five minutes away");
}

static enum rc check_event(struct req *r, const struct card_account *a, const struct event_in *e)
{
    const struct data_in *data = e->data;
    const struct object_in *object = data ? data->object : NULL;
    if (!cards_plain_id(e->id) || !str_starts(e->id, "evt_") || str_empty(e->type) || !object) return refuse(r, "This is no event of Stripe");
    if (e->livemode != a->live) return refuse(r, e->livemode ? "A live event, and this clinic is in test mode" : "A test event, and this clinic is in live mode");
    if (a->account && !str_eq(a->account, e->account)) return refuse(r, "The event is of another account");
    return RC_OK;
}

struct arrival { struct req *r; struct card_event event; struct id job_id; const char *payload; };

static enum rc arrival_tx(struct tx *tx, void *arg)
{
    struct arrival *w = arg;
    TRY(cards_event_insert(tx, &w->event));
    if (w->payload) TRY(tx_job(tx, w->job_id, "cards.event", w->event.event_id, w->r->now, w->payload));
    return reply(w->r, &(struct received){ true });
}

static enum rc keep(struct req *r, const struct event_in *e)
{
    const struct object_in *object = ((const struct data_in *)e->data)->object;
    bool ours = cards_object_of(e->type) != OBJECT_NONE && cards_plain_id(object->id);
    struct arrival w = { .r = r, .job_id = id_new(), .event = { .event_id = e->id, .type = e->type, .object_id = object->id ? object->id : "", .live = e->livemode,
        .created_at = e->created * USEC_PER_SEC, .received_at = r->now, .state = ours ? EVENT_RECEIVED : EVENT_IGNORED, .done_at = ours ? NONE : r->now } };
    if (ours) w.payload = arena_printf(r->arena, "{\"event_id\":\"%s\"}", e->id);
    return ours && !w.payload ? RC_OOM : req_tx(r, "cards.webhook", arrival_tx, &w);
}

enum rc cards_post_webhook(struct req *r)
{
    struct card_account account = { 0 };
    struct card_event before = { 0 };
    struct list secrets = { 0 };
    void *read = NULL;
    size_t len = 0;
    const char *body = req_body(r, &len);
    TRY(req_enter(r, r->path_id));
    struct tdb *b = db_batch(r->db);
    TRY(cards_account_get(b, &account));
    TRY(cards_secrets(b, &secrets));
    TRY(db_batch_run(b));
    if (!account.version) return RC_NOT_FOUND;
    TRY(check_signature(r, &secrets, body, len));
    enum rc rc = shape_read_foreign(r->arena, &event_shape, body, len, &read);
    if (rc == RC_INVALID) return refuse(r, "This is no event of Stripe");
    TRY(rc);
    TRY(check_event(r, &account, read));
    const struct event_in *e = read;
    rc = cards_event_get(r->db, e->id, &before);
    if (rc == RC_OK) return reply(r, &(struct received){ true });
    return rc == RC_NOT_FOUND ? keep(r, e) : rc;
}
