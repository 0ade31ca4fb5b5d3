-- Who waits for a time (waitlist), and the times that were offered to them (waitlist_offer). Both stay as history.
CREATE TABLE waitlist (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    patient_id UUID NOT NULL,
    service_id UUID NOT NULL,
    provider_id UUID,
    location_id UUID,
    status TEXT NOT NULL CHECK (status IN ('waiting', 'offered', 'booked', 'withdrawn', 'lapsed')),
    not_before BIGINT,
    not_after BIGINT,
    windows TEXT NOT NULL,
    min_notice_min BIGINT NOT NULL CHECK (min_notice_min >= 0),
    priority BIGINT NOT NULL CHECK (priority BETWEEN 0 AND 9),
    note TEXT,
    source TEXT NOT NULL CHECK (source IN ('staff', 'public')),
    appointment_id UUID,
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
-- In the order of offers: the most urgent first, then who waits longest.
CREATE INDEX waitlist_waiting ON waitlist (tenant_id, priority DESC, created_at, id) WHERE status = 'waiting';
CREATE INDEX waitlist_by_age ON waitlist (tenant_id, created_at, id);
CREATE INDEX waitlist_by_client ON waitlist (tenant_id, client_id, created_at);
CREATE INDEX waitlist_over ON waitlist (not_after) WHERE status = 'waiting' AND not_after IS NOT NULL;
-- The id of an offer is that of the hold that keeps its time.
CREATE TABLE waitlist_offer (
    tenant_id UUID NOT NULL,
    id UUID NOT NULL,
    want_id UUID NOT NULL,
    provider_id UUID NOT NULL,
    location_id UUID NOT NULL,
    starts_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('open', 'accepted', 'declined', 'lapsed', 'taken_back')),
    appointment_id UUID,
    created_at BIGINT NOT NULL,
    closed_at BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, want_id) REFERENCES waitlist (tenant_id, id)
);
CREATE UNIQUE INDEX waitlist_offer_open ON waitlist_offer (tenant_id, want_id) WHERE status = 'open';
CREATE INDEX waitlist_offer_by_want ON waitlist_offer (tenant_id, want_id, created_at);
