/* reminders_plan.h - when a client is reminded. Pure: no database, no clock. README.md tells it in words. */
#pragma once
#include "core/core.h"

enum { REMINDER_RULES_MAX = 6, REMINDER_BEFORE_MAX_MIN = 60 * 24 * 60, REMINDER_RULES_TEXT = 256 };
enum reminder_channel { CHANNEL_EMAIL, CHANNEL_N };
enum reminder_template { TEMPLATE_REMINDER, TEMPLATE_CONFIRM, TEMPLATE_N };
extern const char *const reminder_channel_names[], *const reminder_template_names[];

struct reminder_rule {
    int64_t before_min, late_min;  /* late_min NONE: reminder_late_default */
    int64_t channel, template;
};
/* A quarter of the time before, at least 5 minutes and at most 6 hours: 6 h for a day, 30 min for two hours. */
int64_t reminder_late_default(int64_t before_min);

/* Kept as text, one rule after the other: "1440:360:email:reminder,120:30:email:confirm". Empty: nobody is reminded. */
#define REMINDER_RULES_DEFAULT "1440:360:email:reminder,120:30:email:reminder"
size_t reminder_rules_read(const char *text, struct reminder_rule out[REMINDER_RULES_MAX]);
const char *reminder_rules_write(struct arena *, const struct reminder_rule *, size_t n);

/* Minutes of the client's day in which nothing is sent; the end may be the next morning. Equal: none. */
struct quiet_hours { int64_t start_min, end_min; };
/* The end of the quiet hours that t lies in; t itself when it lies in none. */
int64_t quiet_over(const struct zone *, const struct quiet_hours *, int64_t t);
enum { QUIET_START_DEFAULT = 21 * 60, QUIET_END_DEFAULT = 8 * 60 };

/* Sent when due <= now < until. false: not at all, because now (when the appointment takes its time) it is due already, and
 * whoever books, moves or restores is being told just then. */
bool reminder_when(const struct zone *, const struct quiet_hours *, const struct reminder_rule *, int64_t start, int64_t now, int64_t *due, int64_t *until);
