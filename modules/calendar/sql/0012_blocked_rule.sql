-- Blocked time that repeats. Each occurrence is a row of blocked_time with claims of its own, like any other block; a rule without an
-- end has them for a year ahead. Times of the rule are those of the wall clock of its zone. filled_to: every occurrence that begins
-- before this instant has had its row; NULL: there will be no more.
CREATE TABLE blocked_rule (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('provider', 'resource', 'location')),
    subject_id UUID NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('time_off', 'break', 'other')),
    reason TEXT,
    rrule TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    first_local BIGINT NOT NULL,
    length_us BIGINT NOT NULL CHECK (length_us > 0),
    all_day BIGINT NOT NULL,
    filled_to BIGINT,
    version BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX blocked_rule_open ON blocked_rule (filled_to) WHERE filled_to IS NOT NULL;
CREATE INDEX blocked_rule_of_subject ON blocked_rule (tenant_id, subject_id);
-- Occurrences that were deleted by themselves: rule_at is the wall time the rule gives.
CREATE TABLE blocked_rule_exception (
    tenant_id UUID NOT NULL,
    rule_id UUID NOT NULL,
    rule_at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, rule_id, rule_at),
    FOREIGN KEY (tenant_id, rule_id) REFERENCES blocked_rule (tenant_id, id)
);
-- rule_at names an occurrence of its rule; alone: it was changed by itself, and stays as it is when the rule is changed.
ALTER TABLE blocked_time ADD COLUMN rule_id UUID;
ALTER TABLE blocked_time ADD COLUMN rule_at BIGINT;
ALTER TABLE blocked_time ADD COLUMN alone BIGINT NOT NULL DEFAULT 0;
ALTER TABLE blocked_time ADD COLUMN all_day BIGINT NOT NULL DEFAULT 0;
ALTER TABLE blocked_time ADD COLUMN purpose TEXT NOT NULL DEFAULT 'other' CHECK (purpose IN ('time_off', 'break', 'other'));
CREATE UNIQUE INDEX blocked_time_by_rule ON blocked_time (tenant_id, rule_id, rule_at) WHERE rule_id IS NOT NULL;
DROP INDEX blocked_time_of_location;
CREATE INDEX blocked_time_of_location ON blocked_time (tenant_id, subject_id, ends_at, starts_at) WHERE kind = 'location';
