-- When each state was entered, from which one, and by whom: one row in the commit of the change, never changed afterwards.
CREATE TABLE appointment_step (
    tenant_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    from_status TEXT NOT NULL,
    status TEXT NOT NULL,
    by_kind TEXT NOT NULL CHECK (by_kind IN ('staff', 'client', 'program')),
    by_id UUID,
    by_name TEXT NOT NULL,
    undo BIGINT NOT NULL CHECK (undo IN (0, 1)),
    PRIMARY KEY (tenant_id, appointment_id, version),
    FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointment (tenant_id, id)
);
