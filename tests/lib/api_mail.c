/* api_mail.c - see api_mail.h. */
#include "tests/lib/api_mail.h"
#include <ctype.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LETTER_MAX = 256 * 1024 };

static char *read_file(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = f ? calloc(1, LETTER_MAX) : NULL;
    size_t n = text ? fread(text, 1, LETTER_MAX - 1, f) : 0;
    if (f) fclose(f);
    if (n) return text;
    free(text);
    return NULL;
}

static int digit(char c)
{
    const char *all = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/", *p = c ? strchr(all, c) : NULL;
    return p ? (int)(p - all) : -1;
}

/* Until the boundary: base64 over several lines. */
static char *decode(const char *s)
{
    char *out = calloc(1, strlen(s) + 1);
    size_t n = 0;
    unsigned v = 0;
    int bits = 0;
    for (; out && *s && !(s[0] == '-' && s[1] == '-'); s++) {
        int d = digit(*s);
        if (d < 0) continue;
        v = v << 6 | (unsigned)d;
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        out[n++] = (char)(v >> bits & 0xff);
    }
    return out;
}

bool letter_wait(const char *name, int64_t timeout_ms, struct letter *out)
{
    int64_t until = api_now_ms() + timeout_ms;
    const char *path = at("%s/mail/%s@clinicd.eml", api_data(), name);
    *out = (struct letter){ 0 };
    while (!(out->text = read_file(path))) {
        if (api_now_ms() > until) {
            fprintf(stderr, "  mail: no %s\n", path);
            return false;
        }
        api_sleep_ms(20);
    }
    const char *part = strstr(out->text, "Content-Type: text/calendar"), *body = part ? strstr(part, "\r\n\r\n") : NULL;
    if (body) out->calendar = decode(body + 4);
    return true;
}

void letter_free(struct letter *l)
{
    free(l->text);
    free(l->calendar);
    *l = (struct letter){ 0 };
}

const char *letter_line(const struct letter *l, const char *name)
{
    size_t n = strlen(name);
    for (const char *p = l->calendar; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : p)
        if (strncmp(p, name, n) == 0 && (p[n] == ':' || p[n] == ';')) return at("%.*s", (int)strcspn(p + n + 1, "\r\n"), p + n + 1);
    return "";
}

int letters_beginning(const char *prefix)
{
    DIR *d = opendir(at("%s/mail", api_data()));
    int n = 0;
    for (const struct dirent *e; d && (e = readdir(d));)
        n += strncmp(e->d_name, prefix, strlen(prefix)) == 0 && strstr(e->d_name, ".eml") != NULL;
    if (d) closedir(d);
    return n;
}

bool letter_token(const struct letter *l, const char *before, char out[120])
{
    size_t n = 0;
    const char *p = strstr(l->text, before);
    if (!p) return false;
    for (p += strlen(before); *p && n < 119; p++)
        if (*p == '=' && (p[1] == '\r' || p[1] == '\n')) p += p[1] == '\r' ? 2 : 1; /* a line of the mail goes on in the next */
        else if (isalnum((unsigned char)*p) || *p == '-' || *p == '_') out[n++] = *p;
        else break;
    out[n] = 0;
    return n > 0;
}
