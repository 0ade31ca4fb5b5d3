-- Minutes on the way between two sites, the same both ways: one row for a pair, the smaller id first.
CREATE TABLE location_travel (
    tenant_id UUID NOT NULL,
    a_id UUID NOT NULL,
    b_id UUID NOT NULL CHECK (b_id > a_id),
    minutes BIGINT NOT NULL CHECK (minutes BETWEEN 1 AND 720),
    PRIMARY KEY (tenant_id, a_id, b_id),
    FOREIGN KEY (tenant_id, a_id) REFERENCES location (tenant_id, id),
    FOREIGN KEY (tenant_id, b_id) REFERENCES location (tenant_id, id)
);
