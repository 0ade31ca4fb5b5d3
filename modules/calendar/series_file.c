/* series_file.c - a series as calendar programs take it: one UID, the rule as it was made, EXDATE for what does not hold and an event with
 * RECURRENCE-ID for each that goes elsewhere. (Several events with a UID each in one invitation are refused or half read by Outlook and Gmail.)
 * The rule is never rewritten, so that each occurrence keeps its name through all changes. */
#include "modules/calendar/series.h"

enum { DATES_MAX = 60 };

static bool stands(const struct series_member *m)
{
    return m->status != APPT_CANCELLED && m->status != APPT_EXPIRED && m->status != APPT_DECLINED;
}

static const char *date_line(struct arena *a, const struct zone *z, int64_t start)
{
    static const char *const days[] = { "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun" };
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t wall = zone_local(z, start), date = floor_div(wall, USEC_PER_DAY), minute = (wall - date * USEC_PER_DAY) / USEC_PER_MIN;
    struct civil c = { 0 };
    date_to_civil(date, &c);
    return arena_printf(a, "%s %d %s %d, %02d:%02d", days[date_weekday(date) - 1], c.day, months[c.month - 1], (int)c.year, (int)(minute / 60), (int)(minute % 60));
}

static void list_dates(struct arena *a, struct series_file *f, int64_t now)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    size_t n = 0;
    buf_init(&b, 8192);
    for (size_t i = 0; i < f->members.n; i++) {
        const struct series_member *m = LIST_AT(f->members, struct series_member, i);
        if (!stands(m)) continue;
        if (f->over) f->first = m->id;
        f->over = false;
        if (m->start > now && n++ < DATES_MAX) buf_printf(&b, "%s%s", n > 1 ? "\n" : "", date_line(a, f->zone, m->start));
    }
    if (n > DATES_MAX) buf_printf(&b, "\nand %d more", (int)(n - DATES_MAX));
    f->dates = arena_strndup(a, buf_str(&b), b.len);
}

enum rc series_file_load(struct tdb *db, struct id id, int64_t now, struct series_file *out)
{
    struct series s = { 0 }, root = { 0 };
    struct recur_rule rule;
    struct recur_problem unused;
    CLEANUP(buf_free) struct buf b = { 0 };
    TRY(series_get(db, id, &s));
    TRY(series_get(db, s.root_id, &root));
    *out = (struct series_file){ .root = root.id, .sequence = root.sequence, .zone = zone_find(root.time_zone), .over = true, .made_first = root.made_first,
        .made_rrule = root.made_rrule };
    if (!out->zone || !recur_parse(root.made_rrule, &rule, &unused)) return fault(RC_FAULT, "a series has a rule or a zone that cannot be read");
    TRY(series_family(db, root.id, &out->members));
    if (!out->members.n) return RC_NOT_FOUND;
    out->first = LIST_AT(out->members, struct series_member, 0)->id;
    list_dates(db_arena(db), out, now);
    buf_init(&b, 4096);
    recur_sentence(&rule, root.made_first, out->zone, &b);
    out->sentence = arena_strndup(db_arena(db), buf_str(&b), b.len);
    return RC_OK;
}

/* With the time of day on the clock a date cannot be the end (RFC 5545, UNTIL): the last second of that day, in UTC. */
static void put_rule(struct buf *b, const struct series_file *f, struct recur_rule *rule)
{
    if (rule->until_kind == RECUR_UNTIL_DATE) {
        rule->until = zone_midnight(f->zone, rule->until + 1) - USEC_PER_SEC;
        rule->until_kind = RECUR_UNTIL_INSTANT;
    }
    recur_format(rule, b);
}

struct ics_event series_file_one(const struct series_file *f, const struct appointment *a, struct ics_event like)
{
    struct recur_rule rule;
    struct recur_problem unused;
    struct recur_result all;
    like.zone = f->zone;
    like.sequence = f->sequence + a->version;
    like.recurrence = zone_local(f->zone, a->series_at);
    /* Where the clock jumps over the time of the rule, its name is the time that is not there. */
    struct arena *arena = arena_new(1 << 20);
    struct recur_ask ask = { .first = f->made_first, .zone = f->zone, .from = a->series_at, .to = a->series_at + 1, .max = 1 };
    if (arena && recur_parse(f->made_rrule, &rule, &unused) && recur_expand(arena, &rule, &ask, &all) == RC_OK && all.n) like.recurrence = all.at[0].wall;
    if (arena) arena_free(arena);
    return like;
}

static const struct series_member *member_at(const struct series_file *f, int64_t at)
{
    for (size_t i = 0; i < f->members.n; i++)
        if (LIST_AT(f->members, struct series_member, i)->series_at == at && stands(LIST_AT(f->members, struct series_member, i)))
            return LIST_AT(f->members, struct series_member, i);
    return NULL;
}

struct writing { struct buf *out; const struct ics_calendar *cal; const struct series_file *f; const struct ics_event *like; int64_t length; };

static void write_master(struct writing *w, const struct recur_result *all, struct recur_rule *rule)
{
    CLEANUP(buf_free) struct buf text = { 0 };
    int64_t excluded[RECUR_SERIES_MAX];
    struct ics_event e = *w->like;
    buf_init(&text, 4096);
    put_rule(&text, w->f, rule);
    e.zone = w->f->zone;
    e.sequence = w->f->sequence;
    e.start = all->at[0].start;
    e.end = e.start + w->length;
    e.rrule = buf_str(&text);
    e.excluded = excluded;
    for (size_t i = 0; i < all->n; i++)
        if (w->cal->method != ICS_CANCEL && !member_at(w->f, all->at[i].start)) excluded[e.n_excluded++] = all->at[i].wall;
    ics_event(w->out, w->cal, &e);
}

static bool expand(struct arena *arena, const struct series_file *f, struct recur_rule *rule, struct recur_result *all)
{
    struct recur_problem unused;
    int64_t from = recur_instant(f->zone, f->made_first, NULL);
    struct recur_ask ask = { .first = f->made_first, .zone = f->zone, .from = from - USEC_PER_DAY, .to = from + 2 * RECUR_SERIES_DAYS_MAX * USEC_PER_DAY, .max = RECUR_SERIES_MAX };
    return arena && recur_parse(f->made_rrule, rule, &unused) && recur_expand(arena, rule, &ask, all) == RC_OK && all->n;
}

static void write_events(struct writing *w, const struct recur_result *all, struct recur_rule *rule)
{
    write_master(w, all, rule);
    for (size_t i = 0; i < all->n && w->cal->method != ICS_CANCEL; i++) {
        const struct series_member *m = member_at(w->f, all->at[i].start);
        if (!m || (m->start == all->at[i].start && m->end - m->start == w->length)) continue;
        struct ics_event e = *w->like;
        e.zone = w->f->zone;
        e.sequence = w->f->sequence + m->version;
        e.recurrence = all->at[i].wall;
        e.start = m->start;
        e.end = m->end;
        ics_event(w->out, w->cal, &e);
    }
}

static void write_file(struct writing *w, bool with_zone)
{
    struct recur_rule rule;
    struct recur_result all = { 0 };
    struct arena *arena = arena_new(1 << 20);
    if (!expand(arena, w->f, &rule, &all)) {
        w->out->failed = true;
    } else {
        if (with_zone) ics_zone(w->out, w->f->zone, recur_instant(w->f->zone, w->f->made_first, NULL), all.at[all.n - 1].start + USEC_PER_DAY);
        write_events(w, &all, &rule);
    }
    if (arena) arena_free(arena);
}

void series_file_write(struct buf *out, const struct ics_calendar *cal, const struct series_file *f, const struct ics_event *like)
{
    write_file(&(struct writing){ out, cal, f, like, like->end - like->start }, true);
}

void series_file_events(struct buf *out, const struct ics_calendar *cal, const struct series_file *f, const struct ics_event *like)
{
    write_file(&(struct writing){ out, cal, f, like, like->end - like->start }, false);
}
