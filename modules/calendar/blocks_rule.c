/* blocks_rule.c - when blocked time that repeats takes place. Pure: the wall clock in, instants out. */
#include "modules/calendar/blocks.h"

struct block_span blocks_span(const struct zone *z, int64_t wall, int64_t length_us, bool all_day)
{
    struct block_span s = { .at = wall };
    bool unused;
    if (all_day) {
        s.start = zone_midnight(z, floor_div(wall, USEC_PER_DAY));
        s.end = zone_midnight(z, floor_div(wall + length_us, USEC_PER_DAY));
        return s;
    }
    s.start = recur_instant(z, wall, &s.dst_shifted);
    s.end = recur_instant(z, wall + length_us, &unused);
    if (s.end <= s.start) s.end = s.start + length_us; /* the clock jumps over all of it, or back over its end */
    return s;
}

static enum rc read_rule(const struct blocked_rule *b, struct recur_rule *rule, const struct zone **z)
{
    struct recur_problem unused;
    *z = zone_find(b->time_zone);
    if (!*z) return fault(RC_FAULT, "the zone of a blocked rule is not in tzdata any more");
    if (!recur_parse(b->rrule, rule, &unused)) return fault(RC_FAULT, "a blocked rule cannot be read");
    return RC_OK;
}

static bool named(struct list sorted, int64_t at)
{
    size_t lo = 0, hi = sorted.n;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (*LIST_AT(sorted, int64_t, mid) < at) lo = mid + 1;
        else hi = mid;
    }
    return lo < sorted.n && *LIST_AT(sorted, int64_t, lo) == at;
}

enum rc blocks_expand(struct arena *a, const struct blocked_rule *b, int64_t from, int64_t to, size_t max, struct list left_out, struct block_spans *out)
{
    struct recur_rule rule;
    struct recur_result found;
    const struct zone *z;
    TRY(read_rule(b, &rule, &z));
    struct recur_ask ask = { .first = b->first_local, .zone = z, .from = from, .to = to, .max = max + left_out.n + 1 };
    TRY(recur_expand(a, &rule, &ask, &found));
    *out = (struct block_spans){ .at = arena_alloc(a, (max + 1) * sizeof *out->at) };
    if (!out->at) return RC_OOM;
    for (size_t i = 0; i < found.n; i++) {
        if (named(left_out, found.at[i].wall)) continue;
        if (out->n == max) {
            out->more = true;
            break;
        }
        out->at[out->n++] = blocks_span(z, found.at[i].wall, b->length_us, b->all_day);
    }
    out->more |= found.more;
    return RC_OK;
}

enum rc blocks_next(struct arena *a, const struct blocked_rule *b, int64_t wall, int64_t now, struct block_span *out, bool *found)
{
    struct block_spans s;
    int64_t from = (wall > b->first_local ? wall : b->first_local) - 2 * USEC_PER_DAY;
    if (now - b->length_us - 2 * USEC_PER_DAY > from) from = now - b->length_us - 2 * USEC_PER_DAY;
    TRY(blocks_expand(a, b, from, from + 90 * 365 * USEC_PER_DAY, 40 + BLOCK_RULE_DAYS_MAX, (struct list){ NULL, 0 }, &s));
    *found = false;
    for (size_t i = 0; i < s.n && !*found; i++) {
        *found = s.at[i].at >= wall && s.at[i].end > now;
        *out = s.at[i];
    }
    return RC_OK;
}

const char *blocks_rule_text(struct arena *a, const struct recur_rule *rule)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    buf_init(&b, 4096);
    recur_format(rule, &b);
    return arena_strndup(a, buf_str(&b), b.len);
}

const char *blocks_sentence(struct arena *a, const struct blocked_rule *rule)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    struct recur_rule r;
    const struct zone *z;
    buf_init(&b, 4096);
    if (read_rule(rule, &r, &z) != RC_OK) return "";
    recur_sentence(&r, rule->first_local, z, &b);
    return arena_strndup(a, buf_str(&b), b.len);
}

enum rc blocks_cut(struct arena *a, const struct blocked_rule *b, int64_t wall, const char **before, const char **after, bool *nothing)
{
    struct recur_rule rule;
    struct recur_result all;
    const struct zone *z;
    int64_t times = 0;
    TRY(read_rule(b, &rule, &z));
    struct recur_ask ask = { .first = b->first_local, .zone = z, .from = b->first_local - 2 * USEC_PER_DAY, .to = wall + 2 * USEC_PER_DAY,
        .max = rule.count == NONE ? 1 : RECUR_COUNT_MAX };
    TRY(recur_expand(a, &rule, &ask, &all));
    while (times < (int64_t)all.n && all.at[times].wall < wall) times++;
    *nothing = times == 0;
    struct recur_rule rest = rule;
    if (rule.count != NONE) {
        rest.count -= times;
        rule.count = times;
    } else {
        rule.until_kind = RECUR_UNTIL_DATE;
        rule.until = floor_div(wall, USEC_PER_DAY) - 1;
    }
    *after = blocks_rule_text(a, &rest);
    *before = *nothing ? b->rrule : blocks_rule_text(a, &rule);
    return *after && *before ? RC_OK : RC_OOM;
}
