/* cards_api.c - the routes. */
#include "modules/cards/cards_parts.h"

static const struct route routes[] = {
    { .method = "GET", .path = "/cards/settings", .summary = "How card payments are set up; no key is ever shown", .handler = cards_get_settings, .perm = PERM_SETTINGS_READ, .ok = 200,
        .out = &card_account_shape },
    { .method = "PUT", .path = "/cards/settings", .summary = "Set up card payments: the clinic's key at Stripe", .handler = cards_put_settings, .perm = PERM_SETTINGS_WRITE, .ok = 200,
        .in = &card_account_in_shape, .out = &card_account_shape, .fails = FAILS(RC_STALE) | FAILS(RC_CONFLICT), .doc = "The key is sealed under the clinic's own key and never shown again." },
    { .method = "POST", .path = "/cards/webhook-secrets", .summary = "Add a signing secret of the webhook", .handler = cards_post_secret, .perm = PERM_SETTINGS_WRITE, .ok = 201,
        .in = &card_secret_in_shape, .out = &card_secret_shape, .fails = FAILS(RC_STATE), .doc = "Several are good at once, so that one can be exchanged for another without a gap." },
    { .method = "DELETE", .path = "/cards/webhook-secrets/{id}", .summary = "Remove a signing secret of the webhook", .handler = cards_delete_secret, .perm = PERM_SETTINGS_WRITE, .ok = 204 },
    { .method = "GET", .path = "/cards/events", .summary = "What Stripe told, newest first, and what became of it", .handler = cards_list_events, .perm = PERM_ORDERS_READ, .ok = 200,
        .query = &card_events_query_shape, .out = &card_event_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/cards/webhook/{id}", .summary = "Where Stripe tells of events; {id} is the clinic's", .handler = cards_post_webhook, .perm = PERM_PUBLIC, .ok = 200,
        .out = &card_received_shape, .flags = R_NO_CSRF | R_RAW, .rate = RATE_WEBHOOK, .body_max = CARDS_BODY_MAX,
        .doc = "The body is signed (Stripe-Signature). Answered 200 once it is on disk, also the second time; 400 when the signature, its time or the mode does not fit." },
    { 0 } };

const struct module cards_module = { .name = "cards", .doc = "Card payments by Stripe", .platform = true, .routes = routes, .queries = cards_queries };
