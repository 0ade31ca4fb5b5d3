/* reminders_store.c - the statements on reminder, reminder_rules and reminder_optout, and what follows an appointment. */
#include "modules/reminders/reminders_rows.h"

const char *const reminder_state_names[] = { "pending", "queued", "sending", "sent", "skipped", "failed", "unknown", NULL };

/* ---- rules ------------------------------------------------------------------------------------------------------------------ */

static const struct query Q_RULES_OF = { .name = "reminders.rules_of", .args = "u", .kept = KEPT,
    .sql = "SELECT COALESCE(s.rules, c.rules) AS text, c.quiet_start, c.quiet_end FROM tenant t"
           " LEFT JOIN reminder_rules c ON c.tenant_id = t.tenant_id AND c.scope_id = t.tenant_id"
           " LEFT JOIN reminder_rules s ON s.tenant_id = t.tenant_id AND s.scope_id = $2 WHERE t.tenant_id = $1" };
static const struct query Q_RULES_GET = { .name = "reminders.rules_get", .args = "u", .kept = KEPT,
    .sql = "SELECT rules AS text, quiet_start, quiet_end, version FROM reminder_rules WHERE tenant_id = $1 AND scope_id = $2" };
static const struct query Q_RULES_PUT = { .name = "reminders.rules_put", .args = "utiii",
    .sql = "INSERT INTO reminder_rules (tenant_id, scope_id, rules, quiet_start, quiet_end, version) VALUES ($1, $2, $3, $4, $5, $6 + 1)"
           " ON CONFLICT (tenant_id, scope_id) DO UPDATE SET rules = EXCLUDED.rules, quiet_start = EXCLUDED.quiet_start,"
           " quiet_end = EXCLUDED.quiet_end, version = EXCLUDED.version WHERE reminder_rules.version = $6" };
static const struct query Q_RULES_DELETE = { .name = "reminders.rules_delete", .args = "u",
    .sql = "DELETE FROM reminder_rules WHERE tenant_id = $1 AND scope_id = $2" };

static const struct field rules_fields[] = { F_STR(struct reminder_rules, text), F_INT(struct reminder_rules, quiet_start),
    F_INT(struct reminder_rules, quiet_end), F_END };
static const struct shape rules_shape = SHAPE(reminder_rules, rules_fields);
static const struct field scope_fields[] = { F_STR(struct reminder_scope, text), F_INT(struct reminder_scope, quiet_start),
    F_INT(struct reminder_scope, quiet_end), F_INT(struct reminder_scope, version), F_END };
static const struct shape scope_shape = SHAPE(reminder_scope, scope_fields);

void reminders_rules_fill(struct reminder_rules *r)
{
    if (!r->text) r->text = REMINDER_RULES_DEFAULT;
    if (r->quiet_start == NONE) r->quiet_start = QUIET_START_DEFAULT;
    if (r->quiet_end == NONE) r->quiet_end = QUIET_END_DEFAULT;
}

enum rc reminders_rules_of(struct tdb *db, struct id service, struct reminder_rules *out)
{
    *out = (struct reminder_rules){ 0 };
    TRY(db_get(db, &Q_RULES_OF, ARGS(U(service)), &rules_shape, out));
    reminders_rules_fill(out);
    return RC_OK;
}

enum rc reminder_scope_get(struct tdb *db, struct id scope, struct reminder_scope *out)
{
    return db_get(db, &Q_RULES_GET, ARGS(U(scope)), &scope_shape, out);
}

enum rc reminder_scope_put(struct tx *tx, struct id scope, const struct reminder_scope *s, enum rc lost)
{
    return tx_one(tx, &Q_RULES_PUT, ARGS(U(scope), S(s->text), I(s->quiet_start), I(s->quiet_end), I(s->version)), lost);
}

enum rc reminder_scope_delete(struct tx *tx, struct id scope) { return tx_run_query(tx, &Q_RULES_DELETE, ARGS(U(scope))); }

/* ---- following an appointment -------------------------------------------------------------------------------------------------- */

/* What was skipped for this very key becomes pending again; what was sent stays so: never two. */
static const struct query Q_PLAN = { .name = "reminders.plan", .args = "uiittiii",
    .sql = "INSERT INTO reminder (tenant_id, appointment_id, starts_at, before_min, channel, template, due_at, late_until, state, turn, changed_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'pending', 1, $9) ON CONFLICT (tenant_id, appointment_id, starts_at, before_min, channel)"
           " DO UPDATE SET state = 'pending', reason = NULL, template = EXCLUDED.template, due_at = EXCLUDED.due_at, late_until = EXCLUDED.late_until,"
           " turn = reminder.turn + 1, changed_at = EXCLUDED.changed_at WHERE reminder.state = 'skipped'" };
static const struct query Q_DROP = { .name = "reminders.drop", .args = "uti",
    .sql = "UPDATE reminder SET state = 'skipped', reason = $3, changed_at = $4 WHERE tenant_id = $1 AND appointment_id = $2 AND state IN ('pending', 'queued')" };

static const struct query Q_DROP_LATER = { .name = "reminders.drop_later", .args = "ui",
    .sql = "UPDATE reminder SET state = 'skipped', reason = 'rules', changed_at = $3 WHERE tenant_id = $1 AND appointment_id = $2 AND state = 'pending' AND due_at > $3" };

static enum rc plan(struct tx *tx, const struct reminder_follow *f)
{
    struct reminder_rules read = f->rules;
    struct reminder_rule rules[REMINDER_RULES_MAX];
    const struct zone *z = zone_find(f->zone);
    if (!z) return RC_OK; /* a zone that has gone from tzdata: nobody could say when */
    if (!read.text) TRY(reminders_rules_of(tx_db(tx), f->service, &read));
    size_t n = reminder_rules_read(read.text, rules);
    for (size_t i = 0; i < n; i++) {
        int64_t due, until;
        if (!reminder_when(z, &(struct quiet_hours){ read.quiet_start, read.quiet_end }, &rules[i], f->start, f->now, &due, &until)) continue;
        TRY(tx_run_query(tx, &Q_PLAN, ARGS(U(f->appointment), I(f->start), I(rules[i].before_min), S(reminder_channel_names[rules[i].channel]),
            S(reminder_template_names[rules[i].template]), I(due), I(until), I(f->now))));
    }
    return RC_OK;
}

enum rc reminders_follow(struct tx *tx, const struct reminder_follow *f)
{
    bool moved = f->old_start != f->start;
    if (f->was_live == f->live && (!moved || !f->live)) return RC_OK;
    if (f->was_live)
        TRY(tx_run_query(tx, &Q_DROP, ARGS(U(f->appointment), S(f->live ? "moved" : f->gone_by_cancel ? "cancelled" : "over"), I(f->now))));
    return f->live ? plan(tx, f) : RC_OK;
}

enum rc reminders_replan(struct tx *tx, const struct reminder_follow *f)
{
    TRY(tx_run_query(tx, &Q_DROP_LATER, ARGS(U(f->appointment), I(f->now))));
    return plan(tx, f);
}

/* ---- sending ------------------------------------------------------------------------------------------------------------------- */

#define REMINDER_COLUMNS "appointment_id, starts_at, before_min, channel, template, due_at, late_until, state, reason, turn, changed_at"
#define REMINDER_KEY " WHERE tenant_id = $1 AND appointment_id = $2 AND starts_at = $3 AND before_min = $4 AND channel = $5"
static const struct query Q_GET = { .name = "reminders.get", .args = "uiit", .sql = "SELECT " REMINDER_COLUMNS " FROM reminder" REMINDER_KEY };
static const struct query Q_KNOWN = { .name = "reminders.known", .args = "u", .sql = "SELECT version FROM appointment WHERE tenant_id = $1 AND id = $2" };
static const struct query Q_OF = { .name = "reminders.of", .args = "u",
    .sql = "SELECT " REMINDER_COLUMNS " FROM reminder WHERE tenant_id = $1 AND appointment_id = $2 ORDER BY due_at DESC, before_min LIMIT 100" };
/* From clinic to clinic along the index of what is pending; then whether the first of each is due. */
static const struct query Q_TENANTS = { .name = "reminders.tenants_due", .args = "uii", .platform = "what is due is looked for in all clinics",
    .sql = "WITH RECURSIVE t(tenant_id) AS (SELECT (SELECT n.tenant_id FROM reminder n WHERE n.state = 'pending' AND n.tenant_id > $1"
           " ORDER BY n.tenant_id LIMIT 1) UNION ALL SELECT (SELECT n.tenant_id FROM reminder n WHERE n.state = 'pending' AND n.tenant_id > t.tenant_id"
           " ORDER BY n.tenant_id LIMIT 1) FROM t WHERE t.tenant_id IS NOT NULL)"
           " SELECT t.tenant_id FROM t WHERE t.tenant_id IS NOT NULL AND EXISTS (SELECT 1 FROM reminder d WHERE d.tenant_id = t.tenant_id"
           " AND d.state = 'pending' AND d.due_at <= $2) LIMIT $3" };
static const struct query Q_DUE = { .name = "reminders.due", .args = "ii",
    .sql = "SELECT " REMINDER_COLUMNS " FROM reminder WHERE tenant_id = $1 AND state = 'pending' AND due_at <= $2 ORDER BY due_at LIMIT $3" };
static const struct query Q_QUEUE = { .name = "reminders.queue", .args = "uiiti",
    .sql = "UPDATE reminder SET state = 'queued', changed_at = $6" REMINDER_KEY " AND state = 'pending'" };
static const struct query Q_STEP = { .name = "reminders.step", .args = "uiitttti",
    .sql = "UPDATE reminder SET state = $7, reason = $8, changed_at = $9" REMINDER_KEY " AND state = $6" };

static const struct field reminder_fields[] = { F_ID(struct reminder, appointment_id), F_INT(struct reminder, starts_at), F_INT(struct reminder, before_min),
    F_ENUM(struct reminder, channel, reminder_channel_names), F_ENUM(struct reminder, template, reminder_template_names), F_INT(struct reminder, due_at),
    F_INT(struct reminder, late_until), F_ENUM(struct reminder, state, reminder_state_names), F_STR(struct reminder, reason), F_INT(struct reminder, turn),
    F_INT(struct reminder, changed_at), F_END };
static const struct shape row_shape = SHAPE_NAMED("reminder_row", reminder, reminder_fields);
static const struct field tenant_fields[] = { F_ID(struct reminder_tenant, tenant_id), F_END };
static const struct shape tenant_row = SHAPE(reminder_tenant, tenant_fields);
#define KEY(k) U((k)->appointment_id), I((k)->starts_at), I((k)->before_min), S(reminder_channel_names[(k)->channel])

enum rc reminders_get(struct tdb *db, const struct reminder *key, struct reminder *out)
{
    return db_get(db, &Q_GET, ARGS(KEY(key)), &row_shape, out);
}

enum rc reminders_of(struct tdb *db, struct id appointment, struct list *out)
{
    int64_t known;
    TRY(db_int(db, &Q_KNOWN, ARGS(U(appointment)), &known));
    return db_list(db, &Q_OF, ARGS(U(appointment)), &row_shape, 100, out);
}

enum rc reminders_tenants_due(struct tdb *db, struct id after, int64_t now, struct list *out)
{
    return db_list(db, &Q_TENANTS, ARGS(U(after), I(now), I(REMINDER_TENANTS_MAX)), &tenant_row, REMINDER_TENANTS_MAX, out);
}

enum rc reminders_due(struct tdb *db, int64_t now, struct list *out)
{
    return db_list(db, &Q_DUE, ARGS(I(now), I(REMINDER_BATCH_MAX)), &row_shape, REMINDER_BATCH_MAX, out);
}

enum rc reminders_queue(struct tx *tx, const struct reminder *key, int64_t now)
{
    return tx_run_query(tx, &Q_QUEUE, ARGS(KEY(key), I(now)));
}

enum rc reminders_step(struct tx *tx, const struct reminder *key, enum reminder_state from, enum reminder_state to, const char *reason, int64_t now,
    enum rc otherwise)
{
    return tx_one(tx, &Q_STEP, ARGS(KEY(key), S(reminder_state_names[from]), S(reminder_state_names[to]), S(reason), I(now)), otherwise);
}

/* ---- who does not want any --------------------------------------------------------------------------------------------------------- */

static const struct query Q_OPTOUT = { .name = "reminders.optout", .args = "ut",
    .sql = "SELECT COUNT(*) FROM reminder_optout WHERE tenant_id = $1 AND client_id = $2 AND channel = $3" };
static const struct query Q_OPTOUT_ADD = { .name = "reminders.optout_add", .args = "uti",
    .sql = "INSERT INTO reminder_optout (tenant_id, client_id, channel, since) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id, client_id, channel) DO NOTHING" };
static const struct query Q_OPTOUT_DELETE = { .name = "reminders.optout_delete", .args = "ut",
    .sql = "DELETE FROM reminder_optout WHERE tenant_id = $1 AND client_id = $2 AND channel = $3" };

enum rc reminders_wanted(struct tdb *db, struct id client, int64_t channel, bool *out)
{
    int64_t n = 0;
    TRY(db_int(db, &Q_OPTOUT, ARGS(U(client), S(reminder_channel_names[channel])), &n));
    *out = n == 0;
    return RC_OK;
}

enum rc reminders_want(struct tx *tx, struct id client, int64_t channel, bool wanted, int64_t now)
{
    const char *name = reminder_channel_names[channel];
    if (wanted) return tx_run_query(tx, &Q_OPTOUT_DELETE, ARGS(U(client), S(name)));
    return tx_run_query(tx, &Q_OPTOUT_ADD, ARGS(U(client), S(name), I(now)));
}

const struct query *const reminders_queries[] = { &Q_RULES_OF, &Q_RULES_GET, &Q_RULES_PUT, &Q_RULES_DELETE, &Q_PLAN, &Q_DROP, &Q_DROP_LATER, &Q_GET, &Q_KNOWN, &Q_OF, &Q_TENANTS,
    &Q_DUE, &Q_QUEUE, &Q_STEP, &Q_OPTOUT, &Q_OPTOUT_ADD, &Q_OPTOUT_DELETE, NULL };
