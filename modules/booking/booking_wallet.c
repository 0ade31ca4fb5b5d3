/* booking_wallet.c - see booking_wallet.h. */
#include "modules/booking/booking_wallet.h"
#include "modules/booking/proofs.h"
#include "modules/cards/cards.h"

#define W struct booking_wallet
static const struct field wallet_fields[] = { F_TEXT(K_SECRET, W, proof, .required = true, .max = 100, .doc = "That the address is theirs"),
    F_ID(W, client_id, .nullable = true, .doc = "Who of that address it is for; needed where there is more than one"),
    F_INT(W, expect_minor, .required = true, .min = 1, .max = ORDER_AMOUNT_MAX, .doc = "What the quote said that the wallet pays; another amount is refused"), F_END };
const struct shape booking_wallet_shape = SHAPE_NAMED("booking_wallet", booking_wallet, wallet_fields);
#undef W

/* ---- what it would pay ------------------------------------------------------------------------------------------------------------------ */

struct quote_ask { const char *proof, *link; struct id service_id; int64_t start; };
static const struct field ask_fields[] = { F_TEXT(K_SECRET, struct quote_ask, proof, .required = true, .max = 100, .doc = "That the address is theirs"),
    F_ID(struct quote_ask, service_id, .required = true, .doc = "What for"), F_INSTANT(struct quote_ask, start, .required = true, .doc = "When: benefits have years, gifts an end"),
    F_STR(struct quote_ask, link, .nullable = true, .max = 100, .doc = "The token of a private link, which opens services that are not public"), F_END };
const struct shape wallet_quote_ask_shape = SHAPE_NAMED("wallet_quote_new", quote_ask, ask_fields);

#define P struct wallet_part
static const struct field part_fields[] = { F_STR(P, name), F_ENUM(P, kind, bucket_kind_names), F_STR(P, category, .nullable = true), F_INT(P, amount_minor, .doc = "What it pays"),
    F_INT(P, available_minor, .doc = "What is in it"), F_INT(P, coverage_ppm, .nullable = true, .doc = "How much of what is over the co-payment its plan pays, in millionths"),
    F_INT(P, copay_minor, .nullable = true), F_INT(P, limit_left_minor, .nullable = true, .doc = "What the family may still use together"), F_DATE(P, expires_on, .nullable = true), F_END };
static const struct shape part_shape = SHAPE_NAMED("wallet_quote_part", wallet_part, part_fields);
#undef P
struct quote_person { struct id client_id; const char *name; int64_t covered_minor, card_minor, later_minor; struct list parts; };
#define P struct quote_person
static const struct field person_fields[] = { F_ID(P, client_id), F_STR(P, name), F_INT(P, covered_minor, .doc = "What the wallet pays: send it as expect_minor; 0: nothing"),
    F_INT(P, card_minor, .doc = "What is then paid by card before the appointment stands"), F_INT(P, later_minor, .doc = "What is then paid at the clinic"),
    F_LIST(P, parts, &part_shape, .doc = "In the order in which they are used"), F_END };
static const struct shape person_shape = SHAPE_NAMED("wallet_quote_person", quote_person, person_fields);
#undef P
struct quote { const char *currency; int64_t total_minor; struct list persons; const void *terms; };
static const struct field quote_fields[] = { F_STR(struct quote, currency), F_INT(struct quote, total_minor), F_LIST(struct quote, persons, &person_shape, .doc = "Of this address, who have a wallet here"),
    F_OBJ(struct quote, terms, &terms_shape, .doc = "What goes back when it is cancelled"), F_END };
const struct shape wallet_quote_shape = SHAPE_NAMED("wallet_quote", quote, quote_fields);

/* A request is answered first; nothing is taken for it. */
static enum rc check_service(struct req *r, const struct service *s, const char *field)
{
    if (!s->approval_required) return RC_OK;
    return req_fail(r, RC_STATE, "The clinic answers this request first: it is paid there", arena_printf(r->arena, "{\"field\":\"%s\"}", field));
}

struct quoting { struct req *r; struct pay_plan plan; struct order order; int64_t day, today; };

static enum rc quote_one(struct quoting *q, const struct proof_person *who, struct quote_person *out)
{
    struct wallet_cover cover;
    q->order.client_id = who->client_id;
    TRY(wallets_cover(q->r->db, &q->order, q->day, q->today, &cover));
    int64_t card = pay_by_card_minor(&q->plan, q->order.total_minor, cover.covered_minor);
    *out = (struct quote_person){ who->client_id, who->name, cover.covered_minor, card, q->order.total_minor - cover.covered_minor - card, cover.parts };
    return RC_OK;
}

static enum rc quote_all(struct quoting *q, const char *email, struct quote *out)
{
    struct list who;
    TRY(proofs_persons(q->r->db, email, &who));
    struct quote_person *persons = arena_alloc(q->r->arena, (who.n + 1) * sizeof *persons);
    if (!persons) return RC_OOM;
    for (size_t i = 0; i < who.n; i++) TRY(quote_one(q, LIST_AT(who, struct proof_person, i), &persons[i]));
    out->persons = (struct list){ persons, who.n };
    return RC_OK;
}

enum rc wallet_quotes_handle(struct req *r)
{
    const struct quote_ask *in = r->in;
    const char *email;
    struct tenant t;
    struct booking_link k;
    struct terms terms;
    struct id any = ID_NIL;
    struct quoting q = { .r = r };
    TRY(booking_enter_for(r, in->link, in->service_id, &any, &t, &k));
    TRY(proofs_open(r, "proof", in->proof, &email));
    enum rc rc = pay_plan(r, &t, in->service_id, &q.plan);
    if (rc == RC_NOT_FOUND || (rc == RC_OK && !in->link && !q.plan.service.public)) return req_fail(r, RC_NOT_FOUND, "There is no such service", "{\"field\":\"service_id\"}");
    TRY(rc);
    TRY(check_service(r, &q.plan.service, "service_id"));
    const struct zone *z = zone_find(t.time_zone);
    if (!z) return fault(RC_FAULT, "the clinic's time zone is unknown");
    TRY(appointments_make_order(r, &q.plan.service, q.plan.service.price_minor, q.plan.service.currency, &q.order));
    q.day = zone_date(z, in->start);
    q.today = zone_date(z, r->now);
    TRY(terms_of(r->db, in->service_id, &terms));
    struct quote out = { .currency = q.order.currency, .total_minor = q.order.total_minor, .terms = &terms };
    TRY(quote_all(&q, email, &out));
    return reply(r, &out);
}

/* ---- booking ------------------------------------------------------------------------------------------------------------------------------ */

enum rc booking_wallet_client(struct req *r, const struct booking_wallet *in, struct id any, struct booking *b)
{
    const char *email;
    struct list who;
    TRY(proofs_open(r, "wallet.proof", in->proof, &email));
    TRY(proofs_persons(r->db, email, &who));
    struct id wanted = id_is_nil(in->client_id) ? any : in->client_id;
    if (id_is_nil(wanted) && who.n == 1) wanted = LIST_AT(who, struct proof_person, 0)->client_id;
    for (size_t i = 0; i < who.n; i++)
        if (id_eq(LIST_AT(who, struct proof_person, i)->client_id, wanted)) b->client_id = wanted;
    if (id_is_nil(wanted)) req_field_error(r, "wallet.client_id", "is required: more than one has this address");
    else if (id_is_nil(b->client_id)) req_field_error(r, "wallet.client_id", "has no wallet under this address");
    else if (!id_is_nil(any) && !id_eq(any, wanted)) req_field_error(r, "wallet.client_id", "is not who the link was sent to");
    return req_invalid(r);
}

static enum rc plan_rest(struct req *r, struct order *o, const struct wallet_cover *cover, void *arg)
{
    const struct pay_plan *p = arg;
    int64_t card = pay_by_card_minor(p, o->total_minor, cover->covered_minor);
    (void)r;
    if (!card) return RC_OK;
    o->due_minor = cover->covered_minor + card;
    o->pay_by = p->order.pay_by;
    return RC_OK;
}

static enum rc begin_rest(struct tx *tx, const struct order *o, const struct wallet_cover *cover, void *arg)
{
    return pay_begin(tx, arg, o, o->due_minor - cover->covered_minor);
}

enum rc booking_wallet_book(struct booking *b, const struct booking_wallet *in, struct pay_plan *plan)
{
    enum { BEHIND_S = 300 }; /* a little behind the order's own time */
    TRY(check_service(b->r, &plan->service, "wallet"));
    struct wallet_way way = { .source = ORDER_BY_PUBLIC, .field = "wallet.expect_minor", .expect_minor = in->expect_minor, .plan = plan_rest, .rest = begin_rest, .arg = plan,
        .hold_s = plan->must ? (plan->order.pay_by - b->r->now) / USEC_PER_SEC + BEHIND_S : 0 };
    return calendar_book_from_wallet(b, &way);
}
