CREATE TRIGGER document_no_update BEFORE UPDATE ON document BEGIN SELECT RAISE(ABORT, 'document is immutable'); END;
CREATE TRIGGER document_no_delete BEFORE DELETE ON document BEGIN SELECT RAISE(ABORT, 'document is immutable'); END;
CREATE TRIGGER document_line_no_update BEFORE UPDATE ON document_line BEGIN SELECT RAISE(ABORT, 'document_line is immutable'); END;
CREATE TRIGGER document_line_no_delete BEFORE DELETE ON document_line BEGIN SELECT RAISE(ABORT, 'document_line is immutable'); END;
