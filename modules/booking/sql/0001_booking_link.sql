-- A private way to book, sent to somebody: services that need not be public, perhaps one provider, perhaps for one client;
-- good for so many bookings until then. The address is sealed from the id: nothing secret is stored.
CREATE TABLE booking_link (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    provider_id UUID,
    client_id UUID,
    expires_at BIGINT NOT NULL,
    max_uses BIGINT NOT NULL CHECK (max_uses >= 1),
    uses BIGINT NOT NULL CHECK (uses >= 0 AND uses <= max_uses),
    note TEXT,
    revoked_at BIGINT,
    created_by TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, provider_id) REFERENCES provider (tenant_id, id),
    FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id)
);
CREATE INDEX booking_link_by_age ON booking_link (tenant_id, created_at, id);
CREATE TABLE booking_link_service (
    tenant_id UUID NOT NULL,
    link_id UUID NOT NULL,
    service_id UUID NOT NULL,
    PRIMARY KEY (tenant_id, link_id, service_id),
    FOREIGN KEY (tenant_id, link_id) REFERENCES booking_link (tenant_id, id),
    FOREIGN KEY (tenant_id, service_id) REFERENCES service (tenant_id, id)
);
