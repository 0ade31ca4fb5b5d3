/* waitlist_waits.c - the mail that confirms that somebody waits, and the page behind its link: GET shows, POST leaves the list. */
#include "modules/waitlist/waitlist.h"
#include <stdio.h>

/* ---- what one waits for, in words ------------------------------------------------------------------------------------------ */

static const char *const day_names[] = { "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" };
static const char *const month_names[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

static const char *clock_words(struct arena *a, const struct want_window *w)
{
    const char *from = arena_printf(a, "%02d:%02d", (int)(w->start / 60), (int)(w->start % 60)), *to = arena_printf(a, "%02d:%02d", (int)(w->end / 60), (int)(w->end % 60));
    if (w->start == 0) return w->end == 1440 ? "" : arena_printf(a, " until %s", to);
    return w->end == 1440 ? arena_printf(a, " from %s", from) : arena_printf(a, " %s\xe2\x80\x93%s", from, to);
}

static bool same_clock(const struct want_window *a, const struct want_window *b) { return a->start == b->start && a->end == b->end; }

/* The days of one time of day together; "" for a window whose time was said before. */
static const char *window_words(struct arena *a, struct list windows, size_t at)
{
    const struct want_window *w = LIST_AT(windows, struct want_window, at);
    const char *days = "";
    int n = 0;
    for (size_t i = 0; i < at; i++)
        if (same_clock(LIST_AT(windows, struct want_window, i), w)) return "";
    for (int day = 1; day <= 7; day++)
        for (size_t i = at; i < windows.n; i++) {
            const struct want_window *x = LIST_AT(windows, struct want_window, i);
            if (!same_clock(x, w) || x->weekday != day) continue;
            days = arena_printf(a, "%s%s%s", days, n++ ? ", " : "", day_names[day - 1]);
            break;
        }
    return arena_printf(a, "%s%s", n == 7 ? "every day" : days, clock_words(a, w));
}

static const char *date_words(struct arena *a, const char *before, int64_t date)
{
    struct civil c;
    date_to_civil(date, &c);
    return arena_printf(a, "%s %d %s %d", before, c.day, month_names[c.month - 1], (int)c.year);
}

const char *want_words(struct arena *a, const struct want *w)
{
    const char *text = "";
    for (size_t i = 0; i < w->windows.n; i++) {
        const char *words = window_words(a, w->windows, i);
        if (*words) text = arena_printf(a, "%s%s%s", text, *text ? "; " : "", words);
    }
    if (w->not_before != NONE) text = arena_printf(a, "%s%s%s", text, *text ? "; " : "", date_words(a, "from", w->not_before));
    if (w->not_after != NONE) text = arena_printf(a, "%s%s%s", text, *text ? "; " : "", date_words(a, "until", w->not_after));
    return text;
}

/* ---- the mail --------------------------------------------------------------------------------------------------------------- */

enum rc waitlist_joined(struct job *job)
{
    struct want w = { 0 };
    struct id id;
    char text[ID_TEXT];
    TRY(job_id(job, "want_id", &id));
    TRY(wants_get(job->db, id, &w));
    if ((w.status != WANT_WAITING && w.status != WANT_OFFERED) || str_empty(w.client_email)) return RC_OK; /* left again */
    const char *when = want_words(job->arena, &w);
    struct notice_offer n = { .message_id = arena_printf(job->arena, "%s.waiting@clinicd", id_format(w.id, text)), .client_name = w.client_name,
        .client_email = w.client_email, .service = w.service_name, .provider = w.provider_name ? w.provider_name : "anyone", .location = w.location_name,
        .wish = *when ? when : "any time", .leave_link = want_url(job->arena, job->tenant, w.id), .start = NONE, .end = NONE, .expires_at = NONE };
    return notices_offer(job, &n);
}

/* ---- the page ----------------------------------------------------------------------------------------------------------------- */

struct wait { const char *clinic_name, *slug, *brand_color, *service_name, *provider_name, *location_name; int64_t status, not_before, not_after;
    struct list windows; struct id tenant; struct want want; };
static const struct field wait_fields[] = { F_ENUM(struct wait, status, want_status_names), F_STR(struct wait, service_name), F_STR(struct wait, provider_name, .nullable = true),
    F_STR(struct wait, location_name, .nullable = true), F_LIST(struct wait, windows, &want_window_shape), F_DATE(struct wait, not_before, .nullable = true),
    F_DATE(struct wait, not_after, .nullable = true), F_STR(struct wait, clinic_name), F_STR(struct wait, slug), F_STR(struct wait, brand_color), F_END };
const struct shape public_wait_shape = SHAPE_NAMED("public_wait", wait, wait_fields);
enum wait_act { WAIT_LEAVE };
static const char *const wait_act_names[] = { "leave", NULL };
struct wait_act_in { int64_t action; };
static const struct field wait_act_fields[] = { F_ENUM(struct wait_act_in, action, wait_act_names, .required = true, .doc = "What to do"), F_END };
const struct shape public_wait_act_shape = SHAPE_NAMED("public_wait_action", wait_act_in, wait_act_fields);

static struct wait wait_of(const struct want *w, const struct tenant *t)
{
    return (struct wait){ .clinic_name = t->name, .slug = t->slug, .brand_color = t->brand_color, .service_name = w->service_name, .provider_name = w->provider_name,
        .location_name = w->location_name, .status = w->status, .not_before = w->not_before, .not_after = w->not_after, .windows = w->windows };
}

static enum rc enter_wait(struct req *r, struct tenant *t, struct id *want)
{
    struct id tenant;
    if (!seal_link_open("want", r->path_text, &tenant, want)) return req_fail(r, RC_NOT_FOUND, "This link is not valid", NULL);
    TRY(req_enter(r, tenant));
    *t = (struct tenant){ 0 };
    return tenants_get(r->db, t);
}

enum rc public_wait_get(struct req *r)
{
    struct tenant t;
    struct want w = { 0 };
    struct id id;
    TRY(enter_wait(r, &t, &id));
    TRY(wants_get(r->db, id, &w));
    struct wait out = wait_of(&w, &t);
    return reply(r, &out);
}

struct leaving { struct ending e; struct tenant tenant; struct id want; };

/* An open offer is declined with it; who has left already, or is booked, is answered with that. */
static enum rc leave_tx(struct tx *tx, void *arg)
{
    struct leaving *l = arg;
    struct want w = { 0 };
    TRY(wants_get(tx_db(tx), l->want, &w));
    if (w.status == WANT_OFFERED) {
        TRY(open_offer_of(tx_db(tx), w.id, &l->e.offer));
        TRY(offer_end_tx(tx, &l->e));
    } else if (w.status == WANT_WAITING) {
        TRY(wants_step(tx, w.id, WANT_WAITING, WANT_WITHDRAWN, ID_NIL, l->e.now, RC_RETRY));
        TRY(tx_change(tx, l->e.r, &(struct change){ l->e.audit_id, "waitlist.withdraw", "waitlist.changed", "waitlist", w.id, w.version + 1, NULL, NULL, false }));
    }
    if (w.status == WANT_OFFERED || w.status == WANT_WAITING) w.status = WANT_WITHDRAWN;
    struct wait out = wait_of(&w, &l->tenant);
    return reply(l->e.r, &out);
}

enum rc public_wait_post(struct req *r)
{
    struct leaving l = { .e = { .r = r, .status = OFFER_DECLINED, .want_status = WANT_WITHDRAWN, .audit_id = id_new(), .freed_id = id_new(), .now = r->now, .arena = r->arena } };
    enum rc rc = RC_OFFER_EXPIRED;
    TRY(enter_wait(r, &l.tenant, &l.want));
    for (int n = 0; n < 4 && (rc == RC_OFFER_EXPIRED || rc == RC_NOT_FOUND); n++) rc = req_tx(r, "waitlist.leave_by_link", leave_tx, &l);
    return rc == RC_OFFER_EXPIRED || rc == RC_NOT_FOUND ? req_fail(r, RC_STATE, "An offer is being answered just now. Please try again", NULL) : rc;
}
