-- A visit of a package that an appointment uses. turn: how often one was used for it; each use and each return is a transfer of its own.
CREATE TABLE package_visit (
    tenant_id UUID NOT NULL,
    appointment_id UUID NOT NULL, -- of the calendar, which stands behind this module: its rows refer to it and never go
    bucket_id UUID NOT NULL,
    used BIGINT NOT NULL CHECK (used IN (0, 1)), -- 0: it was given back
    turn BIGINT NOT NULL CHECK (turn >= 1),
    changed_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id),
    FOREIGN KEY (tenant_id, bucket_id) REFERENCES wallet_bucket (tenant_id, id)
);
