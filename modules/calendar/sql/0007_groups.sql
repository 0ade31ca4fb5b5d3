-- Several to one time (a session), and several appointments in one visit.
-- by_staff = 0: made by its first booking, and given up with its last.
CREATE TABLE group_session (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    service_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    location_id UUID NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL CHECK (ends_at > starts_at),
    seats BIGINT NOT NULL CHECK (seats BETWEEN 1 AND 100),
    by_staff BIGINT NOT NULL CHECK (by_staff IN (0, 1)),
    cancelled_at BIGINT,
    cancel_reason TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);
CREATE INDEX group_session_by_start ON group_session (tenant_id, starts_at);
ALTER TABLE appointment ADD COLUMN session_id UUID;
-- NULL: in no session, or cancelled. The index is what keeps one seat from two.
ALTER TABLE appointment ADD COLUMN seat_no BIGINT;
CREATE UNIQUE INDEX appointment_seat ON appointment (tenant_id, session_id, seat_no) WHERE session_id IS NOT NULL AND seat_no IS NOT NULL;
ALTER TABLE appointment ADD COLUMN visit_id UUID;
CREATE INDEX appointment_by_visit ON appointment (tenant_id, visit_id) WHERE visit_id IS NOT NULL;
