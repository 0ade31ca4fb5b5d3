/* audit - reading the log of changes. It is written by tx_audit and tx_change (core.h), and by nobody else; the database
 * refuses to change or delete its rows. */
#pragma once
#include "core/core.h"

enum { AUDIT_PAGE_MAX = 200, AUDIT_COUNTED_MAX = 10000 };
struct audit_row {
    struct id id, actor_id, entity_id;
    int64_t at;
    const char *actor_kind, *actor_name, *action, *entity, *changes, *address, *user_agent, *request_id;
    bool warning;
};
/* NULL, nil, NONE: not asked for. from <= at < to. page NONE: from the beginning or behind older_than, and not counted. */
struct audit_filter { const char *entity, *action; struct id entity_id, actor_id; int64_t from, to, page, limit; struct id older_than; };

extern const struct module audit_module;
extern const struct shape audit_row_shape;
extern const struct query *const audit_queries[];

/* Newest first. total is at most AUDIT_COUNTED_MAX. */
MUST_CHECK enum rc audit_find(struct tdb *, const struct audit_filter *, struct list *out, int64_t *total);
