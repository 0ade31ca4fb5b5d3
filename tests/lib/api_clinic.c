/* api_clinic.c - see api_clinic.h. */
#include "tests/lib/api_clinic.h"
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static void must(const struct answer *a, int status)
{
    if (!api_is(a, status, NULL)) exit(3);
}

void keep_id(char out[UUID_TEXT], const struct answer *a, const char *where)
{
    snprintf(out, UUID_TEXT, "%s", api_str(a, where));
}

const char *day_time(int days, int hour, int minute)
{
    static _Atomic time_t today; /* the same through the whole program, also past midnight */
    time_t now = time(NULL), unset = 0;
    atomic_compare_exchange_strong(&today, &unset, now - now % 86400);
    time_t t = today + (time_t)days * 86400 + (time_t)hour * 3600 + (time_t)minute * 60;
    struct tm tm;
    gmtime_r(&t, &tm);
    return at("%04d-%02d-%02dT%02d:%02d:00Z", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

const char *day_date(int days)
{
    return at("%.10s", day_time(days, 12, 0));
}

const char *day_month(void) { return at("%.7s-01", day_date(0)); }

const char *day_benefit_year(void)
{
    const char *first = day_month();
    return at("'starts_on':'%s','year_month':%d", first, (first[5] - '0') * 10 + first[6] - '0');
}

/* Every registration from its own address: ten an hour is the limit of one. */
static const char *fresh_address(void)
{
    static unsigned n;
    n++;
    return at("198.51.%u.%u", 100 + n / 250, 1 + n % 250);
}

struct who clinic_sign_in(const char *email, const char *tenant, const char *address)
{
    struct who w = { 0 }, from = { 0 };
    snprintf(from.address, sizeof from.address, "%s", address ? address : fresh_address());
    struct answer *a = api_post(&from, "/auth/token", js("{'email':'%s','password':'" CLINIC_PASSWORD "','tenant':'%s'}", email, tenant));
    must(a, 200);
    snprintf(w.token, sizeof w.token, "%s", api_str(a, "data.token"));
    return w;
}

static void keep_cookie(struct who *w, const struct answer *a)
{
    const char *c = api_header(a, "Set-Cookie");
    if (c && strncmp(c, "clinicd=", 8) == 0) snprintf(w->cookie, sizeof w->cookie, "%.*s", (int)strcspn(c + 8, ";"), c + 8);
    snprintf(w->csrf, sizeof w->csrf, "%s", api_str(a, "data.csrf_token"));
}

struct who clinic_browser(const char *email, const char *tenant)
{
    struct who w = { 0 }, from = { 0 };
    snprintf(from.address, sizeof from.address, "%s", fresh_address());
    struct answer *a = api_post(&from, "/auth/login", js("{'email':'%s','password':'" CLINIC_PASSWORD "','tenant':'%s'}", email, tenant));
    must(a, 200);
    keep_cookie(&w, a);
    return w;
}

static struct answer *register_clinic(const char *slug, const char *email)
{
    struct who from = { 0 };
    snprintf(from.address, sizeof from.address, "%s", fresh_address());
    struct answer *a = api_post(&from, "/auth/register",
        js("{'tenant_name':'Clinic %s','slug':'%s','name':'Olivia Owner','email':'%s',"
           "'password':'" CLINIC_PASSWORD "','time_zone':'Etc/UTC','currency':'EUR'}",
            slug, slug, email));
    must(a, 201);
    return a;
}

static void make(const struct clinic *c, char out[UUID_TEXT], const char *path, const char *body)
{
    struct answer *a = api_post(&c->owner, path, body);
    must(a, 201);
    keep_id(out, a, "data.id");
}

static void make_providers(struct clinic *c)
{
    for (int i = 0; i < 2; i++) {
        char week[2000];
        size_t n = 0;
        make(c, c->provider[i], "/providers",
            js("{'name':'Dr %s','title':'Dentist','service_ids':['%s','%s','%s']}", i ? "Bo" : "Ada", c->plain, c->buffered, c->seated));
        for (int d = 1; d <= 7; d++)
            n += (size_t)snprintf(week + n, sizeof week - n, "%s{'location_id':'%s','weekday':%d,'start':'06:00','end':'22:00'}",
                d > 1 ? "," : "", c->location, d);
        must(api_put(&c->owner, at("/providers/%s/hours", c->provider[i]), js("{'weekly':[%s],'exceptions':[]}", week)), 200);
    }
}

static void make_clients(struct clinic *c)
{
    static const char *const names[] = { "Chris Client", "Dana Dee", "Eli Else" };
    for (int i = 0; i < 3; i++) {
        struct answer *a = api_post(&c->owner, "/clients",
            js("{'name':'%s','email':'%c.%s@example.org','phone':'+4021000000%d'}", names[i], names[i][0] | 0x20, c->slug, i));
        must(a, 201);
        keep_id(c->client[i], a, "data.id");
        keep_id(c->patient[i], a, "data.patients[0].id");
    }
}

void clinic_make(struct clinic *c, const char *slug)
{
    memset(c, 0, sizeof *c);
    snprintf(c->slug, sizeof c->slug, "%s", slug);
    snprintf(c->email, sizeof c->email, "owner@%s.example", slug);
    keep_id(c->tenant, register_clinic(slug, c->email), "data.tenant.id");
    c->owner = clinic_sign_in(c->email, slug, NULL);
    struct answer *a = api_get(&c->owner, "/locations");
    must(a, 200);
    keep_id(c->location, a, "data[0].id");
    make(c, c->plain, "/services", "{\"name\":\"Check-up\",\"duration_min\":30,\"price_minor\":5000}");
    make(c, c->buffered, "/services", "{\"name\":\"Filling\",\"duration_min\":30,\"buffer_before_min\":10,\"buffer_after_min\":15}");
    make(c, c->seated, "/services", "{\"name\":\"Whitening\",\"duration_min\":30,\"resource_kind\":\"chair\"}");
    for (int i = 0; i < 2; i++)
        make(c, c->chair[i], "/resources", js("{'name':'Chair %d','kind':'chair','location_id':'%s'}", i + 1, c->location));
    make_providers(c);
    make_clients(c);
    must(api_patch(&c->owner, "/tenant",
             "{\"booking_enabled\":true,\"booking_min_notice_min\":60,\"booking_horizon_days\":365,\"phone\":\"+40210000099\"}"),
        200);
}

struct who clinic_visitor(void)
{
    static _Atomic unsigned n;
    struct who w = { 0 };
    unsigned i = ++n;
    snprintf(w.address, sizeof w.address, "100.%u.%u.%u", 65 + i / 62500, i / 250 % 250, 1 + i % 250);
    return w;
}

void clinic_never_quiet(const struct clinic *c)
{
    must(api_put(&c->owner, "/reminders/rules", "{\"quiet_start\":null,\"quiet_end\":null,\"rules\":[]}"), 200);
}

/* There is no route that invites: an account of another clinic gets a place in this one. */
struct who clinic_member(const struct clinic *c, const char *role)
{
    static int n;
    char slug[40], email[80];
    snprintf(slug, sizeof slug, "own-%s-%d", role, n++);
    snprintf(email, sizeof email, "%s@%s.example", role, c->slug);
    struct answer *a = register_clinic(slug, email);
    char from[UUID_TEXT];
    keep_id(from, a, "data.tenant.id");
    api_sql("INSERT INTO member (tenant_id, id, account_id, role, name, email, version, created_at)"
            " SELECT %s, id, account_id, '%s', '%s', email, 1, created_at FROM member WHERE tenant_id = %s",
        api_sql_id(c->tenant), role, role, api_sql_id(from));
    return clinic_sign_in(email, c->slug, NULL);
}

struct answer *clinic_book(const struct clinic *c, const char *service, int provider, int client, const char *start)
{
    return api_post(&c->owner, "/appointments",
        js("{'client_id':'%s','service_id':'%s','provider_id':'%s','start':'%s'}", c->client[client], service, c->provider[provider],
            start));
}

/* ---- does anything overlap? --------------------------------------------------------------------- */

static const char *text(const json_t *o, const char *key)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : "";
}

static bool share_chair(const json_t *a, const json_t *b)
{
    size_t i, k;
    json_t *x, *y;
    json_array_foreach(json_object_get(a, "resource_ids"), i, x)
        json_array_foreach(json_object_get(b, "resource_ids"), k, y) if (json_equal(x, y)) return true;
    return false;
}

static bool takes_time(const json_t *a)
{
    const char *s = text(a, "status");
    return strcmp(s, "cancelled") != 0 && strcmp(s, "expired") != 0 && strcmp(s, "declined") != 0 && strcmp(s, "requested") != 0 && strcmp(s, "no_show") != 0 && !*text(a, "overbook_reason");
}

static bool same(const json_t *a, const json_t *b, const char *key)
{
    return strcmp(text(a, key), text(b, key)) == 0;
}

static bool collide(const json_t *a, const json_t *b)
{
    if (!takes_time(a) || !takes_time(b)) return false;
    if (strcmp(text(a, "start"), text(b, "end")) >= 0 || strcmp(text(b, "start"), text(a, "end")) >= 0) return false;
    return same(a, b, "provider_id") || same(a, b, "patient_id") || share_chair(a, b);
}

int clinic_overlaps(struct conn *c, const struct who *w, const char *from, const char *to, int *appointments)
{
    json_t *all = json_array();
    int found = 0;
    size_t n;
    for (int page = 1;; page++) {
        struct answer *a = api_call(c, w, "GET", at("/appointments?from=%s&to=%s&limit=200&page=%d", from, to, page), NULL);
        if (!api_is(a, 200, NULL)) {
            json_decref(all);
            return -1;
        }
        json_array_extend(all, api_json(a, "data"));
        if (api_count(a, "data") < 200) break;
    }
    n = json_array_size(all);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++) found += collide(json_array_get(all, i), json_array_get(all, k));
    if (appointments) *appointments = (int)n;
    json_decref(all);
    return found;
}
