/* clients_find.c - lists of clients: all in one of six orders, the deleted ones, or those that a few words find. */
#include "modules/clients/clients_rows.h"
#include "modules/clients/clients_search.h"

/* A page is chosen from an index alone; only its rows are then read. */
#define CHOSEN(n, more_args, behind, order, again) { .name = "clients.list_" n, .args = "tii" more_args, \
    .sql = "SELECT " CLIENT_COLUMNS " FROM (SELECT x.id AS found FROM client x WHERE x.tenant_id = $1 AND x.deleted_at IS NULL" \
           " AND ($2 IS NULL OR x.status = $2)" behind " ORDER BY " order " LIMIT $3 OFFSET $4) f" \
           " JOIN client c ON c.tenant_id = $1 AND c.id = f.found ORDER BY " again }
#define LIVE(n, order, again) CHOSEN(n, "", "", order, again)
const struct query client_list_live[SORT_N] = {
    [SORT_NAME] = LIVE("name", "x.name_folded, x.id", "c.name_folded, c.id"),
    [SORT_NAME_DOWN] = LIVE("name_down", "x.name_folded DESC, x.id DESC", "c.name_folded DESC, c.id DESC"),
    [SORT_CREATED] = LIVE("created", "x.created_at, x.id", "c.created_at, c.id"),
    [SORT_CREATED_DOWN] = LIVE("created_down", "x.created_at DESC, x.id DESC", "c.created_at DESC, c.id DESC"),
    [SORT_VISIT] = LIVE("visit", "COALESCE(x.last_visit_at, 0), x.id", "COALESCE(c.last_visit_at, 0), c.id"),
    [SORT_VISIT_DOWN] = LIVE("visit_down", "COALESCE(x.last_visit_at, 0) DESC, x.id DESC", "COALESCE(c.last_visit_at, 0) DESC, c.id DESC"),
};

/* The same behind a place: $5 the key, $6 the id. */
#define BEHIND(n, arg, key, sign, order, again) CHOSEN(n "_behind", arg "u", " AND (" key ", x.id) " sign " ($5, $6)", order, again)
const struct query client_list_behind[SORT_N] = {
    [SORT_NAME] = BEHIND("name", "t", "x.name_folded", ">", "x.name_folded, x.id", "c.name_folded, c.id"),
    [SORT_NAME_DOWN] = BEHIND("name_down", "t", "x.name_folded", "<", "x.name_folded DESC, x.id DESC", "c.name_folded DESC, c.id DESC"),
    [SORT_CREATED] = BEHIND("created", "i", "x.created_at", ">", "x.created_at, x.id", "c.created_at, c.id"),
    [SORT_CREATED_DOWN] = BEHIND("created_down", "i", "x.created_at", "<", "x.created_at DESC, x.id DESC", "c.created_at DESC, c.id DESC"),
    [SORT_VISIT] = BEHIND("visit", "i", "COALESCE(x.last_visit_at, 0)", ">", "COALESCE(x.last_visit_at, 0), x.id", "COALESCE(c.last_visit_at, 0), c.id"),
    [SORT_VISIT_DOWN] = BEHIND("visit_down", "i", "COALESCE(x.last_visit_at, 0)", "<", "COALESCE(x.last_visit_at, 0) DESC, x.id DESC",
        "COALESCE(c.last_visit_at, 0) DESC, c.id DESC"),
};

/* Small sets are sorted where they stand; $p is one of enum client_sort. */
#define ORDER_BY(p, t, id) " ORDER BY CASE WHEN " p " = 0 THEN " t ".name_folded END, CASE WHEN " p " = 1 THEN " t ".name_folded END DESC," \
    " CASE WHEN " p " = 2 THEN " t ".created_at END, CASE WHEN " p " = 3 THEN " t ".created_at END DESC," \
    " CASE WHEN " p " = 4 THEN COALESCE(" t ".last_visit_at, 0) END, CASE WHEN " p " = 5 THEN COALESCE(" t ".last_visit_at, 0) END DESC, " id
#define ALSO(b) " CROSS JOIN client_term " b
#define AND_ALSO(b, p1, p2) " AND " b ".tenant_id = a.tenant_id AND " b ".client_id = a.client_id AND " b ".term >= " p1 " AND " b ".term < " p2
/* $2 status or NULL, $3 whether deleted ones are looked for, $4 and $5 the first word and its bound, and so on. In the order of
 * the terms' index, which also makes both engines take it (and CROSS JOIN makes SQLite begin there). */
#define FOUND(joins, terms) "SELECT DISTINCT g.found, g.name_folded, g.created_at, g.last_visit_at FROM" \
    " (SELECT a.client_id AS found, x.name_folded, x.created_at, x.last_visit_at FROM client_term a" joins " CROSS JOIN client x" \
    " WHERE a.tenant_id = $1 AND a.term >= $4 AND a.term < $5" terms " AND x.tenant_id = a.tenant_id AND x.id = a.client_id" \
    " AND (x.deleted_at IS NULL) = ($3 = 0) AND x.purged_at IS NULL AND (($2 IS NULL OR x.status = $2))" \
    " ORDER BY a.term, a.client_id LIMIT 500) g"
#define FOUND_1 FOUND("", "")
#define FOUND_2 FOUND(ALSO("b"), AND_ALSO("b", "$6", "$7"))
#define FOUND_3 FOUND(ALSO("b") ALSO("d"), AND_ALSO("b", "$6", "$7") AND_ALSO("d", "$8", "$9"))
#define PAGE_OF(sort, limit, offset, found) "SELECT " CLIENT_COLUMNS ", f.of_total FROM (SELECT h.found, COUNT(*) OVER () AS of_total FROM (" \
    found ") h" ORDER_BY(sort, "h", "h.found") " LIMIT " limit " OFFSET " offset ") f JOIN client c ON c.tenant_id = $1 AND c.id = f.found" \
    ORDER_BY(sort, "c", "c.id")
_Static_assert(SEARCH_MAX == 500, "the limit stands in the text");
const struct query client_list_found[FIND_WORDS] = {
    { .name = "clients.found_1", .args = "tztt" "iii", .sql = PAGE_OF("$6", "$7", "$8", FOUND_1) },
    { .name = "clients.found_2", .args = "tztttt" "iii", .sql = PAGE_OF("$8", "$9", "$10", FOUND_2) },
    { .name = "clients.found_3", .args = "tztttttt" "iii", .sql = PAGE_OF("$10", "$11", "$12", FOUND_3) },
};
const struct query client_count_found[FIND_WORDS] = {
    { .name = "clients.count_found_1", .args = "tztt", .sql = "SELECT COUNT(*) AS n FROM (" FOUND_1 ") f" },
    { .name = "clients.count_found_2", .args = "tztttt", .sql = "SELECT COUNT(*) AS n FROM (" FOUND_2 ") f" },
    { .name = "clients.count_found_3", .args = "tztttttt", .sql = "SELECT COUNT(*) AS n FROM (" FOUND_3 ") f" },
};
const struct query client_list_deleted = { .name = "clients.list_deleted", .args = "tiii",
    .sql = "SELECT " CLIENT_COLUMNS " FROM client c WHERE c.tenant_id = $1 AND c.deleted_at IS NOT NULL AND c.purged_at IS NULL"
           " AND ($2 IS NULL OR c.status = $2)" ORDER_BY("$3", "c", "c.id") " LIMIT $4 OFFSET $5" };
const struct query client_count_live = { .name = "clients.count", .args = "t",
    .sql = "SELECT COUNT(*) AS n FROM client WHERE tenant_id = $1 AND deleted_at IS NULL AND ($2 IS NULL OR status = $2)" };
const struct query client_count_deleted = { .name = "clients.count_deleted", .args = "t",
    .sql = "SELECT COUNT(*) AS n FROM client WHERE tenant_id = $1 AND deleted_at IS NOT NULL AND purged_at IS NULL"
           " AND ($2 IS NULL OR status = $2)" };
/* How common a word is: the rarest leads the search. */
const struct query client_count_word = { .name = "clients.count_word", .args = "tt",
    .sql = "SELECT COUNT(*) AS n FROM (SELECT term FROM client_term WHERE tenant_id = $1 AND term >= $2 AND term < $3 LIMIT 4000) f" };

static const char *status_of(const struct client_filter *f)
{
    return f->status == NONE ? NULL : client_status_names[f->status];
}

static enum rc rarest_first(struct tdb *db, const char **words, size_t n)
{
    int64_t best = INT64_MAX;
    for (size_t i = 0; n > 1 && i < n; i++) {
        int64_t count;
        TRY(db_int(db, &client_count_word, ARGS(S(words[i]), S(client_bound(db_arena(db), words[i]))), &count));
        if (count >= best) continue;
        best = count;
        const char *first = words[0];
        words[0] = words[i];
        words[i] = first;
    }
    return RC_OK;
}

/* A page that is not full tells the total by itself. */
static bool known_total(const struct client_filter *f, const struct list *l, int64_t *total)
{
    *total = (f->page - 1) * f->limit + (int64_t)l->n;
    return (int64_t)l->n < f->limit && (l->n > 0 || f->page == 1);
}

static enum rc find_words(struct tdb *db, const struct client_filter *f, struct list *out, int64_t *total)
{
    const char *words[SEARCH_WORDS_MAX];
    struct arena *a = db_arena(db);
    size_t n = client_words(a, f->q, words), k = 0;
    struct arg args[16] = { S(status_of(f)), Z(f->deleted) };
    *out = (struct list){ NULL, 0 };
    *total = 0;
    if (n == 0) return RC_OK;
    TRY(rarest_first(db, words, n));
    for (k = 2; k < 2 + 2 * n; k += 2) args[k] = S(words[k / 2 - 1]), args[k + 1] = S(client_bound(a, words[k / 2 - 1]));
    args[k] = I(f->sort), args[k + 1] = I(f->limit), args[k + 2] = I((f->page - 1) * f->limit);
    TRY(db_list(db, &client_list_found[n - 1], args, &client_row_shape, CLIENTS_PAGE_MAX, out));
    if (out->n) *total = LIST_AT(*out, struct client, 0)->of_total;
    if (out->n || f->page == 1) return RC_OK;
    args[k] = (struct arg){ 0 };
    return db_int(db, &client_count_found[n - 1], args, total);
}

static enum rc find_behind(struct tdb *db, const struct client_filter *f, struct list *out, int64_t *total)
{
    struct arg key = f->sort <= SORT_NAME_DOWN ? S(f->after.text) : I(f->after.number);
    *total = NONE;
    return db_list(db, &client_list_behind[f->sort], ARGS(S(status_of(f)), I(f->limit), I(0), key, U(f->after.id)), &client_row_shape, CLIENTS_PAGE_MAX, out);
}

struct position clients_place(struct arena *a, const struct client *c, int64_t sort)
{
    if (sort <= SORT_NAME_DOWN) return (struct position){ .text = text_fold(a, c->name), .id = c->id };
    int64_t visit = c->last_visit_at == NONE ? 0 : c->last_visit_at;
    return (struct position){ .number = sort <= SORT_CREATED_DOWN ? c->created_at : visit, .id = c->id };
}

static enum rc find_all(struct tdb *db, const struct client_filter *f, struct list *out, int64_t *total)
{
    struct arg status = S(status_of(f)), limit = I(f->limit), offset = I((f->page - 1) * f->limit);
    if (f->deleted) TRY(db_list(db, &client_list_deleted, ARGS(status, I(f->sort), limit, offset), &client_row_shape, CLIENTS_PAGE_MAX, out));
    else TRY(db_list(db, &client_list_live[f->sort], ARGS(status, limit, offset), &client_row_shape, CLIENTS_PAGE_MAX, out));
    if (!known_total(f, out, total)) TRY(db_int(db, f->deleted ? &client_count_deleted : &client_count_live, ARGS(status), total));
    return RC_OK;
}

enum rc clients_find(struct tdb *db, const struct client_filter *f, struct list *out, int64_t *total)
{
    TRY(!id_is_nil(f->after.id) ? find_behind(db, f, out, total) : str_empty(f->q) ? find_all(db, f, out, total) : find_words(db, f, out, total));
    for (size_t i = 0; i < out->n; i++) TRY(client_complete(db, LIST_AT(*out, struct client, i)));
    return RC_OK;
}
