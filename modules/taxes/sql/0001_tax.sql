-- What the state takes of a price. A rate is never changed, only archived: what was sold keeps its name and rate on its own line.
CREATE TABLE tax_rate (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    name TEXT NOT NULL, -- as it stands on an invoice: "VAT 19 %"
    ppm BIGINT NOT NULL CHECK (ppm BETWEEN 0 AND 1000000), -- millionths: 190000 is 19 %
    archived BIGINT NOT NULL CHECK (archived IN (0, 1)),
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX tax_rate_name ON tax_rate (tenant_id, name) WHERE archived = 0;
