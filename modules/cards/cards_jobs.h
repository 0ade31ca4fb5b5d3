/* cards_jobs.h - private to the module: what runs after the commit, and by the clock. */
#pragma once
#include "modules/cards/cards_look.h"

enum { CARDS_STUCK_AFTER = 6 /* attempts, after which the clinic is shown that something does not go on */ };

enum rc cards_checkout(struct job *);   /* {"payment_id"} */
enum rc cards_expire(struct job *);     /* {"payment_id"} */
enum rc cards_refund(struct job *);     /* {"refund_id"} */
enum rc cards_event(struct job *);      /* {"event_id"} */
enum rc cards_look(struct job *);       /* {"payment_id"} */
enum rc cards_repair(struct job *);     /* {"difference_id"} */
enum rc cards_reconcile(struct job *);  /* {} */
extern const struct schedule_row cards_schedules[];

extern const struct shape card_difference_shape, card_differences_query_shape, card_dispute_shape;
enum rc cards_list_differences(struct req *);
enum rc cards_post_repair(struct req *);
enum rc cards_post_compare(struct req *);
enum rc cards_list_disputes(struct req *);
extern const struct shape card_checkout_in_shape, card_page_shape;
enum rc cards_post_checkout(struct req *);
enum rc cards_get_page(struct req *);
const char *cards_step_note(struct arena *, const char *currency); /* what is said of an amount that is no whole step (cards.h) */
struct payment cards_new_payment(const struct order *, struct id, int64_t amount, bool live);
MUST_CHECK enum rc cards_begin(struct tx *, struct req *, struct payment *, struct id job); /* its page is made by the job */
/* cards_public.c: where the payer of an order without an appointment comes back to. */
extern const struct shape card_result_shape;
const char *cards_result_url(struct arena *, struct id tenant, struct id order);
enum rc cards_get_result(struct req *);
enum rc cards_post_result(struct req *);

enum rc cards_later(struct job *, const struct look *, enum rc);
enum rc cards_refund_again(struct look *, struct id refund, const char **why);
/* Ends the page people pay on, or finds that it is over. */
enum rc cards_end_page(struct look *, const char *session);
/* A page that is open is looked at a few times, in case nothing tells of it. */
enum rc cards_looks_later(struct job *, const struct payment *);
