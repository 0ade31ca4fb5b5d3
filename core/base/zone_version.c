/* zone_version.c - which tzdata the zones come from: what the folder says of itself, else a hash of what is in it. Read once:
 * the zones of a process do not change while it runs (zone_find.c). */
#include "core/base/base.h"
#include "core/base/zone.h"

#include <ftw.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { LINE_MAX_BYTES = 128, VERSION_MAX_BYTES = 40, FOLDERS_OPEN_MAX = 8 };
static char version[VERSION_MAX_BYTES + 1];
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* "2025b", or nothing that could be one. */
static bool take_version(const char *text)
{
    size_t n = strcspn(text, " \t\r\n");
    if (n == 0 || n > VERSION_MAX_BYTES) return false;
    for (size_t i = 0; i < n; i++)
        if (text[i] <= ' ' || text[i] > '~' || text[i] == '"' || text[i] == '\\') return false;
    snprintf(version, sizeof version, "%.*s", (int)n, text);
    return true;
}

static bool read_first_line(const char *file, const char *prefix)
{
    char path[512], line[LINE_MAX_BYTES] = "";
    int n = snprintf(path, sizeof path, "%s/%s", zone_folder(), file);
    FILE *f = n > 0 && (size_t)n < sizeof path ? fopen(path, "re") : NULL;
    if (!f) return false;
    bool ok = fgets(line, sizeof line, f) && str_starts(line, prefix) && take_version(line + strlen(prefix));
    return fclose(f) == 0 && ok;
}

/* ---- the hash: of names and contents, in whatever order they come ---------------------------------------------------- */

static uint64_t sum;
static size_t root_length;

static uint64_t fold(uint64_t h, const void *data, size_t n)
{
    const unsigned char *p = data;
    for (size_t i = 0; i < n; i++) h = (h ^ p[i]) * 1099511628211u; /* FNV-1a */
    return h;
}

static int add_file(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    char bytes[4096];
    const char *name = path + root_length;
    (void)at;
    if (kind == FTW_D && (strcmp(name, "/posix") == 0 || strcmp(name, "/right") == 0)) return FTW_SKIP_SUBTREE;
    if (kind != FTW_F || !S_ISREG(st->st_mode)) return FTW_CONTINUE;
    FILE *f = fopen(path, "re");
    uint64_t h = fold(14695981039346656037u, name, strlen(name));
    for (size_t n = 0; f && (n = fread(bytes, 1, sizeof bytes, f)) > 0;) h = fold(h, bytes, n);
    if (f && fclose(f) == 0) sum += h;
    return FTW_CONTINUE;
}

static void find_version(void)
{
    if (read_first_line("tzdata.zi", "# version ") || read_first_line("+VERSION", "")) return;
    root_length = strlen(zone_folder());
    (void)nftw(zone_folder(), add_file, FOLDERS_OPEN_MAX, FTW_PHYS | FTW_ACTIONRETVAL);
    snprintf(version, sizeof version, "files-%016llx", (unsigned long long)sum);
}

const char *zone_data_version(void)
{
    pthread_once(&once, find_version);
    return version;
}

static bool is_release(const char *v)
{
    size_t n = strlen(v);
    if (n < 5 || n > 6) return false;
    for (size_t i = 0; i < n; i++)
        if (i < 4 ? v[i] < '0' || v[i] > '9' : v[i] < 'a' || v[i] > 'z') return false;
    return true;
}

bool zone_data_older(const char *a, const char *b)
{
    return is_release(a) && is_release(b) && strcmp(a, b) < 0;
}
