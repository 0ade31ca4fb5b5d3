-- The only place where time is taken. starts_at..ends_at is what is taken (buffers included), core_start..core_end what is
-- treated. shared = 1: overbooked on purpose, over somebody's exclusive claim. No claim is longer than 36 hours
-- (longer blocks are several claims), so that a look around a time is bounded.
CREATE TABLE claim (
    tenant_id UUID NOT NULL,
    subject_id UUID NOT NULL,
    starts_at BIGINT NOT NULL,
    owner_id UUID NOT NULL,
    ends_at BIGINT NOT NULL CHECK (ends_at > starts_at AND ends_at - starts_at <= 129600000000),
    core_start BIGINT NOT NULL,
    core_end BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('appointment', 'hold', 'blocked', 'calendar')),
    expires_at BIGINT,
    shared BIGINT NOT NULL CHECK (shared IN (0, 1)),
    PRIMARY KEY (tenant_id, subject_id, starts_at, owner_id),
    CONSTRAINT claim_overlap EXCLUDE USING gist (tenant_id WITH =, subject_id WITH =, int8range(starts_at, ends_at) WITH &&) WHERE (shared = 0)
);
CREATE INDEX claim_by_owner ON claim (tenant_id, owner_id);
CREATE INDEX claim_by_expiry ON claim (expires_at) WHERE expires_at IS NOT NULL;
