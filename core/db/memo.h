/* memo.h - private to core/db: the rows of statements marked .kept, held by the process until a table they read changes.
 * What changed is known from the statements themselves (db_audit finds the tables each one reads and writes). An entry is
 * valid as long as the sum of the counters of its tables is what it was before the statement was run; a counter rises
 * after each commit that wrote to its table, before the writer's caller hears of it. On PostgreSQL other instances are told
 * by notification; if that fails, an entry is forgotten after KEPT_US_MAX. Reads inside a transaction go past all this. */
#pragma once
#include "core/db/engine.h"

enum { TRACKED_MAX = 64, KEPT_US_MAX = 2 * 1000 * 1000 };

struct kept; /* the rows of one statement with its arguments; counted references */
struct memo *memo_new(void);
void memo_free(struct memo *);
/* What a transaction wrote to: bits of tracked tables, by statements of a tenant and by platform statements. */
void wrote_add(struct wrote *, const struct stmt *, struct id tenant);
void memo_changed(struct memo *, const struct wrote *);   /* after its commit, or when nobody knows how it ended */
void memo_stats(struct memo *, int64_t *hits, int64_t *misses);
void memo_forget(struct memo *);                          /* everything: another instance wrote something */

/* Rows that are valid now, or NULL. To be released. */
struct kept *memo_find(struct memo *, const struct stmt *, const struct shape *, struct id tenant, const struct arg *);
size_t kept_rows(const struct kept *);
const struct cell *kept_row(const struct kept *, size_t i);
void kept_release(struct kept *);

/* Rows on their way into the memo while they are read; NULL: this statement, or these arguments, are not kept. */
struct keeping *keeping_new(struct memo *, const struct stmt *, const struct shape *, struct id tenant, const struct arg *, struct arena *);
void keeping_row(struct keeping *, const struct engine *, const struct row *);
void keeping_store(struct memo *, struct keeping *);
