-- A drawer for cash. What is in it is the account till:{id} of the ledger; carry_minor is what was left in it when it was last closed.
CREATE TABLE till (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    location_id UUID NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    carry_minor BIGINT, -- none: never opened
    archived BIGINT NOT NULL CHECK (archived IN (0, 1)),
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);
-- From opening to closing. expected_minor is kept by every payment, refund and move; whoever closes writes under the version, so nothing slips in between.
CREATE TABLE till_session (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    till_id UUID NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'closed')),
    float_minor BIGINT NOT NULL CHECK (float_minor >= 0),  -- counted at the opening
    opening_variance_minor BIGINT NOT NULL,                -- that, less what was left at the last closing
    in_minor BIGINT NOT NULL CHECK (in_minor >= 0),        -- put in by hand
    out_minor BIGINT NOT NULL CHECK (out_minor >= 0),      -- taken out by hand
    cash_minor BIGINT NOT NULL,                            -- payments less refunds
    expected_minor BIGINT NOT NULL,
    counted_minor BIGINT CHECK (counted_minor >= 0),
    variance_minor BIGINT,
    taken_minor BIGINT,                                    -- of what was counted, brought to the safe
    note TEXT,
    opened_at BIGINT NOT NULL,
    opened_by UUID,
    opened_by_name TEXT NOT NULL,
    closed_at BIGINT,
    closed_by UUID,
    closed_by_name TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, till_id) REFERENCES till (tenant_id, id),
    CHECK (expected_minor = float_minor + in_minor - out_minor + cash_minor),
    CHECK ((state = 'closed') = (closed_at IS NOT NULL)),
    CHECK (state = 'open' OR (counted_minor IS NOT NULL AND variance_minor = counted_minor - expected_minor)),
    CHECK (taken_minor IS NULL OR taken_minor BETWEEN 0 AND counted_minor)
);
CREATE UNIQUE INDEX till_session_one_open ON till_session (tenant_id, till_id) WHERE state = 'open';
CREATE INDEX till_session_by_age ON till_session (tenant_id, opened_at, id);
CREATE INDEX till_session_by_till ON till_session (tenant_id, till_id, opened_at, id);
CREATE TABLE till_move (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    session_id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('in', 'out')),
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 1),
    reason TEXT NOT NULL,
    actor_id UUID,
    actor_name TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, session_id) REFERENCES till_session (tenant_id, id)
);
CREATE INDEX till_move_by_session ON till_move (tenant_id, session_id, created_at, id);
