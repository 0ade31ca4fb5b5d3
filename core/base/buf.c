/* buf.c - the growing byte buffer. max is of content; the terminator's byte comes on top. */
#include "core/base/buf_room.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUF_FIRST_BYTES = 256 };

void buf_init(struct buf *b, size_t max_bytes)
{
    *b = (struct buf){ .max = max_bytes < SIZE_MAX / 4 ? max_bytes : SIZE_MAX / 4 };
}

void buf_free(struct buf *b)
{
    free(b->data);
    *b = (struct buf){ .max = b->max };
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

bool buf_grow(struct buf *b, size_t more)
{
    if (b->failed) return false;
    if (more > b->max || b->len > b->max - more) {
        b->failed = true;
        return false;
    }
    size_t need = b->len + more + 1;
    if (need <= b->cap) return true;
    size_t cap = b->cap ? b->cap * 2 : BUF_FIRST_BYTES;
    if (cap < need) cap = need;
    if (cap > b->max + 1) cap = b->max + 1;
    char *data = realloc(b->data, cap);
    if (!data) {
        b->failed = true;
        return false;
    }
    b->data = data;
    b->cap = cap;
    return true;
}

void buf_put(struct buf *b, const void *data, size_t len)
{
    char *to = buf_room(b, len);
    if (!to || len == 0) return;
    memcpy(to, data, len);
    b->len += len;
}

void buf_puts(struct buf *b, const char *s)
{
    buf_put(b, s, strlen(s));
}

void buf_putc(struct buf *b, char c)
{
    char *to = buf_room(b, 1);
    if (!to) return;
    *to = c;
    b->len++;
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    /* First into what is there: most texts fit. */
    size_t room = b->failed ? 0 : b->cap - b->len;
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(room ? b->data + b->len : NULL, room, fmt, args);
    va_end(args);
    if (n < 0) b->failed = true;
    if (n >= 0 && (size_t)n >= room && buf_grow(b, (size_t)n)) n = vsnprintf(b->data + b->len, b->cap - b->len, fmt, again);
    va_end(again);
    if (!b->failed && n >= 0) b->len += (size_t)n;
}

const char *buf_str(struct buf *b)
{
    if (b->failed || b->len == 0) return "";
    b->data[b->len] = '\0';
    return b->data;
}
