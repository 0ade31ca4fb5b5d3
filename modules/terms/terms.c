/* terms.c - see terms.h: the rule, its words and its text. */
#include "core/base/money.h"
#include "modules/terms/terms.h"
#include <string.h>

const char *const terms_who_names[] = { "client", "clinic", "no_show", NULL };

static struct terms terms_default(void)
{
    static struct terms_tier tiers[] = { { 1440, 100 }, { 0, 50 } };
    return (struct terms){ .tiers = { tiers, ARRAY_LEN(tiers) } };
}

/* Of the first tier whose notice is kept; they stand with the longest first. */
static int64_t percent_of(const struct terms *t, int64_t notice_us)
{
    for (size_t i = 0; i < t->tiers.n; i++) {
        const struct terms_tier *x = LIST_AT(t->tiers, struct terms_tier, i);
        if (notice_us >= x->notice_min * USEC_PER_MIN) return x->refund_percent;
    }
    return 0;
}

struct terms_result terms_judge(const struct terms *t, int64_t paid, int64_t start, int64_t now, enum terms_who who)
{
    int64_t percent = who == TERMS_BY_CLINIC ? 100 : who == TERMS_NO_SHOW ? t->no_show_percent : percent_of(t, start - now);
    int64_t refund = money_share(paid, percent * 10000);
    if (percent < 100 && who == TERMS_BY_CLIENT) refund = refund > t->fee_minor ? refund - t->fee_minor : 0;
    return (struct terms_result){ refund, paid - refund };
}

/* ---- words ------------------------------------------------------------------------------------------------------------------------ */

static const char *notice_words(struct arena *a, int64_t min)
{
    if (min % 1440 == 0 && min >= 2880) return arena_printf(a, "%lld days", (long long)(min / 1440));
    if (min % 60 == 0) return arena_printf(a, "%lld hour%s", (long long)(min / 60), min == 60 ? "" : "s");
    return arena_printf(a, "%lld minutes", (long long)min);
}

static const char *when(struct arena *a, const struct zone *z, int64_t at)
{
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t local = zone_local(z, at), date = floor_div(local, USEC_PER_DAY), minute = floor_div(local, USEC_PER_MIN) - date * 1440;
    struct civil c;
    date_to_civil(date, &c);
    return arena_printf(a, "%s %d %s %d, %02d:%02d", days[date_weekday(date) - 1], c.day, months[c.month - 1], (int)c.year, (int)(minute / 60), (int)(minute % 60));
}

static const char *share_words(struct arena *a, int64_t percent, bool first, const char *fee)
{
    if (percent == 100) return first ? "Free" : "all of it back";
    if (percent == 0) return first ? "Nothing back" : "nothing back";
    return arena_printf(a, "%lld %% back%s", (long long)percent, fee);
}

const char *terms_words(struct arena *a, const struct terms *t, const char *currency, const struct zone *z, int64_t start, int64_t now)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    char amount[MONEY_TEXT];
    const char *fee = t->fee_minor > 0 && unit_is_currency(currency) ? arena_printf(a, " less %s", money_format(t->fee_minor, currency, amount)) : "";
    int64_t last = 0, percent = 0; /* of the tier that was named last */
    bool first = true;
    buf_init(&b, 4096);
    for (size_t i = 0; i < t->tiers.n; i++) {
        const struct terms_tier *x = LIST_AT(t->tiers, struct terms_tier, i);
        int64_t until = start == NONE ? NONE : start - x->notice_min * USEC_PER_MIN;
        last = x->notice_min;
        percent = x->refund_percent;
        if (until != NONE && now != NONE && now > until) continue;
        buf_printf(&b, "%s%s", first ? "" : ", then ", share_words(a, x->refund_percent, first, fee));
        if (x->notice_min && until == NONE) buf_printf(&b, " up to %s before", notice_words(a, x->notice_min));
        else if (x->notice_min) buf_printf(&b, " until %s", when(a, z, until));
        first = false;
    }
    bool ends_with_nothing = first || last > 0 || !percent;
    if (first || (last > 0 && percent)) buf_printf(&b, "%s", first ? "Nothing back" : ", then nothing back");
    if (t->no_show_percent) buf_printf(&b, ". %lld %% back if you do not come.", (long long)t->no_show_percent);
    else buf_printf(&b, "%s", ends_with_nothing ? "." : ". Nothing back if you do not come.");
    return b.failed ? "" : arena_strndup(a, b.data, b.len);
}

/* ---- text ------------------------------------------------------------------------------------------------------------------------- */

static const struct field tier_fields[] = {
    F_INT(struct terms_tier, notice_min, .max = 525600, .doc = "So many minutes before the start, or more; time that really passes, whatever the clocks do"),
    F_INT(struct terms_tier, refund_percent, .max = 100, .doc = "Per cent of what was paid that goes back"), F_END };
static const struct shape tier_shape = SHAPE(terms_tier, tier_fields);
static const struct field terms_fields[] = {
    F_LIST(struct terms, tiers, &tier_shape, .max = TERMS_TIERS_MAX, .doc = "The longest notice first; with less than the last one nothing goes back"),
    F_INT(struct terms, no_show_percent, .max = 100, .doc = "Per cent that goes back when nobody comes"),
    F_INT(struct terms, fee_minor, .max = PRICE_MAX, .doc = "Kept besides, when a client cancels and not all of it goes back"), F_END };
const struct shape terms_shape = SHAPE(terms, terms_fields);
static const struct shape terms_text = { .name = "terms_text", .size = sizeof(struct terms), .fields = terms_fields, .loose = true };

const char *terms_write(struct arena *a, const struct terms *t)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    buf_init(&b, TERMS_TEXT_MAX);
    struct json j = json_to(&b);
    shape_write(&j, &terms_shape, t);
    return b.failed ? NULL : arena_strndup(a, b.data, b.len);
}

enum rc terms_read(struct arena *a, const char *text, struct terms *out)
{
    void *read = NULL;
    *out = terms_default();
    if (!text) return RC_OK;
    enum rc rc = shape_read_foreign(a, &terms_text, text, strlen(text), &read);
    if (rc == RC_OK) *out = *(const struct terms *)read;
    return rc == RC_OOM ? rc : RC_OK;
}
