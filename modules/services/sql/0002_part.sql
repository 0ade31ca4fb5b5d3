-- What a service takes besides its first provider, and of whom. lead_min: the first provider is wanted for so long; NULL: all
-- the time. seats: how many may come to the same time.
ALTER TABLE service ADD COLUMN lead_min BIGINT;
ALTER TABLE service ADD COLUMN seats BIGINT NOT NULL DEFAULT 1 CHECK (seats BETWEEN 1 AND 500);
-- duration_min NULL: to the end. resource_kind: of any of that kind, unless the pool names them.
CREATE TABLE service_part (
    tenant_id UUID NOT NULL,
    service_id UUID NOT NULL,
    position BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('provider', 'resource')),
    resource_kind TEXT CHECK (resource_kind IN ('chair', 'room', 'device')),
    quantity BIGINT NOT NULL CHECK (quantity BETWEEN 1 AND 6),
    offset_min BIGINT NOT NULL CHECK (offset_min >= 0),
    duration_min BIGINT CHECK (duration_min > 0),
    PRIMARY KEY (tenant_id, service_id, position),
    FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id)
);
-- Who can fill a part, best first; each row has one of the two.
CREATE TABLE service_part_pool (
    tenant_id UUID NOT NULL,
    service_id UUID NOT NULL,
    position BIGINT NOT NULL,
    place BIGINT NOT NULL,
    provider_id UUID,
    resource_id UUID,
    PRIMARY KEY (tenant_id, service_id, position, place),
    FOREIGN KEY (tenant_id, service_id, position) REFERENCES service_part (tenant_id, service_id, position),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, id),
    FOREIGN KEY (tenant_id, resource_id) REFERENCES resource (tenant_id, id)
);
