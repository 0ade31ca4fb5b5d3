/* clients_store.c - the statements on client, client_term and patient. Finding them is clients_find.c. */
#include "modules/clients/clients_rows.h"
#include "modules/clients/clients_search.h"

const char *const client_status_names[] = { "lead", "active", "inactive", "blocked", NULL };
const char *const patient_kind_names[] = { "self", "dependant", "animal", NULL };
const char *const patient_sex_names[] = { "female", "male", "other", "unknown", NULL };

static const struct field row_fields[] = {
    F_ID(struct client, id), F_STR(struct client, name), F_STR(struct client, email), F_STR(struct client, phone),
    F_ENUM(struct client, status, client_status_names), F_STR(struct client, source), F_STR(struct client, notes), F_DATE(struct client, date_of_birth),
    F_STR(struct client, address), F_STR(struct client, time_zone), F_STR(struct client, locale), F_INT(struct client, visits),
    F_INT(struct client, no_shows), F_INT(struct client, cancellations), F_INSTANT(struct client, last_visit_at), F_INSTANT(struct client, next_visit_at),
    F_INSTANT(struct client, deleted_at), F_INSTANT(struct client, purged_at), F_INT(struct client, version), F_INSTANT(struct client, created_at),
    F_INSTANT(struct client, updated_at), F_INT(struct client, of_total), F_END };
const struct shape client_row_shape = SHAPE_NAMED("client_row", client, row_fields);
static const struct field patient_fields[] = {
    F_ID(struct patient, id), F_ID(struct patient, client_id), F_ENUM(struct patient, kind, patient_kind_names), F_STR(struct patient, name),
    F_DATE(struct patient, date_of_birth), F_ENUM(struct patient, sex, patient_sex_names), F_STR(struct patient, species), F_STR(struct patient, breed),
    F_STR(struct patient, chip), F_STR(struct patient, notes), F_BOOL(struct patient, archived), F_INT(struct patient, version), F_END };
static const struct shape patient_row_shape = SHAPE_NAMED("patient_row", patient, patient_fields);
struct match { struct id client_id, patient_id; };
static const struct field match_fields[] = { F_ID(struct match, client_id), F_ID(struct match, patient_id), F_END };
static const struct shape match_shape = SHAPE(match, match_fields);
static const struct field due_fields[] = { F_ID(struct purge_due, tenant_id), F_ID(struct purge_due, id), F_END };
static const struct shape due_shape = SHAPE(purge_due, due_fields);

static const struct query Q_GET = { .name = "clients.get", .args = "u",
    .sql = "SELECT " CLIENT_COLUMNS " FROM client c WHERE c.tenant_id = $1 AND c.id = $2" };
static const struct query Q_INSERT = { .name = "clients.insert", .args = "utttttttitttti",
    .sql = "INSERT INTO client (tenant_id, id, name, name_folded, email, phone, phone_digits, status, source, date_of_birth, notes, address, time_zone,"
           " locale, created_at, updated_at, visits, no_shows, cancellations, version)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15, 0, 0, 0, 1)" };
static const struct query Q_UPDATE = { .name = "clients.update", .args = "utttttttittttii",
    .sql = "UPDATE client SET version = version + 1, name = $3, name_folded = $4, email = $5, phone = $6, phone_digits = $7, status = $8, source = $9,"
           " date_of_birth = $10, notes = $11, address = $12, time_zone = $13, locale = $14, updated_at = $15"
           " WHERE tenant_id = $1 AND id = $2 AND version = $16 AND deleted_at IS NULL" };
static const struct query Q_SET_DELETED = { .name = "clients.set_deleted", .args = "uiii",
    .sql = "UPDATE client SET version = version + 1, deleted_at = $3, updated_at = $4"
           " WHERE tenant_id = $1 AND id = $2 AND version = $5 AND purged_at IS NULL" };
static const struct query Q_ADD_STATS = { .name = "clients.add_stats", .args = "uiii",
    .sql = "UPDATE client SET visits = visits + $3, no_shows = no_shows + $4, cancellations = cancellations + $5 WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_SET_VISITS = { .name = "clients.set_visits", .args = "uii",
    .sql = "UPDATE client SET last_visit_at = $3, next_visit_at = $4 WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_TERM_INSERT = { .name = "clients.term_insert", .args = "tu",
    .sql = "INSERT INTO client_term (tenant_id, term, client_id) VALUES ($1, $2, $3) ON CONFLICT (tenant_id, term, client_id) DO NOTHING" };
static const struct query Q_TERMS_DELETE = { .name = "clients.terms_delete", .args = "u",
    .sql = "DELETE FROM client_term WHERE tenant_id = $1 AND client_id = $2" };
static const struct query Q_MATCH = { .name = "clients.match", .args = "tt",
    .sql = "SELECT c.id AS client_id, p.id AS patient_id FROM client c JOIN patient p ON p.tenant_id = c.tenant_id AND p.client_id = c.id"
           " WHERE c.tenant_id = $1 AND c.email = $2 AND c.name_folded = $3 AND c.deleted_at IS NULL AND p.kind = 'self' ORDER BY c.id LIMIT 1" };
static const struct query Q_PATIENT_GET = { .name = "clients.patient_get", .args = "u",
    .sql = "SELECT " PATIENT_COLUMNS " FROM patient WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_PATIENTS_OF = { .name = "clients.patients_of", .args = "u",
    .sql = "SELECT " PATIENT_COLUMNS " FROM patient WHERE tenant_id = $1 AND client_id = $2"
           " ORDER BY CASE WHEN kind = 'self' THEN 0 ELSE 1 END, archived, name, id LIMIT 200" };
static const struct query Q_PATIENT_INSERT = { .name = "clients.patient_insert", .args = "uuttittttt",
    .sql = "INSERT INTO patient (tenant_id, id, client_id, kind, name, date_of_birth, sex, species, breed, chip, notes, archived, version)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 1)" };
static const struct query Q_PATIENT_UPDATE = { .name = "clients.patient_update", .args = "utittttt" "zi",
    .sql = "UPDATE patient SET version = version + 1, name = $3, date_of_birth = $4, sex = $5, species = $6, breed = $7, chip = $8, notes = $9,"
           " archived = $10 WHERE tenant_id = $1 AND id = $2 AND version = $11" };
static const struct query Q_PURGE_DUE = { .name = "clients.purge_due", .args = "i",
    .platform = "the purge goes from clinic to clinic, and asks which of them has work",
    .sql = "SELECT tenant_id, id FROM client WHERE deleted_at < $1 AND purged_at IS NULL ORDER BY deleted_at, tenant_id, id LIMIT 50" };
static const struct query Q_PURGE = { .name = "clients.purge", .args = "uiit",
    .sql = "UPDATE client SET version = version + 1, name = $5, name_folded = '', email = NULL, phone = NULL, phone_digits = '', source = NULL,"
           " notes = NULL, date_of_birth = NULL, address = NULL, time_zone = NULL, locale = NULL, purged_at = $4, updated_at = $4"
           " WHERE tenant_id = $1 AND id = $2 AND deleted_at < $3 AND purged_at IS NULL" };
static const struct query Q_PURGE_PATIENTS = { .name = "clients.purge_patients", .args = "ut",
    .sql = "UPDATE patient SET version = version + 1, name = $3, date_of_birth = NULL, sex = NULL, species = NULL, breed = NULL, chip = NULL,"
           " notes = NULL, archived = 1 WHERE tenant_id = $1 AND client_id = $2" };
const struct query *const clients_queries[] = { &Q_GET, &Q_INSERT, &Q_UPDATE, &Q_SET_DELETED, &Q_ADD_STATS, &Q_SET_VISITS, &Q_TERM_INSERT,
    &Q_TERMS_DELETE, &Q_MATCH, &Q_PATIENT_GET, &Q_PATIENTS_OF, &Q_PATIENT_INSERT, &Q_PATIENT_UPDATE, &Q_PURGE_DUE, &Q_PURGE, &Q_PURGE_PATIENTS,
    CLIENT_FIND_QUERIES, NULL };

struct client clients_default(void)
{
    return (struct client){ .status = CLIENT_ACTIVE, .date_of_birth = NONE, .last_visit_at = NONE, .next_visit_at = NONE, .deleted_at = NONE,
        .purged_at = NONE, .version = 1 };
}

struct patient patients_default(void)
{
    return (struct patient){ .kind = PATIENT_SELF, .date_of_birth = NONE, .sex = NONE, .version = 1 };
}

/* ---- clients -------------------------------------------------------------------------------------------------------- */

enum rc client_complete(struct tdb *db, struct client *c)
{
    struct client_stats *s = arena_alloc(db_arena(db), sizeof *s);
    if (!s) return RC_OOM;
    *s = (struct client_stats){ c->visits, c->no_shows, c->cancellations, c->last_visit_at, c->next_visit_at };
    c->stats = s;
    c->deleted = c->deleted_at != NONE;
    return RC_OK;
}

enum rc clients_get(struct tdb *db, struct id id, struct client *out)
{
    TRY(db_get(db, &Q_GET, ARGS(U(id)), &client_row_shape, out));
    return client_complete(db, out);
}

enum rc clients_match(struct tdb *db, const char *email, const char *name, struct id *client, struct id *patient)
{
    struct match m = { 0 };
    TRY(db_get(db, &Q_MATCH, ARGS(S(email), S(text_fold(db_arena(db), name))), &match_shape, &m));
    *client = m.client_id;
    *patient = m.patient_id;
    return RC_OK;
}

void clients_prepare(struct arena *a, struct client_insert *c)
{
    c->name_folded = text_fold(a, c->client.name);
    c->phone_digits = client_digits(a, c->client.phone);
    c->terms = client_terms(a, c->name_folded, c->client.email, c->phone_digits);
}

static enum rc insert_terms(struct tx *tx, const struct client_insert *c)
{
    for (size_t i = 0; i < c->terms.n; i++)
        TRY(tx_run_query(tx, &Q_TERM_INSERT, ARGS(S(*LIST_AT(c->terms, const char *, i)), U(c->client.id))));
    return RC_OK;
}

enum rc clients_insert(struct tx *tx, const struct client_insert *in)
{
    const struct client *c = &in->client;
    struct patient self = patients_default();
    ASSERT(in->name_folded && "clients_prepare comes first");
    TRY(tx_run_query(tx, &Q_INSERT, ARGS(U(c->id), S(c->name), S(in->name_folded), S(c->email), S(c->phone), S(in->phone_digits),
        S(client_status_names[c->status]), S(c->source), I(c->date_of_birth), S(c->notes), S(c->address), S(c->time_zone), S(c->locale), I(in->now))));
    TRY(insert_terms(tx, in));
    self.id = in->patient_id;
    self.client_id = c->id;
    self.name = c->name;
    self.date_of_birth = c->date_of_birth;
    return patients_insert(tx, &self);
}

enum rc clients_update(struct tx *tx, const struct client_insert *in, int64_t version, bool terms, enum rc lost)
{
    const struct client *c = &in->client;
    ASSERT(in->name_folded && "clients_prepare comes first");
    TRY(tx_one(tx, &Q_UPDATE, ARGS(U(c->id), S(c->name), S(in->name_folded), S(c->email), S(c->phone), S(in->phone_digits),
        S(client_status_names[c->status]), S(c->source), I(c->date_of_birth), S(c->notes), S(c->address), S(c->time_zone), S(c->locale), I(in->now),
        I(version)), lost));
    if (!terms) return RC_OK;
    TRY(tx_run_query(tx, &Q_TERMS_DELETE, ARGS(U(c->id))));
    return insert_terms(tx, in);
}

enum rc clients_set_deleted(struct tx *tx, struct id id, int64_t version, int64_t deleted_at, int64_t now, enum rc lost)
{
    return tx_one(tx, &Q_SET_DELETED, ARGS(U(id), I(deleted_at), I(now), I(version)), lost);
}

enum rc clients_add_stats(struct tx *tx, const struct stats_change *s)
{
    return tx_one(tx, &Q_ADD_STATS, ARGS(U(s->client), I(s->visits), I(s->no_shows), I(s->cancellations)), RC_NOT_FOUND);
}

enum rc clients_set_visits(struct tx *tx, struct id client, int64_t last_visit_at, int64_t next_visit_at)
{
    return tx_one(tx, &Q_SET_VISITS, ARGS(U(client), I(last_visit_at), I(next_visit_at)), RC_NOT_FOUND);
}

/* ---- patients ------------------------------------------------------------------------------------------------------- */

enum rc patients_get(struct tdb *db, struct id id, struct patient *out)
{
    return db_get(db, &Q_PATIENT_GET, ARGS(U(id)), &patient_row_shape, out);
}

enum rc patients_of(struct tdb *db, struct id client, struct list *out)
{
    return db_list(db, &Q_PATIENTS_OF, ARGS(U(client)), &patient_row_shape, PATIENTS_MAX, out);
}

static const char *sex_name(const struct patient *p)
{
    return p->sex == NONE ? NULL : patient_sex_names[p->sex];
}

enum rc patients_insert(struct tx *tx, const struct patient *p)
{
    return tx_run_query(tx, &Q_PATIENT_INSERT, ARGS(U(p->id), U(p->client_id), S(patient_kind_names[p->kind]), S(p->name), I(p->date_of_birth),
        S(sex_name(p)), S(p->species), S(p->breed), S(p->chip), S(p->notes)));
}

enum rc patients_update(struct tx *tx, const struct patient *p, int64_t version, enum rc lost)
{
    return tx_one(tx, &Q_PATIENT_UPDATE, ARGS(U(p->id), S(p->name), I(p->date_of_birth), S(sex_name(p)), S(p->species), S(p->breed), S(p->chip),
        S(p->notes), Z(p->archived), I(version)), lost);
}

/* ---- purge ---------------------------------------------------------------------------------------------------------- */

enum rc clients_purge_due(struct tdb *db, int64_t before, struct list *out)
{
    return db_list(db, &Q_PURGE_DUE, ARGS(I(before)), &due_shape, PURGE_STEP, out);
}

enum rc clients_purge(struct tx *tx, struct id id, int64_t before, int64_t now, enum rc otherwise)
{
    static const char nobody[] = "Deleted client";
    TRY(tx_one(tx, &Q_PURGE, ARGS(U(id), I(before), I(now), S(nobody)), otherwise));
    TRY(tx_run_query(tx, &Q_TERMS_DELETE, ARGS(U(id))));
    return tx_run_query(tx, &Q_PURGE_PATIENTS, ARGS(U(id), S(nobody)));
}
