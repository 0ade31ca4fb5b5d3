-- Appointments, holds and blocked time. Time itself is taken only in `claim` (0001_calendar.sqlite.sql, .pg.sql).
CREATE TABLE appointment (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    patient_id UUID NOT NULL,
    service_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    location_id UUID NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL CHECK (ends_at > starts_at),
    buffer_before_min BIGINT NOT NULL,
    buffer_after_min BIGINT NOT NULL,
    time_zone TEXT NOT NULL,
    client_zone TEXT,
    status TEXT NOT NULL CHECK (status IN ('pending_payment', 'scheduled', 'confirmed', 'checked_in', 'in_progress', 'completed', 'cancelled',
        'no_show', 'expired')),
    notes TEXT,
    price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
    currency TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('staff', 'public', 'import')),
    overbook_reason TEXT,
    cancel_reason TEXT,
    cancelled_by TEXT,
    sequence BIGINT NOT NULL,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patient (tenant_id, id),
    FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
);
CREATE INDEX appointment_by_start ON appointment (tenant_id, starts_at, ends_at);
CREATE INDEX appointment_by_client ON appointment (tenant_id, client_id, starts_at);
CREATE TABLE appointment_resource (
    tenant_id UUID NOT NULL,
    appointment_id UUID NOT NULL,
    resource_id UUID NOT NULL,
    PRIMARY KEY (tenant_id, appointment_id, resource_id),
    FOREIGN KEY (tenant_id, appointment_id) REFERENCES appointment (tenant_id, id),
    FOREIGN KEY (tenant_id, resource_id) REFERENCES resource (tenant_id, id)
);
CREATE TABLE hold (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    service_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    location_id UUID NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    closed_at BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, id)
);
CREATE INDEX hold_by_expiry ON hold (expires_at) WHERE closed_at IS NULL;
CREATE TABLE blocked_time (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('provider', 'resource', 'location')),
    subject_id UUID NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL CHECK (ends_at > starts_at),
    reason TEXT,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX blocked_time_by_end ON blocked_time (tenant_id, ends_at);
