/* log.c - one JSON object a line, written with one write(2), so that the lines of threads do not mix. A line that
 * cannot be built whole is replaced by a short one that says so. */
#include "core/base/base.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 16 * 1024, REQUEST_ID_MAX_BYTES = 64 };

static _Atomic int least_level = LOG_INFO;
static _Thread_local char request[REQUEST_ID_MAX_BYTES + 1];

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&least_level, (int)level, memory_order_relaxed);
}

void log_set_request(const char *request_id)
{
    snprintf(request, sizeof request, "%s", request_id ? request_id : "");
}

static const char *level_name(enum log_level level)
{
    static const char *const names[] = { "debug", "info", "warn", "error" };
    return (size_t)level < ARRAY_LEN(names) ? names[level] : "error";
}

static void put_kv(struct json *j, const struct log_kv *kv)
{
    char text[ID_TEXT];
    json_key(j, kv->key);
    switch (kv->kind) {
    case LOG_KV_STR: json_str(j, kv->s); break;
    case LOG_KV_INT: json_int(j, kv->i); break;
    case LOG_KV_ID: json_str(j, id_format(kv->id, text)); break;
    case LOG_KV_END: json_nil(j); break;
    }
}

static void put_line(struct buf *b, enum log_level level, const char *event, const struct log_kv *kvs)
{
    char ts[INSTANT_TEXT];
    struct json j = json_to(b);
    json_obj(&j);
    json_kstr(&j, "ts", instant_format(now_us(), ts));
    json_kstr(&j, "level", level_name(level));
    json_kstr(&j, "event", event);
    if (request[0]) json_kstr(&j, "request_id", request);
    for (; kvs && kvs->kind != LOG_KV_END; kvs++) put_kv(&j, kvs);
    json_obj_end(&j);
    buf_putc(b, '\n');
}

void log_write(enum log_level level, const char *event, const struct log_kv *kvs)
{
    if ((int)level < atomic_load_explicit(&least_level, memory_order_relaxed)) return;
    int saved = errno;
    struct buf b CLEANUP(buf_free) = { 0 };
    buf_init(&b, LINE_MAX_BYTES);
    put_line(&b, level, event, kvs);
    const char *line = buf_str(&b);
    size_t len = b.len;
    if (b.failed) {
        line = "{\"level\":\"error\",\"event\":\"log.line_lost\"}\n";
        len = strlen(line);
    }
    /* Nothing can be done about a log that cannot be written; a short write loses the rest of the line. */
    if (write(STDERR_FILENO, line, len) < 0) errno = 0;
    errno = saved;
}
