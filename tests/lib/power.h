/* power.h - a disk that remembers. SQLite's files of one database go through it; afterwards what was on the disk at any moment can be laid out anew: as it is when the
 * process is killed there, or as it may be when the power fails there. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

/* Makes this the way to files for every SQLite connection of the process that is opened from now on. */
void power_init(void);
/* From now on what happens to the database at path, and to its WAL, is kept. Nobody has it open. */
void power_record(const char *path);
void power_stop(void);
/* How many writes, truncations, deletions and syncs there were, all files together. */
int power_ops(void);
/* The n-th of them from now fails, and so does everything after it, until 0 is said. */
void power_fail_at(int n);
bool power_failed(void);

enum power_way {
    POWER_KILLED,      /* what was done before is there */
    POWER_KILLED_HALF, /* and half of the next write */
    POWER_LOST,        /* only what was synced is there */
    POWER_LAST,        /* what was synced, and of the rest the newest alone, whole */
    POWER_TORN,        /* likewise, half of it */
    POWER_DICE,        /* what was synced, and of the rest some sectors */
    POWER_WAYS
};
extern const char *const power_way_names[];
/* Lays out the database at `path` as it is after the first n operations. lying: on a disk that says "synced" at once. False, and nothing is laid out: it would be no other
 * than the one before, or than by another way. */
bool power_lay_out(const char *path, int n, enum power_way way, bool lying);
/* What was laid out was written to since then. */
void power_touched(void);
