/* tenants_prove.c - the daily proofs: of every clinic in turn, and what breaks one is logged. */
#include "modules/tenants/tenants.h"

static enum rc prove_one(struct job *job, const struct proving *p, struct arena *arena, struct id tenant, bool *broken)
{
    const char *breach = NULL;
    arena_reset(arena);
    tdb_begin(job->db, arena, tenant);
    enum rc rc = p->prove(job->db, job->now, &breach);
    tdb_begin(job->db, job->arena, ID_NIL);
    TRY(rc);
    if (!breach) return RC_OK;
    *broken = true;
    LOG(LOG_ERROR, p->event, KID("tenant", tenant), KS("message", breach));
    return RC_OK;
}

enum rc tenants_prove(struct job *job, const struct proving *p)
{
    struct list tenants;
    bool broken = false;
    TRY(tenants_list(job->db, &tenants));
    struct arena *arena = arena_new(p->bytes);
    enum rc rc = arena ? RC_OK : RC_OOM;
    for (size_t i = 0; i < tenants.n && rc == RC_OK; i++) rc = prove_one(job, p, arena, LIST_AT(tenants, struct tenant, i)->id, &broken);
    arena_free(arena);
    return rc == RC_OK && broken ? fault(RC_FAULT, "a clinic does not prove: clinicd verify %s names the row", p->command) : rc;
}
