/* providers_api.h - handlers and shapes of providers, for the route table in services_api.c. */
#pragma once
#include "modules/services/services.h"

struct list_query { bool archived; int64_t page, limit; };
extern const struct shape provider_new_shape;
enum rc providers_handle_list(struct req *);
enum rc providers_handle_get(struct req *);
enum rc providers_handle_create(struct req *);
enum rc providers_handle_archive(struct req *);
enum rc providers_handle_hours(struct req *);
