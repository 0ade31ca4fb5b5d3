-- How the day's flow is watched. NULL: not at all.
CREATE TABLE flow_setting (
    tenant_id UUID NOT NULL PRIMARY KEY REFERENCES tenant (tenant_id),
    late_after_min BIGINT CHECK (late_after_min >= 0),
    no_show_after_min BIGINT CHECK (no_show_after_min >= 1),
    version BIGINT NOT NULL
);
CREATE INDEX flow_setting_no_show ON flow_setting (tenant_id) WHERE no_show_after_min IS NOT NULL;
