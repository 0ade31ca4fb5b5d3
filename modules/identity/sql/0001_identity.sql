-- Who signs in. An account belongs to nobody's clinic; a member is an account's place in one.
CREATE TABLE account (
    id UUID NOT NULL PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE TABLE member (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    account_id UUID NOT NULL REFERENCES account (id),
    role TEXT NOT NULL CHECK (role IN ('owner', 'admin', 'provider', 'staff', 'viewer')),
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, account_id)
);
CREATE INDEX member_by_account ON member (account_id);
-- Only the hash of a token is kept. kind: cookie or bearer.
CREATE TABLE session (
    token_hash TEXT NOT NULL PRIMARY KEY,
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    member_id UUID NOT NULL,
    account_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('cookie', 'bearer')),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id)
);
CREATE INDEX session_by_account ON session (account_id, id);
CREATE INDEX session_by_id ON session (id);
CREATE INDEX session_by_expiry ON session (expires_at);
-- Failed sign-ins by hashed account address and by network address; survives a restart.
CREATE TABLE login_failure (
    key TEXT NOT NULL PRIMARY KEY,
    failures BIGINT NOT NULL,
    since BIGINT NOT NULL,
    blocked_until BIGINT NOT NULL
);
CREATE INDEX login_failure_by_age ON login_failure (since);
