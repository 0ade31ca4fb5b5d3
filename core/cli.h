/* cli.h - the command line: commands as rows, their options, and what every command needs before it can work (settings,
 * key, database). The program's own commands are in commands.c, those of the modules in modules/commands.c. */
#pragma once
#include "core/core.h"

enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2 }; /* exit codes */
enum { CLI_OPTIONS_MAX = 16 };

struct cli_option {
    const char *name;            /* "--tenant" */
    const char *value;           /* what stands behind it, "SLUG"; NULL: a switch */
    const char *doc;
    bool required;
};
struct cli;
struct command {
    const char *name;            /* "serve", "user add" */
    const char *summary;         /* one line for the list */
    const char *doc;             /* what it does and what to know, a short paragraph */
    const char *example;
    const struct cli_option *options; /* ends with a NULL name; NULL: none but the common ones */
    int (*run)(struct cli *);    /* the exit code */
};
struct cli {
    const struct command *command;
    const char *values[CLI_OPTIONS_MAX]; /* in the order of command->options; "" for a switch that was given */
    const char *data, *config;           /* --data, --config; NULL: not given */
};
extern const struct command core_commands[], module_commands[]; /* end with a NULL name */

int cli_main(int argc, char **argv);

const char *cli_value(const struct cli *, const char *option); /* NULL: not given */
bool cli_flag(const struct cli *, const char *option);
/* Whole number of an option; absent: otherwise. false: said what is wrong. */
bool cli_number(const struct cli *, const char *option, int64_t min, int64_t max, int64_t otherwise, int64_t *out);
/* Both print "clinicd COMMAND: message" and return the exit code. */
int cli_fail(const struct cli *, const char *fmt, ...) PRINTF_LIKE(2, 3);
int cli_refuse(const struct cli *, const char *fmt, ...) PRINTF_LIKE(2, 3); /* usage: points to --help */

/* The folder of the data and the settings file as the options and the environment say. false: said what is wrong. */
bool cli_settings(const struct cli *);
/* Settings into err, a mistake a line; for doctor. */
bool cli_settings_read(const struct cli *, struct buf *err);
const char *cli_file(const char *name, char out[4096]); /* <data>/name */

/* Settings, key and database (migrated), for commands that work on data. false: said what is wrong. */
struct cli_db { struct db *db; struct tdb *tdb; struct arena *arena; };
bool cli_db_open(const struct cli *, unsigned flags, struct cli_db *); /* flags: db_open's */
void cli_db_close(struct cli_db *);
/* The handle with an empty arena, inside the tenant (nil: none). */
struct tdb *cli_db_begin(struct cli_db *, struct id tenant);
/* A password from the option --password, else from the terminal without echo, else a line of standard input. NULL: said why. */
const char *cli_password(const struct cli *, struct arena *);
/* A sentence for an outcome that a command did not expect. */
int cli_fail_rc(const struct cli *, enum rc, const char *what);
