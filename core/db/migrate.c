/* migrate.c - forward migrations: in order, once each, under a lock, remembered with a checksum. */
#include "core/db/engine.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- DDL for SQLite: types by word, STRICT at the end of each CREATE TABLE ------------------------------------------------- */

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

static size_t put_word(struct buf *b, const char *p)
{
    static const char *const map[][2] = { { "UUID", "BLOB" }, { "BYTEA", "BLOB" }, { "BIGINT", "INTEGER" } };
    size_t len = 0;
    while (is_word(p[len])) len++;
    for (size_t i = 0; i < ARRAY_LEN(map); i++)
        if (strlen(map[i][0]) == len && strncmp(p, map[i][0], len) == 0) {
            buf_puts(b, map[i][1]);
            return len;
        }
    buf_put(b, p, len);
    return len;
}

char *ddl_for_sqlite(const char *sql)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    bool table = false, fresh = true; /* inside CREATE TABLE; at the start of a statement */
    buf_init(&b, 4 * 1024 * 1024);
    for (const char *p = sql; *p;) {
        if (p[0] == '-' && p[1] == '-') {
            p += strcspn(p, "\n");
        } else if (*p == '\'') {
            size_t n = 1 + strcspn(p + 1, "'");
            buf_put(&b, p, n + (p[n] == '\''));
            p += n + (p[n] == '\'');
        } else if (is_word(*p)) {
            if (fresh) table = strncmp(p, "CREATE TABLE", 12) == 0;
            fresh = false;
            p += put_word(&b, p);
        } else {
            if (*p == ';') {
                if (table) buf_puts(&b, " STRICT");
                fresh = true;
            }
            buf_putc(&b, *p++);
        }
    }
    char *out = b.failed ? NULL : strdup(buf_str(&b));
    ASSERT(out);
    return out;
}

/* ---- the run ---------------------------------------------------------------------------------------------------------------- */

static void checksum(const struct migration *m, const char *variant, char out[17])
{
    uint64_t h = 0xcbf29ce484222325ull;
    for (const char *p = m->sql; p && *p; p++) h = (h ^ (uint8_t)*p) * 0x100000001b3ull;
    for (const char *p = variant; p && *p; p++) h = (h ^ (uint8_t)*p) * 0x100000001b3ull;
    snprintf(out, 17, "%016llx", (unsigned long long)h);
}

struct applied { const struct db *db; bool *done; char *err; size_t err_len; };

static const char *variant_of(const struct db *db, const struct migration *m)
{
    return db->engine == &sqlite_engine ? m->sqlite : m->pg;
}

static enum rc see_applied(void *ctx, const char *module, int64_t number, const char *sum)
{
    struct applied *a = ctx;
    const struct migration *m = a->db->config.migrations;
    for (; m->module; m++)
        if (strcmp(m->module, module) == 0 && m->number == number) break;
    if (!m->module) {
        snprintf(a->err, a->err_len, "the database has migration %s/%lld, which this program does not know: it was made by a newer version", module,
            (long long)number);
        return fault(RC_FAULT, "%s", a->err);
    }
    char want[17];
    checksum(m, variant_of(a->db, m), want);
    if (strcmp(want, sum) != 0) {
        snprintf(a->err, a->err_len, "migration %s/%s was changed after it had been applied", module, m->name);
        return fault(RC_FAULT, "%s", a->err);
    }
    a->done[m - a->db->config.migrations] = true;
    return RC_OK;
}

static enum rc apply(struct db *db, const struct migration *m, char *err, size_t err_len)
{
    CLEANUP(buf_free) struct buf b = { 0 };
    char sum[17], record[400];
    const char *variant = variant_of(db, m);
    char *ddl = db->engine == &sqlite_engine ? ddl_for_sqlite(m->sql ? m->sql : "") : NULL;
    buf_init(&b, 8 * 1024 * 1024);
    buf_puts(&b, ddl ? ddl : m->sql ? m->sql : "");
    buf_puts(&b, "\n");
    if (variant) buf_puts(&b, variant);
    free(ddl);
    checksum(m, variant, sum);
    snprintf(record, sizeof record, "INSERT INTO schema_migration (module, number, name, checksum, applied_at) VALUES ('%s', %d, '%s', '%s', %lld)",
        m->module, m->number, m->name, sum, (long long)now_us());
    enum rc rc = b.failed ? RC_OOM : db->engine->script(db, buf_str(&b), record, err, err_len);
    if (rc == RC_OK) LOG(LOG_INFO, "db.migrated", KS("module", m->module), KS("name", m->name));
    return rc;
}

static enum rc migrate_all(struct db *db, unsigned flags, bool *done, char *err, size_t err_len)
{
    struct applied a = { db, done, err, err_len };
    TRY(db->engine->applied(db, see_applied, &a));
    for (const struct migration *m = db->config.migrations; m->module; m++) {
        if (done[m - db->config.migrations]) continue;
        if (flags & (DB_CHECK_ONLY | DB_READ_ONLY)) {
            snprintf(err, err_len, "migration %s/%s is pending: run `clinicd migrate`", m->module, m->name);
            return RC_CONFLICT;
        }
        TRY(apply(db, m, err, err_len));
    }
    return RC_OK;
}

enum rc db_migrate(struct db *db, unsigned flags, char *err, size_t err_len)
{
    size_t n = 0;
    while (db->config.migrations[n].module) n++;
    bool *done = calloc(n + 1, sizeof *done);
    if (!done) return RC_OOM;
    enum rc rc = db->engine->migrate_begin(db, err, err_len);
    if (rc == RC_OK) {
        rc = migrate_all(db, flags, done, err, err_len);
        char ignored[200];
        enum rc ended = db->engine->migrate_end(db, rc == RC_OK ? err : ignored, rc == RC_OK ? err_len : sizeof ignored);
        if (rc == RC_OK) rc = ended;
    }
    free(done);
    return rc;
}
