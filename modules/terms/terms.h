/* terms - what goes back when a booking that was paid is cancelled: tiers by notice, of the clinic or of a service. The terms as they were agreed
 * are frozen as JSON on the order, so that a later change of the rules changes nothing that was sold.
 *
 * Notice is the time that really passes between the cancellation and the start: 24 hours are 24 hours of the clock that ticks, also across the night
 * in which the clocks change. At exactly the notice of a tier it still holds. */
#pragma once
#include "modules/orders/orders.h"
#include "modules/services/services.h"

enum { TERMS_TIERS_MAX = 6, TERMS_TEXT_MAX = 2000 };
enum terms_who { TERMS_BY_CLIENT, TERMS_BY_CLINIC, TERMS_NO_SHOW };
extern const char *const terms_who_names[];
struct terms_tier { int64_t notice_min, refund_percent; };
struct terms {
    struct list tiers;             /* of struct terms_tier, the longest notice first; below the last: nothing */
    int64_t no_show_percent;
    int64_t fee_minor;             /* of what would go back, kept when a client cancels and not all of it does */
};
struct terms_result { int64_t refund_minor, kept_minor; };

extern const struct module terms_module;
extern const struct query *const terms_queries[];
extern const struct shape terms_shape;

/* ---- pure (terms.c) -------------------------------------------------------------------------------------------------------------- */
/* What goes back of `paid`, and what stays; they add up to it. Half to even, the remainder stays. The clinic's own cancellation: all. */
struct terms_result terms_judge(const struct terms *, int64_t paid_minor, int64_t start, int64_t now, enum terms_who);
/* "Free until Tue 3 Mar 2026, 10:00, then 50 % back. Nothing back if you do not come." start NONE: "Free up to 24 hours before". zone NULL with start
 * NONE only. Tiers that are over at `now` are left out (NONE: none are). */
const char *terms_words(struct arena *, const struct terms *, const char *currency, const struct zone *, int64_t start, int64_t now);
const char *terms_write(struct arena *, const struct terms *);
/* What terms_write wrote. NULL or not to be read: the program's own (24 hours and more: all, less: half, no-show: nothing). */
enum rc terms_read(struct arena *, const char *text, struct terms *out);

/* ---- rows ------------------------------------------------------------------------------------------------------------------------ */
/* The service's own, else the clinic's, else the program's. */
MUST_CHECK enum rc terms_of(struct tdb *, struct id service, struct terms *out);
/* All that services have of their own, and the clinic's: one statement for a page with many services. */
struct terms_row { struct id scope_id; const char *text; };
MUST_CHECK enum rc terms_list(struct tdb *, struct list *out);
MUST_CHECK enum rc terms_pick(struct arena *, struct list rows, struct id tenant, struct id service, struct terms *out);
