/* patients_api.h - handlers and shapes of patients, for the route table in clients_api.c. */
#pragma once
#include "modules/clients/clients.h"

struct patient_query { struct id client_id; };
extern const struct shape patient_new_shape, patient_patch_shape, patient_query_shape;
enum rc check_birth(struct req *, int64_t date); /* RC_INVALID: not yet born */
enum rc patients_handle_list(struct req *);
enum rc patients_handle_get(struct req *);
enum rc patients_handle_create(struct req *);
enum rc patients_handle_update(struct req *);
enum rc patients_handle_archive(struct req *);
enum rc patients_handle_restore(struct req *);
