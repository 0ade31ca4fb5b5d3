/* smtp.c - see smtp.h. */
#include "tests/lib/smtp.h"
#include "core/base/base.h"
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LETTER_MAX = 1 << 20 };
extern char **environ;

void smtp_start(struct smtp *s, const char *folder, const struct smtp_secure *secure)
{
    int in[2], out[2];
    char line[64] = "", certificate[200], key[200], user[80], password[80];
    posix_spawn_file_actions_t acts;
    *s = (struct smtp){ 0 };
    snprintf(s->folder, sizeof s->folder, "%s", folder);
    mkdir(s->folder, 0700);
    ASSERT(pipe2(in, O_CLOEXEC) == 0 && pipe2(out, O_CLOEXEC) == 0);
    if (secure) {
        snprintf(certificate, sizeof certificate, "%s", secure->certificate);
        snprintf(key, sizeof key, "%s", secure->key);
        snprintf(user, sizeof user, "%s", secure->user);
        snprintf(password, sizeof password, "%s", secure->password);
    }
    char *const argv[] = { (char[]){ "/usr/bin/python3" }, (char[]){ "tests/lib/smtp_server.py" }, s->folder, secure ? certificate : NULL, key, user, password, NULL };
    posix_spawn_file_actions_init(&acts);
    posix_spawn_file_actions_adddup2(&acts, in[0], 0);
    posix_spawn_file_actions_adddup2(&acts, out[1], 1);
    ASSERT(posix_spawn(&s->pid, argv[0], &acts, NULL, argv, environ) == 0);
    posix_spawn_file_actions_destroy(&acts);
    close(in[0]);
    close(out[1]);
    s->in = in[1];
    FILE *f = fdopen(out[0], "r");
    ASSERT(f && fgets(line, sizeof line, f) && strncmp(line, "PORT ", 5) == 0);
    s->port = (int)strtol(line + 5, NULL, 10);
    fclose(f);
    snprintf(s->url, sizeof s->url, "smtp://127.0.0.1:%d", s->port);
}

void smtp_stop(struct smtp *s)
{
    close(s->in);
    kill(s->pid, SIGTERM);
    waitpid(s->pid, NULL, 0);
}

char *smtp_letter(const struct smtp *s, int n)
{
    char path[200];
    snprintf(path, sizeof path, "%s/%d.envelope", s->folder, n);
    if (access(path, R_OK) != 0) return NULL;
    snprintf(path, sizeof path, "%s/%d.eml", s->folder, n);
    FILE *f = fopen(path, "r");
    if (!f) return NULL;
    char *text = calloc(1, LETTER_MAX);
    size_t len = text ? fread(text, 1, LETTER_MAX - 1, f) : 0;
    fclose(f);
    if (len) return text;
    free(text);
    return NULL;
}
