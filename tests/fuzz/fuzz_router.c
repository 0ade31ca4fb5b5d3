/* fuzz_router.c - method and path against the real route table: what matches has as many segments, and its parameters lie in the path. */
#include "core/http/app.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct app app;
    static const char *const methods[] = { "GET", "POST", "PATCH", "PUT", "DELETE", "HEAD", "OPTIONS", "X" };
    struct path_params p;
    char err[200], allowed[64];
    if (!app.routes && router_compile(&app, modules, err, sizeof err) != RC_OK) abort();
    if (size < 1) return 0;
    size_t prefix = data[0] & 1 ? strlen(API_PREFIX) : 0; /* half of the inputs begin where routes begin */
    char *path = malloc(size + prefix + 1);
    if (!path) abort();
    memcpy(path, API_PREFIX, prefix);
    memcpy(path + prefix, data + 1, size - 1);
    path[prefix + size - 1] = 0;
    const struct compiled_route *c = router_match(&app, methods[data[0] >> 1 & 7], path, &p, allowed);
    size_t len = strlen(path);
    if (c && p.id && (p.id < path || p.id + p.id_len > path + len)) abort();
    if (c && p.text && (p.text < path || p.text + p.text_len > path + len)) abort();
    if (strlen(allowed) >= sizeof allowed) abort();
    free(path);
    return 0;
}
