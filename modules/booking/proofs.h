/* proofs.h - private to booking: an address is proved by a code that was sent to it. Asking looks the same whether the clinic knows the address or not: the same
 * row, the same job, the same answer; only that job looks. What was proved opens who of that address has a wallet, and its part of a booking. */
#pragma once
#include "modules/booking/booking.h"

enum { PROOF_TRIES = 5, PROOF_PERSONS_MAX = 10 };
struct proof_person { struct id client_id; const char *name; };

extern const struct query Q_PROOF_COUNTS, Q_PROOF_INSERT, Q_PROOF_GET, Q_PROOF_WRONG, Q_PROOF_RIGHT, Q_PROOF_PURGE, Q_PROOF_PERSONS;
extern const struct shape proof_ask_shape, proof_asked_shape, proof_confirm_shape, proof_shape;

enum rc proofs_handle_ask(struct req *);
enum rc proofs_handle_confirm(struct req *);
/* The address of a proof that holds in the clinic that was entered. RC_INVALID names the field. */
MUST_CHECK enum rc proofs_open(struct req *, const char *field, const char *token, const char **email);
/* Who of that address has a wallet: of struct proof_person, by name. None where more share the address than a family has people: then it proves nothing. */
MUST_CHECK enum rc proofs_persons(struct tdb *, const char *email, struct list *out);
enum rc proofs_sweep(struct job *);
