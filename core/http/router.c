/* router.c - the route tables compiled once; refuses tables that are wrong. */
#include "core/http/app.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const int64_t latency_bounds_us[LATENCY_BUCKETS - 1] = { 500, 1000, 2500, 5000, 10000, 25000, 100000, 500000, 2500000 };

static bool split(struct compiled_route *c, const char *path)
{
    while (*path == '/') {
        size_t len = strcspn(++path, "/");
        if (c->n_segments == SEGMENTS_MAX || len == 0 || len >= sizeof c->segment[0]) return false;
        memcpy(c->segment[c->n_segments++], path, len);
        path += len;
    }
    return !*path;
}

static const char *wrong(const struct route *r)
{
    bool writes = strcmp(r->method, "GET") != 0;
    if (r->perm == PERM_UNSET) return "no permission declared";
    if (str_empty(r->summary)) return "no summary";
    if (!r->handler) return "no handler";
    if (r->ok != 200 && r->ok != 201 && r->ok != 204 && (r->ok != 303 || !(r->flags & R_REDIRECT))) return "ok must be 200, 201 or 204";
    if (r->ok != 204 && !r->out && !(r->flags & (R_STREAM | R_CALENDAR | R_CSV | R_PDF | R_REDIRECT))) return "no output shape";
    if ((r->flags & R_PAGED) && !(r->flags & R_LIST)) return "R_PAGED without R_LIST";
    if (r->perm == PERM_PUBLIC && writes && !(r->flags & R_NO_CSRF)) return "a public write must say R_NO_CSRF";
    if ((r->flags & R_RAW) && (r->in || !r->body_max)) return "R_RAW takes no shape and needs body_max";
    if (r->perm == PERM_PUBLIC && r->rate == RATE_DEFAULT) return "a public route needs a rate class";
    for (const struct field *f = r->in ? r->in->fields : NULL; f && f->kind != K_END; f++)
        if (str_empty(f->doc)) return "an input field has no sentence of documentation";
    for (const struct field *f = r->query ? r->query->fields : NULL; f && f->kind != K_END; f++)
        if (str_empty(f->doc)) return "a query parameter has no sentence of documentation";
    return NULL;
}

static enum rc compile_module(struct app *app, const struct module *m, char *err, size_t err_len)
{
    for (const struct route *r = m->routes; r && r->method; r++) {
        struct compiled_route *c = &app->routes[app->n_routes];
        const char *bad = wrong(r);
        c->route = r;
        c->module = m;
        if (!bad && !split(c, r->path)) bad = "the path cannot be read";
        for (size_t i = 0; !bad && i < app->n_routes; i++)
            if (strcmp(app->routes[i].route->method, r->method) == 0 && strcmp(app->routes[i].route->path, r->path) == 0)
                bad = "stands twice";
        if (bad) {
            snprintf(err, err_len, "route %s %s of module %s: %s", r->method, r->path, m->name, bad);
            return fault(RC_FAULT, "%s", err);
        }
        app->n_routes++;
    }
    if (m->authenticate) app->authenticate = m->authenticate;
    return RC_OK;
}

enum rc router_compile(struct app *app, const struct module *const *list, char *err, size_t err_len)
{
    size_t n = 0;
    for (const struct module *const *m = list; *m; m++)
        for (const struct route *r = (*m)->routes; r && r->method; r++) n++;
    app->routes = calloc(n + 1, sizeof *app->routes);
    app->n_routes = 0;
    if (!app->routes) return RC_OOM;
    for (const struct module *const *m = list; *m; m++) TRY(compile_module(app, *m, err, err_len));
    return RC_OK;
}

void router_free(struct app *app)
{
    free(app->routes);
    app->routes = NULL;
    app->n_routes = 0;
}

static bool match(const struct compiled_route *c, const char *path, struct path_params *p)
{
    *p = (struct path_params){ 0 };
    for (int i = 0; i < c->n_segments; i++) {
        if (*path++ != '/') return false;
        size_t len = strcspn(path, "/");
        const char *want = c->segment[i];
        if (len == 0) return false;
        if (want[0] != '{') {
            if (strlen(want) != len || memcmp(want, path, len) != 0) return false;
        } else if (strcmp(want, "{id}") == 0) {
            p->id = path;
            p->id_len = len;
        } else {
            p->text = path;
            p->text_len = len;
        }
        path += len;
    }
    return !*path;
}

/* The page a person sees and the address a mail program posts to are one and the same (RFC 8058). */
static const struct compiled_route *one_click(const struct app *app, const char *token, struct path_params *p)
{
    *p = (struct path_params){ .text = token, .text_len = strlen(token) };
    for (size_t i = 0; i < app->n_routes; i++)
        if ((app->routes[i].route->flags & R_ONE_CLICK) && *token && !strchr(token, '/')) return &app->routes[i];
    return NULL;
}

const struct compiled_route *router_match(const struct app *app, const char *method, const char *path, struct path_params *p, char allowed[64])
{
    size_t used = 0;
    allowed[0] = 0;
    if (str_starts(path, "/u/") && strcmp(method, "POST") == 0) return one_click(app, path + 3, p);
    if (!str_starts(path, API_PREFIX "/")) return NULL;
    path += strlen(API_PREFIX);
    if (strcmp(method, "HEAD") == 0) method = "GET";
    for (size_t i = 0; i < app->n_routes; i++) {
        const struct compiled_route *c = &app->routes[i];
        if (!match(c, path, p)) continue;
        if (strcmp(c->route->method, method) == 0) return c;
        int n = snprintf(allowed + used, 64 - used, "%s%s%s", used ? ", " : "", c->route->method, str_eq(c->route->method, "GET") ? ", HEAD" : "");
        if (n > 0 && (size_t)n < 64 - used) used += (size_t)n;
    }
    return NULL;
}
