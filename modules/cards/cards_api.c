/* cards_api.c - the routes. */
#include "modules/cards/cards_jobs.h"

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
    { .method = "GET", .path = "/cards/differences", .summary = "Where Stripe and this clinic do not say the same, newest first", .handler = cards_list_differences, .perm = PERM_ORDERS_READ, .ok = 200,
        .query = &card_differences_query_shape, .out = &card_difference_shape, .flags = R_LIST | R_PAGED },
    { .method = "POST", .path = "/cards/differences/{id}/repair", .summary = "Make a difference right", .handler = cards_post_repair, .perm = PERM_REFUNDS_WRITE, .ok = 200, .out = &card_difference_shape,
        .fails = FAILS(RC_STATE), .doc = "A job looks at it in Stripe again: what was paid is settled, a refund made in Stripe is booked here, one that is stuck is asked for again with its own key. Where that"
        " changes nothing it is open again, with a note why." },
    { .method = "POST", .path = "/cards/compare", .summary = "Hold what moved at Stripe in the last days against what moved here, now", .handler = cards_post_compare, .perm = PERM_ORDERS_WRITE, .ok = 204,
        .fails = FAILS(RC_STATE), .doc = "As every night." },
    { .method = "GET", .path = "/cards/disputes", .summary = "Payments that payers' banks took back, the open ones first", .handler = cards_list_disputes, .perm = PERM_ORDERS_READ, .ok = 200,
        .out = &card_dispute_shape, .flags = R_LIST },
    { .method = "POST", .path = "/orders/{id}/checkout", .summary = "A page at Stripe to pay an order by card", .handler = cards_post_checkout, .perm = PERM_ORDERS_WRITE, .ok = 201,
        .in = &card_checkout_in_shape, .out = &card_page_shape, .fails = FAILS(RC_STATE), .flags = R_IDEMPOTENT, .doc = "Its address comes a moment later: GET /payments/{id}/page. One that is open for as much"
        " is the answer again." },
    { .method = "GET", .path = "/payments/{id}/page", .summary = "The page a card payment is made on, and how it stands", .handler = cards_get_page, .perm = PERM_ORDERS_READ, .ok = 200,
        .out = &card_page_shape },
    { .method = "GET", .path = "/public/payments/{token}", .summary = "How an order stands that is paid by card, for its payer", .handler = cards_get_result, .perm = PERM_PUBLIC, .ok = 200,
        .out = &card_result_shape, .fails = FAILS(RC_NOT_FOUND), .rate = RATE_PUBLIC_READ },
    { .method = "POST", .path = "/public/payments/{token}", .summary = "Pay it, or try again", .handler = cards_post_result, .perm = PERM_PUBLIC, .ok = 200, .out = &card_result_shape,
        .fails = FAILS(RC_NOT_FOUND) | FAILS(RC_STATE), .flags = R_NO_CSRF | R_IDEMPOTENT, .rate = RATE_HOLD, .doc = "All that is open. Its page is made in the background: ask until url is there. The one that is"
        " open is kept." },
    { 0 } };

static const struct job_row jobs[] = { { "cards.checkout", "Makes the page at Stripe that a payment is made on", cards_checkout, 8, 60 },
    { "cards.expire", "Ends that page, so that nobody pays for what is over", cards_expire, 12, 60 }, { "cards.refund", "Gives money back by Stripe", cards_refund, 14, 90 },
    { "cards.event", "Looks at what Stripe told of", cards_event, 12, 90 }, { "cards.look", "Looks what became of a payment", cards_look, 8, 60 },
    { "cards.repair", "Makes a difference right", cards_repair, 8, 90 }, { "cards.reconcile", "Holds what moved at Stripe against what moved here", cards_reconcile, 8, 900 }, { 0 } };

const struct module cards_module = { .name = "cards", .doc = "Card payments by Stripe", .platform = true, .routes = routes, .queries = cards_queries, .jobs = jobs,
    .schedules = cards_schedules };
