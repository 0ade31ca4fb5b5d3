-- The kernel's own tables: jobs, events for live screens, stored answers, the audit log.
CREATE TABLE job (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    payload TEXT NOT NULL,
    state BIGINT NOT NULL CHECK (state BETWEEN 0 AND 3), -- 0 ready, 1 running, 2 done, 3 dead
    run_at BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    lease_until BIGINT,
    lease_owner TEXT,
    last_error TEXT,
    created_at BIGINT NOT NULL,
    finished_at BIGINT,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, kind, key)
);
CREATE INDEX job_due ON job (tenant_id, run_at) WHERE state = 0;
CREATE INDEX job_next ON job (run_at) WHERE state = 0;
CREATE INDEX job_leased ON job (lease_until) WHERE state = 1;
CREATE INDEX job_finished ON job (finished_at) WHERE state = 2;
CREATE TABLE schedule_tick (
    name TEXT NOT NULL PRIMARY KEY,
    next_at BIGINT NOT NULL
);
CREATE TABLE idempotency (
    tenant_id UUID NOT NULL,
    key TEXT NOT NULL,
    hash TEXT NOT NULL,
    status BIGINT NOT NULL,
    body TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, key)
);
CREATE TABLE audit (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    at BIGINT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id UUID,
    actor_name TEXT NOT NULL,
    action TEXT NOT NULL,
    entity TEXT NOT NULL,
    entity_id UUID,
    changes TEXT,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    request_id TEXT NOT NULL,
    warning BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_by_entity ON audit (tenant_id, entity_id, id);
CREATE INDEX audit_by_actor ON audit (tenant_id, actor_id, id);
