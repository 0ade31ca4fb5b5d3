-- What a booking's commit looks at besides claims: blocked time of its location. And who made a hold (a hash of the
-- visitor's network), so that one visitor cannot hold a whole day.
ALTER TABLE hold ADD COLUMN made_by BIGINT;
CREATE INDEX hold_by_maker ON hold (tenant_id, made_by, expires_at) WHERE closed_at IS NULL;
CREATE INDEX blocked_time_of_location ON blocked_time (tenant_id, subject_id, ends_at) WHERE kind = 'location';
