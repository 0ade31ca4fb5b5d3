/* waitlist_store.c - the statements on waitlist and waitlist_offer. */
#include "modules/waitlist/waitlist.h"
#include <stdlib.h>

const char *const want_status_names[] = { "waiting", "offered", "booked", "withdrawn", "lapsed", NULL };
const char *const offer_status_names[] = { "open", "accepted", "declined", "lapsed", "taken_back", NULL };
const char *const want_source_names[] = { "staff", "public", NULL };

#define WANT_COLUMNS "w.id, w.client_id, w.patient_id, w.service_id, w.provider_id, w.location_id, w.appointment_id, w.status, w.source, w.not_before," \
    " w.not_after, w.windows AS windows_text, w.min_notice_min, w.priority, w.note, w.version, w.created_at, w.updated_at, c.name AS client_name," \
    " c.email AS client_email, c.phone AS client_phone, p.name AS patient_name, s.name AS service_name, s.duration_min, d.name AS provider_name, l.name AS location_name"
#define WANT_TABLES " FROM waitlist w LEFT JOIN client c ON c.tenant_id = w.tenant_id AND c.id = w.client_id" \
    " LEFT JOIN patient p ON p.tenant_id = w.tenant_id AND p.id = w.patient_id LEFT JOIN service s ON s.tenant_id = w.tenant_id AND s.id = w.service_id" \
    " LEFT JOIN provider d ON d.tenant_id = w.tenant_id AND d.id = w.provider_id LEFT JOIN location l ON l.tenant_id = w.tenant_id AND l.id = w.location_id"
#define FOUND " AND ($2 IS NULL OR w.status = $2) AND ($3 IS NULL OR w.service_id = $3) AND ($4 IS NULL OR w.provider_id = $4) AND ($5 IS NULL OR w.client_id = $5)"

static const struct query Q_GET = { .name = "waitlist.get", .args = "u", .sql = "SELECT " WANT_COLUMNS WANT_TABLES " WHERE w.tenant_id = $1 AND w.id = $2" };
static const struct query Q_FIND = { .name = "waitlist.find", .args = "tuuuii",
    .sql = "SELECT " WANT_COLUMNS WANT_TABLES " WHERE w.tenant_id = $1" FOUND " ORDER BY w.created_at DESC, w.id DESC LIMIT $6 OFFSET $7" };
static const struct query Q_COUNT = { .name = "waitlist.count", .args = "tuuu", .sql = "SELECT COUNT(*) FROM waitlist w WHERE w.tenant_id = $1" FOUND };
static const struct query Q_WAITING = { .name = "waitlist.waiting", .args = "",
    .sql = "SELECT " WANT_COLUMNS WANT_TABLES " WHERE w.tenant_id = $1 AND w.status = 'waiting' ORDER BY w.priority DESC, w.created_at, w.id LIMIT 2100" };
static const struct query Q_COUNT_CLIENT = { .name = "waitlist.count_client", .args = "u",
    .sql = "SELECT COUNT(*) FROM waitlist WHERE tenant_id = $1 AND client_id = $2 AND status IN ('waiting', 'offered')" };
static const struct query Q_COUNT_ALL = { .name = "waitlist.count_all", .args = "",
    .sql = "SELECT COUNT(*) FROM waitlist WHERE tenant_id = $1 AND status = 'waiting'" };
static const struct query Q_INSERT = { .name = "waitlist.insert", .args = "uuuuuutiitiittii",
    .sql = "INSERT INTO waitlist (tenant_id, id, client_id, patient_id, service_id, provider_id, location_id, status, not_before, not_after, windows,"
           " min_notice_min, priority, note, source, version, created_at, updated_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $16, $17)" };
static const struct query Q_UPDATE = { .name = "waitlist.update", .args = "uiuuiitiiti",
    .sql = "UPDATE waitlist SET version = version + 1, provider_id = $4, location_id = $5, not_before = $6, not_after = $7, windows = $8,"
           " min_notice_min = $9, priority = $10, note = $11, updated_at = $12 WHERE tenant_id = $1 AND id = $2 AND version = $3" };
static const struct query Q_STEP = { .name = "waitlist.step", .args = "uttui",
    .sql = "UPDATE waitlist SET version = version + 1, status = $4, appointment_id = $5, updated_at = $6 WHERE tenant_id = $1 AND id = $2 AND status = $3" };
/* What else of theirs a booking settles: the same treatment, in days that it lies in. */
static const struct query Q_SETTLE = { .name = "waitlist.settle", .args = "uuuiui",
    .sql = "UPDATE waitlist SET version = version + 1, status = 'booked', appointment_id = $6, updated_at = $7 WHERE tenant_id = $1 AND client_id = $2 AND patient_id = $3"
           " AND service_id = $4 AND status = 'waiting' AND (not_before IS NULL OR not_before <= $5) AND (not_after IS NULL OR not_after >= $5)" };
static const struct query Q_LAPSE = { .name = "waitlist.lapse", .args = "ii", .platform = "the last day has passed for clinics alike",
    .sql = "UPDATE waitlist SET version = version + 1, status = 'lapsed', updated_at = $2 WHERE status = 'waiting' AND not_after IS NOT NULL AND not_after < $1" };
#define OFFER_COLUMNS "o.id, o.want_id, o.provider_id, o.location_id, o.appointment_id, o.starts_at AS start, o.ends_at AS finish, o.expires_at, o.status," \
    " o.sends_at, o.created_at, o.closed_at, d.name AS provider_name FROM waitlist_offer o LEFT JOIN provider d ON d.tenant_id = o.tenant_id AND d.id = o.provider_id"
static const struct query Q_OFFERS = { .name = "waitlist.offers", .args = "u",
    .sql = "SELECT " OFFER_COLUMNS " WHERE o.tenant_id = $1 AND o.want_id = $2 ORDER BY o.created_at DESC, o.id DESC LIMIT 100" };
static const struct query Q_OFFER = { .name = "waitlist.offer", .args = "u", .sql = "SELECT " OFFER_COLUMNS " WHERE o.tenant_id = $1 AND o.id = $2" };
static const struct query Q_OFFERS_BETWEEN = { .name = "waitlist.offers_between", .args = "iiu",
    .sql = "SELECT o.id, o.want_id, o.provider_id, o.location_id, o.appointment_id, o.starts_at AS start, o.ends_at AS finish, o.expires_at, o.status, o.sends_at,"
           " o.created_at, o.closed_at, d.name AS provider_name, c.name AS client_name, c.id AS client_id, s.name AS service_name FROM waitlist_offer o"
           " LEFT JOIN provider d ON d.tenant_id = o.tenant_id AND d.id = o.provider_id LEFT JOIN waitlist w ON w.tenant_id = o.tenant_id AND w.id = o.want_id"
           " LEFT JOIN client c ON c.tenant_id = w.tenant_id AND c.id = w.client_id LEFT JOIN service s ON s.tenant_id = w.tenant_id AND s.id = w.service_id"
           " WHERE o.tenant_id = $1 AND o.starts_at >= $2 AND o.starts_at < $3 AND ($4 IS NULL OR o.provider_id = $4) ORDER BY o.starts_at, o.id LIMIT 200" };
static const struct query Q_COUNT_MAIL = { .name = "waitlist.count_mail", .args = "t",
    .sql = "SELECT COUNT(w.id) FROM client c LEFT JOIN waitlist w ON w.tenant_id = c.tenant_id AND w.client_id = c.id AND w.source = 'public'"
           " AND w.status IN ('waiting', 'offered') WHERE c.tenant_id = $1 AND c.email = $2" };
static const struct query Q_OFFER_INSERT = { .name = "waitlist.offer_insert", .args = "uuuuiiiii",
    .sql = "INSERT INTO waitlist_offer (tenant_id, id, want_id, provider_id, location_id, starts_at, ends_at, expires_at, status, created_at, sends_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'open', $9, $10)" };
static const struct query Q_OFFER_CLOSE = { .name = "waitlist.offer_close", .args = "utui",
    .sql = "UPDATE waitlist_offer SET status = $3, appointment_id = $4, closed_at = $5 WHERE tenant_id = $1 AND id = $2 AND status = 'open'" };
const struct query *const waitlist_queries[] = { &Q_GET, &Q_FIND, &Q_COUNT, &Q_WAITING, &Q_COUNT_CLIENT, &Q_COUNT_ALL, &Q_INSERT, &Q_UPDATE, &Q_STEP,
    &Q_SETTLE, &Q_LAPSE, &Q_OFFERS, &Q_OFFERS_BETWEEN, &Q_COUNT_MAIL, &Q_OFFER, &Q_OFFER_INSERT, &Q_OFFER_CLOSE, NULL };

static const struct field want_fields[] = { F_ID(struct want, id), F_ID(struct want, client_id), F_ID(struct want, patient_id), F_ID(struct want, service_id),
    F_ID(struct want, provider_id), F_ID(struct want, location_id), F_ID(struct want, appointment_id), F_ENUM(struct want, status, want_status_names),
    F_ENUM(struct want, source, want_source_names), F_INT(struct want, not_before), F_INT(struct want, not_after), F_STR(struct want, windows_text),
    F_INT(struct want, min_notice_min), F_INT(struct want, priority), F_STR(struct want, note), F_INT(struct want, version), F_INT(struct want, created_at),
    F_INT(struct want, updated_at), F_STR(struct want, client_name), F_STR(struct want, client_email), F_STR(struct want, client_phone),
    F_STR(struct want, patient_name), F_STR(struct want, service_name), F_INT(struct want, duration_min),
    F_STR(struct want, provider_name), F_STR(struct want, location_name), F_END };
static const struct shape want_row = SHAPE_NAMED("want_row", want, want_fields);
static const struct field offer_fields[] = { F_ID(struct offer, id), F_ID(struct offer, want_id), F_ID(struct offer, provider_id), F_ID(struct offer, location_id),
    F_ID(struct offer, appointment_id), F_INT(struct offer, start), { .name = "finish", .kind = K_INT, .off = offsetof(struct offer, end) },
    F_INT(struct offer, expires_at), F_ENUM(struct offer, status, offer_status_names), F_INT(struct offer, sends_at), F_INT(struct offer, created_at),
    F_INT(struct offer, closed_at), F_STR(struct offer, provider_name), F_STR(struct offer, client_name), F_ID(struct offer, client_id), F_STR(struct offer, service_name), F_END };
static const struct shape offer_row = SHAPE_NAMED("offer_row", offer, offer_fields);

static enum rc read_windows(struct tdb *db, struct want *w)
{
    if (windows_read(db_arena(db), w->windows_text, &w->windows)) return RC_OK;
    return arena_failed(db_arena(db)) ? RC_OOM : fault(RC_FAULT, "the windows of a want cannot be read");
}

static enum rc read_all_windows(struct tdb *db, struct list l)
{
    for (size_t i = 0; i < l.n; i++) TRY(read_windows(db, LIST_AT(l, struct want, i)));
    return RC_OK;
}

enum rc wants_get(struct tdb *db, struct id id, struct want *out)
{
    TRY(db_get(db, &Q_GET, ARGS(U(id)), &want_row, out));
    return read_windows(db, out);
}

enum rc wants_find(struct tdb *db, const struct want_filter *f, struct list *out, int64_t *total)
{
    const char *status = f->status == NONE ? NULL : want_status_names[f->status];
    TRY(db_list(db, &Q_FIND, ARGS(S(status), U(f->service_id), U(f->provider_id), U(f->client_id), I(f->limit), I((f->page - 1) * f->limit)), &want_row,
        (size_t)f->limit, out));
    TRY(db_int(db, &Q_COUNT, ARGS(S(status), U(f->service_id), U(f->provider_id), U(f->client_id)), total));
    return read_all_windows(db, *out);
}

static int by_urgency(const void *a, const void *b, void *ranking)
{
    struct want_rule x = want_rule_of(a), y = want_rule_of(b);
    return want_order(&x, &y, *(const int64_t *)ranking);
}

enum rc wants_waiting(struct tdb *db, int64_t ranking, struct list *out)
{
    TRY(db_list(db, &Q_WAITING, ARGS(), &want_row, WANTS_WAITING_MAX + 100, out));
    TRY(read_all_windows(db, *out));
    if (out->n) qsort_r(out->items, out->n, sizeof(struct want), by_urgency, &ranking);
    return RC_OK;
}

enum rc wants_count(struct tdb *db, struct id client, int64_t *of_client, int64_t *of_all)
{
    TRY(db_int(db, &Q_COUNT_CLIENT, ARGS(U(client)), of_client));
    return db_int(db, &Q_COUNT_ALL, ARGS(), of_all);
}

enum rc wants_insert(struct tx *tx, const struct want *w)
{
    return tx_run_query(tx, &Q_INSERT, ARGS(U(w->id), U(w->client_id), U(w->patient_id), U(w->service_id), U(w->provider_id), U(w->location_id),
        S(want_status_names[w->status]), I(w->not_before), I(w->not_after), S(w->windows_text), I(w->min_notice_min), I(w->priority), S(w->note),
        S(want_source_names[w->source]), I(w->created_at), I(w->updated_at)));
}

enum rc wants_update(struct tx *tx, const struct want *w, int64_t version, int64_t now, enum rc lost)
{
    return tx_one(tx, &Q_UPDATE, ARGS(U(w->id), I(version), U(w->provider_id), U(w->location_id), I(w->not_before), I(w->not_after), S(w->windows_text),
        I(w->min_notice_min), I(w->priority), S(w->note), I(now)), lost);
}

enum rc wants_step(struct tx *tx, struct id id, int64_t from, int64_t to, struct id appointment, int64_t now, enum rc otherwise)
{
    return tx_one(tx, &Q_STEP, ARGS(U(id), S(want_status_names[from]), S(want_status_names[to]), U(appointment), I(now)), otherwise);
}

enum rc wants_settle(struct tx *tx, const struct want *w, int64_t date, struct id appointment, int64_t now)
{
    return tx_run_query(tx, &Q_SETTLE, ARGS(U(w->client_id), U(w->patient_id), U(w->service_id), I(date), U(appointment), I(now)));
}

enum rc wants_lapse(struct tx *tx, int64_t date, int64_t now) { return tx_run_query(tx, &Q_LAPSE, ARGS(I(date), I(now))); }

enum rc offers_of(struct tdb *db, struct id want, struct list *out) { return db_list(db, &Q_OFFERS, ARGS(U(want)), &offer_row, OFFERS_SHOWN_MAX, out); }
enum rc offers_get(struct tdb *db, struct id id, struct offer *out) { return db_get(db, &Q_OFFER, ARGS(U(id)), &offer_row, out); }

enum rc offers_between(struct tdb *db, int64_t from, int64_t to, struct id provider, struct list *out)
{
    return db_list(db, &Q_OFFERS_BETWEEN, ARGS(I(from), I(to), U(provider)), &offer_row, OFFERS_BETWEEN_MAX, out);
}

enum rc wants_count_mail(struct tdb *db, const char *email, int64_t *out) { return db_int(db, &Q_COUNT_MAIL, ARGS(S(email)), out); }

enum rc offers_insert(struct tx *tx, const struct offer *o)
{
    return tx_run_query(tx, &Q_OFFER_INSERT, ARGS(U(o->id), U(o->want_id), U(o->provider_id), U(o->location_id), I(o->start), I(o->end), I(o->expires_at),
        I(o->created_at), I(o->sends_at)));
}

enum rc offers_close(struct tx *tx, struct id id, int64_t status, struct id appointment, int64_t now, enum rc otherwise)
{
    return tx_one(tx, &Q_OFFER_CLOSE, ARGS(U(id), S(offer_status_names[status]), U(appointment), I(now)), otherwise);
}

struct want_rule want_rule_of(const struct want *w)
{
    return (struct want_rule){ .windows = w->windows, .not_before = w->not_before, .not_after = w->not_after, .min_notice_min = w->min_notice_min,
        .priority = w->priority, .duration_min = w->duration_min, .created_at = w->created_at, .id = w->id };
}
