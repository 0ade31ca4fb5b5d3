-- SQLite adds no foreign key to a table that is there: a trigger says the same.
CREATE TRIGGER appointment_series BEFORE UPDATE OF series_id ON appointment WHEN NEW.series_id IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'no such series') WHERE NOT EXISTS (SELECT 1 FROM series WHERE tenant_id = NEW.tenant_id AND id = NEW.series_id);
END;
