/* zone_find.c - zones by name, loaded once from the system's tzdata and kept until the process ends. At most some
 * 600 names exist, so the cache needs no limit but the number of files. */
#include "core/base/base.h"
#include "core/base/zone.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUCKETS = 256, FILE_MAX_BYTES = 64 * 1024, NAME_MAX_BYTES = 64 };

struct entry {
    struct entry *next;
    struct zone *zone;
};
static struct entry *buckets[BUCKETS];
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;

static bool name_char_ok(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '+' || c == '-' || c == '/';
}

/* A name the outside may send: relative, no dots, one spelling per file; and not one of the files beside the zones
 * whose meaning depends on the machine or whose clock counts leap seconds. */
static bool name_ok(const char *name)
{
    static const char *const refused[] = { "localtime", "posixrules", "Factory" };
    size_t len = strlen(name);
    if (len == 0 || len > NAME_MAX_BYTES || name[0] == '/' || name[len - 1] == '/' || strstr(name, "//")) return false;
    for (size_t i = 0; i < len; i++)
        if (!name_char_ok(name[i])) return false;
    if (str_starts(name, "posix/") || str_starts(name, "right/")) return false;
    for (size_t i = 0; i < ARRAY_LEN(refused); i++)
        if (strcmp(name, refused[i]) == 0) return false;
    return true;
}

static size_t hash(const char *s)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (; *s; s++) h = (h ^ (unsigned char)*s) * 16777619u;
    return h % BUCKETS;
}

static const struct zone *lookup(const char *name, size_t bucket)
{
    for (const struct entry *e = buckets[bucket]; e; e = e->next)
        if (strcmp(zone_name(e->zone), name) == 0) return e->zone;
    return NULL;
}

static struct zone *file_parse(const char *name, int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_size <= 0 || st.st_size > FILE_MAX_BYTES) return NULL;
    size_t size = (size_t)st.st_size, got = 0;
    char *image = malloc(size);
    while (image && got < size) {
        ssize_t n = read(fd, image + got, size - got);
        if (n <= 0) break;
        got += (size_t)n;
    }
    struct zone *z = image && got == size ? zone_parse(name, image, size) : NULL;
    free(image);
    return z;
}

const char *zone_folder(void)
{
    const char *dir = getenv("CLINICD_TZDIR");
    return str_empty(dir) ? "/usr/share/zoneinfo" : dir;
}

static struct zone *zone_load(const char *name)
{
    char path[512];
    int n = snprintf(path, sizeof path, "%s/%s", zone_folder(), name);
    if (n < 0 || (size_t)n >= sizeof path) return NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return NULL;
    struct zone *z = file_parse(name, fd);
    close(fd);
    return z;
}

/* Two threads may load the same name at once: the second one's copy goes, so that a name has one zone. */
static const struct zone *keep(struct zone *loaded, size_t bucket)
{
    struct entry *e = malloc(sizeof *e);
    if (!e) {
        zone_free(loaded);
        return NULL;
    }
    pthread_rwlock_wrlock(&lock);
    const struct zone *z = lookup(zone_name(loaded), bucket);
    if (!z) {
        e->next = buckets[bucket];
        e->zone = loaded;
        buckets[bucket] = e;
    }
    pthread_rwlock_unlock(&lock);
    // cppcheck-suppress memleak ; it is in the list
    if (!z) return loaded;
    free(e);
    zone_free(loaded);
    return z;
}

const struct zone *zone_find(const char *iana_name)
{
    if (!iana_name || !name_ok(iana_name)) return NULL;
    size_t bucket = hash(iana_name);
    pthread_rwlock_rdlock(&lock);
    const struct zone *z = lookup(iana_name, bucket);
    pthread_rwlock_unlock(&lock);
    if (z) return z;
    struct zone *loaded = zone_load(iana_name);
    return loaded ? keep(loaded, bucket) : NULL;
}
