-- Accounts carry their balances; a transfer changes two of them in its own commit. What an account is never changes.
CREATE TABLE ledger_account (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    code TEXT NOT NULL,
    book TEXT NOT NULL, -- the part of the code before the first colon
    kind TEXT NOT NULL CHECK (kind IN ('asset', 'liability', 'income', 'expense')),
    unit TEXT NOT NULL,
    floor TEXT NOT NULL CHECK (floor IN ('none', 'debits_must_not_exceed_credits', 'credits_must_not_exceed_debits')),
    spread BIGINT NOT NULL CHECK (spread IN (0, 1)), -- busy: where rows are locked, its balance lies in stripes
    debits_pending BIGINT NOT NULL CHECK (debits_pending >= 0),
    debits_posted BIGINT NOT NULL CHECK (debits_posted >= 0),
    credits_pending BIGINT NOT NULL CHECK (credits_pending >= 0),
    credits_posted BIGINT NOT NULL CHECK (credits_posted >= 0),
    closed BIGINT NOT NULL CHECK (closed IN (0, 1)),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, code),
    UNIQUE (tenant_id, id, unit),
    CHECK (floor <> 'debits_must_not_exceed_credits' OR debits_pending + debits_posted <= credits_posted),
    CHECK (floor <> 'credits_must_not_exceed_debits' OR credits_pending + credits_posted <= debits_posted),
    CHECK (spread = 0 OR floor = 'none')
);
CREATE INDEX ledger_account_book ON ledger_account (tenant_id, book, code);
-- Parts of the balance of a busy account, so that those who write to it at once do not wait for each other. Only their sum means
-- anything: what was held in one may be released in another.
CREATE TABLE ledger_stripe (
    tenant_id UUID NOT NULL,
    account_id UUID NOT NULL,
    stripe BIGINT NOT NULL CHECK (stripe BETWEEN 0 AND 15),
    debits_pending BIGINT NOT NULL,
    debits_posted BIGINT NOT NULL,
    credits_pending BIGINT NOT NULL,
    credits_posted BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, account_id, stripe),
    FOREIGN KEY (tenant_id, account_id) REFERENCES ledger_account (tenant_id, id)
);
-- A link of the chain over the transfers: these, in this order, behind the link before.
CREATE TABLE ledger_seal (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    n BIGINT NOT NULL CHECK (n >= 1),
    last_xact BIGINT NOT NULL,
    last_seq BIGINT NOT NULL,
    count BIGINT NOT NULL CHECK (count >= 1),
    ids TEXT NOT NULL,
    head TEXT NOT NULL,
    sealed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, n)
);
