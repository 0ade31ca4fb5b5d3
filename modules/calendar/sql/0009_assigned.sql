-- What was left to the clinic and given to whom: counted by month of the start (year * 12 + month), one row for each service
-- and provider, touched by such bookings only. assigned_month: where an appointment is counted, so that it can be given back.
CREATE TABLE assign_share (
    tenant_id UUID NOT NULL,
    service_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    month BIGINT NOT NULL,
    booked BIGINT NOT NULL CHECK (booked >= 0),
    last_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, service_id, provider_id, month),
    FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, id)
);
ALTER TABLE appointment ADD COLUMN assigned_month BIGINT;
-- A request that nobody answers is over at this instant; its claims expire then.
ALTER TABLE appointment ADD COLUMN lapses_at BIGINT;
CREATE INDEX appointment_requested ON appointment (tenant_id, lapses_at) WHERE status = 'requested';
ALTER TABLE hold ADD COLUMN assigned_month BIGINT;
-- What was asked and answered, as it was asked then; of a multi_choice the picks stand one a line.
CREATE TABLE appointment_answer (
    tenant_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    position BIGINT NOT NULL,
    question_id UUID NOT NULL,
    kind TEXT NOT NULL,
    question TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id, position),
    FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointment (tenant_id, id)
);
