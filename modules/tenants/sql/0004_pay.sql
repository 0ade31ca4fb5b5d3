-- How long a booking that is to be paid in advance waits for its money.
ALTER TABLE tenant ADD COLUMN pay_minutes BIGINT NOT NULL DEFAULT 30 CHECK (pay_minutes BETWEEN 10 AND 1440);
