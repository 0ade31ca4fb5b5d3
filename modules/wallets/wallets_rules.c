/* wallets_rules.c - see wallets_rules.h. */
#include "modules/wallets/wallets_rules.h"

const char *const bucket_kind_names[] = { "granted", "promo", "bought", "cash", "visits", NULL };
const char *const benefit_category_names[] = { "consultation", "dental", "pharmacy", "laboratory", "vision", "physiotherapy", "imaging", "mental_health", "prevention", "other", NULL };

int64_t cover_of_line(int64_t total, int64_t copay, int64_t coverage_ppm) { return total > copay ? money_share(total - copay, coverage_ppm) : 0; }

int64_t benefit_year_start(int64_t day, int64_t month)
{
    struct civil c;
    date_to_civil(day, &c);
    return date_from_civil(c.month >= month ? c.year : c.year - 1, (int)month, 1);
}

int64_t benefit_year_end(int64_t start)
{
    struct civil c;
    date_to_civil(start, &c);
    return date_from_civil(c.year + 1, c.month, 1) - 1;
}

static bool usable(const struct cover_plan *p, const struct cover_bucket *b)
{
    if (b->available <= 0 || b->kind == BUCKET_VISITS) return false;
    if (b->starts_on != NONE && p->day < b->starts_on) return false;
    return b->expires_on == NONE || (p->day <= b->expires_on && p->today <= b->expires_on);
}

static bool given(const struct cover_bucket *b) { return b->kind == BUCKET_GRANTED || b->kind == BUCKET_PROMO; }

/* NONE is the least number there is; it stands for no end here. */
static int64_t end_of(const struct cover_bucket *b) { return b->expires_on == NONE ? INT64_MAX : b->expires_on; }

static bool before(const struct cover_bucket *a, const struct cover_bucket *b)
{
    if (given(a) != given(b)) return given(a);
    if (end_of(a) != end_of(b)) return end_of(a) < end_of(b);
    return a->created_at < b->created_at;
}

/* Those that can pay, in the order of use; equals stay as they were given. */
static size_t sort_usable(const struct cover_plan *p, size_t order[WALLET_BUCKETS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_buckets; i++) {
        if (!usable(p, &p->buckets[i])) continue;
        size_t at = n++;
        for (; at > 0 && before(&p->buckets[i], &p->buckets[order[at - 1]]); at--) order[at] = order[at - 1];
        order[at] = i;
    }
    return n;
}

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t room_of(const struct cover_plan *p, const struct cover_bucket *b, const struct cover_line *l)
{
    if (b->kind != BUCKET_GRANTED) return l->open;
    if (!l->category || !str_eq(l->category, b->category)) return 0;
    int64_t room = cover_of_line(l->total, b->copay, b->coverage_ppm) - l->granted;
    if (b->limit >= 0) room = least(room, p->limits[b->limit]);
    return least(room, l->open);
}

static bool pay_from(struct cover_plan *p, size_t bucket)
{
    struct cover_bucket *b = &p->buckets[bucket];
    size_t had = p->n_takes;
    for (size_t i = 0; i < p->n_lines && b->available > 0; i++) {
        struct cover_line *l = &p->lines[i];
        int64_t amount = least(room_of(p, b, l), b->available);
        if (amount <= 0) continue;
        p->takes[p->n_takes++] = (struct cover_take){ bucket, i, amount };
        p->covered += amount;
        b->available -= amount;
        l->open -= amount;
        if (b->kind == BUCKET_GRANTED) l->granted += amount;
        if (b->kind == BUCKET_GRANTED && b->limit >= 0) p->limits[b->limit] -= amount;
    }
    return p->n_takes > had;
}

void cover_plan(struct cover_plan *p)
{
    size_t order[WALLET_BUCKETS_MAX], n = sort_usable(p, order), used = 0;
    p->n_takes = 0;
    p->covered = 0;
    for (size_t i = 0; i < n && used < WALLET_PARTS_MAX; i++) used += pay_from(p, order[i]);
}
