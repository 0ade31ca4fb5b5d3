/* api_mail.h - the mail the program under test has written to its folder. */
#pragma once
#include "tests/lib/api.h"

struct letter {
    char *text, *calendar;
}; /* as it stands in the file; the decoded invitation or NULL. letter_free */
/* The letter "<name>@clinicd.eml", such as "<appointment>.booked.0", waited for. false: it did not come. */
bool letter_wait(const char *name, int64_t timeout_ms, struct letter *out);
void letter_free(struct letter *);
/* What stands behind the first "<before>" of the letter, as far as it is a token: "/b/" -> the token of the link. false: none. */
bool letter_token(const struct letter *, const char *before, char out[120]);
/* A line of the calendar, without its name: "SEQUENCE" -> "1". "" when there is none. Of the thread's text. */
const char *letter_line(const struct letter *, const char *name);
int letters_beginning(const char *prefix); /* how many files */
