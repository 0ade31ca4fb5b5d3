ALTER TABLE client_order ADD COLUMN credited_minor BIGINT NOT NULL DEFAULT 0 CHECK (credited_minor BETWEEN 0 AND total_minor); -- taken back by credit notes: not asked for any more
