-- Takes place by video.
ALTER TABLE service ADD COLUMN telehealth BIGINT NOT NULL DEFAULT 0 CHECK (telehealth IN (0, 1));
