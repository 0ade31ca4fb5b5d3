/* links.h - private to booking: links that open services to whoever holds them, for so many bookings. */
#pragma once
#include "modules/booking/booking.h"

enum { LINK_SERVICES_MAX = 20 };
enum link_state { LINK_ACTIVE, LINK_USED, LINK_EXPIRED, LINK_REVOKED };
extern const char *const link_state_names[];

struct booking_link {
    struct id id, provider_id, client_id;
    const char *client_name, *provider_name, *note, *created_by, *token, *url;
    int64_t expires_at, max_uses, uses, revoked_at, created_at, version, state;
    struct list service_ids;
};
extern const struct query Q_LINK_INSERT, Q_LINK_SERVICE_INSERT, Q_LINK_GET, Q_LINK_SERVICES, Q_LINK_LIST, Q_LINK_COUNT, Q_LINK_REVOKE, Q_LINK_USE;
extern const struct shape booking_link_shape, booking_link_new_shape, links_query_shape;

MUST_CHECK enum rc links_get(struct tdb *, struct id, int64_t now, struct booking_link *out);
/* One use more, in the booking's commit. RC_STATE: used up, expired or revoked by now. */
MUST_CHECK enum rc links_use(struct tx *, struct id, int64_t now);
/* RC_OK for an active one; RC_STATE says in words why it is none. */
MUST_CHECK enum rc links_check(struct req *, const struct booking_link *);
bool links_allows(const struct booking_link *, struct id service);

enum rc links_handle_list(struct req *);
enum rc links_handle_create(struct req *);
enum rc links_handle_revoke(struct req *);
