/* standin.h - a stand-in for somebody else's service beside the program under test: started, steered and asked by HTTP on loopback. One at a time. */
#pragma once
#include "tests/lib/api.h"

#define STANDIN_GOOGLE "tests/lib/google_standin.py"
#define STANDIN_STRIPE "tests/lib/stripe/standin.mjs"
void standin_start(const char *script);
void standin_stop(void);
int standin_port(void);
/* A request of ours to it; its JSON (decref it), NULL: none. */
json_t *standin_call(const char *method, const char *path, const char *body);
void standin_steer(const char *what, const char *body); /* POST /_/what */
json_t *standin_state(void);                            /* decref it */
int64_t standin_count(const char *what);                /* "insert", "patch", "list" ... since the start or "clear" */
