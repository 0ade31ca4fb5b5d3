/* ledger_seal.c - the chain over the transfers. Nobody who posts waits for it: rows carry their own seal, and this job links what is
 * settled, in its order, a link for at most 256 of them. */
#include "modules/ledger/ledger_jobs.h"
#include <string.h>

enum { LINKS_A_ROUND = 400 };
struct sealing { struct ledger_seal_row row; int64_t now; };

static enum rc seal_tx(struct tx *tx, void *arg)
{
    const struct sealing *s = arg;
    return ledger_seal_insert(tx, &s->row, s->now);
}

static enum rc seal_rows(struct tdb *db, const struct seal_key *key, const struct ledger_seal_row *last, struct list rows, int64_t now)
{
    static _Thread_local struct ledger_link link;
    char ids[LEDGER_LINK_MAX * 16 * 4 / 3 + 4], head[LEDGER_HEAD_TEXT];
    uint8_t raw[LEDGER_LINK_MAX][16];
    link.n = 0;
    for (size_t i = 0; i < rows.n; i++) {
        const struct ledger_transfer *t = &LIST_AT(rows, struct ledger_chain_row, i)->t;
        memcpy(raw[i], t->id.b, 16);
        ledger_link_add(&link, t->id, t->mac);
    }
    const struct ledger_chain_row *end = LIST_AT(rows, struct ledger_chain_row, rows.n - 1);
    base64url_encode(raw, rows.n * 16, ids);
    ledger_link_head(key, last->head, last->n + 1, &link, head);
    struct sealing s = { { last->n + 1, end->xact, end->seq, (int64_t)rows.n, ids, head }, now };
    return db_tx(db, "ledger.seal", seal_tx, &s);
}

enum rc ledger_seal(struct tdb *db, int links_max, int64_t now, int *sealed)
{
    struct seal_key key = seal_key_for(LEDGER_KEY, db_tenant(db));
    struct arena_mark mark = arena_mark(db_arena(db));
    for (*sealed = 0; *sealed < links_max; ++*sealed) {
        struct ledger_seal_row last;
        struct list rows;
        arena_rewind(db_arena(db), mark);
        TRY(ledger_seal_last(db, &last));
        TRY(ledger_chain_rows(db, last.last_xact, last.last_seq, LEDGER_LINK_MAX, &rows));
        if (!rows.n) return RC_OK;
        enum rc rc = seal_rows(db, &key, &last, rows, now);
        if (rc == RC_CONFLICT) return RC_OK; /* another instance is at it */
        TRY(rc);
    }
    return RC_OK;
}

enum rc ledger_seal_all(struct job *job)
{
    struct list tenants;
    struct id after = ledger_id_first;
    do {
        TRY(ledger_unsealed_tenants(job->db, after, &tenants));
        for (size_t i = 0; i < tenants.n; i++) {
            int sealed;
            after = *LIST_AT(tenants, struct id, i);
            struct arena_mark mark = arena_mark(job->arena);
            tdb_set_tenant(job->db, after);
            enum rc rc = ledger_seal(job->db, LINKS_A_ROUND, job->now, &sealed);
            tdb_set_tenant(job->db, ID_NIL);
            arena_rewind(job->arena, mark);
            TRY(rc);
        }
    } while (tenants.n == LEDGER_TENANTS_READ);
    return RC_OK;
}
