CREATE TABLE event (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xact BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    tenant_id UUID NOT NULL,
    topic TEXT NOT NULL,
    entity_id UUID NOT NULL,
    version BIGINT NOT NULL,
    at BIGINT NOT NULL,
    detail TEXT
);
CREATE INDEX event_by_tenant ON event (tenant_id, xact, seq);
CREATE INDEX event_by_xact ON event (xact, seq);
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is immutable', TG_TABLE_NAME;
END $$;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
