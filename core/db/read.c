/* read.c - reads: rows into structs, one statement at a time or several in a batch. */
#include "core/db/memo.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- rows into structs --------------------------------------------------------------------------------------------------- */

static struct column_map *make_map(const struct stmt *st, const struct shape *shape, const struct engine *e, const struct row *row)
{
    struct column_map *m = calloc(1, sizeof *m);
    ASSERT(m);
    m->shape = shape;
    m->n = e->column_count(row);
    ASSERT(m->n <= COLUMNS_MAX);
    for (int i = 0; i < m->n; i++) {
        const char *name = e->column_name(row, i);
        const struct field *f = shape->fields;
        while (f->kind != K_END && strcmp(f->name, name) != 0) f++;
        if (f->kind == K_END) fprintf(stderr, "query %s: column %s is not in shape %s\n", st->q->name, name, shape->name);
        ASSERT(f->kind != K_END && "every column of a statement is a field of the shape");
        m->field[i] = f;
    }
    return m;
}

static const struct column_map *map_of(const struct stmt *st_, const struct shape *shape, const struct engine *e, const struct row *row)
{
    struct stmt *st = (struct stmt *)(uintptr_t)st_; /* the list of maps is the only thing that grows */
    for (struct column_map *m = st->maps; m; m = m->next)
        if (m->shape == shape) return m;
    struct column_map *m = make_map(st, shape, e, row);
    m->next = st->maps;
    while (!atomic_compare_exchange_weak(&st->maps, &m->next, m)) {}
    return m;
}

static enum rc put_cell(struct arena *a, const struct field *f, const struct cell *c, void *at)
{
    switch (f->kind) {
    case K_INT: case K_INSTANT: case K_DATE: case K_TIME:
        *(int64_t *)at = c->type == CELL_NULL ? NONE : c->i;
        return c->type == CELL_NULL || c->type == CELL_INT ? RC_OK : RC_FAULT;
    case K_BOOL:
        *(bool *)at = c->type == CELL_INT && c->i != 0;
        return c->type == CELL_NULL || c->type == CELL_INT ? RC_OK : RC_FAULT;
    case K_ENUM: {
        if (c->type == CELL_NULL) {
            *(int64_t *)at = NONE;
            return RC_OK;
        }
        if (c->type != CELL_TEXT) return RC_FAULT;
        for (int64_t i = 0; f->names[i]; i++)
            if (strlen(f->names[i]) == c->len && memcmp(f->names[i], c->s, c->len) == 0) {
                *(int64_t *)at = i;
                return RC_OK;
            }
        return RC_FAULT;
    }
    case K_ID:
        *(struct id *)at = ID_NIL;
        if (c->type == CELL_NULL) return RC_OK;
        if (c->type != CELL_BYTES || c->len != sizeof(struct id)) return RC_FAULT;
        memcpy(at, c->s, sizeof(struct id));
        return RC_OK;
    case K_LIST: case K_OBJ: case K_END: return RC_FAULT;
    default:
        *(const char **)at = c->type == CELL_NULL ? NULL : arena_strndup(a, c->s, c->len);
        return c->type == CELL_NULL || c->type == CELL_TEXT ? RC_OK : RC_FAULT;
    }
}

static enum rc decode(struct tdb *t, const struct stmt *st, const struct shape *shape, const struct row *row, void *out)
{
    const struct engine *e = t->db->engine;
    const struct column_map *m = map_of(st, shape, e, row);
    for (int i = 0; i < m->n; i++) {
        struct cell c;
        if (row->kept) c = row->kept[i];
        else e->cell(row, i, &c);
        if (put_cell(t->arena, m->field[i], &c, (char *)out + m->field[i]->off) != RC_OK)
            return fault(RC_FAULT, "query %s: column %s has another type than field %s", st->q->name, e->column_name(row, i), m->field[i]->name);
    }
    return RC_OK;
}

/* ---- one read: what becomes of its rows ---------------------------------------------------------------------------------- */

struct reading {
    struct tdb *t;
    const struct stmt *st;
    const struct shape *shape;
    char *out;
    size_t n, max, cap;
    struct list *list;             /* of db_list, set at the end */
    int64_t *integer;              /* of db_int */
    struct keeping *keep;          /* its rows go to the memo too */
};

static enum rc one_row(void *ctx, const struct row *row)
{
    struct reading *r = ctx;
    if (r->keep) keeping_row(r->keep, r->t->db->engine, row);
    if (r->n++) return fault(RC_FAULT, "query %s: more than one row", r->st->q->name);
    return decode(r->t, r->st, r->shape, row, r->out);
}

static enum rc next_row(void *ctx, const struct row *row)
{
    struct reading *r = ctx;
    if (r->keep) keeping_row(r->keep, r->t->db->engine, row);
    if (r->n == r->max) return fault(RC_FAULT, "query %s: more than %zu rows", r->st->q->name, r->max);
    if (r->n == r->cap) {
        size_t cap = r->cap ? r->cap * 2 : 16;
        char *more = arena_alloc(r->t->arena, cap * r->shape->size);
        if (!more) return RC_OOM;
        if (r->n) memcpy(more, r->out, r->n * r->shape->size);
        r->out = more;
        r->cap = cap;
    }
    return decode(r->t, r->st, r->shape, row, r->out + r->n++ * r->shape->size);
}

static enum rc integer_row(void *ctx, const struct row *row)
{
    struct reading *r = ctx;
    struct cell c;
    if (r->keep) keeping_row(r->keep, r->t->db->engine, row);
    if (row->kept) c = row->kept[0];
    else r->t->db->engine->cell(row, 0, &c);
    if (r->n++ || (c.type != CELL_NULL && c.type != CELL_INT)) return fault(RC_FAULT, "query %s: should give one integer", r->st->q->name);
    *r->integer = c.type == CELL_NULL ? NONE : c.i;
    return RC_OK;
}

/* ---- batches ----------------------------------------------------------------------------------------------------------------- */

struct found { struct kept *rows; row_fn *on_row; struct reading reading; };
struct batch {
    struct tdb view;
    enum rc failed;                /* of what was run already because there was no room left */
    int n, n_found;
    struct read reads[BATCH_READS_MAX];
    struct reading readings[BATCH_READS_MAX];
    struct found found[BATCH_READS_MAX]; /* what the memo had, to be given when the batch is run */
};

struct batch *batch_new(void) { return calloc(1, sizeof(struct batch)); }

void batch_free(struct batch *b)
{
    for (int i = 0; b && i < b->n_found; i++) kept_release(b->found[i].rows);
    free(b);
}

struct tdb *db_batch(struct tdb *t)
{
    struct batch *b = t->batch;
    ASSERT(!t->queue && "no batch inside a batch");
    while (b->n_found) kept_release(b->found[--b->n_found].rows); /* of one that was not run */
    b->view = *t;
    b->view.queue = b;
    b->failed = RC_OK;
    b->n = 0;
    return &b->view;
}

static enum rc give_rows(struct reading *r, struct kept *k, row_fn *fn)
{
    enum rc rc = RC_OK;
    for (size_t i = 0; i < kept_rows(k) && rc == RC_OK; i++) rc = fn(r, &(struct row){ .kept = kept_row(k, i) });
    if (r->list) *r->list = (struct list){ r->out, r->n };
    kept_release(k);
    return rc;
}

static void batch_flush(struct batch *b)
{
    struct tdb *t = &b->view;
    if (b->failed == RC_OK && t->arena && arena_failed(t->arena)) b->failed = RC_OOM;
    if (b->failed == RC_OK && b->n) b->failed = t->db->engine->query(t, b->reads, b->n);
    for (int i = 0; i < b->n && b->failed == RC_OK; i++) {
        if (b->readings[i].list) *b->readings[i].list = (struct list){ b->readings[i].out, b->readings[i].n };
        keeping_store(t->db->memo, b->readings[i].keep);
    }
    for (struct found *f = b->found; f < b->found + b->n_found; f++) {
        enum rc rc = give_rows(&f->reading, f->rows, f->on_row);
        if (b->failed == RC_OK) b->failed = rc;
    }
    b->n_found = 0;
    if (b->failed == RC_OK && t->arena && arena_failed(t->arena)) b->failed = RC_OOM;
    b->n = 0;
}

enum rc db_batch_run(struct tdb *t)
{
    ASSERT(t->queue && "only a batch can be run");
    batch_flush(t->queue);
    return t->queue->failed;
}

/* The arguments may be gone when the batch is run. */
static const struct arg *keep_args(struct arena *a, const struct stmt *st, const struct arg *args)
{
    size_t n = (size_t)(st->n_params - st->has_tenant);
    struct arg *kept = arena_alloc(a, (n + 1) * sizeof *kept);
    for (size_t i = 0; kept && i < n; i++) {
        kept[i] = args[i];
        if (args[i].s) kept[i].s = arena_strdup(a, args[i].s);
        if (args[i].b) kept[i].b = arena_strndup(a, args[i].b, args[i].len);
    }
    return kept;
}

static enum rc queue_read(struct batch *b, const struct read *read)
{
    if (b->n == BATCH_READS_MAX) batch_flush(b);
    struct reading *r = &b->readings[b->n];
    struct read *q = &b->reads[b->n++];
    *r = *(struct reading *)read->ctx;
    *q = *read;
    q->ctx = r;
    q->args = keep_args(b->view.arena, read->stmt, read->args);
    if (!q->args) b->failed = RC_OOM;
    return RC_OK;
}

/* ---- reads ------------------------------------------------------------------------------------------------------------------- */

/* Rows that are kept. False: there are none, and what is read now will be, where the statement says so. */
static bool give_kept(struct reading *r, const struct arg *args, row_fn *fn, enum rc *rc)
{
    struct tdb *t = r->t;
    if (!r->st->reads || t->tx) return false;
    struct kept *k = memo_find(t->db->memo, r->st, r->shape, t->tenant, args);
    if (!k) {
        r->keep = keeping_new(t->db->memo, r->st, r->shape, t->tenant, args, t->arena);
        return false;
    }
    *rc = RC_OK;
    if (!t->queue) {
        *rc = give_rows(r, k, fn);
        return true;
    }
    if (t->queue->n_found == BATCH_READS_MAX) batch_flush(t->queue);
    t->queue->found[t->queue->n_found++] = (struct found){ k, fn, *r };
    return true;
}

static enum rc run(struct reading *r, const struct arg *args, row_fn *fn)
{
    struct tdb *t = r->t;
    enum rc rc;
    db_check_args(r->st, args);
    ASSERT(!r->st->has_tenant || !id_is_nil(t->tenant));
    if (test_hook_fails(&rc)) {
        if (!t->tx) rc = RC_DB_DOWN;
        if (!t->queue) return rc;
        if (t->queue->failed == RC_OK) t->queue->failed = rc;
        return RC_OK;
    }
    if (give_kept(r, args, fn, &rc)) return rc;
    const struct read read = { r->st, args, fn, r };
    return t->queue ? queue_read(t->queue, &read) : t->db->engine->query(t, &read, 1);
}

enum rc db_get(struct tdb *t, const struct query *q, const struct arg *args, const struct shape *shape, void *out)
{
    struct reading r = { .t = t, .st = db_stmt(t->db, q), .shape = shape, .out = out };
    TRY(run(&r, args, one_row));
    if (t->queue) return RC_OK;
    keeping_store(t->db->memo, r.keep);
    if (r.n == 0) return RC_NOT_FOUND;
    return arena_failed(t->arena) ? RC_OOM : RC_OK;
}

enum rc db_list(struct tdb *t, const struct query *q, const struct arg *args, const struct shape *shape, size_t max, struct list *out)
{
    struct reading r = { .t = t, .st = db_stmt(t->db, q), .shape = shape, .max = max, .list = out };
    *out = (struct list){ NULL, 0 };
    TRY(run(&r, args, next_row));
    if (t->queue) return RC_OK;
    keeping_store(t->db->memo, r.keep);
    *out = (struct list){ r.out, r.n };
    return arena_failed(t->arena) ? RC_OOM : RC_OK;
}

enum rc db_int(struct tdb *t, const struct query *q, const struct arg *args, int64_t *out)
{
    int64_t value = NONE;
    struct reading r = { .t = t, .st = db_stmt(t->db, q), .integer = t->queue ? out : &value };
    TRY(run(&r, args, integer_row));
    if (t->queue) return RC_OK;
    keeping_store(t->db->memo, r.keep);
    if (!r.n) return RC_NOT_FOUND;
    *out = value;
    return RC_OK;
}
