/* proofs.c - see proofs.h. */
#include "modules/booking/proofs.h"
#include "modules/booking/booking_enter.h"
#include "modules/wallets/wallets.h"
#include <stdio.h>

enum { CODE_MINUTES = 10, PROOF_MINUTES = 20, ASKS_AN_HOUR = 3, ASKS_A_DAY = 10, KEPT_DAYS = 2, CODE_TEXT = 7 };

const struct query Q_PROOF_COUNTS = { .name = "booking.proof_counts", .args = "tii",
    .sql = "SELECT COUNT(*) AS day, COUNT(*) FILTER (WHERE created_at > $3) AS hour, MIN(created_at) AS first_of_day, MIN(created_at) FILTER (WHERE created_at > $3) AS first_of_hour"
           " FROM booking_proof WHERE tenant_id = $1 AND email = $2 AND created_at > $4" };
const struct query Q_PROOF_INSERT = { .name = "booking.proof_insert", .args = "utii",
    .sql = "INSERT INTO booking_proof (tenant_id, id, email, tries, expires_at, created_at) VALUES ($1, $2, $3, 0, $4, $5)" };
const struct query Q_PROOF_GET = { .name = "booking.proof_get", .args = "u",
    .sql = "SELECT id, email, tries, expires_at, proved_until FROM booking_proof WHERE tenant_id = $1 AND id = $2" };
/* Both count and check in one statement: many who guess at once have five tries together, and a right code opens once. */
#define STILL_OPEN " WHERE tenant_id = $1 AND id = $2 AND tries < 5 AND proved_until IS NULL AND expires_at > $3"
const struct query Q_PROOF_WRONG = { .name = "booking.proof_wrong", .args = "ui", .sql = "UPDATE booking_proof SET tries = tries + 1" STILL_OPEN };
const struct query Q_PROOF_RIGHT = { .name = "booking.proof_right", .args = "uii", .sql = "UPDATE booking_proof SET proved_until = $4" STILL_OPEN };
const struct query Q_PROOF_PURGE = { .name = "booking.proof_purge", .args = "i", .platform = "old ones of all clinics go together", .sql = "DELETE FROM booking_proof WHERE created_at < $1" };
const struct query Q_PROOF_PERSONS = { .name = "booking.proof_persons", .args = "t",
    .sql = "SELECT c.id AS client_id, c.name FROM client c JOIN wallet w ON w.tenant_id = c.tenant_id AND w.client_id = c.id"
           " WHERE c.tenant_id = $1 AND c.email = $2 AND c.deleted_at IS NULL ORDER BY c.name_folded, c.id LIMIT 11" };

struct proof_row { struct id id; const char *email; int64_t tries, expires_at, proved_until; };
static const struct field row_fields[] = { F_ID(struct proof_row, id), F_STR(struct proof_row, email), F_INT(struct proof_row, tries), F_INT(struct proof_row, expires_at), F_INT(struct proof_row, proved_until), F_END };
static const struct shape row_shape = SHAPE(proof_row, row_fields);
struct proof_counts { int64_t day, hour, first_of_day, first_of_hour; };
static const struct field count_fields[] = { F_INT(struct proof_counts, day), F_INT(struct proof_counts, hour), F_INT(struct proof_counts, first_of_day), F_INT(struct proof_counts, first_of_hour), F_END };
static const struct shape counts_shape = SHAPE(proof_counts, count_fields);
static const struct field person_fields[] = { F_ID(struct proof_person, client_id), F_STR(struct proof_person, name), F_END };
static const struct shape person_shape = SHAPE(proof_person, person_fields);

/* The code follows from the id, so that it is stored nowhere and a mail that is sent again is the same. */
static void code_of(struct id tenant, struct id id, char out[CODE_TEXT])
{
    struct seal_key key = seal_key_for("booking_code", tenant);
    struct digest d = seal_mac(&key, id.b, sizeof id.b);
    uint64_t n = 0;
    for (int i = 0; i < 8; i++) n = n << 8 | d.b[i];
    snprintf(out, CODE_TEXT, "%06u", (unsigned)(n % 1000000));
}

enum rc proofs_persons(struct tdb *db, const char *email, struct list *out)
{
    TRY(db_list(db, &Q_PROOF_PERSONS, ARGS(S(email)), &person_shape, PROOF_PERSONS_MAX + 1, out));
    if (out->n > PROOF_PERSONS_MAX) out->n = 0;
    return RC_OK;
}

enum rc booking_proof_mail(struct tdb *db, struct id id, struct proof_mail *out)
{
    struct proof_row row = { 0 };
    struct list persons;
    char code[CODE_TEXT];
    TRY(db_get(db, &Q_PROOF_GET, ARGS(U(id)), &row_shape, &row));
    TRY(proofs_persons(db, row.email, &persons));
    code_of(db_tenant(db), id, code);
    *out = (struct proof_mail){ .email = row.email, .code = arena_strdup(db_arena(db), code), .expires_at = row.expires_at, .known = persons.n > 0 };
    return RC_OK;
}

/* ---- asking -------------------------------------------------------------------------------------------------------------------------- */

struct proof_ask { const char *email; };
static const struct field ask_fields[] = { F_TEXT(K_EMAIL, struct proof_ask, email, .required = true, .doc = "The address that the clinic knows"), F_END };
const struct shape proof_ask_shape = SHAPE(proof_ask, ask_fields);
struct proof_asked { struct id id; int64_t expires_at, tries; };
static const struct field asked_fields[] = { F_ID(struct proof_asked, id, .doc = "To confirm with the code in the mail"), F_INSTANT(struct proof_asked, expires_at, .doc = "Until when the code holds"),
    F_INT(struct proof_asked, tries, .doc = "How often a code may be tried"), F_END };
const struct shape proof_asked_shape = SHAPE(proof_asked, asked_fields);

struct asking { struct req *r; struct proof_asked out; struct id job; const char *email; int64_t wait; };

static int64_t wait_us(const struct proof_counts *n, int64_t now)
{
    if (n->day >= ASKS_A_DAY) return n->first_of_day + USEC_PER_DAY - now;
    return n->hour >= ASKS_AN_HOUR ? n->first_of_hour + USEC_PER_HOUR - now : 0;
}

static enum rc ask_tx(struct tx *tx, void *arg)
{
    struct asking *a = arg;
    struct proof_counts n = { 0 };
    int64_t now = a->r->now, key = lock_key(a->email, db_tenant(tx_db(tx)), 0);
    char id[ID_TEXT];
    TRY(tx_lock(tx, &key, 1));
    TRY(db_get(tx_db(tx), &Q_PROOF_COUNTS, ARGS(S(a->email), I(now - USEC_PER_HOUR), I(now - USEC_PER_DAY)), &counts_shape, &n));
    a->wait = wait_us(&n, now);
    if (a->wait > 0) return req_fail(a->r, RC_LIMITED, "Codes were asked for this address a moment ago. Look into your mail, or wait and try again", "{\"field\":\"email\"}");
    TRY(tx_run_query(tx, &Q_PROOF_INSERT, ARGS(U(a->out.id), S(a->email), I(a->out.expires_at), I(now))));
    id_format(a->out.id, id); /* first: arguments are worked out in any order */
    TRY(tx_job(tx, a->job, "notices.proof", id, now, arena_printf(a->r->arena, "{\"proof_id\":\"%s\"}", id)));
    return reply(a->r, &a->out);
}

enum rc proofs_handle_ask(struct req *r)
{
    struct tenant t;
    bool any;
    TRY(booking_enter_clinic(r, &t));
    TRY(wallets_any(r->db, &any));
    if (!any) return req_fail(r, RC_STATE, "Nothing is paid from wallets at this clinic", NULL);
    struct asking a = { .r = r, .email = ((const struct proof_ask *)r->in)->email, .job = id_new(), .out = { .id = id_new(), .expires_at = r->now + CODE_MINUTES * USEC_PER_MIN, .tries = PROOF_TRIES } };
    enum rc rc = req_tx(r, "booking.proof_ask", ask_tx, &a);
    if (rc == RC_LIMITED) reply_header(r, "Retry-After", arena_printf(r->arena, "%lld", (long long)(a.wait / USEC_PER_SEC + 1)));
    return rc;
}

/* ---- the code comes back --------------------------------------------------------------------------------------------------------------- */

struct proof_confirm { const char *code; };
static const struct field confirm_fields[] = { F_TEXT(K_SECRET, struct proof_confirm, code, .required = true, .max = 20, .doc = "The six digits in the mail"), F_END };
const struct shape proof_confirm_shape = SHAPE(proof_confirm, confirm_fields);
struct proof { const char *proof; int64_t expires_at; };
static const struct field proof_fields[] = { F_STR(struct proof, proof, .doc = "Opens the wallets of this address in this clinic: keep it in memory only"), F_INSTANT(struct proof, expires_at), F_END };
const struct shape proof_shape = SHAPE(proof, proof_fields);

struct confirming { struct req *r; struct id id; bool right; };

static enum rc confirm_tx(struct tx *tx, void *arg)
{
    struct confirming *c = arg;
    struct req *r = c->r;
    char token[LINK_TEXT];
    if (!c->right) return tx_one(tx, &Q_PROOF_WRONG, ARGS(U(c->id), I(r->now)), RC_STATE);
    int64_t until = r->now + PROOF_MINUTES * USEC_PER_MIN;
    TRY(tx_one(tx, &Q_PROOF_RIGHT, ARGS(U(c->id), I(r->now), I(until)), RC_STATE));
    seal_link("booking_proof", db_tenant(tx_db(tx)), c->id, token);
    return reply(r, &(struct proof){ arena_strdup(r->arena, token), until });
}

/* Why a code is not looked at any more. */
static enum rc closed(struct req *r, const struct proof_row *row)
{
    const char *why = row->proved_until != NONE ? "This code was used already" : row->tries >= PROOF_TRIES ? "There were too many wrong codes" : "This code does not hold any more";
    return req_fail(r, RC_STATE, arena_printf(r->arena, "%s. Please ask for another one", why), "{\"field\":\"code\"}");
}

static bool six_digits(const char *s)
{
    int n = 0;
    for (; s[n]; n++)
        if (n == CODE_TEXT - 1 || s[n] < '0' || s[n] > '9') return false;
    return n == CODE_TEXT - 1;
}

enum rc proofs_handle_confirm(struct req *r)
{
    const struct proof_confirm *in = r->in;
    struct tenant t;
    struct proof_row row = { 0 };
    char code[CODE_TEXT];
    TRY(booking_enter_clinic(r, &t));
    enum rc rc = db_get(r->db, &Q_PROOF_GET, ARGS(U(r->path_id)), &row_shape, &row);
    if (rc == RC_NOT_FOUND) return req_fail(r, rc, "No code was asked for here", "{\"field\":\"id\"}");
    TRY(rc);
    if (!six_digits(in->code)) req_field_error(r, "code", "must be six digits");
    TRY(req_invalid(r)); /* no try is lost by it */
    code_of(db_tenant(r->db), row.id, code);
    struct confirming c = { r, row.id, seal_equal(code, in->code) };
    rc = req_tx(r, "booking.proof_confirm", confirm_tx, &c);
    if (rc == RC_STATE) {
        TRY(db_get(r->db, &Q_PROOF_GET, ARGS(U(row.id)), &row_shape, &row));
        return closed(r, &row);
    }
    TRY(rc);
    if (c.right) return RC_OK;
    req_field_error(r, "code", "is not the one in the mail");
    return req_invalid(r);
}

/* ---- what was proved ------------------------------------------------------------------------------------------------------------------- */

enum rc proofs_open(struct req *r, const char *field, const char *token, const char **email)
{
    struct id tenant, id;
    struct proof_row row = { .proved_until = NONE };
    bool ours = seal_link_open("booking_proof", token, &tenant, &id) && id_eq(tenant, db_tenant(r->db));
    enum rc rc = ours ? db_get(r->db, &Q_PROOF_GET, ARGS(U(id)), &row_shape, &row) : RC_NOT_FOUND;
    if (rc != RC_OK && rc != RC_NOT_FOUND) return rc;
    if (rc == RC_NOT_FOUND || row.proved_until == NONE) req_field_error(r, field, "is not valid");
    else if (row.proved_until <= r->now) req_field_error(r, field, "does not hold any more: ask for another code");
    TRY(req_invalid(r));
    *email = row.email;
    return RC_OK;
}

static enum rc sweep_tx(struct tx *tx, void *arg) { return tx_run_query(tx, &Q_PROOF_PURGE, ARGS(I(*(int64_t *)arg - KEPT_DAYS * USEC_PER_DAY))); }
enum rc proofs_sweep(struct job *job) { return db_tx(job->db, "booking.proof_sweep", sweep_tx, &job->now); }
