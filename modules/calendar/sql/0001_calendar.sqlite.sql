-- The only place where time is taken. starts_at..ends_at is what is taken (buffers included), core_start..core_end what is
-- treated. shared = 1: overbooked on purpose, over somebody's exclusive claim. No claim is longer than 36 hours
-- (longer blocks are several claims), so that a look around a time is bounded.
CREATE TABLE claim (
    tenant_id BLOB NOT NULL,
    subject_id BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    owner_id BLOB NOT NULL,
    ends_at INTEGER NOT NULL CHECK (ends_at > starts_at AND ends_at - starts_at <= 129600000000),
    core_start INTEGER NOT NULL,
    core_end INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('appointment', 'hold', 'blocked', 'calendar')),
    expires_at INTEGER,
    shared INTEGER NOT NULL CHECK (shared IN (0, 1)),
    PRIMARY KEY (tenant_id, subject_id, starts_at, owner_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX claim_by_owner ON claim (tenant_id, owner_id);
CREATE INDEX claim_by_expiry ON claim (expires_at) WHERE expires_at IS NOT NULL;
-- Exclusive claims of a subject never overlap, so the last one that starts before the new end is the only one that can
-- reach into it.
CREATE TRIGGER claim_exclusive_insert BEFORE INSERT ON claim WHEN NEW.shared = 0 BEGIN
    SELECT RAISE(ABORT, 'claim_overlap') WHERE (SELECT ends_at FROM claim WHERE tenant_id = NEW.tenant_id AND subject_id = NEW.subject_id
        AND starts_at < NEW.ends_at AND shared = 0 ORDER BY starts_at DESC LIMIT 1) > NEW.starts_at;
END;
-- A claim may only become shorter or be given up; a longer or moved one is a new claim.
CREATE TRIGGER claim_only_shrinks BEFORE UPDATE ON claim
    WHEN NEW.starts_at < OLD.starts_at OR NEW.ends_at > OLD.ends_at OR NEW.subject_id <> OLD.subject_id OR NEW.tenant_id <> OLD.tenant_id
        OR NEW.shared < OLD.shared BEGIN
    SELECT RAISE(ABORT, 'a claim may only shrink');
END;
