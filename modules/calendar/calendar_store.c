/* calendar_store.c - the statements on appointment, claim and hold. */
#include "modules/calendar/rules_store.h"
#include "modules/calendar/sessions.h"
#include "modules/calendar/visits.h"

const char *const appt_source_names[] = { "staff", "public", "import", NULL };
const char *const claim_kind_names[] = { "appointment", "hold", "blocked", "calendar", NULL };

/* ---- appointments --------------------------------------------------------------------------------------------------------- */

#define APPT_COLUMNS "a.id, a.client_id, a.patient_id, a.service_id, a.provider_id, a.location_id, a.starts_at AS start, a.ends_at AS finish," \
    " a.buffer_before_min, a.buffer_after_min, a.time_zone, a.client_zone, a.status, a.notes, a.price_minor, a.currency, a.source, a.overbook_reason," \
    " a.cancel_reason, a.cancelled_by, a.lapses_at, a.assigned_month, a.series_id, a.series_at, a.series_local, a.series_alone, a.sequence, a.version, a.created_at, a.updated_at, a.lead_min, a.session_id, a.seat_no, a.visit_id, c.name AS client_name, c.phone AS client_phone," \
    " c.email AS client_email, p.name AS patient_name, p.kind AS patient_kind, s.name AS service_name, s.color AS service_color," \
    " d.name AS provider_name, l.name AS location_name, COALESCE(a.telehealth, s.telehealth) AS telehealth, a.order_id, o.state AS order_state," \
    " COALESCE(o.total_minor - o.credited_minor, 0) AS order_total_minor, COALESCE(o.paid_minor, 0) AS order_paid_minor, COALESCE(o.refunded_minor, 0) AS order_refunded_minor," \
    " COALESCE(o.due_minor, 0) AS order_due_minor, o.pay_by"
/* LEFT JOIN although the rows are there by their foreign keys: it keeps the appointment first, whatever the statistics say. */
#define APPT_TABLES " FROM appointment a LEFT JOIN client c ON c.tenant_id = a.tenant_id AND c.id = a.client_id" \
    " LEFT JOIN patient p ON p.tenant_id = a.tenant_id AND p.id = a.patient_id LEFT JOIN service s ON s.tenant_id = a.tenant_id AND s.id = a.service_id" \
    " LEFT JOIN provider d ON d.tenant_id = a.tenant_id AND d.id = a.provider_id LEFT JOIN location l ON l.tenant_id = a.tenant_id AND l.id = a.location_id" \
    " LEFT JOIN client_order o ON o.tenant_id = a.tenant_id AND o.id = a.order_id"

static const struct field row_fields[] = {
    F_ID(struct appointment, id), F_ID(struct appointment, client_id), F_ID(struct appointment, patient_id), F_ID(struct appointment, service_id),
    F_ID(struct appointment, provider_id), F_ID(struct appointment, location_id), F_INT(struct appointment, start),
    { .name = "finish", .kind = K_INT, .off = offsetof(struct appointment, end) },
    F_INT(struct appointment, buffer_before_min), F_INT(struct appointment, buffer_after_min), F_STR(struct appointment, time_zone),
    F_STR(struct appointment, client_zone), F_ENUM(struct appointment, status, appt_state_names), F_STR(struct appointment, notes),
    F_INT(struct appointment, price_minor), F_STR(struct appointment, currency), F_ENUM(struct appointment, source, appt_source_names),
    F_STR(struct appointment, overbook_reason), F_STR(struct appointment, cancel_reason), F_STR(struct appointment, cancelled_by),
    F_INT(struct appointment, lapses_at), F_INT(struct appointment, assigned_month),
    F_ID(struct appointment, series_id), F_INT(struct appointment, series_at), F_INT(struct appointment, series_local), F_BOOL(struct appointment, series_alone),
    F_INT(struct appointment, sequence), F_INT(struct appointment, version), F_INT(struct appointment, created_at), F_INT(struct appointment, updated_at),
    F_STR(struct appointment, client_name), F_STR(struct appointment, client_phone), F_STR(struct appointment, client_email),
    F_STR(struct appointment, patient_name), F_ENUM(struct appointment, patient_kind, patient_kind_names), F_STR(struct appointment, service_name),
    F_STR(struct appointment, service_color), F_STR(struct appointment, provider_name), F_STR(struct appointment, location_name), F_BOOL(struct appointment, telehealth),
    F_INT(struct appointment, lead_min), F_ID(struct appointment, session_id), F_INT(struct appointment, seat_no), F_ID(struct appointment, visit_id),
    F_ID(struct appointment, order_id), F_STR(struct appointment, order_state), F_INT(struct appointment, order_total_minor),
    F_INT(struct appointment, order_paid_minor), F_INT(struct appointment, order_refunded_minor), F_INT(struct appointment, order_due_minor),
    F_INT(struct appointment, pay_by), F_END };
static const struct shape row_shape = SHAPE_NAMED("appointment_row", appointment, row_fields);

static const struct query Q_APPT_GET = { .name = "calendar.appt_get", .args = "u",
    .sql = "SELECT " APPT_COLUMNS APPT_TABLES " WHERE a.tenant_id = $1 AND a.id = $2" };
static const struct query Q_APPT_INSERT = { .name = "calendar.appt_insert", .args = "uuuuuuiiiittttittttiiiiuiuiiiu",
    .sql = "INSERT INTO appointment (tenant_id, id, client_id, patient_id, service_id, provider_id, location_id, starts_at, ends_at, buffer_before_min,"
           " buffer_after_min, time_zone, client_zone, status, notes, price_minor, currency, source, overbook_reason, cancel_reason, sequence, version,"
           " created_at, updated_at, lead_min,"
           " session_id, seat_no, visit_id, lapses_at, assigned_month, wall_start, order_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,"
           " $23, $24, $25, $26, $27, $28, $29, $30, $31)" };
static const struct query Q_APPT_UPDATE = { .name = "calendar.appt_update", .args = "uiuuiiiitttitttiiiuiiii",
    .sql = "UPDATE appointment SET version = version + 1, provider_id = $4, location_id = $5, starts_at = $6, ends_at = $7, buffer_before_min = $8,"
           " buffer_after_min = $9, time_zone = $10, status = $11, notes = $12, price_minor = $13, overbook_reason = $14, cancel_reason = $15,"
           " cancelled_by = $16, sequence = $17, updated_at = $18, lead_min = $19,"
           " session_id = $20, seat_no = $21, lapses_at = $22, assigned_month = $23,"
           " wall_start = CASE WHEN starts_at = $6 AND time_zone = $10 THEN wall_start ELSE $24 END" /* what was agreed, until another time is */
           " WHERE tenant_id = $1 AND id = $2 AND version = $3" };
#define FOUND " AND a.starts_at >= $2 AND a.starts_at < $3 AND ($4 IS NULL OR a.provider_id = $4) AND ($5 IS NULL OR a.status = $5)"
static const struct query Q_APPT_ALONE = { .name = "calendar.appt_alone", .args = "u",
    .sql = "UPDATE appointment SET series_alone = 1 WHERE tenant_id = $1 AND id = $2 AND series_id IS NOT NULL" };
/* Behind an appointment that starts at $2 (from) or, newest first, just before $4 (to): those at the same instant by id. */
static const struct query Q_APPT_FIND = { .name = "calendar.appt_find", .args = "iiutiiu",
    .sql = "SELECT " APPT_COLUMNS APPT_TABLES " WHERE a.tenant_id = $1" FOUND " AND ($8 IS NULL OR a.starts_at > $2 OR a.id > $8)"
           " ORDER BY a.starts_at, a.id LIMIT $6 OFFSET $7" };
static const struct query Q_APPT_COUNT = { .name = "calendar.appt_count", .args = "iiut",
    .sql = "SELECT COUNT(*) FROM appointment a WHERE a.tenant_id = $1" FOUND };
#define FOUND_CLIENT " AND a.client_id = $2 AND a.starts_at >= $3 AND a.starts_at < $4 AND ($5 IS NULL OR a.provider_id = $5) AND ($6 IS NULL OR a.status = $6)"
static const struct query Q_APPT_FIND_CLIENT = { .name = "calendar.appt_find_client", .args = "uiiutiiu",
    .sql = "SELECT " APPT_COLUMNS APPT_TABLES " WHERE a.tenant_id = $1" FOUND_CLIENT " AND ($9 IS NULL OR a.starts_at < $4 - 1 OR a.id < $9)"
           " ORDER BY a.starts_at DESC, a.id DESC LIMIT $7 OFFSET $8" };
static const struct query Q_APPT_COUNT_CLIENT = { .name = "calendar.appt_count_client", .args = "uiiut",
    .sql = "SELECT COUNT(*) FROM appointment a WHERE a.tenant_id = $1" FOUND_CLIENT };
#define COUNTS_FOR_LIMIT " AND a.service_id = $2 AND a.starts_at >= $3 AND a.starts_at < $4 AND a.status NOT IN ('cancelled', 'no_show', 'expired', 'declined')"
/* By provider and date; $5 is the date of $3, $6 how long each of the days is. */
static const struct query Q_BOOKED_DAYS = { .name = "calendar.booked_days", .args = "uiiii",
    .sql = "SELECT a.provider_id, $5 + (a.starts_at - $3) / $6 AS date, COUNT(*) AS n FROM appointment a WHERE a.tenant_id = $1" COUNTS_FOR_LIMIT
           " GROUP BY a.provider_id, $5 + (a.starts_at - $3) / $6 LIMIT 20000" };
static const struct query Q_BOOKED_DAY = { .name = "calendar.booked_day", .args = "uiiuu",
    .sql = "SELECT COUNT(*) FROM appointment a WHERE a.tenant_id = $1" COUNTS_FOR_LIMIT " AND a.provider_id = $5 AND a.id <> $6" };
static const struct query Q_APPT_EXPECTED = { .name = "calendar.appt_expected", .args = "iui",
    .sql = "SELECT " APPT_COLUMNS APPT_TABLES " WHERE a.tenant_id = $1 AND a.starts_at >= $2 AND (a.starts_at > $2 OR a.id > $3)"
           " AND a.status IN ('scheduled', 'confirmed') ORDER BY a.starts_at, a.id LIMIT $4" };
static const struct query Q_CLIENT_VISITS = { .name = "calendar.client_visits", .args = "ui",
    .sql = "UPDATE client SET next_visit_at = (SELECT MIN(a.starts_at) FROM appointment a WHERE a.tenant_id = $1 AND a.client_id = $2 AND a.starts_at >= $3"
           " AND a.status IN ('scheduled', 'confirmed', 'pending_payment')), last_visit_at = (SELECT MAX(b.starts_at) FROM appointment b"
           " WHERE b.tenant_id = $1 AND b.client_id = $2 AND b.status = 'completed') WHERE tenant_id = $1 AND id = $2" };
/* A new booking at $3: only earlier than what is next, or when that has passed ($4 is now), is there anything to write. */
static const struct query Q_CLIENT_BOOKED = { .name = "calendar.client_booked", .args = "uii",
    .sql = "UPDATE client SET next_visit_at = CASE WHEN next_visit_at IS NULL OR next_visit_at > $3 THEN $3 ELSE (SELECT MIN(a.starts_at) FROM appointment a"
           " WHERE a.tenant_id = $1 AND a.client_id = $2 AND a.starts_at >= $4 AND a.status IN ('scheduled', 'confirmed', 'pending_payment')) END"
           " WHERE tenant_id = $1 AND id = $2 AND (next_visit_at IS NULL OR next_visit_at > $3 OR next_visit_at < $4)" };
static const struct query Q_PARTS_OF = { .name = "calendar.parts_of", .args = "u",
    .sql = "SELECT x.provider_id, x.resource_id, COALESCE(d.name, r.name) AS name, x.starts_at AS start, x.ends_at AS finish FROM appointment_part x"
           " LEFT JOIN provider d ON d.tenant_id = x.tenant_id AND d.id = x.provider_id LEFT JOIN resource r ON r.tenant_id = x.tenant_id"
           " AND r.id = x.resource_id WHERE x.tenant_id = $1 AND x.appointment_id = $2 ORDER BY x.position LIMIT 50" };
static const struct query Q_PART_INSERT = { .name = "calendar.part_insert", .args = "uiuuii",
    .sql = "INSERT INTO appointment_part (tenant_id, appointment_id, position, provider_id, resource_id, starts_at, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7)" };
static const struct query Q_PARTS_CLEAR = { .name = "calendar.parts_clear", .args = "u",
    .sql = "DELETE FROM appointment_part WHERE tenant_id = $1 AND appointment_id = $2" };

struct part_row { struct id provider_id, resource_id; const char *name; int64_t start, end; };
static const struct field part_fields[] = { F_ID(struct part_row, provider_id), F_ID(struct part_row, resource_id), F_STR(struct part_row, name),
    F_INT(struct part_row, start), { .name = "finish", .kind = K_INT, .off = offsetof(struct part_row, end) }, F_END };
static const struct shape part_shape = SHAPE_NAMED("appointment_part_row", part_row, part_fields);

static struct appt_part part_of(const struct part_row *row)
{
    bool provider = !id_is_nil(row->provider_id);
    return (struct appt_part){ .subject_id = provider ? row->provider_id : row->resource_id, .kind = provider ? PART_PROVIDER : PART_RESOURCE,
        .name = row->name, .start = row->start, .end = row->end };
}

enum rc parts_resource_ids(struct arena *a, struct list parts, struct list *out)
{
    struct id *ids = arena_alloc(a, (parts.n + 1) * sizeof *ids);
    if (!ids) return RC_OOM;
    *out = (struct list){ ids, 0 };
    for (size_t i = 0; i < parts.n; i++)
        if (LIST_AT(parts, struct appt_part, i)->kind == PART_RESOURCE) ids[out->n++] = LIST_AT(parts, struct appt_part, i)->subject_id;
    return RC_OK;
}

static enum rc use_parts(struct arena *arena, struct list rows, struct appointment *a)
{
    struct appt_part *parts = arena_alloc(arena, (rows.n + 1) * sizeof *parts);
    if (!parts) return RC_OOM;
    for (size_t i = 0; i < rows.n; i++) parts[i] = part_of(LIST_AT(rows, struct part_row, i));
    a->parts = (struct list){ parts, rows.n };
    return parts_resource_ids(arena, a->parts, &a->resource_ids);
}

static enum rc list_parts(struct tdb *db, struct id appointment, struct list *rows)
{
    return db_list(db, &Q_PARTS_OF, ARGS(U(appointment)), &part_shape, APPT_PARTS_MAX, rows);
}

enum rc appointments_get(struct tdb *db, struct id id, struct appointment *out)
{
    struct list rows;
    TRY(db_get(db, &Q_APPT_GET, ARGS(U(id)), &row_shape, out));
    TRY(list_parts(db, id, &rows));
    return use_parts(db_arena(db), rows, out);
}

/* The parts of n appointments, in trips of a bounded size. */
static enum rc read_parts(struct tdb *db, struct appointment *a, size_t n)
{
    struct list rows[APPTS_PER_TRIP];
    for (size_t i = 0; i < n; i += APPTS_PER_TRIP) {
        struct tdb *b = db_batch(db);
        size_t end = i + APPTS_PER_TRIP < n ? i + APPTS_PER_TRIP : n;
        for (size_t k = i; k < end; k++) TRY(list_parts(b, a[k].id, &rows[k - i]));
        TRY(db_batch_run(b));
        for (size_t k = i; k < end; k++) TRY(use_parts(db_arena(db), rows[k - i], &a[k]));
    }
    return RC_OK;
}

enum rc appointments_get_few(struct tdb *db, const struct id *ids, size_t n, struct appointment *out)
{
    struct tdb *b = db_batch(db);
    ASSERT(n <= APPTS_PER_TRIP);
    for (size_t i = 0; i < n; i++) {
        out[i] = (struct appointment){ 0 };
        TRY(db_get(b, &Q_APPT_GET, ARGS(U(ids[i])), &row_shape, &out[i]));
    }
    TRY(db_batch_run(b));
    for (size_t i = 0; i < n; i++)
        if (id_is_nil(out[i].id)) return RC_NOT_FOUND;
    return read_parts(db, out, n);
}

/* 0 in a struct that was made without them. */
static int64_t or_none(int64_t v) { return v > 0 ? v : NONE; }

enum rc appointments_insert(struct tx *tx, const struct appointment *a, int64_t now)
{
    TRY(tx_run_query(tx, &Q_APPT_INSERT, ARGS(U(a->id), U(a->client_id), U(a->patient_id), U(a->service_id), U(a->provider_id), U(a->location_id),
        I(a->start), I(a->end), I(a->buffer_before_min), I(a->buffer_after_min), S(a->time_zone), S(a->client_zone), S(appt_state_names[a->status]),
        S(a->notes), I(a->price_minor), S(a->currency), S(appt_source_names[a->source]), S(a->overbook_reason), S(a->cancel_reason), I(a->sequence),
        I(a->version), I(now), I(a->lead_min),
        U(a->session_id), I(a->seat_no), U(a->visit_id), I(or_none(a->lapses_at)), I(or_none(a->assigned_month)),
        I(zone_wall(a->time_zone, a->start)), U(a->order_id))));
    return appointments_set_parts(tx, a);
}

enum rc appointments_update(struct tx *tx, const struct appointment *a, int64_t version, int64_t now, enum rc lost)
{
    return tx_one(tx, &Q_APPT_UPDATE, ARGS(U(a->id), I(version), U(a->provider_id), U(a->location_id), I(a->start), I(a->end), I(a->buffer_before_min),
        I(a->buffer_after_min), S(a->time_zone), S(appt_state_names[a->status]), S(a->notes), I(a->price_minor), S(a->overbook_reason),
        S(a->cancel_reason), S(a->cancelled_by), I(a->sequence), I(now), I(a->lead_min), U(a->session_id), I(a->seat_no), I(or_none(a->lapses_at)),
        I(or_none(a->assigned_month)), I(zone_wall(a->time_zone, a->start))), lost);
}

/* Of a new appointment, or after appointments_clear_parts. */
enum rc appointments_set_parts(struct tx *tx, const struct appointment *a)
{
    for (size_t i = 0; i < a->parts.n; i++) {
        const struct appt_part *p = LIST_AT(a->parts, struct appt_part, i);
        bool provider = p->kind == PART_PROVIDER;
        TRY(tx_run_query(tx, &Q_PART_INSERT, ARGS(U(a->id), I((int64_t)i), U(provider ? p->subject_id : ID_NIL), U(provider ? ID_NIL : p->subject_id),
            I(p->start), I(p->end))));
    }
    return RC_OK;
}

enum rc appointments_clear_parts(struct tx *tx, struct id appointment) { return tx_run_query(tx, &Q_PARTS_CLEAR, ARGS(U(appointment))); }

enum rc appointments_alone(struct tx *tx, struct id id) { return tx_run_query(tx, &Q_APPT_ALONE, ARGS(U(id))); }

enum rc appointments_refresh_client(struct tx *tx, struct id client, int64_t now) { return tx_run_query(tx, &Q_CLIENT_VISITS, ARGS(U(client), I(now))); }

enum rc appointments_count_next(struct tx *tx, const struct appointment *a, int64_t now)
{
    if (a->start < now) return RC_OK;
    return tx_run_query(tx, &Q_CLIENT_BOOKED, ARGS(U(a->client_id), I(a->start), I(now)));
}

enum rc appointments_find(struct tdb *db, const struct appointment_filter *f, struct list *out, int64_t *total)
{
    const char *status = f->status == NONE ? NULL : appt_state_names[f->status];
    int64_t skip = f->page == NONE ? 0 : (f->page - 1) * f->limit;
    *total = NONE;
    if (id_is_nil(f->client_id)) {
        int64_t from = !id_is_nil(f->after.id) && f->after.number > f->from ? f->after.number : f->from;
        TRY(db_list(db, &Q_APPT_FIND, ARGS(I(from), I(f->to), U(f->provider_id), S(status), I(f->limit), I(skip), U(f->after.id)), &row_shape, (size_t)f->limit, out));
        if (f->page != NONE) TRY(db_int(db, &Q_APPT_COUNT, ARGS(I(f->from), I(f->to), U(f->provider_id), S(status)), total));
    } else {
        int64_t to = !id_is_nil(f->after.id) && f->after.number < f->to ? f->after.number + 1 : f->to;
        TRY(db_list(db, &Q_APPT_FIND_CLIENT, ARGS(U(f->client_id), I(f->from), I(to), U(f->provider_id), S(status), I(f->limit), I(skip), U(f->after.id)), &row_shape,
            (size_t)f->limit, out));
        if (f->page != NONE) TRY(db_int(db, &Q_APPT_COUNT_CLIENT, ARGS(U(f->client_id), I(f->from), I(f->to), U(f->provider_id), S(status)), total));
    }
    return read_parts(db, out->items, out->n);
}

static const struct query Q_TELEHEALTH = { .name = "calendar.telehealth", .args = "uz",
    .sql = "UPDATE appointment SET telehealth = $3 WHERE tenant_id = $1 AND id = $2" };

enum rc appointments_set_telehealth(struct tx *tx, struct id id, bool on) { return tx_run_query(tx, &Q_TELEHEALTH, ARGS(U(id), Z(on))); }

enum rc appointments_expected(struct tdb *db, int64_t start, struct id id, int64_t limit, struct list *out)
{
    return db_list(db, &Q_APPT_EXPECTED, ARGS(I(start), U(id), I(limit)), &row_shape, (size_t)limit, out);
}

static const struct field day_fields[] = { F_ID(struct booked_day, provider_id), F_INT(struct booked_day, date), F_INT(struct booked_day, n), F_END };
static const struct shape day_shape = SHAPE(booked_day, day_fields);

enum rc appointments_by_day(struct tdb *db, struct id service, int64_t from, int64_t to, int64_t date, int64_t day_us, struct list *out)
{
    return db_list(db, &Q_BOOKED_DAYS, ARGS(U(service), I(from), I(to), I(date), I(day_us)), &day_shape, 20000, out);
}

enum rc appointments_on_day(struct tdb *db, struct id service, struct id provider, struct id except, int64_t from, int64_t to, int64_t *n)
{
    return db_int(db, &Q_BOOKED_DAY, ARGS(U(service), I(from), I(to), U(provider), U(except)), n);
}

/* ---- claims ------------------------------------------------------------------------------------------------------------------ */

static const struct query Q_CLAIM_INSERT = { .name = "calendar.claim_insert", .args = "uiuiiitizu",
    .sql = "INSERT INTO claim (tenant_id, subject_id, starts_at, owner_id, ends_at, core_start, core_end, kind, expires_at, shared,"
           " location_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)" };
/* The same, unless the location ($11) is blocked while somebody is treated. */
static const struct query Q_CLAIM_INSERT_AT = { .name = "calendar.claim_insert_at", .args = "uiuiiitizu",
    .sql = "INSERT INTO claim (tenant_id, subject_id, starts_at, owner_id, ends_at, core_start, core_end, kind, expires_at, shared, location_id)"
           " SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE NOT EXISTS (SELECT 1 FROM blocked_time b WHERE b.tenant_id = $1"
           " AND b.kind = 'location' AND b.subject_id = $11 AND b.ends_at > $6 AND b.starts_at < $7)" };
static const struct query Q_CLAIM_DELETE_OWNER = { .name = "calendar.claim_delete_owner", .args = "u",
    .sql = "DELETE FROM claim WHERE tenant_id = $1 AND owner_id = $2" };
static const struct query Q_CLAIM_DROP_AFTER = { .name = "calendar.claim_drop_after", .args = "ui",
    .sql = "DELETE FROM claim WHERE tenant_id = $1 AND owner_id = $2 AND starts_at >= $3" };
static const struct query Q_CLAIM_CUT = { .name = "calendar.claim_cut", .args = "ui",
    .sql = "UPDATE claim SET ends_at = $3 WHERE tenant_id = $1 AND owner_id = $2 AND starts_at < $3 AND ends_at > $3" };
static const struct query Q_CLAIM_EXPIRED = { .name = "calendar.claim_expired", .args = "uiiii",
    .sql = "DELETE FROM claim WHERE tenant_id = $1 AND subject_id = $2 AND starts_at > $3 AND starts_at < $4 AND ends_at > $5 AND expires_at <= $6" };
static const struct query Q_CLAIMS = { .name = "calendar.claims", .args = "uuuuuuuuuuuuuuuuiii",
    .sql = "SELECT subject_id, owner_id, starts_at, ends_at, core_start, core_end, kind, expires_at, shared, location_id FROM claim WHERE tenant_id = $1"
           " AND subject_id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) AND starts_at > $18 AND starts_at < $19"
           " AND ends_at > $20 ORDER BY subject_id, starts_at LIMIT 50000" };
/* For free times: what is in the way now, and only the columns that matter. */
#define LIVE " AND (expires_at IS NULL OR expires_at > $5) AND ($6 IS NULL OR owner_id <> $6)"
static const struct query Q_CLAIMS_LIVE = { .name = "calendar.claims_live", .args = "iiiiuuuuuuuuuuuuuuuuu",
    .sql = "SELECT subject_id, starts_at, ends_at, core_start, core_end, kind, location_id FROM claim WHERE tenant_id = $1 AND subject_id IN ($7, $8, $9, $10, $11, $12,"
           " $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) AND starts_at > $2 AND starts_at < $3 AND ends_at > $4" LIVE
           " ORDER BY subject_id, starts_at LIMIT 50000" };
static const struct query Q_CLAIMS_LIVE_ONE = { .name = "calendar.claims_live_one", .args = "iiiiuu",
    .sql = "SELECT subject_id, starts_at, ends_at, core_start, core_end, kind, location_id FROM claim WHERE tenant_id = $1 AND subject_id = $7 AND starts_at > $2"
           " AND starts_at < $3 AND ends_at > $4" LIVE " ORDER BY starts_at LIMIT 50000" };
/* For one booking: of up to three subjects and of the patient that a client is himself ($5, when no patient is named). */
static const struct query Q_CLAIMS_FEW = { .name = "calendar.claims_few", .args = "uuuuiii",
    .sql = "SELECT subject_id, owner_id, starts_at, ends_at, core_start, core_end, kind, expires_at, shared, location_id FROM claim WHERE tenant_id = $1"
           " AND subject_id IN ($2, $3, $4, (SELECT p.id FROM patient p WHERE p.tenant_id = $1 AND p.client_id = $5 AND p.kind = 'self' ORDER BY p.id LIMIT 1))"
           " AND starts_at > $6 AND starts_at < $7 AND ends_at > $8 ORDER BY subject_id, starts_at LIMIT 50000" };
static const struct query Q_CLAIMS_PURGE = { .name = "calendar.claims_purge", .args = "i", .platform = "expired holds of all clinics go together",
    .sql = "DELETE FROM claim WHERE expires_at <= $1" };
static const struct query Q_HOLDS_PURGE = { .name = "calendar.holds_purge", .args = "i", .platform = "expired holds of all clinics go together",
    .sql = "UPDATE hold SET closed_at = expires_at WHERE closed_at IS NULL AND expires_at <= $1" };

static const struct field claim_fields[] = { F_ID(struct claim, subject_id), F_ID(struct claim, owner_id), F_INT(struct claim, starts_at),
    F_INT(struct claim, ends_at), F_INT(struct claim, core_start), F_INT(struct claim, core_end), F_ENUM(struct claim, kind, claim_kind_names),
    F_INT(struct claim, expires_at), F_BOOL(struct claim, shared), F_ID(struct claim, location_id), F_END };
const struct shape claim_shape = SHAPE(claim, claim_fields);

#define CLAIM_ARGS(c) U((c)->subject_id), I((c)->starts_at), U((c)->owner_id), I((c)->ends_at), I((c)->core_start), I((c)->core_end), \
    S(claim_kind_names[(c)->kind]), I((c)->expires_at), Z((c)->shared), U((c)->location_id)

enum rc claims_insert(struct tx *tx, const struct claim *c)
{
    ASSERT(c->ends_at > c->starts_at && c->ends_at - c->starts_at <= CLAIM_US_MAX);
    return tx_run_query(tx, &Q_CLAIM_INSERT, ARGS(CLAIM_ARGS(c)));
}

enum rc claims_insert_at(struct tx *tx, const struct claim *c)
{
    ASSERT(c->ends_at > c->starts_at && c->ends_at - c->starts_at <= CLAIM_US_MAX);
    return tx_one(tx, &Q_CLAIM_INSERT_AT, ARGS(CLAIM_ARGS(c)), RC_OVERLAP);
}

enum rc claims_lock_location(struct tx *tx, struct id location) { return tx_lock_shared(tx, lock_key("location", location, 0)); }

enum rc claims_delete_owner(struct tx *tx, struct id owner) { return tx_run_query(tx, &Q_CLAIM_DELETE_OWNER, ARGS(U(owner))); }

enum rc claims_cut_owner(struct tx *tx, struct id owner, int64_t at)
{
    TRY(tx_run_query(tx, &Q_CLAIM_DROP_AFTER, ARGS(U(owner), I(at))));
    return tx_run_query(tx, &Q_CLAIM_CUT, ARGS(U(owner), I(at)));
}

enum rc claims_delete_expired(struct tx *tx, struct id subject, int64_t from, int64_t to, int64_t now)
{
    return tx_run_query(tx, &Q_CLAIM_EXPIRED, ARGS(U(subject), I(from - CLAIM_US_MAX), I(to), I(from), I(now)));
}

enum rc claims_near(struct tdb *db, const struct id *s, size_t n, struct id self_of, int64_t from, int64_t to, struct list *out)
{
    struct arg args[SUBJECTS_PER_QUERY + 4] = { 0 };
    size_t room = n <= CLAIMS_FEW ? CLAIMS_FEW : SUBJECTS_PER_QUERY, at = 0;
    ASSERT(n > 0 && n <= SUBJECTS_PER_QUERY && (n <= CLAIMS_FEW || id_is_nil(self_of)));
    for (; at < room; at++) args[at] = U(s[at < n ? at : 0]);
    if (n <= CLAIMS_FEW) args[at++] = U(self_of);
    args[at++] = I(from - CLAIM_US_MAX);
    args[at++] = I(to);
    args[at] = I(from);
    return db_list(db, n <= CLAIMS_FEW ? &Q_CLAIMS_FEW : &Q_CLAIMS, args, &claim_shape, 50000, out);
}

enum rc claims_around(struct tdb *db, const struct id *subjects, size_t n, int64_t from, int64_t to, struct list *out)
{
    *out = (struct list){ NULL, 0 };
    for (size_t i = 0; i < n; i += SUBJECTS_PER_QUERY) {
        struct list l;
        TRY(claims_near(db, subjects + i, n - i < SUBJECTS_PER_QUERY ? n - i : SUBJECTS_PER_QUERY, ID_NIL, from, to, &l));
        if (out->n == 0) {
            *out = l;
        } else if (l.n) {
            struct claim *all = arena_alloc(db_arena(db), (out->n + l.n) * sizeof *all);
            if (!all) return RC_OOM;
            for (size_t k = 0; k < out->n; k++) all[k] = *LIST_AT(*out, struct claim, k);
            for (size_t k = 0; k < l.n; k++) all[out->n + k] = *LIST_AT(l, struct claim, k);
            *out = (struct list){ all, out->n + l.n };
        }
    }
    return RC_OK;
}

enum rc claims_live(struct tdb *db, const struct id *s, size_t n, const struct slot_ask *ask, int64_t from, int64_t to, struct list *out)
{
    struct arg args[SUBJECTS_PER_QUERY + 6] = { I(from - CLAIM_US_MAX), I(to), I(from), I(ask->now), U(ask->except) };
    ASSERT(n <= SUBJECTS_PER_QUERY);
    if (n == 1) {
        args[5] = U(s[0]);
        return db_list(db, &Q_CLAIMS_LIVE_ONE, args, &claim_shape, 50000, out);
    }
    for (size_t i = 0; i < SUBJECTS_PER_QUERY; i++) args[5 + i] = U(s[i < n ? i : 0]);
    return db_list(db, &Q_CLAIMS_LIVE, args, &claim_shape, 50000, out);
}

/* ---- holds --------------------------------------------------------------------------------------------------------------------- */

static const struct query Q_HOLD_INSERT = { .name = "calendar.hold_insert", .args = "uuuuiiiiiu",
    .sql = "INSERT INTO hold (tenant_id, id, service_id, provider_id, location_id, starts_at, ends_at, expires_at, made_by, assigned_month, session_id)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)" };
static const struct query Q_HOLDS_TRIM = { .name = "calendar.holds_trim", .args = "iii",
    .sql = "UPDATE hold SET closed_at = $3 WHERE tenant_id = $1 AND id IN (SELECT h.id FROM hold h WHERE h.tenant_id = $1 AND h.made_by = $2"
           " AND h.closed_at IS NULL AND h.expires_at > $3 ORDER BY h.expires_at DESC, h.id DESC LIMIT 1000 OFFSET $4)" };
static const struct query Q_HOLDS_TRIM_CLAIMS = { .name = "calendar.holds_trim_claims", .args = "ii",
    .sql = "DELETE FROM claim WHERE tenant_id = $1 AND owner_id IN (SELECT h.id FROM hold h WHERE h.tenant_id = $1 AND h.made_by = $2 AND h.closed_at = $3)" };
static const struct query Q_HOLD_GET = { .name = "calendar.hold_get", .args = "u",
    .sql = "SELECT id, service_id, provider_id, location_id, starts_at AS start, ends_at AS finish, expires_at, closed_at, assigned_month FROM hold"
           " WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_HOLD_CLOSE = { .name = "calendar.hold_close", .args = "ui",
    .sql = "UPDATE hold SET closed_at = $3 WHERE tenant_id = $1 AND id = $2 AND closed_at IS NULL AND expires_at > $3" };
static const struct field hold_fields[] = { F_ID(struct hold, id), F_ID(struct hold, service_id), F_ID(struct hold, provider_id), F_ID(struct hold, location_id),
    F_INT(struct hold, start), { .name = "finish", .kind = K_INT, .off = offsetof(struct hold, end) }, F_INT(struct hold, expires_at),
    F_INT(struct hold, closed_at), F_INT(struct hold, assigned_month), F_END };
static const struct shape hold_shape = SHAPE(hold, hold_fields);

enum rc holds_insert(struct tx *tx, const struct hold *h)
{
    return tx_run_query(tx, &Q_HOLD_INSERT, ARGS(U(h->id), U(h->service_id), U(h->provider_id), U(h->location_id), I(h->start), I(h->end), I(h->expires_at), I(h->made_by),
        I(or_none(h->assigned_month)), U(h->session_id)));
}

enum rc holds_trim(struct tx *tx, int64_t made_by, int64_t keep, int64_t now)
{
    TRY(tx_run_query(tx, &Q_HOLDS_TRIM, ARGS(I(made_by), I(now), I(keep))));
    return tx_run_query(tx, &Q_HOLDS_TRIM_CLAIMS, ARGS(I(made_by), I(now)));
}

enum rc holds_get(struct tdb *db, struct id id, struct hold *out) { return db_get(db, &Q_HOLD_GET, ARGS(U(id)), &hold_shape, out); }

enum rc holds_close(struct tx *tx, struct id id, int64_t now, enum rc otherwise)
{
    TRY(tx_one(tx, &Q_HOLD_CLOSE, ARGS(U(id), I(now)), otherwise));
    return claims_delete_owner(tx, id);
}

enum rc holds_purge(struct tx *tx, int64_t now)
{
    TRY(tx_run_query(tx, &Q_CLAIMS_PURGE, ARGS(I(now))));
    return tx_run_query(tx, &Q_HOLDS_PURGE, ARGS(I(now)));
}

/* ---- time of outside calendars --------------------------------------------------------------------------------------------------- */

/* Few, and with an index of their own: most claims are appointments. */
static const struct query Q_OUTSIDE = { .name = "calendar.outside", .args = "iiiu",
    .sql = "SELECT k.subject_id AS provider_id, MIN(k.core_start) AS start, MAX(k.core_end) AS finish FROM claim k WHERE k.tenant_id = $1 AND k.kind = 'calendar'"
           " AND k.starts_at > $2 AND k.starts_at < $3 AND k.ends_at > $4 AND ($5 IS NULL OR k.subject_id = $5) GROUP BY k.subject_id, k.owner_id"
           " ORDER BY 2, 1 LIMIT 5000" };
static const struct field outside_fields[] = { F_ID(struct outside_busy, provider_id), F_INT(struct outside_busy, start),
    { .name = "finish", .kind = K_INT, .off = offsetof(struct outside_busy, end) }, F_END };
static const struct shape outside_shape = SHAPE(outside_busy, outside_fields);

enum rc outside_list(struct tdb *db, int64_t from, int64_t to, struct id provider, struct list *out)
{
    return db_list(db, &Q_OUTSIDE, ARGS(I(from - CLAIM_US_MAX), I(to), I(from), U(provider)), &outside_shape, OUTSIDE_MAX, out);
}

/* ---- everything a booking needs to know: what is set up, which is kept, and who comes ------------------------------------------------------------------------------- */

static const struct query Q_BOOKING_FACTS = { .name = "calendar.booking_facts", .args = "uuu", .kept = KEPT,
    .sql = "SELECT s.id AS service_id, s.name AS service_name, s.color AS service_color, s.duration_min, s.buffer_before_min, s.buffer_after_min,"
           " s.approval_required, s.approval_holds_time, s.approval_expires_after_min, s.question_count, s.max_per_client_day AS service_day,"
           " s.max_per_client_week AS service_week, s.max_per_client_open AS service_open, t.max_per_client_day AS clinic_day,"
           " t.max_per_client_week AS clinic_week, t.max_per_client_open AS clinic_open, t.week_start,"
           " s.price_minor, s.currency, s.archived AS service_archived, s.max_per_day, s.resource_kind, s.lead_min, s.seats,"
           " (SELECT COUNT(*) FROM service_part sp WHERE sp.tenant_id = s.tenant_id AND sp.service_id = s.id) AS n_parts,"
           " (SELECT COUNT(*) FROM location_travel lt WHERE lt.tenant_id = t.tenant_id) AS n_ways, d.id AS provider_id, d.name AS provider_name,"
           " d.archived AS provider_archived, o.provider_id AS offered_by, l.id AS location_id, l.name AS location_name, l.time_zone, l.archived AS location_archived,"
           " COALESCE(rs.rules, rc.rules) AS reminder_rules, rc.quiet_start, rc.quiet_end, s.telehealth"
           " FROM tenant t LEFT JOIN service s ON s.tenant_id = t.tenant_id AND s.id = $2 LEFT JOIN provider d ON d.tenant_id = t.tenant_id AND d.id = $3"
           " LEFT JOIN service_provider o ON o.tenant_id = t.tenant_id AND o.service_id = s.id AND o.provider_id = d.id"
           " LEFT JOIN location l ON l.tenant_id = t.tenant_id AND l.id = $4"
           " LEFT JOIN reminder_rules rs ON rs.tenant_id = t.tenant_id AND rs.scope_id = s.id"
           " LEFT JOIN reminder_rules rc ON rc.tenant_id = t.tenant_id AND rc.scope_id = t.tenant_id WHERE t.tenant_id = $1" };
static const struct query Q_BOOKING_WHO = { .name = "calendar.booking_who", .args = "uu",
    .sql = "SELECT c.id AS client_id, c.name AS client_name, c.email AS client_email, c.phone AS client_phone, c.deleted_at AS client_deleted_at,"
           " p.id AS patient_id, p.name AS patient_name, p.kind AS patient_kind, p.archived AS patient_archived FROM tenant t"
           " LEFT JOIN client c ON c.tenant_id = t.tenant_id AND c.id = $2"
           " LEFT JOIN patient p ON p.tenant_id = t.tenant_id AND p.client_id = c.id AND (p.id = $3 OR ($3 IS NULL AND p.kind = 'self'))"
           " WHERE t.tenant_id = $1 ORDER BY p.id LIMIT 1" };
static const struct field facts_fields[] = { F_ID(struct booking_facts, service_id), F_STR(struct booking_facts, service_name),
    F_STR(struct booking_facts, service_color), F_INT(struct booking_facts, duration_min), F_INT(struct booking_facts, buffer_before_min),
    F_INT(struct booking_facts, buffer_after_min), F_INT(struct booking_facts, price_minor), F_STR(struct booking_facts, currency),
    F_BOOL(struct booking_facts, service_archived), F_INT(struct booking_facts, max_per_day),
    F_ENUM(struct booking_facts, resource_kind, resource_kind_names), F_INT(struct booking_facts, lead_min), F_INT(struct booking_facts, seats),
    F_INT(struct booking_facts, n_parts), F_INT(struct booking_facts, n_ways), F_ID(struct booking_facts, provider_id), F_STR(struct booking_facts, provider_name),
    F_BOOL(struct booking_facts, provider_archived), F_ID(struct booking_facts, offered_by), F_ID(struct booking_facts, client_id),
    F_STR(struct booking_facts, client_name), F_STR(struct booking_facts, client_email), F_STR(struct booking_facts, client_phone),
    F_INT(struct booking_facts, client_deleted_at), F_ID(struct booking_facts, patient_id), F_STR(struct booking_facts, patient_name),
    F_ENUM(struct booking_facts, patient_kind, patient_kind_names), F_BOOL(struct booking_facts, patient_archived),
    F_ID(struct booking_facts, location_id), F_STR(struct booking_facts, location_name), F_STR(struct booking_facts, time_zone),
    F_BOOL(struct booking_facts, location_archived), F_STR(struct booking_facts, reminder_rules), F_INT(struct booking_facts, quiet_start),
    F_INT(struct booking_facts, quiet_end), F_BOOL(struct booking_facts, telehealth),
    F_BOOL(struct booking_facts, approval_required), F_BOOL(struct booking_facts, approval_holds_time),
    F_INT(struct booking_facts, approval_expires_after_min), F_INT(struct booking_facts, question_count), F_INT(struct booking_facts, week_start),
    F_INT(struct booking_facts, service_day), F_INT(struct booking_facts, service_week), F_INT(struct booking_facts, service_open),
    F_INT(struct booking_facts, clinic_day), F_INT(struct booking_facts, clinic_week), F_INT(struct booking_facts, clinic_open), F_END };
static const struct shape facts_shape = SHAPE(booking_facts, facts_fields);

enum rc calendar_facts(struct tdb *db, struct id service, struct id provider, struct id client, struct id patient, struct id location, struct booking_facts *out)
{
    *out = (struct booking_facts){ 0 };
    TRY(db_get(db, &Q_BOOKING_FACTS, ARGS(U(service), U(provider), U(location)), &facts_shape, out));
    return db_get(db, &Q_BOOKING_WHO, ARGS(U(client), U(patient)), &facts_shape, out);
}

/* ---- the calendar view: one narrow statement ----------------------------------------------------------------------------------------- */

/* What reaches into [$4, $3); $2 is a day earlier (no appointment is longer), so that the index bounds the look. */
#define IN_WINDOW " AND a.starts_at >= $2 AND a.starts_at < $3 AND a.ends_at > $4 AND ($5 IS NULL OR a.provider_id = $5 OR EXISTS" \
    " (SELECT 1 FROM appointment_part h WHERE h.tenant_id = a.tenant_id AND h.appointment_id = a.id AND h.provider_id = $5))"
static const struct query Q_ITEMS = { .name = "calendar.items", .args = "iiiu",
    .sql = "SELECT a.id, a.client_id, c.name AS client_name, a.patient_id, p.name AS patient_name, p.kind AS patient_kind, a.service_id,"
           " s.name AS service_name, s.color, a.provider_id, a.location_id, a.starts_at AS start, a.ends_at AS finish, a.status,"
           " CASE WHEN a.notes IS NULL THEN 0 ELSE 1 END AS notes, CASE WHEN a.overbook_reason IS NULL THEN 0 ELSE 1 END AS overbooked,"
           " CASE WHEN a.series_id IS NULL THEN 0 ELSE 1 END AS series, CASE WHEN o.state = 'open' AND o.paid_minor < o.total_minor THEN 1 ELSE 0 END AS owes, a.version,"
           " a.lead_min, x.provider_id AS helper_id, x.resource_id, x.starts_at AS part_start, x.ends_at AS part_end FROM appointment a LEFT JOIN client c ON c.tenant_id = a.tenant_id AND c.id = a.client_id"
           " LEFT JOIN patient p ON p.tenant_id = a.tenant_id AND p.id = a.patient_id LEFT JOIN service s ON s.tenant_id = a.tenant_id AND s.id = a.service_id"
           " LEFT JOIN appointment_part x ON x.tenant_id = a.tenant_id AND x.appointment_id = a.id"
           " LEFT JOIN client_order o ON o.tenant_id = a.tenant_id AND o.id = a.order_id"
           " WHERE a.tenant_id = $1" IN_WINDOW " ORDER BY a.starts_at, a.id, x.position LIMIT 20000" };

static const struct field item_row_fields[] = { F_ID(struct calendar_item, id), F_ID(struct calendar_item, client_id),
    F_STR(struct calendar_item, client_name), F_ID(struct calendar_item, patient_id), F_STR(struct calendar_item, patient_name),
    F_ENUM(struct calendar_item, patient_kind, patient_kind_names), F_ID(struct calendar_item, service_id), F_STR(struct calendar_item, service_name),
    F_STR(struct calendar_item, color), F_ID(struct calendar_item, provider_id), F_ID(struct calendar_item, location_id), F_INT(struct calendar_item, start),
    { .name = "finish", .kind = K_INT, .off = offsetof(struct calendar_item, end) }, F_ENUM(struct calendar_item, status, appt_state_names),
    F_BOOL(struct calendar_item, notes), F_BOOL(struct calendar_item, overbooked), F_BOOL(struct calendar_item, series), F_BOOL(struct calendar_item, owes), F_INT(struct calendar_item, version),
    F_INT(struct calendar_item, lead_min), F_ID(struct calendar_item, helper_id), F_ID(struct calendar_item, resource_id),
    F_INT(struct calendar_item, part_start), F_INT(struct calendar_item, part_end), F_END };
static const struct shape item_row_shape = SHAPE_NAMED("calendar_item_row", calendar_item, item_row_fields);
static enum rc add_part(struct arena *a, struct calendar_item *to, const struct calendar_item *row)
{
    bool provider = !id_is_nil(row->helper_id);
    if (!provider && id_is_nil(row->resource_id)) return RC_OK;
    if (!to->parts.items) {
        to->parts.items = arena_alloc(a, APPT_PARTS_MAX * sizeof(struct appt_part));
        to->resource_ids.items = arena_alloc(a, APPT_PARTS_MAX * sizeof(struct id));
        if (!to->parts.items || !to->resource_ids.items) return RC_OOM;
    }
    if (to->parts.n == APPT_PARTS_MAX) return RC_OK;
    *LIST_AT(to->parts, struct appt_part, to->parts.n++) = (struct appt_part){ .subject_id = provider ? row->helper_id : row->resource_id,
        .kind = provider ? PART_PROVIDER : PART_RESOURCE, .start = row->part_start, .end = row->part_end };
    if (!provider) *LIST_AT(to->resource_ids, struct id, to->resource_ids.n++) = row->resource_id;
    return RC_OK;
}

enum rc calendar_items_read(struct tdb *db, int64_t from, int64_t to, struct id provider, struct list *out)
{
    return db_list(db, &Q_ITEMS, ARGS(I(from - USEC_PER_DAY), I(to), I(from), U(provider)), &item_row_shape, CALENDAR_APPTS_MAX, out);
}

/* Rows of one appointment stand together and become one item. */
enum rc calendar_items_merge(struct arena *a, struct list *out)
{
    size_t n = 0;
    for (size_t i = 0; i < out->n; i++) {
        const struct calendar_item row = *LIST_AT(*out, struct calendar_item, i);
        struct calendar_item *last = n ? LIST_AT(*out, struct calendar_item, n - 1) : NULL;
        if (!last || !id_eq(last->id, row.id)) {
            last = LIST_AT(*out, struct calendar_item, n++);
            *last = row;
        }
        TRY(add_part(a, last, &row));
    }
    out->n = n;
    return RC_OK;
}

enum rc calendar_items(struct tdb *db, int64_t from, int64_t to, struct id provider, struct list *out)
{
    TRY(calendar_items_read(db, from, to, provider, out));
    return calendar_items_merge(db_arena(db), out);
}

extern const struct query Q_STEP_ADD, Q_STEPS; /* calendar_steps.c */
extern const struct query Q_APPT_ORDER_SET, Q_APPTS_OF_ORDER; /* calendar_money.c */
const struct query *const calendar_queries[] = { &Q_APPT_ORDER_SET, &Q_APPTS_OF_ORDER, &Q_STEP_ADD, &Q_STEPS, &Q_TELEHEALTH, &Q_APPT_EXPECTED,
    &Q_APPT_GET, &Q_APPT_INSERT, &Q_APPT_UPDATE, &Q_APPT_ALONE, &Q_APPT_FIND, &Q_APPT_COUNT, &Q_APPT_FIND_CLIENT,
    &Q_APPT_COUNT_CLIENT, &Q_BOOKED_DAYS, &Q_BOOKED_DAY, &Q_CLIENT_VISITS, &Q_CLIENT_BOOKED, &Q_PARTS_OF, &Q_PART_INSERT, &Q_PARTS_CLEAR, &Q_CLAIM_INSERT, &Q_CLAIM_INSERT_AT,
    &Q_CLAIM_DELETE_OWNER, &Q_CLAIM_DROP_AFTER, &Q_CLAIM_CUT, &Q_CLAIM_EXPIRED, &Q_CLAIMS, &Q_CLAIMS_FEW, &Q_CLAIMS_LIVE, &Q_CLAIMS_LIVE_ONE,
    &Q_CLAIMS_PURGE, &Q_HOLDS_PURGE, &Q_HOLD_INSERT, &Q_HOLDS_TRIM, &Q_HOLDS_TRIM_CLAIMS, &Q_HOLD_GET, &Q_HOLD_CLOSE, &Q_OUTSIDE, &Q_ITEMS, &Q_MONTH_DAY,
    &Q_VISIT_OF,
    &Q_SESSION_GET, &Q_SESSION_LIST, &Q_SESSION_INSERT, &Q_SESSION_CANCEL, &Q_SESSION_DROP, &Q_SESSION_UNCLAIM, &Q_SEATS, &Q_SEATS_HELD, &Q_SESSION_PARTS, &Q_BOOKING_FACTS, &Q_BOOKING_WHO, &Q_SHARES_OF_MONTH, &Q_SHARE_COUNT,
    &Q_SHARE_COUNT_ANYWAY, &Q_SHARE_GIVE_BACK, &Q_LIMIT_OF_CLIENT, &Q_LIMIT_OF_PERSON, &Q_ANSWER_INSERT, &Q_ANSWERS, &Q_ANSWERS_CLEAR, &Q_REQUESTS_COUNT, NULL };
