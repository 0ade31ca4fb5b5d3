/* patients_api.c - what the outside may ask of patients. Live screens learn of their changes as changes of the client. */
#include "modules/clients/patients_api.h"

#define PATIENT_FIELDS \
    F_STR(struct patient, name, .required = true, .max = 120, .doc = "Name"), \
    F_DATE(struct patient, date_of_birth, .nullable = true, .doc = "Day of birth"), \
    F_ENUM(struct patient, sex, patient_sex_names, .nullable = true, .doc = "Sex"), \
    F_STR(struct patient, species, .nullable = true, .max = 60, .doc = "Of an animal"), \
    F_STR(struct patient, breed, .nullable = true, .max = 60, .doc = "Of an animal"), \
    F_STR(struct patient, chip, .nullable = true, .max = 40, .doc = "Number of an animal's chip"), \
    F_STR(struct patient, notes, .nullable = true, .max = 2000, .doc = "For the staff only")
#define PATIENT_LINKS F_ID(struct patient, client_id, .required = true, .doc = "Who books for this patient"), \
    F_ENUM(struct patient, kind, patient_kind_names, .required = true, .doc = "A new one is a dependant or an animal")

static const struct field new_fields[] = { PATIENT_LINKS, PATIENT_FIELDS, F_END };
static const struct field patch_fields[] = { PATIENT_FIELDS, F_END };
static const struct field out_fields[] = { F_ID(struct patient, id), PATIENT_LINKS, PATIENT_FIELDS, F_BOOL(struct patient, archived),
    F_INT(struct patient, version), F_END };
const struct shape patient_shape = SHAPE(patient, out_fields);
const struct shape patient_new_shape = SHAPE_NAMED("patient_new", patient, new_fields);
const struct shape patient_patch_shape = SHAPE_PATCH("patient_patch", patient, patch_fields);
SHAPE_PATCH_CHECK(patient);
static const struct field query_fields[] = { F_ID(struct patient_query, client_id, .required = true, .doc = "Whose patients"), F_END };
const struct shape patient_query_shape = SHAPE(patient_query, query_fields);

struct patient_write { struct req *r; struct id audit_id; struct patient row; int archive; /* 1 archive, -1 restore, 0 edit */ };

/* The client must be one of this clinic's, and not deleted. */
static enum rc check_client(struct req *r, struct tdb *db, struct id id, struct client *out)
{
    enum rc rc = clients_get(db, id, out);
    if (rc == RC_NOT_FOUND || (rc == RC_OK && out->deleted))
        return req_fail(r, RC_NOT_FOUND, "There is no such client", "{\"field\":\"client_id\"}");
    return rc;
}

enum rc patients_handle_list(struct req *r)
{
    struct id client_id = ((const struct patient_query *)r->query)->client_id;
    struct client c = { 0 };
    struct list l;
    TRY(check_client(r, r->db, client_id, &c));
    TRY(patients_of(r->db, client_id, &l));
    return reply_list(r, l, NULL);
}

enum rc patients_handle_get(struct req *r)
{
    struct patient p = { 0 };
    TRY(patients_get(r->db, r->path_id, &p));
    return reply(r, &p);
}

static enum rc record(struct tx *tx, const struct patient_write *w, const char *action, const struct client *c, const struct patient *before,
    const struct patient *after)
{
    TRY(tx_audit(tx, w->r, &(struct audit_entry){ w->audit_id, action, "patient", after->id,
        shape_diff(w->r->arena, &patient_shape, before, after), false }));
    return tx_event(tx, "client.changed", c->id, c->version, w->r->now, NULL);
}

static enum rc create_tx(struct tx *tx, void *arg)
{
    struct patient_write *w = arg;
    struct client c = { 0 };
    struct list l;
    TRY(check_client(w->r, tx_db(tx), w->row.client_id, &c));
    TRY(patients_of(tx_db(tx), c.id, &l));
    if (l.n >= PATIENTS_MAX) return req_fail(w->r, RC_STATE, "This client has 200 patients, and cannot have more", NULL);
    TRY(patients_insert(tx, &w->row));
    TRY(record(tx, w, "patient.create", &c, NULL, &w->row));
    return reply(w->r, &w->row);
}

enum rc patients_handle_create(struct req *r)
{
    struct patient_write w = { r, id_new(), *(const struct patient *)r->in, 0 };
    w.row.id = id_new();
    w.row.version = 1;
    if (w.row.kind == PATIENT_SELF) req_field_error(r, "kind", "must be dependant or animal: every client has one of kind self already");
    TRY(check_birth(r, w.row.date_of_birth));
    return req_tx(r, "patients.create", create_tx, &w);
}

static enum rc write_tx(struct tx *tx, void *arg)
{
    struct patient_write *w = arg;
    struct patient before = { 0 }, after;
    struct client c = { 0 };
    TRY(patients_get(tx_db(tx), w->r->path_id, &before));
    TRY(req_version(w->r, before.version));
    TRY(check_client(w->r, tx_db(tx), before.client_id, &c));
    if (w->archive > 0 && before.kind == PATIENT_SELF)
        return req_fail(w->r, RC_STATE, "The client's own patient cannot be archived: delete the client instead", NULL);
    after = before;
    if (w->archive) after.archived = w->archive > 0;
    else shape_overlay(&patient_patch_shape, w->r->in, &patient_shape, &after);
    TRY(patients_update(tx, &after, before.version, req_lost(w->r)));
    after.version++;
    TRY(record(tx, w, w->archive > 0 ? "patient.archive" : w->archive ? "patient.restore" : "patient.update", &c, &before, &after));
    return w->archive > 0 ? reply_empty(w->r) : reply(w->r, &after);
}

static enum rc patient_write(struct req *r, int archive)
{
    struct patient_write w = { .r = r, .audit_id = id_new(), .archive = archive };
    return req_tx(r, "patients.write", write_tx, &w);
}

enum rc patients_handle_update(struct req *r)
{
    TRY(check_birth(r, ((const struct patient *)r->in)->date_of_birth));
    return patient_write(r, 0);
}

enum rc patients_handle_archive(struct req *r) { return patient_write(r, 1); }
enum rc patients_handle_restore(struct req *r) { return patient_write(r, -1); }
