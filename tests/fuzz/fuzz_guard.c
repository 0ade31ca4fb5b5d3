/* fuzz_guard.c - the guard and the client's address over arbitrary text. Lines of the input: method, target, version,
 * then headers at their first colon. What the guard passes must be readable in one way only. */
#include "core/http/http.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char *next_line(char **text)
{
    char *line = *text, *end = line ? strchr(line, '\n') : NULL;
    if (end) *end++ = '\0';
    *text = end;
    return line;
}

static void check_passed(const char *target, const struct http_header *headers, size_t n)
{
    int lengths = 0, encodings = 0, hosts = 0;
    ASSERT(target[0] == '/' || target[0] == '*');
    for (const char *s = target; *s; s++) ASSERT(*s > ' ' && *s < 127);
    for (size_t i = 0; i < n; i++) {
        lengths += strcasecmp(headers[i].name, "content-length") == 0;
        encodings += strcasecmp(headers[i].name, "transfer-encoding") == 0;
        hosts += strcasecmp(headers[i].name, "host") == 0;
        ASSERT(headers[i].name[0] && !strpbrk(headers[i].name, " \t:\r") && !strpbrk(headers[i].value, "\r\n"));
        if (strcasecmp(headers[i].name, "content-length") == 0) ASSERT(strtoull(headers[i].value, NULL, 10) <= 1000);
    }
    ASSERT(lengths + encodings <= 1 && hosts <= 1);
}

static void fuzz_guard(char *text)
{
    struct http_header headers[HTTP_HEADERS_MAX + 2];
    size_t n = 0;
    char *method = next_line(&text), *target = next_line(&text), *version = next_line(&text);
    if (!version) return;
    for (char *line; n < ARRAY_LEN(headers) && (line = next_line(&text));) {
        char *colon = strchr(line, ':');
        if (colon) *colon = '\0';
        headers[n++] = (struct http_header){ line, colon ? colon + 1 : "" };
    }
    if (http_guard(method, target, version, headers, n, 1000) == 0) check_passed(target, headers, n);
}

static void fuzz_address(char *text)
{
    char out[64], again[64];
    char *cidrs = next_line(&text), *peer = next_line(&text);
    if (!peer) return;
    client_address(cidrs, peer, text, out);
    ASSERT(memchr(out, '\0', sizeof out) && out[0]);
    client_address("", out, NULL, again); /* what comes out is an address in its one spelling */
    ASSERT(strcmp(out, again) == 0);
    client_address("0.0.0.0/0,::/0", "127.0.0.1", text, out);
    if (cidrs_valid(cidrs) && !address_trusted(cidrs, peer)) {
        client_address(cidrs, peer, text, out);
        client_address("", peer, NULL, again);
        ASSERT(strcmp(out, again) == 0); /* an untrusted peer is never anybody else */
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1), *copy = malloc(size + 1);
    if (text && copy) {
        memcpy(text, data, size);
        text[size] = '\0';
        memcpy(copy, text, size + 1);
        fuzz_guard(text);
        fuzz_address(copy);
    }
    free(text);
    free(copy);
    return 0;
}
