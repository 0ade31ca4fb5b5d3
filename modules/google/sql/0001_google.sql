-- A provider's Google calendar. Tokens and the code are sealed (base64url); lease_* lets one worker at a time speak for it.
CREATE TABLE google_link (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    provider_id UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('connecting', 'connected', 'needs_reconnect')),
    detail TEXT NOT NULL CHECK (detail IN ('busy', 'initials', 'full')),
    account TEXT,
    zone TEXT,
    code TEXT,
    verifier TEXT,
    access_token TEXT,
    refresh_token TEXT,
    token_expires_at BIGINT NOT NULL,
    sync_token TEXT,
    generation BIGINT NOT NULL,
    full_at BIGINT NOT NULL,
    pull_at BIGINT NOT NULL,
    not_before BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    last_error TEXT,
    last_sync_at BIGINT,
    lease_owner TEXT,
    lease_until BIGINT NOT NULL,
    channel_id TEXT,
    channel_resource TEXT,
    channel_hash TEXT,
    channel_expires_at BIGINT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, provider_id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, id)
);
CREATE INDEX google_link_by_pull ON google_link (pull_at) WHERE state <> 'needs_reconnect';
CREATE UNIQUE INDEX google_link_by_channel ON google_link (channel_id) WHERE channel_id IS NOT NULL;
-- Somebody was sent to Google and has not come back yet.
CREATE TABLE google_consent (
    tenant_id UUID NOT NULL,
    state_hash TEXT NOT NULL,
    session_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    detail TEXT NOT NULL,
    verifier TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, state_hash),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, id)
);
CREATE INDEX google_consent_by_expiry ON google_consent (expires_at);
-- One of our appointments in one Google calendar. wanted > done: what is there is not what is here.
CREATE TABLE google_event (
    tenant_id UUID NOT NULL,
    link_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    attempt BIGINT NOT NULL,
    etag TEXT,
    wanted BIGINT NOT NULL,
    done BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'synced', 'failed')),
    last_error TEXT,
    synced_at BIGINT,
    restored BIGINT NOT NULL,
    restored_at BIGINT,
    PRIMARY KEY (tenant_id, link_id, appointment_id),
    FOREIGN KEY (tenant_id, link_id) REFERENCES google_link (tenant_id, id),
    FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointment (tenant_id, id)
);
CREATE INDEX google_event_by_appointment ON google_event (tenant_id, appointment_id);
CREATE INDEX google_event_waiting ON google_event (tenant_id, link_id) WHERE wanted > done;
-- Time that an event of somebody else takes of the provider; its claims have this id as owner. No title: it is private.
CREATE TABLE google_busy (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    link_id UUID NOT NULL,
    event_id TEXT NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL CHECK (ends_at > starts_at),
    shared BIGINT NOT NULL CHECK (shared IN (0, 1)),
    generation BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, link_id, event_id),
    FOREIGN KEY (tenant_id, link_id) REFERENCES google_link (tenant_id, id)
);
CREATE INDEX google_busy_shared ON google_busy (tenant_id, link_id) WHERE shared = 1;
