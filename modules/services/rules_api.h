/* rules_api.h - private to services: what a service asks, and the shares of its providers. */
#pragma once
#include "modules/services/services.h"

extern const struct shape questions_body_shape, questions_out_shape, shares_body_shape, shares_out_shape;
enum rc rules_handle_questions(struct req *);
enum rc rules_handle_questions_put(struct req *);
enum rc rules_handle_shares(struct req *);
enum rc rules_handle_shares_put(struct req *);
