-- Who treats, when they work, and what can be booked.
CREATE TABLE provider (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    member_id UUID,
    name TEXT NOT NULL,
    title TEXT,
    color TEXT NOT NULL,
    bookable BIGINT NOT NULL CHECK (bookable IN (0, 1)),
    position BIGINT NOT NULL,
    archived BIGINT NOT NULL CHECK (archived IN (0, 1)),
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
-- One stretch of a weekday at a location; end_min may pass 1440 (work after midnight belongs to the day it begins).
CREATE TABLE provider_hours (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    provider_id UUID NOT NULL,
    location_id UUID NOT NULL,
    weekday BIGINT NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    start_min BIGINT NOT NULL CHECK (start_min BETWEEN 0 AND 1439),
    end_min BIGINT NOT NULL CHECK (end_min > start_min AND end_min <= 2880),
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);
CREATE INDEX provider_hours_by_provider ON provider_hours (tenant_id, provider_id);
-- All rows of a date replace the weekly hours of that date. location_id NULL: everywhere.
CREATE TABLE provider_exception (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    provider_id UUID NOT NULL,
    location_id UUID,
    date BIGINT NOT NULL,
    closed BIGINT NOT NULL CHECK (closed IN (0, 1)),
    start_min BIGINT,
    end_min BIGINT,
    note TEXT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);
CREATE INDEX provider_exception_by_provider ON provider_exception (tenant_id, provider_id, date);
CREATE TABLE service (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    description TEXT,
    duration_min BIGINT NOT NULL CHECK (duration_min BETWEEN 1 AND 1440),
    buffer_before_min BIGINT NOT NULL CHECK (buffer_before_min BETWEEN 0 AND 1440),
    buffer_after_min BIGINT NOT NULL CHECK (buffer_after_min BETWEEN 0 AND 1440),
    step_min BIGINT NOT NULL CHECK (step_min BETWEEN 1 AND 1440),
    price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
    currency TEXT NOT NULL,
    color TEXT NOT NULL,
    public BIGINT NOT NULL CHECK (public IN (0, 1)),
    any_provider BIGINT NOT NULL CHECK (any_provider IN (0, 1)),
    min_notice_min BIGINT,
    horizon_days BIGINT,
    max_per_day BIGINT,
    resource_kind TEXT,
    position BIGINT NOT NULL,
    archived BIGINT NOT NULL CHECK (archived IN (0, 1)),
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE TABLE service_provider (
    tenant_id UUID NOT NULL,
    service_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    PRIMARY KEY (tenant_id, service_id, provider_id),
    FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, id)
);
CREATE INDEX service_provider_by_provider ON service_provider (tenant_id, provider_id);
