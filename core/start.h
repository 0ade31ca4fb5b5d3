/* start.h - what serve and the other commands share on the way to a running program: modules gathered, database opened. */
#pragma once
#include "core/cli.h"

enum { MODULES_MAX = 40 };
const struct module *const *start_modules(void);   /* the kernel's first, then modules[]; ends with NULL */
const struct query_set *start_queries(void);       /* ends with a NULL module */
const struct job_row *const *start_jobs(void);     /* end with NULL */
const struct schedule_row *const *start_schedules(void);
const char *start_database_url(char out[4200]);
struct mail_config start_mail(char folder[4096]);
/* seal_init and <data>/master.key. false: err says what to do. */
bool start_key(char *err, size_t err_len);
enum rc start_database(struct db **, int readers_max, void (*on_wake)(unsigned bits), unsigned flags, char *err, size_t err_len);
