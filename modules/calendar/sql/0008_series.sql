-- A series of appointments. Each occurrence is an appointment of its own; these are the facts they were made from. A change of
-- "this and following" splits a series: root_id is the first of the family, whose made_* are what calendar files say for ever.
CREATE TABLE series (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    root_id UUID NOT NULL,
    rrule TEXT NOT NULL,
    first_local BIGINT NOT NULL,
    made_rrule TEXT NOT NULL,
    made_first BIGINT NOT NULL,
    time_zone TEXT NOT NULL,
    client_id UUID NOT NULL,
    patient_id UUID NOT NULL,
    service_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    location_id UUID NOT NULL,
    duration_min BIGINT NOT NULL,
    notes TEXT,
    sequence BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, id)
);
CREATE INDEX series_by_root ON series (tenant_id, root_id);
-- series_at: the instant the rule of the root gave, which names the occurrence for ever; series_local: the wall time the rule gives now;
-- series_alone: was changed by itself, and stays as it is when the series is changed.
ALTER TABLE appointment ADD COLUMN series_id UUID;
ALTER TABLE appointment ADD COLUMN series_at BIGINT;
ALTER TABLE appointment ADD COLUMN series_local BIGINT;
ALTER TABLE appointment ADD COLUMN series_alone BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX appointment_by_series ON appointment (tenant_id, series_id, series_at) WHERE series_id IS NOT NULL;
