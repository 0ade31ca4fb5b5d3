-- What is owed (client_order and its lines), the attempts to settle it (payment) and what goes back (refund). Amounts are minor parts of the order's
-- currency. What was counted as paid is never counted back: what goes back is counted beside it.
CREATE TABLE client_order (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    client_id UUID, -- none: somebody at the desk
    location_id UUID NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'paid', 'cancelled', 'expired')),
    source TEXT NOT NULL CHECK (source IN ('staff', 'public', 'portal', 'program')),
    tax_included BIGINT NOT NULL CHECK (tax_included IN (0, 1)), -- in the prices of the lines
    gross_minor BIGINT NOT NULL CHECK (gross_minor >= 0),        -- of the lines, before discounts
    discount_minor BIGINT NOT NULL CHECK (discount_minor >= 0),
    tax_minor BIGINT NOT NULL CHECK (tax_minor >= 0),
    total_minor BIGINT NOT NULL CHECK (total_minor >= 0),        -- what is to be paid, all in
    due_minor BIGINT NOT NULL CHECK (due_minor BETWEEN 0 AND total_minor), -- of it before the appointment stands: a deposit, or all
    pay_by BIGINT,                                               -- until when; none: whenever
    paid_minor BIGINT NOT NULL CHECK (paid_minor >= 0),          -- captured, by whatever way; only rises
    refunded_minor BIGINT NOT NULL CHECK (refunded_minor >= 0),  -- asked for and not failed, or done
    kept_minor BIGINT NOT NULL CHECK (kept_minor >= 0),          -- of a cancelled order, by its terms
    invoiced BIGINT NOT NULL CHECK (invoiced IN (0, 1)),         -- earned: what is paid now goes against what the client owes
    terms TEXT,                                                  -- cancellation terms as they were agreed (JSON); see modules/terms
    note TEXT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, id, currency),
    FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id),
    CHECK (refunded_minor <= paid_minor),
    CHECK (kept_minor <= paid_minor)
);
CREATE INDEX client_order_by_age ON client_order (tenant_id, created_at, id);
CREATE INDEX client_order_by_client ON client_order (tenant_id, client_id, created_at);
CREATE INDEX client_order_open ON client_order (tenant_id, created_at) WHERE state = 'open';
CREATE INDEX client_order_pay_by ON client_order (pay_by) WHERE state = 'open' AND pay_by IS NOT NULL;
CREATE TABLE client_order_line (
    tenant_id UUID NOT NULL,
    order_id UUID NOT NULL,
    position BIGINT NOT NULL CHECK (position >= 1),
    kind TEXT NOT NULL CHECK (kind IN ('service', 'product', 'package', 'top_up', 'fee', 'other')),
    ref_id UUID, -- the service, product ...
    category TEXT, -- of benefits
    description TEXT NOT NULL,
    quantity BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 10000),
    unit_minor BIGINT NOT NULL CHECK (unit_minor >= 0),
    discount_minor BIGINT NOT NULL CHECK (discount_minor BETWEEN 0 AND quantity * unit_minor),
    tax_name TEXT,
    tax_ppm BIGINT NOT NULL CHECK (tax_ppm BETWEEN 0 AND 1000000),
    tax_minor BIGINT NOT NULL CHECK (tax_minor >= 0),
    total_minor BIGINT NOT NULL CHECK (total_minor >= tax_minor), -- tax included
    PRIMARY KEY (tenant_id, order_id, position),
    FOREIGN KEY (tenant_id, order_id) REFERENCES client_order (tenant_id, id)
);
-- The id of a payment is the key of everything that is asked of a provider for it.
CREATE TABLE payment (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    order_id UUID NOT NULL,
    currency TEXT NOT NULL,
    method TEXT NOT NULL CHECK (method IN ('cash', 'terminal', 'transfer', 'card', 'wallet', 'other')),
    state TEXT NOT NULL CHECK (state IN ('created', 'processing', 'succeeded', 'failed', 'expired')),
    dispute TEXT NOT NULL CHECK (dispute IN ('none', 'open', 'won', 'lost')),
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 1),
    refunded_minor BIGINT NOT NULL CHECK (refunded_minor BETWEEN 0 AND amount_minor), -- asked for and not failed, or done
    account_code TEXT NOT NULL, -- of the ledger: where the money came into (till:..., clearing:..., member:...)
    till_session_id UUID,
    reference TEXT,             -- what the desk notes: number of the slip, name of the transfer
    live BIGINT NOT NULL CHECK (live IN (0, 1)), -- money of the world, and no test of the provider
    session_id TEXT,            -- of the provider
    session_url TEXT,
    session_expires_at BIGINT,
    intent_id TEXT,
    charge_id TEXT,
    failure TEXT,
    actor_kind TEXT NOT NULL,
    actor_id UUID,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    succeeded_at BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id, currency) REFERENCES client_order (tenant_id, id, currency),
    CHECK (refunded_minor = 0 OR state = 'succeeded'),
    CHECK ((succeeded_at IS NOT NULL) = (state = 'succeeded'))
);
CREATE INDEX payment_by_order ON payment (tenant_id, order_id, created_at);
CREATE INDEX payment_by_age ON payment (tenant_id, created_at, id);
CREATE INDEX payment_by_till ON payment (tenant_id, till_session_id) WHERE till_session_id IS NOT NULL;
CREATE UNIQUE INDEX payment_by_session ON payment (tenant_id, session_id) WHERE session_id IS NOT NULL;
CREATE INDEX payment_by_intent ON payment (tenant_id, intent_id) WHERE intent_id IS NOT NULL;
CREATE INDEX payment_waiting ON payment (session_expires_at) WHERE state IN ('created', 'processing') AND session_expires_at IS NOT NULL;
-- Written before anything is asked of anybody; its id is the key of that.
CREATE TABLE refund (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    payment_id UUID NOT NULL,
    order_id UUID NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 1),
    state TEXT NOT NULL CHECK (state IN ('requested', 'submitted', 'succeeded', 'failed')),
    cause TEXT NOT NULL CHECK (cause IN ('cancelled', 'staff', 'late', 'surplus', 'duplicate')),
    reason TEXT,
    till_session_id UUID,
    provider_id TEXT, -- the provider's name for it
    failure TEXT,
    actor_kind TEXT NOT NULL,
    actor_id UUID,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payment (tenant_id, id),
    FOREIGN KEY (tenant_id, order_id, currency) REFERENCES client_order (tenant_id, id, currency)
);
CREATE INDEX refund_by_order ON refund (tenant_id, order_id, created_at);
CREATE INDEX refund_by_payment ON refund (tenant_id, payment_id);
CREATE INDEX refund_by_age ON refund (tenant_id, created_at, id);
CREATE INDEX refund_by_till ON refund (tenant_id, till_session_id) WHERE till_session_id IS NOT NULL;
CREATE UNIQUE INDEX refund_by_provider ON refund (tenant_id, provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX refund_waiting ON refund (tenant_id, created_at) WHERE state IN ('requested', 'submitted');
