/* till_work.c - opening and closing a drawer, money by hand, and which drawer a payment goes into. Each is one commit with its move in the ledger. */
#include "modules/till/till_work.h"

/* Money that comes from the safe into the drawer, and back. */
#define SAFE "world:safe"
#define DIFFERENCE "till_difference"

struct work {
    struct req *r;
    struct id audit_id;
    struct till_session row;
    struct till_move move;
};

static const char *name_of(const struct req *r) { return r->who->name ? r->who->name : ""; }

static void chain_begin(struct ledger_chain *c, const struct work *w)
{
    struct ledger_by by = ledger_by(w->r);
    ledger_chain_begin(c, w->r->arena, db_tenant(w->r->db), w->row.currency, &by);
}

/* delta > 0: into the drawer. */
static void chain_add(struct ledger_chain *c, const struct work *w, struct id cause, int64_t delta, const char *other, const char *step)
{
    const char *till = w->row.account_code;
    ledger_chain_add(c, &(struct ledger_step){ .debit = delta > 0 ? till : other, .credit = delta > 0 ? other : till, .amount = delta > 0 ? delta : -delta,
        .cause = LEDGER_TILL, .cause_id = cause, .step = step });
}

static enum rc leave(struct tx *tx, const struct work *w, const char *action, const struct till_session *before, bool warning)
{
    return tx_change(tx, w->r, &(struct change){ .audit_id = w->audit_id, .action = action, .topic = "till.changed", .entity = "till_session", .id = w->row.id,
        .version = w->row.version, .changes = shape_diff(w->r->arena, &till_session_shape, before, &w->row), .warning = warning });
}

/* The ledger refused: there is not so much in the drawer. */
static enum rc in_words(struct req *r, enum rc rc)
{
    return rc == RC_FUNDS ? req_fail(r, rc, "There is not so much in the drawer", "{\"field\":\"amount_minor\"}") : rc;
}

/* ---- opening ---------------------------------------------------------------------------------------------------------------------- */

static enum rc open_tx(struct tx *tx, void *arg)
{
    struct work *w = arg;
    struct req *r = w->r;
    struct till t = { 0 };
    struct ledger_chain c;
    int64_t counted = ((const struct till_open_in *)r->in)->counted_minor;
    TRY(till_get(tx_db(tx), r->path_id, &t));
    if (t.archived) return req_fail(r, RC_STATE, "This till is in the archive", NULL);
    if (!id_is_nil(t.session_id)) return req_fail(r, RC_STATE, "This till is open already", NULL);
    bool first = t.carry_minor == NONE; /* the float comes from the safe */
    w->row = (struct till_session){ .id = w->row.id, .till_id = t.id, .location_id = t.location_id, .till_name = t.name, .currency = t.currency,
        .account_code = t.account_code, .state = TILL_OPEN, .float_minor = counted, .expected_minor = counted,
        .opening_variance_minor = first ? 0 : counted - t.carry_minor, .counted_minor = NONE, .variance_minor = NONE, .taken_minor = NONE,
        .opened_at = r->now, .opened_by = r->who->member, .opened_by_name = name_of(r), .closed_at = NONE, .version = 1 };
    TRY(till_carry(tx, t.id, counted, t.version));
    TRY(till_session_insert(tx, &w->row));
    chain_begin(&c, w);
    if (first) chain_add(&c, w, w->row.id, counted, SAFE, "float");
    else chain_add(&c, w, w->row.id, w->row.opening_variance_minor, DIFFERENCE, "opening");
    TRY(ledger_chain_post(tx, &c));
    TRY(leave(tx, w, "till.open", NULL, w->row.opening_variance_minor != 0));
    return reply(r, &w->row);
}

/* The index of open sessions decides between two who open at once. */
enum rc till_handle_open(struct req *r)
{
    struct work w = { .r = r, .audit_id = id_new(), .row = { .id = id_new() } };
    enum rc rc = req_tx(r, "till.open", open_tx, &w);
    return rc == RC_CONFLICT ? req_fail(r, RC_STATE, "This till is open already", NULL) : in_words(r, rc);
}

/* ---- by hand ----------------------------------------------------------------------------------------------------------------------- */

static enum rc hand_tx(struct tx *tx, void *arg)
{
    struct work *w = arg;
    struct ledger_chain c;
    bool in = w->move.kind == TILL_IN;
    struct till_session before = { 0 };
    TRY(till_session_by_hand(tx, w->r->path_id, in ? w->move.amount_minor : 0, in ? 0 : w->move.amount_minor, RC_STATE));
    TRY(till_session_get(tx_db(tx), w->r->path_id, &w->row));
    before = w->row;
    *(in ? &before.in_minor : &before.out_minor) -= w->move.amount_minor;
    before.expected_minor -= in ? w->move.amount_minor : -w->move.amount_minor;
    chain_begin(&c, w);
    chain_add(&c, w, w->move.id, in ? w->move.amount_minor : -w->move.amount_minor, SAFE, "hand");
    TRY(till_move_insert(tx, &w->move));
    TRY(ledger_chain_post(tx, &c));
    TRY(leave(tx, w, in ? "till.in" : "till.out", &before, false));
    return reply(w->r, &w->row);
}

enum rc till_handle_hand(struct req *r)
{
    const struct till_hand_in *in = r->in;
    struct work w = { .r = r, .audit_id = id_new() };
    TRY(till_session_get(r->db, r->path_id, &w.row));
    w.move = (struct till_move){ .id = id_new(), .session_id = w.row.id, .kind = in->kind, .amount_minor = in->amount_minor, .reason = in->reason,
        .actor_id = r->who->member, .actor_name = name_of(r), .created_at = r->now };
    enum rc rc = req_tx(r, "till.hand", hand_tx, &w);
    return rc == RC_STATE ? req_fail(r, rc, "This till is closed", NULL) : in_words(r, rc);
}

/* ---- closing ---------------------------------------------------------------------------------------------------------------------- */

static enum rc close_tx(struct tx *tx, void *arg)
{
    struct work *w = arg;
    const struct till_close_in *in = w->r->in;
    struct till_session before = { 0 };
    struct ledger_chain c;
    TRY(till_session_by_hand(tx, w->r->path_id, 0, 0, RC_STATE)); /* nothing, but from here on nobody else writes to it */
    TRY(till_session_get(tx_db(tx), w->r->path_id, &before));
    TRY(req_version(w->r, before.version - 1));
    w->row = before;
    w->row.state = TILL_CLOSED;
    w->row.counted_minor = in->counted_minor;
    w->row.variance_minor = in->counted_minor - before.expected_minor;
    w->row.taken_minor = in->taken_minor;
    w->row.note = in->note;
    w->row.closed_at = w->r->now;
    w->row.closed_by = w->r->who->member;
    w->row.closed_by_name = name_of(w->r);
    TRY(till_session_close(tx, &w->row, RC_RETRY));
    w->row.version++;
    TRY(till_carry(tx, w->row.till_id, in->counted_minor - in->taken_minor, NONE));
    chain_begin(&c, w);
    chain_add(&c, w, w->row.id, w->row.variance_minor, DIFFERENCE, "variance");
    chain_add(&c, w, w->row.id, -in->taken_minor, SAFE, "taken");
    TRY(ledger_chain_post(tx, &c));
    TRY(leave(tx, w, "till.close", &before, w->row.variance_minor != 0));
    return reply(w->r, &w->row);
}

enum rc till_handle_close(struct req *r)
{
    const struct till_close_in *in = r->in;
    struct work w = { .r = r, .audit_id = id_new() };
    if (in->taken_minor > in->counted_minor) req_field_error(r, "taken_minor", "is more than what was counted");
    TRY(req_invalid(r));
    TRY(till_session_get(r->db, r->path_id, &w.row));
    enum rc rc = req_tx(r, "till.close", close_tx, &w);
    return rc == RC_STATE ? req_fail(r, rc, "This till is closed already", NULL) : rc;
}

/* ---- which drawer ------------------------------------------------------------------------------------------------------------------- */

static enum rc none(struct req *r, enum rc rc, const char *sentence) { return req_fail(r, rc, sentence, "{\"field\":\"till_session_id\"}"); }

enum rc till_for(struct req *r, struct tdb *db, struct id location, struct id session, const char *currency, struct till_session *out)
{
    struct list open;
    *out = (struct till_session){ 0 };
    if (id_is_nil(session)) {
        TRY(till_sessions_open(db, location, &open));
        if (open.n > 1) return none(r, RC_STATE, "More than one till is open here. Say which");
        if (!open.n) return none(r, RC_STATE, "No till is open here. Open one first");
        *out = *LIST_AT(open, struct till_session, 0);
    } else {
        enum rc rc = till_session_get(db, session, out);
        if (rc == RC_NOT_FOUND) return none(r, rc, "There is no such till session");
        TRY(rc);
    }
    if (out->state != TILL_OPEN) return none(r, RC_STATE, "This till is closed");
    return str_eq(out->currency, currency) ? RC_OK : none(r, RC_STATE, "This till holds another currency");
}
