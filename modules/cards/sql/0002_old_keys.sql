-- Keys that were exchanged while payments were under way: what the account of the present key does not know is asked with them, until those payments are over.
CREATE TABLE card_old_key (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    account TEXT,
    secret_key TEXT NOT NULL, -- sealed, as it was in card_account
    key_hint TEXT NOT NULL,
    replaced_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
