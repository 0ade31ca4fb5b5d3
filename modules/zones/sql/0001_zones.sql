-- Which tzdata the future of a clinic was looked through with; n counts the looks.
CREATE TABLE zone_check (
    tenant_id UUID NOT NULL PRIMARY KEY REFERENCES tenant (tenant_id),
    version TEXT NOT NULL,
    n BIGINT NOT NULL,
    checked_at BIGINT NOT NULL
);
-- What did not fit any more when the zone data changed. wall: the agreed start on the clock; old_start: the instant it had; new_start: the
-- instant that the clock shows it at now. outcome open, conflict: somebody must decide, unless the row itself was changed since then.
CREATE TABLE zone_line (
    tenant_id UUID NOT NULL REFERENCES tenant (tenant_id),
    id UUID NOT NULL,
    version TEXT NOT NULL,
    old_version TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('appointment', 'occurrence', 'session', 'hold', 'blocked')),
    entity_id UUID NOT NULL,
    time_zone TEXT NOT NULL,
    wall BIGINT NOT NULL,
    old_start BIGINT NOT NULL,
    new_start BIGINT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('open', 'conflict', 'moved', 'kept')),
    detail TEXT,
    at BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX zone_line_once ON zone_line (tenant_id, version, entity_id);
