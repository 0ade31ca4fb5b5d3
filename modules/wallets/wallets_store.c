/* wallets_store.c - the statements on wallet, wallet_bucket, benefit_limit, wallet_use and wallet_rules. */
#include "modules/wallets/wallets_rows.h"

#define WALLET "SELECT w.id, w.client_id, w.currency, w.version, w.created_at, c.name AS client_name FROM wallet w LEFT JOIN client c ON c.tenant_id = w.tenant_id AND c.id = w.client_id WHERE w.tenant_id = $1"
static const struct query Q_WALLET = { .name = "wallets.get", .args = "u", .sql = WALLET " AND w.id = $2" };
static const struct query Q_WALLET_OF = { .name = "wallets.of_client", .args = "u", .sql = WALLET " AND w.client_id = $2" };
static const struct query Q_WALLET_ANY = { .name = "wallets.any", .args = "", .kept = KEPT, .sql = "SELECT COUNT(*) FROM (SELECT w.id FROM wallet w WHERE w.tenant_id = $1 LIMIT 1) x" };
/* Whose an account of the ledger is, by the last part of its code: a bucket, a client or a sponsor. */
static const struct query Q_WHOSE = { .name = "wallets.whose", .args = "u",
    .sql = "SELECT b.id, c.name AS name, b.name AS part FROM wallet_bucket b LEFT JOIN wallet w ON w.tenant_id = b.tenant_id AND w.id = b.wallet_id"
           " LEFT JOIN client c ON c.tenant_id = w.tenant_id AND c.id = w.client_id WHERE b.tenant_id = $1 AND b.id = $2"
           " UNION ALL SELECT c.id, c.name, NULL FROM client c WHERE c.tenant_id = $1 AND c.id = $2"
           " UNION ALL SELECT s.id, s.name, NULL FROM sponsor s WHERE s.tenant_id = $1 AND s.id = $2" };
static const struct query Q_WALLET_INSERT = { .name = "wallets.insert", .args = "uuti",
    .sql = "INSERT INTO wallet (tenant_id, id, client_id, currency, version, created_at) VALUES ($1, $2, $3, $4, 1, $5)" };

/* A grant ends with its year, its membership or its plan, whatever comes first. */
#define ENDS_ON "CASE WHEN m.ends_on IS NOT NULL AND m.ends_on < b.expires_on AND (p.ends_on IS NULL OR m.ends_on <= p.ends_on) THEN m.ends_on" \
    " WHEN p.ends_on IS NOT NULL AND p.ends_on < b.expires_on THEN p.ends_on ELSE b.expires_on END"
#define STARTS_ON "CASE WHEN m.starts_on > b.starts_on THEN m.starts_on ELSE b.starts_on END"
#define PLANS " LEFT JOIN benefit_member m ON m.tenant_id = b.tenant_id AND m.id = b.member_id LEFT JOIN benefit_policy p ON p.tenant_id = m.tenant_id AND p.id = m.policy_id"
#define ACCOUNT " LEFT JOIN ledger_account a ON a.tenant_id = b.tenant_id AND a.id = b.account_id"
#define BALANCE "a.code AS account_code, COALESCE(a.credits_posted - a.debits_posted, 0) AS balance, COALESCE(a.credits_posted - a.debits_posted - a.debits_pending, 0) AS available"
#define BUCKET "SELECT b.id, b.wallet_id, b.account_id, b.kind, b.unit, b.name, b.category, b.member_id, b.limit_id, b.service_id, " STARTS_ON " AS starts_on, " ENDS_ON " AS expires_on, b.created_at," \
    " p.sponsor_id, p.name AS policy_name, s.name AS service_name, g.coverage_ppm, g.copay_minor, l.ceiling_minor - l.used_minor AS limit_left, " BALANCE " FROM wallet_bucket b" PLANS \
    " LEFT JOIN benefit_category g ON g.tenant_id = m.tenant_id AND g.policy_id = m.policy_id AND g.category = b.category" \
    " LEFT JOIN benefit_limit l ON l.tenant_id = b.tenant_id AND l.id = b.limit_id LEFT JOIN service s ON s.tenant_id = b.tenant_id AND s.id = b.service_id" ACCOUNT " WHERE b.tenant_id = $1"
static const struct query Q_BUCKETS = { .name = "wallets.buckets", .args = "u", .sql = BUCKET " AND b.wallet_id = $2 ORDER BY b.created_at, b.id LIMIT 500" };
static const struct query Q_BUCKETS_OF_CLIENT = { .name = "wallets.buckets_of_client", .args = "u",
    .sql = BUCKET " AND b.wallet_id = (SELECT w.id FROM wallet w WHERE w.tenant_id = $1 AND w.client_id = $2) ORDER BY b.created_at, b.id LIMIT 500" };
/* The same without plans, which most wallets do not have: three tables instead of eight. */
static const struct query Q_BUCKETS_ALONE = { .name = "wallets.buckets_alone", .args = "u",
    .sql = "SELECT b.id, b.wallet_id, b.account_id, b.kind, b.unit, b.name, b.category, b.member_id, b.limit_id, b.service_id, b.starts_on, b.expires_on, b.created_at,"
           " CAST(NULL AS BIGINT) AS coverage_ppm, CAST(NULL AS BIGINT) AS copay_minor, CAST(NULL AS BIGINT) AS limit_left, " BALANCE " FROM wallet_bucket b" ACCOUNT
           " WHERE b.tenant_id = $1 AND b.wallet_id = (SELECT w.id FROM wallet w WHERE w.tenant_id = $1 AND w.client_id = $2) ORDER BY b.created_at, b.id LIMIT 500" };
static const struct query Q_BUCKET = { .name = "wallets.bucket", .args = "u", .sql = BUCKET " AND b.id = $2" };
static const struct query Q_BUCKET_INSERT = { .name = "wallets.bucket_insert", .args = "uuutttt" "uuuiii",
    .sql = "INSERT INTO wallet_bucket (tenant_id, id, wallet_id, account_id, kind, unit, name, category, member_id, limit_id, service_id, starts_on, expires_on, created_at)"
           " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (tenant_id, id) DO NOTHING" };
static const struct query Q_OVER = { .name = "wallets.over", .args = "i",
    .sql = BUCKET " AND b.expires_on IS NOT NULL AND (b.expires_on < $2 OR m.ends_on < $2 OR p.ends_on < $2) AND a.credits_posted - a.debits_posted - a.debits_pending > 0 ORDER BY b.expires_on, b.id LIMIT 200" };

/* ---- families ---------------------------------------------------------------------------------------------------------------------- */

static const struct query Q_LIMIT_OPEN = { .name = "wallets.limit_open", .args = "uuii",
    .sql = "INSERT INTO benefit_limit (tenant_id, id, member_id, starts_on, ceiling_minor, used_minor) VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT (tenant_id, id) DO NOTHING" };
static const struct query Q_LIMIT_USE = { .name = "wallets.limit_use", .args = "ui",
    .sql = "UPDATE benefit_limit SET used_minor = used_minor + $3 WHERE tenant_id = $1 AND id = $2 AND used_minor + $3 <= ceiling_minor" };
#define USES_OF_ORDER " FROM wallet_use u LEFT JOIN payment y ON y.tenant_id = u.tenant_id AND y.id = u.payment_id LEFT JOIN client_order o ON o.tenant_id = u.tenant_id AND o.id = u.order_id WHERE u.tenant_id = $1 AND u.order_id = $2"
static const struct query Q_LIMIT_FOLLOW = { .name = "wallets.limit_follow", .args = "u",
    .sql = "UPDATE benefit_limit SET used_minor = used_minor - (SELECT SUM(" WALLET_GONE " - u.returned_minor)" USES_OF_ORDER " AND u.limit_id = benefit_limit.id)"
           " WHERE tenant_id = $1 AND id IN (SELECT u.limit_id" USES_OF_ORDER " AND u.limit_id IS NOT NULL AND " WALLET_GONE " <> u.returned_minor)" };
static const struct query Q_USE_FOLLOW = { .name = "wallets.use_follow", .args = "u",
    .sql = "UPDATE wallet_use SET returned_minor = (SELECT " WALLET_GONE " FROM payment y LEFT JOIN client_order o ON o.tenant_id = y.tenant_id AND o.id = y.order_id WHERE y.tenant_id = wallet_use.tenant_id AND y.id = wallet_use.payment_id)"
           " WHERE tenant_id = $1 AND order_id = $2" };

/* ---- uses ---------------------------------------------------------------------------------------------------------------------------- */

static const struct query Q_USE_INSERT = { .name = "wallets.use_insert", .args = "uuuuii",
    .sql = "INSERT INTO wallet_use (tenant_id, payment_id, order_id, bucket_id, limit_id, amount_minor, returned_minor, created_at) VALUES ($1, $2, $3, $4, $5, $6, 0, $7)" };
static const struct query Q_USE_LINE = { .name = "wallets.use_line", .args = "uii",
    .sql = "INSERT INTO wallet_use_line (tenant_id, payment_id, position, amount_minor) VALUES ($1, $2, $3, $4)" };
#define USE "SELECT u.payment_id, u.order_id, u.bucket_id, u.limit_id, u.amount_minor, u.returned_minor, u.created_at, b.name, y.state FROM wallet_use u LEFT JOIN wallet_bucket b" \
    " ON b.tenant_id = u.tenant_id AND b.id = u.bucket_id LEFT JOIN payment y ON y.tenant_id = u.tenant_id AND y.id = u.payment_id WHERE u.tenant_id = $1"
static const struct query Q_USES_OF_ORDER = { .name = "wallets.uses_of_order", .args = "u", .sql = USE " AND u.order_id = $2 ORDER BY u.created_at, u.payment_id LIMIT 50" };
static const struct query Q_USES_OF_WALLET = { .name = "wallets.uses_of_wallet", .args = "u",
    .sql = "SELECT u.payment_id, u.order_id, u.bucket_id, u.limit_id, u.amount_minor, u.returned_minor, u.created_at, b.name, y.state FROM wallet_bucket b LEFT JOIN wallet_use u"
           " ON u.tenant_id = b.tenant_id AND u.bucket_id = b.id LEFT JOIN payment y ON y.tenant_id = u.tenant_id AND y.id = u.payment_id"
           " WHERE b.tenant_id = $1 AND b.wallet_id = $2 AND u.payment_id IS NOT NULL ORDER BY u.created_at DESC, u.payment_id DESC LIMIT 200" };
static const struct query Q_GRANTED = { .name = "wallets.granted_of_order", .args = "u",
    .sql = "SELECT n.position, SUM(n.amount_minor) AS amount_minor FROM wallet_use u LEFT JOIN wallet_bucket b ON b.tenant_id = u.tenant_id AND b.id = u.bucket_id"
           " LEFT JOIN wallet_use_line n ON n.tenant_id = u.tenant_id AND n.payment_id = u.payment_id"
           " WHERE u.tenant_id = $1 AND u.order_id = $2 AND b.kind = 'granted' AND u.returned_minor < u.amount_minor GROUP BY n.position ORDER BY n.position LIMIT 20" };

/* ---- statement ------------------------------------------------------------------------------------------------------------------------ */

#define SIDE(side, sign) " FROM wallet_bucket b LEFT JOIN ledger_transfer t ON t.tenant_id = b.tenant_id AND t." side " = b.account_id AND t.phase IN ('single', 'post', 'reversal')" \
    " WHERE b.tenant_id = $1 AND b.wallet_id = $2 AND b.unit <> 'visits' AND t.created_at "
#define LINE(side, sign) "SELECT t.id, b.id AS bucket_id, b.name AS bucket_name, t.cause, t.cause_id, t.reason, t.created_at, " sign "t.amount AS change" SIDE(side, sign) ">= $3 AND t.created_at < $4"
static const struct query Q_STATEMENT = { .name = "wallets.statement", .args = "uii",
    .sql = "SELECT * FROM (SELECT * FROM (" LINE("credit_account_id", "") " UNION ALL " LINE("debit_account_id", "-") ") x ORDER BY created_at DESC, id DESC, change DESC LIMIT 2001) y"
           " ORDER BY created_at, id, change" };
static const struct query Q_OPENING = { .name = "wallets.opening", .args = "ui",
    .sql = "SELECT (SELECT COALESCE(SUM(t.amount), 0)" SIDE("credit_account_id", "") "< $3) - (SELECT COALESCE(SUM(t.amount), 0)" SIDE("debit_account_id", "") "< $3)" };

static const struct query Q_RULES = { .name = "wallets.rules", .args = "", .kept = KEPT_EXACT, .sql = "SELECT approval_over_minor, top_up_day_minor, version FROM wallet_rules WHERE tenant_id = $1" };
static const struct query Q_RULES_INSERT = { .name = "wallets.rules_insert", .args = "ii",
    .sql = "INSERT INTO wallet_rules (tenant_id, approval_over_minor, top_up_day_minor, version) VALUES ($1, $2, $3, 1)" };
static const struct query Q_RULES_UPDATE = { .name = "wallets.rules_update", .args = "iii",
    .sql = "UPDATE wallet_rules SET approval_over_minor = $2, top_up_day_minor = $3, version = version + 1 WHERE tenant_id = $1 AND version = $4" };

const struct query *const wallets_queries[] = { &Q_WALLET, &Q_WALLET_OF, &Q_WALLET_ANY, &Q_WHOSE, &Q_WALLET_INSERT, &Q_BUCKETS, &Q_BUCKETS_OF_CLIENT, &Q_BUCKETS_ALONE, &Q_BUCKET, &Q_BUCKET_INSERT, &Q_OVER, &Q_LIMIT_OPEN, &Q_LIMIT_USE, &Q_LIMIT_FOLLOW, &Q_USE_FOLLOW,
    &Q_USE_INSERT, &Q_USE_LINE, &Q_USES_OF_ORDER, &Q_USES_OF_WALLET, &Q_GRANTED, &Q_STATEMENT, &Q_OPENING, &Q_RULES, &Q_RULES_INSERT, &Q_RULES_UPDATE, &Q_VISIT, &Q_VISIT_NEW, &Q_VISIT_TURN, NULL };

#define K struct bucket
static const struct field bucket_row_fields[] = { F_ID(K, id), F_ID(K, wallet_id), F_ID(K, account_id), F_ENUM(K, kind, bucket_kind_names), F_STR(K, unit), F_STR(K, name),
    F_ENUM(K, category, benefit_category_names, .nullable = true), F_ID(K, member_id), F_ID(K, limit_id), F_ID(K, service_id), F_INT(K, starts_on, .nullable = true), F_INT(K, expires_on, .nullable = true),
    F_INSTANT(K, created_at), F_ID(K, sponsor_id), F_STR(K, policy_name), F_STR(K, service_name), F_INT(K, coverage_ppm, .nullable = true), F_INT(K, copay_minor, .nullable = true),
    F_INT(K, limit_left, .nullable = true), F_STR(K, account_code), F_INT(K, balance), F_INT(K, available), F_END };
static const struct shape bucket_row = SHAPE_NAMED("wallet_bucket_row", bucket, bucket_row_fields);
#undef K
#define L struct statement_line
static const struct field line_fields[] = { F_ID(L, id), F_ID(L, bucket_id), F_STR(L, bucket_name), F_ENUM(L, cause, ledger_cause_names), F_ID(L, cause_id), F_STR(L, reason), F_INSTANT(L, created_at), F_INT(L, change), F_END };
static const struct shape line_row = SHAPE_NAMED("wallet_line_row", statement_line, line_fields);
#undef L
static const struct field use_fields[] = { F_ID(struct bucket_use, payment_id), F_ID(struct bucket_use, order_id), F_ID(struct bucket_use, bucket_id), F_ID(struct bucket_use, limit_id),
    F_STR(struct bucket_use, name), F_STR(struct bucket_use, state), F_INT(struct bucket_use, amount_minor), F_INT(struct bucket_use, returned_minor), F_INSTANT(struct bucket_use, created_at), F_END };
static const struct shape use_row = SHAPE_NAMED("wallet_use_row", bucket_use, use_fields);
static const struct field granted_fields[] = { F_INT(struct granted_line, position), F_INT(struct granted_line, amount_minor), F_END };
static const struct shape granted_row = SHAPE_NAMED("wallet_granted_row", granted_line, granted_fields);
static const struct field wallet_fields[] = { F_ID(struct wallet, id), F_ID(struct wallet, client_id), F_STR(struct wallet, currency), F_INT(struct wallet, version), F_INSTANT(struct wallet, created_at),
    F_STR(struct wallet, client_name), F_END };
static const struct shape wallet_row = SHAPE_NAMED("wallet_row", wallet, wallet_fields);

/* ---- wallets and buckets ---------------------------------------------------------------------------------------------------------- */

const char *bucket_code(struct arena *a, struct id wallet, struct id bucket)
{
    char w[ID_TEXT], b[ID_TEXT];
    return arena_printf(a, "member:%s:%s", id_format(wallet, w), id_format(bucket, b));
}

bool bucket_place(struct arena *a, struct id tenant, struct bucket *b)
{
    struct ledger_account account;
    b->account_code = bucket_code(a, b->wallet_id, b->id);
    bool good = ledger_account_of(a, tenant, b->account_code, b->unit, &account);
    if (good) b->account_id = account.id;
    return good;
}

enum rc wallets_get(struct tdb *db, struct id id, struct wallet *out) { return db_get(db, &Q_WALLET, ARGS(U(id)), &wallet_row, out); }
enum rc wallets_of_client(struct tdb *db, struct id client, struct wallet *out) { return db_get(db, &Q_WALLET_OF, ARGS(U(client)), &wallet_row, out); }
enum rc wallets_any(struct tdb *db, bool *out)
{
    int64_t n = 0;
    TRY(db_int(db, &Q_WALLET_ANY, ARGS(), &n));
    *out = n > 0;
    return RC_OK;
}
enum rc wallets_whose(struct tdb *db, struct id id, struct whose *out) { return db_get(db, &Q_WHOSE, ARGS(U(id)), &whose_shape, out); }
enum rc wallets_insert(struct tx *tx, const struct wallet *w) { return tx_run_query(tx, &Q_WALLET_INSERT, ARGS(U(w->id), U(w->client_id), S(w->currency), I(w->created_at))); }

/* The account may not be open yet: then its code is what it will be. */
static enum rc name_accounts(struct tdb *db, struct list all)
{
    for (size_t i = 0; i < all.n; i++) {
        struct bucket *b = LIST_AT(all, struct bucket, i);
        if (!b->account_code) b->account_code = bucket_code(db_arena(db), b->wallet_id, b->id);
    }
    return RC_OK;
}

enum rc buckets_of(struct tdb *db, struct id wallet, struct list *out)
{
    TRY(db_list(db, &Q_BUCKETS, ARGS(U(wallet)), &bucket_row, 500, out));
    return name_accounts(db, *out);
}

static bool any_of_a_plan(struct list buckets)
{
    for (size_t i = 0; i < buckets.n; i++)
        if (!id_is_nil(LIST_AT(buckets, struct bucket, i)->member_id)) return true;
    return false;
}

enum rc buckets_read(struct tdb *db, struct id client, struct list *buckets) { return db_list(db, &Q_BUCKETS_ALONE, ARGS(U(client)), &bucket_row, 500, buckets); }

enum rc buckets_look(struct tdb *db, struct id client, struct id *wallet, struct list *buckets)
{
    struct wallet w = { 0 };
    if (any_of_a_plan(*buckets)) TRY(db_list(db, &Q_BUCKETS_OF_CLIENT, ARGS(U(client)), &bucket_row, 500, buckets));
    if (buckets->n) {
        *wallet = LIST_AT(*buckets, struct bucket, 0)->wallet_id;
        return name_accounts(db, *buckets);
    }
    enum rc rc = wallets_of_client(db, client, &w);
    *wallet = w.id;
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

enum rc buckets_over(struct tdb *db, int64_t today, struct list *out)
{
    TRY(db_list(db, &Q_OVER, ARGS(I(today)), &bucket_row, 200, out));
    return name_accounts(db, *out);
}

enum rc buckets_get(struct tdb *db, struct id id, struct bucket *out)
{
    TRY(db_get(db, &Q_BUCKET, ARGS(U(id)), &bucket_row, out));
    return name_accounts(db, (struct list){ out, 1 });
}

enum rc buckets_insert(struct tx *tx, const struct bucket *b)
{
    return tx_run_query(tx, &Q_BUCKET_INSERT, ARGS(U(b->id), U(b->wallet_id), U(b->account_id), S(bucket_kind_names[b->kind]), S(b->unit), S(b->name),
        S(b->category == NONE ? NULL : benefit_category_names[b->category]), U(b->member_id), U(b->limit_id), U(b->service_id), I(b->starts_on), I(b->expires_on), I(b->created_at)));
}

enum rc limits_open(struct tx *tx, struct id id, struct id head, int64_t starts_on, int64_t ceiling)
{
    return tx_run_query(tx, &Q_LIMIT_OPEN, ARGS(U(id), U(head), I(starts_on), I(ceiling)));
}

enum rc limits_use(struct tx *tx, struct id limit, int64_t amount) { return tx_one(tx, &Q_LIMIT_USE, ARGS(U(limit), I(amount)), RC_FUNDS); }

/* ---- uses --------------------------------------------------------------------------------------------------------------------------- */

enum rc uses_of_wallet(struct tdb *db, struct id wallet, struct list *out) { return db_list(db, &Q_USES_OF_WALLET, ARGS(U(wallet)), &use_row, 200, out); }
enum rc uses_of_order(struct tdb *db, struct id order, struct list *out) { return db_list(db, &Q_USES_OF_ORDER, ARGS(U(order)), &use_row, ORDER_PAYMENTS_MAX, out); }
enum rc granted_of_order(struct tdb *db, struct id order, struct list *out) { return db_list(db, &Q_GRANTED, ARGS(U(order)), &granted_row, ORDER_LINES_MAX, out); }

enum rc uses_insert(struct tx *tx, const struct use_write *u)
{
    TRY(tx_run_query(tx, &Q_USE_INSERT, ARGS(U(u->payment_id), U(u->order_id), U(u->bucket_id), U(u->limit_id), I(u->amount_minor), I(u->now))));
    for (size_t i = 0; i < u->lines.n; i++) {
        const struct wallet_part_line *l = LIST_AT(u->lines, struct wallet_part_line, i);
        TRY(tx_run_query(tx, &Q_USE_LINE, ARGS(U(u->payment_id), I(l->position), I(l->amount_minor))));
    }
    return RC_OK;
}

enum rc uses_follow(struct tx *tx, struct id order, int64_t version, int64_t now)
{
    (void)version, (void)now;
    TRY(tx_run_query(tx, &Q_LIMIT_FOLLOW, ARGS(U(order))));
    return tx_run_query(tx, &Q_USE_FOLLOW, ARGS(U(order)));
}

/* ---- statement and rules -------------------------------------------------------------------------------------------------------------- */

enum rc wallets_statement(struct tdb *db, struct id wallet, const struct statement_span *span, struct list *out, int64_t *opening)
{
    TRY(db_list(db, &Q_STATEMENT, ARGS(U(wallet), I(span->from), I(span->before)), &line_row, STATEMENT_LINES_MAX + 1, out));
    return db_int(db, &Q_OPENING, ARGS(U(wallet), I(span->from)), opening);
}

enum rc wallet_rules_get(struct tdb *db, struct wallet_rules *out)
{
    *out = (struct wallet_rules){ .approval_over_minor = 10000, .top_up_day_minor = 100000, .version = 0 };
    enum rc rc = db_get(db, &Q_RULES, ARGS(), &wallet_rules_shape, out);
    return rc == RC_NOT_FOUND ? RC_OK : rc;
}

enum rc wallet_rules_put(struct tx *tx, const struct wallet_rules *w, int64_t version, enum rc lost)
{
    if (!version) return tx_run_query(tx, &Q_RULES_INSERT, ARGS(I(w->approval_over_minor), I(w->top_up_day_minor)));
    return tx_one(tx, &Q_RULES_UPDATE, ARGS(I(w->approval_over_minor), I(w->top_up_day_minor), I(version)), lost);
}
