/* assert.c - what happens when something the author believed is not so: one line in the log, and the end. */
#include "core/base/base.h"

#include <stdlib.h>

_Noreturn void assert_failed(const char *cond, const char *file, int line)
{
    static _Thread_local bool inside; /* the log may itself fail an assertion */
    if (!inside) {
        inside = true;
        LOG(LOG_ERROR, "assert.failed", KS("condition", cond), KS("file", file), KI("line", line));
    }
    abort();
}
