/* google_call.h - private to the module: one worker's talk with Google about one link. */
#pragma once
#include "modules/google/google.h"

enum { LEASE_S = 120, BUDGET_S = 30, TOKEN_EARLY_S = 60, CURSOR_MAX = 4100, ERROR_MAX = 200 };

struct talk {
    struct job *job;
    struct google_link link;
    const char *clinic;
    char owner[ID_TEXT];
    char access[GOOGLE_TOKEN_MAX], refresh[GOOGLE_TOKEN_MAX]; /* open; "" none */
    char error[ERROR_MAX];          /* of the last RC_BUSY or RC_UNAUTHENTICATED */
    int64_t retry_after_s;
    struct { bool active, full, again; char page[CURSOR_MAX], sync[CURSOR_MAX]; int64_t from; int pages; } pull;
};

/* One request to the Calendar API. RC_OK: Google said something definite (see the status). RC_BUSY: later. RC_UNAUTHENTICATED: the access was
 * taken back. path: below the API's address. */
enum rc google_ask(struct talk *, const char *method, const char *path, const char *if_match, const char *body, struct out_answer *);
/* An access token that lasts; exchanges the code first, when there is one. Outcomes as above, RC_CONFLICT: the link is another's. */
enum rc google_authorize(struct talk *);
enum rc google_refresh(struct talk *);
enum rc google_later(struct talk *, const char *error); /* RC_BUSY with a sentence */
/* One transaction for a worker. */
typedef enum rc talk_fn(struct tx *, struct talk *, const void *arg);
enum rc google_commit(struct talk *t, const char *name, talk_fn *fn, const void *arg);

enum rc google_push(struct talk *, bool *any);    /* a batch of our appointments */
enum rc google_pull(struct talk *);               /* a page of their events; talk.pull.active until it was the last one */
enum rc google_channel(struct talk *);            /* asks to be told of changes */
