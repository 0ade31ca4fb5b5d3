/* buf_room.h - inside base only: room for n more bytes at the end of a buf, without a call when there is some.
 * The writer fills what it got and adds to len itself. Always leaves one byte for the terminator. */
#pragma once
#include "core/base/base.h"

bool buf_grow(struct buf *, size_t more);

static inline char *buf_room(struct buf *b, size_t n)
{
    if (b->failed) return NULL;
    if (b->cap - b->len > n || buf_grow(b, n)) return b->data + b->len;
    return NULL;
}
