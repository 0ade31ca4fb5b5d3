-- SQLite adds no foreign key to a table that is there: triggers say the same.
CREATE TRIGGER appointment_order_new BEFORE INSERT ON appointment WHEN NEW.order_id IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'no such order') WHERE NOT EXISTS (SELECT 1 FROM client_order WHERE tenant_id = NEW.tenant_id AND id = NEW.order_id);
END;
CREATE TRIGGER appointment_order_set BEFORE UPDATE OF order_id ON appointment WHEN NEW.order_id IS NOT NULL BEGIN
    SELECT RAISE(ABORT, 'no such order') WHERE NOT EXISTS (SELECT 1 FROM client_order WHERE tenant_id = NEW.tenant_id AND id = NEW.order_id);
END;
