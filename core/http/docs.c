/* docs.c - the documentation page: plain HTML made from the route tables; no script, works offline under the CSP. */
#include "core/http/app.h"
#include <stdio.h>
#include <string.h>

const char docs_css[] =
    ":root{color-scheme:light dark;--ink:light-dark(#16211d,#e6ece9);--soft:light-dark(#586660,#9fb0a9);--line:light-dark(#dfe6e2,#2b3733);"
    "--card:light-dark(#fff,#161d1a);--page:light-dark(#f6f8f7,#0e1311);--get:light-dark(#0b6b4f,#6fd3b0);--post:light-dark(#7a4a00,#f0bd6a);--del:light-dark(#a3261d,#ff9a90)}"
    "*{box-sizing:border-box}body{margin:0;font:16px/1.55 system-ui,sans-serif;color:var(--ink);background:var(--page)}"
    "a{color:inherit}main{max-width:62rem;margin:0 auto;padding:2rem 1rem 6rem}h1{font-size:1.75rem;margin:0 0 .25rem}h2{font-size:1.2rem;margin:2.5rem 0 .75rem;text-transform:capitalize}"
    "p{margin:.35rem 0}.soft{color:var(--soft)}nav ul{display:flex;flex-wrap:wrap;gap:.35rem 1rem;padding:0;margin:1rem 0;list-style:none}nav a{text-transform:capitalize}"
    "details{background:var(--card);border:1px solid var(--line);border-radius:.6rem;margin:.5rem 0}summary{padding:.7rem 1rem;cursor:pointer;display:flex;flex-wrap:wrap;gap:.25rem .75rem;align-items:baseline}"
    "summary code{font-size:.95rem;overflow-wrap:anywhere}.m{font:600 .75rem ui-monospace,monospace;min-width:3.6rem}.GET{color:var(--get)}.POST,.PATCH,.PUT{color:var(--post)}.DELETE{color:var(--del)}"
    ".in{padding:0 1rem 1rem}table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;border-top:1px solid var(--line)}"
    ".wrap{overflow-x:auto}h3{font-size:.95rem;margin:1rem 0 .25rem}:focus-visible{outline:3px solid var(--get);outline-offset:2px}";

static void html(struct buf *b, const char *s)
{
    for (; s && *s; s++) {
        if (*s == '<') buf_puts(b, "&lt;");
        else if (*s == '>') buf_puts(b, "&gt;");
        else if (*s == '&') buf_puts(b, "&amp;");
        else if (*s == '"') buf_puts(b, "&quot;");
        else buf_putc(b, *s);
    }
}

static const char *kind_words(const struct field *f)
{
    switch (f->kind) {
    case K_INT: return "integer";
    case K_BOOL: return "true or false";
    case K_ID: return "id";
    case K_INSTANT: return "instant";
    case K_DATE: return "date";
    case K_TIME: return "time of day";
    case K_ENUM: return "one of";
    case K_LIST: return "list";
    case K_OBJ: return "object";
    case K_EMAIL: return "e-mail";
    case K_PHONE: return "telephone";
    case K_ZONE: return "time zone";
    case K_CURRENCY: return "currency";
    case K_COLOR: return "colour";
    case K_SLUG: return "short name";
    case K_JSON: return "JSON";
    default: return "text";
    }
}

static void rows(struct buf *b, const struct shape *s, const char *prefix, int depth)
{
    for (const struct field *f = s->fields; f->kind != K_END; f++) {
        buf_puts(b, "<tr><td><code>");
        html(b, prefix);
        html(b, f->name);
        buf_printf(b, "</code>%s<td>%s", f->required && !s->patch ? " <strong>required</strong>" : "", kind_words(f));
        for (size_t i = 0; f->kind == K_ENUM && f->names[i]; i++) buf_printf(b, "%s%s", i ? ", " : " ", f->names[i]);
        if (f->nullable) buf_puts(b, " or null");
        buf_puts(b, "<td>");
        html(b, f->doc);
        if (f->shape && depth < 2) {
            CLEANUP(buf_free) struct buf inner = { 0 };
            buf_init(&inner, 400);
            buf_printf(&inner, "%s%s%s", prefix, f->name, f->kind == K_LIST ? "[]." : ".");
            rows(b, f->shape, buf_str(&inner), depth + 1);
        }
    }
}

static void table(struct buf *b, const char *title, const struct shape *s)
{
    if (!s || s->fields->kind == K_END) return;
    buf_printf(b, "<h3>%s</h3><div class=wrap tabindex=0 role=region aria-label=\"%s\"><table><thead><tr><th scope=col>Name<th scope=col>Kind<th scope=col>Meaning<tbody>", title, title);
    rows(b, s, "", 0);
    buf_puts(b, "</table></div>");
}

static void failures(struct buf *b, const struct route *r)
{
    buf_puts(b, "<h3>Outcomes</h3><p class=soft>");
    buf_printf(b, "%d", r->ok);
    for (int i = 1; i < RC_N_OUTCOMES; i++)
        if (r->fails & FAILS(i)) buf_printf(b, ", %d %s", outcome_row((enum rc)i)->status, outcome_row((enum rc)i)->code);
    buf_puts(b, "</p>");
}

static void section(struct buf *b, const struct route *r)
{
    buf_printf(b, "<details><summary><span class=\"m %s\">%s</span><code>" API_PREFIX, r->method, r->method);
    html(b, r->path);
    buf_puts(b, "</code><span class=soft>");
    html(b, r->summary);
    buf_puts(b, "</span></summary><div class=in>");
    if (r->doc) {
        buf_puts(b, "<p>");
        html(b, r->doc);
        buf_puts(b, "</p>");
    }
    buf_puts(b, "<p class=soft>");
    if (r->perm == PERM_PUBLIC) buf_puts(b, "Public. ");
    else if (r->perm == PERM_SIGNED_IN) buf_puts(b, "Any signed-in member. ");
    else for (int i = 0; i < PERM_N; i++)
        if (r->perm >> i & 1) buf_printf(b, "Needs <code>%s</code>. ", perm_rows[i].name);
    if (r->flags & R_IDEMPOTENT) buf_puts(b, "Honours <code>Idempotency-Key</code>. ");
    if (r->fails & FAILS(RC_STALE)) buf_puts(b, "Honours <code>If-Match</code>. ");
    buf_puts(b, "</p>");
    table(b, "Query", r->query);
    table(b, "Body", r->in);
    table(b, r->flags & R_LIST ? "Answer (each item of data)" : "Answer (data)", r->out);
    failures(b, r);
    buf_puts(b, "</div></details>");
}

void docs_write(const struct app *app, struct buf *b)
{
    buf_puts(b, "<!doctype html><html lang=en><head><meta charset=utf-8><meta name=viewport content=\"width=device-width\"><title>clinicd API</title>"
                "<link rel=icon href=/favicon.svg type=image/svg+xml><link rel=stylesheet href=/docs.css></head><body><main><h1>clinicd API</h1><p class=soft>Version ");
    html(b, app->version);
    buf_puts(b, ". The same as <a href=" API_PREFIX "/openapi.json>openapi.json</a> (OpenAPI 3.1), for reading. Sign in with "
                "<code>POST " API_PREFIX "/auth/token</code> and send <code>Authorization: Bearer …</code>.</p><nav aria-label=Modules><ul>");
    for (size_t i = 0; i < app->n_routes; i++)
        if (i == 0 || app->routes[i].module != app->routes[i - 1].module)
            buf_printf(b, "<li><a href=\"#%s\">%s</a>", app->routes[i].module->name, app->routes[i].module->name);
    buf_puts(b, "</ul></nav>");
    for (size_t i = 0; i < app->n_routes; i++) {
        const struct module *m = app->routes[i].module;
        if (i == 0 || m != app->routes[i - 1].module) {
            buf_printf(b, "<h2 id=\"%s\">%s</h2>", m->name, m->name);
            if (m->doc) {
                buf_puts(b, "<p class=soft>");
                html(b, m->doc);
                buf_puts(b, "</p>");
            }
        }
        section(b, app->routes[i].route);
    }
    buf_puts(b, "</main></body></html>");
}
