-- When a visitor pays for a service, how much of it in advance, and the tax its price carries (taxes checks it; SQLite adds no foreign key to a
-- table that is there).
ALTER TABLE service ADD COLUMN pay TEXT NOT NULL DEFAULT 'later' CHECK (pay IN ('later', 'deposit', 'full'));
ALTER TABLE service ADD COLUMN deposit_minor BIGINT CHECK (deposit_minor >= 1);
ALTER TABLE service ADD COLUMN deposit_percent BIGINT CHECK (deposit_percent BETWEEN 1 AND 100);
ALTER TABLE service ADD COLUMN tax_rate_id UUID;
