-- What clients are reminded of. scope_id: the clinic's own id, or a service. rules: see reminders_plan.h. Equal ends: no quiet hours.
CREATE TABLE reminder_rules (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    scope_id UUID NOT NULL,
    rules TEXT NOT NULL,
    quiet_start BIGINT NOT NULL CHECK (quiet_start BETWEEN 0 AND 1439),
    quiet_end BIGINT NOT NULL CHECK (quiet_end BETWEEN 0 AND 1439),
    version BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, scope_id)
);
-- Who does not want reminders by this channel.
CREATE TABLE reminder_optout (
    tenant_id UUID NOT NULL,
    client_id UUID NOT NULL,
    channel TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, client_id, channel),
    FOREIGN KEY (tenant_id, client_id) REFERENCES client (tenant_id, id)
);
