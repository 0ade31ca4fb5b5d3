/* memo.c - see memo.h. Entries stand in a table by the hash of their key; a newer one takes the place of an older one. */
#include "core/db/memo.h"
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 2048, LOCKS = 64, COUNTERS = 1024, KEY_MAX = 256, CELLS_MAX = 8192, ENTRY_BYTES_MAX = 256 * 1024, BYTES_MAX = 8 * 1024 * 1024 };

struct key { int stmt; const struct shape *shape; struct id tenant; size_t len; unsigned char args[KEY_MAX]; };
struct kept {
    _Atomic int refs;
    struct key key;
    uint64_t state;                    /* of its tables, before it was read */
    int64_t read_at;                   /* monotonic */
    size_t bytes, n_rows, n_columns;
    struct cell cells[];               /* and behind them their texts */
};
struct memo {
    pthread_mutex_t locks[LOCKS];
    struct kept *slots[SLOTS];
    _Atomic uint64_t counters[COUNTERS], all;
    _Atomic size_t bytes;
    _Atomic int64_t hits, misses;
};
struct keeping { struct key key; uint64_t state; struct arena *arena; struct cell *cells; size_t n, cap, n_rows, n_columns, bytes; bool given_up; };

struct memo *memo_new(void)
{
    struct memo *m = calloc(1, sizeof *m);
    for (int i = 0; m && i < LOCKS; i++) pthread_mutex_init(&m->locks[i], NULL);
    return m;
}

static void drop(struct memo *m, struct kept *k)
{
    if (!k) return;
    m->bytes -= k->bytes;
    kept_release(k);
}

static void empty(struct memo *m)
{
    for (int i = 0; i < SLOTS; i++) {
        pthread_mutex_lock(&m->locks[i % LOCKS]);
        drop(m, m->slots[i]);
        m->slots[i] = NULL;
        pthread_mutex_unlock(&m->locks[i % LOCKS]);
    }
}

void memo_free(struct memo *m)
{
    if (!m) return;
    empty(m);
    for (int i = 0; i < LOCKS; i++) pthread_mutex_destroy(&m->locks[i]);
    free(m);
}

/* ---- keys -------------------------------------------------------------------------------------------------------------------- */

static uint64_t hash(uint64_t h, const void *data, size_t len)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < len; i++) h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    return h ^ (h >> 29);
}

static bool key_put(struct key *k, const void *data, size_t len)
{
    if (k->len + len > KEY_MAX) return false;
    memcpy(k->args + k->len, data, len);
    k->len += len;
    return true;
}

static bool key_of(struct key *k, const struct stmt *st, const struct shape *shape, struct id tenant, const struct arg *args)
{
    *k = (struct key){ .stmt = st->index, .shape = shape, .tenant = st->has_tenant ? tenant : ID_NIL };
    for (const struct arg *a = args; a->kind; a++) {
        const void *data = a->kind == 't' ? (const void *)a->s : a->b;
        size_t len = a->kind == 't' ? (a->s ? strlen(a->s) : 0) : a->len;
        uint64_t size = data ? len : UINT64_MAX;
        bool fits;
        if (a->kind == 'u') fits = key_put(k, a->id.b, sizeof a->id.b);
        else if (a->kind == 'i' || a->kind == 'z') fits = key_put(k, &a->i, sizeof a->i);
        else fits = key_put(k, &size, sizeof size) && (!data || key_put(k, data, len));
        if (!fits) return false;
    }
    return true;
}

static size_t slot_of(const struct key *k)
{
    uint64_t h = hash(UINT64_C(0xcbf29ce484222325), &k->stmt, sizeof k->stmt);
    h = hash(h, &k->shape, sizeof k->shape);
    return hash(hash(h, k->tenant.b, sizeof k->tenant.b), k->args, k->len) % SLOTS;
}

static bool key_equal(const struct key *a, const struct key *b)
{
    return a->stmt == b->stmt && a->shape == b->shape && id_eq(a->tenant, b->tenant) && a->len == b->len && memcmp(a->args, b->args, a->len) == 0;
}

/* ---- what changed -------------------------------------------------------------------------------------------------------------- */

/* Each table has a counter for every tenant (some share one, which only forgets too much), one for platform statements, which
 * read all tenants' rows (nil), and one for what a platform statement wrote, which may be any tenant's (ANY). */
static const struct id any = { { 0xff } };

static _Atomic uint64_t *counter(struct memo *m, int table, struct id tenant)
{
    return &m->counters[hash(hash(UINT64_C(0xcbf29ce484222325), &table, sizeof table), tenant.b, sizeof tenant.b) % COUNTERS];
}

static uint64_t state_of(struct memo *m, const struct stmt *st, struct id tenant)
{
    uint64_t sum = m->all;
    for (uint64_t left = st->reads; left; left &= left - 1) {
        int table = __builtin_ctzll(left);
        sum += st->has_tenant ? *counter(m, table, tenant) + *counter(m, table, any) : *counter(m, table, ID_NIL);
    }
    return sum;
}

void wrote_add(struct wrote *w, const struct stmt *st, struct id tenant)
{
    if (!st->writes) return;
    if (!st->has_tenant || (w->tenants && !id_eq(w->tenant, tenant))) {
        w->platform |= st->writes;
        return;
    }
    w->tenants |= st->writes;
    w->tenant = tenant;
}

void memo_changed(struct memo *m, const struct wrote *w)
{
    for (uint64_t left = w->tenants | w->platform; left; left &= left - 1) {
        int table = __builtin_ctzll(left);
        if (w->tenants & (1ull << table)) ++*counter(m, table, w->tenant);
        if (w->platform & (1ull << table)) ++*counter(m, table, any);
        ++*counter(m, table, ID_NIL);
    }
}

void memo_forget(struct memo *m) { m->all++; }

void memo_stats(struct memo *m, int64_t *hits, int64_t *misses)
{
    *hits = m->hits;
    *misses = m->misses;
}

/* ---- finding ------------------------------------------------------------------------------------------------------------------- */

struct kept *memo_find(struct memo *m, const struct stmt *st, const struct shape *shape, struct id tenant, const struct arg *args)
{
    struct key key;
    if (!st->reads || !key_of(&key, st, shape, tenant, args)) return NULL;
    size_t at = slot_of(&key);
    pthread_mutex_lock(&m->locks[at % LOCKS]);
    struct kept *k = m->slots[at];
    if (k && key_equal(&k->key, &key) && k->state == state_of(m, st, tenant) && monotonic_us() - k->read_at < KEPT_US_MAX) k->refs++;
    else k = NULL;
    if (k) m->hits++;
    else m->misses++;
    pthread_mutex_unlock(&m->locks[at % LOCKS]);
    return k;
}

size_t kept_rows(const struct kept *k) { return k->n_rows; }
const struct cell *kept_row(const struct kept *k, size_t i) { return k->cells + i * k->n_columns; }

void kept_release(struct kept *k)
{
    if (--k->refs == 0) free(k);
}

/* ---- keeping --------------------------------------------------------------------------------------------------------------------- */

struct keeping *keeping_new(struct memo *m, const struct stmt *st, const struct shape *shape, struct id tenant, const struct arg *args, struct arena *a)
{
    struct keeping *k = st->reads && a ? arena_alloc(a, sizeof *k) : NULL;
    if (!k) return NULL;
    *k = (struct keeping){ .arena = a };
    if (!key_of(&k->key, st, shape, tenant, args)) return NULL;
    k->state = state_of(m, st, tenant);
    return k;
}

static bool keeping_room(struct keeping *k)
{
    if (k->n + k->n_columns <= k->cap) return true;
    size_t cap = k->cap ? k->cap * 2 : 4 * k->n_columns;
    struct cell *more = cap <= CELLS_MAX ? arena_alloc(k->arena, cap * sizeof *more) : NULL;
    if (!more) return false;
    if (k->n) memcpy(more, k->cells, k->n * sizeof *more);
    k->cells = more;
    k->cap = cap;
    return true;
}

void keeping_row(struct keeping *k, const struct engine *e, const struct row *row)
{
    if (k->given_up) return;
    k->n_columns = (size_t)e->column_count(row);
    k->given_up = !keeping_room(k);
    for (size_t i = 0; i < k->n_columns && !k->given_up; i++) {
        struct cell *c = &k->cells[k->n++];
        e->cell(row, (int)i, c);
        if (c->type != CELL_TEXT && c->type != CELL_BYTES) continue;
        c->s = arena_strndup(k->arena, c->s, c->len);
        k->bytes += c->len + 1;
        k->given_up = !c->s || k->bytes > ENTRY_BYTES_MAX;
    }
    k->n_rows++;
}

void keeping_store(struct memo *m, struct keeping *k)
{
    if (!k || k->given_up) return;
    size_t bytes = sizeof(struct kept) + k->n * sizeof(struct cell) + k->bytes;
    if (m->bytes + bytes > BYTES_MAX) empty(m);
    struct kept *e = malloc(bytes);
    if (!e) return;
    *e = (struct kept){ .refs = 1, .key = k->key, .state = k->state, .read_at = monotonic_us(), .bytes = bytes, .n_rows = k->n_rows, .n_columns = k->n_columns };
    char *text = (char *)(e->cells + k->n);
    for (size_t i = 0; i < k->n; i++) {
        e->cells[i] = k->cells[i];
        if (k->cells[i].type != CELL_TEXT && k->cells[i].type != CELL_BYTES) continue;
        memcpy(text, k->cells[i].s, k->cells[i].len);
        text[k->cells[i].len] = 0;
        e->cells[i].s = text;
        text += k->cells[i].len + 1;
    }
    size_t at = slot_of(&e->key);
    pthread_mutex_lock(&m->locks[at % LOCKS]);
    drop(m, m->slots[at]);
    m->slots[at] = e;
    m->bytes += bytes;
    pthread_mutex_unlock(&m->locks[at % LOCKS]);
}
