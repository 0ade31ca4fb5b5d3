/* in_process.c - see in_process.h. */
#include "tests/lib/in_process.h"
#include <stdio.h>
#include <string.h>

enum { CALL_BYTES = 4 << 20 };

int in_process_call(struct app *app, struct worker *worker, const char *token, const char *method, const char *where, const char *body, char *answer, size_t cap)
{
    char bearer[128], path[300];
    const char *query = strchr(where, '?');
    snprintf(bearer, sizeof bearer, "Bearer %s", token);
    snprintf(path, sizeof path, "/api/v1%.*s", query ? (int)(query - where) : (int)strlen(where), where);
    struct http_header headers[] = { { "Host", "localhost" }, { "Content-Type", "application/json" }, { "Authorization", bearer } };
    struct http_request r = { .method = method, .path = path, .query = query ? query + 1 : "", .headers = headers, .n_headers = *token ? 3 : 2, .body = body, .body_len = strlen(body),
        .peer = "127.0.0.1", .arrived = now_us() };
    struct http_response out = { .status = 200 };
    struct arena *a = arena_new(CALL_BYTES);
    ASSERT(a);
    app_handle(app, worker, a, &r, &out);
    snprintf(answer, cap, "%s", buf_str(&out.body));
    buf_free(&out.body);
    arena_free(a);
    return out.status;
}
