/* google_store.c - the statements on google_link, google_consent, google_event and google_busy. */
#include "modules/google/google.h"

const char *const google_state_names[] = { "connecting", "connected", "needs_reconnect", NULL };
const char *const google_sync_names[] = { "pending", "synced", "failed", NULL };
const char *const google_problem_names[] = { "failed", "changed", "overlap", NULL };

/* ---- consent ------------------------------------------------------------------------------------------------------------------- */

static const struct query Q_CONSENT_INSERT = { .name = "google.consent_insert", .args = "tuutti",
    .sql = "INSERT INTO google_consent (tenant_id, state_hash, session_id, provider_id, detail, verifier, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7)" };
static const struct query Q_CONSENT_GET = { .name = "google.consent_get", .args = "t",
    .sql = "SELECT state_hash, session_id, provider_id, detail, verifier, expires_at FROM google_consent WHERE tenant_id = $1 AND state_hash = $2" };
static const struct query Q_CONSENT_DELETE = { .name = "google.consent_delete", .args = "t",
    .sql = "DELETE FROM google_consent WHERE tenant_id = $1 AND state_hash = $2" };
static const struct query Q_CONSENT_PURGE = { .name = "google.consent_purge", .args = "i", .platform = "what has expired goes for all clinics together",
    .sql = "DELETE FROM google_consent WHERE expires_at <= $1" };
static const struct field consent_fields[] = { F_STR(struct google_consent, state_hash), F_ID(struct google_consent, session_id),
    F_ID(struct google_consent, provider_id), F_ENUM(struct google_consent, detail, feed_detail_names), F_STR(struct google_consent, verifier),
    F_INT(struct google_consent, expires_at), F_END };
static const struct shape consent_shape = SHAPE(google_consent, consent_fields);

enum rc google_consent_insert(struct tx *tx, const struct google_consent *c)
{
    return tx_run_query(tx, &Q_CONSENT_INSERT, ARGS(S(c->state_hash), U(c->session_id), U(c->provider_id), S(feed_detail_names[c->detail]), S(c->verifier),
        I(c->expires_at)));
}

enum rc google_consent_get(struct tdb *db, const char *hash, struct google_consent *out) { return db_get(db, &Q_CONSENT_GET, ARGS(S(hash)), &consent_shape, out); }
enum rc google_consent_delete(struct tx *tx, const char *hash) { return tx_one(tx, &Q_CONSENT_DELETE, ARGS(S(hash)), RC_NOT_FOUND); }
enum rc google_consent_purge(struct tx *tx, int64_t now) { return tx_run_query(tx, &Q_CONSENT_PURGE, ARGS(I(now))); }

/* ---- the link -------------------------------------------------------------------------------------------------------------------- */

#define LINK "SELECT tenant_id, id, provider_id, state, detail, account, zone, code, verifier, access_token, refresh_token, token_expires_at, sync_token," \
    " generation, full_at, pull_at, not_before, failures, last_error, last_sync_at, channel_id, channel_resource, channel_hash, channel_expires_at," \
    " lease_until, created_at FROM google_link"
static const struct query Q_LINK_CONNECT = { .name = "google.link_connect", .args = "uutttii",
    .sql = "INSERT INTO google_link (tenant_id, id, provider_id, state, detail, code, verifier, token_expires_at, generation, full_at, pull_at, not_before,"
           " failures, lease_until, created_at) VALUES ($1, $2, $3, 'connecting', $4, $5, $6, 0, 0, 0, $7, 0, 0, 0, $8)"
           " ON CONFLICT (tenant_id, id) DO UPDATE SET state = 'connecting', detail = $4, code = $5, verifier = $6, access_token = NULL, refresh_token = NULL,"
           " token_expires_at = 0, sync_token = NULL, full_at = 0, pull_at = $7, not_before = 0, failures = 0, last_error = NULL, channel_id = NULL,"
           " channel_resource = NULL, channel_hash = NULL, channel_expires_at = NULL" };
static const struct query Q_EVENTS_ANEW = { .name = "google.events_anew", .args = "u",
    .sql = "UPDATE google_event SET etag = NULL, wanted = wanted + 1 WHERE tenant_id = $1 AND link_id = $2" };
static const struct query Q_LINK_GET = { .name = "google.link_get", .args = "u", .sql = LINK " WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_LINK_OF = { .name = "google.link_of", .args = "u", .sql = LINK " WHERE tenant_id = $1 AND provider_id = $2" };
static const struct query Q_LINK_BY_CHANNEL = { .name = "google.link_by_channel", .args = "t", .platform = "Google names its channel, not our clinic",
    .sql = LINK " WHERE channel_id = $1" };
static const struct query Q_LINKS_DUE = { .name = "google.links_due", .args = "ii", .platform = "calendars of all clinics are looked at by one clock",
    .sql = "SELECT tenant_id, id FROM google_link WHERE state <> 'needs_reconnect' AND pull_at <= $1 AND not_before <= $1 ORDER BY pull_at LIMIT $2" };
static const struct query Q_LINK_DUE_AT = { .name = "google.link_due_at", .args = "ui", .sql = "UPDATE google_link SET pull_at = $3 WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_LEASE_TAKE = { .name = "google.lease_take", .args = "utii",
    .sql = "UPDATE google_link SET lease_owner = $3, lease_until = $5 WHERE tenant_id = $1 AND id = $2 AND lease_until <= $4 AND not_before <= $4"
           " AND state <> 'needs_reconnect'" };
static const struct query Q_LEASE_KEEP = { .name = "google.lease_keep", .args = "uti",
    .sql = "UPDATE google_link SET lease_until = $4 WHERE tenant_id = $1 AND id = $2 AND lease_owner = $3 AND state <> 'needs_reconnect'" };
static const struct query Q_LEASE_END = { .name = "google.lease_end", .args = "ut",
    .sql = "UPDATE google_link SET lease_owner = NULL, lease_until = 0, failures = 0, last_error = NULL WHERE tenant_id = $1 AND id = $2 AND lease_owner = $3"
           " AND pull_at > 0 AND NOT EXISTS (SELECT 1 FROM google_event e WHERE e.tenant_id = $1 AND e.link_id = $2 AND e.wanted > e.done)" };
static const struct query Q_LINK_TOKENS = { .name = "google.link_tokens", .args = "utti",
    .sql = "UPDATE google_link SET state = 'connected', access_token = $3, refresh_token = $4, token_expires_at = $5, code = NULL, verifier = NULL"
           " WHERE tenant_id = $1 AND id = $2 AND state <> 'needs_reconnect'" };
static const struct query Q_LINK_BROKEN = { .name = "google.link_broken", .args = "ut",
    .sql = "UPDATE google_link SET state = 'needs_reconnect', last_error = $3, code = NULL, verifier = NULL, access_token = NULL, refresh_token = NULL,"
           " lease_owner = NULL, lease_until = 0 WHERE tenant_id = $1 AND id = $2 AND state <> 'needs_reconnect'" };
static const struct query Q_LINK_LATER = { .name = "google.link_later", .args = "utit",
    .sql = "UPDATE google_link SET failures = failures + 1, not_before = $4, last_error = $5, lease_owner = NULL, lease_until = 0"
           " WHERE tenant_id = $1 AND id = $2 AND lease_owner = $3" };
static const struct query Q_LINK_FULL = { .name = "google.link_full", .args = "u",
    .sql = "UPDATE google_link SET sync_token = NULL, generation = generation + 1 WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_LINK_PULLED = { .name = "google.link_pulled", .args = "utiitt",
    .sql = "UPDATE google_link SET sync_token = $3, full_at = $4, last_sync_at = $5, account = COALESCE($6, account), zone = COALESCE($7, zone)"
           " WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_LINK_WAKE = { .name = "google.link_wake", .args = "u",
    .sql = "UPDATE google_link SET pull_at = 0, not_before = 0 WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_EVENTS_RETRY = { .name = "google.events_retry", .args = "u",
    .sql = "UPDATE google_event SET wanted = wanted + 1, restored = 0 WHERE tenant_id = $1 AND link_id = $2 AND state = 'failed'" };
static const struct query Q_LINK_CHANNEL = { .name = "google.link_channel", .args = "uttti",
    .sql = "UPDATE google_link SET channel_id = $3, channel_resource = $4, channel_hash = $5, channel_expires_at = $6 WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_LINK_DELETE = { .name = "google.link_delete", .args = "u", .sql = "DELETE FROM google_link WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_EVENTS_DELETE = { .name = "google.events_delete", .args = "u", .sql = "DELETE FROM google_event WHERE tenant_id = $1 AND link_id = $2" };
static const struct query Q_BUSY_DELETE_ALL = { .name = "google.busy_delete_all", .args = "u", .sql = "DELETE FROM google_busy WHERE tenant_id = $1 AND link_id = $2" };

static const struct field link_fields[] = { F_ID(struct google_link, tenant_id), F_ID(struct google_link, id), F_ID(struct google_link, provider_id),
    F_ENUM(struct google_link, state, google_state_names), F_ENUM(struct google_link, detail, feed_detail_names), F_STR(struct google_link, account),
    F_STR(struct google_link, zone), F_STR(struct google_link, code), F_STR(struct google_link, verifier), F_STR(struct google_link, access_token),
    F_STR(struct google_link, refresh_token), F_INT(struct google_link, token_expires_at), F_STR(struct google_link, sync_token),
    F_INT(struct google_link, generation), F_INT(struct google_link, full_at), F_INT(struct google_link, pull_at), F_INT(struct google_link, not_before),
    F_INT(struct google_link, failures), F_STR(struct google_link, last_error), F_INT(struct google_link, last_sync_at), F_STR(struct google_link, channel_id),
    F_STR(struct google_link, channel_resource), F_STR(struct google_link, channel_hash), F_INT(struct google_link, channel_expires_at), F_INT(struct google_link, lease_until),
    F_INT(struct google_link, created_at), F_END };
static const struct shape link_shape = SHAPE(google_link, link_fields);

enum rc google_link_connect(struct tx *tx, const struct google_link *l)
{
    TRY(tx_run_query(tx, &Q_LINK_CONNECT, ARGS(U(l->id), U(l->provider_id), S(feed_detail_names[l->detail]), S(l->code), S(l->verifier), I(l->pull_at),
        I(l->created_at))));
    return tx_run_query(tx, &Q_EVENTS_ANEW, ARGS(U(l->id)));
}

enum rc google_link_get(struct tdb *db, struct id id, struct google_link *out) { return db_get(db, &Q_LINK_GET, ARGS(U(id)), &link_shape, out); }
enum rc google_link_of(struct tdb *db, struct id provider, struct google_link *out) { return db_get(db, &Q_LINK_OF, ARGS(U(provider)), &link_shape, out); }
enum rc google_link_by_channel(struct tdb *db, const char *channel, struct google_link *out) { return db_get(db, &Q_LINK_BY_CHANNEL, ARGS(S(channel)), &link_shape, out); }
enum rc google_links_due(struct tdb *db, int64_t now, size_t max, struct list *out) { return db_list(db, &Q_LINKS_DUE, ARGS(I(now), I((int64_t)max)), &link_shape, max, out); }
enum rc google_link_due_at(struct tx *tx, struct id id, int64_t pull_at) { return tx_run_query(tx, &Q_LINK_DUE_AT, ARGS(U(id), I(pull_at))); }

enum rc google_link_delete(struct tx *tx, struct id id)
{
    TRY(tx_run_query(tx, &Q_EVENTS_DELETE, ARGS(U(id))));
    TRY(tx_run_query(tx, &Q_BUSY_DELETE_ALL, ARGS(U(id))));
    return tx_one(tx, &Q_LINK_DELETE, ARGS(U(id)), RC_NOT_FOUND);
}

enum rc google_lease_take(struct tx *tx, struct id id, const char *owner, int64_t now, int64_t until)
{
    return tx_one(tx, &Q_LEASE_TAKE, ARGS(U(id), S(owner), I(now), I(until)), RC_CONFLICT);
}

enum rc google_lease_keep(struct tx *tx, struct id id, const char *owner, int64_t until)
{
    return tx_one(tx, &Q_LEASE_KEEP, ARGS(U(id), S(owner), I(until)), RC_CONFLICT);
}

enum rc google_lease_end(struct tx *tx, struct id id, const char *owner) { return tx_one(tx, &Q_LEASE_END, ARGS(U(id), S(owner)), RC_CONFLICT); }

enum rc google_link_tokens(struct tx *tx, const struct google_link *l)
{
    return tx_one(tx, &Q_LINK_TOKENS, ARGS(U(l->id), S(l->access_token), S(l->refresh_token), I(l->token_expires_at)), RC_CONFLICT);
}

enum rc google_link_broken(struct tx *tx, struct id id, const char *error) { return tx_one(tx, &Q_LINK_BROKEN, ARGS(U(id), S(error)), RC_CONFLICT); }

enum rc google_link_later(struct tx *tx, struct id id, const char *owner, int64_t not_before, const char *error)
{
    return tx_one(tx, &Q_LINK_LATER, ARGS(U(id), S(owner), I(not_before), S(error)), RC_CONFLICT);
}

enum rc google_link_full(struct tx *tx, struct id id) { return tx_run_query(tx, &Q_LINK_FULL, ARGS(U(id))); }

enum rc google_link_pulled(struct tx *tx, const struct google_link *l)
{
    return tx_one(tx, &Q_LINK_PULLED, ARGS(U(l->id), S(l->sync_token), I(l->full_at), I(l->last_sync_at), S(l->account), S(l->zone)), RC_CONFLICT);
}

enum rc google_link_pull_now(struct tx *tx, struct id id) { return google_link_due_at(tx, id, 0); }

enum rc google_link_wake(struct tx *tx, struct id id)
{
    TRY(tx_run_query(tx, &Q_EVENTS_RETRY, ARGS(U(id))));
    return tx_run_query(tx, &Q_LINK_WAKE, ARGS(U(id)));
}

enum rc google_link_channel(struct tx *tx, const struct google_link *l)
{
    return tx_run_query(tx, &Q_LINK_CHANNEL, ARGS(U(l->id), S(l->channel_id), S(l->channel_resource), S(l->channel_hash), I(l->channel_expires_at)));
}

/* ---- our appointments over there ---------------------------------------------------------------------------------------------------- */

static const struct query Q_EVENTS_ALL = { .name = "google.events_all", .args = "uui",
    .sql = "INSERT INTO google_event (tenant_id, link_id, appointment_id, attempt, wanted, done, state, restored)"
           " SELECT x.tenant_id, $2, x.id, 0, 1, 0, 'pending', 0 FROM (SELECT a.tenant_id, a.id, a.starts_at FROM appointment a WHERE a.tenant_id = $1"
           " AND a.provider_id = $3 AND a.starts_at >= $4 AND a.status NOT IN ('cancelled', 'expired', 'declined', 'no_show') UNION"
           " SELECT a.tenant_id, a.id, a.starts_at FROM appointment_part p LEFT JOIN appointment a ON a.tenant_id = p.tenant_id AND a.id = p.appointment_id"
           " WHERE p.tenant_id = $1 AND p.provider_id = $3 AND p.starts_at >= $4 AND a.status NOT IN ('cancelled', 'expired', 'declined', 'no_show')) x"
           " WHERE x.id IS NOT NULL ORDER BY x.starts_at LIMIT 5000"
           " ON CONFLICT (tenant_id, link_id, appointment_id) DO UPDATE SET wanted = google_event.wanted + 1" };
static const struct query Q_EVENTS_MARK = { .name = "google.events_mark", .args = "u",
    .sql = "UPDATE google_event SET wanted = wanted + 1 WHERE tenant_id = $1 AND appointment_id = $2" };
static const struct query Q_EVENTS_ADD = { .name = "google.events_add", .args = "u",
    .sql = "INSERT INTO google_event (tenant_id, link_id, appointment_id, attempt, wanted, done, state, restored)"
           " SELECT l.tenant_id, l.id, $2, 0, 1, 0, 'pending', 0 FROM google_link l WHERE l.tenant_id = $1 AND l.provider_id IN (SELECT a.provider_id"
           " FROM appointment a WHERE a.tenant_id = $1 AND a.id = $2 UNION ALL SELECT p.provider_id FROM appointment_part p WHERE p.tenant_id = $1"
           " AND p.appointment_id = $2 AND p.provider_id IS NOT NULL) ON CONFLICT (tenant_id, link_id, appointment_id) DO NOTHING" };
/* tx_job on a condition, so that nothing needs to be read inside the booking: most providers have no calendar at Google. */
static const struct query Q_EVENTS_JOB = { .name = "google.events_job", .args = "uutti",
    .sql = "INSERT INTO job (tenant_id, id, kind, key, payload, state, run_at, attempt, created_at)"
           " SELECT $1, $3, 'google.change', $4, $5, 0, $6, 0, $6 WHERE EXISTS (SELECT 1 FROM google_event e WHERE e.tenant_id = $1 AND e.appointment_id = $2)"
           " ON CONFLICT (tenant_id, kind, key) DO NOTHING" };
#define EVENT "SELECT link_id, appointment_id, attempt, etag, wanted, done, state, last_error, synced_at, restored, restored_at FROM google_event"
static const struct query Q_EVENTS_WAITING = { .name = "google.events_waiting", .args = "u",
    .sql = EVENT " WHERE tenant_id = $1 AND link_id = $2 AND wanted > done ORDER BY appointment_id LIMIT 20" };
static const struct query Q_EVENTS_OF = { .name = "google.events_of", .args = "u", .sql = EVENT " WHERE tenant_id = $1 AND appointment_id = $2 ORDER BY link_id LIMIT 50" };
static const struct query Q_EVENT_GET = { .name = "google.event_get", .args = "uu", .sql = EVENT " WHERE tenant_id = $1 AND link_id = $2 AND appointment_id = $3" };
static const struct query Q_EVENT_ADOPT = { .name = "google.event_adopt", .args = "uut",
    .sql = "INSERT INTO google_event (tenant_id, link_id, appointment_id, attempt, etag, wanted, done, state, restored) VALUES ($1, $2, $3, 0, $4, 1, 0, 'pending', 0)"
           " ON CONFLICT (tenant_id, link_id, appointment_id) DO NOTHING" };
static const struct query Q_EVENT_DONE = { .name = "google.event_done", .args = "uuittiti",
    .sql = "UPDATE google_event SET attempt = $4, etag = $5, state = $6, done = $7, last_error = $8, synced_at = $9"
           " WHERE tenant_id = $1 AND link_id = $2 AND appointment_id = $3" };
static const struct query Q_EVENT_REMOVED = { .name = "google.event_removed", .args = "uui",
    .sql = "DELETE FROM google_event WHERE tenant_id = $1 AND link_id = $2 AND appointment_id = $3 AND wanted = $4" };
static const struct query Q_EVENT_SEEN = { .name = "google.event_seen", .args = "uut",
    .sql = "UPDATE google_event SET etag = $4 WHERE tenant_id = $1 AND link_id = $2 AND appointment_id = $3" };
static const struct query Q_EVENT_RESTORE = { .name = "google.event_restore", .args = "uutii",
    .sql = "UPDATE google_event SET etag = $4, restored = $5, restored_at = $6, wanted = wanted + 1"
           " WHERE tenant_id = $1 AND link_id = $2 AND appointment_id = $3" };
static const struct query Q_COUNTS = { .name = "google.counts", .args = "u",
    .sql = "SELECT COUNT(*) FILTER (WHERE e.wanted > e.done) AS pending, COUNT(*) FILTER (WHERE e.state = 'failed') AS failed FROM google_event e"
           " WHERE e.tenant_id = $1 AND e.link_id = $2" };
static const struct field event_fields[] = { F_ID(struct google_event, link_id), F_ID(struct google_event, appointment_id), F_INT(struct google_event, attempt),
    F_STR(struct google_event, etag), F_INT(struct google_event, wanted), F_INT(struct google_event, done), F_ENUM(struct google_event, state, google_sync_names),
    F_STR(struct google_event, last_error), F_INT(struct google_event, synced_at), F_INT(struct google_event, restored),
    F_INT(struct google_event, restored_at), F_END };
static const struct shape event_shape = SHAPE(google_event, event_fields);
static const struct field counts_fields[] = { F_INT(struct google_counts, pending), F_INT(struct google_counts, failed), F_END };
static const struct shape counts_shape = SHAPE(google_counts, counts_fields);

enum rc google_events_all(struct tx *tx, struct id link, struct id provider, int64_t from) { return tx_run_query(tx, &Q_EVENTS_ALL, ARGS(U(link), U(provider), I(from))); }

enum rc google_events_touch(struct tx *tx, struct id appointment, struct id job, const char *key, const char *payload, int64_t now)
{
    TRY(tx_run_query(tx, &Q_EVENTS_MARK, ARGS(U(appointment))));
    TRY(tx_run_query(tx, &Q_EVENTS_ADD, ARGS(U(appointment))));
    tx_wake(tx, WAKE_JOBS);
    return tx_run_query(tx, &Q_EVENTS_JOB, ARGS(U(appointment), U(job), S(key), S(payload), I(now)));
}

enum rc google_events_waiting(struct tdb *db, struct id link, struct list *out) { return db_list(db, &Q_EVENTS_WAITING, ARGS(U(link)), &event_shape, GOOGLE_PUSH_BATCH, out); }
enum rc google_events_of(struct tdb *db, struct id appointment, struct list *out) { return db_list(db, &Q_EVENTS_OF, ARGS(U(appointment)), &event_shape, 50, out); }

enum rc google_event_get(struct tdb *db, struct id link, struct id appointment, struct google_event *out)
{
    return db_get(db, &Q_EVENT_GET, ARGS(U(link), U(appointment)), &event_shape, out);
}

enum rc google_event_adopt(struct tx *tx, struct id link, struct id appointment, const char *etag)
{
    return tx_run_query(tx, &Q_EVENT_ADOPT, ARGS(U(link), U(appointment), S(etag)));
}

enum rc google_event_done(struct tx *tx, const struct google_event *e, int64_t now)
{
    return tx_run_query(tx, &Q_EVENT_DONE, ARGS(U(e->link_id), U(e->appointment_id), I(e->attempt), S(e->etag), S(google_sync_names[e->state]), I(e->wanted),
        S(e->last_error), I(e->state == SYNC_SYNCED ? now : e->synced_at)));
}

enum rc google_event_removed(struct tx *tx, const struct google_event *e)
{
    return tx_run_query(tx, &Q_EVENT_REMOVED, ARGS(U(e->link_id), U(e->appointment_id), I(e->wanted)));
}

enum rc google_event_seen(struct tx *tx, const struct google_event *e) { return tx_run_query(tx, &Q_EVENT_SEEN, ARGS(U(e->link_id), U(e->appointment_id), S(e->etag))); }

enum rc google_event_restore(struct tx *tx, const struct google_event *e)
{
    return tx_run_query(tx, &Q_EVENT_RESTORE, ARGS(U(e->link_id), U(e->appointment_id), S(e->etag), I(e->restored), I(e->restored_at)));
}

static const struct field shown_fields[] = { F_ID(struct google_shown, appointment_id), F_ENUM(struct google_shown, state, google_sync_names), F_END };
static const struct shape shown_shape = SHAPE(google_shown, shown_fields);
/* In the calendars of all who take part: failed in one of them is failed, on its way to one of them is on its way. */
static const struct query Q_SHOWN = { .name = "google.shown", .args = "ii",
    .sql = "SELECT a.id AS appointment_id, CASE MIN(CASE WHEN e.wanted <= e.done AND e.state = 'failed' THEN 0 WHEN e.wanted > e.done OR e.state = 'pending' THEN 1 ELSE 2 END)"
           " WHEN 0 THEN 'failed' WHEN 1 THEN 'pending' ELSE 'synced' END AS state FROM appointment a LEFT JOIN google_event e ON e.tenant_id = a.tenant_id AND e.appointment_id = a.id"
           " WHERE a.tenant_id = $1 AND a.starts_at >= $2 AND a.starts_at < $3 AND e.appointment_id IS NOT NULL GROUP BY a.id, a.starts_at ORDER BY a.starts_at, a.id LIMIT 20000" };

enum rc google_shown_list(struct tdb *db, int64_t from, int64_t to, struct list *out)
{
    return db_list(db, &Q_SHOWN, ARGS(I(from), I(to)), &shown_shape, CALENDAR_APPTS_MAX, out);
}

enum rc google_counts(struct tdb *db, struct id link, struct google_counts *out) { return db_get(db, &Q_COUNTS, ARGS(U(link)), &counts_shape, out); }

/* ---- their events here -------------------------------------------------------------------------------------------------------------------- */

#define BUSY "SELECT id, link_id, event_id, starts_at AS start, ends_at AS finish, shared, generation FROM google_busy"
static const struct query Q_BUSY_GET = { .name = "google.busy_get", .args = "ut", .sql = BUSY " WHERE tenant_id = $1 AND link_id = $2 AND event_id = $3" };
static const struct query Q_BUSY_PUT = { .name = "google.busy_put", .args = "uutiizi",
    .sql = "INSERT INTO google_busy (tenant_id, id, link_id, event_id, starts_at, ends_at, shared, generation) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
           " ON CONFLICT (tenant_id, id) DO UPDATE SET starts_at = $5, ends_at = $6, shared = $7, generation = $8" };
static const struct query Q_BUSY_DELETE = { .name = "google.busy_delete", .args = "u", .sql = "DELETE FROM google_busy WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_BUSY_OLD = { .name = "google.busy_old", .args = "uii",
    .sql = BUSY " WHERE tenant_id = $1 AND link_id = $2 AND ($3 IS NULL OR generation <> $3) ORDER BY id LIMIT $4" };
/* Appointments of the provider in time that a calendar had taken too, or the other way round: those the provider leads, as long as the lead is there, and those the provider has a part in. */
#define LEAD_END "COALESCE(a.starts_at + a.lead_min * 60000000, a.ends_at)"
#define OVERLAP_OF " UNION ALL SELECT a.id, a.starts_at, a.ends_at, 'overlap', NULL, NULL FROM google_busy b LEFT JOIN google_link l ON l.tenant_id = b.tenant_id AND l.id = b.link_id"
#define OVERLAP_IF " WHERE b.tenant_id = $1 AND b.link_id = $2 AND b.shared = 1 AND b.ends_at > $3 AND a.status IN ('pending_payment', 'scheduled', 'confirmed', 'checked_in', 'in_progress', 'requested')"
static const struct query Q_PROBLEMS = { .name = "google.problems", .args = "ui",
    .sql = "SELECT a.id AS appointment_id, a.starts_at AS start, a.ends_at AS finish, CASE WHEN e.state = 'failed' THEN 'failed' ELSE 'changed' END AS what,"
           " COALESCE(e.restored_at, e.synced_at) AS at, e.last_error AS error FROM google_event e LEFT JOIN appointment a ON a.tenant_id = e.tenant_id"
           " AND a.id = e.appointment_id WHERE e.tenant_id = $1 AND e.link_id = $2 AND (e.state = 'failed' OR e.restored_at IS NOT NULL) AND a.ends_at > $3"
           OVERLAP_OF " LEFT JOIN appointment a ON a.tenant_id = b.tenant_id AND a.starts_at < b.ends_at AND a.starts_at > b.starts_at - 86400000000"
           " AND " LEAD_END " > b.starts_at AND a.provider_id = l.provider_id" OVERLAP_IF
           OVERLAP_OF " LEFT JOIN appointment_part p ON p.tenant_id = b.tenant_id AND p.provider_id = l.provider_id AND p.starts_at < b.ends_at AND p.starts_at > b.starts_at - 86400000000"
           " AND p.ends_at > b.starts_at LEFT JOIN appointment a ON a.tenant_id = p.tenant_id AND a.id = p.appointment_id" OVERLAP_IF " ORDER BY 2 LIMIT 100" };
#define BUSY_OF " LEFT JOIN google_busy b ON b.tenant_id = l.tenant_id AND b.link_id = l.id AND b.shared = 1"
static const struct query Q_OVERLAPS = { .name = "google.overlaps", .args = "u",
    .sql = "SELECT (SELECT COUNT(b.id) FROM appointment a LEFT JOIN google_link l ON l.tenant_id = a.tenant_id AND l.provider_id = a.provider_id" BUSY_OF
           " AND b.starts_at < " LEAD_END " AND b.ends_at > a.starts_at WHERE a.tenant_id = $1 AND a.id = $2)"
           " + (SELECT COUNT(b.id) FROM appointment_part p LEFT JOIN google_link l ON l.tenant_id = p.tenant_id AND l.provider_id = p.provider_id" BUSY_OF
           " AND b.starts_at < p.ends_at AND b.ends_at > p.starts_at WHERE p.tenant_id = $1 AND p.appointment_id = $2)" };
static const struct field busy_fields[] = { F_ID(struct google_busy, id), F_ID(struct google_busy, link_id), F_STR(struct google_busy, event_id),
    F_INT(struct google_busy, start), { .name = "finish", .kind = K_INT, .off = offsetof(struct google_busy, end) }, F_BOOL(struct google_busy, shared),
    F_INT(struct google_busy, generation), F_END };
static const struct shape busy_shape = SHAPE(google_busy, busy_fields);
static const struct field problem_fields[] = { F_ID(struct google_problem, appointment_id), F_INT(struct google_problem, start),
    { .name = "finish", .kind = K_INT, .off = offsetof(struct google_problem, end) }, F_ENUM(struct google_problem, what, google_problem_names),
    F_INT(struct google_problem, at), F_STR(struct google_problem, error), F_END };
static const struct shape problem_shape = SHAPE(google_problem, problem_fields);

enum rc google_busy_get(struct tdb *db, struct id link, const char *event_id, struct google_busy *out)
{
    return db_get(db, &Q_BUSY_GET, ARGS(U(link), S(event_id)), &busy_shape, out);
}

enum rc google_busy_put(struct tx *tx, const struct google_busy *b)
{
    return tx_run_query(tx, &Q_BUSY_PUT, ARGS(U(b->id), U(b->link_id), S(b->event_id), I(b->start), I(b->end), Z(b->shared), I(b->generation)));
}

enum rc google_busy_delete(struct tx *tx, struct id id)
{
    TRY(claims_delete_owner(tx, id));
    return tx_run_query(tx, &Q_BUSY_DELETE, ARGS(U(id)));
}

enum rc google_busy_old(struct tdb *db, struct id link, int64_t generation, size_t max, struct list *out)
{
    return db_list(db, &Q_BUSY_OLD, ARGS(U(link), I(generation), I((int64_t)max)), &busy_shape, max, out);
}

enum rc google_problems(struct tdb *db, struct id link, int64_t now, struct list *out)
{
    return db_list(db, &Q_PROBLEMS, ARGS(U(link), I(now)), &problem_shape, GOOGLE_PROBLEMS_MAX, out);
}

enum rc google_overlaps(struct tdb *db, struct id appointment, int64_t *n) { return db_int(db, &Q_OVERLAPS, ARGS(U(appointment)), n); }

const struct query *const google_queries[] = { &Q_CONSENT_INSERT, &Q_CONSENT_GET, &Q_CONSENT_DELETE, &Q_CONSENT_PURGE, &Q_LINK_CONNECT, &Q_EVENTS_ANEW,
    &Q_LINK_GET, &Q_LINK_OF, &Q_LINK_BY_CHANNEL, &Q_LINKS_DUE, &Q_LINK_DUE_AT, &Q_LEASE_TAKE, &Q_LEASE_KEEP, &Q_LEASE_END, &Q_LINK_TOKENS, &Q_LINK_BROKEN,
    &Q_LINK_LATER, &Q_LINK_FULL, &Q_LINK_PULLED, &Q_LINK_WAKE, &Q_EVENTS_RETRY, &Q_LINK_CHANNEL, &Q_LINK_DELETE, &Q_EVENTS_DELETE, &Q_BUSY_DELETE_ALL,
    &Q_EVENTS_ALL, &Q_EVENTS_MARK, &Q_EVENTS_ADD, &Q_EVENTS_JOB, &Q_EVENTS_WAITING, &Q_EVENTS_OF, &Q_EVENT_GET, &Q_EVENT_ADOPT, &Q_EVENT_DONE,
    &Q_EVENT_REMOVED, &Q_EVENT_SEEN, &Q_EVENT_RESTORE, &Q_COUNTS, &Q_SHOWN, &Q_BUSY_GET, &Q_BUSY_PUT, &Q_BUSY_DELETE, &Q_BUSY_OLD, &Q_PROBLEMS, &Q_OVERLAPS, NULL };
