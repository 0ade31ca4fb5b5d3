/* series_zone.c - a series whose clock is another one: its zone was changed, or the rules of the zone. The names of its occurrences are the
 * instants that the rule gives (series_at), so they are worked out again from its wall times. */
#include "modules/calendar/series.h"

enum { NEAR_HOURS = 12 }; /* occurrences of one rule are at least a day apart */

const struct query Q_SERIES_NAME = { .name = "series.name", .args = "ui", .sql = "UPDATE appointment SET series_at = $3 WHERE tenant_id = $1 AND id = $2" };
const struct query Q_SERIES_ZONE = { .name = "series.zone", .args = "ut",
    .sql = "UPDATE series SET time_zone = $3, version = version + 1 WHERE tenant_id = $1 AND root_id = $2" };

static enum rc expand(struct arena *a, const struct series *root, const char *zone, struct recur_result *out)
{
    struct recur_rule rule;
    struct recur_problem unused;
    const struct zone *z = zone_find(zone);
    if (!z || !recur_parse(root->made_rrule, &rule, &unused)) return fault(RC_FAULT, "a series has a rule or a zone that cannot be read");
    int64_t from = recur_instant(z, root->made_first, NULL);
    struct recur_ask ask = { .first = root->made_first, .zone = z, .from = from - USEC_PER_DAY, .to = from + 2 * RECUR_SERIES_DAYS_MAX * USEC_PER_DAY, .max = RECUR_SERIES_MAX };
    return recur_expand(a, &rule, &ask, out);
}

/* before: what the rule gave on the old clock; without it, whatever is near. */
static int64_t name_now(const struct recur_result *before, const struct recur_result *now, int64_t at)
{
    for (size_t i = 0; i < now->n; i++) {
        if (before && (i >= before->n || before->at[i].start != at)) continue;
        int64_t off = now->at[i].start < at ? at - now->at[i].start : now->at[i].start - at;
        if (before || off <= NEAR_HOURS * USEC_PER_HOUR) return now->at[i].start;
    }
    return at;
}

/* In the order in which none is given the name another still has. */
static enum rc rename_all(struct tx *tx, struct list members, const struct recur_result *before, const struct recur_result *now)
{
    for (size_t round = 0; round < 2; round++)
        for (size_t k = 0; k < members.n; k++) {
            const struct series_member *m = LIST_AT(members, struct series_member, round ? k : members.n - 1 - k);
            int64_t at = name_now(before, now, m->series_at);
            if (round ? at < m->series_at : at > m->series_at) TRY(tx_run_query(tx, &Q_SERIES_NAME, ARGS(U(m->id), I(at))));
        }
    return RC_OK;
}

enum rc series_follow_zone(struct tx *tx, struct id root_id, const char *new_zone)
{
    struct series root = { 0 };
    struct recur_result before = { 0 }, now = { 0 };
    struct list members;
    struct tdb *db = tx_db(tx);
    TRY(series_get(db, root_id, &root));
    TRY(series_family(db, root_id, &members));
    bool other = new_zone && !str_eq(new_zone, root.time_zone);
    if (other) TRY(expand(db_arena(db), &root, root.time_zone, &before));
    TRY(expand(db_arena(db), &root, other ? new_zone : root.time_zone, &now));
    TRY(rename_all(tx, members, other ? &before : NULL, &now));
    return other ? tx_run_query(tx, &Q_SERIES_ZONE, ARGS(U(root_id), S(new_zone))) : RC_OK;
}
