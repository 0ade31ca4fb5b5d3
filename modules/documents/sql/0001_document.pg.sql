CREATE TRIGGER document_no_change BEFORE UPDATE OR DELETE ON document FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER document_no_truncate BEFORE TRUNCATE ON document FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER document_line_no_change BEFORE UPDATE OR DELETE ON document_line FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER document_line_no_truncate BEFORE TRUNCATE ON document_line FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
