-- The runner leaves foreign keys alone while a table is built anew, and checks them all before the commit.
CREATE TABLE appointment_anew (
    tenant_id BLOB NOT NULL,
    id BLOB NOT NULL,
    client_id BLOB NOT NULL,
    patient_id BLOB NOT NULL,
    service_id BLOB NOT NULL,
    provider_id BLOB NOT NULL,
    location_id BLOB NOT NULL,
    starts_at INTEGER NOT NULL,
    ends_at INTEGER NOT NULL CHECK (ends_at > starts_at),
    buffer_before_min INTEGER NOT NULL,
    buffer_after_min INTEGER NOT NULL,
    time_zone TEXT NOT NULL,
    client_zone TEXT,
    status TEXT NOT NULL CHECK (status IN ('pending_payment', 'scheduled', 'confirmed', 'checked_in', 'in_progress', 'completed', 'cancelled',
        'no_show', 'expired', 'requested', 'declined')),
    notes TEXT,
    price_minor INTEGER NOT NULL CHECK (price_minor >= 0),
    currency TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('staff', 'public', 'import')),
    overbook_reason TEXT,
    cancel_reason TEXT,
    cancelled_by TEXT,
    sequence INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patient (tenant_id, id),
    FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, id),
    FOREIGN KEY (tenant_id, location_id) REFERENCES location (tenant_id, id)
) STRICT;
INSERT INTO appointment_anew (tenant_id, id, client_id, patient_id, service_id, provider_id, location_id, starts_at, ends_at,
    buffer_before_min, buffer_after_min, time_zone, client_zone, status, notes, price_minor, currency, source, overbook_reason,
    cancel_reason, cancelled_by, sequence, version, created_at, updated_at)
    SELECT tenant_id, id, client_id, patient_id, service_id, provider_id, location_id, starts_at, ends_at, buffer_before_min,
    buffer_after_min, time_zone, client_zone, status, notes, price_minor, currency, source, overbook_reason, cancel_reason,
    cancelled_by, sequence, version, created_at, updated_at FROM appointment;
DROP TABLE appointment;
ALTER TABLE appointment_anew RENAME TO appointment;
CREATE INDEX appointment_by_start ON appointment (tenant_id, starts_at, ends_at);
CREATE INDEX appointment_by_client ON appointment (tenant_id, client_id, starts_at);
