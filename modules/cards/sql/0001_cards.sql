-- Card payments by Stripe. Keys and secrets are sealed under the tenant's key (base64url).
CREATE TABLE card_account (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    enabled BIGINT NOT NULL CHECK (enabled IN (0, 1)),
    live BIGINT NOT NULL CHECK (live IN (0, 1)), -- which of Stripe's two worlds the key belongs to
    account TEXT,                                -- acct_...: the key is a platform's, and acts for this account
    secret_key TEXT NOT NULL,
    key_hint TEXT NOT NULL,                      -- its last four characters
    last_error TEXT,                             -- what Stripe said to the key, when it refused it
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id)
);
-- Several at once: while one is exchanged for another, both are good.
CREATE TABLE card_webhook_secret (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    secret TEXT NOT NULL,
    hint TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
-- What Stripe told. Of the event only what says where to look: the thing itself is asked for again, and may name people.
CREATE TABLE card_event (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    event_id TEXT NOT NULL,
    type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    live BIGINT NOT NULL CHECK (live IN (0, 1)),
    created_at BIGINT NOT NULL,  -- there
    received_at BIGINT NOT NULL, -- here
    state TEXT NOT NULL CHECK (state IN ('received', 'done', 'ignored', 'parked', 'refused')),
    note TEXT,
    done_at BIGINT,
    PRIMARY KEY (tenant_id, event_id)
);
CREATE INDEX card_event_by_age ON card_event (tenant_id, received_at, event_id);
-- A payment taken back by the payer's bank.
CREATE TABLE card_dispute (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    dispute_id TEXT NOT NULL,
    payment_id UUID NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 1),
    status TEXT NOT NULL,  -- in Stripe's words
    state TEXT NOT NULL CHECK (state IN ('inquiry', 'open', 'won', 'lost')),
    reason TEXT,
    due_by BIGINT,         -- until when evidence is taken
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, dispute_id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payment (tenant_id, id)
);
CREATE INDEX card_dispute_by_payment ON card_dispute (tenant_id, payment_id);
-- Balance transactions that were counted: the fee of each is posted once.
CREATE TABLE card_transaction (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    transaction_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT,
    payment_id UUID,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL,
    fee_minor BIGINT NOT NULL,
    created_at BIGINT NOT NULL, -- there
    counted_at BIGINT NOT NULL, -- here
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, transaction_id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payment (tenant_id, id)
);
CREATE INDEX card_transaction_by_payment ON card_transaction (tenant_id, payment_id) WHERE payment_id IS NOT NULL;
-- Where Stripe and this clinic do not say the same. One open one for each thing.
CREATE TABLE card_difference (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('unpaid_here', 'unpaid_there', 'refund_here', 'refund_there', 'amount', 'unknown', 'stuck')),
    object_id TEXT NOT NULL, -- Stripe's name of it, or ours where it has none there
    payment_id UUID,
    refund_id UUID,
    currency TEXT,
    here_minor BIGINT,
    there_minor BIGINT,
    state TEXT NOT NULL CHECK (state IN ('open', 'repairing', 'repaired')),
    note TEXT,
    found_at BIGINT NOT NULL,
    repaired_at BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payment (tenant_id, id),
    FOREIGN KEY (tenant_id, refund_id) REFERENCES refund (tenant_id, id)
);
CREATE UNIQUE INDEX card_difference_open ON card_difference (tenant_id, kind, object_id) WHERE state <> 'repaired';
CREATE INDEX card_difference_by_age ON card_difference (tenant_id, found_at, id);
