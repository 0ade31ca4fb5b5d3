/* clients_search.h - the words a client is found by. Pure: no database. */
#pragma once
#include "modules/clients/clients.h"

enum { SEARCH_WORDS_MAX = 3 };

/* The digits of a number as typed; "" for NULL. */
const char *client_digits(struct arena *, const char *phone);
/* At most TERMS_PER_CLIENT_MAX different terms (const char *) of at most SEARCH_TERM_MAX bytes. folded: by text_fold. */
struct list client_terms(struct arena *, const char *name_folded, const char *email, const char *digits);
/* The words to look for, longest first; none is a prefix of another. Returns how many. */
size_t client_words(struct arena *, const char *q, const char *out[SEARCH_WORDS_MAX]);
/* The first text, by bytes, after all texts that begin with prefix. */
const char *client_bound(struct arena *, const char *prefix);
