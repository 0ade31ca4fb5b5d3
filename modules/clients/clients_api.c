/* clients_api.c - what the outside may ask of clients. Patients are in patients_api.c. */
#include "modules/clients/patients_api.h"

static const char *const sort_names[] = { "name", "-name", "created", "-created", "last_visit", "-last_visit", NULL };

#define CLIENT_FIELDS \
    F_STR(struct client, name, .required = true, .max = 120, .doc = "Full name"), \
    F_TEXT(K_EMAIL, struct client, email, .nullable = true, .doc = "E-mail address"), \
    F_TEXT(K_PHONE, struct client, phone, .nullable = true, .doc = "Telephone"), \
    F_ENUM(struct client, status, client_status_names, .def = CLIENT_ACTIVE, .doc = "Where the relation stands"), \
    F_STR(struct client, source, .nullable = true, .max = 60, .doc = "How they found the clinic"), \
    F_STR(struct client, notes, .nullable = true, .max = 4000, .doc = "For the staff only"), \
    F_DATE(struct client, date_of_birth, .nullable = true, .doc = "Day of birth"), \
    F_STR(struct client, address, .nullable = true, .max = 300, .doc = "Postal address"), \
    F_TEXT(K_ZONE, struct client, time_zone, .nullable = true, .max = 60, .doc = "IANA zone of the client; null: the clinic's"), \
    F_STR(struct client, locale, .nullable = true, .max = 20, .doc = "Language tag for letters; null: the clinic's")
#define ROW_FIELDS F_BOOL(struct client, deleted), F_INT(struct client, version), F_INSTANT(struct client, created_at), \
    F_INSTANT(struct client, updated_at)

static const struct field stats_fields[] = { F_INT(struct client_stats, visits), F_INT(struct client_stats, no_shows),
    F_INT(struct client_stats, cancellations), F_INSTANT(struct client_stats, last_visit_at, .nullable = true),
    F_INSTANT(struct client_stats, next_visit_at, .nullable = true), F_END };
static const struct shape stats_shape = SHAPE(client_stats, stats_fields);
static const struct field in_fields[] = { CLIENT_FIELDS, F_END };
static const struct field item_fields[] = { F_ID(struct client, id), CLIENT_FIELDS, F_OBJ(struct client, stats, &stats_shape), ROW_FIELDS, F_END };
static const struct field out_fields[] = { F_ID(struct client, id), CLIENT_FIELDS, F_OBJ(struct client, stats, &stats_shape),
    F_LIST(struct client, patients, &patient_shape), ROW_FIELDS, F_END };
const struct shape client_shape = SHAPE(client, out_fields);
static const struct shape item_shape = SHAPE_NAMED("client_item", client, item_fields);
static const struct shape new_shape = SHAPE_NAMED("client_new", client, in_fields);
static const struct shape patch_shape = SHAPE_PATCH("client_patch", client, in_fields);
SHAPE_PATCH_CHECK(client);

struct client_query { const char *q; int64_t status, sort, page, limit; bool deleted; const char *cursor; };
static const struct field query_fields[] = {
    F_STR(struct client_query, q, .max = 200, .doc = "Beginnings of words of the name or the e-mail address, or digits of the telephone number"),
    F_ENUM(struct client_query, status, client_status_names, .nullable = true, .doc = "Only this status"),
    F_ENUM(struct client_query, sort, sort_names, .def = SORT_NAME, .doc = "Order; - turns it round"),
    F_BOOL(struct client_query, deleted, .doc = "Those that are deleted, instead of those that are not"), F_PAGING_CURSOR(struct client_query), F_END };
static const struct shape query_shape = SHAPE(client_query, query_fields);

struct client_write { struct req *r; struct id audit_id; struct client_insert row; int64_t deleted_at; };

/* A day of slack: somewhere it is tomorrow already. */
enum rc check_birth(struct req *r, int64_t date)
{
    if (date != NONE && date > floor_div(r->now, USEC_PER_DAY) + 1) req_field_error(r, "date_of_birth", "must not be in the future");
    return req_invalid(r);
}

static enum rc list(struct req *r)
{
    const struct client_query *q = r->query;
    struct client_filter f = { .q = q->q, .status = q->status, .sort = q->sort, .page = q->page, .limit = q->limit, .deleted = q->deleted };
    struct page page = { q->cursor ? NONE : q->page, q->limit, NONE, NULL };
    struct list l;
    const char *order = arena_printf(r->arena, "clients:%s", sort_names[q->sort]);
    bool by_place = str_empty(q->q) && !q->deleted;
    if (q->cursor && !by_place) req_field_error(r, "cursor", "is for the list of all clients; a search and the deleted ones have pages");
    TRY(req_position(r, q->cursor, order, &f.after));
    TRY(req_invalid(r));
    TRY(clients_find(r->db, &f, &l, &page.total));
    if (by_place && l.n && (int64_t)l.n == q->limit) {
        struct position last = clients_place(r->arena, LIST_AT(l, struct client, l.n - 1), q->sort);
        page.next = req_cursor(r, order, &last);
    }
    return reply_list(r, l, &page);
}

static enum rc reply_client(struct req *r, struct tdb *db, struct client *c)
{
    TRY(patients_of(db, c->id, &c->patients));
    return reply(r, c);
}

static enum rc get(struct req *r)
{
    struct client c = { 0 };
    TRY(clients_get(r->db, r->path_id, &c));
    return reply_client(r, r->db, &c);
}

static enum rc create_tx(struct tx *tx, void *arg)
{
    struct client_write *w = arg;
    struct client c = { 0 };
    TRY(clients_insert(tx, &w->row));
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "client.create", "client.created", "client", w->row.client.id, 1,
        shape_diff(w->r->arena, &new_shape, NULL, &w->row.client), NULL, false }));
    TRY(clients_get(tx_db(tx), w->row.client.id, &c));
    return reply_client(w->r, tx_db(tx), &c);
}

static enum rc create(struct req *r)
{
    struct client_write w = { .r = r, .audit_id = id_new() };
    w.row = (struct client_insert){ .client = *(const struct client *)r->in, .patient_id = id_new(), .now = r->now };
    w.row.client.id = id_new();
    TRY(check_birth(r, w.row.client.date_of_birth));
    clients_prepare(r->arena, &w.row);
    return req_tx(r, "clients.create", create_tx, &w);
}

/* The client's own patient is the client: what they had in common stays so. */
static enum rc follow_self(struct tx *tx, const struct client *before, const struct client *after)
{
    struct list l;
    TRY(patients_of(tx_db(tx), after->id, &l));
    if (l.n == 0 || LIST_AT(l, struct patient, 0)->kind != PATIENT_SELF) return RC_OK;
    struct patient self = *LIST_AT(l, struct patient, 0);
    bool name = str_eq(self.name, before->name) && !str_eq(self.name, after->name);
    bool birth = self.date_of_birth == before->date_of_birth && self.date_of_birth != after->date_of_birth;
    if (!name && !birth) return RC_OK;
    if (name) self.name = after->name;
    if (birth) self.date_of_birth = after->date_of_birth;
    return patients_update(tx, &self, self.version, RC_RETRY);
}

static enum rc update_tx(struct tx *tx, void *arg)
{
    struct client_write *w = arg;
    struct client before = { 0 }, *after = &w->row.client;
    TRY(clients_get(tx_db(tx), w->r->path_id, &before));
    TRY(req_version(w->r, before.version));
    if (before.deleted) return req_fail(w->r, RC_STATE, "This client is deleted: restore the record first", NULL);
    *after = before;
    shape_overlay(&patch_shape, w->r->in, &item_shape, after);
    clients_prepare(w->r->arena, &w->row);
    bool terms = !str_eq(before.name, after->name) || !str_eq(before.email, after->email) || !str_eq(before.phone, after->phone);
    TRY(clients_update(tx, &w->row, before.version, terms, req_lost(w->r)));
    TRY(follow_self(tx, &before, after));
    after->version++;
    after->updated_at = w->r->now;
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "client.update", "client.changed", "client", after->id, after->version,
        shape_diff(w->r->arena, &new_shape, &before, after), NULL, false }));
    return reply_client(w->r, tx_db(tx), after);
}

static enum rc update(struct req *r)
{
    struct client_write w = { .r = r, .audit_id = id_new(), .row.now = r->now };
    TRY(check_birth(r, ((const struct client *)r->in)->date_of_birth));
    return req_tx(r, "clients.update", update_tx, &w);
}

/* Deleting twice and restoring what was not deleted change nothing: the days until the purge count from the first time. */
static enum rc delete_tx(struct tx *tx, void *arg)
{
    struct client_write *w = arg;
    bool gone = w->deleted_at != NONE;
    struct client c = { 0 };
    TRY(clients_get(tx_db(tx), w->r->path_id, &c));
    TRY(req_version(w->r, c.version));
    if (!gone && c.purged_at != NONE) return req_fail(w->r, RC_STATE, "This client was erased after 30 days and cannot be restored", NULL);
    if (c.deleted != gone) {
        TRY(clients_set_deleted(tx, c.id, c.version, w->deleted_at, w->r->now, req_lost(w->r)));
        c.deleted = gone;
        c.version++;
        c.updated_at = w->r->now;
        TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, gone ? "client.delete" : "client.restore", gone ? "client.deleted" : "client.changed",
            "client", c.id, c.version, NULL, NULL, false }));
    }
    return gone ? reply_empty(w->r) : reply_client(w->r, tx_db(tx), &c);
}

static enum rc set_deleted(struct req *r, int64_t deleted_at)
{
    struct client_write w = { .r = r, .audit_id = id_new(), .deleted_at = deleted_at };
    return req_tx(r, "clients.delete", delete_tx, &w);
}

static enum rc delete(struct req *r) { return set_deleted(r, r->now); }
static enum rc restore(struct req *r) { return set_deleted(r, NONE); }

/* ---- purge ---------------------------------------------------------------------------------------------------------- */

enum { PURGE_DAYS = 30, PURGE_STEPS_MAX = 100 };
struct purge { struct id tenant; struct id ids[PURGE_STEP], audit_ids[PURGE_STEP]; size_t n; int64_t before, now; };

static enum rc purge_tx(struct tx *tx, void *arg)
{
    const struct purge *p = arg;
    TRY(tx_enter_tenant(tx, p->tenant));
    for (size_t i = 0; i < p->n; i++) {
        TRY(clients_purge(tx, p->ids[i], p->before, p->now, RC_STALE));
        TRY(tx_audit_system(tx, "system", p->now, &(struct audit_entry){ p->audit_ids[i], "client.purge", "client", p->ids[i], NULL, false }));
    }
    return RC_OK;
}

/* The rows of the first tenant in the list that has not had its turn; those of others wait. */
static size_t purge_take(struct list due, bool *done, struct purge *p)
{
    p->n = 0;
    for (size_t i = 0; i < due.n && p->n < PURGE_STEP; i++) {
        const struct purge_due *d = LIST_AT(due, struct purge_due, i);
        if (done[i] || (p->n && !id_eq(d->tenant_id, p->tenant))) continue;
        p->tenant = d->tenant_id;
        p->audit_ids[p->n] = id_new();
        p->ids[p->n++] = d->id;
        done[i] = true;
    }
    return p->n;
}

static enum rc purge_run(struct job *job)
{
    struct purge p = { .before = job->now - PURGE_DAYS * USEC_PER_DAY, .now = job->now };
    for (int step = 0; step < PURGE_STEPS_MAX; step++) {
        struct list due;
        bool done[PURGE_STEP] = { false };
        TRY(clients_purge_due(job->db, p.before, &due));
        if (due.n == 0) break;
        while (purge_take(due, done, &p)) {
            enum rc rc = db_tx(job->db, "clients.purge", purge_tx, &p);
            if (rc != RC_STALE) TRY(rc); /* stale: one was restored meanwhile; the others are seen again in the next step */
        }
    }
    return RC_OK;
}

static const struct schedule_row schedules[] = {
    { "clients.purge", "Erases who a client was, 30 days after the record was deleted", 3600, purge_run }, { 0 } };

/* ---- routes --------------------------------------------------------------------------------------------------------- */

#define READ .perm = PERM_CLIENTS_READ
#define WRITE .perm = PERM_CLIENTS_WRITE
static const struct route routes[] = {
    { .method = "GET", .path = "/clients", .summary = "Find and list clients", .handler = list, READ, .ok = 200, .query = &query_shape, .out = &item_shape, .flags = R_LIST | R_PAGED,
        .doc = "Every word of q must match; three words are looked at. A search stops at 500 matches, and only those are sorted, paged and counted: a longer word narrows it." },
    { .method = "POST", .path = "/clients", .summary = "Create a client", .handler = create, WRITE, .ok = 201, .in = &new_shape, .out = &client_shape, .flags = R_IDEMPOTENT,
        .doc = "Creates the client's own patient as well." },
    { .method = "GET", .path = "/clients/{id}", .summary = "Read a client with its patients", .handler = get, READ, .ok = 200, .out = &client_shape },
    { .method = "PATCH", .path = "/clients/{id}", .summary = "Change a client", .handler = update, WRITE, .ok = 200, .in = &patch_shape, .out = &client_shape, .fails = FAILS(RC_STALE) | FAILS(RC_STATE) },
    { .method = "DELETE", .path = "/clients/{id}", .summary = "Delete a client", .handler = delete, WRITE, .ok = 204, .fails = FAILS(RC_STALE),
        .doc = "Can be restored for 30 days; then all that tells who it was is erased." },
    { .method = "POST", .path = "/clients/{id}/restore", .summary = "Restore a deleted client", .handler = restore, WRITE, .ok = 200, .out = &client_shape, .fails = FAILS(RC_STALE) | FAILS(RC_STATE) },
    { .method = "GET", .path = "/patients", .summary = "List a client's patients", .handler = patients_handle_list, READ, .ok = 200, .query = &patient_query_shape, .out = &patient_shape, .fails = FAILS(RC_NOT_FOUND), .flags = R_LIST },
    { .method = "POST", .path = "/patients", .summary = "Add a dependant or an animal", .handler = patients_handle_create, WRITE, .ok = 201, .in = &patient_new_shape, .out = &patient_shape, .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STATE), .flags = R_IDEMPOTENT },
    { .method = "GET", .path = "/patients/{id}", .summary = "Read a patient", .handler = patients_handle_get, READ, .ok = 200, .out = &patient_shape },
    { .method = "PATCH", .path = "/patients/{id}", .summary = "Change a patient", .handler = patients_handle_update, WRITE, .ok = 200, .in = &patient_patch_shape, .out = &patient_shape, .fails = FAILS(RC_STALE) },
    { .method = "DELETE", .path = "/patients/{id}", .summary = "Archive a patient", .handler = patients_handle_archive, WRITE, .ok = 204, .fails = FAILS(RC_STALE) | FAILS(RC_STATE) },
    { .method = "POST", .path = "/patients/{id}/restore", .summary = "Take a patient out of the archive", .handler = patients_handle_restore, WRITE, .ok = 200, .out = &patient_shape, .fails = FAILS(RC_STALE) },
    { 0 } };

const struct module clients_module = { .name = "clients", .doc = "Clients, who book and pay, and patients, who are treated", .platform = true, .routes = routes,
    .queries = clients_queries, .schedules = schedules };
