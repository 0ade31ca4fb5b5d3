-- Who pays for whom (sponsor, its plan, those enrolled), what is in whose wallet (wallet, its buckets), and what was taken out of it.
-- Amounts are minor parts of a currency; what is in a bucket stands in its account of the ledger and nowhere else.
CREATE TABLE sponsor (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    notes TEXT,
    archived BIGINT NOT NULL CHECK (archived IN (0, 1)),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE TABLE benefit_policy (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    sponsor_id UUID NOT NULL,
    name TEXT NOT NULL,
    currency TEXT NOT NULL,
    starts_on BIGINT NOT NULL,
    ends_on BIGINT,
    year_month BIGINT NOT NULL CHECK (year_month BETWEEN 1 AND 12), -- the benefit year begins on its first
    family_limit_minor BIGINT CHECK (family_limit_minor >= 0),      -- of a family and a year, all categories together; none: no limit
    archived BIGINT NOT NULL CHECK (archived IN (0, 1)),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, sponsor_id) REFERENCES sponsor (tenant_id, id),
    CHECK (ends_on IS NULL OR ends_on >= starts_on)
);
CREATE INDEX benefit_policy_by_sponsor ON benefit_policy (tenant_id, sponsor_id);
CREATE TABLE benefit_category (
    tenant_id UUID NOT NULL,
    policy_id UUID NOT NULL,
    category TEXT NOT NULL,
    limit_minor BIGINT NOT NULL CHECK (limit_minor >= 1),           -- of a member and a year
    coverage_ppm BIGINT NOT NULL CHECK (coverage_ppm BETWEEN 1 AND 1000000),
    copay_minor BIGINT NOT NULL CHECK (copay_minor >= 0),           -- of each line, before coverage
    PRIMARY KEY (tenant_id, policy_id, category),
    FOREIGN KEY (tenant_id, policy_id) REFERENCES benefit_policy (tenant_id, id)
);
-- Which services are of which category; others are of none.
CREATE TABLE benefit_service (
    tenant_id UUID NOT NULL,
    service_id UUID NOT NULL,
    category TEXT NOT NULL,
    PRIMARY KEY (tenant_id, service_id),
    FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id)
);
CREATE TABLE wallet (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    currency TEXT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, client_id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id)
);
CREATE TABLE benefit_member (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    policy_id UUID NOT NULL,
    client_id UUID NOT NULL,
    wallet_id UUID NOT NULL,
    head_id UUID,              -- the member whose family this one is of; none: a family of its own
    number TEXT,               -- the sponsor's for the member
    starts_on BIGINT NOT NULL,
    ends_on BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, policy_id, client_id),
    FOREIGN KEY (tenant_id, policy_id) REFERENCES benefit_policy (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id),
    FOREIGN KEY (tenant_id, wallet_id) REFERENCES wallet (tenant_id, id),
    FOREIGN KEY (tenant_id, head_id) REFERENCES benefit_member (tenant_id, id),
    CHECK (ends_on IS NULL OR ends_on >= starts_on)
);
CREATE INDEX benefit_member_by_client ON benefit_member (tenant_id, client_id);
CREATE INDEX benefit_member_by_head ON benefit_member (tenant_id, head_id) WHERE head_id IS NOT NULL;
-- What a family may use of a policy in one benefit year. The database refuses more, whoever writes at the same time.
CREATE TABLE benefit_limit (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    member_id UUID NOT NULL,   -- the head
    starts_on BIGINT NOT NULL, -- of the benefit year
    ceiling_minor BIGINT NOT NULL CHECK (ceiling_minor >= 0),
    used_minor BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, member_id, starts_on),
    FOREIGN KEY (tenant_id, member_id) REFERENCES benefit_member (tenant_id, id),
    CONSTRAINT benefit_limit_holds CHECK (used_minor BETWEEN 0 AND ceiling_minor)
);
-- A part of a wallet that is used by rules of its own; its account is member:{wallet}:{id}.
CREATE TABLE wallet_bucket (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    wallet_id UUID NOT NULL,
    account_id UUID NOT NULL,  -- of the ledger
    kind TEXT NOT NULL CHECK (kind IN ('granted', 'promo', 'bought', 'cash', 'visits')),
    unit TEXT NOT NULL,        -- the wallet's currency, or visits
    name TEXT NOT NULL,
    category TEXT,             -- granted: what for
    member_id UUID,            -- granted: by which membership
    limit_id UUID,             -- granted: what its family may use together
    service_id UUID,           -- visits: of this service
    starts_on BIGINT,          -- day of treatment from which it pays
    expires_on BIGINT,         -- last day; what is left then is taken back
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, wallet_id) REFERENCES wallet (tenant_id, id),
    FOREIGN KEY (tenant_id, member_id) REFERENCES benefit_member (tenant_id, id),
    FOREIGN KEY (tenant_id, limit_id) REFERENCES benefit_limit (tenant_id, id),
    FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
    CHECK ((kind = 'granted') = (member_id IS NOT NULL)),
    CHECK ((kind = 'visits') = (unit = 'visits'))
);
CREATE UNIQUE INDEX wallet_bucket_granted ON wallet_bucket (tenant_id, member_id, category, starts_on) WHERE member_id IS NOT NULL;
CREATE INDEX wallet_bucket_by_wallet ON wallet_bucket (tenant_id, wallet_id, created_at);
CREATE INDEX wallet_bucket_expiry ON wallet_bucket (expires_on) WHERE expires_on IS NOT NULL;
-- What a wallet paid, by payment: which bucket, which lines of the order, and what came back of it. A payment is one row and one bucket.
CREATE TABLE wallet_use (
    tenant_id UUID NOT NULL,
    payment_id UUID NOT NULL,
    order_id UUID NOT NULL,
    bucket_id UUID NOT NULL,
    limit_id UUID,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 1),
    returned_minor BIGINT NOT NULL CHECK (returned_minor BETWEEN 0 AND amount_minor),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, payment_id),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES payment (tenant_id, id),
    FOREIGN KEY (tenant_id, bucket_id) REFERENCES wallet_bucket (tenant_id, id),
    FOREIGN KEY (tenant_id, limit_id) REFERENCES benefit_limit (tenant_id, id)
);
CREATE TABLE wallet_use_line (
    tenant_id UUID NOT NULL,
    payment_id UUID NOT NULL,
    position BIGINT NOT NULL,  -- of the order's lines
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 1),
    PRIMARY KEY (tenant_id, payment_id, position),
    FOREIGN KEY (tenant_id, payment_id) REFERENCES wallet_use (tenant_id, payment_id)
);
CREATE INDEX wallet_use_by_order ON wallet_use (tenant_id, order_id);
CREATE INDEX wallet_use_by_bucket ON wallet_use (tenant_id, bucket_id, created_at);
-- How a clinic keeps its wallets; without a row as the program says.
CREATE TABLE wallet_rules (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    approval_over_minor BIGINT NOT NULL CHECK (approval_over_minor >= 0), -- adjustments above it need a second person
    top_up_day_minor BIGINT NOT NULL CHECK (top_up_day_minor >= 0),       -- what a wallet may be topped up by in a day
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id)
);
-- A correction of a bucket, with a reason. Over the threshold it waits for somebody else.
CREATE TABLE wallet_adjustment (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    wallet_id UUID NOT NULL,
    bucket_id UUID NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor <> 0), -- negative: taken away
    reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'done', 'refused')),
    asked_by UUID,
    decided_by UUID,
    decided_at BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, wallet_id) REFERENCES wallet (tenant_id, id),
    FOREIGN KEY (tenant_id, bucket_id) REFERENCES wallet_bucket (tenant_id, id),
    CHECK (decided_by IS NULL OR decided_by <> asked_by)
);
CREATE INDEX wallet_adjustment_waiting ON wallet_adjustment (tenant_id, created_at) WHERE state = 'waiting';
CREATE INDEX wallet_adjustment_by_wallet ON wallet_adjustment (tenant_id, wallet_id, created_at);
-- What a client paid elsewhere and asks back from the benefits. States only advance.
CREATE TABLE wallet_claim (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    wallet_id UUID NOT NULL,
    client_id UUID NOT NULL,
    category TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount_minor BIGINT NOT NULL CHECK (amount_minor >= 1),
    treated_on BIGINT NOT NULL,
    description TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('submitted', 'in_review', 'paid', 'rejected')),
    approved_minor BIGINT CHECK (approved_minor BETWEEN 1 AND amount_minor),
    bucket_id UUID,            -- the grant that paid
    limit_id UUID,
    reason TEXT,               -- why in part, or not
    reviewed_by UUID,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, wallet_id) REFERENCES wallet (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id),
    FOREIGN KEY (tenant_id, bucket_id) REFERENCES wallet_bucket (tenant_id, id),
    CHECK ((state = 'paid') = (approved_minor IS NOT NULL)),
    CHECK ((state = 'paid') = (bucket_id IS NOT NULL)),
    CHECK (state <> 'rejected' OR reason IS NOT NULL)
);
CREATE INDEX wallet_claim_open ON wallet_claim (tenant_id, created_at) WHERE state IN ('submitted', 'in_review');
CREATE INDEX wallet_claim_by_age ON wallet_claim (tenant_id, created_at, id);
CREATE INDEX wallet_claim_by_client ON wallet_claim (tenant_id, client_id, created_at);
-- What was sold into a wallet by an order: credit, or visits; and what of it was taken out again for a refund.
CREATE TABLE wallet_delivery (
    tenant_id UUID NOT NULL,
    order_id UUID NOT NULL,
    position BIGINT NOT NULL,
    bucket_id UUID NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 1), -- in the bucket's unit
    taken_back BIGINT NOT NULL CHECK (taken_back BETWEEN 0 AND amount),
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, order_id, position),
    FOREIGN KEY (tenant_id, bucket_id) REFERENCES wallet_bucket (tenant_id, id)
);
