/* cards_rows.c - see cards_rows.h. */
#include "modules/cards/cards_rows.h"

const char *const card_dispute_state_names[] = { "inquiry", "open", "won", "lost", NULL };
const char *const card_difference_kind_names[] = { "unpaid_here", "unpaid_there", "refund_here", "refund_there", "amount", "unknown", "stuck", NULL };
const char *const card_difference_state_names[] = { "open", "repairing", "repaired", NULL };

/* ---- disputes --------------------------------------------------------------------------------------------------------------------------- */

#define DISPUTE "SELECT id, dispute_id, payment_id, currency, amount_minor, status, state, reason, due_by, version, created_at, updated_at FROM card_dispute WHERE tenant_id = $1"
const struct query Q_CARD_DISPUTE = { .name = "cards.dispute", .args = "t", .sql = DISPUTE " AND dispute_id = $2" };
const struct query Q_CARD_DISPUTES = { .name = "cards.disputes", .args = "i", .scan = "disputes are few; the open ones come first",
    .sql = DISPUTE " ORDER BY CASE WHEN state IN ('inquiry', 'open') THEN 0 ELSE 1 END, created_at DESC LIMIT $2" };
const struct query Q_CARD_DISPUTE_INSERT = { .name = "cards.dispute_insert", .args = "ututitttii",
    .sql = "INSERT INTO card_dispute (tenant_id, id, dispute_id, payment_id, currency, amount_minor, status, state, reason, due_by, version, created_at, updated_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11)" };
const struct query Q_CARD_DISPUTE_UPDATE = { .name = "cards.dispute_update", .args = "uittii",
    .sql = "UPDATE card_dispute SET version = version + 1, status = $4, state = $5, due_by = $6, updated_at = $7 WHERE tenant_id = $1 AND id = $2 AND version = $3" };
#define D struct card_dispute
static const struct field dispute_fields[] = { F_ID(D, id), F_STR(D, dispute_id), F_ID(D, payment_id), F_STR(D, currency), F_INT(D, amount_minor), F_STR(D, status),
    F_ENUM(D, state, card_dispute_state_names), F_STR(D, reason), F_INT(D, due_by), F_INT(D, version), F_INT(D, created_at), F_INT(D, updated_at), F_END };
#undef D
static const struct shape dispute_shape = SHAPE(card_dispute, dispute_fields);

enum rc cards_dispute_get(struct tdb *db, const char *id, struct card_dispute *out) { return db_get(db, &Q_CARD_DISPUTE, ARGS(S(id)), &dispute_shape, out); }
enum rc cards_disputes(struct tdb *db, int64_t max, struct list *out) { return db_list(db, &Q_CARD_DISPUTES, ARGS(I(max)), &dispute_shape, (size_t)max, out); }

enum rc cards_dispute_insert(struct tx *tx, const struct card_dispute *d)
{
    return tx_run_query(tx, &Q_CARD_DISPUTE_INSERT, ARGS(U(d->id), S(d->dispute_id), U(d->payment_id), S(d->currency), I(d->amount_minor), S(d->status),
        S(card_dispute_state_names[d->state]), S(d->reason), I(d->due_by), I(d->created_at)));
}

enum rc cards_dispute_update(struct tx *tx, const struct card_dispute *d, enum rc lost)
{
    return tx_one(tx, &Q_CARD_DISPUTE_UPDATE, ARGS(U(d->id), I(d->version), S(d->status), S(card_dispute_state_names[d->state]), I(d->due_by), I(d->updated_at)), lost);
}

/* ---- balance transactions --------------------------------------------------------------------------------------------------------------- */

const struct query Q_CARD_TRANSACTION_THERE = { .name = "cards.transaction_there", .args = "t", .sql = "SELECT COUNT(*) FROM card_transaction WHERE tenant_id = $1 AND transaction_id = $2" };
const struct query Q_CARD_COUNTED = { .name = "cards.counted", .args = "u", .sql = "SELECT COUNT(*) FROM card_transaction WHERE tenant_id = $1 AND payment_id = $2 AND kind = 'charge'" };
const struct query Q_CARD_TRANSACTION_INSERT = { .name = "cards.transaction_insert", .args = "utttutiiii",
    .sql = "INSERT INTO card_transaction (tenant_id, id, transaction_id, kind, source, payment_id, currency, amount_minor, fee_minor, created_at, counted_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)" };

enum rc cards_transaction_there(struct tdb *db, const char *id, int64_t *n) { return db_int(db, &Q_CARD_TRANSACTION_THERE, ARGS(S(id)), n); }

enum rc cards_counted(struct tdb *db, struct id payment, int64_t *n) { return db_int(db, &Q_CARD_COUNTED, ARGS(U(payment)), n); }

enum rc cards_transaction_insert(struct tx *tx, const struct card_transaction *t)
{
    return tx_run_query(tx, &Q_CARD_TRANSACTION_INSERT, ARGS(U(t->id), S(t->transaction_id), S(t->kind), S(t->source), U(t->payment_id), S(t->currency), I(t->amount_minor),
        I(t->fee_minor), I(t->created_at), I(t->counted_at)));
}

/* ---- differences --------------------------------------------------------------------------------------------------------------------------- */

#define DIFFERENCE "SELECT id, kind, object_id, payment_id, refund_id, currency, here_minor, there_minor, state, note, found_at, repaired_at FROM card_difference WHERE tenant_id = $1"
const struct query Q_CARD_DIFFERENCE = { .name = "cards.difference", .args = "u", .sql = DIFFERENCE " AND id = $2" };
const struct query Q_CARD_DIFFERENCE_INSERT = { .name = "cards.difference_insert", .args = "uttuutiiti",
    .sql = "INSERT INTO card_difference (tenant_id, id, kind, object_id, payment_id, refund_id, currency, here_minor, there_minor, state, note, found_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11) ON CONFLICT DO NOTHING" };
const struct query Q_CARD_DIFFERENCE_STEP = { .name = "cards.difference_step", .args = "utttii",
    .sql = "UPDATE card_difference SET state = $4, note = $5, repaired_at = $6 WHERE tenant_id = $1 AND id = $2 AND state = $3 AND $7 >= 0" };
const struct query Q_CARD_DIFFERENCE_GONE = { .name = "cards.difference_gone", .args = "tti",
    .sql = "UPDATE card_difference SET state = 'repaired', repaired_at = $4 WHERE tenant_id = $1 AND kind = $2 AND object_id = $3 AND state <> 'repaired'" };
const struct query Q_CARD_DIFFERENCES = { .name = "cards.differences", .args = "tiui",
    .sql = DIFFERENCE " AND ($2 = '' OR state = $2) AND (found_at, id) < ($3, $4) ORDER BY found_at DESC, id DESC LIMIT $5" };
#define F struct card_difference
static const struct field difference_fields[] = { F_ID(F, id), F_ENUM(F, kind, card_difference_kind_names), F_STR(F, object_id), F_ID(F, payment_id), F_ID(F, refund_id), F_STR(F, currency),
    F_INT(F, here_minor), F_INT(F, there_minor), F_ENUM(F, state, card_difference_state_names), F_STR(F, note), F_INT(F, found_at), F_INT(F, repaired_at), F_END };
#undef F
static const struct shape difference_shape = SHAPE(card_difference, difference_fields);

enum rc cards_difference_get(struct tdb *db, struct id id, struct card_difference *out) { return db_get(db, &Q_CARD_DIFFERENCE, ARGS(U(id)), &difference_shape, out); }

enum rc cards_difference_insert(struct tx *tx, const struct card_difference *d)
{
    return tx_run_query(tx, &Q_CARD_DIFFERENCE_INSERT, ARGS(U(d->id), S(card_difference_kind_names[d->kind]), S(d->object_id), U(d->payment_id), U(d->refund_id), S(d->currency),
        I(d->here_minor), I(d->there_minor), S(d->note), I(d->found_at)));
}

enum rc cards_difference_step(struct tx *tx, struct id id, int64_t from, int64_t to, const char *note, int64_t now)
{
    return tx_one(tx, &Q_CARD_DIFFERENCE_STEP, ARGS(U(id), S(card_difference_state_names[from]), S(card_difference_state_names[to]), S(note), I(to == DIFFERENCE_REPAIRED ? now : NONE), I(0)), RC_STATE);
}

enum rc cards_difference_gone(struct tx *tx, int64_t kind, const char *object, int64_t now)
{
    return tx_run_query(tx, &Q_CARD_DIFFERENCE_GONE, ARGS(S(card_difference_kind_names[kind]), S(object), I(now)));
}

enum rc cards_differences(struct tdb *db, int64_t state, const struct position *after, int64_t limit, struct list *out)
{
    bool first = id_is_nil(after->id);
    return db_list(db, &Q_CARD_DIFFERENCES, ARGS(S(state == NONE ? "" : card_difference_state_names[state]), I(first ? INSTANT_END : after->number), U(after->id), I(limit)), &difference_shape,
        (size_t)limit, out);
}

/* ---- payments and refunds --------------------------------------------------------------------------------------------------------------------- */

const struct query Q_CARD_BY_INTENT = { .name = "cards.payment_by_intent", .args = "t", .sql = "SELECT id FROM payment WHERE tenant_id = $1 AND intent_id = $2 ORDER BY id LIMIT 1" };
const struct query Q_CARD_REFUND_BY_NAME = { .name = "cards.refund_by_name", .args = "t", .sql = "SELECT id FROM refund WHERE tenant_id = $1 AND provider_id = $2" };
const struct query Q_CARD_APPOINTMENT = { .name = "cards.appointment_of", .args = "u",
    .sql = "SELECT id FROM appointment WHERE tenant_id = $1 AND order_id = $2 ORDER BY id LIMIT 1" };
const struct query Q_CARD_WAITING = { .name = "cards.waiting", .args = "ii", .platform = "one clock looks after the payments of all clinics",
    .sql = "SELECT tenant_id, id, session_expires_at AS at FROM payment WHERE state IN ('created', 'processing') AND session_expires_at IS NOT NULL AND session_expires_at <= $1"
           " ORDER BY session_expires_at DESC LIMIT $2" };
const struct query Q_CARD_UNCOUNTED = { .name = "cards.uncounted", .args = "ii",
    .sql = "SELECT p.id, p.succeeded_at AS at FROM payment p LEFT JOIN card_transaction t ON t.tenant_id = p.tenant_id AND t.payment_id = p.id AND t.kind = 'charge'"
           " WHERE p.tenant_id = $1 AND p.created_at >= $2 AND p.succeeded_at <= $3 AND p.method = 'card' AND p.state = 'succeeded' AND t.id IS NULL ORDER BY p.created_at LIMIT 200" };
const struct query Q_CARD_REFUNDS_WAITING = { .name = "cards.refunds_waiting", .args = "i",
    .sql = "SELECT f.id, f.created_at AS at FROM refund f JOIN payment p ON p.tenant_id = f.tenant_id AND p.id = f.payment_id WHERE f.tenant_id = $1 AND f.state IN ('requested', 'submitted')"
           " AND f.created_at <= $2 AND p.method = 'card' ORDER BY f.created_at LIMIT 200" };
const struct query Q_CARD_CLINICS = { .name = "cards.clinics", .args = "i", .platform = "the nightly look is for all clinics", .scan = "one row for each clinic that takes cards",
    .sql = "SELECT tenant_id FROM card_account ORDER BY tenant_id LIMIT $1" };
static const struct field found_fields[] = { F_ID(struct card_found, tenant_id), F_ID(struct card_found, id), F_INT(struct card_found, at), F_END };
static const struct shape found_shape = SHAPE(card_found, found_fields);

static enum rc find(struct tdb *db, const struct query *q, const struct arg *args, struct id *out)
{
    struct card_found f = { 0 };
    enum rc rc = db_get(db, q, args, &found_shape, &f);
    *out = f.id;
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

enum rc cards_payment_by_intent(struct tdb *db, const char *intent, struct id *out) { return find(db, &Q_CARD_BY_INTENT, ARGS(S(intent)), out); }
enum rc cards_refund_by_name(struct tdb *db, const char *name, struct id *out) { return find(db, &Q_CARD_REFUND_BY_NAME, ARGS(S(name)), out); }
enum rc cards_appointment_of(struct tdb *db, struct id order, struct id *out) { return find(db, &Q_CARD_APPOINTMENT, ARGS(U(order)), out); }
enum rc cards_waiting(struct tdb *db, int64_t before, size_t max, struct list *out) { return db_list(db, &Q_CARD_WAITING, ARGS(I(before), I((int64_t)max)), &found_shape, max, out); }
enum rc cards_uncounted(struct tdb *db, int64_t from, int64_t to, struct list *out) { return db_list(db, &Q_CARD_UNCOUNTED, ARGS(I(from), I(to)), &found_shape, 200, out); }
enum rc cards_refunds_waiting(struct tdb *db, int64_t before, struct list *out) { return db_list(db, &Q_CARD_REFUNDS_WAITING, ARGS(I(before)), &found_shape, 200, out); }
enum rc cards_clinics(struct tdb *db, size_t max, struct list *out) { return db_list(db, &Q_CARD_CLINICS, ARGS(I((int64_t)max)), &found_shape, max, out); }
