/* cli.c - reading the command line, help, and what every command needs first. */
#include "core/start.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { ERRORS_MAX = 64 * 1024, NAME_WORDS_MAX = 2, CLI_ARENA_BYTES = 256 * 1024 * 1024 };

static const struct cli_option common_options[] = {
    { "--data", "DIR", "Folder of the database, the key and the mail (CLINICD_DATA; default ./data)", false },
    { "--config", "FILE", "Settings, NAME=value lines (default: clinicd.conf in the data folder)", false },
    { "--help", NULL, "This text", false },
    { 0 },
};

/* ---- messages ---------------------------------------------------------------------------------------------------------- */

static void say(const struct cli *cli, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));
static void say(const struct cli *cli, const char *fmt, va_list args)
{
    fprintf(stderr, "clinicd%s%s: ", cli->command ? " " : "", cli->command ? cli->command->name : "");
    vfprintf(stderr, fmt, args);
    fputc('\n', stderr);
}

int cli_fail(const struct cli *cli, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(cli, fmt, args);
    va_end(args);
    return CLI_FAILED;
}

int cli_refuse(const struct cli *cli, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    say(cli, fmt, args);
    va_end(args);
    fprintf(stderr, "Try: clinicd %s%s--help\n", cli->command ? cli->command->name : "", cli->command ? " " : "");
    return CLI_USAGE;
}

int cli_fail_rc(const struct cli *cli, enum rc rc, const char *what)
{
    return cli_fail(cli, "%s: %s", what, outcome_row(rc)->sentence);
}

/* ---- help ---------------------------------------------------------------------------------------------------------------- */

/* name NULL: all; else those that begin with the word. Returns how many there are. */
static int list_commands(FILE *out, const struct command *table, const char *word)
{
    size_t n = word ? strlen(word) : 0;
    int found = 0;
    for (; table->name; table++) {
        if (word && (strncmp(table->name, word, n) != 0 || table->name[n] != ' ')) continue;
        if (out) fprintf(out, "  %-16s %s\n", table->name, table->summary);
        found++;
    }
    return found;
}

static void print_overview(FILE *out)
{
    fputs("clinicd runs clinics: calendar, booking page, clients and reminders, in one program with its own database.\n\n"
          "Usage: clinicd COMMAND [options]\n\nCommands:\n", out);
    list_commands(out, core_commands, NULL);
    list_commands(out, module_commands, NULL);
    fputs("\nFirst steps:\n  clinicd init --data ./data\n  clinicd demo --data ./data\n  clinicd serve --data ./data\n\n"
          "clinicd COMMAND --help says more about one of them. Exit codes: 0 done, 1 failed, 2 used wrongly.\n", out);
}

static bool print_group(FILE *out, const char *word)
{
    if (list_commands(NULL, core_commands, word) + list_commands(NULL, module_commands, word) == 0) return false;
    fprintf(out, "Usage: clinicd %s ... [options]\n\nCommands:\n", word);
    list_commands(out, core_commands, word);
    list_commands(out, module_commands, word);
    fputs("\nEach has its own --help.\n", out);
    return true;
}

static void print_option(const struct cli_option *o)
{
    char left[64];
    snprintf(left, sizeof left, "%s%s%s", o->name, o->value ? " " : "", o->value ? o->value : "");
    printf("  %-22s %s%s\n", left, o->doc, o->required ? " (compulsory)" : "");
}

static void print_help(const struct command *c)
{
    printf("Usage: clinicd %s [options]\n\n%s\n\nOptions:\n", c->name, c->doc);
    for (const struct cli_option *o = c->options; o && o->name; o++) print_option(o);
    for (const struct cli_option *o = common_options; o->name; o++) print_option(o);
    printf("\nExample:\n  %s\n", c->example);
}

/* ---- reading the line ------------------------------------------------------------------------------------------------------ */

static const struct command *find_in(const struct command *table, const char *name)
{
    for (; table->name; table++)
        if (strcmp(table->name, name) == 0) return table;
    return NULL;
}

static const struct command *find_command(const char *name)
{
    const struct command *c = find_in(core_commands, name);
    return c ? c : find_in(module_commands, name);
}

/* How many letters to change, up to a small number: enough to recognise a slip. */
static size_t distance(const char *a, const char *b)
{
    size_t row[40], n = strlen(b);
    if (n >= ARRAY_LEN(row)) return 99;
    for (size_t k = 0; k <= n; k++) row[k] = k;
    for (size_t i = 1; *a; a++, i++) {
        size_t corner = row[0];
        row[0] = i;
        for (size_t k = 1; k <= n; k++) {
            size_t best = corner + (*a != b[k - 1]);
            corner = row[k];
            if (row[k] + 1 < best) best = row[k] + 1;
            if (row[k - 1] + 1 < best) best = row[k - 1] + 1;
            row[k] = best;
        }
    }
    return row[n];
}

static void nearer(const char *typed, const char *name, const char **best, size_t *least)
{
    size_t d = distance(typed, name);
    if (d > 2 || d >= *least) return;
    *least = d;
    *best = name;
}

/* "tenat list" is near to "tenant list", and "tenat" to the first word of it. */
static void nearer_command(const char *typed, const char *name, const char **best, size_t *least)
{
    char word[64];
    snprintf(word, sizeof word, "%.*s", (int)strcspn(name, " "), name);
    size_t before = *least;
    nearer(typed, name, best, least);
    const char *whole = NULL; /* a near first word means its whole command */
    nearer(typed, word, &whole, least);
    if (*least < before) *best = name;
}

static int unknown_command(const char *typed)
{
    const char *best = NULL;
    size_t least = 99;
    for (const struct command *c = core_commands; c->name; c++) nearer_command(typed, c->name, &best, &least);
    for (const struct command *c = module_commands; c->name; c++) nearer_command(typed, c->name, &best, &least);
    fprintf(stderr, "clinicd: there is no command '%s'%s%s%s\nTry: clinicd help\n", typed, best ? "; did you mean '" : "", best ? best : "",
        best ? "'?" : "");
    return CLI_USAGE;
}

static int unknown_option(const struct cli *cli, const char *typed)
{
    const char *best = NULL;
    size_t least = 99;
    for (const struct cli_option *o = cli->command->options; o && o->name; o++) nearer(typed, o->name, &best, &least);
    for (const struct cli_option *o = common_options; o->name; o++) nearer(typed, o->name, &best, &least);
    if (best) return cli_refuse(cli, "unknown option %s; did you mean %s?", typed, best);
    return cli_refuse(cli, typed[0] == '-' ? "unknown option %s" : "'%s' is not expected here", typed);
}

/* "--name value" or "--name=value" at *at. 0, or the exit code. */
static int take_option(struct cli *cli, const struct cli_option *o, const char **slot, int argc, char **argv, int *at)
{
    const char *arg = argv[*at], *equals = strchr(arg, '=');
    if (*slot) return cli_refuse(cli, "%s is given twice", o->name);
    if (!o->value) {
        *slot = "";
        return equals ? cli_refuse(cli, "%s takes no value", o->name) : 0;
    }
    if (equals) *slot = equals + 1;
    else if (*at + 1 < argc) *slot = argv[++*at];
    else return cli_refuse(cli, "%s needs a value: %s %s", o->name, o->name, o->value);
    return 0;
}

static const struct cli_option *match_option(const struct cli_option *table, const char *arg)
{
    size_t n = strcspn(arg, "=");
    for (const struct cli_option *o = table; o && o->name; o++)
        if (strlen(o->name) == n && strncmp(o->name, arg, n) == 0) return o;
    return NULL;
}

static int take_argument(struct cli *cli, int argc, char **argv, int *at)
{
    const struct cli_option *o = match_option(cli->command->options, argv[*at]);
    if (o) {
        ASSERT(o - cli->command->options < CLI_OPTIONS_MAX);
        return take_option(cli, o, &cli->values[o - cli->command->options], argc, argv, at);
    }
    o = match_option(common_options, argv[*at]);
    if (o == &common_options[0]) return take_option(cli, o, &cli->data, argc, argv, at);
    if (o == &common_options[1]) return take_option(cli, o, &cli->config, argc, argv, at);
    return unknown_option(cli, argv[*at]);
}

static bool wants_help(int argc, char **argv, int from)
{
    for (int i = from; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) return true;
    return false;
}

static int run_command(const struct command *c, int argc, char **argv, int from)
{
    struct cli cli = { .command = c };
    if (wants_help(argc, argv, from)) {
        print_help(c);
        return CLI_DONE;
    }
    for (int at = from; at < argc; at++) {
        int code = take_argument(&cli, argc, argv, &at);
        if (code) return code;
    }
    for (const struct cli_option *o = c->options; o && o->name; o++)
        if (o->required && !cli.values[o - c->options]) return cli_refuse(&cli, "%s %s is missing: %s", o->name, o->value, o->doc);
    if (cli.data && !*cli.data) return cli_refuse(&cli, "--data needs the name of a folder");
    int code = c->run(&cli);
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    return code ? code : cli_fail(&cli, "writing the output failed: %s", strerror(errno));
}

static int help_for(int argc, char **argv)
{
    char two[64];
    if (argc < 3 || argv[2][0] == '-') {
        print_overview(stdout);
        return CLI_DONE;
    }
    snprintf(two, sizeof two, "%s %s", argv[2], argc > 3 ? argv[3] : "");
    const struct command *c = argc > 3 ? find_command(two) : find_command(argv[2]);
    if (c) {
        print_help(c);
        return CLI_DONE;
    }
    return print_group(stdout, argv[2]) ? CLI_DONE : unknown_command(argv[2]);
}

int cli_main(int argc, char **argv)
{
    char two[64];
    if (argc < 2) {
        print_overview(stderr);
        return CLI_USAGE;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) return help_for(argc, argv);
    const struct command *c = find_command(strcmp(argv[1], "--version") == 0 ? "version" : argv[1]);
    if (c && !strchr(argv[1], ' ')) return run_command(c, argc, argv, 2);
    snprintf(two, sizeof two, "%s %s", argv[1], argc > 2 ? argv[2] : "");
    if (argc > 2 && (c = find_command(two))) return run_command(c, argc, argv, 3);
    bool asked = argc > 2 && wants_help(argc, argv, 2);
    if (argc <= 2 || asked || argv[2][0] == '-') {
        if (print_group(asked ? stdout : stderr, argv[1])) return asked ? CLI_DONE : CLI_USAGE;
        return unknown_command(argv[1]);
    }
    return unknown_command(list_commands(NULL, module_commands, argv[1]) ? two : argv[1]);
}

/* ---- options of a command ---------------------------------------------------------------------------------------------------- */

const char *cli_value(const struct cli *cli, const char *option)
{
    for (const struct cli_option *o = cli->command->options; o && o->name; o++)
        if (strcmp(o->name, option) == 0) return cli->values[o - cli->command->options];
    ASSERT(false && "an option must stand in the command's table");
    return NULL;
}

bool cli_flag(const struct cli *cli, const char *option) { return cli_value(cli, option) != NULL; }

bool cli_number(const struct cli *cli, const char *option, int64_t min, int64_t max, int64_t otherwise, int64_t *out)
{
    const char *text = cli_value(cli, option);
    char *end = NULL;
    *out = otherwise;
    if (!text) return true;
    errno = 0;
    long long n = strtoll(text, &end, 10);
    if (!*text || *end || errno || n < min || n > max) {
        cli_refuse(cli, "%s must be a whole number from %lld to %lld", option, (long long)min, (long long)max);
        return false;
    }
    *out = n;
    return true;
}

/* ---- settings ------------------------------------------------------------------------------------------------------------------ */

const char *cli_file(const char *name, char out[4096])
{
    snprintf(out, 4096, "%s/%s", settings.data, name);
    return out;
}

/* Where the settings file is follows from the folder, and the folder may be named by option, environment or nobody. */
bool cli_settings_read(const struct cli *cli, struct buf *err)
{
    char file[4096];
    const char *data = cli->data ? cli->data : getenv("CLINICD_DATA");
    if (cli->data && setenv("CLINICD_DATA", cli->data, 1) != 0) {
        buf_puts(err, "no memory\n");
        return false;
    }
    if (cli->config && access(cli->config, R_OK) != 0) {
        buf_printf(err, "%s cannot be read: %s\n", cli->config, strerror(errno));
        return false;
    }
    snprintf(file, sizeof file, "%s/clinicd.conf", str_empty(data) ? "./data" : data);
    return settings_load(cli->config ? cli->config : file, err);
}

bool cli_settings(const struct cli *cli)
{
    CLEANUP(buf_free) struct buf err = { 0 };
    buf_init(&err, ERRORS_MAX);
    bool ok = cli_settings_read(cli, &err);
    if (!ok) {
        cli_fail(cli, "the settings are wrong:");
        for (const char *line = buf_str(&err); *line;) {
            size_t n = strcspn(line, "\n");
            fprintf(stderr, "  %.*s\n", (int)n, line);
            line += n + (line[n] == '\n');
        }
        return false;
    }
    log_set_level((enum log_level)settings.log_level);
    return true;
}

/* ---- the database ---------------------------------------------------------------------------------------------------------------- */

bool cli_db_open(const struct cli *cli, unsigned flags, struct cli_db *out)
{
    char err[1024] = "";
    *out = (struct cli_db){ 0 };
    if (!cli_settings(cli)) return false;
    if (settings.log_level < LOG_WARN) log_set_level(LOG_WARN);
    if (!start_key(err, sizeof err) || start_database(&out->db, 2, NULL, flags, err, sizeof err) != RC_OK) {
        cli_fail(cli, "%s", err);
        return false;
    }
    out->tdb = tdb_open(out->db);
    out->arena = arena_new(CLI_ARENA_BYTES);
    if (out->tdb && out->arena) return true;
    cli_db_close(out);
    cli_fail(cli, "no memory or no connection to the database");
    return false;
}

void cli_db_close(struct cli_db *d)
{
    tdb_close(d->tdb);
    arena_free(d->arena);
    db_close(d->db);
    *d = (struct cli_db){ 0 };
}

struct tdb *cli_db_begin(struct cli_db *d, struct id tenant)
{
    arena_reset(d->arena);
    tdb_begin(d->tdb, d->arena, tenant);
    return d->tdb;
}

/* ---- passwords --------------------------------------------------------------------------------------------------------------------- */

static bool read_secret(char *line, size_t cap)
{
    struct termios was, quiet;
    bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &was) == 0;
    if (terminal) {
        fputs("Password: ", stderr);
        quiet = was;
        quiet.c_lflag &= (tcflag_t)~ECHO;
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
    }
    bool got = fgets(line, (int)cap, stdin) != NULL;
    if (terminal) {
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
        fputc('\n', stderr);
    }
    if (got) line[strcspn(line, "\r\n")] = 0;
    return got;
}

const char *cli_password(const struct cli *cli, struct arena *arena)
{
    char line[1024] = "";
    const char *given = cli_value(cli, "--password");
    if (given) return arena_strdup(arena, given);
    if (!read_secret(line, sizeof line)) {
        cli_fail(cli, "no password: give one with --password or as a line of standard input");
        return NULL;
    }
    const char *kept = arena_strdup(arena, line);
    explicit_bzero(line, sizeof line);
    return kept;
}
