/* core.h - everything a module may use. A module includes this, its own header and the headers of modules that
 * stand before it in modules.c; nothing else: no sqlite3.h, no libpq-fe.h, no microhttpd.h (the build checks). */
#pragma once
#include "core/base/base.h"
#include "core/base/money.h"
#include "core/base/outcome.h"
#include "core/base/shape.h"
#include "core/db/db.h"
#include "core/jobs/jobs.h"
#include "core/out/http.h"
#include "core/out/mail.h"
#include "core/out/paper.h"
#include "core/perms.h"
#include "core/seal/seal.h"
#include "core/settings.h"

/* ---- Who asks ------------------------------------------------------------------------------------------------ */
enum actor_kind { ACTOR_ANONYMOUS, ACTOR_MEMBER, ACTOR_CLIENT, ACTOR_SYSTEM };
struct actor {
    enum actor_kind kind;
    struct id tenant, member, account, session; /* nil where it does not apply */
    int64_t role;                               /* enum role */
    uint64_t perms;                             /* PERM_ bits */
    const char *name;
    const char *session_token_hash;             /* hex; for the CSRF token and for log out; NULL for API keys */
    bool by_cookie;
    const char *time_zone;                      /* the clinic's; NULL: nobody is signed in */
};

/* ---- Requests -------------------------------------------------------------------------------------------------- */
struct req {
    struct arena *arena;
    struct tdb *db;               /* locked to the caller's tenant by authentication; public routes: see req_enter */
    const struct actor *who;
    const void *in;               /* the body, validated, of route->in's type; NULL when the route takes none */
    const void *query;            /* the query string, validated, of route->query's type */
    struct id path_id;            /* the {id} in the path */
    const char *path_text;        /* the {slug} or {token} in the path */
    int64_t if_match;             /* version from If-Match, NONE when absent */
    int64_t now;                  /* instant the request arrived: the only clock a handler has */
    const char *request_id, *address, *user_agent;
    const char *network;          /* what limits count by: the address, or its /64 */
    bool secure;                  /* came by https, as far as the trusted proxy says */
};

/* Input that a shape cannot judge: collects one problem per field; then return req_invalid(r). */
void req_field_error(struct req *, const char *field, const char *problem);
bool req_has_errors(const struct req *);
/* RC_INVALID when a field error was collected, else RC_OK. */
MUST_CHECK enum rc req_invalid(struct req *);
/* Any outcome with its own sentence for people, and details (JSON text from the arena) or NULL. Returns rc. */
enum rc req_fail(struct req *, enum rc rc, const char *sentence, const char *details);
const char *req_details(const struct req *); /* what the last of them said; NULL: nothing */
/* A public route that found its tenant by slug or signed link goes on inside it. */
MUST_CHECK enum rc req_enter(struct req *, struct id tenant);

/* Answers. They encode at once into the response; inside a transaction they may run twice (the last one counts).
 * Where an Idempotency-Key was sent, the answer that stands when the transaction function returns RC_OK is
 * stored in the same commit: so write handlers reply inside it. */
MUST_CHECK enum rc reply(struct req *, const void *value);                  /* route->out; ETag from version when set */
struct page { int64_t page, limit, total; const char *next; };             /* page, total NONE: by cursor, not counted; next: req_cursor */
MUST_CHECK enum rc reply_list(struct req *, struct list, const struct page *); /* route->out per item; page NULL: no pagination */
MUST_CHECK enum rc reply_slice(struct req *, struct list all, int64_t page, int64_t limit); /* a short list that was read whole */
MUST_CHECK enum rc reply_empty(struct req *);                               /* 204 */
void reply_version(struct req *, int64_t version);                          /* ETag: "version" */
void reply_header(struct req *, const char *name, const char *value);       /* at most 8; value from the arena or static */
void reply_cookie(struct req *, const char *value, int64_t max_age_s);      /* the session cookie; value "" deletes it */
/* Another type than JSON (a calendar file); text from the arena; file: name for Content-Disposition, or NULL. */
MUST_CHECK enum rc reply_text(struct req *, const char *type, const char *text, const char *file);
/* The same for what is long: the answer's own buffer, empty, to be written into (it latches what does not fit). */
struct buf *reply_body(struct req *, const char *type);
/* R_REDIRECT: sends a browser on to an address of ours. */
MUST_CHECK enum rc reply_redirect(struct req *, const char *to);
/* Says what the answer would be (ETag with its quotes, Last-Modified; NONE: unknown). true: the caller has that one
 * already; it need not be made: answer with an empty body, it becomes a 304. */
bool req_not_modified(struct req *, const char *etag, int64_t modified);
/* A header of the request, for protocols that speak in headers; NULL when absent. */
const char *req_header(const struct req *, const char *name);
/* R_RAW: the body as it came, NUL-terminated behind *len. */
const char *req_body(const struct req *, size_t *len);
/* A JSON object that somebody else's server wrote, by a shape that is .loose. RC_INVALID: not JSON, or a member is of another
 * type than the shape's; RC_OOM. The result lives in the arena. */
MUST_CHECK enum rc shape_read_foreign(struct arena *, const struct shape *, const char *body, size_t len, void **out);

/* ---- Writes ---------------------------------------------------------------------------------------------------- */
/* db_tx with the request's idempotency and the retry of RC_RETRY. */
MUST_CHECK enum rc req_tx(struct req *, const char *name, tx_fn *fn, void *arg);
/* What a job or a schedule does by the rules that hold for people: a request nobody sent. actor: its name in the audit log;
 * perms: what it may. It cannot reply. NULL: no memory. */
struct req *req_of_program(struct arena *, struct tdb *, int64_t now, const char *actor, uint64_t perms);
/* A route, asked by a command on behalf of somebody at some time: input, permission and answer are those of the route; no session, limits, query string
 * or Idempotency-Key. The handle is in that one's tenant. *answer: the envelope, also of a refusal. RC_NOT_FOUND also when there is no such route. */
struct ask { const struct actor *who; int64_t now; const char *method, *path /* as declared: "/orders/{id}/invoice" */; struct id id; const char *body; /* JSON, or NULL */ };
MUST_CHECK enum rc req_ask(struct arena *, struct tdb *, const struct ask *, const char **answer);

/* One audit row in the same commit. changes: from shape_diff, or any JSON object text, or NULL. ids are made by
 * the kernel from audit_id (made outside the transaction with id_new()). */
struct audit_entry { struct id id; const char *action /* "client.update" */, *entity; struct id entity_id; const char *changes; bool warning; };
MUST_CHECK enum rc tx_audit(struct tx *, const struct req *, const struct audit_entry *);
/* The same for jobs and commands, which have no request. actor: "system", "demo", ... */
MUST_CHECK enum rc tx_audit_system(struct tx *, const char *actor, int64_t now, const struct audit_entry *);

/* An event for live screens, in the same commit: topic "appointment.changed", the row's id and version.
 * detail: small JSON object text with ids and instants only (no personal data), or NULL. */
MUST_CHECK enum rc tx_event(struct tx *, const char *topic, struct id entity, int64_t version, int64_t now, const char *detail);

/* Both at once: the audit row `action` and the event `topic` for one changed row. */
struct change {
    struct id audit_id;           /* made outside the transaction */
    const char *action, *topic;   /* "client.update", "client.changed"; topic NULL: no event */
    const char *entity;           /* "client" */
    struct id id;
    int64_t version;
    const char *changes, *detail; /* as for tx_audit and tx_event */
    bool warning;
};
MUST_CHECK enum rc tx_change(struct tx *, const struct req *, const struct change *);

/* Optimistic concurrency. req_version: RC_STALE when If-Match was sent and names another version. req_lost: what a
 * failed UPDATE ... AND version = $n means: RC_STALE with If-Match, else RC_RETRY (read again and try again). */
MUST_CHECK enum rc req_version(const struct req *, int64_t current);
enum rc req_lost(const struct req *);

/* Lists with pages: a query struct with int64_t page, limit; F_PAGING(struct x) among its fields. */
#define F_PAGING(T) \
    F_INT(T, page, .min = 1, .max = 100000, .def = 1, .doc = "Page, from 1"), \
    F_INT(T, limit, .min = 1, .max = PAGE_LIMIT_MAX, .def = PAGE_LIMIT_DEFAULT, .doc = "Rows a page")
#define F_PAGING_WIDE(T) /* lists of settings: as many as fit into one page, unless told otherwise */ \
    F_INT(T, page, .min = 1, .max = 100000, .def = 1, .doc = "Page, from 1"), \
    F_INT(T, limit, .min = 1, .max = 500, .def = 500, .doc = "Rows a page")

/* Long lists also go on behind a row: its sort key and id are a place that stays right while rows come and go. A query
 * struct with page, limit and const char *cursor. order: names list and order ("clients.name"); a cursor of another is
 * refused. No cursor: out->id is nil. req_cursor: for page.next, of the last row; NULL when there is no such place. */
#define F_PAGING_CURSOR(T) F_PAGING(T), \
    F_STR(T, cursor, .max = 1600, .doc = "Go on behind this place (next_cursor of the answer before) instead of counting pages; nothing comes twice or is missed while others write")
struct position { const char *text; int64_t number; struct id id; };
MUST_CHECK enum rc req_position(struct req *, const char *cursor, const char *order, struct position *out);
const char *req_cursor(const struct req *, const char *order, const struct position *);

/* ---- What a module declares -------------------------------------------------------------------------------------- */
enum { PAGE_LIMIT_MAX = 200, PAGE_LIMIT_DEFAULT = 50 };
enum route_flags {
    R_IDEMPOTENT = 1,   /* POST that creates money or bookings: honours Idempotency-Key */
    R_HASHES = 2,       /* hashes a password: runs on the bounded hash pool */
    R_PAGED = 4,        /* the answer has meta.pagination */
    R_LIST = 8,         /* data is an array of route->out */
    R_STREAM = 16,      /* server-sent events */
    R_NO_CSRF = 32,     /* public POST without a cookie session (login, register, public booking) */
    R_CALENDAR = 64,    /* answers text/calendar (reply_text, reply_body) instead of JSON */
    R_REDIRECT = 128,   /* a browser's way back from somebody else's page: 303 (reply_redirect) */
    R_CSV = 512,        /* answers text/csv (reply_body) instead of JSON */
    R_RAW = 1024,       /* takes any body up to body_max as it is (req_body), for protocols that sign what they send */
    R_PDF = 2048,       /* answers application/pdf (reply_body) instead of JSON */
    R_ONE_CLICK = 256,  /* also answers POST /u/{token}; takes any body and does not look at it (RFC 8058) */
};
enum rate_class { RATE_DEFAULT, RATE_LOGIN, RATE_REGISTER, RATE_BOOKING, RATE_HOLD, RATE_PUBLIC_READ, RATE_WEBHOOK, RATE_N };
struct route {
    const char *method, *path, *summary; /* path below /api/v1, e.g. "/clients/{id}" */
    enum rc (*handler)(struct req *);
    uint64_t perm;                       /* PERM_UNSET is refused at start; PERM_PUBLIC and PERM_SIGNED_IN say so */
    int ok;                              /* 200, 201 or 204 */
    const struct shape *in, *query, *out;
    unsigned fails;                      /* documented outcomes besides those the pipeline gives by itself */
    unsigned flags;
    enum rate_class rate;
    size_t body_max;                     /* bytes; 0 = 64 KiB */
    const char *doc;                     /* a paragraph more, or NULL */
};
/* Who wants to know of events, whoever causes them: run inside the transaction that writes one, after its rows were written. Only
 * writes (no reading), no new ids: on PostgreSQL they travel in the same pipeline. */
struct watch_row {
    const char *topic;                   /* prefix, such as "appointment." */
    enum rc (*run)(struct tx *, struct id entity, int64_t version, int64_t now);
};
struct module {
    const char *name, *doc;
    bool platform;                       /* may have statements without a tenant */
    const struct route *routes;          /* ends with a NULL method */
    const struct query *const *queries;  /* ends with NULL; every statement the module can run */
    const struct job_row *jobs;          /* ends with a NULL kind */
    const struct schedule_row *schedules;/* ends with a NULL name */
    const struct watch_row *watches;     /* ends with a NULL topic */
    enum rc (*doctor)(struct tdb *, int64_t now, struct buf *line); /* for clinicd doctor: a line when there is something to look at; platform statements */
    /* One module (identity) answers who a token is. RC_UNAUTHENTICATED: unknown or expired. */
    enum rc (*authenticate)(struct req *, const char *token, bool by_cookie, struct actor *out);
};
extern const struct module *const modules[]; /* modules.c; ends with NULL; order = dependency order */
