/* feeds_rules.c - what a feed says of an appointment. What leaves the house this way is read by whoever finds the address: never a
 * telephone number, a mail address or a note; a name only when somebody chose so. */
#include "modules/feeds/feeds.h"
#include <string.h>

/* Bytes of the character that s begins with; s is valid UTF-8. */
static size_t character(const char *s)
{
    unsigned char c = (unsigned char)*s;
    return c < 0x80 ? 1 : c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : 2;
}

const char *feed_initials(struct arena *a, const char *name)
{
    char out[32] = "";
    size_t n = 0;
    bool begins = true;
    for (int letters = 0; name && *name && letters < 3; name += character(name)) {
        bool gap = strchr(" \t-'.,()", *name) != NULL;
        if (begins && !gap) {
            if (n) out[n++] = ' ';
            memcpy(out + n, name, character(name));
            n += character(name);
            out[n++] = '.';
            letters++;
        }
        begins = gap;
    }
    return arena_strndup(a, out, n);
}

static const char *who(struct arena *a, const struct feed *f, const struct feed_item *e)
{
    const char *client = e->client_name, *patient = e->patient_name;
    if (f->detail == FEED_INITIALS) return feed_initials(a, client);
    return patient && client && strcmp(patient, client) != 0 ? arena_printf(a, "%s (%s)", patient, client) : client;
}

const char *feed_summary(struct arena *a, const struct feed *f, const struct feed_item *e, const char *clinic)
{
    if (e->kind == CLAIM_BLOCKED) return f->detail == FEED_FULL && !str_empty(e->reason) ? e->reason : "Busy";
    if (f->kind == FEED_CLIENT) { /* the client's own: whose it is needs no saying */
        if (f->detail == FEED_BUSY) return "Appointment";
        return arena_printf(a, "%s, %s", e->service_name, clinic);
    }
    if (f->detail == FEED_BUSY) return "Busy";
    if (!e->service_name) return "Booked"; /* taken by more than one appointment: a group */
    const char *name = who(a, f, e);
    return str_empty(name) ? e->service_name : arena_printf(a, "%s \xc2\xb7 %s", e->service_name, name);
}
