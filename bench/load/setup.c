/* setup.c - signs in and reads the ids that the scenarios need, one blocking request at a time. */
#include "bench/load/load.h"
#include <jansson.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { ANSWER_MAX = 4 << 20 };

int connect_to(const char *host, const char *port, bool blocking)
{
    struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
    if (getaddrinfo(host, port, &hints, &found) != 0) return -1;
    int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    if (fd < 0) return -1;
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct timeval limit = { .tv_sec = 60 };
    if (blocking) setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    return fd;
}

static bool send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n <= 0) return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* Reads to the end of the connection. The caller frees. */
static char *read_all(int fd, size_t *len)
{
    char *data = malloc(ANSWER_MAX + 1);
    *len = 0;
    while (data && *len < ANSWER_MAX) {
        ssize_t n = recv(fd, data + *len, ANSWER_MAX - *len, 0);
        if (n <= 0) break;
        *len += (size_t)n;
    }
    if (data) data[*len] = 0;
    return data;
}

json_t *bench_call(struct bench *b, const char *method, const char *path, const char *body)
{
    char request[REQUEST_MAX];
    char bearer[sizeof b->token + 32] = "";
    if (b->token[0]) snprintf(bearer, sizeof bearer, "Authorization: Bearer %s\r\n", b->token);
    int n = snprintf(request, sizeof request,
        "%s /api/v1/%s HTTP/1.1\r\nHost: %s:%s\r\nConnection: close\r\n%sContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", method,
        path, b->opt.host, b->opt.port, bearer, body ? strlen(body) : 0, body ? body : "");
    if (n < 0 || (size_t)n >= sizeof request) return NULL;
    int fd = connect_to(b->opt.host, b->opt.port, true);
    size_t len = 0;
    char *answer = fd >= 0 && send_all(fd, request, (size_t)n) ? read_all(fd, &len) : NULL;
    if (fd >= 0) close(fd);
    const char *start = answer ? strstr(answer, "\r\n\r\n") : NULL;
    json_t *root = start ? json_loads(start + 4, 0, NULL) : NULL;
    json_t *data = json_incref(json_object_get(root, "data"));
    if (!data) fprintf(stderr, "%s %s: %.400s\n", method, path, answer ? answer : "no connection");
    json_decref(root);
    free(answer);
    return data;
}

static bool sign_in(struct bench *b)
{
    json_t *in = json_pack("{s:s,s:s,s:s}", "email", b->opt.email, "password", b->opt.password, "tenant", b->opt.slug);
    char *body = json_dumps(in, JSON_COMPACT);
    json_t *data = bench_call(b, "POST", "auth/token", body);
    const char *token = json_string_value(json_object_get(data, "token"));
    if (token) snprintf(b->token, sizeof b->token, "%s", token);
    json_decref(data);
    json_decref(in);
    free(body);
    return b->token[0] != 0;
}

static void names_add(struct names *names, const char *id)
{
    if (id && names->n < LIST_MAX) snprintf(names->id[names->n++], ID_SIZE, "%s", id);
}

static bool read_clients(struct bench *b)
{
    for (int page = 1; page <= 3; page++) {
        char path[96];
        snprintf(path, sizeof path, "clients?limit=200&page=%d", page);
        json_t *data = bench_call(b, "GET", path, NULL), *one;
        size_t i;
        if (!data) return false;
        json_array_foreach(data, i, one) names_add(&b->clients, json_string_value(json_object_get(one, "id")));
        size_t n = json_array_size(data);
        json_decref(data);
        if (n < 200) break;
    }
    if (b->clients.n == 0) fprintf(stderr, "there are no clients\n");
    return b->clients.n > 0;
}

/* The service with most providers among those that need no room or device: then only people can be in the way. */
static bool read_service(struct bench *b)
{
    json_t *data = bench_call(b, "GET", "services", NULL), *one, *best = NULL;
    size_t i;
    json_array_foreach(data, i, one)
    {
        const char *name = json_string_value(json_object_get(one, "name")), *id = json_string_value(json_object_get(one, "id"));
        if (name && id && strcmp(name, "Bench chair") == 0) snprintf(b->chair_service, sizeof b->chair_service, "%s", id);
        if (!json_is_null(json_object_get(one, "resource_kind"))) continue;
        if (!best || json_array_size(json_object_get(one, "provider_ids")) > json_array_size(json_object_get(best, "provider_ids"))) best = one;
    }
    json_t *providers = json_object_get(best, "provider_ids");
    json_array_foreach(providers, i, one) names_add(&b->providers, json_string_value(one));
    if (best) snprintf(b->service, sizeof b->service, "%s", json_string_value(json_object_get(best, "id")));
    b->service_minutes = 0;
    const char *const parts[] = { "duration_min", "buffer_before_min", "buffer_after_min" };
    for (size_t p = 0; best && p < 3; p++) b->service_minutes += json_integer_value(json_object_get(best, parts[p]));
    json_decref(data);
    if (b->providers.n == 0) fprintf(stderr, "no service without resources has providers\n");
    return b->providers.n > 0 && b->service_minutes > 0;
}

static bool read_location(struct bench *b)
{
    json_t *data = bench_call(b, "GET", "locations", NULL), *one;
    size_t i;
    json_array_foreach(data, i, one)
    {
        const char *name = json_string_value(json_object_get(one, "name")), *id = json_string_value(json_object_get(one, "id"));
        if (name && id && strcmp(name, "Bench annex") != 0) snprintf(b->location, sizeof b->location, "%s", id);
    }
    json_decref(data);
    return b->location[0] != 0;
}

/* A gift that no run uses up for each of the first clients; the others stay out of it. */
bool setup_wallets(struct bench *b)
{
    char body[160], path[96];
    if (b->clients.n > WALLETS_MAX) b->clients.n = WALLETS_MAX;
    for (int i = 0; i < b->clients.n; i++) {
        snprintf(body, sizeof body, "{\"client_id\":\"%s\"}", b->clients.id[i]);
        json_t *wallet = bench_call(b, "POST", "wallets", body);
        const char *id = json_string_value(json_object_get(wallet, "id"));
        snprintf(path, sizeof path, "wallets/%s/promotions", id ? id : "");
        json_t *full = id ? bench_call(b, "POST", path, "{\"amount_minor\":900000000,\"name\":\"Bench\",\"reason\":\"Measuring\",\"expires_on\":\"2035-01-01\"}") : NULL;
        json_decref(wallet);
        if (!full) return false;
        json_decref(full);
    }
    return true;
}

bool setup(struct bench *b)
{
    return sign_in(b) && read_clients(b) && read_service(b) && read_location(b);
}
