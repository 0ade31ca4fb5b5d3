-- One row for each reminder there may ever be: an appointment at its start, a rule, a channel. Written in the commit that takes
-- the time. No foreign key: the row is older than its appointment's table, and never outlives a commit without it.
CREATE TABLE reminder (
    tenant_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    starts_at BIGINT NOT NULL,
    before_min BIGINT NOT NULL,
    channel TEXT NOT NULL,
    template TEXT NOT NULL,
    due_at BIGINT NOT NULL,
    late_until BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'queued', 'sending', 'sent', 'skipped', 'failed', 'unknown')),
    reason TEXT,
    turn BIGINT NOT NULL,
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id, starts_at, before_min, channel)
);
CREATE INDEX reminder_due ON reminder (tenant_id, due_at) WHERE state = 'pending';
