/* orders_rules.c - the arithmetic of orders; pure. See orders.h. */
#include "modules/orders/orders.h"

const char *const order_state_names[] = { "open", "paid", "cancelled", "expired", NULL };
const char *const order_source_names[] = { "staff", "public", "portal", "program", NULL };
const char *const order_line_kind_names[] = { "service", "product", "package", "top_up", "fee", "other", NULL };
const char *const payment_method_names[] = { "cash", "terminal", "transfer", "card", "wallet", "other", NULL };
const char *const payment_state_names[] = { "created", "processing", "succeeded", "failed", "expired", NULL };
const char *const payment_dispute_names[] = { "none", "open", "won", "lost", NULL };
const char *const refund_state_names[] = { "requested", "submitted", "succeeded", "failed", NULL };
const char *const refund_cause_names[] = { "cancelled", "staff", "late", "surplus", "duplicate", NULL };

enum { PPM = 1000000, QUANTITY_MAX = 10000 };

/* n / d, half to even. */
static int64_t divide_even(int64_t n, int64_t d)
{
    int64_t q = n / d, twice = 2 * (n % d); /* d is at most two millions: no overflow */
    return q + (twice > d || (twice == d && q % 2 != 0));
}

int64_t money_share(int64_t amount, int64_t ppm)
{
    ASSERT(amount >= 0 && amount <= ORDER_AMOUNT_MAX && ppm >= 0 && ppm <= PPM);
    return divide_even(amount * ppm, PPM);
}

__extension__ typedef __int128 wide;

void money_split(int64_t amount, const int64_t *weights, size_t n, int64_t *parts)
{
    int64_t all = 0, left = amount;
    ASSERT(n && amount >= 0 && amount <= ORDER_AMOUNT_MAX);
    for (size_t i = 0; i < n; i++) {
        ASSERT(weights[i] >= 0 && weights[i] <= ORDER_AMOUNT_MAX && all <= INT64_MAX - ORDER_AMOUNT_MAX);
        all += weights[i];
    }
#define WEIGHT(i) (all ? weights[i] : 1) /* nothing weighs anything: even parts */
#define WHOLE(i) ((int64_t)((wide)amount * WEIGHT(i) / total))
#define REST(i) ((int64_t)((wide)amount * WEIGHT(i) % total))
    int64_t total = all ? all : (int64_t)n;
    for (size_t i = 0; i < n; i++) left -= parts[i] = WHOLE(i);
    while (left-- > 0) {
        size_t best = n;
        for (size_t i = 0; i < n; i++)
            if (parts[i] == WHOLE(i) && (best == n || REST(i) > REST(best))) best = i;
        ASSERT(best < n);
        parts[best]++;
    }
#undef WEIGHT
#undef WHOLE
#undef REST
}

static bool line_total(struct order_line *l, bool included)
{
    if (l->quantity < 1 || l->quantity > QUANTITY_MAX || l->unit_minor < 0 || l->unit_minor > ORDER_AMOUNT_MAX || l->tax_ppm < 0 || l->tax_ppm > PPM) return false;
    int64_t price = l->quantity * l->unit_minor;
    if (price > ORDER_AMOUNT_MAX || l->discount_minor < 0 || l->discount_minor > price) return false;
    price -= l->discount_minor;
    l->tax_minor = included ? divide_even(price * l->tax_ppm, PPM + l->tax_ppm) : money_share(price, l->tax_ppm);
    l->total_minor = included ? price : price + l->tax_minor;
    return true;
}

/* An invoice shows its taxes by rate, and posts them so. */
static bool rates_fit(const struct order *o)
{
    int64_t rates[ORDER_RATES_MAX];
    size_t n = 0, k;
    for (size_t i = 0; i < o->lines.n; i++) {
        int64_t ppm = LIST_AT(o->lines, struct order_line, i)->tax_ppm;
        for (k = 0; k < n && rates[k] != ppm; k++) {}
        if (k < n) continue;
        if (n == ORDER_RATES_MAX) return false;
        rates[n++] = ppm;
    }
    return true;
}

bool orders_total(struct order *o)
{
    o->gross_minor = o->discount_minor = o->tax_minor = o->total_minor = 0;
    if (o->lines.n < 1 || o->lines.n > ORDER_LINES_MAX || !rates_fit(o)) return false;
    for (size_t i = 0; i < o->lines.n; i++) {
        struct order_line *l = LIST_AT(o->lines, struct order_line, i);
        l->position = (int64_t)i + 1;
        if (!line_total(l, o->tax_included)) return false;
        o->gross_minor += l->quantity * l->unit_minor; /* of at most 20 lines */
        o->discount_minor += l->discount_minor;
        o->tax_minor += l->tax_minor;
        o->total_minor += l->total_minor;
    }
    return o->gross_minor <= ORDER_AMOUNT_MAX && o->total_minor <= ORDER_AMOUNT_MAX;
}

int64_t order_asked_minor(const struct order *o) { return o->total_minor - o->credited_minor; }

int64_t order_open_minor(const struct order *o)
{
    int64_t open = order_asked_minor(o) - (o->paid_minor - o->refunded_minor);
    return o->state == ORDER_OPEN && open > 0 ? open : 0;
}

static int rank(const struct payment *p) { return p->method == PAY_CARD ? 0 : p->method == PAY_WALLET ? 2 : 1; }

size_t orders_refund_plan(struct list payments, int64_t amount, struct refund_part parts[ORDER_PARTS_MAX])
{
    size_t n = 0;
    for (int of_rank = 0; of_rank <= 2; of_rank++)
        for (size_t i = payments.n; i-- > 0 && amount > 0;) {
            struct payment *p = LIST_AT(payments, struct payment, i);
            int64_t left = p->state == PAYMENT_SUCCEEDED ? p->amount_minor - p->refunded_minor : 0;
            if (rank(p) != of_rank || left <= 0) continue;
            if (n == ORDER_PARTS_MAX) return 0;
            parts[n] = (struct refund_part){ p, left < amount ? left : amount };
            amount -= parts[n++].amount_minor;
        }
    return amount > 0 ? 0 : n;
}

int64_t order_refundable_minor(const struct order *o) { return o->paid_minor - o->refunded_minor; }

const char *order_standing(const struct order *o)
{
    int64_t surplus = o->paid_minor > o->total_minor ? o->paid_minor - o->total_minor : 0, there = o->paid_minor - o->refunded_minor;
    bool over = o->state == ORDER_CANCELLED || o->state == ORDER_EXPIRED;
    if (o->state == ORDER_OPEN) return there > 0 ? "part_paid" : "unpaid";
    /* What was paid twice and went back is no refund of the order. */
    if (o->paid_minor > 0 && o->refunded_minor > (over ? 0 : surplus)) return there > 0 ? "part_refunded" : "refunded";
    return o->state == ORDER_PAID ? "paid" : o->state == ORDER_CANCELLED ? "cancelled" : "expired";
}
