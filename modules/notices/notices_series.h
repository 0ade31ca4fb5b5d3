/* notices_series.h - private to notices: mails about appointments that repeat. */
#pragma once
#include "modules/notices/notices.h"

enum rc notices_series(struct job *); /* the job "notices.series" */
/* An event of one appointment as the one of its series that it is. */
enum rc notices_member_event(struct job *, const struct appointment *, struct ics_event *, struct series_file *);
