/* smtp.h - a real SMTP server on loopback for tests (tests/lib/smtp_server.py, Debian's python3-aiosmtpd): every mail it takes is a file. */
#pragma once
#include <sys/types.h>

struct smtp {
    pid_t pid;
    int in, port, taken; /* taken: mails a test has looked at so far, for its own use */
    char folder[160], url[200];
};
struct smtp_secure { const char *certificate, *key, *user, *password; };
/* The folder is made. secure: STARTTLS with that certificate, and a user that must sign in; NULL: neither. */
void smtp_start(struct smtp *, const char *folder, const struct smtp_secure *secure);
void smtp_stop(struct smtp *);
/* The n-th mail (from 1) as it came, of malloc; NULL: there are not so many. */
char *smtp_letter(const struct smtp *, int n);
