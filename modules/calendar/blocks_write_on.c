/* blocks_write_on.c - rules without an end are written on: a job that may run twice, in two places, and be cut off. Each rule is one
 * transaction, which finds under its lock what is there already. Bookings that were made in that time stay, and the log says so. */
#include "modules/calendar/blocks.h"

struct writing { struct job *job; struct req *r; struct id rule, audit_id, ids[BLOCK_OCCURRENCES_MAX]; };

/* What is there already is left out, so a second run writes nothing. */
static enum rc write_occurrences(struct tx *tx, struct writing *w, const struct blocked_rule *rule, int64_t to, struct block_taking *b)
{
    const struct zone *z = zone_find(rule->time_zone);
    struct list left_out;
    if (!z) return fault(RC_FAULT, "the zone of a blocked rule is not in tzdata any more");
    TRY(blocked_left_out(tx_db(tx), rule->id, zone_local(z, rule->filled_to) - 2 * USEC_PER_DAY, &left_out));
    *b = (struct block_taking){ .r = w->r, .keep = true, .row = { .kind = rule->kind, .subject_id = rule->subject_id, .purpose = rule->purpose,
        .reason = rule->reason, .all_day = rule->all_day, .version = 1 } };
    TRY(blocks_expand(w->r->arena, rule, rule->filled_to, to, BLOCK_OCCURRENCES_MAX, left_out, &b->spans));
    for (size_t i = 0; i < b->spans.n; i++) b->spans.at[i].id = w->ids[i];
    return blocks_write(tx, b, rule->id);
}

static enum rc write_tx(struct tx *tx, void *arg)
{
    struct writing *w = arg;
    struct blocked_rule rule = { 0 };
    struct block_taking b;
    struct block_span later;
    bool goes_on;
    int64_t now = w->job->now, to = now + BLOCK_DAYS_MAX * USEC_PER_DAY;
    TRY(blocked_rules_get(tx_db(tx), w->rule, &rule));
    TRY(blocks_lock(tx, rule.kind, rule.subject_id, rule.id));
    TRY(blocked_rules_get(tx_db(tx), w->rule, &rule)); /* as it is under the lock */
    if (rule.filled_to == NONE || rule.filled_to >= to) return RC_OK;
    TRY(write_occurrences(tx, w, &rule, to, &b));
    if (b.spans.more && b.spans.n) to = b.spans.at[b.spans.n - 1].start + 1; /* the rest in the next round */
    TRY(blocks_next(w->r->arena, &rule, zone_local(zone_find(rule.time_zone), to), to, &later, &goes_on));
    TRY(blocked_rules_filled(tx, rule.id, goes_on || b.spans.more ? to : NONE));
    if (!b.spans.n) return RC_OK;
    TRY(tx_event(tx, "blocked.created", b.spans.at[0].id, 1, now, NULL));
    return tx_audit_system(tx, "system", now, &(struct audit_entry){ w->audit_id, "blocked.write_on", "blocked_time", b.spans.at[0].id,
        arena_printf(w->r->arena, "{\"occurrences\":[null,%zu],\"bookings\":[null,%zu]}", b.spans.n, b.hits.n), b.hits.n > 0 });
}

static enum rc write_one(struct job *job, const struct rule_due *d)
{
    struct writing *w = arena_alloc(job->arena, sizeof *w);
    enum rc rc = RC_OVERLAP;
    tdb_set_tenant(job->db, d->tenant_id);
    if (!w || !(w->r = req_of_program(job->arena, job->db, job->now, "system", PERM_SCHEDULE_WRITE))) return RC_OOM;
    w->job = job;
    w->rule = d->id;
    w->audit_id = id_new();
    for (size_t i = 0; i < ARRAY_LEN(w->ids); i++) w->ids[i] = id_new();
    for (int tries = 0; tries < 5 && rc == RC_OVERLAP; tries++) rc = db_tx(job->db, "calendar.blocked_write_on", write_tx, w);
    /* Deleted meanwhile, too many blocks in this clinic, a zone that went: the others are written on, and the next round tries again. */
    return rc == RC_OOM || rc == RC_DB_DOWN || rc == RC_BUSY ? rc : RC_OK;
}

enum rc blocks_write_on(struct job *job)
{
    struct list due;
    TRY(blocked_rules_due(job->db, job->now + (BLOCK_DAYS_MAX - BLOCK_SLACK_DAYS) * USEC_PER_DAY, &due));
    for (size_t i = 0; i < due.n; i++) {
        struct arena_mark mark = arena_mark(job->arena);
        TRY(write_one(job, LIST_AT(due, struct rule_due, i)));
        arena_rewind(job->arena, mark);
    }
    return RC_OK;
}
