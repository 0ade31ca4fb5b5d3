-- Sites of a clinic, what stands in them, and the days they are closed.
CREATE TABLE location (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    address TEXT,
    phone TEXT,
    archived BIGINT NOT NULL CHECK (archived IN (0, 1)),
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE TABLE resource (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    location_id UUID NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('chair', 'room', 'device')),
    archived BIGINT NOT NULL CHECK (archived IN (0, 1)),
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);
CREATE INDEX resource_by_location ON resource (tenant_id, location_id);
-- location_id NULL: the whole clinic is closed.
CREATE TABLE holiday (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    date BIGINT NOT NULL,
    name TEXT NOT NULL,
    location_id UUID,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);
CREATE INDEX holiday_by_date ON holiday (tenant_id, date);
