-- Where a clinic's video visits take place, and when one may enter.
CREATE TABLE telehealth_setting (
    tenant_id UUID NOT NULL PRIMARY KEY REFERENCES tenant (tenant_id),
    url_template TEXT,
    opens_before_min BIGINT NOT NULL CHECK (opens_before_min >= 0),
    closes_after_min BIGINT NOT NULL CHECK (closes_after_min >= 0),
    version BIGINT NOT NULL
);
