/* statements.c - the program's statements with values in the place of their arguments. */
#include "bench/ceiling/ceiling.h"
#include "core/http/app.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct query *find_in(const struct query *const *queries, const char *name)
{
    for (; queries && *queries; queries++)
        if (strcmp((*queries)->name, name) == 0) return *queries;
    return NULL;
}

const struct query *statement_find(const char *name)
{
    const struct query *found = find_in(core_module.queries, name);
    for (const struct module *const *m = modules; *m && !found; m++) found = find_in((*m)->queries, name);
    if (found) return found;
    fprintf(stderr, "there is no statement %s any more\n", name);
    exit(1);
}

static const char *const part_names[N_PARTS] = { "calendar.appt_insert", "calendar.claim_insert", "calendar.claim_insert", "core.audit", "core.event",
    "reminders.plan", "reminders.plan", "calendar.client_booked" };

#define CHANGES "{\"client_id\":[null,\"00000000-0000-7000-8000-000000000000\"],\"patient_id\":[null,\"00000000-0000-7000-8000-000000000000\"]," \
    "\"service_id\":[null,\"00000000-0000-7000-8000-000000000000\"],\"provider_id\":[null,\"00000000-0000-7000-8000-000000000000\"]," \
    "\"location_id\":[null,\"00000000-0000-7000-8000-000000000000\"],\"start\":[null,\"2030-01-01T09:00:00Z\"],\"end\":[null,\"2030-01-01T09:30:00Z\"]," \
    "\"status\":[null,\"scheduled\"],\"price_minor\":[null,5000]}"
#define DETAIL "{\"provider_id\":\"00000000-0000-7000-8000-000000000000\",\"start\":\"2030-01-01T09:00:00Z\",\"end\":\"2030-01-01T09:30:00Z\"}"

/* What stands in a column: a value, or the same text or number in every row. Other columns are NULL. */
static const struct { const char *column; int value; const char *literal; } columns[] = {
    { "tenant_id", V_TENANT, NULL }, { "owner_id", V_APPOINTMENT, NULL }, { "entity_id", V_APPOINTMENT, NULL }, { "client_id", V_CLIENT, NULL },
    { "patient_id", V_PATIENT, NULL }, { "provider_id", V_PROVIDER, NULL }, { "service_id", V_SERVICE, NULL }, { "location_id", V_LOCATION, NULL },
    { "actor_id", V_AUDIT, NULL }, { "starts_at", V_START, NULL }, { "core_start", V_START, NULL }, { "ends_at", V_END, NULL },
    { "core_end", V_END, NULL }, { "at", V_NOW, NULL }, { "created_at", V_NOW, NULL }, { "updated_at", V_NOW, NULL }, { "buffer_before_min", -1, "0" },
    { "buffer_after_min", -1, "0" }, { "price_minor", -1, "5000" }, { "sequence", -1, "0" }, { "version", -1, "1" }, { "shared", -1, "0" },
    { "warning", -1, "0" }, { "time_zone", -1, "'Europe/Bucharest'" }, { "status", -1, "'scheduled'" }, { "currency", -1, "'EUR'" },
    { "source", -1, "'staff'" }, { "kind", -1, "'appointment'" }, { "actor_kind", -1, "'member'" }, { "actor_name", -1, "'Front desk'" },
    { "action", -1, "'appointment.create'" }, { "topic", -1, "'appointment.created'" }, { "entity", -1, "'appointment'" },
    { "changes", -1, "'" CHANGES "'" }, { "detail", -1, "'" DETAIL "'" }, { "address", -1, "'127.0.0.1'" }, { "user_agent", -1, "''" },
    { "request_id", -1, "'00000000000000000000000000000000'" } };

/* bench/seed.py gives clients, patients and providers ids that end in their number. */
#define NUMBERED(n) "('00000000-0000-7000-8000-' || lpad((" n ")::text, 12, '0'))::uuid"
static const char *const pgbench_values[N_VALUES] = { "(:tenant)::uuid", "bench_id((:n)::bigint)", "bench_id((:n)::bigint)", NUMBERED("100000 + (:client)::bigint"),
    NUMBERED("200000 + (:client)::bigint"), NUMBERED("(:provider)::bigint"), "(:service)::uuid", "(:location)::uuid", "(:start)::bigint", "(:end)::bigint",
    "(:now)::bigint" };

static void value_text(int value, bool pgbench, char *out, size_t cap)
{
    if (pgbench) snprintf(out, cap, "%s", pgbench_values[value]);
    else snprintf(out, cap, "?%d", value + 1);
}

static void column_text(enum booking_part part, const char *column, bool pgbench, char *out, size_t cap)
{
    int value = -1;
    const char *literal = "NULL";
    for (size_t i = 0; i < ARRAY_LEN(columns); i++)
        if (strcmp(columns[i].column, column) == 0) {
            value = columns[i].value;
            literal = columns[i].literal;
        }
    if (strcmp(column, "id") == 0) value = part == PART_AUDIT ? V_AUDIT : V_APPOINTMENT;
    if (strcmp(column, "subject_id") == 0) value = part == PART_CLAIM_PROVIDER ? V_PROVIDER : V_PATIENT;
    if (value >= 0) value_text(value, pgbench, out, cap);
    else snprintf(out, cap, "%s", literal);
}

/* The columns of "INSERT INTO t (a, b) VALUES ($1, $2)" in the order of the list. */
static int columns_of(const char *sql, char names[64][48])
{
    int n = 0;
    const char *p = strchr(sql, '(');
    while (p && *p != ')' && n < 64) {
        p += strspn(p, "(, ");
        size_t len = strcspn(p, ",)");
        snprintf(names[n++], 48, "%.*s", (int)len, p);
        p += len;
    }
    return n;
}

static void argument_text(enum booking_part part, long k, char names[64][48], bool pgbench, char *out, size_t cap)
{
    static const int of_client[] = { V_TENANT, V_CLIENT, V_START, V_NOW };
    static const int of_reminder[] = { V_TENANT, V_APPOINTMENT, V_START, -1, -1, -1, V_START, V_END, V_NOW };
    const char *const literals[] = { "", "", "", part == PART_DAY_BEFORE ? "1440" : "120", "'email'", "'reminder'" };
    bool reminds = part == PART_DAY_BEFORE || part == PART_HOURS_BEFORE;
    if (part == PART_CLIENT) value_text(of_client[k - 1], pgbench, out, cap);
    else if (reminds && of_reminder[k - 1] < 0) snprintf(out, cap, "%s", literals[k - 1]);
    else if (reminds) value_text(of_reminder[k - 1], pgbench, out, cap);
    else column_text(part, names[k - 1], pgbench, out, cap);
}

/* Which column argument k goes to: its place in the list of values. */
static void order_by_argument(const char *sql, char names[64][48], int n)
{
    char by_argument[64][48] = { "" };
    const char *p = strstr(sql, "VALUES");
    for (int at = 0; p && at < n; at++) {
        p = strchr(p, '$');
        if (!p) break;
        long k = strtol(p + 1, NULL, 10);
        if (k >= 1 && k <= 64 && !by_argument[k - 1][0]) memcpy(by_argument[k - 1], names[at], 48);
        p++;
    }
    memcpy(names, by_argument, sizeof by_argument);
}

void statement_write(enum booking_part part, bool pgbench, char *out, size_t cap)
{
    const struct query *q = statement_find(part_names[part]);
    const char *sql = pgbench && q->pg ? q->pg : q->sql;
    char names[64][48] = { "" }, text[2048];
    size_t len = 0;
    order_by_argument(sql, names, part >= PART_DAY_BEFORE ? 0 : columns_of(sql, names));
    for (const char *p = sql; *p && len + 1 < cap;) {
        if (*p != '$') {
            out[len++] = *p++;
            continue;
        }
        char *end;
        argument_text(part, strtol(p + 1, &end, 10), names, pgbench, text, sizeof text);
        len += (size_t)snprintf(out + len, cap - len, "%s", text);
        p = end;
    }
    out[len < cap ? len : cap - 1] = 0;
}

/* A statement with an expression for each argument, $1 first. */
static void print_with(const char *name, const char *const *values)
{
    const struct query *q = statement_find(name);
    for (const char *p = q->pg ? q->pg : q->sql; *p;) {
        if (*p != '$') {
            putchar(*p++);
            continue;
        }
        char *end;
        fputs(values[strtol(p + 1, &end, 10) - 1], stdout);
        p = end;
    }
    puts(";");
}

#define SCOPE(tenant, scope) "SELECT set_config('app.tenant_id', " tenant ", true), set_config('app.scope', " scope ", true);\n"

/* What the server reads before: who asks, in one trip; the client and the patient, and what is in the way, in another. What it keeps it does not read. */
static void print_reads(void)
{
    static const char *const session[] = { "(:token)::text" };
    static const char *const who[] = { "(:tenant)::uuid", NUMBERED("100000 + (:client)::bigint"), "NULL::uuid" };
    static const char *const claims[] = { "(:tenant)::uuid", NUMBERED("(:provider)::bigint"), "NULL::uuid", "NULL::uuid", NUMBERED("100000 + (:client)::bigint"),
        "(:start)::bigint - 144000000000", "(:end)::bigint + 14400000000", "(:start)::bigint - 14400000000" };
    printf("\\startpipeline\n" SCOPE("''", "'platform'"));
    print_with("identity.session_find", session);
    printf("\\endpipeline\n\\startpipeline\n" SCOPE(":tenant", "''"));
    print_with("calendar.booking_who", who);
    print_with("calendar.claims_few", claims);
    printf("\\endpipeline\n");
}

/* As the server sends them: the writes in one pipeline, the scope of row-level security and the locks of the place and of both subjects included. */
int book_pgbench(bool reads)
{
    printf("\\set i :i + 1\n\\set n :client_id * 1000000 + :i\n\\set provider 1 + :i %% :providers\n\\set place :first + :client_id * 10000 + :i / :providers\n"
           "\\set client 1 + (:place * :providers + :provider) %% :clients\n"
           "\\set start :first_start + (:place / 28) * 86400000000 + (360 + (:place %% 28) * 30) * 60000000\n\\set end :start + 1800000000\n"
           "\\set hour :start / 3600000000\n");
    if (reads) print_reads();
    printf("\\startpipeline\nBEGIN;\n" SCOPE(":tenant", "''")
           "SELECT pg_advisory_xact_lock_shared(k) FROM unnest(string_to_array('77', ',')::bigint[]) AS k;\n"
           "SELECT pg_advisory_xact_lock(k) FROM unnest(string_to_array(((:provider)::bigint + (:hour)::bigint * 1000)::text || ',' || ((:client)::bigint + (:hour)::bigint * 1000000)::text, ',')"
           "::bigint[]) AS k;\n");
    for (int part = 0; part < N_PARTS; part++) {
        char sql[8192];
        statement_write((enum booking_part)part, true, sql, sizeof sql);
        printf("%s;\n", sql);
    }
    printf("COMMIT;\n\\endpipeline\n");
    return 0;
}
