-- When somebody opened the link sent to the account's address. Who was there before is taken as known.
ALTER TABLE account ADD COLUMN verified_at BIGINT;
UPDATE account SET verified_at = created_at;
-- The one link of an account that is good, or the last that was: a newer one takes its place. Only the hash of its token is kept.
-- sends: how many within the day that began at since.
CREATE TABLE email_verification (
    account_id UUID NOT NULL PRIMARY KEY REFERENCES account (id),
    id UUID NOT NULL,
    tenant_id UUID NOT NULL,
    member_id UUID NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    sent_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT,
    since BIGINT NOT NULL,
    sends BIGINT NOT NULL,
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, member_id) REFERENCES member (tenant_id, id)
);
