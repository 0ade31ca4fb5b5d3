/* api_clinic.h - a clinic made through the API, for tests: two providers who work every day from 06:00 to 22:00 UTC, one
 * location in UTC, two chairs, a plain service, one with buffers and one that needs a chair, three clients. */
#pragma once
#include "tests/lib/api.h"

enum { UUID_TEXT = 37 };
#define CLINIC_PASSWORD "correct horse battery"

struct clinic {
    struct who owner; /* a bearer */
    char slug[40], email[80], tenant[UUID_TEXT], location[UUID_TEXT], provider[2][UUID_TEXT], chair[2][UUID_TEXT];
    char plain[UUID_TEXT];    /* 30 minutes, no buffers, both providers */
    char buffered[UUID_TEXT]; /* 30 minutes, 10 before and 15 after, both providers */
    char seated[UUID_TEXT];   /* 30 minutes, needs a chair, both providers */
    char client[3][UUID_TEXT], patient[3][UUID_TEXT];
};

void clinic_make(struct clinic *, const char *slug);
/* Mails of offers go out at once, whatever the hour the test runs at: from 21:00 to 08:00 they would wait. */
void clinic_never_quiet(const struct clinic *);
/* Somebody from outside, each from an address of their own: limits are another test's. */
struct who clinic_visitor(void);
/* A member of that role, signed in with a bearer. */
struct who clinic_member(const struct clinic *, const char *role);
struct who clinic_sign_in(const char *email, const char *tenant, const char *address); /* a bearer */
struct who clinic_browser(const char *email, const char *tenant);                      /* a cookie and its CSRF token */

/* An instant so many days from today, at that time of day, in UTC: "2026-12-01T09:00:00Z", of the thread's text. */
const char *day_time(int days, int hour, int minute);
const char *day_date(int days);
const char *day_month(void); /* the first of this month */
/* The members of a benefit policy whose year begins this month, so that the days to come lie in it, in December too. */
const char *day_benefit_year(void);
/* POST /appointments with provider n, of the client n. */
struct answer *clinic_book(const struct clinic *, const char *service, int provider, int client, const char *start);
/* Pairs of appointments in [from, to) of which a provider, a patient or a chair is in both at once; -1: could not be read.
 * Those that are overbooked are left out. */
int clinic_overlaps(struct conn *, const struct who *, const char *from, const char *to, int *appointments);
void keep_id(char out[UUID_TEXT], const struct answer *, const char *where);
