/* travel.c - see travel.h. The list is a setting: it is read and replaced whole. */
#include "modules/locations/locations.h"

const struct query Q_TRAVEL_LIST = { .name = "locations.travel_list", .args = "", .kept = KEPT,
    .sql = "SELECT a_id AS from_location_id, b_id AS to_location_id, minutes FROM location_travel WHERE tenant_id = $1 ORDER BY a_id, b_id LIMIT 300" };
const struct query Q_TRAVEL_CLEAR = { .name = "locations.travel_clear", .args = "", .sql = "DELETE FROM location_travel WHERE tenant_id = $1" };
const struct query Q_TRAVEL_INSERT = { .name = "locations.travel_insert", .args = "uui",
    .sql = "INSERT INTO location_travel (tenant_id, a_id, b_id, minutes) VALUES ($1, $2, $3, $4)" };

static const struct field pair_fields[] = {
    F_ID(struct travel, from_location_id, .required = true, .doc = "One site"),
    F_ID(struct travel, to_location_id, .required = true, .doc = "The other; the way back takes as long"),
    F_INT(struct travel, minutes, .required = true, .min = 1, .max = TRAVEL_MIN_MAX, .doc = "Minutes on the way"), F_END };
static const struct shape pair_shape = SHAPE(travel, pair_fields);
struct travel_list { struct list pairs; };
static const struct field list_fields[] = { F_LIST(struct travel_list, pairs, &pair_shape, .required = true, .max = TRAVEL_PAIRS_MAX,
    .doc = "Every pair of sites with a way that counts; others are next door to each other"), F_END };
const struct shape travel_list_shape = SHAPE(travel_list, list_fields);

enum rc travel_list(struct tdb *db, struct list *out) { return db_list(db, &Q_TRAVEL_LIST, ARGS(), &pair_shape, TRAVEL_PAIRS_MAX, out); }

static bool joins(const struct travel *t, struct id a, struct id b)
{
    return (id_eq(t->from_location_id, a) && id_eq(t->to_location_id, b)) || (id_eq(t->from_location_id, b) && id_eq(t->to_location_id, a));
}

int64_t travel_between(struct list travel, struct id a, struct id b)
{
    for (size_t i = 0; i < travel.n; i++)
        if (joins(LIST_AT(travel, struct travel, i), a, b)) return LIST_AT(travel, struct travel, i)->minutes;
    return 0;
}

enum rc travel_handle_get(struct req *r)
{
    struct travel_list l;
    TRY(travel_list(r->db, &l.pairs));
    return reply(r, &l);
}

static enum rc check_end(struct req *r, struct tdb *db, size_t i, const char *field, struct id id)
{
    struct location l = { 0 };
    enum rc rc = locations_get(db, id, &l);
    if (rc != RC_NOT_FOUND) return rc;
    req_field_error(r, arena_printf(r->arena, "pairs[%zu].%s", i, field), "names a site that is not here");
    return RC_OK;
}

static enum rc check_pairs(struct req *r, struct tdb *db, struct list pairs)
{
    for (size_t i = 0; i < pairs.n; i++) {
        const struct travel *t = LIST_AT(pairs, struct travel, i);
        TRY(check_end(r, db, i, "from_location_id", t->from_location_id));
        TRY(check_end(r, db, i, "to_location_id", t->to_location_id));
        if (id_eq(t->from_location_id, t->to_location_id)) req_field_error(r, arena_printf(r->arena, "pairs[%zu].to_location_id", i), "is the same site");
        for (size_t k = 0; k < i; k++)
            if (joins(LIST_AT(pairs, struct travel, k), t->from_location_id, t->to_location_id))
                req_field_error(r, arena_printf(r->arena, "pairs[%zu].to_location_id", i), "makes a pair that was there before");
    }
    return req_invalid(r);
}

struct travel_write { struct req *r; struct id audit_id; };

static enum rc put_tx(struct tx *tx, void *arg)
{
    struct travel_write *w = arg;
    const struct travel_list *in = w->r->in;
    struct travel_list before;
    TRY(check_pairs(w->r, tx_db(tx), in->pairs));
    TRY(travel_list(tx_db(tx), &before.pairs));
    TRY(tx_run_query(tx, &Q_TRAVEL_CLEAR, ARGS()));
    for (size_t i = 0; i < in->pairs.n; i++) {
        const struct travel *t = LIST_AT(in->pairs, struct travel, i);
        bool swap = id_cmp(t->from_location_id, t->to_location_id) > 0;
        TRY(tx_run_query(tx, &Q_TRAVEL_INSERT, ARGS(U(swap ? t->to_location_id : t->from_location_id), U(swap ? t->from_location_id : t->to_location_id),
            I(t->minutes))));
    }
    TRY(tx_change(tx, w->r, &(struct change){ w->audit_id, "location.travel", "location.changed", "tenant", db_tenant(tx_db(tx)), 1,
        shape_diff(w->r->arena, &travel_list_shape, &before, in), NULL, false }));
    return reply(w->r, in);
}

enum rc travel_handle_put(struct req *r)
{
    struct travel_write w = { r, id_new() };
    return req_tx(r, "locations.travel", put_tx, &w);
}
