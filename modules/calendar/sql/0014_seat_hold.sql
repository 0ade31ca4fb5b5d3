-- A hold of a seat: of a session that has the provider already, so it claims nobody.
ALTER TABLE hold ADD COLUMN session_id UUID;
CREATE INDEX hold_by_session ON hold (tenant_id, session_id, expires_at) WHERE session_id IS NOT NULL AND closed_at IS NULL;
