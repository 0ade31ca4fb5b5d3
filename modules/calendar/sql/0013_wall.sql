-- What was agreed: the start on the clock of the place, in microseconds as if it were UTC. Where the rules of a zone change, the instant that
-- was worked out from it does not fit any more. NULL: not known yet (rows from before this; blocked time and holds are filled in a minute later).
ALTER TABLE appointment ADD COLUMN wall_start BIGINT;
ALTER TABLE group_session ADD COLUMN wall_start BIGINT;
ALTER TABLE hold ADD COLUMN wall_start BIGINT;
ALTER TABLE blocked_time ADD COLUMN wall_start BIGINT;
CREATE INDEX appointment_no_wall ON appointment (starts_at, tenant_id) WHERE wall_start IS NULL;
CREATE INDEX group_session_no_wall ON group_session (starts_at, tenant_id) WHERE wall_start IS NULL;
CREATE INDEX hold_no_wall ON hold (starts_at, tenant_id) WHERE wall_start IS NULL AND closed_at IS NULL;
CREATE INDEX blocked_time_no_wall ON blocked_time (starts_at, tenant_id) WHERE wall_start IS NULL;
