/* power.c - see power.h. A layer around the VFS that is there: reads and locks pass through it, what changes a file is done and written down. */
#include "tests/lib/power.h"
#include "core/base/base.h"
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILES = 2, SECTOR = 512, OPS_MAX = 200000 };
enum op_kind { OP_WRITE, OP_TRUNCATE, OP_SYNC, OP_CREATE, OP_DELETE };
struct op { enum op_kind kind; int file; size_t at, len; uint8_t *bytes; };
struct content { bool there; uint8_t *bytes; size_t len, cap; };
struct file { sqlite3_file base; int which; /* of the two, or -1 */ };

const char *const power_way_names[] = { "killed", "killed in the middle of a write", "power lost", "power lost, the newest write alone is there", "power lost, half of the newest write is there",
    "power lost, some sectors are there" };
static const char *const suffixes[FILES] = { "", "-wal" };
static sqlite3_vfs power, *below;
static sqlite3_io_methods methods;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static char watched[1000];
static struct op *ops;
static int n_ops, fail_at;
static bool failed;
static struct content begun[FILES];

/* ---- contents ----------------------------------------------------------------------------------------------------------------------- */

static void *must(void *p)
{
    if (p) return p;
    fputs("no memory\n", stderr);
    exit(3);
}

static void content_reach(struct content *c, size_t len)
{
    if (len > c->cap) {
        c->cap = len + len / 2 + 65536;
        c->bytes = must(realloc(c->bytes, c->cap));
    }
    if (len > c->len) memset(c->bytes + c->len, 0, len - c->len);
    if (len > c->len) c->len = len;
}

static void content_put(struct content *c, size_t at, const uint8_t *bytes, size_t len)
{
    content_reach(c, at + len);
    memcpy(c->bytes + at, bytes, len);
}

static void content_copy(struct content *to, const struct content *from)
{
    to->there = from->there;
    to->len = 0;
    if (from->len) content_put(to, 0, from->bytes, from->len);
}

static void content_read(struct content *c, const char *path)
{
    uint8_t buf[65536];
    ssize_t n;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    c->len = 0;
    c->there = fd >= 0;
    if (fd < 0) return;
    while ((n = read(fd, buf, sizeof buf)) > 0) content_put(c, c->len, buf, (size_t)n);
    close(fd);
}

static void content_write(const struct content *c, const char *path)
{
    unlink(path);
    if (!c->there) return;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    size_t done = 0;
    while (fd >= 0 && done < c->len) {
        ssize_t n = write(fd, c->bytes + done, c->len - done);
        if (n <= 0) break;
        done += (size_t)n;
    }
    if (fd < 0 || done < c->len) {
        perror(path);
        exit(3);
    }
    close(fd);
}

/* The first `len` bytes of an operation that is done. */
static void content_do(struct content *c, const struct op *o, size_t len)
{
    switch (o->kind) {
    case OP_WRITE: content_put(c, o->at, o->bytes, len); break;
    case OP_TRUNCATE:
        if (o->at > c->len) content_reach(c, o->at);
        c->len = o->at;
        break;
    case OP_CREATE: c->there = true; break;
    case OP_DELETE:
        c->there = false;
        c->len = 0;
        break;
    default: break;
    }
}

/* ---- writing down --------------------------------------------------------------------------------------------------------------------- */

static int which_of(const char *name)
{
    if (!*watched || !name || strncmp(name, watched, strlen(watched)) != 0) return -1;
    for (int i = 0; i < FILES; i++)
        if (strcmp(name + strlen(watched), suffixes[i]) == 0) return i;
    return -1;
}

/* False: it must fail. */
static bool note(enum op_kind kind, int file, size_t at, const void *bytes, size_t len)
{
    bool good = true;
    if (file < 0) return true;
    pthread_mutex_lock(&lock);
    if (fail_at && --fail_at == 0) failed = true;
    if (failed) good = false;
    else if (*watched && ops) {
        if (n_ops == OPS_MAX) abort();
        struct op *o = &ops[n_ops++];
        *o = (struct op){ kind, file, at, len, len ? must(malloc(len)) : NULL };
        if (len) memcpy(o->bytes, bytes, len);
    }
    pthread_mutex_unlock(&lock);
    return good;
}

static sqlite3_file *under(sqlite3_file *f) { return (sqlite3_file *)(void *)((char *)f + sizeof(struct file)); }
static int which(sqlite3_file *f) { return ((struct file *)(void *)f)->which; }

static int on_write(sqlite3_file *f, const void *bytes, int n, sqlite3_int64 at)
{
    if (!note(OP_WRITE, which(f), (size_t)at, bytes, (size_t)n)) return SQLITE_IOERR_WRITE;
    return under(f)->pMethods->xWrite(under(f), bytes, n, at);
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    if (!note(OP_TRUNCATE, which(f), (size_t)size, NULL, 0)) return SQLITE_IOERR_TRUNCATE;
    return under(f)->pMethods->xTruncate(under(f), size);
}

static int on_sync(sqlite3_file *f, int flags)
{
    (void)flags; /* the file is one of a test: it need not wait for the real disk */
    return note(OP_SYNC, which(f), 0, NULL, 0) ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

/* ---- passing through --------------------------------------------------------------------------------------------------------------------- */

static int on_close(sqlite3_file *f) { return under(f)->pMethods->xClose(under(f)); }
static int on_read(sqlite3_file *f, void *b, int n, sqlite3_int64 at) { return under(f)->pMethods->xRead(under(f), b, n, at); }
static int on_size(sqlite3_file *f, sqlite3_int64 *n) { return under(f)->pMethods->xFileSize(under(f), n); }
static int on_lock(sqlite3_file *f, int how) { return under(f)->pMethods->xLock(under(f), how); }
static int on_unlock(sqlite3_file *f, int how) { return under(f)->pMethods->xUnlock(under(f), how); }
static int on_reserved(sqlite3_file *f, int *out) { return under(f)->pMethods->xCheckReservedLock(under(f), out); }
static int on_control(sqlite3_file *f, int op, void *arg) { return under(f)->pMethods->xFileControl(under(f), op, arg); }
static int on_sector(sqlite3_file *f) { return under(f)->pMethods->xSectorSize(under(f)); }
static int on_device(sqlite3_file *f) { return under(f)->pMethods->xDeviceCharacteristics(under(f)); }
static int on_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **p) { return under(f)->pMethods->xShmMap(under(f), page, size, extend, p); }
static int on_shm_lock(sqlite3_file *f, int at, int n, int flags) { return under(f)->pMethods->xShmLock(under(f), at, n, flags); }
static void on_shm_barrier(sqlite3_file *f) { under(f)->pMethods->xShmBarrier(under(f)); }
static int on_shm_unmap(sqlite3_file *f, int del) { return under(f)->pMethods->xShmUnmap(under(f), del); }
static int on_fetch(sqlite3_file *f, sqlite3_int64 at, int n, void **p) { return under(f)->pMethods->xFetch(under(f), at, n, p); }
static int on_unfetch(sqlite3_file *f, sqlite3_int64 at, void *p) { return under(f)->pMethods->xUnfetch(under(f), at, p); }

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    (void)vfs;
    int there = 1;
    struct file *own = (struct file *)(void *)f;
    own->base.pMethods = NULL;
    own->which = which_of(name);
    if (own->which >= 0) below->xAccess(below, name, SQLITE_ACCESS_EXISTS, &there);
    int r = below->xOpen(below, name, under(f), flags, out);
    if (under(f)->pMethods) own->base.pMethods = &methods;
    if (r == SQLITE_OK && !there) (void)note(OP_CREATE, own->which, 0, NULL, 0);
    return r;
}

static int on_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    if (!note(OP_DELETE, which_of(name), 0, NULL, 0)) return SQLITE_IOERR_DELETE;
    return below->xDelete(below, name, sync);
}

void power_init(void)
{
    static const sqlite3_io_methods passing = { 3, on_close, on_read, on_write, on_truncate, on_sync, on_size, on_lock, on_unlock, on_reserved, on_control, on_sector, on_device, on_shm_map, on_shm_lock,
        on_shm_barrier, on_shm_unmap, on_fetch, on_unfetch };
    below = sqlite3_vfs_find(NULL);
    methods = passing;
    power = *below;
    power.zName = "power";
    power.szOsFile = (int)sizeof(struct file) + below->szOsFile;
    power.xOpen = on_open;
    power.xDelete = on_delete;
    if (sqlite3_vfs_register(&power, 1) != SQLITE_OK) abort();
}

/* ---- laying out --------------------------------------------------------------------------------------------------------------------------- */

static struct content done[FILES], synced[FILES]; /* after the first `at` operations */
static int at, last_sync[FILES];
static bool at_lies;

static void from_the_start(bool lying)
{
    at = 0;
    at_lies = lying;
    for (int i = 0; i < FILES; i++) {
        content_copy(&done[i], &begun[i]);
        content_copy(&synced[i], &begun[i]);
        last_sync[i] = -1;
    }
}

void power_record(const char *path)
{
    char name[1100];
    power_stop();
    for (int i = 0; i < n_ops; i++) free(ops[i].bytes);
    n_ops = 0;
    if (!ops) ops = must(calloc(OPS_MAX, sizeof *ops));
    for (int i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
        content_read(&begun[i], name);
    }
    from_the_start(false);
    snprintf(watched, sizeof watched, "%s", path);
}

/* Nobody writes any more. */
void power_stop(void) { *watched = 0; }

int power_ops(void)
{
    pthread_mutex_lock(&lock);
    int n = n_ops;
    pthread_mutex_unlock(&lock);
    return n;
}

void power_fail_at(int n)
{
    pthread_mutex_lock(&lock);
    fail_at = n;
    failed = false;
    pthread_mutex_unlock(&lock);
}

bool power_failed(void)
{
    pthread_mutex_lock(&lock);
    bool was = failed;
    pthread_mutex_unlock(&lock);
    return was;
}

/* A sync makes durable what the file has by then, and that it is there at all. */
static void go_to(int n)
{
    for (; at < n; at++) {
        const struct op *o = &ops[at];
        content_do(&done[o->file], o, o->len);
        if (o->kind != OP_SYNC || at_lies) continue;
        content_copy(&synced[o->file], &done[o->file]);
        last_sync[o->file] = at;
    }
}

static void do_some_sectors(struct content *c, const struct op *o, unsigned *dice)
{
    *dice = *dice * 1103515245 + 12345;
    if ((*dice >> 16) % 2) return;
    if (o->kind != OP_WRITE) {
        content_do(c, o, o->len);
        return;
    }
    for (size_t k = 0; k < o->len; k += SECTOR) {
        *dice = *dice * 1103515245 + 12345;
        if ((*dice >> 16) % 8 == 0) continue;
        content_put(c, o->at + k, o->bytes + k, o->len - k < SECTOR ? o->len - k : SECTOR);
    }
}

/* What was not synced of the first n, as far as it got to the disk nevertheless. */
static void add_unsynced(struct content *files, int n, enum power_way way)
{
    unsigned dice = (unsigned)n * 2654435761u + 7;
    for (int i = 0; i < n; i++) {
        const struct op *o = &ops[i];
        if (i <= last_sync[o->file] || o->kind == OP_SYNC) continue;
        if (way == POWER_DICE) do_some_sectors(&files[o->file], o, &dice);
        else if (i == n - 1) content_do(&files[o->file], o, way == POWER_TORN ? o->len / 2 : o->len);
    }
}

/* Whether this way gives another disk after n operations than after n - 1, or than another way. */
static bool worth_it(int n, enum power_way way)
{
    enum op_kind newest = n ? ops[n - 1].kind : OP_SYNC;
    switch (way) {
    case POWER_KILLED: return n == 0 || newest != OP_SYNC;
    case POWER_KILLED_HALF: return n < n_ops && ops[n].kind == OP_WRITE;
    case POWER_LOST: return n == 0 || newest == OP_SYNC;
    case POWER_TORN: return newest == OP_WRITE;
    default: return newest != OP_SYNC;
    }
}

static struct content laid[FILES];
static char laid_at[FILES][1100];

void power_touched(void)
{
    for (int i = 0; i < FILES; i++) *laid_at[i] = 0;
}

/* What is there as it should be stays. */
static void lay_out_file(const char *path, int i, const struct content *c)
{
    char name[1100];
    snprintf(name, sizeof name, "%s%s", path, suffixes[i]);
    bool same = strcmp(laid_at[i], name) == 0 && laid[i].there == c->there && laid[i].len == c->len && (!c->len || memcmp(laid[i].bytes, c->bytes, c->len) == 0);
    if (same) return;
    content_write(c, name);
    content_copy(&laid[i], c);
    snprintf(laid_at[i], sizeof laid_at[i], "%s", name);
}

bool power_lay_out(const char *path, int n, enum power_way way, bool lying)
{
    static struct content files[FILES];
    bool killed = way == POWER_KILLED || way == POWER_KILLED_HALF;
    if (n < at || lying != at_lies) from_the_start(lying);
    go_to(n);
    if (!worth_it(n, way)) return false;
    for (int i = 0; i < FILES; i++) content_copy(&files[i], killed ? &done[i] : &synced[i]);
    if (way == POWER_KILLED_HALF) content_do(&files[ops[n].file], &ops[n], ops[n].len / 2);
    if (!killed && way != POWER_LOST) add_unsynced(files, n, way);
    for (int i = 0; i < FILES; i++) lay_out_file(path, i, &files[i]);
    return true;
}
