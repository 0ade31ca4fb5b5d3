/* folder.h - where a test keeps its files. */
#pragma once
#include <stdio.h>
#include <stdlib.h>

/* A new folder of that name and some letters, where the runner wants such things (in memory, if it can); mkdtemp has still to make it. */
static inline void test_folder(char *out, size_t cap, const char *name)
{
    const char *in = getenv("TMPDIR");
    snprintf(out, cap, "%s/clinicd-%s-XXXXXX", in && *in ? in : "/tmp", name);
}
