/* cards_parts.h - private to the module: its routes and jobs. */
#pragma once
#include "modules/cards/cards.h"

extern const struct shape card_account_shape, card_account_in_shape, card_secret_shape, card_secret_in_shape, card_event_shape, card_events_query_shape, card_received_shape;
enum rc cards_get_settings(struct req *);
enum rc cards_put_settings(struct req *);
enum rc cards_post_secret(struct req *);
enum rc cards_delete_secret(struct req *);
enum rc cards_list_events(struct req *);
enum rc cards_post_webhook(struct req *);

enum card_object { OBJECT_NONE, OBJECT_SESSION, OBJECT_INTENT, OBJECT_CHARGE, OBJECT_REFUND, OBJECT_DISPUTE };
/* What an event of this type is about; OBJECT_NONE: nothing of ours. */
enum card_object cards_object_of(const char *type);
bool cards_plain_id(const char *id); /* as Stripe names things: may stand in a path and between quotes */
