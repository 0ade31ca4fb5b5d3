/* zones - the clock of a place, and what hangs on it: PATCH of a location whose zone changes (zones.c), and zone data that changed
 * (zones_data.c finds, zones_report.c tells). README.md has the terms. */
#pragma once
#include "modules/booking/booking.h"

enum zone_kind { ZONE_APPOINTMENT, ZONE_OCCURRENCE, ZONE_SESSION, ZONE_HOLD, ZONE_BLOCKED };
enum zone_outcome { ZONE_OPEN, ZONE_CONFLICT, ZONE_MOVED, ZONE_KEPT, ZONE_SETTLED }; /* settled: the row was changed since; never stored */
extern const char *const zone_kind_names[], *const zone_outcome_names[];

/* ---- moving with the clock (zones_move.c) --------------------------------------------------------------------------------------- */
enum { ZONE_MOVES_MAX = 2000 };
/* Of a session or blocked time: id, kind, start and by. */
struct zone_shift { struct id id, service_id; int64_t kind, start, sequence, version, status, by; const char *client_zone, *email; };
/* ids: two for each, made outside the transaction. */
struct zone_move { struct req *r; const char *zone; struct zone_shift *at; size_t n; struct id *ids; };
/* All, with everything they have taken, or RC_OVERLAP: what moves is not in its own way. */
MUST_CHECK enum rc zone_move_all(struct tx *, struct zone_move *);
/* After RC_OVERLAP, outside the transaction: 409 that names what is in the way of whom. */
enum rc zone_move_refuse(struct zone_move *, const char *sentence);
MUST_CHECK enum rc zone_session_appointments(struct tdb *, struct id session, struct list *out); /* of struct zone_shift */
extern const struct query Q_MOVE_CLAIMS, Q_MOVE_SHIFT, Q_MOVE_SHIFT_PARTS, Q_MOVE_SHIFT_BLOCK, Q_MOVE_SHIFT_SESSION, Q_MOVE_OF_SESSION,
    Q_MOVE_SUBJECT, Q_MOVE_WHAT;

/* ---- zone data that changed: store ----------------------------------------------------------------------------------------------- */
struct zone_check { const char *version; int64_t n, checked_at; };
struct zone_line { struct id id, entity_id; int64_t kind, wall, old_start, new_start, outcome, at; const char *version, *old_version, *time_zone, *detail; 
    const char *client_name, *service_name, *provider_name, *location_name; };
/* What lies ahead. series_zone: of an occurrence that follows its series (or the rule of blocked time), with series_local. */
struct zone_ahead { struct id id; int64_t start, wall, version, series_local; const char *time_zone, *series_zone; bool all_day; };
enum { ZONE_PAGE = 500 };
MUST_CHECK enum rc zone_check_get(struct tdb *, struct zone_check *out); /* none: version NULL */
MUST_CHECK enum rc zone_check_put(struct tx *, const char *version, int64_t n, int64_t now);
/* Behind (start, id), by start and id; at most ZONE_PAGE. */
MUST_CHECK enum rc zone_ahead_list(struct tdb *, enum zone_kind, int64_t start, struct id id, struct list *out);
MUST_CHECK enum rc zone_set_wall(struct tx *, enum zone_kind, struct id, int64_t wall);
MUST_CHECK enum rc zone_roots(struct tdb *, struct id after, int64_t now, struct list *out); /* of struct id: series with something ahead */
MUST_CHECK enum rc zone_line_insert(struct tx *, const struct zone_line *); /* once for a row and version */
MUST_CHECK enum rc zone_line_set(struct tx *, struct id, enum zone_outcome, const char *detail);
MUST_CHECK enum rc zone_line_decide(struct tx *, struct id, enum zone_outcome); /* RC_STATE: somebody has */
MUST_CHECK enum rc zone_line_of(struct tdb *, const char *version, struct id entity, struct id *out);
MUST_CHECK enum rc zone_line_get(struct tdb *, struct id, int64_t now, struct zone_line *out);
MUST_CHECK enum rc zone_lines_list(struct tdb *, int64_t now, bool open, int64_t page, int64_t limit, struct list *out, int64_t *total);
struct zone_counts { int64_t open, moved, settled; };
MUST_CHECK enum rc zone_lines_count(struct tdb *, int64_t now, struct zone_counts *out);
extern const struct query Q_ZONE_AHEAD_APPTS, Q_ZONE_AHEAD_SESSIONS, Q_ZONE_AHEAD_HOLDS, Q_ZONE_AHEAD_BLOCKED, Q_ZONE_WALL_APPT,
    Q_ZONE_WALL_SESSION, Q_ZONE_WALL_HOLD, Q_ZONE_WALL_BLOCKED, Q_ZONE_ROOTS, Q_ZONE_BEHIND, Q_ZONE_UNKNOWN, Q_ZONE_CHECK,
    Q_ZONE_CHECK_PUT, Q_ZONE_LINE_INSERT, Q_ZONE_LINE_SET, Q_ZONE_LINE_DECIDE, Q_ZONE_LINE_OF, Q_ZONE_LINE, Q_ZONE_LINES, Q_ZONE_COUNTS,
    Q_ZONE_OPEN_EVERYWHERE;
/* Clinics whose future was not looked through with this version, or with rows whose wall time is not known yet. */
MUST_CHECK enum rc zone_tenants_behind(struct tdb *, const char *version, struct list *out);
MUST_CHECK enum rc zone_tenants_unknown(struct tdb *, int64_t now, struct list *out);
MUST_CHECK enum rc zone_lines_open_everywhere(struct tdb *, int64_t now, int64_t *out);

extern const struct job_row zone_jobs[];
extern const struct schedule_row zone_schedules[];
enum rc zone_doctor(struct tdb *, int64_t now, struct buf *line);
enum rc zone_handle_data(struct req *);
enum rc zone_handle_report(struct req *);
enum rc zone_handle_decide(struct req *);
extern const struct shape zone_data_shape, zone_report_query_shape, zone_line_shape, zone_decision_shape;
extern const struct module zones_module;
