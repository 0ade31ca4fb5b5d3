-- One row for each reminder there may ever be: an appointment at its start, a rule, a channel. Written in the commit that takes
-- the time. No foreign key: the row is older than its appointment's table, and never outlives a commit without it.
CREATE TABLE reminder (
    tenant_id BLOB NOT NULL,
    appointment_id BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    before_min INTEGER NOT NULL,
    channel TEXT NOT NULL,
    template TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    late_until INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'queued', 'sending', 'sent', 'skipped', 'failed', 'unknown')),
    reason TEXT,
    turn INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id, starts_at, before_min, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX reminder_due ON reminder (tenant_id, due_at) WHERE state = 'pending';
