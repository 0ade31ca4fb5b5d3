/* audit_store.c - the statements on audit: by what was changed, by who changed it, or simply the newest. */
#include "modules/audit/audit.h"
#include <string.h>

/* $2 entity, $3 action, $4 from, $5 to; NULL: any. $6: no older id, $7: only older than this one. Ids are as old as
 * their rows, in milliseconds. */
#define WHERE " FROM audit WHERE tenant_id = $1 AND id >= $6 AND id < $7 AND ($2 IS NULL OR entity = $2) AND ($3 IS NULL OR action = $3)" \
    " AND ($4 IS NULL OR at >= $4) AND ($5 IS NULL OR at < $5)"
#define LIST(more, limit, offset) "SELECT id, at, actor_kind, actor_id, actor_name, action, entity, entity_id, changes, address, user_agent," \
    " request_id, warning" WHERE more " ORDER BY id DESC LIMIT " limit " OFFSET " offset
#define COUNT(more) "SELECT COUNT(*) AS n FROM (SELECT id" WHERE more " LIMIT 10000) f"
_Static_assert(AUDIT_COUNTED_MAX == 10000, "the limit stands in the text");

static const struct query Q_LIST = { .name = "audit.list", .args = "ttiiuu" "ii", .sql = LIST("", "$8", "$9") };
static const struct query Q_LIST_ENTITY = { .name = "audit.list_entity", .args = "ttiiuu" "uuii",
    .sql = LIST(" AND entity_id = $8 AND ($9 IS NULL OR actor_id = $9)", "$10", "$11") };
static const struct query Q_LIST_ACTOR = { .name = "audit.list_actor", .args = "ttiiuu" "uii", .sql = LIST(" AND actor_id = $8", "$9", "$10") };
static const struct query Q_COUNT = { .name = "audit.count", .args = "ttiiuu", .sql = COUNT("") };
static const struct query Q_COUNT_ENTITY = { .name = "audit.count_entity", .args = "ttiiuu" "uu",
    .sql = COUNT(" AND entity_id = $8 AND ($9 IS NULL OR actor_id = $9)") };
static const struct query Q_COUNT_ACTOR = { .name = "audit.count_actor", .args = "ttiiuu" "u", .sql = COUNT(" AND actor_id = $8") };
const struct query *const audit_queries[] = { &Q_LIST, &Q_LIST_ENTITY, &Q_LIST_ACTOR, &Q_COUNT, &Q_COUNT_ENTITY, &Q_COUNT_ACTOR, NULL };

/* An id is made after the instant that its row bears, never before: so ids below this one are of older rows. */
static struct id id_from(int64_t instant)
{
    struct id id = { .b = { [15] = 1 } }; /* not nil, which would be NULL */
    if (instant <= 0) return id;
    for (int i = 0; i < 6; i++) id.b[i] = (uint8_t)(instant / 1000 >> (40 - 8 * i));
    return id;
}

static size_t put(struct arg *args, size_t n, struct arg a)
{
    args[n] = a;
    return n + 1;
}

enum rc audit_find(struct tdb *db, const struct audit_filter *f, struct list *out, int64_t *total)
{
    bool entity = !id_is_nil(f->entity_id), actor = !entity && !id_is_nil(f->actor_id);
    int64_t skip = f->page == NONE ? 0 : (f->page - 1) * f->limit;
    struct id older_than = f->older_than;
    if (id_is_nil(older_than)) memset(older_than.b, 0xFF, sizeof older_than.b);
    struct arg args[13] = { S(f->entity), S(f->action), I(f->from), I(f->to), U(id_from(f->from)), U(older_than) };
    size_t n = 6, shared;
    if (entity) n = put(args, n, U(f->entity_id));
    if (entity || actor) n = put(args, n, U(f->actor_id));
    shared = n;
    n = put(args, n, I(f->limit));
    (void)put(args, n, I(skip));
    TRY(db_list(db, entity ? &Q_LIST_ENTITY : actor ? &Q_LIST_ACTOR : &Q_LIST, args, &audit_row_shape, AUDIT_PAGE_MAX, out));
    *total = NONE;
    if (f->page == NONE) return RC_OK;
    *total = skip + (int64_t)out->n;
    if ((int64_t)out->n < f->limit && (out->n > 0 || f->page == 1)) return RC_OK;
    args[shared] = (struct arg){ 0 };
    return db_int(db, entity ? &Q_COUNT_ENTITY : actor ? &Q_COUNT_ACTOR : &Q_COUNT, args, total);
}
