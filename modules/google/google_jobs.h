/* google_jobs.h - private to the module: the tables of google_jobs.c, for the module's row in google_api.c. */
#pragma once
#include "modules/google/google.h"

extern const struct job_row google_jobs[];
extern const struct schedule_row google_schedules[];
extern const struct watch_row google_watches[];
