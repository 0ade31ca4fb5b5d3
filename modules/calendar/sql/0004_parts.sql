-- What an appointment takes besides its first provider, each for its own time; a row has a provider or a resource.
CREATE TABLE appointment_part (
    tenant_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    position BIGINT NOT NULL,
    provider_id UUID,
    resource_id UUID,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL CHECK (ends_at > starts_at),
    CHECK ((provider_id IS NULL) <> (resource_id IS NULL)),
    PRIMARY KEY (tenant_id, appointment_id, position),
    FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointment (tenant_id, id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, id),
    FOREIGN KEY (tenant_id, resource_id) REFERENCES resource (tenant_id, id)
);
CREATE INDEX appointment_part_by_provider ON appointment_part (tenant_id, provider_id, starts_at) WHERE provider_id IS NOT NULL;
INSERT INTO appointment_part (tenant_id, appointment_id, position, resource_id, starts_at, ends_at)
    SELECT x.tenant_id, x.appointment_id, (SELECT COUNT(*) FROM appointment_resource y WHERE y.tenant_id = x.tenant_id
    AND y.appointment_id = x.appointment_id AND y.resource_id < x.resource_id), x.resource_id, a.starts_at, a.ends_at
    FROM appointment_resource x JOIN appointment a ON a.tenant_id = x.tenant_id AND a.id = x.appointment_id;
DROP TABLE appointment_resource;
-- The first provider is there for so long; NULL: all the time.
ALTER TABLE appointment ADD COLUMN lead_min BIGINT;
-- Where a provider is taken: the way from there to the next place counts. NULL: nowhere in particular.
ALTER TABLE claim ADD COLUMN location_id UUID;
UPDATE claim SET location_id = (SELECT a.location_id FROM appointment a WHERE a.tenant_id = claim.tenant_id AND a.id = claim.owner_id
    AND a.provider_id = claim.subject_id) WHERE kind = 'appointment';
