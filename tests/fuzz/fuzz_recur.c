/* fuzz_recur.c - any text as a rule: refused with a named reason, or it survives writing and reading, expands within its bounds and in
 * order, and can be said. */
#include "modules/calendar/recur.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_expansion(struct arena *a, const struct recur_rule *r, int64_t first)
{
    struct recur_result got;
    struct recur_ask ask = { .first = first, .zone = zone_find("Europe/Bucharest"), .from = first - USEC_PER_DAY,
        .to = first + RECUR_SERIES_DAYS_MAX * USEC_PER_DAY, .max = RECUR_SERIES_MAX };
    ASSERT(ask.zone && recur_expand(a, r, &ask, &got) == RC_OK && got.n <= ask.max);
    for (size_t i = 0; i < got.n; i++) {
        ASSERT(got.at[i].wall >= first && got.at[i].start < ask.to);
        ASSERT(i == 0 || got.at[i - 1].start < got.at[i].start);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    struct recur_rule r, again;
    struct recur_problem p;
    char text[600] = "";
    if (size >= sizeof text) return 0;
    memcpy(text, data, size);
    if (!recur_parse(text, &r, &p)) {
        ASSERT(p.what);
        return 0;
    }
    struct arena *a = arena_new(1 << 20);
    ASSERT(a);
    buf_init(&b, 8192);
    recur_format(&r, &b);
    ASSERT(recur_parse(buf_str(&b), &again, &p) && memcmp(&r, &again, sizeof r) == 0);
    check_expansion(a, &r, (int64_t)(size * 37 % 20000) * USEC_PER_DAY + 3 * USEC_PER_HOUR + 30 * USEC_PER_MIN);
    buf_clear(&b);
    recur_sentence(&r, 0, NULL, &b);
    ASSERT(!b.failed && utf8_valid(b.data, b.len));
    arena_free(a);
    return 0;
}
