/* standin.c - see standin.h. */
#include "tests/lib/standin.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MAX = 4 << 20 };
static struct { pid_t pid; int in, port; } it;
extern char **environ;

static void must(bool ok, const char *what)
{
    if (ok) return;
    fprintf(stderr, "  stand-in: %s\n", what);
    exit(3);
}

void standin_start(const char *script)
{
    int in[2], out[2];
    char line[32] = "", path[200];
    bool node = strstr(script, ".mjs") != NULL;
    snprintf(path, sizeof path, "%s", script);
    char *const argv[] = { node ? (char[]){ "node" } : (char[]){ "python3" }, path, NULL };
    posix_spawn_file_actions_t acts;
    must(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0, "pipes");
    posix_spawn_file_actions_init(&acts);
    posix_spawn_file_actions_adddup2(&acts, in[0], 0);
    posix_spawn_file_actions_adddup2(&acts, out[1], 1);
    must(posix_spawnp(&it.pid, argv[0], &acts, NULL, argv, environ) == 0, "does not start");
    posix_spawn_file_actions_destroy(&acts);
    close(in[0]);
    close(out[1]);
    it.in = in[1];
    FILE *f = fdopen(out[0], "r");
    must(f && fgets(line, sizeof line, f), "says no port");
    it.port = (int)strtol(line, NULL, 10);
    fclose(f);
}

void standin_stop(void)
{
    close(it.in);
    kill(it.pid, SIGTERM);
    waitpid(it.pid, NULL, 0);
}

int standin_port(void) { return it.port; }

json_t *standin_call(const char *method, const char *path, const char *body)
{
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)it.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(s >= 0 && connect(s, (struct sockaddr *)&a, sizeof a) == 0, "does not answer");
    dprintf(s, "%s %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s", method, path, body ? strlen(body) : 0, body ? body : "");
    char *text = calloc(1, ANSWER_MAX);
    size_t n = 0;
    must(text != NULL, "no memory");
    for (ssize_t got; n < ANSWER_MAX - 1 && (got = read(s, text + n, ANSWER_MAX - 1 - n)) > 0;) n += (size_t)got;
    close(s);
    const char *json = strstr(text, "\r\n\r\n");
    json_t *out = json ? json_loads(json + 4, 0, NULL) : NULL;
    free(text);
    return out;
}

void standin_steer(const char *what, const char *body)
{
    json_t *got = standin_call("POST", at("/_/%s", what), body);
    must(got != NULL, what);
    json_decref(got);
}

json_t *standin_state(void)
{
    json_t *got = standin_call("POST", "/_/state", "{}");
    must(got != NULL, "state");
    return got;
}

int64_t standin_count(const char *what)
{
    json_t *s = standin_state();
    int64_t n = json_integer_value(json_object_get(json_object_get(s, "counts"), what));
    json_decref(s);
    return n;
}
