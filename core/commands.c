/* commands.c - the commands of the program itself: init, serve, migrate, openapi, permissions, doctor, version. */
#include "core/base/folder.h"
#include "core/doctor.h"
#include "core/http/app.h"
#include "core/serve.h"
#include "core/start.h"
#include "core/version.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPENAPI_MAX = 4 * 1024 * 1024, CONF_MAX = 64 * 1024 };

/* ---- init --------------------------------------------------------------------------------------------------------------- */

/* The folder and what leads to it. */
static bool make_folder(const char *path)
{
    char part[4096];
    size_t n = strlen(path);
    if (n >= sizeof part) return false;
    for (size_t i = 1; i <= n; i++) {
        if (path[i] != '/' && path[i] != 0) continue;
        memcpy(part, path, i);
        part[i] = 0;
        if (mkdir(part, 0700) == 0 ? !folder_sync_of(part) : errno != EEXIST) return false;
    }
    struct stat st;
    if (stat(path, &st) != 0) return false;
    if (!S_ISDIR(st.st_mode)) {
        errno = ENOTDIR;
        return false;
    }
    return true;
}

static bool write_file(const char *path, const struct buf *b)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return false;
    bool ok = write(fd, b->data, b->len) == (ssize_t)b->len && fsync(fd) == 0 && folder_sync_of(path);
    int why = errno;
    if (close(fd) != 0) ok = false;
    if (!ok) unlink(path);
    errno = why;
    return ok;
}

static void write_settings(struct buf *b)
{
    buf_puts(b, "# Settings of clinicd. NAME=value; a line that begins with # is a remark. The environment wins over this file.\n"
                "# The value behind each remark is the default.\n");
    for (const struct setting_row *r = setting_rows; r->name; r++) {
        if (strcmp(r->name, "CLINICD_DATA") == 0) continue; /* this file lies in it */
        buf_printf(b, "\n# %s\n#%s=%s\n", r->doc, r->name, r->def);
    }
}

static int init_run(struct cli *cli)
{
    CLEANUP(buf_free) struct buf conf = { 0 };
    char path[4096], err[1024] = "";
    if (!cli_settings(cli)) return CLI_FAILED;
    if (!make_folder(settings.data)) return cli_fail(cli, "%s cannot be made: %s", settings.data, strerror(errno));
    if (chmod(settings.data, 0700) != 0) return cli_fail(cli, "%s cannot be kept from others: %s", settings.data, strerror(errno));
    if (seal_init() != RC_OK) return cli_fail(cli, "the cryptographic library did not start");
    enum rc rc = seal_key_create(cli_file("master.key", path), err, sizeof err);
    if (rc == RC_OK) printf("made %s: keep a copy of it apart from the data; without it sealed fields and links are lost\n", path);
    else if (rc == RC_CONFLICT) printf("%s is there already and stays as it is\n", path);
    else return cli_fail(cli, "%s", err);
    if (rc == RC_CONFLICT && !start_key(err, sizeof err)) return cli_fail(cli, "%s", err);
    buf_init(&conf, CONF_MAX);
    write_settings(&conf);
    if (conf.failed) return cli_fail(cli, "no memory");
    if (write_file(cli_file("clinicd.conf", path), &conf)) printf("made %s: every setting with its default\n", path);
    else if (errno == EEXIST) printf("%s is there already and stays as it is\n", path);
    else return cli_fail(cli, "%s cannot be written: %s", path, strerror(errno));
    return CLI_DONE;
}

/* ---- migrate -------------------------------------------------------------------------------------------------------------- */

static const struct cli_option migrate_options[] = { { "--check", NULL, "Change nothing; exit code 1 when a migration is pending", false }, { 0 } };

static int migrate_run(struct cli *cli)
{
    char err[1024] = "";
    struct db *db = NULL;
    bool check = cli_flag(cli, "--check");
    if (!cli_settings(cli)) return CLI_FAILED;
    if (start_database(&db, 1, NULL, check ? DB_CHECK_ONLY : 0, err, sizeof err) != RC_OK) return cli_fail(cli, "%s", err);
    printf("the %s database is up to date\n", db_engine(db));
    db_close(db);
    return CLI_DONE;
}

/* ---- openapi, permissions, version ------------------------------------------------------------------------------------------ */

static int openapi_run(struct cli *cli)
{
    struct app app = { .version = CLINICD_VERSION };
    CLEANUP(buf_free) struct buf out = { 0 };
    char err[512] = "no memory";
    buf_init(&out, OPENAPI_MAX);
    bool ok = router_compile(&app, start_modules(), err, sizeof err) == RC_OK;
    if (ok) openapi_write(&app, &out);
    router_free(&app);
    if (!ok || out.failed) return cli_fail(cli, "%s", err);
    fwrite(out.data, 1, out.len, stdout);
    putchar('\n');
    return CLI_DONE;
}

static const struct cli_option permissions_options[] = { { "--json", NULL, "JSON instead of a Markdown table", false }, { 0 } };

static void permissions_table(void)
{
    printf("| Permission | Allows |");
    for (int role = 0; role < ROLE_CLIENT; role++) printf(" %s |", role_names[role]);
    printf("\n|---|---|");
    for (int role = 0; role < ROLE_CLIENT; role++) printf("---|");
    putchar('\n');
    for (int i = 0; i < PERM_N; i++) {
        printf("| `%s` | %s |", perm_rows[i].name, perm_rows[i].doc);
        for (int role = 0; role < ROLE_CLIENT; role++) printf(" %s |", perm_rows[i].roles >> role & 1 ? "yes" : "");
        putchar('\n');
    }
}

static void permissions_json(struct buf *out)
{
    struct json j = json_to(out);
    json_arr(&j);
    for (int i = 0; i < PERM_N; i++) {
        json_obj(&j);
        json_kstr(&j, "permission", perm_rows[i].name);
        json_kstr(&j, "allows", perm_rows[i].doc);
        json_key(&j, "roles");
        json_arr(&j);
        for (int role = 0; role < ROLE_N; role++)
            if (perm_rows[i].roles >> role & 1) json_str(&j, role_names[role]);
        json_arr_end(&j);
        json_obj_end(&j);
    }
    json_arr_end(&j);
}

static int permissions_run(struct cli *cli)
{
    CLEANUP(buf_free) struct buf out = { 0 };
    if (!cli_flag(cli, "--json")) {
        permissions_table();
        return CLI_DONE;
    }
    buf_init(&out, CONF_MAX);
    permissions_json(&out);
    if (out.failed) return cli_fail(cli, "no memory");
    puts(buf_str(&out));
    return CLI_DONE;
}

static int version_run(struct cli *cli)
{
    (void)cli;
    puts("clinicd " CLINICD_VERSION);
    return CLI_DONE;
}

/* ---- the table ---------------------------------------------------------------------------------------------------------------- */

const struct command core_commands[] = {
    { "init", "Make the data folder with its key and a settings file",
        "Makes the data folder, readable by its owner only, the master key that seals private fields and signs links (master.key),\n"
        "and clinicd.conf, where every setting stands with its default. What is there already stays as it is: the key is never\n"
        "overwritten. Keep a copy of the key in another place than the backups.",
        "clinicd init --data /var/lib/clinicd", NULL, init_run },
    { "serve", "Run the server",
        "Answers requests until SIGTERM or SIGINT, then finishes what it has begun within ten seconds. Brings the database up to date\n"
        "when it starts. When it is ready it writes one line to standard output; its log, a JSON object a line, goes to standard error.\n"
        "GET /ready says whether it takes requests, GET /live whether it runs.",
        "CLINICD_LISTEN=127.0.0.1:8080 clinicd serve --data /var/lib/clinicd", NULL, serve_run },
    { "migrate", "Bring the database up to date",
        "Applies what the database lacks, each step in a transaction. The server does this by itself when it starts; use the command to\n"
        "do it at a time of your choice, or with --check to see whether there is something to do.",
        "clinicd migrate --check --data /var/lib/clinicd", migrate_options, migrate_run },
    { "openapi", "Print the description of the API (OpenAPI 3.1)",
        "Prints the machine-readable description of the API that this program serves under /api/v1/openapi.json. Needs neither a database\nnor a key.",
        "clinicd openapi > openapi.json", NULL, openapi_run },
    { "permissions", "Print who may do what",
        "Prints the table of permissions and roles the server enforces. What no role has, nobody may do.", "clinicd permissions --json",
        permissions_options, permissions_run },
    { "doctor", "Look for what is wrong with an installation",
        "Checks the data folder and key, the settings, the database, outgoing mail, time zones, disk space and the clock, and prints a line\n"
        "for each: ok, warn or FAIL. Exit code 1 when something fails. It changes nothing.",
        "clinicd doctor --data /var/lib/clinicd", NULL, doctor_run },
    { "version", "Print the version", "Prints the name and version of the program.", "clinicd version", NULL, version_run },
    { 0 },
};
