/* api.h - tests through the front door: starts the real program on a fresh database, talks HTTP to it, and stops it.
 * Every answer of every test is looked at: the envelope, the headers, and whether the OpenAPI document of the running
 * program describes it. What is found there counts when the server stops. */
#pragma once
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the program --------------------------------------------------------------------- */

struct api_options {
    const char *const *env; /* NAME=value of settings, ends with NULL */
    bool demo;              /* `clinicd demo` before the start */
    bool may_fault;         /* fault lines in the log are expected */
};
#define API_DEMO_PASSWORD "demo-password-1"

extern const char *const api_engines[]; /* "sqlite", "postgresql", NULL; CLINICD_TEST_ENGINE leaves one of them */
#define API_EACH_ENGINE(e)                                                                                                                 \
    for (const char *const *e##_at = api_engines, *e; (e = *e##_at) != NULL; e##_at++)                                                     \
        if (api_engine_wanted(e))
bool api_engine_wanted(const char *engine);

/* Ends the test program with a message when the server does not come up. */
void api_start(const char *engine, const struct api_options *);
bool api_stop(void);               /* SIGTERM; true: exit code 0, no fault and no sanitizer report in the log, all answers documented */
bool api_stop_soft(void);          /* the same, but the data stays for api_again() */
void api_kill(void);               /* SIGKILL; the data stays */
void api_signal_stop(void);        /* SIGTERM only; then api_wait */
bool api_wait(int64_t timeout_ms); /* true: ended by itself with exit code 0 */
void api_again(void);              /* starts on the same data */
int api_port(void);
const char *api_data(void); /* the data folder */
bool api_on_sqlite(void);
/* Runs a command of the program on the same data; its exit code. Its output goes to the log. */
int api_command(const char *const *args);
/* Statements past the front door, to let time pass or to make what has no route. */
void api_sql(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool api_sql_refused(const char *sql); /* by a constraint of the database: nothing was changed */
const char *api_sql_id(const char *uuid); /* as a literal of this engine */
/* Whether that text stands in the open: in the server's log, or on SQLite in the files of its database. */
bool api_leaks(const char *text);
int64_t api_now_ms(void);                 /* monotonic */
void api_sleep_ms(int64_t ms);

/* ---- requests --------------------------------------------------------------------- */

/* Who asks: nobody, a bearer, or a browser with a cookie. address: sent as X-Forwarded-For. */
struct who {
    char token[80], cookie[80], csrf[80], address[64];
};
extern const struct who nobody;

struct answer {
    int status; /* 0: no answer */
    char *head, *body;
    size_t len;
    json_t *json; /* NULL: not JSON */
    char method[12], path[512];
    int64_t us;
};
/* A connection that stays open. One thread each. Its last 64 answers can be read. */
struct conn;
struct conn *conn_open(void);
void conn_close(struct conn *);
extern struct conn *api_main; /* the main thread's, opened by api_start */

struct sending {
    const char *method, *path, *body;
    size_t len;
    const char *headers;
    bool no_type;
};
struct answer *api_send(struct conn *, const struct who *, const struct sending *);
/* With conn NULL: the main thread's. body NULL: none. */
struct answer *api_call(struct conn *, const struct who *, const char *method, const char *path, const char *body);
struct answer *api_get(const struct who *, const char *path);
struct answer *api_post(const struct who *, const char *path, const char *body);
struct answer *api_patch(const struct who *, const char *path, const char *body);
struct answer *api_put(const struct who *, const char *path, const char *body);
struct answer *api_delete(const struct who *, const char *path);
/* One more header, "Name: value\r\n". */
struct answer *api_with(const struct who *, const char *method, const char *path, const char *body, const char *headers);

/* Text of the thread's own, valid for the next 500 calls. js: with ' for ". */
const char *at(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
const char *js(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "data.items[0].id"; missing: "" or -1. */
json_t *api_json(const struct answer *, const char *where);
const char *api_str(const struct answer *, const char *where);
int64_t api_int(const struct answer *, const char *where);
size_t api_count(const struct answer *, const char *where);      /* members of the array; 0 when it is none */
const char *api_header(const struct answer *, const char *name); /* NULL: none; valid for the next 64 */
/* Says what came when it is another. code NULL: any. */
bool api_is(const struct answer *, int status, const char *code);
#define EXPECT(answer, status, code) CHECK(api_is((answer), (status), (code)))
#define NEED(answer, status, code) REQUIRE(api_is((answer), (status), (code)))

/* ---- live events --------------------------------------------------------------------- */
struct live;
struct live_event {
    char id[64], topic[64];
    char *data;
}; /* data: until the next event */
struct live *live_open(const struct who *, const char *last_id);
bool live_next(struct live *, int64_t timeout_ms, struct live_event *out); /* comments are passed over */
bool live_wait(struct live *, const char *topic, int64_t timeout_ms, struct live_event *out);
void live_close(struct live *);

/* ---- the description of the API --------------------------------------------------------------------- */
extern json_t *api_document; /* openapi.json of the running program */
/* The operation that answers this request, or NULL. */
json_t *api_operation(const char *method, const char *path);
void api_judge(const struct answer *); /* complains */
void api_complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int api_complaints(void); /* how many so far, then zero */
void api_document_load(void);
void api_document_drop(void);

/* The last test of a program with one engine: the stop, and all that was complained about. */
#define CHECK_STOPPED()                                                                                                                    \
    do {                                                                                                                                   \
        bool ok_ = api_stop();                                                                                                             \
        if (ok_) test_passed++;                                                                                                            \
        else test_failed++;                                                                                                                \
        printf("%s stopped cleanly, every answer as documented\n", ok_ ? "ok  " : "FAIL");                                                 \
        fflush(stdout);                                                                                                                    \
    } while (0)
