/* in_process.h - a route asked without a socket: the pipeline of the program, in the test's own process. */
#pragma once
#include "core/http/app.h"

/* Its status. where: behind /api/v1, with its query; token: of a session, "" for nobody; what was answered is cut to cap. */
int in_process_call(struct app *, struct worker *, const char *token, const char *method, const char *where, const char *body, char *answer, size_t cap);
