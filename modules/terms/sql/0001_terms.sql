-- What goes back when a booking that was paid is cancelled. scope_id: the clinic's own id, or a service. terms: JSON, see terms.h.
CREATE TABLE cancel_terms (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    scope_id UUID NOT NULL,
    terms TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, scope_id)
);
