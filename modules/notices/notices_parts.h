/* notices_parts.h - private to notices: what its two kinds of mail share, and the jobs of reminders. */
#pragma once
#include "modules/notices/notices.h"
#include "modules/notices/notices_text.h"
#include "modules/tenants/tenants.h"

const char *notices_price(struct arena *, int64_t minor, const char *currency); /* NULL: it costs nothing */
enum rc notices_verify(struct job *); /* notices_account.c */
enum rc notices_proof(struct job *);
enum rc reminders_job_due(struct job *);
enum rc reminders_job_send(struct job *);
enum rc reminders_job_replan(struct job *);
