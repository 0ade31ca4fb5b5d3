/* clients_rows.h - private: a row of client as clients_store.c and clients_find.c read it. */
#pragma once
#include "modules/clients/clients.h"

#define CLIENT_COLUMNS "c.id, c.name, c.email, c.phone, c.status, c.source, c.notes, c.date_of_birth, c.address, c.time_zone, c.locale, c.visits," \
    " c.no_shows, c.cancellations, c.last_visit_at, c.next_visit_at, c.deleted_at, c.purged_at, c.version, c.created_at, c.updated_at"
extern const struct shape client_row_shape;
/* What the columns do not say by themselves: .stats and .deleted. */
MUST_CHECK enum rc client_complete(struct tdb *, struct client *);

#define PATIENT_COLUMNS "id, client_id, kind, name, date_of_birth, sex, species, breed, chip, notes, archived, version"

/* clients_find.c; they stand in the module's table like all others. */
enum { FIND_WORDS = 3 };
extern const struct query client_list_live[SORT_N], client_list_behind[SORT_N], client_list_found[FIND_WORDS], client_count_found[FIND_WORDS], client_list_deleted,
    client_count_live, client_count_deleted, client_count_word;
#define CLIENT_FIND_QUERIES &client_list_live[0], &client_list_live[1], &client_list_live[2], &client_list_live[3], &client_list_live[4], \
    &client_list_live[5], &client_list_behind[0], &client_list_behind[1], &client_list_behind[2], &client_list_behind[3], \
    &client_list_behind[4], &client_list_behind[5], &client_list_found[0], &client_list_found[1], &client_list_found[2], &client_count_found[0], &client_count_found[1], \
    &client_count_found[2], &client_list_deleted, &client_count_live, &client_count_deleted, &client_count_word
