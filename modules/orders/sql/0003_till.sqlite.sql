-- The runner leaves foreign keys alone while a table is built anew, and checks them all before the commit.
CREATE TABLE payment_anew (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    order_id BLOB NOT NULL,
    currency TEXT NOT NULL,
    method TEXT NOT NULL CHECK (method IN ('cash', 'terminal', 'transfer', 'card', 'wallet', 'other')),
    state TEXT NOT NULL CHECK (state IN ('created', 'processing', 'succeeded', 'failed', 'expired')),
    dispute TEXT NOT NULL CHECK (dispute IN ('none', 'open', 'won', 'lost')),
    amount_minor INTEGER NOT NULL CHECK (amount_minor >= 1),
    refunded_minor INTEGER NOT NULL CHECK (refunded_minor BETWEEN 0 AND amount_minor),
    account_code TEXT NOT NULL,
    till_session_id BLOB,
    reference TEXT,
    live INTEGER NOT NULL CHECK (live IN (0, 1)),
    session_id TEXT,
    session_url TEXT,
    session_expires_at INTEGER,
    intent_id TEXT,
    charge_id TEXT,
    failure TEXT,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    succeeded_at INTEGER,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, till_session_id) REFERENCES till_session (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id, currency) REFERENCES client_order (tenant_id, id, currency),
    CHECK (refunded_minor = 0 OR state = 'succeeded'),
    CHECK ((succeeded_at IS NOT NULL) = (state = 'succeeded'))
) STRICT;
INSERT INTO payment_anew (
    tenant_id, id, order_id, currency, method, state, dispute, amount_minor, refunded_minor, account_code, till_session_id, reference,
    live, session_id, session_url, session_expires_at, intent_id, charge_id, failure, actor_kind, actor_id, version, created_at,
    updated_at, succeeded_at)
    SELECT
    tenant_id, id, order_id, currency, method, state, dispute, amount_minor, refunded_minor, account_code, till_session_id, reference,
    live, session_id, session_url, session_expires_at, intent_id, charge_id, failure, actor_kind, actor_id, version, created_at,
    updated_at, succeeded_at
    FROM payment;
DROP TABLE payment;
ALTER TABLE payment_anew RENAME TO payment;
CREATE INDEX payment_by_order ON payment (tenant_id, order_id, created_at);
CREATE INDEX payment_by_age ON payment (tenant_id, created_at, id);
CREATE INDEX payment_by_till ON payment (tenant_id, till_session_id) WHERE till_session_id IS NOT NULL;
CREATE UNIQUE INDEX payment_by_session ON payment (tenant_id, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX payment_by_intent ON payment (tenant_id, intent_id) WHERE intent_id IS NOT NULL;
CREATE INDEX payment_waiting ON payment (session_expires_at) WHERE state IN ('created', 'processing') AND session_expires_at IS NOT NULL;
CREATE TABLE refund_anew (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    payment_id BLOB NOT NULL,
    order_id BLOB NOT NULL,
    currency TEXT NOT NULL,
    amount_minor INTEGER NOT NULL CHECK (amount_minor >= 1),
    state TEXT NOT NULL CHECK (state IN ('requested', 'submitted', 'succeeded', 'failed')),
    cause TEXT NOT NULL CHECK (cause IN ('cancelled', 'staff', 'late', 'surplus', 'duplicate')),
    reason TEXT,
    till_session_id BLOB,
    provider_id TEXT,
    failure TEXT,
    actor_kind TEXT NOT NULL,
    actor_id BLOB,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payment (tenant_id, id),
    FOREIGN KEY (tenant_id, till_session_id) REFERENCES till_session (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id, currency) REFERENCES client_order (tenant_id, id, currency)
) STRICT;
INSERT INTO refund_anew (
    tenant_id, id, payment_id, order_id, currency, amount_minor, state, cause, reason, till_session_id, provider_id, failure, actor_kind,
    actor_id, version, created_at, updated_at)
    SELECT
    tenant_id, id, payment_id, order_id, currency, amount_minor, state, cause, reason, till_session_id, provider_id, failure, actor_kind,
    actor_id, version, created_at, updated_at
    FROM refund;
DROP TABLE refund;
ALTER TABLE refund_anew RENAME TO refund;
CREATE INDEX refund_by_order ON refund (tenant_id, order_id, created_at);
CREATE INDEX refund_by_payment ON refund (tenant_id, payment_id);
CREATE INDEX refund_by_age ON refund (tenant_id, created_at, id);
CREATE INDEX refund_by_till ON refund (tenant_id, till_session_id) WHERE till_session_id IS NOT NULL;
CREATE UNIQUE INDEX refund_by_provider ON refund (tenant_id, provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX refund_waiting ON refund (tenant_id, created_at) WHERE state IN ('requested', 'submitted');
