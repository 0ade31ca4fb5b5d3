-- What is sold over the counter. Its price and tax are copied to the line of an order when it is sold.
CREATE TABLE product (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    name TEXT NOT NULL,
    sku TEXT,
    category TEXT,
    price_minor BIGINT NOT NULL CHECK (price_minor >= 0),
    currency TEXT NOT NULL,
    tax_rate_id UUID, -- none: no tax
    archived BIGINT NOT NULL CHECK (archived IN (0, 1)),
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, tax_rate_id) REFERENCES tax_rate (tenant_id, id)
);
CREATE UNIQUE INDEX product_sku ON product (tenant_id, sku) WHERE archived = 0 AND sku IS NOT NULL;
