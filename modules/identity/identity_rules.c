/* identity_rules.c - decisions without I/O. */
#include "modules/identity/identity.h"

struct login_failure identity_next_failure(struct login_failure f, int64_t now)
{
    const int64_t window = 15 * USEC_PER_MIN, longest = 15 * USEC_PER_MIN, free_tries = 5;
    if (f.failures == 0 || now - f.since > window) f = (struct login_failure){ 0, now, 0 };
    f.failures++;
    if (f.failures >= free_tries) {
        int64_t doublings = f.failures - free_tries, wait = doublings > 8 ? longest : 5 * USEC_PER_SEC << doublings;
        f.blocked_until = now + (wait < longest ? wait : longest);
        f.since = now; /* the window counts from the last failure while it is blocked */
    }
    return f;
}
