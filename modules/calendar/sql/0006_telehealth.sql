-- Whether this one takes place by video; NULL: as its service does.
ALTER TABLE appointment ADD COLUMN telehealth BIGINT CHECK (telehealth IN (0, 1));
