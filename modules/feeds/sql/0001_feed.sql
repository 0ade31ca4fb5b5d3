-- A secret address that shows one subject's calendar. Only the hash of its token is kept; revoked is deleted.
CREATE TABLE feed (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('provider', 'resource', 'client')),
    subject_id UUID NOT NULL,
    detail TEXT NOT NULL CHECK (detail IN ('busy', 'initials', 'full')),
    token_hash TEXT NOT NULL UNIQUE,
    created_by UUID,
    created_at BIGINT NOT NULL,
    rotated_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX feed_by_subject ON feed (tenant_id, subject_id);
